"""The event log. An event's id is stored at most once for each app."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from dingnb.ledger.interface import Ledger
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession


class EventRow(NamedTuple):
    """
    A stored event.

    Attributes:
        number: The event's number in the ledger.
        event_id: DingTalk's id; empty if the event has none.
        type: The event's type.
        channel: How the event was received: ``callback``, ``stream`` or ``missed``.
        received_ns: When the event was received.
        content_json: The event's content as received, without secrets.
    """

    number: int
    event_id: str
    type: str
    channel: str
    received_ns: int
    content_json: str


class NewEvent(NamedTuple):
    """An event to store, with attributes as in `EventRow`."""

    event_id: str
    type: str
    channel: str
    received_ns: int
    content_json: str


def store(
    ledger: Ledger, realm: Realm, number: int, choose: Callable[[list[EventRow]], Iterable[NewEvent]]
) -> tuple[list[int | None], int]:
    """
    Store events.

    Returns the number of each event, None for an event whose id is already stored, and the last number of all realms.

    Args:
        ledger: The ledger.
        realm: The app and its mode.
        number: The number of the last event that the caller has read.
        choose: Returns the events to store, given the events stored after that number.
    """
    with ledger.transaction() as db:
        numbers = [add(db, realm, event) for event in choose(after(db, realm, number))]
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        return numbers, int(last)


def add(db: LedgerSession, realm: Realm, event: NewEvent) -> int | None:
    """
    Store an event; return its number, or None if an event with the same id is stored already.

    Events without an id are always stored.
    """
    row = db.execute(
        "INSERT INTO events (realm, event_id, type, channel, received_ns, raw) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (realm, event_id) DO NOTHING RETURNING id",
        (realm.id, event.event_id or None, event.type, event.channel, event.received_ns, event.content_json),
    ).fetchone()
    return None if row is None else int(row[0])


def after(db: LedgerSession, realm: Realm, number: int, limit: int | None = None) -> list[EventRow]:
    """Return the events of a realm with higher numbers than `number`, in order, up to a limit."""
    select = "SELECT id, coalesce(event_id, ''), type, channel, received_ns, raw FROM events"
    end, values = ("", ()) if limit is None else (" LIMIT ?", (limit,))
    rows = db.execute(f"{select} WHERE realm = ? AND id > ? ORDER BY id{end}", (realm.id, number, *values))
    return [EventRow._make(row) for row in rows]


def delete(ledger: Ledger, realm: Realm, before_ns: int | None) -> None:
    """Delete the events of a realm that were received before a time, or all."""
    end, values = ("", ()) if before_ns is None else (" AND received_ns < ?", (before_ns,))
    with ledger.transaction() as db:
        db.execute(f"DELETE FROM events WHERE realm = ?{end}", (realm.id, *values))  # noqa: S608 - our own condition


def count(db: LedgerSession) -> int:
    """Return the number of stored events of all realms."""
    return int(db.execute("SELECT count(*) FROM events").fetchone()[0])
