"""
Reads cells of a DataFrame as untrusted input: ids, phone numbers, and values for templates.

pandas, Excel and people corrupt identifiers: ``123.0``, ``1.38E+10``, zero-width spaces, full-width digits, the text
"nan". Values that can be corrected unambiguously are corrected and reported; all others are reported as problems.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isinf
from typing import Any, Final, NamedTuple, cast
from unicodedata import normalize

import numpy as np
import pandas as pd

from dingnb.messages import MISSING
from dingnb.messages.cell_values import (
    CONTAINER_TYPES,
    MAX_EXACT_INTEGER,
    FormattedValue,
    InexactFloat,
    read_elements,
    to_display,
    to_plain_value,
    to_spreadsheet_precision,
    with_display_text,
)
from dingnb.tables.mobile_numbers import parse_mobile_number
from dingnb.tables.number_formats import format_temporal
from dingnb.words import NOTHING, Text, count

INVISIBLE_CHARACTERS: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
"""Invisible characters, often copied together with text."""

ATTRS_KEY: Final = "dingnb"
"""Key of ``DataFrame.attrs`` for dingnb's report on a frame: how a file or the directory was read."""

DATE_FORMATS: Final = "date_formats"
"""Key in the report for the number formats of date columns that Excel shows differently from Python."""

UNSUPPORTED_FORMATS: Final = "unsupported_formats"
"""Key in the report for columns with unsupported number formats."""

BLANK_CHARACTERS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + INVISIBLE_CHARACTERS
"""Characters that count as blank."""

_NESTED = (*CONTAINER_TYPES, np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)
"""Types of cells that contain others."""

_MAX_INTEGER_DIGITS = 4_000

_MIN_UNPRINTABLE_INTEGER = 10**_MAX_INTEGER_DIGITS
"""Smallest integer that is not converted to text, which Python refuses for more than 4,300 digits."""

_MAX_ID_LENGTH = 64
_INFINITIES = (float("inf"), float("-inf"))
_SEPARATORS = frozenset(",，、;|")
_MAX_SHOWN_LENGTH = 80
_MAX_QUOTED_LENGTH = 30
_TEXTS_OF_MISSING = frozenset({"nan", "NaN", "<NA>", "NaT", "None"})
_BLANK_STARTS = frozenset(BLANK_CHARACTERS) | {""}
_TEXTS_OF_BOOLEANS = frozenset({"TRUE", "FALSE", "True", "False"})
_ASCII_PLACEHOLDERS = ("0", "na", "nil", "none", "null", "tba", "tbd", "unknown")
PLACEHOLDERS: Final = frozenset(
    {
        *_ASCII_PLACEHOLDERS,
        *("n/a", "#n/a", "n.a.", "n.a", "not available", "not applicable"),
        *("无", "無", "暂无", "暫無", "没有", "沒有", "未知", "不详", "不詳", "不适用", "空", "空白", "缺", "缺失"),
        *("待定", "待补", "待补充", "待確認", "待确认", "待填", "待填写", "待提供", "待录入", "待查", "待更新"),
        *("没", "暂缺", "保密", "待入职", "undefined", "(null)", "\\n"),
        *("未填", "未填写", "未提供", "未录入", "未登记", "未绑定", "未注册", "未开通"),
    }
)
"""Placeholders for missing values, compared without case, width and blanks."""

