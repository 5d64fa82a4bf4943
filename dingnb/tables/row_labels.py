"""Identification of rows by labels of the index, which are line numbers for uploaded files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.tables.cell_values import MAX_EXACT_INTEGER
from dingnb.tables.cells import is_missing, show
from dingnb.tables.factorize import IntArray
from dingnb.tables.frame_report import ATTRS_KEY, report_of
from dingnb.words import Text, count, listed, sentences
from dingnb.words.catalogue import translations

_INDEX_NAME_KEY = "index"

_LABELS_SHOWN = 3
_MAX_REPR_LENGTH = 60


class First(Enum):
    """The type of `FIRST`, the default for labels."""

    ROW = "the first row"

    def __repr__(self) -> str:
        """Return a description for signatures."""
        return f"<{self.value}>"


FIRST: Final = First.ROW
"""Default label: the first row; in a plan, the first row that is not rejected."""


def index_by_line(frame: pd.DataFrame, lines: Sequence[int], term: str) -> pd.DataFrame:
    """
    Set the index of a frame to the lines of the file from which the frame was read.

    Args:
        frame: The rows.
        lines: The line or Excel row of each row, in increasing order.
        term: The name of the index, unless a column has the same name.
    """
    columns = set(frame.columns)
    name = next(
        candidate
        for candidate in (term, *(f"{term} ({n})" for n in range(2, len(columns) + 3)))
        if candidate not in columns
    )
    frame.index = pd.Index(np.asarray(lines, dtype=np.int64), name=name)
    frame.attrs[ATTRS_KEY] = {**report_of(frame), _INDEX_NAME_KEY: name}
    return frame


def is_indexed_by_line(frame: pd.DataFrame) -> bool:
    """Return whether the index of a frame still consists of its file's line numbers, in ascending order."""
    name = report_of(frame).get(_INDEX_NAME_KEY)
    index = frame.index
    return name is not None and list(index.names) == [name] and index.dtype == np.int64 and _is_increasing(index)


def has_integer_labels(index: pd.Index) -> bool:
    """Return whether all labels are unique, increasing integers that a form can use."""
    if not pd.api.types.is_integer_dtype(index.dtype) or index.hasnans or not _is_increasing(index):
        return False
    return not len(index) or bool(int(index[0]) >= -MAX_EXACT_INTEGER and int(index[-1]) <= MAX_EXACT_INTEGER)


