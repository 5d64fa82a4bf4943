"""Reads the rows of a sheet of an Excel workbook as Excel shows them, without evaluating anything."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # the class only; openpyxl parses

from dingnb.bulk.delimited import Record
from dingnb.errors import FileError
from dingnb.language import count, say

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_LEADING_ZEROS = re.compile(r"(?:\[\$[^\]]*\])?(0+)(?:;.*)?", re.DOTALL)
"""A number format of zeros, with or without a locale in front and formats for other values behind."""

_EXCEL_DIGITS = 15
"""Excel keeps so many digits of a number, and puts zeros in place of the rest."""

_EXACT_FLOAT = 2**53
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MOST_CELLS = 100_000_000
"""A stray cell far to the right would make every row as long; no list of people has so many cells."""

_CHUNK = 1 << 20
_UNREADABLE = (
    *(AttributeError, IndexError, KeyError, OSError, TypeError, ValueError, EOFError),
    *(zipfile.BadZipFile, zlib.error, ParseError, NotImplementedError),
)
"""What openpyxl raises for a workbook that is damaged."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """
    The rows of one sheet.

    Attributes:
        sheet: Its name.
        others: The names of other sheets that were not read.
        records: Its rows, all of one width.
        notes: What could not be read as it is shown, as sentences.
    """

    sheet: str
    others: tuple[str, ...]
    records: list[Record]
    notes: tuple[str, ...]


def read_workbook(name: str, data: bytes, sheet: str | int | None) -> SheetRows:
    """
    Return the rows of a sheet: texts, and dates where Excel has dates.

    Args:
        name: The file's name, for errors.
        data: Its bytes.
        sheet: The sheet's name, or its position from 0; else the first one that is shown and has data.

    Raises:
        FileError: The workbook is damaged, has no such sheet, or no data.
    """
    with _open(name, data, data_only=True) as book:
        titles = [one.title for one in book.worksheets]
        if not titles:
            raise FileError(say("file.damaged", file=name, error=say("file.no_sheets")), say("file.damaged_todo"))
        for title in _candidates(name, book, sheet):
            cells = _Cells()
            records = [Record(line, row) for line, row in enumerate(cells.rows(book[title]), 1) if row]
            if records:
                break
        else:
            what = say("file.empty_sheets", file=name, sheets=", ".join(map(repr, titles)))
            raise FileError(what, say("file.empty_todo"))
        has_formulas = _has_formulas(data)
    without_value = _formulas_without_value(name, data, title, records, cells) if has_formulas else []
    widest = max(records, key=lambda record: len(record.cells))
    width = len(widest.cells)
    if width * len(records) > _MOST_CELLS:
        what = say("file.too_wide", file=name, columns=count("column", width), line=widest.line)
        raise FileError(what, say("file.too_wide_todo"))
    for record in records:
        record.cells.extend([None] * (width - len(record.cells)))
    notes = [*([say("file.macros")] if _has_macros(data) else []), *cells.notes()]
    if without_value:
        notes.append(say("file.no_values", cells=count("cell", len(without_value)), first=without_value[0]))
    others = tuple(other for other in titles if other != title)
    return SheetRows(title, others, records, tuple(notes))


def sheet_names(name: str, data: bytes) -> list[str]:
    """
    Return the names of the sheets of a workbook that Excel shows.

    Raises:
        FileError: The workbook is damaged.
    """
    with _open(name, data, data_only=True) as book:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"]


class _Cells:
    """Turns cells into what Excel shows, and counts what that took."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}
        self._zeros: list[tuple[str, str]] = []
        self._lost: list[str] = []

    def rows(self, sheet: Any) -> Iterator[list[object]]:  # noqa: ANN401 - openpyxl's read-only sheet has no stubs
        """Yield the cells of each row up to its last one that is not blank; an empty list is a blank row."""
        # What the file says about its size is wrong in many files of other programs.
        sheet.reset_dimensions()
        for row in sheet.iter_rows():
            cells = [None if cell.value is None else self._value(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            yield cells

    def holds_error(self, place: str) -> bool:
        """Return whether Excel shows an error, such as ``#N/A``, at a place."""
        return place in self._errors

    def notes(self) -> Iterator[str]:
        """Yield what was changed, and what is lost."""
        if self._errors:
            errors = ", ".join(sorted(set(self._errors.values())))
            yield say("file.excel_errors", cells=count("cell", len(self._errors)), errors=errors)
        if self._zeros:
            number, became = self._zeros[0]
            yield say("file.zeros", cells=count("cell", len(self._zeros)), value=number, became=became)
        if self._lost:
            yield say("file.digits_lost", cells=count("cell", len(self._lost)), value=self._lost[0])

    def _value(self, cell: Any) -> object:  # noqa: ANN401 - likewise
        value = cell.value
        if isinstance(value, str):
            if cell.data_type == "e":
                self._errors[cell.coordinate] = value
                return None
            return value
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, int | float):
            return self._number(value, cell.number_format)
        if isinstance(value, date):
            return value if isinstance(value, datetime) else datetime.combine(value, time())
        return str(value) if isinstance(value, time | timedelta) else None

    def _number(self, value: float, number_format: str) -> str:
        if type(value) is float and not value.is_integer():
            return f"{value:.{_EXCEL_DIGITS}g}"
        if type(value) is float and abs(value) >= _EXACT_FLOAT:
            self._lost.append(repr(value))
            return repr(value)
        text = str(int(value))
        if len(text.lstrip("-")) > _EXCEL_DIGITS and not text.lstrip("-")[_EXCEL_DIGITS:].strip("0"):
            shown = f"{int(value):.{_EXCEL_DIGITS - 1}E}"
            self._lost.append(shown)
            return shown
        zeros = _LEADING_ZEROS.fullmatch(number_format)
        if zeros and len(zeros[1]) > len(text) and value >= 0:
            self._zeros.append((text, text.zfill(len(zeros[1]))))
            return text.zfill(len(zeros[1]))
        return text


@contextmanager
def _open(name: str, data: bytes, *, data_only: bool) -> Iterator["Workbook"]:
    """Open a workbook, and tell whatever openpyxl meets in a damaged one."""
    from openpyxl import load_workbook  # noqa: PLC0415 - it is imported when it is needed

    book = None
    try:
        with warnings.catch_warnings():
            # About styles and the like, which are of no use here.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
            yield book
    except FileError:
        raise
    except _UNREADABLE as error:
        raise FileError(say("file.damaged", file=name, error=error), say("file.damaged_todo")) from error
    finally:
        if book is not None:
            book.close()


def _candidates(name: str, book: "Workbook", sheet: str | int | None) -> list[str]:
    titles = [one.title for one in book.worksheets]
    if sheet is None:
        shown = [one.title for one in book.worksheets if one.sheet_state == "visible"]
        return [*shown, *(title for title in titles if title not in shown)]
    if isinstance(sheet, int) and not isinstance(sheet, bool) and -len(titles) <= sheet < len(titles):
        return [titles[sheet]]
    if sheet in titles:
        return [str(sheet)]
    what = say("file.no_sheet", file=name, sheet=sheet)
    raise FileError(what, say("file.no_sheet_todo", sheets=", ".join(map(repr, titles))))


def _formulas_without_value(name: str, data: bytes, sheet: str, records: list[Record], cells: _Cells) -> list[str]:
    """Return the places of formulas that no program has computed; what they would give is not known."""
    values = {record.line: record.cells for record in records}
    with _open(name, data, data_only=False) as book:
        rows = book[sheet]
        rows.reset_dimensions()
        return [
            cell.coordinate
            for line, row in enumerate(rows.iter_rows(), 1)
            for position, cell in enumerate(row)
            if cell.data_type == "f"
            and values.get(line, [])[position : position + 1] in ([], [None])
            and not cells.holds_error(cell.coordinate)
        ]


def _has_macros(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "xl/vbaProject.bin" in archive.namelist()


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                rest = b""
                with archive.open(name) as member:
                    while chunk := member.read(_CHUNK):
                        if _FORMULA.search(rest + chunk):
                            return True
                        rest = chunk[-30:]
    return False
