"""Rows that are searched and shown in pages, and the field for a row's number."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import ipywidgets as widgets
import numpy as np

from dingnb.tables.factorize import IntArray
from dingnb.tables.row_labels import position_of
from dingnb.ui.kit.form import NO_TOOLTIP, update


@dataclass(frozen=True, slots=True)
class FoundRows:
    """
    Rows that can be searched and are shown in pages.

    Attributes:
        rows_per_page: The maximum number of rows on a page.
        total: The number of rows.
        query: The text that the found rows contain; empty for any text.
        positions: The positions of the found rows; None for all rows.
        page: The current page, from 0.
    """

    rows_per_page: ClassVar[int]

    total: int = 0
    query: str = ""
    positions: "IntArray | None" = None
    page: int = 0

    @property
    def found(self) -> int:
        """The number of rows found."""
        return self.total if self.positions is None else len(self.positions)

    @property
    def pages(self) -> int:
        """The number of pages; at least one."""
        return max(-(-self.found // self.rows_per_page), 1)

    @property
    def first(self) -> int:
        """The number of the page's first row among the found rows, from 0."""
        return self.page * self.rows_per_page

    @property
    def page_positions(self) -> list[int]:
        """The positions of the rows on the page."""
        return [self.position(at) for at in range(self.first, min(self.first + self.rows_per_page, self.found))]

    def position(self, at: int) -> int:
        """Return the position of a found row, by its number among the found rows, from 0."""
        return at if self.positions is None else int(self.positions[at])

    def turned_to(self, page: int) -> Self:
        """Return a copy that shows another page, from 0, or the nearest page if there is no such page."""
        return replace(self, page=min(max(page, 0), self.pages - 1))


class RowField(widgets.BoundedIntText):  # type: ignore[misc]  # ipywidgets has no types
    """A field for a row's number; a number without a row, as of a skipped line, chooses the next row or the last."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the widget's own
        super().__init__(0, 0, 0, tooltip=NO_TOOLTIP, **options)
        self._numbers: IntArray = np.arange(1)

    def show_row_number(self, numbers: IntArray, position: int) -> None:
        """Show the number of the row at a position; `numbers` has the numbers of all rows, in ascending order."""
        if not len(numbers):
            return
        self._numbers = numbers
        first, last, shown = (int(numbers[at]) for at in (0, -1, position))
        # Set together, because the old number would first be moved into the new bounds.
        with self.hold_trait_notifications():
            update(self, min=first, max=last, value=shown)

    def chosen_position(self) -> int:
        """Return the position of the chosen row, and correct the number in the field."""
        position = position_of(self._numbers, self.value)
        update(self, value=int(self._numbers[position]))
        return position
