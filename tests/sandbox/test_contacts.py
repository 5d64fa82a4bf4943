from typing import Any

import pytest
import requests

from dingnb.sandbox.apis import cards
from dingnb.sandbox.apis.contacts import PERMISSIONS
from dingnb.sandbox.organisation import PROFILE_FIELDS, union_id
from dingnb.sandbox.settings import PERMISSIONS as KNOWN_PERMISSIONS
from tests.sandbox.conftest import Client, Starter
from tests.table_rows import for_each

SEARCH = "/v1.0/contact/users/search"
BY_MOBILE = "/topapi/v2/user/getbymobile"
USER = "/topapi/v2/user/get"


def person_of(client: Client, *, active: bool) -> dict[str, object]:
    return next(person for person in client.get("/_sandbox/users").json() if person["active"] is active)


def test_a_phone_number_gives_the_userid(client: Client) -> None:
    person = person_of(client, active=True)
    answer = client.call(BY_MOBILE, mobile=person["mobile"])
    assert answer.pop("request_id")
    assert answer == {"errcode": 0, "errmsg": "ok", "result": {"userid": person["userid"]}}


def test_a_phone_number_may_be_numeric_or_form_encoded(client: Client) -> None:
    person = person_of(client, active=True)
    assert client.call(BY_MOBILE, mobile=int(person["mobile"]))["errcode"] == 0
    form = {"mobile": person["mobile"], "access_token": client.token}
    assert client.post(BY_MOBILE, data=form).json()["result"]["userid"] == person["userid"]


def test_former_staff_and_unknown_numbers_are_60121(client: Client) -> None:
    gone = person_of(client, active=False)
    for mobile in (gone["mobile"], "13800000000", "13900999999"):
        refusal = client.call(BY_MOBILE, mobile=mobile)
        assert refusal.pop("request_id")
        assert refusal == {"errcode": 60121, "errmsg": "找不到该用户"}


@pytest.mark.parametrize("mobile", ["1390000", "139000000000", "1390000O000", "+8613900000000", "23900000000", " "])
def test_a_bad_phone_number_is_40104(client: Client, mobile: str) -> None:
    assert client.call(BY_MOBILE, mobile=mobile)["errcode"] == 40104


@pytest.mark.parametrize("path", [BY_MOBILE, USER])
def test_a_missing_argument_is_400002(client: Client, path: str) -> None:
    assert client.call(path)["errcode"] == 400002
    assert client.call(path, mobile="", userid="")["errcode"] == 400002
    assert client.call(path, mobile=None, userid=None)["errcode"] == 400002


@pytest.mark.parametrize("value", [[], {}, True, 1.5])
def test_an_argument_of_the_wrong_type_is_41(client: Client, value: object) -> None:
    assert client.call(BY_MOBILE, mobile=value)["errcode"] == 41


def test_a_userid_gives_the_person(client: Client) -> None:
    person = person_of(client, active=True)
    result = client.call(USER, userid=person["userid"])["result"]
    assert {name: result[name] for name in ("userid", "name", "mobile")} == {
        name: person[name] for name in ("userid", "name", "mobile")
    }
    assert result["dept_id_list"]


def test_unknown_userids_and_former_staff_are_33012(client: Client) -> None:
    assert client.call(USER, userid="ghost")["errcode"] == 33012
    assert client.call(USER, userid=person_of(client, active=False)["userid"])["errcode"] == 33012


def test_the_answer_for_an_unknown_userid_is_a_setting(start_sandbox: Starter) -> None:
    assert start_sandbox(unknown_user_code="60121").call(USER, userid="ghost")["errcode"] == 60121


def search(client: Client, **fields: object) -> requests.Response:
    return client.post(SEARCH, headers={"x-acs-dingtalk-access-token": client.token}, json=fields)


def test_the_search_returns_plain_pages_of_userids(client: Client) -> None:
    staff = [person for person in client.get("/_sandbox/users").json() if person["active"] and "王" in person["name"]]
    found = []
    for offset in range(0, len(staff), 5):
        page = search(client, queryWord="王", offset=offset, size=5).json()
        assert set(page) == {"hasMore", "totalCount", "list"}
        assert page["totalCount"] == len(staff)
        assert page["hasMore"] is (offset + 5 < len(staff))
        found += page["list"]
    assert found == [person["userid"] for person in staff]


def test_the_search_can_match_whole_names(client: Client) -> None:
    person = person_of(client, active=True)
    assert person["userid"] in search(client, queryWord=person["name"], fullMatchField=1).json()["list"]
    assert search(client, queryWord=person["name"][0], fullMatchField=1).json()["list"] == []


