import threading
from collections.abc import Callable

import pytest

from dingnb.clock import VirtualClock
from dingnb.ui.kit.worker import LatestWorker


def never(error: Exception) -> None:
    raise error


def test_work_superseded_before_it_started_is_skipped(clock: VirtualClock) -> None:
    begun, may_end = threading.Event(), threading.Event()
    done: list[tuple[str, bool]] = []

    def work(asked: str, is_superseded: Callable[[], bool]) -> None:
        begun.set()
        may_end.wait(10)
        done.append((asked, is_superseded()))

    latest = LatestWorker[str](clock, work, never)
    latest.submit("a")
    assert begun.wait(10)
    for asked in "bcd":
        latest.submit(asked)
    may_end.set()
    latest.wait()
    assert done == [("a", True), ("d", False)]


def test_successive_requests_are_all_done(clock: VirtualClock) -> None:
    done: list[str] = []
    latest = LatestWorker[str](clock, lambda asked, _: done.append(asked), never)
    latest.wait()
    for asked in "abc":
        latest.submit(asked)
        latest.wait()
    assert done == ["a", "b", "c"]


def test_an_error_is_reported_and_the_next_request_is_done(clock: VirtualClock) -> None:
    errors: list[Exception] = []
    done: list[int] = []
    latest = LatestWorker[int](clock, lambda asked, _: done.append(1 // asked), errors.append)
    for asked in (0, 1):
        latest.submit(asked)
        latest.wait()
    assert [type(error) for error in errors] == [ZeroDivisionError]
    assert done == [1]


def test_one_thread_does_all_the_work(clock: VirtualClock) -> None:
    may_end = threading.Event()

    def work(_asked: int, _: Callable[[], bool]) -> None:
        may_end.wait(10)

    latest = LatestWorker[int](clock, work, never)
    before = set(threading.enumerate())
    latest.submit(0)
    working = set(threading.enumerate()) - before
    for asked in range(1, 5):
        latest.submit(asked)
    assert set(threading.enumerate()) - before == working
    assert len(working) == 1
    may_end.set()
    latest.wait()


def test_the_last_request_is_always_done(clock: VirtualClock) -> None:
    done: list[int] = []
    latest = LatestWorker[int](clock, lambda asked, _: done.append(asked), never)
    for asked in range(500):
        latest.submit(asked)
    latest.wait()
    assert done[-1] == 499
    assert done == sorted(set(done))


def test_an_error_that_cannot_be_reported_does_not_end_the_work(clock: VirtualClock) -> None:
    done: list[int] = []
    begun, may_end = threading.Event(), threading.Event()

    def work(asked: int, _: Callable[[], bool]) -> None:
        begun.set()
        may_end.wait(10)
        done.append(1 // asked)

    latest = LatestWorker[int](clock, work, never)
    latest.submit(0)
    assert begun.wait(10)
    latest.submit(1)
    may_end.set()
    with pytest.raises(ZeroDivisionError):
        latest.wait()
    assert done == [1]
    latest.submit(1)
    latest.wait()
    assert done == [1, 1]
