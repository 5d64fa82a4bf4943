"""Saves exported files: private, atomic, and with an error message for each cause of failure."""

import errno
import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dingnb.errors import FileError
from dingnb.private_files import write_privately
from dingnb.words import Text
from dingnb.words.literals import literal

_LOCK_FILES = (("~${}", "Excel"), (".~lock.{}#", "LibreOffice"), (".~{}", "WPS"))
"""The name of the lock file that each program creates next to an open file."""

_SUFFIX = re.compile(r"\.[A-Za-z][0-9A-Za-z]{0,9}")
"""A suffix that denotes a file type, unlike the last part of ``payslip.2026.11``."""

_CALLS = {".csv": "to_csv", ".xlsx": "to_excel", ".html": "report().save"}
"""The method that writes each type of file."""

_PROBLEMS = {
    errno.ENOENT: "export.no_folder",
    errno.ENOTDIR: "export.no_folder",
    errno.EACCES: "export.folder_not_writable",
    errno.EPERM: "export.folder_not_writable",
    errno.EROFS: "export.disk_read_only",
    errno.ENOSPC: "export.no_space",
    errno.EDQUOT: "export.no_space",
    errno.ENAMETOOLONG: "export.long_name",
    errno.ELOOP: "export.loop",
}


def export_path(path: str | os.PathLike[str], suffixes: Sequence[str], call: str) -> Path:
    """
    Return the path for an export; a name without a suffix gets the first of `suffixes`.

    Args:
        path: The path given by the user; ``~`` is the home folder.
        suffixes: The supported suffixes, in lower case.
        call: The name of the called method, for error messages.

    Raises:
        FileError: The argument is not a path, the path is a folder, or the path's suffix is not supported.
    """
    path_text: object = None
    with suppress(TypeError):
        path_text = os.fspath(path)
    if not isinstance(path_text, str):
        raise FileError(
            Text("export.not_a_path", call=call, kind=type(path).__name__),
            Text("export.not_a_path_todo", call=call, suffix=suffixes[0]),
        )
    target = Path(path_text)
    with suppress(RuntimeError):  # no such user: the name is an ordinary folder
        target = target.expanduser()
    if path_text.endswith(("/", os.sep)):
        raise _folder_error(target, suffixes[0])
    suffix = suffix_of(target)
    if not suffix:
        if not target.name or os.path.isdir(target):  # noqa: PTH112 - never raises
            raise _folder_error(target, suffixes[0])
        return target.with_name(f"{target.name}{suffixes[0]}")
    if suffix not in suffixes:
        what = Text("export.other_suffix", path=path_text, suffix=suffix, call=call, wanted=suffixes[0])
        call_for_suffix = _CALLS.get(suffix)
        if call_for_suffix:
            name = literal(target.name)
            raise FileError(what, Text("export.other_call_todo", call=call_for_suffix, name=name))
        name = literal(f"{target.stem}{suffixes[0]}")
        raise FileError(what, Text("export.other_suffix_todo", call=call, name=name))
    return target


def suffix_of(path: Path) -> str:
    """
    Return the suffix that denotes the type of a file, in lower case; empty if there is none.

    >>> suffix_of(Path("payslip.XLSX")), suffix_of(Path("payslip.2026.11"))
    ('.xlsx', '')
    """
    return path.suffix.lower() if _SUFFIX.fullmatch(path.suffix) else ""


def save_atomically(path: Path, content: bytes) -> None:
    """
    Write a file atomically, readable only by its owner because of personal data.

    The content is written to a temporary file that then replaces the target, so a failure leaves the target unchanged.
    If the path is a symbolic link, the linked file is replaced.

    Raises:
        FileError: The file is open in another program, read-only or a folder; or the folder of the file does not exist,
            is not writable or has no space.
    """
    target = path
    try:
        if path.is_symlink():
            target = path.resolve()
        _check_target(path, target)
        _replace(path, target, content)
    except OSError as error:
        raise _os_error(path, target.parent, error) from None
    except FileError:  # a ValueError, too
        raise
    except (RuntimeError, ValueError) as error:  # circular links and invalid file names
        raise _unknown_error(path, str(error)) from None


def _check_target(path: Path, target: Path) -> None:
    """Raise an error if the target exists and must not be replaced."""
    try:
        target_stat = target.stat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(target_stat.st_mode):
        raise _folder_error(path, path.suffix)
    if not stat.S_ISREG(target_stat.st_mode):
        raise FileError(Text("export.not_regular", path=path), Text("export.another_todo"))
    for pattern, program in _LOCK_FILES:
        lock = target.with_name(pattern.format(target.name))
        if lock.exists():
            what = Text("export.open_in", path=path, program=program)
            raise FileError(what, Text("export.open_in_todo", beside=lock.name))
    if not target_stat.st_mode & stat.S_IWUSR:
        raise FileError(Text("export.read_only", path=path), Text("export.another_todo"))


def _replace(path: Path, target: Path, content: bytes) -> None:
    try:
        write_privately(target, content)
    except PermissionError as error:
        # With a second name, the replacement itself failed, so the folder is writable.
        if error.filename2 is None:
            raise
        # Windows does not replace a file that a program has open; other systems do, but not another user's file.
        if getattr(error, "winerror", None) is None:
            raise _unknown_error(path, error.strerror or str(error)) from None
        raise FileError(Text("export.open", path=path), Text("export.open_todo")) from None


def _folder_error(path: Path, suffix: str) -> FileError:
    return FileError(Text("export.folder", path=path), Text("export.folder_todo", path=path / f"results{suffix}"))


def _os_error(path: Path, folder: Path, error: OSError) -> FileError:
    key = None if error.errno is None else _PROBLEMS.get(error.errno)
    if key is None:
        return _unknown_error(path, error.strerror or str(error))
    return FileError(Text(key, path=path, folder=folder), Text(f"{key}_todo"))


def _unknown_error(path: Path, error: str) -> FileError:
    return FileError(Text("export.cannot_write", path=path, error=error), Text("export.another_todo"))
