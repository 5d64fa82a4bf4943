"""Batches: recorded with a plan, and read for sending and for results."""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dingnb.ledger.campaigns import moves, outcomes
from dingnb.ledger.campaigns.campaigns import Scope, campaign_scope
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.realm import Realm
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.ledger.session import LedgerSession, digest_of

_PAGE = 100
"""Number of queued batches that are read at once."""

IS_QUEUED_AGAIN = "(batches.status = 'queued' AND queued_after > 0)"
"""The SQL condition for batches with unknown outcome that a person has queued again, until their repeat begins."""

UNKNOWN_TASK_CODE = "40035"
"""DingTalk's code for a task that it does not know: the code of an accepted batch whose results cannot be read."""


class NewBatch(NamedTuple):
    """A batch to record: its body, its people joined by commas, their number, and their keys as JSON."""

    body: bytes
    userids: str
    size: int
    keys: str = ""


class BatchRow(NamedTuple):
    """
    A batch for comparison with a later plan: its number, its people, their keys as JSON, its status, its body's hash.

    `is_repeat` means that the batch is queued after a call with unknown outcome, so its people may have the message.
    """

    id: int
    userids: str
    keys: str
    status: str
    digest: bytes
    is_repeat: bool


class OpenTask(NamedTuple):
    """
    An accepted batch with outcomes that may still change.

    `is_unknown` means that DingTalk did not know the task when its results were last requested.
    """

    batch: int
    receipt: str
    sent_ns: int
    userids: tuple[str, ...]
    is_unknown: bool = False


class RetryCandidate(NamedTuple):
    """
    A person whose delivery failed or was filtered according to DingTalk's result.

    `keys` are the person's keys in the batch, None without keys. `body` is None if only its hash is kept.
    `keeps_text` means that the person keeps this text although a later list of the campaign has another one.
    """

    batch: int
    place: int
    userid: str
    keys: list[str] | None
    status: str
    code: str
    evidence: str
    sent_ns: int
    body: bytes | None
    keeps_text: bool


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
    rows = db.execute(
        f"SELECT id, userids, keys, status, content, hash, {IS_QUEUED_AGAIN}"  # noqa: S608 - our own condition
        " FROM batches WHERE campaign = ? ORDER BY id",
        (campaign,),
    )
    return [
        BatchRow(batch, userids, keys, status, digest or digest_of(content), bool(is_repeat))
        for batch, userids, keys, status, content, digest, is_repeat in rows
    ]


def cancel(db: LedgerSession, batches: Iterable[int], why: Explanation, now_ns: int) -> None:
    """
    Cancel queued batches whose people are now in other batches, or are not sent to.

    Cancelled batches stay in the ledger with the hashes of their texts, so that their people can be shown.
    """
    db.executemany(
        "UPDATE batches SET status = 'cancelled', hash = coalesce(hash, sha256(content)), content = NULL,"
        " reason = ?, hint = ?, updated_ns = ? WHERE id = ? AND status = 'queued'",
        ((why.reason, why.hint, now_ns, batch) for batch in batches),
    )


def queued(db: LedgerSession, campaign: int) -> Iterator[PendingBatch]:
    """
    Yield the queued batches of a campaign, oldest first, reading some at a time.

    People with an outcome of their own are left out of batches with earlier attempts.
    """
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
            # The analyst may have left out people meanwhile.
            elif (pending := _pending(db, batch, joined, content, "queued")) is not None:
                yield pending
        if len(page) < _PAGE:
            return
        last = page[-1][0]


def pending_with_status(db: LedgerSession, campaign: int, status: str) -> list[PendingBatch]:
    """
    Return the batches of a campaign with a status, without people who have an outcome of their own.

    Batches without any other people are left out. Batches with the status ``sending`` are under way, or were left open
    by a dead process.
    """
    rows = db.execute(
        "SELECT id, userids, content, (SELECT body FROM sent_bodies WHERE batch = id) FROM batches"
        " WHERE campaign = ? AND status = ? AND content IS NOT NULL ORDER BY id",
        (campaign, status),
    ).fetchall()
    pending = (_pending(db, batch, joined, content, status, sent) for batch, joined, content, sent in rows)
    return [batch for batch in pending if batch is not None]


def count_queued(db: LedgerSession, campaign: int, *, with_repeats: bool = True) -> int:
    """Return the number of people in the batches of `queued`; without repeats, only people who were not sent to yet."""
    cursor = db.execute(
        "SELECT CAST(coalesce(sum(size - (SELECT count(*) FROM outcomes WHERE attempts > 0 AND batch = batches.id)), 0)"
        " AS BIGINT)"
        " FROM batches WHERE campaign = ? AND status = 'queued' AND content IS NOT NULL"
        " AND (queued_after = 0 OR ? = 1)",
        (campaign, int(with_repeats)),
    )
    return int(cursor.fetchone()[0])


