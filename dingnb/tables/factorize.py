"""
Numbers equal values alike, in the order in which they first appear, so that a million rows are arrays.

Two values share a number only where no template could tell them apart: ``1`` and ``True`` do not, nor do two
moments in different time zones. Where that cannot be said of a column cheaply, it is not numbered.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from dingnb.messages import MISSING
from dingnb.tables.cells import read_values

Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Value = TypeVar("Value")

_SAMPLE = 10_000
_ALIKE_WHEN_EQUAL: tuple[frozenset[type], ...] = (
    # A whole float has become an int before, so that equal numbers look alike.
    frozenset({str, int, float, date, type(MISSING)}),
    frozenset({bool, type(MISSING)}),
)


@dataclass(frozen=True, slots=True)
class Numbered(Generic[Value]):
    """
    Values, each kept once.

    Attributes:
        numbers: For each row the number of its value.
        distinct: The values by number, in the order of their first row.
    """

    numbers: Numbers
    distinct: list[Value]


@dataclass(frozen=True, slots=True)
class Combinations:
    """
    What the rows hold in several columns, each combination kept once.

    Attributes:
        numbers: For each row the number of its combination.
        columns: For each column its value in each combination.
    """

    numbers: Numbers
    columns: list[list[object]]

    def of(self, rows: Numbers) -> "Combinations":
        """Return the combinations of these rows alone, numbered anew."""
        numbers, used = number_anew(self.numbers[rows])
        at = used.tolist()
        return Combinations(numbers, [[column[one] for one in at] for column in self.columns])


def number_texts(texts: Sequence[str]) -> Numbered[str]:
    """
    Return texts as numbers.

    >>> number_texts(["b", "a", "b"]).distinct
    ['b', 'a']
    """
    if _are_all_different(texts):
        return Numbered(np.arange(len(texts)), list(texts))
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        # pandas takes half a character for its escape.
        return number_values(texts)
    numbers, distinct = pd.factorize(np.array(texts, dtype=object))
    return Numbered(numbers, distinct.tolist())


def number_values(values: Sequence[Hashable]) -> Numbered[Any]:
    """Return values as numbers; values that Python finds equal share one."""
    if _are_all_different(values):
        return Numbered(np.arange(len(values)), list(values))
    distinct = list(dict.fromkeys(values))
    known = {value: number for number, value in enumerate(distinct)}
    return Numbered(np.fromiter(map(known.__getitem__, values), np.int64, len(values)), distinct)


def number_anew(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """
    Return numbers without gaps, in the order of their first rows, and which number each of them stands for.

    >>> number_anew(np.array([7, 3, 7]))
    (array([0, 1, 0]), array([7, 3]))
    """
    if np.all(numbers[1:] > numbers[:-1]):
        return np.arange(len(numbers)), numbers
    return pd.factorize(numbers)


def number_pairs(first: Numbers, second: Numbers) -> Numbers:
    """Return one number for each pair of numbers."""
    width = int(second.max(initial=0)) + 1
    return number_anew(first * width + second)[0]


def take(values: Sequence[Value], numbers: Numbers) -> list[Value]:
    """
    Return the value of each number.

    >>> take(["a", "b"], np.array([1, 1, 0]))
    ['b', 'b', 'a']
    """
    taken: list[Value] = np.array(values, dtype=object)[numbers].tolist()
    return taken


def first_rows(numbers: Numbers) -> Numbers:
    """Return for each number the first row that has it."""
    rows = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    rows[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return rows


def find_combinations(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    """
    Return what the rows hold in these columns, each combination once, as a template shows it.

    Args:
        columns: The columns; none are one combination.
        length: How many rows they have.

    Returns:
        None where fewer than half would be saved, by a sample of a large frame, or where equal values of a
        column may look different.
    """
    if length > _SAMPLE:
        rows = np.unique(np.random.default_rng(0).integers(length, size=_SAMPLE))
        sample = _combined([column.iloc[rows] for column in columns], len(rows))
        # So many different ones a sample has when each combination stands in two rows.
        most = -np.expm1(-2 * len(rows) / length) * length / 2
        if sample is None or int(sample.numbers.max()) + 1 > most:
            return None
    return _combined(columns, length)


def _are_all_different(values: Sequence[Hashable]) -> bool:
    """Return whether this is so, seen by the hashes alone: a sort is quicker than a dict that leaves the cache."""
    hashes = np.sort(np.fromiter(map(hash, values), np.int64, len(values)))
    return bool(np.all(hashes[1:] != hashes[:-1]))


def _combined(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    parts: list[Numbered[Any]] = []
    for column in columns:
        part = _number_column(column)
        if part is None:
            return None
        parts.append(part)
    numbers = np.zeros(length, dtype=np.int64)
    for part in parts:
        numbers = number_pairs(numbers, part.numbers)
    first = first_rows(numbers)
    return Combinations(numbers, [[part.distinct[one] for one in part.numbers[first].tolist()] for part in parts])


def _number_column(column: "pd.Series[Any]") -> Numbered[Any] | None:
    if _is_known_to_pandas(column.dtype):
        numbers, found = pd.factorize(column)
        values_found = pd.Series(found, name=column.name)
        values_found.attrs = column.attrs
        distinct = read_values(values_found)
        return Numbered(np.where(numbers < 0, len(distinct), numbers), [*distinct, MISSING])
    values = read_values(column)
    types = set(map(type, values))
    if types == {str}:
        return number_texts(cast("list[str]", values))
    if any(types <= alike for alike in _ALIKE_WHEN_EQUAL):
        return number_values(values)
    return None


def _is_known_to_pandas(dtype: object) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iubMm" or dtype in (np.dtype("float64"), np.dtype("float32"))
    return isinstance(dtype, pd.CategoricalDtype | pd.DatetimeTZDtype)
