"""Batches: recorded with a plan, and read for sending and for results."""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from dingnb.ledger.campaigns import media, moves, outcomes, recipient_fields, rejected_rows
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.pages import joined_pages
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.realm import Realm
from dingnb.ledger.sending.attempts import PendingBatch, derive_status, explain
from dingnb.ledger.session import LedgerSession, digest_of
from dingnb.ledger.statements import FIELD_SEPARATOR
from dingnb.words import Text

_PAGE = 100

NUMERIC_COLUMNS = ("id", "size", "receipt", "attempts", "sent_ns", "updated_ns")
"""Numeric columns of `pages`; a receipt of -1 means none."""

FACTS_SEPARATOR = "\n"
"""Separates the facts of the rows of a page; they cannot contain it. Numbers are separated by commas."""

_DIGEST_BYTES = 32
_IS_REPEAT = "(batches.status = 'queued' AND queued_after > 0)"
"""Batches with unknown outcome that a person has queued again, until their repeat begins."""

_IS_UNKNOWN = f"(batches.status IN ('unknown', 'sending') OR {_IS_REPEAT})"
"""Batches whose people may have the message, unless they have an outcome of their own."""


def read_facts(line: str) -> tuple[Any, ...]:
    """Return the facts of a row of `pages`, here or of `dingnb.ledger.campaigns.outcomes`, with texts as `Text`."""
    if line.startswith("["):
        status, reason, hint, *rest = json.loads(line)
    else:
        status, reason, hint, *rest = line.split(FIELD_SEPARATOR)
        if rest[1:]:
            code, evidence, was_read = rest
            rest = [code, evidence, int(was_read) if was_read else None]
    return status, Text.from_json(reason), Text.from_json(hint), *rest


class NewBatch(NamedTuple):
    """A batch to record: its body, its people joined by commas, their number, and their keys as JSON."""

    body: bytes
    userids: str
    size: int
    keys: str = ""


class BatchRow(NamedTuple):
    """
    A batch for comparison with a later plan: its number, its people, their keys as JSON, its status, its body's hash.

    `is_repeat` means that it is queued after a call with unknown outcome, so its people may have the message.
    """

    id: int
    userids: str
    keys: str
    status: str
    digest: bytes
    is_repeat: bool


class OpenTask(NamedTuple):
    """An accepted batch with outcomes that may still change."""

    batch: int
    receipt: str
    sent_ns: int
    userids: tuple[str, ...]


class MissedPerson(NamedTuple):
    """
    A person who did not get the message according to DingTalk's result.

    `keys` are the person's keys in the batch, None without keys. `content` is the body, None if it is not kept.
    """

    batch: int
    place: int
    userid: str
    keys: list[str] | None
    status: str
    code: str
    evidence: str
    sent_ns: int
    content: bytes | None


class AcceptedBatch(NamedTuple):
    """
    An accepted batch, which can be or was recalled: its people, their keys as JSON, and the time of the recall.

    `missed` are the people who did not get the message from this batch according to DingTalk's result. Of these,
    `reached_earlier` got it from an earlier call, which cannot be recalled because it had no answer.
    """

    batch: int
    receipt: str
    sent_ns: int
    recalled_ns: int
    userids: tuple[str, ...]
    keys: str
    missed: frozenset[str]
    reached_earlier: frozenset[str] = frozenset()


def add_batches(db: LedgerSession, campaign: int, batches: Iterable[tuple[bytes, str, int, str]]) -> int:
    """Record new batches (`NewBatch`) as queued, and return the number of the first; the others follow it."""
    # Not the highest number in the table: a sender may still refer to a deleted batch.
    (first,) = db.execute("SELECT next FROM numbers WHERE name = 'batches'").fetchone()
    numbers = itertools.count(first)
    rows = ((next(numbers), campaign, *batch) for batch in batches)
    db.insert("batches", ("id", "campaign", "content", "userids", "size", "keys"), rows)
    db.execute("UPDATE numbers SET next = ? WHERE name = 'batches'", (next(numbers),))
    return int(first)


