"""The columns of the input that a campaign stores: the values of each recipient."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any, cast

from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.pages import joined_pages
from dingnb.ledger.session import LedgerSession

_PAGE = 500
"""Number of batches read at once: the values of their recipients are long."""

_MAX_CACHED_BATCHES = 100
"""Number of batches whose values are cached while single recipients are read."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _encode_rows(columns: Iterable[Sequence[object]]) -> list[str]:
    """Return the JSON of the values of each recipient, from columns with a value for each."""
    return list(map("[{}]".format, map(",".join, zip(*map(encode_values, columns), strict=True))))


def encode_values(values: Sequence[object]) -> list[str]:
    """Return the JSON of each value; values of one type, as in most columns, are encoded by functions written in C."""
    kinds = set(map(type, values))
    if kinds == {str}:
        encoded = list(map(encode_basestring, cast("Sequence[str]", values)))
    elif kinds == {int}:
        encoded = list(map(str, values))
    else:
        encoded = list(map(_ENCODER.encode, values))
    try:
        "".join(encoded).encode()
    except UnicodeEncodeError:
        # Lone surrogates cannot be stored as such, but JSON escapes them.
        return list(map(json.dumps, values))
    return encoded


def write_columns(
    db: LedgerSession, columns: Mapping[str, Sequence[object]], starts: Sequence[int], first_batch: int
) -> None:
    """
    Write the values of the recipients of consecutive batches, which have the same columns.

    Args:
        db: The ledger.
        columns: The values of each recipient by column; without any column, nothing is written.
        starts: The position of each batch's first recipient and, at the end, the number of all recipients.
        first_batch: The number of the first batch.
    """
    if columns:
        head, rows = _head(list(columns)), _encode_rows(columns.values())
        has_one_recipient_each = len(starts) == len(rows) + 1
        texts = rows if has_one_recipient_each else (",".join(rows[start:end]) for start, end in pairwise(starts))
        _insert(db, ((batch, f"{head}{text}]]") for batch, text in enumerate(texts, first_batch)))


def write_batches(db: LedgerSession, batches: Iterable[tuple[int, Sequence[Mapping[str, object]]]]) -> None:
    """
    Write the values of the recipients of single batches.

    Args:
        db: The ledger.
        batches: The number of each batch, and the values of each recipient by column. A column that a recipient of the
            batch lacks is stored as null.
    """
    encoded_batches = []
    for batch, values in batches:
        columns = list(dict.fromkeys(name for value in values for name in value))
        if columns:
            rows = _encode_rows([value.get(name) for value in values] for name in columns)
            encoded_batches.append((batch, f"{_head(columns)}{','.join(rows)}]]"))
    _insert(db, encoded_batches)


def _head(columns: Sequence[str]) -> str:
    return f"[[{','.join(encode_values(columns))}],["


def _insert(db: LedgerSession, rows: Iterable[tuple[int, str]]) -> None:
    db.insert("recipient_fields", ("batch", "fields"), rows)


class StoredFields:
    """
    The stored values of single recipients, read a batch at a time; the batches read last are cached.

    Args:
        db: The ledger.
    """

    def __init__(self, db: LedgerSession) -> None:
        self._db = db
        self._read: OrderedDict[int, tuple[list[str], list[list[Any]]] | None] = OrderedDict()

    def at(self, batch_place: BatchPlace) -> Mapping[str, object]:
        """Return the values of a recipient by column; empty if no values are stored."""
        batch, place = batch_place
        if batch not in self._read:
            row = self._db.execute("SELECT fields FROM recipient_fields WHERE batch = ?", (batch,)).fetchone()
            self._read[batch] = None if row is None else json.loads(row[0])
            if len(self._read) > _MAX_CACHED_BATCHES:
                self._read.popitem(last=False)
        self._read.move_to_end(batch)
        stored = self._read[batch]
        return {} if stored is None else dict(zip(stored[0], stored[1][place], strict=True))


def copy(db: LedgerSession, batches: Iterable[tuple[int, Sequence[BatchPlace]]]) -> None:
    """
    Copy the values of recipients to new batches.

    Args:
        db: The ledger.
        batches: The number of each new batch, and the previous places of its recipients, which may be in several
            batches.
    """
    stored = StoredFields(db)
    write_batches(db, ((batch, list(map(stored.at, places))) for batch, places in batches))


def of_campaign(db: LedgerSession, campaign: int) -> Iterator[tuple[int, list[str], list[list[Any]]]]:
    """Yield the batches of a campaign with stored values: the batch, the columns, each recipient's values."""
    for batches, fields in joined_pages(db, campaign, db.statements.field_columns, _PAGE):
        for batch, (columns, values) in zip(map(int, batches.split(",")), json.loads(fields), strict=True):
            yield batch, columns, values


def delete_of_batches(db: LedgerSession, first: int, last: int) -> None:
    """Delete the values of the recipients of consecutive batches."""
    db.execute("DELETE FROM recipient_fields WHERE batch BETWEEN ? AND ?", (first, last))


def delete(db: LedgerSession, campaign: int) -> None:
    """Delete the values of all recipients of a campaign."""
    db.execute("DELETE FROM recipient_fields WHERE batch IN (SELECT id FROM batches WHERE campaign = ?)", (campaign,))
