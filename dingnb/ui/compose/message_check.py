"""Checks a message while it is written: how it looks for one row, and which columns are blank in other rows."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from dingnb.messages.column_names import name_in_tags, tag_with_default
from dingnb.messages.draft import Draft, DraftView, Remark, needed_columns
from dingnb.messages.leaves import leaves_to_arguments
from dingnb.messages.message import Message
from dingnb.messages.types import TYPES
from dingnb.recipients.addresses import column_of
from dingnb.recipients.column_titles import labels_by_tag_name
from dingnb.tables.cells import read_values
from dingnb.ui.compose import fields
from dingnb.ui.compose.message_text import Folder, MessageText, with_keys, without_blank_items
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.state import BlankColumn
from dingnb.words import NOTHING, Text, listed

_TOO_LONG = frozenset(
    {
        "message.too_long",
        "message.list_too_long",
        "message.too_many_bytes",
        "message.too_many",
        "message.private_too_large",
        "template.too_long",
    }
)
"""The reasons of rows whose message is too long."""

_TOO_MANY_BYTES = "message.too_many_bytes"
_ROWS_AT_ONCE = 500


def draft_of(text: MessageText, body_bytes: int, snapshot: Snapshot) -> Draft:
    """Return the draft of a message of at most `body_bytes`, for the rows of a snapshot."""
    places = text.places()
    leaves = without_blank_items([(place.path, text.at(place.path)) for place in places])
    arguments = leaves_to_arguments(TYPES[text.msgtype], with_keys(text.msgtype, leaves))
    chosen = {place.field.python_name: medium.content for place in places if (medium := text.medium(place.path))}
    folder = next((found for place in places if (found := text.folder(place.path))), Folder(""))
    renamed = labels_by_tag_name(snapshot.frame)
    return Draft(text.msgtype, {**arguments, **chosen}, body_bytes, renamed, folder.path, folder.file_name)


def draft_view(text: MessageText, snapshot: Snapshot, position: int, body_bytes: int) -> DraftView:
    """Return the preview and the problems of a message for one row."""
    view = draft_of(text, body_bytes, snapshot).view(snapshot.row(position), snapshot.labels)
    blank = tuple(_blank_group_fields(text)) if view.message is None else ()
    if blank:
        view = replace(view, blank_fields=tuple(dict.fromkeys((*view.blank_fields, *blank))), problem=None)
    if view.blank_fields:
        first = _blank_first_items(text, view.blank_fields)
        view = replace(view, blank_fields=tuple(dict.fromkeys((*view.blank_fields, *first))))
    view = _with_size_at_longest_text(view)
    if len(snapshot.frame):
        return view
    # Without rows, no row lacks a value.
    remarks = {path: remark for path, remark in view.remarks.items() if remark.is_error}
    return replace(view, remarks=remarks, failure=None)


def problem_of(text: MessageText, view: DraftView) -> Text:
    """Return why there is no message yet; empty if there is a message, or no field is at fault."""
    if view.message is not None:
        return NOTHING
    wrong = next((remark for remark in view.remarks.values() if remark.is_error), None) or view.problem
    if view.blank_fields and wrong is None:
        labels = [fields.label_text(place) for place in text.places() if place.path in view.blank_fields]
        return Text("compose.not_yet_empty", field=listed(labels)) if labels else NOTHING
    return Text("compose.not_yet", reason=wrong.what) if wrong is not None else NOTHING


def blank_columns(
    view: DraftView, snapshot: Snapshot, position: int, chosen: RecipientChoice
) -> tuple[BlankColumn, ...]:
    """
    Return the columns that the message needs and that are blank in some rows of recipients.

    Args:
        view: The message, for one row.
        snapshot: All rows.
        position: The position of the row of `view`; its values decide which columns the message needs.
        chosen: The columns that identify the recipients.
    """
    message = view.message
    if message is None or not len(snapshot.frame):
        return ()
    row = snapshot.row(position)
    needed = needed_columns(message, {name: row[name] for name in message.columns})
    missing = {name: snapshot.count_missing(name, chosen) for name in needed}
    tag_names = dict(message.tag_names)
    return tuple(
        BlankColumn(name, n, tag_with_default(name_in_tags(name, tag_names))) for name, n in missing.items() if n
    )


def is_too_long_in_every_row(message: Message, view: DraftView, snapshot: Snapshot) -> bool:
    """
    Return whether the message is too long in every row; a row that fails for another reason is not too long.

    Args:
        message: The message.
        view: The message for the row shown; the other rows are rendered only if it is too long.
        snapshot: All rows.
    """
    if view.failure is None or view.failure.reason.key not in _TOO_LONG:
        return False
    rows = len(snapshot.frame)
    columns = {name: read_values(column_of(snapshot.frame, name)) for name in message.columns}
    for start in range(0, rows, _ROWS_AT_ONCE):
        end = min(start + _ROWS_AT_ONCE, rows)
        rendered = message.render_rows({name: values[start:end] for name, values in columns.items()}, end - start)
        if sum(failure.reason.key in _TOO_LONG for failure in rendered.failures) < end - start:
            return False
    return True


def _with_size_at_longest_text(view: DraftView) -> DraftView:
    """Return the view with the error that the whole message is too large, if there is one, at its longest text."""
    problem, failure = view.problem, view.failure
    if problem is not None and problem.what.key == _TOO_MANY_BYTES:
        remark, problem = problem, None
    elif failure is not None and failure.reason.key == _TOO_MANY_BYTES:
        remark = Remark(failure.reason, failure.hint, is_error=False)
    else:
        return view
    longest = max(view.texts, key=lambda path: len(view.texts[path].encode(errors="replace")))
    # The error may be about the size without columns.
    size = int(str(dict(remark.what.fields)["length"]))
    return replace(view, remarks={**view.remarks, longest: remark}, problem=problem, size=size)


def _blank_first_items(text: MessageText, blank: Collection[str]) -> Iterator[str]:
    """Yield the blank fields that the first item of each blank list needs, except for its key, which has a default."""
    for place in text.places():
        is_first = place.list_name in blank and place.number == 0
        if is_first and place.field.required and place.field.kind != "key" and text.is_blank(place.path):
            yield place.path


def _blank_group_fields(text: MessageText) -> Iterator[str]:
    """Yield the blank fields of the group in use; in a list, only fields of the first item."""
    groups = fields.field_groups(text.msgtype)
    chosen = groups[text.choice] if groups else ()
    for place in text.places():
        name, number = fields.item_of(place.path)
        if name in chosen and text.is_blank(place.path) and number <= 0:
            yield place.path
