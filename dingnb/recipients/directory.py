"""The directory as DataFrames of people, departments and roles, read on demand and cached for a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.typing import NAType

from dingnb.api.contacts import ROOT_DEPARTMENT
from dingnb.auth import Caller
from dingnb.calls.backoff import Backoff
from dingnb.calls.pace import Pace
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import ApiError, InputError, LedgerError
from dingnb.errors.arguments import check_flag, is_iterable, short_repr
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import OUTSIDE, DepartmentRow, PersonRow, RoleRow, is_current
from dingnb.ledger.sending.calls import CallCounter
from dingnb.recipients.department_tree import SEPARATOR, DepartmentTree, fold_text
from dingnb.recipients.directory_walk import DirectoryFindings, DirectoryState, DirectoryWalk
from dingnb.recipients.people_index import ORIGIN, WHOLE_SIZE
from dingnb.tables.cells import has_too_many_digits, shorten
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.tables.timestamps import dates_of_ms
from dingnb.words import NOTHING, Text, age_text, count, dotted, listed, listed_briefly

COLUMNS = (
    *("userid", "name", "mobile", "department", "departments", "title", "job_number", "email", "manager", "active"),
    *("hired_date", "unionid"),
)
"""The columns of people, in their order."""

FIELD_PERMISSIONS: Mapping[str, str] = {"mobile": "fieldMobile", "email": "fieldEmail"}
"""The permission that an app needs for a column, as named in the developer console (assumption)."""

_OPTIONAL_COLUMNS = ("mobile", "title", "job_number", "email", "manager", "active", "hired_date", "unionid")

_PEOPLE_PER_UPDATE = 10_000
"""Number of stored people that are read between two progress updates."""

_LOGINS_READY_HOUR = 9
"""Hour, in Beijing time, from which the logins of the day before are available (docs/dingtalk.md, "Contacts")."""

_SATURDAY = 5


class Unset(Enum):
    """The type of `UNSET`, the default of filters: None is an empty filter, which is an error."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "unset"


UNSET = Unset.UNSET

Filter: TypeAlias = "int | str | Sequence[int | str] | pd.Series | pd.Index | pd.api.extensions.ExtensionArray | Unset"
"""One department or role, or several, by id, name or path."""

_Found: TypeAlias = dict[str, tuple[int, PersonRow]]
"""People by userid, each with the first of the departments where they were found."""

_COLLECTIONS = (Sequence, set, frozenset, pd.Series, pd.Index, np.ndarray, pd.api.extensions.ExtensionArray)

_MAX_VALUES = 100_000
"""Maximum number of departments, roles or fields in an argument: a range may have any number of values."""

_READ_AGAIN = "refresh=True"


