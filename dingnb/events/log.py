"""The event log, to which callbacks and Stream write, and its display."""

import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from dingnb.clock import Clock
from dingnb.display import Sheet, Table
from dingnb.errors import LedgerError
from dingnb.events.answers import AnswerCollector
from dingnb.events.event import Event, SendReply, type_text
from dingnb.events.event_queue import EventQueue
from dingnb.events.filtering import ALL_EVENTS, EventFilter
from dingnb.events.handlers import Handlers
from dingnb.events.stored_events import EventIndex, StoredEvents
from dingnb.ledger import Ledger, Realm
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count, listed, sentences

MAX_EVENTS = 100_000
"""The maximum number of events in memory that are not stored; beyond this number, the oldest are dropped."""

_BUSY_TIMEOUT_S = 0.5
"""Maximum time that an event waits for a locked ledger: DingTalk sends it again if not answered within 2.5 s."""

_INTERNAL_PACKAGES = {"dingnb", "IPython", "decorator", "ipykernel", "threading"}
"""Packages whose frames are never the user's code; IPython's frames appear when it displays an object."""

_MAX_ROWS = 10
_MAX_PEOPLE = 3


class Source(Protocol):
    """A source that receives events and writes them to the log."""

    @property
    def title(self) -> Text:
        """The name of the source."""

    @property
    def status(self) -> Text:
        """The state of the source."""

    @property
    def problem(self) -> Text:
        """Why nothing arrives, and what to do about it, on one line; empty if no problem is known."""

    @property
    def is_running(self) -> bool:
        """Whether the source receives events or tries to; if not, it has to be started again."""

    def sheet(self) -> Sheet:
        """Return the source's display; the notes describe problems."""

    def stop(self) -> None:
        """Stop receiving."""


@dataclass(frozen=True, slots=True)
class LogStatus:
    """
    The state of a log, without its events.

    Attributes:
        mode: ``SANDBOX`` or ``LIVE``.
        app: The app, masked.
        sources: The name, the state and the problem of each source; the problem is empty if none is known.
        is_storing: Whether events are stored in the ledger.
        dropped: The number of events that were dropped from memory and are not stored.
        failures: The number of failed handler calls.
        unhandled: The number of events dropped before handlers were called with them.
        read_error: Why `select` last returned only events in memory; empty once it has read the ledger.
    """

    mode: str
    app: str
    sources: tuple[tuple[Text, Text, Text], ...]
    is_storing: bool
    dropped: int
    failures: int
    unhandled: int
    read_error: Text


