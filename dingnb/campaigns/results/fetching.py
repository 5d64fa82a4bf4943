"""Requests the results of accepted batches from DingTalk, and records them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dingnb.calls.backoff import Backoff, is_ban
from dingnb.calls.context import SendContext
from dingnb.calls.pace import CallWaitReason
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.results.interpretation import outcomes_of_result
from dingnb.campaigns.sending.quota import find_quota_error
from dingnb.channels import Channel, Results
from dingnb.errors import (
    ApiError,
    ArgumentError,
    BadAnswerError,
    BusyError,
    DingError,
    ThrottledError,
    TokenError,
    TransportError,
)
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes
from dingnb.ledger.campaigns.batches import OpenTask
from dingnb.ledger.sending import calls
from dingnb.words import Text, count, listed_briefly, sentences

MAX_UNANSWERED = 3
"""Number of consecutive calls without an answer after which DingTalk is considered unreachable."""

_MAX_ID_LENGTH = 64
"""Maximum length of an unexpected userid in an error."""


class ResultListener(Protocol):
    """Records what DingTalk answers about tasks, and decides which tasks are still worth requesting."""

    def may_request(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task is still worth requesting."""

    def record_ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Record that DingTalk has results of a task; `is_whole` says whether they cover all of its people."""

    def record_unready(self, task: OpenTask, now_ns: int) -> None:
        """Record that DingTalk has no results of a task yet."""

    def record_failure(self, task: OpenTask, now_ns: int) -> None:
        """Record that a request for a task failed."""


@dataclass(slots=True)
class ResultFetcher:
    """
    Requests the results of accepted batches, each once.

    Attributes:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sent the batches.
        tasks: The tasks to request.
        stop: The event that stops the requests: set it, then call `interrupt`.
        listener: Receives the answers, with monotonic times.
        backoff: Decides how long to wait after a failure; several fetchers share it.
        on_wait: Receives the length of each wait, in nanoseconds, and its reason.
        max_unanswered: The number of calls in a row without an answer after which requests stop.
        failure: The first refusal other than "not ready" and "too fast"; None if there was none.
        last_error: The last error of a call without an answer; None if all calls had one.
        requested_batches: The batches that were requested.
        answer_count: The number of answers.
        unanswered_in_a_row: The number of consecutive calls without an answer, up to the last one.
        pause: The pause after the last failure; None if it is time to give up.
        unexpected_people: The people in an answer who do not belong to its task, by receipt.
    """

    context: SendContext
    campaign: int
    channel: Channel
    tasks: tuple[OpenTask, ...]
    stop: threading.Event
    listener: ResultListener
    backoff: Backoff
    on_wait: Callable[[int | None, CallWaitReason], None]
    max_unanswered: int = MAX_UNANSWERED
    failure: DingError | None = None
    last_error: DingError | None = None
    requested_batches: set[int] = field(default_factory=set)
    answer_count: int = 0
    unanswered_in_a_row: int = 0
    pause: RetryLater | None = None
    unexpected_people: dict[str, frozenset[str]] = field(default_factory=dict)
    _pool: WorkerPool[OpenTask, Results | DingError] | None = None

    def run(self) -> None:
        """
        Request each result once, unless the listener decides that it is not worth a call.

        Raises:
            LedgerError: A result could not be recorded.
        """
        with self.context.ledger.connection() as db:
            job = Job(
                api=self.channel.results_api,
                call=self._request,
                on_outcome=lambda task, outcome, started_ns: self._handle(db, task, outcome, started_ns),
                on_start=lambda task: self._may_start(db, task),
                on_wait=self.on_wait,
                one_at_a_time=lambda: self.backoff.is_failing,
            )
            self._pool = WorkerPool(self.context.clock, self.context.pace, job)
            self._pool.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the dispatching thread, so that it sees `stop`."""
        if self._pool is not None:
            self._pool.interrupt()

    @property
    def is_unreachable(self) -> bool:
        """Whether it skips tasks, since DingTalk cannot be reached or has banned this address."""
        is_banned = self.pause is not None and self.pause.reason == "ban"
        return self.unanswered_in_a_row >= self.max_unanswered or (self.unanswered_in_a_row > 0 and is_banned)

    def _may_start(self, db: LedgerSession, task: OpenTask) -> bool:
        if self.is_unreachable or not self.listener.may_request(task, self.context.clock.monotonic_ns()):
            return False
        if not self._is_open(task, self.context.now_ns()):
            return False
        quota_error = find_quota_error(db, self.context, self.campaign)
        if quota_error is not None:
            self._halt(quota_error)
            return False
        self.requested_batches.add(task.batch)
        return True

    def _request(self, task: OpenTask) -> Results | DingError:
        try:
            return self.channel.results(self.context, task.receipt, task.userids)
        except DingError as error:
            return error

    def _handle(
        self, db: LedgerSession, task: OpenTask, outcome: Results | DingError, started_ns: int
    ) -> RetryLater | None:
        now_ns = self.context.now_ns()
        if isinstance(outcome, ThrottledError) and not is_ban(outcome):
            retry = self.backoff.record_failure(outcome, started_ns, is_query=True)
            if retry is None:
                self._halt(outcome)
            return retry
        unexpected_ids = frozenset() if isinstance(outcome, DingError) else frozenset(outcome).difference(task.userids)
        self._record(db, task, outcome, now_ns, is_own=not unexpected_ids)
        at_ns = self.context.clock.monotonic_ns()
        if isinstance(outcome, DingError) or unexpected_ids:
            self.listener.record_failure(task, at_ns)
        elif outcome:
            self.listener.record_ready(task, at_ns, is_whole=outcome.keys() >= set(task.userids))
        else:
            self.listener.record_unready(task, at_ns)
        if isinstance(outcome, DingError) and _is_unanswered(outcome):
            self.unanswered_in_a_row += 1
            self.last_error = _with_retry_hint(outcome)
            self.pause = self.backoff.record_failure(outcome, started_ns, is_query=True)
            if self.pause is not None and self.pause.reason == "ban":
                self.context.pace.ban(self.pause.pause_s)
            return None
        self.answer_count += 1
        self.unanswered_in_a_row = 0
        self.backoff.record_success()
        if unexpected_ids:
            self.unexpected_people[task.receipt] = unexpected_ids
        if isinstance(outcome, DingError) and self._is_open(task, now_ns):
            self._halt(outcome)
        return None

    def _is_open(self, task: OpenTask, now_ns: int) -> bool:
        # Many tasks take minutes, and the results of some may expire meanwhile.
        return now_ns < task.sent_ns + self.channel.results_window_ns(self.context.limits)

    def _record(
        self, db: LedgerSession, task: OpenTask, outcome: Results | DingError, now_ns: int, *, is_own: bool
    ) -> None:
        """Record the result, and count the call against the monthly quota."""
        if isinstance(outcome, DingError) and not _is_counted(outcome):
            return
        with self.context.ledger.transaction(db):
            calls.count_call(db, self.context.realm, self.channel.results_api, now_ns)
            # It may have been recalled while the call was under way: the answer is about the time before.
            if not isinstance(outcome, DingError) and is_own and not batches.is_recalled(db, task.batch):
                outcomes.write(db, outcomes_of_result(db, self.context, self.channel, task, outcome, now_ns))

    def _halt(self, error: DingError) -> None:
        self.failure = self.failure or _with_retry_hint(error)
        self.stop.set()


