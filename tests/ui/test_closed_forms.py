"""A form that is closed leaves no widget open in its kernel or in the page."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ipywidgets import HTML, Button, VBox, Widget

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import Clock
from dingnb.display import Sheet
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import Form, button
from dingnb.ui.kit.lists import update_entries
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.studio.exclusions import ListRow
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


def test_entries_that_a_list_no_longer_shows_leave_no_widget_open() -> None:
    before = open_widgets()
    buttons, rows = dict[str, Button](), dict[str, ListRow]()
    for names in (["May", "June"], ["June", "July"], []):
        update_entries(buttons, names, lambda _: button())
        update_entries(rows, names, lambda _: ListRow())
        assert [*buttons] == [*rows] == names
    assert open_widgets() - before == Counter()


@dataclass(frozen=True, slots=True)
class Shown:
    """The state of a form."""

    failure: Failure | None = None


class SlowForm(Form):
    """A form that adds a widget when it is rendered, once it may."""

    def __init__(self, model: Model[Shown]) -> None:
        super().__init__(model)
        self.made: list[HTML] = []
        self.is_rendering, self.may_render = threading.Event(), threading.Event()
        self.may_render.set()
        self._box = VBox()

    @property
    def box(self) -> VBox:
        return self._box

    def sheet(self) -> Sheet:
        return Sheet("")

    def _render(self) -> None:
        if not self.may_render.is_set():
            self.is_rendering.set()
        self.may_render.wait()
        self.made.append(HTML())
        self._box.children = self.made


def test_a_form_that_is_closed_while_another_thread_renders_it_leaves_no_widget_open(clock: Clock) -> None:
    model = Model(Shown(), clock)
    form = SlowForm(model)
    form.render()
    form.may_render.clear()
    thread = threading.Thread(target=form.render)
    thread.start()
    form.is_rendering.wait()
    form.close()
    form.may_render.set()
    thread.join()
    form.render()
    assert [widget.comm for widget in form.made] == [None, None]
