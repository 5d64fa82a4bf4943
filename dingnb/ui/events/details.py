"""The details of one event: its fields, the raw data, and the reply to a robot message."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.events.event import Event
from dingnb.ui.events.event_text import facts_of, raw_of, rows_of, type_name, written_in
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.reply_model import ReplyModel
from dingnb.ui.events.state import EventsState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.words import join_sentences, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_MAX_FIELD_CHARACTERS = 5_000


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
        self._round = 0
        self.facts, self.fields, self.raw, self.notice, self.until = (widgets.HTML() for _ in range(5))
        # Not sent on each keystroke: the last ones could arrive after the button press.
        self.text = widgets.Textarea(continuous_update=False)
        self.send = button(tone="primary")
        self.earlier, self.later, self.only, self.close = (button(name="dn-link") for _ in range(4))
        self._reply_box = stack([self.until, self.text, row([self.send])])
        contents = [
            self.facts,
            self._reply_box,
            self.notice,
            self.fields,
            self.raw,
            row([self.earlier, self.later, self.only, self.close]),
        ]
        self.box = stack(contents, "dn-details")
        form.on_change(self.text, reply.write)
        form.on_click(self.send, reply.send)
        form.on_click(self.earlier, lambda: model.step(-1))
        form.on_click(self.later, lambda: model.step(1))
        form.on_click(self.only, self._show_person)
        form.on_click(self.close, lambda: model.choose(None))

    def render(self, state: EventsState) -> None:
        """Show the details of the chosen event."""
        event = state.chosen
        show_if(event is not None, self.box)
        update(self.close, description=say("results_form.details_close"))
        if event is None:
            for widget in (self.facts, self.fields, self.raw):
                update(widget, value="")
            return
        written, fields = written_in(event), _fields(event)
        # A screen reader reads only the text of a message, with the reply below it.
        facts = parts.passage(say("events_form.written"), written) if written else fields
        head = parts.heading(parts.short(type_name(event.type))) + parts.facts(facts_of(event))
        update(self.facts, value=parts.status(head + facts))
        update(self.fields, value=fields if written else "")
        update(self.raw, value=parts.collapsible(say("events_form.raw"), raw_of(event)))
        person = event.userids[0] if event.userids else ""
        show_if(bool(person), self.only)
        set_available(self.only, state.filters.person != person)
        update(self.only, description=say("events_form.only_person", person=parts.short(person)))
        place = self._model.place
        show_if(place is not None, self.earlier, self.later)
        update(self.earlier, description=say("events_form.step_newer"))
        update(self.later, description=say("events_form.step_older"))
        set_available(self.earlier, bool(place))
        set_available(self.later, place != len(state.found) - 1)
        self._render_reply()

    def _render_reply(self) -> None:
        reply = self._reply
        state = reply.state
        show_if(reply.is_message, self._reply_box, self.notice)
        show_if(reply.can_reply, self.text, self.send)
        update(self.until, value=self._until())
        update(self.text, description=say("events_form.answer"), placeholder=say("events_form.answer_hint"))
        if state.round != self._round:
            # Only then, so that text being typed is not overwritten.
            self._round = state.round
            update(self.text, value=state.text)
        update(self.send, description=say("events_form.send_answer"))
        # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
        set_available(self.send, not reply.is_busy)
        update(self.notice, value=self._notice())

    def _until(self) -> str:
        reply = self._reply
        if not reply.can_reply:
            return parts.quiet(say("events_form.no_answer_any_more"))
        everybody = say("events_form.answer_where")
        until = say("events_form.answer_until", moment=reply.until) if reply.until else ""
        return parts.quiet(join_sentences([everybody, until]))

    def _notice(self) -> str:
        state = self._reply.state
        if state.busy_text:
            return parts.status(parts.quiet(state.busy_text))
        sent = "".join(
            parts.notice(say("events_form.answered", moment=at), written, "good") for at, written in state.sent
        )
        failed = "" if state.failure is None else parts.notice(state.failure.what, state.failure.hint, "bad")
        return parts.status(failed, urgent=True) + parts.status(sent) if failed else parts.status(sent)

    def _show_person(self) -> None:
        event = self._model.state.chosen
        if event is not None and event.userids:
            self._model.show_person(event.userids[0])


def _fields(event: Event) -> str:
    rows = list(rows_of(event))
    header = (say("events_form.field"), say("events_form.value"))
    return parts.table(say("events_form.fields"), header, rows, _MAX_FIELD_CHARACTERS) if rows else ""
