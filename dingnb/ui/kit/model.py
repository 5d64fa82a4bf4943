"""The base class of models: an immutable state, watchers, and work in a background thread."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from dingnb.calls.background import Background
from dingnb.clock import Clock
from dingnb.errors import DingError
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


BUSY = Failure(Text("form.busy"), Text("form.busy_todo"))
"""The failure shown when a request is refused because other work is in progress."""


class Model(Generic[State]):
    """
    The model of a form: its state and its actions, without widgets.

    Work that uses DingTalk, the ledger or the keyring runs in a background thread, one task at a time. Requests during
    it are ignored, so that a button pressed twice acts once; where a request replaces an earlier one, the newest waits.

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
        self._work: Background | None = None
        self._next: tuple[Callable[[], None], dict[str, Any]] | None = None
        self._is_busy = False

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self._clock

    @property
    def is_busy(self) -> bool:
        """Whether work is in progress."""
        return self._is_busy

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """
        Call `watcher` after every change of `state`, in the thread that makes it.

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
        if self._work is not None:
            self._work.join()

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language; override it where the state holds texts."""

    def fail(self, error: Exception) -> None:
        """Show an error that would otherwise be lost."""
        self._show(failure=self._failure(error))

    def fail_without_blocking(self, error: Exception) -> None:
        """
        Show an error, from a thread that may hold another model's lock, and so must not wait for this one.

        If this lock is taken, another thread shows the error.
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
            Whether it was started.
        """
        with self._lock:
            if self._is_busy:
                return False
            self._is_busy = True
            self._change(changed)
        try:
            self._notify()
            self._work = Background(self._clock, lambda: self._run(work), interrupt)
        except BaseException:
            # Nothing was started: allow the next press.
            self._is_busy = False
            raise
        return True

    def _start_newest(self, work: Callable[[], None], **changed: Any) -> None:  # noqa: ANN401 - of any field
        """
        Start work in a background thread, after other work in progress; only the newest such request is kept.

        Args:
            work: The work; its errors are shown.
            changed: Changes of the state at the start.
        """
        with self._lock:
            if not self._start_work(work, **changed):
                self._next = work, changed

    def _run(self, work: Callable[[], None]) -> None:
        """Run work, then the newest request made in the meantime, if any; errors are shown."""
        following: tuple[Callable[[], None], dict[str, Any]] | None = work, {}
        while following is not None:
            work, changed = following
            try:
                if changed:
                    self._show(**changed)
                work()
            except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
                self.fail(error)
            finally:
                following = self._take_next()

    def _take_next(self) -> tuple[Callable[[], None], dict[str, Any]] | None:
        """Return the waiting request; without one, end the work."""
        # Under one lock, so that work started next is not shown as ended.
        with self._lock:
            following, self._next = self._next, None
            if following is None:
                self._is_busy = False
                self._ended()
        return following

    def _ended(self) -> None:
        """Show that work has ended."""
        self._notify()

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, DingError):
            return Failure(error.text, error.advice)
        what = Text("form.unexpected", kind=type(error).__name__, text=str(error))
        return Failure(what, Text("form.unexpected_todo"))

    def _show(self, **changed: object) -> None:
        with self._lock:
            self._change(changed)
        self._notify()

    def _change(self, changed: dict[str, Any]) -> None:
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
        """Show the outcome."""
        self._show(text, fraction)


Request = TypeVar("Request")


class LatestWorker(Generic[Request]):
    """
    Handles requests one at a time in a background thread, skipping those replaced by a newer one before they start.

    Args:
        clock: The source of time.
        handle: Handles a request; its second argument returns whether there is a newer one, so that it can end early.
        on_error: Called with an error raised by `handle`.
    """

    def __init__(
        self,
        clock: Clock,
        handle: Callable[[Request, Callable[[], bool]], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._clock = clock
        self._handle = handle
        self._on_error = on_error
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
                self._handle(request, lambda: bool(self._next))
            except Exception as error:  # noqa: BLE001 - passed on to `on_error`
                self._on_error(error)
