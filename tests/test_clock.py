import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.clock import NS_PER_S, SystemClock, VirtualClock, seconds
from tests.tiers import examples

LONG_S = 20


def run_all(clock: VirtualClock, works: list[Callable[[], None]]) -> None:
    """Run each work in a thread that takes part, all of them ready before the first goes on."""
    failures: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def one(work: Callable[[], None]) -> None:
        try:
            with clock.taking_part():
                ready.wait(LONG_S)
                work()
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=one, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert not [thread for thread in threads if thread.is_alive()], "deadlock"
    assert not failures


PLANS = st.lists(st.lists(st.integers(-3, 10**12), min_size=1, max_size=5), min_size=1, max_size=6)


@examples(40)
@given(PLANS)
def test_everybody_wakes_exactly_at_his_deadline_in_the_order_of_deadlines(plans: list[list[int]]) -> None:
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
def test_an_event_wakes_at_the_time_of_its_setting_or_the_deadline_comes_first(pairs: list[tuple[int, int]]) -> None:
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


def test_a_wait_of_no_time_returns_at_once_and_tells_whether_the_event_is_set() -> None:
    clock = VirtualClock()
    start, event = clock.now_ns(), clock.event()
    for timeout in (0, -1):
        assert clock.wait(event, timeout) is False
    event.set()
    for timeout in (0, -1, 10**18, None):
        assert clock.wait(event, timeout) is True
    assert clock.now_ns() == start


def test_taking_part_may_be_nested_and_ends_with_the_outermost() -> None:
    clock = VirtualClock(0)
    with clock.taking_part(), clock.taking_part():
        clock.wait(clock.event(), 5)
    assert clock._working == 0
    with pytest.raises(ValueError, match="out"), clock.taking_part():
        raise ValueError("out")  # noqa: EM101 - a test's own
    assert clock._working == 0
    clock.advance(7)
    assert clock.monotonic_ns() == 12


def test_time_stands_still_while_anybody_works() -> None:
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


def test_setting_the_wall_clock_moves_no_wait() -> None:
    clock = VirtualClock(0)
    clock.set_wall(10**18)
    assert clock.now_ns() == 10**18
    clock.advance(NS_PER_S)
    assert (clock.now_ns(), clock.monotonic_ns()) == (10**18 + NS_PER_S, NS_PER_S)


def test_a_thread_that_ends_lets_time_go_on() -> None:
    clock = VirtualClock(0)
    run_all(clock, [lambda: None, lambda: clock.wait(clock.event(), 10) and None])
    assert clock.monotonic_ns() == 10


def test_many_threads_passing_a_baton_never_lock_up() -> None:
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


def test_the_systems_clock_is_the_computers_own() -> None:
    clock: Any = SystemClock()
    assert abs(clock.now_ns() - time.time_ns()) < 10 * NS_PER_S
    before = clock.monotonic_ns()
    assert clock.wait(clock.event(), 1_000) is False
    assert clock.wait(clock.event(), -5) is False
    event = clock.event()
    event.set()
    with clock.taking_part():
        assert clock.wait(event) is True
    assert clock.monotonic_ns() >= before + 1_000
    assert clock == SystemClock()
    assert len({clock, SystemClock()}) == 1


def test_seconds_are_nanoseconds() -> None:
    assert (seconds(0.1), seconds(2), seconds(1e-9)) == (100_000_000, 2_000_000_000, 1)


def test_standing_in_lets_the_caller_s_time_pass_and_only_then() -> None:
    clock = VirtualClock()
    start_ns, ended = clock.now_ns(), threading.Event()

    def answer() -> None:
        with clock.standing_in():
            clock.wait(clock.event(), seconds(3))
        ended.set()

    with clock.taking_part():
        threading.Thread(target=answer).start()
        assert ended.wait(10)
        assert clock.now_ns() == start_ns + seconds(3)
        late = threading.Thread(target=clock.wait, args=(clock.event(), seconds(1)))
        late.start()
        while not clock._waiting:
            pass
        assert clock.now_ns() == start_ns + seconds(3)
    late.join(10)
    assert clock.now_ns() == start_ns + seconds(4)
    with SystemClock().standing_in():
        pass


def test_whoever_follows_is_met_on_the_way_and_moves_nothing() -> None:
    clock = VirtualClock(0)
    met: list[int] = []
    begun, over = threading.Event(), clock.event()

    def follow() -> None:
        with clock.following():
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
