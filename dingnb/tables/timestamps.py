"""Times as columns of DataFrames, to the millisecond, in DingTalk's time zone."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dingnb.clock import NS_PER_MS
from dingnb.tables.factorize import IntArray

ZONE = "Asia/Shanghai"
"""Time zone of all displayed times and of DingTalk's days."""

_NOT_A_TIME = np.iinfo(np.int64).min


def timestamps(times_ns: Sequence[int | None]) -> pd.DatetimeIndex:
    """Return times in nanoseconds since the epoch as a column in `ZONE`; None and 0 become NaT."""
    return timestamps_of_array(np.array([time or 0 for time in times_ns], dtype=np.int64))


def timestamps_of_array(times_ns: IntArray) -> pd.DatetimeIndex:
    """Return an array of times as a column, like `timestamps`; 0 becomes NaT."""
    return timestamps_of_ms(times_ns // NS_PER_MS)


def timestamps_of_ms(times_ms: IntArray) -> pd.DatetimeIndex:
    """Return an array of times in milliseconds since the epoch as a column, like `timestamps`; 0 becomes NaT."""
    stamps = np.where(times_ms == 0, _NOT_A_TIME, times_ms)
    return pd.DatetimeIndex(stamps.view("M8[ms]"), tz="UTC").tz_convert(ZONE)


def dates_of_ms(times_ms: IntArray) -> pd.DatetimeIndex:
    """Return the days in `ZONE` of times in milliseconds since the epoch: midnights without a zone; 0 becomes NaT."""
    return timestamps_of_ms(times_ms).tz_localize(None).normalize()


def is_in_other_zone(moment: datetime) -> bool:
    """
    Return whether a time has a time zone in which clocks show another time than in `ZONE`.

    >>> is_in_other_zone(datetime.fromisoformat("2026-11-30 16:30Z")), is_in_other_zone(datetime(2026, 11, 30))
    (True, False)
    """
    return moment.tzinfo is not None and moment.utcoffset() != ZoneInfo(ZONE).utcoffset(moment)


def to_second(value: object) -> object:
    """Return a time without fractions of a second, which Excel shows as microseconds; other values unchanged."""
    return value.floor("s") if isinstance(value, pd.Timestamp) else value
