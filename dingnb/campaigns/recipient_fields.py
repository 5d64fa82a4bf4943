"""
What the ledger keeps of the input: for each recipient the values of the columns that a reminder can use.

These are the columns that the message's templates use, those that are called like a name, and the key's. Each value is
kept as a template shows it, and comes back of the same type. A column that holds anything else, such as lists, is not
kept.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.ledger import LedgerSession, fields
from dingnb.ledger.moves import Place
from dingnb.messages import MISSING
from dingnb.messages.cell_values import Rounded, Shown, show_as
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import read_values
from dingnb.tables.factorize import first_rows
from dingnb.tables.headers import canonical_name

_UNKEPT: Final = object()
_TAGS: Final[Mapping[str, Callable[[Any], object]]] = {
    "float": float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "timestamp": pd.Timestamp,
    "time": time.fromisoformat,
    "microseconds": lambda number: timedelta(microseconds=number),
    "rounded": Rounded,
    "shown": lambda pair: show_as(_unpacked_value(pair[0]), pair[1]),
}
"""The tags of values that JSON lacks, and what makes such a value of its text."""

_PACKERS: Final[Mapping[type, Callable[[Any], object]]] = {
    type(MISSING): lambda _: None,
    **dict.fromkeys((str, int, bool), lambda value: value),
    np.str_: str,
    float: lambda value: value if math.isfinite(value) else {"float": str(value)},
    Decimal: lambda value: {"decimal": str(value)},
    date: lambda value: {"date": value.isoformat()},
    datetime: lambda value: {"datetime": value.isoformat()},
    pd.Timestamp: lambda value: {"timestamp": value.isoformat()},
    time: lambda value: {"time": value.isoformat()},
    timedelta: lambda value: {"microseconds": value // timedelta(microseconds=1)},
    Rounded: lambda value: {"rounded": repr(float(value))},
}
"""How a value of each type that is kept is written."""


def write_fields(
    db: LedgerSession,
    planned: Batches,
    key_columns: Sequence[str],
    batches: Iterable[tuple[int, Sequence[int | Place]]],
) -> None:
    """
    Write what is kept of the recipients of new batches.

    Args:
        db: The ledger.
        planned: The plan.
        key_columns: What tells several rows of one person apart.
        batches: The number of each batch, and of each of its recipients the number in the plan, or, where the plan
            lacks the person, the place in the ledger.
    """
    columns = _read_columns(planned, key_columns)
    names, values, kept = list(columns), list(columns.values()), fields.Kept(db)
    for batch, recipients in batches:
        numbers = [one for one in recipients if isinstance(one, int)]
        if len(numbers) < len(recipients):
            each = (
                {name: column[one] for name, column in columns.items()} if isinstance(one, int) else kept.at(one)
                for one in recipients
            )
            fields.write_each(db, batch, list(each))
        elif names:
            packed = fields.pack(names, [[column[number] for column in values] for number in numbers])
            fields.write(db, [(batch, packed)])


def read_fields(
    db: LedgerSession, campaign: int, starts: dict[int, int], people: int
) -> dict[str, "np.ndarray[tuple[int], np.dtype[Any]]"]:
    """
    Return what is kept of the recipients of a campaign: by column the value of each, None where there is none.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        starts: The number of the first recipient of each batch.
        people: How many recipients there are.
    """
    columns: dict[str, list[Any]] = {}
    for batch, names, values in fields.of_campaign(db, campaign):
        start = starts[batch]
        for name, own in zip(names, zip(*values, strict=True), strict=True):
            if name not in columns:
                columns[name] = [None] * people
            columns[name][start : start + len(own)] = own
    return {name: _as_array(list(map(_unpacked_value, own))) for name, own in columns.items()}


def _as_array(values: list[Any]) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def column_of_values(values: "np.ndarray[tuple[int], np.dtype[Any]]") -> "pd.Series[Any]":
    """Return values as a column in which each keeps its type."""
    kinds = set(map(type, values.tolist()))
    # Elsewhere pandas would make floats of whole numbers beside a gap, and moments of dates.
    return pd.Series(values, dtype="str" if kinds <= {str, type(None)} and str in kinds else object)


def _read_columns(planned: Batches, key_columns: Sequence[str]) -> dict[str, list[object]]:
    """Return for each column that is kept the value of each recipient of a plan, as it is written."""
    wanted = {*planned.message.columns, *key_columns}
    labels: list[object] = list(planned.frame.columns)
    names = [
        label
        for label in labels
        if isinstance(label, str) and (label in wanted or canonical_name(label) == "name") and label != "userid"
    ]
    sent = np.flatnonzero(planned.recipient_of_row >= 0)
    rows = sent[first_rows(planned.recipient_of_row[sent])].tolist()
    found: dict[str, list[object]] = {}
    for name in names:
        if labels.count(name) > 1:
            continue
        values = read_values(column_of(planned.frame, name))
        packed = [_packed(values[row]) for row in rows]
        if not any(value is _UNKEPT for value in packed):
            found[name] = packed
    return found


def _packed(value: object) -> object:
    """Return a value as JSON can hold it; `_UNKEPT` for one that is not kept."""
    if isinstance(value, Shown):
        return {"shown": [_packed(value.plain), value.shown]}
    pack = _PACKERS.get(type(value))
    return _UNKEPT if pack is None else pack(value)


def _unpacked_value(value: Any) -> object:  # noqa: ANN401 - what JSON can hold
    if type(value) is not dict:
        return value
    [(tag, packed)] = value.items()
    return _TAGS[tag](packed)
