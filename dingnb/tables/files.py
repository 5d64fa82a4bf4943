"""Reads the files that lists of people come in, without harm to identifiers, and tells what it met."""

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
from dingnb.errors.arguments import shown
from dingnb.tables.cells import DATE_FORMATS, MET, UNSHOWN, read_mobile, read_userid
from dingnb.tables.delimited import DELIMITERS, check_delimiter, find_layout, read_delimited
from dingnb.tables.encodings import find_encoding, was_misread
from dingnb.tables.file_columns import Mended, read_column
from dingnb.tables.file_kinds import LARGEST, SUFFIXES, FileKind, kind_of
from dingnb.tables.file_table import FileTable, make_table
from dingnb.tables.headers import usual_name
from dingnb.tables.row_labels import name_by_line
from dingnb.tables.workbooks import UnshownCells, read_workbook, sheet_names
from dingnb.words import NOTHING, Text, count, few, listed

_LINES_SHOWN = 5
_FILES_SHOWN = 8
_ROWS_LOOKED_AT = 1_000


Hidden = Literal["skip", "keep"]

_READERS = {"userid": read_userid, "mobile": read_mobile}


class Choices(NamedTuple):
    """How a file is to be read, as for `read_recipients`; None leaves it to what is found."""

    sheet: str | int | None = None
    names: Sequence[str] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    hidden: Hidden | None = None


@dataclass(slots=True)
class _Findings:
    """What was met in a file."""

    file: str
    kind: FileKind
    facts: dict[str, object] = field(default_factory=dict)
    shown_format: Text = NOTHING
    notes: list[Text] = field(default_factory=list)
    mended: dict[str, Mended] = field(default_factory=dict)
    date_formats: dict[str, str] = field(default_factory=dict)
    unshown: dict[str, UnshownCells] = field(default_factory=dict)


def read_recipients(
    path: str | os.PathLike[str],
    *,
    sheet: str | int | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    hidden: Hidden | None = None,
    quiet: bool = False,
) -> pd.DataFrame:
    """
    Read a list of people from CSV or Excel without harm to ids and phone numbers, and say what was met.

    Text may be UTF-8 (with or without BOM), UTF-16 or GBK/GB18030, with commas, semicolons, tabs or bars.
    Everything is read as text: leading zeros and long ids stay whole, and nothing but a cell that shows nothing is
    missing. Numbers that Excel shows by a format (12.5%, ¥1,234.50, 26:30), yes and no, and dates stay numbers and
    dates, and a template writes them as Excel shows them. What stands in merged cells stands in each of their rows. In
    the columns of ids (`userid`, `mobile`, `job_number`), ``123.0``, full-width digits,
    invisible characters and ``="0123"`` are mended. Usual headers get dingnb's names (``手机号`` becomes
    `mobile`), unless two columns could have one. A row that cannot be read is left out and named by its line.
    Formulas and HTML in text are text; nothing is evaluated.

    Args:
        path: A .csv, .txt, .tsv or .xlsx file; its content decides what it is, not its name.
        sheet: The sheet of a workbook, by name or position from 0; else the first one with a column of userids or
            mobile numbers, or with data.
        names: The columns' names, for a file without a header.
        encoding: The encoding of text, where it is found wrongly, such as ``"big5"``.
        delimiter: The delimiter of text, where it is found wrongly.
        hidden: What to do with rows that Excel does not show, by a filter or by hand: ``"skip"`` leaves them out,
            ``"keep"`` reads them as well. Where some of them name people, it has to be said.
        quiet: Print nothing; what would be printed is in ``frame.attrs["dingnb"]`` all the same.

    Returns:
        One row for each row of the file, in its order, indexed from 0. Columns are of dtype str; datetime64 where all
        values of a column are dates in Excel; object where Excel shows numbers or times by a format: these are
        Python's int, float, bool (as int), time, timedelta and datetime, each with its look. Missing is NaN. A column
        of ids in which Excel holds some dates is of dtype object, so that `plan` can reject those rows.
        ``attrs["dingnb"]`` holds plain data: `file`, `format`, `encoding` and `delimiter` or `sheet`, `other_sheets`
        and `hidden` (the hidden rows that were met), `rows`, `columns`, `renamed`, `mended`, `left_out` (each with
        `line` and `reason`), `notes`; `date_formats` and `unshown`, by column, for templates.

    Raises:
        FileError: The file is not there, empty, damaged, protected by a password, of another format, not
            decodable, without a header, without rows, or larger than a list of people can be.
        HiddenRowsError: Hidden rows name people, and `hidden` is not given.
        InputError: `hidden` is none of these.
        ColumnError: Two columns are called `userid`, or two `mobile`, in the same words.
    """
    check_delimiter(delimiter)
    check_hidden(hidden)
    # What is read is let go of before the frame is made, so that a large file is not there twice.
    taken_in = _take_in(*_load(path), Choices(sheet, names, encoding, delimiter, hidden))
    frame, told = _finish(*taken_in)
    if not quiet:
        print(told.to_text())  # noqa: T201 - it says what it did
    return frame


