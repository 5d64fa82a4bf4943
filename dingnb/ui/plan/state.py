"""What the form of a plan shows, as values."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from dingnb.campaigns.planning.forecast import Forecast
from dingnb.campaigns.sending.recording import AbsentChoice, Changed
from dingnb.display import Sheet
from dingnb.ui.kit.model import Failure
from dingnb.ui.kit.rows import FoundRows
from dingnb.words import NOTHING, Text

Stage = Literal["open", "starting", "sent"]


@dataclass(frozen=True, slots=True)
class Problems(FoundRows):
    """
    The rejected rows, as far as they are shown.

    Attributes:
        said: What came of exporting them.
        link: The file for the browser, as an address; empty where there is none.
    """

    rows_a_page: ClassVar[int] = 10

    said: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test: to whom, and what became of it."""

    userid: str
    status: str
    reason: str = ""
    hint: str = ""
    was_sent_before: bool = False


@dataclass(frozen=True, slots=True)
class PlanState:
    """
    What the form shows.

    Attributes:
        sheet: What the plan says of itself.
        problems: The rejected rows.
        tester: To whom a test goes.
        row: The row whose message a test has, from 0.
        tested: What came of the last test.
        testing: What is said while a test is under way.
        not_tested: Why the test did not work.
        name: The campaign's name.
        foresight: What that name has done already; None until it is known.
        is_looking: Whether it is being looked up.
        changed: What to do where somebody was sent another text under that name.
        absent: What to do where somebody who is still to be sent to under that name is not in the plan.
        typed: The count as typed.
        stage: Whether it waits for the count, starts, or was sent.
        is_outdated: Whether what it was made of has changed since.
        is_overtaken: Whether a newer plan sends under the name that it was sent under.
        is_refused_for_month: Whether a send was refused since the month has too few calls left.
        beyond_quota: Whether it is sent all the same.
        shortage: That the month has fewer calls left than it needs; empty where it has enough.
        stands_after: How many are sent to until the month's calls are used up; None where they last.
        failure: Why something did not work.
        is_miscounted: Whether that is the typed count.
    """

    sheet: Sheet
    problems: Problems
    tester: str = ""
    row: int = 0
    tested: Tested | None = None
    testing: str = ""
    not_tested: Failure | None = None
    name: str = ""
    foresight: Forecast | None = None
    is_looking: bool = False
    changed: Changed = "error"
    absent: AbsentChoice = "error"
    typed: str = ""
    stage: Stage = "open"
    is_outdated: bool = False
    is_overtaken: bool = False
    is_refused_for_month: bool = False
    beyond_quota: bool = False
    shortage: Text = NOTHING
    stands_after: int | None = None
    failure: Failure | None = None
    is_miscounted: bool = False

    @property
    def is_folded(self) -> bool:
        """Whether no more is to be seen than that it was, or what was sent: something else is written now."""
        return self.is_outdated and self.stage != "starting"
