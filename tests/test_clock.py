import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.clock import NS_PER_S, SystemClock, VirtualClock, seconds_to_ns
from tests.tiers import examples

LONG_S = 20


def run_all(clock: VirtualClock, works: list[Callable[[], None]]) -> None:
    """Run each function in a participating thread, after all threads have started."""
    failures: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            with clock.participating():
                ready.wait(LONG_S)
                work()
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert not [thread for thread in threads if thread.is_alive()], "deadlock"
    assert not failures


PLANS = st.lists(st.lists(st.integers(-3, 10**12), min_size=1, max_size=5), min_size=1, max_size=6)


@examples(40)
@given(PLANS)
def test_waits_end_exactly_at_their_deadlines_in_order(plans: list[list[int]]) -> None:
    clock = VirtualClock(0)
    woken: list[tuple[int, int]] = []

    def sleeper(plan: list[int]) -> Callable[[], None]:
        def work() -> None:
            due = 0
            for pause in plan:
                due += max(pause, 0)
                assert clock.wait(clock.event(), pause) is False
                woken.append((clock.monotonic_ns(), due))

        return work

    run_all(clock, [sleeper(plan) for plan in plans])
    assert all(now == due for now, due in woken)
    assert [now for now, _ in woken] == sorted(now for now, _ in woken)
    assert clock.monotonic_ns() == max(sum(max(pause, 0) for pause in plan) for plan in plans)


@examples(40)
@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 1_000)), min_size=1, max_size=6))
def test_a_wait_ends_when_its_event_is_set_or_at_its_deadline(pairs: list[tuple[int, int]]) -> None:
    clock = VirtualClock(0)
    works: list[Callable[[], None]] = []
    woken: list[tuple[int, bool, int, int]] = []
    for set_at, timeout in pairs:
        event = clock.event()

        def setter(event: threading.Event = event, set_at: int = set_at) -> None:
            clock.wait(clock.event(), set_at)
            event.set()

        def waiter(event: threading.Event = event, timeout: int = timeout, set_at: int = set_at) -> None:
            is_set = clock.wait(event, timeout)
            woken.append((clock.monotonic_ns(), is_set, set_at, timeout))

        works += [setter, waiter]
    run_all(clock, works)
    for now, is_set, set_at, timeout in woken:
        assert now == min(set_at, timeout)
        if set_at != timeout:
            assert is_set is (set_at < timeout)


@examples(30)
@given(st.lists(st.integers(-10, 10**10), max_size=20))
def test_time_never_goes_back(pauses: list[int]) -> None:
    clock = VirtualClock(0)
    seen = [clock.monotonic_ns()]
    for pause in pauses:
        clock.advance(pause)
        clock.set_wall(pause)
        seen.append(clock.monotonic_ns())
    assert seen == sorted(seen)
    assert seen[-1] == sum(max(pause, 0) for pause in pauses)


def test_a_zero_wait_returns_whether_the_event_is_set() -> None:
    clock = VirtualClock()
    start, event = clock.now_ns(), clock.event()
    for timeout in (0, -1):
        assert clock.wait(event, timeout) is False
    event.set()
    for timeout in (0, -1, 10**18, None):
        assert clock.wait(event, timeout) is True
    assert clock.now_ns() == start


def test_participation_can_be_nested_and_ends_with_the_outermost() -> None:
    clock = VirtualClock(0)
    with clock.participating(), clock.participating():
        clock.wait(clock.event(), 5)
    assert clock._working_count == 0
    with pytest.raises(ValueError, match="out"), clock.participating():
        raise ValueError("out")  # noqa: EM101 - a test's own
    assert clock._working_count == 0
    clock.advance(7)
    assert clock.monotonic_ns() == 12


def test_time_stands_still_while_a_participant_works() -> None:
    clock = VirtualClock(0)
    seen: list[int] = []
    slept, may_sleep = threading.Event(), clock.event()

    def sleeps() -> None:
        clock.wait(clock.event(), 100)
        slept.set()

    def works() -> None:
        seen.extend(clock.monotonic_ns() for _ in range(1_000))
        assert not slept.is_set()
        clock.wait(may_sleep, 50)
        seen.append(clock.monotonic_ns())

    run_all(clock, [sleeps, works])
    assert set(seen) == {0, 50}
    assert slept.is_set()


def test_setting_the_wall_clock_does_not_affect_waits() -> None:
    clock = VirtualClock(0)
    clock.set_wall(10**18)
    assert clock.now_ns() == 10**18
    clock.advance(NS_PER_S)
    assert (clock.now_ns(), clock.monotonic_ns()) == (10**18 + NS_PER_S, NS_PER_S)


def test_an_ended_thread_does_not_hold_up_time() -> None:
    clock = VirtualClock(0)
    run_all(clock, [lambda: None, lambda: clock.wait(clock.event(), 10) and None])
    assert clock.monotonic_ns() == 10


