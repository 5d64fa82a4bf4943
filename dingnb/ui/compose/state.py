"""The state of the compose form, as values, with undo and redo."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from dingnb.messages.draft import DraftView
from dingnb.ui.compose.addressing import NOT_ADDRESSED, Addressing
from dingnb.ui.compose.row_search import NO_SEARCH, Search
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.text import Text
from dingnb.ui.kit.model import Failure

State = TypeVar("State")

_MOST_STEPS = 200


class History(Generic[State]):
    """
    The steps of an edit. Typing in one field is one step, until another action.

    >>> history = History[str]()
    >>> history.record("a"); history.record("ab", typed_in="title"); history.record("abc", typed_in="title")
    >>> history.undo("abcd"), history.undo("ab"), history.redo("a")
    ('ab', 'a', 'ab')
    """

    def __init__(self) -> None:
        self._before: list[State] = []
        self._undone: list[State] = []
        self._typed_in = ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def record(self, before: State, *, typed_in: str = "") -> None:
        """Record a step by the state before it."""
        if not typed_in or typed_in != self._typed_in:
            self._before = [*self._before, before][-_MOST_STEPS:]
        self._undone = []
        self._typed_in = typed_in

    def undo(self, now: State) -> State:
        """Return the state before the last step; `now` if there is none."""
        if not self._before:
            return now
        self._typed_in = ""
        self._undone.append(now)
        return self._before.pop()

    def redo(self, now: State) -> State:
        """Return the state after the step that was undone last; `now` if there is none."""
        if not self._undone:
            return now
        self._typed_in = ""
        self._before.append(now)
        return self._undone.pop()


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
        refused: The field for which something was chosen that cannot be sent, and why; None if there is none.
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
    refused: tuple[str, Failure] | None = None
