"""Writes frames to files for Excel and other programs: private, whole, with ids as text, and without formulas."""

import csv
import io
import os
from datetime import datetime
from pathlib import Path
from typing import Final

import pandas as pd

from dingnb.display import RowProgress
from dingnb.errors import FileError
from dingnb.tables.export_values import Cell, columns_of, defuse
from dingnb.tables.saving import name_file, save_whole, suffix_of
from dingnb.tables.workbook_writing import make_workbook
from dingnb.words import Text

WORKBOOK: Final = ".xlsx"
DELIMITED: Final = ".csv"


def write_table(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as `write_excel` does where the name ends in .xlsx, else as `write_csv` does.

    Returns:
        The path of the file.

    Raises:
        FileError: The name ends otherwise, or the file cannot be written.
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
    Write a frame as an Excel workbook that only its owner may read.

    Numbers stay numbers, but identifiers are text: `task_id`, the columns that are usually called userid, mobile or
    job number, and every whole number of more digits than the 15 that Excel keeps. Text never becomes a formula, in
    the header neither. Times are those of Beijing, since a workbook knows no zones. The index is left out, but for
    levels that have a name.

    The file is written whole or not at all. A symbolic link stays one: the file that it leads to is replaced.

    Args:
        path: Where to; a name without a suffix gets ``.xlsx``.
        frame: The rows. Columns may share a name.

    Returns:
        The path of the file.

    Raises:
        FileError: The name ends otherwise, the file is open in another program or cannot be written, or a sheet of
            Excel does not hold so much.
    """
    place = name_file(path, (WORKBOOK,), "to_excel")
    with RowProgress("progress.exporting", len(frame), file=place.name) as progress:
        save_whole(place, make_workbook(columns_of(frame), len(frame), progress))
    return place


def write_csv(path: str | os.PathLike[str], frame: pd.DataFrame) -> Path:
    """
    Write a frame as a CSV file that only its owner may read: UTF-8, with the mark by which Excel knows it.

    Text that a program could take for a formula gets an apostrophe in front, in the header too, and also where it
    stands behind a semicolon, a tab or a line break: there some programs begin a cell. Identifiers are written digit
    by digit, but an Excel that opens a CSV file takes them for numbers all the same; for Excel there is
    `write_excel`. Times have their offset. The index is left out, but for levels that have a name.

    The file is written whole or not at all. A symbolic link stays one: the file that it leads to is replaced.

    Args:
        path: Where to; a name without a suffix gets ``.csv``.
        frame: The rows. Columns may share a name.

    Returns:
        The path of the file.

    Raises:
        FileError: The name ends otherwise, or the file is open in another program or cannot be written.
    """
    place = name_file(path, (DELIMITED,), "to_csv")
    columns = columns_of(frame)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([defuse(column.name) for column in columns])
    rows = zip(*(map(_delimited, column.cells) for column in columns), strict=True)
    with RowProgress("progress.exporting", len(frame), file=place.name) as progress:
        writer.writerows(progress.over(rows))
    save_whole(place, text.getvalue().encode("utf-8-sig", errors="backslashreplace"))
    return place


def _delimited(cell: Cell) -> str:
    if isinstance(cell, str):
        return defuse(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    return "" if cell is None else str(cell)
