"""Rows of an uploaded file are identified by line number throughout the studio and in its exports."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from dingnb.ui.studio.form import StudioForm
from dingnb.words import set_language
from tests.ui.results_steps import export
from tests.ui.steps import people, press_send, read, type_into, upload, words
from tests.ui.test_studio import press, wait, write

Connect = Callable[..., DingTalk]


@pytest.fixture
def form(office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudioForm:
    """Return a studio with a list whose lines 3 and 5 are empty, and whose line 6 has an unknown person."""
    monkeypatch.chdir(tmp_path)
    first, second = people(office, 2)["userid"]
    form = ding.studio()
    press(form, form.home.new)
    upload(form.upload.file, "staff.csv", f"userid,姓名\n{first},李雷\n\n{second},韩梅梅\n\n,小明\n".encode())
    wait(form)
    return form


def checked(form: StudioForm) -> StudioForm:
    for _ in range(2):
        press(form, form.next)
        if form.model.state.step == "message":
            write(form, "Lines of a file", "Hi {{ name }}")
    form.compose.plan_form.model.wait()
    return form


def test_the_first_rows_are_shown_with_their_line_numbers(form: StudioForm) -> None:
    said = read(form.list_preview.value).text
    assert "File line" in said
    assert form.frame.index.tolist() == [2, 4, 6]


def test_the_preview_shows_the_line_number_or_the_next_existing_one(form: StudioForm) -> None:
    press(form, form.next)
    preview = form.compose.preview
    assert (preview.number.min, preview.number.max, preview.number.value) == (2, 6, 2)
    type_into(preview.number, 4)
    assert read(preview.row_facts.value).text.startswith("Line 4 of the file (from 2 to 6) · 韩梅梅")
    type_into(preview.number, 5)
    assert (preview.number.value, form.compose.model.state.position) == (6, 2)
    type_into(preview.number, 5)
    assert preview.number.value == 6
    set_language("zh")
    form.compose.render()
    assert read(preview.row_facts.value).text.startswith("文件第 6 行（从 2 到 6）")


def test_a_problem_is_shown_and_exported_with_its_line_number(form: StudioForm, tmp_path: Path) -> None:
    plan = checked(form).compose.plan_form
    table = read(plan.problems.table.value).text
    assert "File line" in table
    assert "6 · 小明" in table
    assert plan.model.page().index.tolist() == [6]
    assert "File line" in repr(plan.model.plan)
    press(form, plan.problems.export)
    plan.model.wait()
    (written,) = tmp_path.glob("*problems.xlsx")
    assert pd.read_excel(written, keep_default_na=False).to_dict("records") == [
        {
            "File line": 6,
            "姓名": "小明",
            "userid": "",
            "Column": "userid",
            "Value": "",
            "Reason": "This row has no userid.",
            "What to do": "Fill it in, or remove the row.",
        }
    ]


def test_an_export_in_another_language_names_the_line_numbers_in_it(form: StudioForm, tmp_path: Path) -> None:
    plan = checked(form).compose.plan_form
    set_language("zh")
    plan.model.export()
    plan.model.wait()
    plan.render()
    (written,) = tmp_path.glob("*.xlsx")
    assert pd.read_excel(written).columns[0] == "文件行号"
    assert "文件行号" in read(plan.problems.table.value).text


def test_a_test_uses_the_row_with_that_line_number(form: StudioForm) -> None:
    plan = checked(form).compose.plan_form
    assert plan.test.row.value == 2
    type_into(plan.test.row, 6)
    type_into(plan.test.recipient, "manager01")
    press(form, plan.test.send_test)
    plan.model.wait()
    assert "Not sent (line 6 of the file)" in read(plan.test.notice.value).text
    type_into(plan.test.row, 4)
    assert read(plan.thumbnail.value).text.endswith("Message preview (line 4 of the file)")
    press(form, plan.test.send_test)
    plan.model.wait()
    assert 'plan.test("manager01", position=1)' in form.code


@pytest.mark.long
def test_the_results_and_their_export_have_line_numbers(form: StudioForm, tmp_path: Path) -> None:
    press(checked(form), form.next)
    plan = form.compose.plan_form
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    press(form, form.next)
    assert form.results is not None
    form.results.wait()
    assert form.run.results().index.tolist() == [2, 4, 6]
    assert "row 6" in str(form.results.people.people.options)
    export(form.results)
    (written,) = tmp_path.glob("*results.xlsx")
    assert pd.read_excel(written)["File line"].tolist() == [2, 4, 6]


@pytest.mark.parametrize("is_opened_again", [False, True])
@pytest.mark.parametrize("heading", ["姓名", "员工姓名"])
def test_a_reason_names_the_column_as_in_the_file(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path, heading: str, *, is_opened_again: bool
) -> None:
    first, second = people(office, 2)["userid"]
    (tmp_path / "staff.csv").write_text(f"userid,{heading}\n{first},李雷\n{second},\n", encoding="utf-8")
    set_language("zh")
    run = ding.plan(dingnb.read_recipients(tmp_path / "staff.csv"), dingnb.text("Hi {{ name }}")).send("note").wait()
    form = (ding.campaign("note") if is_opened_again else run).form()
    form.wait()
    shown = words(form)
    assert shown.count(f"列“{heading}”为空") == 2
    assert "“name”" not in shown


@pytest.mark.long
@pytest.mark.parametrize(
    ("is_stored", "note"),
    [
        (True, "名单的列仅含任务中保存的部分：消息用到的列和姓名。"),
        (False, "不含名单的列：任务未保存这些内容，或已清理。"),
    ],
)
def test_an_export_of_another_session_says_which_columns_it_lacks(
    ding: DingTalk,
    office: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_stored: bool,
    note: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = people(office, 3).assign(name=["甲", "乙", "丙"], city="x").drop(columns="n")
    set_language("zh")
    run = ding.plan(frame, dingnb.text("Hi")).send("note", store_content=is_stored).wait()
    for campaign, titles in (
        (run, ["行", "name", "userid", "city", "状态"]),
        (ding.campaign("note"), ["行", "姓名", "状态"] if is_stored else ["状态"]),
    ):
        form = campaign.form()
        form.wait()
        export(form)
        assert (note in read(form.people.export.outcome.value).text) is (campaign is not run)
        assert list(pd.read_excel(tmp_path / "note-结果.xlsx").columns[: len(titles)]) == titles
        assert form.code.splitlines()[-1].endswith("readable=True)")
