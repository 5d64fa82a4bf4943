"""The tree of departments: paths, subdepartments, and look-up by name, path or id."""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from dingnb.errors import InputError
from dingnb.ledger.contacts.directory import OUTSIDE, DepartmentRow
from dingnb.recipients.person_names import fold_one_name
from dingnb.tables.cells import shorten
from dingnb.transport import parse_whole_number
from dingnb.words import NOTHING, Text, listed, listed_briefly, sentences

SEPARATOR = "/"
_MAX_PATHS = 20
_MAX_SUGGESTIONS = 3


def fold_text(name: str) -> str:
    """
    Return the form in which names are compared: without differences in width, case and surrounding blanks.

    >>> fold_text(" ＨＲ部／A ") == fold_text("hr部/a")
    True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


class DepartmentTree:
    """
    The departments that can be reached from the top. Orphans, cycles and `OUTSIDE` are left out.

    Args:
        rows: Departments in any order.
    """

    def __init__(self, rows: Iterable[DepartmentRow]) -> None:
        row_of = {row.id: row for row in rows if row.id != OUTSIDE}
        children_of: dict[int, list[DepartmentRow]] = {}
        for department in row_of.values():
            children_of.setdefault(department.parent, []).append(department)
        self._children = {
            parent: [department.id for department in sorted(children, key=lambda child: (child.place, child.id))]
            for parent, children in children_of.items()
        }
        self._paths: dict[int, tuple[str, ...]] = {}
        self._rows: dict[int, DepartmentRow] = {}
        stack: list[tuple[int, tuple[str, ...]]] = [(child, ()) for child in reversed(self._children.get(0, []))]
        while stack:
            number, parent_path = stack.pop()
            if number not in self._rows:
                self._rows[number] = row_of[number]
                path = self._paths[number] = (*parent_path, row_of[number].name)
                stack += [(child, path) for child in reversed(self._children.get(number, []))]

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, number: object) -> bool:
        return number in self._rows

    def __iter__(self) -> Iterator[DepartmentRow]:
        """Yield the departments in DingTalk's order, each before its subdepartments."""
        return iter(self._rows.values())

    def __getitem__(self, number: int) -> DepartmentRow:
        return self._rows[number]

    def path(self, number: int) -> str:
        """Return the names from the top down to a department."""
        return SEPARATOR.join(self._paths[number])

    def depth(self, number: int) -> int:
        """Return the number of departments above a department."""
        return len(self._paths[number]) - 1

    def sub_departments(self, number: int) -> list[int]:
        """Return the departments directly below a department."""
        return [child for child in self._children.get(number, []) if child in self._rows]

    def subtree(self, number: int) -> list[int]:
        """Return a department and all departments below it, each before its subdepartments."""
        visited: dict[int, None] = {}
        stack = [number]
        while stack:
            current = stack.pop()
            if current not in visited:
                visited[current] = None
                stack += reversed(self.sub_departments(current))
        return list(visited)

    def find(self, identifier: int | str) -> int:
        """
        Return the id of the department with an id, a name, a path, or the end of a path.

        Blanks, and whether characters are traditional or simplified, count only where they distinguish departments.

        Raises:
            InputError: No department has this identifier, or several have it.
        """
        if identifier in self._rows:
            return int(identifier)
        text = fold_text(str(identifier))
        number = parse_whole_number(text)
        if number is not None and number in self._rows:
            return number
        if isinstance(identifier, str):
            matching = _find_by_path(text, self._folded_paths) or _find_by_path(
                fold_one_name(text), self._simplified_paths
            )
            if len(matching) == 1:
                return matching[0]
            if matching:
                paths = [Text("directory.path", path=self.path(number), id=number) for number in matching]
                shown = listed(paths) if len(paths) <= _MAX_PATHS else listed_briefly(paths, "department")
                raise InputError(
                    Text("directory.several", name=shorten(identifier.strip()), n=len(matching), paths=shown),
                    Text("directory.several_todo"),
                )
        folded_names = {department.id: fold_one_name(department.name) for department in self}
        name = fold_one_name(text).rpartition(SEPARATOR)[2]
        similar = difflib.get_close_matches(name, folded_names.values(), n=_MAX_SUGGESTIONS)
        numbers = dict.fromkeys(number for name in similar for number in folded_names if folded_names[number] == name)
        suggestions = list(dict.fromkeys(map(self.path, numbers)))[:_MAX_SUGGESTIONS]
        if suggestions:
            todo = Text("directory.near_todo", paths=listed_briefly(suggestions, "department"))
        else:
            # The identifier may be the name of a person.
            by_name = Text("directory.people_by_name_todo") if isinstance(identifier, str) else NOTHING
            todo = sentences(Text("directory.none_todo"), by_name)
        wording = shorten(identifier) if isinstance(identifier, str) else identifier
        raise InputError(Text("directory.no_department", name=wording), todo)

    @cached_property
    def _folded_paths(self) -> dict[int, str]:
        return {number: SEPARATOR.join(map(fold_text, path)) for number, path in self._paths.items()}

    @cached_property
    def _simplified_paths(self) -> dict[int, str]:
        return {number: SEPARATOR.join(map(fold_one_name, path)) for number, path in self._paths.items()}


def _find_by_path(text: str, paths: Mapping[int, str]) -> list[int]:
    """Return the departments whose name, path or end of a path is a text."""
    whole = [number for number, path in paths.items() if path == text]
    # A name without a path means every department with this name, including a department at the top.
    if whole and SEPARATOR in text:
        return whole
    return [number for number, path in paths.items() if f"{SEPARATOR}{path}".endswith(f"{SEPARATOR}{text}") and text]