def unexpected_people_error(unexpected: dict[str, frozenset[str]]) -> BadAnswerError:
    """Return the error for answers with people who do not belong to their task."""
    receipt, unexpected_ids = next(iter(unexpected.items()))
    who = listed_briefly([unexpected_id[:_MAX_ID_LENGTH] for unexpected_id in sorted(unexpected_ids)])
    what = Text("refresh.strangers", task_id=receipt, people=count("person", len(unexpected_ids)), who=who)
    if len(unexpected) > 1:
        what = sentences(what, Text("refresh.strangers_more", batches=count("batch", len(unexpected) - 1)))
    return BadAnswerError(what, Text("refresh.strangers_todo"))


def _is_counted(error: DingError) -> bool:
    """Return whether a failed call is assumed to count against the monthly quota."""
    is_answer = isinstance(error, ApiError) and not is_ban(error)
    return is_answer or error.may_have_taken_effect


def _is_unanswered(error: DingError) -> bool:
    # A token may be revoked again while the call with the new one is under way.
    return isinstance(error, TransportError | BusyError | TokenError) or is_ban(error)


def _with_retry_hint(error: DingError) -> DingError:
    """Return an error with a hint for a request for results, which may be repeated at any time."""
    if isinstance(error, ArgumentError):
        # The request is ours; only the task can be wrong.
        return error.advise(Text("refresh.unknown_task_todo"))
    return error.advise(Text("refresh.again_todo")) if error.may_have_taken_effect else error
