"""The steps with which a sender records its calls in the ledger; it holds the lease of every campaign."""

from dingnb.ledger import LedgerSession, Realm
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.attempts import BeginResult, EndedAttempt, PendingBatch
from dingnb.ledger.sending.leases import Lease
from dingnb.ledger.sending.pace import PaceRequest
from dingnb.ledger.sending.processes import this_process

MANY = 10**6


def request(
    realm: Realm, now_ns: int, *, api: str = "send", people: int = 1, campaign: int = 1, max_people: int = MANY
) -> PaceRequest:
    """Return what a call needs, with limits that do not matter by default."""
    return PaceRequest(realm, api, now_ns, 20, 0, 0, 0, campaign, people, max_people)


def lease_of(db: LedgerSession, batch: int) -> Lease:
    """Return the current lease of a batch's campaign, claimed if nobody has it."""
    (campaign,) = db.execute("SELECT campaign FROM batches WHERE id = ?", (batch,)).fetchone()
    row = db.execute("SELECT campaign, term FROM leases WHERE campaign = ?", (campaign,)).fetchone()
    lease = Lease(*row) if row else leases.claim(db, campaign, this_process(), 0)
    assert lease is not None
    return lease


def try_to_begin(db: LedgerSession, realm: Realm, batch: PendingBatch, api: str, now_ns: int) -> BeginResult:
    """Try to begin an attempt with no limits, and return what came of it."""
    lease = lease_of(db, batch.id)
    needed = request(realm, now_ns, api=api, people=len(batch.userids), campaign=lease.campaign)
    pace.ensure(db, realm, api)
    return attempts.begin(db, lease, MANY, batch, needed, None, now_ns)


def begin(db: LedgerSession, realm: Realm, batch: PendingBatch, api: str, now_ns: int) -> int | None:
    """Begin an attempt, and return its number; None if the batch has changed."""
    begun = try_to_begin(db, realm, batch, api, now_ns)
    assert begun.reason in {"", "changed"}
    return begun.attempt or None


def ended(attempt: int, batch: PendingBatch | int, now_ns: int) -> EndedAttempt:
    pending_batch = batch if isinstance(batch, PendingBatch) else PendingBatch(batch, (), b"", "queued")
    return EndedAttempt(attempt, pending_batch, now_ns, now_ns)


def mark_accepted(db: LedgerSession, attempt: int, batch: PendingBatch, receipt: str, now_ns: int) -> None:
    ended_attempt = ended(attempt, batch, now_ns)
    if not attempts.mark_accepted(db, ended_attempt, receipt):
        attempts.mark_accepted_late(db, ended_attempt, receipt)


def mark_unknown(db: LedgerSession, attempt: int, batch: int, why: Explanation, now_ns: int) -> None:
    attempts.mark_unknown(db, ended(attempt, batch, now_ns), why)


def mark_failed(db: LedgerSession, attempt: int, batch: PendingBatch, why: Explanation, now_ns: int) -> bool:
    return attempts.mark_failed(db, ended(attempt, batch, now_ns), why)


def mark_without_effect(
    db: LedgerSession,
    realm: Realm,
    attempt: int,
    batch: PendingBatch,
    api: str,
    now_ns: int,
    *,
    was_made: bool,
    counts: bool,
) -> None:
    attempts.mark_without_effect(db, ended(attempt, batch, now_ns), realm, api, was_made=was_made, counts=counts)


def take_over(db: LedgerSession, campaign: int, why: Explanation, now_ns: int) -> int:
    """Let another sender take a campaign over, and return the number of attempts that were open."""
    row = db.execute("SELECT campaign, term FROM leases WHERE campaign = ?", (campaign,)).fetchone()
    if row:
        leases.release(db, Lease(*row))
    assert leases.claim(db, campaign, this_process(), now_ns) is not None
    return attempts.close_abandoned(db, campaign, why, now_ns, now_ns)
