"""
Recorded calls: canonical, readable and without secrets; and the errors for calls that differ from the recorded calls.

Bodies are compared and written to a cassette in canonical form: unescaped JSON, multipart without random boundary. For
a file in a multipart body, only size and hash are written, so that cassettes stay small and contain no payslips.
Reading written content gives the same value again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from vcr.request import Request

from dingnb.auth.secret import MASK
from dingnb.testing.masking import Mask, is_secret
from dingnb.words import Text, count

ContentKind = Literal["empty", "json", "form", "multipart", "text"]
_BOUNDARY = "dingnb"
_BODY = "body"
"""Start of the paths of a body's fields."""

_FIELD = re.compile(r'\bname="([^"]*)"')
_FILE = re.compile(r"\bfilename\*?=", re.IGNORECASE)
_DIGEST = re.compile(rb"[0-9,]+ bytes, sha256 [0-9a-f]{64}")
_MAX_PART_LENGTH = 2_000

_MAX_LINES = 8
"""Maximum number of differences, or of calls, that an error lists."""

_MAX_PATHS = 6
_MAX_VALUE_LENGTH = 160
"""Length to which an error shortens values."""

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Content:
    """
    A body in canonical form.

    Attributes:
        kind: The format as which the body was parsed.
        media_type: The content type in the cassette.
        text: The text in the cassette.
        value: The value for comparisons, of JSON types.
    """

    kind: ContentKind
    media_type: str
    text: str
    value: Any


@dataclass(frozen=True)
class RecordedCall:
    """
    A call in canonical form. Equivalent calls are equal.

    Attributes:
        method: The method in upper case.
        url: The URL without its query.
        query: The query parameters, sorted.
        content: The body.
        secret_headers: The names of headers with a secret.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...]
    content: Content
    secret_headers: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Key for comparisons: everything except headers, the order of fields and the formatting of the body."""
        content = self.content
        return json.dumps(
            [self.url, self.method, self.query, content.kind, content.value], sort_keys=True, ensure_ascii=False
        )

    @property
    def title(self) -> str:
        """Method and URL."""
        return f"{self.method} {self.url}"

    def fields(self) -> dict[str, Any]:
        """Return the method, the URL, and all fields of the query and the body by path, for comparing two calls."""
        found: dict[str, Any] = {"method": self.method, "url": self.url}
        found.update((f"query.{name}", value) for name, value in self.query)
        _flatten(_BODY, self.content.value, found)
        return found

    def to_vcr(self) -> Request:
        """Return the call as a vcrpy request."""
        query = urlencode(self.query, safe="*")
        headers = {"Content-Type": self.content.media_type} if self.content.media_type else {}
        headers.update(dict.fromkeys(self.secret_headers, MASK))
        return Request(self.method, f"{self.url}?{query}" if query else self.url, self.content.text or None, headers)


def read_call(
    method: str, url: str, headers: Mapping[str, str], body: str | bytes | Iterable[bytes] | None, mask: Mask
) -> RecordedCall:
    """Return a request in canonical form with its secrets masked; an iterable body must be iterable more than once."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    lower_case_headers = {name.lower(): value for name, value in headers.items()}
    for name, value in lower_case_headers.items():
        mask.mask_field(name, value, "header")
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"".join(body or ())
    return RecordedCall(
        method=method.upper(),
        url=f"{parts.scheme}://{host}{parts.path}",
        query=tuple(sorted(mask.mask_pairs(parse_qsl(parts.query, keep_blank_values=True), "query"))),
        content=read_content(lower_case_headers.get("content-type", ""), content, mask),
        secret_headers=tuple(sorted(name for name in lower_case_headers if is_secret(name))),
    )


def read_content(media_type: str, body: bytes, mask: Mask) -> Content:
    """Return a body in canonical form with its secrets masked; the paths of its fields start with ``body``."""
    if not body:
        return Content("empty", media_type, "", None)
    if media_type.lower().startswith("multipart/"):
        return _read_multipart(media_type, body, mask)
    if "form-urlencoded" in media_type.lower():
        pairs = mask.mask_pairs(parse_qsl(body.decode(errors="replace"), keep_blank_values=True), _BODY)
        return Content("form", media_type, urlencode(pairs, safe="*"), sorted(pairs))
    try:
        value = mask.mask_json(json.loads(body), _BODY)
        return Content("json", media_type, _format_json(value), value)
    except (ValueError, RecursionError):
        text = mask.mask_text(_text_or_digest(body), _BODY)
        return Content("text", media_type, text, text)


def _flatten(path: str, value: Any, found: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _flatten(f"{path}.{key}", item, found)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            _flatten(f"{path}[{index}]", item, found)
    elif value is not None or path != _BODY:
        found[path] = value


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


def _read_multipart(media_type: str, body: bytes, mask: Mask) -> Content:
    header = Message()
    header["Content-Type"] = media_type
    boundary = str(header.get_param("boundary", ""))
    parts = [_read_part(part, mask) for part in body.split(b"--" + boundary.encode())[1:-1]]
    written = [f"--{_BOUNDARY}\n{head}\n\n{content}\n" for head, content in parts]
    text = f"{''.join(written)}--{_BOUNDARY}--"
    value = dict(parts) if len(dict(parts)) == len(parts) else sorted(map(list, parts))
    return Content("multipart", f"{header.get_content_type()}; boundary={_BOUNDARY}", text, value)


def _read_part(part: bytes, mask: Mask) -> tuple[str, str]:
    line_end = b"\r\n" if part.startswith(b"\r\n") else b"\n"
    inner = part.removeprefix(line_end).removesuffix(line_end)
    head, _, content = inner.partition(line_end * 2)
    head_text = head.decode(errors="replace")
    lines = sorted(filter(None, map(str.strip, head_text.splitlines())))
    field = _FIELD.search(head_text)
    # In a cassette, the content of a file is a digest already.
    is_unread_file = _FILE.search(head_text) is not None and not _DIGEST.fullmatch(content)
    text_kept = _digest(content) if is_unread_file else _text_or_digest(content)
    return "\n".join(lines), mask.mask_field(field.group(1) if field else "", text_kept, _BODY)


def _text_or_digest(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text and f"--{_BOUNDARY}" not in text and len(text) <= _MAX_PART_LENGTH:
        return text
    return _digest(content)


def _digest(content: bytes) -> str:
    return f"{len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}"


class NumberedCall(NamedTuple):
    """A position on the tape, and the call recorded there."""

    position: int
    call: RecordedCall


class TapeError(AssertionError):
    """
    The calls differ from the recorded calls.

    A `TapeError` is not a `DingError`, so handlers of `DingError` do not catch it.

    Args:
        lines: The lines of the error's text.
    """

    def __init__(self, *lines: Text | str) -> None:
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows instead of a traceback."""
        return f"{type(self).__name__}: {self}".splitlines()


