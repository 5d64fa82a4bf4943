"""The sandbox's time, which is the clock's time unless a test sets or stops it, and the scheduling of work."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from dingnb.clock import NS_PER_MS, NS_PER_S, Clock, SystemClock

DAY_S = 24 * 3_600


class SandboxTime:
    """
    A wall clock that can be set and stopped.

    Args:
        clock: The source of time.
        utc_offset_h: The UTC offset, in hours, of the midnight at which days start.
    """

    def __init__(self, clock: Clock, utc_offset_h: float) -> None:
        self.clock = clock
        self._changed = clock.event()
        self._listeners: list[Callable[[], None]] = []
        self._is_cancelled = False
        self._clock_offset_ns = 0
        self._stopped_at_ns: int | None = None
        self._utc_offset_ns = round(utc_offset_h * 3_600) * NS_PER_S
        self._zone = timezone(timedelta(hours=utc_offset_h))

    def now_ns(self) -> int:
        """Return the time in nanoseconds since the epoch."""
        if self._stopped_at_ns is not None:
            return self._stopped_at_ns
        return self.clock.now_ns() + self._clock_offset_ns

    @property
    def is_stopped(self) -> bool:
        """Whether the time is stopped."""
        return self._stopped_at_ns is not None

    def set(self, now_ns: int, *, stopped: bool) -> None:
        """Set the time, which then runs with the clock, unless `stopped`."""
        self.restore(now_ns - self.clock.now_ns(), now_ns if stopped else None)

    @property
    def snapshot(self) -> tuple[int, int | None]:
        """The offset from the clock, and the time of the stop or None if running, in nanoseconds, for `restore`."""
        return self._clock_offset_ns, self._stopped_at_ns

    def restore(self, clock_offset_ns: int, stopped_at_ns: int | None) -> None:
        """Set the time as described by a `snapshot`."""
        self._clock_offset_ns = clock_offset_ns
        self._stopped_at_ns = stopped_at_ns
        self.wake()

    def wake(self) -> None:
        """Wake all waiting threads so that they check again whether their wait is over."""
        changed, self._changed = self._changed, self.clock.event()
        changed.set()
        for listener in self._listeners:
            listener()

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Call `listener` in every `wake`, as when the time is set or stopped, or waits are cancelled."""
        self._listeners.append(listener)

    def cancel_waits(self) -> None:
        """End all current and future waits."""
        self._is_cancelled = True
        self.wake()

    def wait(self, duration_ns: int, is_over: Callable[[], bool] = lambda: False) -> None:
        """
        Block for a duration, or until the time is set past its end, `is_over` returns True, or waits are cancelled.

        While the time is stopped, the duration is measured in the computer's time, so that no wait is endless.
        """
        end_ns = self.now_ns() + duration_ns
        clock: Clock = SystemClock() if self.is_stopped else self.clock
        deadline_ns = clock.monotonic_ns() + duration_ns
        while True:
            changed = self._changed
            left_ns = deadline_ns - clock.monotonic_ns()
            if left_ns <= 0 or self.now_ns() >= end_ns or self._is_cancelled or is_over():
                return
            clock.wait(changed, left_ns)

    async def wait_async(self, duration_ns: int) -> None:
        """Wait for this duration, on behalf of the caller, without blocking the event loop."""
        loop, wait_ended = asyncio.get_running_loop(), asyncio.Event()

        def wait() -> None:
            with self.clock.on_behalf_of_caller():
                self.wait(duration_ns)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(wait_ended.set)

        threading.Thread(target=wait, name="dingnb sandbox delay", daemon=True).start()
        await wait_ended.wait()

    def day(self, at_ns: int) -> int:
        """Return the number of the day, since the epoch, on which a time falls."""
        return (at_ns + self._utc_offset_ns) // (DAY_S * NS_PER_S)

    def month(self, at_ns: int) -> tuple[int, int]:
        """Return the year and the month of a time."""
        date = self._to_datetime(at_ns)
        return date.year, date.month

    def to_iso(self, at_ns: int) -> str:
        """Return a time as ISO 8601 with its UTC offset, to the millisecond."""
        return self._to_datetime(at_ns).isoformat(timespec="milliseconds")

    def _to_datetime(self, at_ns: int) -> datetime:
        return datetime.fromtimestamp(0, self._zone) + timedelta(milliseconds=at_ns // NS_PER_MS)


class Scheduler:
    """
    Runs a function in its own thread whenever it is due in the sandbox's time.

    The thread starts with the first `wake`, and never makes a virtual clock advance; a virtual clock that reaches the
    due time waits until the work is done. While the sandbox's time is stopped, nothing becomes due.

    Args:
        time: The sandbox's time.
        work: Does the work that is due and returns the time of the next run; None for no more work.
        name: The name of the thread.
    """

    def __init__(self, time: SandboxTime, work: Callable[[], int | None], name: str) -> None:
        self._time = time
        self._work = work
        self._name = name
        self._woken = time.clock.event()
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        time.add_listener(self._set_woken)

    def wake(self) -> None:
        """Let the thread run the work now, without waiting for it."""
        with self._lock:
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name=f"dingnb sandbox {self._name}", daemon=True)
                self._thread.start()
                # Without this wait, a virtual clock could advance before the thread has registered with the clock.
                self._started.wait()
        self._set_woken()

    def stop(self) -> None:
        """Stop for good, and wait until work in progress is done."""
        with self._lock:
            self._is_stopped = True
        self._set_woken()
        if self._thread is not None:
            self._thread.join()

    def _set_woken(self) -> None:
        self._woken.set()

    def _run(self) -> None:
        clock = self._time.clock
        with clock.passive():
            self._started.set()
            while True:
                self._woken.clear()
                if self._is_stopped:
                    return
                due_ns = self._work()
                if due_ns is None or self._time.is_stopped:
                    clock.wait(self._woken)
                else:
                    clock.wait(self._woken, due_ns - self._time.now_ns())
