"""The lease of a campaign, which only one sending holds at a time: without it, no call is made."""

from collections.abc import Callable
from contextlib import suppress

from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.recall_progress import check_not_recalled_now
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import leases
from dingnb.ledger.sending.processes import this_process


class CampaignLease:
    """
    The lease of a campaign for one sending, which claims it, renews it and releases it, perhaps several times.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        on_loss: Called, in any thread, when another process has taken the campaign over.

    Attributes:
        current: The lease in the ledger; None while this sending does not have it.
        is_lost: Whether another process has taken the campaign over since the last claim.
    """

    def __init__(self, context: SendContext, campaign: int, on_loss: Callable[[], None]) -> None:
        self.current: leases.Lease | None = None
        self.is_lost = False
        self._context = context
        self._campaign = campaign
        self._on_loss = on_loss
        self._renewed_ns = 0

    def claim(self, db: LedgerSession) -> bool:
        """
        Claim the lease; return False if another process holds it.

        Raises:
            InputError: The campaign is being recalled.
        """
        context = self._context
        with context.ledger.transaction(db):
            row = campaigns.get(db, self._campaign)
            if row is not None:
                # The recall may have started after sending was requested.
                check_not_recalled_now(db, row, context.now_ns())
            claimed = leases.claim(db, self._campaign, this_process(), context.ledger.shared_clock_ns(context.clock))
        self._renewed_ns, self.is_lost = context.clock.monotonic_ns(), False
        self.current = claimed
        return claimed is not None

    def is_held(self, db: LedgerSession) -> bool:
        """Return whether this sending has the lease, in the current transaction."""
        return self.current is not None and leases.is_held(db, self.current)

    def renew(self, db: LedgerSession, after_ns: int) -> None:
        """Renew the lease if its last renewal was at least `after_ns` ago; called in any thread."""
        lease, ledger, now_ns = self.current, self._context.ledger, self._context.clock.monotonic_ns()
        if lease is None or now_ns < self._renewed_ns + after_ns:
            return
        with ledger.transaction_unless_shared(db):
            is_held = leases.renew(db, lease, ledger.shared_clock_ns(self._context.clock))
        self._renewed_ns = now_ns
        # A new term that began meanwhile has renewed the lease.
        if not is_held and lease == self.current:
            self.lose()

    def begin_term(self, db: LedgerSession) -> bool:
        """Begin a new term in the current transaction, so that no earlier statement has an effect; False if lost."""
        if self.current is None:
            return False
        term = leases.begin_term(db, self.current, self._context.ledger.shared_clock_ns(self._context.clock))
        if term is None:
            self.lose()
            return False
        self.current = term
        return True

    def lose(self) -> None:
        """Make no further calls, because another process sends the campaign now."""
        self.is_lost = True
        self._on_loss()

    def release(self, db: LedgerSession, *, in_ledger: bool) -> None:
        """Release the lease; if not `in_ledger`, because the ledger's file is lost, the lease expires by itself."""
        lease, self.current = self.current, None
        if lease is not None and in_ledger:
            with suppress(LedgerError), self._context.ledger.transaction_unless_shared(db):
                leases.release(db, lease)
