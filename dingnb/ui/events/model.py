"""The model of the events: loaded as they arrive, filtered, in pages, and not updated while the user reads."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd

from dingnb.calls.throttle import Throttle
from dingnb.errors import InputError, LedgerError
from dingnb.events.event import Event
from dingnb.events.events import Events
from dingnb.events.filtering import ALL_EVENTS, EventFilter, parse_time
from dingnb.events.log import EventLog, LogStatus, Source
from dingnb.tables.timestamps import ZONE
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.worker import LatestWorker
from dingnb.words import NOTHING, Text, TextLike

ROWS_PER_PAGE = 15

TimeRange = Literal["", "hour", "today", "week", "other"]

_INTERVAL_FACTOR = 5
"""Minimum time between two reloads, as a multiple of the time that a reload takes."""

_TIME_FIELDS = ("since", "until")
_SPANS: dict[TimeRange, pd.Timedelta] = {"hour": pd.Timedelta(hours=1), "week": pd.Timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Filters:
    """
    The filters of the table; an empty filter excludes nothing.

    Attributes:
        type: Only this type.
        time_range: The time range chosen from the list; it sets ``since``, which moves with the time, and ``until``.
        since: Only events since this time, as `Events.to_frame` takes it.
        until: Only events before this time.
        person: Only events of this userid.
        text: Only events that contain this text.
    """

    type: str = ""
    time_range: TimeRange = ""
    since: str = ""
    until: str = ""
    person: str = ""
    text: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of `Events.to_frame` for these filters."""
        values = {name: getattr(self, name) for name in ("type", "since", "until", "person", "text")}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Connection:
    """
    A connection that receives events.

    Attributes:
        source: The source of events in the log.
        name: The name shown.
        status: The status.
        notes: The problems, such as why the connection does not work, or what it refused.
        is_running: Whether the connection receives events, or tries to; otherwise it has to be started again.
    """

    source: Source
    name: str
    status: Text
    notes: tuple[TextLike, ...] = ()
    is_running: bool = True


def list_connections(sources: Sequence[Source]) -> tuple[Connection, ...]:
    """Return the connections that receive events; connections with the same name are numbered."""
    totals = Counter(source.title for source in sources)
    numbers = Counter[Text]()
    connections = []
    for source in sources:
        numbers[source.title] += 1
        name = f"{source.title} {numbers[source.title]}" if totals[source.title] > 1 else str(source.title)
        notes = source.sheet().notes
        connections.append(Connection(source, name, source.status, notes, is_running=source.is_running))
    return tuple(connections)


