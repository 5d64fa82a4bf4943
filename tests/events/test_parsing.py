"""Parsing of events: all spellings become one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.errors import InputError
from dingnb.events.event import CARD_CALLBACK, ROBOT_MESSAGE, Event
from dingnb.events.frames import events_frame
from dingnb.events.json_values import parse_object
from dingnb.events.parsing import UNKNOWN_TYPE, parse_event, parse_frame_event, parse_robot_message, parse_stored_event
from tests.events.shapes import AT_MS, CORP, SHAPES
from tests.table_rows import for_each

NOW_NS = 1_764_032_400_000_000_000


def pascal(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key[0].upper() + key[1:]: value for key, value in data.items()}


def lower(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in data.items()}


def spellings(kind: str, data: dict[str, Any]) -> dict[str, Event]:
    bare = {key: value for key, value in data.items() if key != "timeStamp"}
    console = {"EventType": kind, "EventTime": AT_MS + 876, "CorpId": CORP, "BizId": "b", "eventId": "e-1", **data}
    headers = {
        "topic": "*",
        "messageId": "m-1",
        "eventType": kind,
        "eventId": "e-1",
        "eventCorpId": CORP,
        "eventBornTime": str(AT_MS + 876),
    }
    legacy = {"EventType": kind, "CorpId": CORP, "TimeStamp": AT_MS}
    missed = {"call_back_tag": kind, "event_time": AT_MS}
    rds = {"syncAction": kind, "eventId": "e-1", **data}
    cloud = {"corp_id": CORP, "biz_id": "b", "biz_type": 13}
    return {
        "stream": parse_frame_event("EVENT", headers, data, NOW_NS),
        "stream in small letters": parse_frame_event("EVENT", lower(headers), lower(data), NOW_NS),
        "legacy": parse_event({**legacy, **pascal(bare)}, NOW_NS),
        "legacy as approvals": parse_event({**lower(legacy), "EventType": kind, **bare}, NOW_NS),
        "console": parse_event(console, NOW_NS),
        "console with capitals": parse_event(pascal(console), NOW_NS),
        "missed": parse_event({**missed, kind: {"callbackData": bare, "corpid": CORP}}, NOW_NS, "missed"),
        "missed, plain": parse_event({**missed, kind: json.dumps({**lower(bare), "corpid": CORP})}, NOW_NS, "missed"),
        "rds": parse_event({**cloud, "biz_data": rds}, NOW_NS),
        "rds as text": parse_event({**cloud, "biz_data": json.dumps(rds)}, NOW_NS),
    }


@for_each("kind", SHAPES)
def test_all_spellings_are_parsed_alike(kind: str) -> None:
    found = spellings(kind, SHAPES[kind])
    if kind == "something_nobody_knows":
        # Word boundaries are found in keys with capitals, and in documented keys.
        found = {
            name: event for name, event in found.items() if name not in {"stream in small letters", "missed, plain"}
        }
    first = found.pop("stream")
    assert (first.type, first.time_ns, first.id) == (kind, AT_MS * 10**6, "e-1")
    columns = events_frame([first]).dtypes.drop("raw").sort_index()
    for name, event in found.items():
        data = (event.type, event.time_ns, event.userids, event.corp_id, event.fields)
        assert data == (first.type, first.time_ns, first.userids, first.corp_id, first.fields), name
        assert event.id == "e-1" or event.id in first.aliases, name
        assert events_frame([event]).dtypes.drop("raw").sort_index().equals(columns), name


def test_people_and_times_have_one_type() -> None:
    data = {"timeStamp": str(AT_MS), "type": "finish", "finishTime": "1764032400000", "staffId": "u1"}
    event = spellings("bpms_instance_change", data)["legacy"]
    assert event.userids == ("u1",)
    assert event.fields["finish_time"] == 1764032400000
    assert event.fields["type"] == "finish"
    assert parse_event({"EventType": "x", "userid": 7, "staffId": ["7", " ", None, True]}, NOW_NS).userids == ("7",)
    assert parse_event({"EventType": "x", "UserId": '["a","b"]'}, NOW_NS).userids == ("a", "b")


def test_misspelt_and_nested_values_are_read() -> None:
    event = parse_event(
        {
            "EventType": "workflow_task_change_directed",
            "finshTime": "1764032400000",
            "PostLabelList": ['{"name":"角色","id":1}'],
        },
        NOW_NS,
    )
    assert event.fields["finish_time"] == 1764032400000
    assert event.fields["post_label_list"] == [{"name": "角色", "id": 1}]
    assert event.time_ns == 1764032400000 * 10**6
    both = {"EventType": "x", "createTime": 1764032300000, "finishTime": 1764032400000, "finshTime": ""}
    event = parse_event(both, NOW_NS)
    assert event.fields == {"create_time": 1764032300000, "finish_time": 1764032400000}
    assert event.time_ns == 1764032400000 * 10**6


@pytest.mark.parametrize("empty", [None, "", [], {}], ids=str)
def test_the_first_non_empty_spelling_of_a_key_counts(empty: object) -> None:
    data = {"EventType": "x", "UserId": empty, "CorpId": empty, "TimeStamp": empty, "EventId": empty, "Title": empty}
    also = {"userId": ["u1"], "corpId": CORP, "timeStamp": 1764032400123, "eventId": "e-1", "title": "a", "TITLE": "b"}
    event = parse_event({**data, **also}, NOW_NS)
    assert (event.userids, event.corp_id, event.id, event.fields) == (("u1",), CORP, "e-1", {"title": "a"})
    assert event.time_ns == 1764032400123 * 10**6


def test_the_envelope_of_a_frame_overrides_equal_keys_in_its_data() -> None:
    headers = {"topic": "*", "eventType": "a", "eventId": "e-1", "eventCorpId": CORP, "eventBornTime": "1764032400123"}
    for data in ({"eventType": "b", "eventId": "e-2", "corpId": ""}, {"eventType": None, "eventId": None}):
        event = parse_frame_event("EVENT", headers, data, NOW_NS)
        assert (event.type, event.id, event.corp_id) == ("a", "e-1", CORP)
    assert parse_frame_event("EVENT", {"topic": "*"}, {"eventType": "b", "eventId": "e-2"}, NOW_NS).id == "e-2"
    press = {"eventId": None, "userId": "u1"}
    assert parse_frame_event("CALLBACK", {"topic": "/v1", "messageId": "m-1"}, press, NOW_NS).id == "m-1"


@for_each(
    ("kind", "data", "userids"),
    [
        ("chat_quit", {"operator": "u1", "operatorUnionId": "x"}, ("u1",)),
        ("chat_update_owner", {"Owner": "u2", "Operator": "u1"}, ("u2",)),
        ("chat_update_title", {"title": "t", "operator": "u1"}, ()),
        ("attendance_check_record", {"dataList": [{"userId": "u1"}, {"userId": 2}, {"userId": "u1"}]}, ("u1", "2")),
        ("blackboard_sent", {"receivers": {"staffIds": ["u1", "u2"], "deptIds": [1]}}, ("u1", "u2")),
        ("blackboard_sent", {"receivers": '{"staffIds": ["u1"]}'}, ("u1",)),
        ("user_modify_org", {"userId": ["u1"], "diffInfo": [{"userid": "u9"}]}, ("u1",)),
        ("user_modify_org", {"diffInfo": [{"userid": "u9", "curr": {"managerUserid": "m"}}]}, ("u9",)),
    ],
)
def test_people_are_found_where_the_type_names_them(kind: str, data: dict[str, Any], userids: tuple[str, ...]) -> None:
    event = parse_event({"EventType": kind, **data}, NOW_NS)
    assert event.userids == userids
    assert len(event.fields) == len([key for key in data if key != "userId"])


def test_text_written_by_people_stays_text_even_if_it_looks_like_json() -> None:
    data = {"title": "[1]", "remark": '{"a": 1}', "name": "[]"}
    assert parse_event({"EventType": "chat_update_title", **data}, NOW_NS).fields == data


def test_what_people_wrote_names_nobody() -> None:
    written = {"title": '{"userid": "boss01"}', "remark": '[{"staffId": "boss01"}]'}
    assert parse_event({"EventType": "chat_update_title", **written}, NOW_NS).userids == ()
    nested = {"EventType": "x", "list": [{"userId": "u1", "Name": '{"userid": "boss01"}'}]}
    assert parse_event(nested, NOW_NS).userids == ("u1",)


def test_an_event_is_recognised_although_a_channel_sends_numbers_as_text_and_omits_empty_values() -> None:
    full = {"taskId": 72062030325, "bizCategoryId": "", "remark": None, "labelIdList": [1, {"newKey": [2]}]}
    lean = {"taskid": "72062030325", "LabelIdList": ["1", {"NewKey": ["2"]}]}
    headers = {"topic": "*", "eventType": "x", "eventId": "e-1", "eventBornTime": "1764032400123"}
    streamed = parse_frame_event("EVENT", headers, full, NOW_NS)
    legacy = parse_event({"EventType": "x", "TimeStamp": 1764032400123, **lean}, NOW_NS)
    assert legacy.id in streamed.aliases
    other = parse_event({"EventType": "x", "TimeStamp": 1764032400123, **lean, "taskid": "7"}, NOW_NS)
    assert other.id not in streamed.aliases


def test_a_number_that_json_cannot_represent_is_kept_as_its_digits() -> None:
    data = parse_object('{"EventType": "x", "far": 1e999, "near": 1.5, "packed": "{\\"far\\": -1e999}"}')
    event = parse_event(data, NOW_NS)
    assert event.fields == {"far": "1e999", "near": 1.5, "packed": {"far": "-1e999"}}


def test_an_extreme_number_loses_no_event() -> None:
    digits = "9" * 5_000
    data = parse_object(f'{{"type": "x", "n": NaN, "i": -Infinity, "far": -{digits}, "near": 7, "p": "[{digits}]"}}')
    event = parse_event(data, NOW_NS)
    assert event.fields == {"type": "x", "n": "NaN", "i": "-Infinity", "far": f"-{digits}", "near": 7, "p": [digits]}
    assert parse_stored_event(json.loads(json.dumps(event.raw)), "x", "callback", NOW_NS).fields == event.fields


@pytest.mark.parametrize("topic", [None, "*"])
def test_a_stored_event_reads_the_same_for_any_type(topic: str | None) -> None:
    headers = {"eventType": "a", "eventId": "e-1"} | ({"topic": topic} if topic else {})
    streamed = parse_frame_event("EVENT", headers, {"userId": ["u1"]}, NOW_NS)
    assert parse_stored_event(streamed.raw, streamed.type, streamed.channel, NOW_NS) == streamed
    odd = parse_event({"EventType": ROBOT_MESSAGE, "eventId": "e-1", "userId": ["u1"], "a": 1}, NOW_NS)
    assert parse_stored_event(odd.raw, odd.type, odd.channel, NOW_NS) == odd


@for_each(
    ("stamp", "expected_ms"),
    [
        (1764032400, 1764032400000),
        ("1764032400000", 1764032400000),
        (" 1764032400000 ", 1764032400000),
        (1764032400123.0, 1764032400123),
        (1764032400.5, 0),
        (float("inf"), 0),
        (12_345_678, 0),
        ("", 0),
        (None, 0),
        (True, 0),
        (-5, 0),
        ("12:00", 0),
        (10**17, 0),
        ("１７６４０３２４００", 0),
    ],
)
def test_a_time_is_parsed_or_ignored(stamp: object, expected_ms: int) -> None:
    assert parse_event({"EventType": "x", "TimeStamp": stamp}, NOW_NS).time_ns == expected_ms * 10**6


def test_an_event_without_an_id_is_recognised_by_its_content() -> None:
    data = {"EventType": "user_add_org", "TimeStamp": 1764032400123, "UserId": ["u1"], "CorpId": CORP}
    first, again = parse_event(data, NOW_NS), parse_event(dict(reversed(data.items())), NOW_NS + 1)
    other = parse_event({**data, "UserId": ["u2"]}, NOW_NS)
    assert first.id == again.id != other.id
    assert parse_event({"EventType": "user_add_org", "UserId": ["u1"]}, NOW_NS).id == ""


def test_an_event_without_a_type_is_logged_as_unknown() -> None:
    event = parse_event({"something": 1}, NOW_NS)
    assert (event.type, event.fields) == (UNKNOWN_TYPE, {"something": 1})
    assert parse_frame_event("EVENT", {}, {}, NOW_NS).type == UNKNOWN_TYPE
    assert parse_frame_event("CALLBACK", {"topic": "/v9/new"}, {"a": 1}, NOW_NS).type == "/v9/new"


ROBOT = {
    "conversationId": "cid1",
    "conversationType": "1",
    "msgId": "msg-1",
    "senderNick": "张三",
    "senderStaffId": "u1",
    "senderCorpId": CORP,
    "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=s3cr3t",
    "sessionWebhookExpiredTime": 1764037800000,
    "createAt": 1764032400123,
    "msgtype": "text",
    "text": {"content": " 你好 "},
    "robotCode": "ding1",
}


def test_a_robot_message_is_parsed_and_its_session_is_masked() -> None:
    for event in (
        parse_robot_message(ROBOT, NOW_NS, "callback"),
        parse_frame_event("CALLBACK", {"topic": "/v1.0/im/bot/messages/get", "messageId": "m"}, ROBOT, NOW_NS),
    ):
        assert (event.type, event.id, event.userids, event.corp_id) == (ROBOT_MESSAGE, "msg-1", ("u1",), CORP)
        assert event.time_ns == 1764032400123 * 10**6
        assert event.fields["text"] == "你好"
        assert event.fields["sender_nick"] == "张三"
        assert event.session is not None
        assert event.session.url.reveal().endswith("s3cr3t")
        assert "s3cr3t" not in repr(event) + json.dumps([event.raw, event.fields], default=str)
        again = parse_stored_event(json.loads(json.dumps(event.raw)), event.type, event.channel, NOW_NS)
        assert again == event
        assert again.session is None


@pytest.mark.parametrize("text", [{"content": " hi "}, '{"content": "hi"}', " hi"])
def test_the_message_text_may_be_an_object_or_a_string(text: object) -> None:
    assert parse_robot_message({"msgId": "m", "text": text}, NOW_NS, "stream").fields["text"] == "hi"


@pytest.mark.parametrize("content", [None, 5, ["a"], {"a": 1}])
def test_a_message_text_of_another_type_is_empty(content: object) -> None:
    assert parse_robot_message({"msgId": "m", "text": {"content": content}}, NOW_NS, "stream").fields["text"] == ""


def test_rich_text_is_joined() -> None:
    rich = {
        **ROBOT,
        "msgtype": "richText",
        "content": {"richText": [{"text": "a"}, {"downloadCode": "x"}, {"text": "b"}]},
    }
    del rich["text"]
    assert parse_robot_message(rich, NOW_NS, "stream").fields["text"] == "ab"


def test_a_card_callback_is_parsed() -> None:
    data = {
        "corpId": CORP,
        "userId": "u1",
        "outTrackId": "t1",
        "type": "actionCallback",
        "content": json.dumps({"cardPrivateData": {"actionIds": ["1"], "params": {"a": "b"}}}),
    }
    headers = {"topic": "/v1.0/card/instances/callback", "messageId": "m-1", "time": str(AT_MS)}
    event = parse_frame_event("CALLBACK", headers, data, NOW_NS)
    assert (event.type, event.id, event.userids) == (CARD_CALLBACK, "m-1", ("u1",))
    assert event.time_ns == AT_MS * 10**6
    assert (
        parse_frame_event("CALLBACK", headers, {**data, "timeStamp": AT_MS - 5}, NOW_NS).time_ns == (AT_MS - 5) * 10**6
    )
    assert event.fields["content"]["cardPrivateData"]["actionIds"] == ["1"]
    assert event.fields["out_track_id"] == "t1"


@for_each(
    "key",
    [
        *("SuiteTicket", "suite_ticket", "jsapiTicket", "ticket", "AuthCode", "tmp_auth_code", "permanent_code"),
        *("sessionWebhook", "webhookUrl", "token", "access-token", "x-acs-dingtalk-access-token", "refreshToken"),
        *("suiteSecret", "SSOSecret", "secret", "AESKey", "encoding aes key", "apiKey", "password", "Authorization"),
    ],
)
def test_secrets_are_masked_at_any_depth(key: str) -> None:
    data = {"deep": [{key: "s3cr3t"}, {key: ["s3cr3t"]}], key: "s3cr3t"}
    for event in (parse_event({"EventType": "x", **data}, NOW_NS), parse_frame_event("EVENT", data, data, NOW_NS)):
        assert "s3cr3t" not in json.dumps([event.raw, event.fields])


@pytest.mark.parametrize("key", ["ticketNumber", "tokens", "secretary", "supportTicket", "sessionWebhookExpiredTime"])
def test_keys_that_resemble_those_of_secrets_are_kept(key: str) -> None:
    data = {"EventType": "x", key: "v4lue", "isSecret": True, "token": None, "note": "design=blue, sign=7"}
    event = parse_event(data, NOW_NS)
    assert event.raw == data


@for_each(
    "text",
    [
        ' {"token": "s3cr3t"}',
        '{"token": "s3cr3t"} and more',
        '{"a": NaN, "token": "s3cr3t"}',
        '{"token": "s3cr3t", "token": "***"}',
        '{"token": "s3cr3t", "deep": ' + "[" * 150 + "]" * 150 + "}",
        json.dumps('{"token": "s3cr3t"}'),
        json.dumps(json.dumps({"token": "s3cr3t"})),
        "https://oapi.dingtalk.com/robot/send?access_token=s3cr3t",
        "see https://oapi.dingtalk.com/robot/sendBySession?a=1&session=s3cr3t",
    ],
)
def test_secrets_are_masked_in_malformed_json_and_in_urls(text: str) -> None:
    event = parse_event({"EventType": "x", "note": text, "deep": [{"a": text}]}, NOW_NS)
    robot = parse_robot_message({"msgId": "m", "text": {"content": text}}, NOW_NS, "callback")
    assert "s3cr3t" not in json.dumps([event.raw, event.fields, robot.raw, robot.fields])


def test_a_long_text_is_searched_for_secrets_quickly() -> None:
    for text in ('"' + "\\" * 200_000, '"' + " " * 200_000, '"a"' * 100_000, '"' * 200_000, "?a=" * 100_000):
        assert len(parse_event({"EventType": "x", "note": text}, NOW_NS).raw["note"]) > 100_000


def test_secrets_are_masked_in_nested_json() -> None:
    inner = json.dumps({"syncAction": "suite_ticket", "suiteTicket": "t1cket", "more": json.dumps({"token": "t0ken"})})
    event = parse_event(
        {"corp_id": CORP, "biz_id": "b", "biz_type": 2, "biz_data": inner, "note": '[{"a": 1}]'}, NOW_NS
    )
    assert event.type == "suite_ticket"
    assert "t1cket" not in repr(event.raw)
    assert "t0ken" not in repr((event.raw, event.fields))
    assert event.raw["note"] == '[{"a": 1}]'


def test_a_lone_surrogate_is_replaced_anywhere() -> None:
    data = {"EventType": "x\ud800", "eventId": "e\udfff", "k\ud83d": ["v\ud83d"], "userId": ["u\ud800", "\U0001f600"]}
    posted = parse_object(json.dumps({**data, "packed": '{"a": "\\ud800"}', "CorpId": "c\ud800"}))
    frame = parse_object(json.dumps({"headers": {"topic": "*", "eventId": "e\ud800"}, "data": data}))
    for event in (parse_event(posted, NOW_NS), parse_frame_event("EVENT", frame["headers"], frame["data"], NOW_NS)):
        shown = json.dumps([event.type, event.id, event.userids, event.corp_id, event.fields], ensure_ascii=False)
        assert "\ufffd" in shown.encode().decode()
        assert event.userids[1] == "\U0001f600"
        json.dumps(event.raw, ensure_ascii=False).encode()


@for_each("text", ["", "[]", "1", "null", "{", "NaN", "[" * 100_000, '{"a":' * 50_000, b"\xff"])
@pytest.mark.usefixtures("without_garbage")
def test_values_that_are_not_objects_are_refused(text: str | bytes) -> None:
    with pytest.raises(InputError):
        parse_object(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["EventType", "userId", "UserIdList", "TimeStamp", "eventId", "CorpId", "biz_data", "text", "a"])


@given(data=st.dictionaries(KEYS | st.text(max_size=6), JSON, max_size=8), kind=st.sampled_from(["EVENT", "CALLBACK"]))
def test_no_object_crashes_the_parser(data: dict[str, Any], kind: str) -> None:
    for event in (
        parse_event(data, NOW_NS),
        parse_robot_message(data, NOW_NS, "callback"),
        parse_frame_event(kind, data, data, NOW_NS),
    ):
        assert isinstance(event.type, str)
        assert event.type
        assert all(isinstance(userid, str) and userid for userid in event.userids)
        assert 0 <= event.time_ns < 253_402_300_800 * 10**9
        assert (
            parse_stored_event(json.loads(json.dumps(event.raw)), event.type, event.channel, NOW_NS).fields
            == event.fields
        )


def test_message_text_cannot_control_the_terminal() -> None:
    event = parse_event(
        {"EventType": "x\x1b[2J", "UserId": ["u\x1b[1m"], "title": "a\x1b[2J\u202eb\nEvent()", "c\x1b[1m": 1}, NOW_NS
    )
    assert repr(event).isprintable()
    assert all(line.isprintable() for line in event.sheet().to_text().splitlines())
    assert "a\\x1b[2J\\u202eb\\nEvent()" in repr(event)


def test_an_event_is_displayed_on_one_line_and_as_a_table() -> None:
    event = parse_event(
        {"EventType": "x<b>", "UserId": ["u1"], "TimeStamp": 1764032400123, "title": "长" * 500}, NOW_NS
    )
    assert repr(event).startswith("Event('x<b>', '2025-11-25 09:00:00', userids=('u1',), title=长")
    assert len(repr(event)) < 300
    assert "x&lt;b&gt;" in event._repr_html_()
    assert "2025-11-25 09:00:00" in event._repr_html_()
