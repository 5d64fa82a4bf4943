"""Writes files that only their owner can read, and that no other process ever sees half written."""

import os
import tempfile
from pathlib import Path


def write_privately(path: Path, content: bytes) -> None:
    """
    Write or replace a file that only its owner can read.

    The content is written to a temporary file in the same folder, which then replaces the file, so that a failure
    leaves the file unchanged.

    Args:
        path: The path, in an existing folder.
        content: The complete content.

    Raises:
        OSError: The file cannot be written. If only replacing the old file failed, the error has a `filename2`.
    """
    # mkstemp creates files that only the owner can read.
    descriptor, name = tempfile.mkstemp(prefix=".dingnb-", suffix=".part", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a file descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
