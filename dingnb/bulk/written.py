"""What a frame's cells hold for a file: whatever pandas and numpy made of numbers, times and ids is undone."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isnan
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from dingnb.bulk.headers import ID_COLUMNS, usual_name
from dingnb.messages.shown import Shown

_EXACT_FLOAT = 2**53

Cell = bool | int | float | Decimal | datetime | date | str | None
"""What a cell may hold; None is blank."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name as text, and its cells."""

    name: str
    cells: list[Cell]


def columns_of(frame: pd.DataFrame) -> list[Column]:
    """
    Return the columns of a frame, in front the levels of its index that have a name.

    Identifiers are text: `task_id`, and the columns that are usually called userid, mobile or job number.
    """
    index = frame.index
    named = [(name, index.get_level_values(at)) for at, name in enumerate(index.names) if name is not None]
    levels = [_column(name, values.astype(object).tolist()) for name, values in named]
    own = [_column(name, frame.iloc[:, at].astype(object).tolist()) for at, name in enumerate(frame.columns)]
    return [*levels, *own]


def _column(label: object, values: list[object]) -> Column:
    name = "" if _cell(label) is None else str(label)
    cells = [_cell(value) for value in values]
    if name == "task_id" or usual_name(name) in ID_COLUMNS:
        cells = [_as_id(cell) for cell in cells]
    return Column(name, cells)


def _cell(value: object) -> Cell:
    if type(value) is str:
        return value
    if isinstance(value, np.generic):
        value = _of_numpy(value)
    if isinstance(value, Shown):
        value = value.plain
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, bool | int | date) and not isinstance(value, Enum):
        return value
    return str(value)


def _of_numpy(value: np.generic) -> object:
    # What numpy itself makes of a time to the nanosecond is a number.
    return pd.Timestamp(value) if isinstance(value, np.datetime64) else value.item()


def _as_id(cell: Cell) -> Cell:
    """Return an identifier as text; ``123.0`` is what pandas makes of 123 in a column with blanks."""
    if cell is None or isinstance(cell, bool | date | str):
        return cell
    is_whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_FLOAT
    return str(int(cell)) if is_whole else str(cell)


def width_of(text: str) -> int:
    """
    Return how many letters wide a text is; one of Chinese is as wide as two.

    >>> width_of("王 Li")
    5
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
