"""Work in one background thread: during other work, a request is refused or, if it replaces earlier ones, waits."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from dingnb.calls.background import Background
from dingnb.clock import Clock


class Worker:
    """
    Runs work in a background thread, or with `run` in the caller's thread, one task at a time.

    If work fails, or its thread cannot be started, the next request is accepted nevertheless.

    Args:
        clock: The source of time.
        lock: The lock under which the worker becomes idle.
        on_error: Called with an error that work raised.
        on_idle: Called with the lock when work has ended and no request waits.
        notify_idle: Called after `on_idle`, without the lock.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        on_error: Callable[[Exception], None],
        on_idle: Callable[[], None] = lambda: None,
        notify_idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._on_error = on_error
        self._on_idle = on_idle
        self._notify_idle = notify_idle
        self._next: Callable[[], None] | None = None
        self._current: _Turn | None = None
        self._background: Background | None = None

    @property
    def is_busy(self) -> bool:
        """Whether work is in progress."""
        return self._current is not None

    @property
    def has_next(self) -> bool:
        """Whether a request waits."""
        return self._next is not None

    def wait(self) -> None:
        """Wait until all work in the background has ended."""
        if self._background is not None:
            self._background.join()

    def start(
        self,
        work: Callable[[], None],
        interrupt: Callable[[], None] = lambda: None,
        prepare: Callable[[], None] = lambda: None,
    ) -> bool:
        """
        Start work, unless other work is in progress.

        Args:
            work: The work.
            interrupt: Asks the work to end; called if starting the work, or `wait`, is interrupted.
            prepare: Called in this thread before the work starts.

        Returns:
            Whether the work was started.
        """
        with self._lock:
            if self._current is not None:
                return False
            turn = self._current = _Turn()
        self._launch(turn, work, interrupt, prepare)
        return True

    def run(self, work: Callable[[], None]) -> None:
        """Do work in this thread, and then a request made meanwhile, unless other work is in progress."""
        with self._lock:
            if self._current is not None:
                return
            turn = self._current = _Turn()
        self._run(turn, work)

    def start_newest(self, work: Callable[[], None], prepare: Callable[[], None] = lambda: None) -> None:
        """
        Start work, after other work in progress; only the newest such request is kept.

        Args:
            work: The work.
            prepare: Called before the work starts: in this thread, or in the thread of the work in progress.
        """

        def prepare_and_work() -> None:
            prepare()
            work()

        with self._lock:
            if self._current is not None:
                self._next = prepare_and_work
                return
            turn = self._current = _Turn()
        self._launch(turn, work, lambda: None, prepare)

    def drop_next(self) -> None:
        """Drop the request that waits, if any."""
        with self._lock:
            self._next = None

    def _launch(
        self, turn: "_Turn", work: Callable[[], None], interrupt: Callable[[], None], prepare: Callable[[], None]
    ) -> None:
        try:
            prepare()
            self._background = Background(self._clock, lambda: self._run(turn, work), interrupt)
        except BaseException:
            # The thread may have started before the interrupt; then it continues, and frees the worker at its end.
            if turn.claim():
                with self._lock:
                    self._free(turn)
            raise

    def _run(self, turn: "_Turn", work: Callable[[], None]) -> None:
        if not turn.claim():
            # The caller was interrupted, and nothing counts as started.
            return
        try:
            self._run_all(turn, work)
        finally:
            with self._lock:
                self._free(turn)
            self._notify_idle()

    def _run_all(self, turn: "_Turn", work: Callable[[], None]) -> None:
        """Run work, then the newest request made in the meantime, until there is none."""
        following: Callable[[], None] | None = work
        errors: list[Exception] = []
        while following is not None:
            try:
                following()
            except Exception as error:  # noqa: BLE001 - passed on to `on_error`
                try:
                    self._on_error(error)
                except Exception as another:  # noqa: BLE001 - raised below: the waiting request comes first
                    errors.append(another)
            with self._lock:
                following, self._next = self._next, None
                if following is None:
                    self._free(turn)
        if errors:
            raise errors[0]

    def _free(self, turn: "_Turn") -> None:
        """End a turn, if it has not ended; a request that still waits is dropped."""
        if self._current is turn:
            self._current = self._next = None
            self._on_idle()


class _Turn:
    """The time in which a worker is busy: from a request to the idle worker until it is idle again, in one thread."""

    def __init__(self) -> None:
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """Return True to the first caller: the thread that does the work, or the thread that failed to start it."""
        return self._claim.acquire(blocking=False)


Request = TypeVar("Request")


class LatestWorker(Generic[Request]):
    """
    Handles requests one at a time in a background thread; of the requests that wait, only the newest is handled.

    Args:
        clock: The source of time.
        handle: Handles a request; its second argument returns whether a newer request waits, so that it can end early.
        on_error: Called with an error raised by `handle`.
    """

    def __init__(
        self,
        clock: Clock,
        handle: Callable[[Request, Callable[[], bool]], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._handle = handle
        self._worker = Worker(clock, threading.Lock(), on_error)

    def submit(self, request: Request) -> None:
        """Submit a request."""
        self._worker.start_newest(lambda: self._handle(request, lambda: self._worker.has_next))

    def wait(self) -> None:
        """Wait until all requests are done."""
        self._worker.wait()