class Directory:
    """
    The departments, people and roles that an app can see.

    Args:
        caller: Makes calls as the app.
        pace: Decides when calls may start.
        backoff: Creates the backoff of a run.
        ledger: The ledger with the cached directory; reading works without it.
        realm: The app and its mode.
        now_ns: Returns the current time.
        call_counter: Counts calls against the monthly quota.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        backoff: Callable[[], Backoff],
        ledger: Ledger,
        realm: Realm,
        now_ns: Callable[[], int],
        call_counter: CallCounter,
    ) -> None:
        self._caller = caller
        self._pace = pace
        self._backoff = backoff
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns
        self._call_counter = call_counter
        self._unsaved: DirectoryState | None = None
        self._absent_on: dict[date, frozenset[str]] = {}

    def people(
        self,
        *,
        department: Filter,
        role: Filter,
        active: bool | Unset,
        fields: Sequence[str] | Unset,
        below: bool,
        everybody: bool,
        refresh: bool,
    ) -> pd.DataFrame:
        """Return people as described by `DingTalk.people`."""
        departments, roles = _read_filter("department", department), _read_filter("role", role)
        columns = _read_fields(fields)
        for name, value in (("below", below), ("everybody", everybody), ("refresh", refresh)):
            check_flag(name, value)
        if active is not UNSET:
            check_flag("active", active)
        _check_selection(everybody=everybody, has_filter=departments is not None or roles is not None)
        started_ns = self._now_ns()
        with self._walk(refresh=refresh, with_people=departments is None) as walk:
            holders = None if roles is None else self._read_role_holders(walk, roles)
            tree, chosen = self._read_departments(walk, departments, below=below, refresh=refresh)
            self._keep_in_memory(walk)
            people, times = self._people_and_times(walk, tree, chosen)
            if holders is not None:
                people = _only_holders(people, holders, started_ns, is_complete=chosen is None)
                times += holders.times
            notes: list[Text] = []
            if active is not UNSET:
                notes = _unknown_activation_notes(people)
                people = {userid: entry for userid, entry in people.items() if entry[1].active is bool(active)}
            frame = _people_frame(people.values(), tree)
            origin = {"realm": self._realm.id, "app": self._realm.app, "mode": self._realm.mode}
            frame.attrs[ATTRS_KEY] = {WHOLE_SIZE: len(frame) if everybody and active is UNSET else 0, ORIGIN: origin}
            notes += _empty_column_notes(frame[columns])
            # Matching and its choices read everybody, too, but have no argument `refresh`.
            again = "ding.people(everybody=True, refresh=True)" if everybody else _READ_AGAIN
            self._finish(frame, walk, times, started_ns, count("person", len(frame)), notes, again)
        return frame[columns]

    def departments(self, *, counts: bool, refresh: bool) -> pd.DataFrame:
        """Return departments as described by `DingTalk.departments`."""
        check_flag("counts", counts)
        check_flag("refresh", refresh)
        started_ns = self._now_ns()
        with self._walk(refresh=refresh, with_people=counts) as walk:
            walk.read_tree(with_people=counts)
            self._keep_in_memory(walk)
            tree = DepartmentTree(walk.state.departments.values())
            members = self._userids_by_department(walk, [department.id for department in tree]) if counts else {}
            frame = _departments_frame(tree, members, counts=counts)
            times = [department.people_ns if counts else department.tree_ns for department in tree]
            self._finish(frame, walk, times, started_ns, count("department", len(frame)), [])
        return frame

    def members(self) -> dict[int, set[str]]:
        """
        Return the userids of the people directly in each department, by its id; people who are not cached are read.

        Raises:
            DingError: As for `people`.
        """
        with self._walk(refresh=False, with_people=True) as walk:
            walk.read_tree(with_people=True)
            self._keep_in_memory(walk)
            return self._userids_by_department(
                walk, [row.id for row in DepartmentTree(walk.state.departments.values())]
            )

    def roles(self, *, counts: bool, refresh: bool) -> pd.DataFrame:
        """Return roles as described by `DingTalk.roles`."""
        check_flag("counts", counts)
        check_flag("refresh", refresh)
        started_ns = self._now_ns()
        with self._walk(refresh=refresh, with_people=False) as walk:
            if not walk.state.roles:
                walk.read_roles()
            if counts:
                walk.read_role_people(self._outdated_roles(walk.state.roles.values()))
            self._keep_in_memory(walk)
            rows = sorted(walk.state.roles.values(), key=lambda role: role.place)
            sizes = [len(self._names_of_role(walk, row.id)) for row in rows] if counts else [pd.NA] * len(rows)
            frame = _roles_frame(rows, sizes)
            times = [row.people_ns if counts else row.listed_ns for row in rows]
            self._finish(frame, walk, times, started_ns, count("role", len(frame)), [])
        return frame

    def has_people(self) -> bool:
        """Return whether anybody is cached, in memory or in the ledger."""
        if self._unsaved is not None and any(self._cached().members.values()):
            return True
        with suppress(LedgerError), self._ledger.connection() as db:
            return directory.has_people(db, self._realm)
        return False

    def known_people(self, userids: Sequence[str]) -> "KnownPeople":
        """Return the people with these userids who are cached. Makes no calls."""
        now_ns, state = self._now_ns(), self._cached()
        # From all departments, including outdated ones: otherwise a part of the directory would seem to be the whole.
        whole_ns = None if self._unsaved is None else _whole_since(self._unsaved.departments.values(), now_ns)
        people_by_userid = {person.userid: person for people in state.members.values() for person in people}
        people_by_userid = {userid: people_by_userid[userid] for userid in userids if userid in people_by_userid}
        with suppress(LedgerError), self._ledger.connection() as db:
            if directory.has_people(db, self._realm):
                for userid, person in directory.find_people(db, self._realm, userids, now_ns).items():
                    if userid not in people_by_userid or people_by_userid[userid].read_ns < person.read_ns:
                        people_by_userid[userid] = person
            if self._unsaved is None:
                whole_ns = _whole_since(directory.departments(db, self._realm), now_ns)
        return KnownPeople(people_by_userid, DepartmentTree(state.departments.values()), now_ns, whole_ns=whole_ns)

    def read_everybody(self, *, refresh: bool) -> None:
        """
        Read the whole directory, unless it is cached.

        Args:
            refresh: Whether to read the directory again if it is cached.

        Raises:
            DingError: As for `people`.
        """
        self.people(
            department=UNSET, role=UNSET, active=UNSET, fields=UNSET, below=True, everybody=True, refresh=refresh
        )

    def read_each(self, userids: Sequence[str], *, refresh: bool) -> "KnownPeople":
        """
        Return the people with these userids; those who are not cached, or all with `refresh`, are read by a call each.

        Raises:
            DingError: DingTalk could not be reached, or refused; people read before are cached.
        """
        known = self.known_people([] if refresh else userids)
        unread = [userid for userid in dict.fromkeys(userids) if userid not in known.people]
        if not unread:
            return known
        with self._walk(refresh=False, with_people=False) as walk:
            walk.read_each(unread)
            self._keep_in_memory(walk)
            found_text = Text("directory.found_of", n=len(walk.people), people=count("person", len(unread)))
            walk.end(dotted([found_text, _calls_text(walk)]))
        return replace(known, people={**known.people, **walk.people}, not_found=dict(walk.not_found))

    def absent_people(self, *, refresh: bool) -> "AbsentPeople | None":
        """
        Return the people who did not log in on any of the last weekdays; each day is read once.

        Args:
            refresh: Whether to read days again that were read before.

        Returns:
            None if logins are unknown, because the app sees no department by which DingTalk could return logins.

        Raises:
            DingError: DingTalk could not be reached, or the app lacks the permission.
        """
        days = last_weekdays(datetime.fromtimestamp(self._now_ns() / NS_PER_S, BEIJING))
        unread = [day for day in days if refresh or day not in self._absent_on]
        if unread:
            with self._walk(refresh=False, with_people=False) as walk:
                walk.read_tree(with_people=False)
                self._keep_in_memory(walk)
                tops = [
                    department.id
                    for department in DepartmentTree(walk.state.departments.values())
                    if not department.parent
                ]
                if not tops:
                    walk.end(Text("plan.logins_unknown"))
                    return None
                walk.read_absent(unread, tops)
                walk.end(Text("directory.logins_read", calls=count("call", walk.counted_calls)))
            self._absent_on |= {day: frozenset(walk.absent_on.get(day, ())) for day in unread}
        return AbsentPeople(frozenset.intersection(*(self._absent_on[day] for day in days)), days[-1], days[0])

    def _walk(self, *, refresh: bool, with_people: bool) -> DirectoryWalk:
        """Return a walk that starts from the cached directory or, with `refresh`, reads the directory again."""
        state = self._cached()
        if refresh:
            departments = {
                department.id: department._replace(
                    tree_ns=None, people_ns=None if with_people else department.people_ns
                )
                for department in state.departments.values()
                if department.id != OUTSIDE
            }
            state = DirectoryState(departments, {} if with_people else state.members, is_stored=state.is_stored)
        return DirectoryWalk(
            self._caller,
            self._pace,
            self._backoff(),
            self._ledger,
            self._realm,
            self._now_ns,
            self._call_counter,
            state,
        )

    def _cached(self) -> DirectoryState:
        """Return the directory in memory or in the ledger, without what is outdated."""
        if self._unsaved is not None:
            state = _without_outdated(self._unsaved, self._now_ns())
            if state.departments or state.roles:
                return state
            self._unsaved = None
        state = DirectoryState()
        with suppress(LedgerError), self._ledger.connection() as db:
            state.departments = {row.id: row for row in directory.departments(db, self._realm)}
            state.roles = {row.id: row for row in directory.roles(db, self._realm)}
        return _without_outdated(state, self._now_ns())

    def _keep_in_memory(self, walk: DirectoryWalk) -> None:
        """Keep in memory what was read and the ledger could not store; nothing if the ledger has stored it."""
        self._unsaved = None if walk.is_stored else replace(walk.state, is_stored=False)

    def _read_departments(
        self, walk: DirectoryWalk, identifiers: Sequence[int | str] | None, *, below: bool, refresh: bool
    ) -> tuple[DepartmentTree, list[int] | None]:
        """Read the people of departments (None: all); return the tree, and the departments including subdepartments."""
        walk.read_tree(with_people=identifiers is None)
        tree = DepartmentTree(walk.state.departments.values())
        if identifiers is None:
            return tree, None
        chosen = _find_departments(tree, identifiers, below=below)
        walk.read_people(chosen if refresh else self._outdated_departments(walk, chosen))
        if walk.is_cache_outdated:
            walk.read_tree(with_people=False)
            chosen = _find_departments(DepartmentTree(walk.state.departments.values()), identifiers, below=below)
            walk.read_people(self._outdated_departments(walk, chosen))
        tree = DepartmentTree(walk.state.departments.values())
        # A department deleted in the meantime is an error, not an empty list.
        _find_departments(tree, identifiers, below=below)
        return tree, chosen

    def _people_and_times(
        self, walk: DirectoryWalk, tree: DepartmentTree, chosen: Sequence[int] | None
    ) -> tuple[_Found, list[int | None]]:
        """Return the people of departments (None: all), in the order of the tree, and the times of reading."""
        rows = walk.state.departments
        selected = None if chosen is None else frozenset(chosen)
        departments = [department.id for department in tree if selected is None or department.id in selected]
        if selected is None and OUTSIDE in rows:
            departments.append(OUTSIDE)
        return self._find_members(walk, departments), [rows[number].people_ns for number in departments]

    def _outdated_departments(self, walk: DirectoryWalk, chosen: Iterable[int]) -> list[int]:
        now_ns, rows = self._now_ns(), walk.state.departments
        return [number for number in chosen if not is_current(rows[number].people_ns, now_ns)]

    def _outdated_roles(self, roles: Iterable[RoleRow]) -> list[int]:
        now_ns = self._now_ns()
        return [role.id for role in roles if not is_current(role.people_ns, now_ns)]

    def _read_role_holders(self, walk: DirectoryWalk, identifiers: Sequence[int | str]) -> "_RoleHolders":
        """Read and return the people who have at least one of these roles."""
        if not walk.state.roles:
            walk.read_roles()
        roles = _find_roles(walk.state.roles.values(), identifiers)
        walk.read_role_people(self._outdated_roles(roles))
        # A role deleted in the meantime is an error, not an empty list.
        roles = _find_roles(walk.state.roles.values(), identifiers)
        names = {userid: name for role in roles for userid, name in self._names_of_role(walk, role.id).items()}
        return _RoleHolders(names, [walk.state.roles[role.id].people_ns for role in roles])

    def _names_of_role(self, walk: DirectoryWalk, role: int) -> dict[str, str]:
        """Return the names of the people who have a role, by userid."""
        if role in walk.state.role_people:
            return walk.state.role_people[role]
        with self._ledger.connection() as db:
            return directory.people_of_role(db, self._realm, role)

    def _people_by_department(self, walk: DirectoryWalk, departments: Sequence[int]) -> dict[int, list[PersonRow]]:
        """Return the people who are directly in each department."""
        members = walk.state.members
        stored: dict[int, list[PersonRow]] = {}
        unread = [department for department in departments if department not in members]
        if unread:
            with self._ledger.connection() as db:
                for read, (number, person) in enumerate(directory.people_of(db, self._realm, unread)):
                    stored.setdefault(number, []).append(person)
                    if read % _PEOPLE_PER_UPDATE == _PEOPLE_PER_UPDATE - 1:
                        walk.show_stored(read + 1)
        return {
            department: members[department] if department in members else stored.get(department, [])
            for department in departments
        }

    def _find_members(self, walk: DirectoryWalk, departments: Sequence[int]) -> _Found:
        """Return the people directly in these departments."""
        members: _Found = {}
        rows = walk.state.departments
        for number, people in self._people_by_department(walk, departments).items():
            read_ns = rows[number].people_ns or 0
            for person in people:
                if not _is_member(person, number, read_ns):
                    continue
                before = members.get(person.userid)
                if before is None or before[1].read_ns < person.read_ns:
                    members[person.userid] = (number if before is None else before[0], person)
        return members

    def _userids_by_department(self, walk: DirectoryWalk, departments: Sequence[int]) -> dict[int, set[str]]:
        """Return the userids of the people directly in each department."""
        read_ns = {number: walk.state.departments[number].people_ns or 0 for number in departments}
        return {
            number: {person.userid for person in people if _is_member(person, number, read_ns[number])}
            for number, people in self._people_by_department(walk, departments).items()
        }

    def _finish(
        self,
        frame: pd.DataFrame,
        walk: DirectoryWalk,
        times: Iterable[int | None],
        started_ns: int,
        what: Text,
        notes: Sequence[Text],
        again: str = _READ_AGAIN,
    ) -> None:
        """Add the report to a frame, and end the walk with a summary, and with the code that reads the frame again."""
        all_notes = [*notes, *_findings_notes(walk.findings)]
        if not walk.is_stored:
            all_notes.append(Text("directory.not_kept"))
        oldest_ns = min((time for time in times if time is not None), default=started_ns)
        _add_report(frame, oldest_ns, all_notes)
        source = NOTHING
        if oldest_ns < started_ns:
            source = Text("directory.cached", age=_age(started_ns, oldest_ns), again=again)
        elif walk.findings.calls:
            source = _calls_text(walk)
        walk.end(dotted([what, source, *all_notes]))


class _RoleHolders(NamedTuple):
    """The names of the people who have at least one of some roles, by userid, and the time of reading of each role."""

    names: dict[str, str]
    times: list[int | None]


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """
    People who are cached or were just read.

    Attributes:
        people: The people by userid.
        tree: The departments.
        now_ns: The current time.
        not_found: The errors of userids for which DingTalk returned nobody.
        whole_ns: Since when the whole directory is cached, as far as the app sees it; None if a part is missing.
    """

    people: Mapping[str, PersonRow]
    tree: DepartmentTree
    now_ns: int
    not_found: Mapping[str, ApiError] = field(default_factory=dict)
    whole_ns: int | None = None

    @property
    def age_of_whole(self) -> Text:
        """How long ago the whole directory was read; no time if a part is missing."""
        return _age(self.now_ns, self.now_ns if self.whole_ns is None else self.whole_ns)

    @property
    def age(self) -> Text:
        """How long ago the oldest entry was read."""
        return _age(self.now_ns, min((person.read_ns for person in self.people.values()), default=self.now_ns))

    def to_frame(self) -> pd.DataFrame:
        """Return the people as `DingTalk.people` does."""
        return _people_frame(((OUTSIDE, person) for person in self.people.values()), self.tree)


@dataclass(frozen=True, slots=True)
class AbsentPeople:
    """
    The people who did not log in on any day from Monday to Friday of a period, holidays included.

    Attributes:
        userids: The people's userids.
        first: The first day.
        last: The last day.
    """

    userids: frozenset[str]
    first: date
    last: date


def last_weekdays(now: datetime) -> list[date]:
    """
    Return the last five days from Monday to Friday whose logins are available, latest first.

    >>> [f"{day:%a %d}" for day in last_weekdays(datetime(2026, 11, 30, 8, 59))]
    ['Fri 27', 'Thu 26', 'Wed 25', 'Tue 24', 'Mon 23']
    """
    last = now.date() - timedelta(days=1 if now.hour >= _LOGINS_READY_HOUR else 2)
    days = (last - timedelta(days=n) for n in range(7))
    return [day for day in days if day.weekday() < _SATURDAY]


def _without_outdated(state: DirectoryState, now_ns: int) -> DirectoryState:
    current = [row for row in state.departments.values() if is_current(row.listed_ns, now_ns)]
    departments = {row.id: row for row in (*DepartmentTree(current), *(row for row in current if row.id == OUTSIDE))}
    roles = {row.id: row for row in state.roles.values() if is_current(row.listed_ns, now_ns)}

    def is_read(row: DepartmentRow | RoleRow | None) -> bool:
        return row is not None and is_current(row.people_ns, now_ns)

    return DirectoryState(
        departments,
        {number: people for number, people in state.members.items() if is_read(departments.get(number))},
        roles,
        {role: people for role, people in state.role_people.items() if is_read(roles.get(role))},
        state.is_stored,
    )


def _whole_since(departments: Iterable[DepartmentRow], now_ns: int) -> int | None:
    """Return the time of the oldest reading of a whole directory; None if a part is missing or outdated."""
    rows = {row.id: row for row in departments}
    # An app that does not see the whole organisation sees people outside of departments, or an empty list of them.
    if not rows.keys() & {ROOT_DEPARTMENT, OUTSIDE}:
        return None
    times = [time for row in rows.values() for time in (row.listed_ns, row.tree_ns, row.people_ns)]
    if not all(is_current(time, now_ns) for time in times):
        return None
    return min(time for time in times if time is not None)


def _calls_text(walk: DirectoryWalk) -> Text:
    calls = count("call", walk.findings.calls)
    if walk.counted_calls:
        return Text("directory.calls_counted", calls=calls, counted=walk.counted_calls)
    return Text("directory.calls", calls=calls)


def _age(now_ns: int, read_ns: int) -> Text:
    return age_text(max(now_ns - read_ns, 0) / NS_PER_S)


def _read_filter(name: str, argument: object) -> list[int | str] | None:
    """Return the departments or roles that a filter names; None if there is no filter."""
    if argument is UNSET:
        return None
    values = _values_of(name, argument)
    if argument is None or not values:
        raise InputError(
            Text("directory.empty_filter", argument=name), Text("directory.bad_filter_todo", argument=name)
        )
    identifiers: list[int | str] = []
    for value in values:
        plain: object = value.item() if isinstance(value, np.generic) else value
        if isinstance(plain, float) and plain.is_integer():
            plain = int(plain)
        is_unusable = isinstance(plain, bool) or (isinstance(plain, int) and has_too_many_digits(plain))
        if not isinstance(plain, int | str) or is_unusable or not str(plain).strip():
            raise InputError(
                Text("directory.bad_filter", argument=name, value=short_repr(value)),
                Text("directory.bad_filter_todo", argument=name),
            )
        identifiers.append(plain)
    return identifiers


def _values_of(name: str, argument: object) -> list[object]:
    """Return the values of a collection, or a single value as a list; a collection with too many is refused."""
    if not isinstance(argument, _COLLECTIONS) or isinstance(argument, str | bytes) or not is_iterable(argument):
        return [argument]
    values = list(islice(argument, _MAX_VALUES + 1))
    if len(values) > _MAX_VALUES:
        what = Text("directory.too_many_values", argument=name, most=f"{_MAX_VALUES:,}")
        raise InputError(what, Text("directory.too_many_values_todo"))
    return values


def _check_selection(*, everybody: bool, has_filter: bool) -> None:
    """Check that either everybody or a part of the directory is asked for."""
    if everybody and has_filter:
        raise InputError(Text("directory.everybody_and_filter"), Text("directory.everybody_and_filter_todo"))
    if not everybody and not has_filter:
        raise InputError(Text("directory.everybody"), Text("directory.everybody_todo"))


def _read_fields(fields: object) -> list[str]:
    """Return the names of the selected columns, which always include the userid."""
    if fields is UNSET:
        return list(COLUMNS)
    values = _values_of("fields", fields)
    unknown = [name for name in values if not isinstance(name, str) or name not in COLUMNS]
    if unknown or not values:
        value = short_repr(unknown[0] if unknown else fields)
        raise InputError(
            Text("directory.bad_field", value=value), Text("directory.bad_field_todo", fields=listed(COLUMNS))
        )
    return list(dict.fromkeys(["userid", *map(str, values)]))


def _find_departments(tree: DepartmentTree, identifiers: Sequence[int | str], *, below: bool) -> list[int]:
    tops = [tree.find(identifier) for identifier in identifiers]
    return list(dict.fromkeys(number for top in tops for number in (tree.subtree(top) if below else [top])))


def _find_roles(roles: Iterable[RoleRow], identifiers: Sequence[int | str]) -> list[RoleRow]:
    """Return roles by id, name, or group and name."""
    ordered = sorted(roles, key=lambda role: role.place)
    return [_find_role(ordered, identifier) for identifier in identifiers]


def _find_role(roles: Sequence[RoleRow], identifier: int | str) -> RoleRow:
    text = fold_text(str(identifier))
    by_id = [role for role in roles if str(role.id) == text]
    matching = by_id or [
        role
        for role in roles
        if text in {fold_text(role.name), f"{fold_text(role.group)}{SEPARATOR}{fold_text(role.name)}"}
    ]
    if len(matching) == 1:
        return matching[0]
    names = [
        Text("directory.path", path=f"{role.group}{SEPARATOR}{role.name}", id=role.id) for role in matching or roles
    ]
    shown = shorten(identifier) if isinstance(identifier, str) else identifier
    if matching:
        what = Text("directory.several_roles", name=shown, n=len(matching), roles=listed_briefly(names, "role"))
        raise InputError(what, Text("directory.several_roles_todo"))
    raise InputError(
        Text("directory.no_role", name=shown), Text("directory.no_role_todo", roles=listed_briefly(names, "role"))
    )


def _is_member(person: PersonRow, department: int, read_ns: int) -> bool:
    """Return whether a person who was listed in a department at a time is still there: later readings count."""
    return person.read_ns <= read_ns or not person.departments or department in {*person.departments, OUTSIDE}


def _person_of_name(userid: str, name: str, read_ns: int) -> PersonRow:
    """Return a person of whom only userid and name are known."""
    return PersonRow(userid, name, None, None, None, None, None, None, None, None, (), read_ns)


def _only_holders(people: _Found, holders: _RoleHolders, started_ns: int, *, is_complete: bool) -> _Found:
    """Return the people who have a role; with `is_complete`, holders who are not among the people are added by name."""
    unseen_holders = [userid for userid in holders.names if userid not in people] if is_complete else []
    holders_seen = {userid: entry for userid, entry in people.items() if userid in holders.names}
    return holders_seen | {
        userid: (OUTSIDE, _person_of_name(userid, holders.names[userid], started_ns)) for userid in unseen_holders
    }


def _people_frame(found: Iterable[tuple[int, PersonRow]], tree: DepartmentTree) -> pd.DataFrame:
    rows = list(found)
    people = [person for _, person in rows]
    # Many people are in the same departments.
    distinct = {(found_in, person.departments) for found_in, person in rows}
    names_of = {pair: _department_names(*pair, tree) for pair in distinct}
    located = [names_of[found_in, person.departments] for found_in, person in rows]
    departments = np.empty(len(people), dtype=object)
    departments[:] = [paths for _, paths in located]
    return pd.DataFrame(
        {
            "userid": _texts([person.userid for person in people]),
            "name": _texts([person.name or None for person in people]),
            "mobile": _texts([person.mobile for person in people]),
            "department": _texts([name for name, _ in located]),
            "departments": departments,
            "title": _texts([person.title for person in people]),
            "job_number": _texts([person.job_number for person in people]),
            "email": _texts([person.email for person in people]),
            "manager": _texts([person.manager for person in people]),
            "active": pd.array([person.active for person in people], dtype="boolean"),
            "hired_date": dates_of_ms(np.array([person.hired_ms or 0 for person in people], dtype=np.int64)),
            "unionid": _texts([person.unionid for person in people]),
        }
    )


def _department_names(
    found_in: int, departments_of_person: tuple[int, ...], tree: DepartmentTree
) -> tuple[str | None, tuple[str, ...]]:
    """Return the name of a person's first department, and the paths of all, given where the person was found."""
    departments = [number for number in departments_of_person if number in tree] or (
        [found_in] if found_in in tree else []
    )
    return tree[departments[0]].name if departments else None, tuple(map(tree.path, departments))


