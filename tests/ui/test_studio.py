"""The studio: all steps from a list to results, back and forth, without losing anything."""

import io
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import dingnb
from dingnb.auth import Origin
from dingnb.campaigns.drafts import Drafts
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError, LedgerError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.theme import style_sheet
from dingnb.ui.results.form import ResultsForm, results_inside
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.home_model import POLL_INTERVAL_NS
from dingnb.ui.studio.model import STEPS, Step, StudioModel
from dingnb.words import Language, Text, say, set_language
from tests.card_presses import press as press_card
from tests.card_presses import record_cards
from tests.media.samples import PNG
from tests.ui.results_steps import act, tiles
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
from tests.ui.test_compose import visible
from tests.ui.test_upload import BIG5

Connect = Callable[..., DingTalk]


def wait(form: StudioForm) -> None:
    form.model.wait()
    form.model.home.wait()


def press(form: StudioForm, button: widgets.Button) -> None:
    button.click()
    wait(form)


def write(form: StudioForm, title: str, text: str) -> None:
    for path, typed in (("title", title), ("text", text)):
        type_into(form.compose.field(path).input, typed)
    wait(form)


def step_of(form: StudioForm) -> str:
    here = [step for step in STEPS if "dn-here" in form.steps[step]._dom_classes]
    assert here == [form.model.state.step]
    return here[0]


def shown(form: StudioForm) -> str:
    """Return the texts of the open step and its surroundings."""
    return "\n".join(words_of(widget) for widget in walk(form) if isinstance(widget, widgets.HTML) and is_shown(widget))


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
    assert form.model.state.failure is None
    press(form, form.next)
    plan = form.compose.plan_form
    plan.model.wait()
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    wait(form)
    return form


def test_the_check_of_a_plan_says_once_it_was_sent(form: StudioForm) -> None:
    name = sent(form).run.name
    said = f"Sending was started under the name “{name}”: the results show who has received it."
    assert said not in shown(form)
    press(form, form.steps["check"])
    assert said in shown(form)
    press(form, form.compose.recipients.check)
    assert said not in shown(form)


def test_a_check_that_finds_nobody_does_not_invite_to_send(ding: DingTalk, form: StudioForm) -> None:
    for opened, style in ((ding.studio(pd.DataFrame({"userid": ["-"], "n": [1]})), ""), (form, "primary")):
        press(opened, opened.next)
        write(opened, "Number {{ n }}", "You are number {{ n }}.")
        press(opened, opened.next)
        assert step_of(opened) == "check"
        assert opened.next.button_style == style


def test_the_campaign_of_a_studio_that_has_not_sent_is_an_error_in_its_own_words(form: StudioForm) -> None:
    for _ in range(2):
        with pytest.raises(InputError) as raised:
            _ = form.run
        assert str(raised.value).splitlines()[0] == "Nothing has been sent yet."
        # There is no button of this name in the studio.
        assert "Check recipients" not in str(raised.value)
        form.compose.recipients.check.click()
        wait(form)


@pytest.mark.refreshes
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
    # The page has the title of the campaign, and the numbers follow at once.
    assert read(form.head.value).text.startswith(f"Campaign {form.run.name}")
    assert not is_shown(form.results.run_form.head)
    before = [widget for widget in walk(form) if isinstance(widget, widgets.HTML) and widget.value and is_shown(widget)]
    assert before[:2] == [form.head, form.announcement]
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
    press(form, form.home.new)
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
    press(form, form.home.new)
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
    first = form.model.plan_model
    assert first is not None
    press(form, form.back)
    press(form, form.back)
    assert step_of(form) == "recipients"
    press(form, form.next)
    assert form.compose.field("title").input.value == "A title"
    press(form, form.next)
    assert form.model.plan_model is first
    press(form, form.back)
    write(form, "A title", "Another text")
    assert form.model.plan_model is None
    press(form, form.steps["send"])
    assert step_of(form) == "message"
    press(form, form.next)
    assert form.model.plan_model not in {None, first}


def test_letters_that_arrive_after_the_check_step_is_opened_are_checked_as_well(form: StudioForm) -> None:
    press(form, form.next)
    write(form, "Number", "You are number {{ n }}")
    press(form, form.next)
    # A browser sends what was typed last after the button that was pressed at once.
    type_into(form.compose.field("text").input, "You are number {{ n }}. Welcome!")
    wait(form)
    assert form.model.plan_model is not None
    assert "Welcome!" in str(form.model.plan_model.plan.message)


def test_every_page_names_the_profile_of_the_app(form: StudioForm, ding: DingTalk) -> None:
    assert "hr · ding…" not in words(form)
    ding.origin = Origin("profile", "hr")
    press(form, form.next)
    assert "hr · ding…" in words(form)
    press(form, form.to_home)
    assert "hr · ding…" in words(form)


def test_the_send_step_counts_the_calls_left_each_time_it_opens(office: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=26))
    form = ding.studio(people(office, 12))
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    press(form, form.next)
    assert "are left" not in shown(form)
    press(form, form.back)
    ding.plan(people(office, 3), dingnb.text("hi {{ n }}")).send("another")
    press(form, form.next)
    assert step_of(form) == "send"
    assert "takes 24 calls, but at most 23 are left" in shown(form)


def test_the_page_of_the_check_says_that_too_few_calls_are_left(office: RunningSandbox, connect_to: Connect) -> None:
    form = connect_to(office, limits=replace(STANDARD, calls_per_month=6)).studio(people(office, 10))
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    assert step_of(form) == "check"
    assert "After about 6 people, this month's calls are used up" in shown(form)
    assert "takes 20 calls, but at most 6 are left" in shown(form)
    press(form, form.next)
    assert shown(form).count("sending stops until you resume it next month") == 1


