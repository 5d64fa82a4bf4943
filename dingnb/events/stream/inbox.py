"""What becomes of a frame: it is in the log before DingTalk is told that it came."""

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
"""So many acknowledgements are remembered, to be repeated when their frame is."""

MOST_LATE = 1_000
"""So many robot messages wait at most until the ledger can be written."""

LATE_LOOK_S = 1.0
"""So long after a try to write them is the next."""

_SUCCESS = {"status": "SUCCESS", "message": "OK"}
_LATER = {"status": "LATER", "message": "not written yet"}
_NOTHING: Mapping[str, Any] = {"response": None}


class Inbox:
    """
    Takes the frames of a stream, over all its connections.

    Args:
        log: Where events go.
        cards: Who answers cards.
        topics: The topics of callbacks that are subscribed to.

    Attributes:
        lost: How many robot messages could not be written, and will not be.
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
        """How often something failed that should not have."""
        return self._failures.count

    @property
    def late(self) -> int:
        """How many robot messages wait until the ledger can be written."""
        return len(self._late)

    def at_hand(self) -> AbstractContextManager[None]:
        """Return a context, of one thread, in which it takes a few times as much of what is kept."""
        return self._log.at_hand()

    def take_all(self, texts: Iterable[str], send: Callable[[str], None]) -> bool:
        """
        Take what came together, acknowledge it, and answer the cards that have their answer by now.

        Args:
            texts: What came.
            send: Sends an acknowledgement.

        Returns:
            Whether the other side is about to leave.
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
        """Do what is due while nothing arrives: retry what waits for the ledger, and answer cards."""
        if time.monotonic() >= self._refused_at + LATE_LOOK_S:
            self._can_write = True
            self._write_late()
        self._answer_cards(send)

    def end(self, since: float) -> None:
        """
        Try a last time to write what waits.

        Args:
            since: A try that was in vain since then, in seconds of ``time.monotonic``, was the last.
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
        """Answer the cards that have their answer, or cannot wait for it."""
        for question in self._cards.answered():
            answer = acknowledgement(question.message_id, question.answer)
            self._remember(question.message_id, answer)
            if question.is_asked:
                send(answer)

    def _answer(self, frame: Frame) -> str:
        """Take what is new, and return its acknowledgement; none yet where a card waits for its answer."""
        known = self._remembered.get(frame.message_id, "")
        try:
            event = read_frame(frame.kind, frame.headers, frame.data, self._log.now_ns())
            # The log knows what was there by its id; what has none is known by its message's.
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
        """Put an event into the log, and return whether it is there."""
        if self._can_write:
            try:
                self._log.take(event)
            except LedgerError:
                # It was waited for long enough: the rest of what came together does not wait as long again, each.
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
        # DingTalk is asked for it again, but says of robot messages that it sends them once.
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
        # What nobody subscribed to is in the log all the same.
        code = Code.OK if frame.kind == CALLBACK and frame.topic in self._topics else Code.UNKNOWN_TOPIC
        return self._remember(frame.message_id, acknowledgement(frame.message_id, _NOTHING, code))

    def _remember(self, message_id: str, answer: str) -> str:
        if message_id:
            self._remembered[message_id] = answer
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer
