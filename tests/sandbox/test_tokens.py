import pytest
import requests

from tests.sandbox.conftest import Client, Starter

WORK = "/topapi/message/corpconversation/"
NEW_TOKEN = "/v1.0/oauth2/accessToken"
SEARCH = "/v1.0/contact/users/search"
HEADER = "x-acs-dingtalk-access-token"


def get_token(client: Client, **query: object) -> dict[str, object]:
    return client.get("/gettoken", params=query).json()


def credentials(client: Client) -> dict[str, str]:
    return {"appkey": client.settings.app_key, "appsecret": client.settings.app_secret}


def new_token(client: Client) -> requests.Response:
    fields = {"appKey": client.settings.app_key, "appSecret": client.settings.app_secret}
    return client.post(NEW_TOKEN, json=fields)


def test_old_token_call_has_exactly_the_documented_fields(client: Client) -> None:
    assert get_token(client, **credentials(client)) == {
        "errcode": 0,
        "errmsg": "ok",
        "access_token": client.token,
        "expires_in": 7200,
    }


def test_both_apis_return_the_same_token(client: Client) -> None:
    answer = new_token(client)
    assert answer.status_code == 200
    assert answer.json() == {"accessToken": client.token, "expireIn": 7200}


CORP_TOKEN = "/v1.0/oauth2/dingsandboxcorp/token"


def corp_token(client: Client, path: str = CORP_TOKEN, **changed: object) -> requests.Response:
    fields = {"client_id": client.settings.app_key, "client_secret": client.settings.app_secret}
    return client.post(path, json={**fields, "grant_type": "client_credentials", **changed})


def test_the_token_call_of_an_organisation_has_exactly_the_documented_fields(client: Client) -> None:
    answer = corp_token(client)
    assert answer.status_code == 200
    assert answer.json() == {"access_token": client.token, "expires_in": 7200}


@pytest.mark.parametrize(
    ("path", "changed", "status", "code"),
    [
        (CORP_TOKEN, {"grant_type": "password"}, 400, "unsupported.grant.type"),
        (CORP_TOKEN, {"grant_type": None}, 400, "unsupported.grant.type"),
        (CORP_TOKEN, {"client_secret": "wrong"}, 400, "invalid.client"),
        (CORP_TOKEN, {"client_id": 5}, 400, "invalid.client"),
        ("/v1.0/oauth2/dingother/token", {}, 500, "unknownError"),
    ],
)
def test_the_token_call_of_an_organisation_refuses(
    client: Client, path: str, changed: dict[str, object], status: int, code: str
) -> None:
    answer = corp_token(client, path, **changed)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get("/v1.0/oauth2/dingsandboxcorp/token").status_code == 405


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ({}, 40035, "缺少参数 corpid or appkey"),
        ({"appkey": "dingsandboxappkey"}, 40035, "缺少参数 corpid or appkey"),
        ({"appkey": "dingsandboxappkey", "appsecret": "wrong"}, 40096, "不合法的appKey或appSecret"),
        ({"appkey": "another", "appsecret": "sandbox-secret-not-for-live-use"}, 40096, "不合法的appKey或appSecret"),
        ({"corpid": "a", "corpsecret": "b"}, 40089, "不合法的corpid或corpsecret"),
    ],
)
def test_old_token_call_refuses_directly(client: Client, query: dict[str, str], code: int, text: str) -> None:
    assert get_token(client, **query) == {"errcode": code, "errmsg": text}


def test_old_token_call_reads_the_query_only(client: Client) -> None:
    answer = client.http.request("GET", client.url("/gettoken"), data=credentials(client), timeout=10)
    assert answer.json()["errcode"] == 40035


def test_old_token_call_is_a_get(client: Client) -> None:
    assert client.post("/gettoken", params=credentials(client)).json() == {"errcode": 43001, "errmsg": "需要GET请求"}


