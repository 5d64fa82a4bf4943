"""Files for people: the list as they know it, and what became of each row, in their language."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.results.result_texts import result_columns, status_name
from dingnb.campaigns.status import STATUSES
from dingnb.channels import CHANNELS
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.recipients.matching import match_people
from dingnb.sandbox import RunningSandbox
from dingnb.tables.row_labels import index_by_line
from dingnb.words import Language
from tests.table_rows import for_each

Staff = Callable[..., pd.DataFrame]

NOTE = dingnb.text("{{ name }}: {{ 奖金 }}")


def cells(path: Path) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


def by_title(path: Path) -> dict[str, list[Any]]:
    header, *rows = cells(path)
    return {title: [row[at] for row in rows] for at, title in enumerate(header)}


@pytest.fixture
def listed(sandbox: RunningSandbox, staff: Staff, tmp_path: Path) -> pd.DataFrame:
    """Return a list from a workbook, whose rows have line numbers as in the studio."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["部门", "姓名", "用户ID", "入职日期", "奖金", "状态"])
    for at, userid in enumerate([*staff(sandbox, 2)["userid"], "no,body"]):
        sheet.append(["财务", f"王{at}", userid, datetime(2020, 1, at + 1), 1.5 * at, "在职"])  # noqa: DTZ001 - as in Excel
    book.save(tmp_path / "staff.xlsx")
    frame = dingnb.read_recipients(tmp_path / "staff.xlsx", quiet=True)
    return index_by_line(frame, [2, 3, 4], "Excel 行号")


def test_a_file_for_people_has_the_list_and_then_what_became_of_it(
    ding: DingTalk, listed: pd.DataFrame, tmp_path: Path
) -> None:
    dingnb.set_language("zh")
    run = ding.plan(listed, NOTE).send("note").wait()
    results = run.results()
    header, first, _, rejected = cells(run.export(tmp_path / "note.xlsx", keep="name", readable=True))
    of_list = ("Excel 行号", "姓名", "部门", "用户ID", "入职日期", "奖金", "状态")
    outcome = ("状态（发送）", "是否送达", "原因", "处理建议", "已读", "最近发送", "变更时间")
    assert header == (*of_list, *outcome, "依据", "发送渠道", "调用次数", "钉钉错误码", "钉钉任务 ID")
    assert first[:4] == (2, "王0", "财务", results["userid"].iloc[0])
    assert first[4] == datetime(2020, 1, 1)  # noqa: DTZ001 - as Excel has it
    assert first[6:12] == ("在职", "未读", "是", None, None, "暂未读")
    assert [first[12], first[13]] == [moment.tz_localize(None) for moment in results.iloc[0][["sent_at", "updated_at"]]]
    assert first[14:] == ("钉钉的发送结果", "工作通知", 1, None, str(results["task_id"].iloc[0]))
    assert rejected[:4] == (4, "王2", "财务", "no,body")
    assert rejected[7:14] == ("不发送", "否", results["reason"].iloc[2], "请更正该值，或去掉此行。", None, None, None)


def test_dates_of_the_list_are_dates(ding: DingTalk, listed: pd.DataFrame, tmp_path: Path) -> None:
    run = ding.plan(listed, dingnb.text("{{ name }} {{ 入职日期 }}")).send("note").wait()
    for campaign in (run, ding.campaign("note")):
        path = campaign.export(tmp_path / "note.xlsx", readable=True)
        at = cells(path)[0].index("入职日期")
        cell = openpyxl.load_workbook(path).active.cell(2, at + 1)
        assert (cell.number_format, cell.is_date) == ("yyyy-mm-dd", True)


def test_times_have_no_fractions_of_a_second(
    ding: DingTalk, listed: pd.DataFrame, tmp_path: Path, clock: VirtualClock
) -> None:
    clock.advance(431_000_000)
    run = ding.plan(listed, NOTE).send("note").wait()
    assert run.results()["sent_at"].iloc[0].microsecond
    found = by_title(run.export(tmp_path / "note.xlsx", readable=True))
    times = [time for title in ("Last sent", "Changed") for time in found[title] if time is not None]
    assert times
    assert not any(time.microsecond for time in times)


