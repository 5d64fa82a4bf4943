"""Reads the rows of a sheet of an Excel workbook as Excel shows them, without evaluating formulas."""

import io
import re
import warnings
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # the class only; openpyxl parses

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.tables.cell_values import (
    MAX_EXACT_INTEGER,
    SIGNIFICANT_DIGITS,
    FormattedDatetime,
    InexactFloat,
    to_plain_value,
    with_display_text,
)
from dingnb.tables.delimited import MAX_COLUMNS, Record
from dingnb.tables.headers import canonical_name
from dingnb.tables.ids import read_mobile, read_userid
from dingnb.tables.number_formats import (
    CHINESE_BUILT_IN,
    CHINESE_FORMATS,
    GENERAL,
    Temporal,
    UnknownFormatError,
    format_number,
    format_temporal,
    format_text,
    is_date_format,
    plain_number,
    shows_month,
)
from dingnb.tables.sheet_markup import MergedRange, SheetMarkup, read_markup
from dingnb.words import Text, count, listed, listed_briefly

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_LEADING_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0+)(?:;.*)?", re.DOTALL)
"""A number format of zeros, optionally after a locale and before formats for other values."""

_MAX_ROWS = 1_048_576
"""Maximum number of rows in Excel."""

_LIBRARY_FORMATS = frozenset({"yyyy-mm-dd h:mm:ss", "yyyy-mm-dd hh:mm:ss"})
"""Default formats of Python libraries, which do not reflect the user's choice."""

_TEXT_FORMATS = frozenset({GENERAL, "@"})
_NO_DATE = "####"
"""The text that Excel shows for a number that is not a date, in a date format."""

_MAC_EPOCH_YEAR = 1904
_FIRST_YEAR = 1900

MAX_CELLS = 20_000_000
"""Maximum number of cells in a sheet."""

MAX_TABLE_CELLS = 5 * MAX_CELLS
"""Maximum number of rows times columns, which includes blank cells."""

_MAX_OVERLAPPING_CELLS = 100_000
"""Maximum number of cells in overlapping merged ranges, which some programs write."""

_MAX_SHEETS_INSPECTED = 50
_INSTRUCTIONS = re.compile(r"说明|說明|示例|样例|範例|范例|注意|须知|指南|readme|instruction|example", re.IGNORECASE)
"""Titles of sheets with instructions and examples."""

_ROWS_INSPECTED = 20
_DAMAGE_ERRORS = (
    *(AttributeError, IndexError, KeyError, OSError, TypeError, ValueError, EOFError),
    *(zipfile.BadZipFile, zlib.error, ParseError, NotImplementedError),
)
"""Errors that openpyxl raises for damaged workbooks."""


@dataclass(frozen=True, slots=True)
class UnsupportedCells:
    """The number of a column's cells with unsupported number formats, with the first format and value."""

    count: int
    number_format: str
    value: str


@dataclass(frozen=True, slots=True)
class SheetRows:
    """
    The rows of one sheet.

    Attributes:
        sheet: The sheet's name.
        other_sheets: The names of the other sheets.
        records: The rows that are not blank, all of the same width.
        notes: Notes about values that differ from what Excel shows.
        hidden_rows: The numbers of the hidden rows, from 1.
        merged_ranges: The merged ranges; the first column of each range is already filled down.
        unsupported_cells: The cells with unsupported number formats, by the position of the column.
        skipped_sheet: The name of the first sheet with data, if a later sheet with people was read; otherwise empty.
    """

    sheet: str
    other_sheets: tuple[str, ...]
    records: list[Record]
    notes: tuple[Text, ...]
    hidden_rows: frozenset[int]
    merged_ranges: tuple[MergedRange, ...]
    unsupported_cells: Mapping[int, UnsupportedCells]
    skipped_sheet: str = ""


