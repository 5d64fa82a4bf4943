"""The days in which DingTalk drops a text that a person had already."""

from dingnb.clock import NS_PER_S, seconds
from dingnb.limits import Limits

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
