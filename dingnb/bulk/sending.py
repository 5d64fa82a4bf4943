"""Sends the batches of a campaign, and reads their results."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dingnb.api import work_notifications as notifications
from dingnb.api.work_notifications import SendResult
from dingnb.auth import Caller
from dingnb.bulk.crew import Again, Crew, Work
from dingnb.bulk.cutting import Batch
from dingnb.bulk.pace import Pace
from dingnb.bulk.record import Record, Refusal
from dingnb.bulk.status import Status
from dingnb.clock import Clock
from dingnb.errors import (
    AccessError,
    ApiError,
    CredentialsError,
    DingError,
    QuotaError,
    ThrottledError,
    TokenError,
    TransportError,
    UnreachableError,
)
from dingnb.limits import Limits

MOST_UNREACHABLE = 3
"""So often a batch that never left is tried again before the network is taken to be down."""

HALTS = (UnreachableError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that meet every further call as well."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    What a campaign sends with.

    Attributes:
        mode: ``SANDBOX`` or ``LIVE``.
        app: The app, as displays name it.
        caller: Calls as the app.
        agent_id: The app's agent id.
        pace: When calls may start.
        limits: What DingTalk allows.
        clock: The source of time.
    """

    mode: str
    app: str
    caller: Caller
    agent_id: int
    pace: Pace
    limits: Limits
    clock: Clock


@dataclass(slots=True)
class Sending:
    """
    One pass over the batches of a campaign.

    Attributes:
        line: What to send with.
        record: What is remembered.
        stop: Set it, then call `interrupt`, and no further call leaves.
        on_wait: Is told before a wait how long it will be, in nanoseconds, and whether people a minute cause it.
        halted_by: The error that no further call can escape, one of `HALTS`.
    """

    line: Line
    record: Record
    stop: threading.Event
    on_wait: Callable[[int | None, bool], None]
    halted_by: DingError | None = None
    _crew: Crew[Batch, int | DingError] | None = None
    _unreachable: int = 0

    def run(self, batches: Iterable[Batch]) -> None:
        """Send batches until each is accepted, failed or unknown, or until `stop` is set."""
        try:
            # Fetched ahead: calls that wait for a token would then leave all at once.
            self.line.caller.token()
        except DingError as error:
            self.halted_by = error
            return
        self._crew = Crew(
            self.line.clock,
            self.line.pace,
            Work(
                api=notifications.SEND,
                do=self._send,
                on_outcome=self._settle,
                on_start=lambda batch: self.record.begin(batch, self.line.clock.now_ns()),
                people=lambda batch: len(batch.userids),
                counted=lambda outcome: isinstance(outcome, int) or outcome.may_have_taken_effect,
                on_wait=self.on_wait,
            ),
        )
        self._crew.run(batches, self.stop)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    def _send(self, batch: Batch) -> int | DingError:
        try:
            return notifications.send(self.line.caller, self.line.agent_id, batch.userids, batch.body)
        except DingError as error:
            return error

    def _settle(self, batch: Batch, outcome: int | DingError) -> Again | None:
        now_ns = self.line.clock.now_ns()
        if isinstance(outcome, int):
            self._unreachable = 0
            self.record.accept(batch, outcome, now_ns)
            return None
        if outcome.may_have_taken_effect:
            self._refuse(batch, Status.UNKNOWN, outcome, now_ns)
            return None
        if isinstance(outcome, ThrottledError):
            self.record.requeue(batch, now_ns)
            return Again(outcome.pause_s)
        if isinstance(outcome, UnreachableError):
            self._unreachable += 1
            if self._unreachable < MOST_UNREACHABLE:
                self.record.requeue(batch, now_ns)
                return Again(1.0)
        if isinstance(outcome, HALTS):
            self.record.requeue(batch, now_ns)
            self.halted_by = outcome
            self.stop.set()
            return None
        self._refuse(batch, Status.FAILED, outcome, now_ns)
        return None

    def _refuse(self, batch: Batch, status: Status, error: DingError, now_ns: int) -> None:
        code = error.code if isinstance(error, ApiError) else ""
        self.record.refuse(batch, Refusal(status, error.what, error.hint, code), now_ns)


@dataclass(slots=True)
class Reading:
    """
    One look at the results of accepted batches.

    Attributes:
        line: What to call with.
        record: What is remembered.
        tasks: Batches and their task ids.
        stop: Set it, then call `interrupt`, and no further call leaves.
        failure: The first error other than "not ready" and "too fast"; None where there was none.
    """

    line: Line
    record: Record
    tasks: tuple[tuple[Batch, int], ...]
    stop: threading.Event
    failure: DingError | None = None
    _crew: Crew[tuple[Batch, int], SendResult | DingError] | None = None

    def run(self) -> None:
        """Read each result once."""
        work = Work(api=notifications.RESULT, do=self._read, on_outcome=self._learn)
        self._crew = Crew(self.line.clock, self.line.pace, work)
        self._crew.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    def _read(self, task: tuple[Batch, int]) -> SendResult | DingError:
        try:
            return notifications.result(self.line.caller, self.line.agent_id, task[1])
        except DingError as error:
            return error

    def _learn(self, task: tuple[Batch, int], outcome: SendResult | DingError) -> Again | None:
        if isinstance(outcome, SendResult):
            self.record.learn(task[0], outcome, self.line.clock.now_ns())
            return None
        if isinstance(outcome, ApiError) and outcome.code == notifications.NOT_READY:
            return None
        if isinstance(outcome, ThrottledError):
            return Again(outcome.pause_s)
        if not isinstance(outcome, TransportError) and not outcome.may_have_taken_effect:
            self.failure = self.failure or outcome
            self.stop.set()
        return None
