"""Looks now and then, while a form is shown, whether somebody else has changed what it shows."""

import threading
from collections.abc import Callable

import ipywidgets as widgets

from dingnb.calls.background import Background
from dingnb.clock import Clock, seconds

LOOK_EVERY_NS = seconds(1)
"""So often it looks, where it is not told otherwise."""


class Lookout:
    """
    Calls a function again and again, in a thread, as long as a widget is shown.

    Args:
        clock: The source of time.
        box: The widget, not displayed yet. Browsers that are gone without a word count as if they showed it.
        look: What to call; it has to be quick, and raises nothing.
        every_ns: How often.
    """

    def __init__(self, clock: Clock, box: widgets.Box, look: Callable[[], None], every_ns: int = LOOK_EVERY_NS) -> None:
        self._clock = clock
        self._box = box
        self._look = look
        self._every_ns = every_ns
        self._lock = threading.Lock()
        self._over: threading.Event | None = None
        # Views are counted from now on; without a number there, they are not.
        box._view_count = 0  # noqa: SLF001 - ipywidgets tells in no other way that something is displayed
        box.observe(self._see, ["_view_count", "comm"])

    def _see(self, _change: object) -> None:
        # A widget that is closed has no comm any more, and its views are not counted down.
        is_shown = self._box.comm is not None and bool(self._box._view_count)  # noqa: SLF001 - as above
        with self._lock:
            if is_shown and self._over is None:
                over = self._over = self._clock.event()
                Background(self._clock, lambda: self._look_on(over), interrupt=over.set)
            elif not is_shown and self._over is not None:
                self._over.set()
                self._over = None

    def _look_on(self, over: threading.Event) -> None:
        while not self._clock.wait(over, self._every_ns):
            self._look()
