"""Attempts: each is recorded before its call is made, and ended with its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dingnb.ledger.explanation import Explanation
from dingnb.ledger.realm import Realm
from dingnb.ledger.sending import leases, pace
from dingnb.ledger.sending.calls import count_call, month_of, uncount_call
from dingnb.ledger.sending.leases import Lease
from dingnb.ledger.sending.pace import MINUTE_NS, OPEN_NS, Correction, Grant, PaceRequest
from dingnb.ledger.session import LedgerSession


@dataclass(frozen=True, slots=True)
class PendingBatch:
    """
    A batch still to be sent.

    Attributes:
        id: The batch.
        userids: The people to send to: all people of the batch, or the people for whom the batch is repeated.
        body: The exact bytes of `msg`.
        status: ``queued``; ``unknown`` for a repeat; ``sending`` while a call has no recorded end.
        is_whole: Whether `userids` are all people of the batch.
        sent_body: The bytes of the earlier attempt if the body refers to media, since a repeat sends the same bytes.
            None without media, and for queued batches, even after an earlier attempt.
    """

    id: int
    userids: tuple[str, ...]
    body: bytes
    status: str
    is_whole: bool = True
    sent_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its batch, people, start, end (None if unknown), outcome and DingTalk's code."""

    batch: int
    people: int
    started_ns: int
    ended_ns: int | None
    outcome: str | None
    code: str = ""


class BeginResult(NamedTuple):
    """
    The result of beginning an attempt.

    Attributes:
        reason: Why the attempt did not begin; empty if it did.
        attempt: The attempt's number; 0 if it did not begin.
        start: The granted start; None if the attempt did not begin.
        command: The command that prevents the attempt; otherwise empty.
        used: The number of calls counted this month; may be 0 if the reason is ``lost``, ``command`` or ``full``.
        database_ns: The time of the database of a shared ledger; 0 for a file.
    """

    reason: Literal["", "lost", "command", "quota", "full", "changed"]
    attempt: int = 0
    start: Grant | None = None
    command: str = ""
    used: int = 0
    database_ns: int = 0


def begin(
    db: LedgerSession,
    lease: Lease,
    commands: int,
    batch: PendingBatch,
    request: PaceRequest,
    max_calls: int | None,
    now_ns: int,
) -> BeginResult:
    """
    Record that a batch is about to be sent: reserve its start, and count its call and its people.

    The attempt does not begin if another process sends the campaign, if there is a new command, if no calls are left
    this month, if this minute has no room for the people or another campaign has priority, or if the batch in the
    ledger has changed.

    Args:
        db: The ledger, in a `Ledger.transaction_unless_shared` context.
        lease: The lease of the campaign.
        commands: The number of commands that the caller has seen.
        batch: The batch.
        request: What the call needs.
        max_calls: The maximum number of calls in a month; None without a maximum.
        now_ns: The time of the ledger that corresponds to the time of the request.
    """
    joined = ",".join(batch.userids)
    # The number may now belong to a batch with other people or bytes, if another process has rebuilt the batches.
    claim = (batch.id, batch.status, batch.body, joined if batch.is_whole else None)
    partial_userids = None if batch.is_whole else joined
    realm, month = request.realm.id, month_of(now_ns)
    max_used = _UNLIMITED if max_calls is None else max_calls
    if db.statements.begin_attempt:
        values = (
            *(*lease, commands, realm, month, request.api),
            *(request.shared_clock_ns, request.places, request.period_ns + request.margin_ns, request.interval_ns),
            *(request.people, request.max_people, max_used, now_ns, *claim, partial_userids, OPEN_NS),
        )
        return _begin_result(max_used, *db.execute(db.statements.begin_attempt, values).fetchone())
    term, command, used, *state = db.execute(
        _STATE, (*lease, lease.campaign, commands, realm, month, realm, request.api)
    ).fetchone()
    if state[0] is None:
        pace.ensure(db, request.realm, request.api)
        state = [0, 0, None, 0, 0, 0]
    starts, people = pace.parse(*state)
    begun = _begin_result(max_used, term, command, used)
    if begun.reason != "changed":
        return begun
    if not people.has_room(request):
        return begun._replace(reason="full")
    starts, start = pace.grant(starts, request)
    started_ns = now_ns + start.slot_ns - request.shared_clock_ns
    claimed = db.execute(
        "UPDATE batches SET status = 'sending', attempts = attempts + 1, sent_ns = ?, updated_ns = ?"
        " WHERE id = ? AND status = ? AND content = ? AND userids = coalesce(?, userids)",
        (started_ns, now_ns, *claim),
    )
    if not claimed.rowcount:
        return begun
    pace.write(db, request, starts, people.after(request))
    (attempt,) = db.execute(
        "INSERT INTO attempts (realm, batch, userids, people, started_ns, term, counts_until_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (realm, batch.id, partial_userids, request.people, started_ns, lease.term, start.slot_ns + OPEN_NS),
    ).fetchone()
    count_call(db, request.realm, request.api, now_ns)
    return BeginResult("", attempt, start, used=used)


