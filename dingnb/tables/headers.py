"""
Common names of columns, with dingnb's name for each.

Names are compared without case, width, blanks, the characters ``_-:/.``, and marks of forms, such as ``*`` and
``（必填）``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final
from unicodedata import normalize

from dingnb.tables.cell_values import BLANK_CHARACTERS, INVISIBLE_CHARACTERS
from dingnb.words.visible import safe_str

COLUMN_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "userid": (
        *("userid", "employee userid", "dingtalk id", "dingtalk userid", "ding userid"),
        *("员工userid", "用户id", "用户userid", "钉钉id", "钉钉userid", "钉钉用户id"),
        *("員工userid", "用戶id", "用戶userid", "釘釘id", "釘釘userid", "釘釘用戶id"),
    ),
    "mobile": (
        *("mobile", "mobile phone", "mobile number", "mobile no", "phone", "phone number", "phone no"),
        *("cell", "cell phone"),
        *("手机", "手机号", "手机号码", "移动电话", "联系手机", "电话", "电话号码", "联系电话"),
        *("员工手机", "员工手机号", "员工手机号码", "本人手机", "本人手机号", "本人手机号码"),
        *("联系方式(手机)", "联系方式(手机号)", "联系方式(手机号码)", "手机号(联系方式)"),
        *("手機", "手機號", "手機號碼", "行動電話", "流動電話", "電話", "電話號碼", "聯絡電話"),
    ),
    "job_number": (
        *("job number", "job no", "employee number", "employee no", "employee code", "employee id"),
        *("staff number", "staff no", "staff id", "工号", "员工工号", "员工编号", "员工号", "职工号", "人员编号"),
        *("工號", "員工工號", "員工編號"),
    ),
    "name": ("name", "full name", "employee name", "staff name", "姓名", "名字", "员工姓名", "中文姓名", "員工姓名"),
    "department": (
        *("department", "department name", "dept", "dept name"),
        *("部门", "部门名称", "所属部门", "所在部门", "部門", "部門名稱", "所屬部門"),
    ),
    "email": (
        *("email", "e-mail", "email address", "mail"),
        *("邮箱", "电子邮箱", "邮箱地址", "电子邮件", "企业邮箱", "工作邮箱", "郵箱", "電子郵箱", "電子郵件"),
    ),
    "title": ("title", "job title", "position", "职位", "职务", "岗位", "職位", "職務", "崗位"),
}
"""Common names of each supported column, by dingnb's name."""

ID_COLUMNS: Final = ("userid", "mobile", "job_number")
"""Columns whose cells are always identifiers."""

_SEPARATORS = re.compile(r"[\s_\-*:：/.]+|[(（\[【](?:必填|选填|選填|required|optional)[)）\]】]", re.IGNORECASE)
_MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Headers:
    """
    The names of a file's columns.

    Attributes:
        texts: The names in the file without invisible characters; empty for unnamed columns.
        labels: The unique names of the columns.
        renamed: The original and the new name of each renamed column.
        ambiguous: For each of dingnb's names that matches differently named columns and was given to none, the names
            of these columns.
        duplicates: Names of address columns that occur more than once, with the number of columns.
        chosen: For each of dingnb's names that matches several columns and was given to one, this column and the other
            matching columns.
    """

    texts: list[str]
    labels: list[str]
    renamed: list[tuple[str, str]]
    ambiguous: dict[str, list[str]]
    duplicates: dict[str, int]
    chosen: dict[str, tuple[str, list[str]]]


def canonical_name(label: object) -> str:
    """
    Return dingnb's name for a column; empty if dingnb has no name for it.

    >>> canonical_name(" *手机号码（必填）"), canonical_name("User ID"), canonical_name("奖金")
    ('mobile', 'userid', '')
    """
    return _CANONICAL_NAMES.get(_normalize(safe_str(label)), "")


def synonyms_among(labels: Iterable[object], label: object) -> list[str]:
    """
    Return the labels with another usual name for the same column.

    >>> synonyms_among(["name", "net"], "姓名"), synonyms_among(["name", "net"], "bonus")
    (['name'], [])
    """
    name = canonical_name(label)
    return [str(other) for other in dict.fromkeys(labels) if name and canonical_name(other) == name]


