"""Matches the rows of a table whose evidence is exact, with array operations on all rows together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from dingnb.recipients.evidence import ID_KINDS, KINDS, TableEvidence
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.row_matcher import NAME_AND_DEPARTMENT, NAME_ONLY, reason_of_agreement, reason_of_name_only
from dingnb.tables.factorize import BoolArray, IntArray
from dingnb.words import Text

_MISSING, _NOT_EXACT = -1, -2
"""Numbers for a cell without a value, and for a cell that is not exactly the value in the directory."""

_LABELS: Final = (*ID_KINDS, NAME_AND_DEPARTMENT, NAME_ONLY)

_EMPTY: Final[IntArray] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class ExactMatches:
    """
    The rows whose evidence is written exactly as in the directory, and belongs to one person.

    Attributes:
        index: The directory.
        people: The person of each row; negative if the row is not exact, or has only a name and a name is not enough.
        is_weak: Whether the person of each row was found by name, with or without a department.
        unaccepted_people: For each row that has nothing but a name, if a name is not enough: the only person with this
            name. Otherwise negative.
        labels: What each row was matched by, as positions in the possible values of the column `match`.
        evidence: The kinds of evidence that agree, each a bit at its position in `KINDS`.
    """

    index: PeopleIndex
    people: IntArray
    is_weak: BoolArray
    unaccepted_people: IntArray
    labels: IntArray
    evidence: IntArray

    def labels_and_reasons(self, render: Callable[[Text], str]) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
        """Return the columns `match` and `reason` for all rows; only the values of exact rows are valid."""
        labels = np.array(_LABELS, dtype=object)[self.labels]
        distinct, at = np.unique(np.where(self.people >= 0, self.evidence, 0), return_inverse=True)
        reasons = np.array([render(_reason_for(evidence)) for evidence in distinct.tolist()], dtype=object)[at]
        name_only = np.flatnonzero(self.unaccepted_people >= 0)
        if len(name_only):
            # Rendered once, around a placeholder: rendering 50,000 reasons takes a second.
            before, after = render(reason_of_name_only("\0")).split("\0")
            described = map(self.index.describe, self.unaccepted_people[name_only].tolist())
            reasons[name_only] = [f"{before}{render(who)}{after}" for who in described]
        return labels, reasons


def find_exact_matches(rows: TableEvidence, index: PeopleIndex, *, accepts_name: bool) -> ExactMatches:
    """Return the exact matches of a table's rows; with `accepts_name`, a name alone is enough."""
    by_id = _match_ids(rows, index)
    has_id_match = by_id.people >= 0
    names, departments = _name_codes(rows, index), _RowDepartments(rows, index)
    is_exact = by_id.is_exact & _has_exact_name(names, by_id.people, index)
    is_exact &= _has_exact_department(departments, by_id.people)
    is_open = ~has_id_match & is_exact & (names >= 0)
    people: IntArray = np.where(has_id_match & is_exact, by_id.people, _MISSING)
    with_department = np.flatnonzero(is_open & (departments.numbers >= 0))
    people[with_department] = _find_by_name_and_department(names, departments, with_department, index)
    name_only = np.flatnonzero(is_open & (departments.numbers == _MISSING))
    people[name_only] = _find_by_name(names, name_only, index)
    labels = by_id.labels.copy()
    labels[name_only[people[name_only] >= 0]] = _LABELS.index(NAME_ONLY)
    people[_rows_spelled_differently(rows, names, people, index)] = _MISSING
    is_not_enough = (labels == _LABELS.index(NAME_ONLY)) & (people >= 0) & (not accepts_name)
    unaccepted_people: IntArray = np.where(is_not_enough, people, _MISSING)
    people[is_not_enough] = _MISSING
    return ExactMatches(
        index=index,
        people=people,
        is_weak=~has_id_match & (people >= 0),
        unaccepted_people=unaccepted_people,
        labels=labels,
        evidence=by_id.evidence
        | ((names >= 0) << KINDS.index("name"))
        | ((departments.numbers >= 0) << KINDS.index("department")),
    )


