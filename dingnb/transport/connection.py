"""
HTTP connections that record whether a request was sent, read under one deadline, and are renewed after idling.

The read time-out of a socket restarts with every byte, so that a server which sends its response slowly could hold a
caller forever; `Progress` sets a deadline for the whole exchange. Connections age in real time, even under a virtual
clock.
"""

import http.client
import io
import math
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

IDLE_S = 5.0
"""Maximum idle time of a connection before it is renewed."""


class Progress(threading.local):
    """
    Progress of the current thread's exchange.

    Attributes:
        is_sent: Whether any byte of the request was written.
        deadline: When to stop reading, in seconds of ``time.monotonic``.
    """

    is_sent = False
    deadline = math.inf


progress = Progress()


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket until the deadline of the exchange."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket) -> None:
        self._inner = inner
        self._sock = sock
        self._timeout_s = sock.gettimeout()
        self._deadline = progress.deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a buffer, which 3.11 has no name for
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        if not math.isinf(remaining_s):
            self._sock.settimeout(remaining_s if self._timeout_s is None else min(self._timeout_s, remaining_s))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        super().close()
        self._inner.close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's own
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response
    # Set here, because a debug level that a user sets on `HTTPConnection` would print requests with their secrets.
    debuglevel = 0

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            # What was sent to a proxy to open a tunnel is not part of the call.
            progress.is_sent = False

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if self.sock is None:
            self.connect()
        progress.is_sent = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class Pool(HTTPConnectionPool):
    """Connections to one host; those idle for longer than `IDLE_S` are renewed."""

    ConnectionCls = _Connection

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        connection = super()._get_conn(timeout)
        idle_since = getattr(connection, "idle_since", None)
        if idle_since is not None and time.monotonic() - idle_since > IDLE_S:
            connection.close()
        return connection

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()  # type: ignore[attr-defined]
        super()._put_conn(conn)


class SecurePool(Pool, HTTPSConnectionPool):
    """A `Pool` with TLS."""

    ConnectionCls = _SecureConnection
