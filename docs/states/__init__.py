"""
Every state in which the forms can be seen, for `make gallery`.

A view shows its model's state and nothing else. So each state here is a real form over a real model on a sandbox,
brought there by what a person does, or, where that would take a second sender or a crash, by the state itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import ipywidgets as widgets
from IPython.utils.capture import capture_output

import dingnb
from dingnb.language import Language
from dingnb.ui import parts
from dingnb.ui.form import stack, style
from docs.states import compose, events, fields, login, pieces, plan, results, run, studio
from docs.states.scene import Makers, Scene, open_scene

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
"""What is shown, by what it belongs to."""


@dataclass(frozen=True, slots=True)
class Shown:
    """
    One state on the page.

    Attributes:
        name: What it is called, as ``plan-count-wrong``.
        widget: How it looks.
    """

    name: str
    widget: widgets.DOMWidget


def names(*rooms: str) -> list[str]:
    """Return the names of the states of some rooms, or of all, in the order of the page."""
    return [f"{room}-{name}" for room in rooms or ROOMS for name, _ in ROOMS[room]]


def make(scene: Scene, *rooms: str) -> Iterator[Shown]:
    """Bring forms into the states of some rooms, or into all, one after the other."""
    for room in rooms or ROOMS:
        for name, maker in ROOMS[room]:
            yield Shown(f"{room}-{name}", maker(scene))


def page(language: Language, *rooms: str) -> widgets.VBox:
    """
    Return the gallery as one widget.

    Args:
        language: Of the forms; the states' own names are English.
        rooms: What to show; without any, all.
    """
    dingnb.set_language(language)
    # What sending and reading a file tell in a cell does not belong here.
    with capture_output():
        made = list(make(open_scene(), *rooms))
    shown = []
    for one in made:
        shown += [widgets.HTML(f'<h2 id="{one.name}" class="dn-state">{parts.shown(one.name)}</h2>'), one.widget]
    whole = stack([style(), widgets.HTML(_STYLE), *shown])
    whole.add_class("dingnb")
    return whole


_STYLE = """<style>
.dingnb .dn-state { font-family: var(--dn-font-code); font-size: var(--dn-size-small); font-weight: 400;
  color: var(--dn-text-2); border-top: 1px dashed var(--dn-line-strong); margin: var(--dn-space-5) 0 0;
  padding: var(--dn-space-1) 0 }
</style>"""
