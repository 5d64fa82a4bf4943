"""The sandbox's time: waits and their end."""

import threading

from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.sandbox.sandbox_time import SandboxTime


def test_a_wait_is_measured_on_the_clock(clock: VirtualClock) -> None:
    time = SandboxTime(clock, 8)
    begun_ns = clock.now_ns()
    time.wait(5 * NS_PER_S)
    assert clock.now_ns() == begun_ns + 5 * NS_PER_S


def test_setting_the_time_ends_a_wait_only_past_its_deadline(clock: VirtualClock) -> None:
    time = SandboxTime(clock, 8)
    begun_ns = time.now_ns()
    with clock.participating():
        thread = threading.Thread(target=time.wait, args=(5 * NS_PER_S,))
        thread.start()
        while not clock._waiting:
            pass
        time.set(begun_ns - 100 * NS_PER_S, stopped=False)
        time.set(begun_ns + 5 * NS_PER_S, stopped=False)
        thread.join(10)
        assert not thread.is_alive()


def test_waits_end_after_cancellation(clock: VirtualClock) -> None:
    time = SandboxTime(clock, 8)
    begun_ns = clock.now_ns()
    time.cancel_waits()
    time.wait(5 * NS_PER_S)
    assert clock.now_ns() == begun_ns
