"""What sending a plan under a name would do, told before anything is done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import day_in_words, is_due
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.recipient_count import RecipientCount
from dingnb.campaigns.sending.comparison import Comparison, being_sent, digest_of_message, other_key, stopped_by_person
from dingnb.campaigns.sending.control import people_by_status, stored_state
from dingnb.campaigns.sending.recording import AbsentChoice, Changed
from dingnb.campaigns.status import State, Status, may_have_same_text
from dingnb.errors import InputError
from dingnb.errors.arguments import read_name
from dingnb.ledger import LedgerSession, batches, campaigns, outcomes
from dingnb.ledger.campaigns import CampaignRow
from dingnb.words import NOTHING, Text, clauses, count, few, sentences

Blocked = Literal["", "stopped", "running"]
"""Why nothing can be sent under a name before its campaign goes on, or has ended."""

_DID_NOT_REACH = frozenset({Status.FAILED, Status.FILTERED, Status.INVALID})


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What `Plan.send` would do under a name.

    Everybody in the plan is counted once: `people` is `settled`, `new`, `queued`, `missed`, `repeated` and `changed`
    together; where there is a `refusal`, nobody is counted.

    Attributes:
        name: The name, without blanks at its ends; of a campaign that is there, as that one is spelled.
        people: How many people the plan has.
        state: How the campaign of this name stands; None where there is none.
        updated_ns: When that last changed, in DingTalk's time, nanoseconds since the epoch; 0 where there is none.
        recorded: How many people that campaign has.
        recorded_people: To how many different people that is, where a key keeps the rows of a person apart, and all
            that is counted here are messages; None where each person has one.
        settled: To how many of the plan's people nothing is sent: they were sent this text, whatever came of it.
        new: How many are not in that campaign yet.
        queued: How many are in it, and were not sent to yet.
        missed: How many were sent another text that did not reach them: they are sent this one.
        repeated: To how many the text is sent once more since nobody knows whether the first call was done; DingTalk
            drops what has arrived.
        changed: How many were sent another text that they have, or may have: `send` raises `ChangedBodyError`, or
            does as its `changed` says.
        kept_repeated: To how many of `changed` the text that they were sent goes once more where they keep it.
        absent: How many people are still to be sent to under this name and are not in the plan, besides those whom it
            excludes: `send` raises `AbsentRecipientsError`, or does as its `absent` says.
        absent_userids: Who they are.
        failed: How many of `settled` the text is known not to have reached; `Campaign.missed` says who of them
            `Campaign.retry` can send to.
        refusal: Why `send` sends nothing whatever its `changed` and `absent` are; empty where it does not refuse.
        hint: What to do about the refusal.
        blocked: ``"stopped"`` where it refuses since a person stopped or paused the campaign, ``"running"`` where it
            refuses since another plan is being sent under this name; else empty.
    """

    name: str
    people: int
    state: State | None = None
    updated_ns: int = 0
    recorded: int = 0
    recorded_people: int | None = None
    settled: int = 0
    new: int = 0
    queued: int = 0
    missed: int = 0
    repeated: int = 0
    changed: int = 0
    kept_repeated: int = 0
    absent: int = 0
    absent_userids: tuple[str, ...] = ()
    failed: int = 0
    refusal: Text = NOTHING
    hint: Text = NOTHING
    blocked: Blocked = ""

    @property
    def is_new(self) -> bool:
        """Whether the name can be used, and no campaign has it."""
        return self.state is None and not self.refusal

    def people_sent_to(self, changed: Changed = "error", absent: AbsentChoice = "error") -> int:
        """
        Return to how many people something leaves.

        Args:
            changed: What `send` is told to do where somebody has another text; with ``"error"`` it sends nothing then.
            absent: Likewise where somebody who is still to be sent to is not in the plan.
        """
        if self.refusal or (changed == "error" and self.changed) or (absent == "error" and self.absent):
            return 0
        others = self.changed if changed == "resend" else self.kept_repeated
        carried = self.absent if absent == "send" else 0
        return self.new + self.queued + self.missed + self.repeated + others + carried

    @property
    def text(self) -> Text:
        """It in one or two short sentences."""
        if self.refusal:
            return sentences(self.refusal, self.hint)
        if self.state is None:
            return Text("forecast.new")
        told = [self._how_it_stands(self.state)]
        if self.absent:
            told.insert(0, self._say_absent())
        if self.changed:
            told.insert(0, self._say("changed", who=count(f"were{self._ending}", self.changed)))
        elif self.failed:
            told.append(self._say("failed", people=count(self._recipient_count.unit, self.failed)))
        return sentences(*told)

    def _say_absent(self) -> Text:
        who = few(list(dict.fromkeys(self.absent_userids)))
        return self._say("absent", people=count(self._recipient_count.unit, self.absent), who=who)

    def _how_it_stands(self, state: State) -> Text:
        day = Text(f"forecast.{state}", day=day_in_words(self.updated_ns))
        head = Text("forecast.people", state=day, people=self._recipient_count.text)
        left = {"queued": self.queued, "new": self.new, "missed": self.missed, "repeated": self.repeated}
        parts = clauses(count(f"forecast_{name}{self._ending}", n) for name, n in left.items() if n)
        if self.changed or self.absent:
            others = self._say("others" if self.changed else "rest")
            rest = parts or (others if self.settled else NOTHING)
            return Text("forecast.stands", head=head, rest=rest) if rest else Text("forecast.only", head=head)
        if parts:
            return self._say("left_running" if state is State.RUNNING else "left", head=head, parts=parts)
        if self.recorded == self.people:
            everybody = count("every_message" if self._ending else "everybody", self.people)
            return self._say("all", head=day, everybody=everybody)
        return self._say("plan", head=head)

    @property
    def _recipient_count(self) -> RecipientCount:
        return RecipientCount(self.recorded, self.recorded_people)

    @property
    def _ending(self) -> str:
        """What ends the keys of the words where messages are counted."""
        return "" if self.recorded_people is None else "_message"

    def _say(self, key: str, **fields: object) -> Text:
        return Text(f"forecast.{key}{self._ending}", **fields)


