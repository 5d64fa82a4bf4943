"""Lists with pages: the rows found and shown, buttons to turn pages, and one group of widgets for each entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import ipywidgets as widgets
import numpy as np

from dingnb.tables.factorize import IntArray
from dingnb.tables.row_labels import position_of
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import NO_TOOLTIP, button, close_all, row, set_available, show_if, update
from dingnb.words import NOTHING, Text, dotted, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

Key = TypeVar("Key")
Entry = TypeVar("Entry")


def page_count(entries: int, per_page: int) -> int:
    """Return the number of pages of a number of entries; at least one."""
    return max(-(-entries // per_page), 1)


def nearest_page(page: int, pages: int) -> int:
    """Return the page, or the nearest page that exists, from 0."""
    return min(max(page, 0), pages - 1)


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
        return page_count(self.found, self.rows_per_page)

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
        return replace(self, page=nearest_page(page, self.pages))


def range_of_page(start: int, on_page: int, total: int) -> str:
    """
    Return which rows a page shows, as text.

    >>> range_of_page(0, 15, 40), range_of_page(15, 1, 16), range_of_page(0, 1, 1)
    ('1–15 of 40', '16 of 16', '1 in total')
    """
    key = "form.shown_all" if on_page == total else "form.shown" if on_page > 1 else "form.shown_one"
    return say(key, first=start + 1, last=start + on_page, total=total)


class Pager:
    """
    Buttons to turn pages.

    Args:
        form: The form that contains them.
        turn: Called with 1 for the next page, -1 for the previous one.
    """

    def __init__(self, form: "Form", turn: Callable[[int], object]) -> None:
        self.earlier, self.later, self.position = button(), button(), widgets.HTML()
        self.box = row([self.earlier, self.later, self.position])
        form.on_click(self.earlier, lambda: turn(-1))
        form.on_click(self.later, lambda: turn(1))

    def render(self, page: int, pages: int, total: Text = NOTHING) -> None:
        """
        Show the page.

        Args:
            page: The number of the page, from 0.
            pages: The number of pages.
            total: The total number of entries; may be empty.
        """
        show_if(pages > 1, self.box)
        update(self.earlier, description=say("form.previous_page"))
        update(self.later, description=say("form.next_page"))
        set_available(self.earlier, page > 0, say("form.none_earlier"))
        set_available(self.later, page < pages - 1, say("form.none_later"))
        position = Text("form.page_of", page=page + 1, pages=pages)
        update(self.position, value=parts.quiet(dotted([position, total])))


class NumberedPager:
    """
    Buttons to turn pages, and a field for the number of a page.

    Args:
        form: The form that contains them.
        turn_to: Called with the number of a page, from 0.
    """

    def __init__(self, form: "Form", turn_to: Callable[[int], object]) -> None:
        self._page = 0
        self.earlier, self.later = button(), button()
        self.number, self.total = widgets.BoundedIntText(1, 1, 1, tooltip=NO_TOOLTIP), widgets.HTML()
        self.number.add_class("dn-number")
        self.box = row([self.earlier, self.later, self.number, self.total], "dn-pager")
        form.on_click(self.earlier, lambda: turn_to(self._page - 1))
        form.on_click(self.later, lambda: turn_to(self._page + 1))
        form.on_change(self.number, lambda number: turn_to(number - 1))

    def render(self, page: int, pages: int, earlier: str, later: str, total: Text = NOTHING) -> None:
        """
        Show the page.

        Args:
            page: The number of the page, from 0.
            pages: The number of pages.
            earlier: The label of the button for the previous page.
            later: The label of the button for the next page.
            total: The total number of entries; may be empty.
        """
        self._page = page
        show_if(pages > 1, self.box)
        update(self.earlier, description=earlier)
        update(self.later, description=later)
        set_available(self.earlier, page > 0, say("form.none_earlier"))
        set_available(self.later, page < pages - 1, say("form.none_later"))
        update(self.number, max=pages, description=say("form.page"))
        update(self.number, value=page + 1)
        update(self.total, value=parts.quiet(dotted([Text("form.pages", pages=pages), total])))


def update_entries(entries: dict[Key, Entry], keys: Iterable[Key], create: Callable[[Key], Entry]) -> None:
    """
    Create the missing entries of a list, and close entries that are no longer shown.

    An entry is never reused for another key, so that a late press cannot act on the wrong entry.

    Args:
        entries: The entries by key, each a widget, or an object with all its widgets in its `box`; the dictionary is
            changed.
        keys: The keys of the entries to show.
        create: Creates the widgets of an entry.
    """
    shown = dict.fromkeys(keys)
    for key in [key for key in entries if key not in shown]:
        entry = entries.pop(key)
        close_all(getattr(entry, "box", entry))
    for key in shown:
        if key not in entries:
            entries[key] = create(key)


def set_children(box: widgets.Box, children: list[widgets.Widget]) -> None:
    """Show widgets in a box; nothing is sent to the browser if the box shows the same widgets already."""
    if list(box.children) != children:
        box.children = children


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