def count_people(db: LedgerSession, campaign: int) -> int:
    """Return the number of people in the batches of a campaign; people in several batches count several times."""
    cursor = db.execute("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM batches WHERE campaign = ?", (campaign,))
    return int(cursor.fetchone()[0])


class PeopleByProgress(NamedTuple):
    """
    The people of a campaign, each in one of the first three sets at most.

    Attributes:
        sent: People who have or may have a message from the campaign.
        queued: People who have no message, and are queued.
        recalled: People from whom the message was recalled, and who are not queued.
        unknown: People in `sent` for whom the outcome of a call is unknown, and no message was accepted.
        under_way: People in `sent` whose call is under way, or was cut off, and for whom no message was accepted.
    """

    sent: set[str]
    queued: set[str]
    recalled: set[str]
    unknown: set[str]
    under_way: set[str]

    @property
    def is_recalled(self) -> bool:
        """Whether the campaign was recalled from more people than still have or may have its message."""
        return len(self.recalled) > len(self.sent)


_NOT_DELIVERED = frozenset({"failed", "filtered", "invalid", "cancelled"})
"""Statuses of people who are known not to have received a batch that was sent."""


def people_by_progress(db: LedgerSession, campaign: int) -> PeopleByProgress:
    """Return the people of a campaign by whether they were sent to."""
    rows = db.execute(
        f"SELECT id, userids, status, {IS_QUEUED_AGAIN} FROM batches"  # noqa: S608 - our own condition
        " WHERE campaign = ? AND status IN ('queued', 'sending', 'accepted', 'unknown')",
        (campaign,),
    )
    people = PeopleByProgress(set(), set(), set(), set(), set())
    accepted = set[str]()
    own_outcomes = outcomes.by_place(db, campaign)
    for batch, joined, status, is_repeat in rows:
        is_unsent = status == "queued" and not is_repeat
        for place, userid in enumerate(joined.split(",")):
            outcome = own_outcomes.get((batch, place))
            if outcome is not None and outcome.status == "recalled":
                people.recalled.add(userid)
            elif not is_unsent and (outcome is None or outcome.status not in _NOT_DELIVERED):
                people.sent.add(userid)
                if status == "sending":
                    people.under_way.add(userid)
                elif status == "accepted" if outcome is None else outcome.status != "unknown":
                    accepted.add(userid)
                else:
                    people.unknown.add(userid)
            elif is_unsent and outcome is None:
                people.queued.add(userid)
    people.unknown.difference_update(accepted)
    people.under_way.difference_update(accepted)
    people.queued.difference_update(people.sent)
    people.recalled.difference_update(people.sent, people.queued)
    return people


def is_recalled(db: LedgerSession, campaign: int) -> bool:
    """Return whether a campaign, or the campaign it reminds of, is recalled (`PeopleByProgress.is_recalled`)."""
    return _is_recalled(db, campaign) or reminds_of_recalled(db, campaign)


def reminds_of_recalled(db: LedgerSession, campaign: int) -> bool:
    """Return whether a campaign is a reminder of a recalled campaign (`PeopleByProgress.is_recalled`)."""
    reminded = db.execute("SELECT campaign FROM actions WHERE reminder = ?", (campaign,)).fetchone()
    return reminded is not None and _is_recalled(db, reminded[0])


def _is_recalled(db: LedgerSession, campaign: int) -> bool:
    return outcomes.has_recalled(db, campaign) and people_by_progress(db, campaign).is_recalled


def has_unsettled(db: LedgerSession, campaign: int) -> bool:
    """Return whether any batch is queued, is under way or has an unknown outcome."""
    cursor = db.execute(
        "SELECT 1 FROM batches WHERE campaign = ? AND status IN ('queued', 'sending', 'unknown') LIMIT 1", (campaign,)
    )
    return cursor.fetchone() is not None


def queued_userids(db: LedgerSession, campaign: int) -> set[str]:
    """Return the people of queued batches."""
    rows = db.execute("SELECT userids FROM batches WHERE campaign = ? AND status = 'queued'", (campaign,))
    return {userid for (joined,) in rows for userid in joined.split(",") if userid}


