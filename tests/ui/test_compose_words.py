"""Texts of the compose form: form terms, existing fields, and inactive buttons."""

from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.messages.types import TYPES
from dingnb.sandbox import RunningSandbox
from dingnb.tables.row_labels import index_by_line
from dingnb.ui.compose.fields import FIELD_ORDER
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.studio.upload import preview_table
from dingnb.words import catalogue
from tests.ui.steps import is_off, is_shown, people, read, type_into, words, write

STAFF = pd.DataFrame({"userid": ["a1", "a2"], "name": ["Ann", "Bob"], "level": ["5", "high"]})
JINJA = ("token", "print statement", "Jinja", "undefined", "TypeError", "instances of", "Encountered")
HALF = (
    "{{ name | mony }}",
    "{% if name %}",
    "{% endif %}",
    "{{ }}",
    "{{ a b }}",
    "{{ a ? }}",
    "{% foo %}",
    "{{ 1 + }}",
)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    dingnb.set_language(request.param)
    yield request.param
    dingnb.set_language("en")


def opened(ding: DingTalk, msgtype: str, frame: pd.DataFrame = STAFF, **typed: str) -> ComposeForm:
    form = ding.compose(frame)
    type_into(form.msgtype, msgtype)
    write(form, **typed)
    return form


def test_a_duplicate_column_is_reported(ding: DingTalk) -> None:
    frame = pd.DataFrame([["a", "Ann", "B", "C"]], columns=["userid", "name", "net", "net"])
    form = opened(ding, "text", frame, content="{{ net }}")
    below = read(form.field("content").helper_text.value).text
    assert "uses the column 'net', which appears 2 times" in below
    assert "Rename or drop all but one." in below
    assert "not there" not in below
    with pytest.raises(dingnb.errors.TemplateError, match="appears 2 times"):
        _ = form.value


@pytest.mark.parametrize(
    ("choice", "empty"),
    [(0, "Fill in Text, Button, Button link."), (1, "Fill in Text, Button 1: Text, Button 1: Link.")],
)
def test_an_empty_card_names_the_fields_to_fill_in(ding: DingTalk, choice: int, empty: str) -> None:
    form = opened(ding, "action_card")
    type_into(form.choice, choice)
    assert empty in words(form)
    assert "needs exactly one" not in words(form)
    write(form, markdown="Ready?")
    assert empty.replace("in Text, ", "in ") in words(form)
    form.recipients.check.click()
    form.model.wait()
    assert form.model.state.failure is not None
    assert form.model.state.failure.what.in_form() == empty.replace("in Text, ", "in ")


@pytest.mark.parametrize(
    ("frame", "content", "english", "chinese"),
    [
        (pd.DataFrame({"who": ["a1"]}), "Hi", "Choose the recipient column.", "请选择收件人对应的列。"),
        (STAFF, "", "Fill in Text.", "请填写“正文”。"),
        (STAFF, "{{ nobody }}", "The message can't be sent yet", "消息还不能发送"),
    ],
)
def test_why_nothing_was_checked_is_shown_in_the_language_in_use(
    ding: DingTalk, in_chinese: None, frame: pd.DataFrame, content: str, english: str, chinese: str
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language("en")
    form = opened(ding, "text", frame, content=content)
    form.recipients.check.click()
    form.model.wait()
    failure = form.model.state.failure
    assert failure is not None
    assert failure.what.in_form().startswith(english)
    dingnb.set_language("zh")
    assert failure.what.in_form().startswith(chinese)
    assert failure.hint.in_form().endswith("。")


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "typed", [*HALF, "{{ nobody }}", "x" * 6_000, "\x07", "javascript:alert(1)", "{{ level | money }}"]
)
def test_field_errors_use_form_terms(ding: DingTalk, language: str, typed: str) -> None:
    del language
    form = ding.compose(STAFF)
    fields = [(kind.name, field.name.replace("[]", "[0]")) for kind in TYPES.values() for field in kind.fields]
    # Names such as "title" or "url" are also English words, and "media_id" is in a label.
    wire = {f"{msgtype}.{name}" for msgtype, name in fields} | {name for _, name in fields if {".", "_"} & {*name}}
    for msgtype in FIELD_ORDER:
        type_into(form.msgtype, msgtype)
        for place in form.model.state.text.places():
            if not isinstance(form.field(place.path).input, widgets.Dropdown):
                type_into(form.field(place.path).input, typed)
        form.preview.next.click()
        said = [read(form.field(place.path).helper_text.value).text for place in form.model.state.text.places()]
        said += [
            read(form.status.value).text,
            read(form.recipients.status.value).text,
            read(form.preview.row_facts.value).text,
        ]
        for text in said:
            assert not [term for term in JINJA if term in text], text
            assert not [term for term in wire - {"media_id"} if term in text], text