@pytest.mark.parametrize(
    "fields", [{}, {"queryWord": 1}, {"queryWord": "王", "size": 0}, {"queryWord": "王", "offset": -1}]
)
def test_a_bad_search_is_http_400(client: Client, fields: dict[str, object]) -> None:
    assert search(client, **fields).status_code == 400


def test_a_search_with_truncated_json_is_http_400(client: Client) -> None:
    headers = {"x-acs-dingtalk-access-token": client.token}
    assert client.post(SEARCH, headers=headers, data=b"{").status_code == 400


SCOPES = "/auth/scopes"
COUNT = "/topapi/user/count"


def test_the_scope_of_the_whole_organisation_is_a_small_answer(client: Client) -> None:
    answer = client.get(SCOPES, params={"access_token": client.token}).json()
    assert answer["errcode"] == 0
    assert answer["auth_org_scopes"] == {"authed_dept": [1], "authed_user": []}
    assert "userid" in answer["auth_user_field"]
    assert answer["condition_field"] == []


def test_the_scopes_need_a_token_and_are_read_with_get(client: Client) -> None:
    assert client.get(SCOPES).json()["sub_code"] == "40000"
    assert client.get(SCOPES, params={"access_token": "wrong"}).json()["sub_code"] == "40014"
    assert client.call(SCOPES)["errcode"] == 43001


def test_scopes_count_towards_the_month_and_the_user_count_does_not(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=1)
    assert client.get(SCOPES, params={"access_token": client.token}).json()["errcode"] == 0
    assert client.get(SCOPES, params={"access_token": client.token}).json()["errcode"] == 90020
    assert client.call(COUNT, only_active=False)["errcode"] == 0


def test_the_user_count_excludes_former_staff(client: Client) -> None:
    staff = [person for person in client.get("/_sandbox/users").json() if person["active"]]
    assert client.call(COUNT, only_active=True)["result"] == {"count": len(staff)}
    change(client, userid=staff[0]["userid"], activated=False)
    assert client.call(COUNT, only_active=True)["result"] == {"count": len(staff) - 1}
    assert client.call(COUNT, only_active=False)["result"] == {"count": len(staff)}
    assert client.call(COUNT, only_active="perhaps")["errcode"] == 41


def change(client: Client, **fields: object) -> None:
    assert client.post("/_sandbox/users", json=fields).json() == {"changed": 1}


def result_of(client: Client, path: str, **fields: object) -> Any:
    answer = client.call(f"/topapi/{path}", **fields)
    assert answer["errcode"] == 0, answer
    return answer["result"]


def pages(client: Client, path: str, department: int, size: int = 30) -> list[dict[str, Any]]:
    found, cursor = [], 0
    while True:
        page = result_of(client, path, dept_id=department, cursor=cursor, size=size)
        found += page["list"]
        assert page["has_more"] is ("next_cursor" in page)
        if not page["has_more"]:
            return found
        cursor = page["next_cursor"]


def test_departments_are_a_tree_under_number_1(client: Client) -> None:
    found, ahead = {1}, [1]
    while ahead:
        parent = ahead.pop()
        below = result_of(client, "v2/department/listsub", dept_id=parent)
        assert all(department["parent_id"] == parent for department in below)
        ids = [department["dept_id"] for department in below]
        assert result_of(client, "v2/department/listsubid", dept_id=parent) == {"dept_id_list": ids}
        found |= set(ids)
        ahead += ids
    assert found == {department["dept_id"] for department in client.get("/_sandbox/departments").json()}
    assert result_of(client, "v2/department/listsub") == result_of(client, "v2/department/listsub", dept_id=1)
    assert result_of(client, "v2/department/listparentbydept", dept_id=11) == {"parent_id_list": [11, 10, 1]}


def test_a_department_has_its_documented_fields_and_counts(client: Client) -> None:
    result = result_of(client, "v2/department/get", dept_id=10)
    own = sum(len(result_of(client, "user/listid", dept_id=number)["userid_list"]) for number in (11, 12))
    assert (result["name"], result["parent_id"], result["owning_member_count"]) == ("研发中心", 1, 0)
    assert 0 < result["member_count"] <= own
    assert len(result) == 22
    assert "parent_id" not in result_of(client, "v2/department/get", dept_id=1)


