"""Exports: complete ids, numbers as numbers, no formulas, and atomic writes."""

import csv
import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.results.results_frame import COLUMNS
from dingnb.errors import FileError
from dingnb.tables import exports
from dingnb.tables.exports import is_formula, write_csv, write_excel, write_table
from dingnb.tables.timestamps import timestamps
from tests.tiers import examples

Write = Callable[[Any, pd.DataFrame], Path]
BOTH = pytest.mark.parametrize(("write", "suffix"), [(write_excel, ".xlsx"), (write_csv, ".csv")])
NOON_NS = 1_793_678_400_123_456_789
"""3 November 2026, shortly after 12:00 in Beijing."""


@pytest.fixture
def results() -> pd.DataFrame:
    columns = {
        "userid": ["0012", "manager01", "1234567890123456789"],
        "status": ["read", "filtered", "rejected"],
        "reached": [True, None, False],
        "reason": [np.nan, "=1+1", "#N/A"],
        "hint": [np.nan, "-", "@you"],
        "code": [np.nan, "143106", "00"],
        "task_id": [1234567890123456, None, 12],
        "attempts": [1, 2, 0],
        "evidence": ["result", np.nan, np.nan],
        "channel": ["work notification"] * 3,
        "sent_at": timestamps([NOON_NS, NOON_NS, None]),
        "updated_at": timestamps([NOON_NS, None, None]),
        "read": [True, None, False],
    }
    frame = pd.DataFrame(
        {name: pd.array(columns[name], dtype=dtype) for name, dtype in COLUMNS.items() if name[-3:] != "_at"}
        | {name: columns[name] for name in ("sent_at", "updated_at")}
    )
    frame = frame[list(COLUMNS)]
    frame.insert(0, "net", [Decimal("1.50"), None, Decimal(-3)])
    frame.insert(1, "姓名", ["王伟", "=王", "O'Hara"])
    return frame


def cells_of(path: Path) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path)["dingnb"].iter_rows()]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_workbook_has_numbers_as_numbers_and_ids_as_text(results: pd.DataFrame, tmp_path: Path) -> None:
    header, *rows = cells_of(write_excel(tmp_path / "out.xlsx", results))
    names = [cell.value for cell in header]
    assert names == list(results)
    first, second, third = (dict(zip(names, row, strict=True)) for row in rows)
    assert (first["net"].value, first["net"].data_type, third["net"].value) == (1.5, "n", -3)
    assert (first["attempts"].value, first["attempts"].data_type) == (1, "n")
    assert (first["read"].value, first["read"].data_type, second["read"].value) == (True, "b", None)
    assert [row["userid"].value for row in (first, second, third)] == results["userid"].tolist()
    assert [row["task_id"].value for row in (first, second, third)] == ["1234567890123456", None, "12"]
    assert {first["task_id"].data_type, first["userid"].data_type, third["code"].data_type} == {"s"}
    assert first["sent_at"].value == datetime(2026, 11, 3, 12, 0, 0, 123000)  # noqa: DTZ001 - a workbook knows none
    assert first["sent_at"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert second["net"].value is None


def test_a_workbook_contains_no_formula_and_no_error(results: pd.DataFrame, tmp_path: Path) -> None:
    results.columns = ["=cmd", *results.columns[1:]]
    rows = cells_of(write_excel(tmp_path / "out.xlsx", results))
    assert rows[0][0].value == "=cmd"
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "b", "d"}
    guarded = {cell.value for row in rows for cell in row if cell.quotePrefix}
    assert guarded == {"=cmd", "=1+1", "=王", "@you"}


def test_a_workbook_s_header_is_bold_and_frozen_with_a_filter(results: pd.DataFrame, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write_excel(tmp_path / "out.xlsx", results))["dingnb"]
    assert all(cell.font.bold for cell in sheet[1])
    assert not any(cell.font.bold for cell in sheet[2])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:O4"
    widths = [sheet.column_dimensions[letter].width for letter in "ABCM"]
    assert widths == [8, 8, 21, 21]


