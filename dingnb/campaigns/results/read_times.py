"""How many had read a message when, as far as dingnb learnt it by asking."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.status import Status
from dingnb.tables.factorize import Numbers
from dingnb.tables.timestamps import ZONE

Moments: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.datetime64]]"


@dataclass(frozen=True, slots=True)
class Reads:
    """
    A step for each time at which dingnb learnt of reads.

    Attributes:
        moments: When; datetime64[ms], as clocks in Beijing show it.
        read: How many it knew by then to have read the message.
    """

    moments: Moments
    read: Numbers

    def thinned(self, most: int) -> "Reads":
        """Return at most so many steps, at even distances in time; the last of all is among them."""
        if len(self.moments) <= most:
            return self
        times = self.moments.astype(np.int64)
        edges = np.linspace(times[-1], times[0], most).round()
        at = np.unique(np.searchsorted(times, edges, side="right") - 1)
        return Reads(self.moments[at], self.read[at])


def reads_over_time(people: pd.DataFrame) -> Reads:
    """
    Return how many had read it when.

    Args:
        people: One row for each person, with the columns `status` and `updated_at` of `Campaign.results`.
    """
    moments, counts = np.unique(
        in_beijing(people.loc[people["status"] == Status.READ, "updated_at"]), return_counts=True
    )
    return Reads(moments, counts.cumsum())


def in_beijing(times: "pd.Series[Any]") -> Moments:
    """Return the times that are known as clocks in Beijing show them; datetime64[ms]."""
    known = times.dropna()
    local = known.dt.tz_convert(ZONE).dt.tz_localize(None)
    return np.asarray(local.to_numpy(dtype="datetime64[ms]"))
