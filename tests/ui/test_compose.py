"""The compose form by its widgets: input, display and texts."""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.compose.fields import FIELD_ORDER
from dingnb.ui.compose.preview import PreviewView
from dingnb.ui.compose.toolbar import MAX_CHIPS
from tests.drafting import COLUMNS, messages
from tests.tiers import examples
from tests.ui.steps import (
    HOSTILE,
    assert_harmless,
    check,
    is_off,
    is_shown,
    people,
    read,
    type_into,
    words,
    write,
)

STAFF = pd.DataFrame(
    {
        "userid": ["a1", "a2", "a3", "a4"],
        "name": ["Ann", "Bob", "Cid", "Dan"],
        "net": [1_200.5, None, 900.0, None],
        "Net pay": ["x", "y", " ", "z"],
    }
)

MADE: dict[str, tuple[Callable[[], Message], dict[str, str]]] = {
    "markdown": (
        lambda: dingnb.markdown("T {{ name }}", "# Hi\n{{ net }}"),
        {"title": "T {{ name }}", "text": "# Hi\n{{ net }}"},
    ),
    "text": (lambda: dingnb.text("Hi {{ name }}"), {"content": "Hi {{ name }}"}),
    "link": (
        lambda: dingnb.link("T", "Text", "https://a/b", "@id"),
        {"title": "T", "text": "Text", "messageUrl": "https://a/b", "picUrl": "@id"},
    ),
    "image": (lambda: dingnb.image("@lADO"), {"media_id": "@lADO"}),
    "file": (lambda: dingnb.file("@lADO"), {"media_id": "@lADO"}),
    "voice": (lambda: dingnb.voice("@lADO", 12), {"media_id": "@lADO", "duration": "12"}),
    "action_card": (
        lambda: dingnb.action_card("Text", title="T", single_title="Go", single_url="https://a/b"),
        {"title": "T", "markdown": "Text", "single_title": "Go", "single_url": "https://a/b"},
    ),
    "oa": (
        lambda: dingnb.oa("https://a/b", title="T", content="C {{ name }}", rich_num="3", rich_unit="d", author="A"),
        {
            "message_url": "https://a/b",
            "body__title": "T",
            "body__content": "C {{ name }}",
            "body__rich__num": "3",
            "body__rich__unit": "d",
            "body__author": "A",
        },
    ),
    "card": (
        lambda: dingnb.card("T", "Hi {{ name }}", buttons={"yes": "Yes", "map": ("Map", "https://a/b")}),
        {
            "title": "T",
            "text": "Hi {{ name }}",
            "buttons[0].key": "yes",
            "buttons[0].label": "Yes",
            "buttons[1].key": "map",
            "buttons[1].label": "Map",
            "buttons[1].url": "https://a/b",
        },
    ),
    "survey": (
        lambda: dingnb.survey(
            "T", "Hi {{ name }}", fields=[dingnb.fields.choice("drink", "Drink", ["Tea", "Coffee"])], submit="Go"
        ),
        {
            "title": "T",
            "text": "Hi {{ name }}",
            "submit": "Go",
            "fields[0].name": "drink",
            "fields[0].label": "Drink",
            "fields[0].type": "SELECT",
            "fields[0].required": "true",
            "fields[0].options": "Tea\nCoffee",
        },
    ),
}


@pytest.mark.parametrize("msgtype", FIELD_ORDER)
def test_each_message_type_can_be_written_in_the_form(ding: DingTalk, msgtype: str) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, msgtype)
    make, typed = MADE[msgtype]
    write(form, **typed)
    assert form.value == make()
    assert form.model.state.view.message == make()


def test_a_card_with_several_buttons_is_written_by_adding_and_removing_them(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "action_card")
    write(form, markdown="Ready?")
    type_into(form.choice, 1)
    buttons = form.items.of("btn_json_list")
    assert buttons.add.description == "Add button"
    buttons.add.click()
    write(form, **{"btn_json_list[0].title": "Yes", "btn_json_list[0].action_url": "https://a/y"})
    write(form, **{"btn_json_list[1].title": "No", "btn_json_list[1].action_url": "https://a/n"})
    # A third one without text does not count.
    yes_no = [("Yes", "https://a/y"), ("No", "https://a/n")]
    assert form.value == dingnb.action_card("Ready?", btn_json_list=yes_no)
    type_into(form.field("btn_orientation").input, "1")
    assert form.value == dingnb.action_card("Ready?", btn_json_list=yes_no, btn_orientation="1")
    for _ in range(9):
        buttons.add.click()
    assert read(form.field("btn_json_list[4].title").input.description).text == "Button 5: Text"
    with pytest.raises(KeyError):
        form.field("btn_json_list[5].title")
    for _ in range(9):
        buttons.cards[1].remove.click()
    assert form.value == dingnb.action_card("Ready?", btn_json_list=yes_no[:1], btn_orientation="1")


