"""Attempts: recorded before a call is made, closed with its outcome, and traced for single recipients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dingnb.ledger.calls import count_call
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession
from dingnb.words import NOTHING, Text


class Why(NamedTuple):
    """Why a batch ended: the reason, a hint and DingTalk's code."""

    reason: Text
    hint: Text = NOTHING
    code: str = ""


NO_REASON = Why(NOTHING)


@dataclass(frozen=True, slots=True)
class PendingBatch:
    """
    A batch still to be sent.

    Attributes:
        id: The batch.
        userids: Its recipients: all people of the batch, or those to whom it is to be repeated.
        body: The exact bytes of `msg`.
        status: ``queued``, or ``unknown`` for a repeat.
        is_whole: Whether these are all people of the batch.
        sent_body: Where the body refers to media, the bytes of the earlier attempt, which a repeat sends.
    """

    id: int
    userids: tuple[str, ...]
    body: bytes
    status: str
    is_whole: bool = True
    sent_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its batch, people, start, end (None if unknown) and outcome."""

    batch: int
    people: int
    started_ns: int
    ended_ns: int | None
    outcome: str | None


def begin(db: LedgerSession, realm: Realm, batch: PendingBatch, api: str, now_ns: int) -> int | None:
    """
    Record that a batch is about to be sent, and count its call; return the number of the attempt.

    Returns None if the batch in the ledger has changed: another process has settled or rebuilt it.
    """
    joined = ",".join(batch.userids)
    # The number may now belong to a batch with other people or bytes, if another process has rebuilt the batches.
    claimed = db.execute(
        "UPDATE batches SET status = 'sending', attempts = attempts + 1, sent_ns = ?, updated_ns = ?"
        " WHERE id = ? AND status = ? AND content = ? AND userids = coalesce(?, userids)",
        (now_ns, now_ns, batch.id, batch.status, batch.body, joined if batch.is_whole else None),
    )
    if not claimed.rowcount:
        return None
    (attempt,) = db.execute(
        "INSERT INTO attempts (realm, batch, userids, people, started_ns) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (realm.id, batch.id, None if batch.is_whole else joined, len(batch.userids), now_ns),
    ).fetchone()
    count_call(db, realm, api, now_ns)
    return int(attempt)


def accept(db: LedgerSession, attempt: int, batch: PendingBatch, receipt: str, now_ns: int) -> None:
    """Record that DingTalk accepted an attempt, with the receipt for reading its results."""
    _end(db, attempt, "accepted", "", now_ns)
    _let_in(db, batch)
    db.execute("UPDATE batches SET receipt = ?, code = '', reason = '', hint = '' WHERE id = ?", (receipt, batch.id))
    derive_status(db, batch.id, now_ns)


def refuse(db: LedgerSession, attempt: int, batch: PendingBatch, why: Why, now_ns: int) -> bool:
    """
    Record that DingTalk refused an attempt for good, and return whether the batch has failed.

    It has not if an earlier attempt may have reached its people.
    """
    _end(db, attempt, "failed", why.code, now_ns)
    if derive_status(db, batch.id, now_ns) != "failed":
        return False
    _let_in(db, batch)
    explain(db, batch.id, why)
    return True


def lose(db: LedgerSession, attempt: int, batch: int, why: Why, now_ns: int) -> None:
    """Record that the outcome of an attempt is unknown."""
    _end(db, attempt, "unknown", why.code, now_ns)
    if derive_status(db, batch, now_ns) == "unknown":
        explain(db, batch, why)


def give_back(
    db: LedgerSession,
    realm: Realm,
    attempt: int,
    batch: PendingBatch,
    api: str,
    now_ns: int,
    *,
    left: bool,
    counts: bool,
) -> None:
    """
    Record that an attempt certainly had no effect, and restore the batch.

    Args:
        db: The ledger.
        realm: The app and its mode.
        attempt: The attempt.
        batch: The batch that it sent.
        api: The API that was called.
        now_ns: The time.
        left: Whether a call was made; if not, the attempt is deleted.
        counts: Whether DingTalk counts the call against the monthly quota.
    """
    if left:
        _end(db, attempt, "refused", "", now_ns)
    else:
        db.execute("DELETE FROM attempts WHERE id = ?", (attempt,))
        db.execute("UPDATE batches SET attempts = attempts - 1 WHERE id = ?", (batch.id,))
    derive_status(db, batch.id, now_ns)
    if not (left and counts):
        count_call(db, realm, api, now_ns, -1)


def take_over(db: LedgerSession, realm: Realm, why: Why, now_ns: int) -> int:
    """
    Close the attempts left open by a dead process as unknown, and return their number.

    The caller must hold the app's sender lock. The attempts end now, since the actual end of their calls is unknown.
    """
    closed = db.execute(
        "UPDATE attempts SET ended_ns = ?, outcome = 'unknown' WHERE realm = ? AND ended_ns IS NULL RETURNING batch",
        (now_ns, realm.id),
    ).fetchall()
    for (batch,) in closed:
        if derive_status(db, batch, now_ns) == "unknown":
            explain(db, batch, why)
    db.execute(
        "UPDATE campaigns SET state = 'interrupted', updated_ns = ? WHERE realm = ? AND state = 'running'",
        (now_ns, realm.id),
    )
    return len(closed)


def derive_status(db: LedgerSession, batch: int, now_ns: int) -> str:
    """
    Set the status of a batch according to all its attempts, and return it.

    It is always derived from the ledger, since another process may have made or closed an attempt meanwhile.
    """
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


def since(db: LedgerSession, realm: Realm, since_ns: int) -> list[Attempt]:
    """Return the attempts of a realm that ended after a time, or whose end is unknown; oldest first."""
    found = db.execute(
        "SELECT batch, people, started_ns, ended_ns, outcome FROM attempts WHERE id >= ? AND realm = ?"
        " AND coalesce(ended_ns, started_ns) > ? ORDER BY id",
        (_first_since(db, since_ns), realm.id, since_ns),
    )
    return [Attempt(*row) for row in found]


def of_batch(db: LedgerSession, batch: int) -> list[Attempt]:
    """Return the attempts of a batch, oldest first."""
    found = db.execute(
        "SELECT batch, people, started_ns, ended_ns, outcome FROM attempts WHERE batch = ? ORDER BY id", (batch,)
    )
    return [Attempt(*row) for row in found]


def sent_to(db: LedgerSession, campaign: int) -> list[str]:
    """Return the recipients of each call of a campaign that was or may have been made: userids joined by commas."""
    found = db.execute(
        "SELECT coalesce(attempts.userids, batches.userids) FROM batches JOIN attempts ON attempts.batch = batches.id"
        " WHERE batches.campaign = ?",
        (campaign,),
    )
    return [joined for (joined,) in found]


def same_bytes(
    db: LedgerSession, realm: Realm, body: tuple[bytes | None, bytes], span_ns: tuple[int, int]
) -> list[tuple[int, str, Sequence[str]]]:
    """
    Return the attempts that sent a body in a span of time: batch, campaign and userids of each.

    Attempts that were certainly refused are left out.

    Args:
        db: The ledger.
        realm: The app and its mode.
        body: Its bytes, None if they are not kept, and their hash.
        span_ns: The start and the end of the span.
    """
    # Another campaign may have kept the bytes.
    is_same = "coalesce(hash, sha256(content)) = ?" if body[0] is None else "(content = ? OR hash = ?)"
    found = db.execute(
        f"{_SAME_BYTES} AND {is_same}",
        (_first_since(db, span_ns[0]), realm.id, *span_ns, *(one for one in body if one is not None)),
    )
    return [(batch, name, userids.split(",")) for batch, name, userids in found]


def sent_between(
    db: LedgerSession, realm: Realm, span_ns: tuple[int, int]
) -> list[tuple[bytes | None, bytes | None, str, Sequence[str]]]:
    """Return the attempts of a span of time: the body or its hash, the campaign, and the userids."""
    found = db.execute(
        "SELECT content, hash, campaigns.name, coalesce(attempts.userids, batches.userids) FROM attempts"
        " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
        " WHERE attempts.id >= ? AND attempts.realm = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
        " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown')",
        (_first_since(db, span_ns[0]), realm.id, *span_ns),
    )
    return [(content, digest, name, userids.split(",")) for content, digest, name, userids in found]


def sent_from_template(
    db: LedgerSession, realm: Realm, message: str, span_ns: tuple[int, int]
) -> list[tuple[bytes | None, bytes | None, str, Sequence[str]]]:
    """Return the same for campaigns with a template, given by its hash, without recalled batches."""
    found = db.execute(
        "SELECT content, hash, campaigns.name, coalesce(attempts.userids, batches.userids) FROM campaigns"
        " JOIN batches ON batches.campaign = campaigns.id JOIN attempts ON attempts.batch = batches.id"
        " WHERE campaigns.realm = ? AND message = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
        " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown') AND recalled_ns = 0",
        (realm.id, message, *span_ns),
    )
    return [(content, digest, name, userids.split(",")) for content, digest, name, userids in found]


_OUT_OF_ORDER_NS = 24 * 3_600 * 1_000_000_000
"""
Tolerance for the search by number: attempts are numbered in the order of their start, but the clock may have been
corrected meanwhile, and an attempt that ended recently may have started much earlier.
"""

_PAGE = 200

_SAME_BYTES = (
    "SELECT attempts.batch, campaigns.name, coalesce(attempts.userids, batches.userids) FROM attempts"
    " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
    " WHERE attempts.id >= ? AND attempts.realm = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
    " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown')"
)


def _first_since(db: LedgerSession, since_ns: int) -> int:
    """Return a lower bound of the numbers of attempts that may be relevant from a time on; saves an index."""
    first: int = _LAST
    while True:
        page = db.execute(
            "SELECT id, started_ns FROM attempts WHERE id < ? ORDER BY id DESC LIMIT ?", (first, _PAGE)
        ).fetchall()
        if not page:
            return first
        first = page[-1][0]
        if all(started_ns < since_ns - _OUT_OF_ORDER_NS for _, started_ns in page):
            return first


_LAST = 2**63 - 1


def _end(db: LedgerSession, attempt: int, outcome: str, code: str, now_ns: int) -> None:
    db.execute("UPDATE attempts SET ended_ns = ?, outcome = ?, code = ? WHERE id = ?", (now_ns, outcome, code, attempt))


def _let_in(db: LedgerSession, batch: PendingBatch) -> None:
    """Remove the marks of people who were left out while the call was under way: its outcome applies to them too."""
    if batch.is_whole:
        db.execute("DELETE FROM outcomes WHERE batch = ? AND evidence = 'left_out'", (batch.id,))


def explain(db: LedgerSession, batch: int, why: Why) -> None:
    """Record why a batch has its status."""
    db.execute(
        "UPDATE batches SET reason = ?, hint = ?, code = ? WHERE id = ?", (why.reason, why.hint, why.code, batch)
    )


class TracedCall(NamedTuple):
    """
    A call made for a person.

    `ended_ns` and `outcome` (``accepted``, ``refused``, ``unknown``) are None if its end is unknown; `code` is
    DingTalk's, `people` the number of people in the call.
    """

    started_ns: int
    ended_ns: int | None
    outcome: str | None
    code: str
    people: int


@dataclass(frozen=True, slots=True)
class Trace:
    """
    The calls and the text of one person's message.

    Attributes:
        calls: The calls made for this person with this text, oldest first.
        content: The body, `msg` as sent; None if only its hash is kept, or nothing is recorded.
        recalled_ns: When the task was recalled; 0 if it was not.
    """

    calls: tuple[TracedCall, ...] = ()
    content: bytes | None = None
    recalled_ns: int = 0


def of_person(db: LedgerSession, batch: int, place: int) -> Trace:
    """Return the trace of the person at a place of a batch, including older batches with the same text."""
    row = db.execute("SELECT content, recalled_ns, userids FROM batches WHERE id = ?", (batch,)).fetchone()
    if row is None:
        return Trace()
    content, recalled_ns, joined = row
    userid = joined.split(",")[place]
    found = db.execute(
        "WITH RECURSIVE same (batch, place) AS (SELECT CAST(? AS BIGINT), CAST(? AS BIGINT)"
        " UNION SELECT moves.batch, moves.place FROM moves"
        " JOIN same ON to_batch = same.batch AND to_place = same.place WHERE same_text = 1)"
        " SELECT started_ns, ended_ns, CASE outcome WHEN 'failed' THEN 'refused' ELSE outcome END, code, people,"
        " userids FROM attempts WHERE batch IN (SELECT batch FROM same) ORDER BY id",
        (batch, place),
    )
    # A repeat may be for fewer people than the batch.
    calls = [TracedCall(*call) for *call, who in found if who is None or userid in who.split(",")]
    return Trace(tuple(calls), content, recalled_ns)
