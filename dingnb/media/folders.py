"""Files of single rows: a path within a folder that never leads out of it."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.media.frames import is_missing
from dingnb.words import Text


def resolve(path: Any, folder: str | os.PathLike[str]) -> Path:  # noqa: ANN401 - a cell of any type
    """
    Return the path of a row's file within a folder.

    Args:
        path: The row's value: a path relative to the folder, or an absolute one within it.
        folder: The folder.

    Raises:
        InputError: The value is missing or not a path, the folder does not exist, the path leads out of the folder or
            through a symbolic link, is one of Windows on another system, or is not that of a file that can be read.
    """
    if is_missing(path) or (isinstance(path, str) and not path.strip()):
        raise InputError(Text("media.no_path"), Text("media.no_path_todo"))
    if not isinstance(path, str | os.PathLike):
        raise InputError(Text("media.not_a_path", value=short_repr(path)), Text("media.no_path_todo"))
    named = Path(folder).expanduser()
    if not named.is_dir():
        raise InputError(Text("media.no_folder", folder=folder), Text("media.no_folder_todo"))
    given = os.fsdecode(path)
    _refuse_windows(given)
    # The folder itself may be reached through links: the analyst has named it.
    found = named.resolve()
    for part in _inside(given, (found, named.absolute())).parts:
        found /= part
        _refuse_link(given, found)
    _check_file(given, found)
    return found


def _refuse_windows(given: str) -> None:
    if os.name != "nt" and ("\\" in given or PureWindowsPath(given).drive):
        raise InputError(Text("media.windows_path", path=given), Text("media.windows_path_todo"))


def _inside(given: str, folders: Sequence[Path]) -> Path:
    """Return a path relative to the folder, which is given in its spellings, without following any link."""
    path = Path(given)
    # A `..` is never resolved: the folder in front of it may be a link.
    if ".." not in path.parts:
        if not path.anchor:
            return path
        for folder in folders:
            if path.is_relative_to(folder):
                return path.relative_to(folder)
    raise InputError(Text("media.outside", path=given, folder=folders[-1]), Text("media.outside_todo"))


def _refuse_link(given: str, found: Path) -> None:
    try:
        mode = found.lstat().st_mode
    except PermissionError:
        raise InputError(Text("media.unreadable", path=given), Text("media.unreadable_todo")) from None
    except (OSError, ValueError):
        raise InputError(Text("media.missing_here", path=given), Text("media.missing_here_todo")) from None
    if stat.S_ISLNK(mode):
        raise InputError(Text("media.link", path=given), Text("media.link_todo"))


def _check_file(given: str, found: Path) -> None:
    if found.is_dir():
        raise InputError(Text("media.directory", path=given), Text("media.directory_todo"))
    if not found.is_file():
        raise InputError(Text("media.no_file", path=given), Text("media.directory_todo"))
    if not os.access(found, os.R_OK):
        raise InputError(Text("media.unreadable", path=given), Text("media.unreadable_todo"))
