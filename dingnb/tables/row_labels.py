"""What rows are called: by the label of the index; a file that was uploaded has its lines as labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd

from dingnb.errors import InputError
from dingnb.tables.cells import MET, is_missing, show
from dingnb.tables.factorize import Numbers
from dingnb.words import Text, count, listed, sentences

_NAMED_BY = "index"
_MOST = 2**53
"""Numbers beyond it are not exact in a browser."""
_SHOWN = 3
_LONGEST = 60


class First(Enum):
    """What stands for no label."""

    SENT_TO = "the first row that is sent to"

    def __repr__(self) -> str:
        """Return it in words, for signatures."""
        return f"<{self.value}>"


FIRST: Final = First.SENT_TO
"""The label of the first row that is sent to, where none is given."""


def name_by_line(frame: pd.DataFrame, lines: Sequence[int], called: str) -> pd.DataFrame:
    """
    Return a frame whose index is the lines of the file that its rows were read from.

    Args:
        frame: The rows.
        lines: The line, or the row of Excel, of each; they grow.
        called: What these are called: the index's name, unless a column has it.
    """
    taken = set(frame.columns)
    name = next(one for one in (called, *(f"{called} ({n})" for n in range(2, len(taken) + 3))) if one not in taken)
    frame.index = pd.Index(np.asarray(lines, dtype=np.int64), name=name)
    frame.attrs[MET] = {**frame.attrs.get(MET, {}), _NAMED_BY: name}
    return frame


def is_named_by_line(frame: pd.DataFrame) -> bool:
    """Return whether a frame's rows still stand in the order of the file, and are called by its lines."""
    met = frame.attrs.get(MET)
    name = met.get(_NAMED_BY) if isinstance(met, dict) else None
    index = frame.index
    return name is not None and list(index.names) == [name] and index.dtype == np.int64 and _grows(index)


def has_numbers(index: pd.Index) -> bool:
    """Return whether labels are numbers by which a form can name rows: integers, each once, growing."""
    if not pd.api.types.is_integer_dtype(index.dtype) or index.hasnans or not _grows(index):
        return False
    return not len(index) or bool(int(index[0]) >= -_MOST and int(index[-1]) <= _MOST)


