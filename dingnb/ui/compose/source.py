"""The frame that the compose form shows: its source in the notebook, its rows, and a search in them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from dingnb.display.shell import find_names, user_namespace
from dingnb.errors import InputError
from dingnb.messages import MISSING
from dingnb.messages.column_names import tag_for
from dingnb.recipients.addresses import column_of
from dingnb.recipients.column_titles import added_by_matching, column_titles, labels_by_tag_name
from dingnb.tables.cell_values import FormattedValue
from dingnb.tables.cells import apply_date_formats, missing_rows, read_values, read_values_with_times
from dingnb.tables.factorize import IntArray
from dingnb.tables.headers import ID_COLUMNS, canonical_name
from dingnb.tables.row_labels import has_integer_labels, row_numbers
from dingnb.tables.row_search import find_rows
from dingnb.ui.compose.recipient_columns import RecipientChoice, Recipients
from dingnb.ui.compose.snippets import ColumnValues, formatted_tags, read_column_values
from dingnb.words import Text, listed

FrameCode: TypeAlias = Callable[[str, str], Sequence[str]]
"""Returns the statements that read or create a frame, given the names of the frame and of the app in the code."""

_EXAMPLE_ROWS = 20
"""The number of first rows in which an example of a column's values is searched for."""


@dataclass(frozen=True, slots=True)
class Search:
    """
    A search for a row.

    Attributes:
        query: The text to find; empty for no search.
        found: The positions of the rows found so far.
        is_complete: Whether all rows have been searched.
    """

    query: str = ""
    found: "IntArray" = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    is_complete: bool = True

    def next_to(self, position: int, by: Literal[1, -1]) -> int:
        """
        Return the next row found after a position, or the previous one if `by` is -1, wrapping around at the ends.

        >>> search = Search("a", np.array([2, 5]))
        >>> search.next_to(2, 1), search.next_to(3, -1), search.next_to(5, 1)
        (5, 2, 2)
        """
        at = int(np.searchsorted(self.found, position + (by > 0))) - (by < 0)
        return int(self.found[at % len(self.found)])


NO_SEARCH = Search()
"""No search: stepping leads through all rows."""


class Snapshot:
    """
    A frame, as it was when the form opened or last checked it.

    Args:
        recipients: The frame, and its columns that identify people.

    Attributes:
        tags: The tag of each column that a message can use, by the column's name. The tag has the column's title in
            place of the name if tags may use the title.
        unusable: The names of the columns that no message can use. Columns that were added by matching are left out of
            both.
    """

    def __init__(self, recipients: Recipients) -> None:
        self.recipients = recipients
        labels = self.labels
        # Columns that were added by matching describe the list, and are not part of it.
        added = added_by_matching(recipients.frame)
        titles, tag_names = column_titles(recipients.frame), labels_by_tag_name(recipients.frame)
        by_title = {label: title for label, title in titles.items() if tag_names.get(title) == label and tag_for(title)}
        self._names = {name: str(by_title.get(name, name)) for name in _usable(labels) if name not in added}
        self.tags = {name: tag for name, used in self._names.items() if (tag := tag_for(used))}
        left_out = {*self.tags, *added}
        others = [label for label in labels if not isinstance(label, str) or label not in left_out]
        self.unusable = list(dict.fromkeys(map(str, others)))
        self._reader = RowReader(self.frame)
        self._missing: dict[tuple[str, RecipientChoice], int] = {}

    @cached_property
    def formats(self) -> tuple[tuple[str, str], ...]:
        """Tags with a filter, each after its description with an example, as `formatted_tags` yields them."""
        return tuple(formatted_tags(self.tags, column_titles(self.frame), self._example_value))

    @cached_property
    def column_values(self) -> tuple[ColumnValues, ...]:
        """The values of the columns that distinguish groups of rows, as `read_column_values` returns them."""
        return read_column_values(self.frame, {column: self._names[column] for column in self.tags})

    @cached_property
    def example_tag(self) -> str:
        """The tag of the column of people's names or, without one, of the first other column of texts; may be empty."""
        name = self.recipients.name_position
        texts = (column for column in self.tags if not _is_id(column) and isinstance(self._example_value(column), str))
        label = self.labels[name] if name >= 0 else next(texts, "")
        return self.tags.get(label, "") if isinstance(label, str) else ""

    def _example_value(self, column: str) -> object:
        """Return the first value of a column among the first rows; `MISSING` if there is none."""
        rows = range(min(len(self.frame), _EXAMPLE_ROWS))
        return next((value for at in rows if (value := self.row(at)[column]) is not MISSING), MISSING)

    @property
    def frame(self) -> pd.DataFrame:
        """The frame; later changes in the notebook do not affect it."""
        return self.recipients.frame

    @cached_property
    def labels(self) -> list[object]:
        """The labels of the frame's columns."""
        return list(self.frame.columns.tolist())

    @cached_property
    def numbers(self) -> IntArray:
        """The numbers of the frame's rows, as `row_numbers` returns them."""
        return row_numbers(self.frame)

    @cached_property
    def has_integer_labels(self) -> bool:
        """Whether `numbers` are the labels of the frame's index; otherwise they are positions."""
        return has_integer_labels(self.frame.index)

    def row(self, position: int) -> Mapping[str, object]:
        """Return the values of a row; if the frame has no rows, every value is `MISSING`."""
        return self._reader.at(position) if len(self.frame) else _EmptyRow()

    def count_missing(self, column: str, chosen: RecipientChoice) -> int:
        """
        Return the number of rows of recipients without a value in a column; counted at the first call only.

        Args:
            column: The name of the column.
            chosen: The columns that identify the recipients; rows without a value in these, such as totals and notes
                below a list, do not count.
        """
        key = (column, chosen)
        if key not in self._missing:
            rows = missing_rows(column_of(self.frame, column))
            self._missing[key] = len(rows) - self.recipients.count_about_nobody(rows, chosen)
        return self._missing[key]


