"""Compares a plan with the campaign of the same name, and refuses what must not be sent."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import day_in_words, is_due
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.control import is_sent
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.sender import sendings_here
from dingnb.campaigns.status import MAY_HAVE_IT, State, Status, may_have_same_text
from dingnb.errors import CampaignStoppedError
from dingnb.ledger import LedgerSession, batches, campaigns, moves, outcomes
from dingnb.ledger.batches import BatchRow
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.moves import Place
from dingnb.ledger.session import digest_of
from dingnb.messages import Message
from dingnb.words import NOTHING, Text, count, sentences

if TYPE_CHECKING:
    from dingnb.campaigns.row_map import Numbers


_BY_PERSON = frozenset({State.PAUSED, State.STOPPED})


def nothing_sent(db: LedgerSession, campaign: int) -> Text:
    """Return that nothing was sent; where calls of the campaign have left before, that no further one did."""
    calls = batches.count_attempts(db, campaign)
    return Text("send.no_further_call", calls=count("call", calls)) if calls else Text("send.nothing_sent")


def being_sent(db: LedgerSession, context: SendContext, row: CampaignRow) -> Text:
    """Return by whom a campaign is being sent now and how far it is, as a few words; empty where nobody sends it."""
    for sending in sendings_here(context.ledger.folder, row.id):
        return _being_sent("record.sender_here", os.getpid(), sending.progress())
    if not is_sent(context.ledger, row):
        return NOTHING
    progress = campaigns.get_progress(db, row.id)
    _, process = campaigns.sender(db, row.realm)
    return _being_sent("record.sender", process, Progress.of_json(progress, context.now_ns()) if progress else None)


def _being_sent(key: str, process: int, progress: Progress | None) -> Text:
    who = Text(key, process=process)
    return who if progress is None else Text("record.sender_progress", who=who, progress=progress.counted)


def stopped_by_person(db: LedgerSession, context: SendContext, row: CampaignRow) -> tuple[Text, Text]:
    """
    Return that a person stopped or paused a campaign which has something left to send, and what to do; else nothing.

    Only `resume` continues such a campaign: the person who stopped it had a reason.
    """
    # While what was under way is drained, its state is not written yet.
    state = State(row.state) if row.state in _BY_PERSON else State(campaigns.last_command(db, row.id) or row.state)
    if not row.by_person or state not in _BY_PERSON or not _is_open(db, context, row.id):
        return NOTHING, NOTHING
    by = batches.count_by_status(db, row.id)
    left = sum(by.get(status, (0, 0))[1] for status in (Status.QUEUED, Status.SENDING, Status.UNKNOWN))
    people = count(unit_of(has_key=bool(row.key_columns)), left)
    what = Text(f"record.{state}_by_person", name=row.name, day=day_in_words(row.updated_ns), people=people)
    return sentences(what, nothing_sent(db, row.id)), Text("record.stopped_todo", name=row.name)


def refuse_stopped(db: LedgerSession, context: SendContext, row: CampaignRow) -> None:
    """
    Refuse to continue what a person stopped or paused.

    Raises:
        CampaignStoppedError: It was.
    """
    what, todo = stopped_by_person(db, context, row)
    if what:
        raise CampaignStoppedError(what, todo)


def _is_open(db: LedgerSession, context: SendContext, campaign: int) -> bool:
    return batches.is_open(db, campaign) or any(is_due(db, context, job.id) for job in batches.lost(db, campaign))


class Known(NamedTuple):
    """A person as the ledger knows them."""

    batch: int
    place: int
    digest: bytes
    status: str


class Absent(NamedTuple):
    """Somebody who is still to be sent to and whom the plan lacks, and why it does where the analyst said so."""

    place: Place
    userid: str
    exclusion: Text


class Comparison:
    """
    A plan that meets a campaign which is there already.

    Args:
        db: The ledger.
        campaign: The campaign.
        planned: The plan.

    Attributes:
        batch_of: For each recipient of the plan, by number, the batch where that one is kept.
        place_of: Likewise the place in it.
        rows: The batches of the campaign.
        told: What is known of single recipients, by batch and place.
        digests: The hash of each body of the plan.
        free: The numbers of those who are in no batch with their text, and are sent to.
        new: Those of them whom the campaign does not know.
        missed: Those of them whom another text was sent, and did not reach.
        changed: Who may have another text, and where that is.
        met: The places that are kept, by batch.
        twice: Who stands in several places of the campaign.
        absent: Who is still to be sent to, and is not in the plan; after `find_absent`.
    """

    def __init__(self, db: LedgerSession, campaign: CampaignRow, planned: Batches) -> None:
        self._campaign = campaign
        self._planned = planned
        n = len(planned.recipients)
        self.batch_of: Numbers = np.zeros(n, dtype=np.int64)
        self.place_of: Numbers = np.zeros(n, dtype=np.int64)
        self.rows = batches.of_campaign(db, campaign.id)
        self.told = outcomes.known_by_place(db, campaign.id)
        self.digests = [digest_of(body) for body in planned.bodies]
        self.free: list[int] = []
        self.new: set[int] = set()
        self.missed: set[int] = set()
        self.changed: list[tuple[int, Known]] = []
        self.met: dict[int, set[int]] = {}
        self.twice: set[tuple[str, str]] = set()
        self.absent: list[Absent] = []
        self._moved = moves.of_campaign(db, campaign.id)
        self._persons: set[tuple[str, str]] = set()

    def find(self) -> None:
        """Find out who is known, who is new, and who has another text now."""
        by_person, by_text = self._known()
        for number, person, digest in self.people():
            self._persons.update(person)
            known = by_person.get(person[0]) if len(person) == 1 else _surest(map(by_person.get, person))
            # Under another key, or without one, the same text is still the same text.
            same = known if known is not None and known.digest == digest else by_text.get((person[0][0], digest))
            if same is not None and known is not None and same is not known and _has_rather(known, same):
                same = None
            if same is not None and same.status != Status.CANCELLED:
                self.keep(number, same)
            elif known is None:
                self.free.append(number)
                self.new.add(number)
            elif known.status in MAY_HAVE_IT:
                self.changed.append((number, known))
            else:
                self.free.append(number)
                if known.status not in {Status.QUEUED, Status.CANCELLED}:
                    self.missed.add(number)

    def find_absent(self, is_due: Callable[[int], bool]) -> None:
        """
        Find out who is still to be sent to, and is not in the plan.

        Args:
            is_due: Whether a batch of unknown outcome may be sent once more.
        """
        for row in self.rows:
            if row.status not in {Status.QUEUED, Status.UNKNOWN, Status.SENDING}:
                continue
            if len(self.met.get(row.id, ())) == row.userids.count(",") + 1:
                continue
            found = [place for place, person in people_of(row) if self._is_absent((row.id, place), person)]
            if found and (row.status == Status.QUEUED or is_due(row.id)):
                userids = row.userids.split(",")
                self.absent += (
                    Absent((row.id, place), userids[place], self._planned.exclusions.get(userids[place], NOTHING))
                    for place in found
                )

    def _is_absent(self, place: Place, person: Iterable[tuple[str, str]]) -> bool:
        is_settled = place in self._moved or place in self.told or place[1] in self.met.get(place[0], ())
        return not is_settled and self._persons.isdisjoint(person)

    def other_plan(self, message: str) -> Text:
        """
        Return why the plan cannot be of this campaign; empty where it can be.

        Args:
            message: The plan's `digest_of_message`.
        """
        if not self.rows or len(self.new) < len(self._planned.recipients) or message == self._campaign.message:
            return NOTHING
        people = count("person", len({one for row in self.rows for one in row.userids.split(",")}))
        return Text("record.other_plan", name=self._campaign.name, people=people)

    def keep(self, number: int, known: Known) -> None:
        """Let somebody stay where they are."""
        self.batch_of[number], self.place_of[number] = known.batch, known.place
        self.met.setdefault(known.batch, set()).add(known.place)

    def people(self) -> Iterator[tuple[int, Sequence[tuple[str, str]], bytes]]:
        """Yield the number of each recipient of the plan, who that is, and the hash of the text."""
        planned = self._planned
        numbers = range(len(planned.recipients))
        keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = (
            planned.keys if planned.keys is not None else repeat(("",))
        )
        for number, userid, own, body in zip(numbers, planned.recipients, keys, self.bodies_of(numbers), strict=False):
            yield number, [(userid, key) for key in own], self.digests[body]

    def bodies_of(self, numbers: Sequence[int]) -> list[int]:
        """Return the number of the body of each of these recipients."""
        starts = np.array(self._planned.start_of_batch[:-1], dtype=np.int64)
        at = np.searchsorted(starts, np.array(numbers, dtype=np.int64), side="right") - 1
        return np.array(self._planned.body_of_batch, dtype=np.int64)[at].tolist() if len(starts) else []

    def _known(self) -> tuple[dict[tuple[str, str], Known], dict[tuple[str, bytes], Known]]:
        by_person: dict[tuple[str, str], Known] = {}
        by_text: dict[tuple[str, bytes], Known] = {}
        for row in self.rows:
            for place, person in people_of(row):
                if row.status == Status.CANCELLED and (row.id, place) in self._moved:
                    continue
                known = Known(row.id, place, row.digest, self._status(row, place))
                for one in person:
                    before = by_person.setdefault(one, known)
                    if before is known:
                        continue
                    self.twice.add(one)
                    # A text that somebody may have counts, not a newer one that never left.
                    if known.status in MAY_HAVE_IT or before.status not in MAY_HAVE_IT:
                        by_person[one] = known
                by_text[person[0][0], row.digest] = known
        return by_person, by_text

    def _status(self, row: BatchRow, place: int) -> str:
        told = self.told.get((row.id, place))
        if told is not None:
            # Whom DingTalk dropped because of the same text has it, or may have it, from elsewhere.
            return Status.UNKNOWN if may_have_same_text(told.status, told.code) else told.status
        return Status.UNKNOWN if row.is_again else row.status


def other_key(campaign: CampaignRow, key_columns: tuple[str, ...]) -> Text:
    """Return why a plan with these keys cannot be of a campaign; empty where it can be."""
    if campaign.key_columns == key_columns:
        return NOTHING
    before, now = _named(campaign.key_columns), _named(key_columns)
    return Text("record.other_key", name=campaign.name, before=before, now=now)


def digest_of_message(message: Message) -> str:
    """Return a hash of a message with its templates."""
    return sha256(repr(message).encode(errors="surrogatepass")).hexdigest()


def people_of(row: BatchRow) -> Iterator[tuple[int, Sequence[tuple[str, str]]]]:
    """Yield the place of each recipient of a batch, and who that is: a userid with each of its keys."""
    keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = json.loads(row.keys) if row.keys else repeat(("",))
    for place, (userid, own) in enumerate(zip(row.userids.split(","), keys, strict=False)):
        yield place, [(userid, key) for key in own]


def _named(columns: Sequence[str]) -> Text | str:
    return f"key={list(columns)!r}" if columns else Text("record.no_key")


def _surest(known: Iterable[Known | None]) -> Known | None:
    """Return the first of them who may have the message, else the first; None where there is none."""
    return max(filter(None, known), key=lambda one: one.status in MAY_HAVE_IT, default=None)


def _has_rather(known: Known, other: Known) -> bool:
    """Return whether a person may have one text, and does not have another one."""
    return known.status in MAY_HAVE_IT and other.status not in MAY_HAVE_IT
