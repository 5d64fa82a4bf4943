"""
Ends sending at the end of a script, which then fails if a campaign is incomplete.

Otherwise a script that sends with ``wait=False`` and never waits would exit successfully.
"""

import atexit
import os
import sys
import traceback
from collections.abc import Callable, Hashable
from io import StringIO
from typing import Protocol, TextIO, cast

from dingnb.errors import DingError
from dingnb.words import Text


class UnawaitedSender(Protocol):
    """An object that sends a campaign and was not waited for; several objects may send the same campaign."""

    @property
    def campaign_key(self) -> Hashable:
        """Identifies the campaign in this process."""

    @property
    def is_running(self) -> bool:
        """Whether the object is sending."""

    def stop_at_exit(self) -> None:
        """Stop sending because the program ends, without waiting."""

    def drain_at_exit(self) -> None:
        """Wait for calls under way, for a limited time."""

    def find_error_at_exit(self) -> DingError | None:
        """Return why the campaign is incomplete; None if it is complete."""


_unawaited: dict[UnawaitedSender, int] = {}
"""Registered objects, each with the process that it sends in."""


def register(sender: UnawaitedSender) -> None:
    """Register an object that sends a campaign in this process."""
    _unawaited[sender] = os.getpid()


def unregister(sender: UnawaitedSender) -> None:
    """
    Unregister an object whose end has been waited for, or that has nothing to report.

    Other objects of the same campaign that are no longer sending are unregistered as well.
    """
    for other in list(_unawaited):
        if other is sender or (other.campaign_key == sender.campaign_key and not other.is_running):
            _unawaited.pop(other, None)


class _FailingStream:
    """
    A standard error stream whose flush fails.

    Python then exits with status 120, as documented for `sys.exit`. This is the only way to change the exit status
    this late without affecting the rest of the shutdown.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.closed = False

    def __getattr__(self, name: str) -> object:
        # Exit handlers that run later may use any attribute.
        return getattr(self._stream, name)

    def flush(self) -> None:
        """Flush the original stream, and fail."""
        self._stream.flush()
        raise OSError


@atexit.register
def _end_unawaited() -> None:
    """End all sending of this process, print why campaigns are incomplete, and let the program fail in that case."""
    senders = [sender for sender, process in list(_unawaited.items()) if process == os.getpid()]
    errors: dict[Hashable, DingError] = {}
    failures: list[BaseException] = []

    def for_each(step: Callable[[UnawaitedSender], None]) -> None:
        for sender in senders:
            try:
                step(sender)
            except BaseException as failure:  # noqa: BLE001 - after an interrupt, too, all others must be reported
                failures.append(failure)

    def find_error(sender: UnawaitedSender) -> None:
        if (error := sender.find_error_at_exit()) is not None:
            errors.setdefault(sender.campaign_key, error)

    # Step by step: otherwise one object would take the turn of another that was stopped before it.
    for_each(lambda sender: sender.stop_at_exit())
    for_each(lambda sender: sender.drain_at_exit())
    for_each(find_error)
    # A program started with 2>&- has no error stream, and under pythonw there is no output stream either.
    output = sys.stdout if sys.stderr is None else sys.stderr
    if errors or failures:
        sys.stderr = cast("TextIO", _FailingStream(sys.stderr or StringIO()))
    for failure in failures:
        traceback.print_exception(failure, file=output)
    for error in errors.values():
        print(Text("incomplete.program_ended", error=error), file=output)