_BRACKETED = re.compile(r"[(\[【<]([^()]*)[)\]】>]")
_ONLY_MARKS = re.compile(r"[-‐‑‒–—―/\\.。·…*?#~、,]+")
_ONLY_ZEROS = re.compile(r"0+")
_NOTES = (
    *(
        "离职",
        "已离职",
        "离职人员",
        "无手机",
        "无手机号",
        "见备注",
        "同上",
        "必填",
        "选填",
        "文本",
        "数字",
        "审批人",
        "领导签字",
    ),
    *("合计人数", "人数合计", "--end--", "end"),
    *("合计", "总计", "小计", "共计", "总数", "總計", "合計", "小計", "平均", "平均值", "备注", "備註", "说明", "說明"),
    *("示例", "样例", "范例", "例子", "填表说明", "填写说明", "注意事项", "以下空白", "以下无正文", "以下无内容"),
)
_ASCII_NOTES = ("total", "subtotal", "grandtotal", "sum", "average", "example", "sample", "note", "notes")
_NOTE = re.compile(
    rf"(?:{'|'.join(_NOTES)})(?![\w-]).*|(?:{'|'.join(_ASCII_NOTES)})(?:[:(].*)?"
    r"|(?:合计|总计|小计|共计|合計|總計|共)[0-9]+.*|.*(?:示例|样例|范例|小计|合计|总计)[)\]】]?|[(\[【](?:示例|样例|范例|例).*"
    r"|第[0-9]+页.*"
    r"|[^0-9A-Za-z]*[\u4e00-\u9fff][^:]*:.*",  # 制表:, 示例:zhangsan, 填表人: 王
    re.DOTALL,
)
"""Notes above or below a list, such as totals, examples and the author."""

_DOUBTFUL_WORDS = frozenset(
    word.casefold()
    for word in (*_TEXTS_OF_MISSING, *_TEXTS_OF_BOOLEANS, *PLACEHOLDERS, *_NOTES, *_ASCII_NOTES)
    if word.isascii() and word.isalpha()
)
"""Words that look like ids, compared without case; they are checked in detail."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DELETE_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE_CHARACTERS))

_PLAIN_ID = re.compile(r"[1-9][0-9]{0,63}|0[0-9]{1,63}|[A-Za-z_][0-9A-Za-z_-]{0,63}")
"""Pattern of most ids; other values, and `_DOUBTFUL_WORDS`, are checked in detail."""

_PLAIN_IDS = re.compile(rf"(?:(?:{_PLAIN_ID.pattern})\n)*+")
"""Pattern of a column of such ids, one per line."""

_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+[eE][+-]?[0-9]+|[eE][+-][0-9]+|[eE]0?[0-9])")
"""
Numbers in scientific notation. Two digits after an unsigned E (``7E12``) also occur in codes and do not match; ``2E3``
and ``2E03`` do.
"""

_FRACTION = re.compile(r"-?[0-9]*\.[0-9]+")
_NEGATIVE = re.compile(r"-[0-9]+")
_NUMBER_KEY = re.compile(r"(-?)0*([0-9]+?)(?:\.0+)?")
_TIME_KEY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?"
)
_KEPT_AS_TEXT = re.compile(r"""="([^"=]*)"|['’‘`]([0-9A-Za-z_+-]+)""")
"""Marks that keep Excel from reading an id as a number: ``="0123"`` and ``'0123``."""


class Cell(NamedTuple):
    """
    The content of a cell.

    Attributes:
        text: The id or number; empty if the cell is blank or invalid.
        problem: The problem; empty if there is none.
        hint: The suggested action.
        is_corrected: Whether `text` differs from the original.
        is_placeholder: Whether the cell contains a placeholder for a missing value, so that `text` is empty.
    """

    text: str = ""
    problem: Text = NOTHING
    hint: Text = NOTHING
    is_corrected: bool = False
    is_placeholder: bool = False


BLANK = Cell()
PLACEHOLDER = Cell(is_placeholder=True)


def read_userid(value: object) -> Cell:
    """
    Return the userid in a cell.

    >>> read_userid(" 0123.0 ").text, read_userid(123.0).text, read_userid(None).text
    ('0123', '123', '')
    >>> print(read_userid("a,b").problem)
    'a,b' contains a separator, such as a comma; it looks like several people.
    """
    if type(value) is str and _is_plain_id(value):
        return Cell(value)
    return _read_id(value, _check_userid)