_STATE = """
SELECT checks.*, next_ns, n, places, people, head, head_until_ns
FROM (SELECT (SELECT term FROM leases WHERE campaign = ? AND term = ?),
             (SELECT command FROM steering WHERE campaign = ? AND commands > ?),
             (SELECT coalesce(sum(n), 0) FROM calls WHERE realm = ? AND month = ?)) AS checks
LEFT JOIN pace ON realm = ? AND api = ?
"""

_UNLIMITED = 2**62
"""The number that stands for an unlimited number of calls in a month."""


def _begin_result(
    max_used: int,
    term: int | None,
    command: str | None,
    used: int,
    slot_ns: int | None = None,
    number: int | None = None,
    attempt: int | None = None,
    database_ns: int = 0,
) -> BeginResult:
    if term is None:
        return BeginResult("lost", database_ns=database_ns)
    if command is not None:
        return BeginResult("command", command=command, database_ns=database_ns)
    if used >= max_used:
        return BeginResult("quota", used=used, database_ns=database_ns)
    if database_ns and slot_ns is None:
        return BeginResult("full", database_ns=database_ns)
    if attempt is None or slot_ns is None or number is None:
        return BeginResult("changed", used=used, database_ns=database_ns)
    return BeginResult("", attempt, Grant(slot_ns, number), used=used, database_ns=database_ns)


class PostponedStart(NamedTuple):
    """The new start of an attempt, and the time of the database of a shared ledger; 0 for a file."""

    start: Grant
    database_ns: int = 0


def postpone(db: LedgerSession, lease: Lease, attempt: int, request: PaceRequest, now_ns: int) -> PostponedStart | None:
    """
    Reserve another start for an attempt whose call missed its first one.

    Returns None if the call may no longer be made.

    Args:
        db: The ledger, in a `Ledger.transaction_unless_shared` context.
        lease: The lease of the campaign.
        attempt: The attempt.
        request: What the call needs; the people of the call count already.
        now_ns: The time of the ledger that corresponds to the time of the request.
    """
    if db.statements.postpone_attempt:
        values = (
            *(*lease, request.realm.id, request.api, request.shared_clock_ns, request.places),
            *(request.period_ns + request.margin_ns, request.interval_ns, now_ns, OPEN_NS, attempt),
        )
        row = db.execute(db.statements.postpone_attempt, values).fetchone()
        return None if row is None else PostponedStart(Grant(int(row[0]), int(row[1])), int(row[2]))
    if not leases.is_held(db, lease):
        return None
    starts, start = pace.grant(pace.read(db, request)[0], request)
    postponed = db.execute(
        "UPDATE attempts SET started_ns = ?, counts_until_ns = ? WHERE id = ? AND ended_ns IS NULL",
        (now_ns + start.slot_ns - request.shared_clock_ns, start.slot_ns + OPEN_NS, attempt),
    )
    if not postponed.rowcount:
        return None
    pace.write(db, request, starts)
    return PostponedStart(start)


