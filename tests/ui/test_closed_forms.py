"""A form that is closed leaves no widget open in its kernel or in the page."""

from collections import Counter
from collections.abc import Callable

import pytest
from ipywidgets import Widget

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import Form
from tests.ui.steps import check, people, press_send, write

NOTE = dingnb.markdown(title="Bonus", text="Hi {{ n }}")


def open_widgets() -> Counter[str]:
    """Return the number of open widgets by kind."""
    return Counter(state["model_name"] for state in Widget.get_manager_state()["state"].values())


def plan_form(ding: DingTalk, office: RunningSandbox) -> Form:
    return ding.plan(people(office, 5), NOTE).form()


def sent_form(ding: DingTalk, office: RunningSandbox) -> Form:
    form = ding.plan(people(office, 5), NOTE).form()
    press_send(form)
    form.run.wait()
    form.model.wait()
    return form


def results_form(ding: DingTalk, office: RunningSandbox) -> Form:
    return ding.plan(people(office, 5), NOTE).send("bonus").form()


def new_compose_form(ding: DingTalk, office: RunningSandbox) -> Form:
    return ding.compose(people(office, 5))


def checked_compose_form(ding: DingTalk, office: RunningSandbox) -> Form:
    form = ding.compose(people(office, 5), NOTE)
    for text in ("One", "Two"):
        write(form, text=text)
        check(form)
    return form


def studio_form(ding: DingTalk, office: RunningSandbox) -> Form:
    return ding.studio(people(office, 5))


def events_form(ding: DingTalk, office: RunningSandbox) -> Form:
    del office
    return ding.events.form()


@pytest.mark.parametrize(
    "opened",
    [plan_form, sent_form, results_form, new_compose_form, checked_compose_form, studio_form, events_form],
)
def test_a_closed_form_leaves_no_widget_open(
    ding: DingTalk, office: RunningSandbox, opened: Callable[[DingTalk, RunningSandbox], Form]
) -> None:
    before = open_widgets()
    form = opened(ding, office)
    assert open_widgets() > before
    form.close()
    assert open_widgets() - before == Counter()
