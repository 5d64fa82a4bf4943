"""What the compose form shows, as values."""

from dataclasses import dataclass

from dingnb.messages.draft import DraftView
from dingnb.ui.compose.addressing import NOT_ADDRESSED, Addressing
from dingnb.ui.compose.row_search import NO_SEARCH, Search
from dingnb.ui.compose.snapshot import Snapshot
from dingnb.ui.compose.text import Text
from dingnb.ui.model import Failure


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """
    A column that the message needs and that is blank in some rows.

    Attributes:
        column: Its name.
        missing: In how many rows it is blank.
        tag: The tag that gives these rows a default.
    """

    column: str
    missing: int
    tag: str


@dataclass(frozen=True, slots=True)
class News:
    """
    What a check found of the frame.

    Attributes:
        name: How the notebook calls it; empty where it does not.
        before: How many rows the form had.
        now: How many the notebook has; None where its name holds no frame any more.
        is_first: Whether it is since the form was opened; else it is since the last check.
    """

    name: str
    before: int
    now: int | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class ComposeState:
    """
    What the form shows.

    Attributes:
        snapshot: The frame, as it was when the form opened or checked it.
        text: What is written.
        view: How it stands, for the row shown.
        edited: The field edited last, which columns are added to.
        position: The row shown, from 0.
        search: The search for a row.
        addressing: Who the recipients are.
        blank_columns: The columns that the message needs and that are blank in some rows.
        can_undo: Whether there is something to undo.
        can_redo: Whether there is something to do again.
        revision: Changes with each change of the fields that was not typed into them.
        progress: What a check says while it goes on.
        share: How far it is, from 0 to 1; None where that is not known.
        is_checking: Whether a check is under way.
        news: What the last check found of the frame; None where it is as before.
        failure: Why the check, or something else, did not work.
        is_current: Whether the last plan is of what the form shows now.
        plans: How many checks have come to a plan.
        largest_bytes: The size of the largest message of the last plan.
    """

    snapshot: Snapshot
    text: Text
    view: DraftView
    edited: str
    position: int = 0
    search: Search = NO_SEARCH
    addressing: Addressing = NOT_ADDRESSED
    blank_columns: tuple[BlankColumn, ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    revision: int = 0
    progress: str = ""
    share: float | None = None
    is_checking: bool = False
    news: News | None = None
    failure: Failure | None = None
    is_current: bool = False
    plans: int = 0
    largest_bytes: int = 0
