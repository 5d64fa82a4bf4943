"""
What is known of a column of a frame as a whole, exactly, and found beside somebody who types.

Arrays are asked by numpy, which lets other threads run meanwhile; of all else only so many values are looked at
at a time that nobody waits.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, overload

import numpy as np
import pandas as pd

from dingnb.bulk.cells import drop_midnights, read_values, read_values_with_midnights
from dingnb.messages import MISSING
from dingnb.messages.facts import ColumnFacts, facts_of

Array: TypeAlias = "np.ndarray[tuple[int], np.dtype[Any]]"
Stop: TypeAlias = Callable[[], bool]

_ROWS_AT_ONCE = 10_000
_FEWEST_AT_ONCE = 100
_CHARACTERS_AT_ONCE = 500_000
_TIMES_AT_ONCE = 100_000
_AS_PYTHON: Final[dict[type, type]] = {pd.Timestamp: datetime, pd.Timedelta: timedelta}
_TICKS_A_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_TICKS_A_MICROSECOND: Final = {"ns": 10**3}
_SECONDS_A_DAY = 86_400


@overload
def column_facts(column: "pd.Series[Any]") -> ColumnFacts: ...


@overload
def column_facts(column: "pd.Series[Any]", stop: Stop) -> ColumnFacts | None: ...


def column_facts(column: "pd.Series[Any]", stop: Stop | None = None) -> ColumnFacts | None:
    """
    Return what is known of a column, of any dtype, as `read_values` gives it to templates.

    Args:
        column: The column.
        stop: Asked every few milliseconds whether nobody wants to know any more. It is the place to let other threads
            run: pandas lets go of the lock and takes it again so often that who waits for it never gets it in time.

    Returns:
        The facts; None where `stop` said so.
    """
    facts = _facts(column, stop or _never)
    return facts and replace(facts, kinds=frozenset(_AS_PYTHON.get(kind, kind) for kind in facts.kinds))


def _never() -> bool:
    return False


def _facts(column: "pd.Series[Any]", stop: Stop) -> ColumnFacts | None:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _category_facts(column, stop)
    if isinstance(dtype, pd.DatetimeTZDtype) or (dtype.kind == "M" and isinstance(dtype, np.dtype)):
        return _moment_facts(column)
    kind = getattr(dtype, "numpy_dtype", dtype)
    if isinstance(kind, np.dtype) and kind.kind in "biu":
        present = column.dropna()
        facts = _array_facts(present.to_numpy(dtype=kind))
        return replace(facts, missing=facts.missing + len(column) - len(present))
    return _facts_by_parts(column, stop)


def _category_facts(column: "pd.Series[Any]", stop: Stop) -> ColumnFacts | None:
    counts = np.bincount(column.cat.codes.to_numpy().astype(np.intp) + 1, minlength=1)
    used = np.flatnonzero(counts[1:])
    categories = pd.Series(column.cat.categories.take(used))
    facts = _facts(categories, stop)
    if facts is None:
        return None
    missing = int(counts[0])
    if facts.missing:
        gaps = [value is MISSING for value in read_values(categories)]
        missing += int(counts[1:][used][gaps].sum())
    return replace(facts, missing=missing)


def _array_facts(array: Array) -> ColumnFacts:
    if array.dtype.kind == "b":
        return facts_of([bool(value) for value in (array.min(), array.max())] if array.size else [])
    return _whole_facts(array)


def _whole_facts(numbers: Array) -> ColumnFacts:
    # The longest has the most digits, or as many and a sign.
    return facts_of([int(numbers.min()), int(numbers.max())] if numbers.size else [])


def _moment_facts(column: "pd.Series[Any]") -> ColumnFacts:
    """Return the facts of times: of those that are written in one form, the first and the last are looked at."""
    present = column.dropna()
    if not len(present):
        return ColumnFacts(missing=len(column))
    instants = present.astype("int64").to_numpy()
    ticks = instants if isinstance(column.dtype, np.dtype) else _local_ticks(present)
    unit = present.dt.unit
    second, microsecond = _TICKS_A_SECOND[unit], _TICKS_A_MICROSECOND.get(unit, 1)
    # A midnight may have nanoseconds; Python's time of the day has none.
    is_midnight = ticks // microsecond % (_SECONDS_A_DAY * second // microsecond) == 0
    digits = np.where(ticks % second == 0, 0, np.where(ticks % microsecond == 0, 1, 2))
    offsets = ticks - instants
    shown = {0 if is_midnight.all() else int(np.argmin(is_midnight))}
    for offset in np.unique(offsets):
        for digit in np.unique(digits):
            alike = np.flatnonzero((offsets == offset) & (digits == digit))
            if alike.size:
                shown |= {int(alike[ticks[alike].argmin()]), int(alike[ticks[alike].argmax()])}
    facts = facts_of(read_values(present.iloc[sorted(shown)]))
    return replace(facts, missing=len(column) - len(present))


def _local_ticks(column: "pd.Series[Any]") -> Array:
    # pandas lets no other thread run while it looks up what the clocks said.
    parts = [column.iloc[start : start + _TIMES_AT_ONCE] for start in range(0, len(column), _TIMES_AT_ONCE)]
    return np.concatenate([part.dt.tz_localize(None).astype("int64").to_numpy() for part in parts])


def _facts_by_parts(column: "pd.Series[Any]", stop: Stop) -> ColumnFacts | None:
    full = short = ColumnFacts()
    are_midnights = True
    start, rows = 0, _FEWEST_AT_ONCE
    while start < len(column):
        if stop():
            return None
        part = column.iloc[start : start + rows]
        values = _values_of(part)
        facts = facts_of(values)
        full = full.or_else(facts)
        if not any(issubclass(kind, datetime) for kind in facts.kinds):
            short = short.or_else(facts)
        elif are_midnights:
            dates = drop_midnights(values)
            are_midnights = dates is not values
            short = short.or_else(facts_of(dates))
        start += rows
        rows = min(max(_CHARACTERS_AT_ONCE // (facts.characters + 1), _FEWEST_AT_ONCE), _ROWS_AT_ONCE)
    return short if are_midnights else full


def _values_of(part: "pd.Series[Any]") -> list[object]:
    if not isinstance(part.dtype, pd.StringDtype):
        return read_values_with_midnights(part)
    # Quicker than to look at each text because some of them are missing.
    present = part.dropna()
    return [*read_values_with_midnights(present), *[MISSING] * (len(part) - len(present))]
