"""
Stores rows of the input in the ledger: columns of the recipients, and the rejected rows of a campaign's newest plan.

Reminders, results and exports of any session use them. The stored columns are those used by the message's templates,
name columns and key columns. Of recipients, a last column has the row labels. Its name is `row#`, a digest of all
values, `=` or `+` (some recipient has several rows, of which only the first is stored), and the headings of the labels:
one, or one for each level of the index.

Values are stored as templates see them, and are read back with the same type. But of a named zone, a date and time
keeps only the offset, and a time of day nothing; a formatted date loses its number format. Not stored are:

- columns with values of unsupported types, such as lists, or with integers that have too many digits for Python to
  write;
- columns whose label is not text, occurs twice, or looks like the name of the column of row labels;
- `userid`, which the ledger has anyway.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import recipient_fields, rejected_rows
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.rejected_rows import RejectedRow
from dingnb.messages import MISSING
from dingnb.recipients.addresses import column_of
from dingnb.recipients.column_titles import headings_of_renamed, with_column_titles
from dingnb.tables.cell_values import FormattedValue, InexactFloat, with_display_text
from dingnb.tables.cells import has_too_many_digits, is_missing, read_values, show, to_python
from dingnb.tables.factorize import first_rows
from dingnb.tables.headers import canonical_name
from dingnb.words import Text

_ROW_PREFIX: Final = "row#"
"""Beginning of the name of the column with the labels of rows, before a digest of all columns."""

_ONE_ROW_EACH, _SEVERAL_ROWS = "=", "+"
_ROW_COLUMN: Final = re.compile(rf"{_ROW_PREFIX}[0-9a-f]{{8}}(?:([{_ONE_ROW_EACH}{_SEVERAL_ROWS}])(.*))?", re.DOTALL)
"""The name of the column with the labels of rows; in earlier versions it ended after the digest."""

_LEVEL_SEPARATOR: Final = "\x1f"
"""Separator between the headings of the levels of an index."""

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
    "period": lambda pair: pd.Period(ordinal=pair[0], freq=pair[1]),
    "interval": lambda parts: pd.Interval(*decode_column(parts)),
    "uuid": UUID,
    "bytes": bytes.fromhex,
    "rounded": InexactFloat,
    "tuple": lambda parts: tuple(map(_decode, parts)),
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
    pd.Period: lambda value: {"period": [value.ordinal, value.freqstr]},
    pd.Interval: lambda value: {"interval": [encode_label(value.left), encode_label(value.right), value.closed]},
    UUID: lambda value: {"uuid": str(value)},
    bytes: lambda value: {"bytes": value.hex()},
    InexactFloat: lambda value: {"rounded": repr(float(value))},
}
"""Encoders by type."""


def write_columns(db: LedgerSession, batches: Batches, key_columns: Sequence[str], first_batch: int) -> None:
    """
    Store the columns of the recipients of a new campaign.

    Args:
        db: The ledger.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        first_batch: The number of the first batch.
    """
    recipient_fields.write_columns(db, _columns_to_store(batches, key_columns), batches.start_of_batch, first_batch)


def update_columns_of_same_list(
    db: LedgerSession, batches: Batches, key_columns: Sequence[str], first_batch: int
) -> bool:
    """
    Store the columns of a recorded list again, as `write_columns` does, if any value or label of a row has changed.

    The people and texts are the same: only values that are not sent, and the labels, can differ.

    Args:
        db: The ledger.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        first_batch: The number of the list's first batch.

    Returns:
        Whether a value or label has changed.
    """
    columns = _columns_to_store(batches, key_columns)
    name_with_digest = list(columns)[-1]
    if name_with_digest in recipient_fields.StoredFields(db).at((first_batch, 0)):
        return False
    recipient_fields.delete_of_batches(db, first_batch, first_batch + len(batches.body_of_batch) - 1)
    recipient_fields.write_columns(db, columns, batches.start_of_batch, first_batch)
    return True


def write_columns_of_added_batches(
    db: LedgerSession,
    batches: Batches,
    key_columns: Sequence[str],
    sources: Iterable[tuple[int, Sequence[int | BatchPlace]]],
) -> None:
    """
    Store the columns of the recipients of batches that another list adds to a campaign.

    Args:
        db: The ledger.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        sources: The number of each batch, and for each of its recipients the number in the plan or, for people who are
            not in the plan, their place in the ledger.
    """
    columns, kept = _columns_to_store(batches, key_columns), recipient_fields.StoredFields(db)

    def values_of(source: int | BatchPlace) -> Mapping[str, object]:
        return (
            {name: column[source] for name, column in columns.items()} if isinstance(source, int) else kept.at(source)
        )

    recipient_fields.write_batches(db, ((batch, list(map(values_of, recipients))) for batch, recipients in sources))


def update_columns_of_kept_recipients(
    db: LedgerSession,
    campaign: int,
    batches: Batches,
    key_columns: Sequence[str],
    numbers: Mapping[BatchPlace, int],
    relabelled: Mapping[BatchPlace, int] | None = None,
) -> None:
    """
    Store the values and labels of recipients who keep their batches when the list changes, where any has changed.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        numbers: The number of each recipient in the plan, by place.
        relabelled: The positions of the rows of other recipients, of whom only the label is stored again, by place.
    """
    columns = _columns_to_store(batches, key_columns)
    labels_name, labels = columns.popitem()
    label_of: dict[BatchPlace, object] = {place: labels[number] for place, number in numbers.items()}
    for place, position in (relabelled or {}).items():
        label_of[place] = encode_label(batches.frame.index[position])
    places_of: dict[int, list[BatchPlace]] = {}
    for place in label_of:
        places_of.setdefault(place[0], []).append(place)
    corrected: dict[int, list[dict[str, object]]] = {}
    for batch, names, rows in recipient_fields.of_campaign(db, campaign):
        if batch not in places_of:
            continue
        values = [dict[str, object](zip(names, row, strict=True)) for row in rows]
        for place in places_of[batch]:
            stored, label, number = values[place[1]], label_of[place], numbers.get(place)
            new_values = {} if number is None else {name: column[number] for name, column in columns.items()}
            # Only changed values are written: they are few, out of perhaps a million values.
            changed = {
                name: value for name, value in new_values.items() if name not in stored or _differ(stored[name], value)
            }
            names_of_labels = [name for name in stored if _ROW_COLUMN.fullmatch(name)]
            if all(stored[name] != label for name in names_of_labels):
                changed[labels_name] = label
                for name in names_of_labels:
                    del stored[name]
            if changed:
                stored.update(changed)
                corrected[batch] = values
    for batch in corrected:
        recipient_fields.delete_of_batches(db, batch, batch)
    recipient_fields.write_batches(db, corrected.items())


def read_columns(
    db: LedgerSession, campaign: int, starts: dict[int, int], people: int
) -> dict[str, "np.ndarray[tuple[int], np.dtype[Any]]"]:
    """
    Return the stored columns of a campaign, with one value for each recipient; None for a missing value.

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


