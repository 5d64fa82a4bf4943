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
from itertools import pairwise, repeat, starmap
from typing import Literal, NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.quota import check_month
from dingnb.calls.repeats import is_due
from dingnb.campaigns.planning.batches import Batches, max_people
from dingnb.campaigns.recipient_fields import write_fields
from dingnb.campaigns.row_map import Numbers, RowMap
from dingnb.campaigns.sending.comparison import (
    Absent,
    Comparison,
    describe_sender,
    digest_of_message,
    key_mismatch,
    nothing_sent,
    people_of,
    refuse_stopped,
)
from dingnb.campaigns.status import State, Status
from dingnb.errors import AbsentRecipientsError, CampaignRunningError, ChangedBodyError, InputError
from dingnb.ledger import LedgerSession, batches, campaigns, media, moves, outcomes
from dingnb.ledger.attempts import Why
from dingnb.ledger.batches import NewBatch
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.moves import Move, Place
from dingnb.ledger.outcomes import Outcome
from dingnb.media import Content
from dingnb.messages.serialization import serialize
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

Changed = Literal["error", "skip", "resend"]

AbsentChoice = Literal["error", "send", "drop"]
"""What to do about people still to be sent to who are not in the plan."""


@dataclass(frozen=True, slots=True)
class SendChoices:
    """
    The analyst's choices about an existing campaign of the same name.

    Attributes:
        changed: What to do about people with another text in the plan than they were sent.
        absent: What to do about people still to be sent to who are not in the plan.
        store_content: Whether bodies are kept after the campaign is finished.
        beyond_quota: Whether it may need more calls than are left this month; None does not check.
    """

    changed: Changed = "error"
    absent: AbsentChoice = "error"
    store_content: bool = True
    beyond_quota: bool | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A recorded plan.

    Attributes:
        campaign: The campaign's number.
        row_map: The places of its recipients.
        before: The campaign before recording; None if it is new.
        skipped: The number of people who keep another text than the plan's, as the analyst chose.
        contents: The media that its bodies refer to, by reference.
    """

    campaign: int
    row_map: RowMap
    before: CampaignRow | None
    skipped: int = 0
    contents: Mapping[str, Content] = field(default_factory=dict)


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
        LiveSendError: Too few calls are left this month, and `choices.beyond_quota` is False.
        AbsentRecipientsError: People still to be sent to are not in the plan, and `absent` is ``"error"``.
        CampaignRunningError: Another plan is being sent under this name.
        CampaignStoppedError: A person stopped or paused the campaign.
        ChangedBodyError: People have another text in the plan than they were sent, and `changed` is ``"error"``.
        InputError: The name was used for another plan.
        LedgerError: The ledger cannot be written.
    """
    now_ns = context.now_ns()
    message = digest_of_message(planned.message)
    with context.ledger.writing() as db:
        before = campaigns.find(db, context.realm, name)
        if before is None:
            check_people(0)
            number = campaigns.begin(
                db,
                context.realm,
                name,
                message=message,
                msgtype=planned.message.msgtype,
                key_columns=key_columns,
                store_content=choices.store_content,
                now_ns=now_ns,
            )
            first = _add_all(db, number, planned)
            if choices.store_content:
                write_fields(
                    db, planned, key_columns, enumerate(starmap(range, pairwise(planned.start_of_batch)), first)
                )
            campaigns.note_plan(db, number, plan, first, message)
            campaigns.note_message(db, number, serialize(planned.message))
            media.record(db, number, planned.attachments.values())
            check_month(db, context, number, beyond_quota=choices.beyond_quota)
            row_map = RowMap.of_plan(planned, *_places(planned, first))
            return Recorded(number, row_map, None, contents=planned.attachments)
        refuse_stopped(db, context, before)
        if before.plan == plan and before.first_batch is not None:
            check_people(0)
            media.record(db, before.id, planned.attachments.values())
            check_month(db, context, before.id, beyond_quota=choices.beyond_quota)
            row_map = RowMap.of_plan(planned, *_places(planned, before.first_batch))
            return Recorded(before.id, row_map, before, contents=planned.attachments)
        who = describe_sender(db, context, before)
        if who and before.plan != plan:
            raise _running(before, who)
        _check_use(db, before, key_mismatch(before, key_columns))
        merge = _Merge(db, before, planned)
        merge.find()
        _check_use(db, before, merge.plan_mismatch(message))
        merge.check_changed(choices.changed)
        merge.find_absent(lambda batch: is_due(db, context, batch))
        merge.check_absent(choices.absent)
        if who:
            # A campaign being sent must not change, which even the same plan could do with other choices.
            if merge.to_send or merge.dropped:
                raise _running(before, who)
            check_people(len(merge.carried))
            return _recorded(planned, merge, before)
        check_people(len(merge.carried))
        media.record(db, before.id, planned.attachments.values())
        merge.write(max_people(context.limits), now_ns)
        campaigns.note_plan(db, before.id, plan, None, message)
        is_open = batches.is_open(db, before.id)
        if is_open or before.store_content:
            campaigns.note_message(db, before.id, serialize(planned.message))
        if before.state == State.FINISHED and is_open:
            campaigns.set_state(db, before.id, State.INTERRUPTED, now_ns)
        check_month(db, context, before.id, beyond_quota=choices.beyond_quota)
        return _recorded(planned, merge, before)


