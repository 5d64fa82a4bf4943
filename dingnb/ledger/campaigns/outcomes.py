"""Outcomes of single recipients, where they differ from the batch's outcome."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from dingnb.ledger.campaigns import moves
from dingnb.ledger.campaigns.campaigns import Scope
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text


class Outcome(NamedTuple):
    """
    The outcome of one recipient.

    Attributes:
        batch: The batch.
        place: The recipient's place in the batch, from 0.
        status: The recipient's status.
        code: DingTalk's code.
        evidence: What the status is based on. ``result``: DingTalk's result. ``elsewhere``: a result which shows that
            the text was sent before, and the ledger knows which campaign delivered the text. ``sent_elsewhere``: a
            result like ``elsewhere``, but the ledger does not know whether that campaign's message arrived.
            ``duplicate``: a result which shows that DingTalk dropped the repeat of a call because of the same text.
            ``answer``: the recipient answered a card. ``resolved``: the analyst's decision. ``left_out``: the analyst
            removed the recipient while a call with unknown outcome was to be repeated. ``dropped``: the analyst removed
            the recipient before any call.
        reason: The reason for the status, unless the code implies it.
        hint: What to do about the status.
        updated_ns: The time of the last change.
        was_read: 1 if the message was read, 0 if not, None if unknown; derived from the other fields when written.
    """

    batch: int
    place: int
    status: str
    code: str
    evidence: str
    reason: Text
    hint: Text
    updated_ns: int
    was_read: int | None = None


class RecordedOutcome(NamedTuple):
    """The parts of an `Outcome` that determine whether its recipient may be sent to again."""

    status: str
    evidence: str
    code: str = ""


def write(db: LedgerSession, outcomes: Iterable[Outcome]) -> None:
    """
    Write outcomes.

    A recorded outcome with equal status, code, evidence and reason keeps its time. The outcome of a recalled message
    stays, since a result that was under way during the recall describes the time before the recall. An outcome that an
    answer to a card proves stays, too. Once read, a message stays read unless the new outcome says nothing about
    reading.
    """
    stays_read = "outcomes.was_read = 1 AND excluded.was_read = 0"
    status = f"CASE WHEN {stays_read} THEN 'read' ELSE excluded.status END"
    db.executemany(
        "INSERT INTO outcomes (batch, place, status, code, evidence, reason, hint, updated_ns, was_read)"  # noqa: S608 - our own condition
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (batch, place) DO UPDATE"
        f" SET status = {status}, code = excluded.code, evidence = excluded.evidence,"
        " reason = excluded.reason, hint = excluded.hint, updated_ns = excluded.updated_ns,"
        f" was_read = CASE WHEN {stays_read} THEN 1 ELSE excluded.was_read END"
        " WHERE outcomes.status <> 'recalled' AND outcomes.evidence <> 'answer'"
        " AND (outcomes.status, outcomes.code, outcomes.evidence, outcomes.reason)"
        f" <> ({status}, excluded.code, excluded.evidence, excluded.reason)",
        ((*outcome[:8], _was_read(outcome)) for outcome in outcomes),
    )


def record_answered(db: LedgerSession, batch: int, place: int, now_ns: int) -> None:
    """
    Record that a recipient has read a card, which an answer proves; decisions that leave nothing unknown are kept.

    For a recipient who was sent to again, the same is recorded at the newer places.
    """
    db.executemany(
        "INSERT INTO outcomes (batch, place, status, evidence, reason, hint, updated_ns, was_read)"
        " VALUES (?, ?, 'read', 'answer', '', '', ?, 1)"
        " ON CONFLICT (batch, place) DO UPDATE SET status = 'read', code = '', evidence = 'answer', reason = '',"
        " hint = '', updated_ns = excluded.updated_ns, was_read = 1"
        " WHERE outcomes.evidence = 'result' OR outcomes.status = 'unknown'",
        ((*batch_place, now_ns) for batch_place in [(batch, place), *moves.later_places(db, (batch, place))]),
    )


def _was_read(outcome: Outcome) -> int | None:
    if outcome.was_read is None and outcome.evidence == "result" and outcome.status in {"delivered", "read"}:
        return int(outcome.status == "read")
    return outcome.was_read


_IS_NEWEST = "NOT EXISTS (SELECT 1 FROM moves WHERE moves.batch = outcomes.batch AND moves.place = outcomes.place)"


def count_by_status(db: LedgerSession, scope: Scope) -> dict[int, dict[tuple[str, str], int]]:
    """
    Return the number of people in accepted batches by campaign, status and evidence.

    Each person's newest outcome counts. People who were left out of the accepted call do not count.
    """
    rows = db.execute(
        "SELECT campaign, outcomes.status, evidence, count(*) FROM batches"  # noqa: S608 - our own conditions
        f" JOIN outcomes ON outcomes.batch = batches.id WHERE {scope.condition} AND batches.status = 'accepted'"
        f" AND evidence <> 'left_out' AND {_IS_NEWEST} GROUP BY campaign, outcomes.status, evidence",
        (scope.value,),
    )
    counts: defaultdict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for campaign, status, evidence, n in rows:
        counts[campaign][status, evidence] = n
    return counts


def count_recalled(db: LedgerSession, scope: Scope) -> dict[int, tuple[int, int]]:
    """
    Return by campaign how many people whose message was recalled received it before, and how many had read it.

    Campaigns of which nothing was recalled are left out.
    """
    rows = db.execute(
        "SELECT campaign, count(was_read), coalesce(sum(was_read), 0) FROM batches"  # noqa: S608 - our own conditions
        f" JOIN outcomes ON outcomes.batch = batches.id WHERE {scope.condition} AND outcomes.status = 'recalled'"
        f" AND {_IS_NEWEST} GROUP BY campaign",
        (scope.value,),
    )
    return {campaign: (int(delivered), int(read)) for campaign, delivered, read in rows}


def has_recalled(db: LedgerSession, campaign: int) -> bool:
    """Return whether the message was recalled from anybody."""
    cursor = db.execute(
        "SELECT 1 FROM batches JOIN outcomes ON outcomes.batch = batches.id"
        " WHERE campaign = ? AND outcomes.status = 'recalled' LIMIT 1",
        (campaign,),
    )
    return cursor.fetchone() is not None


def count_left_out(db: LedgerSession, scope: Scope) -> dict[int, int]:
    """
    Return by campaign how many people were left out of the accepted call of their batch, and have no newer message.

    Campaigns without such people are left out.
    """
    cursor = db.execute(
        "SELECT campaign, count(*) FROM batches JOIN outcomes ON outcomes.batch = batches.id"  # noqa: S608 - likewise
        f" WHERE {scope.condition} AND batches.status = 'accepted' AND evidence = 'left_out' AND {_IS_NEWEST}"
        " GROUP BY campaign",
        (scope.value,),
    )
    return dict(cursor.fetchall())


def count_resolved(db: LedgerSession, scope: Scope) -> dict[int, dict[str, int]]:
    """
    Return how many people have a known outcome although their batch has none, by campaign and status.

    The batch is under way, or its outcome is unknown.
    """
    rows = db.execute(
        "SELECT campaign, outcomes.status, count(*) FROM batches"  # noqa: S608 - our own conditions
        f" JOIN outcomes ON outcomes.batch = batches.id WHERE {scope.condition}"
        f" AND batches.status IN ('unknown', 'sending') AND outcomes.status <> 'unknown' AND {_IS_NEWEST}"
        " GROUP BY campaign, outcomes.status",
        (scope.value,),
    )
    return _counts_by_status(rows)


def count_unreached(db: LedgerSession, scope: Scope) -> dict[int, dict[str, int]]:
    """
    Return how many people were not reached, or perhaps not reached, by accepted calls, by campaign and status.

    Only calls without a receipt are counted, such as those with cards: their answer says whom they reached, and
    DingTalk has no later results.
    """
    rows = db.execute(
        "SELECT campaign, outcomes.status, count(*) FROM batches"  # noqa: S608 - our own conditions
        f" JOIN outcomes ON outcomes.batch = batches.id WHERE {scope.condition}"
        " AND batches.status = 'accepted' AND receipt IS NULL AND evidence <> 'left_out'"
        f" AND outcomes.status IN ('failed', 'invalid', 'unknown') AND {_IS_NEWEST} GROUP BY campaign, outcomes.status",
        (scope.value,),
    )
    return _counts_by_status(rows)


def _counts_by_status(rows: Iterable[tuple[int, str, int]]) -> dict[int, dict[str, int]]:
    """Return the counts in rows of a campaign, a status and a count."""
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for campaign, status, n in rows:
        counts[campaign][status] = n
    return counts


def count_by_code(db: LedgerSession, campaign: int) -> dict[tuple[str, str], int]:
    """Return the number of people in accepted batches by status and code; each person's newest outcome counts."""
    rows = db.execute(
        "SELECT outcomes.status, outcomes.code, count(*) FROM batches"  # noqa: S608 - our own condition
        " JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND batches.status = 'accepted'"
        f" AND {_IS_NEWEST} GROUP BY outcomes.status, outcomes.code",
        (campaign,),
    )
    return {(status, code): n for status, code, n in rows}


