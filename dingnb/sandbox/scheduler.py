"""Scheduled background work of the sandbox."""

import threading
from collections.abc import Callable

from dingnb.sandbox.sandbox_time import SandboxTime


class Scheduler:
    """
    Runs a function in its own thread whenever it is due in the sandbox's time.

    The thread starts with the first `wake`. It never advances a virtual clock; a virtual clock that reaches the due
    time waits until the work is done. While the sandbox's time is stopped, nothing becomes due.

    Args:
        time: The sandbox's time.
        work: Does the work that is due and returns the time at which it should run again; None for no more work.
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
        """Run the work now."""
        with self._lock:
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name=f"dingnb sandbox {self._name}", daemon=True)
                self._thread.start()
                # Otherwise a virtual clock could advance before the thread has registered with it.
                self._started.wait()
        self._set_woken()

    def stop(self) -> None:
        """Stop, and wait until work in progress is done."""
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
                if due_ns is None or self._time.stopped:
                    clock.wait(self._woken)
                else:
                    clock.wait(self._woken, due_ns - self._time.now_ns())
