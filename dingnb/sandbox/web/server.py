"""The sandbox as an HTTP server, in a thread of the caller's process or in a process of its own."""

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

from dingnb.asgi_server import Server, bind, open_listener
from dingnb.clock import Clock, SystemClock
from dingnb.sandbox.apis.phone import phone_url
from dingnb.sandbox.events.press_requests import plan_presses
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.app import build_app
from dingnb.sandbox.web.connection import Connection
from dingnb.sandbox.web.stream_socket import StreamConnection
from dingnb.sandbox.web.trusted_hosts import is_loopback
from dingnb.words import Text

# Long enough that no idle connection is closed while a client's virtual clock is stopped.
_KEEP_ALIVE_S = 3_600
_GRACE_S = 1
"""Time allowed for requests in progress to finish when the server stops."""

_BACKLOG = 2_048
_POLL_S = 0.1


class _Server(Server):
    """
    A server that can temporarily refuse connections.

    Args:
        state: The sandbox's state.
        listener: The listening socket.
        host: The host name given for the listener.
    """

    def __init__(self, state: SandboxState, listener: socket.socket, host: str) -> None:
        super().__init__(
            build_app(state, (host, listener.getsockname()[0])),
            listener,
            closing(state),
            http=Connection,
            timeout_keep_alive=_KEEP_ALIVE_S,
            ws=StreamConnection,
            ws_ping_interval=None,
        )
        self._state = state
        self._is_closed = False
        self._is_listening = True
        self._refusal_count = 0
        self._thread_id = 0
        self._port_change: asyncio.Task[None] | None = None

    async def main_loop(self) -> None:
        """Serve until `stop` is called or a signal sets `should_exit`."""
        self._thread_id = threading.get_ident()
        self._state.faults.port = self
        self._state.publish(self.url)
        # A signal does not interrupt the wait.
        while not self.should_exit:
            with suppress(TimeoutError):
                await asyncio.wait_for(super().main_loop(), _POLL_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, after sending delayed answers; return immediately if there are no requests."""
        del sockets  # `listen` closes ours
        self._state.faults.port = None
        self.loop = None
        self._state.cancel_waits()
        # A server that is still being started would not be closed.
        while self._port_change is not None and not self._port_change.done():
            await self._port_change
        await self.finish(_GRACE_S)

    def stop(self) -> None:
        """End `listen`, from any thread."""
        self.should_exit = True
        super().stop()

    @property
    def is_closed(self) -> bool:
        """Whether the port is closed."""
        return self._is_closed

    def close(self, duration_ns: int) -> None:
        """Refuse connections for this duration. Another call restarts the duration."""
        self._run_in_loop(lambda: self._close(duration_ns))

    def open(self) -> None:
        """Accept connections again."""
        self._run_in_loop(self._open)

    def _run_in_loop(self, work: Callable[[], None]) -> None:
        """Run a function in the thread of the event loop; from another thread, also wait until the port has changed."""
        if threading.get_ident() == self._thread_id:
            work()
            return
        loop, done = self.loop, threading.Event()

        def run_work() -> None:
            try:
                work()
            finally:
                self._run_after_port_change(end_wait)

        def end_wait() -> None:
            # One iteration later idle connections have ended, too.
            asyncio.get_running_loop().call_soon(done.set)

        if loop is not None:
            loop.call_soon_threadsafe(run_work)
            while not done.wait(_POLL_S) and self.loop is not None:
                pass

    def _close(self, duration_ns: int) -> None:
        self._is_closed = True
        self._run_after_port_change(self._stop_listening)
        self._end_connections()
        # A connection that was just accepted is created some iterations of the loop later.
        asyncio.get_running_loop().call_later(_POLL_S, self._end_connections)
        self._refusal_count += 1
        started = threading.Event()
        threading.Thread(
            target=self._open_later,
            args=(duration_ns, self._refusal_count, started),
            name="dingnb sandbox port",
            daemon=True,
        ).start()
        started.wait()

    def _run_after_port_change(self, work: Callable[[], None]) -> None:
        """Run a function as soon as the port is not being opened or closed."""
        if self._port_change is None or self._port_change.done():
            work()
        else:
            self._port_change.add_done_callback(lambda _: work())

    def _stop_listening(self) -> None:
        """Close the listening socket, unless the port has been opened again meanwhile."""
        if self._is_closed and self._is_listening:
            self._is_listening = False
            self.refuse_connections()
            self._port_change = asyncio.get_running_loop().create_task(self._reserve_port())

    async def _reserve_port(self) -> None:
        """Replace the listening socket by a socket that is bound but not listening, so that connections are refused."""
        family, address = self.listener.family, self.listener.getsockname()
        await self.close_servers()
        self.listener = bind(family, address)

    def _end_connections(self) -> None:
        """End all connections except control-only connections, if the port is closed."""
        for connection in list(self.server_state.connections) if self._is_closed else ():
            if isinstance(connection, StreamConnection):
                connection.abort(reset=True)
            elif isinstance(connection, Connection) and not connection.is_control_only:
                connection.shutdown()

    def _open_later(self, duration_ns: int, refusal_number: int, started: threading.Event) -> None:
        with self._state.time.clock.participating():
            started.set()
            self._state.time.wait(duration_ns, lambda: refusal_number != self._refusal_count)
            if refusal_number == self._refusal_count:
                self.open()

    def _open(self) -> None:
        self._refusal_count += 1
        self._state.time.wake()
        if self._is_closed and self.loop is not None:
            self._is_closed = False
            self._run_after_port_change(self._start_listening)

    def _start_listening(self) -> None:
        """Listen again, unless the port has been closed again meanwhile."""
        if not self._is_closed and not self._is_listening and self.loop is not None:
            self._is_listening = True
            # Callers can connect from here on; they are answered once the event loop runs.
            self.listener.listen(_BACKLOG)
            self._port_change = self.loop.create_task(self.startup([self.listener]))


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """
    A sandbox that runs in a thread of this process.

    Attributes:
        base_url: The URL of the old API, the new API and the control API.
        settings: The sandbox's settings.
        state: The sandbox's state. Hold ``state.lock`` while using attributes whose methods do not acquire the lock.
    """

    base_url: str
    settings: SandboxSettings
    state: SandboxState
    _server: _Server
    _thread: threading.Thread

    @property
    def notes(self) -> tuple[Text, ...]:
        """Messages for the user about the sandbox's journal and about network access; usually empty."""
        return tuple(self.state.notes)

    @property
    def is_running(self) -> bool:
        """Whether the sandbox is running."""
        return self._thread.is_alive() and not self._server.should_exit

    def press(self, **fields: object) -> int:
        """
        Plan presses on the buttons and forms of cards, and return their number.

        Args:
            fields: The fields of ``POST /_sandbox/cards/press``, which `dingnb.sandbox.apis.control` documents.

        Raises:
            InputError: A field is invalid.

        Example:
            >>> with start() as sandbox:
            ...     sandbox.press(share=0.8, answers={"yes": 2, "no": 1}, over_s=60, seed=1)
            0
        """
        with self.state.lock:
            now_ns = self.state.time.now_ns()
            planned = plan_presses(self.state, fields, now_ns)
            self.state.commit(now_ns)
        return len(planned)

    def phone_url(self, userid: str) -> str:
        """Return the address of a page that shows a person's phone and may be embedded; it contains a secret."""
        return phone_url(self.state, userid)

    def stop(self) -> None:
        """Stop the sandbox and wait until its port is free. Further calls have no effect."""
        self._server.stop()
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
    Start a sandbox in a thread of this process, and return once it is ready.

    Args:
        settings: The sandbox's settings; by default `SandboxSettings()`.
        clock: The source of the sandbox's time; by default the computer's. A `VirtualClock` does not advance during a
            request.
        host: The address to listen on; by default reachable only from this computer.
        port: The port to listen on; 0 selects a free port.
        journal: The file for the sandbox's state, which the next sandbox with these settings restores; None stores
            nothing.

    Raises:
        OSError: The address or the port is not available.
        LockedJournalError: Another running sandbox uses `journal`.
    """
    settings = settings or SandboxSettings()
    state = SandboxState(settings, clock or SystemClock())
    server = _create_server(state, host, port, journal)
    thread = threading.Thread(target=server.listen, name="dingnb sandbox", daemon=True)
    thread.start()
    server.ready.wait()
    return RunningSandbox(server.url, settings, state, server, thread)


def serve(
    settings: SandboxSettings | None = None, host: str = "127.0.0.1", port: int = 0, journal: Path | None = None
) -> None:
    """
    Run a sandbox until SIGINT or SIGTERM. A line on stdout reports the sandbox's URL once it is ready.

    Args:
        settings: The sandbox's settings; by default `SandboxSettings()`.
        host: The address to listen on; by default reachable only from this computer.
        port: The port to listen on; 0 selects a free port.
        journal: The file for the sandbox's state; None stores nothing. Messages about the journal and about network
            access are written to stderr.

    Raises:
        OSError: The address or the port is not available.
        LockedJournalError: Another running sandbox uses `journal`.
    """
    state = SandboxState(settings or SandboxSettings(), SystemClock())
    server = _create_server(state, host, port, journal)
    for note in state.notes:
        sys.stderr.write(f"{note}\n")

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again after it has stopped. Without this handler, SIGTERM would end the process before
    # the state is closed, and SIGINT would end in a traceback.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    announcer = threading.Thread(target=_announce, args=(server,), daemon=True)
    announcer.start()
    try:
        server.listen()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(server: _Server) -> None:
    server.ready.wait()
    if server.loop is None:
        return
    sys.stdout.write(f"dingnb sandbox ready: {server.url}\n")
    sys.stdout.flush()


def _create_server(state: SandboxState, host: str, port: int, journal: Path | None) -> _Server:
    if journal is not None:
        state.open_journal(journal)
    try:
        listener = open_listener(host, port, _BACKLOG)
    except OSError:
        state.close()
        raise
    if not is_loopback(listener.getsockname()[0]):
        state.notes.append(Text("sandbox.open_to_others", host=host))
    return _Server(state, listener, host)