def name_columns(texts: Sequence[str]) -> Headers:
    """
    Return a unique name for each column of a file's header.

    A column with a common name gets dingnb's name. If several columns match the same name, all keep their own names,
    unless exactly one already has dingnb's name. ``_2`` is appended to a duplicate name. An unnamed column is named by
    its position: ``column_3``.
    """
    tidy = [_tidy(text) for text in texts]
    canonical_names = [canonical_name(text) for text in tidy]
    labels = list(tidy)
    ambiguous: dict[str, list[str]] = {}
    chosen_columns: dict[str, tuple[str, list[str]]] = {}
    for name in dict.fromkeys(filter(None, canonical_names)):
        positions = [position for position, other in enumerate(canonical_names) if other == name]
        equal_names = [position for position in positions if _normalize(tidy[position]) == _normalize(name)]
        chosen = equal_names if len(equal_names) == 1 else positions
        if len(chosen) == 1:
            labels[chosen[0]] = name
            if len(positions) > 1:
                others = dict.fromkeys(tidy[position] for position in positions if position != chosen[0])
                chosen_columns[name] = tidy[chosen[0]], list(others)
        else:
            ambiguous[name] = list(dict.fromkeys(tidy[position] for position in positions))
    counts = Counter(labels)
    duplicates = {label: n for label, n in counts.items() if n > 1 and canonical_name(label) in {"userid", "mobile"}}
    labels = _make_unique(labels)
    renamed = [
        (text, label)
        for text, label in zip(texts, labels, strict=True)
        if text.strip(BLANK_CHARACTERS) not in {label, ""}
    ]
    several = {name: names for name, names in ambiguous.items() if len(names) > 1}
    return Headers(tidy, labels, renamed, several, duplicates, chosen_columns)


def _tidy(text: str) -> str:
    shown = "".join(character for character in text if character not in INVISIBLE_CHARACTERS)
    return " ".join(shown.split())[:_MAX_NAME_LENGTH]


def _normalize(label: str) -> str:
    return _SEPARATORS.sub("", normalize("NFKC", _tidy(label))).casefold()


def _make_unique(labels: Sequence[str]) -> list[str]:
    all_labels = set(labels)
    seen: set[str] = set()
    following: dict[str, int] = {}
    names: list[str] = []
    for position, label in enumerate(labels):
        base = label or "column"
        name = label or f"column_{position + 1}"
        number = following.get(base, 2 if label else position + 2)
        while name in seen or (name != label and name in all_labels):
            name = f"{base}_{number}"
            number += 1
        # Continue from here for the next duplicate; restarting would take quadratic time.
        following[base] = number
        seen.add(name)
        names.append(name)
    return names


_CANONICAL_NAMES: Mapping[str, str] = {
    _normalize(alias): name for name, aliases in COLUMN_ALIASES.items() for alias in aliases
}


_NUMBERED = re.compile(r"([^0-9]*)([0-9]+)")
_MIN_DIGITS = 5
_MIN_MIXED_LENGTH = 5


def find_data_in_first_row(rows: Sequence[Sequence[str]]) -> str:
    """
    Return the first value in the first row that is an id, as are at least half of the values below it.

    The value is empty if the row may be a header.

    Years and months are headers of payrolls (``name,2025,2026``), so numbers without a prefix count only in the first
    column, with leading zeros, or with at least five digits. If there is a word above numbers, the row is a header.

    >>> find_data_in_first_row([["manager01", "Zhang"], ["manager02", "Li"]])
    'manager01'
    >>> find_data_in_first_row([["city", "2025"], ["Wuhan", "900"]])
    ''

    Args:
        rows: The first rows of a file without a common column name.
    """
    tidy = [[cell.strip(BLANK_CHARACTERS) for cell in row] for row in rows]
    columns = list(zip_longest(*tidy, fillvalue=""))
    first_like_data = ""
    for position, (first_cell, *cells) in enumerate(columns):
        below = [cell for cell in cells if cell]
        if not first_cell or not below:
            continue
        if not _has_digit(first_cell) and all(map(_has_digit, below)):
            return ""
        alike = sum(_is_alike(first_cell, cell, is_first=position == 0) for cell in below)
        if not first_like_data and 2 * alike >= len(below):
            first_like_data = first_cell
    return first_like_data


def _is_alike(first: str, cell: str, *, is_first: bool) -> bool:
    first_match, cell_match = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(cell)
    if first_match and cell_match and first_match[1] == cell_match[1]:
        is_marked = first_match[1] or (len(first) == len(cell) and (first.startswith("0") or len(first) >= _MIN_DIGITS))
        return first != cell and bool(is_first or is_marked)
    is_mixed = first.isalnum() and not first.isalpha() and not first.isdecimal() and len(first) >= _MIN_MIXED_LENGTH
    return is_mixed and first != cell and _shape(first) == _shape(cell)


def _shape(text: str) -> str:
    return "".join("9" if character.isdecimal() else "a" if character.isalpha() else character for character in text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))
