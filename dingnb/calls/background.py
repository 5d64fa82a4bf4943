"""Runs work in a background thread while a notebook cell waits for it and can be interrupted."""

import threading
from collections.abc import Callable

from dingnb.clock import Clock, seconds_to_ns

_POLL_NS = seconds_to_ns(0.2)


def interruption(text: object) -> KeyboardInterrupt:
    """Return the exception for an interrupted cell; its text says what was done and how to continue."""
    interrupt = KeyboardInterrupt(str(text))
    # IPython shows these lines instead of the frames of our own code. This is not a method of a subclass, because after
    # an uncaught subclass of KeyboardInterrupt, a script exits with another status.
    vars(interrupt)["_render_traceback_"] = f"KeyboardInterrupt: {interrupt}".splitlines
    return interrupt


class Background:
    """
    Runs one function in a thread.

    Args:
        clock: The source of time.
        work: The function to run.
        interrupt: Asks the work to end; may be called from any thread.
    """

    def __init__(self, clock: Clock, work: Callable[[], object], interrupt: Callable[[], None]) -> None:
        self._clock = clock
        self._work = work
        self._interrupt = interrupt
        self._done = clock.event()
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dingnb", daemon=True)
        try:
            self._thread.start()
            # Virtual time must not advance before the thread takes part in the clock.
            self._ready.wait()
        except BaseException:
            # If the cell is interrupted, the caller never gets this object, and the work would continue unnoticed.
            interrupt()
            raise

    @property
    def is_done(self) -> bool:
        """Whether the work has ended."""
        return self._done.is_set()

    @property
    def failure(self) -> BaseException | None:
        """The exception that the work raised, for callers that do not call `join`; None without an exception so far."""
        return self._failure

    def join(self, on_poll: Callable[[], None] = lambda: None, until_ns: int | None = None) -> None:
        """
        Wait for the end of the work, or until a monotonic time, and call `on_poll` regularly meanwhile.

        If the cell is interrupted, the work is asked to end, and `join` waits for the end, however long that takes:
        calls under way are drained and their outcomes kept. Then KeyboardInterrupt is raised, so that loops and "Run
        All" end as well. If `on_poll` raises an exception, the work is also asked to end, because it would otherwise
        continue unnoticed.

        Raises:
            KeyboardInterrupt: The cell was interrupted; the work has ended.
            BaseException: The exception that the work raised.
        """
        try:
            was_interrupted = self._wait(on_poll, until_ns)
            on_poll()
        except KeyboardInterrupt:
            # The interrupt came between two waits.
            self._interrupt()
            self._wait(lambda: None, None)
            raise
        except BaseException:
            self._interrupt()
            raise
        if was_interrupted:
            raise KeyboardInterrupt
        if self._done.is_set() and self._failure is not None:
            raise self._failure

    def _wait(self, on_poll: Callable[[], None], until_ns: int | None) -> bool:
        """Wait as documented in `join`, and return whether the cell was interrupted."""
        was_interrupted = False
        while not self._done.is_set():
            try:
                left_ns = _POLL_NS
                if until_ns is not None and not was_interrupted:
                    left_ns = until_ns - self._clock.monotonic_ns()
                if left_ns <= 0:
                    break
                # Short waits, so that an interrupt reaches this thread on every platform.
                self._clock.wait(self._done, min(left_ns, _POLL_NS))
                on_poll()
            except KeyboardInterrupt:
                was_interrupted = True
                self._interrupt()
        return was_interrupted

    def _run(self) -> None:
        with self._clock.participating():
            self._ready.set()
            try:
                self._work()
            except BaseException as error:  # noqa: BLE001 - raised again by `join`, or available as `failure`
                self._failure = error
            finally:
                # Set while the thread still takes part, so that virtual time stops where the work ended.
                self._done.set()
