"""Reads the rows of a sheet of an Excel workbook as Excel shows them, without evaluating anything."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # the class only; openpyxl parses

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.messages.cell_values import Rounded, Shown, ShownMoment, show_as
from dingnb.tables.cells import read_mobile, read_userid
from dingnb.tables.delimited import MOST_COLUMNS, Record
from dingnb.tables.headers import usual_name
from dingnb.tables.number_formats import (
    CHINESE_BUILT_IN,
    CHINESE_FORMATS,
    DIGITS,
    GENERAL,
    Moment,
    UnknownFormatError,
    is_of_moments,
    plain_number,
    show_moment,
    show_number,
    show_text,
)
from dingnb.tables.sheet_markup import Markup, Merged, read_markup
from dingnb.words import Text, count, few

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_LEADING_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0+)(?:;.*)?", re.DOTALL)
"""A number format of zeros, with or without a locale in front and formats for other values behind."""

_EXACT_FLOAT = 2**53
_MOST_ROWS = 1_048_576
"""Excel has no more."""

_OF_PROGRAMS = frozenset({"yyyy-mm-dd h:mm:ss", "yyyy-mm-dd hh:mm:ss"})
"""What Python's libraries give every date and time: it says nothing of how somebody wants to see it."""

_OF_TEXT = frozenset({GENERAL, "@"})
_EPOCH_OF_MACS = 1904
_FIRST_YEAR = 1900

_MOST_CELLS = 20_000_000
_MOST_SHEETS_LOOKED_AT = 50
_EXPLAINS = re.compile(r"说明|說明|示例|样例|範例|范例|注意|须知|指南|readme|instruction|example", re.IGNORECASE)
"""Titles of sheets that explain how to fill in the list, with an example of it."""

_ROWS_LOOKED_AT = 20
_UNREADABLE = (
    *(AttributeError, IndexError, KeyError, OSError, TypeError, ValueError, EOFError),
    *(zipfile.BadZipFile, zlib.error, ParseError, NotImplementedError, UnknownFormatError),
)
"""What openpyxl raises for a workbook that is damaged."""


@dataclass(frozen=True, slots=True)
class UnshownCells:
    """How many cells of a column Excel shows by a format that is not understood; the format, and the first value."""

    cells: int
    number_format: str
    value: str


@dataclass(frozen=True, slots=True)
class SheetRows:
    """
    The rows of one sheet.

    Attributes:
        sheet: Its name.
        others: The names of other sheets that were not read.
        records: Its rows, all of one width.
        notes: What could not be read as it is shown, as sentences.
        hidden: The numbers of its hidden rows, from 1.
        merged: Its merged cells; of those in several rows, the first column is filled in all of them.
        unshown: By the position of the column, the cells that are not read as Excel shows them.
        passed_over: The name of the first sheet with data, where a later one was read since it names people.
    """

    sheet: str
    others: tuple[str, ...]
    records: list[Record]
    notes: tuple[Text, ...]
    hidden: frozenset[int]
    merged: tuple[Merged, ...]
    unshown: Mapping[int, UnshownCells]
    passed_over: str = ""


def read_workbook(name: str, data: bytes, sheet: str | int | None) -> SheetRows:
    """
    Return the rows of a sheet: texts, and what Excel shows in a way of its own as values with that look.

    Args:
        name: The file's name, for errors.
        data: Its bytes.
        sheet: The sheet's name, or its position from 0; else the first one that is shown and names people, or has data.

    Raises:
        FileError: The workbook is damaged, larger than a list of people can be, has no such sheet, or no data.
    """
    with _open(name, data) as book:
        titles = [one.title for one in book.worksheets]
        if not titles:
            key = "strict_workbook" if _is_strict(data) else "no_sheets"
            raise FileError(Text("file.damaged", file=name, error=Text(f"file.{key}")), Text("file.damaged_todo"))
        title, markup, passed_over = _choose(name, data, book, sheet)
        cells = _Cells(name, book)
        with RowProgress("progress.reading", markup.last_row_with_cells, file=name) as progress:
            rows = progress.over(cells.rows(book[title], markup.last_row_with_cells))
            records = [Record(line, row) for line, row in enumerate(rows, 1) if row]
    width = max(len(record.cells) for record in records)
    for record in records:
        record.cells.extend([None] * (width - len(record.cells)))
    filled = _fill_downwards(records, markup.merged)
    notes = [*([Text("file.macros")] if _has_macros(data) else []), *cells.notes()]
    if markup.uncomputed:
        notes.append(Text("file.no_values", cells=count("cell", len(markup.uncomputed)), first=markup.uncomputed[0]))
    if filled:
        notes.append(Text("file.merged", cells=count("cell", filled)))
    others = tuple(other for other in titles if other != title)
    return SheetRows(
        title, others, records, tuple(notes), markup.hidden, tuple(markup.merged), cells.unshown(), passed_over
    )


