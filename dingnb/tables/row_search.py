"""Text search in the rows of a frame: incrementally, or repeatedly with a prepared `RowFinder`."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import CONTAINER_TYPES, FormattedValue
from dingnb.tables.cells import cells_of, is_missing, show
from dingnb.tables.factorize import BoolArray, IntArray

_SEPARATOR = "\x00"

ROWS_PER_STEP = 5_000
"""Number of rows per step, so that other threads can respond to the user in between."""


def find_rows(frame: pd.DataFrame, text: str) -> Iterator[IntArray]:
    """Yield the positions of the rows with a cell that contains a text, ignoring case, in order and in parts."""
    folded = text.casefold()
    has_times = [_has_times(frame.iloc[:, number]) for number in range(frame.shape[1])]
    for start in range(0, len(frame), ROWS_PER_STEP):
        part = frame.iloc[start : start + ROWS_PER_STEP]
        matches = np.zeros(len(part), dtype=bool)
        for number in range(part.shape[1]):
            texts = _texts(part.iloc[:, number], has_times=has_times[number])
            # Most parts do not contain the text at all, which this detects quickly.
            if folded in _SEPARATOR.join(texts).casefold():
                matches |= np.fromiter((folded in cell_text.casefold() for cell_text in texts), bool, len(part))
        yield np.flatnonzero(matches) + start


class RowFinder:
    """
    Repeated text search, which checks each distinct value only once.

    Args:
        columns: The columns to search, of the same length and any dtype.
    """

    def __init__(self, columns: Sequence["pd.Series[Any]"]) -> None:
        self._columns = [_prepare(column) for column in columns]

    def find(self, text: str) -> BoolArray:
        """Return whether each row has a cell that contains a text, ignoring case."""
        folded = text.casefold()
        matches: Any = False
        for numbers, values in self._columns:
            matches |= np.fromiter((folded in value for value in values), bool, len(values))[numbers]
        return np.asarray(matches)


def _prepare(column: "pd.Series[Any]") -> tuple[IntArray, list[str]]:
    """Return the number of each row's text and the case-folded texts; the number of a missing text is -1, the last."""
    # Objects in a column may be unhashable, but their texts are hashable.
    values = pd.Series(_texts(column, has_times=False), dtype=object) if column.dtype == object else column
    numbers, distinct = pd.factorize(values)
    texts = _texts(pd.Series(distinct), has_times=_has_times(column))
    return numbers, [*(text.casefold() for text in texts), ""]


def _has_times(column: "pd.Series[Any]") -> bool:
    """Return whether a column has a time of day other than midnight, or a duration that is not of whole days."""
    if not _is_temporal(column):
        return False
    values = column.dropna().to_numpy()
    return bool((values != values.astype(f"{column.dtype.kind}8[D]")).any())


def _is_temporal(column: "pd.Series[Any]") -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "mM"


def _texts(column: "pd.Series[Any]", *, has_times: bool) -> list[str]:
    """Return the text of each cell of a column, or of a part of the column to which `has_times` applies."""
    if _is_temporal(column):
        texts = column if has_times else column.astype(str)
        return ["" if is_na else str(text) for text, is_na in zip(texts, column.isna(), strict=True)]
    # Texts are searched as written, including texts that mean a missing value.
    return ["" if not isinstance(cell, str) and is_missing(cell) else _text(cell) for cell in cells_of(column)]


def _text(cell: object) -> str:
    if isinstance(cell, FormattedValue):
        # A value is found by its display text, such as 12.5%, and by the plain value, 0.125.
        return f"{show(cell)}{_SEPARATOR}{cell}"
    return show(cell) if isinstance(cell, (int, *CONTAINER_TYPES)) else str(cell)
