"""
Calls to DingTalk's API: sends requests, including uploads of files, and returns parsed responses.

`detect_mode` determines whether they reach DingTalk or a sandbox.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from secrets import token_hex
from typing import Any, BinaryIO, Final, Literal, NamedTuple, Protocol, cast
from urllib.parse import quote, quote_plus, urlencode, urlsplit

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
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport.hosts import API, OAPI, Hosts, is_new_api
from dingnb.transport.responses import RawResponse, parse_response
from dingnb.transport.route import NotSentError
from dingnb.transport.server_time import ServerTime
from dingnb.words import Text

_CHUNK_BYTES: Final = 2**16
"""Size of the chunks in which files are sent and responses read; `Timeouts` applies to each chunk."""

_SECRET_IN_URL = re.compile(r"((?:access_token|app_?secret|client_secret|sign|session)=)[^&\s\"']+", re.IGNORECASE)
_MAX_ANSWER_MB = 64
_MIN_UPLOAD_BYTES_PER_S = 2**15
"""Minimum speed of an upload; the duration of the upload at this speed is added to the time-out of a call."""

_MIN_HIDDEN_LENGTH = 8
"""Minimum length of a query value that is masked anywhere in a text; shorter values could match harmless words."""

_ESCAPES: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}

_STATS_PATH = "/_sandbox/stats"
_PHONE_PATH = "/_sandbox/phone/link"

Mode = Literal["SANDBOX", "LIVE"]


@dataclass(frozen=True, slots=True)
class FilePart:
    """
    A file to send as the only part of a multipart body.

    Attributes:
        name: The part's name.
        filename: The file name.
        mime: The media type.
        size: The size in bytes.
        open: Opens the file for reading `size` bytes; called each time the file is sent.
    """

    name: str
    filename: str
    mime: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call, without secrets.

    Attributes:
        path: ``/topapi/...`` or ``/v1.0/...``; the path determines the API generation.
        body: The JSON body, as a mapping or as bytes; or a file, which is read while it is sent. None sends no body.
        query: Query parameters; not in the repr, because parameters may be private.
        method: ``POST``, ``GET`` or ``PUT``.
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
    """
    Time-outs of a call, in seconds of real time.

    Attributes:
        connect_s: Connecting, and sending a chunk of the request.
        read_s: Waiting for the next byte of the response.
        total_s: The whole call, checked while the response is read; an upload has more time, according to its size.
    """

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
            InputError: The body cannot be serialised as JSON, or the file to send cannot be read or has changed.
            UnreachableError: The call was not sent.
            NoAnswerError: The call was sent, and no response was received.
            BadAnswerError: The response is not from DingTalk, or is a block page (`BannedError`).
            ApiError: DingTalk returned an error.
        """
        # The inner frames reference the request with its secrets, and the response, which may be a token.
        with cleared_frames():
            return self._call(call, authorization)

    def _call(self, call: Call, authorization: Authorization | None) -> dict[str, Any]:
        """Make one call, as `call` does; errors are raised here, in frames that `call` clears."""
        request = _prepare(call)
        if authorization:
            authorization.apply(request)
        requested_ns = self._server_time.monotonic_ns() if self._server_time else 0
        outcome = self._exchange(call.path, request, lambda text: _hide_request(text, call, authorization))
        if isinstance(outcome, TransportError):
            raise outcome
        answer = _read_response(outcome, new_api=is_new_api(call.path))
        if isinstance(answer, dict | ApiError) and self._server_time and outcome.date:
            self._server_time.add_sample(requested_ns, outcome.date)
        if isinstance(answer, dict):
            return answer
        raise answer

    def probe(self, canonical_host: str, path: str) -> dict[str, Any] | None:
        """
        Return the JSON object at a path outside DingTalk's API; None if the host does not answer with a JSON object.

        Raises:
            UnreachableError: The host cannot be reached.
        """
        request = _prepare(Call(path, method="GET"))
        request.url = f"{canonical_host}{path}"
        # The buffer of a response may still hold the bytes of an earlier response, such as a token.
        with cleared_frames():
            outcome = self._exchange(path, request, str)
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
        Wrap the route of all calls, for example to simulate a slow network.

        Args:
            wrap: Takes the current adapter, and returns the adapter to use instead.
        """
        route = wrap(self._session.get_adapter(OAPI))
        self._session.mount(OAPI, route)
        self._session.mount(API, route)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _timeout_for(self, size: int) -> Any:  # noqa: ANN401 - requests types time-outs as numbers only
        """Return the time-out of a call with a body of `size` bytes; only the size of a file matters."""
        timeouts = self._timeouts
        total_s = timeouts.total_s + size / _MIN_UPLOAD_BYTES_PER_S
        return Timeout(connect=timeouts.connect_s, read=timeouts.read_s, total=total_s)

    def _exchange(
        self, path: str, request: requests.PreparedRequest, hide: Callable[[str], str]
    ) -> RawResponse | TransportError:
        """
        Send a request and read the response. An error is returned, so that the caller raises it without its cause.

        Raises:
            DingError: The file in the body cannot be read or has changed.
        """
        # `Session.send` would handle cookies, hooks and redirects.
        adapter = self._session.get_adapter(str(request.url))
        timeout, body = self._timeout, cast("object", request.body)
        if isinstance(body, MultipartBody):
            timeout = self._timeout_for(len(body))
            body.check()
        try:
            with adapter.send(request, timeout=timeout, stream=True) as response:
                content = bytearray()
                for chunk in response.iter_content(_CHUNK_BYTES):
                    content += chunk
                    if len(content) > _MAX_ANSWER_MB * 2**20:
                        what = Text("answer.endless", path=path, most_mb=_MAX_ANSWER_MB)
                        return BadAnswerError(what, bad_answer_todo(path))
                text = content.decode("utf-8-sig", "replace")
                return RawResponse(path, response.status_code, text, response.headers.get("Date", ""), hide)
        except NotSentError as error:
            host = urlsplit(str(request.url)).netloc
            what = Text("transport.unreachable", host=host, cause=error.cause_name)
            return UnreachableError(what, Text("transport.unreachable_todo"))
        except DingError:
            # An error of reading the file in the body: the upload is incomplete and has no effect.
            raise
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return _no_answer(path, error)


class DetectedMode(NamedTuple):
    """
    Whether hosts are a sandbox.

    Attributes:
        mode: ``SANDBOX`` or ``LIVE``.
        sandbox_id: The sandbox's id; of two sandboxes, both ids, separated by a space. Empty for ``LIVE``.
    """

    mode: Mode
    sandbox_id: str = ""


def detect_mode(transport: Transport, hosts: Hosts) -> DetectedMode:
    """
    Return ``SANDBOX`` and the id of the sandbox if both hosts belong to a sandbox, else ``LIVE``.

    DingTalk's hosts are not called.

    Raises:
        UnreachableError: A host cannot be reached.
    """
    if hosts.has_dingtalk_host:
        return DetectedMode("LIVE")
    canonical_hosts = (OAPI,) if hosts.oapi_base_url == hosts.api_base_url else (OAPI, API)
    answers = [transport.probe(host, _STATS_PATH) for host in canonical_hosts]
    if not all(answer is not None and answer.get("sandbox") == "dingnb" for answer in answers):
        return DetectedMode("LIVE")
    ids = dict.fromkeys(str(answer.get("id", "")) for answer in answers if answer)
    return DetectedMode("SANDBOX", " ".join(ids))


def fetch_corp_id(transport: Transport) -> str:
    """
    Return the corp id of a sandbox's organisation; empty if unknown.

    Raises:
        UnreachableError: The sandbox cannot be reached.
    """
    corp_id = (transport.probe(OAPI, _STATS_PATH) or {}).get("corp_id")
    return corp_id if isinstance(corp_id, str) else ""


def fetch_phone_url(transport: Transport, userid: str) -> str:
    """
    Return the address of a person's phone on a sandbox; empty if the sandbox returns none.

    Raises:
        UnreachableError: The sandbox cannot be reached.
    """
    url = (transport.probe(OAPI, f"{_PHONE_PATH}?{urlencode({'userid': userid})}") or {}).get("url")
    return url if isinstance(url, str) else ""


def hide_secrets_in_urls(text: str) -> str:
    """
    Return `text` with the secrets in the queries of its URLs replaced.

    >>> hide_secrets_in_urls("GET /gettoken?appkey=k&appsecret=hidden")
    'GET /gettoken?appkey=k&appsecret=***'
    """
    return _SECRET_IN_URL.sub(r"\1***", text)


def _read_response(raw: RawResponse, *, new_api: bool) -> dict[str, Any] | DingError:
    try:
        return parse_response(raw, new_api=new_api)
    except DingError as error:
        return error


def _hide_request(text: str, call: Call, authorization: Authorization | None) -> str:
    """Return a server's text without the secrets and query parameters that the server may quote."""
    if authorization:
        text = authorization.hide(text)
    for name, value in call.query.items():
        for pair in (urlencode({name: value}), f"{name}={value}"):
            text = text.replace(pair, f"{name}=***")
        if len(value) >= _MIN_HIDDEN_LENGTH:
            for spelling in (value, quote(value, safe=""), quote_plus(value)):
                text = text.replace(spelling, "***")
    return text


