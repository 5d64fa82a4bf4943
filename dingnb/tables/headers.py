"""
What columns are usually called, and one name for each: the only table of such names.

Names are compared without case, width, blanks, underscores, dashes, and the marks of forms such as
``*`` and ``（必填）``.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final
from unicodedata import normalize

from dingnb.tables.cells import BLANKS, INVISIBLE

USUAL_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "userid": (
        *("userid", "employee userid", "dingtalk id", "dingtalk userid", "ding userid"),
        *("员工userid", "用户id", "用户userid", "钉钉id", "钉钉userid", "钉钉用户id"),
        *("員工userid", "用戶id", "用戶userid", "釘釘id", "釘釘userid", "釘釘用戶id"),
    ),
    "mobile": (
        *("mobile", "mobile phone", "mobile number", "mobile no", "phone", "phone number", "cell", "cell phone"),
        *("手机", "手机号", "手机号码", "移动电话", "联系手机", "电话", "电话号码", "联系电话"),
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
"""For each column that dingnb knows, under DingTalk's own name, what people call it."""

ID_COLUMNS: Final = ("userid", "mobile", "job_number")
"""The columns whose cells are identifiers, whatever they look like."""

_SEPARATORS = re.compile(r"[\s_\-*:：/.]+|[(（\[【](?:必填|选填|選填|required|optional)[)）\]】]", re.IGNORECASE)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Headers:
    """
    The names of a file's columns.

    Attributes:
        texts: What the file calls them, without what nobody sees; empty where it says nothing.
        labels: One name a column; no two are equal.
        renamed: What was called otherwise in the file: the file's name, and the new one.
        competing: Names that several columns could have; they were left as they are.
        twice: Names of kinds of address that are there twice, with how often.
        chosen: For each name that several columns could have and one has: what the file calls it, and the others.
    """

    texts: list[str]
    labels: list[str]
    renamed: list[tuple[str, str]]
    competing: dict[str, list[str]]
    twice: dict[str, int]
    chosen: dict[str, tuple[str, list[str]]]


def usual_name(label: object) -> str:
    """
    Return dingnb's name for what a column is called, or an empty text.

    >>> usual_name(" *手机号码（必填）"), usual_name("User ID"), usual_name("奖金")
    ('mobile', 'userid', '')
    """
    return _KINDS.get(_compared(str(label)), "")


def name_columns(texts: Sequence[str]) -> Headers:
    """
    Return one name for each column.

    What is usual gets dingnb's name, unless several columns could have it: then all of them keep their own,
    but for one that has dingnb's name already. A second column of one name gets ``_2`` behind it.

    Args:
        texts: What stands in the file's header.
    """
    tidy = [_tidy(text) for text in texts]
    kinds = [usual_name(text) for text in tidy]
    labels = list(tidy)
    competing: dict[str, list[str]] = {}
    taken: dict[str, tuple[str, list[str]]] = {}
    for kind in dict.fromkeys(filter(None, kinds)):
        positions = [position for position, other in enumerate(kinds) if other == kind]
        own = [position for position in positions if _compared(tidy[position]) == _compared(kind)]
        chosen = own if len(own) == 1 else positions
        if len(chosen) == 1:
            labels[chosen[0]] = kind
            if len(positions) > 1:
                others = dict.fromkeys(tidy[position] for position in positions if position != chosen[0])
                taken[kind] = tidy[chosen[0]], list(others)
        else:
            competing[kind] = list(dict.fromkeys(tidy[position] for position in positions))
    counts = Counter(labels)
    twice = {label: n for label, n in counts.items() if n > 1 and usual_name(label) in {"userid", "mobile"}}
    labels = _distinct(labels)
    renamed = [
        (text, label) for text, label in zip(texts, labels, strict=True) if text.strip(BLANKS) not in {label, ""}
    ]
    several = {kind: names for kind, names in competing.items() if len(names) > 1}
    return Headers(tidy, labels, renamed, several, twice, taken)


def _tidy(text: str) -> str:
    shown = "".join(character for character in text if character not in INVISIBLE)
    return " ".join(shown.split())[:_LONGEST_NAME]


def _compared(label: str) -> str:
    return _SEPARATORS.sub("", normalize("NFKC", _tidy(label))).casefold()


def _distinct(labels: Sequence[str]) -> list[str]:
    taken = set(labels)
    seen: set[str] = set()
    following: dict[str, int] = {}
    names: list[str] = []
    for position, label in enumerate(labels):
        base = label or "column"
        name = label or f"column_{position + 1}"
        number = following.get(base, 2 if label else position + 2)
        while name in seen or (name != label and name in taken):
            name = f"{base}_{number}"
            number += 1
        # The next one of this name begins behind: otherwise many of them take for ever.
        following[base] = number
        seen.add(name)
        names.append(name)
    return names


_KINDS: Mapping[str, str] = {_compared(name): kind for kind, names in USUAL_NAMES.items() for name in names}


_NUMBERED = re.compile(r"([^0-9]*)([0-9]+)")
_FEWEST_DIGITS = 5
_SHORTEST_MIXED = 5


def data_above(rows: Sequence[Sequence[str]]) -> str:
    """
    Return what in the first row is an id like those below it; empty where the row may be a header.

    Years and months are headers of pay lists (``name,2025,2026``), so that bare numbers count only in the
    first column, with leading zeros, or with five digits and more. A word above numbers makes it a header.

    >>> data_above([["manager01", "Zhang"], ["manager02", "Li"]]), data_above([["city", "2025"], ["Wuhan", "900"]])
    ('manager01', '')

    Args:
        rows: The first rows of a file that holds no usual name.
    """
    tidy = [[cell.strip(BLANKS) for cell in row] for row in rows]
    columns = list(zip_longest(*tidy, fillvalue=""))
    found = ""
    for position, (first, *cells) in enumerate(columns):
        below = [cell for cell in cells if cell]
        if not first or not below:
            continue
        if not _has_digit(first) and all(map(_has_digit, below)):
            return ""
        alike = sum(_is_alike(first, cell, is_first=position == 0) for cell in below)
        if not found and 2 * alike >= len(below):
            found = first
    return found


def _is_alike(first: str, cell: str, *, is_first: bool) -> bool:
    one, other = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(cell)
    if one and other and one[1] == other[1]:
        is_marked = one[1] or (len(first) == len(cell) and (first.startswith("0") or len(first) >= _FEWEST_DIGITS))
        return first != cell and bool(is_first or is_marked)
    is_mixed = first.isalnum() and not first.isalpha() and not first.isdecimal() and len(first) >= _SHORTEST_MIXED
    return is_mixed and first != cell and _shape(first) == _shape(cell)


def _shape(text: str) -> str:
    return "".join("9" if one.isdecimal() else "a" if one.isalpha() else one for one in text)


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))
