"""
DingTalk's kinds of media with their formats and limits as data, and the recognition of a file's format.

The format is recognised by the content (docs/dingtalk.md, "Media"): a web page that was saved as ``payslip.pdf`` is a
web page.
"""

import codecs
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from dingnb.errors import InputError
from dingnb.errors.arguments import check_choice
from dingnb.tables.file_kinds import without_number
from dingnb.words import Text, listed

KindName: TypeAlias = Literal["image", "voice", "video", "file"]

MB: Final = 2**20
"""The number of bytes of a megabyte of DingTalk's limits: an assumption."""


@dataclass(frozen=True, slots=True)
class Format:
    """
    A format that DingTalk accepts.

    Attributes:
        name: The format's name in DingTalk's documentation.
        mime: The media type.
        suffixes: The suffixes of files; a file with another suffix gets the first.
    """

    name: str
    mime: str
    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MediaKind:
    """
    One kind of media.

    Attributes:
        name: The `type` of an upload.
        formats: The names of the accepted formats.
        max_bytes: Maximum size of an upload.
        max_bytes_in_message: Maximum size of a file to which a work notification refers.
    """

    name: KindName
    formats: tuple[str, ...]
    max_bytes: int
    max_bytes_in_message: int


_OPEN_XML = "application/vnd.openxmlformats-officedocument"

FORMATS: Final[Mapping[str, Format]] = {
    format_.name: format_
    for format_ in (
        Format("jpg", "image/jpeg", (".jpg", ".jpeg")),
        Format("gif", "image/gif", (".gif",)),
        Format("png", "image/png", (".png",)),
        Format("bmp", "image/bmp", (".bmp",)),
        Format("amr", "audio/amr", (".amr",)),
        Format("mp3", "audio/mpeg", (".mp3",)),
        Format("wav", "audio/wav", (".wav",)),
        Format("mp4", "video/mp4", (".mp4",)),
        Format("doc", "application/msword", (".doc",)),
        Format("docx", f"{_OPEN_XML}.wordprocessingml.document", (".docx",)),
        Format("xls", "application/vnd.ms-excel", (".xls",)),
        Format("xlsx", f"{_OPEN_XML}.spreadsheetml.sheet", (".xlsx",)),
        Format("ppt", "application/vnd.ms-powerpoint", (".ppt",)),
        Format("pptx", f"{_OPEN_XML}.presentationml.presentation", (".pptx",)),
        Format("zip", "application/zip", (".zip",)),
        Format("pdf", "application/pdf", (".pdf",)),
        Format("rar", "application/vnd.rar", (".rar",)),
    )
}
"""The formats by name."""

KINDS: Final[Mapping[str, MediaKind]] = {
    kind.name: kind
    for kind in (
        MediaKind("image", ("jpg", "gif", "png", "bmp"), 20 * MB, 20 * MB),
        MediaKind("voice", ("amr", "mp3", "wav"), 2 * MB, 2 * MB),
        MediaKind("video", ("mp4",), 20 * MB, 20 * MB),
        MediaKind("file", ("doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"), 20 * MB, 10 * MB),
    )
}
"""The kinds by name."""

_HEAD_BYTES: Final = 4_096

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"#!AMR", "amr"),
    (b"ID3", "mp3"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
)
_BITMAP_HEADERS: Final = (12, 40, 52, 56, 64, 108, 124)
_MP4_BRANDS: Final[Mapping[bytes, str]] = {
    b"qt  ": "video",
    b"M4A ": "audio",
    b"M4B ": "audio",
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"), "picture"),
}
"""Brands of other formats that use the MP4 container."""

_HTML_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<!--")
_OLE_SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: Final[tuple[tuple[str, str], ...]] = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
_ZIP_MEMBERS: Final[Mapping[str, str]] = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
    "xl/workbook.bin": "document",
    "mimetype": "document",
}
"""Formats of zip archives by a member that identifies them; `mimetype` is in OpenDocument files and e-books."""


ARCHIVE_OPENING_ERRORS: Final = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError)
"""Errors that opening a damaged or unsupported zip archive may raise."""

_CHUNK_BYTES: Final = 2**18


def find_kind(name: object) -> MediaKind:
    """
    Return the kind of media with a name.

    Raises:
        InputError: No kind of media has this name.
    """
    check_choice("kind", name, tuple(KINDS), "media.kind_todo")
    return KINDS[cast("str", name)]


def megabytes_rounded_up(size: int) -> float:
    """
    Return a size in bytes as megabytes, rounded up to a tenth: a size beyond a limit never looks like the limit.

    >>> megabytes_rounded_up(20 * MB), megabytes_rounded_up(20 * MB + 1)
    (20.0, 20.1)
    """
    return math.ceil(size / MB * 10) / 10


