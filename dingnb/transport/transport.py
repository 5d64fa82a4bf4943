"""Calls to DingTalk's API: sends requests, and returns parsed responses."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError
from urllib3.util import Timeout

from dingnb.errors import (
    ApiError,
    BadAnswerError,
    DingError,
    InputError,
    NoAnswerError,
    TransportError,
    UnreachableError,
    bad_answer_todo,
    no_answer_todo,
)
from dingnb.errors.frames import cleared_frames
from dingnb.transport.hosts import API, OAPI, is_new_generation
from dingnb.transport.multipart import FilePart, MultipartBody
from dingnb.transport.responses import RawResponse, parse_response
from dingnb.transport.route import NotSentError
from dingnb.transport.server_time import ServerTime
from dingnb.words import Text

_SECRET_IN_URL = re.compile(r"((?:access_token|app_?secret|client_secret|sign|session)=)[^&\s\"']+", re.IGNORECASE)
_LARGEST_ANSWER_MB = 64
_SLOWEST_BYTES_PER_S = 2**15
"""An upload may take as long as it needs at this speed, in addition to the time for any call."""

_SHORTEST_HIDDEN = 8
"""Minimum length of a query value that is hidden alone: a shorter one would hide harmless words of a server's text."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call, without secrets.

    Attributes:
        path: ``/topapi/...`` or ``/v1.0/...``; it determines the API generation.
        body: The JSON body, as a mapping or as bytes; or a file, which is read while it is sent. None sends no body.
        query: Query parameters; not in the repr, because they may be private.
        method: ``POST`` or ``GET``.
    """

    path: str
    body: Mapping[str, Any] | bytes | FilePart | None = None
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"


class Authorization(Protocol):
    """Adds a secret to a request, and removes it from texts."""

    def apply(self, request: requests.PreparedRequest) -> None:
        """Add the secret to the request."""

    def hide(self, text: str) -> str:
        """Return `text` with the secret replaced by ``***``."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time-outs in seconds of real time: for connecting, for the next byte, and for the whole response."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 60.0


class Transport:
    """
    Sends calls of both API generations along a route, and parses the responses.

    Args:
        route: The adapter that sends the calls.
        timeouts: The time-outs.
        server_time: Updated with the ``Date`` of every response of DingTalk.
    """

    def __init__(
        self, route: BaseAdapter, *, timeouts: Timeouts | None = None, server_time: ServerTime | None = None
    ) -> None:
        self._server_time = server_time
        self._timeouts = timeouts or Timeouts()
        self._timeout = self._timeout_for(0)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.adapters.clear()
        self._session.mount(OAPI, route)
        self._session.mount(API, route)
        _hide_secrets_in_logs()

    def call(self, call: Call, authorization: Authorization | None = None) -> dict[str, Any]:
        """
        Make one call, and return DingTalk's response.

        Raises:
            InputError: The body cannot be serialized as JSON, or its file cannot be read or has changed.
            UnreachableError: The call was not sent.
            NoAnswerError: The call was sent, and no response was received.
            BadAnswerError: The response is not one of DingTalk's.
            ApiError: DingTalk returned an error.
        """
        # The frames inside hold the request with its secrets, and the response, which may be a token.
        with cleared_frames():
            return self._call(call, authorization)

    def _call(self, call: Call, authorization: Authorization | None) -> dict[str, Any]:
        request = _prepare(call)
        if authorization:
            authorization.apply(request)
        started_ns = self._server_time.start() if self._server_time else 0
        outcome = self._exchange(call.path, request)
        if isinstance(outcome, TransportError):
            raise outcome
        outcome = replace(outcome, hide=lambda text: _without_query(text, call, authorization))
        answer = _read(outcome, new_generation=is_new_generation(call.path))
        if isinstance(answer, dict | ApiError):
            self._update_server_time(outcome, started_ns)
        if isinstance(answer, dict):
            return answer
        raise answer

    def probe(self, canonical_host: str, path: str) -> dict[str, Any] | None:
        """
        Return the JSON object at a path outside DingTalk's API; None if there is none.

        Raises:
            UnreachableError: The host cannot be reached.
        """
        request = _prepare(Call(path, method="GET"))
        request.url = f"{canonical_host}{path}"
        # The buffer of a response may still hold an earlier one.
        with cleared_frames():
            outcome = self._exchange(path, request)
        if isinstance(outcome, UnreachableError):
            raise outcome
        if isinstance(outcome, TransportError) or outcome.status != requests.codes.ok:
            return None
        try:
            answer = json.loads(outcome.text)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None

    def reroute(self, wrap: Callable[[BaseAdapter], BaseAdapter]) -> None:
        """
        Wrap the route of all calls, for example in a slower network.

        Args:
            wrap: Takes the current adapter, and returns the one to use instead.
        """
        route = wrap(self._session.get_adapter(OAPI))
        self._session.mount(OAPI, route)
        self._session.mount(API, route)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _update_server_time(self, response: RawResponse, started_ns: int) -> None:
        if self._server_time and response.date:
            self._server_time.update(response.date, started_ns)

    def _timeout_for(self, size: int) -> Any:  # noqa: ANN401 - requests types time-outs as numbers only
        limits = self._timeouts
        total_s = limits.total_s + size / _SLOWEST_BYTES_PER_S
        return Timeout(connect=limits.connect_s, read=limits.read_s, total=total_s)

    def _exchange(self, path: str, request: requests.PreparedRequest) -> RawResponse | TransportError:
        # `Session.send` would add cookies, hooks and redirects, which are not wanted.
        adapter = self._session.get_adapter(str(request.url))
        timeout, body = self._timeout, cast("object", request.body)
        if isinstance(body, MultipartBody):
            timeout = self._timeout_for(len(body))
            body.check()
        try:
            with adapter.send(request, timeout=timeout, stream=True) as response:
                content = bytearray()
                for chunk in response.iter_content(65_536):
                    content += chunk
                    if len(content) > _LARGEST_ANSWER_MB * 2**20:
                        what = Text("answer.endless", path=path, most_mb=_LARGEST_ANSWER_MB)
                        return BadAnswerError(what, bad_answer_todo(path))
                text = content.decode("utf-8-sig", "replace")
                return RawResponse(path, response.status_code, text, response.headers.get("Date", ""))
        except NotSentError as error:
            host = urlsplit(str(request.url)).netloc
            what = Text("transport.unreachable", host=host, cause=error.cause)
            return UnreachableError(what, Text("transport.unreachable_todo"))
        except DingError:
            # Of the file in the body: what was sent of it is not complete, so that it has no effect.
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return _no_answer(path, error)