def test_a_text_compared_with_a_number_is_reported_with_its_column(ding: DingTalk, language: str) -> None:
    form = opened(ding, "text", content="{% if level > 4 %}senior{% endif %} {{ name }}")
    said = words(form)
    assert {"en": "'level'", "zh": "“level”"}[language] in said
    assert "TypeError" not in said
    assert {"en": "contains text in this row, '5'", "zh": "在此行是文本 '5'"}[language] in said


@pytest.mark.parametrize("text", ["{{ level + 1 }}{{ name }}", "{{ -level }}", '{{ row["level"] < 3 }}{{ name }}'])
def test_arithmetic_with_text_is_reported_with_its_column(ding: DingTalk, text: str) -> None:
    assert "The column 'level' contains text in this row" in words(opened(ding, "text", content=text))


def test_an_inapplicable_filter_is_named_with_its_column(ding: DingTalk, language: str) -> None:
    said = words(opened(ding, "text", content="{{ level | round }}"))
    texts = {
        "en": "The filter round cannot be applied to '5' in the column 'level'.",
        "zh": "过滤器 round 不能用于列“level”中的 '5'。",
    }
    assert texts[language] in said


def test_a_search_updates_with_every_key(ding: DingTalk) -> None:
    form = opened(ding, "text", content="Dear {{ name }}")
    assert form.preview.search.continuous_update
    for typed in ("B", "Bo", "Bo "):
        form.preview.search.set_state({"value": typed})
        form.model.wait()
        assert "Dear Bob" in form.preview.phone.value
        # A field being edited is not changed.
        assert form.preview.search.value == typed


def test_inactive_buttons_look_inactive_and_keep_the_focus(ding: DingTalk) -> None:
    form = opened(ding, "oa", message_url="https://a/b")
    add = form.items.of("body.form").add

    def off() -> list[Any]:
        return [is_off(button) for button in (form.undo, form.redo, add)]

    assert off() == [False, True, False]
    for _ in range(9):
        add.click()
    assert off() == [False, True, True]
    assert add.description.endswith("(maximum reached)")
    assert form.model.state.text.count("body.form") == 6
    while not is_off(form.undo):
        form.undo.click()
    assert off()[:2] == [True, False]
    assert not any(button.disabled for button in (form.undo, form.redo, add))


def test_rows_are_identified_by_their_numbers(ding: DingTalk, language: str) -> None:
    form = ding.compose(STAFF)
    form.preview.next.click()
    said = {"en": "Row 1 (from 0 to 1)", "zh": "第 1 行（从 0 到 1）"}
    assert read(form.preview.row_facts.value).text.startswith(said[language])
    only = ding.compose(STAFF[:1])
    assert read(only.preview.row_facts.value).text.startswith({"en": "The only row", "zh": "唯一的一行"}[language])


