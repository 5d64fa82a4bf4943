import inspect
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.errors import InputError, MessageError, TemplateError
from dingnb.errors.arguments import short_repr
from dingnb.messages import Message
from dingnb.messages.robot import ROBOT_TYPES
from dingnb.messages.types import TYPES
from tests.table_rows import for_each

URL = "https://example.com"
WHOLE = {
    "text": {"content": "c"},
    "image": {"source": "@a"},
    "voice": {"source": "@a", "duration": "10"},
    "file": {"source": "@a"},
    "link": {"title": "t", "text": "x", "message_url": URL, "pic_url": "@a"},
    "markdown": {"title": "t", "text": "x"},
    "action_card": {"title": "t", "markdown": "m", "single_title": "s", "single_url": URL},
    "oa": {"message_url": URL, "head_bgcolor": "FFBBBBBB", "head_text": "h", "title": "t"},
    "card": {"title": "t", "text": "x"},
    "survey": {"title": "t", "text": "x", "fields": [{"name": "n", "label": "l", "type": "TEXT"}]},
}


def sent(message: Message) -> dict[str, object]:
    [body] = message.render_rows({}, 1).bodies
    assert body is not None
    return json.loads(body)


@for_each(
    ("message", "wire"),
    [
        (dingnb.text("月会"), {"msgtype": "text", "text": {"content": "月会"}}),
        (dingnb.image("@a"), {"msgtype": "image", "image": {"media_id": "@a"}}),
        (dingnb.voice("@a", np.int64(10)), {"msgtype": "voice", "voice": {"media_id": "@a", "duration": "10"}}),
        (dingnb.file("@a"), {"msgtype": "file", "file": {"media_id": "@a"}}),
        (
            dingnb.link("t", "x", URL, "@a"),
            {"msgtype": "link", "link": {"messageUrl": URL, "picUrl": "@a", "title": "t", "text": "x"}},
        ),
        (dingnb.markdown("t", "# x"), {"msgtype": "markdown", "markdown": {"title": "t", "text": "# x"}}),
        (
            dingnb.action_card("m", title="t", single_title="s", single_url=URL),
            {
                "msgtype": "action_card",
                "action_card": {"title": "t", "markdown": "m", "single_title": "s", "single_url": URL},
            },
        ),
        (
            dingnb.action_card("m", btn_json_list=[("A", URL), {"title": "B", "action_url": URL}], btn_orientation="1"),
            {
                "msgtype": "action_card",
                "action_card": {
                    "markdown": "m",
                    "btn_orientation": "1",
                    "btn_json_list": [{"title": "A", "action_url": URL}, {"title": "B", "action_url": URL}],
                },
            },
        ),
        (
            dingnb.oa(
                URL,
                pc_message_url=URL,
                head_bgcolor="FFBBBBBB",
                head_text="h",
                status_value="v",
                status_bg="0xFFF65E5E",
                title="t",
                form={"k": "v"},
                rich_num="15.6",
                rich_unit="元",
                content="c",
                image="@a",
                file_count=3,
                author="李四",
            ),
            {
                "msgtype": "oa",
                "oa": {
                    "message_url": URL,
                    "pc_message_url": URL,
                    "head": {"bgcolor": "FFBBBBBB", "text": "h"},
                    "status_bar": {"status_value": "v", "status_bg": "0xFFF65E5E"},
                    "body": {
                        "title": "t",
                        "form": [{"key": "k", "value": "v"}],
                        "rich": {"num": "15.6", "unit": "元"},
                        "content": "c",
                        "image": "@a",
                        "file_count": "3",
                        "author": "李四",
                    },
                },
            },
        ),
    ],
)
def test_each_type_is_sent_with_dingtalk_s_names(message: Message, wire: dict[str, object]) -> None:
    assert sent(message) == wire
    assert eval(repr(message), vars(dingnb)) == message  # noqa: S307 - a repr of our own