def of_campaign(db: LedgerSession, campaign: int) -> list[BatchRow]:
    """Return all batches of a campaign, oldest first."""
    found = db.execute(
        f"SELECT id, userids, keys, status, content, hash, {_IS_REPEAT}"  # noqa: S608 - our own condition
        " FROM batches WHERE campaign = ? ORDER BY id",
        (campaign,),
    )
    return [
        BatchRow(batch, userids, keys, status, digest or digest_of(content), bool(is_repeat))
        for batch, userids, keys, status, content, digest, is_repeat in found
    ]


def cancel(db: LedgerSession, batches: Iterable[int], why: Explanation, now_ns: int) -> None:
    """
    Cancel queued batches, whose people are now in other batches, or are not sent to.

    They stay in the ledger, so that their people can be shown, with the hashes of their texts.
    """
    db.executemany(
        "UPDATE batches SET status = 'cancelled', hash = coalesce(hash, sha256(content)), content = NULL,"
        " reason = ?, hint = ?, updated_ns = ? WHERE id = ? AND status = 'queued'",
        ((why.reason, why.hint, now_ns, batch) for batch in batches),
    )


def queued(db: LedgerSession, campaign: int) -> Iterator[PendingBatch]:
    """Yield the queued batches of a campaign in order, reading some at a time."""
    last = 0
    while True:
        page = db.execute(
            "SELECT id, userids, content, attempts FROM batches WHERE campaign = ? AND status = 'queued'"
            " AND content IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
            (campaign, last, _PAGE),
        ).fetchall()
        for batch, joined, content, attempts in page:
            if not attempts:
                yield PendingBatch(batch, tuple(joined.split(",")), content, "queued")
            # The analyst may have left people out of a batch that is queued again.
            elif (pending := _pending(db, batch, joined, content, "queued")) is not None:
                yield pending
        if len(page) < _PAGE:
            return
        last = page[-1][0]


def with_unknown_outcome(db: LedgerSession, campaign: int, status: str = "unknown") -> list[PendingBatch]:
    """
    Return the batches of a campaign with unknown outcome, with those of their people who have no outcome of their own.

    With the status ``sending``, return the batches under way, including those that a dead process left open.
    """
    found = db.execute(
        "SELECT id, userids, content, (SELECT body FROM sent_bodies WHERE batch = id) FROM batches"
        " WHERE campaign = ? AND status = ? AND content IS NOT NULL ORDER BY id",
        (campaign, status),
    ).fetchall()
    pending = (_pending(db, batch, joined, content, status, sent) for batch, joined, content, sent in found)
    return [batch for batch in pending if batch is not None]


def count_queued(db: LedgerSession, campaign: int, *, with_repeats: bool = True) -> int:
    """Return the number of people in the batches of `queued`; without repeats, of those who were not sent to yet."""
    found = db.execute(
        "SELECT CAST(coalesce(sum(size - (SELECT count(*) FROM outcomes WHERE attempts > 0 AND batch = batches.id)), 0)"
        " AS BIGINT)"
        " FROM batches WHERE campaign = ? AND status = 'queued' AND content IS NOT NULL"
        " AND (queued_after = 0 OR ? = 1)",
        (campaign, int(with_repeats)),
    )
    n: int = found.fetchone()[0]
    return n


def queued_userids(db: LedgerSession, campaign: int) -> set[str]:
    """Return the people of queued batches."""
    found = db.execute("SELECT userids FROM batches WHERE campaign = ? AND status = 'queued'", (campaign,))
    return {userid for (joined,) in found for userid in joined.split(",") if userid}


