"""Finds changes that the analyst made in their DataFrame after a plan was made from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any, cast

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.display import rows_text
from dingnb.errors import ColumnError
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import cells_of, is_missing, show
from dingnb.tables.factorize import IntArray, factorize_pairs, factorize_texts, factorize_values
from dingnb.words import NOTHING, Text, count, listed_briefly

_ALIKE_WHEN_EQUAL = frozenset({str, int, float, type(None)})
"""Types of cells that have the same text if they are equal, unlike ``True`` and times in several time zones."""


@dataclass(frozen=True, eq=False, slots=True)
class PlanInput:
    """
    The analyst's DataFrame from which a plan was made.

    Attributes:
        frame: The DataFrame itself, which the analyst may change in place.
        columns: The labels of the columns that the plan uses: of addresses, the message and the key.
    """

    frame: pd.DataFrame
    columns: tuple[object, ...]

    def describe_changes(self, batches: Batches) -> Text:
        """
        Return what has changed in the columns that the plan uses, or in the number of rows, since the plan was made.

        Empty if nothing has changed. Another order of rows, other labels and dtypes are not changes, and neither are
        removed columns.

        Args:
            batches: The batches of the plan, which has the rows as they were.
        """
        before, now = (frame.reset_index(drop=True) for frame in (batches.frame, self.frame))
        if len(now) != len(before):
            return Text("plan.rows_changed", before=count("row", len(before)), now=count("row", len(now)))
        columns = {label: columns for label in self.columns if (columns := _find_column(label, before, now))}
        differing = [label for label, (earlier, current) in columns.items() if not _is_unchanged(earlier, current)]
        if not differing:
            return NOTHING
        rows_before, rows_now = _find_differing_rows(*zip(*columns.values(), strict=True))
        gone = Counter(rows_before.values()) - Counter(rows_now.values())
        if not gone:
            return NOTHING
        cells = zip(zip(*rows_before.values(), strict=True), zip(*rows_now.values(), strict=True), strict=True)
        changed = [
            label
            for label, (earlier, current) in zip(columns, cells, strict=True)
            if Counter(earlier) != Counter(current)
        ]
        return Text(
            "plan.values_changed",
            rows=rows_text(batches, [position for position, row in rows_before.items() if row in gone]),
            # If no column has other values, values were exchanged between rows.
            columns=listed_briefly(list(map(str, changed or differing)), "column"),
        )


def _find_column(
    label: object, before: pd.DataFrame, now: pd.DataFrame
) -> "tuple[pd.Series[Any], pd.Series[Any]] | None":
    """Return a column as it was and as it is; None if the column was removed or is now duplicated."""
    try:
        return column_of(before, label), column_of(now, label)
    except ColumnError:
        return None


def _is_unchanged(before: "pd.Series[Any]", now: "pd.Series[Any]") -> bool:
    """Return whether a column clearly has the same cells; equal objects, such as ``1`` and ``True``, may differ."""
    if now.dtype == object:
        return all(map(is_, cells_of(before), cells_of(now)))
    return now.equals(before)


def _find_differing_rows(
    before: Sequence["pd.Series[Any]"], now: Sequence["pd.Series[Any]"]
) -> tuple[dict[int, tuple[str, ...]], dict[int, tuple[str, ...]]]:
    """Return the rows as they were and as they are, as texts by position, without rows that are in both."""
    codes = np.zeros(2 * len(before[0]), dtype=np.int64)
    for earlier, current in zip(before, now, strict=True):
        codes = factorize_pairs(codes, _codes_of_cells(earlier, current))
    # Comparing codes of the cells is faster than comparing their texts.
    codes_before, codes_now = np.split(codes, 2)
    n_codes = int(codes.max(initial=0)) + 1
    surplus = np.bincount(codes_before, minlength=n_codes) - np.bincount(codes_now, minlength=n_codes)
    return _texts_of_rows(before, surplus[codes_before]), _texts_of_rows(now, surplus[codes_now])


def _codes_of_cells(before: "pd.Series[Any]", now: "pd.Series[Any]") -> IntArray:
    """
    Return codes of the cells of a column as it was, followed by codes of the cells as they are.

    Cells share a code only if they have the same text.
    """
    dtype = before.dtype
    if isinstance(dtype, np.dtype | pd.DatetimeTZDtype) and dtype.kind in "biufmM" and now.dtype == dtype:
        both = pd.concat([pd.Series(before.array), pd.Series(now.array)])
        return pd.factorize(both, use_na_sentinel=False)[0]
    cells = [*cells_of(before), *cells_of(now)]
    if set(map(type, cells)) == {str}:
        return factorize_texts(cast("list[str]", cells)).codes
    return factorize_values([cell if type(cell) in _ALIKE_WHEN_EQUAL else _text_of(cell) for cell in cells]).codes


def _texts_of_rows(columns: Sequence["pd.Series[Any]"], is_unlike: IntArray) -> dict[int, tuple[str, ...]]:
    """Return the texts of some rows by position."""
    positions = np.flatnonzero(is_unlike)
    texts = (map(_text_of, cells_of(column.iloc[positions])) for column in columns)
    return dict(zip(positions.tolist(), zip(*texts, strict=True), strict=True))


def _text_of(cell: object) -> str:
    """Return a cell as text, which is the same whether a number is an int, a float or text."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return "" if is_missing(cell) else show(cell)
