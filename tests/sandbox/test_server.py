import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
import requests

from dingnb.asgi_server import open_listener
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.sandbox import SandboxSettings, create_app, start

HOST = [(b"host", b"localhost")]
SERVE = "from dingnb.sandbox import SandboxSettings, serve; serve(SandboxSettings(users=7))"
LONG_NS = 1_000 * NS_PER_S


def test_a_sandbox_answers_when_start_returns_and_not_after_stop() -> None:
    with start(SandboxSettings(users=3)) as sandbox:
        assert sandbox.base_url.startswith("http://127.0.0.1:")
        assert requests.get(sandbox.base_url + "/_sandbox/stats", timeout=10).json()["users"] == 3
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.base_url + "/_sandbox/stats", timeout=10)
    sandbox.stop()


def test_two_sandboxes_are_independent() -> None:
    with start(SandboxSettings(users=1)) as one, start(SandboxSettings(users=2)) as two:
        answers = [requests.get(box.base_url + "/_sandbox/stats", timeout=10).json() for box in (one, two)]
    assert [answer["users"] for answer in answers] == [1, 2]


def test_a_port_in_use_is_an_error_and_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        start(port=taken.getsockname()[1])
    assert threading.active_count() == before


def test_answers_are_not_delayed_by_nagles_algorithm() -> None:
    with open_listener("127.0.0.1", 0, backlog=1) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_many_calls_are_answered_concurrently() -> None:
    with start(SandboxSettings(), VirtualClock()) as sandbox:
        codes: list[int] = []

        def call() -> None:
            answer = requests.post(sandbox.base_url + "/nowhere", timeout=10)
            codes.append(answer.json()["errcode"])

        threads = [threading.Thread(target=call) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == [404] * 20
        assert sandbox.state.stats()["calls"] == 20


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_url_and_stops_cleanly_on_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-W", "error", "-c", SERVE]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.removeprefix("dingnb sandbox ready: ").strip()
        assert requests.get(url + "/_sandbox/stats", timeout=10).json()["users"] == 7
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_create_app_gives_an_asgi_application() -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/gettoken", "query_string": b"", "headers": HOST, "client": None}
    asyncio.run(create_app(SandboxSettings(), VirtualClock())(scope, receive, send))
    assert sent[0]["status"] == 200
    assert b"40035" in sent[1]["body"]


def test_under_another_server_stream_uses_its_address() -> None:
    body = b'{"clientId":"dingsandboxappkey","clientSecret":"sandbox-secret-not-for-live-use","subscriptions":[%s]}'
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body % b'{"type":"EVENT","topic":"*"}', "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1.0/gateway/connections/open", "query_string": b""}
    for host, address in (("127.0.0.1", b"127.0.0.1"), ("::1", b"[::1]")):
        sent.clear()
        asyncio.run(create_app()({**scope, "headers": HOST, "server": (host, 81)}, receive, send))
        assert b'"endpoint":"ws://%s:81/connect"' % address in sent[1]["body"]


def test_a_client_that_disconnects_during_the_body_is_not_an_error() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(_message: dict[str, object]) -> None:
        pytest.fail("nobody is there")

    for headers in (HOST, [*HOST, (b"origin", b"null")]):
        scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers}
        asyncio.run(create_app()(scope, receive, send))
    asyncio.run(create_app()({"type": "lifespan"}, receive, send))


def test_a_port_that_is_closed_while_it_opens_refuses_connections() -> None:
    with start() as sandbox:
        server, address = sandbox._server, sandbox._server.listener.getsockname()

        def close_again() -> None:
            server._close(LONG_NS)
            server._open()
            server._close(LONG_NS)

        server._run_in_loop(close_again)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=20)
        server.open()
        assert requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=20).ok


def test_a_port_that_is_opened_again_before_it_was_closed_stays_open() -> None:
    with start() as sandbox:
        server = sandbox._server

        def open_and_close() -> None:
            for _ in range(2):
                server._close(LONG_NS)
                server._open()

        server._run_in_loop(open_and_close)
        assert requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=20).ok


def test_a_stop_while_the_port_opens_leaves_no_server_behind(caplog: pytest.LogCaptureFixture) -> None:
    with start() as sandbox:
        server = sandbox._server
        stopping: list[asyncio.Task[None]] = []

        async def stop_slowly() -> None:
            await server.shutdown()
            await asyncio.sleep(0.1)
            server.stop()

        def stop() -> None:
            server._close(LONG_NS)
            server._open()
            stopping.append(asyncio.get_running_loop().create_task(stop_slowly()))

        server._run_in_loop(stop)
    assert not caplog.text


@pytest.mark.parametrize("rounds", range(6))
@pytest.mark.parametrize("how", ["close", "stop"])
def test_a_connection_that_was_just_accepted_is_closed_with_the_port(how: str, rounds: int) -> None:
    with start() as sandbox:
        server = sandbox._server
        host, port = server.listener.getsockname()
        clients: list[socket.socket] = []

        async def close_some_rounds_later() -> None:
            clients.append(socket.create_connection((host, port), timeout=10))
            for _ in range(rounds):
                await asyncio.sleep(0)
            if how == "close":
                server._close(LONG_NS)
            else:
                await server.shutdown()

        assert server.loop is not None
        asyncio.run_coroutine_threadsafe(close_some_rounds_later(), server.loop).result()
        # A connection that nobody closes is only closed when the garbage collector finds it.
        gc.disable()
        try:
            with clients[0] as client, contextlib.suppress(ConnectionResetError):
                assert client.recv(100) == b""
        finally:
            gc.enable()


def test_a_stop_closes_connections_whose_requests_do_not_end(caplog: pytest.LogCaptureFixture) -> None:
    with start(SandboxSettings(users=3)) as sandbox:
        host, port = sandbox.base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(b"POST /gettoken HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n")
            # The answer comes once the body is awaited.
            assert client.recv(100).startswith(b"HTTP/1.1 100 ")
            sandbox.stop()
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(100) == b""
    assert not caplog.records