@dataclass(frozen=True, slots=True)
class RowLabels:
    """
    The labels of the rows in the input of a campaign.

    Attributes:
        labels: The label of each recipient's first row in the last list with them, by the number of the recipient.
        headings: The headings of the labels, one for each level of the index, by the number of levels; empty where a
            level has no heading, or the headings of several lists differ.
        has_merged_rows: Whether any recipient has several rows of the input; True also if this is not known.
    """

    labels: Mapping[int, Hashable] = field(default_factory=dict)
    headings: Mapping[int, Sequence[str]] = field(default_factory=dict)
    has_merged_rows: bool = True


def take_row_labels(columns: "dict[str, np.ndarray[tuple[int], np.dtype[Any]]]") -> RowLabels:
    """Remove the labels of rows from the stored columns of a campaign, and return them."""
    matches = [match for name in columns if (match := _ROW_COLUMN.fullmatch(name))]
    found = [(match[1] or _SEVERAL_ROWS, (match[2] or "").split(_LEVEL_SEPARATOR)) for match in matches]
    labels = [enumerate(columns.pop(match[0]).tolist()) for match in matches]
    headings: dict[int, list[str]] = {}
    for _, list_headings in found:
        level_count = len(list_headings)
        is_same = headings.setdefault(level_count, list_headings) == list_headings
        headings[level_count] = list_headings if is_same else [""] * level_count
    return RowLabels(
        {number: label for numbered_labels in labels for number, label in numbered_labels if label is not None},
        headings,
        not found or any(sign == _SEVERAL_ROWS for sign, _ in found),
    )


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """
    The stored rejected rows of a campaign, in the order of the list.

    Attributes:
        positions: The position of each row in the list, from 0.
        labels: The index label of each row; None if it is not stored.
        userids: The userid of each row; empty if it has none.
        reasons: Why each row was rejected.
        hints: What to do about each row; may be empty.
        columns: The stored columns, with a value for each row; None if missing.
    """

    positions: list[int] = field(default_factory=list)
    labels: list[Hashable] = field(default_factory=list)
    userids: list[str] = field(default_factory=list)
    reasons: list[Text] = field(default_factory=list)
    hints: list[Text] = field(default_factory=list)
    columns: Mapping[str, np.ndarray[tuple[int], np.dtype[Any]]] = field(default_factory=dict)


