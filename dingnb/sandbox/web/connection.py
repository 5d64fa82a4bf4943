"""One caller's connection: what lets the sandbox end it without an answer."""

import asyncio
import os
import socket
import struct
from typing import Any, TypeVar

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_Kind = TypeVar("_Kind", bound=asyncio.Protocol)

_KEY = "dingnb connection"
# Two C ints on POSIX, two shorts on Windows: on, and no seconds to linger.
_RESET_AT_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Connection(H11Protocol):
    """
    uvicorn's connection, which the application can find.

    Attributes:
        only_controls: Whether it has changed the sandbox, and has never called one of DingTalk's APIs.
        is_last_answer: Whether it ends after the answer that is under way.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **options)
        self.only_controls = False
        self._has_called = False
        self.is_last_answer = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put this connection into the scope of every request that comes through it."""
        self.app_state = marked(self.app_state, self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the scope, so that nothing holds the connection any longer."""
        super().connection_lost(exc)
        self.app_state = {}

    def comes(self, *, is_control: bool, changes: bool) -> None:
        """Note what comes through it: a request of the control API, perhaps one that changes something, or a call."""
        self._has_called |= not is_control
        self.only_controls = (self.only_controls or changes) and not self._has_called

    def shutdown(self) -> None:
        """End it: at once where it is idle, else after the answer, which says so."""
        self.is_last_answer = True
        super().shutdown()

    def cut(self, *, reset: bool) -> None:
        """Close it without an answer, or reset it."""
        end_transport(self.transport, reset=reset)


def end_transport(transport: asyncio.Transport, *, reset: bool) -> None:
    """Close a transport, or reset it."""
    if not reset:
        transport.close()
        return
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    transport.abort()


def marked(app_state: dict[str, Any], connection: object) -> dict[str, Any]:
    """Return the state that goes into the scope of every request, with the connection in it."""
    return {**app_state, _KEY: connection}


def connection_of(scope: Scope, kind: type[_Kind]) -> _Kind | None:
    """Return the connection of a request; None under another server than the sandbox's own."""
    found = scope.get("state", {}).get(_KEY)
    return found if isinstance(found, kind) else None


async def end(connection: Connection | None, receive: Receive, *, reset: bool) -> None:
    """
    End a request's connection without an answer.

    Raises:
        RuntimeError: The sandbox runs under another server, which does not let it.
    """
    if connection is None:
        message = "This server does not let the sandbox close a connection; use dingnb.sandbox.start or serve."
        raise RuntimeError(message)
    connection.cut(reset=reset)
    while (await receive())["type"] != "http.disconnect":
        pass
