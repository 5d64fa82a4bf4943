"""The display of an event log outside of forms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from dingnb.display import Sheet, Table
from dingnb.events.event import Event
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count

_SHOWN = 10
_PEOPLE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class LogFacts:
    """
    The facts about a log besides its events.

    Attributes:
        mode: ``SANDBOX`` or ``LIVE``.
        app: The app, masked.
        sources: The sources of events, with their state and problem, if any.
        is_storing: Whether events are stored in the ledger.
        dropped: The number of events dropped from memory.
        failures: The number of failed handler calls.
        read_error: Why the ledger could not be read last time; empty if it could.
    """

    mode: str
    app: str
    sources: tuple[tuple[Text, Text, Text], ...]
    is_storing: bool
    dropped: int
    failures: int
    read_error: Text


def log_sheet(events: Sequence[Event], facts: LogFacts) -> Sheet:
    """Return the display of a log: its sources, the number of events by type, and the last events."""
    shown: tuple[tuple[Text, Text | str], ...] = (
        (Text("plan.app"), facts.app),
        *((title, status) for title, status, _ in facts.sources),
        (Text("event.count"), count("event", len(events))),
        (Text("event.kept"), Text("event.kept_yes" if facts.is_storing else "event.kept_no")),
    )
    notes = [problem for _, _, problem in facts.sources if problem]
    if not events:
        notes.append(Text("event.none_yet_waits" if facts.sources else "event.none_yet"))
    if facts.read_error:
        notes.append(facts.read_error)
    if facts.dropped:
        notes.append(Text("event.gone", events=count("event", facts.dropped)))
    if facts.failures:
        notes.append(Text("event.handler_failed", n=count("time", facts.failures)))
    tables = (_types_table(events), _last_table(events)) if events else ()
    return Sheet(Text("event.title"), facts.mode, shown, tuple(notes), tables)


def _types_table(events: Sequence[Event]) -> Table:
    counted = Counter(event.type for event in events)
    ranked = counted.most_common()
    rows = [(name, f"{n:,}") for name, n in ranked[:_SHOWN]]
    rest = ranked[_SHOWN:]
    more = Text("event.more_types", n=len(rest), events=count("event", sum(n for _, n in rest))) if rest else NOTHING
    return Table(Text("event.types"), (Text("event.type"), Text("event.how_many")), rows, more)


def _last_table(events: Sequence[Event]) -> Table:
    last = list(islice(reversed(events), _SHOWN))
    times = timestamps([event.happened_ns for event in last]).strftime("%m-%d %H:%M:%S")
    rows = [(when, one.type, _people(one.userids)) for when, one in zip(times, last, strict=True)]
    header = (Text("event.time"), Text("event.type"), Text("event.people"))
    return Table(Text("event.last"), header, rows)


def _people(userids: Sequence[str]) -> str:
    return ", ".join([*userids[:_PEOPLE_SHOWN], *(["…"] if len(userids) > _PEOPLE_SHOWN else [])])
