"""Looks for the rows that hold a text, and tells of them while it does."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dingnb.bulk.row_search import find_rows
from dingnb.ui.compose.state import Search

if TYPE_CHECKING:
    from dingnb.bulk.numbering import Numbers


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
