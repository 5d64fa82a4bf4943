"""Files of HR departments: values are sent as Excel shows them, or a note explains the difference."""

import copy
import io
import os
import pickle
import time as clock
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import FileError, HiddenRowsError, InputError
from dingnb.messages import Message, decode
from dingnb.tables.cell_values import FormattedValue

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a workbook after calling `change` with its first sheet."""

    def make_one(
        rows: list[list[object]], change: Callable[[Worksheet], object] = lambda _: None, **others: list[list[object]]
    ) -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.title = "名单"
        for row in rows:
            sheet.append(row)
        change(sheet)
        for title, more in others.items():
            other = workbook.create_sheet(title)
            for row in more:
                other.append(row)
        workbook.save(tmp_path / "list.xlsx")
        return tmp_path / "list.xlsx"

    return make_one


@pytest.fixture(scope="module")
def ding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DingTalk]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DINGNB_HOME", str(tmp_path_factory.mktemp("home")))
        patched.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        with dingnb.connect("sandbox") as connected:
            yield connected


def sent(ding: DingTalk, frame: pd.DataFrame, template: str | Message) -> list[str]:
    """Return the texts that a plan would send, in the order of the rows; empty for a rejected row."""
    plan = ding.plan(frame, dingnb.text(template) if isinstance(template, str) else template)
    bodies = plan.to_frame()["body"]
    return ["" if pd.isna(body) else decode(body.encode())["text"]["content"] for body in bodies]


def formatted(**formats: str) -> Callable[[Worksheet], None]:
    """Return a function that sets the number formats of a sheet's columns, by letter, below the header."""

    def change(sheet: Worksheet) -> None:
        for letter, number_format in formats.items():
            for cell in sheet[letter][1:]:
                cell.number_format = number_format

    return change


AS_SHOWN = [
    (0.125, "0.0%", "12.5%", "percent(2)", "12.50%"),
    (1234.5, '"¥"#,##0.00', "¥1,234.50", "money", "1,234.50"),
    (1234, "#,##0", "1,234", "number", "1,234"),
    (time(9, 30), "h:mm", "9:30", "default('–')", "9:30"),
    (timedelta(hours=26, minutes=30), "[h]:mm", "26:30", "default('–')", "26:30"),
    (date(2026, 11, 5), 'yyyy"年"m"月"d"日"', "2026年11月5日", "date('%m/%d')", "11/05"),
    (datetime(2026, 11, 5, 18, 30), "m/d h:mm", "11/5 18:30", "date('%H:%M')", "18:30"),  # noqa: DTZ001
    (date(2026, 11, 5), "mm-dd-yy", "2026/11/5", "date", "2026-11-05"),
    (date(2026, 11, 5), "yyyy-mm-dd", "2026-11-05", "date", "2026-11-05"),
    (True, "General", "TRUE", "default(1)", "TRUE"),
    (False, "General", "FALSE", "default(1)", "FALSE"),
    (0.1 + 0.2, "General", "0.3", "money", "0.30"),
    (5, "General", "5", "money", "5.00"),
]


@pytest.mark.parametrize(
    ("value", "form", "shown", "filtered", "result"), AS_SHOWN, ids=lambda parameter: str(parameter)[:20]
)
def test_a_bare_column_is_sent_as_excel_shows_it_and_a_filter_gets_the_value(
    make: Make, ding: DingTalk, value: object, form: str, shown: str, filtered: str, result: str
) -> None:
    path = make([["userid", "值"], ["u1", value], ["u2", value]], formatted(B=form))
    frame = dingnb.read_recipients(path)
    assert sent(ding, frame, f"{{{{ 值 }}}}|{{{{ 值 | {filtered} }}}}") == [f"{shown}|{result}"] * 2
    # Common operations on a frame before it is sent.
    unpickled = pickle.loads(pickle.dumps(frame))  # noqa: S301 - our own
    for other in (
        frame[frame["userid"] != "u2"],
        frame.copy(),
        copy.deepcopy(frame),
        unpickled,
    ):
        assert sent(ding, other, "{{ 值 }}")[0] == shown
    assert sent(ding, frame.merge(pd.DataFrame({"userid": ["u1"]}), on="userid"), "{{ userid }}{{ 值 | default }}")
    row = ding.compose(frame, dingnb.text("{{ 值 }}"))
    assert shown in row.model.state.view.client_view.html


