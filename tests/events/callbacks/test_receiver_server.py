"""Attacks on a receiver, and how it starts and stops."""

import asyncio
import gc
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from dingnb.client import DingTalk
from dingnb.clock import SystemClock, VirtualClock
from dingnb.errors import InputError
from dingnb.events.callbacks import server
from dingnb.events.callbacks.counters import RefusalReason
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.events.callbacks.receiver import Receiver
from dingnb.sandbox import RunningSandbox
from tests.events.callback_posts import Poster, send, send_raw
from tests.tiers import SOAK

ADDED = {"EventType": "user_add_org", "TimeStamp": 1_793_581_200_123, "UserId": ["u1"], "CorpId": "dingcorp"}
REFUSED = (404, {"content-length": "0", "connection": "close"}, b"")
RAW_REFUSED = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@pytest.fixture
def receiver(ding: DingTalk) -> Iterator[Receiver]:
    with ding.receive(largest_bytes=100_000) as receiver:
        yield receiver


@pytest.fixture
def poster(receiver: Receiver, ding: DingTalk, clock: VirtualClock) -> Poster:
    return Poster(receiver, ding.app.app_key, clock)


def head(receiver: Receiver, *lines: str, method: str = "POST") -> bytes:
    host = urlsplit(receiver.url).netloc
    return "\r\n".join([f"{method} /dingtalk?signature=a HTTP/1.1", f"host: {host}", *lines, "", ""]).encode()


