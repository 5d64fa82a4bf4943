"""Fetches the results of accepted batches until they are final, with as few calls as possible."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from dingnb.calls.backoff import Backoff, retry_text
from dingnb.calls.context import SendContext
from dingnb.calls.pace import CallWaitReason, PauseReason
from dingnb.calls.workers import RetryLater
from dingnb.campaigns.results.fetching import (
    MAX_UNANSWERED,
    FetchOutcome,
    ResultFetcher,
    UnreadTasks,
)
from dingnb.campaigns.results.polling_schedule import RECENT_NS, PollingSchedule
from dingnb.campaigns.results.refresh_progress import (
    MIN_INTERVAL_NS,
    AutoRefreshClaim,
    RefreshRecorder,
    all_queried_ns,
    progress_text,
    record_query,
)
from dingnb.campaigns.status import FINAL, Status
from dingnb.channels import Channel
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import ArgumentError, DingError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes
from dingnb.ledger.campaigns.batches import OpenTask
from dingnb.words import NOTHING, Text, count, sentences

_MIN_WAIT_NS = seconds_to_ns(0.5)
"""Minimum pause, so that tasks that become due in quick succession are requested together."""

_MAX_WAIT_NS = seconds_to_ns(300)
"""Maximum pause, since other batches may be sent meanwhile."""

_CLAIM_INTERVAL_NS = seconds_to_ns(5)
"""Time after which an automatic refresh checks again whether another automatic refresh still makes the calls."""

_MAX_FAILED_FETCHES = 3
"""Number of consecutive fetches without an answer after which a refresh on demand ends."""

_MAX_UNKNOWN = 3
"""
Number of tasks that DingTalk does not know after which only the newest task is requested, unless it knows another.