def test_cells_are_joined_as_excel_shows_them(make: Make, ding: DingTalk) -> None:
    path = make([["userid", "a", "b"], ["u1", 0.125, 1234], ["u2", 0.5, 1]], formatted(B="0.0%", C="#,##0"))
    frame = dingnb.read_recipients(path)
    assert sent(ding, frame, "{{ [a, b] | join('、') }}|{{ a ~ '/' ~ b }}") == [
        "12.5%、1,234|12.5%/1,234",
        "50.0%、1|50.0%/1",
    ]
    assert sent(ding, frame, "{{ (a * 2) | percent }}|{{ b + 1 }}") == ["25.0%|1235", "100.0%|2"]
    assert sent(ding, frame, "{{ '%.2f' | format(a) }}|{{ '%s' | format(b) }}") == ["0.12|1,234", "0.50|1"]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (time(9, 30), "h:mm", "9:30"),
        (timedelta(hours=27, minutes=5), "[h]:mm", "27:05"),
        (date(2026, 11, 5), 'yyyy"年"m"月"d"日"', "2026年11月5日"),
        (datetime(2026, 11, 5, 18, 30), "m/d h:mm", "11/5 18:30"),  # noqa: DTZ001
    ],
    ids=["time", "duration", "date", "moment"],
)
def test_dates_and_times_are_written_in_every_text_as_excel_shows_them(
    make: Make, ding: DingTalk, value: object, form: str, shown: str
) -> None:
    rows = [["userid", "值", "混合"], ["u1", value, value], ["u2", value, "无"]]
    frame = dingnb.read_recipients(make(rows, formatted(B=form, C=form)))
    template = "{{ '于' ~ 值 }}|{{ [值, 1] | join('、') }}|{{ 值 | upper }}|{{ '%s' | format(值) }}|{{ 值 ~ 混合 }}"
    assert sent(ding, frame, template)[0] == f"于{shown}|{shown}、1|{shown}|{shown}|{shown}{shown}"


def test_results_of_arithmetic_with_dates_and_times_are_written_in_full(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "day", "worked"], ["u1", date(2026, 11, 5), timedelta(hours=27)]]
    frame = dingnb.read_recipients(make(rows, formatted(B="m/d", C="[h]")))
    template = "{{ '' ~ day }} {{ '' ~ worked }} {{ '' ~ (day + worked) }} {{ day + worked }}"
    assert sent(ding, frame, template) == ["11/5 27 2026-11-06 2026-11-06"]


def test_numbers_that_excel_shows_with_separators_are_ids_without_them(make: Make, ding: DingTalk) -> None:
    path = make([["mobile"], [13800138000], [13900139000]], formatted(A="#,##0"))
    frame = dingnb.read_recipients(path)
    mobiles = frame["mobile"].astype(object).tolist()
    ids = pd.DataFrame({"userid": mobiles})
    assert ding.plan(ids, dingnb.text("hi")).to_frame()["userid"].tolist() == ["13800138000", "13900139000"]


def test_formatted_values_are_numbers_for_pandas(make: Make) -> None:
    rows = [
        ["userid", "率", "额", "在职"],
        ["u1", 0.5, 1234.5, True],
        ["u2", 0.25, 1000, False],
        ["u3", None, None, None],
    ]
    frame = dingnb.read_recipients(make(rows, formatted(B="0%", C="#,##0.00")))
    assert frame["率"].astype(float).tolist()[:2] == [0.5, 0.25]
    assert frame["额"].sum() == 2234.5
    assert frame[frame["在职"] == True]["userid"].tolist() == ["u1"]  # noqa: E712 - as analysts filter
    assert frame["率"].isna().tolist() == [False, False, True]


def test_conditions_get_the_value(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "rate", "ok"], ["u1", 0.5, True], ["u2", 0.25, False]]
    frame = dingnb.read_recipients(make(rows, formatted(B="0%")))
    template = "{% if rate > 0.3 %}{{ rate }}{% else %}{{ rate * 2 }}{% endif %} {{ 'yes' if ok else 'no' }}"
    assert sent(ding, frame, template) == ["50% yes", "0.5 no"]


def test_dates_with_different_formats_keep_their_formats(make: Make, ding: DingTalk) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B2"].number_format, sheet["B3"].number_format = "yyyy/m/d", "m月d日"

    frame = dingnb.read_recipients(
        make([["userid", "day"], ["u1", date(2026, 1, 2)], ["u2", date(2026, 1, 2)]], change)
    )
    assert sent(ding, frame, "{{ day }} {{ day | date }}") == ["2026/1/2 2026-01-02", "1月2日 2026-01-02"]


def test_a_date_by_an_id_of_the_chinese_editions_is_a_date(make: Make, ding: DingTalk, tmp_path: Path) -> None:
    path = make([["userid", "day"], ["u1", date(2026, 11, 5)]], formatted(B="mm-dd-yy"))
    chinese = replaced(path, tmp_path, "xl/styles.xml", b'numFmtId="14"', b'numFmtId="31"')
    assert sent(ding, dingnb.read_recipients(chinese), "{{ day }} {{ day | date }}") == ["2026年11月5日 2026-11-05"]


def test_a_format_that_hides_a_number_leaves_nothing(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["userid", "n"], ["u1", 0], ["u2", 5]], formatted(B="0;-0;")))
    assert sent(ding, frame, "{{ n }}") == ["", "5"]


def test_an_unsupported_format_is_reported_by_the_file_and_by_the_plan(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["userid", "n"], ["u1", 0.5], ["u2", 0.25]], formatted(B="# ?/?")))
    expected = (
        "Column 'n': the Excel formats of 2 cells cannot be applied, such as '# ?/?'; "
        "the values are sent without them, such as '0.5'."
    )
    assert expected in frame.attrs["dingnb"]["notes"]
    assert expected in str(ding.plan(frame, dingnb.text("{{ n }}")))
    assert expected not in str(ding.plan(frame, dingnb.text("hello")))


