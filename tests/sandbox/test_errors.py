import json

import pytest

from tests.sandbox.conftest import Client, Starter

TOKEN = "x-acs-dingtalk-access-token"
WORK = "/topapi/message/corpconversation/"


def test_an_unknown_topapi_name_is_22_even_without_a_token(client: Client) -> None:
    refusal = client.post("/topapi/v2/user/notexist", json={}).json()
    assert refusal.pop("request_id")
    text = (
        "不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist; this sandbox does not serve /topapi/v2/user/notexist"
    )
    assert refusal == {"errcode": 22, "sub_msg": text, "errmsg": f"Invalid method[submsg={text}]"}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/topapi", "/v1.0", "/_sandboxes"])
def test_an_unknown_old_path_is_404_inside_http_200(client: Client, path: str) -> None:
    answer = client.post(path, json={})
    assert answer.status_code == 200
    assert answer.json() == {"errcode": 404, "errmsg": f"请求的URI地址不存在: this sandbox does not serve {path}"}


@pytest.mark.parametrize("path", ["/v1.0/nowhere", "/v2.0/nowhere"])
def test_an_unknown_new_path_is_http_404_with_a_token(client: Client, path: str) -> None:
    answer = client.post(path, json={}, headers={TOKEN: client.token})
    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "requestid", "message"}
    assert answer.json()["message"].endswith(f"this sandbox does not serve {path}")


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "AuthenticationFailed.MissingParameter"), ({TOKEN: "wrong"}, "InvalidAuthentication")],
)
@pytest.mark.parametrize("path", ["/v1.0/nowhere", "/v1.0/contact/users/search"])
def test_the_new_api_checks_the_token_before_the_path(
    client: Client, path: str, headers: dict[str, str], code: str
) -> None:
    for answer in (client.post(path, json={}, headers=headers), client.get(path, headers=headers)):
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_topapi_call_is_a_post(client: Client) -> None:
    answer = client.get("/topapi/v2/user/get", params={"access_token": client.token, "userid": "x"}).json()
    assert answer["errcode"] == 43002


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b'"text"', b"[" * 100_000, b"1" * 5_000])
@pytest.mark.usefixtures("without_garbage")
def test_a_body_that_is_not_a_json_object_is_47001(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    query = {"access_token": client.token}
    assert client.post(WORK + "recall", params=query, data=body, headers=headers).json()["errcode"] == 47001


def test_answers_declare_json_in_utf_8(client: Client) -> None:
    answer = client.post("/nowhere")
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert json.loads(answer.content.decode("utf-8"))["errmsg"].startswith("请求的URI地址不存在")


def test_the_date_header_follows_the_clock(client: Client) -> None:
    assert client.get("/nowhere").headers["date"] == "Mon, 02 Nov 2026 01:00:00 GMT"
    client.pass_time(61)
    assert client.get("/nowhere").headers.get("date") == "Mon, 02 Nov 2026 01:01:01 GMT"


def test_request_ids_repeat_from_run_to_run_and_differ_within_one(start_sandbox: Starter) -> None:
    first, second = start_sandbox(), start_sandbox()
    ids = [first.call("/topapi/v2/user/get", userid="x")["request_id"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert [second.call("/topapi/v2/user/get", userid="x")["request_id"] for _ in range(3)] == ids


def test_a_lone_surrogate_in_a_userid_is_just_an_unknown_person(client: Client) -> None:
    task_id = client.send(["\ud800"])["task_id"]
    client.pass_time(1)
    assert client.lists(task_id)["invalid_user_id_list"] == ["?"]
