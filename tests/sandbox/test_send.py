import dataclasses
import json

import pytest

from dingnb.limits import STANDARD
from tests.sandbox.conftest import Client, Starter
from tests.table_rows import for_each

WORK = "/topapi/message/corpconversation/"
MESSAGE = {"msgtype": "text", "text": {"content": "月会通知"}}

BUTTONS = {"btn_orientation": "0", "btn_json_list": [{"title": "A", "action_url": "https://example.com"}] * 6}


def post_send(client: Client, *, form: bool = False, **fields: object) -> dict[str, object]:
    given = {
        "agent_id": client.settings.agent_id,
        "userid_list": client.people(1)[0],
        "msg": json.dumps(MESSAGE) if form else MESSAGE,
        **fields,
    }
    given = {name: value for name, value in given.items() if value is not None}
    body = {"data": given} if form else {"json": given}
    return client.post(WORK + "asyncsend_v2", params={"access_token": client.token}, **body).json()


def test_an_accepted_send_has_exactly_the_documented_fields(client: Client) -> None:
    answer = client.send(client.people(2))
    assert set(answer) == {"errcode", "errmsg", "task_id", "request_id"}
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    assert 10**11 <= answer["task_id"] < 10**12


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"msg": json.dumps(MESSAGE)},
        {"agent_id": "1000001"},
        {"to_all_user": False},
        {"to_all_user": "false"},
        {"dept_id_list": ""},
        {"form": True},
        {"form": True, "to_all_user": "false"},
    ],
)
def test_all_documented_encodings_of_a_send_deliver_the_same_body(client: Client, fields: dict[str, object]) -> None:
    assert post_send(client, **fields)["errcode"] == 0
    client.pass_time(1)
    [message] = client.messages()
    assert message["body"] == MESSAGE
    assert message["userid"] == client.people(1)[0]


def test_a_form_may_contain_the_token(client: Client) -> None:
    fields = {
        "access_token": client.token,
        "agent_id": "1000001",
        "userid_list": client.people(1)[0],
        "msg": json.dumps(MESSAGE),
    }
    assert client.post(WORK + "asyncsend_v2", data=fields).json()["errcode"] == 0


@for_each(
    ("fields", "code"),
    [
        ({"agent_id": None}, 41011),
        ({"agent_id": 5}, 40056),
        ({"agent_id": "5"}, 40056),
        ({"agent_id": "many"}, 41),
        ({"agent_id": 1.5}, 41),
        ({"agent_id": True}, 41),
        ({"userid_list": ""}, 40035),
        ({"userid_list": ","}, 40035),
        ({"userid_list": None}, 40035),
        ({"userid_list": ["a"]}, 41),
        ({"to_all_user": "True"}, 41),
        ({"to_all_user": 1}, 41),
        ({"form": True, "to_all_user": "True"}, 41),
        ({"form": True, "dept_id_list": ""}, 41),
        ({"form": True, "userid_list": ""}, 41),
        ({"dept_id_list": "ten"}, 40066),
        ({"dept_id_list": ",".join(map(str, range(21)))}, 40066),
        ({"msg": None}, 34014),
        ({"msg": "half {"}, 34014),
        ({"msg": "[]"}, 34014),
        ({"msg": "[" * 100_000}, 34014),
        ({"msg": {"msgtype": "text", "text": {"content": " "}}}, 34014),
        ({"msg": {"msgtype": "text", "text": {"content": "\ud800"}}}, 34014),
        ({"msg": {"msgtype": "carrier-pigeon"}}, 40008),
        ({"msg": {"msgtype": "image", "image": {"media_id": "a.png"}}}, 40007),
        ({"msg": {"msgtype": "text", "text": {"content": "\x01"}}}, 40033),
        ({"msg": {"msgtype": "voice", "voice": {"media_id": "@a", "duration": "60"}}}, 34014),
        ({"msg": {"msgtype": "action_card", "action_card": {"markdown": "m"}}}, 34014),
        ({"msg": {"msgtype": "action_card", "action_card": {"markdown": "m", **BUTTONS}}}, 34016),
        ({"msg": {"msgtype": "markdown", "markdown": {"title": "t" * 65, "text": "x"}}}, 34016),
    ],
)
@pytest.mark.usefixtures("without_garbage")
def test_an_invalid_send_is_refused_with_its_code(client: Client, fields: dict[str, object], code: int) -> None:
    refusal = post_send(client, **fields)
    assert refusal["errcode"] == code
    assert "task_id" not in refusal
    client.pass_time(10)
    assert client.messages() == []


def test_an_argument_of_the_wrong_type_is_named(client: Client) -> None:
    assert post_send(client, to_all_user="True")["errmsg"] == "Invalid arguments:to_all_user"


