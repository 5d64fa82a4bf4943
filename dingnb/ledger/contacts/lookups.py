"""A cache of the owners of phone numbers, for a day, since a number can change its owner."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dingnb.ledger.cache_age import is_usable, usable_times
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_values

MAX_AGE_S = 24 * 3_600
"""Maximum age of a cached look-up, in seconds."""


class Owner(NamedTuple):
    """The owner of a phone number, and the time of the look-up."""

    userid: str
    found_ns: int

    def is_current(self, now_ns: int) -> bool:
        """Return whether the look-up is recent enough."""
        return is_usable(self.found_ns, now_ns, MAX_AGE_S)


def find(db: LedgerSession, realm: Realm, numbers: Sequence[str], now_ns: int) -> dict[str, Owner]:
    """Return the cached owners of numbers whose look-up is recent enough, by number."""
    span = usable_times(now_ns, MAX_AGE_S)
    owners = {}
    for part, placeholders in split_values(numbers):
        rows = db.execute(
            "SELECT number, userid, found_ns FROM lookups WHERE realm = ? AND found_ns > ? AND found_ns <= ?"  # noqa: S608 - question marks only
            f" AND number IN ({placeholders})",
            (realm.id, *span, *part),
        )
        owners.update({number: Owner(userid, found_ns) for number, userid, found_ns in rows})
    return owners


def delete_expired(db: LedgerSession, now_ns: int) -> None:
    """Delete the look-ups of all apps that are not recent enough."""
    db.execute("DELETE FROM lookups WHERE found_ns <= ? OR found_ns > ?", usable_times(now_ns, MAX_AGE_S))


def write(db: LedgerSession, realm: Realm, owners: Mapping[str, Owner]) -> None:
    """Store the owners of numbers, replacing earlier look-ups of the same numbers."""
    db.executemany(
        "INSERT INTO lookups (realm, number, userid, found_ns) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (realm, number) DO UPDATE SET userid = excluded.userid, found_ns = excluded.found_ns",
        ((realm.id, number, owner.userid, owner.found_ns) for number, owner in owners.items()),
    )


def delete(db: LedgerSession, realm: Realm, numbers: Iterable[str]) -> None:
    """Delete the cached owners of numbers."""
    db.executemany("DELETE FROM lookups WHERE realm = ? AND number = ?", ((realm.id, number) for number in numbers))