def test_ids_survive_an_export(results: pd.DataFrame, tmp_path: Path) -> None:
    for path in (write_excel(tmp_path / "out.xlsx", results), write_csv(tmp_path / "out.csv", results)):
        read = dingnb.read_recipients(path, quiet=True)
        assert read["userid"].tolist() == results["userid"].tolist()
        assert read["task_id"].tolist()[0] == "1234567890123456"
    read = pd.read_excel(tmp_path / "out.xlsx", dtype=str)
    assert read["userid"].tolist() == results["userid"].tolist()
    assert read["task_id"].tolist()[::2] == ["1234567890123456", "12"]
    assert read["code"].tolist()[1:] == ["143106", "00"]
    assert pd.read_csv(tmp_path / "out.csv", dtype=str)["userid"].tolist() == results["userid"].tolist()


def test_numbers_of_people_have_no_decimals_also_if_they_come_from_a_database(tmp_path: Path) -> None:
    numbers = [Decimal("13900000001.00"), Decimal("1.39E+10"), 13900000002.0, Decimal("Infinity")]
    path = write_csv(tmp_path / "out.csv", pd.DataFrame({"手机": numbers}))
    shown = ["手机", "13900000001", "13900000000", "13900000002", "Infinity"]
    assert path.read_text(encoding="utf-8-sig").splitlines() == shown


class _Kind(Enum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "in_excel", "in_csv"),
    [
        (10**15 - 1, 999999999999999, "999999999999999"),
        (10**15, "1000000000000000", "1000000000000000"),
        (-(10**20), "-100000000000000000000", "-100000000000000000000"),
        (1e15, "1000000000000000.0", "1000000000000000.0"),
        (float("inf"), "inf", "inf"),
        (0.1 + 0.2, 0.3, "0.30000000000000004"),
        (Decimal("1234567890123.45"), 1234567890123.45, "1234567890123.45"),
        (Decimal("12345678901234.567"), "12345678901234.567", "12345678901234.567"),
        (Decimal("NaN"), None, ""),
        (np.int64(5), 5, "5"),
        (np.float64(0.5), 0.5, "0.5"),
        (np.float32(0.1), 0.1, "0.1"),
        (np.datetime64("NaT"), None, ""),
        (np.timedelta64("NaT"), None, ""),
        (np.timedelta64(3_600_000_000_000, "ns"), "0 days 01:00:00", "0 days 01:00:00"),
        (Decimal("1E+400"), "1E+400", "1E+400"),
        (16**4000, "0x1" + 4000 * "0", "0x1" + 4000 * "0"),
        (pd.NaT, None, ""),
        (pd.NA, None, ""),
        (True, True, "True"),
        ("0012", "0012", "0012"),
        ("1e5", "1e5", "1e5"),
        ("", None, ""),
        (_Kind.ONE, "_Kind.ONE", "_Kind.ONE"),
        ([1, 2], "[1, 2]", "[1, 2]"),
        (timedelta(hours=1), "1:00:00", "1:00:00"),
        (datetime(1850, 1, 1, 8), "1850-01-01T08:00:00", "1850-01-01 08:00:00.000"),  # noqa: DTZ001 - without a zone
        (date(2026, 11, 3), datetime(2026, 11, 3), "2026-11-03"),  # noqa: DTZ001 - openpyxl reads a day so
        (
            datetime(2026, 11, 3, 22, tzinfo=timezone(timedelta(hours=-2))),
            datetime(2026, 11, 4, 8),  # noqa: DTZ001 - Beijing's, in a workbook
            "2026-11-03 22:00:00.000-02:00",
        ),
        (
            datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
            "9999-12-31 23:59:00+00:00",  # in Beijing, it is the year 10000
            "9999-12-31 23:59:00.000+00:00",
        ),
        ("a\x00b\ud800", "a\\x00b\\ud800", "a\x00b\\ud800"),
    ],
    ids=lambda value: hex(value) if isinstance(value, int) else repr(value),
)
def test_each_type_of_value_is_preserved(value: object, in_excel: object, in_csv: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"v": pd.Series([value, "x"], dtype=object)})
    assert cells_of(write_excel(tmp_path / "out.xlsx", frame))[1][0].value == in_excel
    assert rows_of(write_csv(tmp_path / "out.csv", frame))[1:] == [[in_csv], ["x"]]