@pytest.mark.parametrize(
    ("name", "argument", "limit"),
    [
        ("text", "content", 5_000),
        ("markdown", "title", 64),
        ("markdown", "text", 5_000),
        ("action_card", "title", 64),
        ("action_card", "single_title", 20),
    ],
)
def test_a_field_may_be_as_long_as_dingtalk_says_and_not_one_character_longer(
    name: str, argument: str, limit: int
) -> None:
    Message.of(name, {**WHOLE[name], argument: "字" * limit}, body_bytes=20_000)
    with pytest.raises(MessageError) as caught:
        Message.of(name, {**WHOLE[name], argument: "字" * (limit + 1)}, body_bytes=20_000)
    assert f"{name}.{argument} has {limit + 1:,} characters; DingTalk allows {limit:,}" in str(caught.value)
    assert "Shorten it by 1." in str(caught.value)


@pytest.mark.parametrize(("argument", "limit"), [("single_url", 500), ("action_url", 700)])
def test_an_address_may_be_as_long_as_dingtalk_says(argument: str, limit: int) -> None:
    def card(url: str) -> Message:
        if argument == "single_url":
            return dingnb.action_card("m", single_title="s", single_url=url)
        return dingnb.action_card("m", btn_json_list=[("A", url)])

    card(URL.ljust(limit, "x"))
    with pytest.raises(MessageError, match=f"{argument} has {limit + 1} characters"):
        card(URL.ljust(limit + 1, "x"))


def test_one_byte_over_the_size_of_a_body_is_refused_at_once() -> None:
    frame = len(json.dumps(sent(dingnb.text("x")), separators=(",", ":"))) - 1
    dingnb.text("x" * (2_048 - frame))
    with pytest.raises(
        MessageError, match=r"2,049 bytes as sent; DingTalk allows 2,048[\s\S]*Shorten it by 1 or more bytes\."
    ):
        dingnb.text("x" * (2_049 - frame))
    with pytest.raises(MessageError, match="bytes as sent"):
        dingnb.markdown("{{ month }}", "x" * 2_048)


@for_each("name", WHOLE)
def test_an_empty_required_field_is_named(name: str) -> None:
    kind = dingnb.messages.types.TYPES[name]
    for field in kind.fields:
        if field.required and field.kind != "object" and "[]" not in field.name:
            with pytest.raises(MessageError, match=rf"{name}\.{field.name} is empty"):
                Message.of(name, {**WHOLE[name], field.python_name: " "})


@pytest.mark.parametrize("buttons", [[], [("A", URL)] * 6])
def test_a_list_has_one_to_five_buttons(buttons: list[tuple[str, str]]) -> None:
    for n in (1, 5):
        dingnb.action_card("m", btn_json_list=[("A", URL)] * n)
    with pytest.raises(MessageError, match=r"btn_json_list (is empty|has 6 items; at most 5)"):
        dingnb.action_card("m", btn_json_list=buttons)


def test_a_list_of_buttons_may_have_1000_characters_in_all() -> None:
    around = len('[{"title":"A","action_url":""},{"title":"A","action_url":""}]')
    urls = [URL.ljust(400, "x"), URL.ljust(1_000 - around - 400, "x")]
    dingnb.action_card("m", btn_json_list=[("A", url) for url in urls])
    with pytest.raises(MessageError, match=r"btn_json_list has 1,001 characters in total[\s\S]*by 1,"):
        dingnb.action_card("m", btn_json_list=[("AB", urls[0]), ("A", urls[1])])


@for_each(
    "fields",
    [
        {},
        {"single_title": "s"},
        {"single_url": URL},
        {"btn_orientation": "1"},
        {"single_title": "s", "single_url": URL, "btn_json_list": [("A", URL)]},
        {"btn_json_list": [("A", URL)], "btn_orientation": "2"},
        {"btn_json_list": [("A",)]},
        {"btn_json_list": [{"title": "A"}]},
        {"btn_json_list": [{"title": "A", "url": URL}]},
        {"btn_json_list": "A"},
        {"btn_json_list": 5},
        {"btn_json_list": [("A", "javascript:alert(1)")]},
        {"btn_json_list": [("A", 5)]},
    ],
)
def test_an_incomplete_action_card_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(MessageError) as caught:
        dingnb.action_card("m", **fields)
    assert "action_card" in caught.value.what
    assert caught.value.hint