def _recorded(planned: Batches, merge: "_Merge", before: CampaignRow) -> Recorded:
    row_map = RowMap.of_plan(planned, merge.batch_of, merge.place_of)
    return Recorded(before.id, row_map, before, merge.skipped, planned.attachments)


def _add_all(db: LedgerSession, campaign: int, planned: Batches) -> int:
    starts = planned.start_of_batch
    spans = list(pairwise(starts))
    # In a personal plan each recipient is a batch.
    is_personal = len(spans) == len(planned.recipients)
    userids = planned.recipients if is_personal else [",".join(planned.recipients[start:end]) for start, end in spans]
    sizes = (end - start for start, end in spans)
    keys = repeat("") if planned.keys is None else (_keys_json(planned, range(start, end)) for start, end in spans)
    bodies = (planned.bodies[number] for number in planned.body_of_batch)
    return batches.add_batches(db, campaign, zip(bodies, userids, sizes, keys, strict=False))


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


def _running(campaign: CampaignRow, who: Text) -> CampaignRunningError:
    name = campaign.name
    return CampaignRunningError(Text("record.running", name=name, who=who), Text("record.running_todo", name=name))


def _check_use(db: LedgerSession, campaign: CampaignRow, problem: Text) -> None:
    if problem:
        raise InputError(sentences(problem, nothing_sent(db, campaign.id)), Text("record.other_name_todo"))


