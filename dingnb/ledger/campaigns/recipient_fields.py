"""Stored columns of the input: the values of each recipient."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any, cast

from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.campaigns.pages import joined_pages
from dingnb.ledger.session import LedgerSession

_PAGE = 500
"""Batches read at once with the stored values of their recipients, which are long."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_rows(columns: Iterable[Sequence[object]]) -> list[str]:
    """Return the JSON of the values of each recipient, from columns with a value for each."""
    return list(map("[{}]".format, map(",".join, zip(*map(_encode, columns), strict=True))))


def encode_objects(columns: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the values of each row by column, as JSON, from columns with a value for each."""
    encoded = zip(_encode(list(columns)), map(_encode, columns.values()), strict=True)
    cells = ([f"{name}:{cell}" for cell in values] for name, values in encoded)
    return list(map("{{{}}}".format, map(",".join, zip(*cells, strict=True))))


def _encode(values: Sequence[object]) -> list[str]:
    """Return the JSON of each value; a column of one type, as most are, takes a pass at the speed of C."""
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
        # Lone surrogates are kept: JSON escapes them.
        return list(map(json.dumps, values))
    return encoded


def write(db: LedgerSession, columns: Sequence[str], rows: Sequence[str], starts: Sequence[int], first: int) -> None:
    """
    Write the values of the recipients of consecutive batches.

    Args:
        db: The ledger.
        columns: The columns; without any, nothing is written.
        rows: The values of each recipient, made by `encode_rows`.
        starts: The position of each batch's first recipient, and their number.
        first: The number of the first batch.
    """
    if columns:
        head = _head(columns)
        is_personal = len(starts) == len(rows) + 1
        texts = rows if is_personal else (",".join(rows[start:end]) for start, end in pairwise(starts))
        _insert(db, ((batch, f"{head}{text}]]") for batch, text in enumerate(texts, first)))


def write_each(db: LedgerSession, batches: Iterable[tuple[int, Sequence[Mapping[str, object]]]]) -> None:
    """Write the values of the recipients of batches, by column; recipients may have different columns."""
    packed = []
    for batch, values in batches:
        columns = list(dict.fromkeys(name for value in values for name in value))
        if columns:
            rows = encode_rows([value.get(name) for value in values] for name in columns)
            packed.append((batch, f"{_head(columns)}{','.join(rows)}]]"))
    _insert(db, packed)


def _head(columns: Sequence[str]) -> str:
    return f"[[{','.join(_encode(columns))}],["


def _insert(db: LedgerSession, packed: Iterable[tuple[int, str]]) -> None:
    db.insert("recipient_fields", ("batch", "fields"), packed)


class Kept:
    """
    The stored values of single recipients, read lazily.

    Args:
        db: The ledger.
    """

    def __init__(self, db: LedgerSession) -> None:
        self._db = db
        self._known: dict[int, tuple[list[str], list[list[Any]]] | None] = {}

    def at(self, where: BatchPlace) -> Mapping[str, object]:
        """Return the values of a recipient by column; empty if none are stored."""
        batch, place = where
        if batch not in self._known:
            row = self._db.execute("SELECT fields FROM recipient_fields WHERE batch = ?", (batch,)).fetchone()
            self._known[batch] = None if row is None else json.loads(row[0])
        kept = self._known[batch]
        return {} if kept is None else dict(zip(kept[0], kept[1][place], strict=True))


def copy(db: LedgerSession, batches: Iterable[tuple[int, Sequence[BatchPlace]]]) -> None:
    """
    Copy the values of recipients to new batches.

    Args:
        db: The ledger.
        batches: The number of each new batch, and the previous places of its recipients, perhaps in several batches.
    """
    kept = Kept(db)
    write_each(db, ((batch, list(map(kept.at, places))) for batch, places in batches))


def of_campaign(db: LedgerSession, campaign: int) -> Iterator[tuple[int, list[str], list[list[Any]]]]:
    """Yield the batches of a campaign with stored values: the batch, the columns, each recipient's values."""
    for batches, packed in joined_pages(db, campaign, db.statements.field_columns, _PAGE):
        for batch, (columns, values) in zip(map(int, batches.split(",")), json.loads(packed), strict=True):
            yield batch, columns, values


def forget(db: LedgerSession, campaign: int) -> None:
    """Delete the values of all recipients of a campaign."""
    db.execute("DELETE FROM recipient_fields WHERE batch IN (SELECT id FROM batches WHERE campaign = ?)", (campaign,))
