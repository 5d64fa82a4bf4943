"""The people of a directory, found by ids, names and departments."""

import re
from ast import literal_eval
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.recipients.evidence import id_key, placeholder_keys, read_ids, read_texts
from dingnb.recipients.person_names import (
    PersonName,
    are_compatible,
    fold_department,
    is_one_apart,
    is_plain,
    name_keys,
    path_ends,
    read_name,
    spelling_rules,
    split_departments,
    split_key,
    stem_of,
)
from dingnb.tables.factorize import IntArray, factorize_texts, factorize_values
from dingnb.tables.frame_report import report_of
from dingnb.words import Text, as_text, clauses, count, listed

WHOLE_SIZE: Final = "whole"
"""Key in a frame's report (`ATTRS_KEY`) for the number of people of the whole directory; 0 for a part of it."""

ORIGIN: Final = "origin"
"""Key in a frame's report (`ATTRS_KEY`) for the connection whose directory has the frame's userids."""

_MAX_SIMILAR = 50
"""Maximum size of a group of similar names that is searched for suggestions; larger groups are too unspecific."""

_ALWAYS_ESCAPED = r"\\\x00-\x1f\ud800-\udfff"
_ESCAPE = r"\\(?:[\\'nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5}|U0010[0-9a-f]{4})"
_PATH = rf"""(?:'(?:[^'{_ALWAYS_ESCAPED}]|{_ESCAPE})*'|"(?:[^"{_ALWAYS_ESCAPED}]|{_ESCAPE})*")"""
_SAVED_PATHS = re.compile(rf"\((?:{_PATH},|{_PATH}(?:, {_PATH})+)?\)")
"""Paths as written to a file by pandas: the literal of a tuple."""

_CACHED_CELLS = 16_384
_LAST_DIGITS = 4
_FEW_PEOPLE = 30
"""Number of people up to which a loop is faster than operations on arrays of all departments."""

_LONG_NUMBER = re.compile(r"\d{4,}")
"""A number beside a name that is too long for numbering namesakes."""

_FOLDED_JOB_NUMBERS = re.compile(r"(?:[1-9a-z][0-9a-z_-]*(?:\n|$))*+")
"""Job numbers, one per line, that are their own keys."""


@dataclass(frozen=True, slots=True)
class DepartmentQuery:
    """
    The departments that a cell names.

    Attributes:
        ids: The numbers of the departments.
        below: The numbers of the departments below the named departments.
        unknown: The names that no department has.
        is_single: Whether the cell has one name, which several departments may have.
    """

    ids: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()
    unknown: tuple[str, ...] = ()
    is_single: bool = True


