"""The form of a running campaign: each state, and the possible waits."""

from dataclasses import replace
from itertools import count

import ipywidgets as widgets
import pandas as pd

import dingnb
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.errors import InputError, error_for
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.words import Text
from dingnb.words import count as counted
from tools.states.scene import Maker, Makers, Scene

_SENDING = Progress(
    at_ns=0, state=State.RUNNING, people=12_042, accepted=4_800, calls=48, calls_per_second=19.6, left_s=64, limit=5_000
)
_REASON = Text("campaign.paused_after", calls=counted("call", 3), reason=error_for("isp.system-error").text)
_numbers = count(1)


def _model(scene: Scene, name: str = "") -> RunModel:
    # A new name, since otherwise the campaign would report that nothing was sent.
    name = name or f"we-move-{next(_numbers)}"
    plan = scene.ding.plan(scene.few, dingnb.text(f"We move on Friday. ({name})"))
    model = RunModel(plan.send(name, expect=plan.people), view_of_plan(plan).clock)
    model.wait()
    return model


def _form(progress: Progress, **more: object) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = _model(scene)
        model._show(progress=progress, sheet=None, **more)  # noqa: SLF001 - a moment of a long send
        return RunForm(model).box

    return make


def _finished(scene: Scene) -> widgets.DOMWidget:
    return RunForm(_model(scene, "finished")).box


def _nothing_sent(scene: Scene) -> widgets.DOMWidget:
    _model(scene, "finished")
    return RunForm(_model(scene, "finished")).box


def _refreshed(scene: Scene) -> widgets.DOMWidget:
    model = _model(scene, "asked")
    model.refresh()
    model.wait()
    return RunForm(model).box


def _some_missed(scene: Scene) -> widgets.DOMWidget:
    name = ("payslip-for-all-departments-and-branches-in-" * 3)[:100]
    wrong = pd.DataFrame({"userid": ["@all", "two, in one", "three, in one"], "name": "x", "bonus": 1, "city": "y"})
    frame = pd.concat([scene.few, wrong], ignore_index=True)
    plan = scene.ding.plan(frame, dingnb.text("To whom it may concern"))
    model = RunModel(plan.send(name, expect=plan.people), view_of_plan(plan).clock)
    model.wait()
    return RunForm(model).box


def _refreshing(scene: Scene) -> widgets.DOMWidget:
    return _form(replace(_SENDING, state=State.STOPPED), is_refreshing=True)(scene)


def _unreachable(scene: Scene) -> widgets.DOMWidget:
    model = _model(scene)
    model.fail(InputError("DingTalk could not be reached.", "Check the network, and refresh again."))
    return RunForm(model).box


STATES: Makers = (
    ("running", _form(_SENDING)),
    ("running-some-failed", _form(replace(_SENDING, failed=300, unknown=100))),
    ("waiting-for-the-minute", _form(replace(_SENDING, accepted=5_000, waiting_for="people", waiting_s=43))),
    ("waiting-for-a-pause", _form(replace(_SENDING, waiting_for="pause", waiting_s=8))),
    ("waiting-in-an-outage", _form(replace(_SENDING, waiting_for="outage", waiting_s=8, gives_up_s=540))),
    ("waiting-out-a-ban", _form(replace(_SENDING, unknown=100, waiting_for="ban", waiting_s=290, gives_up_s=590))),
    ("waiting-to-repeat", _form(replace(_SENDING, unknown=100, waiting_for="repeat", waiting_s=55))),
    ("waiting-for-another-sender", _form(replace(_SENDING, accepted=0, waiting_for="sender", calls_per_second=0))),
    ("pausing", _form(_SENDING, command="pause")),
    ("stopping", _form(_SENDING, command="stop")),
    ("paused", _form(replace(_SENDING, state=State.PAUSED))),
    ("paused-with-a-reason", _form(replace(_SENDING, state=State.PAUSED, failed=100), why=_REASON)),
    ("stopped", _form(replace(_SENDING, state=State.STOPPED))),
    ("interrupted", _form(replace(_SENDING, state=State.INTERRUPTED, unknown=100))),
    ("finished", _finished),
    ("nothing-sent", _nothing_sent),
    ("results-refreshed", _refreshed),
    ("results-some-missed", _some_missed),
    ("refreshing", _refreshing),
    ("refresh-failed", _unreachable),
)