class EndedAttempt(NamedTuple):
    """
    An attempt that has ended.

    Attributes:
        attempt: The attempt's number.
        batch: The batch that was sent.
        now_ns: When the attempt ended, by the time of the ledger.
        shared_clock_ns: When the attempt ended, by the clock that all users of the ledger share.
    """

    attempt: int
    batch: PendingBatch
    now_ns: int
    shared_clock_ns: int


def mark_accepted(
    db: LedgerSession, ended: EndedAttempt, receipt: str | None, correction: Correction | None = None
) -> bool:
    """
    Record that DingTalk accepted an open attempt, with the receipt for reading its results.

    While the attempt is open, no other process has begun another attempt of the batch.

    Args:
        db: The ledger, in a `Ledger.transaction_unless_shared` context.
        ended: The attempt.
        receipt: The receipt; None if the channel has none.
        correction: When the place of the attempt's call becomes free; None if the answer has not shown that time.

    Returns:
        Whether the attempt was open; if not, the outcome is not recorded.
    """
    attempt, batch, now_ns, shared_clock_ns = ended
    until_ns = shared_clock_ns + MINUTE_NS
    if db.statements.accept_attempt:
        corrected = _NO_CORRECTION if correction is None else correction.values
        values = (now_ns, until_ns, attempt, batch.id if batch.is_whole else None, receipt, batch.id, *corrected)
        return db.execute(db.statements.accept_attempt, values).fetchone() is not None
    if correction is not None:
        pace.correct(db, correction)
    updated = db.execute(
        "UPDATE attempts SET ended_ns = ?, outcome = 'accepted', code = '', counts_until_ns = ?"
        " WHERE id = ? AND ended_ns IS NULL"
        " RETURNING EXISTS (SELECT 1 FROM outcomes WHERE outcomes.batch = attempts.batch AND evidence = 'left_out')",
        (now_ns, until_ns, attempt),
    ).fetchone()
    if updated is None:
        return False
    (has_left_out_marks,) = updated
    if has_left_out_marks:
        _delete_left_out_marks(db, batch)
    db.execute(
        "UPDATE batches SET status = 'accepted', receipt = ?, code = '', reason = '', hint = '', updated_ns = ?"
        " WHERE id = ?",
        (receipt, now_ns, batch.id),
    )
    return True


_NO_CORRECTION = (0, 0, "", "", -1)


def mark_accepted_late(db: LedgerSession, ended: EndedAttempt, receipt: str | None) -> None:
    """
    Record that DingTalk accepted an attempt, even if other processes have recorded something else meanwhile.

    Like `mark_failed`, `mark_unknown` and `mark_without_effect`, this function needs a write transaction, and may be
    repeated if it is unknown whether the transaction was committed.
    """
    _end(db, ended, "accepted", "", counts=True)
    _delete_left_out_marks(db, ended.batch)
    db.execute(
        "UPDATE batches SET receipt = ?, code = '', reason = '', hint = '' WHERE id = ?", (receipt, ended.batch.id)
    )
    derive_status(db, ended.batch.id, ended.now_ns)


def mark_failed(db: LedgerSession, ended: EndedAttempt, why: Explanation) -> bool:
    """
    Record that DingTalk refused an attempt for good, and return whether the batch has failed.

    The batch has not failed if another attempt is under way, or may have reached its people.
    """
    _end(db, ended, "failed", why.code, counts=False)
    if derive_status(db, ended.batch.id, ended.now_ns) != "failed":
        return False
    _delete_left_out_marks(db, ended.batch)
    record_explanation(db, ended.batch.id, why)
    return True


def mark_unknown(db: LedgerSession, ended: EndedAttempt, why: Explanation) -> None:
    """Record that the outcome of an attempt is unknown."""
    _end(db, ended, "unknown", why.code, counts=True)
    if derive_status(db, ended.batch.id, ended.now_ns) == "unknown":
        record_explanation(db, ended.batch.id, why)


