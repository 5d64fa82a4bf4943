"""Faults: when they are injected, what the caller gets, and whether the call is executed."""

import asyncio
import json
import re
import socket
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import ApiError, BannedError, InputError
from dingnb.sandbox import SandboxSettings, create_app, faults
from dingnb.sandbox.faults import FAULTS_BY_NAME, Faults, read_rule
from dingnb.transport.responses import RawResponse, parse_response
from tests.sandbox.conftest import WORK, Client, Starter
from tests.table_rows import for_each

SEND = WORK + "asyncsend_v2"
NEW_TOKEN = "/v1.0/oauth2/accessToken"


def add(client: Client, fault: str, **fields: Any) -> None:
    answer = client.post("/_sandbox/faults", json={"fault": fault, **fields})
    assert answer.status_code == 200, answer.text


def post_send(client: Client, content: str = "hello") -> requests.Response:
    message = {"msgtype": "text", "text": {"content": content}}
    fields = {"agent_id": client.settings.agent_id, "userid_list": client.people(1)[0], "msg": message}
    return client.post(SEND, params={"access_token": client.token}, json=fields)


def sends(client: Client) -> list[tuple[str, str]]:
    return [(call["code"], call["fault"]) for call in client.sandbox.state.recorded_calls() if call["path"] == SEND]


def tasks(client: Client) -> int:
    return client.sandbox.state.stats()["tasks"]


def code_of(answer: requests.Response, path: str) -> str:
    raw = RawResponse(path, answer.status_code, answer.text, answer.headers["date"])
    with pytest.raises(ApiError) as caught:
        parse_response(raw, new_api=path.startswith("/v1.0"))
    return caught.value.code


@pytest.mark.parametrize(
    ("rule", "matched"),
    [
        ({"nth": 3}, [3]),
        ({"nth": [2, 5]}, [2, 5]),
        ({"nth": [2, 5], "times": 1}, [2]),
        ({"times": 2}, [1, 2]),
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"probability": 1, "times": 1}, [1]),
        ({"probability": 0}, []),
        ({"path": "/asyncsend_v2", "nth": 1}, [1]),
        ({"path": SEND, "nth": 1}, [1]),
        ({"path": "/recall"}, []),
    ],
    ids=str,
)
def test_a_rule_applies_to_matching_calls(client: Client, rule: dict[str, Any], matched: list[int]) -> None:
    add(client, "busy", **rule)
    codes = [client.send(client.people(1), str(number))["errcode"] for number in range(1, 7)]
    assert [number for number, code in enumerate(codes, 1) if code == -1] == matched
    assert client.get("/_sandbox/faults").json()[0]["injected"] == len(matched)


def test_a_probability_selects_the_same_calls_for_the_same_seed() -> None:
    def matched(seed: int) -> list[bool]:
        rules = Faults(threading.RLock())
        rules.add("busy", probability=0.3, seed=seed)
        return [rules.inject("/x", 0).rule is not None for _ in range(200)]

    assert matched(1) == matched(1) != matched(20_261_128)
    assert 40 < sum(matched(1)) < 80


def test_faults_apply_to_token_calls(client: Client) -> None:
    add(client, "busy", path="/gettoken")
    add(client, "busy", path=NEW_TOKEN)
    assert client.get("/gettoken").json()["errcode"] == -1
    assert code_of(client.post(NEW_TOKEN, json={}), NEW_TOKEN) == "system.error"
    assert client.send(client.people(1))["errcode"] == 0


def test_faults_do_not_apply_to_the_control_api(client: Client) -> None:
    add(client, "drop_before")
    assert client.get("/_sandbox/stats").json()["calls"] == 1


