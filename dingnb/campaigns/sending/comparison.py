"""Compares a plan with the existing campaign of the same name, and refuses invalid sends."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import format_day, is_due
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
    """Return the text that nothing was sent or, if calls of the campaign were made before, that no more were made."""
    calls = batches.count_attempts(db, campaign)
    return Text("send.no_further_call", calls=count("call", calls)) if calls else Text("send.nothing_sent")


def describe_sender(db: LedgerSession, context: SendContext, row: CampaignRow) -> Text:
    """Return a phrase with the current sender of a campaign and its progress; empty if it is not being sent."""
    for sending in sendings_here(context.ledger.folder, row.id):
        return _sender_phrase("record.sender_here", os.getpid(), sending.progress())
    if not is_sent(context.ledger, row):
        return NOTHING
    progress = campaigns.get_progress(db, row.id)
    _, process = campaigns.sender(db, row.realm)
    return _sender_phrase("record.sender", process, Progress.of_json(progress, context.now_ns()) if progress else None)


def _sender_phrase(key: str, process: int, progress: Progress | None) -> Text:
    who = Text(key, process=process)
    return who if progress is None else Text("record.sender_progress", who=who, progress=progress.counted)


def stopped_by_person(db: LedgerSession, context: SendContext, row: CampaignRow) -> tuple[Text, Text]:
    """
    Return the message and hint for an unfinished campaign that a person stopped or paused; otherwise empty texts.

    Only `resume` continues such a campaign, because the person had a reason to stop it.
    """
    # While calls under way are drained, the state has not been written yet.
    state = State(row.state) if row.state in _BY_PERSON else State(campaigns.last_command(db, row.id) or row.state)
    if not row.by_person or state not in _BY_PERSON or not _is_open(db, context, row.id):
        return NOTHING, NOTHING
    by = batches.count_by_status(db, row.id)
    left = sum(by.get(status, (0, 0))[1] for status in (Status.QUEUED, Status.SENDING, Status.UNKNOWN))
    people = count(unit_of(has_key=bool(row.key_columns)), left)
    what = Text(f"record.{state}_by_person", name=row.name, day=format_day(row.updated_ns), people=people)
    return sentences(what, nothing_sent(db, row.id)), Text("record.stopped_todo", name=row.name)


def refuse_stopped(db: LedgerSession, context: SendContext, row: CampaignRow) -> None:
    """
    Refuse to continue a campaign that a person stopped or paused.

    Raises:
        CampaignStoppedError: A person stopped or paused it.
    """
    what, todo = stopped_by_person(db, context, row)
    if what:
        raise CampaignStoppedError(what, todo)


def _is_open(db: LedgerSession, context: SendContext, campaign: int) -> bool:
    return batches.is_open(db, campaign) or any(is_due(db, context, job.id) for job in batches.lost(db, campaign))


class RecordedPerson(NamedTuple):
    """A person recorded in the ledger."""

    batch: int
    place: int
    digest: bytes
    status: str


class Absent(NamedTuple):
    """A person still to be sent to who is not in the plan, and the reason if the plan excludes them."""

    place: Place
    userid: str
    exclusion: Text


class Comparison:
    """
    The differences between a plan and an existing campaign.

    Args:
        db: The ledger.
        campaign: The campaign.
        planned: The plan.

    Attributes:
        batch_of: The batch in which each recipient of the plan, by number, is kept.
        place_of: The place of each recipient in that batch.
        rows: The batches of the campaign.
        outcomes: The known outcomes of single recipients, by batch and place.
        digests: The hash of each body of the plan.
        to_send: The numbers of recipients who are in no batch with their text and have to be sent to.
        new: Those of them who are not in the campaign.
        missed: Those of them who were sent another text that did not reach them.
        changed: Recipients who may have another text, and where they are recorded.
        kept: The places that are kept, by batch.
        duplicates: People recorded in several places of the campaign.
        absent: People still to be sent to who are not in the plan; set by `find_absent`.
    """

    def __init__(self, db: LedgerSession, campaign: CampaignRow, planned: Batches) -> None:
        self._campaign = campaign
        self._planned = planned
        n = len(planned.recipients)
        self.batch_of: Numbers = np.zeros(n, dtype=np.int64)
        self.place_of: Numbers = np.zeros(n, dtype=np.int64)
        self.rows = batches.of_campaign(db, campaign.id)
        self.outcomes = outcomes.known_by_place(db, campaign.id)
        self.digests = [digest_of(body) for body in planned.bodies]
        self.to_send: list[int] = []
        self.new: set[int] = set()
        self.missed: set[int] = set()
        self.changed: list[tuple[int, RecordedPerson]] = []
        self.kept: dict[int, set[int]] = {}
        self.duplicates: set[tuple[str, str]] = set()
        self.absent: list[Absent] = []
        self._moved = moves.of_campaign(db, campaign.id)
        self._persons: set[tuple[str, str]] = set()

    def find(self) -> None:
        """Find the recipients who are recorded, who are new, and whose text has changed."""
        by_person, by_text = self._recorded()
        for number, person, digest in self.people():
            self._persons.update(person)
            known = by_person.get(person[0]) if len(person) == 1 else _most_likely_reached(map(by_person.get, person))
            # The same text under another key, or without one, is still the same text.
            same = known if known is not None and known.digest == digest else by_text.get((person[0][0], digest))
            if same is not None and known is not None and same is not known and _is_more_likely_reached(known, same):
                same = None
            if same is not None and same.status != Status.CANCELLED:
                self.keep(number, same)
            elif known is None:
                self.to_send.append(number)
                self.new.add(number)
            elif known.status in MAY_HAVE_IT:
                self.changed.append((number, known))
            else:
                self.to_send.append(number)
                if known.status not in {Status.QUEUED, Status.CANCELLED}:
                    self.missed.add(number)

    def find_absent(self, is_due: Callable[[int], bool]) -> None:
        """
        Find the people still to be sent to who are not in the plan.

        Args:
            is_due: Returns whether a batch with unknown outcome may be sent again.
        """
        for row in self.rows:
            if row.status not in {Status.QUEUED, Status.UNKNOWN, Status.SENDING}:
                continue
            if len(self.kept.get(row.id, ())) == row.userids.count(",") + 1:
                continue
            found = [place for place, person in people_of(row) if self._is_absent((row.id, place), person)]
            if found and (row.status == Status.QUEUED or is_due(row.id)):
                userids = row.userids.split(",")
                self.absent += (
                    Absent((row.id, place), userids[place], self._planned.exclusions.get(userids[place], NOTHING))
                    for place in found
                )

    def _is_absent(self, place: Place, person: Iterable[tuple[str, str]]) -> bool:
        is_settled = place in self._moved or place in self.outcomes or place[1] in self.kept.get(place[0], ())
        return not is_settled and self._persons.isdisjoint(person)

    def plan_mismatch(self, message: str) -> Text:
        """
        Return why the plan cannot belong to this campaign; empty if it can.

        Args:
            message: The plan's `digest_of_message`.
        """
        if not self.rows or len(self.new) < len(self._planned.recipients) or message == self._campaign.message:
            return NOTHING
        people = count("person", len({one for row in self.rows for one in row.userids.split(",")}))
        return Text("record.other_plan", name=self._campaign.name, people=people)

    def keep(self, number: int, known: RecordedPerson) -> None:
        """Keep a recipient in the recorded place."""
        self.batch_of[number], self.place_of[number] = known.batch, known.place
        self.kept.setdefault(known.batch, set()).add(known.place)

    def people(self) -> Iterator[tuple[int, Sequence[tuple[str, str]], bytes]]:
        """Yield the number of each recipient of the plan, the person's identities, and the hash of the text."""
        planned = self._planned
        numbers = range(len(planned.recipients))
        keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = (
            planned.keys if planned.keys is not None else repeat(("",))
        )
        for number, userid, own, body in zip(numbers, planned.recipients, keys, self.bodies_of(numbers), strict=False):
            yield number, [(userid, key) for key in own], self.digests[body]

    def bodies_of(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers of the bodies of recipients."""
        starts = np.array(self._planned.start_of_batch[:-1], dtype=np.int64)
        at = np.searchsorted(starts, np.array(numbers, dtype=np.int64), side="right") - 1
        return np.array(self._planned.body_of_batch, dtype=np.int64)[at].tolist() if len(starts) else []

    def _recorded(self) -> tuple[dict[tuple[str, str], RecordedPerson], dict[tuple[str, bytes], RecordedPerson]]:
        by_person: dict[tuple[str, str], RecordedPerson] = {}
        by_text: dict[tuple[str, bytes], RecordedPerson] = {}
        for row in self.rows:
            for place, person in people_of(row):
                if row.status == Status.CANCELLED and (row.id, place) in self._moved:
                    continue
                known = RecordedPerson(row.id, place, row.digest, self._status(row, place))
                for one in person:
                    before = by_person.setdefault(one, known)
                    if before is known:
                        continue
                    self.duplicates.add(one)
                    # A text that the person may have takes precedence over a newer one that was never sent.
                    if known.status in MAY_HAVE_IT or before.status not in MAY_HAVE_IT:
                        by_person[one] = known
                by_text[person[0][0], row.digest] = known
        return by_person, by_text

    def _status(self, row: BatchRow, place: int) -> str:
        outcome = self.outcomes.get((row.id, place))
        if outcome is not None:
            # A person dropped because of the same text has or may have it from elsewhere.
            return Status.UNKNOWN if may_have_same_text(outcome.status, outcome.code) else outcome.status
        return Status.UNKNOWN if row.is_again else row.status


def key_mismatch(campaign: CampaignRow, key_columns: tuple[str, ...]) -> Text:
    """Return why a plan with these keys cannot belong to a campaign; empty if it can."""
    if campaign.key_columns == key_columns:
        return NOTHING
    before, now = _named(campaign.key_columns), _named(key_columns)
    return Text("record.other_key", name=campaign.name, before=before, now=now)


def digest_of_message(message: Message) -> str:
    """Return a hash of a message with its templates."""
    return sha256(repr(message).encode(errors="surrogatepass")).hexdigest()


def people_of(row: BatchRow) -> Iterator[tuple[int, Sequence[tuple[str, str]]]]:
    """Yield the place of each recipient of a batch, and the person's identities: the userid with each key."""
    keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = json.loads(row.keys) if row.keys else repeat(("",))
    for place, (userid, own) in enumerate(zip(row.userids.split(","), keys, strict=False)):
        yield place, [(userid, key) for key in own]


def _named(columns: Sequence[str]) -> Text | str:
    return f"key={list(columns)!r}" if columns else Text("record.no_key")


def _most_likely_reached(known: Iterable[RecordedPerson | None]) -> RecordedPerson | None:
    """Return the first person who may have the message, otherwise the first; None if there is none."""
    return max(filter(None, known), key=lambda one: one.status in MAY_HAVE_IT, default=None)


def _is_more_likely_reached(known: RecordedPerson, other: RecordedPerson) -> bool:
    """Return whether a person may have one text and does not have the other."""
    return known.status in MAY_HAVE_IT and other.status not in MAY_HAVE_IT
