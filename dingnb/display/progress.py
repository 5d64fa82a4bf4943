"""
Progress bars, shown in the running cell, in the terminal or by a form.

Long work that a form runs in its own thread has no cell: its output would appear in the cell that happens to be
running. The form provides a display instead.

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

from dingnb.clock import Clock, SystemClock, seconds_to_ns
from dingnb.display.sheet import FONT
from dingnb.display.shell import notebook_shell
from dingnb.words import Text, count, say
from dingnb.words.visible import truncate_to_width, visible, width

MIN_INTERVAL_S = 0.1
"""Minimum time between updates, in seconds."""

SHOW_AFTER_S = 2.0
"""The time in seconds after which usually short work shows its progress."""

_ROWS_PER_UPDATE = 1_000

_BAR_SIZES = (20, 10, 5)
"""Widths of a bar to try, widest first. Once shortened, a bar does not grow again."""

_TRACK = "max-width:30em;height:4px;border-radius:2px;overflow:hidden;background:var(--jp-border-color2,#ddd)"
_FILL = "height:100%;border-radius:2px;background:var(--jp-brand-color1,#1976d2)"
_FINAL_FILL = f"{_FILL};opacity:.45"

Item = TypeVar("Item")


class ProgressDisplay(Protocol):
    """
    A display for the progress of work.

    The methods are called in the thread that waits for the work, so they must be fast. An exception that a method
    raises stops the work; a form raises one to cancel.
    """

    @property
    def is_live(self) -> bool:
        """Whether the display can be updated; otherwise only the end is shown."""

    def show(self, text: str, fraction: float | None) -> None:
        """Replace what is shown with a text and a bar from 0 to 1; None shows no bar."""

    def end(self, text: str, fraction: float | None) -> None:
        """Replace what is shown with a final text and bar; later displays appear below it."""


_current_display: ContextVar[ProgressDisplay | None] = ContextVar("display", default=None)


@contextmanager
def progress_shown_by(display: ProgressDisplay) -> Iterator[None]:
    """
    Show each `ProgressBar` that is created inside the context on a display instead of in a cell or terminal.

    The context applies to one thread; each other thread needs its own context.

    Args:
        display: The display. With a virtual clock only the final state is shown.
    """
    token = _current_display.set(display)
    try:
        yield
    finally:
        _current_display.reset(token)


class ProgressBar:
    """
    A progress bar with one line of text, updated in place.

    In a notebook, the bar is one output of the cell, and a saved notebook keeps the last state; in a terminal, the bar
    is one line. If the stream cannot overwrite, only the last text is written. Inside `progress_shown_by`, the given
    display shows the bar.

    Args:
        clock: The source of time. With a virtual clock only the end is shown, and a notebook keeps the same output as
            after a run in real time.
        stream: Where to write. By default, the display given to `progress_shown_by`, else the notebook's cell, else the
            standard output.
    """

    def __init__(self, clock: Clock, stream: TextIO | None = None) -> None:
        self._clock = clock
        display = None if stream else _current_display.get() or _cell_output()
        self._display = display or _TerminalLine(stream or sys.stdout)
        self._is_live = clock.is_real and self._display.is_live
        self._lock = threading.Lock()
        self._last_shown: tuple[str, float | None] | None = None
        self._next_ns = 0

    def show(self, text: Text | str, fraction: float | None = None) -> None:
        """
        Show the progress; an update is skipped if it comes too soon after the last update, or would change nothing.

        Args:
            text: One line.
            fraction: The fraction of the work that is done, from 0 to 1; None shows the text without a bar.
        """
        text = str(text)
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            if not self._is_live or now_ns < self._next_ns or (text, fraction) == self._last_shown:
                return
            self._last_shown = (text, fraction)
            self._next_ns = now_ns + seconds_to_ns(MIN_INTERVAL_S)
            self._display.show(text, fraction)

    def end(self, text: Text | str, fraction: float | None = None) -> None:
        """Show the final state, always; later displays appear below it."""
        with self._lock:
            self._last_shown = None
            self._display.end(str(text), fraction)


class RowProgress:
    """
    Shows how many rows of a large table were processed, if that takes long.

    Args:
        key: The text key of the progress; its text has the fields ``{rows}`` and ``{file}``.
        total: The total number of rows; None if unknown.
        clock: The source of time; None is the system clock. With a virtual clock, nothing is shown.
        file: The name of the file, for the text.
    """

    def __init__(self, key: str, total: int | None = None, *, clock: Clock | None = None, file: str = "") -> None:
        self._key = key
        self._total = total
        self._file = file
        self._clock = clock or SystemClock()
        self._show_after_ns = self._clock.monotonic_ns() + seconds_to_ns(SHOW_AFTER_S)
        self._bar: ProgressBar | None = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.end(*self._state())

    def show(self, done: int) -> None:
        """Record the number of processed rows, and show the progress when due."""
        self._done = done
        if self._bar is None and self._clock.is_real and self._clock.monotonic_ns() >= self._show_after_ns:
            self._bar = ProgressBar(self._clock)
        if self._bar is not None:
            self._bar.show(*self._state())

    def track(self, rows: Iterable[Item]) -> Iterator[Item]:
        """Yield rows, and show how many were processed."""
        for number, row in enumerate(rows, 1):
            yield row
            self._done = number
            if number % _ROWS_PER_UPDATE == 0:
                self.show(number)

    def _state(self) -> tuple[str, float | None]:
        """Return the text and the fraction that is done."""
        rows = count("row", self._done)
        if self._total is None:
            return say(self._key, file=self._file, rows=rows), None
        rows_of_total = say("progress.of_rows", n=f"{self._done:,}", rows=count("row", self._total))
        return say(self._key, file=self._file, rows=rows_of_total), self._done / max(self._total, 1)


class _CellOutput:
    """One output of a cell, which cannot be updated inside ``%%capture``."""

    def __init__(self, publisher: Any) -> None:  # noqa: ANN401 - its class depends on the kernel
        self._publisher = publisher
        self._display_id = ""
        self.is_live = not hasattr(publisher, "outputs")

    def show(self, text: str, fraction: float | None) -> None:
        """Replace the output with a text and its bar."""
        display_id = self._display_id or uuid4().hex
        html = _html(text, fraction, _FILL)
        if self._publish(text, html, transient={"display_id": display_id}, update=bool(self._display_id)):
            self._display_id = display_id

    def end(self, text: str, fraction: float | None) -> None:
        """Replace the output with a text and its bar for the last time."""
        transient = {"display_id": self._display_id} if self._display_id else {}
        self._publish(text, _html(text, fraction, _FINAL_FILL), transient=transient, update=bool(self._display_id))
        self._display_id = ""

    def _publish(self, text: str, html: str, **options: object) -> bool:
        """Publish the output; return False if that failed. Display errors must not stop the work."""
        with suppress(OSError, RuntimeError, ValueError, *_kernel_errors()):
            data = {"text/plain": visible(text), "text/html": html}
            self._publisher.publish(data=data, metadata={}, **options)
            return True
        return False


def _cell_output() -> _CellOutput | None:
    """Return an output of the running cell; None outside of a notebook."""
    shell = notebook_shell()
    return None if shell is None else _CellOutput(shell.display_pub)


def _kernel_errors() -> tuple[type[Exception], ...]:
    zmq = sys.modules.get("zmq")
    return (zmq.ZMQError,) if zmq else ()


def _html(text: str, fraction: float | None, fill: str) -> str:
    return (
        f'<div style="{FONT};max-width:60em;margin:4px 0">'
        + ("" if fraction is None else _html_bar(fraction, fill))
        + '<div role="status" aria-live="polite" style="font-variant-numeric:tabular-nums">'
        + f"{escape(visible(text))}</div></div>"
    )


def _html_bar(fraction: float, fill: str) -> str:
    percent = int(100 * fraction)
    return (
        f'<div role="progressbar" aria-label="{escape(say("progress.label"))}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" style="{_TRACK};margin-bottom:4px">'
        f'<div style="width:{percent}%;{fill}"></div></div>'
    )


class _TerminalLine:
    """
    A line of text after a bar, whose characters are available and one column wide in all terminals.

    Without a stream, as in programs without a console, nothing is written.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_live = _is_terminal(stream)
        self._width = 0
        self._bar_size = _BAR_SIZES[0]

    def show(self, text: str, fraction: float | None) -> None:
        """Replace the line with a text."""
        shown = self._to_encodable(text)
        size = self._find_bar_size(shown, fraction)
        self._bar_size = size or self._bar_size
        self._write(_text_bar(shown, fraction, size) if size else truncate_to_width(shown, _columns_available()))

    def end(self, text: str, fraction: float | None) -> None:
        """Replace the line with the complete text, and start a new line."""
        shown = self._to_encodable(text)
        size = self._find_bar_size(shown, fraction) if self.is_live else 0
        self._write(_text_bar(shown, fraction, size) if size else shown, end="\n")
        self._width = 0
        self._bar_size = _BAR_SIZES[0]

    def _find_bar_size(self, text: str, fraction: float | None) -> int:
        """Return the size of the longest bar that fits; 0 if no bar fits, or if the fraction is unknown."""
        available = _columns_available() - width(text) - len("[] ")
        return next((size for size in _BAR_SIZES if size <= min(available, self._bar_size) and fraction is not None), 0)

    def _to_encodable(self, text: str) -> str:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        return visible(text).encode(encoding, "replace").decode(encoding)

    def _write(self, line: str, end: str = "") -> None:
        if self._stream is None:
            return
        # A single write without erasing first, so that nothing flickers.
        start, blanks = ("\r", " " * (self._width - width(line))) if self._width else ("", "")
        # A closed stream must not interrupt the work.
        with suppress(OSError, ValueError):
            self._stream.write(f"{start}{line}{blanks}{end}")
            self._stream.flush()
        self._width = width(line)


def _is_terminal(stream: TextIO | None) -> bool:
    # A closed stream raises.
    with suppress(OSError, ValueError):
        return stream is not None and stream.isatty()
    return False


def _columns_available() -> int:
    # Writing in the last column moves the cursor to the next line in some terminals.
    return shutil.get_terminal_size().columns - 1


def _text_bar(text: str, fraction: float | None, size: int) -> str:
    """Return the text after a bar of a size."""
    full = int(size * (fraction or 0))
    return f"[{'#' * full}{'.' * (size - full)}] {text}"
