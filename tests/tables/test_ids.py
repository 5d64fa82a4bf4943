import datetime as dt
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.tables.cells import is_missing, show
from dingnb.tables.ids import BLANK, PLACEHOLDERS, Cell, is_about_list, plain_userids, read_mobile, read_userid
from dingnb.words import NOTHING, set_language
from tests.table_rows import for_each


@for_each(
    ("value", "userid"),
    [
        ("manager01", "manager01"),
        ("123.0", "123"),
        (Decimal(123), "123"),
        (Decimal("123.00"), "123"),
        ("0123.00", "0123"),
        (123.0, "123"),
        (123, "123"),
        (np.int64(7), "7"),
        (np.float64(7), "7"),
        (np.float32(7), "7"),
        (np.str_("ab"), "ab"),
        (" ab\u200b", "ab"),
        ("ＡＢ１", "AB1"),
        ("9007199254740991.0", "9007199254740991"),
    ],
)
def test_an_id_is_corrected_if_unambiguous(value: object, userid: str) -> None:
    cell = read_userid(value)
    assert (cell.text, str(cell.problem)) == (userid, "")
    assert cell.is_corrected is (
        isinstance(value, float | np.floating) or (isinstance(value, str | Decimal) and str(value) != userid)
    )


@for_each(
    "value",
    [
        *(
            "@all",
            "@ALL",
            "a,b",
            "a，b",
            "a、b",
            "a;b",
            "a|b",
            "a b",
            "a\nb",
            "a\u3000b",
            "a\x00b",
            "a\ud800",
            "a\ufffd",
        ),
        *(1.5, 2.0**53, 1e300, float("inf"), np.float32(16_777_216), np.float16(2_048), "1.3E+10", "1e+5"),
        *(True, np.True_, b"ab", ["a"], {"a": 1}, {"a"}, ("a",), 1j, Decimal("1.5"), object(), pd.Series([1])),
        *(dt.date(2026, 1, 1), pd.Timestamp("2026"), np.datetime64("2026-01-01", "ns"), np.timedelta64(5, "ns")),
        *("x" * 65, 10**5_000, -(10**5_000)),
    ],
)
def test_an_invalid_id_is_a_problem_with_a_hint(value: object) -> None:
    cell = read_userid(value)
    assert cell.text == ""
    assert cell.problem
    assert cell.hint


@for_each(
    "value",
    [None, float("nan"), pd.NA, pd.NaT, "", "  ", "\u200b", "nan", " nan ", "<NA>", "None", Decimal("NaN")],
)
def test_missing_values_are_blank_for_all_kinds_of_address(value: object) -> None:
    assert read_userid(value) == read_mobile(value) == BLANK


@for_each("value", ["@all", "a,b", "12", "1390000", True, 1.39e10 + 0.5, "+86 123", "x" * 99])
def test_an_invalid_phone_number_is_a_problem(value: object) -> None:
    cell = read_mobile(value)
    assert cell.text == ""
    assert cell.problem
    assert len(str(cell.problem)) < 300


@for_each(
    ("value", "word"),
    [
        *(("1.5", "has decimals"), ("0.3", "has decimals"), ("-1.5", "has decimals"), (".5", "has decimals")),
        *((2.5, "2.5 has decimals"), (np.float64(-0.5), "-0.5 has decimals"), (1e16, "lost digits")),
        *(("1E5", "lost digits"), ("2e3", "lost digits"), ("2E03", "lost digits"), ("1e-07", "lost digits")),
        *(("1.2E-5", "lost digits"), ("123456789012345000.00", "lost digits"), ("9007199254740992.0", "lost digits")),
        *(("-12", "negative"), (-12, "negative"), (-12.0, "negative")),
        *(("TRUE", "'TRUE' is a boolean"), ("False", "boolean"), (True, "True is a boolean, not an ID.")),
        (np.False_, "False is a boolean, not an ID."),
        *((value, f"{value} is not a finite number.") for value in (float("inf"), np.float64("-inf"))),
        *((np.float32("inf"), "inf is not a finite number."), (Decimal("inf"), "'Infinity' is not a finite number.")),
        *((Decimal(-12), "negative"), (Decimal("2.5"), "'2.5' has decimals"), (Decimal("1E-5000000"), "decimals")),
        (Decimal("-1E+5000000"), "'-1E+5000000' is too long for an ID."),
        (["a"], "['a'] is of type list, not an ID."),
    ],
)
def test_an_id_corrupted_by_a_spreadsheet_is_invalid_as_text(value: object, word: str) -> None:
    set_language("en")
    cell = read_userid(value)
    assert (cell.text, word in str(cell.problem)) == ("", True)
    assert ("as text (in Excel" in str(cell.hint)) is (word == "lost digits")


