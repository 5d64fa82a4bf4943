"""
The folder of the ledger, on a local disk; a new one is accessible only to its owner.

The folder and its files must not be symbolic links, and no other user may have the right to write to the folder: either
would let others replace the ledger. Folders above the ledger's folder may be links, as ``/tmp`` is on macOS and a home
directory on some servers.
"""

import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import psutil

from dingnb.errors import LedgerError
from dingnb.ledger import send_history
from dingnb.words import Text

HOME_VARIABLE = "DINGNB_HOME"
"""Environment variable for the folder; the default is the user data folder of the system."""

LEDGER_FILE = "ledger.sqlite3"

DRAFT_FILES = "draft_files"
"""The folder in the ledger's folder for the pictures and files that were chosen for drafts."""

_LOGS = ("-wal", "-shm", "-journal")

_NETWORK = frozenset(
    {"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "gpfs", "lustre", "macfuse", "ncpfs"}
    | {"nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "osxfuse", "panfs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs"}
    | {"vmhgfs", "webdav"}
)
"""File systems on which locks between computers are unreliable (https://sqlite.org/wal.html)."""

_LOCAL_FUSE = frozenset(
    {"bindfs", "cryfs", "encfs", "exfat", "fuse-overlayfs", "gocryptfs", "lowntfs-3g", "mergerfs", "ntfs", "ntfs-3g"}
    | {"securefs", "veracrypt"}
)
"""FUSE file systems on a disk of this computer; most others, such as ``fuse.sshfs``, are on a network."""


def find_home() -> Path:
    """Return the folder of the ledger: ``DINGNB_HOME`` or the user data folder. It need not exist."""
    named = os.environ.get(HOME_VARIABLE, "").strip()
    return folder_of(Path(named)) if named else platformdirs.user_data_path("dingnb", appauthor=False)


def folder_of(path: Path) -> Path:
    """Return the folder of a ledger for its own path, or for the path of the ledger's file, as messages show it."""
    path = path.expanduser().absolute()
    return path.parent if path.name == LEDGER_FILE else path


def prepare(folder: Path) -> None:
    """
    Create the folder, accessible only to its owner.

    Raises:
        LedgerError: The folder cannot be created or written, is on a network, or lets others write; or the folder, the
            ledger or a log of the ledger is a symbolic link.
    """
    with _translated_errors(folder):
        refuse_links(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _unusable(folder, Text("ledger.no_right"))
        refuse_network_folder(folder)
        refuse_shared_folder(folder)


def check(folder: Path) -> None:
    """
    Check a folder that has a ledger.

    Raises:
        LedgerError: The folder is on a network, or lets others write; or the folder, the ledger or a log of the ledger
            is a symbolic link.
    """
    refuse_links(folder)
    refuse_network_folder(folder, folder / LEDGER_FILE)
    refuse_shared_folder(folder)


def check_usable(folder: Path) -> None:
    """
    Check that a folder can hold a ledger, without creating it.

    Raises:
        LedgerError: As for `prepare`.
    """
    with _translated_errors(folder):
        refuse_links(folder)
        nearest = next((candidate for candidate in (folder, *folder.parents) if candidate.exists()), None)
        if nearest is None:
            # On Windows, a drive or a network share may not exist.
            raise _unusable(folder, Text("ledger.no_drive"))
        if not nearest.is_dir():
            raise _unusable(folder, Text("ledger.no_folder"))
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise _unusable(folder, Text("ledger.no_right"))
        refuse_network_folder(folder)
        if folder.exists():
            refuse_shared_folder(folder)


def refuse_links(folder: Path) -> None:
    """
    Refuse a folder if the folder, its ledger or a log of the ledger is a symbolic link. None of them need exist.

    Raises:
        LedgerError: The folder, the ledger or a log is a symbolic link.
    """
    ledger = folder / LEDGER_FILE
    for path in (folder, ledger, *(Path(f"{ledger}{end}") for end in _LOGS)):
        if path.is_symlink():
            todo = Text("ledger.linked_folder_todo" if path == folder else "ledger.linked_file_todo", path=path)
            raise LedgerError(Text("ledger.linked", path=path, target=path.readlink()), todo)


def refuse_shared_folder(folder: Path) -> None:
    """
    Refuse a folder that its group or all users can write to. Not checked on Windows, which has other permissions.

    A sticky folder such as ``/tmp`` is refused as well: others can create files there, such as the ledger's logs. The
    owner is not checked, since containers often run as another user than the owner of their volumes.

    Raises:
        LedgerError: Others can write to the folder.
    """
    if os.name == "nt":
        return
    status = folder.stat()
    if not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return
    ledger = folder / LEDGER_FILE
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        todo = Text("ledger.others_todo", command=f"chmod go-w {shlex.quote(str(folder))}")
    else:
        # System folders keep their permissions, which other programs rely on.
        todo = Text("ledger.network_todo", path=ledger) if ledger.exists() else Text("ledger.others_home_todo")
    raise LedgerError(Text("ledger.others", folder=folder, mode=f"{stat.S_IMODE(status.st_mode):04o}"), todo)


def refuse_network_folder(folder: Path, ledger: Path | None = None) -> None:
    """
    Refuse a folder on a network. The folder need not exist.

    Args:
        folder: The folder.
        ledger: The ledger in the folder; None without a ledger.

    Raises:
        LedgerError: The folder is on a network.
    """
    kind = _network_kind(folder)
    if kind:
        todo = Text("ledger.home_todo") if ledger is None else Text("ledger.network_todo", path=ledger)
        raise LedgerError(Text("ledger.network", folder=folder, kind=kind), todo)


def make_private(path: Path) -> None:
    """Remove all permissions of others from a file, keeping the owner's permissions."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(mode & stat.S_IRWXU)


@contextmanager
def _translated_errors(folder: Path) -> Iterator[None]:
    """Translate errors of the file system inside the context to `LedgerError`."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise _unusable(folder, Text("ledger.no_folder")) from None
    except OSError as error:
        raise _unusable(folder, error.strerror or type(error).__name__) from None


def _unusable(folder: Path, reason: Text | str) -> LedgerError:
    ledger = folder / LEDGER_FILE
    # If the drive is not mounted, for example, another folder would not have the earlier campaigns.
    todo = Text("ledger.gone_todo", path=ledger) if send_history.has_sent_from(ledger) else Text("ledger.home_todo")
    return LedgerError(Text("ledger.unusable", folder=folder, reason=reason), todo)


def _network_kind(folder: Path) -> str:
    """Return the kind of network file system of a folder; empty if the folder is local, or its disk is unknown."""
    resolved = folder.resolve()
    if str(resolved).startswith("\\\\"):
        return "UNC"
    mounts = [part for part in psutil.disk_partitions(all=True) if resolved.is_relative_to(part.mountpoint)]
    if not mounts:
        return ""
    # A later mount hides an earlier one at the same path.
    nearest = max(reversed(mounts), key=lambda part: len(part.mountpoint))
    family, _, name = nearest.fstype.lower().partition(".")
    is_remote = name not in _LOCAL_FUSE if family == "fuse" else family in _NETWORK
    is_remote = is_remote or "remote" in nearest.opts.split(",")
    return (nearest.fstype or "remote") if is_remote else ""
