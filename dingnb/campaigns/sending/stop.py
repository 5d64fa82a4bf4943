"""Stops one sending: no further call is made, and calls under way are awaited."""

from collections.abc import Iterable
from typing import Any, TypeVar

from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext
from dingnb.calls.workers import Job, WorkerPool
from dingnb.campaigns.status import State
from dingnb.errors import (
    AccessError,
    ApiError,
    BusyError,
    CredentialsError,
    DingError,
    QuotaError,
    TokenError,
    TransportError,
)
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.words import Text, duration, sentences

MAX_DRAIN_S = 30.0
"""Longest wait for calls under way when the program ends, and for the database to be reachable after a stop."""

HALTING_ERRORS = (TransportError, BusyError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that further calls would raise as well, if the call certainly had no effect."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class SendStop:
    """
    Stops one sending, for a person, an error or the end of the program.

    Args:
        context: The context of sending.
        backoff: Knows how long calls have failed.

    Attributes:
        event: Set when no further call may be made.
        state: The state in which the campaign is left; finished unless the sending is stopped.
        reason: Why the sending was stopped.
        is_by_person: Whether a person paused or stopped it, so that only `Campaign.resume` continues it.
        halted_by: The error that stopped it, if any: further calls would raise it as well, or a batch has too many
            people for any call.
    """

    def __init__(self, context: SendContext, backoff: Backoff) -> None:
        self.event = context.clock.event()
        self.state = State.FINISHED
        self.reason = NO_REASON
        self.is_by_person = False
        self.halted_by: DingError | None = None
        self._context = context
        self._backoff = backoff
        self._pool: WorkerPool[Any, Any] | None = None

    @property
    def is_ending(self) -> bool:
        """Whether `end` was called. `event` is also set while another process takes the campaign over."""
        return self.state is not State.FINISHED

    def end(self, state: State, why: Explanation = NO_REASON, *, by_person: bool = False) -> None:
        """
        Make no further calls, wait for calls under way, and leave the campaign in a state; called in any thread.

        If a person has paused or stopped the campaign, failures of calls under way do not change its state.

        Args:
            state: The state.
            why: The reason.
            by_person: Whether a person paused or stopped it.
        """
        if by_person or not self.is_by_person:
            self.state, self.reason, self.is_by_person = state, why, by_person
        self.interrupt()

    def interrupt(self) -> None:
        """Make no further calls; unless `end` was called, the sending continues when it has its turn again."""
        self.event.set()
        if self._pool is not None:
            self._pool.interrupt()

    def halt(self, error: DingError, why: Explanation | None = None) -> None:
        """Stop because of an error; the first error counts, by default with its own text as the reason."""
        if self.halted_by is None:
            self.halted_by = error
            self.end(State.STOPPED, why or why_failed(error))

    def give_up(self, error: DingError) -> None:
        """Halt for an error that retries have not resolved, or cannot resolve."""
        patience_s = self._context.outage_patience_s
        has_run_out = self._backoff.gives_up_at_ns is not None and self._backoff.gives_up_s == 0 and patience_s
        if not has_run_out:
            self.halt(error)
            return
        what = sentences(error.text, Text("campaign.gave_up", duration=duration(patience_s)))
        # The error's own hint is about repeating a single call, which sending does by itself.
        hint = Text("campaign.gave_up_todo") if error.may_have_taken_effect else error.advice
        self.halt(error, why_failed(error)._replace(reason=what, hint=hint))

    def run_until_stopped(self, job: Job[Item, Outcome], items: Iterable[Item]) -> None:
        """Make the calls of a job until they are done, or the sending is stopped."""
        pool = self._pool = WorkerPool(self._context.clock, self._context.pace, job)
        pool.run(items, self.event)


def why_failed(error: DingError) -> Explanation:
    """Return an error as the reason of what it has caused."""
    return Explanation(error.text, error.advice, error.code if isinstance(error, ApiError) else "")
