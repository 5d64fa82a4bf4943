"""Unknown outcomes: which batches are sent again, when that is safe, and what the analyst decides about them."""

from typing import Literal, get_args

from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext
from dingnb.campaigns.recipient_count import Unit, check_expected_people
from dingnb.campaigns.sending.ledger_guard import refuse_set_aside
from dingnb.campaigns.status import Status, unknown_statuses
from dingnb.channels import Channel, may_repeat
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import actions, batches, transitions
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.words import NOTHING, Text, count

Decision = Literal["resend", "leave", "delivered"]
"""A decision about people with unknown outcome; see `Campaign.resolve`."""

LEFT_UNKNOWN = Text("resolve.leave")
"""The reason of people whom the analyst left unknown."""

_STATUS_OF_DECISION = {"leave": Status.UNKNOWN, "delivered": Status.DELIVERED}


def repeatable_batches(
    db: LedgerSession, context: SendContext, campaign: int, channel: Channel, *, is_running: bool = False
) -> list[PendingBatch]:
    """
    Return the batches of a campaign whose outcome is unknown and that can be repeated safely, now or later.

    Each batch has only the people to whom it would be sent: people without an outcome of their own.

    Args:
        db: The ledger.
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sends the campaign.
        is_running: Whether the campaign is being sent; otherwise its calls under way were left open by a dead process.
    """
    return [
        batch
        for status in unknown_statuses(is_running=is_running)
        for batch in batches.pending_with_status(db, campaign, status)
        if may_repeat(db, context, channel, batch.id)
    ]


class Repeats:
    """
    The batches with unknown outcome that one sending may repeat.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that sends the campaign, which says when a repeat is safe.
        backoff: Knows whether calls are failing.
    """

    def __init__(self, context: SendContext, campaign: int, channel: Channel, backoff: Backoff) -> None:
        self._context = context
        self._campaign = campaign
        self._channel = channel
        self._backoff = backoff
        self._abandoned: set[int] = set()

    def find(self, db: LedgerSession) -> list[tuple[int, PendingBatch]]:
        """Return the batches that may be repeated, each with the earliest time."""
        return [
            (due_ns, batch)
            for batch in batches.pending_with_status(db, self._campaign, "unknown")
            if (due_ns := self.due_ns(db, batch))
        ]

    def due_ns(self, db: LedgerSession, batch: PendingBatch) -> int | None:
        """Return the earliest time at which a batch may be repeated; None if never."""
        if batch.id in self._abandoned:
            return None
        earlier_attempts, gives_up_at_ns = attempts.of_batch(db, batch.id), self._backoff.gives_up_at_ns
        if (
            not self._backoff.is_failing
            or gives_up_at_ns is None
            or not self._channel.must_save_last_attempt(earlier_attempts)
        ):
            return self._channel.repeat_due_ns(self._context, earlier_attempts)
        # A long outage must not use up the last attempt before sending gives up.
        not_before_ns = self._context.now_ns() + gives_up_at_ns - self._context.clock.monotonic_ns()
        due_ns = self._channel.repeat_due_ns(self._context, earlier_attempts, not_before_ns)
        return due_ns or self._channel.repeat_due_ns(self._context, earlier_attempts)

    def abandon(self, batch: PendingBatch) -> None:
        """Repeat a batch no more, because DingTalk would refuse it again."""
        self._abandoned.add(batch.id)


def check_decision(how: object) -> None:
    """
    Check a decision.

    Raises:
        InputError: `how` is not a valid decision.
    """
    if not isinstance(how, str) or how not in get_args(Decision):
        raise InputError(Text("resolve.bad_how", how=short_repr(how)), Text("resolve.bad_how_todo"))


def resolve(
    context: SendContext,
    campaign: int,
    how: Decision,
    *,
    unknown: int,
    queued: int,
    expect: int | range | None,
    unit: Unit = "person",
) -> None:
    """
    Record a decision; ``"resend"`` queues the batches again.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        how: The decision.
        unknown: The number of people with unknown outcome.
        queued: The number of queued people, who are sent to as well with ``"resend"``.
        expect: The number that the analyst expects.
        unit: The counted unit: people or, with a key, messages.

    Raises:
        InputError: `how` is invalid, there are no unknown outcomes, or `expect` differs.
        LedgerError: ``"resend"`` with a ledger that was set aside in favour of a copy.
        LiveSendError: A live ``"resend"`` without `expect`.
    """
    check_decision(how)
    if not unknown:
        raise InputError(Text("resolve.nobody"), Text("resolve.nobody_todo"))
    if how == "resend":
        with context.ledger.connection() as db:
            refuse_set_aside(db, context)
        people = count(unit, unknown + queued)
        who = Text("resolve.parts", people=people, unknown=f"{unknown:,}", queued=f"{queued:,}") if queued else people
        check_expected_people(context.realm.mode, expect, unknown + queued, who)
    else:
        # As on the sandbox, where `expect` is optional: nothing is sent.
        check_expected_people("SANDBOX", expect, unknown, count(unit, unknown))
    now_ns = context.now_ns()
    action = Action(campaign, actions.RESOLVED, context.operator, now_ns, unknown, how)
    if how == "resend":

        def leave_out(batch: int, place: int) -> Outcome:
            reason, hint = Text("result.left_out"), Text("result.left_out_todo")
            return Outcome(batch, place, Status.UNKNOWN, "", "left_out", reason, hint, now_ns)

        transitions.queue_unknown(context.ledger, action, leave_out)
        return
    status, reason = _STATUS_OF_DECISION[how], Text(f"resolve.{how}")

    def settle(batch: int, place: int) -> Outcome:
        return Outcome(batch, place, status, "", "resolved", reason, NOTHING, now_ns)

    transitions.settle_unknown(context.ledger, action, settle)
