"""Cards and surveys in the compose form: items are added, ordered and removed, and the preview can be pressed."""

import ipywidgets as widgets
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.ui.compose.field_views import FieldView, ItemCard
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.message_check import problem_of
from tests.ui.steps import check, is_shown, read, type_into, watch_focus, words, write

STAFF = pd.DataFrame({"userid": ["manager01", "manager02"], "name": ["Ann", "Bob"]})
YES_NO = {"yes": "来", "no": "不来"}


def item_of(form: ComposeForm, path: str, number: int) -> ItemCard:
    return form.items.of(path).cards[number]


def fields_of(form: ComposeForm) -> dict[str, FieldView]:
    return {place.path: form.field(place.path) for place in form.model.state.text.places()}


def answer(form: ComposeForm) -> str:
    return read(form.preview.card.answer.value).text


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
    return [button.get("key") or button["name"] for button in arguments.get("buttons") or arguments["fields"]]


def test_buttons_are_added_ordered_and_removed(card: ComposeForm) -> None:
    item_of(card, "buttons", 2).up.click()
    assert keys(card) == ["yes", "map", "no"]
    assert card.value.arguments["buttons"][1]["url"] == "https://a/b"
    item_of(card, "buttons", 0).down.click()
    assert keys(card) == ["map", "yes", "no"]
    item_of(card, "buttons", 0).remove.click()
    assert keys(card) == ["yes", "no"]
    assert "url" not in card.value.arguments["buttons"][0]
    assert card.field("buttons[1].label").input.value == "不来"
    card.items.of("buttons").add.click()
    write(card, **{"buttons[2].key": "late", "buttons[2].label": "Later"})
    assert keys(card) == ["yes", "no", "late"]
    card.undo.click()
    card.undo.click()
    assert keys(card) == ["yes", "no"]


def test_an_item_at_the_edge_does_not_move_and_says_why(card: ComposeForm) -> None:
    first, last = item_of(card, "buttons", 0), item_of(card, "buttons", 2)
    first.up.click()
    last.down.click()
    assert keys(card) == ["yes", "no", "map"]
    assert (first.up.tooltip, last.down.tooltip) == ("Already the first one", "Already the last one")
    assert first.down.tooltip == "Move button 1 down"
    for _ in range(5):
        item_of(card, "buttons", 0).remove.click()
    # The form keeps room for one.
    assert card.model.state.text.count("buttons") == 1


def test_a_late_press_on_a_removed_item_moves_nothing(card: ComposeForm) -> None:
    removed = item_of(card, "buttons", 2)
    removed.remove.click()
    for late in (removed.up, removed.down, removed.remove):
        late.click()
        assert keys(card) == ["yes", "no"]
    card.undo.click()
    assert keys(card) == ["yes", "no", "map"]


def test_each_action_names_its_item_in_both_languages(survey: ComposeForm) -> None:
    item = item_of(survey, "fields", 1)
    labels = {
        "en": ("Move question 2 up", "Move question 2 down", "Remove question 2"),
        "zh": ("上移第 2 题", "下移第 2 题", "删除第 2 题"),
    }
    for language, expected in labels.items():
        dingnb.set_language(language)
        survey.model.retranslate()
        assert (item.up.description, item.down.description, item.remove.description) == expected


def test_a_question_without_options_names_them_as_missing(survey: ComposeForm) -> None:
    type_into(survey.field("fields[0].options").input, "")
    assert survey.model.state.view.message is None
    assert "Fill in Question 1: Options." in words(survey)
    type_into(survey.field("fields[0].options").input, "yes")
    assert survey.model.state.view.message is not None


def test_each_question_is_on_a_card_of_its_own_with_its_number_and_fields(survey: ComposeForm) -> None:
    cards = survey.items.of("fields").cards
    assert [read(question.heading.value).text for question in cards] == [f"Question {n}" for n in range(1, 6)]
    for number, card in enumerate(cards):
        own = [field for path, field in fields_of(survey).items() if path.startswith(f"fields[{number}].")]
        assert {*card.fields.children, *card.more_fields.fields.children} == {field.box for field in own}
    # A screen reader hears the question with each label; its card shows it once.
    label = read(survey.field("fields[1].type").input.description)
    assert label.text == "Question 2: Answer type"
    assert ("class", "dn-visually-hidden") in label.attributes


def test_a_question_shows_only_the_fields_that_its_answers_use(survey: ComposeForm) -> None:
    def shown(number: int) -> list[bool]:
        return [is_shown(survey.field(f"fields[{number}].{name}").box) for name in ("options", "placeholder")]

    assert [shown(number) for number in range(5)] == [
        *[[True, False]] * 2,
        *[[False, True]] * 2,
        [False, False],
    ]
    assert "2 options" in read(survey.field("fields[0].options").helper_text.value).text
    # What was typed stays in sight: it explains what is wrong.
    write(survey, **{"fields[0].type": "DATE"})
    assert shown(0) == [True, True]