def test_a_campaign_found_by_name_has_the_columns_that_it_keeps(
    ding: DingTalk, listed: pd.DataFrame, tmp_path: Path
) -> None:
    ding.plan(listed, NOTE).send("note").wait()
    dingnb.set_language("zh")
    found = by_title(ding.campaign("note").export(tmp_path / "note.xlsx", keep="name", readable=True))
    # As in the session that sent it, technical columns are last.
    assert list(found)[:4] == ["Excel 行号", "姓名", "奖金", "状态"]
    assert list(found)[-1] == "userid"
    assert found["姓名"] == ["王0", "王1", "王2"]
    assert found["Excel 行号"] == [2, 3, 4]
    assert found["状态"] == ["未读", "未读", "不发送"]


def test_a_campaign_without_stored_texts_has_only_ids_and_says_so(
    ding: DingTalk, listed: pd.DataFrame, tmp_path: Path
) -> None:
    run = ding.plan(listed, NOTE).send("note", store_content=False).wait()
    assert not view_of(run).results.export_note()
    found = ding.campaign("note")
    assert list(by_title(found.export(tmp_path / "note.xlsx", readable=True)))[:2] == ["Row", "Status"]
    assert str(view_of(found).results.export_note()) == (
        "It has no columns of the list: they were not stored with the campaign, or have been deleted."
    )


def test_the_id_of_a_person_who_was_found_by_number_comes_last(
    sandbox: RunningSandbox, ding: DingTalk, tmp_path: Path
) -> None:
    mobile = next(iter(sandbox.state.organisation.staff())).mobile
    frame = pd.DataFrame({"mobile": [mobile], "reason": ["own"], "Reason": ["too"]})
    run = ding.plan(frame, dingnb.text("hi"), to="mobile").send("note").wait()
    header, row = cells(run.export(tmp_path / "note.xlsx", readable=True))
    assert header[:5] == ("Row", "mobile", "reason", "Reason", "Status")
    assert header.count("Reason (sending)") == 1
    assert (header[-1], row[-1]) == ("userid", run.results()["userid"].iloc[0])


def test_titles_of_added_columns_are_not_taken(
    ding: DingTalk, sandbox: RunningSandbox, staff: Staff, tmp_path: Path
) -> None:
    own = dict.fromkeys(("Row", "Reason", "Reason (sending)", "Reason (sending) 2", "Status"), "own")
    run = ding.plan(staff(sandbox, 1).assign(**own), dingnb.text("hi")).send("note").wait()
    [header, row] = cells(run.export(tmp_path / "note.xlsx", readable=True))
    assert len(set(header)) == len(header)
    assert {title for title, value in zip(header, row, strict=True) if value == "own"} == set(own)
    assert {"Row (sending)", "Reason (sending) 3", "Status (sending)"} <= set(header)


def test_only_matching_columns_of_the_list_are_left_out(ding: DingTalk, listed: pd.DataFrame, tmp_path: Path) -> None:
    people = pd.DataFrame({"userid": listed["userid"], "name": listed["name"]})
    matched = match_people(listed.drop(columns="userid"), people, by="name", accept="name")
    run = ding.plan(matched, dingnb.text("hi")).send("note").wait()
    titles = cells(run.export(tmp_path / "note.xlsx", readable=True))[0]
    assert titles[:8] == ("Excel row", "部门", "姓名", "入职日期", "奖金", "状态", "用户ID", "Status")


def test_rows_are_chosen_as_in_the_form(ding: DingTalk, listed: pd.DataFrame, tmp_path: Path) -> None:
    run = ding.plan(listed, NOTE).send("note").wait()
    for wanted, numbers in (
        ({"status": "rejected"}, [4]),
        ({"text": "王1", "keep": "name"}, [3]),
        # As in the form, only the kept columns are searched.
        ({"text": "财务", "keep": "name"}, []),
    ):
        assert by_title(run.export(tmp_path / "note.xlsx", readable=True, **wanted))["Excel row"] == numbers


def test_dates_are_the_same_whether_rows_are_chosen_or_not(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 2).assign(joined=pd.to_datetime(["2020-01-01 00:00", "2020-01-02 00:00"]))
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    everybody = run.export(tmp_path / "all.csv", keep="joined").read_text()
    assert run.export(tmp_path / "delivered.csv", keep="joined", status="delivered").read_text() == everybody
    frames = [view_of(run).results.export_frame("joined", status=status) for status in ("", "delivered")]
    assert [shown["joined"].dtype.kind for shown in frames] == ["M", "M"]


