"""Converts the records of a file into columns: finds the header, corrects ids, and reports rows that are left out."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd

from dingnb.errors import ColumnError, FileError
from dingnb.tables.cell_values import (
    BLANK_CHARACTERS,
    FormattedBool,
    FormattedDatetime,
    FormattedFloat,
    FormattedInt,
    FormattedValue,
    InexactFloat,
    to_display,
    to_plain_value,
)
from dingnb.tables.cells import EXCEL_ERRORS
from dingnb.tables.delimited import Record
from dingnb.tables.headers import ID_COLUMNS, Headers, canonical_name, find_data_in_first_row, name_columns
from dingnb.tables.ids import normalize_id, read_mobile
from dingnb.tables.number_formats import plain_number
from dingnb.tables.sheet_markup import MergedRange
from dingnb.words import Text, count

_PLAIN_ID = re.compile(r"[0-9A-Za-z_+-]+")
_MIN_WITH_EXPONENT = 1e16
"""Smallest float that Python writes with an exponent."""

_TEXT_FORMULA = re.compile(r'="([^"=]*)"')
"""A text in a form that programs write to a CSV file so that Excel does not read a number."""

_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]+)?")
"""A number as text without a format; longer integers, and integers that start with 0, are ids."""

_EXPONENT = re.compile(r"[1-9](?:\.[0-9]+)?E\+(?:1[1-9]|[2-9][0-9])")
"""A number of more than eleven digits as written to a CSV file by Excel, with most digits lost."""


@dataclass(slots=True)
class Corrections:
    """The number of corrected cells of a column, with the original and the new value of the first such cell."""

    cells: int = 0
    value: str = ""
    became: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """
    One column of a file.

    Attributes:
        data: The values, of dtype str, datetime64 or object.
        date_format: The number format of a date column that Excel shows differently from Python.
        corrections: The corrections of ids.
        errors: The number of cells with the text of an Excel error, which are missing in `data`.
        notes: Notes about other changes.
    """

    data: Any
    corrections: Corrections
    errors: int
    notes: tuple[Text, ...] = ()
    date_format: str = ""


def read_column(label: str, cells: Sequence[object]) -> FileColumn:
    """
    Return a column of texts, of dates if there is nothing else, or of values with an Excel format.

    Args:
        label: The column's name, which determines whether its cells are ids.
        cells: Texts, dates, values with an Excel format, and None.
    """
    is_id = label in ID_COLUMNS
    corrections = Corrections()
    values, errors = _read_cells(cells, corrections, is_id=is_id)
    kinds = set(map(type, values))
    if any(issubclass(kind, datetime) for kind in kinds):
        data, notes, date_format = _read_dates(label, values, is_id=is_id)
        return FileColumn(data, corrections, errors, notes, date_format)
    if any(issubclass(kind, FormattedValue | InexactFloat) for kind in kinds):
        # Formats matter for display, except the default format; a time in a column of ids is refused later.
        if is_id or not all(map(_has_default_display, values)):
            notes = () if is_id else _text_number_notes(label, values)
            return FileColumn(_object_column(values), corrections, errors, notes)
        values = [str(to_display(value)) if isinstance(value, FormattedValue) else value for value in values]
    return FileColumn(pd.array(values, dtype="str"), corrections, errors)


def _read_cells(cells: Sequence[object], corrections: Corrections, *, is_id: bool) -> tuple[list[Any], int]:
    """Return the values of cells and the number of Excel errors among them; corrected ids are counted."""
    errors = 0
    values: list[Any] = []
    for cell in cells:
        if not isinstance(cell, str):
            values.append(_id_text(cell) if is_id else cell)
            continue
        text = cell.strip(BLANK_CHARACTERS)
        if not text or text in EXCEL_ERRORS:
            errors += bool(text)
            values.append(None)
        elif is_id:
            values.append(cell if _PLAIN_ID.fullmatch(cell) else _correct(cell, corrections))
        else:
            values.append(_shown_by_excel(cell, text))
    return values, errors


def _read_dates(label: str, values: list[Any], *, is_id: bool) -> tuple[Any, tuple[Text, ...], str]:
    """Return the data of a column with dates, notes, and the number format of the dates."""
    dates = [value for value in values if isinstance(value, datetime)]
    if is_id:
        note = Text("file.dates_as_ids", column=label, cells=count("cell", len(dates)))
        return _object_column([to_plain_value(value) for value in values]), (note,), ""
    if all(value is None or isinstance(value, datetime) for value in values):
        formats = {value.number_format if isinstance(value, FormattedDatetime) else "" for value in dates}
        if len(formats) > 1 and not all(map(_has_default_display, dates)):
            return _object_column(values), (), ""
        data = pd.Series([to_plain_value(value) for value in values], dtype="datetime64[us]")
        return data, (), "" if all(map(_has_default_display, dates)) else formats.pop()
    texts = [_date_text(value) if isinstance(value, datetime) else value for value in values]
    note = Text("file.mixed_dates", column=label, value=_date_text(dates[0]))
    if not all(map(_has_default_display, texts)):
        return _object_column(texts), (note,), ""
    return pd.array([None if text is None else str(to_display(text)) for text in texts], dtype="str"), (note,), ""


def _text_number_notes(label: str, values: Sequence[object]) -> tuple[Text, ...]:
    """Return a note about numbers stored as text among numbers that Excel shows in another format."""
    texts = [value for value in values if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value)]
    are_formatted = any(
        isinstance(value, FormattedInt | FormattedFloat)
        and not (isinstance(value, FormattedBool) or _has_default_display(value))
        for value in values
    )
    if not (texts and are_formatted):
        return ()
    return (Text("file.text_numbers", column=label, cells=count("cell", len(texts)), value=texts[0]),)


def _object_column(values: Sequence[object]) -> "pd.Series[Any]":
    return pd.Series([np.nan if value is None else value for value in values], dtype="object")


def _has_default_display(value: object) -> bool:
    """Return whether a value is shown as without a number format."""
    if isinstance(value, FormattedDatetime):
        return value.display_text == _plain_date(value)
    if isinstance(value, FormattedInt | FormattedFloat) and not isinstance(value, FormattedBool):
        return value.display_text == plain_number(value)
    return not isinstance(value, FormattedValue | InexactFloat)


def _id_text(cell: object) -> object:
    """Return the id in a cell: the digits of a number, regardless of its format; dates and times are unchanged."""
    if isinstance(cell, InexactFloat):
        # Written with an exponent, so that the loss of digits is recognised.
        return repr(float(cell)).upper() if abs(cell) >= _MIN_WITH_EXPONENT else f"{float(cell):.14E}"
    if isinstance(cell, FormattedBool):
        return cell.display_text
    return plain_number(cell) if isinstance(cell, FormattedFloat | FormattedInt) else cell


def _shown_by_excel(cell: str, text: str) -> "str | InexactFloat":
    """Return what Excel shows for a text cell: the text inside ``="..."``, or the rounded number for ``1.38E+11``."""
    # The first character decides for nearly all cells.
    if text[0] == "=":
        formula = _TEXT_FORMULA.fullmatch(text)
        return cell if formula is None else formula[1]
    return InexactFloat(text) if _EXPONENT.fullmatch(text) else cell


def _correct(cell: str, corrections: Corrections) -> str | None:
    became = normalize_id(cell)
    if became == cell:
        return cell
    corrections.cells += 1
    if corrections.cells == 1:
        corrections.value, corrections.became = cell, became
    return became or None


def _date_text(moment: datetime) -> str:
    return moment.display_text if isinstance(moment, FormattedDatetime) and moment.display_text else _plain_date(moment)


def _plain_date(moment: datetime) -> str:
    return str(datetime.date(moment)) if moment.time() == time() else str(to_plain_value(moment))


_ROWS_INSPECTED = 20
_ROWS_PER_CHUNK = 20_000
"""Number of rows converted to columns at a time, so that a large file is not in memory twice."""

_LIKE_DATA = re.compile(r"[0-9]{7,}|[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A row that is left out of the table: the line on which the row starts, from 1, and the reason."""

    line: int
    problem: Text