def count_by_status(db: LedgerSession, campaign: int) -> dict[str, tuple[int, int]]:
    """
    Return the numbers of batches and of their people, by status.

    Of people who were sent to again, only the newest batch counts. People who were left out of the accepted call of
    their batch count as unknown, since an earlier call of the batch had no answer.
    """
    return counts_by_status(db, campaign_scope(campaign)).get(campaign, {})


def counts_by_status(db: LedgerSession, scope: Scope) -> dict[int, dict[str, tuple[int, int]]]:
    """Return what `count_by_status` returns, for each campaign that has batches."""
    rows = db.execute(
        "SELECT campaign, status, count(*), CAST(sum(size) AS BIGINT) FROM batches"  # noqa: S608 - our own condition
        f" WHERE {scope.condition} GROUP BY campaign, status",
        (scope.value,),
    )
    # A person who was sent to again is counted once.
    moved = moves.count_by_status(db, scope)
    counts: dict[int, dict[str, tuple[int, int]]] = {}
    for campaign, status, n, people in rows:
        remaining = people - moved.get((campaign, status), 0)
        # Cancelled batches whose people were all moved are empty.
        if status != "cancelled" or remaining:
            counts.setdefault(campaign, {})[status] = n, remaining
    for campaign, left_out in outcomes.count_left_out(db, scope).items():
        (accepted, reached), (unknown, people) = counts[campaign]["accepted"], counts[campaign].get("unknown", (0, 0))
        counts[campaign] |= {"accepted": (accepted, reached - left_out), "unknown": (unknown, people + left_out)}
    return counts


def is_open(db: LedgerSession, campaign: int) -> bool:
    """Return whether any batch is queued or under way."""
    cursor = db.execute(
        "SELECT 1 FROM batches WHERE campaign = ? AND status IN ('queued', 'sending') LIMIT 1", (campaign,)
    )
    return cursor.fetchone() is not None


def count_attempts(db: LedgerSession, campaign: int) -> int:
    """Return the number of calls made for a campaign."""
    cursor = db.execute(
        "SELECT CAST(coalesce(sum(attempts), 0) AS BIGINT) FROM batches WHERE campaign = ?", (campaign,)
    )
    return int(cursor.fetchone()[0])


def count_open_attempts(db: LedgerSession, campaign: int) -> int:
    """Return the number of calls of a campaign without a recorded answer, which may have been made."""
    cursor = db.execute(
        "SELECT count(*) FROM attempts JOIN batches ON batches.id = batch WHERE campaign = ? AND ended_ns IS NULL",
        (campaign,),
    )
    return int(cursor.fetchone()[0])


def count_attempts_since(db: LedgerSession, realm: Realm, since_ns: int) -> dict[int, tuple[int, int]]:
    """Return the calls of each campaign of a realm, unless it has none: their number in total, and since a time."""
    rows = db.execute(
        "SELECT campaign, count(*), count(CASE WHEN started_ns >= ? THEN 1 END) FROM attempts"
        " JOIN batches ON batches.id = batch JOIN campaigns ON campaigns.id = campaign WHERE campaigns.realm = ?"
        " GROUP BY campaign",
        (since_ns, realm.id),
    )
    return {campaign: (calls, recent) for campaign, calls, recent in rows}


