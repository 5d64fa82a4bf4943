"""The state of the plan form, as values."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from dingnb.campaigns.planning.forecast import Forecast
from dingnb.campaigns.planning.send_warnings import SendWarnings
from dingnb.campaigns.sending.recording import AbsentChoice, Changed
from dingnb.display import Sheet
from dingnb.ui.kit.lists import FoundRows
from dingnb.ui.kit.model import Failure
from dingnb.words import NOTHING, Text

Stage = Literal["open", "starting", "sent"]


@dataclass(frozen=True, slots=True)
class Problems(FoundRows):
    """
    The rejected rows that are shown.

    Attributes:
        notice: The outcome of the export; empty if there is none.
        link: The URL from which the browser downloads the exported file; empty if there is none.
        exported_name: The name of the exported file; empty before an export.
        is_open: Whether the user has opened the list of rows.
    """

    rows_per_page: ClassVar[int] = 10

    notice: Text = NOTHING
    link: str = ""
    exported_name: str = ""
    is_open: bool = False

    @property
    def has_list(self) -> bool:
        """Whether the rows themselves are shown: on demand if there are many, always while they are searched."""
        return self.is_open or bool(self.query) or self.total <= self.rows_per_page


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """
    Rejected rows with the same kind of problem.

    Attributes:
        column: The column at fault; empty if whole rows are.
        reason: What is wrong with the first row.
        hint: How to fix the row.
        rows: The number of rows.
    """

    column: str
    reason: Text
    hint: Text
    rows: int


@dataclass(frozen=True, slots=True)
class SentTest:
    """
    A test that was sent, and its outcome.

    Attributes:
        userid: The person who got the test.
        person: The userid, with the name and the department if they are known.
        status: The status of that person.
        reason: The reason for the status; may be empty.
        hint: What to do about the status; may be empty.
        was_sent_before: Whether the person already had the same test, so that nothing was sent.
        answer: The answer that was received to the test's card; empty if there was none.
    """

    userid: str
    person: str
    status: str
    reason: Text = NOTHING
    hint: Text = NOTHING
    was_sent_before: bool = False
    answer: Text = NOTHING


@dataclass(frozen=True, slots=True)
class PlanState:
    """
    The state of the form.

    Attributes:
        sheet: The plan's sheet.
        problems: The rejected rows.
        test_recipient: Who gets a test, as typed or chosen: a name, a userid, or both.
        test_offers: The people offered for a test, each as name and userid.
        row: The position of the row used for a test.
        tested: The last test; None if there is none.
        test_progress: The progress of a running test, as text; empty if none is running.
        refused_row: The number of a row that was typed for a test and does not exist; None if the row exists.
        test_failure: Why the test failed; None if it did not.
        test_warning: The warning about the text of the next test; empty if there is none.
        name: The campaign's name.
        forecast: What sending under that name would do; None without a name, and until it is known.
        is_forecasting: Whether the forecast is being made.
        changed: What to do about people who got a different version under that name.
        recalls_first: Whether to recall their earlier version first, for which the campaign has to be opened.
        absent: What to do about people who are queued under that name and not in the plan.
        accepted_rows: The positions of the rows to send to although their name is not their person's.
        left_out: The number of people who will be left out of the send, since they need no reminder any more.
        typed_count: The count as typed.
        stage: Whether the plan waits for the count, is starting, or was sent.
        is_outdated: Whether the plan's message or recipients have changed since.
        is_overtaken: Whether a newer plan is now sent under the plan's name.
        is_refused_for_month: Whether a send was refused because the month has too few calls left.
        beyond_quota: Whether to send although the month has too few calls left.
        uploads: The number of files to upload for the whole plan, each of which counts as a call.
        send_warnings: What the plan warns of before it is sent; nothing once it was.
        shortage: The warning that the month has too few calls left for the whole plan; empty if it has enough.
        stops_after: The number of people sent to until the month's calls are used up; None if they suffice for the
            whole plan.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
    """

    sheet: Sheet
    problems: Problems
    test_recipient: str = ""
    test_offers: tuple[str, ...] = ()
    row: int = 0
    tested: SentTest | None = None
    test_progress: str = ""
    refused_row: int | None = None
    test_failure: Failure | None = None
    test_warning: Text = NOTHING
    name: str = ""
    forecast: Forecast | None = None
    is_forecasting: bool = False
    changed: Changed = "error"
    recalls_first: bool = False
    absent: AbsentChoice = "error"
    accepted_rows: frozenset[int] = frozenset()
    left_out: int = 0
    typed_count: str = ""
    stage: Stage = "open"
    is_outdated: bool = False
    is_overtaken: bool = False
    is_refused_for_month: bool = False
    beyond_quota: bool = False
    uploads: int = 0
    send_warnings: SendWarnings = field(default_factory=SendWarnings)
    shortage: Text = NOTHING
    stops_after: int | None = None
    failure: Failure | None = None
    is_miscounted: bool = False

    @property
    def is_collapsed(self) -> bool:
        """Whether the form is collapsed because the plan is outdated."""
        return self.is_outdated and self.stage != "starting"

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The names of unfinished campaigns to many of the people, or with the same text."""
        return unfinished_names(self.send_warnings)

    @property
    def notes_at_name(self) -> list[Text]:
        """The notes of the sheet that the form repeats below the name, since what to do depends on the name."""
        warnings, forecast = self.send_warnings, self.forecast
        if not self.name.strip():
            return warnings.unfinished_warnings
        is_shown = self.is_forecasting if forecast is None else forecast.is_new and not forecast.refusal
        return [*warnings.same_text_warnings, *warnings.unfinished_warnings] if is_shown else []

    @property
    def undecided(self) -> Literal["", "changed", "absent"]:
        """
        The choice that the user still has to make before sending; empty if there is none.

        ``changed`` also while the earlier version is to be recalled first.
        """
        forecast = self.forecast
        if forecast is None or forecast.refusal:
            return ""
        if forecast.changed and self.changed == "error":
            return "changed"
        return "absent" if forecast.absent and self.absent == "error" else ""


def unfinished_names(send_warnings: SendWarnings) -> tuple[str, ...]:
    """Return the names of unfinished campaigns to many of the plan's people, or with the same text."""
    names = [campaign.campaign for campaign in send_warnings.unfinished]
    return (*names, *(campaign.name for campaign in send_warnings.overlapping))
