"""
Worker threads that make paced calls.

The dispatching thread, which calls `WorkerPool.run`, starts each call when the pace allows it. The worker threads
only make the calls; everything before and after a call happens in the dispatching thread.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Literal, TypeVar

from dingnb.calls.pace import Lease, Pace, Reason
from dingnb.clock import Clock, seconds

MAX_WORKERS = 16

_PEOPLE_CHECK_NS = seconds(1)
"""Interval between checks of the people a minute while calls of another pool use them up."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Returned by `Job.on_outcome` to have the item called again, after a pause of the API in seconds."""

    pause_s: float
    reason: Reason = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Item, Outcome]):
    """
    The functions that a pool calls for each item. All but `call` run in the dispatching thread.

    Attributes:
        api: The API that is called, or returns that of an item.
        call: Makes the call for an item, in a worker thread.
        on_outcome: Handles the return value of `call` for an item, with the monotonic time at which the call started.
            Returns `RetryLater` to have the item called again.
        on_start: Records an item before its call is made. Returns False to skip the item.
        people: The number of people an item sends to.
        counted: Whether DingTalk counts the people of a call with this outcome against the minute.
        on_wait: Called before each wait with its length in nanoseconds and its reason.
        one_at_a_time: Whether the next call has to wait until no other call is under way.
    """

    api: str | Callable[[Item], str]
    call: Callable[[Item], Outcome]
    on_outcome: Callable[[Item, Outcome, int], RetryLater | None]
    on_start: Callable[[Item], bool] = lambda _: True
    people: Callable[[Item], int] = lambda _: 0
    counted: Callable[[Outcome], bool] = lambda _: True
    on_wait: Callable[[int | None, Literal["people"] | Reason], None] = lambda *_: None
    one_at_a_time: Callable[[], bool] = lambda: False

    def api_of(self, item: Item) -> str:
        """Return the API that is called for an item."""
        return self.api if isinstance(self.api, str) else self.api(item)


class _Worker(Generic[Item, Outcome]):
    """One thread and its current call."""

    def __init__(
        self,
        clock: Clock,
        call: Callable[[Item], Outcome],
        on_done: Callable[["_Worker[Item, Outcome]"], None],
    ) -> None:
        self.item: Item | None = None
        self.lease: Lease | None = None
        self.outcome: Outcome | None = None
        self.failure: Exception | None = None
        self._clock = clock
        self._call = call
        self._on_done = on_done
        self._wake = clock.event()
        self._is_closed = False
        is_ready = threading.Event()
        threading.Thread(target=self._run, args=(is_ready,), name="dingnb call", daemon=True).start()
        # Virtual time must not advance before the thread takes part in the clock.
        is_ready.wait()

    def start(self, item: Item, lease: Lease) -> None:
        """Make the call for an item."""
        self.item, self.lease, self.outcome, self.failure = item, lease, None, None
        self._wake.set()

    def close(self) -> None:
        """End the thread, which must be idle."""
        self._is_closed = True
        self._wake.set()

    def _run(self, is_ready: threading.Event) -> None:
        with self._clock.taking_part():
            is_ready.set()
            while True:
                self._clock.wait(self._wake)
                self._wake.clear()
                if self._is_closed or self.item is None:
                    return
                try:
                    self.outcome = self._call(self.item)
                except Exception as error:  # noqa: BLE001 - raised again in the dispatching thread
                    self.failure = error
                self._on_done(self)


