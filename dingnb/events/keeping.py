"""The events that the ledger keeps, for the next notebook and for those that run beside this one."""

import json
import sqlite3
from collections.abc import Container, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import NamedTuple, cast

from dingnb.errors import LedgerError
from dingnb.events.event import Channel, Event
from dingnb.events.reading import read_kept
from dingnb.ledger import Ledger, Realm
from dingnb.ledger import events as kept_events


class Number(NamedTuple):
    """The key of a kept event without an id: its number in the ledger."""

    value: int


class KeptEvents:
    """
    What the ledger keeps of a realm's events.

    Args:
        ledger: Where they are kept.
        realm: Whose events they are.
    """

    def __init__(self, ledger: Ledger, realm: Realm) -> None:
        self._ledger = ledger
        self._realm = realm
        self._last = 0

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Hold the ledger open: SQLite makes its log of writes anew for whoever comes when nobody is there."""
        with ExitStack() as held:
            # What cannot be opened now is told where something is to be kept.
            with suppress(LedgerError):
                held.enter_context(self._ledger.connection()).execute("SELECT 1 FROM sqlite_master").fetchone()
            yield

    def add(self, event: Event) -> object:
        """Keep an event; return its key, or None where it is kept already. It has reached the disk then."""
        with self._ledger.writing() as db:
            number = self._add(db, event)
        return (event.id or Number(number)) if number else None

    def add_all(self, events: Mapping[object, Event]) -> dict[object, Event]:
        """Keep events, all or none; return them by the keys that they have now."""
        with self._ledger.writing() as db:
            return {self._added(db, key, event): event for key, event in events.items()}

    def news(self, known: Container[object]) -> Iterator[tuple[object, Event]]:
        """Yield what was kept since the last look and is not known, with its keys; it cannot be answered any more."""
        with self._ledger.connection() as db:
            for row in kept_events.after(db, self._realm, self._last):
                self._last = row.number
                key = row.event_id or Number(row.number)
                if key not in known:
                    channel = cast("Channel", row.channel)
                    event = read_kept(json.loads(row.raw), row.type, channel, row.received_ns)
                    # That of a post is not in what it brought.
                    yield key, replace(event, id=row.event_id)

    def forget(self, before_ns: int | None) -> None:
        """Forget those that came before a time, or all."""
        with self._ledger.writing() as db:
            kept_events.forget(db, self._realm, before_ns)

    def _added(self, db: sqlite3.Connection, key: object, event: Event) -> object:
        if isinstance(key, Number):
            return key
        number = self._add(db, event)
        return event.id or Number(number)

    def _add(self, db: sqlite3.Connection, event: Event) -> int:
        raw = json.dumps(event.raw, ensure_ascii=True)
        return kept_events.add(db, self._realm, event.id, event.type, event.channel, event.received_ns, raw)
