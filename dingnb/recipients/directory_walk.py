"""
Reads the directory from DingTalk, with the fewest calls: one for the departments below each, and one a page of people.

A department that is listed as a whole is stored at once. One that has several pages is checked by one more call, since
who leaves while it is read moves others from one page to another.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self, TypeAlias

from dingnb.api import contacts
from dingnb.auth import Caller
from dingnb.calls.background import Background
from dingnb.calls.backoff import Backoff, RetryStatus, fetch_token
from dingnb.calls.pace import Pace
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.clock import seconds
from dingnb.display import ProgressBar
from dingnb.errors import AccessError, ApiError, BadAnswerError, DingError, LedgerError, PersonError, bad_answer_todo
from dingnb.ledger import Ledger, Realm, transactions
from dingnb.ledger.calls import CallCounter
from dingnb.ledger.directory import OUTSIDE, DepartmentRow, PersonRow, RoleRow, is_current
from dingnb.words import NOTHING, Text, count, dotted

_KEEP_EVERY_NS = seconds(1)
_ROLE_GONE = "33011"
_NOT_LISTED = "60019"
_OF_DEPARTMENTS = (contacts.DEPARTMENT, contacts.SUB_DEPARTMENTS, contacts.PEOPLE, contacts.USERIDS)


class DirectoryItem(NamedTuple):
    """
    One call.

    Attributes:
        api: The path.
        number: The department, the role, or the day as an ordinal.
        cursor: Where the page starts.
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
    | contacts.Profile
    | contacts.Scope
    | list[str]
)