def test_ids_are_digits_whatever_their_format(make: Make) -> None:
    rows = [["userid", "手机号", "工号"], [7, 13900000001, 42], [1234567, 13900000002, 1042]]
    frame = dingnb.read_recipients(make(rows, formatted(A="#,##0", B="000-0000-0000", C="#,##0.00")))
    assert frame["userid"].tolist() == ["7", "1234567"]
    assert frame["mobile"].tolist() == ["13900000001", "13900000002"]
    assert frame["job_number"].tolist() == ["42", "1042"]


def test_a_number_that_excel_has_rounded_rejects_its_row_where_it_is_used(
    make: Make, ding: DingTalk, tmp_path: Path
) -> None:
    path = make([["userid", "card", "n"], ["u1", 111, 1], ["u2", 5, 2]])
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b"<v>111</v>", b"<v>622202123456789000</v>")
    frame = dingnb.read_recipients(path)
    assert sent(ding, frame, "{{ card }}") == ["", "5"]
    assert sent(ding, frame, "{{ card | default('-') }}") == ["", "5"]
    assert sent(ding, frame, "{{ n }}") == ["1", "2"]
    problem = ding.plan(frame, dingnb.text("{{ card }}")).problems().iloc[0]
    assert problem["column"] == "card"
    assert "the number lost digits" in problem["reason"]
    assert "formatted as text" in problem["hint"]


def test_floats_of_a_frame_have_at_most_15_digits(ding: DingTalk) -> None:
    frame = pd.DataFrame(
        {
            "userid": ["u1", "u2", "u3", "u4", "u5"],
            "x": [0.1 + 0.2, 2.9999999999999996, 9e15, 6217002123456789012.0, 5.0],
            "y": pd.array([0.1, 0.2, 0.3, 0.4, 0.5], dtype="float32"),
        }
    )
    before = frame.copy(deep=True)
    assert sent(ding, frame, "{{ x }}") == ["0.3", "3", "9000000000000000", "", "5"]
    assert sent(ding, frame, "{{ y }}") == ["0.1", "0.2", "0.3", "0.4", "0.5"]
    assert sent(ding, frame.head(1), "{{ x * 3 }} {{ x ~ '元' }}") == ["0.9 0.3元"]
    pd.testing.assert_frame_equal(frame, before)


def test_lists_in_cells_are_sent_like_cells(ding: DingTalk) -> None:
    tasks = pd.DataFrame({"userid": ["a", "a", "b"], "task": ["budget", None, "tax"], "hours": [1.0, 0.1 + 0.2, 2.5]})
    people = tasks.groupby("userid", as_index=False).agg(list)
    plan = ding.plan(people, dingnb.text("{{ task | join('、') }}: {{ hours | join(' + ') }}"))
    [problem] = plan.problems().to_dict("records")
    assert problem["column"] == "task"
    assert problem["value"] == "['budget', MISSING]"
    assert problem["reason"] == "A value inside the column 'task' is empty, but the template needs it."
    template = "{% for one in task if one is defined %}{{ one }}: {% endfor %}{{ hours | join(' + ') }}"
    assert sent(ding, people, template) == ["budget: 1 + 0.3", "tax: 2.5"]


def test_the_ledger_keeps_the_format_for_reminders(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "rate", "at", "took"], ["manager01", 0.125, time(9, 30), timedelta(hours=30)]]
    frame = dingnb.read_recipients(make(rows, formatted(B="0.0%", C="h:mm", D="[h]:mm")))
    template = dingnb.text("{{ rate }} {{ at }} {{ took }}")
    ding.plan(frame, template).send("looks")
    kept = ding.campaign("looks").results(keep=["rate", "at", "took"]).iloc[0]
    assert [value.display_text for value in kept[["rate", "at", "took"]] if isinstance(value, FormattedValue)] == [
        "12.5%",
        "9:30",
        "30:00",
    ]
    assert (kept["rate"], kept["at"], kept["took"]) == (0.125, time(9, 30), timedelta(hours=30))


def test_values_that_excel_shows_as_hashes_are_missing_and_reported(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "took"], ["u1", timedelta(hours=-1, minutes=-30)], ["u2", timedelta(hours=2)]]
    frame = dingnb.read_recipients(make(rows, formatted(B="[h]:mm")))
    assert sent(ding, frame, "{{ took }}") == ["", "2:00"]
    assert any("####" in note for note in frame.attrs["dingnb"]["notes"])


@pytest.mark.parametrize("number_format", [b'numFmtId="31"', b'numFmtId="32"'])
def test_a_number_beyond_all_dates_in_a_date_format_is_missing_and_reported(
    make: Make, ding: DingTalk, tmp_path: Path, number_format: bytes
) -> None:
    path = make([["userid", "day"], ["u1", 20261105], ["u2", 1e15]], formatted(B="mm-dd-yy"))
    chinese = replaced(path, tmp_path, "xl/styles.xml", b'numFmtId="14"', number_format)
    frame = dingnb.read_recipients(chinese)
    assert sent(ding, frame, "{{ day | default('-') }}") == ["-", "-"]
    assert any("####" in note and "2 cells" in note for note in frame.attrs["dingnb"]["notes"])


