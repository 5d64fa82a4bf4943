"""The tree of departments: paths, what is below what, and departments by name, path or id."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property

from dingnb.errors import InputError
from dingnb.ledger.directory import OUTSIDE, DepartmentRow
from dingnb.words import Text, listed, listed_briefly

SEPARATOR = "/"
_PATHS_SHOWN = 20
_NEAR = 3


def fold(name: str) -> str:
    """
    Return a name as it is compared: without regard to width, case, and blanks around it.

    >>> fold(" ＨＲ部／A ") == fold("hr部/a")
    True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


class DepartmentTree:
    """
    The departments that can be reached from the top. Orphans and what closes a cycle are left out.

    Args:
        rows: Departments in any order.
    """

    def __init__(self, rows: Iterable[DepartmentRow]) -> None:
        every = {one.id: one for one in rows if one.id != OUTSIDE}
        below: dict[int, list[DepartmentRow]] = {}
        for one in every.values():
            below.setdefault(one.parent, []).append(one)
        self._below = {
            parent: [one.id for one in sorted(found, key=lambda one: (one.place, one.id))]
            for parent, found in below.items()
        }
        self._paths: dict[int, tuple[str, ...]] = {}
        self._rows: dict[int, DepartmentRow] = {}
        ahead: list[tuple[int, tuple[str, ...]]] = [(one, ()) for one in reversed(self._below.get(0, []))]
        while ahead:
            number, above = ahead.pop()
            if number not in self._rows:
                self._rows[number] = every[number]
                path = self._paths[number] = (*above, every[number].name)
                ahead += [(one, path) for one in reversed(self._below.get(number, []))]

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, number: object) -> bool:
        return number in self._rows

    def __iter__(self) -> Iterator[DepartmentRow]:
        """Yield the departments, each before those below it, in DingTalk's order."""
        return iter(self._rows.values())

    def __getitem__(self, number: int) -> DepartmentRow:
        return self._rows[number]

    def path(self, number: int) -> str:
        """Return the names from the top down to a department."""
        return SEPARATOR.join(self._paths[number])

    def depth(self, number: int) -> int:
        """Return how many departments are above one."""
        return len(self._paths[number]) - 1

    def sub_departments(self, number: int) -> list[int]:
        """Return the departments directly below one."""
        return [one for one in self._below.get(number, []) if one in self._rows]

    def with_all_below(self, number: int) -> list[int]:
        """Return a department and all below it, each before those below it."""
        found: dict[int, None] = {}
        ahead = [number]
        while ahead:
            one = ahead.pop()
            if one not in found:
                found[one] = None
                ahead += reversed(self.sub_departments(one))
        return list(found)

    def find(self, wanted: int | str) -> int:
        """
        Return a department by its id, its name, its path, or the end of its path.

        Raises:
            InputError: There is none, or there are several.
        """
        if wanted in self._rows:
            return int(wanted)
        text = fold(str(wanted))
        if text.isdecimal() and int(text) in self._rows:
            return int(text)
        if isinstance(wanted, str):
            found = self._named(text)
            if len(found) == 1:
                return found[0]
            if found:
                paths = [Text("directory.path", path=self.path(one), id=one) for one in found]
                shown = listed(paths) if len(paths) <= _PATHS_SHOWN else listed_briefly(paths, "department")
                raise InputError(
                    Text("directory.several", name=wanted.strip(), n=len(found), paths=shown),
                    Text("directory.several_todo"),
                )
        near = difflib.get_close_matches(text, [fold(one.name) for one in self], n=_NEAR)
        names = list(dict.fromkeys(self.path(one.id) for one in self if fold(one.name) in near))[:_NEAR]
        todo = (
            Text("directory.near_todo", paths=listed_briefly(names, "department"))
            if names
            else Text("directory.none_todo")
        )
        raise InputError(Text("directory.no_department", name=wanted), todo)

    def _named(self, text: str) -> list[int]:
        whole = [number for number, path in self._folded_paths.items() if path == text]
        # A bare name is that of each department which has it, also of one at the top.
        if whole and SEPARATOR in text:
            return whole
        return [
            number for number, path in self._folded_paths.items() if f"{SEPARATOR}{path}".endswith(f"{SEPARATOR}{text}")
        ]

    @cached_property
    def _folded_paths(self) -> dict[int, str]:
        return {number: SEPARATOR.join(map(fold, path)) for number, path in self._paths.items()}