class _IdMatches(NamedTuple):
    """
    The matches of rows by ids alone.

    Attributes:
        people: The person whom the first id identifies; negative if no id identifies anybody.
        labels: As for `ExactMatches`; the label of a name and a department if no id identifies anybody.
        evidence: As for `ExactMatches`.
        is_exact: Whether all ids identify the same person; true for rows without ids.
    """

    people: IntArray
    labels: IntArray
    evidence: IntArray
    is_exact: BoolArray


def _match_ids(rows: TableEvidence, index: PeopleIndex) -> _IdMatches:
    length = len(rows.names)
    people: IntArray = np.full(length, _MISSING)
    labels: IntArray = np.full(length, _LABELS.index(NAME_AND_DEPARTMENT))
    evidence: IntArray = np.zeros(length, dtype=np.int64)
    is_exact = np.ones(length, dtype=bool)
    for kind in ID_KINDS:
        if kind not in rows.ids:
            continue
        ids = rows.ids[kind]
        owners = {**index.ids(kind).owners, "": _MISSING}
        people_of_kind: IntArray = np.fromiter(map(owners.get, ids.texts, repeat(_NOT_EXACT)), np.int64, length)
        people_of_kind[list(ids.problems)] = _NOT_EXACT
        is_found, is_first = people_of_kind >= 0, people == _MISSING
        is_exact &= (people_of_kind != _NOT_EXACT) & (is_first | ~is_found | (people_of_kind == people))
        labels[is_first & is_found] = _LABELS.index(kind)
        people = np.where(is_first & is_found, people_of_kind, people)
        evidence |= is_found << KINDS.index(kind)
    return _IdMatches(people, labels, evidence, is_exact)


def _name_codes(rows: TableEvidence, index: PeopleIndex) -> IntArray:
    """Return the code of each row's name in the directory; `_MISSING` without a name, `_NOT_EXACT` if unknown."""
    if not rows.has_names:
        return np.full(len(rows.names), _MISSING)
    keys = rows.name_keys
    codes: IntArray = np.fromiter(map(index.by_name.code_of.get, keys, repeat(_NOT_EXACT)), np.int64, len(keys))
    if rows.missing_names:
        codes[[key in rows.missing_names for key in keys]] = _MISSING
    return codes


def _has_exact_name(names: IntArray, people: IntArray, index: PeopleIndex) -> BoolArray:
    """Return whether each row's name is missing, or exact and the same as that of the person found by an id, if any."""
    is_exact: BoolArray = np.not_equal(names, _NOT_EXACT)
    with_name = np.flatnonzero(names >= 0)
    if not len(with_name):
        return is_exact
    is_exact[with_name] = index.by_name.is_distinct[names[with_name]]
    with_person = np.flatnonzero((people >= 0) & (names >= 0))
    is_exact[with_person] &= names[with_person] == index.by_name.codes[people[with_person]]
    return is_exact


class _RowDepartments:
    """
    The departments that the rows of a table name, numbered from 0.

    Attributes:
        numbers: The number of each row's department; `_MISSING` without a department, `_NOT_EXACT` unless the cell has
            the one name of a department as written in the directory.
        queries: The ids of each department.
    """

    def __init__(self, rows: TableEvidence, index: PeopleIndex) -> None:
        self._index = index
        self.numbers: IntArray = np.full(len(rows.names), _MISSING)
        self.queries: list[frozenset[int]] = []
        if rows.has_departments:
            self._read(rows)

    def _read(self, rows: TableEvidence) -> None:
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
                number_of[cell] = _NOT_EXACT
        self.numbers = np.fromiter(map(number_of.__getitem__, rows.departments), np.int64, len(rows.names))
        self.queries = list(number_of_ids)

    @cached_property
    def groups_and_numbers(self) -> tuple[IntArray, IntArray]:
        """All pairs of a group of people's departments and the number of a department that the group contains."""
        numbers_of: dict[int, list[int]] = {}
        for number, ids in enumerate(self.queries):
            for department_id in ids:
                numbers_of.setdefault(department_id, []).append(number)
        pairs = [
            (group, number)
            for group, ids in enumerate(self._index.departments.groups)
            for number in {number for department_id in ids for number in numbers_of.get(department_id, ())}
        ]
        columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return columns[:, 0], columns[:, 1]

    def contain(self, people: IntArray, numbers: IntArray) -> BoolArray:
        """Return whether each person is in the department whose number is at the same position."""
        groups, numbers_of_groups = self.groups_and_numbers
        pairs = np.sort(groups * len(self.queries) + numbers_of_groups)
        group = self._index.departments.group_of_person[people]
        return _is_contained(group * len(self.queries) + numbers, pairs)


