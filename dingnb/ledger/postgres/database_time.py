"""The time of a shared database, so that all its users agree on the time."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

_MAX_DRIFT_PPM = 100
"""Assumed maximum drift between the two clocks, in parts per million."""


class _Bounds(NamedTuple):
    """Bounds of the difference between the database's time and the monotonic clock, and when they were measured."""

    lower_ns: int
    upper_ns: int
    measured_ns: int


class DatabaseTime:
    """
    Estimates a database's time from this computer's monotonic clock, to within about half a recent round trip.

    The database reads its clock between a request and its response, which bounds the difference of the two clocks. The
    bounds are intersected, and widened for drift. If they no longer overlap, only the newest response counts: the
    database's clock was changed, or this computer was suspended and its monotonic clock stood still meanwhile.

    Args:
        monotonic_ns: The monotonic clock.

    >>> database_time = DatabaseTime(lambda: 1_000)
    >>> database_time.add_sample(0, 500_000, 200)
    >>> database_time.now_ns()
    500900
    """

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._lock = threading.Lock()
        self._bounds: _Bounds | None = None

    @property
    def is_known(self) -> bool:
        """Whether the database has answered yet."""
        return self._bounds is not None

    def add_sample(self, requested_ns: int, database_ns: int, responded_ns: int) -> None:
        """Add the time in a response of the database, and the monotonic times of the request and of the response."""
        lower_ns, upper_ns = database_ns - responded_ns, database_ns - requested_ns
        with self._lock:
            if self._bounds is not None:
                drift_ns = max(responded_ns - self._bounds.measured_ns, 0) * _MAX_DRIFT_PPM // 1_000_000
                known_lower_ns, known_upper_ns = self._bounds.lower_ns - drift_ns, self._bounds.upper_ns + drift_ns
                if known_lower_ns <= upper_ns and lower_ns <= known_upper_ns:
                    lower_ns, upper_ns = max(lower_ns, known_lower_ns), min(upper_ns, known_upper_ns)
            self._bounds = _Bounds(lower_ns, upper_ns, responded_ns)

    def now_ns(self) -> int:
        """
        Return the database's time.

        Raises:
            RuntimeError: The database has not answered yet.
        """
        with self._lock:
            bounds = self._bounds
        if bounds is None:
            message = "The database has not answered yet."
            raise RuntimeError(message)
        return self._monotonic_ns() + (bounds.lower_ns + bounds.upper_ns) // 2
