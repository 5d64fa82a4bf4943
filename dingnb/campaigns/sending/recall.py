"""
Recalls messages: whole tasks, within 24 hours, and each task only once.

A task is what DingTalk makes of an accepted call; the ledger has it as an `AcceptedBatch` with a receipt.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.recipient_count import Unit, text_key, unit_of
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.recall_progress import RecallHeartbeat, record_recalled
from dingnb.campaigns.sending.repeatable_calls import RepeatableCalls
from dingnb.campaigns.status import Status, may_have_same_text
from dingnb.channels import Channel
from dingnb.errors import ArgumentError, InputError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import actions, batches, campaigns, outcomes, recalls, stored_bodies, unknown_outcomes
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.batches import BatchRow
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.outcomes import Outcome, SentElsewhere, UndeliveredMessage
from dingnb.ledger.campaigns.recalls import AcceptedBatch
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences


@dataclass(frozen=True, slots=True)
class RecallEffect:
    """
    The tasks and people that a recall affects.

    Attributes:
        tasks: The tasks by which the requested people have or had the message, without `expired` tasks.
        expired: The tasks that were sent too long ago.
        also_affected: The userids of people who were not requested but share a remaining task with requested people;
            if everything was recalled already, any task counts as remaining.
        people_of_other_plans: The userids of other people of these tasks: people who are not in the newest plan, and
            share no task with its people. With a key, one userid for each message that is not in the plan, although its
            recipient may be.
        people_keeping_it: The userids of people who keep the message, because an earlier call without an answer
            delivered it, and this call cannot be recalled.
        sent_elsewhere: The userids of people who keep the same text, because another campaign or a test sent it
            before, by the name of that campaign.
        names: The names of people to show instead of their userids.
        unknown: The number of people who may have a message from a call without an answer, which cannot be recalled.
            Counted are the requested people, and people who share a task with them; with a key, once for each key.
    """

    tasks: tuple[AcceptedBatch, ...]
    expired: tuple[AcceptedBatch, ...]
    also_affected: tuple[str, ...]
    people_of_other_plans: tuple[str, ...]
    people_keeping_it: tuple[str, ...] = ()
    sent_elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    unknown: int = 0

    @property
    def remaining(self) -> tuple[AcceptedBatch, ...]:
        """The tasks not recalled yet."""
        return tuple(task for task in self.tasks if not task.recalled_ns)

    @property
    def recalled(self) -> tuple[AcceptedBatch, ...]:
        """The tasks recalled already."""
        return tuple(task for task in self.tasks if task.recalled_ns)

    @property
    def people(self) -> int:
        """The number of people who would lose the message: all who have or may have it from the remaining tasks."""
        return count_people(self.remaining)

    @property
    def messages(self) -> int:
        """The number of messages that people would lose: people who were sent several texts lose all of them."""
        return _count_messages(self.remaining)

    @property
    def readers(self) -> int:
        """The number of people who would lose the message and are known to have read any of the messages."""
        readers = (person for task in self.remaining for person in _recipient_keys(task) if person[0] in task.read)
        return len(_affected_people(self.remaining).keys() & set(readers))

    @property
    def people_at_first(self) -> int:
        """The number of people who would have lost the message before any of the tasks was recalled."""
        return count_people(self.tasks)

    @property
    def unit(self) -> Unit:
        """The counted unit: messages if a key distinguishes several messages of one person, otherwise people."""
        return _unit_of(self.tasks)

    @property
    def text(self) -> Text:
        """The people and calls affected, as text; if everything was recalled already, those that were affected."""
        tasks = self.remaining or self.tasks
        parts = [Text("recall.people", people=count(self.unit, count_people(tasks)), calls=count("call", len(tasks)))]
        messages = _count_messages(tasks)
        if messages > count_people(tasks):
            parts.append(Text("recall.messages", messages=count("message", messages)))
        # People who were sent to again after a recall would lose the newer message.
        done = len(_affected_people(self.recalled).keys() - _affected_people(tasks).keys())
        if done:
            parts.append(Text("recall.done_before", people=count(self.unit, done)))
        if self.also_affected:
            parts.append(
                Text(
                    "recall.also_affected",
                    people=count("person", len(self.also_affected)),
                    who=_list_names(self.also_affected, self.names),
                )
            )
        if self.people_of_other_plans:
            people = count(self.unit, len(self.people_of_other_plans))
            who = _list_names(list(dict.fromkeys(self.people_of_other_plans)), self.names)
            parts.append(Text(text_key(self.unit, "campaign.not_in_plan"), people=people, who=who))
        affected = {person[0] for person in _affected_people(tasks)}
        # Of the people who keep a text that cannot be recalled, some lose another text.
        for key, is_affected in (("recall.kept", False), ("recall.kept_one", True)):
            keeping = [userid for userid in self.people_keeping_it if (userid in affected) == is_affected]
            if keeping:
                parts.append(_kept_text(keeping, self.names, key))
        parts += [
            Text(
                "recall.elsewhere_test" if is_test(name) else "recall.elsewhere",
                people=count("person", len(userids)),
                who=_list_names(userids, self.names),
                campaign=name,
            )
            for name, userids in self.sent_elsewhere.items()
        ]
        if self.expired:
            parts.append(Text("recall.late", people=count(self.unit, count_people(self.expired))))
        return sentences(*parts)


def find_recall_effect(
    context: SendContext, campaign: int, channel: Channel, who: Collection[str] | None, newest_plan: RowMap
) -> RecallEffect:
    """
    Return what a recall would affect.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sent the campaign.
        who: The userids to recall messages from; None for everybody.
        newest_plan: The rows of the campaign's newest plan; if `who` is None, the people of other plans are listed.

    Raises:
        InputError: No call was accepted; `who` is empty, or includes people who were not sent to; no call reached
            anybody in `who`; or it is too late for all tasks.
    """
    since_ns = context.now_ns() - channel.recall_window_ns(context.limits)
    with context.ledger.connection() as db:
        accepted_tasks = [batch for batch in recalls.accepted_batches(db, campaign) if batch.receipt]
        rows = batches.of_campaign(db, campaign)
        unknown_places = unknown_outcomes.places(db, campaign)
        recalled_campaign = campaigns.get(db, campaign)
        sent_elsewhere = _group_by_campaign(outcomes.sent_elsewhere_in(db, campaign), who)
    if recalled_campaign is not None:
        # The campaign's own earlier calls are among the tasks.
        sent_elsewhere.pop(recalled_campaign.name, None)
    userids_in_campaign = {userid for row in rows for userid in row.userids.split(",")}
    selected = _select_tasks(accepted_tasks, who, userids_in_campaign, newest_plan.names)
    tasks = tuple(task for task in selected if task.recalled_ns or task.can_be_recalled(since_ns))
    expired = tuple(task for task in selected if not task.recalled_ns and not task.can_be_recalled(since_ns))
    if not tasks:
        raise InputError(
            Text("recall.too_late", people=count(_unit_of(expired), count_people(expired))),
            Text("recall.too_late_todo"),
        )
    # Excluded people are not in the plan, although the list has their rows.
    numbers = newest_plan.recipient_of_row.tolist()
    planned = {userid for userid, number in zip(newest_plan.userids, numbers, strict=True) if number >= 0}
    requested = planned if who is None else set(who)
    remaining = [task for task in tasks if not task.recalled_ns] or tasks
    shared = [task for task in remaining if not requested.isdisjoint(task.userids)]
    others = [task for task in remaining if requested.isdisjoint(task.userids)]
    also_affected = _unrequested_people(shared, requested)
    people_of_other_plans = _unrequested_people(others, requested)
    if who is None and _unit_of(tasks) == "message":
        planned_recipients = _recipient_keys_in_plan(rows, newest_plan)
        planned_recipients.update(person for person in _affected_people(shared) if person[0] not in requested)
        people_of_other_plans = tuple(
            person[0] for person in _affected_people(remaining) if person not in planned_recipients
        )
    people_keeping_it = _people_keeping(accepted_tasks, who)
    return RecallEffect(
        tasks,
        expired,
        also_affected,
        people_of_other_plans,
        people_keeping_it,
        sent_elsewhere,
        newest_plan.names,
        _count_unknown(rows, unknown_places, None if who is None else {*who, *also_affected}),
    )


def _count_unknown(rows: Iterable[BatchRow], places: Iterable[BatchPlace], who: Collection[str] | None) -> int:
    """Return the number of people at some places in batches who are in `who`, once for each key."""
    recipient_keys = _recipient_keys_at(rows, places)
    return len(recipient_keys if who is None else [person for person in recipient_keys if person[0] in who])


def _recipient_keys_in_plan(rows: Iterable[BatchRow], newest_plan: RowMap) -> set[tuple[str, ...]]:
    """Return the recipients of a plan, each with the keys of its message."""
    places = zip(newest_plan.batch_of.tolist(), newest_plan.place_of.tolist(), strict=True)
    return _recipient_keys_at(rows, places)


def _recipient_keys_at(rows: Iterable[BatchRow], places: Iterable[tuple[int, int]]) -> set[tuple[str, ...]]:
    """Return the recipients at some places in batches, each with the keys of its message."""
    places_of: dict[int, list[int]] = {}
    for batch, place in places:
        places_of.setdefault(batch, []).append(place)
    recipient_keys = set[tuple[str, ...]]()
    for row in rows:
        userids, keys = row.userids.split(","), json.loads(row.keys) if row.keys else []
        recipient_keys.update((userids[place], *(keys[place] if keys else ())) for place in places_of.get(row.id, ()))
    return recipient_keys


def _select_tasks(
    accepted_tasks: Sequence[AcceptedBatch],
    who: Collection[str] | None,
    userids_in_campaign: Collection[str],
    names: Mapping[str, str],
) -> list[AcceptedBatch]:
    """
    Return the tasks by which people have or may have the message.

    Args:
        accepted_tasks: All tasks of the campaign.
        who: As for `find_recall_effect`.
        userids_in_campaign: The userids in the campaign, for errors.
        names: The names of people by userid, for errors.

    Raises:
        InputError: As for `find_recall_effect`, but not because it is too late.
    """
    if not accepted_tasks:
        raise InputError(Text("recall.nothing"), Text("recall.nothing_todo"))
    if who is not None and not who:
        raise InputError(Text("recall.nobody"), Text("recall.not_recipients_todo"))
    requested = set(who or ())
    not_sent = requested - {userid for task in accepted_tasks for userid in task.userids}
    if not_sent:
        # For people in the campaign, there is no call to recall, for example because its answer was lost.
        strangers = not_sent.difference(userids_in_campaign)
        key, userids = ("recall.not_recipients", strangers) if strangers else ("recall.no_call", not_sent)
        raise InputError(Text(key, who=listed_briefly(sorted(userids), "person")), Text(f"{key}_todo"))
    # A person who was sent to again did not get it from the first task, whose other people keep their message.
    recipients_of_tasks = [(task, task.possible_recipients) for task in accepted_tasks]
    selected = [
        task for task, people in recipients_of_tasks if people and (who is None or not requested.isdisjoint(people))
    ]
    if not selected:
        people_keeping_it = _people_keeping(accepted_tasks, who)
        what = _kept_text(people_keeping_it, names) if people_keeping_it else Text("recall.nobody_has_it")
        raise InputError(what, Text("recall.nothing_todo"))
    return selected


def _people_keeping(accepted_tasks: Sequence[AcceptedBatch], who: Collection[str] | None) -> tuple[str, ...]:
    """Return the people of `who`, or of everybody, to whom an earlier call without an answer delivered the message."""
    people = {userid for task in accepted_tasks for userid in task.reached_earlier}
    return tuple(sorted(people if who is None else people.intersection(who)))


def _group_by_campaign(people: Iterable[SentElsewhere], who: Collection[str] | None) -> dict[str, tuple[str, ...]]:
    """Return the people of `who`, or of everybody, who were sent the text before, each once, by campaign name."""
    found: dict[str, dict[str, None]] = {}
    for person in people:
        if who is None or person.userid in who:
            found.setdefault(str(dict(person.reason.fields)["campaign"]), {})[person.userid] = None
    return {name: tuple(userids) for name, userids in found.items()}


def _kept_text(userids: Sequence[str], names: Mapping[str, str], key: str = "recall.kept") -> Text:
    return Text(key, people=count("person", len(userids)), who=_list_names(userids, names))


def _list_names(userids: Sequence[str], names: Mapping[str, str]) -> Text:
    return listed_briefly([names.get(userid, userid) for userid in userids], "person")


def _unrequested_people(tasks: Iterable[AcceptedBatch], requested: Collection[str]) -> tuple[str, ...]:
    """Return the people of tasks who were not requested but have or may have the message, each once."""
    people = (userid for task in tasks for userid in task.possible_recipients)
    return tuple(dict.fromkeys(userid for userid in people if userid not in requested))


def count_people(tasks: Sequence[AcceptedBatch]) -> int:
    """Return the number of people who got or may have got the message from tasks, once for each key."""
    return len(_affected_people(tasks))


def _count_messages(tasks: Sequence[AcceptedBatch]) -> int:
    """Return the number of messages that tasks sent to people who got or may have got them."""
    return sum(person[0] not in task.missed for task in tasks for person in _recipient_keys(task))


def _affected_people(tasks: Sequence[AcceptedBatch]) -> dict[tuple[str, ...], None]:
    """Return the people who got or may have got the message from tasks, with the message's keys, once and in order."""
    return dict.fromkeys(person for task in tasks for person in _recipient_keys(task) if person[0] not in task.missed)


