"""Names in the studio: matched with the directory, never guessed, settled by the user, and remembered."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox
from dingnb.ui.studio.form import StudioForm
from dingnb.words import set_language
from tests.ui.languages import chinese, english
from tests.ui.steps import (
    HOSTILE,
    assert_harmless,
    is_off,
    is_shown,
    press_send,
    read,
    sent_counts,
    type_into,
    upload,
    walk,
    watch_focus,
    words,
)

Opener = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]


@pytest.fixture
def office(open_sandbox: Opener, bare_environment: None) -> RunningSandbox:
    """Give an organisation in which two people are called 张伟, and one 李一心."""
    del bare_environment
    sandbox = open_sandbox()
    staff = [person.userid for person in sandbox.state.organisation.staff()]
    rows = (("张伟", 50, "出纳"), ("张伟", 10, "工程师"), ("李一心", 50, "会计"))
    for userid, (name, department, title) in zip(staff[20:], rows, strict=False):
        sandbox.state.change_person(userid, {"name": name, "department_ids": [department], "title": title})
    return sandbox


@pytest.fixture
def wanted(ding: DingTalk) -> dict[str, str]:
    """Give the userids of those people, by name and title."""
    people = ding.people(everybody=True)
    named = people[people["name"].isin(["张伟", "李一心"])]
    return {f"{row.name} {row.title}": row.userid for row in named.itertuples()}


STAFF = pd.DataFrame(
    {"姓名": ["张伟", "张伟", "李一心", "欧阳不在"], "部门": ["财务部", None, None, "财务部"], "net": [1, 2, 3, 4]}
)


def press(form: StudioForm, button: widgets.Button) -> None:
    button.click()
    form.model.wait()


def found(ding: DingTalk, staff: pd.DataFrame = STAFF, name: str = "") -> StudioForm:
    form = ding.studio(staff)
    type_into(form.names.panel.list_name, name)
    press(form, form.names.panel.find)
    assert form.model.names.state.failure is None
    return form


def choose(form: StudioForm, userid: str) -> None:
    row = form.model.names.shown_row()
    press(form, form.names.panel.queue.cards[row, userid].choose)


def leave_out(form: StudioForm) -> None:
    [button] = form.names.panel.queue.leave_out.values()
    press(form, button)


def test_the_outcome_is_shown_beside_the_button_that_was_pressed(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    panel = form.names.panel
    assert words(panel.age).startswith("1 matched · 3 unclear · compared with")
    choose(form, wanted["张伟 出纳"])
    assert words(panel.age).startswith("2 matched · 2 unclear · compared with")


def test_the_button_that_uses_the_list_is_in_the_footer_with_what_is_unclear(
    ding: DingTalk, wanted: dict[str, str]
) -> None:
    form = ding.studio(STAFF)
    type_into(form.names.panel.list_name, "")
    assert "Use this list" not in words(form.footer)
    press(form, form.names.panel.find)
    assert words(form.footer).startswith("Use this list (1 row matched) 3 unclear")
    choose(form, wanted["张伟 出纳"])
    assert words(form.footer).startswith("Use this list (2 rows matched) 2 unclear")
    press(form, form.names.panel.use)
    assert "Use this list" not in words(form.footer)
    assert form.next.button_style == "primary"


def test_a_date_of_the_list_is_shown_without_a_time(ding: DingTalk) -> None:
    form = found(ding, STAFF.assign(入职=pd.Timestamp("2026-11-02"), 上班=pd.Timestamp("2026-11-02 09:00")))
    assert "入职2026-11-02上班2026-11-02 09:00:00" in words(form)


def test_columns_without_a_text_as_label_take_no_place_in_a_row(ding: DingTalk) -> None:
    form = found(ding, pd.DataFrame({"姓名": STAFF["姓名"], **dict.fromkeys(range(9), "x"), "工位": "A-17"}))
    assert "工位A-17" in words(form)


def test_columns_of_the_list_may_have_the_same_name(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding, STAFF.assign(a="early", b="late").set_axis([*STAFF.columns, "班次", "班次"], axis=1))
    assert "班次early班次late" in words(form)
    choose(form, wanted["张伟 出纳"])
    assert words(form.names.panel.age).startswith("2 matched · 2 unclear")


def cards(form: StudioForm) -> list[str]:
    """Return the candidates as they are shown."""
    return [read(card.facts.value).text for card in form.names.panel.queue.cards.values()]


def choices(form: StudioForm) -> list[str]:
    """Return the rows with a choice as they are shown."""
    return [read(row.cells.value).text for row in form.names.panel.choices.rows.values()]


def run_code(form: StudioForm, ding: DingTalk, **names: object) -> pd.DataFrame:
    """Run the code that the form shows, up to the message, and return the recipients."""
    press(form, form.next)
    for path in ("title", "text"):
        type_into(form.compose.field(path).input, "Hi")
    form.model.wait()
    code = form.code.partition("message = ")[0]
    space = {"ding": ding, "dingnb": dingnb, **names}
    exec("\n".join(line for line in code.splitlines() if "connect" not in line and not line.startswith("#")), space)  # noqa: S102 - as a notebook does
    frame = space["staff"]
    assert isinstance(frame, pd.DataFrame)
    return frame


def assert_same(frame: pd.DataFrame, of_form: pd.DataFrame) -> None:
    """Compare the list that code matched with that of the form, whose reasons speak of no code."""
    assert_frame_equal(frame.drop(columns="reason"), of_form.drop(columns="reason"))


def test_a_list_of_names_offers_the_search_and_guesses_its_columns(ding: DingTalk) -> None:
    form = ding.studio(STAFF)
    assert is_shown(form.names.panel.box)
    columns = form.names.panel.columns
    assert [columns[kind].label for kind in ("name", "department", "job_number")] == ["姓名", "部门", "—"]
    assert not is_shown(form.names.panel.columns["userid"])
    type_into(form.names.panel.columns["name"], -1)
    press(form, form.names.panel.find)
    assert "a department alone is not enough" in words(form)
    upload(form.upload.file, "staff.csv", b"userid,name\nmanager01,Li\n")
    form.model.wait()
    assert not is_shown(form.names.panel.box)
    press(form, form.names.toggle)
    assert is_shown(form.names.panel.columns["userid"])
    assert form.names.panel.columns["userid"].label == "userid"


def test_phone_numbers_that_are_no_longer_evidence_can_be_chosen_again(ding: DingTalk) -> None:
    form = ding.studio(STAFF.assign(手机号="13800000001"))
    press(form, form.names.toggle)
    mobile = form.names.panel.columns["mobile"]
    assert mobile.label == "手机号"
    type_into(mobile, -1)
    assert is_shown(mobile)
    type_into(mobile, 3)
    assert mobile.label == "手机号"


def test_the_search_by_name_closes_once_a_column_identifies_people_and_can_be_opened(ding: DingTalk) -> None:
    form = ding.studio(STAFF.assign(工号="manager01"))
    userid, panel = form.compose.recipients.userid, form.names.panel
    assert is_shown(panel.box)
    type_into(userid, 3)
    assert userid.label == "工号"
    assert not is_shown(panel.box)
    assert form.names.toggle.description == "Find people by name"
    assert form.next.button_style == "primary"
    press(form, form.names.toggle)
    assert is_shown(panel.box)
    press(form, form.names.toggle)
    type_into(userid, -1)
    assert not is_shown(panel.box)


def test_people_who_were_found_stay_in_view_when_a_column_is_chosen(ding: DingTalk) -> None:
    form = found(ding, STAFF.assign(工号="manager01"))
    type_into(form.compose.recipients.userid, 3)
    assert is_shown(form.names.panel.use)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_person_who_is_twice_in_the_list_is_not_called_contradictory(ding: DingTalk, language: str) -> None:
    dingnb.set_language(language)
    names = ding.people(everybody=True)["name"].value_counts()
    form = ding.studio(pd.DataFrame({"姓名": [names.loc[names == 1].index[0]] * 2, "金额": [1, 2]}))
    type_into(form.names.panel.accept, value=True)
    press(form, form.names.panel.find)
    shown = words(form)
    repeated, conflict, todo = {
        "en": ("several times in the list", "contradictory", "If it is one person, choose that person for each"),
        "zh": ("名单中重复出现", "信息矛盾", "如确为同一人，请为这些行逐一选定；多余的行请排除。"),
    }[language]
    assert f"{repeated}2{conflict}0" in shown
    assert repeated in words(form.names.panel.queue.heading)
    assert todo in shown
    assert "accept=" not in shown


def test_nothing_is_chosen_before_the_user_chooses(
    ding: DingTalk, office: RunningSandbox, clock: VirtualClock, wanted: dict[str, str]
) -> None:
    form = found(ding)
    assert "matched1several candidates1contradictory0name only1not found1" in words(form)
    # The reason does not repeat the candidates beside it.
    assert "2 people have this name. Choose the one who is meant." in words(form)
    assert "Candidates:" not in words(form)
    assert form.names.panel.use.description == "Use this list (1 row matched)"
    assert len(cards(form)) == 2
    assert any("财务部" in card and "出纳" in card for card in cards(form))
    assert any("研发中心" in card and "工程师" in card for card in cards(form))
    person = office.state.organisation.by_userid(wanted["张伟 工程师"])
    assert person is not None
    assert not any(str(person.mobile) in html.value for html in walk(form.names.box) if isinstance(html, widgets.HTML))
    choose(form, wanted["张伟 工程师"])
    # Next in the queue: the name only.
    assert "Only the name matches" in words(form)
    assert "accept=" not in words(form)
    choose(form, wanted["李一心 会计"])
    assert "No candidates." in words(form)
    assert cards(form) == []
    leave_out(form)
    assert "No row is unclear." in words(form)
    press(form, form.names.panel.use)
    frame = form.frame
    assert frame["userid"].tolist() == [wanted["张伟 出纳"], wanted["张伟 工程师"], wanted["李一心 会计"]]
    assert frame["match"].tolist() == ["name and department", "chosen", "chosen"]
    listed = read(form.list_preview.value).text
    assert "The list after finding people by name: 3 of the 4 rows read" in listed
    assert "You left out 1 row." in listed
    assert not is_shown(form.names.panel.box)
    assert_same(run_code(form, ding, staff=STAFF), frame)
    press(form, form.next)
    press(form, form.next)
    press_send(form.compose.plan_form)
    form.run.wait()
    assert sent_counts(office, clock) == dict.fromkeys(wanted.values(), 1)


def test_the_code_matches_and_chooses_the_same(
    ding: DingTalk, namespace: dict[str, object], wanted: dict[str, str]
) -> None:
    namespace["payroll"] = STAFF
    form = found(ding, STAFF, "may")
    choose(form, wanted["张伟 工程师"])
    press(form, form.names.panel.queue.later)
    leave_out(form)
    press(form, form.names.panel.use)
    frame = form.frame
    assert_same(run_code(form, ding, payroll=STAFF), frame)
    expected = (
        'staff = ding.match(payroll, by=["name", "department"])',
        f'staff = ding.choose(staff, {{1: "{wanted["张伟 工程师"]}", 3: "left out"}}, name="may")',
        'staff = staff[staff["match"] != "left out"]',
    )
    assert "\n".join(expected) in form.code


@pytest.mark.parametrize(
    "index",
    [
        pd.MultiIndex.from_arrays([["a", "a", "b", "b"], [1, 2, 1, 2]]),
        pd.date_range("2026-11-02", periods=4, freq="90min", tz="Asia/Shanghai"),
    ],
)
def test_the_code_names_rows_by_labels_that_are_no_literals(
    ding: DingTalk, wanted: dict[str, str], index: pd.Index
) -> None:
    staff = STAFF.set_axis(index)
    form = found(ding, staff)
    choose(form, wanted["张伟 工程师"])
    press(form, form.names.panel.use)
    assert_same(run_code(form, ding, staff=staff), form.frame)


def test_a_file_is_read_matched_and_sent_to_those_who_were_found(
    ding: DingTalk, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    content = STAFF.to_csv(index=False)
    with open("payroll.csv", "w", encoding="utf-8") as file:  # noqa: PTH123 - in the working directory
        file.write(content)
    form = ding.studio()
    form.model.go("recipients")
    upload(form.upload.file, "payroll.csv", content.encode())
    form.model.wait()
    assert form.names.panel.list_name.value == "payroll.csv"
    press(form, form.names.panel.find)
    choose(form, wanted["张伟 工程师"])
    press(form, form.names.panel.queue.later)
    leave_out(form)
    press(form, form.names.panel.use)
    frame = form.frame
    assert frame["userid"].notna().tolist() == [True, True, False]
    assert "Not matched, kept in the list, but not sent: 1 row." in words(form)
    # In the form, rows are called by the lines of the file; in code from 0.
    assert frame.index.tolist() == [2, 3, 4]
    assert_same(run_code(form, ding), frame.set_axis([0, 1, 2]))
    press(form, form.next)
    plan = form.compose.plan_form.model.plan
    assert (plan.people, plan.rejected) == (2, 1)


def test_names_alone_are_accepted_by_an_explicit_choice(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    assert not form.names.panel.accept.value
    assert "the message would go to the wrong one" in words(form)
    type_into(form.names.panel.accept, value=True)
    form.model.wait()
    assert form.names.panel.use.description == "Use this list (2 rows matched)"
    press(form, form.names.panel.use)
    assert form.frame["userid"].fillna("").tolist() == [wanted["张伟 出纳"], "", wanted["李一心 会计"], ""]
    assert_same(run_code(form, ding, staff=STAFF), form.frame)
    assert 'accept="name"' in form.code


def test_a_name_that_is_only_similar_is_not_counted_as_acceptable_and_stays_counted_as_unclear(ding: DingTalk) -> None:
    names = ding.people(everybody=True)["name"]
    first, second = names[~names.duplicated(keep=False)].iloc[:2]
    form = found(ding, pd.DataFrame({"姓名": [first, f"{second}（外包）"]}))
    assert "name only2" in words(form)
    assert form.names.panel.accept.description == "Accept matches by name alone (1 row)"
    type_into(form.names.panel.accept, value=True)
    form.model.wait()
    assert form.names.panel.accept.description == "Accept matches by name alone (1 row)"
    assert "matched1" in words(form)
    assert "name only1" in words(form)


def test_choices_are_remembered_for_the_list_shown_and_removed(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding, STAFF, "payroll")
    choose(form, wanted["张伟 工程师"])
    press(form, form.names.panel.use)
    again = found(ding, STAFF, "payroll")
    assert again.names.panel.use.description == "Use this list (2 rows matched)"
    assert "Your choices: 1 row" in words(again)
    assert "Chosen by you on 2026-11-02" in words(again)
    assert found(ding, STAFF, "other").names.panel.use.description == "Use this list (1 row matched)"
    [row] = again.names.panel.choices.rows.values()
    press(again, row.remove)
    assert again.names.panel.use.description == "Use this list (1 row matched)"
    assert len(again.names.panel.queue.cards) == 2
    assert found(ding, STAFF, "payroll").names.panel.use.description == "Use this list (1 row matched)"


@pytest.mark.parametrize("is_left_out", [False, True])
def test_a_new_choice_is_preferred_to_that_remembered_under_a_name_entered_afterwards(
    ding: DingTalk, wanted: dict[str, str], *, is_left_out: bool
) -> None:
    before = found(ding, STAFF, "payroll")
    if is_left_out:
        leave_out(before)
    else:
        choose(before, wanted["张伟 出纳"])
    choose(before, wanted["李一心 会计"])
    press(before, before.names.panel.use)
    form = found(ding, STAFF)
    choose(form, wanted["张伟 工程师"])
    type_into(form.names.panel.list_name, "payroll")
    form.model.wait()
    assert len(choices(form)) == 2
    assert "left out1" not in words(form)
    assert form.names.panel.use.description == "Use this list (3 rows matched)"
    press(form, form.names.panel.use)
    people = [wanted[name] for name in ("张伟 出纳", "张伟 工程师", "李一心 会计")]
    assert form.frame["userid"].dropna().tolist() == people
    assert_same(run_code(form, ding, staff=STAFF), form.frame)


def test_choices_are_kept_when_names_alone_are_accepted(ding: DingTalk, wanted: dict[str, str]) -> None:
    staff = STAFF.iloc[[2]]
    for accepts_first in (False, True):
        form = found(ding, staff, f"list {accepts_first}")
        leave_out(form)
        if accepts_first:
            press(form, form.names.panel.use)
            assert "No row is matched yet." in words(form)
        type_into(form.names.panel.accept, value=True)
        form.model.wait()
        assert is_off(form.names.panel.use)
        assert "matched0" in words(form)
        assert "left out1" in words(form)
        [row] = form.names.panel.choices.rows.values()
        press(form, row.remove)
        assert form.names.panel.use.description == "Use this list (1 row matched)"
    form = found(ding, staff)
    type_into(form.names.panel.queue.search, "张伟")
    choose(form, wanted["张伟 工程师"])
    type_into(form.names.panel.accept, value=True)
    form.model.wait()
    press(form, form.names.panel.use)
    assert form.frame["userid"].tolist() == [wanted["张伟 工程师"]]
    assert_same(run_code(form, ding, staff=staff), form.frame)


def test_namesakes_are_settled_once_even_if_another_column_is_searched(ding: DingTalk, wanted: dict[str, str]) -> None:
    for name in ("", "list"):
        form = found(ding, name=name)
        choose(form, wanted["张伟 工程师"])
        if name:
            # The choices are stored, and not new ones of this form.
            press(form, form.names.panel.use)
            form = found(ding, name=name)
        model = form.model.names
        assert 1 not in model.queue()
        type_into(form.names.panel.columns["department"], -1)
        press(form, form.names.panel.find)
        # Without departments, the first row is no longer clear.
        assert 0 in model.queue()
        assert model.state.choices == {1: wanted["张伟 工程师"]}
        choose(form, wanted["张伟 工程师"])
        type_into(form.names.panel.columns["department"], 1)
        press(form, form.names.panel.find)
        # The evidence found since is preferred to a choice without it.
        assert 0 not in model.queue()
        press(form, form.names.panel.use)
        assert form.frame["userid"].tolist()[:2] == [wanted["张伟 出纳"], wanted["张伟 工程师"]]
    # Other names are other people.
    form = found(ding, STAFF.assign(领导="李一心"))
    choose(form, wanted["张伟 工程师"])
    type_into(form.names.panel.columns["name"], 3)
    assert form.model.names.state.choices == {}


def test_a_choice_that_another_column_excludes_has_to_be_made_again(ding: DingTalk, wanted: dict[str, str]) -> None:
    departments = ["市场部", None, None, "财务部"]
    form = found(ding, STAFF.assign(部门=departments))
    model = form.model.names
    type_into(form.names.panel.columns["department"], -1)
    press(form, form.names.panel.find)
    for _ in range(2):
        choose(form, wanted["张伟 工程师"])
    assert set(model.state.choices) == {0, 1}
    type_into(form.names.panel.columns["department"], 1)
    press(form, form.names.panel.find)
    # There is nobody of this name in the department of the first row; the second row has none.
    assert 0 in model.queue()
    assert model.state.choices == {1: wanted["张伟 工程师"]}


def test_a_row_left_out_stays_so_for_the_list(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding, STAFF.iloc[:3], "payroll")
    choose(form, wanted["张伟 工程师"])
    leave_out(form)
    press(form, form.names.panel.use)
    press(form, form.names.toggle)
    press(form, form.names.panel.find)
    assert "left out1" in words(form)
    assert len(choices(form)) == 2
    again = found(ding, STAFF.iloc[:3], "payroll")
    assert "No row is unclear." in words(again)
    assert "Left out by you on 2026-11-02." in words(again)
    type_into(again.names.panel.accept, value=True)
    again.model.wait()
    assert not is_shown(again.names.panel.queue.columns)
    assert "left out1" in words(again)
    press(again, again.names.panel.use)
    assert again.frame["userid"].tolist() == [wanted["张伟 出纳"], wanted["张伟 工程师"]]
    assert_same(run_code(again, ding, staff=STAFF.iloc[:3]), again.frame)
    third = found(ding, STAFF.iloc[:3], "payroll")
    rows = third.names.panel.choices.rows.values()
    press(third, next(row.remove for row in rows if "Left out" in read(row.cells.value).text))
    assert "name only1" in words(third)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_that_was_matched_is_shown_without_code(ding: DingTalk, language: str) -> None:
    set_language(language)
    form = ding.studio()
    form.model.go("recipients")
    lines = ("姓名,部门", "张伟,财务部", "张伟,", "李一心,", "李一心,", "欧阳不在,财务部", ",财务部")
    upload(form.upload.file, "staff.csv", "\n".join(lines).encode())
    form.model.wait()
    type_into(form.names.panel.accept, value=True)
    form.model.wait()
    press(form, form.names.panel.use)
    listed = read(form.list_preview.value).text
    assert "accept=" not in listed
    shown = {
        "en": ("match", "reason", "name and department", "several candidates", "several times in the list"),
        "zh": ("匹配结果", "匹配说明", "姓名和部门", "多个候选人", "名单中重复出现"),
    }[language]
    shown += ({"en": "not found", "zh": "未找到"}[language],)
    for text in shown:
        assert text in listed
    press(form, form.next)
    chips = [chip.description for chip in form.compose.tools.chips.values()]
    assert chips == ["姓名", "部门", "userid"]
    choices = [title for title, _ in form.compose.recipients.key.options][1:]
    assert choices == chips
    for path in ("title", "text"):
        type_into(form.compose.field(path).input, "Hi {{ name }}")
    press(form, form.next)
    assert "accept=" not in words(form)


def test_a_value_that_is_missing_is_named_as_in_the_file(ding: DingTalk, wanted: dict[str, str]) -> None:
    userid = wanted["李一心 会计"]
    form = ding.studio()
    form.model.go("recipients")
    upload(form.upload.file, "staff.csv", f"userid,姓名\n{userid},\n{userid}2,Li\n".encode())
    form.model.wait()
    press(form, form.next)
    for path in ("title", "text"):
        type_into(form.compose.field(path).input, "Hi {{ name }}")
    form.compose.model.show_row(0)
    form.model.wait()
    assert "The column '姓名' is empty" in words(form)
    press(form, form.next)
    assert "The column '姓名' is empty" in words(form)
    assert "'name'" not in words(form)


def test_a_new_choice_is_taken_back(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    choose(form, wanted["张伟 出纳"])
    assert choices(form) == [f"Row1In the list张伟Your choice张伟 · {wanted['张伟 出纳']} · 示例集团/财务部"]
    [row] = form.names.panel.choices.rows.values()
    press(form, row.remove)
    assert len(form.names.panel.queue.cards) == 2
    assert not is_shown(form.names.panel.choices.box)


def test_a_choice_taken_back_after_the_list_was_used_is_not_made_again(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding, STAFF, "payroll")
    choose(form, wanted["张伟 工程师"])
    leave_out(form)
    press(form, form.names.panel.use)
    assert form.frame["userid"].dropna().tolist() == [wanted["张伟 出纳"], wanted["张伟 工程师"]]
    press(form, form.names.toggle)
    press(form, form.names.panel.choices.rows[1].remove)
    press(form, form.names.panel.use)
    assert form.frame["userid"].dropna().tolist() == [wanted["张伟 出纳"]]
    assert_same(run_code(form, ding, staff=STAFF), form.frame)


def test_a_list_taken_while_a_choice_is_forgotten_is_not_replaced_by_the_former_matches(
    ding: DingTalk, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = found(ding, STAFF, "payroll")
    choose(first, wanted["张伟 出纳"])
    press(first, first.names.panel.use)
    form = found(ding, STAFF, "payroll")
    [row] = form.names.panel.choices.rows.values()
    choose_people = type(ding).choose

    def upload_and_choose(ding: DingTalk, *arguments: Any, **options: Any) -> pd.DataFrame:
        form.model.upload.load("other.csv", "姓名\n李一心\n".encode())
        form.model.upload.wait()
        return choose_people(ding, *arguments, **options)

    monkeypatch.setattr(type(ding), "choose", upload_and_choose)
    press(form, row.remove)
    assert len(form.frame) == 1
    assert form.model.names.state.result is None


def test_a_list_with_people_is_no_longer_said_to_lack_their_columns(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = ding.studio()
    form.model.go("recipients")
    upload(form.upload.file, "staff.csv", "姓名,部门\n李一心,财务部\n".encode())
    form.model.wait()
    assert "or find people by name" in words(form)
    press(form, form.names.panel.find)
    press(form, form.names.panel.use)
    assert form.frame["userid"].tolist() == [wanted["李一心 会计"]]
    assert "No column is named userid" not in words(form)


def test_a_refused_step_is_explained_once_until_people_are_searched(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = ding.studio()
    form.model.go("recipients")
    upload(form.upload.file, "staff.csv", "姓名\n李一心\n".encode())
    form.model.wait()
    assert "No column is named userid" in words(form)
    press(form, form.next)
    refused = read(form.notice.value).text
    assert "Choose the recipient column." in refused
    assert "If the list has only names, find people by name below." in refused
    assert "No column is named userid" not in words(form)
    press(form, form.names.panel.find)
    assert read(form.notice.value).text == ""
    choose(form, wanted["李一心 会计"])
    press(form, form.next)
    assert "These people are not the recipients yet." in read(form.notice.value).text


def test_the_figures_follow_the_choices_and_add_up_to_all_rows(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    assert "matched1several candidates1contradictory0name only1not found1" in words(form)
    assert "Accept matches by name alone (1 row)" in words(form)
    choose(form, wanted["张伟 出纳"])
    choose(form, wanted["李一心 会计"])
    assert "matched3several candidates0contradictory0name only0not found1" in words(form)
    assert not is_shown(form.names.panel.accept)
    leave_out(form)
    assert "matched3several candidates0contradictory0name only0not found0left out1" in words(form)
    assert "Row3In the list欧阳不在 财务部Your choiceleft out" in choices(form)


def test_a_second_press_settles_no_other_row(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    row = form.model.names.shown_row()
    card = form.names.panel.queue.cards[row, wanted["张伟 出纳"]]
    [out] = form.names.panel.queue.leave_out.values()
    for button in (out, out, card.choose, card.choose):
        press(form, button)
    assert dict(form.model.names.state.choices) == {row: wanted["张伟 出纳"]}


def test_the_focus_stays_where_nothing_is_chosen_by_it(
    ding: DingTalk, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = found(ding)
    focused = watch_focus(monkeypatch)
    choose(form, wanted["张伟 出纳"])
    press(form, form.names.panel.use)
    assert focused == [form.names.panel.queue.later, form.names.toggle]


def test_the_focus_is_not_lost_where_a_choice_is_removed(
    ding: DingTalk, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = found(ding, STAFF.iloc[[1]], name="bonus")
    choose(form, wanted["张伟 出纳"])
    focused = watch_focus(monkeypatch)
    [choice] = form.names.panel.choices.rows.values()
    press(form, choice.remove)
    choose(form, wanted["张伟 出纳"])
    press(form, form.names.panel.use)
    # After the last unclear row, the buttons of the rows are hidden.
    assert focused == [form.names.panel.queue.later, form.names.panel.use, form.names.toggle]
    focused.clear()
    again = found(ding, STAFF.iloc[[1]], name="bonus")
    [choice] = again.names.panel.choices.rows.values()
    press(again, choice.remove)
    assert focused == [again.names.toggle]
    assert again.model.names.queue() == [0]


def test_rows_of_joined_lists_which_share_labels_are_settled_one_by_one(
    ding: DingTalk, namespace: dict[str, object], wanted: dict[str, str]
) -> None:
    staff = pd.concat([STAFF.iloc[[2]].assign(部门="财务部"), STAFF.iloc[[0, 1]].set_axis(["x", "x"]), STAFF.iloc[[2]]])
    namespace["payroll"] = staff
    form = found(ding, staff, name="may")
    choose(form, wanted["张伟 工程师"])
    leave_out(form)
    press(form, form.names.panel.use)
    frame = form.frame
    assert frame["userid"].tolist() == [wanted[person] for person in ("李一心 会计", "张伟 出纳", "张伟 工程师")]
    assert_same(run_code(form, ding, payroll=staff), frame)
    assert "ding.match(payroll.reset_index(drop=True)" in form.code
    again = found(ding, staff, name="may")
    [first, _] = again.names.panel.choices.rows.values()
    press(again, first.remove)
    assert len(again.model.names.queue()) == 1


def test_another_list_begins_anew(ding: DingTalk) -> None:
    form = found(ding)
    type_into(form.names.panel.accept, value=True)
    form.model.wait()
    upload(form.upload.file, "staff.csv", "姓名\n李一心\n".encode())
    form.model.wait()
    assert form.model.names.state.result is None
    assert not form.names.panel.accept.value
    assert form.names.panel.columns["name"].label == "姓名"
    assert form.names.panel.list_name.value == "staff.csv"


def test_somebody_else_is_searched_for(ding: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    for _ in range(2):
        press(form, form.names.panel.queue.later)
    assert is_off(form.names.panel.queue.later)
    assert form.names.panel.queue.later.tooltip == "This is the last unclear row."
    type_into(form.names.panel.queue.search, "no such")
    assert "No one in the directory matches “no such”." in words(form)
    type_into(form.names.panel.queue.search, "李一心")
    choose(form, wanted["李一心 会计"])
    assert form.names.panel.queue.search.value == ""
    press(form, form.names.panel.use)
    assert form.frame["userid"].iloc[3] == wanted["李一心 会计"]
    assert "The row alone would not suggest this person." in form.frame["reason"].iloc[3]


def test_another_app_gets_the_list_as_it_was_before(ding: DingTalk, live: DingTalk, wanted: dict[str, str]) -> None:
    form = found(ding)
    choose(form, wanted["张伟 出纳"])
    press(form, form.names.panel.use)
    press(form, form.next)
    type_into(form.compose.msgtype, "file")
    upload(form.files.file, "a.pdf", b"%PDF-1.7 ")
    form.model.files.wait()
    other = StudioForm(form.model.with_app(live))
    assert_frame_equal(other.frame, STAFF)
    assert is_shown(other.names.panel.box)
    assert "The uploaded files belonged to people of the other app" in words(other)


def test_what_cannot_be_used_is_said(ding: DingTalk, open_sandbox: Opener, connect_to: Connect) -> None:
    form = ding.studio(STAFF.iloc[3:])
    press(form, form.names.panel.find)
    press(form, form.names.panel.use)
    assert "No row is matched yet." in words(form)
    refused = connect_to(open_sandbox(missing_permissions="qyapi_get_department_list")).studio(STAFF)
    press(refused, refused.names.panel.find)
    assert "qyapi_get_department_list" in words(refused)
    taken = ding.studio(STAFF.assign(reason="x"))
    press(taken, taken.names.panel.find)
    assert "already has columns that matching adds: reason" in words(taken)
    assert 'frame.drop(columns=["reason"])' in words(taken)


def test_hostile_people_are_letters(ding: DingTalk, office: RunningSandbox, wanted: dict[str, str]) -> None:
    for title in ("张伟 出纳", "张伟 工程师"):
        office.state.change_person(wanted[title], {"name": HOSTILE[0], "title": HOSTILE[2]})
    form = ding.studio(pd.DataFrame({"姓名": [HOSTILE[0]]}))
    type_into(form.names.panel.list_name, "")
    form.model.names.find(refresh=True)
    form.model.wait()
    assert len(form.names.panel.queue.cards) == 2
    assert_harmless(form)
    choose(form, wanted["张伟 出纳"])
    assert_harmless(form)


def test_hostile_rows_are_letters(ding: DingTalk) -> None:
    names = [name for name in HOSTILE if name.isprintable()]
    form = found(ding, pd.DataFrame({"name": names, "部门": names}))
    for _ in names:
        assert_harmless(form)
        leave_out(form)
    assert_harmless(form)


def test_a_saved_page_has_no_candidates_once_the_search_is_closed(ding: DingTalk) -> None:
    form = found(ding)
    shown = [card.choose.description for card in form.names.panel.queue.cards.values()]
    assert shown
    press(form, form.names.toggle)
    saved = str([widget.get_state() for widget in walk(form.names.box)])
    assert not [name for name in shown if name in saved]


def test_a_saved_page_has_no_searched_name_once_the_search_is_closed_and_shows_it_again(ding: DingTalk) -> None:
    form = found(ding, STAFF.iloc[3:])
    type_into(form.names.panel.queue.search, "赵六六")
    assert "赵六六" in words(form.names.panel.queue.no_candidates)
    press(form, form.names.toggle)
    assert "赵六六" not in str([widget.get_state() for widget in walk(form.names.box)])
    press(form, form.names.toggle)
    assert form.names.panel.queue.search.value == "赵六六"
    assert "赵六六" in words(form.names.panel.queue.no_candidates)


def test_matching_is_in_both_languages(ding: DingTalk, wanted: dict[str, str], in_chinese: None) -> None:
    del in_chinese
    form = found(ding, STAFF, "list")
    choose(form, wanted["张伟 出纳"])
    assert english("names_form.", "match.")(form) == []
    dingnb.set_language("en")
    form.render()
    said = " ".join(chinese(form))
    assert "候选" not in said
    assert "通讯录" not in said


def test_people_that_were_found_are_not_recipients_before_they_are_used(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = found(ding, STAFF, "payroll")
    focused = watch_focus(monkeypatch)
    for way in (form.next, form.steps["check"]):
        press(form, way)
        assert focused[-1] is form.names.panel.use
    assert form.model.state.step == "recipients"
    button = form.names.panel.use.description
    assert f"not the recipients yet.Click “{button}”." in read(form.notice.value).text
    press(form, form.names.panel.use)
    assert read(form.notice.value).text == ""
