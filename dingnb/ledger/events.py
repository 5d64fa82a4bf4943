"""Stored events: each once, as received, without secrets."""

from collections.abc import Iterable
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class EventRow(NamedTuple):
    """A stored event: its number, DingTalk's id, type, channel, time (nanoseconds) and content as JSON."""

    number: int
    event_id: str
    type: str
    channel: str
    received_ns: int
    raw: str


class NewEvent(NamedTuple):
    """An event to store: DingTalk's id (may be empty), type, channel, time (nanoseconds) and content as JSON."""

    event_id: str
    type: str
    channel: str
    received_ns: int
    raw: str


def add(db: LedgerSession, realm: Realm, event_id: str, type_: str, channel: str, received_ns: int, raw: str) -> int:
    """Store an event; return its number, or 0 if one with its id is stored already. An empty id is not compared."""
    row = db.execute(
        "INSERT INTO events (realm, event_id, type, channel, received_ns, raw) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (realm, event_id) DO NOTHING RETURNING id",
        (realm.id, event_id or None, type_, channel, received_ns, raw),
    ).fetchone()
    return 0 if row is None else int(row[0])


def after(db: LedgerSession, realm: Realm, number: int, most: int) -> Iterable[EventRow]:
    """Return the events of a realm stored after the one with this number, in order; `most` is -1 for no limit."""
    select = "SELECT id, coalesce(event_id, ''), type, channel, received_ns, raw FROM events"
    limit, values = ("", ()) if most < 0 else (" LIMIT ?", (most,))
    found = db.execute(f"{select} WHERE realm = ? AND id > ? ORDER BY id{limit}", (realm.id, number, *values))
    return map(EventRow._make, found)


def last(db: LedgerSession) -> int:
    """Return the number of the last stored event of any realm; 0 if there is none."""
    number: int = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    return number


def forget(db: LedgerSession, realm: Realm, before_ns: int | None = None) -> int:
    """Delete the events of a realm received before a time, or all, and return their number."""
    if before_ns is None:
        return db.execute("DELETE FROM events WHERE realm = ?", (realm.id,)).rowcount
    return db.execute("DELETE FROM events WHERE realm = ? AND received_ns < ?", (realm.id, before_ns)).rowcount


def count(db: LedgerSession) -> int:
    """Return the number of stored events of all realms."""
    n: int = db.execute("SELECT count(*) FROM events").fetchone()[0]
    return n