@pytest.mark.parametrize("fields", [{}, {"appKey": "dingsandboxappkey", "appSecret": "x"}, [], {"appKey": 1}])
def test_new_token_call_refuses_with_http_400(client: Client, fields: object) -> None:
    answer = client.post(NEW_TOKEN, json=fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalidClientIdOrSecret"
    assert set(answer.json()) == {"code", "requestid", "message"}


def test_new_token_call_refuses_truncated_json(client: Client) -> None:
    answer = client.post(NEW_TOKEN, data=b'{"appKey":')
    assert (answer.status_code, answer.json()["code"]) == (400, "invalidClientIdOrSecret")


def test_new_token_call_is_a_post(client: Client) -> None:
    assert client.get(NEW_TOKEN).status_code == 405


def test_a_call_extends_the_lifetime_of_the_same_token(client: Client) -> None:
    client.pass_time(7_000)
    assert get_token(client, **credentials(client))["access_token"] == client.token
    client.pass_time(7_199)
    assert client.call("/topapi/v2/user/get", userid=client.people(1)[0])["errcode"] == 0


def test_a_token_is_valid_for_7200_seconds(client: Client) -> None:
    person = client.people(1)[0]
    client.clock.advance(7_200 * 10**9 - 1)
    assert client.call("/topapi/v2/user/get", userid=person)["errcode"] == 0
    client.clock.advance(1)
    refusal = client.call("/topapi/v2/user/get", userid=person)
    assert (refusal["errcode"], refusal["sub_code"]) == (88, "42001")
    assert get_token(client, **credentials(client))["access_token"] != client.token


def test_the_error_for_an_expired_token_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(expired_token_code="40014")
    client.pass_time(7_200)
    assert client.call("/topapi/v2/user/get", userid="x")["sub_code"] == "40014"


def test_a_missing_token_is_wrapped_in_88(client: Client) -> None:
    refusal = client.post(WORK + "asyncsend_v2", json={}, headers={HEADER: client.token}).json()
    assert refusal.pop("request_id")
    assert refusal == {
        "errcode": 88,
        "sub_code": "40000",
        "sub_msg": "access_token is blank",
        "errmsg": "ding talk error[subcode=40000,submsg=access_token is blank]",
    }


def test_an_unknown_token_is_wrapped_in_88(client: Client) -> None:
    refusal = client.post(WORK + "recall", params={"access_token": "never-issued"}, json={}).json()
    assert refusal.pop("request_id")
    assert refusal == {
        "errcode": 88,
        "sub_code": "40014",
        "sub_msg": "不合法的access_token",
        "errmsg": "ding talk error[subcode=40014,submsg=不合法的access_token]",
    }


def test_the_token_may_be_in_a_form_but_not_in_a_json_body(client: Client) -> None:
    fields = {"userid": client.people(1)[0], "access_token": client.token}
    assert client.post("/topapi/v2/user/get", data=fields).json()["errcode"] == 0
    assert client.post("/topapi/v2/user/get", json=fields).json()["sub_code"] == "40000"


def test_a_form_without_the_content_type_contains_no_token(client: Client) -> None:
    body = f"access_token={client.token}&userid=x"
    headers = {"content-type": "application/json"}
    assert client.post("/topapi/v2/user/get", data=body, headers=headers).json()["sub_code"] == "40000"


def test_both_apis_accept_tokens_from_either(client: Client) -> None:
    token = new_token(client).json()["accessToken"]
    query = {"access_token": token}
    person = {"userid": client.people(1)[0]}
    assert client.post("/topapi/v2/user/get", params=query, json=person).json()["errcode"] == 0
    assert client.post(SEARCH, headers={HEADER: client.token}, json={"queryWord": "王"}).status_code == 200


def test_the_new_api_ignores_query_and_bearer_tokens(client: Client) -> None:
    answer = client.post(
        SEARCH,
        params={"access_token": client.token},
        headers={"Authorization": f"Bearer {client.token}"},
        json={"queryWord": "王"},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "AuthenticationFailed.MissingParameter"
    assert answer.json()["message"] == "缺少参数：x-acs-dingtalk-access-token"


def test_the_new_api_refuses_an_unknown_token(client: Client) -> None:
    answer = client.post(SEARCH, headers={HEADER: "never-issued"}, json={"queryWord": "王"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidAuthentication"
    assert answer.json()["message"] == "不合法的access_token"
    assert set(answer.json()) == {"code", "requestid", "message"}


def test_revoked_tokens_are_unknown_and_the_next_call_issues_a_new_one(client: Client) -> None:
    assert client.post("/_sandbox/tokens/revoke").json() == {"revoked": True}
    assert client.call("/topapi/v2/user/get", userid="x")["sub_code"] == "40014"
    fresh = get_token(client, **credentials(client))["access_token"]
    assert fresh != client.token
    client.token = fresh
    assert client.call("/topapi/v2/user/get", userid=client.people(1)[0])["errcode"] == 0


def test_token_calls_do_not_count_towards_the_month_or_the_rate(client: Client) -> None:
    for _ in range(30):
        assert get_token(client, **credentials(client))["errcode"] == 0
    assert client.get("/_sandbox/stats").json()["calls_counted"] == 0
