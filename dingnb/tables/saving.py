"""Saves files that are passed on: private, whole or not at all, and with a sentence for whatever stands in the way."""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dingnb.errors import FileError
from dingnb.words import Text

_OWNERS = (("~${}", "Excel"), (".~lock.{}#", "LibreOffice"), (".~{}", "WPS"))
"""What programs keep beside a file that they have open, and which."""

_SUFFIX = re.compile(r"\.[A-Za-z][0-9A-Za-z]{0,9}")
"""The end of a name that says what a file is; the last part of ``payslip.2026.11`` does not."""

_CALLS = {".csv": "to_csv", ".xlsx": "to_excel", ".html": "report().save"}
"""What writes which kind of file."""

_REASONS = {
    errno.ENOENT: "export.no_folder",
    errno.ENOTDIR: "export.no_folder",
    errno.EACCES: "export.folder_closed",
    errno.EPERM: "export.folder_closed",
    errno.EROFS: "export.disk_read_only",
    errno.ENOSPC: "export.no_space",
    errno.EDQUOT: "export.no_space",
    errno.ENAMETOOLONG: "export.long_name",
    errno.ELOOP: "export.loop",
}


def name_file(path: str | os.PathLike[str], suffixes: Sequence[str], call: str) -> Path:
    """
    Return the path of a file that is to be written; a name without a suffix gets the first of `suffixes`.

    Args:
        path: What the analyst gave; ``~`` is the home folder.
        suffixes: How the name may end, in small letters.
        call: What was called with it, for errors.

    Raises:
        FileError: It is no path, or its name ends otherwise.
    """
    given: object = None
    with suppress(TypeError):
        given = os.fspath(path)
    if not isinstance(given, str):
        raise FileError(
            Text("export.not_a_path", call=call, kind=type(path).__name__),
            Text("export.not_a_path_todo", call=call, suffix=suffixes[0]),
        )
    place = Path(given)
    with suppress(RuntimeError):  # nobody of this name has a home: then it is a folder of that name
        place = place.expanduser()
    suffix = suffix_of(place)
    if not suffix:
        if not place.name or given.endswith(("/", os.sep)) or os.path.isdir(place):  # noqa: PTH112 - this one never raises
            raise _folder(place, suffixes[0])
        return place.with_name(f"{place.name}{suffixes[0]}")
    if suffix not in suffixes:
        what = Text("export.other_suffix", path=given, suffix=suffix, call=call, wanted=suffixes[0])
        right = _CALLS.get(suffix)
        if right:
            raise FileError(what, Text("export.other_call_todo", call=right, name=place.name))
        raise FileError(what, Text("export.other_suffix_todo", call=call, name=f"{place.stem}{suffixes[0]}"))
    return place


def suffix_of(path: Path) -> str:
    """
    Return the end of a name that says what the file is, in small letters; empty where there is none.

    >>> suffix_of(Path("payslip.XLSX")), suffix_of(Path("payslip.2026.11"))
    ('.xlsx', '')
    """
    return path.suffix.lower() if _SUFFIX.fullmatch(path.suffix) else ""


def save_whole(path: Path, content: bytes) -> None:
    """
    Write a file that only its owner may read: it holds names, numbers and what became of people.

    It is written beside its place and then moved there, so that it is whole or, after a failure, what it was
    before. Where the name is a symbolic link, the file that it leads to is replaced and the link stays.

    Args:
        path: Where to; the folder has to be there.
        content: All of it.

    Raises:
        FileError: It is open in another program, read-only, a folder, or there is no such folder, no right, no space.
    """
    try:
        place = path.resolve() if path.is_symlink() else path
        _check_place(path, place)
        _replace(path, place, content)
    except OSError as error:
        raise _told(path, error) from None
    except FileError:
        raise
    except (RuntimeError, ValueError) as error:
        # Links that lead in a circle, and names that no file can have.
        raise _cannot(path, str(error)) from None


def _check_place(path: Path, place: Path) -> None:
    """Raise for what is there already and may not be replaced."""
    try:
        found = place.stat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode):
        raise _folder(path, path.suffix)
    if not stat.S_ISREG(found.st_mode):
        raise FileError(Text("export.no_file", path=path), Text("export.another_todo"))
    for owner, program in _OWNERS:
        beside = place.with_name(owner.format(place.name))
        if beside.exists():
            what = Text("export.open_in", path=path, program=program)
            raise FileError(what, Text("export.open_in_todo", beside=beside.name))
    if not found.st_mode & stat.S_IWUSR:
        raise FileError(Text("export.read_only", path=path), Text("export.another_todo"))


def _replace(path: Path, place: Path, content: bytes) -> None:
    # Made for its owner alone.
    descriptor, name = tempfile.mkstemp(prefix=".dingnb-", suffix=".part", dir=place.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            Path(name).replace(place)
        except PermissionError:
            # Windows: another program holds what is to be replaced.
            raise FileError(Text("export.open", path=path), Text("export.open_todo")) from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _folder(path: Path, suffix: str) -> FileError:
    return FileError(Text("export.folder", path=path), Text("export.folder_todo", path=path / f"results{suffix}"))


def _told(path: Path, error: OSError) -> FileError:
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return _cannot(path, error.strerror or str(error))
    return FileError(Text(reason, path=path, folder=path.parent), Text(f"{reason}_todo"))


def _cannot(path: Path, error: str) -> FileError:
    return FileError(Text("export.cannot_write", path=path, error=error), Text("export.another_todo"))
