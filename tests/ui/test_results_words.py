"""The results form in both languages: in every state, all texts are in the current language."""

from collections.abc import Callable

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox
from dingnb.ui.results.form import ResultsForm
from tests.ui.languages import chinese, english
from tests.ui.results_steps import PERSONAL, act, choose, choose_action, offered, open_details, opened, settle, type_in
from tests.ui.steps import is_shown, people, words

Connect = Callable[..., DingTalk]
Open = Callable[..., RunningSandbox]
Look = Callable[[ResultsForm], None]

english_in = english("results_form.", "run.", "form.", "code.", "plan_form.", "report.", "status.", "campaign.")


def go_the_whole_way(open_sandbox: Open, connect_to: Connect, clock: VirtualClock, look: Look) -> None:
    """Bring the form into many states, and check it in each."""
    office = open_sandbox(failed_share=0.3, read_share=0.5, read_within_s=600)
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[38, 41, 42, 43, 44, 45])
    frame = people(office, 40)
    frame.loc[38:, "userid"] = ["nobody_here", "a,b"]
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(frame, PERSONAL).send("payslip", wait=False)
        form = run.form()
        look(form)
        clock.advance(seconds_to_ns(2))
        look(form)
        form.wait()
    look(form)
    clock.advance(seconds_to_ns(300))
    run.wait()
    form.model.reload()
    form.wait()
    look(form)
    for status in [status for status, tile in form.tiles.tiles.items() if status and is_shown(tile)]:
        choose(form, status)
        for row in range(len(form.people.people.options)):
            open_details(form, row)
            look(form)
    for query in ("a,b", "nowhere", ""):
        type_in(form, query)
        look(form)
    form.people.clear.click()
    form.wait()
    for action in offered(form):
        choose_action(form, action)
        look(form)
        for typed in ("", "x", "999"):
            act(form, action, typed)
            look(form)
    form.overview.auto_refresh.set_state({"value": True})
    look(form)
    form.overview.auto_refresh.set_state({"value": False})
    form.auto_refresh.wait()
    look(form)
    for action in ("retry", "resolve", "recall"):
        if action in offered(form):
            act(form, action)
            settle(form)
            look(form)
    form.code_view.toggle.click()
    look(form)


@pytest.mark.long
@pytest.mark.usefixtures("in_chinese")
def test_every_state_is_shown_in_chinese_only(open_sandbox: Open, connect_to: Connect, clock: VirtualClock) -> None:
    seen: dict[str, None] = {}

    def look(form: ResultsForm) -> None:
        seen.update(dict.fromkeys(english_in(form)))

    go_the_whole_way(open_sandbox, connect_to, clock, look)
    assert list(seen) == []


@pytest.mark.long
def test_english_texts_contain_no_chinese(open_sandbox: Open, connect_to: Connect, clock: VirtualClock) -> None:
    seen: dict[str, None] = {}

    def look(form: ResultsForm) -> None:
        seen.update(dict.fromkeys(chinese(form)))

    go_the_whole_way(open_sandbox, connect_to, clock, look)
    assert list(seen) == []


def test_a_form_displayed_again_uses_the_current_language(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox()
    run = connect_to(office).plan(people(office, 20), PERSONAL).send("payslip").wait()
    form = opened(run)
    for language, said in (
        ("zh", ("最近更新", "发送明细", "撤回（20）")),
        ("en", ("Results by row", "Recall (20)")),
    ):
        dingnb.set_language(language)
        bundle = form._repr_mimebundle_()
        form.wait()
        for line in said:
            assert line in words(form)
        assert ("Delivery funnel" in bundle["text/plain"]) == (language == "en")
