"""What is known of a message while it is written: how it looks for a row, and what it lacks for the others."""

from dataclasses import replace
from typing import Any

from dingnb.messages.bounds import upper_bound
from dingnb.messages.draft import Draft, DraftView
from dingnb.messages.fields import TYPES
from dingnb.messages.leaves import arguments_of
from dingnb.messages.needs import needed_columns
from dingnb.ui.compose import fields
from dingnb.ui.compose.snapshot import Snapshot
from dingnb.ui.compose.state import Text, Worry
from dingnb.ui.compose.writing import without_blank_items


def draft_of(text: Text, body_bytes: int) -> Draft:
    """Return what is written as a draft, of a message that may have so many bytes."""
    shown = [(one.path, text.at(one.path)) for one in fields.places(text.msgtype, text.choice, text.items)]
    return Draft(text.msgtype, arguments_of(TYPES[text.msgtype], without_blank_items(shown)), body_bytes)


def view_of(draft: Draft, snapshot: Snapshot, position: int) -> DraftView:
    """Return how a draft stands, for a row."""
    view = draft.view(snapshot.row(position), list(snapshot.tags))
    if len(snapshot.frame):
        return view
    # Nobody lacks anything where nobody is.
    remarks = {path: one for path, one in view.remarks.items() if one.is_error}
    return replace(view, remarks=remarks, failure=None)


def assessed(view: DraftView, snapshot: Snapshot, position: int) -> dict[str, Any]:
    """Return what is known of all rows: which of them lack something, and how large a message may become."""
    message = view.message
    if message is None or snapshot.frame.empty:
        return {"worries": (), "counting": (), "bound": None}
    known = snapshot.book.ask(message.columns)
    row = snapshot.row(position)
    needed = needed_columns(message, {name: row[name] for name in message.columns})
    worries = tuple(
        Worry(name, known[name].missing, _with_default(snapshot.tags.get(name, "")))
        for name in needed
        if name in known and known[name].missing
    )
    counting = tuple(name for name in message.columns if name not in known)
    return {"worries": worries, "counting": counting, "bound": None if counting else upper_bound(message, known)}


def _with_default(tag: str) -> str:
    return tag.removesuffix(" }}") + ' | default("…") }}'
