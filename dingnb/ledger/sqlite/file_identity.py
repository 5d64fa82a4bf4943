"""Identifies the file of a ledger, so that no other file is mistaken for it."""

import os
import stat
import threading
from pathlib import Path
from typing import Literal, NamedTuple

Loss = Literal["", "gone", "replaced", "unreachable"]
"""The state of an opened file: present, gone, replaced by another one, or inaccessible."""


class FileId(NamedTuple):
    """The identity of a file: its device and inode number."""

    device: int
    number: int


class Binding(NamedTuple):
    """The identity of an opened ledger: its file, and the id in its database, which copies share."""

    file: FileId
    ledger: str


def file_id(path: Path) -> FileId | None:
    """Return the identity of the file at a path; None if there is none, or it is inaccessible."""
    try:
        found = os.stat(path)  # noqa: PTH116 - twice a call: half the time of the method of a path
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)


def find_loss(path: Path, bound: FileId) -> Loss:
    """Return the state of a file opened at a path."""
    try:
        # A symbolic link in its place counts as another file, since its target may change.
        found = os.lstat(path)  # the method of Path is slower, as above
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return "unreachable"
    # A ledger is never empty; a file that was emptied in place keeps its identity.
    return "" if (found.st_dev, found.st_ino) == bound and found.st_size else "replaced"


def modification_stamp(path: Path) -> tuple[int, int] | None:
    """Return the modification time and the size of a file; None if it is inaccessible."""
    try:
        found = os.stat(path)  # noqa: PTH116 - likewise
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def is_read_only(path: Path) -> bool:
    """Return whether a file or its folder is read-only by its mode, even if root could write."""
    return any(_refuses_writing(location) for location in (path, path.parent))


def _refuses_writing(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - likewise
    except OSError:
        return False
    return not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK)


class RequiredCalls(NamedTuple):
    """
    The calls that a sender knows to be in its ledger.

    Attributes:
        realm: The realm of their campaign.
        campaign: Its name.
        calls: Their number.
    """

    realm: str
    campaign: str
    calls: int


class OpenedLedger(NamedTuple):
    """An opened ledger: its binding, the least count of numbers used, and the calls that must be in it."""

    bound: Binding
    numbers: int
    required: tuple[RequiredCalls, ...] = ()


class OpenedLedgers:
    """The ledgers opened by this process, by path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[str, OpenedLedger] = {}

    def get(self, path: Path) -> OpenedLedger | None:
        """Return the ledger opened last at a path; None if there is none."""
        with self._lock:
            return self._by_path.get(_key(path))

    def add(self, path: Path, bound: Binding, numbers: int) -> None:
        """Record that a ledger was opened which has all calls that must be in the one at this path."""
        with self._lock:
            known = self._by_path.get(_key(path))
            self._by_path[_key(path)] = OpenedLedger(bound, numbers if known is None else max(numbers, known.numbers))

    def require(self, path: Path, calls: RequiredCalls) -> None:
        """Record the calls of the ledger lost at a path: a ledger without them is another one."""
        with self._lock:
            known = self._by_path[_key(path)]
            self._by_path[_key(path)] = known._replace(required=(*known.required, calls))

    def forget(self, path: Path) -> None:
        """Forget a ledger, as in a new process."""
        with self._lock:
            self._by_path.pop(_key(path), None)


def _key(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links are the user's


OPENED_LEDGERS = OpenedLedgers()
