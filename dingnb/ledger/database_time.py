"""The time of a shared database, so that all its users agree on it."""

import threading
import time
from collections.abc import Callable

_DRIFT = 10_000
"""Maximum drift of a computer's clock, as one part in this many (100 ppm)."""


class DatabaseTime:
    """
    Estimates a database's time from this computer's monotonic clock, to within the shortest round trip so far.

    The database read its clock between a request and its response, which bounds the difference of the two clocks. The
    bounds are intersected, and widened for drift; if they no longer overlap, the database's clock was changed, and only
    the newest response counts.

    Args:
        monotonic_ns: The monotonic clock.

    >>> database_time = DatabaseTime(lambda: 1_000)
    >>> database_time.add(0, 500_000, 200)
    >>> database_time.now_ns()
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

    def add(self, requested_ns: int, database_ns: int, responded_ns: int) -> None:
        """Add a response: the database's time, and the monotonic times of the request and of the response."""
        lower_ns, upper_ns = database_ns - responded_ns, database_ns - requested_ns
        with self._lock:
            if self._known is not None:
                known_lower, known_upper, since_ns = self._known
                drift = max(responded_ns - since_ns, 0) // _DRIFT
                known_lower, known_upper = known_lower - drift, known_upper + drift
                if known_lower <= upper_ns and lower_ns <= known_upper:
                    lower_ns, upper_ns = max(lower_ns, known_lower), min(upper_ns, known_upper)
            self._known = lower_ns, upper_ns, responded_ns

    def now_ns(self) -> int:
        """
        Return the database's time.

        Raises:
            RuntimeError: The database has not answered yet.
        """
        with self._lock:
            known = self._known
        if known is None:
            message = "The database has not answered yet."
            raise RuntimeError(message)
        lower_ns, upper_ns, _ = known
        return self._monotonic_ns() + (lower_ns + upper_ns) // 2
