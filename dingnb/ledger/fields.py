"""
The values that recipients had in the columns of the input, one JSON text a batch, kept with the campaign's texts.

A text is a pair: the names of the columns, and for each recipient of the batch a list of its values. The caller
decides how values that JSON lacks are written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dingnb.ledger.moves import Place
from dingnb.ledger.session import LedgerSession

_PAGE = 500
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

_PAGES = """
SELECT group_concat(batch), '[' || group_concat(fields) || ']'
FROM recipient_fields JOIN batches ON batches.id = batch WHERE campaign = ? AND batch BETWEEN ? AND ?
"""


def pack(columns: Sequence[str], values: Sequence[Sequence[object]]) -> str:
    """Return the JSON text for the recipients of a batch: the columns, and for each recipient its values."""
    pair = [columns, values]
    packed = _ENCODER.encode(pair)
    try:
        packed.encode()
    except UnicodeEncodeError:
        # Half a character stays what it is: JSON writes it as an escape.
        return json.dumps(pair)
    return packed


def write(db: LedgerSession, packed: Iterable[tuple[int, str]]) -> None:
    """Write the texts of batches, made by `pack`."""
    db.executemany("INSERT INTO recipient_fields VALUES (?, ?)", packed)


def write_each(db: LedgerSession, batch: int, values: Sequence[Mapping[str, object]]) -> None:
    """Write the values of the recipients of a batch, each by column; they need not have the same columns."""
    columns = list(dict.fromkeys(name for one in values for name in one))
    if columns:
        write(db, [(batch, pack(columns, [[one.get(name) for name in columns] for one in values]))])


class Kept:
    """
    The values of single recipients, read as they are asked for.

    Args:
        db: The ledger.
    """

    def __init__(self, db: LedgerSession) -> None:
        self._db = db
        self._known: dict[int, tuple[list[str], list[list[Any]]] | None] = {}

    def at(self, where: Place) -> Mapping[str, object]:
        """Return the values of a recipient by column; nothing where none are kept."""
        batch, place = where
        if batch not in self._known:
            row = self._db.execute("SELECT fields FROM recipient_fields WHERE batch = ?", (batch,)).fetchone()
            self._known[batch] = None if row is None else json.loads(row[0])
        kept = self._known[batch]
        return {} if kept is None else dict(zip(kept[0], kept[1][place], strict=True))


def copy(db: LedgerSession, batches: Iterable[tuple[int, Sequence[Place]]]) -> None:
    """
    Write the values of recipients for new batches as well.

    Args:
        db: The ledger.
        batches: The number of each new batch, and where its recipients were before; they may come of several batches.
    """
    kept = Kept(db)
    for batch, places in batches:
        write_each(db, batch, list(map(kept.at, places)))


def of_campaign(db: LedgerSession, campaign: int) -> Iterator[tuple[int, list[str], list[list[Any]]]]:
    """Yield the batches of a campaign whose values are kept: the batch, the columns, each recipient's values."""
    first, last = db.execute(
        "SELECT (SELECT min(id) FROM batches WHERE campaign = ?), (SELECT max(id) FROM batches WHERE campaign = ?)",
        (campaign, campaign),
    ).fetchone()
    if first is None:
        return
    for start in range(first, last + 1, _PAGE):
        batches, packed = db.execute(_PAGES, (campaign, start, start + _PAGE - 1)).fetchone()
        if batches is not None:
            for batch, (columns, values) in zip(map(int, batches.split(",")), json.loads(packed), strict=True):
                yield batch, columns, values


def forget(db: LedgerSession, campaign: int) -> None:
    """Forget the values of all recipients of a campaign."""
    db.execute("DELETE FROM recipient_fields WHERE batch IN (SELECT id FROM batches WHERE campaign = ?)", (campaign,))
