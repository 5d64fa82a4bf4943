"""
Progress bars, drawn in the running cell, the terminal or another place.

Long work that a form runs in its own thread has no cell: its output would appear in the cell that happens to be
running. The form provides a place instead.

Outputs of cells are updated in place and keep their last state. They are plain text and static HTML, without widgets,
ids or times, so that a saved notebook is readable without a kernel, and is the same after every run.
"""

import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from html import escape
from typing import Any, Protocol, Self, TextIO, TypeVar
from uuid import uuid4

from dingnb.clock import Clock, SystemClock, seconds
from dingnb.words import Text, count, say
from dingnb.words.visible import cut, visible, width

MIN_INTERVAL_S = 0.1
"""Minimum time between updates, in seconds."""

SHOWN_AFTER_S = 2.0
"""Time after which work that is usually short shows its progress, in seconds."""

_ROWS_PER_UPDATE = 1_000

_BAR_SIZES = (20, 10, 5)
"""Widths of a bar: the first that leaves room for the text; a shortened bar stays short."""

_FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#222)"
_TRACK = "max-width:30em;height:4px;border-radius:2px;overflow:hidden;background:var(--jp-border-color2,#ddd)"
_FILL = "height:100%;border-radius:2px;background:var(--jp-brand-color1,#1976d2)"
_FINAL_FILL = f"{_FILL};opacity:.45"

Item = TypeVar("Item")


class Place(Protocol):
    """
    A place where a bar is drawn, by the thread that waits for the work; drawing has to be fast.

    An exception raised by it interrupts the work; this is how users end it.
    """

    @property
    def is_live(self) -> bool:
        """Whether the display can be updated; otherwise only the end is shown."""

    def draw(self, text: str, share: float | None) -> None:
        """Replace the display with a text and a bar from 0 to 1; None shows no bar."""

    def leave(self, text: str, share: float | None) -> None:
        """Replace the display with a final text and bar; later displays appear below it."""


_current_place: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def drawing_in(place: Place) -> Iterator[None]:
    """
    Draw each `ProgressBar` created inside the context in `place` instead of a cell or terminal.

    The context applies to one thread; other threads need a context of their own.

    Args:
        place: The place. With a virtual clock only the ends are drawn, as elsewhere.
    """
    before = _current_place.set(place)
    try:
        yield
    finally:
        _current_place.reset(before)


def current_place() -> Place | None:
    """Return the place of the current `drawing_in`; None outside of it."""
    return _current_place.get()


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
        place = None if stream else current_place() or _cell_output()
        self._place = place or _TerminalLine(stream or sys.stdout)
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
            self._next_ns = now_ns + seconds(MIN_INTERVAL_S)
            self._place.draw(text, share)

    def end(self, text: Text | str, share: float | None = None) -> None:
        """Show the final state, always; later displays appear below it."""
        with self._lock:
            self._shown = None
            self._place.leave(str(text), share)


