"""The sandbox's own time: the clock's, until a test sets it, moves it or stops it."""

from datetime import datetime, timedelta, timezone

from dingnb.clock import NS_PER_S, Clock

DAY_S = 24 * 3_600


class SandboxTime:
    """
    A clock's wall time, which can be set and moved.

    Args:
        clock: Where the time comes from.
        utc_offset_h: Whose midnight starts a day.
    """

    def __init__(self, clock: Clock, utc_offset_h: float) -> None:
        self._clock = clock
        self._moved_ns = 0
        self._stopped_at_ns: int | None = None
        self._offset_ns = round(utc_offset_h * 3_600) * NS_PER_S
        self._zone = timezone(timedelta(hours=utc_offset_h))

    def now_ns(self) -> int:
        """Return the time, nanoseconds since the epoch."""
        if self._stopped_at_ns is not None:
            return self._stopped_at_ns
        return self._clock.now_ns() + self._moved_ns

    @property
    def stopped(self) -> bool:
        """Whether the time stands still until it is set, moved or started."""
        return self._stopped_at_ns is not None

    def set(self, now_ns: int, *, stopped: bool) -> None:
        """Set the time; from there it goes on with the clock, unless it is to be `stopped`."""
        self._moved_ns = now_ns - self._clock.now_ns()
        self._stopped_at_ns = now_ns if stopped else None

    def day(self, at_ns: int) -> int:
        """Return the number of the day of a time."""
        return (at_ns + self._offset_ns) // (DAY_S * NS_PER_S)

    def month(self, at_ns: int) -> tuple[int, int]:
        """Return the year and the month of a time."""
        moment = self._moment(at_ns)
        return moment.year, moment.month

    def iso(self, at_ns: int) -> str:
        """Return a time as ISO 8601 with its zone, to the millisecond."""
        return self._moment(at_ns).isoformat(timespec="milliseconds")

    def _moment(self, at_ns: int) -> datetime:
        whole_ms, _ = divmod(at_ns, 1_000_000)
        return datetime.fromtimestamp(0, self._zone) + timedelta(milliseconds=whole_ms)
