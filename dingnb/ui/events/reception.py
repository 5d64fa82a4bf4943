"""What receives events, as the form tells it: by name, how it stands, and what is wrong with it."""

from collections import Counter
from collections.abc import Sequence

from dingnb.events.receiver import Receiver
from dingnb.events.source import Source
from dingnb.events.stream.stream import Stream
from dingnb.ui.events.state import Reception
from dingnb.ui.plain import plain

_FAILED = "failed"


def receptions(sources: Sequence[Source]) -> tuple[Reception, ...]:
    """Return what receives events; several of one name are numbered."""
    several = Counter(one.title for one in sources)
    numbers: Counter[str] = Counter()
    told = []
    for one in sources:
        numbers[one.title] += 1
        number = f" {numbers[one.title]}" if several[one.title] > 1 else ""
        told.append(Reception(one, f"{one.title}{number}", plain(one.standing), _notes(one), _has_ended(one)))
    return tuple(told)


def _notes(source: Source) -> tuple[str, ...]:
    return tuple(map(plain, source.sheet().notes)) if isinstance(source, Stream | Receiver) else ()


def _has_ended(source: Source) -> bool:
    if isinstance(source, Stream):
        return source.state == _FAILED
    return isinstance(source, Receiver) and not source.is_running
