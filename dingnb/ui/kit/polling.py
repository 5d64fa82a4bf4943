"""Polls for changes made elsewhere while a form is displayed."""

import threading
from collections.abc import Callable

import ipywidgets as widgets

from dingnb.calls.background import Background
from dingnb.clock import Clock, seconds

POLL_INTERVAL_NS = seconds(1)
"""Default polling interval."""


class ViewPoller:
    """
    Calls a function periodically, in a thread, while a widget is displayed.

    Args:
        clock: The source of time.
        box: The widget, not displayed yet. A browser that disappeared without closing its view still counts.
        poll: The function to call; it must be quick and must not raise.
        every_ns: The interval in nanoseconds.
    """

    def __init__(
        self, clock: Clock, box: widgets.Box, poll: Callable[[], None], every_ns: int = POLL_INTERVAL_NS
    ) -> None:
        self._clock = clock
        self._box = box
        self._poll = poll
        self._every_ns = every_ns
        self._lock = threading.Lock()
        self._over: threading.Event | None = None
        # Without a number here, ipywidgets does not count views.
        box._view_count = 0  # noqa: SLF001 - ipywidgets has no other way to observe that something is displayed
        box.observe(self._update, ["_view_count", "comm"])

    def _update(self, _change: object) -> None:
        # A closed widget has no comm, and its views are not counted down.
        is_shown = self._box.comm is not None and bool(self._box._view_count)  # noqa: SLF001 - as above
        with self._lock:
            if is_shown and self._over is None:
                over = self._over = self._clock.event()
                Background(self._clock, lambda: self._run(over), interrupt=over.set)
            elif not is_shown and self._over is not None:
                self._over.set()
                self._over = None

    def _run(self, over: threading.Event) -> None:
        while not self._clock.wait(over, self._every_ns):
            self._poll()
