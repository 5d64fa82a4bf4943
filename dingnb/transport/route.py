"""
Routes of calls to DingTalk's canonical hosts: where a call is sent, and over which connections.

The client always addresses the canonical hosts. A route is a requests adapter, mounted on both hosts, that leads to
DingTalk itself, to a proxy or to a sandbox. While a `RouteOverride` is active, such as a tape that records or replays
calls, the override answers instead, in the whole process, because a notebook's calls are made by worker threads. A
route made under an override keeps the override, even after the override has ended.

Connections record whether a request was sent. A response is read under one deadline, because the read time-out of a
socket restarts with every byte, so a server that sends its response slowly could block a caller forever. A connection
that was idle for long is renewed before use: a stale connection breaks only after the call was sent, and then the
outcome of the call is unknown. Connections age in real time, even under a virtual clock.
"""

import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Timeout

from dingnb.clock import Clock
from dingnb.transport.hosts import API, OAPI, Hosts, is_loopback

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

MAX_IDLE_S = 5.0
"""Maximum idle time of a connection that is used without being renewed."""

_MAX_KEPT_CONNECTIONS = 32
"""Maximum number of connections to one host that are kept for reuse."""

Forward = Callable[[requests.PreparedRequest], requests.Response]
"""Sends a request along the overridden route."""


class RouteOverride(Protocol):
    """Answers calls instead of their route."""

    @property
    def clock(self) -> Clock:
        """The clock of clients that are connected under this override."""

    @property
    def is_offline(self) -> bool:
        """Whether no server is ever called, so that no server has to be started."""

    def send(self, request: requests.PreparedRequest, hosts: Hosts, forward: Forward) -> requests.Response:
        """
        Return the response to a request that addresses a canonical host.

        Args:
            request: The request.
            hosts: The hosts of the route.
            forward: Sends the request along the route.
        """


OFFLINE_SANDBOX = Hosts("http://sandbox.invalid", "http://sandbox.invalid")
"""The address of a sandbox that was not started: a reserved name that never resolves (RFC 2606)."""

_active_overrides: list[RouteOverride] = []


def active_override() -> RouteOverride | None:
    """Return the active override; None if calls take their routes."""
    return _active_overrides[-1] if _active_overrides else None


@contextmanager
def override_routes(override: RouteOverride) -> Iterator[None]:
    """Pass all calls of this process to `override` inside the context."""
    _active_overrides.append(override)
    try:
        yield
    finally:
        _active_overrides.remove(override)


class NotSentError(requests.ConnectionError):
    """
    No byte of the request was sent, so the request had no effect.

    Attributes:
        cause_name: The class name of the underlying error, without its text.
    """

    def __init__(self, cause_name: str) -> None:
        super().__init__(cause_name)
        self.cause_name = cause_name


