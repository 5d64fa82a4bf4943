"""Finds the rows of a frame that hold a text: a few thousand rows at a time, or, once prepared, at every key."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dingnb.tables.cells import cells_of, is_missing
from dingnb.tables.factorize import Numbers

_BETWEEN = "\x00"

ROWS_AT_ONCE = 5_000
"""Between two of these another thread may answer somebody who types."""


def find_rows(frame: pd.DataFrame, text: str) -> Iterator[Numbers]:
    """
    Yield the positions of the rows in which some cell holds a text, whatever its case; in order, part by part.

    Args:
        frame: The frame.
        text: What is sought.
    """
    sought = text.casefold()
    for start in range(0, len(frame), ROWS_AT_ONCE):
        part = frame.iloc[start : start + ROWS_AT_ONCE]
        holds = np.zeros(len(part), dtype=bool)
        for number in range(part.shape[1]):
            texts = _texts(part.iloc[:, number])
            # Most parts hold it nowhere, which is seen at once.
            if sought in _BETWEEN.join(texts).casefold():
                holds |= np.fromiter((sought in one.casefold() for one in texts), bool, len(part))
        yield np.flatnonzero(holds) + start


class Finder:
    """
    Finds the rows that hold a text, again and again: each distinct value is looked at once.

    Args:
        columns: What is sought in, all of one length; numbers and missing values as well.
    """

    def __init__(self, columns: Sequence["pd.Series[Any]"]) -> None:
        self._columns = [_prepared(column) for column in columns]

    def find(self, text: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Return for each row whether one of its cells holds a text, whatever its case."""
        sought = text.casefold()
        holds: Any = False
        for numbers, values in self._columns:
            holds |= np.fromiter((sought in one for one in values), bool, len(values))[numbers]
        return np.asarray(holds)


def _prepared(column: "pd.Series[Any]") -> tuple[Numbers, list[str]]:
    """Return for each row the number of its text, -1 where it has none; and the texts, without case."""
    # Whatever stands in a column of objects may have no hash; its text has.
    values = pd.Series(_texts(column), dtype=object) if column.dtype == object else column
    numbers, distinct = pd.factorize(values)
    return numbers, [*(one.casefold() for one in _texts(pd.Series(distinct))), ""]


def _texts(column: "pd.Series[Any]") -> list[str]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "mM":
        return ["" if gone else str(one) for one, gone in zip(column.astype(str), column.isna(), strict=True)]
    return ["" if is_missing(one) else str(one) for one in cells_of(column)]
