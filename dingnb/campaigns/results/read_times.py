"""The number of readers over time, by the refreshes that reported them."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.status import Status
from dingnb.tables.factorize import IntArray
from dingnb.tables.timestamps import ZONE

Times: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.datetime64]]"

_MAX_GAP = np.timedelta64(5, "s")
"""Maximum time between two answers of the same refresh."""


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    """
    The number of readers over time: one step for each refresh that reported reads.

    Attributes:
        times: The times of the refreshes; datetime64[ms], local time in Beijing.
        readers: The number of people known to have read the message by each of these times.
    """

    times: Times
    readers: IntArray

    def thin(self, max_steps: int) -> "ReadTimeline":
        """Return at most `max_steps` steps, at even intervals and including the last."""
        if len(self.times) <= max_steps:
            return self
        times = self.times.astype(np.int64)
        edges = np.linspace(times[-1], times[0], max_steps).round()
        at = np.unique(np.searchsorted(times, edges, side="right") - 1)
        return ReadTimeline(self.times[at], self.readers[at])


def reads_over_time(people: pd.DataFrame) -> ReadTimeline:
    """
    Return the number of readers over time.

    Args:
        people: One row for each person, with the columns `status` and `updated_at` of `Campaign.results`.
    """
    times, counts = np.unique(in_beijing(people.loc[people["status"] == Status.READ, "updated_at"]), return_counts=True)
    # A refresh makes many calls in a row: one step, at the last of them.
    is_last = np.append(np.diff(times) > _MAX_GAP, True)[: len(times)]
    return ReadTimeline(times[is_last], counts.cumsum()[is_last])


def in_beijing(times: "pd.Series[Any]") -> Times:
    """Return the non-missing times as local time in Beijing; datetime64[ms]."""
    local = times.dropna().dt.tz_convert(ZONE).dt.tz_localize(None)
    return np.asarray(local.to_numpy(dtype="datetime64[ms]"))
