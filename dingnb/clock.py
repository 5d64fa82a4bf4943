"""
The one source of time.

Pace, tokens, campaigns and the sandbox read a `Clock` and do every blocking wait through it,
so that an hour of sending can be tested in a second, exactly. Times are integer nanoseconds.

`SystemClock` is the real one. `VirtualClock` stands still while any thread that takes part in it
works, and jumps to the next deadline when all of them wait.
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

BEIJING = timezone(timedelta(hours=8))
"""The zone in which DingTalk counts its days, and of all times that it writes; it knows no summer time."""


class Clock(Protocol):
    """What the rest of dingnb knows of time."""

    @property
    def is_real(self) -> bool:
        """Whether it is the computer's own time, in which somebody may look on."""

    def now_ns(self) -> int:
        """Return the wall time: nanoseconds since the epoch, UTC."""

    def monotonic_ns(self) -> int:
        """Return a time in nanoseconds that never steps back; its zero means nothing."""

    def event(self) -> threading.Event:
        """Return an event that `wait` of this clock can wait for."""

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """
        Wait until `event`, made by `Clock.event`, is set, or until `timeout_ns` have passed.

        Returns:
            Whether the event is set.
        """

    def taking_part(self) -> AbstractContextManager[None]:
        """Return a context in which the current thread's work holds a virtual time still."""

    def on_behalf_of_caller(self) -> AbstractContextManager[None]:
        """
        Return a context in which the current thread waits in the place of one that is blocked until it answers.

        A server's thread uses it that lets its caller wait: a caller that takes part counts as waiting, too.
        """

    def passive(self) -> AbstractContextManager[None]:
        """
        Return a context in which the current thread never moves a virtual time, and is never passed over by it.

        A virtual time that moves past the deadline of its wait stops there, and goes on when it waits again.
        """


def seconds(amount: float) -> int:
    """
    Return `amount` seconds in nanoseconds.

    >>> seconds(1.5)
    1500000000
    """
    return round(amount * NS_PER_S)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The computer's own time. All of them are equal, so that what is kept by clock is shared."""

    @property
    def is_real(self) -> bool:
        """It is."""
        return True

    def now_ns(self) -> int:
        """Return the wall time: nanoseconds since the epoch, UTC."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return a time in nanoseconds that never steps back."""
        return time.monotonic_ns()

    def event(self) -> threading.Event:
        """Return an event that `wait` can wait for."""
        return threading.Event()

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """Wait until `event` is set or `timeout_ns` have passed; return whether it is set."""
        return event.wait(None if timeout_ns is None else max(timeout_ns, 0) / NS_PER_S)

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        """Do nothing: real time goes on by itself."""
        yield

    @contextmanager
    def on_behalf_of_caller(self) -> Iterator[None]:
        """Do nothing, likewise."""
        yield

    @contextmanager
    def passive(self) -> Iterator[None]:
        """Do nothing, likewise."""
        yield


class _Sleeper:
    """One thread that waits on a `VirtualClock`."""

    __slots__ = ("awake", "counted", "drives", "event", "follows")

    def __init__(self, event: threading.Event, *, counted: bool, follows: bool, has_deadline: bool) -> None:
        self.event = event
        self.counted = counted
        self.follows = follows
        self.drives = has_deadline and not follows
        self.awake = False


class _VirtualEvent(threading.Event):
    """An event whose setting wakes the sleepers of its clock at once, before time can move."""

    def __init__(self, clock: "VirtualClock") -> None:
        super().__init__()
        self._clock = clock

    def set(self) -> None:
        self._clock._wake(self)  # noqa: SLF001 - the clock's own half of one mechanism


