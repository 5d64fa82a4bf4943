"""
Records a plan under a campaign's name, so that running a cell again is safe.

A person in a campaign is identified by (userid, key). People recorded with the same text are kept, and new people are
added. People with another text, and people still to be sent to who are not in the plan, cause an error unless the
analyst decides about them. Nobody is removed from the ledger: people who are left out are cancelled.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, pairwise, repeat
from typing import Literal, NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.batches import Batches, split_into_calls
from dingnb.campaigns.recipient_fields import write_fields, write_merged_fields
from dingnb.campaigns.row_map import Numbers, RowMap
from dingnb.campaigns.sending.closing import check_open
from dingnb.campaigns.sending.comparison import (
    Absent,
    Comparison,
    describe_sender,
    digest_of_message,
    kind_mismatch,
    media_term,
    nothing_sent,
    people_of,
    refuse_stopped,
)
from dingnb.campaigns.sending.quota import check_month
from dingnb.campaigns.status import State, Status
from dingnb.channels import Channel, may_repeat
from dingnb.errors import (
    AbsentRecipientsError,
    CampaignRunningError,
    ChangedBodyError,
    InputError,
    LiveSendError,
    MessageError,
)
from dingnb.ledger import LedgerSession, actions, batches, campaigns, media, moves, outcomes
from dingnb.ledger.actions import Action
from dingnb.ledger.attempts import Why
from dingnb.ledger.batches import NewBatch
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.moves import BatchPlace, Move
from dingnb.ledger.outcomes import Outcome
from dingnb.ledger.session import digest_of
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.messages.serialization import deserialize, serialize
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

Changed = Literal["error", "skip", "resend"]
"""What to do about people with another text in the plan than they were sent."""

AbsentChoice = Literal["error", "send", "drop"]
"""What to do about people still to be sent to who are not in the plan."""

_UNSURE = frozenset({Status.SENDING, Status.UNKNOWN})
"""Statuses of people who may or may not have got the message."""

_MISSING_FILES = ("media.missing", "media.missing_here", "media.no_folder")
"""Reasons of rejected rows whose file is missing."""


@dataclass(frozen=True, slots=True)
class SendChoices:
    """
    The analyst's choices about an existing campaign of the same name.

    Attributes:
        changed: What to do about people with another text in the plan than they were sent.
        absent: What to do about people still to be sent to who are not in the plan.
        store_content: Whether bodies are kept after the campaign is finished.
        beyond_quota: Whether it may need more calls than are left this month; None does not check.
        is_test: Whether it is a test, which may use a template that nobody has tried yet.
    """

    changed: Changed = "error"
    absent: AbsentChoice = "error"
    store_content: bool = True
    beyond_quota: bool | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A recorded plan.

    Attributes:
        campaign: The campaign's number.
        channel: The channel that it is sent by.
        row_map: The places of its recipients.
        existing: The campaign as it was before recording; None if it is new.
        skipped: The number of people who keep another text than the plan's, as the analyst chose.
        contents: The media that its bodies refer to, by reference.
        media_term: The term for its media; empty if it sends none.
    """

    campaign: int
    channel: Channel
    row_map: RowMap
    existing: CampaignRow | None
    skipped: int = 0
    contents: Mapping[str, Content] = field(default_factory=dict)
    media_term: Text = NOTHING


