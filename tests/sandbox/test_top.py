"""The TOP gateway, ``/router/rest``."""

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Client, Starter

TEXT = {"msgtype": "text", "text": {"content": "hello"}}
SEND = "dingtalk.oapi.message.corpconversation.asyncsend_v2"
OLDER = "dingtalk.corp.message.corpconversation."


def ask(client: Client, method: str, *, session: str | None = None, by: str = "params", **given: Any) -> dict[str, Any]:
    fields = {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in given.items()}
    system = {"method": method, "format": "json", "v": "2.0", "timestamp": "2026-11-02 09:00:00"}
    query = {**system, "session": client.token if session is None else session, **fields}
    return client.post("/router/rest", **{by: query}).json()


@pytest.mark.parametrize("by", ["params", "data"])
def test_a_send_and_its_result_have_the_gateways_envelope(client: Client, by: str) -> None:
    people = client.people(2)
    agent_id = client.settings.agent_id
    answer = ask(client, SEND, by=by, agent_id=agent_id, userid_list=",".join(people), msg=TEXT)
    [(name, sent)] = answer.items()
    assert name == "dingtalk_oapi_message_corpconversation_asyncsend_v2_response"
    assert set(sent) == {"errcode", "errmsg", "task_id", "request_id"}
    client.pass_time(1)
    method = "dingtalk.oapi.message.corpconversation.getsendresult"
    [result] = ask(client, method, agent_id=agent_id, task_id=sent["task_id"]).values()
    assert result["send_result"]["unread_user_id_list"] == {"string": people}
    [plain] = [ask(client, method, agent_id=agent_id, task_id=sent["task_id"], simplify="true")]
    assert plain["send_result"]["unread_user_id_list"] == people
    assert [message["body"] for message in client.messages()] == [TEXT, TEXT]


def test_the_older_send_has_its_message_in_two_arguments_and_its_answer_in_result(client: Client) -> None:
    [person] = client.people(1)
    fields = {"agent_id": client.settings.agent_id, "userid_list": person}
    answer = ask(client, f"{OLDER}asyncsend", msgtype="text", msgcontent=TEXT["text"], **fields)
    result = answer["dingtalk_corp_message_corpconversation_asyncsend_response"]["result"]
    assert (result["ding_open_errcode"], result["success"]) == (0, True)
    client.pass_time(1)
    assert [message["body"] for message in client.messages()] == [TEXT]
    fields = {"agent_id": client.settings.agent_id, "task_id": result["task_id"]}
    [progress] = ask(client, f"{OLDER}getsendprogress", **fields).values()
    assert progress["result"]["progress"]["status"] == 2
    [found] = ask(client, f"{OLDER}getsendresult", **fields).values()
    assert found["result"]["send_result"]["unread_user_id_list"] == {"string": [person]}


def test_lists_are_written_with_the_types_of_dingtalks_sdk_also_if_they_are_empty(client: Client) -> None:
    people = client.people(1)
    client.send(people)
    lists = []
    for task_id in (client.send(people)["task_id"], client.send(client.people(2)[1:])["task_id"]):
        client.pass_time(1)
        [found] = ask(client, f"{OLDER}getsendresult", agent_id=client.settings.agent_id, task_id=task_id).values()
        lists.append(found["result"]["send_result"])
    repeated, other = lists
    [[dropped]] = repeated["forbidden_list"].values()
    assert (dropped["userid"], dropped["code"]) == (people[0], "143106")
    assert list(repeated["forbidden_list"]) == ["send_forbidden_model"]
    assert other["forbidden_list"] == {"send_forbidden_model": []}
    assert other["invalid_dept_id_list"] == {"number": []}
    assert other["failed_user_id_list"] == {"string": []}


def test_how_lists_are_written_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(top_lists="plain")
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    [found] = ask(client, f"{OLDER}getsendresult", agent_id=client.settings.agent_id, task_id=task_id).values()
    assert found["result"]["send_result"]["unread_user_id_list"] == client.people(1)


def test_the_error_of_a_call_is_in_its_response(client: Client) -> None:
    [answer] = ask(client, SEND, agent_id=client.settings.agent_id, userid_list="a", msg={"msgtype": "x"}).values()
    assert answer["errcode"] == 40008
    fields = {"agent_id": client.settings.agent_id, "userid_list": "a"}
    [answer] = ask(client, f"{OLDER}asyncsend", msgtype="x", msgcontent={}, **fields).values()
    assert (answer["result"]["ding_open_errcode"], answer["result"]["success"]) == (40008, False)


@pytest.mark.parametrize(
    ("method", "session", "given", "code", "sub_code"),
    [
        (SEND, "", {}, 88, "40000"),
        (SEND, "wrong", {}, 88, "40014"),
        ("dingtalk.oapi.nothing", None, {}, 22, None),
        ("message/corpconversation/recall", None, {}, 22, None),
        (SEND, None, {"agent_id": 1, "to_all_user": "True"}, 41, None),
        (SEND, None, {"format": "xml"}, 41, None),
        ("", None, {}, 21, None),
    ],
)
def test_an_error_of_the_gateway_has_an_envelope_of_its_own(
    client: Client, method: str, session: str | None, given: dict[str, Any], code: int, sub_code: str | None
) -> None:
    if "agent_id" in given:
        given = {**given, "agent_id": client.settings.agent_id}
    answer = ask(client, method, session=session, **given)
    assert list(answer) == ["error_response"]
    error = answer["error_response"]
    assert (error["code"], error.get("sub_code")) == (code, sub_code)
    assert error["msg"]
    assert error["request_id"]


def test_a_method_that_is_not_served_says_so(client: Client) -> None:
    error = ask(client, "dingtalk.oapi.role.addrole")["error_response"]
    assert "this sandbox does not serve dingtalk.oapi.role.addrole at /router/rest" in error["sub_msg"]


def test_its_calls_count_and_have_their_limit(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_second=1)
    fields = {"agent_id": client.settings.agent_id, "task_id": 1}
    [first] = ask(client, f"{OLDER}getsendresult", **fields).values()
    assert first["result"]["ding_open_errcode"] == 40035
    assert ask(client, f"{OLDER}getsendresult", **fields)["error_response"]["sub_code"] == "90018"
    assert client.get("/_sandbox/stats").json()["calls_counted"] == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("token", 88), ("throttled", 88), ("busy", -1), ("isp", 15), ("month", 90020)]
)
def test_faults_have_its_envelope(client: Client, fault: str, code: int) -> None:
    client.post("/_sandbox/faults", json={"fault": fault, "path": "/router/rest"})
    assert ask(client, SEND)["error_response"]["code"] == code