def _choose(name: str, data: bytes, book: "Workbook", sheet: str | int | None) -> tuple[str, Markup, str]:
    """Return the sheet to read, and the title of the first one with data where it was passed over."""
    first: tuple[str, Markup] | None = None
    for title in _candidates(name, book, sheet)[:_MOST_SHEETS_LOOKED_AT]:
        markup = _markup_of(name, data, book[title])
        rows = _Cells(name, book).rows(book[title], markup.last_row_with_cells)
        head = list(islice(filter(None, rows), _ROWS_LOOKED_AT))
        if not head:
            continue
        if sheet is not None or (_names_people(head) and not _EXPLAINS.search(title)):
            return title, markup, "" if first is None else first[0]
        first = first or (title, markup)
    if first is None:
        shown = [one.title for one in book.worksheets if one.sheet_state == "visible"]
        hidden = [one.title for one in book.worksheets if one.title not in shown]
        what = Text("file.empty_sheets", file=name, sheets=few(list(map(repr, shown))))
        todo = (
            Text("file.hidden_sheets_todo", sheets=few(list(map(repr, hidden)))) if hidden else Text("file.empty_todo")
        )
        raise FileError(what, todo)
    return *first, ""


def _names_people(head: Sequence[Sequence[object]]) -> bool:
    """Return whether a column of userids or mobile numbers is among the first rows: its name, and below it some."""
    for number, row in enumerate(head):
        for at, cell in enumerate(row):
            reads = _ADDRESSES.get(usual_name(cell)) if isinstance(cell, str) else None
            # A sheet that explains the columns names them as well, one below the other.
            if reads is not None and any(at < len(below) and reads(below[at]) for below in head[number + 1 :]):
                return True
    return False


_ADDRESSES: Mapping[str, Callable[[object], bool]] = {
    "userid": lambda cell: (text := read_userid(_plain(cell)).text).isascii() and bool(text),
    "mobile": lambda cell: bool(read_mobile(_plain(cell)).text),
}


def _plain(cell: object) -> object:
    return cell.plain if isinstance(cell, Shown) else cell


def _markup_of(name: str, data: bytes, sheet: Any) -> Markup:  # noqa: ANN401 - openpyxl's read-only sheet has no stubs
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as part:  # noqa: SLF001
        markup = read_markup(part)
    if markup.problem:
        raise FileError(
            Text("file.damaged", file=name, error=Text(f"file.{markup.problem}")), Text("file.damaged_todo")
        )
    if markup.last_row > _MOST_ROWS:
        what = Text("file.too_long", file=name, row=markup.last_row, most=_MOST_ROWS)
        raise FileError(what, Text("file.too_wide_todo"))
    return markup


def _fill_downwards(records: list[Record], merged: Sequence[Merged]) -> int:
    """Repeat what stands in merged cells of several rows in each of the rows; return how many cells that filled."""
    filled = 0
    by_line = {record.line: record.cells for record in records}
    for one in merged:
        top = by_line.get(one.top)
        if top is None or one.left >= len(top):
            continue
        value = top[one.left]
        # What stands below the last row of the table is no row of it.
        for line in range(one.top + 1, min(one.bottom, records[-1].line) + 1):
            cells = by_line.get(line)
            if cells is not None and cells[one.left] is None and value is not None:
                cells[one.left] = value
                filled += 1
    return filled


def sheet_names(name: str, data: bytes) -> list[str]:
    """
    Return the names of the sheets of a workbook that Excel shows.

    Raises:
        FileError: The workbook is damaged.
    """
    with _open(name, data) as book:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"]


