"""
Transitions of a campaign's state, by decisions of people or at the end of sending; each is one transaction.

Decisions that need more than the database, such as who may be sent to again, are made by functions that callers pass.
The functions receive the values read; their exceptions roll the transaction back and are propagated.
"""

from collections.abc import Callable, Sequence

from dingnb.ledger.campaigns import (
    actions,
    batches,
    campaigns,
    moves,
    outcomes,
    recipient_fields,
    stored_bodies,
    unknown_outcomes,
)
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.batches import NewBatch, RetryCandidate
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.campaigns.moves import Move
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.interface import Ledger
from dingnb.ledger.sending import leases
from dingnb.ledger.session import LedgerSession

FINISHED = "finished"
INTERRUPTED = "interrupted"


def finish_campaign(ledger: Ledger, campaign: int, now_ns: int, *, keeps_texts: bool) -> None:
    """Mark a campaign with nothing left to send as finished, and delete its texts unless they are kept."""
    with ledger.transaction() as db:
        _finish(db, campaign, now_ns, keeps_texts=keeps_texts)


def _finish(db: LedgerSession, campaign: int, now_ns: int, *, keeps_texts: bool) -> None:
    campaigns.set_state(db, campaign, FINISHED, now_ns)
    if not keeps_texts:
        stored_bodies.delete_texts(db, campaign)


def add_command(
    ledger: Ledger, campaign: int, state: str, now_ns: int, has_sender: Callable[[CampaignRow], bool], done_by: str
) -> None:
    """
    Pause or stop a campaign, by a person's decision. A finished campaign stays finished.

    Args:
        ledger: The ledger.
        campaign: The campaign's number.
        state: ``paused`` or ``stopped``.
        now_ns: The time.
        has_sender: Returns whether a process is sending the campaign; that process then sets the state.
        done_by: Who decided.
    """
    with ledger.transaction() as db:
        campaigns.add_command(db, campaign, state)
        # At once, so that running the cell again does not continue the campaign while calls under way are drained.
        campaigns.set_by_person(db, campaign, by_person=True)
        row = campaigns.get(db, campaign)
        if row is None or row.state == FINISHED:
            return
        actions.add(db, Action(campaign, state, done_by, now_ns))
        if not has_sender(row):
            campaigns.set_state(db, campaign, state, now_ns, by_person=True)


def queue_unknown(ledger: Ledger, action: Action, leave_out: Callable[[int, int], Outcome]) -> None:
    """
    Queue the batches with unknown outcome again, by a person's decision.

    Args:
        ledger: The ledger.
        action: The decision.
        leave_out: Returns the outcome of a recipient whom a later plan has removed, by batch and place.
    """
    campaign, now_ns = action.campaign, action.done_ns
    with ledger.transaction() as db:
        # A sender whose lease has expired may still exist; the person's decision applies to it as well.
        leases.revoke(db, campaign)
        actions.add(db, action)
        recorded = outcomes.by_place(db, campaign)
        removed = batches.absent_places(db, campaign) & unknown_outcomes.places(db, campaign) - recorded.keys()
        outcomes.write(db, [leave_out(*place) for place in sorted(removed)])
        unknown_outcomes.queue_again(db, campaign, now_ns)
        campaigns.set_state(db, campaign, INTERRUPTED, now_ns)


def settle_unknown(ledger: Ledger, action: Action, settle: Callable[[int, int], Outcome]) -> None:
    """
    Record outcomes for the people with unknown outcome, by a person's decision.

    A campaign with nothing left to send is then finished.

    Args:
        ledger: The ledger.
        action: The decision.
        settle: Returns the outcome of a recipient, by batch and place.
    """
    with ledger.transaction() as db:
        actions.add(db, action)
        outcomes.write(db, [settle(*place) for place in sorted(unknown_outcomes.places(db, action.campaign))])
        unknown_outcomes.dequeue_decided(db, action.campaign, action.done_ns)
        row = campaigns.get(db, action.campaign)
        if row is not None and row.state != FINISHED and not batches.is_open(db, row.id):
            _finish(db, row.id, action.done_ns, keeps_texts=row.store_content)


def queue_missed(
    ledger: Ledger,
    campaign: int,
    choose: Callable[[list[RetryCandidate]], Sequence[tuple[NewBatch, Sequence[RetryCandidate]]]],
    now_ns: int,
    done_by: str,
) -> bool:
    """
    Queue again the people whom a finished campaign did not reach, and return whether it was finished.

    If two processes do so at the same time, the second finds the campaign no longer finished.

    Args:
        ledger: The ledger.
        campaign: The campaign's number.
        choose: Returns the new batches with their people, given the people whom the campaign did not reach.
        now_ns: The time.
        done_by: Who retries.
    """
    with ledger.transaction() as db:
        row = campaigns.get(db, campaign)
        if row is None or row.state != FINISHED:
            return False
        chosen = choose(batches.retry_candidates(db, campaign))
        if chosen:
            actions.add(
                db, Action(campaign, actions.RETRIED, done_by, now_ns, sum(len(people) for _, people in chosen))
            )
            first = batches.add_batches(db, campaign, (batch for batch, _ in chosen))
            recipient_fields.copy(
                db, enumerate(([(person.batch, person.place) for person in people] for _, people in chosen), first)
            )
            moved = [
                Move(person.batch, person.place, batch, place, same_text=True)
                for batch, (_, people) in enumerate(chosen, first)
                for place, person in enumerate(people)
            ]
            moves.write(db, moved)
            keeping = batches.places_with_kept_text(db, campaign)
            batches.keep_texts(db, [move[2:4] for move in moved if move[:2] in keeping])
            campaigns.set_state(db, campaign, INTERRUPTED, now_ns)
    return True


def allow_resuming(ledger: Ledger, campaign: int, now_ns: int, done_by: str) -> None:
    """Allow sending to go on with a campaign that a person has paused or stopped, and record who resumes it."""
    with ledger.transaction() as db:
        row = campaigns.get(db, campaign)
        if row is not None and row.by_person:
            actions.add(db, Action(campaign, actions.RESUMED, done_by, now_ns))
        campaigns.set_by_person(db, campaign, by_person=False)
