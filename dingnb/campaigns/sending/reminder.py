"""Plans reminders for people who have a campaign's message, and have not read or not answered it."""

from dataclasses import replace

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.batches import build_batches
from dingnb.campaigns.row_map import RowMap
from dingnb.channels import channel_for, channel_named
from dingnb.errors import NobodyError, TemplateError
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.messages import Message
from dingnb.recipients.addresses import (
    Addresses,
    MobilesOfRows,
    exclude_numbers,
    excluded_numbers_to_look_up,
    names_in,
    read_mobiles,
    usual_column,
)
from dingnb.recipients.exclusions import ExcludedPeople, RowIds
from dingnb.recipients.lookups import Lookups
from dingnb.words import Text, sentences


def check_reminder(
    context: SendContext, row_map: RowMap, campaign: CampaignRow, message: Message, *, has_cards: bool
) -> Message:
    """
    Check that a message can remind the people of a campaign, and return it bound to the columns of their rows.

    Makes no calls.

    Args:
        context: The context of sending.
        row_map: The rows of the campaign's results.
        campaign: The campaign.
        message: The message to send.
        has_cards: Whether the campaign has cards that can be answered.

    Raises:
        InputError: The message asks other questions than the campaign, or the card settings have no template for it.
        NobodyError: DingTalk does not report who has read the campaign's messages, and they cannot be answered.
        TemplateError: The message uses a missing column; the error lists the available columns and says why other
            columns are missing.
    """
    if not has_cards and not channel_named(campaign.channel).results_api:
        raise NobodyError(Text("remind.unreported"), Text("remind.unreported_todo"))
    channel_for(message.msgtype).check_message(context, message, campaign.id if has_cards else None)
    try:
        # A duplicate is reported only if the message uses it.
        return message.for_columns(row_map.frame.columns.unique().tolist(), row_map.labels_by_heading(message.columns))
    except TemplateError as error:
        if not row_map.has_all_lists:
            raise
        why = _why_columns_are_missing(context, row_map, campaign)
        todo = sentences(error.advice, why, Text("remind.own_unanswered" if has_cards else "remind.own_rows"))
        raise error.advise(todo) from None


def plan_reminder(  # noqa: PLR0913 - keywords
    context: SendContext,
    frame: pd.DataFrame,
    results: pd.DataFrame,
    message: Message,
    *,
    campaign: CampaignRow,
    key: tuple[str, ...],
    excluded: ExcludedPeople,
    excluded_by: str | None,
    note: Text,
    has_cards: bool,
) -> Plan:
    """
    Return a plan that sends a message to people who have not read or not answered an earlier message.

    Args:
        context: The context of sending.
        frame: The rows of the campaign's input whose message is unread or unanswered.
        results: The results of these rows.
        message: The message to send, as `check_reminder` returned it.
        campaign: The campaign.
        key: The columns that distinguish several rows of one person.
        excluded: The people to exclude; unknown owners of phone numbers are looked up.
        excluded_by: The name of the exclusion list; empty for ids or a DataFrame, None if nobody is excluded.
        note: What is not known about the rows; may be empty.
        has_cards: Whether the campaign has cards that can be answered; answers to the reminder then count for the
            campaign.

    Raises:
        DingError: A phone number could not be looked up.
        NobodyError: There are no unread messages, or everybody has answered; the hint includes `note`.
        InputError: `excluded` has a name instead of a userid.
    """
    if results.empty:
        error = nobody_to_remind_error(has_cards=has_cards)
        raise error.advise(sentences(note, error.advice))
    available_key = tuple(column for column in key if column in frame.columns)
    addresses = Addresses(results["userid"].tolist())
    row_ids = _exclude_by_number(context, frame, addresses, excluded)
    excluded.check_names(row_ids, names_in(frame, {}))
    excluded.check_leading_zeros(row_ids)
    batches = build_batches(
        frame,
        message,
        addresses,
        key=list(available_key) or None,
        limits=context.limits,
        shares_calls=channel_for(message.msgtype).may_share(context, message),
        excluded=excluded.with_owners(row_ids.owners).userids,
        clock=context.clock,
    )
    notes = tuple(filter(None, (excluded.blank_note(), excluded.unmatched_note(row_ids), note, *batches.notes)))
    poll_campaign = campaign.id if has_cards else None
    batches = replace(batches, notes=notes, poll_campaign=poll_campaign, reminded_campaign=campaign.id)
    return Plan(context, batches, available_key, excluded_by)


def nobody_to_remind_error(*, has_cards: bool) -> NobodyError:
    """Return the error that there are no unread messages, or that everybody has answered."""
    key = "answer.nobody_missing" if has_cards else "remind.nobody"
    return NobodyError(Text(key), Text(f"{key}_todo"))


def _exclude_by_number(
    context: SendContext, frame: pd.DataFrame, addresses: Addresses, excluded: ExcludedPeople
) -> RowIds:
    """Exclude the rows with excluded phone numbers; return the ids in the rows, and the owners that were looked up."""
    row_ids = RowIds(frozenset(addresses.userids))
    if not excluded.mobiles:
        return row_ids
    mobiles = MobilesOfRows(numbers=[()] * len(frame))
    if usual_column(frame, "mobile") is not None:
        mobiles = read_mobiles(frame, {})
        exclude_numbers(addresses, mobiles, excluded.mobiles)
    owners = Lookups.of(context).look_up_owners(excluded_numbers_to_look_up(addresses, mobiles, excluded.mobiles))
    return replace(row_ids, mobiles=mobiles.mobiles, owners=owners)


def _why_columns_are_missing(context: SendContext, row_map: RowMap, campaign: CampaignRow) -> Text:
    """Return why a campaign found by name lacks columns of the input."""
    if not campaign.store_content:
        return Text("remind.unstored")
    with context.ledger.connection() as db:
        if not campaigns.get_message(db, campaign.id):
            return Text("remind.pruned")
    return Text("remind.kept" if len(row_map.frame.columns) > 1 else "remind.none_kept")
