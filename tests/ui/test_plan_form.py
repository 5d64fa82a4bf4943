"""The plan form by its widgets: problems, a test, the name, and the count to confirm."""

import base64
import dataclasses
import stat
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import openpyxl
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk, calls_this_month
from dingnb.clock import BEIJING, VirtualClock, seconds_to_ns
from dingnb.display.shell import user_namespace
from dingnb.errors import InputError, LedgerError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit import files
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.recipients_of_tests import MAX_OFFERED
from dingnb.words import Language, set_language
from tests.media.samples import PDF
from tests.other_process import held_by_other_process
from tests.ui.steps import (
    assert_harmless,
    check,
    is_off,
    is_shown,
    people,
    press_enter,
    press_send,
    primary_buttons,
    read,
    run_button,
    sends,
    sent_counts,
    type_into,
    walk,
    watch_focus,
    words,
    write,
)

Connect = Callable[..., DingTalk]
PERSONAL = dingnb.text("number {{ n }}")


def opened(ding: DingTalk, frame: pd.DataFrame, message: dingnb.Message = PERSONAL) -> PlanForm:
    plan = ding.plan(frame, message)
    user_namespace()["plan"] = plan
    form = plan.form()
    form.model.wait()
    return form


def test_files_are_counted_and_what_is_doubtful_about_them_comes_first(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path
) -> None:
    staff = people(office, 3).assign(name=["张三", "李四", "王五"], path=["a_张三.pdf", "a_王五.pdf", "a_李四.pdf"])
    for at, path in enumerate(staff["path"]):
        (tmp_path / path).write_bytes(PDF + bytes([max(at, 1)]))
    form = opened(ding, staff, dingnb.file("{{ path }}", folder=tmp_path))
    assert "Files3 files, 798 B; 3 uploads" in read(form.facts.value).text
    _, *notices = form.warnings.value.split('<div class="dn-notice')
    said = [read(notice).text for notice in notices]
    assert "get the same content as somebody else" in said[0]
    assert "contains another person's name or ID" in said[1]
    assert "plan.attachments()" not in form.warnings.value
    # In a cell the same note says where to look.
    assert "plan.attachments()" in repr(form)


def own_files(office: RunningSandbox, folder: Path, n: int) -> pd.DataFrame:
    """Return people, each with a file of their own in a folder."""
    staff = people(office, n).assign(path=[f"{at}.pdf" for at in range(n)])
    for at, path in enumerate(staff["path"]):
        (folder / path).write_bytes(PDF + bytes([at + 1]))
    return staff


def test_uploads_count_as_calls_wherever_calls_are_shown(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path
) -> None:
    form = opened(ding, own_files(office, tmp_path, 3), dingnb.file("{{ path }}", folder=tmp_path))
    assert "Calls63 to send, 3 to upload files; results need 3 more" in read(form.facts.value).text
    assert "3 people · 6 calls · " in words(form.sending.footer)
    # A test has uploaded one of them.
    type_into(form.test.recipient, "manager01")
    form.test.send_test.click()
    form.model.wait()
    assert "Calls53 to send, 2 to upload files; results need 3 more" in read(form.facts.value).text
    assert "3 people · 5 calls · " in words(form.sending.footer)
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    assert "Calls5to send everything" in read(form.facts.value).text


def test_uploads_count_as_calls_where_only_part_of_a_plan_is_sent(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path
) -> None:
    staff, message = own_files(office, tmp_path, 3), dingnb.file("{{ path }}", folder=tmp_path)
    ding.plan(staff.head(2), message).send("payslip")
    form = opened(ding, staff, message)
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert "Calls≤ 2to send to the 1 left; 4 for the whole plan" in read(form.facts.value).text
    assert "1 person · at most 2 calls" in words(form.sending.footer)
    made = len(office.state.recorded_calls())
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    calls = [call["path"] for call in office.state.recorded_calls()[made:]]
    assert sum(path.endswith(("asyncsend_v2", "/media/upload")) for path in calls) == 2


def test_a_quota_insufficient_for_uploads_is_shown_beside_the_button(
    office: RunningSandbox, connect_to: Connect, tmp_path: Path
) -> None:
    few = dataclasses.replace(STANDARD, calls_per_month=10)
    staff, message = own_files(office, tmp_path, 10), dingnb.file("{{ path }}", folder=tmp_path)
    form = opened(connect_to(office, limits=few), staff, message)
    short = "Sending and checking results once takes 30 calls, but at most 10 are left this month."
    assert words(form).count(short) == 1
    assert "After about 5 people, this month's calls are used up" in read(form.sending.notice.value).text
    without_results = opened(connect_to(office, limits=few), staff.head(4), message)
    assert "takes 12 calls" in read(without_results.sending.notice.value).text
    assert "sending stops" not in words(without_results)


def rejected(n: int) -> pd.DataFrame:
    """Return a frame with a number of rejected rows."""
    return pd.DataFrame({"userid": ["ok", *(f"a,{at}" for at in range(n))], "n": range(n + 1)})


def test_the_form_shows_the_contents_of_the_plan(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3))
    said = words(form)
    for word in ("Check and send", "SANDBOX", "3 people", "from 3 rows", "All rows can be sent."):
        assert word in said
    assert not is_shown(form.problems._tools)
    # There is nothing below this heading.
    assert not is_shown(form.problems.heading)
    assert "This is the sandbox: no real messages are sent." in said
    assert repr(form).startswith("Plan for 3 people [SANDBOX]")


def test_the_message_type_is_named_as_in_the_compose_form(office: RunningSandbox, ding: DingTalk) -> None:
    frame, message = people(office, 3), dingnb.text("long" * 150)
    said = words(ding.plan(frame, message).form())
    assert "“Text” has 600 characters; DingTalk advises at most 500." in said
    assert "text.content" not in said
    dingnb.set_language("zh")
    said = words(ding.plan(frame, message).form())
    assert "消息类型文本" in said.replace(" ", "")
    assert "“正文”有 600 个字符" in said


def test_problems_are_shown_in_pages(ding: DingTalk) -> None:
    form = opened(ding, rejected(23))
    problems = form.problems
    assert "Rows not sent: 1–10 of 23" in read(problems.table.value).text
    assert (is_off(problems.earlier), is_off(problems.later)) == (True, False)
    seen = []
    for shown in ("1–10", "11–20", "21–23"):
        assert f"Rows not sent: {shown} of 23" in read(problems.table.value).text
        seen += [at for at in range(23) if f"'a,{at}'" in read(problems.table.value).text]
        problems.later.click()
    assert seen == list(range(23))
    # It is not disabled, since a disabled button would lose the focus.
    assert is_off(problems.later)
    assert not problems.later.disabled
    problems.earlier.click()
    assert "11–20" in problems.table.value


def test_many_problems_are_grouped_and_their_list_is_folded(ding: DingTalk) -> None:
    frame = pd.concat([rejected(23), pd.DataFrame({"userid": [None, "x y"], "n": [1, 2]})], ignore_index=True)
    form = opened(ding, frame)
    problems = form.problems
    groups = read(problems.groups.value).text
    assert next((group.column, group.rows) for group in form.model.problem_groups) == ("userid", 23)
    assert sum(group.rows for group in form.model.problem_groups) == form.model.plan.rejected
    assert "23userid" in groups
    assert "it looks like several people" in groups
    assert not is_shown(problems.table)
    assert not is_shown(problems.later)
    problems.toggle.click()
    assert is_shown(problems.table)
    assert is_shown(problems.later)
    assert problems.toggle.description == "Hide these rows"
    problems.toggle.click()
    # What was searched for is always shown.
    type_into(problems.search, "x y")
    form.model.wait()
    assert is_shown(problems.table)
    assert not is_shown(problems.toggle)
    few = opened(ding, rejected(3))
    assert is_shown(few.problems.table)
    assert few.problems.groups.value == ""
    assert is_shown(few.problems.heading)
    # Those on one page need no search.
    assert [is_shown(shown.search) for shown in (few.problems, problems)] == [False, True]


def test_problems_can_be_searched_in_all_columns_and_labels(ding: DingTalk) -> None:
    frame = rejected(23).set_axis([f"row {at:02}" for at in range(24)])
    form = opened(ding, frame)
    assert form.problems.search.continuous_update
    shown = {"A,1": "1–10 of 11", "comma": "1–10 of 23", "ROW 07": "1 in total", "userid": "1–10 of 23"}
    for sought, found in shown.items():
        form.problems.later.click()
        type_into(form.problems.search, sought)
        form.model.wait()
        assert f"sent: {found}<" in form.problems.table.value
    type_into(form.problems.search, "<nobody>")
    form.model.wait()
    assert "No rows match “<nobody>”." in words(form)
    type_into(form.problems.search, "")
    assert "1–10 of 23" in form.problems.table.value


