"""Reads the results of accepted batches."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dingnb.api import work_notifications as notifications
from dingnb.api.work_notifications import SendResult
from dingnb.calls.backoff import Backoff, is_ban
from dingnb.calls.context import SendContext
from dingnb.calls.pace import Reason
from dingnb.calls.quota import month_used_up
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.results.outcomes import in_words_of, outcomes_of_result
from dingnb.clock import seconds
from dingnb.errors import ApiError, BadAnswerError, BusyError, DingError, ThrottledError, TokenError, TransportError
from dingnb.ledger import LedgerSession, batches, calls, outcomes
from dingnb.ledger.batches import OpenTask
from dingnb.words import Text, count, few, sentences

MOST_FRUITLESS = 3
"""Number of calls in a row without an answer after which DingTalk is taken to be unreachable."""

_LONGEST_NAME = 64


class Listener(Protocol):
    """Receives the answers for tasks, and decides which tasks are still worth a call."""

    def may_ask(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task is still worth its call."""

    def ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Record that DingTalk has results of a task; `is_whole` if they name all of its people."""

    def unready(self, task: OpenTask, now_ns: int) -> None:
        """Record that DingTalk has no results of a task yet."""

    def unanswered(self, task: OpenTask, now_ns: int) -> None:
        """Record that a request for a task failed."""


@dataclass(slots=True)
class Reading:
    """
    Requests the results of some accepted batches, once each.

    Attributes:
        context: What the campaign is sent with.
        campaign: The campaign's number.
        tasks: The tasks to ask for.
        stop: To stop, set it and then call `interrupt`.
        listener: Receives the answers, with monotonic times.
        backoff: Decides how long to wait after a failure; several readings share it.
        on_wait: Receives the length of each wait, in nanoseconds, and its reason.
        most_fruitless: The number of calls in a row without an answer after which no further one is made.
        failure: The first refusal other than "not ready" and "too fast"; None if there was none.
        trouble: The last error of a call without an answer; None if each had one.
        asked: The batches that were asked.
        answers: The number of answers.
        fruitless: The number of last calls in a row without an answer.
        pause: The pause after the last failure; None if it is time to give up.
        strange: The people in an answer who do not belong to its task, by receipt.
    """

    context: SendContext
    campaign: int
    tasks: tuple[OpenTask, ...]
    stop: threading.Event
    listener: Listener
    backoff: Backoff
    on_wait: Callable[[int | None, Literal["people"] | Reason], None]
    most_fruitless: int = MOST_FRUITLESS
    failure: DingError | None = None
    trouble: DingError | None = None
    asked: set[int] = field(default_factory=set)
    answers: int = 0
    fruitless: int = 0
    pause: RetryLater | None = None
    strange: dict[str, frozenset[str]] = field(default_factory=dict)
    _pool: WorkerPool[OpenTask, SendResult | DingError] | None = None

    def run(self) -> None:
        """
        Request each result once, as long as the listener finds it worth a call.

        Raises:
            LedgerError: A result could not be recorded.
        """
        with self.context.ledger.connection() as db:
            job = Job(
                api=notifications.RESULT,
                call=self._read,
                on_outcome=lambda task, outcome, started_ns: self._learn(db, task, outcome, started_ns),
                on_start=lambda task: self._may_leave(db, task),
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
    def is_out_of_reach(self) -> bool:
        """Whether it skips tasks, since DingTalk cannot be reached or has banned this address."""
        is_banned = self.pause is not None and self.pause.reason == "ban"
        return self.fruitless >= self.most_fruitless or (self.fruitless > 0 and is_banned)

    def _may_leave(self, db: LedgerSession, task: OpenTask) -> bool:
        if self.is_out_of_reach or not self.listener.may_ask(task, self.context.clock.monotonic_ns()):
            return False
        if not self._is_open(task, self.context.now_ns()):
            return False
        used_up = month_used_up(db, self.context, self.campaign)
        if used_up is not None:
            self._refused(used_up)
            return False
        self.asked.add(task.batch)
        return True

    def _read(self, task: OpenTask) -> SendResult | DingError:
        try:
            return in_words_of(
                task.userids, notifications.result(self.context.caller, self.context.agent_id, int(task.receipt))
            )
        except DingError as error:
            return error

    def _learn(
        self, db: LedgerSession, task: OpenTask, outcome: SendResult | DingError, started_ns: int
    ) -> RetryLater | None:
        now_ns = self.context.now_ns()
        not_ready = isinstance(outcome, ApiError) and outcome.code == notifications.NOT_READY
        if isinstance(outcome, ThrottledError) and not not_ready and not is_ban(outcome):
            retry = self.backoff.failed(outcome, started_ns, asks=True)
            if retry is None:
                self._refused(outcome)
            return retry
        strangers = outcome.userids.difference(task.userids) if isinstance(outcome, SendResult) else frozenset()
        self._write(db, task, outcome, now_ns, is_own=not strangers)
        at_ns = self.context.clock.monotonic_ns()
        if not_ready or (isinstance(outcome, SendResult) and not outcome.userids):
            self.listener.unready(task, at_ns)
        elif isinstance(outcome, SendResult) and not strangers:
            self.listener.ready(task, at_ns, is_whole=outcome.userids.issuperset(task.userids))
        else:
            self.listener.unanswered(task, at_ns)
        if isinstance(outcome, DingError) and not not_ready and _is_no_answer(outcome):
            self.fruitless += 1
            self.trouble = _harmless(outcome)
            self.pause = self.backoff.failed(outcome, started_ns, asks=True)
            if self.pause is not None and self.pause.reason == "ban":
                self.context.pace.ban(self.pause.pause_s)
            return None
        self.answers += 1
        self.fruitless = 0
        self.backoff.succeeded()
        if strangers:
            self.strange[task.receipt] = strangers
        if isinstance(outcome, DingError) and not not_ready and self._is_open(task, now_ns):
            self._refused(outcome)
        return None

    def _is_open(self, task: OpenTask, now_ns: int) -> bool:
        # Many tasks take minutes, and the results of some may expire meanwhile.
        return now_ns < task.sent_ns + seconds(self.context.limits.result_window_s)

    def _write(
        self, db: LedgerSession, task: OpenTask, outcome: SendResult | DingError, now_ns: int, *, is_own: bool
    ) -> None:
        """Record the result, and that the call counts against the month's quota."""
        answered = isinstance(outcome, SendResult) or (isinstance(outcome, ApiError) and not is_ban(outcome))
        counts = answered or (isinstance(outcome, DingError) and outcome.may_have_taken_effect)
        if not counts:
            return
        with self.context.ledger.writing(db):
            calls.count_call(db, self.context.realm, notifications.RESULT, now_ns)
            # It may have been recalled while the call was under way: the answer is about the time before.
            if isinstance(outcome, SendResult) and is_own and not batches.is_taken_back(db, task.batch):
                outcomes.write(db, outcomes_of_result(db, self.context, task, outcome, now_ns))

    def _refused(self, error: DingError) -> None:
        self.failure = self.failure or _harmless(error)
        self.stop.set()


def of_unexpected_people(strange: dict[str, frozenset[str]]) -> BadAnswerError:
    """Return the error for answers with people who do not belong to their task."""
    receipt, strangers = next(iter(strange.items()))
    who = few([one[:_LONGEST_NAME] for one in sorted(strangers)])
    what = Text("look.strangers", task_id=receipt, people=count("person", len(strangers)), who=who)
    if len(strange) > 1:
        what = sentences(what, Text("look.strangers_more", batches=count("batch", len(strange) - 1)))
    return BadAnswerError(what, Text("look.strangers_todo"))


def _is_no_answer(error: DingError) -> bool:
    # A token may be revoked once more while the call with the new one is on its way.
    return isinstance(error, TransportError | BusyError | TokenError) or is_ban(error)


def _harmless(error: DingError) -> DingError:
    """Return an error with a hint for a request for results, which may be repeated at any time."""
    return error.advise(Text("look.again_todo")) if error.may_have_taken_effect else error
