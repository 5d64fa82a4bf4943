"""Parsing of presses on cards, in all spellings, and of hostile ones."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.events.presses import (
    MAX_CHARACTERS,
    IgnoredPressError,
    IgnoredReason,
    Press,
    parse_press,
    unwrap_form_value,
)
from tests.table_rows import for_each


def body(pressed: Any, key: str = "content", **more: Any) -> dict[str, Any]:
    return {"type": "actionCallback", "outTrackId": "dn-1", "userId": "u1", key: pressed, **more}


PARAMS = {"id": "yes"}
SPELLINGS: dict[str, dict[str, Any]] = {
    "content": body(json.dumps({"cardPrivateData": {"actionIds": ["other"], "params": PARAMS}})),
    "value": body(json.dumps({"cardPrivateData": {"params": PARAMS}}), "value"),
    "an object": body({"cardPrivateData": {"params": PARAMS}}),
    "params beside": body(json.dumps({"cardPrivateData": {"actionIds": ["other"]}, "params": PARAMS})),
    "params outside": body(json.dumps({"cardPrivateData": {}}), params=json.dumps(PARAMS)),
    "nested as text": body(json.dumps({"cardPrivateData": json.dumps({"params": json.dumps(PARAMS)})})),
    "action ids": body(json.dumps({"cardPrivateData": {"actionIds": ["yes"], "params": {}}})),
    "one action id": body(json.dumps({"cardPrivateData": {"actionIds": "yes"}})),
    "action ids beside": body(json.dumps({"actionIds": ["yes"]})),
    "both keys": body("", value=json.dumps({"cardPrivateData": {"params": PARAMS}})),
}


@for_each("name", SPELLINGS)
def test_a_press_is_read_in_each_spelling(name: str) -> None:
    assert parse_press(SPELLINGS[name], "m-1", "1764032400000") == Press(
        "dn-1", "u1", "yes", {}, "m-1", 1_764_032_400_000_000_000
    )


FORMS: dict[str, tuple[Any, Any]] = {
    "raw": ({"a": "x", "n": 3, "on": True}, {"a": "x", "n": 3, "on": True}),
    "lists": ({"a": ["x", "y"]}, {"a": ["x", "y"]}),
    "values": (
        {"a": {"index": 0, "value": "x"}, "m": {"index": [0, 2], "value": ["x", "z"]}},
        {"a": "x", "m": ["x", "z"]},
    ),
    "text": (json.dumps({"a": "x"}), {"a": "x"}),
    "empty": ({}, {}),
}


def test_a_parameter_named_form_that_is_no_form_is_kept() -> None:
    found = parse_press(body({"cardPrivateData": {"params": {"id": "order", "form": "A3"}}}))
    assert (found.action, found.values) == ("order", {"form": "A3"})


@for_each("name", FORMS)
def test_a_form_is_read_in_each_spelling(name: str) -> None:
    form, values = FORMS[name]
    found = parse_press(body(json.dumps({"cardPrivateData": {"actionIds": ["x"], "params": {"form": form}}})))
    assert (found.action, found.values, found.pressed_ns) == ("submit", values, 0)


def test_other_parameters_of_a_button_are_values() -> None:
    found = parse_press(body(json.dumps({"cardPrivateData": {"params": {"id": "ok", "n": 3}}})))
    assert (found.action, found.values) == ("ok", {"n": 3})


BAD: dict[str, dict[str, Any]] = {
    "no card": {"userId": "u1"},
    "no person": {"outTrackId": "dn-1"},
    "a card that is a list": body("{}") | {"outTrackId": ["dn-1"]},
    "a person that is long": body("{}") | {"userId": "u" * 300},
    "dynamic data": body("{}") | {"type": "dynamicDataCallback"},
    "a person with half a character": body("{}") | {"userId": "u\ud83d"},
    "a card with a zero": body("{}") | {"outTrackId": "dn-\0"},
}


@for_each("name", BAD)
def test_what_names_no_card_or_person_is_ignored(name: str) -> None:
    with pytest.raises(IgnoredPressError) as caught:
        parse_press(BAD[name])
    assert caught.value.reason is IgnoredReason.UNREADABLE


@for_each("key", ["content", "value", "params"])
def test_a_form_of_1_mb_is_refused(key: str) -> None:
    for large in (f'{{"a": "{"x" * 2**20}"}}', {"a": "x" * 2**20}):
        with pytest.raises(IgnoredPressError) as caught:
            parse_press(body("{}") | {key: large})
        assert caught.value.reason is IgnoredReason.TOO_LARGE
    parse_press(body("x" * (MAX_CHARACTERS - 10)))


def test_a_chinese_character_counts_once_in_text_and_in_an_object() -> None:
    values = {"note": "好" * (MAX_CHARACTERS - 100)}
    for params in (json.dumps(values, ensure_ascii=False), values):
        assert parse_press(body("{}") | {"params": params}).values == values


def test_lone_surrogates_are_replaced_in_all_texts() -> None:
    found = parse_press(body('{"cardPrivateData": {"params": {"form": {"a\\ud83d": "b\\udc00"}}}}'), "m\ud83d\0")
    assert found.press_id.isalnum()
    assert found.values == {"a\ufffd": "b\ufffd"}


NAMES = ["cardPrivateData", "params", "actionIds", "form", "id", "value", "content", "outTrackId", "userId", "type"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), children, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_anything_is_a_press_or_ignored(value: Any, as_text: bool) -> None:  # noqa: FBT001
    data = body(json.dumps(value) if as_text else value)
    found = parse_press(data)
    assert found.out_track_id == "dn-1"
    json.dumps(found.values).encode()
    if isinstance(value, dict):
        try:
            parse_press(value)
        except IgnoredPressError as error:
            assert error.reason is IgnoredReason.UNREADABLE  # noqa: PT017


def test_a_value_of_a_form_is_the_value_inside() -> None:
    assert [unwrap_form_value(value) for value in ("a", ["a"], {"value": None}, {"index": 1}, None)] == [
        "a",
        ["a"],
        None,
        {"index": 1},
        None,
    ]