def test_a_question_folds_the_fields_that_few_need(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "survey")
    form.items.of("fields").add.click()
    more = [question.more_fields for question in form.items.of("fields").cards]
    write(form, **{"title": "T", "text": "x", "fields[1].type": "TEXT"})
    # Its column is named for it, even before it has a text.
    assert "Fill in Question 1: Question, Question 1: Answer type, Question 2: Question." in words(form)
    assert "Column of the answers" not in words(form)
    assert [is_shown(fold.fields) for fold in more] == [False, False]
    assert [fold.toggle.description for fold in more] == ["More for question 1", "More for question 2"]
    more[1].toggle.click()
    assert more[1].toggle.description == "Less for question 2"
    assert [is_shown(fold.fields) for fold in more] == [False, True]
    assert not is_shown(form.more_fields.fields)
    more[1].toggle.click()
    write(form, **{"fields[1].default": "Tea"})
    more[1].toggle.click()
    assert [is_shown(fold.fields) for fold in more] == [False, True]


def test_a_question_without_a_column_gets_that_of_its_text(survey: ComposeForm) -> None:
    column = survey.field("fields[0].name").input
    write(survey, **{"fields[0].name": "", "fields[0].label": "Tea or coffee"})
    assert keys(survey)[0] == column.placeholder == "Tea_or_coffee"
    write(survey, **{"fields[0].label": "Hi {{ name }}"})
    assert keys(survey)[0] == column.placeholder == "question1"
    assert "'question1'" in survey.code or '"question1"' in survey.code
    write(survey, **{"fields[0].label": ""})
    assert "Question 1: Question" in words(survey)


def test_a_button_without_a_key_is_recorded_as_its_text(card: ComposeForm) -> None:
    write(card, **{"buttons[1].key": " "})
    assert keys(card) == ["yes", "不来", "map"]