def _texts(values: Sequence[str | None]) -> pd.api.extensions.ExtensionArray:
    return pd.array(values, dtype="str")


def _departments_frame(tree: DepartmentTree, members: Mapping[int, set[str]], *, counts: bool) -> pd.DataFrame:
    rows = list(tree)
    below = {number: set(userids) for number, userids in members.items()}
    for row in reversed(rows):
        if counts and row.parent in below:
            below[row.parent] |= below[row.id]
    missing = [pd.NA] * len(rows)
    return pd.DataFrame(
        {
            "dept_id": np.array([row.id for row in rows], dtype="int64"),
            "name": _texts([row.name for row in rows]),
            "path": _texts([tree.path(row.id) for row in rows]),
            "parent_id": pd.array([row.parent or pd.NA for row in rows], dtype="Int64"),
            "depth": np.array([tree.depth(row.id) for row in rows], dtype="int64"),
            "people": pd.array([len(members[row.id]) for row in rows] if counts else missing, dtype="Int64"),
            "people_below": pd.array([len(below[row.id]) for row in rows] if counts else missing, dtype="Int64"),
        }
    )


def _roles_frame(rows: Sequence[RoleRow], people: Sequence[int | NAType]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "role_id": np.array([row.id for row in rows], dtype="int64"),
            "name": _texts([row.name for row in rows]),
            "group": _texts([row.group for row in rows]),
            "people": pd.array(people, dtype="Int64"),
        }
    )


