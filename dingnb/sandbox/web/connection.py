"""HTTP connections that the sandbox can end without a response."""

import asyncio
import os
import socket
import struct
from typing import Any, TypeVar

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_ProtocolT = TypeVar("_ProtocolT", bound=asyncio.Protocol)

_STATE_KEY = "dingnb connection"
# struct linger: two ints on POSIX, two shorts on Windows; on, with 0 seconds, which sends a reset.
_RESET_AT_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Connection(H11Protocol):
    """
    A uvicorn connection that is accessible to the application.

    Attributes:
        is_control_only: Whether the client has changed the sandbox and never called one of DingTalk's APIs.
        is_last_response: Whether the connection ends after the current response.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **options)
        # uvicorn's logger, which all servers of a process share, must not log requests: their URLs contain tokens.
        self.access_log = False
        self.is_control_only = False
        self._has_called = False
        self.is_last_response = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Add this connection to the scope of all its requests."""
        self.app_state = with_connection(self.app_state, self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Clear the scope, which then no longer references the connection."""
        super().connection_lost(exc)
        self.app_state = {}

    def record_request(self, *, is_control: bool, changes: bool) -> None:
        """Record the kind of a request: of the control API, possibly with changes, or of DingTalk's APIs."""
        self._has_called |= not is_control
        self.is_control_only = (self.is_control_only or changes) and not self._has_called

    def shutdown(self) -> None:
        """Close the connection, immediately if idle, otherwise after a response with ``Connection: close``."""
        self.is_last_response = True
        super().shutdown()

    def abort(self, *, reset: bool) -> None:
        """Close or reset the connection without a response."""
        end_transport(self.transport, reset=reset)


def end_transport(transport: asyncio.Transport, *, reset: bool) -> None:
    """Close or reset a transport."""
    if not reset:
        transport.close()
        return
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    transport.abort()


def with_connection(app_state: dict[str, Any], connection: object) -> dict[str, Any]:
    """Return a copy of the state that uvicorn passes on in the scope of requests, with the connection added."""
    return {**app_state, _STATE_KEY: connection}


def connection_of(scope: Scope, kind: type[_ProtocolT]) -> _ProtocolT | None:
    """Return the connection of a request; None on any server but the sandbox's own."""
    connection = scope.get("state", {}).get(_STATE_KEY)
    return connection if isinstance(connection, kind) else None


async def end_connection(connection: Connection | None, receive: Receive, *, reset: bool) -> None:
    """
    End a request's connection without a response.

    Raises:
        RuntimeError: The sandbox runs on another server, whose connections the sandbox cannot end.
    """
    if connection is None:
        message = "The sandbox cannot close connections of this server; use dingnb.sandbox.start or serve."
        raise RuntimeError(message)
    connection.abort(reset=reset)
    while (await receive())["type"] != "http.disconnect":
        pass
