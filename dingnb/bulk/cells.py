"""
Reads single cells of a DataFrame, and trusts none: ids, phone numbers, and values for templates.

pandas, Excel and people all harm identifiers: ``123.0``, ``1.38E+10``, zero-width blanks, full-width
digits, the text "nan". What can be mended without a guess is mended, and said; the rest is a problem.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from dingnb.bulk.phones import read_number
from dingnb.language import say
from dingnb.messages import MISSING

INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
"""Characters that nobody sees, and that copying brings along."""

BLANKS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + INVISIBLE
"""What a blank cell may hold."""

_EXACT_FLOAT = 2**53
_TEXTS_OF_MISSING = frozenset({"nan", "NaN", "<NA>", "NaT", "None"})
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NOT_SEEN = dict.fromkeys(map(ord, INVISIBLE))

_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]+")
_KEPT_AS_TEXT = re.compile(r"""="([^"=]*)"|['’‘`]([0-9A-Za-z_+-]+)""")
"""How people keep Excel from reading an id as a number: ``="0123"`` and ``'0123``."""

_LONGEST_INT_BITS = 256


class Cell(NamedTuple):
    """
    What a cell holds.

    Attributes:
        text: The id or number; empty where the cell is blank or cannot be used.
        problem: What is wrong; empty where nothing is.
        hint: What to do about it.
        mended: Whether `text` is not what stood there.
    """

    text: str = ""
    problem: str = ""
    hint: str = ""
    mended: bool = False


BLANK = Cell()


def read_userid(value: object) -> Cell:
    """
    Return the userid in a cell.

    >>> read_userid(" 0123.0 ").text, read_userid(123.0).text, read_userid(None).text
    ('0123', '123', '')
    >>> read_userid("a,b").problem
    "'a,b' holds a comma; DingTalk would read it as several people."
    """
    if type(value) is str and _PLAIN_ID.fullmatch(value) and value not in _TEXTS_OF_MISSING:
        return Cell(value)
    return _read_id(value, _check_userid)


def read_mobile(value: object) -> Cell:
    """
    Return the mobile number in a cell, without blanks, dashes and the prefix of the mainland.

    >>> read_mobile("+86 139-0000-0001").text, read_mobile(13900000001.0).text
    ('13900000001', '13900000001')
    >>> read_mobile("+852 9123 4567").text
    '+85291234567'
    """
    return _read_id(value, _check_mobile)


def mend_id(text: str) -> str:
    r"""
    Return an id as it was meant: full-width digits, invisible characters and the marks of spreadsheets mended.

    >>> mend_id("\u200b０１２３ "), mend_id("123.0"), mend_id('="0123"'), mend_id("1.38E+10")
    ('0123', '123', '0123', '1.38E+10')
    """
    meant = text.translate(_NOT_SEEN).translate(_FULL_WIDTH).strip(BLANKS)
    kept = _KEPT_AS_TEXT.fullmatch(meant)
    if kept:
        meant = (kept.group(1) or kept.group(2) or "").strip(BLANKS)
    whole = _WHOLE_FLOAT.fullmatch(meant)
    return whole.group(1) if whole else meant


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, NA, NaT, a blank, or a missing value's text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, str):
        return not value.strip(BLANKS) or value in _TEXTS_OF_MISSING
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def read_values(column: "pd.Series[Any]") -> list[object]:
    """
    Return the values of a column as a template shows them.

    A missing value becomes `MISSING`, a whole float an int (a column of ints with a gap is one of floats
    in pandas), and a column of midnights a column of dates.
    """
    values = [_plain(value) for value in column.astype(object).tolist()]
    moments = [value for value in values if isinstance(value, datetime)]
    if moments and all(moment.time() == time() for moment in moments):
        return [value.date() if isinstance(value, datetime) else value for value in values]
    return values


def show(value: object) -> str:
    """Return a cell's value for a table of problems."""
    return "" if is_missing(value) and not isinstance(value, str) else str(value)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return MISSING if is_missing(value) else value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if is_missing(value):
        return MISSING
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _read_id(value: object, check: Callable[[str], Cell]) -> Cell:
    if isinstance(value, np.generic):
        value = value.item()
    if is_missing(value):
        return BLANK
    if isinstance(value, str):
        return _read_text_id(value, check)
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= _EXACT_FLOAT:
            return _problem("row.digits_lost", "row.digits_lost_todo", value)
        return check(str(int(value)))._replace(mended=True)
    # Python itself refuses to write very long integers.
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _LONGEST_INT_BITS:
        return check(str(value))
    shown = str(value) if isinstance(value, bool | date) else "…" if isinstance(value, int) else value
    return _problem("row.not_an_id", "row.correct_todo", shown, kind=type(value).__name__)


def _read_text_id(value: str, check: Callable[[str], Cell]) -> Cell:
    text = mend_id(value)
    if not text:
        return BLANK
    if _SCIENTIFIC.fullmatch(text):
        return _problem("row.digits_lost", "row.digits_lost_todo", value)
    cell = check(text)
    return cell if cell.text == value or cell.problem else cell._replace(mended=True)


def _check_userid(text: str) -> Cell:
    if text.casefold() == "@all":
        return _problem("row.everybody", "row.correct_todo", text)
    if "," in text or "，" in text or "、" in text or ";" in text or "|" in text:
        return _problem("row.comma", "row.correct_todo", text)
    if any(map(str.isspace, text)):
        return _problem("row.space", "row.correct_todo", text)
    if text.startswith("=") or "<" in text or ">" in text:
        return _problem("row.formula", "row.correct_todo", text)
    if not text.isprintable() or "\ufffd" in text:
        return _problem("row.unprintable", "row.correct_todo", text)
    return Cell(text)


def _check_mobile(text: str) -> Cell:
    number, problem = read_number(text)
    return _problem(problem, f"{problem}_todo", text) if problem else Cell(number)


def _problem(what: str, todo: str, value: object, **fields: object) -> Cell:
    return Cell("", say(what, value=value, **fields), say(todo))
