"""DingTalk's clock, by the ``Date`` of its answers: its days and minutes count, not those of a clock set wrong."""

import threading
from email.utils import parsedate_to_datetime

from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.transport.detour import active_detour
from dingnb.transport.hosts import Hosts

_HALF_S = NS_PER_S // 2
_TOLERANCE_NS = seconds(2.5)
"""``Date`` has whole seconds and travels for a while: a smaller difference is none."""

_LONGEST_WAY_NS = seconds(10)


class ServerTime:
    """
    A clock's wall time, put right by what the server says.

    Args:
        clock: The clock of this computer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_ns = 0

    def now_ns(self) -> int:
        """Return the server's time, nanoseconds since the epoch; until it has answered, this computer's."""
        return self._clock.now_ns() + self._ahead_ns

    def ask(self) -> int:
        """Return what `learn` wants to know: when a call starts."""
        return self._clock.monotonic_ns()

    def learn(self, date: str, asked_ns: int) -> None:
        """
        Note the ``Date`` header of an answer that has just come.

        One that cannot be read is passed over, and one that was long under way: it is not known when it was written.
        """
        if self._clock.monotonic_ns() - asked_ns > _LONGEST_WAY_NS:
            return
        try:
            moment = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        ahead_ns = round(moment) * NS_PER_S + _HALF_S - self._clock.now_ns()
        self._ahead_ns = ahead_ns if abs(ahead_ns) > _TOLERANCE_NS else 0


_times: dict[object, ServerTime] = {}
_times_lock = threading.Lock()


def server_time(hosts: Hosts, clock: Clock) -> ServerTime:
    """Return the time of a server, which all connections to it share: a cached token is no answer with a date."""
    if active_detour() is not None:
        return ServerTime(clock)
    with _times_lock:
        return _times.setdefault((hosts, clock), ServerTime(clock))
