"""The connections that receive events, and the buttons that start and stop them."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.events.log_sheet import LogFacts
from dingnb.events.source import Source
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import Connection, EventsState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.run.form import SETTLES_NS
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_MOST_SOURCES = 4
_START: tuple[tuple[str, Source | None], ...] = (("", None),)


class ReceivingView:
    """
    The widgets of the connections.

    The button that starts is also the first one that stops, so that it keeps the focus. After a button changes its
    meaning, it ignores presses for a moment, so that a double press does not stop what it started.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "EventsForm", model: EventsModel) -> None:
        self._model = model
        self._meanings: tuple[tuple[str, Source | None], ...] = ()
        self._settled_ns = 0
        self.status = widgets.HTML()
        # A fixed number of buttons: a connection started in a cell needs no new widget.
        self.buttons = [button() for _ in range(_MOST_SOURCES)]
        self.box = stack([self.status, row(self.buttons)])
        for at, one in enumerate(self.buttons):
            form.on_click(one, partial(self._press, at))

    def render(self, state: EventsState) -> None:
        """Show the connections and their buttons."""
        update(self.status, value="" if state.facts is None else _status(state.facts, state))
        meanings = _START if self._model.can_start else tuple((one.name, one.source) for one in state.sources)
        if meanings != self._meanings:
            self._settled_ns = self._model.clock.monotonic_ns() + (SETTLES_NS if self._meanings else 0)
            self._meanings = meanings
        for at, one in enumerate(self.buttons):
            show_if(at < len(meanings), one)
            name = parts.short(meanings[at][0]) if at < len(meanings) else ""
            words = say("events_form.stop", name=name) if name else say("events_form.start")
            update(one, description=words, button_style="" if name else "primary")
            # Not disabled while busy: a disabled button loses the focus. The model ignores further presses.
            set_available(one, not self._model.is_busy)

    def _press(self, at: int) -> None:
        # The meaning first, then the time: a rendering thread sets both.
        meanings = self._meanings
        if at >= len(meanings) or self._model.clock.monotonic_ns() < self._settled_ns:
            return
        source = meanings[at][1]
        if source is None:
            self._model.start()
        else:
            self._model.stop(source)


def _status(facts: LogFacts, state: EventsState) -> str:
    kept = say("events_form.kept_yes" if facts.is_storing else "events_form.kept_no")
    status = parts.facts([*((one.name, one.status) for one in state.sources), (say("event.kept"), kept)])
    if facts.dropped:
        status += parts.notice(say("events_form.gone", events=count("event", facts.dropped)), "", "warn")
    if facts.failures:
        status += parts.notice(say("event.handler_failed", n=count("time", facts.failures)), "", "warn")
    waits = "" if state.sources else say("events_form.nothing_receives")
    now = parts.quiet(state.busy_text or waits) if state.busy_text or waits else ""
    return status + parts.status("".join(map(_notes, state.sources)) + now)


def _notes(connection: Connection) -> str:
    return "".join(parts.notice(note, "", "warn" if connection.is_running else "bad") for note in connection.notes)
