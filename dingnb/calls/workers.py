"""
Worker threads that make paced calls.

The dispatching thread, which calls `WorkerPool.run`, reserves the start of each call. A worker thread waits for that
start and makes the call, unless the call would be too late, or a stop, a failure or a pause has come first. Everything
else happens in the dispatching thread.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from dingnb.calls.pace import CallWaitReason, Pace, PauseReason, Reservations, Start, Wait
from dingnb.clock import Clock

MAX_WORKERS = 16
"""Maximum number of concurrent calls of one pool."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class RetryLater:
    """
    Returned by `Job.on_outcome` to repeat the call for the item.

    Attributes:
        pause_s: How long all calls of the API pause, in seconds; with the reason ``ban``, the calls of all APIs.
        reason: The reason for the pause.
    """

    pause_s: float
    reason: PauseReason = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Item, Outcome]):
    """
    The functions that a pool calls for each item. All but `call` run in the dispatching thread.

    Attributes:
        api: The API that is called, or a function that returns the API for an item.
        call: Makes the call for an item, in a worker thread.
        on_outcome: Handles the return value of `call` for an item, with the monotonic time at which the call started.
            Returns `RetryLater` to repeat the call.
        on_start: Called before the call for an item is assigned to a thread, if there is no `reserve`. Returns False
            to skip the item.
        reserve: Records an item before its call, and returns the reserved start; `Wait` to be asked again later, or
            None to skip the item. By default, nothing is recorded, and a start is reserved in the ledger.
        postpone: Returns another start for an item whose call missed its start; None to skip the item. By default,
            another start is reserved in the ledger.
        cancel: Undoes `reserve` or `on_start`, because a pause, a stop or a failure came before the start of the call.
        on_wait: Called before a wait for a pause, or after `reserve` has returned `Wait`, with the length of the wait
            in nanoseconds (None if unknown) and its reason.
        one_at_a_time: Returns whether the next call has to wait until no other call is under way.
    """

    api: str | Callable[[Item], str]
    call: Callable[[Item], Outcome]
    on_outcome: Callable[[Item, Outcome, int], RetryLater | None]
    on_start: Callable[[Item], bool] = lambda _: True
    reserve: Callable[[Item], Start | Wait | None] | None = None
    postpone: Callable[[Item], Start | None] | None = None
    cancel: Callable[[Item], None] = lambda _: None
    on_wait: Callable[[int | None, CallWaitReason], None] = lambda *_: None
    one_at_a_time: Callable[[], bool] = lambda: False

    def api_of(self, item: Item) -> str:
        """Return the API that is called for an item."""
        return self.api if isinstance(self.api, str) else self.api(item)


@dataclass(frozen=True, slots=True)
class _Returned(Generic[Outcome]):
    """What a call returned."""

    outcome: Outcome


@dataclass(slots=True)
class _Call(Generic[Item, Outcome]):
    """A call that a worker makes, and what it returned or raised; None if the call was not made."""

    item: Item
    start: Start
    result: _Returned[Outcome] | Exception | None = None


class _Worker(Generic[Item, Outcome]):
    """One thread, which makes one call at a time."""

    def __init__(
        self,
        clock: Clock,
        call: Callable[[Item], Outcome],
        may_call: Callable[[Start], bool],
        on_done: Callable[["_Worker[Item, Outcome]", _Call[Item, Outcome]], None],
    ) -> None:
        self._assigned: _Call[Item, Outcome] | None = None
        self._clock = clock
        self._call = call
        self._may_call = may_call
        self._on_done = on_done
        self._wake = clock.event()
        self._never_set = clock.event()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), name="dingnb call", daemon=True).start()
        # Virtual time must not advance before the thread takes part in the clock.
        ready.wait()

    def assign(self, item: Item, start: Start) -> None:
        """Have the thread make the call for an item at its start; return at once."""
        self._assigned = _Call(item, start)
        self._wake.set()

    def close(self) -> None:
        """End the thread, which must be idle."""
        self._assigned = None
        self._wake.set()

    def _run(self, ready: threading.Event) -> None:
        with self._clock.participating():
            ready.set()
            while True:
                self._clock.wait(self._wake)
                self._wake.clear()
                call = self._assigned
                if call is None:
                    return
                self._make(call)
                self._on_done(self, call)

    def _make(self, call: _Call[Item, Outcome]) -> None:
        """Wait for the start of a call and make it, unless it must not be made any more."""
        start = call.start
        wait_ns = start.due_ns - self._clock.monotonic_ns()
        if wait_ns > 0:
            self._clock.wait(self._never_set, wait_ns)
        # Nothing comes between this check and the call.
        if not self._may_call(start):
            return
        start.called_ns = self._clock.monotonic_ns()
        try:
            call.result = _Returned(self._call(call.item))
        except Exception as error:  # noqa: BLE001 - raised again in the dispatching thread
            call.result = error
        except BaseException as error:  # noqa: BLE001 - such as SystemExit, which would end only this thread
            call.result = RuntimeError(f"A call ended with {error!r}")
            call.result.__cause__ = error