def test_2048_bytes_of_msg_pass_and_2049_do_not(client: Client) -> None:
    frame = len(json.dumps({"msgtype": "text", "text": {"content": ""}}, separators=(",", ":")))
    assert client.send(client.people(1), "x" * (2_048 - frame))["errcode"] == 0
    assert client.send(client.people(1), "x" * (2_049 - frame))["errcode"] == 34016


def test_exceeding_recommended_limits_is_not_refused(client: Client) -> None:
    assert client.send(client.people(1), "x" * 501)["errcode"] == 0


@pytest.mark.parametrize("code", ["40035", "40032"])
def test_the_error_for_a_send_without_recipients_is_a_setting(start_sandbox: Starter, code: str) -> None:
    assert start_sandbox(no_receiver_code=code).send([])["errcode"] == int(code)


def test_the_error_for_a_wrong_agent_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(bad_agent_code="70003")
    assert client.send(client.people(1), agent_id=5)["errcode"] == 70003


def test_100_people_pass_and_101_are_an_error(client: Client) -> None:
    assert client.send(client.people(100))["errcode"] == 0
    assert client.send(client.people(101), "other")["errcode"] == 40032


def test_more_than_100_people_can_be_truncated(start_sandbox: Starter) -> None:
    client = start_sandbox(excess_recipients="truncate")
    task_id = client.send(client.people(101))["task_id"]
    client.pass_time(1)
    assert sorted(m["userid"] for m in client.messages()) == sorted(client.people(100))
    assert len(client.lists(task_id)["unread_user_id_list"]) == 100


def test_unknown_userids_former_staff_and_at_all_are_invalid(client: Client) -> None:
    gone = client.people(2, active=False)
    names = [*client.people(1), *gone, "ghost", "@all", " " + client.people(1)[0]]
    task_id = client.send(names)["task_id"]
    client.pass_time(1)
    assert client.lists(task_id)["invalid_user_id_list"] == names[1:]
    assert [m["userid"] for m in client.messages()] == client.people(1)


def test_a_person_listed_twice_gets_one_message(client: Client) -> None:
    person = client.people(1)[0]
    client.send([person, person])
    client.pass_time(1)
    assert len(client.messages()) == 1


def test_to_all_user_reaches_all_staff_three_times_a_day(start_sandbox: Starter) -> None:
    client = start_sandbox(users=150)
    for content in "abc":
        assert client.send([], content, to_all_user=True)["errcode"] == 0
    assert client.send([], "d", to_all_user=True)["errcode"] == 41045
    client.pass_time(1)
    staff = [person["userid"] for person in client.get("/_sandbox/users").json() if person["active"]]
    assert sorted(m["userid"] for m in client.messages()) == sorted(staff * 3)


def test_a_department_includes_its_sub_departments(client: Client) -> None:
    task_id = client.send([], dept_id_list="10,999")["task_id"]
    client.pass_time(1)
    lists = [client.call("/topapi/user/listid", dept_id=number)["result"]["userid_list"] for number in (11, 12)]
    expected = {userid for userids in lists for userid in userids}
    assert len(expected) > 100
    assert {m["userid"] for m in client.messages()} == expected
    assert client.result(task_id)["errcode"] == 41052


def test_an_unknown_department_is_listed(client: Client) -> None:
    task_id = client.send(client.people(1), dept_id_list="999")["task_id"]
    client.pass_time(1)
    assert client.lists(task_id)["invalid_dept_id_list"] == [999]


def test_departments_with_too_many_people_are_refused(start_sandbox: Starter) -> None:
    client = start_sandbox(users=150, people_per_send=100)
    assert client.send([], dept_id_list="1")["errcode"] == 41029


def test_task_ids_depend_on_seed_content_people_and_repeats_but_not_on_order(start_sandbox: Starter) -> None:
    first, second, other = start_sandbox(), start_sandbox(), start_sandbox(seed=12)
    ids = [first.send(["a"], content)["task_id"] for content in ("x", "y", "x")]
    assert len(set(ids)) == 3
    assert [second.send(["a"], content)["task_id"] for content in ("y", "x", "x")] == [ids[1], ids[0], ids[2]]
    assert other.send(["a"], "x")["task_id"] not in ids
    assert second.send(["b"], "x")["task_id"] not in ids


def test_no_two_tasks_share_an_id(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingnb.sandbox.tasks._ID_COUNT", 4)
    assert len({client.send(["a"], content)["task_id"] for content in "wxyz"}) == 4


def test_the_byte_limit_comes_from_the_limits(start_sandbox: Starter) -> None:
    client = start_sandbox(limits=dataclasses.replace(STANDARD, body_bytes=60))
    assert client.send(client.people(1), "x" * 40)["errcode"] == 34016
