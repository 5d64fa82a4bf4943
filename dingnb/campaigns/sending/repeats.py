"""Repeats of batches with unknown outcome: which are safe, and when."""

from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext
from dingnb.channels import Channel
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.attempts import PendingBatch


class Repeats:
    """
    The batches with unknown outcome that one sending may repeat.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that sends the campaign, which says when a repeat is safe.
        backoff: Knows whether calls are failing.
    """

    def __init__(self, context: SendContext, campaign: int, channel: Channel, backoff: Backoff) -> None:
        self._context = context
        self._campaign = campaign
        self._channel = channel
        self._backoff = backoff
        self._abandoned: set[int] = set()

    def find(self, db: LedgerSession) -> list[tuple[int, PendingBatch]]:
        """Return the batches that may be repeated, each with the earliest time."""
        return [
            (due_ns, batch)
            for batch in batches.pending_with_status(db, self._campaign, "unknown")
            if (due_ns := self.due_ns(db, batch))
        ]

    def due_ns(self, db: LedgerSession, batch: PendingBatch) -> int | None:
        """Return the earliest time at which a batch may be repeated; None if never."""
        if batch.id in self._abandoned:
            return None
        earlier_attempts, gives_up_at_ns = attempts.of_batch(db, batch.id), self._backoff.gives_up_at_ns
        if (
            not self._backoff.is_failing
            or gives_up_at_ns is None
            or not self._channel.must_save_last_attempt(earlier_attempts)
        ):
            return self._channel.repeat_due_ns(self._context, earlier_attempts)
        # A long outage must not use up the last attempt before sending gives up.
        not_before_ns = self._context.now_ns() + gives_up_at_ns - self._context.clock.monotonic_ns()
        due_ns = self._channel.repeat_due_ns(self._context, earlier_attempts, not_before_ns)
        return due_ns or self._channel.repeat_due_ns(self._context, earlier_attempts)

    def abandon(self, batch: PendingBatch) -> None:
        """Repeat a batch no more, because DingTalk would refuse it again."""
        self._abandoned.add(batch.id)
