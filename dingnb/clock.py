"""
The source of time.

Code reads a `Clock` and waits on it, so that a test of an hour of sending is exact and takes a second. Connections to
servers and databases age in real time. Times are integer nanoseconds.

`SystemClock` is the computer's time. `VirtualClock` stands still while any participating thread works, and advances to
the next deadline once all of them wait.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

BEIJING = timezone(timedelta(hours=8))
"""
Time zone of all times that DingTalk writes, without daylight saving time. `Limits.day_starts_at_utc_offset_h` says when
DingTalk's days start.
"""

_MAX_ENDED_DEADLINES = 16
"""Maximum number of deadlines of ended waits that are kept, in addition to one for each waiting thread."""


class Clock(Protocol):
    """A source of time."""

    @property
    def is_real(self) -> bool:
        """Whether this is the computer's time, so that waits really take time."""

    def now_ns(self) -> int:
        """Return the wall time: nanoseconds since the epoch, UTC."""

    def monotonic_ns(self) -> int:
        """Return a monotonic time in nanoseconds with an arbitrary origin."""

    def event(self) -> threading.Event:
        """Return a new event for `wait` of this clock."""

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """
        Wait until `event`, created by `Clock.event`, is set or `timeout_ns` have passed.

        Returns:
            Whether the event is set.
        """

    def participating(self) -> AbstractContextManager[None]:
        """Return a context in which the current thread participates: a virtual clock is stopped while it works."""

    def on_behalf_of_caller(self) -> AbstractContextManager[None]:
        """
        Return a context in which the current thread waits on behalf of a caller, which is blocked until the answer.

        For a server thread that delays its answer: a participating caller then counts as waiting, too. Of several
        participating threads that work meanwhile, one is taken for the caller.
        """

    def passive(self) -> AbstractContextManager[None]:
        """
        Return a context in which the current thread participates but its deadlines do not advance a virtual clock.

        If another thread advances a virtual clock past the deadline of this thread's wait, the clock stops there until
        this thread waits again.
        """


def seconds_to_ns(seconds: float) -> int:
    """
    Convert seconds to whole nanoseconds.

    >>> seconds_to_ns(1.5)
    1500000000
    """
    return round(seconds * NS_PER_S)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The computer's time. All instances are equal, so that caches keyed by the clock are shared."""

    @property
    def is_real(self) -> bool:
        """Always True."""
        return True

    def now_ns(self) -> int:
        """Return the wall time: nanoseconds since the epoch, UTC."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return a monotonic time in nanoseconds."""
        return time.monotonic_ns()

    def event(self) -> threading.Event:
        """Return an event for `wait`."""
        return threading.Event()

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """Wait until `event` is set or `timeout_ns` have passed, and return whether it is set."""
        return event.wait(None if timeout_ns is None else max(timeout_ns, 0) / NS_PER_S)

    @contextmanager
    def participating(self) -> Iterator[None]:
        """Do nothing."""
        yield

    @contextmanager
    def on_behalf_of_caller(self) -> Iterator[None]:
        """Do nothing."""
        yield

    @contextmanager
    def passive(self) -> Iterator[None]:
        """Do nothing."""
        yield


class _Waiter:
    """A thread that waits on a `VirtualClock`."""

    __slots__ = ("can_advance", "event", "is_awake", "is_participating", "is_passive")

    def __init__(self, event: threading.Event, *, is_participating: bool, is_passive: bool, has_deadline: bool) -> None:
        self.event = event
        self.is_participating = is_participating
        self.is_passive = is_passive
        self.can_advance = has_deadline and not is_passive
        self.is_awake = False


class _VirtualEvent(threading.Event):
    """An event that, when set, wakes the threads that wait for it before the time can advance."""

    def __init__(self, clock: "VirtualClock") -> None:
        super().__init__()
        self._clock = clock

    def set(self) -> None:
        self._clock._notify(self)  # noqa: SLF001 - the event is part of the clock


