"""
Records a plan under a campaign's name, so that running a cell again is safe.

A person in a campaign is identified by (userid, key). People recorded with the same text are kept, and new people are
added. People with another text, and people still to be sent to who are not in the plan, cause an error unless the
analyst decides about them. All people stay in the ledger; the code calls them

- kept, if they stay in the place where they are recorded, with the plan's text or, as the analyst chose, another text;
- absent, if they are still to be sent to and not in the plan: as the analyst chose, they are then carried or dropped;
- carried, if they are absent and still sent to;
- dropped, if they are absent and no longer sent to: cancelled or, if they may have been sent the message, left out;
- left out, if a call with unknown outcome is not repeated for them: their outcome stays unknown;
- removed, if they are dropped, or were sent to and are no longer to have the message: they are not retried.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, pairwise, repeat
from typing import Literal, NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.display import rows_text
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.closing import check_open
from dingnb.campaigns.sending.comparison import (
    AbsentPerson,
    Comparison,
    check_not_stopped,
    describe_calls_made,
    describe_sender,
    digest_of_message,
    find_kind_mismatch,
    identities_of,
    media_term,
)
from dingnb.campaigns.sending.control import code_to_find
from dingnb.campaigns.sending.ledger_guard import refuse_set_aside
from dingnb.campaigns.sending.quota import check_quota
from dingnb.campaigns.sending.recall_progress import check_not_recalled_now, leave_out_of_recall
from dingnb.campaigns.sending.retry import chunk_by_person
from dingnb.campaigns.status import UNCERTAIN, State, Status
from dingnb.campaigns.stored_rows import (
    rows_of_recipients,
    update_columns_of_kept_recipients,
    update_columns_of_same_list,
    write_columns,
    write_columns_of_added_batches,
    write_rejected_rows,
)
from dingnb.channels import Channel, may_repeat
from dingnb.errors import (
    AbsentRecipientsError,
    CampaignRunningError,
    ChangedBodyError,
    InputError,
    LiveSendError,
    MessageError,
)
from dingnb.ledger import LedgerSession, cards, media
from dingnb.ledger.campaigns import actions, campaigns, moves, outcomes, stored_bodies, unknown_outcomes
from dingnb.ledger.campaigns import batches as ledger_batches
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.moves import BatchPlace, Move
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.session import digest_of
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.messages.message import deserialize, serialize
from dingnb.recipients.addresses import Rejection
from dingnb.tables.factorize import IntArray
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences
from dingnb.words.literals import literal

_MAX_NAME_LENGTH = 100

Changed = Literal["error", "skip", "resend"]
"""What to do about people with another text in the plan than they were sent."""

AbsentChoice = Literal["error", "send", "drop"]
"""What to do about people still to be sent to who are not in the plan."""


@dataclass(frozen=True, slots=True)
class SendChoices:
    """
    The analyst's choices for a send.

    Attributes:
        changed: What to do about people with another text in the plan than they were sent.
        absent: What to do about people still to be sent to who are not in the plan.
        store_content: Whether bodies are kept after a new campaign is finished; an existing campaign keeps its choice.
        beyond_quota: Whether the send may need more calls than are left this month; None does not check.
        is_test: Whether the send is a test, which may use a template that nobody has tried yet.
    """

    changed: Changed = "error"
    absent: AbsentChoice = "error"
    store_content: bool = True
    beyond_quota: bool | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class RecordedPlan:
    """
    A recorded plan.

    Attributes:
        campaign: The campaign's number.
        channel: The channel that sends the campaign.
        row_map: The rows of the plan, with the places of their recipients.
        existing_campaign: The campaign as it was before the plan was recorded; None if the campaign is new.
        skipped_people: The number of people who keep another text than the plan's, as the analyst chose.
        contents: The media that the plan's bodies refer to, by reference.
        media_term: For the text about `skipped_people`: the term for the plan's media; empty if the plan sends none.
    """

    campaign: int
    channel: Channel
    row_map: RowMap
    existing_campaign: CampaignRow | None
    skipped_people: int = 0
    contents: Mapping[str, Content] = field(default_factory=dict)
    media_term: Text = NOTHING


def digest_of_plan(batches: Batches) -> str:
    """Return a hash of the recipients, bodies and batches of a plan."""
    digest = sha256()
    parts: list[bytes] = [
        b"\0".join(batches.bodies),
        ",".join(batches.recipients).encode(),
        np.array(batches.body_of_batch, dtype=np.int64).tobytes(),
        np.array(batches.start_of_batch, dtype=np.int64).tobytes(),
        repr(batches.keys).encode() if batches.keys else b"",
    ]
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def record_plan(
    context: SendContext,
    batches: Batches,
    name: str,
    *,
    plan_digest: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    check_people: Callable[[int], None],
) -> RecordedPlan:
    """
    Record a plan under a campaign's name, in one transaction.

    Args:
        context: The context of sending.
        batches: The batches of the plan.
        name: The campaign's name.
        plan_digest: The plan's `digest_of_plan`.
        key_columns: The columns that distinguish several rows of one person.
        choices: The analyst's choices.
        check_people: Checks the number that the analyst expects; its argument is the number of people to send to in
            addition to those in the plan. Its errors are raised, and nothing is recorded.

    Raises:
        LiveSendError: Too few calls are left this month, and `choices.beyond_quota` is False; or the message has to be
            tried first.
        AbsentRecipientsError: People still to be sent to are not in the plan, and `absent` is ``"error"``.
        CampaignRunningError: Another plan is being sent under this name.
        CampaignStoppedError: A person stopped or paused the campaign.
        ChangedBodyError: People have another text in the plan than they were sent, and `changed` is ``"error"``.
        InputError: The name was used for another plan or is too long, the campaign is being recalled, or the cards are
            closed.
        LedgerError: The ledger cannot be written, or was set aside in favour of a copy.
    """
    now_ns = context.now_ns()
    with context.ledger.transaction() as db:
        refuse_set_aside(db, context)
        why = batches.channel.why_not_ready(db, context, batches.message)
        if why.reason and not choices.is_test:
            raise LiveSendError(why.reason, why.hint)
        existing_campaign = campaigns.find(db, context.realm, name)
        if existing_campaign is None:
            check_new_name(name)
            check_people(0)
            return _record_new(
                db,
                context,
                batches,
                name,
                plan_digest=plan_digest,
                key_columns=key_columns,
                choices=choices,
                now_ns=now_ns,
            )
        check_not_recalled_now(db, existing_campaign, now_ns)
        check_not_stopped(db, context, existing_campaign)
        is_reminder = actions.is_reminder_of(db, batches.reminded_campaign, existing_campaign.id)
        if (
            existing_campaign.plan_digest == plan_digest
            and existing_campaign.first_batch is not None
            and not is_reminder
        ):
            check_people(0)
            return _record_again(
                db,
                context,
                batches,
                existing_campaign,
                first_batch=existing_campaign.first_batch,
                choices=choices,
            )
        return _record_by_comparison(
            db,
            context,
            batches,
            existing_campaign,
            plan_digest=plan_digest,
            key_columns=key_columns,
            choices=choices,
            check_people=check_people,
            now_ns=now_ns,
        )


def _record_again(
    db: LedgerSession,
    context: SendContext,
    batches: Batches,
    existing_campaign: CampaignRow,
    *,
    first_batch: int,
    choices: SendChoices,
) -> RecordedPlan:
    """Record the newest plan again; its message may differ in parts that are not sent, such as the deadline."""
    media.record(db, existing_campaign.id, batches.attachments.values())
    keeps_message = bool(campaigns.get_message(db, existing_campaign.id))
    _record_message(db, context, existing_campaign.id, batches, batches.message, keeps_message=keeps_message)
    # The hash of a plan does not cover its rejected rows.
    with_texts = keeps_message and existing_campaign.store_content
    write_rejected_rows(db, existing_campaign.id, batches, existing_campaign.key_columns, with_texts=with_texts)
    row_map = RowMap.of_plan(batches, *_places(batches, first_batch))
    # Nor does the hash cover the labels of rows, which may have moved in the list, or values that are not sent.
    if with_texts and update_columns_of_same_list(db, batches, existing_campaign.key_columns, first_batch):
        moved = moves.current_places(db, existing_campaign.id)
        numbers = {moved[place]: number for number, place in enumerate(row_map.places()) if place in moved}
        update_columns_of_kept_recipients(db, existing_campaign.id, batches, existing_campaign.key_columns, numbers)
    check_quota(
        db,
        context,
        existing_campaign.id,
        batches.channel,
        beyond_quota=choices.beyond_quota,
        is_running=bool(describe_sender(db, context, existing_campaign)),
    )
    return RecordedPlan(existing_campaign.id, batches.channel, row_map, existing_campaign, contents=batches.attachments)


def _record_by_comparison(  # noqa: PLR0913 - keywords, as for `record_plan`
    db: LedgerSession,
    context: SendContext,
    batches: Batches,
    existing_campaign: CampaignRow,
    *,
    plan_digest: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    check_people: Callable[[int], None],
    now_ns: int,
) -> RecordedPlan:
    """Record a plan by its differences from the campaign, as the analyst chose."""
    sender = describe_sender(db, context, existing_campaign)
    if sender and existing_campaign.plan_digest != plan_digest:
        raise _running_error(existing_campaign, sender)
    _check_no_mismatch(db, existing_campaign, *find_kind_mismatch(db, context, existing_campaign, batches, key_columns))
    comparison = Comparison(db, existing_campaign, batches)
    comparison.compare(keeps_changed=choices.changed == "skip")
    mismatch = comparison.find_plan_mismatch(digest_of_message(batches.message))
    _check_no_mismatch(db, existing_campaign, mismatch, Text("record.other_name_todo"))
    merge = _Merge(db, context, existing_campaign, comparison)
    if choices.changed == "error" and comparison.changed_recipients:
        # Otherwise, the error would offer to send the new text to people with another text.
        check_open(db, existing_campaign.id)
    merge.apply_changed(choices.changed)
    comparison.fill_in_absent(
        lambda batch: may_repeat(db, context, batches.channel, batch),
        # Nobody is removed while their call is under way: it may be repeated.
        is_running=bool(sender) and choices.absent != "drop",
    )
    merge.apply_absent(choices.absent)
    # A campaign being sent must not change, which even the same plan could do with other choices.
    if sender and (comparison.to_send or merge.dropped_people):
        raise _running_error(existing_campaign, sender)
    check_people(len(merge.carried_people))
    if sender:
        return _make_recorded_plan(merge, existing_campaign, merge.find_earlier_places())
    media.record(db, existing_campaign.id, batches.attachments.values())
    if comparison.to_send and (comparison.missed_recipients or comparison.changed_recipients):
        corrected = {comparison.batches.recipients[number] for number in comparison.to_send}
        leave_out_of_recall(db, existing_campaign.id, corrected)
    changed_people = len(comparison.to_send) + len(merge.dropped_people)
    if changed_people:
        actions.add(db, Action(existing_campaign.id, actions.CHANGED, context.operator, now_ns, changed_people))
    merge.write(context.limits, now_ns)
    is_open = ledger_batches.is_open(db, existing_campaign.id)
    _record_newest_plan(
        db,
        context,
        existing_campaign,
        batches,
        plan_digest=plan_digest,
        replaces_message=bool(comparison.to_send or not merge.skipped_recipients),
        keeps_message=is_open or existing_campaign.store_content,
    )
    earlier_places = merge.find_earlier_places()
    write_rejected_rows(
        db,
        existing_campaign.id,
        batches,
        key_columns,
        except_rows=earlier_places,
        with_texts=existing_campaign.store_content,
    )
    if existing_campaign.state == State.FINISHED and is_open:
        campaigns.set_state(db, existing_campaign.id, State.INTERRUPTED, now_ns)
    check_quota(db, context, existing_campaign.id, batches.channel, beyond_quota=choices.beyond_quota)
    return _make_recorded_plan(merge, existing_campaign, earlier_places)


def _record_newest_plan(
    db: LedgerSession,
    context: SendContext,
    campaign: CampaignRow,
    batches: Batches,
    *,
    plan_digest: str,
    replaces_message: bool,
    keeps_message: bool,
) -> None:
    """Record the newest plan, and its message or, without `replaces_message`, only the message's unsent parts."""
    if replaces_message:
        message_digest = digest_of_message(batches.message)
        newest: Message | None = batches.message
    else:
        message_digest = campaign.message_digest
        newest = _with_unsent_parts(campaigns.get_message(db, campaign.id), batches.message)
    campaigns.set_plan(db, campaign.id, plan_digest, None, message_digest)
    if newest is not None:
        _record_message(db, context, campaign.id, batches, newest, keeps_message=keeps_message)