def test_short_floats_have_no_further_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"v": pd.Series([0.1, 2.5], dtype="float32"), "w": pd.array([0.1, None], dtype="Float32")})
    assert rows_of(write_csv(tmp_path / "out.csv", frame))[1:] == [["0.1", "0.1"], ["2.5", ""]]


def test_an_id_that_pandas_made_a_fraction_is_whole_again(tmp_path: Path) -> None:
    frame = pd.DataFrame({"手机号": [13900000001.0, np.nan], "User ID": [7, 8], "工号": [1e300, 0.5]})
    assert [cell.value for cell in cells_of(write_excel(tmp_path / "out.xlsx", frame))[1]] == [
        *("13900000001", "7", "1e+300")
    ]
    assert rows_of(write_csv(tmp_path / "out.csv", frame))[1:] == [["13900000001", "7", "1e+300"], ["", "8", "0.5"]]


@BOTH
def test_duplicate_and_non_text_column_names_are_preserved(write: Write, suffix: str, tmp_path: Path) -> None:
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=pd.Index(["a", "a", 7, None, ("x", 1)], dtype=object))
    path = write(tmp_path / f"out{suffix}", frame)
    rows = rows_of(path) if suffix == ".csv" else [[cell.value for cell in row] for row in cells_of(path)]
    assert [[str(cell or "") for cell in row] for row in rows] == [
        *(["a", "a", "7", "", "x 1"], ["1", "2", "3", "4", "5"])
    ]


@BOTH
def test_a_named_index_is_written(write: Write, suffix: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"userid": ["a"]}, index=pd.Index(["007"], name="invoice"))
    for index, expected in ((frame.index, [["invoice", "userid"], ["007", "a"]]), (None, [["userid"], ["a"]])):
        path = write(tmp_path / f"out{suffix}", frame if index is not None else frame.reset_index(drop=True))
        rows = rows_of(path) if suffix == ".csv" else [[cell.value for cell in row] for row in cells_of(path)]
        assert rows == expected


@BOTH
@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"userid": []})], ids=["nothing", "no rows"])
def test_a_frame_without_rows_is_written(write: Write, suffix: str, frame: pd.DataFrame, tmp_path: Path) -> None:
    path = write(tmp_path / f"out{suffix}", frame)
    if suffix == ".xlsx":
        assert [cell.value for cell in cells_of(path)[0]] == list(frame) if len(frame.columns) else [[]]
    else:
        assert rows_of(path)[0] == list(frame)


def test_a_csv_file_is_utf_8_with_bom_and_times_have_their_offset(results: pd.DataFrame, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "out.csv", results)
    assert path.read_bytes().startswith("\ufeffnet,姓名,".encode())
    rows = rows_of(path)
    assert rows[1][rows[0].index("sent_at")] == "2026-11-03 12:00:00.123+08:00"
    assert [row[1] for row in rows[1:]] == ["王伟", "'=王", "O'Hara"]


TEXTS = st.text(st.one_of(st.sampled_from("=+-@|%＝\t\r\n;,\"' 0a"), st.characters()))


@examples(60)
@given(name=TEXTS, texts=st.lists(TEXTS, max_size=5))
def test_no_cell_of_either_file_is_a_formula(name: str, texts: list[str], tmp_path: Path) -> None:
    frame = pd.DataFrame({name: pd.Series(texts, dtype=object)})
    for row in cells_of(write_excel(tmp_path / "out.xlsx", frame)):
        assert row[0].value is None or row[0].data_type == "s"
    rows = rows_of(write_csv(tmp_path / "out.csv", frame))
    assert len(rows) == len(texts) + 1
    assert not [cell for row in rows for cell in row if is_formula(cell)]


@BOTH
def test_the_file_is_private_and_replaces_what_was_there(write: Write, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("older, for everybody to read")
    path.chmod(0o644)
    assert write(path, pd.DataFrame({"userid": ["a"]})) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == [path.name]
    assert b"older" not in path.read_bytes()


@BOTH
def test_a_name_without_a_suffix_gets_one(write: Write, suffix: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    assert write(str(tmp_path / "payslip"), frame) == tmp_path / f"payslip{suffix}"
    assert write(tmp_path / "payslip.2026.11", frame) == tmp_path / f"payslip.2026.11{suffix}"
    assert write(tmp_path / f"P{suffix.upper()}", frame) == tmp_path / f"P{suffix.upper()}"
    assert len(names_in(tmp_path)) == 3


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert write_csv("~/out", pd.DataFrame({"userid": ["a"]})) == tmp_path / "out.csv"
    with pytest.raises(FileError, match=r"the folder .* does not exist"):
        write_csv("~nobody-of-this-name/out", pd.DataFrame({"userid": ["a"]}))


@pytest.mark.parametrize(
    ("write", "name", "says"),
    [
        (write_excel, "x.csv", 'to_csv("x.csv")'),
        (write_csv, "x.xlsx", 'to_excel("x.xlsx")'),
        (write_csv, "x.html", 'report().save("x.html")'),
        (write_excel, "x.xls", 'to_excel("x.xlsx")'),
        (write_csv, "x.tsv", 'to_csv("x.csv")'),
        (write_csv, '"x".tsv', """to_csv('"x".csv')"""),
        (write_table, "x.pdf", "x.xlsx or x.csv"),
    ],
)
def test_another_suffix_is_refused_with_the_right_call(write: Write, name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        write(tmp_path / name, pd.DataFrame())
    assert says in caught.value.hint
    assert not names_in(tmp_path)


@pytest.mark.parametrize("path", [None, 7, b"out.csv", pd.DataFrame()], ids=lambda value: type(value).__name__)
def test_an_argument_that_is_not_a_path_is_an_error(path: object) -> None:
    with pytest.raises(FileError, match=f"was given {type(path).__name__}, not a path"):
        write_csv(path, pd.DataFrame())  # type: ignore[arg-type]


def refuse(error: OSError) -> Callable[..., Any]:
    def refusing(*_: object, **__: object) -> Any:
        raise error

    return refusing


def assert_left_alone(path: Path, says: str) -> None:
    before = path.read_bytes()
    with pytest.raises(FileError) as caught:
        write_csv(path, pd.DataFrame({"userid": ["new"]}))
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2
    assert caught.value.what.count(str(path)) == 1  # and no other error inside
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".dingnb*"))


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "out.csv"
    path.write_text("older")
    return path


@pytest.mark.parametrize(
    ("owner", "program"), [("~$out.csv", "Excel"), (".~lock.out.csv#", "LibreOffice"), (".~out.csv", "WPS")]
)
def test_a_file_open_in_an_office_program_is_not_changed(owner: str, program: str, older: Path) -> None:
    (older.parent / owner).touch()
    assert_left_alone(older, f"is open in {program}")
    assert_left_alone(older, owner)
    older.unlink()
    write_csv(older, pd.DataFrame({"userid": ["new"]}))


def test_a_file_locked_by_another_program_is_not_changed(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = PermissionError(errno.EACCES, "Access is denied", "draft", None, "target")
    error.winerror = 5  # type: ignore[attr-defined] - as on Windows
    monkeypatch.setattr(Path, "replace", refuse(error))
    assert_left_alone(older, "is open in another program")


def test_a_file_of_another_user_in_a_shared_folder_is_not_called_open(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = PermissionError(errno.EPERM, "Operation not permitted", "draft", None, "target")
    monkeypatch.setattr(Path, "replace", refuse(error))
    assert_left_alone(older, "cannot be written: Operation not permitted.")


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "its disk is full"), (errno.EIO, "cannot be written: "), (errno.EROFS, "its disk is read-only")],
    ids=errno.errorcode.get,
)
def test_a_failed_write_keeps_the_older_file(
    number: int, says: str, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse(OSError(number, os.strerror(number))))
    assert_left_alone(older, says)


def test_an_interrupt_keeps_the_older_file(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuse(KeyboardInterrupt()))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        write_csv(older, pd.DataFrame({"userid": ["new"]}))
    assert names_in(older.parent) == ["out.csv"]
    assert older.read_text() == "older"


def test_a_read_only_file_is_not_changed(older: Path) -> None:
    older.chmod(0o444)
    assert_left_alone(older, "is read-only, so it was left unchanged")


def test_a_folder_without_write_permission_is_an_error(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkstemp", refuse(PermissionError(errno.EACCES, "Permission denied")))
    assert_left_alone(older, "you have no write permission for the folder")


def test_paths_that_cannot_be_files_are_errors(tmp_path: Path) -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder").mkdir()
    for name, says in (
        ("folder.csv", "is a folder"),
        ("folder", "is a folder"),
        ("no/out.csv", f"the folder {tmp_path / 'no'} does not exist"),
        ("n" * 300, "the name is too long"),
        ("a\0b.csv", "cannot be written"),
    ):
        with pytest.raises(FileError) as caught:
            write_csv(tmp_path / name, frame)
        assert says in str(caught.value)
        assert caught.value.hint
    for folder in ("", ".", f"{tmp_path}/new/", f"{tmp_path}/new.csv/"):
        with pytest.raises(FileError, match="is a folder"):
            write_csv(folder, frame)
    assert names_in(tmp_path) == ["folder", "folder.csv"]


def test_the_target_of_a_link_is_replaced(older: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame({"userid": ["new"]})
    link = tmp_path / "link.csv"
    link.symlink_to(older)
    assert write_csv(link, frame) == link
    assert link.is_symlink()
    assert rows_of(older) == [["userid"], ["new"]]
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(FileError, match="cannot be written"):
        write_csv(link, frame)
    link.unlink()
    link.symlink_to(tmp_path / "nowhere" / "out.csv")
    with pytest.raises(FileError, match=r"the folder \S+nowhere does not exist"):
        write_csv(link, frame)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(FileError, match="is a device or a pipe"):
        write_csv(pipe, frame)


def test_data_too_large_for_a_sheet_is_refused_but_fits_a_csv_file(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = older.with_suffix(".xlsx")
    with pytest.raises(FileError, match="column 'note', row 2, has 32,768 characters"):
        write_excel(place, pd.DataFrame({"note": ["a", "😀" * 16_384]}))
    write_excel(place, pd.DataFrame({"note": ["a" * 32_767]}))
    assert len(cells_of(place)[1][0].value) == 32_767
    before = place.read_bytes()
    monkeypatch.setattr(exports, "MAX_ROWS", 1)
    monkeypatch.setattr(exports, "MAX_COLUMNS", 1)
    for frame, says in (
        (pd.DataFrame({"a": [1, 2]}), "2 rows are more than an Excel sheet can hold"),
        (pd.DataFrame({"a": [1], "b": [1]}), "2 columns are more than an Excel sheet can hold"),
    ):
        with pytest.raises(FileError, match=says) as caught:
            write_excel(place, frame)
        assert ".csv" in caught.value.hint
        write_csv(older, frame)
    assert place.read_bytes() == before


def test_the_command_line_writes_by_the_suffix(tmp_path: Path) -> None:
    frame = pd.DataFrame({"userid": ["a"]})
    assert write_table(tmp_path / "x.XLSX", frame).read_bytes().startswith(b"PK")
    assert rows_of(write_table(tmp_path / "x.csv", frame)) == [["userid"], ["a"]]
    assert write_table(tmp_path / "x", frame) == tmp_path / "x.csv"


@BOTH
def test_a_column_of_midnights_has_dates(write: Write, suffix: str, tmp_path: Path) -> None:
    days = pd.Series(pd.to_datetime(["2026-11-02", None]))
    zoned, times = days.dt.tz_localize("Asia/Shanghai"), days + pd.Timedelta("9h")
    frame = pd.DataFrame({"day": days, "zoned": zoned, "time": times})
    path = write(tmp_path / f"days{suffix}", frame)
    if suffix == ".csv":
        assert path.read_text("utf-8-sig").splitlines()[1:] == ["2026-11-02,2026-11-02,2026-11-02 09:00:00.000", ",,"]
        return
    cells = openpyxl.load_workbook(path).active[2]
    assert [cell.number_format for cell in cells] == ["yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]
