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
"""So many events are in memory; where more come, those go that were there first, unless all that come are kept."""

_BUSY_TIMEOUT_S = 0.5
"""DingTalk waits for an answer for 2.5 s at most; a ledger that is written to for longer lets it come again."""


class EventLog:
    """
    The events that have come, as channels feed them and `Events` shows them.

    An event is in it once, however often and over however many channels it came: DingTalk's id tells. It can be read
    and fed from several threads.

    Args:
        ledger: Where events are kept, if asked.
        realm: Whose events these are.
        clock: The source of time.
        now_ns: Returns DingTalk's time.
        answer_with: Sends the answer to a robot message.
        stream: Starts Stream for this app, where the app can.
        most: How many events stay in memory.

    Attributes:
        listen: What starts Stream, as ``ding.stream()`` does; None where nothing can.
        clock: The source of time.
        handlers: Who is told of each event that comes.
        waiting: What came and was not waited for yet.
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
        Return the events of a choice, with those that the ledger keeps, in the order in which they came.

        Where the ledger cannot be read, those in memory are returned, with a warning.

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
        Keep the events in the ledger, those that are here and all that come, or none that come from now on.

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
            LedgerError: The ledger cannot be written; nothing is forgotten then.
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
        """What receives events now."""
        return tuple(self._sources)

    def look(self) -> int:
        """Look what other notebooks have kept meanwhile; return `changes`."""
        self._read_ledger()
        return self._changes

    @property
    def changes(self) -> int:
        """A number that grows with each change that this process knows of."""
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
        """Return a context, of one thread, in which an event is kept a few times faster."""
        return self._kept.at_hand()

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

    def facts(self) -> LogFacts:
        """Return what is to be known of the log beside its events."""
        realm, failures = self._realm, self.handlers.failures
        stand = tuple((one.title, one.standing, one.trouble) for one in self.sources)
        return LogFacts(realm.mode, realm.app, stand, self._keeps, self._gone, failures, self._unread)

    def _read_ledger(self) -> None:
        """Take over what other notebooks have kept, or keep beside this one; what comes does not wait for it."""
        for page in self._kept.pages():
            with self._lock:
                before = len(self._events)
                self._kept.learn(page, self._events)
                self._changes += len(self._events) - before

    def _read_if_possible(self) -> None:
        """Take over what is kept. What is in memory is shown in any case: it may be there alone."""
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