class EventLog:
    """
    The events received, written by the sources and read by `Events`.

    The log has each event once, even if the event arrived several times or over several sources: DingTalk's id
    identifies an event. Thread-safe.

    Args:
        ledger: The ledger in which events are stored on request.
        realm: The realm of the events.
        clock: The source of time.
        now_ns: Returns DingTalk's time.
        send_reply: Sends the reply to a robot message.
        start_stream: Starts Stream, as ``ding.stream()`` does; None if unavailable.
        max_events: Maximum number of events in memory that are not stored, of events waiting for `wait`, and of events
            waiting for a handler.

    Attributes:
        start_stream: Starts Stream; None if unavailable.
        clock: The source of time.
        handlers: The handlers called with each event.
        queue: Events that no `wait` has returned yet.
        answers: Records the answers to cards of campaigns.
    """

    def __init__(
        self,
        ledger: Ledger,
        realm: Realm,
        clock: Clock,
        now_ns: Callable[[], int],
        send_reply: SendReply,
        *,
        start_stream: Callable[[], object] | None = None,
        max_events: int = MAX_EVENTS,
    ) -> None:
        self._receiving_ledger = ledger.with_timeout(_BUSY_TIMEOUT_S)
        self._stored = StoredEvents(self._receiving_ledger, ledger, realm)
        self.answers = AnswerCollector(self._receiving_ledger, realm, now_ns)
        self._realm = realm
        self.clock = clock
        self._now_ns = now_ns
        self._send_reply = send_reply
        self.start_stream = start_stream
        self._max_events = max_events
        self._lock = threading.RLock()
        self._events = EventIndex()
        self._unstored_keys: dict[object, None] = {}
        self.queue = EventQueue(clock, max_events)
        self.handlers = Handlers(max_events)
        self._sources: list[Source] = []
        self._changes = self._repeated = self._dropped = 0
        self._is_storing = False
        self._read_error = NOTHING

    def select(self, event_filter: EventFilter = ALL_EVENTS) -> list[Event]:
        """
        Return the events that pass a filter, including those in the ledger, in the order received.

        If the ledger cannot be read, only events in memory are returned, with a warning.

        Raises:
            LedgerError: The ledger cannot be read, and nothing is in memory.
        """
        self._read_if_possible()
        with self._lock:
            events = list(self._events.values())
        selected = events if event_filter == ALL_EVENTS else filter(event_filter, events)
        return sorted(selected, key=lambda event: event.received_ns)

    def set_storing(self, *, is_on: bool) -> None:
        """
        Store the events received so far and all further events in the ledger, or stop storing further events.

        Raises:
            LedgerError: The ledger cannot be read or written.
        """
        if is_on:
            self._read_ledger()
        with self._lock:
            if is_on and not self._is_storing:
                self._events = self._stored.add_all(self._events)
                self._unstored_keys.clear()
            self._is_storing = is_on
            self._changes += 1

    def clear(self, before_ns: int | None) -> int:
        """
        Remove events received before a time, or all, from memory and from the ledger; return their number.

        Raises:
            LedgerError: The ledger cannot be read or written; nothing was removed.
        """
        self._read_ledger()
        with self._lock:
            removed = [key for key, event in self._events.items() if before_ns is None or event.received_ns < before_ns]
            self._stored.remove(before_ns, removed)
            for key in removed:
                del self._events[key]
                self._unstored_keys.pop(key, None)
            self.queue.remove(before_ns)
            self._changes += 1
        return len(removed)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The active sources of events."""
        return tuple(self._sources)

    def refresh(self) -> int:
        """
        Load the events that other notebooks have stored meanwhile; return `changes`.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        self._read_ledger()
        return self._changes

    @property
    def changes(self) -> int:
        """A number that increases with each change in this process."""
        return self._changes

    @property
    def repeated(self) -> int:
        """The number of times that an event arrived again."""
        return self._repeated

    def add(self, event: Event) -> bool:
        """
        Add an event; if events are stored, the event is in the ledger when the method returns.

        Returns:
            Whether the event is new; handlers are called for new events only.

        Raises:
            LedgerError: The event cannot be stored. The log does not have the event, which has to be sent again.
        """
        with_reply = replace(event, send_reply=self._send_reply)
        with self._lock:
            before = len(self._events)
            key = None if self._events.has(event) else self._assign_key(event)
            if key is not None:
                self._events[key] = with_reply
            self._changes += len(self._events) - before
            if key is None:
                self._repeated += 1
                return False
            if not self._is_storing:
                self._unstored_keys[key] = None
                self._limit_unstored()
            self.queue.add(with_reply)
            # Still under the lock, so that handlers get the events in the order of the log.
            self.handlers.dispatch(with_reply)
        return True

    def hold_ledger_open(self) -> AbstractContextManager[None]:
        """Return a context, for one thread, in which events are stored a few times faster."""
        return self._receiving_ledger.keep_open()

    def attach(self, source: Source) -> None:
        """Add a source to the log's display."""
        with self._lock:
            if source not in self._sources:
                self._sources.append(source)

    def detach(self, source: Source) -> None:
        """Remove a source from the log's display."""
        with self._lock:
            if source in self._sources:
                self._sources.remove(source)

    def now_ns(self) -> int:
        """Return DingTalk's time."""
        return self._now_ns()

    def read_status(self) -> LogStatus:
        """Return the state of the log, without its events."""
        return LogStatus(
            mode=self._realm.mode,
            app=self._realm.app,
            sources=tuple((source.title, source.status, source.problem) for source in self.sources),
            is_storing=self._is_storing,
            dropped=self._dropped,
            failures=self.handlers.failures,
            unhandled=self.handlers.dropped,
            read_error=self._read_error,
        )

    def _limit_unstored(self) -> None:
        """Drop the oldest events that are not stored if there are too many such events."""
        while len(self._unstored_keys) > self._max_events:
            oldest = next(iter(self._unstored_keys))
            del self._unstored_keys[oldest]
            # Another notebook may have stored the event meanwhile.
            if not self._stored.has(oldest):
                del self._events[oldest]
                self._dropped += 1

    def _read_ledger(self) -> None:
        """Load events stored by other notebooks; incoming events do not wait for the reading."""
        for page in self._stored.pages():
            with self._lock:
                before = len(self._events)
                self._stored.load(page, self._events)
                self._changes += len(self._events) - before

    def _read_if_possible(self) -> None:
        """Load stored events; a failure is only a warning while there are events in memory."""
        try:
            self._read_ledger()
            self._read_error = NOTHING
        except LedgerError as error:
            if not self._events:
                raise
            self._read_error = Text("event.unread", why=sentences(error.text, error.advice))
            warn_user(str(self._read_error))

    def _assign_key(self, event: Event) -> object:
        """Return the key of a new event, stored first if storing is on; None if the ledger already has the event."""
        return self._stored.add(event, self._events) if self._is_storing else event.id or object()


