import sys
import threading
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from dingnb.calls.background import Background
from dingnb.calls.pace import Pace, Start, Wait
from dingnb.calls.workers import MAX_WORKERS, Job, RetryLater, WorkerPool
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.ledger import Realm, SqliteLedger
from dingnb.limits import STANDARD


class BugError(Exception):
    pass


@pytest.fixture
def pace(clock: VirtualClock, tmp_path: Path) -> Pace:
    return Pace(STANDARD, clock, SqliteLedger(tmp_path / "ledger"), Realm.of("SANDBOX", "one", "key", "k…y"))


def run(
    clock: VirtualClock, pace: Pace, job: Job[Any, Any], items: Iterable[Any], stop: threading.Event | None = None
) -> None:
    pool = WorkerPool(clock, pace, job)
    stop = stop or clock.event()
    Background(clock, lambda: pool.run(items, stop), stop.set).join()


def test_every_item_is_processed_once_with_all_allowed_workers(clock: VirtualClock, pace: Pace) -> None:
    done: Counter[int] = Counter()
    busy, most = [], []

    def call(item: int) -> int:
        busy.append(item)
        most.append(len(busy))
        clock.wait(clock.event(), seconds_to_ns(5))
        busy.remove(item)
        return item

    run(clock, pace, Job(api="a", call=call, on_outcome=lambda item, *_: done.update([item])), range(60))
    assert done == Counter(range(60))
    assert max(most) == MAX_WORKERS


def test_items_of_two_apis_are_paced_each_on_its_own_and_outcomes_may_add_some(clock: VirtualClock, pace: Pace) -> None:
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

    run(clock, pace, Job(api=lambda item: item[0], call=call, on_outcome=on_outcome), Items())
    assert (len(starts["a"]), len(starts["b"])) == (41, 41)
    assert max(starts["a"]) - min(starts["a"]) < seconds_to_ns(2.2)
    assert starts["b"][-1] - starts["b"][-2] >= seconds_to_ns(5)


def test_an_item_to_retry_is_called_after_the_pause(clock: VirtualClock, pace: Pace) -> None:
    starts: list[int] = []

    def call(_: int) -> int:
        starts.append(clock.monotonic_ns())
        return len(starts)

    run(clock, pace, Job(api="a", call=call, on_outcome=lambda _, n, __: RetryLater(30) if n == 1 else None), range(1))
    assert starts[1] - starts[0] == seconds_to_ns(30)


@pytest.mark.parametrize("where", ["call", "on_start", "on_outcome", "on_wait", "one_at_a_time", "api"])
def test_an_error_is_raised_after_calls_under_way_have_ended(clock: VirtualClock, pace: Pace, where: str) -> None:
    begun, ended, handled = [], [], []

    def fail_at(place: str, item: int) -> bool:
        if place == where and item == 5:
            raise BugError(place)
        return True

    def fail_later(place: str) -> bool:
        if len(begun) == 5:
            fail_at(place, 5)
        return False

    def call(item: int) -> int:
        begun.append(item)
        if where == "on_wait" and item == 4:
            pace.pause("a", 1)
        fail_at("call", item)
        clock.wait(clock.event(), seconds_to_ns(2 if item == 5 else 10))
        ended.append(item)
        return item

    def on_outcome(item: int, *_: int) -> None:
        fail_at("on_outcome", item)
        handled.append(item)

    with pytest.raises(BugError, match=where):
        run(
            clock,
            pace,
            Job(
                api=lambda item: "a" if fail_at("api", item) else "",
                call=call,
                on_outcome=on_outcome,
                on_start=lambda item: fail_at("on_start", item),
                on_wait=lambda *_: fail_later("on_wait"),
                one_at_a_time=lambda: fail_later("one_at_a_time"),
            ),
            range(1_000),
        )
    assert len(begun) <= 2 * MAX_WORKERS
    assert sorted(handled) == sorted({*ended} - {5})
    assert set(begun) - {5} == set(handled)


