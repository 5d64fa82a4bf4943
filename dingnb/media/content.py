"""The content of a medium as a value: what it is, its hash, and how to read it without holding it in memory."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO, NoReturn, cast

from dingnb.errors import InputError
from dingnb.media.kinds import Format, MediaKind, check_size, kind_named, recognize
from dingnb.media.names import safe_name, split_suffix
from dingnb.media.references import make_reference
from dingnb.words import NOTHING, Text, sentences

_KB, _MB = 1 << 10, 1 << 20


def size_text(size: int) -> str:
    """
    Return a size as people read it.

    >>> size_text(512), size_text(35_020), size_text(3 << 20)
    ('512 B', '34.2 kB', '3.0 MB')
    """
    if size < _KB:
        return f"{size} B"
    return f"{size / _KB:.1f} kB" if size < _MB else f"{size / _MB:.1f} MB"


def _hash_of(file: io.BufferedReader) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class _FileSource:
    """
    A file, as it was when it was hashed.

    Attributes:
        path: Its path.
        size: Its size.
        changed_ns: When it was last changed.
        number: Its number on its file system.
    """

    path: Path
    size: int
    changed_ns: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """
    A picture, a file, a voice or a video to send. Contents of one kind with equal bytes and names are equal.

    Made by `from_path`, `from_bytes` or `dingnb.media.content_of`.

    Attributes:
        kind: The `type` of its upload: ``image``, ``file``, ``voice`` or ``video``.
        name: The file name that recipients see: without folders, and with the suffix of the content.
        sha256: The SHA-256 of its bytes, in hex.
        size: Its size in bytes.
        mime: Its media type.
        note: What was changed to make it sendable, such as another suffix or a smaller encoding; empty if nothing.
    """

    kind: str
    name: str
    sha256: str
    size: int
    mime: str
    note: Text = field(default=NOTHING, compare=False)
    source: "_FileSource | bytes | None" = field(repr=False, compare=False)

    @classmethod
    def from_path(cls, path: Path, kind: str, name: str | None = None, most_bytes: int | None = None) -> "Content":
        """
        Return the content of a file, which is read once, piece by piece.

        Args:
            path: The file.
            kind: The kind of media.
            name: The file name that recipients see; by default the name of `path`.
            most_bytes: Maximum size; by default that of an upload of this kind.

        Raises:
            InputError: The file is missing, cannot be read, is empty, too large or of another format.
        """
        wanted, shown = kind_named(kind), _checked_path(path)
        with opened(path) as file:
            found = os.fstat(file.fileno())
            check_size(shown, found.st_size, most_bytes or wanted.most_bytes)
            with _explained(path):
                content = recognize(file, wanted, shown)
                digest = _hash_of(file)
            if file.tell() != found.st_size:
                _refuse_changed(path)
        # The folder of the process may be another one when it is sent.
        source = _FileSource(path.absolute(), found.st_size, found.st_mtime_ns, found.st_ino)
        return cls._of(wanted, name or path.name, content, NOTHING, sha256=digest, size=found.st_size, source=source)

    @classmethod
    def from_bytes(
        cls, data: bytes, kind: str, name: str, note: Text = NOTHING, most_bytes: int | None = None
    ) -> "Content":
        """
        Return the content of bytes, which are held.

        Args:
            data: The bytes.
            kind: The kind of media.
            name: The file name that recipients see.
            note: What was changed to make it sendable.
            most_bytes: Maximum size; by default that of an upload of this kind.

        Raises:
            InputError: It is empty, too large or of another format.
        """
        wanted = kind_named(kind)
        check_size(name, len(data), most_bytes or wanted.most_bytes)
        content = recognize(io.BytesIO(data), wanted, name)
        digest = hashlib.sha256(data).hexdigest()
        return cls._of(wanted, name, content, note, sha256=digest, size=len(data), source=bytes(data))

    @classmethod
    def recorded(cls, kind: str, name: str, sha256: str, size: int, mime: str, path: str) -> "Content":
        """Return a content as the ledger describes it: read from its path, or not available where there is none."""
        # No file has this size, so that opening compares the hash.
        source = _FileSource(Path(path), -1, 0, 0) if path else None
        return cls(kind=kind, name=name, sha256=sha256, size=size, mime=mime, source=source)

    @property
    def is_available(self) -> bool:
        """Whether its bytes are held or it has a file to be read from."""
        return self.source is not None

    @classmethod
    def _of(
        cls,
        kind: MediaKind,
        name: str,
        content: Format,
        note: Text,
        *,
        sha256: str,
        size: int,
        source: "_FileSource | bytes",
    ) -> "Content":
        safe = safe_name(name, content)
        suffix = split_suffix(name)[1].lower()
        if suffix and suffix not in content.suffixes:
            note = sentences(note, Text("media.renamed", name=name, content=content.name, became=safe))
        return cls(kind=kind.name, name=safe, sha256=sha256, size=size, mime=content.mime, note=note, source=source)

    @property
    def path(self) -> Path | None:
        """The file from which it is read; None if its bytes are held."""
        return self.source.path if isinstance(self.source, _FileSource) else None

    @property
    def label(self) -> str:
        """The content in a few words, such as ``<payslip.pdf, 34.2 kB>``."""
        return f"<{self.name}, {size_text(self.size)}>"

    @property
    def digest(self) -> str:
        """
        A hash of what recipients get: of the bytes, and of a file also of its name, which they see.

        Equal digests of one kind share an upload.
        """
        if self.kind != "file":
            return self.sha256
        return hashlib.sha256(f"{self.sha256}\0{self.name}".encode()).hexdigest()

    @property
    def reference(self) -> str:
        """What names the content in a body until its media id is filled in; see `dingnb.media.references`."""
        return make_reference(self.kind, self.digest)

    def open(self) -> BinaryIO:
        """
        Open the content for reading, from its start to its end.

        A file is compared with its hash: at once if it looks changed, and in any case before its last byte is
        returned, so that a reader who gets all bytes has the content that was hashed.

        Raises:
            InputError: The file is gone, cannot be read or has changed, which reading raises as well; or the content
                is only described (`recorded`).
        """
        if self.source is None:
            raise InputError(Text("media.not_kept", name=self.name), Text("media.not_kept_todo"))
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        file = opened(self.source.path)
        try:
            self._check(file, self.source)
        except BaseException:
            file.close()
            raise
        return cast("BinaryIO", _CheckedReader(file, self.source.path, self))

    def read(self) -> bytes:
        """
        Return all bytes.

        Raises:
            InputError: As `open`.
        """
        with self.open() as file:
            return file.read()

    def check_for_message(self) -> None:
        """
        Check the size against the limit of work notifications, which for files is lower than that of uploads.

        Raises:
            InputError: It is too large.
        """
        check_size(self.name, self.size, kind_named(self.kind).most_bytes_in_message)

    def _check(self, file: io.BufferedReader, source: _FileSource) -> None:
        now = os.fstat(file.fileno())
        if (now.st_size, now.st_mtime_ns, now.st_ino) == (source.size, source.changed_ns, source.number):
            return
        with _explained(source.path):
            is_same = now.st_size == self.size and _hash_of(file) == self.sha256
        if not is_same:
            _refuse_changed(source.path)
        file.seek(0)


class _CheckedReader(io.RawIOBase):
    """Reads a file to its end, and raises an error instead of its last bytes if it is not what was hashed."""

    def __init__(self, file: io.BufferedReader, path: Path, content: Content) -> None:
        self._file = file
        self._path = path
        self._left = content.size
        self._wanted = content.sha256
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer, which 3.11 has no name for
        view = memoryview(buffer)[: self._left]
        if not view:
            return 0
        with _explained(self._path):
            n = self._file.readinto(view)
        self._hash.update(view[:n])
        self._left -= n
        if n == 0 or (self._left == 0 and self._hash.hexdigest() != self._wanted):
            _refuse_changed(self._path)
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


def _checked_path(path: Path) -> str:
    """Return a path as errors show it, if it can be one of a file on this computer."""
    shown = str(path)
    if shown in {"", "."}:
        raise InputError(Text("media.no_path"), Text("media.no_path_todo"))
    if os.name != "nt" and ("\\" in shown or PureWindowsPath(shown).drive) and not path.exists():
        raise InputError(Text("media.windows_path", path=shown), Text("media.windows_path_todo"))
    return shown


def opened(path: Path) -> io.BufferedReader:
    """
    Open a file that may be gone, a folder or a device.

    Raises:
        InputError: It cannot be opened.
    """
    with _explained(path):
        # A pipe would wait for its other end.
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            return path.open("rb")
    what = Text("media.directory" if stat.S_ISDIR(mode) else "media.no_file", path=path)
    raise InputError(what, Text("media.directory_todo"))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn errors of reading a file inside the context into `InputError`."""
    todo = "media.missing_todo"
    try:
        yield
    except InputError:
        raise
    except (FileNotFoundError, NotADirectoryError):
        what = Text("media.missing", path=path)
    except PermissionError:
        what, todo = Text("media.unreadable", path=path), "media.unreadable_todo"
    except (OSError, ValueError) as error:
        what = Text("media.not_opened", path=path, reason=getattr(error, "strerror", None) or str(error))
    else:
        return
    raise InputError(what, Text(todo))


def _refuse_changed(path: Path) -> NoReturn:
    raise InputError(Text("media.changed", path=path), Text("media.changed_todo"))
