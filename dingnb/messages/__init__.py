"""Messages: types, templates, validation and previews."""

from dingnb.messages.cell_values import MISSING, RowFailure
from dingnb.messages.constructors import action_card, file, image, link, markdown, oa, text, voice
from dingnb.messages.message import Message, decode
from dingnb.messages.preview import Preview

__all__ = [
    "MISSING",
    "Message",
    "Preview",
    "RowFailure",
    "action_card",
    "decode",
    "file",
    "image",
    "link",
    "markdown",
    "oa",
    "text",
    "voice",
]
