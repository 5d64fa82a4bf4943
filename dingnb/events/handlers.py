"""Calls user-defined handlers in a separate thread, so that receiving never waits for a handler."""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import Any, Self

from dingnb.events.event import Event
from dingnb.words import Text, listed, say

Handler = Callable[[Event], object]

_MAX_REMEMBERED = 64
"""The maximum number of errors, by owner and type, that are remembered as shown."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subscription:
    """
    A handler, and the event types for which it is called. ``off()`` ends the subscription.

    Attributes:
        types: The types; empty means all.
        handler: The function that is called.
    """

    types: frozenset[str]
    handler: Handler
    _handlers: "Handlers"

    def off(self) -> None:
        """End the subscription; further calls do nothing. A running call of the handler is not interrupted."""
        self._handlers.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.off()

    def __repr__(self) -> str:
        name = getattr(self.handler, "__name__", type(self.handler).__name__)
        types = listed(sorted(self.types)) if self.types else Text("event.every_type")
        return say("event.called" if self._handlers.has(self) else "event.not_called", handler=name, types=types)


class ErrorReporter:
    """
    Shows errors that must not stop receiving: only the first error of each kind, to avoid flooding a notebook.

    Attributes:
        count: The number of errors.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Bounded, since each entry keeps its owner in memory.
        self._shown: deque[tuple[object, type[BaseException]]] = deque(maxlen=_MAX_REMEMBERED)
        self.count = 0

    def show(self, owner: object, error: BaseException) -> None:
        """Show an error, unless an error of the same kind was shown for this owner."""
        with self._lock:
            self.count += 1
            # By identity: a user's callable may not be hashable.
            if any(shown is owner and error_type is type(error) for shown, error_type in self._shown):
                return
            self._shown.append((owner, type(error)))
        traceback.print_exception(error)


class Handlers:
    """
    The handlers of a log.

    Handlers get the events one after another, in the order received. If a handler fails, each kind of error is shown
    once, and the handler is still called with the next event.

    Args:
        max_events: Maximum number of events that wait for slow handlers; beyond this number, the oldest are dropped.

    Attributes:
        dropped: The number of events dropped before handlers were called with them.
    """

    def __init__(self, max_events: int) -> None:
        self._subscriptions: list[Subscription] = []
        self._queue: deque[tuple[Event, list[Subscription]]] = deque(maxlen=max_events)
        self.dropped = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._call_errors = ErrorReporter()
        self._thread_errors = ErrorReporter()

    @property
    def failures(self) -> int:
        """The number of failed calls."""
        return self._call_errors.count

    def on(self, types: frozenset[str], handler: Handler) -> Subscription:
        """
        Call a handler with each event of some types received from now on.

        It ends the subscriptions of the same handler to any of these types: a notebook's cell that runs again would
        otherwise call its function twice with each event.
        """
        subscription = Subscription(types, handler, self)
        with self._lock:
            self._subscriptions = [
                earlier
                for earlier in self._subscriptions
                if not (_overlap(earlier.types, types) and _is_same(earlier.handler, handler))
            ]
            self._subscriptions.append(subscription)
        return subscription

    def dispatch(self, event: Event) -> None:
        """Call the handlers with an event in the background."""
        with self._lock:
            matching = [subscription for subscription in self._subscriptions if _matches(subscription, event)]
            if not matching:
                return
            self.dropped += len(self._queue) == self._queue.maxlen
            self._queue.append((event, matching))
            # Threads do not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="dingnb event handlers", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left; the next event tries again
            self._thread_errors.show(self, error)
        else:
            self._thread = thread

    def has(self, subscription: Subscription) -> bool:
        """Return whether a subscription has not ended."""
        return subscription in self._subscriptions

    def remove(self, subscription: Subscription) -> None:
        """End a subscription, unless it has ended."""
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
                # The subscription may have ended while other handlers were called.
                if self.has(subscription):
                    self._call(subscription, event)

    def _call(self, subscription: Subscription, event: Event) -> None:
        try:
            subscription.handler(event)
        except BaseException as error:  # noqa: BLE001 - user code, which may call exit(); receiving continues
            self._call_errors.show(subscription, error)


def is_async(function: Any) -> bool:  # noqa: ANN401 - any callable
    """Return whether a function, or an object that is called as one, returns a coroutine, which nobody would await."""
    return iscoroutinefunction(function) or iscoroutinefunction(function.__call__)


def _overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one or not other or not one.isdisjoint(other)


def _is_same(one: Handler, other: Handler) -> bool:
    """Return whether two handlers are the same method, or the same function of a module, which may be defined again."""
    if isinstance(one, MethodType) and isinstance(other, MethodType):
        return one.__self__ is other.__self__ and _is_same(one.__func__, other.__func__)
    if not (isinstance(one, FunctionType) and isinstance(other, FunctionType)):
        return one is other
    if (one.__module__, one.__qualname__) != (other.__module__, other.__qualname__):
        return False
    if "<" not in one.__qualname__:
        return True
    # One name stands for many lambdas and inner functions, which may also differ in the values that they refer to.
    values = (one.__defaults__, one.__kwdefaults__, one.__closure__, other.__defaults__, other.__kwdefaults__)
    return one.__code__ == other.__code__ and not any(values)


def _matches(subscription: Subscription, event: Event) -> bool:
    return not subscription.types or event.type in subscription.types
