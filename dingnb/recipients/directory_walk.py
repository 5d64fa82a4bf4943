"""
Reads the directory from DingTalk with as few calls as possible.

One call returns the subdepartments of a department, another call a page of people.

A department that fits on one page is stored at once. A department of several pages is verified by another call:
somebody who leaves during the reading moves other people to a page that was read already.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self, TypeAlias

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.calls.background import Background, interruption
from dingnb.calls.backoff import Backoff, RetryStatus, fetch_token
from dingnb.calls.pace import Pace
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.clock import seconds_to_ns
from dingnb.display import ProgressBar
from dingnb.errors import AccessError, ApiError, BadAnswerError, DingError, LedgerError, PersonError, bad_answer_todo
from dingnb.ledger import Ledger, Realm
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import OUTSIDE, DepartmentRow, PersonRow, RoleRow, is_current
from dingnb.ledger.sending.calls import CallCounter
from dingnb.words import NOTHING, Text, count, dotted

_STORE_INTERVAL_NS = seconds_to_ns(1)
_ROLE_GONE = "33011"
_NOT_LISTED = "60019"
_DEPARTMENT_APIS = (contacts.DEPARTMENT, contacts.SUB_DEPARTMENTS, contacts.PEOPLE, contacts.USERIDS)


class DirectoryCall(NamedTuple):
    """
    A call to make.

    Attributes:
        api: The path of the API.
        number: The department, the role, or the day as an ordinal.
        cursor: The cursor of the page.
        userid: The person.
    """

    api: str
    number: int = 0
    cursor: int = 0
    userid: str = ""


Answer: TypeAlias = (
    list[contacts.Department]
    | contacts.Department
    | contacts.PeoplePage
    | contacts.NamesPage
    | contacts.RolesPage
    | contacts.UseridsPage
    | contacts.Person
    | contacts.Scope
    | list[str]
)


@dataclass(slots=True)
class DirectoryState:
    """
    The part of the directory that was read or is cached.

    Attributes:
        departments: The departments by id.
        members: The people directly in each department that was read in this process.
        roles: The roles by id.
        role_people: For each role that was read, the names of the role's people by userid.
        is_stored: Whether the ledger has this part; otherwise a walk stores this part together with what the walk
            reads.
    """

    departments: dict[int, DepartmentRow] = field(default_factory=dict)
    members: dict[int, list[PersonRow]] = field(default_factory=dict)
    roles: dict[int, RoleRow] = field(default_factory=dict)
    role_people: dict[int, dict[str, str]] = field(default_factory=dict)
    is_stored: bool = True


@dataclass(slots=True)
class DirectoryFindings:
    """
    Irregularities found while the directory was read.

    Attributes:
        gone: The names of departments that were listed and then could not be read, by id.
        listed_twice: The names of departments listed in a second place, for example by a cycle.
        hidden_people: The number of people whose userids DingTalk lists in a department, but whom DingTalk does not
            show to the app.
        calls: The number of calls that were answered.
    """

    gone: dict[int, str] = field(default_factory=dict)
    listed_twice: list[str] = field(default_factory=list)
    hidden_people: int = 0
    calls: int = 0


class _CallQueue:
    """A queue that takes one call of each API in turn, so that no API waits for the pace of another API."""

    def __init__(self) -> None:
        self._by_api: dict[str, deque[DirectoryCall]] = {}

    def add(self, call: DirectoryCall, *, first: bool = False) -> None:
        """Add a call at the end, or at the start."""
        queue = self._by_api.setdefault(call.api, deque())
        if first:
            queue.appendleft(call)
        else:
            queue.append(call)

    @property
    def is_empty(self) -> bool:
        """Whether no call is left."""
        return not any(self._by_api.values())

    def __iter__(self) -> Iterator[DirectoryCall]:
        return self

    def __next__(self) -> DirectoryCall:
        for api, queue in self._by_api.items():
            if queue:
                call = queue.popleft()
                # Move this API behind the other APIs.
                self._by_api[api] = self._by_api.pop(api)
                return call
        raise StopIteration


@dataclass(slots=True)
class _PartialDepartment:
    """
    A department whose pages are being read.

    Attributes:
        people: The people on the pages read so far, by userid.
        before: The people of the first reading, if the department is read a second time.
        listed: The userids that DingTalk lists for the department, to compare `people` with; known if there are several
            pages.
        is_second: Whether the department is read a second time, because people of the list were missing.
        is_repeating: Whether DingTalk has returned the same page again.
    """

    people: dict[str, PersonRow] = field(default_factory=dict)
    before: dict[str, PersonRow] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    is_second: bool = False
    is_repeating: bool = False


class DirectoryWalk:
    """
    One reading of the directory.

    Args:
        caller: Makes calls as the app.
        pace: Decides when calls may start.
        backoff: Decides about retries; the calls of a walk change nothing and may be repeated.
        ledger: The ledger to store the directory in; reading works without it.
        realm: The app and its mode.
        now_ns: Returns the current time.
        call_counter: Counts calls for the app's scope and for logins, which count towards the monthly quota.
        state: The known part of the directory, which the walk extends.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        backoff: Backoff,
        ledger: Ledger,
        realm: Realm,
        now_ns: Callable[[], int],
        call_counter: CallCounter,
        state: DirectoryState,
    ) -> None:
        self._caller, self._pace, self._backoff = caller, pace, backoff
        self._ledger, self._realm = ledger, realm
        self._now_ns = now_ns
        self._call_counter = call_counter
        self.state = state
        self._sub_departments: dict[int, dict[int, None]] = {}
        """The departments directly below each department, in the order in which they were found."""
        for department in state.departments.values():
            if department.id != OUTSIDE:
                self._sub_departments.setdefault(department.parent, {})[department.id] = None
        self.findings = DirectoryFindings()
        self.people: dict[str, PersonRow] = {}
        """The people of `read_each` by userid."""
        self.not_found: dict[str, ApiError] = {}
        """The errors of the userids of `read_each` for which DingTalk returned nobody."""
        self._queue = _CallQueue()
        self._bar = ProgressBar(backoff.clock)
        self._queued: set[DirectoryCall] = set()
        self._partial_departments: dict[int, _PartialDepartment] = {}
        self._can_list_userids = True
        self._reads_people = False
        self._requested_departments: frozenset[int] = frozenset()
        self.absent_on: dict[date, set[str]] = {}
        """The userids of `read_absent` by day."""
        self._requested_userids: tuple[str, ...] = ()
        self._login_departments: tuple[int, ...] = ()
        self.counted_calls = 0
        """The number of answered calls that count towards the monthly quota: for logins and for the app's scope."""
        self._unconfirmed_departments = set(state.departments)
        """The cached departments that this walk has not found in a list."""
        self.is_cache_outdated = False
        """Whether a cached department no longer exists: its people and its subdepartments may be elsewhere now."""
        self._started_ns = now_ns()
        self._unstored: list[PersonRow] = []
        self._departed: list[str] = []
        self._people_seen = 0
        self._failures: list[DingError] = []
        self._stop = backoff.clock.event()
        self._status = RetryStatus(backoff)
        self._stored_ns = backoff.clock.monotonic_ns()
        self._changed_departments: set[int] = set() if state.is_stored else set(state.departments)
        self._deleted_departments: set[int] = set()
        self._read_departments: set[int] = set() if state.is_stored else set(state.members)
        self._partial_roles: dict[int, RoleRow] = {}
        """The roles of the pages read so far; an incomplete list would pass for all roles."""
        self._has_new_roles = bool(state.roles) and not state.is_stored
        self._read_roles: set[int] = set() if state.is_stored else set(state.role_people)
        self._people_in_scope: list[PersonRow] = []
        """The people whom the app's scope lists by userid."""
        self._unread_in_scope: set[str] | None = None
        """The userids in the scope that have not been read yet; None until the scope is known."""

    @property
    def is_stored(self) -> bool:
        """Whether the ledger has everything that is known."""
        return not (
            self._changed_departments
            or self._deleted_departments
            or self._read_departments
            or self._has_new_roles
            or self._read_roles
            or self._unstored
            or self._departed
        )

    def read_tree(self, *, with_people: bool) -> None:
        """
        Read all departments that are not cached and, with `with_people`, all people who are not cached.

        If a cached department no longer exists, everything cached is read again.

        Raises:
            DingError: DingTalk could not be reached, or refused; what was read before is stored.
            KeyboardInterrupt: The cell was interrupted; what was read before is stored.
        """
        self._reads_people = with_people
        if not self.is_cache_outdated:
            self._read_missing()
        if self.is_cache_outdated:
            self.is_cache_outdated = False
            self._unconfirmed_departments.clear()
            self.findings.listed_twice.clear()
            self._read_missing()

    def _read_missing(self) -> None:
        """Read the departments that are not cached and, if requested, their people."""
        root, tops = self.state.departments.get(contacts.ROOT_DEPARTMENT), self._sub_departments_of(0)
        if not tops or (root is not None and root.tree_ns is None):
            self._add_top(contacts.ROOT_DEPARTMENT)
        elif root is None and OUTSIDE not in self.state.departments:
            self._enqueue(DirectoryCall(contacts.SCOPES))
        for number in self._sub_departments_of(0):
            self._visit(number)
        self._run()

    def read_people(self, departments: Iterable[int]) -> None:
        """
        Read the people who are directly in these departments. Afterwards, `is_cache_outdated` may be set.

        Raises:
            DingError, KeyboardInterrupt: As for `read_tree`.
        """
        self._requested_departments = frozenset(departments)
        for number in sorted(self._requested_departments):
            self._enqueue(DirectoryCall(contacts.PEOPLE, number))
        self._run()

    def read_roles(self) -> None:
        """
        Read the roles.

        Raises:
            DingError, KeyboardInterrupt: As for `read_tree`.
        """
        self._enqueue(DirectoryCall(contacts.ROLES))
        self._run()

    def read_role_people(self, roles: Iterable[int]) -> None:
        """
        Read the people who have these roles.

        Raises:
            DingError, KeyboardInterrupt: As for `read_tree`.
        """
        for role in roles:
            self._enqueue(DirectoryCall(contacts.ROLE_PEOPLE, role))
        self._run()

    def read_each(self, userids: Iterable[str]) -> None:
        """
        Read people by their userids, into `people` or `not_found`.

        Raises:
            DingError, KeyboardInterrupt: As for `read_tree`.
        """
        self._requested_userids = tuple(userids)
        for userid in self._requested_userids:
            self._enqueue(DirectoryCall(contacts.PERSON, userid=userid))
        self._run()

    def read_absent(self, days: Iterable[date], departments: Iterable[int]) -> None:
        """
        Read into `absent_on`, for each day, the people who did not log in on that day.

        Args:
            days: The days.
            departments: The departments of the people; subdepartments are included.

        Raises:
            DingError, KeyboardInterrupt: As for `read_tree`, but logins are never stored.
        """
        self._login_departments = tuple(departments)
        for day in days:
            self.absent_on[day] = set()
            self._enqueue(DirectoryCall(contacts.INACTIVE, day.toordinal()))
        self._run()

    def _enqueue(self, call: DirectoryCall) -> None:
        if call not in self._queued:
            self._queued.add(call)
            self._queue.add(call)

    def _add_top(self, number: int) -> None:
        self._unconfirmed_departments.discard(number)
        self._set_department(DepartmentRow(number, str(number), 0, number, self._now_ns()))
        self._enqueue(DirectoryCall(contacts.DEPARTMENT, number))

    def _visit(self, number: int) -> None:
        """Enqueue the calls for what is not cached of a department and of its known subdepartments."""
        now_ns, ahead = self._now_ns(), [number]
        while ahead:
            row = self.state.departments[ahead.pop()]
            if self._reads_people and not is_current(row.people_ns, now_ns):
                self._enqueue(DirectoryCall(contacts.PEOPLE, row.id))
            if is_current(row.tree_ns, now_ns):
                ahead += self._sub_departments_of(row.id)
            else:
                # Subdepartments are visited when they are listed.
                self._enqueue(DirectoryCall(contacts.SUB_DEPARTMENTS, row.id))

    def _sub_departments_of(self, number: int) -> list[int]:
        """Return the departments directly below a department."""
        return list(self._sub_departments.get(number, ()))

    def _set_department(self, row: DepartmentRow) -> None:
        before = self.state.departments.get(row.id)
        if before is not None and before.parent != row.parent:
            self._sub_departments[before.parent].pop(row.id, None)
        if row.id != OUTSIDE:
            self._sub_departments.setdefault(row.parent, {})[row.id] = None
        self.state.departments[row.id] = row
        self._changed_departments.add(row.id)
        self._deleted_departments.discard(row.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Show the last progress if an error or an interrupt ends the walk."""
        if kind is not None and self.findings.calls:
            self._bar.end(*self._progress())

    def show_stored(self, people: int) -> None:
        """Show the number of people read from the ledger so far."""
        self._bar.show(Text("directory.reading_kept", people=count("person", people)))

    def end(self, text: Text) -> None:
        """Show a summary in place of the progress."""
        self._bar.end(text)

    def _run(self) -> None:
        if self._queue.is_empty:
            return
        clock, backoff = self._backoff.clock, self._backoff
        for api in (*_CALLS, contacts.INACTIVE):
            self._pace.end_outage(api)
        job = Job(
            api=lambda call: call.api,
            call=self._call,
            on_outcome=self._on_outcome,
            on_wait=self._status.set_pause,
            one_at_a_time=lambda: backoff.is_failing,
        )
        pool = WorkerPool(clock, self._pace, job)

        def run() -> None:
            refused = fetch_token(self._caller, self._pace, backoff, self._stop, self._status.set_pause)
            if refused is not None:
                self._failures.append(refused)
            try:
                pool.run([] if refused else self._queue, self._stop)
            finally:
                self._store()

        def interrupt() -> None:
            self._stop.set()
            pool.interrupt()

        try:
            Background(clock, run, interrupt).join(lambda: self._bar.show(*self._progress(self._status.text)))
        except KeyboardInterrupt:
            raise interruption(Text("directory.interrupted")) from None
        finally:
            self._status.clear()
        if self._failures:
            raise self._failures[0]
        # A department that was dropped may be found again.
        self._queued.clear()

    def _on_outcome(self, call: DirectoryCall, outcome: Answer | DingError, started_ns: int) -> RetryLater | None:
        if isinstance(outcome, DingError) and not self._is_answer(call, outcome):
            retry = self._backoff.record_failure(outcome, started_ns, is_query=True)
            if retry is None:
                self._fail(call, outcome)
            return retry
        self._backoff.record_success()
        self._status.clear()
        self.findings.calls += 1
        if isinstance(outcome, ApiError):
            self._handle_refusal(call, outcome)
        elif not isinstance(outcome, DingError):
            self._handle(call, outcome)
        # Regularly, so that a kernel that dies loses at most a second of work.
        now_ns = self._backoff.clock.monotonic_ns()
        if now_ns - self._stored_ns >= _STORE_INTERVAL_NS:
            self._store()
            self._stored_ns = now_ns
        return None

    def _progress(self, status: Text = NOTHING) -> tuple[str, float | None]:
        if self._requested_userids:
            done, total = len(self.people) + len(self.not_found), len(self._requested_userids)
            text = Text("directory.reading_each", n=f"{done:,}", people=count("person", total))
            return str(dotted([text, Text("directory.not_counted"), status])), done / total
        if self._login_departments:
            return str(
                dotted([Text("directory.reading_logins", calls=count("call", self.counted_calls)), status])
            ), None
        rows = [department for department in list(self.state.departments.values()) if department.id != OUTSIDE]
        done, total = sum((row.people_ns if self._reads_people else row.tree_ns) is not None for row in rows), len(rows)
        if self._requested_departments:
            done, total = len(self._requested_departments & self.state.members.keys()), len(self._requested_departments)
        parts = [Text("directory.reading", n=f"{done:,}", departments=count("department", total))]
        if self._people_seen:
            parts.append(count("person", self._people_seen))
        parts += [self._quota_text(), status]
        return str(dotted(parts)), done / total if total else None

    def _quota_text(self) -> Text:
        if self.counted_calls:
            return Text("directory.counted", calls=count("call", self.counted_calls))
        return Text("directory.not_counted")

    def _call(self, call: DirectoryCall) -> Answer | DingError:
        caller = self._caller
        try:
            if call.api == contacts.SCOPES:
                with self._call_counter(contacts.SCOPES):
                    return contacts.fetch_scope(caller)
            if call.api == contacts.INACTIVE:
                with self._call_counter(contacts.INACTIVE):
                    day = date.fromordinal(call.number)
                    return contacts.fetch_people_without_login(caller, day, self._login_departments, call.cursor)
            return _CALLS[call.api](caller, call)
        except DingError as error:
            return error

    def _is_answer(self, call: DirectoryCall, error: DingError) -> bool:
        """Return whether an error is an answer, after which the walk continues."""
        if not isinstance(error, ApiError):
            return False
        if isinstance(error, PersonError):
            return call.api == contacts.PERSON
        if call.api == contacts.USERIDS and isinstance(error, AccessError):
            return True
        if call.api == contacts.ROLE_PEOPLE and error.code == _ROLE_GONE:
            return True
        return error.code in contacts.NO_SUCH_DEPARTMENT_CODES and call.api in _DEPARTMENT_APIS

    def _fail(self, call: DirectoryCall, error: DingError) -> None:
        permission = contacts.PERMISSIONS.get(call.api)
        if isinstance(error, AccessError) and permission:
            error.advise(Text("directory.permission_todo", permission=permission))
        self._failures.append(error)
        self._stop.set()

    def _handle_refusal(self, call: DirectoryCall, error: ApiError) -> None:
        if call.api == contacts.PERSON and self._requested_userids:
            self.not_found[call.userid] = error
            if error.code in contacts.NO_SUCH_PERSON_CODES:
                self._forget(call.userid)
        elif call.api == contacts.PERSON:
            self._note_person_in_scope(call.userid, None)
        elif call.api == contacts.ROLE_PEOPLE:
            self.state.roles.pop(call.number, None)
            self._has_new_roles = True
        elif (
            call.api == contacts.USERIDS
            and isinstance(error, AccessError)
            and error.code not in contacts.NO_SUCH_DEPARTMENT_CODES
        ):
            self._can_list_userids = False
            self._complete(call.number)
        elif call.number not in self.state.departments:
            # Another call found that the department no longer exists.
            return
        elif call.api == contacts.PEOPLE and error.code == _NOT_LISTED:
            self.findings.gone[call.number] = self.state.departments[call.number].name
            self._partial_departments[call.number] = _PartialDepartment()
            self._complete(call.number)
        elif call.number == contacts.ROOT_DEPARTMENT:
            # The app does not see the whole organisation.
            self._drop(call.number)
            self._enqueue(DirectoryCall(contacts.SCOPES))
        elif call.number in self._unconfirmed_departments:
            self._drop(call.number)
            self._invalidate_cache()
        else:
            self.findings.gone[call.number] = self.state.departments[call.number].name
            self._drop(call.number)

    def _handle(self, call: DirectoryCall, answer: Answer) -> None:
        if isinstance(answer, contacts.Scope):
            self._handle_scope(answer)
        elif isinstance(answer, contacts.Person):
            self._handle_person(call.userid, answer)
        elif isinstance(answer, contacts.UseridsPage):
            self._handle_absent(call, answer)
        elif isinstance(answer, contacts.RolesPage):
            self._handle_roles(call, answer)
        elif isinstance(answer, contacts.NamesPage):
            self._handle_role_people(call, answer)
        elif call.number not in self.state.departments:
            # Another call found that the department no longer exists.
            return
        elif isinstance(answer, contacts.Department):
            self._rename(call.number, answer.name)
        elif isinstance(answer, contacts.PeoplePage):
            self._handle_people(call, answer)
        elif call.api == contacts.USERIDS:
            self._check_against_userids(call.number, [str(userid) for userid in answer])
        else:
            self._handle_sub_departments(
                call.number, [department for department in answer if isinstance(department, contacts.Department)]
            )

    def _handle_scope(self, scope: contacts.Scope) -> None:
        self.counted_calls += 1
        tops = {contacts.ROOT_DEPARTMENT} if scope.is_whole_organisation else scope.department_ids
        if contacts.ROOT_DEPARTMENT in self._deleted_departments & tops or not (tops or scope.userids):
            error = BadAnswerError(Text("directory.no_scope"), Text("directory.no_scope_todo"))
            self._fail(DirectoryCall(contacts.SCOPES), error)
            return
        for number in self._sub_departments_of(0):
            if number not in tops:
                self._drop(number)
        for number in sorted(tops):
            self._add_top(number)
            self._visit(number)
        if scope.is_whole_organisation:
            return
        self._unread_in_scope = set(scope.userids)
        for userid in sorted(scope.userids):
            self._enqueue(DirectoryCall(contacts.PERSON, userid=userid))
        self._finish_scope()

    def _handle_person(self, userid: str, profile: contacts.Person) -> None:
        if self._requested_userids:
            self.people[userid] = self._person(profile)._replace(userid=userid)
            self._unstored.append(self.people[userid])
        else:
            self._note_person_in_scope(userid, profile)

    def _forget(self, userid: str) -> None:
        """Forget a person who has left, so that the next plan does not use the cached entry."""
        self._departed.append(userid)
        for number, people in self.state.members.items():
            self.state.members[number] = [person for person in people if person.userid != userid]

    def _note_person_in_scope(self, userid: str, profile: contacts.Person | None) -> None:
        if profile is not None:
            self._people_in_scope.append(self._person(profile))
        if self._unread_in_scope is not None:
            self._unread_in_scope.discard(userid)
        self._finish_scope()

    def _finish_scope(self) -> None:
        if self._unread_in_scope is not None and not self._unread_in_scope:
            now_ns = self._now_ns()
            # Two userids may be spellings of the same userid.
            people = {person.userid: person for person in self._people_in_scope}
            people_ns = self._read_ns(people.values())
            self._set_department(DepartmentRow(OUTSIDE, "", OUTSIDE, 0, now_ns, now_ns, people_ns))
            self.state.members[OUTSIDE] = [people[userid] for userid in sorted(people)]
            self._read_departments.add(OUTSIDE)

    def _handle_sub_departments(self, parent: int, sub_departments: list[contacts.Department]) -> None:
        now_ns, departments = self._now_ns(), self.state.departments
        ids = {department.id for department in sub_departments}
        if parent == contacts.ROOT_DEPARTMENT and OUTSIDE not in departments:
            # Nobody is outside the whole organisation.
            self._deleted_departments.add(OUTSIDE)
        for number in self._sub_departments_of(parent):
            if number not in ids:
                self._drop(number)
        above = self._with_departments_above(parent)
        for position, department in enumerate(sub_departments):
            before = departments.get(department.id)
            if department.id in above or (before is not None and self._is_confirmed_elsewhere(before, parent)):
                self.findings.listed_twice.append(department.name)
                continue
            times = (None, None) if before is None else (before.tree_ns, before.people_ns)
            self._unconfirmed_departments.discard(department.id)
            self._set_department(DepartmentRow(department.id, department.name, parent, position, now_ns, *times))
            self._visit(department.id)
        self._set_department(departments[parent]._replace(tree_ns=now_ns))

    def _is_confirmed_elsewhere(self, department: DepartmentRow, parent: int) -> bool:
        """
        Return whether a department is also listed in another department.

        If the other department's list is outdated, the result is False, since the department may have moved.
        """
        other = None if department.parent in {0, parent} else self.state.departments.get(department.parent)
        return other is not None and is_current(other.tree_ns, self._now_ns())

    def _with_departments_above(self, number: int) -> set[int]:
        """Return a department and all departments above it."""
        numbers: set[int] = set()
        while number in self.state.departments and number not in numbers:
            numbers.add(number)
            number = self.state.departments[number].parent
        return numbers

    def _drop(self, number: int) -> None:
        """Forget a department and all departments below it."""
        ahead = [number]
        while ahead:
            current = ahead.pop()
            ahead += self._sub_departments_of(current)
            row = self.state.departments.pop(current, None)
            if row is not None:
                self._sub_departments.get(row.parent, {}).pop(current, None)
            self.state.members.pop(current, None)
            self._partial_departments.pop(current, None)
            self._changed_departments.discard(current)
            self._read_departments.discard(current)
            self._deleted_departments.add(current)

    def _invalidate_cache(self) -> None:
        """Have all departments listed again, and their people read again unless this walk has read them."""
        self.is_cache_outdated = True
        for row in list(self.state.departments.values()):
            people_ns = None if (row.people_ns or 0) <= self._started_ns else row.people_ns
            self._set_department(row._replace(tree_ns=None, people_ns=people_ns))
        # The people outside of departments are read with the app's scope.
        if self.state.departments.pop(OUTSIDE, None) is not None:
            self._changed_departments.discard(OUTSIDE)
            self._read_departments.discard(OUTSIDE)
            self._deleted_departments.add(OUTSIDE)

    def _rename(self, number: int, name: str) -> None:
        self._set_department(self.state.departments[number]._replace(name=name))
        if number in self.findings.gone:
            self.findings.gone[number] = name

    def _person(self, profile: contacts.Person) -> PersonRow:
        return PersonRow(**profile._asdict(), read_ns=self._now_ns())

    def _handle_people(self, call: DirectoryCall, page: contacts.PeoplePage) -> None:
        part = self._partial_departments.setdefault(call.number, _PartialDepartment())
        new = {person.userid: self._person(person) for person in page.people if person.userid not in part.people}
        part.people |= new
        self._people_seen += len(new)
        if page.next_cursor is not None and new and page.next_cursor > call.cursor:
            self._queue.add(call._replace(cursor=page.next_cursor), first=True)
            return
        part.is_repeating = page.next_cursor is not None
        if (call.cursor or part.is_repeating) and self._can_list_userids and not part.is_second:
            self._queue.add(DirectoryCall(contacts.USERIDS, call.number), first=True)
        else:
            self._complete(call.number)

    def _check_against_userids(self, number: int, userids: list[str]) -> None:
        """Compare a department's pages with its list of userids, and read the pages again if somebody is missing."""
        part = self._partial_departments[number]
        part.listed = frozenset(userids)
        if part.listed <= part.people.keys():
            part.is_repeating = False
            part.people = {userid: person for userid, person in part.people.items() if userid in part.listed}
            self._complete(number)
            return
        part.before, part.people, part.is_second = part.people, {}, True
        self._queue.add(DirectoryCall(contacts.PEOPLE, number), first=True)

    def _complete(self, number: int) -> None:
        part = self._partial_departments.pop(number, None)
        if part is None or number not in self.state.departments:
            return
        if part.is_repeating:
            self._refuse_repeating(number)
            return
        before = {userid: person for userid, person in part.before.items() if userid in part.listed}
        people = {**before, **part.people}
        self._people_seen += len(people) - len(part.people) - len(part.before)
        # People whom DingTalk lists only by userid may be outside the app's scope.
        self.findings.hidden_people += len(part.listed - people.keys())
        self.state.members[number] = list(people.values())
        self._set_department(self.state.departments[number]._replace(people_ns=self._read_ns(people.values())))
        self._read_departments.add(number)

    def _read_ns(self, people: Iterable[PersonRow]) -> int:
        """Return when the first of some people was read, so that nobody expires before the list as a whole."""
        return min((person.read_ns for person in people), default=self._now_ns())

    def _refuse_repeating(self, number: int) -> None:
        name = self.state.departments[number].name
        error = BadAnswerError(Text("directory.repeating", name=name), bad_answer_todo(contacts.PEOPLE))
        self._fail(DirectoryCall(contacts.PEOPLE, number), error)

    def _handle_absent(self, call: DirectoryCall, page: contacts.UseridsPage) -> None:
        self.counted_calls += 1
        self.absent_on[date.fromordinal(call.number)].update(page.userids)
        if page.next_cursor is not None and page.next_cursor > call.cursor:
            self._queue.add(call._replace(cursor=page.next_cursor), first=True)
        elif page.next_cursor is not None:
            self._fail(call, BadAnswerError(Text("directory.repeating_logins"), bad_answer_todo(contacts.INACTIVE)))

    def _handle_roles(self, call: DirectoryCall, page: contacts.RolesPage) -> None:
        now_ns, roles_so_far = self._now_ns(), self._partial_roles
        new_roles = [role for role in page.roles if role.id not in roles_so_far]
        for role in new_roles:
            roles_so_far[role.id] = RoleRow(role.id, role.name, role.group_id, role.group, len(roles_so_far), now_ns)
        if page.next_offset is not None and new_roles:
            self._queue.add(call._replace(cursor=page.next_offset))
        elif page.next_offset is not None:
            self._fail(call, BadAnswerError(Text("directory.repeating_roles"), bad_answer_todo(contacts.ROLES)))
        else:
            self.state.roles = roles_so_far
            self._has_new_roles = True

    def _handle_role_people(self, call: DirectoryCall, page: contacts.NamesPage) -> None:
        names_so_far = {} if not call.cursor else self.state.role_people.setdefault(call.number, {})
        new = page.names.keys() - names_so_far.keys()
        self.state.role_people[call.number] = names_so_far | page.names
        if page.next_offset is not None and new:
            self._queue.add(call._replace(cursor=page.next_offset))
        elif page.next_offset is not None:
            role = self.state.roles.get(call.number)
            what = Text("directory.repeating_role", name=str(call.number) if role is None else role.name)
            self._fail(call, BadAnswerError(what, bad_answer_todo(contacts.ROLE_PEOPLE)))
        elif call.number in self.state.roles:
            row = self.state.roles[call.number]
            self.state.roles[call.number] = row._replace(people_ns=self._now_ns())
            self._read_roles.add(call.number)

    def _store(self) -> None:
        """Store in the ledger what is not stored yet; after a failure, the next call stores it."""
        state = self.state
        if self.is_stored:
            return
        try:
            directory.store_people(self._ledger, self._realm, self._unstored)
            directory.delete_people(self._ledger, self._realm, self._departed)
            directory.store_directory(
                self._ledger,
                self._realm,
                [state.departments[number] for number in self._changed_departments],
                {number: state.members[number] for number in self._read_departments},
                self._deleted_departments,
                self._now_ns(),
            )
            if self._has_new_roles:
                directory.store_roles(self._ledger, self._realm, state.roles.values())
            if self._read_roles:
                people = {role: state.role_people[role] for role in self._read_roles}
                directory.store_role_people(self._ledger, self._realm, people, self._now_ns())
        except LedgerError:
            return
        self._unstored.clear()
        self._departed.clear()
        self._changed_departments.clear()
        self._deleted_departments.clear()
        self._read_departments.clear()
        self._read_roles.clear()
        self._has_new_roles = False


_CALLS: Mapping[str, Callable[[Caller, DirectoryCall], Answer]] = {
    contacts.SUB_DEPARTMENTS: lambda caller, call: contacts.fetch_sub_departments(caller, call.number),
    contacts.DEPARTMENT: lambda caller, call: contacts.fetch_department(caller, call.number),
    contacts.PEOPLE: lambda caller, call: contacts.fetch_people_of_department(caller, call.number, call.cursor),
    contacts.USERIDS: lambda caller, call: contacts.fetch_userids_of_department(caller, call.number),
    contacts.PERSON: lambda caller, call: contacts.fetch_person(caller, call.userid),
    contacts.ROLES: lambda caller, call: contacts.fetch_roles(caller, call.cursor),
    contacts.ROLE_PEOPLE: lambda caller, call: contacts.fetch_people_of_role(caller, call.number, call.cursor),
}
