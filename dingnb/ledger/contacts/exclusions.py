"""
Exclusion lists.

A list exists while it has people. Names that are the same by `fold_name` mean the same list.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dingnb.ledger.interface import Ledger
from dingnb.ledger.names import fold_name
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class Exclusion(NamedTuple):
    """One person on one list: the list's name, the userid, the reason (may be empty), and the time of adding."""

    list: str
    userid: str
    reason: str
    added_ns: int


def add(ledger: Ledger, realm: Realm, name: str, userids: Iterable[str], reason: str, now_ns: int) -> int:
    """
    Add people to a list, and return how many were not on it before.

    People on the list keep their date. A new reason replaces the earlier one, unless the new one is empty.
    """
    with ledger.transaction() as db:
        name = _existing_name(db, realm, name)
        before = _count(db, realm, name)
        db.executemany(
            "INSERT INTO exclusions VALUES (?, ?, ?, ?, ?) ON CONFLICT (realm, list, userid)"
            " DO UPDATE SET reason = excluded.reason WHERE excluded.reason <> ''",
            ((realm.id, name, userid, reason, now_ns) for userid in userids),
        )
        return _count(db, realm, name) - before


def restore(ledger: Ledger, realm: Realm, removed: Sequence[Exclusion]) -> None:
    """
    Add people to the lists that they were removed from, with their reasons and dates.

    People who were added again in the meantime keep their new reason and date.
    """
    with ledger.transaction() as db:
        existing = {name: _existing_name(db, realm, name) for name in {row.list for row in removed}}
        db.executemany(
            "INSERT INTO exclusions VALUES (?, ?, ?, ?, ?) ON CONFLICT (realm, list, userid) DO NOTHING",
            ((realm.id, existing[row.list], row.userid, row.reason, row.added_ns) for row in removed),
        )


def remove(
    ledger: Ledger,
    realm: Realm,
    name: str,
    check: Callable[[list[str]], None],
    matches: Callable[[str], bool] | None = None,
) -> list[Exclusion]:
    """
    Remove people from a list, and return the removed entries.

    Args:
        ledger: The ledger.
        realm: The app and its mode.
        name: The name of the list.
        check: Receives the names of all lists; raises if a list of this name must exist and does not.
        matches: Returns whether to remove a userid; None removes everybody.
    """
    with ledger.transaction() as db:
        check(names(db, realm))
        removed = [row for row in find_all(db, realm, name) if matches is None or matches(row.userid)]
        db.executemany(
            "DELETE FROM exclusions WHERE realm = ? AND list = ? AND userid = ?",
            ((realm.id, row.list, row.userid) for row in removed),
        )
        return removed


def names(db: LedgerSession, realm: Realm) -> list[str]:
    """Return the names of a realm's lists, sorted."""
    rows = db.execute("SELECT DISTINCT list FROM exclusions WHERE realm = ? ORDER BY list", (realm.id,))
    return [name for (name,) in rows]


def find_all(db: LedgerSession, realm: Realm, name: str | None = None) -> list[Exclusion]:
    """Return the entries of a list, or of all lists of a realm, ordered by list and userid."""
    where, values = (
        ("", (realm.id,)) if name is None else (" AND list = ?", (realm.id, _existing_name(db, realm, name)))
    )
    sql = f"SELECT list, userid, reason, added_ns FROM exclusions WHERE realm = ?{where} ORDER BY list, userid"  # noqa: S608 - our own words
    return [Exclusion(*row) for row in db.execute(sql, values)]


def _existing_name(db: LedgerSession, realm: Realm, name: str) -> str:
    """Return the name of the existing list that a name means; the name itself if no such list exists."""
    existing = names(db, realm)
    folded = fold_name(name)
    return name if name in existing else next((other for other in existing if fold_name(other) == folded), name)


def _count(db: LedgerSession, realm: Realm, name: str) -> int:
    cursor = db.execute("SELECT count(*) FROM exclusions WHERE realm = ? AND list = ?", (realm.id, name))
    return int(cursor.fetchone()[0])