def test_the_focus_goes_to_a_new_item_follows_a_moved_one_and_never_to_what_removes_the_next(
    card: ComposeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = watch_focus(monkeypatch)
    buttons = card.items.of("buttons")
    buttons.add.click()
    card.field("buttons[3].label").input._view_count = 1
    assert moved == [card.field("buttons[3].label").input]
    item_of(card, "buttons", 2).up.click()
    item_of(card, "buttons", 1).down.click()
    assert moved[1:] == [item_of(card, "buttons", 1).up, item_of(card, "buttons", 2).down]
    item_of(card, "buttons", 0).remove.click()
    assert moved[3:] == [buttons.add]


def test_a_new_item_gets_the_focus_also_if_the_form_renders_before_it_is_there(
    card: ComposeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved, resize = watch_focus(monkeypatch), card.model.resize

    def render_first(path: str, by: int) -> None:
        # As another thread may, which has just saved the draft.
        card.render()
        resize(path, by)

    monkeypatch.setattr(card.model, "resize", render_first)
    card.items.of("buttons").add.click()
    card.field("buttons[3].label").input._view_count = 1
    assert moved == [card.field("buttons[3].label").input]


def test_questions_are_ordered_with_all_of_their_texts(survey: ComposeForm) -> None:
    before = survey.value.arguments["fields"]
    item_of(survey, "fields", 0).down.click()
    after = survey.value.arguments["fields"]
    assert after == [before[1], before[0], *before[2:]]


def test_a_pressed_preview_says_what_comes_back(card: ComposeForm) -> None:
    pressed = card.preview.card.controls
    assert [widget.description for widget in pressed.values()] == ["来", "不来", "Map"]
    pressed["no"].click()
    assert answer(card) == "This comes back as the answer: no"
    pressed["map"].click()
    assert answer(card) == "This opens https://a/b. A link is not reported as an answer."
    write(card, **{"buttons[0].label": "{{ name }} comes"})
    assert card.preview.card.controls["yes"].description == "Ann comes"
    card.preview.next.click()
    assert card.preview.card.controls["yes"].description == "Bob comes"
    assert answer(card) == ""


def test_buttons_with_the_same_key_are_all_shown_and_closed(card: ComposeForm) -> None:
    write(card, **{"buttons[0].key": "no"})
    shown = card.preview.card.box.children[1].children[0].children
    assert [widget.description for widget in shown] == ["来", "不来", "Map"]
    write(card, **{"buttons[0].key": "yes"})
    assert all(widget.comm is None for widget in shown)


def test_a_form_is_filled_in_below_the_preview(survey: ComposeForm) -> None:
    trial = survey.preview.card
    kinds = [type(widget) for widget in trial.controls.values()]
    assert kinds == [widgets.Dropdown, widgets.SelectMultiple, widgets.Textarea, widgets.Text, widgets.Checkbox]
    assert trial.submit.description == "Go"
    trial.submit.click()
    assert answer(survey) == "Required: Drink, Days, Guests"
    type_into(trial.controls["drink"], "tea")
    trial.controls["days"].index = (0, 1)
    type_into(trial.controls["guests"], "2")
    trial.submit.click()
    shown = "drink = tea, days = ['Mon', 'Tue'], why = Because, guests = 2, bus = False"
    assert answer(survey) == f"This comes back as the answer: {shown}"


def test_a_form_starts_with_its_default_answers_as_on_the_phone(ding: DingTalk) -> None:
    drink = {"name": "drink", "label": "Drink", "type": "SELECT", "options": "tea\ncoffee", "required": "true"}
    questions = [
        {**drink, "default": "coffee"},
        {**drink, "name": "food", "label": "Food", "default": "water"},
        {"name": "day", "label": "Day", "type": "DATE", "default": "2026-11-28 00:00:00"},
    ]
    trial = ding.compose(STAFF, dingnb.survey(title="T", text="x", fields=questions)).preview.card
    assert [widget.value for widget in trial.controls.values()] == ["coffee", "", "2026-11-28"]


def test_an_empty_survey_asks_for_its_first_question_at_once(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "survey")
    form.recipients.check.click()
    form.model.wait()
    assert "Fill in Title, Text, Question 1: Question, Question 1: Answer type." in words(form)
    write(form, title="T", text="x")
    assert "Fill in Question 1: Question, Question 1: Answer type." in words(form)
    type_into(form.field("fields[0].type").input, "SELECT")
    assert "Fill in Question 1: Question, Question 1: Options." in words(form)


def test_a_question_can_be_tried_once_it_has_a_type(survey: ComposeForm) -> None:
    survey.items.of("fields").add.click()
    write(survey, **{"fields[5].label": "Note"})
    assert "Note" not in words(survey.preview.card.box)
    type_into(survey.field("fields[5].type").input, "TEXT")
    assert isinstance(survey.preview.card.controls["Note"], widgets.Text)


def test_other_messages_cannot_be_pressed(ding: DingTalk) -> None:
    form = ding.compose(STAFF, dingnb.text("hi"))
    assert form.preview.card.box.layout.display == "none"
    type_into(form.msgtype, "card")
    assert form.preview.card.box.layout.display == "none"
    write(form, **{"title": "T", "text": "x", "buttons[0].key": "yes", "buttons[0].label": "Yes"})
    assert form.preview.card.box.layout.display is None
    type_into(form.choice, 1)
    write(form, template="a.schema")
    assert form.preview.card.box.layout.display == "none"
    for language, said in (("en", "Its buttons are not shown here"), ("zh", "此处不显示")):
        dingnb.set_language(language)
        write(form, title=f"T {language}")
        assert said in read(form.preview.phone.value).text


def test_a_card_written_in_the_form_is_checked_and_its_code_makes_it(card: ComposeForm) -> None:
    plan = check(card)
    assert "message = dingnb.card(" in card.code
    assert "to send" in words(plan)
    assert "as many again" not in words(plan)
    assert eval(card.code.partition("message = ")[2].partition("\nplan")[0]) == card.value  # noqa: S307
    assert "limit 102,400" in words(card)


def test_private_values_too_large_in_every_row_stop_the_check(ding: DingTalk) -> None:
    private = {"note": "{{ name }}" + "月" * 400}
    form = ding.compose(STAFF, dingnb.card("T", template="a.schema", private=private))
    form.recipients.check.click()
    form.model.wait()
    assert "The message is too long in every row, so nobody was looked up: " in words(form)
    assert form.model.plan_models == []


def test_a_chosen_type_stays_when_the_language_changes(survey: ComposeForm) -> None:
    chosen = survey.field("fields[2].type").input
    before = chosen.value
    assert before
    dingnb.set_language("zh")
    survey.render()
    assert chosen.value == before
    assert survey.value.arguments["fields"][2]["type"] == before


def test_a_repeated_option_or_name_of_a_question_is_named_before_the_check(survey: ComposeForm) -> None:
    options, name = survey.field("fields[0].options"), survey.field("fields[0].name")
    type_into(options.input, "Rice\nNoodles\nRice")
    assert "'Rice' twice" in read(options.helper_text.value).text
    assert "Question 1: Options” contains 'Rice' twice" in words(survey)
    type_into(options.input, "Rice\nNoodles")
    assert "twice" not in words(survey)
    type_into(name.input, "days")
    state = survey.model.state
    assert "contains 'days' twice" in str(problem_of(state.text, state.view))


def test_the_picture_of_a_card_says_that_its_buttons_work_on_the_phone(card: ComposeForm, ding: DingTalk) -> None:
    note = "This is a preview: its buttons and fields work on the phone."
    assert note in read(card.preview.phone.value).text
    # Those below can be tried.
    assert "Press it as a recipient does:" in words(card.preview.card.box)
    form = check(card)
    assert note in read(form.thumbnail.value).text
    assert note not in words(ding.compose(STAFF, dingnb.markdown("T", "Hi {{ name }}")).preview.box)
    template = ding.compose(STAFF, dingnb.card(template="a.schema", title="T", data={"a": "{{ name }}"}))
    assert "Its buttons are not shown here" in read(template.preview.phone.value).text
    assert note not in words(template.preview.box)
