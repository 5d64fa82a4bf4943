"""The state of the compose form, as values; undo and redo; and snippets that buttons add while the user types."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dingnb.clock import NS_PER_S
from dingnb.messages.draft import DraftView
from dingnb.ui.compose.message_text import MessageText
from dingnb.ui.compose.recipient_columns import NO_RECIPIENTS_CHOSEN, RecipientChoice
from dingnb.ui.compose.source import NO_SEARCH, Search, Snapshot
from dingnb.ui.kit.model import Failure

_MAX_STEPS = 200

_TYPING_PAUSE_NS = NS_PER_S
"""The pause after which further typing is a step of its own: otherwise, undoing would remove all of a long text."""

LATE_TYPING_NS = NS_PER_S
"""
Time after a button press during which text that arrives counts as typed before it.

A front end delays typed text until the kernel has acknowledged the previous keystroke, but sends a button press at
once. The delay is one round trip, well below a second; after that, a user who goes on typing sees the snippet.
"""

Step = TypeVar("Step")


@dataclass(eq=False, slots=True)
class Document:
    """
    A message while it is edited, by identity: a copy, an opened draft or a new message is a different message.

    Attributes:
        copied_from: The name of the campaign that the message was copied from, so that it is to be sent as another
            campaign; empty if it is no copy.
        earlier_campaign: The name of the campaign that the message was sent or checked for before, in another form or
            process; empty if there is none.
    """

    copied_from: str = ""
    earlier_campaign: str = ""


@dataclass(frozen=True, slots=True)
class DocumentText:
    """
    A version of a message.

    Attributes:
        text: The message as written.
        document: The message that the text is a version of.
    """

    text: MessageText
    document: Document


class History(Generic[Step]):
    """
    The steps of an edit. Typing in one field is one step, until a pause or another action.

    >>> history = History[str]()
    >>> history.record("a"); history.record("ab", typed_in="title"); history.record("abc", typed_in="title")
    >>> history.undo("abcd"), history.undo("ab"), history.redo("a")
    ('ab', 'a', 'ab')
    >>> history.record("b", typed_in="title"); history.record("bc", typed_in="title", now_ns=2 * NS_PER_S)
    >>> history.undo("bcd"), history.undo("bc")
    ('bc', 'b')
    """

    def __init__(self) -> None:
        self._before: list[Step] = []
        self._undone: list[Step] = []
        self._typed_in, self._typed_ns = "", 0

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def record(self, before: Step, *, typed_in: str = "", now_ns: int = 0) -> None:
        """
        Record a step by the state before it.

        Args:
            before: The state.
            typed_in: The field, if the step is part of a text that is being typed there; otherwise empty.
            now_ns: The monotonic time of a step that is being typed, in nanoseconds.
        """
        if not typed_in or typed_in != self._typed_in or now_ns - self._typed_ns > _TYPING_PAUSE_NS:
            self._before = [*self._before, before][-_MAX_STEPS:]
        self._undone = []
        self._typed_in, self._typed_ns = typed_in, now_ns

    def undo(self, now: Step) -> Step:
        """Return the state before the last step; `now` if there is none."""
        if not self._before:
            return now
        self._typed_in = ""
        self._undone.append(now)
        return self._before.pop()

    def redo(self, now: Step) -> Step:
        """Return the state after the step that was undone last; `now` if there is none."""
        if not self._undone:
            return now
        self._typed_in = ""
        self._before.append(now)
        return self._undone.pop()


@dataclass(frozen=True, slots=True)
class AddedSnippet:
    """
    A snippet, and the text that it was added to.

    Attributes:
        path: The field's path with the type in front.
        before: The field's text without the snippet.
        snippet: The text that was added at its end.
        at_ns: The monotonic time of the press.
    """

    path: str
    before: str
    snippet: str
    at_ns: int

    @property
    def after(self) -> str:
        """The field's text with the snippet."""
        return self.before + self.snippet

    def followed_by(self, later: "AddedSnippet") -> "AddedSnippet":
        """Return both snippets as one if the later snippet directly follows this one; otherwise the later snippet."""
        if later.path != self.path or later.before != self.after:
            return later
        return AddedSnippet(self.path, self.before, self.snippet + later.snippet, later.at_ns)

    def moved_after(self, path: str, typed: str, now_ns: int) -> "AddedSnippet | None":
        """
        Return this snippet after a text that was typed before the press.

        None if the text was typed later, or into another field. In an empty field no text arrives late, since its first
        keystroke is sent at once, before the press: the text has replaced the snippet.

        >>> added = AddedSnippet("text.content", "By key", "{{ name }}", at_ns=0)
        >>> added.moved_after("text.content", "By keyboard ", now_ns=0).after
        'By keyboard {{ name }}'
        """
        is_continued = bool(self.before) and typed.startswith(self.before) and typed != self.before
        if path != self.path or not is_continued or now_ns - self.at_ns > LATE_TYPING_NS:
            return None
        # The text contains the snippet, or part of it that is being deleted: the user had seen it.
        if typed.startswith(self.after) or self.after.startswith(typed):
            return None
        return AddedSnippet(self.path, typed, self.snippet, self.at_ns)


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """
    A column that the message needs and that is blank in some rows.

    Attributes:
        column: The name of the column.
        missing: The number of rows in which the column is blank.
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
        now: The number of rows that the notebook has; None if the name no longer refers to a frame.
        is_found_by_first_check: Whether the first check found the change, which is then a change since the form was
            opened; otherwise it is a change since the last check.
        is_name_gone: Whether the name no longer exists.
    """

    name: str
    before: int
    now: int | None
    is_found_by_first_check: bool
    is_name_gone: bool


@dataclass(frozen=True, slots=True)
class ComposeState:
    """
    The state of the form.

    Attributes:
        snapshot: The frame, as it was when the form opened or last checked it.
        text: The message as written.
        view: The message's preview for the row shown, and its problems.
        position: The row shown, from 0.
        search: The search for a row.
        recipient_choice: The columns that identify the recipients, and who is excluded.
        blank_columns: The columns that the message needs and that are blank in some rows.
        can_undo: Whether there is a step to undo.
        can_redo: Whether there is a step to redo.
        revision: Increases with each change of the fields that was not typed into them.
        progress: The progress of the check, in words; empty if no check is running.
        share: The progress of the check, from 0 to 1; None if unknown.
        is_checking: Whether a check is running.
        frame_change: The change of the frame that the last check found; None if there was none.
        failure: Why the check or another action failed; None if nothing failed.
        is_current: Whether the last plan matches what the form shows now.
        plan_count: The number of checks that made a plan.
        largest_body_bytes: The size of the largest message in the last plan; 0 before the first plan.
        refused: The field for which something was chosen that cannot be sent, and why; None if there is none.
        document: The message that the text is a version of.
        exclusion_lists: The names of the lists of people that can be left out.
        exclusion_changes: Increases whenever the settings of the studio change who is on the chosen exclusion list.
    """

    snapshot: Snapshot
    text: MessageText
    view: DraftView
    position: int = 0
    search: Search = NO_SEARCH
    recipient_choice: RecipientChoice = NO_RECIPIENTS_CHOSEN
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
    plan_count: int = 0
    largest_body_bytes: int = 0
    refused: tuple[str, Failure] | None = None
    document: Document = field(default_factory=Document)
    exclusion_lists: tuple[str, ...] = ()
    exclusion_changes: int = 0

    @property
    def document_text(self) -> DocumentText:
        """The message as written, and its identity."""
        return DocumentText(self.text, self.document)
