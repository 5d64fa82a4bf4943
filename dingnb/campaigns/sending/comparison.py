"""Compares a plan with the existing campaign of the same name, and refuses invalid sends."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.campaigns.campaign_names import numbered_names, suggest_name_of_reminder
from dingnb.campaigns.planning.batches import KEY_SEPARATOR, Batches, read_key_columns
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.control import find_sender, people_by_status
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.sender import sendings_here
from dingnb.campaigns.sending.unknown_outcomes import repeatable_batches
from dingnb.campaigns.status import MAY_HAVE_MESSAGE, State, Status, may_have_same_text, unknown_statuses
from dingnb.channels import channel_named
from dingnb.errors import CampaignStoppedError
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import actions, campaigns, moves, outcomes, recalls, stored_bodies
from dingnb.ledger.campaigns import batches as ledger_batches
from dingnb.ledger.campaigns.batches import BatchRow
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.recalls import AcceptedBatch
from dingnb.ledger.sending.processes import Process, this_process
from dingnb.ledger.session import digest_of
from dingnb.messages import Message
from dingnb.tables.keys import fold_key
from dingnb.words import NOTHING, Text, count, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from dingnb.tables.factorize import IntArray


Identity: TypeAlias = tuple[str, str]
"""What identifies a person in a campaign: the userid and a key, which is empty without keys."""

Replaceable: TypeAlias = Literal["", "all", "some"]
"""
How the earlier text of people can be recalled before they are sent another text.

