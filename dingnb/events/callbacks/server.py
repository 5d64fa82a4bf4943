"""A server in a thread of this process for a `CallbackApp`, which is exposed to the internet."""

import asyncio
import errno
import logging
import socket
import threading
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dingnb.asgi_server import Server, open_listener
from dingnb.errors import InputError
from dingnb.events.callbacks.asgi import CallbackApp
from dingnb.events.callbacks.counters import PostCounter, RefusalReason
from dingnb.words import Text

HEAD_TIMEOUT_S = 5.0
"""Time allowed for receiving the head of a request, in seconds."""

_MAX_HEAD_BYTES = 32 * 1_024
_MAX_CONNECTIONS = 256
_GRACE_S = 1.0
_IDLE_S = 60
_BACKLOG = 256
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors when the system cannot create another socket, regardless of its address."""

_REFUSAL = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

# uvicorn warns about each malformed request, and Python writes log records without a handler into the notebook.
_SILENT = logging.getLogger("dingnb.receiver")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class _Connection(H11Protocol):
    """
    uvicorn's connection: malformed requests get the usual 404, slow requests no answer.

    If there are too many connections, the connection that has been waiting longest for its request is closed, so that
    idle connections cannot keep out a genuine post.
    """

    def __init__(self, *arguments: Any, counter: PostCounter, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **options)
        self.logger = self.access_logger = _SILENT
        self._counter = counter
        self._head_timer: asyncio.TimerHandle | None = None
        self.idle_since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_head_timer()
        open_connections = [
            connection
            for connection in cast("set[_Connection]", self.connections)
            if not connection.transport.is_closing()
        ]
        if len(open_connections) > _MAX_CONNECTIONS:
            self._counter.refuse(RefusalReason.CONNECTIONS)
            waiting = [connection for connection in open_connections if connection.waits_for_client]
            min(waiting, key=lambda connection: connection.idle_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_answering:
            self._cancel_head_timer()
        elif self._head_timer is None and not self.transport.is_closing():
            self._start_head_timer()

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        # The client may still be reading: a complete request is answered before the connection closes.
        if self.waits_for_client:
            return False
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        del msg
        self._counter.refuse(RefusalReason.MALFORMED)
        if not (self.is_answering and self.cycle.response_started):
            self.transport.write(_REFUSAL)
        self.transport.close()

    def shutdown(self) -> None:
        self._cancel_head_timer()
        try:
            super().shutdown()
        except h11.LocalProtocolError:
            # h11 is in a state that does not allow a response.
            self.transport.close()

    @property
    def is_answering(self) -> bool:
        """Whether a request is being answered."""
        # None before the first request, contrary to its type.
        return bool(self.cycle) and not self.cycle.response_complete

    @property
    def waits_for_client(self) -> bool:
        """Whether more has to arrive before a request can be answered."""
        return not self.is_answering or self.cycle.more_body

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._on_head_timeout)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_head_timeout(self) -> None:
        self._head_timer = None
        self._counter.refuse(RefusalReason.SLOW)
        self.transport.abort()


class _Server(Server):
    def __init__(self, app: CallbackApp, listener: socket.socket, context: AbstractContextManager[None]) -> None:
        super().__init__(
            app,
            listener,
            context,
            backlog=_BACKLOG,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
            http=partial(_Connection, counter=app.counter),
            timeout_keep_alive=_IDLE_S,
            ws="none",
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening; requests in progress get a short time to finish."""
        del sockets  # `listen` closes ours
        self.loop = None
        await self.finish(_GRACE_S)


class BackgroundServer:
    """
    Serves an app in a thread of this process until `stop`.

    Args:
        app: The app.
        host: The address to listen on.
        port: The port; 0 picks a free port.
        context: A context to enter in the server's thread.

    Attributes:
        url: The server's URL, such as ``http://127.0.0.1:8080``.

    Raises:
        InputError: The address or the port is not available.
        Exception: The server ended before it was ready; its exception.
    """

    def __init__(self, app: CallbackApp, host: str, port: int, context: AbstractContextManager[None]) -> None:
        try:
            listener = open_listener(host, port, _BACKLOG)
        except OSError as error:
            raise _listen_error(host, port, error) from None
        self._server = _Server(app, listener, context)
        self.url = self._server.url
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._serve, name="dingnb receiver", daemon=True)
        self._thread.start()
        try:
            self._server.ready.wait()
        except BaseException:
            # Interrupted: no other reference to it exists.
            self.stop()
            raise
        if self._server.loop is None:
            # It ended before it started.
            self._thread.join()
            if isinstance(self._failure, OSError):
                raise _listen_error(host, port, self._failure) from None
            if self._failure is not None:
                raise self._failure

    @property
    def is_running(self) -> bool:
        """Whether the server is running."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the server, and wait until the port is free; further calls do nothing."""
        self._server.stop()
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._server.listen()
        except Exception as error:
            self._failure = error
            if self._server.started:
                # Nobody waits for it any more: Python reports it.
                raise


def _listen_error(host: str, port: int, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        return InputError(Text("receiver.port_taken", port=port), Text("receiver.port_taken_todo"))
    if error.errno in _OUT_OF_RESOURCES:
        return InputError(Text("receiver.no_room", cause=error.strerror), Text("receiver.no_room_todo"))
    if error.errno == errno.EACCES:
        return InputError(Text("receiver.port_forbidden", port=port), Text("receiver.port_forbidden_todo"))
    return InputError(Text("receiver.no_address", host=host, cause=error.strerror), Text("receiver.no_address_todo"))
