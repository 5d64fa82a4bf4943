import codecs
import contextlib
import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.errors import ColumnError, FileError
from dingnb.tables import workbooks
from dingnb.words import in_language
from tests.table_rows import for_each
from tests.tiers import examples

Write = Callable[[str, str | bytes], Path]
Book = Callable[..., Path]
ERROR_CELL = b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.fixture(autouse=True)
def english() -> None:
    dingnb.set_language("en")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_one(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_one


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Write a workbook with the rows of its sheets and number formats of cells."""

    def write_book(
        *sheets: list[list[object]], name: str = "a.xlsx", formats: dict[str, str] | None = None, hidden: int = -1
    ) -> Path:
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for number, rows in enumerate(sheets):
            sheet = workbook.create_sheet(f"Sheet{number + 1}")
            for row in rows:
                sheet.append(row)
            sheet.sheet_state = "hidden" if number == hidden else "visible"
        for place, number_format in (formats or {}).items():
            workbook.worksheets[0][place].number_format = number_format
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write_book


def facts(frame: pd.DataFrame) -> dict[str, object]:
    return frame.attrs["dingnb"]


def notes(frame: pd.DataFrame) -> str:
    return "\n".join(facts(frame)["notes"])


ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "gbk": "GB18030 (GBK)",
    "gb18030": "GB18030 (GBK)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
}


@for_each("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_detected(write: Write, encoding: str, delimiter: str) -> None:
    rows = [
        ["员工UserID", "姓名", "手机号"],
        ["001", "张三", "13900000001"],
        ["002", f"李{delimiter}四", "13900000002"],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    frame = dingnb.read_recipients(write("a.csv", text.getvalue().encode(encoding)))
    assert frame.to_dict("list") == {
        "userid": ["001", "002"],
        "name": ["张三", f"李{delimiter}四"],
        "mobile": ["13900000001", "13900000002"],
    }
    assert (facts(frame)["encoding"], facts(frame)["delimiter"]) == (ENCODINGS[encoding], delimiter)
    assert [str(dtype) for dtype in frame.dtypes] == ["str"] * 3
    assert isinstance(frame.index, pd.RangeIndex)


CELLS = st.text(alphabet=st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=12)
IDS = st.from_regex(r"0{0,3}[0-9]{1,19}|[0-9A-Za-z_-]{1,64}", fullmatch=True)


@examples(60)
@given(
    st.lists(st.tuples(IDS, CELLS), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_ids_survive_a_file(
    tmp_path: Path, rows: list[tuple[str, str]], encoding: str, delimiter: str, ends: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL)
    # The Chinese header makes GB18030 recognisable, regardless of the cells.
    writer.writerows(
        [["用户ID", "备注", "部门名称和说明文字"], *[(userid, note, "平台研发部平台研发部") for userid, note in rows]]
    )
    (tmp_path / "a.csv").write_bytes(text.getvalue().encode(encoding))
    frame = dingnb.read_recipients(tmp_path / "a.csv", quiet=True)
    assert frame["userid"].tolist() == [userid for userid, _ in rows]
    for found, (_, note) in zip(frame["备注"], rows, strict=True):
        assert pd.isna(found) or found == note


@examples(200)
@given(st.binary(max_size=400) | st.text(alphabet='a1,;\t"\n\r手 \0\ufeff|=', max_size=120).map(str.encode))
def test_any_bytes_give_a_frame_or_an_input_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    outcome: list[pd.DataFrame] = []
    with contextlib.suppress(dingnb.InputError):
        outcome.append(dingnb.read_recipients(tmp_path / "a.csv", quiet=True))
    for frame in outcome:
        assert len(frame)
        assert json.loads(json.dumps(facts(frame))) == facts(frame)


def test_the_report_contains_findings_and_changes(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    content = (
        "工号;姓名;手机号\r\n001;张三;13900000001.0\r\n002;李四;１３９０００００００２\r\n"
        '003;王五\r\n004;"赵;六";13900000004\r\n'
    )
    frame = dingnb.read_recipients(write("名单.csv", content.encode("gbk")))
    assert capsys.readouterr().out == (
        "名单.csv: 3 rows, 3 columns\n"
        "  Format     text, GB18030 (GBK), delimiter: semicolon\n"
        "  Columns    job_number, name, mobile\n"
        "  Renamed    工号 → job_number, 姓名 → name, 手机号 → mobile\n"
        "  Corrected  mobile: 2 cells, such as '13900000001.0' to '13900000001'\n"
        "  Skipped    1 row: line 4 (2 instead of 3 cells)\n"
    )
    assert facts(frame) == {
        "file": "名单.csv",
        "format": "csv",
        "encoding": "GB18030 (GBK)",
        "delimiter": ";",
        "rows": 3,
        "columns": ["job_number", "name", "mobile"],
        "renamed": [
            {"from": "工号", "to": "job_number"},
            {"from": "姓名", "to": "name"},
            {"from": "手机号", "to": "mobile"},
        ],
        "corrected": {"mobile": {"cells": 2, "value": "13900000001.0", "became": "13900000001"}},
        "left_out": [{"line": 4, "reason": "2 instead of 3 cells"}],
        "notes": [],
    }


def test_quiet_prints_nothing_and_keeps_the_facts(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    frame = dingnb.read_recipients(write("a.csv", "userid\n1\n"), quiet=True)
    assert capsys.readouterr().out == ""
    assert facts(frame)["rows"] == 1


def test_the_report_is_translated(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    dingnb.set_language("zh")
    dingnb.read_recipients(write("a.csv", "手机号,姓名\n13900000001,a\n1\n"))
    out = capsys.readouterr().out
    assert "手机号 → mobile" in out
    assert "第 3 行（有 1 个单元格，应为 2 个）" in out


def test_nothing_but_a_blank_cell_is_missing_in_text(write: Write) -> None:
    frame = dingnb.read_recipients(write("a.csv", "userid,name\n1,NA\n2,null\n3,\n4, \u200b\n5,None\n6,#N/A\n7,nan\n"))
    assert frame["name"].isna().tolist() == [False, False, True, True, False, True, False]
    assert frame["name"].dropna().tolist() == ["NA", "null", "None", "nan"]
    assert "Excel errors" in notes(frame)


def test_lost_digits_are_left_for_the_plan_to_reject(write: Write) -> None:
    frame = dingnb.read_recipients(write("a.csv", "userid,mobile\n1234567890123456789,1.38E+10\n00123,0123\n"))
    assert frame["userid"].tolist() == ["1234567890123456789", "00123"]
    assert frame["mobile"].tolist() == ["1.38E+10", "0123"]


def test_formulas_and_html_are_text(write: Write) -> None:
    rows = '001,"=HYPERLINK(""http://x.example"",""y"")"\n002,=cmd|\' /C calc\'!A0\n003,<script>alert(1)</script>\n'
    frame = dingnb.read_recipients(write("a.csv", "userid,note\n" + rows))
    assert frame["note"].tolist() == [
        '=HYPERLINK("http://x.example","y")',
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
    ]


def test_printed_names_contain_no_control_characters(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    dingnb.read_recipients(write("a.csv", "userid,\x1b[31mred,手机\x07号\n'\x1b[2J1,x,\x1b[2J1\n1\n"))
    assert not set(capsys.readouterr().out) & set("\x1b\x07")


def test_multi_line_cells_are_valid(write: Write) -> None:
    frame = dingnb.read_recipients(write("a.csv", 'userid,text\n1,"Dear all,\nplease, note\nbye"\n2,x\n'))
    assert frame["text"].tolist() == ["Dear all,\nplease, note\nbye", "x"]
    assert facts(frame)["left_out"] == []


@pytest.mark.parametrize("last", ['4,"ok",5\n5,e,6\n', "4,d,5\n5,e,6\n", '4,"d, d",5\n5,e,6'])
def test_an_unclosed_quotation_mark_loses_only_its_own_row(write: Write, last: str) -> None:
    frame = dingnb.read_recipients(write("a.csv", 'userid,name,x\n1,"open,2\n2,b,3\n3,c,4\n' + last))
    assert frame["userid"].tolist() == ["2", "3", "4", "5"]
    assert facts(frame)["left_out"] == [{"line": 2, "reason": "a quotation mark is not closed"}]


def test_ragged_rows_are_named_by_line_and_blank_ends_are_not_ragged(write: Write) -> None:
    content = 'userid,name,\n1,"a\nb",\n2,b\n\n3\n4,d,,,\n5,e,f,g\n6,f,\n'
    frame = dingnb.read_recipients(write("a.csv", content))
    assert frame["userid"].tolist() == ["1", "2", "4", "6"]
    assert list(frame.columns) == ["userid", "name"]
    assert [row["line"] for row in facts(frame)["left_out"]] == [6, 8]


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n"])
def test_every_kind_of_line_end_ends_a_line(write: Write, ends: str) -> None:
    frame = dingnb.read_recipients(write("a.csv", ends.join(["userid,name", "1,a", "2,b"])))
    assert frame.to_numpy().tolist() == [["1", "a"], ["2", "b"]]


def test_a_title_above_the_header_is_left_out_and_reported(write: Write) -> None:
    frame = dingnb.read_recipients(
        write("a.csv", "2026年工资表,,\n制表：人事,,\n工号,手机号,姓名\n001,13900000001,张三\n")
    )
    assert frame["job_number"].tolist() == ["001"]
    assert "2 rows above the header skipped: '2026年工资表 / 制表：人事'" in notes(frame)


def test_a_column_name_among_the_data_is_not_the_header(write: Write) -> None:
    frame = dingnb.read_recipients(write("a.csv", "item,owner\nchair,a\n电话,b\n"))
    assert frame.to_dict("list") == {"item": ["chair", "电话"], "owner": ["a", "b"]}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\r\n", b"\xff\xfe", b"\xff\xfe\n\0"])
def test_an_empty_file_is_an_error(write: Write, content: bytes) -> None:
    with pytest.raises(FileError, match=r"'a\.csv' is empty"):
        dingnb.read_recipients(write("a.csv", content))


def test_a_text_that_is_called_a_workbook_and_has_no_list_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "staff.xlsx").write_text("quarterly report")
    with pytest.raises(FileError, match=r"'staff.xlsx' is not an Excel workbook, although its name ends in .xlsx"):
        dingnb.read_recipients(tmp_path / "staff.xlsx")
    (tmp_path / "staff.xlsx").write_text("userid\nmanager01\n")
    assert dingnb.read_recipients(tmp_path / "staff.xlsx")["userid"].tolist() == ["manager01"]


def test_a_header_without_rows_is_an_error_with_the_rows_left_out(write: Write) -> None:
    first = r"no usable row below it\. The first row left out is line 2 \(1 instead of 2 cells\)\."
    with pytest.raises(FileError, match=first) as caught:
        dingnb.read_recipients(write("a.csv", "userid,name\n1\n"))
    dingnb.set_language("zh")
    assert "第 2 行（有 1 个单元格，应为 2 个）" in str(caught.value)
    assert "line 2" not in str(caught.value)


def test_a_file_without_a_header_is_refused_and_read_with_names(write: Write) -> None:
    path = write("a.csv", "manager0044,张三,13900000001\nmanager0045,李四,13900000002\n")
    with pytest.raises(FileError, match=r"'13900000001'.*\n.*names=\['column_1', 'column_2', 'mobile'\]"):
        dingnb.read_recipients(path)
    frame = dingnb.read_recipients(path, names=["userid", "姓名", "mobile"])
    assert frame["userid"].tolist() == ["manager0044", "manager0045"]
    assert list(frame.columns) == ["userid", "name", "mobile"]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("manager01,Zhang\nmanager02,Li\n", "manager01"),
        ("0012,张三\n0013,李四\n", "0012"),
        ("1,张三\n2,李四\n", "1"),
        ("manager01\nmanager02\n", "manager01"),
        ("张三,0012\n李四,0013\n", "0012"),
        ("张三,10012\n李四,10013\n", "10012"),
        ("a1b2c3,张三\nd4e5f6,李四\n", "a1b2c3"),
        ("manager01,Zhang\nlisi,Li\nmanager02,Wu\n", "manager01"),
    ],
)
def test_a_first_row_of_ids_is_not_a_header(write: Write, content: str, value: str) -> None:
    path = write("a.csv", content)
    with pytest.raises(FileError, match=rf"looks like data.*'{value}'[^\0]*names=\['column_1'"):
        dingnb.read_recipients(path)
    width = content.partition("\n")[0].count(",") + 1
    frame = dingnb.read_recipients(path, names=["userid", "who"][:width])
    assert len(frame) == content.count("\n")


@pytest.mark.parametrize(
    "content",
    [
        "item,2025,2026\nchair,900,1000\n",
        "item,1,2,3\nchair,4,5,6\n",
        "Q1,Q2\nA7,B9\n",
        "key1,key2\nx,y\n",
        "code\nmanager01\nmanager02\n",
        "1,amount\n2,300\n",
        "Zhang,Li\nWu,Zhao\n",
        "地址1,地址2\n上海,北京\n",
    ],
)
def test_unusual_headers_are_headers(write: Write, content: str) -> None:
    frame = dingnb.read_recipients(write("a.csv", content))
    assert ",".join(frame.columns) == content.partition("\n")[0]


@pytest.mark.parametrize("names", [["a"], ["a", "a", "b"], ["a", "", "b"], "abc", 3])
def test_names_that_do_not_match_the_columns_are_refused(write: Write, names: list[str]) -> None:
    with pytest.raises(FileError, match="names="):
        dingnb.read_recipients(write("a.csv", "1,张三,13900000001\n"), names=names)


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        (["userid", "a", "a"], "names= contains 'a' more than once.", "names= 中“a”重复。"),
        (["userid", " ", "b"], "names= contains an empty name.", "names= 中有空的名称。"),
        ("abc", "names='abc' is not a list of names.", "names='abc' 不是名称列表。"),
    ],
)
def test_an_unusable_list_of_names_is_refused_with_the_reason(
    write: Write, names: list[str], english: str, chinese: str
) -> None:
    path = write("a.csv", "1,张三,13900000001\n")
    for language, expected in (("en", english), ("zh", chinese)):
        dingnb.set_language(language)
        with pytest.raises(FileError) as caught:
            dingnb.read_recipients(path, names=names)
        assert caught.value.what == expected


def test_one_column_is_a_table(write: Write) -> None:
    assert dingnb.read_recipients(write("a.csv", "手机\n13900000001\n"))["mobile"].tolist() == ["13900000001"]


def test_two_columns_of_one_name(write: Write) -> None:
    with pytest.raises(ColumnError, match="2 columns named '手机'"):
        dingnb.read_recipients(write("a.csv", "手机,手机\n13900000001,13900000002\n"))
    frame = dingnb.read_recipients(write("b.csv", "userid,奖金,奖金\n1,2,3\n"))
    assert frame.to_dict("records") == [{"userid": "1", "奖金": "2", "奖金_2": "3"}]
    assert {"from": "奖金", "to": "奖金_2"} in facts(frame)["renamed"]


def test_ambiguous_columns_keep_their_names_and_are_reported(write: Write) -> None:
    frame = dingnb.read_recipients(write("a.csv", "手机,电话\n13900000001,010-62345678\n"))
    assert list(frame.columns) == ["手机", "电话"]
    assert "Several columns could be mobile" in notes(frame)


def test_undecodable_bytes_are_reported_with_their_line(write: Write) -> None:
    with pytest.raises(FileError, match=r"byte 0xFF in line 4"):
        dingnb.read_recipients(write("a.csv", "userid,姓名\n1,张三\n2,李四\n3,".encode("gbk") + b"\xff\xff\n"))
    with pytest.raises(FileError, match=r"not UTF-8: byte 0xE6 in line 3"):
        dingnb.read_recipients(write("b.csv", "userid,姓名\n1,张三丰张三丰\n2,李四李四".encode()[:-4] + b"\xe5\n"))


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("userid,name\n1,MÃ¼ller\n", "probably 'Müller'"),
        ("鎵嬫満,濮撳悕\n13900000001,寮犱笁\n", "probably '手机'"),
        ("userid,姓名\n1,锟斤拷锟斤拷\n", "'锟斤拷' in line 2"),
        ("userid,姓名\n1,a\n2,b\ufffd\n", "'\ufffd' in line 3"),
        ("用戶ID,姓名,部門\n1,陳大文,業務部門\n".encode("big5"), "The text looks garbled"),
        ("userid,name\n1,Müller\n2,Jürgen\n".encode("cp1252"), "The text looks garbled"),
    ],
)
def test_mojibake_is_reported(write: Write, content: str | bytes, note: str) -> None:
    assert note in notes(dingnb.read_recipients(write("a.csv", content)))


def test_a_quotation_mark_as_the_delimiter_that_a_file_names_is_ignored(write: Write) -> None:
    frame = dingnb.read_recipients(write("list.csv", b'sep="\nuserid,name\n007,Anna\n'), quiet=True)
    assert frame.to_dict("list") == {"userid": ["007"], "name": ["Anna"]}


@pytest.mark.parametrize("delimiter", ["，", "；", "、"])
def test_delimiters_typed_with_a_chinese_keyboard_are_recognised(
    write: Write, capsys: pytest.CaptureFixture[str], delimiter: str
) -> None:
    lines = ["工号,姓名,手机号", "001,张三,13900000001", "002,李四,13900000002"]
    path = write("list.csv", "\n".join(lines).replace(",", delimiter).encode())
    frame = dingnb.read_recipients(path)
    assert frame["mobile"].tolist() == ["13900000001", "13900000002"]
    assert frame["name"].tolist() == ["张三", "李四"]
    assert facts(frame)["delimiter"] == delimiter
    names = {"，": "full-width comma", "；": "full-width semicolon", "、": "enumeration comma"}
    assert f"delimiter: {names[delimiter]}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("手机号,备注\n13900000001,您好，再见，谢谢\n13900000002,北京，上海，广州\n", ["mobile", "备注"]),
        ("姓名、手机号\n13900000001\n13900000002\n13900000003\n", ["姓名、手机号"]),
        ("手机号\n13900000001，\n13900000002，\n", ["mobile"]),
    ],
)
def test_chinese_punctuation_in_cells_is_no_delimiter(write: Write, text: str, columns: list[str]) -> None:
    assert dingnb.read_recipients(write("list.csv", text.encode())).columns.tolist() == columns


@for_each("mark", [",", ";", "\t", "|"])
def test_a_usual_delimiter_in_a_remark_is_no_delimiter_of_a_list_typed_with_a_chinese_keyboard(
    tmp_path: Path, mark: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"姓名，手机号，备注\n张三，13900000001，好{mark}的\n李四，13900000002，行\n", encoding="utf-8")
    frame = dingnb.read_recipients(path)
    assert frame.to_dict("list") == {
        "name": ["张三", "李四"],
        "mobile": ["13900000001", "13900000002"],
        "备注": [f"好{mark}的", "行"],
    }


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("text", ["Dear all, thanks, bye", "1,234,567"])
def test_commas_in_cells_are_no_delimiter_if_another_one_fits_each_line(
    write: Write, delimiter: str, text: str
) -> None:
    lines = [f"手机号{delimiter}备注", *(f"1390000000{digit}{delimiter}{text}" for digit in range(5))]
    frame = dingnb.read_recipients(write("list.csv", "\n".join(lines).encode()))
    assert facts(frame)["delimiter"] == delimiter
    assert frame["备注"].tolist() == [text] * 5


def test_an_encoding_and_a_delimiter_can_be_given(write: Write) -> None:
    path = write("a.csv", "用戶ID^姓名\n1^陳大文\n".encode("big5"))
    frame = dingnb.read_recipients(path, encoding="big5", delimiter="^")
    assert frame.to_dict("records") == [{"userid": "1", "name": "陳大文"}]
    for bad in (*({"encoding": name} for name in ("nope", "base64", "idna")), {"delimiter": "::"}, {"sheet": "x"}):
        with pytest.raises(FileError, match=str(next(iter(bad)))):
            dingnb.read_recipients(path, **bad)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("suffix", ["", "-le"])
def test_a_given_encoding_of_wide_characters_needs_no_bom(write: Write, encoding: str, suffix: str) -> None:
    path = write("a.csv", "userid,name\nu1,陈大文\n".encode(encoding + suffix))
    assert dingnb.read_recipients(path, encoding=encoding).to_dict("records") == [{"userid": "u1", "name": "陈大文"}]


def test_excel_keeps_ids_dates_and_texts(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    header = ["员工UserID", "姓名", "手机", "入职", "离职", "net", "ok"]
    rows = [
        ["00123", "=1", 13900000001, date(2020, 1, 1), datetime(9999, 12, 31), 0.1 + 0.2, True],  # noqa: DTZ001
        [123.0, " <b>x</b>", 13900000002.0, None, "open", 5000.0, None],
        [7, "NA", "+86 139 0000 0003", date(2021, 2, 3), None, 16792.04, "x"],
    ]
    path = book([header, *rows], formats={"A4": "0000"})
    sheet = openpyxl.load_workbook(path)
    sheet.worksheets[0]["B2"].data_type = "s"
    sheet.save(path)
    frame = dingnb.read_recipients(path)
    assert frame["userid"].tolist() == ["00123", "123", "0007"]
    assert frame["name"].tolist() == ["=1", " <b>x</b>", "NA"]
    assert frame["mobile"].tolist() == ["13900000001", "13900000002", "+86 139 0000 0003"]
    assert frame["入职"].dtype.kind == "M"
    assert frame["入职"].dt.date.tolist()[::2] == [date(2020, 1, 1), date(2021, 2, 3)]
    assert frame["离职"].tolist()[:2] == ["9999-12-31", "open"]
    assert frame["net"].tolist() == ["0.3", "5000", "16792.04"]
    assert list(map(str, frame["ok"].tolist()[::2])) == ["TRUE", "x"]
    assert frame["ok"][0] == True  # noqa: E712 - it is a truth value as well
    assert "such as '7', read as '0007'" in notes(frame)
    assert "'离职' contains dates and other values" in notes(frame)
    assert "Excel workbook, sheet 'Sheet1'" in capsys.readouterr().out


def test_numbers_stored_as_text_among_formatted_ones_are_noted(book: Book) -> None:
    rows = [["userid", "net", "code"], ["u1", "9876.5", "0012"], ["u2", 9877.5, 7]]
    path = book(rows, formats={"B3": "#,##0.00", "C3": "0000"})
    frame = dingnb.read_recipients(path)
    assert "'net' contains numbers stored as text, such as '9876.5': 1 cell" in notes(frame)
    assert notes(frame).count("numbers stored as text") == 1
    # All are shown alike.
    assert "stored as text" not in notes(dingnb.read_recipients(book(rows)))


@pytest.mark.parametrize("number_format", ["00000", "00000;@", "[$-804]00000", "[$-804]00000;-0;0;@"])
def test_every_format_of_zeros_keeps_them(book: Book, number_format: str) -> None:
    frame = dingnb.read_recipients(book([["userid"], [12]], formats={"A2": number_format}))
    assert frame["userid"].tolist() == ["00012"]


def test_dates_in_the_far_future_are_dates(book: Book) -> None:
    frame = dingnb.read_recipients(book([["userid", "until"], ["1", datetime(9999, 12, 31)]]))  # noqa: DTZ001
    assert frame["until"].dt.year.tolist() == [9999]


def test_long_numbers_rounded_by_excel_are_left_for_the_plan_to_reject(book: Book) -> None:
    frame = dingnb.read_recipients(book([["userid"], [1234567890123456789], [1.2345e18], ["1234567890123456789"]]))
    assert frame["userid"].tolist() == ["1.234567890123457E+18", "1.2345E+18", "1234567890123456789"]
    assert "more than 15 digits" in notes(frame)


def test_a_long_whole_number_that_ends_in_zeros_has_lost_its_digits(book: Book, tmp_path: Path) -> None:
    path = patched(book([["userid"], [111]]), tmp_path, b"<v>111</v>", b"<v>123456789012345000</v>")
    assert dingnb.read_recipients(path)["userid"].tolist() == ["1.23456789012345E+17"]
    path = patched(book([["userid"], [111]]), tmp_path, b"<v>111</v>", b"<v>1234567890123456789</v>")
    assert dingnb.read_recipients(path)["userid"].tolist() == ["1234567890123456789"]


def patched(path: Path, folder: Path, old: bytes, new: bytes) -> Path:
    """Rewrite a workbook with other bytes in its first sheet."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(folder / "patched.xlsx", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in content
                content = content.replace(old, new)
            target.writestr(name, content)
    return folder / "patched.xlsx"


def test_formulas_without_values_and_errors_are_blank_and_reported(book: Book, tmp_path: Path) -> None:
    frame = dingnb.read_recipients(book([["userid", "net", "x"], ["1", "=1+1", "#N/A"], ["2", 3, "y"]]))
    assert frame["net"].isna().tolist() == [True, False]
    assert frame["x"].isna().tolist() == [True, False]
    assert "never calculated, from B2, are read as blank: 1 cell" in notes(frame)
    assert "#N/A" in notes(frame)
    path = patched(book([["userid", "net"], ["1", "=1+1"]]), tmp_path, b"<v />", b"<v>2</v>")
    frame = dingnb.read_recipients(path)
    assert frame["net"].tolist() == ["2"]
    assert notes(frame) == ""
    path = patched(book([["userid", "net"], ["1", "=1/0"]]), tmp_path, b'<c r="B2"><f>1/0</f><v />', ERROR_CELL)
    assert "never calculated" not in notes(dingnb.read_recipients(path))


def test_the_first_visible_sheet_with_data_is_read(book: Book) -> None:
    path = book([], [["list"], ["x"]], [["userid"], ["1"]], [["userid"], ["2"]], hidden=1)
    frame = dingnb.read_recipients(path)
    assert facts(frame)["sheet"] == "Sheet3"
    assert "'Sheet4'" in notes(frame)
    with in_language("zh"):
        assert "其他工作表未读取：“Sheet1”、“Sheet2”、“Sheet4”。" in notes(dingnb.read_recipients(path))
    assert dingnb.read_recipients(path, sheet="Sheet4")["userid"].tolist() == ["2"]
    assert dingnb.read_recipients(path, sheet=2)["userid"].tolist() == ["1"]
    for missing in ("nix", 9):
        with pytest.raises(FileError, match=r"no sheet.*\n.*'Sheet4'"):
            dingnb.read_recipients(path, sheet=missing)


def test_a_sheet_without_data_is_named_with_the_sheets_that_could_be_read_instead(book: Book) -> None:
    path = book([], [["userid"], ["1"]], [], hidden=1)
    with pytest.raises(FileError, match=r"no data in: 'Sheet1', 'Sheet3'\.\n.*only if named.*'Sheet2'"):
        dingnb.read_recipients(path)
    with pytest.raises(FileError, match=r"no data in: 'Sheet3'\.\nSheets: 'Sheet1', 'Sheet2'; or"):
        dingnb.read_recipients(path, sheet="Sheet3")
    with pytest.raises(FileError, match=r"no data in: 'Sheet1'\.\nExport it again"):
        dingnb.read_recipients(book([], name="b.xlsx"), sheet=0)


def test_blank_rows_and_columns_of_a_sheet_are_ignored(book: Book) -> None:
    rows = [
        ["工资表", None, None, None],
        [],
        ["userid", None, "name", None],
        ["1", None, "a", None],
        [None, " "],
        ["2"],
    ]
    frame = dingnb.read_recipients(book(rows))
    assert frame["userid"].tolist() == ["1", "2"]
    assert list(frame.columns) == ["userid", "name"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "a password-protected workbook"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "the old format"),
        ("a.et", OLE + "Workbook".encode("utf-16-le"), "the old format"),
        ("a.doc", OLE + "WordDocument".encode("utf-16-le"), "an old Office document"),
        ("a.xls", b"\r\n<html><table><tr><td>userid</td></tr></table>", "a web page"),
        ("a.xls", b'<?xml version="1.0"?><Workbook/>', "a web page or an XML file"),
        ("a.csv", b"%PDF-1.4", "a PDF"),
        ("a.ipynb", b'{\n "cells": [\n  {\n   "cell_type": "code"\n  }\n ]\n}\n', "JSON, such as a notebook"),
        ("a.json", b'\xef\xbb\xbf[\n  {"userid": "manager01"}]', "JSON"),
        ("a.csv", b"{}", "JSON"),
        ("a.csv.gz", b"\x1f\x8b\x08\0", "a compressed file"),
    ],
)
def test_other_formats_are_named(write: Write, name: str, content: bytes, what: str) -> None:
    with pytest.raises(FileError, match=what) as caught:
        dingnb.read_recipients(write(name, content))
    assert caught.value.hint