@pytest.mark.parametrize(
    ("fault", "code", "executes"),
    [("drop_before", "", False), ("drop_after", "0", True), ("reset_before", "", False), ("reset_after", "0", True)],
)
def test_a_connection_ends_without_an_answer(
    client: Client, fault: str, code: str, *, executes: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    add(client, fault, path=SEND, nth=1)
    with pytest.raises(requests.ConnectionError) as caught:
        post_send(client)
    assert ("reset" in str(caught.value)) == fault.startswith("reset")
    assert tasks(client) == executes
    assert client.sandbox.state.stats()["calls_counted"] == executes
    assert sends(client) == [(code, fault)]
    assert post_send(client).json()["errcode"] == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("fault", "status", "executes"),
    [("502", 502, False), ("504", 504, True), ("html", 200, False)],
)
@pytest.mark.parametrize("chosen", [None, True, False])
def test_a_web_page_replaces_the_answer(
    client: Client, fault: str, status: int, *, executes: bool, chosen: bool | None
) -> None:
    add(client, fault, path=SEND, **({} if chosen is None else {"executes": chosen}))
    answer = post_send(client)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html;charset=utf-8")
    assert answer.text.startswith("<html>")
    worked_on = executes if chosen is None else chosen
    assert tasks(client) == worked_on
    assert sends(client) == [("0" if worked_on else fault, fault)]


def test_a_truncated_error_keeps_its_status(client: Client) -> None:
    add(client, "truncated", path=NEW_TOKEN)
    answer = client.post(NEW_TOKEN, json={"appKey": "another", "appSecret": "wrong"})
    assert answer.status_code == 400
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_truncated_answer_is_half_the_json_of_an_executed_call(client: Client) -> None:
    add(client, "truncated", path=SEND)
    answer = post_send(client)
    assert answer.text.startswith('{"errcode":0')
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (tasks(client), sends(client)) == (1, [("0", "truncated")])