@pytest.mark.usefixtures("without_garbage")
def test_all_invalid_posts_get_the_same_answer(receiver: Receiver, poster: Poster, ding: DingTalk) -> None:
    sealed = poster.seal(ADDED)
    asked = {"signature": sealed["msg_signature"], "timestamp": sealed["timeStamp"], "nonce": sealed["nonce"]}
    good = json.dumps({"encrypt": sealed["encrypt"]}).encode()
    url, query = receiver.url, urlencode(asked)
    wrong = {
        "path": send(f"{url}/?{query}", good),
        "root": send(f"{url.removesuffix('/dingtalk')}/?{query}", good),
        "method": send(f"{url}?{query}", good, method="GET"),
        "head": send(f"{url}?{query}", method="HEAD"),
        "put": send(f"{url}?{query}", good, method="PUT"),
        "nothing": send(url),
        "no json": send(f"{url}?{query}", b"<xml/>"),
        "list": send(f"{url}?{query}", b"[]"),
        "no encrypt": send(f"{url}?{query}", b"{}"),
        "a number": send(f"{url}?{query}", b'{"encrypt": 5}'),
        "deep": send(f"{url}?{query}", b'{"encrypt":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
        "long number": send(f"{url}?{query}", b'{"encrypt":' + b"9" * 50_000 + b"}"),
        "half a character": send(f"{url}?{query}", b'{"encrypt":"\\ud800"}'),
        "signature": send(f"{url}?{urlencode({**asked, 'signature': 'a' * 40})}", good),
        "nonce": send(f"{url}?{urlencode({**asked, 'nonce': 'other'})}", good),
        "time": send(f"{url}?{urlencode({**asked, 'timestamp': 'now'})}", good),
        "parameters": send(f"{url}?{query}&{urlencode([('a', 'b')] * 100)}", good),
        "letters": send(f"{url}?nonce=%FF%FE&timestamp=%00&signature=%E9", good),
        "size": send(f"{url}?{query}", b"x" * 100_001),
        "websocket": send(
            f"{url}?{query}",
            method="GET",
            headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="},
        ),
        "headers": send(f"{url}?{query}", good, headers={f"x-{n}": "y" for n in range(70)}),
        "a long header": send(f"{url}?{query}", good, headers={"x": "y" * 20_000}),
        "robot": send(url, b"{}", headers={"timestamp": "1", "sign": "x"}),
    }
    assert {name: answer for name, answer in wrong.items() if answer != REFUSED} == {}
    assert len(ding.events) == 0
    assert receiver.app.counter.count_refused() == len(wrong)
    assert poster.decrypt_answer(poster.post(sealed)) == "success"


def test_oversized_posts_are_refused_before_they_are_read(receiver: Receiver, poster: Poster) -> None:
    sealed = poster.seal(ADDED)
    asked = {"signature": sealed["msg_signature"], "timestamp": sealed["timeStamp"], "nonce": sealed["nonce"]}
    good = json.dumps({"encrypt": sealed["encrypt"]}).encode()
    for size, answer in ((100_000, b"200 OK"), (100_001, b"404 Not Found")):
        body = good + b" " * (size - len(good))
        lines = f"POST /dingtalk?{urlencode(asked)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n".encode()
        in_chunks = b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (size, body)
        assert answer in send_raw(receiver.url, lines + in_chunks)
        assert answer in send_raw(receiver.url, lines + b"content-length: %d\r\n\r\n%s" % (size, body))
    assert send_raw(receiver.url, head(receiver, "content-length: 100001")) == RAW_REFUSED
    assert receiver.app.counter.count_refused("size") == 3


def test_invalid_http_gets_the_same_bytes(receiver: Receiver, poster: Poster) -> None:
    sent = [
        head(receiver, "content-length: 2") + b"[]",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",
        b"POST /dingtalk HTTP/9.9\r\nhost: a\r\n\r\n",
        head(receiver, "content-length: -1"),
        head(receiver, "content-length: 5", "content-length: 6") + b"123456",
        head(receiver, "content-length: 1e3"),
        head(receiver, "content-length: 99999999999999999999"),
        head(receiver, "transfer-encoding: chunked") + b"zz\r\n",
        head(receiver, "transfer-encoding: chunked") + b"30d40\r\n" + b"x" * 200_000 + b"\r\n0\r\n\r\n",
        head(receiver, *(f"x-{n}: {'y' * 100}" for n in range(1_000))),
        head(receiver, f"x: {'y' * 100_000}"),
    ]
    answers = [send_raw(receiver.url, request) for request in sent]
    # While the client is still writing, its system may drop the answer.
    assert set(answers[:9]) == {RAW_REFUSED}
    assert set(answers) <= {RAW_REFUSED, b""}
    assert poster.post_event(ADDED).status == 200


def test_a_success_answer_names_no_server(poster: Poster) -> None:
    assert set(poster.post_event(ADDED).headers) == {"content-length", "content-type"}


def test_slow_clients_are_disconnected(
    ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server, "HEAD_TIMEOUT_S", 0.05)
    monkeypatch.setattr("dingnb.events.callbacks.asgi.BODY_TIMEOUT_S", 0.05)
    with ding.receive() as receiver:
        receiver.app._body_timeout_s = 0.05
        assert send_raw(receiver.url, b"") == b""
        assert send_raw(receiver.url, b"POST /dingtalk HTTP/1.1\r\nhost:") == b""
        assert send_raw(receiver.url, head(receiver, "content-length: 10") + b"{") == RAW_REFUSED
        assert receiver.app.counter.count_refused("slow") == 3
        assert Poster(receiver, ding.app.app_key, clock).post_event(ADDED).status == 200
    assert capfd.readouterr() == ("", "")


def test_a_client_that_disconnects_is_counted(receiver: Receiver, poster: Poster) -> None:
    parts = urlsplit(receiver.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(head(receiver, "content-length: 10") + b"{")
        # Once this one is answered, the receiver has accepted the previous connection.
        poster.post_event(ADDED)
    while not receiver.app.counter.count_refused("disconnected"):
        poster.post_event(ADDED)


def test_excess_connections_are_closed(receiver: Receiver, poster: Poster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 5)
    parts = urlsplit(receiver.url)
    idle = [socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) for _ in range(5)]
    assert poster.post_event(ADDED).status == 200
    assert receiver.app.counter.count_refused("connections") == 1
    with suppress(ConnectionResetError):
        assert idle[0].recv(10) == b""
    idle[1].sendall(head(receiver, "content-length: 1") + b"{")
    assert idle[1].recv(1_000) == RAW_REFUSED
    for connection in idle:
        connection.close()


def test_the_longest_idle_connection_is_closed_first(
    receiver: Receiver, poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 3)
    parts = urlsplit(receiver.url)
    place = parts.hostname or "", parts.port or 0
    sealed = poster.seal(ADDED)
    body = json.dumps({"encrypt": sealed["encrypt"]}).encode()
    asked = {"signature": sealed["msg_signature"], "timestamp": sealed["timeStamp"], "nonce": sealed["nonce"]}
    proxy = http.client.HTTPConnection(*place, timeout=20)
    proxy.connect()
    with socket.create_connection(place, timeout=20) as idle, socket.create_connection(place, timeout=20):
        for _ in range(2):
            proxy.request("POST", f"{parts.path}?{urlencode(asked)}", body)
            answer = proxy.getresponse()
            assert (answer.status, len(answer.read()) > 0) == (200, True)
            if not receiver.app.counter.count_refused("connections"):
                with socket.create_connection(place, timeout=20), suppress(ConnectionResetError):
                    assert idle.recv(10) == b""
    proxy.close()


def test_clients_that_withhold_bodies_do_not_block_genuine_posts(
    receiver: Receiver, poster: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 3)
    parts = urlsplit(receiver.url)
    held = [socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) for _ in range(3)]
    for connection in held:
        connection.sendall(head(receiver, "content-length: 10") + b"{")
        # Once this one is answered, the receiver has accepted the previous connections.
        assert poster.post_event(ADDED).status == 200
    assert [poster.post_event(ADDED).status for _ in range(3)] == [200] * 3
    assert receiver.app.counter.count_refused("connections") > 0
    for connection in held:
        connection.close()


