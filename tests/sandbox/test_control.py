import pytest

from tests.sandbox.conftest import Client, Starter
from tests.table_rows import for_each

WORK = "/topapi/message/corpconversation/"


def test_users_are_listed_in_the_order_of_the_organisation(client: Client) -> None:
    users = client.get("/_sandbox/users").json()
    assert len(users) == 1_200
    assert set(users[0]) == {"userid", "name", "mobile", "department", "active"}
    assert client.get("/_sandbox/users", params={"limit": 3}).json() == users[:3]


def test_messages_contain_recipient_body_and_time(client: Client) -> None:
    people = client.people(3)
    first = client.send(people[:2], "one")["task_id"]
    client.pass_time(0.5)
    second = client.send(people[2:], "two")["task_id"]
    client.pass_time(1)
    one, two = ({"msgtype": "text", "text": {"content": content}} for content in ("one", "two"))
    early = {"time": "2026-11-02T09:00:01.000+08:00", "time_ms": 1_793_581_201_000, "read": False, "recalled": False}
    late = {"time": "2026-11-02T09:00:01.500+08:00", "time_ms": 1_793_581_201_500, "read": False, "recalled": False}
    messages = client.messages()
    assert messages == [
        {"userid": people[0], "body": one, "task_id": first, **early},
        {"userid": people[1], "body": one, "task_id": first, **early},
        {"userid": people[2], "body": two, "task_id": second, **late},
    ]
    assert client.sandbox.state.messages() == messages


@pytest.mark.parametrize("path", ["messages", "calls"])
def test_a_limit_returns_the_newest_entries_with_the_newest_last(client: Client, path: str) -> None:
    for content in "abc":
        client.send(client.people(2), content)
    client.pass_time(1)
    everything = client.get(f"/_sandbox/{path}").json()
    assert client.get(f"/_sandbox/{path}?limit=").json() == everything
    for limit in range(len(everything) + 2):
        given = client.get(f"/_sandbox/{path}", params={"limit": limit}).json()
        assert given == everything[max(len(everything) - limit, 0) :]


@for_each("limit", ["-1", "many", "1.5", "1 0", "١", "9" * 5_000])
@pytest.mark.parametrize("path", ["users", "messages", "calls", "cards", "cards/presses"])
def test_a_bad_limit_is_a_clear_400(client: Client, path: str, limit: str) -> None:
    answer = client.get(f"/_sandbox/{path}", params={"limit": limit})
    assert answer.status_code == 400
    assert "invalid limit" in answer.json()["error"]


def test_calls_list_every_call_with_its_actual_code_and_people(client: Client) -> None:
    client.send([*client.people(2), "ghost"])
    client.post(WORK + "recall")
    client.get("/nowhere")
    calls = client.get("/_sandbox/calls").json()
    assert [(call["method"], call["path"], call["code"], call["people"]) for call in calls] == [
        ("GET", "/gettoken", "0", 0),
        ("POST", WORK + "asyncsend_v2", "0", 3),
        ("POST", WORK + "recall", "40000", 0),
        ("GET", "/nowhere", "404", 0),
    ]
    assert calls[0]["time"] == "2026-11-02T09:00:00.000+08:00"
    assert calls[0]["time_ms"] == 1_793_581_200_000


def test_stats_count_everything(client: Client) -> None:
    client.send([*client.people(2), "ghost"])
    client.send(client.people(1))
    client.pass_time(1)
    stats = client.get("/_sandbox/stats").json()
    assert stats.pop("version")
    assert len(stats.pop("id")) == 32
    assert stats == {
        "sandbox": "dingnb",
        "app_key": "dingsandboxappkey",
        "agent_id": 1_000_001,
        "corp_id": "dingsandboxcorp",
        "seed": 11,
        "users": 1_200,
        "calls": 3,
        "calls_counted": 2,
        "calls_per_month": 5_000,
        "throttled": 0,
        "tasks": 2,
        "messages": 2,
        "recalled": 0,
        "dropped": 1,
        "cards": 0,
        "card_deliveries": 0,
        "presses": 0,
        "stream_counted": 0,
        "stream_per_month": 3_000,
        "now": "2026-11-02T09:00:01.000+08:00",
        "now_ns": client.clock.now_ns(),
    }


def test_control_calls_leave_no_trace(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_ip_calls_per_20_s=2)
    for _ in range(10):
        assert client.get("/_sandbox/stats").json()["calls"] == 1


def test_reset_clears_everything_but_people_as_generated_and_time(client: Client) -> None:
    users = client.get("/_sandbox/users").json()
    client.post("/_sandbox/users", json={"userid": users[0]["userid"], "name": "张三"})
    client.post("/_sandbox/departments", json={"dept_id": 50, "removed": True})
    assert client.get("/_sandbox/users").json() != users
    client.pass_time(5)
    client.send(client.people(1))
    client.pass_time(1)
    now_ns = client.clock.now_ns()
    assert client.post("/_sandbox/reset").json() == {"reset": True}
    stats = client.get("/_sandbox/stats").json()
    assert (stats["calls"], stats["messages"], stats["tasks"], stats["now_ns"]) == (0, 0, 0, now_ns)
    assert client.get("/_sandbox/users").json() == users
    assert client.call("/topapi/v2/user/get", userid="x")["sub_code"] == "40014"


