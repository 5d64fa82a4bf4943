"""
People with unknown outcome, and what a person decides about them.

A person's outcome is the batch's outcome, unless the person has an outcome of their own.
"""

from dingnb.ledger.campaigns import moves
from dingnb.ledger.campaigns.batches import IS_QUEUED_AGAIN, absent_places
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.cards import recipient_key
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending.attempts import derive_status, record_explanation
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text

_IS_UNKNOWN = f"(batches.status IN ('unknown', 'sending') OR {IS_QUEUED_AGAIN})"
"""Batches whose people may have the message, unless they have an outcome of their own."""


def places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """
    Return the batch and place of each person with unknown outcome.

    People left unknown by a decision, sent to again, or removed from the campaign by a later plan are included.
    """
    with_unknown_outcome = db.execute(
        "SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND outcomes.status = 'unknown'",
        (campaign,),
    )
    return {*_places_without_own_outcome(db, campaign), *with_unknown_outcome}


def _places_without_own_outcome(db: LedgerSession, campaign: int, condition: str = _IS_UNKNOWN) -> set[BatchPlace]:
    """Return the places whose people have no outcome of their own, in batches that meet a condition."""
    rows = db.execute(
        f"SELECT id, size FROM batches WHERE campaign = ? AND {condition}",  # noqa: S608 - our own condition
        (campaign,),
    ).fetchall()
    with_own_outcome = db.execute(
        f"SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ? AND {condition}",  # noqa: S608 - our own condition
        (campaign,),
    )
    return {(batch, place) for batch, size in rows for place in range(size)}.difference(with_own_outcome)


def places_of_person(db: LedgerSession, root: int, userid: str, key: str | None) -> list[BatchPlace]:
    """
    Return the places of a person in the batches of a poll whose outcome is unknown, including batches queued again.

    Args:
        db: The ledger.
        root: The campaign that asked first.
        userid: The person.
        key: The person's key, as of `CardRow.recipient_key`; places with other keys belong to other messages.
    """
    rows = db.execute(
        "SELECT id, userids, keys FROM batches WHERE campaign IN (SELECT campaign FROM polls WHERE root = ?)"  # noqa: S608 - our own condition
        f" AND (status = 'unknown' OR {IS_QUEUED_AGAIN})",
        (root,),
    )
    people = ((batch, joined.split(","), keys) for batch, joined, keys in rows)
    return [
        (batch, userids.index(userid))
        for batch, userids, keys in people
        if userid in userids and recipient_key(userids, keys, userid) == key
    ]


def has_code(db: LedgerSession, campaign: int, code: str) -> bool:
    """Return whether a batch of a campaign has an unknown outcome with this code of DingTalk."""
    cursor = db.execute(
        "SELECT 1 FROM batches WHERE campaign = ? AND status = 'unknown' AND code = ?", (campaign, code)
    )
    return cursor.fetchone() is not None


def count_undecided(db: LedgerSession, campaign: int) -> int:
    """
    Return the number of people with unknown outcome about whom the analyst has not decided.

    The analyst decides to leave people unknown, to send to them again, or, in a later plan, to remove them.
    """
    decided = db.execute(
        "SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND outcomes.status = 'unknown' AND evidence = 'resolved'",
        (campaign,),
    )
    queued_again = _places_without_own_outcome(db, campaign, IS_QUEUED_AGAIN)
    no_longer_counting = moves.moved_places(db, campaign)
    return len(places(db, campaign).difference(decided, absent_places(db, campaign), queued_again, no_longer_counting))


def resendable_places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """
    Return the batch and place of each person who is sent to after a decision to send again.

    The places are in batches with unknown outcome, including batches queued again before; their people have no outcome
    of their own, and no later plan has removed them from the campaign.
    """
    return _places_without_own_outcome(db, campaign) - absent_places(db, campaign)


def queue_again(db: LedgerSession, campaign: int, now_ns: int) -> None:
    """
    Queue the batches of a campaign with unknown outcome again, by the analyst's decision.

    Batches that a dead process left open are queued, too, so no process may be sending the campaign.
    """
    queued = db.execute(
        "UPDATE batches SET reason = '', hint = '', code = '',"
        " queued_after = (SELECT coalesce(max(id), 0) FROM attempts WHERE batch = batches.id)"
        " WHERE campaign = ? AND status IN ('unknown', 'sending')"
        " AND (SELECT count(*) FROM outcomes WHERE batch = batches.id) < size RETURNING id",
        (campaign,),
    ).fetchall()
    for (batch,) in queued:
        derive_status(db, batch, now_ns)
        record_explanation(db, batch, Explanation(Text("result.queued_again"), Text("result.queued_again_todo")))


def dequeue_decided(db: LedgerSession, campaign: int, now_ns: int) -> None:
    """Take batches that were queued again off the queue if all their people have outcomes of their own."""
    _dequeue(db, "campaign = ?", campaign, now_ns)


def dequeue_answered(db: LedgerSession, batch: int, now_ns: int) -> None:
    """Take a batch off the queue if it was queued again, and all its people have outcomes of their own."""
    _dequeue(db, "id = ?", batch, now_ns)


def _dequeue(db: LedgerSession, condition: str, value: int, now_ns: int) -> None:
    settled = db.execute(
        f"UPDATE batches SET queued_after = 0 WHERE {condition} AND {IS_QUEUED_AGAIN}"  # noqa: S608 - our own conditions
        " AND size <= (SELECT count(*) FROM outcomes WHERE batch = batches.id) RETURNING id",
        (value,),
    ).fetchall()
    for (batch,) in settled:
        derive_status(db, batch, now_ns)