def test_an_error_of_reporting_a_refused_start_is_raised_after_calls_under_way_have_ended(
    clock: VirtualClock, pace: Pace
) -> None:
    handled: list[int] = []
    has_begun = threading.Event()

    def call(item: int) -> int:
        has_begun.set()
        clock.wait(clock.event(), seconds_to_ns(10))
        return item

    def reserve(item: int) -> Start | Wait:
        if item == 2:
            return Wait("people", None, seconds_to_ns(1))
        with pace.open_reservations() as reservations:
            return reservations.reserve("a")

    def on_wait(*_: object) -> None:
        # A call that has not begun would not be made after the failure.
        assert has_begun.wait(60)
        raise BugError

    job = Job(api="a", call=call, on_outcome=lambda item, *_: handled.append(item), reserve=reserve, on_wait=on_wait)
    with pytest.raises(BugError):
        run(clock, pace, job, range(1, 4))
    assert handled == [1]


def test_a_pool_runs_again_also_after_a_failure(clock: VirtualClock, pace: Pace) -> None:
    called: list[int] = []

    def call(item: int) -> None:
        called.append(item)
        if len(called) == 1:
            raise BugError

    pool = WorkerPool(clock, pace, Job(api="a", call=call, on_outcome=lambda *_: None))

    def run_twice() -> None:
        with pytest.raises(BugError):
            pool.run([1], clock.event())
        pool.run([2, 3], clock.event())

    with clock.participating():
        work = Background(clock, run_twice, lambda: None)
        work.join(until_ns=clock.monotonic_ns() + seconds_to_ns(60))
    assert work.is_done
    assert sorted(called) == [1, 2, 3]


def test_an_exit_in_a_call_is_raised_as_an_error(clock: VirtualClock, pace: Pace) -> None:
    def call(item: int) -> None:
        if item == 1:
            sys.exit("of the codec")

    pool = WorkerPool(clock, pace, Job(api="a", call=call, on_outcome=lambda *_: None))
    with clock.participating():
        work = Background(clock, lambda: pool.run(range(3), clock.event()), lambda: None)
        with pytest.raises(RuntimeError, match="of the codec") as raised:
            work.join(until_ns=clock.monotonic_ns() + seconds_to_ns(60))
    assert isinstance(raised.value.__cause__, SystemExit)


def test_an_outcome_of_none_is_handled(clock: VirtualClock, pace: Pace) -> None:
    handled: list[int] = []

    def on_outcome(item: int, outcome: object, _: int) -> None:
        assert outcome is None
        handled.append(item)

    run(clock, pace, Job(api="a", call=lambda _: None, on_outcome=on_outcome), range(3))
    assert sorted(handled) == [0, 1, 2]


def test_an_item_may_be_none(clock: VirtualClock, pace: Pace) -> None:
    called: list[object] = []
    run(clock, pace, Job(api="a", call=called.append, on_outcome=lambda *_: None), [1, None, 2])
    assert Counter(called) == Counter([1, None, 2])


def test_stop_ends_a_long_wait_of_the_pace_at_once(clock: VirtualClock, pace: Pace) -> None:
    stop = clock.event()
    pace.pause("a", 3_600)
    done: list[int] = []
    pool = WorkerPool(clock, pace, Job(api="a", call=lambda item: item, on_outcome=lambda item, *_: done.append(item)))

    def interrupt() -> None:
        stop.set()
        pool.interrupt()

    with clock.participating():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: pool.run(range(3), stop), interrupt)
        clock.advance(seconds_to_ns(5))
        interrupt()
        work.join()
        assert done == []
        assert clock.monotonic_ns() - began_ns < seconds_to_ns(10)


def test_two_pools_never_share_a_place(clock: VirtualClock, pace: Pace) -> None:
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
    assert all(later - earlier > seconds_to_ns(1) for earlier, later in zip(starts, starts[20:], strict=False))


def test_joining_with_a_deadline_does_not_end_the_work(clock: VirtualClock) -> None:
    with clock.participating():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: clock.advance(seconds_to_ns(60)), lambda: None)
        work.join(until_ns=began_ns + seconds_to_ns(10))
        assert not work.is_done
        assert clock.monotonic_ns() - began_ns >= seconds_to_ns(10)
        work.join()
        assert work.is_done