``"all"`` by a recall of the whole campaign, ``"some"`` only by a recall from these people, because other people would
lose a text that they are to keep; empty if neither is possible without such a loss.
"""

_TextOfPerson: TypeAlias = tuple[tuple[str, ...], bytes]
"""What identifies a text of a person: the identity, or only the userid, and the hash of the body."""

_MEDIA_TYPES = frozenset({"image", "file", "voice"})
"""Message types without a text."""

_MANUAL_STATES = frozenset({State.PAUSED, State.STOPPED})
"""States that a person can put a campaign into."""


def describe_calls_made(db: LedgerSession, campaign: int) -> Text:
    """Return text for errors: nothing was sent or, after earlier calls of the campaign, no further call was made."""
    # An attempt is recorded before its call, and undone if the campaign is stopped before the call is made.
    under_way = ledger_batches.count_open_attempts(db, campaign)
    finished = ledger_batches.count_attempts(db, campaign) - under_way
    if under_way and finished:
        return Text("send.no_further_call_yet", calls=count("call", finished), under_way=count("call", under_way))
    if under_way:
        return Text("send.no_further_call_maybe", under_way=count("call", under_way))
    return Text("send.no_further_call", calls=count("call", finished)) if finished else Text("send.nothing_sent")


def describe_sender(db: LedgerSession, context: SendContext, row: CampaignRow) -> Text:
    """Return a phrase with the current sender of a campaign and its progress; empty if it is not being sent."""
    sendings = sendings_here(context.ledger, row.id)
    sender = find_sender(context.ledger, context.clock, row, db)
    # A sending of this process that has no turn yet may be waiting for another process.
    if sendings and (sender is None or sender.is_this):
        sending = next((sending for sending in sendings if sending.has_turn), sendings[0])
        who = this_process().text
        return Text("record.sender_progress", who=who, progress=sending.progress().counts_text)
    if sender is None:
        return NOTHING
    who = _sender_phrase(sender, actions.last_sender(db, row.id), context.operator)
    progress = campaigns.get_progress(db, row.id)
    if not progress:
        return who
    return Text("record.sender_progress", who=who, progress=Progress.of_json(progress, context.now_ns()).counts_text)


def _sender_phrase(process: Process, started_by: str, operator: str) -> Text:
    """Return a phrase for another process, with the person who uses it if known and not the operator."""
    if started_by not in {"", operator}:
        return Text("record.sender_person", person=started_by, process=process.pid, host=process.host)
    return process.text


def explain_manual_stop(db: LedgerSession, context: SendContext, row: CampaignRow) -> tuple[Text, Text]:
    """
    Return the message and the hint of the error for an unfinished campaign that a person stopped or paused.

    Both are empty for any other campaign.

    Only `resume` continues a campaign that a person stopped or paused, because the person had a reason.
    """
    # While calls under way are drained, the state has not been written yet.
    state = State(row.state) if row.state in _MANUAL_STATES else State(campaigns.last_command(db, row.id) or row.state)
    if not row.by_person or state not in _MANUAL_STATES or not _is_open(db, context, row):
        return NOTHING, NOTHING
    people_by = people_by_status(db, row.id, state)
    people = count(unit_of(has_key=bool(row.key_columns)), people_by[Status.QUEUED] + people_by[Status.UNKNOWN])
    what = Text(f"record.{state}_by_person", name=row.name, day=format_day(row.updated_ns), people=people)
    return sentences(what, describe_calls_made(db, row.id)), _stopped_todo(db, row)


def _stopped_todo(db: LedgerSession, row: CampaignRow) -> Text:
    """
    Return the hint for a stopped campaign: how to continue it, or how to take back what it sent.

    Messages are taken back by a recall, unless all were recalled already. Cards cannot be recalled, and are closed
    instead, unless they belong to the poll of another campaign. Once its cards are closed, the campaign cannot
    continue.
    """
    name, sent = literal(row.name), ledger_batches.people_by_progress(db, row.id).sent
    poll = cards.poll_of(db, row.id)
    if poll and poll.closed_ns is not None:
        return sentences(Text("answer.closed_unsent"), Text("answer.no_further_todo"))
    if not sent:
        return Text(
            "record.stopped_recalled_todo" if outcomes.has_recalled(db, row.id) else "record.stopped_unsent_todo",
            name=name,
        )
    if not channel_named(row.channel).has_answers:
        return Text("record.stopped_todo", name=name)
    return Text(
        "record.stopped_cards_todo" if poll and poll.root == row.id else "record.stopped_no_recall_todo", name=name
    )


def check_not_stopped(db: LedgerSession, context: SendContext, row: CampaignRow) -> None:
    """
    Refuse to continue a campaign that a person stopped or paused.

    Raises:
        CampaignStoppedError: A person stopped or paused the campaign.
    """
    what, todo = explain_manual_stop(db, context, row)
    if what:
        raise CampaignStoppedError(what, todo)


def _is_open(db: LedgerSession, context: SendContext, row: CampaignRow) -> bool:
    channel = channel_named(row.channel)
    return ledger_batches.is_open(db, row.id) or bool(repeatable_batches(db, context, row.id, channel, is_running=True))


class RecordedPerson(NamedTuple):
    """
    A person recorded in a campaign.

    Attributes:
        batch: The number of the person's batch.
        place: The person's place in the batch.
        digest: The hash of the person's body.
        status: The person's status; ``unknown`` if DingTalk dropped a repeat of a text from elsewhere, or if the batch
            is queued again after a call with unknown outcome.
        identities: The person's identities: one for each key of the message.
    """

    batch: int
    place: int
    digest: bytes
    status: str
    identities: tuple[Identity, ...]


class RecallFirst(NamedTuple):
    """
    Whether people's earlier text can be recalled before they are sent the plan's, and what the recall takes.

    Attributes:
        replaceable: Whether the earlier text can be recalled, and how; see `Replaceable`.
        impossible: The number of people who keep an earlier text, since it cannot be recalled.
        uncertain: The number of other people who may keep an earlier text: a call without an answer may have delivered
            it.
        calls: The number of calls of a recall of the whole campaign.
    """

    replaceable: Replaceable = ""
    impossible: int = 0
    uncertain: int = 0
    calls: int = 0


class AbsentPerson(NamedTuple):
    """
    A person still to be sent to who is not in the plan.

    Attributes:
        place: The person's batch, and the place in the batch.
        userid: The userid.
        exclusion: The reason if the plan excludes the person; otherwise empty.
    """

    place: BatchPlace
    userid: str
    exclusion: Text


class Comparison:
    """
    The differences between a plan and an existing campaign.

    Args:
        db: The ledger.
        campaign: The campaign.
        batches: The batches of the plan.

    Attributes:
        campaign: The campaign.
        batches: The batches of the plan. `compare` splits a recipient who keeps a message under only some of their
            keys: the other keys get a recipient of their own.
        batch_of: The batch in which each recipient of the plan, by number, is kept; 0 for a recipient who is not kept.
        place_of: The place of each recipient in that batch; without a batch, it means nothing.
        batch_rows: The batches of the campaign.
        outcomes: The known outcomes of single recipients, by batch and place.
        identities: The identities of everybody in the plan.
        digests: The hash of the body of each recipient of the plan, by number.
        to_send: The numbers of recipients who are in no batch with their text and have to be sent to.
        new_recipients: The numbers in `to_send` of people who are not in the campaign.
        missed_recipients: The numbers in `to_send` of people who were sent another text and do not have that text: it
            did not reach them, or was recalled.
        changed_recipients: The numbers of recipients who may have another text, each with the person as recorded.
        kept_places: The places that are kept, by batch.
        duplicate_identities: People recorded in several places of the campaign.
        absent_people: People still to be sent to who are not in the plan; filled in by `fill_in_absent`.
        people_with_text: The userids of people who have or may have the plan's text for them from this campaign.
        people_with_earlier_text: The userids of people who have or may have the plan's text for them, and were sent
            another text after it.
    """

    def __init__(self, db: LedgerSession, campaign: CampaignRow, batches: Batches) -> None:
        self.campaign = campaign
        self.batches = batches
        recipient_count = len(batches.recipients)
        self.batch_of: IntArray = np.zeros(recipient_count, dtype=np.int64)
        self.place_of: IntArray = np.zeros(recipient_count, dtype=np.int64)
        self.batch_rows = ledger_batches.of_campaign(db, campaign.id)
        self.outcomes = outcomes.by_place(db, campaign.id)
        self.digests = self._hash_bodies()
        self.to_send: list[int] = []
        self.new_recipients: set[int] = set()
        self.missed_recipients: set[int] = set()
        self.changed_recipients: list[tuple[int, RecordedPerson]] = []
        self.kept_places: dict[int, set[int]] = {}
        self.duplicate_identities: set[Identity] = set()
        self.absent_people: list[AbsentPerson] = []
        self.people_with_text: set[str] = set()
        self.people_with_earlier_text: set[str] = set()
        self._db = db
        self._moved = moves.moved_places(db, campaign.id)
        self._own_digests = stored_bodies.digests_of(db, campaign.id)
        self.identities: set[Identity] = set()
        self._by_person: dict[Identity, RecordedPerson] = {}
        self._by_text: dict[_TextOfPerson, RecordedPerson] = {}

    def compare(self, *, keeps_changed: bool = False) -> None:
        """
        Find out which recipients are recorded, which are new, and whose text has changed.

        Args:
            keeps_changed: Whether people keep another text than the plan's.
        """
        self._by_person, self._by_text = self._find_recorded_people()
        self._split_kept(keeps_changed=keeps_changed)
        for number, identities, digest in self.people():
            self.identities.update(identities)
            recorded_person = _most_likely_reached(map(self._by_person.get, identities))
            kept = {self._find_kept(identity, digest) for identity in identities}
            kept_at = next(iter(kept))
            # A queued message that is not recorded under all keys that share it is recorded anew.
            if kept_at is not None and len(kept) == 1:
                self.keep(number, kept_at)
                if kept_at.status in MAY_HAVE_MESSAGE:
                    self.people_with_text.add(self.batches.recipients[number])
            elif recorded_person is None:
                self.to_send.append(number)
                self.new_recipients.add(number)
            elif recorded_person.status in MAY_HAVE_MESSAGE:
                self.changed_recipients.append((number, recorded_person))
                earlier = (self._by_text.get(self._text_of(identity, digest)) for identity in identities)
                if any(person is not None and person.status in MAY_HAVE_MESSAGE for person in earlier):
                    self.people_with_earlier_text.add(self.batches.recipients[number])
            else:
                self.to_send.append(number)
                if recorded_person.status not in {Status.QUEUED, Status.CANCELLED}:
                    self.missed_recipients.add(number)

    def _split_kept(self, *, keeps_changed: bool) -> None:
        """
        Split the recipients who keep a message under only some of their keys, or different messages.

        Equal texts for a person that are planned together share a message. A message that was sent before is not shared
        with new messages.
        """
        parts: dict[int, list[list[str]]] = {}
        for number, identities, digest in self.people():
            if len(identities) == 1:
                continue
            keys_at: dict[BatchPlace | None, list[str]] = {}
            for identity in identities:
                kept = self._find_kept(identity, digest)
                if kept is None and keeps_changed and self._may_have_another_text(identity):
                    kept = self._by_person[identity]
                is_sent = kept is not None and kept.status != Status.QUEUED
                keys_at.setdefault(kept[:2] if kept is not None and is_sent else None, []).append(identity[1])
            if len(keys_at) > 1:
                parts[number] = list(keys_at.values())
        if parts:
            self.batches = _split_recipients(self.batches, self.campaign.key_columns, parts)
            self.digests = self._hash_bodies()
            self.batch_of, self.place_of = np.zeros((2, len(self.batches.recipients)), dtype=np.int64)

    def _find_kept(self, identity: Identity, digest: bytes) -> RecordedPerson | None:
        """Return where an identity is recorded with a text; None if it is not, or if another text replaced it."""
        recorded_person = self._by_person.get(identity)
        same_text = recorded_person
        if (recorded_person is None and self.batches.keys is None) or (
            recorded_person is not None and recorded_person.digest != digest
        ):
            # The same text under another key is still the same text, unless this key is new.
            same_text = self._by_text.get(self._text_of(identity, digest))
        if same_text is None or same_text.status == Status.CANCELLED:
            return None
        if recorded_person is not None and same_text is not recorded_person:
            # The last text sent to the person counts: a correction may have been taken back.
            is_replaced = recorded_person.status in MAY_HAVE_MESSAGE and identity in same_text.identities
            if is_replaced or _is_more_likely_reached(recorded_person, same_text):
                return None
        return same_text

    def _may_have_another_text(self, identity: Identity) -> bool:
        """Return whether an identity whose message is not kept may have another text."""
        recorded_person = self._by_person.get(identity)
        return recorded_person is not None and recorded_person.status in MAY_HAVE_MESSAGE

    def _text_of(self, identity: Identity, digest: bytes) -> _TextOfPerson:
        """Return what identifies a person's text; all keys share it where DingTalk drops equal texts."""
        return (identity[:1] if self.batches.channel.same_text_codes else identity), digest

    def fill_in_absent(self, may_repeat: Callable[[int], bool], *, is_running: bool) -> None:
        """
        Fill in `absent_people`: the people still to be sent to who are not in the plan.

        Args:
            may_repeat: Returns whether a batch with unknown outcome may be sent again.
            is_running: Whether the campaign is being sent; otherwise its calls under way have an unknown outcome.
        """
        unsettled = {Status.QUEUED, *unknown_statuses(is_running=is_running)}
        for row in self.batch_rows:
            if row.status not in unsettled:
                continue
            if len(self.kept_places.get(row.id, ())) == row.userids.count(",") + 1:
                continue
            places = [place for place, identities in identities_of(row) if self._is_absent((row.id, place), identities)]
            if places and (row.status == Status.QUEUED or may_repeat(row.id)):
                userids = row.userids.split(",")
                self.absent_people += (
                    AbsentPerson((row.id, place), userids[place], self.batches.exclusions.get(userids[place], NOTHING))
                    for place in places
                )

    def _is_absent(self, place: BatchPlace, identities: Iterable[Identity]) -> bool:
        is_settled = place in self._moved or place in self.outcomes or place[1] in self.kept_places.get(place[0], ())
        return not is_settled and self.identities.isdisjoint(identities)

    def find_recall_first(self, context: SendContext) -> RecallFirst:
        """Return whether people's other text can be recalled first, so that they get the plan's text instead."""
        changed: dict[int, set[str]] = {}
        for number, recorded_person in self.changed_recipients:
            changed.setdefault(recorded_person.batch, set()).add(self.batches.recipients[number])
        since_ns = context.now_ns() - self.batches.channel.recall_window_ns(context.limits)
        tasks = [
            task
            for task in recalls.accepted_batches(self._db, self.campaign.id)
            if task.can_be_recalled(since_ns) and task.possible_recipients
        ]
        if not any(changed.get(task.batch, set()).intersection(task.possible_recipients) for task in tasks):
            return RecallFirst()
        userids_of = {row.id: row.userids.split(",") for row in self.batch_rows}
        # DingTalk recalls whole tasks: people who keep a task's message would lose it, and not get it again.
        keeps_text = {
            task.batch: {userids_of[task.batch][place] for place in self.kept_places.get(task.batch, ())}
            for task in tasks
        }
        harmful = [task for task in tasks if not keeps_text[task.batch].isdisjoint(task.possible_recipients)]
        # A recall from some people takes all messages that they have.
        changed_userids = set[str]().union(*changed.values())
        if any(not changed_userids.isdisjoint(task.possible_recipients) for task in harmful):
            return RecallFirst()
        impossible, uncertain = self._find_kept_after(tasks)
        kept = [not impossible.isdisjoint(person.identities) for _, person in self.changed_recipients]
        doubtful = [not uncertain.isdisjoint(person.identities) for _, person in self.changed_recipients]
        return RecallFirst(
            "some" if harmful else "all",
            sum(kept),
            sum(is_doubtful and not is_kept for is_kept, is_doubtful in zip(kept, doubtful, strict=True)),
            len(tasks),
        )

    def _find_kept_after(self, tasks: Sequence[AcceptedBatch]) -> tuple[set[Identity], set[Identity]]:
        """Return the identities that keep a text after a recall of tasks, and the identities that may keep a text."""
        recalled = {task.batch: set(task.possible_recipients) for task in tasks}
        doubtful = recalls.batches_with_unknown_call(self._db, self.campaign.id)
        impossible, uncertain = set[Identity](), set[Identity]()
        for row in self.batch_rows:
            for place, identities in identities_of(row):
                if self._status(row, place) not in MAY_HAVE_MESSAGE:
                    continue
                if identities[0][0] not in recalled.get(row.id, ()):
                    impossible.update(identities)
                elif row.id in doubtful and (row.id, place) not in self.outcomes:
                    uncertain.update(identities)
        return impossible, uncertain

    def find_plan_mismatch(self, message_digest: str) -> Text:
        """
        Return why the plan cannot belong to this campaign; empty if the plan can.

        Args:
            message_digest: The `digest_of_message` of the plan's message.
        """
        if (
            not self.batch_rows
            or len(self.new_recipients) < len(self.batches.recipients)
            or message_digest == self.campaign.message_digest
        ):
            return NOTHING
        people = count("person", len({userid for row in self.batch_rows for userid in row.userids.split(",")}))
        return Text("record.other_plan", name=self.campaign.name, people=people)

    @property
    def another_name_text(self) -> Text:
        """The advice about another name for the plan, with the number of people who would get the same text again."""
        if not self.people_with_text:
            return Text("record.another_campaign")
        return Text("record.another_name_repeats", people=count("person", len(self.people_with_text)))

    def keep(self, number: int, recorded_person: RecordedPerson) -> None:
        """Keep a recipient in the recorded place."""
        self.batch_of[number], self.place_of[number] = recorded_person.batch, recorded_person.place
        self.kept_places.setdefault(recorded_person.batch, set()).add(recorded_person.place)

    def people(self) -> Iterator[tuple[int, Sequence[Identity], bytes]]:
        """Yield the number of each recipient of the plan, the person's identities, and the hash of the text."""
        people = zip(identities_of_recipients(self.batches), self.digests, strict=True)
        yield from ((number, identities, digest) for number, (identities, digest) in enumerate(people))

    def digest_at(self, row: BatchRow, place: int) -> bytes:
        """Return the hash of the body of a person in a batch of the campaign."""
        own_digests = self._own_digests.get(row.id)
        return row.digest if own_digests is None else own_digests[place]

    def _hash_bodies(self) -> list[bytes]:
        batches = self.batches
        if batches.own_bodies is not None:
            return list(map(digest_of, batches.own_bodies))
        digests = [digest_of(body) for body in batches.bodies]
        sizes = np.diff(np.array(batches.start_of_batch, dtype=np.int64)).tolist()
        return [digests[body] for body, size in zip(batches.body_of_batch, sizes, strict=True) for _ in range(size)]

    def _find_recorded_people(self) -> tuple[dict[Identity, RecordedPerson], dict[_TextOfPerson, RecordedPerson]]:
        by_person: dict[Identity, RecordedPerson] = {}
        by_text: dict[_TextOfPerson, RecordedPerson] = {}
        for row in self.batch_rows:
            for place, identities in identities_of(row):
                if row.status == Status.CANCELLED and (row.id, place) in self._moved:
                    continue
                digest = self.digest_at(row, place)
                recorded_person = RecordedPerson(row.id, place, digest, self._status(row, place), identities)
                for identity in identities:
                    earlier = by_person.setdefault(identity, recorded_person)
                    if earlier is recorded_person:
                        continue
                    self.duplicate_identities.add(identity)
                    # A text that the person may have takes precedence over a newer text that was never sent.
                    if recorded_person.status in MAY_HAVE_MESSAGE or earlier.status not in MAY_HAVE_MESSAGE:
                        by_person[identity] = recorded_person
                by_text[self._text_of(identities[0], digest)] = recorded_person
        return by_person, by_text

    def is_filtered(self, person: RecordedPerson) -> bool:
        """Return whether DingTalk dropped a message because the person has or may have the same text from elsewhere."""
        outcome = self.outcomes.get((person.batch, person.place))
        return outcome is not None and may_have_same_text(outcome.status, outcome.code)

    def _status(self, row: BatchRow, place: int) -> str:
        outcome = self.outcomes.get((row.id, place))
        if outcome is not None:
            # A person dropped because of the same text has or may have the text from elsewhere.
            return Status.UNKNOWN if may_have_same_text(outcome.status, outcome.code) else outcome.status
        return Status.UNKNOWN if row.is_repeat else row.status