def plain_userids(cells: list[object]) -> list[str] | None:
    """
    Return the userids of many cells if all of them are plain userids; None if a cell must be checked in detail.

    >>> plain_userids(["manager01", "0123"]), plain_userids([7, 8]), plain_userids(["manager01", ""])
    (['manager01', '0123'], ['7', '8'], None)
    """
    types = set(map(type, cells))
    if types == {int}:
        whole = cast("list[int]", cells)
        if min(whole) <= 0 or max(whole) >= _MIN_UNPRINTABLE_INTEGER:
            return None
        texts = list(map(str, whole))
    elif types == {str}:
        texts = cast("list[str]", cells)
        if not _DOUBTFUL_WORDS.isdisjoint(map(str.casefold, filter(str.isalpha, texts))):
            return None
    else:
        return None
    lines = "\n".join(texts) + "\n"
    return texts if lines.count("\n") == len(texts) and _PLAIN_IDS.fullmatch(lines) else None


def read_mobile(value: object) -> Cell:
    """
    Return the mobile number in a cell, without blanks, dashes and the country code of mainland China.

    >>> read_mobile("+86 139-0000-0001").text, read_mobile(13900000001.0).text
    ('13900000001', '13900000001')
    >>> read_mobile("+852 9123 4567").text
    '+85291234567'
    """
    return _read_id(value, _check_mobile)


def normalize_id(text: str) -> str:
    r"""
    Return an id without full-width digits, invisible characters and the marks of spreadsheets.

    >>> normalize_id("\u200b０１２３ "), normalize_id("123.0"), normalize_id('="0123"'), normalize_id("1.38E+10")
    ('0123', '123', '0123', '1.38E+10')
    """
    cleaned = text.translate(_DELETE_INVISIBLE).translate(_FULL_WIDTH).strip(BLANK_CHARACTERS)
    quoted = _KEPT_AS_TEXT.fullmatch(cleaned)
    if quoted:
        cleaned = (quoted.group(1) or quoted.group(2) or "").strip(BLANK_CHARACTERS)
    whole = _WHOLE_FLOAT.fullmatch(cleaned)
    return whole.group(1) if whole else cleaned


