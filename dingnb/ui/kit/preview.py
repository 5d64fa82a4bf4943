"""The preview of a message in forms: a picture, which says where its buttons and fields work."""

from dataclasses import replace

from dingnb.messages.client_view import ClientView
from dingnb.messages.preview import frame_of
from dingnb.words import say

_TYPES_TO_PRESS = frozenset({"action_card", "card", "survey"})
"""The types of messages with buttons or fields."""


def picture_of(view: ClientView, msgtype: str) -> str:
    """Return the picture of a message of a type on a phone."""
    notes = (*view.notes, say("form.picture")) if msgtype in _TYPES_TO_PRESS else view.notes
    return frame_of(replace(view, notes=notes))