def absent_places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """Return the batch and place of each person whom later plans have removed from a campaign."""
    cursor = db.execute(
        "SELECT batch, place FROM absent JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return set(cursor.fetchall())


def open_tasks(db: LedgerSession, campaign: int, final: Iterable[str], since_ns: int) -> list[OpenTask]:
    """
    Return the accepted batches with outcomes that are not final, oldest first, without recalled batches.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        final: The final statuses.
        since_ns: Only batches sent after this time are returned.
    """
    statuses = tuple(final)
    placeholders = ", ".join("?" * len(statuses))
    rows = db.execute(
        f"SELECT id, receipt, sent_ns, userids, code FROM batches WHERE campaign = ? AND receipt IS NOT NULL"  # noqa: S608 - our own question marks
        f" AND status = 'accepted' AND recalled_ns = 0 AND sent_ns > ?"
        f" AND size > (SELECT count(*) FROM outcomes WHERE batch = batches.id"
        f" AND (status IN ({placeholders}) OR evidence <> 'result')) ORDER BY id",
        (campaign, since_ns, *statuses),
    )
    return [
        OpenTask(batch, receipt, sent_ns, tuple(userids.split(",")), code == UNKNOWN_TASK_CODE)
        for batch, receipt, sent_ns, userids, code in rows
    ]


def has_results(db: LedgerSession, campaign: int) -> bool:
    """Return whether DingTalk has returned results of a task of a campaign that it did not fail to know since."""
    cursor = db.execute(
        "SELECT 1 FROM batches JOIN outcomes ON outcomes.batch = batches.id"
        " WHERE campaign = ? AND evidence = 'result' AND batches.code <> ? LIMIT 1",
        (campaign, UNKNOWN_TASK_CODE),
    )
    return cursor.fetchone() is not None


def record_unknown_task(db: LedgerSession, batch: int, why: Explanation) -> None:
    """Record that DingTalk does not know the task of an accepted batch, with the code `UNKNOWN_TASK_CODE`."""
    db.execute(
        "UPDATE batches SET reason = ?, hint = ?, code = ? WHERE id = ? AND status = 'accepted'",
        (why.reason, why.hint, why.code, batch),
    )


def record_known_task(db: LedgerSession, batch: int) -> None:
    """Record that DingTalk knows the task of a batch."""
    db.execute(
        "UPDATE batches SET reason = '', hint = '', code = '' WHERE id = ? AND status = 'accepted' AND code = ?",
        (batch, UNKNOWN_TASK_CODE),
    )


def retry_candidates(db: LedgerSession, campaign: int) -> list[RetryCandidate]:
    """
    Return the people whom a retry may concern, in the order of batches: those with the status failed or filtered.

    People in a newer batch, people removed from the campaign by the analyst, and people in recalled batches are left
    out. So are people with the status invalid, to whom another call would not be delivered either.
    """
    rows = db.execute(
        "SELECT batches.id, place, userids, keys, outcomes.status, outcomes.code, evidence, sent_ns, content, EXISTS"
        " (SELECT 1 FROM kept_texts WHERE kept_texts.batch = outcomes.batch AND kept_texts.place = outcomes.place)"
        " FROM batches JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND recalled_ns = 0"
        " AND outcomes.status IN ('failed', 'filtered') AND NOT EXISTS"
        " (SELECT 1 FROM moves WHERE moves.batch = outcomes.batch AND moves.place = outcomes.place)"
        " AND NOT EXISTS (SELECT 1 FROM absent WHERE absent.batch = outcomes.batch AND absent.place = outcomes.place)"
        " ORDER BY batches.id, place",
        (campaign,),
    )
    return [
        RetryCandidate(batch, place, userids.split(",")[place], json.loads(keys)[place] if keys else None, *rest)
        for batch, place, userids, keys, *rest in rows
    ]


def record_absent(db: LedgerSession, removed: Iterable[BatchPlace], returned: Iterable[BatchPlace]) -> None:
    """Record who was removed from a campaign, and who has returned to the campaign, by batch and place."""
    db.executemany("DELETE FROM absent WHERE batch = ? AND place = ?", returned)
    db.executemany("INSERT INTO absent VALUES (?, ?) ON CONFLICT (batch, place) DO NOTHING", removed)


def places_with_kept_text(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """
    Return the batch and place of each recipient who keeps the text.

    These recipients keep the text that they were sent, although a later list of the campaign has another text for them.
    """
    cursor = db.execute(
        "SELECT batch, place FROM kept_texts JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return set(cursor.fetchall())


def keep_texts(db: LedgerSession, recipients: Iterable[BatchPlace]) -> None:
    """Record that recipients, given by batch and place, keep their text."""
    db.executemany("INSERT INTO kept_texts VALUES (?, ?) ON CONFLICT (batch, place) DO NOTHING", recipients)


def forget_kept_texts(db: LedgerSession, recipients: Iterable[BatchPlace]) -> None:
    """Delete the records of recipients, given by batch and place: a newer list decides again which text they get."""
    db.executemany("DELETE FROM kept_texts WHERE batch = ? AND place = ?", recipients)


def userids_of(db: LedgerSession, batch: int) -> list[str]:
    """Return the people of a batch."""
    joined: str = db.execute("SELECT userids FROM batches WHERE id = ?", (batch,)).fetchone()[0]
    return joined.split(",")


def _pending(
    db: LedgerSession, batch: int, joined: str, content: bytes, status: str, sent_body: bytes | None = None
) -> PendingBatch | None:
    """Return a batch with only the people who have no outcome of their own; None if there are no such people."""
    all_userids = joined.split(",")
    with_own_outcome = {place for (place,) in db.execute("SELECT place FROM outcomes WHERE batch = ?", (batch,))}
    userids = tuple(userid for place, userid in enumerate(all_userids) if place not in with_own_outcome)
    if not userids:
        return None
    return PendingBatch(batch, userids, content, status, len(userids) == len(all_userids), sent_body)
