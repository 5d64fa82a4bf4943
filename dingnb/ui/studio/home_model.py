"""The model of the home page: campaigns to open or to copy from, and drafts to continue."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.drafts import StoredDraft
from dingnb.campaigns.history import DeliverySummary
from dingnb.campaigns.plan_tests import is_test
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.status import State
from dingnb.client import DingTalk, calls_this_month, clock_of, counting_messages_of, deliveries_of, operator_of
from dingnb.clock import seconds_to_ns
from dingnb.errors import InputError
from dingnb.ui.compose.drafts import free_name, headline_of
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.parts import short
from dingnb.words import count, say

CAMPAIGNS_PER_PAGE = 10

MAX_DRAFTS = 20
"""Maximum number of drafts that are listed."""

POLL_INTERVAL_NS = seconds_to_ns(5)
"""Minimum time between two reads of the lists while nothing is being sent; a recall or a refresh changes them, too."""

_CAMPAIGN_COLUMNS = (
    *("name", "state", "updated_at", "accepted", "people", "cancelled", "unknown", "calls_per_second"),
    *("sent_by", "created_by"),
)


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """
    A campaign as listed.

    Attributes:
        name: The name.
        state: The state.
        day: The day of the last change.
        accepted: The number of people accepted by DingTalk.
        people: The total number of people or messages, without cancelled ones.
        unit: The counted unit: messages if a person may get several.
        unknown: The number of people or messages with unknown outcome.
        calls_per_second: The current rate of calls; 0 if nothing is being sent.
        other_sender: Who is sending it now; empty if nobody else is.
        sent_by: Who started sending it last; empty if nobody did.
        deliveries: The delivery results; None if the campaign is not on the page.
    """

    name: str
    state: State
    day: str
    accepted: int
    people: int
    unit: Unit = "person"
    unknown: int = 0
    calls_per_second: float = 0.0
    other_sender: str = ""
    sent_by: str = ""
    deliveries: DeliverySummary | None = None

    @property
    def text(self) -> str:
        """The campaign on one line, without a running state, which is shown elsewhere."""
        sent = say("studio.campaign_sent", n=self.accepted, people=count(self.unit, self.people))
        rate = say("studio.campaign_rate", rate=self.calls_per_second) if self.calls_per_second else ""
        sender = say("studio.campaign_sender", who=short(self.other_sender)) if self.other_sender else ""
        state = "" if self.state is State.RUNNING else say(f"studio.state_{self.state}")
        unknown = say("progress.unknown", people=count(self.unit, self.unknown)) if self.unknown else ""
        shown = (short(self.name), state, sender, sent, unknown, rate, self.day)
        return " · ".join(filter(None, shown))


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """A draft as listed: its name, the beginning of its text, and when it was saved."""

    name: str
    headline: str
    saved_at: str = ""


@dataclass(frozen=True, slots=True)
class HomeState:
    """
    The state of the page.

    Attributes:
        campaigns: The campaigns, newest first; without tests, unless these are shown.
        tests: The number of tests.
        has_tests: Whether tests are among the campaigns.
        page: The current page of them, from 0.
        drafts: The drafts, last saved first.
        deleted: The deleted drafts that can be restored, the last deleted one at the end.
        calls: The number of calls made this month.
        most_calls: The maximum number of calls a month.
        failure: The last error; None if there was none.
    """

    campaigns: tuple[CampaignSummary, ...] = ()
    tests: int = 0
    has_tests: bool = False
    page: int = 0
    drafts: tuple[DraftSummary, ...] = ()
    deleted: tuple[StoredDraft, ...] = ()
    calls: int = 0
    most_calls: int = 0
    failure: Failure | None = None

    @property
    def pages(self) -> int:
        """The number of pages."""
        return -(-len(self.campaigns) // CAMPAIGNS_PER_PAGE)

    @property
    def on_page(self) -> tuple[CampaignSummary, ...]:
        """The campaigns of the current page."""
        return self.campaigns[self.page * CAMPAIGNS_PER_PAGE :][:CAMPAIGNS_PER_PAGE]

    @property
    def unfinished(self) -> tuple[CampaignSummary, ...]:
        """The unfinished campaigns."""
        return tuple(campaign for campaign in self.campaigns if campaign.state is not State.FINISHED)

    @property
    def is_without_calls(self) -> bool:
        """Whether the month has no calls left."""
        return self.calls >= self.most_calls

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet."""
        return not self.campaigns and not self.drafts


