"""Rows that were found, as far as they are shown: one page of them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from dingnb.bulk.numbering import Numbers


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
