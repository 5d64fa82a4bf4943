"""
Factorization: rows with the same number have the same value, so that rows are handled as arrays.

Two values share a number only if no template can distinguish them: ``1`` and ``True`` differ, and so do equal times in
different time zones. A column for which this cannot be determined cheaply is not factorized. The same value may have
several numbers: floats that are equal in a spreadsheet, and missing values.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import MISSING
from dingnb.tables.cells import read_values

IntArray: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Value = TypeVar("Value")

_SAMPLE = 10_000
_ALIKE_WHEN_EQUAL: tuple[frozenset[type], ...] = (
    # Integral floats have already been converted to int, so equal numbers look alike.
    frozenset({str, int, float, date, type(MISSING)}),
    frozenset({bool, type(MISSING)}),
)


@dataclass(frozen=True, slots=True)
class Factorized(Generic[Value]):
    """
    Factorized values.

    Attributes:
        numbers: The number of each row's value.
        distinct: The values by number, in the order of their first rows; possibly followed by values that no row has.
    """

    numbers: IntArray
    distinct: list[Value]


@dataclass(frozen=True, slots=True)
class Combinations:
    """
    Factorized combinations of the values of several columns.

    Attributes:
        numbers: The number of each row's combination.
        columns: For each column, its value in each combination.
    """

    numbers: IntArray
    columns: list[list[object]]

    def select(self, rows: IntArray) -> "Combinations":
        """Return the combinations of these rows only, renumbered."""
        numbers, used = renumber(self.numbers[rows])
        at = used.tolist()
        return Combinations(numbers, [[column[position] for position in at] for column in self.columns])


def factorize_texts(texts: Sequence[str]) -> Factorized[str]:
    """
    Return factorized texts.

    >>> factorize_texts(["b", "a", "b"]).distinct
    ['b', 'a']
    """
    if _are_all_different(texts):
        return Factorized(np.arange(len(texts)), list(texts))
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        # pandas treats a lone surrogate as equal to its escape sequence.
        return factorize_values(texts)
    numbers, distinct = pd.factorize(np.array(texts, dtype=object))
    return Factorized(numbers, distinct.tolist())


def factorize_values(values: Sequence[Hashable]) -> Factorized[Any]:
    """Return factorized values; values that are equal in Python share a number."""
    if _are_all_different(values):
        return Factorized(np.arange(len(values)), list(values))
    distinct = list(dict.fromkeys(values))
    number_of = {value: number for number, value in enumerate(distinct)}
    return Factorized(np.fromiter(map(number_of.__getitem__, values), np.int64, len(values)), distinct)


def renumber(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """
    Return consecutive numbers, in the order of their first rows, and the original number of each.

    >>> renumber(np.array([7, 3, 7]))
    (array([0, 1, 0]), array([7, 3]))
    """
    if np.all(numbers[1:] > numbers[:-1]):
        return np.arange(len(numbers)), numbers
    return pd.factorize(numbers)


def factorize_pairs(first: IntArray, second: IntArray) -> IntArray:
    """Return factorized pairs of numbers."""
    width = int(second.max(initial=0)) + 1
    return renumber(first * width + second)[0]


def take(values: Sequence[Value], numbers: IntArray) -> list[Value]:
    """
    Return the value of each number.

    >>> take(["a", "b"], np.array([1, 1, 0]))
    ['b', 'b', 'a']
    """
    array = np.empty(len(values), dtype=object)
    # An array made of tuples would have two dimensions.
    array[:] = values
    elements: list[Value] = array[numbers].tolist()
    return elements


def first_rows(numbers: IntArray) -> IntArray:
    """Return the first row of each number."""
    rows = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    rows[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return rows


def find_combinations(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    """
    Return the combinations of the values of these columns, as templates show them.

    Args:
        columns: The columns. Without any, all rows have the same combination.
        length: The number of rows.

    Returns:
        None if equal values of a column may look different, or if the combinations would not halve the rows, as
        estimated from a sample of a large frame.
    """
    if length > _SAMPLE:
        rows = np.unique(np.random.default_rng(0).integers(length, size=_SAMPLE))
        sample = _combine([column.iloc[rows] for column in columns], len(rows))
        # The expected number of distinct combinations in the sample if each one occurs in two rows.
        max_distinct = -np.expm1(-2 * _SAMPLE / length) * length / 2
        if sample is None or int(sample.numbers.max()) + 1 > max_distinct:
            return None
    return _combine(columns, length)


def _are_all_different(values: Sequence[Hashable]) -> bool:
    """Return whether all hashes differ. A sort is faster than a dict that exceeds the CPU's cache."""
    hashes = np.sort(np.fromiter(map(hash, values), np.int64, len(values)))
    return bool(np.all(hashes[1:] != hashes[:-1]))


def _combine(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    parts: list[Factorized[Any]] = []
    for column in columns:
        part = _number_column(column)
        if part is None:
            return None
        parts.append(part)
    numbers = np.zeros(length, dtype=np.int64)
    for part in parts:
        numbers = factorize_pairs(numbers, part.numbers)
    first_positions = first_rows(numbers)
    return Combinations(
        numbers, [[part.distinct[position] for position in part.numbers[first_positions].tolist()] for part in parts]
    )


def _number_column(column: "pd.Series[Any]") -> Factorized[Any] | None:
    if _can_pandas_factorize(column.dtype):
        numbers, distinct_values = pd.factorize(column)
        values_found = pd.Series(distinct_values, name=column.name)
        values_found.attrs = column.attrs
        distinct = read_values(values_found)
        return Factorized(np.where(numbers < 0, len(distinct), numbers), [*distinct, MISSING])
    values = read_values(column)
    types = set(map(type, values))
    if types == {str}:
        return factorize_texts(cast("list[str]", values))
    if any(types <= alike for alike in _ALIKE_WHEN_EQUAL):
        return factorize_values(values)
    return None


def _can_pandas_factorize(dtype: object) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind in "iubMm" or dtype in (np.dtype("float64"), np.dtype("float32"))
    return isinstance(dtype, pd.CategoricalDtype | pd.DatetimeTZDtype)
