"""The model of the directory, in which people are chosen as recipients."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from dingnb.client import DingTalk, clock_of, department_members_of
from dingnb.clock import NS_PER_S, Clock
from dingnb.display import progress_shown_by
from dingnb.errors import AccessError, InputError
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.ui.compose.source import FrameCode
from dingnb.ui.kit.lists import FoundRows, nearest_page, page_count
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.studio.directory_selection import NO_ROLE, DirectorySnapshot, PeopleQuery, Selection
from dingnb.words import NOTHING, Text, age_text, say

DEPARTMENTS_PER_PAGE = 15
"""Number of departments on a page."""


@dataclass(frozen=True, slots=True)
class PeopleRows(FoundRows):
    """The people shown: the chosen people, or people found by a search."""

    rows_per_page: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """
    The state of the form.

    Attributes:
        is_open: Whether the directory is shown.
        snapshot: The directory as it was read; None before.
        selection: The selection.
        chosen_count: The number of people in the selection.
        expanded: The ids of the departments whose sub-departments are shown.
        query: Only departments whose path contains this text; empty for the tree.
        page: The page of departments, from 0.
        people: The people that are shown.
        resets: Increases with each change of the search texts that was not typed.
        used_count: The number of recipients read from the directory; 0 if the recipients are from elsewhere.
        used_selection: The selection that the recipients were read from; None if the recipients are from elsewhere.
        expected_count: The number of people in the selection when the recipients were read; a different `used_count`
            means that the directory had changed.
        roles_failure: Why the app may not see roles; None if it may.
        has_lost_role: Whether the chosen role no longer existed at the last reading, and no other was chosen since.
        progress: The progress of reading, as text; empty if nothing is being read.
        share: The share that was read, from 0 to 1; None if unknown.
        failure: The last error; None if there was none.
    """

    is_open: bool = False
    snapshot: DirectorySnapshot | None = None
    selection: Selection = field(default_factory=Selection)
    chosen_count: int = 0
    expanded: frozenset[int] = frozenset()
    query: str = ""
    page: int = 0
    people: PeopleRows = field(default_factory=PeopleRows)
    resets: int = 0
    used_count: int = 0
    used_selection: Selection | None = None
    expected_count: int = 0
    roles_failure: Failure | None = None
    has_lost_role: bool = False
    progress: str = ""
    share: float | None = None
    failure: Failure | None = None

    @property
    def has_changed_since_use(self) -> bool:
        """Whether the recipients were read from the directory, and the selection has changed since."""
        return self.used_selection is not None and self.selection != self.used_selection

    @property
    def is_widened(self) -> bool:
        """Whether departments are chosen without the role that narrowed them, since it no longer exists."""
        return self.has_lost_role and self.selection.role == NO_ROLE and bool(self.selection.departments)


class DirectoryModel(Model[DirectoryState]):
    """
    Chooses recipients from the directory.

    Args:
        ding: The app whose directory it is.
        on_use: Called in a background thread with the people to use, and a function that returns the code to read them.
    """

    def __init__(self, ding: DingTalk, on_use: Callable[[pd.DataFrame, FrameCode], None]) -> None:
        super().__init__(DirectoryState(), clock_of(ding))
        self._ding = ding
        self._on_use = on_use
        self._is_cancelled = False

    def toggle(self) -> None:
        """Show the directory, reading it if necessary, or hide it."""
        is_open = not self.state.is_open
        self._show(is_open=is_open, failure=None)
        if is_open and self.state.snapshot is None:
            self.read()

    def read(self, *, refresh: bool = False) -> None:
        """Read the directory; parts read within the last day come from the ledger, unless `refresh` is set."""
        self._start_reading(lambda: self._read(refresh=refresh))

    def cancel(self) -> None:
        """Stop reading; the next reading continues from there."""
        self._is_cancelled = self.is_busy

    def search(self, query: str) -> None:
        """Show the departments whose path contains a text; an empty text shows the tree."""
        self._show(query=query.strip(), page=0)

    def turn_to(self, page: int) -> None:
        """Show a page of departments."""
        self._show(page=nearest_page(page, page_count(len(self.departments()), DEPARTMENTS_PER_PAGE)))

    def toggle_below(self, dept_id: int) -> None:
        """Show the departments directly below a department, or hide them."""
        self._show(expanded=self.state.expanded ^ {dept_id})

    def departments(self) -> list[int]:
        """Return the ids of the departments to show: those found by the search, or the expanded part of the tree."""
        state = self.state
        if state.snapshot is None:
            return []
        if state.query:
            return state.snapshot.find_departments(state.query)
        tree = state.snapshot.tree
        stack = [department.id for department in tree if not tree.depth(department.id)][::-1]
        visible: list[int] = []
        while stack:
            visible.append(stack.pop())
            if visible[-1] in state.expanded:
                stack += reversed(tree.sub_departments(visible[-1]))
        return visible

    def choose_department(self, dept_id: int, *, is_on: bool) -> None:
        """Choose the people of a department, or leave them out."""
        with self._lock:
            if self.state.snapshot is not None and dept_id in self.state.snapshot.tree:
                self._select(self.state.snapshot.with_department(self.state.selection, dept_id, is_on=is_on))

    def choose_below(self, *, below: bool) -> None:
        """Include the departments below those chosen, or not."""
        with self._lock:
            if self.state.snapshot is not None and below != self.state.selection.below:
                self._select(replace(self.state.selection, below=below))

    def choose_active(self, active: bool | None) -> None:  # noqa: FBT001 - the only argument
        """Choose only people who have activated DingTalk, or only people who have not; None for all."""
        with self._lock:
            self._select(replace(self.state.selection, active=active))

    def choose_role(self, role: int) -> None:
        """Choose only people with a role, reading them if necessary."""
        snapshot = self.state.snapshot
        if snapshot is None or role == self.state.selection.role:
            return
        if snapshot.knows_role(role):
            with self._lock:
                self._select(replace(self.state.selection, role=role), has_lost_role=False)
        elif self.is_busy:
            self._notify()
        else:
            self._start_reading(lambda: self._read_role(snapshot, role))

    def choose_person(self, userid: str, *, is_on: bool) -> None:
        """Choose one person, or leave one out."""
        with self._lock:
            if self.state.snapshot is not None:
                # The page stays, so that no other person moves into this row.
                self._select(
                    self.state.snapshot.with_person(self.state.selection, userid, is_on=is_on), updates_people=False
                )

    def search_people(self, query: str) -> None:
        """Show all people whose details contain a text; an empty text shows the people who are chosen."""
        with self._lock:
            self._show(people=self._find_people(query.strip()))

    def turn_people_to(self, page: int) -> None:
        """Show a page of people."""
        self._show(people=self.state.people.turned_to(page))

    def are_chosen(self, positions: list[int]) -> list[bool]:
        """Return whether people are chosen, by their positions in the directory."""
        snapshot = self.state.snapshot
        return [] if snapshot is None else snapshot.chosen_people(self.state.selection)[positions].tolist()

    def clear(self) -> None:
        """Clear the selection."""
        with self._lock:
            if self.state.snapshot is not None:
                self._change({"resets": self.state.resets + 1, "query": "", "page": 0})
                self._select(Selection(), query="", has_lost_role=False)

    def use(self) -> None:
        """
        Make the chosen people the recipients.

        Raises:
            InputError: Nobody is chosen.
        """
        if not self.state.chosen_count:
            raise InputError(Text("directory_form.nobody"), Text("directory_form.nobody_todo"))
        self._start_reading(self._use)

    def saved_state(self) -> dict[str, Any]:
        """Return the selection as JSON values, for another process; what was read is in the ledger."""
        state = self.state
        return {
            "is_open": state.is_open,
            "selection": state.selection.to_json(),
            "expanded": sorted(state.expanded),
            "used_count": state.used_count,
            "used_selection": None if state.used_selection is None else state.used_selection.to_json(),
            "expected_count": state.expected_count,
        }

    def restore_state(self, saved: Mapping[str, Any]) -> None:
        """Restore the selection of another process, from `saved_state`; the directory is read if it was open."""
        used = saved["used_selection"]
        self._show(
            is_open=saved["is_open"],
            selection=Selection.from_json(saved["selection"]),
            expanded=frozenset(saved["expanded"]),
            used_count=saved["used_count"],
            used_selection=None if used is None else Selection.from_json(used),
            expected_count=saved["expected_count"],
        )
        if self.state.is_open:
            self.read()

    def forget_use(self) -> None:
        """Record that the recipients come from elsewhere now."""
        self._show(used_count=0, used_selection=None)

    def close_if_nobody_is_chosen(self) -> None:
        """Close the directory, unless somebody is chosen in it, whom the analyst may still want to use."""
        with self._lock:
            if self.state.is_open and not self.state.chosen_count:
                self._show(is_open=False)

    def age(self) -> Text:
        """Return how long ago the oldest part of the directory was read; empty before."""
        snapshot = self.state.snapshot
        return NOTHING if snapshot is None else age_of_people(snapshot.people, self._clock)

    def notes(self) -> list[str]:
        """Return the notes of the last reading, such as data that the app may not see."""
        snapshot = self.state.snapshot
        return [] if snapshot is None else list(snapshot.people.attrs[ATTRS_KEY]["notes"])

    def _start_reading(self, work: Callable[[], None]) -> None:
        with self._lock:
            if not self.is_busy:
                self._is_cancelled = False
                self._start_work(work, progress=say("directory_form.reading"), share=None, failure=None)

    def _read(self, *, refresh: bool) -> None:
        with progress_shown_by(StateDisplay(self._show_progress)):
            people = self._ding.people(everybody=True, refresh=refresh)
            departments, members = self._ding.departments(counts=False), department_members_of(self._ding)
            roles, roles_failure = self._roles(refresh=refresh)
        snapshot = DirectorySnapshot(people, departments, members, roles)
        # The user may choose another role while the people of a role are read.
        while (role := self._show_snapshot(snapshot, roles_failure)) != NO_ROLE:
            with progress_shown_by(StateDisplay(self._show_progress)):
                snapshot.set_role_people(role, self._userids_of(role))

    def _show_snapshot(self, snapshot: DirectorySnapshot, roles_failure: Failure | None) -> int:
        """Show the directory as it was read; if the people of the chosen role are to be read first, return the role."""
        with self._lock:
            role = self.state.selection.role
            if not snapshot.knows_role(role) and any(option.id == role for option in snapshot.roles):
                return role
            top_level = [department.id for department in snapshot.tree if not snapshot.tree.depth(department.id)]
            expanded = self.state.expanded or frozenset(top_level if len(top_level) == 1 else ())
            # Together, since a view cannot show the choice of a role that does not exist any more.
            selection = snapshot.without_missing(self.state.selection)
            self._select(
                selection,
                snapshot=snapshot,
                expanded=expanded,
                roles_failure=roles_failure,
                has_lost_role=selection.role != role,
            )
            return NO_ROLE

    def _roles(self, *, refresh: bool) -> tuple[pd.DataFrame, Failure | None]:
        """Return the roles and, if the app may not see them, why: departments and people can be chosen without them."""
        try:
            return self._ding.roles(counts=False, refresh=refresh), None
        except AccessError as error:
            return pd.DataFrame({"role_id": [], "name": [], "group": []}), self._failure(error)

    def _read_role(self, snapshot: DirectorySnapshot, role: int) -> None:
        with progress_shown_by(StateDisplay(self._show_progress)):
            snapshot.set_role_people(role, self._userids_of(role))
        with self._lock:
            if self.state.snapshot is snapshot:
                self._select(replace(self.state.selection, role=role), has_lost_role=False)

    def _userids_of(self, role: int) -> list[str]:
        userids: list[str] = self._ding.people(role=role, fields=["userid"])["userid"].tolist()
        return userids

    def _use(self) -> None:
        snapshot, selection, expected = self.state.snapshot, self.state.selection, self.state.chosen_count
        if snapshot is None:
            return
        query = PeopleQuery.of(snapshot, selection)
        with progress_shown_by(StateDisplay(self._show_progress)):
            frame = query.read(self._ding.people)
        if not len(frame):
            raise InputError(Text("directory_form.nobody"), Text("directory_form.nobody_todo"))
        self._on_use(frame, query.code)
        with self._lock:
            # What was searched for has served its purpose: the next time, the people in use are shown.
            shown = {"query": "", "page": 0, "people": self._find_people("")}
            used = {"used_count": len(frame), "used_selection": selection, "expected_count": expected}
            self._show(is_open=False, **used, **shown)

    def _select(
        self,
        selection: Selection,
        *,
        updates_people: bool = True,
        query: str | None = None,
        **read: Any,  # noqa: ANN401 - fields of the state
    ) -> None:
        """Set the selection, together with what was just read, and show its people unless `updates_people` is false."""
        snapshot = read.get("snapshot", self.state.snapshot)
        if snapshot is None:
            return
        mask = snapshot.chosen_people(selection)
        self._change({**read, "selection": selection, "chosen_count": int(mask.sum())})
        if updates_people:
            self._change({"people": self._find_people(self.state.people.query if query is None else query)})
        self._notify()

    def _find_people(self, query: str) -> PeopleRows:
        snapshot = self.state.snapshot
        if snapshot is None:
            return PeopleRows()
        positions = (
            snapshot.search.find(query) if query else np.flatnonzero(snapshot.chosen_people(self.state.selection))
        )
        page = self.state.people.page if query == self.state.people.query else 0
        return PeopleRows(len(snapshot.people), query, snapshot.sort_people(positions), page).turned_to(page)

    def _show_progress(self, progress: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(Text("directory_form.cancelled"), Text("directory_form.cancelled_todo"))
        self._show(progress=progress, share=share)

    def _on_idle(self) -> None:
        self._change({"progress": "", "share": None})


def age_of_people(people: pd.DataFrame, clock: Clock) -> Text:
    """Return the age of people read from the directory: the age of the oldest part."""
    read_at = datetime.fromisoformat(people.attrs[ATTRS_KEY]["read_at"])
    age_s = clock.now_ns() / NS_PER_S - read_at.timestamp()
    return age_text(age_s)