@pytest.mark.parametrize("number_format", ["yyyy/m/d", 'm"月"d"日"', "yyyy-mm-dd h:mm:ss", "mm-dd-yy"])
def test_a_zero_in_a_date_format_is_missing_and_reported(make: Make, ding: DingTalk, number_format: str) -> None:
    rows = [["userid", "day"], ["u1", 0], ["u2", date(2026, 11, 5)]]
    frame = dingnb.read_recipients(make(rows, formatted(B=number_format)))
    assert sent(ding, frame, "{{ day | default('-') }} {{ 1 }}")[0] == "- 1"
    assert sent(ding, frame, "{{ day | date }}") == ["", "2026-11-05"]
    notes = frame.attrs["dingnb"]["notes"]
    expected = "Zeros in cells for dates, as from formulas that refer to a blank cell, read as blank: 1 cell."
    assert notes == [expected]


def test_a_zero_in_a_date_format_is_read_as_its_own_section_shows_it(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "hidden", "dash"], ["u1", 0, 0]]
    frame = dingnb.read_recipients(make(rows, formatted(B="yyyy/m/d;;", C='yyyy/m/d;;"-"')))
    assert sent(ding, frame, "{{ hidden | default('none') }}{{ dash | default('none') }}") == ["none-"]
    assert frame.attrs["dingnb"]["notes"] == []


def test_zero_is_midnight_or_no_time_in_formats_for_times(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["userid", "at", "took"], ["u1", 0, 0]], formatted(B="h:mm", C="[h]:mm:ss")))
    assert sent(ding, frame, "{{ at }} {{ took }}") == ["0:00 0:00:00"]
    assert frame.attrs["dingnb"]["notes"] == []


def test_a_time_in_a_date_format_is_reported(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["userid", "at"], ["u1", 0.5]], formatted(B="yyyy-mm-dd h:mm:ss")))
    assert sent(ding, frame, "{{ at }}") == ["12:00:00"]
    assert any(
        "the values are sent without them, such as '12:00:00'" in note for note in frame.attrs["dingnb"]["notes"]
    )


def test_formats_by_ids_alone_are_those_of_a_chinese_system(make: Make, ding: DingTalk) -> None:
    path = make([["userid", "n"], ["u1", 1234.5], ["u2", -5]], formatted(B=openpyxl.styles.numbers.BUILTIN_FORMATS[44]))
    assert sent(ding, dingnb.read_recipients(path), "{{ n }}") == ["¥1,234.50", "¥-5.00"]


def test_texts_are_formatted_as_in_excel(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "name", "hidden", "lines"], ["u1", "王", "secret", "a_x000D_\nb"]]
    frame = dingnb.read_recipients(make(rows, formatted(B='@"先生"', C=";;;")))
    assert sent(ding, frame, "{{ name }}{{ hidden | default('–') }}{{ lines }}") == ["王先生–a\nb"]


def test_blanks_around_a_text_written_for_excel_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('userid,card\nu1," =""007"" "\n', encoding="utf-8")
    assert dingnb.read_recipients(path)["card"].tolist() == ["007"]


def test_text_written_for_excel_is_read_as_excel_shows_it(tmp_path: Path, ding: DingTalk) -> None:
    path = tmp_path / "list.csv"
    path.write_text('userid,card,id\nu1,"=""6217000000000000001""",1.10101E+17\nu2,x,1\n', encoding="utf-8")
    frame = dingnb.read_recipients(path)
    assert sent(ding, frame, "{{ card }}") == ["6217000000000000001", "x"]
    assert sent(ding, frame, "{{ id }}") == ["", "1"]


def test_infinity_and_small_numbers_and_durations_of_a_frame(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["u1", "u2"], "x": [float("inf"), 1e-05], "t": pd.to_timedelta(["26h", "-90min"])})
    assert sent(ding, frame, "{{ x }}") == ["", "0.00001"]
    assert sent(ding, frame, "{{ t }}") == ["26:00:00", "-1:30:00"]
    assert "division by zero" in ding.plan(frame, dingnb.text("{{ x }}")).problems().iloc[0]["reason"]


def test_ids_that_excel_has_rounded_or_taken_for_times_are_rejected(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(
        make([["userid"], [4250001234567890], [time(9, 30)], ["u3"]], formatted(A="General"))
    )
    plan = ding.plan(frame, dingnb.text("x"))
    assert plan.to_frame()["status"].tolist() == ["rejected", "rejected", "queued"]


def test_texts_as_numbers_for_filters_have_to_be_numbers(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["u1", "u2"], "x": ["1,234.5", "–"]})
    assert sent(ding, frame, "{{ x | float * 2 }}") == ["2469.0", ""]
    assert sent(ding, frame, "{{ x | int(0) }}") == ["1234", "0"]


def test_the_names_of_the_file_may_be_used_for_renamed_columns(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["userid", "姓名", "部门"], ["u1", "甲", "财务部"]]))
    assert sent(ding, frame, "{{ 姓名 }} {{ 部门 }} {{ name }}") == ["甲 财务部 甲"]


# Hidden rows


def hide(*lines: int) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for line in lines:
            sheet.row_dimensions[line].hidden = True

    return change


