"""The search for a row of the compose form: what is sought, what was found, and the looking."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dingnb.bulk.row_search import find_rows

if TYPE_CHECKING:
    from dingnb.bulk.numbering import Numbers


@dataclass(frozen=True, slots=True)
class Search:
    """
    A search for a row.

    Attributes:
        query: What is sought.
        found: The positions of the rows that hold it, as far as is known.
        is_over: Whether all rows have been looked at.
    """

    query: str = ""
    found: "Numbers" = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    is_over: bool = True

    def beside(self, position: int, by: int) -> int:
        """
        Return the next row that was found behind a position, or before it where `by` is -1; round at the ends.

        >>> search = Search("a", np.array([2, 5]))
        >>> search.beside(2, 1), search.beside(3, -1), search.beside(5, 1)
        (5, 2, 2)
        """
        at = int(np.searchsorted(self.found, position + (by > 0))) - (by < 0)
        return int(self.found[at % len(self.found)])


NO_SEARCH = Search()
"""Nothing is sought."""


def seek(frame: pd.DataFrame, query: str, is_over: Callable[[], bool]) -> Iterator[Search]:
    """
    Yield what is found: when it is something at last, whenever it is twice as much, and when all rows were looked at.

    Args:
        frame: The rows.
        query: What is sought.
        is_over: Is asked every few thousand rows whether to end early; it may wait.
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
        # The whole form is shown each time; of a text that is everywhere that would be hundreds of times.
        if found >= 2 * shown:
            shown = found
            yield Search(query, np.concatenate(parts), is_over=False)
    yield Search(query, np.concatenate(parts)) if parts else Search(query)
