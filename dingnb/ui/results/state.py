"""What the form of a campaign's results shows, as values."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dingnb.campaigns.results.available_actions import Choices
from dingnb.campaigns.results.snapshot import Snapshot
from dingnb.campaigns.sending.resolve import How
from dingnb.ledger.traces import Trace
from dingnb.ui.kit.model import Failure
from dingnb.ui.kit.rows import FoundRows

Action = Literal["", "retry", "remind", "recall", "resolve", "export"]


@dataclass(frozen=True, slots=True)
class Shown(FoundRows):
    """
    Which rows are shown.

    Attributes:
        status: Only those with this status; empty is any.
    """

    rows_a_page: ClassVar[int] = 15

    status: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """
    One person's story.

    Attributes:
        position: The position of the row.
        label: The row's label.
        facts: The row of the results.
        trace: The calls that went to the person, and the text.
    """

    position: int
    label: object
    facts: dict[Any, Any]
    trace: Trace


@dataclass(frozen=True, slots=True)
class ResultsState:
    """
    What is shown of the results.

    Attributes:
        snapshot: The results; None until they are read.
        choices: What may be done about them; None until it is known.
        shown: Which rows are shown.
        chosen: The position of the row whose story is shown, or is being read.
        story: That story.
        round: How often the search was emptied other than by typing.
        failure: Why something did not work.
    """

    snapshot: Snapshot | None = None
    choices: Choices | None = None
    shown: Shown = field(default_factory=Shown)
    chosen: int | None = None
    story: Story | None = None
    round: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ActingState:
    """
    What is done about the results.

    Attributes:
        action: What somebody has chosen to do.
        typed: The count as typed.
        how: The decision about those of whom nothing is known.
        reminder: The text of a reminder.
        doing: What is said while it is done.
        said: What came of the last thing done.
        link: The file that was written, for the browser, as an address; empty where there is none.
        failure: Why something did not work.
        is_miscounted: Whether that is the typed count.
        round: How often the fields were emptied, or filled, other than by typing.
    """

    action: Action = ""
    typed: str = ""
    how: How = "leave"
    reminder: str = ""
    doing: str = ""
    said: str = ""
    link: str = ""
    failure: Failure | None = None
    is_miscounted: bool = False
    round: int = 0


@dataclass(frozen=True, slots=True)
class AskingState:
    """
    How DingTalk is asked again and again.

    Attributes:
        is_on: Whether it is.
        said: What it waits for; when it is over, why.
        calls: How many calls it has made.
        failure: Why it did not work.
    """

    is_on: bool = False
    said: str = ""
    calls: int = 0
    failure: Failure | None = None