@dataclass(frozen=True, slots=True)
class FileTable:
    """
    The columns of a file.

    Attributes:
        headers: The names of the columns.
        columns: The values of each column, all of the same length.
        lines: The line on which each row starts, from 1.
        above: The first text of each row above the header.
        left_out: The rows that are left out.
    """

    headers: Headers
    columns: list[list[object]]
    lines: "array[int]"
    above: list[str]
    left_out: list[LeftOutRow]


def make_table(
    name: str, records: Iterator[Record], names: Sequence[str] | None, merged: Sequence[MergedRange] = ()
) -> FileTable:
    """
    Return the columns of a file.

    A header of merged cells in several rows is read as one row. Below the header, the value of merged cells is repeated
    in each of their columns.

    Args:
        name: The file's name, for error messages.
        records: The rows of the file.
        names: The names of the columns if the file has no header.
        merged: The merged ranges of a sheet. Their first column must already be filled down.

    Raises:
        FileError: The file is empty or has no header, no row below the header can be read, or `names` is invalid or
            does not match the columns.
        ColumnError: Two columns have the same name, which means `userid` or `mobile`.
    """
    filled = (record for record in records if record.problem or not _is_empty(record))
    head = list(islice(filled, _ROWS_INSPECTED))
    rows = [record for record in head if not record.problem]
    if not rows:
        raise FileError(Text("file.empty", file=name), Text("file.empty_todo"))
    if names is None:
        top = _find_header(name, rows)
        header, texts = _read_header(top, rows, merged)
        above = rows[: rows.index(top)]
        body = [record for record in head if record.problem or record.line > header.line]
    else:
        above, texts, body = [], _check_names(name, names, rows), head
    rest = list(filled) if merged else filled
    if merged:
        rest = _mark_group_headings([*body, *rest], merged)
        body = []
        _fill_across(rest, merged)
    headers = name_columns(texts)
    if headers.duplicates:
        label, n = next(iter(headers.duplicates.items()))
        raise ColumnError(Text("file.column_twice", file=name, column=label, n=n), Text("file.column_twice_todo"))
    columns, lines, left_out = _read_rows(chain(body, rest), texts)
    if not columns or not columns[0]:
        if left_out:
            example = Text("file.left_out_line", line=left_out[0].line, problem=left_out[0].problem)
            raise FileError(Text("file.all_left_out", file=name, first=example), Text("file.all_left_out_todo"))
        raise FileError(Text("file.header_only", file=name), Text("file.header_only_todo"))
    return FileTable(headers, columns, lines, [_first_text(record) for record in above], left_out)