def test_hidden_rows_with_an_address_have_to_be_decided(make: Make) -> None:
    path = make([["userid", "name"], ["u1", "a"], ["u2", "b"], ["u3", "c"], ["u4", "d"]], hide(3, 5))
    with pytest.raises(HiddenRowsError) as raised:
        dingnb.read_recipients(path)
    assert "(2 rows, the first is row 3)" in raised.value.what
    assert 'hidden="skip"' in raised.value.hint
    skipped = dingnb.read_recipients(path, hidden="skip")
    assert skipped["userid"].tolist() == ["u1", "u3"]
    assert "Hidden in Excel and skipped: 2 rows." in skipped.attrs["dingnb"]["notes"]
    kept = dingnb.read_recipients(path, hidden="keep")
    assert kept["userid"].tolist() == ["u1", "u2", "u3", "u4"]
    assert kept.attrs["dingnb"]["hidden"] == 2
    with pytest.raises(InputError, match="hidden="):
        dingnb.read_recipients(path, hidden="drop")  # type: ignore[arg-type]


def test_hidden_rows_without_an_address_need_no_decision(make: Make) -> None:
    path = make([["userid", "n"], ["u1", "1"], ["无", "2"], [None, "3"]], hide(3, 4))
    assert len(dingnb.read_recipients(path)) == 3


def test_hidden_rows_of_a_list_without_known_columns_need_a_decision(make: Make) -> None:
    path = make([["人员", "金额"], ["u1", "1"], ["u2", "2"]], hide(3))
    with pytest.raises(HiddenRowsError):
        dingnb.read_recipients(path)


def test_rows_of_zero_height_or_without_numbers_are_hidden(make: Make, tmp_path: Path) -> None:
    path = make([["userid"], ["u1"], ["u2"]])
    low = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row r="3" ht="0" customHeight="1"')
    with pytest.raises(HiddenRowsError, match="row 3"):
        dingnb.read_recipients(low)
    bare = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row hidden="true"')
    with pytest.raises(HiddenRowsError, match="row 3"):
        dingnb.read_recipients(bare)


# Merged cells, other sheets, several ids


def test_merged_cells_are_repeated_in_each_of_their_rows(make: Make) -> None:
    rows = [
        ["2026年11月", None, None, None],
        ["部门", "姓名", "userid", "奖金"],
        ["财务部", "甲", "u1", 1],
        [None, "乙", "u2", None],
        [None, "丙", "u3", 3],
    ]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:D1", "A3:A5", "D3:D4"):
            sheet.merge_cells(place)

    frame = dingnb.read_recipients(make(rows, change))
    assert frame["department"].tolist() == ["财务部"] * 3
    assert frame["奖金"].tolist() == ["1", "1", "3"]
    assert list(frame.columns) == ["department", "name", "userid", "奖金"]


def test_sheets_that_are_not_named_are_counted_as_sheets(make: Make) -> None:
    dingnb.set_language("zh")
    path = make([["userid"], ["u1"]], **{f"S{number}": [["说明"]] for number in range(8)})
    note = next(note for note in dingnb.read_recipients(path).attrs["dingnb"]["notes"] if "S0" in str(note))
    assert "及另外 3 个工作表" in str(note)
    with pytest.raises(FileError, match="及另外 4 个工作表"):
        dingnb.read_recipients(path, sheet="没有")


def test_a_header_in_two_rows_is_one(make: Make) -> None:
    rows = [["姓名", "userid", "工资", None, "备注"], [None, None, "基本", "绩效", None], ["甲", "u1", 1, 2, "x"]]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:A2", "B1:B2", "C1:D1", "E1:E2"):
            sheet.merge_cells(place)

    frame = dingnb.read_recipients(make(rows, change))
    assert list(frame.columns) == ["name", "userid", "基本", "绩效", "备注"]
    assert frame.iloc[0].tolist() == ["甲", "u1", "1", "2", "x"]


def test_each_text_of_a_header_in_several_rows_is_in_a_name(make: Make) -> None:
    rows = [
        ["userid", "工资", None, "备注"],
        [None, "基本", "奖金", None],
        [None, "a", "b", "(选填)"],
        ["u1", 1, 2, "x"],
    ]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:A3", "B1:C1"):
            sheet.merge_cells(place)

    frame = dingnb.read_recipients(make(rows, change))
    assert list(frame.columns) == ["userid", "基本 a", "奖金 b", "备注 (选填)"]
    assert frame["userid"].tolist() == ["u1"]


@pytest.mark.parametrize("leftover", ["H1:I1", "F1:G2", "H1:I1048576"])
def test_merged_cells_beyond_the_last_column_of_a_header_are_ignored(make: Make, tmp_path: Path, leftover: str) -> None:
    rows = [["姓名", "userid", "工资", None], [None, None, "基本", "绩效"], ["甲", "u1", 1, 2]]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:A2", "B1:B2", "C1:D1"):
            sheet.merge_cells(place)

    path = make(rows, change)
    last = b'<mergeCell ref="C1:D1" />'
    merges = last + f'<mergeCell ref="{leftover}" />'.encode()
    frame = dingnb.read_recipients(replaced(path, tmp_path, "xl/worksheets/sheet1.xml", last, merges))
    assert list(frame.columns) == ["name", "userid", "基本", "绩效"]


