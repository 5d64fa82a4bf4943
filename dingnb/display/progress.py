"""
Progress bars, drawn in the running cell, the terminal or another place.

Long work that a form runs in its own thread has no cell: its output would appear in the cell that happens to be
running. The form provides a place instead.
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
    A place where a bar is drawn, in the thread that waits for the work; it has to be fast.

    An exception in it interrupts the work, which is how the user ends it.
    """

    @property
    def is_live(self) -> bool:
        """Whether the display can be updated; otherwise only the end is shown."""

    def draw(self, text: str, share: float | None) -> None:
        """Replace the display by a text and a bar from 0 to 1; None shows no bar."""

    def leave(self, text: str, share: float | None) -> None:
        """Replace the display by a final text and bar; later displays are below it."""


_here: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def drawing_in(place: Place) -> Iterator[None]:
    """
    Draw each `ProgressBar` created inside the context in a place instead of a cell or terminal.

    The context applies to one thread; other threads need a context of their own.

    Args:
        place: The place. With a virtual clock only the ends are drawn, as elsewhere.
    """
    before = _here.set(place)
    try:
        yield
    finally:
        _here.reset(before)


def place_here() -> Place | None:
    """Return the place of the current `drawing_in`; None outside of it."""
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

    In a notebook it is one output of the cell, of which a saved notebook keeps the last state; in a terminal it is one
    line. If the stream cannot overwrite, only the last text is written. Inside `drawing_in` it is drawn in the given
    place.

    Args:
        clock: The source of time. With a virtual clock only the end is shown, and a notebook keeps the same output as
            after a run in real time.
        stream: The stream; by default the place of `drawing_in`, the notebook's cell, or the standard output.
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
            share: The share of finished work, from 0 to 1; None shows the text without a bar.
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
        """Show the final state, always; later displays are below it."""
        with self._lock:
            self._shown = None
            self._place.leave(str(text), share)


class RowProgress:
    """
    A context that shows the number of processed rows of a large table if that takes long.

    Args:
        key: The text key of the progress; the text uses ``{rows}``.
        total: The total number of rows; None if unknown.
        clock: The source of time, as for `ProgressBar`.
        file: The name of the file, for the text.
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
        """Record the number of processed rows, and show it when due."""
        self._done = done
        if self._bar is None and self._clock.is_real and self._clock.monotonic_ns() >= self._from_ns:
            self._bar = ProgressBar(self._clock)
        if self._bar is not None:
            self._bar.show(*self._shown)

    def over(self, rows: Iterable[Item]) -> Iterator[Item]:
        """Yield rows, showing how many were processed."""
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
