"""Processes frames: each is in the log before it is acknowledged to DingTalk."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from dingnb.errors import LedgerError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.events.handlers import Failures
from dingnb.events.log import EventLog
from dingnb.events.parsing import read_frame
from dingnb.events.stream.cards import Cards
from dingnb.events.stream.frames import (
    CALLBACK,
    CARD_TOPIC,
    EVENT,
    Code,
    Frame,
    Unreadable,
    Word,
    acknowledgement,
    read,
)

MOST_REMEMBERED = 10_000
"""Number of acknowledgements remembered for repeated frames."""

MOST_LATE = 1_000
"""Maximum number of robot messages waiting until the ledger can be written."""

LATE_LOOK_S = 1.0
"""Pause between attempts to write them."""

_SUCCESS = {"status": "SUCCESS", "message": "OK"}
_LATER = {"status": "LATER", "message": "not written yet"}
_NOTHING: Mapping[str, Any] = {"response": None}


class Inbox:
    """
    Processes the frames of a stream, over all its connections.

    Args:
        log: The event log.
        cards: Answers card callbacks.
        topics: The callback topics subscribed to.

    Attributes:
        lost: The number of robot messages that could not be written and are lost.
    """

    def __init__(self, log: EventLog, cards: Cards, topics: Collection[str]) -> None:
        self._log = log
        self._cards = cards
        self._topics = topics
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._failures = Failures()
        self._can_write = True
        self._refused_at = -math.inf
        self._late: deque[Event] = deque()
        self.received = self.unreadable = self.postponed = self.lost = 0

    @property
    def failures(self) -> int:
        """The number of unexpected failures."""
        return self._failures.count

    @property
    def late(self) -> int:
        """The number of robot messages waiting until the ledger can be written."""
        return len(self._late)

    def at_hand(self) -> AbstractContextManager[None]:
        """Return a context, for one thread, in which events are stored a few times faster."""
        return self._log.at_hand()

    def take_all(self, texts: Iterable[str], send: Callable[[str], None]) -> bool:
        """
        Process frames received together, acknowledge them, and answer the cards that are due.

        Args:
            texts: The frames received.
            send: Sends an acknowledgement.

        Returns:
            Whether the other side is about to disconnect.
        """
        is_leaving = False
        self._can_write = True
        self._write_late()
        for text in texts:
            is_leaving |= self._take(text, send)
            self._answer_cards(send)
        self._answer_cards(send)
        return is_leaving

    def poll(self, send: Callable[[str], None]) -> None:
        """While nothing arrives, retry what waits for the ledger, and answer cards."""
        if time.monotonic() >= self._refused_at + LATE_LOOK_S:
            self._can_write = True
            self._write_late()
        self._answer_cards(send)

    def end(self, since: float) -> None:
        """
        Try one last time to write what waits for the ledger.

        Args:
            since: A failed attempt after this time, in seconds of ``time.monotonic``, counts as the last.
        """
        if self._refused_at < since:
            self._can_write = True
            self._write_late()
        self.lost += len(self._late)
        self._late.clear()

    def _take(self, text: str, send: Callable[[str], None]) -> bool:
        frame = read(text)
        if isinstance(frame, Unreadable):
            self.unreadable += 1
            answer = acknowledgement(frame.message_id, "{}", Code.UNREADABLE)
        elif isinstance(frame, Word):
            answer = acknowledgement(frame.message_id, frame.data)
        else:
            self.received += 1
            answer = self._answer(frame)
        if answer and frame.message_id:
            send(answer)
        return isinstance(frame, Word) and frame.topic == "disconnect"

    def _answer_cards(self, send: Callable[[str], None]) -> None:
        """Answer the cards that have their answer or have reached the deadline."""
        for question in self._cards.answered():
            answer = acknowledgement(question.message_id, question.answer)
            self._remember(question.message_id, answer)
            if question.is_asked:
                send(answer)

    def _answer(self, frame: Frame) -> str:
        """Process a new frame, and return its acknowledgement; None while a card waits for its answer."""
        known = self._remembered.get(frame.message_id, "")
        try:
            event = read_frame(frame.kind, frame.headers, frame.data, self._log.now_ns())
            # The log recognises events by their id; those without one are recognised by the message's.
            if (event.id or not known) and not self._write(event):
                return self._postpone(frame, event)
        except RecursionError:
            self.unreadable += 1
            return acknowledgement(frame.message_id, {}, Code.UNREADABLE)
        except Exception as error:  # noqa: BLE001 - nothing that comes may end the receiving
            self._failures.show(self, error)
            return acknowledgement(frame.message_id, {}, Code.FAILED)
        return known or self._first_answer(frame, event)

    def _write(self, event: Event) -> bool:
        """Add an event to the log, and return whether it is there."""
        if self._can_write:
            try:
                self._log.take(event)
            except LedgerError:
                # The wait was long enough: the rest of the batch does not wait again, each.
                self._can_write = False
                self._refused_at = time.monotonic()
        return self._can_write

    def _write_late(self) -> None:
        while self._late:
            try:
                if not self._write(self._late[0]):
                    return
            except Exception as error:  # noqa: BLE001 - likewise
                self._failures.show(self, error)
                self.lost += 1
            self._late.popleft()

    def _postpone(self, frame: Frame, event: Event) -> str:
        self.postponed += 1
        # DingTalk is asked to send it again, but sends robot messages only once.
        if event.type == ROBOT_MESSAGE and not (event.id and any(one.id == event.id for one in self._late)):
            if len(self._late) < MOST_LATE:
                self._late.append(event)
            else:
                self.lost += 1
        return acknowledgement(frame.message_id, _LATER, Code.OK if frame.kind == EVENT else Code.FAILED)

    def _first_answer(self, frame: Frame, event: Event) -> str:
        if frame.kind == CALLBACK and frame.topic == CARD_TOPIC and frame.topic in self._topics:
            self._cards.ask(frame.message_id, event)
            return ""
        if frame.kind == EVENT:
            return self._remember(frame.message_id, acknowledgement(frame.message_id, _SUCCESS))
        # Frames of topics without a subscription are logged as well.
        code = Code.OK if frame.kind == CALLBACK and frame.topic in self._topics else Code.UNKNOWN_TOPIC
        return self._remember(frame.message_id, acknowledgement(frame.message_id, _NOTHING, code))

    def _remember(self, message_id: str, answer: str) -> str:
        if message_id:
            self._remembered[message_id] = answer
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer
