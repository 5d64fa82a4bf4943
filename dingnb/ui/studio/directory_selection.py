"""The selection of people by department, role, activation or one by one, and Python code that reads it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.ledger.contacts.directory import DepartmentRow
from dingnb.recipients.department_tree import DepartmentTree, fold_text
from dingnb.tables.factorize import IntArray
from dingnb.ui.kit.code import call
from dingnb.words.literals import literal

NO_ROLE: Final = 0
"""The id that stands for any role."""


class DepartmentMark(Enum):
    """How a department is selected."""

    UNCHOSEN = "unchosen"
    CHOSEN = "chosen"
    INCLUDED = "included"
    """Below a chosen department."""
    LEFT_OUT = "left out"
    """Below a chosen department, and left out."""
    BELOW_LEFT_OUT = "below left out"
    """Below a department that is left out."""

    @property
    def is_on(self) -> bool:
        """Whether the people of the department are chosen."""
        return self in {DepartmentMark.CHOSEN, DepartmentMark.INCLUDED}


@dataclass(frozen=True, slots=True)
class Selection:
    """
    A selection of people.

    Attributes:
        departments: The ids of the chosen departments.
        left_out: The ids of departments below chosen departments whose people are left out, as long as `below` is set.
        below: Whether the departments below chosen departments are included.
        role: The id of the role that the people must have; `NO_ROLE` for any.
        active: Whether the people must have activated DingTalk, or must not; None for any.
        added: The userids of people who were added one by one.
        removed: The userids of people who were left out one by one.
    """

    departments: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    below: bool = True
    role: int = NO_ROLE
    active: bool | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether departments or a role are chosen; activation alone chooses no one."""
        return bool(self.departments) or self.role != NO_ROLE

    def to_json(self) -> dict[str, Any]:
        """Return the selection as JSON values."""
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return a selection from the values of `to_json`, with lists in place of tuples."""
        return cls(
            departments=frozenset(values["departments"]),
            left_out=frozenset(values["left_out"]),
            below=values["below"],
            role=values["role"],
            active=values["active"],
            added=tuple(values["added"]),
            removed=tuple(values["removed"]),
        )


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A role to choose from: its id, and its name, which starts with the name of its group."""

    id: int
    name: str


class PeopleSearch:
    """
    Finds people by parts of their name, userid, job number or departments.

    Args:
        people: The people, as `DingTalk.people` returns them.
    """

    def __init__(self, people: pd.DataFrame) -> None:
        columns = [people[name].astype(object).where(people[name].notna(), "") for name in ("userid", "name")]
        job_numbers = people["job_number"].astype(object).where(people["job_number"].notna(), "")
        paths = (" ".join(department) for department in people["departments"])
        self._texts = [fold_text("\n".join(parts)) for parts in zip(*columns, job_numbers, paths, strict=True)]

    def find(self, query: str) -> IntArray:
        """Return the positions of the people whose details contain a text."""
        wanted = fold_text(query)
        return np.array([position for position, text in enumerate(self._texts) if wanted in text], dtype=np.int64)


