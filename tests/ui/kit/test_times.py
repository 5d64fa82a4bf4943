"""Times as forms show them."""

import pandas as pd

from dingnb.ui.kit.times import format_recent
from tests.table_rows import for_each

NOON_NS = pd.Timestamp("2026-11-30 12:00", tz="Asia/Shanghai").value


@for_each(
    ("at", "shown"),
    [
        # Already the 30th in Beijing.
        (pd.Timestamp("2026-11-29 16:00:01", tz="UTC"), "00:00:01"),
        (pd.Timestamp("2026-11-29 15:59:59", tz="UTC"), "11-29 23:59"),
        (pd.Timestamp("2025-12-31 15:59:59", tz="UTC"), "2025-12-31"),
        (pd.Timestamp("2026-12-01 09:30", tz="Asia/Shanghai"), "12-01 09:30"),
        (pd.NaT, ""),
    ],
)
def test_a_recent_time_is_shown_without_what_is_clear_now(at: object, shown: str) -> None:
    assert format_recent(at, NOON_NS) == shown
