"""
Reads all batches, people and outcomes of a campaign in pages; the database joins each column to one text, for speed.

The facts of a row are joined by `FACTS_SEPARATOR`, which they cannot contain, and numbers by commas.
"""

import json
from collections.abc import Iterator
from typing import Any

from dingnb.ledger.session import LedgerSession
from dingnb.ledger.statements import FIELD_SEPARATOR
from dingnb.words import Text

BATCH_COLUMNS = ("id", "size", "receipt", "attempts", "sent_ns", "updated_ns")
"""Numeric columns of `batch_pages`; a receipt of -1 means none."""

OUTCOME_COLUMNS = ("batch", "place", "updated_ns")
"""Numeric columns of `outcome_pages`."""

FACTS_SEPARATOR = "\n"

_PAGE = 5_000


def batch_pages(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """
    Yield pages of the batches of a campaign: the columns of `BATCH_COLUMNS`, and the facts.

    The facts of a row are its status, reason, hint and code; see `read_facts`. A batch that a person has queued again
    has the status ``unknown``.
    """
    return joined_pages(db, campaign, db.statements.batch_columns, _PAGE)


def people_pages(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """Yield pages of the people of a campaign: numbers and sizes of batches, all userids, and a JSON list of keys."""
    return joined_pages(db, campaign, db.statements.people_columns, _PAGE)


def outcome_pages(db: LedgerSession, campaign: int) -> Iterator[tuple[str, ...]]:
    """
    Yield pages of the outcomes of a campaign: the columns of `OUTCOME_COLUMNS`, and the facts.

    The facts of a row are its status, reason, hint, code, evidence, and whether it was read: 1, 0 or None.
    """
    return joined_pages(db, campaign, db.statements.outcome_columns, _PAGE)


def read_facts(line: str) -> tuple[Any, ...]:
    """Return the facts of a row, with texts as `Text`."""
    if line.startswith("["):
        status, reason, hint, *rest = json.loads(line)
    else:
        status, reason, hint, *rest = line.split(FIELD_SEPARATOR)
        if rest[1:]:
            code, evidence, was_read = rest
            rest = [code, evidence, int(was_read) if was_read else None]
    return status, Text.from_json(reason), Text.from_json(hint), *rest


def joined_pages(db: LedgerSession, campaign: int, sql: str, size: int) -> Iterator[tuple[str, ...]]:
    """
    Yield the result row of a query for each page of batches.

    Args:
        db: The ledger.
        campaign: The campaign.
        sql: The query; its values are the campaign, and the numbers of the first and the last batch.
        size: The number of batches in a page.
    """
    first, last = db.execute(
        "SELECT (SELECT min(id) FROM batches WHERE campaign = ?), (SELECT max(id) FROM batches WHERE campaign = ?)",
        (campaign, campaign),
    ).fetchone()
    if first is None:
        return
    for start in range(first, last + 1, size):
        page = db.execute(sql, (campaign, start, start + size - 1)).fetchone()
        if page[0] is not None:
            yield page
