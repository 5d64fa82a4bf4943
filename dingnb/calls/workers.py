"""
Worker threads that make paced calls.

One thread hands jobs out as the pace allows; the workers do nothing but call. What a job comes to is
told to the thread that hands out, so that all bookkeeping is done in one place.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Literal, TypeVar

from dingnb.calls.pace import Lease, Pace, Reason
from dingnb.clock import Clock, seconds

WORKERS = 16

_LOOK_AGAIN_NS = seconds(1)
"""People of another campaign's calls come back without news for this one."""

_APART_NS = seconds(0.005)
"""
So long a call waits for the one before it to come back. Where answers come at once, threads that work at the
same time only get in each other's way; and no limit of DingTalk's allows calls that close.
"""

_QUICK_IN_A_ROW = 16
"""After so many answers within `_APART_NS`, calls are made one by one in the thread that hands out: half the CPU."""

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Again:
    """What `on_outcome` answers when a job has to be done again, after a pause of its API, and why."""

    pause_s: float
    reason: Reason = "pause"


class _Worker(Generic[Job, Outcome]):
    """One thread and the job in its hands."""

    def __init__(
        self, clock: Clock, do: Callable[[Job], Outcome], done: Callable[["_Worker[Job, Outcome]"], None]
    ) -> None:
        self.job: Job | None = None
        self.lease: Lease | None = None
        self.outcome: Outcome | None = None
        self.failure: Exception | None = None
        self._clock = clock
        self._do = do
        self._done = done
        self._called = clock.event()
        self._dismissed = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dingnb call", daemon=True)

    def start(self) -> None:
        self._thread.start()
        # Until it takes part in the clock, a virtual time would run past it.
        self._ready.wait()

    def give(self, job: Job, lease: Lease) -> None:
        self.job, self.lease, self.outcome, self.failure = job, lease, None, None
        self._called.set()

    def do_here(self, job: Job, lease: Lease) -> None:
        """Make the call in the caller's thread."""
        self.job, self.lease, self.outcome, self.failure = job, lease, None, None
        self._try()
        self._done(self)

    def dismiss(self) -> None:
        self._dismissed = True
        self._called.set()

    def _run(self) -> None:
        with self._clock.taking_part():
            self._ready.set()
            while True:
                self._clock.wait(self._called)
                self._called.clear()
                if self._dismissed:
                    return
                self._try()
                self._done(self)

    def _try(self) -> None:
        if self.job is None:
            return
        try:
            self.outcome = self._do(self.job)
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that hands out
            self.failure = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Job, Outcome]):
    """
    What a crew does with each job.

    Attributes:
        api: The API that all jobs call.
        do: Makes one call, in a worker thread.
        on_outcome: Takes note of what a job came to, and of the monotonic time at which its call started, in the
            thread that hands out. It returns None, or `Again`.
        on_start: Takes note of a job before its call leaves, in the thread that hands out; it returns whether the
            call may leave, else the job is passed over.
        people: How many people a job sends to.
        counted: Whether DingTalk counts the people of a job with this outcome against the minute.
        on_wait: Called before a wait with its length in nanoseconds and its reason.
        one_at_a_time: Whether the next call has to wait until no other one is under way.
    """

    api: str
    do: Callable[[Job], Outcome]
    on_outcome: Callable[[Job, Outcome, int], Again | None]
    on_start: Callable[[Job], bool] = lambda _: True
    people: Callable[[Job], int] = lambda _: 0
    counted: Callable[[Outcome], bool] = lambda _: True
    on_wait: Callable[[int | None, Literal["people"] | Reason], None] = lambda *_: None
    one_at_a_time: Callable[[], bool] = lambda: False


