"""Contacts: people, departments and roles (docs/dingtalk.md, "Contacts")."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from typing import NamedTuple

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.sandbox.organisation import (
    PROFILE_FIELDS,
    ROLE_GROUPS,
    ROLES,
    ROOT_DEPARTMENT,
    Department,
    Person,
    PersonDetails,
    Role,
    find_generated_userid,
)
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Arguments
from dingnb.sandbox.web.responses import RefusedError, Response, gateway_error, service_error, success

_MOBILE = re.compile(r"1\d{10}", re.ASCII)
_DATE = re.compile(r"\d{8}", re.ASCII)
_MAX_PAGE_SIZE = 100
_ORDERS = ("", "custom", "entry_asc", "entry_desc", "modify_asc", "modify_desc")
_MAX_ROLE_PAGE_SIZES = {"role/list": 200, "role/simplelist": 100}
_DEFAULT_ROLE_PAGE_SIZE = 20
_LOGIN_DAYS = 31
_LOGINS_READY_HOUR = 9
_NO_LOGIN_PERCENT = 12


def refuse_without_permission(state: SandboxState, method: str) -> None:
    """
    Check that the app has the permission for a call.

    Raises:
        RefusedError: The app lacks the permission.
    """
    permission = PERMISSIONS.get(method, "")
    if permission in state.settings.missing_permissions:
        # The code is documented; its text is an assumption.
        raise RefusedError(gateway_error("60011", f"应用尚未开通所需的权限：[{permission}]，请在开发者后台申请"))


def visible_fields(state: SandboxState) -> list[str]:
    """Return the fields of a person that the app may see."""
    return [field for field in PROFILE_FIELDS if field not in state.settings.hidden_fields]


def search(state: SandboxState, word: str, *, is_whole: bool) -> list[str]:
    """Return the userids of the people in the app's scope whose name contains a word; if `is_whole`, is the word."""
    found = (
        person for person in state.organisation.staff() if (person.name == word if is_whole else word in person.name)
    )
    return [person.userid for person in found if _is_person_in_scope(state, person)]


def search_departments(state: SandboxState, word: str, *, is_whole: bool) -> list[int]:
    """Return the ids of the departments in the app's scope whose name contains a word; if `is_whole`, is the word."""
    departments = state.organisation.departments.values()
    found = (
        department for department in departments if (department.name == word if is_whole else word in department.name)
    )
    return [department.number for department in found if _is_in_scope(state, [department.number])]


