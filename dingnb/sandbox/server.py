"""The sandbox over real HTTP: beside the caller in a thread, or as the whole work of a process."""

import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from types import FrameType
from typing import Self

import uvicorn

from dingnb.clock import Clock, SystemClock
from dingnb.sandbox.app import app_of
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import SandboxState

# Long enough that no client's idle connection is closed under it while its virtual time stands still.
_KEEP_ALIVE_S = 3_600
_GRACE_S = 1
_BACKLOG = 2_048


class _Server(uvicorn.Server):
    """A server that tells when it is ready."""

    def __init__(self, state: SandboxState) -> None:
        super().__init__(
            uvicorn.Config(
                app_of(state),
                access_log=False,
                date_header=False,
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
                timeout_keep_alive=_KEEP_ALIVE_S,
                ws="none",
            )
        )
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """
    A sandbox that answers on a port of this computer, from a thread of this process.

    Attributes:
        base_url: Where it answers, for the old API, the new API and the control API alike.
        settings: What it was told at its start.
        state: What it knows; hold ``state.lock`` around what does not do so itself.
    """

    base_url: str
    settings: SandboxSettings
    state: SandboxState
    _server: _Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop answering, and wait until the port is free; a second time does nothing."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def start(
    settings: SandboxSettings | None = None, clock: Clock | None = None, host: str = "127.0.0.1", port: int = 0
) -> RunningSandbox:
    """
    Start a sandbox in a thread of this process, and return when it answers.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        clock: Where its time comes from; the default is the computer. A `VirtualClock` stays still while it answers.
        host: The address to listen on; the default can be reached from this computer only.
        port: The port to listen on; 0 takes a free one.

    Raises:
        OSError: The address or the port cannot be had.
    """
    settings = settings or SandboxSettings()
    state = SandboxState(settings, clock or SystemClock())
    listener = _listen(host, port)
    server = _Server(state)
    thread = threading.Thread(target=server.run, args=([listener],), name="dingnb sandbox", daemon=True)
    thread.start()
    server.ready.wait()
    return RunningSandbox(_url(listener), settings, state, server, thread)


def serve(settings: SandboxSettings | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
    """
    Run a sandbox until SIGINT or SIGTERM; a line on stdout tells its address when it is ready.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        host: The address to listen on; the default can be reached from this computer only.
        port: The port to listen on; 0 takes a free one.

    Raises:
        OSError: The address or the port cannot be had.
    """
    listener = _listen(host, port)
    server = _Server(SandboxState(settings or SandboxSettings(), SystemClock()))

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has stopped; without a handler of ours that ends in a traceback.
    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    announcer = threading.Thread(target=_announce, args=(server, _url(listener)), daemon=True)
    announcer.start()
    try:
        server.run([listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(server: _Server, url: str) -> None:
    server.ready.wait()
    sys.stdout.write(f"dingnb sandbox ready: {url}\n")
    sys.stdout.flush()


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, _, _, address = found[0]
    # asyncio switches Nagle's delay off only where the protocol is named; socket.create_server leaves it out.
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
