"""
Whom a person chose for rows of a list that matching left open, so that the next reading of the list need not ask again.

What a row says is kept as a hash: the ledger holds no names.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class MatchChoice(NamedTuple):
    """
    A choice.

    Attributes:
        evidence: The hash of what the row says.
        candidates: The hash of the userids of the candidates at that time.
        row_count: How many rows of the list said the same at that time.
        userid: The person.
        chosen_ns: When it was made.
    """

    evidence: str
    candidates: str
    row_count: int
    userid: str
    chosen_ns: int


def find(db: LedgerSession, realm: Realm, name: str) -> dict[str, MatchChoice]:
    """Return the choices of a list by the hash of what the row says."""
    sql = (
        "SELECT evidence, candidates, row_count, userid, chosen_ns FROM match_choices WHERE realm = ? AND list = ?"
        " ORDER BY evidence"
    )
    return {choice.evidence: choice for choice in map(MatchChoice._make, db.execute(sql, (realm.id, name)))}


def write(db: LedgerSession, realm: Realm, name: str, choices: Iterable[MatchChoice]) -> None:
    """Record choices of a list; they replace earlier ones for the same evidence."""
    db.executemany(
        "INSERT INTO match_choices (realm, list, evidence, candidates, row_count, userid, chosen_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, list, evidence) DO UPDATE SET"
        " candidates = excluded.candidates, row_count = excluded.row_count, userid = excluded.userid,"
        " chosen_ns = excluded.chosen_ns",
        ((realm.id, name, *choice) for choice in choices),
    )


def delete(db: LedgerSession, realm: Realm, name: str, evidence: Iterable[str]) -> None:
    """Forget the choices of a list for some evidence."""
    db.executemany(
        "DELETE FROM match_choices WHERE realm = ? AND list = ? AND evidence = ?",
        ((realm.id, name, text) for text in evidence),
    )


def names(db: LedgerSession, realm: Realm) -> list[str]:
    """Return the names of the lists that have choices."""
    found = db.execute("SELECT DISTINCT list FROM match_choices WHERE realm = ? ORDER BY list", (realm.id,))
    return [name for (name,) in found]
