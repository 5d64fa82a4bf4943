"""The counts of deliveries while results are fetched, and the number of readers over time."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dingnb.campaigns.results.delivery_statistics import DeliveryCounts, reads_over_time
from dingnb.tables.timestamps import timestamps
from tests.table_rows import for_each

START_NS = 1_793_581_200_000_000_000  # 2 November 2026, 09:00 in Beijing


def people(minutes: list[int | None]) -> pd.DataFrame:
    """Return one row for each person, with the minutes until the message was read, if it was."""
    times = [None if minute is None else START_NS + minute * 60_000_000_000 for minute in minutes]
    status = ["delivered" if minute is None else "read" for minute in minutes]
    return pd.DataFrame({"status": status, "updated_at": timestamps(times)})


def test_there_is_one_step_for_each_time_in_beijing() -> None:
    reads = reads_over_time(people([5, None, 0, 5, None]))
    assert [str(time) for time in reads.times] == ["2026-11-02T09:00:00.000", "2026-11-02T09:05:00.000"]
    assert reads.readers.tolist() == [1, 3]


def test_the_calls_of_one_refresh_are_one_step() -> None:
    at_ns = [START_NS + round(second * 1e9) for second in (0, 0.05, 0.1, 3, 60, 60.05)]
    frame = pd.DataFrame({"status": ["read"] * len(at_ns), "updated_at": timestamps(list(at_ns))})
    reads = reads_over_time(frame)
    assert [str(time) for time in reads.times] == ["2026-11-02T09:00:03.000", "2026-11-02T09:01:00.050"]
    assert reads.readers.tolist() == [4, 6]


def test_without_reads_there_is_no_step() -> None:
    for minutes in ([], [None, None]):
        reads = reads_over_time(people(minutes))
        assert len(reads.times) == len(reads.readers) == 0
        assert reads.thin(3) is reads


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=200), st.integers(1, 12))
def test_thinned_steps_keep_their_counts_and_the_last_step(minutes: list[int], max_steps: int) -> None:
    reads = reads_over_time(people(list(minutes)))
    thinned = reads.thin(max_steps)
    assert 1 <= len(thinned.times) <= max(max_steps, 1)
    assert thinned.readers[-1] == len(minutes)
    assert thinned.times[-1] == reads.times[-1]
    assert (np.diff(thinned.readers) > 0).all()
    known = dict(zip(reads.times.tolist(), reads.readers.tolist(), strict=True))
    assert [known[time] for time in thinned.times.tolist()] == thinned.readers.tolist()


@for_each(
    ("delivered", "wanted", "shown"),
    [
        (8_996, 0.9, "wait ended at 89.9% delivered, short of 90%"),
        (9_999, 1.0, "wait ended at 99.9% delivered, short of 100%"),
        (5_700, 0.9, "wait ended at 57% delivered, short of 90%"),
        (1, 0.9, "wait ended at <0.1% delivered, short of 90%"),
        (0, 0.9, "wait ended at 0% delivered, short of 90%"),
    ],
)
def test_a_share_that_falls_short_is_not_shown_as_the_wanted_one(delivered: int, wanted: float, shown: str) -> None:
    counts = DeliveryCounts(people=10_000, reported=10_000, delivered=delivered, read=0, readable=10_000, not_sent=0)
    assert list(map(str, counts.shortfall("delivered", wanted))) == [shown]
