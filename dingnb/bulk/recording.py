"""
Records a plan under a campaign's name, which is what makes running a cell again safe.

A person in a campaign is (userid, key). Who is recorded with the same text stays where they are, who is new is
added, who was queued and is in the plan no more is forgotten, and who has another text is an error, or is skipped
or sent to again, as the analyst says.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise, repeat
from typing import Literal

import numpy as np

from dingnb.bulk.comparing import Comparison, digest_of_message, other_key, people_of
from dingnb.bulk.cutting import Cut, most_people
from dingnb.bulk.line import Line
from dingnb.bulk.packing import pack
from dingnb.bulk.roster import Numbers, Roster
from dingnb.bulk.status import State, Status
from dingnb.errors import ChangedBodyError, InputError
from dingnb.language import count, few, say
from dingnb.ledger import batches, campaigns, moves, outcomes
from dingnb.ledger.batches import NewBatch
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.moves import Move, Place
from dingnb.ledger.outcomes import Outcome

Changed = Literal["error", "skip", "resend"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A plan in the ledger.

    Attributes:
        campaign: The campaign's number.
        roster: Where its people are.
        before: The campaign as it was before; None where it is new.
        skipped: How many people keep another text than the plan's, since the analyst said so.
    """

    campaign: int
    roster: Roster
    before: CampaignRow | None
    skipped: int = 0


def digest_of_plan(cut: Cut) -> str:
    """Return a hash of who gets which bytes, in which batch."""
    digest = sha256()
    parts: list[bytes] = [
        b"\0".join(cut.bodies),
        ",".join(cut.recipients).encode(),
        np.array(cut.body_of_batch, dtype=np.int64).tobytes(),
        np.array(cut.start_of_batch, dtype=np.int64).tobytes(),
        repr(cut.keys).encode() if cut.keys else b"",
    ]
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def record(
    line: Line,
    cut: Cut,
    name: str,
    *,
    plan: str,
    key_columns: tuple[str, ...],
    changed: Changed,
    store_content: bool,
) -> Recorded:
    """
    Write a plan down under a campaign's name, as a whole or not at all.

    Args:
        line: Whose ledger it is.
        cut: The plan.
        name: The campaign's name.
        plan: The plan's `digest_of_plan`.
        key_columns: What tells several rows of one person apart.
        changed: What to do where somebody has another text in the plan than was sent.
        store_content: Whether bodies are kept when the campaign is finished.

    Raises:
        ChangedBodyError: People have another text than they were sent, and `changed` is ``"error"``.
        InputError: The name was used for another plan.
        LedgerError: The ledger cannot be written.
    """
    now_ns = line.now_ns()
    message = digest_of_message(cut.message)
    with line.ledger.writing() as db:
        before = campaigns.find(db, line.realm, name)
        if before is None:
            number = campaigns.begin(
                db,
                line.realm,
                name,
                message=message,
                msgtype=cut.message.msgtype,
                key_columns=key_columns,
                store_content=store_content,
                now_ns=now_ns,
            )
            first = _add_all(db, number, cut)
            campaigns.note_plan(db, number, plan, first, message)
            campaigns.note_message(db, number, pack(cut.message))
            return Recorded(number, Roster.of_plan(cut, *_places(cut, first)), None)
        if before.plan == plan and before.first_batch is not None:
            return Recorded(before.id, Roster.of_plan(cut, *_places(cut, before.first_batch)), before)
        _check_use(other_key(before, key_columns))
        merge = _Merge(db, before, cut)
        merge.find()
        _check_use(merge.other_plan(message))
        merge.check_changed(changed)
        merge.write(most_people(line.limits), now_ns)
        campaigns.note_plan(db, before.id, plan, None, message)
        is_open = batches.is_open(db, before.id)
        if is_open or before.store_content:
            campaigns.note_message(db, before.id, pack(cut.message))
        if before.state == State.FINISHED and is_open:
            campaigns.set_state(db, before.id, State.STOPPED, now_ns)
        return Recorded(before.id, Roster.of_plan(cut, merge.batch_of, merge.place_of), before, merge.skipped)


def _add_all(db: sqlite3.Connection, campaign: int, cut: Cut) -> int:
    starts = cut.start_of_batch
    spans = list(pairwise(starts))
    # A personal plan has as many batches as people, and each of its recipients is a batch.
    is_personal = len(spans) == len(cut.recipients)
    userids = cut.recipients if is_personal else [",".join(cut.recipients[start:end]) for start, end in spans]
    sizes = (end - start for start, end in spans)
    keys = repeat("") if cut.keys is None else (_keys_json(cut, range(start, end)) for start, end in spans)
    bodies = (cut.bodies[number] for number in cut.body_of_batch)
    return batches.add_batches(db, campaign, zip(bodies, userids, sizes, keys, strict=False))


def _keys_json(cut: Cut, numbers: Sequence[int]) -> str:
    if cut.keys is None:
        return ""
    return json.dumps([list(cut.keys[number]) for number in numbers], ensure_ascii=False)


def _places(cut: Cut, first: int) -> tuple[Numbers, Numbers]:
    """Return the batch and the place of each recipient of a plan whose batches follow each other in the ledger."""
    starts = np.array(cut.start_of_batch, dtype=np.int64)
    sizes = np.diff(starts)
    batch_of = np.repeat(np.arange(first, first + len(sizes), dtype=np.int64), sizes)
    place_of = np.arange(len(cut.recipients), dtype=np.int64) - np.repeat(starts[:-1], sizes)
    return batch_of, place_of