def digest_of_plan(planned: Batches) -> str:
    """Return a hash of the recipients, bodies and batches of a plan."""
    digest = sha256()
    parts: list[bytes] = [
        b"\0".join(planned.bodies),
        ",".join(planned.recipients).encode(),
        np.array(planned.body_of_batch, dtype=np.int64).tobytes(),
        np.array(planned.start_of_batch, dtype=np.int64).tobytes(),
        repr(planned.keys).encode() if planned.keys else b"",
    ]
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def record(
    context: SendContext,
    planned: Batches,
    name: str,
    *,
    plan: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    check_people: Callable[[int], None],
) -> Recorded:
    """
    Record a plan under a campaign's name, in one transaction.

    Args:
        context: The context of sending.
        planned: The plan.
        name: The campaign's name.
        plan: The plan's `digest_of_plan`.
        key_columns: The columns that distinguish several rows of one person.
        choices: The analyst's choices.
        check_people: Checks the number that the analyst expects; its argument is the number of people to send to in
            addition to those in the plan.

    Raises:
        LiveSendError: Too few calls are left this month, and `choices.beyond_quota` is False; or the message has to be
            tried first.
        AbsentRecipientsError: People still to be sent to are not in the plan, and `absent` is ``"error"``.
        CampaignRunningError: Another plan is being sent under this name.
        CampaignStoppedError: A person stopped or paused the campaign.
        ChangedBodyError: People have another text in the plan than they were sent, and `changed` is ``"error"``.
        InputError: The name was used for another plan, or the cards are closed.
        LedgerError: The ledger cannot be written.
    """
    now_ns = context.now_ns()
    with context.ledger.transaction() as db:
        why = planned.channel.why_not_ready(db, context, planned.message)
        if why.reason and not choices.is_test:
            raise LiveSendError(why.reason, why.hint)
        existing = campaigns.find(db, context.realm, name)
        if existing is None:
            check_people(0)
            return _record_new(db, context, planned, name, plan, key_columns, choices, now_ns)
        refuse_stopped(db, context, existing)
        if existing.plan == plan and existing.first_batch is not None:
            check_people(0)
            return _record_again(db, context, planned, existing, existing.first_batch, choices)
        return _record_other_plan(
            db,
            context,
            planned,
            existing,
            plan=plan,
            key_columns=key_columns,
            choices=choices,
            check_people=check_people,
            now_ns=now_ns,
        )


def _record_again(
    db: LedgerSession,
    context: SendContext,
    planned: Batches,
    existing: CampaignRow,
    first_batch: int,
    choices: SendChoices,
) -> Recorded:
    """Record the newest plan again; its message may differ in parts that are not sent, such as the deadline."""
    media.record(db, existing.id, planned.attachments.values())
    keeps_message = bool(campaigns.message_of(db, existing.id))
    _note_message(db, context, existing.id, planned, planned.message, keeps_message=keeps_message)
    check_month(db, context, existing.id, planned.channel, beyond_quota=choices.beyond_quota)
    row_map = RowMap.of_plan(planned, *_places(planned, first_batch))
    return Recorded(existing.id, planned.channel, row_map, existing, contents=planned.attachments)


def _record_other_plan(  # noqa: PLR0913 - keywords, as for `record`
    db: LedgerSession,
    context: SendContext,
    planned: Batches,
    existing: CampaignRow,
    *,
    plan: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    check_people: Callable[[int], None],
    now_ns: int,
) -> Recorded:
    """Record another plan than the campaign's newest: write the differences, as the analyst chose."""
    sender = describe_sender(db, context, existing)
    if sender and existing.plan != plan:
        raise _running_error(existing, sender)
    _refuse_other_plan(db, existing, kind_mismatch(existing, planned, key_columns))
    merge = _Merge(db, existing, planned)
    merge.find(keeps_changed=choices.changed == "skip")
    _refuse_other_plan(db, existing, merge.plan_mismatch(digest_of_message(planned.message)))
    merge.apply_changed(choices.changed)
    merge.find_absent(lambda batch: may_repeat(db, context, planned.channel, batch))
    merge.apply_absent(choices.absent)
    # A campaign being sent must not change, which even the same plan could do with other choices.
    if sender and (merge.to_send or merge.dropped):
        raise _running_error(existing, sender)
    check_people(len(merge.carried))
    if sender:
        return _recorded_merge(merge, existing)
    media.record(db, existing.id, planned.attachments.values())
    changed = len(merge.to_send) + len(merge.dropped)
    if changed:
        actions.add(db, Action(existing.id, actions.CHANGED, context.operator, now_ns, changed))
    merge.write(context.limits, now_ns)
    is_open = batches.is_open(db, existing.id)
    _note_newest(
        db,
        context,
        existing,
        planned,
        plan=plan,
        is_new_text=bool(merge.to_send or not merge.skipped),
        keeps_message=is_open or existing.store_content,
    )
    if existing.state == State.FINISHED and is_open:
        campaigns.set_state(db, existing.id, State.INTERRUPTED, now_ns)
    check_month(db, context, existing.id, planned.channel, beyond_quota=choices.beyond_quota)
    return _recorded_merge(merge, existing)


