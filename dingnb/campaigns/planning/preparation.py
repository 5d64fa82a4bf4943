"""Prepares the batches of a plan: checks the rows and the message, looks people up, and excludes people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from dingnb.calls.context import SendContext
from dingnb.campaigns.planning.batches import Batches, build_batches
from dingnb.channels import channel_for
from dingnb.messages import Message
from dingnb.recipients.addresses import (
    address_kinds,
    check_columns,
    check_recipients,
    exclude_numbers,
    read_addresses,
)
from dingnb.recipients.directory import Directory
from dingnb.recipients.exclusions import RowIds, read_excluded
from dingnb.recipients.lookups import Lookups
from dingnb.recipients.row_checks import check_origin, check_rows, reject_open_rows, reject_other_owners
from dingnb.tables.cells import renamed_columns_of, unsupported_format_notes
from dingnb.words import Text


def prepare_batches(  # noqa: PLR0913 - the arguments of `DingTalk.plan`, and what they are checked with
    context: SendContext,
    lookups: Lookups,
    directory: Directory,
    exclusion_reasons: Callable[[str], Mapping[str, Text]],
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
        exclusion_reasons: Returns the entries of an exclusion list, each with its reason.
        frame: As for `DingTalk.plan`, like the other arguments without a description.
        message: As above.
        to: As above.
        columns: As above.
        key: As above.
        exclude: As above.
        checks: The checks that make calls, as `read_checks` returns them.
        refresh: As above.

    Raises:
        InputError: The frame, a column, the message or `exclude` is invalid.
        DingError: A phone number or a person could not be looked up.
    """
    table = check_recipients(frame).copy(deep=False)
    kinds, labels = address_kinds(to), check_columns({} if columns is None else columns)
    other_app = check_origin(table, context.realm, labels, by_userid="userid" in kinds)
    excluded = read_excluded(exclude, exclusion_reasons, by_mobile="mobile" in kinds)
    addresses = read_addresses(table, kinds, labels)
    reject_open_rows(table, addresses)
    # Before any look-up, because an invalid message is not worth a call.
    channel = channel_for(message.msgtype)
    channel.check_message(context, message)
    message = message.for_columns(list(table.columns), renamed_columns_of(table))
    row_numbers, has_unnumbered = frozenset[str](), False
    if excluded.mobiles:
        row_numbers, has_unnumbered = exclude_numbers(table, addresses, labels, excluded.mobiles)
    # Rows with only a userid, or with another number, are recognised by the owners of excluded numbers.
    excluded_numbers = (
        [mobile for mobile in excluded.mobiles if has_unnumbered or mobile not in row_numbers]
        if any(addresses.userids)
        else ()
    )
    found_owners, lookup_counts = lookups.fill_in(addresses, others=excluded_numbers, refresh=refresh)
    reject_other_owners(table, addresses)
    checked = check_rows(
        table,
        addresses,
        directory,
        columns=labels,
        by_calls="name" in checks,
        logins="login" in checks,
        refresh=refresh,
    )
    owners = ({} if refresh else lookups.cached_owners(excluded.mobiles)) | found_owners
    addresses.fill_in_excluded_userids(owners)
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
    row_ids = RowIds(
        frozenset(filter(None, addresses.userids)) if excluded.entries else frozenset[str](),
        row_numbers,
        owners,
        has_unknown=any(not addresses.userids[position] for position in addresses.excluded),
    )
    notes = (
        other_app,
        *addresses.notes(),
        excluded.unmatched_note(row_ids),
        *unsupported_format_notes(table, message.columns),
        *checked.notes(table, batches.userids, batches.recipient_of_row),
    )
    return replace(
        batches,
        notes=tuple(filter(None, notes)),
        lookups_text=lookup_counts.text,
        unresolved_numbers={
            mobile: reason for mobile, reason in excluded.mobiles.items() if mobile not in {*owners, *excluded_numbers}
        },
        warnings=checked.warnings(batches.userids, batches.recipient_of_row),
    )
