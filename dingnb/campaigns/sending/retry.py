"""Who can be sent to once more under the same name, from when on, and the batches for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import FROM_MIDNIGHT_S, day_span_ns, moment_in_words
from dingnb.campaigns.planning.batches import most_people
from dingnb.campaigns.planning.expected import check_expected
from dingnb.campaigns.recipient_count import Unit, words_for
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.status import Status, may_have_same_text
from dingnb.clock import seconds
from dingnb.errors import InputError, Repeat, find_code
from dingnb.ledger import LedgerSession, batches, transactions
from dingnb.ledger.batches import Missed, NewBatch
from dingnb.limits import Limits
from dingnb.tables.timestamps import timestamps
from dingnb.words import Text, count, sentences

MISSED = frozenset(
    {
        Status.REJECTED,
        Status.QUEUED,
        Status.INVALID,
        Status.FILTERED,
        Status.FAILED,
        Status.CANCELLED,
        Status.RECALLED,
    }
)
"""Statuses of people whom the campaign did not reach."""


@dataclass(slots=True)
class Retried:
    """
    What a retry came to.

    Attributes:
        people: How many are sent to once more.
        later: How many cannot be yet, by the time from which on they can, nanoseconds since the epoch.
        textless: How many could be, but their text is not kept.
    """

    people: int = 0
    later: dict[int, int] = field(default_factory=dict)
    textless: int = 0


def retry_at_ns(limits: Limits, status: str, code: str, evidence: str, sent_ns: int) -> int | None:
    """
    Return from when on sending to somebody once more can succeed; None: not before something is mended.

    Whom DingTalk's result calls failed can be sent to at once, as its pages say; whom a limit dropped, when that
    limit begins anew (docs/dingtalk.md, "Work notifications: results"). A call that was refused for good would be
    refused again. Who was dropped because of the same text, or may have been, has it or may have it: never.

    Args:
        limits: When a day begins.
        status: The person's status.
        code: DingTalk's code.
        evidence: ``result`` where DingTalk's result says so; ``elsewhere``: the text came by another campaign.
        sent_ns: When it was sent.
    """
    if evidence != "result":
        return None
    if status == Status.FAILED:
        return sent_ns
    if status != Status.FILTERED or may_have_same_text(status, code):
        return None
    repeat = find_code(code).repeat
    if repeat is Repeat.NEXT_DAY:
        return day_span_ns(limits, sent_ns)[1] + seconds(FROM_MIDNIGHT_S)
    if repeat in {Repeat.SOON, Repeat.NEXT_MINUTE}:
        return sent_ns + seconds(find_code(code).pause_s)
    return None


def retry(context: SendContext, campaign: int, expect: int | range | None = None, unit: Unit = "person") -> Retried:
    """
    Queue those once more who can be sent to now, but nobody whom the campaign's newest plan leaves out.

    Everything is decided in one transaction: of two kernels that retry at once, the second finds nobody left.

    Args:
        context: Whose ledger it is.
        campaign: The campaign's number.
        expect: How many the analyst expects, which LIVE needs; where nobody can be sent to, any number will do.
        unit: What is counted as people: with a key, their messages.

    Raises:
        InputError: The campaign is not finished, or `expect` differs.
        LiveSendError: LIVE, and `expect` is missing.
    """
    now_ns = context.now_ns()
    retried = Retried()

    def choose(missed: list[Missed]) -> list[tuple[NewBatch, Sequence[Missed]]]:
        nonlocal retried
        retried, now = _sort(context.limits, missed, now_ns)
        if now:
            who = count(unit, retried.people)
            check_expected(context.realm.mode, expect, retried.people, who, "retry.expect", "retry.live_expect")
        return [(_batch(chunk), chunk) for chunk in _chunks(now, most_people(context.limits))]

    if not transactions.queue_missed(context.ledger, campaign, choose, now_ns):
        raise InputError(Text("retry.not_finished"), Text("retry.not_finished_todo"))
    return retried


def forecast_retry(db: LedgerSession, context: SendContext, campaign: int) -> Retried:
    """Return what a retry would come to now."""
    return _sort(context.limits, batches.missed(db, campaign), context.now_ns())[0]


def _sort(limits: Limits, missed: Sequence[Missed], now_ns: int) -> tuple[Retried, list[Missed]]:
    """Return who can be sent to now, and what is to be said of them and of the others."""
    retried = Retried()
    now: list[Missed] = []
    for one in missed:
        at_ns = retry_at_ns(limits, one.status, one.code, one.evidence, one.sent_ns)
        if at_ns is None:
            continue
        if one.content is None:
            retried.textless += 1
        elif at_ns > now_ns:
            retried.later[at_ns] = retried.later.get(at_ns, 0) + 1
        else:
            now.append(one)
    retried.people = len(now)
    return retried, now


def retry_times(context: SendContext, campaign: int, row_map: RowMap, positions: Sequence[int]) -> pd.DatetimeIndex:
    """Return for rows of a row map, by position, when they can be retried; NaT: not before something is mended."""
    with context.ledger.connection() as db:
        at_ns = {
            (one.batch, one.place): retry_at_ns(context.limits, one.status, one.code, one.evidence, one.sent_ns)
            for one in batches.missed(db, campaign)
            if one.content is not None
        }
    numbers = row_map.recipient_of_row[list(positions)]
    if not len(row_map.batch_of):
        return timestamps([None] * len(numbers))
    places = zip(row_map.batch_of[numbers].tolist(), row_map.place_of[numbers].tolist(), strict=True)
    return timestamps([at_ns.get(place) if sent else None for place, sent in zip(places, numbers >= 0, strict=True)])


def opening(retried: Retried, missed: pd.DataFrame, unknown: pd.DataFrame, untold: int, unit: Unit) -> Text:
    """
    Return what a retry says first: who is sent to once more, who is not, and when they can be.

    Args:
        retried: What it came to.
        missed: The rows that had missed it before.
        unknown: The rows of which nothing is known.
        untold: Of how many people DingTalk has yet to tell what became of them.
        unit: What is counted as people: with a key, their messages.
    """
    if missed.empty and unknown.empty and not untold:
        return Text("retry.everybody")
    begins = Text(words_for(unit, "retry.begins"), people=count(unit, retried.people))
    told = [begins if retried.people else Text("retry.nobody")]
    told += [
        Text("retry.later", people=count(unit, people), when=moment_in_words(at_ns))
        for at_ns, people in sorted(retried.later.items())
    ]
    if retried.textless:
        told.append(Text("retry.textless", people=count(unit, retried.textless)))
    taken_back = int((missed["status"] == Status.RECALLED).sum())
    if taken_back:
        told.append(Text("retry.recalled", rows=count("row", taken_back)))
    same_text = sum(map(may_have_same_text, missed["status"], missed["code"].fillna("")))
    if same_text:
        told.append(Text("retry.same_text", rows=count("row", same_text)))
    never = int(missed["retry_at"].isna().sum()) - taken_back - retried.textless - same_text
    if never > 0:
        told.append(Text("retry.never", rows=count("row", never)))
    for status, key in ((Status.UNKNOWN, "retry.unknown"), (Status.ACCEPTED, "retry.over")):
        rows = int((unknown["status"] == status).sum())
        if rows:
            told.append(Text(key, rows=count("row", rows)))
    if untold:
        told.append(Text(words_for(unit, "retry.untold"), people=count(unit, untold)))
    return sentences(*told)


def _chunks(people: Sequence[Missed], most: int) -> list[list[Missed]]:
    by_body: dict[bytes, list[Missed]] = {}
    for one in people:
        by_body.setdefault(one.content or b"", []).append(one)
    return [same[start : start + most] for same in by_body.values() for start in range(0, len(same), most)]


def _batch(chunk: Sequence[Missed]) -> NewBatch:
    keys = json.dumps([one.keys for one in chunk], ensure_ascii=False) if chunk[0].keys is not None else ""
    return NewBatch(chunk[0].content or b"", ",".join(one.userid for one in chunk), len(chunk), keys)
