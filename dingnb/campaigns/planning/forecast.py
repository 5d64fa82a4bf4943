"""Forecasts what sending a plan under a name would do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.campaigns.campaign_names import read_campaign_name
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.recipient_count import RecipientCount
from dingnb.campaigns.sending.comparison import (
    Comparison,
    Replaceable,
    describe_sender,
    digest_of_message,
    explain_manual_stop,
    find_kind_mismatch,
    media_term,
)
from dingnb.campaigns.sending.control import people_by_status, recall_note, stored_state
from dingnb.campaigns.sending.recall_progress import explain_recall
from dingnb.campaigns.sending.recording import AbsentChoice, Changed, check_new_name
from dingnb.campaigns.sending.retry import forecast_retry
from dingnb.campaigns.sending.unknown_outcomes import repeatable_batches
from dingnb.campaigns.status import NOT_DELIVERED, State, Status, may_have_same_text, unknown_statuses
from dingnb.channels import channel_named, may_repeat
from dingnb.errors import InputError
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import actions, campaigns, outcomes
from dingnb.ledger.campaigns import batches as ledger_batches
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.words import NOTHING, Text, clauses, count, listed_briefly, sentences
from dingnb.words.literals import literal
from dingnb.words.visible import safe_str

BlockReason = Literal["", "recalled", "stopped", "running", "closed"]
"""What keeps a plan from being sent under a name: see `Forecast.blocked`. Only ``"closed"`` is permanent."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What `Plan.send` would do under a name.

    `people` is the sum of `settled`, `new`, `queued`, `missed`, `repeated` and `changed`. If there is a `refusal`, all
    six are 0, and `people` is still the number in the plan.

    Attributes:
        name: The existing campaign's spelling of the name, or else the name without leading and trailing blanks. The
            name as given if it cannot be read, or if there is nobody in the plan.
        people: The number of people in the plan.
        state: The state of the campaign of this name; None if there is none.
        updated_ns: The time of the campaign's last change, in DingTalk's time, nanoseconds since the epoch; 0 if there
            is no campaign of this name.
        recorded: The number of people in that campaign, without cancelled people.
        recorded_people: The number of different people among them if a key distinguishes their rows; None without a
            key, or if there is no campaign of this name. With a key, all other counts of people except
            `recalled_before` are of messages.
        settled: The number of people in the plan to whom nothing is sent, because they were sent this text already.
        settled_rows: The positions of the rows of these people in the input. With a key, rows of a person may be
            missing if another message to the person is still to be sent.
        new: The number of people who are not in that campaign yet.
        queued: The number of people who are in that campaign but were not sent to yet.
        missed: The number of people who were sent another text that did not reach them or was recalled; they are sent
            this text.
        repeated: The number of people to whom the text is sent again because the outcome of the first call is unknown;
            DingTalk drops messages that have arrived already.
        changed: The number of people who were sent another text that they have or may have: `send` raises
            `ChangedBodyError`, or follows its argument `changed`.
        changed_rows: The positions of the rows of these people in the input.
        changed_sent_anyway: The number of `changed` to whom something is sent even if they keep the earlier text: the
            earlier text is still queued, or is repeated because its outcome is unknown, or the person has no text yet
            under another key.
        replaceable: Whether the earlier text of `changed` can be recalled first: ``"all"`` by a recall of the campaign,
            ``"some"`` by a recall from these people alone; empty if neither is possible, or if somebody would lose a
            text that they are to keep.
        not_replaceable: The number of `changed` who keep an earlier text even if it is recalled first.
        perhaps_replaceable: The number of `changed` who may keep an earlier text even then: a call without an answer
            may have delivered it.
        recall_calls: The number of calls of a recall of the campaign, if the earlier text can be recalled first.
        absent: The number of people still to be sent to under this name whom the plan neither includes nor excludes:
            `send` raises `AbsentRecipientsError`, or follows its argument `absent`.
        absent_userids: The userids of these people.
        failed: The number of `settled` whom the text is known not to have reached; see `Campaign.missed` for retries.
        recalled: The number of `settled` from whom the text was recalled.
        recalled_before: The number of people from whom this message was recalled, if the campaign counts as recalled
            and the message would now be sent to others; otherwise 0.
        needs_texts: Whether `retry` can send to nobody, only because the texts were not kept.
        recall_note: A note that `retry` would send what was recalled or is to be recalled; empty if it would not.
        refusal: Why `send` sends nothing for any `changed` and `absent`; empty if `send` does not refuse.
        hint: What to do about the refusal.
        blocked: The kind of refusal: ``"recalled"`` if the campaign is being recalled, ``"stopped"`` if a person
            stopped or paused the campaign, ``"running"`` if another plan is being sent under this name, ``"closed"`` if
            the cards are closed; empty for other refusals, and without a refusal.
        media_term: The term for the plan's media; empty if the plan sends none.
        keeps_answers: Whether answers to the cards of an earlier text count for a new one as well.
    """

    name: str
    people: int
    state: State | None = None
    updated_ns: int = 0
    recorded: int = 0
    recorded_people: int | None = None
    settled: int = 0
    settled_rows: frozenset[int] = frozenset()
    new: int = 0
    queued: int = 0
    missed: int = 0
    repeated: int = 0
    changed: int = 0
    changed_rows: tuple[int, ...] = ()
    changed_sent_anyway: int = 0
    replaceable: Replaceable = ""
    not_replaceable: int = 0
    perhaps_replaceable: int = 0
    recall_calls: int = 0
    absent: int = 0
    absent_userids: tuple[str, ...] = ()
    failed: int = 0
    recalled: int = 0
    recalled_before: int = 0
    needs_texts: bool = False
    recall_note: Text = NOTHING
    refusal: Text = NOTHING
    hint: Text = NOTHING
    blocked: BlockReason = ""
    media_term: Text = NOTHING
    keeps_answers: bool = False

    @property
    def is_new(self) -> bool:
        """Whether sending the plan would create a campaign of this name."""
        return self.state is None and not self.refusal

    def people_sent_to(self, changed: Changed = "error", absent: AbsentChoice = "error") -> int:
        """
        Return the number of people who would be sent to; 0 if `send` would refuse.

        Args:
            changed: The argument of `send`; with ``"error"``, nothing is sent if there are people with another text.
            absent: The argument of `send`; with ``"error"``, nothing is sent if people are absent.
        """
        if self.refusal or (changed == "error" and self.changed) or (absent == "error" and self.absent):
            return 0
        others = self.changed if changed == "resend" else self.changed_sent_anyway
        if absent == "send":
            others += self.absent
        return self.new + self.queued + self.missed + self.repeated + others

    @property
    def may_keep_earlier(self) -> int:
        """The number of `changed` who keep or may keep an earlier text even after a recall."""
        return self.not_replaceable + self.perhaps_replaceable

    @property
    def people_after_recall(self) -> int:
        """The number of people in the plan who are sent to after a recall, without people who may keep another text."""
        replaced = self.people_sent_to("resend", "drop") - self.may_keep_earlier
        return max(replaced, self.people_sent_to("skip", "drop"))

    def rows_left_out(self, changed: Changed = "error") -> frozenset[int]:
        """
        Return the positions of rows of the input for which nothing would be sent now.

        Args:
            changed: The argument of `send`; with ``"error"``, it is undecided whether `changed_rows` are sent to.
        """
        keeps_all = changed == "skip" and not self.changed_sent_anyway
        return self.settled_rows.union(self.changed_rows) if keeps_all else self.settled_rows

    @property
    def text(self) -> Text:
        """The forecast as text: what `changed` and `absent` decide, and the summary."""
        if self.refusal:
            return sentences(self.refusal, self.hint)
        if self.state is None:
            return Text("forecast.new")
        decisions = [self.changed_text] if self.changed else []
        decisions += [self.absent_text] if self.absent else []
        return sentences(*decisions, self.summary)

    @property
    def summary(self) -> Text:
        """The forecast without the sentences about what `changed` and `absent` decide."""
        if self.refusal or self.state is None:
            return self.text
        failed = NOTHING
        if self.failed and not self.changed:
            key = "failed_textless" if self.needs_texts else "failed_recalled" if self.recall_note else "failed"
            fields = {"note": self.recall_note} if key == "failed_recalled" else {}
            failed = self._text(key, people=count(self._recipient_count.unit, self.failed), **fields)
        recalled = NOTHING
        if self.recalled and not self.is_recalled_from_all:
            recalled = self._text("recalled", people=count(self._recipient_count.unit, self.recalled))
        recalled_before = NOTHING
        if self.recalled_before:
            recalled_before = Text("forecast.recalled_before", people=count("person", self.recalled_before))
        return sentences(self._state_sentence(self.state), failed, recalled, recalled_before)

    @property
    def is_recalled_from_all(self) -> bool:
        """Whether the text was recalled from everybody in the plan."""
        return 0 < self.recalled == self.people

    @property
    def changed_text(self) -> Text:
        """The sentence about people who were sent another text."""
        fields = {"term": self.media_term} if self.media_term else {}
        who = count(f"{self._recipient_count.unit}_was", self.changed)
        return self._text("changed_media" if fields else "changed", who=who, **fields)

    @property
    def absent_text(self) -> Text:
        """The sentence about people who are still to be sent to and not in the plan."""
        who = listed_briefly(list(dict.fromkeys(self.absent_userids)), "person")
        return self._text("absent", people=count(self._recipient_count.unit, self.absent), who=who)

    def _state_sentence(self, state: State) -> Text:
        """Return the state of the campaign, and how many people of the plan are left to send to."""
        state_text = Text(f"forecast.{state}", day=format_day(self.updated_ns))
        head = Text("forecast.people", state=state_text, people=self._recipient_count.text)
        remaining = {"queued": self.queued, "new": self.new, "missed": self.missed, "repeated": self.repeated}
        parts = clauses(count(f"forecast_{name}{self._key_suffix}", n) for name, n in remaining.items() if n)
        if self.changed or self.absent:
            others = self._text("others" if self.changed else "rest")
            ending = parts or (others if self.settled else NOTHING)
            return Text("forecast.stands", head=head, rest=ending) if ending else Text("forecast.only", head=head)
        if parts:
            return self._text("left_running" if state is State.RUNNING else "left", head=head, parts=parts)
        return self._text("plan_recalled" if self.is_recalled_from_all else "plan", head=head)

    @property
    def _recipient_count(self) -> RecipientCount:
        return RecipientCount(self.recorded, self.recorded_people)

    @property
    def _key_suffix(self) -> str:
        """The suffix of text keys if messages are counted; otherwise empty."""
        return "" if self.recorded_people is None else "_message"

    def _text(self, key: str, **fields: object) -> Text:
        return Text(f"forecast.{key}{self._key_suffix}", **fields)


def forecast(
    context: SendContext,
    batches: Batches,
    key_columns: tuple[str, ...],
    name: object,
    digest_of_plan: Callable[[], str],
) -> Forecast:
    """
    Return what sending a plan under a name would do.

    Args:
        context: The context of sending.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        name: The name as given.
        digest_of_plan: Returns the plan's `recording.digest_of_plan`; called only if needed.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    people = len(batches.recipients)
    if not people:
        rows = count("row", len(batches.frame))
        return Forecast(safe_str(name), 0, refusal=Text("frame.nobody", rows=rows), hint=Text("frame.nobody_todo"))
    try:
        name = read_campaign_name(name)
    except InputError as error:
        return Forecast(safe_str(name), people, refusal=error.text, hint=error.advice)
    with context.ledger.connection() as db:
        row = campaigns.find(db, context.realm, name)
        if row is None:
            try:
                check_new_name(name)
            except InputError as error:
                return Forecast(name, people, refusal=error.text, hint=error.advice)
            return Forecast(name, people, new=people)
        # The state is read outside of the snapshot, because it also depends on which processes run now.
        state = stored_state(context.ledger, context.clock, row, db)
        # A consistent snapshot, because another process may be sending.
        with db.snapshot():
            row = campaigns.get(db, row.id)
            if row is None:
                return Forecast(name, people, new=people)
            forecaster = _Forecaster(context, db, row, state)
            return forecaster.with_recall(forecaster.forecast(batches, key_columns, digest_of_plan), batches)


