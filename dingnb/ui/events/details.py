"""The details of one event: its fields, the raw data, and the reply to a robot message."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from dingnb.errors import DingError, InputError
from dingnb.events.event import ROBOT_MESSAGE, Event
from dingnb.messages import text
from dingnb.ui.events.event_text import facts_of, field_rows, message_text, raw_json, type_name
from dingnb.ui.events.model import EventsModel, EventsState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.kit.model import BUSY, Failure, Model
from dingnb.ui.kit.times import format_time
from dingnb.words import NOTHING, Text, say, sentences

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_MAX_FIELD_LENGTH = 5_000


@dataclass(frozen=True, slots=True)
class ReplyState:
    """
    The state of a reply to a robot message.

    Attributes:
        text: The reply as typed; each message keeps its own.
        busy_text: The text shown while the reply is being sent.
        resets: Increases each time the field is cleared other than by typing.
        failure: The last error; None if there was none.
    """

    text: str = ""
    busy_text: Text = NOTHING
    resets: int = 0
    failure: Failure | None = None


class ReplyModel(Model[ReplyState]):
    """Replies to the message whose details are shown."""

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
        with self._lock:
            # Text typed meanwhile stays.
            if self._state_of(event).text == typed:
                self._update(event, text="", resets=self.state.resets + 1)

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
                failure=opened.failure,
                busy_text=opened.busy_text,
                resets=self.state.resets + 1,
            )

    def _on_idle(self) -> None:
        if self._event_replied_to is not None:
            self._change_of(self._event_replied_to, {"busy_text": NOTHING})


class DetailsView:
    """
    The widgets of one event's details.

    Args:
        form: The form that contains them.
        model: The model.
        reply: The model of the reply.
    """

    def __init__(self, form: "EventsForm", model: EventsModel, reply: ReplyModel) -> None:
        self._model = model
        self._reply = reply
        self._resets = 0
        self.facts, self.fields, self.raw, self.notice, self.reply_hint = (widgets.HTML() for _ in range(5))
        # Not sent on each keystroke: the last keystrokes could arrive after the button press.
        self.text = widgets.Textarea(continuous_update=False)
        self.send = button(tone="primary")
        self.newer, self.older, self.only_person, self.close = (button(css_class="dn-link") for _ in range(4))
        self._reply_box = stack([self.reply_hint, self.text, row([self.send])])
        contents = [
            # These buttons come first, so that they do not move with the height of the rest.
            row([self.newer, self.older, self.only_person, self.close], "dn-details-bar"),
            self.facts,
            self._reply_box,
            self.notice,
            self.fields,
            self.raw,
        ]
        self.box = stack(contents, "dn-details")
        form.on_change(self.text, reply.set_text)
        form.on_click(self.send, reply.send)
        form.on_click(self.newer, lambda: model.step(-1))
        form.on_click(self.older, lambda: model.step(1))
        form.on_click(self.only_person, self._show_person)
        form.on_click(self.close, lambda: model.choose(None))

    def render(self, state: EventsState) -> None:
        """Show the details of the chosen event."""
        event = state.chosen
        show_if(event is not None, self.box)
        update(self.close, description=say("form.details_close"))
        if event is None:
            for widget in (self.facts, self.fields, self.raw):
                update(widget, value="")
            return
        message, fields = message_text(event), _fields(event)
        # A screen reader announces only the text of a message, and its fields come after the reply.
        content = parts.passage(say("events_form.message"), message) if message else fields
        head = parts.heading(parts.short(type_name(event.type))) + parts.facts(facts_of(event))
        update(self.facts, value=parts.status(head + content))
        update(self.fields, value=fields if message else "")
        update(self.raw, value=parts.collapsible_text(say("events_form.raw"), raw_json(event)))
        person = event.userids[0] if event.userids else ""
        show_if(bool(person), self.only_person)
        set_available(self.only_person, state.filters.person != person)
        update(self.only_person, description=say("events_form.only_person", person=parts.short(person)))
        index = self._model.chosen_index
        show_if(index is not None, self.newer, self.older)
        update(self.newer, description=say("events_form.step_newer"))
        update(self.older, description=say("events_form.step_older"))
        set_available(self.newer, bool(index))
        set_available(self.older, index != len(state.found) - 1)
        self._render_reply()

    def _render_reply(self) -> None:
        reply = self._reply
        state = reply.state
        show_if(reply.is_message, self._reply_box, self.notice)
        show_if(reply.can_reply, self.text, self.send)
        update(self.reply_hint, value=self._reply_hint())
        update(self.text, description=say("events_form.reply"), placeholder=say("events_form.reply_hint"))
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.text, value=state.text)
        update(self.send, description=say("events_form.send_reply"))
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        set_available(self.send, not reply.is_busy)
        update(self.notice, value=self._notice())

    def _reply_hint(self) -> str:
        """Return who will see the reply, and until when a reply is possible; or that no reply is possible any more."""
        reply = self._reply
        if not reply.can_reply:
            return parts.quiet(say("events_form.reply_expired"))
        until = Text("events_form.reply_until", moment=reply.reply_until) if reply.reply_until else NOTHING
        return parts.quiet(sentences(Text("events_form.reply_visible_to"), until))

    def _notice(self) -> str:
        state = self._reply.state
        if state.busy_text:
            return parts.status(parts.quiet(state.busy_text))
        event = self._model.state.chosen
        sent = "".join(
            parts.notice(say("events_form.replied", moment=format_time(reply.sent_ns)), reply.text, "good")
            for reply in (() if event is None else event.replies)
        )
        return parts.failure_alert(state.failure) + parts.status(sent)

    def _show_person(self) -> None:
        event = self._model.state.chosen
        if event is not None and event.userids:
            self._model.show_person(event.userids[0])


def _fields(event: Event) -> str:
    rows = list(field_rows(event))
    header = (say("events_form.field"), say("events_form.value"))
    return parts.table(say("events_form.fields"), header, rows, _MAX_FIELD_LENGTH) if rows else ""
