"""
Reads ids and phone numbers from cells of a DataFrame, as untrusted input.

pandas, Excel and people corrupt identifiers: ``123.0``, ``1.38E+10``, zero-width spaces, full-width digits, the text
"nan". Values that can be corrected unambiguously are corrected and reported; all other values are reported as problems.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, cast

import numpy as np

from dingnb.tables.cell_values import BLANK_CHARACTERS, INVISIBLE_CHARACTERS, MAX_EXACT_INTEGER
from dingnb.tables.cells import EXCEL_ERRORS, TEXTS_OF_MISSING, has_too_many_digits, is_missing, show, to_python
from dingnb.tables.headers import COLUMN_ALIASES, ID_COLUMNS
from dingnb.tables.mobile_numbers import parse_mobile_number
from dingnb.words import NOTHING, Text

_MAX_ID_LENGTH = 64
_INFINITIES = (float("inf"), float("-inf"))
_SEPARATORS = frozenset(",，、;|")
_MAX_SHOWN_LENGTH = 80
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

_NO_NUMBER = re.compile(
    "(?:暂|暫)?(?:无|無|没有?|沒有?)(?:(?:联系|聯繫)?(?:手机|手機|电话|電話)(?:号码?|號碼?)?|号码|號碼)"
)
"""Placeholders for a missing phone number, such as 没有手机号."""

_BRACKETED = re.compile(r"[(\[【<]([^()]*)[)\]】>]")
_ONLY_MARKS = re.compile(r"[-‐‑‒–—―/\\.。·…*?#~、,]+")
_ONLY_ZEROS = re.compile(r"0+")
_NOTES = (
    *("合计", "总计", "小计", "共计", "总数", "總計", "合計", "小計", "平均", "平均值", "合计人数", "人数合计"),
    *("备注", "備註", "说明", "說明", "审批人", "领导签字"),
    *("示例", "样例", "范例", "例子", "填表说明", "填写说明", "注意事项", "必填", "选填", "文本", "数字"),
    *("以下空白", "以下无正文", "以下无内容", "--end--", "end"),
)
_ALWAYS_NOTE = rf"(?:{'|'.join(_NOTES)})(?![\w-])"
_REMARKS = ("离职", "已离职", "离职人员", "见备注", "同上")
_LABELS = ("账号", "帐号", *(name for column in ID_COLUMNS for name in COLUMN_ALIASES[column] if not name.isascii()))
_REMARK = re.compile(
    rf"(?:{'|'.join(_REMARKS)})(?![\w-]).*|(?:{'|'.join(map(re.escape, _LABELS))}):.+"
    rf"|(?!{_ALWAYS_NOTE})[^:\u4e00-\u9fff]*[\u4e00-\u9fff][^:]*:.*1(?:-?[0-9]){{10}}.*",
    re.DOTALL,
)
"""Remarks about a person in place of an id, and ids with a label, such as ``手机:13900000001``."""

_ASCII_NOTES = ("total", "subtotal", "grandtotal", "sum", "average", "example", "sample", "note", "notes")
_NOTE = re.compile(
    rf"{_ALWAYS_NOTE}.*|(?:{'|'.join(_ASCII_NOTES)})(?:[:(].*)?"
    r"|(?:合计|总计|小计|共计|合計|總計|共)[0-9]+.*|.*(?:示例|样例|范例|小计|合计|总计)[)\]】]?|[(\[【](?:示例|样例|范例|例).*"
    r"|第[0-9]+页.*"
    r"|[^0-9A-Za-z\u4e00-\u9fff]*[\u4e00-\u9fff][^:]*:.*",  # 制表:, 示例:zhangsan, 填表人: 王
    re.DOTALL,
)
"""Notes above or below a list, such as totals, examples and the author."""

_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|总数|總計|合計|小計|合计人数|人数合计|total|subtotal|grandtotal)(?:[:(].*)?"
    r"|(?:合计|总计|小计|共计|合計|總計|共)[0-9]+人?|.*(?:小计|合计|总计)"
)
"""The first cell of a row with totals; narrower than `_NOTE`, since the row of a person may have a note."""

_SIGNATURE = re.compile(
    r"(?:制表|填表|填报|编制|审核|复核|审批|批准|经办|负责|主管|领导|日期|时间|单位|製表|填報|編製|審核)[^:]{0,4}:.*",
    re.DOTALL,
)
"""Who made or approved a list, and when: ``制表人: 王芳``."""

_DOUBTFUL_WORDS = frozenset(
    word.casefold()
    for word in (*TEXTS_OF_MISSING, *_TEXTS_OF_BOOLEANS, *PLACEHOLDERS, *_NOTES, *_ASCII_NOTES)
    if word.isascii() and word.isalpha()
)
"""Words that look like ids, compared without case; such words are checked in detail."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DELETE_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE_CHARACTERS))