def _record_message(
    db: LedgerSession, context: SendContext, campaign: int, batches: Batches, message: Message, *, keeps_message: bool
) -> None:
    batches.channel.record_campaign(db, context, campaign, message, batches.poll_campaign)
    if keeps_message:
        campaigns.set_message(db, campaign, serialize(message))


def _with_unsent_parts(serialized: str | None, message: Message) -> Message | None:
    """Return a recorded message with another's unsent parts, such as the deadline; None if not kept or not valid."""
    try:
        return deserialize(serialized).with_unsent_parts(message) if serialized else None
    except MessageError:
        # The recorded message violates a rule introduced in a later version.
        return None


def check_new_name(name: str) -> None:
    """
    Check the length of the name of a new campaign.

    Raises:
        InputError: The name is too long for lists and files.
    """
    if len(name) > _MAX_NAME_LENGTH:
        what = Text("send.long_name", n=count("character", len(name)), most=_MAX_NAME_LENGTH)
        raise InputError(what, Text("send.long_name_todo"))


def _record_new(
    db: LedgerSession,
    context: SendContext,
    batches: Batches,
    name: str,
    *,
    plan_digest: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    now_ns: int,
) -> RecordedPlan:
    """Record the first plan of a campaign."""
    if batches.poll_campaign is not None and batches.channel.can_be_answered(batches.message):
        check_open(db, batches.poll_campaign)
    message_digest = digest_of_message(batches.message)
    number = campaigns.add(
        db,
        context.realm,
        name,
        channel=batches.channel.name,
        message_digest=message_digest,
        msgtype=batches.message.msgtype,
        key_columns=key_columns,
        store_content=choices.store_content,
        now_ns=now_ns,
    )
    people = len(batches.recipients)
    actions.add(db, Action(number, actions.CREATED, context.operator, now_ns, people))
    if batches.reminded_campaign is not None and campaigns.get(db, batches.reminded_campaign) is not None:
        actions.add(
            db, Action(batches.reminded_campaign, actions.REMINDED, context.operator, now_ns, people, name, number)
        )
    first_batch = _add_batches(db, number, batches)
    if choices.store_content:
        write_columns(db, batches, key_columns, first_batch)
    write_rejected_rows(db, number, batches, key_columns, with_texts=choices.store_content)
    campaigns.set_plan(db, number, plan_digest, first_batch, message_digest)
    campaigns.set_message(db, number, serialize(batches.message))
    batches.channel.record_campaign(db, context, number, batches.message, batches.poll_campaign)
    media.record(db, number, batches.attachments.values())
    check_quota(db, context, number, batches.channel, beyond_quota=choices.beyond_quota)
    row_map = RowMap.of_plan(batches, *_places(batches, first_batch))
    return RecordedPlan(number, batches.channel, row_map, None, contents=batches.attachments)