def _find_header(name: str, rows: Sequence[Record]) -> Record:
    """Return the header: the first row with known names, if only title rows are above it, or else the first row."""
    first_row = rows[0]
    for row in rows:
        above = rows[: rows.index(row)]
        is_title = all(2 * _count_filled(other) <= _count_filled(row) for other in above)
        if is_title and any(canonical_name(_text(cell)) for cell in row.cells):
            return row
    data = next((text for text in map(_text, first_row.cells) if _looks_like_data(text)), "") or find_data_in_first_row(
        [list(map(_text, row.cells)) for row in rows]
    )
    if data:
        what = Text("file.no_header", file=name, value=data, line=first_row.line)
        names = _propose_names(first_row)
        raise FileError(what, Text("file.no_header_todo", columns=count("column", len(names)), names=names))
    return first_row


def _read_header(top: Record, rows: Sequence[Record], merged: Sequence[MergedRange]) -> tuple[Record, list[str]]:
    """
    Return the last row of the header, and the name of each column: the texts of the column's own cells.

    Below a merged title of several columns are the columns' names. Equal names are prefixed with the title:
    ``10月 基本``, ``11月 基本``.
    """
    width = len(top.cells)
    # Cells beyond the last column may be merged as well, as a leftover of formatting.
    ranges = [cell_range for cell_range in merged if cell_range.left < width]
    bottoms = (cell_range.bottom for cell_range in ranges if cell_range.top == top.line)
    last_line = min((bottom for bottom in bottoms if bottom > top.line), default=top.line)
    wide = [
        cell_range
        for cell_range in ranges
        if cell_range.right > cell_range.left and cell_range.top <= last_line and cell_range.bottom >= top.line
    ]
    lines = [row for row in rows if top.line <= row.line <= last_line]
    if len(lines) == 1 or not any(cell_range.top == top.line for cell_range in wide):
        return top, list(map(_text, top.cells))
    # The same text in several rows, such as the text of merged cells, is kept once.
    titles, names = [dict[str, None]() for _ in range(width)], [dict[str, None]() for _ in range(width)]
    for row in lines:
        texts, parts = list(map(_text, row.cells)), list(names)
        for cell_range in wide:
            if cell_range.top <= row.line <= cell_range.bottom:
                columns = slice(cell_range.left, min(cell_range.right + 1, width))
                texts[columns] = [texts[cell_range.left]] * len(texts[columns])
                parts[columns] = titles[columns]
        for part, text in zip(parts, texts, strict=True):
            if _is_filled(text):
                part[text] = None
    joined_names, joined_titles = list(map(" ".join, names)), list(map(" ".join, titles))
    counts = Counter(joined_names)
    return lines[-1], [
        " ".join(filter(None, (title, name))) if not name or counts[name] > 1 else name
        for title, name in zip(joined_titles, joined_names, strict=True)
    ]


