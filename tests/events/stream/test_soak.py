"""Repeated starts, stops and broken connections: no event is lost, and no resource leaks."""

import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest
import requests

from dingnb.client import DingTalk
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.events.stream.conftest import PATIENCE_S, emit, stream_stats, until
from tests.tiers import SOAK

CYCLES = 1_000 if SOAK else 30
BREAKS = 200 if SOAK else 10
SEED = 20261125


@pytest.fixture
def sandbox(open_sandbox: Callable[..., RunningSandbox]) -> RunningSandbox:
    # More tickets per second than DingTalk allows, and a longer wait for acknowledgements.
    return open_sandbox(
        limits=replace(STANDARD, calls_per_second=100_000, ip_calls_per_20_s=10**6),
        stream_max_pending=10_000,
        stream_pushes=100,
    )


def event(number: int) -> dict[str, object]:
    return {"type": "check_in", "event_id": f"e-{number}", "data": {"staffId": "u"}}


def everything_came(ding: DingTalk, sandbox: RunningSandbox, count: int) -> None:
    """Assert that every event is logged once, and that DingTalk has none left."""
    until(lambda: len(ding.events) == count)
    assert {selected.id for selected in ding.events.select()} == {f"e-{number}" for number in range(count)}
    found = until(lambda: (now := stream_stats(sandbox))["acknowledged"] == count and now)
    assert (found["waiting"], found["unacknowledged"], found["given_up"], found["dropped"]) == ([], [], 0, 0)


def left_over(threads: set[threading.Thread], sandbox: RunningSandbox) -> None:
    until(lambda: stream_stats(sandbox)["connections"] == [])
    # A connection being opened when its stream stopped is closed as soon as it is open.
    until(lambda: all("sandbox" in thread.name for thread in set(threading.enumerate()) - threads))


def print_figures(what: str, took_s: list[float]) -> None:
    slowest, middle = max(took_s) * 1_000, statistics.median(took_s) * 1_000
    print(f"\n{len(took_s)} times {what}: {middle:.1f} ms in the middle, {slowest:.1f} ms the slowest")  # noqa: T201


def test_starting_and_stopping_streams_loses_no_events_and_leaks_nothing(
    ding: DingTalk, sandbox: RunningSandbox
) -> None:
    chance = random.Random(SEED)
    with ding.stream() as first:
        assert first.wait_until_connected(PATIENCE_S)
    until(lambda: stream_stats(sandbox)["connections"] == [])
    threads, files = set(threading.enumerate()), psutil.Process().num_fds()
    took_s = []
    for number in range(CYCLES):
        emit(sandbox, event(number))
        stream = ding.stream()
        how = chance.choice(["at once", "connected", "received"])
        if how != "at once":
            assert stream.wait_until_connected(PATIENCE_S)
        if how == "received":
            until(lambda stream=stream: stream.received)
        begun = time.monotonic()
        stream.stop()
        took_s.append(time.monotonic() - begun)
        assert not stream._engine._thread.is_alive()
    with ding.stream():
        everything_came(ding, sandbox, CYCLES)
    left_over(threads, sandbox)
    ding._transport.close()
    until(lambda: psutil.Process().num_fds() <= files)
    print_figures("stopped", took_s)
    assert max(took_s) < 1


def test_broken_connections_lose_no_events_and_leak_nothing(
    ding: DingTalk, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not SOAK:
        monkeypatch.setattr("dingnb.events.stream.engine.MIN_PAUSE_S", 0.1)
    chance = random.Random(SEED)
    with ding.stream() as first:
        assert first.wait_until_connected(PATIENCE_S)
    until(lambda: stream_stats(sandbox)["connections"] == [])
    threads, files = set(threading.enumerate()), psutil.Process().num_fds()
    count, took_s = 0, []
    with ding.stream() as stream:
        for _ in range(BREAKS):
            many = chance.randrange(1, 6)
            [line] = until(
                lambda: [
                    connection for connection in stream_stats(sandbox)["connections"] if not connection["is_leaving"]
                ]
            )
            emit(sandbox, *(event(count + n) for n in range(many)))
            count += many
            how = chance.choice(["frame", "close", "reset"])
            begun = time.monotonic()
            url = f"{sandbox.base_url}/_sandbox/stream/disconnect"
            ended = requests.post(url, json={"how": how, "connections": [line["id"]]}, timeout=PATIENCE_S).json()
            assert ended["disconnected"] == [line["id"]]
            until(lambda gone=line["id"]: _other_line(sandbox, gone))
            took_s.append(time.monotonic() - begun)
        everything_came(ding, sandbox, count)
        # The sandbox sees a connection before its client does.
        until(lambda: stream.state == "connected")
    left_over(threads, sandbox)
    ding._transport.close()
    until(lambda: psutil.Process().num_fds() <= files)
    print_figures("connected again", took_s)


def _other_line(sandbox: RunningSandbox, gone: str) -> bool:
    return any(
        connection["id"] != gone and not connection["is_leaving"] for connection in stream_stats(sandbox)["connections"]
    )