def test_columns_for_code_stay_as_they_are(ding: DingTalk, listed: pd.DataFrame, tmp_path: Path) -> None:
    run = ding.plan(listed, NOTE).send("note").wait()
    written = pd.read_csv(run.export(tmp_path / "note.csv", keep="name"), dtype={"userid": str}, index_col=0)
    assert written.columns.tolist() == ["name", *run.results().columns]
    assert written["status"].tolist() == run.results()["status"].tolist()
    with pytest.raises(dingnb.DingError, match="readable"):
        run.export(tmp_path / "note.csv", readable="yes")  # type: ignore[arg-type]


def rows_of_found(ding: DingTalk, path: Path) -> dict[str, Any]:
    found = by_title(ding.campaign("note").export(path / "found.xlsx", readable=True))
    heading = "Excel row" if "Excel row" in found else "Row"
    return dict(zip(found["name"], found[heading], strict=True))


def test_the_rows_of_a_campaign_found_by_name_are_those_of_the_list_that_was_sent_last(
    ding: DingTalk, listed: pd.DataFrame, tmp_path: Path
) -> None:
    ding.plan(listed, NOTE).send("note").wait()
    assert rows_of_found(ding, tmp_path) == {"王0": 2, "王1": 3, "王2": 4}
    # The same people and texts, in other lines of the file.
    ding.plan(listed.set_axis([5, 7, 8]), NOTE).send("note").wait()
    assert rows_of_found(ding, tmp_path) == {"王0": 5, "王1": 7, "王2": 8}
    ding.plan(listed.set_axis(["a", "b", "c"]), NOTE).send("note").wait()
    assert rows_of_found(ding, tmp_path) == {"王0": "a", "王1": "b", "王2": "c"}
    # A person who is not in the last list has the number of the last one with them.
    ding.plan(listed.iloc[[0, 2]], NOTE).send("note", absent="drop").wait()
    assert rows_of_found(ding, tmp_path) == {"王0": 2, "王1": "b", "王2": 4}


def test_a_person_who_was_sent_to_again_keeps_the_row(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], staff: Staff, tmp_path: Path
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 3).assign(name=list("甲乙丙")).set_axis([10, 11, 12])
    run = ding.plan(frame, dingnb.text("Hi {{ name }}")).send("note").wait(check=False)
    run.retry().wait(check=False)
    with run._context.ledger.connection() as db:
        assert db.execute("SELECT count(*) FROM moves").fetchone()[0] == 3
    for labels in ([10, 11, 12], [20, 21, 22]):
        ding.plan(frame.set_axis(labels), dingnb.text("Hi {{ name }}")).send("note").wait(check=False)
        assert rows_of_found(ding, tmp_path) == dict(zip("甲乙丙", labels, strict=True))


@for_each(("language", "title"), [("en", "Channel"), ("zh", "发送渠道")])
def test_each_channel_has_a_name(
    language: Literal["en", "zh"], title: str, ding: DingTalk, listed: pd.DataFrame
) -> None:
    dingnb.set_language(language)
    [result] = ding.plan(listed[:1], NOTE).send(f"note {language}").results().to_dict("records")
    results = pd.DataFrame([{**result, "channel": channel.name} for channel in CHANNELS])
    [names] = [names for found, names, _ in result_columns(results, []) if found == title]
    assert len(set(names)) == len(CHANNELS)


def test_labels_are_no_columns_of_the_list(ding: DingTalk, listed: pd.DataFrame) -> None:
    ding.plan(listed, NOTE).send("note").wait()
    frame = view_of(ding.campaign("note")).results.row_map.frame
    assert frame.columns.tolist() == ["userid", "name", "奖金"]


def test_pruned_rows_have_no_numbers_again(ding: DingTalk, listed: pd.DataFrame, tmp_path: Path) -> None:
    run = ding.plan(listed, NOTE).send("note", store_content=False).wait()
    ding.plan(listed, NOTE).send("note", store_content=False).wait()
    with run._context.ledger.connection() as db:
        assert db.execute("SELECT count(*) FROM recipient_fields").fetchone()[0] == 0
    assert by_title(ding.campaign("note").export(tmp_path / "note.xlsx", readable=True))["Row"] == [None, None, 4]


