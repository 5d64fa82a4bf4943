"""
Bodies in canonical form, as compared and as written to a cassette: unescaped JSON, multipart without random boundary.

Of a file in a multipart body only the size and the hash are written, so that cassettes stay small and hold no payslip.

Reading written content gives the same value again.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from dingnb.testing.masking import Mask

Kind = Literal["empty", "json", "form", "multipart", "text"]

_BOUNDARY = "dingnb"
_FIELD = re.compile(r'\bname="([^"]*)"')
_FILE = re.compile(r"\bfilename\*?=", re.IGNORECASE)
_DIGEST = re.compile(rb"[0-9,]+ bytes, sha256 [0-9a-f]{64}")
_MAX_PART_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Content:
    """
    A body in canonical form.

    Attributes:
        kind: The format as which it was parsed.
        media_type: The content type in the cassette.
        text: The text in the cassette.
        value: The value for comparisons, of JSON types.
    """

    kind: Kind
    media_type: str
    text: str
    value: Any


def read_content(media_type: str, body: bytes, mask: Mask, where: str) -> Content:
    """Return a body in canonical form with its secrets masked; `where` is the prefix of the paths of its fields."""
    if not body:
        return Content("empty", media_type, "", None)
    if media_type.lower().startswith("multipart/"):
        return _multipart(media_type, body, mask, where)
    if "form-urlencoded" in media_type.lower():
        pairs = mask.pairs(parse_qsl(body.decode(errors="replace"), keep_blank_values=True), where)
        return Content("form", media_type, urlencode(pairs, safe="*"), sorted(pairs))
    try:
        value = mask.json(json.loads(body), where)
        return Content("json", media_type, _format_json(value), value)
    except (ValueError, RecursionError):
        text = mask.mask_text(_text_or_digest(body), where)
        return Content("text", media_type, text, text)


def _format_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    # A lone surrogate is valid JSON but cannot be encoded in a file.
    return text if _is_text(text) else json.dumps(value, indent=1)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _multipart(media_type: str, body: bytes, mask: Mask, where: str) -> Content:
    header = Message()
    header["Content-Type"] = media_type
    boundary = str(header.get_param("boundary", ""))
    parts = [_part(one, mask, where) for one in body.split(b"--" + boundary.encode())[1:-1]]
    written = [f"--{_BOUNDARY}\n{head}\n\n{content}\n" for head, content in parts]
    text = f"{''.join(written)}--{_BOUNDARY}--"
    value = dict(parts) if len(dict(parts)) == len(parts) else sorted(map(list, parts))
    return Content("multipart", f"{header.get_content_type()}; boundary={_BOUNDARY}", text, value)


def _part(part: bytes, mask: Mask, where: str) -> tuple[str, str]:
    line_end = b"\r\n" if part.startswith(b"\r\n") else b"\n"
    inner = part.removeprefix(line_end).removesuffix(line_end)
    head, _, content = inner.partition(line_end * 2)
    lines = sorted(filter(None, map(str.strip, head.decode(errors="replace").splitlines())))
    text = head.decode(errors="replace")
    field = _FIELD.search(text)
    # What was written before is a digest already.
    is_whole = _FILE.search(text) is not None and not _DIGEST.fullmatch(content)
    shown = _digest(content) if is_whole else _text_or_digest(content)
    return "\n".join(lines), mask.field(field.group(1) if field else "", shown, where)


def _text_or_digest(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text and len(text) <= _MAX_PART_LENGTH:
        return text
    return _digest(content)


def _digest(content: bytes) -> str:
    return f"{len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}"
