"""Closes the cards of a campaign: no further answers count, and each card is disabled for everybody."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from dingnb.api import cards as api
from dingnb.calls.context import SendContext
from dingnb.calls.throttle import throttled
from dingnb.campaigns.sending.control import has_sender
from dingnb.campaigns.sending.repeatable_calls import RepeatableCalls
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import actions, campaigns
from dingnb.ledger.campaigns.actions import Action
from dingnb.words import NOTHING, Text, count
from dingnb.words.literals import literal


def close_poll(context: SendContext, campaign: int) -> Mapping[str, Mapping[str, str]]:
    """
    Accept no further answers to a poll; return the variables that disable each card, for cards not disabled yet.

    Does nothing, and returns no cards, if the campaign has no poll.
    """
    now_ns = context.now_ns()
    with context.ledger.transaction() as db:
        row = cards.poll_of(db, campaign)
        if row is None:
            return {}
        if row.closed_ns is None:
            cards.close_poll(db, campaign, now_ns)
            actions.add(db, Action(campaign, actions.CLOSED, context.operator, now_ns))
        return cards.cards_to_disable(db, row.root)


def check_no_sender(context: SendContext, campaign: int) -> None:
    """
    Check that no process is sending cards of a poll.

    Raises:
        InputError: A process is sending cards of the poll.
    """
    with context.ledger.connection() as db:
        poll = cards.poll_of(db, campaign)
        campaign_rows = (
            [] if poll is None else [campaigns.get(db, number) for number in cards.campaigns_of(db, poll.root)]
        )
        row_being_sent = next(
            (row for row in campaign_rows if row and has_sender(context.ledger, context.clock, row, db)), None
        )
    if row_being_sent is not None:
        name = literal(row_being_sent.name)
        raise InputError(
            Text("answer.closing_while_sending", name=name), Text("answer.closing_while_sending_todo", name=name)
        )


def check_open(db: LedgerSession, campaign: int) -> None:
    """
    Check that answers to further cards of a campaign would count.

    Raises:
        InputError: The campaign's cards are closed.
    """
    if cards.is_closed(db, campaign):
        raise InputError(Text("answer.no_further"), Text("answer.no_further_todo"))


def prepare_disabling(context: SendContext, campaign: int) -> RepeatableCalls[str]:
    """Close a poll, and return the calls that disable its cards, including cards created while the calls are made."""
    # First, so that a command to stop is noticed from now on.
    may_continue = throttled(_watch_commands(context, campaign), context.clock)
    card_data = dict(close_poll(context, campaign))

    def find_more() -> list[str]:
        new_cards = {card: data for card, data in close_poll(context, campaign).items() if card not in card_data}
        card_data.update(new_cards)
        return list(new_cards)

    return RepeatableCalls(
        context,
        campaign,
        api.UPDATE,
        list(card_data),
        call=lambda card: api.update(context.caller, card, card_data=card_data[card]),
        record=cards.record_closed,
        progress_text=lambda n: Text("answer.closing", n=n, cards=count("card", len(card_data))),
        find_more=find_more,
        heartbeat=lambda _: may_continue(),
    )


def _watch_commands(context: SendContext, campaign: int) -> Callable[[], bool]:
    """Return a function that returns whether nobody has stopped or paused the campaign since."""
    with context.ledger.connection() as db:
        commands_before = campaigns.count_commands(db, campaign)

    def may_continue() -> bool:
        # The next reading may succeed; the calls themselves report a ledger that is lost.
        with suppress(LedgerError), context.ledger.connection() as db:
            return campaigns.count_commands(db, campaign) == commands_before
        return True

    return may_continue


def describe_open_cards(context: SendContext, campaign: int) -> Text:
    """Return how many cards of a closed poll are not disabled yet, and that disabling stops now; empty if none are."""
    with context.ledger.connection() as db:
        poll = cards.poll_of(db, campaign)
        n = 0 if poll is None or poll.closed_ns is None else len(cards.cards_to_disable(db, poll.root))
    return Text("control.closing_stops", cards=count("card", n)) if n else NOTHING
