"""The form of a plan: its problems, a test, the name, and the count."""

from collections.abc import Callable

import ipywidgets as widgets
import pandas as pd

import dingnb
from dingnb.bulk.plan import Plan
from dingnb.ui.plan_form import PlanForm
from dingnb.ui.plan_model import PlanModel
from docs.states.scene import Maker, Makers, Scene


def _form(made: Callable[[Scene], Plan], change: Callable[[PlanModel], None] = lambda _: None) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = PlanModel(made(scene))
        change(model)
        model.wait()
        return PlanForm(model).box

    return make


def _send(made: Callable[[Scene], Plan], change: Callable[[PlanModel], None]) -> Maker:
    """Show only the part that sends: all above it is the same."""

    def make(scene: Scene) -> widgets.DOMWidget:
        model = PlanModel(made(scene))
        change(model)
        model.wait()
        return PlanForm(model).send.box

    return make


def _test(change: Callable[[PlanModel], None]) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = PlanModel(_few(scene))
        change(model)
        return PlanForm(model).test.box

    return make


def _few(scene: Scene) -> Plan:
    return scene.ding.plan(scene.few, scene.message)


def _staff(scene: Scene) -> Plan:
    return scene.ding.plan(scene.staff, scene.message)


def _live(scene: Scene) -> Plan:
    return scene.live.plan(scene.staff, scene.message)


def _nobody(scene: Scene) -> Plan:
    return scene.ding.plan(pd.DataFrame({"userid": ["@all", "", "with a blank"]}), dingnb.text("Hello"))


def _known(scene: Scene) -> Plan:
    plan = _few(scene)
    plan.send("bonus-november", expect=plan.people).wait()
    return plan


def _other_text(scene: Scene) -> Plan:
    _known(scene)
    return scene.ding.plan(scene.few, dingnb.text("Another text for {{ name }}"))


def _second_page(model: PlanModel) -> None:
    model.turn(1)


def _sought(query: str) -> Callable[[PlanModel], None]:
    return lambda model: model.search(query)


def _named(name: str) -> Callable[[PlanModel], None]:
    return lambda model: model.call_it(name)


def _counted(typed: str) -> Callable[[PlanModel], None]:
    def change(model: PlanModel) -> None:
        model.wait()
        model.type_count(typed)
        model.send()

    return change


def _typed(model: PlanModel) -> None:
    model.type_count(str(model.plan.people))


def _looking_up(model: PlanModel) -> None:
    model.wait()
    model._show(foresight=None)  # noqa: SLF001 - it is over before anybody can look


def _starting(model: PlanModel) -> None:
    model.wait()
    model._show(stage="starting")  # noqa: SLF001 - likewise


def _tester(userid: str, times: int = 1) -> Callable[[PlanModel], None]:
    def change(model: PlanModel) -> None:
        model.choose_tester(userid)
        for _ in range(times):
            model.test()
            model.wait()

    return change


def _testing(model: PlanModel) -> None:
    model._show(tester="manager01", testing=dingnb.language.say("plan_form.testing"))  # noqa: SLF001 - likewise


STATES: Makers = (
    ("no-problems", _form(_few)),
    ("problems", _form(_staff)),
    ("problems-second-page", _form(_staff, _second_page)),
    ("problems-found", _form(_staff, _sought("13900"))),
    ("problems-found-none", _form(_staff, _sought("no such row"))),
    ("nobody", _form(_nobody)),
    ("live", _form(_live, _typed)),
    ("test-ready", _test(lambda _: None)),
    ("test-running", _test(_testing)),
    ("test-good", _test(_tester("manager01"))),
    ("test-before", _test(_tester("manager02", times=2))),
    ("test-bad", _test(_tester("nobody"))),
    ("test-no-tester", _test(_tester(""))),
    ("name-looked-up", _send(_few, _looking_up)),
    ("name-new", _send(_few, _named("bonus-december"))),
    ("name-known", _send(_known, _named("bonus-november"))),
    ("name-changed", _send(_other_text, _named("bonus-november"))),
    ("name-refused", _send(_few, _named("  "))),
    ("count-wrong", _send(_few, _counted("12"))),
    ("count-no-number", _send(_few, _counted("five"))),
    ("count-right", _send(_few, _typed)),
    ("starting", _send(_few, _starting)),
    ("outdated", _send(_few, PlanModel.outdate)),
)
