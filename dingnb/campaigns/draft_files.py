"""
Keeps the pictures and files that were chosen for messages, on this computer.

The chosen files of a message are one archive, named by a digest of all of them, which drafts with the same files share.
A draft in the ledger contains only the digest, under `FILES_KEY`.

Several processes may use a folder at once. A draft is saved before its archive is written. So an archive that no draft
in the ledger names can be deleted: no draft that is just being saved needs it.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from filelock import FileLock

from dingnb.errors import InputError
from dingnb.media import Content
from dingnb.media.archives import ARCHIVE_READING_ERRORS
from dingnb.private_files import write_privately
from dingnb.words import NOTHING, Text

MAX_BYTES = 20_000_000
"""Maximum size of the chosen files of a message, in total; more are not kept."""

FILES_KEY = "$"
"""The key of the digest among the texts of a draft."""

_INDEX, _LOCK = "index.json", ".lock"
_LOCK_TIMEOUT_S = 10.0

_DIGEST = re.compile(r"[0-9a-f]{64}")

_DAMAGE_ERRORS: tuple[type[Exception], ...] = (*ARCHIVE_READING_ERRORS, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """
    A picture or file that was chosen for a message.

    Attributes:
        field: The path of the message field, with the message type in front; empty for a file for one recipient.
        content: The content of the picture or file.
        variable: The notebook variable that the picture was made from; empty for a file.
    """

    field: str
    content: Content
    variable: str = ""


def digest_of_files(files: Sequence[ChosenFile]) -> str:
    """Return a digest of chosen files; empty if there are none."""
    return hashlib.sha256(_index_of(files)).hexdigest() if files else ""


def digest_in(texts: Mapping[str, str]) -> str:
    """Return the digest of the chosen files of a draft, from its texts; empty if it has none."""
    return texts.get(FILES_KEY, "")


def are_too_large(files: Sequence[ChosenFile]) -> bool:
    """Return whether chosen files are too large to be kept."""
    return sum(file.content.size for file in files) > MAX_BYTES


class ChosenFileStore:
    """
    Archives of chosen files in a private folder.

    Args:
        folder: The folder, which is created when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, files: Sequence[ChosenFile]) -> Text:
        """Write the archive of chosen files, unless it exists; return why they are not kept, empty if they are."""
        if are_too_large(files):
            return Text("drafts.files_too_large", megabytes=MAX_BYTES // 1_000_000)
        path = self._path(digest_of_files(files))
        try:
            with self._locked():
                if not path.is_file():
                    write_privately(path, _archive_of(files))
        except InputError as error:
            # A file of the notebook was changed after it was chosen.
            return Text("drafts.files_not_kept", reason=error.text)
        except OSError as error:
            return Text("drafts.files_not_kept", reason=error.strerror or type(error).__name__)
        return NOTHING

    def load(self, digest: str) -> tuple[ChosenFile, ...] | None:
        """Return the chosen files with a digest; None if they cannot be read. A damaged archive is deleted."""
        # The digest becomes part of a path, and comes from a draft that anybody may have written.
        if not _DIGEST.fullmatch(digest):
            return None
        path = self._path(digest)
        try:
            with ZipFile(path) as archive:
                return tuple(_read(archive, digest))
        except OSError:
            return None
        except _DAMAGE_ERRORS:
            # Otherwise, `keep` would not write the archive again when the same files are chosen.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None

    def names(self, digest: str) -> tuple[str, ...]:
        """Return the names of the chosen files with a digest; none if they cannot be read."""
        if not _DIGEST.fullmatch(digest):
            return ()
        with suppress(OSError, *_DAMAGE_ERRORS), ZipFile(self._path(digest)) as archive:
            return tuple(str(name) for _, _, _, name, *_ in json.loads(archive.read(_INDEX)))
        return ()

    def digests(self) -> set[str]:
        """Return the digests of the archives in the folder."""
        return {path.stem for path in self._folder.glob("*.zip")}

    def delete_except(self, kept: Callable[[], Collection[str]]) -> None:
        """
        Delete the archives whose digests are not to be kept, and the partial files of killed writers.

        Args:
            kept: Returns the digests to keep; called while nothing is written to the folder.

        Raises:
            OSError: The folder cannot be locked, or an archive or a partial file cannot be deleted.
        """
        if not self._folder.is_dir():
            return
        with self._locked():
            for digest in self.digests().difference(kept()):
                self._path(digest).unlink(missing_ok=True)
            for path in self._folder.glob(".*.part"):
                path.unlink(missing_ok=True)

    def move_to(self, other: "ChosenFileStore") -> None:
        """
        Move all archives to another folder.

        Raises:
            OSError: A folder cannot be locked, or an archive cannot be moved.
        """
        moved = self.digests()
        for digest in moved:
            with other._locked():  # noqa: SLF001 - of the same class
                write_privately(other._path(digest), self._path(digest).read_bytes())  # noqa: SLF001 - likewise
        # Another process may have written more archives meanwhile.
        self.delete_except(lambda: self.digests() - moved)

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.zip"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        for folder in (*reversed(self._folder.parents), self._folder):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(self._folder / _LOCK, _LOCK_TIMEOUT_S, 0o600, fallback_to_soft=False, preserve_lock_file=True)
        try:
            lock.acquire()
        except NotImplementedError as error:
            # The file system has no locks.
            raise OSError(str(error)) from None
        try:
            yield
        finally:
            lock.release()


def _index_of(files: Sequence[ChosenFile]) -> bytes:
    """Return the index of an archive: for each file its field, its variable, and the facts about its content."""
    entries = [
        [file.field, file.variable, content.kind, content.name, content.sha256, content.size, content.mime]
        for file in files
        for content in [file.content]
    ]
    return json.dumps(entries).encode()


def _archive_of(files: Sequence[ChosenFile]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(ZipInfo(_INDEX), _index_of(files))
        # The same content may have been chosen for several fields.
        for sha256, content in {file.content.sha256: file.content for file in files}.items():
            archive.writestr(ZipInfo(sha256), content.read())
    return buffer.getvalue()


def _read(archive: ZipFile, digest: str) -> Iterator[ChosenFile]:
    """
    Yield the files of an archive.

    Raises:
        KeyError: An entry is missing.
        ValueError: The archive does not have this digest, or is damaged.
    """
    index = archive.read(_INDEX)
    if hashlib.sha256(index).hexdigest() != digest:
        raise ValueError(digest)
    for field, variable, kind, name, sha256, size, mime in json.loads(index):
        source = archive.read(sha256)
        if (hashlib.sha256(source).hexdigest(), len(source)) != (sha256, size):
            raise ValueError(name)
        content = Content(kind=kind, name=name, sha256=sha256, size=size, mime=mime, source=source)
        yield ChosenFile(field, content, variable)