def test_an_empty_message_shows_a_note_instead_of_an_empty_phone(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    assert "dn-nothing" in form.preview.phone.value
    assert read(form.preview.phone.value).text == catalogue.translations()["compose.preview_empty"][0]
    write(form, title="Hi")
    assert "dn-nothing" not in form.preview.phone.value


def test_a_message_of_initial_values_only_shows_that_note_too(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    for msgtype in FIELD_ORDER:
        type_into(form.msgtype, msgtype)
        for choice in range(len(form.choice.options)):
            type_into(form.choice, choice)
            assert "dn-nothing" in form.preview.phone.value, (msgtype, choice)
    begun = opened(ding, "oa", message_url="https://a/b")
    assert "dn-nothing" not in begun.preview.phone.value


def test_a_faulty_text_is_previewed_with_the_tags_that_can_be_filled_in(ding: DingTalk) -> None:
    form = opened(ding, "markdown", title="For {{ name }}", text="{{ name }}, {{ nam }}: {{ level | number }} {{ row[")
    shown = read(form.preview.phone.value).text
    assert "Ann, " in shown
    assert "is not closed yet" in read(form.field("text").helper_text.value).text
    assert "{{ level | number }}" not in shown
    assert "{{ nam }}" in shown
    assert "{{ name }}" not in shown
    form.preview.next.click()
    shown = read(form.preview.phone.value).text
    assert "Bob, " in shown
    assert "{{ level | number }}" in shown


def test_rows_that_name_nobody_are_not_counted_as_lacking_a_value(ding: DingTalk) -> None:
    frame = pd.DataFrame(
        {"userid": ["a1", None, "a3", "合计"], "手机号": [None, None, None, None], "姓名": ["Ann", "合计", None, None]}
    )
    form = opened(ding, "text", frame, content="Hi {{ 姓名 }}")
    assert "“姓名” is blank in 1 of 4 rows" in words(form)
    write(form, content="Hi {{ 手机号 }}")
    assert "“手机号” is blank in 2 of 4 rows" in words(form)
    form.model.choose_recipients(userid=-1, mobile=-1)
    assert "“手机号” is blank in 4 of 4 rows" in words(form)


def test_rarely_needed_fields_are_shown_on_request(ding: DingTalk) -> None:
    form = opened(ding, "oa", message_url="https://a/b")
    more = form.more_fields
    assert (is_shown(more.box), is_shown(more.fields), more.toggle.description) == (True, False, "More fields")
    more.toggle.click()
    assert (is_shown(more.fields), more.toggle.description) == (True, "Fewer fields")
    write(form, body__author="{{ name }}")
    more.toggle.click()
    assert not is_shown(more.fields)
    assert form.value == dingnb.oa("https://a/b", author="{{ name }}")
    type_into(form.msgtype, "text")
    assert not is_shown(more.box)


def test_a_filled_or_invalid_field_is_shown_at_once(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.oa("https://a/b", author="Ann"))
    assert is_shown(form.more_fields.fields)
    form.more_fields.toggle.click()
    assert not is_shown(form.more_fields.fields)
    write(form, head__bgcolor="blue")
    assert is_shown(form.more_fields.fields)
    form.more_fields.toggle.click()
    assert is_shown(form.more_fields.fields)
    plain = ding.compose(STAFF, dingnb.oa("https://a/b", title="T"))
    assert not is_shown(plain.more_fields.fields)


def test_the_kind_of_a_card_is_its_style_and_its_buttons_have_different_examples(
    office: RunningSandbox, ding: DingTalk
) -> None:
    form = ding.compose(people(office, 3))
    type_into(form.msgtype, "action_card")
    assert form.choice.description == "Buttons"
    type_into(form.msgtype, "card")
    assert form.choice.description == "Card style"
    hints = [form.field(f"buttons[{n}].key").input.placeholder for n in range(2)]
    assert hints == ["yes", "no"]
    assert read(form.field("text").helper_text.value).text == "required"


def test_one_row_is_not_shown_as_the_first_of_many(office: RunningSandbox, ding: DingTalk) -> None:
    def caption(rows: int) -> str:
        return str(preview_table(people(office, rows)).caption)

    assert [caption(1), caption(5), caption(6)] == ["1 row", "5 rows", "First 5 of 6 rows"]
    frame = index_by_line(people(office, 1), [2], "Excel row")
    form = ding.compose(frame)
    assert "Excel row 2 ·" in read(form.preview.row_facts.value).text


def test_nothing_is_missing_before_anything_is_written(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    assert "Fill in" not in words(form)
    write(form, title="T")
    assert "Fill in Text." in words(form)
    write(form, title="")
    form.recipients.check.click()
    form.model.wait()
    assert "Fill in Title, Text." in words(form)


def test_a_quoted_label_and_a_list_are_punctuated_as_in_chinese(ding: DingTalk) -> None:
    dingnb.set_language("zh")
    try:
        form = opened(ding, "text", STAFF, content="{{ nam }}")
        below = read(form.field("content").helper_text.value).text
        assert "“正文”中的模板使用了不存在的列“nam”。" in below
        assert "是否指 name？现有列：userid、name、level。" in below
        # In code, the field is named by its path.
        with pytest.raises(dingnb.errors.TemplateError, match=r"text\.content 中的模板使用了不存在的列"):
            _ = form.value
    finally:
        dingnb.set_language("en")


def test_a_form_as_text_does_not_point_to_fields_above(ding: DingTalk, office: RunningSandbox) -> None:
    form = ding.compose(people(office, 2))
    write(form, title="Pay")
    form.recipients.check.click()
    form.model.wait()
    assert "Complete it, then check again." in repr(form)
