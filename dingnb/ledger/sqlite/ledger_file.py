"""
The file of a ledger: which one it is, whether it was lost or has changed, and whether it can be written.

A process remembers the ledgers that it has opened: another one at the path of one of them is not mistaken for it.
"""

import os
import stat
import threading
from pathlib import Path
from typing import Literal, NamedTuple

Loss = Literal["", "gone", "replaced", "unreachable"]
"""How an opened file was lost: not at all, or it is gone, was replaced by another one, or is inaccessible."""


class FileId(NamedTuple):
    """The identity of a file: its device and inode number."""

    device: int
    number: int


def file_id(path: Path) -> FileId | None:
    """Return the identity of the file at a path; None if there is none, or it is inaccessible."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called twice for each API call; `Path.stat` takes twice as long
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)


def find_loss(path: Path, bound: FileId) -> Loss:
    """Return how the file that was opened at a path was lost; empty if it was not."""
    try:
        # A symbolic link in its place counts as another file, since its target can change.
        found = os.lstat(path)  # `Path.lstat` is slower, as above
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return "unreachable"
    # A ledger is never empty; a file that was emptied in place keeps its identity.
    return "" if (found.st_dev, found.st_ino) == bound and found.st_size else "replaced"


def modification_stamp(path: Path) -> tuple[int, int] | None:
    """Return the modification time and the size of a file; None if it is inaccessible."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called for each API call; `Path.stat` takes twice as long
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def has_read_only_mode(path: Path) -> bool:
    """Return whether a file or its folder is read-only by its mode, even if root could write."""
    return any(map(_has_read_only_mode, _locations(path)))


def is_read_only(path: Path) -> bool:
    """Return whether a file or its folder is read-only by its mode, or for this user."""
    return has_read_only_mode(path) or any(
        os.access(location, os.F_OK) and not os.access(location, os.W_OK) for location in _locations(path)
    )


def _locations(path: Path) -> tuple[Path, ...]:
    """Return a file, and its folder where the folder's mode says whether SQLite can write its log there."""
    # On Windows, the read-only attribute of a folder, which Documents often has, does not concern the files in it.
    return (path,) if os.name == "nt" else (path, path.parent)


def _has_read_only_mode(location: Path) -> bool:
    try:
        mode = os.stat(location).st_mode  # noqa: PTH116 - called for each API call; `Path.stat` takes twice as long
    except OSError:
        return False
    return not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


class Binding(NamedTuple):
    """The identity of an opened ledger: that of its file, and the id in its database, which copies share."""

    file: FileId
    ledger: str


class RequiredCalls(NamedTuple):
    """
    The calls that a ledger must have, because a sender has made them.

    Attributes:
        realm: The realm of their campaign.
        campaign: Its name.
        calls: Their number.
    """

    realm: str
    campaign: str
    calls: int


class OpenedLedger(NamedTuple):
    """An opened ledger: its binding, the highest number it is known to have given, and the calls that it must have."""

    bound: Binding
    numbers: int
    required: tuple[RequiredCalls, ...] = ()


class OpenedLedgers:
    """The ledgers opened by this process, by path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[str, OpenedLedger] = {}

    def get(self, path: Path) -> OpenedLedger | None:
        """Return the ledger that was last opened at a path; None if there is none."""
        with self._lock:
            return self._by_path.get(_key(path))

    def add(self, path: Path, bound: Binding, numbers: int) -> None:
        """Record a ledger that was opened at a path, and has all calls that the one there must have."""
        with self._lock:
            earlier = self._by_path.get(_key(path))
            self._by_path[_key(path)] = OpenedLedger(
                bound, numbers if earlier is None else max(numbers, earlier.numbers)
            )

    def require(self, path: Path, calls: RequiredCalls) -> None:
        """Record the calls of the ledger that was lost at a path: a ledger without them is another one."""
        with self._lock:
            opened = self._by_path[_key(path)]
            self._by_path[_key(path)] = opened._replace(required=(*opened.required, calls))

    def forget(self, path: Path) -> None:
        """Forget a ledger, as in a new process."""
        with self._lock:
            self._by_path.pop(_key(path), None)


def _key(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - not resolved: a link is part of the user's path


OPENED_LEDGERS = OpenedLedgers()
