"""Writes frames to files for Excel and other programs: private, with ids as text, and without formulas."""

import io
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from dingnb.errors import FileError
from dingnb.language import say

WORKBOOK = ".xlsx"
_MOST_ROWS = 1_048_575
"""A sheet of Excel holds so many rows below its header."""

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """
    Write a frame without its index: as an Excel workbook where the name ends in .xlsx, else as CSV.

    Only the owner may read the file. Text that a program could take for a formula gets an apostrophe in front in
    CSV, and is marked as text in a workbook. CSV is UTF-8 with the mark by which Excel knows it.

    Raises:
        FileError: The file cannot be written, or a sheet of Excel does not hold so many rows.
    """
    is_workbook = path.suffix.lower() == WORKBOOK
    if is_workbook and len(frame) > _MOST_ROWS:
        raise FileError(say("export.too_long", rows=len(frame), most=_MOST_ROWS), say("export.too_long_todo"))
    content = _workbook(frame) if is_workbook else _csv(frame)
    try:
        write_privately(path, content)
    except OSError as error:
        what = say("export.cannot_write", path=path, error=error.strerror or error)
        raise FileError(what, say("export.cannot_write_todo")) from None


def write_privately(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read: it holds names, numbers and what became of people."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        path.chmod(0o600)
        file.write(content)


def is_formula(text: str) -> bool:
    """
    Return whether a program could take a text for a formula; a plain number is none.

    >>> [is_formula(text) for text in ("=1+1", "@SUM(A1)", "-1", "-2+3", "manager01")]
    [True, True, False, True, False]
    """
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def _csv(frame: pd.DataFrame) -> bytes:
    columns = {
        str(name): column.map(_csv_cell, na_action="ignore").astype(object)
        for name, column in frame.astype(object).items()
    }
    text = pd.DataFrame(columns, index=frame.index).to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig", errors="backslashreplace")


def _csv_cell(value: object) -> str:
    text = value.isoformat(sep=" ", timespec="milliseconds") if isinstance(value, datetime) else str(value)
    return f"'{text}" if is_formula(text) else text


def _workbook(frame: pd.DataFrame) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - needed when a workbook is written
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - likewise

    book = Workbook(write_only=True)
    sheet = book.create_sheet("dingnb")
    sheet.append(list(map(str, frame.columns)))

    def cell(value: object) -> Any:  # noqa: ANN401 - what openpyxl takes
        if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN alone differs from itself
            return None
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)  # a workbook knows no zones
        if isinstance(value, bool):
            return value
        text = _NOT_IN_XML.sub(lambda found: found.group().encode("unicode_escape").decode(), str(value))
        made = WriteOnlyCell(sheet, text)
        # Whatever it looks like: openpyxl would make a formula of "=..." and an error of "#N/A".
        made.data_type, made.number_format, made.quotePrefix = "s", "@", is_formula(text)
        return made

    for row in frame.astype(object).itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