class _Forecaster:
    """Forecasts a send under the name of an existing campaign."""

    def __init__(self, context: SendContext, db: LedgerSession, row: CampaignRow, state: State) -> None:
        self._context = context
        self._db = db
        self._row = row
        self._state = state
        self._channel = channel_named(row.channel)

    def forecast(self, batches: Batches, key_columns: tuple[str, ...], digest_of_plan: Callable[[], str]) -> Forecast:
        """Return the forecast for a plan; arguments as for the function `forecast`."""
        people = len(batches.recipients)
        blocked: BlockReason = "recalled"
        refusal, hint = explain_recall(self._db, self._row, self._context.now_ns())
        if not refusal:
            blocked = "stopped"
            refusal, hint = explain_manual_stop(self._db, self._context, self._row)
        if refusal:
            return replace(self._base_forecast(people), refusal=refusal, hint=hint, blocked=blocked)
        is_same = self._row.plan_digest == digest_of_plan()
        is_reminder = actions.is_reminder_of(self._db, batches.reminded_campaign, self._row.id)
        if self._row.first_batch is not None and is_same and not is_reminder:
            return self._refuse_if_closed(self._forecast_same_plan(batches))
        who = NOTHING if is_same else describe_sender(self._db, self._context, self._row)
        if who:
            refusal = Text("record.running", name=self._row.name, who=who)
            hint = Text("record.running_todo", name=literal(self._row.name))
            return replace(self._base_forecast(people), refusal=refusal, hint=hint, blocked="running")
        refusal, hint = find_kind_mismatch(self._db, self._context, self._row, batches, key_columns)
        if not refusal:
            comparison = Comparison(self._db, self._row, batches)
            comparison.compare()
            refusal = comparison.find_plan_mismatch(digest_of_message(batches.message))
            hint = Text("record.other_name_todo")
        if refusal:
            return replace(self._base_forecast(people), refusal=refusal, hint=hint)
        forecast = self._refuse_if_closed(
            replace(self._forecast_other_plan(comparison), media_term=media_term(batches))
        )
        if not forecast.changed or batches.keys is None:
            return forecast
        others = self._count_sent_under_other_keys(batches, forecast)
        return replace(forecast, changed_sent_anyway=forecast.changed_sent_anyway + others)

    def with_recall(self, forecast: Forecast, batches: Batches) -> Forecast:
        """Return a forecast with the number of people from whom the message was recalled, if others would get it."""
        sends = forecast.new or forecast.queued or forecast.repeated
        is_same = self._row.message_digest == digest_of_message(batches.message)
        if not sends or not is_same or not outcomes.has_recalled(self._db, self._row.id):
            return forecast
        people = ledger_batches.people_by_progress(self._db, self._row.id)
        return replace(forecast, recalled_before=len(people.recalled)) if people.is_recalled else forecast

    def _refuse_if_closed(self, forecast: Forecast) -> Forecast:
        """Return a refusal if cards would be sent after the campaign's were closed; otherwise the forecast itself."""
        # A finished campaign only repeats calls, whose cards exist already.
        repeated = 0 if self._state is State.FINISHED else forecast.repeated
        sends_cards = (
            forecast.new or forecast.queued or forecast.missed or repeated or forecast.changed or forecast.absent
        )
        if not sends_cards or not cards.is_closed(self._db, self._row.id):
            return forecast
        refusal, hint = Text("answer.no_further"), Text("answer.no_further_todo")
        base = self._base_forecast(forecast.people)
        return replace(base, refusal=refusal, hint=hint, blocked="closed")

    def _count_sent_under_other_keys(self, batches: Batches, forecast: Forecast) -> int:
        """Return how many of `changed` keep a text under one key and are sent the new text under another key."""
        keeping = Comparison(self._db, self._row, batches)
        keeping.compare(keeps_changed=True)
        all_sent_to = self._forecast_other_plan(keeping).people_sent_to("skip", "drop")
        return all_sent_to - forecast.people_sent_to("skip", "drop")

    def _forecast_same_plan(self, batches: Batches) -> Forecast:
        """Return the forecast for the only plan that was recorded so far."""
        db, campaign, people = self._db, self._row.id, len(batches.recipients)
        queued = ledger_batches.count_queued(db, campaign)
        is_running = self._state is State.RUNNING
        repeats = repeatable_batches(db, self._context, campaign, self._channel, is_running=is_running)
        repeated = sum(len(batch.userids) for batch in repeats)
        sent_to = ledger_batches.queued_userids(db, campaign).union(*(batch.userids for batch in repeats))
        numbers = [number for number, userid in enumerate(batches.recipients) if userid not in sent_to]
        known = outcomes.count_by_code(db, campaign)
        failed = people_by_status(db, campaign, self._state).get(Status.FAILED, 0)
        if self._channel.results_api:
            failed += sum(n for key, n in known.items() if _did_not_reach(*key))
        return replace(
            self._base_forecast(people),
            settled=people - queued - repeated,
            settled_rows=_rows_of(batches, numbers),
            queued=queued,
            repeated=repeated,
            failed=failed,
            recalled=sum(n for (status, _), n in known.items() if status == Status.RECALLED),
        )

    def _forecast_other_plan(self, comparison: Comparison) -> Forecast:
        """Return the forecast for a plan that differs from the recorded plan, or if several plans were recorded."""
        is_running = self._state is State.RUNNING
        comparison.fill_in_absent(self._may_repeat, is_running=is_running)
        people = len(comparison.batches.recipients)
        new, missed, changed = (
            len(comparison.new_recipients),
            len(comparison.missed_recipients),
            len(comparison.changed_recipients),
        )
        numbers = [number for number, _ in comparison.changed_recipients]
        status_of = {row.id: row.status for row in comparison.batch_rows}
        queued = {batch for batch, status in status_of.items() if status == Status.QUEUED}
        unknown = unknown_statuses(is_running=is_running)
        repeated = {batch for batch, status in status_of.items() if status in unknown and self._may_repeat(batch)}
        kept_queued, kept_repeated = _kept_places(comparison, queued), _kept_places(comparison, repeated)
        queued_people = len(comparison.to_send) - new - missed + _count_open(comparison, kept_queued)
        repeated_people = _count_open(comparison, kept_repeated)
        # People with another text who are sent something even if they keep that text.
        changed_places = {(person.batch, person.place) for _, person in comparison.changed_recipients}
        sent_anyway = {place for place in changed_places if place[0] in queued | repeated} - kept_queued - kept_repeated
        absent = tuple(person.userid for person in comparison.absent_people if not person.exclusion)
        recall_first = comparison.find_recall_first(self._context)
        sent_to = {place for place in kept_queued | kept_repeated if _is_open(comparison, place)}
        unsettled = {*comparison.to_send, *numbers}
        places = zip(comparison.batch_of.tolist(), comparison.place_of.tolist(), strict=True)
        settled = [n for n, place in enumerate(places) if n not in unsettled and place not in sent_to]
        return replace(
            self._base_forecast(people),
            settled=people - new - missed - changed - queued_people - repeated_people,
            settled_rows=_rows_of(comparison.batches, settled),
            new=new,
            queued=queued_people,
            missed=missed,
            repeated=repeated_people,
            changed=changed,
            changed_rows=tuple(sorted(_rows_of(comparison.batches, numbers))),
            changed_sent_anyway=_count_open(comparison, sent_anyway),
            replaceable=recall_first.replaceable,
            not_replaceable=recall_first.impossible,
            perhaps_replaceable=recall_first.uncertain,
            recall_calls=recall_first.calls,
            absent=len(absent),
            absent_userids=absent,
            failed=_count_failed(comparison),
            recalled=_count_recalled(comparison),
        )

    def _may_repeat(self, batch: int) -> bool:
        """Return whether a batch with unknown outcome may be sent again."""
        return may_repeat(self._db, self._context, self._channel, batch)

    def _base_forecast(self, people: int) -> Forecast:
        """Return a forecast with the facts about the campaign, for a plan with this number of people."""
        row = self._row
        people_by = people_by_status(self._db, row.id, self._state)
        recorded = people_by.total() - people_by[Status.CANCELLED]
        recorded_people = None
        if row.key_columns:
            userids = {
                userid
                for batch in ledger_batches.of_campaign(self._db, row.id)
                if batch.status != Status.CANCELLED
                for userid in batch.userids.split(",")
            }
            recorded_people = len(userids)
        retry = forecast_retry(self._db, self._context, row.id)
        return Forecast(
            row.name,
            people,
            self._state,
            row.updated_ns,
            recorded,
            recorded_people,
            needs_texts=retry.needs_texts,
            recall_note=recall_note(self._db, row.id) if retry.people or retry.people_later else NOTHING,
            keeps_answers=cards.poll_of(self._db, row.id) is not None,
        )


