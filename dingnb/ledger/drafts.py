"""
Drafts of messages.

Each save that changes a draft gives it a new version, a number that is never reused. From the version, callers see
whether the draft was changed or deleted since they loaded it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from dingnb.ledger.interface import Ledger
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


def save(
    ledger: Ledger,
    realm: Realm,
    name: str,
    msgtype: str,
    texts: str,
    now_ns: int,
    check: Callable[[DraftRow | None], None],
) -> DraftRow:
    """
    Save a draft and return it; an identical draft is not changed.

    Args:
        ledger: The ledger.
        realm: The app and its mode.
        name: The draft's name.
        msgtype: DingTalk's name of the message type.
        texts: The draft's texts, as JSON.
        now_ns: The time.
        check: Raises if the existing draft of the same name, if any, may not be replaced; not called if it is
            identical.
    """
    with _transaction(ledger) as db:
        before = find(db, realm, name)
        if before is not None and (before.msgtype, before.texts) == (msgtype, texts):
            return before
        check(before)
        _delete(db, realm, name)
        (version,) = db.execute(
            "INSERT INTO drafts (realm, name, msgtype, texts, updated_ns) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (realm.id, name, msgtype, texts, now_ns),
        ).fetchone()
        return DraftRow(int(version), name, msgtype, texts, now_ns)


def delete(ledger: Ledger, realm: Realm, name: str, check: Callable[[DraftRow | None, list[DraftRow]], None]) -> None:
    """
    Delete a draft.

    Args:
        ledger: The ledger.
        realm: The app and its mode.
        name: The draft's name.
        check: Receives the draft, or None without a draft of this name, and all drafts; raises if the draft may not be
            deleted.
    """
    with _transaction(ledger) as db:
        check(find(db, realm, name), find_all(db, realm))
        _delete(db, realm, name)


@contextmanager
def _transaction(ledger: Ledger) -> Iterator[LedgerSession]:
    """Begin a transaction; a form does not react while it waits for the lock, so the wait is brief."""
    with ledger.connection() as db, ledger.brief_waits(db):
        ledger.check()
        with ledger.transaction(db):
            yield db


def _delete(db: LedgerSession, realm: Realm, name: str) -> None:
    db.execute("DELETE FROM drafts WHERE realm = ? AND name = ?", (realm.id, name))


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


def count(db: LedgerSession) -> int:
    """Return the number of drafts of all realms."""
    return int(db.execute("SELECT count(*) FROM drafts").fetchone()[0])
