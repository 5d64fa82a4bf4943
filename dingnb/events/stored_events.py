"""Events stored in the ledger, and an index that holds each event once, whatever its channels."""

import json
from collections.abc import Collection, Iterator, Mapping, MutableMapping, ValuesView
from dataclasses import replace
from typing import NamedTuple, cast

from dingnb.events.event import Channel, Event
from dingnb.events.parsing import parse_stored_event
from dingnb.ledger import Ledger, LedgerSession, Realm
from dingnb.ledger import events as ledger_events
from dingnb.ledger.events import EventRow, NewEvent


class EventIndex(MutableMapping[object, Event]):
    """
    Events by key, in the order received.

    Args:
        events: The initial events.
    """

    def __init__(self, events: Mapping[object, Event] | None = None) -> None:
        self._events: dict[object, Event] = {}
        self._aliases: set[str] = set()
        self.update(events or {})

    def has(self, event: Event) -> bool:
        """Return whether an event is in the index, by its id or by an id that it has on another channel."""
        keys = self._events.keys()
        return event.id in keys or event.id in self._aliases or not keys.isdisjoint(event.aliases)

    def __getitem__(self, key: object) -> Event:
        return self._events[key]

    def __setitem__(self, key: object, event: Event) -> None:
        self._events[key] = event
        self._aliases |= event.aliases

    def __delitem__(self, key: object) -> None:
        self._aliases -= self._events.pop(key).aliases

    def __iter__(self) -> Iterator[object]:
        return iter(self._events)

    def values(self) -> ValuesView[Event]:
        """Return the events."""
        return self._events.values()

    def __len__(self) -> int:
        return len(self._events)


class EventNumber(NamedTuple):
    """The key of a stored event without an id: its number in the ledger."""

    value: int


class EventPage(NamedTuple):
    """
    A page of events read from the ledger.

    Attributes:
        last: The number of the last event; 0 before the first event.
        removals: The number of removals before the page was read.
        events: The events with their keys.
    """

    last: int
    removals: int
    events: list[tuple[object, Event]]


_PAGE_SIZE = 500


class StoredEvents:
    """
    The stored events of a realm.

    Args:
        ledger: The ledger to write to while events wait.
        reading_ledger: The same ledger, to read from while no event waits.
        realm: The realm of the events.
    """

    def __init__(self, ledger: Ledger, reading_ledger: Ledger, realm: Realm) -> None:
        self._ledger = ledger
        self._reading_ledger = reading_ledger
        self._realm = realm
        self._last = self._removals = 0
        self._stored_keys: set[object] = set()

    def has(self, key: object) -> bool:
        """Return whether an indexed event is known to be stored, by its key."""
        return key in self._stored_keys

    def add(self, event: Event, index: EventIndex) -> object:
        """
        Store an event in the ledger; return its key, or None if the event is stored already.

        Events that other processes stored meanwhile are indexed first; they may include this event.
        """

        def choose_new(rows: list[EventRow]) -> list[NewEvent]:
            self._load_rows(rows, index)
            return [] if index.has(event) else [_to_row(event)]

        numbers, _ = ledger_events.store(self._ledger, self._realm, self._last, choose_new)
        number = numbers[0] if numbers else None
        if number is None:
            return None
        self._last = max(self._last, number)
        key = _key(event, number)
        self._stored_keys.add(key)
        return key

    def add_all(self, index: EventIndex) -> EventIndex:
        """Store all indexed events or none; return the index with new keys, and with events of other processes."""
        missing_keys: list[object] = []

        def choose_new(rows: list[EventRow]) -> list[NewEvent]:
            self._load_rows(rows, index)
            # Events stored earlier are still there, or another notebook has deleted them.
            missing_keys[:] = [key for key in index if key not in self._stored_keys]
            return [_to_row(index[key]) for key in missing_keys]

        numbers, self._last = ledger_events.store(self._ledger, self._realm, self._last, choose_new)
        numbers_by_key = dict(zip(missing_keys, numbers, strict=True))
        stored = EventIndex(
            {_key(event, numbers_by_key[key]) if key in numbers_by_key else key: event for key, event in index.items()}
        )
        self._stored_keys.update(stored)
        return stored

    def pages(self) -> Iterator[EventPage]:
        """
        Yield the events stored since the last read, page by page; load each page before requesting the next.

        Reading takes longer than loading, and needs no lock.
        """
        with self._reading_ledger.connection() as db:
            while (page := self._read_page(db, _PAGE_SIZE)).events:
                yield page

    def load(self, page: EventPage, index: EventIndex) -> None:
        """Add a page to the index, unless events were removed meanwhile."""
        if page.removals == self._removals:
            for key, event in page.events:
                if key not in index and not index.has(event):
                    index[key] = event
                if key in index:
                    self._stored_keys.add(key)
            self._last = max(self._last, page.last)

    def remove(self, before_ns: int | None, keys: Collection[object]) -> None:
        """Remove events received before a time, or all; `keys` are the keys of the indexed events to remove."""
        ledger_events.delete(self._ledger, self._realm, before_ns)
        self._removals += 1
        self._stored_keys.difference_update(keys)

    def _read_page(self, db: LedgerSession, size: int) -> EventPage:
        last, removals = self._last, self._removals
        rows = ledger_events.after(db, self._realm, last, size)
        return EventPage(rows[-1].number if rows else last, removals, [_from_row(row) for row in rows])

    def _load_rows(self, rows: list[EventRow], index: EventIndex) -> None:
        """Index rows stored meanwhile, inside a transaction, before whose end nothing can be deleted."""
        last = rows[-1].number if rows else self._last
        self.load(EventPage(last, self._removals, [_from_row(row) for row in rows]), index)


def _key(event: Event, number: int | None) -> object:
    """Return the key of a stored event: its id, or else its number in the ledger."""
    return event.id if number is None else event.id or EventNumber(number)


def _to_row(event: Event) -> NewEvent:
    content_json = json.dumps(event.raw, ensure_ascii=True)
    return NewEvent(event.id, event.type, event.channel, event.received_ns, content_json)


def _from_row(row: EventRow) -> tuple[object, Event]:
    event = parse_stored_event(json.loads(row.content_json), row.type, cast("Channel", row.channel), row.received_ns)
    if event.id != row.event_id:
        # An id that is the hash of a post is not part of its content.
        event = replace(event, id=row.event_id)
    return row.event_id or EventNumber(row.number), event
