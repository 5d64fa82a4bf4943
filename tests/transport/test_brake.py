"""Whatever waits for the network in one thread is broken off from another."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from dingnb.errors import NoAnswerError, UnreachableError
from dingnb.transport import Brake, BrokenOffError, Call, Timeouts, braked
from dingnb.transport.brake import READ, WRITE

PATIENT = Timeouts(connect_s=60, read_s=60, total_s=60)


@pytest.fixture
def brake() -> Iterator[Brake]:
    with Brake() as made:
        yield made


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with ours, theirs:
        yield ours, theirs


def pull_when(started: threading.Event, brake: Brake) -> threading.Thread:
    """Pull a brake when something has begun."""

    def pull() -> None:
        started.wait(10)
        brake.pull()

    thread = threading.Thread(target=pull)
    thread.start()
    return thread


def test_a_wait_returns_what_can_be_done(brake: Brake, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    assert brake.wait(ours, READ, 0) == 0
    assert brake.wait(ours, READ | WRITE, 10) == WRITE
    theirs.send(b"x")
    assert brake.wait(ours, READ, 10) == READ


def test_a_ring_ends_one_wait_also_one_that_comes_later(
    brake: Brake, pair: tuple[socket.socket, socket.socket]
) -> None:
    begun = time.monotonic()
    brake.ring()
    brake.ring()
    assert brake.wait(pair[0], READ, 60) == 0
    assert brake.wait(pair[0], READ, 0.01) == 0
    assert time.monotonic() - begun < 30


def test_a_pulled_brake_breaks_off_all_waits(brake: Brake, pair: tuple[socket.socket, socket.socket]) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(brake.wait, pair[0], READ, 60)
        brake.pull()
        with pytest.raises(BrokenOffError):
            waiting.result(10)
    with pytest.raises(BrokenOffError):
        brake.wait(pair[0], READ, 60)
    with pytest.raises(BrokenOffError):
        brake.connect("127.0.0.1", 9, 60)


def test_a_closed_brake_can_be_pulled_and_rung(brake: Brake) -> None:
    brake.close()
    brake.pull()
    brake.ring()


def test_an_answer_that_does_not_come_is_broken_off(serve: Any, reach: Any, brake: Brake) -> None:
    asked, over = threading.Event(), threading.Event()

    def silent(_: socket.socket) -> None:
        asked.set()
        over.wait(60)

    transport = reach(serve(silent).url, PATIENT)
    thread = pull_when(asked, brake)
    begun = time.monotonic()
    with braked(brake), pytest.raises(NoAnswerError):
        transport.call(Call("/v1.0/x"))
    assert time.monotonic() - begun < PATIENT.read_s / 2
    assert brake._watched == []
    over.set()
    thread.join()


def test_calls_under_a_brake_are_answered_as_others(serve: Any, reach: Any, brake: Brake) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 11}'
    with braked(brake):
        assert reach(serve(answer).url).call(Call("/v1.0/x")) == {"a": 11}


def test_a_port_where_nobody_listens_is_unreachable_under_a_brake(reach: Any, brake: Brake) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with braked(brake), pytest.raises(UnreachableError, match="NewConnectionError"):
        reach(url).call(Call("/v1.0/x"))
    with pytest.raises(ConnectionRefusedError):
        brake.connect("127.0.0.1", int(url.rpartition(":")[2]), 5)


def test_the_first_address_that_answers_is_taken(brake: Brake, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", one)) for one in (1, port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with brake.connect("gateway.example", port, 5) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
