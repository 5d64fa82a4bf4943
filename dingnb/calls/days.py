"""Days in Beijing: those in which DingTalk drops a text that a person had already, and times in words."""

from datetime import datetime

from dingnb.clock import BEIJING, NS_PER_S, seconds
from dingnb.limits import Limits
from dingnb.words import Text

_DAY_NS = 24 * 3_600 * NS_PER_S
FROM_MIDNIGHT_S = 15 * 60
"""So far from midnight a call and its repeat have to be: how exactly DingTalk's day ends is not documented."""


def day_span_ns(limits: Limits, at_ns: int) -> tuple[int, int]:
    """Return the first instant of the day of a time, and that of the next one."""
    offset_ns = limits.day_starts_at_utc_offset_h * 3_600 * NS_PER_S
    start_ns = (at_ns + offset_ns) // _DAY_NS * _DAY_NS - offset_ns
    return start_ns, start_ns + _DAY_NS


def is_well_inside(at_ns: int, span_ns: tuple[int, int]) -> bool:
    """Return whether a time lies in a day, and not near its midnights."""
    margin_ns = seconds(FROM_MIDNIGHT_S)
    return span_ns[0] + margin_ns <= at_ns < span_ns[1] - margin_ns


def date_of(at_ns: int) -> str:
    """
    Return the day of a time, in Beijing, as files have it.

    >>> date_of(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING).strftime("%Y-%m-%d")


def day_in_words(at_ns: int) -> Text:
    """
    Return the day of a time, in Beijing, as a sentence has it.

    >>> str(day_in_words(1_793_581_200_000_000_000))
    '2 November 2026'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text(f"date.month_{at.month}", day=at.day, year=at.year)


def moment_in_words(at_ns: int) -> Text:
    """
    Return the day and the time of the day, in Beijing, as a sentence has it.

    >>> str(moment_in_words(1_793_581_200_000_000_000))
    '2 November 2026, 09:00'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text("date.moment", day=day_in_words(at_ns), time=f"{at:%H:%M}")


def day_in_digits(at_ns: int) -> str:
    """
    Return the day of a time, in Beijing, as a name has it.

    >>> day_in_digits(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return f"{datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING):%Y-%m-%d}"