def read_table(file: str, data: bytes, choices: "Choices") -> tuple[pd.DataFrame, Sheet]:
    """
    Return what a file holds whose bytes are there already, as `read_recipients` does, and what is to be said of it.

    Who chose the file in a form may have it open beside it: the index is the file's lines, or the rows of Excel.

    Args:
        file: The file's name.
        data: Its bytes.
        choices: How to read it.

    Raises:
        FileError: As `read_recipients`.
        ColumnError: Likewise.
    """
    check_delimiter(choices.delimiter)
    found, table = _take_in(file, data, choices)
    frame, told = _finish(found, table)
    return name_by_line(frame, table.lines, str(_called(found))), told


def _called(found: _Findings) -> Text:
    """Return what the rows of a file are counted as."""
    if found.kind is FileKind.TEXT:
        return Text("file.line")
    return Text("file.row_of_sheet", sheet=found.facts["sheet"]) if found.facts["other_sheets"] else Text("file.row")


def check_hidden(hidden: object) -> None:
    """
    Check what is to be done with hidden rows.

    Raises:
        InputError: It is neither ``"skip"`` nor ``"keep"``, nor None.
    """
    if hidden is not None and (not isinstance(hidden, str) or hidden not in get_args(Hidden)):
        raise InputError(Text("file.bad_hidden", value=shown(hidden)), Text("file.hidden_todo"))


def sheets_of(file: str, data: bytes) -> list[str]:
    """
    Return the names of the sheets that can be read from a file; a text file has none.

    Raises:
        FileError: It is damaged, or neither text nor a workbook.
    """
    return sheet_names(file, data) if kind_of(file, data) is FileKind.WORKBOOK else []


def _load(path: object) -> tuple[str, bytes]:
    if not isinstance(path, str | os.PathLike):
        raise FileError(Text("file.not_a_path", kind=type(path).__name__), Text("file.not_a_path_todo"))
    place = Path(path)
    if place.parts[:1] == ("~",):
        place = place.expanduser()
    if place.name.startswith("~$"):
        what = Text("file.locked_by_excel", file=place.name)
        raise FileError(what, Text("file.locked_by_excel_todo", other=place.name[2:]))
    try:
        _check_size(place)
        return place.name, place.read_bytes()
    except IsADirectoryError:
        raise FileError(Text("file.folder", path=str(path)), _files_there(place)) from None
    except FileNotFoundError:
        raise FileError(Text("file.not_there", path=str(path)), _files_there(place.parent)) from None
    except (OSError, ValueError) as error:
        if place.is_dir():  # as Windows says it
            raise FileError(Text("file.folder", path=str(path)), _files_there(place)) from None
        what = Text("file.cannot_open", path=str(path), error=getattr(error, "strerror", None) or error)
        raise FileError(what, Text("file.cannot_open_todo")) from None


def _check_size(place: Path) -> None:
    found = place.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError
    if not stat.S_ISREG(found.st_mode):
        raise FileError(Text("file.no_file", path=str(place)), Text("file.not_a_path_todo"))
    if found.st_size > LARGEST:
        what = Text("file.too_large", file=place.name, megabytes=f"{found.st_size / 1024**2:,.0f}")
        raise FileError(what, Text("file.too_large_todo", most=f"{LARGEST // 1024**2:,}"))