def test_the_three_lists_of_people_agree_page_by_page(client: Client) -> None:
    ids = result_of(client, "user/listid", dept_id=50)["userid_list"]
    assert len(ids) > 100
    assert [page["userid"] for page in pages(client, "v2/user/list", 50)] == ids
    names = pages(client, "user/listsimple", 50, size=100)
    assert [name["userid"] for name in names] == ids
    assert set(names[0]) == {"userid", "name"}


def test_a_list_may_be_in_the_order_of_entry(client: Client) -> None:
    fields = {"dept_id": 50, "cursor": 0, "size": 100}
    hired = [
        [person["hired_date"] for person in result_of(client, "v2/user/list", **fields, order_field=order)["list"]]
        for order in ("entry_asc", "entry_desc")
    ]
    assert hired[0] == sorted(hired[0])
    assert hired[1] == sorted(hired[1], reverse=True)


def test_profiles_have_all_documented_fields_and_lists_no_roles(client: Client) -> None:
    listed = pages(client, "v2/user/list", 50)[5]
    profile = result_of(client, "v2/user/get", userid=listed["userid"])
    assert set(profile) == set(PROFILE_FIELDS)
    assert set(listed) == set(PROFILE_FIELDS) - {"dept_order_list", "leader_in_dept", "role_list", "union_emp_ext"} | {
        "dept_order",
        "leader",
    }
    assert 50 in profile["dept_id_list"]
    found = result_of(client, "user/getbyunionid", unionid=profile["unionid"])
    assert found == {"contact_type": 0, "userid": profile["userid"]}
    parents = result_of(client, "v2/department/listparentbyuser", userid=profile["userid"])["parent_list"]
    assert [parent["parent_dept_id_list"][0] for parent in parents] == profile["dept_id_list"]


def test_people_of_two_departments_are_in_both_lists(client: Client) -> None:
    person = person_of(client, active=True)["userid"]
    change(client, userid=person, department_ids=[50, 20])
    for department in (50, 20):
        assert person in result_of(client, "user/listid", dept_id=department)["userid_list"]
    assert result_of(client, "v2/user/get", userid=person)["dept_id_list"] == [50, 20]


def test_who_leaves_is_in_no_list(client: Client) -> None:
    person = result_of(client, "user/listid", dept_id=50)["userid_list"][3]
    change(client, userid=person, active=False)
    assert person not in result_of(client, "user/listid", dept_id=50)["userid_list"]
    assert client.call(USER, userid=person)["errcode"] == 33012


@for_each(
    ("path", "fields", "code"),
    [
        ("user/listid", {}, 400002),
        ("user/listid", {"dept_id": 999}, 60003),
        ("user/listsimple", {"dept_id": 999, "cursor": 0, "size": 10}, 60003),
        ("user/listsimple", {"dept_id": 50, "cursor": 0, "size": 101}, 40069),
        ("user/listsimple", {"dept_id": 50, "cursor": -1, "size": 10}, 40068),
        ("user/listsimple", {"dept_id": 50, "size": 10}, 400002),
        ("v2/user/list", {"dept_id": 999, "cursor": 0, "size": 10}, 50004),
        ("v2/user/list", {"dept_id": 50, "cursor": 0, "size": 0}, 40035),
        ("v2/user/list", {"dept_id": 50, "cursor": 0, "size": 10, "order_field": "name"}, 400002),
        ("v2/user/list", {"dept_id": "fifty", "cursor": 0, "size": 10}, 41),
        ("user/getbyunionid", {"unionid": "nobody"}, 60121),
        ("user/getbyunionid", {}, 400002),
        ("v2/department/listsub", {"dept_id": 999}, 60003),
        ("v2/department/listsubid", {"dept_id": 999}, 60003),
        ("v2/department/get", {"dept_id": 999}, 60003),
        ("v2/department/get", {}, 400002),
        ("v2/department/listparentbydept", {"dept_id": 999}, 60003),
        ("v2/department/listparentbyuser", {"userid": "nobody"}, 33012),
        ("role/list", {"size": 20}, 400043),
        ("role/list", {"size": 201, "offset": 0}, 40069),
        ("role/list", {"size": 20, "offset": -1}, 40068),
        ("role/simplelist", {"role_id": 1}, 33011),
        ("role/simplelist", {"role_id": 1021, "size": 101, "offset": 0}, 40069),
        ("role/simplelist", {}, 400002),
        ("role/getrole", {"roleId": 1}, 33011),
        ("role/getrolegroup", {"group_id": 1}, 33011),
        ("inactive/user/v2/get", {"is_active": False, "query_date": "2026", "size": 10}, 400002),
        ("inactive/user/v2/get", {"is_active": False, "query_date": "00010101", "size": 10}, 400002),
        ("inactive/user/v2/get", {"is_active": False, "query_date": "99991231", "size": 10}, 400002),
    ],
)
def test_wrong_arguments_have_their_documented_codes(
    client: Client, path: str, fields: dict[str, object], code: int
) -> None:
    assert client.call(f"/topapi/{path}", **fields)["errcode"] == code