def forecast(
    context: SendContext,
    planned: Batches,
    key_columns: tuple[str, ...],
    name: object,
    digest_of_plan: Callable[[], str],
) -> Forecast:
    """
    Return what sending a plan under a name would do.

    Args:
        context: What it would be sent with.
        planned: The plan.
        key_columns: What tells several rows of one person apart.
        name: The name.
        digest_of_plan: Returns the plan's `recording.digest_of_plan`, where it is needed.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    people = len(planned.recipients)
    if not people:
        rows = count("row", len(planned.frame))
        return Forecast(str(name), 0, refusal=Text("frame.nobody", rows=rows), hint=Text("frame.nobody_todo"))
    try:
        name = read_name(name, "send.bad_name")
    except InputError as error:
        return Forecast(str(name), people, refusal=error.text, hint=error.advice)
    with context.ledger.connection() as db:
        row = campaigns.find(db, context.realm, name)
        if row is None:
            return Forecast(name, people, new=people)
        state = stored_state(context.ledger, row)
        # All that follows is of one moment, while another kernel may be sending.
        with db.snapshot():
            row = campaigns.get(db, row.id)
            if row is None:
                return Forecast(name, people, new=people)
            return _Look(context, db, row, state).at(planned, key_columns, digest_of_plan)


class _Look:
    """One look at a campaign that is there."""

    def __init__(self, context: SendContext, db: LedgerSession, row: CampaignRow, state: State) -> None:
        self._context = context
        self._db = db
        self._row = row
        self._state = state

    def at(self, planned: Batches, key_columns: tuple[str, ...], digest_of_plan: Callable[[], str]) -> Forecast:
        people = len(planned.recipients)
        refusal, hint = stopped_by_person(self._db, self._context, self._row)
        if refusal:
            return replace(self._told(people), refusal=refusal, hint=hint, blocked="stopped")
        is_same = self._row.plan == digest_of_plan()
        if self._row.first_batch is not None and is_same:
            return self._of_same_plan(people)
        who = NOTHING if is_same else being_sent(self._db, self._context, self._row)
        if who:
            refusal, hint = (Text(f"record.running{end}", name=self._row.name, who=who) for end in ("", "_todo"))
            return replace(self._told(people), refusal=refusal, hint=hint, blocked="running")
        refusal, hint = other_key(self._row, key_columns), Text("record.other_name_todo")
        if not refusal:
            comparison = Comparison(self._db, self._row, planned)
            comparison.find()
            refusal = comparison.other_plan(digest_of_message(planned.message))
        if refusal:
            return replace(self._told(people), refusal=refusal, hint=hint)
        comparison.find_absent(self._is_due)
        return self._of_other_plan(comparison, people)

    def _of_same_plan(self, people: int) -> Forecast:
        """Return what is left of a plan that is in the ledger as it is."""
        db, campaign = self._db, self._row.id
        queued = batches.count_queued(db, campaign)
        lost = [job for status in self._lost for job in batches.lost(db, campaign, status)]
        repeated = sum(len(job.userids) for job in lost if self._is_due(job.id))
        failed = people_by_status(db, campaign, self._state).get(Status.FAILED, 0) + sum(
            n for told, n in outcomes.count_by_code(db, campaign).items() if _did_not_reach(*told)
        )
        settled = people - queued - repeated
        return replace(self._told(people), settled=settled, queued=queued, repeated=repeated, failed=failed)

    def _of_other_plan(self, comparison: Comparison, people: int) -> Forecast:
        told, met = comparison.told, comparison.met
        status_of = {row.id: row.status for row in comparison.rows}
        queued = {batch for batch, status in status_of.items() if status == Status.QUEUED}
        refused = {batch for batch, status in status_of.items() if status == Status.FAILED}
        repeated = {batch for batch, status in status_of.items() if status in self._lost and self._is_due(batch)}

        def open_of(batch: int, places: Iterable[int]) -> int:
            """Return to how many of these places something leaves; who was left out is taken in again."""
            return sum((batch, one) not in told or told[batch, one].evidence == "left_out" for one in places)

        kept: dict[int, set[int]] = {}
        for _, known in comparison.changed:
            if known.batch in queued | repeated and known.place not in met.get(known.batch, ()):
                kept.setdefault(known.batch, set()).add(known.place)
        absent = tuple(one.userid for one in comparison.absent if not one.exclusion)
        new, missed, changed = len(comparison.new), len(comparison.missed), len(comparison.changed)
        queued_people = len(comparison.free) - new - missed + sum(open_of(one, met.get(one, ())) for one in queued)
        repeated_people = sum(open_of(one, met.get(one, ())) for one in repeated)
        return replace(
            self._told(people),
            settled=people - new - missed - changed - queued_people - repeated_people,
            new=new,
            queued=queued_people,
            missed=missed,
            repeated=repeated_people,
            changed=changed,
            kept_repeated=sum(open_of(batch, places) for batch, places in kept.items()),
            absent=len(absent),
            absent_userids=absent,
            failed=sum(len(met.get(batch, ())) for batch in refused)
            + sum(
                _did_not_reach(one.status, one.code) and batch not in refused and place in met.get(batch, ())
                for (batch, place), one in told.items()
            ),
        )

    @property
    def _lost(self) -> tuple[str, ...]:
        """The statuses of batches of unknown outcome: also what a process that died left under way."""
        return (Status.UNKNOWN,) if self._state is State.RUNNING else (Status.UNKNOWN, Status.SENDING)

    def _is_due(self, batch: int) -> bool:
        """Return whether a batch of unknown outcome may be sent once more."""
        return is_due(self._db, self._context, batch)

    def _told(self, people: int) -> Forecast:
        """Return what is true of the campaign whatever the plan is."""
        row = self._row
        recorded = sum(people_by_status(self._db, row.id, self._state).values())
        told = None
        if row.key_columns:
            told = len({one for batch in batches.of_campaign(self._db, row.id) for one in batch.userids.split(",")})
        return Forecast(row.name, people, self._state, row.updated_ns, recorded, told)


def _did_not_reach(status: str, code: str) -> bool:
    """Return whether the text is known not to have reached somebody, neither by this campaign nor from elsewhere."""
    return status in _DID_NOT_REACH and not may_have_same_text(status, code)
