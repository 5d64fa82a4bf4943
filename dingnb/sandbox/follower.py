"""What the sandbox does by itself when its time has come: one thread for each kind of it."""

import threading
from collections.abc import Callable

from dingnb.sandbox.sandbox_time import SandboxTime


class Follower:
    """
    Does a piece of work whenever it is due by the sandbox's time, from a thread of its own.

    The thread begins with the first `look`. It never makes a virtual time move; one that is moved past what is due
    waits until that is done. While the sandbox's time is stopped, nothing becomes due.

    Args:
        time: The sandbox's.
        work: Does what is due, and tells at what time there is more to do; None where there is nothing.
        name: The thread's.
    """

    def __init__(self, time: SandboxTime, work: Callable[[], int | None], name: str) -> None:
        self._time = time
        self._work = work
        self._name = name
        self._asked = time.clock.event()
        self._lock = threading.Lock()
        self._begun = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_over = False
        time.tell(self._ask)

    def look(self) -> None:
        """Let it see what is due now."""
        with self._lock:
            if self._thread is None and not self._is_over:
                self._thread = threading.Thread(target=self._run, name=f"dingnb sandbox {self._name}", daemon=True)
                self._thread.start()
                # From here on no virtual time passes unseen.
                self._begun.wait()
        self._ask()

    def stop(self) -> None:
        """Do nothing more, and wait until nothing is being done."""
        with self._lock:
            self._is_over = True
        self._ask()
        if self._thread is not None:
            self._thread.join()

    def _ask(self) -> None:
        self._asked.set()

    def _run(self) -> None:
        clock = self._time.clock
        with clock.following():
            self._begun.set()
            while True:
                self._asked.clear()
                if self._is_over:
                    return
                due_ns = self._work()
                if due_ns is None or self._time.stopped:
                    clock.wait(self._asked)
                else:
                    clock.wait(self._asked, due_ns - self._time.now_ns())