def test_a_corrected_file_with_the_same_columns_keeps_the_choice_of_columns(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", "工号,姓名,奖金\nmanager01,李雷,\n".encode())
    wait(form)
    assert form.compose.recipients.userid.label == "—"
    type_into(form.compose.recipients.userid, 0)
    type_into(form.compose.recipients.key, 2)
    # The order of the columns may differ.
    upload(form.upload.file, "mended.csv", "姓名,工号,奖金\n李雷,manager01,5\n".encode())
    wait(form)
    choice = form.compose.model.state.recipient_choice
    assert (choice.userid, choice.mobile, choice.key) == (1, -1, 2)
    press(form, form.next)
    assert step_of(form) == "message"
    # Other columns are another list.
    upload(form.upload.file, "other.csv", "工号,姓名\nmanager01,李雷\n".encode())
    wait(form)
    assert form.compose.model.state.recipient_choice.userid == -1


def test_an_uploaded_list_becomes_the_recipients_and_the_code_reads_it(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "pay roll.csv", "手机号,姓名\n13900000001,李雷\n".encode())
    wait(form)
    assert form.frame.to_dict("list") == {"mobile": ["13900000001"], "name": ["李雷"]}
    assert form.compose.recipients.mobile.label == "手机号"
    assert "李雷" in words_of(form.list_preview)
    hint = "whose phone numbers these are. That sends nothing and does not count towards the monthly quota."
    assert hint in words_of(form.columns_heading)
    upload(form.upload.file, "empty.csv", "手机号,姓名\n".encode())
    wait(form)
    assert "The recipients are still those of the previous list (1 row)." in words_of(form.upload.notice)
    press(form, form.next)
    write(form, "T", "Hi {{ name }}")
    assert 'staff = dingnb.read_recipients("pay roll.csv")' in form.code
    upload(form.upload.file, "other.csv", b"userid,city\nmanager01,X\n")
    wait(form)
    assert hint not in words_of(form.columns_heading)
    assert form.compose.field("text").input.value == "Hi {{ name }}"
    assert "name" in words_of(form.compose.field("text").helper_text)
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
    press(form, form.home.new)
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
    assert "Draft saved at" in shown(form)
    again = ding.studio(people(office, 3))
    press(again, again.to_home)
    press(again, again.home.drafts[ding.drafts.names()[0]].open)
    assert step_of(again) == "message"
    assert again.compose.field("title").input.value == "Half a title"
    assert again.compose.field("text").input.value == "Hi {{ na"
    write(again, "Half a title", "Hi {{ name }}")
    assert ding.drafts.load(ding.drafts.names()[0]).texts["text"] == "Hi {{ name }}"
    assert len(ding.drafts) == 1


def test_two_forms_with_one_draft_keep_both_versions(form: StudioForm, ding: DingTalk, office: RunningSandbox) -> None:
    press(form, form.next)
    write(form, "Mine", "first")
    other = ding.studio(people(office, 3))
    press(other, other.to_home)
    press(other, other.home.drafts[ding.drafts.names()[0]].open)
    write(other, "Mine", "second")
    write(form, "Mine", "third")
    assert "is continued in another form; changes here are saved as another draft." in shown(form)
    assert sorted(ding.drafts.load(name).texts["text"] for name in ding.drafts.names()) == ["second", "third"]


def test_a_draft_says_that_it_has_no_list_of_recipients(form: StudioForm, ding: DingTalk) -> None:
    press(form, form.next)
    write(form, "A title", "Hi")
    another_tab = ding.studio()
    assert "A draft keeps the message and its files" in shown(another_tab)
    press(another_tab, another_tab.home.drafts[ding.drafts.names()[0]].open)
    assert step_of(another_tab) == "recipients"
    said = "It is the message only, without a list of recipients. Choose the recipients first."
    assert said in shown(another_tab)
    # In the tab with the list, it is that list.
    press(form, form.to_home)
    press(form, form.home.drafts[ding.drafts.names()[0]].open)
    assert "It is the message only" not in shown(form)


def test_a_draft_preserves_lists_of_items_and_other_types(form: StudioForm, ding: DingTalk) -> None:
    compose = form.model.compose
    compose.write("text", "for markdown")
    compose.choose_type("action_card")
    compose.choose_fields(1)
    compose.resize("btn_json_list", 1)
    compose.write("btn_json_list[2].title", "Third")
    wait(form)
    before = compose.state.text
    again = ding.studio()
    again.model.open_draft(ding.drafts.names()[0])
    wait(again)
    assert again.model.compose.state.text == before


def test_a_sent_draft_becomes_part_of_the_campaign(form: StudioForm, ding: DingTalk) -> None:
    sent(form)
    assert ding.drafts.names() == []
    message = form.run.message
    assert message is not None
    assert "You are number {{ n }}" in str(message)


def test_drafts_with_the_same_beginning_are_told_apart_by_when_they_were_saved(
    form: StudioForm, ding: DingTalk, clock: VirtualClock
) -> None:
    for name in ("One", "Two"):
        ding.drafts.save(name, "markdown", {"title": "Rent {{ name }}"})
        clock.advance(seconds_to_ns(5))
    press(form, form.to_home)
    shown_drafts = [(row.open.description, read(row.headline.value).text) for row in form.home.drafts.values()]
    assert sorted(shown_drafts) == [
        ("Rent {{ name }}", "One · saved 2026-11-02 09:00:00"),
        ("Rent {{ name }}", "Two · saved 2026-11-02 09:00:05"),
    ]


def test_a_draft_is_listed_by_its_title_or_its_first_text(form: StudioForm, ding: DingTalk) -> None:
    initial = {"head.bgcolor": "FFBBBBBB", "head.text": "OA"}
    ding.drafts.save("titled", "oa", {**initial, "body.content": "All the figures", "body.title": "Quarter"})
    ding.drafts.save("untitled", "oa", {**initial, "message_url": "https://a.b", "body.content": "All the figures"})
    ding.drafts.save("blank", "oa", initial)
    press(form, form.to_home)
    assert {name: row.open.description for name, row in form.home.drafts.items()} == {
        "titled": "Quarter",
        "untitled": "All the figures",
        "blank": "blank",
    }


def test_a_deleted_draft_can_be_restored_with_its_picture(form: StudioForm, ding: DingTalk, home: Path) -> None:
    press(form, form.next)
    type_into(form.compose.msgtype, "link")
    form.model.compose.write("title", "A title")
    form.model.compose.choose_file("picture", "chart.png", PNG)
    wait(form)
    name = ding.drafts.names()[0]
    other = ding.studio()
    press(other, other.to_home)
    press(other, other.home.drafts[name].delete)
    assert ding.drafts.names() == []
    assert "“A title” was deleted." in shown(other)
    assert not list((home / "draft_files").glob("*.zip"))
    press(other, other.home.restore_draft)
    assert ding.drafts.names() == [name]
    press(other, other.home.drafts[name].open)
    medium = other.model.compose.state.text.medium("picture")
    assert medium is not None
    assert medium.content.read() == PNG


def test_a_past_campaign_can_be_viewed_and_its_message_copied(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    name = sent(form).run.name
    again = ding.studio(people(office, 4))
    press(again, again.to_home)
    assert "StateFinishedPeople12Deliverednot known yet" in words_of(again.home.campaigns[name].cells)
    form.run.refresh()
    press(again, again.home.resume)
    press(again, again.to_home)
    counts = form.run.results()["status"].value_counts()
    has_it, read = counts["delivered"] + counts["read"], counts["read"]
    told = f"Delivered{has_it} {share_text(has_it / 12)}Read{read} {share_text(read / 12)}Date2026-11-02"
    assert told in words_of(again.home.campaigns[name].cells)
    press(again, again.home.campaigns[name].view)
    assert step_of(again) == "results"
    assert again.results is not None
    again.results.wait()
    assert again.results.run.name == name
    press(again, again.to_home)
    press(again, again.home.campaigns[name].copy)
    assert step_of(again) == "message"
    assert again.compose.field("text").input.value == "You are number {{ n }}."
    press(again, again.compose.undo)
    assert again.compose.field("text").input.value == ""


@pytest.mark.parametrize("source", ["campaign", "draft"])
def test_another_message_is_opened_without_the_recipients_of_the_one_before(
    ding: DingTalk, office: RunningSandbox, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    focused = watch_focus(monkeypatch)
    ding.plan(people(office, 2), dingnb.text("other text")).send("other")
    ding.drafts.save("Precious", "text", {"content": "other text"})
    form = ding.studio()

    def open_other() -> None:
        press(form, form.to_home)
        press(form, form.home.campaigns["other"].copy if source == "campaign" else form.home.drafts["Precious"].open)

    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", "工号,name\nmanager01,Li\nuser02,Wang\n".encode())
    wait(form)
    type_into(form.compose.recipients.userid, 0)
    press(form, form.next)
    write(form, "Mine", "to the two of you")
    assert not is_shown(form.use_list)
    open_other()
    assert step_of(form) == "recipients"
    assert len(form.frame) == 0
    told = "The message of “other” was copied." if source == "campaign" else "changes are saved in it."
    assert f"{told} It is the message only, without a list of recipients. Choose the recipients first." in shown(form)
    assert "staff.csv" not in shown(form)
    assert form.use_list.description == "Use the previous list: staff.csv · 2 rows"
    assert is_shown(form.use_list)
    for step in ("message", "check", "send"):
        press(form, form.steps[step])
        assert step_of(form) == "recipients"
    press(form, form.use_list)
    assert focused[-1] is form.next
    assert not is_shown(form.use_list)
    assert form.frame["name"].tolist() == ["Li", "Wang"]
    assert form.compose.recipients.userid.value == 0
    assert "staff.csv" in shown(form)
    assert 'staff = dingnb.read_recipients("staff.csv")' in form.code
    press(form, form.next)
    assert form.compose.field("content").input.value == "other text"
    # Another list replaces the one that is offered.
    press(form, form.to_home)
    press(form, form.home.new)
    assert not is_shown(form.use_list)
    upload(form.upload.file, "few.csv", b"userid,name\nmanager01,Li\n")
    wait(form)
    press(form, form.to_home)
    set_language("zh")
    press(form, form.home.campaigns["other"].copy)
    assert form.use_list.description == "使用之前的名单：few.csv · 1 行"
    upload(form.upload.file, "own.csv", b"userid,name\nmanager01,Li\n")
    wait(form)
    assert not is_shown(form.use_list)


def test_the_open_draft_and_a_list_of_the_notebook_keep_their_recipients(
    ding: DingTalk, office: RunningSandbox
) -> None:
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    wait(form)
    press(form, form.next)
    write(form, "Mine", "to you")
    press(form, form.to_home)
    press(form, next(iter(form.home.drafts.values())).open)
    assert (step_of(form), len(form.frame)) == ("message", 1)
    given = ding.studio(people(office, 2))
    press(given, given.to_home)
    press(given, next(iter(given.home.drafts.values())).open)
    assert (step_of(given), len(given.frame)) == ("message", 2)


def test_the_home_counts_the_list_as_the_results_do(ding: DingTalk, office: RunningSandbox) -> None:
    rejected = pd.DataFrame({"userid": [None, "a,b", "c d"], "n": [1, 2, 3]})
    frame = pd.concat([people(office, 9), rejected], ignore_index=True)
    run = ding.plan(frame, dingnb.text("You are number {{ n }}.")).send("payslip").wait()
    form = ding.studio(people(office, 4))
    press(form, form.to_home)
    told = words_of(form.home.campaigns["payslip"].cells)
    has_it = int(run.results()["reached"].sum())
    assert (
        f"People9 of 12 in the listDelivered{has_it} {share_text(has_it / 12, is_in_column=True)} of the list" in told
    )
    assert "Finished 3 not sent" in told
    press(form, form.home.campaigns["payslip"].view)
    assert form.results is not None
    form.results.wait()
    assert tiles(form.results)["In the list"] == "12"
    assert tiles(form.results)["Not sent"] == "3 · 25%"
    assert f"Delivered{has_it} · {share_text(has_it / 12)}" in words_of(form.results.overview.funnel)


def test_a_new_ledger_has_a_home_that_says_what_to_do(
    ding: DingTalk, office: RunningSandbox, clock: VirtualClock
) -> None:
    form = ding.studio()
    assert "Send your first campaign" in words(form)
    assert not is_shown(form.home.resume)
    press(form, form.home.sample)
    assert step_of(form) == "message"
    assert "The list has 12 people of the sandbox." in shown(form)
    assert "ding.people(department=11)[" in form.code
    # Not of all departments.
    assert sum(call["path"].endswith("/user/list") for call in office.state.recorded_calls()) in {1, 2}
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    assert form.model.run is not None
    form.model.run.wait()
    wait(form)
    assert len(sent_counts(office, clock)) == len(form.frame) == 12
    press(form, form.to_home)
    assert "Send your first campaign" not in shown(form)
    assert list(form.home.campaigns) == [form.run.name]


def test_a_new_campaign_says_that_an_unsent_list_is_not_its_own_and_where_the_message_is(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.sample)
    press(form, form.to_home)
    assert is_shown(form.home.resume)
    [draft] = form.home.drafts.values()
    assert read(draft.headline.value).text == "saved 2026-11-02 09:00:00"
    press(form, form.home.new)
    assert len(form.frame) == 0
    said = "This campaign starts without the list of 12 rows chosen before. Its message is in the drafts."
    assert said in shown(form)
    press(form, form.to_home)
    press(form, form.home.new)
    assert "starts without" not in shown(form)


def test_a_new_campaign_says_so_also_after_another_campaign_was_continued(
    ding: DingTalk, office: RunningSandbox
) -> None:
    ding.plan(people(office, 2), dingnb.text("earlier")).send("earlier")
    form = ding.studio()
    form.model.view_campaign("earlier")
    form.model.open("recipients")
    wait(form)
    assert form.model.compose.campaign_name == "earlier"
    # The message is as it was sent, and in no draft.
    press(form, form.to_home)
    press(form, form.home.new)
    assert "starts without" not in shown(form)
    press(form, form.to_home)
    press(form, form.home.sample)
    press(form, form.to_home)
    press(form, form.home.new)
    said = "This campaign starts without the list of 12 rows chosen before. Its message is in the drafts."
    assert said in shown(form)


def test_a_message_stays_after_a_look_at_the_campaign_whose_name_was_typed_in_another_spelling(
    form: StudioForm, ding: DingTalk, office: RunningSandbox
) -> None:
    ding.plan(people(office, 12), dingnb.markdown("earlier", "sent before")).send("payslip")
    press(form, form.next)
    write(form, "Mine", "not sent yet")
    press(form, form.next)
    press(form, form.next)
    type_into(form.compose.plan_form.sending.name, "PaySlip")
    form.compose.plan_form.model.wait()
    form.model.view_campaign("payslip")
    wait(form)
    press(form, form.steps["message"])
    assert form.compose.field("text").input.value == "not sent yet"
    assert len(form.frame) == 12


def test_a_new_campaign_begins_without_the_message_and_the_list_of_the_last_one(
    form: StudioForm, ding: DingTalk
) -> None:
    press(form, form.next)
    write(form, "Mine", "first")
    press(form, form.to_home)
    press(form, form.home.new)
    assert step_of(form) == "recipients"
    # Those of the notebook stay.
    assert len(form.frame) == 12
    assert form.compose.field("title").input.value == ""
    assert [ding.drafts.load(name).texts["text"] for name in ding.drafts.names()] == ["first"]
    for other in (ding.studio(), form):
        # Also if it has replaced that of the notebook.
        upload(other.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
        wait(other)
        assert len(other.frame) == 1
        press(other, other.to_home)
        press(other, other.home.new)
        assert len(other.frame) == 0
    assert other.model.upload.state.file == ""


@pytest.mark.long
def test_the_home_lists_many_campaigns_on_pages_and_follows_those_being_sent(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office)
    for n in range(12):
        ding.plan(people(office, 2), dingnb.text(f"number {n}")).send(f"notice {n}")
    form = ding.studio()
    assert [len(form.home.campaigns), next(iter(form.home.campaigns))] == [10, "notice 11"]
    press(form, form.home.pager.later)
    assert list(form.home.campaigns) == ["notice 1", "notice 0"]
    press(form, form.home.pager.earlier)
    slow = connect_to(office, latency_s=0.2)
    with clock.participating():
        run = slow.plan(people(office, 60), dingnb.text("number {{ n }}")).send("long", wait=False)
    press(form, form.home.new)
    press(form, form.to_home)
    assert "StateSending" in words_of(form.home.campaigns["long"].cells)
    # Which it says once.
    assert re.search(r"Sending: long · \d+ of 60 people accepted by DingTalk", words(form.home.unfinished["long"].box))
    with clock.participating():
        run.wait("sent")
    form.model.home.poll()
    wait(form)
    assert "StateFinished" in words_of(form.home.campaigns["long"].cells)


def test_the_page_shows_unfinished_campaigns_again_once_the_ledger_can_be_read(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(office, latency_s=0.2)
    with clock.participating():
        run = ding.plan(people(office, 60), dingnb.text("number {{ n }}")).send("long", wait=False)
        run.pause()
    form = ding.studio()
    assert "long" in form.home.unfinished

    def fail(*_: object) -> None:
        what, hint = "The ledger is gone.", "Connect it."
        raise LedgerError(what, hint)

    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.names", fail)
        clock.advance(seconds_to_ns(60))
        form.model.home.poll()
        wait(form)
        assert "The ledger is gone." in shown(form)
    clock.advance(seconds_to_ns(60))
    form.model.home.poll()
    wait(form)
    assert "The ledger is gone." not in shown(form)
    assert "long" in form.home.unfinished


def test_a_poll_does_not_turn_the_page_back_nor_show_a_deleted_draft(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(office)
    for n in range(12):
        ding.plan(people(office, 2), dingnb.text(f"number {n}")).send(f"notice {n}")
    ding.drafts.save("Old", "text", {"content": "old"})
    form = ding.studio()
    names = Drafts.names

    def poll_during(act: Callable[[], None]) -> None:
        has_read, may_end = threading.Event(), clock.event()

        def names_later(drafts: Drafts) -> list[str]:
            found = names(drafts)
            if threading.current_thread() is not threading.main_thread():
                has_read.set()
                clock.wait(may_end)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(Drafts, "names", names_later)
            clock.advance(POLL_INTERVAL_NS)
            form.model.home.poll()
            assert has_read.wait(10)
            act()
            may_end.set()
            wait(form)

    poll_during(form.home.pager.later.click)
    assert form.model.home.state.page == 1
    poll_during(form.home.drafts["Old"].delete.click)
    assert form.home.drafts == {}
    assert form.model.home.state.failure is None


def test_an_unfinished_campaign_is_offered_first_and_can_be_resumed(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    staff = people(office, 60)
    with clock.participating():
        run = ding.plan(staff, dingnb.text("number {{ n }}")).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    form = ding.studio()
    assert "Not finished: payslip · stopped" in shown(form)
    with clock.participating():
        press(form, form.home.campaigns["payslip"].view)
        assert form.results is not None
        form.results.run_form.main_button.click()
        form.results.run_model.wait()
    assert sent_counts(office, clock) == dict.fromkeys(staff["userid"], 1)


def test_after_the_recall_of_the_earlier_text_the_results_lead_back_to_send_the_corrected_one(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = ding.studio(people(office, 3))
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    form.run.wait()
    wait(form)
    assert form.results is not None
    assert "corrected" not in shown(form)
    press(form, form.steps["message"])
    write(form, "Number {{ n }}", "You are number {{ n }}, corrected.")
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    plan.model.wait()
    plan.model.choose_changed("recall")
    press(form, plan.sending.open)
    assert step_of(form) == "results"
    assert "The corrected text has not been sent yet." in shown(form)
    assert "First recall the earlier one by “Recall”" in shown(form)
    assert not is_shown(form.to_correction)
    form.results.wait()
    act(form.results, "recall")
    clock.advance(seconds_to_ns(60))
    plan.model.poll()
    plan.model.wait()
    assert "It was kept and can be sent now." in shown(form)
    assert form.to_correction.description == "Send the corrected text to 3 people"
    press(form, form.to_correction)
    assert step_of(form) == "send"
    assert form.compose.plan_form is plan
    plan.model.wait()
    press_send(plan)
    form.run.wait()
    wait(form)
    assert form.run.results()["status"].eq("delivered").sum() == 3
    press(form, form.steps["results"])
    assert "has not been sent yet" not in shown(form)


def test_a_stopped_campaign_is_recalled_on_its_page_once_its_text_was_corrected(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    form = connect_to(office, latency_s=0.5).studio(people(office, 30))
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    with clock.participating():
        plan.model.wait()
        press_send(plan)
        clock.advance(seconds_to_ns(1))
        form.run.stop()
        form.run.wait("sent", check=False)
    press(form, form.steps["message"])
    write(form, "Number {{ n }}", "You are number {{ n }}, corrected.")
    press(form, form.next)
    press(form, form.next)
    assert step_of(form) == "send"
    plan = form.compose.plan_form
    plan.model.wait()
    assert "click “Recall” there" in shown(form)
    assert "“Go to campaign” opens it." in shown(form)
    press(form, plan.sending.open)
    assert step_of(form) == "results"
    assert form.results is not None
    form.results.wait()
    assert is_shown(form.results.actions.buttons["recall"])
    with clock.participating():
        act(form.results, "recall")
        form.results.actions_model.wait()
    assert form.run.results()["status"].eq("recalled").any()
    press(form, form.steps["send"])
    plan.model.wait()
    assert "enter another name under “Campaign name”" in shown(form)


def test_a_reloaded_page_shows_running_campaigns_before_the_login(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    assert not is_shown(dingnb.studio().running_campaigns)
    with clock.participating():
        ding = connect_to(office, latency_s=0.2)
        run = ding.plan(people(office, 60), dingnb.text("number {{ n }}")).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        page = dingnb.studio()
        assert is_shown(page.running_campaigns)
        assert "“payslip” is being sent and continues" in words_of(page.running_campaigns)
        run.stop()
        run.wait("sent", check=False)
    assert not is_shown(dingnb.studio().running_campaigns)


def test_the_focus_moves_to_the_studio_once_an_app_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    focused = watch_focus(monkeypatch)
    page = dingnb.studio()
    page.login.widgets.sandbox.click()
    page.login.model.wait()
    first = page.studio.home.new
    assert focused == []
    # Displayed in place of the button that was pressed.
    first.set_state({"_view_count": 1})
    assert focused == [first]
    press(page.studio, first)
    steps = page.studio.steps
    assert (steps["recipients"].tooltip, steps["message"].tooltip) == ("Current step", "Choose the recipients first.")
    page.studio.close()


def test_the_login_shows_why_the_studio_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    page = dingnb.studio()
    ledger = tmp_path / "ledger.sqlite3"
    ledger.write_bytes(b"not a database" * 1_000)
    page.login.widgets.sandbox.click()
    page.login.model.wait()
    assert is_shown(page.login.box)
    assert "is damaged, or is not a ledger" in words_of(page.login.widgets.status)
    assert not page.opening.value
    assert not is_shown(page.keep)
    ledger.unlink()
    page.login.widgets.sandbox.click()
    page.login.model.wait()
    assert not is_shown(page.login.box)
    studio = page.studio

    def fail(*_: object) -> None:
        raise LedgerError(Text("form.nothing_done"))

    # The studio of the app before is still there.
    monkeypatch.setattr(StudioModel, "with_app", fail)
    page.another.click()
    page.login.widgets.sandbox.click()
    page.login.model.wait()
    assert is_shown(page.login.box)
    assert say("form.nothing_done") in words_of(page.login.widgets.status)
    page.keep.click()
    assert page.studio is studio
    assert not is_shown(page.login.box)
    studio.close()


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
    assert_harmless(form)
    press(form, form.to_home)
    assert_harmless(form)
    assert ding.app.masked_key in words(form)
    assert "Recipients" in repr(form)


def test_the_studio_is_available_in_chinese(form: StudioForm) -> None:
    set_language("zh")
    form._repr_mimebundle_()
    assert form.steps["recipients"].description == "1. 收件人"
    assert form.next.description == "下一步：消息"
    assert "第 1 步（共 5 步）：收件人" in shown(form)


def test_deleting_an_open_draft_saves_the_text_in_another(
    form: StudioForm, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    press(form, form.next)
    write(form, "A title", "A text")
    name = ding.drafts.names()[0]
    press(form, form.to_home)
    press(form, form.home.drafts[name].delete)
    assert focused[-1] is form.home.restore_draft
    assert "Draft saved" not in shown(form)
    write(form, "A title", "Another text")
    assert "elsewhere" not in shown(form)
    assert [ding.drafts.load(draft).texts["text"] for draft in ding.drafts.names()] == ["Another text"]
    press(form, form.home.restore_draft)
    assert focused[-1] is form.home.new
    assert sorted(ding.drafts.load(draft).texts["text"] for draft in ding.drafts.names()) == ["A text", "Another text"]


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
        type_into(form.compose.field(path).input, typed)
    # At once, before the typed text is saved.
    form.model.open_draft("Precious")
    wait(form)
    assert ding.drafts.load("Precious").texts["text"] == "precious"
    mine = next(name for name in ding.drafts.names() if name != "Precious")
    assert ding.drafts.load(mine).texts["text"] == "just typed"
    form.model.copy_message("old")
    wait(form)
    assert ding.drafts.load("Precious").texts["text"] == "precious"
    assert len(ding.drafts) == 3


def test_a_message_written_after_a_campaign_is_checked_before_it_is_sent(form: StudioForm) -> None:
    sent(form)
    first = form.model.plan_model
    press(form, form.steps["message"])
    write(form, "Another", "One more {{ n }}")
    assert form.model.plan_model is None
    assert "dn-later" in form.steps["send"]._dom_classes
    press(form, form.next)
    assert step_of(form) == "check"
    assert form.model.plan_model not in {None, first}
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
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", b"who,city\nmanager01,X\n")
    wait(form)
    assert "choose the recipient column below" in shown(form)
    press(form, form.next)
    assert step_of(form) == "recipients"
    type_into(form.compose.recipients.userid, 0)
    press(form, form.next)
    assert step_of(form) == "message"


def test_the_figures_of_a_check_come_first_quiet_notes_last_and_the_send_step_repeats_none(
    form: StudioForm, office: RunningSandbox
) -> None:
    staff = pd.DataFrame(office.state.users(8))[["userid", "name"]]
    # Two rows with one message, and one that cannot be sent.
    staff = pd.concat([staff, staff.tail(1), pd.DataFrame({"userid": ["a, b"], "name": ["C"]})])
    upload(form.upload.file, "a.csv", staff.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    write(form, "T", "Hi {{ name }}")
    press(form, form.next)
    page = shown(form)
    said = ["from 9 of 10 rows in the list", "have not been compared", "Rows not sent", "Merged with another row"]
    places = [page.find(text) for text in (*said, "Send me a test")]
    assert -1 not in places
    assert places == sorted(places)
    press(form, form.next)
    form.compose.plan_form.model.wait()
    assert step_of(form) == "send"
    assert not [text for text in said if text in shown(form)]
    assert "8 people · 8 calls · about 1 s · 1 row not sent" in shown(form)
    # A browser refuses an empty class, and with it those after it, such as the one that hides a part without a kernel.
    assert not [widget for widget in walk(form) if "" in getattr(widget, "_dom_classes", ())]


def test_a_tick_that_starts_a_check_stays_in_place_until_it_ends(
    form: StudioForm, office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = pd.DataFrame(office.state.users(8))[["userid", "name"]]
    upload(form.upload.file, "a.csv", staff.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    write(form, "T", "Hi")
    press(form, form.next)
    warnings, may_end, make = form.compose.recipients.row_warnings, threading.Event(), ding.plan

    def slow(*arguments: Any, **keywords: Any) -> Any:
        may_end.wait(10)
        return make(*arguments, **keywords)

    monkeypatch.setattr(ding, "plan", slow)
    assert is_shown(warnings.checkboxes["name"])
    type_into(warnings.checkboxes["name"], value=True)
    # A widget that goes away loses the focus.
    assert form.model.compose.state.is_checking
    assert warnings.box in list(walk(form.box))
    assert is_shown(warnings.box)
    assert is_shown(warnings.checkboxes["name"])
    # Nor do the figures above it, which would move it.
    assert is_shown(form.compose.plan_form.facts)
    assert form.compose.plan_form.facts in list(walk(form.box))
    may_end.set()
    wait(form)
    assert is_shown(warnings.checkboxes["name"])


@pytest.mark.parametrize("ends", ["before the next check", "after it is asked for"])
def test_a_list_replaced_during_a_check_is_checked_and_sent_instead(
    form: StudioForm,
    office: RunningSandbox,
    ding: DingTalk,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
) -> None:
    first, second = people(office, 4).iloc[:2], people(office, 4).iloc[2:]
    upload(form.upload.file, "a.csv", first.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    write(form, "T", "Hi {{ n }}")
    has_begun, may_end, make = threading.Event(), threading.Event(), ding.plan

    def slow(*arguments: Any, **keywords: Any) -> Any:
        has_begun.set()
        may_end.wait(10)
        return make(*arguments, **keywords)

    monkeypatch.setattr(ding, "plan", slow)
    form.next.click()
    has_begun.wait(10)
    form.steps["recipients"].click()
    upload(form.upload.file, "b.csv", second.to_csv(index=False).encode())
    form.model.upload.wait()
    if ends == "before the next check":
        may_end.set()
        wait(form)
        # The plan of the first list cannot be sent while the form shows the second one.
        assert form.model.plan_model is None
        assert "dn-later" in form.steps["send"]._dom_classes
    form.steps["check"].click()
    may_end.set()
    wait(form)
    press(form, form.next)
    assert step_of(form) == "send"
    press_send(form.compose.plan_form)
    wait(form)
    assert set(sent_counts(office, clock)) == set(second["userid"])


def test_message_and_recipients_carry_over_to_another_app(form: StudioForm, ding: DingTalk) -> None:
    upload(form.upload.file, "staff.csv", b"who,city\nmanager01,X\n")
    wait(form)
    type_into(form.compose.recipients.userid, 0)
    press(form, form.next)
    write(form, "T", "Hi {{ city }}")
    other = StudioForm(form.model.with_app(ding))
    wait(other)
    assert step_of(other) == "message"
    assert other.compose.field("text").input.value == "Hi {{ city }}"
    assert other.code == form.code
    assert "staff.csv" in words_of(other.upload.notice)
    assert len(ding.drafts) == 1


def test_going_back_from_a_past_campaign_leads_to_the_recipients(form: StudioForm, ding: DingTalk) -> None:
    name = sent(form).run.name
    again = ding.studio()
    again.model.view_campaign(name)
    assert step_of(again) == "results"
    press(again, again.back)
    assert step_of(again) == "recipients"
    assert again.model.state.failure is None


def sent_from_file(form: StudioForm, file: str, frame: pd.DataFrame, title: str, text: str) -> str:
    """Send a new campaign to the list in a file, and return its name."""
    press(form, form.to_home)
    press(form, form.home.new)
    upload(form.upload.file, file, frame.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    write(form, title, text)
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    form.compose.run.wait()
    wait(form)
    return form.compose.run.name


@pytest.mark.long
@pytest.mark.parametrize("step", ["recipients", "message", "check", "send"])
def test_the_steps_of_an_opened_campaign_have_its_own_message_and_a_list_to_choose(
    ding: DingTalk, office: RunningSandbox, clock: VirtualClock, step: Step
) -> None:
    form = ding.studio()
    staff = people(office, 5)
    bonus = sent_from_file(form, "bonus.csv", staff.head(3), "Bonus", "Bonus {{ n }}")
    # Another message is on its way: written, checked and ready to be sent.
    press(form, form.to_home)
    press(form, form.home.new)
    upload(form.upload.file, "notice.csv", staff.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    write(form, "Notice", "Count the stock, {{ n }}.")
    press(form, form.next)
    press(form, form.to_home)
    press(form, form.home.campaigns[bonus].view)
    press(form, form.steps[step])
    assert step_of(form) == "recipients"
    assert form.model.state.failure is None
    assert len(form.frame) == 0
    assert "notice.csv" not in shown(form)
    assert read(form.head.value).text.startswith(f"Campaign {bonus}")
    assert f"This is the message of “{bonus}”." in shown(form)
    assert "The message written before is in the drafts." in shown(form)
    upload(form.upload.file, "corrected.csv", staff.to_csv(index=False).encode())
    wait(form)
    press(form, form.next)
    assert form.compose.field("text").input.value == "Bonus {{ n }}"
    assert not form.model.compose.state.can_undo
    press(form, form.next)
    press(form, form.next)
    plan = form.compose.plan_form
    assert (plan.sending.name.value, plan.model.expected) == (bonus, 2)
    press_send(plan)
    form.compose.run.wait()
    wait(form)
    assert sent_counts(office, clock) == dict.fromkeys(staff["userid"], 1)
    press(form, form.to_home)
    [draft] = form.home.drafts.values()
    assert draft.open.description == "Notice"


def test_going_back_and_forth_in_the_campaign_sent_last_keeps_its_list(ding: DingTalk, office: RunningSandbox) -> None:
    form = ding.studio()
    bonus = sent_from_file(form, "bonus.csv", people(office, 3), "Bonus", "Bonus {{ n }}")
    press(form, form.to_home)
    press(form, form.home.campaigns[bonus].view)
    press(form, form.steps["recipients"])
    assert len(form.frame) == 3
    assert "This is the message of" not in shown(form)
    press(form, form.steps["results"])
    assert form.results is not None
    assert form.results.run.name == bonus
    # Also once it has been continued from its results.
    sent_from_file(form, "notice.csv", people(office, 2), "Notice", "Count the stock.")
    press(form, form.to_home)
    press(form, form.home.campaigns[bonus].view)
    press(form, form.back)
    assert step_of(form) == "recipients"
    press(form, form.steps["results"])
    assert form.results.run.name == bonus
    press(form, form.steps["recipients"])
    assert "This is the message of" not in shown(form)


def test_a_copy_is_not_replaced_by_the_campaign_that_was_open_before(ding: DingTalk, office: RunningSandbox) -> None:
    for name in ("first", "second"):
        ding.plan(people(office, 2), dingnb.text(f"The {name} text")).send(name)
    form = ding.studio()
    press(form, form.home.campaigns["first"].view)
    press(form, form.to_home)
    press(form, form.home.campaigns["second"].copy)
    press(form, form.steps["recipients"])
    upload(form.upload.file, "staff.csv", people(office, 2).to_csv(index=False).encode())
    wait(form)
    press(form, form.steps["message"])
    assert form.compose.field("content").input.value == "The second text"
    assert "This is the message of" not in shown(form)


def test_a_campaign_without_stored_texts_and_a_test_have_only_results(ding: DingTalk, office: RunningSandbox) -> None:
    frame = people(office, 2)
    ding.plan(frame, dingnb.text("secret {{ n }}")).send("kept", store_content=False).wait()
    test = ding.plan(frame, dingnb.text("other {{ n }}")).test(frame["userid"].iloc[0])
    form = ding.studio(frame)
    press(form, form.next)
    write(form, "Mine", "first")
    reasons = {"kept": "The texts of “kept” were not stored: only its results", test.name: "This is a test: only"}
    for name, reason in reasons.items():
        form.model.view_campaign(name)
        wait(form)
        for button in (*(form.steps[step] for step in STEPS[:-1]), form.back):
            press(form, button)
            assert step_of(form) == "results"
            assert reason in shown(form)


def test_nobody_is_added_to_a_campaign_whose_cards_are_closed(ding: DingTalk, office: RunningSandbox) -> None:
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding.plan(people(office, 2), question).send("team-day").close()
    form = ding.studio()
    press(form, form.home.campaigns["team-day"].view)
    press(form, form.steps["recipients"])
    assert step_of(form) == "results"
    assert "Its cards are closed, so people who have not received a card will not get one" in shown(form)
    # A new one is another campaign.
    press(form, form.to_home)
    press(form, form.home.new)
    assert step_of(form) == "recipients"
    assert "Its cards are closed" not in shown(form)


def test_every_deleted_draft_can_be_restored(form: StudioForm, ding: DingTalk) -> None:
    for name in ("first", "second", "third"):
        ding.drafts.save(name, "text", {"content": f"The {name} text"})
    press(form, form.to_home)
    for name in ("first", "second", "third"):
        press(form, form.home.drafts[name].delete)
    assert ding.drafts.names() == []
    press(form, form.home.resume)
    press(form, form.to_home)
    for name in ("third", "second", "first"):
        assert is_shown(form.home.restore_draft)
        assert form.home.restore_draft.description == f"Restore “The {name} text”"
        assert f"“The {name} text” was deleted." in shown(form)
        press(form, form.home.restore_draft)
        assert name in form.home.drafts
        assert ding.drafts.load(name).texts == {"content": f"The {name} text"}
    assert not is_shown(form.home.restore_draft)
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


def test_the_home_says_why_a_message_cannot_be_copied(form: StudioForm, office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 2), dingnb.text("secret {{ n }}")).send("kept", store_content=False).wait()
    press(form, form.to_home)
    press(form, form.home.campaigns["kept"].copy)
    assert form.model.state.failure is not None
    assert form.model.state.failure.what.in_form() in words_of(form.home.notice)
    press(form, form.home.new)
    press(form, form.to_home)
    assert words_of(form.home.notice) == ""


def test_the_page_does_not_change_when_a_campaign_ends_elsewhere(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    form = connect_to(office, latency_s=1).studio(people(office, 12))
    with clock.participating():
        press(form, form.next)
        write(form, "Number {{ n }}", "You are number {{ n }}.")
        press(form, form.next)
        press(form, form.next)
        plan = form.compose.plan_form
        plan.model.wait()
        press_send(plan)
        assert plan.model.run is not None
        form.to_home.click()
        plan.model.run.wait()
    wait(form)
    assert form.model.state.is_home


@pytest.mark.refreshes
def test_results_that_are_opened_again_do_not_begin_to_refresh_once_more(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    ding.plan(people(office, 2), dingnb.text("other {{ n }}")).send("other").wait()
    with clock.participating():
        form = sent(ding.studio(people(office, 12)))
        assert form.results is not None
        form.results.wait()
        assert form.results.auto_refresh.state.is_on
        name = form.model.run.run.name
        form.results.overview.auto_refresh.set_state({"value": False})
        form.results.auto_refresh.wait()
        for campaign in ("other", name):
            press(form, form.to_home)
            press(form, form.home.campaigns[campaign].view)
            form.results.wait()
        assert not form.results.auto_refresh.state.is_on


@pytest.mark.refreshes
def test_an_automatic_refresh_goes_on_when_its_results_are_opened_again(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []

    def open_results(run: RunModel, **options: Any) -> ResultsForm:
        opened.append(run.run.name)
        return results_inside(run, **options)

    monkeypatch.setattr("dingnb.ui.studio.form.results_inside", open_results)
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    ding.plan(people(office, 2), dingnb.text("other {{ n }}")).send("other").wait()

    def spent_calls() -> int:
        return sum("/getsendresult" in call["path"] for call in office.state.recorded_calls())

    with clock.participating():
        form = sent(ding.studio(people(office, 12)))
        name = form.model.run.run.name
        assert "It pauses while the results of another campaign are open." in words_of(
            form.results.overview.refresh_status
        )
        clock.advance(seconds_to_ns(120))
        first = form.results.auto_refresh
        press(form, form.to_home)
        # On the home page it goes on.
        assert first.state.is_on
        press(form, form.home.campaigns["other"].view)
        first.wait()
        made, before = first.state.calls, spent_calls()
        assert not form.results.auto_refresh.state.is_on
        clock.advance(seconds_to_ns(3_600))
        assert spent_calls() == before
        press(form, form.to_home)
        press(form, form.home.campaigns[name].view)
        form.results.model.wait()
        again = form.results.auto_refresh
        assert again is not first
        assert again.state.is_on
        assert again.state.calls >= made
        assert again.state.max_calls == first.state.max_calls
        # Its hours count while it is paused, too.
        press(form, form.to_home)
        press(form, form.home.campaigns["other"].view)
        again.wait()
        clock.advance(seconds_to_ns(8 * 3_600))
        press(form, form.to_home)
        press(form, form.home.campaigns[name].view)
        form.results.model.wait()
        form.results.auto_refresh.wait()
        assert not form.results.auto_refresh.state.is_on
        assert "Stopped automatically after 8 h" in words_of(form.results.overview.refresh_status)
    # Once each.
    assert opened == [name, "other", name, "other", name]


@pytest.mark.refreshes
def test_a_campaign_that_is_resumed_after_it_was_opened_again_is_refreshed(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office, latency_s=0.5)
    with clock.participating():
        run = ding.plan(people(office, 30), dingnb.text("Number {{ n }}")).send("halted", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
        form = ding.studio()
        press(form, form.home.campaigns["halted"].view)
        assert form.results is not None
        form.results.wait()
        assert not form.results.auto_refresh.state.is_on
        assert "Off: nothing is refreshed automatically." in words_of(form.results.overview.refresh_status)
        form.results.run_form.main_button.click()
        form.results.wait()
        assert form.results.auto_refresh.state.is_on
        assert "Off:" not in words_of(form.results.overview.refresh_status)
        form.results.auto_refresh.end()


def test_people_who_were_taken_out_do_not_count_on_the_home_page(office: RunningSandbox, ding: DingTalk) -> None:
    frame, message = people(office, 30), dingnb.text("Number {{ n }}")
    office.state.faults.add("refuse", nth=11, path="/asyncsend_v2", for_s=3_600)
    ding.plan(frame, message).send("short", check=False)
    office.state.faults.clear()
    left = int(ding.campaign("short").results()["status"].eq("queued").sum())
    assert left
    ding.plan(frame.iloc[: 30 - left], message).send("short", absent="drop")
    form = ding.studio()
    wait(form)
    assert f"People{30 - left}" in words_of(form.home.campaigns["short"].cells)


def test_the_home_page_shows_what_was_recalled_failed_or_is_not_reported(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 4)
    ding.plan(frame, dingnb.text("a {{ n }}")).send("all-recalled").wait().recall(expect=4)
    ding.plan(frame, dingnb.text("b {{ n }}")).send("early-recalled").recall(expect=4)
    partly = ding.plan(frame, dingnb.text("c {{ n }}")).send("partly-recalled").wait()
    partly.recall(frame["userid"].iloc[:1], expect=1)
    nobody = pd.DataFrame({"userid": ["nobody_here"]})
    ding.plan(nobody, dingnb.text("d")).send("failed", check=False).wait(check=False)
    poll = dingnb.card(title="Team day", text="Coming?", buttons={"yes": "Yes"})
    ding.plan(frame, poll).send("poll")
    form = ding.studio()
    wait(form)
    cells = {name: words_of(form.home.campaigns[name].cells) for name in form.home.campaigns}
    assert cells["all-recalled"].startswith("StateRecalledPeople4Delivered4 100%, incl. recalledRead0 0%")
    assert cells["early-recalled"].startswith("StateRecalledPeople4Deliverednot knownReadnot known")
    assert cells["partly-recalled"].startswith("State1 recalledPeople4Delivered4 100%, incl. recalledRead0 0%")
    assert "dn-badge-good" not in form.home.campaigns["partly-recalled"].cells.value
    assert cells["failed"].startswith("StateFailed 1 missed itPeople1Delivered0 0%")
    assert "dn-badge-bad" in form.home.campaigns["failed"].cells.value
    assert ".dn-badge-bad {" in style_sheet()
    assert "Deliverednot reported" in cells["poll"]


def test_people_who_answered_a_card_have_it_on_the_home_page_as_in_the_results(
    office: RunningSandbox, ding: DingTalk
) -> None:
    poll = dingnb.card(title="Team day", text="Coming?", buttons={"yes": "Yes"})
    run = ding.plan(people(office, 4), poll).send("poll")
    answered = list(record_cards(run).items())[:3]
    presses = [press_card(card, userid, "yes") for userid, card in answered]
    run._context.listener.log.answers.record(presses)  # type: ignore[union-attr]
    form = ding.studio()
    wait(form)
    results = run.form()
    results.model.wait()
    assert tiles(results)["Read"] == "3 · 75%"
    assert "Delivered3 75.0%Answered3 answered 75.0%" in words_of(form.home.campaigns["poll"].cells)


def test_the_share_of_answers_on_the_home_page_is_of_the_list(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 4), pd.DataFrame({"userid": [None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("Coming?")).send("poll")
    presses = [press_card(card, userid, "yes") for userid, card in record_cards(run).items()]
    run._context.listener.log.answers.record(presses)  # type: ignore[union-attr]
    form = ding.studio()
    cells = form.home.campaigns["poll"].cells
    assert "Answered4 answered 80.0%" in words_of(cells)
    assert "Read / answered" in words(form.home.box)
    assert "People4 of 5 in the list" in words_of(cells)


def test_the_home_page_counts_messages_where_a_person_may_get_several(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 3)] * 2, ignore_index=True).assign(line=range(6))
    message = dingnb.text("Line {{ line }}")
    ding.plan(frame, message, key="line").send("by-line").wait()
    office.state.faults.add("refuse", nth=4, path="/asyncsend_v2", for_s=3_600)
    ding.plan(frame, message, key="line").send("halted", check=False)
    form = ding.studio()
    wait(form)
    assert "People3 6 messages" in words_of(form.home.campaigns["by-line"].cells)
    assert "of 6 messages accepted by DingTalk" in words(form.home._unfinished)


def test_one_button_a_step_is_primary_in_a_footer_that_stays(form: StudioForm, ding: DingTalk) -> None:
    def primary(shown_form: StudioForm) -> tuple[list[str], bool]:
        buttons = (
            widget for widget in visible(shown_form.box) if isinstance(widget, widgets.Button | widgets.FileUpload)
        )
        names = [button.description for button in buttons if button.button_style]
        return names, "dn-footer" in shown_form.footer._dom_classes

    empty = ding.studio()
    press(empty, empty.home.new)
    assert primary(empty) == (["Choose a file"], True)
    assert primary(form) == (["Next: Message"], True)
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    assert primary(form) == (["Next: Check"], True)
    press(form, form.next)
    assert primary(form) == (["Next: Send"], True)
    press(form, form.next)
    form.compose.plan_form.model.wait()
    # The footer of the sending stays in view instead.
    assert primary(form) == (["Send to 12 people"], False)
    press_send(form.compose.plan_form)
    form.compose.run.wait()
    wait(form)
    assert primary(form)[1] is False


def test_notices_stand_below_the_heading_of_the_step_and_errors_stay_in_view(form: StudioForm) -> None:
    shown_in_order = list(walk(form))
    assert shown_in_order.index(form.notice) == shown_in_order.index(form.announcement) + 1
    press(form, form.steps["results"])
    assert "Nothing has been sent yet" in words_of(form.notice)
    assert "dn-sticky" in form.notice._dom_classes
    press(form, form.next)
    assert words_of(form.notice) == ""
    assert "dn-sticky" not in form.notice._dom_classes


def test_people_from_the_sandbox_are_numbered_from_1(ding: DingTalk) -> None:
    form = ding.studio()
    form.model.use_sample()
    wait(form)
    assert "No. 1 (from 1 to 12)" in words_of(form.compose.preview.row_facts)
    press(form, form.next)
    form.compose.plan_form.model.wait()
    form.compose.plan_form.model.choose_test_recipient("manager01")
    form.compose.plan_form.model.choose_row(2)
    assert form.compose.plan_form.test.row.value == 3


def test_the_home_page_says_that_the_sample_list_is_read(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = ding.studio()
    has_begun, may_end, people_of = threading.Event(), threading.Event(), ding.people

    def wait_and_read(**arguments: Any) -> pd.DataFrame:
        has_begun.set()
        may_end.wait(10)
        return people_of(**arguments)

    monkeypatch.setattr(ding, "people", wait_and_read)
    said = "Reading the sample list from the sandbox"
    for begins_another in (True, False):
        has_begun.clear()
        may_end.clear()
        form.home.sample.click()
        has_begun.wait(10)
        assert said in words_of(form.home.notice)
        assert is_shown(form.home.notice)
        if begins_another:
            form.home.new.click()
        may_end.set()
        wait(form)
        # Whoever has begun another message meanwhile goes on with it.
        assert step_of(form) == ("recipients" if begins_another else "message")
        assert len(form.frame) == (0 if begins_another else 12)
        press(form, form.to_home)
        assert not is_shown(form.home.notice)


def test_practice_starts_after_a_past_campaign_was_opened(office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 3), dingnb.text("Past {{ n }}")).send("past", expect=3)
    form = ding.studio()
    form.model.view_campaign("past")
    press(form, form.to_home)
    press(form, form.home.sample)
    wait(form)
    assert step_of(form) == "message"
    assert "The list has 12 people of the sandbox." in words_of(form.notice)


def test_beside_the_count_is_a_message_that_somebody_gets(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 3)
    frame.loc[0, "userid"] = ""
    form = ding.studio(frame)
    press(form, form.next)
    write(form, "Number {{ n }}", "You are number {{ n }}.")
    assert "You are number 0." in words_of(form.compose.preview.phone)
    press(form, form.next)
    press(form, form.next)
    assert "You are number 1." in words_of(form.compose.preview.phone)
    # The row that was chosen, if somebody gets its message.
    press(form, form.back)
    form.compose.model.show_row(2)
    press(form, form.next)
    assert "You are number 2." in words_of(form.compose.preview.phone)


@pytest.mark.parametrize(("language", "column"), [("en", "name"), ("zh", "姓名")])
def test_the_sample_message_names_a_column_as_the_sample_list_does(
    language: Language, column: str, ding: DingTalk, office: RunningSandbox
) -> None:
    dingnb.set_language(language)
    form = ding.studio()
    press(form, form.home.sample)
    message = form.compose
    [chip] = [chip for chip in message.tools.chips.values() if chip.description == column]
    assert f"{{{{ {column} }}}}" in message.field("text").input.value
    assert chip.tooltip == f"{{{{ {column} }}}}"
    names = {person.userid: person.name for person in office.state.organisation.staff()}
    first = names[form.frame["userid"].iloc[0]]
    assert first in words_of(message.preview.phone)
    press(form, form.phone.toggle)
    assert first in form.phone.person.options[0][0]
    press(form, form.next)
    code = form.code.partition("message = ")[0].splitlines()
    variables = {"ding": ding, "dingnb": dingnb}
    exec("\n".join(line for line in code if "connect" not in line and not line.startswith("#")), variables)  # noqa: S102 - as a notebook does
    assert_frame_equal(variables["staff"], form.frame.reset_index(drop=True))  # type: ignore[arg-type] # a frame


def test_the_notice_of_the_sample_list_follows_the_language(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.sample)
    for language, expected in (("zh", "名单含沙箱中的 12 人"), ("en", "The list has 12 people of the sandbox.")):
        dingnb.set_language(language)  # type: ignore[arg-type] # one of them
        form._repr_mimebundle_()
        assert expected in read(form.notice.value).text


def test_what_is_missing_for_a_step_is_shown_until_it_is_there(form: StudioForm) -> None:
    press(form, form.next)
    press(form, form.steps["check"])
    assert step_of(form) == "message"
    assert "Fill in Title, Text." in words_of(form.notice)
    write(form, "A title", "Hi {{ n }}")
    assert words_of(form.notice) == ""
    press(form, form.next)
    press(form, form.next)
    assert not is_shown(form.next)
    press(form, form.steps["results"])
    assert step_of(form) == "send"
    assert "Nothing has been sent yet.In the step “Send”, enter the count" in words_of(form.notice)
    plan = form.compose.plan_form
    plan.model.wait()
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    wait(form)
    assert words_of(form.notice) == ""


def test_the_results_open_when_sending_stops(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        ding = connect_to(office, latency_s=0.5)
        form = ding.studio(people(office, 60))
        press(form, form.next)
        write(form, "Number {{ n }}", "You are number {{ n }}.")
        press(form, form.next)
        press(form, form.next)
        plan = form.compose.plan_form
        plan.model.wait()
        assert is_shown(plan.facts)
        press_send(plan)
        clock.advance(seconds_to_ns(1))
        assert step_of(form) == "send"
        # The page has the title of the campaign, which shows its own numbers.
        assert not is_shown(plan.run_form.head)
        assert plan.facts not in [widget for widget in walk(form) if isinstance(widget, widgets.HTML)]
        plan.run_form.stop_button.click()
        plan.model.run.wait()
        wait(form)
    assert step_of(form) == "results"
    assert is_shown(form.results.run_form.main_button)
    assert form.results.run_form.main_button.description == "Resume"
    # Back in the step, it stays open.
    press(form, form.back)
    plan.model.run.reload()
    plan.model.run.wait()
    assert step_of(form) == "send"


@pytest.mark.long
@pytest.mark.refreshes
def test_the_results_of_a_reminder_open_as_a_campaign_of_their_own(form: StudioForm) -> None:
    sent(form)
    first = form.results
    first.run.wait()
    first.model.reload()
    first.wait()
    # A reminder can be chosen between two refreshes, not while one is made.
    first.auto_refresh.end()
    first.auto_refresh.wait()
    first.actions.buttons["remind"].click()
    first.actions.reminder.set_state({"value": "Please read it."})
    first.actions.act.click()
    first.wait()
    plan = first.actions.reminder_form
    plan.model.wait()
    press_send(plan)
    plan.model.run.wait()
    first.wait()
    _, link = first.actions.reminded.children[0].children
    press(form, link)
    wait(form)
    assert step_of(form) == "results"
    assert form.results is not first
    assert form.results.run.name == plan.model.run.run.name
    assert read(form.head.value).text.startswith(f"Campaign {form.results.run.name}")


@pytest.mark.parametrize("last", [None, *STEPS])
def test_closing_the_studio_closes_the_widgets_of_all_steps(
    office: RunningSandbox, ding: DingTalk, last: Step | None
) -> None:
    made: list[widgets.Widget] = []
    widgets.Widget.on_widget_constructed(made.append)
    try:
        form = sent(ding.studio(people(office, 12)))
        form.model.open("message")
        wait(form)
        if last is None:
            form.model.go_home()
        else:
            form.model.open(last)
        wait(form)
        form.close()
    finally:
        widgets.Widget.on_widget_constructed(None)
    displayed = [widget for widget in made if isinstance(widget, widgets.DOMWidget)]
    assert displayed
    assert [widget for widget in displayed if widget.comm is not None] == []


def test_the_warning_about_missing_recipients_goes_when_a_file_is_chosen(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.new)
    press(form, form.next)
    assert "Choose the recipients first." in words_of(form.notice)
    upload(form.upload.file, "list.xlsx", b"nothing")
    wait(form)
    assert "is not an Excel workbook" in words_of(form.upload.notice)
    assert words_of(form.notice) == ""
    press(form, form.next)
    assert "Choose the recipients first." in words_of(form.notice)


def test_the_sources_of_recipients_are_cards_until_there_is_a_list(ding: DingTalk) -> None:
    form = ding.studio()
    press(form, form.home.new)
    assert "dn-open" in form.upload.sources._dom_classes
    assert "It stays on the computer that runs dingnb." in words_of(form.upload.about_file)
    press(form, form.directory.toggle)
    wait(form)
    assert not is_shown(form.upload.about_file)
    press(form, form.directory.toggle)
    assert is_shown(form.upload.about_file)
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    wait(form)
    assert "dn-open" not in form.upload.sources._dom_classes
    assert not is_shown(form.upload.about_file)
    assert not is_shown(form.upload.hint)


def test_columns_that_cost_the_calls_of_the_month_are_named_as_in_the_file(
    office: RunningSandbox, connect_to: Connect
) -> None:
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=10))
    form = ding.studio()
    rows = "".join(f"{userid},{n}\n" for n, userid in enumerate(people(office, 8)["userid"]))
    upload(form.upload.file, "pay.csv", f"userid,姓名\n{rows}".encode())
    wait(form)
    press(form, form.next)
    write(form, "Pay", "Hi {{ 姓名 }}")
    without = "without 姓名, sending and checking results once takes 2 calls."
    press(form, form.next)
    assert without in words(form)
    press(form, form.next)
    assert words(form).count(without) == 1