def media_term(batches: Batches) -> Text:
    """Return the term for the media that a plan sends, for texts about changes; empty if the plan sends none."""
    kind = batches.message.msgtype
    if kind in _MEDIA_TYPES:
        return Text(f"record.term_{kind}")
    return Text("record.term_message") if batches.attachments else NOTHING


def find_kind_mismatch(
    db: LedgerSession, context: SendContext, campaign: CampaignRow, batches: Batches, key_columns: tuple[str, ...]
) -> tuple[Text, Text]:
    """
    Return why a plan for this channel and with these keys cannot belong to a campaign, and what to do.

    Both are empty if the plan can belong to it. A reminder of the campaign, or of one of its reminders, never can.
    """
    if batches.reminded_campaign is not None and actions.is_reminder_of(db, batches.reminded_campaign, campaign.id):
        reminded = campaigns.get(db, batches.reminded_campaign) or campaign
        other = literal(_find_unused_name(db, context, suggest_name_of_reminder(reminded.name)))
        return Text("record.own_reminder", name=reminded.name), Text("record.own_reminder_todo", other=other)
    if campaign.channel != batches.channel.name:
        return Text("record.other_channel", name=campaign.name), Text("record.other_name_todo")
    if campaign.key_columns == key_columns:
        return NOTHING, NOTHING
    before, now = _key_text(campaign.key_columns), _key_text(key_columns)
    todo = Text("record.key_todo", before=before) if campaign.key_columns else Text("record.no_key_todo")
    has_exclusions = bool(batches.exclusions or batches.numbers_to_look_up)
    other_name = _find_unused_name(db, context, campaign.name)
    code = _code_for_others(campaign.name, key_columns, other_name, has_exclusions=has_exclusions)
    others = Text("record.others_todo", name=campaign.name, code=code)
    return Text("record.other_key", name=campaign.name, before=before, now=now), sentences(todo, others)


