"""Calls what the analyst wants to be called, in a thread of its own: receiving never waits for it."""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from dingnb.events.event import Event
from dingnb.words import Text, listed, say

Handler = Callable[[Event], object]

_MOST_REMEMBERED = 64
"""So many kinds of errors, each of one function, are remembered as shown."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subscription:
    """
    A handler and the events that it wants. ``off()`` ends it.

    Attributes:
        types: The types; empty is all.
        handler: What is called.
    """

    types: frozenset[str]
    handler: Handler
    _forget: Callable[["Subscription"], None]

    def off(self) -> None:
        """End it; a second time does nothing. A call that is under way ends by itself."""
        self._forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.off()

    def __repr__(self) -> str:
        name = getattr(self.handler, "__name__", type(self.handler).__name__)
        return say(
            "event.called", handler=name, types=listed(sorted(self.types)) if self.types else Text("event.every_type")
        )


class Failures:
    """
    Shows the errors of what must not stop receiving: the first of each kind, since many would flood a notebook.

    Attributes:
        count: How many there were.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Not for ever: what is remembered here is kept in memory, with all that it holds.
        self._shown: deque[tuple[object, type[BaseException]]] = deque(maxlen=_MOST_REMEMBERED)
        self.count = 0

    def show(self, owner: object, error: BaseException) -> None:
        """Show an error, within the ``except`` that caught it, unless one of its kind was shown for this owner."""
        with self._lock:
            self.count += 1
            # By identity: a function of the analyst's may be what cannot be hashed.
            if any(one is owner and kind is type(error) for one, kind in self._shown):
                return
            self._shown.append((owner, type(error)))
        traceback.print_exc()


class Handlers:
    """
    The handlers of a log.

    Each event is given to them one after the other, in the order in which events came. One that fails is shown, once
    for each kind of failure, and is called again with the next event.
    """

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._waiting: deque[tuple[Event, list[Subscription]]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failures = Failures()

    @property
    def failures(self) -> int:
        """How often a handler failed."""
        return self._failures.count

    def on(self, types: frozenset[str], handler: Handler) -> Subscription:
        """Call a handler with each event of some types that comes from now on."""
        subscription = Subscription(types, handler, self._forget)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def tell(self, event: Event) -> None:
        """Have the handlers called with an event; returns at once."""
        with self._lock:
            wanting = [one for one in self._subscriptions if _wants(one, event)]
            if not wanting:
                return
            self._waiting.append((event, wanting))
            # A thread does not follow into a process that is forked.
            if self._thread is None or not self._thread.is_alive():
                self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name="dingnb event handlers", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left for it; the next event tries again
            self._failures.show(self, error)
        else:
            self._thread = thread

    def _forget(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def _work(self) -> None:
        """Call handlers until nothing waits; the next event starts another thread."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                event, wanting = self._waiting.popleft()
            for one in wanting:
                # It may have ended while others were called.
                if one in self._subscriptions:
                    self._call(one, event)

    def _call(self, subscription: Subscription, event: Event) -> None:
        try:
            subscription.handler(event)
        except BaseException as error:  # noqa: BLE001 - a user's own code, which may exit(); receiving goes on
            self._failures.show(subscription, error)


def _wants(subscription: Subscription, event: Event) -> bool:
    return not subscription.types or event.type in subscription.types