def test_a_call_that_is_too_late_gets_another_start(clock: VirtualClock, pace: Pace) -> None:
    """As after a suspension."""
    starts: list[int] = []

    def start_at(at_ns: int) -> Start:
        return Start(pace.request("a"), 0, at_ns, at_ns, at_ns)

    def call(item: int) -> int:
        starts.append(clock.monotonic_ns())
        return item

    job = Job(
        api="a",
        call=call,
        on_outcome=lambda *_: None,
        reserve=lambda _: start_at(clock.monotonic_ns() - seconds_to_ns(1)),
        postpone=lambda item: start_at(clock.monotonic_ns() + seconds_to_ns(5)) if item == 1 else None,
    )
    began_ns = clock.monotonic_ns()
    run(clock, pace, job, range(1, 3))
    # The second one may not be made at all.
    assert [start_ns - began_ns for start_ns in starts] == [seconds_to_ns(5)]


def test_a_pause_that_comes_before_the_start_of_a_call_keeps_it_back(clock: VirtualClock, pace: Pace) -> None:
    starts: list[int] = []
    cancelled: list[int] = []

    def call(item: int) -> int:
        starts.append(clock.monotonic_ns())
        return item

    def reserve(_: int) -> Start:
        with pace.open_reservations() as reservations:
            return reservations.reserve("a")

    job = Job(
        api="a",
        call=call,
        on_outcome=lambda *_: RetryLater(30) if len(starts) == 1 else None,
        reserve=reserve,
        cancel=cancelled.append,
    )
    run(clock, pace, job, range(1, 4))
    # The start of the second call is reserved while the first one is under way.
    assert cancelled == [2]
    assert len(starts) == 4
    assert starts[1] - starts[0] >= seconds_to_ns(30)


@pytest.mark.parametrize("reserves", [True, False])
@pytest.mark.parametrize("why", ["a stop", "a failure", "a pause"])
def test_a_call_that_waits_for_its_start_is_not_made_after(
    clock: VirtualClock, pace: Pace, why: str, *, reserves: bool
) -> None:
    """Or that missed it, which is the only wait in a worker thread for a job without `reserve`."""
    begun_ns: list[int] = []
    cancelled: list[int] = []
    stop = clock.event()
    answered_ns = 0

    def call(item: int) -> None:
        begun_ns.append(clock.monotonic_ns())
        if item == 1:
            clock.wait(clock.event(), seconds_to_ns(1))

    def on_outcome(item: int, *_: object) -> None:
        nonlocal answered_ns
        if item == 1:
            answered_ns = clock.monotonic_ns()
            if why == "a failure":
                raise BugError
            if why == "a pause":
                pace.pause("a", 30)
            else:
                stop.set()

    def reserve(item: int) -> Start:
        at_ns = clock.monotonic_ns() + (seconds_to_ns(2) if item == 2 and not cancelled else 0)
        return Start(pace.request("a"), 0, at_ns, at_ns, clock.now_ns() + at_ns - clock.monotonic_ns())

    def be_late(item: int) -> bool:
        if item == 2 and not cancelled:
            # As on a busy computer, while the first call is answered.
            clock.wait(clock.event(), seconds_to_ns(2))
        return True

    job = Job(
        api="a",
        call=call,
        on_outcome=on_outcome,
        on_start=be_late,
        reserve=reserve if reserves else None,
        cancel=cancelled.append,
    )
    with pytest.raises(BugError) if why == "a failure" else nullcontext():
        run(clock, pace, job, [1, 2], stop)
    assert cancelled == [2]
    later_ns = [at_ns for at_ns in begun_ns[1:] if at_ns - answered_ns < seconds_to_ns(30)]
    assert (len(begun_ns), later_ns) == (2 if why == "a pause" else 1, [])


def test_calls_that_are_answered_at_once_are_made_in_worker_threads(clock: VirtualClock, pace: Pace) -> None:
    callers: list[int] = []
    dispatchers: set[int] = set()

    def call(item: int) -> int:
        callers.append(threading.get_ident())
        return item

    def on_outcome(*_: int) -> None:
        dispatchers.add(threading.get_ident())

    run(clock, pace, Job(api="a", call=call, on_outcome=on_outcome), range(60))
    assert len(callers) == 60
    assert len(dispatchers) == 1
    assert dispatchers.isdisjoint(callers)
