"""Background work for the newest request only, such as the text being typed."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from dingnb.calls.background import Background
from dingnb.clock import Clock

Request = TypeVar("Request")


class Latest(Generic[Request]):
    """
    Handles one request after the other in a thread; requests that were replaced before they started are skipped.

    Args:
        clock: The source of time.
        work: Handles a request; its second argument returns whether there is a newer request, to end early.
        failed: Called with an error raised by the work.
    """

    def __init__(
        self,
        clock: Clock,
        work: Callable[[Request, Callable[[], bool]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._clock = clock
        self._work = work
        self._failed = failed
        self._lock = threading.Lock()
        self._next: list[Request] = []
        self._is_working = False
        self._background: Background | None = None

    def submit(self, request: Request) -> None:
        """Submit a request."""
        with self._lock:
            self._next = [request]
            starts = not self._is_working
            self._is_working = True
        if not starts:
            return
        try:
            self._background = Background(self._clock, self._run, interrupt=lambda: None)
        except BaseException:
            self._is_working = False
            raise

    def wait(self) -> None:
        """Wait until all requests are done."""
        if self._background is not None:
            self._background.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    self._is_working = False
                    return
                request = self._next.pop()
            try:
                self._work(request, lambda: bool(self._next))
            except Exception as error:  # noqa: BLE001 - passed on to `failed`
                self._failed(error)
