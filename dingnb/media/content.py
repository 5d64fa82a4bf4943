"""Media as values: a picture, file, voice or video with its hash and name, read as a stream."""

import hashlib
import io
import os
import re
import stat
import unicodedata
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PureWindowsPath
from typing import Any, BinaryIO, Final, NamedTuple, NoReturn, Self, cast

from dingnb.errors import InputError
from dingnb.media.formats import FORMATS, MB, Format, MediaKind, check_size, find_kind, recognize
from dingnb.media.references import make_reference
from dingnb.words import NOTHING, Text, sentences

_KB, _GB = 2**10, 2**30

MAX_NAME_BYTES: Final = 200
"""
Maximum length of a name in UTF-8.

DingTalk does not document a limit, so this is an assumption; file systems, where recipients save files, allow 255.
"""

_FORBIDDEN = re.compile(r'[<>:"|?*]')
"""Characters that Windows does not allow in names."""

SESSION_FOLDER_PREFIX = "dingnb-files-"
"""Start of the names of folders for uploaded files, which are deleted when the session ends."""

_JOINER = "\u200d"
"""The zero-width joiner, an invisible character within emoji."""

_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""The letters of country codes, two of which are shown as a flag."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SUFFIXES = frozenset(suffix for format_ in FORMATS.values() for suffix in format_.suffixes)


def format_size(size: int) -> str:
    """
    Return a size in bytes as text with a unit.

    The units follow DingTalk's limits (docs/dingtalk.md, "Media"): a KB has 1,024 bytes, and an MB 1,024 KB.

    >>> format_size(512), format_size(35_020), format_size((1 << 20) - 1), format_size(5 << 30)
    ('512 B', '34.2 KB', '1.0 MB', '5.0 GB')
    """
    if size < _KB:
        return f"{size} B"
    for unit, unit_size in (("KB", _KB), ("MB", MB)):
        if round(size / unit_size, 1) < _KB:
            return f"{size / unit_size:.1f} {unit}"
    return f"{size / _GB:.1f} GB"


class _Digest(NamedTuple):
    """The SHA-256 of bytes, in hex, and the number of bytes."""

    sha256: str
    size: int


def _digest_of(file: io.BufferedReader) -> _Digest:
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _Digest(sha256, file.tell())