def test_merged_cells_beyond_the_last_column_do_not_make_a_header_of_two_rows(make: Make) -> None:
    rows = [["userid", "n", "工资"], ["u1", 1, 2], ["u2", 3, 4]]

    def change(sheet: Worksheet) -> None:
        for place in ("B1:C1", "F1:F2"):
            sheet.merge_cells(place)

    frame = dingnb.read_recipients(make(rows, change))
    assert frame["userid"].tolist() == ["u1", "u2"]


def test_merged_cells_are_repeated_in_each_of_their_columns(make: Make) -> None:
    rows = [["userid", "上午", "下午"], ["u1", "会议", None], ["u2", "a", "b"]]
    frame = dingnb.read_recipients(make(rows, lambda sheet: sheet.merge_cells("B2:C2")))
    assert frame["下午"].tolist() == ["会议", "b"]


@pytest.mark.parametrize("place", ["B3:B1048576", "A3:B1048576", "A2:B1048576"])
def test_overlapping_merged_cells_cost_little(make: Make, tmp_path: Path, place: str) -> None:
    # The second row is blank.
    rows = [["userid", "n"], [], *([f"u{number}", None] for number in range(2_000))]
    path = make(rows, lambda sheet: sheet.merge_cells("B3:B4"))
    merges = b'<mergeCell ref="%s"/>' % place.encode() * 40_000
    many = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<mergeCell ref="B3:B4" />', merges)
    with pytest.raises(FileError, match="its merged cells overlap"):
        dingnb.read_recipients(many)


def test_a_few_overlapping_merged_cells_are_read(make: Make, tmp_path: Path) -> None:
    path = make([["userid", "n"], ["u1", "1"], ["u2", None]], lambda sheet: sheet.merge_cells("B2:B3"))
    merges = b'<mergeCell ref="B2:B3"/>' * 8
    some = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<mergeCell ref="B2:B3" />', merges)
    assert dingnb.read_recipients(some)["n"].tolist() == ["1", "1"]


def test_merged_cells_beside_the_table_cost_nothing(make: Make, tmp_path: Path) -> None:
    path = make([["userid"], *([f"u{number}"] for number in range(2_000))], lambda sheet: sheet.merge_cells("C1:D2"))
    merges = b'<mergeCell ref="C1:D2001"/>' * 40_000
    many = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<mergeCell ref="C1:D2" />', merges)
    assert len(quick(lambda: dingnb.read_recipients(many))) == 2_000


def test_merged_cells_beyond_the_table_cost_nothing(make: Make, tmp_path: Path) -> None:
    path = make([["userid", "n"], ["u1", "1"]], lambda sheet: sheet.merge_cells("A3:B4"))
    merges = b"".join(b'<mergeCell ref="A%d:XFD1048576"/>' % line for line in range(3, 20_000))
    many = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<mergeCell ref="A3:B4" />', merges)
    assert quick(lambda: dingnb.read_recipients(many))["userid"].tolist() == ["u1"]


def test_a_sheet_with_people_is_preferred(make: Make) -> None:
    path = make(
        [["填写说明"], ["请勿修改表头"]], 数据=[["姓名", "手机号"], ["甲", "13900000001"]], 其他=[["userid"], ["u9"]]
    )
    frame = dingnb.read_recipients(path)
    assert frame["mobile"].tolist() == ["13900000001"]
    report = frame.attrs["dingnb"]
    assert report["sheet"] == "数据"
    assert (
        "Sheet '数据' was read because it has a column of userids or mobile numbers; '名单' has none."
        in report["notes"]
    )
    assert dingnb.read_recipients(path, sheet="其他")["userid"].tolist() == ["u9"]


def test_a_sheet_with_instructions_is_not_a_list_of_people(make: Make) -> None:
    explained = [["字段", "说明"], ["姓名", "必填"], ["手机号", "必填，11 位"], ["userid", "选填"], ["部门", "选填"]]
    frame = dingnb.read_recipients(make(explained, 数据=[["手机号", "部门"], [13900000001, "财务部"]]))
    assert frame.attrs["dingnb"]["sheet"] == "数据"
    only = dingnb.read_recipients(make(explained))
    assert only.attrs["dingnb"]["sheet"] == "名单"


def test_a_hidden_sheet_is_read_only_by_its_name(make: Make) -> None:
    path = make([["姓名", "部门"], ["甲", "财务部"]], 离职名单=[["userid"], ["u9"]])
    workbook = openpyxl.load_workbook(path)
    workbook["离职名单"].sheet_state = "hidden"
    workbook.save(path)
    assert dingnb.read_recipients(path).attrs["dingnb"]["sheet"] == "名单"
    assert dingnb.read_recipients(path, sheet="离职名单")["userid"].tolist() == ["u9"]
    workbook["名单"].delete_rows(1, 2)
    workbook.save(path)
    with pytest.raises(FileError) as raised:
        dingnb.read_recipients(path)
    assert "离职名单" in raised.value.hint


