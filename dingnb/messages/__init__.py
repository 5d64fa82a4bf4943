"""Messages: types, templates, validation and previews."""

from dingnb.messages.cards import CardSettings, CardTemplate
from dingnb.messages.constructors import action_card, card, file, image, link, markdown, oa, survey, text, voice
from dingnb.messages.message import Message
from dingnb.messages.preview import Preview
from dingnb.messages.validation import RowFailure, decode
from dingnb.tables.cell_values import MISSING

__all__ = [
    "MISSING",
    "CardSettings",
    "CardTemplate",
    "Message",
    "Preview",
    "RowFailure",
    "action_card",
    "card",
    "decode",
    "file",
    "image",
    "link",
    "markdown",
    "oa",
    "survey",
    "text",
    "voice",
]
