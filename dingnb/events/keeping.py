"""The events that the ledger keeps, for the next notebook and for those that run beside this one."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import NamedTuple, cast

from dingnb.errors import LedgerError
from dingnb.events.event import Channel, Event
from dingnb.events.known import Known
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

    def add(self, event: Event, known: Known) -> object:
        """
        Keep an event; return its key, or None where it is kept already. It has reached the disk then.

        What others have kept meanwhile is known afterwards: another channel may have brought them the same event.
        """
        with self._ledger.writing() as db:
            self._learn(db, known)
            number = 0 if known.has(event) else self._add(db, event)
        return (event.id or Number(number)) if number else None

    def add_all(self, known: Known) -> Known:
        """Keep what is known, all or none; return it by the keys that it has now, with what others have kept."""
        with self._ledger.writing() as db:
            self._learn(db, known)
            return Known({self._added(db, key, event): event for key, event in known.items()})

    def look(self, known: Known) -> None:
        """Have what was kept since the last look be known, too; it cannot be answered any more."""
        with self._ledger.connection() as db:
            self._learn(db, known)

    def forget(self, before_ns: int | None) -> None:
        """Forget those that came before a time, or all."""
        with self._ledger.writing() as db:
            kept_events.forget(db, self._realm, before_ns)

    def _learn(self, db: sqlite3.Connection, known: Known) -> None:
        for row in kept_events.after(db, self._realm, self._last):
            key = row.event_id or Number(row.number)
            if key not in known:
                event = read_kept(json.loads(row.raw), row.type, cast("Channel", row.channel), row.received_ns)
                # That of a post is not in what it brought.
                event = replace(event, id=row.event_id)
                if not known.has(event):
                    known[key] = event
            self._last = row.number

    def _added(self, db: sqlite3.Connection, key: object, event: Event) -> object:
        if isinstance(key, Number):
            return key
        number = self._add(db, event)
        return event.id or Number(number)

    def _add(self, db: sqlite3.Connection, event: Event) -> int:
        raw = json.dumps(event.raw, ensure_ascii=True)
        return kept_events.add(db, self._realm, event.id, event.type, event.channel, event.received_ns, raw)