def write_rejected_rows(
    db: LedgerSession,
    campaign: int,
    batches: Batches,
    key_columns: Sequence[str],
    *,
    except_rows: Collection[int] = (),
    with_texts: bool,
) -> None:
    """
    Store the rejected rows of a campaign's newest plan in place of the previous plan's.

    Reasons and hints name columns by their headings in the file.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        except_rows: The positions of rows whose people an earlier plan included: the campaign shows these people
            anyway, with what became of their message.
        with_texts: Whether columns of the input, values quoted by reasons and hints, and labels that are not integers
            are stored.
    """
    rows = [row for row in sorted(batches.rejections) if row not in except_rows]
    has_columns = with_texts and bool(rows)
    columns = encode_columns(batches, key_columns, lambda column: read_values(column.iloc[rows])) if has_columns else {}
    fields = rejected_rows.encode_fields(columns) if columns else [""] * len(rows)
    labels = batches.frame.index[rows].tolist()
    headings = headings_of_renamed(batches.frame)
    encoded: dict[Text, str] = {}
    rejected = []
    for row, label, own_fields in zip(rows, labels, fields, strict=True):
        rejection = batches.rejections[row]
        for text in (rejection.reason, rejection.hint):
            if text not in encoded:
                # The headings are stored nowhere else.
                titled = with_column_titles(headings, text)
                encoded[text] = (titled if with_texts else rejected_rows.without_values(titled)).to_json()
        encoded_label = encode_label(label)
        own_label = json.dumps(encoded_label) if with_texts or type(encoded_label) is int else ""
        texts = (encoded[rejection.reason], encoded[rejection.hint])
        rejected.append(RejectedRow(int(row), own_label, batches.userids[row], *texts, own_fields))
    rejected_rows.replace(db, campaign, rejected)


def read_rejected_rows(db: LedgerSession, campaign: int) -> RejectedRows:
    """Return the stored rejected rows of a campaign."""
    rows = rejected_rows.of_campaign(db, campaign)
    fields: list[dict[str, Any]] = json.loads(f"[{','.join(row.fields or '{}' for row in rows)}]")
    names = dict.fromkeys(name for own_fields in fields for name in own_fields)
    texts = {encoded: Text.from_json(encoded) for row in rows for encoded in (row.reason, row.hint)}
    return RejectedRows(
        [row.position for row in rows],
        decode_column(json.loads(row.label) if row.label else None for row in rows).tolist(),
        [row.userid for row in rows],
        [texts[row.reason] for row in rows],
        [texts[row.hint] for row in rows],
        {name: decode_column(own_fields.get(name) for own_fields in fields) for name in names},
    )


def decode_column(values: Iterable[Any]) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    """Return the values of a column that were encoded for JSON."""
    return _as_array(list(map(_decode, values)))


def _as_array(values: list[Any]) -> "np.ndarray[tuple[int], np.dtype[Any]]":
    # Not np.array, which would make several columns of tuples.
    return np.fromiter(values, dtype=object, count=len(values))