def _make_recorded_plan(
    merge: "_Merge", existing_campaign: CampaignRow, earlier_places: Mapping[int, BatchPlace]
) -> RecordedPlan:
    comparison, batches = merge.comparison, merge.batches
    row_map = RowMap.of_plan(batches, comparison.batch_of, comparison.place_of, earlier_places)
    return RecordedPlan(
        existing_campaign.id,
        batches.channel,
        row_map,
        existing_campaign,
        len(merge.skipped_recipients),
        batches.attachments,
        media_term(batches),
    )


def _add_batches(db: LedgerSession, campaign: int, batches: Batches) -> int:
    """Add the batches of a plan to a campaign, and return the number of the first batch."""
    starts = batches.start_of_batch
    spans = list(pairwise(starts))
    # In a personal plan each recipient is a batch.
    is_personal = len(spans) == len(batches.recipients)
    userids = batches.recipients if is_personal else [",".join(batches.recipients[start:end]) for start, end in spans]
    sizes = (end - start for start, end in spans)
    keys: Iterable[str] = repeat("")
    if batches.keys is not None:
        keys = (json.dumps(batches.keys[start:end], ensure_ascii=False) for start, end in spans)
    bodies = (batches.bodies[number] for number in batches.body_of_batch)
    first_batch = ledger_batches.add_batches(db, campaign, zip(bodies, userids, sizes, keys, strict=False))
    if batches.own_bodies is not None:
        digests = list(map(digest_of, batches.own_bodies))
        stored_bodies.write_digests(
            db, ((first_batch + at, digests[start:end]) for at, (start, end) in enumerate(spans))
        )
    return first_batch


