"""What a file is, by its content: its name may say anything."""

import io
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from dingnb.errors import FileError
from dingnb.words import Text

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS: tuple[tuple[bytes, str], ...] = (
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
_NO_TABLES = ("image", "pdf", "word")
"""What no spreadsheet program makes a table of."""

_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head", b"<style", b"<script", b"<div")
LARGEST: Final = 200 * 1024**2
"""In bytes: no list of people is larger, unpacked or as text."""


class FileKind(StrEnum):
    """What `read_recipients` reads."""

    TEXT = "csv"
    WORKBOOK = "xlsx"


SUFFIXES: Final[Mapping[str, FileKind]] = {
    ".csv": FileKind.TEXT,
    ".txt": FileKind.TEXT,
    ".tsv": FileKind.TEXT,
    ".xlsx": FileKind.WORKBOOK,
    ".xlsm": FileKind.WORKBOOK,
}
"""What the ends of file names promise."""


def kind_of(name: str, data: bytes) -> FileKind:
    """
    Return what a file is.

    Args:
        name: The file's name, for errors.
        data: Its bytes.

    Raises:
        FileError: It is something that dingnb does not read; the error names it, and what to do.
    """
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise FileError(Text("file.empty", file=name), Text("file.empty_todo"))
    if data.startswith(_OLE):
        streams = (kind for stream, kind in _OLE_STREAMS if stream.encode("utf-16-le") in data)
        raise _refusal(name, next(streams, "ole"))
    if data.startswith(_ZIP):
        return _kind_of_zip(name, data)
    for start, kind in _OTHERS:
        if data.startswith(start):
            raise _refusal(name, kind)
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise _refusal(name, "markup")
    return FileKind.TEXT


def _kind_of_zip(name: str, data: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileError(Text("file.damaged", file=name, error=error), Text("file.damaged_todo")) from None
    members = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > LARGEST:
        raise FileError(Text("file.unpacks", file=name, megabytes=unpacked / 1024**2), Text("file.save_again_todo"))
    if "xl/workbook.xml" in members:
        return FileKind.WORKBOOK
    raise _refusal(name, next((kind for member, kind in _ZIP_MEMBERS if member in members), "zip"))


def _refusal(name: str, kind: str) -> FileError:
    todo = {"password": "file.password_todo", "compressed": "file.unpack_todo", "zip": "file.unpack_todo"}
    todo |= dict.fromkeys(_NO_TABLES, "file.other_todo")
    what = Text("file.not_read", file=name, kind=Text(f"file.kind_{kind}"))
    return FileError(what, Text(todo.get(kind, "file.save_again_todo")))
