"""The model of the exclusion lists in the settings, in which removals can be undone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from dingnb.client import DingTalk, clock_of
from dingnb.display import progress_shown_by
from dingnb.errors import DingError, InputError
from dingnb.errors.arguments import read_name
from dingnb.ledger.contacts.exclusions import Exclusion
from dingnb.ledger.names import fold_name
from dingnb.recipients.exclusions import entries_of, remove_entries, restore_entries
from dingnb.ui.kit.lists import FoundRows
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.studio.exclusion_lines import Line, PeopleOfLines, find_people, read_lines
from dingnb.words import Text, say


@dataclass(frozen=True, slots=True)
class ExcludedPerson:
    """
    A person on the open list.

    Attributes:
        userid: The userid or phone number.
        name: The name in the directory, as it was read last; empty if it is not known.
        reason: The reason; may be empty.
        added_ns: When the person was added.
    """

    userid: str
    name: str
    reason: str
    added_ns: int


@dataclass(frozen=True, slots=True)
class ListSummary:
    """The name of a list, the number of people on it, and when the last person was added."""

    name: str
    people: int
    added_ns: int


@dataclass(frozen=True, slots=True)
class ListRows(FoundRows):
    """The lists, in pages."""

    rows_per_page: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class PersonRows(FoundRows):
    """The people of the open list: all people, or people found by a search."""

    rows_per_page: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class Removal:
    """
    People who were removed from a list, and can be added again.

    Attributes:
        rows: The removed entries of the list; at least one.
        person: The person who was removed; None if the whole list was deleted.
    """

    rows: tuple[Exclusion, ...]
    person: ExcludedPerson | None

    @property
    def list_name(self) -> str:
        """The name of the list."""
        return self.rows[0].list


@dataclass(frozen=True, slots=True)
class Addition:
    """
    What adding people did.

    Attributes:
        list_name: The name of the list.
        added: The number of people who were added.
        known: The number of people of the lines who were on the list already.
        people: The people of the lines, and the lines that were not added.
        directory_failure: Why the directory could not be read; None if it could, or was not needed.
    """

    list_name: str
    added: int
    known: int
    people: PeopleOfLines
    directory_failure: Failure | None


@dataclass(frozen=True, slots=True)
class ExclusionsState:
    """
    The state of the lists.

    Attributes:
        lists: The lists, by name.
        list_rows: The lists that are shown.
        open_list: The name of the open list; empty if all lists are shown.
        people: The people of the open list, the last added first.
        person_rows: The people who are shown.
        removals: The removals that can be undone, the last one at the end.
        addition: What adding people did last; None before, and once something else was done.
        addition_count: The number of times that adding people was started.
        progress: The progress of adding, as text; empty if nothing is being added.
        failure: The last error; None if there was none.
    """

    lists: tuple[ListSummary, ...] = ()
    list_rows: ListRows = field(default_factory=ListRows)
    open_list: str = ""
    people: tuple[ExcludedPerson, ...] = ()
    person_rows: PersonRows = field(default_factory=PersonRows)
    removals: tuple[Removal, ...] = ()
    addition: Addition | None = None
    addition_count: int = 0
    progress: str = ""
    failure: Failure | None = None


class ExclusionsModel(Model[ExclusionsState]):
    """
    Shows and changes the exclusion lists of an app.

    Only adding people runs in a background thread, since it may read the directory.

    Args:
        ding: The app.
        on_change: Called with the name of a list after it was changed.
    """

    def __init__(self, ding: DingTalk, on_change: Callable[[str], None]) -> None:
        super().__init__(ExclusionsState(), clock_of(ding))
        self._ding = ding
        self._on_change = on_change
        self._is_cancelled = False

    def refresh(self, *, keeps_outcome: bool) -> None:
        """
        Read the lists again, and show all of them.

        Args:
            keeps_outcome: Whether what adding people did, or why it failed, is still shown.
        """
        cleared = {} if keeps_outcome else {"addition": None, "failure": None}
        self._run_here(lambda: self._read(open_list="", person_rows=PersonRows(), **cleared))

    def open(self, name: str) -> None:
        """Show the people of a list; an empty name shows all lists."""
        self._run_here(lambda: self._read(open_list=name, person_rows=PersonRows(), addition=None, failure=None))

    def search(self, query: str) -> None:
        """Show the people of the open list whose name, userid, number or reason contains a text; empty shows all."""
        with self._lock:
            self._show(person_rows=_find_people(self.state.people, query.strip(), 0))

    def turn_to(self, page: int) -> None:
        """Show another page of the people."""
        with self._lock:
            self._show(person_rows=self.state.person_rows.turned_to(page))

    def turn_lists_to(self, page: int) -> None:
        """Show another page of the lists."""
        with self._lock:
            self._show(list_rows=self.state.list_rows.turned_to(page))

    def add(self, name: str, text: str, reason: str) -> None:
        """
        Add people to a list, which is created if necessary, and open it.

        Args:
            name: The name of the list.
            text: The people: one userid, name or phone number per line. The lines that are unclear are not added.
            reason: The reason; may be empty.
        """
        with self._lock:
            if not self.is_busy:
                self._is_cancelled = False
                self._start_work(
                    lambda: self._add(name, text, reason),
                    progress=say("exclusions_form.adding"),
                    addition=None,
                    addition_count=self.state.addition_count + 1,
                    failure=None,
                )

    def cancel(self) -> None:
        """Stop before anybody is added; ignored once people are being added."""
        self._is_cancelled = self.is_busy

    def remove(self, person: ExcludedPerson) -> None:
        """Remove a person from the open list."""
        name = self.state.open_list
        self._run_here(lambda: self._remove(name, person))

    def delete(self, name: str) -> None:
        """Delete a list."""
        self._run_here(lambda: self._remove(name))

    def undo(self) -> None:
        """Undo the last removal; each further call undoes the removal before."""
        self._run_here(self._undo)

    def _add(self, name: str, text: str, reason: str) -> None:
        name = read_name(name, "exclude.bad_name")
        lines = read_lines(text)
        if not lines:
            raise InputError(Text("exclusions_form.no_people"))
        people, directory_failure = self._directory_for(lines)
        found = find_people(lines, people)
        self._check_not_cancelled()
        added = 0
        if found.ids:
            # What `add` prints about names is for code: here, names have been looked up.
            with progress_shown_by(StateDisplay(lambda *_: None)):
                added = self._ding.exclusions.add(name, list(found.ids), reason)
        addition = Addition(name, added, len(found.ids) - added, found, directory_failure)
        with self._lock:
            self._change({"addition": addition})
        if found.ids:
            # Before the lists are read: even if that fails, an earlier check of recipients no longer applies.
            self._on_change(name)
            self._read(open_list=name, person_rows=PersonRows())
        else:
            self._read()

    def _directory_for(self, lines: Collection[Line]) -> tuple[pd.DataFrame | None, Failure | None]:
        """Return the directory, and why it could not be read; both are None if all lines are phone numbers."""
        if all(line.is_number for line in lines):
            return None, None
        try:
            with progress_shown_by(StateDisplay(self._show_progress)):
                return self._ding.people(everybody=True), None
        except DingError as error:
            if self._is_cancelled:
                raise
            return None, self._failure(error)

    def _remove(self, name: str, person: ExcludedPerson | None = None) -> None:
        """Remove a person from a list, or everybody if the person is None; another process may have done so already."""
        rows = remove_entries(self._ding.exclusions, name, None if person is None else {person.userid})
        removals = (*self.state.removals, Removal(tuple(rows), person)) if rows else self.state.removals
        self._show_removals(name, removals)

    def _undo(self) -> None:
        if self.state.removals:
            *others, last = self.state.removals
            restore_entries(self._ding.exclusions, last.rows)
            self._show_removals(last.list_name, tuple(others))

    def _show_removals(self, name: str, removals: tuple[Removal, ...]) -> None:
        """Report that a list was changed, and show the removals, also if the ledger can no longer be read."""
        with self._lock:
            self._change({"removals": removals, "addition": None, "failure": None})
        self._on_change(name)
        self._read()

    def _read(self, **changed: object) -> None:
        """Read the lists, and show them together with other changes of the state; an open list that is gone closes."""
        rows, names = entries_of(self._ding.exclusions)
        rows_by_list: dict[str, list[Exclusion]] = {}
        for row in rows:
            rows_by_list.setdefault(row.list, []).append(row)
        with self._lock:
            self._change(changed)
            state = self.state
            lists = tuple(
                ListSummary(name, len(people), max(person.added_ns for person in people))
                for name, people in rows_by_list.items()
            )
            folded = fold_name(state.open_list)
            open_list = next((name for name in rows_by_list if fold_name(name) == folded), "")
            newest_first = sorted(rows_by_list.get(open_list, ()), key=lambda row: -row.added_ns)
            people = tuple(
                ExcludedPerson(row.userid, names.get(row.userid, ""), row.reason, row.added_ns) for row in newest_first
            )
            shown = state.person_rows
            self._change(
                {
                    "lists": lists,
                    "list_rows": replace(state.list_rows, total=len(lists)).turned_to(state.list_rows.page),
                    "open_list": open_list,
                    "people": people,
                    "person_rows": _find_people(people, shown.query if open_list else "", shown.page),
                }
            )
        self._notify()

    def _show_progress(self, progress: str, _share: float | None) -> None:
        self._check_not_cancelled()
        self._show(progress=progress)

    def _check_not_cancelled(self) -> None:
        if self._is_cancelled:
            raise InputError(Text("directory_form.cancelled"), Text("exclusions_form.cancelled_todo"))

    def _on_idle(self) -> None:
        self._change({"progress": ""})


def _find_people(people: tuple[ExcludedPerson, ...], query: str, page: int) -> PersonRows:
    """Return the people whose name, userid, number or reason contains a text, on a page or the nearest page."""
    positions = None
    if query:
        sought = query.casefold()
        texts = (f"{person.name}\n{person.userid}\n{person.reason}".casefold() for person in people)
        positions = np.flatnonzero([sought in text for text in texts])
    return PersonRows(len(people), query, positions).turned_to(page)
