"""The sandbox over real HTTP: beside the caller in a thread, or as the whole work of a process."""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Self

from dingnb.asgi_server import Server, bind, listen
from dingnb.clock import Clock, SystemClock
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.app import app_of
from dingnb.sandbox.web.connection import Connection
from dingnb.sandbox.web.stream_socket import StreamConnection
from dingnb.sandbox.web.trusted_hosts import is_loopback
from dingnb.words import say

# Long enough that no client's idle connection is closed under it while its virtual time stands still.
_KEEP_ALIVE_S = 3_600
_GRACE_S = 1
_BACKLOG = 2_048
_LOOK_S = 0.1


class _Server(Server):
    """
    A server that can refuse connections for a while.

    Args:
        state: What it answers from.
        listener: The socket that it listens on, bound.
        host: What it was told to listen on.
    """

    def __init__(self, state: SandboxState, listener: socket.socket, host: str) -> None:
        super().__init__(
            app_of(state, (host, listener.getsockname()[0])),
            listener,
            closing(state),
            http=Connection,
            timeout_keep_alive=_KEEP_ALIVE_S,
            ws=StreamConnection,
            ws_ping_interval=None,
        )
        self._state = state
        self._is_shut = False
        self._refusals = 0
        self._thread_id = 0
        self._opening: asyncio.Task[None] | None = None

    async def main_loop(self) -> None:
        """Answer until `leave` is called, or a signal sets `should_exit`."""
        self._thread_id = threading.get_ident()
        self._state.faults.door = self
        self._state.publish(self.url)
        # A signal wakes nobody.
        while not self.should_exit:
            with suppress(TimeoutError):
                await asyncio.wait_for(super().main_loop(), _LOOK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening; what is held back is answered first. Where nobody calls it waits for nothing."""
        del sockets  # `listen` closes ours
        self._state.faults.door = None
        self.loop = None
        self._state.let_go()
        await self.finish(_GRACE_S)

    def leave(self) -> None:
        """End `listen`, from any thread."""
        self.should_exit = True
        super().leave()

    @property
    def is_shut(self) -> bool:
        """Whether connections are refused."""
        return self._is_shut

    def shut(self, duration_ns: int) -> None:
        """Refuse connections for so long; a second time begins anew."""
        self._in_loop(lambda: self._shut(duration_ns))

    def open(self) -> None:
        """Take connections again."""
        self._in_loop(self._open)

    def _in_loop(self, work: Callable[[], None]) -> None:
        """Do it in the thread of the event loop, which may be this one, and wait until it is done."""
        if threading.get_ident() == self._thread_id:
            work()
            return
        loop, done = self.loop, threading.Event()

        def do() -> None:
            work()
            # One round later idle connections have ended, too.
            asyncio.get_running_loop().call_soon(done.set)

        if loop is not None:
            loop.call_soon_threadsafe(do)
            while not done.wait(_LOOK_S) and self.loop is not None:
                pass

    def _shut(self, duration_ns: int) -> None:
        if not self._is_shut:
            family, address = self.listener.family, self.listener.getsockname()
            for server in self.servers:
                server.close()
            # Bound, and deaf: nobody else gets the port, and whoever knocks is refused.
            self.listener = bind(family, address)
            self._is_shut = True
        self._end_connections()
        # One that was accepted just before is made some rounds of the loop later.
        asyncio.get_running_loop().call_later(_LOOK_S, self._end_connections)
        self._refusals += 1
        begun = threading.Event()
        threading.Thread(
            target=self._open_later, args=(duration_ns, self._refusals, begun), name="dingnb sandbox door", daemon=True
        ).start()
        begun.wait()

    def _end_connections(self) -> None:
        """End all connections but those that control, if none are taken."""
        for connection in list(self.server_state.connections) if self._is_shut else ():
            if isinstance(connection, StreamConnection):
                connection.cut(reset=True)
            elif isinstance(connection, Connection) and not connection.only_controls:
                connection.shutdown()

    def _open_later(self, duration_ns: int, refusal: int, begun: threading.Event) -> None:
        with self._state.time.clock.taking_part():
            begun.set()
            self._state.time.wait(duration_ns, lambda: refusal != self._refusals)
            if refusal == self._refusals:
                self.open()

    def _open(self) -> None:
        self._refusals += 1
        self._state.time.wake()
        if self._is_shut and self.loop is not None:
            self._is_shut = False
            # From here on callers get through; they are answered as soon as the loop comes to it.
            self.listener.listen(_BACKLOG)
            self._opening = self.loop.create_task(self.startup([self.listener]))


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

    @property
    def notes(self) -> tuple[str, ...]:
        """What its user should know of its journal and of who can reach it: sentences, mostly none."""
        return tuple(self.state.notes)

    @property
    def is_running(self) -> bool:
        """Whether it answers."""
        return self._thread.is_alive() and not self._server.should_exit

    def stop(self) -> None:
        """Stop answering, and wait until the port is free; a second time does nothing."""
        self._server.leave()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


def start(
    settings: SandboxSettings | None = None,
    clock: Clock | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    journal: Path | None = None,
) -> RunningSandbox:
    """
    Start a sandbox in a thread of this process, and return when it answers.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        clock: Where its time comes from; the default is the computer. A `VirtualClock` stays still while it answers.
        host: The address to listen on; the default can be reached from this computer only.
        port: The port to listen on; 0 takes a free one.
        journal: The file that keeps its state, and gives it back to the next sandbox with these settings.

    Raises:
        OSError: The address or the port cannot be had.
        HeldJournalError: Another running sandbox keeps its state in `journal`.
    """
    settings = settings or SandboxSettings()
    state = SandboxState(settings, clock or SystemClock())
    server = _server(state, host, port, journal)
    thread = threading.Thread(target=server.listen, name="dingnb sandbox", daemon=True)
    thread.start()
    server.ready.wait()
    return RunningSandbox(server.url, settings, state, server, thread)


def serve(
    settings: SandboxSettings | None = None, host: str = "127.0.0.1", port: int = 0, journal: Path | None = None
) -> None:
    """
    Run a sandbox until SIGINT or SIGTERM; a line on stdout tells its address when it is ready.

    Args:
        settings: What it is told; the default is `SandboxSettings()`.
        host: The address to listen on; the default can be reached from this computer only.
        port: The port to listen on; 0 takes a free one.
        journal: The file that keeps its state. What its user should know of it, and of who can reach the sandbox,
            goes to stderr.

    Raises:
        OSError: The address or the port cannot be had.
        HeldJournalError: Another running sandbox keeps its state in `journal`.
    """
    state = SandboxState(settings or SandboxSettings(), SystemClock())
    server = _server(state, host, port, journal)
    for note in state.notes:
        sys.stderr.write(f"{note}\n")

    def leave(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has stopped; without a handler of ours that ends in a traceback.
    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    announcer = threading.Thread(target=_announce, args=(server,), daemon=True)
    announcer.start()
    try:
        server.listen()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(server: _Server) -> None:
    server.ready.wait()
    sys.stdout.write(f"dingnb sandbox ready: {server.url}\n")
    sys.stdout.flush()


def _server(state: SandboxState, host: str, port: int, journal: Path | None) -> _Server:
    if journal is not None:
        state.open_journal(journal)
    try:
        listener = listen(host, port, _BACKLOG)
    except OSError:
        state.close()
        raise
    if not is_loopback(listener.getsockname()[0]):
        state.notes.append(say("sandbox.open_to_others", host=host))
    return _Server(state, listener, host)
