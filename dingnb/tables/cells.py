"""
Reads cells of a DataFrame as untrusted input, as values for templates.

`ids` reads ids and phone numbers, and `keys` reads keys.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isinf
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import (
    BLANK_CHARACTERS,
    CONTAINER_TYPES,
    MAX_EXACT_INTEGER,
    MISSING,
    FormattedValue,
    InexactFloat,
    read_elements,
    to_display,
    to_plain_value,
    to_spreadsheet_precision,
    with_display_text,
)
from dingnb.tables.frame_report import date_formats_of
from dingnb.tables.number_formats import format_temporal
from dingnb.words.visible import safe_str

_NESTED = (*CONTAINER_TYPES, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
"""Types of cells that contain other cells."""

MAX_INTEGER_DIGITS: Final = 4_000
"""Maximum number of digits of an integer that is written in decimal; Python refuses to write more than 4,300."""

_MIN_UNPRINTABLE_INTEGER = 10**MAX_INTEGER_DIGITS

_MAX_QUOTED_LENGTH = 30

EXCEL_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
"""Texts that Excel writes to a CSV file for errors of formulas."""

TEXTS_OF_MISSING: Final = EXCEL_ERRORS | {"nan", "NaN", "<NA>", "NaT", "None"}
"""Texts that pandas, Python and Excel write for missing values."""

_BLANK_STARTS = frozenset(BLANK_CHARACTERS) | {""}


def is_missing(value: object) -> bool:
    """Return whether a cell is missing: None, NaN, NA, NaT, blank, or the text of a missing value."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, str):
        return not value.strip(BLANK_CHARACTERS) or value in TEXTS_OF_MISSING
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def cells_of(column: "pd.Series[Any]") -> list[object]:
    """Return the cells of a column of any dtype."""
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    if isinstance(dtype, np.dtype) and dtype.kind == "f" and dtype.itemsize < np.dtype(float).itemsize:
        # Keep the dtype: as Python floats, the values would not show that digits are lost.
        return list(column.to_numpy(dtype=dtype, na_value=np.nan))
    cells: list[object] = column.astype(object).tolist()
    return cells


def read_values(column: "pd.Series[Any]") -> list[object]:
    """
    Return the values of a column for templates.

    A missing value becomes `MISSING`, an integral float an int (pandas stores ints with gaps as floats), and a column
    of midnights a column of dates. Other floats have at most 15 digits, as in a spreadsheet; an integral float beyond
    2**53, whose last digits are unknown, is an `InexactFloat`. Dates from a file keep their format. The elements of
    lists, tuples, dicts and arrays are read like cells.
    """
    return apply_date_formats(drop_midnights(read_values_with_times(column)), column)


def read_plain_values(column: "pd.Series[Any]") -> list[object]:
    """Return the values of a column without their display texts."""
    return list(map(to_plain_value, read_values(column)))


def apply_date_formats(values: list[object], column: "pd.Series[Any]") -> list[object]:
    """Return the values of a column, with dates formatted as in the file from which the column was read."""
    number_format = date_formats_of(column).get(str(column.name))
    if number_format is None:
        return values
    return [
        with_display_text(value, format_temporal(value, number_format))
        if isinstance(value, date) and not is_missing(value)
        else value
        for value in values
    ]


