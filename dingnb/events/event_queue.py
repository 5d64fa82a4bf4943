"""Events that no `wait` has returned yet."""

import math
import threading
from collections import deque
from collections.abc import Set as AbstractSet
from numbers import Real

from dingnb.clock import Clock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.words import Text

_POLL_NS = seconds_to_ns(0.2)
"""The longest wait between two checks."""

_GRACE_S = 3.0
"""Real time that a virtual clock waits for incoming events before it advances."""

_MAX_S = 10**9


def parse_timeout(timeout_s: object) -> int:
    """
    Return a timeout in nanoseconds.

    Raises:
        InputError: `timeout_s` is not a number of seconds, 0 or more.
    """
    # numpy's numbers are accepted as well.
    is_number = isinstance(timeout_s, Real) and not isinstance(timeout_s, bool)
    # An integer may be too large for a float.
    duration_s = float(min(timeout_s, _MAX_S)) if is_number else math.nan  # type: ignore[call-overload] # a number
    if duration_s >= 0:
        return seconds_to_ns(duration_s)
    raise InputError(Text("event.bad_timeout", value=timeout_s), Text("event.bad_timeout_todo"))


class EventQueue:
    """
    Hands each event to one wait only.

    Args:
        clock: The source of time.
        max_events: Maximum number of events; beyond this number, the oldest are dropped.
    """

    def __init__(self, clock: Clock, max_events: int) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=max_events)
        self._lock = threading.Lock()
        self._added = clock.event()

    def add(self, event: Event) -> None:
        """Make an event available to waits."""
        with self._lock:
            self._events.append(event)
            self._added.set()

    def remove(self, before_ns: int | None) -> None:
        """Remove events received before a time, or all."""
        with self._lock:
            remaining = [event for event in self._events if before_ns is not None and event.received_ns >= before_ns]
            self._events.clear()
            self._events.extend(remaining)

    def wait_for_next(self, types: AbstractSet[str], timeout_ns: int) -> Event | None:
        """Return the next event of some types, or of any type if `types` is empty; None without an event in time."""
        deadline_ns = self._clock.monotonic_ns() + timeout_ns
        grace_s = 0.0 if self._clock.is_real or timeout_ns == 0 else _GRACE_S
        while True:
            with self._lock:
                next_event = next((event for event in self._events if not types or event.type in types), None)
                if next_event is not None:
                    self._events.remove(next_event)
                    return next_event
                self._added.clear()
            if grace_s and self._added.wait(grace_s):
                continue
            grace_s = 0.0
            remaining_ns = deadline_ns - self._clock.monotonic_ns()
            if remaining_ns <= 0:
                return None
            # Short waits: an interrupt of the cell has to reach this thread on every system.
            self._clock.wait(self._added, min(remaining_ns, _POLL_NS))
