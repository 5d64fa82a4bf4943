"""What a log of events shows outside of forms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from dingnb.display import Sheet, Table
from dingnb.events.event import Event
from dingnb.tables.timestamps import timestamps
from dingnb.words import count, say

_SHOWN = 10
_PEOPLE_SHOWN = 3


@dataclass(frozen=True, slots=True)
class LogFacts:
    """
    What is to be known of a log beside its events.

    Attributes:
        mode: ``SANDBOX`` or ``LIVE``.
        app: The app, masked.
        sources: What receives events, how it stands, and what is wrong with it, if something is.
        keeps: Whether what comes is kept in the ledger.
        gone: How many events are out of memory.
        failures: How often a handler failed.
        unread: Why the ledger could not be read when the events were last asked for; empty where it could be.
    """

    mode: str
    app: str
    sources: tuple[tuple[str, str, str], ...]
    keeps: bool
    gone: int
    failures: int
    unread: str


def log_sheet(events: Sequence[Event], facts: LogFacts) -> Sheet:
    """Return what the log shows: what receives, how many of which type, and the last ones."""
    shown = (
        (say("plan.app"), facts.app),
        *((title, standing) for title, standing, _ in facts.sources),
        (say("event.count"), count("event", len(events))),
        (say("event.kept"), say("event.kept_yes" if facts.keeps else "event.kept_no")),
    )
    notes = [trouble for _, _, trouble in facts.sources if trouble]
    if not events:
        notes.append(say("event.none_yet_waits" if facts.sources else "event.none_yet"))
    if facts.unread:
        notes.append(facts.unread)
    if facts.gone:
        notes.append(say("event.gone", events=count("event", facts.gone)))
    if facts.failures:
        notes.append(say("event.handler_failed", n=count("time", facts.failures)))
    tables = (_types_table(events), _last_table(events)) if events else ()
    return Sheet(say("event.title"), facts.mode, shown, tuple(notes), tables)


def _types_table(events: Sequence[Event]) -> Table:
    counted = Counter(event.type for event in events)
    ranked = counted.most_common()
    rows = [(name, f"{n:,}") for name, n in ranked[:_SHOWN]]
    rest = ranked[_SHOWN:]
    more = say("event.more_types", n=len(rest), events=count("event", sum(n for _, n in rest))) if rest else ""
    return Table(say("event.types"), (say("event.type"), say("event.how_many")), rows, more)


def _last_table(events: Sequence[Event]) -> Table:
    last = list(islice(reversed(events), _SHOWN))
    times = timestamps([event.happened_ns for event in last]).strftime("%m-%d %H:%M:%S")
    rows = [(when, one.type, _people(one.userids)) for when, one in zip(times, last, strict=True)]
    header = (say("event.time"), say("event.type"), say("event.people"))
    return Table(say("event.last"), header, rows)


def _people(userids: Sequence[str]) -> str:
    return ", ".join([*userids[:_PEOPLE_SHOWN], *(["…"] if len(userids) > _PEOPLE_SHOWN else [])])
