"""Events, robot messages and card callbacks emitted on request."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dingnb.clock import VirtualClock
from dingnb.errors import InputError
from dingnb.events.parsing import parse_event, parse_frame_event
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.events.callbacks import FailedCallback
from dingnb.sandbox.events.event_requests import read_event_request
from dingnb.sandbox.events.events import (
    EVENT_FIELDS,
    EVENT_FORMATS,
    Event,
    EventFormat,
    EventSource,
    complete_event_data,
)
from dingnb.sandbox.organisation import Organisation
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.stream_client import Listener, stream_data
from tests.table_rows import for_each

CORP = "dingsandboxcorp"


def emit(client: Client, body: Any) -> list[dict[str, Any]]:
    answer = client.post("/_sandbox/events", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def test_an_event_arrives_on_stream_with_its_envelope_in_the_headers(client: Client) -> None:
    wanted = {
        "type": "user_leave_org",
        "data": {"userId": ["manager01"]},
        "event_id": "e-1",
        "time": 1_700_000_000_000,
    }
    with Listener(client) as listener:
        [emitted] = emit(client, wanted)
        frame = listener.next()
    headers = frame["headers"]
    assert frame["data"] == emitted["data"] == {"timeStamp": "1700000000000", "userId": ["manager01"]}
    assert {name: headers[name] for name in ("eventType", "eventId", "eventCorpId", "eventBornTime")} == {
        "eventType": "user_leave_org",
        "eventId": "e-1",
        "eventCorpId": CORP,
        "eventBornTime": "1700000000000",
    }
    assert headers["appId"] == headers["eventUnifiedAppId"] == str(UUID(headers["appId"]))
    assert (emitted["event_id"], emitted["channels"], emitted["waiting"]) == ("e-1", ["stream"], False)


def test_the_department_of_an_event_is_one_of_the_organisation_s() -> None:
    organisation = Organisation(3, seed=11)
    for number in list(organisation.departments)[1:]:
        organisation.remove_department(number)
    organisation.change_department(99, "new", 1)
    sources = [EventSource(organisation, CORP, "key", bytes([at] * 16), 0) for at in range(20)]
    found = {complete_event_data("org_dept_create", {}, source)["deptId"][0] for source in sources}
    assert found == {1, 99}


@for_each("event_type", EVENT_FIELDS)
def test_every_known_type_is_filled_in_from_the_organisation(client: Client, event_type: str) -> None:
    [emitted] = emit(client, {"type": event_type})
    names = {name.removesuffix("[]") for name in EVENT_FIELDS[event_type].split()}
    assert set(emitted["data"]) == names
    people = {person["userid"] for person in client.get("/_sandbox/users").json() if person["active"]}
    for name in names & {"userId", "staffId", "operator", "owner"}:
        value = emitted["data"][name]
        assert (value[0] if isinstance(value, list) else value) in people
    assert emitted["waiting"] is True


def test_an_unknown_event_type_is_passed_through(client: Client) -> None:
    [emitted] = emit(client, {"EventType": "crm_customer_track", "data": {"Tracks": [1]}})
    assert emitted["data"] == {"Tracks": [1]}


@pytest.mark.parametrize(
    "wanted",
    [
        {"EventType": "user_add_org", "UserId": ["x"], "CorpId": "c", "TimeStamp": "5"},
        {"eventType": "user_add_org", "eventId": "", "corpId": "c", "userId": ["x"], "timeStamp": "5"},
        {"event_type": "user_add_org", "corp_id": "c", "data": {"USERID": ["x"], "timestamp": "5"}},
        {"type": "user_add_org", "time": "1970-01-01T08:00:00.005+08:00", "data": {"userId": ["x"]}},
    ],
)
def test_event_requests_accept_several_formats(client: Client, wanted: dict[str, Any]) -> None:
    [emitted] = emit(client, wanted)
    assert (emitted["type"], emitted["data"]) == ("user_add_org", {"userId": ["x"], "timeStamp": "5"})
    assert len(emitted["event_id"]) == 32


def test_an_approval_event_has_its_own_type() -> None:
    wanted = read_event_request({"EventType": "bpms_task_change", "type": "finish", "result": "agree"})
    assert (wanted.type, wanted.data) == ("bpms_task_change", {"type": "finish", "result": "agree"})


def test_an_event_has_three_formats() -> None:
    event = Event("label_user_change", "abc", 5, "corp", {"timeStamp": "5", "userIdList": ["x"], "action": "add"})
    assert event.format_as("legacy") == {
        "EventType": "label_user_change",
        "CorpId": "corp",
        "TimeStamp": "5",
        "UserIdList": ["x"],
        "action": "add",
    }
    assert event.format_as("console") == {
        "EventType": "label_user_change",
        "EventTime": 5,
        "CorpId": "corp",
        "BizId": "ABC",
        "eventId": "abc",
        **event.data,
    }
    assert event.format_as("stream") == {**event.headers, **event.data}
    approval = Event("bpms_instance_change", "abc", 5, "corp", {"processCode": "PROC"})
    assert approval.format_as("legacy") == {"EventType": approval.type, "corpId": "corp", "processCode": "PROC"}


@for_each("event_type", EVENT_FIELDS)
def test_dingnb_reads_all_formats_as_the_same_event(event_type: str) -> None:
    source = EventSource(Organisation(9, 1), "corp", "key", bytes(range(16)), 1_793_581_200_000)
    event = Event(event_type, "abc", source.at_ms, "corp", complete_event_data(event_type, {}, source))
    missed = FailedCallback(event_type, source.at_ms, event.failed_payload, 0).to_json()
    read = [
        parse_frame_event("EVENT", {"topic": "*", **event.headers}, event.data, 5),
        *(parse_event(event.format_as(event_format), 5) for event_format in EVENT_FORMATS),
        parse_event(missed, 5, "missed"),
    ]
    assert {(parsed.type, parsed.corp_id, parsed.userids) for parsed in read} == {(event_type, "corp", read[0].userids)}
    # DingTalk's sample of this event contains no time.
    without = {0} if event_type == "hrm_user_record_change" else set()
    assert {parsed.time_ns for parsed in read} == {source.at_ms * 1_000_000, *without}
    assert [dict(parsed.fields) == dict(read[0].fields) for parsed in read] == [True] * len(read)


@for_each("event_type", EVENT_FIELDS)
@pytest.mark.parametrize("event_format", EVENT_FORMATS)
def test_an_event_in_any_format_is_read_as_a_request_for_the_same_event(
    event_type: str, event_format: EventFormat
) -> None:
    source = EventSource(Organisation(9, 1), "corp", "key", bytes(range(16)), 1_793_581_200_000)
    event = Event(event_type, "abc", source.at_ms, "corp", complete_event_data(event_type, {}, source))
    formatted = event.format_as(event_format)
    request = read_event_request(formatted)
    data = complete_event_data(event_type, request.data, source)
    assert (request.type, request.corp_id, data) == (event_type, "corp", event.data)
    # The legacy format has no id and, for approvals and personnel, no time.
    assert request.id == ("" if event_format == "legacy" else "abc")
    has_time = event_format != "legacy" or "TimeStamp" in formatted
    assert request.at_ms == (source.at_ms if has_time else None)


@for_each("at", [10**40, "17644000000000000000", "9" * 5_000, -5, "-5", "1969-12-31T23:59:59Z", 300_000_000_000_000])
def test_a_time_outside_of_the_calendar_is_refused_rather_than_guessed(at: int | str) -> None:
    with pytest.raises(InputError, match="invalid time"):
        read_event_request({"type": "check_in", "time": at})


def test_no_field_beside_the_data_is_dropped() -> None:
    with pytest.raises(InputError, match="invalid StaffId: 'm'\\.\nExpected this field inside data"):
        read_event_request({"type": "check_in", "data": {"a": 1}, "StaffId": "m"})


def test_ids_depend_on_seed_content_and_count(start_sandbox: Starter) -> None:
    wanted = [{"type": "check_in"}, {"type": "check_in"}, {"type": "org_change"}, {"robot_message": "hi"}]
    one, two, other = (
        [emitted["event_id"] for emitted in emit(start_sandbox(seed=seed), wanted)] for seed in (11, 11, 12)
    )
    assert one == two
    assert len({*one, *other}) == 8


def test_message_ids_are_unique_even_after_a_restart(tmp_path: Path) -> None:
    ids = []
    for _ in range(2):
        with start(SandboxSettings(), VirtualClock(), journal=tmp_path / "sandbox.sqlite3") as sandbox:
            client = Client(sandbox, sandbox.state.time.clock)
            with Listener(client) as listener:
                emit(client, [{"type": "check_in"}, {"type": "check_in"}, {"robot_message": "hi"}])
                ids += [listener.next()["headers"]["messageId"] for _ in range(3)]
            client.http.close()
    assert len(set(ids)) == 6


def test_many_events_arrive_in_order(client: Client) -> None:
    with Listener(client) as listener:
        events = emit(client, {"events": [{"type": "check_in", "data": {"n": number}} for number in range(50)]})
        assert [listener.next()["data"]["n"] for _ in range(50)] == list(range(50))
    assert len({event["event_id"] for event in events}) == 50


@for_each(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("5", "5 is not an event"),
        ("{}", "invalid type: None"),
        ('{"type": ""}', "invalid type: ''"),
        ('{"type": "x", "data": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON"),
        ('{"type": "x", "data": []}', "invalid data: []"),
        ('{"type": "x", "time": "soon"}', "invalid time: 'soon'"),
        ('{"type": "x", "time": 1.5}', "invalid time: 1.5"),
        ('{"type": "x", "time": "2026-11-02T09:00:00"}', "invalid time: '2026"),
        ('{"type": "x", "event_id": 5}', "invalid event_id: 5"),
        ('{"type": "x", "format": "other"}', "invalid format: 'other'"),
        ('[{"type": "x"}, 5]', "5 is not an event"),
        ('{"robot_message": 5}', "invalid robot_message: 5"),
        ('{"robot_message": {"from": 5}}', "invalid from: 5"),
        ('{"robot_message": {"group": {"a": 1}}}', "invalid group: {'a': 1}"),
        ('{"robot_message": {"group": "Team", "at": "manager0001"}}', "invalid at: 'manager0001'"),
        ('{"robot_message": {"group": "Team", "at": [1]}}', "invalid at: [1]"),
        ('{"card_callback": "x"}', "invalid card_callback: 'x'"),
        ('{"card_callback": {"from": null}}', "invalid from: None"),
        ('{"card_callback": {"out_track_id": [1]}}', "invalid out_track_id: [1]"),
        ('{"card_callback": {"action_ids": "yes"}}', "invalid action_ids: 'yes'"),
        ('{"card_callback": {"params": ["yes"]}}', "invalid params: ['yes']"),
    ],
)
@pytest.mark.usefixtures("without_garbage")
def test_an_invalid_event_request_is_a_400_without_effect(client: Client, body: str, said: str) -> None:
    answer = client.post("/_sandbox/events", data=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert stream_data(client)["waiting"] == []


def test_lone_surrogates_do_no_harm(client: Client) -> None:
    with Listener(client) as listener:
        answer = client.post("/_sandbox/events", data='{"type": "x", "data": {"name": "\\ud800你"}}')
        assert answer.status_code == 200
        assert listener.next()["data"] == {"name": "?你"}


def test_a_robot_message_is_complete(client: Client) -> None:
    [person] = client.people(1)
    name = next(
        candidate["name"] for candidate in client.get("/_sandbox/users").json() if candidate["userid"] == person
    )
    with Listener(client) as listener:
        [emitted] = emit(client, {"robot_message": {"text": "你好", "from": person}})
        frame = listener.next()
    assert (frame["type"], frame["headers"]["topic"]) == ("CALLBACK", "/v1.0/im/bot/messages/get")
    data = frame["data"]
    assert data == emitted["data"]
    now_ms = client.clock.now_ns() // 1_000_000
    assert (data["text"], data["msgtype"], data["createAt"]) == ({"content": "你好"}, "text", now_ms)
    assert (data["senderStaffId"], data["senderNick"], data["conversationType"]) == (person, name, "1")
    assert data["chatbotCorpId"] == data["senderCorpId"] == CORP
    assert data["robotCode"] == client.settings.app_key
    assert data["sessionWebhook"].startswith(f"{client.sandbox.base_url}/robot/sendBySession?session=")
    assert data["sessionWebhookExpiredTime"] == now_ms + 5_400_000
    assert emitted["event_id"] == data["msgId"]


def test_a_group_message_contains_the_group_and_the_mentioned_people(client: Client) -> None:
    wanted = {
        "group": "Team",
        "at": ["manager0001"],
        "isAdmin": True,
        "msgtype": "picture",
        "content": {"downloadCode": "x"},
    }
    [emitted] = emit(client, {"robot_message": wanted})
    data = emitted["data"]
    assert (data["conversationType"], data["conversationTitle"], data["isAdmin"]) == ("2", "Team", True)
    assert data["atUsers"][0]["dingtalkId"] == data["chatbotUserId"]
    assert data["atUsers"][1]["staffId"] == "manager0001"
    assert (data["msgtype"], data["content"], "text" in data) == ("picture", {"downloadCode": "x"}, False)


def test_a_conversation_keeps_its_id(client: Client) -> None:
    wanted = [{"from": "a"}, {"from": "a"}, {"from": "b"}, {"from": "a", "group": "Team"}]
    ids = [
        event["data"]["conversationId"] for event in emit(client, [{"robot_message": message} for message in wanted])
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_card_callback_contains_the_pressed_button(client: Client) -> None:
    wanted = {"params": {"choice": "yes"}, "action_ids": ["7"], "out_track_id": "card-1", "from": "manager0001"}
    with Listener(client) as listener:
        emit(client, {"card_callback": wanted})
        frame = listener.next()
        data = frame["data"]
        assert frame["headers"]["topic"] == "/v1.0/card/instances/callback"
        assert (data["userId"], data["outTrackId"], data["type"]) == ("manager0001", "card-1", "actionCallback")
        assert json.loads(data["content"]) == {"cardPrivateData": {"actionIds": ["7"], "params": {"choice": "yes"}}}
        listener.answer(frame, {"response": {"cardData": {"cardParamMap": {"a": "b"}}}})


def test_a_sender_is_generated_for_an_empty_organisation() -> None:
    source = EventSource(Organisation(0, 1), "c", "k", bytes(16), 5)
    assert complete_event_data("check_in", {}, source)["staffId"] == source.person.userid
