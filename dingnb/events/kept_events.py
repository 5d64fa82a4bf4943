"""The known events, each once, over all channels."""

import json
from collections.abc import Collection, Iterator, Mapping, MutableMapping, ValuesView
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import NamedTuple, cast

from dingnb.events.event import Channel, Event
from dingnb.events.parsing import read_kept
from dingnb.ledger import Ledger, LedgerSession, Realm, transactions
from dingnb.ledger import events as kept_events
from dingnb.ledger.events import NewEvent


class Known(MutableMapping[object, Event]):
    """
    Events by their keys, in the order received.

    Args:
        events: The initial events.
    """

    def __init__(self, events: Mapping[object, Event] | None = None) -> None:
        self._events: dict[object, Event] = {}
        self._aliases: set[str] = set()
        self.update(events or {})

    def has(self, event: Event) -> bool:
        """Return whether an event is known, by its id or as received from a channel without ids."""
        known = self._events.keys()
        return event.id in known or event.id in self._aliases or not known.isdisjoint(event.aliases)

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


class Number(NamedTuple):
    """Key of a stored event without an id: its number in the ledger."""

    value: int


class Page(NamedTuple):
    """
    A page of events read from the ledger.

    Attributes:
        last: The number of the last event.
        forgotten: How often events had been removed before these were read.
        events: The events, by their keys.
    """

    last: int
    forgotten: int
    events: list[tuple[object, Event]]


_PAGE = 500


class KeptEvents:
    """
    The events of a realm stored in the ledger.

    Args:
        ledger: The ledger.
        realm: The realm of the events.
    """

    def __init__(self, ledger: Ledger, realm: Realm) -> None:
        self._ledger = ledger
        self._realm = realm
        self._last = self._forgotten = 0
        self._are_kept: set[object] = set()

    def at_hand(self) -> AbstractContextManager[None]:
        """Hold the ledger open inside the context."""
        return self._ledger.kept_open()

    def add(self, event: Event, known: Known) -> object:
        """
        Keep an event; return its key, or None where it is kept already. It has reached the disk then.

        Events stored by others in the meantime are known afterwards: they may have received the same event.
        """

        def choose(rows: list[kept_events.EventRow]) -> list[NewEvent]:
            self._learn_rows(rows, known)
            return [] if known.has(event) else [_new(event)]

        numbers, _ = transactions.add_events(self._ledger, self._realm, self._last, choose)
        number = numbers[0] if numbers else 0
        if not number:
            return None
        self._last = max(self._last, number)
        key = event.id or Number(number)
        self._are_kept.add(key)
        return key

    def add_all(self, known: Known) -> Known:
        """Keep what is known, all or none; return it by the keys that it has now, with what others have kept."""
        missing: list[object] = []

        def choose(rows: list[kept_events.EventRow]) -> list[NewEvent]:
            self._learn_rows(rows, known)
            # What was kept is there, unless another notebook has deleted it since.
            missing[:] = [key for key in known if key not in self._are_kept]
            return [_new(known[key]) for key in missing]

        numbers, self._last = transactions.add_events(self._ledger, self._realm, self._last, choose)
        number_of = dict(zip(missing, numbers, strict=True))
        kept = Known(
            {(event.id or Number(number_of[key])) if key in number_of else key: event for key, event in known.items()}
        )
        self._are_kept.update(kept)
        return kept

    def pages(self) -> Iterator[Page]:
        """
        Yield the events stored since the last read, page by page; learn each page before requesting the next.

        Reading takes longer than learning, and needs no lock.
        """
        with self._ledger.connection() as db:
            while (page := self._page(db, _PAGE)).events:
                yield page

    def learn(self, page: Page, known: Known) -> None:
        """Add a page to the known events, unless some were removed meanwhile; they can no longer be replied to."""
        if page.forgotten == self._forgotten:
            for key, event in page.events:
                if key not in known and not known.has(event):
                    known[key] = event
                    self._are_kept.add(key)
            self._last = max(self._last, page.last)

    def forget(self, before_ns: int | None, keys: Collection[object]) -> None:
        """Remove events received before a time, or all; return the keys of the known ones."""
        transactions.forget_events(self._ledger, self._realm, before_ns)
        self._forgotten += 1
        self._are_kept.difference_update(keys)

    def _page(self, db: LedgerSession, most: int) -> Page:
        last, forgotten = self._last, self._forgotten
        rows = list(kept_events.after(db, self._realm, last, most))
        return Page(rows[-1].number if rows else last, forgotten, [_read(row) for row in rows])

    def _learn_rows(self, rows: list[kept_events.EventRow], known: Known) -> None:
        """Learn what was kept meanwhile, inside a transaction: nothing can be deleted before it ends."""
        last = rows[-1].number if rows else self._last
        self.learn(Page(last, self._forgotten, [_read(row) for row in rows]), known)


def _new(event: Event) -> NewEvent:
    raw = json.dumps(event.raw, ensure_ascii=True)
    return NewEvent(event.id, event.type, event.channel, event.received_ns, raw)


def _read(row: kept_events.EventRow) -> tuple[object, Event]:
    event = read_kept(json.loads(row.raw), row.type, cast("Channel", row.channel), row.received_ns)
    if event.id != row.event_id:
        # The id of a post is not part of its content.
        event = replace(event, id=row.event_id)
    return row.event_id or Number(row.number), event
