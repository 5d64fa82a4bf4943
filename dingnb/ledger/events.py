"""Events that are to be kept: each once, as it came, without anything secret."""

from collections.abc import Iterable
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class EventRow(NamedTuple):
    """An event: its number, DingTalk's id, its type, how it came, when (nanoseconds), and what came, as JSON."""

    number: int
    event_id: str
    type: str
    channel: str
    received_ns: int
    raw: str


class NewEvent(NamedTuple):
    """An event to keep: DingTalk's id (may be empty), its type, channel, time (nanoseconds), and what came, as JSON."""

    event_id: str
    type: str
    channel: str
    received_ns: int
    raw: str


def add(db: LedgerSession, realm: Realm, event_id: str, type_: str, channel: str, received_ns: int, raw: str) -> int:
    """Keep an event; return its number, or 0 where one of this id is kept already. An empty id is no id."""
    row = db.execute(
        "INSERT INTO events (realm, event_id, type, channel, received_ns, raw) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (realm, event_id) DO NOTHING RETURNING id",
        (realm.id, event_id or None, type_, channel, received_ns, raw),
    ).fetchone()
    return 0 if row is None else int(row[0])


def after(db: LedgerSession, realm: Realm, number: int, most: int) -> Iterable[EventRow]:
    """Return the events of a realm that were kept after the one with this number, as they came; of -1 at most all."""
    select = "SELECT id, coalesce(event_id, ''), type, channel, received_ns, raw FROM events"
    limit, values = ("", ()) if most < 0 else (" LIMIT ?", (most,))
    found = db.execute(f"{select} WHERE realm = ? AND id > ? ORDER BY id{limit}", (realm.id, number, *values))
    return map(EventRow._make, found)


def last(db: LedgerSession) -> int:
    """Return the number of the event that was kept last, of any realm; 0 where there is none."""
    number: int = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    return number


def forget(db: LedgerSession, realm: Realm, before_ns: int | None = None) -> int:
    """Forget the events of a realm that came before a time, or all; return how many."""
    if before_ns is None:
        return db.execute("DELETE FROM events WHERE realm = ?", (realm.id,)).rowcount
    return db.execute("DELETE FROM events WHERE realm = ? AND received_ns < ?", (realm.id, before_ns)).rowcount


def count(db: LedgerSession) -> int:
    """Return how many events of all realms are kept."""
    n: int = db.execute("SELECT count(*) FROM events").fetchone()[0]
    return n
