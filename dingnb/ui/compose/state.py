"""The state of the compose form, as values."""

from dataclasses import dataclass

from dingnb.messages.draft import DraftView
from dingnb.ui.compose.addressing import NOT_ADDRESSED, Addressing
from dingnb.ui.compose.row_search import NO_SEARCH, Search
from dingnb.ui.compose.snapshot import Snapshot
from dingnb.ui.compose.text import Text
from dingnb.ui.kit.model import Failure


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
class FrameChange:
    """
    A change of the frame that a check found.

    Attributes:
        name: The frame's name in the notebook; empty if it has none.
        before: The number of rows that the form had.
        now: The number of rows that the notebook has; None if the name holds no frame any more.
        is_first: Whether the change came after the form was opened; otherwise it came after the last check.
    """

    name: str
    before: int
    now: int | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class ComposeState:
    """
    The state of the form.

    Attributes:
        snapshot: The frame, as it was when the form opened or last checked it.
        text: What is written.
        view: How it looks for the row shown, and what is wrong with it.
        edited: The field edited last, to which columns are added.
        position: The row shown, from 0.
        search: The search for a row.
        addressing: The columns that name the recipients, and who is left out.
        blank_columns: The columns that the message needs and that are blank in some rows.
        can_undo: Whether there is a step to undo.
        can_redo: Whether there is a step to redo.
        revision: Increases with each change of the fields that was not typed into them.
        progress: The progress of the check, in words.
        share: The progress of the check, from 0 to 1; None if unknown.
        is_checking: Whether a check is running.
        frame_change: The change of the frame that the last check found; None if there was none.
        failure: Why the check or another action failed.
        is_current: Whether the last plan matches what the form shows now.
        plans: The number of checks that made a plan.
        largest_bytes: The size of the largest message in the last plan.
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
    frame_change: FrameChange | None = None
    failure: Failure | None = None
    is_current: bool = False
    plans: int = 0
    largest_bytes: int = 0
