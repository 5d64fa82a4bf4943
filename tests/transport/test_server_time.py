import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
import requests

from dingnb.clock import NS_PER_S, Clock, VirtualClock, seconds_to_ns
from dingnb.transport import Hosts, ServerTime, server_time
from dingnb.transport.route import Forward, override_routes


def dated(now_ns: int) -> str:
    return formatdate(now_ns // NS_PER_S, usegmt=True)


@pytest.mark.parametrize("ahead_s", [-3_600, -30, 30, 3_600])
def test_a_wrong_clock_is_corrected_to_half_a_second(clock: VirtualClock, ahead_s: int) -> None:
    server = ServerTime(clock)
    clock.advance(seconds_to_ns(0.9))
    assert server.now_ns() == clock.now_ns()
    server.add_sample(clock.monotonic_ns(), dated(clock.now_ns() + seconds_to_ns(ahead_s)))
    assert abs(server.now_ns() - clock.now_ns() - seconds_to_ns(ahead_s)) <= seconds_to_ns(0.5)
    server.add_sample(clock.monotonic_ns(), dated(clock.now_ns()))
    assert server.now_ns() == clock.now_ns()


@pytest.fixture
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_shanghai")
@pytest.mark.parametrize("pattern", ["%a, %d %b %Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S -0000", "%a %b %d %H:%M:%S %Y"])
def test_a_date_without_a_zone_is_not_read_in_the_computer_s(clock: VirtualClock, pattern: str) -> None:
    server = ServerTime(clock)
    date = time.strftime(pattern, time.gmtime(clock.now_ns() // NS_PER_S + 30))
    server.add_sample(clock.monotonic_ns(), date)
    assert abs(server.now_ns() - clock.now_ns() - seconds_to_ns(30)) <= seconds_to_ns(1)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT", "\x00"])
def test_an_unreadable_date_is_ignored(clock: VirtualClock, date: str) -> None:
    server = ServerTime(clock)
    server.add_sample(clock.monotonic_ns(), date)
    assert server.now_ns() == clock.now_ns()


def test_the_date_of_a_slow_answer_is_ignored(clock: VirtualClock) -> None:
    server = ServerTime(clock)
    requested_ns, date = clock.monotonic_ns(), dated(clock.now_ns())
    clock.advance(seconds_to_ns(300))
    server.add_sample(requested_ns, date)
    assert server.now_ns() == clock.now_ns()


def test_the_first_answer_of_a_second_counts(clock: VirtualClock) -> None:
    server = ServerTime(clock)
    date = dated(clock.now_ns() + seconds_to_ns(30))
    server.add_sample(clock.monotonic_ns(), date)
    ahead_ns = server.ahead_ns
    clock.advance(seconds_to_ns(0.9))
    server.add_sample(clock.monotonic_ns(), date)
    assert server.ahead_ns == ahead_ns


class NoRoute:
    is_offline = True

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def send(self, request: requests.PreparedRequest, hosts: Hosts, forward: Forward) -> requests.Response:
        raise AssertionError((request, hosts, forward))


def test_connections_to_a_server_share_its_time(clock: VirtualClock) -> None:
    hosts = Hosts("http://127.0.0.1:1", "http://127.0.0.1:1")
    assert server_time(hosts, clock) is server_time(hosts, clock)
    assert server_time(hosts, clock) is not server_time(hosts, VirtualClock())
    with override_routes(NoRoute(clock)):
        # Its answers may have been recorded long ago.
        assert server_time(hosts, clock) is not server_time(hosts, clock)