def is_missing(value: object) -> bool:
    """Return whether a cell is missing: None, NaN, NA, NaT, blank, or the text of a missing value."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, str):
        return not value.strip(BLANK_CHARACTERS) or value in _TEXTS_OF_MISSING
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def is_placeholder(text: str) -> bool:
    """
    Return whether a text is a placeholder for a missing value.

    >>> is_placeholder("N/A"), is_placeholder("（无）"), is_placeholder("吴")
    (True, True, False)
    """
    return _is_placeholder(_fold(normalize_id(text)))


def cells_of(column: "pd.Series[Any]") -> list[object]:
    """Return the cells of a column of any dtype."""
    kind = getattr(column.dtype, "numpy_dtype", column.dtype)
    if isinstance(kind, np.dtype) and kind.kind == "f" and kind.itemsize < np.dtype(float).itemsize:
        # Keep the dtype: as Python floats, the values would not show that digits are lost.
        return list(column.to_numpy(dtype=kind, na_value=np.nan))
    cells: list[object] = column.astype(object).tolist()
    return cells


def read_values(column: "pd.Series[Any]") -> list[object]:
    """
    Return the values of a column for templates.

    A missing value becomes `MISSING`, an integral float an int (pandas stores ints with gaps as floats), and a column
    of midnights a column of dates. Other floats have at most 15 digits, as in a spreadsheet; an integral one beyond
    2**53, whose last digits are unknown, is an `InexactFloat`. Dates from a file keep their format. The elements of
    lists, tuples, dicts and arrays are read like cells.
    """
    return apply_date_formats(drop_midnights(read_values_with_times(column)), column)


def apply_date_formats(values: list[object], column: "pd.Series[Any]") -> list[object]:
    """Return the values of a column with its dates formatted as in the file from which it was read."""
    number_format = date_formats_of(column).get(str(column.name))
    if number_format is None:
        return values
    return [
        with_display_text(value, format_temporal(value, number_format))
        if isinstance(value, date) and not is_missing(value)
        else value
        for value in values
    ]


def date_formats_of(data: "pd.Series[Any] | pd.DataFrame") -> Mapping[str, str]:
    """Return the number formats of the date columns of a workbook by their labels."""
    report = data.attrs.get(ATTRS_KEY)
    formats = report.get(DATE_FORMATS) if isinstance(report, dict) else None
    return formats if isinstance(formats, dict) else {}


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


def count_missing(column: "pd.Series[Any]") -> int:
    """Return the number of cells of a column that are `MISSING` for templates."""
    if isinstance(column.dtype, np.dtype | pd.DatetimeTZDtype) and column.dtype.kind in "biufmM":
        return int(column.isna().sum())
    return sum(value is MISSING for value in read_values_with_times(column))


def renamed_columns_of(frame: pd.DataFrame) -> dict[str, str]:
    """Return the new names of the columns that were renamed when a frame was read, by their original names."""
    report = frame.attrs.get(ATTRS_KEY)
    renamed = report.get("renamed", []) if isinstance(report, dict) else []
    return {str(change["from"]).strip(BLANK_CHARACTERS): str(change["to"]) for change in renamed}


def unsupported_format_notes(frame: pd.DataFrame, columns: Sequence[str]) -> list[Text]:
    """Return notes about columns with unsupported number formats."""
    report = frame.attrs.get(ATTRS_KEY)
    formats = report.get(UNSUPPORTED_FORMATS, {}) if isinstance(report, dict) else {}
    return [
        Text(
            "file.unsupported_format",
            column=name,
            cells=count("cell", note["cells"]),
            form=note["format"],
            value=note["value"],
        )
        for name in columns
        if (note := formats.get(name)) is not None
    ]


def drop_midnights(values: list[object]) -> list[object]:
    """Return the values with datetimes replaced by dates if all of them are midnights; otherwise the same list."""
    kinds = {kind for kind in set(map(type, values)) if issubclass(kind, datetime)}
    if not kinds or any(issubclass(kind, FormattedValue) for kind in kinds):
        return values
    if any(isinstance(value, datetime) and value.time() != time() for value in values):
        return values
    return [value.date() if isinstance(value, datetime) else value for value in values]


def read_keys(column: "pd.Series[Any]") -> list[str]:
    """
    Return the normal form of each cell of a key column, by `fold_key`; empty if the cell is missing.

    Cells that pandas or Excel turn into another type have the same key: 1, 1.0, "1" and "1.0"; a time and its text; a
    date and its midnight. But the text "1.50" differs from 1.5, since it may be a version or a month, as "2026.10".
    """
    return ["" if is_missing(cell) else _read_key(cell) for cell in column.astype(object).tolist()]


def _read_key(cell: object) -> str:
    value = to_plain_value(cell)
    if isinstance(value, np.generic):
        value = _to_python(value)
    if isinstance(value, float):
        value = int(value) if value.is_integer() else to_spreadsheet_precision(value)
    elif isinstance(value, timedelta):
        # As pandas writes it in files, unless it is longer than a duration of pandas.
        with suppress(pd.errors.OutOfBoundsTimedelta):
            value = pd.Timedelta(value)
    elif isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _MAX_INTEGER_DIGITS:
        # Arithmetic would round it to the precision of the context.
        whole, _, fraction = f"{value:f}".partition(".")
        value = f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return fold_key(show(value))


def fold_key(text: str) -> str:
    """
    Return the normal form of a key.

    Keys are the same if they differ only in width, in blanks, in zeros that Excel drops from integers, or in how a date
    or time is written.

    >>> fold_key("２０２６ "), fold_key("007"), fold_key("-12.0"), fold_key("1.50")
    ('2026', '7', '-12', '1.50')
    >>> fold_key("2026/12/1"), fold_key("2026/12/1 9:30")
    ('2026-12-01', '2026-12-01 09:30:00')
    """
    text = " ".join(normalize("NFKC", text).strip(BLANK_CHARACTERS).split())
    if time_parts := _TIME_KEY.fullmatch(text):
        year, month, day, hour, minute, second = map(int, time_parts.groups("0"))
        time_of_day = f" {hour:02}:{minute:02}:{second:02}" if hour or minute or second else ""
        return f"{year}-{month:02}-{day:02}{time_of_day}"
    if number := _NUMBER_KEY.fullmatch(text):
        return "0" if number[2] == "0" else number[1] + number[2]
    return text.upper() if text.casefold() in {"true", "false"} else text


def show(value: object) -> str:
    """Return a cell's value for a table of problems, with lone surrogates escaped."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, int) and has_too_many_digits(value):
        text = hex(value)
    else:
        text = "" if is_missing(value) else str(to_display(value) if isinstance(value, FormattedValue) else value)
    return text.encode(errors="backslashreplace").decode()


