"""
The one door to the forms: they need ipywidgets, which is imported when the first one is opened.

A form comes back as an object that Jupyter shows, with the text and the HTML that a saved notebook keeps.
"""

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from dingnb.ui.login import LoginForm


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
    opened = import_module("dingnb.ui.login").open_form(profile, oapi_base_url, api_base_url)
    return cast("LoginForm", opened)
