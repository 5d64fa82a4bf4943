"""The line that tells how far a long work has come."""

import contextlib
import sys
from typing import TextIO

from dingnb.language.visible import visible


class ProgressLine:
    """
    One line of text, written over itself.

    Args:
        stream: Where to write; the standard output by default. Nothing but the last line is written to
            a stream that cannot overwrite.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._overwrites = self._stream.isatty() or "ipykernel" in sys.modules
        self._shown = ""

    def show(self, text: str) -> None:
        """Show `text` in place of what stood there."""
        if text != self._shown and self._overwrites:
            self._write(text, end="")

    def end(self, text: str) -> None:
        """Show `text` and leave it there."""
        self._write(text, end="\n")
        self._shown = ""

    def _write(self, text: str, end: str) -> None:
        erased = f"\r{' ' * (2 * len(self._shown))}\r" if self._shown else ""
        # A stream that is closed, or has no letters for it, is no reason to break off what is being told of.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{erased}{visible(text)}{end}")
            self._stream.flush()
        self._shown = text
