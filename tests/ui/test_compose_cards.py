"""Cards and surveys in the compose form: items are added, ordered and removed, and the preview can be pressed."""

import ipywidgets as widgets
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.items import ItemBar
from tests.ui.steps import check, read, type_into, words, write

STAFF = pd.DataFrame({"userid": ["manager01", "manager02"], "name": ["Ann", "Bob"]})
YES_NO = {"yes": "来", "no": "不来"}


def bar_of(form: ComposeForm, path: str, number: int) -> ItemBar:
    return form.items._bars[form.model.state.text.msgtype, path, number]


def answer(form: ComposeForm) -> str:
    return read(form.preview.trial.answer.value).text


@pytest.fixture
def card(ding: DingTalk) -> ComposeForm:
    return ding.compose(STAFF, dingnb.card("T", "Hi {{ name }}", buttons={**YES_NO, "map": ("Map", "https://a/b")}))


@pytest.fixture
def survey(ding: DingTalk) -> ComposeForm:
    fields = [
        dingnb.fields.choice("drink", "Drink", {"tea": "Tea", "none": "Nothing"}),
        dingnb.fields.multiple("days", "Days", ["Mon", "Tue"]),
        dingnb.fields.text("why", "Why, {{ name }}?", long=True, required=False, default="Because"),
        dingnb.fields.number("guests", "Guests"),
        dingnb.fields.switch("bus", "Bus"),
    ]
    return ding.compose(STAFF, dingnb.survey("T", "Hi {{ name }}", fields=fields, submit="Go"))


def keys(form: ComposeForm) -> list[str]:
    arguments = form.value.arguments
    return [one.get("key") or one["name"] for one in arguments.get("buttons") or arguments["fields"]]


def test_buttons_are_added_ordered_and_removed(card: ComposeForm) -> None:
    bar_of(card, "buttons", 2).up.click()
    assert keys(card) == ["yes", "map", "no"]
    assert card.value.arguments["buttons"][1]["url"] == "https://a/b"
    bar_of(card, "buttons", 0).down.click()
    assert keys(card) == ["map", "yes", "no"]
    bar_of(card, "buttons", 0).remove.click()
    assert keys(card) == ["yes", "no"]
    assert "url" not in card.value.arguments["buttons"][0]
    assert card.field("buttons[1].label").typed.value == "不来"
    add, _ = card.lists.children
    add.click()
    write(card, **{"buttons[2].key": "late", "buttons[2].label": "Later"})
    assert keys(card) == ["yes", "no", "late"]
    card.undo.click()
    card.undo.click()
    assert keys(card) == ["yes", "no"]


def test_an_item_at_the_edge_does_not_move_and_says_why(card: ComposeForm) -> None:
    first, last = bar_of(card, "buttons", 0), bar_of(card, "buttons", 2)
    first.up.click()
    last.down.click()
    assert keys(card) == ["yes", "no", "map"]
    assert (first.up.tooltip, last.down.tooltip) == ("Already the first one", "Already the last one")
    assert first.down.tooltip == ""
    for _ in range(5):
        bar_of(card, "buttons", 0).remove.click()
    # The form keeps room for one.
    assert card.model.state.text.count("buttons") == 1


def test_each_action_names_its_item_in_both_languages(survey: ComposeForm) -> None:
    bar = bar_of(survey, "fields", 1)
    labels = {
        "en": ("Move question 2 up", "Move question 2 down", "Remove question 2"),
        "zh": ("上移问题 2", "下移问题 2", "删除问题 2"),
    }
    for language, expected in labels.items():
        dingnb.set_language(language)
        survey.model.retranslate()
        assert (bar.up.description, bar.down.description, bar.remove.description) == expected


def test_questions_are_ordered_with_all_of_their_texts(survey: ComposeForm) -> None:
    before = survey.value.arguments["fields"]
    bar_of(survey, "fields", 0).down.click()
    after = survey.value.arguments["fields"]
    assert after == [before[1], before[0], *before[2:]]


def test_a_pressed_preview_says_what_comes_back(card: ComposeForm) -> None:
    pressed = card.preview.trial.pressed
    assert [one.description for one in pressed.values()] == ["来", "不来", "Map"]
    pressed["no"].click()
    assert answer(card) == "This comes back as the answer: no"
    pressed["map"].click()
    assert answer(card) == "This opens https://a/b. A link is not reported as an answer."
    write(card, **{"buttons[0].label": "{{ name }} comes"})
    assert card.preview.trial.pressed["yes"].description == "Ann comes"
    card.preview.next.click()
    assert card.preview.trial.pressed["yes"].description == "Bob comes"
    assert answer(card) == ""


def test_a_form_is_filled_in_below_the_preview(survey: ComposeForm) -> None:
    trial = survey.preview.trial
    kinds = [type(one) for one in trial.pressed.values()]
    assert kinds == [widgets.Dropdown, widgets.SelectMultiple, widgets.Textarea, widgets.Text, widgets.Checkbox]
    assert trial.submit.description == "Go"
    trial.submit.click()
    assert answer(survey) == "Required: Drink, Days, Guests"
    type_into(trial.pressed["drink"], "tea")
    trial.pressed["days"].index = (0, 1)
    type_into(trial.pressed["guests"], "2")
    trial.submit.click()
    shown = "drink = tea, days = ['Mon', 'Tue'], why = Because, guests = 2, bus = False"
    assert answer(survey) == f"This comes back as the answer: {shown}"


def test_other_messages_cannot_be_pressed(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.text("hi"))
    assert form.preview.trial.box.layout.display == "none"
    type_into(form.msgtype, "card")
    assert form.preview.trial.box.layout.display == "none"
    write(form, **{"title": "T", "text": "x", "buttons[0].key": "yes", "buttons[0].label": "Yes"})
    assert form.preview.trial.box.layout.display is None
    type_into(form.choice, 1)
    write(form, template="a.schema")
    assert form.preview.trial.box.layout.display == "none"


def test_a_card_written_in_the_form_is_checked_and_its_code_makes_it(card: ComposeForm) -> None:
    plan = check(card)
    assert "message = dingnb.card(" in card.code
    assert "to send" in words(plan)
    assert "as many again" not in words(plan)
    assert eval(card.code.partition("message = ")[2].partition("\nplan")[0]) == card.value  # noqa: S307
    assert "limit 102,400" in words(card)


def test_a_chosen_type_stays_when_the_language_changes(survey: ComposeForm) -> None:
    chosen = survey.field("fields[2].type").typed
    before = chosen.value
    assert before
    dingnb.set_language("zh")
    survey.render()
    assert chosen.value == before
    assert survey.value.arguments["fields"][2]["type"] == before