def _find_unused_name(db: LedgerSession, context: SendContext, name: str) -> str:
    """Return a name, with a number if a campaign has it already."""
    return next(other for other in numbered_names(name) if campaigns.find(db, context.realm, other) is None)


def _code_for_others(name: str, key_columns: tuple[str, ...], other_name: str, *, has_exclusions: bool) -> str:
    """
    Return code that sends to the people who are not in a campaign, under another name.

    With `has_exclusions`, the people whom the analyst excludes, as `excluded`, stay excluded.
    """
    key = f"key=[{', '.join(map(literal, key_columns))}], " if key_columns else ""
    sent = f"ding.campaign({literal(name)}).results().query(\"status != 'rejected'\")"
    exclude = f'[*excluded, *{sent}["userid"]]' if has_exclusions else sent
    return f"ding.plan(frame, message, {key}exclude={exclude}).send({literal(other_name)})"


def digest_of_message(message: Message) -> str:
    """Return a hash of a message with its templates."""
    return sha256(repr(message).encode(errors="surrogatepass")).hexdigest()


def identities_of_recipients(batches: Batches) -> Iterator[Sequence[Identity]]:
    """Yield the identities of each recipient of a plan: the userid with each key."""
    keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = batches.keys if batches.keys is not None else repeat(("",))
    for userid, person_keys in zip(batches.recipients, keys, strict=False):
        yield [(userid, key) for key in person_keys]


