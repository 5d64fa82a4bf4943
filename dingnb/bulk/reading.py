"""Reads the results of accepted batches."""

import sqlite3
import threading
from dataclasses import dataclass, field

from dingnb.api import work_notifications as notifications
from dingnb.api.work_notifications import SendResult
from dingnb.bulk.crew import Again, Crew, Work
from dingnb.bulk.line import Line
from dingnb.bulk.patience import Patience
from dingnb.bulk.quota import month_used_up
from dingnb.bulk.verdicts import verdicts
from dingnb.clock import seconds
from dingnb.errors import ApiError, BusyError, DingError, ThrottledError, TokenError, TransportError
from dingnb.ledger import calls, outcomes
from dingnb.ledger.batches import OpenTask


@dataclass(slots=True)
class Reading:
    """
    One look at the results of accepted batches.

    Attributes:
        line: What to call with.
        tasks: What to ask for.
        stop: Set it, then call `interrupt`, and no further call leaves.
        failure: The first refusal other than "not ready" and "too fast"; None where there was none.
        trouble: The last call that had no answer, where no call had one; else None.
    """

    line: Line
    tasks: tuple[OpenTask, ...]
    stop: threading.Event
    failure: DingError | None = None
    trouble: DingError | None = None
    _answers: int = 0
    _patience: Patience = field(init=False)
    _crew: Crew[OpenTask, SendResult | DingError] | None = None

    def __post_init__(self) -> None:
        self._patience = Patience(self.line.clock)

    def run(self) -> None:
        """
        Read each result once.

        Raises:
            LedgerError: What came could not be written down.
        """
        with self.line.ledger.connection() as db:
            work = Work(
                api=notifications.RESULT,
                do=self._read,
                on_outcome=lambda task, outcome: self._learn(db, task, outcome),
                on_start=lambda _: self._may_leave(db),
            )
            self._crew = Crew(self.line.clock, self.line.pace, work)
            self._crew.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    def _may_leave(self, db: sqlite3.Connection) -> bool:
        used_up = month_used_up(db, self.line)
        if used_up is not None:
            self._refused(used_up)
        return used_up is None

    def _read(self, task: OpenTask) -> SendResult | DingError:
        try:
            return notifications.result(self.line.caller, self.line.agent_id, task.task_id)
        except DingError as error:
            return error

    def _learn(self, db: sqlite3.Connection, task: OpenTask, outcome: SendResult | DingError) -> Again | None:
        now_ns = self.line.now_ns()
        not_ready = isinstance(outcome, ApiError) and outcome.code == notifications.NOT_READY
        if isinstance(outcome, ThrottledError) and not not_ready:
            again = self._patience.pause(outcome)
            if again is None:
                self._refused(outcome)
            return again
        self._write(db, task, outcome, now_ns)
        # A token may be revoked once more while the call with the new one is on its way.
        if isinstance(outcome, TransportError | BusyError | TokenError) and not not_ready:
            self.trouble = None if self._answers else outcome
            return None
        self._answers += 1
        self.trouble = None
        self._patience.succeeded()
        # A look at many tasks takes minutes, and the window of some may close meanwhile.
        is_open = now_ns < task.sent_ns + seconds(self.line.limits.result_window_s)
        if isinstance(outcome, DingError) and not not_ready and is_open:
            self._refused(outcome)
        return None

    def _write(self, db: sqlite3.Connection, task: OpenTask, outcome: SendResult | DingError, now_ns: int) -> None:
        """Write down the result, and that the call counts in the month's quota."""
        counts = isinstance(outcome, SendResult | ApiError) or outcome.may_have_taken_effect
        if not counts:
            return
        with self.line.ledger.writing(db):
            calls.count_call(db, self.line.realm, notifications.RESULT, now_ns)
            if isinstance(outcome, SendResult):
                outcomes.write(db, verdicts(db, self.line, task, outcome, now_ns))

    def _refused(self, error: DingError) -> None:
        self.failure = self.failure or error
        self.stop.set()
