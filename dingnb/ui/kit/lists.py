"""Lists of widgets with pages: one group of widgets for each entry, and buttons to turn pages."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import NO_TOOLTIP, button, row, set_available, show_if, update
from dingnb.words import NOTHING, Text, dotted, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

Key = TypeVar("Key")
Entry = TypeVar("Entry", bound="Closable")


class Closable(Protocol):
    """Widgets that can be closed."""

    def close(self) -> object:
        """Close the widgets."""


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

    def render(self, page: int, pages: int, earlier: str, later: str) -> None:
        """
        Show the page.

        Args:
            page: The number of the page, from 0.
            pages: The number of pages.
            earlier: The label of the button for the previous page.
            later: The label of the button for the next page.
        """
        self._page = page
        show_if(pages > 1, self.box)
        update(self.earlier, description=earlier)
        update(self.later, description=later)
        set_available(self.earlier, page > 0, say("form.none_earlier"))
        set_available(self.later, page < pages - 1, say("form.none_later"))
        update(self.number, max=pages, description=say("form.page"))
        update(self.number, value=page + 1)
        update(self.total, value=parts.quiet(say("form.pages", pages=pages)))


def update_entries(entries: dict[Key, Entry], keys: Iterable[Key], create: Callable[[Key], Entry]) -> None:
    """
    Create the missing entries of a list, and close entries that are no longer shown.

    An entry is never reused for another key, so that a late press cannot act on the wrong entry.

    Args:
        entries: The entries by key; the dictionary is changed.
        keys: The keys of the entries to show.
        create: Creates the widgets of an entry.
    """
    shown = dict.fromkeys(keys)
    for key in [key for key in entries if key not in shown]:
        entries.pop(key).close()
    for key in shown:
        if key not in entries:
            entries[key] = create(key)


def set_children(box: widgets.Box, children: list[widgets.Widget]) -> None:
    """Show widgets in a box; nothing is sent to the browser if the box shows the same widgets already."""
    if list(box.children) != children:
        box.children = children
