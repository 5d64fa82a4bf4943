"""A server that behaves like a broken or hostile network, and clients for it."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from dingnb.transport import Hosts, Route, Timeouts, Transport

Script = Callable[[socket.socket], None]
QUICK = Timeouts(connect_s=2, read_s=0.3, total_s=0.8)


@dataclass
class RawServer:
    """Reads complete requests and answers each connection from a script; bytes are sent unchanged."""

    script: Script | bytes
    requests: list[bytes] = field(default_factory=list)
    leaving: threading.Event = field(default_factory=threading.Event)
    reads: bool = True

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._connections: list[socket.socket] = []
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self.leaving.is_set():
                connection.close()
                return
            self._connections.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self.reads:
                self.requests.append(read_request(connection))
            if callable(self.script):
                self.script(connection)
            else:
                connection.sendall(self.script)

    def stop(self) -> None:
        self.leaving.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()
        self._threads[0].join()
        # After a failed test the client may still be connected, and a script would read for ever.
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65_536)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (more := connection.recv(65_536)):
        body += more
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[[Script | bytes], RawServer]]:
    servers: list[RawServer] = []

    def start(script: Script | bytes) -> RawServer:
        servers.append(RawServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def reach() -> Iterator[Callable[..., Transport]]:
    """Create transports to one URL for both API generations."""
    opened: list[Transport] = []

    def to(url: str, timeouts: Timeouts = QUICK) -> Transport:
        opened.append(Transport(Route(Hosts(url, url)), timeouts=timeouts))
        return opened[-1]

    yield to
    for transport in opened:
        transport.close()


@pytest.fixture
def answer_of(serve: Any, reach: Any) -> Callable[..., Any]:
    """Call a server that sends these bytes or follows a script; return the answer, or raise the error."""

    def ask(script: Script | bytes, call: Any, authorization: Any = None) -> Any:
        return reach(serve(script).url).call(call, authorization)

    return ask


@pytest.fixture
def connected_hosts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the hosts whose names were looked up."""
    hosts: list[str] = []
    look_up = socket.getaddrinfo

    def noted(host: Any, *args: Any, **kwargs: Any) -> Any:
        hosts.append(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    return hosts
