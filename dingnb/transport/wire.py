"""
Connections that know whether a call has left, stop reading in time, and are renewed after idling.

A read time-out of a socket starts anew with every byte, so that a server which drips its answer could
hold a caller for ever; `Progress` sets an end to the whole exchange. Sockets age in real time, whatever
a virtual clock says.
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


class Progress(threading.local):
    """
    How far the current thread's exchange has come.

    Attributes:
        left: Whether any byte of the request was written.
        give_up_at: When to stop to read, in seconds of ``time.monotonic``.
    """

    left = False
    give_up_at = math.inf


progress = Progress()


class _ReadsInTime(io.RawIOBase):
    """The bytes of a socket, until the exchange has to end."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket) -> None:
        self._inner = inner
        self._sock = sock
        self._patience_s = sock.gettimeout()
        self._give_up_at = progress.give_up_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a buffer, which 3.11 has no name for
        remaining_s = self._give_up_at - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        if not math.isinf(remaining_s):
            self._sock.settimeout(remaining_s if self._patience_s is None else min(self._patience_s, remaining_s))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        super().close()
        self._inner.close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's own
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_ReadsInTime(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response
    # Of its own: what a user sets to see calls of other libraries would print whole requests, secrets among them.
    debuglevel = 0

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            # What a proxy was told to open a tunnel is not the call.
            progress.left = False

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if self.sock is None:
            self.connect()
        progress.left = True
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class Pool(HTTPConnectionPool):
    """Connections to one host, which are renewed when they were idle for longer than `IDLE_S`."""

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
    """The same with TLS."""

    ConnectionCls = _SecureConnection