def identities_of(row: BatchRow) -> Iterator[tuple[int, tuple[Identity, ...]]]:
    """Yield the place of each recipient of a batch, and the person's identities: the userid with each key."""
    keys: Sequence[Sequence[str]] | Iterator[tuple[str]] = json.loads(row.keys) if row.keys else repeat(("",))
    for place, (userid, person_keys) in enumerate(zip(row.userids.split(","), keys, strict=False)):
        # Earlier versions recorded keys as written.
        yield place, tuple((userid, KEY_SEPARATOR.join(map(fold_key, key.split(KEY_SEPARATOR)))) for key in person_keys)


def _split_recipients(
    batches: Batches, key_columns: Sequence[str], parts: Mapping[int, Sequence[Collection[str]]]
) -> Batches:
    """
    Return batches in which recipients have a message of their own for each part of their keys.

    Recipients have several keys only in channels that drop equal texts, where `own_bodies` is None.

    Args:
        batches: The batches of a plan with a key.
        key_columns: The key columns.
        parts: The keys of each part, by the number of the recipient. The first part keeps the number.
    """
    columns = read_key_columns(batches.frame, key_columns)
    key_of_row = list(map(KEY_SEPARATOR.join, zip(*columns, strict=True)))
    recipients, keys = list(batches.recipients), list(batches.keys or ())
    bodies, body_of_batch, start_of_batch = list(batches.bodies), list(batches.body_of_batch), [*batches.start_of_batch]
    recipient_of_row = batches.recipient_of_row.copy()
    number_of: dict[tuple[int, str], int] = {}
    for number, (first, *others) in parts.items():
        keys[number] = tuple(first)
        for part in others:
            number_of |= dict.fromkeys(((number, key) for key in part), len(recipients))
            recipients.append(batches.recipients[number])
            keys.append(tuple(part))
            body_of_batch.append(len(bodies))
            bodies.append(batches.body_of(number))
            start_of_batch.append(len(recipients))
    for row in np.flatnonzero(np.isin(recipient_of_row, list(parts))).tolist():
        number = int(recipient_of_row[row])
        recipient_of_row[row] = number_of.get((number, key_of_row[row]), number)
    return replace(
        batches,
        recipient_of_row=recipient_of_row,
        recipients=recipients,
        keys=keys,
        bodies=bodies,
        body_of_batch=body_of_batch,
        start_of_batch=start_of_batch,
    )


def _key_text(columns: Sequence[str]) -> Text:
    return Text("record.key", columns=", ".join(map(literal, columns))) if columns else Text("record.no_key")


def _most_likely_reached(candidates: Iterable[RecordedPerson | None]) -> RecordedPerson | None:
    """Return the first person who may have the message, otherwise the first person; None if there are no people."""
    return max(
        filter(None, candidates), key=lambda recorded_person: recorded_person.status in MAY_HAVE_MESSAGE, default=None
    )


def _is_more_likely_reached(recorded_person: RecordedPerson, other: RecordedPerson) -> bool:
    """Return whether a person may have one text and does not have the other."""
    return recorded_person.status in MAY_HAVE_MESSAGE and other.status not in MAY_HAVE_MESSAGE
