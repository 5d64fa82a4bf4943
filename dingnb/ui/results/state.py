"""The state of the results form, as values."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from dingnb.campaigns.campaign_view import AvailableActions
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.campaign_results import Snapshot
from dingnb.campaigns.sending.unknown_outcomes import How
from dingnb.ledger.sending.attempts import Trace
from dingnb.media import Content
from dingnb.ui.kit.model import Failure
from dingnb.ui.kit.rows import FoundRows
from dingnb.words import NOTHING, Text, Words

Action = Literal["", "retry", "remind", "recall", "resolve", "close"]

AnswerFilter: TypeAlias = tuple[str, str | None]
"""A question, and one of its answers; None for rows without an answer."""


@dataclass(frozen=True, slots=True)
class ShownRows(FoundRows):
    """
    The rows that the table shows.

    Attributes:
        status: Only rows with this status; empty for any.
        answer: Only rows with this answer; None for any.
    """

    rows_a_page: ClassVar[int] = 15

    status: str = ""
    answer: AnswerFilter | None = None


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """
    The details of one person.

    Attributes:
        position: The position of the row.
        label: The row's label.
        facts: The row's values.
        trace: The calls to the person, and the message.
        answers: Each question that the person has answered, and the answer.
        attachments: The pictures and files of the message, by reference.
    """

    position: int
    label: Hashable
    facts: dict[Any, Any]
    trace: Trace
    answers: Sequence[tuple[str, str]] = ()
    attachments: Mapping[str, Content] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ResultsState:
    """
    The state of the results.

    Attributes:
        snapshot: The results; None until they are read.
        answers: The answers, with the same rows; None until they are read, and if the campaign has no cards.
        answer_changes: What changes in the ledger with each further answer.
        available: The available actions; None until they are known.
        shown: The rows that are shown.
        chosen: The position of the row whose details are shown or being loaded; None if there is none.
        details: These details; None until they are loaded.
        reset_count: Increases each time the search is cleared other than by typing.
        failure: The last error; None if there was none.
    """

    snapshot: Snapshot | None = None
    answers: Answers | None = None
    answer_changes: object = None
    available: AvailableActions | None = None
    shown: ShownRows = field(default_factory=ShownRows)
    chosen: int | None = None
    details: PersonDetails | None = None
    reset_count: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ActionsState:
    """
    The state of the actions.

    Attributes:
        action: The chosen action.
        typed: The count as typed.
        how: What to do about unknown outcomes.
        recalls_everybody: Whether to recall from everybody, rather than to continue an interrupted recall.
        busy_text: The text shown while an action is in progress.
        notice: The outcome of the last action.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
        reset_count: Increases with each change of the fields that was not typed.
    """

    action: Action = ""
    typed: str = ""
    how: How = "leave"
    recalls_everybody: bool = False
    busy_text: Words = ""
    notice: Words = ""
    failure: Failure | None = None
    is_miscounted: bool = False
    reset_count: int = 0


@dataclass(frozen=True, slots=True)
class ReminderState:
    """
    The state of the reminder.

    Attributes:
        text: Its text as typed.
        busy_text: The text shown while it is being prepared.
        notice: How many people it goes to, or why it was discarded.
        failure: The last error; None if there was none.
        reset_count: Increases with each change of the text that was not typed.
    """

    text: str = ""
    busy_text: Words = ""
    notice: Words = ""
    failure: Failure | None = None
    reset_count: int = 0


@dataclass(frozen=True, slots=True)
class SavedReminder:
    """
    A reminder that is being written or was prepared, and not sent, which stays when the page is reloaded.

    Attributes:
        text: Its text.
        is_prepared: Whether it was prepared.
        name: The name that was chosen for its campaign; empty if none was.
        started_ns: When the preparation began that is in progress, nanoseconds since the epoch; 0 if none is.
    """

    text: str
    is_prepared: bool = False
    name: str = ""
    started_ns: int = 0


@dataclass(frozen=True, slots=True)
class SpentRefresh:
    """
    What an automatic refresh has spent of its limits, which it keeps when the page is reloaded.

    Attributes:
        calls: The number of calls made.
        max_calls: The maximum number of calls; 0 before it has started.
        started_ns: When it was started, nanoseconds since the epoch; 0 before.
        next_ns: When it makes the next call, nanoseconds since the epoch; 0 for now.
    """

    calls: int = 0
    max_calls: int = 0
    started_ns: int = 0
    next_ns: int = 0

    @property
    def has_started(self) -> bool:
        """Whether it has started, and so has a limit of calls."""
        return self.max_calls > 0


@dataclass(frozen=True, slots=True)
class AutoRefreshState:
    """
    The state of the automatic refresh.

    Attributes:
        is_on: Whether it is on.
        is_refreshing: Whether it is making calls now, rather than waiting for the next refresh.
        notice: What it waits for, or why it ended.
        spent: What it has spent of its limits.
        failure: The last error; None if there was none.
    """

    is_on: bool = False
    is_refreshing: bool = False
    notice: Text = NOTHING
    spent: SpentRefresh = field(default_factory=SpentRefresh)
    failure: Failure | None = None

    @property
    def calls(self) -> int:
        """The number of calls made."""
        return self.spent.calls

    @property
    def max_calls(self) -> int:
        """The maximum number of calls until it ends."""
        return self.spent.max_calls
