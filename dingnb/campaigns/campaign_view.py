"""The internals of a campaign that forms need and that are not part of `Campaign`'s public interface."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from dingnb.calls.background import Background, interruption
from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.results.campaign_results import CampaignResults
from dingnb.campaigns.results.poller import AutoRefresh, PollingWait, RefreshOutcome, ResultsPoller
from dingnb.campaigns.results.refresh_progress import (
    OngoingRefreshes,
    last_query_ns,
    ongoing_refreshes,
    was_refreshed_since,
)
from dingnb.campaigns.results.results_frame import is_unread
from dingnb.campaigns.sending.control import (
    SendingControl,
    must_wait,
    people_by_status,
    stored_state,
    unit_of_row,
)
from dingnb.campaigns.sending.quota import calls_left, count_calls_to_send, has_used_up_month
from dingnb.campaigns.sending.recall import count_people, find_recall_effect
from dingnb.campaigns.sending.recall_progress import (
    RecallProgress,
    interrupted_recall,
    ongoing_recall,
    people_of_interrupted_recall,
    stop_recall,
)
from dingnb.campaigns.sending.retry import RetryCounts, forecast_retry
from dingnb.campaigns.sending.unknown_outcomes import repeatable_batches
from dingnb.campaigns.status import FINAL, HALTED, UNCERTAIN, State, Status
from dingnb.clock import Clock
from dingnb.display import ProgressBar
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import actions, batches, campaigns, recalls
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.recalls import AcceptedBatch
from dingnb.ledger.explanation import Explanation
from dingnb.words import NOTHING, Text, sentences

if TYPE_CHECKING:
    import pandas as pd


class SelectedRecall(NamedTuple):
    """
    A recall from selected people.

    Attributes:
        who: The userids of the selected people from whom a recall is possible.
        people: The number of people who would lose the message, counted as in `RecallSummary`.
        is_shared: Whether people who were not selected would lose the message, because they share a call.
    """

    who: tuple[str, ...] = ()
    people: int = 0
    is_shared: bool = False


@dataclass(frozen=True, eq=False)
class RecallSummary:
    """
    How many people a recall affects.

    Attributes:
        people: The number of people who have or may have the message, and would lose it: the value for `expect` of
            `Campaign.recall`.
        calls: The number of calls needed.
        text: The people affected, as text; or why nothing can be recalled.
        who: The userids of the people from whom the recall is requested; empty for everybody.
        messages: The number of messages that people would lose: more than `people` if somebody was sent several texts.
        readers: The number of these people who are known to have read any of these messages.
        unknown: The number of people who may have a message from a call that cannot be recalled because it had no
            answer.
        tasks: The calls to recall.
    """

    people: int = 0
    calls: int = 0
    text: Text = NOTHING
    who: tuple[str, ...] = ()
    messages: int = 0
    readers: int = 0
    unknown: int = 0
    tasks: tuple[AcceptedBatch, ...] = ()

    def select(self, userids: Iterable[str]) -> SelectedRecall:
        """Return the part of the recall that affects some people, by userid."""
        who = tuple(userid for userid in userids if userid in self._tasks_of)
        numbers = sorted({number for userid in who for number in self._tasks_of[userid]})
        tasks = [self.tasks[number] for number in numbers]
        is_shared = not set(who).issuperset(userid for task in tasks for userid in task.possible_recipients)
        return SelectedRecall(who, count_people(tasks), is_shared)

    @cached_property
    def _tasks_of(self) -> dict[str, list[int]]:
        tasks_of: dict[str, list[int]] = {}
        for number, task in enumerate(self.tasks):
            for userid in task.possible_recipients:
                tasks_of.setdefault(userid, []).append(number)
        return tasks_of


@dataclass(frozen=True, slots=True)
class Reminder:
    """
    A reminder whose sending was started; it is a campaign of its own.

    Attributes:
        name: The name of the reminder's campaign.
        started_ns: When sending was started, nanoseconds since the epoch.
        state: The state of the reminder's campaign.
        unit: The counted unit: people or, with a key, messages.
        people: The number of people or, with a key, of messages, like the other counts.
        accepted: The number of people whose calls DingTalk accepted, without people known to have missed the reminder.
        recalled: The number of the accepted people whose message was recalled.
        queued: The number of people who were not sent to yet.
        unknown: The number of people with unknown outcome.
        reached: The userids of people who were reminded: accepted, and not recalled.
        uncertain: The userids of people who may have been reminded.
        waiting: The userids of people who were not sent to yet.
        message_digest: The hash of the reminder's message with its templates.
        is_closed: Whether the reminder's cards are closed.
        is_recalled: Whether the reminder, or the campaign that it reminds of, counts as recalled.
        must_wait: Whether sending cannot be resumed yet, as `control.must_wait` says.
    """

    name: str
    started_ns: int
    state: State
    unit: Unit
    people: int
    accepted: int
    recalled: int
    queued: int
    unknown: int
    reached: frozenset[str]
    uncertain: frozenset[str]
    waiting: frozenset[str]
    message_digest: str
    is_closed: bool
    is_recalled: bool
    must_wait: bool

    @property
    def is_finished(self) -> bool:
        """Whether everybody was sent to, as far as possible."""
        return not self.is_halted and self.state is not State.RUNNING

    @property
    def is_halted(self) -> bool:
        """Whether sending has ended before everybody was sent to."""
        return bool(self.queued) and self.state in HALTED

    @property
    def should_continue(self) -> bool:
        """Whether the next step is to send to the queued people, by the rule of `RunState.should_resume`."""
        return self.is_halted and not (self.is_recalled or self.is_closed or self.must_wait)


@dataclass(frozen=True, slots=True)
class CardActions:
    """
    The available actions on cards.

    Attributes:
        people: The number of people whom closing would affect: all who have or may have a card; after closing, people
            whose card is not disabled yet.
        unanswered: The number of people with a card who have not answered.
        is_closed: Whether the cards are closed.
        close_calls: The number of calls needed to disable the cards; 0 if the template does not say how.
    """

    people: int
    unanswered: int
    is_closed: bool
    close_calls: int


@dataclass(frozen=True, slots=True)
class AvailableActions:
    """
    The available actions on results.

    Attributes:
        state: The state of the campaign.
        retry: The numbers of people to whom a retry would send, now or later.
        unread: The number of people who have the message but are not known to have read it.
        unknown: The number of people with unknown outcome.
        resendable: The number of people with unknown outcome who can be sent to again under this name.
        resend_calls: The number of calls to send to people with unknown outcome and to queued people.
        queued: The number of people who are sent to when sending continues.
        recall: The effect of a recall from everybody.
        rest_of_recall: The effect of the rest of an interrupted recall from certain people; None without such a recall,
            or if nobody would lose the message.
        refresh_calls: The maximum number of calls for a refresh.
        calls_left: The maximum number of calls left this month.
        may_exceed_quota: Whether DingTalk decides about calls beyond `calls_left`, and has not refused them this month.
        unit: The counted unit: people or, with a key, messages.
        cards: The available actions on the campaign's cards; None if there are no cards that can be answered.
        ongoing_recall: The recall that is being made, perhaps by another process; None if there is none.
        reminders: The reminders that were started, oldest first.
        queried_ns: When DingTalk last answered a query for results, nanoseconds since the epoch; 0 if not known.
        query_times: When the results of each call whose results may still change were last queried, nanoseconds since
            the epoch; 0 if not known.
        recall_note: As `CampaignView.recall_note`.
    """

    state: State
    retry: RetryCounts
    unread: int
    unknown: int
    resendable: int
    resend_calls: int
    queued: int
    recall: RecallSummary
    refresh_calls: int
    calls_left: int
    unit: Unit
    may_exceed_quota: bool = False
    rest_of_recall: RecallSummary | None = None
    cards: CardActions | None = None
    ongoing_recall: RecallProgress | None = None
    reminders: tuple[Reminder, ...] = ()
    queried_ns: int = 0
    query_times: tuple[int, ...] = ()
    recall_note: Text = NOTHING

    @property
    def has_calls(self) -> bool:
        """Whether further calls can be made this month."""
        return self.calls_left > 0 or self.may_exceed_quota

    @property
    def can_finish_refresh(self) -> bool:
        """Whether the calls that are left this month suffice for a refresh."""
        return self.refresh_calls <= self.calls_left or self.may_exceed_quota


@dataclass(frozen=True, slots=True)
class CampaignView:
    """
    The internals of a campaign that forms need.

    Attributes:
        context: The context of sending.
        number: The campaign's number in the ledger.
        control: The control of the campaign's sending.
        results: The campaign's recorded results.
        poller: Requests the campaign's results.
    """

    context: SendContext
    number: int
    control: SendingControl
    results: CampaignResults
    poller: ResultsPoller

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self.context.clock

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``."""
        return self.control.mode

    @property
    def reminds_of(self) -> str:
        """The name of the campaign that this one reminds of; empty if this campaign is not a reminder."""
        with self.context.ledger.connection() as db:
            return actions.reminded_campaigns(db, [self.number]).get(self.number, "")

    @property
    def last_refresh(self) -> RefreshOutcome | None:
        """The outcome of the last `Campaign.refresh`; None before the first refresh, and after a failed refresh."""
        return self.poller.last_refresh

    def add_note(self, note: Text) -> None:
        """Add a note at the start of the campaign's display."""
        self.control.note = sentences(note, self.control.note)

    def available_actions(self, people: "pd.DataFrame") -> AvailableActions:
        """
        Return the available actions, and the number of people that each would reach.

        Args:
            people: The `people` of a snapshot.
        """
        context, control = self.context, self.control
        resendable, state, unit = self.results.count_resendable(), control.state, control.unit
        with context.ledger.connection() as db:
            retry = forecast_retry(db, context, self.number, control.channel)
            queued_calls, _ = batches.count_by_status(db, self.number).get("queued", (0, 0))
            uncertain_calls = sum(len(batches.pending_with_status(db, self.number, status)) for status in UNCERTAIN)
            reminders = _read_reminders(db, context, self.number)
            queried_ns = last_query_ns(db, self.number)
            recalling = None if state is State.RUNNING else ongoing_recall(db, self.number, context.now_ns())
            interrupted_for = people_of_interrupted_recall(db, self.number, context.now_ns())
        rest = self.recall_summary(interrupted_for) if interrupted_for else None
        statuses = people["status"]
        return AvailableActions(
            cards=self._card_actions() if self.results.has_cards else None,
            state=state,
            retry=retry,
            unread=int(is_unread(people).sum()),
            unknown=int((statuses == Status.UNKNOWN).sum()),
            resendable=resendable,
            resend_calls=uncertain_calls + queued_calls,
            queued=int((statuses == Status.QUEUED).sum()),
            recall=self.recall_summary(),
            rest_of_recall=rest if rest is not None and rest.people else None,
            refresh_calls=self.count_refresh_calls(),
            calls_left=self.calls_left,
            may_exceed_quota=self.may_exceed_quota,
            unit=unit,
            ongoing_recall=recalling,
            reminders=reminders,
            queried_ns=queried_ns,
            query_times=self.poller.query_times(),
            recall_note=self.results.recall_note(),
        )

    @property
    def expects_answers_over_stream(self) -> bool:
        """As `PollRow.expects_answers_over_stream`; False for messages without questions."""
        with self.context.ledger.connection() as db:
            stored_poll = cards.poll_of(db, self.number)
        return stored_poll is not None and stored_poll.expects_answers_over_stream(self.context.now_ns())

    @property
    def interrupted_recall(self) -> Explanation:
        """What is left of the last recall if an error or the end of its process interrupted it; otherwise nothing."""
        context = self.context
        with context.ledger.connection() as db:
            return interrupted_recall(db, self.number, self.control.channel, context.limits, context.now_ns())

    @property
    def is_closed(self) -> bool:
        """Whether the campaign's cards are closed, so that sending cannot be resumed."""
        with self.context.ledger.connection() as db:
            return cards.is_closed(db, self.number)

    @property
    def recall_note(self) -> Text:
        """
        A note that the campaign's message, or the message that it reminds of, was recalled; otherwise empty.

        If the campaign's recall is incomplete, the note says so.
        """
        return self.results.recall_note()

    @property
    def has_used_up_month(self) -> bool:
        """Whether the campaign stopped this month because no calls, or too few, were left, and that has not changed."""
        row, context = self.control.row(), self.context
        reason = row.reason if self.control.halt_reason else NOTHING
        with context.ledger.connection() as db:
            limit = context.limits.calls_per_month
            return has_used_up_month(db, row.realm, reason, row.updated_ns, context.now_ns(), limit)

    @property
    def calls_left(self) -> int:
        """
        The maximum number of calls left this month: other apps of the organisation share the quota.

        0 if the campaign stopped this month because no calls were left, and that has not changed.
        """
        if self.has_used_up_month and not self.control.halt_reason.mentions("quota.too_few"):
            return 0
        with self.context.ledger.connection() as db:
            return calls_left(db, self.context)

    @property
    def may_exceed_quota(self) -> bool:
        """Whether DingTalk decides about calls beyond `calls_left`, and has not refused them this month."""
        with self.context.ledger.connection() as db:
            is_allowed = campaigns.may_exceed_quota(db, self.number)
        return is_allowed and not self.has_used_up_month

    def count_repeats(self) -> int:
        """Return the number of people to whom a resumed campaign safely repeats a call with unknown outcome."""
        context = self.context
        with context.ledger.connection() as db:
            repeated = repeatable_batches(db, context, self.number, self.control.channel)
            return sum(len(batch.userids) for batch in repeated)

    @property
    def day_of_repeats(self) -> Text:
        """The day on which a call with unknown outcome can be repeated safely; empty if the day does not matter."""
        return NOTHING if self.control.channel.has_idempotency_keys else format_day(self.context.now_ns())

    def count_resends(self) -> int:
        """Return the number of people to whom a resumed campaign sends again by a person's decision."""
        with self.context.ledger.connection() as db:
            return batches.count_queued(db, self.number) - batches.count_queued(db, self.number, with_repeats=False)

    def resume_shortage(self) -> tuple[int, int] | None:
        """
        Return the number of calls needed to resume, with uploads, and the number of calls left this month.

        None if enough are left, or if the campaign may exceed the quota.
        """
        context = self.context
        with context.ledger.connection() as db:
            batches_to_send, uploads = count_calls_to_send(db, context, self.number, self.control.channel)
            needed, left = batches_to_send + uploads, calls_left(db, context)
            is_short = needed > left and not campaigns.may_exceed_quota(db, self.number)
        return (needed, left) if is_short else None

    def reminders(self) -> tuple[Reminder, ...]:
        """Return the reminders that were started, oldest first."""
        with self.context.ledger.connection() as db:
            return _read_reminders(db, self.context, self.number)

    def count_refresh_calls(self) -> int:
        """Return the maximum number of calls of a refresh; 0 if there is nothing to refresh."""
        since_ns = self.context.now_ns() - self.control.channel.results_window_ns(self.context.limits)
        with self.context.ledger.connection() as db:
            return len(batches.open_tasks(db, self.number, FINAL, since_ns))

    @property
    def ongoing_refreshes(self) -> OngoingRefreshes:
        """The refreshes that are being made, perhaps by other processes."""
        with self.context.ledger.connection() as db:
            return ongoing_refreshes(db, self.number, self.context.now_ns())

    @property
    def ongoing_recall(self) -> RecallProgress | None:
        """The recall that is being made, perhaps by another process; None if there is none."""
        with self.context.ledger.connection() as db:
            return ongoing_recall(db, self.number, self.context.now_ns())

    def stop_recall(self) -> None:
        """Ask the process that is recalling the campaign to stop."""
        stop_recall(self.context, self.number)

    def was_refreshed_since(self, since_ns: int) -> bool:
        """Return whether the last action was a refresh that was completed after a time of `context.now_ns`."""
        with self.context.ledger.connection() as db:
            return was_refreshed_since(db, self.number, since_ns)

    def refresh(self, *, fresh_ns: int = 0) -> None:
        """
        Request the results of everybody whose status is not final, as `Campaign.refresh` does, and show the progress.

        Args:
            fresh_ns: The time after a query during which results are not queried again.
        """
        clock, poller = self.context.clock, self.poller
        stop = clock.event()
        bar = ProgressBar(clock)

        def show() -> None:
            wait = poller.current_wait
            if wait is not None:
                bar.show(wait.progress_text if wait.next_ns is None else poller.wait_text, wait.share)

        try:
            Background(clock, lambda: poller.refresh_once(FINAL, stop, fresh_ns), lambda: poller.interrupt(stop)).join(
                show
            )
        except KeyboardInterrupt:
            raise interruption(Text("refresh.interrupted")) from None
        finally:
            if poller.last_refresh is not None:
                bar.end(poller.last_refresh.text)
            else:
                with suppress(LedgerError):
                    bar.end(*self.results.delivery_counts().text_and_share)

    def recall_summary(self, who: tuple[str, ...] = ()) -> RecallSummary:
        """Return how many people a recall from some people, by userid, or by default from everybody, affects."""
        try:
            recall = find_recall_effect(
                self.context, self.number, self.control.channel, who or None, self.results.row_map
            )
        except InputError as error:
            return RecallSummary(text=error.text)
        return RecallSummary(
            recall.people,
            len(recall.remaining),
            recall.text,
            who,
            messages=recall.messages,
            readers=recall.readers,
            unknown=recall.unknown,
            tasks=recall.remaining,
        )

    def auto_refresh(self, on_wait: Callable[[PollingWait], None]) -> AutoRefresh:
        """Return a new automatic refresh, not started yet; `on_wait` is called with each of its waits."""
        return AutoRefresh(
            self.context,
            self.number,
            self.control.channel,
            on_wait,
            self.poller.queried_ns,
            lambda: self.results.names_of_all_lists,
        )

    def _card_actions(self) -> CardActions:
        answers = self.results.answers()
        with self.context.ledger.connection() as db:
            poll = cards.poll_of(db, self.number)
            close_calls = 0 if poll is None else len(cards.cards_to_disable(db, poll.root))
        people = answers.people_to_disable_for if answers.is_closed else answers.people_with_card
        return CardActions(people, answers.unanswered_count, answers.is_closed, close_calls)


