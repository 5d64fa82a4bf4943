from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from dingnb.api import contacts
from dingnb.api.contacts import read_people_count, read_scope
from dingnb.auth import Caller
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AccessError, BadAnswerError, DingError, PersonError
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Call
from tests.table_rows import for_each

FINANCE = 50


@pytest.fixture
def caller(ding: DingTalk) -> Caller:
    return ding._caller


def answer(caller: Caller, api: str, **arguments: object) -> dict[str, Any]:
    """Return the result of an API that dingnb does not call itself."""
    result: dict[str, Any] = caller.call(Call(f"/topapi/{api}", arguments))["result"]
    return result


def test_the_people_of_a_department_come_with_all_that_is_known(sandbox: RunningSandbox, caller: Caller) -> None:
    userids = contacts.fetch_userids_of_department(caller, FINANCE)
    first, rest = (
        contacts.fetch_people_of_department(caller, FINANCE, size=10),
        contacts.fetch_people_of_department(caller, FINANCE),
    )
    assert [listed.userid for listed in first.people] == userids[:10]
    assert (first.next_cursor, rest.next_cursor) == (10, None)
    assert [listed.userid for listed in rest.people] == userids
    names = answer(caller, "user/listsimple", dept_id=FINANCE, cursor=0, size=100)["list"]
    assert names == [{"userid": listed.userid, "name": listed.name} for listed in rest.people]
    for listed in rest.people:
        person = sandbox.state.organisation.by_userid(listed.userid)
        details = sandbox.state.organisation.details(person)
        assert listed == contacts.Person(
            person.userid,
            person.name,
            person.mobile,
            details.title or None,
            details.job_number,
            details.email or None,
            details.manager or None,
            details.is_activated,
            details.hired_ms,
            details.unionid,
            details.department_ids,
        )
    assert contacts.fetch_person(caller, userids[0]) == rest.people[0]
    assert answer(caller, "user/getbyunionid", unionid=rest.people[0].unionid)["userid"] == userids[0]


def test_departments_come_level_by_level(caller: Caller) -> None:
    below = contacts.fetch_sub_departments(caller)
    assert contacts.Department(FINANCE, "财务部", 1) in below
    assert answer(caller, "v2/department/listsubid")["dept_id_list"] == [department.id for department in below]
    assert contacts.fetch_sub_departments(caller, FINANCE) == []
    assert contacts.fetch_department(caller, 11) == contacts.Department(11, "平台研发部", 10)
    assert answer(caller, "v2/department/listparentbydept", dept_id=11) == {"parent_id_list": [11, 10, 1]}
    userid = contacts.fetch_userids_of_department(caller, 11)[0]
    parents = answer(caller, "v2/department/listparentbyuser", userid=userid)["parent_list"]
    assert {"parent_dept_id_list": [11, 10, 1]} in parents


def test_roles_come_with_their_groups_and_people(caller: Caller) -> None:
    whole, first = contacts.fetch_roles(caller), contacts.fetch_roles(caller, size=2)
    assert whole.next_offset is None
    assert (first.roles, first.next_offset) == (whole.roles[:2], 2)
    role = next(candidate for candidate in whole.roles if candidate.name == "外包")
    assert role.group == "用工性质"
    page = contacts.fetch_people_of_role(caller, role.id)
    assert page.names
    assert {contacts.fetch_person(caller, name).name for name in list(page.names)[:3]} <= set(page.names.values())


def test_people_who_did_not_log_in_on_a_day(sandbox: RunningSandbox, caller: Caller, clock: VirtualClock) -> None:
    clock.advance(seconds_to_ns(2 * 24 * 3_600))
    day = date.fromisoformat(sandbox.state.time.to_iso(clock.now_ns())[:10]) - timedelta(days=1)
    away, _ = contacts.fetch_people_without_login(caller, day - timedelta(days=1), [1])
    assert away


