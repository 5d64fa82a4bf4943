"""The one log of events that all channels feed."""

import json
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol, cast

import pandas as pd

from dingnb.bulk.exporting import write_csv, write_excel
from dingnb.bulk.results import moments
from dingnb.clock import Clock, seconds
from dingnb.display import Sheet, Table
from dingnb.errors import InputError
from dingnb.events.event import Channel, Event, Session
from dingnb.events.frame import chooser, events_frame, person_frame, read_moment, read_types
from dingnb.events.handlers import Handler, Handlers, Subscription
from dingnb.events.reading import read_kept
from dingnb.language import count, say
from dingnb.ledger import Ledger, Realm
from dingnb.ledger import events as kept_events
from dingnb.messages import Message

MOST_EVENTS = 100_000
"""So many events are in memory; where more come, the oldest go, unless they are kept in the ledger."""

_BUSY_TIMEOUT_S = 0.5
"""DingTalk waits for an answer for 2.5 s at most; a ledger that is written to for longer lets it come again."""

_LOOK_NS = seconds(0.2)
_SHOWN = 10


class Source(Protocol):
    """What receives events and feeds the log."""

    @property
    def title(self) -> str:
        """What it is, in the language in use."""

    @property
    def standing(self) -> str:
        """How it stands, in the language in use."""


