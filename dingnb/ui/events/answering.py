"""Answers a robot message, without a browser: each press sends once, and what was said is told."""

from dingnb.errors import InputError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.language import say
from dingnb.messages import text
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import AnswerState
from dingnb.ui.model import Model
from dingnb.ui.results.moments import moment_ns


class AnswerModel(Model[AnswerState]):
    """
    Answers the message whose story is shown.

    Args:
        events: The events.
    """

    def __init__(self, events: EventsModel) -> None:
        super().__init__(AnswerState(), events.clock)
        self._events = events
        self._event: Event | None = None
        self._said: dict[int, tuple[Event, tuple[tuple[str, str], ...]]] = {}
        events.watch(self._follow)

    @property
    def is_message(self) -> bool:
        """Whether a robot message is shown."""
        return self._event is not None and self._event.type == ROBOT_MESSAGE

    @property
    def can_answer(self) -> bool:
        """Whether it can be answered now."""
        session = None if self._event is None else self._event.session
        return session is not None and not (0 < session.expires_ns < self._events.log.now_ns())

    @property
    def until(self) -> str:
        """Until when it can be answered, in words; empty where that is not known."""
        session = None if self._event is None else self._event.session
        return moment_ns(session.expires_ns) if session is not None and session.expires_ns else ""

    def write(self, written: str) -> None:
        """Take the answer as typed."""
        self._show(text=written, failure=None)

    def send(self) -> None:
        """Send the answer; pressed again meanwhile it does nothing."""
        event = self._event
        if event is not None and self.is_message:
            self._begin(lambda: self._send(event), failure=None, doing=say("events_form.answering"))

    def _send(self, event: Event) -> None:
        written = self.state.text.strip()
        if not written:
            raise InputError(say("events_form.no_answer"), say("events_form.nothing_sent"))
        event.reply(text(written))
        at = moment_ns(self._events.log.now_ns())
        with self._lock:
            said = (*self._of(event), (at, written))
            self._said[id(event)] = (event, said)
            if event is self._event:
                self._show(said=said, text="", round=self.state.round + 1)

    def _of(self, event: Event) -> tuple[tuple[str, str], ...]:
        return self._said.get(id(event), (event, ()))[1]

    def _follow(self) -> None:
        """Begin anew where another event is shown."""
        with self._lock:
            chosen = self._events.state.chosen
            if chosen is self._event:
                return
            self._event = chosen
            said = () if chosen is None else self._of(chosen)
            self._show(text="", said=said, failure=None, round=self.state.round + 1)

    def _ended(self) -> None:
        self._show(doing="")
