"""Network latency in virtual time, so that an hour of sending is tested in a second."""

import random
import threading
from typing import Any

import requests
from requests.adapters import BaseAdapter

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.transport import Transport


class SlowRoute(BaseAdapter):
    """
    A route that adds latency in virtual time, half before and half after the call.

    Args:
        inner: The underlying route.
        clock: The clock that measures the latency.
        latency_s: The latency of a call in seconds.
        jitter_s: The maximum deviation from the latency in seconds.
    """

    def __init__(self, inner: BaseAdapter, clock: VirtualClock, latency_s: float, jitter_s: float) -> None:
        super().__init__()
        self._inner = inner
        self._clock = clock
        self._latency_s = latency_s
        self._jitter_s = jitter_s
        self._random = random.Random(7)  # noqa: S311 - reproducible
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Send a request with latency."""
        self._wait()
        response = self._inner.send(request, *args, **kwargs)
        self._wait()
        return response

    def close(self) -> None:
        """Close the underlying route."""
        self._inner.close()

    def _wait(self) -> None:
        with self._lock:
            deviation_s = self._random.uniform(-self._jitter_s, self._jitter_s) / 2
        self._clock.wait(self._clock.event(), seconds_to_ns(self._latency_s / 2 + deviation_s))


def slow_down(transport: Transport, clock: VirtualClock, *, latency_s: float, jitter_s: float = 0.0) -> None:
    """Add latency in virtual time to all calls of a transport."""
    transport.reroute(lambda inner: SlowRoute(inner, clock, latency_s, jitter_s))
