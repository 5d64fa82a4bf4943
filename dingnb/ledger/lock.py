"""One sender per app at a time: a lock of the operating system, which a process that dies gives back by itself."""

import os
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from dingnb.errors import LedgerError
from dingnb.language import say
from dingnb.ledger.realm import Realm


class SenderLock:
    """
    The right to send for one app.

    Args:
        folder: Where the ledger lies.
        realm: Whose right it is.
    """

    def __init__(self, folder: Path, realm: Realm) -> None:
        self._path = folder / f"sender-{realm.id[:12]}.lock"
        self._lock: FileLock | None = None

    def take(self) -> bool:
        """
        Take the right, if nobody has it; return whether it is had now.

        Raises:
            LedgerError: The lock cannot be opened, or the system has none there.
        """
        # The lock would make the folder of a ledger again that is gone, for all to read.
        if not self._path.parent.is_dir():
            raise self._failed(say("ledger.no_folder_there"))
        lock = FileLock(self._path, mode=0o600, thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            raise self._failed(getattr(error, "strerror", None) or type(error).__name__) from None
        self._lock = lock
        return True

    def give_back(self) -> None:
        """Let others send."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def is_free(self) -> bool | None:
        """Return whether nobody sends now; None where that cannot be found out, as in a folder that is read-only."""
        if not os.path.exists(self._path):  # noqa: PTH110 - no exception where the folder is gone
            return True
        try:
            if not self.take():
                return False
        except LedgerError:
            return None
        self.give_back()
        return True

    def _failed(self, reason: str) -> LedgerError:
        return LedgerError(
            say("ledger.lock_failed", path=self._path, reason=reason), say("ledger.lock_failed_todo"), problem="failed"
        )


def is_alive(process: int) -> bool:
    """Return whether a process is there."""
    return psutil.pid_exists(process)
