"""
Ends what a script still sends when it ends itself, and lets it fail for what is incomplete.

A script that sends with ``wait=False`` and never waits would otherwise end as if everybody had the message.
"""

import atexit
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from dingnb.errors import DingError
from dingnb.words import Text

_Campaign = tuple[Path, int]

_unseen: dict[_Campaign, tuple[int, Callable[[], DingError | None]]] = {}
"""What this process has sent and nobody has waited for: by the folder of its ledger and its number there."""


def watch(folder: Path, campaign: int, end: Callable[[], DingError | None]) -> None:
    """
    Note that a campaign is sent from here.

    Args:
        folder: The folder of its ledger.
        campaign: Its number there.
        end: Ends its sending where it goes on, and returns why it is incomplete; None where it is not.
    """
    _unseen[folder, campaign] = os.getpid(), end


def forget(folder: Path, campaign: int) -> None:
    """Note that somebody has waited for the end of a campaign."""
    _unseen.pop((folder, campaign), None)


class _FailingAtEnd:
    """
    The standard error output, which cannot be flushed.

    Python then ends with the status 120, as its documentation of `sys.exit` says. It is the one way to change the
    status this late that lets everything else end as it would.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.closed = False

    def write(self, text: str) -> int:
        """Write, as before."""
        return self._stream.write(text)

    def flush(self) -> None:
        """Flush, as before, and fail."""
        self._stream.flush()
        raise OSError


@atexit.register
def _end() -> None:
    found = [end() for process, end in list(_unseen.values()) if process == os.getpid()]
    incomplete = [error for error in found if error is not None]
    for error in incomplete:
        print(Text("incomplete.program_ended", error=error), file=sys.stderr)  # noqa: T201 - there is no other way
    if incomplete and sys.stderr is not None:
        sys.stderr = _FailingAtEnd(sys.stderr)
