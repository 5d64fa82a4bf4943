"""The form of events: the connections that receive them, the table, the details of one event, and actions."""

from functools import partial
from typing import Any

import ipywidgets as widgets
import pandas as pd

from dingnb.clock import seconds_to_ns
from dingnb.display import Sheet
from dingnb.display.shell import find_name
from dingnb.events.events import Events
from dingnb.events.log import EventLog, LogStatus, Source
from dingnb.ui.events.actions import ActionsModel, ActionsView
from dingnb.ui.events.details import DetailsView, ReplyModel
from dingnb.ui.events.model import Connection, EventsModel, EventsState
from dingnb.ui.events.rows import RowsView
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView, app_assignment_comment, call
from dingnb.ui.kit.form import (
    DEBOUNCE_NS,
    Form,
    ViewPoller,
    button,
    row,
    set_available,
    show_if,
    stack,
    update,
)
from dingnb.words import count, say
from dingnb.words.literals import literal

POLL_INTERVAL_NS = seconds_to_ns(0.5)
"""Interval at which a displayed form checks for new events."""

_START: tuple[tuple[str, Source | None], ...] = (("", None),)
"""The meaning of the only button while Stream can be started, in place of the names and sources to stop."""


class EventsForm(Form):
    """
    The form that `Events.form` shows.

    Its `frame` is the DataFrame of the filtered events; `code` is the equivalent Python. A saved notebook shows the
    form as text.

    Args:
        events: The events.
        log: The log of the events.
        name: The name of the events in the notebook; empty if they have none.
    """

    def __init__(self, events: Events, log: EventLog, name: str) -> None:
        model = EventsModel(events, log)
        super().__init__(model)
        self.model = model
        self.events = events
        self._name = name or "ding.events"
        self._setup_code = [] if name else app_assignment_comment()
        self.reply = ReplyModel(model)
        self.actions_model = ActionsModel(model, self._name)
        self.head, self.status = widgets.HTML(), widgets.HTML()
        self.connections = _ConnectionsView(self, model)
        self.details = DetailsView(self, model, self.reply)
        self.rows = RowsView(self, model, self.details.box)
        # In a narrow pane the details may open below the window; the focus brings them into view.
        self.on_click(self.rows.first, self.details.close.focus)
        # The button that closes the details is hidden with them, so the focus moves to the list.
        self.on_click(self.details.close, self.rows.events.focus)
        self.actions = ActionsView(self, self.actions_model)
        self.code_view = CodeView(self, lambda: self.code)
        shown = [self.head, self.status, self.connections.box, self.rows.box, self.actions.box, self.code_view.box]
        self._box = stack(shown)
        self.watch(model, self.reply, self.actions_model)
        self.render()
        ViewPoller(log.clock, self._box, model.poll, POLL_INTERVAL_NS)

    @property
    def frame(self) -> pd.DataFrame:
        """
        The filtered events, as `Events.to_frame` returns them: oldest first.

        Raises:
            InputError: A time typed in the form cannot be read.
            LedgerError: As for `Events.to_frame`.
        """
        wanted: dict[str, Any] = self.model.state.filters.arguments
        return self.events.to_frame(wanted.pop("type", None), **wanted)

    @property
    def code(self) -> str:
        """The Python that returns `frame` and repeats the actions taken in the form."""
        wanted = self.model.state.filters.arguments
        types = [literal(wanted.pop("type"))] if "type" in wanted else []
        to_frame = call(f"events = {self._name}.to_frame", *types, **wanted)
        return "\n".join([*self._setup_code, to_frame, *self.actions_model.code_lines])

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        for model in (self.reply, self.actions_model, self.model):
            model.wait()

    def sheet(self) -> Sheet:
        """Return the sheet of the events."""
        return self.events.sheet()

    def _needs_kernel(self) -> bool:
        return False

    def _render(self) -> None:
        state = self.model.state
        mode, total = ("", "") if state.log_status is None else (state.log_status.mode, count("event", state.total))
        update(self.head, value=parts.title(say("event.title"), mode, total))
        update(self.status, value=_status(state))
        show_if(bool(self.status.value), self.status)
        self.connections.render(state)
        self.rows.render(state)
        self.details.render(state)
        self.actions.render()
        self.code_view.render()