def _check_use(problem: str) -> None:
    if problem:
        raise InputError(say("record.refused", problem=problem), say("record.other_name_todo"))


class _Merge(Comparison):
    """A comparison of which something is made: the campaign becomes that of the plan."""

    def __init__(self, db: sqlite3.Connection, campaign: CampaignRow, cut: Cut) -> None:
        super().__init__(db, campaign, cut)
        self._db = db
        self.skipped = 0

    def check_changed(self, changed: Changed) -> None:
        """Do what is to be done for those whose text has changed."""
        if changed == "error" and self.changed:
            who = few([self._cut.recipients[number] for number, _ in self.changed])
            people = count("person", len(self.changed))
            what = say("record.changed", name=self._campaign.name, people=people, who=who)
            raise ChangedBodyError(what, say("record.changed_todo"))
        if changed == "resend":
            self.free = sorted([*self.free, *(number for number, _ in self.changed)])
            return
        self.skipped = len(self.changed)
        for number, known in self.changed:
            self.keep(number, known)

    def write(self, most: int, now_ns: int) -> None:
        """Write the difference to the ledger."""
        dissolved = self._dissolve(most)
        self._leave_out(now_ns)
        groups: dict[int, list[int]] = {}
        for number, body in zip(self.free, self.bodies_of(self.free), strict=True):
            groups.setdefault(body, []).append(number)
        chunks = [
            (body, numbers[start : start + most])
            for body, numbers in groups.items()
            for start in range(0, len(numbers), most)
        ]
        first = batches.add_batches(
            self._db,
            self._campaign.id,
            (
                NewBatch(
                    self._cut.bodies[body],
                    ",".join(self._cut.recipients[number] for number in numbers),
                    len(numbers),
                    _keys_json(self._cut, numbers),
                )
                for body, numbers in chunks
            ),
        )
        for batch, (_, numbers) in enumerate(chunks, first):
            self.batch_of[numbers] = batch
            self.place_of[numbers] = np.arange(len(numbers))
        self._move(dissolved)
        batches.note_absent(self._db, self._campaign.id, self._absent(dissolved))

    def _absent(self, dissolved: set[int]) -> Iterator[Place]:
        """Yield who was sent to, or may have been, and is in the plan no more: no retry goes to them."""
        for row in self.rows:
            size, met = row.userids.count(",") + 1, self.met.get(row.id, set())
            if row.id not in dissolved and len(met) < size:
                yield from ((row.id, place) for place in range(size) if place not in met)

    def _move(self, dissolved: set[int]) -> None:
        """Let everybody in the plan count where they stand now, and nowhere else."""
        gone = moves.of_campaign(self._db, self._campaign.id)
        back = {place for place in gone if self._is_kept(place)}
        moves.forget(self._db, back)
        moves.write(self._db, self._moves(dissolved, gone - back))

    def _moves(self, dissolved: set[int], gone: set[Place]) -> Iterator[Move]:
        """Yield where else those have stood who are not new; where somebody is kept counts for that one."""
        again = set(self.free) - self.new
        number_of = {
            one: number for number, person, _ in self.people() for one in person if number in again or one in self.twice
        }
        if not number_of:
            return
        bodies = self.bodies_of(range(len(self._cut.recipients)))
        for row in self.rows:
            if row.id in dissolved:
                continue
            for place, person in people_of(row):
                number = next((number_of[one] for one in person if one in number_of), None)
                if number is None or (row.id, place) in gone or self._is_kept((row.id, place)):
                    continue
                to_batch, to_place = int(self.batch_of[number]), int(self.place_of[number])
                is_same_text = number in again and row.digest == self.digests[bodies[number]]
                yield Move(row.id, place, to_batch, to_place, is_same_text)

    def _is_kept(self, place: Place) -> bool:
        return place[1] in self.met.get(place[0], ())

    def _dissolve(self, most: int) -> set[int]:
        """Drop queued batches that hold somebody who is in the plan no more, too many, or room for others."""
        wanted = {self.digests[body] for body in self.bodies_of(self.free)}
        dissolved = set()
        for row in self.rows:
            if row.status != Status.QUEUED or row.is_again:
                continue
            size = row.userids.count(",") + 1
            if len(self.met.get(row.id, ())) < size or size > most or (size < most and row.digest in wanted):
                dissolved.add(row.id)
        if dissolved:
            again = np.isin(self.batch_of, np.array(sorted(dissolved), dtype=np.int64))
            self.free = sorted([*self.free, *np.flatnonzero(again).tolist()])
            batches.drop(self._db, dissolved)
        return dissolved

    def _leave_out(self, now_ns: int) -> None:
        """Note who of the unknown batches is in the plan no more: a repeat does not go to them."""
        left, back = [], []
        for row in self.rows:
            if row.status not in {Status.UNKNOWN, Status.SENDING} and not row.is_again:
                continue
            met = self.met.get(row.id, ())
            for place in range(row.userids.count(",") + 1):
                told = self.told.get((row.id, place))
                if place in met and told is not None and told.evidence == "left_out":
                    back.append((row.id, place))
                elif place not in met and told is None:
                    why = (say("result.left_out"), say("result.unknown_todo"))
                    left.append(Outcome(row.id, place, Status.UNKNOWN, "", "left_out", *why, now_ns))
        outcomes.take_back(self._db, back)
        outcomes.write(self._db, left)
