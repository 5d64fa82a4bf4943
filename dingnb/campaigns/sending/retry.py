"""Retries: the people who can be sent to again under the same name, when, and in which batches."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.calls.days import MIDNIGHT_MARGIN_S, day_span_ns, format_moment
from dingnb.campaigns.recipient_count import Unit, check_expected_people, text_key
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.comparison import explain_manual_stop
from dingnb.campaigns.sending.control import why_not_resume
from dingnb.campaigns.sending.ledger_guard import refuse_set_aside
from dingnb.campaigns.sending.unknown_outcomes import LEFT_UNKNOWN
from dingnb.campaigns.status import Status, is_retryable, may_have_same_text
from dingnb.channels import Channel
from dingnb.clock import seconds_to_ns
from dingnb.errors import InputError, Repeat, find_code
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import batches, campaigns, transitions
from dingnb.ledger.campaigns.batches import NewBatch, RetryCandidate
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.limits import Limits
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

Entry = TypeVar("Entry")

NO_RESULTS = "retry.no_results"
"""Key of the text that some results are still to come."""


@dataclass(slots=True)
class RetryCounts:
    """
    The numbers of people in a retry.

    Attributes:
        people: The number of people sent to again.
        earlier_text: The number of these people who are sent a text that was changed since, because no later list has
            them, or as the analyst chose.
        others: The userids of these people who are in the campaign, but not in the plan whose rows are shown; with a
            key, one userid for each message.
        people_later: The numbers of people who can be sent to later, by the earliest time in nanoseconds since the
            epoch.
        without_text: The number of people who could be sent to if their text had been kept.
        userids_without_text: The userids of these people.
        calls: The number of calls that sending takes; 0 if it was not forecast.
    """

    people: int = 0
    earlier_text: int = 0
    others: Sequence[str] = ()
    people_later: dict[int, int] = field(default_factory=dict)
    without_text: int = 0
    userids_without_text: set[str] = field(default_factory=set)
    calls: int = 0

    @property
    def needs_texts(self) -> bool:
        """Whether there is nobody to send to, now or later, only because the texts were not kept."""
        return bool(self.without_text) and not self.people and not self.people_later


def retry_at_ns(limits: Limits, status: str, code: str, evidence: str, sent_ns: int) -> int | None:
    """
    Return the earliest time at which a retry can succeed; None if never, or not without a correction.

    People reported as failed can be sent to at once; people dropped by a limit, when that limit is reset
    (docs/dingtalk.md, "Work notifications: results"). A call that was refused for good would be refused again. People
    dropped because of the same text, certainly or perhaps, have or may have the text, and are never retried.

    Args:
        limits: DingTalk's limits, for the start of a day.
        status: The person's status.
        code: DingTalk's code.
        evidence: The evidence of the status, as in `Outcome`.
        sent_ns: When the message was sent.
    """
    if not is_retryable(status, code, evidence):
        return None
    if status == Status.FAILED:
        return sent_ns
    if find_code(code).repeat is Repeat.NEXT_DAY:
        return day_span_ns(limits, sent_ns)[1] + seconds_to_ns(MIDNIGHT_MARGIN_S)
    return sent_ns + seconds_to_ns(find_code(code).pause_s)


def retry(
    context: SendContext,
    campaign: int,
    channel: Channel,
    expect: int | range | None = None,
    unit: Unit = "person",
    *,
    places_of_plan: Collection[BatchPlace] | None = None,
) -> RetryCounts:
    """
    Queue the people who can be sent to now, without people whom the campaign's newest plan leaves out.

    The retry is one transaction: if two processes retry at the same time, nobody is left for the second.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sends the campaign.
        expect: The number that the analyst expects, required on LIVE; ignored if nobody can be sent to.
        unit: The counted unit: people or, with a key, messages.
        places_of_plan: The places of the people in the plan whose rows are shown; None if everybody is shown.

    Raises:
        InputError: The campaign is not finished, or `expect` differs.
        LedgerError: The ledger was set aside in favour of a copy.
        LiveSendError: A live retry without `expect`.
    """
    with context.ledger.connection() as db:
        refuse_set_aside(db, context)
    now_ns = context.now_ns()
    counts = RetryCounts()

    def choose(missed: list[RetryCandidate]) -> list[tuple[NewBatch, Sequence[RetryCandidate]]]:
        nonlocal counts
        counts, sendable = _classify_missed(context.limits, missed, now_ns)
        if sendable:
            if places_of_plan is not None:
                others = [person for person in sendable if (person.batch, person.place) not in places_of_plan]
                counts.others = [person.userid for person in others]
            who = count(unit, counts.people)
            if counts.earlier_text:
                who = Text("retry.with_earlier", people=who, earlier=count(unit, counts.earlier_text))
            if counts.others:
                who = Text("retry.with_others", people=who, others=count(unit, len(counts.others)))
            check_expected_people(context.realm.mode, expect, counts.people, who, "retry.expect", "retry.live_expect")
        return [(_new_batch(chunk), chunk) for chunk in _chunks_of_calls(context.limits, channel, sendable)]

    if not transitions.queue_missed(context.ledger, campaign, choose, now_ns, context.operator):
        with context.ledger.connection() as db:
            todo = _todo_before_retry(db, context, campaign)
        raise InputError(Text("retry.not_finished"), todo)
    return counts


def _todo_before_retry(db: LedgerSession, context: SendContext, campaign: int) -> Text:
    """Return what to do about an unfinished campaign, perhaps halted because of a mistake in the message."""
    row = campaigns.get(db, campaign)
    _, halted_todo = (NOTHING, NOTHING) if row is None else explain_manual_stop(db, context, row)
    return why_not_resume(db, campaign) or halted_todo or Text("retry.not_finished_todo")


def forecast_retry(
    db: LedgerSession, context: SendContext, campaign: int, channel: Channel | None = None
) -> RetryCounts:
    """Return the numbers of people that a retry would have now and, with the channel, the number of its calls."""
    counts, sendable = _classify_missed(context.limits, batches.retry_candidates(db, campaign), context.now_ns())
    if channel is not None:
        counts.calls = len(_chunks_of_calls(context.limits, channel, sendable))
    return counts


def _chunks_of_calls(
    limits: Limits, channel: Channel, sendable: Sequence[RetryCandidate]
) -> list[list[RetryCandidate]]:
    """Return the people of each batch of a retry."""
    # A card that several people share is not repeated for a single person.
    with_own_bodies = [
        recipient
        if recipient.body is None
        else recipient._replace(body=channel.body_for(recipient.body, recipient.userid))
        for recipient in sendable
    ]
    recipients_of: dict[bytes, list[RetryCandidate]] = {}
    for recipient in with_own_bodies:
        recipients_of.setdefault(recipient.body or b"", []).append(recipient)
    return [
        chunk
        for body, recipients in recipients_of.items()
        for chunk in chunk_by_person(
            recipients,
            channel.max_people(limits, [recipient.userid for recipient in recipients], [body]),
            lambda recipient: recipient.userid,
        )
    ]


def _classify_missed(
    limits: Limits, missed: Sequence[RetryCandidate], now_ns: int
) -> tuple[RetryCounts, list[RetryCandidate]]:
    """Return the numbers of people in a retry, and the people who can be sent to now."""
    counts = RetryCounts()
    sendable: list[RetryCandidate] = []
    for recipient in missed:
        at_ns = retry_at_ns(limits, recipient.status, recipient.code, recipient.evidence, recipient.sent_ns)
        if at_ns is None:
            continue
        if recipient.body is None:
            counts.without_text += 1
            counts.userids_without_text.add(recipient.userid)
        elif at_ns > now_ns:
            counts.people_later[at_ns] = counts.people_later.get(at_ns, 0) + 1
        else:
            sendable.append(recipient)
    counts.people, counts.earlier_text = len(sendable), sum(recipient.keeps_text for recipient in sendable)
    return counts, sendable


def retry_times(context: SendContext, campaign: int, row_map: RowMap, positions: Sequence[int]) -> pd.DatetimeIndex:
    """
    Return when rows of a row map, by position, can be retried.

    NaT if never, not without a correction, or not because the text was not kept or the cards are closed.
    """
    with context.ledger.connection() as db:
        candidates = [] if cards.is_closed(db, campaign) else batches.retry_candidates(db, campaign)
        at_ns = {
            (recipient.batch, recipient.place): retry_at_ns(
                context.limits, recipient.status, recipient.code, recipient.evidence, recipient.sent_ns
            )
            for recipient in candidates
            if recipient.body is not None
        }
    numbers = row_map.recipient_of_row[list(positions)]
    if not len(row_map.batch_of):
        return timestamps([None] * len(numbers))
    places = zip(row_map.batch_of[numbers].tolist(), row_map.place_of[numbers].tolist(), strict=True)
    return timestamps([at_ns.get(place) if sent else None for place, sent in zip(places, numbers >= 0, strict=True)])


def describe_retry(counts: RetryCounts, missed: pd.DataFrame, unknown: pd.DataFrame, pending: int, unit: Unit) -> Text:
    """
    Return the first message of a retry: how many people are sent to now, and how many can be later, or never.

    Args:
        counts: The numbers of people in the retry.
        missed: The rows of `Campaign.missed` before the retry.
        unknown: The rows whose outcome stays unknown, with reasons as `Text`: with the status ``unknown``, or
            ``accepted`` if DingTalk no longer has the result.
        pending: The number of people whose results are still to come.
        unit: The counted unit: people or, with a key, messages.
    """
    if missed.empty and unknown.empty and not pending:
        return Text("retry.everybody")
    parts = _describe_people(counts, unit)
    parts += [
        Text(text_key(unit, "retry.later"), people=count(unit, people), when=format_moment(at_ns))
        for at_ns, people in sorted(counts.people_later.items())
    ]
    if counts.without_text:
        parts.append(Text(text_key(unit, "retry.textless"), people=count(unit, counts.without_text)))
    recalled = int((missed["status"] == Status.RECALLED).sum())
    if recalled:
        parts.append(Text("retry.recalled", rows=count("row", recalled)))
    same_text = sum(map(may_have_same_text, missed["status"], missed["code"].fillna("")))
    if same_text:
        parts.append(Text("retry.same_text", rows=count("row", same_text)))
    # Several rows of a person may share a message.
    without_text = sum(
        userid in counts.userids_without_text and is_retryable(status, code, evidence)
        for userid, status, code, evidence in zip(
            missed["userid"], missed["status"], missed["code"].fillna(""), missed["evidence"], strict=True
        )
    )
    never = int(missed["retry_at"].isna().sum()) - recalled - without_text - same_text
    if never > 0:
        parts.append(Text("retry.never", rows=count("row", never)))
    is_left_unknown = unknown["reason"].map(lambda reason: reason == LEFT_UNKNOWN).astype(bool)
    undecided, expired = (
        (unknown["status"] == status) & ~is_left_unknown for status in (Status.UNKNOWN, Status.ACCEPTED)
    )
    for is_counted, key in (
        (undecided, "retry.unknown"),
        (is_left_unknown, "retry.left_unknown"),
        (expired, "retry.over"),
    ):
        rows = int(is_counted.sum())
        if rows:
            parts.append(Text(key, rows=count("row", rows)))
    if pending:
        parts.append(_pending_text(pending, unit))
    return sentences(*parts)


def _describe_people(counts: RetryCounts, unit: Unit) -> list[Text]:
    """Return how many people are sent to now, and how many of them are of other lists or get an earlier text."""
    if not counts.people:
        return [Text("retry.nobody")]
    parts = [Text(text_key(unit, "retry.begins"), people=count(unit, counts.people))]
    if counts.others:
        who = listed_briefly(list(dict.fromkeys(counts.others)), "person")
        parts.append(Text(text_key(unit, "campaign.not_in_plan"), people=count(unit, len(counts.others)), who=who))
    if counts.earlier_text:
        parts.append(earlier_text_note(counts, unit))
    return parts


def earlier_text_note(counts: RetryCounts, unit: Unit) -> Text:
    """Return how many people of a retry are sent a text that was changed since."""
    return Text(text_key(unit, "retry.earlier_text"), people=count(unit, counts.earlier_text))


def counts_pending(described: Text, pending: int, unit: Unit) -> bool:
    """Return whether the first message of a retry says that the results of this many people are still to come."""
    parts = dict(described.fields).get("parts")
    return _pending_text(pending, unit) in (parts if isinstance(parts, tuple) else (described,))


def _pending_text(pending: int, unit: Unit) -> Text:
    return Text(NO_RESULTS, people=count(unit, pending))


def chunk_by_person(entries: Iterable[Entry], max_people: int, userid_of: Callable[[Entry], str]) -> list[list[Entry]]:
    """
    Split messages with equal bodies into chunks for calls; a person with several messages is in several chunks.

    >>> chunk_by_person(["ann", "bo", "ann", "cy"], 2, str)
    [['ann', 'bo'], ['cy'], ['ann']]
    """
    rounds: list[list[Entry]] = []
    messages_of = Counter[str]()
    for entry in entries:
        userid = userid_of(entry)
        if messages_of[userid] == len(rounds):
            rounds.append([])
        rounds[messages_of[userid]].append(entry)
        messages_of[userid] += 1
    return [
        distinct[start : start + max_people] for distinct in rounds for start in range(0, len(distinct), max_people)
    ]


def _new_batch(chunk: Sequence[RetryCandidate]) -> NewBatch:
    keys = json.dumps([recipient.keys for recipient in chunk], ensure_ascii=False) if chunk[0].keys is not None else ""
    return NewBatch(chunk[0].body or b"", ",".join(recipient.userid for recipient in chunk), len(chunk), keys)
