"""
Factorization: rows with the same code have the same value, so that rows can be handled as arrays.

Two values of a column share a code only if no template can distinguish them: ``1`` and ``True`` differ, and so do equal
times in different time zones. A column whose values cannot be compared cheaply in this way is not factorized. The same
value may have several codes: floats that are equal in a spreadsheet, and missing values.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from dingnb.tables.cell_values import MISSING
from dingnb.tables.cells import read_values

IntArray: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
BoolArray: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.bool_]]"
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
        codes: The code of each row's value, an index of `uniques`.
        uniques: The value of each code, in the order of the first rows. Of a column, the last value may be `MISSING`,
            even if the first row or no row has it, and equal values may have several codes.
    """

    codes: IntArray
    uniques: list[Value]


@dataclass(frozen=True, slots=True)
class Combinations:
    """
    Factorized combinations of the values of several columns.

    Attributes:
        codes: The code of each row's combination.
        columns: For each column, the column's value in each combination.
    """

    codes: IntArray
    columns: list[list[object]]

    def select(self, rows: IntArray) -> "Combinations":
        """Return the combinations of only these rows, with new codes."""
        codes, used = renumber(self.codes[rows])
        at = used.tolist()
        return Combinations(codes, [[column[position] for position in at] for column in self.columns])


def factorize_texts(texts: Sequence[str]) -> Factorized[str]:
    """
    Return factorized texts.

    >>> factorize_texts(["b", "a", "b"]).uniques
    ['b', 'a']
    """
    if _are_all_different(texts):
        return Factorized(np.arange(len(texts)), list(texts))
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        # pandas treats a lone surrogate as equal to its escape sequence.
        return factorize_values(texts)
    codes, uniques = pd.factorize(np.array(texts, dtype=object))
    return Factorized(codes, uniques.tolist())


def factorize_values(values: Sequence[Hashable]) -> Factorized[Any]:
    """Return factorized values; values that are equal in Python share a code."""
    if _are_all_different(values):
        return Factorized(np.arange(len(values)), list(values))
    uniques = list(dict.fromkeys(values))
    code_of = {value: code for code, value in enumerate(uniques)}
    return Factorized(np.fromiter(map(code_of.__getitem__, values), np.int64, len(values)), uniques)


def renumber(codes: IntArray) -> tuple[IntArray, IntArray]:
    """
    Return consecutive codes, in the order of their first rows, and the original code of each new code.

    >>> renumber(np.array([7, 3, 7]))
    (array([0, 1, 0]), array([7, 3]))
    """
    if np.all(codes[1:] > codes[:-1]):
        return np.arange(len(codes)), codes
    return pd.factorize(codes)


def factorize_pairs(first: IntArray, second: IntArray) -> IntArray:
    """Return factorized pairs of codes."""
    width = int(second.max(initial=0)) + 1
    return renumber(first * width + second)[0]


def take(values: Sequence[Value], codes: IntArray) -> list[Value]:
    """
    Return the value of each code.

    >>> take(["a", "b"], np.array([1, 1, 0]))
    ['b', 'b', 'a']
    """
    array = np.empty(len(values), dtype=object)
    # An array made of tuples would have two dimensions.
    array[:] = values
    elements: list[Value] = array[codes].tolist()
    return elements


def first_rows(codes: IntArray) -> IntArray:
    """Return the first row of each code, for codes without gaps."""
    rows = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    rows[codes[::-1]] = np.arange(len(codes))[::-1]
    return rows


def find_combinations(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    """
    Return the combinations of the values of columns, as read for templates.

    Args:
        columns: The columns. Without columns, all rows have the same combination.
        length: The number of rows.

    Returns:
        None if equal values of a column may look different, or if the combinations would not halve the rows, as
        estimated from a sample of a large frame.
    """
    if length > _SAMPLE:
        rows = np.unique(np.random.default_rng(0).integers(length, size=_SAMPLE))
        sample = _combine([column.iloc[rows] for column in columns], len(rows))
        # The expected number of distinct combinations in the sample if each combination occurs in two rows.
        max_distinct = -np.expm1(-2 * _SAMPLE / length) * length / 2
        if sample is None or int(sample.codes.max()) + 1 > max_distinct:
            return None
    return _combine(columns, length)


def _are_all_different(values: Sequence[Hashable]) -> bool:
    """Return whether all hashes differ. A sort is faster than a dict that exceeds the CPU's cache."""
    hashes = np.sort(np.fromiter(map(hash, values), np.int64, len(values)))
    return bool(np.all(hashes[1:] != hashes[:-1]))


def _combine(columns: Sequence["pd.Series[Any]"], length: int) -> Combinations | None:
    parts: list[Factorized[Any]] = []
    for column in columns:
        part = factorize_column(column)
        if part is None:
            return None
        parts.append(part)
    codes = np.zeros(length, dtype=np.int64)
    for part in parts:
        codes = factorize_pairs(codes, part.codes)
    first_positions = first_rows(codes)
    return Combinations(
        codes, [[part.uniques[position] for position in part.codes[first_positions].tolist()] for part in parts]
    )


def factorize_column(
    column: "pd.Series[Any]", read: Callable[["pd.Series[Any]"], list[Any]] = read_values
) -> Factorized[Any] | None:
    """
    Return the factorized values of a column; None if equal values may look different.

    Args:
        column: The column.
        read: Returns the values of a column, such as `read_values` and `read_plain_values`.
    """
    if _can_pandas_factorize(column.dtype):
        codes, distinct_array = pd.factorize(column)
        distinct_values = pd.Series(distinct_array, name=column.name)
        distinct_values.attrs = column.attrs
        uniques = read(distinct_values)
        return Factorized(np.where(codes < 0, len(uniques), codes), [*uniques, MISSING])
    values = read(column)
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