def _files_there(folder: Path) -> Text:
    try:
        there = sorted(one.name for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
    except OSError:
        there = []
    shown = ", ".join(there[:_FILES_SHOWN]) + (" …" if len(there) > _FILES_SHOWN else "")
    return Text("file.not_there_todo", files=shown or Text("file.no_tables"))


def _take_in(file: str, data: bytes, choices: "Choices") -> tuple[_Findings, FileTable]:
    found = _Findings(file, kind_of(file, data))
    _note_suffix(found)
    return found, _read(found, data, choices)


def _finish(found: _Findings, table: FileTable) -> tuple[pd.DataFrame, Sheet]:
    frame = _frame(found, table)
    _note_table(found, table, frame)
    frame.attrs[MET] = _attributes(found, table, frame)
    return frame, _sheet(found, table, frame)


def _read(found: _Findings, data: bytes, choices: "Choices") -> FileTable:
    if found.kind is FileKind.WORKBOOK:
        return _read_sheet(found, data, choices)
    sheet = choices.sheet
    if sheet is not None:
        what = Text("file.sheet_of_text", sheet=sheet, file=found.file)
        raise FileError(what, Text("file.sheet_of_text_todo"))
    decoded = find_encoding(found.file, data, choices.encoding)
    layout = find_layout(data, decoded.encoding, choices.delimiter)
    found.facts |= {"encoding": decoded.shown, "delimiter": layout.delimiter}
    named = DELIMITERS.get(layout.delimiter)
    shown = Text(f"file.delimiter_{named}") if named else repr(layout.delimiter)
    found.shown_format = Text("file.format_csv", encoding=decoded.shown, delimiter=shown)
    found.notes += decoded.notes
    with RowProgress("progress.reading", file=found.file) as progress:
        rows = progress.over(read_delimited(data, decoded.encoding, layout, found.file))
        return make_table(found.file, rows, choices.names)


def _read_sheet(found: _Findings, data: bytes, choices: "Choices") -> FileTable:
    rows = read_workbook(found.file, data, choices.sheet)
    found.facts |= {"sheet": rows.sheet, "other_sheets": list(rows.others), "hidden": 0}
    found.shown_format = Text("file.format_xlsx", sheet=rows.sheet)
    if rows.passed_over:
        found.notes.append(Text("file.passed_over", sheet=rows.sheet, first=rows.passed_over))
    if rows.others and choices.sheet is None:
        found.notes.append(Text("file.other_sheets", sheets=few(list(map(repr, rows.others)))))
    found.notes += rows.notes
    table = make_table(found.file, iter(rows.records), choices.names, rows.merged)
    table = _without_hidden(found, table, rows.hidden, choices.hidden)
    labels = table.headers.labels
    found.unshown = {labels[at]: one for at, one in rows.unshown.items() if at < len(labels)}
    found.notes += [
        Text("file.unshown", column=label, cells=count("cell", one.cells), form=one.number_format, value=one.value)
        for label, one in found.unshown.items()
    ]
    return table


def _without_hidden(found: _Findings, table: FileTable, hidden: frozenset[int], choice: "Hidden | None") -> FileTable:
    """Return a table without the rows that Excel hides, or with them, as was chosen."""
    at = [position for position, line in enumerate(table.lines) if line in hidden]
    found.facts["hidden"] = len(at)
    if not at:
        return table
    if choice is None:
        named = [position for position in at if _names_somebody(table, position)]
        if not named:
            return table
        rows, line = count("row", len(named)), table.lines[named[0]]
        raise HiddenRowsError(
            Text("file.hidden", file=found.file, sheet=found.facts["sheet"], rows=rows, line=line),
            Text("file.hidden_todo"),
        )
    found.notes.append(Text(f"file.hidden_{choice}", rows=count("row", len(at))))
    if choice == "keep":
        return table
    kept = [line not in hidden for line in table.lines]
    columns = [list(compress(column, kept)) for column in table.columns]
    return replace(table, columns=columns, lines=array("q", compress(table.lines, kept)))


def _names_somebody(table: FileTable, position: int) -> bool:
    """Return whether a row has an address; where no column is called like one, whether anything stands in it."""
    kinds = {at: usual_name(label) for at, label in enumerate(table.headers.labels)}
    readers = {at: _READERS[kind] for at, kind in kinds.items() if kind in _READERS}
    if not readers:
        return any(column[position] is not None for column in table.columns)
    return any(read(table.columns[at][position]).text for at, read in readers.items())


def _frame(found: _Findings, table: FileTable) -> pd.DataFrame:
    """Make the frame column by column, and let go of each list, so that a large file is not there twice."""
    columns: dict[str, Any] = {}
    errors = 0
    values_of = dict(zip(table.headers.labels, table.columns, strict=True))
    unnamed = {label for label, text in zip(table.headers.labels, table.headers.texts, strict=True) if not text}
    table.columns.clear()
    for label in list(values_of):
        column = read_column(label, values_of.pop(label))
        found.notes += column.notes
        if column.date_format:
            found.date_formats[label] = column.date_format
        errors += column.errors
        if column.mended.cells:
            found.mended[label] = column.mended
        if label not in unnamed or not pd.isna(column.data).all():
            columns[label] = column.data
    if errors:
        found.notes.append(Text("file.excel_errors", cells=count("cell", errors), errors="#N/A, #REF!, …"))
    return pd.DataFrame(columns, copy=False)


def _note_suffix(found: _Findings) -> None:
    suffix = Path(found.file).suffix.lower()
    if SUFFIXES.get(suffix, found.kind) is not found.kind or suffix in {".xls", ".et"}:
        found.notes.append(Text("file.wrong_suffix", suffix=suffix, kind=Text(f"file.content_{found.kind}")))


def _note_table(found: _Findings, table: FileTable, frame: pd.DataFrame) -> None:
    if table.above:
        rows = count("row", len(table.above))
        found.notes.append(Text("file.above", rows=rows, sample=" / ".join(table.above)))
    for kind, names in table.headers.competing.items():
        key = "file.competing" if kind in _READERS else "file.competing_others"
        found.notes.append(Text(key, kind=kind, columns=listed(map(repr, names))))
    addresses = {kind: chosen for kind, chosen in table.headers.chosen.items() if kind in _READERS}
    for kind, (chosen, others) in addresses.items():
        found.notes.append(Text("file.chosen", kind=kind, column=chosen, others=listed(map(repr, others))))
    if not {"userid", "mobile"} & {*frame.columns, *table.headers.competing}:
        found.notes.append(Text("file.no_address"))
    texts = [str(label) for label in frame.columns]
    for label in frame.columns:
        values = frame[label].head(_ROWS_LOOKED_AT).astype(object).tolist()
        texts += [value for value in values if isinstance(value, str) and not value.isascii()]
    misread = [(text, meant) for text in texts if (meant := was_misread(text))]
    if misread:
        text, meant = misread[0]
        found.notes.append(Text("file.misread", cells=count("cell", len(misread)), sample=text, meant=meant))


def _attributes(found: _Findings, table: FileTable, frame: pd.DataFrame) -> dict[str, object]:
    return {
        "file": found.file,
        "format": str(found.kind),
        **found.facts,
        "rows": len(frame),
        "columns": list(frame.columns),
        "renamed": [{"from": text, "to": label} for text, label in table.headers.renamed],
        "mended": {
            label: {"cells": one.cells, "value": one.value, "became": one.became} for label, one in found.mended.items()
        },
        "left_out": [{"line": one.line, "reason": str(one.problem)} for one in table.left_out],
        "notes": list(map(str, found.notes)),
        **_for_templates(found),
    }


def _for_templates(found: _Findings) -> dict[str, object]:
    """Return what a plan has to know of columns that Excel shows in a way of its own."""
    unshown = {
        label: {"cells": one.cells, "format": one.number_format, "value": one.value}
        for label, one in found.unshown.items()
    }
    formats = {DATE_FORMATS: dict(found.date_formats)} if found.date_formats else {}
    return formats | ({UNSHOWN: unshown} if unshown else {})


def _sheet(found: _Findings, table: FileTable, frame: pd.DataFrame) -> Sheet:
    facts = [(Text("file.format"), found.shown_format)]
    facts.append((Text("file.columns"), listed(map(_shown, frame.columns))))
    if table.headers.renamed:
        renamed = listed(f"{_shown(text)} → {_shown(label)}" for text, label in table.headers.renamed)
        facts.append((Text("file.renamed"), renamed))
    for label, one in found.mended.items():
        cells = count("cell", one.cells)
        value = Text("file.mended_value", column=_shown(label), cells=cells, value=one.value, became=one.became)
        facts.append((Text("file.mended"), value))
    if table.left_out:
        first = [
            Text("file.left_out_line", line=one.line, problem=one.problem) for one in table.left_out[:_LINES_SHOWN]
        ]
        if len(table.left_out) > _LINES_SHOWN:
            first.append(Text("file.left_out_more", n=len(table.left_out) - _LINES_SHOWN))
        value = Text("file.left_out_value", rows=count("row", len(table.left_out)), lines=listed(first))
        facts.append((Text("file.left_out"), value))
    rows, columns = count("row", len(frame)), count("column", frame.shape[1])
    return Sheet(Text("file.title", file=found.file, rows=rows, columns=columns), "", tuple(facts), tuple(found.notes))


def _shown(name: object) -> str:
    """Return a column's name as it is, or with what a terminal would obey written out."""
    text = str(name)
    return text if text.isprintable() else repr(text)
