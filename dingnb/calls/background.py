"""Work that goes on in a thread of its own, while a notebook cell waits for it and can be interrupted."""

import threading
from collections.abc import Callable

from dingnb.clock import Clock, seconds

_LOOK_EVERY_NS = seconds(0.2)


class Background:
    """
    Runs one function in a thread.

    Args:
        clock: The source of time.
        work: What to do.
        interrupt: Asks the work to come to an end; it may be called from any thread.
    """

    def __init__(self, clock: Clock, work: Callable[[], None], interrupt: Callable[[], None]) -> None:
        self._clock = clock
        self._work = work
        self._interrupt = interrupt
        self._done = clock.event()
        self._failure: Exception | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dingnb", daemon=True)
        try:
            self._thread.start()
            # Until it takes part in the clock, a virtual time would run past it.
            self._ready.wait()
        except BaseException:
            # An interrupt of the cell: nobody will have this object, and the work would go on unseen.
            interrupt()
            raise

    @property
    def is_done(self) -> bool:
        """Whether the work has come to its end."""
        return self._done.is_set()

    @property
    def failure(self) -> Exception | None:
        """What the work raised, for those who do not join it; None where it did not, or goes on."""
        return self._failure

    def join(self, look: Callable[[], None] = lambda: None, until_ns: int | None = None) -> None:
        """
        Wait for the end, or until a monotonic time, and call `look` now and then meanwhile.

        An interrupt of the cell asks the work to end, and the wait goes on until it has, however long that takes: what
        is under way is drained, and what it came to is kept. Then the interrupt goes on, so that loops and "Run All"
        end as well. An error of `look` asks the work to end, too: it would go on unseen.

        Raises:
            KeyboardInterrupt: The cell was interrupted, and the work has ended.
            Exception: What the work raised.
        """
        try:
            interrupted = self._wait(look, until_ns)
            look()
        except KeyboardInterrupt:
            # It came between two waits.
            self._interrupt()
            self._wait(lambda: None, None)
            raise
        except BaseException:
            self._interrupt()
            raise
        if interrupted:
            raise KeyboardInterrupt
        if self._done.is_set() and self._failure is not None:
            raise self._failure

    def _wait(self, look: Callable[[], None], until_ns: int | None) -> bool:
        interrupted = False
        while not self._done.is_set():
            try:
                left_ns = _LOOK_EVERY_NS
                if until_ns is not None and not interrupted:
                    left_ns = until_ns - self._clock.monotonic_ns()
                if left_ns <= 0:
                    break
                # Short waits: an interrupt has to reach this thread on every system.
                self._clock.wait(self._done, min(left_ns, _LOOK_EVERY_NS))
                look()
            except KeyboardInterrupt:
                interrupted = True
                self._interrupt()
        return interrupted

    def _run(self) -> None:
        with self._clock.taking_part():
            self._ready.set()
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - it is raised again by join, or shown as `failure`
                self._failure = error
            finally:
                # While it still takes part: a virtual time has to stand where the work ended.
                self._done.set()