class _FileState(NamedTuple):
    """
    The properties of a file from which a change is recognised without reading it.

    Attributes:
        size: The size in bytes.
        changed_ns: The time of the last change, in nanoseconds since the epoch.
        inode: The number of the file on its file system.
    """

    size: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, file: io.BufferedReader) -> Self:
        """Return the state of an open file."""
        status = os.fstat(file.fileno())
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class _FileSource(NamedTuple):
    """
    A file from which a content is read.

    Attributes:
        path: The file's path.
        state: The file's state when it was hashed; None if unknown, so that the file has to be hashed again.
    """

    path: Path
    state: _FileState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """
    A picture, file, voice or video to send, uploaded or not; equal if kind, bytes and name are equal.

    Made by `from_path`, `from_bytes` or `dingnb.media.content_of`.

    Attributes:
        kind: The `type` of the upload: ``image``, ``file``, ``voice`` or ``video``.
        name: The file name that recipients see: without folders, and with the suffix of the content.
        sha256: The SHA-256 of the bytes, in hex.
        size: The number of bytes; 0 if unknown.
        mime: The media type.
        note: What was changed to make the content sendable, such as another suffix or a smaller encoding; empty if
            nothing.
        source: The file or the bytes; None if the content is only described (`from_record` without a path).
    """

    kind: str
    name: str
    sha256: str
    size: int
    mime: str
    note: Text = field(default=NOTHING, compare=False)
    source: _FileSource | bytes | None = field(repr=False, compare=False)

    @classmethod
    def from_path(
        cls, path: Path, kind: str, name: str | None = None, max_bytes: int | None = None, shown: str = ""
    ) -> "Content":
        """
        Return the content of a file, which is read once, piece by piece.

        Args:
            path: The file.
            kind: The kind of media.
            name: The file name that recipients see; by default the name of `path`.
            max_bytes: Maximum size; by default the maximum of an upload of this kind.
            shown: The path in errors about the file's content; by default the whole path.

        Raises:
            InputError: The file is missing, unreadable, empty, too large or of a format that the kind does not allow.
        """
        media_kind, shown = find_kind(kind), shown or str(path)
        _refuse_windows_path(path)
        with open_regular_file(path) as file:
            state = _FileState.of(file)
            check_size(shown, state.size, max_bytes or media_kind.max_bytes)
            with _as_input_errors(path):
                file_format = recognize(file, media_kind, shown)
                digest = _digest_of(file)
            if digest.size != state.size:
                _refuse_changed(path)
        # The working directory may have changed by the time the file is sent.
        source = _FileSource(path.absolute(), state)
        return cls._of(media_kind, name or path.name, file_format, NOTHING, digest, source)

    @classmethod
    def from_bytes(
        cls, data: bytes, kind: str, name: str, note: Text = NOTHING, max_bytes: int | None = None
    ) -> "Content":
        """
        Return the content of bytes, which are kept in memory.

        Args:
            data: The bytes.
            kind: The kind of media.
            name: The file name that recipients see.
            note: What was changed to make the bytes sendable.
            max_bytes: Maximum size; by default the maximum of an upload of this kind.

        Raises:
            InputError: The bytes are empty, too large or of a format that the kind does not allow.
        """
        media_kind = find_kind(kind)
        check_size(name, len(data), max_bytes or media_kind.max_bytes)
        file_format = recognize(io.BytesIO(data), media_kind, name)
        digest = _Digest(hashlib.sha256(data).hexdigest(), len(data))
        return cls._of(media_kind, name, file_format, note, digest, bytes(data))

    @classmethod
    def from_record(cls, kind: str, name: str, sha256: str, size: int, mime: str, path: str) -> "Content":
        """Return a content as the ledger describes it. Its bytes are at `path`, or unavailable without a path."""
        source = _FileSource(Path(path), None) if path else None
        return cls(kind=kind, name=name, sha256=sha256, size=size, mime=mime, source=source)

    @property
    def is_available(self) -> bool:
        """
        Whether the bytes are in memory, or the content has a path.

        A file uploaded to a form must also exist, since the file is deleted when the form's session ends.
        """
        if not isinstance(self.source, _FileSource):
            return self.source is not None
        is_uploaded = any(part.startswith(SESSION_FOLDER_PREFIX) for part in self.source.path.parts)
        return not is_uploaded or self.source.path.is_file()

    @property
    def path(self) -> Path | None:
        """The file from which the content is read; None if the bytes are in memory or unavailable."""
        return self.source.path if isinstance(self.source, _FileSource) else None

    @property
    def label(self) -> str:
        """The content in a few words, such as ``<payslip.pdf, 34.2 KB>``."""
        return f"<{self.name}, {format_size(self.size)}>" if self.size else f"<{self.name}>"

    @property
    def digest(self) -> str:
        """
        A hash of what recipients get: of the bytes and, for a file, also of the name, which recipients see.

        Equal digests of one kind share an upload.
        """
        if self.kind != "file":
            return self.sha256
        return hashlib.sha256(f"{self.sha256}\0{self.name}".encode()).hexdigest()

    @property
    def reference(self) -> str:
        """The placeholder in a body until the media id is filled in; see `dingnb.media.references`."""
        return make_reference(self.kind, self.digest)

    def check_unchanged(self) -> None:
        """
        Check that the content's file, if there is one and it still exists, has not changed.

        Raises:
            InputError: The file has changed, or cannot be read.
        """
        if isinstance(self.source, _FileSource) and _exists(self.source.path):
            self.open().close()

    def open(self) -> BinaryIO:
        """
        Open the content for reading, from its start to its end.

        A file is compared with its hash: at once if the file looks changed, and in any case before the last byte is
        returned, so that a reader who gets all bytes has the content that was hashed.

        Raises:
            InputError: The file is gone, cannot be read or has changed (raised by reading too), or the content is only
                described (`from_record` without a path).
        """
        if self.source is None:
            raise InputError(Text("media.not_kept", name=self.name), Text("media.not_kept_todo"))
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        file = open_regular_file(self.source.path)
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
            InputError: As for `open`.
        """
        with self.open() as file:
            return file.read()

    @property
    def seconds(self) -> int | None:
        """
        The length of a WAV recording in whole seconds, rounded up; None for other formats, or if the length is unknown.

        Each use reads the file's header.
        """
        if self.mime != FORMATS["wav"].mime:
            return None
        with suppress(InputError, wave.Error, EOFError), self.open() as file, wave.open(file) as recording:
            frames, rate = int(recording.getnframes()), int(recording.getframerate())
            # A program that writes the header before the length is known states too many frames.
            is_known = frames * recording.getnchannels() * recording.getsampwidth() <= self.size
            if frames and rate and is_known:
                return -(-frames // rate)
        return None

    def _check(self, file: io.BufferedReader, source: _FileSource) -> None:
        state = _FileState.of(file)
        if state == source.state:
            return
        with _as_input_errors(source.path):
            is_unchanged = state.size == self.size and _digest_of(file) == (self.sha256, self.size)
        if not is_unchanged:
            _refuse_changed(source.path)
        file.seek(0)

    @classmethod
    def _of(
        cls,
        kind: MediaKind,
        name: str,
        file_format: Format,
        note: Text,
        digest: _Digest,
        source: _FileSource | bytes,
    ) -> "Content":
        safe = safe_name(name, file_format)
        suffix = split_suffix(name)[1].lower()
        if suffix and suffix not in file_format.suffixes:
            note = sentences(note, Text("media.renamed", name=name, content=file_format.name, became=safe))
        return cls(
            kind=kind.name,
            name=safe,
            sha256=digest.sha256,
            size=digest.size,
            mime=file_format.mime,
            note=note,
            source=source,
        )


@dataclass(frozen=True, slots=True)
class Media:
    """
    An uploaded picture, file, voice or video: what `DingTalk.upload` returns.

    Attributes:
        id: DingTalk's media id, which works for this app alone.
        kind: ``image``, ``file``, ``voice`` or ``video``.
        name: The file name that was sent.
        size: The size in bytes.
        sha256: The SHA-256 of the bytes, in hex.
        uploaded_at: The time of the upload, in Beijing.
    """

    id: str
    kind: str
    name: str
    size: int
    sha256: str
    uploaded_at: datetime


class _CheckedReader(io.RawIOBase):
    """Reads a file to its end; if the file has changed since it was hashed, raises an error before its last bytes."""

    def __init__(self, file: io.BufferedReader, path: Path, content: Content) -> None:
        self._file = file
        self._path = path
        self._remaining = content.size
        self._sha256 = content.sha256
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer; Python 3.11 has no type for it
        view = memoryview(buffer)[: self._remaining]
        if not view:
            return 0
        with _as_input_errors(self._path):
            n = self._file.readinto(view)
        self._hash.update(view[:n])
        self._remaining -= n
        if n == 0 or (self._remaining == 0 and self._hash.hexdigest() != self._sha256):
            _refuse_changed(self._path)
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


def _refuse_windows_path(path: Path) -> None:
    """Refuse a Windows path on another system, unless a file there is called so."""
    if is_windows_path(str(path)) and not _exists(path):
        raise InputError(Text("media.windows_path", path=path), Text("media.windows_path_todo"))


def is_windows_path(path: str) -> bool:
    """Return whether a path looks like a Windows path, and this computer does not run Windows."""
    return os.name != "nt" and ("\\" in path or bool(PureWindowsPath(path).drive))


def expand_home(path: Path) -> Path:
    """Return a path with ``~`` replaced by the home folder; if there is no such user, ``~…`` is an ordinary name."""
    with suppress(RuntimeError):
        return path.expanduser()
    return path


def _exists(path: Path) -> bool:
    with _as_input_errors(path):
        return path.exists()


def open_regular_file(path: Path) -> io.BufferedReader:
    """
    Open a regular file.

    Raises:
        InputError: The file cannot be opened, or is not a regular file.
    """
    with _as_input_errors(path):
        # Opening a pipe would wait for its other end.
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            return path.open("rb")
    key = "media.directory" if stat.S_ISDIR(mode) else "media.no_file"
    raise InputError(Text(key, path=path), Text(f"{key}_todo"))


@contextmanager
def _as_input_errors(path: Path) -> Iterator[None]:
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
        reason = getattr(error, "strerror", None) or str(error)
        what, todo = Text("media.not_opened", path=path, reason=reason), "media.not_opened_todo"
    else:
        return
    raise InputError(what, Text(todo))


def _refuse_changed(path: Path) -> NoReturn:
    raise InputError(Text("media.changed", path=path), Text("media.changed_todo"))


def safe_name(name: str, file_format: Format) -> str:
    r"""
    Return a name without folders and hidden characters, shortened if too long, with a suffix of the file's format.

    >>> safe_name("../../etc/工资条.PDF", FORMATS["pdf"]), safe_name("chart.jpeg", FORMATS["png"])
    ('工资条.PDF', 'chart.png')
    >>> safe_name("a\\b\x00.png", FORMATS["png"]), safe_name("", FORMATS["png"]), safe_name("v1.2", FORMATS["zip"])
    ('b.png', 'image.png', 'v1.2.zip')
    """
    stem, suffix = split_suffix(_clean(name))
    if suffix.lower() not in file_format.suffixes:
        suffix = file_format.suffixes[0]
    stem = _shorten(stem.strip(" ."), MAX_NAME_BYTES - len(suffix.encode()))
    if all(map(_has_no_width, stem)):
        stem = file_format.mime.partition("/")[0].replace("application", "file")
    return stem + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """
    Return a name without its suffix, and the suffix; only suffixes of DingTalk's formats count.

    >>> split_suffix("report.2026.pdf"), split_suffix("report.2026")
    (('report.2026', '.pdf'), ('report.2026', ''))
    """
    stem, dot, last = name.rpartition(".")
    return (stem, dot + last) if f".{last.lower()}" in _SUFFIXES and dot else (name, "")


def _clean(name: str) -> str:
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    shown = "".join(
        character
        for character in last
        if character == _JOINER or unicodedata.category(character) not in _HIDDEN_CATEGORIES
    )
    return " ".join(_FORBIDDEN.sub("_", shown).split())


def _has_no_width(character: str) -> bool:
    """Return whether a character is shown only as part of another: a mark, or an invisible character within emoji."""
    return character == _JOINER or unicodedata.category(character).startswith("M")


def _continues_emoji_or_letter(stem: str, position: int) -> bool:
    """Return whether the character at a position is shown as part of the character before."""
    character = stem[position]
    if character in _FLAG_LETTERS:
        before = stem[:position]
        return (len(before) - len(before.rstrip(_FLAG_LETTERS))) % 2 == 1
    return _has_no_width(character) or character in _SKIN_TONES or stem[position - 1] == _JOINER


def _shorten(stem: str, max_bytes: int) -> str:
    end = len(stem.encode()[:max_bytes].decode(errors="ignore"))
    # Part of an emoji would be a different emoji, and a letter without its accent a different letter.
    while 0 < end < len(stem) and _continues_emoji_or_letter(stem, end):
        end -= 1
    return stem[:end].rstrip(" .")