class VirtualClock:
    """
    A clock that advances only while all participating threads wait.

    Threads participate by working inside ``with clock.participating():``. Once all of them wait, the time advances to
    the earliest deadline. Other threads may wait on the clock as well, but it does not wait for their work. Threads in
    `passive` work at their deadlines but do not advance the time themselves.

    Args:
        start_ns: The initial time in nanoseconds since the epoch; by default Monday, 2026-11-02 09:00 in Beijing.
    """

    def __init__(self, start_ns: int = 1_793_581_200 * NS_PER_S) -> None:
        self._condition = threading.Condition()
        self._now_ns = start_ns
        self._wall_offset_ns = 0
        self._working_count = 0
        self._passive_count = 0
        self._advancing_count = 0
        self._deadlines: list[tuple[int, int, _Waiter]] = []
        self._waiting: set[_Waiter] = set()
        self._order = itertools.count()
        self._thread = threading.local()

    @property
    def is_real(self) -> bool:
        """Always False."""
        return False

    def now_ns(self) -> int:
        """Return the virtual wall time: nanoseconds since the epoch, UTC."""
        return self._now_ns + self._wall_offset_ns

    def monotonic_ns(self) -> int:
        """Return the virtual time, which `set_wall` does not change."""
        return self._now_ns

    def set_wall(self, now_ns: int) -> None:
        """Set the wall time. The monotonic time and all waits are unchanged."""
        self._wall_offset_ns = now_ns - self._now_ns

    def advance(self, duration_ns: int) -> None:
        """Wait for `duration_ns`; to be called from a thread that does not participate."""
        self.wait(self.event(), duration_ns)

    def event(self) -> threading.Event:
        """Return an event for `wait`."""
        return _VirtualEvent(self)

    @contextmanager
    def participating(self) -> Iterator[None]:
        """Stop the time while the current thread works inside this context."""
        if getattr(self._thread, "is_participating", False):
            yield
            return
        with self._condition:
            self._working_count += 1
        self._thread.is_participating = True
        try:
            yield
        finally:
            self._thread.is_participating = False
            with self._condition:
                self._working_count -= 1
                self._advance_if_all_wait()

    @contextmanager
    def on_behalf_of_caller(self) -> Iterator[None]:
        """Count the current thread's waits as the waits of a participating thread, if one is working."""
        was_participating = getattr(self._thread, "is_participating", False)
        with self._condition:
            self._thread.is_participating = self._working_count > self._passive_count
        try:
            yield
        finally:
            self._thread.is_participating = was_participating

    @contextmanager
    def passive(self) -> Iterator[None]:
        """Participate without advancing the time."""
        if getattr(self._thread, "is_passive", False):
            yield
            return
        with self.participating():
            with self._condition:
                self._passive_count += 1
            self._thread.is_passive = True
            try:
                yield
            finally:
                self._thread.is_passive = False
                with self._condition:
                    self._passive_count -= 1

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """Wait until `event` is set or `timeout_ns` of virtual time have passed, and return whether it is set."""
        with self._condition:
            if event.is_set() or (timeout_ns is not None and timeout_ns <= 0):
                return event.is_set()
            waiter = _Waiter(
                event,
                is_participating=getattr(self._thread, "is_participating", False),
                is_passive=getattr(self._thread, "is_passive", False),
                has_deadline=timeout_ns is not None,
            )
            self._waiting.add(waiter)
            self._advancing_count += waiter.can_advance
            self._passive_count -= waiter.is_passive
            if timeout_ns is not None:
                self._add_deadline(self._now_ns + timeout_ns, waiter)
            if waiter.is_participating:
                self._working_count -= 1
            self._advance_if_all_wait()
            try:
                while not waiter.is_awake:
                    self._condition.wait()
            finally:
                self._wake_waiter(waiter)
            return event.is_set()

    def _add_deadline(self, deadline_ns: int, waiter: _Waiter) -> None:
        # The deadline of a waiter that was woken by an event is kept until it is reached, or there are too many.
        if len(self._deadlines) > 2 * len(self._waiting) + _MAX_ENDED_DEADLINES:
            self._deadlines = [entry for entry in self._deadlines if not entry[2].is_awake]
            heapq.heapify(self._deadlines)
        heapq.heappush(self._deadlines, (deadline_ns, next(self._order), waiter))

    def _notify(self, event: _VirtualEvent) -> None:
        with self._condition:
            threading.Event.set(event)
            for waiter in [candidate for candidate in self._waiting if candidate.event is event]:
                self._wake_waiter(waiter)

    def _wake_waiter(self, waiter: _Waiter) -> None:
        if waiter.is_awake:
            return
        waiter.is_awake = True
        self._waiting.discard(waiter)
        self._advancing_count -= waiter.can_advance
        self._passive_count += waiter.is_passive
        if waiter.is_participating:
            self._working_count += 1
        self._condition.notify_all()

    def _advance_if_all_wait(self) -> None:
        while self._working_count == 0 and self._advancing_count:
            deadline_ns, _, waiter = heapq.heappop(self._deadlines)
            if waiter.is_awake:
                continue
            self._now_ns = max(self._now_ns, deadline_ns)
            self._wake_waiter(waiter)
            while self._deadlines and self._deadlines[0][0] <= self._now_ns:
                self._wake_waiter(heapq.heappop(self._deadlines)[2])
