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
        keeps: Whether events are stored in the ledger.
        gone: The number of events dropped from memory.
        failures: The number of failed handler calls.
        unread: Why the ledger could not be read last time; empty if it could.
    """

    mode: str
    app: str
    sources: tuple[tuple[Text, Text, Text], ...]
    keeps: bool
    gone: int
    failures: int
    unread: Text


def log_sheet(events: Sequence[Event], facts: LogFacts) -> Sheet:
    """Return the display of a log: its sources, the number of events by type, and the last events."""
    shown: tuple[tuple[Text, Text | str], ...] = (
        (Text("plan.app"), facts.app),
        *((title, standing) for title, standing, _ in facts.sources),
        (Text("event.count"), count("event", len(events))),
        (Text("event.kept"), Text("event.kept_yes" if facts.keeps else "event.kept_no")),
    )
    notes = [trouble for _, _, trouble in facts.sources if trouble]
    if not events:
        notes.append(Text("event.none_yet_waits" if facts.sources else "event.none_yet"))
    if facts.unread:
        notes.append(facts.unread)
    if facts.gone:
        notes.append(Text("event.gone", events=count("event", facts.gone)))
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
