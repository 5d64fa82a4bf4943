"""
Leases, by which only one process at a time sends a campaign.

Each claim begins a new term. A statement that could make a call leave carries the term of its lease, and does nothing
once a newer term has begun (docs/ledger.md, "Who sends"). The outcome of a call that was made is recorded without a
term, so that a process that has lost its lease can still report the outcome.

Times are read from the clock that all users of the ledger share (`Ledger.shared_clock_ns`).
"""

from typing import NamedTuple

from dingnb.clock import seconds_to_ns
from dingnb.ledger.sending.processes import Process
from dingnb.ledger.session import LedgerSession

TERM_NS = seconds_to_ns(15)
"""Duration of a lease without renewal. A process known to be dead loses its lease at once."""

RENEW_NS = TERM_NS // 3
"""Time between two renewals by calls; twice as long without calls."""


class Lease(NamedTuple):
    """The right to send a campaign, until another process has begun a newer term."""

    campaign: int
    term: int


def claim(db: LedgerSession, campaign: int, process: Process, shared_clock_ns: int) -> Lease | None:
    """
    Begin a new term for a process; return None if this or another process already sends the campaign.

    Before its first call, the caller must record the outcome of the calls that the last process left open as unknown
    (`attempts.close_abandoned`).

    Args:
        db: The ledger, in a write transaction.
        campaign: The campaign's number.
        process: The process.
        shared_clock_ns: The time.
    """
    db.execute("INSERT INTO leases (campaign) VALUES (?) ON CONFLICT (campaign) DO NOTHING", (campaign,))
    term, last, expires_ns = _read(db, campaign)
    if last is not None and _is_valid(last, expires_ns, shared_clock_ns):
        return None
    # Compared with what was read, because renewals are not in a write transaction.
    row = db.execute(
        "UPDATE leases SET term = term + 1, process = ?, host = ?, numbering = ?, expires_ns = ?"
        " WHERE campaign = ? AND term = ? AND expires_ns = ? RETURNING term",
        (*process, shared_clock_ns + TERM_NS, campaign, term, expires_ns),
    ).fetchone()
    return None if row is None else Lease(campaign, int(row[0]))


def renew(db: LedgerSession, lease: Lease, shared_clock_ns: int) -> bool:
    """Extend a lease, even if it has expired meanwhile, and return whether it is still held."""
    cursor = db.execute(
        "UPDATE leases SET expires_ns = ? WHERE campaign = ? AND term = ? RETURNING term",
        (shared_clock_ns + TERM_NS, *lease),
    )
    return cursor.fetchone() is not None


def begin_term(db: LedgerSession, lease: Lease, shared_clock_ns: int) -> Lease | None:
    """
    Begin a new term of a lease that is held, so that a statement of the old term that is still on its way does nothing.

    Returns None if the lease is no longer held.
    """
    row = db.execute(
        "UPDATE leases SET term = term + 1, expires_ns = ? WHERE campaign = ? AND term = ? RETURNING term",
        (shared_clock_ns + TERM_NS, *lease),
    ).fetchone()
    return None if row is None else Lease(lease.campaign, int(row[0]))


def is_held(db: LedgerSession, lease: Lease) -> bool:
    """Return whether a lease is still held: no newer term has begun."""
    cursor = db.execute("SELECT 1 FROM leases WHERE campaign = ? AND term = ?", lease)
    return cursor.fetchone() is not None


def release(db: LedgerSession, lease: Lease) -> None:
    """Give up a lease, unless it is already lost."""
    db.execute("UPDATE leases SET process = 0, expires_ns = 0 WHERE campaign = ? AND term = ?", lease)


def revoke(db: LedgerSession, campaign: int) -> None:
    """Take the lease of a campaign from a process that seems to be gone, so that it makes no further call."""
    db.execute("UPDATE leases SET term = term + 1, process = 0, expires_ns = 0 WHERE campaign = ?", (campaign,))


def holder(db: LedgerSession, campaign: int, shared_clock_ns: int) -> Process | None:
    """Return the process that sends a campaign; None if no living process holds the lease."""
    _, process, expires_ns = _read(db, campaign)
    return process if process is not None and _is_valid(process, expires_ns, shared_clock_ns) else None


def holders(db: LedgerSession, shared_clock_ns: int) -> dict[int, Process]:
    """Return the processes that send campaigns, by the number of the campaign."""
    rows = db.execute("SELECT campaign, process, host, numbering, expires_ns FROM leases WHERE process <> 0")
    processes = {campaign: (Process(*process), int(expires_ns)) for campaign, *process, expires_ns in rows}
    return {
        campaign: process
        for campaign, (process, expires_ns) in processes.items()
        if _is_valid(process, expires_ns, shared_clock_ns)
    }


def _read(db: LedgerSession, campaign: int) -> tuple[int, Process | None, int]:
    row = db.execute(
        "SELECT term, process, host, numbering, expires_ns FROM leases WHERE campaign = ?", (campaign,)
    ).fetchone()
    if row is None:
        return 0, None, 0
    term, *process, expires_ns = row
    return int(term), Process(*process) if process[0] else None, int(expires_ns)


def _is_valid(process: Process, expires_ns: int, shared_clock_ns: int) -> bool:
    # A time far in the future dates from before the clock was set back or the computer was restarted.
    return shared_clock_ns < expires_ns <= shared_clock_ns + 2 * TERM_NS and not process.is_dead
