"""Stored column values of recipients, and bulk reads of columns as joined texts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dingnb.ledger.moves import Place
from dingnb.ledger.session import LedgerSession

BATCH_NUMBERS = ("id", "size", "receipt", "attempts", "sent_ns", "updated_ns")
"""Numeric columns of `of_batches`; a receipt of -1 means none."""

OUTCOME_NUMBERS = ("batch", "place", "updated_ns")
"""Numeric columns of `of_outcomes`."""

FACTS_SEPARATOR = "\n"
"""Separator of the facts of rows, which their JSON cannot contain. Numbers are separated by commas."""

_JOINED_PAGE = 5_000

_BATCHES = """
SELECT group_concat(id), group_concat(size), group_concat(coalesce(receipt, '-1')), group_concat(attempts),
       group_concat(sent_ns), group_concat(updated_ns),
       group_concat(json_array(status, reason, hint, code), char(10))
FROM batches WHERE campaign = ? AND id BETWEEN ? AND ?
"""

_OUTCOMES = """
SELECT group_concat(outcomes.batch), group_concat(place), group_concat(outcomes.updated_ns),
       group_concat(json_array(outcomes.status, outcomes.reason, outcomes.hint, outcomes.code, evidence, was_read),
                    char(10))
FROM batches JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND batches.id BETWEEN ? AND ?
"""

_PEOPLE = """
SELECT group_concat(id), group_concat(size), group_concat(userids),
       '[' || group_concat(coalesce(nullif(keys, ''), 'null')) || ']'
FROM batches WHERE campaign = ? AND id BETWEEN ? AND ?
"""


def of_batches(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """
    Yield pages of the batches of a campaign: the columns of `BATCH_NUMBERS`, and the facts.

    The facts are status, reason, hint and code.
    """
    return _pages(db, campaign, _BATCHES)


def of_outcomes(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """
    Yield pages of the outcomes of a campaign: the columns of `OUTCOME_NUMBERS`, and the facts.

    The facts are status, reason, hint, code, evidence, and whether it was read: 1, 0 or None.
    """
    return _pages(db, campaign, _OUTCOMES)


def of_people(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """Yield pages of the people of a campaign: the numbers and sizes of batches, all userids, a JSON list of keys."""
    return _pages(db, campaign, _PEOPLE)


def _pages(db: LedgerSession, campaign: int, sql: str) -> Iterator[tuple[str, ...]]:
    first, last = db.execute(
        "SELECT (SELECT min(id) FROM batches WHERE campaign = ?), (SELECT max(id) FROM batches WHERE campaign = ?)",
        (campaign, campaign),
    ).fetchone()
    if first is None:
        return
    for start in range(first, last + 1, _JOINED_PAGE):
        page = db.execute(sql, (campaign, start, start + _JOINED_PAGE - 1)).fetchone()
        if page[0] is not None:
            yield page


_PAGE = 500
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
    """Delete the values of all recipients of a campaign."""
    db.execute("DELETE FROM recipient_fields WHERE batch IN (SELECT id FROM batches WHERE campaign = ?)", (campaign,))