@dataclass(frozen=True, eq=False)
class RowNumbers:
    """
    The numbers that identify the rows of a frame in forms.

    Attributes:
        numbers: The number of each row, in increasing order.
        kind: The kind of the numbers: ``label``; ``line``, a label that is a line of an uploaded file and does not
            exist in a frame read by code; or ``position``.
    """

    numbers: IntArray
    kind: Literal["label", "line", "position"]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Return the row numbers of a frame."""
        if not has_integer_labels(frame.index):
            return cls(np.arange(len(frame)), "position")
        return cls(row_numbers(frame), "line" if is_indexed_by_line(frame) else "label")

    def arguments_for(self, position: int) -> dict[str, Any]:
        """Return the arguments of `Plan.test` and `Plan.preview` for the row at a position of this frame."""
        return {"position": position} if self.kind == "position" else {"label": int(self.numbers[position])}

    def arguments_in_code(self, position: int) -> dict[str, Any]:
        """Return the same arguments for code that reads the frame itself."""
        return self.arguments_for(position) if self.kind == "label" else {"position": position}


def row_numbers(frame: pd.DataFrame) -> IntArray:
    """
    Return increasing numbers that identify rows in forms: the labels if they are suitable, otherwise positions.

    >>> row_numbers(pd.DataFrame({"userid": ["a", "b"]}, index=[3, 7])).tolist()
    [3, 7]
    >>> row_numbers(pd.DataFrame({"userid": ["a", "b"]}, index=["x", "y"])).tolist()
    [0, 1]
    """
    return frame.index.to_numpy(dtype=np.int64) if has_integer_labels(frame.index) else np.arange(len(frame))


def position_of(numbers: IntArray, number: int) -> int:
    """
    Return the position of the row with a number; if there is none, of the next row or else the last row.

    >>> position_of(np.array([2, 3, 7]), 5), position_of(np.array([2, 3, 7]), 9)
    (2, 2)
    """
    return max(min(int(np.searchsorted(numbers, number)), len(numbers) - 1), 0)


def find_row(frame: pd.DataFrame, label: object, position: object = None) -> int:
    """
    Return the position of a row given by label or position.

    Args:
        frame: The rows.
        label: A label of the index. A time may be given as text or as a date, and a period as text; a time without a
            time zone is in the index's time zone.
        position: A position from 0, instead of a label; negative positions count from the end.

    Raises:
        InputError: The row does not exist, several rows have the label, both arguments are given, or the clocks of the
            index's time zone show the time twice or never.
    """
    if position is not None:
        if label is not FIRST:
            raise InputError(
                Text("frame.label_and_position", label=label, position=position), Text("frame.label_and_position_todo")
            )
        return _check_position(frame, position)
    positions = positions_of(frame.index, label)
    if not positions:
        raise InputError(Text("frame.bad_label", label=_make_readable(label)), _label_hint(frame.index))
    if len(positions) > 1:
        shown = sentences(
            listed([str(row_position) for row_position in positions[:_LABELS_SHOWN]]),
            "…" if len(positions) > _LABELS_SHOWN else "",
        )
        what = Text(
            "frame.label_of_several", label=_make_readable(label), rows=count("row", len(positions)), positions=shown
        )
        raise InputError(what, Text("frame.label_of_several_todo", position=positions[0]))
    return positions[0]


def positions_of(index: pd.Index, label: object) -> list[int]:
    """
    Return the positions of the rows with a label.

    Raises:
        InputError: The label is a time that the clocks of the index's time zone show twice or never.

    >>> positions_of(pd.Index([3, 7, 3]), np.int64(3)), positions_of(pd.Index([0, 1]), True)
    ([0, 2], [])
    >>> positions_of(pd.date_range("2026-01-01", periods=2), "2026-01-02")
    [1]
    """
    requested = _as_label_of(index, to_python_label(label))
    return [at for at, candidate in enumerate(index.tolist()) if _is_same(candidate, requested)]


def _as_label_of(index: pd.Index, requested: object) -> object:
    """Return a label that means a time or a period in the type of the index's labels; any other label unchanged."""
    try:
        if isinstance(index, pd.PeriodIndex) and isinstance(requested, str):
            return pd.Period(requested, freq=index.freqstr)
        if not isinstance(index, pd.DatetimeIndex) or not isinstance(requested, str | date):
            return requested
        time = pd.Timestamp(requested)
    except ValueError:
        return requested
    return _localize(time, index, str(requested)) if time.tzinfo is None else time


def _localize(time: pd.Timestamp, index: pd.DatetimeIndex, label: str) -> pd.Timestamp:
    """Return a time without a time zone as a time in the index's time zone."""
    zone = index.tz
    earlier, later = (
        time.tz_localize(zone, ambiguous=is_earlier, nonexistent="shift_forward") for is_earlier in (True, False)
    )
    if earlier.tz_localize(None) > time:
        raise InputError(Text("frame.no_such_time", label=label, zone=str(zone)), _label_hint(index))
    if earlier < later:
        todo = Text("frame.ambiguous_time_todo", earlier=str(earlier), later=str(later))
        raise InputError(Text("frame.ambiguous_time", label=label, zone=str(zone)), todo)
    return earlier


def _check_position(frame: pd.DataFrame, position: object) -> int:
    """Return a position as counted from the start; raise an error if no row is there."""
    at = position.item() if isinstance(position, np.integer) else position
    if not isinstance(at, int) or isinstance(at, bool) or not -len(frame) <= at < len(frame):
        if not len(frame):
            raise InputError(Text("frame.no_rows"), Text("frame.no_rows_todo"))
        raise InputError(
            Text("frame.bad_position", position=_make_readable(position), last=len(frame) - 1),
            Text("frame.bad_position_todo"),
        )
    return at % len(frame)