@dataclass(slots=True)
class DirectoryState:
    """
    What is known of the directory.

    Attributes:
        departments: The departments by id.
        members: Who is directly in a department, for those that were read in this process.
        roles: The roles by id.
        role_people: Who has a role, by userid, with their names.
    """

    departments: dict[int, DepartmentRow] = field(default_factory=dict)
    members: dict[int, list[PersonRow]] = field(default_factory=dict)
    roles: dict[int, RoleRow] = field(default_factory=dict)
    role_people: dict[int, dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class DirectoryFindings:
    """
    What was met while the directory was read.

    Attributes:
        gone: Departments that were listed, and are not there any more, by name.
        twice: Departments that were listed at a second place, such as by a cycle, by name.
        unlisted: People whose userids DingTalk lists in a department, and whom it does not show to the app.
        calls: How many calls were answered.
    """

    gone: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unlisted: int = 0
    calls: int = 0


class _Items:
    """The calls to make, of each API in turn, so that none waits for the pace of another."""

    def __init__(self) -> None:
        self._by_api: dict[str, deque[DirectoryItem]] = {}

    def add(self, item: DirectoryItem, *, first: bool = False) -> None:
        """Add a call."""
        queue = self._by_api.setdefault(item.api, deque())
        if first:
            queue.appendleft(item)
        else:
            queue.append(item)

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not any(self._by_api.values())

    def __iter__(self) -> Iterator[DirectoryItem]:
        return self

    def __next__(self) -> DirectoryItem:
        for api, queue in self._by_api.items():
            if queue:
                item = queue.popleft()
                # Its turn comes again after that of the others.
                self._by_api[api] = self._by_api.pop(api)
                return item
        raise StopIteration


@dataclass(slots=True)
class _Partial:
    """A department whose pages are being read."""

    people: dict[str, PersonRow] = field(default_factory=dict)
    before: dict[str, PersonRow] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    is_second: bool = False
    is_repeating: bool = False


class DirectoryWalk:
    """
    One reading of the directory.

    Args:
        caller: Calls as the app.
        pace: When calls may start.
        backoff: Decides about repeats; these calls change nothing and may be repeated.
        ledger: Where it is kept; one that cannot be used keeps nobody from reading.
        realm: Whose directory it is.
        now_ns: Returns the time.
        counting: Counts the calls of the month's quota: the app's scope is one.
        state: What is known; it grows.
    """

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        backoff: Backoff,
        ledger: Ledger,
        realm: Realm,
        now_ns: Callable[[], int],
        counting: CallCounter,
        state: DirectoryState,
    ) -> None:
        self._caller = caller
        self._pace = pace
        self._backoff = backoff
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns
        self._counting = counting
        self.state = state
        self.findings = DirectoryFindings()
        self.people: dict[str, PersonRow] = {}
        """The people of `read_each` by userid."""
        self.absent: dict[str, ApiError] = {}
        """The userids of `read_each` for which DingTalk shows nobody, and why."""
        self.is_kept = True
        self._items = _Items()
        self._bar = ProgressBar(backoff.clock)
        self._asked: set[DirectoryItem] = set()
        self._partial: dict[int, _Partial] = {}
        self._can_check = True
        self._reads_people = False
        self._chosen: frozenset[int] = frozenset()
        self.absent_on: dict[date, set[str]] = {}
        """The userids of `read_absent` by day."""
        self._wanted: tuple[str, ...] = ()
        self._logins_of: tuple[int, ...] = ()
        self.counted = 0
        """How many calls count in the monthly quota."""
        self._unkept: list[PersonRow] = []
        self._people_seen = 0
        self._failures: list[DingError] = []
        self._stop = backoff.clock.event()
        self._trouble = RetryStatus(backoff)
        self._kept_ns = backoff.clock.monotonic_ns()
        self._changed: set[int] = set()
        self._gone: set[int] = set()
        self._read: set[int] = set()
        self._new_roles = False
        self._read_roles: set[int] = set()
        self._scoped: list[PersonRow] = []
        self._scoped_left: set[str] | None = None

    def read_tree(self, *, with_people: bool) -> None:
        """
        Read all departments that are not known, and with `with_people` who is in them.

        Raises:
            DingError: DingTalk could not be asked, or does not allow it; what was read is kept.
            KeyboardInterrupt: The cell was interrupted; what was read is kept.
        """
        self._reads_people = with_people
        root, tops = self.state.departments.get(contacts.ROOT_DEPARTMENT), self._below(0)
        if not tops or (root is not None and root.tree_ns is None):
            self._add_top(contacts.ROOT_DEPARTMENT)
        elif root is None and OUTSIDE not in self.state.departments:
            self._ask(DirectoryItem(contacts.SCOPES))
        for one in self._below(0):
            self._visit(one)
        self._run()

    def read_people(self, departments: Iterable[int]) -> None:
        """
        Read who is directly in some departments.

        Raises:
            DingError, KeyboardInterrupt: As `read_tree`.
        """
        self._chosen = frozenset(departments)
        for one in sorted(self._chosen):
            self._ask(DirectoryItem(contacts.PEOPLE, one))
        self._run()

    def read_roles(self) -> None:
        """
        Read the roles.

        Raises:
            DingError, KeyboardInterrupt: As `read_tree`.
        """
        self._ask(DirectoryItem(contacts.ROLES))
        self._run()

    def read_role_people(self, roles: Iterable[int]) -> None:
        """
        Read who has some roles.

        Raises:
            DingError, KeyboardInterrupt: As `read_tree`.
        """
        for one in roles:
            self._ask(DirectoryItem(contacts.ROLE_PEOPLE, one))
        self._run()

    def read_each(self, userids: Iterable[str]) -> None:
        """
        Read people by their userids, into `people` or `absent`.

        Raises:
            DingError, KeyboardInterrupt: As `read_tree`.
        """
        self._wanted = tuple(userids)
        for one in self._wanted:
            self._ask(DirectoryItem(contacts.PERSON, userid=one))
        self._run()

    def read_absent(self, days: Iterable[date], departments: Iterable[int]) -> None:
        """
        Read who did not log in on some days, of all people in some departments and below, into `absent_on`.

        Raises:
            DingError, KeyboardInterrupt: As `read_tree`, but nothing is kept.
        """
        self._logins_of = tuple(departments)
        for day in days:
            self.absent_on[day] = set()
            self._ask(DirectoryItem(contacts.INACTIVE, day.toordinal()))
        self._run()

    def _ask(self, item: DirectoryItem) -> None:
        if item not in self._asked:
            self._asked.add(item)
            self._items.add(item)

    def _add_top(self, number: int) -> None:
        self._put(DepartmentRow(number, str(number), 0, number, self._now_ns()))
        self._ask(DirectoryItem(contacts.DEPARTMENT, number))

    def _visit(self, number: int) -> None:
        """Ask for what is not known of a department and of those known below it."""
        now_ns, ahead = self._now_ns(), [number]
        below: dict[int, list[int]] = {}
        while ahead:
            row = self.state.departments[ahead.pop()]
            if self._reads_people and not is_current(row.people_ns, now_ns):
                self._ask(DirectoryItem(contacts.PEOPLE, row.id))
            if is_current(row.tree_ns, now_ns):
                below = below or self._all_below()
                ahead += below.get(row.id, [])
            else:
                # Those below it are visited when they are listed.
                self._ask(DirectoryItem(contacts.SUB_DEPARTMENTS, row.id))

    def _all_below(self) -> dict[int, list[int]]:
        """Return the departments below each."""
        found: dict[int, list[int]] = {}
        for one in self.state.departments.values():
            if one.id != OUTSIDE:
                found.setdefault(one.parent, []).append(one.id)
        return found

    def _below(self, number: int) -> list[int]:
        return [one.id for one in self.state.departments.values() if one.parent == number and one.id != OUTSIDE]

    def _put(self, row: DepartmentRow) -> None:
        self.state.departments[row.id] = row
        self._changed.add(row.id)
        self._gone.discard(row.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Show how far it came, where an error or an interrupt ends it."""
        if kind is not None and self.findings.calls:
            self._bar.end(*self._progress())

    def end(self, text: Text) -> None:
        """Show what it came to."""
        self._bar.end(text)

    def _run(self) -> None:
        if self._items.is_empty:
            return
        clock, backoff = self._backoff.clock, self._backoff
        for api in (*_CALLS, contacts.INACTIVE):
            self._pace.end_outage(api)
        job = Job(
            api=lambda item: item.api,
            call=self._call,
            on_outcome=self._on_outcome,
            on_wait=self._trouble.wait,
            one_at_a_time=lambda: backoff.is_failing,
        )
        pool = WorkerPool(clock, self._pace, job)

        def run() -> None:
            refused = fetch_token(self._caller, self._pace, backoff, self._stop, self._trouble.wait)
            self._failures.extend(filter(None, [refused]))
            try:
                pool.run([] if refused else self._items, self._stop)
            finally:
                self._keep()

        def interrupt() -> None:
            self._stop.set()
            pool.interrupt()

        try:
            Background(clock, run, interrupt).join(lambda: self._bar.show(*self._progress(self._trouble.text)))
        finally:
            self._trouble.clear()
        if self._failures:
            raise self._failures[0]

    def _on_outcome(self, item: DirectoryItem, outcome: Answer | DingError, started_ns: int) -> RetryLater | None:
        if isinstance(outcome, DingError) and not self._is_answer(item, outcome):
            retry = self._backoff.failed(outcome, started_ns, is_query=True)
            if retry is None:
                self._fail(item, outcome)
            return retry
        self._backoff.succeeded()
        self._trouble.clear()
        self.findings.calls += 1
        if isinstance(outcome, ApiError):
            self._handle_refusal(item, outcome)
        elif not isinstance(outcome, DingError):
            self._handle(item, outcome)
        # As it comes: a kernel that dies loses a second's work.
        now_ns = self._backoff.clock.monotonic_ns()
        if now_ns - self._kept_ns >= _KEEP_EVERY_NS:
            self._keep()
            self._kept_ns = now_ns
        return None

    def _progress(self, trouble: Text = NOTHING) -> tuple[str, float | None]:
        if self._wanted:
            done, total = len(self.people) + len(self.absent), len(self._wanted)
            text = Text("directory.reading_each", n=f"{done:,}", people=count("person", total))
            return str(dotted([text, Text("directory.not_counted"), trouble])), done / total
        if self._logins_of:
            return str(dotted([Text("directory.reading_logins", calls=count("call", self.counted)), trouble])), None
        rows = [one for one in list(self.state.departments.values()) if one.id != OUTSIDE]
        done, total = sum((one.people_ns if self._reads_people else one.tree_ns) is not None for one in rows), len(rows)
        if self._chosen:
            done, total = len(self._chosen & self.state.members.keys()), len(self._chosen)
        parts = [Text("directory.reading", n=f"{done:,}", departments=count("department", total))]
        if self._people_seen:
            parts.append(count("person", self._people_seen))
        parts += [Text("directory.not_counted"), trouble]
        return str(dotted(parts)), done / total if total else None

    def _call(self, item: DirectoryItem) -> Answer | DingError:
        caller = self._caller
        try:
            if item.api == contacts.SCOPES:
                with self._counting(contacts.SCOPES):
                    return contacts.scope(caller)
            if item.api == contacts.INACTIVE:
                with self._counting(contacts.INACTIVE):
                    day = date.fromordinal(item.number)
                    return contacts.inactive_people(caller, day, self._logins_of, item.cursor)
            return _CALLS[item.api](caller, item)
        except DingError as error:
            return error

    def _is_answer(self, item: DirectoryItem, error: DingError) -> bool:
        """Return whether an error is one that the walk can go on with."""
        if not isinstance(error, ApiError):
            return False
        if isinstance(error, PersonError):
            return item.api == contacts.PERSON
        if item.api == contacts.USERIDS and isinstance(error, AccessError):
            return True
        if item.api == contacts.ROLE_PEOPLE and error.code == _ROLE_GONE:
            return True
        return error.code in contacts.GONE and item.api in _OF_DEPARTMENTS

    def _fail(self, item: DirectoryItem, error: DingError) -> None:
        permission = contacts.PERMISSIONS.get(item.api)
        if isinstance(error, AccessError) and permission:
            error.advise(Text("directory.permission_todo", permission=permission))
        self._failures.append(error)
        self._stop.set()

    def _handle_refusal(self, item: DirectoryItem, error: ApiError) -> None:
        if item.api == contacts.PERSON and self._wanted:
            self.absent[item.userid] = error
        elif item.api == contacts.PERSON:
            self._note_scoped(item.userid, None)
        elif item.api == contacts.ROLE_PEOPLE:
            self.state.roles.pop(item.number, None)
            self._new_roles = True
        elif item.api == contacts.USERIDS and isinstance(error, AccessError) and error.code not in contacts.GONE:
            self._can_check = False
            self._accept(item.number)
        elif item.number not in self.state.departments:
            # It was found to be gone by another call.
            return
        elif item.api == contacts.PEOPLE and error.code == _NOT_LISTED:
            self.findings.gone.append(self.state.departments[item.number].name)
            self._partial[item.number] = _Partial()
            self._accept(item.number)
        elif item.number == contacts.ROOT_DEPARTMENT:
            # The app does not see the whole organisation.
            self._drop(item.number)
            self._ask(DirectoryItem(contacts.SCOPES))
        else:
            self.findings.gone.append(self.state.departments[item.number].name)
            self._drop(item.number)

    def _handle(self, item: DirectoryItem, answer: Answer) -> None:
        if isinstance(answer, contacts.Scope):
            self._take_scope(answer)
        elif isinstance(answer, contacts.Profile):
            self._take_person(item.userid, answer)
        elif isinstance(answer, contacts.UseridsPage):
            self._take_absent(item, answer)
        elif isinstance(answer, contacts.RolesPage):
            self._take_roles(item, answer)
        elif isinstance(answer, contacts.NamesPage):
            self._take_role_people(item, answer)
        elif item.number not in self.state.departments:
            # It was found to be gone by another call.
            return
        elif isinstance(answer, contacts.Department):
            self._put(self.state.departments[item.number]._replace(name=answer.name))
        elif isinstance(answer, contacts.PeoplePage):
            self._take_page(item, answer)
        elif item.api == contacts.USERIDS:
            self._check(item.number, [str(one) for one in answer])
        else:
            self._take_tree(item.number, [one for one in answer if isinstance(one, contacts.Department)])

    def _take_scope(self, scope: contacts.Scope) -> None:
        wanted = {contacts.ROOT_DEPARTMENT} if scope.is_everybody else scope.department_ids
        if contacts.ROOT_DEPARTMENT in self._gone & wanted or not (wanted or scope.userids):
            error = BadAnswerError(Text("directory.no_scope"), Text("directory.no_scope_todo"))
            self._fail(DirectoryItem(contacts.SCOPES), error)
            return
        for one in self._below(0):
            if one not in wanted:
                self._drop(one)
        for one in sorted(wanted):
            self._add_top(one)
            self._visit(one)
        if scope.is_everybody:
            return
        self._scoped_left = set(scope.userids)
        for userid in sorted(scope.userids):
            self._ask(DirectoryItem(contacts.PERSON, userid=userid))
        self._close_scoped()

    def _take_person(self, userid: str, profile: contacts.Profile) -> None:
        if self._wanted:
            self.people[userid] = self._person(profile)._replace(userid=userid)
            self._unkept.append(self.people[userid])
        else:
            self._note_scoped(userid, profile)

    def _note_scoped(self, userid: str, profile: contacts.Profile | None) -> None:
        if profile is not None:
            self._scoped.append(self._person(profile))
        if self._scoped_left is not None:
            self._scoped_left.discard(userid)
        self._close_scoped()

    def _close_scoped(self) -> None:
        if self._scoped_left is not None and not self._scoped_left:
            now_ns = self._now_ns()
            self._put(DepartmentRow(OUTSIDE, "", OUTSIDE, 0, now_ns, now_ns, now_ns))
            self.state.members[OUTSIDE] = sorted(self._scoped)
            self._read.add(OUTSIDE)

    def _take_tree(self, parent: int, found: list[contacts.Department]) -> None:
        now_ns, known = self._now_ns(), self.state.departments
        ids = {one.id for one in found}
        if parent == contacts.ROOT_DEPARTMENT and OUTSIDE not in known:
            # Nobody is outside of the whole organisation.
            self._gone.add(OUTSIDE)
        for number in self._below(parent):
            if number not in ids:
                self._drop(number)
        above = self._above(parent)
        for place, one in enumerate(found):
            before = known.get(one.id)
            is_elsewhere = before is not None and before.parent not in {0, parent} and before.parent in known
            if one.id in above or is_elsewhere:
                self.findings.twice.append(one.name)
                continue
            times = (None, None) if before is None else (before.tree_ns, before.people_ns)
            self._put(DepartmentRow(one.id, one.name, parent, place, now_ns, *times))
            self._visit(one.id)
        self._put(known[parent]._replace(tree_ns=now_ns))

    def _above(self, number: int) -> set[int]:
        found: set[int] = set()
        while number in self.state.departments and number not in found:
            found.add(number)
            number = self.state.departments[number].parent
        return found

    def _drop(self, number: int) -> None:
        """Forget a department and those below it."""
        ahead = [number]
        while ahead:
            one = ahead.pop()
            ahead += self._below(one)
            self.state.departments.pop(one, None)
            self.state.members.pop(one, None)
            self._partial.pop(one, None)
            self._changed.discard(one)
            self._read.discard(one)
            self._gone.add(one)

    def _person(self, profile: contacts.Profile) -> PersonRow:
        return PersonRow(*profile, read_ns=self._now_ns())

    def _take_page(self, item: DirectoryItem, page: contacts.PeoplePage) -> None:
        part = self._partial.setdefault(item.number, _Partial())
        new = {one.userid: self._person(one) for one in page.people if one.userid not in part.people}
        part.people |= new
        self._people_seen += len(new)
        if page.next_cursor is not None and new and page.next_cursor > item.cursor:
            self._items.add(item._replace(cursor=page.next_cursor), first=True)
            return
        part.is_repeating = page.next_cursor is not None
        if (item.cursor or part.is_repeating) and self._can_check and not part.is_second:
            self._items.add(DirectoryItem(contacts.USERIDS, item.number), first=True)
        else:
            self._accept(item.number)

    def _check(self, number: int, userids: list[str]) -> None:
        """Check a department that has several pages: who leaves meanwhile moves others to a page that was read."""
        part = self._partial[number]
        part.listed = frozenset(userids)
        if part.listed <= part.people.keys():
            part.is_repeating = False
            part.people = {userid: one for userid, one in part.people.items() if userid in part.listed}
            self._accept(number)
            return
        part.before, part.people, part.is_second = part.people, {}, True
        self._items.add(DirectoryItem(contacts.PEOPLE, number), first=True)

    def _accept(self, number: int) -> None:
        part = self._partial.pop(number, None)
        if part is None or number not in self.state.departments:
            return
        if part.is_repeating:
            self._refuse_repeating(number)
            return
        before = {userid: one for userid, one in part.before.items() if userid in part.listed}
        people = {**before, **part.people}
        self._people_seen += len(people) - len(part.people) - len(part.before)
        # Those whom DingTalk lists by id and does not show may be outside of the app's scope.
        self.findings.unlisted += len(part.listed - people.keys())
        self.state.members[number] = list(people.values())
        self._put(self.state.departments[number]._replace(people_ns=self._now_ns()))
        self._read.add(number)

    def _refuse_repeating(self, number: int) -> None:
        name = self.state.departments[number].name
        error = BadAnswerError(Text("directory.repeating", name=name), bad_answer_todo(contacts.PEOPLE))
        self._fail(DirectoryItem(contacts.PEOPLE, number), error)

    def _take_absent(self, item: DirectoryItem, page: contacts.UseridsPage) -> None:
        self.counted += 1
        self.absent_on[date.fromordinal(item.number)].update(page.userids)
        if page.next_cursor is not None and page.next_cursor > item.cursor:
            self._items.add(item._replace(cursor=page.next_cursor), first=True)
        elif page.next_cursor is not None:
            self._fail(item, BadAnswerError(Text("directory.repeating_logins"), bad_answer_todo(contacts.INACTIVE)))

    def _take_roles(self, item: DirectoryItem, page: contacts.RolesPage) -> None:
        now_ns, known = self._now_ns(), self.state.roles
        if not item.cursor:
            known.clear()
        new = [one for one in page.roles if one.id not in known]
        for one in new:
            known[one.id] = RoleRow(one.id, one.name, one.group_id, one.group, len(known), now_ns)
        self._new_roles = True
        if page.next_offset is not None and new:
            self._items.add(item._replace(cursor=page.next_offset))
        elif page.next_offset is not None:
            self._fail(item, BadAnswerError(Text("directory.repeating_roles"), bad_answer_todo(contacts.ROLES)))

    def _take_role_people(self, item: DirectoryItem, page: contacts.NamesPage) -> None:
        found = {} if not item.cursor else self.state.role_people.setdefault(item.number, {})
        new = page.names.keys() - found.keys()
        self.state.role_people[item.number] = found | page.names
        if page.next_cursor is not None and new:
            self._items.add(item._replace(cursor=page.next_cursor))
        elif page.next_cursor is not None:
            self._fail(item, BadAnswerError(Text("directory.repeating_roles"), bad_answer_todo(contacts.ROLE_PEOPLE)))
        elif item.number in self.state.roles:
            row = self.state.roles[item.number]
            self.state.roles[item.number] = row._replace(people_ns=self._now_ns())
            self._read_roles.add(item.number)

    def _keep(self) -> None:
        """Store what was read."""
        state = self.state
        if not (self._changed or self._gone or self._new_roles or self._read_roles or self._unkept):
            return
        try:
            transactions.store_people(self._ledger, self._realm, self._unkept)
            transactions.store_directory(
                self._ledger,
                self._realm,
                [state.departments[one] for one in self._changed],
                {one: state.members[one] for one in self._read},
                self._gone,
                self._now_ns(),
            )
            if self._new_roles:
                transactions.store_roles(self._ledger, self._realm, state.roles.values())
            if self._read_roles:
                people = {one: state.role_people[one] for one in self._read_roles}
                transactions.store_role_people(self._ledger, self._realm, people, self._now_ns())
        except LedgerError:
            self.is_kept = False
        self._unkept.clear()
        self._changed.clear()
        self._gone.clear()
        self._read.clear()
        self._read_roles.clear()
        self._new_roles = False


_CALLS: Mapping[str, Callable[[Caller, DirectoryItem], Answer]] = {
    contacts.SUB_DEPARTMENTS: lambda caller, item: contacts.sub_departments(caller, item.number),
    contacts.DEPARTMENT: lambda caller, item: contacts.department(caller, item.number),
    contacts.PEOPLE: lambda caller, item: contacts.people_of_department(caller, item.number, item.cursor),
    contacts.USERIDS: lambda caller, item: contacts.userids_of_department(caller, item.number),
    contacts.PERSON: lambda caller, item: contacts.person(caller, item.userid),
    contacts.ROLES: lambda caller, item: contacts.roles(caller, item.cursor),
    contacts.ROLE_PEOPLE: lambda caller, item: contacts.people_of_role(caller, item.number, item.cursor),
}
