"""
The file of a ledger: its identity, whether it was lost or has changed, and whether it can be written.

A process remembers the ledgers that it has opened, so that a different ledger at the same path is recognised,
and counts its connections to them, which a forked process must not share.
"""

import os
import stat
import threading
from collections import Counter
from collections.abc import Collection, Hashable
from pathlib import Path
from typing import Literal, NamedTuple

Loss = Literal["", "gone", "replaced", "unreachable"]
"""How an opened file was lost: not at all, or the file is gone, was replaced or emptied, or is inaccessible."""


class FileId(NamedTuple):
    """The identity of a file: its device and inode number."""

    device: int
    number: int


def file_id(path: Path) -> FileId | None:
    """Return the identity of the file at a path; None if the file does not exist or is inaccessible."""
    try:
        status = path.stat()
    except OSError:
        return None
    return FileId(status.st_dev, status.st_ino)


class FileState(NamedTuple):
    """
    The state of a file that was opened.

    Attributes:
        loss: How the file was lost; empty if it was not.
        stamp: The file's modification time and size; (0, 0) if the file is gone, inaccessible or not opened yet.
        is_read_only: Whether the file is read-only by its mode, even if root could write.
    """

    loss: Loss
    stamp: tuple[int, int] = (0, 0)
    is_read_only: bool = False


def state_of(path: Path, opened: FileId) -> FileState:
    """Return the state of the file that was opened at a path, given its identity."""
    try:
        # A symbolic link at the path counts as another file, since its target can change.
        status = os.lstat(path)  # called twice for each API call; `Path.lstat` takes twice as long
    except (FileNotFoundError, NotADirectoryError):
        return FileState("gone")
    except OSError:
        return FileState("unreachable")
    # A ledger is never empty; a file that was emptied in place keeps its identity.
    loss: Loss = "" if (status.st_dev, status.st_ino) == opened and status.st_size else "replaced"
    return FileState(loss, (status.st_mtime_ns, status.st_size), _is_read_only_mode(status.st_mode))


def is_read_only_folder(folder: Path) -> bool:
    """Return whether the mode of a folder says that SQLite cannot write its log there, even if root could."""
    # On Windows, the read-only attribute of a folder, which Documents often has, does not concern the files in it.
    return os.name != "nt" and _has_read_only_mode(folder)


def is_read_only(path: Path) -> bool:
    """Return whether a file or its folder is read-only by its mode, or for this user."""
    locations = (path,) if os.name == "nt" else (path, path.parent)
    return any(
        _has_read_only_mode(location) or (os.access(location, os.F_OK) and not os.access(location, os.W_OK))
        for location in locations
    )


def _has_read_only_mode(location: Path) -> bool:
    try:
        return _is_read_only_mode(os.stat(location).st_mode)  # noqa: PTH116 - for each API call, as above
    except OSError:
        return False


def _is_read_only_mode(mode: int) -> bool:
    return not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


class Binding(NamedTuple):
    """The identity of an opened ledger: the identity of its file, and the id in its database, which copies share."""

    file: FileId
    ledger_id: str


class RequiredCalls(NamedTuple):
    """
    The calls that a ledger must have, because a sender has made them.

    Attributes:
        realm: The realm of the campaign.
        campaign: The campaign's name.
        calls: The number of calls.
    """

    realm: str
    campaign: str
    calls: int


class OpenedLedger(NamedTuple):
    """
    An opened ledger.

    Attributes:
        bound: The identity of the ledger.
        numbers: How many numbers of rows the ledger had used when it was last opened; this never decreases.
        required: The calls that the ledger must have.
    """

    bound: Binding
    numbers: int
    required: tuple[RequiredCalls, ...] = ()


class OpenedLedgers:
    """The ledgers opened by this process, by path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[str, OpenedLedger] = {}

    def get(self, path: Path) -> OpenedLedger | None:
        """Return the ledger that was last opened at a path; None if this process has opened none."""
        with self._lock:
            return self._by_path.get(_key(path))

    def add(self, path: Path, bound: Binding, numbers: int, found: Collection[RequiredCalls]) -> None:
        """
        Record a ledger that was opened at a path.

        Args:
            path: The path of the ledger.
            bound: The identity of the ledger.
            numbers: How many numbers of rows the ledger has used.
            found: Required calls that the ledger has. They are no longer required, since they may be pruned later.
        """
        with self._lock:
            earlier = self._by_path.get(_key(path), OpenedLedger(bound, numbers))
            # Another thread may have required further calls in the meantime.
            required = tuple(calls for calls in earlier.required if calls not in found)
            self._by_path[_key(path)] = OpenedLedger(bound, max(numbers, earlier.numbers), required)

    def require(self, path: Path, calls: RequiredCalls) -> None:
        """Record the calls of the ledger that was lost at a path: a ledger without these calls is a different one."""
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
"""The ledgers opened by this process."""


class OpenConnections:
    """
    Counts the open connections of this process, and remembers which ledgers had some when the process was forked.

    SQLite mistakes the locks of inherited connections for its own. When the parent closes its last connection, SQLite
    would delete the write-ahead log to which the child still writes, and with the log what the child has committed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counter[Hashable]()
        self._inherited = frozenset[Hashable]()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def add(self, ledger: Hashable) -> None:
        """Count a connection that is about to be opened."""
        with self._lock:
            self._counts[ledger] += 1

    def remove(self, ledger: Hashable) -> None:
        """Stop counting a connection that was closed."""
        with self._lock:
            self._counts[ledger] -= 1

    def are_inherited(self, ledger: Hashable) -> bool:
        """Return whether the parent had connections to a ledger when this process was forked."""
        return ledger in self._inherited

    def _after_fork(self) -> None:
        # Another thread may have held the lock.
        self._lock = threading.Lock()
        self._inherited |= {ledger for ledger, count in self._counts.items() if count > 0}
        self._counts = Counter()


OPEN_CONNECTIONS = OpenConnections()
"""The open connections of this process."""