def _mark_group_headings(records: Sequence[Record], merged: Sequence[MergedRange]) -> list[Record]:
    """Return the rows, with group headings across several columns marked as problems."""
    wide = {(cell_range.top, cell_range.left) for cell_range in merged if cell_range.right > cell_range.left}
    marked: list[Record] = []
    for record in records:
        filled = [position for position, cell in enumerate(record.cells) if _is_filled(cell)]
        is_heading = len(filled) == 1 and (record.line, filled[0]) in wide
        marked.append(Record(record.line, [], Text("file.group_heading")) if is_heading else record)
    return marked


def _fill_across(records: Sequence[Record], merged: Sequence[MergedRange]) -> None:
    """Repeat the value of merged cells in each merged column."""
    lines = [record.line for record in records]
    width = max((len(record.cells) for record in records), default=0)
    for cell_range in merged:
        # Cells beyond the last column may be merged as well, as a leftover of formatting.
        if cell_range.right == cell_range.left or cell_range.left >= width:
            continue
        for record in records[bisect_left(lines, cell_range.top) : bisect_right(lines, cell_range.bottom)]:
            for position in range(cell_range.left + 1, min(cell_range.right + 1, len(record.cells))):
                if record.cells[position] is None:
                    record.cells[position] = record.cells[cell_range.left]


def _propose_names(row: Record) -> list[str]:
    """Return names for the columns of a file without a header: the first column with a phone number is `mobile`."""
    are_phones = [bool(read_mobile(_text(cell)).text) for cell in row.cells]
    phone_position = are_phones.index(True) if any(are_phones) else None
    return ["mobile" if position == phone_position else f"column_{position + 1}" for position in range(len(are_phones))]


def _check_names(name: str, names: object, rows: Sequence[Record]) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise FileError(Text("file.names_text", names=names), Text("file.names_text_todo"))
    given = list(map(str, names))
    repeated = next((given_name for given_name, n in Counter(given).items() if n > 1), None)
    if not all(map(_is_filled, given)):
        raise FileError(Text("file.names_empty"), Text("file.names_text_todo"))
    if repeated is not None:
        raise FileError(Text("file.names_twice", name=repeated), Text("file.names_text_todo"))
    ((width, _),) = Counter(len(row.cells) for row in rows).most_common(1)
    if width != len(given):
        what = Text("file.bad_names", given=count("column", len(given)), file=name, found=count("column", width))
        row = ", ".join(repr(_text(cell)) for cell in rows[0].cells)
        raise FileError(what, Text("file.bad_names_todo", row=row))
    return given


def _read_rows(
    records: Iterator[Record], texts: Sequence[str]
) -> tuple[list[list[object]], "array[int]", list[LeftOutRow]]:
    """Return the columns, the line on which each row starts, and the rows left out."""
    width = len(texts)
    min_width = max((position + 1 for position, text in enumerate(texts) if _is_filled(text)), default=0)
    columns: list[list[object]] = [[] for _ in texts]
    lines = array("q")
    left_out: list[LeftOutRow] = []
    chunk: list[list[object]] = []
    for line, cells, problem in records:
        if problem:
            left_out.append(LeftOutRow(line, problem))
            continue
        if len(cells) != width:
            while len(cells) > width and not _is_filled(cells[-1]):
                cells.pop()
            if not min_width <= len(cells) <= width:
                left_out.append(LeftOutRow(line, Text("file.ragged", found=len(cells), wanted=width)))
                continue
            cells.extend([None] * (width - len(cells)))
        chunk.append(cells)
        lines.append(line)
        if len(chunk) == _ROWS_PER_CHUNK:
            _append(columns, chunk)
    _append(columns, chunk)
    return columns, lines, left_out


def _append(columns: list[list[object]], chunk: list[list[object]]) -> None:
    """Append the rows of a chunk to the columns, and clear the chunk. An empty chunk has no columns."""
    for column, values in zip(columns, zip(*chunk, strict=True), strict=bool(chunk)):
        column.extend(values)
    chunk.clear()


def _is_empty(record: Record) -> bool:
    return not any(map(_is_filled, record.cells))


def _is_filled(cell: object) -> bool:
    return cell is not None and bool(_text(cell).strip(BLANK_CHARACTERS))


def _count_filled(record: Record) -> int:
    return sum(map(_is_filled, record.cells))


def _first_text(record: Record) -> str:
    return next(_text(cell) for cell in record.cells if _is_filled(cell))


def _text(cell: object) -> str:
    return "" if cell is None else str(to_display(cell))


def _looks_like_data(text: str) -> bool:
    return bool(read_mobile(text).text or _LIKE_DATA.search(text))