def mark_without_effect(
    db: LedgerSession, ended: EndedAttempt, realm: Realm, api: str, *, was_made: bool, counts: bool
) -> None:
    """
    Record that an attempt certainly had no effect, and restore the batch.

    Args:
        db: The ledger.
        ended: The attempt.
        realm: The app and its mode.
        api: The API that was called.
        was_made: Whether the call was made. If not, the attempt is deleted, unless another sender has taken over and
            closed it as unknown.
        counts: Whether DingTalk counts the call against the monthly quota.
    """
    batch, now_ns = ended.batch, ended.now_ns
    started = db.execute("SELECT started_ns FROM attempts WHERE id = ?", (ended.attempt,)).fetchone()
    if was_made:
        has_changed = _end(db, ended, "refused", "", counts=False)
    else:
        deleted = db.execute("DELETE FROM attempts WHERE id = ? AND ended_ns IS NULL", (ended.attempt,))
        # A sender that has taken over expects all attempts that it found to stay in the ledger.
        has_changed = bool(deleted.rowcount) or _end(db, ended, "refused", "", counts=False)
        if has_changed:
            # SQLite may give its number to a later attempt, made after the batch was queued by hand.
            db.execute(
                "UPDATE batches SET attempts = attempts - 1,"
                " queued_after = queued_after - CASE WHEN queued_after = ? THEN 1 ELSE 0 END WHERE id = ?",
                (ended.attempt, batch.id),
            )
    derive_status(db, batch.id, now_ns)
    if has_changed and not (was_made and counts):
        # A month may have begun since the call was counted.
        uncount_call(db, realm, api, now_ns if started is None else started[0])


def close_abandoned(db: LedgerSession, campaign: int, why: Explanation, now_ns: int, shared_clock_ns: int) -> int:
    """
    Close the attempts that the last sender of a campaign left open, with outcome unknown; return their number.

    The caller must hold the campaign's lease, and must not have begun an attempt. The attempts end now, since the
    actual end of their calls is unknown.
    """
    closed = db.execute(
        "UPDATE attempts SET ended_ns = ?1, outcome = 'unknown',"
        " counts_until_ns = CASE WHEN counts_until_ns > ?2 THEN ?2 ELSE counts_until_ns END"
        " WHERE ended_ns IS NULL AND batch IN (SELECT id FROM batches WHERE campaign = ?3) RETURNING batch",
        (now_ns, shared_clock_ns + MINUTE_NS, campaign),
    ).fetchall()
    for (batch,) in closed:
        if derive_status(db, batch, now_ns) == "unknown":
            record_explanation(db, batch, why)
    return len(closed)


def unacknowledged(db: LedgerSession, lease: Lease, batch: PendingBatch, known: Sequence[int]) -> list[int]:
    """
    Return the open attempts of a batch that the holder of a lease does not know, since the database's answer was lost.

    Args:
        db: The ledger, after a new term has begun.
        lease: The lease with which the attempts began.
        batch: The batch.
        known: The attempts that the holder knows.
    """
    rows = db.execute(
        "SELECT id FROM attempts WHERE batch = ? AND term = ? AND ended_ns IS NULL", (batch.id, lease.term)
    )
    return [attempt for (attempt,) in rows if attempt not in known]


