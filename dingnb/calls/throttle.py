"""Limits how often slow work is repeated, such as reading the results of many people."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dingnb.clock import Clock

_FACTOR = 10
"""Default of the minimum time between two starts, as a multiple of the time that the work took."""

_CACHE_FACTOR = 20
"""The factor for the function that `throttled` calls, which takes at most 5% of the time."""

Value = TypeVar("Value")


class Throttle:
    """
    Limits how often work is repeated, so that it takes only a fraction of the time.

    Args:
        clock: The source of time.
        factor: The minimum time between two starts, as a multiple of the time that the work took.
        min_interval_ns: The minimum time between two starts in any case.
    """

    def __init__(self, clock: Clock, factor: float = _FACTOR, *, min_interval_ns: int = 0) -> None:
        self._clock = clock
        self._factor = factor
        self._min_interval_ns = min_interval_ns
        self._next_ns: float = 0

    @property
    def is_due(self) -> bool:
        """Whether the work may be repeated now."""
        return self._clock.monotonic_ns() >= self._next_ns

    def hold(self) -> None:
        """Make the work not due until the next `timing` ends; for when another thread was asked to do the work."""
        self._next_ns = math.inf

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Return a context that measures the work, even if it fails."""
        started_ns = self._clock.monotonic_ns()
        try:
            yield
        finally:
            took_ns = self._clock.monotonic_ns() - started_ns
            self._next_ns = started_ns + max(self._min_interval_ns, self._factor * took_ns)


def throttled(function: Callable[[], Value], clock: Clock) -> Callable[[], Value]:
    """Return a function that returns the last result of `function`, and calls it for at most 5% of the time."""
    throttle, results = Throttle(clock, _CACHE_FACTOR), list[Value]()

    def read() -> Value:
        if not results or throttle.is_due:
            with throttle.timing():
                results[:] = [function()]
        return results[0]

    return read
