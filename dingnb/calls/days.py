"""DingTalk's days, by which it counts messages, and dates and times in Beijing as text."""

from datetime import datetime

from dingnb.clock import BEIJING, NS_PER_S, seconds_to_ns
from dingnb.limits import Limits
from dingnb.words import Text

_DAY_NS = 24 * 3_600 * NS_PER_S

MIDNIGHT_MARGIN_S = 15 * 60
"""Minimum distance of a call and its repeat from midnight, since the exact end of DingTalk's day is undocumented."""


def day_span_ns(limits: Limits, at_ns: int) -> tuple[int, int]:
    """Return the start of the day of a time, and the start of the next day."""
    offset_ns = limits.day_starts_at_utc_offset_h * 3_600 * NS_PER_S
    start_ns = (at_ns + offset_ns) // _DAY_NS * _DAY_NS - offset_ns
    return start_ns, start_ns + _DAY_NS


def is_well_inside(at_ns: int, span_ns: tuple[int, int]) -> bool:
    """Return whether a time lies in a day, but not within `MIDNIGHT_MARGIN_S` of its start or end."""
    margin_ns = seconds_to_ns(MIDNIGHT_MARGIN_S)
    return span_ns[0] + margin_ns <= at_ns < span_ns[1] - margin_ns


def format_day(at_ns: int) -> Text:
    """
    Return the date of a time in Beijing, for sentences.

    >>> str(format_day(1_793_581_200_000_000_000))
    '2 November 2026'
    """
    moment = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text(f"date.month_{moment.month}", day=moment.day, year=moment.year)


def format_moment(at_ns: int) -> Text:
    """
    Return the date and time of day in Beijing, for sentences.

    >>> str(format_moment(1_793_581_200_000_000_000))
    '2 November 2026, 09:00'
    """
    return Text("date.moment", day=format_day(at_ns), time=time_of_day(at_ns))


def time_of_day(at_ns: int) -> str:
    """
    Return the time of day in Beijing.

    >>> time_of_day(1_793_581_200_000_000_000)
    '09:00'
    """
    return f"{datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING):%H:%M}"


def iso_day(at_ns: int) -> str:
    """
    Return the date of a time in Beijing, for names and files.

    >>> iso_day(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return f"{datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING):%Y-%m-%d}"
