"""A gateway controlled by tests, and a connection to it or to the sandbox, in real time."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import Clock, SystemClock
from dingnb.events.stream.stream import Stream
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Hosts, WebSocketTimeouts

PATIENCE_S = 20
SECRET = "client-secret-that-nobody-may-see"
QUICK = WebSocketTimeouts(open_s=5, ping_s=5, pong_s=5, close_s=0.3)


def until(find: Callable[[], Any]) -> Any:
    """Poll until a function returns something truthy, and return that; fail after `PATIENCE_S`."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = find()
        if value:
            return value
        threading.Event().wait(0.002)
    message = f"nothing was found within {PATIENCE_S} s"
    raise AssertionError(message)


def until_state(stream: Stream, state: str) -> None:
    with stream._changed:
        assert stream._changed.wait_for(lambda: stream.state == state, PATIENCE_S), stream


class Line:
    """One connection of a client, seen from the gateway."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        self.over = threading.Event()

    def push(self, kind: str, headers: dict[str, Any], data: Any, message_id: str = "m-1") -> None:
        """Push a frame; `data` other than text is encoded as JSON."""
        envelope = {"contentType": "application/json", "messageId": message_id, **headers}
        text = data if isinstance(data, str) else json.dumps(data)
        self.connection.send(json.dumps({"specVersion": "1.0", "type": kind, "headers": envelope, "data": text}))

    def event(self, event_id: str, message_id: str = "m-1") -> None:
        headers = {"topic": "*", "eventType": "user_add_org", "eventId": event_id, "eventBornTime": "1764032400000"}
        self.push("EVENT", headers, {"userId": [event_id]}, message_id)

    def answer(self) -> dict[str, Any]:
        """Return the next acknowledgement with its data parsed."""
        received = self.received.get(timeout=PATIENCE_S)
        return {**received, "data": json.loads(received["data"])}


class Gateway:
    """
    Issues tickets over HTTP and accepts connections, controlled by a test.

    Attributes:
        answer: Status and body of the answer to a ticket request; None for a valid one.
        bodies: The bodies of the ticket requests.
        paths: The paths that connections were opened with.
        lines: The connections, in order.
        on_open: Called with each new connection, in its thread, before anything is read.
        hold: While it is not set, ticket requests are not answered.
    """

    def __init__(self) -> None:
        self._serving = serve(self._connected, "127.0.0.1", 0, ping_interval=None)
        self._threads = [threading.Thread(target=self._serving.serve_forever)]
        port = self._serving.socket.getsockname()[1]
        self.endpoint = f"ws://127.0.0.1:{port}/connect"
        self.answer: tuple[int, Any] = (200, None)
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.lines: list[Line] = []
        self.on_open: Callable[[Line], None] = lambda _: None
        self.hold = threading.Event()
        self.hold.set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._threads.append(threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}))
        for thread in self._threads:
            thread.start()

    def line(self, number: int = 0) -> Line:
        """Return a connection by its number, waiting for it if necessary."""
        until(lambda: len(self.lines) > number)
        return self.lines[number]

    def stop(self) -> None:
        self.hold.set()
        for line in self.lines:
            with suppress(OSError):
                line.connection.close()
        self._serving.shutdown()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join()

    def _connected(self, connection: ServerConnection) -> None:
        line = Line(connection)
        self.paths.append(connection.request.path)
        self.lines.append(line)
        with suppress(ConnectionClosed):
            self.on_open(line)
            for text in connection:
                line.received.put(json.loads(text))
        line.over.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.bodies.append({"path": self.path, "accept": self.headers["Accept"], **body})
                gateway.hold.wait(PATIENCE_S)
                status, answer = gateway.answer
                ticket = f"ticket-{len(gateway.bodies)}-that-nobody-may-see"
                self._reply(status, {"endpoint": gateway.endpoint, "ticket": ticket} if answer is None else answer)

            def do_GET(self) -> None:
                self._reply(404, {})

            def _reply(self, status: int, answer: Any) -> None:
                content = json.dumps(answer).encode()
                with suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    opened = Gateway()
    yield opened
    opened.stop()


@pytest.fixture
def clock() -> Clock:
    """Real time, which network tests need."""
    return SystemClock()


@pytest.fixture
def reach(clock: Clock) -> Iterator[Callable[..., DingTalk]]:
    """Connect to a gateway."""
    connected: list[DingTalk] = []

    def connect(url: str, clock: Clock = clock, timeouts: WebSocketTimeouts = QUICK) -> DingTalk:
        app = App("dinggatewayapp", Secret(SECRET), 1)
        ding = DingTalk(app, Hosts(url, url), origin=Origin("arguments"), clock=clock)
        ding._streams.timeouts = timeouts
        connected.append(ding)
        return ding

    yield connect
    for ding in connected:
        ding.close()


@pytest.fixture
def client(gateway: Gateway, reach: Callable[..., DingTalk]) -> DingTalk:
    """A client connected to the gateway, without a stream yet."""
    return reach(gateway.url)


def emit(sandbox: RunningSandbox, *events_wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Emit events in the sandbox, and return them as emitted."""
    answer = requests.post(f"{sandbox.base_url}/_sandbox/events", json=list(events_wanted), timeout=PATIENCE_S)
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def stream_stats(sandbox: RunningSandbox) -> dict[str, Any]:
    """Return the sandbox's statistics about Stream."""
    stats: dict[str, Any] = requests.get(f"{sandbox.base_url}/_sandbox/stream", timeout=PATIENCE_S).json()
    return stats