_PLAIN_ID = re.compile(r"[1-9][0-9]{0,63}|0[0-9]{1,63}|[A-Za-z_][0-9A-Za-z_-]{0,63}")
"""Pattern of most ids; other values, and `_DOUBTFUL_WORDS`, are checked in detail."""

_PLAIN_IDS = re.compile(rf"(?:(?:{_PLAIN_ID.pattern})\n)*+")
"""Pattern of a column of ids that match `_PLAIN_ID`, one per line."""

_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+[eE][+-]?[0-9]+|[eE][+-][0-9]+|[eE]0?[0-9])")
"""
Numbers in scientific notation. Two digits after an unsigned E (``7E12``) also occur in codes and do not match; ``2E3``
and ``2E03`` do.
"""

_FRACTION = re.compile(r"-?[0-9]*\.[0-9]+")
_NEGATIVE = re.compile(r"-[0-9]+")
_KEPT_AS_TEXT = re.compile(r"""="([^"=]*)"|['’‘`]([0-9A-Za-z_+-]+)""")
"""Marks that keep Excel from reading an id as a number: ``="0123"`` and ``'0123``."""


class Cell(NamedTuple):
    """
    The content of a cell.

    Attributes:
        text: The id or number; empty if the cell is blank or invalid.
        problem: The problem; empty without a problem.
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
        if min(whole) <= 0 or has_too_many_digits(max(whole)):
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
    # A larger number may have lost digits.
    return whole.group(1) if whole and float(cleaned) < MAX_EXACT_INTEGER else cleaned


def is_placeholder(text: str) -> bool:
    """
    Return whether a text is a placeholder for a missing value.

    >>> is_placeholder("N/A"), is_placeholder("（无）"), is_placeholder("吴")
    (True, True, False)
    """
    return _is_placeholder(_fold(normalize_id(text)))


def is_about_list(value: object) -> bool:
    """
    Return whether a row's first cell, or its cell with a name, says that the row has totals, or who made the list.

    >>> is_about_list("合 计"), is_about_list("研发部小计"), is_about_list("Total:"), is_about_list("制表：李四")
    (True, True, True, True)
    >>> is_about_list("王总"), is_about_list("李四"), is_about_list(None)
    (False, False, False)
    """
    if not isinstance(value, str):
        return False
    text = _fold(normalize_id(value))
    return any(pattern.fullmatch(text) for pattern in (_TOTAL, _SIGNATURE))


def _read_id(value: object, check: Callable[[str], Cell]) -> Cell:
    if isinstance(value, np.generic):
        if isinstance(value, np.floating) and np.inf > abs(value) >= 2 ** (np.finfo(value.dtype).nmant + 1):
            return _problem("row.digits_lost", "row.digits_lost_todo", value)
        value = to_python(value)
    if isinstance(value, str):
        return _read_text(value, check)
    if is_missing(value):
        return BLANK
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
    """Return the key of the problem of a number as an id; empty without a problem."""
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
    if is_missing(text):
        return PLACEHOLDER if text in EXCEL_ERRORS else BLANK
    folded = _fold(text)
    if _is_placeholder(folded) or (check is _check_mobile and _ONLY_ZEROS.fullmatch(folded)):
        return PLACEHOLDER
    if _REMARK.fullmatch(folded):
        return _problem("row.remark", "row.correct_todo", value)
    if _NOTE.fullmatch(folded):
        return _problem("row.note", "row.note_todo", value)
    if _SCIENTIFIC.fullmatch(text) or _WHOLE_FLOAT.fullmatch(text):
        return _problem("row.digits_lost", "row.digits_lost_todo", value)
    cell = check(text)
    return cell if cell.text == value or cell.problem else cell._replace(is_corrected=True)


def _fold(text: str) -> str:
    """Return a text without blanks, case and final punctuation, and a placeholder without its brackets."""
    folded = "".join(text.split()).casefold().rstrip("。.;!")
    bare = _BRACKETED.fullmatch(folded)
    return bare[1] if bare is not None and _is_placeholder(bare[1]) else folded


def _is_placeholder(folded: str) -> bool:
    return folded in PLACEHOLDERS or any(marks.fullmatch(folded) for marks in (_ONLY_MARKS, _NO_NUMBER))


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
    # The repr of a NumPy value or a decimal would name its type.
    return text if isinstance(value, np.generic | Decimal) else value