def read_workbook(name: str, data: bytes, sheet: str | int | None) -> SheetRows:
    """
    Return the rows of a sheet: texts, and values with their Excel format.

    Args:
        name: The file's name, for error messages.
        data: The file's bytes.
        sheet: The sheet's name or position from 0. By default, the first visible sheet with people, or else with data.

    Raises:
        FileError: The workbook is damaged or too large, or the sheet does not exist or has no data.
    """
    with _open_workbook(name, data) as book:
        titles = [worksheet.title for worksheet in book.worksheets]
        if not titles:
            raise _unreadable_error(name, data, "no_sheets")
        title, markup, skipped_sheet = _choose_sheet(name, data, book, sheet)
        cells = _CellReader(name, book)
        with RowProgress("progress.reading", markup.last_row_with_cells, file=name) as progress:
            rows = progress.track(cells.rows(book[title], markup.last_row_with_cells))
            records = [Record(line, row) for line, row in enumerate(rows, 1) if row]
    _pad(name, records)
    filled = _fill_down(name, records, markup.merged_ranges)
    notes = [*([Text("file.macros")] if _has_macros(data) else []), *cells.notes()]
    if uncomputed := markup.uncomputed_cells:
        notes.append(Text("file.no_values", cells=count("cell", len(uncomputed)), first=uncomputed[0]))
    if filled:
        notes.append(Text("file.merged", cells=count("cell", filled)))
    return SheetRows(
        title,
        tuple(other for other in titles if other != title),
        records,
        tuple(notes),
        markup.hidden_rows,
        tuple(markup.merged_ranges),
        cells.unsupported_cells,
        skipped_sheet,
    )


def _choose_sheet(name: str, data: bytes, book: "Workbook", sheet: str | int | None) -> tuple[str, SheetMarkup, str]:
    """Return the title and the markup of the sheet to read, and the title of the first sheet with data if skipped."""
    first_sheet: tuple[str, SheetMarkup] | None = None
    for title in _candidate_titles(name, book, sheet)[:_MAX_SHEETS_INSPECTED]:
        markup = _read_sheet_markup(name, data, book[title])
        rows = _CellReader(name, book).rows(book[title], markup.last_row_with_cells)
        head = list(islice(filter(None, rows), _ROWS_INSPECTED))
        if not head:
            continue
        if sheet is not None or (_has_addresses(head) and not _INSTRUCTIONS.search(title)):
            return title, markup, "" if first_sheet is None else first_sheet[0]
        first_sheet = first_sheet or (title, markup)
    if first_sheet is None:
        raise _no_data_error(name, book, sheet)
    return *first_sheet, ""


def _no_data_error(name: str, book: "Workbook", sheet: str | int | None) -> FileError:
    """Return the error for candidate sheets without data, with a hint at the sheets that were not candidates."""
    candidates = _candidate_titles(name, book, sheet)
    other_titles = [worksheet.title for worksheet in book.worksheets if worksheet.title not in candidates]
    todo = Text("file.empty_todo")
    if other_titles:
        key = "file.hidden_sheets_todo" if sheet is None else "file.no_sheet_todo"
        todo = Text(key, sheets=listed_briefly(list(map(repr, other_titles)), "sheet"))
    return FileError(
        Text("file.empty_sheets", file=name, sheets=listed_briefly(list(map(repr, candidates)), "sheet")), todo
    )


_ADDRESS_TESTS: Mapping[str, Callable[[object], bool]] = {
    "userid": lambda cell: (text := read_userid(to_plain_value(cell)).text).isascii() and bool(text),
    "mobile": lambda cell: bool(read_mobile(to_plain_value(cell)).text),
}
"""Tests for an address in a cell, by the kind of address."""


def _has_addresses(head: Sequence[Sequence[object]]) -> bool:
    """Return whether the first rows contain the name of an address column with an address below it."""
    for number, row in enumerate(head):
        for at, cell in enumerate(row):
            is_address = _ADDRESS_TESTS.get(canonical_name(cell)) if isinstance(cell, str) else None
            # A sheet with instructions also contains column names, but in one column.
            if is_address is not None and any(
                at < len(below) and is_address(below[at]) for below in head[number + 1 :]
            ):
                return True
    return False