def test_many_threads_waking_each_other_never_deadlock() -> None:
    clock = VirtualClock(0)
    batons = [clock.event() for _ in range(12)]

    def runner(place: int) -> Callable[[], None]:
        def work() -> None:
            for _ in range(20):
                clock.wait(batons[place])
                batons[place].clear()
                clock.wait(clock.event(), 3)
                batons[(place + 1) % len(batons)].set()

        return work

    batons[0].set()
    run_all(clock, [runner(place) for place in range(len(batons))])
    assert clock.monotonic_ns() == 12 * 20 * 3


def test_the_system_clock_is_that_of_the_computer() -> None:
    clock: Any = SystemClock()
    assert abs(clock.now_ns() - time.time_ns()) < 10 * NS_PER_S
    before = clock.monotonic_ns()
    assert clock.wait(clock.event(), 1_000) is False
    assert clock.wait(clock.event(), -5) is False
    event = clock.event()
    event.set()
    with clock.participating():
        assert clock.wait(event) is True
    assert clock.monotonic_ns() >= before + 1_000
    assert clock == SystemClock()
    assert len({clock, SystemClock()}) == 1


def test_seconds_converts_to_nanoseconds() -> None:
    assert (seconds_to_ns(0.1), seconds_to_ns(2), seconds_to_ns(1e-9)) == (100_000_000, 2_000_000_000, 1)


def test_on_behalf_of_caller_advances_only_the_caller_s_time() -> None:
    clock = VirtualClock()
    start_ns, ended = clock.now_ns(), threading.Event()

    def answer() -> None:
        with clock.on_behalf_of_caller():
            clock.wait(clock.event(), seconds_to_ns(3))
        ended.set()

    with clock.participating():
        threading.Thread(target=answer).start()
        assert ended.wait(10)
        assert clock.now_ns() == start_ns + seconds_to_ns(3)
        late = threading.Thread(target=clock.wait, args=(clock.event(), seconds_to_ns(1)))
        late.start()
        while not clock._waiting:
            pass
        assert clock.now_ns() == start_ns + seconds_to_ns(3)
    late.join(10)
    assert clock.now_ns() == start_ns + seconds_to_ns(4)
    with SystemClock().on_behalf_of_caller():
        pass


def test_a_thread_that_waits_on_behalf_of_its_caller_keeps_participating_itself() -> None:
    clock = VirtualClock(0)

    def work() -> None:
        with clock.on_behalf_of_caller():
            clock.wait(clock.event(), 5)
        clock.wait(clock.event(), 7)

    run_all(clock, [work])
    assert clock.monotonic_ns() == 12
    clock.advance(3)
    assert clock.monotonic_ns() == 15


def test_passive_contexts_can_be_nested_and_end_with_the_outermost() -> None:
    clock = VirtualClock(0)
    begun, over = threading.Event(), clock.event()

    def follow() -> None:
        with clock.passive():
            with clock.passive():
                pass
            begun.set()
            clock.wait(over, 10)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    begun.wait(LONG_S)
    clock.advance(4)
    assert clock.monotonic_ns() == 4
    over.set()
    thread.join(LONG_S)
    assert not thread.is_alive()
    clock.advance(4)
    assert clock.monotonic_ns() == 8


def test_deadlines_of_threads_that_an_event_woke_do_not_pile_up() -> None:
    clock = VirtualClock(0)
    waits, turns = 500, [clock.event(), clock.event()]

    def work(own: int) -> Callable[[], None]:
        def take_turns() -> None:
            for _ in range(waits):
                clock.wait(turns[own], 10**15)
                turns[own].clear()
                turns[1 - own].set()

        return take_turns

    turns[0].set()
    run_all(clock, [work(0), work(1)])
    assert clock.monotonic_ns() == 0
    assert len(clock._deadlines) < 50


def test_passive_threads_work_at_their_deadlines_without_advancing_time() -> None:
    clock = VirtualClock(0)
    met: list[int] = []
    begun, over = threading.Event(), clock.event()

    def follow() -> None:
        with clock.passive():
            begun.set()
            while not clock.wait(over, 10 * NS_PER_S):
                met.append(clock.monotonic_ns() // NS_PER_S)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    begun.wait(LONG_S)
    assert clock.monotonic_ns() == 0
    clock.advance(25 * NS_PER_S)
    assert (clock.monotonic_ns(), met) == (25 * NS_PER_S, [10, 20])
    run_all(clock, [lambda: clock.advance(20 * NS_PER_S)] * 2)
    over.set()
    thread.join(LONG_S)
    assert (clock.monotonic_ns(), met) == (45 * NS_PER_S, [10, 20, 30, 40])