def test_numbers_of_the_list_are_numbers_and_ids_are_not(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, tmp_path: Path
) -> None:
    one, other = staff(sandbox, 2)["userid"]
    text = "userid,手机,奖金,编号,版本,长号,差额\n"
    text += f"{one},1,1.5,007,1.10,1234567890,-0\n{other},2,,8,2,1,-0.5\n,3,-20,9,3,2,0\n"
    (tmp_path / "staff.csv").write_text(text, encoding="utf-8")
    listed = dingnb.read_recipients(tmp_path / "staff.csv", quiet=True)
    message = dingnb.text("{{ 奖金 | default('') }} {{ 编号 }} {{ 版本 }} {{ 长号 }} {{ 差额 }}")
    run = ding.plan(listed, message).send("note").wait()
    for campaign, titles in ((run, {"手机": ["1", "2", "3"]}), (ding.campaign("note"), {})):
        found = by_title(campaign.export(tmp_path / "note.xlsx", readable=True))
        assert {title: found[title] for title in titles} == titles
        assert found["奖金"] == [1.5, None, -20]
        assert found["编号"] == ["007", "8", "9"]
        assert found["差额"] == ["-0", "-0.5", "0"]
        assert found["版本"] == ["1.10", "2", "3"]
        assert found["长号"] == ["1234567890", "1", "2"]


@pytest.mark.parametrize(
    ("language", "received"), [("en", ["Yes, until recalled", "Recalled"]), ("zh", ["撤回前已送达", "已撤回"])]
)
def test_after_a_recall_the_file_says_so_instead_of_that_nobody_received_it(
    ding: DingTalk, sandbox: RunningSandbox, staff: Staff, tmp_path: Path, language: str, received: list[str]
) -> None:
    people = staff(sandbox, 2).assign(name=["甲", "乙"])
    run = ding.plan(people.iloc[:1], dingnb.text("hi {{ name }}")).send("note").wait()
    run = ding.plan(people, dingnb.text("hi {{ name }}")).send("note")
    # Whether the second person received it was not asked before the recall.
    run.recall(expect=2)
    dingnb.set_language(language)
    found = by_title(run.export(tmp_path / "note.xlsx", readable=True))
    assert found[{"en": "Delivered", "zh": "是否送达"}[language]] == received
    assert (
        found[{"en": "Read", "zh": "已读"}[language]]
        == {"en": ["Not yet", "Unknown"], "zh": ["暂未读", "未知"]}[language]
    )


def test_a_person_who_has_the_text_from_another_campaign_is_not_counted_as_delivered(
    ding: DingTalk, sandbox: RunningSandbox, staff: Staff, tmp_path: Path
) -> None:
    people, message = staff(sandbox, 2), dingnb.text("hi")
    ding.plan(people.iloc[:1], message).send("first").wait()
    run = ding.plan(people, message).send("second").wait()
    assert run.results()["reached"].tolist() == [True, True]
    found = by_title(run.export(tmp_path / "note.xlsx", readable=True))
    assert found["Delivered"] == ["Yes, before", "Yes"]
    assert found["Status"] == ["Already sent before", "Unread"]


@pytest.mark.parametrize(("path", "language"), [("docs/campaigns.md", "en"), ("docs/zh/campaigns.md", "zh")])
def test_the_documentation_lists_the_statuses_and_their_names_in_files(path: str, language: Language) -> None:
    text = (Path(__file__).parents[3] / path).read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)
    dingnb.set_language(language)
    assert named[1:] == [(str(status), status_name(status, read=False)) for status in STATUSES]
    for name in (status_name("delivered", None), status_name("filtered", None, evidence="elsewhere")):
        assert name in text


def test_people_of_the_directory_have_headings_departments_and_dates_in_the_language_in_use(
    ding: DingTalk, tmp_path: Path
) -> None:
    people = ding.people(everybody=True).head(2)
    people["departments"] = [("总部/财务部", "总部/工会"), ("总部/财务部",)]
    run = ding.plan(people, dingnb.text("Hi {{ name }}")).send("note").wait()
    dingnb.set_language("zh")
    found = by_title(run.export(tmp_path / "note.xlsx", readable=True))
    assert list(found)[:6] == ["行", "userid", "姓名", "手机号", "部门", "所有部门"]
    assert found["所有部门"] == ["总部/财务部、总部/工会", "总部/财务部"]
    assert [day.date() for day in found["入职日期"]] == [day.date() for day in people["hired_date"]]