def shorten(text: str) -> str:
    r"""
    Return a text of a row as reasons quote it: as `show` returns it, truncated.

    >>> shorten("张伟" * 50) == "张伟" * 15 + "…", shorten("a" + chr(0xD800))
    (True, 'a\\ud800')
    """
    shown = show(text)
    return shown if len(shown) <= _MAX_QUOTED_LENGTH else f"{shown[:_MAX_QUOTED_LENGTH]}…"


def _read_floats(floats: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[object]:
    return [MISSING if value != value else _from_float(value) for value in floats.tolist()]  # noqa: PLR0124 - NaN


def _from_float(value: float) -> float:
    """Return a number for templates: an int if integral, otherwise with the digits that a spreadsheet shows."""
    if value.is_integer():
        return int(value) if abs(value) < MAX_EXACT_INTEGER else InexactFloat(value)
    if isinf(value):
        return InexactFloat(value)
    rounded = to_spreadsheet_precision(value)
    return int(rounded) if rounded.is_integer() else rounded


def _are_all_present(texts: Sequence[str]) -> bool:
    return _TEXTS_OF_MISSING.isdisjoint(texts) and _BLANK_STARTS.isdisjoint({text[:1] for text in texts})


def _to_template_value(value: object) -> object:
    if isinstance(value, str):
        return MISSING if is_missing(value) else value
    if isinstance(value, _NESTED):
        return _items(value)
    if isinstance(value, np.generic):
        value = _to_python(value)
    if is_missing(value):
        return MISSING
    return _from_float(value) if type(value) is float else value


def _items(value: Any) -> object:  # noqa: ANN401 - any of `_NESTED`
    """Return a value with items as a list, unless it has a type whose elements `read_elements` reads."""
    if isinstance(value, CONTAINER_TYPES):
        return value
    if isinstance(value, pd.Series):
        return cells_of(value)
    return _to_template_value(value[()]) if isinstance(value, np.ndarray) and not value.ndim else list(value)


def _to_python(value: "np.generic[Any]") -> object:
    # item() would convert a time in nanoseconds to a number.
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value)
    if isinstance(value, np.floating) and value.itemsize < np.dtype(float).itemsize:
        # float() of a float32 would add digits that were not in the data.
        return float(str(value))
    return value.item()


def has_too_many_digits(value: float | Decimal) -> bool:
    """Return whether a number has more integer digits than Python writes."""
    # abs() of a decimal fails beyond the range of its context.
    return bool(not -_MIN_UNPRINTABLE_INTEGER < value < _MIN_UNPRINTABLE_INTEGER)


def _read_id(value: object, check: Callable[[str], Cell]) -> Cell:
    if isinstance(value, np.generic):
        if isinstance(value, np.floating) and np.inf > abs(value) >= 2 ** (np.finfo(value.dtype).nmant + 1):
            return _problem("row.digits_lost", "row.digits_lost_todo", value)
        value = _to_python(value)
    if is_missing(value):
        return BLANK
    if isinstance(value, str):
        return _read_text(value, check)
    if isinstance(value, bool):
        return _problem("row.boolean", "row.correct_todo", value)
    if isinstance(value, date) or not isinstance(value, int | float | Decimal):
        kind = type(value).__name__
        shown = str(value) if isinstance(value, date) else _problem_value(value)
        return Cell("", Text("row.not_an_id", value=shown, kind=kind), Text("row.correct_todo"))
    return _read_number(value, check)


