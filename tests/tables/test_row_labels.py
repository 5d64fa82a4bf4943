"""Labels of rows: lines for uploaded files, the index for frames."""

import io
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from dingnb.errors import InputError
from dingnb.tables.files import ReadOptions, read_recipients, read_table
from dingnb.tables.row_labels import (
    FIRST,
    find_row,
    index_heading,
    index_name,
    is_indexed_by_line,
    positions_of,
    row_numbers,
)
from dingnb.words import Language, set_language

GAPS = "姓名,userid\n李雷,a1\n\n韩梅梅,a2\n ,\n\n小明,a3\n"


def workbook(*, sheets: int = 1) -> bytes:
    written = io.BytesIO()
    people = pd.DataFrame({"userid": ["a1", None, "a2"]})
    with pd.ExcelWriter(written) as book:
        for number in range(sheets):
            people.to_excel(book, sheet_name=f"May {number}", index=False, startrow=2)
    return written.getvalue()


def test_rows_are_labelled_by_line_despite_blank_lines() -> None:
    frame, _ = read_table("staff.csv", GAPS.encode(), ReadOptions())
    assert (frame.index.tolist(), frame.index.name) == ([2, 4, 7], "File line")
    assert is_indexed_by_line(frame)
    assert frame.loc[4, "name"] == "韩梅梅"


def test_left_out_rows_and_multi_line_cells_count_as_lines() -> None:
    frame, _ = read_table("staff.csv", b'sep=;\nuserid;note\na1;"one\ntwo"\na2;x;y;z\na3;w\n', ReadOptions())
    assert frame.index.tolist() == [3, 6]
    assert frame.attrs["dingnb"]["left_out"][0]["line"] == 5


@pytest.mark.parametrize(
    ("language", "sheets", "called"),
    [
        ("en", 1, "Excel row"),
        ("en", 2, "Excel row in “May 0”"),
        ("zh", 1, "Excel 行号"),
        ("zh", 2, "“May 0”的 Excel 行号"),
    ],
)
def test_rows_are_labelled_by_excel_row_and_sheet(language: Language, sheets: int, called: str) -> None:
    set_language(language)
    frame, _ = read_table("staff.xlsx", workbook(sheets=sheets), ReadOptions())
    assert (frame.index.tolist(), frame.index.name) == ([4, 6], called)
    set_language("en")
    assert str(index_name(frame.index)) == ("Excel row" if sheets == 1 else "Excel row in “May 0”")


def test_a_column_with_the_index_s_name_keeps_it() -> None:
    frame, _ = read_table("problems.csv", b"File line,userid\n7,a1\n", ReadOptions())
    assert frame.index.name == "File line (2)"
    assert frame["File line"].tolist() == ["7"]


def test_frames_read_by_code_are_indexed_from_0(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(GAPS, encoding="utf-8")
    frame = read_recipients(path, quiet=True)
    assert frame.index.equals(pd.RangeIndex(3))
    assert not is_indexed_by_line(frame)


def test_rows_are_numbered_by_increasing_integer_labels_or_by_position() -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c"]})
    for labels in ([3, 7, 9], [-1, 0, 1], pd.Index([3, 7, 9], dtype="Int64"), pd.Index([3, 7, 9], dtype="uint8")):
        numbers = row_numbers(frame.set_axis(labels))
        assert (numbers.tolist(), numbers.dtype) == (list(labels), "int64")
    for labels in ([3, 3, 9], [9, 7, 3], ["3", "7", "9"], [3.0, 7.0, 9.0], [0, 1, 2**60], [False, True, 2]):
        assert row_numbers(frame.set_axis(labels)).tolist() == [0, 1, 2]
    gap = pd.Index(pd.array([3, 7, None], dtype="Int64"))
    assert row_numbers(frame.set_axis(gap)).tolist() == [0, 1, 2]
    assert row_numbers(frame.iloc[:0]).tolist() == []


def test_reordered_rows_are_numbered_by_position() -> None:
    frame, _ = read_table("staff.csv", GAPS.encode(), ReadOptions())
    assert row_numbers(frame.iloc[1:]).tolist() == [4, 7]
    assert row_numbers(frame.iloc[::-1]).tolist() == [0, 1, 2]
    assert row_numbers(frame.reset_index()).tolist() == [0, 1, 2]
    assert row_numbers(pd.concat([frame, frame])).tolist() == [0, 1, 2, 3, 4, 5]


def test_the_heading_of_rows_is_the_name_of_the_index() -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    assert str(index_heading(frame.index)) == "row"
    assert index_heading(frame.rename_axis("工号").index) == "工号"
    assert str(index_heading(frame.rename_axis(pd.NA).index)) == "row"
    assert str(index_heading(pd.MultiIndex.from_arrays([[1], [2]], names=["a", "b"]))) == "row"


def test_a_time_as_text_is_in_the_time_zone_of_the_index_unless_it_has_one() -> None:
    index = pd.date_range("2026-01-01", periods=3, tz="Asia/Shanghai")
    assert positions_of(index, "2026-01-02") == [1]
    assert positions_of(index, "2026-01-01 16:00Z") == [1]
    assert positions_of(index, "2026-01-02 16:00") == []
    assert positions_of(index.tz_localize(None), "2026-01-03") == [2]


def test_a_date_or_a_time_without_a_time_zone_is_found_as_its_text_is() -> None:
    for zone in (None, "Asia/Shanghai"):
        index = pd.date_range("2026-11-28", periods=3, tz=zone)
        for label in (date(2026, 11, 29), datetime(2026, 11, 29), pd.Timestamp("2026-11-29")):  # noqa: DTZ001
            assert positions_of(index, label) == [1]
    dates = pd.Index([date(2026, 11, 28), date(2026, 11, 29)])
    assert positions_of(dates, date(2026, 11, 29)) == [1]


def test_a_period_is_found_by_its_text() -> None:
    index = pd.period_range("2026-10", periods=3, freq="M")
    assert positions_of(index, "2026-11") == positions_of(index, index[1]) == [1]
    assert positions_of(index, "November") == positions_of(index, "2027-01") == []


def test_a_time_that_the_clocks_show_twice_or_never_is_refused_for_that_reason() -> None:
    hours = pd.date_range("2026-10-24 23:30", periods=6, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"userid": list("abcdef")}, index=hours)
    assert find_row(frame, "2026-10-25 01:30") == 2
    with pytest.raises(InputError, match="'2026-10-25 02:30' occurs twice in Europe/Berlin") as raised:
        find_row(frame, "2026-10-25 02:30")
    assert raised.value.hint.endswith("'2026-10-25 02:30:00+02:00' or '2026-10-25 02:30:00+01:00'.")
    assert [find_row(frame, f"2026-10-25 02:30:00+0{offset}:00") for offset in (2, 1)] == [3, 4]
    with pytest.raises(InputError, match="'2026-03-29 02:30' does not exist in Europe/Berlin"):
        find_row(frame, "2026-03-29 02:30")
    plain = frame.tz_localize(None)
    assert find_row(plain, "2026-10-25 01:30") == 2


def test_a_label_or_position_of_more_digits_than_python_writes_is_refused_like_others() -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    with pytest.raises(InputError, match="No row has the label '0x31e2"):
        find_row(frame, 10**5_000)
    with pytest.raises(InputError, match="There is no row at position '0x31e2"):
        find_row(frame, FIRST, position=10**5_000)