class HomeModel(Model[HomeState]):
    """
    Lists campaigns and drafts.

    Args:
        ding: The app.
    """

    def __init__(self, ding: DingTalk) -> None:
        super().__init__(HomeState(), clock_of(ding))
        self._ding = ding
        self._throttle = Throttle(self._clock, min_interval_ns=POLL_INTERVAL_NS)
        with self._throttle.timing():
            self.refresh()

    def refresh(self) -> None:
        """Read the lists from the ledger."""
        self._reload()

    def poll(self) -> None:
        """Read the lists again in a background thread: at once if a campaign is being sent, otherwise now and then."""
        is_sending = any(campaign.state is State.RUNNING for campaign in self.state.campaigns)
        if is_sending or self._throttle.is_due:
            self._start_work(self._poll)

    def turn_to(self, page: int) -> None:
        """Show a page of campaigns."""
        self._reload(page=page)

    def toggle_tests(self) -> None:
        """Show tests among the campaigns, or hide them."""
        self._show(has_tests=not self.state.has_tests)
        self._reload(page=0)

    def delete_draft(self, name: str) -> None:
        """Delete a draft, which can be restored."""
        draft = self._ding.drafts.load(name)
        self._ding.drafts.drop(name)
        self._reload(deleted=(*self.state.deleted, draft))

    def restore_draft(self) -> None:
        """Restore the draft deleted last; each further call restores the one before."""
        if self.state.deleted:
            *others, draft = self.state.deleted
            name = free_name(self._ding.drafts, draft.name)
            self._ding.drafts.save(name, draft.msgtype, draft.texts, version=0)
            self._reload(deleted=tuple(others))

    def _poll(self) -> None:
        before = self.state
        with self._throttle.timing():
            lists = self._read(before.page)
        with self._lock:
            # Otherwise, another page was opened or a draft was deleted meanwhile.
            if self.state is before and any(getattr(before, name) != value for name, value in lists.items()):
                self._show(**lists)

    def _reload(self, *, page: int | None = None, **changed: object) -> None:
        self._show(**self._read(self.state.page if page is None else page), **changed)

    def _read(self, page: int) -> dict[str, Any]:
        """Read the lists from the ledger; return them as fields of the state."""
        campaigns, me, with_messages = self._ding.campaigns(), operator_of(self._ding), counting_messages_of(self._ding)
        summaries = tuple(
            CampaignSummary(
                name,
                State(state),
                f"{day:%Y-%m-%d}",
                accepted,
                people - cancelled,
                "message" if name in with_messages else "person",
                unknown,
                rate,
                who if state == State.RUNNING and isinstance(who, str) and who != me else "",
                _sender(State(state), who, creator),
            )
            for name, state, day, accepted, people, cancelled, unknown, rate, who, creator in zip(
                *(campaigns[column] for column in _CAMPAIGN_COLUMNS), strict=True
            )
        )
        tests = sum(is_test(campaign.name) for campaign in summaries)
        if not self.state.has_tests:
            summaries = tuple(campaign for campaign in summaries if not is_test(campaign.name))
        last = max(-(-len(summaries) // CAMPAIGNS_PER_PAGE) - 1, 0)
        page = min(max(page, 0), last)
        first = page * CAMPAIGNS_PER_PAGE
        on_page = self._with_deliveries(summaries[first : first + CAMPAIGNS_PER_PAGE])
        drafts = list[StoredDraft]()
        for name in self._ding.drafts.names()[:MAX_DRAFTS]:
            # It may have been deleted meanwhile.
            with suppress(InputError):
                drafts.append(self._ding.drafts.load(name))
        calls, most = calls_this_month(self._ding)
        return {
            "campaigns": (*summaries[:first], *on_page, *summaries[first + len(on_page) :]),
            "tests": tests,
            "page": page,
            "drafts": tuple(
                DraftSummary(draft.name, headline_of(draft), f"{draft.updated_at:%Y-%m-%d %H:%M:%S}")
                for draft in drafts
            ),
            "calls": calls,
            "most_calls": most,
            "failure": None,
        }

    def _with_deliveries(self, campaigns: Sequence[CampaignSummary]) -> list[CampaignSummary]:
        """Return campaigns with their delivery results."""
        deliveries = deliveries_of(self._ding, [campaign.name for campaign in campaigns])
        pairs = zip(campaigns, deliveries, strict=True)
        return [replace(campaign, deliveries=delivered) for campaign, delivered in pairs]


def _sender(state: State, sent_by: object, created_by: object) -> str:
    """Return who sends or has sent a campaign; who does is recorded only when its first call is prepared."""
    people = (sent_by, created_by if state is State.RUNNING else "")
    return next((person for person in people if isinstance(person, str)), "")
