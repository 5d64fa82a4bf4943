"""The values of a list's columns that can have a text of their own in a message, each with its condition."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.messages import MISSING
from dingnb.messages.column_names import expression_for, text_literal
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import read_plain_values
from dingnb.tables.factorize import Factorized, factorize_column
from dingnb.tables.headers import ID_COLUMNS, canonical_name

MAX_VALUES: Final = 200
"""The maximum number of different values of a column whose values can have texts of their own."""

_SAMPLE = 2_000
_KINDS: tuple[frozenset[type], ...] = (
    frozenset({str}),
    frozenset({int, float}),
    frozenset({bool}),
    frozenset({date}),
)
"""Types that the values of one column may have together: text is not compared with numbers or dates."""


@dataclass(frozen=True, slots=True)
class ColumnValue:
    """
    A value of a column.

    Attributes:
        text: The value as text; empty for blank cells.
        condition: The condition of a template for rows with this value, which is false for blank cells.
        rows: The number of rows with this value.
        first_row: The position of the first row with this value.
    """

    text: str
    condition: str
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """
    The values of a column.

    Attributes:
        column: The column's name.
        distinct: The different values, the most frequent first.
        blank: The blank cells of the column as one value; None if no cell is blank.
    """

    column: str
    distinct: tuple[ColumnValue, ...]
    blank: ColumnValue | None


def read_column_values(frame: pd.DataFrame, names: Mapping[str, str]) -> tuple[ColumnValues, ...]:
    """
    Return the values of the columns that distinguish groups of rows: columns with the fewest values first.

    Left out are ids, columns in which all cells are alike or more than `MAX_VALUES` values differ, and columns that mix
    text with other values.

    Args:
        frame: The rows.
        names: The columns that a message can use, with their names in templates.
    """
    usable = [column for column in names if canonical_name(column) not in ID_COLUMNS]
    found = [_read(column, column_of(frame, column), names[column]) for column in usable]
    groups = [values for values in found if values is not None and len(values.distinct) > (values.blank is None)]
    return tuple(sorted(groups, key=lambda values: len(values.distinct)))


def _read(column: str, cells: "pd.Series[Any]", name: str) -> ColumnValues | None:
    """Return the values of a column; None if they are of several kinds, or too many."""
    # For most columns of names or amounts, the first rows already have too many values.
    if _factorize(cells.iloc[:_SAMPLE]) is None or (factorized := _factorize(cells)) is None:
        return None
    found: dict[str, ColumnValue] = {}
    kinds = set()
    codes, first_rows, counts = np.unique(factorized.codes, return_index=True, return_counts=True)
    for code, first_row, rows in zip(codes.tolist(), first_rows.tolist(), counts.tolist(), strict=True):
        value = factorized.uniques[code]
        is_blank = value is MISSING
        condition = "" if is_blank else _condition(expression_for(name), value)
        # Several codes may mean the same value.
        same = found.get(condition, ColumnValue("" if is_blank else str(value), condition, 0, first_row))
        found[condition] = replace(same, rows=same.rows + rows, first_row=min(same.first_row, first_row))
        kinds |= set() if is_blank else {type(value)}
    blank = found.pop("", None)
    if len(found) > MAX_VALUES or not any(kinds <= alike for alike in _KINDS):
        return None
    return ColumnValues(column, tuple(sorted(found.values(), key=lambda value: (-value.rows, value.first_row))), blank)


def _factorize(cells: "pd.Series[Any]") -> Factorized[Any] | None:
    factorized = factorize_column(cells, read_plain_values)
    # All missing values count as one further value.
    return None if factorized is None or len(factorized.uniques) > MAX_VALUES + 1 else factorized


def _condition(expression: str, value: object) -> str:
    """Return the condition for a value; templates have no literals for dates."""
    if isinstance(value, date):
        return f'{expression} is defined and {expression} | date == "{value}"'
    literal = text_literal(value) if isinstance(value, str) else str(value).lower()
    return f'{expression} | default("") == {literal}'
