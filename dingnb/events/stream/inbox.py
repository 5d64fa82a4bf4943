"""Processes frames: each is logged before it is acknowledged to DingTalk."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from dingnb.errors import LedgerError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.events.handlers import ErrorReporter
from dingnb.events.log import EventLog
from dingnb.events.parsing import read_frame
from dingnb.events.stream.cards import Cards
from dingnb.events.stream.frames import (
    CALLBACK,
    CARD_TOPIC,
    EVENT,
    Code,
    Frame,
    SystemFrame,
    UnreadableFrame,
    acknowledgement,
    parse_frame,
)

MAX_REMEMBERED = 10_000
"""Number of acknowledgements remembered for repeated frames."""

MAX_PENDING = 1_000
"""Maximum number of robot messages waiting until the ledger can be written."""

RETRY_S = 1.0
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
        self._errors = ErrorReporter()
        self._can_write = True
        self._failed_at = -math.inf
        self._pending: deque[Event] = deque()
        self.received = self.unreadable = self.postponed = self.lost = 0

    @property
    def failures(self) -> int:
        """The number of unexpected failures."""
        return self._errors.count

    @property
    def pending(self) -> int:
        """The number of robot messages waiting until the ledger can be written."""
        return len(self._pending)

    def hold_ledger_open(self) -> AbstractContextManager[None]:
        """Return a context, for one thread, in which events are stored a few times faster."""
        return self._log.hold_ledger_open()

    def process(self, texts: Iterable[str], send: Callable[[str], None]) -> bool:
        """
        Process frames received together, acknowledge them, and answer the cards that are due.

        Args:
            texts: The frames received.
            send: Sends an acknowledgement.

        Returns:
            Whether the other side is about to disconnect.
        """
        is_disconnecting = False
        self._can_write = True
        self._write_pending()
        for text in texts:
            is_disconnecting |= self._process_frame(text, send)
            self._answer_cards(send)
        self._answer_cards(send)
        return is_disconnecting

    def poll(self, send: Callable[[str], None]) -> None:
        """While nothing arrives, retry pending messages, and answer cards."""
        if time.monotonic() >= self._failed_at + RETRY_S:
            self._can_write = True
            self._write_pending()
        self._answer_cards(send)

    def end(self, since: float) -> None:
        """
        Try one last time to write the pending messages.

        Args:
            since: A failed attempt after this time, in seconds of ``time.monotonic``, counts as the last.
        """
        if self._failed_at < since:
            self._can_write = True
            self._write_pending()
        self.lost += len(self._pending)
        self._pending.clear()

    def _process_frame(self, text: str, send: Callable[[str], None]) -> bool:
        frame = parse_frame(text)
        if isinstance(frame, UnreadableFrame):
            self.unreadable += 1
            answer = acknowledgement(frame.message_id, "{}", Code.UNREADABLE)
        elif isinstance(frame, SystemFrame):
            answer = acknowledgement(frame.message_id, frame.data)
        else:
            self.received += 1
            answer = self._answer(frame)
        if answer and frame.message_id:
            send(answer)
        return isinstance(frame, SystemFrame) and frame.topic == "disconnect"

    def _answer_cards(self, send: Callable[[str], None]) -> None:
        """Answer the cards that have their answer or have reached the deadline."""
        for card in self._cards.pop_finished():
            answer = acknowledgement(card.message_id, card.answer)
            self._remember(card.message_id, answer)
            if card.is_connection_open:
                send(answer)

    def _answer(self, frame: Frame) -> str:
        """Process a frame, and return its acknowledgement; empty while a card waits for its answer."""
        earlier = self._remembered.get(frame.message_id, "")
        try:
            event = read_frame(frame.kind, frame.headers, frame.data, self._log.now_ns())
            # The log recognises repeated events by their id; without one, the message id identifies them.
            if (event.id or not earlier) and not self._write(event):
                return self._postpone(frame, event)
        except RecursionError:
            self.unreadable += 1
            return acknowledgement(frame.message_id, {}, Code.UNREADABLE)
        except Exception as error:  # noqa: BLE001 - no frame may end the receiving
            self._errors.show(self, error)
            return acknowledgement(frame.message_id, {}, Code.FAILED)
        return earlier or self._acknowledge(frame, event)

    def _write(self, event: Event) -> bool:
        """Add an event to the log; return whether this succeeded."""
        if self._can_write:
            try:
                self._log.add(event)
            except LedgerError:
                # The rest of the batch must not wait for the ledger again.
                self._can_write = False
                self._failed_at = time.monotonic()
        return self._can_write

    def _write_pending(self) -> None:
        while self._pending:
            try:
                if not self._write(self._pending[0]):
                    return
            except Exception as error:  # noqa: BLE001 - likewise
                self._errors.show(self, error)
                self.lost += 1
            self._pending.popleft()

    def _postpone(self, frame: Frame, event: Event) -> str:
        self.postponed += 1
        # DingTalk is asked to send it again, but sends robot messages only once.
        if event.type == ROBOT_MESSAGE and not (event.id and any(one.id == event.id for one in self._pending)):
            if len(self._pending) < MAX_PENDING:
                self._pending.append(event)
            else:
                self.lost += 1
        return acknowledgement(frame.message_id, _LATER, Code.OK if frame.kind == EVENT else Code.FAILED)

    def _acknowledge(self, frame: Frame, event: Event) -> str:
        if frame.kind == CALLBACK and frame.topic == CARD_TOPIC and frame.topic in self._topics:
            self._cards.start(frame.message_id, event)
            return ""
        if frame.kind == EVENT:
            return self._remember(frame.message_id, acknowledgement(frame.message_id, _SUCCESS))
        # Frames of topics without a subscription are logged as well.
        code = Code.OK if frame.kind == CALLBACK and frame.topic in self._topics else Code.UNKNOWN_TOPIC
        return self._remember(frame.message_id, acknowledgement(frame.message_id, _NOTHING, code))

    def _remember(self, message_id: str, answer: str) -> str:
        if message_id:
            self._remembered[message_id] = answer
            if len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer
