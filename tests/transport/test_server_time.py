from email.utils import formatdate

import pytest

from dingnb.clock import NS_PER_S, VirtualClock, seconds
from dingnb.transport import Hosts, ServerTime, server_time


def dated(now_ns: int) -> str:
    return formatdate(now_ns // NS_PER_S, usegmt=True)


@pytest.mark.parametrize("ahead_s", [-3_600, -30, 30, 3_600])
def test_a_wrong_clock_is_corrected_to_the_second(clock: VirtualClock, ahead_s: int) -> None:
    time = ServerTime(clock)
    assert time.now_ns() == clock.now_ns()
    time.update(dated(clock.now_ns() + seconds(ahead_s)), time.start())
    assert abs(time.now_ns() - clock.now_ns() - seconds(ahead_s)) <= seconds(1)
    time.update(dated(clock.now_ns()), time.start())
    assert time.now_ns() == clock.now_ns()


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 09:00:00 GMT", "\x00"])
def test_an_unreadable_date_is_ignored(clock: VirtualClock, date: str) -> None:
    time = ServerTime(clock)
    time.update(date, time.start())
    assert time.now_ns() == clock.now_ns()


def test_the_date_of_a_slow_answer_is_ignored(clock: VirtualClock) -> None:
    time = ServerTime(clock)
    started_ns, date = time.start(), dated(clock.now_ns())
    clock.advance(seconds(300))
    time.update(date, started_ns)
    assert time.now_ns() == clock.now_ns()


def test_connections_to_a_server_share_its_time(clock: VirtualClock) -> None:
    hosts = Hosts("http://127.0.0.1:1", "http://127.0.0.1:1")
    assert server_time(hosts, clock) is server_time(hosts, clock)
    assert server_time(hosts, clock) is not server_time(hosts, VirtualClock())