def column_of_values(values: "np.ndarray[tuple[int], np.dtype[Any]]") -> "pd.Series[Any]":
    """Return values as a column that preserves their types."""
    kinds = set(map(type, values.tolist()))
    # As objects, since pandas would convert integers beside missing values to floats, and dates to timestamps.
    return pd.Series(values, dtype="str" if kinds <= {str, type(None)} and str in kinds else object)


def _columns_of_recipients(batches: Batches, key_columns: Sequence[str]) -> dict[str, list[object]]:
    """Return the encoded values of the recipients of a plan, by column."""
    rows = rows_of_recipients(batches)

    def read_rows(column: "pd.Series[Any]") -> list[object]:
        values = read_values(column)
        return [values[row] for row in rows]

    return encode_columns(batches, key_columns, read_rows)


def rows_of_recipients(batches: Batches) -> list[int]:
    """Return the position of the first row of each recipient of a plan."""
    rows_with_recipient = np.flatnonzero(batches.recipient_of_row >= 0)
    rows: list[int] = rows_with_recipient[first_rows(batches.recipient_of_row[rows_with_recipient])].tolist()
    return rows


def _columns_to_store(batches: Batches, key_columns: Sequence[str]) -> dict[str, list[object]]:
    """Return the columns to store; the last one has the labels of rows, and a digest of all values in its name."""
    columns, rows = _columns_of_recipients(batches, key_columns), rows_of_recipients(batches)
    index = batches.frame.index[rows]
    labels: list[object] = list(map(encode_label, index.tolist()))
    sign = _SEVERAL_ROWS if np.count_nonzero(batches.recipient_of_row >= 0) > len(rows) else _ONE_ROW_EACH
    digest = sha256()
    for named_values in [*columns.items(), labels]:
        digest.update(json.dumps(named_values).encode())
    headings = _LEVEL_SEPARATOR.join(map(show, index.names))
    return columns | {f"{_ROW_PREFIX}{digest.hexdigest()[:8]}{sign}{headings}": labels}


def _differ(first: object, second: object) -> bool:
    """Return whether two values encoded for JSON differ; True, 1 and 1.0 do."""
    return type(first) is not type(second) or first != second


def encode_label(label: object) -> object:
    """Return the label of a row encoded for JSON: NaN if it is missing, and as shown if its type is not supported."""
    if isinstance(label, tuple):
        return {"tuple": list(map(encode_label, label))}
    if isinstance(label, np.generic):
        label = to_python(label)
    if is_missing(label) and not isinstance(label, str):
        return {"float": "nan"}
    if type(label) is int and has_too_many_digits(label):
        return show(label)
    encoded = _encode(label)
    return show(label) if encoded is _UNSUPPORTED else encoded


def encode_columns(
    batches: Batches, key_columns: Sequence[str], read_rows: Callable[["pd.Series[Any]"], list[object]]
) -> dict[str, list[object]]:
    """
    Return the columns to store, encoded for JSON: for each, the values of some rows.

    Args:
        batches: The batches of the plan.
        key_columns: The columns that distinguish several rows of one person.
        read_rows: Returns the values of the rows, given a column.
    """
    used_names = {*batches.message.columns, *key_columns}
    # NA as a label equals nothing; comparing it returns NA.
    all_labels: list[object] = list(batches.frame.columns)
    labels = [label for label in all_labels if isinstance(label, str)]
    names = [
        label for label in labels if (label in used_names or canonical_name(label) == "name") and label != "userid"
    ]
    encoded_columns: dict[str, list[object]] = {}
    for name in names:
        if labels.count(name) > 1 or _ROW_COLUMN.fullmatch(name):
            continue
        encoded = _encode_all(read_rows(column_of(batches.frame, name)))
        if encoded is not None:
            encoded_columns[name] = encoded
    return encoded_columns


def _encode_all(values: list[object]) -> list[object] | None:
    """Return values encoded for JSON; None if any is not supported."""
    types = set(map(type, values))
    if int in types:
        integers = [value for value in values if type(value) is int]
        if has_too_many_digits(max(integers)) or has_too_many_digits(min(integers)):
            return None
    if types <= _JSON_TYPES:
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
