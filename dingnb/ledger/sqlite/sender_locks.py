"""Lock files that show which processes are sending with a ledger; they are released when a process dies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from dingnb.errors import LedgerError
from dingnb.words import Text

_PREFIX = "sender-"
_SUFFIX = ".lock"


@contextmanager
def sender_lock(folder: Path) -> Iterator[None]:
    """
    Hold a lock in the folder of a ledger while this process sends with it.

    Raises:
        LedgerError: The lock file cannot be opened, or the file system does not support locks.
    """
    path, lock = _lock_new_file(folder)
    try:
        yield
    finally:
        lock.release()
        _remove(path)


@contextmanager
def all_sender_locks(folder: Path) -> Iterator[None]:
    """
    Hold the locks of all processes that are sending with the ledger of a folder, so that its file can be replaced.

    Lock files of processes that died are removed. A process that starts to send meanwhile is not kept out; before its
    first call, it detects that the file was replaced.

    Raises:
        LedgerError: A process is sending, or a lock file cannot be opened.
    """
    with ExitStack() as held:
        for path in sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}")):
            lock = _try_to_lock(path)
            if lock is None:
                raise LedgerError(Text("ledger.in_use", folder=folder), Text("ledger.in_use_todo"), problem="locked")
            held.callback(_remove, path)
            held.callback(lock.release)
        yield


def _lock_new_file(folder: Path) -> tuple[Path, FileLock]:
    """Create and lock a file of a new name: process ids are not unique among the containers that share a folder."""
    while True:
        path = folder / f"{_PREFIX}{uuid4().hex}{_SUFFIX}"
        lock = _try_to_lock(path)
        # `all_sender_locks` may lock the new file first.
        if lock is not None:
            return path, lock


def _try_to_lock(path: Path) -> FileLock | None:
    """Return the lock of a file, which is created if necessary; None if the lock is held already."""
    # filelock would recreate the folder of a lost ledger, readable by all.
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


def _remove(path: Path) -> None:
    # The name of the file is not used again.
    with suppress(OSError):
        path.unlink()


def _failed(path: Path, reason: Text | str) -> LedgerError:
    what = Text("ledger.lock_failed", path=path, reason=reason)
    return LedgerError(what, Text("ledger.lock_failed_todo"), problem="failed")
