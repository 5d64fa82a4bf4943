"""The model of the home page: campaigns to open or to copy from, and drafts to continue."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.drafts import StoredDraft, check_type, file_names_of, files_of, save_with_files
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.sending.recall_progress import UnfinishedRecall
from dingnb.campaigns.status import HALTED, State
from dingnb.campaigns.stored_campaigns import DeliverySummary
from dingnb.client import (
    DingTalk,
    calls_this_month,
    clock_of,
    deliveries_of,
    names_with_keys_of,
    operator_of,
    receives_answers_of,
    unfinished_recalls_of,
)
from dingnb.clock import seconds_to_ns
from dingnb.errors import ChangedDraftError, InputError
from dingnb.ui.compose.drafts import corrected_campaigns, free_name, headline_of
from dingnb.ui.kit.lists import nearest_page, page_count
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.parts import short
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.campaigns.draft_files import ChosenFile

CAMPAIGNS_PER_PAGE = 10

DRAFTS_PER_PAGE = 20

MAX_UNFINISHED = 3
"""Maximum number of unfinished campaigns that have a notice and a button of their own; the list contains all."""

CUT_SHORT = frozenset({State.PAUSED, State.INTERRUPTED})
"""The states of unfinished campaigns that send nothing, although nobody stopped them."""

POLL_INTERVAL_NS = seconds_to_ns(5)
"""Minimum time between two reads of the lists while nothing is being sent: other actions, such as a recall, go on."""

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
        accepted: The number of people or messages accepted by DingTalk.
        people: The total number of people or messages, except cancelled messages.
        unit: The counted unit: messages if a person may get several.
        unknown: The number of people or messages with unknown outcome.
        calls_per_second: The current rate of calls; 0 if nothing is being sent.
        other_sender: Who else is sending the campaign now; empty if nobody else is.
        sent_by: Who started sending the campaign last; empty if nobody did.
        recall: The state of a recall that has not recalled everything; empty if there is none.
        deliveries: The delivery results; None if the campaign is neither on the page nor has a notice of its own.
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
    recall: UnfinishedRecall | Literal[""] = ""
    deliveries: DeliverySummary | None = None

    @property
    def recalled(self) -> int:
        """The number of people whose message was recalled."""
        return 0 if self.deliveries is None else self.deliveries.recalled

    @property
    def is_recall_open(self) -> bool:
        """Whether the campaign is being recalled, or its recall ended early and can be continued."""
        return self.recall in {"ongoing", "interrupted"}

    @property
    def should_resume(self) -> bool:
        """Whether to recommend resuming the campaign, by the rules of `RunState.should_resume`."""
        deliveries = self.deliveries or DeliverySummary()
        return self.state in HALTED and not (deliveries.is_recalled or deliveries.is_closed or deliveries.must_wait)

    @property
    def text(self) -> str:
        """The campaign on one line; the state is left out while the campaign is running, which is shown elsewhere."""
        sent = say("studio.campaign_sent", n=self.accepted, people=count(self.unit, self.people))
        rate = say("studio.campaign_rate", rate=self.calls_per_second) if self.calls_per_second else ""
        sender = say("studio.campaign_sender", who=short(self.other_sender)) if self.other_sender else ""
        state = "" if self.state is State.RUNNING else say(f"studio.state_{self.state}")
        unknown = say("progress.unknown", people=count(self.unit, self.unknown)) if self.unknown else ""
        recalled = say("studio.some_recalled", n=self.recalled) if self.recalled else ""
        closed = say("studio.cards_closed") if self.deliveries is not None and self.deliveries.is_closed else ""
        shown = (short(self.name), state, sender, sent, recalled, closed, unknown, rate, self.day)
        return " · ".join(filter(None, shown))


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """
    A draft as listed.

    Attributes:
        name: The name.
        headline: The beginning of its text.
        saved_at: When it was saved, to the second.
        corrects: The campaign that it corrects; empty if it corrects none.
        files: The names of its chosen files.
    """

    name: str
    headline: str
    saved_at: str = ""
    corrects: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HomeState:
    """
    The state of the page.

    Attributes:
        campaigns: The campaigns, newest first; without tests, unless these are shown.
        tests: The number of tests.
        shows_tests: Whether tests are among the campaigns.
        query: Only campaigns whose name contains this text are listed; empty for all.
        listed_state: Only campaigns in this state are listed; None for all.
        page: The current page of the listed campaigns, from 0.
        drafts: The drafts of the current page, last saved first.
        draft_count: The total number of drafts.
        drafts_page: The current page of drafts, from 0.
        deleted: The deleted drafts that can be restored, the last deleted one at the end.
        calls: The number of calls made this month.
        max_calls: The maximum number of calls a month.
        receives_answers: Whether the connection receives the answers to cards over Stream.
        failure: The last error of an action; None if there was none.
        read_failure: Why the lists could not be read last; None if they were.
    """

    campaigns: tuple[CampaignSummary, ...] = ()
    tests: int = 0
    shows_tests: bool = False
    query: str = ""
    listed_state: State | None = None
    page: int = 0
    drafts: tuple[DraftSummary, ...] = ()
    draft_count: int = 0
    drafts_page: int = 0
    deleted: tuple[StoredDraft, ...] = ()
    calls: int = 0
    max_calls: int = 0
    receives_answers: bool = False
    failure: Failure | None = None
    read_failure: Failure | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether only some campaigns are listed."""
        return bool(self.query) or self.listed_state is not None

    @property
    def can_be_filtered(self) -> bool:
        """Whether there are more campaigns than fit on a page, or only some are listed."""
        return len(self.campaigns) > CAMPAIGNS_PER_PAGE or self.is_filtered

    @property
    def listed(self) -> tuple[CampaignSummary, ...]:
        """The campaigns that are listed on the pages."""
        query = self.query.casefold()
        return tuple(
            campaign
            for campaign in self.campaigns
            if query in campaign.name.casefold() and self.listed_state in {None, campaign.state}
        )

    @property
    def pages(self) -> int:
        """The number of pages of campaigns."""
        return page_count(len(self.listed), CAMPAIGNS_PER_PAGE)

    @property
    def drafts_pages(self) -> int:
        """The number of pages of drafts."""
        return page_count(self.draft_count, DRAFTS_PER_PAGE)

    @property
    def on_page(self) -> tuple[CampaignSummary, ...]:
        """The campaigns of the current page."""
        return self.listed[self.page * CAMPAIGNS_PER_PAGE :][:CAMPAIGNS_PER_PAGE]

    @property
    def unfinished(self) -> tuple[CampaignSummary, ...]:
        """
        The unfinished campaigns that have a notice of their own.

        Campaigns whose recall is unfinished or that were cut short come first; campaigns that people stopped come last.
        """
        unfinished = (
            campaign for campaign in self.campaigns if campaign.is_recall_open or campaign.state is not State.FINISHED
        )
        return tuple(sorted(unfinished, key=_order)[:MAX_UNFINISHED])

    @property
    def without_receiver(self) -> tuple[str, ...]:
        """The names of campaigns on the page, or with a notice, whose answers are expected but not received here."""
        if self.receives_answers:
            return ()
        shown = dict.fromkeys((*self.unfinished, *self.on_page))
        return tuple(
            campaign.name
            for campaign in shown
            if campaign.accepted and (campaign.deliveries or DeliverySummary()).expects_answers
        )

    @property
    def is_without_calls(self) -> bool:
        """Whether the month has no calls left."""
        return self.calls >= self.max_calls

    @property
    def refused_for_quota(self) -> str:
        """The name of a campaign with a notice whose calls DingTalk refuses until next month; empty for none."""
        halted = (campaign for campaign in self.unfinished if campaign.state in HALTED)
        by_name = ((campaign.name, campaign.deliveries or DeliverySummary()) for campaign in halted)
        return next((name for name, deliveries in by_name if deliveries.is_quota_refused), "")

    @property
    def is_empty(self) -> bool:
        """Whether there are neither campaigns nor drafts; hidden tests do not count."""
        return not self.campaigns and not self.draft_count


