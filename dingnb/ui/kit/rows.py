"""Rows that were found, as far as they are shown: one page of them."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import ipywidgets as widgets
import numpy as np

from dingnb.tables.factorize import Numbers
from dingnb.tables.row_labels import position_of
from dingnb.ui.kit.form import put


@dataclass(frozen=True, slots=True)
class FoundRows:
    """
    Which rows are shown.

    Attributes:
        total: How many rows there are.
        query: Only those that hold this text; empty is all.
        positions: The positions of these rows; None is all.
        page: Which page of them is shown, from 0.
    """

    rows_a_page: ClassVar[int]

    total: int = 0
    query: str = ""
    positions: "Numbers | None" = None
    page: int = 0

    @property
    def found(self) -> int:
        """How many rows are to be shown, on all pages."""
        return self.total if self.positions is None else len(self.positions)

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(-(-self.found // self.rows_a_page), 1)

    @property
    def first(self) -> int:
        """The first of the rows on the page, by its number among those to be shown, from 0."""
        return self.page * self.rows_a_page

    @property
    def on_page(self) -> list[int]:
        """The positions of the rows on the page."""
        return [self.position(at) for at in range(self.first, min(self.first + self.rows_a_page, self.found))]

    def position(self, at: int) -> int:
        """Return the position of one of the rows to be shown, by its number among them, from 0."""
        return at if self.positions is None else int(self.positions[at])

    def turned_to(self, page: int) -> Self:
        """Return the same with another page, or with the one that is nearest to it."""
        return replace(self, page=min(max(page, 0), self.pages - 1))


class RowField(widgets.BoundedIntText):  # type: ignore[misc]  # ipywidgets has no types
    """A field with the number of a row. Between two lines of a file there may be none: the next row is meant then."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the widget's own
        super().__init__(0, 0, 0, **options)
        self._numbers: Numbers = np.arange(1)

    def put_row(self, numbers: Numbers, position: int) -> None:
        """Show the number of the row at a position; `numbers` are those of all rows."""
        if not len(numbers):
            return
        self._numbers = numbers
        first, last, shown = (int(numbers[at]) for at in (0, -1, position))
        # At one go: in between, the number of before would be moved to where it is within bounds.
        with self.hold_trait_notifications():
            put(self, min=first, max=last, value=shown)

    def chosen(self) -> int:
        """Return the position of the row whose number stands in the field, and put the number right."""
        position = position_of(self._numbers, self.value)
        put(self, value=int(self._numbers[position]))
        return position
