"""A sliding window: so many in any span of time, to the nanosecond."""

from collections import deque


class SlidingWindow:
    """
    Counts what happened in the last `span_ns`; what happened exactly `span_ns` ago is over.

    When the time is set back, what would lie in the future is forgotten.

    Args:
        limit: How many there may be in any span.
        span_ns: The span, nanoseconds.
    """

    __slots__ = ("_entries", "_limit", "_span_ns", "_total")

    def __init__(self, limit: int, span_ns: int) -> None:
        self._limit = limit
        self._span_ns = span_ns
        self._entries: deque[tuple[int, int]] = deque()
        self._total = 0

    def room(self, now_ns: int) -> int:
        """Return how many more there may be now; negative when there are too many."""
        entries = self._entries
        while entries and entries[0][0] <= now_ns - self._span_ns:
            self._total -= entries.popleft()[1]
        while entries and entries[-1][0] > now_ns:
            self._total -= entries.pop()[1]
        return self._limit - self._total

    def take(self, now_ns: int, amount: int = 1) -> None:
        """Count `amount` at this time."""
        if amount:
            self._entries.append((now_ns, amount))
            self._total += amount