class Departments:
    """
    The departments of people, found by name, path or the end of a path.

    Args:
        paths: For each person the paths of all departments.
        main: For each person the name of the main department; empty if unknown.
    """

    def __init__(self, paths: Sequence[tuple[str, ...]], main: Sequence[str]) -> None:
        self.paths: list[str] = []
        """The path of each department, by its number."""
        self._ids: dict[str, int] = {}
        self._ends: dict[str, set[int]] = defaultdict(set)
        self._stems: dict[str, set[int]] = defaultdict(set)
        self._below: dict[str, set[int]] = defaultdict(set)
        self._cached_queries: dict[str, DepartmentQuery] = {}
        by_paths, by_main = factorize_values(paths), factorize_texts(main)
        width = len(by_main.uniques)
        pairs, of_person = np.unique(by_paths.codes * width + by_main.codes, return_inverse=True)
        self.group_of_person: IntArray = of_person
        """The group of each person: people of a group are in the same departments."""
        self.groups = [
            self._group(by_paths.uniques[pair // width], by_main.uniques[pair % width]) for pair in pairs.tolist()
        ]
        """The numbers of the departments of each group."""

    def find(self, cell: str) -> DepartmentQuery:
        """Return the departments that a cell names; several are separated by commas."""
        if cell not in self._cached_queries:
            parts = split_departments(cell)
            ids_of_parts = [(part, self._ids_of(fold_department(part))) for part in parts]
            below = [self._below.get(fold_department(part), set()) for part in parts]
            unknown = (part for (part, ids), under in zip(ids_of_parts, below, strict=True) if not ids and not under)
            self._cached_queries[cell] = DepartmentQuery(
                frozenset(chain.from_iterable(ids for _, ids in ids_of_parts)),
                frozenset(chain.from_iterable(below)),
                tuple(unknown),
                len(parts) == 1,
            )
        return self._cached_queries[cell]

    def is_exact(self, cell: str) -> bool:
        """Return whether a cell is exactly the name, the path or an end of the path of each department it names."""
        ids = self.find(cell).ids
        return all(
            self.paths[department_id] == cell or self.paths[department_id].endswith(f"/{cell}") for department_id in ids
        )

    def has_name(self, text: str) -> bool:
        """Return whether a text names a department."""
        return bool(text) and not self.find(text).unknown

    def _ids_of(self, key: str) -> Iterable[int]:
        stem = stem_of(key)
        ids = self._ends.get(key) or (self._stems.get(key) if stem == key else self._ends.get(stem))
        return ids or ()

    def _group(self, paths: tuple[str, ...], main: str) -> frozenset[int]:
        ids = {self._id(path) for path in paths}
        key = fold_department(main)
        if key and not any(key in path_ends(fold_department(path)) for path in paths):
            ids.add(self._id(main))
        return frozenset(ids)

    def _id(self, path: str) -> int:
        if path not in self._ids:
            number = self._ids[path] = len(self.paths)
            self.paths.append(path)
            parts = [fold_department(part) for part in path.split("/")]
            for end in path_ends("/".join(parts)):
                self._ends[end].add(number)
                if stem_of(end) != end:
                    self._stems[stem_of(end)].add(number)
            for length in range(1, len(parts)):
                for end in path_ends("/".join(parts[:length])):
                    self._below[end].add(number)
        return self._ids[path]


class IdIndex:
    """
    The ids of one kind.

    Args:
        kind: The kind, one of `dingnb.recipients.evidence.ID_KINDS`.
        texts: The id of each person; empty if unknown.
    """

    def __init__(self, kind: str, texts: list[str]) -> None:
        self.texts = texts
        self._kind = kind
        keys = texts
        if kind == "job_number" and not _FOLDED_JOB_NUMBERS.fullmatch("\n".join(texts)):
            keys = [id_key(kind, text) for text in texts]
        self._keys = keys
        self._person_of = dict(zip(keys, range(len(texts)), strict=True))
        self._person_of.pop("", None)

    @property
    def is_known(self) -> bool:
        """Whether somebody's id is known."""
        return bool(self._person_of)

    @cached_property
    def owners(self) -> dict[str, int]:
        """The person of each id, written as in the directory, that exactly one person has."""
        if self._is_unique and self._keys is self.texts:
            return self._person_of
        people_of = ([person] for person in self._person_of.values()) if self._is_unique else self._people_of.values()
        return {self.texts[people[0]]: people[0] for people in people_of if len(people) == 1}

    def people(self, text: str) -> list[int]:
        """Return the people who have an id."""
        key = id_key(self._kind, text)
        if not self._is_unique:
            return self._people_of.get(key, [])
        return [self._person_of[key]] if key in self._person_of else []

    @cached_property
    def _is_unique(self) -> bool:
        return len(self._person_of) + self._keys.count("") == len(self._keys)

    @cached_property
    def _people_of(self) -> dict[str, list[int]]:
        people: dict[str, list[int]] = defaultdict(list)
        for person, key in enumerate(self._keys):
            if key:
                people[key].append(person)
        return dict(people)


class PeopleIndex:
    """
    The people of a directory.

    Args:
        people: The people as `DingTalk.people` returns them; of several rows with one userid, the first counts.

    Raises:
        InputError: `people` is not a DataFrame, lacks userids, or has a duplicate column.
    """

    def __init__(self, people: object) -> None:
        self._frame = check_people(people)
        self._cached_texts: dict[str, list[str]] = {}
        self.userids = self._texts("userid")
        self.names = self._texts("name")
        self._ids: dict[str, IdIndex] = {}

    @cached_property
    def name_keys(self) -> list[str]:
        """The key of each person's name."""
        return name_keys(self.names, self.is_department)

    @cached_property
    def by_name(self) -> "NameIndex":
        """The people by their names."""
        return NameIndex(self.name_keys)

    def is_department(self, text: str) -> bool:
        """Return whether a text names a department."""
        return self.departments.has_name(text)

    @cached_property
    def departments(self) -> Departments:
        """The departments of the people."""
        return Departments(self._paths, self._texts("department"))

    def ids(self, kind: str) -> IdIndex:
        """Return the people's ids of a kind."""
        if kind not in self._ids:
            has_column = kind in self._frame
            texts = read_ids(kind, self._frame[kind]).texts if has_column else [""] * len(self._frame)
            self._ids[kind] = IdIndex(kind, texts)
        return self._ids[kind]

    def people_for_name(self, name: PersonName) -> list[int]:
        """
        Return the people who may have a name.

        People with the same qualifier are the only candidates, unless there are none, or the qualifier is a department.
        Then the qualifiers must be compatible, or the name's qualifier must be a department of the person.
        """
        people = self.by_name.people_with(name) if name.qualifier and not self.is_department_qualified(name) else []
        if not people:
            for other in self.by_name.names_like(name):
                named = self.by_name.people_with(other)
                people += (
                    named
                    if are_compatible(name, other)
                    else [person for person in named if self._is_in(person, name.qualifier)]
                )
        return people

    def people_in(self, ids: frozenset[int], people: list[int]) -> list[int]:
        """Return the given people who are in at least one of these departments."""
        if len(people) <= _FEW_PEOPLE:
            return [person for person in people if ids & self.department_ids(person)]
        departments = self.departments
        is_in = np.array([not ids.isdisjoint(group) for group in departments.groups], dtype=bool)
        chosen: list[int] = np.array(people)[is_in[departments.group_of_person[people]]].tolist()
        return chosen

    def is_department_qualified(self, name: PersonName) -> bool:
        """Return whether a name is qualified by a department, as in ``张伟（财务）``."""
        return bool(name.qualifier) and not name.is_numbered and self.is_department(name.qualifier)

    def has_name(self, person: int, name: PersonName) -> bool:
        """Return whether a person may have this name; the text beside it may be one of the person's departments."""
        theirs = self.by_name.of(person)
        if name == theirs:
            return True
        if self.is_marked(person, name):
            # The note is no part of the name: 张伟2（勿发） is 张伟2.
            return self.has_name(person, read_name(name.base, self.is_department))
        is_full_name = name.qualifier and not self.is_department_qualified(name) and self.by_name.people_with(name)
        if is_full_name or self.has_foreign_id(person, name):  # somebody else
            return False
        return are_compatible(name, theirs) or (name.base == theirs.base and self._is_in(person, name.qualifier))

    def has_foreign_id(self, person: int, name: PersonName) -> bool:
        """
        Return whether the text beside a name is a number or id that this person does not have.

        Short numbers, with which a list may distinguish namesakes, count only if they are the id of a namesake. Longer
        numbers must be the person's own: ``张伟（13900000001）``, ``张伟0001``.
        """
        qualifier = name.qualifier.removeprefix("#")
        if not qualifier or name == self.by_name.of(person):
            return False
        owners = {candidate for kind in ("userid", "job_number") for candidate in self.ids(kind).people(qualifier)}
        if person in owners:
            return False
        if any(self.by_name.of(owner).base == name.base for owner in owners):
            return True
        ids_of_person = [self.ids(kind).texts[person] for kind in ("userid", "job_number", "mobile")]
        return any(
            not any(text.endswith(number) for text in ids_of_person) for number in _LONG_NUMBER.findall(qualifier)
        )

    def is_marked(self, person: int, name: PersonName) -> bool:
        """
        Return whether the text beside a name says that the person has left or must not get messages.

        A department with such a name, and a text that the directory itself has beside the person's name, say neither.

        Args:
            person: The person; negative if unknown.
            name: The name.
        """
        if not name.has_note or self.is_department_qualified(name):
            return False
        return person < 0 or name != self.by_name.of(person)

    def name_rules(self, person: int, written: str, name: PersonName) -> list[Text]:
        """Return the rules by which a name as written equals a person's name."""
        theirs = self.by_name.of(person).qualifier
        if name.qualifier == theirs:
            return spelling_rules(written, self.names[person])
        # If the name is written as in the directory, the text beside it is not a spelling difference.
        rules = [] if self.names[person] in written else spelling_rules(written, self.names[person])
        key = "match.rule_beside" if self.is_department_qualified(name) else "match.rule_ignored"
        return [*rules, Text(key, mark=(name.qualifier or theirs).removeprefix("#"))]

    def department_ids(self, person: int) -> frozenset[int]:
        """Return the numbers of a person's departments."""
        departments = self.departments
        return departments.groups[int(departments.group_of_person[person])]

    def department_paths(self, person: int) -> str:
        """Return the paths of a person's departments, for display."""
        return str(listed(self._paths[person])) or self._texts("department")[person]

    def describe(self, person: int) -> Text:
        """Describe a person: userid, name, departments, title, job number, end of the mobile number."""
        titles, numbers, mobiles = self._details
        departments = listed(self._paths[person]) if self._paths[person] else as_text(self.department_paths(person))
        others = (titles[person], numbers[person], mobile_end(mobiles[person]))
        details = clauses(filter(None, (departments, *map(as_text, others))))
        name = self.names[person]
        named = f"{self.userids[person]} {name}" if name else self.userids[person]
        return Text("match.person", named=named, details=details) if details else as_text(named)

    @cached_property
    def _details(self) -> tuple[list[str], list[str], list[str]]:
        return self._texts("title"), self._texts("job_number"), self._texts("mobile")

    def _is_in(self, person: int, qualifier: str) -> bool:
        if not qualifier or qualifier.startswith("#"):
            return False
        return bool(self.departments.find(qualifier).ids & self.department_ids(person))

    @cached_property
    def _paths(self) -> list[tuple[str, ...]]:
        cells = self._frame["departments"].tolist() if "departments" in self._frame else [()] * len(self._frame)
        is_usual = set(map(type, cells)) == {tuple} and set(map(type, chain.from_iterable(cells))) <= {str}
        return cells if is_usual else list(map(_read_paths, cells))

    def text(self, column: str, person: int) -> str:
        """Return a person's value in a column of the directory; empty if unknown."""
        return self._texts(column)[person]

    def _texts(self, column: str) -> list[str]:
        if column not in self._cached_texts:
            has_column = column in self._frame
            self._cached_texts[column] = read_texts(self._frame[column]) if has_column else [""] * len(self._frame)
        return self._cached_texts[column]


class NameIndex:
    """
    The people by their names.

    Attributes:
        code_of: The code of each name.
        codes: The code of each person's name; negative if unknown.
        is_distinct: For each name's code, whether only the people with exactly this name may have it.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._distinct = list(dict.fromkeys(keys))
        self.code_of = dict(zip(self._distinct, range(len(self._distinct)), strict=True))
        self.codes: IntArray = np.fromiter(map(self.code_of.__getitem__, keys), np.int64, len(keys))
        for key in placeholder_keys(self._distinct):
            self.codes = np.where(self.codes == self.code_of.pop(key), -1, self.codes)
        joined = "".join(self._distinct)
        self._has_qualifiers = bool(joined) and not is_plain(joined)
        self.is_distinct = np.ones(len(self._distinct), dtype=bool)
        if self._has_qualifiers:
            names = list(map(split_key, self._distinct))
            qualified = {base for base, qualifier in names if qualifier}
            self.is_distinct[:] = [qualifier.startswith("#") or base not in qualified for base, qualifier in names]

    def of(self, person: int) -> PersonName:
        """Return a person's name; an empty name if unknown."""
        code = self.codes[person]
        return PersonName.of(self._distinct[code] if code >= 0 else "")

    def people_with(self, name: PersonName) -> list[int]:
        """Return the people with a name and its qualifier."""
        code = self.code_of.get(name.key)
        if code is None:
            return []
        order, starts = self._people_by_code
        people: list[int] = order[starts[code] : starts[code + 1]].tolist()
        return people

    def has_base(self, base: str) -> bool:
        """Return whether somebody has a name, with or without a text beside it."""
        return base in self._keys_of_base

    def names_like(self, name: PersonName) -> list[PersonName]:
        """Return the names that differ at most in the qualifier; numbered names only if `name` is not numbered."""
        if not self._has_qualifiers:
            return [PersonName(name.base)]
        everybody, unnumbered = self._keys_of_base.get(name.base, ([], []))
        return list(map(PersonName.of, unnumbered if name.is_numbered else everybody))

    def similar_people(self, base: str, most: int) -> list[int]:
        """Return people whose names differ from a name by one character, at most `most` with each name."""
        groups = self._similar_names
        near = {
            other
            for part in _deletions(base)
            if len(groups.get(part, ())) <= _MAX_SIMILAR
            for other in groups.get(part, ())
            if is_one_apart(other, base)
        }
        names = [PersonName.of(key) for other in sorted(near) for key in self._keys_of_base[other][0][:most]]
        return sorted(person for name in names for person in self.people_with(name)[:most])

    @cached_property
    def _keys_of_base(self) -> dict[str, tuple[list[str], list[str]]]:
        """The keys of each base: all keys, and the keys without a number."""
        keys: dict[str, tuple[list[str], list[str]]] = {}
        for key in self.code_of:
            name = PersonName.of(key)
            everybody, unnumbered = keys.setdefault(name.base, ([], []))
            everybody.append(key)
            if not name.is_numbered:
                unnumbered.append(key)
        return keys

    @cached_property
    def _people_by_code(self) -> tuple[IntArray, IntArray]:
        """The people in the order of their names, and where the people of each name start."""
        order = np.argsort(self.codes, kind="stable")
        return order, np.searchsorted(self.codes[order], np.arange(len(self._distinct) + 1))

    @cached_property
    def _similar_names(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for base in self._keys_of_base:
            for part in _deletions(base):
                groups[part].append(base)
        return groups


def check_people(people: object) -> pd.DataFrame:
    """
    Return a DataFrame of people with one row for each userid.

    Raises:
        InputError: `people` is not a DataFrame, lacks userids, or has a duplicate column.
    """
    if not isinstance(people, pd.DataFrame) or "userid" not in people.columns or not people.columns.is_unique:
        raise InputError(Text("match.no_people", value=short_repr(people)), Text("match.no_people_todo"))
    userids = read_texts(people["userid"])
    missing = userids.count("")
    if missing:
        raise InputError(Text("match.no_userids", rows=count("row", missing)), Text("match.no_people_todo"))
    return people if len(set(userids)) == len(userids) else people[~pd.Series(userids).duplicated().to_numpy()]


def is_partial_directory(people: pd.DataFrame) -> bool:
    """Return whether a frame is known to have only a part of the directory, which hides namesakes."""
    report = report_of(people)
    return WHOLE_SIZE in report and report[WHOLE_SIZE] != len(people)


def origin_of(frame: pd.DataFrame) -> dict[str, str] | None:
    """Return the connection whose directory has the userids of a frame; None if the frame does not say."""
    origin = report_of(frame).get(ORIGIN)
    return origin if isinstance(origin, dict) else None


def mobile_end(mobile: str) -> str:
    """Return the last digits of a mobile number, after an ellipsis; empty for an empty text."""
    return f"…{mobile[-_LAST_DIGITS:]}" if mobile else ""


def _deletions(base: str) -> set[str]:
    """Return a name, and the name without each of its characters; similar names have such a text in common."""
    return {base, *(base[:at] + base[at + 1 :] for at in range(len(base)))} - {""}


def _read_paths(cell: object) -> tuple[str, ...]:
    if isinstance(cell, str):
        cell = _read_saved_paths(cell)
    if isinstance(cell, Sequence | np.ndarray | set | frozenset):
        return tuple(path for path in cell if isinstance(path, str) and path)
    return ()


@lru_cache(maxsize=_CACHED_CELLS)
def _read_saved_paths(cell: str) -> tuple[str, ...]:
    """Return the paths in a cell of a file; a cell that pandas did not write is one path."""
    paths: tuple[str, ...] = literal_eval(cell) if _SAVED_PATHS.fullmatch(cell) else (cell,)
    return paths
