"""The model of the directory: reads it, selects people, and makes them the recipients."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

import numpy as np
import pandas as pd

from dingnb.client import DingTalk, clock_of
from dingnb.clock import NS_PER_S, Clock
from dingnb.display import progress_shown_by
from dingnb.errors import AccessError, InputError
from dingnb.tables.cells import ATTRS_KEY
from dingnb.ui.compose.source import Reader
from dingnb.ui.kit.model import Failure, Model, StateDisplay
from dingnb.ui.kit.rows import FoundRows
from dingnb.ui.studio.directory_choice import NO_ROLE, Choice, KnownDirectory, Request
from dingnb.words import NOTHING, Text, age_text, say

DEPARTMENTS_A_PAGE = 15
"""The number of departments on a page."""


@dataclass(frozen=True, slots=True)
class PeopleRows(FoundRows):
    """The people that are shown: those chosen, or those found by a search."""

    rows_a_page: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """
    The state of the form.

    Attributes:
        is_open: Whether the directory is shown.
        known: The directory as it was read; None before.
        choice: The selection.
        chosen: The number of people in it.
        opened: The departments whose sub-departments are shown.
        query: Only departments whose path contains this text; empty for the tree.
        page: The page of departments, from 0.
        people: The people that are shown.
        round: Increases with each change of the search texts that was not typed.
        used: The number of people who became the recipients; 0 for none, or if another list was taken since.
        expected: The number of people that the form showed before.
        no_roles: Why the app may not see roles; None if it may.
        progress: The progress of reading, as text; empty if nothing is being read.
        share: The share that was read, from 0 to 1; None if unknown.
        failure: The last error; None if there was none.
    """

    is_open: bool = False
    known: KnownDirectory | None = None
    choice: Choice = field(default_factory=Choice)
    chosen: int = 0
    opened: frozenset[int] = frozenset()
    query: str = ""
    page: int = 0
    people: PeopleRows = field(default_factory=PeopleRows)
    round: int = 0
    used: int = 0
    expected: int = 0
    no_roles: Failure | None = None
    progress: str = ""
    share: float | None = None
    failure: Failure | None = None


class DirectoryModel(Model[DirectoryState]):
    """
    Chooses recipients from the directory.

    Args:
        ding: The app whose directory it is.
        took: Called in a separate thread with the people to use, and a function that returns the code to read them.
    """

    def __init__(self, ding: DingTalk, took: Callable[[pd.DataFrame, Reader], None]) -> None:
        super().__init__(DirectoryState(), clock_of(ding))
        self._ding = ding
        self._took = took
        self._is_cancelled = False

    def turn(self) -> None:
        """Show the directory, reading it if necessary, or hide it."""
        is_open = not self.state.is_open
        self._show(is_open=is_open, failure=None)
        if is_open and self.state.known is None:
            self.read()

    def read(self, *, refresh: bool = False) -> None:
        """Read the directory; the part read within the last day comes from the ledger unless `refresh` is set."""
        self._start_reading(lambda: self._read(refresh=refresh))

    def cancel(self) -> None:
        """Stop reading; the next reading continues from there."""
        self._is_cancelled = self.is_busy

    def search(self, query: str) -> None:
        """Show the departments whose path contains a text; an empty one shows the tree."""
        self._show(query=query.strip(), page=0)

    def turn_to(self, page: int) -> None:
        """Show a page of departments."""
        last = max(-(-len(self.departments()) // DEPARTMENTS_A_PAGE) - 1, 0)
        self._show(page=min(max(page, 0), last))

    def open(self, number: int) -> None:
        """Show the departments directly below one, or hide them."""
        self._show(opened=self.state.opened ^ {number})

    def departments(self) -> list[int]:
        """Return the visible departments: those found, or those not below a closed department."""
        state = self.state
        if state.known is None:
            return []
        if state.query:
            return state.known.find_departments(state.query)
        tree = state.known.tree
        ahead = [department.id for department in tree if not tree.depth(department.id)][::-1]
        seen: list[int] = []
        while ahead:
            seen.append(ahead.pop())
            if seen[-1] in state.opened:
                ahead += reversed(tree.sub_departments(seen[-1]))
        return seen

    def choose_department(self, number: int, *, is_on: bool) -> None:
        """Choose the people of a department, or leave them out."""
        with self._lock:
            if self.state.known is not None and number in self.state.known.tree:
                self._choose(self.state.known.with_department(self.state.choice, number, is_on=is_on))

    def choose_below(self, *, below: bool) -> None:
        """Include the departments below those chosen, or not."""
        with self._lock:
            if self.state.known is not None and below != self.state.choice.below:
                self._choose(self.state.known.with_below(self.state.choice, below=below))

    def choose_active(self, active: bool | None) -> None:  # noqa: FBT001 - the subject
        """Choose only people who have activated DingTalk, or only those who have not; None for all."""
        with self._lock:
            self._choose(replace(self.state.choice, active=active))

    def choose_role(self, role: int) -> None:
        """Choose only people with a role, reading them if necessary."""
        known = self.state.known
        if known is None or role == self.state.choice.role:
            return
        if known.has_role(role):
            with self._lock:
                self._choose(replace(self.state.choice, role=role))
        elif self.is_busy:
            self._notify()
        else:
            self._start_reading(lambda: self._read_role(known, role))

    def choose_person(self, userid: str, *, is_on: bool) -> None:
        """Choose one person, or leave one out."""
        with self._lock:
            if self.state.known is not None:
                # The page stays unchanged, so that no other person moves to this place.
                self._choose(self.state.known.with_person(self.state.choice, userid, is_on=is_on), shows_again=False)

    def search_people(self, query: str) -> None:
        """Show all people whose details contain a text; an empty one shows those who are chosen."""
        with self._lock:
            self._show(people=self._found(query.strip()))

    def turn_people_to(self, page: int) -> None:
        """Show a page of people."""
        self._show(people=self.state.people.turned_to(page))

    def is_chosen(self, positions: list[int]) -> list[bool]:
        """Return whether people are chosen, by their positions in the directory."""
        known = self.state.known
        return [] if known is None else known.chosen(self.state.choice)[positions].tolist()

    def clear(self) -> None:
        """Clear the selection."""
        with self._lock:
            self._show(round=self.state.round + 1, query="", page=0)
            self._choose(Choice(), query="")

    def use(self) -> None:
        """Make the chosen people the recipients."""
        if not self.state.chosen:
            raise InputError(Text("directory_form.nobody"), Text("directory_form.nobody_todo"))
        self._start_reading(self._use)

    def leave(self) -> None:
        """Record that the recipients now come from elsewhere."""
        self._show(used=0)

    def age(self) -> Text:
        """Return how long ago the oldest part of the directory was read; empty before."""
        known = self.state.known
        return NOTHING if known is None else age_of(known.people, self._clock)

    def notes(self) -> list[str]:
        """Return the notes of the last reading, such as data that the app may not see."""
        known = self.state.known
        return [] if known is None else list(known.people.attrs[ATTRS_KEY]["notes"])

    def _start_reading(self, work: Callable[[], None]) -> None:
        with self._lock:
            if not self.is_busy:
                self._is_cancelled = False
                self._start_work(work, progress=say("directory_form.reading"), share=None, failure=None)

    def _read(self, *, refresh: bool) -> None:
        with progress_shown_by(StateDisplay(self._show_progress)):
            people = self._ding.people(everybody=True, refresh=refresh)
            departments = self._ding.departments()
            roles, no_roles = self._roles(refresh=refresh)
        known = KnownDirectory(people, departments, roles)
        before = self.state.choice
        if before.role != NO_ROLE and any(role.id == before.role for role in known.roles):
            with progress_shown_by(StateDisplay(self._show_progress)):
                known.learn_role(before.role, self._userids_of(before.role))
        with self._lock:
            tops = [department.id for department in known.tree if not known.tree.depth(department.id)]
            opened = self.state.opened or (frozenset(tops) if len(tops) == 1 else frozenset())
            self._show(known=known, opened=opened, no_roles=no_roles)
            self._choose(_still_there(known, before))

    def _roles(self, *, refresh: bool) -> tuple[pd.DataFrame, Failure | None]:
        """Return the roles, or why the app may not see them; departments and people can still be chosen."""
        try:
            return self._ding.roles(counts=False, refresh=refresh), None
        except AccessError as error:
            return pd.DataFrame({"role_id": [], "name": [], "group": []}), self._failure(error)

    def _read_role(self, known: KnownDirectory, role: int) -> None:
        with progress_shown_by(StateDisplay(self._show_progress)):
            known.learn_role(role, self._userids_of(role))
        with self._lock:
            if self.state.known is known:
                self._choose(replace(self.state.choice, role=role))

    def _userids_of(self, role: int) -> list[str]:
        userids: list[str] = self._ding.people(role=role, fields=["userid"])["userid"].tolist()
        return userids

    def _use(self) -> None:
        known, choice, expected = self.state.known, self.state.choice, self.state.chosen
        if known is None:
            return
        request = Request.of(known, choice)
        with progress_shown_by(StateDisplay(self._show_progress)):
            frame = request.read(self._ding.people)
        if not len(frame):
            raise InputError(Text("directory_form.nobody"), Text("directory_form.nobody_todo"))
        self._took(frame, request.code)
        self._show(is_open=False, used=len(frame), expected=expected)

    def _choose(self, choice: Choice, *, shows_again: bool = True, query: str | None = None) -> None:
        """Show a choice, with the people that belong to it."""
        known = self.state.known
        if known is None:
            return
        mask = known.chosen(choice)
        self._change({"choice": choice, "chosen": int(mask.sum()), "used": 0})
        if shows_again:
            self._change({"people": self._found(self.state.people.query if query is None else query)})
        self._notify()

    def _found(self, query: str) -> PeopleRows:
        known = self.state.known
        if known is None:
            return PeopleRows()
        positions = known.search.find(query) if query else np.flatnonzero(known.chosen(self.state.choice))
        page = self.state.people.page if query == self.state.people.query else 0
        return PeopleRows(len(known.people), query, known.in_order(positions), page).turned_to(page)

    def _show_progress(self, progress: str, share: float | None) -> None:
        if self._is_cancelled:
            raise InputError(Text("directory_form.cancelled"), Text("directory_form.cancelled_todo"))
        self._show(progress=progress, share=share)

    def _ended(self) -> None:
        self._show(progress="", share=None)


def age_of(people: pd.DataFrame, clock: Clock) -> Text:
    """Return the age of a frame of people: that of its oldest part."""
    read_at = datetime.fromisoformat(people.attrs[ATTRS_KEY]["read_at"])
    age_s = clock.now_ns() / NS_PER_S - read_at.timestamp()
    return age_text(age_s)


def _still_there(known: KnownDirectory, choice: Choice) -> Choice:
    """Return a choice without the departments, roles and people that are gone."""
    return replace(
        choice,
        departments=frozenset(department for department in choice.departments if department in known.tree),
        left_out=frozenset(entry for entry in choice.left_out if entry in known.tree),
        role=choice.role if known.has_role(choice.role) else NO_ROLE,
        added=tuple(entry for entry in choice.added if known.position(entry) >= 0),
        dropped=tuple(entry for entry in choice.dropped if known.position(entry) >= 0),
    )