class _Cells:
    """Turns cells into what Excel shows, and counts what that took."""

    def __init__(self, name: str, book: "Workbook") -> None:
        self._name = name
        self._book = book
        self._errors: dict[str, str] = {}
        self._zeros: list[tuple[str, str]] = []
        self._lost: list[str] = []
        self._unshown: dict[int, UnshownCells] = {}
        self._formats: dict[int, str] = {}

    def rows(self, sheet: Any, last_row: int) -> Iterator[list[object]]:  # noqa: ANN401 - openpyxl's read-only sheet has no stubs
        """
        Yield the cells of each row up to its last one that is not blank; an empty list is a blank row.

        Args:
            sheet: The sheet.
            last_row: The last row that has cells: often a million rows follow that have a format and nothing else.

        Raises:
            FileError: It is wider, or has more cells, than a list of people can have.
        """
        # What the file says about its size is wrong in many files of other programs.
        sheet.reset_dimensions()
        in_all = 0
        for line, row in enumerate(sheet.iter_rows(max_row=max(last_row, 1)), 1):
            cells = [None if cell.value is None else self._value(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            in_all += len(row)
            if len(cells) > MOST_COLUMNS or in_all > _MOST_CELLS:
                what = Text("file.too_wide", file=self._name, columns=count("column", len(row)), line=line)
                raise FileError(what, Text("file.too_wide_todo"))
            yield cells

    def unshown(self) -> Mapping[int, UnshownCells]:
        """Return the cells that are not read as Excel shows them, by the position of their column."""
        return self._unshown

    def notes(self) -> Iterator[Text]:
        """Yield what was changed, and what is lost."""
        if self._errors:
            errors = ", ".join(sorted(set(self._errors.values())))
            yield Text("file.excel_errors", cells=count("cell", len(self._errors)), errors=errors)
        if self._zeros:
            number, became = self._zeros[0]
            yield Text("file.zeros", cells=count("cell", len(self._zeros)), value=number, became=became)
        if self._lost:
            yield Text("file.digits_lost", cells=count("cell", len(self._lost)), value=self._lost[0])

    def _value(self, cell: Any) -> object:  # noqa: ANN401 - likewise
        value = cell.value
        if isinstance(value, str):
            if cell.data_type == "e":
                self._errors[cell.coordinate] = value
                return None
            return self._text(cell, value)
        if isinstance(value, bool):
            return show_as(value, str(value).upper())
        if isinstance(value, int | float):
            return self._number(cell, value)
        if isinstance(value, date | time | timedelta):
            return self._moment(cell, value, self._format_of(cell))
        return None

    def _text(self, cell: Any, value: str) -> str | None:  # noqa: ANN401 - likewise
        if "_x" in value:
            from openpyxl.utils.escape import unescape  # noqa: PLC0415 - as openpyxl itself

            value = unescape(value).replace("\r", "")
        number_format = self._format_of(cell)
        return value if number_format in _OF_TEXT else show_text(value, number_format) or None

    def _format_of(self, cell: Any) -> str:  # noqa: ANN401 - likewise
        """Return the number format of a cell; of the built-in ones of Chinese editions openpyxl knows nothing."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - as openpyxl itself

        style = cell._style_id  # noqa: SLF001 - openpyxl looks the same format up anew for each cell
        if style not in self._formats:
            number, given = cell.style_array.numFmtId, cell.number_format
            # Of these ids openpyxl either knows nothing, or what they stand for elsewhere.
            built_in = CHINESE_BUILT_IN.get(number, given) if BUILTIN_FORMATS.get(number) == given else given
            self._formats[style] = CHINESE_FORMATS.get(number, built_in)
        return self._formats[style]

    def _moment(self, cell: Any, value: Moment, number_format: str) -> object:  # noqa: ANN401 - likewise
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if _is_negative(value) and self._book.epoch.year != _EPOCH_OF_MACS:
            self._errors[cell.coordinate] = "####"
            return None
        if number_format.casefold() in _OF_PROGRAMS:
            return value
        try:
            shown = show_moment(value, number_format)
        except UnknownFormatError:
            self._note_unshown(cell, number_format, str(value))
            return value if isinstance(value, datetime) else str(value)
        made = show_as(value, shown)
        if isinstance(made, ShownMoment):
            made.number_format = number_format
        return made

    def _number(self, cell: Any, value: float) -> object:  # noqa: ANN401 - likewise
        number_format = self._format_of(cell)
        if number_format != GENERAL and is_of_moments(number_format):
            from openpyxl.utils.datetime import from_excel  # noqa: PLC0415 - as openpyxl itself

            # Of some formats openpyxl does not know that they show dates.
            moment = from_excel(value, self._book.epoch)
            return None if moment is None else self._moment(cell, moment, number_format)
        text = plain_number(value)
        if self._has_lost_digits(value, text):
            return Rounded(value)
        return text if number_format == GENERAL else self._formatted(cell, value, text, number_format)

    def _has_lost_digits(self, value: float, text: str) -> bool:
        """Note what Excel could not keep: whole numbers of more than 15 digits."""
        digits = text.lstrip("-")
        if type(value) is float and value.is_integer() and abs(value) >= _EXACT_FLOAT:
            self._lost.append(repr(value))
            return True
        if digits.isdecimal() and len(digits) > DIGITS and not digits[DIGITS:].strip("0"):
            self._lost.append(f"{int(value):.{DIGITS - 1}E}")
            return True
        return False

    def _formatted(self, cell: Any, value: float, text: str, number_format: str) -> object:  # noqa: ANN401 - likewise
        zeros = _LEADING_ZEROS.fullmatch(number_format)
        if zeros and text.isdecimal() and (value or ";" not in number_format):
            padded = text.zfill(len(zeros[1]))
            if padded != text:
                self._zeros.append((text, padded))
            return padded
        try:
            shown = show_number(value, number_format)
        except UnknownFormatError:
            self._note_unshown(cell, number_format, text)
            return text
        return show_as(int(value) if float(value).is_integer() else value, shown) if shown else None

    def _note_unshown(self, cell: Any, number_format: str, value: str) -> None:  # noqa: ANN401 - likewise
        at = cell.column - 1
        known = self._unshown.get(at)
        self._unshown[at] = (
            UnshownCells(1, number_format, value)
            if known is None
            else UnshownCells(known.cells + 1, known.number_format, known.value)
        )


def _is_negative(value: Moment) -> bool:
    """Return whether Excel shows no date, or time, for a cell: there are none before its first day."""
    if isinstance(value, timedelta):
        return value < timedelta()
    return isinstance(value, datetime) and value.year < _FIRST_YEAR


@contextmanager
def _open(name: str, data: bytes) -> Iterator["Workbook"]:
    """Open a workbook, and tell whatever openpyxl meets in a damaged one."""
    from openpyxl import load_workbook  # noqa: PLC0415 - it is imported when it is needed

    book = None
    try:
        with warnings.catch_warnings():
            # About styles and the like, which are of no use here.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            yield book
    except FileError:
        raise
    except _UNREADABLE as error:
        # What a library says of it helps nobody.
        key = "strict_workbook" if _is_strict(data) else "not_understood"
        raise FileError(
            Text("file.damaged", file=name, error=Text(f"file.{key}")), Text("file.damaged_todo")
        ) from error
    finally:
        if book is not None:
            book.close()


def _candidates(name: str, book: "Workbook", sheet: str | int | None) -> list[str]:
    """Return the titles of the sheets that may be meant: without a name those that Excel shows."""
    titles = [one.title for one in book.worksheets]
    if sheet is None:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"]
    if isinstance(sheet, int) and not isinstance(sheet, bool) and -len(titles) <= sheet < len(titles):
        return [titles[sheet]]
    if sheet in titles:
        return [str(sheet)]
    what = Text("file.no_sheet", file=name, sheet=sheet)
    raise FileError(what, Text("file.no_sheet_todo", sheets=few(list(map(repr, titles)))))


def _is_strict(data: bytes) -> bool:
    """Return whether a workbook is of the kind that Excel calls Strict Open XML, and openpyxl does not read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"purl.oclc.org/ooxml" in archive.read("xl/workbook.xml")
    except (*_UNREADABLE,):
        return False


def _has_macros(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "xl/vbaProject.bin" in archive.namelist()
