"""The one log of events that all channels feed."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from dingnb.bulk.exporting import write_csv, write_excel
from dingnb.clock import Clock
from dingnb.display import Sheet, door
from dingnb.errors import InputError, LedgerError
from dingnb.events.choosing import Choice, read_moment, read_types
from dingnb.events.event import Event, Session
from dingnb.events.frame import events_frame, flat_frame, person_frame, sheet_frame
from dingnb.events.handlers import Handler, Handlers, Subscription
from dingnb.events.keeping import KeptEvents
from dingnb.events.known import Known
from dingnb.events.log_sheet import LogFacts, log_sheet
from dingnb.events.source import Source
from dingnb.events.waiting import Waiting, read_timeout
from dingnb.events.warning import warn_user
from dingnb.language import say
from dingnb.ledger import Ledger, Realm
from dingnb.messages import Message

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

MOST_EVENTS = 100_000
"""So many events are in memory; where more come, those go that were there first, unless all that come are kept."""

_BUSY_TIMEOUT_S = 0.5
"""DingTalk waits for an answer for 2.5 s at most; a ledger that is written to for longer lets it come again."""


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
        stream: Starts Stream for this app, where the app can.
        most: How many events stay in memory.

    Attributes:
        listen: What starts Stream, as ``ding.stream()`` does; None where nothing can.

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
        stream: Callable[[], object] | None = None,
        most: int = MOST_EVENTS,
    ) -> None:
        self._kept = KeptEvents(Ledger(ledger.folder, busy_timeout_s=_BUSY_TIMEOUT_S), realm)
        self._realm = realm
        self._clock = clock
        self._now_ns = now_ns
        self._answer_with = answer_with
        self.listen = stream
        self._most = most
        self._lock = threading.RLock()
        self._events = Known()
        self._waiting = Waiting(clock, most)
        self._handlers = Handlers()
        self._sources: list[Source] = []
        self._changes = self._repeated = self._gone = 0
        self._keeps = False
        self._unread = ""

    def to_frame(
        self,
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str = "",
        each_person: bool = False,
    ) -> pd.DataFrame:
        """
        Return the events, with those that the ledger keeps; where it cannot be read, those in memory, with a warning.

        Args:
            type: Only these: a type's name or a list of them.
            since: Only those that happened at this time or later: what `pandas.Timestamp` reads, in Beijing's time
                where it names no zone.
            until: Only those that happened before this time.
            person: Only those about this userid, or one of several: a list, a Series and so on.
            text: Only those that hold this text in their type, ids or fields; capitals do not matter.
            each_person: Whether each person of an event has a row, and nobody none, to be joined to other frames.

        Returns:
            One row for each event, in the order in which they came: `time` (datetime64[ms, Asia/Shanghai]: when it
            happened), `type`, `event_id` (str), `userids` (a list of str; with `each_person` `userid`, str),
            `corp_id`, `channel` (str: callback, stream or missed), `received_at` (datetime64[ms, Asia/Shanghai]),
            then a column for each field of these events, in snake_case (``data_type`` where it would be called as
            one of the others), and `raw` (str: JSON of what came, secrets as ``***``). Empty is NA.

        Raises:
            InputError: A type, a time, a person or a text cannot be read.
            LedgerError: The ledger cannot be read, and nothing is in memory.
        """
        frame = events_frame(self.select(type, since=since, until=until, person=person, text=text))
        return person_frame(frame) if each_person else frame

    def select(
        self,
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str = "",
    ) -> list[Event]:
        """Return the events that `to_frame` has, as objects."""
        choice = Choice.read(type, since, until, person, text)
        self._read_if_possible()
        with self._lock:
            every = list(self._events.values())
        found = every if choice == Choice() else filter(choice, every)
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
        return self._waiting.next(read_types(type), read_timeout(timeout_s))

    def form(self) -> "EventsForm":
        """
        Return a form that shows the events as they come: filters, pages, each event's story, and what to do about it.

        Its ``frame`` is what it shows, its ``code`` the Python that gives the same. Its ``close()`` lets go of it.

        Example:
            >>> import dingnb
            >>> form = dingnb.connect("sandbox").events.form()
            >>> len(form.frame)
            0
            >>> form.close()
        """
        name = door.name_of(self) or "ding.events"
        return cast("EventsForm", door.open_form("events.form.open_events", self, self._clock, name))

    def keep(self, *, on: bool = True) -> "EventLog":
        """
        Keep the events in the ledger: those that are here, and all that come.

        They are there for the next notebook, without what is secret. `clear` forgets them.

        Args:
            on: Whether to; False keeps none that come from now on, and forgets nothing.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        if on:
            self._read_ledger()
        with self._lock:
            if on and not self._keeps:
                self._events = self._kept.add_all(self._events)
            self._keeps = on
            self._changes += 1
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
        self._read_ledger()
        with self._lock:
            gone = [key for key, event in self._events.items() if before_ns is None or event.received_ns < before_ns]
            self._kept.forget(before_ns, gone)
            for key in gone:
                del self._events[key]
            self._waiting.forget(before_ns)
            self._changes += 1
        return len(gone)

    def to_excel(
        self,
        path: str | os.PathLike[str],
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str = "",
    ) -> Path:
        """
        Write the events as an Excel workbook that only its owner may read, as ``run.to_excel`` writes results.

        A name without a suffix gets ``.xlsx``; which events are written is told as to `to_frame`. A text that no cell
        of Excel holds is cut, and its end says so.

        Raises:
            InputError: An argument cannot be read.
            FileError: The file cannot be written.
            LedgerError: As for `to_frame`.
        """
        return write_excel(path, sheet_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

    def to_csv(
        self,
        path: str | os.PathLike[str],
        type: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str = "",
    ) -> Path:
        """Write the events as a CSV file, likewise."""
        return write_csv(path, flat_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

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
            self._waiting.add(answerable)
        self._handlers.tell(answerable)
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

    def sheet(self) -> Sheet:
        """Return what the log shows."""
        return log_sheet(self.select(), self.facts())

    def facts(self) -> LogFacts:
        """Return what is to be known of the log beside its events."""
        realm, failures = self._realm, self._handlers.failures
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
            self._unread = ""
        except LedgerError as error:
            if not self._events:
                raise
            self._unread = say("event.unread", why=error)
            warn_user(self._unread)

    def _key_of(self, event: Event) -> object:
        """Keep an event, where events are kept, and return its key; None where it is kept already."""
        return self._kept.add(event, self._events) if self._keeps else event.id or object()

    def __len__(self) -> int:
        return len(self.select())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()