class WorkerPool(Generic[Item, Outcome]):
    """
    Makes the calls for many items with a limited number of threads. A pool can run again after a run has ended.

    Args:
        clock: The source of time.
        pace: Decides when calls may start.
        job: The functions for each item.
    """

    def __init__(self, clock: Clock, pace: Pace, job: Job[Item, Outcome]) -> None:
        self._clock = clock
        self._pace = pace
        self._job = job
        self._changed = clock.event()
        self._workers: list[_Worker[Item, Outcome]] = []
        self._free: list[_Worker[Item, Outcome]] = []
        self._finished: deque[tuple[_Worker[Item, Outcome], _Call[Item, Outcome]]] = deque()
        self._failures: list[Exception] = []
        self._not_before_ns: dict[str, int] = {}
        self._reserved: dict[str, Start] = {}
        self._retry_at_ns = 0
        self._stop = clock.event()

    def run(self, items: Iterable[Item], stop: threading.Event) -> None:
        """
        Make the calls for all items until they are done or `stop` is set. Calls under way are always awaited.

        After a stop or a failure, no call is started, even if its start is reserved.

        After each outcome, an exhausted iterator is asked again: `on_outcome` may have added items.

        To stop, set `stop` and then call `interrupt`.

        Args:
            items: The items, which are read one ahead of the calls.
            stop: An event of the clock.

        Raises:
            Exception: Raised by the iterator or a function of the job; no further call was started.
        """
        self._stop = stop
        with self._clock.participating():
            try:
                with self._pace.open_reservations() as reservations:
                    self._run(_Queue(items), reservations)
            finally:
                for worker in self._workers:
                    worker.close()
                self._workers, self._free = [], []
        if self._failures:
            failure, self._failures = self._failures[0], []
            raise failure

    def interrupt(self) -> None:
        """Wake the dispatching thread, so that it notices a change."""
        self._changed.set()

    def _run(self, queue: "_Queue[Item]", reservations: Reservations) -> None:
        while True:
            self._changed.clear()
            while self._finished:
                self._handle_result(*self._finished.popleft(), queue, reservations)
            try:
                if not self._dispatch(queue, reservations):
                    return
            except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
                self._failures.append(error)

    def _dispatch(self, queue: "_Queue[Item]", reservations: Reservations) -> bool:
        """Start the next call, or wait for a change; return False when all calls have ended and none follows."""
        has_next = not self._failures and not self._stop.is_set() and queue.has_next()
        calls_under_way = len(self._workers) - len(self._free)
        if not has_next and not calls_under_way:
            return False
        if not has_next or calls_under_way == MAX_WORKERS or (calls_under_way and self._job.one_at_a_time()):
            self._clock.wait(self._changed)
            return True
        item = queue.first()
        wait_ns = self._reserve_and_wait_ns(item, reservations)
        if wait_ns:
            self._clock.wait(self._changed, wait_ns)
            # The outcome of a call may have made room.
            self._retry_at_ns = 0
        else:
            self._start(item, queue)
        return True

    def _reserve_and_wait_ns(self, item: Item, reservations: Reservations) -> int:
        """
        Return the wait before the next call, and report a pause.

        If the job reserves no starts, one is reserved in the ledger.
        """
        api = self._job.api_of(item)
        pause_ns = self._pace.pause_ns(api)
        if pause_ns:
            self._job.on_wait(pause_ns, self._pace.pause_reason(api))
            return pause_ns
        now_ns = self._clock.monotonic_ns()
        if self._job.reserve is not None:
            # Only one start is reserved ahead: the process may die, or be stopped, before it makes the call.
            return max(self._not_before_ns.get(api, now_ns) - now_ns, self._retry_at_ns - now_ns, 0)
        start = self._reserved.get(api)
        if start is None or not self._pace.is_in_time(start):
            start = self._reserved[api] = reservations.reserve(api)
        return max(start.due_ns - self._clock.monotonic_ns(), 0)

    def _start(self, item: Item, queue: "_Queue[Item]") -> None:
        """Reserve the start of the call for the first item of a queue, and assign the call to a worker."""
        if not self._free:
            # Before the call is recorded, since the system may have no thread left.
            worker = _Worker(self._clock, self._job.call, self._may_call, self._on_done)
            self._workers.append(worker)
            self._free.append(worker)
        start: Start | Wait | None = None
        if self._job.reserve is not None:
            start = self._job.reserve(item)
        elif self._job.on_start(item):
            start = self._reserved.pop(self._job.api_of(item))
        if isinstance(start, Wait):
            self._retry_at_ns = self._clock.monotonic_ns() + start.retry_after_ns
            self._job.on_wait(start.wait_ns, start.reason)
            return
        queue.remove_first()
        if start is None:
            return
        self._launch(self._free.pop(), item, start)

    def _launch(self, worker: _Worker[Item, Outcome], item: Item, start: Start) -> None:
        self._not_before_ns[start.request.api] = start.due_ns
        worker.assign(item, start)

    def _may_call(self, start: Start) -> bool:
        return not self._is_halted(start) and self._pace.is_in_time(start)

    def _is_halted(self, start: Start) -> bool:
        """Return whether a stop, a failure or a pause since a call's reservation forbids the call."""
        return self._stop.is_set() or bool(self._failures) or self._pace.pause_ns(start.request.api) > 0

    def _on_done(self, worker: _Worker[Item, Outcome], call: _Call[Item, Outcome]) -> None:
        self._finished.append((worker, call))
        self._changed.set()

    def _handle_result(
        self,
        worker: _Worker[Item, Outcome],
        call: _Call[Item, Outcome],
        queue: "_Queue[Item]",
        reservations: Reservations,
    ) -> None:
        """Pass the result of a call to the job, and free the worker; reschedule a call that was not made."""
        if call.result is None:
            self._reschedule(worker, call, queue, reservations)
            return
        self._free.append(worker)
        self._pace.record_answer(call.start)
        if isinstance(call.result, Exception):
            self._failures.append(call.result)
            return
        if self._job.reserve is None:
            reservations.record_answer(call.start)
        try:
            retry = self._job.on_outcome(call.item, call.result.outcome, call.start.called_ns)
        except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
            self._failures.append(error)
            return
        if retry is not None:
            self._pace.pause(self._job.api_of(call.item), retry.pause_s, retry.reason)
            queue.put_first(call.item)

    def _reschedule(
        self,
        worker: _Worker[Item, Outcome],
        call: _Call[Item, Outcome],
        queue: "_Queue[Item]",
        reservations: Reservations,
    ) -> None:
        """Give another start to a call that was not made, or put its item back."""
        new_start: Start | None = None
        try:
            if self._is_halted(call.start):
                self._job.cancel(call.item)
                queue.put_first(call.item)
            elif self._job.postpone is not None:
                new_start = self._job.postpone(call.item)
            else:
                new_start = reservations.reserve(call.start.request.api)
        except Exception as error:  # noqa: BLE001 - raised again when the calls under way have ended
            self._failures.append(error)
        if new_start is None:
            self._free.append(worker)
        else:
            self._launch(worker, call.item, new_start)


class _Queue(Generic[Item]):
    """A queue of items that reads only one item ahead."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._ahead: deque[Item] = deque()
        self._remaining = iter(items)

    def has_next(self) -> bool:
        """Return whether there is another item."""
        if not self._ahead:
            self._ahead.extend(islice(self._remaining, 1))
        return bool(self._ahead)

    def first(self) -> Item:
        """Return the next item, after `has_next` has returned True."""
        return self._ahead[0]

    def remove_first(self) -> None:
        """Remove the item that `first` returned."""
        self._ahead.popleft()

    def put_first(self, item: Item) -> None:
        """Put an item at the front."""
        self._ahead.appendleft(item)