def count_by_status(db: LedgerSession, campaign: int) -> dict[str, tuple[int, int]]:
    """
    Return the numbers of batches and of their people, by status.

    People who were left out of the accepted call of their batch count as unknown, since its earlier call had no answer.
    """
    found = db.execute(
        "SELECT status, count(*), CAST(sum(size) AS BIGINT) FROM batches WHERE campaign = ? GROUP BY status",
        (campaign,),
    )
    # A person who was sent to again is counted once.
    moved = moves.count_by_status(db, campaign)
    counts = {status: (n, people - moved.get(status, 0)) for status, n, people in found}
    left_out = outcomes.count_left_out(db, campaign)
    if left_out:
        (accepted, reached), (unknown, people) = counts["accepted"], counts.get("unknown", (0, 0))
        counts |= {"accepted": (accepted, reached - left_out), "unknown": (unknown, people + left_out)}
    # Cancelled batches whose people were all moved are empty.
    return {status: count for status, count in counts.items() if status != "cancelled" or count[1]}


def is_open(db: LedgerSession, campaign: int) -> bool:
    """Return whether any batch is queued or under way."""
    found = db.execute(
        "SELECT 1 FROM batches WHERE campaign = ? AND status IN ('queued', 'sending') LIMIT 1", (campaign,)
    )
    return found.fetchone() is not None


def count_attempts(db: LedgerSession, campaign: int) -> int:
    """Return the number of calls made for a campaign."""
    found = db.execute("SELECT CAST(coalesce(sum(attempts), 0) AS BIGINT) FROM batches WHERE campaign = ?", (campaign,))
    n: int = found.fetchone()[0]
    return n


def count_open_attempts(db: LedgerSession, campaign: int) -> int:
    """Return the number of calls of a campaign without a recorded answer, which may have been made."""
    found = db.execute(
        "SELECT count(*) FROM attempts JOIN batches ON batches.id = batch WHERE campaign = ? AND ended_ns IS NULL",
        (campaign,),
    )
    n: int = found.fetchone()[0]
    return n


def count_attempts_since(db: LedgerSession, realm: Realm, since_ns: int) -> dict[int, tuple[int, int]]:
    """Return the number of calls made for each campaign of a realm that has any, in total and since a time."""
    found = db.execute(
        "SELECT campaign, count(*), count(CASE WHEN started_ns >= ? THEN 1 END) FROM attempts"
        " JOIN batches ON batches.id = batch JOIN campaigns ON campaigns.id = campaign WHERE campaigns.realm = ?"
        " GROUP BY campaign",
        (since_ns, realm.id),
    )
    return {campaign: (calls, recent) for campaign, calls, recent in found}


def unknown_places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """
    Return the batch and place of each person with unknown outcome.

    They include people left unknown by a decision, sent to again, or removed from the campaign by a later plan.
    """
    themselves = db.execute(
        "SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND outcomes.status = 'unknown'",
        (campaign,),
    )
    return {*_places_with_their_batch(db, campaign), *themselves}


def _places_with_their_batch(db: LedgerSession, campaign: int, condition: str = _IS_UNKNOWN) -> set[BatchPlace]:
    """Return the places in batches of a condition whose people have no outcome of their own."""
    found = db.execute(
        f"SELECT id, size FROM batches WHERE campaign = ? AND {condition}",  # noqa: S608 - our own condition
        (campaign,),
    ).fetchall()
    settled = db.execute(
        f"SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ? AND {condition}",  # noqa: S608 - our own condition
        (campaign,),
    )
    return {(batch, place) for batch, size in found for place in range(size)}.difference(settled)


def has_unknown(db: LedgerSession, campaign: int, code: str) -> bool:
    """Return whether the outcome of a batch is unknown with an error code of DingTalk."""
    found = db.execute("SELECT 1 FROM batches WHERE campaign = ? AND status = 'unknown' AND code = ?", (campaign, code))
    return found.fetchone() is not None


def count_undecided(db: LedgerSession, campaign: int) -> int:
    """
    Return the number of people with unknown outcome about whom the analyst has not decided.

    The decision is to leave them unknown, to send to them again, or, in a later plan, to remove them.
    """
    decided = db.execute(
        "SELECT batch, place FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND outcomes.status = 'unknown' AND (evidence = 'resolved' OR EXISTS"
        " (SELECT 1 FROM absent WHERE absent.batch = outcomes.batch AND absent.place = outcomes.place))",
        (campaign,),
    )
    queued_again = _places_with_their_batch(db, campaign, _IS_REPEAT)
    return len(unknown_places(db, campaign).difference(decided, queued_again, moves.moved_places(db, campaign)))


