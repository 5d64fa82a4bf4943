"""
Send every person in a DataFrame a message on DingTalk, once, and know what happened to each.

The names below are imported when they are first used, so that a notebook's first cell does not wait for them.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from dingnb.client import DingTalk
    from dingnb.connecting import connect
    from dingnb.display.forms import login, studio
    from dingnb.display.language import set_language
    from dingnb.errors import DingError, IncompleteError, InputError
    from dingnb.messages import Message, action_card, card, file, image, link, markdown, oa, survey, text, voice
    from dingnb.messages import survey_fields as _survey_fields
    from dingnb.tables.files import read_recipients

    fields = _survey_fields

__all__ = [
    "DingError",
    "DingTalk",
    "IncompleteError",
    "InputError",
    "Message",
    "action_card",
    "card",
    "connect",
    "file",
    "image",
    "link",
    "login",
    "markdown",
    "oa",
    "read_recipients",
    "set_language",
    "studio",
    "survey",
    "text",
    "voice",
]

_NAMES_BY_MODULE = {
    "dingnb.tables.files": ("read_recipients",),
    "dingnb.client": ("DingTalk",),
    "dingnb.connecting": ("connect",),
    "dingnb.display.forms": ("login", "studio"),
    "dingnb.errors": ("DingError", "IncompleteError", "InputError"),
    "dingnb.display.language": ("set_language",),
    "dingnb.messages": (
        "Message",
        "action_card",
        "card",
        "file",
        "image",
        "link",
        "markdown",
        "oa",
        "survey",
        "text",
        "voice",
    ),
}
_SUBMODULES = {name: f"dingnb.{name}" for name in ("clock", "errors", "limits")} | {
    "fields": "dingnb.messages.survey_fields"
}
_MODULE_OF_NAME = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}


def __getattr__(name: str) -> object:
    """Return a public name or a submodule, which is imported now, or the installed version as `__version__`."""
    if name in _MODULE_OF_NAME:
        value: object = getattr(importlib.import_module(_MODULE_OF_NAME[name]), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return importlib.import_module(_SUBMODULES[name])
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - only when it is used

        return version("dingnb")
    message = f"module 'dingnb' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return [*__all__, "__version__", "fields"]