def test_an_interrupt_while_opening_leaves_no_server(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            raise KeyboardInterrupt

    class Server(server._Server):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.ready = Interrupted()

    before = set(threading.enumerate())
    monkeypatch.setattr(server, "_Server", Server)
    with pytest.raises(KeyboardInterrupt):
        ding.receive()
    assert set(threading.enumerate()) <= before
    assert ding._log.sources == ()


def test_an_error_at_the_start_of_the_server_is_raised(receiver: Receiver) -> None:
    @contextmanager
    def fail() -> Iterator[int]:
        yield int("no number")

    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="no number"):
        server.BackgroundServer(receiver.app, "127.0.0.1", 0, fail())
    assert set(threading.enumerate()) <= before


def test_a_half_closed_connection_gets_its_answer(receiver: Receiver, poster: Poster) -> None:
    sealed = poster.seal(ADDED)
    body = json.dumps({"encrypt": sealed["encrypt"]}).encode()
    asked = {"signature": sealed["msg_signature"], "timestamp": sealed["timeStamp"], "nonce": sealed["nonce"]}
    parts = urlsplit(receiver.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        lines = (
            f"POST {parts.path}?{urlencode(asked)} HTTP/1.1",
            f"host: {parts.netloc}",
            f"content-length: {len(body)}",
        )
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"encrypt" in received


@pytest.mark.long
def test_none_of_a_thousand_fuzzed_posts_is_accepted(
    receiver: Receiver, poster: Poster, ding: DingTalk, capfd: pytest.CaptureFixture[str]
) -> None:
    luck = random.Random(8)
    sealed = poster.seal(ADDED)
    for _ in range(1_000):
        assert fuzzed(receiver, sealed, luck) != 200
    assert len(ding.events) == 0
    assert receiver.app.counter.count_refused("internal", "ledger") == 0
    assert capfd.readouterr() == ("", "")
    assert poster.decrypt_answer(poster.post(sealed)) == "success"


def fuzzed(receiver: Receiver, sealed: dict[str, str], luck: random.Random) -> int:
    """Post a mutation of a valid post; return the status."""
    parts = {**sealed, "body": json.dumps({"encrypt": sealed["encrypt"]})}
    name = luck.choice([*sealed, "body"])
    text = parts[name]
    place = luck.randrange(len(text))
    changes: list[Callable[[], str]] = [
        lambda: text[:place] + chr(luck.choice([0, 10, 34, 43, 65, 122, 255, 8_232, 20_320])) + text[place + 1 :],
        lambda: text[:place],
        lambda: "",
        lambda: text[::-1],
        lambda: text + luck.choice(["A", "=", "\0", "}"]) * luck.choice([1, 16, 1_000]),
        lambda: "".join(map(chr, luck.choices(range(1, 256), k=luck.choice([1, 40, 4_000])))),
        lambda: json.dumps({"encrypt": luck.choice([None, 5, [], {}, "", "AAAA", "A" * 64])}),
    ]
    changed = luck.choice(changes)()
    if changed == text:
        changed += "x"
    parts[name] = changed
    if name == "encrypt":
        parts["body"] = json.dumps({"encrypt": changed})
    asked = {"signature": parts["msg_signature"], "timestamp": parts["timeStamp"], "nonce": parts["nonce"]}
    return send(f"{receiver.url}?{urlencode(asked)}", parts["body"].encode()).status


def test_the_same_settings_return_the_running_receiver(ding: DingTalk) -> None:
    one = ding.receive()
    assert ding.receive() is one
    other = ding.receive(path="/other")
    assert other is not one
    assert one.is_running
    assert other.is_running
    one.stop()
    again = ding.receive()
    assert again is not one
    # A notebook that registered these keys keeps using them.
    assert again.settings.keys == one.settings.keys
    ding.close()
    assert not any(each.is_running for each in (one, other, again))


def test_a_notebook_that_reconnects_takes_over_the_port(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    port, earlier, now = free_port(), connect_to(sandbox), connect_to(sandbox)
    first, elsewhere = earlier.receive(port=port), earlier.receive()
    second = now.receive(port=port)
    assert not first.is_running
    assert elsewhere.is_running
    assert Poster(second, now.app.app_key, clock).post_event(ADDED).status == 200
    assert (len(earlier.events), len(now.events)) == (0, 1)
    now.receive()
    assert not elsewhere.is_running


def test_the_receiver_of_another_app_keeps_running(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    one, other = (connect_to(open_sandbox(app_key=key)).receive() for key in ("app-one", "app-other"))
    assert one.is_running
    assert other.is_running
    assert one.settings.keys != other.settings.keys


def test_new_settings_replace_a_receiver_on_the_same_port(ding: DingTalk) -> None:
    port = free_port()
    one = ding.receive(port=port)
    other = ding.receive(port=port, window_s=60)
    assert not one.is_running
    assert other.url == one.url
    assert str(port) in repr(other)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_port_in_use_is_named(ding: DingTalk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} is already in use") as caught:
            ding.receive(port=port)
    assert "another port" in caught.value.hint
    ding.receive(port=port).stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost"])  # noqa: S104 - refused
def test_a_port_in_use_by_a_receiver_of_this_kernel_is_named_as_such(ding: DingTalk, host: str) -> None:
    running = ding.receive(port=free_port())
    with pytest.raises(InputError, match="in use by a receiver of this kernel, at the path /dingtalk"):
        ding.receive(port=running.settings.port, host=host)
    assert running.is_running


WITHOUT_ROOM = """
import os, resource, sys, dingnb
from dingnb.errors import InputError
from dingnb.words import set_language
set_language("en")
ding = dingnb.connect("sandbox", users=20)
ding.receive(owner="dingcorp").stop()
first_free = os.open(os.devnull, os.O_RDONLY)
os.close(first_free)
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (first_free + int(sys.argv[1]), limits[1]))
try:
    ding.receive(owner="dingcorp")
except InputError as error:
    print(error.what)
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
with ding.receive(owner="dingcorp") as receiver:
    print(receiver.is_running)
"""


@pytest.mark.long
@pytest.mark.parametrize("left", ["0", "1"], ids=["none", "only one"])
def test_without_free_file_descriptors_the_address_is_not_blamed(left: str) -> None:
    pytest.importorskip("resource", reason="this system has no such limits")
    words = [sys.executable, "-c", WITHOUT_ROOM, left]
    # asyncio complains about the loop that it could not create.
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own words
    assert ended.stdout.splitlines() == ["The receiver cannot start: Too many open files.", "True"]


def test_a_port_used_by_this_kernel_is_reported_with_its_path(ding: DingTalk) -> None:
    port = free_port()
    with ding.receive(port=port) as one:
        with pytest.raises(InputError, match=rf"Port {port} .* this kernel, at the path /dingtalk\.") as caught:
            ding.receive(port=port, path="/other")
        assert ".stop()" in caught.value.hint
        assert one.is_running
    ding.receive(port=port, path="/other").stop()


def test_an_address_reachable_by_others_is_reported(ding: DingTalk) -> None:
    with ding.receive(host="0.0.0.0") as receiver:  # noqa: S104 - what is tested
        assert "Other computers can reach it" in repr(receiver)
    with ding.receive() as receiver:
        assert "Other computers" not in repr(receiver)


def test_starting_and_stopping_leaves_no_resources_open(ding: DingTalk, clock: VirtualClock) -> None:
    def start_and_stop(*, with_event: bool) -> None:
        receiver = ding.receive()
        if with_event:
            assert Poster(receiver, ding.app.app_key, clock).post_event(ADDED).status == 200
        receiver.stop()
        receiver.stop()

    process = psutil.Process()
    # The first event opens what stays open, such as the ledger; what earlier tests left is closed.
    start_and_stop(with_event=True)
    gc.collect()
    threads, files = set(threading.enumerate()), process.num_fds()
    for n in range(300 if SOAK else 20):
        start_and_stop(with_event=n % 10 == 0)
    gc.collect()
    assert set(threading.enumerate()) <= threads
    assert process.num_fds() <= files


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_does_not_hold_the_port(ding: DingTalk) -> None:
    receiver = ding.receive()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    port = urlsplit(receiver.url).port
    try:
        receiver.stop()
        ding.receive(port=port).stop()
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def test_it_stops_while_clients_are_connected(ding: DingTalk) -> None:
    receiver = ding.receive()
    parts = urlsplit(receiver.url)
    connections = [socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) for _ in range(3)]
    connections[0].sendall(b"POST /ding")
    connections[1].sendall(head(receiver, "content-length: 10") + b"{")
    receiver.stop()
    for connection in connections:
        with connection, suppress(ConnectionResetError):
            assert connection.recv(1_000) in {b"", RAW_REFUSED}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname or "", parts.port or 0))