def derive_status(db: LedgerSession, batch: int, now_ns: int) -> str:
    """
    Set the status of a batch according to all its attempts, and return the status; empty if the batch was deleted.

    The status is always derived from the ledger, since another process may have made or closed an attempt meanwhile.
    """
    if db.statements.lock_batch:
        # Without the lock, the next statement could wait for another session, and then use the attempts as they were.
        db.execute(db.statements.lock_batch, (batch,)).fetchone()
    row = db.execute(
        "UPDATE batches SET updated_ns = ?, status = CASE"
        " WHEN EXISTS (SELECT 1 FROM attempts WHERE batch = batches.id AND ended_ns IS NULL AND id > queued_after)"
        " THEN 'sending'"
        " WHEN EXISTS (SELECT 1 FROM attempts WHERE batch = batches.id AND outcome = 'accepted') THEN 'accepted'"
        " WHEN NOT EXISTS (SELECT 1 FROM attempts WHERE batch = batches.id AND outcome IN ('unknown', 'failed')"
        " AND id > queued_after) THEN 'queued'"
        " WHEN EXISTS (SELECT 1 FROM attempts WHERE batch = batches.id AND coalesce(outcome, 'unknown') = 'unknown')"
        " THEN 'unknown' ELSE 'failed' END WHERE id = ? RETURNING status",
        (now_ns, batch),
    ).fetchone()
    status = "" if row is None else str(row[0])
    if status in {"queued", "unknown"}:
        # An attempt without effect does not count as sent.
        db.execute(
            "UPDATE batches SET sent_ns = coalesce((SELECT max(started_ns) FROM attempts WHERE batch = batches.id"
            " AND coalesce(outcome, 'unknown') = 'unknown'), 0) WHERE id = ?",
            (batch,),
        )
    return status


def of_batch(db: LedgerSession, batch: int) -> list[Attempt]:
    """Return the attempts of a batch, oldest first."""
    rows = db.execute(
        "SELECT batch, people, started_ns, ended_ns, outcome, code FROM attempts WHERE batch = ? ORDER BY id", (batch,)
    )
    return [Attempt(*row) for row in rows]


def start_times(db: LedgerSession, batch: int, attempt: int) -> tuple[int, int]:
    """Return when an attempt starts, and when the last other attempt of its batch started; 0 without other attempts."""
    row = db.execute(
        "SELECT CAST(coalesce(max(CASE WHEN id = ? THEN started_ns END), 0) AS BIGINT),"
        " CAST(coalesce(max(CASE WHEN id <> ? THEN started_ns END), 0) AS BIGINT) FROM attempts WHERE batch = ?",
        (attempt, attempt, batch),
    ).fetchone()
    return int(row[0]), int(row[1])


def repeats_another(db: LedgerSession, batch: int, attempt: int) -> bool:
    """Return whether a batch has an earlier attempt that was made since the batch was last queued."""
    cursor = db.execute(
        "SELECT 1 FROM attempts JOIN batches ON batches.id = attempts.batch"
        " WHERE attempts.batch = ? AND attempts.id < ? AND attempts.id > queued_after LIMIT 1",
        (batch, attempt),
    )
    return cursor.fetchone() is not None


def recipients_of_calls(db: LedgerSession, campaign: int) -> list[str]:
    """Return the userids, joined by commas, of each call of a campaign that was or may have been made."""
    rows = db.execute(
        "SELECT coalesce(attempts.userids, batches.userids) FROM batches JOIN attempts ON attempts.batch = batches.id"
        " WHERE batches.campaign = ?",
        (campaign,),
    )
    return [joined for (joined,) in rows]


def _end(db: LedgerSession, ended: EndedAttempt, outcome: str, code: str, *, counts: bool) -> bool:
    """End an attempt whose outcome is not known yet, and return whether there was such an attempt."""
    updated = db.execute(
        "UPDATE attempts SET ended_ns = ?, outcome = ?, code = ?, counts_until_ns = ?"
        " WHERE id = ? AND (ended_ns IS NULL OR outcome = 'unknown')",
        (ended.now_ns, outcome, code, ended.shared_clock_ns + MINUTE_NS if counts else 0, ended.attempt),
    )
    return bool(updated.rowcount)


def _delete_left_out_marks(db: LedgerSession, batch: PendingBatch) -> None:
    """Delete the marks of people left out while the call was under way, since its outcome applies to them too."""
    if batch.is_whole:
        db.execute("DELETE FROM outcomes WHERE batch = ? AND evidence = 'left_out'", (batch.id,))


def record_explanation(db: LedgerSession, batch: int, why: Explanation) -> None:
    """Record why a batch has its status."""
    db.execute(
        "UPDATE batches SET reason = ?, hint = ?, code = ? WHERE id = ?", (why.reason, why.hint, why.code, batch)
    )
