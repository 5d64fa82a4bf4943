"""The state of the events form, as values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dingnb.events.event import Event
from dingnb.events.log import LogStatus, Source
from dingnb.ui.kit.model import Failure
from dingnb.words import NOTHING, Text, Words

ROWS_PER_PAGE = 15

TimeRange = Literal["", "hour", "today", "week", "other"]
Action = Literal["", "export", "keep", "keep_off", "delete"]


@dataclass(frozen=True, slots=True)
class Filters:
    """
    The filters of the table; an empty one excludes nothing.

    Attributes:
        type: Only this type.
        time_range: The time range chosen from the list; it sets ``since`` and ``until``.
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
        named = {name: getattr(self, name) for name in ("type", "since", "until", "person", "text")}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Connection:
    """
    A connection that receives events.

    Attributes:
        source: The source of events in the log.
        name: The name shown.
        status: The status.
        notes: The problems, such as why it does not work, or what it refused.
        is_running: Whether it receives events, or tries to; otherwise it has to be started again.
    """

    source: Source
    name: str
    status: Text
    notes: tuple[Words, ...] = ()
    is_running: bool = True


def list_connections(sources: Sequence[Source]) -> tuple[Connection, ...]:
    """Return the connections that receive events; those with the same name are numbered."""
    totals = Counter(source.title for source in sources)
    seen = Counter[Text]()
    connections = []
    for source in sources:
        seen[source.title] += 1
        name = f"{source.title} {seen[source.title]}" if totals[source.title] > 1 else str(source.title)
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
        newest_ns: The time at which the newest event arrived; 0 if there is none.
        found: The filtered events, newest first.
        page: The current page, from 0.
        is_paused: Whether updates are paused.
        new_count: The number of newer events that are not shown while updates are paused.
        chosen: The event whose details are shown; None if there is none.
        busy_text: The text shown while a connection is started or stopped.
        reset_count: Increases with each change of the filters that was not typed.
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
    busy_text: Text = NOTHING
    reset_count: int = 0
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


@dataclass(frozen=True, slots=True)
class ReplyState:
    """
    The state of a reply to a robot message.

    Attributes:
        text: The reply as typed; each message keeps its own.
        busy_text: The text shown while the reply is being sent.
        sent: The replies sent to this message, each with its time, as text.
        reset_count: Increases each time the field is cleared other than by typing.
        failure: The last error; None if there was none.
    """

    text: str = ""
    busy_text: Text = NOTHING
    sent: tuple[tuple[str, str], ...] = ()
    reset_count: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ActionsState:
    """
    The state of the actions.

    Attributes:
        action: The chosen action.
        events: The number of events to delete.
        before_ns: The time before which the events to delete arrived.
        typed: The count as typed.
        busy_text: The text shown while an action is in progress.
        notice: The outcome of the last action.
        link: The address from which the browser downloads the file; empty if there is none.
        reset_count: Increases each time the count is cleared other than by typing.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
    """

    action: Action = ""
    events: int = 0
    before_ns: int = 0
    typed: str = ""
    busy_text: Text = NOTHING
    notice: Words = ""
    link: str = ""
    reset_count: int = 0
    failure: Failure | None = None
    is_miscounted: bool = False
