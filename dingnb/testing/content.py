"""
What a body means, and how a cassette writes it: JSON unescaped, and multipart without its random boundary.

Reading what was written gives the same meaning again.
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
_LONGEST_PART = 2_000


@dataclass(frozen=True, slots=True)
class Content:
    """
    A body.

    Attributes:
        kind: How it was read.
        media_type: What the cassette says of it.
        text: What the cassette holds of it.
        meaning: What is compared, made of what JSON is made of.
    """

    kind: Kind
    media_type: str
    text: str
    meaning: Any


def read_content(media_type: str, body: bytes, mask: Mask, where: str) -> Content:
    """Return what a body means, with its secrets replaced; `where` is what the places of its fields begin with."""
    if not body:
        return Content("empty", media_type, "", None)
    if media_type.lower().startswith("multipart/"):
        return _multipart(media_type, body, mask, where)
    if "form-urlencoded" in media_type.lower():
        pairs = mask.pairs(parse_qsl(body.decode(errors="replace"), keep_blank_values=True), where)
        return Content("form", media_type, urlencode(pairs, safe="*"), sorted(pairs))
    try:
        value = mask.json(json.loads(body), where)
        return Content("json", media_type, _written(value), value)
    except (ValueError, RecursionError):
        text = mask.everywhere(_text_or_digest(body), where)
        return Content("text", media_type, text, text)


def _written(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    # Half a surrogate pair is valid JSON, but no text that a file can hold.
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
    meaning = dict(parts) if len(dict(parts)) == len(parts) else sorted(map(list, parts))
    return Content("multipart", f"{header.get_content_type()}; boundary={_BOUNDARY}", text, meaning)


def _part(part: bytes, mask: Mask, where: str) -> tuple[str, str]:
    line_end = b"\r\n" if part.startswith(b"\r\n") else b"\n"
    inner = part.removeprefix(line_end).removesuffix(line_end)
    head, _, content = inner.partition(line_end * 2)
    lines = sorted(filter(None, map(str.strip, head.decode(errors="replace").splitlines())))
    field = _FIELD.search(head.decode(errors="replace"))
    return "\n".join(lines), mask.field(field.group(1) if field else "", _text_or_digest(content), where)


def _text_or_digest(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text and len(text) <= _LONGEST_PART:
        return text
    return f"{len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}"
