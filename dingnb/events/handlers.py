"""Calls user-defined handlers in a separate thread, so that receiving never waits for them."""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from dingnb.events.event import Event
from dingnb.words import Text, listed, say

Handler = Callable[[Event], object]

_MAX_REMEMBERED = 64
"""The maximum number of errors, by owner and type, that are remembered as shown."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subscription:
    """
    A handler and the event types it is called for. ``off()`` ends it.

    Attributes:
        types: The types; empty means all.
        handler: The function that is called.
    """

    types: frozenset[str]
    handler: Handler
    _remove: Callable[["Subscription"], None]

    def off(self) -> None:
        """End the subscription; calling it again does nothing. A running call is not interrupted."""
        self._remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.off()

    def __repr__(self) -> str:
        name = getattr(self.handler, "__name__", type(self.handler).__name__)
        return say(
            "event.called", handler=name, types=listed(sorted(self.types)) if self.types else Text("event.every_type")
        )


class ErrorReporter:
    """
    Shows errors that must not stop receiving: only the first of each kind, to avoid flooding a notebook.

    Attributes:
        count: The number of errors.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Bounded, since each entry keeps its owner in memory.
        self._shown: deque[tuple[object, type[BaseException]]] = deque(maxlen=_MAX_REMEMBERED)
        self.count = 0

    def show(self, owner: object, error: BaseException) -> None:
        """Show an error, within the ``except`` that caught it, unless one of its kind was shown for this owner."""
        with self._lock:
            self.count += 1
            # By identity: a user's callable may not be hashable.
            if any(shown is owner and error_type is type(error) for shown, error_type in self._shown):
                return
            self._shown.append((owner, type(error)))
        traceback.print_exc()


class Handlers:
    """
    The handlers of a log.

    Each event is passed to them one after the other, in the order received. If a handler fails, the error is shown
    once for each kind, and the handler is still called with the next event.
    """

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._queue: deque[tuple[Event, list[Subscription]]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._errors = ErrorReporter()

    @property
    def failures(self) -> int:
        """The number of failed calls."""
        return self._errors.count

    def on(self, types: frozenset[str], handler: Handler) -> Subscription:
        """Call a handler with each event of some types received from now on."""
        subscription = Subscription(types, handler, self._remove)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def dispatch(self, event: Event) -> None:
        """Call the handlers with an event in the background."""
        with self._lock:
            matching = [subscription for subscription in self._subscriptions if _matches(subscription, event)]
            if not matching:
                return
            self._queue.append((event, matching))
            # Threads do not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="dingnb event handlers", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left; the next event tries again
            self._errors.show(self, error)
        else:
            self._thread = thread

    def _remove(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def _run(self) -> None:
        """Call handlers until the queue is empty; the next event starts another thread."""
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                event, matching = self._queue.popleft()
            for subscription in matching:
                # It may have been cancelled while others were called.
                if subscription in self._subscriptions:
                    self._call(subscription, event)

    def _call(self, subscription: Subscription, event: Event) -> None:
        try:
            subscription.handler(event)
        except BaseException as error:  # noqa: BLE001 - user code, which may call exit(); receiving continues
            self._errors.show(subscription, error)


def _matches(subscription: Subscription, event: Event) -> bool:
    return not subscription.types or event.type in subscription.types