def test_it_works_inside_a_running_event_loop(ding: DingTalk, clock: VirtualClock) -> None:
    async def cell() -> int:
        with ding.receive() as receiver:
            poster = Poster(receiver, ding.app.app_key, clock)
            return (await asyncio.to_thread(poster.post_event, ADDED)).status

    assert asyncio.run(cell()) == 200


def test_closing_another_connection_in_a_server_thread_does_not_hang(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding, other = connect_to(sandbox), connect_to(sandbox)
    receiver = ding.receive()
    loop = receiver._server._server.loop  # type: ignore[union-attr] # it has a server
    begun, is_closing = threading.Event(), threading.Event()

    def as_a_finalizer_may() -> None:
        begun.set()
        assert is_closing.wait(20)
        other.close()

    assert loop is not None
    loop.call_soon_threadsafe(as_a_finalizer_may)
    assert begun.wait(20)
    closing = threading.Thread(target=ding.close, daemon=True)
    closing.start()
    while receiver.is_running:
        closing.join(0.001)
    is_closing.set()
    closing.join(20)
    assert not closing.is_alive()


def test_the_app_can_be_mounted_in_another_server(ding: DingTalk, clock: VirtualClock) -> None:
    below, as_route = ding.receive(port=None), ding.receive(port=None, path="/direct")
    assert below.url == ""
    assert ".app" in repr(below)
    mine = Starlette(routes=[Mount("/hooks", below.app), Route("/direct", as_route.app, methods=["POST"])])
    # For WebSockets, older uvicorns import what websockets has deprecated.
    server = uvicorn.Server(uvicorn.Config(mine, port=free_port(), log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        address = f"http://127.0.0.1:{server.config.port}"
        for receiver, path in ((below, "/hooks/dingtalk"), (as_route, "/direct")):
            poster = Poster(receiver, ding.app.app_key, clock, f"{address}{path}")
            assert poster.decrypt_answer(poster.post_event(ADDED)) == "success"
        assert send(f"{address}/hooks/other").status == 404
        below.stop()
        assert Poster(below, ding.app.app_key, clock, f"{address}/hooks/dingtalk").post_event(ADDED).status == 404
        assert below.app.counter.count_refused(RefusalReason.STOPPED) == 1
    finally:
        server.should_exit = True
        thread.join()
    assert len(ding.events) == 1
    assert as_route.app.counter.count_accepted("repeated") == 1


def test_the_app_supports_the_lifespan_protocol(ding: DingTalk) -> None:
    app, came = ding.receive(port=None).app, iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(came)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def status_of(url: str, token: str, aes_key: str, app_key: str) -> int:
    """Post an event to the receiver of another process, and return the status of its answer."""
    stamp = SystemClock().now_ns() // 1_000_000
    sealed = CallbackCrypto(token, aes_key, app_key).encrypt(json.dumps(ADDED), timestamp=stamp)
    asked = {"signature": sealed["msg_signature"], "timestamp": sealed["timeStamp"], "nonce": sealed["nonce"]}
    return send(f"{url}?{urlencode(asked)}", json.dumps({"encrypt": sealed["encrypt"]}).encode()).status


PROGRAM = """
import sys, dingnb
ding = dingnb.connect("sandbox", users=20)
receiver = ding.receive()
print(receiver.url, receiver.token.reveal(), receiver.aes_key.reveal(), ding.app.app_key, flush=True)
sys.stdin.readline()
"""


@pytest.mark.long
def test_the_receiver_ends_with_its_program() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=-1, stdout=-1, stderr=-1, text=True)  # noqa: S603 - our own words
    assert program.stdin is not None
    assert program.stdout is not None
    url, token, aes_key, app_key = program.stdout.readline().split()
    assert status_of(url, token, aes_key, app_key) == 200
    assert send_raw(url, b"no HTTP\r\n\r\n") == RAW_REFUSED
    # One request is in progress.
    kept = http.client.HTTPConnection(urlsplit(url).netloc)
    kept.connect()
    out, err = program.communicate("\n", timeout=30)
    kept.close()
    assert (program.returncode, out, err) == (0, "", "")


WHOSE_MAIN_THREAD_ENDS = """
import sys, threading, dingnb
ding = dingnb.connect("sandbox", users=20)
receiver = ding.receive()
print(receiver.url, receiver.token.reveal(), receiver.aes_key.reveal(), ding.app.app_key, flush=True)

def go_on():
    threading.main_thread().join()
    print("alone", flush=True)
    sys.stdin.readline()

threading.Thread(target=go_on).start()
"""


@pytest.mark.long
def test_the_receiver_answers_while_the_program_runs() -> None:
    words = [sys.executable, "-c", WHOSE_MAIN_THREAD_ENDS]
    program = subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1, text=True)  # noqa: S603 - our own words
    assert program.stdout is not None
    url, token, aes_key, app_key = program.stdout.readline().split()
    assert program.stdout.readline() == "alone\n"
    assert status_of(url, token, aes_key, app_key) == 200
    out, err = program.communicate("\n", timeout=30)
    assert (program.returncode, out, err) == (0, "", "")


@pytest.mark.long
def test_the_server_is_imported_only_when_a_receiver_is_opened() -> None:
    program = "import sys, dingnb; dingnb.connect; print({'uvicorn', 'cryptography'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
    assert shown.strip() == "set()"


def test_the_display_of_a_receiver_contains_no_secret(
    receiver: Receiver, find_secrets: Callable[[str], list[str]]
) -> None:
    shown: list[Any] = [receiver, receiver._repr_html_(), receiver.settings, receiver.token, receiver.settings.keys]
    text = "".join(map(repr, shown))
    assert receiver.token.reveal() not in text
    assert receiver.aes_key.reveal() not in text
    assert find_secrets(repr(receiver)) == []
