import dataclasses
import threading
from collections import Counter

import pytest

from dingnb.calls.background import Background
from dingnb.calls.pace import Pace
from dingnb.calls.workers import WORKERS, Again, Crew, Work
from dingnb.clock import VirtualClock, seconds
from dingnb.limits import STANDARD


class BugError(Exception):
    pass


def run(clock: VirtualClock, work: Work[int, int], jobs: range, stop: threading.Event | None = None) -> None:
    crew = Crew(clock, Pace(STANDARD, clock), work)
    stop = stop or clock.event()
    Background(clock, lambda: crew.run(jobs, stop), stop.set).join()


def test_every_job_is_done_once_with_as_many_workers_as_allowed(clock: VirtualClock) -> None:
    done: Counter[int] = Counter()
    busy, most = [], []

    def do(job: int) -> int:
        busy.append(job)
        most.append(len(busy))
        clock.wait(clock.event(), seconds(5))
        busy.remove(job)
        return job

    run(clock, Work(api="a", do=do, on_outcome=lambda job, *_: done.update([job])), range(60))
    assert done == Counter(range(60))
    assert max(most) == WORKERS


def test_a_job_that_is_to_be_done_again_is_done_after_the_pause(clock: VirtualClock) -> None:
    starts: list[int] = []

    def do(_: int) -> int:
        starts.append(clock.monotonic_ns())
        return len(starts)

    run(clock, Work(api="a", do=do, on_outcome=lambda _, n, __: Again(30) if n == 1 else None), range(1))
    assert starts[1] - starts[0] == seconds(30)


@pytest.mark.parametrize("where", ["do", "on_start", "on_outcome"])
def test_an_error_surfaces_after_what_is_under_way_has_come_back(clock: VirtualClock, where: str) -> None:
    begun, ended, told = [], [], []

    def fail_at(place: str, job: int) -> bool:
        if place == where and job == 5:
            raise BugError(place)
        return True

    def do(job: int) -> int:
        begun.append(job)
        fail_at("do", job)
        clock.wait(clock.event(), seconds(2 if job == 5 else 10))
        ended.append(job)
        return job

    def on_outcome(job: int, *_: int) -> None:
        fail_at("on_outcome", job)
        told.append(job)

    with pytest.raises(BugError, match=where):
        run(
            clock,
            Work(api="a", do=do, on_outcome=on_outcome, on_start=lambda job: fail_at("on_start", job)),
            range(1_000),
        )
    assert len(begun) <= 2 * WORKERS
    assert sorted(told) == sorted({*ended} - {5})
    assert set(begun) - {5} == set(told)


def test_stop_ends_a_long_wait_of_the_pace_at_once(clock: VirtualClock) -> None:
    stop = clock.event()
    pace = Pace(STANDARD, clock)
    pace.pause("a", 3_600)
    done: list[int] = []
    crew = Crew(clock, pace, Work(api="a", do=lambda job: job, on_outcome=lambda job, *_: done.append(job)))

    def interrupt() -> None:
        stop.set()
        crew.interrupt()

    with clock.taking_part():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: crew.run(range(3), stop), interrupt)
        clock.advance(seconds(5))
        interrupt()
        work.join()
        assert done == []
        assert clock.monotonic_ns() - began_ns < seconds(10)


def test_two_crews_never_take_one_place(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    starts: list[int] = []
    lock = threading.Lock()

    def do(job: int) -> int:
        with lock:
            starts.append(clock.monotonic_ns())
        return job

    works = []
    for _ in range(3):
        crew = Crew(clock, pace, Work(api="a", do=do, on_outcome=lambda *_: None))
        works.append(Background(clock, lambda crew=crew: crew.run(range(100), clock.event()), lambda: None))
    for work in works:
        work.join()
    starts.sort()
    assert len(starts) == 300
    assert all(later - earlier > seconds(1) for earlier, later in zip(starts, starts[20:], strict=False))


def test_joining_until_a_time_leaves_the_work_going(clock: VirtualClock) -> None:
    with clock.taking_part():
        began_ns = clock.monotonic_ns()
        work = Background(clock, lambda: clock.advance(seconds(60)), lambda: None)
        work.join(until_ns=began_ns + seconds(10))
        assert not work.is_done
        assert clock.monotonic_ns() - began_ns >= seconds(10)
        work.join()
        assert work.is_done


def test_a_place_that_is_taken_is_not_given_again(clock: VirtualClock) -> None:
    pace = Pace(dataclasses.replace(STANDARD, people_per_minute=100), clock)
    # Both ask before one starts, as two campaigns may.
    assert pace.delay_ns("a", 60) == pace.delay_ns("b", 60) == 0
    lease = pace.start("a", 60)
    assert lease is not None
    assert pace.start("b", 60) is None
    pace.finish(lease, counted=False)
    assert pace.start("b", 60) is not None


def test_answers_that_come_at_once_need_no_further_threads(clock: VirtualClock) -> None:
    threads: list[int] = []

    def do(job: int) -> int:
        threads.append(threading.get_ident())
        clock.wait(clock.event(), seconds(0.001 if job < 40 else 1))
        return job

    run(clock, Work(api="a", do=do, on_outcome=lambda *_: None), range(60))
    assert len(set(threads[:40])) <= 2
    assert len(set(threads[20:40])) == 1
    # One slow answer is waited for; from then on calls are made side by side again.
    assert len(set(threads[41:])) == WORKERS
