"""A server in a thread of this process, for an ASGI app that strangers can reach."""

import asyncio
import errno
import logging
import socket
import threading
from contextlib import AbstractContextManager, suppress
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dingnb.asgi_server import Server, listen
from dingnb.errors import InputError
from dingnb.events.callbacks.asgi import CallbackApp
from dingnb.events.callbacks.counters import Reason
from dingnb.words import Text

HEADERS_S = 5.0
"""So long the head of a request may take to come, in seconds."""

_LARGEST_HEAD_BYTES = 32 * 1_024
_MOST_CONNECTIONS = 256
_GRACE_S = 1.0
_IDLE_S = 60
_ROUNDS = 5
"""Of the event loop, within which a connection that was accepted is one of ours, and one that is cut has ended."""

_BACKLOG = 256
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What the system says where it has no room for one socket more, whatever its address."""

_REFUSAL = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

# uvicorn warns about each malformed request, and Python writes unhandled warnings into the notebook.
_SILENT = logging.getLogger("dingnb.receiver")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class _Connection(H11Protocol):
    """
    uvicorn's connection: malformed requests get the common answer, slow ones none.

    If there are too many, the connection that has been waiting longest for its request is closed, so that idle
    connections cannot keep out a genuine post.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **options)
        self.logger = self.access_logger = _SILENT
        self._tally = cast("CallbackApp", self.config.loaded_app).tally
        self._hurry: asyncio.TimerHandle | None = None
        self.idle_since = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()
        open_ones = [one for one in cast("set[_Connection]", self.connections) if not one.transport.is_closing()]
        if len(open_ones) > _MOST_CONNECTIONS:
            self._tally.refuse(Reason.CROWD)
            waiting = [one for one in open_ones if one.waits_for_caller]
            min(waiting, key=lambda one: one.idle_since).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_answering:
            self._wait_no_more()
        elif self._hurry is None and not self.transport.is_closing():
            self._wait_for_head()

    def on_response_complete(self) -> None:
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        # Who says no more may still listen: what was asked as a whole is answered, and then it is over.
        if self.waits_for_caller:
            return False
        self.cycle.keep_alive = False
        return True

    def send_400_response(self, msg: str) -> None:
        del msg
        self._tally.refuse(Reason.MALFORMED)
        if not (self.is_answering and self.cycle.response_started):
            self.transport.write(_REFUSAL)
        self.transport.close()

    def shutdown(self) -> None:
        self._wait_no_more()
        # h11 may be in a state that does not allow a response.
        with suppress(h11.LocalProtocolError):
            super().shutdown()
            return
        self.transport.close()

    @property
    def is_answering(self) -> bool:
        """Whether a request is being answered."""
        # None before the first request, contrary to its type.
        return bool(self.cycle) and not self.cycle.response_complete

    @property
    def waits_for_caller(self) -> bool:
        """Whether more has to come before anything can be answered."""
        return not self.is_answering or self.cycle.more_body

    def _wait_for_head(self) -> None:
        self._hurry = self.loop.call_later(HEADERS_S, self._is_too_slow)

    def _wait_no_more(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _is_too_slow(self) -> None:
        self._hurry = None
        self._tally.refuse(Reason.SLOW)
        self.transport.abort()


class _Server(Server):
    def __init__(self, app: CallbackApp, listener: socket.socket, within: AbstractContextManager[None]) -> None:
        super().__init__(
            app,
            listener,
            within,
            backlog=_BACKLOG,
            h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
            http=_Connection,
            loop="asyncio",
            timeout_keep_alive=_IDLE_S,
            ws="none",
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more; what is under way is answered, if that is soon."""
        del sockets  # `listen` closes ours
        self.loop = None
        # asyncio forgets, and leaves open, a connection that it has accepted just before its server is closed.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().remove_reader(self.listener.fileno())
        await _rounds()
        await self.finish(_GRACE_S)
        for connection in list(self.server_state.connections):
            cast("_Connection", connection).transport.abort()
        await _rounds()


async def _rounds() -> None:
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)


class BackgroundServer:
    """
    Serves an app in a thread of this process until `stop`.

    Args:
        app: The ASGI app.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        within: A context to enter in the server's thread.

    Attributes:
        address: Its URL: ``http://127.0.0.1:8080``.

    Raises:
        InputError: The address or the port is not available.
    """

    def __init__(self, app: CallbackApp, host: str, port: int, within: AbstractContextManager[None]) -> None:
        try:
            listener = listen(host, port, _BACKLOG)
        except OSError as error:
            raise _no_address(host, port, error) from None
        self._server = _Server(app, listener, within)
        self.address = self._server.url
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._serve, name="dingnb receiver", daemon=True)
        self._thread.start()
        try:
            self._server.ready.wait()
        except BaseException:
            # An interrupt: nothing would hold a reference to it.
            self.stop()
            raise
        if self._server.loop is None:
            # It ended before it started.
            self._thread.join()
            if self._failure is not None:
                raise _no_address(host, port, self._failure) from None

    @property
    def is_running(self) -> bool:
        """Whether it answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop answering, and wait until the port is free; a second time does nothing."""
        self._server.stop()
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._server.listen()
        except OSError as error:
            self._failure = error


def _no_address(host: str, port: int, error: OSError) -> InputError:
    if error.errno == errno.EADDRINUSE:
        return InputError(Text("receiver.port_taken", port=port), Text("receiver.port_taken_todo"))
    if error.errno in _NO_ROOM:
        return InputError(Text("receiver.no_room", cause=error.strerror), Text("receiver.no_room_todo"))
    if error.errno == errno.EACCES:
        return InputError(Text("receiver.port_forbidden", port=port), Text("receiver.port_forbidden_todo"))
    return InputError(Text("receiver.no_address", host=host, cause=error.strerror), Text("receiver.no_address_todo"))