def _note_newest(
    db: LedgerSession,
    context: SendContext,
    campaign: CampaignRow,
    planned: Batches,
    *,
    plan: str,
    is_new_text: bool,
    keeps_message: bool,
) -> None:
    """Record the newest plan, and its message unless it is sent to nobody."""
    if is_new_text:
        digest = digest_of_message(planned.message)
        newest: Message | None = planned.message
    else:
        digest = campaign.message
        newest = _with_unsent_parts(campaigns.message_of(db, campaign.id), planned.message)
    campaigns.note_plan(db, campaign.id, plan, None, digest)
    if newest is not None:
        _note_message(db, context, campaign.id, planned, newest, keeps_message=keeps_message)


def _note_message(
    db: LedgerSession, context: SendContext, campaign: int, planned: Batches, message: Message, *, keeps_message: bool
) -> None:
    planned.channel.note_campaign(db, context, campaign, message, planned.reminds_of)
    if keeps_message:
        campaigns.note_message(db, campaign, serialize(message))


def _with_unsent_parts(serialized: str | None, message: Message) -> Message | None:
    """Return a recorded message with the unsent parts of another, such as its deadline; None if it is not kept."""
    try:
        return deserialize(serialized).with_unsent_parts(message) if serialized else None
    except MessageError:
        # It violates a rule introduced in a later version.
        return None


def _record_new(
    db: LedgerSession,
    context: SendContext,
    planned: Batches,
    name: str,
    plan: str,
    key_columns: tuple[str, ...],
    choices: SendChoices,
    now_ns: int,
) -> Recorded:
    """Record the first plan of a campaign."""
    if planned.reminds_of is not None and planned.channel.can_be_answered(planned.message):
        check_open(db, planned.reminds_of)
    message = digest_of_message(planned.message)
    number = campaigns.begin(
        db,
        context.realm,
        name,
        channel=planned.channel.name,
        message=message,
        msgtype=planned.message.msgtype,
        key_columns=key_columns,
        store_content=choices.store_content,
        now_ns=now_ns,
    )
    actions.add(db, Action(number, actions.CREATED, context.operator, now_ns, len(planned.recipients)))
    first = _add_batches(db, number, planned)
    if choices.store_content:
        write_fields(db, planned, key_columns, first)
    campaigns.note_plan(db, number, plan, first, message)
    campaigns.note_message(db, number, serialize(planned.message))
    planned.channel.note_campaign(db, context, number, planned.message, planned.reminds_of)
    media.record(db, number, planned.attachments.values())
    check_month(db, context, number, planned.channel, beyond_quota=choices.beyond_quota)
    row_map = RowMap.of_plan(planned, *_places(planned, first))
    return Recorded(number, planned.channel, row_map, None, contents=planned.attachments)


def _recorded_merge(merge: "_Merge", existing: CampaignRow) -> Recorded:
    planned = merge.planned
    row_map = RowMap.of_plan(planned, merge.batch_of, merge.place_of, merge.find_earlier())
    return Recorded(
        existing.id, planned.channel, row_map, existing, merge.skipped, planned.attachments, media_term(planned)
    )