def test_secrets_appear_nowhere(client: Client) -> None:
    client.send(client.people(1))
    client.get("/gettoken", params={"appkey": "x", "appsecret": "another-secret"})
    client.post("/" + "nowhere", params={"access_token": client.token})
    client.pass_time(1)
    seen = "".join(
        client.get(f"/_sandbox/{page_name}").text for page_name in ("users", "messages", "calls", "stats", "clock")
    )
    for secret in (client.token, client.settings.app_secret, "another-secret"):
        assert secret not in seen
    assert client.settings.app_secret not in repr(client.settings) + repr(client.sandbox)


def test_the_clock_can_be_set_and_continues(client: Client) -> None:
    answer = client.post("/_sandbox/clock", json={"now": "2026-12-31T23:59:59+08:00"}).json()
    assert answer == {"now": "2026-12-31T23:59:59.000+08:00", "now_ns": 1_798_732_799_000_000_000, "stopped": False}
    client.pass_time(2)
    answer = client.get("/_sandbox/clock")
    assert answer.json()["now"] == "2027-01-01T00:00:01.000+08:00"
    assert answer.headers["date"] == "Thu, 31 Dec 2026 16:00:01 GMT"


def test_moving_the_clock_finishes_due_tasks(client: Client) -> None:
    client.send(client.people(1))
    client.post("/_sandbox/clock", json={"advance_s": 0.5})
    assert client.messages() == []
    client.post("/_sandbox/clock", json={"advance_s": 0.5})
    assert len(client.messages()) == 1


def test_the_clock_can_be_stopped_and_started(client: Client) -> None:
    now_ns = client.clock.now_ns() + 7
    assert client.post("/_sandbox/clock", json={"now_ns": now_ns, "stopped": True}).json()["stopped"] is True
    client.pass_time(100)
    assert client.get("/_sandbox/clock").json()["now_ns"] == now_ns
    client.post("/_sandbox/clock", json={"advance_s": 1})
    client.pass_time(100)
    assert client.get("/_sandbox/clock").json()["now_ns"] == now_ns + 101 * 10**9


def test_the_clock_can_be_set_forward_only(client: Client) -> None:
    now_ns = client.clock.now_ns()
    for wanted_ns, expected_ns in ((now_ns + 5, now_ns + 5), (now_ns, now_ns + 5), (now_ns + 9, now_ns + 9)):
        answer = client.post("/_sandbox/clock", json={"at_least_ns": wanted_ns, "stopped": True}).json()
        assert answer["now_ns"] == expected_ns


def test_the_clock_can_be_set_back(client: Client) -> None:
    for _ in range(20):
        client.call(WORK + "recall")
    client.post("/_sandbox/clock", json={"advance_s": -3_600})
    assert client.call(WORK + "recall")["errcode"] == 400002


@for_each(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"now_ns": "1"}',
        '{"now_ns": true}',
        '{"now_ns": -1}',
        '{"now_ns": 1e30}',
        '{"now": "yesterday"}',
        '{"now": "2026-11-02T09:00:00"}',
        '{"now": "0001-01-01T00:00:00+08:00"}',
        '{"now": "2262-01-01T00:00:00+00:00"}',
        '{"advance_s": "1"}',
        '{"advance_s": NaN}',
        '{"advance_s": Infinity}',
        '{"advance_s": 1e300}',
        '{"advance_s": 1, "now_ns": 1}',
        '{"advance_s": 1, "stopped": "yes"}',
        '{"sideways": 1}',
    ],
)
def test_a_bad_clock_is_a_clear_400_and_changes_nothing(client: Client, body: str) -> None:
    before = client.get("/_sandbox/clock").json()
    answer = client.post("/_sandbox/clock", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.get("/_sandbox/clock").json() == before


def test_an_unknown_control_path_is_404_and_a_wrong_method_405(client: Client) -> None:
    assert client.get("/_sandbox/nothing").status_code == 404
    assert client.get("/_sandbox/reset").status_code == 405
    answer = client.post("/_sandbox/messages")
    assert (answer.status_code, answer.json()) == (405, {"error": "/_sandbox/messages only accepts GET."})


def test_many_messages_are_all_listed(start_sandbox: Starter) -> None:
    client = start_sandbox(users=5_200, limits_people_per_minute=10**9)
    for content in "abc":
        client.send([], content, to_all_user=True)
    client.pass_time(1)
    staff = sum(person["active"] for person in client.get("/_sandbox/users").json())
    messages = client.get("/_sandbox/messages", params={"limit": 1_000_000}).json()
    assert (
        len({(message["userid"], message["body"]["text"]["content"]) for message in messages})
        == len(messages)
        == 3 * staff
    )
