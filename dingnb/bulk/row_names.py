"""What rows are called: where somebody has the file before them, as it counts its own; else as the index does."""

from collections.abc import Hashable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from dingnb.bulk.cells import show
from dingnb.bulk.numbering import Numbers
from dingnb.errors import InputError
from dingnb.language import say

_MET = "dingnb"
_NAMED_BY = "index"


def name_by_line(frame: pd.DataFrame, lines: Sequence[int], called: str) -> pd.DataFrame:
    """
    Return a frame whose index is the lines of the file that its rows were read from.

    Args:
        frame: The rows.
        lines: The line, or the row of Excel, of each; they grow.
        called: What these are called: the index's name, unless a column has it.
    """
    taken = set(frame.columns)
    name = next(one for one in (called, *(f"{called} ({n})" for n in range(2, len(taken) + 3))) if one not in taken)
    frame.index = pd.Index(np.asarray(lines, dtype=np.int64), name=name)
    frame.attrs[_MET] = {**frame.attrs.get(_MET, {}), _NAMED_BY: name}
    return frame


def is_named_by_line(frame: pd.DataFrame) -> bool:
    """Return whether a frame's rows still stand in the order of the file, and are called by its lines."""
    met = frame.attrs.get(_MET)
    name = met.get(_NAMED_BY) if isinstance(met, dict) else None
    index = frame.index
    return name is not None and list(index.names) == [name] and index.dtype == np.int64 and _grows(index)


def numbers_of_rows(frame: pd.DataFrame) -> Numbers:
    """
    Return the numbers by which a form names rows, growing: the lines of the file, else the positions from 0.

    >>> numbers_of_rows(pd.DataFrame({"userid": ["a", "b"]}, index=["x", "y"])).tolist()
    [0, 1]
    """
    return frame.index.to_numpy() if is_named_by_line(frame) else np.arange(len(frame))


def position_of(numbers: Numbers, number: int) -> int:
    """
    Return the position of the row with a number; where none has it, of the next one, or of the last.

    >>> position_of(np.array([2, 3, 7]), 5), position_of(np.array([2, 3, 7]), 9)
    (2, 2)
    """
    return max(min(int(np.searchsorted(numbers, number)), len(numbers) - 1), 0)


def find_row(frame: pd.DataFrame, row: object, label: Hashable = None) -> int:
    """
    Return the position of the row that somebody means.

    Args:
        frame: The rows.
        row: Its position, from 0; negative ones count from the end.
        label: A label of the index, instead of a position; the first row of several that have it.

    Raises:
        InputError: There is no such row.
    """
    if label is not None:
        try:
            found = frame.index.get_indexer_for(cast("pd.Index[Any]", [label]))
        except (AssertionError, LookupError, TypeError, ValueError):
            found = np.array([-1])
        if found[0] < 0:
            raise InputError(say("frame.bad_label", label=label), say("frame.bad_row_todo"))
        return int(found[0])
    if not isinstance(row, int | np.integer) or not -len(frame) <= row < len(frame):
        raise InputError(say("frame.bad_position", row=row, last=len(frame) - 1), say("frame.bad_row_todo"))
    return int(row) % len(frame)


def heading_of_rows(index: pd.Index) -> str:
    """Return what a table calls the column of its rows' labels: the index's name, where it has one."""
    return show(index.name) or say("plan.row")


def _grows(index: pd.Index) -> bool:
    return index.is_monotonic_increasing and index.is_unique