def _add_batches(db: LedgerSession, campaign: int, planned: Batches) -> int:
    starts = planned.start_of_batch
    spans = list(pairwise(starts))
    # In a personal plan each recipient is a batch.
    is_personal = len(spans) == len(planned.recipients)
    userids = planned.recipients if is_personal else [",".join(planned.recipients[start:end]) for start, end in spans]
    sizes = (end - start for start, end in spans)
    keys = repeat("") if planned.keys is None else (_keys_json(planned, range(start, end)) for start, end in spans)
    bodies = (planned.bodies[number] for number in planned.body_of_batch)
    first = batches.add_batches(db, campaign, zip(bodies, userids, sizes, keys, strict=False))
    if planned.own_bodies is not None:
        digests = list(map(digest_of, planned.own_bodies))
        batches.write_digests(db, ((first + at, digests[start:end]) for at, (start, end) in enumerate(spans)))
    return first


def _keys_json(planned: Batches, numbers: Sequence[int]) -> str:
    if planned.keys is None:
        return ""
    return json.dumps([list(planned.keys[number]) for number in numbers], ensure_ascii=False)


def _places(planned: Batches, first: int) -> tuple[Numbers, Numbers]:
    """Return the batch and place of each recipient of a plan whose batches are consecutive in the ledger."""
    starts = np.array(planned.start_of_batch, dtype=np.int64)
    sizes = np.diff(starts)
    batch_of = np.repeat(np.arange(first, first + len(sizes), dtype=np.int64), sizes)
    place_of = np.arange(len(planned.recipients), dtype=np.int64) - np.repeat(starts[:-1], sizes)
    return batch_of, place_of


def _running_error(campaign: CampaignRow, who: Text) -> CampaignRunningError:
    name = campaign.name
    return CampaignRunningError(Text("record.running", name=name, who=who), Text("record.running_todo", name=name))


def _refuse_other_plan(db: LedgerSession, campaign: CampaignRow, problem: Text) -> None:
    if problem:
        raise InputError(sentences(problem, nothing_sent(db, campaign.id)), Text("record.other_name_todo"))


class _Entry(NamedTuple):
    """A recipient of a new batch: from the plan, by number, or carried over from an older batch."""

    userid: str
    keys: Sequence[str] | None
    number: int | None
    origin: BatchPlace | None

    @property
    def source(self) -> int | BatchPlace:
        """The source of the person's column values: the number in the plan, or the place in the ledger."""
        return self.origin if self.origin is not None else self.number or 0