def read_values_with_times(column: "pd.Series[Any]") -> list[object]:
    """Return the values of a part of a column, with midnights unchanged: dates are detected in complete columns."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return cast("list[object]", column.tolist())
    if isinstance(dtype, np.dtype) and dtype == np.dtype(float):
        return _read_floats(column.to_numpy())
    cells = cells_of(column)
    kinds = set(map(type, cells))
    if kinds == {str} and _are_all_present(cast("list[str]", cells)):
        return cells
    if any(issubclass(kind, _NESTED) for kind in kinds):
        return [read_elements(value, _to_template_value) for value in cells]
    return [_to_template_value(value) for value in cells]


def missing_rows(column: "pd.Series[Any]") -> list[int]:
    """Return the positions of the cells of a column that are `MISSING` for templates."""
    if isinstance(column.dtype, np.dtype | pd.DatetimeTZDtype) and column.dtype.kind in "biufmM":
        return np.flatnonzero(column.isna().to_numpy()).tolist()
    return [row for row, value in enumerate(read_values_with_times(column)) if value is MISSING]


def drop_midnights(values: list[object]) -> list[object]:
    """Return the values with datetimes replaced by dates if all datetimes are midnights; otherwise the same list."""
    kinds = {kind for kind in set(map(type, values)) if issubclass(kind, datetime)}
    if not kinds or any(issubclass(kind, FormattedValue) for kind in kinds):
        return values
    if any(isinstance(value, datetime) and value.time() != time() for value in values):
        return values
    return [value.date() if isinstance(value, datetime) else value for value in values]


def cells_with_dates(column: "pd.Series[Any]") -> list[object]:
    """Return the cells of a column: None for missing cells, dates in a column of midnights, texts unchanged."""
    return drop_midnights([None if type(cell) is not str and is_missing(cell) else cell for cell in cells_of(column)])


def show(value: object) -> str:
    """
    Return a cell's value, or a label, as text: empty if it is missing, with lone surrogates escaped.

    >>> show(("a", np.int64(3), pd.Timestamp("2026-11-30")))
    "('a', 3, '2026-11-30 00:00:00')"
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, tuple):
        parts = (to_python(part) if isinstance(part, np.generic) else part for part in value)
        text = _write(
            tuple(show(part) if isinstance(part, date | time | pd.Timedelta | pd.Period) else part for part in parts)
        )
    elif isinstance(value, int) and has_too_many_digits(value):
        text = hex(value)
    else:
        text = "" if is_missing(value) else _write(to_display(value) if isinstance(value, FormattedValue) else value)
    return text.encode(errors="backslashreplace").decode()


def _write(value: object) -> str:
    """Return the `str` of a value; integers in a collection are hexadecimal if Python refuses to write them."""
    try:
        return str(value)
    except ValueError:
        return safe_str(read_elements(value, _to_hex_if_long))


def _to_hex_if_long(value: object) -> object:
    return hex(value) if isinstance(value, int) and has_too_many_digits(value) else value


def shorten(text: str) -> str:
    r"""
    Return a text of a row as quoted in reasons: as returned by `show`, truncated.

    >>> shorten("张伟" * 50) == "张伟" * 15 + "…", shorten("a" + chr(0xD800))
    (True, 'a\\ud800')
    """
    shown = show(text)
    return shown if len(shown) <= _MAX_QUOTED_LENGTH else f"{shown[:_MAX_QUOTED_LENGTH]}…"


def has_too_many_digits(value: float | Decimal) -> bool:
    """Return whether a number has more integer digits than Python writes."""
    # abs() of a decimal fails beyond the range of its context.
    return bool(not -_MIN_UNPRINTABLE_INTEGER < value < _MIN_UNPRINTABLE_INTEGER)


def to_python(value: "np.generic[Any]") -> object:
    """Return a value of NumPy as a value of Python or pandas, without a change of its digits or its unit."""
    # item() would convert a time in nanoseconds to a number.
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value)
    if isinstance(value, np.floating) and value.itemsize < np.dtype(float).itemsize:
        # float() of a float32 would add digits that were not in the data.
        return float(str(value))
    return value.item()


def _read_floats(floats: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[object]:
    return [MISSING if value != value else _from_float(value) for value in floats.tolist()]  # noqa: PLR0124 - NaN


def _from_float(value: float) -> float:
    """Return a number for templates: an int, or a float with a spreadsheet's digits; inexact if too large."""
    if value.is_integer():
        return int(value) if abs(value) < MAX_EXACT_INTEGER else InexactFloat(value)
    if isinf(value):
        return InexactFloat(value)
    rounded = to_spreadsheet_precision(value)
    return int(rounded) if rounded.is_integer() else rounded


def _are_all_present(texts: Sequence[str]) -> bool:
    return TEXTS_OF_MISSING.isdisjoint(texts) and _BLANK_STARTS.isdisjoint({text[:1] for text in texts})


def _to_template_value(value: object) -> object:
    if isinstance(value, str):
        return MISSING if is_missing(value) else value
    if isinstance(value, _NESTED):
        return _items(value)
    if isinstance(value, np.generic):
        value = to_python(value)
    if is_missing(value):
        return MISSING
    return _from_float(value) if type(value) is float else value


def _items(value: Any) -> object:  # noqa: ANN401 - any of `_NESTED`
    """Return a value with items as a list, unless `read_elements` reads the elements of its type."""
    if isinstance(value, CONTAINER_TYPES):
        return value
    if isinstance(value, pd.Series):
        return cells_of(value)
    return _to_template_value(value[()]) if isinstance(value, np.ndarray) and not value.ndim else list(value)
