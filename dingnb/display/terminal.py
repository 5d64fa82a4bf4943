"""Progress lines in a terminal, and widths of text: Chinese characters take two columns, combining marks none."""

import shutil
from contextlib import suppress
from itertools import accumulate
from typing import TextIO
from unicodedata import combining, east_asian_width

from dingnb.words.visible import visible

_MORE = "..."


def width(text: str) -> int:
    """
    Return the width of a text in columns.

    >>> width("Sent"), width("已发送")
    (4, 6)
    """
    return sum(map(_width_of, text))


def cut(text: str, columns: int) -> str:
    """
    Return a text truncated to a width in columns.

    >>> cut("已发送：12 / 300 人", 12)
    '已发送：...'
    """
    if width(text) <= columns:
        return text
    fits = sum(taken <= columns - len(_MORE) for taken in accumulate(map(_width_of, text)))
    return text[:fits] + _MORE


def _width_of(letter: str) -> int:
    if combining(letter):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


_BAR_SIZES = (20, 10, 5)
"""Widths of a bar: the first that leaves room for the text; a shortened bar stays short."""


class TerminalLine:
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
        """Replace the line by a text."""
        shown = self._letters(text)
        size = self._size_beside(shown, share)
        self._bar_size = size or self._bar_size
        self._write(_with_bar(shown, share, size) or cut(shown, _room()))

    def leave(self, text: str, share: float | None) -> None:
        """Replace the line by the complete text, and start a new line."""
        shown = self._letters(text)
        size = self._size_beside(shown, share) if self.is_live else 0
        self._write(_with_bar(shown, share, size) or shown, end="\n")
        self._width = 0
        self._bar_size = _BAR_SIZES[0]

    def _size_beside(self, text: str, share: float | None) -> int:
        """Return the size of the longest bar that fits; 0 if none fits or is wanted."""
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
