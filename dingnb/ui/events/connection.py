"""The connections that receive events, as the form shows them."""

from collections import Counter
from collections.abc import Sequence

from dingnb.events.source import Source
from dingnb.ui.events.state import Reception


def receptions(sources: Sequence[Source]) -> tuple[Reception, ...]:
    """Return the connections that receive events; several with one name are numbered."""
    several = Counter(one.title for one in sources)
    numbers = Counter[object]()
    told = []
    for one in sources:
        numbers[one.title] += 1
        number = f" {numbers[one.title]}" if several[one.title] > 1 else ""
        notes = one.sheet().notes
        told.append(Reception(one, f"{one.title}{number}", one.standing, notes, is_running=one.is_running))
    return tuple(told)