def _kept_places(comparison: Comparison, batches: Iterable[int]) -> set[BatchPlace]:
    """Return the places, in some batches, of people who keep their recorded text."""
    return {(batch, place) for batch in batches for place in comparison.kept_places.get(batch, ())}


def _count_open(comparison: Comparison, places: Iterable[BatchPlace]) -> int:
    """Return how many people at some places, in batches to be sent, are sent to; see `_is_open`."""
    return sum(_is_open(comparison, place) for place in places)


def _is_open(comparison: Comparison, place: BatchPlace) -> bool:
    """Return whether the person at a place is sent to with the batch; an earlier plan may have left the person out."""
    outcome = comparison.outcomes.get(place)
    return outcome is None or outcome.evidence == "left_out"


def _rows_of(batches: Batches, numbers: Sequence[int]) -> frozenset[int]:
    """Return the positions of the rows of recipients, given by number."""
    return frozenset(np.flatnonzero(np.isin(batches.recipient_of_row, numbers)).tolist())


def _count_failed(comparison: Comparison) -> int:
    """Return the number of people who keep their recorded text and are known not to have got it."""
    refused = {row.id for row in comparison.batch_rows if row.status == Status.FAILED}
    others = _kept_places(comparison, comparison.kept_places.keys() - refused)
    return len(_kept_places(comparison, refused)) + sum(
        place in others and _did_not_reach(outcome.status, outcome.code)
        for place, outcome in comparison.outcomes.items()
    )


def _count_recalled(comparison: Comparison) -> int:
    """Return the number of people who keep their recorded text, which was recalled from them."""
    places = _kept_places(comparison, comparison.kept_places)
    return sum(place in places and outcome.status == Status.RECALLED for place, outcome in comparison.outcomes.items())


def _did_not_reach(status: str, code: str) -> bool:
    """Return whether the text is known not to have reached a person, from this campaign or elsewhere."""
    return status in NOT_DELIVERED and not may_have_same_text(status, code)
