"""The selection of people by department, role, activation or individually, and the equivalent code."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.ledger.contacts.directory import DepartmentRow
from dingnb.recipients.department_tree import DepartmentTree, fold_text
from dingnb.tables.factorize import IntArray
from dingnb.ui.kit.code import call, literal

NO_ROLE: Final = 0
"""The id that stands for no role."""


class Mark(Enum):
    """Whether the people of a department are chosen."""

    FREE = "free"
    CHOSEN = "chosen"
    INSIDE = "inside"
    """Below a chosen department."""
    LEFT_OUT = "left out"
    """Below a chosen department, and left out."""
    UNDER_LEFT_OUT = "under left out"

    @property
    def is_on(self) -> bool:
        """Whether its people are chosen."""
        return self in {Mark.CHOSEN, Mark.INSIDE}


@dataclass(frozen=True, slots=True)
class Choice:
    """
    A selection of people.

    Attributes:
        departments: The ids of the chosen departments; with `below`, none is below another.
        left_out: The ids of departments below them whose people are left out.
        below: Whether the departments below those chosen are included.
        role: The id of the role that the people must have; `NO_ROLE` for any.
        active: Whether they must have activated DingTalk, or must not; None for any.
        added: The userids of people chosen individually.
        dropped: The userids of people left out individually.
    """

    departments: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    below: bool = True
    role: int = NO_ROLE
    active: bool | None = None
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether departments or a role are chosen; activation alone chooses no one."""
        return bool(self.departments) or self.role != NO_ROLE


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A role to choose from: its id, and its name after that of its group."""

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
        numbers = people["job_number"].astype(object).where(people["job_number"].notna(), "")
        paths = (" ".join(department) for department in people["departments"])
        self._texts = [fold_text("\n".join(parts)) for parts in zip(*columns, numbers, paths, strict=True)]

    def find(self, query: str) -> IntArray:
        """Return the positions of the people whose details contain a text."""
        wanted = fold_text(query)
        return np.array([at for at, text in enumerate(self._texts) if wanted in text], dtype=np.int64)


class KnownDirectory:
    """
    The directory as it was read.

    Args:
        people: All people, as `DingTalk.people` returns them.
        departments: The departments, as `DingTalk.departments` returns them.
        roles: The roles, as `DingTalk.roles` returns them.

    Attributes:
        people: As above.
        tree: The departments.
        roles: The roles to choose from.
    """

    def __init__(self, people: pd.DataFrame, departments: pd.DataFrame, roles: pd.DataFrame) -> None:
        self.people = people
        self.tree = DepartmentTree(_department_rows(departments))
        names = (
            f"{group}/{name}" if group else name
            for group, name in zip(roles["group"].fillna(""), roles["name"].fillna(""), strict=True)
        )
        self.roles = [RoleOption(number, name) for number, name in zip(roles["role_id"].tolist(), names, strict=True)]
        self._own = dict(zip(departments["dept_id"].tolist(), departments["people"].tolist(), strict=True))
        self._below = dict(zip(departments["dept_id"].tolist(), departments["people_below"].tolist(), strict=True))
        self._role_people: dict[int, frozenset[str]] = {}
        self.userids: list[str] = people["userid"].tolist()
        self._position = {userid: at for at, userid in enumerate(self.userids)}

    @cached_property
    def search(self) -> PeopleSearch:
        """Finds people."""
        return PeopleSearch(self.people)

    def size(self, number: int, *, below: bool) -> int:
        """Return the number of people in a department."""
        return int((self._below if below else self._own).get(number, 0))

    def find_departments(self, query: str) -> list[int]:
        """Return the departments whose path contains a text."""
        wanted = fold_text(query)
        return [department.id for department in self.tree if wanted in fold_text(self.tree.path(department.id))]

    def has_role(self, role: int) -> bool:
        """Return whether the people of a role are known."""
        return role == NO_ROLE or role in self._role_people

    def learn_role(self, role: int, userids: Iterable[str]) -> None:
        """Record the people of a role."""
        self._role_people[role] = frozenset(userids)

    def position(self, userid: str) -> int:
        """Return the position of a person; -1 if there is no such person."""
        return self._position.get(userid, -1)

    def mark(self, choice: Choice, number: int) -> Mark:
        """Return whether the people of a department are chosen."""
        if number in choice.departments:
            return Mark.CHOSEN
        if not choice.below:
            return Mark.FREE
        if number in choice.left_out:
            return Mark.LEFT_OUT
        for above in self._above(number):
            if above in choice.left_out:
                return Mark.UNDER_LEFT_OUT
            if above in choice.departments:
                return Mark.INSIDE
        return Mark.FREE

    def is_partly_chosen(self, choice: Choice, number: int) -> bool:
        """Return whether the choice differs further below a department, or for single people in it."""
        mark = self.mark(choice, number)
        if mark not in {Mark.FREE, Mark.CHOSEN, Mark.INSIDE}:
            return False
        departments, userids = (choice.left_out, choice.dropped) if mark.is_on else (choice.departments, choice.added)
        if choice.below and not departments.isdisjoint(self.tree.subtree(number)):
            # That department itself is chosen as a whole.
            return mark.is_on or number not in departments
        people = self._positions(userids)
        return bool(people) and bool(self._in_departments([number], below=choice.below)[people].any())

    def in_order(self, positions: IntArray) -> IntArray:
        """Return the positions of people in the order of their departments, then of their names."""
        return positions[np.argsort(self._order[positions], kind="stable")]

    @cached_property
    def _order(self) -> IntArray:
        """The place of each person among all, by department and name."""
        places = {self.tree.path(department.id): at for at, department in enumerate(self.tree)}
        keys = [
            # In GB 18030, common Chinese characters are ordered by pinyin.
            (min((places[path] for path in paths if path in places), default=len(places)), name.encode("gb18030"))
            for paths, name in zip(self.people["departments"], self.people["name"].fillna(""), strict=True)
        ]
        order = np.empty(len(keys), dtype=np.int64)
        order[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        return order

    def with_department(self, choice: Choice, number: int, *, is_on: bool) -> Choice:
        """Return a choice with a department chosen, or without it."""
        mark = self.mark(choice, number)
        if is_on == mark.is_on or mark is Mark.UNDER_LEFT_OUT:
            return choice
        chosen, left_out = choice.departments, choice.left_out
        if mark is Mark.LEFT_OUT:
            left_out -= {number}
        elif mark is Mark.INSIDE:
            left_out = (left_out - set(self.tree.subtree(number))) | {number}
        else:
            covered = set(self.tree.subtree(number)) if choice.below else {number}
            chosen, left_out = chosen - covered, left_out - covered
            chosen |= {number} if is_on else set()
        return replace(choice, departments=chosen, left_out=left_out)

    def with_below(self, choice: Choice, *, below: bool) -> Choice:
        """Return a choice that includes the departments below those chosen, or does not."""
        chosen = choice.departments
        if below:
            chosen = frozenset(department for department in chosen if not chosen.intersection(self._above(department)))
        return replace(choice, departments=chosen, left_out=frozenset(), below=below)

    def with_person(self, choice: Choice, userid: str, *, is_on: bool) -> Choice:
        """Return a choice with a person chosen, or without that person."""
        added = tuple(other for other in choice.added if other != userid)
        dropped = tuple(other for other in choice.dropped if other != userid)
        is_among = self.position(userid) >= 0 and bool(self._filtered(choice)[self.position(userid)])
        if is_on and not is_among:
            added = (*added, userid)
        elif not is_on and is_among:
            dropped = (*dropped, userid)
        return replace(choice, added=added, dropped=dropped)

    def chosen(self, choice: Choice) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Return for each person whether they are chosen."""
        chosen = self._filtered(choice)
        chosen[self._positions(choice.dropped)] = False
        chosen[self._positions(choice.added)] = True
        return chosen

    def department_key(self, number: int) -> int | str:
        """Return how code names a department: by its path, or by its id if the path is ambiguous."""
        path = self.tree.path(number)
        try:
            return path if self.tree.find(path) == number else number
        except InputError:
            return number

    def role_key(self, role: int) -> int | str:
        """Return how code names a role: by group and name, or by its id if these are ambiguous."""
        name = next((known_role.name for known_role in self.roles if known_role.id == role), "")
        is_clear = (
            sum(fold_text(known_role.name) == fold_text(name) for known_role in self.roles) == 1
            and not name.strip().isdecimal()
        )
        return name if is_clear and "/" in name else role

    def ordered(self, numbers: Collection[int]) -> list[int]:
        """Return departments in the order of the tree."""
        return [department.id for department in self.tree if department.id in numbers]

    def _filtered(self, choice: Choice) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Return for each person whether departments, role and activation choose them."""
        if not choice.is_filtered:
            return np.zeros(len(self.people), dtype=bool)
        chosen = np.ones(len(self.people), dtype=bool)
        if choice.departments:
            chosen = self._in_departments(choice.departments, below=choice.below)
            chosen &= ~self._in_departments(choice.left_out, below=True)
        if choice.role != NO_ROLE:
            chosen &= self.people["userid"].isin(self._role_people.get(choice.role, frozenset())).to_numpy()
        if choice.active is not None:
            chosen &= (self.people["active"] == choice.active).fillna(value=False).to_numpy(dtype=bool)
        return chosen

    def _in_departments(self, numbers: Collection[int], *, below: bool) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        found = np.zeros(len(self.people), dtype=bool)
        for number in numbers:
            for below_id in self.tree.subtree(number) if below else [number]:
                found[self._members.get(self.tree.path(below_id), [])] = True
        return found

    @cached_property
    def _members(self) -> dict[str, list[int]]:
        """The positions of the people directly in each department, by its path."""
        members: dict[str, list[int]] = {}
        for at, paths in enumerate(self.people["departments"]):
            for path in paths:
                members.setdefault(path, []).append(at)
        return members

    def _positions(self, userids: Sequence[str]) -> list[int]:
        return [at for at in map(self.position, userids) if at >= 0]

    def _above(self, number: int) -> Iterator[int]:
        """Yield the departments above one, the nearest first."""
        while (number := self.tree[number].parent) in self.tree:
            yield number


@dataclass(frozen=True, slots=True)
class Request:
    """
    A choice as arguments of `DingTalk.people`, and the people removed and added afterwards.

    Attributes:
        filters: The arguments; empty if only the added people are chosen.
        left_out: The departments whose people are left out.
        added: The userids of people added.
        dropped: The userids of people left out.
    """

    filters: dict[str, Any]
    left_out: tuple[int | str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]

    @classmethod
    def of(cls, known: KnownDirectory, choice: Choice) -> "Request":
        """Return the request of a choice."""
        filters: dict[str, Any] = {}
        if choice.departments:
            keys = [known.department_key(department) for department in known.ordered(choice.departments)]
            filters["department"] = keys[0] if len(keys) == 1 else keys
            filters |= {} if choice.below else {"below": False}
        if choice.role != NO_ROLE:
            filters["role"] = known.role_key(choice.role)
        if filters and choice.active is not None:
            filters["active"] = choice.active
        left_out = tuple(known.department_key(department) for department in known.ordered(choice.left_out))
        return cls(filters, left_out, choice.added, choice.dropped)

    def read(self, people: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        """
        Return the people.

        Args:
            people: `DingTalk.people`.
        """
        if not self.filters:
            frame = people(everybody=True)
            return frame[frame["userid"].isin(self.added)].reset_index(drop=True)
        frame = people(**self.filters)
        if self.left_out:
            frame = frame[~frame["userid"].isin(people(department=self.left_out)["userid"])]
        if self.dropped:
            frame = frame[~frame["userid"].isin(self.dropped)]
        if self.added:
            everyone = people(everybody=True)
            frame = everyone[everyone["userid"].isin([*frame["userid"], *self.added])]
        return frame.reset_index(drop=True) if self.left_out or self.dropped or self.added else frame

    def code(self, frame: str, app: str) -> list[str]:
        """Return the Python equivalent to `read`."""
        if not self.filters:
            return [
                f"{frame} = {app}.people(everybody=True)",
                f"{frame} = {_among(frame, _written(self.added))}.reset_index(drop=True)",
            ]
        lines = [call(f"{frame} = {app}.people", **self.filters)]
        if self.left_out:
            lines.append(call(f"left_out = {app}.people", department=list(self.left_out)))
            among = _among(frame, 'left_out["userid"]', is_not="~")
            lines.append(f"{frame} = {among}")
        if self.dropped:
            lines.append(f"{frame} = {_among(frame, _written(self.dropped), is_not='~')}")
        if self.added:
            lines.append(f"everyone = {app}.people(everybody=True)")
            before = f'*{frame}["userid"]'
            lines.append(f"{frame} = {_among('everyone', _written(self.added, before))}")
        if len(lines) > 1:
            lines.append(f"{frame} = {frame}.reset_index(drop=True)")
        return lines


def _among(frame: str, userids: str, *, is_not: str = "") -> str:
    return f'{frame}[{is_not}{frame}["userid"].isin({userids})]'


def _written(userids: Sequence[str], *first: str) -> str:
    return f"[{', '.join([*first, *map(literal, userids)])}]"


def _department_rows(frame: pd.DataFrame) -> Iterator[DepartmentRow]:
    numbers, names = frame["dept_id"].tolist(), frame["name"].fillna("").tolist()
    for place, (number, name, parent) in enumerate(zip(numbers, names, frame["parent_id"].tolist(), strict=True)):
        yield DepartmentRow(number, name, 0 if pd.isna(parent) else parent, place, 0)
