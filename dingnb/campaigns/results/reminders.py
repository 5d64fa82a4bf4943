"""The reminders of a campaign: the state of each, and whom it has reached."""

from dataclasses import dataclass

from dingnb.calls.context import SendContext
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.sending.control import must_wait, people_by_status, stored_state, unit_of_row
from dingnb.campaigns.status import HALTED, State, Status
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import actions, batches, campaigns, recalls
from dingnb.ledger.campaigns.campaigns import CampaignRow


@dataclass(frozen=True, slots=True)
class Reminder:
    """
    A reminder whose sending was started; it is a campaign of its own.

    Attributes:
        name: The name of the reminder's campaign.
        started_ns: When sending was started, nanoseconds since the epoch.
        state: The state of the reminder's campaign.
        unit: The counted unit: people or, with a key, messages.
        people: The number of people or, with a key, of messages, like the other counts.
        accepted: The number of people whose calls DingTalk accepted, without people known to have missed the reminder.
        recalled: The number of the accepted people whose message was recalled.
        queued: The number of people who were not sent to yet.
        unknown: The number of people with unknown outcome.
        reached: The userids of people who were reminded: accepted, and not recalled.
        uncertain: The userids of people who may have been reminded.
        waiting: The userids of people who were not sent to yet.
        message_digest: The hash of the reminder's message with its templates.
        is_closed: Whether the reminder's cards are closed.
        is_recalled: Whether the reminder, or the campaign that it reminds of, counts as recalled.
        must_wait: Whether sending cannot be resumed yet, as `control.must_wait` says.
    """

    name: str
    started_ns: int
    state: State
    unit: Unit
    people: int
    accepted: int
    recalled: int
    queued: int
    unknown: int
    reached: frozenset[str]
    uncertain: frozenset[str]
    waiting: frozenset[str]
    message_digest: str
    is_closed: bool
    is_recalled: bool
    must_wait: bool

    @property
    def is_finished(self) -> bool:
        """Whether everybody was sent to, as far as possible."""
        return not self.is_halted and self.state is not State.RUNNING

    @property
    def is_halted(self) -> bool:
        """Whether sending has ended before everybody was sent to."""
        return bool(self.queued) and self.state in HALTED

    @property
    def should_continue(self) -> bool:
        """Whether the next step is to send to the queued people, by the rule of `RunState.should_resume`."""
        return self.is_halted and not (self.is_recalled or self.is_closed or self.must_wait)


def read_reminders(db: LedgerSession, context: SendContext, campaign: int) -> tuple[Reminder, ...]:
    """Return the reminders of a campaign, oldest first, without reminders whose own campaign was deleted."""
    reminders = []
    for action in actions.reminders_of(db, campaign):
        row = None if action.reminder is None else campaigns.get(db, action.reminder)
        if row is not None:
            reminders.append(_read_reminder(db, context, row, action.done_ns))
    return tuple(reminders)


def _read_reminder(db: LedgerSession, context: SendContext, row: CampaignRow, started_ns: int) -> Reminder:
    state = stored_state(context.ledger, context.clock, row, db)
    people = people_by_status(db, row.id, state)
    sent = batches.people_by_progress(db, row.id).sent
    accepted, recalled, reached = 0, 0, set[str]()
    for batch in recalls.accepted_batches(db, row.id):
        recipients = [userid for userid in batch.userids if userid not in batch.missed]
        accepted += len(recipients)
        if batch.recalled_ns:
            recalled += len(recipients)
        else:
            reached.update(recipients)
    return Reminder(
        name=row.name,
        started_ns=started_ns,
        state=state,
        unit=unit_of_row(row),
        people=sum(people.values()) - people[Status.CANCELLED],
        accepted=accepted,
        recalled=recalled,
        queued=people[Status.QUEUED],
        unknown=people[Status.UNKNOWN],
        reached=frozenset(reached),
        uncertain=frozenset(sent - reached),
        waiting=frozenset(batches.queued_userids(db, row.id)),
        message_digest=row.message_digest,
        is_closed=cards.is_closed(db, row.id),
        is_recalled=batches.is_recalled(db, row.id),
        must_wait=must_wait(db, row, context.now_ns(), context.limits.calls_per_month),
    )
