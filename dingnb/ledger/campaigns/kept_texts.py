"""Recipients who keep the text they were sent, although a later list of their campaign has another text for them."""

from collections.abc import Iterable

from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.ledger.session import LedgerSession


def places(db: LedgerSession, campaign: int) -> set[BatchPlace]:
    """Return the batch and place of each recipient of a campaign who keeps the text."""
    cursor = db.execute(
        "SELECT batch, place FROM kept_texts JOIN batches ON batches.id = batch WHERE campaign = ?", (campaign,)
    )
    return set(cursor.fetchall())


def add(db: LedgerSession, recipients: Iterable[BatchPlace]) -> None:
    """Record that recipients, given by batch and place, keep their text."""
    db.executemany("INSERT INTO kept_texts VALUES (?, ?) ON CONFLICT (batch, place) DO NOTHING", recipients)


def delete(db: LedgerSession, recipients: Iterable[BatchPlace]) -> None:
    """Delete the records of recipients, given by batch and place: a newer list decides again which text they get."""
    db.executemany("DELETE FROM kept_texts WHERE batch = ? AND place = ?", recipients)
