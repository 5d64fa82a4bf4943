"""
Ends sending at the end of a script, which then fails if a campaign is incomplete.

Otherwise a script that sends with ``wait=False`` and never waits would exit successfully.
"""

import atexit
import os
import sys
from collections.abc import Callable, Hashable
from typing import TextIO

from dingnb.errors import DingError
from dingnb.words import Text

_Campaign = tuple[Hashable, int]
"""The identity of a ledger, and the number of a campaign in it."""

_unawaited: dict[_Campaign, tuple[int, Callable[[], DingError | None]]] = {}
"""Campaigns sent but not waited for, by ledger and number, each with the sending process and what ends it."""


def watch(ledger: Hashable, campaign: int, end: Callable[[], DingError | None]) -> None:
    """
    Register a campaign that is being sent by this process.

    Args:
        ledger: The identity of its ledger.
        campaign: Its number in the ledger.
        end: Ends its sending, and returns why it is incomplete; None if it is complete.
    """
    _unawaited[ledger, campaign] = os.getpid(), end


def forget(ledger: Hashable, campaign: int) -> None:
    """Unregister a campaign whose end has been waited for."""
    _unawaited.pop((ledger, campaign), None)


class _FailingStream:
    """
    A standard error stream whose flush fails.

    Python then exits with status 120, as documented for `sys.exit`. This is the only way to change the exit status
    this late without affecting the rest of the shutdown.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.closed = False

    def write(self, text: str) -> int:
        """Write to the original stream."""
        return self._stream.write(text)

    def flush(self) -> None:
        """Flush the original stream, and fail."""
        self._stream.flush()
        raise OSError


@atexit.register
def _end_unawaited() -> None:
    errors = [
        error for process, end in list(_unawaited.values()) if process == os.getpid() and (error := end()) is not None
    ]
    for error in errors:
        print(Text("incomplete.program_ended", error=error), file=sys.stderr)  # noqa: T201 - the only way to report it
    if errors and sys.stderr is not None:
        sys.stderr = _FailingStream(sys.stderr)
