"""Finds changes that the analyst made in their DataFrame after a plan was made from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.display import rows_text
from dingnb.errors import ColumnError
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import cells_of, is_missing
from dingnb.words import NOTHING, Text, count, listed_briefly


@dataclass(frozen=True, eq=False, slots=True)
class PlanInput:
    """
    The analyst's DataFrame from which a plan was made.

    Attributes:
        frame: The DataFrame itself, which they may change in place.
        columns: The labels of the columns that the plan uses: of addresses, the message and the key.
    """

    frame: pd.DataFrame
    columns: tuple[object, ...]

    def describe_changes(self, plan: Batches) -> Text:
        """
        Return what has changed since in the columns that the plan uses, or in the number of rows; empty if nothing has.

        Other row orders and other labels are no changes, and neither are columns that are gone.

        Args:
            plan: The plan, which has the rows as they were.
        """
        before, now = plan.frame, self.frame
        if len(now) != len(before):
            return Text("plan.rows_changed", before=count("row", len(before)), now=count("row", len(now)))
        if now.index.is_unique and not now.index.equals(before.index) and now.index.isin(before.index).all():
            now = now.reindex(before.index)
        changed_rows, changed_columns = set[int](), list[str]()
        for label in dict.fromkeys(self.columns):
            try:
                current = column_of(now, label)
            except ColumnError:
                continue
            rows = set(_changed_rows(column_of(before, label), current))
            changed_rows |= rows
            if rows:
                changed_columns.append(str(label))
        if not changed_rows:
            return NOTHING
        return Text(
            "plan.values_changed",
            rows=rows_text(plan, sorted(changed_rows)),
            columns=listed_briefly(changed_columns, "column"),
        )


def _changed_rows(before: "pd.Series[Any]", now: "pd.Series[Any]") -> Iterator[int]:
    """Yield the positions of the cells that differ."""
    if now.equals(before):
        return
    for position, (old, new) in enumerate(zip(cells_of(before), cells_of(now), strict=True)):
        if _differ(old, new):
            yield position


def _differ(old: object, new: object) -> bool:
    if old is new:
        return False
    if is_missing(old) or is_missing(new):
        return is_missing(old) != is_missing(new)
    try:
        return bool(old != new)
    except (TypeError, ValueError):
        # Arrays of several elements; that the column differs is known.
        return True