def test_roles_are_listed_in_groups_and_pages(client: Client) -> None:
    whole = result_of(client, "role/list")
    roles = [(group["groupId"], role["id"]) for group in whole["list"] for role in group["roles"]]
    assert not whole["hasMore"]
    found = []
    for offset in range(0, len(roles), 2):
        page = result_of(client, "role/list", offset=offset, size=2)
        assert page["hasMore"] is (offset + 2 < len(roles))
        found += [(group["groupId"], role["id"]) for group in page["list"] for role in group["roles"]]
    assert found == roles
    group = client.call("/topapi/role/getrolegroup", group_id=roles[0][0])["role_group"]
    assert [role["role_id"] for role in group["roles"]] == [role for number, role in roles if number == roles[0][0]]
    assert client.call("/topapi/role/getrole", roleId=1021)["role"] == {"name": "外包", "groupId": roles[-1][0]}


def test_the_people_of_a_role_have_it_in_their_profiles(client: Client) -> None:
    found, offset, more = [], 0, True
    while more:
        page = result_of(client, "role/simplelist", role_id=1021, offset=offset, size=10)
        found += [person["userid"] for person in page["list"]]
        more = page["hasMore"]
        offset = page.get("nextCursor", 0)
    assert len(found) == len(set(found)) > 20
    roles = result_of(client, "v2/user/get", userid=found[0])["role_list"]
    assert {"id": 1021, "name": "外包", "group_name": "用工性质"} in roles


def test_logins_are_known_from_nine_on_the_next_day_and_for_a_month(client: Client) -> None:
    client.post("/_sandbox/clock", json={"now": "2026-11-02T08:59:00+08:00"})
    path = "/topapi/inactive/user/v2/get"
    fields = {"query_date": "20261101", "dept_ids": [50], "offset": 0, "size": 100}
    assert client.call(path, is_active=True, **fields)["errcode"] == 400002
    client.post("/_sandbox/clock", json={"now": "2026-11-02T09:00:00+08:00"})
    token = client.http.get(
        client.url("/gettoken"),
        params={"appkey": client.settings.app_key, "appsecret": client.settings.app_secret},
        timeout=10,
    )
    client.token = token.json()["access_token"]
    ids = set(result_of(client, "user/listid", dept_id=50)["userid_list"])
    found: list[set[str]] = []
    for is_active in (True, False):
        page = result_of(client, "inactive/user/v2/get", is_active=is_active, **fields)
        rest = result_of(client, "inactive/user/v2/get", is_active=is_active, **{**fields, "offset": 100})
        assert page["has_more"] is bool(rest["list"])
        found.append({*page["list"], *rest["list"]})
    assert found[0] | found[1] == ids
    assert not found[0] & found[1]
    assert found[1]
    assert client.call(path, is_active=True, **{**fields, "query_date": "20260901"})["errcode"] == 400002


def test_fields_that_the_app_may_not_see_are_left_out_silently(start_sandbox: Starter) -> None:
    client = start_sandbox(hidden_fields="mobile, email")
    for profile in (
        pages(client, "v2/user/list", 50)[0],
        result_of(client, USER.removeprefix("/topapi/"), userid=client.people(1)[0]),
    ):
        assert not {"mobile", "email"} & set(profile)
        assert profile["name"]
    answer = client.get(SCOPES, params={"access_token": client.token}).json()
    assert not {"mobile", "email"} & set(answer["auth_user_field"])


def test_a_missing_permission_is_60011_and_names_it(start_sandbox: Starter) -> None:
    client = start_sandbox(missing_permissions="qyapi_get_department_list,qyapi_addresslist_search")
    refusal = client.call("/topapi/v2/department/listsub")
    assert (refusal["errcode"], refusal["sub_code"]) == (88, "60011")
    assert "[qyapi_get_department_list]" in refusal["sub_msg"]
    assert client.call("/topapi/user/listid", dept_id=50)["errcode"] == 0
    answer = search(client, queryWord="王")
    assert (answer.status_code, answer.json()["code"]) == (
        403,
        "Forbidden.AccessDenied.AccessTokenPermissionDenied",
    )


