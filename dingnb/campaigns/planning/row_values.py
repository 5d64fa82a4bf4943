"""Reads the values of single rows as templates would see them in a plan of the whole frame."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd

from dingnb.messages.cell_values import Shown
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import apply_date_formats, read_values, read_values_with_times


class RowReader:
    """
    Reads single rows of a frame without reading the others.

    The exception is a column of timestamps: if none of them has a time of day, they are dates.

    Args:
        frame: The frame, which is not changed.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._columns: dict[str, pd.Series[Any]] = {}
        self._rows_with_time: dict[str, int | None] = {}

    def at(self, position: int) -> "RowValues":
        """Return the values of the row at a position, from 0."""
        return RowValues(self, position)

    def columns(self) -> list[object]:
        """Return the labels of the frame's columns."""
        return list(self._frame.columns)

    def read(self, label: str, position: int) -> object:
        """
        Return the value of a column in one row.

        Raises:
            ColumnError: There is no such column, or more than one.
        """
        if label not in self._columns:
            self._columns[label] = column_of(self._frame, label)
        column = self._columns[label]
        [value] = read_values_with_times(column.iloc[[position]])
        if not isinstance(value, datetime) or isinstance(value, Shown) or value.time() != time():
            return apply_date_formats([value], column)[0]
        if label not in self._rows_with_time:
            self._rows_with_time[label] = _first_with_time(column)
        row_with_time = self._rows_with_time[label]
        rows = [position] if row_with_time is None else [position, row_with_time]
        return read_values(column.iloc[rows])[0]


class RowValues(Mapping[str, object]):
    """The values of one row, read on access."""

    def __init__(self, reader: RowReader, position: int) -> None:
        self._reader = reader
        self._position = position

    def __getitem__(self, label: str) -> object:
        return self._reader.read(label, self._position)

    def __iter__(self) -> Iterator[str]:
        return (label for label in self._reader.columns() if isinstance(label, str))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _first_with_time(column: "pd.Series[Any]") -> int | None:
    """Return the position of the first timestamp with a time of day."""
    if isinstance(column.dtype, np.dtype | pd.DatetimeTZDtype) and column.dtype.kind == "M":
        # Python's times have microseconds only.
        found = np.flatnonzero((column - column.dt.normalize() >= pd.Timedelta(microseconds=1)).to_numpy())
        return int(found[0]) if len(found) else None
    values = enumerate(read_values_with_times(column))
    return next((at for at, value in values if isinstance(value, datetime) and value.time() != time()), None)
