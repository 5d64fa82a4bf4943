"""Times as forms show them, in Beijing time."""

import pandas as pd

from dingnb.tables.cells import is_missing
from dingnb.tables.timestamps import ZONE

DAY = "%m-%d"
CLOCK = "%H:%M:%S"
SHORT = "%m-%d %H:%M:%S"
TIME = "%H:%M"
DATE = "%Y-%m-%d"
MINUTE = "%Y-%m-%d %H:%M"
WHOLE = "%Y-%m-%d %H:%M:%S"


def format_timestamp(at: object, pattern: str = WHOLE) -> str:
    """Return a time with a zone as text; empty if it is missing."""
    return "" if is_missing(at) else pd.Timestamp(at).tz_convert(ZONE).strftime(pattern)  # type: ignore[arg-type]


def format_time(at_ns: int, pattern: str = WHOLE) -> str:
    """Return a time in nanoseconds since the epoch as text."""
    return format_timestamp(pd.Timestamp(at_ns, tz="UTC"), pattern)
