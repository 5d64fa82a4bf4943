"""The one log of events that all channels feed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.events.event import Answer, Event
from dingnb.events.filtering import EVERY, Choice
from dingnb.events.handlers import Handlers
from dingnb.events.kept_events import KeptEvents, Known
from dingnb.events.log_sheet import LogFacts
from dingnb.events.source import Source
from dingnb.events.waiting import Waiting
from dingnb.events.warning import warn_user
from dingnb.ledger import Ledger, Realm
from dingnb.words import NOTHING, Text, sentences

MOST_EVENTS = 100_000
"""Maximum number of events in memory; beyond it the oldest are dropped, unless all events are stored."""

_BUSY_TIMEOUT_S = 0.5
"""DingTalk waits at most 2.5 s for an answer; if the ledger is locked for longer, it sends the event again."""


class EventLog:
    """
    The events received, written by the channels and read by `Events`.

    An event is in it once, however often and over however many channels it came: DingTalk's id tells. It can be read
    and fed from several threads.

    Args:
        ledger: The ledger in which events are stored on request.
        realm: The realm of the events.
        clock: The source of time.
        now_ns: Returns DingTalk's time.
        answer_with: Sends the reply to a robot message.
        stream: Starts Stream for this app, if available.
        most: Maximum number of events in memory.

    Attributes:
        listen: Starts Stream, as ``ding.stream()`` does; None if unavailable.
        clock: The source of time.
        handlers: The handlers called with each event.
        waiting: Events that no `wait` has returned yet.
    """

    def __init__(
        self,
        ledger: Ledger,
        realm: Realm,
        clock: Clock,
        now_ns: Callable[[], int],
        answer_with: Answer,
        *,
        stream: Callable[[], object] | None = None,
        most: int = MOST_EVENTS,
    ) -> None:
        self._kept = KeptEvents(Ledger(ledger.folder, busy_timeout_s=_BUSY_TIMEOUT_S), realm)
        self._realm = realm
        self.clock = clock
        self._now_ns = now_ns
        self._answer_with = answer_with
        self.listen = stream
        self._most = most
        self._lock = threading.RLock()
        self._events = Known()
        self.waiting = Waiting(clock, most)
        self.handlers = Handlers()
        self._sources: list[Source] = []
        self._changes = self._repeated = self._gone = 0
        self._keeps = False
        self._unread = NOTHING

    def select(self, choice: Choice = EVERY) -> list[Event]:
        """
        Return the events that pass a filter, including those in the ledger, in the order received.

        If the ledger cannot be read, those in memory are returned, with a warning.

        Raises:
            LedgerError: The ledger cannot be read, and nothing is in memory.
        """
        self._read_if_possible()
        with self._lock:
            every = list(self._events.values())
        found = every if choice == EVERY else filter(choice, every)
        return sorted(found, key=lambda event: event.received_ns)

    def keep(self, *, is_on: bool) -> None:
        """
        Store the events received so far and all further ones in the ledger, or stop storing further ones.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        if is_on:
            self._read_ledger()
        with self._lock:
            if is_on and not self._keeps:
                self._events = self._kept.add_all(self._events)
            self._keeps = is_on
            self._changes += 1

    def clear(self, before_ns: int | None) -> int:
        """
        Forget events, in memory and in the ledger: those that came before a time, or all; return how many.

        Raises:
            LedgerError: The ledger cannot be written; nothing was removed.
        """
        self._read_ledger()
        with self._lock:
            gone = [key for key, event in self._events.items() if before_ns is None or event.received_ns < before_ns]
            self._kept.forget(before_ns, gone)
            for key in gone:
                del self._events[key]
            self.waiting.forget(before_ns)
            self._changes += 1
        return len(gone)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The active sources of events."""
        return tuple(self._sources)

    def look(self) -> int:
        """Look what other notebooks have kept meanwhile; return `changes`."""
        self._read_ledger()
        return self._changes

    @property
    def changes(self) -> int:
        """A number that increases with each change in this process."""
        return self._changes

    @property
    def repeated(self) -> int:
        """The number of repeated events."""
        return self._repeated

    def take(self, event: Event) -> bool:
        """
        Add an event; if events are stored, it is on disk when this returns.

        Returns:
            Whether it is new; handlers are called for new events only.

        Raises:
            LedgerError: It cannot be stored; it was not accepted, and should be sent again.
        """
        answerable = replace(event, answer_with=self._answer_with)
        with self._lock:
            before = len(self._events)
            key = None if self._events.has(event) else self._key_of(event)
            if key is not None:
                self._events[key] = answerable
            self._changes += len(self._events) - before
            if key is None:
                self._repeated += 1
                return False
            if not self._keeps and len(self._events) > self._most:
                del self._events[next(iter(self._events))]
                self._gone += 1
            self.waiting.add(answerable)
        self.handlers.tell(answerable)
        return True

    def at_hand(self) -> AbstractContextManager[None]:
        """Return a context, for one thread, in which events are stored a few times faster."""
        return self._kept.at_hand()

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

    def facts(self) -> LogFacts:
        """Return the facts about the log besides its events."""
        realm, failures = self._realm, self.handlers.failures
        stand = tuple((one.title, one.standing, one.trouble) for one in self.sources)
        return LogFacts(realm.mode, realm.app, stand, self._keeps, self._gone, failures, self._unread)

    def _read_ledger(self) -> None:
        """Load events stored by other notebooks; incoming events do not wait for it."""
        for page in self._kept.pages():
            with self._lock:
                before = len(self._events)
                self._kept.learn(page, self._events)
                self._changes += len(self._events) - before

    def _read_if_possible(self) -> None:
        """Load stored events. Those in memory are returned in any case: they may be nowhere else."""
        try:
            self._read_ledger()
            self._unread = NOTHING
        except LedgerError as error:
            if not self._events:
                raise
            self._unread = Text("event.unread", why=sentences(error.text, error.advice))
            warn_user(str(self._unread))

    def _key_of(self, event: Event) -> object:
        """Keep an event, where events are kept, and return its key; None where it is kept already."""
        return self._kept.add(event, self._events) if self._keeps else event.id or object()
