"""Output of commands whose reader may close it, such as ``head``."""

import os
import sys


def print_if_read(text: str = "") -> None:
    """Print a text; if the reader has closed the output, discard it, so that the command continues."""
    try:
        print(text, flush=True)  # noqa: T201 - a command line prints
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Discard further output, because it cannot be written, as when the reader has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
