"""Small files of every format, made here, so that none has to be stored."""

import io
import struct
import zipfile


def archive(*names: str) -> bytes:
    """Return a ZIP file with files of these names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zip_file:
        for name in names:
            zip_file.writestr(zipfile.ZipInfo(name), b"x")
    return file.getvalue()


def ole(stream: str) -> bytes:
    """Return the start of a file of old Office programs that has a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(4_000, b"\0") + stream.encode("utf-16-le").ljust(128, b"\0")


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n" + bytes(range(256))

SAMPLES = {
    "png": PNG,
    "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "gif": b"GIF89a\1\0\1\0",
    "bmp": b"BM" + struct.pack("<IHHII", 100, 0, 0, 54, 40) + b"\0" * 40,
    "amr": b"#!AMR\n\x3c",
    "mp3": b"\xff\xfb\x90\x64" + b"\0" * 40,
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0",
    "doc": ole("WordDocument"),
    "xls": ole("Workbook"),
    "ppt": ole("PowerPoint Document"),
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "zip": archive("a.txt"),
    "pdf": PDF,
    "rar": b"Rar!\x1a\x07\1\0",
}

REFUSED = {
    "html": b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>login</body></html>",
    "text": "姓名,金额\n".encode("gb18030"),
    "picture": b"RIFF\x24\0\0\0WEBPVP8 ",
    "film": b"\0\0\0\x14ftypqt  \0\0\0\0",
    "audio": b"OggS\0\2",
    "document": archive("mimetype", "content.xml"),
    "archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "unknown": bytes(range(256)),
}
