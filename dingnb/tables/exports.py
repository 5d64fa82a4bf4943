"""Exports of frames to Excel and CSV: private, atomic, with ids as text and without formulas."""

import csv
import io
import os
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.tables.export_values import Cell, columns_of, escape_formula
from dingnb.tables.saving import export_path, save_atomically, suffix_of
from dingnb.tables.workbook_writing import make_workbook
from dingnb.words import Text

WORKBOOK: Final = ".xlsx"
DELIMITED: Final = ".csv"


def write_table(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame with `write_excel` if the name ends in .xlsx, otherwise with `write_csv`.

    Returns:
        The path of the file.

    Raises:
        FileError: The suffix is not supported, or the file cannot be written.
    """
    if not isinstance(path, str | os.PathLike):
        return write_csv(path, frame)  # which says what a path is
    name = Path(path)
    suffix = suffix_of(name)
    if suffix not in {WORKBOOK, DELIMITED, ""}:
        raise FileError(Text("export.no_kind", path=name, suffix=suffix), Text("export.no_kind_todo", name=name.stem))
    return write_excel(path, frame) if suffix == WORKBOOK else write_csv(path, frame)


def write_excel(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as an Excel workbook, readable only by its owner.

    Numbers stay numbers, but identifiers are written as text: `task_id`, columns of userids, mobile numbers or job
    numbers, and all integers with more than the 15 digits that Excel stores. Text, including the header, never becomes
    a formula. Times are in Beijing time because workbooks have no time zones. Only named levels of the index are
    written.

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
    target = export_path(path, (WORKBOOK,), "to_excel")
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
        return make_workbook(columns_of(frame), len(frame), progress)


def write_csv(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as a CSV file in UTF-8 with BOM, readable only by its owner.

    Text that a program could interpret as a formula is prefixed with an apostrophe, including the header and text after
    a semicolon, a tab or a line break, where some programs start a new cell. Identifiers are written with all digits,
    but Excel reads them as numbers when it opens a CSV file; use `write_excel` for Excel. Times include their UTC
    offset. Only named levels of the index are written.

    The file is written atomically. If the path is a symbolic link, its target is replaced.

    Args:
        path: The path; ``.csv`` is added to a name without a suffix.
        frame: The rows. Column names may be duplicated.

    Returns:
        The path of the file.

    Raises:
        FileError: The suffix is not .csv, or the file is open in another program or cannot be written.
    """
    target = export_path(path, (DELIMITED,), "to_csv")
    columns = columns_of(frame)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([escape_formula(column.name) for column in columns])
    rows = zip(*(map(_delimited, column.cells) for column in columns), strict=True)
    with RowProgress("progress.exporting", len(frame), file=target.name) as progress:
        writer.writerows(progress.over(rows))
    save_atomically(target, text.getvalue().encode("utf-8-sig", errors="backslashreplace"))
    return target


def _delimited(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape_formula(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    return "" if cell is None else str(cell)