@dataclass(frozen=True, slots=True)
class EventsState:
    """
    The state of the events.

    Attributes:
        log_status: The status of the log; None until it is read.
        connections: The connections that receive events.
        filters: The filters.
        types: The types of events, each with its count.
        total: The number of events in the log.
        newest_ns: When the newest event arrived, nanoseconds since the epoch; 0 if there is none.
        found: The filtered events, newest first.
        page: The current page, from 0.
        is_paused: Whether updates of the table are paused.
        new_count: The number of newer events that are not shown while updates are paused.
        chosen: The event whose details are shown; None if there is none.
        reply_count: The number of replies to a chosen event when they were last counted.
        busy_text: The text shown while a connection is started or stopped.
        resets: Increases each time the text filters change other than by typing.
        failure: The last error; None if there was none.
        bad_time: The field that has an invalid time: ``since`` or ``until``; empty if there is none.
    """

    log_status: LogStatus | None = None
    connections: tuple[Connection, ...] = ()
    filters: Filters = field(default_factory=Filters)
    types: tuple[tuple[str, int], ...] = ()
    total: int = 0
    newest_ns: int = 0
    found: Sequence[Event] = ()
    page: int = 0
    is_paused: bool = False
    new_count: int = 0
    chosen: Event | None = None
    reply_count: int = 0
    busy_text: Text = NOTHING
    resets: int = 0
    failure: Failure | None = None
    bad_time: str = ""

    @property
    def pages(self) -> int:
        """The number of pages; at least one."""
        return max(-(-len(self.found) // ROWS_PER_PAGE), 1)

    @property
    def on_page(self) -> Sequence[Event]:
        """The events on the page."""
        start = self.page * ROWS_PER_PAGE
        return self.found[start : start + ROWS_PER_PAGE]


class EventsModel(Model[EventsState]):
    """Shows the events of a log."""

    def __init__(self, events: Events, log: EventLog) -> None:
        super().__init__(EventsState(), log.clock)
        self.events = events
        self.log = log
        self._changes_seen = -1
        self._ledger_failure: Failure | None = None
        self._all_events: Sequence[Event] = ()
        self._types: tuple[tuple[str, int], ...] = ()
        self._throttle = Throttle(log.clock, _INTERVAL_FACTOR)
        self._must_replace_rows = True
        self._reader = LatestWorker[object](log.clock, self._read, self.fail)
        self.reload()

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language."""
        self._show(**self._read_status())
        self.reload()

    def reload(self) -> None:
        """Reload the events."""
        self._reader.submit(None)

    def poll(self) -> None:
        """Reload the events if there are new ones, but not too often; errors are shown."""
        try:
            is_current = self._check_log() == (self._changes_seen, self._ledger_failure)
            if not (is_current and self._current_filters() == self.state.filters) and self._throttle.is_due:
                self.reload()
            elif self.state.log_status is not None:
                status = self._read_status()
                if any(getattr(self.state, name) != value for name, value in status.items()):
                    self._show(**status)
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self.fail(error)

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        super().wait()
        self._reader.wait()

    def filter_by(self, **wanted: str) -> None:
        """Filter the events by fields of `Filters` other than ``time_range``."""
        changes: dict[str, Any] = {name: value.strip() for name, value in wanted.items()}
        self._apply(replace(self.state.filters, **changes))

    def choose_time_range(self, time_range: TimeRange) -> None:
        """Show only events of a time range from the list."""
        since = self._start_of(time_range)
        with self._lock:
            filters = self.state.filters
            if time_range == filters.time_range:
                return
            # A custom range starts as the current range.
            changes = {} if time_range == "other" else {"since": since, "until": ""}
            self._change({"resets": self.state.resets + 1})
            self._apply(replace(filters, time_range=time_range, **changes))

    def clear(self) -> None:
        """Show all events."""
        with self._lock:
            self._change({"resets": self.state.resets + 1})
            self._apply(Filters())

    def set_paused(self, is_paused: bool) -> None:  # noqa: FBT001 - the button's meaning
        """Pause updates of the table, or resume them with the newest events."""
        with self._lock:
            if not is_paused:
                # Not reset by a pause, since a filter may have been applied just before.
                self._must_replace_rows = True
            self._show(is_paused=is_paused)
        if not is_paused:
            self.reload()

    def turn_to(self, page: int) -> None:
        """Show a page, from 0; on pages other than the first, updates are paused."""
        with self._lock:
            page = min(max(page, 0), self.state.pages - 1)
            if page != self.state.page:
                self._show(page=page, is_paused=self.state.is_paused or page > 0)

    def choose(self, at: int | None) -> None:
        """Show the details of an event, by its index on the page, and pause updates; None closes the details."""
        with self._lock:
            if at is None:
                self._show(chosen=None)
            elif at < len(self.state.on_page) and self.state.on_page[at] is not self.state.chosen:
                self._show(chosen=self.state.on_page[at], is_paused=True)

    @property
    def chosen_index(self) -> int | None:
        """The index of the chosen event in the filtered events, from 0; None without a choice, or if it is excluded."""
        state = self.state
        return None if state.chosen is None else _index_of(state.found, state.chosen)

    def open_first(self) -> None:
        """Show the details of the first event on the page, unless some are shown."""
        with self._lock:
            if self.state.chosen is None:
                self.choose(0)

    def step(self, by: int) -> None:
        """Move the choice by a number of events, across pages; ignored without a choice, and beyond the ends."""
        with self._lock:
            state, index = self.state, self.chosen_index
            at = -1 if index is None else index + by
            if 0 <= at < len(state.found):
                self._show(chosen=state.found[at], page=at // ROWS_PER_PAGE, is_paused=True)

    def show_person(self, userid: str) -> None:
        """Show only events of one person."""
        with self._lock:
            self._change({"resets": self.state.resets + 1})
            self.filter_by(person=userid)

    @property
    def can_start(self) -> bool:
        """Whether Stream can be started: it is available, and nothing receives events now."""
        return self.log.start_stream is not None and not any(
            connection.is_running for connection in list_connections(self.log.sources)
        )

    def start(self) -> None:
        """Start Stream; ignored unless `can_start`, and while it is being started."""
        start_stream = self.log.start_stream
        if start_stream is None or not self.can_start:
            return

        def work() -> None:
            start_stream()

        self._start_work(work, failure=self._ledger_failure, busy_text=Text("events_form.starting"))

    def stop(self, source: Source) -> None:
        """Stop a connection; ignored if it has already ended."""
        if source in self.log.sources:
            self._start_work(source.stop, failure=self._ledger_failure, busy_text=Text("events_form.stopping"))

    def _on_idle(self) -> None:
        self._change({"busy_text": NOTHING, **self._read_status()})

    def _read_status(self) -> dict[str, Any]:
        """Return the status of the log, of the connections and of the chosen event, as fields of the state."""
        chosen = self.state.chosen
        return {
            "log_status": self.log.read_status(),
            "connections": list_connections(self.log.sources),
            "reply_count": 0 if chosen is None else len(chosen.replies),
        }

    def _start_of(self, time_range: TimeRange) -> str:
        """Return the start of a time range from the list, as the user would enter it; empty for other ranges."""
        now = pd.Timestamp(self.log.now_ns(), tz="UTC").tz_convert(ZONE).floor("min")
        if time_range == "today":
            return str(now.date())
        return (now - _SPANS[time_range]).strftime("%Y-%m-%d %H:%M:%S") if time_range in _SPANS else ""

    def _current_filters(self) -> Filters:
        """Return the filters with the current start of a time range from the list; unchanged during a pause."""
        state = self.state
        since = "" if state.is_paused else self._start_of(state.filters.time_range)
        return replace(state.filters, since=since) if since else state.filters

    def _apply(self, filters: Filters) -> None:
        with self._lock:
            if filters == self.state.filters:
                return
            self._must_replace_rows = True
            # The previous rows stay until the filtered rows are found.
            self._show(filters=filters)
        self.reload()

    def _read(self, _: object, is_superseded: Callable[[], bool]) -> None:
        with self._lock:
            filters = self._current_filters()
            self._change({"filters": filters})
        with self._throttle.timing():
            changes, ledger_failure = self._check_log()
            if changes != self._changes_seen:
                self._all_events = self._select()[::-1]
                self._types = _count_types(self._all_events, self._types)
            events, event_filter = self._all_events, self._parse_filters(filters)
            if event_filter is None:
                found = self.state.found
            else:
                found = events if event_filter == ALL_EVENTS else list(filter(event_filter, events))
        with self._lock:
            self._changes_seen, self._ledger_failure = changes, ledger_failure
            if is_superseded() or filters != self.state.filters:
                return
            newest_ns = events[0].received_ns if events else 0
            if event_filter is not None:
                self._change({"failure": ledger_failure, "bad_time": ""})
            self._show(
                types=self._types,
                total=len(events),
                newest_ns=newest_ns,
                **self._read_status(),
                **self._table_state(events, found),
            )
        for event in events:
            # Computed and cached now, rather than at the first letter of a search.
            _ = event.search_text

    def _check_log(self) -> tuple[int, Failure | None]:
        """Return a number that increases with each change, and why the ledger cannot be read, if so."""
        try:
            return self.log.refresh(), None
        except LedgerError as error:
            return self.log.changes, self._failure(error)

    def _select(self) -> list[Event]:
        try:
            return self.log.select()
        except LedgerError:
            # There are none in memory either.
            return []

    def _table_state(self, events: Sequence[Event], found: Sequence[Event]) -> dict[str, Any]:
        """Return the fields of the state that the table shows; while updates are paused, the rows stay."""
        state = self.state
        still_exists = state.chosen is not None and _index_of(events, state.chosen) is not None
        chosen = state.chosen if still_exists else None
        new_count = _count_new(found, state.found)
        if state.is_paused and not self._must_replace_rows and new_count is not None:
            return {"new_count": new_count, "chosen": chosen}
        self._must_replace_rows = False
        return {"found": found, "page": 0, "new_count": 0, "chosen": chosen}

    def _parse_filters(self, filters: Filters) -> EventFilter | None:
        """Return the filter; if it is invalid, show why and return None."""
        arguments = filters.arguments
        try:
            return EventFilter.parse(arguments.pop("type", None), **arguments)
        except InputError as error:
            bad_time = next((name for name in _TIME_FIELDS if name in arguments and not _is_time(arguments[name])), "")
            self._show(failure=self._failure(error), bad_time=bad_time)
            return None


def _count_types(events: Sequence[Event], before: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Return the types with their counts, new types last, so that the known types keep their order in the list."""
    counts = Counter(event.type for event in events)
    known = [(name, counts.pop(name)) for name, _ in before if name in counts]
    return (*known, *counts.most_common())


def _index_of(events: Sequence[Event], event: Event) -> int | None:
    return next((at for at, listed in enumerate(events) if listed is event), None)


def _is_time(text: str) -> bool:
    try:
        parse_time(text, "")
    except InputError:
        return False
    return True


def _count_new(found: Sequence[Event], shown: Sequence[Event]) -> int | None:
    """Return how many events are newer than the newest event shown; None if no event is shown, or it is gone."""
    return _index_of(found, shown[0]) if shown else None
