"""
Contacts (通讯录): people, departments, roles, and the app's scope (docs/dingtalk.md, "Contacts").

Of these calls, only `fetch_scope` and `fetch_people_without_login` count towards the monthly quota (assumption).

All calls raise `BadAnswerError` if the answer lacks the data to return, and `DingError` if DingTalk refused the call or
could not be reached.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, NoReturn

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.transport import Call, parse_whole_number
from dingnb.words import Text

BY_MOBILE = "/topapi/v2/user/getbymobile"
PERSON = "/topapi/v2/user/get"
PEOPLE = "/topapi/v2/user/list"
USERIDS = "/topapi/user/listid"
COUNT = "/topapi/user/count"
DEPARTMENT = "/topapi/v2/department/get"
SUB_DEPARTMENTS = "/topapi/v2/department/listsub"
ROLES = "/topapi/role/list"
ROLE_PEOPLE = "/topapi/role/simplelist"
INACTIVE = "/topapi/inactive/user/v2/get"
SCOPES = "/auth/scopes"
ROOT_DEPARTMENT = 1

NO_SUCH_MOBILE_CODE = "60121"
"""Error code for a phone number that belongs to no active member of the organisation."""

NO_SUCH_PERSON_CODES = frozenset({NO_SUCH_MOBILE_CODE, "33012"})
"""Error codes for a userid that belongs to nobody, for example because the person has left."""

PEOPLE_PER_PAGE = 100
"""Maximum number of people per page; for `PEOPLE`, an assumption."""

ROLES_PER_PAGE = 200
"""Maximum number of roles per page."""

NO_SUCH_DEPARTMENT_CODES = frozenset({"60003", "50004", "60019", "40009"})
"""Error codes for a department that does not exist or is outside the app's scope."""

_LAST_MS = 253_402_271_999_999
"""The end of the year 9999 in Beijing, in milliseconds since the epoch."""

PERMISSIONS: Mapping[str, str] = {
    BY_MOBILE: "qyapi_get_member_by_mobile",
    PERSON: "qyapi_get_member",
    USERIDS: "qyapi_get_member",
    PEOPLE: "qyapi_get_department_member",
    SUB_DEPARTMENTS: "qyapi_get_department_list",
    DEPARTMENT: "qyapi_get_department_list",
    ROLES: "qyapi_get_department_list",
    ROLE_PEOPLE: "qyapi_get_department_member",
    INACTIVE: "qyapi_liveness_base",
}
"""The permission that an app needs for a call (docs/dingtalk.md, "Contacts")."""


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The part of the organisation that an app may access (通讯录权限范围).

    Attributes:
        department_ids: Departments, each including its sub-departments.
        userids: People outside these departments.
    """

    department_ids: frozenset[int]
    userids: frozenset[str]

    @property
    def is_whole_organisation(self) -> bool:
        """Whether the app may access the whole organisation."""
        return ROOT_DEPARTMENT in self.department_ids


class Person(NamedTuple):
    """
    One person, as in a list of people. A field is None if DingTalk has no value for it or does not show it to the app.

    Attributes:
        userid: The person's id within the organisation.
        name: The person's name.
        mobile: The phone number.
        title: The position.
        job_number: The employee number.
        email: The email address.
        manager: The userid of the manager.
        active: Whether the person has activated DingTalk.
        hired_ms: The hiring date, in milliseconds since the epoch.
        unionid: The person's id for all apps of the same developer.
        departments: The ids of the departments.
    """

    userid: str
    name: str
    mobile: str | None = None
    title: str | None = None
    job_number: str | None = None
    email: str | None = None
    manager: str | None = None
    active: bool | None = None
    hired_ms: int | None = None
    unionid: str | None = None
    departments: tuple[int, ...] = ()


class PeoplePage(NamedTuple):
    """A page of people, and the cursor of the next page; None for the last page."""

    people: list[Person]
    next_cursor: int | None


class NamesPage(NamedTuple):
    """A page of names by userid, and the offset of the next page; None for the last page."""

    names: dict[str, str]
    next_offset: int | None


class UseridsPage(NamedTuple):
    """A page of userids, and DingTalk's cursor, which is the offset of the next page; None for the last page."""

    userids: list[str]
    next_cursor: int | None


class Department(NamedTuple):
    """One department, with the id of its parent; 0 for a department without a parent, as in DingTalk's answers."""

    id: int
    name: str
    parent: int


class Role(NamedTuple):
    """One role, in a group of roles."""

    id: int
    name: str
    group_id: int
    group: str


class RolesPage(NamedTuple):
    """A page of roles, and the offset of the next page; None for the last page."""

    roles: list[Role]
    next_offset: int | None


