"""Stored columns of the input: the values of each recipient."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dingnb.ledger.moves import Place
from dingnb.ledger.pages import joined_pages
from dingnb.ledger.session import LedgerSession

_PAGE = 500
"""Batches read at once with the stored values of their recipients, which are long."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

_PAGES = """
SELECT group_concat(batch), '[' || group_concat(fields) || ']'
FROM recipient_fields JOIN batches ON batches.id = batch WHERE campaign = ? AND batch BETWEEN ? AND ?
"""


def pack(columns: Sequence[str], values: Sequence[Sequence[object]]) -> str:
    """Return JSON for the recipients of a batch: the columns, and the values of each recipient."""
    pair = [columns, values]
    packed = _ENCODER.encode(pair)
    try:
        packed.encode()
    except UnicodeEncodeError:
        # Lone surrogates are kept: JSON escapes them.
        return json.dumps(pair)
    return packed


def write(db: LedgerSession, packed: Iterable[tuple[int, str]]) -> None:
    """Write the JSON of batches, made by `pack`."""
    db.executemany("INSERT INTO recipient_fields VALUES (?, ?)", packed)


def write_each(db: LedgerSession, batch: int, values: Sequence[Mapping[str, object]]) -> None:
    """Write the values of the recipients of a batch, by column; recipients may have different columns."""
    columns = list(dict.fromkeys(name for one in values for name in one))
    if columns:
        write(db, [(batch, pack(columns, [[one.get(name) for name in columns] for one in values]))])


class Kept:
    """
    The stored values of single recipients, read lazily.

    Args:
        db: The ledger.
    """

    def __init__(self, db: LedgerSession) -> None:
        self._db = db
        self._known: dict[int, tuple[list[str], list[list[Any]]] | None] = {}

    def at(self, where: Place) -> Mapping[str, object]:
        """Return the values of a recipient by column; empty if none are stored."""
        batch, place = where
        if batch not in self._known:
            row = self._db.execute("SELECT fields FROM recipient_fields WHERE batch = ?", (batch,)).fetchone()
            self._known[batch] = None if row is None else json.loads(row[0])
        kept = self._known[batch]
        return {} if kept is None else dict(zip(kept[0], kept[1][place], strict=True))


def copy(db: LedgerSession, batches: Iterable[tuple[int, Sequence[Place]]]) -> None:
    """
    Copy the values of recipients to new batches.

    Args:
        db: The ledger.
        batches: The number of each new batch, and the previous places of its recipients, perhaps in several batches.
    """
    kept = Kept(db)
    for batch, places in batches:
        write_each(db, batch, list(map(kept.at, places)))


def of_campaign(db: LedgerSession, campaign: int) -> Iterator[tuple[int, list[str], list[list[Any]]]]:
    """Yield the batches of a campaign with stored values: the batch, the columns, each recipient's values."""
    for batches, packed in joined_pages(db, campaign, _PAGES, _PAGE):
        for batch, (columns, values) in zip(map(int, batches.split(",")), json.loads(packed), strict=True):
            yield batch, columns, values


def forget(db: LedgerSession, campaign: int) -> None:
    """Delete the values of all recipients of a campaign."""
    db.execute("DELETE FROM recipient_fields WHERE batch IN (SELECT id FROM batches WHERE campaign = ?)", (campaign,))