def test_who_or_what_is_not_there_is_an_error_of_its_kind(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    caller = connect_to(open_sandbox(missing_permissions="qyapi_get_department_list"))._caller
    with pytest.raises(PersonError):
        contacts.fetch_person(caller, "nobody")
    for call in (contacts.fetch_people_of_department, contacts.fetch_userids_of_department):
        with pytest.raises(DingError) as caught:
            call(caller, 999)
        assert caught.value.code in contacts.NO_SUCH_DEPARTMENT_CODES
    with pytest.raises(AccessError, match="qyapi_get_department_list"):
        contacts.fetch_sub_departments(caller)


PROFILE = {"userid": "a", "name": "王", "dept_id_list": "[2, 3]", "hired_date": "7", "active": "yes", "title": ""}


def test_a_profile_tolerates_what_is_not_filled_in_or_written_as_text(caller_hearing: Callable[..., Any]) -> None:
    caller, _ = caller_hearing({"result": PROFILE})
    found = contacts.fetch_person(caller, "a")
    assert found == contacts.Person("a", "王", hired_ms=7, departments=(2, 3))


def test_names_hold_nothing_that_a_database_cannot_store(caller_hearing: Callable[..., Any]) -> None:
    caller, _ = caller_hearing({"result": {"userid": 12, "name": " 王\0伟\ud800 "}})
    assert contacts.fetch_person(caller, "12")[:2] == ("12", "王伟?")


def test_userids_hold_nothing_that_a_database_cannot_store(caller_hearing: Callable[..., Any]) -> None:
    given, expected = ["", " a\0b\ud800 ", 12, None], ["ab?", "12"]
    caller, _ = caller_hearing({"result": {"userid_list": given}})
    assert contacts.fetch_userids_of_department(caller, 1) == expected
    caller, _ = caller_hearing({"result": {"list": given}})
    assert contacts.fetch_people_without_login(caller, date(2026, 11, 2), [1]).userids == expected
    assert contacts.read_scope({"auth_org_scopes": {"authed_dept": [], "authed_user": given}}).userids == {*expected}
    caller, _ = caller_hearing({"result": {"userid": given[1]}})
    assert contacts.find_userid_by_mobile(caller, "13900000001") == expected[0]


@for_each("userid", [["a"], {"a": 1}, True, 1.5, "\0"])
def test_a_userid_that_is_not_one_is_a_bad_answer(caller_hearing: Callable[..., Any], userid: object) -> None:
    caller, _ = caller_hearing({"result": {"userid_list": ["a", userid]}})
    with pytest.raises(BadAnswerError):
        contacts.fetch_userids_of_department(caller, 1)
    caller, _ = caller_hearing({"result": {"list": ["a", userid]}})
    with pytest.raises(BadAnswerError):
        contacts.fetch_people_without_login(caller, date(2026, 11, 2), [1])


@for_each(
    "answer",
    [
        {},
        {"result": None},
        {"result": {"list": 5}},
        {"result": {"list": [5]}},
        {"result": {"list": [{"name": "王"}]}},
        {"result": {"list": [], "has_more": True}},
        {"result": {"list": [], "has_more": True, "next_cursor": 0}},
        {"result": {"list": [], "has_more": True, "next_cursor": "next"}},
    ],
)
def test_an_answer_without_people_is_no_answer(caller_hearing: Callable[..., Any], answer: dict[str, Any]) -> None:
    caller, _ = caller_hearing(answer)
    with pytest.raises(BadAnswerError):
        contacts.fetch_people_of_department(caller, 1)


@for_each("answer", [{}, {"result": {}}, {"result": ["a"]}, {"result": [{"name": "a"}]}])
def test_an_answer_without_departments_is_no_answer(caller_hearing: Callable[..., Any], answer: dict[str, Any]) -> None:
    caller, _ = caller_hearing(answer)
    with pytest.raises(BadAnswerError):
        contacts.fetch_sub_departments(caller)


@for_each(
    "answer", [{}, {"result": {}}, {"result": {"list": [{"roles": [{"name": "a"}]}]}}, {"result": {"list": ["x"]}}]
)
def test_an_answer_without_roles_is_no_answer(caller_hearing: Callable[..., Any], answer: dict[str, Any]) -> None:
    caller, _ = caller_hearing(answer)
    with pytest.raises(BadAnswerError):
        contacts.fetch_roles(caller)


def test_a_scope_names_departments_and_people() -> None:
    scope = read_scope({"auth_org_scopes": {"authed_dept": [20, "30"], "authed_user": ["manager01", ""]}})
    assert scope.department_ids == {20, 30}
    assert scope.userids == {"manager01"}
    assert not scope.is_whole_organisation


@pytest.mark.parametrize(
    "answer", [{}, {"auth_org_scopes": None}, {"auth_org_scopes": {"authed_dept": 1, "authed_user": []}}]
)
def test_an_answer_without_a_scope_is_a_bad_answer(answer: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError, match="auth_org_scopes"):
        read_scope(answer)


@for_each("number", ["9" * 5_000, 1.0, "x", "²", True, None, 0, [1]])
def test_a_department_of_a_scope_that_is_not_a_number_is_a_bad_answer(number: object) -> None:
    with pytest.raises(BadAnswerError, match="/auth/scopes"):
        read_scope({"auth_org_scopes": {"authed_dept": [1, number], "authed_user": []}})


@for_each("userid", [["a"], {"a": 1}, True, 1.5])
def test_a_userid_of_a_scope_that_is_not_one_is_a_bad_answer(userid: object) -> None:
    with pytest.raises(BadAnswerError, match="/auth/scopes"):
        read_scope({"auth_org_scopes": {"authed_dept": [1], "authed_user": ["a", userid]}})


def test_a_number_of_people_may_be_written_as_text() -> None:
    assert [read_people_count({"result": {"count": count}}) for count in (0, 12, "1200")] == [0, 12, 1200]


@for_each("count", ["9" * 5_000, "²", "x", True, None, 1.5])
def test_an_answer_without_a_number_of_people_is_a_bad_answer(count: object) -> None:
    with pytest.raises(BadAnswerError, match="count"):
        read_people_count({"result": {"count": count}})


@pytest.mark.parametrize("result", [None, [], {}, {"userid": ""}, {"userid": 5}, "x"], ids=repr)
def test_a_lookup_without_a_userid_is_a_bad_answer(caller_hearing: Any, result: object) -> None:
    with pytest.raises(BadAnswerError, match="userid"):
        contacts.find_userid_by_mobile(caller_hearing({"result": result})[0], "13800000000")