@for_each("size", ["2048", None, 0, 2048.5, True, 10**10, 10**5_000, np.timedelta64(1, "D")])
def test_a_size_that_is_no_number_of_bytes_is_refused(size: Any) -> None:
    for name, arguments in WHOLE.items():
        with pytest.raises(InputError, match=re.escape(f"body_bytes={short_repr(size)} cannot be used")) as caught:
            Message.of(name, arguments, body_bytes=size)
        assert "2_048" in caught.value.hint


FIELD = [dingnb.fields.text("n", "l")]


@for_each("value", [10**5_000, [10**5_000], {10**5_000: 1}, pd.NA, np.array("x"), np.array([1, 2]), pd.Series([1, 2])])
def test_values_without_a_text_or_an_order_are_refused(value: Any) -> None:
    tried: tuple[Any, ...] = (
        lambda: dingnb.voice("@a", value),
        lambda: dingnb.oa(URL, file_count=value),
        lambda: dingnb.oa(URL, form=value),
        lambda: dingnb.action_card("m", btn_json_list=value),
        lambda: dingnb.card("t", "x", buttons=value),
        lambda: dingnb.card("t", "x", buttons={"map": ("Map", value)}),
        lambda: dingnb.card("t", "x", deadline=value),
        lambda: dingnb.card("t", template="a.schema", data={"a": value}),
        lambda: dingnb.survey("t", "x", fields=value),
        lambda: dingnb.survey("t", "x", fields=FIELD, deadline=value),
        lambda: dingnb.fields.choice("n", "l", value),
    )
    for make in tried:
        with pytest.raises(MessageError) as caught:
            make()
        assert caught.value.hint


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(MessageError, match="carrier-pigeon"):
        Message.of("carrier-pigeon", {})
    with pytest.raises(MessageError, match=r"no field text\.weight"):
        Message("text", (("weight", "5"),))
    with pytest.raises(MessageError, match=r"text\.content is of type int"):
        dingnb.text(5)  # type: ignore[arg-type]
    with pytest.raises(MessageError, match=r"oa\.body is empty"):
        dingnb.oa(URL)


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "\ud800"])
def test_values_that_cannot_be_text_are_refused(bad: str) -> None:
    with pytest.raises(MessageError):
        dingnb.text(bad)


def test_nested_fields_are_templates_too() -> None:
    card = dingnb.oa(URL, title="{{ a }}", form=[("{{ b }}", "{{ c | money }}")], image="{{ d }}")
    assert card.columns == ("a", "b", "c", "d")
    with pytest.raises(TemplateError, match=r"action_card\.btn_json_list\[1\]\.title .*line 1, column 3"):
        dingnb.action_card("m", btn_json_list=[("A", URL), ("x {{ a", URL)])


def test_messages_are_values() -> None:
    assert dingnb.text("a") == dingnb.text("a")
    assert hash(dingnb.oa(URL, title="a")) == hash(dingnb.oa(URL, title="a"))
    with pytest.raises(AttributeError):
        dingnb.text("a").msgtype = "link"  # type: ignore[misc]


def test_each_field_of_a_type_is_an_argument_of_its_constructor() -> None:
    for name, kind in TYPES.items():
        fields = {field.python_name for field in kind.fields if "[]" not in field.name and field.kind != "object"}
        assert fields <= set(inspect.signature(getattr(dingnb, name)).parameters), name


def test_each_field_of_a_type_that_robots_send_has_their_name() -> None:
    for name, (_, renamed) in ROBOT_TYPES.items():
        assert {field.name for field in TYPES[name].fields if "[]" not in field.name} <= set(renamed), name
