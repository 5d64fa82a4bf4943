"""Automatic refresh while the form is open: its pace, its display and its end."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.results.refresh_progress import AutoRefreshClaim
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import TransportError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.ui.results import auto_refresh_model
from dingnb.ui.run import refresh_limits
from dingnb.words import say
from tests.ui.results_steps import PERSONAL, act, calls, choose_action, finished_campaign, opened, tiles
from tests.ui.steps import is_off, is_shown, people, run_button, words

Connect = Callable[..., DingTalk]
Open = Callable[..., RunningSandbox]

RESULT = "/getsendresult"


def tick(form: Any, *, is_on: bool) -> None:
    form.overview.auto_refresh.set_state({"value": is_on})


@pytest.mark.long
def test_automatic_refresh_is_off_and_shows_its_cost(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = opened(finished_campaign(ding, people(office, 12)))
    before = calls(office, RESULT)
    assert form.overview.auto_refresh.value is False
    assert run_button(form.run_form, "refresh").description == "Refresh delivery status (12 calls)"
    assert "At most 4," in words(form)
    clock.advance(seconds_to_ns(3_600))
    assert calls(office, RESULT) == before


def test_an_automatic_refresh_without_calls_left_does_not_seem_to_go_on(
    office: RunningSandbox, connect_to: Connect
) -> None:
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=5))
    form = opened(ding.plan(people(office, 3), PERSONAL).send("payslip"))
    ding.plan(people(office, 2), PERSONAL).send("other")
    tick(form, is_on=True)
    form.auto_refresh.wait()
    form.wait()
    assert "Refreshing now" not in words(form)
    assert not is_shown(form.overview.auto_refresh)
    assert "Then refresh again." in words(form.overview.refresh_status)


@pytest.mark.parametrize(("language", "advice"), [("en", "can buy more calls"), ("zh", "可由管理员购买调用量")])
def test_without_calls_left_the_advice_is_said_once_and_nothing_is_offered_that_takes_calls(
    office: RunningSandbox, connect_to: Connect, language: str, advice: str
) -> None:
    dingnb.set_language(language)
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=8))
    form = opened(ding.plan(people(office, 5), PERSONAL).send("payslip"))
    act(form, "recall")
    form.wait()
    assert words(form).count(advice) == 1
    assert not is_shown(form.overview.auto_refresh)
    assert not is_shown(form.actions.act)
    assert not is_shown(form.actions.count)
    assert is_off(form.run_form.main_button)
    assert {"en": "choose “Recall”", "zh": "点“撤回”"}[language] not in words(form.run_form.alert)
    form.run_model.refresh()
    form.wait()
    tick(form, is_on=True)
    form.auto_refresh.wait()
    form.wait()
    assert words(form).count(advice) == 1
    assert {"en": "it cannot start", "zh": "无法开始"}[language] in words(form)


@pytest.mark.parametrize(
    ("language", "label", "consequence"),
    [
        ("en", "Refresh delivery status (3 of 5 calls)", "leave no calls for a recall or a retry"),
        ("zh", "刷新送达情况（3 / 5 次调用）", "无法再撤回或重新发送"),
    ],
)
def test_a_refresh_that_would_use_up_the_month_is_neither_recommended_nor_automatic(
    office: RunningSandbox, connect_to: Connect, language: str, label: str, consequence: str
) -> None:
    dingnb.set_language(language)
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=8))
    form = opened(ding.plan(people(office, 5), PERSONAL).send("payslip"))
    button = form.run_form.main_button
    assert (button.description, button.button_style, is_off(button)) == (label, "", False)
    assert consequence in words(form.overview.refresh_status)
    assert not is_shown(form.overview.auto_refresh)
    before = calls(office, RESULT)
    tick(form, is_on=True)
    form.auto_refresh.wait()
    form.wait()
    assert (form.overview.auto_refresh.value, calls(office, RESULT)) == (False, before)
    # Whoever needs some of the results can have them.
    button.click()
    form.wait()
    assert calls(office, RESULT) == before + 3


def test_a_stop_for_want_of_calls_is_said_once(office: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=3))
    form = opened(ding.plan(people(office, 5), PERSONAL).send("payslip", check=False))
    form.run_model.refresh()
    form.wait()
    assert words(form.run_form.alert).count("the limit is 3") == words(form.run_form.alert).count("next month") == 1


def test_beyond_the_quota_dingtalk_decides_and_everything_is_offered(
    office: RunningSandbox, connect_to: Connect
) -> None:
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=3))
    form = opened(ding.plan(people(office, 5), PERSONAL).send("payslip", beyond_quota=True))
    assert is_shown(form.overview.auto_refresh)
    assert not is_off(form.run_form.main_button)
    choose_action(form, "recall")
    assert is_shown(form.actions.act)
    assert "it cannot start" not in words(form)


def test_automatic_refresh_continues_until_everybody_has_read_it(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=1.0, read_within_s=1_800)
    form = opened(finished_campaign(connect_to(office), people(office, 30), dingnb.text("hi")))
    before = calls(office, RESULT)
    seen = []
    form.model.watch(lambda: seen.append(form.model.state.snapshot.counts.get("read", 0)))
    with clock.participating():
        tick(form, is_on=True)
        assert is_shown(form.overview.auto_refresh)
        form.auto_refresh.wait()
        form.model.wait()
    assert seen[-1] == 30
    assert len(set(seen)) > 2
    made = calls(office, RESULT) - before
    assert 1 < made < 20
    assert form.overview.auto_refresh.value is False
    assert f"The automatic refresh used {made} calls." in words(form)
    assert not is_shown(form.overview.auto_refresh)
    assert "Nothing left to refresh" in words(form)


def test_automatic_refresh_shows_its_calls_while_it_makes_them(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 60))
    form = opened(connect_to(office, latency_s=1).campaign(run.name))
    made = []
    with clock.participating():
        clock.advance(seconds_to_ns(600))
        tick(form, is_on=True)
        for _ in range(6):
            clock.advance(seconds_to_ns(1))
            shown = re.search(r"Refreshing now; used so far: (\d+) of at most 180 calls\.", words(form))
            made.append(int(shown[1]) if shown else 0)
            # Its number is said once, and nobody is reminded by results that are changing.
            assert "Used by the automatic refresh so far" not in words(form)
            assert form.auto_refresh.state.is_refreshing == (shown is not None)
        tick(form, is_on=False)
        form.auto_refresh.wait()
    assert 0 < made[2] < made[5] < 180
    assert made == sorted(made)


def test_calls_that_were_made_elsewhere_still_count_once_the_refresh_is_taken_over(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 60))
    elsewhere = AutoRefreshClaim(run._context, run._number)
    form = opened(connect_to(office, latency_s=1).campaign(run.name))
    made = []
    with clock.participating():
        clock.advance(seconds_to_ns(600))
        assert elsewhere.take(20) is None
        tick(form, is_on=True)
        clock.advance(seconds_to_ns(11))
        assert form.auto_refresh.state.calls == 20
        elsewhere.release()
        for _ in range(12):
            clock.advance(seconds_to_ns(1))
            shown = re.search(r"Refreshing now; used so far: (\d+) of at most 180 calls\.", words(form))
            made += [int(shown[1])] if shown else []
        tick(form, is_on=False)
        form.auto_refresh.wait()
    assert 20 <= made[0] < made[-1]
    assert made == sorted(made)


def test_a_next_refresh_beyond_the_limit_of_calls_is_announced_as_a_part(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.ui.run.refresh_limits.FULL_REFRESHES", 1)
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 30)))
    with clock.participating():
        tick(form, is_on=True)
        clock.advance(seconds_to_ns(120))
        made = form.auto_refresh.state.calls
        assert 6 < made < 36
        assert f"It may check only some of the messages, with the last {36 - made} calls." in words(form)
        tick(form, is_on=False)
        form.auto_refresh.wait()


@pytest.mark.parametrize(("language", "left_out"), [("en", "They may have the message"), ("zh", "消息可能已送达")])
def test_automatic_refresh_names_the_people_whom_dingtalk_does_not_report_and_goes_on(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, language: Any, left_out: str
) -> None:
    dingnb.set_language(language)
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 12)))
    results = form.run.results()
    with office.state.lock:
        del office.state.tasks._by_id[int(results["task_id"].iloc[3])]
    with clock.participating():
        tick(form, is_on=True)
        clock.advance(seconds_to_ns(600))
        assert form.auto_refresh.state.is_on
        said = words(form.overview.refresh_status)
        assert left_out in said
        assert results["userid"].iloc[3] in said or form.run.results(keep="name")["name"].iloc[3] in said
        tick(form, is_on=False)
        form.auto_refresh.wait()
    assert left_out in words(form.overview.refresh_status)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_form_whose_automatic_refresh_is_off_says_that_another_one_refreshes(
    open_sandbox: Open, connect_to: Connect, language: Any
) -> None:
    dingnb.set_language(language)
    office = open_sandbox(read_share=0.0)
    run = finished_campaign(connect_to(office), people(office, 3))
    form = opened(run)
    elsewhere = connect_to(office).campaign(run.name)
    claim = AutoRefreshClaim(view_of(elsewhere).context, elsewhere._number)
    off, other = say("results_form.auto_refresh_off"), say("results_form.refreshed_elsewhere")
    assert off in words(form.overview.refresh_status)
    claim.take(0)
    form.run_model.poll()
    form.wait()
    assert other in words(form.overview.refresh_status)
    assert off not in words(form.overview.refresh_status)
    claim.release()
    form.run_model.poll()
    form.wait()
    assert off in words(form.overview.refresh_status)


@pytest.mark.long
@pytest.mark.parametrize("how", ["tick", "close"])
def test_automatic_refresh_ends_when_unticked_or_closed(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, how: str
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 30), dingnb.text("hi")))
    before = calls(office, RESULT)
    with clock.participating():
        tick(form, is_on=True)
        clock.advance(seconds_to_ns(120))
        assert form.auto_refresh.state.is_on
        used = f"Used by the automatic refresh so far: {calls(office, RESULT) - before} calls."
        assert f"{used} Next refresh: 2026-11-02 09:0" in words(form)
        if how == "tick":
            tick(form, is_on=False)
        else:
            form.close()
        form.auto_refresh.wait()
        made = calls(office, RESULT)
        clock.advance(seconds_to_ns(7_200))
    assert calls(office, RESULT) == made
    assert str(form.auto_refresh.state.notice).startswith("Automatic refresh ended.")


def test_automatic_refresh_ends_when_an_action_leaves_nothing_to_refresh(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 12), dingnb.text("hi")))
    with clock.participating():
        tick(form, is_on=True)
        clock.advance(seconds_to_ns(120))
        assert "Next refresh" in words(form)
        begun = clock.monotonic_ns()
        act(form, "recall")
        form.auto_refresh.wait()
        form.wait()
    assert clock.monotonic_ns() - begun < seconds_to_ns(30)
    assert form.auto_refresh.state.is_on is False
    assert "Next refresh" not in words(form)
    assert "results are final" in words(form)
    assert "The automatic refresh used" in words(form)


@pytest.mark.long
def test_automatic_refresh_ends_after_a_day_or_a_number_of_calls(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 3), dingnb.text("hi")))
    monkeypatch.setattr(auto_refresh_model, "MAX_HOURS", 1)
    begun, before = clock.monotonic_ns(), calls(office, RESULT)
    with clock.participating():
        tick(form, is_on=True)
        form.auto_refresh.wait()
    assert clock.monotonic_ns() - begun == seconds_to_ns(3_600)
    assert f"Stopped automatically after 1 h and {calls(office, RESULT) - before} calls." in words(form)
    monkeypatch.setattr(auto_refresh_model, "MAX_HOURS", 8)
    monkeypatch.setattr(refresh_limits, "MAX_CALLS", 2)
    before = calls(office, RESULT)
    with clock.participating():
        tick(form, is_on=True)
        form.auto_refresh.wait()
    assert calls(office, RESULT) == before + 2
    assert "Stopped automatically after 2 calls." in words(form)


def test_if_the_last_permitted_call_makes_everything_final_it_says_so(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_limits, "MAX_CALLS", 1)
    office = open_sandbox(read_share=1.0)
    form = opened(finished_campaign(connect_to(office), people(office, 3), dingnb.text("hi")))
    clock.advance(seconds_to_ns(7_200))
    with clock.participating():
        tick(form, is_on=True)
        form.auto_refresh.wait()
    form.wait()
    assert form.run.results()["status"].eq("read").all()
    assert "The automatic refresh used 1 call." in words(form)
    assert not is_shown(form.overview.auto_refresh)


@pytest.mark.long
def test_the_last_round_requests_only_as_many_as_are_left(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_limits, "MAX_CALLS", 50)
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 20)))
    before = calls(office, RESULT)
    with clock.participating():
        tick(form, is_on=True)
        assert "up to 50 calls" in form.overview.auto_refresh.description
        form.auto_refresh.wait()
    assert calls(office, RESULT) - before == 50
    assert "Stopped automatically after 50 calls." in words(form)


def test_the_calls_are_spread_over_the_hours(open_sandbox: Open, connect_to: Connect, clock: VirtualClock) -> None:
    office = open_sandbox(read_share=0.0)
    run = connect_to(office).plan(people(office, 40), PERSONAL).send("payslip")
    form = opened(run)
    made = []
    with clock.participating():
        tick(form, is_on=True)
        for passed_s in (60, 600, 3_600):
            clock.advance(seconds_to_ns(passed_s))
            made.append(calls(office, RESULT))
        form.auto_refresh.wait()
    assert made[0] < 45
    assert made[1] < 85
    assert made[2] == 120


def test_automatic_refresh_is_not_offered_if_it_takes_too_many_calls(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.ui.run.refresh_limits.MAX_CALLS", 11)
    monkeypatch.setattr("dingnb.ui.results.overview.MAX_CALLS", 11)
    form = opened(finished_campaign(ding, people(office, 12)))
    before = calls(office, RESULT)
    assert not is_shown(form.overview.auto_refresh)
    assert "each round takes 12 calls, and the automatic refresh may use 11." in words(form)
    tick(form, is_on=True)
    form.auto_refresh.wait()
    assert calls(office, RESULT) == before
    assert form.overview.auto_refresh.value is False


@pytest.mark.long
def test_a_network_outage_is_reported(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    form = opened(finished_campaign(connect_to(office, outage_patience_s=60), people(office, 5)))
    with clock.participating():
        # Outside this block, such a time would pass at once.
        office.state.faults.add("refuse", for_s=36_000)
        tick(form, is_on=True)
        form.auto_refresh.wait()
    assert form.auto_refresh.state.failure is not None
    assert form.auto_refresh.state.failure.what.in_form() in words(form)
    assert form.overview.auto_refresh.value is False


def test_an_error_halfway_through_a_refresh_is_shown_with_what_was_read_before_it(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=1.0, read_within_s=60)
    ding = connect_to(office)
    form = opened(finished_campaign(ding, people(office, 9)))
    read_before = tiles(form).get("Read")
    clock.advance(seconds_to_ns(3_600))
    with clock.participating():
        office.state.faults.add("month", path=RESULT, nth=list(range(3, 100)))
        form.run_form.refresh_button.click()
        form.run_model.wait()
        form.model.wait()
    assert form.run_model.state.failure is not None
    assert tiles(form).get("Read") != read_before
    read = int(ding.campaign("payslip").results()["read"].eq(other=True).sum())
    assert tiles(form)["Read"].startswith(f"{read} ·")


@pytest.mark.long
def test_the_calls_promised_at_the_start_stay_on_display(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.5, read_within_s=60)
    form = opened(finished_campaign(connect_to(office), people(office, 60)))
    with clock.participating():
        tick(form, is_on=True)
        promised = form.auto_refresh.max_calls
        clock.advance(seconds_to_ns(60))
        form.model.wait()
        assert form.auto_refresh.max_calls < promised
        assert f"up to {promised} calls" in form.overview.auto_refresh.description
        tick(form, is_on=False)
        form.auto_refresh.wait()


def test_a_refresh_without_an_answer_does_not_set_the_last_update_back(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 3))
    clock.advance(seconds_to_ns(3_600))
    run.refresh()
    clock.advance(seconds_to_ns(60))
    office.state.faults.add("drop_before", path=RESULT, nth=list(range(1, 100)))
    with pytest.raises(TransportError):
        run.refresh()
    office.state.faults.clear()
    # Not by the same object, which remembers what it queried.
    page = opened(connect_to(office).campaign(run.name))
    assert "Last update: 2026-11-02 10:00:" in words(page.overview.as_of)
    act(page, "remind")
    page.actions.reminder.set_state({"value": "please read it"})
    before = calls(office, RESULT)
    page.actions.act.click()
    page.wait()
    assert calls(office, RESULT) == before


def test_a_recall_from_a_person_is_no_update_of_the_results_of_others(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    frame = people(office, 3)
    run = finished_campaign(connect_to(office), frame)
    clock.advance(seconds_to_ns(3_600))
    run.recall([frame["userid"][0]], expect=1)
    assert "Last update: 2026-11-02 09:00:0" in words(opened(run).overview.as_of)
    run.recall(expect=2)
    assert "Last update: 2026-11-02 10:00:" in words(opened(run).overview.as_of)


@pytest.mark.parametrize("how", ["button", "automatic", "reminder"])
def test_results_are_as_of_the_last_query_also_if_it_brings_nothing_new(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, how: str
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 3))
    form = opened(run)
    assert "Last update: 2026-11-02 09:00:0" in words(form.overview.as_of)
    clock.advance(seconds_to_ns(3_600))
    before = calls(office, RESULT)
    if how == "button":
        run_button(form.run_form, "refresh").click()
    elif how == "automatic":
        with clock.participating():
            tick(form, is_on=True)
            clock.advance(seconds_to_ns(5))
            tick(form, is_on=False)
            form.auto_refresh.wait()
    else:
        act(form, "remind")
        form.actions.reminder.set_state({"value": "please read it"})
        form.actions.act.click()
    form.wait()
    assert calls(office, RESULT) == before + 3
    for page in (form, opened(ding.campaign(run.name))):
        assert "Last update: 2026-11-02 10:00:" in words(page.overview.as_of)