def _read_sheet_markup(name: str, data: bytes, sheet: Any) -> SheetMarkup:  # noqa: ANN401 - openpyxl's read-only sheet has no stubs
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as part:  # noqa: SLF001
        markup = read_markup(part)
    if markup.problem:
        raise FileError(
            Text("file.damaged", file=name, error=Text(f"file.{markup.problem}")), Text("file.damaged_todo")
        )
    if markup.last_row > _MAX_ROWS:
        what = Text("file.too_long", file=name, row=markup.last_row, most=_MAX_ROWS)
        raise FileError(what, Text("file.too_wide_todo"))
    return markup


def _pad(name: str, records: list[Record]) -> None:
    """Give all rows the width of the widest row."""
    widest = max(records, key=lambda record: len(record.cells))
    width = len(widest.cells)
    if width * len(records) > MAX_TABLE_CELLS:
        what = Text("file.too_wide", file=name, columns=count("column", width), line=widest.line)
        raise FileError(what, Text("file.too_wide_todo"))
    for record in records:
        record.cells.extend([None] * (width - len(record.cells)))


def _fill_down(name: str, records: list[Record], merged: Sequence[MergedRange]) -> int:
    """Repeat the value of merged cells in each merged row; return the number of filled cells."""
    filled = visited = 0
    lines = [record.line for record in records]
    width = len(records[0].cells)
    for cell_range in merged:
        start, end = bisect_left(lines, cell_range.top), bisect_right(lines, cell_range.bottom)
        if start >= end or cell_range.left >= width:
            continue
        visited += (end - start) * (min(cell_range.right + 1, width) - cell_range.left)
        if visited > len(records) * width + _MAX_OVERLAPPING_CELLS:
            error = Text("file.overlapping_merged")
            raise FileError(Text("file.damaged", file=name, error=error), Text("file.damaged_todo"))
        top = records[start]
        if top.line != cell_range.top:
            continue
        value = top.cells[cell_range.left]
        for record in records[start + 1 : end]:
            if record.cells[cell_range.left] is None and value is not None:
                record.cells[cell_range.left] = value
                filled += 1
    return filled


def sheet_names(name: str, data: bytes) -> list[str]:
    """
    Return the names of the visible sheets of a workbook.

    Raises:
        FileError: The workbook is damaged.
    """
    with _open_workbook(name, data) as book:
        return [worksheet.title for worksheet in book.worksheets if worksheet.sheet_state == "visible"]


