"""
Where progress bars are drawn, where that is neither the cell that runs nor the terminal.

Long work that a form runs in a thread of its own has no cell: what it showed would land in whichever cell runs just
then. The form gives it a place instead.
"""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, Self, TextIO, TypeVar

from dingnb.clock import Clock, SystemClock, seconds
from dingnb.display.cell_output import cell_output
from dingnb.display.terminal import TerminalLine
from dingnb.words import Text, count, say


class Place(Protocol):
    """
    Where a bar is drawn. It is drawn from the thread that waits for the work, and has to be quick.

    What it raises breaks off what the bar tells of: that is how somebody who looks on ends it.
    """

    @property
    def is_live(self) -> bool:
        """Whether the display can be updated; else only the end is shown."""

    def draw(self, text: str, share: float | None) -> None:
        """Show a text and its bar, from 0 to 1, in place of what stood there; None is no bar."""

    def leave(self, text: str, share: float | None) -> None:
        """Show a text and its bar in place of what stood there, for good; what comes then stands below."""


_here: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def drawing_in(place: Place) -> Iterator[None]:
    """
    Draw every `ProgressBar` that is made within this context in a place, instead of in a cell or a terminal.

    The context is that of one thread: work that is handed to another one needs a context of its own there.

    Args:
        place: Where to draw. Where the time is not the computer's own nothing but ends are drawn, as elsewhere.
    """
    before = _here.set(place)
    try:
        yield
    finally:
        _here.reset(before)


def place_here() -> Place | None:
    """Return the place of `drawing_in`; None outside of it."""
    return _here.get()


LEAST_BETWEEN_S = 0.1
"""Minimum time between updates, in seconds."""

SHOWN_AFTER_S = 2.0
"""Time before usually short work shows its progress, in seconds."""

_ROWS_BETWEEN = 1_000

Item = TypeVar("Item")


class ProgressBar:
    """
    A progress bar with one line of text, updated in place.

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

    def show(self, text: Text | str, share: float | None = None) -> None:
        """
        Show the progress; updates too soon after the last one are skipped.

        Args:
            text: One line.
            share: How much is done, from 0 to 1; None shows the text without a bar.
        """
        text = str(text)
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            if not self._is_live or now_ns < self._next_ns or (text, share) == self._shown:
                return
            self._shown = (text, share)
            self._next_ns = now_ns + seconds(LEAST_BETWEEN_S)
            self._place.draw(text, share)

    def end(self, text: Text | str, share: float | None = None) -> None:
        """Show what the work came to, always, and leave it there; what is shown then stands below."""
        with self._lock:
            self._shown = None
            self._place.leave(str(text), share)


class RowProgress:
    """
    How many rows of a large table are done, as a context; it is shown only where that takes long.

    Args:
        key: The key of the words that say what is done; they use ``{rows}``.
        total: How many rows there are; None where that is not known.
        clock: The source of time, as for `ProgressBar`.
        file: The name of the file, for the words.
    """

    def __init__(self, key: str, total: int | None = None, *, clock: Clock | None = None, file: str = "") -> None:
        self._key = key
        self._total = total
        self._file = file
        self._clock = clock or SystemClock()
        self._from_ns = self._clock.monotonic_ns() + seconds(SHOWN_AFTER_S)
        self._bar: ProgressBar | None = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.end(*self._shown)

    def show(self, done: int) -> None:
        """Record the number of rows done, and show it when due."""
        self._done = done
        if self._bar is None and self._clock.is_real and self._clock.monotonic_ns() >= self._from_ns:
            self._bar = ProgressBar(self._clock)
        if self._bar is not None:
            self._bar.show(*self._shown)

    def over(self, rows: Iterable[Item]) -> Iterator[Item]:
        """Yield rows, and show how many were taken."""
        for number, row in enumerate(rows, 1):
            yield row
            if number % _ROWS_BETWEEN == 0:
                self.show(number)

    @property
    def _shown(self) -> tuple[str, float | None]:
        rows = count("row", self._done)
        if self._total is None:
            return say(self._key, file=self._file, rows=rows), None
        of = say("progress.of_rows", n=f"{self._done:,}", rows=count("row", self._total))
        return say(self._key, file=self._file, rows=of), self._done / max(self._total, 1)
