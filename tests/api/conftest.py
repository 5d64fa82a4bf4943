import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from dingnb.auth import App, Caller, Secret, TokenSource
from dingnb.clock import VirtualClock
from dingnb.transport import Hosts, Route, Transport


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        content = json.dumps({"errcode": 0, "accessToken": "t", "expireIn": 7200, **self.server.answer}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def caller_hearing(clock: VirtualClock) -> Iterator[Callable[[dict[str, Any]], Caller]]:
    """Return callers whose server answers every call with these fields, and the list of requests."""
    opened: list[tuple[HTTPServer, Transport]] = []

    def make(answer: dict[str, Any]) -> tuple[Caller, list[bytes]]:
        server = HTTPServer(("127.0.0.1", 0), _Handler)
        server.answer, server.bodies = answer, []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        transport = Transport(Route(Hosts(url, url)))
        opened.append((server, transport))
        app = App("dingapp", Secret("secret-of-app"), 1)
        return Caller(transport, TokenSource(app, transport, Hosts(url, url), clock=clock)), server.bodies

    yield make
    for server, transport in opened:
        transport.close()
        server.shutdown()
        server.server_close()
