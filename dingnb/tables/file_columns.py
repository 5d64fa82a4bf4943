"""Makes a column of a DataFrame of the cells of a file; ids are mended where that takes no guess."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd

from dingnb.messages.cell_values import Rounded, Shown, ShownBool, ShownFloat, ShownInt, ShownMoment, written
from dingnb.tables.cells import BLANKS, mend_id
from dingnb.tables.headers import ID_COLUMNS
from dingnb.tables.number_formats import plain_number
from dingnb.words import Text, count

_PLAIN = re.compile(r"[0-9A-Za-z_+-]+")
_WRITTEN_SHORT = 1e16
"""From here on Python writes floats with an exponent."""

_KEPT_AS_TEXT = re.compile(r'="([^"=]*)"')
_EXPONENT = re.compile(r"[1-9](?:\.[0-9]+)?E\+(?:1[1-9]|[2-9][0-9])")
"""How Excel writes a number of more than eleven digits into a CSV file: what follows its first digits is lost."""

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
        date_format: The number format of a column of dates, where Excel shows them differently from Python.
        mended: What was mended in it.
        errors: How many cells held an error of Excel's as text, and are missing.
        notes: What else was changed, as sentences.
    """

    data: Any
    mended: Mended
    errors: int
    notes: tuple[Text, ...] = ()
    date_format: str = ""


def read_column(label: str, cells: Sequence[object]) -> FileColumn:
    """
    Return a column: texts; dates if it holds nothing else; or values that look different from what they are.

    Args:
        label: Its name; that of an id decides how its cells are read.
        cells: Texts, dates, values with a look of their own, and None.
    """
    is_id = label in ID_COLUMNS
    mended = Mended()
    errors = 0
    values: list[Any] = []
    kinds = set(map(type, cells))
    for cell in cells:
        if not isinstance(cell, str):
            values.append(_id_text(cell) if is_id else cell)
            continue
        text = cell.strip(BLANKS)
        if not text or text in _ERRORS:
            errors += bool(text)
            values.append(None)
        elif is_id:
            values.append(cell if _PLAIN.fullmatch(cell) else _mend(cell, mended))
        else:
            values.append(_as_shown(cell) if cell[:2] == '="' or _EXPONENT.fullmatch(text) else cell)
    kinds |= set(map(type, values))
    if any(issubclass(kind, datetime) for kind in kinds):
        data, notes, date_format = _with_dates(label, values, is_id=is_id)
        return FileColumn(data, mended, errors, notes, date_format)
    if is_id and any(isinstance(value, Shown) for value in values):
        return FileColumn(_objects(values), mended, errors)
    if not any(issubclass(kind, Shown | Rounded) for kind in kinds) or is_id:
        return FileColumn(pd.array(values, dtype="str"), mended, errors)
    if all(_looks_plain(value) for value in values):
        texts = [str(written(value)) if isinstance(value, Shown) else value for value in values]
        return FileColumn(pd.array(texts, dtype="str"), mended, errors)
    return FileColumn(_objects(values), mended, errors)


def _with_dates(label: str, values: list[Any], *, is_id: bool) -> tuple[Any, tuple[Text, ...], str]:
    """Return the data of a column in which there are dates, notes, and the number format of the dates."""
    dates = [value for value in values if isinstance(value, datetime)]
    if is_id:
        note = Text("file.dates_as_ids", column=label, cells=count("cell", len(dates)))
        return _objects([_without_look(value) for value in values]), (note,), ""
    if all(value is None or isinstance(value, datetime) for value in values):
        formats = {value.number_format if isinstance(value, ShownMoment) else "" for value in dates}
        if len(formats) > 1 and not all(map(_looks_plain, dates)):
            return _objects(values), (), ""
        data = pd.Series([_without_look(value) for value in values], dtype="datetime64[us]")
        return data, (), "" if all(map(_looks_plain, dates)) else formats.pop()
    texts = [_date_text(value) if isinstance(value, datetime) else value for value in values]
    note = Text("file.mixed_dates", column=label, value=_date_text(dates[0]))
    if any(isinstance(value, Shown | Rounded) and not _looks_plain(value) for value in texts):
        return _objects(texts), (note,), ""
    return pd.array([None if text is None else str(written(text)) for text in texts], dtype="str"), (note,), ""


def _objects(values: Sequence[object]) -> "pd.Series[Any]":
    return pd.Series([np.nan if value is None else value for value in values], dtype="object")


def _looks_plain(value: object) -> bool:
    """Return whether a value looks as it would without a number format."""
    if isinstance(value, ShownMoment):
        return value.shown == _plain_date(value)
    if isinstance(value, ShownInt | ShownFloat) and not isinstance(value, ShownBool):
        return value.shown == plain_number(value)
    return not isinstance(value, Shown | Rounded)


def _without_look(value: object) -> object:
    return value.plain if isinstance(value, Shown) else value


def _id_text(cell: object) -> object:
    """Return what stands for an id in a cell: the digits of a number, whatever its format; dates and times stay."""
    if isinstance(cell, Rounded):
        # Also a short one looks as what has lost digits.
        return repr(float(cell)).upper() if abs(cell) >= _WRITTEN_SHORT else f"{float(cell):.14E}"
    if isinstance(cell, ShownBool):
        return cell.shown
    return plain_number(cell) if isinstance(cell, ShownFloat | ShownInt) else cell


def _as_shown(cell: str) -> "str | Rounded":
    """Return a cell of text that programs write for Excel as Excel shows it, or as the number that it has rounded."""
    kept = _KEPT_AS_TEXT.fullmatch(cell.strip(BLANKS))
    if kept is not None:
        return kept[1]
    return Rounded(cell) if _EXPONENT.fullmatch(cell.strip(BLANKS)) else cell


def _mend(cell: str, mended: Mended) -> str | None:
    became = mend_id(cell)
    if became == cell:
        return cell
    mended.cells += 1
    if mended.cells == 1:
        mended.value, mended.became = cell, became
    return became or None


def _date_text(moment: datetime) -> str:
    return moment.shown if isinstance(moment, ShownMoment) and moment.shown else _plain_date(moment)


def _plain_date(moment: datetime) -> str:
    return str(datetime.date(moment)) if moment.time() == time() else str(_without_look(moment))
