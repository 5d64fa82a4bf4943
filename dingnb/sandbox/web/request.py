"""HTTP requests, their arguments and their multipart bodies (RFC 7578), read as untrusted input."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote

from dingnb.sandbox.web.responses import RefusedError, invalid_argument_error, service_error

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
_TOKEN_PARAMETER = "access_token"  # noqa: S105 - the parameter's name
_BOOLEANS = {"true": True, "false": False, "": False}
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^";\s]+))')
_ENCODED_TEXT = re.compile(r"([\w-]+)'[^']*'(.+)")
_ESCAPED_CHARACTER = re.compile("%22|%0D|%0A", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One part of a multipart body.

    Attributes:
        name: The part's name.
        filename: The file name; None if the part is not a file.
        content: The part's bytes.
    """

    name: str
    filename: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request.

    Attributes:
        method: The method in upper case.
        path: The path without its query.
        query: The query parameters; of several with one name, the last.
        headers: The headers, with names in lower case.
        body: The body as received.
        address: The caller's address.
        now_ns: The sandbox's time.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str
    now_ns: int

    @property
    def media_type(self) -> str:
        """Content type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_form(self) -> bool:
        """Whether the content type is a form's."""
        return self.media_type == "application/x-www-form-urlencoded"

    def form(self) -> dict[str, str]:
        """Return the body parsed as a form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def parts(self) -> list[Part]:
        """Return the complete parts of a multipart body."""
        return read_parts(self.headers.get("content-type", ""), self.body)

    def json(self) -> Any:  # noqa: ANN401 - what json.loads returns
        """
        Return the body parsed as JSON; an empty body is an empty object.

        Raises:
            ValueError: The body is not JSON or is nested too deeply.
        """
        try:
            return json.loads(self.body) if self.body.strip() else {}
        except RecursionError:
            message = "nested too deeply"
            raise ValueError(message) from None

    def json_object(self) -> dict[str, Any] | None:
        """Return the body parsed as a JSON object; None if the body is anything else."""
        try:
            found = self.json()
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def old_api_token(self) -> str:
        """Return the token as the old API reads it: from the query or from a form."""
        in_query = self.query.get(_TOKEN_PARAMETER, "")
        return in_query or (self.form().get(_TOKEN_PARAMETER, "") if self.is_form else "")


def read_arguments(request: Request) -> "Arguments":
    """
    Return the arguments of a call of the old API.

    Raises:
        RefusedError: The body is not a JSON object.
    """
    if request.is_form:
        return Arguments(request.form(), from_form=True)
    # Assumption: any other content type is read as JSON. DingTalk may answer some with 43009.
    values = request.json_object()
    if values is None:
        raise RefusedError(service_error("47001"))
    return Arguments(values, from_form=False)


class Arguments:
    """
    Typed access to the arguments of a call of the old API.

    Each method raises `RefusedError` for an invalid argument: with errcode 40066 if items of a comma-separated list are
    not integers, 34014 if a message is missing or not an object, and 41 for any other wrong type.

    Args:
        values: The arguments by name.
        from_form: Whether the arguments come from a form, in which an empty list must be omitted.
    """

    def __init__(self, values: Mapping[str, Any], *, from_form: bool) -> None:
        self._values = values
        self._from_form = from_form

    def with_value(self, name: str, value: object) -> "Arguments":
        """Return these arguments with another value for one argument."""
        return Arguments({**self._values, name: value}, from_form=self._from_form)

    def number(self, name: str) -> int | None:
        """Return an integer, which may be sent as a string; None if missing."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            return int(value)
        raise RefusedError(invalid_argument_error(name))

    def flag(self, name: str) -> bool:
        """Return a boolean, which may be sent as a lower-case string; False if missing."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value in _BOOLEANS:
            return _BOOLEANS[value]
        raise RefusedError(invalid_argument_error(name))

    def text(self, name: str) -> str:
        """Return a string, which may be sent as an integer; empty if missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
        raise RefusedError(invalid_argument_error(name))

    def items(self, name: str) -> tuple[str, ...]:
        """Return the items of a comma-separated list, without duplicates; a form must omit an empty list."""
        text = self.text(name)
        if self._from_form and name in self._values and not text:
            raise RefusedError(invalid_argument_error(name))
        return tuple(dict.fromkeys(item for item in text.split(",") if item))

    def comma_separated_numbers(self, name: str) -> tuple[int, ...]:
        """Return the integers of a comma-separated list, without duplicates."""
        items = self.items(name)
        if not all(_INTEGER.fullmatch(item) for item in items):
            raise RefusedError(service_error("40066"))
        return tuple(map(int, items))

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the integers of a JSON list, or of a comma-separated list without duplicates; empty if missing."""
        value = self._values.get(name)
        if not isinstance(value, list):
            return self.comma_separated_numbers(name)
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            raise RefusedError(invalid_argument_error(name))
        return tuple(value)

    def message(self, name: str) -> dict[str, Any]:
        """Return a JSON object, which may be sent as a string."""
        value = self._values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise RefusedError(service_error("34014")) from None
        if not isinstance(value, dict):
            raise RefusedError(service_error("34014"))
        return value


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """Return the complete parts of a multipart body."""
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary", "")
    if not isinstance(boundary, str) or not boundary:
        return []
    delimiter = b"--" + boundary.encode(errors="replace")
    # The first delimiter may be at the start of the body, without a line break before it.
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)[1:]
    # The last piece follows the closing delimiter; without that delimiter, it is a truncated part.
    return [part for piece in pieces[:-1] if (part := _read_part(piece)) is not None]


def _read_part(piece: bytes) -> Part | None:
    head, separator, content = piece.partition(b"\r\n\r\n")
    if not separator:
        return None
    lines = head.decode(errors="replace").split("\r\n")
    disposition = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(disposition)}
    return Part(parameters.get("name", ""), _filename(parameters), content)


def _filename(parameters: Mapping[str, str]) -> str | None:
    encoded = _ENCODED_TEXT.fullmatch(parameters.get("filename*", ""))
    if encoded:
        try:
            return unquote(encoded[2], encoding=encoded[1], errors="replace")
        except LookupError:
            return encoded[2]
    unencoded = parameters.get("filename")
    # Browsers escape only these characters (WHATWG, "multipart/form-data").
    return None if unencoded is None else _ESCAPED_CHARACTER.sub(lambda found: unquote(found.group()), unencoded)