def _read_number(value: float | Decimal, check: Callable[[str], Cell]) -> Cell:
    if value == 0:
        return PLACEHOLDER
    problem = _find_number_problem(value)
    if problem:
        todo = "row.digits_lost_todo" if problem == "row.digits_lost" else "row.correct_todo"
        return _problem(problem, todo, value)
    cell = check(str(int(value)))
    is_as_written = isinstance(value, int) or (isinstance(value, Decimal) and str(value) == cell.text)
    return cell._replace(is_corrected=cell.is_corrected or not is_as_written)


def _find_number_problem(value: float | Decimal) -> str:
    """Return the key of the problem of a number as an id; empty if there is none."""
    if value in _INFINITIES:
        return "row.not_finite"
    if has_too_many_digits(value):
        return "row.too_long"
    if value != int(value):
        return "row.fraction"
    # An integer, and a decimal from a database, have all their digits.
    return "row.digits_lost" if isinstance(value, float) and abs(value) >= MAX_EXACT_INTEGER else ""


def _read_text(value: str, check: Callable[[str], Cell]) -> Cell:
    text = normalize_id(value)
    if not text or text in _TEXTS_OF_MISSING:
        return BLANK
    folded = _fold(text)
    if _is_placeholder(folded) or (check is _check_mobile and _ONLY_ZEROS.fullmatch(folded)):
        return PLACEHOLDER
    if _NOTE.fullmatch(folded):
        return _problem("row.note", "row.note_todo", value)
    if _SCIENTIFIC.fullmatch(text):
        return _problem("row.digits_lost", "row.digits_lost_todo", value)
    cell = check(text)
    return cell if cell.text == value or cell.problem else cell._replace(is_corrected=True)


def _fold(text: str) -> str:
    """Return a text without blanks and case, and a placeholder without its brackets."""
    folded = "".join(text.split()).casefold().rstrip("。.;!")
    bare = _BRACKETED.fullmatch(folded)
    return bare[1] if bare is not None and _is_placeholder(bare[1]) else folded


def _is_placeholder(folded: str) -> bool:
    return folded in PLACEHOLDERS or _ONLY_MARKS.fullmatch(folded) is not None


_ID_CHECKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("row.everybody", lambda text: text.casefold() == "@all"),
    ("row.comma", lambda text: not _SEPARATORS.isdisjoint(text)),
    ("row.space", lambda text: any(map(str.isspace, text))),
    ("row.formula", lambda text: text.startswith("=") or "<" in text or ">" in text),
    ("row.unprintable", lambda text: not text.isprintable() or "\ufffd" in text),
    ("row.too_long", lambda text: len(text) > _MAX_ID_LENGTH),
    ("row.boolean", _TEXTS_OF_BOOLEANS.__contains__),
    ("row.negative", _NEGATIVE.fullmatch),
    ("row.fraction", _FRACTION.fullmatch),
)


def _is_plain_id(text: str) -> bool:
    return _PLAIN_ID.fullmatch(text) is not None and text.casefold() not in _DOUBTFUL_WORDS


def _check_userid(text: str) -> Cell:
    if _is_plain_id(text):
        return Cell(text)
    for problem, applies in _ID_CHECKS:
        if applies(text):
            return _problem(problem, "row.correct_todo", text)
    return Cell(text)


def _check_mobile(text: str) -> Cell:
    number, problem = parse_mobile_number(text)
    return _problem(problem, f"{problem}_todo", text) if problem else Cell(number)


def _problem(what: str, todo: str, value: object) -> Cell:
    return Cell("", Text(what, value=_problem_value(value)), Text(todo))


def _problem_value(value: object) -> object:
    """Return a value for a problem's text, truncated because the table of problems contains it in full."""
    text = show(value)
    if len(text) > _MAX_SHOWN_LENGTH:
        return f"{text[:_MAX_SHOWN_LENGTH]}…"
    # The repr of others would name their type.
    return text if isinstance(value, np.generic | Decimal) else value
