"""Values for exports, with detection and escaping of text that a spreadsheet would interpret as a formula."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isnan
from typing import Final, cast
from unicodedata import normalize

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import CONTAINER_TYPES, MAX_EXACT_INTEGER, to_plain_value
from dingnb.tables.cells import cells_of, drop_midnights, has_too_many_digits, show, to_python
from dingnb.tables.characters import BLANK_CHARACTERS
from dingnb.tables.headers import ID_COLUMNS, canonical_name

_FORMULA_STARTS: Final = frozenset("=+-@|%\u2212")
"""First characters of formulas, and of commands in old programs."""

_CELL_BREAKS: Final = frozenset("\t\r\n")
"""Characters that start a new cell in some programs."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|-")
_IGNORED_PREFIX = BLANK_CHARACTERS + "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\"'"
_CELL_INSIDE = re.compile(r"(?<=[;\t\r\n])")
"""Positions where a program with another delimiter, such as Excel in much of Europe, starts a new cell."""

_FIRST_COMPATIBLE = 0x2000
"""First code point of characters that NFKC may convert to an ASCII sign of a formula."""


def is_formula(text: str) -> bool:
    """
    Return whether a program could interpret a text as a formula. Plain numbers are not formulas.

    Leading blanks, invisible characters and quotation marks are ignored. Full-width signs count because Chinese,
    Japanese and Korean editions of Excel read them as ASCII.

    >>> [is_formula(text) for text in ("=1+1", " @SUM(A1)", "＝1", "-1", "-2+3", "manager01")]
    [True, True, True, False, True, False]
    """
    if text[:1] in _CELL_BREAKS:
        return True
    # A spreadsheet reads a cell that starts with an apostrophe as text.
    return not text.startswith("'") and _starts_formula(text)


def escape_formula(text: str) -> str:
    r"""
    Return a text for a CSV file, with an apostrophe before anything that could be interpreted as a formula.

    A program that uses semicolons or tabs as delimiters may find a formula inside a text, so each part is checked.

    >>> escape_formula("=1+1"), escape_formula("manager01"), escape_formula("a;=1+1"), escape_formula("-5")
    ("'=1+1", 'manager01', "a;'=1+1", '-5')
    """
    if text.isalnum():
        return text
    head, *parts = _CELL_INSIDE.split(text)
    if not parts:
        return f"'{text}" if is_formula(text) else text
    escaped_head = f"'{head}" if is_formula(text) else head
    return escaped_head + "".join(f"'{part}" if _starts_formula(part.rstrip(";\t\r\n")) else part for part in parts)


def _starts_formula(text: str) -> bool:
    first_character = text.lstrip(_IGNORED_PREFIX)[:1]
    return bool(first_character) and _narrow(first_character) in _FORMULA_STARTS and not _NUMBER.fullmatch(text)


def _narrow(character: str) -> str:
    return character if ord(character) < _FIRST_COMPATIBLE else normalize("NFKC", character)[:1]


CellValue = bool | int | float | Decimal | datetime | date | str | None
"""The value of a cell; None is blank."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file with its name and cells."""

    name: str
    cells: list[CellValue]


def columns_of(frame: pd.DataFrame) -> list[Column]:
    """
    Return the columns of a frame, after the named levels of its index.

    Identifiers are converted to text: `task_id`, and columns of userids, mobile numbers and job numbers. A column of
    midnights has dates.
    """
    index = frame.index
    named = [(name, index.get_level_values(at)) for at, name in enumerate(index.names) if name is not None]
    levels = [_column(name, values.astype(object).tolist()) for name, values in named]
    columns = [_column(name, cells_of(frame.iloc[:, at])) for at, name in enumerate(frame.columns)]
    return [*levels, *columns]


def _column(label: object, values: list[object]) -> Column:
    # The levels of a label, as of a pivot table.
    levels = label if isinstance(label, tuple) else (label,)
    name = " ".join(str(level) for level in levels if _cell(level) not in {None, ""})
    cells = [_cell(value) for value in values]
    if name == "task_id" or canonical_name(name) in ID_COLUMNS:
        cells = [_as_id(cell) for cell in cells]
    return Column(name, cast("list[CellValue]", drop_midnights(cast("list[object]", cells))))


def _cell(value: object) -> CellValue:
    if type(value) is str:
        return value
    if isinstance(value, np.generic):
        value = to_python(value)
    value = to_plain_value(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, bool | int | date) and not isinstance(value, Enum):
        return show(value) if isinstance(value, int) and has_too_many_digits(value) else value
    return show(value) if isinstance(value, CONTAINER_TYPES) else str(value)


def _as_id(cell: CellValue) -> CellValue:
    """Return an identifier as text: a column with missing values, or a database, may have ``123.0`` for 123."""
    if cell is None or isinstance(cell, bool | date | str):
        return cell
    is_whole = -MAX_EXACT_INTEGER < cell < MAX_EXACT_INTEGER and cell % 1 == 0
    return str(int(cell)) if is_whole else str(cell)
