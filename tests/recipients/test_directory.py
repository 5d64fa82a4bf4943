import _thread
import json
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.api import contacts
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import progress_shown_by
from dingnb.errors import AccessError, ArgumentError, BadAnswerError, InputError, UnreachableError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import DepartmentRow, PersonRow
from dingnb.limits import STANDARD
from dingnb.recipients.directory import COLUMNS
from dingnb.sandbox import RunningSandbox
from tests.progress_texts import ProgressTexts
from tests.table_rows import for_each

DIRECTORY = ("/topapi/v2/department", "/topapi/user/list", "/topapi/v2/user/list", "/topapi/role", "/auth/scopes")
HI = dingnb.text("hi")

Opener = Callable[..., RunningSandbox]
Connector = Callable[..., DingTalk]


def calls(sandbox: RunningSandbox) -> int:
    return sum(call.path.startswith(DIRECTORY) for call in sandbox.state.calls)


def staff(sandbox: RunningSandbox) -> dict[str, str]:
    return {person.userid: person.name for person in sandbox.state.organisation.staff()}


def notes(frame: pd.DataFrame) -> str:
    return " ".join(frame.attrs["dingnb"]["notes"])


class Answers(BaseAdapter):
    """A route that changes answers of the server: `change` gets a path, the request's fields and the answer."""

    def __init__(self, ding: DingTalk, change: Callable[[str, dict[str, Any], dict[str, Any]], object]) -> None:
        super().__init__()
        self._change = change
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        path = (request.path_url or "").partition("?")[0]
        fields = json.loads(request.body) if request.body and path.startswith("/topapi") else {}
        response = self._inner.send(request, *args, **kwargs)
        if path.startswith("/topapi"):
            answer = response.json()
            changed = self._change(path, fields, answer)
            response._content = json.dumps(answer if changed is None else changed).encode()
            response.headers["content-length"] = str(len(response._content))
        return response

    def close(self) -> None:
        self._inner.close()


