import dataclasses
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

import dingnb
from dingnb.clock import VirtualClock
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.http_server import serving

SETTINGS = SandboxSettings(limits=dataclasses.replace(STANDARD, calls_per_second=10_000, ip_calls_per_20_s=100_000))
NOBODY_HOME = "http://127.0.0.1:9"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that allows many calls per second."""
    with start(SETTINGS, VirtualClock()) as running:
        yield running


Connect = Callable[..., dingnb.DingTalk]


@pytest.fixture
def connect() -> Connect:
    """Connect as the sandbox's app to a URL; by default one where nothing listens."""

    def connect_one(url: str = NOBODY_HOME, **options: object) -> dingnb.DingTalk:
        given = {"app_key": SETTINGS.app_key, "app_secret": SETTINGS.app_secret, "agent_id": SETTINGS.agent_id}
        return dingnb.connect(oapi_base_url=url, **given | options)

    return connect_one


@pytest.fixture
def tapes(tmp_path: Path) -> Path:
    return tmp_path / "cassettes"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if anything opens a connection."""

    def refuse(_: object, address: object) -> None:
        pytest.fail(f"a connection to {address!r} was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@dataclass
class OpenServer:
    """A server other than a sandbox, which answers every POST with `answer` and sets a cookie."""

    url: str
    answer: dict[str, Any] = field(default_factory=lambda: {"errcode": 0, "errmsg": "ok"})


@pytest.fixture
def server() -> Iterator[OpenServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, opened.answer)

        def do_GET(self) -> None:
            self._answer(404, {})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Set-Cookie", "session=cookie-of-a-session")
            self.end_headers()
            self.wfile.write(content)

    with serving(Handler) as url:
        opened = OpenServer(url)
        yield opened
