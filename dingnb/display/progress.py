"""The bar that tells how far a long work has come."""

import sys
import threading
from typing import TextIO

from dingnb.clock import Clock, seconds
from dingnb.display.cell_output import cell_output
from dingnb.display.place import place_here
from dingnb.display.terminal_line import TerminalLine

LEAST_BETWEEN_S = 0.1
"""What is shown changes at most ten times a second."""


class ProgressBar:
    """
    A bar and one line of text, which take the place of what stood there.

    In a notebook they are one output of the cell, and a saved notebook keeps the last of them; in a terminal they are
    one line. To a stream that cannot overwrite, only the last text is written. Within `drawing_in` they are drawn in
    the place that is given.

    Args:
        clock: The source of time. Where it is not the computer's own nothing but the end is shown: nobody could look
            on, and a notebook keeps the same as from a run in real time.
        stream: Where to write; by default the place of `drawing_in`, the notebook's cell, or the standard output.
    """

    def __init__(self, clock: Clock, stream: TextIO | None = None) -> None:
        self._clock = clock
        place = None if stream else place_here() or cell_output()
        self._place = place or TerminalLine(stream or sys.stdout)
        self._is_live = clock.is_real and self._place.is_live
        self._lock = threading.Lock()
        self._shown: tuple[str, float | None] | None = None
        self._next_ns = 0

    def show(self, text: str, share: float | None = None) -> None:
        """
        Show how far the work has come; what comes too soon after the last is left out.

        Args:
            text: One line.
            share: How much is done, from 0 to 1; None shows the text without a bar.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            if not self._is_live or now_ns < self._next_ns or (text, share) == self._shown:
                return
            self._shown = (text, share)
            self._next_ns = now_ns + seconds(LEAST_BETWEEN_S)
            self._place.draw(text, share)

    def end(self, text: str, share: float | None = None) -> None:
        """Show what the work came to, always, and leave it there; what is shown then stands below."""
        with self._lock:
            self._shown = None
            self._place.leave(text, share)
