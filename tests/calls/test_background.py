import sys
import threading
from contextlib import AbstractContextManager

import pytest

from dingnb.calls.background import Background
from dingnb.clock import VirtualClock, seconds_to_ns

RUNS = 50
WORK_NS = seconds_to_ns(1.1)
REAL_S = 0.05


class WatchedClock(VirtualClock):
    """A virtual clock that reports waits of threads that do not take part."""

    def __init__(self) -> None:
        super().__init__(0)
        self.visitor_waits = threading.Event()

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        if threading.current_thread() is threading.main_thread():
            self.visitor_waits.set()
        return super().wait(event, timeout_ns)


class LateClock(WatchedClock):
    """A virtual clock in which a thread that starts to take part lets other threads wait first."""

    def participating(self) -> AbstractContextManager[None]:
        self.visitor_waits.wait(REAL_S)
        return super().participating()


def test_time_does_not_advance_before_the_work_starts() -> None:
    clock = LateClock()

    Background(clock, lambda: clock.advance(WORK_NS), lambda: None).join()

    assert clock.monotonic_ns() == WORK_NS


def test_time_stops_where_the_work_ended() -> None:
    """Polling while waiting must not advance the time."""
    clock = WatchedClock()

    def work() -> None:
        clock.advance(WORK_NS)
        clock.visitor_waits.clear()
        clock.visitor_waits.wait(REAL_S)

    for run in range(1, RUNS + 1):
        Background(clock, work, lambda: None).join()

        assert clock.monotonic_ns() == run * WORK_NS


def test_an_error_while_waiting_ends_the_work() -> None:
    clock = VirtualClock(0)
    stop = clock.event()

    def work() -> None:
        clock.wait(stop, seconds_to_ns(60))

    def look() -> None:
        message = "no room to show it"
        raise RuntimeError(message)

    with clock.participating():
        background = Background(clock, work, stop.set)
        with pytest.raises(RuntimeError, match="no room"):
            background.join(look)
    background.join()

    assert clock.monotonic_ns() < seconds_to_ns(60)


def test_work_that_exits_has_failed() -> None:
    background = Background(VirtualClock(0), lambda: sys.exit("the handler gave up"), lambda: None)
    with pytest.raises(SystemExit, match="the handler gave up") as raised:
        background.join()
    assert background.failure is raised.value
