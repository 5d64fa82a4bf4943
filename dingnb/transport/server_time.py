"""DingTalk's clock, estimated from the ``Date`` header of its responses, because limits follow its days and minutes."""

import threading
from email.utils import parsedate_to_datetime

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.transport.hosts import Hosts
from dingnb.transport.override import active_override

_HALF_S = NS_PER_S // 2
_TOLERANCE_NS = seconds(2.5)
"""``Date`` has whole seconds and is delayed by the network: smaller differences are ignored."""

_MAX_DURATION_NS = seconds(10)


class ServerTime:
    """
    The wall time of a server.

    Args:
        clock: The local clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_ns = 0

    def now_ns(self) -> int:
        """Return the server's time in nanoseconds since the epoch; the local time until the server has responded."""
        return self._clock.now_ns() + self._ahead_ns

    def start(self) -> int:
        """Return the start of a call, for `update`."""
        return self._clock.monotonic_ns()

    def update(self, date: str, started_ns: int) -> None:
        """
        Take the time from the ``Date`` header of a response that has just arrived.

        An invalid header is ignored, and so is that of a call that took long: it may have been written much earlier.
        """
        if self._clock.monotonic_ns() - started_ns > _MAX_DURATION_NS:
            return
        try:
            server_s = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        ahead_ns = round(server_s) * NS_PER_S + _HALF_S - self._clock.now_ns()
        self._ahead_ns = ahead_ns if abs(ahead_ns) > _TOLERANCE_NS else 0


_times: dict[object, ServerTime] = {}
_times_lock = threading.Lock()


def server_time(hosts: Hosts, clock: Clock) -> ServerTime:
    """Return the time of a server, shared by all clients of this process."""
    if active_override() is not None:
        return ServerTime(clock)
    with _times_lock:
        return _times.setdefault((hosts, clock), ServerTime(clock))