def _read_reminders(db: LedgerSession, context: SendContext, campaign: int) -> tuple[Reminder, ...]:
    """Return the reminders of a campaign, oldest first, without reminders whose own campaign was deleted."""
    reminders = []
    for action in actions.reminders_of(db, campaign):
        row = None if action.reminder is None else campaigns.get(db, action.reminder)
        if row is not None:
            reminders.append(_read_reminder(db, context, row, action.done_ns))
    return tuple(reminders)


def _read_reminder(db: LedgerSession, context: SendContext, row: CampaignRow, started_ns: int) -> Reminder:
    state = stored_state(context.ledger, context.clock, row, db)
    people = people_by_status(db, row.id, state)
    sent = batches.people_by_progress(db, row.id).sent
    accepted, recalled, reached = 0, 0, set[str]()
    for batch in recalls.accepted_batches(db, row.id):
        recipients = [userid for userid in batch.userids if userid not in batch.missed]
        accepted += len(recipients)
        if batch.recalled_ns:
            recalled += len(recipients)
        else:
            reached.update(recipients)
    return Reminder(
        name=row.name,
        started_ns=started_ns,
        state=state,
        unit=unit_of_row(row),
        people=sum(people.values()) - people[Status.CANCELLED],
        accepted=accepted,
        recalled=recalled,
        queued=people[Status.QUEUED],
        unknown=people[Status.UNKNOWN],
        reached=frozenset(reached),
        uncertain=frozenset(sent - reached),
        waiting=frozenset(batches.queued_userids(db, row.id)),
        message_digest=row.message_digest,
        is_closed=cards.is_closed(db, row.id),
        is_recalled=batches.is_recalled(db, row.id),
        must_wait=must_wait(db, row, context.now_ns(), context.limits.calls_per_month),
    )
