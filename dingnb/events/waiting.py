"""Events that no `wait` has returned yet."""

import threading
from collections import deque
from collections.abc import Set as AbstractSet
from numbers import Real

from dingnb.clock import Clock, seconds
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.words import Text

_LOOK_NS = seconds(0.2)
_COMES_WITHIN_S = 3.0
"""Real time that a virtual clock waits for incoming events before it advances."""
_LONGEST_S = 10**9


def read_timeout(timeout_s: object) -> int:
    """
    Return a timeout in nanoseconds.

    Raises:
        InputError: It is not a number of seconds.
    """
    # numpy's numbers are accepted as well.
    is_number = isinstance(timeout_s, Real) and not isinstance(timeout_s, bool)
    if is_number and (given_s := float(timeout_s)) >= 0:  # type: ignore[arg-type] # a number
        return seconds(min(given_s, _LONGEST_S))
    raise InputError(Text("event.bad_timeout", value=timeout_s), Text("event.bad_timeout_todo"))


class Waiting:
    """
    Returns each event from one wait only.

    Args:
        clock: The source of time.
        most: Maximum number of events; beyond it the oldest are dropped.
    """

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=most)
        self._lock = threading.Lock()
        self._news = clock.event()

    def add(self, event: Event) -> None:
        """Make an event available to waits."""
        with self._lock:
            self._events.append(event)
            self._news.set()

    def forget(self, before_ns: int | None) -> None:
        """Remove events received before a time, or all."""
        with self._lock:
            left = [one for one in self._events if before_ns is not None and one.received_ns >= before_ns]
            self._events.clear()
            self._events.extend(left)

    def next(self, types: AbstractSet[str], timeout_ns: int) -> Event | None:
        """Return the next event of some types, or of any if none are given; None if none arrives in time."""
        until_ns = self._clock.monotonic_ns() + timeout_ns
        patience_s = 0.0 if self._clock.is_real or timeout_ns == 0 else _COMES_WITHIN_S
        while True:
            with self._lock:
                found = next((one for one in self._events if not types or one.type in types), None)
                if found is not None:
                    self._events.remove(found)
                    return found
                self._news.clear()
            if patience_s and self._news.wait(patience_s):
                continue
            patience_s = 0.0
            left_ns = until_ns - self._clock.monotonic_ns()
            if left_ns <= 0:
                return None
            # Short waits: an interrupt of the cell has to reach this thread on every system.
            self._clock.wait(self._news, min(left_ns, _LOOK_NS))
