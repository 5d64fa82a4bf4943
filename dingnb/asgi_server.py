"""The uvicorn server used by the sandbox and the event receiver."""

import asyncio
import os
import socket
import sys
import threading
from contextlib import AbstractContextManager, suppress
from typing import Any

import uvicorn

_POLL_S = 0.002
_LOOP_ITERATIONS = 5
"""Number of iterations of the event loop before closing; an accepted connection needs three."""

_CANNOT_START_THREADS_AT_EXIT = sys.version_info[:3] in {(3, 12, 0), (3, 12, 1)}
"""Whether this Python cannot start a thread during shutdown; asyncio needs one to shut down its executor."""


class _Config(uvicorn.Config):
    """uvicorn settings under which no request is logged at any level, because URLs contain tickets and tokens."""

    def load(self) -> None:
        """Load the settings without the middleware that logs requests."""
        super().load()
        self.loaded_app = self.app


class Server(uvicorn.Server):
    """
    A server for one app that signals when it is ready and can be stopped from any thread.

    Args:
        app: The ASGI app.
        listener: The listening socket.
        context: A context that the thread of `listen` enters while the server runs.
        options: Other settings of uvicorn, which logs nothing and adds no headers of its own.

    Attributes:
        url: The server's URL, such as ``http://127.0.0.1:8080``.
        ready: Set once the server is ready or has failed to start.
        listener: The listening socket.
        loop: The event loop; None before the server runs, and after it has ended.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - passed on, as the options are
        listener: socket.socket,
        context: AbstractContextManager[object],
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(
            _Config(
                app,
                access_log=False,
                date_header=False,
                interface="asgi3",
                lifespan="off",
                log_config=None,
                # Not uvloop if it happens to be installed: uvicorn would look for it in the thread of each server.
                loop="asyncio",
                proxy_headers=False,
                server_header=False,
                **options,
            )
        )
        self.url = server_url(*listener.getsockname()[:2])
        self.ready = threading.Event()
        self.listener = listener
        self.loop: asyncio.AbstractEventLoop | None = None
        self._context = context
        self._stopping = asyncio.Event()
        self._is_stopped = False

    def listen(self) -> None:
        """Serve until `stop` is called."""
        try:
            with self._context:
                self.run([self.listener])
        except RuntimeError:
            if not (_CANNOT_START_THREADS_AT_EXIT and self._is_stopped):
                raise
        finally:
            self.loop = None
            self.listener.close()
            self.ready.set()

    async def main_loop(self) -> None:
        """Serve until `stop` is called."""
        self.loop = asyncio.get_running_loop()
        self.ready.set()
        if not self._is_stopped:
            await self._stopping.wait()

    def stop(self) -> None:
        """Stop the server; may be called from any thread."""
        self._is_stopped = True
        loop = self.loop
        if loop is not None:
            # The loop may have ended in the meantime.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._stopping.set)

    def refuse_connections(self) -> None:
        """Stop listening, before `close_servers`; connections accepted before stay open."""
        # Event loops of Windows have no readers, and a closed listener has none any more.
        with suppress(NotImplementedError, ValueError):
            asyncio.get_running_loop().remove_reader(self.listener)
        # A forked process would otherwise keep the port open.
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)

    async def close_servers(self) -> None:
        """Close the servers after `refuse_connections`, once asyncio has set up the connections accepted before."""
        # asyncio sets them up in the next iterations of the loop, and loses them if their server is closed meanwhile.
        for _ in range(_LOOP_ITERATIONS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()

    async def finish(self, grace_s: float) -> None:
        """Stop accepting connections and wait up to `grace_s` seconds for requests; `listen` closes the listener."""
        self.refuse_connections()
        await self.close_servers()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn sets no event
                    await asyncio.sleep(_POLL_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # Connections are closed in the loop's next iteration; connections still open when the loop ends would leak.
        await asyncio.sleep(0)


def open_listener(host: str, port: int, backlog: int) -> socket.socket:
    """
    Return a listening socket.

    Args:
        host: The address to listen on.
        port: The port; 0 selects a free one.
        backlog: The maximum number of connections waiting to be accepted.

    Raises:
        OSError: The address or the port is not available.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = bind(family, address)
    try:
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def bind(family: int, address: Any) -> socket.socket:  # noqa: ANN401 - its length depends on the family
    """
    Return a socket bound to an address, not listening yet.

    Raises:
        OSError: The address is not available.
    """
    # asyncio disables Nagle's algorithm only for sockets with an explicit protocol, unlike sockets of create_server.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def server_url(host: str, port: int) -> str:
    """
    Return the URL of the server at an address.

    >>> server_url("127.0.0.1", 8080), server_url("::1", 8080)
    ('http://127.0.0.1:8080', 'http://[::1]:8080')
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
