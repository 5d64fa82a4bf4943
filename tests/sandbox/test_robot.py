"""Replies of the robot through sessionWebhook."""

from pathlib import Path
from typing import Any

import pytest

from dingnb.sandbox import SandboxSettings, start
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.test_events import emit
from tests.table_rows import for_each

TEXT = {"msgtype": "text", "text": {"content": "hello"}, "at": {"atUserIds": ["manager0001"]}}
BUTTONS = [{"title": "A", "actionURL": "https://a.test"}]
GOOD = [
    TEXT,
    {"msgtype": "markdown", "markdown": {"title": "t", "text": "# x"}},
    {"msgtype": "link", "link": {"title": "t", "text": "x", "messageUrl": "https://a.test"}},
    {
        "msgtype": "actionCard",
        "actionCard": {"title": "t", "text": "x", "singleTitle": "A", "singleURL": "dingtalk://x"},
    },
    {"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x", "btns": BUTTONS, "btnOrientation": "0"}},
    {
        "msgtype": "feedCard",
        "feedCard": {"links": [{"title": "1", "messageURL": "https://a.test", "picURL": "https://a.test/1.png"}]},
    },
]
BAD = [
    ({}, 40035),
    ([], 40035),
    ({"msgtype": "image", "image": {}}, 400105),
    ({"msgtype": 5}, 400105),
    ({"text": {"content": "x"}}, 400105),
    ({"msgtype": "text"}, 40035),
    ({"msgtype": "text", "text": {"content": ""}}, 40035),
    ({"msgtype": "text", "text": "x"}, 40035),
    ({"msgtype": "markdown", "markdown": {"title": "t"}}, 40035),
    ({"msgtype": "link", "link": {"title": "t", "text": "x", "messageUrl": "ftp://a"}}, 40035),
    ({"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x"}}, 40035),
    ({"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x", "btns": [{"title": "A"}]}}, 40035),
    ({"msgtype": "feedCard", "feedCard": {"links": [5]}}, 40035),
    ({"msgtype": "text", "text": {"content": "x" * 20_000}}, 460101),
]


def webhook(client: Client, **fields: object) -> str:
    [emitted] = emit(client, {"robot_message": fields})
    return emitted["data"]["sessionWebhook"].removeprefix(client.sandbox.base_url)


def replies(client: Client, **query: object) -> list[dict[str, Any]]:
    return client.get("/_sandbox/replies", params=query).json()


@pytest.mark.parametrize("body", GOOD, ids=map(str, range(len(GOOD))))
def test_the_reply_to_a_robot_message_can_be_read(client: Client, body: dict[str, Any]) -> None:
    path = webhook(client, **{"from": "manager0001"})
    assert client.post(path, json=body).json() == {"errcode": 0, "errmsg": "ok"}
    [said] = replies(client)
    assert (said["body"], said["userid"]) == (body, "manager0001")
    assert said["time_ms"] == client.clock.now_ns() // 1_000_000
    assert said["conversation_id"].startswith("cid")


def test_an_empty_reply_posts_nothing(client: Client) -> None:
    assert client.post(webhook(client), json={"msgtype": "empty"}).json()["errcode"] == 0
    assert replies(client) == []


@for_each(("body", "code"), BAD)
def test_an_invalid_reply_is_refused(client: Client, body: object, code: int) -> None:
    assert client.post(webhook(client), json=body).json()["errcode"] == code
    assert replies(client) == []


def test_a_post_without_the_json_content_type_is_refused(client: Client) -> None:
    path = webhook(client)
    assert client.get(path).json()["errcode"] == 43002
    assert client.post(path, data={"msgtype": "text"}).json()["errcode"] == 43004
    headers = {"content-type": "application/json"}
    assert client.post(path, data="{", headers=headers).json()["errcode"] == 40035


def test_a_session_must_exist_and_expires(start_sandbox: Starter) -> None:
    client = start_sandbox(session_lifetime_s=60)
    path = webhook(client)
    unknown = {"errcode": 300001, "errmsg": "session 不存在"}
    assert client.post(path + "x", json=TEXT).json() == unknown
    assert client.post("/robot/sendBySession", json=TEXT).json() == unknown
    client.pass_time(59)
    assert client.post(path, json=TEXT).json()["errcode"] == 0
    client.pass_time(1)
    assert client.post(path, json=TEXT).json() == unknown


def test_the_newest_replies_can_be_requested(client: Client) -> None:
    path = webhook(client)
    for number in range(3):
        client.post(path, json={"msgtype": "text", "text": {"content": str(number)}})
    assert [reply["body"]["text"]["content"] for reply in replies(client, limit=2)] == ["1", "2"]


def test_sessions_and_replies_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite3"
    with start(SandboxSettings(), journal=file) as sandbox:
        first = Client(sandbox, sandbox.state.time.clock)
        path = webhook(first)
        first.post(path, json=TEXT)
        first.http.close()
    with start(SandboxSettings(), journal=file) as sandbox:
        again = Client(sandbox, sandbox.state.time.clock)
        assert again.post(path, json=TEXT).json()["errcode"] == 0
        assert [reply["body"] for reply in replies(again)] == [TEXT, TEXT]
        again.http.close()