def _user_by_mobile(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    mobile = arguments.text("mobile")
    if not mobile:
        return service_error("400002")
    if not _MOBILE.fullmatch(mobile):
        return service_error("40104")
    person = state.organisation.by_mobile(mobile)
    if person is None:
        return service_error("60121")
    _refuse_person_outside_scope(state, person)
    return success(people=1, result={"userid": person.userid})


def _user_by_unionid(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    unionid = arguments.text("unionid")
    if not unionid:
        return service_error("400002")
    person = state.organisation.by_userid(find_generated_userid(unionid))
    if person is None:
        return service_error("60121")
    _refuse_person_outside_scope(state, person)
    return success(people=1, result={"contact_type": 0, "userid": person.userid})


def _user_count(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    members = state.organisation.members
    only_active = arguments.flag("only_active")
    return success(result={"count": members.activated_count if only_active else members.staff_count})


def _user(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    person = _person(state, arguments)
    _refuse_person_outside_scope(state, person)
    details = state.organisation.details(person)
    roles = [ROLES[role_id] for role_id in details.role_ids if role_id in ROLES]
    profile = {
        **_profile(person, details),
        "dept_order_list": [
            {"dept_id": department_id, "order": person.number + 1} for department_id in details.department_ids
        ],
        "leader_in_dept": [
            {"dept_id": department_id, "leader": _leads(details, department_id)}
            for department_id in details.department_ids
        ],
        "role_list": [{"id": role.number, "name": role.name, "group_name": ROLE_GROUPS[role.group]} for role in roles],
        "union_emp_ext": {},
    }
    return success(people=1, result=_visible_profile(state, profile))


def _person(state: SandboxState, arguments: Arguments) -> Person:
    userid = arguments.text("userid")
    if not userid:
        raise RefusedError(service_error("400002"))
    person = state.organisation.by_userid(userid)
    if person is None:
        raise RefusedError(service_error(state.settings.unknown_user_code))
    return person


def _leads(details: PersonDetails, department: int) -> bool:
    return details.is_leader and department == details.department_ids[0]


def _profile(person: Person, details: PersonDetails) -> dict[str, object]:
    profile: dict[str, object] = {
        "userid": person.userid,
        "unionid": details.unionid,
        "name": person.name,
        "avatar": "",
        "state_code": "86",
        "manager_userid": details.manager,
        "mobile": person.mobile,
        "hide_mobile": False,
        "telephone": "",
        "job_number": details.job_number,
        "title": details.title,
        "email": details.email,
        "work_place": person.city,
        "remark": "",
        "exclusive_account": False,
        "org_email": "",
        "dept_id_list": list(details.department_ids),
        "extension": "{}",
        "hired_date": details.hired_ms,
        "active": details.is_activated,
        "real_authed": details.is_activated,
        "senior": False,
        "admin": False,
        "boss": False,
    }
    if not details.manager:
        del profile["manager_userid"]
    return profile


def _visible_profile(state: SandboxState, profile: Mapping[str, object]) -> dict[str, object]:
    """Return a profile without the fields that the app may not see; DingTalk omits them silently."""
    hidden = state.settings.hidden_fields
    return {name: value for name, value in profile.items() if name not in hidden}


def _userids(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    # As documented, not limited to the app's scope.
    department = _department(state, arguments)
    people = map(state.organisation.person, state.organisation.members.in_department(department.number))
    return success(result={"userid_list": [person.userid for person in people]})


def _names(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    department = _department(state, arguments)
    _refuse_outside_scope(state, department)
    page = _read_page(state, arguments, department, size_code="40069", cursor_code="40068")
    return _page_response(page, [{"userid": person.userid, "name": person.name} for person in page.people])


def _users(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    department = _department(state, arguments, unknown_code=state.settings.unknown_department_code)
    _refuse_outside_scope(state, department)
    # Assumption: the page has at most the size that listsimple documents.
    page = _read_page(state, arguments, department, size_code="40035", cursor_code="40035")
    rows = []
    for person in page.people:
        details = state.organisation.details(person)
        membership = {"dept_order": person.number + 1, "leader": _leads(details, department.number)}
        rows.append({**_visible_profile(state, _profile(person, details)), **membership})
    return _page_response(page, rows)


class _Page(NamedTuple):
    """A page of the people of a department, and the cursor of the next page; None on the last page."""

    people: Sequence[Person]
    next_cursor: int | None


def _read_page(
    state: SandboxState, arguments: Arguments, department: Department, *, size_code: str, cursor_code: str
) -> _Page:
    cursor, size = arguments.number("cursor"), arguments.number("size")
    order = arguments.text("order_field")
    if cursor is None or size is None or order not in _ORDERS:
        raise RefusedError(service_error("400002"))
    if cursor < 0:
        raise RefusedError(service_error(cursor_code))
    if not 0 < size <= _MAX_PAGE_SIZE:
        raise RefusedError(service_error(size_code))
    organisation = state.organisation
    numbers = organisation.members.in_department(department.number)
    if order in {"entry_asc", "entry_desc"}:
        numbers = sorted(
            numbers,
            key=lambda number: organisation.details(organisation.person(number)).hired_ms,
            reverse=order == "entry_desc",
        )
    end = cursor + size
    people = [organisation.person(number) for number in numbers[cursor:end]]
    return _Page(people, end if end < len(numbers) else None)


def _page_response(page: _Page, rows: list[dict[str, object]]) -> Response:
    next_page = {} if page.next_cursor is None else {"next_cursor": page.next_cursor}
    return success(result={"has_more": page.next_cursor is not None, **next_page, "list": rows})


def _department(
    state: SandboxState, arguments: Arguments, *, unknown_code: str = "60003", default: int = 0
) -> Department:
    number = arguments.number("dept_id")
    if number is None:
        number = default
    if not number:
        raise RefusedError(service_error("400002"))
    found = state.organisation.departments.get(number)
    if found is None:
        raise RefusedError(service_error(unknown_code))
    return found


def _is_in_scope(state: SandboxState, departments: Collection[int]) -> bool:
    """Return whether any of these departments is in the app's scope."""
    scope = state.settings.scope_departments
    if ROOT_DEPARTMENT in scope:
        return True
    return any(above in scope for department in departments for above in state.organisation.with_ancestors(department))


def _is_person_in_scope(state: SandboxState, person: Person) -> bool:
    scope = state.settings.scope_departments
    return ROOT_DEPARTMENT in scope or _is_in_scope(state, state.organisation.memberships(person).department_ids)


def _refuse_person_outside_scope(state: SandboxState, person: Person) -> None:
    if not _is_person_in_scope(state, person):
        raise RefusedError(service_error("50002"))


def _refuse_outside_scope(state: SandboxState, department: Department) -> None:
    if not _is_in_scope(state, [department.number]):
        raise RefusedError(service_error("50004"))


def _list_sub_departments(state: SandboxState, arguments: Arguments) -> list[Department]:
    department = _department(state, arguments, default=ROOT_DEPARTMENT)
    _refuse_outside_scope(state, department)
    return [
        state.organisation.departments[number]
        for number in state.organisation.members.sub_departments(department.number)
    ]


def _sub_departments(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    found = [
        {
            "dept_id": department.number,
            "name": department.name,
            "parent_id": department.parent,
            "create_dept_group": False,
            "auto_add_user": False,
        }
        for department in _list_sub_departments(state, arguments)
    ]
    return success(result=found)


def _sub_department_ids(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    return success(
        result={"dept_id_list": [department.number for department in _list_sub_departments(state, arguments)]}
    )


def _department_details(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    department = _department(state, arguments)
    _refuse_outside_scope(state, department)
    organisation = state.organisation
    direct_members = organisation.members.in_department(department.number)
    people = map(organisation.person, direct_members)
    managers = [person.userid for person in people if _leads(organisation.details(person), department.number)]
    below = organisation.with_sub_departments([department.number])
    count = len({number for below_id in below for number in organisation.members.in_department(below_id)})
    result: dict[str, object] = {
        "dept_id": department.number,
        "name": department.name,
        "parent_id": department.parent,
        "order": department.number,
        "code": "",
        "source_identifier": "",
        "tags": "",
        "create_dept_group": False,
        "auto_add_user": False,
        "group_contain_sub_dept": False,
        "dept_group_chat_id": "",
        "org_dept_owner": managers[0] if managers else "",
        "dept_manager_userid_list": managers,
        "hide_dept": False,
        "dept_permits": [],
        "user_permits": [],
        "outer_dept": False,
        "outer_permit_users": [],
        "outer_permit_depts": [],
        "member_count": count,
        "owning_member_count": len(direct_members),
        "union_dept_ext": {},
    }
    if department.number == ROOT_DEPARTMENT:
        del result["parent_id"]
    return success(result=result)


def _parents_of_department(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    department = _department(state, arguments)
    _refuse_outside_scope(state, department)
    return success(result={"parent_id_list": state.organisation.with_ancestors(department.number)})


def _parents_of_user(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    person = _person(state, arguments)
    _refuse_person_outside_scope(state, person)
    organisation = state.organisation
    lists = [
        organisation.with_ancestors(department_id) for department_id in organisation.memberships(person).department_ids
    ]
    return success(result={"parent_list": [{"parent_dept_id_list": parents} for parents in lists]})


def _role_page(arguments: Arguments, max_size: int) -> tuple[int, int]:
    """Return the positions of the first item of a page and of the first item after the page."""
    offset, size = arguments.number("offset"), arguments.number("size")
    if (offset is None) != (size is None):
        raise RefusedError(service_error("400043"))
    if offset is None or size is None:
        return 0, _DEFAULT_ROLE_PAGE_SIZE
    if offset < 0:
        raise RefusedError(service_error("40068"))
    if not 0 < size <= max_size:
        raise RefusedError(service_error("40069"))
    return offset, offset + size


def _roles(_state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    # Assumption: pages count roles, so a group may be continued on the next page.
    first, end = _role_page(arguments, _MAX_ROLE_PAGE_SIZES["role/list"])
    all_roles = list(ROLES.values())
    groups = [
        {
            "groupId": number,
            "name": ROLE_GROUPS[number],
            "roles": [{"id": role.number, "name": role.name} for role in roles],
        }
        for number, roles in groupby(all_roles[first:end], key=lambda role: role.group)
    ]
    return success(result={"hasMore": end < len(all_roles), "list": groups})


def _role_of(arguments: Arguments, argument_name: str) -> Role:
    number = arguments.number(argument_name)
    if number is None:
        raise RefusedError(service_error("400002"))
    role = ROLES.get(number)
    if role is None:
        # Documented for `role/simplelist`, assumed for the other calls.
        raise RefusedError(service_error("33011"))
    return role


def _people_of_role(state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    role = _role_of(arguments, "role_id")
    first, end = _role_page(arguments, _MAX_ROLE_PAGE_SIZES["role/simplelist"])
    # Assumption: people outside the scope are listed as well.
    numbers = state.organisation.members.in_role(role.number)
    people = [state.organisation.person(number) for number in numbers[first:end]]
    rows = [{"userid": person.userid, "name": person.name, "manageScopes": []} for person in people]
    next_page = {"nextCursor": end} if end < len(numbers) else {}
    return success(result={"hasMore": end < len(numbers), **next_page, "list": rows})


def _role(_state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    role = _role_of(arguments, "roleId")
    return success(role={"name": role.name, "groupId": role.group})


def _role_group(_state: SandboxState, arguments: Arguments, _now_ns: int) -> Response:
    number = arguments.number("group_id")
    if number is None:
        return service_error("400002")
    if number not in ROLE_GROUPS:
        return service_error("33011")
    roles = [{"role_id": role.number, "role_name": role.name} for role in ROLES.values() if role.group == number]
    return success(role_group={"group_name": ROLE_GROUPS[number], "roles": roles})


def _logins(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer with the people who logged in on a day, or the people who did not. All errors are assumptions."""
    is_active, date = arguments.flag("is_active"), arguments.text("query_date")
    offset, size = arguments.number("offset") or 0, arguments.number("size")
    if not _DATE.fullmatch(date) or size is None or offset < 0 or not 0 < size <= _MAX_PAGE_SIZE:
        return service_error("400002")
    now = datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING)
    try:
        day = datetime.strptime(date, "%Y%m%d").replace(tzinfo=BEIJING)
    except ValueError:
        return service_error("400002")
    last_ready, first_kept = now - timedelta(days=1, hours=_LOGINS_READY_HOUR), now - timedelta(days=_LOGIN_DAYS)
    if not first_kept <= day <= last_ready:
        return service_error("400002")
    organisation = state.organisation
    departments = arguments.numbers("dept_ids")
    if any(number in organisation.departments and not _is_in_scope(state, [number]) for number in departments):
        return service_error("50004")
    staff = organisation.staff_in(departments or state.settings.scope_departments)
    found = [person.userid for person in staff if _logged_in(state, person, date) == is_active]
    page, end = found[offset : offset + size], offset + size
    next_page = {"next_cursor": end} if end < len(found) else {}
    return success(result={"has_more": end < len(found), **next_page, "list": page})


def _logged_in(state: SandboxState, person: Person, date: str) -> bool:
    if not state.organisation.memberships(person).is_activated:
        return False
    digest = blake2b(f"{state.settings.seed} {person.number} {date}".encode(), digest_size=2).digest()
    return int.from_bytes(digest) % 100 >= _NO_LOGIN_PERCENT


Handler = Callable[[SandboxState, Arguments, int], Response]

METHODS: dict[str, Handler] = {
    "user/count": _user_count,
    "user/getbyunionid": _user_by_unionid,
    "user/listid": _userids,
    "user/listsimple": _names,
    "v2/user/getbymobile": _user_by_mobile,
    "v2/user/get": _user,
    "v2/user/list": _users,
    "v2/department/get": _department_details,
    "v2/department/listsub": _sub_departments,
    "v2/department/listsubid": _sub_department_ids,
    "v2/department/listparentbydept": _parents_of_department,
    "v2/department/listparentbyuser": _parents_of_user,
    "role/list": _roles,
    "role/simplelist": _people_of_role,
    "role/getrole": _role,
    "role/getrolegroup": _role_group,
    "inactive/user/v2/get": _logins,
}

PERMISSIONS = {
    "user/getbyunionid": "qyapi_get_member",
    "user/listid": "qyapi_get_member",
    "user/listsimple": "qyapi_get_department_member",
    "v2/user/getbymobile": "qyapi_get_member_by_mobile",
    "v2/user/get": "qyapi_get_member",
    "v2/user/list": "qyapi_get_department_member",
    **dict.fromkeys((method for method in METHODS if method.startswith("v2/department/")), "qyapi_get_department_list"),
    "role/list": "qyapi_get_department_list",
    "role/simplelist": "qyapi_get_department_member",
    "role/getrole": "qyapi_get_department_list",
    "role/getrolegroup": "qyapi_get_department_list",
    "inactive/user/v2/get": "qyapi_liveness_base",
    "contact/users/search": "qyapi_addresslist_search",
    "contact/departments/search": "qyapi_addresslist_search",
}
"""The permission that each call needs, by path. Where DingTalk names none, that of related calls is assumed."""
