"""Reads the batches of a campaign page by page, each column of a page as one text."""

from collections.abc import Iterator

from dingnb.ledger.session import LedgerSession

_PAGE = 5_000


def joined_pages(db: LedgerSession, campaign: int, sql: str, size: int = 0) -> Iterator[tuple[str, ...]]:
    """
    Yield the row of a query for each page of batches.

    Args:
        db: The ledger.
        campaign: The campaign.
        sql: The query; it takes the campaign, the first batch and the last.
        size: The number of batches in a page; 0 for the usual one.
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