def check_size(name: str, size: int, max_bytes: int) -> None:
    """
    Check the size of a file.

    Raises:
        InputError: The file is empty or too large.
    """
    if size == 0:
        raise InputError(Text("media.empty", name=name), Text("media.empty_todo"))
    if size > max_bytes:
        raise too_large_error(name, size, max_bytes)


def too_large_error(name: str, size: int, max_bytes: int) -> InputError:
    """Return the error for a file that is too large."""
    what = Text("media.too_large", name=name, megabytes=megabytes_rounded_up(size), most=max_bytes / MB)
    return InputError(what, Text("media.too_large_todo"))


def recognize(file: BinaryIO, kind: MediaKind, name: str) -> Format:
    """
    Return the format of a file, recognised by its content.

    Args:
        file: The content, which is seekable.
        kind: The expected kind.
        name: The file's name, for error messages. Its suffix decides only between encrypted Office documents, which
            look the same, and between Office formats if the file embeds a document of another format.

    Raises:
        InputError: DingTalk does not accept this format for the kind, or the file is damaged.
    """
    try:
        format_name = format_of(file, name)
    except ARCHIVE_OPENING_ERRORS as error:
        raise InputError(Text("media.damaged", name=name, error=error), Text("media.damaged_todo")) from None
    if format_name not in kind.formats:
        what = Text(
            "media.wrong_format",
            name=name,
            found=Text(f"media.is_{format_name}"),
            kind=Text(f"media.kind_{kind.name}"),
        )
        raise InputError(what, _advice(format_name, kind))
    return FORMATS[format_name]


def _advice(format_name: str, kind: MediaKind) -> Text:
    formats = listed(kind.formats)
    other = next((other_kind.name for other_kind in KINDS.values() if format_name in other_kind.formats), None)
    if other is not None:
        return Text("media.other_kind_todo", other=other, formats=formats)
    return Text("media.page_todo" if format_name == "html" else "media.wrong_format_todo", formats=formats)


def format_of(file: BinaryIO, name: str = "") -> str:
    """
    Return the format of a content: a name in `FORMATS`, or a broader class of formats that DingTalk does not accept.

    Args:
        file: The content, which is seekable.
        name: The file's name, whose suffix decides between encrypted Office documents, and between Office formats if
            the file embeds a document of another format.

    Raises:
        ARCHIVE_OPENING_ERRORS: The content starts like a zip archive, but cannot be read as a zip archive.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _format_of_zip(file)
    if head.startswith(_OLE_SIGNATURE):
        return _format_of_ole(file, name)
    return next((format_name for start, format_name in _SIGNATURES if head.startswith(start)), "") or _format_of_other(
        head
    )


def _format_of_other(head: bytes) -> str:
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "picture", b"AVI ": "video"}.get(head[8:12], "unknown")
    if head[4:8] == b"ftyp":
        return _MP4_BRANDS.get(head[8:12], "mp4")
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    return "mp3" if _is_mp3_frame(head) else _format_of_text(head)


def _format_of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"%pdf-"):
        return "pdf"
    if text.startswith(_HTML_STARTS):
        return "html"
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        return "picture"
    return "text" if _is_text(head) else "unknown"


def _is_mp3_frame(head: bytes) -> bool:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - a frame's first eleven bits are set
        return False
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate != 3 and head[2] >> 4 != 0xF  # noqa: PLR2004 - reserved values


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    # The last character may continue after the head.
    is_whole = len(head) < _HEAD_BYTES
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head, is_whole)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _format_of_zip(file: BinaryIO) -> str:
    with zipfile.ZipFile(file) as archive:
        members = {without_number(name) for name in archive.namelist()}
    if any(member.endswith("/vbaProject.bin") for member in members):
        return "macros"
    return next((format_name for member, format_name in _ZIP_MEMBERS.items() if member in members), "zip")


def _format_of_ole(file: BinaryIO, name: str) -> str:
    streams = [(stream.encode("utf-16-le"), format_name) for stream, format_name in _OLE_STREAMS]
    overlap = max(len(stream) for stream, _ in streams)
    formats_found: set[str] = set()
    file.seek(0)
    tail = b""
    while piece := file.read(_CHUNK_BYTES):
        formats_found |= {format_name for stream, format_name in streams if stream in tail + piece}
        tail = piece[-overlap:]
    suffix = name.lower().rpartition(".")[2]
    if "encrypted" in formats_found:
        return suffix if suffix in {"docx", "pptx"} else "xlsx"
    if suffix in formats_found:
        return suffix
    return next((format_name for _, format_name in _OLE_STREAMS if format_name in formats_found), "document")
