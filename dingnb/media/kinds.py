"""DingTalk's kinds of media and their formats as data, with the checks of a file (docs/dingtalk.md, "Media")."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from dingnb.errors import InputError
from dingnb.errors.arguments import check_choice
from dingnb.media.file_formats import ARCHIVE_OPENING_ERRORS, format_of
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