class _CellReader:
    """
    Converts cells to the values that Excel shows, and records which values differ from Excel's display.

    Attributes:
        unsupported_cells: The cells with unsupported number formats, by the position of the column.
    """

    def __init__(self, name: str, book: "Workbook") -> None:
        self._name = name
        self._book = book
        self._error_values: dict[str, str] = {}
        self._padded_numbers: list[tuple[str, str]] = []
        self._inexact_numbers: list[str] = []
        self._zero_dates = 0
        self.unsupported_cells: dict[int, UnsupportedCells] = {}
        self._formats: dict[int, str] = {}

    def rows(self, sheet: Any, last_row: int) -> Iterator[list[object]]:  # noqa: ANN401 - openpyxl's read-only sheet has no stubs
        """
        Yield the cells of each row without trailing blank cells; a blank row is an empty list.

        Args:
            sheet: The sheet.
            last_row: The last row with cells. Up to a million rows that have only a format may follow.

        Raises:
            FileError: The sheet has too many columns or cells.
        """
        # Many programs write wrong dimensions.
        sheet.reset_dimensions()
        total_cells = 0
        for line, row in enumerate(sheet.iter_rows(max_row=max(last_row, 1)), 1):
            cells = [None if cell.value is None else self._value(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            total_cells += len(row)
            has_too_many = total_cells > MAX_CELLS
            if len(cells) > MAX_COLUMNS or (has_too_many and len(row) > MAX_COLUMNS):
                what = Text("file.too_wide", file=self._name, columns=count("column", len(row)), line=line)
                raise FileError(what, Text("file.too_wide_todo"))
            if has_too_many:
                what = Text("file.sheet_too_large", file=self._name, most=MAX_CELLS, line=line)
                raise FileError(what, Text("file.sheet_too_large_todo"))
            yield cells

    def notes(self) -> Iterator[Text]:
        """Yield notes about changed and lost values."""
        if self._error_values:
            errors = listed(sorted(set(self._error_values.values())))
            yield Text("file.excel_errors", cells=count("cell", len(self._error_values)), errors=errors)
        if self._zero_dates:
            yield Text("file.zero_dates", cells=count("cell", self._zero_dates))
        if self._padded_numbers:
            number, padded = self._padded_numbers[0]
            yield Text("file.zeros", cells=count("cell", len(self._padded_numbers)), value=number, became=padded)
        if self._inexact_numbers:
            yield Text(
                "file.digits_lost", cells=count("cell", len(self._inexact_numbers)), value=self._inexact_numbers[0]
            )

    def _value(self, cell: Any) -> object:  # noqa: ANN401 - likewise
        value = cell.value
        if isinstance(value, str):
            if cell.data_type == "e":
                self._error_values[cell.coordinate] = value
                return None
            return self._text(cell, value)
        if isinstance(value, bool):
            return with_display_text(value, str(value).upper())
        if isinstance(value, int | float):
            return self._number(cell, value)
        if isinstance(value, date | time | timedelta):
            return self._temporal_value(cell, value, self._format_of(cell))
        return None

    def _text(self, cell: Any, value: str) -> str | None:  # noqa: ANN401 - likewise
        if "_x" in value:
            from openpyxl.utils.escape import unescape  # noqa: PLC0415 - as openpyxl itself

            value = unescape(value).replace("\r", "")
        number_format = self._format_of(cell)
        return value if number_format in _TEXT_FORMATS else format_text(value, number_format) or None

    def _format_of(self, cell: Any) -> str:  # noqa: ANN401 - likewise
        """Return the number format of a cell, including the built-in formats of Chinese editions."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - as openpyxl itself

        style = cell._style_id  # noqa: SLF001 - openpyxl does not cache formats
        if style not in self._formats:
            format_id, number_format = cell.style_array.numFmtId, cell.number_format
            # openpyxl lacks some of the built-in ids and has non-Chinese formats for the other ids.
            if BUILTIN_FORMATS.get(format_id) == number_format:
                number_format = CHINESE_BUILT_IN.get(format_id, number_format)
            self._formats[style] = CHINESE_FORMATS.get(format_id, number_format)
        return self._formats[style]

    def _temporal_value(self, cell: Any, value: Temporal, number_format: str) -> object:  # noqa: ANN401 - likewise
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if _is_negative(value) and self._book.epoch.year != _MAC_EPOCH_YEAR:
            self._error_values[cell.coordinate] = _NO_DATE
            return None
        if isinstance(value, time) and shows_month(number_format):
            return self._day_zero(cell, value, number_format)
        if number_format.casefold() in _LIBRARY_FORMATS:
            return value
        try:
            shown = format_temporal(value, number_format)
        except UnknownFormatError:
            self._note_unsupported(cell, number_format, str(value))
            return value if isinstance(value, datetime) else str(value)
        formatted = with_display_text(value, shown)
        if isinstance(formatted, FormattedDatetime):
            formatted.number_format = number_format
        return formatted

    def _day_zero(self, cell: Any, value: time, number_format: str) -> str | None:  # noqa: ANN401 - likewise
        """Return the text of a number below 1 in a date format, such as the 0 of a formula for a blank cell."""
        if value != time():
            self._note_unsupported(cell, number_format, str(value))
            return str(value)
        try:
            return format_number(0, number_format) or None
        except UnknownFormatError:
            # The format has no section for 0.
            self._zero_dates += 1
            return None

    def _number(self, cell: Any, value: float) -> object:  # noqa: ANN401 - likewise
        number_format = self._format_of(cell)
        if number_format != GENERAL and is_date_format(number_format):
            from openpyxl.utils.datetime import from_excel  # noqa: PLC0415 - as openpyxl itself

            # openpyxl does not recognise some date formats.
            try:
                temporal = from_excel(value, self._book.epoch)
            except OverflowError:  # after the year 9999, as for 20261101
                self._error_values[cell.coordinate] = _NO_DATE
                return None
            return None if temporal is None else self._temporal_value(cell, temporal, number_format)
        text = plain_number(value)
        if self._note_lost_digits(value, text):
            return InexactFloat(value)
        return text if number_format == GENERAL else self._format_value(cell, value, text, number_format)

    def _note_lost_digits(self, value: float, text: str) -> bool:
        """Record a number that has lost digits in Excel, as integers over 15 digits do; return whether it has."""
        digits = text.lstrip("-")
        if type(value) is float and value.is_integer() and abs(value) >= MAX_EXACT_INTEGER:
            self._inexact_numbers.append(repr(value))
            return True
        if digits.isdecimal() and len(digits) > SIGNIFICANT_DIGITS and not digits[SIGNIFICANT_DIGITS:].strip("0"):
            self._inexact_numbers.append(f"{int(value):.{SIGNIFICANT_DIGITS - 1}E}")
            return True
        return False

    def _format_value(self, cell: Any, value: float, text: str, number_format: str) -> object:  # noqa: ANN401 - likewise
        zeros = _LEADING_ZEROS.fullmatch(number_format)
        if zeros and text.isdecimal() and (value or ";" not in number_format):
            padded = text.zfill(len(zeros[1]))
            if padded != text:
                self._padded_numbers.append((text, padded))
            return padded
        try:
            shown = format_number(value, number_format)
        except UnknownFormatError:
            self._note_unsupported(cell, number_format, text)
            return text
        return with_display_text(int(value) if float(value).is_integer() else value, shown) if shown else None

    def _note_unsupported(self, cell: Any, number_format: str, value: str) -> None:  # noqa: ANN401 - likewise
        position = cell.column - 1
        earlier = self.unsupported_cells.get(position)
        self.unsupported_cells[position] = (
            UnsupportedCells(1, number_format, value)
            if earlier is None
            else UnsupportedCells(earlier.count + 1, earlier.number_format, earlier.value)
        )


def _is_negative(value: Temporal) -> bool:
    """Return whether a date or time is negative, which Excel cannot show."""
    if isinstance(value, timedelta):
        return value < timedelta()
    return isinstance(value, datetime) and value.year < _FIRST_YEAR


@contextmanager
def _open_workbook(name: str, data: bytes) -> Iterator["Workbook"]:
    """Open a workbook and convert openpyxl's errors for damaged files."""
    from openpyxl import load_workbook  # noqa: PLC0415 - imported when needed

    book = None
    try:
        with warnings.catch_warnings():
            # Warnings about styles and other irrelevant features.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            yield book
    except FileError:
        raise
    except _DAMAGE_ERRORS as error:
        # The library's own message does not help users.
        raise _unreadable_error(name, data, "not_understood") from error
    finally:
        if book is not None:
            book.close()


def _candidate_titles(name: str, book: "Workbook", sheet: str | int | None) -> list[str]:
    """Return the titles of the sheets to consider: the given sheet, or all visible sheets."""
    titles = [worksheet.title for worksheet in book.worksheets]
    if sheet is None:
        return [worksheet.title for worksheet in book.worksheets if worksheet.sheet_state == "visible"]
    if isinstance(sheet, int) and not isinstance(sheet, bool) and -len(titles) <= sheet < len(titles):
        return [titles[sheet]]
    if sheet in titles:
        return [str(sheet)]
    what = Text("file.no_sheet", file=name, sheet=sheet)
    raise FileError(what, Text("file.no_sheet_todo", sheets=listed_briefly(list(map(repr, titles)), "sheet")))


def _unreadable_error(name: str, data: bytes, problem: str) -> FileError:
    """Return the error for a workbook that openpyxl cannot read, or in which openpyxl finds no sheets."""
    if _is_strict(data):
        return FileError(Text("file.strict", file=name), Text("file.strict_todo"))
    return FileError(Text("file.damaged", file=name, error=Text(f"file.{problem}")), Text("file.damaged_todo"))


def _is_strict(data: bytes) -> bool:
    """Return whether a workbook has the format Strict Open XML, which openpyxl does not support."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"purl.oclc.org/ooxml" in archive.read("xl/workbook.xml")
    except _DAMAGE_ERRORS:
        return False


def _has_macros(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "xl/vbaProject.bin" in archive.namelist()
