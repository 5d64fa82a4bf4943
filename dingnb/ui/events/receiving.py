"""What receives events now, how it stands, and the buttons that start and stop it."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.events.log_sheet import LogFacts
from dingnb.events.source import Source
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import EventsState, Reception
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import allow, button, put, row, show_if, stack
from dingnb.ui.run.form import SETTLES_NS
from dingnb.words import count, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_MOST_SOURCES = 4
_START: tuple[tuple[str, Source | None], ...] = (("", None),)


class ReceivingView:
    """
    The widgets of what receives events.

    The first button starts what the others stop, so that it keeps the focus; so that nothing is stopped by a button
    that is pressed twice, each does nothing for a moment after it got another meaning.

    Args:
        form: The form that they are a part of.
        model: What they show.
    """

    def __init__(self, form: "EventsForm", model: EventsModel) -> None:
        self._model = model
        self._meanings: tuple[tuple[str, Source | None], ...] = ()
        self._settled_ns = 0
        self.told = widgets.HTML()
        # A button for each that may be there: what a cell starts is shown without a widget more.
        self.buttons = [button() for _ in range(_MOST_SOURCES)]
        self.box = stack([self.told, row(self.buttons)])
        for at, one in enumerate(self.buttons):
            form.press(one, partial(self._press, at))

    def render(self, state: EventsState) -> None:
        """Show what receives, and what may be done."""
        put(self.told, value="" if state.facts is None else _told(state.facts, state))
        meanings = _START if self._model.can_start else tuple((one.name, one.source) for one in state.sources)
        if meanings != self._meanings:
            self._settled_ns = self._model.clock.monotonic_ns() + (SETTLES_NS if self._meanings else 0)
            self._meanings = meanings
        for at, one in enumerate(self.buttons):
            show_if(at < len(meanings), one)
            name = parts.short(meanings[at][0]) if at < len(meanings) else ""
            words = say("events_form.stop", name=name) if name else say("events_form.start")
            put(one, description=words, button_style="" if name else "primary")
            # None is disabled while it acts: it would lose the focus, and pressing it again does nothing.
            allow(one, not self._model.is_busy)

    def _press(self, at: int) -> None:
        # What it meant when it was pressed, and only then the time: both are set by whichever thread renders.
        meanings = self._meanings
        if at >= len(meanings) or self._model.clock.monotonic_ns() < self._settled_ns:
            return
        source = meanings[at][1]
        if source is None:
            self._model.start()
        else:
            self._model.stop(source)


def _told(facts: LogFacts, state: EventsState) -> str:
    kept = say("events_form.kept_yes" if facts.keeps else "events_form.kept_no")
    told = parts.facts([*((one.name, one.standing) for one in state.sources), (say("event.kept"), kept)])
    if facts.gone:
        told += parts.notice(say("events_form.gone", events=count("event", facts.gone)), "", "warn")
    if facts.failures:
        told += parts.notice(say("event.handler_failed", n=count("time", facts.failures)), "", "warn")
    waits = "" if state.sources else say("events_form.nothing_receives")
    now = parts.quiet(state.doing or waits) if state.doing or waits else ""
    return told + parts.status("".join(map(_notes, state.sources)) + now)


def _notes(one: Reception) -> str:
    return "".join(parts.notice(note, "", "warn" if one.is_running else "bad") for note in one.notes)
