"""The frame that the compose form shows, and what depends on it alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

import pandas as pd

from dingnb.campaigns.planning.row_values import RowReader
from dingnb.messages import MISSING
from dingnb.messages.column_names import tag_for
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import count_missing
from dingnb.tables.factorize import Numbers
from dingnb.tables.row_labels import has_integer_labels, row_numbers
from dingnb.ui.compose.addressing import Recipients


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
