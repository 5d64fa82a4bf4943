"""
The WebSocket of Stream: `websockets.sync.client` with the proxy and the certificates of HTTP calls.

Nothing is logged, because the address contains the ticket. All time-outs are in real time, even under a virtual clock.
"""

import logging
import selectors
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.frames import CloseCode
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from dingnb.errors import UnreachableError
from dingnb.transport.hosts import is_loopback
from dingnb.words import Text, as_text

MAX_MESSAGE_BYTES = 4 * 2**20
"""Maximum size of an incoming message; a longer message closes the connection."""

_MAX_QUEUE = 1_000
"""Frames to read ahead: unread frames are lost with an abandoned connection, and robot messages are sent only once."""

_MAX_BATCH = 1_000
"""Maximum number of messages that `WebSocket.receive` returns at once."""

_MAX_ADDRESSES = 3
"""
Number of addresses of a host among which the time for opening is divided.

Addresses of a broken IPv6 network, for example, do not respond, and must leave time for the others.
"""

_TLS_WAIT_S = 0.05
"""Longest wait for data before TLS is tried again: another thread may have read the data, or closed the socket."""

_Result = TypeVar("_Result")
_Argument = TypeVar("_Argument")

# Outside the logging tree, so that no logging configuration can make websockets print the ticket.
_SILENT = logging.Logger("dingnb.transport.websocket", logging.CRITICAL + 1)  # noqa: LOG001


@dataclass(frozen=True, slots=True)
class WebSocketTimeouts:
    """
    Time-outs of a WebSocket, in seconds of real time.

    Attributes:
        open_s: Connecting, including proxy, TLS and handshake.
        ping_s: Interval between keepalive pings.
        pong_s: Waiting for the answer to a ping, and for the other side to accept data.
        close_s: The closing handshake.
    """

    open_s: float = 10.0
    ping_s: float = 30.0
    pong_s: float = 15.0
    close_s: float = 0.3


