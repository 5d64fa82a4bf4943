"""The model of the home page: campaigns to open or copy from, and drafts to continue."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dingnb.campaigns.drafts import StoredDraft
from dingnb.campaigns.history import PastDeliveries
from dingnb.campaigns.plan_tests import is_test
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.status import State
from dingnb.client import DingTalk, calls_this_month, clock_of, counting_messages_of, deliveries_of, operator_of
from dingnb.errors import InputError
from dingnb.ui.compose.drafts import free_name, headline_of
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.parts import short
from dingnb.words import count, say

CAMPAIGNS_A_PAGE = 10

MAX_DRAFTS = 20
"""Maximum number of drafts that are listed, last saved first."""

_LISTED_COLUMNS = (
    *("name", "state", "updated_at", "accepted", "people", "cancelled", "calls_per_second", "sent_by", "created_by"),
)


@dataclass(frozen=True, slots=True)
class PastCampaign:
    """
    A campaign.

    Attributes:
        name: Its name.
        state: Its state.
        day: The day on which it changed.
        accepted: The number of people accepted.
        people: The number of people in total, or of messages, without those who were taken out.
        unit: What is counted: messages, if a person may get several.
        calls_per_second: How many calls of it leave a second now.
        sender: Who is sending it now, if it is somebody else.
        sent_by: Who started sending it last; empty if nobody did.
        deliveries: What became of its messages; None if it is not on the page.
    """

    name: str
    state: State
    day: str
    accepted: int
    people: int
    unit: Unit = "person"
    calls_per_second: float = 0.0
    sender: str = ""
    sent_by: str = ""
    deliveries: PastDeliveries | None = None

    @property
    def text(self) -> str:
        """The campaign on one line; that it is being sent is said elsewhere."""
        far = say("studio.campaign_far", n=self.accepted, people=count(self.unit, self.people))
        rate = say("studio.campaign_rate", rate=self.calls_per_second) if self.calls_per_second else ""
        sender = say("studio.campaign_sender", who=short(self.sender)) if self.sender else ""
        state = "" if self.state is State.RUNNING else say(f"studio.state_{self.state}")
        shown = (short(self.name), state, sender, far, rate, self.day)
        return " · ".join(filter(None, shown))


@dataclass(frozen=True, slots=True)
class PastDraft:
    """A draft: its name, its beginning, and when it was saved."""

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
        dropped: The deleted drafts that can be restored, last deleted at the end.
        calls: The number of calls made this month.
        most_calls: The maximum number of calls a month.
        failure: The last error; None if there was none.
    """

    campaigns: tuple[PastCampaign, ...] = ()
    tests: int = 0
    has_tests: bool = False
    page: int = 0
    drafts: tuple[PastDraft, ...] = ()
    dropped: tuple[StoredDraft, ...] = ()
    calls: int = 0
    most_calls: int = 0
    failure: Failure | None = None

    @property
    def pages(self) -> int:
        """The number of pages."""
        return -(-len(self.campaigns) // CAMPAIGNS_A_PAGE)

    @property
    def on_page(self) -> tuple[PastCampaign, ...]:
        """The campaigns of the current page."""
        return self.campaigns[self.page * CAMPAIGNS_A_PAGE :][:CAMPAIGNS_A_PAGE]

    @property
    def unfinished(self) -> tuple[PastCampaign, ...]:
        """The unfinished campaigns."""
        return tuple(campaign for campaign in self.campaigns if campaign.state is not State.FINISHED)

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
        self.refresh()

    def refresh(self) -> None:
        """Read the lists from the ledger."""
        self._list()

    def follow(self) -> None:
        """Read the lists in a background thread, if a campaign is being sent."""
        if any(campaign.state is State.RUNNING for campaign in self.state.campaigns):
            self._start_work(self._list_again)

    def turn_to(self, page: int) -> None:
        """Show a page of campaigns."""
        self._list(page=page)

    def toggle_tests(self) -> None:
        """Show tests among the campaigns, or hide them."""
        self._show(has_tests=not self.state.has_tests)
        self._list(page=0)

    def drop_draft(self, name: str) -> None:
        """Delete a draft, which can be restored."""
        kept = self._ding.drafts.load(name)
        self._ding.drafts.drop(name)
        self._list(dropped=(*self.state.dropped, kept))

    def bring_back(self) -> None:
        """Restore the draft deleted last; again, the one before."""
        if self.state.dropped:
            *before, kept = self.state.dropped
            name = free_name(self._ding.drafts, kept.name)
            self._ding.drafts.save(name, kept.msgtype, kept.texts, version=0)
            self._list(dropped=tuple(before))

    def _list_again(self) -> None:
        before = self.state
        lists = self._read(before.page)
        with self._lock:
            # Otherwise another page was opened or a draft was deleted meanwhile.
            if self.state is before:
                self._show(**lists)

    def _list(self, *, page: int | None = None, **changed: object) -> None:
        self._show(**self._read(self.state.page if page is None else page), **changed)

    def _read(self, page: int) -> dict[str, Any]:
        """Return the lists as fields of the state, from the ledger."""
        campaigns, me, with_messages = self._ding.campaigns(), operator_of(self._ding), counting_messages_of(self._ding)
        listed = tuple(
            PastCampaign(
                name,
                State(state),
                f"{day:%Y-%m-%d}",
                accepted,
                people - cancelled,
                "message" if name in with_messages else "person",
                rate,
                who if state == State.RUNNING and isinstance(who, str) and who != me else "",
                # Until the first call, only the person who started it is recorded.
                next((person for person in (who, creator) if isinstance(person, str)), ""),
            )
            for name, state, day, accepted, people, cancelled, rate, who, creator in zip(
                *(campaigns[column] for column in _LISTED_COLUMNS), strict=True
            )
        )
        tests = sum(is_test(campaign.name) for campaign in listed)
        if not self.state.has_tests:
            listed = tuple(campaign for campaign in listed if not is_test(campaign.name))
        last = max(-(-len(listed) // CAMPAIGNS_A_PAGE) - 1, 0)
        page = min(max(page, 0), last)
        first = page * CAMPAIGNS_A_PAGE
        counted = self._counted(listed[first : first + CAMPAIGNS_A_PAGE])
        kept = list[StoredDraft]()
        for name in self._ding.drafts.names()[:MAX_DRAFTS]:
            # Unless it was deleted meanwhile.
            with suppress(InputError):
                kept.append(self._ding.drafts.load(name))
        calls, most = calls_this_month(self._ding)
        return {
            "campaigns": (*listed[:first], *counted, *listed[first + len(counted) :]),
            "tests": tests,
            "page": page,
            "drafts": tuple(
                PastDraft(draft.name, headline_of(draft), f"{draft.updated_at:%Y-%m-%d %H:%M:%S}") for draft in kept
            ),
            "calls": calls,
            "most_calls": most,
            "failure": None,
        }

    def _counted(self, campaigns: Sequence[PastCampaign]) -> list[PastCampaign]:
        """Return campaigns with what became of their messages."""
        counts = deliveries_of(self._ding, [campaign.name for campaign in campaigns])
        return [replace(campaign, deliveries=counted) for campaign, counted in zip(campaigns, counts, strict=True)]
