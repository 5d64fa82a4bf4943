"""What the form of events shows, as values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dingnb.events.event import Event
from dingnb.events.log_sheet import LogFacts
from dingnb.events.source import Source
from dingnb.ui.kit.model import Failure
from dingnb.words import Text, Words

ROWS_A_PAGE = 15

When = Literal["", "hour", "today", "week", "other"]
Deed = Literal["", "export", "keep", "keep_off", "forget"]


@dataclass(frozen=True, slots=True)
class Filters:
    """
    Which events are shown; what is empty leaves none out.

    Attributes:
        type: Only this type.
        when: Which time was chosen from the list; ``since`` and ``until`` are what it came to.
        since: Only from this time on, as `Events.to_frame` reads it.
        until: Only before this time, likewise.
        person: Only what is about this userid.
        text: Only what holds this text.
    """

    type: str = ""
    when: When = ""
    since: str = ""
    until: str = ""
    person: str = ""
    text: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """What `Events.to_frame` is called with, to have the same."""
        named = {name: getattr(self, name) for name in ("type", "since", "until", "person", "text")}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Reception:
    """
    What receives events.

    Attributes:
        source: What it is.
        name: What it is called.
        standing: How it stands.
        notes: What is to be told of it: why it does not work, what it refused.
        is_running: Whether it receives, or tries to; where not, it does so again only when it is started.
    """

    source: Source
    name: str
    standing: Text
    notes: tuple[Words, ...] = ()
    is_running: bool = True


@dataclass(frozen=True, slots=True)
class EventsState:
    """
    What is shown of the events.

    Attributes:
        facts: What is to be known of the log beside its events; None until it is read.
        sources: What receives events.
        filters: Which events are wanted.
        types: The types that came, each with how many.
        total: How many events are in the log.
        newest_ns: When the last of them came.
        found: The events that are shown, on all pages, the newest first.
        page: Which page of them, from 0.
        is_held: Whether the table stays as it is while events come.
        news: How many came since that are not shown.
        chosen: The event whose story is shown.
        doing: What is said while a channel is started or stopped.
        round: How often the filters were set other than by typing.
        failure: Why something did not work.
        bad_time: Which of the times that were typed is none.
    """

    facts: LogFacts | None = None
    sources: tuple[Reception, ...] = ()
    filters: Filters = field(default_factory=Filters)
    types: tuple[tuple[str, int], ...] = ()
    total: int = 0
    newest_ns: int = 0
    found: Sequence[Event] = ()
    page: int = 0
    is_held: bool = False
    news: int = 0
    chosen: Event | None = None
    doing: str = ""
    round: int = 0
    failure: Failure | None = None
    bad_time: str = ""

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(-(-len(self.found) // ROWS_A_PAGE), 1)

    @property
    def on_page(self) -> Sequence[Event]:
        """The events on the page."""
        start = self.page * ROWS_A_PAGE
        return self.found[start : start + ROWS_A_PAGE]


@dataclass(frozen=True, slots=True)
class AnswerState:
    """
    How a robot message is answered.

    Attributes:
        text: The answer as typed; that of each message stays with it.
        doing: What is said while it is sent.
        said: What was answered to the message that is shown, and when.
        round: How often the field was emptied other than by typing.
        failure: Why it did not work.
    """

    text: str = ""
    doing: str = ""
    said: tuple[tuple[str, str], ...] = ()
    round: int = 0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class DeedState:
    """
    What is done about the events.

    Attributes:
        deed: What somebody has chosen to do.
        events: Of what is to be forgotten: how many events.
        before_ns: Likewise: all that came before this time.
        typed: The count as typed.
        doing: What is said while it is done.
        said: What came of it.
        link: The file that was written, for the browser, as an address; empty where there is none.
        round: How often the count was emptied other than by typing.
        failure: Why something did not work.
        is_miscounted: Whether that is the typed count.
    """

    deed: Deed = ""
    events: int = 0
    before_ns: int = 0
    typed: str = ""
    doing: str = ""
    said: str = ""
    link: str = ""
    round: int = 0
    failure: Failure | None = None
    is_miscounted: bool = False
