"""The studio: all steps from a list to results, back and forth, without losing anything."""

import io
from collections.abc import Callable

import ipywidgets as widgets
import openpyxl
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds
from dingnb.sandbox import RunningSandbox
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.model import STEPS
from dingnb.words import set_language
from tests.ui.steps import (
    assert_harmless,
    is_shown,
    people,
    press_send,
    read,
    sent_counts,
    type_into,
    upload,
    walk,
    watch_focus,
    words,
)
from tests.ui.test_upload import BIG5

Connect = Callable[..., DingTalk]


def wait(form: StudioForm) -> None:
    form.model.wait()
    form.model.history.wait()


def press(form: StudioForm, button: widgets.Button) -> None:
    button.click()
    wait(form)


def write(form: StudioForm, title: str, text: str) -> None:
    for path, typed in (("title", title), ("text", text)):
        type_into(form.compose.field(path).typed, typed)
    wait(form)


def step_of(form: StudioForm) -> str:
    here = [step for step in STEPS if "dn-here" in form.steps[step]._dom_classes]
    assert here == [form.model.state.step]
    return here[0]


def shown(form: StudioForm) -> str:
    """Return the texts of the open step and its surroundings."""
    return "\n".join(words_of(one) for one in walk(form) if isinstance(one, widgets.HTML) and is_shown(one))


def words_of(html: widgets.HTML) -> str:
    return read(html.value).text


@pytest.fixture
def form(office: RunningSandbox, ding: DingTalk) -> StudioForm:
    return ding.studio(people(office, 12))


def sent(form: StudioForm) -> StudioForm:
    """Go through all steps of a form until its campaign is sent."""
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    plan.model.wait()
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    wait(form)
    return form


def test_all_steps_are_in_one_form(
    form: StudioForm, office: RunningSandbox, clock: VirtualClock, ding: DingTalk
) -> None:
    assert step_of(form) == "recipients"
    sent(form)
    # It opens by itself when all is sent.
    assert step_of(form) == "results"
    assert form.results is not None
    form.results.wait()
    assert form.results.overview.auto_refresh.value is True
    press(form, form.back)
    assert step_of(form) == "send"
    form.compose.plan_form.model.run.reload()
    form.compose.plan_form.model.run.wait()
    assert step_of(form) == "send"
    press(form, form.next)
    assert form.run.name == ding.campaigns()["name"].iloc[0]
    assert sent_counts(office, clock) == dict.fromkeys(form.frame["userid"], 1)
    assert not is_shown(form.next)


def test_a_step_that_is_not_available_says_what_is_missing(ding: DingTalk) -> None:
    form = ding.studio()
    for step in ("message", "check", "send"):
        press(form, form.steps[step])
        assert step_of(form) == "recipients"
        assert "Choose the recipients first." in shown(form)
        assert "dn-later" in form.steps[step]._dom_classes
    press(form, form.steps["results"])
    assert "Nothing has been sent yet." in shown(form)
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    wait(form)
    press(form, form.next)
    assert step_of(form) == "message"
    press(form, form.next)
    assert step_of(form) == "message"
    assert "Fill in" in shown(form)


def test_the_chosen_encoding_is_in_the_code(ding: DingTalk) -> None:
    form = ding.studio()
    upload(form.upload.file, "staff.csv", BIG5)
    wait(form)
    type_into(form.upload.encoding, "Big5")
    wait(form)
    press(form, form.next)
    write(form, "A title", "Hi {{ name }}")
    press(form, form.next)
    assert 'dingnb.read_recipients("staff.csv", encoding="Big5")' in form.code


def test_going_back_loses_nothing_and_changes_are_checked_again(form: StudioForm) -> None:
    press(form, form.next)
    write(form, "A title", "A text")
    press(form, form.next)
    first = form.model.plan
    assert first is not None
    press(form, form.back)
    press(form, form.back)
    assert step_of(form) == "recipients"
    press(form, form.next)
    assert form.compose.field("title").typed.value == "A title"
    press(form, form.next)
    assert form.model.plan is first
    press(form, form.back)
    write(form, "A title", "Another text")
    assert form.model.plan is None
    press(form, form.steps["send"])
    assert step_of(form) == "message"
    press(form, form.next)
    assert form.model.plan not in {None, first}


