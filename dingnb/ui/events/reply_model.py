"""The model of replies to robot messages: each press sends once."""

from dataclasses import replace
from functools import partial
from typing import Any

from dingnb.errors import DingError, InputError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.messages import text
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import ReplyState
from dingnb.ui.kit.model import Model
from dingnb.ui.kit.times import moment_ns
from dingnb.words import Text, say


class ReplyModel(Model[ReplyState]):
    """
    Replies to the message whose details are shown.

    Args:
        events: The events.
    """

    def __init__(self, events: EventsModel) -> None:
        super().__init__(ReplyState(), events.clock)
        self._events = events
        self._event: Event | None = None
        self._left: dict[int, tuple[Event, ReplyState]] = {}
        events.watch(self._follow)

    @property
    def is_message(self) -> bool:
        """Whether a robot message is shown."""
        return self._event is not None and self._event.type == ROBOT_MESSAGE

    @property
    def can_reply(self) -> bool:
        """Whether a reply is possible now."""
        session = None if self._event is None else self._event.session
        return session is not None and not session.has_expired(self._events.log.now_ns())

    @property
    def until(self) -> str:
        """The time limit for a reply, as text; empty if unknown."""
        session = None if self._event is None else self._event.session
        return moment_ns(session.expires_ns) if session is not None and session.expires_ns is not None else ""

    def write(self, written: str) -> None:
        """Set the reply as typed."""
        self._show(text=written, failure=None)

    def send(self) -> None:
        """Send the reply; ignored while one is being sent."""
        event = self._event
        if event is not None and self.is_message:
            self._start_work(
                partial(self._send, event, self.state.text), failure=None, busy_text=say("events_form.answering")
            )

    def _send(self, event: Event, typed: str) -> None:
        try:
            written = typed.strip()
            if not written:
                raise InputError(Text("events_form.no_answer"), Text("events_form.nothing_sent"))
            event.reply(text(written))
        except DingError as error:
            self._update(event, failure=self._failure(error))
            return
        at = moment_ns(self._events.log.now_ns())
        with self._lock:
            state = self._of(event)
            # Text typed meanwhile stays.
            left = {"text": "", "round": self.state.round + 1} if state.text == typed else {}
            self._update(event, sent=(*state.sent, (at, written)), **left)

    def _of(self, event: Event | None) -> ReplyState:
        """Return the state for a message."""
        if event is self._event:
            return self.state
        return self._left.get(id(event), (event, ReplyState()))[1]

    def _update(self, event: Event, **changed: Any) -> None:  # noqa: ANN401 - fields of the state
        """Change the state for a message, shown now or later."""
        with self._lock:
            if event is self._event:
                self._show(**changed)
            else:
                self._left[id(event)] = (event, replace(self._of(event), **changed))

    def _follow(self) -> None:
        """Switch to the state of the event that is shown now."""
        with self._lock:
            chosen = self._events.state.chosen
            if chosen is self._event:
                return
            left, before = replace(self.state, busy_text="", round=0), self._of(chosen)
            self._left.pop(id(self._event), None)
            if self._event is not None and left != ReplyState():
                self._left[id(self._event)] = (self._event, left)
            self._event = chosen
            self._show(**_shown(before), busy_text="", round=self.state.round + 1)

    def _ended(self) -> None:
        self._show(busy_text="")


def _shown(state: ReplyState) -> dict[str, Any]:
    return {"text": state.text, "sent": state.sent, "failure": state.failure}