class WorkerPool(Generic[Item, Outcome]):
    """
    Makes the calls for many items with a limited number of threads.

    Args:
        clock: The source of time.
        pace: Decides when calls may start.
        job: The functions for each item.
        max_workers: The maximum number of concurrent calls.
    """

    def __init__(self, clock: Clock, pace: Pace, job: Job[Item, Outcome], *, max_workers: int = MAX_WORKERS) -> None:
        self._clock = clock
        self._pace = pace
        self._job = job
        self._most_workers = max_workers
        self._changed = clock.event()
        self._workers: list[_Worker[Item, Outcome]] = []
        self._free: list[_Worker[Item, Outcome]] = []
        self._done: deque[_Worker[Item, Outcome]] = deque()
        self._failures: list[Exception] = []

    def run(self, items: Iterable[Item], stop: threading.Event) -> None:
        """
        Make the calls for all items until they are done or `stop` is set. Calls under way are always awaited.

        After each outcome, items that had come to their end are asked again: `on_outcome` may have added some.

        To stop, set `stop` and then call `interrupt`.

        Raises:
            Exception: Raised by `call`, `on_start` or `on_outcome`; no further call was started.
        """
        with self._clock.taking_part():
            try:
                self._run(_Queue(items), stop)
            finally:
                for worker in self._workers:
                    worker.close()
        if self._failures:
            raise self._failures[0]

    def interrupt(self) -> None:
        """Wake the dispatching thread, so that it notices a change."""
        self._changed.set()

    def _run(self, queue: "_Queue[Item]", stop: threading.Event) -> None:
        while True:
            self._changed.clear()
            while self._done:
                worker = self._done.popleft()
                self._free.append(worker)
                self._handle(worker, queue)
            item = None if self._failures or stop.is_set() else self._next(queue)
            under_way = len(self._workers) - len(self._free)
            if item is None and not under_way:
                return
            if item is None or under_way == self._most_workers or (under_way and self._job.one_at_a_time()):
                self._clock.wait(self._changed)
                continue
            delay_ns = self._delay_ns(item)
            if delay_ns:
                self._clock.wait(self._changed, delay_ns)
            else:
                self._start(item, queue)

    def _next(self, queue: "_Queue[Item]") -> Item | None:
        try:
            return queue.first()
        except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
            self._failures.append(error)
            return None

    def _delay_ns(self, item: Item) -> int:
        """Return the wait before the next call, and report it."""
        people = self._job.people(item)
        delay_ns = self._pace.delay_ns(self._job.api_of(item), people)
        if delay_ns != 0:
            self._job.on_wait(delay_ns, self._pace.waits_for(self._job.api_of(item), people))
        return _PEOPLE_CHECK_NS if delay_ns is None else delay_ns

    def _start(self, item: Item, queue: "_Queue[Item]") -> None:
        lease = self._pace.start(self._job.api_of(item), self._job.people(item))
        if lease is None:
            return
        try:
            may_leave = self._job.on_start(item)
        except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
            self._failures.append(error)
            may_leave = False
        queue.remove_first()
        if not may_leave:
            self._pace.cancel(lease)
            return
        if not self._free:
            worker = _Worker(self._clock, self._job.call, self._on_done)
            self._workers.append(worker)
            self._free.append(worker)
        self._free.pop().start(item, lease)

    def _on_done(self, worker: _Worker[Item, Outcome]) -> None:
        self._done.append(worker)
        self._changed.set()

    def _handle(self, worker: _Worker[Item, Outcome], queue: "_Queue[Item]") -> None:
        """Handle the outcome of a worker's call."""
        if worker.item is None or worker.lease is None:
            return
        if worker.failure is not None or worker.outcome is None:
            self._failures += [worker.failure] if worker.failure is not None else []
            self._pace.finish(worker.lease)
            return
        self._pace.finish(worker.lease, counted=self._job.counted(worker.outcome))
        try:
            retry = self._job.on_outcome(worker.item, worker.outcome, worker.lease.started_ns)
        except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
            self._failures.append(error)
            return
        if retry is not None:
            self._pace.pause(self._job.api_of(worker.item), retry.pause_s, retry.reason)
            queue.put_first(worker.item)


class _Queue(Generic[Item]):
    """A queue of items that reads only one item ahead."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._ahead: deque[Item] = deque()
        self._rest = iter(items)

    def first(self) -> Item | None:
        """Return the next item; None if there is none."""
        if not self._ahead:
            self._ahead.extend(islice(self._rest, 1))
        return self._ahead[0] if self._ahead else None

    def remove_first(self) -> None:
        """Remove the item that `first` returned."""
        self._ahead.popleft()

    def put_first(self, item: Item) -> None:
        """Put an item at the front."""
        self._ahead.appendleft(item)
