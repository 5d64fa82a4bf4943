"""A plan for those who have a campaign's message and have not read it."""

from dataclasses import replace

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.batches import build_batches
from dingnb.campaigns.row_map import RowMap
from dingnb.clock import seconds
from dingnb.errors import NobodyError, TemplateError
from dingnb.ledger import campaigns
from dingnb.ledger.campaigns import CampaignRow
from dingnb.messages import Message
from dingnb.recipients.addresses import Addresses, leave_out_numbers, usual_column
from dingnb.recipients.exclusions import Excluded, Met, list_named
from dingnb.recipients.lookups import Lookups
from dingnb.tables.cells import renamed_in
from dingnb.words import Text, count, sentences


def check_reminder(context: SendContext, row_map: RowMap, campaign: CampaignRow, message: Message) -> None:
    """
    Check that a message can be filled for the people of a campaign, before DingTalk is asked anything.

    Args:
        context: Whose ledger it is.
        row_map: The rows of the campaign's results.
        campaign: The campaign.
        message: What is to be sent.

    Raises:
        TemplateError: It names a column that is not there; the error says which are, and why others are not.
    """
    try:
        message.for_columns(row_map.frame.columns.unique().tolist(), renamed_in(row_map.frame))
    except TemplateError as error:
        if row_map.is_whole:
            raise
        why = Text(f"remind.{_why_not_there(context, row_map, campaign)}")
        todo = sentences(error.advice, why, Text("remind.own_rows"))
        raise error.advise(todo) from None


def reminder(
    context: SendContext,
    frame: pd.DataFrame,
    unread: pd.DataFrame,
    message: Message,
    *,
    key: tuple[str, ...],
    excluded: Excluded,
    exclude: object,
) -> Plan:
    """
    Return a plan that sends a message to those who have not read another one.

    Args:
        context: What to send with.
        frame: The rows of the campaign's input that are unread.
        unread: Their results.
        message: What to send; its columns are those of the frame.
        key: What tells several rows of one person apart.
        excluded: Whom to leave out; the owners of phone numbers that are not known are looked up.
        exclude: As `excluded` was given.

    Raises:
        DingError: A phone number could not be looked up.
        NobodyError: Nobody is unread.
    """
    if unread.empty:
        raise NobodyError(Text("remind.nobody"), Text("remind.nobody_todo"))
    there = tuple(column for column in key if column in frame.columns)
    addresses = Addresses(unread["userid"].tolist())
    met = Met(frozenset(addresses.userids))
    if excluded.mobiles:
        numbers = frozenset[str]()
        if usual_column(frame, "mobile") is not None:
            numbers, _ = leave_out_numbers(frame, addresses, {}, excluded.mobiles)
        # Those who are in no row by their number may be there by their userid.
        owners = Lookups.of(context).owners(one for one in excluded.mobiles if one not in numbers)
        met = replace(met, mobiles=numbers, owners=owners)
    left_out = excluded.with_owners(met.owners).userids
    made = build_batches(
        frame,
        message,
        addresses,
        key=list(there) or None,
        limits=context.limits,
        excluded=left_out,
        clock=context.clock,
    )
    made = replace(made, notes=tuple(filter(None, [excluded.unmatched(met)])))
    closed = pd.Timestamp(context.now_ns() - seconds(context.limits.result_window_s), tz="UTC")
    stale = int((unread["sent_at"] <= closed).sum())
    if stale:
        made = replace(made, advice=(*made.advice, Text("remind.stale", rows=count("row", stale))))
    return Plan(context, made, there, list_named(exclude))


def _why_not_there(context: SendContext, row_map: RowMap, campaign: CampaignRow) -> str:
    """Return why a column of the input is not there, as a key of the words, for a campaign found by its name."""
    if not campaign.store_content:
        return "unstored"
    with context.ledger.connection() as db:
        if not campaigns.message_of(db, campaign.id):
            return "pruned"
    return "kept" if len(row_map.frame.columns) > 1 else "none_kept"
