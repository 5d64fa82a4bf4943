"""What rows are called: those of an uploaded file by its own lines, those of a frame by its index."""

import io
from pathlib import Path

import pandas as pd
import pytest

from dingnb.tables.files import Choices, read_recipients, read_table
from dingnb.tables.row_labels import heading_of_rows, is_named_by_line, numbers_of_rows
from dingnb.words import Language, set_language

GAPS = "姓名,userid\n李雷,a1\n\n韩梅梅,a2\n ,\n\n小明,a3\n"


def workbook(*, sheets: int = 1) -> bytes:
    written = io.BytesIO()
    people = pd.DataFrame({"userid": ["a1", None, "a2"]})
    with pd.ExcelWriter(written) as book:
        for number in range(sheets):
            people.to_excel(book, sheet_name=f"May {number}", index=False, startrow=2)
    return written.getvalue()


def test_a_line_of_text_names_its_row_whatever_is_blank_between() -> None:
    frame, _ = read_table("staff.csv", GAPS.encode(), Choices())
    assert (frame.index.tolist(), frame.index.name) == ([2, 4, 7], "File line")
    assert is_named_by_line(frame)
    assert frame.loc[4, "name"] == "韩梅梅"


def test_a_row_that_is_left_out_and_a_cell_of_several_lines_count_too() -> None:
    frame, _ = read_table("staff.csv", b'sep=;\nuserid;note\na1;"one\ntwo"\na2;x;y;z\na3;w\n', Choices())
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
def test_a_row_of_excel_names_its_row_and_its_sheet(language: Language, sheets: int, called: str) -> None:
    set_language(language)
    frame, _ = read_table("staff.xlsx", workbook(sheets=sheets), Choices())
    assert (frame.index.tolist(), frame.index.name) == ([4, 6], called)


def test_a_column_of_that_name_keeps_it() -> None:
    frame, _ = read_table("problems.csv", b"File line,userid\n7,a1\n", Choices())
    assert frame.index.name == "File line (2)"
    assert frame["File line"].tolist() == ["7"]


def test_what_code_reads_is_indexed_from_0(tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(GAPS, encoding="utf-8")
    frame = read_recipients(path, quiet=True)
    assert frame.index.equals(pd.RangeIndex(3))
    assert not is_named_by_line(frame)


def test_rows_are_numbered_by_labels_that_are_growing_integers_else_by_positions() -> None:
    frame = pd.DataFrame({"userid": ["a", "b", "c"]})
    for labels in ([3, 7, 9], [-1, 0, 1], pd.Index([3, 7, 9], dtype="Int64"), pd.Index([3, 7, 9], dtype="uint8")):
        numbers = numbers_of_rows(frame.set_axis(labels))
        assert (numbers.tolist(), numbers.dtype) == (list(labels), "int64")
    for labels in ([3, 3, 9], [9, 7, 3], ["3", "7", "9"], [3.0, 7.0, 9.0], [0, 1, 2**60], [False, True, 2]):
        assert numbers_of_rows(frame.set_axis(labels)).tolist() == [0, 1, 2]
    gap = pd.Index(pd.array([3, 7, None], dtype="Int64"))
    assert numbers_of_rows(frame.set_axis(gap)).tolist() == [0, 1, 2]
    assert numbers_of_rows(frame.iloc[:0]).tolist() == []


def test_rows_that_were_moved_are_numbered_by_their_positions() -> None:
    frame, _ = read_table("staff.csv", GAPS.encode(), Choices())
    assert numbers_of_rows(frame.iloc[1:]).tolist() == [4, 7]
    assert numbers_of_rows(frame.iloc[::-1]).tolist() == [0, 1, 2]
    assert numbers_of_rows(frame.reset_index()).tolist() == [0, 1, 2]
    assert numbers_of_rows(pd.concat([frame, frame])).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_table_calls_its_rows_by_the_name_of_the_index() -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    assert str(heading_of_rows(frame.index)) == "row"
    assert heading_of_rows(frame.rename_axis("工号").index) == "工号"
    assert str(heading_of_rows(frame.rename_axis(pd.NA).index)) == "row"
    assert str(heading_of_rows(pd.MultiIndex.from_arrays([[1], [2]], names=["a", "b"]))) == "row"
