"""
Drafts of messages.

Each save gives a draft a new version, a number that is never reused. From the version, callers see whether the draft
was saved or deleted since they loaded it.
"""

from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession

_SELECT = "SELECT id, name, msgtype, texts, updated_ns FROM drafts"


class DraftRow(NamedTuple):
    """A draft: its version, name, message type by DingTalk's name, texts as JSON, and time of saving."""

    version: int
    name: str
    msgtype: str
    texts: str
    updated_ns: int


def save(db: LedgerSession, realm: Realm, name: str, msgtype: str, texts: str, now_ns: int) -> DraftRow:
    """Save a draft, replacing any draft of the same name."""
    delete(db, realm, name)
    (version,) = db.execute(
        "INSERT INTO drafts (realm, name, msgtype, texts, updated_ns) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (realm.id, name, msgtype, texts, now_ns),
    ).fetchone()
    return DraftRow(int(version), name, msgtype, texts, now_ns)


def find(db: LedgerSession, realm: Realm, name: str) -> DraftRow | None:
    """Return the draft of a realm with this name; None if the realm has no such draft."""
    row = db.execute(f"{_SELECT} WHERE realm = ? AND name = ?", (realm.id, name)).fetchone()
    return None if row is None else DraftRow(*row)


def find_all(db: LedgerSession, realm: Realm) -> list[DraftRow]:
    """Return the drafts of a realm, most recently saved first."""
    return [DraftRow(*row) for row in db.execute(f"{_SELECT} WHERE realm = ? ORDER BY id DESC", (realm.id,))]


def find_all_texts(db: LedgerSession) -> list[tuple[str, int, str]]:
    """Return the realm id, the time of saving and the texts of the drafts of all realms."""
    return db.execute("SELECT realm, updated_ns, texts FROM drafts").fetchall()


def delete(db: LedgerSession, realm: Realm, name: str) -> None:
    """Delete a draft."""
    db.execute("DELETE FROM drafts WHERE realm = ? AND name = ?", (realm.id, name))


def count(db: LedgerSession) -> int:
    """Return the number of drafts of all realms."""
    n: int = db.execute("SELECT count(*) FROM drafts").fetchone()[0]
    return n