def fetch_people_of_department(
    caller: Caller, department: int, cursor: int = 0, size: int = PEOPLE_PER_PAGE
) -> PeoplePage:
    """Return a page of the people who are directly in a department, with all fields that the app may see."""
    answer = caller.call(Call(PEOPLE, {"dept_id": department, "cursor": cursor, "size": size}))
    rows, next_cursor = _page(answer, PEOPLE)
    return PeoplePage([_person(row, PEOPLE) for row in rows], next_cursor)


def fetch_userids_of_department(caller: Caller, department: int) -> list[str]:
    """Return the userids of all people who are directly in a department; not limited by the app's scope."""
    result = _object(caller.call(Call(USERIDS, {"dept_id": department})), "result", USERIDS)
    return _userids(_list(result, "userid_list", USERIDS), USERIDS)


def fetch_person(caller: Caller, userid: str) -> Person:
    """
    Return a person.

    Raises:
        PersonError: Nobody has this userid (33012, 60121), or the app may not see the person (50002).
    """
    return _person(caller.call(Call(PERSON, {"userid": userid})).get("result"), PERSON)


def fetch_sub_departments(caller: Caller, department: int = ROOT_DEPARTMENT) -> list[Department]:
    """Return the direct sub-departments of a department."""
    rows = _list(caller.call(Call(SUB_DEPARTMENTS, {"dept_id": department})), "result", SUB_DEPARTMENTS)
    return [_department(row, department, SUB_DEPARTMENTS) for row in rows]


def fetch_department(caller: Caller, department: int) -> Department:
    """Return one department."""
    return _department(caller.call(Call(DEPARTMENT, {"dept_id": department})).get("result"), 0, DEPARTMENT)


def fetch_roles(caller: Caller, offset: int = 0, size: int = ROLES_PER_PAGE) -> RolesPage:
    """Return a page of the roles with their groups; a group may continue on the next page."""
    result = _object(caller.call(Call(ROLES, {"offset": offset, "size": size})), "result", ROLES)
    all_roles = []
    for group in _list(result, "list", ROLES):
        if not isinstance(group, Mapping):
            _raise_bad_answer(ROLES)
        group_id = parse_whole_number(group.get("groupId"))
        for role in _list(group, "roles", ROLES):
            number = parse_whole_number(role.get("id")) if isinstance(role, Mapping) else 0
            if not number:
                _raise_bad_answer(ROLES)
            all_roles.append(Role(number, _text(role.get("name")), group_id or 0, _text(group.get("name"))))
    return RolesPage(all_roles, offset + size if result.get("hasMore") is True else None)


def fetch_people_of_role(caller: Caller, role_id: int, offset: int = 0, size: int = PEOPLE_PER_PAGE) -> NamesPage:
    """Return a page of the names of the people who have a role."""
    answer = caller.call(Call(ROLE_PEOPLE, {"role_id": role_id, "offset": offset, "size": size}))
    result = _object(answer, "result", ROLE_PEOPLE)
    names = dict(_userid_and_name(entry, ROLE_PEOPLE) for entry in _list(result, "list", ROLE_PEOPLE))
    return NamesPage(names, offset + size if result.get("hasMore") is True else None)


def fetch_people_without_login(
    caller: Caller, day: date, departments: Collection[int], offset: int = 0, size: int = PEOPLE_PER_PAGE
) -> UseridsPage:
    """
    Return a page of the people who did not log in on a day. This call counts towards the monthly quota (assumption).

    Args:
        caller: The caller for the app.
        day: A day of the last month; its data is available from 09:00 on the next day.
        departments: The departments; DingTalk includes their sub-departments.
        offset: The offset of the page.
        size: Maximum number of people on the page, up to 100.
    """
    fields = {"is_active": False, "query_date": f"{day:%Y%m%d}", "dept_ids": list(departments)}
    answer = caller.call(Call(INACTIVE, {**fields, "offset": offset, "size": size}))
    rows, next_cursor = _page(answer, INACTIVE)
    return UseridsPage(_userids(rows, INACTIVE), next_cursor)


def find_userid_by_mobile(caller: Caller, mobile: str) -> str:
    """
    Return the userid of the active member with a phone number (docs/dingtalk.md, "Contacts").

    Raises:
        PersonError: Nobody has this number (60121), the number is not a valid phone number (40104), or the app may not
            see the person (50002).
    """
    answer = caller.call(Call(BY_MOBILE, {"mobile": mobile}))
    result = answer.get("result")
    userid = result.get("userid") if isinstance(result, dict) else None
    if not isinstance(userid, str) or not _text(userid):
        raise BadAnswerError(Text("api.no_userid", path=BY_MOBILE), bad_answer_todo(BY_MOBILE))
    return _text(userid)


def fetch_scope(caller: Caller) -> Scope:
    """
    Return the app's scope. This call counts towards the monthly quota (assumption).

    Raises:
        BadAnswerError: The answer contains no scope, or a scope with an invalid id.
    """
    return read_scope(caller.call(Call(SCOPES, method="GET")))


