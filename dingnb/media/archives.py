"""
Uploaded zip archives: lists and reads their files within limits, and decodes Chinese names.

Nothing is unpacked to a folder, because a name in an archive can point anywhere.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from dingnb.errors import InputError
from dingnb.media.formats import KINDS, MB, too_large_error
from dingnb.words import Text

MAX_FILES: Final = 20_000
"""Maximum number of files in an archive."""

MAX_UNPACKED_BYTES: Final = 2 * 2**30
"""Maximum size of all files of an archive together, unpacked."""

MAX_FILE_BYTES: Final = KINDS["file"].max_bytes
"""Maximum size of a file that is read; DingTalk accepts no larger file."""

_UNICODE_NAME_TAG: Final = 0x7075
"""Tag of Info-ZIP's extra field with the name in UTF-8."""

_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1
_SYMLINK: Final = 0o120000
_FILE_TYPE_MASK: Final = 0o170000
_SYSTEM_FOLDER: Final = "__MACOSX/"
_SYSTEM_FILES: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_MACOS_PREFIX: Final = "._"
"""Start of the names of files that macOS adds beside each file on network drives and memory sticks."""

ARCHIVE_READING_ERRORS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
with suppress(ImportError):  # some builds of Python lack lzma; zipfile then refuses files compressed with it
    from lzma import LZMAError

    ARCHIVE_READING_ERRORS += (LZMAError,)
"""Errors that reading a file of a damaged or unsupported archive may raise."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """
    A file in an archive.

    Attributes:
        path: The path in the archive, with ``/``.
        size: The unpacked size in bytes.
        entry: The file's entry in the archive.
    """

    path: str
    size: int
    entry: zipfile.ZipInfo = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.path.rpartition("/")[2]


class ZipArchive:
    """
    An uploaded zip archive.

    Args:
        content: The archive's bytes.
        name: The archive's name, for error messages.

    Attributes:
        members: The archive's files in order, without folders, links and files that operating systems add; files with
            equal names are all included.

    Raises:
        InputError: The archive is damaged, has no files or too many, or unpacks to too many bytes.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise InputError(Text("media.zip_damaged", name=name, error=error), Text("media.zip_todo")) from None
        entries = self._archive.infolist()
        self._check(entries)
        files = ((_path_of(entry), entry) for entry in entries if not _is_link(entry))
        members = (ZipMember(path, entry.file_size, entry) for path, entry in files)
        self.members: Sequence[ZipMember] = tuple(member for member in members if _is_own_file(member))
        if not self.members:
            raise InputError(Text("media.zip_empty", name=name), Text("media.zip_empty_todo"))

    def read(self, member: ZipMember, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """
        Return the bytes of a file.

        Args:
            member: The file, from `members`.
            max_bytes: Maximum size; no more is unpacked.

        Raises:
            InputError: The file is too large, damaged, protected by a password, or compressed by an unsupported method.
        """
        if member.size > max_bytes:
            raise too_large_error(member.path, member.size, max_bytes)
        if member.entry.flag_bits & _ENCRYPTED_FLAG:
            raise InputError(Text("media.zip_encrypted", name=member.path), Text("media.zip_encrypted_todo"))
        try:
            with self._archive.open(member.entry) as file:
                # An entry that unpacks to more than its stated size is truncated, so that its checksum does not match.
                return file.read(member.size)
        except NotImplementedError as error:
            what = Text("media.zip_unsupported", name=member.path, error=error)
            raise InputError(what, Text("media.zip_todo")) from None
        except ARCHIVE_READING_ERRORS as error:
            raise InputError(Text("media.damaged", name=member.path, error=error), Text("media.zip_todo")) from None

    def _check(self, entries: Sequence[zipfile.ZipInfo]) -> None:
        if len(entries) > MAX_FILES:
            what = Text("media.zip_many", name=self.name, n=len(entries), most=MAX_FILES)
            raise InputError(what, Text("media.zip_todo"))
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED_BYTES:
            megabytes, limit = unpacked / MB, MAX_UNPACKED_BYTES / MB
            what = Text("media.zip_bomb", name=self.name, megabytes=megabytes, most=limit)
            raise InputError(what, Text("media.zip_todo"))
        end = 0
        for entry in sorted(entries, key=lambda member: member.header_offset):
            if entry.header_offset < end:
                raise InputError(Text("media.zip_overlap", name=self.name), Text("media.zip_todo"))
            end = entry.header_offset + entry.compress_size


def _is_own_file(member: ZipMember) -> bool:
    """Return whether a member is a file that no operating system added."""
    is_added = member.name in _SYSTEM_FILES or member.name.startswith(_MACOS_PREFIX)
    return bool(member.name) and not is_added and not member.path.startswith(_SYSTEM_FOLDER)


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return entry.external_attr >> 16 & _FILE_TYPE_MASK == _SYMLINK


def _path_of(entry: zipfile.ZipInfo) -> str:
    """
    Return the path of a file or folder, decoded and with ``/``; the path of a folder ends with ``/``.

    Windows writes names in the system's encoding, GBK for Chinese, without declaring the encoding, and .NET separates
    folders by a backslash.
    """
    if entry.flag_bits & _UTF8_FLAG:
        path = entry.filename
    else:
        raw = entry.orig_filename.encode("cp437")
        path = _unicode_name(entry.extra, raw) or _decode_name(raw)
    return path.replace("\\", "/")


def _decode_name(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def _unicode_name(extra: bytes, raw: bytes) -> str:
    """Return the name in Info-ZIP's extra field if it has the checksum of the entry's name; otherwise an empty text."""
    while len(extra) >= 4:  # noqa: PLR2004 - the head of a field
        tag, length = struct.unpack("<HH", extra[:4])
        field_data, extra = extra[4 : 4 + length], extra[4 + length :]
        if tag == _UNICODE_NAME_TAG and len(field_data) > 5 and field_data[0] == 1:  # noqa: PLR2004 - version and checksum
            checksum = struct.unpack("<I", field_data[1:5])[0]
            if checksum == zlib.crc32(raw):
                return field_data[5:].decode(errors="replace")
    return ""