def test_problems_are_exported_privately_and_without_formulas(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    frame = pd.DataFrame({"userid": ["ok", "=cmd|' /C calc'!A0", "a,b"]}, index=["x", "@SUM(1)", "z"])
    form = opened(ding, frame, dingnb.text("Hello there"))
    form.problems.export.click()
    form.model.wait()
    [path] = tmp_path.iterdir()
    assert path.name == f"{form.model.state.name}-problems.xlsx" == "hello-there-2026-11-02-problems.xlsx"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(openpyxl.load_workbook(path).active)
    assert [cell.value for cell in rows[0]] == ["Row", "userid", "Column", "Value", "Reason", "What to do"]
    assert [row[0].value for row in rows] == ["Row", "@SUM(1)", "z"]
    assert {cell.data_type for row in rows for cell in row} == {"s"}
    assert f"Written to {path}" in words(form)
    [link] = [value for name, value in read(form.problems.exported.value).attributes if name == "href"]
    assert base64.b64decode(link.partition(";base64,")[2]) == path.read_bytes()
    assert_harmless(form)


@pytest.mark.parametrize("name", ["../outside", "a/b", "..", "a" * 300, "nul\x00", "<b>", "x\n"])
def test_no_campaign_name_leads_out_of_the_working_directory(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    form = opened(ding, rejected(2))
    type_into(form.sending.name, name)
    form.problems.export.click()
    form.model.wait()
    [path] = tmp_path.rglob("*.xlsx")
    assert path.parent == inside
    assert f'download="{path.name}"' in form.problems.exported.value


def test_a_file_that_cannot_be_written_is_reported(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(ding, rejected(2))
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    (gone / f"{form.model.state.name}-problems.xlsx").mkdir()
    form.problems.export.click()
    form.model.wait()
    assert form.model.state.failure is not None
    assert form.model.state.failure.what.in_form() in words(form)
    assert "Unexpected error" not in words(form)
    type_into(form.sending.name, "other")
    form.problems.export.click()
    form.model.wait()
    assert (gone / "other-problems.xlsx").exists()


def test_a_test_pressed_repeatedly_is_sent_once(office: RunningSandbox, ding: DingTalk, clock: VirtualClock) -> None:
    form = opened(ding, people(office, 5))
    me = people(office, 9)["userid"].iloc[8]
    type_into(form.test.recipient, f" {me} ")
    type_into(form.test.row, 2)
    with clock.participating():
        form.test.send_test.click()
        assert not form.test.send_test.disabled
        form.test.send_test.click()
        form.model.wait()
    assert f"Test to {me}: delivered." in words(form)
    for _ in range(2):
        form.test.send_test.click()
        form.model.wait()
    assert f"Not sent again: this test was already sent to {me}" in words(form)
    assert sent_counts(office, clock) == {me: 1}
    # Exactly as it will be sent.
    assert office.state.messages()[0]["body"] == {"msgtype": "text", "text": {"content": "number 2"}}
    assert "nothing marks it as a test" in words(form)
    assert form.code == f'plan.test("{me}", label=2)'


def test_a_download_keeps_its_name_when_the_campaign_is_renamed(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    form = opened(ding, rejected(2))
    type_into(form.sending.name, "first")
    form.problems.export.click()
    form.model.wait()
    type_into(form.sending.name, "second")
    assert 'download="first-problems.xlsx"' in form.problems.exported.value


def test_the_outcome_of_an_export_is_shown_in_the_language_in_use(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language("en")
    monkeypatch.chdir(tmp_path)
    form = opened(ding, rejected(2))
    form.problems.export.click()
    form.model.wait()
    assert read(form.problems.exported.value).text.startswith("Written to ")
    dingnb.set_language("zh")
    form.render()
    assert read(form.problems.exported.value).text.startswith("已写入 ")


def test_the_outcome_of_a_test_is_shown_in_the_language_in_use(
    office: RunningSandbox, ding: DingTalk, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language("en")
    form = opened(ding, people(office, 2))
    type_into(form.test.recipient, "nobody")
    form.test.send_test.click()
    form.model.wait()
    assert "DingTalk has no such userid" in read(form.test.notice.value).text
    dingnb.set_language("zh")
    form.render()
    assert "DingTalk" not in read(form.test.notice.value).text
    assert "钉钉" in read(form.test.notice.value).text


@pytest.mark.parametrize(
    ("recipient", "said"), [("", "Choose a person, or enter a userid"), ("@all", "everyone"), ("a,b", "comma")]
)
def test_an_invalid_test_recipient_is_reported_and_nothing_is_sent(
    office: RunningSandbox, ding: DingTalk, recipient: str, said: str
) -> None:
    form = opened(ding, people(office, 2))
    type_into(form.test.recipient, recipient)
    form.test.send_test.click()
    form.model.wait()
    test_failure = form.model.state.test_failure
    assert test_failure is not None
    assert test_failure.what.in_form() in read(form.test.notice.value).text
    assert said.lower() in (test_failure.what.in_form() + test_failure.hint.in_form()).lower()
    assert form.model.state.failure is None
    assert sends(office) == 0


def test_a_test_recipient_is_found_by_name_or_userid(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    staff = people(office, 4).assign(name=["Ann", "Bob", "Bob", "Dan"])
    ann, bob, other, _ = staff["userid"]
    form = opened(ding, staff)
    assert form.test.recipient.options[:2] == (f"Ann · {ann}", f"Bob · {bob}")

    def test(typed: str) -> None:
        type_into(form.test.recipient, typed)
        form.test.send_test.click()
        form.model.wait()

    test("Bob")
    notice = read(form.test.notice.value).text
    assert f"Several people are called “Bob”: {bob}, {other}." in notice
    # It could also be the userid of somebody who has not been read from the directory.
    test("Ann")
    assert "Choose the person in the list, or enter the userid." in read(form.test.notice.value).text
    assert sent_counts(office, clock) == {}
    for typed in (f"Ann · {ann}", f"Bob · {other}"):
        test(typed)
    elsewhere = people(office, 9)["userid"].iloc[8]
    test(elsewhere)
    assert sent_counts(office, clock) == {ann: 1, other: 1, elsewhere: 1}


def test_an_error_about_a_test_recipient_goes_when_another_one_is_entered(
    office: RunningSandbox, ding: DingTalk
) -> None:
    form = opened(ding, people(office, 3))
    type_into(form.test.recipient, "张三")
    form.test.send_test.click()
    form.model.wait()
    assert "“张三”" in read(form.test.notice.value).text
    type_into(form.test.recipient, "manager01")
    assert read(form.test.notice.value).text == ""
    # An error about the row stays.
    type_into(form.test.row, 99)
    type_into(form.test.recipient, "manager0001")
    assert "There is no row 99." in read(form.test.notice.value).text


def test_a_test_recipient_is_found_in_the_directory_once_it_was_read(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    known = ding.people(everybody=True)
    name = known["name"].value_counts().index[0]
    namesakes = known[known["name"] == name].sort_values("userid")
    unique = known[~known["name"].duplicated(keep=False) & known["active"]].iloc[0]
    assert len(namesakes) > 1
    inside, outside = namesakes.iloc[0], namesakes.iloc[1]
    staff = pd.DataFrame({"userid": [inside["userid"]], "name": [name], "n": [1]})
    form = opened(ding, staff)

    def test(typed: str) -> str:
        type_into(form.test.recipient, typed)
        form.test.send_test.click()
        form.model.wait()
        return read(form.test.notice.value).text

    # Only one of them is in the list, but it is not known which one is meant.
    notice = test(name)
    assert f"Several people are called “{name}”: " in notice
    assert all(f"{person.userid} · {person.department}" in notice for person in (inside, outside))
    assert sends(office) == 0
    label = f"{name} · {outside['department']} · {outside['userid']}"
    assert label in form.test.recipient.options
    assert f"Test to {label}: " in test(label)
    assert label in form.test.recipient.options
    # A sender who is not in the list is found by name or userid.
    for typed in (unique["name"], unique["userid"]):
        said = test(typed)
        assert f"{unique['name']} · {unique['department']} · {unique['userid']}" in said
    assert sent_counts(office, clock) == {outside["userid"]: 1, unique["userid"]: 1}
    assert f'plan.test("{outside["userid"]}")' in form.code


@pytest.mark.parametrize("language", ["en", "zh"])
def test_half_a_name_is_not_sent_to_dingtalk_as_a_userid(
    office: RunningSandbox, ding: DingTalk, language: str, request: pytest.FixtureRequest
) -> None:
    staff = people(office, 3).assign(name=["冯一", "冯二", "李三"])
    form = opened(ding, staff)
    if language == "zh":
        request.getfixturevalue("in_chinese")
    for typed, similar in (("冯", True), ("张三", False), ("Li Na", False)):
        type_into(form.test.recipient, typed)
        form.test.send_test.click()
        form.model.wait()
        notice = read(form.test.notice.value).text
        assert f"“{typed}”" in notice
        assert (f"冯一 · {staff['userid'].iloc[0]}" in notice) == similar
        assert form.model.state.tested is None
    assert sends(office) == 0
    type_into(form.test.recipient, "冯一")
    form.test.send_test.click()
    form.model.wait()
    assert sends(office) == 1


@pytest.fixture
def misnamed(office: RunningSandbox, ding: DingTalk) -> pd.DataFrame:
    """Return a list whose second row names somebody else than the directory does, which was read."""
    known = ding.people(everybody=True)
    staff = people(office, 3)
    staff["name"] = staff["userid"].map(known.set_index("userid")["name"])
    return staff.assign(name=[staff["name"][0], "张三丰", staff["name"][2]], real=staff["name"])


def test_a_test_to_somebody_with_a_wrong_name_in_the_list_is_reported_under_the_name_of_the_directory(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, misnamed: pd.DataFrame, in_chinese: None
) -> None:
    del in_chinese
    userid, real = misnamed.loc[1, ["userid", "real"]]
    form = opened(ding, misnamed[["userid", "n", "name"]])

    def test(typed: str) -> str:
        type_into(form.test.recipient, typed)
        form.test.send_test.click()
        form.model.wait()
        return read(form.test.notice.value).text

    notice = test("张三丰")
    assert f"按通讯录，名单中的“张三丰”是另一个人：{real}（名单中为“张三丰”）" in notice
    assert "没有发送测试" in notice
    assert sends(office) == 0
    label = f"{real} / 张三丰 · {userid}"
    assert label in form.test.recipient.options
    assert f"发给 {real}（名单中为“张三丰”）" in test(label)
    for typed in (userid, real):
        assert f"未重复发送：同样的测试之前已发给 {real}（名单中为“张三丰”）" in test(typed)
    assert sent_counts(office, clock) == {userid: 1}


def test_a_wrong_name_is_noticed_once_the_directory_was_read_meanwhile(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    staff = people(office, 3).assign(name=["张三", "Bob", "Carl"])
    form = opened(ding, staff)

    def test(typed: str) -> str:
        type_into(form.test.recipient, typed)
        form.test.send_test.click()
        form.model.wait()
        return read(form.test.notice.value).text

    assert "Test to 张三 · " in test("张三")
    known = ding.people(everybody=True).set_index("userid")["name"]
    real = known[staff["userid"][1]]
    assert f"According to the directory, the “Bob” in the list is someone else: {real} (“Bob” in the list)" in test(
        "Bob"
    )
    assert f"Test to {real} (“Bob” in the list)" in test(staff["userid"][1])
    assert sent_counts(office, clock) == dict.fromkeys(staff["userid"][:2], 1)


def test_a_wrong_name_in_the_list_that_is_the_name_of_others_is_asked_about(
    office: RunningSandbox, ding: DingTalk, misnamed: pd.DataFrame
) -> None:
    right = misnamed["real"][2]
    staff = misnamed.assign(name=[misnamed["real"][0], right, right])[["userid", "n", "name"]]
    form = opened(ding, staff)
    type_into(form.test.recipient, right)
    form.test.send_test.click()
    form.model.wait()
    notice = read(form.test.notice.value).text
    assert f"Several people are called “{right}”: " in notice
    assert f"{misnamed['real'][1]} (“{right}” in the list)" in notice
    assert staff["userid"][2] in notice
    assert sends(office) == 0


def test_a_part_of_a_name_in_other_case_names_similar_people(office: RunningSandbox, ding: DingTalk) -> None:
    staff = people(office, 2).assign(name=["Anna Lin", "Bo"])
    form = opened(ding, staff)
    type_into(form.test.recipient, "anna l")
    form.test.send_test.click()
    form.model.wait()
    assert f"Similar names: Anna Lin · {staff['userid'].iloc[0]}." in read(form.test.notice.value).text
    assert sends(office) == 0


@pytest.mark.parametrize("number", [-1, 5, 900])
def test_a_row_outside_of_the_list_is_refused_with_the_valid_range(
    office: RunningSandbox, ding: DingTalk, number: int
) -> None:
    form = opened(ding, people(office, 5))
    type_into(form.test.recipient, "manager01")
    type_into(form.test.row, number)
    for _ in range(2):
        notice = read(form.test.notice.value).text
        assert f"There is no row {number:,}.Enter a number from 0 to 4." in notice
        form.test.send_test.click()
        form.model.wait()
        assert (form.test.row.value, sends(office)) == (number, 0)
    type_into(form.test.row, 4)
    assert "There is no row" not in read(form.test.notice.value).text
    form.test.send_test.click()
    form.model.wait()
    assert sends(office) == 1
    assert "number 4" in form.code or "label=4" in form.code


def test_a_row_that_the_list_skips_is_refused_with_its_neighbours(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 4).set_axis([2, 3, 7, 8]))
    type_into(form.test.recipient, "manager01")
    type_into(form.test.row, 5)
    form.test.send_test.click()
    form.model.wait()
    assert "There is no row 5.The rows next to it are 3 and 7." in read(form.test.notice.value).text
    assert (form.test.row.value, sends(office)) == (5, 0)
    type_into(form.test.row, 7)
    assert "There is no row" not in read(form.test.notice.value).text
    assert form.model.state.row == 2


def test_people_beyond_those_offered_are_found_by_typing(ding: DingTalk) -> None:
    many = pd.DataFrame({"userid": [f"u{n:04}" for n in range(MAX_OFFERED + 50)], "name": "Ann", "n": 1})
    many.loc[MAX_OFFERED + 40, "name"] = "Zoe"
    form = opened(ding, many)
    assert len(form.test.recipient.options) == MAX_OFFERED
    for typed in ("Zoe", "zo", "U1040"):
        type_into(form.test.recipient, typed)
        form.model.wait()
        assert form.test.recipient.options == (f"Zoe · u{MAX_OFFERED + 40:04}",)
    type_into(form.test.recipient, "nobody")
    form.model.wait()
    assert len(form.test.recipient.options) == MAX_OFFERED


def test_everybody_is_offered_even_if_people_have_several_rows(ding: DingTalk) -> None:
    userids = [f"u{n:04}" for n in range(MAX_OFFERED // 2 + 50) for _ in range(2)]
    form = opened(ding, pd.DataFrame({"userid": userids, "name": "Ann", "n": 1}))
    assert len(form.test.recipient.options) == MAX_OFFERED // 2 + 50


def test_a_rejected_row_cannot_be_tested(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([pd.DataFrame({"userid": ["a,b"], "n": [9]}), people(office, 2)], ignore_index=True)
    form = opened(ding, frame)
    assert form.test.row.value == 1
    type_into(form.test.recipient, "manager01")
    type_into(form.test.row, 0)
    form.test.send_test.click()
    form.model.wait()
    assert "comma" in words(form)
    assert sends(office) == 0


def test_the_forecast_is_shown_while_the_name_is_typed(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 6)
    ding.plan(frame[:2], PERSONAL).send("payslip")
    form = opened(ding, frame)
    assert form.sending.name.value == "number-2026-11-02"
    assert "New name: 2 people were already sent exactly this text today (campaign payslip)" in words(form)
    type_into(form.sending.name, "payslip")
    form.model.wait()
    forecast = ding.plan(frame, PERSONAL).forecast("payslip")
    assert (forecast.new, forecast.settled) == (4, 2)
    assert forecast.text.in_form() in words(form)
    type_into(form.sending.name, " ")
    form.model.wait()
    assert "Enter a campaign name." in words(form)
    assert not is_shown(form.sending.changed)
    type_into(form.sending.name, "a\nb")
    form.model.wait()
    assert form.model.state.forecast is not None
    assert form.model.state.forecast.refusal.in_form() in words(form)
    assert form.sending.send.disabled


@pytest.mark.parametrize("n", [100, 101])
def test_a_new_name_is_limited_in_length(office: RunningSandbox, ding: DingTalk, n: int) -> None:
    frame, name = people(office, 2), "新" * n
    form = opened(ding, frame)
    type_into(form.sending.name, name)
    form.model.wait()
    said = "The campaign name has 101 characters; at most 100 are allowed."
    assert (said in words(form)) == form.sending.send.disabled == (n > 100)
    if n > 100:
        with pytest.raises(InputError, match=said):
            form.model.plan.send(name)
        assert sends(office) == 0
        return
    # A campaign that has a longer name from before goes on.
    run = form.model.plan.send(name)
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET name = name || name")
    assert form.model.plan.forecast(name * 2).settled == 2
    assert not form.model.plan.forecast(name * 2).refusal


def halted(ding: DingTalk, office: RunningSandbox, frame: pd.DataFrame, state: str, name: str = "parking") -> None:
    """Send to half of eight people, until the campaign is in a state."""
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(frame, PERSONAL).send(name, check=False)
    office.state.faults.clear()
    with run._context.ledger.transaction() as db:
        shown = "running" if state == "interrupted" else state
        db.execute("UPDATE campaigns SET state = ? WHERE name = ?", (shown, name))
    assert run.state == state


@pytest.mark.parametrize("days", [0, 1])
def test_an_interrupted_campaign_of_the_same_texts_is_continued_under_its_name(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, days: int
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    clock.advance(seconds_to_ns(days * 24 * 3_600))
    form = opened(ding, frame)
    said = "Campaign parking was interrupted; still queued: 4 people. To continue it, use the same name."
    assert said in words(form)
    assert said in repr(form.model.plan)
    assert form.sending.name.value == "parking"
    assert "“parking” exists already: sending continues it" in words(form)
    assert form.sending.send.description == "Send to 4 of 8 people"
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    again = opened(ding, frame)
    assert "interrupted" not in words(again)
    assert again.sending.name.value == "parking"
    assert again.model.sent_now == 0


def test_a_running_campaign_of_the_same_texts_is_followed_under_its_name_and_then_continued(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    # Its process has just ended, perhaps on another computer: its lease still holds.
    with held_by_other_process(ding, "parking"):
        form = opened(ding, frame)
        assert "Campaign parking is being sent now; still queued: 4 people." in words(form)
        assert form.sending.name.value == "parking"
    clock.advance(seconds_to_ns(60))
    form.model.poll()
    form.model.wait()
    assert form.sending.send.description == "Send to 4 of 8 people"
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


def test_all_campaigns_that_sent_the_same_text_today_are_named_the_last_one_first(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 8)
    for name in ("first", "second"):
        ding.plan(frame, PERSONAL).send(name)
    halted(ding, office, frame, "interrupted")
    ding.plan(frame, PERSONAL).test(frame["userid"][0])
    said = "In this plan, 8 people were already sent exactly this text today (campaigns parking, second, first)"
    assert said in words(opened(ding, frame))


def test_on_live_an_interrupted_campaign_is_continued_with_the_count_of_the_rest(
    office: RunningSandbox, live: DingTalk
) -> None:
    frame = people(office, 8)
    assert opened(live, frame).sending.name.value == ""
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = live.plan(frame, PERSONAL).send("parking", expect=8, check=False)
    office.state.faults.clear()
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'running'")
    form = opened(live, frame)
    assert form.sending.name.value == "parking"
    assert form.sending.send.description == "Send to 4 of 8 people"
    press_send(form, "8")
    assert form.model.run is None
    press_send(form, "4")
    assert form.model.run is not None
    form.model.run.wait()
    assert form.run.results()["status"].eq("accepted").all()


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_a_halted_campaign_of_the_same_texts_is_pointed_out(
    office: RunningSandbox, ding: DingTalk, state: str, request: pytest.FixtureRequest
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, state)
    form = opened(ding, frame)
    assert f"parking {'is' if state == 'paused' else 'was'} {state}; still queued: 4 people." in words(form)
    # No name is suggested: a person has halted it, and only resuming continues it.
    assert form.sending.name.value == ""
    assert "Go to parking to see or resume it, or enter a name for a new campaign." in words(form)
    # Those still queued get the text twice if that one is resumed as well.
    type_into(form.sending.name, "another")
    form.model.wait()
    assert f"{state}; still queued: 4 people." in read(form.sending.forecast.value).text
    request.getfixturevalue("in_chinese")
    assert "还有 4 人待发送" in repr(opened(ding, frame).model.plan)


def test_an_interrupted_campaign_of_other_texts_is_pointed_out_and_no_other_name_is_filled_in(
    office: RunningSandbox, ding: DingTalk, request: pytest.FixtureRequest
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    # One character more than what was sent.
    retyped = dingnb.text("number {{ n }}!")
    form = opened(ding, frame, retyped)
    warning = (
        "Campaign parking was interrupted and has another text for 8 people in this plan. "
        "Already sent to: 4 people; still queued: 4 people."
    )
    assert warning in words(form)
    assert form.sending.name.value == ""
    press_send(form)
    assert form.model.run is None
    # A name that was chosen nevertheless is warned of, too.
    type_into(form.sending.name, "another")
    form.model.wait()
    assert warning in read(form.sending.forecast.value).text
    # With other values, and with the same text for some only, as well.
    for other in (opened(ding, frame.assign(n=frame["n"] + 100)), opened(ding, frame.assign(n=[0, *range(101, 108)]))):
        assert "Campaign parking was interrupted; still queued: 4 people." in words(other)
        assert other.sending.name.value == ""
    assert warning in repr(ding.plan(frame, retyped))
    request.getfixturevalue("in_chinese")
    assert "群发任务 parking 已中断，其中有此计划中的 8 人，内容不同：已发送 4 人，还有 4 人待发送。" in repr(
        ding.plan(frame, retyped)
    )


def test_a_late_press_opens_no_campaign_once_the_name_was_changed(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    entered: list[str] = []
    with held_by_other_process(ding, "parking"):
        form = PlanForm(PlanModel(ding.plan(frame, PERSONAL), name="Parking"), open_campaign=entered.append)
        form.model.wait()
        form.sending.open.click()
        assert entered == ["parking"]
        type_into(form.sending.name, "")
        form.sending.open.click()
    assert entered == ["parking"]


def test_an_unfinished_campaign_with_another_text_is_resumed_from_the_form_of_the_plan(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    form = opened(ding, frame, dingnb.text("number {{ n }}!"))
    assert [opener.description for opener in form.sending.unfinished_buttons] == ["Go to “parking”"]
    assert all(map(is_shown, form.sending.unfinished_buttons))
    form.sending.unfinished_buttons[0].click()
    form.model.wait()
    assert form.blocking_form is not None
    # No name is entered yet, but the plan can be sent as well.
    assert primary_buttons(form) == [form.sending.send.description]
    clock.advance(DEBOUNCE_NS)
    with clock.participating():
        form.blocking_form.run_form.main_button.click()
        form.blocking_form.run_form.model.wait()
    form.model.wait()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    # It is finished now.
    assert "has another text" not in words(form)
    assert not form.sending.unfinished_buttons
    # Under whatever name the plan is sent: this was done.
    resumed = 'run = ding.campaign("parking")\nrun.resume()'
    assert resumed in form.code
    type_into(form.sending.name, "another")
    form.model.wait()
    assert form.blocking_form is None
    assert resumed in form.code


def test_each_unfinished_campaign_with_the_same_text_has_a_notice_and_a_button_of_its_own(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "stopped")
    halted(ding, office, frame, "paused", name="parking again")
    form = opened(ding, frame)
    assert [opener.description for opener in form.sending.unfinished_buttons] == [
        "Go to “parking again”",
        "Go to “parking”",
    ]
    for name in ("parking again", "parking"):
        assert f"Go to {name} to see or resume it, or enter a name for a new campaign." in words(form)
    type_into(form.sending.name, "another")
    form.model.wait()
    notices = [read(part).text for part in form.sending.forecast.value.split("dn-notice ")[1:]]
    assert [("parking again is paused" in text, "parking was stopped" in text) for text in notices[-2:]] == [
        (True, False),
        (False, True),
    ]
    form.sending.unfinished_buttons[1].click()
    form.model.wait()
    assert form.model.blocking_run is not None
    assert form.model.blocking_run.run.name == "parking"


def test_only_recent_unfinished_campaigns_with_half_of_the_people_are_pointed_out(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame, retyped = people(office, 20), dingnb.text("number {{ n }}!")
    halted(ding, office, frame.head(8), "interrupted")
    assert "has another text for 8 people" in repr(ding.plan(frame.head(16), retyped))
    assert "has another text" not in repr(ding.plan(frame.head(17), retyped))
    assert "has another text" not in repr(ding.plan(frame.tail(12), retyped))
    clock.advance(seconds_to_ns(24 * 3_600 + 60))
    assert "has another text" not in repr(ding.plan(frame.head(8), retyped))
    assert opened(ding, frame.head(8), retyped).sending.name.value.startswith("number-")


def test_the_code_that_sends_under_another_name_is_warned_of_an_unfinished_campaign(
    office: RunningSandbox, ding: DingTalk, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    capsys.readouterr()
    ding.plan(frame, dingnb.text("number {{ n }}!")).send("another")
    assert "Campaign parking was interrupted and has another text for 8 people in this plan." in capsys.readouterr().out


def test_the_code_that_sends_a_corrected_list_under_another_name_is_warned_of_the_unfinished_campaign(
    office: RunningSandbox, ding: DingTalk, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    capsys.readouterr()
    plan = ding.plan(frame.assign(n=frame["n"] + 100), PERSONAL)
    plan.send("another")
    printed = capsys.readouterr().out
    assert "Campaign parking was interrupted; still queued: 4 people. To continue it, use the same name." in printed
    assert "Campaign another" not in printed
    plan.send("another")
    assert "parking" not in capsys.readouterr().out


def test_the_calls_of_the_month_follow_calls_made_elsewhere(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    earlier = ding.plan(people(office, 9).tail(4), PERSONAL).send("earlier")
    for frame in (people(office, 2), people(office, 2).assign(userid="")):
        form = opened(ding, frame)
        earlier.refresh()
        used, _ = calls_this_month(ding)
        said = f"This month{used} calls used here"
        assert said not in words(form)
        clock.advance(seconds_to_ns(10))
        form.model.poll()
        form.model.wait()
        assert said in words(form)


def test_the_forecast_follows_a_send_under_the_same_name_by_another_form(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 6)
    first, second = opened(ding, frame), opened(ding, frame)
    assert "New: nothing has been sent under this name." in words(second)
    assert first.sending.name.value == second.sending.name.value
    press_send(first)
    assert first.model.run is not None
    first.model.run.wait()
    clock.advance(seconds_to_ns(1))
    second.model.poll()
    second.model.wait()
    assert "New: nothing" not in words(second)
    assert second.model.sent_now == 0
    # Nothing has changed since.
    before = second.model.state
    clock.advance(seconds_to_ns(60))
    second.model.poll()
    second.model.wait()
    assert second.model.state is before


def test_the_plan_of_a_card_says_when_its_deadline_has_passed(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    deadline = pd.Timestamp(clock.now_ns(), tz=BEIJING) + pd.Timedelta(minutes=2)
    card = dingnb.card("T", "Hi", buttons={"yes": "Yes"}, deadline=deadline.strftime("%Y-%m-%d %H:%M"))
    form = opened(ding, people(office, 3), card)
    assert "The deadline has passed" not in words(form)
    clock.advance(seconds_to_ns(121))
    form.model.poll()
    form.model.wait()
    assert "The deadline has passed: all answers will be late." in words(form)


def test_the_forecast_follows_a_campaign_that_is_resumed_elsewhere(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "interrupted")
    form = opened(ding, frame)
    assert form.sending.send.description == "Send to 4 of 8 people"
    ding.campaign("parking").resume().wait("sent")
    clock.advance(seconds_to_ns(1))
    form.model.poll()
    form.model.wait()
    assert "still are to get it" not in words(form)
    assert form.model.sent_now == 0


def test_a_forecast_that_failed_is_made_again_once_the_ledger_can_be_read(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people(office, 4)
    ding.plan(frame[:3], PERSONAL).send("parking")
    form = opened(ding, frame)
    type_into(form.sending.name, "another")
    form.model.wait()

    def locked(*_: object, **__: object) -> None:
        what, hint = "The ledger is locked.", "Wait."
        raise LedgerError(what, hint)

    with monkeypatch.context() as patch:
        patch.setattr(ding._ledger, "connection", locked)
        type_into(form.sending.name, "parking")
        form.model.wait()
        assert "The ledger is locked." in words(form)
    clock.advance(seconds_to_ns(1))
    form.model.poll()
    form.model.wait()
    assert "The ledger is locked." not in words(form)
    assert form.sending.send.description == "Send to 1 of 4 people"


@pytest.mark.parametrize(("changed", "sent"), [("error", 4), ("skip", 4 + 2), ("resend", 4 + 2 + 4)])
def test_people_with_a_different_text_require_a_decision(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, changed: str, sent: int
) -> None:
    frame = people(office, 6)
    ding.plan(frame[:4], PERSONAL).send("payslip")
    form = opened(ding, frame, dingnb.text("other {{ n }}"))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert is_shown(form.sending.changed)
    # It has three choices, so that its heading names none.
    assert form.sending.changed.description.endswith("4 people were sent a different text. Choose what they get.")
    assert len(form.sending.changed.options) == 3
    # The sentence above it is about the others.
    assert "Show 4 rows sent a different text" in words(form)
    if changed != "error":
        type_into(form.sending.changed, changed)
    press_send(form)
    if changed == "error":
        assert form.model.state.failure is not None
        assert form.model.state.failure.what.in_form().startswith(
            "First decide what to do about people who were sent a different text"
        )
        assert form.model.state.stage == "open"
    else:
        assert form.model.run is not None
        form.model.run.wait()
        assert f'changed="{changed}"' in form.code
    assert sum(sent_counts(office, clock).values()) == sent


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "answers to the earlier card count for the new question as well"),
        ("zh", "对原卡片的回答也视为对新问题的回答"),
    ],
)
def test_the_choice_to_send_a_new_card_as_well_says_that_earlier_answers_count(
    office: RunningSandbox, ding: DingTalk, language: Language, said: str
) -> None:
    set_language(language)
    frame = people(office, 2)
    ding.plan(frame, dingnb.card("Dinner", "Coming?", buttons={"yes": "Yes"})).send("dinner")
    ding.plan(frame, PERSONAL).send("payslip")
    for message, name in (
        (dingnb.card("Lunch", "Coming?", buttons={"yes": "Yes"}), "dinner"),
        (dingnb.text("other {{ n }}"), "payslip"),
    ):
        form = opened(ding, frame, message)
        type_into(form.sending.name, name)
        form.model.wait()
        assert is_shown(form.sending.changed)
        [offered] = [label for label, value in form.sending.changed.options if value == "resend"]
        assert (said in offered) == (name == "dinner")


def test_the_earlier_text_is_recalled_first_from_the_form_of_the_plan(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 4)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    form = opened(ding, frame, dingnb.text("other {{ n }}"))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    type_into(form.sending.changed, "recall")
    assert "In the campaign, click “Recall”." in read(form.sending.forecast.value).text
    assert is_shown(form.sending.open)
    assert not is_shown(form.sending.send)
    form.sending.open.click()
    form.model.wait()
    assert form.blocking_form is not None
    ding.campaign("payslip").recall(expect=4)
    clock.advance(seconds_to_ns(2))
    form.model.poll()
    form.model.wait()
    assert not is_shown(form.sending.changed)
    assert form.sending.send.description == "Send to 4 people"
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    clock.advance(seconds_to_ns(2))
    held = [sent["body"]["text"]["content"] for sent in office.state.messages() if not sent["recalled"]]
    assert sorted(held) == [f"other {n}" for n in range(4)]


@pytest.mark.parametrize("why", ["late", "others"])
def test_a_recall_is_not_offered_when_it_is_too_late_or_takes_the_right_text_from_others(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, why: str
) -> None:
    frame = people(office, 4)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    if why == "late":
        clock.advance(seconds_to_ns(25 * 3_600))
    form = opened(ding, frame.assign(n=[100, 101, 102, 103] if why == "late" else [100, 1, 2, 3]))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert [value for _, value in form.sending.changed.options] == ["skip", "resend"]
    how = "in the results of campaign “payslip”, and choose “Recall from those found” or “Recall from this person”."
    assert (how in read(form.sending.forecast.value).text) == (why == "others")


@pytest.mark.parametrize(
    ("changed", "offered", "asked"),
    [
        ("error", "Send", ""),
        ("skip", "Send to 2 of 6 people", "Enter 2 to confirm"),
        ("resend", "Send to 6 people", "Enter 6 to confirm"),
    ],
)
def test_the_button_shows_the_number_of_recipients(
    office: RunningSandbox, ding: DingTalk, changed: str, offered: str, asked: str
) -> None:
    frame = people(office, 6)
    ding.plan(frame[:4], PERSONAL).send("payslip")
    form = opened(ding, frame, dingnb.text("other {{ n }}"))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    if changed != "error":
        type_into(form.sending.changed, changed)
    assert form.sending.send.description == offered
    assert is_shown(form.sending.count) == (changed != "error")
    assert form.sending.count.description.startswith(asked)
    before = sends(office)
    if changed != "skip":
        press_send(form, "2")
        assert sends(office) == before
        return
    assert "2 people · 2 calls" in words(form)
    press_send(form, "6")
    assert sends(office) == before
    shown = words(form)
    assert (
        "You entered 6, the total of the plan; to confirm, enter the number of people sent to now: 2 people." in shown
    )
    assert "to send to the 2 left; 6 for the whole plan" in shown
    assert "sending now to 2 of them" in shown
    press_send(form, "2")
    assert form.model.run is not None
    form.model.run.wait()
    assert sends(office) == before + 2
    assert 'expect=6, changed="skip"' in form.code


def test_if_everybody_has_it_the_campaign_is_shown_without_a_count(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 6)
    ding.plan(frame, PERSONAL).send("payslip")
    before = sends(office)
    form = opened(ding, frame, dingnb.text("other {{ n }}"))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert form.sending.send.description == "Send"
    type_into(form.sending.changed, "skip")
    assert form.sending.send.description == "Show campaign"
    assert not is_shown(form.sending.count)
    said = "Everyone in this plan has already been sent a message under this name. Some keep a different version."
    shown = words(form)
    assert said in shown
    assert "all were sent to before" in shown
    assert "Calls06 for the whole plan" in shown
    assert "Time" not in shown
    assert "to confirm" not in shown
    form.sending.send.click()
    form.model.wait()
    assert form.run.name == "payslip"
    form.run.wait()
    assert sends(office) == before


@pytest.mark.parametrize(
    ("recalled", "said", "figure"),
    [
        (6, "The message was recalled from everyone in this plan, and is not sent to them again", "recalled from all"),
        (1, "the message under this name. Recalled: 1 person.", "all were sent to before"),
    ],
)
def test_after_a_recall_the_form_says_so_and_how_to_send_a_corrected_message(
    office: RunningSandbox, ding: DingTalk, recalled: int, said: str, figure: str
) -> None:
    frame = people(office, 6)
    ding.plan(frame, PERSONAL).send("payslip").wait().recall(who=frame["userid"].tolist()[:recalled], expect=recalled)
    before = sends(office)
    form = opened(ding, frame, PERSONAL)
    type_into(form.sending.name, "payslip")
    form.model.wait()
    shown = words(form)
    assert said in shown
    assert figure in shown
    assert "To send them a corrected one, change the message and keep this name" in shown
    assert "“Show campaign” sends nothing" in shown
    assert form.sending.send.description == "Show campaign"
    form.sending.send.click()
    form.model.wait()
    form.run.wait()
    assert sends(office) == before


def test_a_campaign_that_changed_meanwhile_requires_the_count_again(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people(office, 6)
    ding.plan(frame, PERSONAL).send("payslip")
    before = sends(office)
    form = opened(ding, frame)
    type_into(form.sending.name, "payslip")
    form.model.wait()
    seen = form.model.state.forecast
    assert seen is not None
    changed = dataclasses.replace(seen, settled=5, queued=1)
    monkeypatch.setattr(form.model.plan, "forecast", lambda _: changed)
    form.sending.send.click()
    form.model.wait()
    assert form.model.run is None
    assert sends(office) == before
    assert form.sending.send.description == "Send to 1 of 6 people"
    assert is_shown(form.sending.count)


WRONG = ("", " ", "2", "4", "33", "0", "-3", "3.0", "3,", "three", "3 3", "+3", "0x3", "3e0", "三", "3" * 5_000, "<b>3")


@pytest.mark.parametrize("typed", WRONG, ids=range(len(WRONG)))
def test_a_wrong_count_sends_nothing(office: RunningSandbox, ding: DingTalk, typed: str) -> None:
    form = opened(ding, people(office, 3))
    press_send(form, typed)
    assert form.model.state.failure is not None
    assert form.model.state.failure.what.in_form() in words(form)
    assert "No call was made." in words(form)
    assert "dn-invalid" in form.sending.count._dom_classes
    assert (form.model.run, sends(office)) == (None, 0)
    with pytest.raises(InputError, match="not been sent yet"):
        _ = form.run
    assert_harmless(form)
    press_send(form, "3")
    assert form.run.state in {"running", "finished"}
    form.model.run.wait()


def test_a_press_that_arrives_before_the_last_digit_is_not_lost_silently(
    office: RunningSandbox, ding: DingTalk
) -> None:
    form = opened(ding, people(office, 12))
    press_send(form, "1")
    type_into(form.sending.count, "1")
    type_into(form.sending.count, "13")
    assert "dn-invalid" in form.sending.count._dom_classes
    type_into(form.sending.count, "12")
    assert "The count is correct now. Nothing has been done yet.Press the button to continue." in words(
        form.sending.notice
    )
    assert "dn-invalid" not in form.sending.count._dom_classes
    assert sends(office) == 0
    form.sending.send.click()
    form.model.wait()
    assert "The count is correct now." not in words(form)
    assert form.run.state in {"running", "finished"}
    form.run.wait()


@pytest.mark.parametrize("typed", ["3", " 3 ", "３", "3人", "3 人", "3 people", "03"])
def test_a_correct_count_sends_in_any_notation(office: RunningSandbox, ding: DingTalk, typed: str) -> None:
    form = opened(ding, people(office, 3))
    press_send(form, typed)
    assert form.model.run is not None
    form.model.run.wait()
    assert form.run.state == "finished"
    assert sends(office) == 3
    assert not is_shown(form.sending.box)
    assert not is_shown(form.test.box)


def test_send_pressed_twice_sends_once(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    form = opened(connect_to(office, latency_s=0.3), people(office, 30))
    type_into(form.sending.count, "30")
    with clock.participating():
        form.sending.send.click()
        assert not form.sending.send.disabled
        form.sending.send.click()
        form.model.send()
        form.model.wait()
        form.sending.send.click()
    assert form.model.run is not None
    form.model.run.wait()
    form.sending.send.click()
    form.model.wait()
    assert set(sent_counts(office, clock).values()) == {1}
    assert sends(office) == 30


def at_once(clock: VirtualClock, works: list[Callable[[], Any]]) -> None:
    gate = threading.Barrier(len(works))

    def click(work: Callable[[], Any]) -> None:
        gate.wait()
        with clock.participating():
            work()

    threads = [threading.Thread(target=click, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("shared", ["one form", "two forms of one plan", "two plans", "two kernels"])
def test_two_simultaneous_sends_reach_everybody_once(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, shared: str
) -> None:
    frame, ding = people(office, 40), connect_to(office, latency_s=0.1)
    plan = ding.plan(frame, PERSONAL)
    forms = {
        "one form": lambda: [plan.form()] * 2,
        "two forms of one plan": lambda: [plan.form(), plan.form()],
        "two plans": lambda: [plan.form(), ding.plan(frame, PERSONAL).form()],
        "two kernels": lambda: [plan.form(), connect_to(office, latency_s=0.1).plan(frame, PERSONAL).form()],
    }[shared]()
    for form in forms:
        form.model.wait()
        type_into(form.sending.count, "40")
    at_once(clock, [lambda form=form: form.sending.send.click() for form in forms])
    for form in forms:
        form.model.wait()
        if form.model.run is not None:
            form.model.run.wait()
            assert form.run.state == "finished"
        else:
            assert form.model.state.failure is not None
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


def test_an_unwritable_ledger_is_reported_and_sending_works_afterwards(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(ding, people(office, 5))

    def full() -> None:
        what, hint = "The disk is full.", "Make room."
        raise LedgerError(what, hint)

    with monkeypatch.context() as broken:
        broken.setattr(ding._ledger, "transaction", full)
        press_send(form)
    assert form.model.state.stage == "open"
    assert "The disk is full.Make room." in words(form)
    assert not form.sending.send.disabled
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    assert set(sent_counts(office, clock).values()) == {1}


@pytest.mark.long
def test_a_network_outage_at_the_start_is_reported_and_nothing_is_sent_twice_afterwards(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, outage_patience_s=60)
    frame = people(office, 5)
    form = opened(ding, frame)
    ding.token()
    with clock.participating():
        office.state.faults.add("refuse", for_s=3_600)
        press_send(form)
        assert form.model.run is not None
        form.model.run.wait()
        assert form.run.state == "stopped"
        assert "is unreachable" in words(form)
        assert form.run_form is not None
        assert is_shown(form.run_form.main_button)
        clock.advance(seconds_to_ns(3_600))
        form.run_form.main_button.click()
        form.model.run.wait()
    assert form.run.state == "finished"
    assert "cannot be reached" not in words(form)
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


def test_a_plan_without_recipients_offers_nothing_to_send(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, rejected(3)[1:])
    assert "There is nobody to send to.The check shows the reason for each row." in words(form)
    assert form.sending.send.disabled
    assert not is_shown(form.test.box)
    press_send(form, "0")
    form.test.send_test.click()
    form.model.wait()
    assert sends(office) == 0


def test_live_is_shown_and_requires_the_same_count(office: RunningSandbox, live: DingTalk, clock: VirtualClock) -> None:
    form = opened(live, people(office, 3))
    assert '<span class="dn-mode dn-mode-LIVE">LIVE</span>' in form.head.value
    assert "This is LIVE: messages go to real people." in words(form)
    assert form.sending.send.button_style == "danger"
    for typed in ("", "2"):
        press_send(form, typed)
        assert form.model.run is None
    # A live campaign needs an explicit name.
    assert form.sending.name.value == ""
    press_send(form, "3")
    assert form.model.run is None
    assert form.model.state.failure is not None
    type_into(form.sending.name, "payslip")
    press_send(form, "3")
    assert form.model.run is not None
    form.model.run.wait()
    assert form.run.name == "payslip"
    assert "dn-mode-LIVE" in (form.run_form.head.value if form.run_form else "")
    assert set(sent_counts(office, clock).values()) == {1}


def test_without_a_name_nothing_is_sent_to_the_sandbox_either(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3))
    type_into(form.sending.name, " ")
    press_send(form)
    assert form.model.run is None
    assert sends(office) == 0


def test_an_outdated_plan_is_not_sent(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3))
    form.model.mark_outdated()
    assert "have changed since this check" in words(form)
    assert form.sending.send.disabled
    press_send(form)
    assert (form.model.run, sends(office)) == (None, 0)
    assert form.model.state.failure is not None


def test_an_outdated_plan_stays_unsendable_when_its_start_fails(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(ding, people(office, 3))
    started, edited = threading.Event(), threading.Event()

    def fails(*_: object, **__: object) -> None:
        started.set()
        edited.wait(timeout=10)
        raise InputError("busy")  # noqa: EM101 - made up

    monkeypatch.setattr(form.model.plan, "send", fails)
    type_into(form.sending.count, "3")
    form.sending.send.click()
    assert started.wait(timeout=10)
    form.model.mark_outdated()
    edited.set()
    form.model.wait()
    monkeypatch.undo()
    assert not form.model.can_send
    press_send(form)
    assert form.model.run is None
    assert sends(office) == 0


def test_an_outdated_plan_sends_no_test(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3))
    type_into(form.test.recipient, people(office, 9)["userid"].iloc[8])
    form.model.mark_outdated()
    assert not is_shown(form.test.box)
    form.test.send_test.click()
    form.model.wait()
    assert "have changed since this check" in read(form.test.notice.value).text
    assert sends(office) == 0


def test_a_name_used_meanwhile_is_checked_again_when_refused(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 3)
    form = opened(ding, frame, dingnb.text("other {{ n }}"))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    ding.plan(frame, PERSONAL).send("payslip")
    press_send(form)
    form.model.wait()
    assert form.model.run is None
    assert form.model.state.forecast is not None
    assert form.model.state.forecast.changed == 3
    assert is_shown(form.sending.changed)


def test_exported_problems_say_what_to_do_in_the_form(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = people(office, 2)["userid"]
    frame = pd.DataFrame({"userid": [one, one, other], "n": [1, 2, 3]})
    form = opened(ding, frame, dingnb.text("number {{ n }}"))
    form.problems.export.click()
    form.model.wait()
    [written] = tmp_path.glob("*-problems.xlsx")
    [hint] = pd.read_excel(written)["What to do"].unique()
    assert hint.startswith("Keep one row. Or, to send this person a message for each of them, choose the column")
    assert "key=" not in hint


def test_problems_of_a_frame_with_several_levels_of_labels_are_exported(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"userid": ["a,b", people(office, 1)["userid"].iloc[0]], "n": [1, 2]})
    form = opened(ding, frame.set_axis(pd.MultiIndex.from_tuples([("x", 1), ("y", 2)])))
    form.problems.export.click()
    form.model.wait()
    assert form.model.state.failure is None
    [written] = tmp_path.glob("*-problems.xlsx")
    assert pd.read_excel(written)["Row"].tolist() == ["('x', 1)"]


def test_a_sent_campaign_does_not_warn_about_itself(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 3)
    form = opened(ding, frame)
    assert "about" in words(form)
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    name = form.run.name
    for _ in range(2):
        assert name not in read(form.facts.value).text
        assert "today" not in read(form.facts.value).text
        assert "about" not in read(form.facts.value).text
        form._repr_mimebundle_()
    again = opened(ding, frame)
    assert f"today (campaign {name})" in read(again.warnings.value).text
    assert name in repr(form.model.plan)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_warning_that_depends_on_the_name_is_shown_once_in_a_view(
    office: RunningSandbox, ding: DingTalk, language: Language
) -> None:
    set_language(language)
    frame = people(office, 3)
    plan = ding.plan(frame, PERSONAL)
    plan.send("parking")
    form = opened(ding, frame)
    # It continues that campaign, so nothing is said below the name.
    assert form.sending.name.value == "parking"
    assert read(form.warnings.value).text.count("parking") == 1
    type_into(form.sending.name, "another")
    form.model.wait()
    assert read(form.warnings.value).text == ""
    assert read(form.sending.forecast.value).text.count("parking") == 1
    # On pages of their own, both views say it.
    pages = PlanForm(PlanModel(plan, name="another"), has_pages=True)
    pages.model.wait()
    assert read(pages.warnings.value).text.count("parking") == 1
    assert read(pages.sending.forecast.value).text.count("parking") == 1


def test_several_messages_per_person_are_counted_as_messages(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = pd.concat([people(office, 2), people(office, 2)], ignore_index=True).assign(n=range(4))
    form = ding.plan(frame, PERSONAL, key="n").form()
    form.model.wait()
    seen = read(form.facts.value.replace("<dt>", "\n").replace("<dd>", "=").replace("<small>", " ")).text.splitlines()
    assert {"Messages=4 from 4 rows", "People=2 2 with several messages"} <= set(seen)
    assert "with several" not in words(ding.plan(people(office, 2), PERSONAL, key="n").form())
    assert "4 messages to 2 people" in read(form.head.value).text
    assert form.sending.send.description == "Send 4 messages to 2 people"
    assert form.sending.count.description == "Enter 4 to confirm"
    for typed, what in (
        ("2", "You entered 2, but this plan sends"),
        ("x", "“x” is not a number;"),
        ("", "Enter the number of messages"),
    ):
        press_send(form, typed)
        assert form.model.state.failure is not None
        assert form.model.state.failure.what.in_form().startswith(what)
        assert "4 messages to 2 people." in form.model.state.failure.what.in_form()
    press_send(form, "4 messages")
    assert form.run_form is not None
    form.run_form.model.wait()
    assert "4 messages to 2 people" in read(form.run_form.head.value).text
    assert "Sent: 4 of 4 messages accepted by DingTalk" in words(form.run_form)
    assert sorted(sent_counts(office, clock).values()) == [2, 2]


@pytest.mark.parametrize("shown", ["People", "Calls", "Not sent", "Time"])
def test_no_text_is_shown_twice(office: RunningSandbox, ding: DingTalk, shown: str) -> None:
    form = opened(ding, people(office, 3))
    assert form.facts.value.count(f"<dt>{shown}</dt>") == 1


def test_a_plan_without_recipients_shows_no_duration(ding: DingTalk) -> None:
    form = opened(ding, rejected(3)[1:])
    assert "about" not in read(form.facts.value).text


def test_calls_are_no_longer_to_be_made_once_sent(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3))
    assert "to send; as many again to check results" in words(form.facts)
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    # The studio shows them in a step of its own; below the form's own results they would compete with these.
    assert "3to send everything" in words(form.facts)
    assert "to send everything" not in words(form)
    assert "Check and send" not in words(form)


def test_rejected_rows_are_not_shown_twice_once_there_are_results(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, pd.concat([people(office, 3), rejected(2)], ignore_index=True))
    assert is_shown(form.problems.box)
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    assert "What went wrong" in words(form._run_box)
    assert not is_shown(form.problems.box)


def test_an_outdated_plan_shows_only_that(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, pd.concat([people(office, 3), rejected(2)], ignore_index=True))
    form.model.mark_outdated()
    assert "have changed since this check" in words(form)
    for hidden in (form.facts, form.problems.box, form.test.box, form.sending.box):
        assert not is_shown(hidden)


def test_a_campaign_sent_from_an_older_check_stays_visible(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, pd.concat([people(office, 3), rejected(2)], ignore_index=True))
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    assert is_shown(form.facts)
    form.model.mark_outdated()
    assert not is_shown(form.facts)
    assert "Sent: 4 of 4 people accepted by DingTalk" in words(form)
    assert "have changed" not in words(form)
    assert is_shown(run_button(form.run_form, "refresh"))


def test_an_insufficient_monthly_quota_is_shown_beside_the_button(office: RunningSandbox, connect_to: Connect) -> None:
    few = dataclasses.replace(STANDARD, calls_per_month=5)
    form = opened(connect_to(office, limits=few), people(office, 3))
    short = "Sending and checking results once takes 6 calls, but at most 5 are left this month."
    assert short in read(form.sending.notice.value).text
    assert words(form).count(short) == 1
    # The quota suffices for sending, but not for reading the results.
    assert "Delivery to some people could then not be checked." in words(form)
    assert "sending stops" not in words(form)
    half = opened(connect_to(office, limits=few), people(office, 9))
    notice = read(half.sending.notice.value).text
    assert "After about 5 people, this month's calls are used up, and sending stops until you resume it" in notice
    assert words(half).count("left this month.") == 1
    assert "Some people could then not be sent to." in words(half)
    all_used = opened(connect_to(office, limits=few), people(office, 5))
    assert "left this month. Delivery could then not be checked." in words(all_used)
    enough = opened(connect_to(office, limits=few), people(office, 2))
    assert "left this month" not in words(enough)


def test_columns_that_cost_the_calls_are_named_until_the_text_was_sent_to_some(
    office: RunningSandbox, connect_to: Connect
) -> None:
    frame, ding = people(office, 8), connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=10))
    without = "without n, sending and checking results once takes 2 calls."
    ding.plan(frame[:3], PERSONAL).send("payslip")
    form = opened(ding, frame)
    type_into(form.sending.name, "another")
    form.model.wait()
    assert "takes 16 calls, but at most 7 are left this month" in words(form)
    assert words(form).count(without) == 1
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert "takes 10 calls, but at most 7 are left this month" in words(form)
    assert without not in read(form.sending.notice.value).text


def test_without_calls_left_nothing_is_sent_until_the_next_month(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    form = opened(connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=0)), people(office, 3))
    said = "No calls are left this month: nothing can be sent."
    assert said in read(form.sending.notice.value).text
    assert "After about 0 people" not in words(form)
    assert is_off(form.sending.send)
    press_send(form)
    assert said in read(form.sending.notice.value).text
    assert form.model.run is None
    assert sends(office) == 0

    few = connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=3))
    few.plan(people(office, 3), dingnb.text("first {{ n }}")).send("first")
    form = opened(few, people(office, 3))
    assert is_off(form.sending.send)
    # Nobody is left to send to, so that no calls are needed.
    type_into(form.sending.name, "first")
    clock.advance(seconds_to_ns(31 * 24 * 3_600))
    type_into(form.sending.name, "second")
    form.model.wait()
    press_send(form)
    assert form.model.run is not None


def test_a_file_too_large_for_a_link_is_reported_with_its_folder(
    ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    monkeypatch.setattr(files, "MAX_DATA_URL_BYTES", 100)
    form = opened(ding, rejected(30))
    form.problems.export.click()
    form.model.wait()
    assert f"find it in the folder {tmp_path}." in words(form)
    assert "href" not in form.problems.exported.value


def test_enter_in_the_count_field_only_moves_to_the_button_once_it_is_correct(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, focused = opened(ding, people(office, 3)), watch_focus(monkeypatch)
    type_into(form.sending.count, "30")
    press_enter(form.sending.count)
    clock.advance(seconds_to_ns(1))
    assert "You entered 30, but this plan sends to 3 people." in words(form)
    assert focused == []
    type_into(form.sending.count, "3")
    press_enter(form.sending.count)
    assert focused == [form.sending.send]
    assert form.model.state.failure is None
    form.model.wait()
    assert (form.model.run, sends(office)) == (None, 0)


def test_enter_that_arrives_before_the_last_digit_of_the_count_counts_that_digit(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, focused, said = opened(ding, people(office, 12)), watch_focus(monkeypatch), list[str]()
    form.model.watch(lambda: said.append(words(form)))
    with clock.participating():
        type_into(form.sending.count, "1")
        press_enter(form.sending.count)
        type_into(form.sending.count, "12")
        clock.advance(seconds_to_ns(1))
    assert focused == [form.sending.send]
    assert not any("You entered 1, " in shown for shown in said)
    assert form.model.state.failure is None


def test_enter_in_the_test_recipient_field_only_moves_to_the_button(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, focused = opened(ding, people(office, 3)), watch_focus(monkeypatch)
    type_into(form.test.recipient, people(office, 3)["userid"].iloc[0])
    press_enter(form.test.recipient)
    form.model.wait()
    assert (focused, sends(office)) == ([form.test.send_test], 0)


def test_the_focus_moves_to_the_campaign_once_displayed(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, focused = opened(ding, people(office, 3)), watch_focus(monkeypatch)
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    assert focused == []
    form.run_form.main_button.set_state({"_view_count": 1})
    form.run_form.main_button.set_state({"_view_count": 2})
    assert focused == [run_button(form.run_form, "refresh")]


def test_a_press_counts_where_the_kernel_learns_of_the_display_only_just_before(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = opened(ding, people(office, 3))
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    clock.advance(DEBOUNCE_NS)
    form.run_form.main_button.set_state({"_view_count": 1})
    run_button(form.run_form, "refresh").click()
    form.run_form.model.wait()
    assert form.code.endswith("run.refresh()")


def test_a_newer_panel_of_a_campaign_replaces_the_older_one(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame = people(office, 60)
    form = connect_to(office, latency_s=0.2).compose(frame, PERSONAL)
    with clock.participating():
        older = check(form)
        type_into(older.sending.name, "payslip")
        older.model.wait()
        press_send(older)
        assert older.run_form is not None
        clock.advance(seconds_to_ns(1))
        older.run_form.stop_button.click()
        older.run_form.model.wait()
        write(form, content="other {{ n }}")
        newer = check(form)
        assert "Resume" in words(older)
        assert "stopped manually" in words(newer)
        newer.sending.open.click()
        # It is shown by the older check already.
        assert newer.blocking_form is None
        clock.advance(DEBOUNCE_NS)
        older.run_form.main_button.click()
        older.run_form.model.wait()
        clock.advance(seconds_to_ns(10))
        newer.model.poll()
        newer.model.wait()
        type_into(newer.sending.changed, "skip")
        press_send(newer)
        newer.run.wait()
    assert words(older).strip(" \u200b") == "A newer check below now uses this name."
    assert not any(is_shown(part) for part in (older.head, older._run_box))
    assert "Campaign payslip" in words(newer)
    assert form.run.state == "finished"


def test_a_panel_stays_if_the_next_campaign_has_another_name(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    older = check(form)
    press_send(older)
    older.run.wait()
    write(form, content="other {{ n }}")
    newer = check(form)
    type_into(newer.sending.name, "another")
    newer.model.wait()
    press_send(newer)
    newer.run.wait()
    assert "Campaign number-2026-11-02" in words(older)


def test_the_form_shows_the_number_of_texts_and_who_is_excluded(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 4)
    ding.exclusions.add("left", ["somebody-else"])
    nobody = ding.plan(frame, PERSONAL, exclude="left").form()
    nobody.model.wait()
    assert "Nobody on exclusion list 'left' is in this plan." in words(nobody)
    assert "0 rows" not in words(nobody)
    assert "dn-notice-warn" not in nobody.facts.value
    form = ding.plan(frame, PERSONAL, exclude=frame["userid"].tolist()[:1]).form()
    form.model.wait()
    facts = read(form.facts.value).text
    assert "3 different versions" in facts
    assert "batch" not in facts
    assert "Not sent1excluded: 1 row" in facts
    assert "Of these" not in facts


@pytest.mark.usefixtures("in_chinese")
def test_one_text_for_everybody_is_not_counted(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.plan(people(office, 4), dingnb.text("Hello")).form()
    form.model.wait()
    assert "内容所有人相同" in read(form.facts.value).text


def test_a_corrected_cell_is_no_warning(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": [f" {people(office, 1)['userid'][0]} "]})
    form = ding.plan(frame, dingnb.text("Hi")).form()
    [shown] = [one.value for one in walk(form) if isinstance(one, widgets.HTML) and "was read as" in one.value]
    assert "dn-notice-warn" not in shown
