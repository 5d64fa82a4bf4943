"""Actions of the results form: none before the count is typed, none twice, and their code."""

import base64
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from ipywidgets import Button, Widget

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.sending.recall_progress import MAX_SILENCE_NS, end_recall, has_unfinished_recall, start_recall
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import IncompleteError, InputError, LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.kit.form import DEBOUNCE_NS, Form
from dingnb.ui.kit.times import format_time
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.actions_model import ActionsModel
from dingnb.ui.results.form import ResultsForm
from dingnb.ui.results.reminder_model import ReminderModel
from dingnb.ui.run.model import RunModel
from dingnb.words import Language, set_language
from tests.live_mode import make_live
from tests.ui.results_steps import (
    PERSONAL,
    act,
    action_names,
    calls,
    choose,
    choose_action,
    export,
    finished_campaign,
    offered,
    open_details,
    opened,
    pick,
    rows,
    settle,
    tiles,
    type_in,
)
from tests.ui.steps import (
    assert_harmless,
    is_off,
    is_shown,
    people,
    press_enter,
    press_send,
    read,
    run_button,
    sends,
    type_into,
    walk,
    watch_focus,
    words,
)
from tests.ui.steps import sent_counts as has

Connect = Callable[..., DingTalk]
Open = Callable[..., RunningSandbox]


@pytest.fixture
def failing(open_sandbox: Open) -> RunningSandbox:
    return open_sandbox(failed_share=0.4)


def missed(run: Campaign) -> int:
    return int(run.results()["status"].eq("failed").sum())


@pytest.mark.long
def test_no_actions_are_offered_while_sending(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        form = run.form()
        clock.advance(seconds_to_ns(1))
        assert offered(form) == []
        form.actions_model.choose("recall")
        form.actions_model.set_count("60")
        form.actions_model.act()
        form.wait()
    assert calls(office, "/recall") == 0
    assert offered(form) == ["recall"]


def test_a_retry_requires_its_count_and_sends_once(
    failing: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    run = finished_campaign(connect_to(failing), people(failing, 30))
    form, failed, before = opened(run), missed(run), sends(failing)
    for typed in ("", "many", failed + 1, 0):
        act(form, "retry", typed)
        assert sends(failing) == before
        assert "Nothing was done." in words(form)
        assert "dn-invalid" in form.actions.count._dom_classes
    # The press may have arrived before the last digit.
    form.actions.count.set_state({"value": str(failed)})
    assert "The count is correct now. Nothing has been done yet.Press the button to continue." in words(form)
    assert "dn-invalid" not in form.actions.count._dom_classes
    choose_action(form, "retry")
    assert f"Sending takes {failed} calls." in words(form)
    form.actions.count.set_state({"value": f"{failed} people"})
    form.actions.act.click()
    # The button is hidden soon. Afterwards, the focus would be taken from what the user does meanwhile.
    assert focused == [form.run_form.main_button]
    for _ in range(2):
        form.actions.act.click()
    settle(form)
    assert focused == [form.run_form.main_button]
    assert sends(failing) == before + failed
    assert "Sending again" not in words(form)
    assert f"Sent again: {failed} of {failed} people accepted by DingTalk" in words(form.run_form.notice)
    # Whether it has arrived this time is not known yet.
    assert "dn-notice-good" not in form.run_form.notice.value
    assert "dn-notice-warn" not in form.run_form.notice.value
    assert form.actions.count.value == ""
    assert form.code == f"run.retry(expect={failed})"
    form.actions.act.click()
    form.wait()
    assert sends(failing) == before + failed


def test_a_retry_of_a_shared_text_shows_the_calls_that_it_makes(failing: RunningSandbox, connect_to: Connect) -> None:
    form = opened(finished_campaign(connect_to(failing), people(failing, 30), dingnb.text("the same")))
    before = sends(failing)
    choose_action(form, "retry")
    assert "Sending takes 1 call." in words(form)
    act(form, "retry")
    settle(form)
    assert sends(failing) == before + 1


def test_a_retry_after_a_recall_says_that_it_sends_the_recalled_text_and_is_not_recommended(
    failing: RunningSandbox, connect_to: Connect
) -> None:
    run = finished_campaign(connect_to(failing), people(failing, 30))
    at = run.results()["status"].tolist().index("failed")
    form = opened(run)
    open_details(form, at)
    assert form.details.act.layout.display != "none"
    run.recall(expect=30 - missed(run))
    form = opened(run)
    assert "The message was recalled. “Send again” would still send to this person." in open_details(form, at)
    assert form.details.act.layout.display == "none"
    choose_action(form, "retry")
    assert "The message was recalled. Sending again would still send to those who were missed." in words(form)
    assert f"Sending takes {missed(run)} calls." in words(form)


def test_an_outdated_count_sends_nothing(failing: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(failing)
    run = finished_campaign(ding, people(failing, 30))
    form = opened(run)
    ding.campaign("payslip").retry().wait()
    before = sends(failing)
    act(form, "retry")
    assert sends(failing) == before
    assert "this sends again to" in words(form)
    assert "Nothing was sent again." in words(form)


@pytest.mark.long
def test_people_who_may_have_the_same_text_are_never_offered_a_retry(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, tmp_path: Path
) -> None:
    frame = people(office, 10)
    finished_campaign(connect_to(office, ledger=SqliteLedger(tmp_path)), frame)
    run = finished_campaign(connect_to(office), frame)
    for _ in range(2):
        form = opened(run)
        assert "retry" not in offered(form)
        open_details(form, 0)
        assert "has the text, or may have it" in words(form)
        assert "Send again" not in words(form)
        clock.advance(seconds_to_ns(24 * 3_600))


def test_a_stopped_campaign_is_not_retried(failing: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    run = stop_while_sending(connect_to(failing, latency_s=0.3).plan(people(failing, 60), PERSONAL), clock)
    run.refresh()
    form = opened(run)
    choose_action(form, "retry")
    assert "Resume first" in words(form)
    assert not is_shown(form.actions.act)
    before = sends(failing)
    form.actions.act.click()
    form.wait()
    assert sends(failing) == before


def stop_while_sending(plan: Plan, clock: VirtualClock) -> Campaign:
    """Send a plan, and stop it after three seconds."""
    with clock.participating():
        run = plan.send("stopped", wait=False)
        clock.advance(seconds_to_ns(3))
        run.stop()
        run.wait("sent", check=False)
    return run


def test_after_a_recall_of_a_stopped_campaign_no_key_resumes_it(
    failing: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stop_while_sending(connect_to(failing, latency_s=0.3).plan(people(failing, 60), PERSONAL), clock)
    form = opened(run)
    focused = watch_focus(monkeypatch)
    act(form, "recall")
    assert form.run_form.main_button.description == "Resume"
    refresh = form.run_form.refresh_button
    assert focused[-1] is refresh
    assert is_shown(refresh)


def test_a_held_key_that_starts_a_recall_does_not_query_the_results_as_well(
    failing: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshed: list[RunModel] = []

    def refresh(model: RunModel) -> None:
        refreshed.append(model)

    monkeypatch.setattr(RunModel, "refresh", refresh)
    run = stop_while_sending(connect_to(failing, latency_s=0.3).plan(people(failing, 60), PERSONAL), clock)
    form = opened(run)
    choose_action(form, "recall")
    form.actions.count.set_state({"value": str(form.actions_model.people)})
    form.actions.act.click()
    form.run_form.refresh_button.click()
    assert refreshed == []
    form.wait()
    clock.advance(DEBOUNCE_NS)
    form.run_form.refresh_button.click()
    assert refreshed == [form.run_form.model]


@pytest.mark.parametrize("is_finished", [False, True])
def test_after_the_cards_of_a_campaign_are_closed_the_focus_is_on_a_button_that_stays(
    office: RunningSandbox,
    connect_to: Connect,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_finished: bool,
) -> None:
    asked = dingnb.card("T", "Coming?", buttons={"yes": "Y", "no": "N"})
    ding = connect_to(office, latency_s=0.3)
    if is_finished:
        run = finished_campaign(ding, people(office, 3), asked)
    else:
        run = stop_while_sending(ding.plan(people(office, 60), asked), clock)
    form = opened(run)
    focused = watch_focus(monkeypatch)
    with clock.participating():
        act(form, "close")
    assert "close" not in offered(form)
    assert is_shown(focused[-1])


def test_the_outcome_of_an_action_follows_the_language(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 3), dingnb.text("hi")))
    act(form, "recall")
    for language, expected in (("zh", "已撤回"), ("en", "Recalled")):
        dingnb.set_language(language)  # type: ignore[arg-type] # one of them
        form._repr_mimebundle_()
        form.wait()
        assert expected in form.actions.notice.value


def test_a_recall_requires_the_count_and_recalls_once(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 30)))
    act(form, "recall", "")
    act(form, "recall", 29)
    assert calls(office, "/recall") == 0
    assert "You entered 29, but this affects 30 people." in words(form)
    assert "30 people in 30 calls" in words(form)
    assert form.actions.act.button_style == "danger"
    form.actions.count.set_state({"value": "30"})
    form.actions.act.click()
    form.actions.act.click()
    form.wait()
    assert calls(office, "/recall") == 30
    assert form.model.state.snapshot.counts == {"recalled": 30}
    assert tiles(form) == {"Total": "30", "Recalled": "30 · 100%"}
    assert form.run_form.figures.value == ""
    assert "whether it arrived" not in words(form)
    assert words(form).count("Recalled: 30 people in 30 calls.") == 1
    # It may have the focus here; where there was never anything to refresh, it is not shown.
    assert is_off(form.run_form.main_button)
    assert not is_shown(opened(form.run).run_form.main_button)
    assert offered(form) == []
    assert form.code == "run.recall(expect=30)"
    details = open_details(form, 0)
    assert "recalled" in details.lower()
    assert_harmless(form)


def test_the_outcome_of_a_recall_is_shown_with_the_statuses_after_it(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 30)))
    shown: list[tuple[dict[str, int], list[str]]] = []
    form.actions_model.watch(
        lambda: (
            shown.append((dict(form.model.state.snapshot.counts), offered(form)))
            if form.actions_model.state.notice
            else None
        )
    )
    act(form, "recall", 30)
    assert shown
    assert all(counts == {"recalled": 30} and "recall" not in names for counts, names in shown)
    assert "Run it again" not in words(form)


def test_a_recall_of_an_opened_campaign_is_shown_once(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, people(office, 5))
    form = opened(ding.campaign(run.name))
    assert "Sent: 5 of 5 people accepted by DingTalk" in words(form.run_form.notice)
    act(form, "recall")
    assert words(form).count("Recalled: 5 people in 5 calls.") == 1
    assert "Sent: 5 of 5" not in words(form.run_form.notice)