def test_group_headings_and_repeated_headers_are_left_out(make: Make, ding: DingTalk) -> None:
    rows = [["userid", "姓名"], ["技术部", None], ["u1", "甲"], ["userid", "姓名"], ["用户ID", "姓名"], ["u2", "乙"]]
    frame = dingnb.read_recipients(make(rows, lambda sheet: sheet.merge_cells("A2:B2")))
    assert frame["userid"].tolist() == ["u1", "userid", "用户ID", "u2"]
    assert frame.attrs["dingnb"]["left_out"] == [{"line": 2, "reason": "a heading across several columns"}]
    problems = ding.plan(frame, dingnb.text("x")).problems()
    assert problems["reason"].str.contains("a column name").tolist() == [True, True]


def test_words_among_ids_are_problems(ding: DingTalk) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["u1", "张三"]}), dingnb.text("x"))
    assert "Column 'userid': 1 cell with words, such as '张三'" in str(plan)


def test_equal_names_below_two_titles_are_prefixed_with_them(make: Make) -> None:
    rows = [["userid", "10月", None, "11月", None], [None, "基本", "绩效", "基本", "绩效"], ["u1", 1, 2, 3, 4]]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:A2", "B1:C1", "D1:E1"):
            sheet.merge_cells(place)

    assert list(dingnb.read_recipients(make(rows, change)).columns) == [
        "userid",
        "10月 基本",
        "10月 绩效",
        "11月 基本",
        "11月 绩效",
    ]


def test_a_cell_that_is_merged_from_the_header_down_keeps_the_rows(make: Make) -> None:
    rows = [["userid", "n", "备注"], ["u1", 1, None], ["u2", 2, None]]
    frame = dingnb.read_recipients(make(rows, lambda sheet: sheet.merge_cells("C1:C3")))
    assert frame["userid"].tolist() == ["u1", "u2"]


def test_two_possible_id_columns_are_reported(make: Make, ding: DingTalk) -> None:
    frame = dingnb.read_recipients(make([["钉钉ID", "UserID", "n"], ["d1", "u1", 1]]))
    assert any("using 'UserID', not '钉钉ID'" in note for note in frame.attrs["dingnb"]["notes"])
    plan = ding.plan(frame, dingnb.text("x"))
    assert "using 'userid', not '钉钉ID'" in str(plan)
    other = ding.plan(frame, dingnb.text("x"), columns={"userid": "钉钉ID"})
    assert "is used" not in str(other)
    assert other.to_frame()["userid"].tolist() == ["d1"]


# Text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_quotes_rare_characters_and_tabs_are_preserved(tmp_path: Path, encoding: str) -> None:
    text = 'userid\t,姓名\t,备注\t\nu1\t,䶮𠮷㐂\t,"他说""好"""\nu2\t,李"小"四\t,a\t\n'
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    frame = dingnb.read_recipients(path)
    assert frame.iloc[0].tolist() == ["u1", "䶮𠮷㐂\t", '他说"好"']
    assert frame.iloc[1].tolist() == ["u2", '李"小"四\t', "a\t"]
    if encoding == "gb18030":
        assert dingnb.read_recipients(path, encoding="gbk")["name"][0] == "䶮𠮷㐂\t"


