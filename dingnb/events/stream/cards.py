"""Answers card callbacks with a user-defined function; DingTalk waits for 2 seconds."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.events.handlers import ErrorReporter
from dingnb.words import Text

OnCard = Callable[[Event], Mapping[str, Any] | None]
"""The user's function: takes a card callback, and returns an update of the card or None."""

ANSWER_TIMEOUT_S = 1.7
"""Time for an answer: DingTalk waits for 2 seconds, less the network and the engine's polling."""

MAX_CONCURRENT = 16
"""Maximum number of cards answered at the same time; any further card gets an empty answer."""

EMPTY_ANSWER: Mapping[str, Any] = {"response": {}}
"""The answer that changes nothing on the card."""


@dataclass(slots=True, eq=False)
class PendingCard:
    """
    A card callback waiting for its answer.

    Attributes:
        message_id: The id to name in the answer; empty if no answer is sent.
        deadline_s: The deadline for the answer, in seconds of ``time.monotonic``.
        is_connection_open: Whether the connection over which the callback came is still open.
        done: Set once `answer` is final, also if the function has failed.
        answer: The answer.
    """

    message_id: str
    deadline_s: float
    is_connection_open: bool = True
    done: threading.Event = field(default_factory=threading.Event)
    answer: Mapping[str, Any] = field(default_factory=lambda: EMPTY_ANSWER)


class CardResponder:
    """
    Calls the user's function in separate threads, so that nothing else waits for it.

    Args:
        on_card: The function; None gives all cards empty answers.

    Attributes:
        errors: Shows the errors of the function, and of threads that the system could not start, and counts them.
        late_count: The number of cards without an answer in time, or beyond `MAX_CONCURRENT`.
    """

    def __init__(self, on_card: OnCard | None) -> None:
        self.on_card = on_card
        self._pending: dict[object, PendingCard] = {}
        self._running = 0
        self._lock = threading.Lock()
        self.errors = ErrorReporter()
        self.late_count = 0

    def start(self, message_id: str, event: Event) -> None:
        """Start answering a card, unless the card is already being answered."""
        # Cards without an id cannot be recognised.
        key = message_id or object()
        if key in self._pending:
            self._pending[key].is_connection_open = True
            return
        card = self._pending[key] = PendingCard(message_id, time.monotonic() + ANSWER_TIMEOUT_S)
        on_card = self.on_card
        if on_card is None:
            card.done.set()
            return
        with self._lock:
            is_free = self._running < MAX_CONCURRENT
            if is_free:
                self._running += 1
        if not is_free:
            self.late_count += 1
            card.done.set()
            return
        arguments = (card, on_card, event)
        try:
            threading.Thread(target=self._answer, args=arguments, name="dingnb card", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left for it
            self.errors.show(on_card, error)
            self._finish(card)

    def pop_finished(self) -> list[PendingCard]:
        """Return the cards that have their answer or have reached the deadline; each card once."""
        now = time.monotonic()
        keys = [key for key, card in self._pending.items() if card.done.is_set() or now >= card.deadline_s]
        finished = [self._pending.pop(key) for key in keys]
        self.late_count += sum(not card.done.is_set() for card in finished)
        return finished

    def record_connection_loss(self) -> None:
        """Record that the connection has ended. Callbacks that DingTalk sends again get the same answers."""
        for card in self._pending.values():
            card.is_connection_open = False

    def _answer(self, card: PendingCard, on_card: OnCard, event: Event) -> None:
        try:
            card.answer = {"response": _validate_answer(on_card(event))}
        except BaseException as error:  # noqa: BLE001 - user code, which may call exit(); receiving continues
            self.errors.show(on_card, error)
        finally:
            self._finish(card)

    def _finish(self, card: PendingCard) -> None:
        with self._lock:
            self._running -= 1
        card.done.set()


def _validate_answer(answer: object) -> Mapping[str, Any]:
    """
    Return a function's answer as plain JSON; empty for None.

    Raises:
        InputError: The answer is not a mapping, or has values that JSON does not allow.
    """
    if answer is None:
        return {}
    try:
        if isinstance(answer, Mapping):
            plain_answer: dict[str, Any] = json.loads(json.dumps(dict(answer), allow_nan=False))
            return plain_answer
    except (TypeError, ValueError, RecursionError):
        pass
    raise InputError(Text("stream.bad_answer", value=answer), Text("stream.bad_answer_todo"))