def test_the_permissions_of_calls_are_those_that_can_be_missing() -> None:
    assert {*PERMISSIONS.values(), cards.PERMISSION} == set(KNOWN_PERMISSIONS)


def test_what_is_outside_the_scope_is_refused(start_sandbox: Starter) -> None:
    client = start_sandbox(scope_departments="10")
    yesterday = client.sandbox.state.time.to_iso(client.sandbox.state.time.now_ns() - 2 * 86_400 * 10**9)[:10]
    logins = {"is_active": True, "query_date": yesterday.replace("-", ""), "offset": 0, "size": 100}
    answer = client.get(SCOPES, params={"access_token": client.token}).json()
    assert answer["auth_org_scopes"]["authed_dept"] == [10]
    for path, fields in (
        ("v2/department/listsub", {"dept_id": 1}),
        ("v2/department/get", {"dept_id": 50}),
        ("v2/user/list", {"dept_id": 50, "cursor": 0, "size": 10}),
        ("user/listsimple", {"dept_id": 50, "cursor": 0, "size": 10}),
        ("inactive/user/v2/get", {**logins, "dept_ids": [11, 50]}),
    ):
        assert client.call(f"/topapi/{path}", **fields)["errcode"] == 50004
    outside = set(result_of(client, "user/listid", dept_id=50)["userid_list"])
    inside = {page["userid"] for page in pages(client, "v2/user/list", 11)}
    for userid, code in ((min(outside - inside), 50002), (min(inside), 0)):
        person = client.sandbox.state.organisation.by_userid(userid)
        assert person is not None
        for path, argument in (
            ("v2/user/get", {"userid": userid}),
            ("v2/user/getbymobile", {"mobile": person.mobile}),
            ("user/getbyunionid", {"unionid": union_id(userid)}),
            ("v2/department/listparentbyuser", {"userid": userid}),
        ):
            assert client.call(f"/topapi/{path}", **argument)["errcode"] == code, path
    visible = {row["userid"] for dept_id in (10, 11, 12) for row in pages(client, "v2/user/list", dept_id)}
    found = result_of(client, "inactive/user/v2/get", **logins)["list"]
    assert found
    assert visible.issuperset(found)


def test_the_search_finds_departments_by_name(client: Client) -> None:
    headers = {"x-acs-dingtalk-access-token": client.token}
    answer = client.post("/v1.0/contact/departments/search", headers=headers, json={"queryWord": "研发"})
    assert answer.json() == {"hasMore": False, "totalCount": 3, "list": [10, 11, 12]}


def test_none_of_these_calls_counts_in_the_month_but_logins_and_searches(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=0)
    result_of(client, "v2/department/listsub")
    result_of(client, "v2/user/list", dept_id=50, cursor=0, size=1)
    result_of(client, "role/list")
    assert client.call("/topapi/inactive/user/v2/get")["errcode"] == 90020


@for_each(
    "change",
    [
        {},
        {"userid": ""},
        {"userid": "a", "salary": 1},
        {"userid": "a", "name": 1},
        {"userid": "a", "active": 1},
        {"userid": "a", "department_ids": []},
        {"userid": "a", "department_ids": ["50"]},
        [{"userid": "a", "name": "b"}, 5],
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(client: Client, change: object) -> None:
    before = client.get("/_sandbox/users").json()
    assert client.post("/_sandbox/users", json=change).status_code == 400
    assert client.get("/_sandbox/users").json() == before


def test_departments_can_be_added_moved_and_removed(client: Client) -> None:
    def below(number: int) -> list[tuple[int, str]]:
        found = result_of(client, "v2/department/listsub", dept_id=number)
        return [(department["dept_id"], department["name"]) for department in found]

    client.post("/_sandbox/departments", json={"dept_id": 77, "name": "审计部", "parent_id": 50})
    client.post("/_sandbox/departments", json={"dept_id": 20, "parent_id": 77})
    client.post("/_sandbox/departments", json={"dept_id": 30, "removed": True})
    assert below(50) == [(77, "审计部")]
    assert below(77) == [(20, "市场部")]
    assert {20, 30}.isdisjoint(number for number, _ in below(1))
    for change in ({"dept_id": "x"}, {"dept_id": 40, "removed": "yes"}, {"dept_id": 40, "removed": 1}):
        assert client.post("/_sandbox/departments", json=change).status_code == 400
