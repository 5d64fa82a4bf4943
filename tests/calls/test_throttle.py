"""What may take long is repeated only for a share of the time."""

import pytest

from dingnb.calls.throttle import Throttle, throttled
from dingnb.clock import VirtualClock


def test_work_is_due_again_after_a_multiple_of_the_time_that_it_took() -> None:
    clock = VirtualClock(0)
    throttle = Throttle(clock, 5, min_interval_ns=100)
    assert throttle.is_due
    for took_ns, pause_ns in ((0, 100), (10, 90), (30, 120)):
        with throttle.timing():
            clock.advance(took_ns)
        clock.advance(pause_ns - 1)
        assert not throttle.is_due
        clock.advance(1)
        assert throttle.is_due


def test_work_that_fails_is_not_repeated_at_once() -> None:
    clock = VirtualClock(0)
    throttle = Throttle(clock)

    def fail() -> None:
        with throttle.timing():
            clock.advance(7)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it has no text
        fail()
    clock.advance(62)
    assert not throttle.is_due
    clock.advance(1)
    assert throttle.is_due


def test_requested_work_is_not_due_before_it_was_done() -> None:
    clock = VirtualClock(0)
    throttle = Throttle(clock)
    throttle.hold()
    clock.advance(10**18)
    assert not throttle.is_due
    with throttle.timing():
        pass
    assert throttle.is_due


def test_a_throttled_function_is_called_for_a_twentieth_of_the_time() -> None:
    clock = VirtualClock(0)
    calls: list[int] = []

    def count() -> int | None:
        calls.append(clock.monotonic_ns())
        clock.advance(10)
        return None if len(calls) == 1 else len(calls)

    read = throttled(count, clock)
    assert (read(), read()) == (None, None)
    clock.advance(189)
    assert read() is None
    clock.advance(1)
    assert read() == 2
    assert calls == [0, 200]
