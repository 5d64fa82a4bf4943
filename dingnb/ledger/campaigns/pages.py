"""Reads the batches of a campaign in pages; the database joins each column of a page to one text, which is faster."""

from collections.abc import Iterator

from dingnb.ledger.session import LedgerSession

_PAGE = 5_000


def joined_pages(db: LedgerSession, campaign: int, sql: str, size: int = 0) -> Iterator[tuple[str, ...]]:
    """
    Yield the result row of a query for each page of batches.

    Args:
        db: The ledger.
        campaign: The campaign.
        sql: The query; its values are the campaign, and the numbers of the first and the last batch.
        size: The number of batches in a page; 0 for the default.
    """
    first, last = db.execute(
        "SELECT (SELECT min(id) FROM batches WHERE campaign = ?), (SELECT max(id) FROM batches WHERE campaign = ?)",
        (campaign, campaign),
    ).fetchone()
    if first is None:
        return
    step = size or _PAGE
    for start in range(first, last + 1, step):
        page = db.execute(sql, (campaign, start, start + step - 1)).fetchone()
        if page[0] is not None:
            yield page
