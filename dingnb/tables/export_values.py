"""What a spreadsheet would take for a formula, and how a text is kept from being one in a CSV file."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isnan
from typing import Final
from unicodedata import east_asian_width, normalize

import numpy as np
import pandas as pd

from dingnb.messages.cell_values import Shown
from dingnb.tables.cells import BLANKS
from dingnb.tables.headers import ID_COLUMNS, usual_name

_STARTS: Final = frozenset("=+-@|%\u2212")
"""What a formula begins with, or what an old program takes for a call of another one."""

_BREAKS: Final = frozenset("\t\r\n")
"""What begins a cell of its own in some program, wherever it stands at the beginning of a text."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|-")
_NOT_SEEN = BLANKS + "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\"'"
_CELL_INSIDE = re.compile(r"(?<=[;\t\r\n])")
"""Where a program that takes another separator, as Excel does in much of Europe, begins a cell."""

_SMALLEST = 0x2000
"""Below it no character but those of ASCII is a sign of a formula in another width."""


def is_formula(text: str) -> bool:
    """
    Return whether a program could take a text for a formula; a plain number is none.

    Blanks, characters that nobody sees and quotation marks in front are no disguise, and neither are signs of another
    width, which a Chinese, Japanese or Korean Excel reads as those of ASCII.

    >>> [is_formula(text) for text in ("=1+1", " @SUM(A1)", "＝1", "-1", "-2+3", "manager01")]
    [True, True, True, False, True, False]
    """
    if text[:1] in _BREAKS:
        return True
    if text.startswith("'"):
        return False  # it is text for whoever knows the mark
    first = text.lstrip(_NOT_SEEN)[:1]
    return bool(first) and _narrow(first) in _STARTS and not _NUMBER.fullmatch(text)


def defuse(text: str) -> str:
    r"""
    Return a text as it may stand in a CSV file: an apostrophe before whatever could be taken for a formula.

    A program that separates cells by semicolons or tabs may find one in the middle of a text, so that each part is
    looked at.

    >>> defuse("=1+1"), defuse("manager01"), defuse("a;=1+1"), defuse("-5")
    ("'=1+1", 'manager01', "a;'=1+1", '-5')
    """
    if text.isalnum():
        return text
    head, *parts = _CELL_INSIDE.split(text)
    if not parts:
        return f"'{text}" if is_formula(text) else text
    first = f"'{head}" if is_formula(text) else head
    return first + "".join(f"'{part}" if _begins_cell(part) else part for part in parts)


def _begins_cell(part: str) -> bool:
    first = part.lstrip(_NOT_SEEN)[:1]
    return bool(first) and _narrow(first) in _STARTS and not _NUMBER.fullmatch(part.rstrip(";\t\r\n"))


def _narrow(character: str) -> str:
    return character if ord(character) < _SMALLEST else normalize("NFKC", character)[:1]


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