def _prepare(call: Call) -> requests.PreparedRequest:
    """Return the request of a call to the canonical host, without secrets."""
    request = requests.PreparedRequest()
    query = f"?{urlencode(call.query)}" if call.query else ""
    request.method = call.method
    request.url = f"{API if is_new_api(call.path) else OAPI}{call.path}{query}"
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


class MultipartBody:
    """
    The body of a request with a file; each iteration reads the file anew.

    Args:
        part: The file.
    """

    def __init__(self, part: FilePart) -> None:
        self.part = part
        boundary = token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        # Names are UTF-8 in quotes, as browsers send them (WHATWG, "multipart/form-data").
        filename = re.sub('["\r\n]', lambda found: _ESCAPES[found.group()], part.filename)
        disposition = f'form-data; name="{part.name}"; filename="{filename}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {part.mime}\r\n\r\n"
        self._head = head.encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self.part.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        with self.part.open() as file:
            yield self._head + file.read(_CHUNK_BYTES)
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
        yield self._tail

    def check(self) -> None:
        """Open the file once, so that a missing file is reported before anything is sent."""
        self.part.open().close()


def _no_answer(path: str, error: Exception) -> NoAnswerError:
    inner = error.args[0] if error.args else None
    if isinstance(error, requests.Timeout | TimeoutError) or isinstance(inner, Urllib3TimeoutError):
        return NoAnswerError(Text("transport.timed_out", path=path), no_answer_todo(path))
    return NoAnswerError(Text("transport.broken", path=path, cause=type(error).__name__), no_answer_todo(path))


class _SecretFilter(logging.Filter):
    """Removes secrets from the log records of urllib3, which contain whole URLs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            # "Failed to parse headers" quotes what the server sent, which may be the token.
            return False
        record.msg = _hide_value(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hide_value(value) for value in record.args)
        return True


def _hide_value(value: object) -> Any:  # noqa: ANN401 - log arguments are of any type
    if isinstance(value, int | float | None):
        return value
    return hide_secrets_in_urls(str(value))


_LOG_FILTER = _SecretFilter()


def _hide_secrets_in_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection"):
        logging.getLogger(name).addFilter(_LOG_FILTER)