def _is_id(column: str) -> bool:
    return canonical_name(column) in ID_COLUMNS


def _usable(labels: Sequence[object]) -> list[str]:
    """Return the labels that a template can name: strings that occur once."""
    occurrences = Counter(label for label in labels if isinstance(label, str))
    return [label for label, n in occurrences.items() if n == 1]


class _EmptyRow(dict[str, object]):
    """The row shown for a frame without rows."""

    def __missing__(self, label: str) -> object:
        return MISSING


class Source:
    """
    The source of the form's frame: a variable of the notebook, or, for a frame without a name there, the frame itself.

    Args:
        opened: The frame that the form was opened with.

    Attributes:
        frame: The form's copy of the frame, which changes in the notebook do not affect.
        name: The current or last name of the frame in the notebook; empty if it never had one.
        frame_code: Returns the code that reads or creates the frame; None if the form did not create it.
    """

    def __init__(self, opened: pd.DataFrame) -> None:
        self.frame = opened.copy(deep=False)
        self._opened = opened
        self._names: list[str] = []
        self.name = ""
        self.frame_code: FrameCode | None = None
        self.find_name()

    def replace(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        """Set the source to a frame that the form has created; the caller sets `frame` when the form shows it."""
        self._opened, self._names, self.name, self.frame_code = frame, [], "", frame_code

    def find_name(self) -> str:
        """Return the name of the frame in the notebook now; empty if it has none."""
        variables = self._variables()
        if not variables:
            self._names = find_names(self._opened) or find_names(self.frame) or self._names
            variables = self._variables()
        if variables and self.name not in variables:
            self.name = next(iter(variables))
        return self.name if variables else ""

    def current_frame(self) -> pd.DataFrame | None:
        """
        Return the frame as it is now, also if it never had a name; None if its name no longer refers to a frame.

        Raises:
            InputError: The frame's names refer to different frames by now.
        """
        if not self.find_name():
            return None if self.name else self._opened.copy(deep=False)
        variables = self._variables()
        frame = variables[self.name]
        if any(value is not frame and not are_equal(value, frame) for value in variables.values()):
            raise InputError(Text("compose.which_frame", names=listed(variables)), Text("compose.which_frame_todo"))
        return frame.copy(deep=False)

    @property
    def names(self) -> Collection[str]:
        """The names of the frame in the notebook now."""
        self.find_name()
        return self._variables()

    @property
    def is_name_gone(self) -> bool:
        """Whether the notebook no longer has the frame's name, for a frame or anything else."""
        return self.name not in user_namespace()

    def _variables(self) -> dict[str, pd.DataFrame]:
        """Return the frames that the frame's names refer to now."""
        namespace = user_namespace()
        values = ((name, namespace.get(name)) for name in self._names)
        return {name: value for name, value in values if isinstance(value, pd.DataFrame)}


def are_equal(frame: pd.DataFrame, other: pd.DataFrame) -> bool:
    """
    Return whether two frames have the same labels, types and values in the same order; missing values are equal.

    A column of 1,000,000 texts takes about 20 ms, and others less (benchmarks/composing.py).
    """
    if frame.shape != other.shape or not (
        _are_equal_indexes(frame.columns, other.columns) and _are_equal_indexes(frame.index, other.index)
    ):
        return False
    # One column at a time, so that another thread can respond to typing in between.
    return all(frame.iloc[:, at].equals(other.iloc[:, at]) for at in range(frame.shape[1]))


def _are_equal_indexes(index: pd.Index, other: pd.Index) -> bool:
    return index.equals(other) and index.dtype == other.dtype and list(index.names) == list(other.names)


def search_rows(frame: pd.DataFrame, query: str, is_cancelled: Callable[[], bool]) -> Iterator[Search]:
    """
    Yield the search when its first rows are found, each time their number has doubled, and when it is complete.

    Args:
        frame: The rows.
        query: The text to find.
        is_cancelled: Called every few thousand rows; returns whether to end early, and may wait.
    """
    parts: list[IntArray] = []
    n_found = n_yielded = 0
    for part in find_rows(frame, query):
        if is_cancelled():
            return
        if not len(part):
            continue
        parts.append(part)
        n_found += len(part)
        # Each result redraws the form, hundreds of times if the text is in most rows.
        if n_found >= 2 * n_yielded:
            n_yielded = n_found
            yield Search(query, np.concatenate(parts), is_complete=False)
    yield Search(query, np.concatenate(parts)) if parts else Search(query)


class RowReader:
    """
    Reads single rows of a frame without reading the other rows.

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
        if not isinstance(value, datetime) or isinstance(value, FormattedValue) or value.time() != time():
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
    """Return the position of the first timestamp with a time of day; None if there is none."""
    if isinstance(column.dtype, np.dtype | pd.DatetimeTZDtype) and column.dtype.kind == "M":
        # Python's times have microseconds only.
        positions = np.flatnonzero((column - column.dt.normalize() >= pd.Timedelta(microseconds=1)).to_numpy())
        return int(positions[0]) if len(positions) else None
    values = enumerate(read_values_with_times(column))
    return next((at for at, value in values if isinstance(value, datetime) and value.time() != time()), None)
