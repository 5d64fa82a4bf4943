"""The model of replies to robot messages: each press of the button sends once."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dingnb.errors import DingError, InputError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.messages import text
from dingnb.ui.events.model import EventsModel
from dingnb.ui.kit.model import BUSY, Failure, Model
from dingnb.ui.kit.times import format_time
from dingnb.words import NOTHING, Text


@dataclass(frozen=True, slots=True)
class ReplyState:
    """
    The state of a reply to a robot message.

    Attributes:
        text: The reply as typed; each message keeps its own.
        busy_text: The text shown while the reply is being sent.
        sent: The replies sent to this message: the time and the text of each.
        resets: Increases each time the field is cleared other than by typing.
        failure: The last error; None if there was none.
    """

    text: str = ""
    busy_text: Text = NOTHING
    sent: tuple[tuple[str, str], ...] = ()
    resets: int = 0
    failure: Failure | None = None


class ReplyModel(Model[ReplyState]):
    """
    Replies to the message whose details are shown.

    Args:
        events: The model of the events.
    """

    def __init__(self, events: EventsModel) -> None:
        super().__init__(ReplyState(), events.clock)
        self._events = events
        self._event: Event | None = None
        self._event_replied_to: Event | None = None
        # By identity, as events cannot be hashed; each event is kept, so that no other event gets its id.
        self._other_states: dict[int, tuple[Event, ReplyState]] = {}
        events.watch(self._follow)

    @property
    def is_message(self) -> bool:
        """Whether the event whose details are shown is a robot message."""
        return self._event is not None and self._event.type == ROBOT_MESSAGE

    @property
    def can_reply(self) -> bool:
        """Whether a reply is possible now."""
        session = None if self._event is None else self._event.session
        return session is not None and not session.has_expired(self._events.log.now_ns())

    @property
    def reply_until(self) -> str:
        """The time until which a reply is or was possible, as text; empty if unknown, and for other events."""
        session = None if self._event is None else self._event.session
        return format_time(session.expires_ns) if session is not None and session.expires_ns is not None else ""

    def set_text(self, typed: str) -> None:
        """Set the reply as typed."""
        self._show(text=typed, failure=None)

    def send(self) -> None:
        """Send the reply, or say that a reply to another message is still being sent."""
        with self._lock:
            event = self._event
            if event is None or not self.is_message:
                return
            work = partial(self._send, event, self.state.text)
            if self._start_work(work, failure=None, busy_text=Text("events_form.replying")):
                self._event_replied_to = event
            elif not self.state.busy_text:
                self._show(failure=BUSY)

    def _send(self, event: Event, typed: str) -> None:
        try:
            reply = typed.strip()
            if not reply:
                raise InputError(Text("events_form.no_reply"), Text("events_form.nothing_sent"))
            event.reply(text(reply))
        except DingError as error:
            self._update(event, failure=self._failure(error))
            return
        at = format_time(self._events.log.now_ns())
        with self._lock:
            state = self._state_of(event)
            # Text typed meanwhile stays.
            cleared = {"text": "", "resets": self.state.resets + 1} if state.text == typed else {}
            self._update(event, sent=(*state.sent, (at, reply)), **cleared)

    def _state_of(self, event: Event | None) -> ReplyState:
        """Return the state of the reply to a message."""
        if event is self._event:
            return self.state
        return self._other_states.get(id(event), (event, ReplyState()))[1]

    def _update(self, event: Event, **changed: Any) -> None:  # noqa: ANN401 - fields of the state
        """Change the state of the reply to a message, whether the message is shown or not."""
        with self._lock:
            self._change_of(event, changed)
        self._notify()

    def _change_of(self, event: Event, changed: dict[str, Any]) -> None:
        """Do what `_update` does, without notifying the watchers."""
        if event is self._event:
            self._change(changed)
        else:
            self._other_states[id(event)] = (event, replace(self._state_of(event), **changed))

    def _follow(self) -> None:
        """Switch to the state of the event that is shown now."""
        with self._lock:
            chosen = self._events.state.chosen
            if chosen is self._event:
                return
            left, opened = replace(self.state, resets=0), self._state_of(chosen)
            self._other_states.pop(id(self._event), None)
            if self._event is not None and left != ReplyState():
                self._other_states[id(self._event)] = (self._event, left)
            self._event = chosen
            self._show(
                text=opened.text,
                sent=opened.sent,
                failure=opened.failure,
                busy_text=opened.busy_text,
                resets=self.state.resets + 1,
            )

    def _on_idle(self) -> None:
        if self._event_replied_to is not None:
            self._change_of(self._event_replied_to, {"busy_text": NOTHING})