If DingTalk does not know the newest task either, no others are requested.
"""


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """
    The outcome of a refresh of results.

    Attributes:
        batches: The number of batches with results that may still change, without batches that `fresh_ns` skips.
        requested: The number of these batches that were requested.
        ready: The number of batches for which DingTalk has returned results, now or before.
        not_ready: The number of batches without results yet.
        unanswered: The number of batches whose request had no usable answer.
        unread: The number of batches whose results cannot be read, which are neither ready nor not ready.
        next_in_s: The seconds until the next refresh is worthwhile; None if `not_ready` is 0.
        has_accepted: Whether any batch was accepted, so that there can be results.
        is_reported: Whether DingTalk reports deliveries at all.
    """

    batches: int
    requested: int = 0
    ready: int = 0
    not_ready: int = 0
    unanswered: int = 0
    unread: int = 0
    next_in_s: int | None = None
    has_accepted: bool = True
    is_reported: bool = True

    @property
    def text(self) -> Text:
        """The outcome as text."""
        if not self.is_reported:
            return Text("results_form.refresh_unreported")
        if not self.has_accepted:
            return Text("refresh.nobody")
        if not self.batches:
            return Text("refresh.none")
        readable = self.batches - self.unread
        counted, parts = count("batch", readable), list[Text]()
        if readable and not self.not_ready:
            parts = [Text("refresh.all" if self.requested else "refresh.all_lately", batches=counted)]
        elif readable:
            key = "refresh.some" if self.requested else "refresh.some_lately"
            parts = [
                Text(key, batches=counted, ready=self.ready, not_yet=self.not_ready, seconds=f"{self.next_in_s or 0:,}")
            ]
        if self.unanswered:
            parts.append(Text("refresh.unanswered", batches=count("batch", self.unanswered)))
        if self.unread:
            parts.append(Text("refresh.unread", batches=count("batch", self.unread)))
        return sentences(*parts)


@dataclass(frozen=True, slots=True)
class PollingWait:
    """
    The current wait for results.

    Attributes:
        batches: The number of batches without final results.
        next_ns: The monotonic time of the next request; None while requests are under way.
        reason: The reason of a pause after a failure; None for a regular wait.
        gives_up_at_ns: The monotonic time at which requests stop if no call succeeds; None while calls succeed.
        made: The number of calls that have ended.
        max_calls: The maximum number of calls; 0 if there is none.
        is_elsewhere: Whether another automatic refresh makes the calls, in a form or process.
    """

    batches: int
    next_ns: int | None = None
    reason: PauseReason | None = None
    gives_up_at_ns: int | None = None
    made: int = 0
    max_calls: int = 0
    is_elsewhere: bool = False

    @property
    def share(self) -> float:
        """The share of the calls that have ended, from 0 to 1."""
        return self.made / max(self.max_calls, 1)

    @property
    def progress_text(self) -> Text:
        """The number of calls that have ended, as text."""
        return progress_text(self.made, self.max_calls)

    def text(self, now_ns: int) -> Text:
        """Return the wait as text, at a monotonic time."""
        counted = count("batch", self.batches)
        if self.next_ns is None:
            return Text("waiting.asks", batches=counted)
        left_ns = max(self.next_ns - now_ns, 0)
        if self.reason is not None:
            gives_up_s = -(-max((self.gives_up_at_ns or now_ns) - now_ns, 0) // NS_PER_S)
            return Text("waiting.failing", what=retry_text(self.reason, left_ns, gives_up_s))
        return Text("waiting.next", batches=counted, seconds=f"{-(-left_ns // NS_PER_S):,}")


@dataclass(slots=True)
class _FetchTotals:
    """
    The combined outcome of several fetches.

    Attributes:
        requested_batches: The batches that were requested.
        answer_count: The number of answers.
        failed_fetches: The number of consecutive fetches without an answer, up to the last one.
        last_error: The error of the last fetch; None if it had an answer.
        is_unreachable: Whether the last fetch skipped tasks, since DingTalk cannot be reached.
        pause: The pause after the last fetch's failure; None if nothing failed, or if it is time to give up.
        unexpected_people: The people in an answer who do not belong to its task, by receipt.
        unknown_tasks: DingTalk's answers for tasks that it does not know, by receipt.
        has_known_task: Whether DingTalk knows any task.
    """

    requested_batches: set[int] = field(default_factory=set)
    answer_count: int = 0
    failed_fetches: int = 0
    last_error: DingError | None = None
    is_unreachable: bool = False
    pause: RetryLater | None = None
    unexpected_people: dict[str, frozenset[str]] = field(default_factory=dict)
    unknown_tasks: dict[str, ArgumentError] = field(default_factory=dict)
    has_known_task: bool = False

    def add(self, outcome: FetchOutcome) -> None:
        """Add the outcome of a fetch."""
        self.requested_batches |= outcome.requested_batches
        self.answer_count += outcome.answer_count
        self.unexpected_people.update(outcome.unexpected_people)
        self.unknown_tasks.update(outcome.unknown_tasks)
        self.has_known_task = self.has_known_task or bool(outcome.answered_ns)
        self.is_unreachable = outcome.is_unreachable
        self.last_error = None if outcome.answer_count else outcome.last_error
        self.failed_fetches = self.failed_fetches + 1 if self.last_error is not None else 0
        self.pause = outcome.pause

    def can_be_read(self, receipt: str) -> bool:
        """Return whether the results of a task can be read, as far as is known."""
        return receipt not in self.unexpected_people and receipt not in self.unknown_tasks

    @property
    def is_in_doubt(self) -> bool:
        """Whether DingTalk may know no task of the campaign, so that only the newest one is still worth a request."""
        return not self.has_known_task and len(self.unknown_tasks) >= _MAX_UNKNOWN

    @property
    def knows_no_task(self) -> bool:
        """Whether DingTalk does not know the newest task either, so that no others are worth a request."""
        return not self.has_known_task and len(self.unknown_tasks) > _MAX_UNKNOWN

    @property
    def max_unknown(self) -> int | None:
        """The number of further unknown tasks after which a fetch ends; None for no limit."""
        return None if self.has_known_task else max(_MAX_UNKNOWN - len(self.unknown_tasks), 1)


class ResultsPoller:
    """
    Fetches the results of the accepted batches of a campaign.

    Later requests are scheduled by what earlier requests have shown about DingTalk's processing time.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that sent the campaign.
        on_wait: Called with the current wait whenever it changes, in the thread of `run` or `refresh_once`.
        queried_ns: When the results of each batch were last queried, nanoseconds since the epoch, by batch. Several
            pollers of a campaign share it, and each adds to it.
        names: Returns the names of people to show instead of their userids.

    Attributes:
        queried_ns: The argument of the same name.
        last_refresh: The outcome of the last `refresh_once`; None before the first, and if the last one failed.
        unread: Why the results of some tasks cannot be read, and of whom, while all other tasks are requested as usual;
            None if all can be read.
        unread_tasks: Why the results of each of these tasks cannot be read, by receipt.
        calls: The number of requests so far; repeats after a pause are not counted.
    """

    def __init__(
        self,
        context: SendContext,
        campaign: int,
        channel: Channel,
        on_wait: Callable[[PollingWait], None] = lambda _: None,
        queried_ns: dict[int, int] | None = None,
        names: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._context = context
        self._campaign = campaign
        self._channel = channel
        self.queried_ns = {} if queried_ns is None else queried_ns
        self._schedule = PollingSchedule(channel.results_window_ns(context.limits))
        self._fetcher: ResultFetcher | None = None
        self._current_wait: PollingWait | None = None
        self._on_wait = on_wait
        self._names = names
        self.last_refresh: RefreshOutcome | None = None
        self.unread: DingError | None = None
        self.unread_tasks: Mapping[str, Text] = {}
        self.calls = 0
        self._made = self._max_calls = self._next_report_ns = 0
        self._recorder: RefreshRecorder | None = None
        self._has_answers = False

    @property
    def current_wait(self) -> PollingWait | None:
        """The current wait of `run` or `refresh_once`; None while neither runs. Any thread may read it."""
        return self._current_wait

    @property
    def wait_text(self) -> Text:
        """The current wait as text; empty while there is none."""
        wait = self._current_wait
        return NOTHING if wait is None else wait.text(self._context.clock.monotonic_ns())

    def run(
        self,
        final: frozenset[Status],
        is_enough: Callable[[], bool],
        stop: threading.Event,
        deadline_ns: int | None,
        max_calls: int | None = None,
    ) -> bool:
        """
        Fetch results until everybody accepted has a `final` status.

        Args:
            final: The statuses that do not change.
            is_enough: Returns whether the results suffice, which ends the fetch.
            stop: Ends the fetch when it is set; see `interrupt`.
            deadline_ns: The monotonic time at which the fetch ends; None for no limit.
            max_calls: The maximum of `calls`; when it is reached, the fetch makes no further calls, but goes on. Calls
                are spread over the time until a deadline. None for no limit.

        Returns:
            Whether there is nothing left to fetch.

        Raises:
            ArgumentError: DingTalk does not know some of the batches. All other results were read, unless it knew
                neither the first three nor the newest: then no others were requested.
            BadAnswerError: Results were for other people than the batch's; all other results were read.
            DingError: DingTalk refused a request, or cannot be reached; results read earlier are recorded.
        """
        is_complete = self.poll(final, is_enough, stop, deadline_ns, max_calls)
        if self.unread is not None:
            raise self.unread
        return is_complete

    def poll(
        self,
        final: frozenset[Status],
        is_enough: Callable[[], bool],
        stop: threading.Event,
        deadline_ns: int | None,
        max_calls: int | None = None,
    ) -> bool:
        """
        Fetch results as `run` does, but raise no error for the tasks of `unread`, which is set as soon as it is known.

        Returns:
            Whether there is nothing left to fetch that can be read.

        Raises:
            DingError: DingTalk refused a request, or cannot be reached; results read earlier are recorded.
        """
        totals, backoff = _FetchTotals(), self._context.backoff()
        self.unread, self.unread_tasks = None, {}
        self._context.pace.end_outage(self._channel.results_api)
        self._made, self._max_calls = 0, max_calls or 0
        try:
            while True:
                tasks = [task for task in self._schedule_open_tasks(final) if totals.can_be_read(task.receipt)]
                is_over = not tasks or totals.knows_no_task
                if is_over or stop.is_set() or is_enough() or self._has_passed(deadline_ns):
                    break
                calls_left = None if max_calls is None else max_calls - self.calls
                if calls_left is not None and deadline_ns is not None:
                    self._schedule.spread(tasks, calls_left, deadline_ns)
                due = self._schedule.due(tasks, self._context.clock.monotonic_ns(), only_newest=totals.is_in_doubt)[
                    :calls_left
                ]
                if due:
                    self._report_progress(len(tasks))
                    # While calls fail, one call shows whether DingTalk is back; each may count against the quota.
                    self._fetch(due, stop, totals, backoff, 1 if backoff.is_failing else MAX_UNANSWERED)
                if totals.last_error is not None and totals.pause is None:
                    raise totals.last_error
                if totals.last_error is not None or not due:
                    self._pause(tasks, stop, deadline_ns, totals, backoff)
                if totals.last_error is not None:
                    self._schedule.end_outage()
        finally:
            self._current_wait = None
        return is_over

    def refresh_once(self, final: frozenset[Status], stop: threading.Event, fresh_ns: int = 0) -> None:
        """
        Fetch results once for people without a `final` status, and set `last_refresh` and `unread`.

        Waits until tasks sent just now are 2 seconds old. Tasks whose results were queried a moment ago are skipped.
        With `fresh_ns`, tasks that DingTalk did not know before are skipped as well.
        After two tasks that were not ready, all other tasks that are not expected to be ready are skipped as well.

        Args:
            final: The statuses that do not change.
            stop: Ends the requests when it is set; see `interrupt`.
            fresh_ns: The time after a query during which results are not queried again.

        Raises:
            DingError: DingTalk refused a request, or answered none; results read earlier are recorded.
        """
        self.last_refresh = self.unread = None
        self.unread_tasks = {}
        tasks = self._schedule_open_tasks(final)
        if fresh_ns:
            stale_ns = self._context.now_ns() - fresh_ns
            tasks = tuple(
                task for task in tasks if not task.is_unknown and self.queried_ns.get(task.batch, 0) <= stale_ns
            )
        self._made, self._max_calls = 0, len(tasks)
        is_complete = self._has_answers = False
        if tasks:
            self._recorder = RefreshRecorder(self._context, self._campaign, len(tasks))
            self._recorder.start()
            self._report_progress(len(tasks))
        try:
            totals = self._fetch_on_demand(tasks, stop)
            is_complete = not stop.is_set() and totals.last_error is None
        finally:
            self._current_wait = None
            if self._recorder is not None:
                self._recorder.end(self._made, is_complete=is_complete)
                self._recorder = None
            if self._has_answers:
                self._record_query(final)
        if totals.last_error is not None and not totals.answer_count:
            raise totals.last_error
        self.last_refresh = self._refresh_outcome(tasks, len(totals.requested_batches), totals.answer_count)

    def interrupt(self, stop: threading.Event) -> None:
        """Set `stop`, an event of the context's clock, and end all waits."""
        stop.set()
        if self._fetcher is not None:
            self._fetcher.interrupt()

    def query_times(self) -> tuple[int, ...]:
        """
        Return when the results of each batch that may still change were last queried; 0 if that is not known.

        Batches whose task DingTalk does not know are left out.
        """
        with self._context.ledger.connection() as db:
            return self._times_of_known_tasks(db, FINAL)

    def _times_of_known_tasks(self, db: LedgerSession, final: frozenset[Status]) -> tuple[int, ...]:
        known = [task for task in self._open_tasks(db, final) if not task.is_unknown]
        return tuple(self._query_times(db, known).values())

    def _open_tasks(self, db: LedgerSession, final: frozenset[Status]) -> list[OpenTask]:
        return batches.open_tasks(db, self._campaign, final, self._expired_ns())

    def _query_times(self, db: LedgerSession, tasks: Sequence[OpenTask]) -> dict[int, int]:
        """Return when the results of tasks were last queried, by batch; 0 if that is not known."""
        all_ns = all_queried_ns(db, self._campaign)
        return {
            # The query of all results did not include tasks that were sent after the query.
            task.batch: max(self.queried_ns.get(task.batch, 0), all_ns if all_ns > task.sent_ns else 0)
            for task in tasks
        }

    def _record_query(self, final: frozenset[Status]) -> None:
        with self._context.ledger.connection() as db:
            times = self._times_of_known_tasks(db, final)
        record_query(self._context, self._campaign, min(times, default=self._context.now_ns()))

    def _schedule_open_tasks(self, final: frozenset[Status]) -> tuple[OpenTask, ...]:
        """
        Return the tasks that still have people without a final status, and add them to the schedule.

        Tasks whose results have expired are left out.
        """
        with self._context.ledger.connection() as db:
            tasks = tuple(self._open_tasks(db, final))
            # Kept here, since sending and recalls discard the published time of the query.
            self.queried_ns.update(self._query_times(db, tasks))
        self._schedule.add(tasks, self._context.clock.monotonic_ns(), self._context.now_ns())
        return tasks

    def _fetch_on_demand(self, tasks: Sequence[OpenTask], stop: threading.Event) -> _FetchTotals:
        """Fetch the results of tasks that are worth a request now, each once; return the outcome."""
        clock = self._context.clock
        # Right after sending there are no results yet.
        clock.wait(stop, max(self._schedule.first_request_ns(tasks) - clock.monotonic_ns(), 0))
        totals, backoff = _FetchTotals(), self._context.backoff()
        # A fetch on demand does not wait for the end of an outage.
        while not (
            stop.is_set()
            or totals.is_unreachable
            or totals.knows_no_task
            or totals.failed_fetches >= _MAX_FAILED_FETCHES
        ):
            expired_ns = self._expired_ns()
            remaining = [
                task for task in tasks if task.batch not in totals.requested_batches and task.sent_ns > expired_ns
            ]
            due = self._schedule.due_on_demand(remaining, clock.monotonic_ns(), only_newest=totals.is_in_doubt)
            if not due:
                break
            self._fetch(due, stop, totals, backoff, MAX_UNANSWERED)
        return totals

    def _expired_ns(self) -> int:
        """Return the time of sending up to which the results of tasks have expired."""
        return self._context.now_ns() - self._channel.results_window_ns(self._context.limits)

    def _has_passed(self, deadline_ns: int | None) -> bool:
        return deadline_ns is not None and self._context.clock.monotonic_ns() >= deadline_ns

    def _pause(
        self,
        tasks: Sequence[OpenTask],
        stop: threading.Event,
        deadline_ns: int | None,
        totals: _FetchTotals,
        backoff: Backoff,
    ) -> None:
        """Wait until the next request is due."""
        now_ns = self._context.clock.monotonic_ns()
        reason: PauseReason | None = None
        if totals.last_error is not None and totals.pause is not None:
            next_ns, reason = now_ns + seconds_to_ns(totals.pause.pause_s), totals.pause.reason
        else:
            next_ns = max(self._schedule.next_ns(tasks, now_ns), now_ns + _MIN_WAIT_NS)
        if deadline_ns is not None:
            next_ns = min(next_ns, deadline_ns)
        self._report_wait(len(tasks), next_ns, reason, backoff.gives_up_at_ns)
        self._context.clock.wait(stop, min(next_ns - now_ns, _MAX_WAIT_NS))

    def _report_wait(
        self,
        batch_count: int,
        next_ns: int | None = None,
        reason: PauseReason | None = None,
        gives_up_at_ns: int | None = None,
    ) -> None:
        wait = PollingWait(batch_count, next_ns, reason, gives_up_at_ns, self._made, self._max_calls)
        self._current_wait = wait
        self._on_wait(wait)

    def _report_progress(self, batch_count: int) -> None:
        """Report the number of calls that were made, and allow the next report after half a second."""
        self._next_report_ns = self._context.clock.monotonic_ns() + MIN_INTERVAL_NS
        self._report_wait(batch_count)

    def _fetch(
        self,
        tasks: Sequence[OpenTask],
        stop: threading.Event,
        totals: _FetchTotals,
        backoff: Backoff,
        max_unanswered: int,
    ) -> None:
        """
        Request the results of tasks, each once, and add the outcome to `totals`.

        Raises:
            DingError: DingTalk refused a request; results read earlier are recorded.
        """

        def on_wait(delay_ns: int | None, reason: CallWaitReason) -> None:
            if delay_ns is not None and delay_ns >= NS_PER_S and reason != "people":
                next_ns = self._context.clock.monotonic_ns() + delay_ns
                self._report_wait(len(tasks), next_ns, reason, backoff.gives_up_at_ns)

        def on_call(db: LedgerSession) -> None:
            self._made += 1
            if self._context.clock.monotonic_ns() >= self._next_report_ns:
                self._report_progress(len(tasks))
            if self._recorder is not None:
                self._recorder.record(db, self._made)

        fetcher = self._fetcher = ResultFetcher(
            self._context,
            self._campaign,
            self._channel,
            tasks,
            self._schedule,
            backoff,
            on_wait,
            max_unanswered=max_unanswered,
            max_unknown=totals.max_unknown,
            on_call=on_call,
        )
        fetcher.run(stop)
        self.calls += len(fetcher.outcome.requested_batches)
        totals.add(fetcher.outcome)
        if totals.unknown_tasks or totals.unexpected_people:
            self._describe_unread(totals)
        if fetcher.outcome.answer_count:
            self._has_answers = True
            self.queried_ns.update(fetcher.outcome.answered_ns)
            if self._recorder is None:
                self._record_query(FINAL)
        if fetcher.outcome.failure is not None:
            raise fetcher.outcome.failure

    def _describe_unread(self, totals: _FetchTotals) -> None:
        """Set `unread` and `unread_tasks`."""
        with self._context.ledger.connection() as db:
            tasks = self._open_tasks(db, FINAL)
            unknown = {task.receipt: _people_without_final(db, task) for task in tasks if task.is_unknown}
            has_known_before = batches.has_results(db, self._campaign)
        unread = UnreadTasks(
            unknown,
            error=next(reversed(totals.unknown_tasks.values()), None),
            unexpected=totals.unexpected_people,
            unrequested=[task.receipt for task in tasks if not task.is_unknown] if totals.knows_no_task else [],
            knows_others=totals.has_known_task or has_known_before,
        )
        self.unread, self.unread_tasks = unread.to_error(self._names), unread.reasons

    def _refresh_outcome(self, tasks: Sequence[OpenTask], requested: int, answers: int) -> RefreshOutcome:
        """Return the outcome of a refresh of tasks, with the numbers of requests and of usable answers."""
        now_ns = self._context.clock.monotonic_ns()
        readable = [task for task in tasks if task.receipt not in self.unread_tasks]
        unready_tasks = [task for task in readable if not self._schedule.is_ready(task)]
        next_in_s = None
        if unready_tasks:
            wait_ns = max(self._schedule.next_ns(unready_tasks, now_ns) - now_ns, RECENT_NS)
            next_in_s = -(-wait_ns // NS_PER_S)
        return RefreshOutcome(
            batches=len(tasks),
            requested=requested,
            ready=len(readable) - len(unready_tasks),
            not_ready=len(unready_tasks),
            unanswered=requested - answers,
            unread=len(tasks) - len(readable),
            next_in_s=next_in_s,
            has_accepted=bool(tasks) or self._has_accepted(),
            is_reported=bool(self._channel.results_api),
        )

    def _has_accepted(self) -> bool:
        with self._context.ledger.connection() as db:
            return Status.ACCEPTED in batches.count_by_status(db, self._campaign)


def _people_without_final(db: LedgerSession, task: OpenTask) -> list[str]:
    """Return the people of a task whose status may still change."""
    status_of = {outcome.place: outcome.status for outcome in outcomes.of_batch(db, task.batch)}
    return [userid for place, userid in enumerate(task.userids) if status_of.get(place) not in FINAL]


class AutoRefreshEnd(Enum):
    """Why an automatic refresh ended."""

    FINAL = "all results are final"
    UNREAD = "the remaining results cannot be read"
    ENDED = "`AutoRefresh.end` was called"
    MAX_CALLS = "all permitted calls were made"
    TIMED_OUT = "the time has passed"


class AutoRefresh:
    """
    Refreshes the results of a campaign for a form: a poller with a limit of time and of calls, which can be ended.

    While another automatic refresh of the campaign makes the calls, this one makes none; it takes over when the other
    ends.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that sent the campaign.
        on_wait: Called in the thread of `run` with the current wait, whenever the wait changes.
        queried_ns: When the results of each batch were last queried, as `ResultsPoller` shares it.
        names: Returns the names of people to show instead of their userids.

    Attributes:
        calls_elsewhere: The number of calls that another automatic refresh made instead.
    """

    def __init__(
        self,
        context: SendContext,
        campaign: int,
        channel: Channel,
        on_wait: Callable[[PollingWait], None],
        queried_ns: dict[int, int],
        names: Callable[[], Mapping[str, str]],
    ) -> None:
        self._clock, self._now_ns = context.clock, context.now_ns
        self._on_wait = on_wait
        self._poller = ResultsPoller(context, campaign, channel, on_wait, queried_ns, names)
        self._claim = AutoRefreshClaim(context, campaign)
        self.calls_elsewhere = 0
        self._stop = context.clock.event()

    @property
    def calls(self) -> int:
        """The number of calls so far, including calls that another automatic refresh made instead."""
        return self._poller.calls + self.calls_elsewhere

    @property
    def unread(self) -> DingError | None:
        """Why the results of some batches cannot be read, while the others are refreshed; None if all can be read."""
        return self._poller.unread

    def wall_ns(self, at_ns: int) -> int:
        """Return a monotonic time as wall time: nanoseconds since the epoch."""
        return self._now_ns() + at_ns - self._clock.monotonic_ns()

    def run(self, *, timeout_s: float, max_calls: int, pause_s: float = 0) -> AutoRefreshEnd:
        """
        Request results until they are final, `timeout_s` has passed, `max_calls` are made, or `end` is called.

        The first request is made after `pause_s`, which counts towards `timeout_s`. Returns why the refresh ended.

        Raises:
            DingError: DingTalk refused a request, or cannot be reached.
        """
        started_ns = self._clock.monotonic_ns()
        deadline_ns = started_ns + seconds_to_ns(timeout_s)
        pause_ns = min(seconds_to_ns(pause_s), deadline_ns - started_ns)
        if pause_ns > 0:
            self._on_wait(PollingWait(0, started_ns + pause_ns))
            self._clock.wait(self._stop, pause_ns)
        try:
            self._wait_for_claim(deadline_ns, max_calls)
            own_calls = max(max_calls - self.calls_elsewhere, 0)
            if self._poller.poll(FINAL, lambda: self._renew_claim(max_calls), self._stop, deadline_ns, own_calls):
                return AutoRefreshEnd.FINAL if self.unread is None else AutoRefreshEnd.UNREAD
        finally:
            self._claim.release()
        if self._stop.is_set():
            return AutoRefreshEnd.ENDED
        return AutoRefreshEnd.MAX_CALLS if self.calls >= max_calls else AutoRefreshEnd.TIMED_OUT

    def _wait_for_claim(self, deadline_ns: int, max_calls: int) -> None:
        """Wait while another automatic refresh makes the calls, which are part of `max_calls`."""
        while not self._stop.is_set() and self._clock.monotonic_ns() < deadline_ns and self.calls < max_calls:
            calls = self._claim.take(self.calls)
            if calls is None:
                return
            self.calls_elsewhere = calls
            next_ns = min(self._clock.monotonic_ns() + _CLAIM_INTERVAL_NS, deadline_ns)
            self._on_wait(PollingWait(0, next_ns, is_elsewhere=True))
            self._clock.wait(self._stop, next_ns - self._clock.monotonic_ns())

    def _renew_claim(self, max_calls: int) -> bool:
        """Renew the claim; return whether `max_calls` are made."""
        self._claim.take(self.calls)
        return self.calls >= max_calls

    def end(self) -> None:
        """Make no further calls; may be called from any thread."""
        self._poller.interrupt(self._stop)
