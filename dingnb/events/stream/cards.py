"""Answers to card callbacks, from the analyst's function; DingTalk waits for 2 seconds."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.events.handlers import Failures
from dingnb.words import Text

OnCard = Callable[[Event], Mapping[str, Any] | None]

ANSWER_WITHIN_S = 1.7
"""Time for an answer: DingTalk waits for 2 seconds, less the network and the engine's polling."""

MOST_AT_ONCE = 16
"""Maximum number of concurrent answers; beyond it a card gets an empty one."""

EMPTY: Mapping[str, Any] = {"response": {}}


@dataclass(slots=True, eq=False)
class Question:
    """
    A card callback waiting for its answer.

    Attributes:
        message_id: The id to answer with.
        until: The deadline for the answer, in seconds of ``time.monotonic``.
        done: Whether there is an answer.
        answer: The answer.
        is_asked: Whether the connection that asked is still there.
    """

    message_id: str
    until: float
    is_asked: bool = True
    done: threading.Event = field(default_factory=threading.Event)
    answer: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


class Cards:
    """
    Calls the analyst's function in separate threads, so that nothing else waits for it.

    Args:
        on_card: The function; None gives all cards empty answers.

    Attributes:
        late: How often there was no answer in time, or no free thread.
    """

    def __init__(self, on_card: OnCard | None) -> None:
        self.on_card = on_card
        self._waiting: list[Question] = []
        self._running = 0
        self._lock = threading.Lock()
        self.failures = Failures()
        self.late = 0

    def ask(self, message_id: str, event: Event) -> None:
        """Start answering a card, unless this is under way already."""
        same = next((one for one in self._waiting if one.message_id == message_id), None)
        if same is not None:
            same.is_asked = True
            return
        question = Question(message_id, time.monotonic() + ANSWER_WITHIN_S)
        self._waiting.append(question)
        on_card = self.on_card
        with self._lock:
            is_free = on_card is not None and self._running < MOST_AT_ONCE
            self._running += is_free
        if on_card is None or not is_free:
            self.late += on_card is not None
            question.done.set()
            return
        arguments = (question, on_card, event)
        try:
            threading.Thread(target=self._answer, args=arguments, name="dingnb card", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left for it
            self.failures.show(on_card, error)
            self._done(question)

    def answered(self) -> list[Question]:
        """Return the cards that have their answer or have reached the deadline; each once."""
        now = time.monotonic()
        over = [one for one in self._waiting if one.done.is_set() or now >= one.until]
        self.late += sum(not one.done.is_set() for one in over)
        self._waiting = [one for one in self._waiting if one not in over]
        return over

    def unlink(self) -> None:
        """Record that the connection has ended: its cards are sent again, and then get the same answer."""
        for one in self._waiting:
            one.is_asked = False

    def _answer(self, question: Question, on_card: OnCard, event: Event) -> None:
        try:
            question.answer = {"response": _checked(on_card(event))}
        except BaseException as error:  # noqa: BLE001 - a user's own code, which may exit(); receiving goes on
            self.failures.show(on_card, error)
        finally:
            self._done(question)

    def _done(self, question: Question) -> None:
        with self._lock:
            self._running -= 1
        question.done.set()


def _checked(answer: object) -> Mapping[str, Any]:
    """Return a function's answer, if it is a valid answer for a card."""
    if answer is None:
        return {}
    try:
        if isinstance(answer, Mapping):
            found: dict[str, Any] = json.loads(json.dumps(dict(answer), allow_nan=False))
            return found
    except (TypeError, ValueError, RecursionError):
        pass
    raise InputError(Text("stream.bad_answer", value=answer), Text("stream.bad_answer_todo"))
