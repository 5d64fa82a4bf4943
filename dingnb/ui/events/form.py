"""The form of events in the notebook: connections, events, the details of one, and actions."""

from typing import Any

import ipywidgets as widgets
import pandas as pd

from dingnb.clock import seconds
from dingnb.display import Sheet
from dingnb.display.namespace import name_of
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ui.events.actions import ActionsView
from dingnb.ui.events.actions_model import ActionsModel
from dingnb.ui.events.details import DetailsView
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.receiving import ReceivingView
from dingnb.ui.events.reply_model import ReplyModel
from dingnb.ui.events.rows import RowsView, failed
from dingnb.ui.events.state import EventsState
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView, app_to_set, call, literal
from dingnb.ui.kit.form import Form, show_if, stack, update
from dingnb.ui.kit.polling import ViewPoller
from dingnb.words import count, say

POLL_INTERVAL_NS = seconds(0.5)
"""Interval at which a displayed form checks for new events."""


class EventsForm(Form):
    """
    The form that `Events.form` shows.

    Its `frame` is the DataFrame of the events shown; `code` is the Python that does the same. In a saved notebook it
    reads as text.

    Args:
        events: The events.
        log: Their log.
        name: Their name in the notebook; empty if they have none.
    """

    def __init__(self, events: Events, log: EventLog, name: str) -> None:
        model = EventsModel(events, log)
        super().__init__(model)
        self.model = model
        self.events = events
        self._name = name or "ding.events"
        self._opening = [] if name else app_to_set()
        self.reply = ReplyModel(model)
        self.actions_model = ActionsModel(model, self._name)
        self.head, self.failed = widgets.HTML(), widgets.HTML()
        self.receiving = ReceivingView(self, model)
        self.details = DetailsView(self, model, self.reply)
        self.rows = RowsView(self, model, self.details.box)
        self.actions = ActionsView(self, self.actions_model)
        self.code_view = CodeView(self, lambda: self.code)
        shown = [self.head, self.failed, self.receiving.box, self.rows.box, self.actions.box, self.code_view.box]
        self._box = stack(shown)
        for one in (model, self.reply, self.actions_model):
            one.watch(self.render)
        self.render()
        ViewPoller(log.clock, self._box, model.poll, POLL_INTERVAL_NS)

    @property
    def frame(self) -> pd.DataFrame:
        """The filtered events, as `Events.to_frame` returns them: oldest first."""
        wanted: dict[str, Any] = self.model.state.filters.arguments
        return self.events.to_frame(wanted.pop("type", None), **wanted)

    @property
    def code(self) -> str:
        """The Python that returns `frame`, and does what was done in the form."""
        wanted = self.model.state.filters.arguments
        types = [literal(wanted.pop("type"))] if "type" in wanted else []
        shown = call(f"events = {self._name}.to_frame", *types, **wanted)
        return "\n".join([*self._opening, shown, *self.actions_model.steps])

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def wait(self) -> None:
        """Wait until work in progress has ended."""
        for one in (self.reply, self.actions_model, self.model):
            one.wait()

    def sheet(self) -> Sheet:
        """Return the sheet of the events."""
        return self.events.sheet()

    def _needs_kernel(self) -> bool:
        return False

    def _render(self) -> None:
        state = self.model.state
        facts = state.facts
        total = "" if facts is None else count("event", state.total)
        update(self.head, value=parts.title(say("event.title"), "" if facts is None else facts.mode, total))
        update(self.failed, value=_status(state))
        show_if(bool(self.failed.value), self.failed)
        self.receiving.render(state)
        self.rows.render(state)
        self.details.render(state)
        self.actions.render(state)
        self.code_view.render()


def _status(state: EventsState) -> str:
    if state.failure is not None:
        # An invalid time is shown below its field.
        return "" if state.bad_time else failed(state)
    return parts.status(parts.quiet(say("events_form.reading"))) if state.facts is None else ""


def open_events(events: Events, log: EventLog) -> EventsForm:
    """Return the form, as `Events.form` describes it."""
    return EventsForm(events, log, name_of(events))
