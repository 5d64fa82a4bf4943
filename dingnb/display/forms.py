"""
Opens the forms; ipywidgets is imported when the first form is opened.

A form is returned as an object that Jupyter displays, with text and HTML for saved notebooks.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from dingnb.errors.arguments import explains_arguments

if TYPE_CHECKING:
    import pandas as pd

    from dingnb.ui.login.form import LoginForm
    from dingnb.ui.studio.app_shell import AppShell


def login(
    profile: str | None = None, *, oapi_base_url: str | None = None, api_base_url: str | None = None
) -> "LoginForm":
    """
    Connect with existing credentials, or show a form that asks for them.

    The form checks an app with DingTalk, shows the result, and can save apps as profiles in the keyring of this
    computer. Its ``.ding`` is the connected app.

    Args:
        profile: The profile to use instead of the environment's app.
        oapi_base_url: The base URL of the old API, as for `dingnb.connect`.
        api_base_url: The base URL of the new API.

    Raises:
        InputError: An argument is not text.
    """
    # Without `explains_arguments`, whose frame would keep a secret that was passed by mistake.
    form = import_module("dingnb.ui.login.form").open_form(profile, oapi_base_url, api_base_url)
    return cast("LoginForm", form)


@explains_arguments
def studio(frame: "pd.DataFrame | None" = None, *, profile: str | None = None) -> "AppShell":
    """
    Show all steps in one form: app, recipients, message, check, sending and results.

    The form connects with existing credentials, or asks for them first. Its ``.ding`` is the connected app, its
    ``.studio`` the form that `DingTalk.studio` returns.

    Args:
        frame: One row for each person; without it, the form asks for a CSV or Excel file, or for people of the
            directory.
        profile: The profile to use instead of the environment's app.

    Raises:
        InputError: `frame` is not a DataFrame, or `profile` is not text.
    """
    shell = import_module("dingnb.ui.studio.app_shell").open_app_shell(frame, profile)
    return cast("AppShell", shell)


def open_form(name: str, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401 - each form has its own class
    """
    Return a form for an existing object.

    Args:
        name: The form: a module of `dingnb.ui` and its function, such as ``compose.form.open_compose``.
        arguments: The positional arguments of the function.
        keywords: The keyword arguments of the function.
    """
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"dingnb.ui.{module}"), function)(*arguments, **keywords)
