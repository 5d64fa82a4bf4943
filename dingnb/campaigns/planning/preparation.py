"""Prepares the batches of a plan: checks the rows and the message, looks people up, and excludes people."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.batches import Batches, build_batches
from dingnb.channels import channel_for
from dingnb.errors import TemplateError
from dingnb.messages import Message
from dingnb.recipients.addresses import (
    Addresses,
    MobilesOfRows,
    address_kinds,
    check_columns,
    check_recipients,
    exclude_numbers,
    excluded_numbers_to_look_up,
    names_in,
    read_addresses,
    read_mobiles,
    usual_column,
)
from dingnb.recipients.column_titles import labels_by_tag_name
from dingnb.recipients.directory import Directory
from dingnb.recipients.exclusions import ExcludedPeople, Exclusions, RowIds
from dingnb.recipients.lookups import Lookups
from dingnb.recipients.row_checks import check_origin, check_rows, reject_open_rows, reject_other_owners
from dingnb.tables.cells import read_values
from dingnb.tables.frame_report import unsupported_format_notes
from dingnb.tables.timestamps import ZONE, is_in_other_zone
from dingnb.words import NOTHING, Text, count, sentences
from dingnb.words.literals import literal


def prepare_batches(  # noqa: PLR0913 - the arguments of `DingTalk.plan`, and what they are checked with
    context: SendContext,
    lookups: Lookups,
    directory: Directory,
    exclusions: Exclusions,
    frame: pd.DataFrame,
    message: Message,
    *,
    to: str | Sequence[str],
    columns: Mapping[str, str] | None,
    key: str | Sequence[str] | None,
    exclude: object,
    checks: frozenset[str],
    refresh: bool,
) -> Batches:
    """
    Return the batches of a plan, with its notes and warnings.

    Args:
        context: The context of sending.
        lookups: The look-ups of phone numbers.
        directory: The directory, for `checks`.
        exclusions: The exclusion lists.
        frame: The recipients.
        message: The message to send.
        to: The kinds of address, in order of preference.
        columns: The columns of addresses without a usual name, by kind.
        key: The columns that distinguish several rows of one person.
        exclude: The people to exclude.
        checks: The checks that make calls, as `read_checks` returns them.
        refresh: Whether to look up again what is cached.

    Raises:
        InputError: The frame, a column, the message or `exclude` is invalid.
        DingError: A phone number or a person could not be looked up.
    """
    table = check_recipients(frame).copy(deep=False)
    kinds, labels = address_kinds(to), check_columns({} if columns is None else columns)
    other_app = check_origin(table, context.realm, labels, by_userid="userid" in kinds)
    excluded = exclusions.read(exclude, by_mobile="mobile" in kinds)
    addresses = read_addresses(table, kinds, labels)
    reject_open_rows(table, addresses)
    # Before any look-up, because an invalid message is not worth a call.
    channel = channel_for(message.msgtype)
    channel.check_message(context, message)
    try:
        message = message.for_columns(list(table.columns), labels_by_tag_name(table))
    except TemplateError as error:
        if not set(message.columns).difference(table.columns).isdisjoint(table.index.names):
            raise error.advise(Text("frame.in_index_todo")) from None
        raise
    mobiles_of_rows = MobilesOfRows()
    if excluded.mobiles:
        mobiles_of_rows = read_mobiles(table, labels)
        exclude_numbers(addresses, mobiles_of_rows, excluded.mobiles)
    mobiles_to_look_up = excluded_numbers_to_look_up(addresses, mobiles_of_rows, excluded.mobiles)
    found_owners, lookup_counts = lookups.fill_in(addresses, others=mobiles_to_look_up, refresh=refresh)
    reject_other_owners(table, addresses)
    checked = check_rows(
        table,
        addresses,
        directory,
        columns=labels,
        checks=checks,
        refresh=refresh,
    )
    owners = ({} if refresh else lookups.cached_owners(excluded.mobiles)) | found_owners
    addresses.fill_in_excluded_userids(owners)
    row_ids = _row_ids(addresses, excluded, mobiles_of_rows, owners)
    if excluded.entries:
        excluded.check_names(row_ids, names_in(table, labels))
        excluded.check_leading_zeros(row_ids)
        if "mobile" not in kinds and usual_column(table, "mobile") is not None:
            numbers = enumerate(read_mobiles(table, {}).numbers)
            numbers_of_rows = {
                at: own
                for at, own in numbers
                if own and at not in addresses.rejections and addresses.userids[at] not in excluded.userids
            }
            excluded.check_mobiles(row_ids, numbers_of_rows, table.index)
    batches = build_batches(
        table,
        message,
        addresses,
        key=key,
        limits=context.limits,
        shares_calls=channel.may_share(context, message),
        excluded=excluded.with_owners(owners).userids,
        clock=context.clock,
    )
    notes = (
        other_app,
        *addresses.notes(),
        excluded.blank_note(),
        excluded.unmatched_note(row_ids),
        *unsupported_format_notes(table, message.columns),
        *_other_zone_notes(batches, message.columns_without_zone),
        *(Text("plan.calculated", calculation=text) for text in message.constant_calculations),
        *checked.notes(table, batches.userids, batches.recipient_of_row),
        *batches.notes,
    )
    looked_up = {*owners, *mobiles_to_look_up}
    return replace(
        batches,
        notes=tuple(filter(None, notes)),
        lookups_text=lookup_counts.text,
        numbers_to_look_up={mobile: reason for mobile, reason in excluded.mobiles.items() if mobile not in looked_up},
        warnings=checked.warnings(batches.userids, batches.recipient_of_row),
        name_check_calls=checked.unread,
        agreeing_names=checked.agreeing,
        rejected_names=checked.rejected,
    )


def _other_zone_notes(batches: Batches, columns: Sequence[str]) -> list[Text]:
    """Return notes about columns with times that are sent without their time zone, which is not Beijing's."""
    notes = []
    for column in columns:
        cells = zip(read_values(batches.frame[column]), batches.recipient_of_row, strict=True)
        moments = [moment for cell, number in cells if number >= 0 and (moment := _moment_in(cell)) is not None]
        in_other_zone = [moment for moment in moments if is_in_other_zone(moment)]
        if in_other_zone:
            rows = count("row", len(in_other_zone))
            what = Text("plan.other_zone", column=column, rows=rows, value=str(in_other_zone[0]))
            # pandas would take times without a zone for UTC.
            is_convertible = all(moment.tzinfo is not None for moment in moments)
            todo = (
                Text("plan.other_zone_todo", column=literal(column), zone=literal(ZONE)) if is_convertible else NOTHING
            )
            notes.append(sentences(what, todo))
    return notes


def _moment_in(cell: object) -> datetime | None:
    """Return the time in a cell, which may be text, as the filter ``date`` reads it; None if there is no time."""
    if isinstance(cell, str):
        with suppress(ValueError):
            return datetime.fromisoformat(cell.strip())
    return cell if isinstance(cell, datetime) else None


def _row_ids(
    addresses: Addresses, excluded: ExcludedPeople, mobiles_of_rows: MobilesOfRows, owners: Mapping[str, str]
) -> RowIds:
    return RowIds(
        frozenset(filter(None, addresses.userids)) if excluded.entries else frozenset[str](),
        mobiles_of_rows.mobiles,
        owners,
        has_unknown=any(not addresses.userids[position] for position in addresses.excluded),
    )
