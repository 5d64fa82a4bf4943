"""The state of the events form, as values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dingnb.events.event import Event
from dingnb.events.log import LogStatus, Source
from dingnb.ui.kit.model import Failure
from dingnb.words import Text, Words

ROWS_A_PAGE = 15

When = Literal["", "hour", "today", "week", "other"]
Action = Literal["", "export", "keep", "keep_off", "forget"]


@dataclass(frozen=True, slots=True)
class Filters:
    """
    The filters; an empty one excludes nothing.

    Attributes:
        type: Only this type.
        when: The time range chosen from the list; it sets ``since`` and ``until``.
        since: Only events since this time, as `Events.to_frame` takes it.
        until: Only events before this time.
        person: Only events of this userid.
        text: Only events that contain this text.
    """

    type: str = ""
    when: When = ""
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
        source: Its source.
        name: Its name.
        status: Its status.
        notes: Its problems: why it does not work, what it refused.
        is_running: Whether it receives events, or tries to; otherwise it has to be started again.
    """

    source: Source
    name: str
    status: Text
    notes: tuple[Words, ...] = ()
    is_running: bool = True


def connections(sources: Sequence[Source]) -> tuple[Connection, ...]:
    """Return the connections that receive events; several with one name are numbered."""
    several = Counter(source.title for source in sources)
    numbers = Counter[object]()
    found = []
    for source in sources:
        numbers[source.title] += 1
        number = f" {numbers[source.title]}" if several[source.title] > 1 else ""
        notes = source.sheet().notes
        found.append(Connection(source, f"{source.title}{number}", source.status, notes, is_running=source.is_running))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class EventsState:
    """
    The state of the events.

    Attributes:
        facts: The facts of the log; None until it is read.
        sources: The connections that receive events.
        filters: The filters.
        types: The types of events, each with its count.
        total: The number of events in the log.
        newest_ns: The time when the newest one arrived.
        found: The filtered events, newest first.
        page: The current page, from 0.
        is_held: Whether updates are paused.
        news: The number of newer events not shown.
        chosen: The event whose details are shown.
        busy_text: The text shown while a connection is started or stopped.
        round: Increases with each change of the filters that was not typed.
        failure: The last error; None if there was none.
        bad_time: The field with an invalid time; empty if there is none.
    """

    facts: LogStatus | None = None
    sources: tuple[Connection, ...] = ()
    filters: Filters = field(default_factory=Filters)
    types: tuple[tuple[str, int], ...] = ()
    total: int = 0
    newest_ns: int = 0
    found: Sequence[Event] = ()
    page: int = 0
    is_held: bool = False
    news: int = 0
    chosen: Event | None = None
    busy_text: str = ""
    round: int = 0
    failure: Failure | None = None
    bad_time: str = ""

    @property
    def pages(self) -> int:
        """The number of pages; at least one."""
        return max(-(-len(self.found) // ROWS_A_PAGE), 1)

    @property
    def on_page(self) -> Sequence[Event]:
        """The events on the page."""
        start = self.page * ROWS_A_PAGE
        return self.found[start : start + ROWS_A_PAGE]


@dataclass(frozen=True, slots=True)
class ReplyState:
    """
    The state of a reply to a robot message.

    Attributes:
        text: The reply as typed; each message keeps its own.
        busy_text: The text shown while it is being sent.
        sent: The replies to this message, each with its time.
        round: Increases each time the field is cleared other than by typing.
        failure: The last error; None if there was none.
    """

    text: str = ""
    busy_text: str = ""
    sent: tuple[tuple[str, str], ...] = ()
    round: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ActionsState:
    """
    The state of the actions.

    Attributes:
        action: The chosen action.
        events: The number of events to delete.
        before_ns: The time before which they arrived.
        typed: The count as typed.
        busy_text: The text shown while it is in progress.
        notice: Its outcome, as text.
        link: The address from which the browser downloads the file; empty if there is none.
        round: Increases each time the count is cleared other than by typing.
        failure: The last error; None if there was none.
        is_miscounted: Whether the error is about the typed count.
    """

    action: Action = ""
    events: int = 0
    before_ns: int = 0
    typed: str = ""
    busy_text: str = ""
    notice: str = ""
    link: str = ""
    round: int = 0
    failure: Failure | None = None
    is_miscounted: bool = False
