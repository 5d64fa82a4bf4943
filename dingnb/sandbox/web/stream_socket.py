"""Stream's WebSocket: a client with a ticket is connected to the gateway until one of both leaves."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.connection import connection_of, end_transport, marked

PATH = "/connect"

_LOG = logging.getLogger("dingnb.sandbox.events.gateway")
# uvicorn tells each connection with its address, and so its ticket, at INFO.
_LOG.setLevel(logging.WARNING)


class StreamConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which the application can find, and which logs no ticket."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put this connection into the scope of its request."""
        self.logger = _LOG
        # websockets tells each request with its address, too, at DEBUG.
        self.conn.debug = False
        self.app_state = marked(self.app_state, self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the scope, so that nothing holds the connection any longer."""
        super().connection_lost(exc)
        self.app_state = {}

    async def send(self, message: Any) -> None:  # noqa: ANN401 - of one of uvicorn's types
        """
        Send a message of the application's.

        Raises:
            ClientDisconnected: Nobody is there any longer; asyncio would complain of each try.
        """
        if self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)
        # Else uvicorn would complain of who is refused, as if the application had forgotten to answer.
        self.handshake_complete |= message["type"] == "websocket.http.response.body"

    def cut(self, *, reset: bool) -> None:
        """Close it without a closing frame, or reset it."""
        end_transport(self.transport, reset=reset)


class _Socket:
    """
    A client's socket as a `Link` for the gateway, which calls it from any thread.

    Args:
        connection: The connection below; None under another server, where a reset closes.
    """

    def __init__(self, connection: StreamConnection | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._outbox: asyncio.Queue[str | Literal[False]] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Send a text; what UTF-8 cannot hold becomes question marks."""
        self._put(text.encode(errors="replace").decode())

    def close(self) -> None:
        """Close it after what was sent."""
        self._put(False)  # noqa: FBT003 - the end of the queue

    def reset(self) -> None:
        """End it at once, with a TCP reset."""
        connection = self._connection
        if connection is None:
            self.close()
            return
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(lambda: connection.cut(reset=True))

    async def write(self, send: Send) -> None:
        """Send what is to be sent, until it is closed."""
        while (text := await self._outbox.get()) is not False:
            await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": 1000})

    def _put(self, item: str | Literal[False]) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._outbox.put_nowait, item)


async def connect(state: SandboxState, scope: Scope, receive: Receive, send: Send, *, is_foreign: bool) -> None:
    """
    Answer a WebSocket request; what has no good ticket is refused, with status 401: an assumption.

    Args:
        state: The sandbox's.
        scope: The request.
        receive: As ASGI has it.
        send: Likewise.
        is_foreign: Whether it may come from a foreign web page; then it is refused with status 403.
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
    if await _is_struck(state, connection, receive, send):
        return
    socket = _Socket(connection)
    tickets = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])
    with state.lock:
        line = state.stream.admit(tickets[-1], socket, state.time.now_ns())
    if line is None:
        await _refuse(send, 401)
        return
    writer = None
    try:
        await send({"type": "websocket.accept"})
        writer = asyncio.create_task(socket.write(send))
        state.stream_follower.look()
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
            with state.lock:
                state.stream.hear(line, text, state.time.now_ns())
    finally:
        with state.lock:
            state.stream.left(line, state.time.now_ns())
        if writer is not None:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)


async def _is_struck(state: SandboxState, connection: StreamConnection | None, receive: Receive, send: Send) -> bool:
    """Let faults strike a connection; return whether it came to nothing, and its ticket was not used."""
    with state.lock:
        strike = state.faults.strike(PATH, state.time.now_ns())
    if strike.delay_ns:
        await state.time.hold(strike.delay_ns)
    if strike.shut_ns and state.faults.door is not None:
        state.faults.door.shut(strike.shut_ns)
    fault = "" if strike.rule is None else strike.rule.fault
    if fault.startswith(("drop", "reset")) and connection is not None:
        connection.cut(reset=fault.startswith("reset"))
        while (await receive())["type"] != "websocket.disconnect":
            pass
    elif fault:
        await _refuse(send, int(fault) if fault in {"502", "504"} else 401)
    return bool(fault)


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