class _Entry(NamedTuple):
    """A recipient of a new batch: from the plan, by number, or carried over from an older batch."""

    userid: str
    keys: Sequence[str] | None
    number: int | None
    origin: Place | None

    @property
    def source(self) -> int | Place:
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

    def check_changed(self, changed: Changed) -> None:
        """Apply the analyst's choice to people whose text has changed."""
        if changed == "error" and self.changed:
            # With a key, a person may have several messages.
            changed_people = list(dict.fromkeys(self._planned.recipients[number] for number, _ in self.changed))
            people = count("person", len(changed_people))
            what = Text("record.changed", name=self._campaign.name, people=people, who=listed_briefly(changed_people))
            nothing = nothing_sent(self._db, self._campaign.id)
            raise ChangedBodyError(sentences(what, nothing), Text("record.changed_todo"))
        if changed == "resend":
            self.to_send = sorted([*self.to_send, *(number for number, _ in self.changed)])
            return
        self.skipped = len(self.changed)
        for number, known in self.changed:
            self.keep(number, known)

    def check_absent(self, absent: AbsentChoice) -> None:
        """Apply the analyst's choice to people still to be sent to who are not in the plan."""
        others = [one for one in self.absent if not one.exclusion]
        if absent == "error" and others:
            absent_people = list(dict.fromkeys(one.userid for one in others))
            people, rejected = count("person", len(absent_people)), self._count_rejected(absent_people)
            what = Text("record.absent", name=self._campaign.name, people=people, who=listed_briefly(absent_people))
            rows = Text("record.absent_rejected", people=count("person", rejected)) if rejected else NOTHING
            nothing = nothing_sent(self._db, self._campaign.id)
            raise AbsentRecipientsError(sentences(what, rows, nothing), Text("record.absent_todo"))
        self.removes_absent = absent == "drop"
        self.carried = others if absent == "send" else []
        kept = {one.place for one in self.carried}
        self.dropped = [one for one in self.absent if one.place not in kept]

    def _count_rejected(self, absent: Sequence[str]) -> int:
        """Return how many of these people are in rejected rows of the plan's input."""
        rejected = {self._planned.userids[position] for position in self._planned.rejections}
        return sum(one in rejected for one in absent)

    def write(self, most: int, now_ns: int) -> None:
        """Write the differences to the ledger."""
        rebuilt = self._split(most)
        bodies = batches.contents(self._db, rebuilt)
        batches.cancel(self._db, rebuilt, Why(Text("result.cut_again"), Text("result.cut_again_todo")), now_ns)
        self._note_dropped(rebuilt, now_ns)
        chunks = [
            (body, entries[start : start + most])
            for body, entries in self._entries(rebuilt, bodies).items()
            for start in range(0, len(entries), most)
        ]
        first = batches.add_batches(
            self._db, self._campaign.id, (_new_batch(body, entries) for body, entries in chunks)
        )
        if self._campaign.store_content:
            own = enumerate(([entry.source for entry in entries] for _, entries in chunks), first)
            write_fields(self._db, self._planned, self._campaign.key_columns, own)
        carried: list[Move] = []
        for batch, (_, entries) in enumerate(chunks, first):
            for place, entry in enumerate(entries):
                if entry.number is not None:
                    self.batch_of[entry.number], self.place_of[entry.number] = batch, place
                elif entry.origin is not None:
                    carried.append(Move(*entry.origin, batch, place, same_text=True))
        self._move(carried)

    def _entries(self, rebuilt: set[int], bodies: dict[int, bytes]) -> dict[bytes, list[_Entry]]:
        """Return the recipients of new batches, by body."""
        planned, found = self._planned, dict[bytes, list[_Entry]]()
        for number, body in zip(self.to_send, self.bodies_of(self.to_send), strict=True):
            keys = None if planned.keys is None else planned.keys[number]
            found.setdefault(planned.bodies[body], []).append(_Entry(planned.recipients[number], keys, number, None))
        carried = {one.place for one in self.carried}
        for row in self.rows:
            if row.id not in rebuilt:
                continue
            keys_of = json.loads(row.keys) if row.keys else None
            for place, userid in enumerate(row.userids.split(",")):
                if (row.id, place) in carried:
                    own = None if keys_of is None else keys_of[place]
                    entry = _Entry(userid, own, None, (row.id, place))
                    found.setdefault(bodies[row.id], []).append(entry)
        return found

    def _move(self, carried: Sequence[Move]) -> None:
        """Record the moves, so that each person counts only in the current place."""
        moved = moves.of_campaign(self._db, self._campaign.id)
        returned = {place for place in moved if self._is_kept(place)}
        moves.forget(self._db, returned)
        moves.write(self._db, [*self._moves(moved - returned), *carried])

    def _moves(self, moved: set[Place]) -> Iterator[Move]:
        """Yield moves from earlier places of people who are sent to again; kept places are not moved."""
        again = set(self.to_send) - self.new
        number_of = {
            one: number
            for number, person, _ in self.people()
            for one in person
            if number in again or one in self.duplicates
        }
        if not number_of:
            return
        bodies = self.bodies_of(range(len(self._planned.recipients)))
        for row in self.rows:
            for place, person in people_of(row):
                number = next((number_of[one] for one in person if one in number_of), None)
                if number is None or (row.id, place) in moved or self._is_kept((row.id, place)):
                    continue
                to_batch, to_place = int(self.batch_of[number]), int(self.place_of[number])
                is_same_text = number in again and row.digest == self.digests[bodies[number]]
                yield Move(row.id, place, to_batch, to_place, is_same_text)

    def _is_kept(self, place: Place) -> bool:
        return place[1] in self.kept.get(place[0], ())

    def _split(self, most: int) -> set[int]:
        """Return the queued batches to rebuild: people are removed from them, or they are too large, or have room."""
        wanted = {self.digests[body] for body in self.bodies_of(self.to_send)}
        carried = {one.place for one in self.carried}
        rebuilt = set()
        for row in self.rows:
            if row.status != Status.QUEUED or row.is_again:
                continue
            size = row.userids.count(",") + 1
            stays = len(self.kept.get(row.id, ()))
            if stays < size and carried:
                stays += sum((row.id, place) in carried for place in range(size))
            if stays < size or size > most or (size < most and row.digest in wanted):
                rebuilt.add(row.id)
        if rebuilt:
            again = np.isin(self.batch_of, np.array(sorted(rebuilt), dtype=np.int64))
            self.to_send = sorted([*self.to_send, *np.flatnonzero(again).tolist()])
            for batch in rebuilt:
                self.kept.pop(batch, None)
        return rebuilt

    def _note_dropped(self, rebuilt: set[int], now_ns: int) -> None:
        """
        Record the people who are no longer sent to, as the analyst chose, and those who are sent to again.

        People who were left out of a batch and are in the plan again, or kept by ``absent="send"``, are included again.
        """
        new_outcomes: list[Outcome] = []
        for one in self.dropped:
            was_sent = one.place[0] not in rebuilt
            reason = one.exclusion or Text("result.left_out" if was_sent else "result.dropped")
            status, evidence = (Status.UNKNOWN, "left_out") if was_sent else (Status.CANCELLED, "dropped")
            hint = Text("result.left_out_todo" if was_sent else "result.dropped_todo")
            new_outcomes.append(Outcome(*one.place, status, "", evidence, reason, hint, now_ns))
        new_outcomes += (
            Outcome(*place, Status.UNKNOWN, "", "left_out", Text("result.superseded"), NOTHING, now_ns)
            for place in self._superseded()
        )
        lost = {row.id for row in self.rows if row.status in {Status.UNKNOWN, Status.SENDING} or row.is_again}
        back = [
            place
            for place, outcome in self.outcomes.items()
            if outcome.evidence == "left_out" and place[0] in lost and self._is_kept(place)
        ]
        outcomes.include_again(self._db, back)
        outcomes.write(self._db, new_outcomes)
        kept = [(batch, place) for batch, places in self.kept.items() for place in places]
        batches.note_absent(self._db, self._removed_places(), kept)

    def _superseded(self) -> Iterator[Place]:
        """Yield the places of people whose call with unknown outcome is not repeated because they get another text."""
        absent = {one.place for one in self.absent}
        for row in self.rows:
            if row.status in {Status.UNKNOWN, Status.SENDING} or row.is_again:
                kept = self.kept.get(row.id, ())
                for place, person in people_of(row):
                    here = (row.id, place)
                    is_open = place not in kept and here not in self.outcomes and here not in absent
                    if is_open and not self._persons.isdisjoint(person):
                        yield here

    def _removed_places(self) -> Iterator[Place]:
        """Yield the places of people removed by the analyst, whether sent to or not; they are not retried."""
        yield from (one.place for one in self.dropped)
        if not self._planned.exclusions and not self.removes_absent:
            return
        for row in self.rows:
            kept = self.kept.get(row.id, set())
            for place, userid in enumerate(row.userids.split(",")):
                if place not in kept and (self.removes_absent or userid in self._planned.exclusions):
                    yield row.id, place


def _new_batch(body: bytes, entries: Sequence[_Entry]) -> NewBatch:
    keys = json.dumps([list(one.keys or ()) for one in entries], ensure_ascii=False)
    return NewBatch(
        body, ",".join(one.userid for one in entries), len(entries), "" if entries[0].keys is None else keys
    )
