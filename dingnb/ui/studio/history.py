"""The history of the browser in the app: Back and Forward open the pages of the app that were shown before."""

import threading
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.kit.form import stack, update

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form


class BrowserHistory:
    """
    Two hidden widgets: one names the page that is shown, in the other the script of the app requests another.

    The script is in `ui/app_page/share/voila/templates/dingnb`.

    Args:
        form: The form that contains them.
        page: Returns the name of the page that is shown; empty while there is none.
        open_page: Opens a page by its name, or the nearest one there is.
    """

    def __init__(self, form: "Form", page: Callable[[], str], open_page: Callable[[str], None]) -> None:
        self._page, self._open_page = page, open_page
        self._answered = "0"
        self._lock = threading.Lock()
        self.shown, self.request = widgets.HTML(), widgets.Text()
        self.box = stack([self.shown, self.request], "dn-history")
        form.on_change(self.request, self._open)

    def render(self) -> None:
        """Name the page that is shown."""
        # One thread at a time, so that the last one names the newest page.
        with self._lock:
            # With the number of the request that it answers, whose page is in the history already.
            named = f'<i data-page="{escape(self._page())}" data-answers="{escape(self._answered)}"></i>'
            update(self.shown, value=named)

    def _open(self, request: str) -> None:
        number, _, page = request.partition(" ")
        try:
            self._open_page(page)
        finally:
            self._answered = number
            self.render()