def test_a_tab_at_the_end_of_lines_is_not_a_column(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("userid\tname\t\nu1\t甲\t\nu2\t乙\t\n", encoding="utf-8")
    assert dingnb.read_recipients(path).to_dict("list") == {"userid": ["u1", "u2"], "name": ["甲", "乙"]}


# Malicious files


def quick(read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Read within ten times the duration on a slow machine."""
    begun = clock.process_time()
    try:
        return read()
    finally:
        assert clock.process_time() - begun < 10


def replaced(path: Path, folder: Path, part: str, old: bytes, new: bytes) -> Path:
    """Return a copy of a workbook with a replacement in its XML."""
    changed = folder / f"changed-{len(list(folder.iterdir()))}.xlsx"
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            assert name != part or old in content
            after.writestr(name, content.replace(old, new, 1) if name == part else content)
    return changed


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b'<row r="2"', b'<row r="999999999"', "row number 999,999,999"),
        (b'r="A2"', b'r="XFD2"', "16,384 columns wide"),
    ],
)
def test_rows_and_columns_beyond_those_of_a_list_are_refused_at_once(
    make: Make, tmp_path: Path, old: bytes, new: bytes, expected: str
) -> None:
    path = replaced(make([["userid"], ["u1"]]), tmp_path, "xl/worksheets/sheet1.xml", old, new)
    with pytest.raises(FileError, match=expected):
        quick(lambda: dingnb.read_recipients(path))


@pytest.mark.long
def test_a_stray_row_far_below_costs_little(make: Make, tmp_path: Path) -> None:
    path = make([["userid"], ["u1"], ["u2"]])
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row r="1048576"')
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'r="A3"', b'r="A1048576"')
    assert len(quick(lambda: dingnb.read_recipients(path))) == 2


def test_a_workbook_that_unpacks_beyond_a_list_is_refused_unread(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(make([["userid"], ["u1"]]).read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.xml", "w") as part:
        for _ in range(201):
            part.write(bytes(1024**2))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(FileError, match="unpacks to 201 MB"):
        quick(lambda: dingnb.read_recipients(path))


def test_entities_that_grow_are_refused(make: Make, tmp_path: Path) -> None:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">' + entities + b"]><worksheet"
    path = replaced(make([["userid"], ["u1"]]), tmp_path, "xl/worksheets/sheet1.xml", b"<worksheet", head)
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData><x>&a9;</x>")
    with pytest.raises(FileError):
        quick(lambda: dingnb.read_recipients(path))


@pytest.mark.parametrize(
    "header", ["a," * 1_000_000, "," * 1_000_000, "同名," * 1_000_000], ids=["equal", "blank", "zh"]
)
def test_a_million_columns_of_text_are_refused_at_once(tmp_path: Path, header: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"userid,{header}\nu1,{header}\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"1,000,00\d columns"):
        quick(lambda: dingnb.read_recipients(path))


def test_two_thousand_equal_names_become_unique(tmp_path: Path) -> None:
    path = tmp_path / "equal.csv"
    path.write_text("userid," + ",".join(["a"] * 1_900) + "\nu1," + ",".join(["x"] * 1_900) + "\n", encoding="utf-8")
    frame = quick(lambda: dingnb.read_recipients(path))
    assert list(frame.columns[:3]) == ["userid", "a", "a_2"]
    assert frame.columns[-1] == "a_1900"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b'<row r="3"', b'<row r="1"', "its rows are not in order"),
        (b"<sheetData>", b'<sheetData x="' + b"a" * 20_000_000 + b'">', "a tag in it is not closed"),
        (b'<c r="A2"', b"<c/>" * 0 + b"<c ><v>1</v></c>" * 1_000_000 + b'<c r="A2"', "more cells than Excel allows"),
        (b"</sheetData>", b"</sheetData>" + b'<mergeCell ref="A9:B9"/>' * 500_000, "merged cells"),
    ],
    ids=["order", "long tag", "long row", "merged"],
)
def test_sheets_that_are_made_to_take_long_are_refused(
    make: Make, tmp_path: Path, old: bytes, new: bytes, expected: str
) -> None:
    path = replaced(make([["userid"], ["u1"], ["u2"]]), tmp_path, "xl/worksheets/sheet1.xml", old, new)
    with pytest.raises(FileError, match=expected):
        quick(lambda: dingnb.read_recipients(path))


@pytest.mark.long
def test_a_million_rows_that_have_a_format_and_nothing_else_cost_little(make: Make, tmp_path: Path) -> None:
    empty = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % line for line in range(3, 1_048_577))
    path = make([["userid"], ["u1"]])
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b"</sheetData>", empty + b"</sheetData>")
    assert len(quick(lambda: dingnb.read_recipients(path))) == 1


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_a_formula_whose_text_is_empty_was_computed(make: Make, tmp_path: Path, quote: bytes) -> None:
    path = make([["userid", "a", "b"], ["u1", 1, 2]])
    computed, not_computed = b'<c r="B2" t="str"><f>A1</f><v></v></c>', b'<c r="C2"><f>A1</f><v></v></c>'
    computed = computed.replace(b'"', quote)
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<c r="B2" t="n"><v>1</v></c>', computed)
    assert "never calculated" not in str(dingnb.read_recipients(path).attrs["dingnb"]["notes"])
    path = replaced(path, tmp_path, "xl/worksheets/sheet1.xml", b'<c r="C2" t="n"><v>2</v></c>', not_computed)
    assert "never calculated, from C2, are read as blank: 1 cell" in str(
        dingnb.read_recipients(path).attrs["dingnb"]["notes"]
    )


def test_messages_of_the_library_are_not_shown(make: Make, tmp_path: Path) -> None:
    path = replaced(make([["userid"], ["u1"]]), tmp_path, "xl/worksheets/sheet1.xml", b"</sheetData>", b"<sheetData>")
    with pytest.raises(FileError, match="its contents cannot be read"):
        dingnb.read_recipients(path)
    namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = replaced(path, tmp_path, "xl/workbook.xml", namespace, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
    with pytest.raises(FileError, match=r"^'[^']*' was saved as “Strict Open XML”.*\n.*“Excel Workbook \(\.xlsx\)”"):
        dingnb.read_recipients(strict)


@pytest.mark.parametrize("chosen", [{"encoding": 5}, {"delimiter": 5}, {"encoding": "no such"}])
def test_options_of_a_wrong_type_are_dingnb_errors(tmp_path: Path, chosen: dict[str, Any]) -> None:
    path = tmp_path / "list.csv"
    path.write_text("userid\nu1\n", encoding="utf-8")
    with pytest.raises(InputError):
        dingnb.read_recipients(path, **chosen)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FileError, match=r"^'.*pipe\.csv' is not a regular file\.\n") as refusal:
        dingnb.read_recipients(tmp_path / "pipe.csv")
    assert "Close it in other programs" not in str(refusal.value)


def test_a_text_file_larger_than_any_list_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(201 * 1024**2)
    with pytest.raises(FileError, match=r"^'large\.csv' has 201 MB\.\n") as refusal:
        dingnb.read_recipients(path)
    assert "Close it in other programs" not in str(refusal.value)


def test_a_workbook_in_memory_is_not_changed(make: Make) -> None:
    path = make([["userid", "n"], ["u1", 0.5]], formatted(B="0%"))
    before = path.read_bytes()
    dingnb.read_recipients(path)
    assert path.read_bytes() == before
    assert zipfile.ZipFile(io.BytesIO(before)).testzip() is None
