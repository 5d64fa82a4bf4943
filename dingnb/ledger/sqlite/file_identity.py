"""Identifies the file of a ledger, so that no other file is mistaken for it."""

import os
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
