"""A network that takes its time: virtual time, so that an hour of sending is tested in a second."""

import random
import threading
from typing import Any

import requests
from requests.adapters import BaseAdapter

from dingnb.clock import VirtualClock, seconds
from dingnb.transport import Transport


class SlowRoute(BaseAdapter):
    """
    A route whose calls take virtual time: half of it before the call arrives, half after.

    Args:
        inner: The route that is slowed down.
        clock: Whose time passes.
        latency_s: How long a call takes, in seconds.
        jitter_s: By how much it may take more, or less.
    """

    def __init__(self, inner: BaseAdapter, clock: VirtualClock, latency_s: float, jitter_s: float) -> None:
        super().__init__()
        self._inner = inner
        self._clock = clock
        self._latency_s = latency_s
        self._jitter_s = jitter_s
        self._random = random.Random(7)  # noqa: S311 - the same every time
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Let a call travel there and back."""
        self._travel()
        response = self._inner.send(request, *args, **kwargs)
        self._travel()
        return response

    def close(self) -> None:
        """Close the route that is slowed down."""
        self._inner.close()

    def _travel(self) -> None:
        with self._lock:
            off_s = self._random.uniform(-self._jitter_s, self._jitter_s) / 2
        self._clock.wait(self._clock.event(), seconds(self._latency_s / 2 + off_s))


def slow_down(transport: Transport, clock: VirtualClock, *, latency_s: float, jitter_s: float = 0.0) -> None:
    """Let every call of a transport take virtual time."""
    transport.reroute(lambda inner: SlowRoute(inner, clock, latency_s, jitter_s))
