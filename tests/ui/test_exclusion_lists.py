"""The exclusion lists in the settings."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.studio.app_shell import AppShell
from dingnb.ui.studio.exclusions import ExclusionsView
from dingnb.ui.studio.form import StudioForm
from dingnb.words import Language, Text, set_language
from tests.environments import connection_environment
from tests.ui.steps import HARMFUL, HOSTILE, is_shown, people, read, type_into, watch_focus, words
from tests.ui.test_session import TAB
from tests.ui.test_studio import write


@pytest.fixture
def in_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: RunningSandbox) -> None:
    """Run in a process of the app, with the credentials of the sandbox."""
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path / "exports"))
    monkeypatch.setenv("QUERY_STRING", f"session={TAB}")
    for name, value in connection_environment(office.settings, office.base_url).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def page(in_app: None) -> Iterator[AppShell]:
    """Return the page of the app with its settings open."""
    del in_app
    page = dingnb.studio()
    page.to_settings.click()
    yield page
    page.close()


def view_of(page: AppShell) -> ExclusionsView:
    assert page.settings.exclusions is not None
    return page.settings.exclusions


def add(page: AppShell, entries: str, *, name: str = "", reason: str = "") -> None:
    view = view_of(page)
    for field, text in ((view.name, name), (view.entries, entries), (view.reason, reason)):
        if text:
            type_into(field, text)
    press(page, view.add)


def press(page: AppShell, button: widgets.Button) -> None:
    button.click()
    page.studio.model.exclusions.wait()


def rows(ding: DingTalk) -> list[tuple[str, str, str]]:
    frame = ding.exclusions.to_frame()
    reasons = frame["reason"].fillna("").tolist()
    return list(zip(frame["list"].tolist(), frame["userid"].tolist(), reasons, strict=True))


def names_of(page: AppShell) -> dict[str, list[str]]:
    """Return the userids of each name in the directory."""
    directory = page.ding.people(everybody=True)
    return directory.groupby("name")["userid"].agg(list).to_dict()


def test_a_list_is_created_from_userids_names_and_numbers(page: AppShell) -> None:
    name, userids = next((name, found) for name, found in names_of(page).items() if len(found) == 1)
    assert "No lists yet." in words(page)
    add(page, f"{name}\n\nleft0001\n+86 139-0000-0001\n无此人\n", name="left", reason="left in May")
    assert rows(page.ding) == sorted(
        ("left", entry, "left in May") for entry in (userids[0], "left0001", "13900000001")
    )
    shown = words(page)
    assert "“left”: 3 people" in shown
    assert f"{name} · {userids[0]}" in shown
    assert "Not in the directory, and added as userids: left0001." in shown
    assert "Not added: 1 entry" in shown
    assert "5无此人Nobody in the directory has this name or userid." in shown
    # What was not added stays, to be corrected.
    assert view_of(page).entries.value == "无此人"
    add(page, userids[0])
    assert "Added to “left”: 0 people." in words(page)
    assert "Already on it: 1 person." in words(page)
    assert view_of(page).entries.value == ""


def test_a_name_of_several_people_is_not_guessed(page: AppShell) -> None:
    name, userids = next((name, found) for name, found in names_of(page).items() if len(found) > 1)
    add(page, name, name="left")
    assert rows(page.ding) == []
    assert "Nobody was added." in words(page)
    assert "It is not certain who is meant; enter a userid:" in words(page)
    assert all(userid in words(page) for userid in userids)


@pytest.mark.parametrize(
    ("name", "entries", "said"),
    [("", "left0001", "is not a valid name for an exclusion list."), ("left", " \n", "Enter at least one person.")],
)
def test_input_that_is_missing_is_said(page: AppShell, name: str, entries: str, said: str) -> None:
    add(page, entries, name=name)
    assert said in words(page)
    assert rows(page.ding) == []
    assert view_of(page).entries.value == entries


def test_people_are_added_without_a_directory(page: AppShell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InputError(Text("directory_form.nobody"), Text("directory_form.nobody_todo"))

    monkeypatch.setattr(DingTalk, "people", refuse)
    add(page, "left0001\n李娜\n13900000001", name="left")
    assert [userid for _, userid, _ in rows(page.ding)] == ["13900000001", "left0001"]
    assert "The directory could not be read: No one is chosen." in words(page)
    assert "names cannot be looked up now." in words(page)
    assert view_of(page).entries.value == "李娜"


def test_removals_are_undone_with_reason_and_date(page: AppShell, monkeypatch: pytest.MonkeyPatch) -> None:
    page.ding.exclusions.add("left", ["a1"], "first")
    page.ding.exclusions.add("left", ["a2", "a3"])
    before = page.ding.exclusions.to_frame()
    page.to_settings.click()
    page.to_settings.click()
    view = view_of(page)
    focused = watch_focus(monkeypatch)
    view.lists["left"].open.click()
    assert focused[-1] is view.to_lists
    next(row for person, row in view.people.items() if person.userid == "a1").remove.click()
    assert "a1 was removed from “left”." in words(page)
    assert focused[-1] is view.undo
    view.to_lists.click()
    assert focused[-1] is view.lists["left"].open
    view.lists["left"].delete.click()
    assert "“left” with 2 people was deleted." in words(page)
    assert "left" not in page.ding.exclusions
    view.undo.click()
    view.undo.click()
    assert focused[-1] is view.add
    assert not is_shown(view.undo)
    assert page.ding.exclusions.to_frame().equals(before)


def test_undoing_a_removal_keeps_a_newer_reason(page: AppShell) -> None:
    add(page, "a1", name="left", reason="on leave")
    next(iter(view_of(page).people.values())).remove.click()
    add(page, "a1", name="left", reason="left in May")
    view_of(page).undo.click()
    assert rows(page.ding) == [("left", "a1", "left in May")]


def test_what_another_process_removed_is_not_undone_here(page: AppShell) -> None:
    add(page, "a1\na2", name="left")
    people = {person.userid: row for person, row in view_of(page).people.items()}
    page.ding.exclusions.remove("left", ["a1"])
    people["a1"].remove.click()
    assert not is_shown(view_of(page).undo)
    page.ding.exclusions.drop("left")
    people["a2"].remove.click()
    assert "No lists yet." in words(page)
    assert not is_shown(view_of(page).undo)


def test_spellings_of_one_number_are_one_person(page: AppShell) -> None:
    add(page, "13900000001\n+86 139-0000-0001\n139 0000 0001", name="left")
    assert "Added to “left”: 1 person." in words(page)
    assert "Already on it" not in words(page)


@pytest.mark.parametrize("fails", [False, True])
def test_what_adding_did_while_the_settings_were_closed_is_shown(
    page: AppShell, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    read, is_closed = DingTalk.people, threading.Event()

    def read_once_closed(ding: DingTalk, **options: Any) -> pd.DataFrame:
        assert is_closed.wait(30)
        return read(ding, **options)

    monkeypatch.setattr(DingTalk, "people", read_once_closed)
    view = view_of(page)
    type_into(view.name, "left")
    type_into(view.entries, "left0001\n无此人")
    type_into(view.reason, "\ud800" if fails else "")
    view.add.click()
    page.settings.back.click()
    is_closed.set()
    page.studio.model.wait()
    page.to_settings.click()
    said = "is not text." if fails else "Added to “left”: 1 person."
    assert said in words(page)
    assert view.entries.value == ("left0001\n无此人" if fails else "无此人")
    page.to_settings.click()
    page.to_settings.click()
    assert said not in words(page)


def test_a_second_press_does_not_revoke_a_cancellation(page: AppShell, monkeypatch: pytest.MonkeyPatch) -> None:
    read, is_cancelled = DingTalk.people, threading.Event()

    def read_once_cancelled(ding: DingTalk, **options: Any) -> pd.DataFrame:
        assert is_cancelled.wait(30)
        return read(ding, **options)

    monkeypatch.setattr(DingTalk, "people", read_once_cancelled)
    view = view_of(page)
    type_into(view.name, "left")
    type_into(view.entries, "left0001")
    view.add.click()
    view.cancel.click()
    view.add.click()
    is_cancelled.set()
    page.studio.model.wait()
    assert rows(page.ding) == []
    assert "Nobody was added." in words(page)


def test_a_ledger_that_cannot_be_read_is_said(page: AppShell, tmp_path: Path) -> None:
    page.to_settings.click()
    [ledger] = tmp_path.rglob("ledger*.sqlite3")
    ledger.write_bytes(b"not a database" * 1_000)
    page.to_settings.click()
    assert is_shown(page.settings.box)
    assert "No lists yet." not in words(page)
    assert "is damaged, or is not a ledger" in words(page)


def test_a_list_is_searched_and_shown_in_pages(page: AppShell) -> None:
    page.ding.exclusions.add("left", [f"u{n:02}" for n in range(25)])
    page.ding.exclusions.add("left", ["u07"], "moved away")
    view = view_of(page)
    press(page, view.to_lists)
    view.lists["left"].open.click()
    assert len(view.people) == 10
    assert "Page 1 of 3" in words(page)
    view.pager.later.click()
    assert "Page 2 of 3" in words(page)
    type_into(view.search, "AWAY")
    assert [person.userid for person in view.people] == ["u07"]
    assert "1 person found for “AWAY”." in words(page)
    view.to_lists.click()
    assert view.search.value == ""


@pytest.mark.usefixtures("in_app")
def test_the_compose_form_follows_the_lists_and_a_changed_list_is_checked_again(
    office: RunningSandbox,
) -> None:
    frame = people(office, 3)
    page = dingnb.studio(frame)
    page.to_settings.click()
    form = page.studio
    write(form, "Hi", "number {{ n }}")
    exclude = form.compose.recipients.exclude
    assert exclude.tooltip == "Lists are created and changed under “Settings”, “Exclusion lists”."
    add(page, frame["userid"][0], name="on leave")
    assert [value for _, value in exclude.options] == ["", "on leave"]
    type_into(exclude, "on leave")
    check(form)
    assert form.model.plan_model is not None
    assert form.model.plan_model.plan.people == 2
    add(page, frame["userid"][1])
    assert form.model.plan_model is None
    check(form)
    assert form.model.plan_model is not None
    assert form.model.plan_model.plan.people == 1
    # Another list does not matter.
    press(page, view_of(page).to_lists)
    add(page, frame["userid"][2], name="other")
    assert form.model.plan_model is not None
    assert [value for _, value in exclude.options] == ["", "on leave", "other"]
    # A chosen list that was deleted is refused, not ignored.
    press(page, view_of(page).to_lists)
    view_of(page).lists["on leave"].delete.click()
    assert form.model.plan_model is None
    assert exclude.value == "on leave"
    check(form)
    assert form.model.plan_model is None
    assert "There is no exclusion list 'on leave'." in words(form.compose)
    page.close()


def test_closed_settings_hold_no_people(page: AppShell) -> None:
    page.ding.exclusions.add("left", ["someone01"])
    view = view_of(page)
    press(page, view.to_lists)
    view.lists["left"].open.click()
    assert "someone01" in words(page)
    page.settings.back.click()
    assert not any("someone01" in str(widget.get_state()) for widget in widgets_in(view.box))
    assert not view.people


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_texts_are_only_shown(page: AppShell, language: Language) -> None:
    set_language(language)
    for text in HOSTILE[:5]:
        page.ding.exclusions.add("left", ["a1"], text)
        add(page, text, name=f"list {text}")
        page.to_settings.click()
        page.to_settings.click()
        htmls = [widget.value for widget in widgets_in(view_of(page).box) if isinstance(widget, widgets.HTML)]
        assert not any(HARMFUL & set(read(html).tags) for html in htmls)


def widgets_in(box: widgets.Widget) -> Iterator[widgets.Widget]:
    yield box
    for child in getattr(box, "children", ()):
        yield from widgets_in(child)


def check(form: StudioForm) -> None:
    form.compose.recipients.check.click()
    form.model.wait()