class VirtualClock:
    """
    A time that moves only when everybody waits.

    Threads that matter to the story work inside ``with clock.taking_part():``. As soon as each of
    them waits, time jumps to the earliest deadline. A thread that does not take part may wait too;
    while it works, time does not wait for it. One that is `passive` does its work on the way, at its
    time, and by itself lets none pass.

    Args:
        start_ns: The first instant, nanoseconds since the epoch. The default is
            2026-11-02 09:00 in Beijing, a Monday.
    """

    def __init__(self, start_ns: int = 1_793_581_200 * NS_PER_S) -> None:
        self._condition = threading.Condition()
        self._now_ns = start_ns
        self._wall_offset_ns = 0
        self._working = 0
        self._following = 0
        self._drivers = 0
        self._sleepers: list[tuple[int, int, _Sleeper]] = []
        self._waiting: set[_Sleeper] = set()
        self._order = itertools.count()
        self._here = threading.local()

    @property
    def is_real(self) -> bool:
        """It is not."""
        return False

    def now_ns(self) -> int:
        """Return the virtual wall time: nanoseconds since the epoch, UTC."""
        return self._now_ns + self._wall_offset_ns

    def monotonic_ns(self) -> int:
        """Return the virtual time, unmoved by `set_wall`."""
        return self._now_ns

    def set_wall(self, now_ns: int) -> None:
        """Set the wall clock as a person would; the monotonic time and all waits stay as they are."""
        self._wall_offset_ns = now_ns - self._now_ns

    def advance(self, duration_ns: int) -> None:
        """Let `duration_ns` pass for a thread that does not take part."""
        self.wait(self.event(), duration_ns)

    def event(self) -> threading.Event:
        """Return an event that `wait` can wait for."""
        return _VirtualEvent(self)

    @contextmanager
    def taking_part(self) -> Iterator[None]:
        """Hold time still while the current thread works inside this context."""
        if getattr(self._here, "taking_part", False):
            yield
            return
        with self._condition:
            self._working += 1
        self._here.taking_part = True
        try:
            yield
        finally:
            self._here.taking_part = False
            with self._condition:
                self._working -= 1
                self._advance_if_all_wait()

    @contextmanager
    def on_behalf_of_caller(self) -> Iterator[None]:
        """Let the current thread's waits count as those of one that takes part, if any works that does."""
        with self._condition:
            self._here.taking_part = self._working > self._following
        try:
            yield
        finally:
            self._here.taking_part = False

    @contextmanager
    def passive(self) -> Iterator[None]:
        """Take part, without ever being why time moves."""
        with self.taking_part():
            with self._condition:
                self._following += 1
            self._here.follows = True
            try:
                yield
            finally:
                self._here.follows = False
                with self._condition:
                    self._following -= 1

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        """Wait until `event` is set or `timeout_ns` of virtual time have passed; return whether it is set."""
        with self._condition:
            if event.is_set() or (timeout_ns is not None and timeout_ns <= 0):
                return event.is_set()
            sleeper = _Sleeper(
                event,
                counted=getattr(self._here, "taking_part", False),
                follows=getattr(self._here, "follows", False),
                has_deadline=timeout_ns is not None,
            )
            self._waiting.add(sleeper)
            self._drivers += sleeper.drives
            self._following -= sleeper.follows
            if timeout_ns is not None:
                heapq.heappush(self._sleepers, (self._now_ns + timeout_ns, next(self._order), sleeper))
            if sleeper.counted:
                self._working -= 1
            self._advance_if_all_wait()
            try:
                while not sleeper.awake:
                    self._condition.wait()
            finally:
                self._rouse(sleeper)
            return event.is_set()

    def _wake(self, event: _VirtualEvent) -> None:
        with self._condition:
            threading.Event.set(event)
            for sleeper in [one for one in self._waiting if one.event is event]:
                self._rouse(sleeper)

    def _rouse(self, sleeper: _Sleeper) -> None:
        if sleeper.awake:
            return
        sleeper.awake = True
        self._waiting.discard(sleeper)
        self._drivers -= sleeper.drives
        self._following += sleeper.follows
        if sleeper.counted:
            self._working += 1
        self._condition.notify_all()

    def _advance_if_all_wait(self) -> None:
        while self._working == 0 and self._drivers:
            deadline_ns, _, sleeper = heapq.heappop(self._sleepers)
            if sleeper.awake:
                continue
            self._now_ns = max(self._now_ns, deadline_ns)
            self._rouse(sleeper)
            while self._sleepers and self._sleepers[0][0] <= self._now_ns:
                self._rouse(heapq.heappop(self._sleepers)[2])
