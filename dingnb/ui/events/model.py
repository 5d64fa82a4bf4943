"""The model of the events: reloaded as they arrive, filtered, paged, and paused while the user reads."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dingnb.errors import InputError, LedgerError
from dingnb.events.event import Event
from dingnb.events.events import Events
from dingnb.events.filtering import EventFilter, parse_time
from dingnb.events.log import EventLog, Source
from dingnb.tables.timestamps import ZONE
from dingnb.ui.events.state import ROWS_A_PAGE, EventsState, Filters, When, connections
from dingnb.ui.kit.model import Failure, LatestWorker, Model
from dingnb.words import say

_REST_FACTOR = 5
"""Pause after a reload, as a multiple of the time it took."""

_TIMES = ("since", "until")
_BACK: dict[When, pd.Timedelta] = {"hour": pd.Timedelta(hours=1), "week": pd.Timedelta(days=7)}


class EventsModel(Model[EventsState]):
    """
    Shows the events of a log.

    Args:
        events: The events.
        log: Their log.
    """

    def __init__(self, events: Events, log: EventLog) -> None:
        super().__init__(EventsState(), log.clock)
        self.events = events
        self.log = log
        self._seen = -1
        self._unread: Failure | None = None
        self._every: Sequence[Event] = ()
        self._types: tuple[tuple[str, int], ...] = ()
        self._next_poll_ns = 0
        self._shows_all = True
        self._reading = LatestWorker[object](log.clock, self._read, self.fail)
        self.reload()

    def retranslate(self) -> None:
        """Render the state's texts again, in the language in use."""
        self._show(**self._around())
        self.reload()

    def reload(self) -> None:
        """Reload the events."""
        self._reading.submit(None)

    def poll(self) -> None:
        """Reload the events if there are new ones, but not too often; errors are shown."""
        try:
            is_read = self._look() == (self._seen, self._unread)
            if not is_read and self._clock.monotonic_ns() >= self._next_poll_ns:
                self.reload()
            elif self.state.facts is not None:
                around = self._around()
                if any(getattr(self.state, name) != value for name, value in around.items()):
                    self._show(**around)
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self.fail(error)

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self._reading.wait()

    def filter_by(self, **wanted: str) -> None:
        """Filter the events; the names are those of `Filters`, except ``when``."""
        changes: dict[str, Any] = {name: value.strip() for name, value in wanted.items()}
        self._apply(replace(self.state.filters, **changes))

    def choose_time(self, when: When) -> None:
        """Show only events of a time range from the list."""
        since = self._since(when)
        with self._lock:
            filters = self.state.filters
            if when == filters.when:
                return
            # A custom range starts with the current one.
            changes = {} if when == "other" else {"since": since, "until": ""}
            self._change({"round": self.state.round + 1})
            self._apply(replace(filters, when=when, **changes))

    def clear(self) -> None:
        """Show all events."""
        with self._lock:
            self._change({"round": self.state.round + 1})
            self._apply(Filters())

    def hold(self, is_held: bool) -> None:  # noqa: FBT001 - the button's meaning
        """Pause updates of the table, or show the newest events and resume updates."""
        with self._lock:
            self._shows_all = not is_held
            self._show(is_held=is_held)
        if not is_held:
            self.reload()

    def turn_to(self, page: int) -> None:
        """Show a page, from 0; on pages other than the first, updates are paused."""
        with self._lock:
            page = min(max(page, 0), self.state.pages - 1)
            if page != self.state.page:
                self._show(page=page, is_held=self.state.is_held or page > 0)

    def choose(self, at: int | None) -> None:
        """Show the details of an event by its place on the page, and pause updates; None closes them."""
        with self._lock:
            if at is None:
                self._show(chosen=None)
            elif at < len(self.state.on_page) and self.state.on_page[at] is not self.state.chosen:
                self._show(chosen=self.state.on_page[at], is_held=True)

    @property
    def place(self) -> int | None:
        """The place of the chosen event among those shown, from 0; None if it is not among them."""
        state = self.state
        return None if state.chosen is None else _place(state.found, state.chosen)

    def open_first(self) -> None:
        """Show the details of the first event on the page, unless some are shown."""
        with self._lock:
            if self.state.chosen is None:
                self.choose(0)

    def step(self, by: int) -> None:
        """Move on from the event whose details are shown."""
        with self._lock:
            state, place = self.state, self.place
            at = -1 if place is None else place + by
            if 0 <= at < len(state.found):
                self._show(chosen=state.found[at], page=at // ROWS_A_PAGE, is_held=True)

    def show_person(self, userid: str) -> None:
        """Show only events of one person."""
        with self._lock:
            self._change({"round": self.state.round + 1})
            self.filter_by(person=userid)

    @property
    def can_start(self) -> bool:
        """Whether Stream can be started: it is available, and nothing receives events now."""
        return self.log.start_stream is not None and not any(
            connection.is_running for connection in connections(self.log.sources)
        )

    def start(self) -> None:
        """Start Stream; ignored while it is being started."""
        listen = self.log.start_stream
        if listen is not None and self.can_start:
            self._start_work(lambda: _ignore(listen()), failure=self._unread, busy_text=say("events_form.starting"))

    def stop(self, source: Source) -> None:
        """Stop a connection; ignored if it has already ended."""
        if source in self.log.sources:
            self._start_work(source.stop, failure=self._unread, busy_text=say("events_form.stopping"))

    def _ended(self) -> None:
        self._show(busy_text="", **self._around())

    def _around(self) -> dict[str, Any]:
        """Return the state other than the events."""
        return {"facts": self.log.read_status(), "sources": connections(self.log.sources)}

    def _since(self, when: When) -> str:
        now = pd.Timestamp(self.log.now_ns(), tz="UTC").tz_convert(ZONE)
        if when == "today":
            return str(now.date())
        return (now - _BACK[when]).strftime("%Y-%m-%d %H:%M:%S") if when in _BACK else ""

    def _apply(self, filters: Filters) -> None:
        with self._lock:
            if filters == self.state.filters:
                return
            self._shows_all = True
            # The previous rows stay until the new ones are found.
            self._show(filters=filters)
        self.reload()

    def _read(self, _: object, is_overtaken: Callable[[], bool]) -> None:
        began_ns = self._clock.monotonic_ns()
        filters = self.state.filters
        seen, unread = self._look()
        if seen != self._seen:
            self._every = self._select()[::-1]
            self._types = _counted(self._every, self._types)
        every = self._every
        choice = self._choice(filters)
        found = (
            self.state.found if choice is None else every if choice == EventFilter() else list(filter(choice, every))
        )
        self._next_poll_ns = began_ns + _REST_FACTOR * (self._clock.monotonic_ns() - began_ns)
        with self._lock:
            self._seen, self._unread = seen, unread
            if is_overtaken() or filters != self.state.filters:
                return
            newest_ns = every[0].received_ns if every else 0
            changes = {"types": self._types, "total": len(every), "newest_ns": newest_ns, **self._around()}
            if choice is not None:
                self._change({"failure": unread, "bad_time": ""})
            self._show(**changes, **self._shown(every, found))
        for event in every:
            # Now, rather than at the first letter of a search.
            _ = event.search_text

    def _look(self) -> tuple[int, Failure | None]:
        """Return the number of the last change, and why the ledger cannot be read, if so."""
        try:
            return self.log.refresh(), None
        except LedgerError as error:
            return self.log.changes, self._failure(error)

    def _select(self) -> list[Event]:
        try:
            return self.log.select()
        except LedgerError:
            # Memory has none either.
            return []

    def _shown(self, every: Sequence[Event], found: Sequence[Event]) -> dict[str, Any]:
        """Return the changes of the table."""
        state = self.state
        is_there = state.chosen is not None and any(event is state.chosen for event in every)
        chosen = state.chosen if is_there else None
        news = _news(found, state.found)
        if state.is_held and not self._shows_all and news is not None:
            return {"news": news, "chosen": chosen}
        self._shows_all = False
        return {"found": found, "page": 0, "news": 0, "chosen": chosen}

    def _choice(self, filters: Filters) -> EventFilter | None:
        wanted = dict(filters.arguments)
        try:
            return EventFilter.parse(wanted.pop("type", None), **wanted)
        except InputError as error:
            bad = next((name for name in _TIMES if name in filters.arguments and not _is_time(wanted[name])), "")
            self._show(failure=self._failure(error), bad_time=bad)
            return None


def _ignore(_started: object) -> None:
    """Ignore the new connection: the log shows it."""


def _counted(events: Sequence[Event], before: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Return the types with their counts, new ones last, so that the places in the list do not shift."""
    counts = Counter(event.type for event in events)
    known = [(name, counts.pop(name)) for name, _ in before if name in counts]
    return (*known, *counts.most_common())


def _place(events: Sequence[Event], event: Event) -> int | None:
    return next((at for at, listed in enumerate(events) if listed is event), None)


def _is_time(text: str) -> bool:
    try:
        parse_time(text, "")
    except InputError:
        return False
    return True


def _news(found: Sequence[Event], shown: Sequence[Event]) -> int | None:
    """Return how many events are newer than the newest one shown; None if that one is gone."""
    return _place(found, shown[0]) if shown else None
