"""The plan form: its problems, a test, the name, and the count."""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import ipywidgets as widgets
import pandas as pd

import dingnb
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.sending.recording import AbsentChoice
from dingnb.campaigns.status import State
from dingnb.client import DingTalk, limits_of
from dingnb.clock import SystemClock
from dingnb.ledger.campaigns import campaigns
from dingnb.ui.kit.form import stack
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.plan.model import PlanModel
from dingnb.words import Text, say
from dingnb.words.literals import literal
from tools.states.scene import Maker, Makers, Scene, make_live, record_first

Change: TypeAlias = Callable[[PlanForm], None]
"""A user action in the form."""


def _form(make_plan: Callable[[Scene], Plan], change: Change = lambda _: None) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        form = PlanForm(PlanModel(make_plan(scene)))
        form.model.wait()
        change(form)
        form.model.wait()
        return form.box

    return make


def _send(make_plan: Callable[[Scene], Plan], change: Change) -> Maker:
    """Show only the send section: everything above is the same."""

    def make(scene: Scene) -> widgets.DOMWidget:
        form = PlanForm(PlanModel(make_plan(scene)))
        form.model.wait()
        change(form)
        form.model.wait()
        return stack([form.sending.box, form.sending.footer])

    return make


def _test(change: Callable[[PlanForm, Scene], None]) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        form = PlanForm(PlanModel(_few(scene)))
        form.model.wait()
        change(form, scene)
        form.model.wait()
        return form.test.box

    return make


def _few(scene: Scene) -> Plan:
    return scene.ding.plan(scene.few, scene.message)


def _staff(scene: Scene) -> Plan:
    return scene.ding.plan(scene.staff, scene.message)


def _payslips(scene: Scene) -> Plan:
    """Return a plan with a file that goes to two people, and a file with another person's name."""
    folder = Path(tempfile.mkdtemp(prefix="dingnb-"))
    names = scene.few["name"].tolist()
    for number, name in enumerate(names):
        (folder / f"payslip_{name}.pdf").write_bytes(b"%PDF-1.7 " + bytes(20_000 + max(number, 1)))
    paths = [f"payslip_{name}.pdf" for name in (*names[:3], names[4], names[3])]
    return scene.ding.plan(scene.few.assign(path=paths), dingnb.file("{{ path }}", folder=folder))


def _live(scene: Scene) -> Plan:
    return scene.live.plan(scene.staff, scene.message)


def _nobody(scene: Scene) -> Plan:
    return scene.ding.plan(pd.DataFrame({"userid": ["@all", "", "with a blank"]}), dingnb.text("Hello"))


def _bills(scene: Scene) -> Plan:
    bills = pd.concat([scene.few, scene.few], ignore_index=True).assign(bill=range(2 * len(scene.few)))
    return scene.ding.plan(bills, dingnb.text("Your bill {{ bill }}"), key="bill")


def _known(scene: Scene) -> Plan:
    plan = _few(scene)
    plan.send("bonus-november", expect=plan.people).wait()
    return plan


def _other_text(scene: Scene) -> Plan:
    _known(scene)
    return scene.ding.plan(scene.few, dingnb.text("Another text for {{ name }}"))


def _short(scene: Scene) -> Plan:
    """Return a live plan that exceeds the monthly quota."""
    limits = dataclasses.replace(limits_of(scene.live), calls_per_month=5)
    ding = DingTalk(scene.live.app, scene.live.hosts, origin=scene.live.origin, clock=SystemClock(), limits=limits)
    return make_live(ding).plan(scene.few, scene.message)


def _absent(scene: Scene) -> Plan:
    """Return a plan that lacks some people still queued under a name."""
    many = scene.staff[scene.staff["userid"].str.startswith("manager")].head(9).reset_index(drop=True)
    if not len(scene.ding.campaigns().query("name == 'bonus-october'")):
        _record(scene, "bonus-october", many[2:], by_person=False)
    return scene.ding.plan(many[:5], scene.message)


def _stopped(scene: Scene) -> Plan:
    if not len(scene.ding.campaigns().query("name == 'bonus-september'")):
        _record(scene, "bonus-september", scene.few, by_person=True)
    return _few(scene)


def _record(scene: Scene, name: str, frame: pd.DataFrame, *, by_person: bool) -> None:
    """Record a campaign that was stopped before its first call."""
    plan = scene.ding.plan(frame, scene.message)
    recorded, context = record_first(plan, name), plan._context  # noqa: SLF001 - without any call
    with context.ledger.transaction() as db:
        campaigns.set_state(db, recorded.campaign, State.STOPPED, context.now_ns(), by_person=by_person)


