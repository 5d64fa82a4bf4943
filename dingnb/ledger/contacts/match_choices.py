"""
The people whom a user chose for rows that matching left open, so that a list need not be resolved again.

Only a hash is stored of what a row says about its person, and no names.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dingnb.ledger.interface import Ledger
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class MatchChoice(NamedTuple):
    """
    A user's choice for the rows of a list with the same evidence.

    Attributes:
        evidence: The hash of what the row says about the person.
        candidates: The hash of the candidates' userids and of the chosen person's name at the time of the choice.
        row_count: The number of rows of the list with the same evidence at the time of the choice.
        userid: The person who was chosen; empty if the row was left out.
        chosen_ns: The time of the choice.
    """

    evidence: str
    candidates: str
    row_count: int
    userid: str
    chosen_ns: int


def find(db: LedgerSession, realm: Realm, name: str) -> dict[str, MatchChoice]:
    """Return the choices of the list with this name, by evidence."""
    sql = (
        "SELECT evidence, candidates, row_count, userid, chosen_ns FROM match_choices WHERE realm = ? AND list = ?"
        " ORDER BY evidence"
    )
    return {choice.evidence: choice for choice in map(MatchChoice._make, db.execute(sql, (realm.id, name)))}


def store(ledger: Ledger, realm: Realm, name: str, choices: Iterable[MatchChoice], dropped: Iterable[str] = ()) -> None:
    """
    Store whom a user chose for rows of a list, and delete the choices for the `dropped` evidence.

    A choice replaces the earlier choice for the same evidence.
    """
    with ledger.transaction() as db:
        db.executemany(
            "INSERT INTO match_choices (realm, list, evidence, candidates, row_count, userid, chosen_ns)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, list, evidence) DO UPDATE SET"
            " candidates = excluded.candidates, row_count = excluded.row_count, userid = excluded.userid,"
            " chosen_ns = excluded.chosen_ns",
            ((realm.id, name, *choice) for choice in choices),
        )
        db.executemany(
            "DELETE FROM match_choices WHERE realm = ? AND list = ? AND evidence = ?",
            ((realm.id, name, evidence) for evidence in dropped),
        )


def delete(ledger: Ledger, realm: Realm, name: str) -> int:
    """Delete the choices of a list, and return their number."""
    with ledger.transaction() as db:
        return db.execute("DELETE FROM match_choices WHERE realm = ? AND list = ?", (realm.id, name)).rowcount


def names(db: LedgerSession, realm: Realm) -> list[str]:
    """Return the names of the lists that have choices."""
    rows = db.execute("SELECT DISTINCT list FROM match_choices WHERE realm = ? ORDER BY list", (realm.id,))
    return [name for (name,) in rows]