def open_events(events: Events, log: EventLog) -> EventsForm:
    """Return the form, as `Events.form` describes it."""
    return EventsForm(events, log, find_name(events))


class _ConnectionsView:
    """
    The widgets of the connections that receive events, and the buttons that start and stop them.

    The button that starts Stream also stops the first connection, so that the button keeps the focus. After the
    buttons change their meaning, they ignore presses for a moment, so that a double press does not stop what it
    started.
    """

    def __init__(self, form: EventsForm, model: EventsModel) -> None:
        self._model = model
        self._meanings: tuple[tuple[str, Source | None], ...] = ()
        self._ignores_presses_until_ns = 0
        self.status = widgets.HTML()
        self._form = form
        self.buttons: list[widgets.Button] = []
        self._row = row([])
        self.box = stack([self.status, self._row])

    def render(self, state: EventsState) -> None:
        """Show the connections and their buttons."""
        update(self.status, value="" if state.log_status is None else _connection_status(state.log_status, state))
        meanings = _START
        if not self._model.can_start:
            meanings = tuple((connection.name, connection.source) for connection in state.connections)
        if meanings != self._meanings:
            self._ignores_presses_until_ns = self._model.clock.monotonic_ns() + (DEBOUNCE_NS if self._meanings else 0)
            self._meanings = meanings
        self._add_buttons(len(meanings))
        for at, widget in enumerate(self.buttons):
            show_if(at < len(meanings), widget)
            name = parts.short(meanings[at][0]) if at < len(meanings) else ""
            words = say("events_form.stop", name=name) if name else say("events_form.start")
            update(widget, description=words, button_style="" if name else "primary")
            # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
            set_available(widget, not self._model.is_busy)

    def _add_buttons(self, number: int) -> None:
        """Add buttons up to this number; buttons are never removed, but hidden while there are fewer connections."""
        for at in range(len(self.buttons), number):
            self.buttons.append(button())
            self._form.on_click(self.buttons[at], partial(self._press, at))
        if len(self._row.children) < len(self.buttons):
            self._row.children = self.buttons

    def _press(self, at: int) -> None:
        # A rendering thread sets the time before the meanings, so they are read in the opposite order.
        meanings = self._meanings
        if at >= len(meanings) or self._model.clock.monotonic_ns() < self._ignores_presses_until_ns:
            return
        source = meanings[at][1]
        if source is None:
            self._model.start()
        else:
            self._model.stop(source)


def _status(state: EventsState) -> str:
    """Return the last error, or that the events are being loaded."""
    if state.failure is not None:
        # An invalid time is shown below its field.
        return "" if state.bad_time else parts.failure_alert(state.failure)
    return parts.status(parts.quiet(say("events_form.reading"))) if state.log_status is None else ""


def _connection_status(log_status: LogStatus, state: EventsState) -> str:
    """Return the connections, whether events are stored, and what was lost."""
    storage = say("events_form.is_storing" if log_status.is_storing else "events_form.is_not_storing")
    text = state.busy_text or ("" if state.connections else say("events_form.not_receiving"))
    status = parts.status(f"<strong>{parts.shown(text)}</strong>" if text else "")
    facts = [(connection.name, connection.status) for connection in state.connections]
    status += parts.facts([*facts, (say("event.kept"), storage)])
    if log_status.dropped:
        status += parts.notice(say("events_form.dropped", events=count("event", log_status.dropped)), "", "warn")
    if log_status.failures:
        status += parts.notice(say("event.handler_failed", n=count("time", log_status.failures)), "", "warn")
    if log_status.unhandled:
        status += parts.notice(say("event.unhandled", events=count("event", log_status.unhandled)), "", "warn")
    return status + parts.status("".join(map(_connection_notes, state.connections)))


def _connection_notes(connection: Connection) -> str:
    return "".join(parts.notice(note, "", "warn" if connection.is_running else "bad") for note in connection.notes)