def unknown_call_error(
    name: str, call: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]
) -> TapeError:
    """
    Return the error for a call that matches no recorded call.

    Args:
        name: The name of the tape.
        call: The call.
        recorded: All recorded calls.
        unplayed: The positions of recorded calls that have not been played.
    """
    lines = [Text("tape.unknown", name=name, call=call.title)]
    same = [other for other in recorded if other.key == call.key]
    nearest = _nearest(call, recorded, unplayed)
    if same:
        lines.append(Text("tape.again", calls=count("call", len(same))))
    elif nearest is not None:
        position, differences = nearest
        lines.append(Text("tape.nearest", number=position + 1))
        lines += differences[:_MAX_LINES]
        if len(differences) > _MAX_LINES:
            lines.append(Text("tape.more_differences", n=len(differences) - _MAX_LINES))
    elif recorded:
        paths = list(dict.fromkeys(other.title for other in recorded))
        lines.append(Text("tape.no_such_path", paths=", ".join(paths[:_MAX_PATHS])))
    else:
        lines.append(Text("tape.nothing"))
    return TapeError(*lines, Text("tape.changed_todo"))


def unplayed_calls_error(name: str, unplayed: Sequence[NumberedCall]) -> TapeError:
    """Return the error for recorded calls that were not played."""
    lines = [Text("tape.unplayed", name=name, calls=count("call", len(unplayed)))]
    lines += [
        Text("tape.unplayed_call", number=position + 1, call=call.title, body=_format_body(call))
        for position, call in unplayed[:_MAX_LINES]
    ]
    if len(unplayed) > _MAX_LINES:
        lines.append(Text("tape.more_unplayed", n=len(unplayed) - _MAX_LINES))
    return TapeError(*lines, Text("tape.changed_todo"))


def _nearest(call: RecordedCall, recorded: Sequence[RecordedCall], unplayed: set[int]) -> tuple[int, list[Text]] | None:
    candidates = [position for position, other in enumerate(recorded) if other.url == call.url]
    if not candidates:
        return None
    fields = call.fields()
    differences = {position: _differences(recorded[position].fields(), fields) for position in candidates}
    # An unplayed call is a more likely match than one that has been played.
    position = min(candidates, key=lambda candidate: (candidate not in unplayed, len(differences[candidate])))
    return position, differences[position]


def _differences(recorded: dict[str, Any], asked: dict[str, Any]) -> list[Text]:
    lines = []
    for path in dict.fromkeys([*recorded, *asked]):
        before, after = recorded.get(path, _ABSENT), asked.get(path, _ABSENT)
        if before is _ABSENT:
            lines.append(Text("tape.only_now", path=path, asked=_format(after)))
        elif after is _ABSENT:
            lines.append(Text("tape.only_recorded", path=path, recorded=_format(before)))
        elif json.dumps(before) != json.dumps(after):
            before_text, after_text = _format_difference(before, after)
            lines.append(Text("tape.differs", path=path, recorded=before_text, asked=after_text))
    return lines


def _format_difference(before: object, after: object) -> tuple[str, str]:
    """Return both values formatted; for long texts, only the part around the first difference."""
    if not (isinstance(before, str) and isinstance(after, str)) or max(len(before), len(after)) <= _MAX_VALUE_LENGTH:
        return _format(before), _format(after)
    first = next(
        (position for position, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    start = max(first - _MAX_VALUE_LENGTH // 4, 0)
    lead = "…" if start else ""
    return _format(lead + before[start:]), _format(lead + after[start:])


def _format_body(call: RecordedCall) -> str:
    return "" if call.content.kind == "empty" else _format(call.content.value)


def _format(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"