def _places(batches: Batches, first_batch: int) -> tuple[IntArray, IntArray]:
    """Return the batch and place of each recipient of a plan whose batches are consecutive in the ledger."""
    starts = np.array(batches.start_of_batch, dtype=np.int64)
    sizes = np.diff(starts)
    batch_of = np.repeat(np.arange(first_batch, first_batch + len(sizes), dtype=np.int64), sizes)
    place_of = np.arange(len(batches.recipients), dtype=np.int64) - np.repeat(starts[:-1], sizes)
    return batch_of, place_of


def _running_error(campaign: CampaignRow, who: Text) -> CampaignRunningError:
    name = campaign.name
    quoted = literal(name)
    return CampaignRunningError(Text("record.running", name=name, who=who), Text("record.running_todo", name=quoted))


def _check_no_mismatch(db: LedgerSession, campaign: CampaignRow, mismatch: Text, todo: Text) -> None:
    """Raise an error if a plan cannot be sent under the name of a campaign; `mismatch` is empty if it can."""
    if mismatch:
        raise InputError(sentences(mismatch, describe_calls_made(db, campaign.id)), todo)


class _Entry(NamedTuple):
    """
    A recipient of a new batch.

    Attributes:
        userid: The userid.
        keys: The keys of the message; None if the plan has no key.
        source: The number of the recipient in the plan or, for people carried over from an older batch, their place.
    """

    userid: str
    keys: Sequence[str] | None
    source: int | BatchPlace