class DirectorySnapshot:
    """
    The directory as it was read.

    Args:
        people: All people, as `DingTalk.people` returns them.
        departments: The departments, as `DingTalk.departments` returns them.
        members: The userids of the people directly in each department, by department id.
        roles: The roles, as `DingTalk.roles` returns them.

    Attributes:
        people: As above.
        tree: The departments.
        roles: The roles to choose from.
        userids: The userids of the people, in their order.
    """

    def __init__(
        self,
        people: pd.DataFrame,
        departments: pd.DataFrame,
        members: Mapping[int, Collection[str]],
        roles: pd.DataFrame,
    ) -> None:
        self.people = people
        self.tree = DepartmentTree(_department_rows(departments))
        names = (
            f"{group}/{name}" if group else name
            for group, name in zip(roles["group"].fillna(""), roles["name"].fillna(""), strict=True)
        )
        self.roles = [RoleOption(role_id, name) for role_id, name in zip(roles["role_id"].tolist(), names, strict=True)]
        self._role_people: dict[int, frozenset[str]] = {}
        self.userids: list[str] = people["userid"].tolist()
        self._position = {userid: position for position, userid in enumerate(self.userids)}
        self._members = {dept_id: self._positions(userids) for dept_id, userids in members.items()}
        self._people_counts: dict[tuple[int, bool], int] = {}
        self._path_counts = Counter(self.tree.path(department.id) for department in self.tree)

    @cached_property
    def search(self) -> PeopleSearch:
        """The search for people."""
        return PeopleSearch(self.people)

    def count_people(self, dept_id: int, *, below: bool) -> int:
        """Return the number of people in a department, with the departments below it if `below` is set."""
        key = (dept_id, below)
        if key not in self._people_counts:
            self._people_counts[key] = int(self._in_departments([dept_id], below=below).sum())
        return self._people_counts[key]

    def shares_path(self, dept_id: int) -> bool:
        """Return whether another department has the same path."""
        return self._path_counts[self.tree.path(dept_id)] > 1

    def find_departments(self, query: str) -> list[int]:
        """
        Return the ids of the departments whose path contains a text.

        Departments whose own name contains it come first; within both groups, upper departments come first.
        """
        wanted, tree = fold_text(query), self.tree
        found = [department for department in tree if wanted in fold_text(tree.path(department.id))]
        found.sort(key=lambda department: (wanted not in fold_text(department.name), tree.depth(department.id)))
        return [department.id for department in found]

    def knows_role(self, role: int) -> bool:
        """Return whether the people of a role were read."""
        return role == NO_ROLE or role in self._role_people

    def set_role_people(self, role: int, userids: Iterable[str]) -> None:
        """Set the people of a role."""
        self._role_people[role] = frozenset(userids)

    def position(self, userid: str) -> int:
        """Return the position of a person; -1 if there is no such person."""
        return self._position.get(userid, -1)

    def mark(self, selection: Selection, dept_id: int) -> DepartmentMark:
        """Return how a department is selected."""
        is_chosen = dept_id in selection.departments
        above = set(self._ancestors(dept_id)) if selection.below else set()
        if not selection.left_out.isdisjoint(above):
            return DepartmentMark.BELOW_LEFT_OUT
        if selection.departments.isdisjoint(above):
            return DepartmentMark.CHOSEN if is_chosen else DepartmentMark.UNCHOSEN
        return DepartmentMark.LEFT_OUT if dept_id in selection.left_out else DepartmentMark.INCLUDED

    def is_partly_chosen(self, selection: Selection, dept_id: int) -> bool:
        """
        Return whether departments below this one, or single people in it, differ from its mark.

        Always False for a department that is left out, or below one that is.
        """
        mark = self.mark(selection, dept_id)
        if mark not in {DepartmentMark.UNCHOSEN, DepartmentMark.CHOSEN, DepartmentMark.INCLUDED}:
            return False
        departments, userids = (
            (selection.left_out, selection.removed) if mark.is_on else (selection.departments, selection.added)
        )
        if selection.below and not departments.isdisjoint(self.tree.subtree(dept_id)):
            return True
        people = self._positions(userids)
        return bool(people) and bool(self._in_departments([dept_id], below=selection.below)[people].any())

    def sort_people(self, positions: IntArray) -> IntArray:
        """Return the positions of people in the order of their departments, then of their names."""
        return positions[np.argsort(self._ranks[positions], kind="stable")]

    @cached_property
    def _ranks(self) -> IntArray:
        """The rank of each person by department and name."""
        dept_ranks = np.full(len(self.people), len(self.tree))
        for at, department in reversed(list(enumerate(self.tree))):
            dept_ranks[self._members.get(department.id, [])] = at
        # In GB 18030, common Chinese characters are ordered by pinyin.
        names = (name.encode("gb18030") for name in self.people["name"].fillna(""))
        keys = list(zip(dept_ranks.tolist(), names, strict=True))
        ranks = np.empty(len(keys), dtype=np.int64)
        ranks[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        return ranks

    def with_department(self, selection: Selection, dept_id: int, *, is_on: bool) -> Selection:
        """Return a selection with the people of a department, or without them."""
        mark = self.mark(selection, dept_id)
        if is_on == mark.is_on or mark is DepartmentMark.BELOW_LEFT_OUT:
            return selection
        chosen, left_out = selection.departments, selection.left_out
        covered = set(self.tree.subtree(dept_id)) if selection.below else {dept_id}
        if mark is DepartmentMark.LEFT_OUT:
            left_out -= {dept_id}
        elif mark is DepartmentMark.INCLUDED:
            chosen, left_out = chosen - covered, (left_out - covered) | {dept_id}
        else:
            chosen, left_out = chosen - covered, left_out - covered
            chosen |= {dept_id} if is_on else set()
        return replace(selection, departments=chosen, left_out=self._below_chosen(left_out, chosen))

    def with_person(self, selection: Selection, userid: str, *, is_on: bool) -> Selection:
        """Return a selection with one person, or without them."""
        added = tuple(other for other in selection.added if other != userid)
        removed = tuple(other for other in selection.removed if other != userid)
        is_matched = self.position(userid) >= 0 and bool(self._matches(selection)[self.position(userid)])
        if is_on and not is_matched:
            added = (*added, userid)
        elif not is_on and is_matched:
            removed = (*removed, userid)
        return replace(selection, added=added, removed=removed)

    def without_missing(self, selection: Selection) -> Selection:
        """Return a selection without what no longer exists; departments are left out only below a chosen one."""
        departments = frozenset(department for department in selection.departments if department in self.tree)
        return replace(
            selection,
            departments=departments,
            left_out=self._below_chosen(selection.left_out, departments),
            role=selection.role if self.knows_role(selection.role) else NO_ROLE,
            added=tuple(userid for userid in selection.added if self.position(userid) >= 0),
            removed=tuple(userid for userid in selection.removed if self.position(userid) >= 0),
        )

    def chosen_people(self, selection: Selection) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Return a mask of the people who are chosen."""
        chosen = self._matches(selection)
        chosen[self._positions(selection.removed)] = False
        chosen[self._positions(selection.added)] = True
        return chosen

    def department_key(self, dept_id: int) -> int | str:
        """Return the name of a department in code: its path, or its id if the path is ambiguous."""
        path = self.tree.path(dept_id)
        try:
            return path if self.tree.find(path) == dept_id else dept_id
        except InputError:
            return dept_id

    def role_key(self, role: int) -> int | str:
        """Return the name of a role in code: group and name, or its id if it has no group or these are ambiguous."""
        name = next((option.name for option in self.roles if option.id == role), "")
        is_unique = sum(fold_text(option.name) == fold_text(name) for option in self.roles) == 1
        return name if is_unique and "/" in name else role

    def sort_departments(self, dept_ids: Collection[int]) -> list[int]:
        """Return the ids of departments in the order of the tree."""
        return [department.id for department in self.tree if department.id in dept_ids]

    def _matches(self, selection: Selection) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        if not selection.is_filtered:
            return np.zeros(len(self.people), dtype=bool)
        chosen = np.ones(len(self.people), dtype=bool)
        if selection.departments:
            chosen = self._in_departments(selection.departments, below=selection.below)
            if selection.below:
                chosen &= ~self._in_departments(selection.left_out, below=True)
        if selection.role != NO_ROLE:
            chosen &= self.people["userid"].isin(self._role_people.get(selection.role, frozenset())).to_numpy()
        if selection.active is not None:
            chosen &= (self.people["active"] == selection.active).fillna(value=False).to_numpy(dtype=bool)
        return chosen

    def _in_departments(self, dept_ids: Collection[int], *, below: bool) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        found = np.zeros(len(self.people), dtype=bool)
        for dept_id in dept_ids:
            for below_id in self.tree.subtree(dept_id) if below else [dept_id]:
                found[self._members.get(below_id, [])] = True
        return found

    def _below_chosen(self, dept_ids: Collection[int], chosen: frozenset[int]) -> frozenset[int]:
        """Return the departments that are below a chosen one."""
        return frozenset(
            dept_id for dept_id in dept_ids if dept_id in self.tree and not chosen.isdisjoint(self._ancestors(dept_id))
        )

    def _positions(self, userids: Iterable[str]) -> list[int]:
        return [position for position in map(self.position, userids) if position >= 0]

    def _ancestors(self, dept_id: int) -> Iterator[int]:
        """Yield the ids of the departments above a department, the nearest first."""
        while (dept_id := self.tree[dept_id].parent) in self.tree:
            yield dept_id


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """
    The arguments of `DingTalk.people` for a selection, and who is left out and added afterwards.

    Attributes:
        filters: The arguments; empty if all people were added one by one.
        left_out: The names or ids of the departments whose people are left out.
        added: The userids of the people to add.
        removed: The userids of the people to leave out.
    """

    filters: dict[str, Any]
    left_out: tuple[int | str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def of(cls, snapshot: DirectorySnapshot, selection: Selection) -> "PeopleQuery":
        """Return the query for a selection."""
        filters: dict[str, Any] = {}
        if selection.departments:
            # A department below another chosen department comes with that department.
            tops = [
                department
                for department in selection.departments
                if snapshot.mark(selection, department) is DepartmentMark.CHOSEN
            ]
            keys = [snapshot.department_key(department) for department in snapshot.sort_departments(tops)]
            filters["department"] = keys[0] if len(keys) == 1 else keys
            filters |= {} if selection.below else {"below": False}
        if selection.role != NO_ROLE:
            filters["role"] = snapshot.role_key(selection.role)
        if filters and selection.active is not None:
            filters["active"] = selection.active
        left_out = tuple(
            snapshot.department_key(department)
            for department in snapshot.sort_departments(selection.left_out if selection.below else ())
        )
        return cls(filters, left_out, selection.added, selection.removed)

    def read(self, people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        """
        Return the selected people.

        Args:
            people: `DingTalk.people`.
        """
        if not self.filters:
            frame = people(everybody=True)
            return frame[frame["userid"].isin(self.added)].reset_index(drop=True)
        frame = people(**self.filters)
        if self.left_out:
            frame = frame[~frame["userid"].isin(people(department=self.left_out)["userid"])]
        if self.removed:
            frame = frame[~frame["userid"].isin(self.removed)]
        if self.added:
            everyone = people(everybody=True)
            frame = everyone[everyone["userid"].isin([*frame["userid"], *self.added])]
        return frame.reset_index(drop=True) if self.left_out or self.removed or self.added else frame

    def code(self, frame: str, app: str) -> list[str]:
        """Return Python code that does what `read` does, with the names of the DataFrame and of the app."""
        if not self.filters:
            return [
                f"{frame} = {app}.people(everybody=True)",
                f"{frame} = {_filter_code(frame, _list_code(self.added))}.reset_index(drop=True)",
            ]
        lines = [call(f"{frame} = {app}.people", **self.filters)]
        if self.left_out:
            lines.append(call(f"left_out = {app}.people", department=list(self.left_out)))
            rest = _filter_code(frame, 'left_out["userid"]', negation="~")
            lines.append(f"{frame} = {rest}")
        if self.removed:
            lines.append(f"{frame} = {_filter_code(frame, _list_code(self.removed), negation='~')}")
        if self.added:
            lines.append(f"everyone = {app}.people(everybody=True)")
            userids = _list_code(self.added, f'*{frame}["userid"]')
            lines.append(f"{frame} = {_filter_code('everyone', userids)}")
        if len(lines) > 1:
            lines.append(f"{frame} = {frame}.reset_index(drop=True)")
        return lines


def _filter_code(frame: str, userids: str, *, negation: str = "") -> str:
    return f'{frame}[{negation}{frame}["userid"].isin({userids})]'


def _list_code(userids: Sequence[str], *before: str) -> str:
    return f"[{', '.join([*before, *map(literal, userids)])}]"


def _department_rows(frame: pd.DataFrame) -> Iterator[DepartmentRow]:
    dept_ids, names = frame["dept_id"].tolist(), frame["name"].fillna("").tolist()
    for position, (dept_id, name, parent) in enumerate(zip(dept_ids, names, frame["parent_id"].tolist(), strict=True)):
        yield DepartmentRow(dept_id, name, 0 if pd.isna(parent) else parent, position, 0)
