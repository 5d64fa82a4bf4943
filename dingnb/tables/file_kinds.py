"""Detects the type of a file with a table by its content, and says what to do with a file of another type."""

import io
import re
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from dingnb.errors import FileError
from dingnb.words import Text

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "compressed"),
    (b"Rar!", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "compressed"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"RIFF", "image"),
    (b"PAR1", "parquet"),
)
_OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "password"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
_ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "xlsb"),
    ("Index/Document.iwa", "numbers"),
    ("Index.zip", "numbers"),
    ("content.xml", "ods"),
    ("word/document.xml", "word"),
)
_NO_TABLES = ("image", "json", "pdf", "word")
"""Types that spreadsheet programs cannot convert to a table."""

_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head", b"<style", b"<script", b"<div")
_JSON = re.compile(rb'\{\s*["}]|\[\s*\{')
_NUMBERED_MAIN_PART: Final = re.compile(r"(word/document|xl/workbook|ppt/presentation)\d+\.xml")
"""Names of the main parts of Office documents to which some programs, such as Office for the web, add a number."""

MAX_BYTES: Final = 200 * 1024**2
"""Maximum size of a file in bytes, unpacked."""


class FileKind(StrEnum):
    """File types supported by `read_recipients`."""

    TEXT = "csv"
    WORKBOOK = "xlsx"


SUFFIXES: Final[Mapping[str, FileKind]] = {
    ".csv": FileKind.TEXT,
    ".txt": FileKind.TEXT,
    ".tsv": FileKind.TEXT,
    ".xlsx": FileKind.WORKBOOK,
    ".xlsm": FileKind.WORKBOOK,
}
"""Expected file types by suffix."""


def detect_kind(name: str, data: bytes) -> FileKind:
    """
    Return the type of a file.

    Raises:
        FileError: The type is not supported.
    """
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise FileError(Text("file.empty", file=name), Text("file.empty_todo"))
    if data.startswith(_OLE):
        streams = (kind for stream, kind in _OLE_STREAMS if stream.encode("utf-16-le") in data)
        raise _unsupported_error(name, next(streams, "ole"))
    if data.startswith(_ZIP):
        return _kind_of_zip(name, data)
    for start, kind in _UNSUPPORTED:
        if data.startswith(start):
            raise _unsupported_error(name, kind)
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise _unsupported_error(name, "markup")
    if _JSON.match(head):
        raise _unsupported_error(name, "json")
    return FileKind.TEXT


def _kind_of_zip(name: str, data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        # The library's own message does not help users.
        what = Text("file.damaged", file=name, error=Text("file.not_understood"))
        raise FileError(what, Text("file.damaged_todo")) from error
    members = {without_number(entry.filename) for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_BYTES:
        raise FileError(Text("file.unpacks", file=name, megabytes=unpacked / 1024**2), Text("file.save_again_todo"))
    if "xl/workbook.xml" in members:
        return FileKind.WORKBOOK
    raise _unsupported_error(name, next((kind for member, kind in _ZIP_MEMBERS if member in members), "zip"))


def _unsupported_error(name: str, kind: str) -> FileError:
    todo = {"password": "file.password_todo", "compressed": "file.unpack_todo", "zip": "file.unpack_todo"}
    todo |= dict.fromkeys(_NO_TABLES, "file.other_todo")
    what = Text("file.not_read", file=name, kind=Text(f"file.kind_{kind}"))
    return FileError(what, Text(todo.get(kind, "file.save_again_todo")))


def without_number(member: str) -> str:
    """
    Return the name of a member of an archive; the name of an Office document's main part is returned without a number.

    >>> without_number("xl/workbook22.xml"), without_number("content2.xml")
    ('xl/workbook.xml', 'content2.xml')
    """
    return f"{main_part[1]}.xml" if (main_part := _NUMBERED_MAIN_PART.fullmatch(member)) else member
