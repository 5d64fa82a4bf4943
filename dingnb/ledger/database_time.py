"""The time of a shared database, so that all its users agree on it."""

import threading
import time
from collections.abc import Callable

_DRIFT = 10_000
"""A computer's clock deviates by at most one part in this many (100 ppm)."""


class DatabaseTime:
    """
    The time of a database by this computer's monotonic clock, within the shortest answer seen so far.

    Each answer with the database's time limits the difference of the two clocks: the time was read after the question
    and before the answer. The limits are intersected, and widen as clocks drift; if nothing is left, the database's
    clock was set, and only the newest answer counts.

    Args:
        monotonic_ns: The monotonic clock.

    >>> time = DatabaseTime(lambda: 1_000)
    >>> time.add(0, 500_000, 200)
    >>> time.now_ns()
    500900
    """

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._lock = threading.Lock()
        self._known: tuple[int, int, int] | None = None

    @property
    def is_known(self) -> bool:
        """Whether the database has answered yet."""
        return self._known is not None

    def add(self, asked_ns: int, database_ns: int, answered_ns: int) -> None:
        """Add an answer: the database's time, and the monotonic times of the question and of the answer."""
        least, most = database_ns - answered_ns, database_ns - asked_ns
        with self._lock:
            if self._known is not None:
                known_least, known_most, since_ns = self._known
                drift = max(answered_ns - since_ns, 0) // _DRIFT
                known_least, known_most = known_least - drift, known_most + drift
                if known_least <= most and least <= known_most:
                    least, most = max(least, known_least), min(most, known_most)
            self._known = least, most, answered_ns

    def now_ns(self) -> int:
        """Return the database's time; it must be known."""
        with self._lock:
            known = self._known
        least, most, _ = known or (0, 0, 0)
        return self._monotonic_ns() + (least + most) // 2
