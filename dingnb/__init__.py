"""Tell every person in a DataFrame something on DingTalk, once, and know what happened to each."""

from dingnb.bulk.files import read_recipients
from dingnb.client import DingTalk
from dingnb.connecting import connect
from dingnb.display.door import login
from dingnb.errors import DingError, InputError
from dingnb.language import set_language
from dingnb.messages import Message, action_card, file, image, link, markdown, oa, text, voice

__all__ = [
    "DingError",
    "DingTalk",
    "InputError",
    "Message",
    "action_card",
    "connect",
    "file",
    "image",
    "link",
    "login",
    "markdown",
    "oa",
    "read_recipients",
    "set_language",
    "text",
    "voice",
]


def __getattr__(name: str) -> str:
    """Return the installed version as `__version__`."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - only when it is asked for

        return version("dingnb")
    message = f"module 'dingnb' has no attribute {name!r}"
    raise AttributeError(message)
