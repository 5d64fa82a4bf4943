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
from tools.states import components, compose, events, fields, login, plan, results, run, studio
from tools.states.scene import Makers, open_scene

FORMS: dict[str, Makers] = {
    "components": components.STATES,
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

    form: str
    name: str

    def __str__(self) -> str:
        return f"{self.form}-{self.name}"


def states_of(*forms: str) -> list[State]:
    """Return the states of some forms, or of all, in the order of the page."""
    return [State(form, name) for form in forms or FORMS for name, _ in FORMS[form]]


class Gallery:
    """
    The states of the forms, produced one after another.

    Args:
        language: The language of the forms; the names of the states are English.
    """

    def __init__(self, language: Language) -> None:
        dingnb.set_language(language)
        with capture_output():
            self._scene = open_scene()

    def head(self) -> widgets.VBox:
        """Return the styles of the forms and of the headings."""
        return _shown(style(), widgets.HTML(_STYLE))

    def show(self, form: str, name: str) -> widgets.VBox:
        """Bring a form into a state, and return the form under the name of the state."""
        # Progress output of cells does not belong here.
        with capture_output():
            widget = dict(FORMS[form])[name](self._scene)
        title = str(State(form, name))
        return _shown(widgets.HTML(f'<h2 id="{title}" class="dn-state">{parts.shown(title)}</h2>'), widget)


def _shown(*shown: widgets.DOMWidget) -> widgets.VBox:
    whole = stack(shown)
    whole.add_class("dingnb")
    return whole


_STYLE = """<style>
.dingnb .dn-state { font-family: var(--dn-font-code); font-size: var(--dn-size-small); font-weight: 400;
  color: var(--dn-text-2); border-top: 1px dashed var(--dn-line-strong); margin: var(--dn-space-5) 0 0;
  padding: var(--dn-space-1) 0 }
</style>"""