def test_an_oa_card_gets_rows_and_loses_them(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "oa")
    write(form, message_url="https://a/b")
    for number in range(2):
        form.items.of("body.form").add.click()
        write(form, **{f"body__form[{number}].key": f"k{number}", f"body__form[{number}].value": "{{ name }}"})
    rows = [("k0", "{{ name }}"), ("k1", "{{ name }}")]
    assert form.value == dingnb.oa("https://a/b", form=rows)
    cards = form.items.of("body.form").cards
    cards[1].remove.click()
    assert form.value == dingnb.oa("https://a/b", form=rows[:1])
    cards[0].remove.click()
    cards[0].remove.click()
    assert form.model.state.text.count("body.form") == 0


def test_texts_carry_over_to_another_type_and_back(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    write(form, title="T", text="Long text")
    type_into(form.msgtype, "text")
    assert form.value == dingnb.text("Long text")
    type_into(form.msgtype, "markdown")
    assert form.value == dingnb.markdown("T", "Long text")
    type_into(form.msgtype, "link")
    assert (form.field("title").input.value, form.field("text").input.value) == ("T", "Long text")
    write(form, messageUrl="https://a/b")
    type_into(form.msgtype, "oa")
    assert form.field("body.content").input.value == "Long text"
    type_into(form.msgtype, "link")
    assert form.field("messageUrl").input.value == "https://a/b"


def test_the_newest_text_carries_over_by_way_of_a_type_without_it(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    write(form, title="Old", text="Old text")
    type_into(form.msgtype, "link")
    write(form, title="New", text="New text")
    for msgtype in ("image", "link", "image", "action_card"):
        type_into(form.msgtype, msgtype)
    assert form.field("title").input.value == "New"
    assert form.field("markdown").input.value == "New text"
    type_into(form.msgtype, "link")
    assert form.field("title").input.value == "New"


def test_only_the_page_of_the_app_gets_the_tags_of_the_lists(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Of columns whose shown names are the same, the page cannot tell which one was chosen.
    same = [f"{'a long ' * 8}{n}{' name' * 8}" for n in (1, 2)]
    frame = STAFF.assign(net=1234.5, **dict.fromkeys(same, "x"))
    assert ding.compose(frame).tools.menu_tags.value == ""
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path))
    form = ding.compose(frame)
    [tags] = re.findall(r'data-tags="(.*?)"', form.tools.menu_tags.value)
    shown = json.loads(html.unescape(tags))
    assert (shown["net"], shown["net | money → 1,234.50"]) == ("{{ net }}", "{{ net | money }}")
    assert [text for text in shown if text.startswith("a long")] == []


def test_undo_takes_back_what_was_typed_since_the_last_pause(ding: DingTalk, clock: VirtualClock) -> None:
    form = ding.compose(STAFF)
    for typed in ("Hi", "Hi there"):
        write(form, text=typed)
    clock.advance(seconds_to_ns(120))
    for typed in ("Hi there, c", "Hi there, come"):
        write(form, text=typed)
    for expected in ("Hi there", ""):
        form.undo.click()
        assert form.field("text").input.value == expected


def test_undo_and_redo_work_and_show_their_state(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    assert (is_off(form.undo), is_off(form.redo)) == (True, True)
    write(form, title="a")
    write(form, title="ab")
    write(form, text="c")
    form.tools.chips["name"].click()
    type_into(form.msgtype, "text")
    assert form.value == dingnb.text("c{{ name }}")
    for expected in (("ab", "c{{ name }}"), ("ab", "c"), ("ab", ""), ("", "")):
        form.undo.click()
        assert form.model.state.text.msgtype == "markdown"
        assert (form.field("title").input.value, form.field("text").input.value) == expected
    assert is_off(form.undo)
    form.undo.click()
    for _ in range(4):
        form.redo.click()
    assert form.value == dingnb.text("c{{ name }}")
    assert is_off(form.redo)


@examples(25)
@given(messages())
def test_an_initial_message_is_preserved(ding: DingTalk, message: Message) -> None:
    frame = pd.DataFrame({"userid": ["a"], **dict.fromkeys(COLUMNS, "1")})
    form = ding.compose(frame, message)
    assert form.value == message
    form.model.wait()
    assert form.value.body_bytes == message.body_bytes


def test_each_field_has_its_own_tools_which_insert_at_its_end(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    assert "Insert a column into Text:" in words(form)
    write(form, title="Dear ", text="Pay: ")
    form.tools.chips["Net pay"].click()
    # Whatever was edited last, the list beside the title acts on the title.
    title = form.field("title").insert
    assert title is not None
    assert title.box.description == "Insert into Title"
    type_into(title.box, "{{ name }}")
    assert title.box.value == ""
    assert form.value == dingnb.markdown("Dear {{ name }}", "Pay: {{ Net pay }}")
    form.undo.click()
    assert form.value == dingnb.markdown("Dear ", "Pay: {{ Net pay }}")
    type_into(form.msgtype, "text")
    form.tools.chips["name"].click()
    assert form.field("content").input.value == "Pay: {{ Net pay }}{{ name }}"
    assert not is_shown(form.tools.markdown["bold"])


def test_markdown_is_inserted_at_the_end(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.markdown("T", "Hi"))
    assert is_shown(form.tools.markdown["bold"])
    for kind in ("bold", "list", "link"):
        form.tools.markdown[kind].click()
    assert form.field("text").input.value == "Hi**bold**\n- item[link](https://)"
    form.undo.click()
    assert form.field("text").input.value == "Hi**bold**\n- item"


def test_formats_that_suit_the_values_are_offered_with_an_example(ding: DingTalk) -> None:
    frame = pd.DataFrame(
        {
            "userid": ["1", "2"],
            "工号": [17, 18],
            "Net pay": [np.nan, 1_200.5],
            "share": [0.125, 0.5],
            "born": pd.to_datetime(["2026-11-03", "2026-11-04"]),
            "is_new": [True, False],
            "written": ["8800", "1"],
            "grouped": ["1,200.50", "8,800"],
            "mobile": ["13900000001", "13900000002"],
            "job": ["0017", "0018"],
        }
    )
    form = ding.compose(frame, dingnb.text("You get "))
    assert [label for label, _ in form.tools.formats.options[1:]] == [
        *("Net pay | money → 1,200.50", "Net pay | number → 1,200.5"),
        *("share | money → 0.13", "share | number → 0.125", "share | percent → 12.5%"),
        *("born | date → 2026-11-03", 'born | date("%m月%d日") → 11月03日'),
        *("written | money → 8,800.00", "written | number → 8,800"),
        *("grouped | money → 1,200.50", "grouped | number → 1,200.5"),
    ]
    form.model.show_row(1)
    for _, tag in form.tools.formats.options[1:]:
        type_into(form.tools.formats, tag)
        assert form.model.state.view.failure is None
    assert form.field("content").input.value.startswith("You get {{ Net pay | money }}{{ Net pay | number }}")
    assert not is_shown(ding.compose(frame[["userid"]]).tools.formats)


def test_columns_beyond_the_chips_are_in_a_list(ding: DingTalk) -> None:
    frame = pd.DataFrame([range(MAX_CHIPS + 3)], columns=[f"c{at}" for at in range(MAX_CHIPS + 3)])
    form = ding.compose(frame)
    assert list(form.tools.chips) == [f"c{at}" for at in range(MAX_CHIPS)]
    assert is_shown(form.tools.more_columns)
    assert [name for name, _ in form.tools.more_columns.options[1:]] == ["c14", "c15", "c16"]
    type_into(form.tools.more_columns, "c15")
    assert form.field("text").input.value == "{{ c15 }}"
    assert form.tools.more_columns.value == ""
    type_into(form.tools.more_columns, "c15")
    assert form.field("text").input.value == "{{ c15 }}{{ c15 }}"
    assert not is_shown(ding.compose(STAFF).tools.more_columns)


@pytest.mark.parametrize("column", [*COLUMNS, "名 字", "a\nb", "x}}", "if", "row", "loop"])
def test_a_column_with_any_name_is_filled_in(ding: DingTalk, column: str) -> None:
    form = ding.compose(pd.DataFrame({"userid": ["a"], column: ["right"]}))
    type_into(form.msgtype, "text")
    form.tools.chips[column].click()
    assert form.model.state.view.texts == {"content": "right"}
    assert check(form).model.plan.preview(0).message["text"] == {"content": "right"}


FRAMES: dict[str, tuple[pd.DataFrame, str]] = {
    "no rows": (STAFF.iloc[:0], "The data has no rows, so there are no recipients."),
    "no columns": (STAFF.iloc[:, :0], "There are no columns to insert."),
    "nothing": (pd.DataFrame(), "The data has no rows"),
    "numbers": (
        pd.DataFrame([["a", 1]], columns=pd.Index([5, 2.5], dtype=object)),
        "These columns cannot be inserted: 5, 2.5.",
    ),
    "a MultiIndex": (
        pd.DataFrame([["a", 1]], columns=pd.MultiIndex.from_tuples([("p", 1), ("q", 2)])),
        "These columns cannot be inserted: ('p', 1), ('q', 2).",
    ),
    "duplicates": (pd.DataFrame([["a", 1, 2]], columns=["userid", "n", "n"]), "These columns cannot be inserted: n."),
    "no name": (pd.DataFrame([["a", 1]], columns=["userid", np.nan]), "These columns cannot be inserted: nan."),
    "NA": (
        pd.DataFrame([["a", 1, 2]], columns=pd.Index(["userid", pd.NA, None], dtype=object)),
        "These columns cannot be inserted",
    ),
    "what Jinja hides": (
        pd.DataFrame([["a", 1]], columns=["userid", "__x y"]),
        "These columns cannot be inserted: __x y.",
    ),
}


@pytest.mark.parametrize("shape", FRAMES)
def test_any_frame_opens_a_form_that_says_what_cannot_be_used(ding: DingTalk, shape: str) -> None:
    frame, said = FRAMES[shape]
    form = ding.compose(frame)
    assert said in words(form)
    for widget in (form.preview.next, form.preview.previous):
        widget.click()
    type_into(form.preview.search, "a")
    type_into(form.msgtype, "text")
    write(form, content="Hi")
    assert form.value == dingnb.text("Hi")
    form.recipients.check.click()
    form.model.wait()
    failure = form.model.state.failure
    if shape != "duplicates" and shape not in {"no name", "NA", "what Jinja hides"}:
        assert failure is not None
        assert failure.what.in_form()
        assert failure.hint.in_form()
        assert failure.what.in_form() in words(form)
    assert "Unexpected error" not in words(form)
    assert_harmless(form)


def test_a_frame_with_one_row_has_no_row_navigation(ding: DingTalk) -> None:
    form = ding.compose(STAFF[:1])
    for widget in (form.preview.slider, form.preview.search):
        assert not is_shown(widget)
    form.preview.next.click()
    assert form.model.state.position == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{{ na", "is not closed yet"),
        ("{{ nobody }}", "nobody"),
        ("{% if name %}", "cannot be read"),
        ("{{ n }}", "n"),
        ("\ud800", "half a character"),
        ("x" * 5_001, "5,001"),
    ],
    ids=["half typed", "unknown", "open", "twice", "half a character", "too long"],
)
def test_an_invalid_text_is_reported_at_its_field_and_by_value(ding: DingTalk, typed: str, said: str) -> None:
    frame = pd.DataFrame([["a", "Ann", 1, 2]], columns=["userid", "name", "n", "n"])
    form = ding.compose(frame)
    type_into(form.msgtype, "text")
    write(form, content=typed)
    with pytest.raises(InputError) as caught:
        _ = form.value
    # An unfinished tag is reported in form terms by the form, and as a template error by the value.
    assert {"is not closed yet": "cannot be read"}.get(said, said) in caught.value.what + caught.value.hint
    assert caught.value.hint
    assert said in words(form)
    form.recipients.check.click()
    form.model.wait()
    assert form.model.plan_models == []
    assert form.model.state.failure is not None


def test_missing_fields_are_required_and_named(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    # Before anything is written, only the fields say so.
    assert "Fill in Title, Text." not in words(form)
    assert "required" in read(form.field("title").helper_text.value).text
    with pytest.raises(InputError, match="title"):
        _ = form.value
    write(form, title="x")
    assert "Fill in Text." in words(form)
    assert "required" not in read(form.field("title").helper_text.value).text
    assert form.code == ""


def test_lengths_are_counted_against_their_limits(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    write(form, title="{{ name }}!", text="月" * 1_234)
    assert read(form.field("title").helper_text.value).text == "4 / 64"
    assert "1,234 characters; message 3,758 / 2,048 bytes" in read(form.field("text").helper_text.value).text
    write(form, title="x" * 65)
    assert "65" in read(form.field("title").helper_text.value).text
    assert "dn-invalid" in form.field("title").input._dom_classes
    write(form, title="x")
    assert "dn-invalid" not in form.field("title").input._dom_classes
    type_into(form.msgtype, "text")
    write(form, content="x" * 501)
    below = read(form.field("content").helper_text.value).text
    assert "500" in below
    assert "dn-invalid" not in form.field("content").input._dom_classes
    assert form.value


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("start", ["", "{{ name }}"])
def test_the_counter_and_the_error_count_the_same_bytes(ding: DingTalk, language: str, start: str) -> None:
    dingnb.set_language(language)
    try:
        form = ding.compose(STAFF)
        field = form.field("text")
        write(form, title="T", text=start)
        size = form.model.state.view.size
        assert size is not None
        write(form, text=start + "x" * (2_040 - size))
        assert "2,040 / 2,048" in field.helper_text.value
        assert "dn-says-bad" not in field.helper_text.value
        assert "dn-invalid" not in field.input._dom_classes
        write(form, text=start + "x" * (2_050 - size))
        assert "2,050 / 2,048" in field.helper_text.value
        assert '<div class="dn-count dn-says-bad">' in field.helper_text.value
        assert "dn-invalid" in field.input._dom_classes
        # The reason stands at the field, once, with its unit.
        said = read(field.helper_text.value).text
        expected = {
            "en": "The message has 2,050 bytes as sent; DingTalk allows 2,048. Shorten it by 2 or more bytes.",
            "zh": "消息发送时有 2,050 字节，钉钉最多允许 2,048 字节。请至少缩短 2 字节。",
        }
        assert expected[language] in said
        assert "2,050" not in form.status.value or start
    finally:
        dingnb.set_language("en")


def test_blanks_are_counted_in_required_columns(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    write(form, title="T", text='{{ net }} {{ row["Net pay"] }} {{ name }}')
    said = words(form)
    assert "“net” is blank in 2 of 4 rows" in said
    assert '{{ net | default("…") }}' in said
    assert "“Net pay” is blank in 1 of 4 rows" in said
    assert "“name” is blank" not in said
    write(form, text='{{ net | default("–") }} {{ row["Net pay"] }}')
    assert "“net” is blank" not in words(form)
    assert "“Net pay” is blank" in words(form)


def test_the_size_is_shown_for_the_row_and_after_a_check_for_the_largest_too(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "text")
    write(form, content="{{ name }}{{ net | default('–') }}")
    plan = ding.plan(STAFF, form.value)
    sizes = [len(plan.preview(position=position).body) for position in range(4)]
    for position, size in enumerate(sizes):
        form.model.show_row(position)
        assert f"message {size} / 2,048 bytes" in read(form.field("content").helper_text.value).text
    check(form)
    assert f"Largest in the plan: {max(sizes)} bytes · limit" in words(form)
    write(form, content="{{ name }}")
    assert "argest in the plan" not in words(form)


def test_the_size_is_below_the_fields_if_no_counter_shows_it(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.link("Menu", "Hi {{ name }}", "https://example.com", "@lALOACZwe2Rk"))
    size = len(ding.plan(STAFF, form.value).preview(position=0).body)
    assert f"Size: {size} bytes for this row · limit 2,048 (not counting files)" in words(form)


def test_a_size_that_the_counter_of_the_text_shows_is_not_repeated(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.markdown("T", "Hi {{ name }}"))
    assert "/ 2,048 bytes" in read(form.field("text").helper_text.value).text
    assert "Size:" not in words(form)
    check(form)
    assert "Size:" not in words(form)
    assert re.search(r"Largest in the plan: \d+ bytes · limit 2,048", words(form))


def test_a_row_over_the_limit_is_rejected_and_excluded_from_the_largest_size(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "b"], "long": ["x", "月" * 900]})
    form = ding.compose(frame, dingnb.text("{{ long }}"))
    form.model.show_row(1)
    assert "This row won't be sent" in words(form)
    assert "Size:" not in words(form)
    plan = check(form).model.plan
    assert plan.problems()["position"].tolist() == [1]
    assert f"Largest in the plan: {len(plan.preview(0).body)} bytes · limit 2,048" in words(form)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_to_do_about_a_number_that_is_text_is_said_once_and_needs_no_code(ding: DingTalk, language: str) -> None:
    dingnb.set_language(language)
    frame = pd.DataFrame({"userid": ["a", "b"], "pay": ["1000", "2000"], "tax": ["10", "20"]})
    form = ding.compose(frame, dingnb.text("{{ pay + tax }} {{ pay / 2 }}"))
    form.model.wait()
    shown = words(form)
    assert {"en": "This row won't be sent", "zh": "此行不会发送"}[language] in shown
    assert "pandas" not in shown
    assert shown.count("{{ (… | float + … | float) | money }}") == 1
    write(form, content="{{ (pay | float + tax | float) | money }}")
    assert "1,010.00" in read(form.preview.phone.value).text


@pytest.mark.parametrize("text", ["Hi {{ name }} " + "x" * 2_100, "{{ name }} " + "月" * 5_000])
def test_a_text_too_long_in_every_row_stops_the_check_before_any_look_up(
    office: RunningSandbox, ding: DingTalk, text: str
) -> None:
    found = [user for user in office.state.users() if user["active"]][:3]
    staff = pd.DataFrame({"mobile": [person["mobile"] for person in found], "name": ["Ann", "Bob", "Cid"]})
    form = ding.compose(staff, to="mobile")
    write(form, title="T", text=text)
    before = len(office.state.recorded_calls())
    form.recipients.check.click()
    form.model.wait()
    assert "The message is too long in every row, so nobody was looked up: " in words(form)
    assert "DingTalk allows" in words(form)
    assert len(office.state.recorded_calls()) == before
    assert form.model.plan_models == []
    write(form, text="Hi {{ name }}")
    check(form)
    assert len(office.state.recorded_calls()) > before


def test_a_row_without_a_value_does_not_count_as_too_long(ding: DingTalk) -> None:
    form = ding.compose(pd.DataFrame({"userid": ["u1", "u2"], "name": ["Ann", None]}))
    write(form, title="T", text="Hi {{ name }} " + "x" * 2_100)
    form.recipients.check.click()
    form.model.wait()
    assert "The message is too long in every row" not in words(form)
    [plan] = form.model.plan_models
    assert plan.plan.rejected == 2


def test_unsupported_markdown_is_noted_in_the_preview(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    write(form, title="T", text="| a | b |\n|---|---|\n| 1 | 2 |")
    note = form.model.state.view.client_view.notes[0]
    assert note in read(form.preview.phone.value).text


def test_the_preview_shows_the_row_and_says_if_it_is_rejected(ding: DingTalk) -> None:
    form = ding.compose(STAFF.set_axis(list("wxyz")), dingnb.text("Dear {{ name }}, {{ net }}"))
    form.model.wait()
    assert "Dear Ann, 1200.5" in read(form.preview.phone.value).text
    assert read(form.preview.row_facts.value).text == "Position 0 (from 0 to 3) · label w · Ann · a1"
    form.preview.next.click()
    assert "This row won't be sent: The column 'net' is empty" in words(form)
    form.preview.next.click()
    assert "Dear Cid, 900" in read(form.preview.phone.value).text
    form.preview.previous.click()
    assert form.preview.number.value == form.preview.slider.value == 1


@pytest.mark.parametrize("widget", ["slider", "number"])
def test_slider_and_number_show_a_row(ding: DingTalk, widget: str) -> None:
    form = ding.compose(STAFF, dingnb.text("Dear {{ name }}"))
    type_into(getattr(form.preview, widget), 2)
    assert "Dear Cid" in form.preview.phone.value
    assert form.preview.number.value == form.preview.slider.value == 2
    type_into(getattr(form.preview, widget), 99)
    assert "Dear Dan" in form.preview.phone.value
    type_into(getattr(form.preview, widget), -1)
    assert "Dear Ann" in form.preview.phone.value


def test_a_search_shows_the_matching_rows(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": [f"u{at}" for at in range(20)], "name": ["Ann", "Bob", "Cid", "Dan"] * 5})
    form = ding.compose(frame, dingnb.text("Dear {{ name }} {{ userid }}"))
    type_into(form.preview.search, " BOB ")
    form.model.wait()
    assert "Dear Bob u1" in form.preview.phone.value
    assert "“BOB” found in 5 rows; showing match 1." in words(form)
    for shown in ("u5", "u9"):
        form.preview.next.click()
        assert f"Dear Bob {shown}" in form.preview.phone.value
    for shown in ("u5", "u1", "u17"):
        form.preview.previous.click()
        assert f"Dear Bob {shown}" in form.preview.phone.value
    form.preview.next.click()
    assert form.model.state.position == 1
    type_into(form.preview.number, 3)
    assert "“BOB” found in 5 rows; click Next to go there." in words(form)
    form.preview.next.click()
    assert form.model.state.position == 5
    type_into(form.preview.search, "nobody <b>")
    form.model.wait()
    assert "No rows match “nobody <b>”." in words(form)
    assert form.model.state.position == 5
    form.preview.next.click()
    assert form.model.state.position == 6
    type_into(form.preview.search, "")
    assert read(form.preview.found.value).text == ""


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([1, 2],), "DataFrame"),
        ((STAFF, "Hi"), "compose"),
    ],
)
def test_an_invalid_frame_or_message_opens_no_form(ding: DingTalk, arguments: tuple[Any, ...], match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        ding.compose(*arguments)
    assert caught.value.hint


def test_a_missing_plan_or_run_is_reported(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    for name in ("plan_form", "plan", "run"):
        with pytest.raises(InputError, match="Nothing has been checked yet"):
            getattr(form, name)
    write(form, title="T", text="x")
    with pytest.raises(InputError, match="not been sent yet"):
        _ = (check(form), form.run)


def test_a_frame_changed_later_is_shown_unchanged_until_the_check(ding: DingTalk) -> None:
    frame = STAFF.copy()
    form = ding.compose(frame, dingnb.text("Dear {{ name }}"))
    frame.loc[:, "name"] = "Eve"
    frame.pop("net")
    form.preview.next.click()
    assert "Dear Bob" in form.preview.phone.value
    assert "Dear Eve" in check(form).model.plan.to_frame()["body"].iloc[1]
    assert "Dear Eve" in form.preview.phone.value


@pytest.mark.long
@pytest.mark.sampled(3)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_and_texts_stay_text(ding: DingTalk, text: str) -> None:
    frame = pd.DataFrame({"userid": [text, "b"], text: [text, "y"], "name": [text, "z"]}, index=[text, "i"])
    form = ding.compose(frame, dingnb.markdown("{{ name | truncate(9) }}", "{{ name | truncate(900) }}"))
    form.model.wait()
    assert_harmless(form)
    for msgtype in FIELD_ORDER:
        type_into(form.msgtype, msgtype)
        for place in form.model.state.text.places():
            if not isinstance(form.field(place.path).input, widgets.Dropdown):
                type_into(form.field(place.path).input, text)
        form.model.wait()
        assert_harmless(form)
        type_into(form.preview.search, text)
        form.model.wait()
        assert_harmless(form)
    type_into(form.msgtype, "text")
    write(form, content="{{ name | truncate(300) }}")
    plan = check(form)
    assert_harmless(form)
    type_into(plan.problems.search, text)
    type_into(plan.sending.name, text)
    type_into(plan.sending.count, text)
    type_into(plan.test.recipient, text)
    plan.sending.send.click()
    plan.test.send_test.click()
    plan.model.wait()
    assert_harmless(form)
    assert_harmless(plan)


def test_an_error_in_a_handler_is_shown_in_the_form(ding: DingTalk) -> None:
    form = ding.compose(STAFF)

    def broken() -> None:
        message = "no such <b>thing</b>"
        raise LookupError(message)

    form._guarded(broken)(None)
    assert "LookupError: no such <b>thing</b>" in words(form)
    assert_harmless(form)


def test_labels_of_any_kind_are_shown_as_text(ding: DingTalk) -> None:
    form = ding.compose(STAFF.set_axis([0, pd.NA, "x", pd.Timestamp("2026-11-30")]), dingnb.text("{{ name }}"))
    said = []
    for position in range(4):
        form.model.show_row(position)
        said.append(read(form.preview.row_facts.value).text.partition("label ")[2].partition(" · ")[0])
    assert said == ["0", "", "x", "2026-11-30 00:00:00"]
    assert "Dan" in read(form.preview.phone.value).text


def join_threads_since(before: set[threading.Thread]) -> None:
    """Wait for all threads that are not among earlier ones, and for those that they start."""
    while started := set(threading.enumerate()) - before:
        for thread in started:
            # A listed thread may be only about to start, and then cannot be joined yet.
            with suppress(RuntimeError):
                thread.join(20)


def test_a_part_that_cannot_be_shown_is_reported_and_the_rest_works(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(people(office, 5), dingnb.text("{{ n }}"))
    form.model.wait()
    before = set(threading.enumerate())

    def broken(state: object) -> None:
        raise KeyError(state.__class__.__name__)

    with monkeypatch.context() as patched:
        patched.setattr(form.preview, "render", broken)
        form.recipients.check.click()
        form.model.wait()
        assert form.plan.people == 5
        assert not form.model.is_busy
        assert form.recipients.check.description == "Check again"
        assert "Unexpected error: KeyError: 'ComposeState'" in words(form)
        write(form, content="Hi {{ n }}")
        assert form.value == dingnb.text("Hi {{ n }}")
        assert "KeyError" in words(form)
        # Threads may still report errors, also by starting others.
        join_threads_since(before)
    write(form, content="Ho {{ n }}")
    assert "KeyError" not in words(form)
    assert "Ho 0" in read(form.preview.phone.value).text
    assert check(form).model.plan.people == 5


def test_a_part_that_cannot_be_shown_is_reported_during_other_changes(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(STAFF, dingnb.text("Hi"))
    form.model.wait()

    def broken(_: object) -> None:
        raise KeyError

    before = set(threading.enumerate())
    with monkeypatch.context() as patched:
        patched.setattr(form.preview, "render", broken)
        # A change waits for a lock held by the planning thread, which renders the form.
        with form.model._lock:
            showing = threading.Thread(target=form.render, daemon=True)
            showing.start()
            showing.join(20)
            assert not showing.is_alive()
        join_threads_since(before)
        assert "Unexpected error: KeyError" in words(form)


def test_a_form_that_cannot_be_shown_at_all_is_not_opened(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(PreviewView, "render", broken)
    with pytest.raises(KeyError):
        ding.compose(STAFF)


def test_rows_without_columns_differ_from_a_frame_without_rows(ding: DingTalk) -> None:
    form = ding.compose(pd.DataFrame(index=range(3)), dingnb.text("Hi"))
    assert "has no rows" not in words(form)
    assert "The data has no columns, so no recipients can be found." in words(form)
    form.model.show_row(1)
    assert "Row 1" in words(form)
    form.model.search("x")
    form.recipients.check.click()
    form.model.wait()
    assert form.model.state.failure is not None
    assert form.model.state.failure.what.in_form() == "The data has no columns, so no recipients can be found."
    assert "has no rows" in words(ding.compose(STAFF.iloc[:0], dingnb.text("Hi")))


def test_a_duplicate_address_column_is_reported(ding: DingTalk) -> None:
    form = ding.compose(pd.concat([STAFF, STAFF[["userid"]]], axis=1), dingnb.text("Hi"))
    form.recipients.check.click()
    form.model.wait()
    assert "There are several columns named “userid”" in words(form)
    assert "Rename all but one of them" in words(form)


def test_a_missing_exclusion_list_is_reported_in_form_terms(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.text("Hi"), exclude="nolist")
    form.recipients.check.click()
    form.model.wait()
    assert "There are no lists yet. Choose another option under “Exclude”, or create a list: in the app under" in words(
        form
    )
    ding.exclusions.add("on leave", ["a1"], "away")
    form.recipients.check.click()
    form.model.wait()
    assert "Lists: on leave. Choose one of them under “Exclude”." in words(form)


def visible(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    if is_shown(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from visible(child)


def test_one_action_at_a_time_is_highlighted_in_a_footer(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.compose(people(office, 3), dingnb.text("number {{ n }}"))

    def highlighted() -> str:
        shown = list(visible(form.box))
        [footer] = [widget for widget in shown if "dn-footer" in getattr(widget, "_dom_classes", ())]
        [pressed] = [widget for widget in shown if isinstance(widget, widgets.Button) and widget.button_style]
        assert pressed in set(visible(footer))
        return pressed.description

    assert highlighted() == "Check recipients"
    check(form)
    assert highlighted() == "Send to 3 people"
    assert "3 people · 3 calls · about 1 s" in words(form)
    write(form, content="number {{ n }}!")
    assert highlighted() == "Check again"


def test_the_plan_shows_the_message_of_the_row_chosen_for_a_test(office: RunningSandbox, ding: DingTalk) -> None:
    staff = people(office, 3)
    staff.loc[1, "userid"] = ""
    plan = check(ding.compose(staff, dingnb.text("number {{ n }}")))
    assert "number 0" in read(plan.thumbnail.value).text
    plan.model.choose_row(2)
    assert "number 2" in read(plan.thumbnail.value).text
    plan.model.choose_row(1)
    assert not is_shown(plan.thumbnail)


def test_the_message_shown_is_that_of_a_row_by_its_label_even_if_rows_are_chosen_by_position(
    office: RunningSandbox, ding: DingTalk
) -> None:
    staff = people(office, 3).set_index(pd.Index(["A7", "A8", "A9"], name="job number"))
    plan = check(ding.compose(staff, dingnb.text("number {{ n }}")))
    plan.model.choose_row(1)
    assert read(plan.thumbnail.value).text.endswith("Message preview (job number A8)")
    unlabelled = staff.set_axis(pd.Index(["A7", None, "A9"], name="job number"))
    plan = check(ding.compose(unlabelled, dingnb.text("number {{ n }}")))
    plan.model.choose_row(1)
    assert read(plan.thumbnail.value).text.endswith("Message preview (a row without job number)")
    shuffled = people(office, 3).iloc[[2, 0, 1]]
    plan = check(ding.compose(shuffled, dingnb.text("number {{ n }}")))
    assert read(plan.thumbnail.value).text.endswith("Message preview (row 2)")


def test_the_notice_of_blank_columns_follows_the_row(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c"], "vip": [False, True, True], "bonus": ["1", "2", None]})
    form = ding.compose(frame, dingnb.text("Hi{% if vip %}, {{ bonus }}{% endif %}"))
    assert "is blank in" not in words(form)
    form.preview.next.click()
    assert "“bonus” is blank in 1 of 3 rows" in words(form)
    form.preview.previous.click()
    assert "is blank in" not in words(form)


def test_closing_closes_the_fields_of_every_type_that_was_shown(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    shown: list[widgets.Widget] = []
    for msgtype in ("card", "survey", "text"):
        type_into(form.msgtype, msgtype)
        shown += [form.field(place.path).input for place in form.model.state.text.places()]
    type_into(form.msgtype, "card")
    shown += [card.heading for card in form.items.of("buttons").cards]
    type_into(form.msgtype, "text")
    form.close()
    assert [widget for widget in shown if widget.comm is not None] == []


def test_a_condition_can_name_a_column_as_the_form_shows_it(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("userid,姓名,部门\nuser001,Ann,销售部\n", encoding="utf-8")
    message = dingnb.text('{{ 姓名 }}: {% if 部门 == "销售部" %}sales{% else %}others{% endif %}')
    form = ding.compose(dingnb.read_recipients(path), message)
    assert "Ann: sales" in words(form)


def test_errors_name_columns_by_their_headings_in_the_file(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("工号,姓名,奖金\n1,Ann,5\n", encoding="utf-8")
    form = ding.compose(dingnb.read_recipients(path), dingnb.text("Hi {{ 姓 }}"))
    shown = read(form.field("content").helper_text.value).text
    assert "工号" in shown
    assert "姓名" in shown
    assert "job_number" not in shown


def test_a_default_for_blanks_is_suggested_with_the_name_in_the_message(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("userid,姓名\nuser001,Ann\nuser002,\n", encoding="utf-8")
    form = ding.compose(dingnb.read_recipients(path), dingnb.text("Hi {{ 姓名 }}"))
    assert '{{ 姓名 | default("…") }}' in words(form)
    assert "{{ name" not in words(form)
