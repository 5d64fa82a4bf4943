"""
Opens the forms; ipywidgets, which they need, is imported with the first one.

A form comes back as an object that Jupyter shows, with the text and the HTML that a saved notebook keeps.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd

    from dingnb.ui.login.form import LoginForm
    from dingnb.ui.studio.page import StudioPage


def login(
    profile: str | None = None, *, oapi_base_url: str | None = None, api_base_url: str | None = None
) -> "LoginForm":
    """
    Connect with the credentials that are there already, or show a form that asks for them.

    The form checks an app against DingTalk, says what it found, and remembers apps as profiles in the keyring of this
    computer when asked. Its ``.ding`` is the connected app.

    Args:
        profile: The profile to take, instead of the environment's app.
        oapi_base_url: Where the old API is, as for `dingnb.connect`.
        api_base_url: Where the new API is, likewise.
    """
    opened = import_module("dingnb.ui.login.form").open_form(profile, oapi_base_url, api_base_url)
    return cast("LoginForm", opened)


def studio(frame: "pd.DataFrame | None" = None, *, profile: str | None = None) -> "StudioPage":
    """
    Show the whole way as one form: an app, recipients, message, check, sending, results.

    It connects with the credentials that are there, or asks for them first. Its ``.ding`` is the connected app, its
    ``.studio`` the form that `DingTalk.studio` returns.

    Args:
        frame: One row a person; without it, the form asks for a CSV or Excel file.
        profile: The profile to take, instead of the environment's app.

    Raises:
        InputError: `frame` is no DataFrame.
    """
    opened = import_module("dingnb.ui.studio.page").open_page(frame, profile)
    return cast("StudioPage", opened)


def open_form(name: str, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401 - each form is of its own class
    """
    Return a form of an object that the notebook already has.

    Args:
        name: The form: the module in `dingnb.ui`, and the function in it, such as ``compose.form.open_compose``.
        arguments: What the function takes.
        keywords: Likewise.
    """
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"dingnb.ui.{module}"), function)(*arguments, **keywords)
