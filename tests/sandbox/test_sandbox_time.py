"""The sandbox's time: waits and their end, and background work at its due times."""

import threading

from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.sandbox.sandbox_time import SandboxTime, Scheduler


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


class Work:
    """Records when it ran, and is due again some seconds later."""

    def __init__(self, time: SandboxTime, every_s: int | None) -> None:
        self.time = time
        self.every_s = every_s
        self.done_ns: list[int] = []
        self.is_done = threading.Event()

    def __call__(self) -> int | None:
        self.done_ns.append(self.time.now_ns())
        self.is_done.set()
        return None if self.every_s is None else self.time.now_ns() + self.every_s * NS_PER_S


def test_no_work_runs_before_the_first_wake_or_after_stop(clock: VirtualClock) -> None:
    work = Work(SandboxTime(clock, 8), 5)
    scheduler = Scheduler(work.time, work, "test")
    clock.advance(60 * NS_PER_S)
    scheduler.stop()
    scheduler.wake()
    assert work.done_ns == []


def test_work_runs_at_its_due_times_however_far_the_clock_advances(clock: VirtualClock) -> None:
    work = Work(SandboxTime(clock, 8), 5)
    begun_ns = clock.now_ns()
    scheduler = Scheduler(work.time, work, "test")
    scheduler.wake()
    clock.advance(22 * NS_PER_S)
    scheduler.stop()
    seconds = [(at_ns - begun_ns) // NS_PER_S for at_ns in work.done_ns]
    assert sorted(set(seconds)) == [0, 5, 10, 15, 20]


def test_every_wake_runs_the_work(clock: VirtualClock) -> None:
    work = Work(SandboxTime(clock, 8), None)
    scheduler = Scheduler(work.time, work, "test")
    for _ in range(200):
        work.is_done.clear()
        scheduler.wake()
        assert work.is_done.wait(10)
    scheduler.stop()


def test_setting_the_time_wakes_and_stopping_it_suspends_the_schedule(clock: VirtualClock) -> None:
    work = Work(SandboxTime(clock, 8), 5)
    scheduler = Scheduler(work.time, work, "test")
    for stopped in (True, False):
        work.is_done.clear()
        scheduler.wake()
        assert work.is_done.wait(10)
        work.time.set(work.time.now_ns() + 100 * NS_PER_S, stopped=stopped)
        while work.done_ns[-1] != work.time.now_ns():
            assert scheduler._thread.is_alive()
        if stopped:
            done = len(work.done_ns)
            clock.advance(60 * NS_PER_S)
            assert len(work.done_ns) == done
    scheduler.stop()