def log_sheet(events: Sequence[Event], status: LogStatus) -> Sheet:
    """Return the display of a log: its sources, the number of events by type, and the last events."""
    facts: tuple[tuple[Text, Text | str], ...] = (
        (Text("plan.app"), status.app),
        *((title, source_status) for title, source_status, _ in status.sources),
        (Text("event.count"), count("event", len(events))),
        (Text("event.kept"), Text("event.kept_yes" if status.is_storing else "event.kept_no")),
    )
    notes = [problem for _, _, problem in status.sources if problem]
    if not events:
        notes.append(Text("event.none_yet_waits" if status.sources else "event.none_yet"))
    if status.read_error:
        notes.append(status.read_error)
    if status.dropped:
        notes.append(Text("event.gone", events=count("event", status.dropped)))
    if status.failures:
        notes.append(Text("event.handler_failed", n=count("time", status.failures)))
    if status.unhandled:
        notes.append(Text("event.unhandled", events=count("event", status.unhandled)))
    tables = (_types_table(events), _last_table(events)) if events else ()
    return Sheet(Text("event.title"), status.mode, facts, tuple(notes), tables)


def _types_table(events: Sequence[Event]) -> Table:
    counted = Counter(event.type for event in events)
    ranked = counted.most_common()
    rows = [(type_text(name), f"{n:,}") for name, n in ranked[:_MAX_ROWS]]
    rest = ranked[_MAX_ROWS:]
    more = Text("event.more_types", n=len(rest), events=count("event", sum(n for _, n in rest))) if rest else NOTHING
    return Table(Text("event.types"), (Text("event.type"), Text("event.how_many")), rows, more)


def _last_table(events: Sequence[Event]) -> Table:
    last = list(islice(reversed(events), _MAX_ROWS))
    times = timestamps([event.happened_ns for event in last]).strftime("%m-%d %H:%M:%S")
    rows = [(when, type_text(event.type), _people(event.userids)) for when, event in zip(times, last, strict=True)]
    header = (Text("event.time"), Text("event.type"), Text("event.people"))
    return Table(Text("event.last"), header, rows)


def _people(userids: Sequence[str]) -> Text:
    return listed([*userids[:_MAX_PEOPLE], *(["…"] if len(userids) > _MAX_PEOPLE else [])])


def warn_user(text: str) -> None:
    """Warn at the line that called dingnb; do nothing in a background thread, which has no such line."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - `inspect.stack` would read the source of every frame
    while frame.f_globals.get("__name__", "").partition(".")[0] in _INTERNAL_PACKAGES:
        if frame.f_back is None:
            return
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)
