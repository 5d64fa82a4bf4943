"""Times as forms show them, in Beijing time."""

import pandas as pd

from dingnb.tables.cells import is_missing
from dingnb.tables.timestamps import ZONE

DATE = "%Y-%m-%d"
TIME_TO_MINUTE = "%H:%M"
TIME_TO_SECOND = "%H:%M:%S"
DATETIME_TO_MINUTE = "%Y-%m-%d %H:%M"
DATETIME_TO_SECOND = "%Y-%m-%d %H:%M:%S"
DATETIME_TO_MINUTE_WITHOUT_YEAR = "%m-%d %H:%M"
DATETIME_TO_SECOND_WITHOUT_YEAR = "%m-%d %H:%M:%S"


def format_timestamp(at: object, pattern: str = DATETIME_TO_SECOND) -> str:
    """Return a time with a zone as text; empty if it is missing."""
    return "" if is_missing(at) else pd.Timestamp(at).tz_convert(ZONE).strftime(pattern)  # type: ignore[arg-type]


def format_recent(at: object, now_ns: int) -> str:
    """Return a time as short as is clear now: without the day if it is today's, without the hour in another year."""
    day, today = format_timestamp(at, DATE), format_time(now_ns, DATE)
    if day == today:
        return format_timestamp(at, TIME_TO_SECOND)
    return format_timestamp(at, DATETIME_TO_MINUTE_WITHOUT_YEAR) if day[:4] == today[:4] else day


def format_time(at_ns: int, pattern: str = DATETIME_TO_SECOND) -> str:
    """Return a time in nanoseconds since the epoch as text."""
    return format_timestamp(pd.Timestamp(at_ns, tz="UTC"), pattern)
