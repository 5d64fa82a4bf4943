"""
Exports of frames to Excel and CSV: private, atomic, with all digits of ids and without formulas.

Only a workbook can mark ids as text: Excel reads the ids in a CSV file as numbers.
"""

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from math import isfinite, isnan
from pathlib import Path
from typing import Any, Final, cast
from unicodedata import normalize
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.tables.cell_values import (
    BLANK_CHARACTERS,
    CONTAINER_TYPES,
    MAX_EXACT_INTEGER,
    SIGNIFICANT_DIGITS,
    to_plain_value,
)
from dingnb.tables.cells import cells_of, drop_midnights, has_too_many_digits, show, to_python
from dingnb.tables.headers import ID_COLUMNS, canonical_name
from dingnb.tables.saving import export_path, save_atomically, suffix_of
from dingnb.tables.timestamps import ZONE
from dingnb.words import Text
from dingnb.words.visible import width

WORKBOOK_SUFFIX: Final = ".xlsx"
CSV_SUFFIX: Final = ".csv"

MAX_ROWS: Final = 1_048_575
"""Maximum number of rows below the header of a sheet."""

MAX_COLUMNS: Final = 16_384
"""Maximum number of columns in a sheet."""

MAX_TEXT_LENGTH: Final = 32_767
"""Maximum length of a cell's text in UTF-16 code units."""

_MIN_INEXACT_INTEGER: Final[int] = 10**SIGNIFICANT_DIGITS
"""Smallest integer with more digits than Excel stores."""

_BEIJING = ZoneInfo(ZONE)
_FIRST_YEAR = 1900
_MIN_WIDTH, _MAX_WIDTH = 8, 60
_ROWS_INSPECTED = 1_000
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_FORMULA_STARTS: Final = frozenset("=+-@|%\u2212")
"""First characters of formulas, and of commands in old programs."""

_CELL_BREAKS: Final = frozenset("\t\r\n")
"""Characters that start a new cell in some programs."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|-")
_IGNORED_PREFIX = BLANK_CHARACTERS + "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) + "\"'"
_CELL_INSIDE = re.compile(r"(?<=[;\t\r\n])")
"""Positions where a program with another delimiter, such as Excel in much of Europe, starts a new cell."""

_FIRST_COMPATIBLE = 0x2000
"""First code point of characters that NFKC may convert to an ASCII sign of a formula."""

CellValue = bool | int | float | Decimal | datetime | date | str | None
"""The value of a cell; None is blank."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file with its name and cells."""

    name: str
    cells: list[CellValue]