class EventLog:
    """
    What DingTalk told the app: callbacks, Stream, and what was missed. Made by `DingTalk.events`.

    An event is in it once, however often and over however many channels it came: DingTalk's id tells. Of ids that are
    out of memory it is not known any more. It can be read and fed from several threads.

    Args:
        ledger: Where events are kept, if asked.
        realm: Whose events these are.
        clock: The source of time.
        now_ns: Returns DingTalk's time.
        answer_with: Sends the answer to a robot message.
        most: How many events stay in memory.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> list(ding.events.to_frame())
        ['time', 'type', 'event_id', 'userids', 'corp_id', 'channel', 'received_at', 'raw']
    """

    def __init__(
        self,
        ledger: Ledger,
        realm: Realm,
        clock: Clock,
        now_ns: Callable[[], int],
        answer_with: Callable[[Session, Message], None],
        *,
        most: int = MOST_EVENTS,
    ) -> None:
        self._ledger = Ledger(ledger.folder, busy_timeout_s=_BUSY_TIMEOUT_S)
        self._realm = realm
        self._clock = clock
        self._now_ns = now_ns
        self._answer_with = answer_with
        self._most = most
        self._lock = threading.RLock()
        self._events: dict[object, Event] = {}
        self._fresh: deque[Event] = deque(maxlen=most)
        self._news = clock.event()
        self._handlers = Handlers()
        self._sources: list[Source] = []
        self._changes = self._repeated = self._gone = self._last_kept = 0
        self._keeps = False

    def to_frame(
        self,
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        each_person: bool = False,
    ) -> pd.DataFrame:
        """
        Return the events, with those that the ledger keeps.

        Args:
            type: Only these: a type's name or a list of them.
            since: Only those that happened at this time or later: what `pandas.Timestamp` reads, in Beijing's time
                where it names no zone.
            until: Only those that happened before this time.
            each_person: Whether each person of an event has a row of their own, to be joined to other frames.

        Returns:
            One row for each event, in the order in which they came: `time` (datetime64[ms, Asia/Shanghai]: when it
            happened), `type`, `event_id` (str), `userids` (a list of str; with `each_person` `userid`, str),
            `corp_id`, `channel` (str: callback, stream or missed), `received_at` (datetime64[ms, Asia/Shanghai]),
            then a column for each field of these events, in snake_case (``data_type`` where it would be called as
            one of the others), and `raw` (str: JSON of what came, secrets as ``***``). Empty is NA.

        Raises:
            InputError: A type or a time cannot be read.
            LedgerError: The ledger cannot be read.
        """
        frame = events_frame(self.select(type, since=since, until=until))
        return person_frame(frame) if each_person else frame

    def select(
        self,
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
    ) -> list[Event]:
        """Return the events that `to_frame` has, as objects."""
        is_chosen = chooser(type, since, until)
        with self._lock:
            self._read_ledger()
            found = [event for event in self._events.values() if is_chosen(event)]
        return sorted(found, key=lambda event: event.received_ns)

    def on(
        self,
        type: str | Sequence[str],  # noqa: A002 - as the column is called
        handler: Handler,
    ) -> Subscription:
        """
        Have `handler` called with each event of a type that comes from now on.

        Handlers run in a thread of their own, one event after the other; receiving does not wait for them. One that
        raises an error is shown, once for each kind of error, and is called with the next event all the same.

        Args:
            type: A type's name, a list of them, or ``"*"`` for all.
            handler: What is called with the `Event`.

        Returns:
            What ends it: ``.off()``.

        Raises:
            InputError: `type` is no type, or `handler` cannot be called.
        """
        if not callable(handler):
            raise InputError(say("event.bad_handler", value=handler), say("event.bad_handler_todo"))
        return self._handlers.on(read_types(type), handler)

    def wait(
        self,
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        timeout_s: float = 60,
    ) -> Event | None:
        """
        Return the next event of a type, and wait for it if need be.

        Each event is given to one `wait` only, in the order in which they came; one that came since this connection
        was made, and was not waited for yet, is returned at once. Interrupt ends the waiting.

        Args:
            type: A type's name, or a list of them; None takes any.
            timeout_s: How long to wait, in seconds; 0 only looks.

        Returns:
            The event; None where none came in time.

        Raises:
            InputError: `type` is no type, or `timeout_s` no time.
        """
        types = read_types(type)
        if not _is_duration(timeout_s):
            raise InputError(say("event.bad_timeout", value=timeout_s), say("event.bad_timeout_todo"))
        until_ns = self._clock.monotonic_ns() + seconds(min(timeout_s, 10**9))
        while True:
            with self._lock:
                found = next((one for one in self._fresh if not types or one.type in types), None)
                if found is not None:
                    self._fresh.remove(found)
                    return found
                self._news.clear()
            left_ns = until_ns - self._clock.monotonic_ns()
            if left_ns <= 0:
                return None
            self._clock.wait(self._news, min(left_ns, _LOOK_NS))

    def keep(self) -> "EventLog":
        """
        Keep the events in the ledger: those that are here, and all that come.

        They are there for the next notebook, without what is secret. `clear` forgets them.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        with self._lock:
            if not self._keeps:
                for event in self._events.values():
                    self._write(event)
                self._keeps = True
        return self

    def clear(self, before: object = None) -> int:
        """
        Forget events, in memory and in the ledger.

        Args:
            before: Only those that came before this time, as for `to_frame`; None forgets all.

        Returns:
            How many.

        Raises:
            InputError: The time cannot be read.
            LedgerError: The ledger cannot be written; nothing is forgotten then.
        """
        before_ns = None if before is None else read_moment(before, "before")
        with self._lock:
            self._read_ledger()
            gone = [key for key, event in self._events.items() if before_ns is None or event.received_ns < before_ns]
            with self._ledger.writing() as db:
                kept_events.forget(db, self._realm, before_ns)
            for key in gone:
                del self._events[key]
            self._fresh = deque(
                (one for one in self._fresh if before_ns is not None and one.received_ns >= before_ns), self._most
            )
            self._changes += 1
        return len(gone)

    def to_excel(
        self,
        path: str | os.PathLike[str],
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    ) -> Path:
        """
        Write the events as an Excel workbook that only its owner may read, as ``run.to_excel`` writes results.

        Raises:
            FileError: The file cannot be written.
            LedgerError: The ledger cannot be read.
        """
        return write_excel(path, _flat(self.to_frame(type)))

    def to_csv(
        self,
        path: str | os.PathLike[str],
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    ) -> Path:
        """Write the events as a CSV file, likewise."""
        return write_csv(path, _flat(self.to_frame(type)))

    @property
    def changes(self) -> int:
        """A number that grows with each change of the log in this process."""
        return self._changes

    @property
    def repeated(self) -> int:
        """How often an event came that was here already."""
        return self._repeated

    def take(self, event: Event) -> bool:
        """
        Take an event that came; where it is kept, it has reached the disk when this returns.

        Returns:
            Whether it is new; handlers are told new ones alone.

        Raises:
            LedgerError: It should be kept and cannot be written; it was not taken, and should come again.
        """
        answerable = replace(event, answer_with=self._answer_with)
        with self._lock:
            if event.id and event.id in self._events:
                self._repeated += 1
                return False
            if self._keeps and not self._write(event):
                self._repeated += 1
                return False
            self._events[event.id or object()] = answerable
            self._fresh.append(answerable)
            self._changes += 1
            if not self._keeps and len(self._events) > self._most:
                del self._events[next(iter(self._events))]
                self._gone += 1
            self._news.set()
        self._handlers.tell(answerable)
        return True

    def attach(self, source: Source) -> None:
        """Show a source with the log."""
        with self._lock:
            if source not in self._sources:
                self._sources.append(source)

    def detach(self, source: Source) -> None:
        """Show it no more."""
        with self._lock:
            if source in self._sources:
                self._sources.remove(source)

    def now_ns(self) -> int:
        """Return DingTalk's time."""
        return self._now_ns()

    def sheet(self) -> Sheet:
        """Return what the log shows."""
        events = self.select()
        facts = (
            (say("plan.app"), self._realm.app),
            *((one.title, one.standing) for one in self._sources),
            (say("event.count"), count("event", len(events))),
            (say("event.kept"), say("event.kept_yes" if self._keeps else "event.kept_no")),
        )
        notes = [say("event.none_yet")] if not events else []
        if self._gone:
            notes.append(say("event.gone", events=count("event", self._gone)))
        if self._handlers.failures:
            notes.append(say("event.handler_failed", n=self._handlers.failures))
        tables = (_types_table(events), _last_table(events)) if events else ()
        return Sheet(say("event.title"), self._realm.mode, facts, tuple(notes), tables)

    def _write(self, event: Event) -> bool:
        """Keep an event in the ledger; return whether it is new there."""
        raw = json.dumps(event.raw, ensure_ascii=True)
        with self._ledger.writing() as db:
            number = kept_events.add(db, self._realm, event.id, event.type, event.channel, event.received_ns, raw)
        return number > 0

    def _read_ledger(self) -> None:
        """Learn of the events that other processes keep, and those of earlier ones."""
        with self._ledger.connection() as db:
            for row in kept_events.after(db, self._realm, self._last_kept):
                self._last_kept = row.number
                if not (row.event_id and row.event_id in self._events):
                    event = read_kept(json.loads(row.raw), row.type, cast("Channel", row.channel), row.received_ns)
                    self._events[row.event_id or object()] = event

    def __len__(self) -> int:
        return len(self.select())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose lists and objects are texts."""
    return frame.assign(**{name: frame[name].map(_as_text) for name in frame.columns if frame[name].dtype == "object"})


def _as_text(value: object) -> object:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _types_table(events: Sequence[Event]) -> Table:
    counted = Counter(event.type for event in events)
    rows = [(name, f"{n:,}") for name, n in counted.most_common()]
    return Table(say("event.types"), (say("event.type"), say("event.how_many")), rows[:_SHOWN])


def _last_table(events: Sequence[Event]) -> Table:
    last = list(islice(reversed(events), _SHOWN))
    times = moments([event.time_ns or event.received_ns for event in last]).strftime("%m-%d %H:%M:%S")
    rows = [(when, one.type, ", ".join(one.userids[:3])) for when, one in zip(times, last, strict=True)]
    header = (say("event.time"), say("event.type"), say("event.people"))
    return Table(say("event.last"), header, rows)
