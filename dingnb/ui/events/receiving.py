"""What receives events now, how it stands, and the buttons that start and stop it."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.events.log_sheet import LogFacts
from dingnb.language import say
from dingnb.ui import parts
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import EventsState
from dingnb.ui.form import button, put, row, show_if, stack

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_MOST_SOURCES = 4


class ReceivingView:
    """
    The widgets of what receives events.

    Args:
        form: The form that they are a part of.
        model: What they show.
    """

    def __init__(self, form: "EventsForm", model: EventsModel) -> None:
        self._model = model
        self.told = widgets.HTML()
        self.start = button(tone="primary")
        # A button for each that may be there: what a cell starts is shown without a widget more.
        self.stops = [button() for _ in range(_MOST_SOURCES)]
        self.box = stack([self.told, row([self.start, *self.stops])])
        form.press(self.start, model.start)
        for at, one in enumerate(self.stops):
            form.press(one, partial(model.stop, at))

    def render(self, state: EventsState) -> None:
        """Show what receives, and what may be done."""
        sources = () if state.facts is None else state.facts.sources
        put(self.told, value="" if state.facts is None else _told(state.facts, state.doing))
        show_if(self._model.can_start, self.start)
        put(self.start, description=say("events_form.start"), disabled=self._model.is_busy)
        for at, one in enumerate(self.stops):
            show_if(at < len(sources), one)
            name = parts.short(sources[at][0]) if at < len(sources) else ""
            put(one, description=say("events_form.stop", name=name), disabled=self._model.is_busy)


def _told(facts: LogFacts, doing: str) -> str:
    kept = say("events_form.kept_yes" if facts.keeps else "events_form.kept_no")
    waits = "" if facts.sources else parts.quiet(say("events_form.nothing_receives"))
    failed = parts.notice(say("event.handler_failed", n=facts.failures), "", "warn") if facts.failures else ""
    told = parts.facts([*facts.sources, (say("event.kept"), kept)]) + failed
    return told + parts.status(parts.quiet(doing) if doing else waits)