def read_scope(answer: dict[str, Any]) -> Scope:
    """
    Return the scope in an answer of ``/auth/scopes``.

    Raises:
        BadAnswerError: The answer contains no scope, or a scope with an invalid id.

    >>> read_scope({"auth_org_scopes": {"authed_user": ["manager01"], "authed_dept": [1]}}).is_whole_organisation
    True
    """
    scopes = answer.get("auth_org_scopes")
    departments = scopes.get("authed_dept") if isinstance(scopes, dict) else None
    people = scopes.get("authed_user") if isinstance(scopes, dict) else None
    if not isinstance(departments, list) or not isinstance(people, list):
        raise BadAnswerError(Text("api.no_scopes", path=SCOPES), bad_answer_todo(SCOPES))
    department_ids = frozenset(parse_whole_number(number) or _raise_bad_answer(SCOPES) for number in departments)
    return Scope(department_ids, frozenset(_userids(people, SCOPES)))


def read_people_count(answer: Mapping[str, Any]) -> int:
    """
    Return the number of people in an answer of ``/topapi/user/count``.

    Raises:
        BadAnswerError: The answer contains no valid number.

    >>> read_people_count({"result": {"count": 1200}})
    1200
    """
    result = answer.get("result")
    count = parse_whole_number(result.get("count")) if isinstance(result, dict) else None
    if count is None:
        raise BadAnswerError(Text("api.no_count", path=COUNT), bad_answer_todo(COUNT))
    return count


def _page(answer: Mapping[str, Any], path: str) -> tuple[list[Any], int | None]:
    """Return the rows of a page, and the cursor of the next page; None for the last page."""
    result = _object(answer, "result", path)
    rows = _list(result, "list", path)
    if result.get("has_more") is not True:
        return rows, None
    # Only the first page has the cursor zero.
    return rows, parse_whole_number(result.get("next_cursor")) or _raise_bad_answer(path)


def _person(row: object, path: str) -> Person:
    if not isinstance(row, Mapping):
        _raise_bad_answer(path)
    userid, name = _userid_and_name(row, path)
    active = row.get("active")
    departments = row.get("dept_id_list")
    return Person(
        userid=userid,
        name=name,
        mobile=_text(row.get("mobile")) or None,
        title=_text(row.get("title")) or None,
        job_number=_text(row.get("job_number")) or None,
        email=_text(row.get("email")) or None,
        manager=_text(row.get("manager_userid")) or None,
        active=active if isinstance(active, bool) else None,
        hired_ms=_time_ms(row.get("hired_date")),
        unionid=_text(row.get("unionid")) or None,
        departments=tuple(_numbers(_ids(departments))),
    )


def _time_ms(value: object) -> int | None:
    """Return a time in milliseconds since the epoch; None if the value is 0, or not a time that Python can show."""
    time_ms = parse_whole_number(value)
    return time_ms if time_ms and time_ms <= _LAST_MS else None


def _ids(departments: object) -> list[Any]:
    """Return the ids in a list; some answers contain the list as JSON text."""
    if isinstance(departments, str):
        try:
            departments = json.loads(departments)
        except (ValueError, RecursionError):
            return []
    return departments if isinstance(departments, list) else []


def _userids(values: list[Any], path: str) -> list[str]:
    """Return the userids in a list; empty entries are left out."""
    return [_text(value) or _raise_bad_answer(path) for value in values if value is not None and value != ""]


def _userid_and_name(row: object, path: str) -> tuple[str, str]:
    """Return the userid and the name of a person."""
    userid = _text(row.get("userid")) if isinstance(row, Mapping) else ""
    if not isinstance(row, Mapping) or not userid:
        _raise_bad_answer(path)
    return userid, _text(row.get("name"))


def _department(row: object, parent: int, path: str) -> Department:
    number = parse_whole_number(row.get("dept_id")) if isinstance(row, Mapping) else 0
    if not isinstance(row, Mapping) or not number:
        _raise_bad_answer(path)
    return Department(number, _text(row.get("name")) or str(number), parse_whole_number(row.get("parent_id")) or parent)


def _numbers(values: list[Any]) -> list[int]:
    return [number for number in map(parse_whole_number, values) if number]


def _text(value: object) -> str:
    is_text_or_number = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    # Databases store neither lone surrogates nor NUL.
    return str(value).replace("\0", "").strip().encode(errors="replace").decode() if is_text_or_number else ""


def _object(answer: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    value = answer.get(name)
    return value if isinstance(value, Mapping) else _raise_bad_answer(path)


def _list(answer: Mapping[str, Any], name: str, path: str) -> list[Any]:
    value = answer.get(name)
    return value if isinstance(value, list) else _raise_bad_answer(path)


def _raise_bad_answer(path: str) -> NoReturn:
    raise BadAnswerError(Text("api.no_directory", path=path), bad_answer_todo(path))
