"""The WebSocket endpoint of Stream, which admits clients that present a valid ticket."""

import asyncio
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.connection import connection_of, end_transport, with_connection

PATH = "/connect"

_LOG = logging.getLogger(__name__)
# uvicorn logs each connection with its URL, which contains the ticket, at INFO.
_LOG.setLevel(logging.WARNING)


class StreamConnection(WebSocketsSansIOProtocol):
    """A uvicorn WebSocket that is accessible to the application and does not log tickets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Add this connection to the scope of its request."""
        self.logger = _LOG
        # websockets logs each request with its URL at DEBUG.
        self.conn.debug = False
        self.app_state = with_connection(self.app_state, self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Clear the scope, which then no longer references the connection."""
        super().connection_lost(exc)
        self.app_state = {}

    async def send(self, message: Any) -> None:  # noqa: ANN401 - of one of uvicorn's types
        """
        Send a message of the application.

        Raises:
            ClientDisconnected: The client has disconnected. asyncio would log a warning for each attempt.
        """
        if self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)
        # Without this line, uvicorn logs an error for refused clients, as if the application had not answered.
        self.handshake_complete |= message["type"] == "websocket.http.response.body"

    def shutdown(self) -> None:
        """Close the connection when the server stops; uvicorn raises if the client is already closing it."""
        if self.conn.state is State.CLOSING:
            self.stop_keepalive()
            self.transport.close()
        else:
            super().shutdown()

    def abort(self, *, reset: bool) -> None:
        """Close the connection without a closing frame, or reset it."""
        end_transport(self.transport, reset=reset)


class _Socket:
    """
    A `ClientSocket` for the gateway, which may call it from any thread.

    Args:
        connection: The underlying connection; None on another server, where `reset` closes the connection instead.
    """

    def __init__(self, connection: StreamConnection | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        # None closes the socket.
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Send a text. Characters that UTF-8 cannot encode become question marks."""
        self._put(text.encode(errors="replace").decode())

    def close(self) -> None:
        """Close the socket after sending all queued texts."""
        self._put(None)

    def reset(self) -> None:
        """End the connection immediately with a TCP reset."""
        connection = self._connection
        if connection is None:
            self.close()
            return
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(lambda: connection.abort(reset=True))

    async def write(self, send: Send) -> None:
        """Send queued texts until the socket is closed."""
        while (text := await self._queue.get()) is not None:
            await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": 1000})

    def _put(self, item: str | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)


async def connect(state: SandboxState, scope: Scope, receive: Receive, send: Send, *, is_foreign: bool) -> None:
    """
    Serve a WebSocket request.

    A request without a valid ticket is refused with status 401, which is an assumption; for another path, with 404.

    Args:
        state: The sandbox's state.
        scope: The ASGI scope of the request.
        receive: The ASGI receive function.
        send: The ASGI send function.
        is_foreign: Whether the request may come from a foreign web page; such a request is refused with status 403.
    """
    if (await receive())["type"] != "websocket.connect":
        return
    if is_foreign:
        await _refuse(send, 403)
        return
    connection = connection_of(scope, StreamConnection)
    if scope["path"] != PATH:
        await _refuse(send, 404)
        return
    if await _inject_fault(state, connection, receive, send):
        return
    socket = _Socket(connection)
    tickets = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])
    with state.lock:
        client = state.stream.connect(tickets[-1], socket, state.time.now_ns())
    if client is None:
        await _refuse(send, 401)
        return
    writer = None
    try:
        await send({"type": "websocket.accept"})
        writer = asyncio.create_task(socket.write(send))
        state.stream_scheduler.wake()
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
            with state.lock:
                now_ns = state.time.now_ns()
                state.stream.receive(client, text, now_ns)
                state.commit(now_ns)
    finally:
        with state.lock:
            now_ns = state.time.now_ns()
            state.stream.remove(client, now_ns)
            state.commit(now_ns)
        if writer is not None:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)


async def _inject_fault(state: SandboxState, connection: StreamConnection | None, receive: Receive, send: Send) -> bool:
    """Inject faults into a connection; return whether the connection failed, in which case its ticket stays valid."""
    with state.lock:
        injection = state.faults.inject(PATH, state.time.now_ns())
    if injection.delay_ns:
        await state.time.wait_async(injection.delay_ns)
    if injection.refuse_ns and state.faults.port is not None:
        state.faults.port.close(injection.refuse_ns)
    fault = "" if injection.rule is None else injection.rule.fault
    if fault.startswith(("drop", "reset")) and connection is not None:
        connection.abort(reset=fault.startswith("reset"))
        while (await receive())["type"] != "websocket.disconnect":
            pass
    elif fault:
        await _refuse(send, int(fault) if fault in {"502", "504"} else 401)
    return bool(fault)


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