def places_to_queue_again(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """
    Return the batch and place of each person whom `queue_again` queues.

    These are the people of batches with unknown outcome who have no outcome of their own, and whom no later plan has
    removed from the campaign.
    """
    return _places_with_their_batch(db, campaign) - absent_places(db, campaign)


def absent_places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """Return the batch and place of each person whom later plans have removed from a campaign."""
    found = db.execute(
        "SELECT batch, place FROM absent JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return set(found.fetchall())


def queue_again(db: LedgerSession, campaign: int, now_ns: int) -> None:
    """
    Queue the batches of a campaign with unknown outcome again, by the analyst's decision.

    They include batches that a dead process left open, so no process may be sending the campaign.
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
        explain(db, batch, Explanation(Text("result.queued_again"), Text("result.queued_again_todo")))


def dequeue_settled(db: LedgerSession, campaign: int, now_ns: int) -> None:
    """Take batches that were queued again off the queue if all their people have outcomes of their own."""
    settled = db.execute(
        "UPDATE batches SET queued_after = 0 WHERE campaign = ? AND status = 'queued' AND queued_after > 0"
        " AND size <= (SELECT count(*) FROM outcomes WHERE batch = batches.id) RETURNING id",
        (campaign,),
    ).fetchall()
    for (batch,) in settled:
        derive_status(db, batch, now_ns)


def open_tasks(db: LedgerSession, campaign: int, final: Iterable[str], since_ns: int) -> list[OpenTask]:
    """
    Return the accepted batches with outcomes that are not final.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        final: The final statuses.
        since_ns: Only batches sent after this time are returned.
    """
    statuses = tuple(final)
    marks = ", ".join("?" * len(statuses))
    found = db.execute(
        f"SELECT id, receipt, sent_ns, userids FROM batches WHERE campaign = ? AND receipt IS NOT NULL"  # noqa: S608 - our own question marks
        f" AND status = 'accepted' AND recalled_ns = 0 AND sent_ns > ?"
        f" AND size > (SELECT count(*) FROM outcomes WHERE batch = batches.id"
        f" AND (status IN ({marks}) OR evidence <> 'result')) ORDER BY id",
        (campaign, since_ns, *statuses),
    )
    return [OpenTask(batch, receipt, sent, tuple(userids.split(","))) for batch, receipt, sent, userids in found]


def missed_people(db: LedgerSession, campaign: int) -> list[MissedPerson]:
    """
    Return the people who did not get the message according to DingTalk's results, in the order of batches.

    People in a newer batch, people removed from the campaign by the analyst, and people in recalled batches are left
    out.
    """
    found = db.execute(
        "SELECT batches.id, place, userids, keys, outcomes.status, outcomes.code, evidence, sent_ns, content"
        " FROM batches JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND recalled_ns = 0"
        " AND outcomes.status IN ('failed', 'filtered') AND NOT EXISTS"
        " (SELECT 1 FROM moves WHERE moves.batch = outcomes.batch AND moves.place = outcomes.place)"
        " AND NOT EXISTS (SELECT 1 FROM absent WHERE absent.batch = outcomes.batch AND absent.place = outcomes.place)"
        " ORDER BY batches.id, place",
        (campaign,),
    )
    return [
        MissedPerson(batch, place, userids.split(",")[place], json.loads(keys)[place] if keys else None, *rest)
        for batch, place, userids, keys, *rest in found
    ]


def accepted(db: LedgerSession, campaign: int) -> list[AcceptedBatch]:
    """Return the accepted batches of a campaign, oldest first, without people whom the last call left out."""
    places: defaultdict[int, _Places] = defaultdict(lambda: _Places(set(), set(), set()))
    for batch, place, evidence in db.execute(
        "SELECT batch, place, evidence FROM outcomes JOIN batches ON batches.id = batch WHERE campaign = ?"
        " AND (evidence IN ('left_out', 'duplicate') OR outcomes.status IN ('failed', 'filtered', 'invalid'))",
        (campaign,),
    ):
        of_batch = places[batch]
        (of_batch.left_out if evidence == "left_out" else of_batch.missed).add(place)
        if evidence == "duplicate":
            of_batch.reached_earlier.add(place)
    found = db.execute(
        "SELECT id, receipt, sent_ns, recalled_ns, userids, keys FROM batches WHERE campaign = ?"
        " AND status = 'accepted' AND receipt IS NOT NULL ORDER BY id",
        (campaign,),
    )
    return [_accepted(places[row[0]], *row) for row in found]


class _Places(NamedTuple):
    """The places of a batch that its last call left out, that missed its message, or got it from an earlier call."""

    left_out: set[int]
    missed: set[int]
    reached_earlier: set[int]


def is_recalled(db: LedgerSession, batch: int) -> bool:
    """Return whether the task of a batch was recalled."""
    found = db.execute("SELECT 1 FROM batches WHERE id = ? AND recalled_ns > 0", (batch,))
    return found.fetchone() is not None


def record_absent(db: LedgerSession, removed: Iterable[tuple[int, int]], returned: Iterable[tuple[int, int]]) -> None:
    """Record who was removed from a campaign, and who is in it again, by batch and place."""
    db.executemany("DELETE FROM absent WHERE batch = ? AND place = ?", returned)
    db.executemany("INSERT INTO absent VALUES (?, ?) ON CONFLICT (batch, place) DO NOTHING", removed)


def contents(db: LedgerSession, batches: Iterable[int]) -> dict[int, bytes]:
    """Return the bodies of batches that are still to be sent, by batch."""
    found = (
        (batch, db.execute("SELECT content FROM batches WHERE id = ? AND content IS NOT NULL", (batch,)).fetchone())
        for batch in batches
    )
    return {batch: row[0] for batch, row in found if row is not None}


def record_recall(
    db: LedgerSession, batch: int, why: Explanation, without_result: tuple[str, Explanation], now_ns: int
) -> None:
    """
    Record that a batch was recalled.

    Args:
        db: The ledger.
        batch: The batch.
        why: The reason and hint for people whom it had reached; others keep their status.
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
        "UPDATE outcomes SET hint = ? WHERE batch = ? AND status = 'failed' AND evidence = 'result'", (why.hint, batch)
    )
    status, explanation = without_result
    size = db.execute("SELECT size FROM batches WHERE id = ?", (batch,)).fetchone()[0]
    db.executemany(
        "INSERT INTO outcomes (batch, place, status, evidence, reason, hint, updated_ns)"
        " VALUES (?, ?, ?, 'result', ?, ?, ?) ON CONFLICT (batch, place) DO NOTHING",
        ((batch, place, status, explanation.reason, explanation.hint, now_ns) for place in range(size)),
    )
    db.execute("UPDATE batches SET recalled_ns = ? WHERE id = ?", (now_ns, batch))


def texts_of(db: LedgerSession, campaign: int) -> dict[int, str]:
    """Return the text of each batch, `msg` as sent, where more than its hash is kept."""
    found = db.execute("SELECT id, content FROM batches WHERE campaign = ? AND content IS NOT NULL", (campaign,))
    return {batch: content.decode() for batch, content in found}


def without_text(db: LedgerSession, campaign: int) -> list[int]:
    """Return the batches of a campaign that were not recalled and have only the hash of their text."""
    found = db.execute("SELECT id FROM batches WHERE campaign = ? AND content IS NULL AND recalled_ns = 0", (campaign,))
    return [batch for (batch,) in found]


def distinct_bodies(db: LedgerSession, campaign: int) -> list[tuple[int, bytes]]:
    """Return the number of people and the body of each distinct stored body, in the order of recording."""
    found = db.execute(
        "SELECT CAST(sum(size) AS BIGINT), content FROM batches WHERE campaign = ? AND content IS NOT NULL"
        " GROUP BY content ORDER BY min(id)",
        (campaign,),
    )
    return found.fetchall()


def body_of(db: LedgerSession, batch: int) -> tuple[bytes | None, bytes]:
    """Return the body of a batch, None if it is not kept, and its hash."""
    content, digest = db.execute("SELECT content, hash FROM batches WHERE id = ?", (batch,)).fetchone()
    return content, digest or digest_of(content)


def delete_texts(db: LedgerSession, campaign: int) -> None:
    """
    Delete the texts of a campaign, and the stored columns of its recipients.

    Hashes of the texts are kept, and the texts of batches that may have to be sent again. What rejected rows say is
    deleted, too.
    """
    db.execute("DELETE FROM templates WHERE campaign = ?", (campaign,))
    recipient_fields.delete(db, campaign)
    rejected_rows.delete_texts(db, campaign)
    db.execute(
        "UPDATE batches SET hash = sha256(content), content = NULL WHERE campaign = ? AND content IS NOT NULL"
        " AND status NOT IN ('queued', 'sending', 'unknown')",
        (campaign,),
    )
    media.delete_unneeded(db, campaign)


def userids_of(db: LedgerSession, batch: int) -> list[str]:
    """Return the people of a batch."""
    joined: str = db.execute("SELECT userids FROM batches WHERE id = ?", (batch,)).fetchone()[0]
    return joined.split(",")


def pages(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """
    Yield pages of the batches of a campaign: the columns of `NUMERIC_COLUMNS` and the facts, each joined to one text.

    The facts of a row are its status, reason, hint and code; see `read_facts`.
    """
    return joined_pages(db, campaign, db.statements.batch_columns)


def people_pages(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """Yield pages of the people of a campaign: numbers and sizes of batches, all userids, and a JSON list of keys."""
    return joined_pages(db, campaign, db.statements.people_columns)


def write_digests(db: LedgerSession, batches: Iterable[tuple[int, Sequence[bytes]]]) -> None:
    """Record the hashes of the bodies of each batch whose people have different bodies, by place."""
    db.executemany("INSERT INTO own_digests VALUES (?, ?)", ((batch, b"".join(digests)) for batch, digests in batches))


def digests_of(db: LedgerSession, campaign: int) -> dict[int, list[bytes]]:
    """Return the hash of each person's body, by batch; none for batches whose people have the same body."""
    found = db.execute(
        "SELECT batch, digests FROM own_digests JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return {
        batch: [digests[at : at + _DIGEST_BYTES] for at in range(0, len(digests), _DIGEST_BYTES)]
        for batch, digests in found
    }


def _accepted(
    places: _Places, batch: int, receipt: str, sent_ns: int, recalled_ns: int, joined: str, keys: str
) -> AcceptedBatch:
    userids = joined.split(",")
    missed, reached_earlier = (
        frozenset(userids[place] for place in some) for some in (places.missed, places.reached_earlier)
    )
    if places.left_out:
        sent_to = [place for place in range(len(userids)) if place not in places.left_out]
        keys = json.dumps([json.loads(keys)[place] for place in sent_to]) if keys else ""
        userids = [userids[place] for place in sent_to]
    return AcceptedBatch(batch, receipt, sent_ns, recalled_ns, tuple(userids), keys, missed, reached_earlier)


def _pending(
    db: LedgerSession, batch: int, joined: str, content: bytes, status: str, sent_body: bytes | None = None
) -> PendingBatch | None:
    """Return a batch with only the people who have no outcome of their own; None if there are none."""
    everybody = joined.split(",")
    settled = {place for (place,) in db.execute("SELECT place FROM outcomes WHERE batch = ?", (batch,))}
    userids = tuple(userid for place, userid in enumerate(everybody) if place not in settled)
    return PendingBatch(batch, userids, content, status, len(userids) == len(everybody), sent_body) if userids else None
