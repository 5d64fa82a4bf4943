"""The search for rows in the compose form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dingnb.tables.row_search import find_rows

if TYPE_CHECKING:
    from dingnb.tables.factorize import Numbers


@dataclass(frozen=True, slots=True)
class Search:
    """
    A search for a row.

    Attributes:
        query: The text to find.
        found: The positions of the rows found so far.
        is_over: Whether all rows have been searched.
    """

    query: str = ""
    found: "Numbers" = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    is_over: bool = True

    def beside(self, position: int, by: int) -> int:
        """
        Return the next row found after a position, or the one before it if `by` is -1; it wraps around at the ends.

        >>> search = Search("a", np.array([2, 5]))
        >>> search.beside(2, 1), search.beside(3, -1), search.beside(5, 1)
        (5, 2, 2)
        """
        at = int(np.searchsorted(self.found, position + (by > 0))) - (by < 0)
        return int(self.found[at % len(self.found)])


NO_SEARCH = Search()
"""No search."""


def search_rows(frame: pd.DataFrame, query: str, is_over: Callable[[], bool]) -> Iterator[Search]:
    """
    Yield the search with its first row, whenever it has twice as many rows, and when it is over.

    Args:
        frame: The rows.
        query: The text to find.
        is_over: Called every few thousand rows; returns whether to end early, and may wait.
    """
    parts: list[Numbers] = []
    found = shown = 0
    for part in find_rows(frame, query):
        if is_over():
            return
        if not len(part):
            continue
        parts.append(part)
        found += len(part)
        # Each one redraws the whole form, which a text found everywhere would do hundreds of times.
        if found >= 2 * shown:
            shown = found
            yield Search(query, np.concatenate(parts), is_over=False)
    yield Search(query, np.concatenate(parts)) if parts else Search(query)
