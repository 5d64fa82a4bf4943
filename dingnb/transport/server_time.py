"""DingTalk counts its limits by its own clock, which this module estimates from ``Date`` headers."""

import threading
from datetime import UTC
from email.utils import parsedate_to_datetime

from dingnb.clock import NS_PER_S, Clock, seconds_to_ns
from dingnb.transport.hosts import Hosts
from dingnb.transport.route import active_override

_HALF_SECOND_NS = NS_PER_S // 2
_TOLERANCE_NS = seconds_to_ns(2.5)
"""Maximum offset that is ignored: ``Date`` has whole seconds and is delayed by the network."""

_MAX_CALL_NS = seconds_to_ns(10)
"""Maximum duration of a call whose ``Date`` is used: a slower response's ``Date`` may be much older."""


class ServerTime:
    """
    The wall time of a server.

    Args:
        clock: The local clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_ns: int | None = None
        self._last_date = ""

    @property
    def ahead_ns(self) -> int | None:
        """
        Nanoseconds by which the server is ahead of the local clock, negative if it is behind.

        0 for a difference that may come from the network; None until the server has sent its time.
        """
        return self._offset_ns

    def now_ns(self) -> int:
        """Return the server's time in nanoseconds since the epoch; the local time until the server has responded."""
        return self._clock.now_ns() + (self._offset_ns or 0)

    def monotonic_ns(self) -> int:
        """Return the monotonic time of the local clock, for `add_sample`."""
        return self._clock.monotonic_ns()

    def add_sample(self, requested_ns: int, date: str) -> None:
        """
        Add the time in a response that has just arrived. Invalid headers and the headers of slow calls are ignored.

        Args:
            requested_ns: The monotonic time of the request.
            date: The ``Date`` header of the response.
        """
        # The first response of each second is the most accurate sample.
        if date == self._last_date or self._clock.monotonic_ns() - requested_ns > _MAX_CALL_NS:
            return
        self._last_date = date
        try:
            server = parsedate_to_datetime(date)
            # HTTP's times are in UTC; Python would read a time without a zone in the computer's zone.
            server_s = (server if server.tzinfo else server.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        offset_ns = round(server_s) * NS_PER_S + _HALF_SECOND_NS - self._clock.now_ns()
        self._offset_ns = offset_ns if abs(offset_ns) > _TOLERANCE_NS else 0


_times: dict[tuple[Hosts, Clock], ServerTime] = {}
_times_lock = threading.Lock()


def server_time(hosts: Hosts, clock: Clock) -> ServerTime:
    """
    Return the time of a server.

    All clients of this process with these hosts and this clock share the time. Clients connected under a route override
    have their own, because an override's responses may be recorded.
    """
    if active_override() is not None:
        return ServerTime(clock)
    with _times_lock:
        return _times.setdefault((hosts, clock), ServerTime(clock))
