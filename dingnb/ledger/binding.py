"""Identifies the file of a ledger, so that no other file is ever taken for it."""

import os
import stat
import threading
from pathlib import Path
from typing import Literal, NamedTuple

Loss = Literal["", "gone", "replaced", "unreachable"]
"""What became of a file that was opened: it is there, is gone, is another one now, or cannot be looked at."""


class FileId(NamedTuple):
    """The identity of a file: its device and its number there."""

    device: int
    number: int


class Binding(NamedTuple):
    """What a ledger was opened as: its file, and the id that its database holds, which copies of it share."""

    file: FileId
    ledger: str


def file_id(path: Path) -> FileId | None:
    """Return the identity of the file at a path; None where there is none, or it cannot be looked at."""
    try:
        found = os.stat(path)  # noqa: PTH116 - twice a call: half the time of the method of a path
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)


def find_loss(path: Path, bound: FileId) -> Loss:
    """Return what became of the file that was at a path."""
    try:
        # A link in its place is another file, wherever it leads: it can be pointed elsewhere.
        found = os.lstat(path)  # not the method of a path, for the time of it, as above
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return "unreachable"
    # A ledger is never empty; a file that was emptied in place keeps its identity.
    return "" if (found.st_dev, found.st_ino) == bound and found.st_size else "replaced"


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return when a file was last written to, and how long it is; None where it cannot be looked at."""
    try:
        found = os.stat(path)  # noqa: PTH116 - likewise
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def is_read_only(path: Path) -> bool:
    """Return whether a file or its folder refuses to be written to; root could write, and is refused as others are."""
    return any(_refuses_writing(one) for one in (path, path.parent))


def _refuses_writing(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - likewise
    except OSError:
        return False
    return not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK)


class Sent(NamedTuple):
    """What a sender that lost its ledger knows to be in it: how many calls of which campaign."""

    realm: str
    campaign: str
    calls: int


class Known(NamedTuple):
    """A ledger that was opened: its binding, how many numbers it had given out at least, what it has to hold."""

    bound: Binding
    numbers: int
    sent: tuple[Sent, ...] = ()


class KnownLedgers:
    """The ledgers that this process has opened, by their paths."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[str, Known] = {}

    def get(self, path: Path) -> Known | None:
        """Return what was opened at a path last; None where nothing was."""
        with self._lock:
            return self._by_path.get(_key(path))

    def add(self, path: Path, bound: Binding, numbers: int) -> None:
        """Note that a ledger was opened, which has all that one at this path has to hold."""
        with self._lock:
            known = self._by_path.get(_key(path))
            self._by_path[_key(path)] = Known(bound, numbers if known is None else max(numbers, known.numbers))

    def add_sent(self, path: Path, sent: Sent) -> None:
        """Note what the ledger that was lost at a path knows: one that lacks it is another one."""
        with self._lock:
            known = self._by_path[_key(path)]
            self._by_path[_key(path)] = known._replace(sent=(*known.sent, sent))

    def forget(self, path: Path) -> None:
        """Forget a ledger, as a new process does."""
        with self._lock:
            self._by_path.pop(_key(path), None)


def _key(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are the user's


KNOWN = KnownLedgers()