@for_each(
    "text",
    [
        *("7E12", "12E3", "E5", "1E5a", "12-3", "-a", "a-12", "true", "1.2.3", "zhang.san", "000000000000000000"),
        # A genuine id may end in zeros; DingTalk reports one rounded by a spreadsheet as invalid.
        *("0123456789012345000", "1234567890123456000", "123456789000", "x" * 64, "1" * 64),
    ],
)
def test_an_unusual_id_is_valid(text: str) -> None:
    assert read_userid(text) == Cell(text)


IDS = st.one_of(
    st.sampled_from(["a1", "0123", "a\nb", "a\n", "", "nan", "TRUE", "@all", " a", "１", "x" * 64, "x" * 65, "é"]),
    st.sampled_from([0, 7, -1, 10**63, 10**64, 10**5_000, -(10**5_000), True, 1.0, None, np.int64(7), np.str_("a")]),
)


@given(st.lists(IDS, min_size=1, max_size=4) | st.lists(st.sampled_from(["a1", "0123", "a\nb"]), min_size=1))
def test_plain_userids_agree_with_reading_each_cell(cells: list[object]) -> None:
    each = [read_userid(cell) for cell in cells]
    all_plain = plain_userids(cells)
    assert all_plain is None or all_plain == [cell.text for cell in each]
    assert all_plain is None or not any(cell.problem or cell.is_corrected or not cell.text for cell in each)


@pytest.mark.parametrize("cells", [["a1", "0123", "zhang-san"], [1, 20, 10**63]])
def test_a_column_of_plain_ids_is_read_at_once(cells: list[object]) -> None:
    assert plain_userids(cells) == list(map(str, cells))


def test_a_long_value_is_truncated_in_the_reason_but_not_in_the_table() -> None:
    assert len(str(read_userid("y" * 5_000).problem)) < 200
    assert show("y" * 5_000) == "y" * 5_000


@given(st.one_of(st.text(), st.floats(), st.integers(), st.binary(), st.none(), st.booleans(), st.lists(st.text())))
def test_every_cell_is_an_id_a_blank_or_a_problem_with_a_hint(value: object) -> None:
    for cell in (read_userid(value), read_mobile(value)):
        assert bool(cell.problem) == bool(cell.hint)
        assert not (cell.text and cell.problem)
        assert cell.text or cell.problem or cell.is_placeholder or is_missing(value) or isinstance(value, str)
        assert "," not in cell.text
        assert not any(map(str.isspace, cell.text))
        assert cell.text.casefold() != "@all"
        show(value).encode()


@for_each(
    "value",
    [
        *(
            "-",
            "--",
            "—",
            "——",
            "/",
            " / ",
            "\\",
            "*",
            "…",
            "?",
            "？",
            "无",
            " 无 ",
            "無",
            "暂无",
            "没有",
            "待定",
            "待 定",
        ),
        *(
            "N/A",
            "n/a",
            "#N/A",
            "NULL",
            "null",
            "Null",
            "none",
            "NONE",
            "None ",
            "NA",
            "nil",
            "TBD",
            "未填写",
            "不适用",
            "undefined",
            "nULL",
            "tBD",
        ),
        *("0", "０", "0.0", 0, 0.0, np.int64(0), np.float64(0), "空", "ＮＵＬＬ", "unknown", "无手机", "（無手機號）"),
        *("没有手机", "暂无手机号", "无联系电话", "没电话", "无号码", "#REF!", "#NAME?", "#DIV/0!"),
    ],
)
def test_placeholders_are_missing_for_all_kinds_of_address(value: object) -> None:
    assert read_userid(value)[:2] == read_mobile(value)[:2] == ("", NOTHING)
    assert plain_userids(["manager01", value] if isinstance(value, str) else [1, value]) is None