def to_python_label(label: object) -> object:
    """Return a label as a Python object."""
    if isinstance(label, np.datetime64 | np.timedelta64):
        return pd.Timestamp(label) if isinstance(label, np.datetime64) else pd.Timedelta(label)
    if isinstance(label, np.generic):
        return label.item()
    return tuple(map(to_python_label, label)) if isinstance(label, tuple) else label


def _is_same(label: object, requested: object) -> bool:
    if isinstance(label, tuple) and isinstance(requested, tuple):
        return len(label) == len(requested) and all(map(_is_same, label, requested))
    if not isinstance(label, str) and is_missing(label):
        return not isinstance(requested, str) and is_missing(requested)
    label = to_python_label(label)
    # True == 1, but True and 1 are different labels.
    return isinstance(label, bool) == isinstance(requested, bool) and (label == requested) is True


def _label_hint(index: pd.Index) -> Text:
    """Return the hint for an unknown label: some existing labels, and how to give a position."""
    if not len(index):
        return Text("frame.no_rows_todo")
    first_labels = [repr(_make_readable(label)) for label in index[:_LABELS_SHOWN].tolist()]
    last = repr(_make_readable(index[-1]))
    more = len(index) > _LABELS_SHOWN + 1
    labels = listed([*first_labels, *(["…"] if more else []), *([last] if len(index) > _LABELS_SHOWN else [])])
    return Text("frame.bad_label_todo", labels=labels, last=len(index) - 1)


def _make_readable(label: object) -> object:
    """Return a label with a readable repr of limited length."""
    plain = to_python_label(label)
    try:
        text = repr(plain)
    except ValueError:  # an integer of more digits than Python writes
        text = show(plain)
    return plain if len(text) <= _MAX_REPR_LENGTH else TruncatedRepr(f"{text[: _MAX_REPR_LENGTH - 1]}…")


class TruncatedRepr(str):
    """A truncated repr, which is its own repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


def index_heading(index: pd.Index) -> Text | str:
    """Return the heading for row labels: the name of the index, or a default."""
    return index_name(index) or Text("plan.row")


def index_name(index: pd.Index) -> Text | str:
    """
    Return the name of an index; a name that dingnb gave to the index of an uploaded file follows the language.

    >>> index_name(pd.Index([2, 3], name="Excel 行号")), index_name(pd.Index([2, 3], name="number"))
    (Text('file.row'), 'number')
    """
    name = show(index.name)
    for key in ("file.line", "file.row"):
        if name in translations()[key]:
            return Text(key)
    for template in translations()["file.row_of_sheet"]:
        before, _, after = template.partition("{sheet}")
        if name.startswith(before) and name.endswith(after) and len(name) > len(before + after):
            return Text("file.row_of_sheet", sheet=name[len(before) : len(name) - len(after)])
    return name


def row_name(index: pd.Index, label: object) -> Text:
    """
    Return a row as text: its label after the heading of the labels, which says what is counted.

    >>> str(row_name(pd.Index([2, 3], name="File line"), 3)), str(row_name(pd.Index([2, 3]), 3))
    ('line 3 of the file', 'row 3')
    >>> str(row_name(pd.Index(["a", None], name="number"), None)), str(row_name(pd.Index(["a", None]), None))
    ('a row without number', 'a row without a label')
    """
    heading, shown = index_name(index), show(label)
    if isinstance(heading, Text):
        return Text(f"{heading.key}_named", **dict(heading.fields), label=shown)
    if not shown.strip():
        return Text("row.without", heading=heading) if heading else Text("row.unlabelled")
    return Text("row.named", heading=heading, label=shown) if heading else Text("row.numbered", label=shown)


def row_names(index: pd.Index, labels: Text) -> Text:
    """
    Return several rows as text, like `row_name`.

    >>> str(row_names(pd.Index([2, 3]), listed(["2", "3"])))
    'rows 2, 3'
    """
    heading = index_name(index)
    if isinstance(heading, Text):
        return Text(f"{heading.key}s_named", **dict(heading.fields), labels=labels)
    return Text("row.named", heading=heading, label=labels) if heading else Text("rows.numbered", labels=labels)


def _is_increasing(index: pd.Index) -> bool:
    return index.is_monotonic_increasing and index.is_unique