class WebSocketClosedError(Exception):
    """
    An open connection was closed or lost.

    Attributes:
        reason: The reason, for display.
        is_closed_by_us: Whether this side closed the connection, because the other side violated the protocol.
    """

    def __init__(self, reason: Text | str, *, is_closed_by_us: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = as_text(reason)
        self.is_closed_by_us = is_closed_by_us


class _RefusedError(InvalidHandshake):
    """The server answered the handshake with another HTTP status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class _TlsSocket:
    """
    A TLS socket that one thread reads while another writes, with the methods that websockets calls.

    The threads take turns: when OpenSSL reads a session ticket, it loses what another thread writes at that moment, and
    some releases of Python let both threads call OpenSSL at once.
    """

    def __init__(self, sock: ssl.SSLSocket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self._turn = threading.Lock()
        self._timeout_s: float | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - attributes of the socket are of any type
        return getattr(self._sock, name)

    def settimeout(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s

    def recv(self, n_bytes: int) -> bytes:
        # Without a time-out: a session ticket, or a part of a record, may be all that arrives for a long time.
        return self._call(self._sock.recv, n_bytes, None)

    def sendall(self, data: bytes) -> None:
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[self._call(self._sock.send, unsent, self._timeout_s) :]

    def _call(self, function: Callable[[_Argument], _Result], argument: _Argument, timeout_s: float | None) -> _Result:
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            try:
                with self._turn:
                    return function(argument)
            except ssl.SSLWantReadError:
                event = selectors.EVENT_READ
            except ssl.SSLWantWriteError:
                event = selectors.EVENT_WRITE
            if end_s is not None and time.monotonic() >= end_s:
                raise TimeoutError
            with selectors.DefaultSelector() as selector:
                selector.register(self._sock, event)
                selector.select(_TLS_WAIT_S)


class _Connection(ClientConnection):
    """A connection without redirects, where TLS loses no data and a blocked sender stops neither pings nor closing."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - websockets' own
        if isinstance(sock, ssl.SSLSocket):
            sock = _TlsSocket(sock)
        # Without a time-out, a peer that does not read would block the sender, and with it keepalive and closing.
        sock.settimeout(kwargs["ping_timeout"])
        super().__init__(sock, *args, **kwargs)

    def handshake(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - likewise
        try:
            super().handshake(*args, **kwargs)
        except InvalidStatus as error:
            status = error.response.status_code
        else:
            return
        # Not `InvalidStatus`, because websockets would follow redirects.
        raise _RefusedError(status)

    def send_data(self) -> None:
        try:
            super().send_data()
        except TimeoutError:
            raise
        except OSError:
            # Data that has arrived can still be read; reading ends the connection.
            pass


class WebSocket:
    """
    An open connection; `WebSocket.open` returns one.

    Args:
        connection: The connection of websockets.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, address: str, query: str, user_agent: str, timeouts: WebSocketTimeouts) -> Self:
        """
        Connect, and return the open connection.

        Args:
            address: ``wss://host/path``, or ``ws://`` on this machine; without a query.
            query: The query, which may be secret.
            user_agent: The ``User-Agent`` header.
            timeouts: The time-outs.

        Raises:
            UnreachableError: The server cannot be reached or refuses the connection, or its proxy requires TLS.
        """
        try:
            return cls(_connect(address, query, user_agent, timeouts))
        except UnreachableError:
            raise
        except _RefusedError as error:
            key, cause = "stream.turned_away", str(error)
        except (WebSocketException, OSError, ValueError, ImportError) as error:
            key, cause = "transport.unreachable", type(error).__name__
        # Outside the except block: a chained error may quote the ticket, or a proxy with its password.
        raise UnreachableError(Text(key, host=urlsplit(address).netloc, cause=cause), Text(f"{key}_todo"))

    def receive(self, timeout_s: float) -> list[str]:
        """
        Return the messages that have arrived, as soon as there is a message.

        Args:
            timeout_s: Maximum time to wait, in seconds.

        Returns:
            The messages, with invalid UTF-8 replaced; empty if no message arrived in time.

        Raises:
            WebSocketClosedError: The connection is closed, and all messages were returned.
        """
        messages: list[str] = []
        try:
            while len(messages) < _MAX_BATCH:
                data = self._connection.recv(0 if messages else timeout_s, decode=False)
                messages.append(data.decode(errors="replace"))
        except TimeoutError:
            if self._connection.state is not State.OPEN:
                # The other side has closed the WebSocket, but not its socket.
                self._connection.close()
            return messages
        except ConnectionClosed as error:
            closed = _closed_error(error)
        else:
            return messages
        if messages:
            return messages
        raise closed

    def send(self, text: str) -> None:
        """Send a text; on a closed connection, `receive` raises the error."""
        with suppress(ConnectionClosed):
            self._connection.send(text)

    def close(self) -> list[str]:
        """Close the connection within `WebSocketTimeouts.close_s`, and return all messages not received yet."""
        self._connection.close()
        messages: list[str] = []
        with suppress(WebSocketClosedError):
            while True:
                messages += self.receive(0)
        return messages


def find_proxy_settings(address: str) -> tuple[str | None, str]:
    """Return the proxy for an address, if any, and the trusted certificates (a file or folder), as for HTTP calls."""
    url = address.replace("ws", "http", 1)
    if is_loopback(url):
        return None, DEFAULT_CA_BUNDLE_PATH
    settings = requests.Session().merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
    proxy, certificates = select_proxy(url, settings["proxies"]), settings["verify"]
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or None, certificates if isinstance(certificates, str) else DEFAULT_CA_BUNDLE_PATH


def _connect(address: str, query: str, user_agent: str, timeouts: WebSocketTimeouts) -> ClientConnection:
    """Return an open connection of websockets, with the proxy and the certificates of HTTP calls."""
    proxy, certificates = find_proxy_settings(address)
    if proxy and proxy.startswith("https:"):
        # websockets overlooks data that the TLS layer of a proxy has already read.
        raise UnreachableError(Text("stream.tls_proxy", host=urlsplit(address).netloc), Text("stream.tls_proxy_todo"))
    is_folder = Path(certificates).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_folder else certificates, capath=certificates if is_folder else None
    )
    # Entered here, because websockets warns about a connection outside `with`; `WebSocket.close` closes it.
    return connect(
        f"{address}?{query}",
        ssl=context if address.startswith("wss:") else None,
        proxy=proxy,
        compression=None,
        user_agent_header=user_agent,
        open_timeout=timeouts.open_s,
        timeout=timeouts.open_s / _MAX_ADDRESSES,
        ping_interval=timeouts.ping_s,
        ping_timeout=timeouts.pong_s,
        close_timeout=timeouts.close_s,
        max_size=MAX_MESSAGE_BYTES,
        max_queue=_MAX_QUEUE,
        logger=_SILENT,
        create_connection=_Connection,
    ).__enter__()


def _closed_error(error: ConnectionClosed) -> WebSocketClosedError:
    """Return the error for a closed connection, with the reason for display."""
    close, cause = error.rcvd or error.sent, error.__cause__
    if error.rcvd is None and close is not None and close.code == CloseCode.INTERNAL_ERROR:
        # The code of websockets' keepalive.
        return WebSocketClosedError(Text("stream.silent"))
    if close is None and isinstance(cause, TimeoutError):
        return WebSocketClosedError(Text("stream.not_read"))
    if close is None and cause is not None:
        return WebSocketClosedError(type(cause).__name__)
    code = CloseCode.ABNORMAL_CLOSURE.value if close is None else close.code
    return WebSocketClosedError(
        Text("stream.closed", code=code), is_closed_by_us=close is not None and error.rcvd is None
    )