def _read(raw: RawResponse, *, new_generation: bool) -> dict[str, Any] | DingError:
    try:
        return parse_response(raw, new_generation=new_generation)
    except DingError as error:
        return error


def hide_secrets_in_urls(text: str) -> str:
    """
    Return `text` with the secrets in the queries of its URLs replaced.

    >>> hide_secrets_in_urls("GET /gettoken?appkey=k&appsecret=hidden")
    'GET /gettoken?appkey=k&appsecret=***'
    """
    return _SECRET_IN_URL.sub(r"\1***", text)


def _without_query(text: str, call: Call, authorization: Authorization | None) -> str:
    """Return a server's text without the secrets and query parameters that it may quote."""
    if authorization:
        text = authorization.hide(text)
    for name, value in call.query.items():
        for pair in (urlencode({name: value}), f"{name}={value}"):
            text = text.replace(pair, f"{name}=***")
        if len(value) >= _SHORTEST_HIDDEN:
            text = text.replace(value, "***").replace(quote(value, safe=""), "***")
    return text


def _prepare(call: Call) -> requests.PreparedRequest:
    request = requests.PreparedRequest()
    query = f"?{urlencode(call.query)}" if call.query else ""
    request.method = call.method
    request.url = f"{API if is_new_generation(call.path) else OAPI}{call.path}{query}"
    request.headers = requests.structures.CaseInsensitiveDict({"User-Agent": "dingnb", "Accept": "application/json"})
    if isinstance(call.body, FilePart):
        body = MultipartBody(call.body)
        request.body = cast("Any", body)
        request.headers["Content-Type"] = body.content_type
        request.headers["Content-Length"] = str(len(body))
    elif call.body is not None:
        content = call.body if isinstance(call.body, bytes) else _json_of(call)
        request.body = content
        request.headers["Content-Type"] = "application/json"
        request.headers["Content-Length"] = str(len(content))
    return request


def _json_of(call: Call) -> bytes:
    try:
        return json.dumps(call.body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        reason = str(error)
    raise InputError(Text("transport.bad_body", path=call.path, reason=reason), Text("transport.bad_body_todo"))


def _no_answer(path: str, error: Exception) -> NoAnswerError:
    inner = error.args[0] if error.args else None
    if isinstance(error, requests.Timeout | TimeoutError) or isinstance(inner, Urllib3TimeoutError):
        return NoAnswerError(Text("transport.timed_out", path=path), no_answer_todo(path))
    return NoAnswerError(Text("transport.broken", path=path, cause=type(error).__name__), no_answer_todo(path))


class _HidesSecrets(logging.Filter):
    """Removes secrets from the log records of urllib3, which contain whole URLs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            # "Failed to parse headers" quotes what the server sent, which may be the token.
            return False
        record.msg = _hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
        return True


def _hidden(value: object) -> Any:  # noqa: ANN401 - log arguments are of any type
    if isinstance(value, int | float | None):
        return value
    return hide_secrets_in_urls(str(value))


_LOG_FILTER = _HidesSecrets()


def _hide_secrets_in_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection"):
        logging.getLogger(name).addFilter(_LOG_FILTER)
