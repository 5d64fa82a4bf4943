import pytest
import requests

from tests.sandbox.conftest import Client, Starter

SEARCH = "/v1.0/contact/users/search"
BY_MOBILE = "/topapi/v2/user/getbymobile"
USER = "/topapi/v2/user/get"


def person_of(client: Client, *, active: bool) -> dict[str, object]:
    return next(one for one in client.get("/_sandbox/users").json() if one["active"] is active)


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
    staff = [one for one in client.get("/_sandbox/users").json() if one["active"] and "王" in one["name"]]
    found = []
    for offset in range(0, len(staff), 5):
        page = search(client, queryWord="王", offset=offset, size=5).json()
        assert set(page) == {"hasMore", "totalCount", "list"}
        assert page["totalCount"] == len(staff)
        assert page["hasMore"] is (offset + 5 < len(staff))
        found += page["list"]
    assert found == [one["userid"] for one in staff]


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
    staff = [one for one in client.get("/_sandbox/users").json() if one["active"]]
    assert client.call(COUNT, only_active=True)["result"] == {"count": len(staff)}
    assert client.call(COUNT, only_active="perhaps")["errcode"] == 41