def _has_exact_department(departments: _RowDepartments, people: IntArray) -> BoolArray:
    """Return whether the department of each row is missing, or exact and has the person found by an id, if any."""
    is_exact: BoolArray = np.not_equal(departments.numbers, _NOT_EXACT)
    with_person = np.flatnonzero((people >= 0) & (departments.numbers >= 0))
    if len(with_person):
        is_exact[with_person] = departments.contain(people[with_person], departments.numbers[with_person])
    return is_exact


def _find_by_name(names: IntArray, rows: IntArray, index: PeopleIndex) -> IntArray:
    """Return the only person with each row's name; negative if nobody or several people have the name."""
    if not len(rows):
        return _EMPTY
    codes = index.by_name.codes
    named = np.flatnonzero(codes >= 0)
    counts = np.bincount(codes[named], minlength=len(index.by_name.is_distinct))
    person_of: IntArray = np.full(len(counts), _MISSING)
    person_of[codes[named]] = named
    person_of[counts != 1] = _MISSING
    people_of_rows: IntArray = person_of[names[rows]]
    return people_of_rows


def _find_by_name_and_department(
    names: IntArray, departments: _RowDepartments, rows: IntArray, index: PeopleIndex
) -> IntArray:
    """Return the only person with each row's name and department; negative if there are none or several."""
    if not len(rows):
        return _EMPTY
    width = len(departments.queries)
    groups, numbers = departments.groups_and_numbers
    sizes = np.bincount(groups, minlength=len(index.departments.groups))
    starts = np.cumsum(sizes) - sizes
    named = np.flatnonzero(index.by_name.codes >= 0)
    group = index.departments.group_of_person[named]
    people = np.repeat(named, sizes[group])
    within = np.arange(len(people)) - np.repeat(np.cumsum(sizes[group]) - sizes[group], sizes[group])
    pairs = index.by_name.codes[people] * width + numbers[np.repeat(starts[group], sizes[group]) + within]
    is_one = ~pd.Series(pairs).duplicated(keep=False).to_numpy()
    # The position of a row that is not found is -1, which selects the last value.
    positions = pd.Index(pairs[is_one]).get_indexer(names[rows] * width + departments.numbers[rows])
    people_of_rows: IntArray = np.append(people[is_one], _MISSING)[positions]
    return people_of_rows


def _rows_spelled_differently(rows: TableEvidence, names: IntArray, people: IntArray, index: PeopleIndex) -> IntArray:
    """Return the rows whose name is spelled differently than in the directory; `RowMatcher` matches such rows."""
    if rows.names == rows.name_keys and index.names == index.name_keys:
        return _EMPTY
    compared = np.flatnonzero((names >= 0) & (people >= 0))
    in_directory = np.array(index.names, dtype=object)[people[compared]]
    differing: IntArray = compared[np.array(rows.names, dtype=object)[compared] != in_directory]
    return differing


def _reason_for(evidence: int) -> Text:
    """Return the reason for kinds of evidence that agree, each a bit at its position in `KINDS`."""
    return reason_of_agreement([kind for bit, kind in enumerate(KINDS) if evidence >> bit & 1])


def _is_contained(values: IntArray, ordered: IntArray) -> BoolArray:
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    return np.equal(ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)], values)
