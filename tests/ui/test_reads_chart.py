"""The chart of readers over time."""

import re

import numpy as np
import pytest

from dingnb.campaigns.results.delivery_statistics import ReadTimeline
from dingnb.ui.results.reads_chart import reads_chart

SENT = np.datetime64("2026-11-29T10:00", "ms")


def chart(*minutes: int, sent_at: "np.datetime64 | None" = SENT) -> str:
    times = SENT + np.array(minutes, dtype="timedelta64[m]")
    return reads_chart(ReadTimeline(times, np.arange(1, len(minutes) + 1)), 9, sent_at)


def ticks(svg: str) -> list[str]:
    return re.findall(r'text-anchor="middle">([^<]+)<', svg)


@pytest.mark.parametrize(
    ("minutes", "label"),
    [
        (1, r"\d\d:\d\d:\d\d"),
        (120, r"\d\d:\d\d"),
        (30 * 60, r"\d\d-\d\d \d\d:\d\d"),
        (60 * 60, r"\d\d-\d\d \d\d:\d\d"),
        (20 * 24 * 60, r"\d\d-\d\d"),
        (3 * 365 * 24 * 60, r"\d{4}-\d\d-\d\d"),
    ],
)
def test_ticks_have_different_labels(minutes: int, label: str) -> None:
    labels = ticks(chart(minutes))
    assert len(labels) >= 2
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(label, text) for text in labels)


def test_nobody_had_read_it_only_before_the_first_reads() -> None:
    assert "None read at 11-29 10:00:00; at 11-29 10:30:00, 2 read, of 9 delivered." in chart(10, 30)
    for sent_at in (None, SENT + np.timedelta64(20, "m")):
        svg = chart(10, 30, sent_at=sent_at)
        assert "None read" not in svg
        assert "At 11-29 10:30:00, 2 read, of 9 delivered." in svg


def test_the_scale_counts_people_since_shares_on_the_page_are_of_the_whole_list() -> None:
    for delivered, labels in ((9, ["0", "9"]), (2_000, ["0", "1,000", "2,000"]), (1, ["0", "1"])):
        times = SENT + np.array([10], dtype="m8[m]")
        svg = reads_chart(ReadTimeline(times, np.array([1])), delivered, SENT)
        assert re.findall('text-anchor="end">(.*?)</text>', svg) == labels
        assert "%" not in svg