class UndeliveredMessage(NamedTuple):
    """
    A person's newest message, which did not arrive according to DingTalk's result.

    Attributes:
        batch: The batch.
        place: The recipient's place in the batch, from 0.
        recipient: The userid, with the keys of the message.
        status: The status.
        code: DingTalk's code.
    """

    batch: int
    place: int
    recipient: tuple[str, ...]
    status: str
    code: str


def newest_undelivered(db: LedgerSession, campaign: int) -> list[UndeliveredMessage]:
    """Return each person's newest message in a campaign, if it did not arrive according to DingTalk's result."""
    rows = db.execute(
        "SELECT outcomes.batch, place, userids, keys, outcomes.status, outcomes.code FROM batches"  # noqa: S608 - our own condition
        " JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND evidence = 'result'"
        f" AND outcomes.status IN ('failed', 'filtered', 'invalid') AND {_IS_NEWEST}",
        (campaign,),
    )
    return [
        UndeliveredMessage(
            batch,
            place,
            (joined.split(",")[place], *(json.loads(keys)[place] if keys else ())),
            status,
            code,
        )
        for batch, place, joined, keys, status, code in rows
    ]


class SentElsewhere(NamedTuple):
    """
    A recipient whose message DingTalk dropped because a known campaign had sent the same text before.

    Attributes:
        batch: The batch of the dropped message.
        place: The recipient's place in that batch, from 0.
        userid: The recipient.
        digest: The hash of the text.
        code: DingTalk's code.
        evidence: ``elsewhere`` or ``sent_elsewhere``; see `Outcome`.
        reason: The reason, with the campaign.
    """

    batch: int
    place: int
    userid: str
    digest: bytes
    code: str
    evidence: str
    reason: Text


