"""Finds attempts by what they sent, and when."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_digests


class SameBodyAttempt(NamedTuple):
    """An attempt that sent a body: its batch, the name of the campaign, whether it was accepted, and its people."""

    batch: int
    campaign: str
    is_accepted: bool
    userids: Sequence[str]


def with_same_body(
    db: LedgerSession, realm: Realm, body: tuple[bytes | None, bytes], span_ns: tuple[int, int]
) -> list[SameBodyAttempt]:
    """
    Return the attempts in a span of time that sent a body, oldest first, except attempts that were certainly refused.

    Args:
        db: The ledger.
        realm: The app and its mode.
        body: The bytes of the body, None if they are not kept, and their hash.
        span_ns: The start and the end of the span.
    """
    # Another campaign may have kept the bytes where this campaign has only their hash.
    is_same = "coalesce(hash, sha256(content)) = ?" if body[0] is None else "(content = ? OR hash = ?)"
    rows = db.execute(
        f"{_SAME_BYTES} AND {is_same} ORDER BY attempts.id",
        (_first_since(db, span_ns[0]), realm.id, *span_ns, *(part for part in body if part is not None)),
    )
    return [
        SameBodyAttempt(batch, name, outcome == "accepted", userids.split(","))
        for batch, name, outcome, userids in rows
    ]


class SentBody(NamedTuple):
    """
    An attempt that DingTalk delivered, or may have delivered; of a call to people with different bodies, one person's.

    Attributes:
        content: The body; None if only its hash is kept, or if the people of the call have different bodies.
        digest: The hash of the body; None while the body itself is kept.
        campaign: The name of the campaign.
        started_ns: The start of the attempt.
        userids: The people who have or may have the message: all people of the attempt, except those known to have
            missed it.
        unknown: The people in `userids` for whom the outcome is unknown.
        is_under_way: Whether the attempt has no recorded end: the call is being made, or the process died.
        is_recalled: Whether the batch was recalled.
    """

    content: bytes | None
    digest: bytes | None
    campaign: str
    started_ns: int
    userids: Sequence[str]
    unknown: Sequence[str] = ()
    is_under_way: bool = False
    is_recalled: bool = False


_SENT_BODIES = (
    "SELECT batches.id, content, hash, campaigns.name, started_ns, coalesce(attempts.userids, batches.userids),"
    " outcome, recalled_ns"
)


def sent_between(db: LedgerSession, realm: Realm, span_ns: tuple[int, int]) -> list[SentBody]:
    """Return the attempts of a realm in a span of time that DingTalk may have delivered, and to whom."""
    cursor = db.execute(
        f"{_SENT_BODIES} FROM attempts"
        " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
        " WHERE attempts.id >= ? AND attempts.realm = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
        " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown')",
        (_first_since(db, span_ns[0]), realm.id, *span_ns),
    )
    return _sent_bodies(db, cursor.fetchall())


def has_accepted_since(db: LedgerSession, realm: Realm, since_ns: int) -> bool:
    """Return whether DingTalk has accepted a call that was started after a time."""
    cursor = db.execute(
        "SELECT 1 FROM attempts WHERE id >= ? AND realm = ? AND started_ns > ? AND outcome = 'accepted' LIMIT 1",
        (_first_since(db, since_ns), realm.id, since_ns),
    )
    return cursor.fetchone() is not None


def sent_from_template(
    db: LedgerSession, realm: Realm, message_digest: str, span_ns: tuple[int, int]
) -> list[SentBody]:
    """
    Return the attempts of campaigns with a template, given by its hash, that DingTalk may have delivered in a span.

    Attempts of batches that were recalled are left out.
    """
    cursor = db.execute(
        f"{_SENT_BODIES} FROM campaigns"
        " JOIN batches ON batches.campaign = campaigns.id JOIN attempts ON attempts.batch = batches.id"
        " WHERE campaigns.realm = ? AND message = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
        " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown') AND recalled_ns = 0",
        (realm.id, message_digest, *span_ns),
    )
    return _sent_bodies(db, cursor.fetchall())


def _sent_bodies(db: LedgerSession, rows: Sequence[tuple[Any, ...]]) -> list[SentBody]:
    """Return the attempts in the rows of `_SENT_BODIES`, without the people whom they are known to have missed."""
    if not rows:
        return []
    numbers = [row[0] for row in rows]
    own_digests = _own_digests(db, min(numbers), max(numbers))
    missed: defaultdict[int, set[str]] = defaultdict(set)
    with_known_outcome: defaultdict[int, set[str]] = defaultdict(set)
    for batch, place, status, userids in db.execute(
        "SELECT batch, place, outcomes.status, userids FROM outcomes JOIN batches ON batches.id = batch"
        " WHERE batch BETWEEN ? AND ? AND (outcomes.status IN ('failed', 'filtered', 'invalid')"
        " OR batches.status != 'accepted' AND outcomes.status != 'unknown')",
        (min(numbers), max(numbers)),
    ):
        people = missed if status in {"failed", "filtered", "invalid"} else with_known_outcome
        people[batch].add(userids.split(",")[place])

    def without(userids: list[str], people: set[str] | None) -> list[str]:
        return [userid for userid in userids if userid not in people] if people else userids

    sent = []
    for batch, content, digest, name, at_ns, who, outcome, recalled_ns in rows:
        userids = without(who.split(","), missed.get(batch))
        unknown = () if outcome == "accepted" else without(userids, with_known_outcome.get(batch))
        body = SentBody(content, digest, name, at_ns, userids, unknown, outcome is None, bool(recalled_ns))
        if batch not in own_digests:
            sent.append(body)
            continue
        for userid in userids:
            own_unknown = [userid] if userid in unknown else []
            own = body._replace(content=None, digest=own_digests[batch][userid], userids=[userid], unknown=own_unknown)
            sent.append(own)
    return sent


def _own_digests(db: LedgerSession, first: int, last: int) -> dict[int, dict[str, bytes]]:
    """Return the hash of each person's body, by userid, for batches in a range whose people have different bodies."""
    rows = db.execute(
        "SELECT batch, userids, digests FROM own_digests JOIN batches ON batches.id = batch"
        " WHERE batch BETWEEN ? AND ?",
        (first, last),
    )
    return {batch: dict(zip(userids.split(","), split_digests(joined), strict=True)) for batch, userids, joined in rows}


_OUT_OF_ORDER_NS = 24 * 3_600 * 1_000_000_000
"""
Tolerance of the search by number. Attempts are numbered in the order of their starts, but the clock may have been
corrected in between, and an attempt that ended recently may have started much earlier.
"""

_PAGE = 200
"""Number of attempts that the search by number reads at once."""

_SAME_BYTES = (
    "SELECT attempts.batch, campaigns.name, attempts.outcome, coalesce(attempts.userids, batches.userids) FROM attempts"
    " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
    " WHERE attempts.id >= ? AND attempts.realm = ? AND attempts.started_ns >= ? AND attempts.started_ns < ?"
    " AND coalesce(attempts.outcome, 'unknown') IN ('accepted', 'unknown')"
)


def _first_since(db: LedgerSession, since_ns: int) -> int:
    """Return a lower bound of the numbers of the attempts since a time, which is found without an index."""
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
"""The highest number that an attempt can have."""
