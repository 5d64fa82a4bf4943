"""A chip pressed while earlier text is still in transit from the browser."""

import pandas as pd
import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import Recipients
from dingnb.ui.compose.state import LATE_TYPING_NS, AddedSnippet
from tests.ui.steps import type_into, watch_focus

STAFF = pd.DataFrame({"userid": ["a1", "a2"], "name": ["Ann", "Bob"], "city": ["杭州", "北京"]})


@pytest.fixture
def form(ding: DingTalk) -> ComposeForm:
    # Without drafts, which are saved meanwhile, and so would move the virtual clock.
    opened = ComposeForm(ComposeModel(ding, Recipients(STAFF)))
    type_into(opened.msgtype, "text")
    return opened


def typed(form: ComposeForm, *texts: str) -> str:
    """Return the content of the field in the form and its widget after texts arrived from the browser."""
    for text in texts:
        type_into(form.field("content").input, text)
    shown = str(form.field("content").input.value)
    assert form.model.state.text.at("content") == shown
    return shown


def test_text_typed_before_a_chip_keeps_its_tag(form: ComposeForm) -> None:
    typed(form, "By key")
    form.tools.chips["name"].click()
    assert typed(form, "By keyboard ") == "By keyboard {{ name }}"
    # More text from a browser that has not received the tag yet.
    assert typed(form, "By keyboard to ") == "By keyboard to {{ name }}"
    # And text typed once the tag is visible.
    assert typed(form, "By keyboard to {{ name }}!") == "By keyboard to {{ name }}!"


def test_a_text_that_replaces_the_tag_in_a_field_that_was_empty_is_taken_unchanged(form: ComposeForm) -> None:
    form.tools.chips["name"].click()
    assert typed(form, "Hello everybody") == "Hello everybody"


def test_several_chips_keep_all_their_tags(form: ComposeForm) -> None:
    typed(form, "Fr")
    form.tools.chips["name"].click()
    form.tools.chips["city"].click()
    assert typed(form, "From ") == "From {{ name }}{{ city }}"


def test_a_blank_that_separates_a_tag_from_a_brace_is_kept(form: ComposeForm) -> None:
    typed(form, "{")
    form.tools.chips["name"].click()
    assert typed(form, "{x") == "{x {{ name }}"


@pytest.mark.parametrize("left", ["{{ name }", "{{", "{", ""])
def test_a_tag_that_is_deleted_at_once_stays_deleted(form: ComposeForm, left: str) -> None:
    typed(form, "By key")
    form.tools.chips["name"].click()
    assert typed(form, f"By key{left}") == f"By key{left}"
    assert typed(form, "By key", "By keyboard") == "By keyboard"


@pytest.mark.parametrize("text", ["", "By", "Another text", "{{ name }}"])
def test_a_text_that_does_not_extend_the_one_before_the_chip_is_taken_unchanged(form: ComposeForm, text: str) -> None:
    typed(form, "By key")
    form.tools.chips["name"].click()
    assert typed(form, text) == text


def test_later_text_is_assumed_to_include_the_tag(form: ComposeForm, clock: VirtualClock) -> None:
    typed(form, "By key")
    form.tools.chips["name"].click()
    clock.advance(LATE_TYPING_NS + 1)
    assert typed(form, "By keyboard") == "By keyboard"


def test_other_fields_and_actions_do_not_affect_the_tag(ding: DingTalk) -> None:
    form = ding.compose(STAFF)
    type_into(form.field("text").input, "Bo")
    form.tools.chips["name"].click()
    type_into(form.field("title").input, "Both")
    assert form.field("title").input.value == "Both"
    form.tools.chips["name"].click()
    form.undo.click()
    type_into(form.field("title").input, "Both of you")
    assert form.field("title").input.value == "Both of you"


def test_undo_steps_through_earlier_texts(form: ComposeForm) -> None:
    typed(form, "By key")
    form.tools.chips["name"].click()
    typed(form, "By keyboard ", "By keyboard and ")
    seen = []
    while form.model.state.text.at("content"):
        form.undo.click()
        seen.append(form.field("content").input.value)
    assert seen == ["By key{{ name }}", "By key", ""]
    for _ in seen:
        form.redo.click()
    assert form.field("content").input.value == "By keyboard and {{ name }}"


def test_a_tag_in_another_position_starts_over() -> None:
    first = AddedSnippet("text.content", "a", "{{ x }}", 0)
    elsewhere = AddedSnippet("link.text", "a{{ x }}", "{{ y }}", 1)
    assert first.followed_by(elsewhere) == elsewhere
    assert first.followed_by(AddedSnippet("text.content", "b", "{{ y }}", 1)).before == "b"


def test_the_focus_goes_to_the_field_after_an_insertion(form: ComposeForm, monkeypatch: pytest.MonkeyPatch) -> None:
    focused = watch_focus(monkeypatch)
    form.tools.chips["name"].click()
    type_into(form.tools.more_columns, "")
    assert focused == [form.field("content").input]
    type_into(form.msgtype, "markdown")
    focused.clear()
    title = form.field("title")
    assert title.insert is not None
    type_into(title.insert.box, "{{ city }}")
    assert focused == [title.input]