_SENT_ELSEWHERE = (
    "SELECT batches.id, place, userids, coalesce(hash, sha256(content)), outcomes.code, evidence, outcomes.reason"  # noqa: S608 - our own condition
    " FROM batches JOIN outcomes ON outcomes.batch = batches.id JOIN campaigns ON campaigns.id = campaign"
    f" WHERE evidence IN ('elsewhere', 'sent_elsewhere') AND {_IS_NEWEST}"
)


def sent_elsewhere_in(db: LedgerSession, campaign: int) -> list[SentElsewhere]:
    """Return the people of a campaign whose message was dropped because they had been sent the same text before."""
    return _sent_elsewhere(db.execute(f"{_SENT_ELSEWHERE} AND campaign = ?", (campaign,)))


def sent_elsewhere_by(db: LedgerSession, campaign: int) -> list[SentElsewhere]:
    """Return the people in all campaigns of the app whose message was dropped because `campaign` had sent the text."""
    realm, name = db.execute("SELECT realm, name FROM campaigns WHERE id = ?", (campaign,)).fetchone()
    rows = db.execute(f"{_SENT_ELSEWHERE} AND realm = ?", (realm,))
    return [person for person in _sent_elsewhere(rows) if ("campaign", name) in person.reason.fields]


def _sent_elsewhere(rows: Iterable[tuple[Any, ...]]) -> list[SentElsewhere]:
    return [
        SentElsewhere(batch, place, userids.split(",")[place], digest, code, evidence, Text.from_json(reason))
        for batch, place, userids, digest, code, evidence, reason in rows
    ]


def last_updated_ns(db: LedgerSession, campaign: int) -> int:
    """
    Return when an outcome in the batches of a campaign was last written; 0 without outcomes.

    Batches of another campaign recorded in between are included: for 100,000 people this takes 0.01 seconds, and
    excluding them would take ten times as long.
    """
    newest = db.execute(
        "SELECT max(updated_ns) FROM outcomes WHERE batch BETWEEN"
        " (SELECT min(id) FROM batches WHERE campaign = ?)"
        " AND (SELECT max(id) FROM batches WHERE campaign = ?)",
        (campaign, campaign),
    ).fetchone()[0]
    return int(newest or 0)


def by_place(db: LedgerSession, campaign: int) -> dict[BatchPlace, RecordedOutcome]:
    """Return the recorded outcomes of a campaign, by batch and place."""
    rows = db.execute(
        "SELECT outcomes.batch, place, outcomes.status, evidence, outcomes.code FROM batches JOIN outcomes"
        " ON outcomes.batch = batches.id WHERE campaign = ?",
        (campaign,),
    )
    # One object for each distinct value: a million outcomes have few.
    kinds: dict[tuple[str, ...], RecordedOutcome] = {}
    recorded: dict[BatchPlace, RecordedOutcome] = {}
    for batch, place, *facts in rows:
        kind = tuple(facts)
        recorded[batch, place] = kinds.get(kind) or kinds.setdefault(kind, RecordedOutcome(*kind))
    return recorded


def of_batch(db: LedgerSession, batch: int) -> list[Outcome]:
    """Return the outcomes of one batch."""
    rows = db.execute(
        "SELECT batch, place, status, code, evidence, reason, hint, updated_ns, was_read FROM outcomes WHERE batch = ?",
        (batch,),
    )
    return list(map(_outcome, rows))


def include_again(db: LedgerSession, places: Iterable[BatchPlace]) -> None:
    """Delete the marks that recipients, given by batch and place, were left out."""
    db.executemany("DELETE FROM outcomes WHERE batch = ? AND place = ? AND evidence = 'left_out'", places)


def _outcome(row: tuple[Any, ...]) -> Outcome:
    return Outcome(*row)._replace(reason=Text.from_json(row[5]), hint=Text.from_json(row[6]))
