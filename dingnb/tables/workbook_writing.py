"""Writes columns as an Excel workbook: ids whole, text as text, and a header that stays in sight."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.tables.export_values import Cell, Column, is_formula, width_of
from dingnb.tables.timestamps import ZONE
from dingnb.words import Text

MOST_ROWS: Final = 1_048_575
"""A sheet of Excel holds so many rows below its header."""

MOST_COLUMNS: Final = 16_384
"""A sheet of Excel holds so many columns."""

MOST_TEXT: Final = 32_767
"""A cell of Excel holds so many UTF-16 units."""

_EXACT_DIGITS = 15
"""Excel keeps so many digits of a number."""

_TOO_LONG: Final[int] = 10**15

_BEIJING = ZoneInfo(ZONE)
_FIRST_YEAR = 1900
_NARROWEST, _WIDEST = 8, 60
_ROWS_LOOKED_AT = 1_000
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def make_workbook(columns: Sequence[Column], rows: int, progress: RowProgress) -> bytes:
    """
    Return a workbook of one sheet: a bold header that stays in sight, a filter on it, and columns as wide as needed.

    Args:
        columns: What stands in it.
        rows: How many rows they have.
        progress: Shows how many of them are written.

    Raises:
        FileError: A sheet of Excel does not hold so many rows or columns, or a cell not so long a text.
    """
    _check_size(len(columns), rows)
    names = [writable(column.name) for column in columns]
    cells = [[_for_excel(cell) for cell in column.cells] for column in columns]
    for name, column in zip(names, cells, strict=True):
        _check_texts(name, column)
    return _write(names, cells, progress)


def _write(names: Sequence[str], columns: Sequence[Sequence[Cell]], progress: RowProgress) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - needed when a workbook is written
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - likewise

    book = Workbook(write_only=True)
    sheet = book.create_sheet("dingnb")
    sheet.freeze_panes = "A2"
    for position, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        sheet.column_dimensions[get_column_letter(position)].width = _width(name, column)
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(columns[0]) + 1}"
    pens = _Pens(sheet)
    sheet.append([pens.header(name) for name in names])
    for row in progress.over(zip(*columns, strict=True)):
        # One at a time: each cell is written before the next is made of the same pen.
        sheet.append(pens.cell(value) for value in row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


class _Pens:
    """The cells of a sheet, one for each kind of value, used again for each that is written: a style costs time."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 - openpyxl has no types
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - needed when a workbook is written
        from openpyxl.styles import Font  # noqa: PLC0415 - likewise

        def pen(number_format: str = "General", *, is_quoted: bool = False, is_bold: bool = False) -> Any:  # noqa: ANN401
            made = WriteOnlyCell(sheet)
            made.number_format, made.quotePrefix = number_format, is_quoted
            if is_bold:
                made.font = Font(bold=True)
            return made

        self._pen = pen
        self._plain, self._text, self._quoted = pen(), pen("@"), pen("@", is_quoted=True)
        self._day, self._moment = pen(_DAY), pen(_MOMENT)

    def header(self, name: str) -> Any:  # noqa: ANN401
        return self._written(self._pen("@", is_quoted=is_formula(name), is_bold=True), name)

    def cell(self, value: Cell) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if isinstance(value, str):
            return self._written(self._quoted if is_formula(value) else self._text, value)
        pen = self._plain
        if isinstance(value, date):
            pen = self._moment if isinstance(value, datetime) else self._day
        pen.value = value
        return pen

    @staticmethod
    def _written(pen: Any, text: str) -> Any:  # noqa: ANN401
        pen.value = text
        # Whatever it looks like: openpyxl would make a formula of "=..." and an error of "#N/A".
        pen.data_type = "s"
        return pen


def _for_excel(cell: Cell) -> Cell:
    """Return what Excel keeps unharmed: text for numbers with too many digits, and times without a zone."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, str):
        return writable(cell)
    if isinstance(cell, datetime):
        cell = _in_beijing(cell)
    if isinstance(cell, date):
        return cell if cell.year >= _FIRST_YEAR else cell.isoformat()
    return cell if _is_exact(cell) else str(cell)


def _is_exact(number: float | Decimal) -> bool:
    if isinstance(number, int):
        return abs(number) < _TOO_LONG
    if isinstance(number, Decimal):
        return number.is_finite() and len(number.normalize().as_tuple().digits) <= _EXACT_DIGITS
    # A fraction is not exact in any program; a whole number of so many digits is an identifier.
    return isfinite(number) and not (number.is_integer() and abs(number) >= _TOO_LONG)


def _in_beijing(moment: datetime) -> datetime:
    plain = moment.to_pydatetime(warn=False) if isinstance(moment, pd.Timestamp) else moment
    return plain if plain.tzinfo is None else plain.astimezone(_BEIJING).replace(tzinfo=None)


def writable(text: str) -> str:
    r"""
    Return a text with what no workbook can hold written out.

    >>> writable("a\x00b")
    'a\\x00b'
    """
    return _NOT_IN_XML.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def _check_size(columns: int, rows: int) -> None:
    if rows > MOST_ROWS:
        raise FileError(Text("export.too_long", rows=rows, most=MOST_ROWS), Text("export.too_much_todo"))
    if columns > MOST_COLUMNS:
        raise FileError(Text("export.too_wide", columns=columns, most=MOST_COLUMNS), Text("export.too_much_todo"))


def _check_texts(name: str, cells: Sequence[Cell]) -> None:
    for row, cell in enumerate((name, *cells)):
        if isinstance(cell, str) and 2 * len(cell) > MOST_TEXT:
            length = len(cell.encode("utf-16-le")) // 2
            if length > MOST_TEXT:
                what = Text("export.long_text", column=name[:_WIDEST], row=row, n=length, most=MOST_TEXT)
                raise FileError(what, Text("export.too_much_todo"))


def _width(name: str, cells: Sequence[Cell]) -> int:
    shown = max((_wide(cell) for cell in (name, *islice(cells, _ROWS_LOOKED_AT))), default=0)
    # Beside the name stands the button of the filter.
    return min(max(shown + 2, _wide(name) + 4, _NARROWEST), _WIDEST)


def _wide(cell: Cell) -> int:
    """Return how many letters wide a cell is."""
    if cell is None or isinstance(cell, date):
        return 0 if cell is None else len(_MOMENT if isinstance(cell, datetime) else _DAY)
    longest = max(str(cell).splitlines(), key=len, default="")
    return width_of(longest[:_WIDEST])