def _unit_of(tasks: Sequence[AcceptedBatch]) -> Unit:
    return unit_of(has_key=any(task.keys for task in tasks))


def _recipient_keys(task: AcceptedBatch) -> Iterator[tuple[str, ...]]:
    if not task.keys:
        return ((userid,) for userid in task.userids)
    return ((userid, *keys) for userid, keys in zip(task.userids, json.loads(task.keys), strict=True))


def describe_recalled(context: SendContext, campaign: int) -> Text:
    """Return from how many people a campaign was recalled; empty if from nobody."""
    with context.ledger.connection() as db:
        recalled = batches.people_by_progress(db, campaign).recalled
    return Text("recall.nobody_again", people=count("person", len(recalled))) if recalled else NOTHING


def prepare_recall(
    context: SendContext, campaign: int, channel: Channel, tasks: Sequence[AcceptedBatch], *, is_from_everybody: bool
) -> RepeatableCalls[AcceptedBatch]:
    """
    Return the calls, not made yet, that recall tasks: one for each task. A recalled task cannot be recalled again.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sent the campaign.
        tasks: The tasks.
        is_from_everybody: Whether the whole campaign is taken back, also from people whom its last text did not reach.
    """
    return RepeatableCalls(
        context,
        campaign,
        channel.recall_api,
        tasks,
        call=lambda task: _recall(context, channel, task),
        record=_RecallRecorder(campaign, context.operator, is_from_everybody=is_from_everybody).record,
        progress_text=lambda n: Text("progress.recalled", n=n, calls=count("call", len(tasks))),
        unknown_outcome_hint=Text("recall.again_todo"),
        quota_hint=Text("quota.used_up_recall_todo"),
        heartbeat=RecallHeartbeat(context, campaign).beat,
    )


