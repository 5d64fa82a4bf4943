"""
What processes tell each other of a campaign that one of them sends: wishes one way, the progress the other way.

Wishes are counted and never taken back. Who begins to send remembers their count, and obeys what was wished since: so
that no wish is lost while a sender gets ready or waits for its turn, and none of an earlier time ends a later sending.
"""

import sqlite3


def wish(db: sqlite3.Connection, campaign: int, state: str) -> None:
    """Wish that whoever sends a campaign, or waits to, ends that and leaves it ``paused`` or ``stopped``."""
    db.execute(
        "INSERT INTO steering (campaign, wishes, wish) SELECT id, 1, ?2 FROM campaigns WHERE id = ?1"
        " ON CONFLICT DO UPDATE SET wishes = wishes + 1, wish = excluded.wish",
        (campaign, state),
    )


def count_wishes(db: sqlite3.Connection, campaign: int) -> int:
    """Return how many wishes there were so far."""
    found = db.execute("SELECT wishes FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return 0 if found is None else int(found[0])


def wished_since(db: sqlite3.Connection, campaign: int, wishes: int) -> str:
    """Return the last wish, where it came after so many others; empty where there is none."""
    found = db.execute("SELECT wish FROM steering WHERE campaign = ? AND wishes > ?", (campaign, wishes)).fetchone()
    return "" if found is None else str(found[0])


def tell(db: sqlite3.Connection, campaign: int, progress: str) -> None:
    """Write down how far the sending of a campaign is; empty is that nothing is told yet."""
    db.execute(
        "INSERT INTO steering (campaign, progress) SELECT id, ?2 FROM campaigns WHERE id = ?1"
        " ON CONFLICT DO UPDATE SET progress = excluded.progress",
        (campaign, progress),
    )


def told(db: sqlite3.Connection, campaign: int) -> str:
    """Return what was told last; true only while the campaign is sent, and empty where nothing was."""
    found = db.execute("SELECT progress FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return "" if found is None else str(found[0])


def last_wish(db: sqlite3.Connection, campaign: int) -> str:
    """Return the last wish, whenever it came; empty where there was none."""
    return wished_since(db, campaign, 0)
