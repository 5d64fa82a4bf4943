"""Recorded calls: canonical, readable and without secrets."""

import json
from collections.abc import Iterable, Mapping
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
        """Return all fields of the query and the body by path, for comparing two calls."""
        found: dict[str, Any] = {"method": self.method, "url": self.url}
        found.update((f"query.{name}", value) for name, value in self.query)
        _flatten("body", self.content.value, found)
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
    """Return a request in canonical form with its secrets masked. A body in pieces is one that can be read again."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    names = {name.lower(): value for name, value in headers.items()}
    for name, value in names.items():
        mask.field(name, value, "header")
    content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"".join(body or ())
    return RecordedCall(
        method=method.upper(),
        url=f"{parts.scheme}://{host}{parts.path}",
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