@dataclass(frozen=True, eq=False)
class RowNumbers:
    """
    The numbers by which forms name the rows of a frame.

    Attributes:
        numbers: The number of each row, growing.
        kind: What these are: ``label``; ``line``, a label that is a line of an uploaded file, which the frame that code
            reads from it does not have; or ``position``.
    """

    numbers: Numbers
    kind: Literal["label", "line", "position"]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Return those of a frame."""
        if not has_numbers(frame.index):
            return cls(np.arange(len(frame)), "position")
        return cls(numbers_of_rows(frame), "line" if is_named_by_line(frame) else "label")

    def arguments_for(self, position: int) -> dict[str, Any]:
        """Return how `Plan.test` and `Plan.preview` of this very frame are given the row at a position."""
        return {"position": position} if self.kind == "position" else {"label": int(self.numbers[position])}

    def code_for(self, position: int) -> dict[str, Any]:
        """Return the same for code that reads the frame itself."""
        return self.arguments_for(position) if self.kind == "label" else {"position": position}


def numbers_of_rows(frame: pd.DataFrame) -> Numbers:
    """
    Return the numbers by which a form names rows, growing: the labels where these are such numbers, else positions.

    >>> numbers_of_rows(pd.DataFrame({"userid": ["a", "b"]}, index=[3, 7])).tolist()
    [3, 7]
    >>> numbers_of_rows(pd.DataFrame({"userid": ["a", "b"]}, index=["x", "y"])).tolist()
    [0, 1]
    """
    return frame.index.to_numpy(dtype=np.int64) if has_numbers(frame.index) else np.arange(len(frame))


def position_of(numbers: Numbers, number: int) -> int:
    """
    Return the position of the row with a number; where none has it, of the next one, or of the last.

    >>> position_of(np.array([2, 3, 7]), 5), position_of(np.array([2, 3, 7]), 9)
    (2, 2)
    """
    return max(min(int(np.searchsorted(numbers, number)), len(numbers) - 1), 0)


def find_row(frame: pd.DataFrame, label: object, position: object = None) -> int:
    """
    Return the position of the row that is meant.

    Args:
        frame: The rows.
        label: A label of the index. Text names a time as well.
        position: A position from 0, instead of a label; negative ones count from the end.

    Raises:
        InputError: There is no such row, several rows have the label, or both are given.
    """
    if position is not None:
        if label is not FIRST:
            raise InputError(
                Text("frame.label_and_position", label=label, position=position), Text("frame.label_and_position_todo")
            )
        return _at(frame, position)
    found = positions_of(frame.index, label)
    if not found:
        raise InputError(Text("frame.bad_label", label=_readable(label)), _choices(frame.index))
    if len(found) > 1:
        shown = sentences(listed([str(one) for one in found[:_SHOWN]]), "…" if len(found) > _SHOWN else "")
        what = Text("frame.label_of_several", label=_readable(label), rows=count("row", len(found)), positions=shown)
        raise InputError(what, Text("frame.label_of_several_todo", position=found[0]))
    return found[0]


def positions_of(index: pd.Index, label: object) -> list[int]:
    """
    Return the positions of the rows with a label.

    >>> positions_of(pd.Index([3, 7, 3]), np.int64(3)), positions_of(pd.Index([0, 1]), True)
    ([0, 2], [])
    >>> positions_of(pd.date_range("2026-01-01", periods=2), "2026-01-02")
    [1]
    """
    wanted = _plain(label)
    if isinstance(wanted, str) and isinstance(index, pd.DatetimeIndex):
        try:
            wanted = pd.Timestamp(wanted)
        except ValueError:
            return []
    return [at for at, one in enumerate(index.tolist()) if _is_same(one, wanted)]


def _at(frame: pd.DataFrame, position: object) -> int:
    at = position.item() if isinstance(position, np.integer) else position
    if not isinstance(at, int) or isinstance(at, bool) or not -len(frame) <= at < len(frame):
        if not len(frame):
            raise InputError(Text("frame.no_rows"), Text("frame.no_rows_todo"))
        raise InputError(
            Text("frame.bad_position", position=_readable(position), last=len(frame) - 1),
            Text("frame.bad_position_todo"),
        )
    return at % len(frame)


def _plain(label: object) -> object:
    """Return a label as a list of the index's labels has it."""
    if isinstance(label, np.datetime64 | np.timedelta64):
        return pd.Timestamp(label) if isinstance(label, np.datetime64) else pd.Timedelta(label)
    if isinstance(label, np.generic):
        return label.item()
    return tuple(map(_plain, label)) if isinstance(label, tuple) else label


def _is_same(one: object, wanted: object) -> bool:
    if isinstance(one, tuple) and isinstance(wanted, tuple):
        return len(one) == len(wanted) and all(map(_is_same, one, wanted))
    if not isinstance(one, str) and is_missing(one):
        return not isinstance(wanted, str) and is_missing(wanted)
    one = _plain(one)
    # True and 1 are equal, and two labels all the same.
    return isinstance(one, bool) == isinstance(wanted, bool) and (one == wanted) is True


def _choices(index: pd.Index) -> Text:
    """Return what to do where no row has a label: a few that rows have, and how positions are given."""
    if not len(index):
        return Text("frame.no_rows_todo")
    first = [repr(_readable(one)) for one in index[:_SHOWN].tolist()]
    last = repr(_readable(index[-1]))
    more = len(index) > _SHOWN + 1
    labels = listed([*first, *(["…"] if more else []), *([last] if len(index) > _SHOWN else [])])
    return Text("frame.bad_label_todo", labels=labels, last=len(index) - 1)


def _readable(label: object) -> object:
    """Return a label whose repr a person can read and type, and which is not endless."""
    plain = _plain(label)
    written = repr(plain)
    return plain if len(written) <= _LONGEST else Shortened(f"{written[: _LONGEST - 1]}…")


class Shortened(str):
    """What is shown of something that is too long to be shown: its own repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return it as it is."""
        return str(self)


def heading_of_rows(index: pd.Index) -> Text | str:
    """Return what a table calls the column of its rows' labels: the index's name, where it has one."""
    return show(index.name) or Text("plan.row")


def _grows(index: pd.Index) -> bool:
    return index.is_monotonic_increasing and index.is_unique