@pytest.mark.parametrize(
    ("fault", "path", "code"),
    [
        ("busy", SEND, "-1"),
        ("isp", SEND, "15"),
        ("token", SEND, "40014"),
        ("token", "/gettoken", "40014"),
        ("throttled", SEND, "90018"),
        ("throttled", "/auth/scopes", "90018"),
        ("throttled_everybody", SEND, "90002"),
        ("throttled_everybody", "/gettoken", "90002"),
        ("month", SEND, "90020"),
        ("ip_not_allowed", SEND, "60020"),
        ("ip_not_allowed", "/gettoken", "60020"),
        ("ban", SEND, "1111"),
        ("token", NEW_TOKEN, "InvalidAuthentication"),
        ("throttled", NEW_TOKEN, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        ("throttled_everybody", NEW_TOKEN, "Forbidden.AccessDenied.QpsLimitForApi"),
        ("month", NEW_TOKEN, "Forbidden.AccessDenied.ApiCountLimitForOrg"),
        ("ip_not_allowed", NEW_TOKEN, "Forbidden.AccessDenied.IpNotInWhiteList"),
        ("ban", NEW_TOKEN, "1111"),
    ],
)
def test_errors_have_the_format_that_the_client_expects(client: Client, fault: str, path: str, code: str) -> None:
    add(client, fault, path=path)
    answer = client.post(path, params={"access_token": client.token}, json={})
    assert code_of(answer, path) in {code, "isp.top-remote-connection-timeout" if code == "15" else code}
    assert client.sandbox.state.recorded_calls()[-1]["fault"] == fault


def test_gateway_errors_are_wrapped_and_plain_ones_are_not(client: Client) -> None:
    add(client, "throttled")
    wrapped = client.post(SEND, json={}).json()
    assert (wrapped["errcode"], wrapped["sub_code"]) == (88, "90018")
    assert wrapped["errmsg"] == f"ding talk error[subcode=90018,submsg={wrapped['sub_msg']}]"
    plain = client.get("/gettoken").json()
    assert (plain["errcode"], "sub_code" in plain) == (90018, False)


def test_an_address_that_is_not_allowed_is_named_in_the_old_api_alone(client: Client) -> None:
    add(client, "ip_not_allowed")
    assert client.post(SEND, json={}).json()["sub_msg"] == (
        "访问ip不在白名单之中,request ip=127.0.0.1 appKey(dingsandboxappkey)"
    )
    answer = client.post(NEW_TOKEN, json={})
    assert (answer.status_code, answer.json()["message"]) == (403, "访问ip不在白名单之中")


def test_a_ban_has_the_documented_body(client: Client) -> None:
    add(client, "ban")
    body = client.post(SEND, json={}).json()
    assert {**body, "uuid": ""} == {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": ""}


@pytest.mark.parametrize(("answer", "errcode"), [("direct", 90020), ("wrapped", 88)])
def test_a_used_up_month_is_wrapped_as_the_setting_says(start_sandbox: Starter, answer: str, errcode: int) -> None:
    client = start_sandbox(monthly_quota_error=answer)
    add(client, "month")
    assert post_send(client).json()["errcode"] == errcode


@pytest.mark.parametrize("fault", ["throttled", "throttled_everybody", "month", "ban"])
def test_refused_calls_count_as_throttled_but_not_towards_limits(client: Client, fault: str) -> None:
    add(client, fault, path=SEND, times=1)
    post_send(client)
    stats = client.sandbox.state.stats()
    assert (stats["calls_counted"], stats["throttled"], stats["tasks"], stats["calls"]) == (0, 1, 0, 2)


def test_a_global_throttle_states_its_end_and_lasts_until_then(client: Client) -> None:
    client.pass_time(0.25)
    add(client, "throttled_everybody", path=SEND, nth=2, for_s=3)
    assert post_send(client, "1").json()["errcode"] == 0
    answer = post_send(client, "2")
    text = answer.json()["sub_msg"]
    assert "apiPath(dingtalk.oapi.message.corpconversation.asyncsend_v2)" in text
    assert re.search("限制将在 (.*) 结束", text)[1] == "2026-11-02 09:00:04"
    client.pass_time(3.7)
    assert post_send(client, "3").json()["sub_code"] == "90002"
    client.pass_time(0.05)
    assert post_send(client, "4").json()["errcode"] == 0
    assert client.sandbox.state.faults.rules()[0]["injected"] == 2


def test_an_isp_error_follows_execution(client: Client) -> None:
    add(client, "isp", path=SEND, nth=1)
    body = post_send(client).json()
    assert (body["errcode"], body["sub_code"]) == (15, "isp.top-remote-connection-timeout")
    assert (tasks(client), sends(client)) == (1, [("0", "isp")])


def test_the_oldest_rule_applies_together_with_delays(client: Client) -> None:
    add(client, "busy", nth=1)
    add(client, "token", nth=[1, 2])
    add(client, "delay", nth=1, delay_s=5)
    before_ns = client.clock.now_ns()
    assert [post_send(client).json()["errcode"] for _ in range(2)] == [-1, 88]
    assert client.clock.now_ns() == before_ns + 5 * NS_PER_S
    assert sends(client) == [("-1", "busy,delay"), ("40014", "token")]


def test_a_delay_also_delays_a_participating_caller(client: Client) -> None:
    add(client, "delay", path=SEND, delay_s=7)
    begun_ns, ended = client.clock.now_ns(), []

    def call(number: int) -> None:
        with client.clock.participating():
            answer = client.post(SEND, params={"access_token": client.token, "n": number}, json={})
            ended.append((answer.headers["date"], client.clock.now_ns()))

    client.people(1)
    with client.clock.participating():
        threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            with client.clock.on_behalf_of_caller():
                _join(client.clock, thread)
    assert ended == [("Mon, 02 Nov 2026 01:00:07 GMT", begun_ns + 7 * NS_PER_S)] * 12
    assert [recorded["time_ms"] for recorded in client.sandbox.state.recorded_calls()[1:]] == [begun_ns // 10**6] * 12


def _join(clock: VirtualClock, thread: threading.Thread) -> None:
    """Wait for a thread as a participant, so that the time advances."""
    over = clock.event()
    threading.Thread(target=lambda: (thread.join(), over.set())).start()
    clock.wait(over)


def test_a_delay_on_a_stopped_clock_ends_when_the_clock_is_moved_past_it(client: Client) -> None:
    state = client.sandbox.state
    now_ns = state.time.now_ns()
    client.post("/_sandbox/clock", json={"now_ns": now_ns, "stopped": True})
    add(client, "delay", path=SEND, delay_s=1_000)
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(post_send(client).json()["errcode"]))
    with requests.Session() as http:
        http.trust_env = False
        thread.start()
        while not sends(client):
            http.get(client.url("/_sandbox/clock"), timeout=10)
        http.post(client.url("/_sandbox/clock"), json={"now_ns": now_ns + 999 * NS_PER_S, "stopped": True}, timeout=10)
        assert thread.is_alive()
        end = {"now_ns": now_ns + 1_000 * NS_PER_S, "stopped": True}
        http.post(client.url("/_sandbox/clock"), json=end, timeout=10)
    thread.join(10)
    assert answers == [0]


def test_a_delay_on_a_stopped_clock_lasts_no_longer_than_in_real_time(client: Client) -> None:
    client.post("/_sandbox/clock", json={"now_ns": client.clock.now_ns(), "stopped": True})
    add(client, "delay", path=SEND, delay_s=0.01)
    assert post_send(client).json()["errcode"] == 0


def test_stopping_sends_delayed_answers(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.post("/_sandbox/clock", json={"now_ns": client.clock.now_ns(), "stopped": True})
    add(client, "delay", path=SEND, delay_s=1_000)
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(post_send(client).json()["errcode"]))
    thread.start()
    while not sends(client):
        client.sandbox.state.stats()
    client.sandbox.stop()
    thread.join(10)
    assert (answers, capfd.readouterr()) == ([0], ("", ""))


def refused(client: Client) -> bool:
    with requests.Session() as http:
        http.trust_env = False
        try:
            http.get(client.url("/_sandbox/stats"), timeout=10)
        except requests.ConnectionError as error:
            return "refused" in str(error)
    return False


def test_connections_are_refused_for_a_period_of_virtual_time(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    client.send(client.people(1))
    with client.clock.participating():
        client.sandbox.state.faults.add("refuse", for_s=5)
        with pytest.raises(requests.ConnectionError, match="refused"):
            client.get("/gettoken")
        client.clock.wait(client.clock.event(), 5 * NS_PER_S - 1)
        assert refused(client)
        client.clock.wait(client.clock.event(), 2)
        assert client.get("/gettoken").json()["errcode"] == 40035
    assert client.sandbox.state.faults.rules()[0]["injected"] == 1
    assert capfd.readouterr() == ("", "")


def test_connections_are_refused_after_the_call_named_by_the_rule(client: Client) -> None:
    people = client.people(1)
    with client.clock.participating():
        add(client, "refuse", path=SEND, nth=2, for_s=60)
        answers = [post_send(client, text) for text in "ab"]
        assert [answer.json()["errcode"] for answer in answers] == [0, 0]
        assert [answer.headers.get("connection") for answer in answers] == [None, "close"]
        with pytest.raises(requests.ConnectionError, match="refused"):
            client.send(people, "c")
    assert [fault for _, fault in sends(client)] == ["", "refuse"]


def test_a_control_only_connection_stays_open_and_can_open_the_port(client: Client) -> None:
    with client.clock.participating(), requests.Session() as http:
        http.trust_env = False
        http.post(client.url("/_sandbox/faults"), json={"fault": "refuse", "for_s": 60}, timeout=10)
        assert refused(client)
        assert http.post(client.url("/_sandbox/faults"), json={"clear": True}, timeout=10).json() == []
        assert not refused(client)


def test_an_open_connection_that_was_never_used_ends_when_the_port_is_closed(client: Client) -> None:
    address = ("127.0.0.1", urlsplit(client.sandbox.base_url).port)
    with socket.create_connection(address, timeout=10) as idle, client.clock.participating():
        add(client, "refuse", for_s=60)
        assert idle.recv(1) == b""


def test_a_read_only_control_connection_is_refused_while_the_port_is_closed(client: Client) -> None:
    with client.clock.participating(), requests.Session() as http:
        http.trust_env = False
        http.get(client.url("/_sandbox/stats"), timeout=10)
        add(client, "refuse", for_s=60)
        with pytest.raises(requests.ConnectionError, match="refused"):
            http.get(client.url("/gettoken"), timeout=10)


def test_an_api_call_on_a_control_connection_is_not_answered_while_the_port_is_closed(client: Client) -> None:
    calls = client.sandbox.state.recorded_calls()
    with client.clock.participating(), requests.Session() as http:
        http.trust_env = False
        http.post(client.url("/_sandbox/faults"), json={"fault": "refuse", "for_s": 60}, timeout=10)
        with pytest.raises(requests.ConnectionError, match="without response"):
            http.get(client.url("/gettoken"), timeout=10)
        with pytest.raises(requests.ConnectionError, match="refused"):
            http.get(client.url("/gettoken"), timeout=10)
    assert client.sandbox.state.recorded_calls() == calls


def test_a_sandbox_can_be_stopped_while_it_refuses(client: Client) -> None:
    with client.clock.participating():
        client.sandbox.state.faults.add("refuse", for_s=60)
        client.sandbox.stop()
        assert refused(client)
    client.sandbox.state.faults.clear()


def test_integers_of_numpy_are_accepted_in_rules(client: Client) -> None:
    one, two = np.array([1, 2])
    client.sandbox.state.faults.add("busy", nth=[two, one, two], seed=one)
    client.sandbox.state.faults.add("token", nth=two, times=one)
    rules = client.get("/_sandbox/faults").json()
    assert [(rule["nth"], rule["seed"], rule["times"]) for rule in rules] == [([1, 2], 1, None), ([2], 0, 1)]


def test_rules_are_listed_and_removed(client: Client) -> None:
    add(client, "delay", delay_s=2, path="/nowhere", nth=[5, 4, 5])
    [rule] = client.get("/_sandbox/faults").json()
    assert rule == {
        "fault": "delay",
        "path": "/nowhere",
        "nth": [4, 5],
        "probability": None,
        "seed": 0,
        "times": None,
        "delay_s": 2,
        "for_s": 0,
        "executes": True,
        "matched": 0,
        "injected": 0,
    }
    client.get("/nowhere")
    assert client.get("/_sandbox/faults").json()[0]["matched"] == 1
    for remove in (
        lambda: client.http.delete(client.url("/_sandbox/faults"), timeout=10),
        lambda: client.post("/_sandbox/faults", json={"clear": True}),
        lambda: client.post("/_sandbox/reset"),
    ):
        add(client, "busy")
        remove()
        assert client.get("/_sandbox/faults").json() == []
    assert client.get("/nowhere").json()["errcode"] == 404


@for_each(
    ("rule", "word"),
    [
        ({}, "invalid fault: None"),
        ({"fault": "sideways"}, "sideways"),
        ({"fault": ["busy"]}, "busy"),
        ({"fault": "busy", "sideways": 1}, "sideways"),
        ({"fault": "busy", "path": 5}, "path"),
        ({"fault": "busy", "path": ""}, "path"),
        *(({"fault": "busy", "nth": nth}, "nth") for nth in (0, -1, 1.5, "1", True, [], [0], [[1]], None)),
        *(
            ({"fault": "busy", "probability": probability}, "probability")
            for probability in (-0.1, 1.1, 10**400, "1", True, None)
        ),
        ({"fault": "busy", "probability": 0.5, "nth": 1}, "either nth or probability"),
        ({"fault": "busy", "times": 0}, "times"),
        ({"fault": "busy", "seed": -1}, "seed"),
        ({"fault": "busy", "delay_s": 1}, "delay_s"),
        ({"fault": "busy", "executes": 1}, "executes"),
        ({"fault": "drop_before", "executes": True}, "executes"),
        ({"fault": "month", "for_s": 1}, "for_s"),
        ({"fault": "throttled_everybody", "for_s": 0}, "for_s"),
        ({"fault": "delay"}, "delay_s"),
        ({"fault": "delay", "delay_s": 0}, "delay_s"),
        ({"fault": "delay", "delay_s": -1}, "delay_s"),
        ({"fault": "delay", "delay_s": 10**400}, "delay_s"),
        ({"fault": "refuse"}, "for_s"),
        ({"fault": "refuse", "for_s": 1, "path": "/x"}, "refuse"),
        ({"fault": "refuse", "for_s": 1, "times": 2}, "refuse"),
        ({"clear": False}, "invalid fault: None"),
    ],
)
def test_a_malformed_rule_is_a_clear_400_and_changes_nothing(client: Client, rule: dict[str, Any], word: str) -> None:
    answer = client.post("/_sandbox/faults", json=rule)
    assert answer.status_code == 400
    assert word in answer.json()["error"]
    assert client.get("/_sandbox/faults").json() == []


@pytest.mark.parametrize("body", ["{", "[]", '"busy"', '{"fault": "delay", "delay_s": NaN}', '{"self": 1}'])
def test_an_invalid_rule_is_a_400(client: Client, body: str) -> None:
    assert client.post("/_sandbox/faults", data=body).status_code == 400


def test_every_fault_is_documented_and_accepted() -> None:
    table = (faults.__doc__ or "").split("effect on the call")[1]
    for name, properties in FAULTS_BY_NAME.items():
        assert f"``{name}``" in table
        assert (
            read_rule({"fault": name, **({properties.required_field: 1} if properties.required_field else {})}).fault
            == name
        )


@pytest.mark.parametrize("fault", ["busy", "isp", "504", "html", "drop_before", "reset_after", "truncated", "ban_page"])
def test_an_outage_lasts_for_s_seconds(client: Client, fault: str) -> None:
    add(client, fault, path=SEND, nth=2, for_s=60, times=1)
    for _ in range(5):
        with suppress(requests.ConnectionError):
            post_send(client)
        client.pass_time(21)
    assert [name for _, name in sends(client)] == ["", fault, fault, fault, ""]


def test_the_page_for_a_banned_address_is_a_refusal(client: Client) -> None:
    add(client, "ban_page", path=SEND)
    answer = post_send(client)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html;charset=utf-8")
    with pytest.raises(BannedError):
        parse_response(RawResponse(SEND, answer.status_code, answer.text), new_api=False)
    assert tasks(client) == 0


def test_under_another_server_a_port_cannot_be_closed() -> None:
    with pytest.raises(InputError, match="refuse"):
        Faults(threading.RLock()).add("refuse", for_s=1)


def test_a_connection_cannot_be_ended_on_another_server() -> None:
    def ask(path: str, body: bytes) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(_message: dict[str, Any]) -> None:
            pass

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
        asyncio.run(app(scope, receive, send))

    app = create_app(SandboxSettings(), VirtualClock())
    ask("/_sandbox/faults", b'{"fault": "drop_before"}')
    with pytest.raises(RuntimeError, match="cannot close connections"):
        ask("/gettoken", b"")


@pytest.mark.parametrize("early_result", ["error", "empty"])
def test_an_unfinished_task_is_never_done(start_sandbox: Starter, early_result: str) -> None:
    client = start_sandbox(early_result=early_result)
    add(client, "unfinished", path=SEND, nth=1)
    stuck, other = (client.send(client.people(2), content)["task_id"] for content in ("a", "b"))
    for _ in range(3):
        client.pass_time(2_000)
        assert client.progress(stuck)["progress"]["status"] == 1
        answer = client.result(stuck)
        named = any(answer["send_result"].values()) if early_result == "empty" else answer["errcode"] != 41052
        assert not named
    assert client.progress(other)["progress"]["status"] == 2
    assert {message["task_id"] for message in client.messages()} == {other}
    assert client.recall(stuck)["errcode"] == 0


def test_unfinished_leaves_other_calls_unchanged(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    before = client.get("/gettoken").json()["errcode"]
    add(client, "unfinished")
    assert client.get("/gettoken").json()["errcode"] == before
    client.pass_time(2)
    assert client.progress(task_id)["progress"]["status"] == 2
    assert client.send([])["errcode"] == 40035


def test_strangers_adds_people_to_a_result(client: Client) -> None:
    add(client, "strangers", path="/getsendresult", nth=[1, 2])
    people = client.people(4)
    task_id = client.send(people[1:3])["task_id"]
    assert client.result(task_id)["errcode"] == 41052
    client.pass_time(2)
    altered, real = client.lists(task_id), client.lists(task_id)
    assert altered.pop("unread_user_id_list") == [people[0], people[3], *real.pop("unread_user_id_list")]
    assert altered == real
