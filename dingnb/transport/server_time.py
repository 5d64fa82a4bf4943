"""DingTalk's time, estimated from the ``Date`` headers of its responses; its limits depend on its days and minutes."""

import threading
from email.utils import parsedate_to_datetime

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.transport.hosts import Hosts
from dingnb.transport.route import active_override

_HALF_S = NS_PER_S // 2
_TOLERANCE_NS = seconds(2.5)
"""``Date`` has whole seconds and is delayed by the network: smaller offsets are ignored."""

_MAX_DURATION_NS = seconds(10)


class ServerTime:
    """
    The wall time of a server.

    Args:
        clock: The local clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ns = 0
        self._is_known = False

    @property
    def ahead_ns(self) -> int | None:
        """Nanoseconds by which the server is ahead of the local clock; None until it has responded."""
        return self._offset_ns if self._is_known else None

    def now_ns(self) -> int:
        """Return the server's time in nanoseconds since the epoch; the local time until the server has responded."""
        return self._clock.now_ns() + self._offset_ns

    def start(self) -> int:
        """Return the start of a call, for `update`."""
        return self._clock.monotonic_ns()

    def update(self, date: str, started_ns: int) -> None:
        """
        Update the time from the ``Date`` header of a response that has just arrived.

        An invalid header is ignored, and so is that of a slow call, since it may have been written much earlier.
        """
        if self._clock.monotonic_ns() - started_ns > _MAX_DURATION_NS:
            return
        try:
            server_s = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        offset_ns = round(server_s) * NS_PER_S + _HALF_S - self._clock.now_ns()
        self._is_known = True
        self._offset_ns = offset_ns if abs(offset_ns) > _TOLERANCE_NS else 0


_times: dict[object, ServerTime] = {}
_times_lock = threading.Lock()


def server_time(hosts: Hosts, clock: Clock) -> ServerTime:
    """Return the time of a server, shared by all clients of this process."""
    if active_override() is not None:
        return ServerTime(clock)
    with _times_lock:
        return _times.setdefault((hosts, clock), ServerTime(clock))