def test_an_uploaded_list_becomes_the_recipients_and_the_code_reads_it(ding: DingTalk) -> None:
    form = ding.studio()
    upload(form.upload.file, "pay roll.csv", "手机号,姓名\n13900000001,李雷\n".encode())
    wait(form)
    assert form.frame.to_dict("list") == {"mobile": ["13900000001"], "name": ["李雷"]}
    assert form.compose.recipients.mobile.label == "mobile"
    assert "李雷" in words_of(form.first)
    press(form, form.next)
    write(form, "T", "Hi {{ name }}")
    assert 'staff = dingnb.read_recipients("pay roll.csv")' in form.code
    upload(form.upload.file, "other.csv", b"userid,city\nmanager01,X\n")
    wait(form)
    assert form.compose.field("text").typed.value == "Hi {{ name }}"
    assert "name" in words_of(form.compose.field("text").below)
    write(form, "T", "Hi {{ city }}")
    assert 'dingnb.read_recipients("other.csv")' in form.code


def test_an_upload_asks_about_hidden_rows_and_the_choice_is_in_the_code(ding: DingTalk) -> None:
    book = openpyxl.Workbook()
    for row in (["userid", "name"], ["manager01", "甲"], ["u2", "乙"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    file = io.BytesIO()
    book.save(file)
    form = ding.studio()
    assert not is_shown(form.upload.hidden)
    upload(form.upload.file, "list.xlsx", file.getvalue())
    wait(form)
    assert form.frame.empty
    assert "rows with an address are hidden in Excel" in words_of(form.upload.notice)
    assert "Choose “Skip hidden rows” or “Include hidden rows”." in words_of(form.upload.notice)
    assert is_shown(form.upload.hidden)
    press(form, form.upload.skip)
    assert form.frame["userid"].tolist() == ["manager01"]
    assert not is_shown(form.upload.hidden)
    press(form, form.next)
    write(form, "T", "Hi")
    assert 'dingnb.read_recipients("list.xlsx", hidden="skip")' in form.code
    upload(form.upload.file, "list.xlsx", file.getvalue())
    wait(form)
    press(form, form.upload.keep)
    assert form.frame["userid"].tolist() == ["manager01", "u2"]
    assert 'hidden="keep"' in form.code


def test_a_draft_is_saved_and_can_be_reopened(form: StudioForm, ding: DingTalk, office: RunningSandbox) -> None:
    press(form, form.next)
    write(form, "Half a title", "Hi {{ na")
    assert len(ding.drafts) == 1
    assert "Saved as" in shown(form)
    again = ding.studio(people(office, 3))
    press(again, again.history.toggle)
    type_into(again.history.draft, ding.drafts.names()[0])
    press(again, again.history.open_draft)
    assert step_of(again) == "message"
    assert again.compose.field("title").typed.value == "Half a title"
    assert again.compose.field("text").typed.value == "Hi {{ na"
    write(again, "Half a title", "Hi {{ name }}")
    assert ding.drafts.load(ding.drafts.names()[0]).texts["text"] == "Hi {{ name }}"
    assert len(ding.drafts) == 1


def test_two_tabs_with_one_draft_keep_both_versions(form: StudioForm, ding: DingTalk, office: RunningSandbox) -> None:
    press(form, form.next)
    write(form, "Mine", "first")
    other = ding.studio(people(office, 3))
    press(other, other.history.toggle)
    type_into(other.history.draft, ding.drafts.names()[0])
    press(other, other.history.open_draft)
    write(other, "Mine", "second")
    write(form, "Mine", "third")
    assert "was changed elsewhere" in shown(form)
    assert sorted(ding.drafts.load(name).texts["text"] for name in ding.drafts.names()) == ["second", "third"]


def test_a_draft_preserves_lists_of_items_and_other_types(form: StudioForm, ding: DingTalk) -> None:
    compose = form.model.compose
    compose.write("text", "for markdown")
    compose.choose_type("action_card")
    compose.choose(1)
    compose.resize("btn_json_list", 1)
    compose.write("btn_json_list[2].title", "Third")
    wait(form)
    before = compose.state.text
    again = ding.studio()
    again.model.history.turn()
    again.model.history.choose_draft(ding.drafts.names()[0])
    again.model.open_draft()
    wait(again)
    assert again.model.compose.state.text == before


def test_a_sent_draft_becomes_part_of_the_campaign(form: StudioForm, ding: DingTalk) -> None:
    sent(form)
    assert ding.drafts.names() == []
    message = form.run.message
    assert message is not None
    assert "You are number {{ n }}" in str(message)


def test_a_deleted_draft_can_be_restored(form: StudioForm, ding: DingTalk) -> None:
    press(form, form.next)
    write(form, "A title", "A text")
    name = ding.drafts.names()[0]
    other = ding.studio()
    press(other, other.history.toggle)
    type_into(other.history.draft, name)
    press(other, other.history.drop)
    assert ding.drafts.names() == []
    assert f"“{name}” was deleted." in shown(other)
    press(other, other.history.back)
    assert ding.drafts.names() == [name]


def test_a_past_campaign_can_be_viewed_and_its_message_copied(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    name = sent(form).run.name
    again = ding.studio(people(office, 4))
    assert not is_shown(again.history._inner)
    press(again, again.history.toggle)
    assert "finished12" in words_of(again.history.table)
    form.run.refresh()
    press(again, again.history.toggle)
    press(again, again.history.toggle)
    counts = form.run.results()["status"].value_counts()
    has_it = counts["delivered"] + counts["read"]
    assert f"finished12{has_it}{counts['read']}2026-11-02" in words_of(again.history.table)
    type_into(again.history.campaign, name)
    assert "finished · 12 of 12 people sent" in again.history.campaign.label
    press(again, again.history.view)
    assert step_of(again) == "results"
    assert again.results is not None
    again.results.wait()
    assert again.results.run.name == name
    press(again, again.history.toggle)
    press(again, again.history.copy)
    assert step_of(again) == "message"
    assert again.compose.field("text").typed.value == "You are number {{ n }}."
    press(again, again.compose.undo)
    assert again.compose.field("text").typed.value == ""


def test_an_unfinished_campaign_is_offered_first_and_can_be_resumed(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    staff = people(office, 60)
    with clock.taking_part():
        run = ding.plan(staff, dingnb.text("number {{ n }}")).send("payslip", wait=False)
        clock.advance(seconds(1))
        run.stop()
        run.wait("sent", check=False)
    form = ding.studio()
    assert "Not finished: payslip · stopped" in shown(form)
    with clock.taking_part():
        press(form, form.history.view)
        assert form.results is not None
        form.results.run_form.main_button.click()
        form.results.run_model.wait()
    assert sent_counts(office, clock) == dict.fromkeys(staff["userid"], 1)


def test_a_reloaded_page_shows_running_campaigns_before_the_login(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    assert not is_shown(dingnb.studio().being_sent)
    with clock.taking_part():
        ding = connect_to(office, latency_s=0.2)
        run = ding.plan(people(office, 60), dingnb.text("number {{ n }}")).send("payslip", wait=False)
        clock.advance(seconds(1))
        page = dingnb.studio()
        assert is_shown(page.being_sent)
        assert "“payslip” is being sent and continues" in words_of(page.being_sent)
        run.stop()
        run.wait("sent", check=False)
    assert not is_shown(dingnb.studio().being_sent)


def test_the_focus_moves_to_the_studio_once_an_app_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    focused = watch_focus(monkeypatch)
    page = dingnb.studio()
    page.login.widgets.practise.click()
    page.login.model.wait()
    first = page.studio.steps["recipients"]
    assert focused == []
    # Displayed in place of the button that was pressed.
    first.set_state({"_view_count": 1})
    assert focused == [first]
    assert (first.tooltip, page.studio.steps["message"].tooltip) == ("Current step", "")
    page.studio.close()


def test_the_message_is_shown_beside_the_count_that_confirms_it(form: StudioForm) -> None:
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    preview = form.compose.preview.phone
    assert preview not in list(walk(form.panel))
    press(form, form.next)
    assert step_of(form) == "send"
    open_widgets = list(walk(form.panel))
    assert preview in open_widgets
    assert form.compose.plan_form.sending.count in open_widgets
    assert "You are number 0." in words_of(preview)


def test_the_text_output_is_readable_and_contains_nothing_hostile(form: StudioForm, ding: DingTalk) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    upload(form.upload.file, f"{hostile}.csv", f"userid,{hostile}\nmanager01,{hostile}\n".encode())
    wait(form)
    press(form, form.next)
    write(form, hostile, hostile)
    press(form, form.history.toggle)
    assert_harmless(form)
    assert ding.app.masked_key in words(form)
    assert "Recipients" in repr(form)


def test_the_studio_is_available_in_chinese(form: StudioForm) -> None:
    set_language("zh")
    form._repr_mimebundle_()
    assert form.steps["recipients"].description == "1. 收件人"
    assert form.next.description == "下一步：消息"
    assert "第 1 步（共 5 步）：收件人" in shown(form)


def test_deleting_an_open_draft_saves_the_text_in_another(form: StudioForm, ding: DingTalk) -> None:
    press(form, form.next)
    write(form, "A title", "A text")
    name = ding.drafts.names()[0]
    press(form, form.history.toggle)
    type_into(form.history.draft, name)
    press(form, form.history.drop)
    assert "Saved as" not in shown(form)
    write(form, "A title", "Another text")
    assert "elsewhere" not in shown(form)
    assert [ding.drafts.load(one).texts["text"] for one in ding.drafts.names()] == ["Another text"]
    press(form, form.history.back)
    assert sorted(ding.drafts.load(one).texts["text"] for one in ding.drafts.names()) == ["A text", "Another text"]
    assert form.history.draft.value in ding.drafts.names()


def test_sending_does_not_delete_a_draft_changed_in_another_tab(form: StudioForm, ding: DingTalk) -> None:
    press(form, form.next)
    write(form, "Mine", "first")
    name = ding.drafts.names()[0]
    ding.drafts.save(name, "markdown", {"title": "Mine", "text": "from another tab"})
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    wait(form)
    assert form.compose.plan_form.model.run is not None
    form.compose.plan_form.model.run.wait()
    assert ding.drafts.load(name).texts["text"] == "from another tab"


def test_copying_and_opening_do_not_change_the_current_draft(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    ding.drafts.save("Precious", "markdown", {"title": "P", "text": "precious"})
    ding.plan(people(office, 2), dingnb.text("old text")).send("old")
    press(form, form.next)
    for path, typed in (("title", "Mine"), ("text", "just typed")):
        type_into(form.compose.field(path).typed, typed)
    # At once, before the typed text is saved.
    form.model.history.turn()
    form.model.history.choose_draft("Precious")
    form.model.open_draft()
    wait(form)
    assert ding.drafts.load("Precious").texts["text"] == "precious"
    mine = next(name for name in ding.drafts.names() if name != "Precious")
    assert ding.drafts.load(mine).texts["text"] == "just typed"
    form.model.history.choose_campaign("old")
    form.model.copy_message()
    wait(form)
    assert ding.drafts.load("Precious").texts["text"] == "precious"
    assert len(ding.drafts) == 3


def test_a_message_written_after_a_campaign_is_checked_before_it_is_sent(form: StudioForm) -> None:
    sent(form)
    first = form.model.plan
    press(form, form.steps["message"])
    write(form, "Another", "One more {{ n }}")
    assert form.model.plan is None
    assert "dn-later" in form.steps["send"]._dom_classes
    press(form, form.next)
    assert step_of(form) == "check"
    assert form.model.plan not in {None, first}
    press(form, form.next)
    assert is_shown(form.compose.plan_form.sending.box)
    assert form.model.run is not None


def test_the_focus_moves_before_a_step_opens_and_steals_no_keys(
    form: StudioForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[tuple[widgets.Widget, str]] = []
    monkeypatch.setattr(widgets.DOMWidget, "focus", lambda widget: moved.append((widget, step_of(form))))
    press(form, form.next)
    press(form, form.next)  # without a message the step and the focus stay
    press(form, form.back)
    assert moved == [(form.steps["message"], "recipients"), (form.steps["recipients"], "message")]


def test_a_list_without_ids_is_reported_in_its_own_step(ding: DingTalk) -> None:
    form = ding.studio()
    upload(form.upload.file, "staff.csv", b"who,city\nmanager01,X\n")
    wait(form)
    assert "choose the recipient column below" in shown(form)
    press(form, form.next)
    assert step_of(form) == "recipients"
    type_into(form.compose.recipients.userid, 0)
    press(form, form.next)
    assert step_of(form) == "message"


def test_message_and_recipients_carry_over_to_another_app(form: StudioForm, ding: DingTalk) -> None:
    upload(form.upload.file, "staff.csv", b"who,city\nmanager01,X\n")
    wait(form)
    type_into(form.compose.recipients.userid, 0)
    press(form, form.next)
    write(form, "T", "Hi {{ city }}")
    other = StudioForm(form.model.with_app(ding))
    wait(other)
    assert step_of(other) == "message"
    assert other.compose.field("text").typed.value == "Hi {{ city }}"
    assert other.code == form.code
    assert "staff.csv" in words_of(other.upload.notice)
    assert len(ding.drafts) == 1


def test_going_back_from_a_past_campaign_leads_to_the_recipients(form: StudioForm, ding: DingTalk) -> None:
    name = sent(form).run.name
    again = ding.studio()
    again.model.history.choose_campaign(name)
    again.model.view_campaign()
    assert step_of(again) == "results"
    press(again, again.back)
    assert step_of(again) == "recipients"
    assert again.model.state.failure is None


def test_every_deleted_draft_can_be_restored(form: StudioForm, ding: DingTalk) -> None:
    for name in ("first", "second", "third"):
        ding.drafts.save(name, "text", {"content": f"The {name} text"})
    press(form, form.history.toggle)
    for name in ("first", "second", "third"):
        type_into(form.history.draft, name)
        press(form, form.history.drop)
    assert ding.drafts.names() == []
    press(form, form.history.toggle)
    press(form, form.history.toggle)
    for name in ("third", "second", "first"):
        assert is_shown(form.history.back)
        assert form.history.back.description == f"Restore “{name}”"
        assert f"“{name}” was deleted." in shown(form)
        press(form, form.history.back)
        assert form.history.draft.value == name
        assert ding.drafts.load(name).texts == {"content": f"The {name} text"}
    assert not is_shown(form.history.back)
    assert sorted(ding.drafts.names()) == ["first", "second", "third"]


def test_a_plan_without_recipients_has_the_same_reason_as_in_the_compose_form(ding: DingTalk) -> None:
    twice = pd.DataFrame([["a", "b"]], columns=["userid", "userid"])
    for frame, sentence in (
        (
            twice,
            "There are several columns named “userid”, so the recipient column is ambiguous.Rename all but",
        ),
        (pd.DataFrame({"city": ["x"]}), "Choose the recipient column.It contains DingTalk userids"),
    ):
        form = ding.studio(frame)
        press(form, form.next)
        assert step_of(form) == "recipients"
        assert sentence in shown(form)
