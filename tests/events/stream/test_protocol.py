"""Parsing of frames, and the documented format of acknowledgements."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.events.stream.protocol import (
    AckCode,
    Frame,
    SystemFrame,
    UnreadableFrame,
    build_acknowledgement,
    parse_frame,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def frame(**changes: Any) -> str:
    return json.dumps({"type": "EVENT", "headers": {"topic": "*", "messageId": "m"}, "data": '{"a": 1}', **changes})


def test_a_frame_has_its_parts() -> None:
    assert parse_frame(frame()) == Frame("EVENT", "*", "m", {"topic": "*", "messageId": "m"}, {"a": 1})


@pytest.mark.parametrize(("data", "found"), [(None, {}), ("", {}), ({"a": 1}, {"a": 1}), ("{}", {})])
def test_data_may_be_missing_or_an_object(data: Any, found: dict[str, Any]) -> None:
    parse_frame_event = parse_frame(frame(data=data))
    assert isinstance(parse_frame_event, Frame)
    assert parse_frame_event.data == found


@pytest.mark.parametrize("data", ["[1]", "no JSON", "NaN", 5, [1], True])
def test_data_that_are_not_an_object_are_unreadable_but_have_their_message_id(data: Any) -> None:
    assert parse_frame(frame(data=data)) == UnreadableFrame("m")


@pytest.mark.parametrize(
    ("data", "found"),
    [('{"opaque": 1.50}', '{"opaque": 1.50}'), ("no JSON", "no JSON"), ({"a": "ü"}, '{"a": "ü"}'), (None, "{}")],
)
def test_the_data_of_a_system_frame_are_unchanged(data: Any, found: str) -> None:
    assert parse_frame(frame(type="SYSTEM", data=data)) == SystemFrame("*", "m", found)
    assert json.loads(build_acknowledgement("m", found))["data"] == found


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "5", '{"headers": 5}', "{}", "[" * 100_000])
@pytest.mark.usefixtures("without_garbage")
def test_input_that_is_not_a_frame_cannot_be_acknowledged(text: str) -> None:
    assert parse_frame(text) == UnreadableFrame("")


def test_an_id_that_is_not_text_or_too_long_is_ignored() -> None:
    for strange in (5, None, ["m"], "m" * 513):
        found = parse_frame(frame(headers={"topic": "*", "messageId": strange}))
        assert isinstance(found, Frame)
        assert found.message_id == ""


def test_a_topic_that_is_not_text_is_none() -> None:
    assert parse_frame(frame(headers={"topic": 5, "messageId": "m"})) == Frame(
        "EVENT", "", "m", {"topic": 5, "messageId": "m"}, {"a": 1}
    )


def test_an_acknowledgement_is_as_documented() -> None:
    assert json.loads(build_acknowledgement("m", {"status": "SUCCESS"})) == {
        "code": 200,
        "message": "OK",
        "headers": {"messageId": "m", "contentType": "application/json"},
        "data": '{"status": "SUCCESS"}',
    }
    assert json.loads(build_acknowledgement("m", {}, AckCode.UNREADABLE))["code"] == 400


def test_an_answer_with_a_lone_surrogate_can_be_sent() -> None:
    sent = build_acknowledgement("m", {"text": "half\ud800"}).encode()
    assert json.loads(json.loads(sent)["data"]) == {"text": "half\ud800"}


@given(JSON, JSON, JSON)
def test_no_json_crashes_the_parser(kind: Any, headers: Any, data: Any) -> None:
    found = parse_frame(json.dumps({"type": kind, "headers": headers, "data": data}))
    build_acknowledgement(found.message_id, {}).encode()


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    parse_frame(text)
