"""Reads the results of accepted batches."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dingnb.api import work_notifications as notifications
from dingnb.api.work_notifications import SendResult
from dingnb.calls.backoff import Backoff, is_ban
from dingnb.calls.context import Line
from dingnb.calls.pace import Reason
from dingnb.calls.quota import month_used_up
from dingnb.calls.workers import Again, Crew, Work
from dingnb.campaigns.results.outcomes import in_words_of, verdicts
from dingnb.clock import seconds
from dingnb.errors import ApiError, BadAnswerError, BusyError, DingError, ThrottledError, TokenError, TransportError
from dingnb.ledger import batches, calls, outcomes
from dingnb.ledger.batches import OpenTask
from dingnb.words import count, few, say

MOST_FRUITLESS = 3
"""After so many calls in a row without an answer, DingTalk is taken to be out of reach for now."""

_LONGEST_NAME = 64


class Listener(Protocol):
    """Who is told what the answers say of DingTalk's work on the tasks, and says which are still worth a call."""

    def may_ask(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task is still worth its call."""

    def ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Take note that DingTalk has a result of a task; whole, if it names all of its people."""

    def unready(self, task: OpenTask, now_ns: int) -> None:
        """Take note that DingTalk has no result of a task yet."""

    def unanswered(self, task: OpenTask, now_ns: int) -> None:
        """Take note that a call for a task had no answer that could be used."""


@dataclass(slots=True)
class Reading:
    """
    One look at the results of accepted batches.

    Attributes:
        line: What to call with.
        campaign: The campaign's number.
        tasks: What to ask for.
        stop: Set it, then call `interrupt`, and no further call leaves.
        listener: Is told the answers, with monotonic times.
        backoff: Decides how long to wait after a failure; several readings share it.
        on_wait: Called before a wait with its length in nanoseconds and its reason.
        most_fruitless: After so many calls in a row without an answer no further one is made.
        failure: The first refusal other than "not ready" and "too fast"; None where there was none.
        trouble: The last call that had no answer; None where each had one.
        asked: Which tasks were asked, whatever came of it.
        answers: How many answers came.
        fruitless: How many calls in a row, up to the last, had no answer.
        pause: The pause after the last of these; None where it is time to give up.
        strange: For each task id whose answer named others than its people, these others.
    """

    line: Line
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
    pause: Again | None = None
    strange: dict[int, frozenset[str]] = field(default_factory=dict)
    _crew: Crew[OpenTask, SendResult | DingError] | None = None

    def run(self) -> None:
        """
        Read each result once, as long as that is worth it.

        Raises:
            LedgerError: What came could not be written down.
        """
        with self.line.ledger.connection() as db:
            work = Work(
                api=notifications.RESULT,
                do=self._read,
                on_outcome=lambda task, outcome, started_ns: self._learn(db, task, outcome, started_ns),
                on_start=lambda task: self._may_leave(db, task),
                on_wait=self.on_wait,
                one_at_a_time=lambda: self.backoff.is_failing,
            )
            self._crew = Crew(self.line.clock, self.line.pace, work)
            self._crew.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    @property
    def is_out_of_reach(self) -> bool:
        """Whether it has left tasks out, since DingTalk cannot be reached or has banned this address."""
        is_banned = self.pause is not None and self.pause.reason == "ban"
        return self.fruitless >= self.most_fruitless or (self.fruitless > 0 and is_banned)

    def _may_leave(self, db: sqlite3.Connection, task: OpenTask) -> bool:
        if self.is_out_of_reach or not self.listener.may_ask(task, self.line.clock.monotonic_ns()):
            return False
        if not self._is_open(task, self.line.now_ns()):
            return False
        used_up = month_used_up(db, self.line, self.campaign)
        if used_up is not None:
            self._refused(used_up)
            return False
        self.asked.add(task.batch)
        return True

    def _read(self, task: OpenTask) -> SendResult | DingError:
        try:
            return in_words_of(task.userids, notifications.result(self.line.caller, self.line.agent_id, task.task_id))
        except DingError as error:
            return error

    def _learn(
        self, db: sqlite3.Connection, task: OpenTask, outcome: SendResult | DingError, started_ns: int
    ) -> Again | None:
        now_ns = self.line.now_ns()
        not_ready = isinstance(outcome, ApiError) and outcome.code == notifications.NOT_READY
        if isinstance(outcome, ThrottledError) and not not_ready and not is_ban(outcome):
            again = self.backoff.failed(outcome, started_ns, asks=True)
            if again is None:
                self._refused(outcome)
            return again
        strangers = outcome.userids.difference(task.userids) if isinstance(outcome, SendResult) else frozenset()
        self._write(db, task, outcome, now_ns, is_own=not strangers)
        at_ns = self.line.clock.monotonic_ns()
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
                self.line.pace.ban(self.pause.pause_s)
            return None
        self.answers += 1
        self.fruitless = 0
        self.backoff.succeeded()
        if strangers:
            self.strange[task.task_id] = strangers
        if isinstance(outcome, DingError) and not not_ready and self._is_open(task, now_ns):
            self._refused(outcome)
        return None

    def _is_open(self, task: OpenTask, now_ns: int) -> bool:
        # A look at many tasks takes minutes, and the window of some may close meanwhile.
        return now_ns < task.sent_ns + seconds(self.line.limits.result_window_s)

    def _write(
        self, db: sqlite3.Connection, task: OpenTask, outcome: SendResult | DingError, now_ns: int, *, is_own: bool
    ) -> None:
        """Write down the result, and that the call counts in the month's quota."""
        answered = isinstance(outcome, SendResult) or (isinstance(outcome, ApiError) and not is_ban(outcome))
        counts = answered or (isinstance(outcome, DingError) and outcome.may_have_taken_effect)
        if not counts:
            return
        with self.line.ledger.writing(db):
            calls.count_call(db, self.line.realm, notifications.RESULT, now_ns)
            # It may have been taken back while the call was under way: the answer tells of the time before.
            if isinstance(outcome, SendResult) and is_own and not batches.is_taken_back(db, task.batch):
                outcomes.write(db, verdicts(db, self.line, task, outcome, now_ns))

    def _refused(self, error: DingError) -> None:
        self.failure = self.failure or _harmless(error)
        self.stop.set()


def of_strangers(strange: dict[int, frozenset[str]]) -> BadAnswerError:
    """Return the error of answers that named others than the people of their task."""
    task_id, strangers = next(iter(strange.items()))
    who = few([one[:_LONGEST_NAME] for one in sorted(strangers)])
    what = say("look.strangers", task_id=task_id, people=count("person", len(strangers)), who=who)
    if len(strange) > 1:
        what = f"{what} {say('look.strangers_more', batches=count('batch', len(strange) - 1))}"
    return BadAnswerError(what, say("look.strangers_todo"))


def _is_no_answer(error: DingError) -> bool:
    # A token may be revoked once more while the call with the new one is on its way.
    return isinstance(error, TransportError | BusyError | TokenError) or is_ban(error)


def _harmless(error: DingError) -> DingError:
    """Return an error of a question with a hint that fits: of no other call it matters less whether it was done."""
    return error.advise(say("look.again_todo")) if error.may_have_taken_effect else error
