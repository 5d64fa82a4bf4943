"""Reads the columns that identify people, such as ids, names and departments, as texts that can be compared."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Final, NamedTuple, cast

import numpy as np
import pandas as pd

from dingnb.recipients.person_names import fold_department, fold_names, irregular_keys, is_plain, name_keys
from dingnb.tables.cell_values import BLANK_CHARACTERS
from dingnb.tables.cells import TEXTS_OF_MISSING, cells_of, is_missing, shorten, show
from dingnb.tables.ids import PLACEHOLDERS, Cell, is_placeholder, normalize_id, plain_userids, read_mobile, read_userid
from dingnb.words import Text

ID_KINDS: Final = ("userid", "mobile", "job_number", "email")
"""Kinds of evidence that belong to one person, in the order in which a match is named after them."""

KINDS: Final = (*ID_KINDS, "name", "department")
"""All kinds of evidence."""

_MOBILES = re.compile(r"(?:1[3-9][0-9]{9}\n)*+")
_EMAILS = re.compile(r"(?:[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+\n)*+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MISSING_KEYS = frozenset({"", *map(str.casefold, TEXTS_OF_MISSING)})


@dataclass(slots=True)
class Ids:
    """
    The ids of one kind.

    Attributes:
        texts: The id of each row; empty where there is none.
        problems: Why the id of a row cannot be read, by position.
    """

    texts: list[str]
    problems: dict[int, Text] = field(default_factory=dict)


def read_ids(kind: str, column: "pd.Series[Any]") -> Ids:
    """
    Return the ids in a column: e-mail addresses in lower case, other ids as `dingnb.tables.ids` reads them.

    >>> read_ids("mobile", pd.Series(["+86 139-0000-0001", None])).texts
    ['13900000001', '']
    """
    cells = cells_of(column)
    plain = _plain_ids(kind, cells)
    return Ids(plain) if plain is not None else _read_each(_READERS[kind], cells)


def read_texts(column: "pd.Series[Any]") -> list[str]:
    """
    Return the texts in a column; empty where a cell is missing.

    >>> read_texts(pd.Series(["张伟", None, 123.0], dtype=object))
    ['张伟', '', '123']
    """
    if isinstance(column.dtype, pd.StringDtype):
        column = column.fillna("") if column.hasnans else column
        return cast("list[str]", column.astype(object).tolist())
    return [_text(cell) for cell in cells_of(column)]


def placeholder_keys(keys: Collection[str]) -> set[str]:
    """
    Return the keys of names or departments that are placeholders for a missing value.

    >>> sorted(placeholder_keys(["张伟", "无", "n/a", "-", "", "#ref!"]))
    ['', '#ref!', '-', 'n/a', '无']
    """
    placeholders = set(_folded_placeholders().intersection(keys))
    joined = "".join(keys)
    if joined and not is_plain(joined):
        placeholders.update(key for key in irregular_keys(keys) if key in _MISSING_KEYS or is_placeholder(key))
    return placeholders


def id_key(kind: str, text: str) -> str:
    """
    Return the key for comparing an id: a job number without case and leading zeros, which spreadsheets drop.

    >>> id_key("job_number", "00A12"), id_key("userid", "007")
    ('a12', '007')
    """
    return text.casefold().lstrip("0") or text if kind == "job_number" else text


class Evidence(NamedTuple):
    """
    The evidence of a row about its person.

    Attributes:
        ids: The ids that the row has: kind and text.
        problems: Why the row's other ids cannot be read.
        name: The name as written; empty if missing.
        name_key: The key of the name.
        department: The department as written; empty if missing.
    """

    ids: tuple[tuple[str, str], ...]
    problems: tuple[Text, ...]
    name: str
    name_key: str
    department: str


class TableEvidence:
    """
    The evidence in all rows of a table.

    Args:
        columns: The column of each kind of evidence.
        length: The number of rows.
        is_department: Whether a text names a department of the directory.
    """

    def __init__(
        self, columns: "Mapping[str, pd.Series[Any]]", length: int, is_department: Callable[[str], bool]
    ) -> None:
        self.ids: dict[str, Ids] = {kind: read_ids(kind, columns[kind]) for kind in ID_KINDS if kind in columns}
        blank = [""] * length
        self.has_names = "name" in columns
        self.names = read_texts(columns["name"]) if self.has_names else blank
        self.has_departments = "department" in columns
        self.departments = read_texts(columns["department"]) if self.has_departments else blank
        self.name_keys = name_keys(self.names, is_department) if self.has_names else blank
        self.missing_names = placeholder_keys(self.name_keys)

    @cached_property
    def missing_departments(self) -> frozenset[str]:
        """The texts in department cells that are placeholders for a missing value."""
        keys = {cell: fold_department(cell) for cell in dict.fromkeys(self.departments)}
        placeholders = placeholder_keys(keys.values())
        return frozenset(cell for cell, key in keys.items() if key in placeholders)

    def evidence(self, row: int) -> Evidence:
        """Return the evidence of a row."""
        key, department = self.name_keys[row], self.departments[row]
        return Evidence(
            tuple((kind, ids.texts[row]) for kind, ids in self.ids.items() if ids.texts[row]),
            tuple(ids.problems[row] for ids in self.ids.values() if row in ids.problems),
            "" if key in self.missing_names else self.names[row],
            "" if key in self.missing_names else key,
            "" if department in self.missing_departments else department,
        )


@cache
def _folded_placeholders() -> frozenset[str]:
    return _MISSING_KEYS | frozenset(fold_names(sorted(PLACEHOLDERS)))


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if is_missing(cell):
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return show(cell)


def _plain_ids(kind: str, cells: list[object]) -> list[str] | None:
    """Return the ids of many cells if all of them are plain; None if a cell must be read in detail."""
    if kind in {"userid", "job_number"}:
        return plain_userids(cells)
    types = set(map(type, cells))
    if kind == "mobile" and types == {int}:
        cells, types = list(map(show, cells)), {str}
    if types != {str}:
        return None
    texts = cast("list[str]", cells)
    lines = "\n".join(texts) + "\n"
    if lines.count("\n") != len(texts):
        return None
    if kind == "mobile":
        return texts if _MOBILES.fullmatch(lines) else None
    return lines.casefold().split("\n")[:-1] if _EMAILS.fullmatch(lines) else None


def _read_each(read: Callable[[object], Cell], cells: Sequence[object]) -> Ids:
    ids = Ids([])
    parsed_by_text: dict[object, Cell] = {}
    for position, value in enumerate(cells):
        if type(value) is str:
            parsed = parsed_by_text.get(value)
            if parsed is None:
                parsed = parsed_by_text[value] = read(value)
        else:
            parsed = read(value)
        ids.texts.append("" if parsed.problem else parsed.text)
        if parsed.problem:
            ids.problems[position] = parsed.problem
    return ids


def _read_email(value: object) -> Cell:
    """Return the e-mail address in a cell."""
    if is_missing(value):
        return Cell()
    text = normalize_id(show(value)).casefold().removeprefix("mailto:").strip(BLANK_CHARACTERS)
    if not text or is_placeholder(text):
        return Cell()
    return Cell(text) if _EMAIL.fullmatch(text) else Cell("", Text("match.bad_email", value=shorten(text)))


_READERS: dict[str, Callable[[object], Cell]] = {
    "userid": read_userid,
    "mobile": read_mobile,
    "job_number": read_userid,
    "email": _read_email,
}