def _add_report(frame: pd.DataFrame, read_ns: int, notes: Iterable[Text]) -> None:
    """Add the time of reading and the notes to the attributes of a frame."""
    read_at = datetime.fromtimestamp(read_ns // NS_PER_S, BEIJING).isoformat()
    # Rendered, since the notes are for the reader of the frame, and pandas writes attributes to files as JSON.
    frame.attrs.setdefault(ATTRS_KEY, {}).update({"read_at": read_at, "notes": list(map(str, notes))})


def _unknown_activation_notes(people: _Found) -> list[Text]:
    unknown = sum(person.active is None for _, person in people.values())
    return [Text("directory.active_unknown", people=count("person", unknown))] if unknown else []


def _empty_column_notes(frame: pd.DataFrame) -> list[Text]:
    """Return notes about empty columns: one for each column that needs a permission, and one for all other columns."""
    if frame.empty:
        return []
    empty = [name for name in _OPTIONAL_COLUMNS if name in frame and frame[name].isna().all()]
    notes = [
        Text("directory.no_permission", column=name, permission=FIELD_PERMISSIONS[name])
        for name in empty
        if name in FIELD_PERMISSIONS
    ]
    not_filled_in = [name for name in empty if name not in FIELD_PERMISSIONS]
    return [
        *notes,
        *([Text("directory.not_filled_in", columns=listed(not_filled_in))] if not_filled_in else []),
    ]


def _findings_notes(findings: DirectoryFindings) -> list[Text]:
    notes = []
    if findings.gone:
        names = [name for _, name in sorted(findings.gone.items())]
        notes.append(Text("directory.gone", departments=listed_briefly(names, "department")))
    if findings.listed_twice:
        notes.append(Text("directory.twice", departments=listed_briefly(findings.listed_twice, "department")))
    if findings.hidden_people:
        notes.append(Text("directory.unlisted", people=count("person", findings.hidden_people)))
    return notes
