"""A call as a cassette holds it: canonical, readable, and without anything secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from vcr.request import Request

from dingnb.auth.secret import MASK
from dingnb.testing.content import Content, read_content
from dingnb.testing.masking import Mask, is_secret


@dataclass(frozen=True)
class RecordedCall:
    """
    What identifies a call; two calls that mean the same are equal.

    Attributes:
        method: In capitals.
        place: The URL without its query.
        query: Names and values, sorted.
        content: The body.
        secret_headers: The names of headers that held a secret.
    """

    method: str
    place: str
    query: tuple[tuple[str, str], ...]
    content: Content
    secret_headers: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """What is compared: all but the headers, the order of fields, and how the body was written."""
        content = self.content
        return json.dumps(
            [self.place, self.method, self.query, content.kind, content.meaning], sort_keys=True, ensure_ascii=False
        )

    @property
    def title(self) -> str:
        """The call in a few words."""
        return f"{self.method} {self.place}"

    def fields(self) -> dict[str, Any]:
        """Return every field of query and body by its path, to compare two calls."""
        found: dict[str, Any] = {"method": self.method, "url": self.place}
        found.update((f"query.{name}", value) for name, value in self.query)
        _flatten("body", self.content.meaning, found)
        return found

    def to_vcr(self) -> Request:
        """Return the call as vcrpy holds it."""
        query = urlencode(self.query, safe="*")
        headers = {"Content-Type": self.content.media_type} if self.content.media_type else {}
        headers.update(dict.fromkeys(self.secret_headers, MASK))
        return Request(
            self.method, f"{self.place}?{query}" if query else self.place, self.content.text or None, headers
        )


def read_call(method: str, url: str, headers: Mapping[str, str], body: str | bytes | None, mask: Mask) -> RecordedCall:
    """Return what a request means, with its secrets replaced."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    names = {name.lower(): value for name, value in headers.items()}
    for name, value in names.items():
        mask.field(name, value, "header")
    content = body.encode() if isinstance(body, str) else body or b""
    return RecordedCall(
        method=method.upper(),
        place=f"{parts.scheme}://{host}{parts.path}",
        query=tuple(sorted(mask.pairs(parse_qsl(parts.query, keep_blank_values=True), "query"))),
        content=read_content(names.get("content-type", ""), content, mask, "body"),
        secret_headers=tuple(sorted(name for name in names if is_secret(name))),
    )


def _flatten(path: str, value: Any, found: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON
    if isinstance(value, dict) and value:
        for key, one in value.items():
            _flatten(f"{path}.{key}", one, found)
    elif isinstance(value, list) and value:
        for index, one in enumerate(value):
            _flatten(f"{path}[{index}]", one, found)
    elif value is not None or path != "body":
        found[path] = value
