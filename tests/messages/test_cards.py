"""Cards and surveys: what they say, what is refused, and the variables of templates that they become."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S
from dingnb.errors import InputError, MessageError
from dingnb.limits import STANDARD
from dingnb.messages import CardSettings, CardTemplate, Message, Preview, decode
from dingnb.messages import survey_fields as fields
from dingnb.messages.cards import (
    FORM,
    MARKDOWN_AND_BUTTONS,
    CardContent,
    card_content,
    check_template,
)
from dingnb.messages.message import deserialize, serialize
from dingnb.messages.survey_fields import FormField
from dingnb.messages.validation import find_faults, parse_deadline_ns, parse_options
from tests.table_rows import for_each

YES_NO = {"yes": "来", "no": "不来"}
DRINK = dingnb.fields.choice("drink", "Drink", ["Tea", "Coffee"])


def body_of(message: Message, **row: object) -> bytes:
    rendered = message.render_rows({name: [value] for name, value in row.items()}, 1)
    assert not rendered.failures, rendered.failures
    [body] = rendered.bodies
    assert body is not None
    return body


def content_of(message: Message, settings: CardSettings | None = None, **row: object) -> CardContent:
    body = decode(body_of(message, **row))
    return card_content(body) if settings is None else card_content(body, settings)


def test_a_card_fills_the_public_template() -> None:
    card = dingnb.card("Team day", "{{ name }}, are you coming?", buttons={**YES_NO, "map": ("Map", "https://a/b")})
    content = content_of(card, name="Ann")
    assert content.template_id == MARKDOWN_AND_BUTTONS.id
    assert content.title == "Team day"
    assert content.private_variables == {}
    buttons = json.loads(content.public_variables["sys_full_json_obj"])["msgButtons"]
    assert content.public_variables | {"sys_full_json_obj": ""} == {
        "title": "Team day",
        "markdown": "Ann, are you coming?",
        "tips": "",
        "sys_full_json_obj": "",
    }
    assert buttons[0] == {"text": "来", "color": "blue", "id": "yes", "request": True, "params": {"id": "yes"}}
    assert buttons[2] == {"text": "Map", "color": "gray", "url": "https://a/b", "iosUrl": "https://a/b"}


def test_a_card_without_buttons_has_none() -> None:
    assert "sys_full_json_obj" not in content_of(dingnb.card("T", "x")).public_variables


def test_a_survey_fills_the_form_template() -> None:
    fields = [
        dingnb.fields.choice("drink", "Drink", {"tea": "Tea", "none": "Nothing"}, placeholder="…"),
        dingnb.fields.multiple("days", "Days", ["Mon", "Tue"], required=False),
        dingnb.fields.text("why", "Why", long=True, default="{{ reason }}"),
        dingnb.fields.number("guests", "Guests", default=2),
        dingnb.fields.number("cost", "Cost", default=0.1 + 0.2, required=False),
        dingnb.fields.date("day", "Day"),
        dingnb.fields.switch("bus", "By bus"),
    ]
    content = content_of(dingnb.survey("Lunch", "Please.", fields=fields, submit="Go"), reason="Rain")
    assert content.template_id == FORM.id
    assert content.public_variables["form_btn_text"] == "Go"
    assert all(isinstance(value, str) for value in content.public_variables.values())
    made = json.loads(content.public_variables["form"])["fields"]
    assert [(form_field["name"], form_field["type"], form_field["required"]) for form_field in made] == [
        ("drink", "SELECT", True),
        ("days", "MULTI_SELECT", False),
        ("why", "TEXT_AREA", True),
        ("guests", "NUMBER", True),
        ("cost", "NUMBER", False),
        ("day", "DATE", True),
        ("bus", "SWITCH", False),
    ]
    assert made[0]["options"] == [{"value": "tea", "text": "Tea"}, {"value": "none", "text": "Nothing"}]
    assert made[0]["placeholder"] == "…"
    assert made[1]["options"] == [{"value": "Mon", "text": "Mon"}, {"value": "Tue", "text": "Tue"}]
    assert [form_field.get("defaultValue") for form_field in made[2:5]] == ["Rain", "2", "0.3"]


def test_each_person_can_have_options_of_their_own() -> None:
    survey = dingnb.survey("T", "x", fields=[dingnb.fields.choice("slot", "Slot", "{{ slots }}")])
    form = json.loads(content_of(survey, slots="9:00\n10:00").public_variables["form"])
    assert [option["text"] for option in form["fields"][0]["options"]] == ["9:00", "10:00"]
    rendered = survey.render_rows({"slots": ["9:00\n10:00", "8:00\n8:00"]}, 2)
    [failure] = rendered.failures
    assert failure.position == 1
    assert "'8:00' twice" in str(failure.reason)


BAD_FIELDS: list[tuple[str, Callable[[], object]]] = [
    ("meal options Tea", lambda: fields.choice("meal", "Meal", {"a": "Tea", "b": "Tea"})),
    ("meal options Tea", lambda: fields.multiple("meal", "Meal", ["Tea", "Tea"])),
    # The order of a set differs in each process.
    ("meal options set", lambda: fields.choice("meal", "Meal", {"Tea", "Coffee"})),
    ("day default soon", lambda: fields.date("day", "Day", default="soon")),
    ("day default 2026-02-30", lambda: fields.date("day", "Day", default="2026-02-30")),
    ("day default 2026-11-28 18:00", lambda: fields.date("day", "Day", default="2026-11-28 18:00")),
    ("n default many", lambda: fields.number("n", "N", default="many")),
    ("n default nan", lambda: fields.number("n", "N", default=float("nan"))),
    ("n default True", lambda: fields.number("n", "N", default=True)),
    ("n default 1_000", lambda: fields.number("n", "N", default="1_000")),
    ("n required no", lambda: fields.number("n", "N", required="no")),  # type: ignore[arg-type]
    ("bus required 0", lambda: fields.switch("bus", "Bus", required=0)),  # type: ignore[arg-type]
    ("why long yes", lambda: fields.text("why", "Why", long="yes")),  # type: ignore[arg-type]
    ("why default 3", lambda: fields.text("why", "Why", default=3)),  # type: ignore[arg-type]
    ("why placeholder None", lambda: fields.text("why", "Why", placeholder=None)),  # type: ignore[arg-type]
    ("why label 7", lambda: fields.text("why", 7)),  # type: ignore[arg-type]
]


@for_each(("named", "make"), BAD_FIELDS)
def test_an_argument_that_cannot_be_meant_is_refused_by_name(named: str, make: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        make()
    for word in named.split():
        assert word in str(caught.value)


def test_a_field_whose_name_is_not_text_is_refused() -> None:
    with pytest.raises(InputError, match="name=7"):
        fields.text(7, "Why")  # type: ignore[arg-type]


def test_defaults_of_each_row_are_checked_and_dates_lose_an_empty_time() -> None:
    form = dingnb.survey(
        "T",
        "x",
        fields=[
            fields.date("day", "Day", default="{{ day }}"),
            fields.number("n", "N", default="{{ n }}"),
            fields.choice("meal", "Meal", "{{ meals }}"),
        ],
    )
    days = ["2026-11-28 00:00:00", "2026-11-28", "2026-11-28T00:00", pd.Timestamp("2026-11-28"), date(2026, 11, 28)]
    for day in days:
        made = json.loads(content_of(form, day=day, n=2.5, meals="Tea\nRice").public_variables["form"])["fields"]
        assert [made[0]["defaultValue"], made[1]["defaultValue"]] == ["2026-11-28", "2.5"]
    rows = {
        "day": ["2026-11-28 18:30", "soon", "2026-11-28", "2026-11-28"],
        "n": ["1", "1", "many", "1"],
        "meals": ["Tea", "Tea", "Tea", "a=Tea\nb=Tea"],
    }
    rendered = form.render_rows(rows, 4)
    reasons = {failure.position: str(failure.reason) for failure in rendered.failures}
    assert sorted(reasons) == [0, 1, 2, 3]
    assert [failure.column for failure in rendered.failures] == ["day", "day", "n", "meals"]
    for position, words in enumerate((("18:30", "date"), ("soon", "date"), ("many", "number"), ("Tea", "options"))):
        assert all(word in reasons[position] for word in words)
    for default in (date(2026, 11, 28), datetime(2026, 11, 28), pd.Timestamp("2026-11-28"), "2026-11-28 00:00:00"):  # noqa: DTZ001
        form = dingnb.survey("T", "x", fields=[fields.date("day", "Day", default=default)])
        assert json.loads(content_of(form).public_variables["form"])["fields"][0]["defaultValue"] == "2026-11-28"
        assert "00:00" not in Preview("u", body_of(form))._repr_html_()
    assert fields.date("day", "Day", default=pd.Timestamp("2026-11-28")).default == "2026-11-28"


def test_an_own_template_gets_its_variables_and_nothing_else() -> None:
    card = dingnb.card(
        "Payslip",
        template="a-1.schema",
        data={"month": "{{ month }}"},
        private={"net": "{{ net | money }}"},
        buttons={"ok": "Received"},
    )
    assert card.columns == ("month", "net")
    content = content_of(card, month="November", net=1234.5)
    assert content == CardContent("a-1.schema", "Payslip", {"month": "November"}, {"net": "1,234.50"})


def test_the_template_and_its_variables_are_settings() -> None:
    mine = CardTemplate("mine.schema", title="headline", text="body", buttons="choices")
    content = content_of(dingnb.card("T", "x", buttons=YES_NO), CardSettings(card=mine))
    assert content.template_id == "mine.schema"
    assert content.public_variables.keys() == {"headline", "body", "choices"}
    assert [load["id"] for load in json.loads(content.public_variables["choices"])] == ["yes", "no"]


@for_each(
    ("template", "message", "unseen"),
    [
        (CardTemplate("mine.schema"), dingnb.card("T", "x", buttons=YES_NO), "card.buttons"),
        (CardTemplate("mine.schema", text=""), dingnb.card("T", "x"), "card.text"),
        (
            CardTemplate("mine.schema", form="form"),
            dingnb.survey("T", "x", fields=[DRINK], submit="Go"),
            "survey.submit",
        ),
        (CardTemplate("mine.schema"), dingnb.survey("T", "x", fields=[DRINK]), "survey.fields"),
    ],
)
def test_a_template_that_does_not_show_a_part_of_the_message_is_refused(
    template: CardTemplate, message: Message, unseen: str
) -> None:
    with pytest.raises(InputError, match=f"would not see {unseen}"):
        check_template(message, CardSettings(card=template, survey=template))


def test_a_template_without_a_variable_for_what_a_message_does_not_have_is_accepted() -> None:
    check_template(dingnb.card("T", "x"), CardSettings(card=CardTemplate("mine.schema")))
    only_form = CardTemplate("mine.schema", form="form")
    check_template(dingnb.survey("T", "x", fields=[DRINK]), CardSettings(survey=only_form))
    own = dingnb.card("T", template="a.schema", buttons={"ok": "Received"})
    check_template(own, CardSettings(card=None))


@for_each(
    "settings",
    [
        {"card": "a.schema"},
        {"callback": "MAIL"},
        {"callback": "HTTP"},
        {"route_key": "a"},
        {"robot_code": 5},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        CardSettings(**settings)
    assert caught.value.hint


def test_a_template_has_an_id_of_dingtalk_s_form() -> None:
    for wrong in ("abc", "", "a b.schema", None):
        with pytest.raises(InputError, match="not the ID of a card template"):
            CardTemplate(wrong)  # type: ignore[arg-type]


@for_each(
    "message",
    [
        dingnb.card("{{ a }}", "x", buttons=YES_NO),
        dingnb.card("T", template="a.schema", data={"b": "{{ a }}"}, private={"c": ""}),
        dingnb.survey("T", "x", fields=[DRINK, dingnb.fields.switch("bus", "{{ a }}")], submit="Go"),
    ],
)
def test_a_card_can_be_shown_stored_and_made_again(message: Message) -> None:
    assert eval(repr(message), vars(dingnb) | {"card": dingnb.card, "survey": dingnb.survey}) == message  # noqa: S307
    assert deserialize(serialize(message)) == message
    assert message._repr_html_()


@for_each(
    ("make", "says"),
    [
        (lambda: dingnb.card("T"), "needs exactly one of these: text / template"),
        (lambda: dingnb.card("T", "x", template="a.schema"), "needs exactly one of these"),
        (lambda: dingnb.card("", "x"), r"card\.title is empty"),
        (lambda: dingnb.card("T", "x", data={"a": "b"}), r"card\.data needs template"),
        (lambda: dingnb.card("T", template="abc"), "not the ID of a card template"),
        (lambda: dingnb.card("T", "x", buttons={"a b": "x"}), "cannot be a key"),
        (lambda: dingnb.card("T", "x", buttons={5: "x"}), "is of type int, but must be text"),
        (lambda: dingnb.card("T", "x", buttons={"{{a}}": "x"}), "contains a template, but has"),
        (lambda: dingnb.card("T", "x", counts="best"), "must be first or last"),
        (lambda: dingnb.card("T", "x", deadline="tomorrow"), "not a valid deadline"),
        (lambda: dingnb.card("T", "x", deadline="2026-02-30 18:00"), "not a valid deadline"),
        (lambda: dingnb.card("T", "x", deadline="2026-12-01 18:00:00"), r"valid deadline\.\nWrite .* the minute"),
        (lambda: dingnb.card("T", "x", deadline="{{ day }} 18:00"), "same for everybody"),
        (lambda: dingnb.card("T", "x", deadline=pd.NaT), "'NaT', which is not a valid deadline"),
        (lambda: dingnb.card("T", "x", deadline=date(2026, 12, 1)), "'2026-12-01', which is not a valid deadline"),
        (lambda: dingnb.card("T", "x", deadline=np.datetime64("2026-12-01T18:00")), "which is not a valid deadline"),
        (lambda: dingnb.card("T", "x", deadline=datetime.max.replace(tzinfo=UTC)), "not a valid deadline"),
        (lambda: dingnb.survey("T", "x", fields=[DRINK], deadline=pd.NaT), "'NaT', which is not a valid deadline"),
        (lambda: dingnb.card("T", "x", buttons={"a": ""}), "label is empty"),
        (lambda: dingnb.card("T", "x", buttons={"a": 5}), "is of type int, but must be text"),
        (lambda: dingnb.card("T", "x", buttons={"a": ("x", "javascript:alert(1)")}), "cannot open"),
        (lambda: dingnb.card("T", "x", buttons=[{"key": "a", "label": "x"}] * 2), "contains 'a' twice"),
        (lambda: dingnb.card("T", "x", buttons={"yes": "来", "no": "来 "}), "two options that people see as '来'"),
        (lambda: dingnb.card("T", "x", buttons={"a": "看", "b": ("看", "https://a.b")}), "people see as '看'"),
        (lambda: dingnb.card("T", "x", buttons=5), 'buttons is 5.*such as buttons={"yes": "Coming"'),
        (lambda: dingnb.card("T", "x", buttons=["来"]), r"buttons\[0\] is '来', but each button needs a key"),
        (lambda: dingnb.card("T", "x", buttons="来"), "buttons is '来', but each button needs a key"),
        (lambda: dingnb.survey("T", "x", fields=[]), "fields is empty"),
        (lambda: dingnb.survey("T", "x", fields=[DRINK, DRINK]), "contains 'drink' twice"),
        (lambda: dingnb.survey("T", "x", fields=5), r"fields is 5.*fields=\[dingnb.fields.text"),
        (lambda: dingnb.survey("T", "x", fields=DRINK), "fields is an object of type FormField, but a form is a list"),
        (lambda: dingnb.survey("T", "x", fields=["drink"]), r"fields\[0\] is 'drink', but a form is a list of fields"),
        (lambda: dingnb.survey("T", "x", fields=[FormField("a", "b", "SLIDER")]), "not a type of form field"),
        (lambda: dingnb.survey("T", "x", fields=[dingnb.fields.choice("a", "b", [])]), "nothing to choose"),
        (lambda: dingnb.survey("T", "x", fields=[dingnb.fields.choice("a", "b", ["c", "c"])]), "contains 'c' twice"),
        (lambda: dingnb.fields.choice("a", "b", ["c=d"]), "cannot be an option"),
        (lambda: dingnb.fields.choice("a", "b", ["c\nd"]), "cannot be an option"),
        (lambda: dingnb.fields.choice("a", "b", [5]), "is of type int, but must be text"),
        (lambda: dingnb.fields.choice("a", "b", 5), "must be a list"),
        (lambda: dingnb.fields.choice("a", "b", range(10**30)), "options is of type int, but must be text"),
        (lambda: dingnb.survey("T", "x", fields=range(10**30)), r"fields\[0\] is 0, but a form is a list of fields"),
    ],
)
def test_an_unusable_card_is_refused_with_a_hint(make: Any, says: str) -> None:
    with pytest.raises(MessageError, match=f"(?s){says}") as caught:
        make()
    assert caught.value.hint


def test_a_button_s_text_and_address_may_be_a_list_as_in_json() -> None:
    as_tuple, as_list = (
        dingnb.card("T", "x", buttons={"map": pair}) for pair in (("Map", "https://a/b"), ["Map", "https://a/b"])
    )
    assert as_list == as_tuple


def test_the_hour_of_a_deadline_may_have_one_digit() -> None:
    card = dingnb.card("T", "x", buttons=YES_NO, deadline="2026-12-01 9:00")
    assert parse_deadline_ns(card.arguments["deadline"]) == parse_deadline_ns("2026-12-01 09:00")
    refusals = ("9:00", "25:00", "９：００", "2026-12-01", "2026-12-01 24:00", "2026-12-01 9:0", "2026-12-01 009:00")
    for refused in (*refusals, "2026-02-30 10:00", "2026/12/1 18:00", "明天 18:00", "0001-01-01 00:00"):
        with pytest.raises(InputError, match=r"not a valid deadline.*\n.*such as 2026-12-01 18:00") as caught:
            dingnb.card("T", "x", deadline=refused)
        assert caught.value.hint.endswith("2026-12-01 18:00.")


@for_each(
    "deadline",
    ["2026-12-01 18：00", "２０２６-１２-０１ １８：００", " 2026-12-01 18:00\u3000", "2026－12－01　18：00"],
)
def test_a_deadline_may_be_typed_with_full_width_characters(deadline: str) -> None:
    card = dingnb.card("T", "x", buttons=YES_NO, deadline=deadline)
    assert parse_deadline_ns(card.arguments["deadline"]) == parse_deadline_ns("2026-12-01 18:00")


def test_deadline_and_counting_are_not_part_of_what_is_sent() -> None:
    plain = dingnb.card("T", "x", buttons=YES_NO)
    noon = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    card = dingnb.card("T", "x", buttons=YES_NO, counts="first", deadline=noon)
    assert card.arguments["deadline"] == "2026-12-01 12:00"
    assert parse_deadline_ns("2026-12-01 12:00") == noon.timestamp() * NS_PER_S
    assert body_of(card) == body_of(plain)
    assert card != plain
    assert dingnb.card("T", "x", deadline=datetime(2026, 12, 1, 4, 0)).arguments["deadline"] == "2026-12-01 04:00"  # noqa: DTZ001


def test_a_long_value_is_advised_against_and_a_large_card_is_refused() -> None:
    card = dingnb.card("T", "{{ text }}")
    rendered = card.render_rows({"text": ["x" * 1_024, "x" * 1_025, "x" * 3_000]}, 3)
    assert not rendered.failures
    [advice] = rendered.advice
    assert "card.text takes 3,000 bytes" in str(advice)
    rendered = card.render_rows({"text": ["x" * (STANDARD.card_request_bytes - 4_000), "x"]}, 2)
    assert [failure.position for failure in rendered.failures] == [0]
    assert "bytes as sent" in str(rendered.failures[0].reason)


def test_a_title_counts_as_often_as_it_is_sent() -> None:
    """Besides a value of the default template, in two languages of the list of chats, and in the notification."""
    own = dingnb.card("{{ title }}", template="a.schema", data={"p": "x"})
    for card, copies in ((own, 3), (dingnb.card("{{ title }}", "x"), 4)):
        length = STANDARD.card_request_bytes // copies
        rendered = card.render_rows({"title": ["x" * length, "x" * (length - 3_000)]}, 2)
        assert [failure.position for failure in rendered.failures] == [0]
        assert "bytes as sent" in str(rendered.failures[0].reason)


def test_quotes_count_as_they_are_sent_inside_the_json_of_a_variable() -> None:
    labels = [f"{number:03}" + '"' * 96 for number in range(200)]
    buttons = {f"b{number}": label for number, label in enumerate(labels)}
    with_quotes, plain = (
        dingnb.card("T", "x", buttons={key: label.replace('"', mark) for key, label in buttons.items()})
        for mark in ('"', "x")
    )
    assert not plain.render_rows({}, 1).failures
    assert "bytes as sent" in str(with_quotes.render_rows({}, 1).failures[0].reason)


def test_private_values_of_one_person_have_a_limit() -> None:
    card = dingnb.card("T", template="a.schema", private={"net": "{{ net }}"})
    rendered = card.render_rows({"net": ["x" * 1_000, "x" * 1_025]}, 2)
    assert [failure.position for failure in rendered.failures] == [1]
    assert "for one person" in str(rendered.failures[0].reason)


def test_hostile_values_stay_values() -> None:
    hostile = '"],"x":[{"id":"no"}]}<script>\\'
    content = content_of(dingnb.card("T", "x", buttons={"yes": "{{ label }}"}), label=hostile)
    [button] = json.loads(content.public_variables["sys_full_json_obj"])["msgButtons"]
    assert (button["text"], button["id"]) == (hostile, "yes")


def test_a_card_is_no_work_notification() -> None:
    [fault] = find_faults(decode(body_of(dingnb.card("T", "x"))), body_bytes=2_048)
    assert fault.code == "40008"


def test_the_preview_shows_buttons_and_form() -> None:
    shown = Preview("ann", body_of(dingnb.card("Team day", "**Come?**", buttons=YES_NO)))._repr_html_()
    assert all(text in shown for text in ("Team day", "<strong>Come?</strong>", "来", "不来"))
    fields = [
        DRINK,
        dingnb.fields.multiple("extras", "Extras", ["Milk", "Sugar"]),
        dingnb.fields.switch("bus", "Bus"),
        dingnb.fields.text("why", "Why", placeholder="Because", required=False),
    ]
    survey = dingnb.survey("Lunch", "Please.", fields=fields, submit="Go")
    shown = Preview("ann", body_of(survey))._repr_html_()
    # As on the phone: one of several options is a drop-down list, and only required fields are marked.
    assert all(text in shown for text in ("Drink *<", "Choose", "▾", "Tea", "Coffee", "Bus<", "Why<", "Because", "Go"))
    assert "☐ Milk" in shown
    assert "○ " not in shown
    own = dingnb.card("T", template="a.schema", data={"b": "<i>"}, private={"c": "d"})
    shown = Preview("ann", body_of(own))._repr_html_()
    assert all(text in shown for text in ("a.schema", "&lt;i&gt;", "c (private)", "Send a test"))


@for_each(
    ("written", "options"),
    [
        ("", []),
        (" \n\n", []),
        ("a\n b ", [("a", "a"), ("b", "b")]),
        ("a=b=c", [("a", "b=c")]),
        ("=b\na=", [("=b", "=b"), ("a=", "a=")]),
    ],
)
def test_options_are_read_from_lines(written: str, options: list[tuple[str, str]]) -> None:
    assert parse_options(written) == options


def test_the_preview_shows_two_buttons_side_by_side_and_more_below_each_other() -> None:
    for n, is_row in ((1, False), (2, True), (3, False)):
        card = dingnb.card("Day", "Hi", buttons={f"b{at}": f"Text {at}" for at in range(n)})
        shown = Preview("ann", body_of(card))._repr_html_()
        assert ("display:flex" in shown.rpartition("Hi")[2]) == is_row, n


def test_a_row_with_two_buttons_of_the_same_text_is_rejected(ding: DingTalk) -> None:
    card = dingnb.card("T", "x", buttons={"a": "{{ one }}", "b": "{{ other }}"})
    people = pd.DataFrame({"userid": ["manager0001", "manager0002"], "one": "来", "other": ["不来", "来"]})
    plan = ding.plan(people, card)
    assert plan.people == 1
    assert "two options that people see as '来'" in plan.problems()["reason"][1]
