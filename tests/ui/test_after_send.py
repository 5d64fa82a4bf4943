"""After a send: the results open by themselves, and refresh themselves within a number of calls that is shown."""

from collections.abc import Callable

import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.form import ResultsForm
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.refresh_limits import MAX_CALLS
from dingnb.words import Language, set_language
from tests.ui.results_steps import PERSONAL, calls, opened, tiles
from tests.ui.steps import (
    check,
    is_shown,
    people,
    press_send,
    primary_buttons,
    run_button,
    type_into,
    watch_focus,
    words,
    write,
)

Connect = Callable[..., DingTalk]
Open = Callable[..., RunningSandbox]

RESULT = "/getsendresult"

pytestmark = pytest.mark.refreshes


def sent(form: PlanForm, name: str = "payslip") -> ResultsForm:
    """Send, and return the results that open in the form of the plan."""
    type_into(form.sending.name, name)
    form.model.wait()
    press_send(form)
    results = form.follower
    assert isinstance(results, ResultsForm)
    results.wait()
    return results


@pytest.mark.parametrize("kind", ["plan", "message", "studio"])
def test_a_form_that_has_sent_is_displayed_again_while_the_ledger_cannot_be_read(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "plan":
        form = plan = ding.plan(people(office, 3), PERSONAL).form()
    else:
        form = ding.studio(people(office, 3)) if kind == "studio" else ding.compose(people(office, 3))
        compose = form.compose if kind == "studio" else form
        write(compose, title="Hello", text="number {{ n }}")
        plan = check(compose)
    sent(plan).auto_refresh.end() if kind == "plan" else press_send(plan)
    plan.model.run.wait()
    assert "finished" in repr(form)

    def gone(*_: object, **__: object) -> None:
        what, hint = "The ledger is gone.", "Bring it back."
        raise LedgerError(what, hint)

    monkeypatch.setattr(ding._ledger, "connection", gone)
    shown = form._repr_mimebundle_()
    assert "The ledger is gone. Bring it back." in shown["text/plain"]
    assert shown["application/vnd.jupyter.widget-view+json"]


@pytest.mark.long
def test_the_results_open_and_refresh_themselves_within_a_shown_number_of_calls(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    with clock.participating():
        results = sent(connect_to(office).plan(people(office, 20), PERSONAL).form())
        # Three times 20 calls.
        assert results.overview.auto_refresh.description == ("Refresh automatically (up to 60 calls within 8 hours)")
        assert run_button(results.run_form, "refresh").description == "Refresh delivery status (20 calls)"
        assert results.auto_refresh.state.is_on
        assert results.overview.auto_refresh.value is True
        totals = set()

        def note_calls() -> None:
            state, available = results.auto_refresh.state, results.model.state.available
            if not state.is_refreshing and available is not None:
                totals.add(state.calls + available.calls_left)

        results.auto_refresh.watch(note_calls)
        results.auto_refresh.wait()
        results.wait()
    # Each call that it says it used is missing from the calls left.
    assert len(totals) == 1
    assert tiles(results) == {"Total": "20", "Unread": "20 · 100%"}
    assert 20 < calls(office, RESULT) <= 60 + 20
    assert "Stopped automatically after" in words(results)
    assert results.overview.auto_refresh.value is False


def test_a_form_says_before_the_send_with_how_many_calls_the_results_refresh_automatically(
    open_sandbox: Open, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = "Afterwards, the results refresh automatically with at most {} calls; you can turn this off there."
    office = open_sandbox(read_share=0.0)
    ding, staff = connect_to(office), people(office, 20)
    form = ding.plan(staff, PERSONAL).form()
    type_into(form.sending.name, "payslip")
    form.model.wait()
    assert note.format(60) in words(form)
    results = sent(form)
    assert "(up to 60 calls within" in results.overview.auto_refresh.description
    # What was sent before is refreshed as well.
    more = ding.plan(people(office, 23), PERSONAL).form()
    type_into(more.sending.name, "payslip")
    more.model.wait()
    assert note.format(MAX_CALLS) in words(more)
    monkeypatch.setattr("dingnb.ui.run.refresh_limits.MAX_CALLS", 19)
    many = ding.plan(staff, PERSONAL).form()
    type_into(many.sending.name, "other")
    many.model.wait()
    assert "the results refresh automatically" not in words(many)


def test_few_people_are_refreshed_more_often_and_many_only_by_the_button(
    open_sandbox: Open, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_sandbox(read_share=0.0)
    form = connect_to(office).plan(people(office, 3), dingnb.text("hi")).form()
    results = sent(form)
    assert "(up to 36 calls within" in results.overview.auto_refresh.description
    form.close()
    results.auto_refresh.wait()
    assert not results.auto_refresh.state.is_on
    assert results.auto_refresh.max_calls <= MAX_CALLS
    monkeypatch.setattr("dingnb.ui.run.refresh_limits.MAX_CALLS", 5)
    many = sent(connect_to(office).plan(people(office, 6), dingnb.text("number {{ n }} again")).form(), "again")
    assert not many.auto_refresh.state.is_on
    assert not is_shown(many.overview.auto_refresh)


def test_a_campaign_that_was_stopped_is_refreshed_by_itself_only_once_it_is_complete(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    with clock.participating():
        form = connect_to(office, latency_s=0.5).plan(people(office, 60), PERSONAL).form()
        type_into(form.sending.name, "payslip")
        form.model.wait()
        press_send(form)
        clock.advance(seconds_to_ns(1))
        assert form.run_form is not None
        form.run_form.stop_button.click()
        results = form.follower
        assert isinstance(results, ResultsForm)
        results.wait()
        clock.advance(seconds_to_ns(60))
        assert not results.auto_refresh.state.is_on
        assert calls(office, RESULT) == 0
        form.run_form.main_button.click()
        results.wait()
        results.auto_refresh.wait()
    assert results.auto_refresh.state.max_calls == 3 * 60
    assert 0 < results.auto_refresh.state.calls <= 3 * 60


@pytest.mark.parametrize(
    ("language", "resume", "again", "go", "send"),
    [
        ("en", "Resume", "Check again", "Go to campaign", "Send to 60 people"),
        ("zh", "继续", "重新检查", "前往该任务", "发送给 60 人"),
    ],
)
def test_one_button_at_a_time_is_primary_when_a_message_is_corrected_after_a_stop(
    office: RunningSandbox,
    connect_to: Connect,
    clock: VirtualClock,
    language: Language,
    resume: str,
    again: str,
    go: str,
    send: str,
) -> None:
    set_language(language)
    with clock.participating():
        form = connect_to(office, latency_s=0.5).compose(people(office, 60))
        write(form, title="Bonus", text="number {{ n }}")
        before = check(form)
        assert primary_buttons(form) == [send]
        press_send(before)
        clock.advance(seconds_to_ns(1))
        assert before.run_form is not None
        before.run_form.stop_button.click()
        before.run_form.model.wait()
        assert primary_buttons(form) == [resume]
        # It would send the old text.
        write(form, text="corrected {{ n }}")
        assert primary_buttons(form) == [again]
        plan = check(form)
        # The name of the stopped campaign is refused.
        assert primary_buttons(form) == [go]
        type_into(plan.sending.name, "corrected")
        plan.model.wait()
        assert primary_buttons(form) == [send]
    # The new plan comes first.
    _, *shown_plans = form.plans.children
    assert shown_plans == [plan.box, before.box]


def test_the_focus_stays_where_it_is_when_another_form_acts(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.5).plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
        one = opened(run)
        other = RunForm(one.run_model)
        run_button(one.run_form, "refresh").click()
        one.wait()
        focused = watch_focus(monkeypatch)
        clock.advance(DEBOUNCE_NS)
        run_button(other, "resume").click()
        clock.advance(seconds_to_ns(1))
        assert focused == []
        run_button(other, "stop").click()
        clock.advance(seconds_to_ns(1))
        # Only the form whose button disappeared moves the focus.
        assert focused == [other.main_button]
        one.wait()
