"""Work for the newest of what is asked for: somebody who types is not answered about what was typed before."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from dingnb.calls.background import Background
from dingnb.clock import Clock

Asked = TypeVar("Asked")


class Latest(Generic[Asked]):
    """
    Does one piece of work after the other in a thread; what was asked for and overtaken before it began is left out.

    Args:
        clock: The source of time.
        work: What to do; it is told whether something newer has been asked for meanwhile, and may end early then.
        failed: Is told what the work raised.
    """

    def __init__(
        self,
        clock: Clock,
        work: Callable[[Asked, Callable[[], bool]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._clock = clock
        self._work = work
        self._failed = failed
        self._lock = threading.Lock()
        self._next: list[Asked] = []
        self._is_working = False
        self._background: Background | None = None

    def ask(self, asked: Asked) -> None:
        """Ask for work."""
        with self._lock:
            self._next = [asked]
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
        """Wait until all that was asked for is done."""
        if self._background is not None:
            self._background.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    self._is_working = False
                    return
                asked = self._next.pop()
            try:
                self._work(asked, lambda: bool(self._next))
            except Exception as error:  # noqa: BLE001 - nobody sees what a thread raises: whoever asked is told
                self._failed(error)
