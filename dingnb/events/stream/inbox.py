"""
Processes frames: each is logged before it is acknowledged to DingTalk.

Presses on cards of campaigns that arrive together are recorded in one transaction, and then acknowledged.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from dingnb.errors import LedgerError
from dingnb.events.answers import Response
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.events.handlers import ErrorReporter
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_frame_event
from dingnb.events.presses import IgnoredPressError, Press, parse_press
from dingnb.events.stream.cards import EMPTY_ANSWER, CardResponder
from dingnb.events.stream.protocol import (
    CALLBACK,
    CARD_TOPIC,
    EVENT,
    AckCode,
    Frame,
    SystemFrame,
    UnreadableFrame,
    build_acknowledgement,
    parse_frame,
)
from dingnb.ledger.cards import OWN_PREFIX

MAX_REMEMBERED = 10_000
"""Number of acknowledgements remembered for repeated frames."""

MAX_PENDING = 1_000
"""Maximum number of robot messages, and of presses on cards, waiting until the ledger can be written."""

MAX_PRESSES = 200
"""Maximum number of presses recorded in one transaction: DingTalk waits for 2 seconds."""

RETRY_S = 1.0
"""Pause between attempts to write pending messages and presses."""

_SUCCESS = {"status": "SUCCESS", "message": "OK"}
_LATER = {"status": "LATER", "message": "not written yet"}
_NO_RESPONSE: Mapping[str, Any] = {"response": None}


class _ReceivedPress(NamedTuple):
    """A press to record, and the id and event of its frame."""

    press: Press
    message_id: str
    event: Event


class Inbox:
    """
    Processes the frames of a stream, over all its connections.

    Args:
        log: The event log.
        cards: Answers card callbacks.
        topics: The callback topics subscribed to.

    Attributes:
        received_count: The number of events, robot messages and card callbacks received, including repetitions.
        unreadable_count: The number of frames that could not be read.
        postponed_count: The number of times that a frame could not be written and DingTalk was asked to send it again.
        lost_messages: The number of robot messages that could not be written and are lost.
        lost_presses: The number of presses on cards that could not be written, unless DingTalk sends them again.
    """

    def __init__(self, log: EventLog, cards: CardResponder, topics: Collection[str]) -> None:
        self._log = log
        self._cards = cards
        self._topics = topics
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._errors = ErrorReporter()
        self._can_write = True
        self._failed_at = -math.inf
        self._pending: deque[Event] = deque()
        self._received_presses: list[_ReceivedPress] = []
        self._pending_presses: list[Press] = []
        self.received_count = self.unreadable_count = self.postponed_count = self.lost_messages = self.lost_presses = 0

    @property
    def failures(self) -> int:
        """The number of unexpected failures."""
        return self._errors.count

    @property
    def pending_messages(self) -> int:
        """The number of robot messages waiting until the ledger can be written."""
        return len(self._pending)

    @property
    def pending_presses(self) -> int:
        """The number of presses on cards waiting until the ledger can be written."""
        return len(self._pending_presses)

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
            if len(self._received_presses) >= MAX_PRESSES:
                self._record_presses(send)
            self._answer_cards(send)
        self._record_presses(send)
        self._answer_cards(send)
        return is_disconnecting

    def process_idle(self, send: Callable[[str], None]) -> None:
        """Retry pending messages and answer cards; called while nothing arrives."""
        if time.monotonic() >= self._failed_at + RETRY_S:
            self._can_write = True
            self._write_pending()
        self._answer_cards(send)

    def close(self, since: float) -> None:
        """
        Try one last time to write the pending messages and presses; what cannot be written is lost.

        Args:
            since: A failed attempt after this time, in seconds of ``time.monotonic``, counts as the last.
        """
        if self._failed_at < since:
            self._can_write = True
            self._write_pending()
        self.lost_messages += len(self._pending)
        self._pending.clear()
        self.lost_presses += len(self._pending_presses)
        self._pending_presses.clear()

    def _process_frame(self, text: str, send: Callable[[str], None]) -> bool:
        frame = parse_frame(text)
        if isinstance(frame, UnreadableFrame):
            self.unreadable_count += 1
            answer = build_acknowledgement(frame.message_id, "{}", AckCode.UNREADABLE)
        elif isinstance(frame, SystemFrame):
            answer = build_acknowledgement(frame.message_id, frame.data)
        else:
            self.received_count += 1
            answer = self._answer(frame)
        if answer and frame.message_id:
            send(answer)
        return isinstance(frame, SystemFrame) and frame.topic == "disconnect"

    def _answer_cards(self, send: Callable[[str], None]) -> None:
        """Answer the cards that have their answer or have reached the deadline."""
        for card in self._cards.pop_finished():
            answer = build_acknowledgement(card.message_id, card.answer)
            self._remember(card.message_id, answer)
            if card.message_id and card.is_connection_open:
                send(answer)

    def _answer(self, frame: Frame) -> str:
        """Process a frame, and return its acknowledgement; empty if a press on a card is acknowledged later."""
        remembered_answer = self._remembered.get(frame.message_id, "")
        try:
            press = None if remembered_answer else self._read_press(frame)
            event = parse_frame_event(frame.kind, frame.headers, frame.data, self._log.now_ns())
            # The log recognises repeated events by their id; without one, the message id identifies them.
            if (event.id or not remembered_answer) and not self._write(event):
                return self._postpone(frame, event, press)
        except IgnoredPressError as error:
            # Not logged as an event either: the press may be very large.
            self._log.answers.record_ignored(error.reason)
            return self._remember(frame.message_id, build_acknowledgement(frame.message_id, EMPTY_ANSWER))
        except RecursionError:
            self.unreadable_count += 1
            return build_acknowledgement(frame.message_id, {}, AckCode.UNREADABLE)
        except Exception as error:  # noqa: BLE001 - no frame may end the receiving
            self._errors.show(self, error)
            return build_acknowledgement(frame.message_id, {}, AckCode.FAILED)
        if press is not None:
            self._received_presses.append(_ReceivedPress(press, frame.message_id, event))
            return ""
        return remembered_answer or self._acknowledge(frame, event)

    def _read_press(self, frame: Frame) -> Press | None:
        """
        Return the press that a frame reports; None for other frames, and for cards that cannot be a campaign's.

        Raises:
            IgnoredPressError: The press cannot be an answer.
        """
        if not self._is_card(frame) or not str(frame.data.get("outTrackId")).startswith(OWN_PREFIX):
            return None
        return parse_press(frame.data, frame.message_id, frame.headers.get("time"))

    def _record_presses(self, send: Callable[[str], None]) -> None:
        """Record the presses received together, and acknowledge them; the user's function answers other cards."""
        presses, self._received_presses = self._received_presses, []
        if presses:
            self._record(presses, send)

    def _record(self, presses: Sequence[_ReceivedPress], send: Callable[[str], None]) -> None:
        try:
            responses = self._log.answers.record([received.press for received in presses])
        except LedgerError:
            self._failed_at = time.monotonic()
            answers = [self._postpone_press(received.message_id, received.press) for received in presses]
        except Exception as error:  # noqa: BLE001 - no frame may end the receiving
            if len(presses) > 1:
                # One by one, so that the other presses are recorded.
                for received in presses:
                    self._record([received], send)
                return
            self._errors.show(self, error)
            answers = [build_acknowledgement(received.message_id, {}, AckCode.FAILED) for received in presses]
        else:
            answers = [self._respond(*pair) for pair in zip(presses, responses, strict=True)]
        for received, answer in zip(presses, answers, strict=True):
            if answer and received.message_id:
                send(answer)

    def _respond(self, received: _ReceivedPress, response: Response | None) -> str:
        if response is None:
            self._cards.start(received.message_id, received.event)
            return ""
        return self._remember(received.message_id, build_acknowledgement(received.message_id, {"response": response}))

    def _postpone_press(self, message_id: str, press: Press) -> str:
        """Keep a press to record it later, and ask DingTalk to send the press again, which DingTalk may not do."""
        self.postponed_count += 1
        if press not in self._pending_presses:
            if len(self._pending_presses) < MAX_PENDING:
                self._pending_presses.append(press)
            else:
                self.lost_presses += 1
        return build_acknowledgement(message_id, _LATER, AckCode.FAILED)

    def _is_card(self, frame: Frame) -> bool:
        return frame.kind == CALLBACK and frame.topic == CARD_TOPIC and frame.topic in self._topics

    def _write(self, event: Event) -> bool:
        """Add an event to the log; return whether the log has the event."""
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
                self.lost_messages += 1
            self._pending.popleft()
        self._write_pending_presses()

    def _write_pending_presses(self) -> None:
        if self._pending_presses:
            self._pending_presses = self._write_presses(self._pending_presses)

    def _write_presses(self, presses: list[Press]) -> list[Press]:
        """Record pending presses, and return those that stay pending because the ledger cannot be written."""
        if not self._can_write:
            return presses
        try:
            self._log.answers.record(presses)
        except LedgerError:
            self._can_write = False
            self._failed_at = time.monotonic()
            return presses
        except Exception as error:  # noqa: BLE001 - likewise
            if len(presses) > 1:
                # One by one, so that the other presses are recorded.
                return [waiting for press in presses for waiting in self._write_presses([press])]
            self._errors.show(self, error)
            self.lost_presses += 1
        return []

    def _postpone(self, frame: Frame, event: Event, press: Press | None) -> str:
        if press is not None:
            return self._postpone_press(frame.message_id, press)
        self.postponed_count += 1
        # DingTalk is asked to send it again, but sends robot messages only once.
        if event.type == ROBOT_MESSAGE and not (event.id and any(waiting.id == event.id for waiting in self._pending)):
            if len(self._pending) < MAX_PENDING:
                self._pending.append(event)
            else:
                self.lost_messages += 1
        return build_acknowledgement(frame.message_id, _LATER, AckCode.OK if frame.kind == EVENT else AckCode.FAILED)

    def _acknowledge(self, frame: Frame, event: Event) -> str:
        if self._is_card(frame):
            self._cards.start(frame.message_id, event)
            return ""
        if frame.kind == EVENT:
            return self._remember(frame.message_id, build_acknowledgement(frame.message_id, _SUCCESS))
        # Frames of topics without a subscription are logged as well.
        code = AckCode.OK if frame.kind == CALLBACK and frame.topic in self._topics else AckCode.UNKNOWN_TOPIC
        return self._remember(frame.message_id, build_acknowledgement(frame.message_id, _NO_RESPONSE, code))

    def _remember(self, message_id: str, answer: str) -> str:
        if message_id:
            self._remembered[message_id] = answer
            if len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer
