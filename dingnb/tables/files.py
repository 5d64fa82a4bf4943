"""Reads lists of people from files, whose type is detected by content, without damaging identifiers."""

import os
import stat
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import pandas as pd

from dingnb.display import RowProgress, Sheet
from dingnb.errors import FileError, HiddenRowsError, InputError
from dingnb.errors.arguments import check_type, explains_arguments, short_repr
from dingnb.tables.delimited import DELIMITERS, check_delimiter, find_dialect, read_delimited
from dingnb.tables.encodings import find_encoding, undo_mojibake
from dingnb.tables.file_kinds import MAX_BYTES, SUFFIXES, FileKind, detect_kind
from dingnb.tables.file_table import Corrections, FileTable, make_table, read_column
from dingnb.tables.frame_report import ATTRS_KEY, DATE_FORMATS, UNSUPPORTED_FORMATS
from dingnb.tables.headers import canonical_name
from dingnb.tables.ids import read_mobile, read_userid
from dingnb.tables.row_labels import index_by_line
from dingnb.tables.workbooks import UnsupportedCells, read_workbook, sheet_names
from dingnb.words import NOTHING, Text, count, listed, listed_briefly

_LINES_SHOWN = 5
_FILES_SHOWN = 8
_EXCEL_LOCK_PREFIX = "~$"
_ROWS_INSPECTED = 1_000


HiddenRows = Literal["skip", "keep"]

_READERS = {"userid": read_userid, "mobile": read_mobile}


class ReadOptions(NamedTuple):
    """Options for reading a file, as in `read_recipients`; None detects the value."""

    sheet: str | int | None = None
    names: Sequence[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    hidden: HiddenRows | None = None


@dataclass(slots=True)
class _Findings:
    """
    What is found while a file is read, for the report.

    Attributes:
        file: The file's name.
        kind: The file's type.
        facts: Entries of the report that depend on the type, such as the encoding or the sheet.
        shown_format: The format as displayed.
        notes: Notes for the user.
        corrections: The corrections of ids, by column.
        date_formats: The number formats of date columns, by column.
        unsupported_cells: The cells with unsupported number formats, by column.
    """

    file: str
    kind: FileKind
    facts: dict[str, object] = field(default_factory=dict)
    shown_format: Text = NOTHING
    notes: list[Text] = field(default_factory=list)
    corrections: dict[str, Corrections] = field(default_factory=dict)
    date_formats: dict[str, str] = field(default_factory=dict)
    unsupported_cells: dict[str, UnsupportedCells] = field(default_factory=dict)


@explains_arguments
def read_recipients(
    path: str | os.PathLike[str],
    *,
    sheet: str | int | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    hidden: HiddenRows | None = None,
    quiet: bool = False,
) -> pd.DataFrame:
    """
    Read a list of people from CSV or Excel without damaging ids and phone numbers, and print a report.

    Text files may be encoded in UTF-8 (with or without BOM), UTF-16 or GBK/GB18030, with commas, semicolons, tabs
    or bars as delimiters, or the punctuation of a Chinese keyboard (``，；、``). Everything is read as text, so
    leading zeros and long ids are preserved, and only cells that appear empty or have an error of Excel are missing.
    Numbers with an Excel format (12.5%, ¥1,234.50, 26:30), booleans and dates keep their types, and templates show them
    as Excel does. The value of merged cells is repeated in each of their rows. In id columns (`userid`, `mobile`,
    `job_number`), ``123.0``, full-width digits, invisible characters and ``="0123"`` are corrected. Common headers get
    dingnb's names (``手机号`` becomes `mobile`), unless several columns match. A row that cannot be read is left out
    and reported with its line. Formulas and HTML are text; nothing is evaluated.

    Args:
        path: A .csv, .txt, .tsv or .xlsx file. The type of the file is detected from the content, not from the name.
        sheet: The sheet of a workbook, by name or position from 0. By default, the first sheet with a column of userids
            or mobile numbers, or else the first sheet with data.
        names: The column names of a file without a header.
        encoding: The encoding of a text file, such as ``"big5"``, if the detected encoding is wrong.
        delimiter: The delimiter of a text file, if the detected delimiter is wrong.
        hidden: The treatment of rows hidden in Excel, by a filter or manually: ``"skip"`` leaves them out, ``"keep"``
            reads them. Required if hidden rows contain people.
        quiet: Print no report. The report is available in ``frame.attrs["dingnb"]`` in any case.

    Returns:
        One row for each row of the file, in its order, indexed from 0. Columns have dtype str; datetime64 if all values
        are dates in Excel; object if Excel formats numbers or times: such values are int, float, bool (as int), time,
        timedelta and datetime with their format. Missing values are NaN. An id column with some dates has dtype object,
        so that `plan` can reject the rows with dates. ``attrs["dingnb"]`` is a dict with `file`, `format`, `encoding`
        and `delimiter`, or `sheet`, `other_sheets` and `hidden` (the number of hidden rows), `rows`, `columns`,
        `renamed`, `corrected`, `left_out` (each with `line` and `reason`), `notes`, and, by column for templates,
        `date_formats` and `unsupported_formats`.

    Raises:
        FileError: The file does not exist, is empty, damaged, password-protected or too large, has an unsupported
            format or encoding, or has no header or no rows; or `sheet`, `names` or `delimiter` is invalid.
        HiddenRowsError: Hidden rows contain people, and `hidden` is not given.
        InputError: `encoding` or `hidden` is invalid.
        ColumnError: Two columns have the same name, which means `userid` or `mobile`.
    """
    if encoding is not None:
        check_type("encoding", encoding, str, "file.bad_encoding_todo")
    check_delimiter(delimiter)
    check_hidden(hidden)
    # `_frame_and_report` releases the columns one by one, so that a large file is not in memory twice.
    loaded = _load_table(*_read_file(path), ReadOptions(sheet, names, encoding, delimiter, hidden))
    frame, report = _frame_and_report(*loaded)
    if not quiet:
        print(report.to_text())  # noqa: T201 - the report
    return frame


def read_table(file: str, data: bytes, options: ReadOptions) -> tuple[pd.DataFrame, Sheet]:
    """
    Return the frame and the report for a file that has already been read into memory, as in `read_recipients`.

    The index is the file's lines or Excel's row numbers, so that users of forms can compare the frame with the file.

    Raises:
        FileError: As for `read_recipients`.
        ColumnError: As for `read_recipients`.
    """
    check_delimiter(options.delimiter)
    findings, table = _load_table(file, data, options)
    frame, report = _frame_and_report(findings, table)
    return index_by_line(frame, table.lines, str(_row_term(findings))), report


def _row_term(findings: _Findings) -> Text:
    """Return the term for a row of the file."""
    if findings.kind is FileKind.TEXT:
        return Text("file.line")
    return (
        Text("file.row_of_sheet", sheet=findings.facts["sheet"]) if findings.facts["other_sheets"] else Text("file.row")
    )


def check_hidden(hidden: object) -> None:
    """
    Check the option for hidden rows.

    Raises:
        InputError: The option is not ``"skip"``, ``"keep"`` or None.
    """
    if hidden is not None and (not isinstance(hidden, str) or hidden not in get_args(HiddenRows)):
        raise InputError(Text("file.bad_hidden", value=short_repr(hidden)), Text("file.hidden_todo"))


def sheets_of(file: str, data: bytes) -> list[str]:
    """
    Return the names of the visible sheets of a file; empty for a text file.

    Raises:
        FileError: The file is damaged, or is neither text nor a workbook.
    """
    return sheet_names(file, data) if detect_kind(file, data) is FileKind.WORKBOOK else []


def _read_file(path: object) -> tuple[str, bytes]:
    """Return the name and the bytes of a file."""
    if not isinstance(path, str | os.PathLike):
        raise FileError(Text("file.not_a_path", kind=type(path).__name__), Text("file.not_a_path_todo"))
    location = Path(path)
    if location.parts[:1] == ("~",):
        location = location.expanduser()
    if location.name.startswith(_EXCEL_LOCK_PREFIX):
        what = Text("file.locked_by_excel", file=location.name)
        workbook_name = location.name.removeprefix(_EXCEL_LOCK_PREFIX)
        raise FileError(what, Text("file.locked_by_excel_todo", other=workbook_name))
    try:
        _check_file(location)
        return location.name, location.read_bytes()
    except IsADirectoryError:
        raise FileError(Text("file.folder", path=str(path)), _files_hint(location)) from None
    except FileNotFoundError:
        raise FileError(Text("file.not_there", path=str(path)), _files_hint(location.parent)) from None
    except FileError:  # a ValueError, too
        raise
    except (OSError, ValueError) as error:
        what = Text("file.cannot_open", path=str(path), error=getattr(error, "strerror", None) or error)
        raise FileError(what, Text("file.cannot_open_todo")) from None


def _check_file(location: Path) -> None:
    """Check that a path leads to a regular file that is not too large."""
    status = location.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError
    if not stat.S_ISREG(status.st_mode):
        raise FileError(Text("file.no_file", path=str(location)), Text("file.not_a_path_todo"))
    if status.st_size > MAX_BYTES:
        what = Text("file.too_large", file=location.name, megabytes=f"{status.st_size / 1024**2:,.0f}")
        raise FileError(what, Text("file.too_large_todo", most=f"{MAX_BYTES // 1024**2:,}"))


def _files_hint(folder: Path) -> Text:
    """Return a hint with the tables in a folder, or that the folder has none or does not exist."""
    if not folder.is_dir():
        return Text("file.no_folder", folder=str(folder))
    try:
        tables = [path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError:
        tables = []
    # Excel and other programs create hidden files next to a table.
    names = sorted(name for name in tables if not name.startswith((".", _EXCEL_LOCK_PREFIX)))
    if not names:
        return Text("file.no_tables")
    shown = [*names[:_FILES_SHOWN], "…"] if len(names) > _FILES_SHOWN else names
    return Text("file.not_there_todo", files=listed(shown))


def _load_table(file: str, data: bytes, options: ReadOptions) -> tuple[_Findings, FileTable]:
    findings = _Findings(file, detect_kind(file, data))
    _note_suffix(findings)
    try:
        read = _read_sheet if findings.kind is FileKind.WORKBOOK else _read_text
        return findings, read(findings, data, options)
    except FileError as error:
        suffix = Path(file).suffix.lower()
        is_misnamed = SUFFIXES.get(suffix) is FileKind.WORKBOOK and findings.kind is FileKind.TEXT
        if is_misnamed and error.text.key == "file.header_only":
            what = Text("file.not_a_workbook", file=file, suffix=suffix)
            raise FileError(what, Text("file.not_a_workbook_todo")) from None
        raise


def _frame_and_report(findings: _Findings, table: FileTable) -> tuple[pd.DataFrame, Sheet]:
    frame = _build_frame(findings, table)
    _note_table(findings, table, frame)
    frame.attrs[ATTRS_KEY] = _attributes(findings, table, frame)
    return frame, _build_report(findings, table, frame)


def _read_text(findings: _Findings, data: bytes, options: ReadOptions) -> FileTable:
    sheet = options.sheet
    if sheet is not None:
        what = Text("file.sheet_of_text", sheet=sheet, file=findings.file)
        raise FileError(what, Text("file.sheet_of_text_todo"))
    decoded = find_encoding(findings.file, data, options.encoding)
    dialect = find_dialect(data, decoded.encoding, options.delimiter)
    findings.facts |= {"encoding": decoded.display_name, "delimiter": dialect.delimiter}
    named = DELIMITERS.get(dialect.delimiter)
    shown = Text(f"file.delimiter_{named}") if named else repr(dialect.delimiter)
    findings.shown_format = Text("file.format_csv", encoding=decoded.display_name, delimiter=shown)
    findings.notes += decoded.notes
    with RowProgress("progress.reading", file=findings.file) as progress:
        rows = progress.track(read_delimited(data, decoded.encoding, dialect, findings.file))
        return make_table(findings.file, rows, options.names)


def _read_sheet(findings: _Findings, data: bytes, options: ReadOptions) -> FileTable:
    rows = read_workbook(findings.file, data, options.sheet)
    findings.facts |= {"sheet": rows.sheet, "other_sheets": list(rows.other_sheets), "hidden": 0}
    findings.shown_format = Text("file.format_xlsx", sheet=rows.sheet)
    if rows.skipped_sheet:
        findings.notes.append(Text("file.passed_over", sheet=rows.sheet, first=rows.skipped_sheet))
    if rows.other_sheets and options.sheet is None:
        sheets = listed_briefly([Text("file.other_sheet", name=name) for name in rows.other_sheets], "sheet")
        findings.notes.append(Text("file.other_sheets", sheets=sheets))
    findings.notes += rows.notes
    table = make_table(findings.file, iter(rows.records), options.names, rows.merged_ranges)
    table = _without_hidden(findings, table, rows.hidden_rows, options.hidden)
    labels = table.headers.labels
    findings.unsupported_cells = {
        labels[position]: cells for position, cells in rows.unsupported_cells.items() if position < len(labels)
    }
    findings.notes += [
        Text(
            "file.unsupported_format",
            column=label,
            cells=count("cell", cells.count),
            form=cells.number_format,
            value=cells.value,
        )
        for label, cells in findings.unsupported_cells.items()
    ]
    return table


def _without_hidden(
    findings: _Findings, table: FileTable, hidden: frozenset[int], choice: "HiddenRows | None"
) -> FileTable:
    """Return a table with or without the rows hidden in Excel, as chosen."""
    positions = [position for position, line in enumerate(table.lines) if line in hidden]
    findings.facts["hidden"] = len(positions)
    if not positions:
        return table
    if choice is None:
        with_people = [position for position in positions if _has_address(table, position)]
        if not with_people:
            return table
        rows, line = count("row", len(with_people)), table.lines[with_people[0]]
        raise HiddenRowsError(
            Text("file.hidden", file=findings.file, sheet=findings.facts["sheet"], rows=rows, line=line),
            Text("file.hidden_todo"),
        )
    findings.notes.append(Text(f"file.hidden_{choice}", rows=count("row", len(positions))))
    if choice == "keep":
        return table
    is_visible = [line not in hidden for line in table.lines]
    columns = [list(compress(column, is_visible)) for column in table.columns]
    return replace(table, columns=columns, lines=array("q", compress(table.lines, is_visible)))


def _has_address(table: FileTable, position: int) -> bool:
    """Return whether a row has an address or, without an address column, any value."""
    kinds = {at: canonical_name(label) for at, label in enumerate(table.headers.labels)}
    readers = {at: _READERS[kind] for at, kind in kinds.items() if kind in _READERS}
    if not readers:
        return any(column[position] is not None for column in table.columns)
    return any(read(table.columns[at][position]).text for at, read in readers.items())


def _build_frame(findings: _Findings, table: FileTable) -> pd.DataFrame:
    """Convert the columns one by one and release each list, so that a large file is not in memory twice."""
    columns: dict[str, Any] = {}
    errors = 0
    values_of = dict(zip(table.headers.labels, table.columns, strict=True))
    unnamed = {label for label, text in zip(table.headers.labels, table.headers.texts, strict=True) if not text}
    table.columns.clear()
    for label in list(values_of):
        column = read_column(label, values_of.pop(label))
        findings.notes += column.notes
        if column.date_format:
            findings.date_formats[label] = column.date_format
        errors += column.errors
        if column.corrections.cells:
            findings.corrections[label] = column.corrections
        if label not in unnamed or not pd.isna(column.data).all():
            columns[label] = column.data
    if errors:
        findings.notes.append(Text("file.excel_errors", cells=count("cell", errors), errors="#N/A, #REF!, …"))
    return pd.DataFrame(columns, copy=False)


def _note_suffix(findings: _Findings) -> None:
    suffix = Path(findings.file).suffix.lower()
    if SUFFIXES.get(suffix, findings.kind) is not findings.kind or suffix in {".xls", ".et"}:
        findings.notes.append(Text("file.wrong_suffix", suffix=suffix, kind=Text(f"file.content_{findings.kind}")))


def _note_table(findings: _Findings, table: FileTable, frame: pd.DataFrame) -> None:
    if table.above:
        rows = count("row", len(table.above))
        findings.notes.append(Text("file.above", rows=rows, sample=" / ".join(table.above)))
    for kind, names in table.headers.ambiguous.items():
        key = "file.competing" if kind in _READERS else "file.competing_others"
        findings.notes.append(Text(key, kind=kind, columns=listed(map(repr, names))))
    addresses = {kind: chosen for kind, chosen in table.headers.chosen.items() if kind in _READERS}
    for kind, (chosen, others) in addresses.items():
        findings.notes.append(Text("file.chosen", kind=kind, column=chosen, others=listed(map(repr, others))))
    if not {"userid", "mobile"} & {*frame.columns, *table.headers.ambiguous}:
        findings.notes.append(Text("file.no_address"))
    texts = [str(label) for label in frame.columns]
    for label in frame.columns:
        values = frame[label].head(_ROWS_INSPECTED).astype(object).tolist()
        texts += [value for value in values if isinstance(value, str) and not value.isascii()]
    misread = [(text, original) for text in texts if (original := undo_mojibake(text))]
    if misread:
        text, original = misread[0]
        findings.notes.append(Text("file.misread", cells=count("cell", len(misread)), sample=text, meant=original))


def _attributes(findings: _Findings, table: FileTable, frame: pd.DataFrame) -> dict[str, object]:
    return {
        "file": findings.file,
        "format": str(findings.kind),
        **findings.facts,
        "rows": len(frame),
        "columns": list(frame.columns),
        "renamed": [{"from": text, "to": label} for text, label in table.headers.renamed],
        "corrected": {
            label: {"cells": correction.cells, "value": correction.value, "became": correction.became}
            for label, correction in findings.corrections.items()
        },
        "left_out": [{"line": row.line, "reason": str(row.problem)} for row in table.left_out],
        "notes": list(map(str, findings.notes)),
        **_for_templates(findings),
    }


def _for_templates(findings: _Findings) -> dict[str, object]:
    """Return the information about number formats that plans need."""
    unsupported = {
        label: {"cells": cells.count, "format": cells.number_format, "value": cells.value}
        for label, cells in findings.unsupported_cells.items()
    }
    formats = {DATE_FORMATS: dict(findings.date_formats)} if findings.date_formats else {}
    return formats | ({UNSUPPORTED_FORMATS: unsupported} if unsupported else {})


def _build_report(findings: _Findings, table: FileTable, frame: pd.DataFrame) -> Sheet:
    facts = [(Text("file.format"), findings.shown_format)]
    facts.append((Text("file.columns"), listed(map(_printable_name, frame.columns))))
    if table.headers.renamed:
        renamed = listed(f"{_printable_name(text)} → {_printable_name(label)}" for text, label in table.headers.renamed)
        facts.append((Text("file.renamed"), renamed))
    for label, correction in findings.corrections.items():
        cells = count("cell", correction.cells)
        value = Text(
            "file.corrected_value",
            column=_printable_name(label),
            cells=cells,
            value=correction.value,
            became=correction.became,
        )
        facts.append((Text("file.corrected"), value))
    if table.left_out:
        first = [
            Text("file.left_out_line", line=row.line, problem=row.problem) for row in table.left_out[:_LINES_SHOWN]
        ]
        if len(table.left_out) > _LINES_SHOWN:
            first.append(Text("file.left_out_more", n=len(table.left_out) - _LINES_SHOWN))
        value = Text("file.left_out_value", rows=count("row", len(table.left_out)), lines=listed(first))
        facts.append((Text("file.left_out"), value))
    rows, columns = count("row", len(frame)), count("column", frame.shape[1])
    return Sheet(
        Text("file.title", file=findings.file, rows=rows, columns=columns), "", tuple(facts), tuple(findings.notes)
    )


def _printable_name(name: object) -> str:
    """Return a column's name, with control characters escaped."""
    text = str(name)
    return text if text.isprintable() else repr(text)