class Crew(Generic[Job, Outcome]):
    """
    Makes the calls for many jobs.

    Args:
        clock: The source of time.
        pace: When calls may start.
        work: What is done with each job.
        workers: How many calls may be under way at once.
    """

    def __init__(self, clock: Clock, pace: Pace, work: Work[Job, Outcome], *, workers: int = WORKERS) -> None:
        self._clock = clock
        self._pace = pace
        self._work = work
        self._most_workers = workers
        self._news = clock.event()
        self._finished: deque[_Worker[Job, Outcome]] = deque()
        self._failures: list[Exception] = []
        self._last_start_ns = -_APART_NS
        self._hired = 0
        self._quick_in_a_row = 0

    def run(self, jobs: Iterable[Job], stop: threading.Event) -> None:
        """
        Do all jobs, until they are done or `stop` is set; what is under way is always waited for.

        Whoever sets `stop` calls `interrupt` after it.

        Raises:
            Exception: What `do`, `on_start` or `on_outcome` raised; no further job was started then.
        """
        with self._clock.taking_part():
            self._run(_Queue(jobs), stop)

    def _run(self, waiting: "_Queue[Job]", stop: threading.Event) -> None:
        everybody: list[_Worker[Job, Outcome]] = []
        idle: list[_Worker[Job, Outcome]] = []
        try:
            while True:
                self._news.clear()
                while self._finished:
                    idle.append(self._finished.popleft())
                    self._take(idle[-1], waiting)
                job = None if self._failures or stop.is_set() else self._next(waiting)
                if job is None and len(idle) == len(everybody):
                    break
                if job is None or self._has_to_wait(len(everybody) - len(idle)):
                    self._clock.wait(self._news)
                    continue
                delay_ns = self._delay_ns(job)
                if delay_ns:
                    self._clock.wait(self._news, delay_ns)
                    continue
                too_soon_ns = self._last_start_ns + _APART_NS - self._clock.monotonic_ns()
                if too_soon_ns > 0 and len(idle) < len(everybody):
                    self._clock.wait(self._news, too_soon_ns)
                    continue
                if not idle:
                    everybody.append(self._hire())
                    idle.append(everybody[-1])
                self._hand_out(job, waiting, idle)
        finally:
            for worker in everybody:
                worker.dismiss()
        if self._failures:
            raise self._failures[0]

    def _has_to_wait(self, under_way: int) -> bool:
        """Return whether a call has to come back before the next one may start."""
        return under_way == self._most_workers or (under_way > 0 and self._work.one_at_a_time())

    def _next(self, waiting: "_Queue[Job]") -> Job | None:
        try:
            return waiting.first()
        except Exception as error:  # noqa: BLE001 - it is raised again when what is under way has come back
            self._failures.append(error)
            return None

    def _delay_ns(self, job: Job) -> int:
        """Return how long the next call has to wait, and tell it."""
        people = self._work.people(job)
        delay_ns = self._pace.delay_ns(self._work.api, people)
        if delay_ns != 0:
            self._work.on_wait(delay_ns, self._pace.waits_for(self._work.api, people))
        return _LOOK_AGAIN_NS if delay_ns is None else delay_ns

    def _hand_out(self, job: Job, waiting: "_Queue[Job]", idle: list[_Worker[Job, Outcome]]) -> None:
        lease = self._pace.start(self._work.api, self._work.people(job))
        if lease is None:
            return
        try:
            may_leave = self._work.on_start(job)
        except Exception as error:  # noqa: BLE001 - it is raised again when what is under way has come back
            self._failures.append(error)
            may_leave = False
        waiting.remove_first()
        if not may_leave:
            self._pace.cancel(lease)
            return
        self._last_start_ns = self._clock.monotonic_ns()
        worker = idle.pop()
        if self._quick_in_a_row < _QUICK_IN_A_ROW or len(idle) + 1 < self._hired:
            worker.give(job, lease)
        else:
            worker.do_here(job, lease)

    def interrupt(self) -> None:
        """Wake the thread that hands out, so that it sees what has changed."""
        self._news.set()

    def _hire(self) -> _Worker[Job, Outcome]:
        worker = _Worker(self._clock, self._work.do, self._done)
        worker.start()
        self._hired += 1
        return worker

    def _done(self, worker: _Worker[Job, Outcome]) -> None:
        self._finished.append(worker)
        self._news.set()

    def _take(self, worker: _Worker[Job, Outcome], waiting: "_Queue[Job]") -> None:
        if worker.job is None or worker.lease is None:
            return
        is_quick = self._clock.monotonic_ns() - worker.lease.started_ns < _APART_NS
        self._quick_in_a_row = self._quick_in_a_row + 1 if is_quick else 0
        if worker.failure is not None or worker.outcome is None:
            self._failures += [worker.failure] if worker.failure is not None else []
            self._pace.finish(worker.lease)
            return
        self._pace.finish(worker.lease, counted=self._work.counted(worker.outcome))
        try:
            again = self._work.on_outcome(worker.job, worker.outcome, worker.lease.started_ns)
        except Exception as error:  # noqa: BLE001 - it is raised again when what is under way has come back
            self._failures.append(error)
            return
        if again is not None:
            self._pace.pause(self._work.api, again.pause_s, again.reason)
            waiting.put_first(worker.job)


class _Queue(Generic[Job]):
    """Jobs, of which no more are read ahead than the next one."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._ahead: deque[Job] = deque()
        self._rest = iter(jobs)

    def first(self) -> Job | None:
        """Return the next job; None where there is none."""
        if not self._ahead:
            self._ahead.extend(islice(self._rest, 1))
        return self._ahead[0] if self._ahead else None

    def remove_first(self) -> None:
        """Take away what `first` returned."""
        self._ahead.popleft()

    def put_first(self, job: Job) -> None:
        """Let a job be the next one."""
        self._ahead.appendleft(job)
