"""Keeps Python's garbage collections short while somebody waits for answers."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Frozen:
    """What is left out, and for how many contexts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._is_ours = False

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            # Where somebody else does the same, it is left to them.
            if self._inside == 1 and not gc.get_freeze_count():
                gc.freeze()
                self._is_ours = True

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._is_ours:
                self._is_ours = False
                gc.unfreeze()


_frozen = _Frozen()


@contextmanager
def short_collections() -> Iterator[None]:
    """
    Leave what is in memory by now out of Python's garbage collections, until the last of these contexts ends.

    A full collection of a notebook's memory takes 50 ms with pandas alone, seconds with millions of objects, and
    nothing is answered meanwhile. What comes later is collected as ever; what has no cycles is freed as ever. Who wants
    what is garbage by now to be freed first collects before: it calls whatever waits to be called at its end, and that
    may want any lock.
    """
    _frozen.enter()
    try:
        yield
    finally:
        _frozen.leave()
