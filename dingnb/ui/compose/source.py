"""The frame that the compose form shows, what depends on it alone, and whether it is still current."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import pandas as pd

from dingnb.display.namespace import names_of, user_namespace
from dingnb.errors import InputError
from dingnb.messages import MISSING
from dingnb.messages.column_names import tag_for
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import count_missing
from dingnb.tables.factorize import Numbers
from dingnb.tables.row_labels import has_integer_labels, row_numbers
from dingnb.ui.compose.addressing import Recipients
from dingnb.ui.compose.row_values import RowReader
from dingnb.words import listed, say

Reader: TypeAlias = Callable[[str, str], Sequence[str]]
"""Writes the statements that make a frame; it gets the names of the frame and of the app."""


class Snapshot:
    """
    A frame, as it was when the form opened or last checked it.

    Args:
        recipients: The frame, and which of its columns name people.

    Attributes:
        tags: The tag of each column that a text can use.
        unusable: The names of the other columns.
    """

    def __init__(self, recipients: Recipients) -> None:
        self.recipients = recipients
        labels = self.labels
        self.tags = {name: tag for name in _usable(labels) if (tag := tag_for(name))}
        others = [label for label in labels if not isinstance(label, str) or label not in self.tags]
        self.unusable = list(dict.fromkeys(map(str, others)))
        self._reader = RowReader(self.frame)
        self._missing: dict[str, int] = {}

    @property
    def frame(self) -> pd.DataFrame:
        """The frame; changes that the notebook makes to its own do not reach it."""
        return self.recipients.frame

    @cached_property
    def labels(self) -> list[object]:
        """The labels of its columns."""
        return list(self.frame.columns.tolist())

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of its rows, as `row_numbers` returns them."""
        return row_numbers(self.frame)

    @cached_property
    def has_integer_labels(self) -> bool:
        """Whether these are the labels of its index; otherwise they are positions."""
        return has_integer_labels(self.frame.index)

    def row(self, position: int) -> Mapping[str, object]:
        """Return the values of a row; if the frame has no rows, every value is `MISSING`."""
        return self._reader.at(position) if len(self.frame) else _EmptyRow()

    def missing(self, column: str) -> int:
        """Return how many rows have no value in a column; each column is counted once."""
        if column not in self._missing:
            self._missing[column] = count_missing(column_of(self.frame, column))
        return self._missing[column]


def _usable(labels: Sequence[object]) -> list[str]:
    """Return the labels that a template can name: texts that occur once."""
    times = Counter(label for label in labels if isinstance(label, str))
    return [label for label, n in times.items() if n == 1]


class _EmptyRow(dict[str, object]):
    """The row shown of a frame without rows."""

    def __missing__(self, label: str) -> object:
        return MISSING


class Source:
    """
    A frame of the notebook's: what its name holds, or the object that the form was opened with.

    Args:
        opened: That object.

    Attributes:
        taken: The frame as the form has it: what the notebook does with its own does not change this one.
        name: How the notebook calls it, or called it last; empty where it never did.
        read_by: Writes the Python that makes it; None where it was not made by the form.
    """

    def __init__(self, opened: pd.DataFrame) -> None:
        self.taken = opened.copy(deep=False)
        self._opened = opened
        self._names: list[str] = []
        self.name = ""
        self.read_by: Reader | None = None
        self.find()

    def take(self, frame: pd.DataFrame, read_by: Reader) -> None:
        """Take another frame in its place, which the form itself has made."""
        self._opened, self._names, self.name, self.read_by = frame, [], "", read_by

    def find(self) -> str:
        """Return the name under which the notebook has the frame now; empty where it has none."""
        held = self._held()
        if not held:
            self._names = names_of(self._opened) or names_of(self.taken) or self._names
            held = self._held()
        if held and self.name not in held:
            self.name = next(iter(held))
        return self.name if held else ""

    def now(self) -> pd.DataFrame | None:
        """
        Return the frame as it is at this moment; None where its name holds none any more.

        Raises:
            InputError: Its names hold different ones by now.
        """
        if not self.find():
            return None if self.name else self._opened.copy(deep=False)
        held = self._held()
        frame = held[self.name]
        if any(one is not frame and not is_same(one, frame) for one in held.values()):
            raise InputError(say("compose.which_frame", names=listed(held)), say("compose.which_frame_todo"))
        return frame.copy(deep=False)

    def _held(self) -> dict[str, pd.DataFrame]:
        """Return the frames that its names hold now."""
        namespace = user_namespace()
        held = ((name, namespace.get(name)) for name in self._names)
        return {name: one for name, one in held if isinstance(one, pd.DataFrame)}


def is_same(frame: pd.DataFrame, other: pd.DataFrame) -> bool:
    """
    Return whether two frames have the same labels, types and values in the same order; blanks are the same.

    A column of 1,000,000 texts takes about 20 ms, and others less (benchmarks/composing.py).
    """
    if frame.shape != other.shape or not (
        _is_same(frame.columns, other.columns) and _is_same(frame.index, other.index)
    ):
        return False
    # A column at a time: between two of them another thread may answer somebody who types.
    return all(frame.iloc[:, at].equals(other.iloc[:, at]) for at in range(frame.shape[1]))


def _is_same(index: pd.Index, other: pd.Index) -> bool:
    return index.equals(other) and index.dtype == other.dtype and list(index.names) == list(other.names)
