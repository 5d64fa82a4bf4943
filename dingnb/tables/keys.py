"""Reads key columns, whose values distinguish several messages of one person."""

import re
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import BLANK_CHARACTERS, to_plain_value, to_spreadsheet_precision
from dingnb.tables.cells import MAX_INTEGER_DIGITS, cells_of, is_missing, show, to_python

_NUMBER_KEY = re.compile(r"(-?)0*([0-9]+?)(?:\.0+)?")
_TIME_KEY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?)?"
)
_FRACTION_OF_SECOND = re.compile(r"(?<=:[0-5][0-9]:[0-5][0-9])(?:\.0+|(\.[0-9]*[1-9])0*)(?![0-9])")
"""The fraction of a second after a time of day, with the zeros at its end, which pandas writes for some columns."""


def read_keys(column: "pd.Series[Any]") -> list[str]:
    """
    Return the normal form of each cell of a key column, by `fold_key`; empty if the cell is missing.

    Cells that pandas or Excel turn into another type have the same key: 1, 1.0, "1" and "1.0"; a time and its text; a
    date and its midnight. But the text "1.50" differs from 1.5, since it may be a version or a month, as "2026.10".
    """
    return ["" if is_missing(cell) else _read_key(cell) for cell in cells_of(column)]


def _read_key(cell: object) -> str:
    value = to_plain_value(cell)
    if isinstance(value, np.generic):
        value = to_python(value)
    if isinstance(value, float):
        value = int(value) if value.is_integer() else to_spreadsheet_precision(value)
    elif isinstance(value, timedelta):
        # As written to files by pandas, unless the duration is longer than pandas allows.
        with suppress(pd.errors.OutOfBoundsTimedelta):
            value = pd.Timedelta(value)
    elif isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < MAX_INTEGER_DIGITS:
        # Arithmetic would round the number to the precision of the context.
        whole, _, fraction = f"{value:f}".partition(".")
        value = f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return fold_key(show(value))


def fold_key(text: str) -> str:
    """
    Return the normal form of a key.

    Keys are the same if they differ only in width, in blanks, in zeros that Excel drops from integers, or in how a date
    or time is written, such as zeros after the seconds.

    >>> fold_key("２０２６ "), fold_key("007"), fold_key("-12.0"), fold_key("1.50")
    ('2026', '7', '-12', '1.50')
    >>> fold_key("2026/12/1"), fold_key("2026/12/1 9:30")
    ('2026-12-01', '2026-12-01 09:30:00')
    """
    text = " ".join(normalize("NFKC", text).strip(BLANK_CHARACTERS).split())
    text = _FRACTION_OF_SECOND.sub(r"\1", text)
    if time_parts := _TIME_KEY.fullmatch(text):
        year, month, day, hour, minute, second = map(int, time_parts.groups("0")[:6])
        fraction = time_parts[7] or ""
        time_of_day = f" {hour:02}:{minute:02}:{second:02}{fraction}" if hour or minute or second or fraction else ""
        return f"{year}-{month:02}-{day:02}{time_of_day}"
    if number := _NUMBER_KEY.fullmatch(text):
        return "0" if number[2] == "0" else number[1] + number[2]
    return text.upper() if text.casefold() in {"true", "false"} else text