class HomeModel(Model[HomeState]):
    """
    Lists campaigns and drafts.

    Only `poll` reads in a background thread, and shows why reading failed. Everything else reads, or changes a draft,
    in the thread of the caller, so that the page shows the outcome at once, and raises errors. Searching and paging
    read only the results of the campaigns on the page.

    Args:
        ding: The app.
    """

    def __init__(self, ding: DingTalk) -> None:
        super().__init__(HomeState(), clock_of(ding))
        self._ding = ding
        self._files_of_deleted: dict[int, Sequence[ChosenFile]] = {}
        self._throttle = Throttle(self._clock, min_interval_ns=POLL_INTERVAL_NS)
        self._throttle_while_sending = Throttle(self._clock)
        with self._throttle.timing(), self._throttle_while_sending.timing():
            self.refresh()

    def refresh(self) -> None:
        """Read the lists from the ledger."""
        self._change_and_read(self._read)

    def poll(self) -> None:
        """Read the lists again in a background thread, unless they were read recently: more often while sending."""
        is_sending = any(campaign.state is State.RUNNING for campaign in self.state.campaigns)
        if (self._throttle_while_sending if is_sending else self._throttle).is_due:
            self._start_work(self._poll)

    def turn_to(self, page: int) -> None:
        """Show a page of campaigns."""
        self._change_and_read(self._read_page, page=page)

    def turn_drafts_to(self, page: int) -> None:
        """Show a page of drafts."""
        self._change_and_read(self._read_drafts, drafts_page=page)

    def search(self, query: str) -> None:
        """List only campaigns whose name contains a text; an empty text lists all."""
        self._change_and_read(self._read_page, page=0, query=query.strip())

    def list_only(self, state: State | None) -> None:
        """List only campaigns in a state; None lists all."""
        self._change_and_read(self._read_page, page=0, listed_state=state)

    def toggle_tests(self) -> None:
        """Show tests among the campaigns, or hide them."""
        self._change_and_read(self._read, page=0, shows_tests=not self.state.shows_tests)

    def delete_draft(self, name: str) -> None:
        """Delete a draft, which can be restored."""
        while True:
            draft = self._ding.drafts.load(name)
            # A draft of a type that this version does not know could not be restored.
            check_type(draft)
            files = files_of(self._ding.drafts, draft)
            # If another tab has saved the draft meanwhile, the version to restore is that one.
            with suppress(ChangedDraftError):
                self._ding.drafts.drop(name, version=draft.version)
                break
        self._files_of_deleted[draft.version] = files or ()
        self._change_and_read(self._read_drafts, deleted=(*self.state.deleted, draft))

    def restore_draft(self) -> None:
        """Restore the draft deleted last; each further call restores the draft deleted before."""
        if self.state.deleted:
            *others, draft = self.state.deleted
            name = free_name(self._ding.drafts, draft.name)
            files = self._files_of_deleted[draft.version]
            save_with_files(self._ding.drafts, name, draft.msgtype, draft.texts, files, version=0)
            self._change_and_read(self._read_drafts, deleted=tuple(others))

    def _poll(self) -> None:
        before = self.state
        try:
            with self._throttle.timing(), self._throttle_while_sending.timing():
                lists = self._read(before)
        except Exception as error:  # noqa: BLE001 - shown until the lists can be read again
            self._show(read_failure=self._failure(error))
            return
        with self._lock:
            # Otherwise, another page was opened or a draft was deleted meanwhile.
            if self.state is before and any(getattr(before, name) != value for name, value in lists.items()):
                self._show(**lists)

    def _change_and_read(
        self,
        read: Callable[[HomeState], dict[str, Any]],
        **changed: Any,  # noqa: ANN401 - fields of the state
    ) -> None:
        """
        Change the state, also if reading fails, and clear the last error.

        Args:
            read: Reads what the changed state shows, and returns it as fields of the state.
            changed: The changed fields.
        """
        with self._lock:
            self._change({**changed, "failure": None})
        self._show(**read(self.state))

    def _read(self, wanted: HomeState) -> dict[str, Any]:
        calls, most = calls_this_month(self._ding)
        return {
            **self._read_campaigns(wanted),
            **self._read_drafts(wanted),
            "calls": calls,
            "max_calls": most,
            "receives_answers": receives_answers_of(self._ding),
            "read_failure": None,
        }

    def _read_campaigns(self, wanted: HomeState) -> dict[str, Any]:
        campaigns, me, with_messages = self._ding.campaigns(), operator_of(self._ding), names_with_keys_of(self._ding)
        recalls = unfinished_recalls_of(self._ding)
        summaries = tuple(
            CampaignSummary(
                name,
                State(state),
                day=f"{day:%Y-%m-%d}",
                accepted=accepted,
                people=people - cancelled,
                unit="message" if name in with_messages else "person",
                unknown=unknown,
                calls_per_second=rate,
                other_sender=sender if state == State.RUNNING and sender != me else "",
                sent_by=sender,
                recall=recalls.get(name, ""),
            )
            for name, state, day, accepted, people, cancelled, unknown, rate, who, creator in zip(
                *(campaigns[column] for column in _CAMPAIGN_COLUMNS), strict=True
            )
            for sender in [_sender(State(state), who, creator)]
        )
        tests = sum(is_test(campaign.name) for campaign in summaries)
        if not wanted.shows_tests:
            summaries = tuple(campaign for campaign in summaries if not is_test(campaign.name))
        return {**self._read_page(replace(wanted, campaigns=summaries)), "tests": tests}

    def _read_page(self, wanted: HomeState) -> dict[str, Any]:
        """Read the delivery results of campaigns with a notice, and of campaigns on the page or the nearest page."""
        page = nearest_page(wanted.page, wanted.pages)
        shown = replace(wanted, page=page)
        names = list({campaign.name for campaign in (*shown.on_page, *shown.unfinished)})
        deliveries = dict(zip(names, deliveries_of(self._ding, names), strict=True))
        campaigns = (replace(campaign, deliveries=deliveries.get(campaign.name)) for campaign in wanted.campaigns)
        return {"campaigns": tuple(campaigns), "page": page}

    def _read_drafts(self, wanted: HomeState) -> dict[str, Any]:
        """Read the drafts that a state shows, on its page or the nearest page that exists."""
        drafts, draft_names = list[StoredDraft](), self._ding.drafts.names()
        drafts_page = nearest_page(wanted.drafts_page, page_count(len(draft_names), DRAFTS_PER_PAGE))
        for name in draft_names[drafts_page * DRAFTS_PER_PAGE :][:DRAFTS_PER_PAGE]:
            # The draft may have been deleted meanwhile.
            with suppress(InputError):
                drafts.append(self._ding.drafts.load(name))
        corrected = corrected_campaigns(self._ding, drafts) if drafts else {}
        return {
            "drafts": tuple(
                DraftSummary(
                    draft.name,
                    headline_of(draft),
                    f"{draft.updated_at:%Y-%m-%d %H:%M:%S}",
                    corrected.get(draft.name, ""),
                    file_names_of(self._ding.drafts, draft),
                )
                for draft in drafts
            ),
            "draft_count": len(draft_names),
            "drafts_page": drafts_page,
        }


def _sender(state: State, sent_by: object, created_by: object) -> str:
    """
    Return who sends a campaign or sent it last; empty if nobody did.

    A campaign that is running, but has not prepared its first call, is sent by the person who created it.
    """
    people = (sent_by, created_by if state is State.RUNNING else "")
    return next((person for person in people if isinstance(person, str)), "")


def _order(campaign: CampaignSummary) -> int:
    if campaign.is_recall_open or campaign.state in CUT_SHORT:
        return 0
    return 2 if campaign.state is State.STOPPED else 1
