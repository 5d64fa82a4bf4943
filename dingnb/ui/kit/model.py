"""What the models of all forms share: a state that is replaced as a whole, who watches it, and work in a thread."""

import threading
from collections.abc import Callable
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
    What did not work, and what to do.

    Attributes:
        text: What did not work.
        advice: What to do; may be empty.
    """

    text: Text
    advice: Text = NOTHING

    @property
    def what(self) -> str:
        """What did not work, as forms say it."""
        return self.text.in_form()

    @property
    def hint(self) -> str:
        """What to do, as forms say it."""
        return self.advice.in_form()


class Model(Generic[State]):
    """
    A form without a browser: what it knows, and what it does.

    Whatever asks DingTalk, the ledger or the keyring runs in a thread of its own, one at a time: what is asked for
    meanwhile does nothing, so that a button pressed twice acts once.

    Args:
        state: What it shows first: a frozen dataclass with a field ``failure``.
        clock: The source of time.

    Attributes:
        state: What it shows now.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self._clock = clock
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []
        self._work: Background | None = None
        self._is_busy = False

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self._clock

    @property
    def is_busy(self) -> bool:
        """Whether work is under way."""
        return self._is_busy

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after every change of `state`, from whichever thread makes it."""
        self._watchers.append(watcher)

    def wait(self) -> None:
        """Wait until what is under way has come to its end."""
        if self._work is not None:
            self._work.join()

    def say_again(self) -> None:
        """Put the state into words once more, in the language in use."""

    def fail(self, error: Exception) -> None:
        """Show an error that came from a place where nobody would see it."""
        self._show(failure=self._failure(error))

    def fail_from_elsewhere(self, error: Exception) -> None:
        """
        Show an error, from a thread that may hold the lock of another model, and so must not wait for ours.

        Where ours is held, perhaps by who waits for the other one, a thread of its own shows the error.
        """
        if not self._lock.acquire(blocking=False):
            threading.Thread(target=self.fail, args=(error,), name="dingnb", daemon=True).start()
            return
        try:
            self._change({"failure": self._failure(error)})
        finally:
            self._lock.release()
        self._tell()

    def _begin(self, work: Callable[[], None], interrupt: Callable[[], None] = lambda: None, **changed: object) -> bool:
        """
        Start work, unless some is under way.

        Args:
            work: What to do; an error of it is shown.
            interrupt: Asks the work to come to an end.
            changed: What changes in the state as it starts.

        Returns:
            Whether it was started.
        """
        with self._lock:
            if self._is_busy:
                return False
            self._is_busy = True
            self._change(changed)
        try:
            self._tell()
            self._work = Background(self._clock, lambda: self._run(work), interrupt)
        except BaseException:
            # Nothing was started: the next press has to be able to.
            self._is_busy = False
            raise
        return True

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nobody sees what a thread raises: the form shows it
            self.fail(error)
        finally:
            # At one go: what is begun next must not be shown as ended.
            with self._lock:
                self._is_busy = False
                self._ended()

    def _ended(self) -> None:
        """Show that work has come to its end."""
        self._tell()

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, DingError):
            return Failure(error.text, error.advice)
        what = Text("form.unexpected", kind=type(error).__name__, text=str(error))
        return Failure(what, Text("form.unexpected_todo"))

    def _show(self, **changed: object) -> None:
        with self._lock:
            self._change(changed)
        self._tell()

    def _change(self, changed: dict[str, Any]) -> None:
        state: Any = self.state
        self.state = replace(state, **changed)

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()
