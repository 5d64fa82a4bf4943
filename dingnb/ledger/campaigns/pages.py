"""Reads the batches of a campaign in pages; the database joins each column of a page to one text, which is faster."""

from collections.abc import Iterator

from dingnb.ledger.session import LedgerSession

_PAGE = 5_000


def joined_pages(db: LedgerSession, campaign: int, sql: str, size: int = _PAGE) -> Iterator[tuple[str, ...]]:
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