@pytest.mark.parametrize("header", ["{userid}", "[userid]", '"{""userid""}"', "[]"])
def test_a_list_whose_header_has_brackets_is_read(write: Write, header: str) -> None:
    frame = dingnb.read_recipients(write("a.csv", f"{header},name\nmanager01,Ann\n".encode()))
    assert frame.shape == (1, 2)


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ("Index/Document.iwa", "Apple Numbers"),
        ("content.xml", "OpenDocument"),
        ("xl/workbook.bin", "binary workbook"),
        ("staff.csv", "an archive"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, member: str, what: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(FileError, match=what):
        dingnb.read_recipients(tmp_path / "a.zip")


def test_a_workbook_whose_main_part_has_a_number_is_recognised(book: Book, tmp_path: Path) -> None:
    path = book([["userid"], ["007"]])
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(b"/workbook.xml", b"/workbook22.xml")
            target.writestr(name.replace("workbook.xml", "workbook22.xml"), content)
    assert dingnb.read_recipients(tmp_path / "b.xlsx")["userid"].tolist() == ["007"]


def test_a_wrong_suffix_is_reported_but_harmless(write: Write, book: Book) -> None:
    frame = dingnb.read_recipients(write("a.xlsx", "userid\n007\n"))
    assert frame["userid"].tolist() == ["007"]
    assert "ends in .xlsx, but the content is delimited text" in notes(frame)
    frame = dingnb.read_recipients(book([["userid"], ["007"]], name="a.csv"))
    assert frame["userid"].tolist() == ["007"]
    assert "ends in .csv, but the content is an Excel workbook" in notes(frame)


def test_a_damaged_workbook_is_an_error(book: Book, write: Write, tmp_path: Path) -> None:
    path = book([["userid"], ["1"]])
    whole = path.read_bytes()
    with pytest.raises(FileError, match="damaged workbook: its contents cannot be read"):
        dingnb.read_recipients(write("cut.xlsx", whole[: len(whole) // 2]))
    with pytest.raises(FileError, match="damaged"):
        dingnb.read_recipients(patched(path, tmp_path, b"</sheetData>", b""))


def test_a_stray_cell_far_to_the_right_does_not_fill_the_memory(book: Book) -> None:
    rows = [["userid"], *([str(number)] for number in range(7_000)), [None] * 16_383 + ["x"]]
    with pytest.raises(FileError, match=r"16,384 columns wide.*line 7002"):
        dingnb.read_recipients(book(rows))


def test_a_stray_cell_in_a_long_sheet_does_not_fill_the_memory(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_TABLE_CELLS", 100)
    rows = [["userid"], *([str(number)] for number in range(9)), [None] * 19 + ["x"]]
    with pytest.raises(FileError, match=r"20 columns wide.*line 11"):
        dingnb.read_recipients(book(rows))


def test_a_sheet_with_too_many_cells_is_not_called_too_wide(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_CELLS", 10)
    with pytest.raises(FileError, match=r"more than 10 cells up to line 6.*\n.*fewer rows or columns"):
        dingnb.read_recipients(book([["userid", "net"], *([str(number), number] for number in range(9))]))


def test_an_unreadable_path_is_an_error_with_the_existing_files(write: Write, tmp_path: Path) -> None:
    for name in ("payroll.csv", "~$payroll.xlsx", "._payroll.csv"):
        write(name, "userid\n1\n")
    with pytest.raises(FileError, match=r"nix.* does not exist.*\nFiles in that folder: payroll\.csv\.$"):
        dingnb.read_recipients(tmp_path / "nix.csv")
    with pytest.raises(FileError, match="is a folder"):
        dingnb.read_recipients(tmp_path)
    with pytest.raises(FileError, match=r"Read 'payroll\.xlsx'"):
        dingnb.read_recipients(tmp_path / "~$payroll.xlsx")
    with pytest.raises(FileError, match="was given DataFrame"):
        dingnb.read_recipients(pd.DataFrame())
    with pytest.raises(FileError, match="cannot be opened"):
        dingnb.read_recipients("a\0b")


def test_a_file_in_a_missing_folder_or_one_without_tables_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"does not exist.*\nThere are no tables in that folder\.$"):
        dingnb.read_recipients(tmp_path / "nix.csv")
    with pytest.raises(FileError, match=r"does not exist.*\nThere is no folder '.*lists'\.$"):
        dingnb.read_recipients(tmp_path / "lists" / "nix.csv")


def test_a_hundred_thousand_rows_keep_every_id(write: Write) -> None:
    ids = [f"{10**18 + number}" for number in range(100_000)]
    frame = dingnb.read_recipients(
        write("a.csv", codecs.BOM_UTF8 + ("userid,姓名\n" + ",张三\n".join(ids) + ",李四").encode())
    )
    assert frame["userid"].tolist() == ids


def test_a_plan_of_a_bad_file_has_a_person_or_a_reason_for_each_row(write: Write) -> None:
    ding = dingnb.connect("sandbox", users=30, seed=5)
    people = [user for user in ding.sandbox.state.users(30) if user["active"]][:4]
    numbers = [person["mobile"] for person in people]
    full_width = numbers[1].translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    rows = [
        ["张三", f"+86 {numbers[0][:3]}-{numbers[0][3:7]}-{numbers[0][7:]}"],
        ["李四", full_width],
        ["王五", f"{numbers[2]}.0"],
        ["赵六", f"\u200b{numbers[3]}\t"],
        ["座机", "010-62345678"],
        ["两个", f"{numbers[0]}/{numbers[1]}"],
        ["坏数", "1.39E+10"],
        ["公式", "=1+1"],
        ["空", ""],
        ["查无", "13800001234"],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["姓名", "手机号（必填）"], *rows])
    frame = dingnb.read_recipients(write("a.csv", text.getvalue().encode("gb18030")), quiet=True)
    plan = ding.plan(frame, dingnb.text("Hi {{ name }}"), to="mobile")
    planned = plan.to_frame()
    assert planned["userid"].tolist()[:4] == [person["userid"] for person in people]
    assert plan.problems()["position"].tolist() == [4, 5, 6, 7, 8, 9]
    reasons = plan.problems()["reason"].tolist()
    for reason, word in zip(
        reasons, ["landline", "several", "lost digits", "valid mobile", "no mobile", "No DingTalk user"], strict=True
    ):
        assert word in reason


def test_a_plan_rejects_ids_corrupted_by_excel(book: Book) -> None:
    ding = dingnb.connect("sandbox", users=30, seed=5)
    somebody = ding.sandbox.state.users(1)[0]["userid"]
    rows = [["userid"], [1.2345678901234568e18], [datetime(2020, 1, 2)], [somebody], ["<b>1</b>"]]  # noqa: DTZ001
    plan = ding.plan(dingnb.read_recipients(book(rows), quiet=True), dingnb.text("Hi"))
    assert plan.people == 1
    assert plan.problems()["position"].tolist() == [0, 1, 3]
    assert "2020-01-02" in plan.problems()["reason"].tolist()[1]