def write_table(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame with `write_excel` if the name ends in .xlsx, otherwise with `write_csv`.

    Returns:
        The path of the file.

    Raises:
        FileError: The suffix is not supported, the frame is too large for a sheet of Excel, or the file cannot be
            written.
    """
    if not isinstance(path, str | os.PathLike):
        return write_csv(path, frame)  # raises the error for a value that is not a path
    name = Path(path)
    check_suffix(name)
    return write_excel(path, frame) if suffix_of(name) == WORKBOOK_SUFFIX else write_csv(path, frame)


def check_suffix(path: Path) -> None:
    """
    Check that `write_table` supports the suffix of a file.

    Raises:
        FileError: The suffix is not supported.
    """
    suffix = suffix_of(path)
    if suffix not in {WORKBOOK_SUFFIX, CSV_SUFFIX, ""}:
        raise FileError(Text("export.no_kind", path=path, suffix=suffix), Text("export.no_kind_todo", name=path.stem))


def write_excel(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as an Excel workbook, readable only by its owner.

    Numbers stay numbers, but identifiers are written as text: `task_id`, columns of userids, mobile numbers or job
    numbers, and all integers with more than the 15 digits that Excel stores. Text, including the header, never becomes
    a formula. Times with a time zone are converted to Beijing time because workbooks have no time zones. Only named
    levels of the index are written.

    The file is written atomically. If the path is a symbolic link, its target is replaced.

    Args:
        path: The path; ``.xlsx`` is added to a name without a suffix.
        frame: The rows. Column names may be duplicated.

    Returns:
        The path of the file.

    Raises:
        FileError: The suffix is not .xlsx, the file is open in another program or cannot be written, or the frame is
            too large for a sheet of Excel.
    """
    target = export_path(path, (WORKBOOK_SUFFIX,), "to_excel")
    save_atomically(target, workbook_bytes(frame, target.name))
    return target


def workbook_bytes(frame: pd.DataFrame, name: str) -> bytes:
    """
    Return the workbook that `write_excel` writes.

    Args:
        frame: The rows. Column names may be duplicated.
        name: The file's name, which the progress display shows.

    Raises:
        FileError: The frame is too large for a sheet of Excel.
    """
    with RowProgress("progress.exporting", len(frame), file=name) as progress:
        return _make_workbook(columns_of(frame), len(frame), progress)


def write_csv(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as a CSV file in UTF-8 with BOM, readable only by its owner.

    Text that a program could interpret as a formula is prefixed with an apostrophe, including the header and text after
    a semicolon, a tab or a line break, where some programs start a new cell. Identifiers are written with all digits,
    but Excel reads them as numbers when it opens a CSV file; use `write_excel` for Excel. Times with a time zone
    include their UTC offset. Only named levels of the index are written.

    The file is written atomically. If the path is a symbolic link, its target is replaced.

    Args:
        path: The path; ``.csv`` is added to a name without a suffix.
        frame: The rows. Column names may be duplicated.

    Returns:
        The path of the file.

    Raises:
        FileError: The suffix is not .csv, or the file is open in another program or cannot be written.
    """
    target = export_path(path, (CSV_SUFFIX,), "to_csv")
    columns = columns_of(frame)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([escape_formula(column.name) for column in columns])
    rows = zip(*(map(_csv_text, column.cells) for column in columns), strict=True)
    with RowProgress("progress.exporting", len(frame), file=target.name) as progress:
        writer.writerows(progress.track(rows))
    save_atomically(target, text.getvalue().encode("utf-8-sig", errors="backslashreplace"))
    return target


def _csv_text(cell: CellValue) -> str:
    if isinstance(cell, str):
        return escape_formula(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    return "" if cell is None else str(cell)


def escape_invalid(text: str) -> str:
    r"""
    Return a text with characters that are invalid in a workbook escaped.

    >>> escape_invalid("a\x00b")
    'a\\x00b'
    """
    return _NOT_IN_XML.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def _make_workbook(columns: Sequence[Column], rows: int, progress: RowProgress) -> bytes:
    """Return a workbook of one sheet with a bold, frozen header, a filter and fitted column widths."""
    _check_size(len(columns), rows)
    names = [escape_invalid(column.name) for column in columns]
    cells = [[_for_excel(cell) for cell in column.cells] for column in columns]
    for name, column in zip(names, cells, strict=True):
        _check_texts(name, column)
    return _write_sheet(names, cells, progress)


def _write_sheet(names: Sequence[str], columns: Sequence[Sequence[CellValue]], progress: RowProgress) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - needed when a workbook is written
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - likewise

    book = Workbook(write_only=True)
    sheet = book.create_sheet("dingnb")
    sheet.freeze_panes = "A2"
    for position, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        sheet.column_dimensions[get_column_letter(position)].width = _column_width(name, column)
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(columns[0]) + 1}"
    templates = _CellTemplates(sheet)
    sheet.append([templates.header(name) for name in names])
    for row in progress.track(zip(*columns, strict=True)):
        # A generator, because the next cell may reuse the same template.
        sheet.append(templates.cell(value) for value in row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class _CellTemplates:
    """Reusable cells, one per kind of value, because creating a styled cell is slow."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 - openpyxl has no types
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - needed when a workbook is written
        from openpyxl.styles import Font  # noqa: PLC0415 - likewise

        def template(number_format: str = "General", *, is_quoted: bool = False, is_bold: bool = False) -> Any:  # noqa: ANN401
            cell = WriteOnlyCell(sheet)
            cell.number_format, cell.quotePrefix = number_format, is_quoted
            if is_bold:
                cell.font = Font(bold=True)
            return cell

        self._template = template
        self._plain, self._text, self._quoted = template(), template("@"), template("@", is_quoted=True)
        self._day, self._moment = template(_DAY), template(_MOMENT)

    def header(self, name: str) -> Any:  # noqa: ANN401
        return self._written(self._template("@", is_quoted=is_formula(name), is_bold=True), name)

    def cell(self, value: CellValue) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if isinstance(value, str):
            return self._written(self._quoted if is_formula(value) else self._text, value)
        template = self._plain
        if isinstance(value, date):
            template = self._moment if isinstance(value, datetime) else self._day
        template.value = value
        return template

    @staticmethod
    def _written(template: Any, text: str) -> Any:  # noqa: ANN401
        template.value = text
        # openpyxl would infer a formula from "=..." and an error from "#N/A".
        template.data_type = "s"
        return template


def _for_excel(cell: CellValue) -> CellValue:
    """Return a value that Excel stores exactly: text for numbers with too many digits, and times without a zone."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        return escape_invalid(cell)
    if isinstance(cell, datetime):
        try:
            cell = _in_beijing(cell)
        except OverflowError:  # before the year 1 or after 9999 in Beijing
            return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell if cell.year >= _FIRST_YEAR else cell.isoformat()
    return cell if _is_exact(cell) else str(cell)


def _is_exact(number: float | Decimal) -> bool:
    if isinstance(number, int):
        return abs(number) < _MIN_INEXACT_INTEGER
    if isinstance(number, Decimal):
        return isfinite(number) and len(number.normalize().as_tuple().digits) <= SIGNIFICANT_DIGITS
    # Only integers matter here: an integer with more digits is an identifier.
    return isfinite(number) and not (number.is_integer() and abs(number) >= _MIN_INEXACT_INTEGER)


def _in_beijing(moment: datetime) -> datetime:
    plain = moment.to_pydatetime(warn=False) if isinstance(moment, pd.Timestamp) else moment
    return plain if plain.tzinfo is None else plain.astimezone(_BEIJING).replace(tzinfo=None)


def _check_size(columns: int, rows: int) -> None:
    if rows > MAX_ROWS:
        raise FileError(Text("export.too_long", rows=rows, most=MAX_ROWS), Text("export.too_much_todo"))
    if columns > MAX_COLUMNS:
        raise FileError(Text("export.too_wide", columns=columns, most=MAX_COLUMNS), Text("export.too_much_todo"))


def _check_texts(name: str, cells: Sequence[CellValue]) -> None:
    for row, cell in enumerate((name, *cells)):
        if isinstance(cell, str) and 2 * len(cell) > MAX_TEXT_LENGTH:
            length = len(cell.encode("utf-16-le")) // 2
            if length > MAX_TEXT_LENGTH:
                what = Text("export.long_text", column=name[:_MAX_WIDTH], row=row, n=length, most=MAX_TEXT_LENGTH)
                raise FileError(what, Text("export.too_much_todo"))


def _column_width(name: str, cells: Sequence[CellValue]) -> int:
    shown = max((_cell_width(cell) for cell in (name, *islice(cells, _ROWS_INSPECTED))), default=0)
    # The filter button takes space next to the name.
    return min(max(shown + 2, _cell_width(name) + 4, _MIN_WIDTH), _MAX_WIDTH)


def _cell_width(cell: CellValue) -> int:
    """Return the width of a cell in columns."""
    if cell is None or isinstance(cell, date):
        return 0 if cell is None else len(_MOMENT if isinstance(cell, datetime) else _DAY)
    longest = max(str(cell).splitlines(), key=len, default="")
    return width(longest[:_MAX_WIDTH])


def columns_of(frame: pd.DataFrame) -> list[Column]:
    """
    Return the columns of a frame, after the named levels of its index.

    Identifiers are converted to text: `task_id`, and columns of userids, mobile numbers and job numbers. A column of
    midnights has dates.
    """
    index = frame.index
    named = [(name, index.get_level_values(at)) for at, name in enumerate(index.names) if name is not None]
    levels = [_column(name, values.astype(object).tolist()) for name, values in named]
    columns = [_column(name, cells_of(frame.iloc[:, at])) for at, name in enumerate(frame.columns)]
    return [*levels, *columns]


def _column(label: object, values: list[object]) -> Column:
    # The levels of a label, as of a pivot table.
    levels = label if isinstance(label, tuple) else (label,)
    name = " ".join(str(level) for level in levels if _cell(level) not in {None, ""})
    cells = [_cell(value) for value in values]
    if name == "task_id" or canonical_name(name) in ID_COLUMNS:
        cells = [_as_id(cell) for cell in cells]
    return Column(name, cast("list[CellValue]", drop_midnights(cast("list[object]", cells))))


def _cell(value: object) -> CellValue:
    if type(value) is str:
        return value
    if isinstance(value, np.generic):
        value = to_python(value)
    value = to_plain_value(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, bool | int | date) and not isinstance(value, Enum):
        return show(value) if isinstance(value, int) and has_too_many_digits(value) else value
    return show(value) if isinstance(value, CONTAINER_TYPES) else str(value)


def _as_id(cell: CellValue) -> CellValue:
    """Return an identifier as text: a column with missing values, or a database, may have ``123.0`` for 123."""
    if cell is None or isinstance(cell, bool | date | str):
        return cell
    is_whole = -MAX_EXACT_INTEGER < cell < MAX_EXACT_INTEGER and cell % 1 == 0
    return str(int(cell)) if is_whole else str(cell)


def is_formula(text: str) -> bool:
    """
    Return whether a program could interpret a text as a formula. Plain numbers are not formulas.

    Leading blanks, invisible characters and quotation marks are ignored. Full-width signs count because Chinese,
    Japanese and Korean editions of Excel read them as ASCII.

    >>> [is_formula(text) for text in ("=1+1", " @SUM(A1)", "＝1", "-1", "-2+3", "manager01")]
    [True, True, True, False, True, False]
    """
    if text[:1] in _CELL_BREAKS:
        return True
    # A spreadsheet reads a cell that starts with an apostrophe as text.
    return not text.startswith("'") and _starts_formula(text)


def escape_formula(text: str) -> str:
    r"""
    Return a text for a CSV file, with an apostrophe before anything that could be interpreted as a formula.

    A program that uses semicolons or tabs as delimiters may find a formula inside a text, so each part is checked.

    >>> escape_formula("=1+1"), escape_formula("manager01"), escape_formula("a;=1+1"), escape_formula("-5")
    ("'=1+1", 'manager01', "a;'=1+1", '-5')
    """
    if text.isalnum():
        return text
    head, *parts = _CELL_INSIDE.split(text)
    if not parts:
        return f"'{text}" if is_formula(text) else text
    escaped_head = f"'{head}" if is_formula(text) else head
    return escaped_head + "".join(f"'{part}" if _starts_formula(part.rstrip(";\t\r\n")) else part for part in parts)


def _starts_formula(text: str) -> bool:
    first_character = text.lstrip(_IGNORED_PREFIX)[:1]
    return bool(first_character) and _narrow(first_character) in _FORMULA_STARTS and not _NUMBER.fullmatch(text)


def _narrow(character: str) -> str:
    return character if ord(character) < _FIRST_COMPATIBLE else normalize("NFKC", character)[:1]
