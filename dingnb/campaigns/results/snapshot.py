"""What a campaign is at one moment, as far as a form shows it."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from dingnb.campaigns.report.funnel import Funnel, count_repeats, funnel_of
from dingnb.campaigns.results.read_times import Reads, reads_over_time
from dingnb.campaigns.status import STATUSES
from dingnb.tables.row_search import Finder

if TYPE_CHECKING:
    from dingnb.tables.factorize import Numbers

_SOUGHT = ("userid", "status", "reason", "hint", "code", "task_id")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    The results of a campaign at one moment.

    Attributes:
        frame: One row for each row of the input, as `Campaign.results` returns it.
        keep: The columns of the input that stand in front.
        people: One row of it for each person.
        summary: How many people have which status, as `Campaign.summary` returns it.
        is_whole: Whether it has the rows that were not sent to as well, which the ledger does not keep.
    """

    frame: pd.DataFrame
    keep: tuple[Hashable, ...]
    people: pd.DataFrame
    summary: pd.DataFrame
    is_whole: bool

    @cached_property
    def funnel(self) -> Funnel:
        """How many people came how far."""
        return funnel_of(
            {str(status): int(n) for status, n in self.summary["people"].items()}, count_repeats(self.people)
        )

    @cached_property
    def reads(self) -> Reads:
        """How many had read it when."""
        return reads_over_time(self.people)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows have each status that some row has, in the order of the statuses."""
        found = np.bincount(self._codes + 1, minlength=len(STATUSES) + 1)[1:].tolist()
        return {str(status): n for status, n in zip(STATUSES, found, strict=True) if n}

    def find(self, status: str, text: str) -> "Numbers | None":
        """
        Return the positions of the rows that have a status, and hold a text.

        Args:
            status: The status; empty for any.
            text: What is sought in the ids, the reasons, what to do, the codes and the kept columns; empty for all.

        Returns:
            The positions, in order; None where all rows are meant.
        """
        if not status and not text:
            return None
        holds = self._codes == STATUSES.index(status) if status else np.ones(len(self.frame), dtype=bool)
        return np.flatnonzero(holds & self.finder.find(text) if text else holds)

    @cached_property
    def finder(self) -> Finder:
        """Finds the rows that hold a text."""
        kept = [self.frame.iloc[:, number] for number in range(len(self.keep))]
        labels = [] if isinstance(self.frame.index, pd.RangeIndex) else [self.frame.index.to_series()]
        return Finder([*kept, *labels, *(self.frame[name] for name in _SOUGHT)])

    @cached_property
    def _codes(self) -> "Numbers":
        return cast("Numbers", self.frame["status"].cat.codes.to_numpy(dtype=np.int64))