def _recall(context: SendContext, channel: Channel, task: AcceptedBatch) -> None:
    try:
        channel.recall(context, task.receipt)
    except ArgumentError as error:
        # The request is ours; only the task can be wrong.
        error.advise(Text("recall.refused_todo"))
        raise


class _RecallRecorder:
    """Records recalled tasks, as one action of a person."""

    def __init__(self, campaign: int, operator: str, *, is_from_everybody: bool) -> None:
        self._campaign = campaign
        self._is_from_everybody = is_from_everybody
        self._undelivered: dict[tuple[str, ...], UndeliveredMessage] | None = None
        self._operator = operator
        self._recalled = 0
        self._action: int | None = None
        self._sent_before: dict[tuple[str, bytes], list[SentElsewhere]] | None = None
        self._places_here: set[tuple[int, int]] = set()

    def record(self, db: LedgerSession, task: AcceptedBatch, now_ns: int) -> None:
        """Record that a task was recalled."""
        # Without a reason, which the status itself says.
        why = Explanation(NOTHING, Text("recall.recalled_todo"))
        without_result: tuple[str, Explanation] = (Status.RECALLED, why)
        if any(attempt.outcome == "unknown" for attempt in attempts.of_batch(db, task.batch)):
            # An earlier call, which has no task to recall, may have reached these people.
            without_result = (Status.UNKNOWN, Explanation(Text("recall.maybe_left"), Text("recall.maybe_left_todo")))
        recalls.record(db, task.batch, why, without_result, now_ns)
        outcomes.write(db, self._outcomes_of_repeats(db, task, why, now_ns))
        outcomes.write(db, self._outcomes_of_later_texts(db, task, why, now_ns))
        self._recalled += 1
        record_recalled(db, self._campaign, self._recalled, now_ns)
        people = count_people([task])
        if self._action is None:
            action = Action(self._campaign, actions.RECALLED, self._operator, now_ns, people)
            self._action = actions.add(db, action)
        else:
            actions.add_people(db, self._action, people)

    def _outcomes_of_later_texts(
        self, db: LedgerSession, task: AcceptedBatch, why: Explanation, now_ns: int
    ) -> list[Outcome]:
        """Return new outcomes of people who had only this text, since a later text did not reach them."""
        if not self._is_from_everybody:
            # These people may be meant to get the later text.
            return []
        if self._undelivered is None:
            messages = outcomes.newest_undelivered(db, self._campaign)
            self._undelivered = {message.recipient: message for message in messages}
        people = (self._undelivered.get(person) for person in _affected_people([task]))
        return [
            Outcome(
                message.batch,
                message.place,
                Status.RECALLED,
                "",
                "result",
                Text("recall.earlier_recalled"),
                why.hint,
                now_ns,
            )
            for message in people
            if message is not None
            and message.batch != task.batch
            and not may_have_same_text(message.status, message.code)
        ]

    def _outcomes_of_repeats(
        self, db: LedgerSession, task: AcceptedBatch, why: Explanation, now_ns: int
    ) -> list[Outcome]:
        """Return new outcomes of people to whom later calls did not deliver the text, which they had from this task."""
        if self._sent_before is None:
            self._sent_before = {}
            for person in outcomes.sent_elsewhere_by(db, self._campaign):
                self._sent_before.setdefault((person.userid, person.digest), []).append(person)
            people_here = outcomes.sent_elsewhere_in(db, self._campaign)
            self._places_here = {(person.batch, person.place) for person in people_here}
        if not self._sent_before:
            return []
        _, digest = stored_bodies.of_batch(db, task.batch)
        people = (person for userid in task.userids for person in self._sent_before.get((userid, digest), ()))
        return [
            Outcome(person.batch, person.place, Status.RECALLED, "", "result", why.reason, why.hint, now_ns)
            if (person.batch, person.place) in self._places_here
            else Outcome(
                person.batch,
                person.place,
                Status.FILTERED,
                person.code,
                "result",
                Text(
                    "result.recalled_from" if person.evidence == "elsewhere" else "result.maybe_recalled_from",
                    **dict(person.reason.fields),
                ),
                Text("result.recalled_from_todo"),
                now_ns,
            )
            for person in people
        ]
