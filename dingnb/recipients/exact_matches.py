"""Matches the rows of a table whose evidence is exact, with array operations on all rows together."""

from collections.abc import Callable
from functools import cached_property
from itertools import repeat
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.recipients.evidence import ID_KINDS, KINDS, TableEvidence
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.row_matcher import NAME_AND_DEPARTMENT, NAME_ONLY, reason_of_agreement, reason_of_name_only
from dingnb.tables.factorize import IntArray
from dingnb.words import Text

_MISSING, _AMBIGUOUS = -1, -2
_LABELS: Final = (*ID_KINDS, NAME_AND_DEPARTMENT, NAME_ONLY)


class ExactMatches:
    """
    The rows whose evidence is written exactly as in the directory, and belongs to one person.

    Args:
        rows: The evidence in the table.
        index: The directory.
        accepts_name: Whether a name alone is enough.

    Attributes:
        people: The person of each row; negative if the row is not exact, or has only a name and that is not enough.
        is_weak: Whether the person was found by name.
        only_people_of_name: For rows that have only a name, if that is not enough: the only person with it; otherwise
            negative.
    """

    def __init__(self, rows: TableEvidence, index: PeopleIndex, *, accepts_name: bool) -> None:
        self._rows, self._index = rows, index
        length = len(rows.names)
        self.people: IntArray = np.full(length, _MISSING)
        self._labels = np.full(length, _LABELS.index(NAME_AND_DEPARTMENT))
        self._evidence = np.zeros(length, dtype=np.int64)
        self._is_exact = np.ones(length, dtype=bool)
        for bit, kind in enumerate(ID_KINDS):
            if kind in rows.ids:
                self._compare_ids(kind, bit)
        self.is_weak = self.people < 0
        names, departments = self._compare_names(), self._compare_departments()
        is_open = self.is_weak & self._is_exact & (names >= 0)
        self._is_exact[self.is_weak] = False
        self._find_by_name_and_department(names, departments, np.flatnonzero(is_open & (departments >= 0)))
        self._find_by_name(names, np.flatnonzero(is_open & (departments == _MISSING)))
        self._evidence |= (names >= 0) << KINDS.index("name")
        self._evidence |= (departments >= 0) << KINDS.index("department")
        self.people[~self._is_exact] = _MISSING
        self._check_spelling(names)
        is_lone = (self._labels == _LABELS.index(NAME_ONLY)) & (self.people >= 0) & (not accepts_name)
        self.only_people_of_name: IntArray = np.where(is_lone, self.people, _MISSING)
        self.people[is_lone] = _MISSING
        self.is_weak &= self.people >= 0

    def labels_and_reasons(self, render: Callable[[Text], str]) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
        """Return the columns `match` and `reason` for these rows."""
        labels = np.array(_LABELS, dtype=object)[self._labels]
        distinct, at = np.unique(np.where(self.people >= 0, self._evidence, 0), return_inverse=True)
        reasons = np.array([self._reason(key) for key in distinct.tolist()], dtype=object)[at]
        lone = np.flatnonzero(self.only_people_of_name >= 0)
        if len(lone):
            before, after = render(reason_of_name_only("\0")).split("\0")
            described = map(self._index.describe, self.only_people_of_name[lone].tolist())
            reasons[lone] = [f"{before}{render(who)}{after}" for who in described]
        return labels, reasons

    def _reason(self, evidence: int) -> str:
        return str(reason_of_agreement([kind for bit, kind in enumerate(KINDS) if evidence >> bit & 1]))

    def _compare_ids(self, kind: str, bit: int) -> None:
        ids = self._rows.ids[kind]
        owners = {**self._index.ids(kind).owners, "": _MISSING}
        length = len(ids.texts)
        found: IntArray = np.fromiter(map(owners.get, ids.texts, repeat(_AMBIGUOUS)), np.int64, length)
        found[list(ids.problems)] = _AMBIGUOUS
        is_found, is_first = found >= 0, self.people == _MISSING
        self._is_exact &= (found != _AMBIGUOUS) & (is_first | ~is_found | (found == self.people))
        self._labels[is_first & is_found] = bit
        self.people = np.where(is_first & is_found, found, self.people)
        self._evidence |= is_found << bit

    def _compare_names(self) -> IntArray:
        """Return the code of each row's name; rows whose name is not that of their person are not exact."""
        rows, index = self._rows, self._index
        if not rows.has_names:
            return np.full(len(rows.names), _MISSING)
        names = index.by_name
        codes, keys = names.code_of, rows.name_keys
        found: IntArray = np.fromiter(map(codes.get, keys, repeat(_AMBIGUOUS)), np.int64, len(keys))
        if rows.missing_names:
            found[[key in rows.missing_names for key in keys]] = _MISSING
        self._is_exact &= found != _AMBIGUOUS
        known = np.flatnonzero(found >= 0)
        self._is_exact[known] &= names.is_distinct[found[known]]
        with_person = np.flatnonzero(~self.is_weak & (found >= 0))
        self._is_exact[with_person] &= found[with_person] == names.codes[self.people[with_person]]
        return found

    def _compare_departments(self) -> IntArray:
        """Return the number of the department of each row; rows whose person is not in it are not exact."""
        rows = self._rows
        length = len(rows.names)
        if not rows.has_departments:
            return np.full(length, _MISSING)
        departments = self._index.departments
        number_of: dict[str, int] = {}
        number_of_ids: dict[frozenset[int], int] = {}
        for cell in dict.fromkeys(rows.departments):
            query = departments.find(cell)
            if cell in rows.missing_departments:
                number_of[cell] = _MISSING
            elif query.ids and query.is_single and departments.is_exact(cell):
                number_of[cell] = number_of_ids.setdefault(query.ids, len(number_of_ids))
            else:
                number_of[cell] = _AMBIGUOUS
        self._queries = list(number_of_ids)
        found: IntArray = np.fromiter(map(number_of.__getitem__, rows.departments), np.int64, length)
        self._is_exact &= found != _AMBIGUOUS
        pairs = np.sort(self._groups * len(self._queries) + self._numbers)
        with_person = np.flatnonzero(~self.is_weak & (found >= 0))
        group = departments.group_of_person[self.people[with_person]]
        self._is_exact[with_person] &= _is_contained(group * len(self._queries) + found[with_person], pairs)
        return found

    @cached_property
    def _group_and_number(self) -> tuple[IntArray, IntArray]:
        """All pairs of a group of people's departments and a department of the rows that it contains."""
        numbers_of: dict[int, list[int]] = {}
        for number, ids in enumerate(self._queries):
            for department_id in ids:
                numbers_of.setdefault(department_id, []).append(number)
        pairs = [
            (group, number)
            for group, ids in enumerate(self._index.departments.groups)
            for number in {number for department_id in ids for number in numbers_of.get(department_id, ())}
        ]
        columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return columns[:, 0], columns[:, 1]

    @property
    def _groups(self) -> IntArray:
        return self._group_and_number[0]

    @property
    def _numbers(self) -> IntArray:
        return self._group_and_number[1]

    def _find_by_name(self, names: IntArray, rows: IntArray) -> None:
        """Find the people of rows that have only a name, which one person has."""
        if not len(rows):
            return
        codes = self._index.by_name.codes
        named = np.flatnonzero(codes >= 0)
        counts = np.bincount(codes[named], minlength=len(self._index.by_name.is_distinct))
        person_of = np.full(len(counts), _MISSING)
        person_of[codes[named]] = named
        lone = rows[counts[names[rows]] == 1]
        self.people[lone] = person_of[names[lone]]
        self._labels[lone] = _LABELS.index(NAME_ONLY)
        self._is_exact[lone] = True

    def _find_by_name_and_department(self, names: IntArray, departments: IntArray, rows: IntArray) -> None:
        """Find the people of rows with a name that one person in the department has."""
        if not len(rows):
            return
        index, width = self._index, len(self._queries)
        sizes = np.bincount(self._groups, minlength=len(index.departments.groups))
        starts = np.cumsum(sizes) - sizes
        named = np.flatnonzero(index.by_name.codes >= 0)
        group = index.departments.group_of_person[named]
        people = np.repeat(named, sizes[group])
        within = np.arange(len(people)) - np.repeat(np.cumsum(sizes[group]) - sizes[group], sizes[group])
        pairs = index.by_name.codes[people] * width + self._numbers[np.repeat(starts[group], sizes[group]) + within]
        is_one = ~pd.Series(pairs).duplicated(keep=False).to_numpy()
        found = pd.Index(pairs[is_one]).get_indexer(names[rows] * width + departments[rows])
        self.people[rows[found >= 0]] = people[is_one][found[found >= 0]]
        self._is_exact[rows[found >= 0]] = True

    def _check_spelling(self, names: IntArray) -> None:
        """Leave rows whose name is spelled differently than in the directory to `RowMatcher`."""
        ours, theirs = self._rows.names, self._index.names
        if ours == self._rows.name_keys and theirs == self._index.name_keys:
            return
        rows = np.flatnonzero((names >= 0) & (self.people >= 0))
        if len(rows):
            written = np.array(theirs, dtype=object)[self.people[rows]]
            self.people[rows[np.array(ours, dtype=object)[rows] != written]] = _MISSING


def _is_contained(values: IntArray, ordered: IntArray) -> "np.ndarray[Any, Any]":
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    return np.equal(ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)], values)