@pytest.mark.parametrize("value", ["#N/A", " #N/A", "#REF!", "无"])
def test_an_error_of_excel_counts_as_a_placeholder_and_not_as_an_empty_cell(value: str) -> None:
    assert read_userid(value).is_placeholder
    assert read_mobile(value).is_placeholder
    assert not read_userid(" nan").is_placeholder


@pytest.mark.parametrize("value", ["00000000000", "000"])
def test_zeros_are_not_a_phone_number(value: str) -> None:
    assert read_mobile(value).is_placeholder
    assert read_userid(value).text == value


@for_each(
    "value",
    [
        *(
            "合计",
            "合 计",
            "总计",
            "小计：",
            "合计（元）",
            "合计25人",
            "共1人",
            "共 25 人",
            "示例：zhangsan",
            "示例",
            "例: a",
        ),
        *("制表：", "制表人：王芳", "填表人: 李", "审核：", "备注", "说明：请勿删除", "日期：2026-11-27", "以下空白"),
        "备注：疑问请致电 13900000001",
        *("Total", "TOTAL:", "Example: manager01", "Grand total", "Note (see below)", "GrandTotal", "END", "end"),
    ],
)
def test_totals_and_notes_are_problems(value: str) -> None:
    for read in (read_userid, read_mobile):
        cell = read(value)
        assert (cell.text, cell.is_corrected) == ("", False)
        assert "a total or a note, not an address" in str(cell.problem)
        assert str(cell.hint) == "Remove the row."
    assert plain_userids(["manager01", value]) is None


@for_each(
    "value",
    [
        *("离职", "离职（10月）", "见备注", "同 上", "工号：1234", "员工编号：0012", "手机:13900000001"),
        *("王五：138-0000-0001", "联系方式（手机）：13900000001"),
    ],
)
def test_remarks_about_a_person_are_problems_to_correct(value: str) -> None:
    for read in (read_userid, read_mobile):
        cell = read(value)
        assert cell.text == ""
        assert "a total or a note" not in str(cell.problem)
        assert "Correct" in str(cell.hint)


def test_a_word_is_read_alike_in_every_case_and_with_a_blank() -> None:
    notes = ("total", "subtotal", "grandtotal", "sum", "average", "example", "sample", "note", "notes", "end")
    for word in {*PLACEHOLDERS, *notes, "true", "false", "nan", "NaT", "None", "manager", "0", "00"}:
        for form in (word, word.upper(), word.title(), word.title().swapcase()):
            cell, with_blank = read_userid(form), read_userid(f"{form} ")
            assert (cell.text, bool(cell.problem)) == (with_blank.text, bool(with_blank.problem))
            assert plain_userids([form]) in (None, [cell.text])


@for_each(
    "value",
    ["null01", "none_x", "na7", "total01", "note-1", "sum_1", "o", "N", "x", "张三", "合计员01", "sample@corp.com"],
)
def test_an_id_that_resembles_a_placeholder_is_valid(value: str) -> None:
    assert read_userid(value).text == value


@for_each("cell", ["备", "备:", "合计", "1 ", "x1", "-1 ", "- ", "(", "1,"])
def test_a_long_cell_is_read_in_time_proportional_to_its_length(cell: str) -> None:
    begun = time.process_time()
    for text in (cell * 100_000, f"{cell * 100_000}x"):
        for read in (read_userid, read_mobile, is_about_list):
            read(text)
    assert time.process_time() - begun < 10