def _chosen(absent: AbsentChoice) -> Change:
    def change(form: PlanForm) -> None:
        form.sending.name.value = "bonus-october"
        form.model.wait()
        form.sending.absent.value = None if absent == "error" else absent

    return change


def _undecided(form: PlanForm) -> None:
    _chosen("error")(form)
    form.sending.send.click()


def _opened(form: PlanForm) -> None:
    form.sending.name.value = "bonus-september"
    form.model.wait()
    form.sending.open.click()


def _running(form: PlanForm) -> None:
    form.sending.name.value = "bonus-september"
    form.model.wait()
    forecast = form.model.state.forecast
    refusal = Text("record.running", name="bonus-september", who=Text("record.sender_here", process=4_711))
    hint = Text("record.running_todo", name=literal("bonus-september"))
    if forecast is not None:
        shown = dataclasses.replace(forecast, blocked="running", refusal=refusal, hint=hint)
        form.model._show(forecast=shown)  # noqa: SLF001 - a short-lived state


def _second_page(form: PlanForm) -> None:
    form.problems.later.click()


def _sought(query: str) -> Change:
    return lambda form: setattr(form.problems.search, "value", query)


def _named(name: str) -> Change:
    return lambda form: setattr(form.sending.name, "value", name)


def _counted(typed: str) -> Change:
    def change(form: PlanForm) -> None:
        form.sending.count.value = typed
        form.sending.send.click()

    return change


def _typed(form: PlanForm) -> None:
    form.sending.count.value = str(form.model.plan.people)


def _looking_up(form: PlanForm) -> None:
    form.model._show(forecast=None)  # noqa: SLF001 - a short-lived state


def _starting(form: PlanForm) -> None:
    _typed(form)
    form.model._show(stage="starting")  # noqa: SLF001 - likewise


def _outdated(form: PlanForm) -> None:
    form.model.mark_outdated()


def _tested(who: str = "", times: int = 1) -> Callable[[PlanForm, Scene], None]:
    """Send a test, by default to a person in the frame."""

    def change(form: PlanForm, scene: Scene) -> None:
        form.test.recipient.value = who or scene.few["userid"].iloc[times]
        for _ in range(times):
            form.test.send_test.click()
            form.model.wait()

    return change


def _testing(form: PlanForm, scene: Scene) -> None:
    form.test.recipient.value = scene.few["userid"].iloc[0]
    form.model._show(test_progress=say("plan_form.testing"))  # noqa: SLF001 - a short-lived state


STATES: Makers = (
    ("no-problems", _form(_few)),
    ("problems", _form(_staff)),
    ("problems-second-page", _form(_staff, _second_page)),
    ("problems-found", _form(_staff, _sought("17"))),
    ("problems-found-none", _form(_staff, _sought("no such row"))),
    ("nobody", _form(_nobody)),
    ("files", _form(_payslips)),
    ("live", _form(_live, _typed)),
    ("test-ready", _test(lambda *_: None)),
    ("test-running", _test(_testing)),
    ("test-good", _test(_tested())),
    ("test-before", _test(_tested(times=2))),
    ("test-bad", _test(_tested("nobody"))),
    ("test-no-recipient", _test(_tested(" "))),
    ("name-looked-up", _send(_few, _looking_up)),
    ("name-new", _send(_few, _named("bonus-december"))),
    ("name-known", _send(_known, _named("bonus-november"))),
    ("name-changed", _send(_other_text, _named("bonus-november"))),
    ("name-absent", _send(_absent, _chosen("error"))),
    ("name-absent-undecided", _send(_absent, _undecided)),
    ("name-absent-sent-to", _send(_absent, _chosen("send"))),
    ("name-absent-taken-out", _send(_absent, _chosen("drop"))),
    ("name-stopped", _send(_stopped, _named("bonus-september"))),
    ("name-stopped-opened", _form(_stopped, _opened)),
    ("name-being-sent", _send(_stopped, _running)),
    ("month-too-short", _send(_short, _named("bonus-december"))),
    ("name-refused", _send(_few, _named("  "))),
    ("count-wrong", _send(_few, _counted("12"))),
    ("count-no-number", _send(_few, _counted("five"))),
    ("count-right", _send(_few, _typed)),
    ("starting", _send(_few, _starting)),
    ("outdated", _form(_few, _outdated)),
    ("several-messages-a-person", _form(_bills, _typed)),
)
