"""Filters for events: by type, time, person and text."""

import numbers
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.recipients.exclusions import read_userids
from dingnb.tables.timestamps import ZONE
from dingnb.words import Text

# A year that pandas can represent in nanoseconds; "+0800" contains none.
_YEAR = re.compile(r"(?:1[6-9]|2[0-2])[0-9]{2}")
# A time of day with its fraction and zone; its digits are not a year.
_TIME_OF_DAY = re.compile(
    r"(?<![0-9])[0-9]{1,2}:[0-9]+(?::[0-9]+)?(?:[.,][0-9]+)?(?:\s*[A-Z]{0,4}\s*[+-][0-9]{2}:?[0-9]{2}(?![0-9-]))?"
)

# A day and a month in an ambiguous order.
_AMBIGUOUS_DATE = re.compile(r"(?<![0-9])(0?[1-9]|1[0-2])([./-])(?!\1\2)(?:0?[1-9]|1[0-2])\2[0-9]{4}(?![0-9])")

# A quarter, whose first day pandas returns with a warning.
_QUARTER = re.compile(r"[0-9]-?Q|Q-?[0-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """
    A filter for events; an event without a time is filtered by the time of its arrival.

    Attributes:
        types: Only these types; empty means all.
        first_ns: Only events at this time or later; None means all.
        end_ns: Only events before this time; None means all.
        people: Only events about any of these people; empty means all.
        text: Only events that contain this text, in lower case; empty means all.
    """

    types: frozenset[str] = frozenset()
    first_ns: int | None = None
    end_ns: int | None = None
    people: frozenset[str] = frozenset()
    text: str = ""

    @classmethod
    def parse(
        cls,
        types: str | Iterable[str] | None = None,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
    ) -> "EventFilter":
        """
        Return the filter for the arguments of `Events.to_frame`.

        Raises:
            InputError: An argument cannot be read.
        """
        if not isinstance(text, str | None):
            raise InputError(Text("event.bad_text", value=text), Text("event.bad_text_todo"))
        return cls(
            parse_types(types),
            None if since is None else parse_time(since, "since"),
            None if until is None else parse_time(until, "until"),
            _parse_people(person),
            (text or "").strip().casefold(),
        )

    def __call__(self, event: Event) -> bool:
        """Return whether an event passes the filter."""
        if self.types and event.type not in self.types:
            return False
        if self.first_ns is not None or self.end_ns is not None:
            happened_ns = event.happened_ns
            if self.first_ns is not None and happened_ns < self.first_ns:
                return False
            if self.end_ns is not None and happened_ns >= self.end_ns:
                return False
        if self.people and self.people.isdisjoint(event.userids):
            return False
        return not self.text or self.text in event.search_text


ALL_EVENTS = EventFilter()
"""The filter that every event passes."""


def parse_time(value: object, argument: str) -> int:
    """
    Return a time given by the user, in nanoseconds; a time without a zone is Beijing time.

    Raises:
        InputError: The value is not a time, or is ambiguous.
    """
    # Chinese input methods type full-width digits and colons.
    normalized = unicodedata.normalize("NFKC", value) if isinstance(value, str) else value
    # pandas would read seconds, such as time.time(), as nanoseconds since 1970, and "now" and "09:00+0800" in the zone
    # or on the date of this computer.
    is_ambiguous = isinstance(normalized, str) and (
        _AMBIGUOUS_DATE.search(normalized)
        or not _YEAR.search(_TIME_OF_DAY.sub(" ", normalized))
        or _QUARTER.search(normalized)
    )
    accepted = None if is_ambiguous or isinstance(normalized, numbers.Number) else normalized
    try:
        timestamp: Any = pd.Timestamp(accepted)  # type: ignore[arg-type] # it refuses what it cannot read
        zoned = timestamp.tz_localize(ZONE) if timestamp.tzinfo is None else timestamp
        at_ns = None if pd.isna(zoned) else int(zoned.as_unit("ns").value)
    except (ValueError, TypeError, OverflowError, AttributeError, NotImplementedError):
        at_ns = None
    if at_ns is None:
        raise InputError(Text("event.bad_time", argument=argument, value=value), Text("event.bad_time_todo"))
    return at_ns


def parse_types(types: object) -> frozenset[str]:
    """
    Return event types given by the user; empty means all.

    Raises:
        InputError: The value is neither a type's name nor a collection of names: a list, a Series and so on.
    """
    if types is None:
        return frozenset()
    named: Iterable[object] = [types]
    if isinstance(types, Iterable) and not isinstance(types, str | Mapping | pd.DataFrame):
        named = types
    names = {name.strip() if isinstance(name, str) else "" for name in named}
    if not names or "" in names:
        raise InputError(Text("event.bad_type", value=types), Text("event.bad_type_todo"))
    return frozenset() if "*" in names else frozenset(names)


def _parse_people(people: object) -> frozenset[str]:
    if people is None:
        return frozenset()
    named = [people] if isinstance(people, str) else people
    if isinstance(named, Iterable) and (userids := read_userids(named, "person")):
        return frozenset(userids)
    raise InputError(Text("event.bad_person", value=people), Text("event.bad_person_todo"))
