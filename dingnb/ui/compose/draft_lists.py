"""The list that a draft was written for, as the draft stores it, and its distance from the list of a form."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from dingnb.ui.compose.message_text import list_of_draft
from dingnb.ui.compose.state import ComposeState
from dingnb.words import Text, count

_MAX_ROWS = 10**7
"""The largest number of rows of a list that a draft is believed to have been written for."""

_SAMPLE_ROWS = 1_000
"""The number of first and of last rows by which the people of a list are recognised."""

_DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True)
class DraftList:
    """
    A list, as a draft of a message for it stores it.

    Attributes:
        name: The name in the notebook; empty if the list has none.
        rows: The number of rows.
        columns: A digest of the labels of the columns.
        people: A digest of the columns that identify people; empty without such columns.
    """

    name: str
    rows: int
    columns: str
    people: str

    def to_json(self) -> str:
        """Return the list as the draft stores it."""
        return json.dumps([self.name, self.rows, self.columns, self.people])

    @property
    def text(self) -> Text:
        """The name, if any, and the size of the list, for people."""
        rows = count("row", self.rows)
        return Text("compose.draft_list", name=self.name, rows=rows) if self.name else rows


def list_of_form(state: ComposeState, name: str) -> DraftList:
    """
    Return the list that a form shows.

    Args:
        state: The state of the form.
        name: The name of the list in the notebook; empty if it has none.
    """
    snapshot, choice = state.snapshot, state.recipient_choice
    frame, labels = snapshot.frame, list(map(str, snapshot.labels))
    columns = [at for at in (choice.userid, choice.mobile) if at >= 0]
    cells = [
        str(cell)
        for at in columns
        for part in (frame.iloc[:_SAMPLE_ROWS, at], frame.iloc[-_SAMPLE_ROWS:, at])
        for cell in part.tolist()
    ]
    people = _digest([str(len(frame)), *cells]) if columns else ""
    return DraftList(name, len(frame), _digest(labels), people)


def list_written_for(texts: Mapping[str, str]) -> DraftList | None:
    """Return the list that a draft was written for; None if the draft does not say, or cannot be read."""
    stored = list_of_draft(texts)
    if not stored:
        return None
    try:
        name, rows, columns, people = json.loads(stored)
    except (ValueError, TypeError, RecursionError):
        return None
    # Anybody may have written the draft.
    if type(rows) is not int or not 0 <= rows <= _MAX_ROWS:
        return None
    return DraftList(str(name), rows, str(columns), str(people))


def distance(draft: DraftList | None, form: DraftList) -> int:
    """
    Return how far the list of a draft is from the list of a form.

    The distance is 0 for the same people, 1 for the same columns and name, 2 for the same columns, and 3 otherwise, as
    for a draft without a list or a form without rows.
    """
    if draft is None or not form.rows:
        return 3
    if draft.people and draft.people == form.people:
        return 0
    if draft.columns != form.columns:
        return 3
    return 1 if draft.name and draft.name == form.name else 2


def _digest(texts: list[str]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:_DIGEST_LENGTH]
