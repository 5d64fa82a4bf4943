"""
Drafts: messages that are not finished yet.

Each save gives a draft a new version, a number that is never used again: a caller can thus detect that the draft was
saved or deleted since it was loaded.
"""

from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class DraftRow(NamedTuple):
    """A draft: its version, its name, DingTalk's name of the message type, its texts as JSON, and when it was saved."""

    version: int
    name: str
    msgtype: str
    texts: str
    updated_ns: int


def save(db: LedgerSession, realm: Realm, name: str, msgtype: str, texts: str, now_ns: int) -> DraftRow:
    """Save a draft, in place of the one that has its name."""
    drop(db, realm, name)
    (version,) = db.execute(
        "INSERT INTO drafts (realm, name, msgtype, texts, updated_ns) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (realm.id, name, msgtype, texts, now_ns),
    ).fetchone()
    return DraftRow(int(version), name, msgtype, texts, now_ns)


def find(db: LedgerSession, realm: Realm, name: str) -> DraftRow | None:
    """Return the draft of a realm with this name; None where there is none."""
    row = db.execute(f"{_SELECT} WHERE realm = ? AND name = ?", (realm.id, name)).fetchone()
    return None if row is None else DraftRow(*row)


def every(db: LedgerSession, realm: Realm) -> list[DraftRow]:
    """Return the drafts of a realm, the one saved last first."""
    return [DraftRow(*row) for row in db.execute(f"{_SELECT} WHERE realm = ? ORDER BY id DESC", (realm.id,))]


def drop(db: LedgerSession, realm: Realm, name: str) -> None:
    """Forget a draft."""
    db.execute("DELETE FROM drafts WHERE realm = ? AND name = ?", (realm.id, name))


def count(db: LedgerSession) -> int:
    """Return how many drafts all realms have."""
    n: int = db.execute("SELECT count(*) FROM drafts").fetchone()[0]
    return n


_SELECT = "SELECT id, name, msgtype, texts, updated_ns FROM drafts"
