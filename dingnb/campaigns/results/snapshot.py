"""Snapshots of a campaign's results for forms."""

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

_SEARCHED = ("userid", "status", "reason", "hint", "code", "task_id")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """
    The results of a campaign at one time.

    Attributes:
        frame: One row for each row of the input, as `Campaign.results` returns it.
        keep: The columns of the input in front.
        people: One row of it for each person.
        summary: The number of people by status, as `Campaign.summary` returns it.
        has_rejected_rows: Whether rejected rows, which the ledger does not store, are included.
    """

    frame: pd.DataFrame
    keep: tuple[Hashable, ...]
    people: pd.DataFrame
    summary: pd.DataFrame
    has_rejected_rows: bool

    @cached_property
    def funnel(self) -> Funnel:
        """The delivery funnel."""
        return funnel_of(
            {str(status): int(n) for status, n in self.summary["people"].items()}, count_repeats(self.people)
        )

    @cached_property
    def reads(self) -> Reads:
        """The number of readers over time."""
        return reads_over_time(self.people)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of rows by status, for statuses with rows, in the order of the statuses."""
        found = np.bincount(self._codes + 1, minlength=len(STATUSES) + 1)[1:].tolist()
        return {str(status): n for status, n in zip(STATUSES, found, strict=True) if n}

    def find(self, status: str, text: str) -> "Numbers | None":
        """
        Return the positions of the rows with a status that contain a text.

        Args:
            status: The status; empty for any.
            text: The text, searched in ids, reasons, hints, codes and kept columns; empty for all rows.

        Returns:
            The positions in order; None for all rows.
        """
        if not status and not text:
            return None
        matches = self._codes == STATUSES.index(status) if status else np.ones(len(self.frame), dtype=bool)
        return np.flatnonzero(matches & self.finder.find(text) if text else matches)

    @cached_property
    def finder(self) -> Finder:
        """Finds the rows that contain a text."""
        kept = [self.frame.iloc[:, number] for number in range(len(self.keep))]
        labels = [] if isinstance(self.frame.index, pd.RangeIndex) else [self.frame.index.to_series()]
        return Finder([*kept, *labels, *(self.frame[name] for name in _SEARCHED)])

    @cached_property
    def _codes(self) -> "Numbers":
        return cast("Numbers", self.frame["status"].cat.codes.to_numpy(dtype=np.int64))
