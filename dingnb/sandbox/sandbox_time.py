"""The sandbox's own time: the clock's, until a test sets it, moves it or stops it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from dingnb.clock import NS_PER_S, Clock, SystemClock

DAY_S = 24 * 3_600


class SandboxTime:
    """
    A clock's wall time, which can be set and moved.

    Args:
        clock: Where the time comes from.
        utc_offset_h: Whose midnight starts a day.
    """

    def __init__(self, clock: Clock, utc_offset_h: float) -> None:
        self.clock = clock
        self._changed = clock.event()
        self._listeners: list[Callable[[], None]] = []
        self._nobody_waits = False
        self._moved_ns = 0
        self._stopped_at_ns: int | None = None
        self._offset_ns = round(utc_offset_h * 3_600) * NS_PER_S
        self._zone = timezone(timedelta(hours=utc_offset_h))

    def now_ns(self) -> int:
        """Return the time, nanoseconds since the epoch."""
        if self._stopped_at_ns is not None:
            return self._stopped_at_ns
        return self.clock.now_ns() + self._moved_ns

    @property
    def stopped(self) -> bool:
        """Whether the time stands still until it is set, moved or started."""
        return self._stopped_at_ns is not None

    def set(self, now_ns: int, *, stopped: bool) -> None:
        """Set the time; from there it goes on with the clock, unless it is to be `stopped`."""
        self.restore(now_ns - self.clock.now_ns(), now_ns if stopped else None)

    @property
    def setting(self) -> tuple[int, int | None]:
        """By how much the time is moved, and at what time it stands still, in nanoseconds."""
        return self._moved_ns, self._stopped_at_ns

    def restore(self, moved_ns: int, stopped_at_ns: int | None) -> None:
        """Set the time as a `setting` of it says."""
        self._moved_ns = moved_ns
        self._stopped_at_ns = stopped_at_ns
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again whether the wait is over."""
        before, self._changed = self._changed, self.clock.event()
        before.set()
        for listener in self._listeners:
            listener()

    def tell(self, listener: Callable[[], None]) -> None:
        """Call it from now on whenever the time was set, moved, stopped or let go."""
        self._listeners.append(listener)

    def let_go(self) -> None:
        """End all waits, those to come as well."""
        self._nobody_waits = True
        self.wake()

    def wait(self, duration_ns: int, is_over: Callable[[], bool] = lambda: False) -> None:
        """
        Block until so much time has passed, or the time was set past it, or `is_over` says so.

        While the time is stopped, so much of the computer's time is enough, so that no wait is without end.
        """
        end_ns = self.now_ns() + duration_ns
        clock: Clock = SystemClock() if self.stopped else self.clock
        deadline_ns = clock.monotonic_ns() + duration_ns
        while True:
            changed = self._changed
            left_ns = deadline_ns - clock.monotonic_ns()
            if left_ns <= 0 or self.now_ns() >= end_ns or self._nobody_waits or is_over():
                return
            clock.wait(changed, left_ns)

    async def hold(self, duration_ns: int) -> None:
        """Wait likewise, in the place of a caller, without blocking the event loop."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def wait() -> None:
            with self.clock.standing_in():
                self.wait(duration_ns)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(over.set)

        threading.Thread(target=wait, name="dingnb sandbox delay", daemon=True).start()
        await over.wait()

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
