"""The base class of models: an immutable state, watchers, and work in a background thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from dingnb.clock import Clock
from dingnb.errors import DingError
from dingnb.ui.kit.worker import Worker
from dingnb.words import NOTHING, Text

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Failure:
    """
    An error, and what to do about it.

    Attributes:
        what: What failed.
        hint: What to do; may be empty.
    """

    what: Text
    hint: Text = NOTHING

    @property
    def is_out_of_calls(self) -> bool:
        """Whether the error is that no calls are left this month, by the count of the ledger."""
        return self.what.mentions("quota.used_up")


BUSY = Failure(Text("form.busy"), Text("form.press_again"))
"""The failure shown when a request is refused because other work is in progress."""


class Model(Generic[State]):
    """
    The model of a form: its state and its actions, without widgets.

    Work that may take long, such as calls of DingTalk, runs in a background thread, one task at a time. Requests
    made meanwhile are ignored, so that a button pressed twice acts once; where a request replaces an earlier request,
    the newest waits. Some models instead read or write a few rows of the ledger in the caller's thread; their
    docstrings say so.

    Args:
        state: The initial state: a frozen dataclass with a field ``failure``.
        clock: The source of time.

    Attributes:
        state: The current state.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self._clock = clock
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []
        self._worker = Worker(clock, self._lock, self.fail, self._on_idle, self._notify)

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self._clock

    @property
    def is_busy(self) -> bool:
        """Whether work is in progress."""
        return self._worker.is_busy

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """
        Call `watcher` after every change of `state`, and when work ends, in the thread that makes the change.

        That thread may hold the model's lock, so a watcher must not wait for another thread that uses the model.

        Returns:
            A function that removes the watcher.
        """
        self._watchers.append(watcher)
        return lambda: self._unwatch(watcher)

    def _unwatch(self, watcher: Callable[[], None]) -> None:
        with suppress(ValueError):
            self._watchers.remove(watcher)

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        self._worker.wait()

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language; override it where the state holds texts."""

    def fail(self, error: Exception) -> None:
        """Show an error that would otherwise be lost."""
        self._show(failure=self._failure(error))

    def fail_without_blocking(self, error: Exception) -> None:
        """
        Show an error, from a thread that may hold another model's lock, and so must not wait for this model's lock.

        If this model's lock is taken, a new thread waits for it and shows the error.
        """
        if not self._lock.acquire(blocking=False):
            threading.Thread(target=self.fail, args=(error,), name="dingnb", daemon=True).start()
            return
        try:
            self._change({"failure": self._failure(error)})
        finally:
            self._lock.release()
        self._notify()

    def _start_work(
        self, work: Callable[[], None], interrupt: Callable[[], None] = lambda: None, **changed: object
    ) -> bool:
        """
        Start work in a background thread, unless other work is in progress.

        Args:
            work: The work; its errors are shown.
            interrupt: Asks the work to end.
            changed: Changes of the state at the start.

        Returns:
            Whether the work was started.
        """
        with self._undone_unless_started(changed) as show_start:
            return self._worker.start(work, interrupt, show_start)

    def _run_here(self, work: Callable[[], None]) -> None:
        """Do work in this thread, unless other work is in progress; its errors are shown."""
        self._worker.run(work)

    def _start_newest(self, work: Callable[[], None], **changed: object) -> None:
        """
        Start work in a background thread, after other work in progress; only the newest such request is kept.

        Args:
            work: The work; its errors are shown.
            changed: Changes of the state at the start.
        """
        with self._undone_unless_started(changed) as show_start:
            self._worker.start_newest(work, show_start)

    @property
    def _has_next(self) -> bool:
        """Whether a request waits for the end of the work in progress."""
        return self._worker.has_next

    def _drop_next(self) -> None:
        """Drop the request that waits, if any."""
        self._worker.drop_next()

    @contextmanager
    def _undone_unless_started(self, changed: dict[str, object]) -> Iterator[Callable[[], None]]:
        """Return a context with a function that changes the state; if starting work fails, the change is undone."""
        before: dict[str, Any] = {}

        def change() -> None:
            with self._lock:
                before.update({name: getattr(self.state, name) for name in changed})
            self._show(**changed)

        try:
            yield change
        except BaseException:
            if before and not self.is_busy:
                self._show(**before)
            raise

    def _on_idle(self) -> None:
        """Change the state when all work has ended, without notifying the watchers; called with the lock."""

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, DingError):
            return Failure(error.text, error.advice)
        what = Text("form.unexpected", kind=type(error).__name__, text=str(error))
        return Failure(what, Text("form.unexpected_todo"))

    def _show(self, **changed: object) -> None:
        """Change the state, and notify the watchers."""
        with self._lock:
            self._change(changed)
        self._notify()

    def _change(self, changed: dict[str, Any]) -> None:
        """Change the state without notifying the watchers; called with the lock."""
        state: Any = self.state
        self.state = replace(state, **changed)

    def _notify(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()


class StateDisplay:
    """
    A `ProgressDisplay` that passes progress to a model.

    Args:
        show: Called with the text, and the fraction that is done from 0 to 1, or None.

    Attributes:
        is_live: Always True.
    """

    is_live = True

    def __init__(self, show: Callable[[str, float | None], None]) -> None:
        self._show = show

    def show(self, text: str, fraction: float | None) -> None:
        """Show the progress."""
        self._show(text, fraction)

    def end(self, text: str, fraction: float | None) -> None:
        """Do nothing: the model shows the outcome, with what to do in the form."""
