"""What the servers here have in common, the sandbox's and the one that receives events: both run on uvicorn."""

import asyncio
import os
import socket
import sys
import threading
from contextlib import AbstractContextManager, suppress
from typing import Any

import uvicorn

_LOOK_AGAIN_S = 0.002
_NO_THREAD_AT_EXIT = sys.version_info[:3] in {(3, 12, 0), (3, 12, 1)}
"""Whether this Python starts no thread while a program ends; asyncio needs one to end its executor."""


class _Config(uvicorn.Config):
    """uvicorn's settings. No logger, however low its level, tells of requests: tickets and tokens are in them."""

    def load(self) -> None:
        """Make ready, and have the app itself called."""
        super().load()
        self.loaded_app = self.app


class Server(uvicorn.Server):
    """
    A server for one app, which tells when it is ready, and which any thread can end at once.

    Args:
        app: What answers: an ASGI app.
        listener: The socket that it listens on.
        within: A context to be in meanwhile, in the thread of `listen`.
        options: What else uvicorn is told; it writes nothing, and says nothing of itself in its answers.

    Attributes:
        url: Where it answers: ``http://127.0.0.1:8080``.
        ready: Is set when it answers, or will not.
        listener: As above.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - passed on, as the options are
        listener: socket.socket,
        within: AbstractContextManager[object],
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
                proxy_headers=False,
                server_header=False,
                **options,
            )
        )
        self.url = _url(listener)
        self.ready = threading.Event()
        self.listener = listener
        self.loop: asyncio.AbstractEventLoop | None = None
        self._within = within
        self._leaving = asyncio.Event()
        self._is_left = False

    def listen(self) -> None:
        """Answer until `leave` is called."""
        try:
            with self._within:
                self.run([self.listener])
        except RuntimeError:
            if not (_NO_THREAD_AT_EXIT and self._is_left):
                raise
        finally:
            self.loop = None
            self.listener.close()
            self.ready.set()

    async def main_loop(self) -> None:
        """Answer until `leave` is called."""
        self.loop = asyncio.get_running_loop()
        self.ready.set()
        if not self._is_left:
            await self._leaving.wait()

    def leave(self) -> None:
        """End `listen`, from any thread."""
        self._is_left = True
        loop = self.loop
        if loop is not None:
            # It may have ended by itself meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._leaving.set)

    async def finish(self, grace_s: float) -> None:
        """Listen no more, and answer what is under way if it takes no longer; `listen` closes the listener."""
        # Else a process that was forked meanwhile would hold the port.
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(_LOOK_AGAIN_S)


def listen(host: str, port: int, backlog: int) -> socket.socket:
    """
    Return a socket that listens.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        backlog: How many connections may wait to be accepted.

    Raises:
        OSError: The address or the port cannot be had.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = bind(family, address)
    try:
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


def bind(family: int, address: Any) -> socket.socket:  # noqa: ANN401 - two parts or four, as the family has it
    """
    Return a socket that holds an address, and does not listen yet.

    Raises:
        OSError: It cannot be had.
    """
    # asyncio switches Nagle's delay off only where the protocol is named; socket.create_server leaves it out.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
