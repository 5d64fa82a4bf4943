"""A stream stops within a second in any state, and leaks nothing."""

import gc
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.events.stream import inbox
from dingnb.events.stream.stream import Stream
from tests.events.stream.conftest import Gateway, until, until_state

Reach = Callable[..., DingTalk]
WITHIN_S = 1.0


@contextmanager
def mute(*, accepts: bool) -> Iterator[tuple[str, list[socket.socket]]]:
    """A port that accepts connections silently, or does not accept them at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0 if not accepts else 16) as listener:
        address = listener.getsockname()
        taken: list[socket.socket] = []
        if not accepts:
            # Linux accepts one connection more than the backlog; all others wait for ever.
            for _ in range(4):
                sock = socket.socket()
                sock.settimeout(0.05)
                taken.append(sock)
                try:
                    sock.connect(address)
                except TimeoutError:
                    break
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                taken.append(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        if accepts:
            thread.start()
        yield f"127.0.0.1:{address[1]}", taken
        over.set()
        if accepts:
            socket.create_connection(address).close()
            thread.join()
        for sock in taken:
            sock.close()


def stops_in_time(stream: Stream) -> None:
    """Stop it, and assert that its thread and sockets are gone."""
    begun = time.monotonic()
    stream.stop()
    took_s = time.monotonic() - begun
    assert not stream._engine._thread.is_alive()
    assert took_s < WITHIN_S, f"{took_s:.2f} s"
    assert stream.state == "stopped"
    stream.stop()


def open_files() -> Counter[str]:
    """Return what this process has open: files, sockets by their inodes, and others."""
    found = Counter[str]()
    for path in Path("/proc/self/fd").iterdir():
        # The descriptor of the folder itself is closed by now.
        with suppress(FileNotFoundError):
            found[str(path.readlink())] += 1
    return found


def nothing_is_open(before: Counter[str]) -> None:
    """Assert that nothing is left open; sockets of the peer, and those held by an error, are closed eventually."""
    left = Counter[str]()

    def is_so() -> bool:
        gc.collect()
        left.clear()
        left.update(open_files() - before)
        return not left

    try:
        until(is_so)
    except AssertionError:
        pytest.fail(f"left open: {left}; connections: {psutil.Process().net_connections('all')}")


def asking(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    gateway.hold.clear()
    stream = ding.stream()
    until(lambda: gateway.bodies)
    yield stream
    gateway.hold.set()


def asking_a_black_hole(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    with mute(accepts=False) as (address, _):
        ding._streams.hosts = type(ding.hosts)(f"http://{address}", f"http://{address}")
        stream = ding.stream()
        yield stream


def asking_who_never_shakes_hands(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    with mute(accepts=True) as (address, taken):
        ding._streams.hosts = type(ding.hosts)(f"https://{address}", f"https://{address}")
        stream = ding.stream()
        until(lambda: taken)
        yield stream


def connecting_to_a_black_hole(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    with mute(accepts=False) as (address, _):
        gateway.answer = (200, {"endpoint": f"ws://{address}/connect", "ticket": "t"})
        stream = ding.stream()
        until(lambda: gateway.bodies)
        yield stream


def in_the_handshake(reach: Reach, gateway: Gateway, scheme: str = "ws") -> Iterator[Stream]:
    ding = reach(gateway.url)
    with mute(accepts=True) as (address, taken):
        gateway.answer = (200, {"endpoint": f"{scheme}://{address}/connect", "ticket": "t"})
        stream = ding.stream()
        until(lambda: taken)
        yield stream


def in_the_handshake_of_tls(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    return in_the_handshake(reach, gateway, "wss")


def asking_a_proxy_for_a_tunnel(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    with mute(accepts=True) as (address, taken), pytest.MonkeyPatch.context() as patched:
        patched.setenv("HTTPS_PROXY", f"http://{address}")
        gateway.answer = (200, {"endpoint": "wss://gateway.example/connect", "ticket": "t"})
        stream = ding.stream()
        until(lambda: taken)
        yield stream


def connected(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    stream = reach(gateway.url).stream()
    until_state(stream, "connected")
    yield stream
    assert gateway.line().over.wait(10)


def with_a_gateway_that_takes_no_leave(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    stuck = threading.Event()

    def opened(line: object) -> None:
        line.connection.recv_flow_control.acquire()  # type: ignore[attr-defined]
        stuck.wait(20)
        line.connection.recv_flow_control.release()  # type: ignore[attr-defined]

    gateway.on_open = opened
    stream = reach(gateway.url).stream()
    until_state(stream, "connected")
    yield stream
    stuck.set()


def with_a_card_that_is_not_answered(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    go, called = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        called.set()
        go.wait(20)

    stream = reach(gateway.url).stream(on_card=slow)
    gateway.line().push("CALLBACK", {"topic": "/v1.0/card/instances/callback"}, {"userId": "u"})
    assert called.wait(10)
    yield stream
    go.set()


def while_the_ledger_is_locked(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    ding = reach(gateway.url)
    tries = []
    take = ding._log.add
    ding._log.add = lambda event: (tries.append(event), take(event))  # type: ignore[method-assign]
    stream = ding.stream(keep=True)
    with closing(sqlite3.connect(ding._ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(50):
            gateway.line().event(f"e-{number}", f"m-{number}")
            topic = {"topic": "/v1.0/im/bot/messages/get"}
            gateway.line().push("CALLBACK", topic, {"msgId": f"r-{number}"}, f"n-{number}")
        until(lambda: len(tries) > 1)
        yield stream
        other.execute("ROLLBACK")


def in_the_pause(reach: Reach, gateway: Gateway) -> Iterator[Stream]:
    gateway.answer = (503, {})
    # Its clock is stopped, so no pause ever ends.
    stream = reach(gateway.url, clock=VirtualClock()).stream()
    until_state(stream, "waiting")
    yield stream


STATES = [
    asking,
    asking_a_black_hole,
    asking_who_never_shakes_hands,
    connecting_to_a_black_hole,
    in_the_handshake,
    in_the_handshake_of_tls,
    asking_a_proxy_for_a_tunnel,
    connected,
    with_a_gateway_that_takes_no_leave,
    with_a_card_that_is_not_answered,
    while_the_ledger_is_locked,
    in_the_pause,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_it_stops_from_any_state(
    state: Callable[[Reach, Gateway], Iterator[Stream]], reach: Reach, gateway: Gateway
) -> None:
    before = open_files()
    stage = state(reach, gateway)
    stream = next(stage)
    assert stream.is_running
    stops_in_time(stream)
    next(stage, None)
    nothing_is_open(before)


def test_it_stops_itself_from_a_handler(gateway: Gateway, client: DingTalk) -> None:
    stream = client.stream(on_card=lambda _: stream.stop())
    gateway.line().push("CALLBACK", {"topic": "/v1.0/card/instances/callback"}, {"userId": "u"})
    until_state(stream, "stopped")


@pytest.mark.parametrize("state", [connected, in_the_pause], ids=lambda state: state.__name__)
def test_it_stops_while_the_log_is_busy(
    state: Callable[[Reach, Gateway], Iterator[Stream]], reach: Reach, gateway: Gateway
) -> None:
    stage = state(reach, gateway)
    stream = next(stage)
    log = stream._log
    reads, go = threading.Event(), threading.Event()

    def read() -> None:
        with log._lock:
            reads.set()
            go.wait(20)

    reader = threading.Thread(target=read)
    reader.start()
    assert reads.wait(10)
    begun = time.monotonic()
    stream.stop()
    assert time.monotonic() - begun < WITHIN_S
    assert stream.state == "stopped"
    go.set()
    reader.join()
    until(lambda: not stream._engine._thread.is_alive())
    assert log.sources == ()
    next(stage, None)


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_pending_robot_message_is_tried_one_last_time(
    gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch, *, is_locked: bool
) -> None:
    # No attempt is made in between.
    monkeypatch.setattr(inbox, "RETRY_S", 3_600.0)
    stream = client.stream(keep=True)
    with closing(sqlite3.connect(client._ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        gateway.line().push("CALLBACK", {"topic": "/v1.0/im/bot/messages/get"}, {"msgId": "r-1"})
        assert gateway.line().answer()["data"]["status"] == "LATER"
        if not is_locked:
            other.execute("ROLLBACK")
        stops_in_time(stream)
    assert [event.id for event in client.events.select()] == ([] if is_locked else ["r-1"])
    assert (
        "since the ledger could not be written and DingTalk sends them only once: 1 robot message" in repr(stream)
    ) is is_locked


def test_a_failure_after_stop_is_not_shown_with_the_log(
    gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()

    def broken(_: str) -> None:
        begun.set()
        go.wait(20)
        message = "made to fail"
        raise RuntimeError(message)

    monkeypatch.setattr(inbox, "parse_frame", broken)
    stream = client.stream()
    gateway.line().event("e-1")
    assert begun.wait(10)
    stream.stop()
    assert stream.state == "stopped"
    go.set()
    stream._engine._thread.join(10)
    assert not stream._engine.is_alive
    assert client._log.sources == ()
    assert (stream.state, stream.error) == ("stopped", None)


def test_accepted_events_are_acknowledged_before_it_stops(gateway: Gateway, client: DingTalk) -> None:
    stream = client.stream()
    line = gateway.line()
    for number in range(200):
        line.event(f"e-{number}", f"m-{number}")
    until(lambda: stream.received >= 50)
    stream.stop()
    assert line.over.wait(10)
    received = [line.received.get()["headers"]["messageId"] for _ in range(line.received.qsize())]
    assert len(received) == len(set(received)) == stream.received == len(client.events)


def test_it_stops_during_a_name_lookup_and_leaks_nothing(
    reach: Reach, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = reach(gateway.url)
    before = open_files()
    asked, go = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        asked.set()
        go.wait(20)
        return []

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", slow)
        stream = ding.stream()
        assert asked.wait(10)
        begun = time.monotonic()
        stream.stop()
        assert time.monotonic() - begun < WITHIN_S
        assert stream.state == "stopped"
        go.set()
        stream._engine._thread.join(10)
    assert not stream._engine._thread.is_alive()
    assert stream.state == "stopped"
    nothing_is_open(before)