class RowProgress:
    """
    A context manager that shows the number of processed rows of a large table if processing takes long.

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
            if number % _ROWS_PER_UPDATE == 0:
                self.show(number)

    @property
    def _shown(self) -> tuple[str, float | None]:
        rows = count("row", self._done)
        if self._total is None:
            return say(self._key, file=self._file, rows=rows), None
        of = say("progress.of_rows", n=f"{self._done:,}", rows=count("row", self._total))
        return say(self._key, file=self._file, rows=of), self._done / max(self._total, 1)


def is_notebook() -> bool:
    """Return whether this process runs the cells of a notebook, so that live output is possible."""
    return _notebook_shell() is not None


class _CellOutput:
    """
    One output of a cell.

    Args:
        publisher: The kernel's display publisher.

    Attributes:
        is_live: Whether the output can be updated, which it cannot inside ``%%capture``.
    """

    def __init__(self, publisher: Any) -> None:  # noqa: ANN401 - its class depends on the kernel
        self._publisher = publisher
        self._display_id = ""
        self.is_live = not hasattr(publisher, "outputs")

    def draw(self, text: str, share: float | None) -> None:
        """Replace the output with a text and its bar."""
        display_id = self._display_id or uuid4().hex
        html = _html(text, share, _FILL)
        if self._publish(text, html, transient={"display_id": display_id}, update=bool(self._display_id)):
            self._display_id = display_id

    def leave(self, text: str, share: float | None) -> None:
        """Replace the output with a text and its bar for the last time."""
        transient = {"display_id": self._display_id} if self._display_id else {}
        self._publish(text, _html(text, share, _FINAL_FILL), transient=transient, update=bool(self._display_id))
        self._display_id = ""

    def _publish(self, text: str, html: str, **how: object) -> bool:
        """Return whether it was shown; a display error must not interrupt the work."""
        with suppress(OSError, RuntimeError, ValueError, *_kernel_errors()):
            data = {"text/plain": visible(text), "text/html": html}
            self._publisher.publish(data=data, metadata={}, **how)
            return True
        return False


def _cell_output() -> _CellOutput | None:
    """Return an output of the running cell; None outside of a notebook."""
    shell = _notebook_shell()
    return None if shell is None else _CellOutput(shell.display_pub)


def _notebook_shell() -> Any:  # noqa: ANN401 - IPython's own
    # Code cannot be running in IPython if it was not imported.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return None if getattr(shell, "kernel", None) is None else shell


def _kernel_errors() -> tuple[type[Exception], ...]:
    zmq = sys.modules.get("zmq")
    return (zmq.ZMQError,) if zmq else ()


def _html(text: str, share: float | None, fill: str) -> str:
    return (
        f'<div style="{_FONT};max-width:60em;margin:4px 0">'
        + ("" if share is None else _bar(share, fill))
        + '<div role="status" aria-live="polite" style="font-variant-numeric:tabular-nums">'
        + f"{escape(visible(text))}</div></div>"
    )


def _bar(share: float, fill: str) -> str:
    percent = int(100 * share)
    return (
        f'<div role="progressbar" aria-label="{escape(say("progress.label"))}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" style="{_TRACK};margin-bottom:4px">'
        f'<div style="width:{percent}%;{fill}"></div></div>'
    )


class _TerminalLine:
    """
    A line of text after a bar.

    The bar consists of characters that are available and one column wide in all terminals.

    Args:
        stream: The stream; None, as in programs without a console, writes nothing.

    Attributes:
        is_live: Whether the line can be overwritten.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_live = _is_terminal(stream)
        self._width = 0
        self._bar_size = _BAR_SIZES[0]

    def draw(self, text: str, share: float | None) -> None:
        """Replace the line with a text."""
        shown = self._letters(text)
        size = self._size_beside(shown, share)
        self._bar_size = size or self._bar_size
        self._write(_with_bar(shown, share, size) or cut(shown, _room()))

    def leave(self, text: str, share: float | None) -> None:
        """Replace the line with the complete text, and start a new line."""
        shown = self._letters(text)
        size = self._size_beside(shown, share) if self.is_live else 0
        self._write(_with_bar(shown, share, size) or shown, end="\n")
        self._width = 0
        self._bar_size = _BAR_SIZES[0]

    def _size_beside(self, text: str, share: float | None) -> int:
        """Return the size of the longest bar that fits; 0 if none fits, or if there is no share."""
        room = _room() - width(text) - len("[] ")
        return next((size for size in _BAR_SIZES if size <= min(room, self._bar_size) and share is not None), 0)

    def _letters(self, text: str) -> str:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return visible(text).encode(encoding, "replace").decode(encoding)

    def _write(self, line: str, end: str = "") -> None:
        if self._stream is None:
            return
        # A single write without erasing first, so that nothing flickers.
        start, rest = ("\r", " " * (self._width - width(line))) if self._width else ("", "")
        # A closed stream must not interrupt the work.
        with suppress(OSError, ValueError):
            self._stream.write(f"{start}{line}{rest}{end}")
            self._stream.flush()
        self._width = width(line)


def _is_terminal(stream: TextIO | None) -> bool:
    # A closed stream raises.
    with suppress(OSError, ValueError):
        return stream is not None and stream.isatty()
    return False


def _room() -> int:
    # Writing in the last column moves the cursor to the next line in some terminals.
    return shutil.get_terminal_size().columns - 1


def _with_bar(text: str, share: float | None, size: int) -> str:
    """Return the text after a bar of a size; without a bar if the size is 0."""
    full = int(size * (share or 0))
    return f"[{'#' * full}{'.' * (size - full)}] {text}" if size else ""