def test_a_recall_from_one_person_leaves_the_message_to_all_others(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    form = opened(finished_campaign(ding, people(office, 5)))
    assert not is_shown(form.people.recall)
    open_details(form, 1)
    assert form.details.recall.description == "Recall from this person …"
    form.details.recall.click()
    form.wait()
    assert focused[-1] is form.actions.buttons["recall"]
    userid = form.run.results()["userid"].iloc[1]
    assert f"Chosen: {userid}." in words(form)
    assert "This recalls the message from 1 person in 1 call." in words(form)
    assert form.actions.buttons["recall"].description == "Recall (5)"
    act(form, "recall", 5)
    assert calls(office, "/recall") == 0
    act(form, "recall", 1)
    assert calls(office, "/recall") == 1
    assert form.model.state.snapshot.counts["recalled"] == 1
    assert form.run.results().loc[lambda frame: frame["status"] == "recalled", "userid"].tolist() == [userid]
    assert form.code == f'run.recall(["{userid}"], expect=1)'
    assert "Recalled: 1 person in 1 call." in words(form)
    assert form.actions_model.state.action == ""
    assert not is_shown(form.details.recall)
    choose_action(form, "recall")
    assert form.actions.count.description == "Enter 4 to confirm"
    assert not is_shown(form.actions.recall_from)


def test_a_press_that_comes_after_the_people_were_left_does_not_open_the_recall_from_everybody(
    office: RunningSandbox, ding: DingTalk
) -> None:
    form = opened(finished_campaign(ding, people(office, 5)))
    open_details(form, 1)
    form.details.close.click()
    form.details.recall.click()
    form.wait()
    assert form.actions_model.state.action == ""
    type_in(form, form.run.results()["userid"].iloc[1])
    form.people.clear.click()
    form.wait()
    form.people.recall.click()
    form.wait()
    assert form.actions_model.state.action == ""


def test_a_recall_from_the_people_shown_names_those_in_the_same_call(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, people(office, 6), dingnb.text("Hi"))
    userids = run.results()["userid"].tolist()
    form = opened(run)
    type_in(form, userids[0])
    assert form.people.recall.description == "Recall from those found and others in the same calls (6 people) …"
    form.people.recall.click()
    form.wait()
    assert "This recalls the message from 6 people in 1 call. Also recalled" in words(form)
    assert [label for label, _ in form.actions.recall_from.options] == [
        "the people chosen below (6 people)",
        "everybody (6 people)",
    ]
    form.actions.cancel.click()
    assert calls(office, "/recall") == 0


def test_the_code_of_a_recall_from_many_people_selects_them_by_their_status(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.4)
    run = finished_campaign(connect_to(office), people(office, 90))
    clock.advance(seconds_to_ns(12 * 3_600))
    run.refresh()
    form = opened(run)
    unread = int(run.results()["status"].eq("delivered").sum())
    assert 20 < unread < 90
    form.people.filter_by("delivered")
    form.wait()
    form.people.recall.click()
    form.wait()
    act(form, "recall", unread)
    selected = """run.results().query("status in ['delivered', 'recalled']")["userid"]"""
    assert form.code == f"run.recall(\n    {selected},\n    expect={unread},\n)"
    exec(form.code, {"run": run})  # noqa: S102 - as a notebook does
    assert calls(office, "/recall") == unread
    assert run.results()["status"].eq("read").sum() == 90 - unread


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_code_of_a_recall_from_many_other_people_asks_for_their_userids(
    office: RunningSandbox, ding: DingTalk, language: Any
) -> None:
    run = finished_campaign(ding, people(office, 90))
    chosen = tuple(run.results()["userid"].iloc[:21])
    set_language(language)
    form = opened(run)
    form.actions_model.choose_recall_from(chosen)
    form.wait()
    act(form, "recall", 21)
    comment, code = form.code.splitlines()
    assert code == "run.recall(userids, expect=21)"
    assert comment.startswith("# ")
    assert {"en": "the userids of the 21 people chosen in the form", "zh": "21 人的 userid"}[language] in comment
    exec(form.code, {"run": run, "userids": chosen})  # noqa: S102 - as a notebook does
    assert calls(office, "/recall") == 21


def test_a_recall_from_the_people_shown_counts_again_what_was_recalled_meanwhile(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run = finished_campaign(ding, people(office, 6))
    status = run.results()["status"].iloc[0]
    form = opened(run)
    choose(form, status)
    shown = run.results()["userid"][run.results()["status"] == status]
    form.people.recall.click()
    form.wait()
    form.actions.count.set_state({"value": str(len(shown))})
    run.recall(shown.iloc[:1], expect=1)
    form.model.reload_all()
    form.wait()
    assert f"The number has changed from {len(shown)} to {len(shown) - 1} p" in words(form)
    for choice, n in ((True, 5), (False, len(shown) - 1)):
        pick(form.actions.recall_from, choice)
        form.wait()
        assert form.actions.count.description == f"Enter {n} to confirm"
    act(form, "recall", len(shown) - 1)
    assert set(run.results().query("status == 'recalled'")["userid"]) == set(shown)


def test_after_a_recall_that_was_refused_for_some_people_those_are_counted_and_named(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run = finished_campaign(ding, people(office, 6))
    status = run.results()["status"].iloc[0]
    form = opened(run)
    choose(form, status)
    shown = run.results().query("status == @status")
    with office.state.lock:
        # DingTalk refuses to recall a call that it does not know.
        del office.state.tasks._by_id[int(shown["task_id"].iloc[0])]
    form.people.recall.click()
    form.wait()
    act(form, "recall", len(shown))
    assert run.results()["status"].eq("recalled").sum() == len(shown) - 1
    assert form.actions_model.state.failure is not None
    assert form.actions_model.state.selected_recall.who == (shown["userid"].iloc[0],)
    assert form.actions.count.description == "Enter 1 to confirm"


def test_a_recall_from_everybody_stays_open_if_only_the_chosen_people_lost_the_message(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run = finished_campaign(ding, people(office, 6))
    form = opened(run)
    results = run.results()
    with office.state.lock:
        for task in results["task_id"].iloc[2:]:
            del office.state.tasks._by_id[int(task)]
    form.actions_model.choose_recall_from(tuple(results["userid"].iloc[:2]))
    form.wait()
    form.actions_model.choose_everybody(True)  # noqa: FBT003 - the value of a widget
    form.wait()
    act(form, "recall", 6)
    assert run.results()["status"].eq("recalled").sum() == 2
    assert form.actions_model.state.failure is not None
    assert form.actions_model.state.action == "recall"


def test_preparing_a_reminder_names_the_calls_it_makes(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 4)))
    clock.advance(seconds_to_ns(600))
    choose_action(form, "remind")
    form.model.reload()
    form.wait()
    assert form.actions.act.description == "Prepare reminder (4 calls)"
    made = calls(office, "/getsendresult")
    prepare(form)
    assert calls(office, "/getsendresult") == made + 4
    assert 'reminder = run.remind(dingnb.text(content="please read it"))' in form.code


def test_results_that_were_queried_just_now_are_not_queried_again_for_a_reminder(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 4))
    clock.advance(seconds_to_ns(600))
    form = opened(run)
    form.run_form.main_button.click()
    form.wait()
    clock.advance(seconds_to_ns(100))
    # On another page, or after a reload, as well.
    for page in (form, opened(connect_to(office).campaign("payslip"))):
        choose_action(page, "remind")
        assert re.search(r"Queried at 09:10:\d\d \(Beijing time\); no calls needed\.", words(page.actions.description))
        assert page.actions.act.description == "Prepare reminder"
    made = len(office.state.recorded_calls())
    prepare(form)
    assert len(office.state.recorded_calls()) == made
    assert 'remind(dingnb.text(content="please read it"), refresh=False)' in form.code
    # It says what it takes as soon as that changes.
    clock.advance(seconds_to_ns(21))
    page.actions_model.reminder.poll()
    assert page.actions.act.description == "Prepare reminder (4 calls)"
    assert "with up to 4 calls" in words(page.actions.description)


def test_a_reminder_queries_only_results_that_an_automatic_refresh_has_not_queried(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    run = finished_campaign(connect_to(office), people(office, 4))
    clock.advance(seconds_to_ns(600))
    form = opened(run)
    # One of four.
    refresh = view_of(run).auto_refresh(lambda _: None)
    refresh.run(timeout_s=60, max_calls=1)
    form.model.reload()
    form.wait()
    choose_action(form, "remind")
    assert form.actions.act.description == "Prepare reminder (3 calls)"
    made = calls(office, "/getsendresult")
    prepare(form)
    assert calls(office, "/getsendresult") == made + 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reminder_is_prepared_without_people_whose_send_dingtalk_does_not_know_and_says_so(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, language: Any
) -> None:
    dingnb.set_language(language)
    office = open_sandbox(read_share=0.0)
    # Nothing is known about 3 of 8 people.
    run = connect_to(office).plan(people(office, 8), PERSONAL).send("payslip", check=False)
    clock.advance(seconds_to_ns(10))
    with office.state.lock:
        for task_id in run.results()["task_id"].iloc[:3]:
            del office.state.tasks._by_id[int(task_id)]
    form = opened(run)
    form.run_form.main_button.click()
    form.wait()
    assert form.model.state.snapshot.counts == {"accepted": 3, "delivered": 5}
    said = words(form)
    assert ("Delivery can no longer be checked for 3 people" if language == "en" else "无法再查询 3 人是否送达") in said
    assert ("may have the message" if language == "en" else "消息可能已送达") in said
    made = calls(office, "/getsendresult")
    prepare(form)
    assert calls(office, "/getsendresult") == made
    plan = form.actions.reminder_form
    assert plan.model.plan.people == 5
    assert ("Not reminded: 3 people" if language == "en" else "未提醒 3 人") in words(plan)


@pytest.mark.long
def test_a_recall_shows_who_is_affected(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 12), pd.DataFrame({"userid": ["nobody_here"], "n": [98]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("the same")).send("payslip")
    form = opened(run)
    assert "Recall (13)" in action_names(form)
    run.wait()
    form.model.reload()
    form.wait()
    assert "Recall (12)" in action_names(form)
    choose_action(form, "recall")
    assert "This recalls the message from 12 people in 1 call." in words(form)
    assert form.actions.act.description == "Recall from 12 people"
    # The number to enter is the one on the button, not that of those who were sent to.
    assert form.actions.count.description == "Enter 12 to confirm"
    act(form, "recall", 13)
    assert calls(office, "/recall") == 0
    act(form, "recall", 12)
    assert form.code == "run.recall(expect=12)"
    assert form.model.state.snapshot.counts == {"recalled": 12, "invalid": 1}


def test_an_interrupted_recall_is_reported_and_can_continue(office: RunningSandbox, connect_to: Connect) -> None:
    form = opened(finished_campaign(connect_to(office, outage_patience_s=60), people(office, 30)))
    office.state.faults.add("refuse", path="/recall", nth=10, for_s=600)
    act(form, "recall")
    failure = form.actions_model.state.failure
    assert failure is not None
    assert failure.what.in_form() in words(form)
    assert "The recall is incomplete: 10 of 30 calls done." in words(form)
    assert form.code == ""
    office.state.faults.clear()
    act(form, "recall", 20)
    assert "incomplete" not in words(form)
    assert form.model.state.snapshot.counts == {"recalled": 30}


def test_a_reminder_goes_to_unread_people_after_its_own_count(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.5, read_within_s=600)
    frame = people(office, 30).assign(name="Ann")
    run = finished_campaign(connect_to(office), frame)
    clock.advance(seconds_to_ns(3_600))
    form = opened(run)
    act(form, "remind")
    assert "Enter the reminder text." in words(form)
    form.actions.reminder.set_state({"value": "{{ name }}, please read it"})
    form.actions.act.click()
    form.wait()
    plan = form.actions.reminder_form
    assert plan is not None
    plan.model.wait()
    unread = len(run.unread())
    assert 0 < unread < 30
    assert plan.model.plan.people == unread
    before = sends(office)
    press_send(plan, "7")
    assert sends(office) == before
    type_into(plan.sending.name, "reminder-1")
    plan.model.wait()
    press_send(plan)
    plan.model.run.wait()
    assert set(has(office, clock)) >= set(run.unread()["userid"])
    assert form.code.splitlines() == [
        "import dingnb",
        "",
        'reminder = run.remind(dingnb.text(content="{{ name }}, please read it"))',
        f'reminder_run = reminder.send("reminder-1", expect={unread})',
    ]


def test_a_sent_reminder_is_removed_from_the_page_without_a_message_to_closed_widgets(
    ding: DingTalk, office: RunningSandbox
) -> None:
    form = opened(finished_campaign(ding, people(office, 3)))
    plan = prepare(form)
    counted = [widget for widget in walk(plan.box) if widget._view_count is not None]
    assert counted
    for widget in counted:
        widget.set_state({"_view_count": 1})
    # A browser counts down the views that it removes, for which the widgets must be open.
    kept: list[object] = []
    holder = next(widget for widget in walk(form.box) if plan.box in getattr(widget, "children", ()))
    holder.observe(
        lambda _: kept.extend(widget for widget in walk(plan.box) if widget._view_count is not None), "children"
    )
    press_send(plan)
    plan.model.run.wait()
    form.wait()
    assert form.actions.reminder_form is None
    assert kept == []


def test_the_page_of_the_app_has_buttons_for_the_columns_of_a_reminder(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_campaign(ding, people(office, 4))
    form = opened(run)
    choose_action(form, "remind")
    assert "Columns for the text: {{ userid }}, {{ n }}" in words(form.actions.card)
    assert form.actions.columns == {}
    monkeypatch.setenv(EXPORTS_VARIABLE, str(tmp_path))
    form = opened(run)
    choose_action(form, "remind")
    assert "Columns for the text" not in words(form.actions.card)
    shown = {name: chip.tooltip for name, chip in form.actions.columns.items()}
    assert shown == {"userid": "{{ userid }}", "n": "{{ n }}"}
    # Where the page's script finds the field to insert into.
    assert {*form.actions.columns.values(), form.actions.reminder} <= set(walk(form.actions.reminder_fields))


def test_the_code_asks_for_the_app_if_a_reminder_uses_it(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox()
    form = opened(finished_campaign(connect_to(office), people(office, 3)))
    plan = prepare(form)
    assert not any(line.startswith("#") for line in form.code.splitlines())
    blocking = RunModel(form.run, plan.model.view.clock, "reminder_run")
    blocking.code_lines.append("reminder_run.refresh()")
    plan.model.opened_runs.append(blocking)
    lines = form.code.splitlines()
    assert 'reminder_run = ding.campaign("payslip")' in lines
    assert lines[:3] == ["import dingnb", "", "# Before you run this, set ding to the connected app."]


def prepare(form: ResultsForm, text: str = "please read it") -> PlanForm:
    """Prepare a reminder, and type everything needed to send it."""
    choose_action(form, "remind")
    form.actions.reminder.set_state({"value": text})
    form.actions.act.click()
    form.wait()
    plan = form.actions.reminder_form
    assert plan is not None
    plan.model.wait()
    type_into(plan.sending.name, "reminder-1")
    plan.model.wait()
    return plan


def assert_gone(form: ResultsForm, plan: PlanForm) -> None:
    assert form.actions.reminder_form is None
    assert form.actions._reminder_box.children == ()
    assert form.actions_model.reminder.plan_model is None
    assert "remind" not in form.code
    # A simultaneous press sends nothing.
    plan.model.set_count(str(plan.model.plan.people))
    plan.model.send()
    plan.model.wait()
    assert plan.model.run is None


def test_people_whose_read_state_is_not_reported_are_neither_called_unread_nor_reminded(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0)
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = finished_campaign(connect_to(office), people(office, 5))
    reported = run.results()["read"].notna().tolist()
    assert sum(reported) == 4
    form = opened(run)
    assert tiles(form)["Unread"] == "5 · 100% · 1 of them may have read it"
    tooltip = "Of these, DingTalk does not say whether 1 person opened it: the list shows “Delivered” for them."
    assert form.tiles.tiles["delivered"].tooltip == tooltip
    assert not form.tiles.tiles["read"].tooltip
    assert form.actions.buttons["remind"].description == "Remind unread (4)"
    assert [row[1] for row in rows(form)] == ["Unread" if known else "Delivered" for known in reported]
    choose_action(form, "remind")
    assert "Not reminded, because DingTalk does not report whether the message was read: 1 person." in words(form)
    for at, known in enumerate(reported):
        details = open_details(form, at)
        assert ("have not opened it yet" in details) is known
        assert ("A reminder can be sent" in details) is known
        assert ("Reminders do not go to them." in details) is not known
        assert is_shown(form.details.act) is known
        # Among the details of one person, it says that it is for everybody.
        assert (form.details.act.description == "Remind everyone who has not read it (4 people) …") is known


def test_messages_of_unreported_read_state_are_called_delivered(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    form = opened(finished_campaign(ding, people(office, 5), dingnb.text("the same")))
    assert tiles(form)["Delivered"] == "5 · 100%"
    assert "remind" not in offered(form)


def test_a_recall_that_closes_because_the_campaign_is_sent_again_says_so(
    failing: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(failing, latency_s=0.2), people(failing, 30))
    form, other = opened(run), opened(run)
    choose_action(form, "recall")
    form.actions.count.set_state({"value": str(form.actions_model.people)})
    choose_action(other, "retry")
    with clock.participating():
        other.actions.count.set_state({"value": str(other.actions_model.people)})
        other.actions.act.click()
        clock.advance(seconds_to_ns(1))
    settle(other)
    form.wait()
    assert form.actions_model.state.action == ""
    assert "“Recall” was closed, because the campaign is being sent.Nothing was done." in words(form)
    assert calls(failing, "/recall") == 0
    # In the form where it was chosen, an action closes without it.
    assert "was closed" not in words(other)
    choose_action(form, "recall")
    assert "was closed" not in words(form)


def test_an_action_that_another_form_has_done_says_why_it_closes(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, people(office, 5))
    form = opened(run)
    choose_action(form, "recall")
    run.recall(expect=5)
    form.model.reload_all()
    form.wait()
    assert "“Recall” was closed, because it no longer applies: the results have changed." in words(form)


def test_a_count_that_was_typed_before_the_number_changed_is_cleared(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, people(office, 5))
    form = opened(run)
    choose_action(form, "recall")
    form.actions.count.set_state({"value": "5"})
    form.model.reload_all()
    form.wait()
    assert form.actions.count.value == "5"
    run.recall(run.results()["userid"].iloc[:1], expect=1)
    form.model.reload_all()
    form.wait()
    assert form.actions.count.value == ""
    assert "The number has changed from 5 to 4 people. Check it, and enter it again." in words(form)
    assert form.actions.count.description == "Enter 4 to confirm"
    act(form, "recall", 4)
    assert run.results()["status"].eq("recalled").all()


def test_the_count_of_a_recall_is_the_same_in_form_code_and_confirmation(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run = finished_campaign(ding, people(office, 5))
    run.recall(run.results()["userid"].iloc[:2], expect=2)
    form = opened(run)
    choose_action(form, "recall")
    assert "Recall (3)" in action_names(form)
    assert "This recalls the message from 3 people in 3 calls. Already recalled: 2 people." in words(form)
    assert "Recall from 3 people" in words(form)
    act(form, "recall", 3)
    assert form.code == "run.recall(expect=3)"
    # The cells of both can be run again.
    for expect in (3, 5):
        assert run.recall(expect=expect).results()["status"].eq("recalled").all()


def test_the_rows_and_the_labels_of_actions_change_together(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, people(office, 5))
    form = opened(run)
    seen: list[tuple[str, str]] = []
    form.model.watch(lambda: seen.append((tiles(form)["Unread"][:1], form.actions.buttons["recall"].description)))
    run.recall(run.results().query("status == 'delivered'")["userid"].iloc[:1], expect=1)
    before = tiles(form)["Unread"][:1]
    form.model.reload()
    form.model.wait()
    assert set(seen) == {(str(int(before) - 1), "Recall (4)")}


def test_the_calls_left_after_a_retry_are_not_shown_with_the_numbers_from_before_it(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect
) -> None:
    failing = open_sandbox(failed_share=0.5, read_share=0)
    form = opened(finished_campaign(connect_to(failing), people(failing, 20)))
    seen = list[tuple[int, list[str]]]()

    def look() -> None:
        seen.append((form.actions_model.offered.get("retry", 0), re.findall(r"At most [\d,]+ calls", words(form))))

    look()
    for model in (form.model, form.run_model):
        model.watch(look)
    act(form, "retry")
    settle(form)
    (failed, left), *_ = seen
    assert failed
    assert left
    assert all(found in ([], left) for retried, found in seen if retried == failed)
    assert seen[-1][1] not in ([], left)


def test_a_recall_says_who_is_left_because_the_outcome_is_unknown(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[5, 6, 7])
    form = opened(finished_campaign(ding, people(office, 5)))
    choose_action(form, "recall")
    said = "Not recalled, because DingTalk did not answer whether it accepted the call: 1 person."
    assert said in words(form)
    assert "This is the sandbox: no real people are affected." in words(form)


def test_an_action_can_be_cancelled(office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    focused = watch_focus(monkeypatch)
    form = opened(finished_campaign(ding, people(office, 5)))
    for action in ("recall", "remind"):
        choose_action(form, action)
        assert is_shown(form.actions.cancel)
        form.actions.cancel.click()
        assert form.actions_model.state.action == ""
        assert focused[-1] is form.actions.buttons[action]
    assert calls(office, "/recall") == 0


def test_a_prepared_reminder_is_discarded_when_the_message_is_recalled(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    plan, before = prepare(form), sends(office)
    act(form, "recall")
    assert form.model.state.snapshot.counts == {"recalled": 10}
    assert_gone(form, plan)
    assert sends(office) == before


@pytest.mark.long
def test_a_prepared_reminder_is_discarded_when_another_action_is_chosen(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    plan = prepare(form)
    choose_action(form, "recall")
    assert_gone(form, plan)
    plan = prepare(form)
    assert prepare(form) is not plan
    plan = form.actions.reminder_form
    choose_action(form, "")
    assert_gone(form, plan)


def test_a_prepared_reminder_leaves_out_those_who_are_no_longer_unread(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    form = opened(finished_campaign(ding, people(office, 10)))
    plan = prepare(form)
    assert (
        "Those known to have read the message when the reminder is sent are left out. Sending does not check again."
        in words(form)
    )
    # The results of a reminder are refreshed with the button.
    assert "refresh automatically" not in words(plan)
    known = format_time(min(form.model.view.poller.query_times()))
    assert f"Reads are known as of {known}, Beijing time." in words(form)
    clock.advance(seconds_to_ns(600))
    form.model.view.refresh()
    form.model.reload()
    form.wait()
    refreshed = format_time(min(form.model.view.poller.query_times()))
    assert known != refreshed
    assert f"Reads are known as of {refreshed}, Beijing time." in words(form)
    form.model.reload()
    form.wait()
    assert form.actions.reminder_form is plan
    type_into(plan.sending.count, "10")
    clock.advance(seconds_to_ns(60))
    gone = form.run.unread()["userid"].iloc[0]
    ding.campaign("payslip").recall([gone], expect=1)
    form.model.reload()
    form.wait()
    assert form.actions.reminder_form is plan
    assert "Left out, because the message is no longer unread: 1 person." in words(form)
    assert (form.actions.reminder.value, plan.sending.name.value) == ("please read it", "reminder-1")
    assert (plan.sending.count.value, plan.sending.count.description) == ("10", "Enter 9 to confirm")
    press_send(plan, "10")
    sent = ding.campaign("reminder-1").wait("sent").results()
    assert (len(sent), gone in set(sent["userid"])) == (9, False)


def test_a_prepared_reminder_keeps_unread_people_whose_rows_have_no_label(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    frame = people(office, 3).set_index(pd.Index([7, None, None], dtype="float64", name="job number"))
    form = opened(finished_campaign(ding, frame))
    plan = prepare(form)
    assert "Left out" not in words(form)
    press_send(plan)
    assert len(ding.campaign("reminder-1").wait("sent").results()) == 3


def test_a_prepared_reminder_is_discarded_when_nobody_has_the_message_unread(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    form = opened(finished_campaign(ding, people(office, 2)))
    plan = prepare(form)
    clock.advance(seconds_to_ns(60))
    ding.campaign("payslip").recall(expect=2)
    form.model.reload()
    form.wait()
    assert_gone(form, plan)


def test_a_prepared_reminder_is_discarded_when_its_text_changes(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    plan, before = prepare(form), sends(office)
    form.actions.reminder.set_state({"value": "please read it "})
    assert form.actions.reminder_form is plan
    form.actions.reminder.set_state({"value": "please read it!"})
    assert_gone(form, plan)
    assert "The text has changed, so the prepared reminder was discarded. Nothing was sent" in words(form)
    assert form.actions.reminder.value == "please read it!"
    assert sends(office) == before
    form.actions.act.click()
    form.wait()
    again = form.actions.reminder_form
    assert again is not None
    assert b"please read it!" in again.model.plan.preview(0).body


def test_a_reminder_edited_while_being_prepared_cannot_be_sent(
    open_sandbox: Open, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    remind = Campaign.remind

    def typing(run: Campaign, message: dingnb.Message, **options: bool) -> Any:
        form.actions.reminder.set_state({"value": "another text"})
        return remind(run, message, **options)

    monkeypatch.setattr(Campaign, "remind", typing)
    act(form, "remind")
    choose_action(form, "remind")
    form.actions.reminder.set_state({"value": "a text"})
    form.actions.act.click()
    form.wait()
    assert form.actions.reminder_form is None
    assert "The text has changed" in words(form)
    assert "is ready below" not in words(form)


def test_a_recall_first_shows_its_effect_and_that_it_is_final(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.5, read_within_s=600)
    run = finished_campaign(connect_to(office), people(office, 30))
    clock.advance(seconds_to_ns(3_600))
    run.refresh()
    read = int(run.results()["status"].eq("read").sum())
    assert 0 < read < 30
    form = opened(run)
    choose_action(form, "recall")
    assert "This recalls the message from 30 people in 30 calls." in words(form)
    assert f"{read} people had already read it." in words(form)
    assert form.actions.act.description == "Recall from 30 people"
    # The button is pressed by mistake.
    form.actions.act.click()
    form.wait()
    assert "Enter the number of people: 30 people." in words(form)
    assert calls(office, "/recall") == 0


def test_with_a_key_messages_are_counted_instead_of_people(
    open_sandbox: Open, connect_to: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    office = open_sandbox(failed_share=0.4, read_share=0.0)
    frame = pd.concat([people(office, 15)] * 2, ignore_index=True).assign(n=range(30))
    plan = connect_to(office).plan(frame, PERSONAL, key="n")
    run = plan.send("payslip", expect=30).wait()
    assert "Delivery results: 30 of 30 messages" in capsys.readouterr().out
    form, failed = opened(run), missed(run)
    assert 0 < failed < 30
    choose_action(form, "retry")
    assert f"Sends {failed} messages that did not arrive again" in words(form)
    assert form.actions.act.description == f"Send {failed} messages again"
    form.actions.act.click()
    form.wait()
    assert f"Enter the number of messages: {failed} messages." in words(form)
    choose_action(form, "remind")
    assert "Sends another message for each one that arrived and was not read: " in words(form)
    assert f"{30 - failed} messages to {run.unread()['userid'].nunique()} people now." in words(form)
    choose_action(form, "recall")
    assert f"This recalls {30 - failed} messages in {30 - failed} calls." in words(form)
    assert form.actions.act.description == f"Recall {30 - failed} messages"
    with pytest.raises(InputError, match=rf"recalls {30 - failed} messages in .*Nothing was recalled yet\."):
        run.recall()
    with pytest.raises(InputError, match=r"expect=7 does not match: retry\(\) would send again to \d+ messages"):
        run.retry(expect=7)
    act(form, "retry")
    settle(form)
    assert f"Sending {failed} messages again." in str(view_of(form.run).control.opening)


def test_a_sent_reminder_closes_into_one_line_with_a_link_to_its_results(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    plan = prepare(form)
    assert "The reminder is ready below, for 10 people. Nothing was sent yet." in words(form)
    assert not is_shown(form.actions.reminded)
    shows_fields: list[bool] = []

    def note() -> None:
        if plan.model.run is not None:
            shows_fields.append(is_shown(form.actions.reminder_fields))

    form.actions_model.watch(note)
    press_send(plan)
    plan.model.run.wait()
    form.wait()
    assert form.actions_model.state.action == ""
    assert form.actions.reminder_form is None
    # The fields of another reminder are not shown in between.
    assert shows_fields
    assert not any(shows_fields)
    _, link = form.actions.reminded.children[0].children
    shown = " ".join(words(form.actions.box).replace("\u200b", "").split())
    assert shown == "Reminded at 09:00 (Beijing time): 10 people, as campaign reminder-1. Show its results"
    assert "reminder.send" in form.code
    link.click()
    form.actions.opened_reminder.model.wait()
    assert "Campaign reminder-1" in words(form.actions.box)
    assert "Sent: 10 of 10 people" in words(form.actions.box)
    link.click()
    assert form.actions.opened_reminder is None
    assert link.description == "Show its results"
    # To show this again makes no further widgets.
    before = len(Widget.get_manager_state()["state"])
    for _ in range(3):
        form.render()
    assert len(Widget.get_manager_state()["state"]) == before
    # Another one starts without the text of the first.
    choose_action(form, "remind")
    assert is_shown(form.actions.act)
    assert is_shown(form.actions.reminder_fields)
    assert form.actions.reminder.value == ""


def test_a_reminder_sent_to_everybody_is_there_until_its_action_is_closed(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    was_there: list[bool] = []
    model = ReminderModel(
        form.model, form.run_model, "run", on_complete=lambda: was_there.append(model.plan_model is not None)
    )
    model.set_text("please read it")
    model.prepare()
    model.wait()
    plan = model.plan_model
    assert plan is not None
    plan.set_name("reminder-1")
    plan.wait()
    plan.set_count("10")
    plan.send()
    plan.wait()
    assert plan.run is not None
    plan.run.wait()
    assert was_there == [True]
    assert model.plan_model is None
    assert model.state.text == ""


@pytest.mark.long
def test_a_reminder_that_is_being_sent_shows_only_its_progress(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 60).assign(name="Ann"), PERSONAL)
    with clock.participating():
        form = opened(connect_to(office, latency_s=0.5).campaign(run.name))
        plan = prepare(form, "{{ userid }}, please read it")
        press_send(plan)
        clock.advance(seconds_to_ns(1))
        shown = words(form.actions.box)
        assert "Campaign reminder-1" in shown
        for gone in ("Check and send", "Rows not sent", "Nothing was sent yet.", "Prepare reminder"):
            assert gone not in shown
        assert not is_shown(form.actions.reminder_fields)
        plan.run_form.stop_button.click()
        plan.model.run.wait()
        # What is not complete stays open, with the button that resumes it.
        assert form.actions.reminder_form is plan
        assert plan.model.run.state.is_halted
        plan.model.run.resume()
        plan.model.run.wait()
        form.wait()
    assert form.actions.reminder_form is None


def test_another_action_is_shown_without_the_sent_reminder(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    run = finished_campaign(connect_to(office), people(office, 60))
    with clock.participating():
        form = opened(connect_to(office, latency_s=0.5).campaign(run.name))
        plan = prepare(form, "{{ userid }}, please read it")
        press_send(plan)
        clock.advance(seconds_to_ns(1))
        choose_action(form, "recall")
        assert form.actions.reminder_form is None
        plan.model.run.wait()
        form.wait()
    # Only that it was sent remains of it.
    assert form.actions_model.state.action == "recall"
    assert words(form.actions.reminded).count("reminder-1") == 1
    assert "(Beijing time): 60 people, as campaign reminder-1." in words(form.actions.reminded)
    assert "reminder.send" in form.code


def test_a_reminder_says_that_equal_texts_to_one_person_are_one_message(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    frame = pd.concat([people(office, 3), people(office, 1).assign(n=77)], ignore_index=True)
    form = opened(connect_to(office).plan(frame, PERSONAL, key="n").send("seats").wait())
    choose_action(form, "remind")
    assert "was not read: 4 messages to 3 people now." in words(form)
    plan = prepare(form)
    assert "The reminder is ready below, for 3 messages to 3 people. Nothing was sent yet." in words(form)
    assert "Several reminders with the same text to one person are sent as one" in words(form)
    # The ledger's rows have no numbers of the list.
    assert not is_shown(plan.test.row)
    assert "The message for the first person" in words(plan.thumbnail)
    form.actions.cancel.click()
    prepare(form, "{{ n }}, please read it")
    assert "ready below, for 4 messages to 3 people. Nothing was sent yet." in words(form)
    assert "sent as one" not in words(form)


def test_nothing_is_shown_where_nothing_can_be_done(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 5)))
    act(form, "recall")
    assert offered(form) == []
    assert "Loading" not in words(form)


@pytest.mark.long
def test_only_the_progress_is_shown_while_an_action_runs(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office, latency_s=0.5), people(office, 60))
    form = opened(run)
    with clock.participating():
        choose_action(form, "recall")
        form.actions.count.set_state({"value": "60"})
        form.actions.act.click()
        clock.advance(seconds_to_ns(2))
        assert form.actions_model.is_busy
        shown = words(form.actions.box)
        assert "Working" in shown
        assert "This recalls" not in shown
        assert "Enter 60" not in shown
        assert "Recall from" not in shown
        # Their numbers are changing.
        assert offered(form) == []
        form.wait()
    assert "Recalled: 60 people in 60 calls." in words(form)


def test_enter_in_the_count_moves_to_the_button_if_it_is_right(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(finished_campaign(ding, people(office, 5)))
    focused = watch_focus(monkeypatch)
    choose_action(form, "recall")
    form.actions.count.set_state({"value": "4"})
    press_enter(form.actions.count)
    clock.advance(seconds_to_ns(1))
    assert focused == []
    assert "You entered 4, but this affects 5 people." in words(form)
    # The key arrives before the digit that was typed first.
    with clock.participating():
        press_enter(form.actions.count)
        form.actions.count.set_state({"value": "5"})
        clock.advance(seconds_to_ns(1))
    assert focused == [form.actions.act]
    assert "You entered" not in words(form)
    assert calls(office, "/recall") == 0


def test_unknown_outcomes_are_shown_and_resolved(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[5, 6, 7])
    run = finished_campaign(ding, people(office, 5))
    form = opened(run)
    choose_action(form, "resolve")
    unknown = run.results().query("status == 'unknown'")["userid"].item()
    assert f"It is unknown whether 1 person got the message: {unknown}." in words(form)
    form.actions.show_unknown.click()
    form.wait()
    assert [row[0] for row in rows(form)] == [unknown]
    act(form, "resolve", 2)
    assert run.results()["reason"].eq("Left unknown, as you decided.").sum() == 0
    act(form, "resolve", 1)
    assert "Left as unknown: 1 person." in words(form)
    assert run.results()["reason"].eq("Left unknown, as you decided.").sum() == 1
    choose_action(form, "resolve")
    pick(form.actions.how, "delivered")
    assert unknown in open_details(form, 0)
    act(form, "resolve", 1)
    assert "unknown" not in form.model.state.snapshot.counts
    assert form.code.splitlines() == ['run.resolve("leave", expect=1)', 'run.resolve("delivered", expect=1)']
    # Nobody has this status any more: all rows are shown again, without details.
    assert "No rows have this status." not in words(form)
    assert form.model.state.shown.status == ""
    assert "5 in total" in words(form)
    assert not is_shown(form.details.box)


def test_a_person_with_several_unknown_messages_is_named_once(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=list(range(1, 40)))
    person = people(office, 1)["userid"].item()
    plan = ding.plan(pd.DataFrame({"userid": [person] * 3, "n": range(3)}), PERSONAL, key="n")
    with pytest.raises(IncompleteError, match="unknown whether 3 messages arrived, and no further repeat is safe"):
        plan.send("payslip")
    form = opened(ding.campaign("payslip"))
    choose_action(form, "resolve")
    assert f"It is unknown whether 3 messages arrived: {person}. They may have." in words(form)


@pytest.mark.long
def test_people_are_named_where_it_matters(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[8, 10, 11, 12, 13])
    frame = pd.concat([people(office, 7), pd.DataFrame({"userid": ["gone"], "n": [8]})], ignore_index=True)
    frame["name"] = ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gil", "Hal"]
    run = finished_campaign(ding, frame)
    results = run.results(keep="name")
    kept = results.loc[results["evidence"] == "duplicate", "name"].item()
    [unknown] = results.loc[results["status"] == "unknown", "name"]
    for form in (opened(run), opened(ding.campaign("payslip"))):
        choose_action(form, "recall")
        assert f"Not recalled from 1 person ({kept}):" in words(form.actions.description)
        choose_action(form, "resolve")
        assert f"It is unknown whether 1 person got the message: {unknown}." in words(form)
        assert "Hal" in words(form.reasons)
        assert "gone" not in words(form.reasons)
    act(form, "recall")
    assert '<div class="dn-notice dn-notice-warn">Recalled: ' in form.run_form.notice.value
    assert f"Not recalled from 1 person ({kept}):" in words(form.run_form.notice)


def test_a_halted_campaign_advises_to_resume_before_deciding(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=3)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(6, 100)))
    run = ding.plan(people(office, 8), PERSONAL).send("payslip", check=False)
    form = opened(run)
    choose_action(form, "resolve")
    assert "Resume first: calls are repeated if nobody can get the message twice." in words(form)
    unknown = run.results().query("status == 'unknown'")
    assert unknown["hint"].str.contains("if nobody can get the message twice").all()


def primary_buttons(form: Form) -> list[str]:
    """Return the labels of the primary buttons that are shown."""
    return [
        widget.description
        for widget in walk(form)
        if isinstance(widget, Button) and widget.button_style == "primary" and is_shown(widget)
    ]


@pytest.mark.parametrize("is_halted", [False, True])
def test_one_button_of_the_decision_about_unknown_outcomes_is_primary(
    office: RunningSandbox, ding: DingTalk, *, is_halted: bool
) -> None:
    if is_halted:
        office.state.faults.add("drop_after", path="/asyncsend_v2", nth=3)
        office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(6, 100)))
    else:
        office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[8, 9, 10])
    run = ding.plan(people(office, 8), PERSONAL).send("payslip", check=False)
    with run._context.ledger.transaction() as db:
        # As after a kill, which resuming continues, rather than at the end of the month's calls.
        db.execute("UPDATE campaigns SET reason = '', hint = '', state = ?", ("running" if is_halted else run.state,))
    form = opened(run)
    before = primary_buttons(form)
    assert before == ["Resume" if is_halted else "Refresh delivery status (7 calls)"]
    choose_action(form, "resolve")
    assert form.actions.act.description == "Confirm for 1 person"
    # Resuming finds out, and nobody gets the message twice.
    assert primary_buttons(form) == (["Resume"] if is_halted else ["Confirm for 1 person"])
    pick(form.actions.how, "resend")
    assert form.actions.act.button_style == "danger"
    assert primary_buttons(form) == (["Resume"] if is_halted else [])
    form.actions.cancel.click()
    assert primary_buttons(form) == before


def test_to_send_a_prepared_reminder_is_the_primary_action(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    choose_action(form, "remind")
    [prepares] = primary_buttons(form)
    assert prepares.startswith("Prepare reminder")
    assert primary_buttons(prepare(form)) == ["Send to 10 people"]
    assert primary_buttons(form) == ["Send to 10 people"]


def test_a_prepared_reminder_does_not_ask_to_be_prepared(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    choose_action(form, "remind")
    prepare(form)
    clock.advance(seconds_to_ns(600))
    form.actions_model.reminder.poll()
    assert form.actions.act.description == "Prepare again (10 calls)"
    assert "First checks with DingTalk" not in words(form.actions.description)


def test_unknown_outcomes_can_be_resent_with_the_rest(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("drop_before", path="/asyncsend_v2")
    run = ding.plan(people(office, 30), PERSONAL).send("payslip", pause_after=10, check=False)
    office.state.faults.clear()
    form = opened(run)
    choose_action(form, "resolve")
    pick(form.actions.how, "resend")
    assert "This also continues with 20 people not sent yet. Sending takes 30 calls." in words(form)
    act(form, "resolve", 10)
    assert has(office, clock) == {}
    act(form, "resolve", 30)
    settle(form)
    assert set(has(office, clock).values()) == {1}
    assert len(has(office, clock)) == 30


def test_results_are_exported_privately_and_without_formulas(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    frame = people(office, 3).assign(name=["=cmd|' /C calc'!A0", "@SUM(1)", "c"])
    form = opened(finished_campaign(ding, frame))
    export(form)
    [path] = tmp_path.iterdir()
    assert path.name == "payslip-results.xlsx"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = openpyxl.load_workbook(path).active
    assert [cell.value for cell in written["B"]] == ["name", "=cmd|' /C calc'!A0", "@SUM(1)", "c"]
    assert {cell.data_type for cell in written["B"]} == {"s"}
    assert f"Written to {path}" in words(form)
    [link] = [value for name, value in read(form.people.export.outcome.value).attributes if name == "href"]
    assert base64.b64decode(link.partition(";base64,")[2]) == path.read_bytes()
    assert form.code == 'run.export("payslip-results.xlsx", keep=["name"], readable=True)'
    assert_harmless(form)


def test_a_notebook_saved_with_widgets_contains_no_file(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = people(office, 3)
    form = opened(finished_campaign(ding, frame))
    export(form)
    [path] = tmp_path.glob("*-results.xlsx")
    assert f"Written to {path}" in words(form)
    plan = ding.plan(pd.DataFrame({"userid": ["a,b", "c,d"], "n": [1, 2]}), PERSONAL).form()
    plan.problems.export.click()
    plan.model.wait()
    assert "problems.xlsx" in words(plan)
    saved = json.dumps(Widget.get_manager_state()) + form._repr_html_()
    assert "data:" not in saved
    assert base64.b64encode(path.read_bytes()).decode() not in saved


def test_a_failed_export_is_reported(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "payslip-results.xlsx").mkdir()
    form = opened(finished_campaign(ding, people(office, 3)))
    choose_action(form, "recall")
    export(form)
    # Beside its button, not with the action above.
    assert "is a folder" in read(form.people.export.outcome.value).text
    assert form.actions_model.state.failure is None
    assert form.code == ""


def test_live_mode_is_marked_in_red(failing: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(failing)
    make_live(ding)
    run = ding.plan(people(failing, 20), PERSONAL).send("payslip", expect=20).wait()
    form = opened(run)
    choose_action(form, "retry")
    assert form.actions.act.button_style == "danger"
    assert "This is LIVE: real people are affected." in words(form)
    choose_action(form, "remind")
    assert form.actions.act.button_style == "primary"


def test_live_actions_use_the_typed_count_as_the_expected_one(failing: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(failing)
    make_live(ding)
    run = ding.plan(people(failing, 20), PERSONAL).send("payslip", expect=20).wait()
    form, failed, before = opened(run), missed(run), sends(failing)
    assert failed
    act(form, "retry", failed + 1)
    assert sends(failing) == before
    act(form, "retry")
    settle(form)
    assert sends(failing) == before + failed
    assert form.actions_model.state.failure is None
    plan = prepare(form)
    asked = plan.model.plan.people
    press_send(plan, str(asked + 1))
    assert plan.model.run is None
    press_send(plan, str(asked))
    assert plan.model.run is not None
    plan.model.run.wait()
    assert sends(failing) == before + failed + 1
    act(form, "recall", 1)
    assert calls(failing, "/recall") == 0
    act(form, "recall")
    settle(form)
    assert form.actions_model.state.failure is None
    assert calls(failing, "/recall")
    assert f"run.retry(expect={failed})" in form.code
    assert "run.recall(expect=17)" in form.code


def test_another_choice_clears_the_count(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 5)))
    choose_action(form, "recall")
    form.actions.count.set_state({"value": "5"})
    choose_action(form, "remind")
    choose_action(form, "recall")
    assert form.actions.count.value == ""
    form.actions.act.click()
    form.wait()
    assert calls(office, "/recall") == 0


def test_a_ledger_error_is_shown_as_a_sentence(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(finished_campaign(ding, people(office, 3)))

    def broken(*_: Any, **__: Any) -> None:
        what, hint = "The ledger is <gone>.", "Bring it back."
        raise LedgerError(what, hint)

    with monkeypatch.context() as for_now:
        for_now.setattr(Campaign, "recall", broken)
        act(form, "recall")
    assert "The ledger is <gone>.Bring it back." in words(form)
    assert form.code == ""
    assert_harmless(form)


def test_the_code_does_the_same(open_sandbox: Open, connect_to: Connect, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    frames = []
    for by_form in (True, False):
        office = open_sandbox(failed_share=0.4, seed=11)
        frame = people(office, 20)
        run = finished_campaign(connect_to(office), frame)
        if by_form:
            form = opened(run)
            act(form, "retry")
            settle(form)
            run_button(form.run_form, "refresh").click()
            form.wait()
            act(form, "recall")
            export(form)
            code = form.code
            (tmp_path / "payslip-results.xlsx").rename(tmp_path / "by-form.xlsx")
        else:
            exec(code, {"run": run})  # noqa: S102 - it is what the form says
        frames.append(run.results().drop(columns=["sent_at", "updated_at", "task_id"]))
    pd.testing.assert_frame_equal(*frames)
    assert code.splitlines()[1] == "run.refresh()"
    assert (tmp_path / "payslip-results.xlsx").exists()


def test_a_refresh_between_the_press_and_the_retry_does_not_change_the_confirmed_count(
    failing: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(finished_campaign(connect_to(failing), people(failing, 30)))
    confirmed = form.actions_model.offered["retry"]
    retried = []
    monkeypatch.setattr(Campaign, "retry", lambda _, expect, wait: retried.append((expect, wait)))
    start = ActionsModel._start_work

    def refresh_first(model: ActionsModel, *arguments: Any, **changed: Any) -> bool:
        monkeypatch.setattr(ActionsModel, "people", property(lambda _: confirmed + 1))
        return start(model, *arguments, **changed)

    monkeypatch.setattr(ActionsModel, "_start_work", refresh_first)
    act(form, "retry", confirmed)
    assert retried == [(confirmed, False)]


def test_a_recall_that_goes_on_after_a_reload_shows_its_progress_and_its_end(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 120))
    ding = connect_to(office, latency_s=1)
    with clock.participating():
        before = opened(ding.campaign(run.name))
        choose_action(before, "recall")
        before.actions.count.set_state({"value": "120"})
        before.actions.act.click()
        clock.advance(seconds_to_ns(2))
        form = opened(ding.campaign(run.name))
        at_opening = view_of(run).ongoing_recall.recalled
        # No numbers that lag behind the progress are shown.
        clock.advance(seconds_to_ns(2))
        form.run_model.poll()
        # Calls end meanwhile, so that only the form's own number is known here.
        recall = form.run_model.state.recall
        assert recall is not None
        assert at_opening < recall.recalled <= view_of(run).ongoing_recall.recalled
        left_s = (120 - recall.recalled) / 20
        assert f"Recall: {recall.recalled} of 120 calls done · about {left_s:.0f} s left" in words(form)
        assert read(form.run_form.figures.value).text.strip() == ""
        assert not is_shown(form.tiles.box)
        assert not is_shown(form.overview.box)
        assert " of 120 calls" not in words(form.actions.box)
        assert "The recall was started on another page or in another process." in words(form)
        assert offered(form) == []
        before.run_model.poll()
        # Its progress is shown once, above.
        assert before.run_model.state.recall is not None
        assert f"Recall: {before.run_model.state.recall.recalled} of 120 calls done" in words(before.run_form)
        assert words(before.actions.card).strip(" \u200b") == ""
        assert "dn-card" not in before.actions.card._dom_classes
        before.wait()
    form.run_model.poll()
    form.wait()
    assert form.model.state.snapshot.counts == {"recalled": 120}
    assert "The recall is complete." in words(form)
    assert " of 120 calls" not in words(form)
    assert is_shown(form.tiles.box)
    # The page that recalls does not announce itself as another one.
    assert words(before).count("Recalled: 120 people in 120 calls.") == 1
    assert "The recall is complete." not in words(before)


def test_a_recall_that_waits_says_why_in_place_of_the_time_left(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 120))
    ding = connect_to(office)
    office.state.faults.add("ban", path="/corpconversation/recall", nth=30)
    with clock.participating():
        recalling = opened(ding.campaign(run.name))
        choose_action(recalling, "recall")
        recalling.actions.count.set_state({"value": "120"})
        recalling.actions.act.click()
        clock.advance(seconds_to_ns(60))
        form = opened(ding.campaign(run.name))
        for shown_by in (recalling, form):
            shown_by.run_model.poll()
            assert "calls from this network address are refused; next call in 4 min" in words(shown_by.run_form)
            assert "s left" not in words(shown_by.run_form)
        clock.advance(seconds_to_ns(120))
        form.run_model.poll()
        assert "next call in 2 min" in words(form.run_form)
        recalling.wait()
    form.run_model.poll()
    form.wait()
    assert form.model.state.snapshot.counts == {"recalled": 120}


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_recall_can_be_stopped_and_its_rest_recalled_later(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, *, is_reloaded: bool
) -> None:
    run = finished_campaign(connect_to(office), people(office, 120))
    ding = connect_to(office, latency_s=1)
    with clock.participating():
        recalling = opened(ding.campaign(run.name))
        assert not is_shown(recalling.run_form.stop_button)
        choose_action(recalling, "recall")
        recalling.actions.count.set_state({"value": "120"})
        recalling.actions.act.click()
        clock.advance(seconds_to_ns(2))
        form = opened(ding.campaign(run.name)) if is_reloaded else recalling
        form.run_model.poll()
        assert is_shown(form.run_form.stop_button)
        assert form.run_form.stop_button.description == "Stop recall"
        refresh, queried = form.run_form.main_button, calls(office, "/getsendresult")
        assert (is_off(refresh), refresh.description) == (True, "Refresh delivery status")
        refresh.click()
        assert not form.run_model.state.is_refreshing
        assert calls(office, "/getsendresult") == queried
        form.run_form.stop_button.click()
        assert "Stopping: calls in progress are completed first." in words(form.run_form)
        recalling.wait()
    form.run_model.poll()
    form.wait()
    assert not is_shown(form.run_form.stop_button)
    done = form.model.state.snapshot.counts["recalled"]
    assert 0 < done < 120
    assert words(form).count(f"The recall is incomplete: {done} of 120 calls done.") == 1
    act(form, "recall")
    form.wait()
    assert form.model.state.snapshot.counts == {"recalled": 120}


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "The message is being recalled. Sending can be resumed only after that."),
        ("zh", "消息正在撤回，结束后才能继续发送。"),
    ],
)
def test_a_halted_campaign_cannot_be_resumed_while_it_is_recalled(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, language: Language, why: str
) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 30), PERSONAL).send("payslip", wait=False)
        run.pause()
        run.wait("sent", check=False)
    set_language(language)
    form = opened(run)
    resume = form.run_form.main_button
    context, sent = view_of(run).context, calls(office, "/asyncsend_v2")
    start_recall(context, run._number, 5)
    # Before the form knows of it, and afterwards.
    for is_known in (False, True):
        assert is_off(resume) == is_known
        assert resume.button_style == ("" if is_known else "primary")
        assert resume.tooltip == (why if is_known else "")
        resume.click()
        form.wait()
        assert calls(office, "/asyncsend_v2") == sent
    end_recall(context, run._number, is_complete=True)
    form.run_model.poll()
    form.wait()
    assert not is_off(resume)
    assert resume.button_style == "primary"


def test_a_recall_that_ended_early_elsewhere_says_so(office: RunningSandbox, connect_to: Connect) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    context = view_of(run).context
    start_recall(context, run._number, 5)
    form = opened(run)
    choose_action(form, "recall")
    assert offered(form) == []
    end_recall(context, run._number, is_complete=True)
    form.run_model.poll()
    form.wait()
    assert "The recall has ended, but not everything was recalled." in words(form)
    assert "recall" in offered(form)


def test_a_recall_whose_process_has_died_is_said_to_be_interrupted(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    start_recall(view_of(run).context, run._number, 5)
    assert "incomplete" not in repr(run)
    clock.advance(MAX_SILENCE_NS + 1)
    assert "0 of 5 calls done. To recall the rest, repeat run.recall(...): what was recalled" in repr(run)
    form = opened(run)
    assert "The recall is incomplete: 0 of 5 calls done." in words(form)
    assert "To recall the rest, choose “Recall”." in words(form)
    act(form, "recall", 5)
    assert "incomplete" not in words(form)
    assert "incomplete" not in repr(run)


def test_an_interrupted_recall_stays_known_when_the_results_are_refreshed(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = connect_to(office).plan(people(office, 5), PERSONAL).send("payslip")
    start_recall(view_of(run).context, run._number, 5)
    clock.advance(MAX_SILENCE_NS + 1)
    run.refresh()
    assert "The recall is incomplete: 0 of 5 calls done." in repr(run)
    form = opened(run)
    assert "The recall is incomplete: 0 of 5 calls done." in words(form)
    act(form, "recall", 5)
    assert "incomplete" not in words(form)
    run.refresh()
    assert "incomplete" not in repr(run)


def test_an_interrupted_recall_from_certain_people_is_continued_with_those(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    chosen = run.results()["userid"].iloc[:2].tolist()
    start_recall(view_of(run).context, run._number, 2, chosen)
    clock.advance(MAX_SILENCE_NS + 1)
    run.refresh()
    assert "with the same people" in repr(run)
    form = opened(run)
    assert "The recall from certain people is incomplete: 0 of 2 calls done." in words(form)
    assert "To recall from the rest of these people, choose “Continue the recall”." in words(form)
    assert "Continue the recall (2)" in action_names(form)
    choose_action(form, "recall")
    assert is_shown(form.actions.recall_from)
    assert "This recalls the message from 2 people in 2 calls." in words(form)
    pick(form.actions.recall_from, value=True)
    assert "Recall (5)" in action_names(form)
    assert "This recalls the message from 5 people in 5 calls." in words(form)
    pick(form.actions.recall_from, value=False)
    act(form, "recall", 2)
    assert form.code == f'run.recall(["{chosen[0]}", "{chosen[1]}"], expect=2)'
    statuses = run.results().set_index("userid")["status"]
    assert set(statuses.index[statuses.eq("recalled")]) == set(chosen)
    assert "incomplete" not in words(form)
    choose_action(form, "recall")
    assert not is_shown(form.actions.recall_from)
    assert "Recall (3)" in action_names(form)


def test_a_recall_from_certain_people_leaves_known_what_an_interrupted_one_has_left(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    start_recall(view_of(run).context, run._number, 5)
    clock.advance(MAX_SILENCE_NS + 1)
    run.recall(run.results()["userid"].tolist()[:1], expect=1)
    form = opened(run)
    assert "The recall is incomplete: 1 of 5 calls done." in words(form)
    assert "To recall the rest, choose “Recall”." in words(form)
    assert "Recall (4)" in action_names(form)
    act(form, "recall", 4)
    assert "incomplete" not in repr(run)


def test_recalls_from_different_people_are_continued_together(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    first, second, third = run.results()["userid"].iloc[:3].tolist()
    start_recall(view_of(run).context, run._number, 2, [first, second])
    clock.advance(MAX_SILENCE_NS + 1)
    run.recall([second, third], expect=2)
    form = opened(run)
    assert "The recall from certain people is incomplete: 2 of 3 calls done." in words(form)
    assert "Continue the recall (1)" in action_names(form)
    run.recall([first], expect=1)
    assert "incomplete" not in repr(run)


def test_nobody_is_advised_to_continue_a_recall_once_nobody_has_the_message(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(failed_share=1)
    run = connect_to(sandbox).plan(people(sandbox, 3), PERSONAL).send("payslip")
    start_recall(view_of(run).context, run._number, 3)
    clock.advance(MAX_SILENCE_NS + 1)
    assert "To recall the rest, repeat run.recall(...)" in repr(run)
    run.refresh()
    assert run.results()["status"].eq("failed").all()
    with pytest.raises(InputError, match="none of the people has the message"):
        run.recall(expect=3)
    assert "recall" not in repr(run)
    with view_of(run).context.ledger.connection() as db:
        assert not has_unfinished_recall(db, run._number)


def test_a_complete_recall_from_certain_people_elsewhere_is_not_said_to_be_unfinished(
    office: RunningSandbox, connect_to: Connect
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    chosen = run.results()["userid"].iloc[:2].tolist()
    start_recall(view_of(run).context, run._number, 2, chosen)
    form = opened(run)
    run.recall(chosen, expect=2)
    form.run_model.poll()
    form.wait()
    assert "The recall is complete." in words(form)


def test_the_rest_of_an_interrupted_recall_is_not_advised_to_be_recalled_too_late(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    start_recall(view_of(run).context, run._number, 5)
    clock.advance(seconds_to_ns(25 * 3_600))
    late = "It is too late to recall the rest. Send a correction as a campaign with another name."
    form = opened(run)
    for shown in (repr(run), words(form)):
        assert "The recall is incomplete: 0 of 5 calls done." in shown
        assert late in " ".join(shown.split())
    assert "recall" not in offered(form)


def test_a_recall_that_ended_after_a_long_wait_is_not_said_to_be_interrupted(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    context = view_of(run).context
    start_recall(context, run._number, 5)
    clock.advance(MAX_SILENCE_NS + 1)
    end_recall(context, run._number, is_complete=True)
    assert "incomplete" not in repr(run)


def test_a_recall_elsewhere_that_begins_and_ends_between_two_readings_is_not_shown_for_ever(
    office: RunningSandbox, connect_to: Connect
) -> None:
    run = finished_campaign(connect_to(office), people(office, 5))
    context, form = view_of(run).context, opened(run)
    model = form.run_model
    start_recall(context, run._number, 5)
    model._throttle.hold()
    model.poll()
    assert model.state.recall is not None
    end_recall(context, run._number, is_complete=True)
    model.poll()
    form.wait()
    assert model.state.recall is None


def test_a_recall_is_reported_above_the_open_results_of_a_reminder(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 10)))
    plan = prepare(form)
    press_send(plan)
    plan.model.run.wait()
    form.wait()
    _, link = form.actions.reminded.children[0].children
    link.click()
    form.actions.opened_reminder.model.wait()
    act(form, "recall")
    shown = words(form.actions.box)
    assert 0 < shown.index("Recalled: 10 people") < shown.index("Campaign reminder-1")


def test_a_reminder_that_was_sent_is_shown_by_every_later_form(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(open_sandbox(read_share=0.0))
    run = finished_campaign(ding, people(open_sandbox(), 10))
    plan = prepare(opened(run))
    press_send(plan)
    plan.model.run.wait()
    form = opened(ding.campaign(run.name))
    shown = " ".join(words(form.actions.reminded).replace("\u200b", "").split())
    assert shown == "Reminded at 09:00 (Beijing time): 10 people, as campaign reminder-1. Show its results"
    _, link = form.actions.reminded.children[0].children
    link.click()
    form.actions.opened_reminder.model.wait()
    assert "Campaign reminder-1" in words(form.actions.box)
    clock.advance(seconds_to_ns(86_400))
    later = opened(ding.campaign(run.name))
    assert re.search(r"Reminded at \d{4}-\d\d-\d\d 09:00 \(Beijing time\): 10 people", words(later.actions.reminded))


def test_a_reminder_is_offered_once_a_refresh_has_counted_who_is_unread(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    run = finished_campaign(connect_to(office), people(office, 60))
    with clock.participating():
        form = opened(connect_to(office, latency_s=1).campaign(run.name))
        clock.advance(seconds_to_ns(600))
        form.run_form.main_button.click()
        clock.advance(seconds_to_ns(3))
        assert form.run_model.state.is_refreshing
        assert is_off(form.actions.buttons["remind"])
        choose_action(form, "remind")
        assert form.actions_model.state.action == ""
        # A tooltip alone is not seen.
        assert "as soon as the results have been refreshed" in words(form.actions.description)
        form.wait()
    assert not is_off(form.actions.buttons["remind"])
    assert not is_shown(form.actions.description)
    choose_action(form, "remind")
    assert form.actions_model.state.action == "remind"


@pytest.mark.usefixtures("in_chinese")
def test_a_refresh_shows_its_calls_also_on_the_page_after_a_reload(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    run = finished_campaign(connect_to(office), people(office, 60))
    ding = connect_to(office, latency_s=1)
    with clock.participating():
        before, after = opened(ding.campaign(run.name)), opened(ding.campaign(run.name))
        clock.advance(seconds_to_ns(600))
        before.run_form.main_button.click()
        asked = len(office.state.recorded_calls())
        shown = []
        for _ in range(6):
            clock.advance(seconds_to_ns(1))
            for form in (before, after):
                form.run_model.poll()
            found = [
                re.search(r"正在刷新送达情况：共 60 次调用，已完成 (\d+) 次。", words(form)) for form in (before, after)
            ]
            shown.append([int(match[1]) if match else 0 for match in found])
        for made in zip(*shown, strict=True):
            assert 0 < made[3] < made[5] < 60
        # It is being refreshed already.
        after.run_form.main_button.click()
        assert not after.run_model.is_busy
        assert is_off(after.actions.buttons["remind"])
        before.wait()
    assert sum("/getsendresult" in call["path"] for call in office.state.recorded_calls()[asked:]) == 60
    for form in (before, after):
        form.run_model.poll()
        form.wait()
        assert "正在刷新" not in words(form)
        assert not is_off(form.actions.buttons["remind"])


def test_a_recall_says_that_reminders_are_not_recalled(open_sandbox: Open, connect_to: Connect) -> None:
    ding = connect_to(open_sandbox(read_share=0.0))
    form = opened(finished_campaign(ding, people(open_sandbox(), 10)))
    choose_action(form, "recall")
    assert "reminders" not in words(form.actions.description)
    choose_action(form, "")
    plan = prepare(form)
    press_send(plan)
    plan.model.run.wait()
    form.model.reload()
    form.wait()
    choose_action(form, "recall")
    shown = words(form.actions.description).replace("\u200b", "")
    assert "Its reminders are not recalled: reminder-1. Recall them in their own campaigns." in shown


def test_the_same_reminder_again_is_said_to_reach_nobody_before_and_after_it_is_prepared(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    form = opened(finished_campaign(connect_to(office), people(office, 5)))
    plan = prepare(form)
    press_send(plan)
    plan.model.run.wait()
    form.wait()
    choose_action(form, "remind")
    said = "A different text reminds them again; the same text is not sent to them twice on one day."
    assert said in words(form.actions.description)
    form.actions.reminder.set_state({"value": "please read it"})
    form.actions.act.click()
    form.wait()
    again = form.actions.reminder_form
    again.model.wait()
    assert again.model.sent_now == 0
    assert said in words(form.actions.description)
    form.actions.reminder.set_state({"value": "please read it, at last"})
    form.actions.act.click()
    form.wait()
    assert form.actions.reminder_form.model.sent_now == 5


@pytest.mark.parametrize("is_served", [False, True])
def test_the_focus_moves_to_the_line_that_says_that_a_reminder_was_sent(
    open_sandbox: Open, connect_to: Connect, monkeypatch: pytest.MonkeyPatch, *, is_served: bool
) -> None:
    office = open_sandbox(read_share=0.0)
    monkeypatch.setattr("dingnb.ui.results.actions.is_served_by_voila", lambda: is_served)
    form = opened(finished_campaign(connect_to(office), people(office, 5)))
    plan = prepare(form)
    focused = watch_focus(monkeypatch)
    press_send(plan)
    plan.model.run.wait()
    form.wait()
    assert form.actions.reminder_form is None
    [line] = form.actions.reminded.children
    text, link = line.children
    assert "5 people, as campaign reminder-1" in words(text).replace("\u200b", "")
    # In a notebook, the focus may be in another cell.
    assert focused[-1:] == [link] if is_served else link not in focused
    # Not once more when another reminder is only closed.
    focused.clear()
    prepare(form, "please read it, at last")
    choose_action(form, "")
    assert link not in focused


def stopped_reminder(form: ResultsForm, clock: VirtualClock) -> Campaign:
    """Send a reminder, and stop it before everybody was sent to."""
    plan = prepare(form, "number {{ n }}: please read it")
    with clock.participating():
        press_send(plan)
        clock.advance(seconds_to_ns(2))
        plan.model.run.stop()
        plan.model.run.wait()
    run: Campaign = plan.model.run.run
    assert 0 < run.progress.accepted < run.progress.people
    return run


@pytest.mark.long
def test_a_reminder_is_named_after_its_campaign_and_says_so(open_sandbox: Open, connect_to: Connect) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 4))
    for text, name in (("please read it", "payslip-reminder"), ("it is urgent", "payslip-reminder-2")):
        form = opened(ding.campaign(run.name))
        choose_action(form, "remind")
        form.actions.reminder.set_state({"value": text})
        form.actions.act.click()
        form.wait()
        plan = form.actions.reminder_form
        assert plan is not None
        plan.model.wait()
        assert plan.sending.name.value == name
        press_send(plan)
        plan.model.run.wait()
        assert "Reminder of payslip" in opened(ding.campaign(name)).run_form.head.value
    assert "Reminder of" not in opened(ding.campaign("payslip")).run_form.head.value
    listed = {name: row.reminded for name, row in ding.studio().home.campaigns.items()}
    assert {name for name, reminded in listed.items() if is_shown(reminded)} == {
        "payslip-reminder",
        "payslip-reminder-2",
    }
    assert listed["payslip-reminder"].description == "Reminder of payslip"
    # In the language of the form.
    dingnb.set_language("zh")
    form = opened(ding.campaign("payslip"))
    choose_action(form, "remind")
    form.actions.reminder.set_state({"value": "请查看"})
    form.actions.act.click()
    form.wait()
    assert form.actions.reminder_form is not None
    assert form.actions.reminder_form.sending.name.value == "payslip-提醒"
    dingnb.set_language("en")


def reminded_lines(form: ResultsForm) -> list[str]:
    return [" ".join(line.replace("\u200b", "").split()) for line in map(words, form.actions.reminded.children)]


def test_a_reminder_that_was_stopped_says_whom_it_reached_and_is_continued(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office, latency_s=0.5)
    run = finished_campaign(connect_to(office), people(office, 60))
    form = opened(ding.campaign(run.name))
    reminder = stopped_reminder(form, clock)
    sent, left = reminder.progress.accepted, 60 - reminder.progress.accepted
    shown = words(form).replace("\u200b", "")
    # The form of the reminder has the only button.
    assert "Open it to continue" not in shown
    assert f"Stopped: {left} people still queued." in shown
    form.actions.buttons["remind"].click()
    for page in (form, opened(ding.campaign(run.name))):
        [line] = reminded_lines(page)
        assert f"(Beijing time): {sent} of 60 people, as campaign reminder-1." in line
        assert f"Stopped: {left} people still queued. Open it to continue" in line
        assert words(page).replace("\u200b", "").count(f"{left} people still queued") == 1
    _, link = page.actions.reminded.children[0].children
    link.click()
    continued = page.actions.opened_reminder
    continued.model.wait()
    run_button(continued, "resume").click()
    continued.model.wait()
    [line] = reminded_lines(page)[:1]
    assert "(Beijing time): 60 people, as campaign reminder-1. Hide its results" in line


def test_people_whom_a_reminder_may_have_reached_are_counted_and_named_before_another_one(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    run = finished_campaign(ding, people(office, 40))
    clock.advance(seconds_to_ns(3_600))
    reminder = run.remind(dingnb.text("please read {{ n }}"))
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=list(range(3, 100)))
    reminder.send("reminder", check=False)
    office.state.faults.clear()
    form = opened(ding.campaign(run.name))
    [line] = reminded_lines(form)
    assert f"2 of {reminder.people} people, as campaign reminder. Unknown outcome: 10 people. Paused:" in line
    choose_action(form, "remind")
    assert "Reminded before, most recently at 10:00 (Beijing time): 2 people (reminder)." in words(form)
    assert "May have been reminded before, because the outcome is unknown: 10 people." in words(form)


def test_a_halted_reminder_is_not_to_be_continued_once_the_message_was_recalled(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    run = finished_campaign(ding, people(office, 40))
    clock.advance(seconds_to_ns(3_600))
    reminder = run.remind(dingnb.text("please read {{ n }}"))
    corrected = ding.plan(run.unread()[["userid"]], dingnb.text("corrected"))
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=list(range(3, 100)))
    reminder.send("reminder", check=False)
    office.state.faults.clear()
    [line] = reminded_lines(opened(ding.campaign(run.name)))
    assert line.endswith("people still queued. Open it to continue")
    assert "resume it" in repr(corrected)
    run.recall(expect=40)
    [line] = reminded_lines(opened(ding.campaign(run.name)))
    assert line.endswith("people still queued. Show its results")
    form = opened(ding.campaign("reminder"))
    assert form.run_form.main_button.button_style == ""
    assert "This is a reminder of a message that was recalled. Nothing is being sent." in words(form)
    shown = " ".join(repr(ding.campaign("reminder")).split())
    assert "This is a reminder of a message that was recalled. run.resume() would still send to the rest." in shown
    assert ding.studio().home.unfinished["reminder"].open.button_style == ""
    assert "resume it" not in repr(corrected)


def test_a_stopped_reminder_is_not_to_be_continued_once_the_cards_are_closed(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox()
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding = connect_to(office, latency_s=0.5)
    run = connect_to(office).plan(people(office, 60), question).send("team-day")
    with clock.participating():
        reminder = ding.campaign("team-day").remind(question).send("reminder", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        reminder.stop()
        reminder.wait("sent", check=False)
    [line] = reminded_lines(opened(ding.campaign("team-day")))
    assert line.endswith("people still queued. Open it to continue")
    run.close()
    [line] = reminded_lines(opened(ding.campaign("team-day")))
    assert line.endswith("people still queued. Show its results")


def test_a_reminder_is_to_be_continued_by_the_same_rule_as_any_campaign(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office)
    run = finished_campaign(ding, people(office, 6))
    plan = prepare(opened(run), "number {{ n }}: please read it")
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(3, 100)))
    press_send(plan)
    plan.model.run.wait()
    office.state.faults.clear()
    reminder = ding.campaign("reminder-1")
    counts = {"accepted": 1, "unknown": 1, "queued": 4}
    assert reminder.summary()["people"].to_dict() == counts

    def assert_recommended(*, is_to_continue: bool) -> None:
        [line] = reminded_lines(opened(ding.campaign(run.name)))
        assert line.endswith("Open it to continue" if is_to_continue else "Show its results")
        [unfinished] = ding.studio().model.home.state.unfinished
        assert unfinished.should_resume is is_to_continue
        assert opened(reminder).run_model.state.should_resume is is_to_continue

    # The month's calls are used up.
    assert_recommended(is_to_continue=False)
    with view_of(run).context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'paused', reason = '', hint = '' WHERE name = 'reminder-1'")
    # Recalled from one person, while another may have it.
    reminder.recall(expect=1)
    assert_recommended(is_to_continue=True)


@pytest.mark.usefixtures("in_chinese")
def test_another_reminder_says_who_was_reminded_and_what_is_unfinished(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office, latency_s=0.5)
    run = finished_campaign(connect_to(office), people(office, 60))
    first = opened(ding.campaign(run.name))
    choose_action(first, "remind")
    assert "再次提醒" not in words(first.actions.description)
    choose_action(first, "")
    reminder = stopped_reminder(first, clock)
    sent, left = reminder.progress.accepted, 60 - reminder.progress.accepted
    choose_action(first, "")
    for page in (first, opened(ding.campaign(run.name))):
        choose_action(page, "remind")
        shown = words(page.actions.description).replace("\u200b", "")
        assert f"其中 {sent} 人已提醒过（最近一次 09:00，北京时间；reminder-1）。内容不同才会再次提醒；" in shown
        # Once, with the button to continue it.
        assert words(page).replace("\u200b", "").count(f"还有 {left} 人未发送。") == 1
    # Another window sends it to everybody; who is left in the first one is told apart.
    plan = prepare(page, "another text")
    assert "内容不同才会再次提醒" in words(page.actions.description)
    type_into(plan.sending.name, "reminder-2")
    plan.model.wait()
    press_send(plan)
    plan.model.run.wait()
    first.actions_model.reminder.poll_sent()
    [line, _] = reminded_lines(first)
    assert f"还有 {left} 人未发送。其中 {left} 人已收到另一条提醒。" in line


@pytest.mark.usefixtures("in_chinese")
def test_the_text_of_an_unfinished_reminder_is_refused_before_any_call(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.0)
    ding = connect_to(office, latency_s=0.5)
    run = finished_campaign(connect_to(office), people(office, 60))
    form = opened(ding.campaign(run.name))
    reminder = stopped_reminder(form, clock)
    clock.advance(seconds_to_ns(600))
    # One click is enough, and the text is still there.
    form.actions.buttons["remind"].click()
    assert is_shown(form.actions.reminder_fields)
    assert form.actions.reminder.value == "number {{ n }}: please read it"
    made = len(office.state.recorded_calls())
    form.actions.act.click()
    form.wait()
    assert len(office.state.recorded_calls()) == made
    assert form.actions.reminder_form is None
    assert "内容与尚未发完的提醒 reminder-1 相同。要继续那次提醒，请在上方打开" in words(form.actions.notice)
    form.actions.reminder.set_state({"value": "another text"})
    form.actions.act.click()
    form.wait()
    assert form.actions.reminder_form is not None
    # Once the first one is finished, its text can be sent again.
    form.actions.buttons["remind"].click()
    reminder.resume(wait=False)
    reminder.wait("sent")
    form.actions.buttons["remind"].click()
    form.actions.reminder.set_state({"value": "number {{ n }}: please read it"})
    form.actions.act.click()
    form.wait()
    assert form.actions.reminder_form is not None


def test_a_recalled_reminder_says_so(open_sandbox: Open, connect_to: Connect) -> None:
    ding = connect_to(open_sandbox(read_share=0.0))
    run = finished_campaign(ding, people(open_sandbox(), 10))
    form = opened(run)
    plan = prepare(form)
    press_send(plan)
    plan.model.run.wait()
    ding.campaign("reminder-1").recall(expect=10)
    page = opened(ding.campaign(run.name))
    assert "10 people, as campaign reminder-1. Recalled: 10 people." in reminded_lines(page)[0]
    choose_action(page, "remind")
    assert "Reminded before" not in words(page.actions.description)
    choose_action(page, "recall")
    assert "Its reminders are not recalled" not in words(page.actions.description)


@pytest.mark.usefixtures("in_chinese")
def test_a_reminder_after_a_reload_can_use_the_headings_of_the_list(
    open_sandbox: Open, connect_to: Connect, tmp_path: Path
) -> None:
    office = open_sandbox(read_share=0.0)
    userids = people(office, 3)["userid"].tolist()
    rows = "".join(f"{userid},梁思{n},{n}\n" for n, userid in enumerate(userids))
    (tmp_path / "list.csv").write_text(f"员工userid,中文姓名,奖金\n{rows}", encoding="utf-8")
    ding = connect_to(office)
    frame = dingnb.read_recipients(tmp_path / "list.csv")
    run = finished_campaign(ding, frame, dingnb.text("{{ 中文姓名 }}：{{ 奖金 }}"))
    for page, heading in ((opened(run), "中文姓名"), (opened(ding.campaign(run.name)), "姓名")):
        choose_action(page, "remind")
        shown = words(page.actions.box)
        assert f"内容中可用的列：{{{{ userid }}}}、{{{{ {heading} }}}}、{{{{ 奖金 }}}}" in shown.replace(
            "员工userid", "userid"
        )
    page.actions.reminder.set_state({"value": "{{ 姓 }}"})
    page.actions.act.click()
    page.wait()
    assert "不存在的列“姓”。" in words(page)
    assert "userid、姓名、奖金" in words(page)
    for heading in ("中文姓名", "姓名（必填）", "Full Name", "name"):
        page.actions.reminder.set_state({"value": f"{{{{ {heading} }}}}，请查看"})
        page.actions.act.click()
        page.wait()
        reminder = page.actions.reminder_form
        assert reminder is not None
        assert "梁思0，请查看" in reminder.model.plan.preview(0).body.decode()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_recall_is_offered_only_for_those_from_whom_it_is_possible(
    office: RunningSandbox, ding: DingTalk, language: Any
) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = finished_campaign(ding, people(office, 5))
    results = run.results()
    [kept] = np.flatnonzero(results["evidence"].eq("duplicate"))
    set_language(language)
    form = opened(run)
    open_details(form, int(kept))
    assert not is_shown(form.details.recall)
    reason = {"en": "the call that sent it had no answer", "zh": "发送时调用没有得到答复"}[language]
    assert reason in words(form.details.box)
    open_details(form, int(results["evidence"].eq("result").argmax()))
    assert is_shown(form.details.recall)
    assert reason not in words(form.details.box)
    type_in(form, results["userid"].iloc[kept])
    assert not is_shown(form.people.recall)
    status = results["status"].iloc[kept]
    type_in(form, "")
    choose(form, status)
    n = int((results["status"].eq(status) & results["evidence"].eq("result")).sum())
    assert n > 0
    assert {"en": f"({n} p", "zh": f"（{n} 人）"}[language] in form.people.recall.description
    form.people.recall.click()
    form.wait()
    assert form.actions_model.recall.people == n
