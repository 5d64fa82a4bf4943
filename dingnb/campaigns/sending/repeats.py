"""Batches with unknown outcome that are sent again when their campaign continues."""

from dingnb.calls.context import SendContext
from dingnb.campaigns.status import lost_statuses
from dingnb.channels import Channel, may_repeat
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches
from dingnb.ledger.sending.attempts import PendingBatch


def repeatable_batches(
    db: LedgerSession, context: SendContext, campaign: int, channel: Channel, *, is_running: bool = False
) -> list[PendingBatch]:
    """
    Return the batches of a campaign whose outcome is unknown and that can be repeated safely, now or later.

    Each has only the people to whom it would be sent: those without an outcome of their own.

    Args:
        db: The ledger.
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that it is sent by.
        is_running: Whether it is being sent; otherwise its calls under way were left open by a dead process.
    """
    return [
        batch
        for status in lost_statuses(is_running=is_running)
        for batch in batches.pending_with_status(db, campaign, status)
        if may_repeat(db, context, channel, batch.id)
    ]