class _Merge(Comparison):
    """
    A comparison whose differences are written to the ledger, so that the plan becomes part of the campaign.

    Attributes:
        skipped: The number of people who keep another text than the plan's, as the analyst chose.
        carried: People who are not in the plan but are still sent to.
        dropped: People who are no longer sent to, as the analyst chose.
        removes_absent: Whether everybody who is not in the plan is removed from the campaign.
    """

    def __init__(self, db: LedgerSession, campaign: CampaignRow, planned: Batches) -> None:
        super().__init__(db, campaign, planned)
        self._db = db
        self.skipped = 0
        self.carried: list[Absent] = []
        self.dropped: list[Absent] = []
        self.removes_absent = False

    def userids(self) -> Iterator[str]:
        """Yield the userids of everybody in the plan or in the campaign."""
        yield from self.planned.recipients
        for row in self.rows:
            yield from row.userids.split(",")

    def apply_changed(self, changed: Changed) -> None:
        """
        Apply the analyst's choice to people whose text has changed.

        Raises:
            ChangedBodyError: There are such people, and `changed` is ``"error"``.
        """
        if changed == "error" and self.changed:
            raise self._changed_error()
        if changed == "resend":
            self.to_send = sorted([*self.to_send, *(number for number, _ in self.changed)])
            return
        self.skipped = len(self.changed)
        for number, recorded in self.changed:
            self.keep(number, recorded)

    def _changed_error(self) -> ChangedBodyError:
        # With a key, a person may have several messages.
        userids = list(dict.fromkeys(self.planned.recipients[number] for number, _ in self.changed))
        fields = {"name": self._campaign.name, "people": count("person", len(userids)), "who": listed_briefly(userids)}
        media = media_term(self.planned)
        what = Text("record.changed_media", thing=media, **fields) if media else Text("record.changed", **fields)
        todo = Text("record.changed_media_todo" if media else "record.changed_todo")
        unsure = {self.planned.recipients[number] for number, recorded in self.changed if recorded.status in _UNSURE}
        unsure_text, unsure_todo = NOTHING, NOTHING
        if unsure:
            run_code = f"run = ding.campaign({json.dumps(self._campaign.name, ensure_ascii=False)})"
            unsure_text = Text("record.changed_unknown", people=count("person", len(unsure)))
            unsure_todo = Text("incomplete.resolve", found=run_code)
        calls_so_far = nothing_sent(self._db, self._campaign.id)
        return ChangedBodyError(sentences(what, unsure_text, calls_so_far), sentences(todo, unsure_todo))

    def apply_absent(self, absent: AbsentChoice) -> None:
        """
        Apply the analyst's choice to people still to be sent to who are not in the plan.

        Raises:
            AbsentRecipientsError: There are such people, and `absent` is ``"error"``.
        """
        unexcluded = [person for person in self.absent if not person.exclusion]
        if absent == "error" and unexcluded:
            raise self._absent_error(list(dict.fromkeys(person.userid for person in unexcluded)))
        self.removes_absent = absent == "drop"
        self.carried = unexcluded if absent == "send" else []
        kept = {person.place for person in self.carried}
        self.dropped = [person for person in self.absent if person.place not in kept]

    def _absent_error(self, userids: Sequence[str]) -> AbsentRecipientsError:
        people, rejected = count("person", len(userids)), self._rejections(userids)
        what = Text("record.absent", name=self._campaign.name, people=people, who=listed_briefly(userids))
        rows = Text("record.absent_rejected", people=count("person", len(rejected))) if rejected else NOTHING
        calls_so_far = nothing_sent(self._db, self._campaign.id)
        lacks_files = any(reason.mentions(key) for reason in rejected.values() for key in _MISSING_FILES)
        files_todo = Text("record.absent_files_todo") if lacks_files else NOTHING
        return AbsentRecipientsError(
            sentences(what, rows, calls_so_far), sentences(files_todo, Text("record.absent_todo"))
        )

    def _rejections(self, absent: Sequence[str]) -> Mapping[str, Text]:
        """Return why rows of the plan's input with these people are rejected, by userid."""
        reasons = {self.planned.userids[at]: rejection.reason for at, rejection in self.planned.rejections.items()}
        return {userid: reasons[userid] for userid in absent if userid in reasons}

    def find_earlier(self) -> Mapping[int, BatchPlace]:
        """
        Return the places of the people in rejected rows, by position, whom an earlier plan included.

        Rows of a plan with a key are left out, because it is not known which message a rejected row stands for.
        """
        planned = self.planned
        rejected_userids = {userid for at in planned.rejections if (userid := planned.userids[at])} - set(
            planned.recipients
        )
        if not rejected_userids or planned.keys is not None:
            return {}
        moved = moves.of_campaign(self._db, self._campaign.id)
        place_of = {
            userid: (row.id, place)
            for row in self.rows
            for place, userid in enumerate(row.userids.split(","))
            if userid in rejected_userids and (row.id, place) not in moved
        }
        places = ((at, place_of.get(planned.userids[at])) for at in planned.rejections)
        return {at: place for at, place in places if place is not None}

    def write(self, limits: Limits, now_ns: int) -> None:
        """
        Write the differences to the ledger.

        Raises:
            InputError: The cards are closed, and there are people to send to.
        """
        if self.to_send:
            check_open(self._db, self._campaign.id)
        max_people = self.planned.channel.max_people(limits, self.userids())
        rebuilt = self._dissolve_batches(max_people)
        bodies = batches.contents(self._db, rebuilt)
        batches.cancel(self._db, rebuilt, Why(Text("result.cut_again"), Text("result.cut_again_todo")), now_ns)
        self._record_dropped(rebuilt, now_ns)
        entries_of = self._find_entries(rebuilt, bodies)
        chunks = [
            (body, chunk)
            for body, entries in entries_of.items()
            for chunk in split_into_calls(entries, max_people, lambda entry: entry.userid)
        ]
        digests: list[list[bytes]] = []
        if self.planned.own_bodies is not None:
            chunks, digests = self._build_shared_chunks(limits, entries_of, max_people)
        first = batches.add_batches(
            self._db, self._campaign.id, (_new_batch(body, entries) for body, entries in chunks)
        )
        batches.write_digests(self._db, enumerate(digests, first))
        if self._campaign.store_content:
            sources = enumerate(([entry.source for entry in entries] for _, entries in chunks), first)
            write_merged_fields(self._db, self.planned, self._campaign.key_columns, sources)
        carried: list[Move] = []
        for batch, (_, entries) in enumerate(chunks, first):
            for place, entry in enumerate(entries):
                if entry.number is not None:
                    self.batch_of[entry.number], self.place_of[entry.number] = batch, place
                elif entry.origin is not None:
                    carried.append(Move(*entry.origin, batch, place, same_text=True))
        self._record_moves(carried, rebuilt)

    def _build_shared_chunks(
        self, limits: Limits, entries_of: Mapping[bytes, Sequence[_Entry]], max_people: int
    ) -> tuple[list[tuple[bytes, list[_Entry]]], list[list[bytes]]]:
        """Return the body and the recipients of each new batch, and the hashes of their own bodies."""
        channel = self.planned.channel
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
        planned, entries_of = self.planned, dict[bytes, list[_Entry]]()
        for number in self.to_send:
            keys = None if planned.keys is None else planned.keys[number]
            entry = _Entry(planned.recipients[number], keys, number, None)
            entries_of.setdefault(planned.body_of(number), []).append(entry)
        carried = {person.place for person in self.carried}
        for row in self.rows:
            if row.id not in rebuilt:
                continue
            keys_of = json.loads(row.keys) if row.keys else None
            for place, userid in enumerate(row.userids.split(",")):
                if (row.id, place) in carried:
                    person_keys = None if keys_of is None else keys_of[place]
                    entry = _Entry(userid, person_keys, None, (row.id, place))
                    entries_of.setdefault(planned.channel.body_for(bodies[row.id], userid), []).append(entry)
        return entries_of

    def _record_moves(self, carried: Sequence[Move], rebuilt: set[int]) -> None:
        """Record the moves, so that each person counts only in the current place."""
        moved = moves.of_campaign(self._db, self._campaign.id)
        # Who is removed before the newer message left has only the earlier one.
        unsent = {person.place for person in self.dropped if person.place[0] in rebuilt}
        back = [move for move in moves.all_of(self._db, self._campaign.id) if (move.to_batch, move.to_place) in unsent]
        returned = {place for place in moved if self._is_kept(place)} | {(move.batch, move.place) for move in back}
        moves.forget(self._db, returned)
        undone = (Move(move.to_batch, move.to_place, move.batch, move.place, move.same_text) for move in back)
        moves.write(self._db, [*self._find_moves(moved - returned), *carried, *undone])

    def _find_moves(self, moved: set[BatchPlace]) -> Iterator[Move]:
        """Yield moves from earlier places of people who are sent to again; kept places are not moved."""
        again = set(self.to_send) - self.new
        number_of = {
            identity: number
            for number, identities, _ in self.people()
            for identity in identities
            if number in again or identity in self.duplicates
        }
        if not number_of:
            return
        for row in self.rows:
            for place, identities in people_of(row):
                number = next((number_of[identity] for identity in identities if identity in number_of), None)
                if number is None or (row.id, place) in moved or self._is_kept((row.id, place)):
                    continue
                to_batch, to_place = int(self.batch_of[number]), int(self.place_of[number])
                is_same_text = number in again and self.digest_at(row, place) == self.digests[number]
                yield Move(row.id, place, to_batch, to_place, is_same_text)

    def _is_kept(self, place: BatchPlace) -> bool:
        return place[1] in self.kept.get(place[0], ())

    def _dissolve_batches(self, max_people: int) -> set[int]:
        """
        Return the queued batches to rebuild, and queue their recipients anew.

        A batch is rebuilt if people are removed from it, if it is too large, or if it has room.
        """
        digests_to_send = {self.digests[number] for number in self.to_send}
        carried = {person.place for person in self.carried}
        rebuilt = set()
        for row in self.rows:
            if row.status != Status.QUEUED or row.is_again:
                continue
            size = row.userids.count(",") + 1
            stays = len(self.kept.get(row.id, ()))
            if stays < size and carried:
                stays += sum((row.id, place) in carried for place in range(size))
            if stays < size or size > max_people or (size < max_people and row.digest in digests_to_send):
                rebuilt.add(row.id)
        if rebuilt:
            again = np.isin(self.batch_of, np.array(sorted(rebuilt), dtype=np.int64))
            self.to_send = sorted([*self.to_send, *np.flatnonzero(again).tolist()])
            for batch in rebuilt:
                self.kept.pop(batch, None)
        return rebuilt

    def _record_dropped(self, rebuilt: set[int], now_ns: int) -> None:
        """
        Record which people are no longer sent to, as the analyst chose, and which ones are again.

        People who were left out of a batch and are in the plan again, or kept by ``absent="send"``, are included again.
        """
        new_outcomes: list[Outcome] = []
        for person in self.dropped:
            was_sent = person.place[0] not in rebuilt
            reason = person.exclusion or Text("result.left_out" if was_sent else "result.dropped")
            status, evidence = (Status.UNKNOWN, "left_out") if was_sent else (Status.CANCELLED, "dropped")
            hint = Text("result.left_out_todo" if was_sent else "result.dropped_todo")
            new_outcomes.append(Outcome(*person.place, status, "", evidence, reason, hint, now_ns))
        new_outcomes += (
            Outcome(*place, Status.UNKNOWN, "", "left_out", Text("result.superseded"), NOTHING, now_ns)
            for place in self._superseded_places()
        )
        lost = {row.id for row in self.rows if row.status in {Status.UNKNOWN, Status.SENDING} or row.is_again}
        returned = [
            place
            for place, outcome in self.outcomes.items()
            if outcome.evidence == "left_out" and place[0] in lost and self._is_kept(place)
        ]
        outcomes.include_again(self._db, returned)
        outcomes.write(self._db, new_outcomes)
        kept = [(batch, place) for batch, places in self.kept.items() for place in places]
        batches.note_absent(self._db, self._removed_places(), kept)
        batches.take_off_queue(self._db, self._campaign.id, now_ns)

    def _superseded_places(self) -> Iterator[BatchPlace]:
        """Yield the places of people whose call with unknown outcome is not repeated because they get another text."""
        absent = {person.place for person in self.absent}
        for row in self.rows:
            if row.status in {Status.UNKNOWN, Status.SENDING} or row.is_again:
                kept = self.kept.get(row.id, ())
                for place, identities in people_of(row):
                    location = (row.id, place)
                    is_open = place not in kept and location not in self.outcomes and location not in absent
                    if is_open and not self._identities.isdisjoint(identities):
                        yield location

    def _removed_places(self) -> Iterator[BatchPlace]:
        """Yield the places of people removed by the analyst, whether sent to or not; they are not retried."""
        yield from (person.place for person in self.dropped)
        if not self.planned.exclusions and not self.removes_absent:
            return
        for row in self.rows:
            kept = self.kept.get(row.id, set())
            for place, userid in enumerate(row.userids.split(",")):
                if place not in kept and (self.removes_absent or userid in self.planned.exclusions):
                    yield row.id, place


def _new_batch(body: bytes, entries: Sequence[_Entry]) -> NewBatch:
    keys = json.dumps([list(entry.keys or ()) for entry in entries], ensure_ascii=False)
    return NewBatch(
        body, ",".join(entry.userid for entry in entries), len(entries), "" if entries[0].keys is None else keys
    )
