"""The sender lock: one sender for each app, with an operating system lock that is released when a process dies."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from dingnb.errors import LedgerError
from dingnb.ledger.realm import Realm
from dingnb.words import Text

_PREFIX = "sender-"
_SUFFIX = ".lock"

_CHECK_PAUSES_S = (0, 0.002, 0.005, 0.01, 0.02)
"""The pauses before each attempt to take a lock, to find out whether it is free."""


class SenderLock:
    """
    The sender lock of one app.

    Args:
        folder: The folder of the ledger.
        realm: The app and its mode.
    """

    def __init__(self, folder: Path, realm: Realm) -> None:
        self._path = folder / f"{_PREFIX}{realm.id[:12]}{_SUFFIX}"
        self._lock: FileLock | None = None

    def take(self) -> bool:
        """
        Acquire the lock if it is free, and return whether it was.

        Raises:
            LedgerError: The lock file cannot be opened, or the file system does not support locks.
        """
        lock = _take(self._path)
        if lock is None:
            return False
        self._lock = lock
        return True

    def give_back(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def is_free(self) -> bool | None:
        """Return whether the lock is free; None if unknown, as in a read-only folder."""
        if not os.path.exists(self._path):  # noqa: PTH110 - no exception if the folder is gone
            return True
        for pause_s in _CHECK_PAUSES_S:
            # Another process that checks the lock holds it for a moment.
            time.sleep(pause_s)
            try:
                if not self.take():
                    continue
            except LedgerError:
                return None
            self.give_back()
            return True
        return False


@contextmanager
def holding_all(folder: Path) -> Iterator[None]:
    """
    Hold the sender locks of all apps that have ever sent with the ledger of a folder.

    Raises:
        LedgerError: An app is sending, or a lock file cannot be opened.
    """
    with ExitStack() as held:
        for path in sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}")):
            lock = _take(path)
            if lock is None:
                raise LedgerError(Text("ledger.in_use", folder=folder), Text("ledger.in_use_todo"), problem="locked")
            held.callback(lock.release)
        yield


def is_alive(process: int) -> bool:
    """Return whether a process exists."""
    return psutil.pid_exists(process)


def _take(path: Path) -> FileLock | None:
    # The lock file would recreate the folder of a lost ledger, readable by all.
    if not path.parent.is_dir():
        raise _failed(path, Text("ledger.no_folder_there"))
    lock = FileLock(path, mode=0o600, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    except (OSError, NotImplementedError) as error:
        raise _failed(path, getattr(error, "strerror", None) or type(error).__name__) from None
    return lock


def _failed(path: Path, reason: Text | str) -> LedgerError:
    what = Text("ledger.lock_failed", path=path, reason=reason)
    return LedgerError(what, Text("ledger.lock_failed_todo"), problem="failed")
