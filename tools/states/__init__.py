"""
Every state of the forms, for `make gallery`.

A view shows only the state of its model. So each state here is a real form with a real model on a sandbox,
produced by user actions, or, if that would take a second sender or a crash, by setting the state directly.
"""

from typing import NamedTuple

import ipywidgets as widgets
from IPython.utils.capture import capture_output

import dingnb
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import stack, style
from dingnb.words import Language
from tools.states import compose, events, fields, login, pieces, plan, results, run, studio
from tools.states.scene import Makers, open_scene

ROOMS: dict[str, Makers] = {
    "pieces": pieces.STATES,
    "fields": fields.STATES,
    "compose": compose.STATES,
    "compose-type": compose.TYPES,
    "plan": plan.STATES,
    "run": run.STATES,
    "results": results.STATES,
    "events": events.STATES,
    "studio": studio.STATES,
    "login": login.STATES,
}
"""The states, by form."""


class State(NamedTuple):
    """A state of a form, by name."""

    room: str
    name: str

    def __str__(self) -> str:
        return f"{self.room}-{self.name}"


def states_of(*rooms: str) -> list[State]:
    """Return the states of some rooms, or of all, in the order of the page."""
    return [State(room, name) for room in rooms or ROOMS for name, _ in ROOMS[room]]


class Gallery:
    """
    The states of the forms, produced one after the other.

    Args:
        language: Of the forms; the states' own names are English.
    """

    def __init__(self, language: Language) -> None:
        dingnb.set_language(language)
        with capture_output():
            self._scene = open_scene()

    def head(self) -> widgets.VBox:
        """Return what the states look like."""
        return _shown(style(), widgets.HTML(_STYLE))

    def show(self, room: str, name: str) -> widgets.VBox:
        """Bring a form into a state, and return it under the name of the state."""
        # Progress output of cells does not belong here.
        with capture_output():
            widget = dict(ROOMS[room])[name](self._scene)
        called = str(State(room, name))
        return _shown(widgets.HTML(f'<h2 id="{called}" class="dn-state">{parts.shown(called)}</h2>'), widget)


def _shown(*shown: widgets.DOMWidget) -> widgets.VBox:
    whole = stack(shown)
    whole.add_class("dingnb")
    return whole


_STYLE = """<style>
.dingnb .dn-state { font-family: var(--dn-font-code); font-size: var(--dn-size-small); font-weight: 400;
  color: var(--dn-text-2); border-top: 1px dashed var(--dn-line-strong); margin: var(--dn-space-5) 0 0;
  padding: var(--dn-space-1) 0 }
</style>"""
