"""Makes a column of a DataFrame of the cells of a file; ids are mended where that takes no guess."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd

from dingnb.bulk.cells import BLANKS, mend_id
from dingnb.bulk.headers import ID_COLUMNS
from dingnb.language import count, say

_PLAIN = re.compile(r"[0-9A-Za-z_+-]+")
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


@dataclass(slots=True)
class Mended:
    """How many cells of a column were mended, and the first of them: what stood there, what it became."""

    cells: int = 0
    value: str = ""
    became: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """
    One column of a file.

    Attributes:
        data: Its values, as pandas holds them: str, datetime64 or object.
        mended: What was mended in it.
        errors: How many cells held an error of Excel's as text, and are missing.
        notes: What else was changed, as sentences.
    """

    data: Any
    mended: Mended
    errors: int
    notes: tuple[str, ...] = ()


def read_column(label: str, cells: Sequence[object]) -> FileColumn:
    """
    Return a column: texts, or dates if it holds nothing else.

    Args:
        label: Its name; that of an id decides how its cells are read.
        cells: Texts, dates, and None.
    """
    is_id = label in ID_COLUMNS
    mended = Mended()
    errors = 0
    values: list[Any] = []
    dates: list[datetime] = []
    for cell in cells:
        if not isinstance(cell, str):
            values.append(cell)
            if isinstance(cell, datetime):
                dates.append(cell)
            continue
        text = cell.strip(BLANKS)
        if not text or text in _ERRORS:
            errors += bool(text)
            values.append(None)
        else:
            values.append(_mend(cell, mended) if is_id and not _PLAIN.fullmatch(cell) else cell)
    if not dates:
        return FileColumn(pd.array(values, dtype="str"), mended, errors)
    if is_id:
        note = say("file.dates_as_ids", column=label, cells=count("cell", len(dates)))
        missing_as_nan = [np.nan if value is None else value for value in values]
        return FileColumn(pd.Series(missing_as_nan, dtype="object"), mended, errors, (note,))
    if all(value is None or isinstance(value, datetime) for value in values):
        return FileColumn(pd.Series(values, dtype="datetime64[us]"), mended, errors)
    texts = [_date_text(value) if isinstance(value, datetime) else value for value in values]
    note = say("file.mixed_dates", column=label, value=_date_text(dates[0]))
    return FileColumn(pd.array(texts, dtype="str"), mended, errors, (note,))


def _mend(cell: str, mended: Mended) -> str | None:
    became = mend_id(cell)
    if became == cell:
        return cell
    mended.cells += 1
    if mended.cells == 1:
        mended.value, mended.became = cell, became
    return became or None


def _date_text(moment: datetime) -> str:
    return str(moment.date()) if moment.time() == time() else str(moment)
