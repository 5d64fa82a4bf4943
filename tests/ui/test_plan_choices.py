"""The plan form for a name that already has a campaign: absent people, and obstacles."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.campaigns.stored_campaigns import find_campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display.shell import user_namespace
from dingnb.errors import IncompleteError
from dingnb.ledger.campaigns import campaigns
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.form import DEBOUNCE_NS, POLL_INTERVAL_NS
from dingnb.ui.plan import model as plan_model
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.form import ResultsForm
from tests.live_mode import make_live
from tests.other_process import held_by_other_process
from tests.ui.results_steps import act, calls
from tests.ui.steps import (
    is_off,
    is_shown,
    people,
    press_send,
    read,
    sends,
    sent_counts,
    type_into,
    watch_focus,
    words,
)

Connect = Callable[..., DingTalk]
PERSONAL = dingnb.text("number {{ n }}")


def half_sent(office: RunningSandbox, ding: DingTalk, frame: pd.DataFrame) -> Campaign:
    """Send to half of some people until the monthly quota is used up; afterwards all calls are allowed."""
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(len(frame) // 2 + 1, 400)))
    with pytest.raises(IncompleteError) as caught:
        ding.plan(frame, PERSONAL).send("payslip", expect=len(frame))
    office.state.faults.clear()
    assert not isinstance(caught.value.campaign, str)
    return caught.value.campaign


def opened(ding: DingTalk, frame: pd.DataFrame, message: dingnb.Message = PERSONAL) -> PlanForm:
    plan = ding.plan(frame, message)
    user_namespace().update(ding=ding, plan=plan)
    form = plan.form()
    type_into(form.sending.name, "payslip")
    form.model.wait()
    return form


def forecast_text(form: PlanForm) -> str:
    return read(form.sending.forecast.value).text


@pytest.mark.parametrize("mode", ["SANDBOX", "LIVE"])
def test_nothing_is_sent_until_absent_people_are_decided(
    request: pytest.FixtureRequest, office: RunningSandbox, ding: DingTalk, mode: str
) -> None:
    frame = people(office, 12)
    ding = request.getfixturevalue("live") if mode == "LIVE" else ding
    half_sent(office, ding, frame[:8])
    form = opened(ding, frame[8:])
    assert form.model.state.forecast is not None
    left = form.model.state.forecast.absent_userids
    assert len(left) == 4
    assert set(left) < set(frame["userid"])
    assert (
        f"Still waiting in this campaign, but not in this plan: 4 people ({', '.join(left)})."
        in form.sending.absent.description
    )
    assert "only those people are sent to" not in forecast_text(form)
    assert is_shown(form.sending.absent)
    assert not is_shown(form.sending.changed)
    assert form.sending.absent.value is None
    assert "“payslip” exists already: sending continues it, and nobody gets the same" in forecast_text(form)
    assert "dn-off" in form.sending.send._dom_classes
    assert form.sending.send.description == "Send"
    assert not is_shown(form.sending.count)
    before = sends(office)
    for typed in ("4", "8", ""):
        press_send(form, typed)
        assert form.model.run is None
        assert sends(office) == before
        failure = form.model.state.failure
        assert failure is not None
        assert (
            failure.what.in_form() == "First decide what to do about people who are not in this plan. No call was made."
        )
        # Under another name everybody would get the message again.
        assert failure.hint.in_form() == "Choose one of the options above."
    dingnb.set_language("zh")
    form.model.validate()
    form.model.retranslate()
    # In another language, nothing is chosen either.
    assert form.sending.absent.value is None
    assert f"此任务中还有 4 人待发送，但不在此计划中（{'、'.join(left)}）" in form.sending.absent.description
    assert "请先决定如何处理不在此计划中的人。未发起任何调用。" in words(form)
    assert ("也发送给他们", "send") in form.sending.absent.options
    type_into(form.sending.absent, "send")
    assert "dn-off" not in form.sending.send._dom_classes
    assert is_shown(form.sending.count)


@pytest.mark.parametrize("mode", ["SANDBOX", "LIVE"])
def test_absent_people_can_be_included_and_are_counted(
    request: pytest.FixtureRequest, office: RunningSandbox, ding: DingTalk, clock: VirtualClock, mode: str
) -> None:
    frame = people(office, 12)
    ding = request.getfixturevalue("live") if mode == "LIVE" else ding
    half_sent(office, ding, frame[:8])
    form = opened(ding, frame[6:])
    forecast = form.model.state.forecast
    assert forecast is not None
    absent = forecast.absent
    assert 0 < absent == len(set(forecast.absent_userids) - set(frame["userid"][6:]))
    type_into(form.sending.absent, "send")
    n = 6 + absent
    assert form.sending.count.description.startswith(f"Enter {n} to confirm: 6 in the plan and {absent} others")
    before = sends(office)
    for typed in ("6", str(n + 1), "x"):
        press_send(form, typed)
        assert form.model.run is None
        assert f"6 people in the plan and {absent} people not in it" in words(form)
    assert sends(office) == before
    press_send(form, str(n))
    assert form.model.run is not None
    form.model.run.wait()
    assert form.run.state == "finished"
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    # Its code counts absent people as long as there are any, and continues when run again.
    assert form.code == f'run = plan.send("payslip", expect=range(6, {n + 1}), absent="send")'
    names: dict[str, Any] = {"plan": ding.plan(frame[6:], PERSONAL)}
    exec(form.code, names)  # noqa: S102 - as a notebook does
    assert names["run"].state == "finished"
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


def test_the_calls_to_send_to_the_rest_of_the_plan_do_not_include_absent_people(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 8)
    half_sent(office, ding, frame)
    form = opened(ding, frame[3:6])
    type_into(form.sending.absent, "send")
    assert "Calls2to send to the 2 left; 3 for the whole plan" in words(form)


@pytest.mark.parametrize(("choice", "n"), [("skip", 1), ("resend", 3)])
def test_once_it_is_decided_who_gets_the_new_text_the_figures_do_not_ask_for_it_again(
    office: RunningSandbox, ding: DingTalk, choice: str, n: int
) -> None:
    frame = people(office, 8)
    half_sent(office, ding, frame)
    # Two of the four people who were sent a text get another text, one is still waiting, and three are absent.
    changed = pd.concat([frame.iloc[:2].assign(n=[101, 102]), frame.iloc[2:5]])
    form = opened(ding, changed)
    assert "sending now to 1 to 3 of them: choose" in words(form)
    type_into(form.sending.changed, choice)
    assert form.model.state.undecided == "absent"
    assert form.model.sent_range == (n, n)
    assert f"sending now to {n} of them" in words(form)


def test_the_code_that_includes_absent_people_does_the_same(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 12)
    half_sent(office, ding, frame[:8])
    form = opened(ding, frame[8:])
    type_into(form.sending.absent, "send")
    names: dict[str, Any] = {"plan": ding.plan(frame[8:], PERSONAL)}
    exec('run = plan.send("payslip", expect=range(4, 9), absent="send")', names)  # noqa: S102 - as a notebook does
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    # No absent people are left: the previous count is no longer valid.
    press_send(form, "8")
    form.model.wait()
    assert form.model.run is None
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    assert not is_shown(form.sending.absent)


def test_removed_people_are_not_sent_to(office: RunningSandbox, ding: DingTalk, clock: VirtualClock) -> None:
    frame = people(office, 12)
    half_sent(office, ding, frame[:8])
    form = opened(ding, frame[8:])
    assert form.model.state.forecast is not None
    out = set(form.model.state.forecast.absent_userids)
    type_into(form.sending.absent, "drop")
    assert form.sending.count.description == "Enter 4 to confirm"
    assert form.sending.send.description == "Send to 4 people"
    assert "Will be removed from the campaign: 4 people." in words(form)
    press_send(form, "4")
    assert form.model.run is not None
    form.model.run.wait()
    assert form.code == 'run = plan.send("payslip", expect=4, absent="drop")'
    assert sent_counts(office, clock) == Counter(userid for userid in frame["userid"] if userid not in out)
    exec(form.code, {"plan": ding.plan(frame[8:], PERSONAL)})  # noqa: S102 - as a notebook does


def test_with_nobody_left_the_button_says_who_is_removed(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    run = half_sent(office, ding, frame)
    have = run.results().query("status == 'accepted'")["userid"]
    form = opened(ding, frame[frame["userid"].isin(have)])
    type_into(form.sending.absent, "drop")
    assert form.sending.send.description == "Remove 4 people"
    assert not is_shown(form.sending.count)
    assert "There is nobody left to send to in this plan. The button removes 4 people from the campaign" in words(form)
    before = sends(office)
    form.sending.send.click()
    form.model.wait()
    assert form.model.run is not None
    form.model.run.wait()
    assert sends(office) == before
    assert form.run.state == "finished"
    assert set(sent_counts(office, clock)) == set(have)


def test_nobody_is_removed_whom_the_form_has_not_shown(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 12)
    half_sent(office, ding, frame[:8])
    form = opened(ding, frame[8:])
    type_into(form.sending.absent, "drop")
    # Another notebook plans for more people in the meantime.
    office.state.faults.add("month", path="/asyncsend_v2")
    with pytest.raises(IncompleteError):
        ding.plan(people(office, 20)[12:], PERSONAL).send("payslip", expect=range(8, 20), absent="send")
    office.state.faults.clear()
    before = sends(office)
    press_send(form, "4")
    form.model.wait()
    assert form.model.run is None
    assert sends(office) == before
    said = (
        "The campaign has changed in the meantime. No call was made."
        "Check who is sent to or removed now, then click the button again."
    )
    assert said in words(form)
    assert form.sending.absent.value is None
    assert "12 people" in form.sending.absent.description
    type_into(form.sending.absent, "drop")
    assert said not in words(form)
    assert "Will be removed from the campaign: 12 people." in words(form)


def halted(office: RunningSandbox, ding: DingTalk, frame: pd.DataFrame, clock: VirtualClock, how: str) -> Campaign:
    """Send to some people until a user pauses or stops it midway."""
    with clock.participating():
        run = ding.plan(frame, PERSONAL).send("payslip", expect=len(frame), wait=False)
        clock.advance(seconds_to_ns(2))
        getattr(run, how)()
        run.wait("sent", check=False)
    assert 0 < sends(office) < len(frame)
    return run


@pytest.mark.parametrize("how", ["stop", "pause"])
@pytest.mark.parametrize("is_same", [True, False], ids=["same plan", "other plan"])
def test_a_stopped_campaign_is_opened_and_resumed_before_the_plan_is_sent(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, how: str, *, is_same: bool
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    halted(office, ding, frame[:100], clock, how)
    form = opened(ding, frame[:100] if is_same else frame)
    verb = {"stop": "stopped", "pause": "paused"}[how]
    assert f"Campaign payslip was {verb} manually on" in forecast_text(form)
    assert "No further call was made" in forecast_text(form)
    assert "Only “Resume” in the campaign continues it." in forecast_text(form)
    assert "“Go to campaign” opens it." in forecast_text(form)
    # Whoever stopped it because of a mistake has corrected the text above, and resuming would send the wrong one.
    wrong = "do not resume it: click “Recall” there, and send the right one under another name."
    assert wrong in forecast_text(form)
    assert "()" not in forecast_text(form)
    assert (is_shown(form.sending.open), is_shown(form.sending.send), is_shown(form.sending.count)) == (
        True,
        False,
        False,
    )
    assert form.sending.open.button_style == "primary"
    before = sends(office)
    form.model.send()
    form.model.wait()
    assert sends(office) == before
    assert form.code == ""
    form.sending.open.click()
    form.model.wait()
    assert isinstance(form.blocking_form, ResultsForm)
    form.blocking_form.wait()
    assert is_shown(form.blocking_form.actions.buttons["recall"])
    # It is open already.
    assert "Only “Resume” in the campaign continues it." in forecast_text(form)
    assert "Go to campaign" not in forecast_text(form)
    other = form.blocking_form.run_form
    assert all(map(is_shown, (form.blocking_box, other.main_button)))
    assert other.model.run.name == "payslip"
    clock.advance(DEBOUNCE_NS)
    with clock.participating():
        other.main_button.click()
        other.model.wait()
    form.model.wait()
    assert other.model.run.state == "finished"
    assert set(sent_counts(office, clock)) == set(frame["userid"][:100])
    assert form.code == 'run = ding.campaign("payslip")\nrun.resume()'
    assert not is_shown(form.sending.open)
    if is_same:
        assert form.sending.send.description == "Show campaign"
        assert "Everyone in this plan has already been sent the message under this name." in words(form)
        return
    assert form.sending.send.description == "Send to 20 of 120 people"
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    assert not is_shown(form.blocking_box)
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    lines = ['run = ding.campaign("payslip")', "run.resume()", 'run = plan.send("payslip", expect=120)']
    assert form.code.splitlines() == lines
    exec(form.code, {"ding": ding, "plan": ding.plan(frame, PERSONAL)})  # noqa: S102 - as a notebook does
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


def test_a_running_campaign_of_the_same_name_can_be_opened(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    with clock.participating():
        ding.plan(frame[:100], PERSONAL).send("payslip", expect=100, wait=False)
        clock.advance(seconds_to_ns(2))
        form = opened(ding, frame)
        assert "Campaign payslip is being sent by this computer. Another plan" in forecast_text(form)
        # Whoever has noticed a mistake must not wait until everybody has it.
        wrong = "If its text or its list is wrong, click “Stop” in the campaign. Otherwise wait"
        assert wrong in forecast_text(form)
        assert "join()" not in forecast_text(form)
        form.sending.open.click()
        form.model.wait()
        assert isinstance(form.blocking_form, ResultsForm)
        other = form.blocking_form.run_form
        assert is_shown(other.stop_button)
        other.model.wait()
    form.model.wait()
    assert form.sending.send.description == "Send to 20 of 120 people"
    refresh = form.blocking_form.auto_refresh
    assert refresh.usage is not None
    press_send(form)
    assert form.model.run is not None
    form.model.run.wait()
    # Its results are shown, and refreshed, with those of the plan.
    assert form.blocking_form is None
    refresh.wait()
    assert refresh.usage is None
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    # It was only viewed.
    assert form.code == 'run = plan.send("payslip", expect=120)'


@pytest.mark.refreshes
def test_the_results_of_a_campaign_that_another_process_sends_are_not_refreshed_automatically(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 20), connect_to(office)
    ding.plan(frame, PERSONAL).send("payslip")
    asked = calls(office, "/getsendresult")
    with clock.participating(), held_by_other_process(ding, "payslip"):
        form = opened(ding, frame)
        form.sending.open.click()
        form.model.wait()
        results = form.blocking_form
        assert isinstance(results, ResultsForm)
        assert results.run_model.is_running
        # In the studio, it is not saved to go on after a reload either.
        assert results.auto_refresh.usage is None
        with ding._ledger.transaction() as db:
            campaigns.set_state(db, view_of(results.run).number, "finished", 0)
        clock.advance(POLL_INTERVAL_NS)
    with clock.participating():
        results.wait()
        clock.advance(seconds_to_ns(60))
        assert not results.run_model.is_running
        assert not results.auto_refresh.state.is_on
    assert calls(office, "/getsendresult") == asked
    # Whoever wants to know it now decides about the calls.
    assert is_shown(results.overview.auto_refresh)


def test_a_plan_that_is_being_sent_elsewhere_asks_for_no_count_that_changes_while_it_is_typed(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    with clock.participating():
        ding.plan(frame, PERSONAL).send("payslip", expect=120, wait=False)
        clock.advance(seconds_to_ns(2))
        form = opened(ding, frame)
        assert (is_shown(form.sending.open), is_shown(form.sending.send), is_shown(form.sending.count)) == (
            True,
            False,
            False,
        )
        assert "“Go to campaign” shows its progress, and can pause or stop it." in forecast_text(form)
        form.sending.open.click()
        form.model.wait()
        assert form.blocking_form is not None
        assert is_shown(form.blocking_form.run_form.stop_button)
        assert "Go to campaign" not in forecast_text(form)
        form.blocking_form.run_form.model.wait()
    form.model.wait()
    assert form.sending.send.description == "Show campaign"
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


@pytest.mark.parametrize("how", ["renamed", "renamed while it is opened", "closed"])
def test_a_campaign_opened_in_the_form_is_followed_no_longer_than_its_name_is_entered(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    reads: list[str] = []
    with clock.participating():
        run = ding.plan(frame[:100], PERSONAL).send("payslip", expect=100, wait=False)
        clock.advance(seconds_to_ns(2))
        form = opened(ding, frame)
        if how == "renamed while it is opened":

            def rename_and_find(*given: Any) -> Campaign:
                type_into(form.sending.name, "other")
                return find_campaign(*given)

            monkeypatch.setattr(plan_model, "find_campaign", rename_and_find)
        form.sending.open.click()
        form.model.wait()
        if how == "renamed":
            assert form.blocking_form is not None
            type_into(form.sending.name, "other")
        elif how == "closed":
            form.close()
        clock.advance(seconds_to_ns(1))
        progress = Campaign.progress.fget
        assert progress is not None

        def note_and_read(of: Campaign) -> Progress:
            # Threads that other tests have left have other clocks.
            if view_of(of).clock is clock:
                reads.append("progress")
            return progress(of)

        monkeypatch.setattr(Campaign, "progress", property(note_and_read))
        clock.advance(seconds_to_ns(1))
        assert reads == []
        assert run.state == "running"
        run.wait("sent")


def test_the_form_can_send_as_soon_as_a_running_campaign_of_the_same_name_has_ended(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    with clock.participating():
        run = ding.plan(frame[:100], PERSONAL).send("payslip", expect=100, wait=False)
        clock.advance(seconds_to_ns(2))
        form = opened(ding, frame)
        form.sending.box.set_state({"_view_count": 1})
        assert is_shown(form.sending.open)
        run.wait("sent")
        clock.advance(2 * POLL_INTERVAL_NS)
        form.model.wait()
        assert "being sent" not in forecast_text(form)
        assert not is_shown(form.sending.open)
        assert form.sending.send.description == "Send to 20 of 120 people"
        form.sending.box.set_state({"_view_count": 0})


def test_a_campaign_stopped_elsewhere_meanwhile_can_be_opened(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 120), connect_to(office, latency_s=0.5)
    with clock.participating():
        run = ding.plan(frame[:100], PERSONAL).send("payslip", expect=100, wait=False)
        clock.advance(seconds_to_ns(2))
        form = opened(ding, frame)
        form.sending.box.set_state({"_view_count": 1})
        run.stop()
        run.wait("sent", check=False)
        clock.advance(2 * POLL_INTERVAL_NS)
        form.model.wait()
        assert "stopped manually" in forecast_text(form)
        assert is_shown(form.sending.open)
        run.resume(wait=True)
        clock.advance(2 * POLL_INTERVAL_NS)
        form.model.wait()
        assert form.sending.send.description == "Send to 20 of 120 people"
        form.sending.box.set_state({"_view_count": 0})


def test_opening_the_blocking_campaign_moves_the_focus_to_its_first_button(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, ding = people(office, 100), connect_to(office, latency_s=0.5)
    halted(office, ding, frame, clock, "stop")
    form = opened(ding, frame)
    moved = watch_focus(monkeypatch)
    form.sending.open.click()
    form.model.wait()
    assert form.blocking_form is not None
    form.blocking_form.run_form.main_button.set_state({"_view_count": 1})
    assert moved == [form.blocking_form.run_form.main_button]


def test_a_campaign_recalled_in_the_form_is_not_to_be_recalled_again(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 100), connect_to(office, latency_s=0.5)
    run = halted(office, ding, frame, clock, "stop")
    form = opened(ding, frame, dingnb.text("number {{ n }}!"))
    form.sending.open.click()
    form.model.wait()
    assert isinstance(form.blocking_form, ResultsForm)
    assert "“Recall”" in forecast_text(form)
    form.blocking_form.wait()
    with clock.participating():
        act(form.blocking_form, "recall")
        form.blocking_form.actions_model.wait()
    assert run.results()["status"].eq("recalled").any()
    form.model.refresh_forecast()
    form.model.wait()
    assert "“Recall”" not in forecast_text(form)
    assert "What it sent was recalled: to send the right text or list, enter another name" in forecast_text(form)


def test_another_name_closes_the_opened_campaign(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 100), connect_to(office, latency_s=0.5)
    halted(office, ding, frame, clock, "stop")
    form = opened(ding, frame)
    form.sending.open.click()
    form.model.wait()
    assert form.blocking_form is not None
    type_into(form.sending.name, "another")
    form.model.wait()
    assert form.blocking_form is None
    assert not form.blocking_box.children
    assert not is_shown(form.sending.open)
    assert is_shown(form.sending.send)


def test_a_campaign_stopped_meanwhile_is_reported_in_form_terms(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 100), connect_to(office, latency_s=0.5)
    form = opened(ding, frame)
    halted(office, ding, frame, clock, "stop")
    press_send(form, "100")
    form.model.wait()
    failure = form.model.state.failure
    assert failure is not None
    assert "stopped manually" in failure.what.in_form()
    assert failure.hint.in_form().startswith("Only “Resume” in the campaign continues it.")
    assert is_shown(form.sending.open)
    assert ding.campaign("payslip").state == State.STOPPED


def live_with(office: RunningSandbox, connect_to: Connect, calls_per_month: int) -> DingTalk:
    """Yield an app in LIVE mode with a monthly quota that sends no real messages."""
    ding = connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=calls_per_month))
    return make_live(ding)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sending_beyond_the_monthly_quota_requires_the_checkbox(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, language: str
) -> None:
    dingnb.set_language(language)
    frame = people(office, 8)
    # Sending takes eight calls, and reading the results eight more.
    form = opened(live_with(office, connect_to, 12), frame)
    ticked = {"en": "“Send anyway, over this month's quota”", "zh": "“仍然发送（超出本月额度）”"}[language]
    assert is_shown(form.sending.beyond_quota)
    assert not form.sending.beyond_quota.value
    assert ticked in words(form)
    assert "beyond_quota" not in words(form)
    press_send(form, "8")
    assert form.model.run is None
    assert sends(office) == 0
    failure = form.model.state.failure
    assert failure is not None
    assert ticked in failure.hint.in_form()
    assert "beyond_quota" not in failure.hint.in_form()
    type_into(form.sending.beyond_quota, True)  # noqa: FBT003 - a checkbox
    press_send(form, "8")
    assert form.model.run is not None
    form.model.run.wait()
    assert form.code == 'run = plan.send("payslip", expect=8, beyond_quota=True)'
    assert set(sent_counts(office, clock)) == set(frame["userid"])


def test_a_quota_used_up_meanwhile_asks_too(office: RunningSandbox, connect_to: Connect) -> None:
    ding = live_with(office, connect_to, 30)
    form = opened(ding, people(office, 8))
    assert not is_shown(form.sending.beyond_quota)
    ding.plan(people(office, 26)[10:], PERSONAL).send("other", expect=16, beyond_quota=True)
    before = sends(office)
    press_send(form, "8")
    form.model.wait()
    assert form.model.run is None
    assert sends(office) == before
    assert is_shown(form.sending.beyond_quota)
    type_into(form.sending.beyond_quota, True)  # noqa: FBT003 - a checkbox
    press_send(form, "8")
    assert form.model.run is not None
    form.model.run.wait()
    assert sends(office) == before + 8
    type_into(form.sending.name, "next")
    assert not form.sending.beyond_quota.value


def test_on_live_without_calls_left_the_checkbox_allows_to_try(office: RunningSandbox, connect_to: Connect) -> None:
    form = opened(live_with(office, connect_to, 0), people(office, 2))
    assert "No calls are left this month" in words(form)
    assert "unless “Send anyway, over this month's quota” is ticked" in words(form)
    assert is_off(form.sending.send)
    press_send(form, "2")
    assert form.model.run is None
    assert sends(office) == 0
    type_into(form.sending.beyond_quota, True)  # noqa: FBT003 - a tick
    assert not is_off(form.sending.send)
    press_send(form, "2")
    assert form.model.run is not None
    form.model.run.wait()
    assert sends(office) == 2


def test_the_quota_is_asked_about_only_for_those_who_are_sent_to_now(
    office: RunningSandbox, connect_to: Connect
) -> None:
    frame, ding = people(office, 8), live_with(office, connect_to, 12)
    ding.plan(frame[:6], PERSONAL).send("payslip", expect=6)
    # Six of the calls are used. Two people take two calls, and their results two more.
    form = opened(ding, frame)
    assert not is_shown(form.sending.beyond_quota)
    assert "calls, but at most" not in words(form)
    assert "quota is almost used up" not in words(form)
    type_into(form.sending.name, "another")
    form.model.wait()
    assert is_shown(form.sending.beyond_quota)
    assert "takes 16 calls, but at most 6 are left this month" in words(form)
    type_into(form.sending.name, "payslip")
    form.model.wait()
    press_send(form, "2")
    assert form.model.run is not None
    form.model.run.wait()
    assert sends(office) == 8


def test_the_quota_is_not_asked_about_while_a_stopped_campaign_has_to_be_opened_instead(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame, ding = people(office, 100), live_with(office, partial(connect_to, latency_s=0.5), 210)
    halted(office, ding, frame, clock, "stop")
    form = opened(ding, frame)
    assert form.model.state.shortage
    assert is_shown(form.sending.open)
    assert not is_shown(form.sending.beyond_quota)
    type_into(form.sending.name, "another")
    form.model.wait()
    assert is_shown(form.sending.beyond_quota)


def test_the_sandbox_does_not_ask_about_the_monthly_quota(office: RunningSandbox, connect_to: Connect) -> None:
    form = opened(connect_to(office, limits=dataclasses.replace(STANDARD, calls_per_month=12)), people(office, 8))
    assert form.model.state.shortage
    assert not is_shown(form.sending.beyond_quota)
    press_send(form, "8")
    assert form.model.run is not None
    form.model.run.wait()


def test_a_test_with_unknown_outcome_is_reported_like_any_test(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2")
    form = opened(ding, people(office, 3))
    type_into(form.test.recipient, "manager01")
    form.test.send_test.click()
    form.model.wait()
    said = read(form.test.notice.value).text
    assert "Test to manager01: unknown." in said
    assert "run." not in said


def test_a_card_that_was_not_tried_is_not_a_question_of_the_quota(office: RunningSandbox, live: DingTalk) -> None:
    form = opened(live, people(office, 3), dingnb.card("Lunch?", "Hi", buttons={"yes": "Yes"}))
    press_send(form, "3")
    form.model.wait()
    assert form.model.run is None
    assert form.model.state.failure is not None
    assert not is_shown(form.sending.beyond_quota)


def test_a_send_during_a_test_says_that_it_was_not_done(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame = people(office, 5)
    form = opened(connect_to(office, latency_s=1), frame)
    type_into(form.test.recipient, "manager01")
    with clock.participating():
        form.test.send_test.click()
        assert form.model.is_busy
        press_send(form, "5")
        assert "Not done, because another task was in progress.Press the button again." in words(form)
        form.model.wait()
    assert form.model.run is None
    press_send(form, "5")
    assert form.model.run is not None
    form.model.run.wait()
    assert set(sent_counts(office, clock)) >= set(frame["userid"])