def test_everybody_comes_once_with_all_that_is_known(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = ding.people(everybody=True)
    assert tuple(frame.columns) == COLUMNS
    assert dict(zip(frame["userid"], frame["name"], strict=True)) == staff(sandbox)
    assert frame["userid"].is_unique
    organisation = sandbox.state.organisation
    for row in frame.sample(40, random_state=1).itertuples():
        person = organisation.by_userid(row.userid)
        details = organisation.details(person)
        assert row.mobile == person.mobile
        assert row.department == organisation.departments[details.department_ids[0]].name
        assert len(row.departments) == len(details.department_ids)
        assert all(path.startswith("示例集团/") for path in row.departments)
        assert (row.job_number, row.unionid, row.active) == (details.job_number, details.unionid, details.is_activated)
        assert row.hired_date == pd.Timestamp(details.hired_ms, unit="ms", tz="Asia/Shanghai").tz_localize(None)
        for mine, theirs in ((row.title, details.title), (row.email, details.email), (row.manager, details.manager)):
            assert mine == theirs if theirs else pd.isna(mine)
    texts = set(COLUMNS) - {"departments", "active", "hired_date"}
    assert {str(frame[name].dtype) for name in texts} == {"str"}
    assert [str(frame[name].dtype) for name in ("departments", "active", "hired_date")] == [
        "object",
        "boolean",
        "datetime64[ms]",
    ]


def test_the_walk_makes_one_call_for_each_department_and_page_and_none_is_throttled(
    open_sandbox: Opener, connect_to: Connector, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(users=10_000)
    members = sandbox.state.organisation.members
    departments = sandbox.state.organisation.departments
    pages = sum(
        max(1, -(-len(members.in_department(department)) // contacts.PEOPLE_PER_PAGE)) for department in departments
    )
    started_ns = clock.monotonic_ns()
    frame = connect_to(sandbox, latency_s=0.05).people(everybody=True)
    taken_ns = clock.monotonic_ns() - started_ns
    assert len(frame) == members.staff_count
    assert len(departments) + pages <= calls(sandbox) <= 1.05 * (len(departments) + pages)
    assert sandbox.state.stats()["throttled"] == 0
    assert sandbox.state.stats()["calls_counted"] == 0
    assert taken_ns < 1.05 * seconds_to_ns((len(departments) + pages) / STANDARD.calls_per_second)


def test_what_is_known_costs_no_call_for_a_day_and_its_age_is_shown(
    sandbox: RunningSandbox, connect_to: Connector, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    first = connect_to(sandbox).people(everybody=True)
    made = calls(sandbox)
    assert f"{len(first):,} people · read now with {made} calls, not counted in the monthly quota" in (
        capsys.readouterr().out
    )
    clock.advance(seconds_to_ns(3 * 3_600))
    pd.testing.assert_frame_equal(connect_to(sandbox).people(everybody=True), first)
    again = "cached from 3.0 h ago; ding.people(everybody=True, refresh=True) reads them again"
    assert again in capsys.readouterr().out
    connect_to(sandbox).departments()
    assert "cached from 3.0 h ago; refresh=True reads them again" in capsys.readouterr().out
    assert calls(sandbox) == made
    clock.advance(seconds_to_ns(21 * 3_600))
    connect_to(sandbox).people(everybody=True)
    assert calls(sandbox) == 2 * made


def test_refresh_reads_again_and_finds_what_has_changed(sandbox: RunningSandbox, ding: DingTalk) -> None:
    before = ding.people(everybody=True)
    left, moved = before["userid"][5], before["userid"][6]
    sandbox.state.change_person(left, {"active": False})
    sandbox.state.change_person(moved, {"department_ids": [50], "name": "张三"})
    sandbox.state.change_person("new01", {"name": "新人", "department_ids": [20]})
    sandbox.state.change_department(88, "审计部", 50)
    sandbox.state.remove_department(70)
    assert left in set(ding.people(everybody=True)["userid"])
    for again in (ding.people(everybody=True, refresh=True), ding.people(everybody=True)):
        people = again.set_index("userid")
        assert left not in people.index
        assert (people["name"][moved], people["departments"][moved]) == ("张三", ("示例集团/财务部",))
        assert people["department"]["new01"] == "市场部"
        assert not people["departments"].explode().str.contains("供应链部").any()
    paths = ding.departments()["path"].tolist()
    assert "示例集团/财务部/审计部" in paths
    assert "示例集团/供应链部" not in paths


def test_a_department_that_has_moved_keeps_its_people_whichever_place_is_read_first(
    sandbox: RunningSandbox, ding: DingTalk
) -> None:
    sandbox.state.change_department(88, "审计部", 50)
    sandbox.state.change_department(89, "审计一组", 88)
    for number in (88, 89):
        sandbox.state.change_person(f"new{number}", {"name": "新人", "department_ids": [number]})
    before = set(ding.people(everybody=True)["userid"])
    for parent, above in ((10, "研发中心"), (70, "供应链部"), (50, "财务部")):
        sandbox.state.change_department(88, "审计部", parent)
        frame = ding.people(everybody=True, refresh=True)
        people = frame.set_index("userid")["departments"]
        assert set(people.index) == before
        assert people["new88"] == (f"示例集团/{above}/审计部",)
        assert people["new89"] == (f"示例集团/{above}/审计部/审计一组",)
        assert not notes(frame)


@for_each(
    "department",
    ["研发中心", "示例集团/研发中心", 10, "10", ["研发中心"], pd.Series([10.0]), ["平台研发部", 12], ("研发中心", 11)],
)
def test_a_department_is_chosen_by_name_path_and_id_with_those_below(ding: DingTalk, department: Any) -> None:
    frame = ding.people(department=department)
    assert set(frame["departments"].explode()) >= {"示例集团/研发中心/平台研发部", "示例集团/研发中心/应用研发部"}
    assert all(any("/研发中心/" in path for path in paths) for paths in frame["departments"])


@for_each("dtype", ["str", "object", "category", "string"])
def test_the_distinct_departments_of_a_list_are_chosen(ding: DingTalk, dtype: str) -> None:
    column = pd.Series(["财务部", "研发中心", "财务部"]).astype(dtype)
    assert len(ding.people(department=column.unique())) == len(ding.people(department=["财务部", "研发中心"]))


def test_below_false_leaves_out_those_below(ding: DingTalk) -> None:
    assert len(ding.people(department="研发中心", below=False)) == 0
    assert len(ding.people(department="示例集团", below=True)) == len(ding.people(everybody=True))


def test_only_the_people_of_a_chosen_department_are_read(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = ding.people(department="财务部")
    assert set(frame["userid"]) == {
        sandbox.state.organisation.person(number).userid
        for number in sandbox.state.organisation.members.in_department(50)
    }
    paths = Counter(call.path for call in sandbox.state.calls)
    assert paths["/topapi/v2/user/list"] == 1
    ding.people(department="财务部", refresh=True)
    ding.people(department=["财务部", "市场部"])
    assert Counter(call.path for call in sandbox.state.calls)["/topapi/v2/user/list"] == 3


def test_the_department_can_be_passed_without_its_name(ding: DingTalk) -> None:
    pd.testing.assert_frame_equal(ding.people("财务部"), ding.people(department="财务部"))
    with pytest.raises(InputError, match="There is no department '张三'") as caught:
        ding.people("张三")
    assert caught.value.hint.endswith('To find people by name, use ding.match(frame, by="name").')


def test_people_of_two_departments_come_once_with_both_paths(sandbox: RunningSandbox, ding: DingTalk) -> None:
    userid = next(iter(staff(sandbox)))
    sandbox.state.change_person(userid, {"department_ids": [50, 20]})
    for frame in (ding.people(department=["财务部", "市场部"]), ding.people(department="市场部")):
        row = frame[frame["userid"] == userid]
        assert row["departments"].tolist() == [("示例集团/财务部", "示例集团/市场部")]
        assert row["department"].tolist() == ["财务部"]


@for_each("role", ["外包", "用工性质/外包", 1021, ["外包"], pd.Index(["1021"])])
def test_a_role_is_chosen_by_name_group_and_id(sandbox: RunningSandbox, ding: DingTalk, role: Any) -> None:
    organisation = sandbox.state.organisation
    wanted = {organisation.person(number).userid for number in organisation.members.in_role(1021)}
    assert set(ding.people(role=role)["userid"]) == wanted
    assert wanted


def test_a_range_without_a_practical_end_is_refused(ding: DingTalk) -> None:
    endless: Any = range(10**30)
    for name in ("department", "role"):
        with pytest.raises(InputError, match=f"{name}= has more than 100,000 values"):
            ding.people(**{name: endless})
    with pytest.raises(InputError, match="fields= has more than 100,000 values"):
        ding.people(department=50, fields=endless)


def test_a_role_and_a_department_narrow_each_other(ding: DingTalk) -> None:
    pd.testing.assert_frame_equal(ding.people(department=range(50, 51)), ding.people(department=50))
    both = set(ding.people(role=["外包", "会计"])["userid"]) & set(ding.people(department=[50, 20])["userid"])
    assert set(ding.people(role=["外包", "会计"], department=[50, 20])["userid"]) == both
    assert both


def test_who_has_a_role_and_is_in_no_department_that_the_app_sees_is_there_all_the_same(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(scope_departments="50")
    frame = connect_to(sandbox).people(role="外包")
    members = sandbox.state.organisation.members.in_role(1021)
    assert dict(zip(frame["userid"], frame["name"], strict=True)) == {
        person.userid: person.name for person in map(sandbox.state.organisation.person, members)
    }
    assert frame["mobile"].isna().sum() > frame["mobile"].notna().sum() > 0


def test_people_who_have_not_activated_are_told_apart(sandbox: RunningSandbox, ding: DingTalk) -> None:
    userid = next(iter(staff(sandbox)))
    sandbox.state.change_person(userid, {"activated": False})
    assert ding.people(everybody=True, active=False)["userid"].tolist() == [userid]
    assert len(ding.people(everybody=True, active=True)) == len(staff(sandbox)) - 1


def test_people_of_whom_it_is_not_known_whether_they_activated_are_counted(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(hidden_fields="active")
    frame = connect_to(sandbox).people(everybody=True, active=True)
    assert frame.empty
    assert f"Left out: {len(staff(sandbox))} people." in notes(frame)
    assert "These columns are empty: active." in notes(connect_to(sandbox).people(everybody=True))


def test_fields_are_the_columns_with_the_userid(ding: DingTalk) -> None:
    assert list(ding.people(everybody=True, fields=["name", "mobile"]).columns) == ["userid", "name", "mobile"]
    assert list(ding.people(everybody=True, fields=["name", "userid", "name"]).columns) == ["userid", "name"]


@for_each(
    "arguments",
    [
        {},
        {"active": True},
        {"department": None},
        {"department": []},
        {"department": ""},
        {"department": "  "},
        {"department": [None]},
        {"department": ["财务部", float("nan")]},
        {"department": pd.Series([], dtype=object)},
        {"department": True},
        {"department": 50.5},
        {"department": {"name": "财务部"}},
        {"role": None},
        {"role": ()},
        {"role": pd.NA},
        {"role": "没有"},
        {"role": "主管"},
        {"department": "没有"},
        {"department": 999},
        {"department": 10**5_000},
        {"role": [-(10**5_000)]},
        {"everybody": True, "department": "财务部"},
        {"everybody": True, "role": "外包"},
        {"everybody": 1},
        {"everybody": True, "active": None},
        {"everybody": True, "active": "yes"},
        {"everybody": True, "fields": []},
        {"everybody": True, "fields": None},
        {"everybody": True, "fields": ["salary"]},
        {"everybody": True, "fields": pd.DataFrame({"name": ["a"]})},
        {"everybody": True, "fields": ["name", pd.NA]},
        {"everybody": True, "fields": [["name"]]},
        {"department": "财务部", "below": "no"},
    ],
)
def test_a_filter_that_is_empty_or_names_nothing_is_an_error(ding: DingTalk, arguments: dict[str, Any]) -> None:
    for language in ("en", "zh"):
        dingnb.set_language(language)
        with pytest.raises(InputError) as caught:
            ding.people(**arguments)
        assert caught.value.hint


def test_a_wrong_argument_costs_no_call(sandbox: RunningSandbox, ding: DingTalk) -> None:
    for arguments in ({}, {"department": None}, {"role": []}, {"everybody": True, "fields": ["salary"]}):
        with pytest.raises(InputError):
            ding.people(**arguments)
    assert calls(sandbox) == 0


def test_a_field_that_the_app_may_not_see_is_na_and_its_permission_is_named(
    open_sandbox: Opener, connect_to: Connector, capsys: pytest.CaptureFixture[str]
) -> None:
    ding = connect_to(open_sandbox(hidden_fields="mobile,title"))
    frame = ding.people(everybody=True)
    assert frame["mobile"].isna().all()
    assert frame["email"].notna().any()
    for text in (notes(frame), capsys.readouterr().out):
        assert "lacks the permission fieldMobile" in text
        assert "These columns are empty: title." in text
        assert "fieldEmail" not in text
    assert notes(ding.people(everybody=True)) == notes(frame)
    assert "fieldMobile" not in notes(ding.people(everybody=True, fields=["userid", "email"]))


@for_each(
    ("permission", "act"),
    [
        ("qyapi_get_department_list", lambda ding: ding.people(everybody=True)),
        ("qyapi_get_department_list", lambda ding: ding.departments(counts=False)),
        ("qyapi_get_department_list", lambda ding: ding.roles()),
        ("qyapi_get_department_member", lambda ding: ding.people(department="财务部")),
        ("qyapi_get_department_member", lambda ding: ding.roles()),
    ],
)
def test_a_permission_that_is_missing_is_named(
    open_sandbox: Opener, connect_to: Connector, permission: str, act: Callable[[DingTalk], object]
) -> None:
    ding = connect_to(open_sandbox(missing_permissions=permission))
    with pytest.raises(AccessError) as caught:
        act(ding)
    assert permission in caught.value.hint


def test_without_the_permission_for_members_departments_and_roles_are_there(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    ding = connect_to(open_sandbox(missing_permissions="qyapi_get_department_member"))
    frame = ding.departments(counts=False)
    assert len(frame) == 10
    assert frame["people"].isna().all()
    assert len(ding.roles(counts=False)) == 9


def test_without_the_permission_for_ids_large_departments_are_read_all_the_same(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(users=1_200, missing_permissions="qyapi_get_member")
    assert len(connect_to(sandbox).people(everybody=True)) == len(staff(sandbox))


def test_an_app_that_sees_some_departments_reads_those_and_says_the_one_counted_call(
    open_sandbox: Opener, connect_to: Connector, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(scope_departments="10,12,50")
    ding = connect_to(sandbox)
    frame = ding.people(everybody=True)
    assert "calls, of which the monthly quota counts 1" in capsys.readouterr().out
    organisation = sandbox.state.organisation
    visible = {member for number in (11, 12, 50) for member in organisation.members.in_department(number)}
    assert set(frame["userid"]) == {organisation.person(number).userid for number in visible}
    assert ding.departments()["path"].tolist() == [
        "研发中心",
        "研发中心/平台研发部",
        "研发中心/应用研发部",
        "财务部",
    ]
    assert sandbox.state.stats()["calls_counted"] == 1
    assert set(ding.people(everybody=True, refresh=True)["userid"]) == set(frame["userid"])


def test_a_scope_that_changes_is_found_by_refresh(open_sandbox: Opener, connect_to: Connector, tmp_path: Path) -> None:
    sandbox, ledger = open_sandbox(scope_departments="50,20"), SqliteLedger(tmp_path)

    def paths(departments: str) -> list[str]:
        sandbox.state.settings = replace(sandbox.settings, scope_departments=departments)
        return connect_to(sandbox, ledger=ledger).departments(refresh=True)["path"].tolist()

    assert paths("50,20") == ["市场部", "财务部"]
    assert paths("50,30") == ["销售部", "财务部"]
    assert len(paths("1")) == 10
    assert connect_to(sandbox, ledger=ledger).departments()["path"].str.startswith("示例集团").all()
    assert paths("50") == ["财务部"]
    assert len(connect_to(sandbox, ledger=ledger).people(everybody=True)) == len(
        sandbox.state.organisation.members.in_department(50)
    )


def test_people_whom_the_app_sees_outside_of_departments_are_there(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(scope_departments="50")
    ding = connect_to(sandbox)
    inside = {
        sandbox.state.organisation.person(number).userid
        for number in sandbox.state.organisation.members.in_department(50)
    }

    outside = next(userid for userid in staff(sandbox) if userid not in inside)

    class Seen(BaseAdapter):
        def __init__(self, inner: BaseAdapter) -> None:
            super().__init__()
            self._inner = inner

        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            response = self._inner.send(request, *args, **kwargs)
            if "/auth/scopes" in (request.url or ""):
                answer = response.json()
                answer["auth_org_scopes"]["authed_user"] = [min(inside), outside, "left01"]
                response._content = json.dumps(answer).encode()
            if outside in str(request.body or b"") and response.content:
                response._content = json.dumps(
                    {"errcode": 0, "result": {"userid": outside, "name": "外人", "dept_id_list": [20]}}
                ).encode()
            return response

        def close(self) -> None:
            self._inner.close()

    ding._transport.reroute(Seen)
    frame = ding.people(everybody=True)
    assert set(frame["userid"]) == {*inside, outside}
    assert frame.set_index("userid").loc[outside, "departments"] == ()
    assert set(connect_to(sandbox).people(everybody=True)["userid"]) == set(frame["userid"])
    assert set(ding.people(department="财务部")["userid"]) == inside


def test_two_userids_of_the_scope_may_be_those_of_one_person(
    open_sandbox: Opener, connect_to: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = open_sandbox(scope_departments="50")
    ding = connect_to(sandbox)
    organisation = sandbox.state.organisation
    userids = [organisation.person(number).userid for number in organisation.members.in_department(50)]
    monkeypatch.setattr(contacts, "fetch_scope", lambda _: contacts.Scope(frozenset(), frozenset(userids[:4])))
    mobiles = iter(["13900000001", None, "13900000001", None])

    def rename(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == "/topapi/v2/user/get":
            answer["result"] |= {"userid": "ann", "name": "Ann", "mobile": next(mobiles)}

    Answers(ding, rename)
    assert ding.people(everybody=True)["userid"].tolist() == ["ann"]


def test_departments_have_paths_and_counts_in_the_order_of_the_tree(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = ding.departments()
    organisation = sandbox.state.organisation
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "dept_id": "int64",
        "name": "str",
        "path": "str",
        "parent_id": "Int64",
        "depth": "int64",
        "people": "Int64",
        "people_below": "Int64",
    }
    assert frame["path"].tolist()[:3] == ["示例集团", "示例集团/研发中心", "示例集团/研发中心/平台研发部"]
    assert frame["parent_id"].isna().tolist() == [True] + [False] * 9
    for row in frame.itertuples():
        below = organisation.with_sub_departments([row.dept_id])
        assert row.people == len(organisation.members.in_department(row.dept_id))
        assert row.people_below == len(
            {person for each in below for person in organisation.members.in_department(each)}
        )


def test_roles_have_groups_and_counts(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = ding.roles()
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "str", "str", "Int64"]
    members = sandbox.state.organisation.members
    assert frame["people"].tolist() == [len(members.in_role(role_id)) for role_id in frame["role_id"]]
    made = calls(sandbox)
    pd.testing.assert_frame_equal(ding.roles(), frame)
    assert calls(sandbox) == made
    assert frame.loc[frame["name"] == "外包", "group"].tolist() == ["用工性质"]


def test_90018_in_the_middle_is_waited_for(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(users=2_000, limits=replace(STANDARD, calls_per_second=5))
    assert set(connect_to(sandbox).people(everybody=True)["userid"]) == set(staff(sandbox))
    assert sandbox.state.stats()["throttled"] > 0


@for_each("fault", [{"fault": "busy", "nth": 3}, {"fault": "html", "nth": 4}, {"fault": "token", "nth": 5}])
def test_a_failure_in_the_middle_is_repeated(
    open_sandbox: Opener, connect_to: Connector, fault: dict[str, Any]
) -> None:
    sandbox = open_sandbox()
    sandbox.state.faults.add(fault["fault"], path="/user/list", nth=fault["nth"])
    assert set(connect_to(sandbox).people(everybody=True)["userid"]) == set(staff(sandbox))


def test_a_person_who_leaves_during_the_walk_hides_nobody_else(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(users=2_400)
    ding = connect_to(sandbox)
    organisation = sandbox.state.organisation
    first = organisation.person(organisation.members.in_department(50)[3]).userid

    def leave(path: str, fields: dict[str, Any], _answer: dict[str, Any]) -> None:
        if path == contacts.PEOPLE and (fields["dept_id"], fields["cursor"]) == (50, 0):
            sandbox.state.change_person(first, {"active": False})

    Answers(ding, leave)
    frame = ding.people(department=50)
    assert set(frame["userid"]) == set(staff(sandbox)) & set(frame["userid"])
    assert {organisation.person(number).userid for number in organisation.members.in_department(50)} <= set(
        frame["userid"]
    )
    assert first not in set(frame["userid"])


def test_nobody_of_a_department_is_forgotten_before_the_department(
    open_sandbox: Opener, connect_to: Connector, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(users=2_400)
    slow = connect_to(sandbox, latency_s=10)
    slow.departments(counts=False)
    clock.advance(seconds_to_ns(3_600))
    first_ns = clock.now_ns()
    people = slow.people(department=50)
    clock.advance(seconds_to_ns(20 * 3_600))
    slow.departments(counts=False, refresh=True)
    # Between the ends of the day of the first page and of the whole department.
    clock.advance(first_ns + seconds_to_ns(24 * 3_600 + 15) - clock.now_ns())
    ding = connect_to(sandbox)
    ding.people(department=60)
    assert ding.people(department=50)["userid"].tolist() == people["userid"].tolist()


def test_a_department_that_goes_during_the_walk_is_named(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox)

    def remove(path: str, fields: dict[str, Any], _answer: dict[str, Any]) -> None:
        if path == contacts.SUB_DEPARTMENTS and fields["dept_id"] == 1:
            sandbox.state.remove_department(60)

    Answers(ding, remove)
    frame = ding.people(everybody=True)
    assert "could not be read: 人力资源部" in notes(frame)
    assert "示例集团/人力资源部" not in ding.departments()["path"].tolist()
    assert len(frame) > 200


def test_a_department_that_was_known_and_is_gone_is_an_error(sandbox: RunningSandbox, ding: DingTalk) -> None:
    ding.departments(counts=False)
    sandbox.state.remove_department(60)
    with pytest.raises(InputError, match="There is no department '人力资源部'"):
        ding.people(department="人力资源部")
    assert len(ding.people(department="财务部")) > 20


def dissolve(sandbox: RunningSandbox, number: int, into: int) -> None:
    """Move the people of a department, and the departments below it, and remove it."""
    organisation = sandbox.state.organisation
    for person in [organisation.person(at).userid for at in organisation.members.in_department(number)]:
        sandbox.state.change_person(person, {"department_ids": [into]})
    for department in sandbox.state.departments():
        if department["parent_id"] == number:
            sandbox.state.change_department(department["dept_id"], department["name"], into)
    sandbox.state.remove_department(number)


@pytest.mark.parametrize("number", [10, 11])
@pytest.mark.parametrize("into", [60, 88])
def test_nobody_is_missing_after_a_department_was_dissolved_since_the_tree_was_read(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, number: int, into: int
) -> None:
    ding.departments(counts=False)
    # Those who come to it later are in DingTalk, but not in what was read.
    ding.people(department=60)
    clock.advance(seconds_to_ns(3_600))
    sandbox.state.change_department(into, None, 1)
    dissolve(sandbox, number, into)
    if into == 60:
        # The list of the departments below one is as outdated as the one above it.
        assert set(ding.people(department="示例集团")["userid"]) == set(staff(sandbox))
    frame = ding.people(everybody=True)
    assert set(frame["userid"]) == set(staff(sandbox))
    assert notes(frame) == ""
    assert set(ding.departments()["dept_id"]) == sandbox.state.organisation.with_sub_departments([1])
    with pytest.raises(InputError, match="There is no department 11" if number == 11 else "There is no department 10"):
        ding.people(department=number)


def test_an_error_after_a_dissolved_department_was_noticed_hides_nobody_later(
    sandbox: RunningSandbox, connect_to: Connector
) -> None:
    ding = connect_to(sandbox)
    ding.departments(counts=False)
    dissolve(sandbox, 10, 88)
    sandbox.state.change_department(88, None, 1)

    def refuse(path: str, fields: dict[str, Any], _answer: dict[str, Any]) -> dict[str, Any] | None:
        is_last = path == contacts.PEOPLE and fields["dept_id"] == 11
        return {"errcode": 60011, "errmsg": "no privilege", "request_id": "1"} if is_last else None

    Answers(ding, refuse)
    with pytest.raises(AccessError):
        ding.people(everybody=True)
    assert set(connect_to(sandbox).people(everybody=True)["userid"]) == set(staff(sandbox))


def test_the_scope_is_read_again_if_a_department_of_it_was_dissolved(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(scope_departments="50,20")
    ding = connect_to(sandbox)
    ding.departments(counts=False)
    visible = len(ding.people(department=50))
    sandbox.state.settings = replace(sandbox.settings, scope_departments="50,30")
    dissolve(sandbox, 20, 30)
    frame = ding.people(everybody=True)
    assert set(frame["departments"].map(lambda paths: paths[0])) == {"财务部", "销售部"}
    assert len(frame) > visible
    assert notes(frame) == ""


def test_a_cycle_in_the_tree_ends(sandbox: RunningSandbox, ding: DingTalk) -> None:
    sandbox.state.change_department(1, "示例集团", 11)
    sandbox.state.change_department(77, "环", 77)
    frame = ding.people(everybody=True)
    assert set(frame["userid"]) == set(staff(sandbox))
    assert "second place, which was ignored: 示例集团" in notes(frame)


def test_a_department_listed_at_two_places_is_read_once(sandbox: RunningSandbox, ding: DingTalk) -> None:
    def twice(path: str, fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == contacts.SUB_DEPARTMENTS and fields["dept_id"] == 20:
            answer["result"].append({"dept_id": 50, "name": "财务部", "parent_id": 20})

    Answers(ding, twice)
    frame = ding.people(everybody=True)
    assert set(frame["userid"]) == set(staff(sandbox))
    assert "财务部" in notes(frame)
    assert ding.departments()["path"].tolist().count("示例集团/财务部") == 1


@for_each("seed", range(6))
def test_any_tree_of_departments_is_read_once_and_whole(open_sandbox: Opener, connect_to: Connector, seed: int) -> None:
    sandbox = open_sandbox(users=60, seed=seed)
    draw = Random(seed)
    numbers = [department["dept_id"] for department in sandbox.state.departments()] + list(range(100, 110))
    for number in numbers[1:]:
        # Some become orphans, and some a cycle.
        sandbox.state.change_department(number, f"d{number}", draw.choice([*numbers, 1, 999]))
    for userid in staff(sandbox):
        sandbox.state.change_person(userid, {"department_ids": draw.sample(numbers, draw.randint(1, 3))})
    organisation = sandbox.state.organisation
    reached = organisation.with_sub_departments([1])
    wanted = {
        person.userid
        for person in organisation.staff()
        if not reached.isdisjoint(organisation.memberships(person).department_ids)
    }
    ding = connect_to(sandbox)
    frame = ding.people(everybody=True)
    assert frame["userid"].is_unique
    assert set(frame["userid"]) == wanted
    departments = ding.departments()
    assert set(departments["dept_id"]) == reached
    asked = [call.path for call in sandbox.state.calls if call.path == contacts.SUB_DEPARTMENTS]
    assert len(asked) == len(reached)
    for department in departments.itertuples():
        below = organisation.with_sub_departments([department.dept_id])
        inside = {
            person.userid
            for person in organisation.staff()
            if not below.isdisjoint(organisation.memberships(person).department_ids)
        }
        assert set(ding.people(department=department.dept_id)["userid"]) == inside
        assert department.people_below == len(inside)


def test_people_of_orphans_have_no_department(sandbox: RunningSandbox, ding: DingTalk) -> None:
    userid = next(iter(staff(sandbox)))
    sandbox.state.change_person(userid, {"department_ids": [50, 999]})
    row = ding.people(department="财务部").set_index("userid").loc[userid]
    assert (row["department"], row["departments"]) == ("财务部", ("示例集团/财务部",))


def repeating(cursor: int) -> Callable[[str, dict[str, Any], dict[str, Any]], None]:
    def change(path: str, fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == contacts.PEOPLE and fields["dept_id"] == 50 and fields["cursor"] == cursor:
            answer["result"] |= {"has_more": True, "next_cursor": max(cursor, 1)}

    return change


def test_a_cursor_that_repeats_after_the_last_page_loses_nobody(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(users=1_200)
    ding = connect_to(sandbox)
    Answers(ding, repeating(100))
    assert set(ding.people(everybody=True)["userid"]) == set(staff(sandbox))


def test_a_cursor_that_hides_people_is_an_error_and_the_rest_is_kept(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(users=1_200)
    ding = connect_to(sandbox)

    def hide(path: str, fields: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any] | None:
        if path != contacts.PEOPLE or fields["dept_id"] != 50:
            return None
        answer["result"] |= {"has_more": True, "next_cursor": 100, "list": answer["result"]["list"][:50]}
        if fields["cursor"]:
            answer["result"]["list"] = []
        return answer

    Answers(ding, hide)
    with pytest.raises(BadAnswerError, match="财务部"):
        ding.people(everybody=True)
    made = calls(sandbox)
    assert set(connect_to(sandbox).people(everybody=True)["userid"]) == set(staff(sandbox))
    assert calls(sandbox) < 2 * made


def test_a_department_that_cannot_be_listed_is_named_and_stays(sandbox: RunningSandbox, ding: DingTalk) -> None:
    def refuse(path: str, fields: dict[str, Any], _answer: dict[str, Any]) -> dict[str, Any] | None:
        if path == contacts.PEOPLE and fields["dept_id"] in {1, 50}:
            return {"errcode": 60019, "errmsg": "从部门查询人员失败"}
        return None

    Answers(ding, refuse)
    frame = ding.people(everybody=True)
    assert "could not be read: 示例集团, 财务部" in notes(frame)
    in_finance = {
        sandbox.state.organisation.person(number).userid
        for number in sandbox.state.organisation.members.in_department(50)
    }
    assert set(staff(sandbox)) - set(frame["userid"]) <= in_finance
    assert len(ding.departments()) == 10


def test_pages_of_roles_that_repeat_are_an_error(ding: DingTalk) -> None:
    def repeat(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path.startswith("/topapi/role/"):
            answer["result"]["hasMore"] = True

    Answers(ding, repeat)
    for act in (ding.roles, lambda: ding.people(role=1021)):
        with pytest.raises(BadAnswerError, match="same page of roles"):
            act()


def test_pages_of_the_people_with_a_role_that_repeat_are_an_error_that_names_the_role(ding: DingTalk) -> None:
    def repeat(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == contacts.ROLE_PEOPLE:
            answer["result"]["hasMore"] = True

    Answers(ding, repeat)
    roles = ding.roles(counts=False)
    name = roles.loc[roles["role_id"] == 1021, "name"].item()
    with pytest.raises(BadAnswerError, match=f"same page of the people with the role '{name}'"):
        ding.people(role=1021)


def test_a_hiring_date_may_be_any_that_python_can_show(ding: DingTalk) -> None:
    times_ms = ["253402271999999", 9_223_372_036_855, 253_402_272_000_000, 10**18 - 1, 0]

    def change(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == "/topapi/v2/user/list":
            for n, person in enumerate(answer["result"]["list"]):
                person["hired_date"] = times_ms[n % len(times_ms)]

    Answers(ding, change)
    found = ding.people(everybody=True)["hired_date"]
    assert set(found.dropna().dt.strftime("%Y-%m-%d %H:%M")) == {"9999-12-31 00:00", "2262-04-12 00:00"}
    assert found.isna().any()
    assert "9999-12-31" in str(found.to_frame().to_html())


def test_a_hiring_date_is_the_day_in_beijing_wherever_it_goes(ding: DingTalk, tmp_path: Path) -> None:
    def change(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == "/topapi/v2/user/list":
            for person in answer["result"]["list"]:
                person["hired_date"] = int(pd.Timestamp("2026-11-30 16:30", tz="UTC").timestamp() * 1_000)

    Answers(ding, change)
    people = ding.people("财务部").head(1)
    people.to_excel(tmp_path / "people.xlsx")
    assert list(pd.read_excel(tmp_path / "people.xlsx")["hired_date"]) == [pd.Timestamp("2026-12-01")]
    message = dingnb.text("{{ hired_date }} {{ hired_date | date }} {{ hired_date | date('%-m月%-d日') }}")
    plan = ding.plan(people, message)
    assert plan.preview().message["text"] == {"content": "2026-12-01 2026-12-01 12月1日"}
    exported = plan.send("hired").wait().export(tmp_path / "hired.xlsx", readable=True)
    assert pd.read_excel(exported)["hired_date"].astype(str).tolist() == ["2026-12-01"]


def test_an_incomplete_list_of_roles_is_not_kept(ding: DingTalk) -> None:
    expected = ding.roles(counts=False)
    pages: list[str] = []

    def fail_on_the_second_page(path: str, _fields: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any] | None:
        if path != "/topapi/role/list":
            return None
        pages.append(path)
        if len(pages) == 2:
            return {"errcode": 40035, "errmsg": "not valid", "request_id": "1"}
        groups = answer["result"]["list"]
        has_more = len(pages) == 1
        answer["result"] = {"hasMore": has_more, "list": groups[:1] if has_more else groups}
        return None

    Answers(ding, fail_on_the_second_page)
    with pytest.raises(ArgumentError):
        ding.roles(counts=False, refresh=True)
    pd.testing.assert_frame_equal(ding.roles(counts=False), expected)


def test_a_cached_role_that_was_deleted_is_an_error(ding: DingTalk) -> None:
    n = len(ding.roles(counts=False))

    def delete(path: str, fields: dict[str, Any], _answer: dict[str, Any]) -> dict[str, Any] | None:
        is_deleted = path == "/topapi/role/simplelist" and fields["role_id"] == 1021
        return {"errcode": 33011, "errmsg": "role does not exist", "request_id": "1"} if is_deleted else None

    Answers(ding, delete)
    for role in (1021, ["会计", "外包"]):
        with pytest.raises(InputError, match="role"):
            ding.people(role=role)
    assert len(ding.roles()) == n - 1


def test_people_whom_dingtalk_lists_by_id_alone_are_counted(open_sandbox: Opener, connect_to: Connector) -> None:
    sandbox = open_sandbox(users=1_200)
    ding = connect_to(sandbox)

    def add(path: str, fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if path == contacts.USERIDS and fields["dept_id"] == 50:
            answer["result"]["userid_list"] += ["hidden01", "hidden02"]

    Answers(ding, add)
    frame = ding.people(everybody=True)
    assert set(frame["userid"]) == set(staff(sandbox))
    assert "Not shown to the app in these departments: 2 people, outside its scope" in notes(frame)


class Interrupts(Answers):
    """A route that interrupts the cell at a call for people."""

    def __init__(self, ding: DingTalk, at: int) -> None:
        self._left = at
        super().__init__(ding, self._count)

    def _count(self, path: str, _fields: dict[str, Any], _answer: dict[str, Any]) -> None:
        self._left -= path == contacts.PEOPLE
        if self._left == 0:
            _thread.interrupt_main()


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.long
def test_an_interrupt_keeps_what_was_read_and_the_next_call_goes_on(
    open_sandbox: Opener, connect_to: Connector
) -> None:
    sandbox = open_sandbox(users=10_000)
    ding = connect_to(sandbox, latency_s=0.2)
    Interrupts(ding, 100)
    with pytest.raises(KeyboardInterrupt, match="Run the cell again to read the rest"):
        ding.people(everybody=True)
    made = calls(sandbox)
    assert 150 < made < 700
    frame = connect_to(sandbox).people(everybody=True)
    assert len(frame) == len(staff(sandbox))
    assert calls(sandbox) <= 860


def test_a_server_that_is_gone_is_an_error_and_what_is_known_stays(sandbox: RunningSandbox, ding: DingTalk) -> None:
    known = ding.people(department="财务部")
    sandbox.stop()
    with pytest.raises(UnreachableError):
        ding.people(everybody=True)
    pd.testing.assert_frame_equal(ding.people(department="财务部"), known)


def test_without_a_ledger_the_directory_is_kept_until_the_connection_ends(
    sandbox: RunningSandbox, connect_to: Connector, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path / "file"))
    frame = ding.people(everybody=True)
    assert "The ledger cannot be written" in notes(frame)
    made = calls(sandbox)
    pd.testing.assert_frame_equal(ding.people(everybody=True), frame)
    assert calls(sandbox) == made
    assert len(ding.people(role="外包")) > 0


def test_a_directory_in_memory_is_outdated_after_a_day(
    sandbox: RunningSandbox, connect_to: Connector, clock: VirtualClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path / "file"))
    frame = ding.people(everybody=True)
    ding.roles(counts=True)
    made = calls(sandbox)
    clock.advance(seconds_to_ns(86_400 * 2))
    assert not ding._directory.known_people(frame["userid"]).people
    again = ding.people(everybody=True)
    ding.roles(counts=True)
    assert calls(sandbox) >= 2 * made
    assert again.attrs["dingnb"]["read_at"] > frame.attrs["dingnb"]["read_at"]


def test_a_directory_in_memory_is_stored_once_the_ledger_can_be_written(
    sandbox: RunningSandbox, connect_to: Connector, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ledger = SqliteLedger(tmp_path / "file")
    ding = connect_to(sandbox, ledger=ledger)
    frame = ding.people(everybody=True)
    (tmp_path / "file").unlink()
    assert "The ledger cannot be written" not in notes(ding.roles(counts=False))
    made = calls(sandbox)
    pd.testing.assert_frame_equal(connect_to(sandbox, ledger=ledger).people(everybody=True), frame)
    assert calls(sandbox) == made


def test_the_ledger_of_the_directory_is_private_and_of_one_app(
    sandbox: RunningSandbox, connect_to: Connector, tmp_path: Path
) -> None:
    ledger = SqliteLedger(tmp_path)
    connect_to(sandbox, ledger=ledger).people(everybody=True)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    made = calls(sandbox)
    sandbox.state.reset()
    other = connect_to(sandbox, ledger=ledger)
    other.people(everybody=True)
    assert calls(sandbox) >= made


def test_a_plan_of_a_department_without_contractors(ding: DingTalk) -> None:
    finance = ding.people(department="财务部")
    contractors = ding.people(role="外包")
    plan = ding.plan(finance, dingnb.text("Hi {{ name }} of {{ department }}"), exclude=contractors)
    both = set(finance["userid"]) & set(contractors["userid"])
    assert both
    assert plan.people == len(finance) - len(both)
    run = plan.send("finance")
    assert set(run.results()["userid"][run.results()["status"] != "rejected"]) == set(finance["userid"]) - both
    mobiles = pd.DataFrame({"mobile": finance["mobile"]})
    assert ding.plan(mobiles, HI, to="mobile", exclude=contractors).people == plan.people


def test_a_plan_says_of_excluded_people_of_the_directory_only_that_none_is_in_it(ding: DingTalk) -> None:
    finance, contractors = ding.people(department="财务部"), ding.people(role="外包")
    assert "in exclude=" not in repr(ding.plan(finance, HI, exclude=contractors))
    others = finance[~finance["userid"].isin(contractors["userid"])]
    note = f"None of the {len(contractors)} people in exclude= is in this plan."
    assert note in repr(ding.plan(others, HI, exclude=contractors))
    assert "No match in this plan" in repr(ding.plan(others, HI, exclude=contractors["userid"]))


def test_names_are_not_matched_with_a_part_of_the_directory(ding: DingTalk) -> None:
    everybody = ding.people(everybody=True)
    first = everybody.iloc[0]
    staff = pd.DataFrame({"name": [first["name"]], "department": [first["department"]], "mobile": [first["mobile"]]})
    part = ding.people(department=first["department"])
    for people in (part, everybody[everybody["title"] == "主管"], ding.people(everybody=True, active=True)):
        with pytest.raises(InputError, match="only a part of the directory"):
            ding.match(staff, ["name", "department"], people)
    assert ding.match(staff, "mobile", part)["userid"].tolist() == [first["userid"]]
    whole = ding.people(everybody=True, fields=["name", "departments"]).sample(frac=1, random_state=1)
    assert ding.match(staff, ["name", "department"], whole)["match"][0] in {"name and department", "several"}


def test_a_large_stored_directory_shows_its_progress(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = ding._server_time.now_ns()
    rows = [DepartmentRow(1, "总部", 0, 1, now_ns, now_ns, now_ns)]
    people = [
        PersonRow(f"u{number:05}", "张伟", None, None, None, None, None, None, None, None, (1,), now_ns)
        for number in range(10_500)
    ]
    directory.store_directory(ding._ledger, ding._realm, rows, {1: people}, [], now_ns)
    monkeypatch.setattr(VirtualClock, "is_real", True)
    with progress_shown_by(place := ProgressTexts()):
        assert len(ding.people(everybody=True)) == len(people)
    assert place.texts[0] == "Reading the stored directory: 10,000 people"


def test_errors_show_long_names_of_departments_and_roles_shortened(ding: DingTalk) -> None:
    for filters in ({"department": "部" * 500}, {"role": "岗" * 500}):
        with pytest.raises(InputError) as caught:
            ding.people(**filters)  # type: ignore[arg-type]
        assert len(caught.value.what) < 100
