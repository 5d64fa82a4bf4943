"""Resolves the path of a row's file within a folder, and refuses paths that lead out of the folder."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.media.content import expand_home, is_windows_path
from dingnb.media.frames import is_missing
from dingnb.words import Text
from dingnb.words.visible import truncate

_MAX_PATH_LENGTH = 100
"""Maximum length of a path in errors."""


def resolve_path(path: Any, folder: str | os.PathLike[str]) -> Path:  # noqa: ANN401 - a cell of any type
    """
    Return the path of a row's file within a folder.

    Args:
        path: The row's value: a path relative to the folder, or an absolute path within the folder.
        folder: The folder.

    Raises:
        InputError: The value is missing or not a path, the folder does not exist, the path leads out of the folder or
            through a symbolic link, is a Windows path on another system, or does not point to a readable file.
    """
    if is_missing(path) or (isinstance(path, str) and not path.strip()):
        raise InputError(Text("media.no_path"), Text("media.no_path_todo"))
    if not isinstance(path, str | os.PathLike):
        raise InputError(Text("media.not_a_path", value=short_repr(path)), Text("media.no_path_todo"))
    named_folder = expand_home(Path(folder))
    if not named_folder.is_dir():
        raise InputError(Text("media.no_folder", folder=folder), Text("media.no_folder_todo"))
    path_text = os.fsdecode(path)
    shown = truncate(path_text, _MAX_PATH_LENGTH)
    _refuse_windows_path(path_text, shown)
    # The folder itself may be reached through links: the analyst has named the folder.
    target = named_folder.resolve()
    inside = _relative_path(path_text, (target, named_folder.absolute()), shown)
    for part in inside.parts:
        target /= part
        _check_part(shown, target, inside, named_folder.absolute())
    _check_file(shown, target)
    return target


def _refuse_windows_path(path: str, shown: str) -> None:
    if is_windows_path(path):
        raise InputError(Text("media.windows_path", path=shown), Text("media.windows_path_todo"))


def _relative_path(path_text: str, folders: Sequence[Path], shown: str) -> Path:
    """Return a path relative to the folder, which is passed both resolved and as named; no link is followed."""
    path = Path(path_text)
    # A `..` is never resolved: the folder before it may be a link.
    if ".." not in path.parts:
        if not path.anchor:
            return path
        for folder in folders:
            if path.is_relative_to(folder):
                return path.relative_to(folder)
    # An absolute path replaces the folder to which it is joined.
    leads_to = Path(os.path.normpath(folders[0] / path)), Path(os.path.normpath(folders[-1] / path))
    is_within = any(target.is_relative_to(folder) for target, folder in zip(leads_to, folders, strict=True))
    what = Text("media.dots", path=shown) if is_within else Text("media.outside", path=shown, folder=folders[-1])
    raise InputError(what, Text("media.outside_todo"))


def _missing_todo(inside: Path, folder: Path) -> Text:
    """Return the hint for a file that does not exist: the path may begin with the folder, and so name it twice."""
    parts = inside.parts
    for n in range(1, len(parts)):
        if folder.parts[-n:] == parts[:n] and os.path.isfile(folder.joinpath(*parts[n:])):  # noqa: PTH113 - never raises
            shown = str(Path(*parts[:n])), str(Path(*parts[n:]))
            return Text("media.repeated_folder_todo", folder=shown[0], path=shown[1])
    return Text("media.missing_here_todo")


def _check_part(shown: str, target: Path, inside: Path, folder: Path) -> None:
    """Check that a part of the path exists, and is not a link."""
    try:
        mode = target.lstat().st_mode
    except PermissionError:
        raise InputError(Text("media.unreadable", path=shown), Text("media.unreadable_todo")) from None
    except (OSError, ValueError):
        raise InputError(Text("media.missing_here", path=shown), _missing_todo(inside, folder)) from None
    if stat.S_ISLNK(mode):
        raise InputError(Text("media.link", path=shown), Text("media.link_todo"))


def _check_file(shown: str, target: Path) -> None:
    if target.is_dir():
        raise InputError(Text("media.directory", path=shown), Text("media.directory_todo"))
    if not target.is_file():
        raise InputError(Text("media.no_file", path=shown), Text("media.no_file_todo"))
    if not os.access(target, os.R_OK):
        raise InputError(Text("media.unreadable", path=shown), Text("media.unreadable_todo"))
