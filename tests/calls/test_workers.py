import dataclasses
import threading
from collections import Counter, deque

import pytest

from dingnb.calls.background import Background
from dingnb.calls.pace import Pace
from dingnb.calls.workers import MAX_WORKERS, Job, RetryLater, WorkerPool
from dingnb.clock import VirtualClock, seconds
from dingnb.limits import STANDARD


class BugError(Exception):
    pass


def run(clock: VirtualClock, job: Job[int, int], items: range, stop: threading.Event | None = None) -> None:
    pool = WorkerPool(clock, Pace(STANDARD, clock), job)
    stop = stop or clock.event()
    Background(clock, lambda: pool.run(items, stop), stop.set).join()


def test_every_item_is_processed_once_with_all_allowed_workers(clock: VirtualClock) -> None:
    done: Counter[int] = Counter()
    busy, most = [], []

    def call(item: int) -> int:
        busy.append(item)
        most.append(len(busy))
        clock.wait(clock.event(), seconds(5))
        busy.remove(item)
        return item

    run(clock, Job(api="a", call=call, on_outcome=lambda item, *_: done.update([item])), range(60))
    assert done == Counter(range(60))
    assert max(most) == MAX_WORKERS


def test_items_of_two_apis_are_paced_each_on_its_own_and_outcomes_may_add_some(clock: VirtualClock) -> None:
    starts: dict[str, list[int]] = {"a": [], "b": []}
    queue = deque([("a", 0)])

    class Items:
        def __iter__(self) -> "Items":
            return self

        def __next__(self) -> tuple[str, int]:
            if not queue:
                raise StopIteration
            return queue.popleft()

    def call(item: tuple[str, int]) -> int:
        starts[item[0]].append(clock.monotonic_ns())
        return item[1]

    def on_outcome(item: tuple[str, int], *_: int) -> RetryLater | None:
        if item == ("a", 0):
            queue.extend((api, k) for k in range(1, 41) for api in "ab")
        return RetryLater(5) if item == ("b", 40) and len(starts["b"]) == 40 else None

    run(clock, Job(api=lambda item: item[0], call=call, on_outcome=on_outcome), Items())
    assert (len(starts["a"]), len(starts["b"])) == (41, 41)
    assert max(starts["a"]) - min(starts["a"]) < seconds(2.2)
    assert starts["b"][-1] - starts["b"][-2] >= seconds(5)


def test_an_item_to_retry_is_called_after_the_pause(clock: VirtualClock) -> None:
    starts: list[int] = []

    def call(_: int) -> int:
        starts.append(clock.monotonic_ns())
        return len(starts)

    run(clock, Job(api="a", call=call, on_outcome=lambda _, n, __: RetryLater(30) if n == 1 else None), range(1))
    assert starts[1] - starts[0] == seconds(30)


@pytest.mark.parametrize("where", ["call", "on_start", "on_outcome"])
def test_an_error_is_raised_after_calls_under_way_have_ended(clock: VirtualClock, where: str) -> None:
    begun, ended, handled = [], [], []

    def fail_at(place: str, item: int) -> bool:
        if place == where and item == 5:
            raise BugError(place)
        return True

    def call(item: int) -> int:
        begun.append(item)
        fail_at("call", item)
        clock.wait(clock.event(), seconds(2 if item == 5 else 10))
        ended.append(item)
        return item

    def on_outcome(item: int, *_: int) -> None:
        fail_at("on_outcome", item)
        handled.append(item)

    with pytest.raises(BugError, match=where):
        run(
            clock,
            Job(api="a", call=call, on_outcome=on_outcome, on_start=lambda item: fail_at("on_start", item)),
            range(1_000),
        )
    assert len(begun) <= 2 * MAX_WORKERS
    assert sorted(handled) == sorted({*ended} - {5})
    assert set(begun) - {5} == set(handled)


def test_stop_ends_a_long_wait_of_the_pace_at_once(clock: VirtualClock) -> None:
    stop = clock.event()
    pace = Pace(STANDARD, clock)
    pace.pause("a", 3_600)
    done: list[int] = []
    pool = WorkerPool(clock, pace, Job(api="a", call=lambda item: item, on_outcome=lambda item, *_: done.append(item)))

    def interrupt() -> None:
        stop.set()
        pool.interrupt()

    with clock.taking_part():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: pool.run(range(3), stop), interrupt)
        clock.advance(seconds(5))
        interrupt()
        work.join()
        assert done == []
        assert clock.monotonic_ns() - began_ns < seconds(10)


def test_two_pools_never_share_a_place(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    starts: list[int] = []
    lock = threading.Lock()

    def call(item: int) -> int:
        with lock:
            starts.append(clock.monotonic_ns())
        return item

    works = []
    for _ in range(3):
        pool = WorkerPool(clock, pace, Job(api="a", call=call, on_outcome=lambda *_: None))
        works.append(Background(clock, lambda pool=pool: pool.run(range(100), clock.event()), lambda: None))
    for work in works:
        work.join()
    starts.sort()
    assert len(starts) == 300
    assert all(later - earlier > seconds(1) for earlier, later in zip(starts, starts[20:], strict=False))


def test_joining_with_a_deadline_does_not_end_the_work(clock: VirtualClock) -> None:
    with clock.taking_part():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: clock.advance(seconds(60)), lambda: None)
        work.join(until_ns=began_ns + seconds(10))
        assert not work.is_done
        assert clock.monotonic_ns() - began_ns >= seconds(10)
        work.join()
        assert work.is_done


def test_a_taken_place_is_not_granted_again(clock: VirtualClock) -> None:
    pace = Pace(dataclasses.replace(STANDARD, people_per_minute=100), clock)
    # Both ask before one starts, as two campaigns may.
    assert pace.delay_ns("a", 60) == pace.delay_ns("b", 60) == 0
    lease = pace.start("a", 60)
    assert lease is not None
    assert pace.start("b", 60) is None
    pace.finish(lease, counted=False)
    assert pace.start("b", 60) is not None


def test_calls_that_are_answered_at_once_are_made_in_worker_threads(clock: VirtualClock) -> None:
    callers: list[int] = []
    dispatchers: set[int] = set()

    def call(item: int) -> int:
        callers.append(threading.get_ident())
        return item

    def on_outcome(*_: int) -> None:
        dispatchers.add(threading.get_ident())

    run(clock, Job(api="a", call=call, on_outcome=on_outcome), range(60))
    assert len(callers) == 60
    assert len(dispatchers) == 1
    assert dispatchers.isdisjoint(callers)
