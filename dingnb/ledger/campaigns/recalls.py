"""Accepted batches, and their recall."""

import json
from collections import defaultdict
from typing import NamedTuple

from dingnb.ledger.explanation import Explanation
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class AcceptedBatch(NamedTuple):
    """
    An accepted batch: its people, their keys as JSON, and the time of its recall, if it was recalled.

    `receipt` is empty for cards, which cannot be recalled.

    `missed` are the people who did not get the message from this batch according to DingTalk's result.
    `reached_earlier` are the people in `missed` who got the message from an earlier call, which cannot be recalled
    because it had no answer. `read` are the people who are known to have read the message.
    """

    batch: int
    receipt: str
    sent_ns: int
    recalled_ns: int
    userids: tuple[str, ...]
    keys: str
    missed: frozenset[str]
    reached_earlier: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()

    @property
    def possible_recipients(self) -> list[str]:
        """The userids of the people who got or may have got the message from this batch."""
        return [userid for userid in self.userids if userid not in self.missed]

    def can_be_recalled(self, since_ns: int) -> bool:
        """Return whether the batch can be recalled: it has a receipt, was not recalled, and was sent after a time."""
        return bool(self.receipt) and not self.recalled_ns and self.sent_ns > since_ns


class _Places(NamedTuple):
    """
    Places in a batch.

    Attributes:
        left_out: Places of people whom the batch's last call left out.
        missed: Places of people who did not get the message from the last call.
        reached_earlier: The places in `missed` of people who got the message from an earlier call.
        read: Places of people who have read the message.
    """

    left_out: set[int]
    missed: set[int]
    reached_earlier: set[int]
    read: set[int]


def accepted_batches(db: LedgerSession, campaign: int) -> list[AcceptedBatch]:
    """Return the accepted batches of a campaign, oldest first, without people whom the last call left out."""
    places: defaultdict[int, _Places] = defaultdict(lambda: _Places(set(), set(), set(), set()))
    for batch, place, evidence, status in db.execute(
        "SELECT batch, place, evidence, outcomes.status FROM outcomes JOIN batches ON batches.id = batch"
        " WHERE campaign = ? AND (evidence IN ('left_out', 'duplicate')"
        " OR outcomes.status IN ('read', 'failed', 'filtered', 'invalid'))",
        (campaign,),
    ):
        of_batch = places[batch]
        if status == "read":
            of_batch.read.add(place)
            if evidence not in {"left_out", "duplicate"}:
                continue
        (of_batch.left_out if evidence == "left_out" else of_batch.missed).add(place)
        if evidence == "duplicate":
            of_batch.reached_earlier.add(place)
    rows = db.execute(
        "SELECT id, coalesce(receipt, ''), sent_ns, recalled_ns, userids, keys FROM batches WHERE campaign = ?"
        " AND status = 'accepted' ORDER BY id",
        (campaign,),
    )
    return [_accepted(places[row[0]], *row) for row in rows]


def batches_with_unknown_call(db: LedgerSession, campaign: int) -> set[int]:
    """Return the batches of a campaign with a call of unknown outcome, perhaps besides an accepted call."""
    rows = db.execute(
        "SELECT DISTINCT batch FROM attempts JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND outcome = 'unknown'",
        (campaign,),
    )
    return {batch for (batch,) in rows}


def is_batch_recalled(db: LedgerSession, batch: int) -> bool:
    """Return whether the task of a batch was recalled."""
    cursor = db.execute("SELECT 1 FROM batches WHERE id = ? AND recalled_ns > 0", (batch,))
    return cursor.fetchone() is not None


def set_progress(db: LedgerSession, campaign: int, progress: str) -> None:
    """Record the progress of a recall, as a text; an empty text once the recall is complete."""
    db.execute(
        "INSERT INTO steering (campaign, recall) SELECT id, CAST(? AS TEXT) FROM campaigns WHERE id = ?"
        " ON CONFLICT (campaign) DO UPDATE SET recall = excluded.recall",
        (progress, campaign),
    )


def get_progress(db: LedgerSession, campaign: int) -> str:
    """Return the last recorded progress of a recall that is being made or is incomplete; empty if no recall is."""
    row = db.execute("SELECT recall FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return "" if row is None else str(row[0])


def campaigns_with_progress(db: LedgerSession, realm: Realm) -> list[int]:
    """Return the campaigns of a realm with a recall that is being made or is incomplete."""
    rows = db.execute(
        "SELECT campaign FROM steering JOIN campaigns ON id = campaign WHERE realm = ? AND recall <> ''", (realm.id,)
    )
    return [campaign for (campaign,) in rows]


def record(
    db: LedgerSession, batch: int, why: Explanation, without_result: tuple[str, Explanation], now_ns: int
) -> None:
    """
    Record that a batch was recalled.

    Args:
        db: The ledger.
        batch: The batch.
        why: The reason and hint for people whom the batch had reached; other people keep their status.
        without_result: The status, reason and hint of people without a result so far.
        now_ns: The time.
    """
    db.execute(
        "UPDATE outcomes SET status = 'recalled', reason = ?, hint = ?, code = '', updated_ns = ? WHERE batch = ?"
        " AND status IN ('delivered', 'read') AND evidence = 'result'",
        (why.reason, why.hint, now_ns, batch),
    )
    # The earlier hint may suggest sending the same text again.
    db.execute(
        "UPDATE outcomes SET hint = ? WHERE batch = ? AND status IN ('failed', 'filtered') AND evidence = 'result'",
        (why.hint, batch),
    )
    status, explanation = without_result
    size = db.execute("SELECT size FROM batches WHERE id = ?", (batch,)).fetchone()[0]
    db.executemany(
        "INSERT INTO outcomes (batch, place, status, evidence, reason, hint, updated_ns)"
        " VALUES (?, ?, ?, 'result', ?, ?, ?) ON CONFLICT (batch, place) DO NOTHING",
        ((batch, place, status, explanation.reason, explanation.hint, now_ns) for place in range(size)),
    )
    db.execute("UPDATE batches SET recalled_ns = ? WHERE id = ?", (now_ns, batch))


def _accepted(
    places: _Places, batch: int, receipt: str, sent_ns: int, recalled_ns: int, joined: str, keys: str
) -> AcceptedBatch:
    userids = joined.split(",")
    missed, reached_earlier, read = (
        frozenset(userids[place] for place in some) for some in (places.missed, places.reached_earlier, places.read)
    )
    if places.left_out:
        sent_to = [place for place in range(len(userids)) if place not in places.left_out]
        keys = json.dumps([json.loads(keys)[place] for place in sent_to]) if keys else ""
        userids = [userids[place] for place in sent_to]
    return AcceptedBatch(batch, receipt, sent_ns, recalled_ns, tuple(userids), keys, missed, reached_earlier, read)
