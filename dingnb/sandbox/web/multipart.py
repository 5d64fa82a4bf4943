"""Multipart bodies, as browsers and HTTP libraries send them (RFC 7578)."""

import re
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote

_NAME = re.compile(r'(?:^|[;\s])name="([^"]*)"|(?:^|[;\s])name=([^";\s]+)', re.IGNORECASE)
_FILENAME = re.compile(r'filename="([^"]*)"|filename=([^";\s]+)', re.IGNORECASE)
_ENCODED_FILENAME = re.compile(r"filename\*=([\w-]+)'[^']*'([^;\s]+)", re.IGNORECASE)
_ESCAPED = re.compile("%22|%0D|%0A", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part of a multipart body.

    Attributes:
        name: Its name.
        filename: Its file name; None if it is not a file.
        content: Its bytes.
    """

    name: str
    filename: str | None
    content: bytes


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts of a multipart body; parts that are not complete are left out."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary", "")
    if not isinstance(boundary, str) or not boundary:
        return []
    mark = b"--" + boundary.encode(errors="replace")
    # The first delimiter may stand at the start of the body, without a line break.
    pieces = body[len(mark) :].split(b"\r\n" + mark) if body.startswith(mark) else body.split(b"\r\n" + mark)[1:]
    # What follows the last delimiter is not a part; without the closing one, the last part is cut off.
    return [part for piece in pieces[:-1] if (part := _part(piece)) is not None]


def _part(piece: bytes) -> Part | None:
    head, separator, content = piece.partition(b"\r\n\r\n")
    if not separator:
        return None
    lines = head.decode(errors="replace").split("\r\n")
    disposition = next((one for one in lines if one.lower().startswith("content-disposition:")), "")
    name = _NAME.search(disposition)
    return Part(name[1] or name[2] or "" if name else "", _filename(disposition), content)


def _filename(disposition: str) -> str | None:
    encoded = _ENCODED_FILENAME.search(disposition)
    if encoded:
        try:
            return unquote(encoded[2], encoding=encoded[1], errors="replace")
        except LookupError:
            return encoded[2]
    plain = _FILENAME.search(disposition)
    if plain is None:
        return None
    return _ESCAPED.sub(lambda found: unquote(found.group()), plain[1] or plain[2] or "")