class _Merge:
    """
    Writes the differences between a plan and a campaign to the ledger, so that the plan becomes part of the campaign.

    Args:
        db: The ledger.
        context: The context of sending.
        campaign: The campaign.
        comparison: The differences. `apply_changed` and `write` change `to_send`, and `batch_of`, `place_of` and
            `kept_places` to where recipients are recorded then.

    Attributes:
        comparison: As above.
        batches: The batches of the plan.
        skipped_recipients: The recipients who keep another text than the plan's, by number, as the analyst chose.
        carried_people: People who are not in the plan but are still sent to.
        dropped_people: People who are no longer sent to, as the analyst chose.
        removes_absent_people: Whether everybody who is not in the plan is removed from the campaign.
    """

    def __init__(self, db: LedgerSession, context: SendContext, campaign: CampaignRow, comparison: Comparison) -> None:
        self.comparison = comparison
        self._context = context
        self.batches = comparison.batches
        self._rows = comparison.batch_rows
        self._db = db
        self._campaign = campaign
        self.skipped_recipients: list[int] = []
        self.carried_people: list[AbsentPerson] = []
        self.dropped_people: list[AbsentPerson] = []
        self.removes_absent_people = False

    def userids(self) -> Iterator[str]:
        """Yield the userids of everybody in the plan or in the campaign."""
        yield from self.batches.recipients
        for row in self._rows:
            yield from row.userids.split(",")

    def apply_changed(self, changed: Changed) -> None:
        """
        Apply the analyst's choice to people whose text has changed.

        Raises:
            ChangedBodyError: There are such people, and `changed` is ``"error"``.
        """
        if changed == "error" and self.comparison.changed_recipients:
            raise self._changed_error()
        if changed == "resend":
            self.comparison.to_send = sorted(
                [*self.comparison.to_send, *(number for number, _ in self.comparison.changed_recipients)]
            )
            return
        self.skipped_recipients = [number for number, _ in self.comparison.changed_recipients]
        for number, recorded in self.comparison.changed_recipients:
            self.comparison.keep(number, recorded)

    def _changed_error(self) -> ChangedBodyError:
        numbers = [number for number, _ in self.comparison.changed_recipients]
        # With a key, a person may have several messages.
        people = count("person", len({self.batches.recipients[number] for number in numbers}))
        fields = {"name": self._campaign.name, "people": people, "who": self._rows_of(numbers)}
        term = media_term(self.batches)
        what = Text("record.changed_media", term=term, **fields) if term else Text("record.changed", **fields)
        todo = Text("record.changed_media_todo" if term else "record.changed_todo", people=fields["people"])
        uncertain_people, filtered_people = set[str](), set[str]()
        for number, recorded in self.comparison.changed_recipients:
            if recorded.status in UNCERTAIN:
                is_filtered = self.comparison.is_filtered(recorded)
                (filtered_people if is_filtered else uncertain_people).add(self.batches.recipients[number])
        uncertain_text, filtered_text, uncertain_todo = NOTHING, NOTHING, NOTHING
        if uncertain_people:
            uncertain_text = Text("record.changed_unknown", people=count("person", len(uncertain_people)))
            uncertain_todo = Text("incomplete.resolve", found=code_to_find(self._campaign.name))
        if filtered_people:
            filtered_text = Text("record.changed_filtered", people=count("person", len(filtered_people)))
        calls_so_far = describe_calls_made(self._db, self._campaign.id)
        earlier_people, earlier_text = self.comparison.people_with_earlier_text, NOTHING
        if earlier_people:
            key = "record.taken_back_same_day" if self.batches.channel.same_text_codes else "record.taken_back"
            earlier_text = Text(key, people=count("person_was", len(earlier_people)))
        return ChangedBodyError(
            sentences(what, uncertain_text, filtered_text, calls_so_far),
            sentences(
                todo,
                Text("record.changed_card") if cards.poll_of(self._db, self._campaign.id) else NOTHING,
                self._recall_todo(),
                earlier_text,
                self.comparison.another_name_text,
                uncertain_todo,
            ),
        )

    def _recall_todo(self) -> Text:
        """Return how to recall the other texts first; empty if they cannot be recalled."""
        recall_first = self.comparison.find_recall_first(self._context)
        if not recall_first.replaceable:
            return NOTHING
        todo = Text(f"record.recall_{recall_first.replaceable}_first", name=literal(self._campaign.name))
        rest = recall_first.impossible + recall_first.uncertain
        unit = unit_of(has_key=bool(self._campaign.key_columns))
        return sentences(todo, Text("record.recall_rest", people=count(unit, rest))) if rest else todo

    def _rows_of(self, numbers: Sequence[int]) -> Text:
        """Return the rows of recipients, given by number, each with the name of its person or the userid."""
        return rows_text(self.batches, np.flatnonzero(np.isin(self.batches.recipient_of_row, numbers)).tolist())

    def apply_absent(self, absent: AbsentChoice) -> None:
        """
        Apply the analyst's choice to people still to be sent to who are not in the plan.

        Raises:
            AbsentRecipientsError: There are such people, and `absent` is ``"error"``.
        """
        unexcluded = [person for person in self.comparison.absent_people if not person.exclusion]
        if absent == "error" and unexcluded:
            raise self._absent_error(list(dict.fromkeys(person.userid for person in unexcluded)))
        self.removes_absent_people = absent == "drop"
        self.carried_people = unexcluded if absent == "send" else []
        kept = {person.place for person in self.carried_people}
        self.dropped_people = [person for person in self.comparison.absent_people if person.place not in kept]

    def _absent_error(self, userids: Sequence[str]) -> AbsentRecipientsError:
        people, rejected = count("person", len(userids)), self._rejections(userids)
        what = Text("record.absent", name=self._campaign.name, people=people, who=listed_briefly(userids, "person"))
        rows = Text("record.absent_rejected", people=count("person", len(rejected))) if rejected else NOTHING
        calls_so_far = describe_calls_made(self._db, self._campaign.id)
        lacks_files = any(rejection.lacks_file for rejection in rejected.values())
        files_todo = Text("record.absent_files_todo") if lacks_files else NOTHING
        return AbsentRecipientsError(
            sentences(what, rows, calls_so_far),
            sentences(files_todo, Text("record.absent_todo"), self.comparison.another_name_text),
        )

    def _rejections(self, absent: Sequence[str]) -> Mapping[str, Rejection]:
        """Return why rows of the plan's input with these people are rejected, by userid."""
        rejected = {self.batches.userids[at]: rejection for at, rejection in self.batches.rejections.items()}
        return {userid: rejected[userid] for userid in absent if userid in rejected}

    def find_earlier_places(self) -> Mapping[int, BatchPlace]:
        """
        Return the places of the people in rejected rows, by position, whom an earlier plan included.

        Rows of a plan with a key are left out, because it is not known which message a rejected row stands for.
        """
        batches = self.batches
        rejected_userids = {userid for at in batches.rejections if (userid := batches.userids[at])}
        rejected_userids -= set(batches.recipients)
        if not rejected_userids or batches.keys is not None:
            return {}
        moved = moves.moved_places(self._db, self._campaign.id)
        place_of = {
            userid: (row.id, place)
            for row in self._rows
            for place, userid in enumerate(row.userids.split(","))
            if userid in rejected_userids and (row.id, place) not in moved
        }
        places = ((at, place_of.get(batches.userids[at])) for at in batches.rejections)
        return {at: place for at, place in places if place is not None}

    def write(self, limits: Limits, now_ns: int) -> None:
        """
        Write the differences to the ledger.

        Raises:
            InputError: The cards are closed, and there are people to send to.
        """
        if self.comparison.to_send:
            check_open(self._db, self._campaign.id)
        max_people = self.batches.channel.max_people(limits, self.userids(), self.batches.bodies)
        rebuilt = self._dissolve_batches(max_people)
        bodies = stored_bodies.of_batches(self._db, sorted(rebuilt))
        ledger_batches.cancel(
            self._db, rebuilt, Explanation(Text("result.cut_again"), Text("result.cut_again_todo")), now_ns
        )
        self._record_dropped(rebuilt, now_ns)
        entries_of = self._find_entries(rebuilt, bodies)
        digests: list[list[bytes]] = []
        if self.batches.own_bodies is None:
            # People who are not in the plan keep earlier bodies, for which the maximum number of people may differ.
            chunks = [
                (body, chunk)
                for body, entries in entries_of.items()
                for chunk in chunk_by_person(
                    entries,
                    self.batches.channel.max_people(limits, [entry.userid for entry in entries], [body]),
                    lambda entry: entry.userid,
                )
            ]
        else:
            chunks, digests = self._build_shared_chunks(limits, entries_of, max_people)
        first_batch = ledger_batches.add_batches(
            self._db, self._campaign.id, (_new_batch(body, entries) for body, entries in chunks)
        )
        stored_bodies.write_digests(self._db, enumerate(digests, first_batch))
        if self._campaign.store_content:
            self._correct_columns()
            sources = enumerate(([entry.source for entry in entries] for _, entries in chunks), first_batch)
            write_columns_of_added_batches(self._db, self.batches, self._campaign.key_columns, sources)
        carried: list[Move] = []
        for batch, (_, entries) in enumerate(chunks, first_batch):
            for place, entry in enumerate(entries):
                if isinstance(entry.source, int):
                    self.comparison.batch_of[entry.source], self.comparison.place_of[entry.source] = batch, place
                else:
                    carried.append(Move(*entry.source, batch, place, same_text=True))
        self._record_moves(carried, rebuilt)
        self._record_kept_texts(carried, rebuilt)

    def _record_kept_texts(self, carried: Sequence[Move], rebuilt: Collection[int]) -> None:
        """
        Record who keeps another text than the plan's.

        If the plan corrects the message, all people who are not in the plan keep another text; otherwise, what was
        recorded about these people before applies.

        Args:
            carried: The moves of people who are not in the plan to new batches.
            rebuilt: The batches from which they are moved.
        """
        recorded = ledger_batches.places_with_kept_text(self._db, self._campaign.id)
        batches_with_any = {batch for batch, _ in recorded}
        places_of_plan = [
            (row.id, place)
            for row in self._rows
            if row.id in batches_with_any
            for place, identities in identities_of(row)
            if not self.comparison.identities.isdisjoint(identities)
        ]
        ledger_batches.forget_kept_texts(self._db, places_of_plan)
        comparison = self.comparison
        kept = [(int(comparison.batch_of[at]), int(comparison.place_of[at])) for at in self.skipped_recipients]
        corrects = self._corrects_message
        kept += [(move.to_batch, move.to_place) for move in carried if corrects or (move.batch, move.place) in recorded]
        if corrects:
            kept += [
                (row.id, place)
                for row in self._rows
                if row.status != Status.CANCELLED and row.id not in rebuilt
                for place, identities in identities_of(row)
                if comparison.identities.isdisjoint(identities)
            ]
        ledger_batches.keep_texts(self._db, kept)

    @property
    def _corrects_message(self) -> bool:
        """Whether the plan sends another message, and people in the plan were sent the earlier message."""
        comparison = self.comparison
        were_sent = bool(comparison.changed_recipients or comparison.missed_recipients)
        return (
            bool(comparison.to_send)
            and were_sent
            and digest_of_message(self.batches.message) != self._campaign.message_digest
        )

    def _correct_columns(self) -> None:
        """
        Update the stored columns of people who keep their text: values that are not sent may have been corrected.

        For people who keep another text than the plan's, or whose row is rejected now, only the labels are updated.
        """
        comparison, batches = self.comparison, self.batches
        with_other_texts = {*comparison.to_send, *self.skipped_recipients}
        places = list(zip(comparison.batch_of.tolist(), comparison.place_of.tolist(), strict=True))
        numbers = {place: number for number, place in enumerate(places) if number not in with_other_texts}
        first_rows = rows_of_recipients(batches)
        relabelled = {places[number]: first_rows[number] for number in self.skipped_recipients}
        relabelled |= {place: row for row, place in self.find_earlier_places().items()}
        update_columns_of_kept_recipients(
            self._db, self._campaign.id, batches, self._campaign.key_columns, numbers, relabelled
        )

    def _build_shared_chunks(
        self, limits: Limits, entries_of: Mapping[bytes, Sequence[_Entry]], max_people: int
    ) -> tuple[list[tuple[bytes, list[_Entry]]], list[list[bytes]]]:
        """Return the body and the recipients of each new batch, and the hashes of their own bodies."""
        channel = self.batches.channel
        own_bodies = [body for body, entries in entries_of.items() for _ in entries]
        entries = list(chain.from_iterable(entries_of.values()))
        userids = [entry.userid for entry in entries]
        runs = channel.split_into_calls(limits, own_bodies, userids, max_people)
        chunks = [
            (channel.shared_body(own_bodies[start:end], userids[start:end]), entries[start:end]) for start, end in runs
        ]
        return chunks, [list(map(digest_of, own_bodies[start:end])) for start, end in runs]

    def _find_entries(self, rebuilt: set[int], bodies: dict[int, bytes]) -> dict[bytes, list[_Entry]]:
        """Return the recipients of new batches, by body."""
        batches, entries_of = self.batches, dict[bytes, list[_Entry]]()
        for number in self.comparison.to_send:
            keys = None if batches.keys is None else batches.keys[number]
            entry = _Entry(batches.recipients[number], keys, number)
            entries_of.setdefault(batches.body_of(number), []).append(entry)
        carried = {person.place for person in self.carried_people}
        for row in self._rows:
            if row.id not in rebuilt:
                continue
            keys_of = json.loads(row.keys) if row.keys else None
            for place, userid in enumerate(row.userids.split(",")):
                if (row.id, place) in carried:
                    person_keys = None if keys_of is None else keys_of[place]
                    entry = _Entry(userid, person_keys, (row.id, place))
                    entries_of.setdefault(batches.channel.body_for(bodies[row.id], userid), []).append(entry)
        return entries_of

    def _record_moves(self, carried: Sequence[Move], rebuilt: set[int]) -> None:
        """Record the moves, so that each person counts only in the current place."""
        moved = moves.moved_places(self._db, self._campaign.id)
        # People who were removed before the newer message was sent have only the earlier one.
        unsent = {person.place for person in self.dropped_people if person.place[0] in rebuilt}
        undone_moves = [
            move for move in moves.of_campaign(self._db, self._campaign.id) if (move.to_batch, move.to_place) in unsent
        ]
        returned = {place for place in moved if self._is_kept(place)} | {
            (move.batch, move.place) for move in undone_moves
        }
        moves.delete(self._db, returned)
        reverse_moves = (
            Move(move.to_batch, move.to_place, move.batch, move.place, move.same_text) for move in undone_moves
        )
        moves.write(self._db, [*self._find_moves(moved - returned), *carried, *reverse_moves])

    def _find_moves(self, moved: set[BatchPlace]) -> Iterator[Move]:
        """Yield moves from earlier places of people who are sent to again; kept places are not moved."""
        resent = set(self.comparison.to_send) - self.comparison.new_recipients
        number_of = {
            identity: number
            for number, identities, _ in self.comparison.people()
            for identity in identities
            if number in resent or identity in self.comparison.duplicate_identities
        }
        if not number_of:
            return
        for row in self._rows:
            for place, identities in identities_of(row):
                number = next((number_of[identity] for identity in identities if identity in number_of), None)
                if number is None or (row.id, place) in moved or self._is_kept((row.id, place)):
                    continue
                to_batch, to_place = int(self.comparison.batch_of[number]), int(self.comparison.place_of[number])
                is_same_text = (
                    number in resent and self.comparison.digest_at(row, place) == self.comparison.digests[number]
                )
                yield Move(row.id, place, to_batch, to_place, is_same_text)

    def _is_kept(self, place: BatchPlace) -> bool:
        return place[1] in self.comparison.kept_places.get(place[0], ())

    def _dissolve_batches(self, max_people: int) -> set[int]:
        """
        Return the queued batches to rebuild, whose recipients are added to the recipients to send to.

        A batch is rebuilt if people are removed from it, if it is too large, or if new recipients of its text fit in.
        """
        digests_to_send = {self.comparison.digests[number] for number in self.comparison.to_send}
        carried = {person.place for person in self.carried_people}
        rebuilt = set()
        for row in self._rows:
            if row.status != Status.QUEUED or row.is_repeat:
                continue
            size = row.userids.count(",") + 1
            staying = len(self.comparison.kept_places.get(row.id, ()))
            if staying < size and carried:
                staying += sum((row.id, place) in carried for place in range(size))
            if staying < size or size > max_people or (size < max_people and row.digest in digests_to_send):
                rebuilt.add(row.id)
        if rebuilt:
            is_rebuilt = np.isin(self.comparison.batch_of, np.array(sorted(rebuilt), dtype=np.int64))
            self.comparison.to_send = sorted([*self.comparison.to_send, *np.flatnonzero(is_rebuilt).tolist()])
            for batch in rebuilt:
                self.comparison.kept_places.pop(batch, None)
        return rebuilt

    def _record_dropped(self, rebuilt: set[int], now_ns: int) -> None:
        """
        Record who is no longer sent to, as the analyst chose, and who is sent to again.

        People who were left out of a batch and are in the plan again, or kept by ``absent="send"``, are included again.
        """
        new_outcomes: list[Outcome] = []
        for person in self.dropped_people:
            may_have_been_sent = person.place[0] not in rebuilt
            reason = person.exclusion or Text("result.left_out" if may_have_been_sent else "result.dropped")
            status, evidence = (Status.UNKNOWN, "left_out") if may_have_been_sent else (Status.CANCELLED, "dropped")
            hint = Text("result.left_out_todo" if may_have_been_sent else "result.dropped_todo")
            new_outcomes.append(Outcome(*person.place, status, "", evidence, reason, hint, now_ns))
        new_outcomes += (
            Outcome(*place, Status.UNKNOWN, "", "left_out", Text("result.superseded"), NOTHING, now_ns)
            for place in self._superseded_places()
        )
        lost = {row.id for row in self._rows if row.status in UNCERTAIN or row.is_repeat}
        returned = [
            place
            for place, outcome in self.comparison.outcomes.items()
            if outcome.evidence == "left_out" and place[0] in lost and self._is_kept(place)
        ]
        outcomes.include_again(self._db, returned)
        outcomes.write(self._db, new_outcomes)
        kept = [(batch, place) for batch, places in self.comparison.kept_places.items() for place in places]
        ledger_batches.record_absent(self._db, self._removed_places(), kept)
        unknown_outcomes.dequeue_decided(self._db, self._campaign.id, now_ns)

    def _superseded_places(self) -> Iterator[BatchPlace]:
        """Yield the places of people whose call with unknown outcome is not repeated because they get another text."""
        absent = {person.place for person in self.comparison.absent_people}
        for row in self._rows:
            if row.status in UNCERTAIN or row.is_repeat:
                kept = self.comparison.kept_places.get(row.id, ())
                for place, identities in identities_of(row):
                    location = (row.id, place)
                    is_open = place not in kept and location not in self.comparison.outcomes and location not in absent
                    if is_open and not self.comparison.identities.isdisjoint(identities):
                        yield location

    def _removed_places(self) -> Iterator[BatchPlace]:
        """Yield the places of people removed by the analyst or a check, sent to or not; they are not retried."""
        yield from (person.place for person in self.dropped_people)
        excluded, not_meant = self.batches.exclusions, self._people_not_meant()
        for row in self._rows:
            kept = self.comparison.kept_places.get(row.id, set())
            for place, userid in enumerate(row.userids.split(",")):
                is_removed = self.removes_absent_people or userid in excluded
                if place not in kept and (is_removed or (userid in not_meant and row.status == Status.ACCEPTED)):
                    yield row.id, place

    def _people_not_meant(self) -> set[str]:
        """Return the userids that occur only in rows that do not mean their person, or say to send no messages."""
        batches = self.batches
        not_meant = {
            batches.userids[at] for at, rejection in batches.rejections.items() if rejection.means_somebody_else
        }
        return not_meant.difference(batches.recipients)


def _new_batch(body: bytes, entries: Sequence[_Entry]) -> NewBatch:
    keys = json.dumps([list(entry.keys or ()) for entry in entries], ensure_ascii=False)
    return NewBatch(
        body, ",".join(entry.userid for entry in entries), len(entries), "" if entries[0].keys is None else keys
    )
