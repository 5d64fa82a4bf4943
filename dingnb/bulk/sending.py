"""Sends the batches of a campaign, and reads their results."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dingnb.api import work_notifications as notifications
from dingnb.api.work_notifications import SendResult
from dingnb.auth import Caller
from dingnb.bulk.crew import Again, Crew, Work
from dingnb.bulk.cutting import Batch
from dingnb.bulk.pace import Pace
from dingnb.bulk.patience import Patience
from dingnb.bulk.record import Record, Refusal
from dingnb.bulk.status import Status
from dingnb.clock import Clock, seconds
from dingnb.errors import (
    AccessError,
    ApiError,
    BusyError,
    CredentialsError,
    DingError,
    QuotaError,
    ThrottledError,
    TokenError,
    TransportError,
)
from dingnb.language import say
from dingnb.limits import Limits

MOST_UNREACHABLE = 3
"""So often a batch that never left is tried again before the network is taken to be down."""

PAUSE_S = 1.0
"""So long after a call that never left the next one waits."""

HALTS = (TransportError, BusyError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that meet every further call as well, where it is sure that the call had no effect."""


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
        halted_by: The error that no further call can escape: one of `HALTS`, or a throttle that does not end.
    """

    line: Line
    record: Record
    stop: threading.Event
    on_wait: Callable[[int | None, bool], None]
    halted_by: DingError | None = None
    _crew: Crew[Batch, int | DingError] | None = None
    _unreachable: int = 0
    _unreachable_again_ns: int = 0
    _under_way: dict[int, Batch] = field(default_factory=dict)
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.line.clock)

    def run(self, batches: Iterable[Batch]) -> None:
        """
        Send batches until each is accepted, failed or unknown, or until `stop` is set.

        Raises:
            Exception: What went wrong inside dingnb; what was under way then is `unknown`.
        """
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
                on_start=self._begin,
                people=lambda batch: len(batch.userids),
                counted=lambda outcome: isinstance(outcome, int) or outcome.may_have_taken_effect,
                on_wait=self.on_wait,
            ),
        )
        try:
            self._crew.run(batches, self.stop)
        except Exception as error:
            what = say("result.crashed", error=f"{type(error).__name__}: {error}")
            for batch in list(self._under_way.values()):
                refusal = Refusal(Status.UNKNOWN, what, say("transport.unknown_todo"))
                self.record.refuse(batch, refusal, self.line.clock.now_ns())
            raise

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    def _begin(self, batch: Batch) -> None:
        self.record.begin(batch, self.line.clock.now_ns())
        self._under_way[batch.number] = batch

    def _send(self, batch: Batch) -> int | DingError:
        try:
            return notifications.send(self.line.caller, self.line.agent_id, batch.userids, batch.body)
        except DingError as error:
            return error

    def _settle(self, batch: Batch, outcome: int | DingError) -> Again | None:
        again = self._note(batch, outcome)
        del self._under_way[batch.number]
        return again

    def _note(self, batch: Batch, outcome: int | DingError) -> Again | None:
        now_ns = self.line.clock.now_ns()
        if isinstance(outcome, int):
            self._unreachable = 0
            self._patience.succeeded()
            self.record.accept(batch, outcome, now_ns)
            return None
        if outcome.may_have_taken_effect:
            self._refuse(batch, Status.UNKNOWN, outcome, now_ns)
            return None
        if isinstance(outcome, ThrottledError):
            self.record.requeue(batch, now_ns, left=True)
            again = self._patience.pause(outcome)
            if again is None:
                self._halt(outcome)
            return again
        # Neither had an effect, so it was the call for a token that failed, or none left at all.
        never_left = isinstance(outcome, TransportError | BusyError)
        # A token may be revoked once more while the call with the new one is on its way.
        if (never_left or isinstance(outcome, TokenError)) and self._is_worth_a_try():
            self.record.requeue(batch, now_ns, left=not never_left)
            return Again(PAUSE_S)
        if isinstance(outcome, HALTS):
            self.record.requeue(batch, now_ns, left=not never_left)
            self._halt(outcome)
            return None
        self._refuse(batch, Status.FAILED, outcome, now_ns)
        return None

    def _halt(self, error: DingError) -> None:
        self.halted_by = self.halted_by or error
        self.stop.set()

    def _is_worth_a_try(self) -> bool:
        # Calls that fail side by side are one sign that the network is down, not several.
        now_ns = self.line.clock.monotonic_ns()
        if now_ns >= self._unreachable_again_ns:
            self._unreachable += 1
            self._unreachable_again_ns = now_ns + seconds(PAUSE_S)
        return self._unreachable < MOST_UNREACHABLE

    def _refuse(self, batch: Batch, status: Status, error: DingError, now_ns: int) -> None:
        code = error.code if isinstance(error, ApiError) else ""
        self.record.refuse(batch, Refusal(status, error.what, error.hint, code), now_ns)


@dataclass(frozen=True, slots=True)
class Task:
    """
    An accepted batch, as its result is asked for.

    Attributes:
        batch: Whom it was sent to.
        id: DingTalk's number.
        closes_ns: The wall time from which on DingTalk does not answer for it.
    """

    batch: Batch
    id: int
    closes_ns: int


@dataclass(slots=True)
class Reading:
    """
    One look at the results of accepted batches.

    Attributes:
        line: What to call with.
        record: What is remembered.
        tasks: What to ask for.
        stop: Set it, then call `interrupt`, and no further call leaves.
        failure: The first refusal other than "not ready" and "too fast"; None where there was none.
        trouble: The last call that had no answer, where no call had one; else None.
    """

    line: Line
    record: Record
    tasks: tuple[Task, ...]
    stop: threading.Event
    failure: DingError | None = None
    trouble: DingError | None = None
    _answers: int = 0
    _patience: Patience = field(init=False)
    _crew: Crew[Task, SendResult | DingError] | None = None

    def __post_init__(self) -> None:
        self._patience = Patience(self.line.clock)

    def run(self) -> None:
        """Read each result once."""
        work = Work(api=notifications.RESULT, do=self._read, on_outcome=self._learn)
        self._crew = Crew(self.line.clock, self.line.pace, work)
        self._crew.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees `stop`."""
        if self._crew is not None:
            self._crew.interrupt()

    def _read(self, task: Task) -> SendResult | DingError:
        try:
            return notifications.result(self.line.caller, self.line.agent_id, task.id)
        except DingError as error:
            return error

    def _learn(self, task: Task, outcome: SendResult | DingError) -> Again | None:
        now_ns = self.line.clock.now_ns()
        not_ready = isinstance(outcome, ApiError) and outcome.code == notifications.NOT_READY
        if isinstance(outcome, ThrottledError) and not not_ready:
            again = self._patience.pause(outcome)
            if again is None:
                self._refused(outcome)
            return again
        if isinstance(outcome, TransportError | BusyError) and not not_ready:
            self.trouble = None if self._answers else outcome
            return None
        self._answers += 1
        self.trouble = None
        self._patience.succeeded()
        if isinstance(outcome, SendResult):
            self.record.learn(task.batch, outcome, now_ns)
            return None
        # A look at many tasks takes minutes, and the window of some may close meanwhile.
        if not not_ready and now_ns < task.closes_ns:
            self._refused(outcome)
        return None

    def _refused(self, error: DingError) -> None:
        self.failure = self.failure or error
        self.stop.set()