class Route(HTTPAdapter):
    """
    Sends calls for the canonical hosts to `hosts`.

    Args:
        hosts: The addresses to send to.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self._override = active_override()
        self._pools: dict[str, Any] = {}
        self._targets = {OAPI: hosts.oapi_base_url, API: hosts.api_base_url}
        self._environment = {canonical: _environment_of(target) for canonical, target in self._targets.items()}
        super().__init__(pool_maxsize=_MAX_KEPT_CONNECTIONS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        """Create the pools, whose connections are renewed after idling."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ANN401 - requests' own signature
        proxies: Any = None,  # noqa: ANN401 - likewise
        cert: Any = None,  # noqa: ANN401 - likewise
    ) -> Any:  # noqa: ANN401 - urllib3 has several pool classes
        """Return the pool of a target, looked up once: a look-up takes 4% of a call's CPU time."""
        if proxies:
            return super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        url = str(request.url)
        key = url[: _path_start(url)]
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = super().get_connection_with_tls_context(request, verify, cert=cert)
        return pool

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:  # noqa: ANN401 - requests' own
        """Return the path and query for the request line."""
        if proxies:
            return super().request_url(request, proxies)
        url = str(request.url)
        return url[_path_start(url) :]

    def close(self) -> None:
        """Close all connections; later calls open new connections."""
        self._pools.clear()
        super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """
        Send a request that addresses a canonical host to the host of this route, or to the override.

        Raises:
            NotSentError: No byte of the request was sent.
            requests.RequestException: The request was sent, at least in part, and no response was received.
        """
        override = self._override or active_override()
        if override is not None:
            return override.send(request, self.hosts, lambda forwarded: self._forward(forwarded, *args, **kwargs))
        return self._forward(request, *args, **kwargs)

    def _forward(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Send a request that addresses a canonical host to the host of this route; errors as in `send`."""
        canonical = OAPI if str(request.url).startswith(OAPI) else API
        target = self._targets[canonical]
        if target != canonical:
            request.url = target + str(request.url).removeprefix(canonical)
        kwargs.update(self._environment[canonical])
        timeout = kwargs.get("timeout")
        total_s = timeout.total if isinstance(timeout, Timeout) else None
        _progress.may_be_sent = False
        _progress.deadline = time.monotonic() + total_s if isinstance(total_s, int | float) else math.inf
        try:
            return super().send(request, *args, **kwargs)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if _progress.may_be_sent:
                raise
            cause_name = _cause_name(error)
        # Outside of the handler, so that the underlying error, which shows the request, is not in the chain.
        raise NotSentError(cause_name)


def _cause_name(error: Exception) -> str:
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else None
    return type(reason or error).__name__


def _path_start(url: str) -> int:
    """Return the position at which the path of a URL starts."""
    return url.index("/", url.index("//") + 2)


def _environment_of(target: str) -> Mapping[str, Any]:
    # Looked up once and not for each call, because a look-up takes a fifth of a call's CPU time.
    if is_loopback(target):
        return {"proxies": {}, "verify": True}
    settings = requests.Session().merge_environment_settings(target, {}, stream=True, verify=None, cert=None)
    return {"proxies": settings["proxies"], "verify": settings["verify"]}


class _Progress(threading.local):
    """
    Progress of the current thread's exchange.

    Attributes:
        may_be_sent: Whether sending the request was started, so that a part of the request may have left.
        deadline: When to stop reading, in seconds of ``time.monotonic``.
    """

    may_be_sent = False
    deadline = math.inf


_progress = _Progress()


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until the deadline of the exchange."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket) -> None:
        self._inner = inner
        self._sock = sock
        timeout_s = sock.gettimeout()
        self._timeout_s = math.inf if timeout_s is None else timeout_s
        self._deadline = _progress.deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a buffer, which 3.11 has no name for
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        if remaining_s < self._timeout_s:
            self._sock.settimeout(remaining_s)
        return self._inner.readinto(buffer)

    def close(self) -> None:
        super().close()
        self._inner.close()


class _Response(http.client.HTTPResponse):
    """A response that is read until the deadline of the exchange."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's own
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    """A connection that records in `_progress` whether a request may have been sent."""

    response_class = _Response
    # Set here, because a debug level that a user sets on `HTTPConnection` would print requests with their secrets.
    debuglevel = 0

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            # Bytes sent to a proxy to open a tunnel are not part of the call.
            _progress.may_be_sent = False

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if self.sock is None:
            self.connect()
        _progress.may_be_sent = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    """A `_Connection` with TLS."""


class _Pool(HTTPConnectionPool):
    """Connections to one host; connections idle for longer than `MAX_IDLE_S` are renewed."""

    ConnectionCls = _Connection

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        connection = super()._get_conn(timeout)
        idle_since = getattr(connection, "idle_since", None)
        if idle_since is not None and time.monotonic() - idle_since > MAX_IDLE_S:
            connection.close()
        return connection

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()  # type: ignore[attr-defined]
        super()._put_conn(conn)


class _SecurePool(_Pool, HTTPSConnectionPool):
    """A `_Pool` with TLS."""

    ConnectionCls = _SecureConnection
