"""
Stores columns of the input in the ledger, so that reminders can use them.

The stored columns are those used by the message's templates, name columns and key columns. Values are stored as
templates see them, and are read back with the same type. Not stored are columns with values of unsupported types, such
as lists, columns whose label is not text or occurs twice, and `userid`, which the ledger has anyway.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import recipient_fields
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.messages import MISSING
from dingnb.messages.cell_values import FormattedValue, InexactFloat, with_display_text
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import read_values
from dingnb.tables.factorize import first_rows
from dingnb.tables.headers import canonical_name

_UNSUPPORTED: Final = object()
"""Result of encoding a value of an unsupported type."""

_JSON_TYPES: Final[frozenset[type]] = frozenset({str, int, bool})
"""Types that JSON represents as they are."""

_DECODERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "float": float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "timestamp": pd.Timestamp,
    "time": time.fromisoformat,
    "timedelta": pd.Timedelta,
    "microseconds": lambda number: timedelta(microseconds=number),
    "rounded": InexactFloat,
    "shown": lambda pair: with_display_text(_decode(pair[0]), pair[1]),
}
"""Decoders of values without a JSON type, by tag."""

_ENCODERS: Final[Mapping[type, Callable[[Any], object]]] = {
    type(MISSING): lambda _: None,
    **dict.fromkeys(_JSON_TYPES, lambda value: value),
    np.str_: str,
    float: lambda value: value if math.isfinite(value) else {"float": str(value)},
    Decimal: lambda value: {"decimal": str(value)},
    date: lambda value: {"date": value.isoformat()},
    datetime: lambda value: {"datetime": value.isoformat()},
    pd.Timestamp: lambda value: {"timestamp": value.isoformat()},
    time: lambda value: {"time": value.isoformat()},
    pd.Timedelta: lambda value: {"timedelta": value.isoformat()},
    timedelta: lambda value: {"microseconds": value // timedelta(microseconds=1)},
    InexactFloat: lambda value: {"rounded": repr(float(value))},
}
"""Encoders by type."""


def write_columns(db: LedgerSession, plan: Batches, key_columns: Sequence[str], first_batch: int) -> None:
    """
    Store the columns of the recipients of a plan's batches.

    Args:
        db: The ledger.
        plan: The plan.
        key_columns: The columns that distinguish several rows of one person.
        first_batch: The number of the first batch.
    """
    columns = _columns_of_recipients(plan, key_columns)
    recipient_fields.write_columns(
        db, list(columns), recipient_fields.encode_rows(columns.values()), plan.start_of_batch, first_batch
    )


def write_merged_columns(
    db: LedgerSession,
    plan: Batches,
    key_columns: Sequence[str],
    batches: Iterable[tuple[int, Sequence[int | BatchPlace]]],
) -> None:
    """
    Store the columns of the recipients of batches with people of a plan and of earlier ones.

    Args:
        db: The ledger.
        plan: The plan.
        key_columns: The columns that distinguish several rows of one person.
        batches: The number of each batch, and for each of its recipients the number in the plan or, for people who are
            not in the plan, their place in the ledger.
    """
    columns, kept = _columns_of_recipients(plan, key_columns), recipient_fields.StoredFields(db)

    def values_of(source: int | BatchPlace) -> Mapping[str, object]:
        return (
            {name: column[source] for name, column in columns.items()} if isinstance(source, int) else kept.at(source)
        )

    recipient_fields.write_batches(db, ((batch, list(map(values_of, recipients))) for batch, recipients in batches))


def read_columns(
    db: LedgerSession, campaign: int, starts: dict[int, int], people: int
) -> dict[str, "np.ndarray[tuple[int], np.dtype[Any]]"]:
    """
    Return the stored columns of a campaign, with one value for each recipient; None if missing.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        starts: The number of each batch's first recipient.
        people: The number of recipients.
    """
    columns: dict[str, list[Any]] = {}
    for batch, names, values in recipient_fields.of_campaign(db, campaign):
        start = starts[batch]
        for name, cells in zip(names, zip(*values, strict=True), strict=True):
            if name not in columns:
                columns[name] = [None] * people
            columns[name][start : start + len(cells)] = cells
    return {name: decode_column(column) for name, column in columns.items()}


def decode_column(values: Iterable[Any]) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    """Return the values of a column that were encoded for JSON."""
    return _as_array(list(map(_decode, values)))


def _as_array(values: list[Any]) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def column_of_values(values: "np.ndarray[tuple[int], np.dtype[Any]]") -> "pd.Series[Any]":
    """Return values as a column that preserves their types."""
    kinds = set(map(type, values.tolist()))
    # Otherwise pandas would convert integers beside missing values to floats, and dates to timestamps.
    return pd.Series(values, dtype="str" if kinds <= {str, type(None)} and str in kinds else object)


def _columns_of_recipients(plan: Batches, key_columns: Sequence[str]) -> dict[str, list[object]]:
    """Return the encoded values of the recipients of a plan, by column."""
    rows_with_recipient = np.flatnonzero(plan.recipient_of_row >= 0)
    rows = rows_with_recipient[first_rows(plan.recipient_of_row[rows_with_recipient])].tolist()

    def read_rows(column: "pd.Series[Any]") -> list[object]:
        values = read_values(column)
        return [values[row] for row in rows]

    return encode_columns(plan, key_columns, read_rows)


def encode_columns(
    plan: Batches, key_columns: Sequence[str], read_rows: Callable[["pd.Series[Any]"], list[object]]
) -> dict[str, list[object]]:
    """
    Return the columns to store, encoded for JSON: for each, the values of some rows.

    Args:
        plan: The plan.
        key_columns: The columns that distinguish several rows of one person.
        read_rows: Returns the values of the rows, given a column.
    """
    used_names = {*plan.message.columns, *key_columns}
    labels: list[object] = list(plan.frame.columns)
    names = [
        label
        for label in labels
        if isinstance(label, str) and (label in used_names or canonical_name(label) == "name") and label != "userid"
    ]
    encoded_columns: dict[str, list[object]] = {}
    for name in names:
        if labels.count(name) > 1:
            continue
        encoded = _encode_all(read_rows(column_of(plan.frame, name)))
        if encoded is not None:
            encoded_columns[name] = encoded
    return encoded_columns


def _encode_all(values: list[object]) -> list[object] | None:
    """Return values encoded for JSON; None if the type of any is not supported."""
    if set(map(type, values)) <= _JSON_TYPES:
        return values
    encoded = list(map(_encode, values))
    return None if any(value is _UNSUPPORTED for value in encoded) else encoded


def _encode(value: object) -> object:
    """Return a value encoded for JSON; `_UNSUPPORTED` if its type is not supported."""
    if isinstance(value, FormattedValue):
        return {"shown": [_encode(value.plain_value), value.display_text]}
    encode = _ENCODERS.get(type(value))
    return _UNSUPPORTED if encode is None else encode(value)


def _decode(value: Any) -> object:  # noqa: ANN401 - any JSON value
    if type(value) is not dict:
        return value
    [(tag, encoded)] = value.items()
    return _DECODERS[tag](encoded)
