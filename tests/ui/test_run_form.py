"""The form of a running campaign: its progress, and pause, stop and resume."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.results.result_texts import status_name
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.recall_progress import end_recall, start_recall
from dingnb.campaigns.status import State
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger.campaigns import actions, campaigns, transitions
from dingnb.ledger.campaigns.actions import Action
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.run.form import RunForm, _alert, _figures
from dingnb.ui.run.model import MIN_ANNOUNCEMENT_INTERVAL_NS, POLL_INTERVAL_NS, RunModel, RunState, StatusText
from dingnb.words import Text, as_text, say, sentences, set_language
from tests.ui.results_steps import choose_action, finished_campaign, opened, tiles
from tests.ui.steps import (
    assert_harmless,
    people,
    press_send,
    read,
    run_button,
    run_buttons,
    sends,
    sent_counts,
    type_into,
    watch_focus,
    words,
)

Connect = Callable[..., DingTalk]
PERSONAL = dingnb.text("number {{ n }}")


def started(ding: DingTalk, frame: pd.DataFrame) -> tuple[PlanForm, RunForm]:
    form = PlanForm(PlanModel(ding.plan(frame, PERSONAL)))
    type_into(form.sending.name, "payslip")
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    return form, form.run_form


def offered(form: RunForm) -> set[str]:
    return set(run_buttons(form))


def figures(form: RunForm) -> dict[str, str]:
    html = read(form.figures.value.replace("<dt>", "\n").replace("<dd>", "=").replace("<small>", " "))
    return dict(line.split("=") for line in html.text.splitlines() if "=" in line)


def test_the_form_counts_while_sending_and_shows_the_outcome(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.2), people(office, 100))
        assert offered(run) == {"pause", "stop"}
        # The display in a cell is static, and says so.
        assert "run.form() shows the progress" in repr(form.run)
        clock.advance(seconds_to_ns(3))
        assert figures(run)["Accepted by DingTalk"] not in {"0 of 100", "100 of 100"}
        sent = int(figures(run)["Accepted by DingTalk"].split()[0])
        assert int(figures(run)["Queued"]) == 100 - sent
        assert "calls a second" in words(run)
        assert "Calls a second" not in figures(run)
        assert "s" in figures(run)["Time left"]
        run.model.wait()
    assert figures(run) == {
        "Accepted by DingTalk": "100 of 100",
        "Queued": "0",
        "Failed": "0",
        "Outcome unknown": "0",
    }
    assert 'aria-valuenow="100"' in run.figures.value
    assert offered(run) == {"refresh"}
    assert repr(form) == repr(form.run)
    run_button(run, "refresh").click()
    run.model.wait()
    assert run.model.state.sheet is not None
    # Somebody has not read it, so a refresh may still change something.
    said = "All delivery results are in; only who has read it may still change."
    assert str(run.model.state.notice) == said
    assert "batch" not in words(run)
    assert "Unread" in words(run)
    assert "Read" in words(run)
    assert capsys.readouterr() == ("", "")
    assert form.code.endswith("\nrun.refresh()")
    assert_harmless(form)


def test_the_outcome_of_a_refresh_follows_the_language(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form, run = started(ding, people(office, 3))
    run.model.wait()
    clock.advance(DEBOUNCE_NS)
    run_button(run, "refresh").click()
    run.model.wait()
    for language, expected in (("zh", "送达结果已全部返回"), ("en", "All delivery results are in")):
        dingnb.set_language(language)  # type: ignore[arg-type] # one of them
        form._repr_mimebundle_()
        assert expected in run.announcement.value


def test_a_refresh_after_which_nothing_can_change_says_that_all_results_are_in(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=1.0, read_within_s=1)
    _, run = started(connect_to(office), people(office, 3))
    run.model.wait()
    clock.advance(seconds_to_ns(60))
    run_button(run, "refresh").click()
    run.model.wait()
    assert str(run.model.state.notice) == "All delivery results are in."


def test_missing_delivery_results_are_counted_in_people(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect
) -> None:
    office = open_sandbox(task_done_after_s=600)
    _, run = started(connect_to(office), people(office, 30))
    run.model.wait()
    for begins in (
        "No delivery results for 30 people yet",
        "Not refreshed: the last refresh was a moment ago. No delivery",
    ):
        run_button(run, "refresh").click()
        run.model.wait()
        assert str(run.model.state.notice).startswith(begins)
        assert "batch" not in words(run)
        # Its price is on the button.
        assert words(run).count("call") == 1
        assert run_button(run, "refresh").description == "Refresh delivery status (30 calls)"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("why", ["quota", "died"])
def test_an_interrupted_campaign_shows_the_reason_and_can_be_resumed(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, why: str, language: str
) -> None:
    dingnb.set_language(language)
    frame = people(office, 8)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(frame, PERSONAL).send("payslip", check=False)
    office.state.faults.clear()
    if why == "died":
        with run._context.ledger.transaction() as db:
            db.execute("UPDATE campaigns SET state = 'running', reason = '', hint = ''")
        run = ding.campaign("payslip")
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert form.model.state.progress.state == (State.INTERRUPTED if why == "died" else State.STOPPED)
    assert offered(form) == {"resume", "refresh"}
    said = words(form)
    assert "()" not in said
    todo = {
        "died": {"en": "Resume continues from here", "zh": "点“继续”从当前位置接着发"},
        "quota": {"en": "Resume next month, or once", "zh": "请在下月或管理员购买调用量后点“继续”"},
    }[why]
    assert todo[language] in said
    # After the quota is used up, it would only be refused again.
    assert form.main_button.button_style == ("primary" if why == "died" else "")
    if why == "quota":
        assert {"en": "The organisation has used up this month's API calls", "zh": "调用量已用完"}[language] in said
    form.main_button.click()
    form.model.wait()
    assert run.state == "finished"
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


@pytest.mark.parametrize(("language", "resume"), [("en", "Resume"), ("zh", "点“继续”")])
@pytest.mark.parametrize("why", ["interrupted", "failing", "banned"])
def test_why_a_campaign_was_halted_says_once_how_to_continue(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, why: str, language: str, resume: str
) -> None:
    plan = connect_to(office, latency_s=0.5, outage_patience_s=60).plan(people(office, 8), PERSONAL)
    with clock.participating():
        if why == "interrupted":
            run = plan.send("payslip", wait=False)
            clock.advance(seconds_to_ns(1))
            view_of(run).control.interrupt()
        else:
            office.state.faults.add("html", path="/asyncsend_v2", executes=False)
            run = plan.send("payslip", pause_after=1 if why == "failing" else None, wait=False)
        run.wait("sent", check=False)
    assert run.state == {"interrupted": "interrupted", "failing": "paused", "banned": "stopped"}[why]
    dingnb.set_language(language)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    said = read(form.alert.value).text
    assert said.count(resume) == 1


def test_a_higher_limit_makes_resume_the_next_step_again(
    office: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    few = connect_to(office, limits=replace(STANDARD, calls_per_month=5))
    run = few.plan(people(office, 8), PERSONAL).send("payslip", check=False)
    assert "No calls are left this month." in words(opened(run))
    results = opened(connect_to(office).campaign("payslip"))
    assert "No calls are left this month." not in words(results)
    assert results.run_form.main_button.button_style == "primary"
    said = read(results.run_form.alert.value).text
    assert "next month" not in said
    assert "at most 4,995 calls can be made now. Click “Resume” to send to the rest." in said


def test_a_new_month_makes_resume_the_next_step_again(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(people(office, 8), PERSONAL).send("payslip", check=False)
    results = opened(run)
    assert "No calls are left this month." in words(results)
    choose_action(results, "recall")
    assert "This takes 4 calls, and none are left this month: it cannot start." in words(results)
    clock.advance(seconds_to_ns(31 * 24 * 3_600))
    results.run_form.model.poll()
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert form.main_button.button_style == "primary"
    for shown in (results.run_form, form):
        assert "at most 5,000 calls can be made now. Click “Resume” to send to the rest." in words(shown)


@pytest.mark.parametrize("most", [20, 100])
def test_a_halted_campaign_says_if_the_calls_of_the_month_are_too_few_to_resume_it(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock, most: int
) -> None:
    ding = connect_to(office, latency_s=0.2, limits=replace(STANDARD, calls_per_month=most))
    with clock.participating():
        run = ding.plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        run.stop()
        run.wait("sent", check=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    accepted = run.progress.accepted
    assert accepted < 20
    short = f"Resuming takes {60 - accepted} calls, but at most {most - accepted} are left this month"
    assert (short in words(form)) == (most == 20)
    assert "Resume continues from here" in words(form)


def test_the_calls_to_resume_a_campaign_include_the_uploads_of_its_files(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock, tmp_path: Path
) -> None:
    frame = people(office, 3)
    paths = [tmp_path / f"{userid}.pdf" for userid in frame["userid"]]
    for path in paths:
        path.write_bytes(b"%PDF-1.7\n" + path.stem.encode())
    ding = connect_to(office, limits=replace(STANDARD, calls_per_month=4))
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(1, 10)))
    plan = ding.plan(frame.assign(path=list(map(str, paths))), dingnb.file("{{ path }}"))
    run = plan.send("payslip", check=False)
    assert run.progress.accepted == 0
    # In another month, the media ids have expired.
    clock.advance(seconds_to_ns(31 * 24 * 3_600))
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "Resuming takes 6 calls, but at most 4 are left this month" in words(form)


def test_a_recall_of_a_halted_campaign_is_announced_in_place_of_the_advice_to_resume(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "Resume continues from here" in str(form.model.state.announcement)
    run.recall(expect=run.progress.accepted)
    form.model.reload()
    form.model.wait()
    assert "The message was recalled" in str(form.model.state.announcement)
    assert "Resume continues from here" not in words(form)


def test_a_recall_of_a_halted_campaign_that_recalled_nothing_is_not_said_to_have_recalled_messages(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    start_recall(view_of(run).context, run._number, run.progress.accepted)
    end_recall(view_of(run).context, run._number, is_complete=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "The recall is incomplete: 0 of" in words(form)
    assert (
        "The recall of the message is incomplete. Nothing is being sent. Resume would still send to the rest."
        in words(form)
    )
    assert "The message was recalled" not in words(form)


def test_a_campaign_whose_cards_are_closed_is_not_advised_to_be_resumed(
    office: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 60), question).send("team-day", wait=False)
        clock.wait(clock.event(), seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "Resume continues from here" in words(form)
    assert "resume" in offered(form)
    run.close()
    form.model.reload()
    form.model.wait()
    assert "people who have not received a card will not get one" in words(form)
    assert "Resume" not in words(form)
    assert "resume" not in offered(form)
    other = RunForm(RunModel(run, clock))
    other.model.wait()
    assert not offered(other)


def test_why_sending_stopped_advises_nothing_once_the_cards_are_closed(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    limits = replace(STANDARD, calls_per_month=3)
    run = connect_to(office, limits=limits).plan(people(office, 5), question).send("team-day", check=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "Click “Resume” next month" in words(form)
    connect_to(office).campaign("team-day").close()
    form.model.reload()
    form.model.wait()
    assert "the limit is 3; no further call was made." in words(form)
    assert "people who have not received a card will not get one" in words(form)
    assert "Resume" not in words(form)


def test_a_halted_campaign_says_which_calls_resume_repeats(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=3)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(6, 100)))
    run = ding.plan(people(office, 8), PERSONAL).send("payslip", check=False)
    assert run.results()["status"].eq("unknown").sum() == 1
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    shown = words(form)
    # It stopped for the month, so whoever obeys resumes on another day.
    assert "Resume next month" in shown
    assert "(Beijing time) also repeats calls with unknown outcome, to 1 person; nobody gets the message" in shown
    assert "After that day, they are not repeated" in shown
    assert "check before you repeat" not in words(opened(run))
    assert "repeats" in str(form.model.state.announcement)


@pytest.mark.long
def test_a_halted_campaign_does_not_promise_that_a_decided_repeat_reaches_nobody_twice(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[3, 4, 5, 6])
    run = ding.plan(people(office, 3), PERSONAL).send("payslip", check=False)
    context, decision = run._context, ("me", clock.now_ns(), 1, "resend")
    # As if the process had died right after the decision.
    transitions.queue_unknown(context.ledger, Action(run._number, actions.RESOLVED, *decision), pytest.fail)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    assert "resuming sends again to 1 person with unknown outcome; some may get it twice." in words(form)
    assert "Nobody gets the message twice." not in words(form)


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_a_campaign_is_halted_at_once_and_resumed_without_duplicates(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, how: str
) -> None:
    frame = people(office, 200)
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.5), frame)
        clock.advance(seconds_to_ns(2))
        begun = clock.monotonic_ns()
        run_button(run, how).click()
        assert not run_button(run, how).disabled
        assert "calls in progress are completed first" in words(run)
        at_halt = sends(office)
        run_button(run, how).click()
        run.model.wait()
        # Calls in progress take half a second, and the form polls five times a second.
        assert clock.monotonic_ns() - begun <= seconds_to_ns(0.5 + 0.5)
        assert sends(office) <= at_halt + 16
        assert form.run.state == {"pause": "paused", "stop": "stopped"}[how]
        assert offered(run) == {"resume", "refresh"}
        assert "Resume continues from here" in words(run)
        clock.advance(seconds_to_ns(60))
        assert sends(office) <= at_halt + 16
        run.main_button.click()
        run.main_button.click()
        run.model.wait()
    assert form.run.state == "finished"
    assert offered(run) == {"refresh"}
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    assert form.code.splitlines()[-2:] == [f"run.{how}()", "run.resume()"]


def test_a_paused_campaign_can_be_stopped(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        _, run = started(connect_to(office, latency_s=0.5), people(office, 100))
        clock.advance(seconds_to_ns(2))
        run.main_button.click()
        run.stop_button.click()
        run.model.wait()
    assert run.model.run.state in {"paused", "stopped"}
    assert offered(run) == {"resume", "refresh"}


def test_hidden_buttons_do_nothing(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.2), people(office, 60))
        clock.advance(seconds_to_ns(1))
        run.refresh_button.click()
        assert run.model.is_running
        assert not run.model.is_busy
        run.model.wait()
    calls = len(office.state.recorded_calls())
    run.stop_button.click()
    run.model.wait()
    assert form.run.state == "finished"
    assert len(office.state.recorded_calls()) == calls
    assert run.model.state.failure is None
    assert form.code.splitlines() == [
        "# Before you run this, set plan to the plan of this form.",
        'run = plan.send("payslip", expect=60)',
    ]


@pytest.mark.long
def test_a_network_outage_while_sending_is_reported_and_resume_continues(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame = people(office, 100)
    ding = connect_to(office, latency_s=0.1, outage_patience_s=60)
    with clock.participating():
        form, run = started(ding, frame)
        clock.advance(seconds_to_ns(2))
        assert sends(office) > 5
        office.state.faults.add("refuse", for_s=3_600)
        run.model.wait()
        assert form.run.state == "stopped"
        reached = run.model.state.progress.accepted
        safe = f"{reached} people accepted by DingTalk; nothing was lost. Resume continues from here."
        assert f"Stopped because DingTalk is unreachable.{safe}" in words(run)
        assert "this request was not sent" not in words(run)
        assert words(run).count("is unreachable") == 1
        assert offered(run) == {"resume", "refresh"}
        run_button(run, "refresh").click()
        run.model.wait()
        assert run.model.state.failure is not None
        assert f"DingTalk is still unreachable.{safe}" in words(run)
        assert words(run).count("unreachable") == 1
        run.main_button.click()
        run.model.wait()
        assert f"Stopped because DingTalk is unreachable.{safe}" in words(run)
        assert words(run).count("is unreachable") == 1
        dingnb.set_language("zh")
        run._repr_mimebundle_()
        assert f"无法连接钉钉，已停止。钉钉已受理 {reached} 人，没有丢失任何消息" in words(run)
        dingnb.set_language("en")
        run._repr_mimebundle_()
        assert offered(run) == {"resume", "refresh"}
        office.state.faults.clear()
        clock.advance(seconds_to_ns(3_600))
        run.main_button.click()
        run.model.wait()
    assert form.run.state == "finished"
    assert "cannot be reached" not in words(run)
    assert max(sent_counts(office, clock).values()) == 1
    assert len(sent_counts(office, clock)) >= 84


def test_failed_people_are_counted(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("month", path="/asyncsend_v2", nth=3)
    _, run = started(ding, people(office, 10))
    run.model.wait()
    state = run.model.state.progress
    counted = figures(run)
    assert counted["Accepted by DingTalk"] == f"{state.accepted} of 10"
    assert state.accepted < 10
    assert run.model.run.reason
    assert run.model.view.control.halt_reason.in_form() in words(run)


def test_a_temporarily_unreadable_ledger_is_reported(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, run = started(ding, people(office, 5))
    run.model.wait()
    clock.advance(DEBOUNCE_NS)

    def broken(*_: Any, **__: Any) -> None:
        what, hint = "The ledger is <busy>.", "Wait."
        raise LedgerError(what, hint)

    with monkeypatch.context() as for_now:
        for_now.setattr(CampaignView, "refresh", broken)
        run_button(run, "refresh").click()
        run.model.wait()
    assert "The ledger is <busy>.Wait." in words(run)
    assert_harmless(run)
    run_button(run, "refresh").click()
    run.model.wait()
    assert "The ledger is" not in words(run)


def test_a_pause_that_the_ledger_cannot_take_is_given_as_soon_as_it_can(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.participating():
        _, run = started(connect_to(office, latency_s=0.2), people(office, 60))
        clock.advance(seconds_to_ns(1))

        def broken(*_: Any, **__: Any) -> None:
            what, hint = "The ledger is away.", "Wait."
            raise LedgerError(what, hint)

        with monkeypatch.context() as for_now:
            for_now.setattr(run.model.run, "pause", broken)
            run.main_button.click()
            clock.advance(seconds_to_ns(0.3))
            assert "The ledger is away." in words(run)
            assert run.model.state.command == "pause"
        clock.advance(seconds_to_ns(3))
        assert run.model.state.progress.state == "paused"
        assert "The ledger is away." not in words(run)
    run.model.wait()
    assert run.model.code_lines.count("run.pause()") == 1


def test_a_pause_that_the_ledger_cannot_take_is_given_even_if_nobody_follows_the_campaign_any_more(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.participating():
        run = started(connect_to(office, latency_s=0.2), people(office, 60))[1].model
        clock.advance(seconds_to_ns(1))

        def broken(*_: Any, **__: Any) -> None:
            what, hint = "The ledger is away.", "Wait."
            raise LedgerError(what, hint)

        with monkeypatch.context() as for_now:
            for_now.setattr(run.run, "pause", broken)
            run.pause()
            run.unfollow()
            clock.advance(seconds_to_ns(0.3))
        clock.advance(seconds_to_ns(3))
        assert run.run.state == "paused"
    run.wait()


def test_a_saved_notebook_keeps_the_outcome_without_asking_to_run_the_cell(
    office: RunningSandbox, ding: DingTalk
) -> None:
    form, run = started(ding, people(office, 3))
    assert "Run this cell" not in form._repr_html_()
    run.model.wait()
    note = "<p>This is the state when the cell ran. Run it again for the current state.</p>"
    assert form._repr_html_() == form.run._repr_html_() + note


def test_the_form_shows_live_mode_of_its_app(office: RunningSandbox, live: DingTalk) -> None:
    _, run = started(live, people(office, 2))
    run.model.wait()
    assert "dn-mode-LIVE" in run.head.value


def test_a_form_displayed_again_uses_the_current_language(office: RunningSandbox, ding: DingTalk) -> None:
    form, run = started(ding, people(office, 2))
    run.model.wait()
    dingnb.set_language("zh")
    form._repr_mimebundle_()
    run._repr_mimebundle_()
    assert "发送完成" in words(run)
    assert run.main_button.description == "刷新送达情况（2 次调用）"


def test_a_failed_poll_is_reported_and_the_next_one_works(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.participating():
        _, run = started(connect_to(office, latency_s=0.2), people(office, 60))
        looks, busy = iter([True]), LedgerError("The ledger is busy.")
        progress = Campaign.progress.fget

        def seen(campaign: Campaign) -> Progress:
            if next(looks, False):
                raise busy
            return progress(campaign)

        monkeypatch.setattr(Campaign, "progress", property(seen))
        said: list[str] = []
        run.model.watch(lambda: said.append(run.alert.value))
        run.model.wait()
    assert any("The ledger is busy." in line for line in said)
    assert "busy" not in words(run)
    assert offered(run) == {"refresh"}


def test_a_form_can_stop_a_campaign_sent_by_another_object(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    with clock.participating():
        ding = connect_to(office, latency_s=0.2)
        _, run = started(ding, people(office, 60))
        clock.advance(seconds_to_ns(1))
        other = RunForm(RunModel(ding.campaign("payslip"), clock))
        assert "of 60" in words(other)
        other.stop_button.click()
        run.model.wait()
        other.model.wait()
    assert other.model.code_lines == ["run.stop()"]
    assert offered(other) == offered(run) == {"resume", "refresh"}


def test_a_screen_reader_gets_progress_politely(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    announced: list[tuple[int, str]] = []
    looks = [0]

    def listen() -> None:
        looks[0] += 1
        spoken = str(run.model.state.announcement)
        if not announced or announced[-1][1] != spoken:
            announced.append((clock.monotonic_ns(), spoken))

    with clock.participating():
        _, run = started(connect_to(office, latency_s=0.2), people(office, 200))
        run.model.watch(listen)
        run.model.wait()
    # 200 calls take 10 seconds, in which the form polls 50 times.
    assert looks[0] > 40
    assert 2 <= len(announced) <= 4
    assert all(at - before >= MIN_ANNOUNCEMENT_INTERVAL_NS for (before, _), (at, _) in pairwise(announced[1:-1]))
    assert announced[-1][1] == "Sent: 200 of 200 people accepted by DingTalk"
    assert not re.search("a second|left", " ".join(text for _, text in announced))
    for changing in (run.figures, run.notice):
        assert "aria-live" not in changing.value
        assert 'role="status"' not in changing.value


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_a_screen_reader_gets_responses_to_presses_at_once(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, how: str
) -> None:
    with clock.participating():
        _, run = started(connect_to(office, latency_s=0.5), people(office, 100))
        clock.advance(seconds_to_ns(2))
        run_button(run, how).click()
        assert str(run.model.state.announcement).startswith({"pause": "Pausing", "stop": "Stopping"}[how])
        run.model.wait()
        assert str(run.model.state.announcement).endswith(
            "Resume continues from here with the same message and list, without changes made since."
        )
        assert run.alert.value == ""
        clock.advance(DEBOUNCE_NS)
        run.main_button.click()
        run.model.wait()
    assert str(run.model.state.announcement) == "Sent: 100 of 100 people accepted by DingTalk"


def test_an_unrequested_stop_is_an_alert(office: RunningSandbox, ding: DingTalk) -> None:
    office.state.faults.add("month", path="/asyncsend_v2", nth=3)
    _, run = started(ding, people(office, 10))
    run.model.wait()
    assert 'role="alert"' in run.alert.value
    assert run.model.view.control.halt_reason.in_form() in read(run.alert.value).text


def test_a_wait_is_announced_once_without_its_countdown() -> None:
    status_text, announced = StatusText(as_text("Goes on.")), []
    for look in range(600):
        waiting = "people" if look % 10 else ""
        progress = Progress(0, State.RUNNING, 1_000, accepted=480, waiting_for=waiting, waiting_s=60 - look // 10)
        spoken = str(status_text.update(RunState(progress), look * POLL_INTERVAL_NS))
        if spoken not in announced:
            announced.append(spoken)
    assert announced[0] == "Goes on. Sending: 480 of 1,000 people accepted by DingTalk"
    assert len(announced) == 2
    assert "waiting" in announced[1]


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_the_focus_stays_on_the_next_button_without_pressing_it_on_a_double_key(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.5), people(office, 100))
        focused = watch_focus(monkeypatch)
        clock.advance(seconds_to_ns(2))
        run_button(run, how).click()
        # The main button changes its meaning, and so keeps the focus; only "Stop" disappears later.
        focuses = [] if how == "pause" else [run.main_button]
        assert focused == focuses
        run.model.wait()
        assert focused == focuses
        for _ in range(10):
            run.main_button.click()
            clock.advance(seconds_to_ns(0.2))
        assert not run.model.is_running
        clock.advance(DEBOUNCE_NS)
        run.main_button.click()
        run.model.wait()
    assert focused == focuses
    assert run.main_button.description.startswith("Refresh")
    assert form.run.state == "finished"


def test_a_failure_before_the_first_call_is_reported(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        what, hint = "The disk is full.", "Make room."
        raise LedgerError(what, hint)

    with monkeypatch.context() as patched:
        patched.setattr(campaigns, "set_progress", broken)
        _, run = started(ding, people(office, 3))
        run.model.wait()
    assert "The disk is full. No call of this campaign was made, so nothing was sent. Make room." in words(run)
    assert offered(run) == {"resume", "refresh"}
    clock.advance(DEBOUNCE_NS)
    run.main_button.click()
    run.model.wait()
    assert "The disk is full" not in words(run)
    assert figures(run)["Accepted by DingTalk"] == "3 of 3"


def test_a_stop_is_not_turned_into_a_pause(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.5), people(office, 100))
        clock.advance(seconds_to_ns(2))
        run.stop_button.click()
        run.main_button.click()
        run.model.wait()
    assert form.run.state == "stopped"


def test_a_long_name_is_shortened_in_the_heading_and_complete_below(office: RunningSandbox, ding: DingTalk) -> None:
    name = "payslip-" + "9" * 92
    form = ding.plan(people(office, 2), PERSONAL).form()
    type_into(form.sending.name, name)
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    head = form.run_form.head.value
    assert len(read(head.partition("</h3>")[0]).text) < 60
    assert head.count(name) == 1
    assert name in read(head.partition("</h3>")[2]).text


def test_problems_have_advice_below_their_reason(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 2), pd.DataFrame({"userid": ["a,b"], "n": [3]})], ignore_index=True)
    form = PlanForm(PlanModel(ding.plan(frame, PERSONAL)))
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    reason = "contains a separator, such as a comma; it looks like several people.<small>Correct the value"
    assert reason in form.run_form.outcome.value
    table = form.run_form.outcome.value.partition("What went wrong")[2]
    assert table.count("<th ") == 3
    assert "Not sent" in read(table).text
    # As in the results: who it is first, below the number of rows.
    assert "<td>1<small>row 2</small></td>" in table


def test_shares_are_of_the_list_as_in_the_results(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 3), pd.DataFrame({"userid": ["a,b"], "n": [3]})], ignore_index=True)
    form = PlanForm(PlanModel(ding.plan(frame, PERSONAL)))
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    form.run_form.model.wait()
    assert "Accepted, unconfirmed375%" in read(form.run_form.outcome.value).text
    assert "Not sent125%" in read(form.run_form.outcome.value).text
    results = form.model.plan.send("again").form()
    results.wait()
    assert tiles(results)["Accepted, unconfirmed"] == "3 · 75%"


def test_a_reason_that_says_to_resume_is_not_followed_by_the_same_advice() -> None:
    why = sentences(
        Text("campaign.paused_after", calls="5 calls", reason="refused"), Text("campaign.paused_after_todo")
    )
    halted = RunState(Progress(0, State.PAUSED, 10, 4), why=why)
    shown = read(_alert(halted)).text
    assert "Fix the cause, then click “Resume”." in shown
    assert "Resume continues from here" not in shown
    repeating = read(_alert(replace(halted, repeats=3))).text
    assert "Nobody gets the message twice." in repeating


def test_an_outage_is_shown_as_a_warning(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        form, run = started(connect_to(office, latency_s=0.1, outage_patience_s=60), people(office, 60))
        clock.advance(seconds_to_ns(1))
        office.state.faults.add("refuse", for_s=10)
        clock.advance(seconds_to_ns(3))
        assert run.model.state.progress.waiting_for == "outage"
        assert "dn-notice-warn" in run.notice.value
        form.run.stop()
        run.model.wait()


def test_the_time_left_is_unknown_while_calls_fail() -> None:
    progress = Progress(at_ns=0, state=State.RUNNING, people=60, accepted=9, left_s=1_980)
    failing = replace(progress, waiting_for="outage", waiting_s=30, gives_up_s=500)
    tried_again = replace(progress, gives_up_s=500)
    without_ledger = replace(progress, waiting_for="ledger", waiting_s=30)
    throttled = replace(progress, waiting_for="pause", waiting_s=2)
    cases = {progress: "33 min", failing: "unknown", tried_again: "unknown", without_ledger: "unknown"}
    for shown, time_left in (cases | {throttled: "33 min"}).items():
        text = read(parts.figures(_figures(RunState(shown)))).text.replace("\xa0", " ")
        assert text.endswith(f"Time left{time_left}")
        # The line below says the same.
        assert ("min left" in shown.text) == (time_left != "unknown")


def test_an_outage_with_unknown_outcomes_does_not_claim_that_nothing_was_lost() -> None:
    why = sentences(Text("transport.unreachable", host="oapi.dingtalk.com", cause="ConnectError"), "More.")
    progress = Progress(0, State.STOPPED, 10, accepted=4, unknown=2)
    alert = read(_alert(RunState(progress, why=why), None)).text
    assert alert == (
        "Stopped because DingTalk is unreachable."
        "4 people accepted by DingTalk, 2 people with unknown outcome. Resume continues from here."
    )


def test_a_saved_notebook_says_that_it_shows_the_state_when_the_cell_ran(
    office: RunningSandbox, ding: DingTalk
) -> None:
    run = ding.plan(people(office, 2), dingnb.text("Hi {{ n }}")).send("saved")
    for form in (run.form(), ding.campaign("saved").form()):
        bundle = form._repr_mimebundle_()
        for shown in (bundle["text/plain"], bundle["text/html"]):
            assert "This is the state when the cell ran. Run it again for the current state." in shown
        form.close()
    # A form that was saved before it sent does not know of that.
    said = (
        "\nRun this cell to use the form. If it still looks like this, install jupyterlab_widgets where Jupyter is "
        "installed, and reload the page."
    )
    plan = ding.plan(people(office, 2), dingnb.text("Hi"))
    for form in (ding.compose(people(office, 2)), plan.form(), ding.studio(people(office, 2))):
        assert form._repr_mimebundle_()["text/plain"].endswith(f"{said} What it has sent since is in ding.campaigns().")
    assert dingnb.login()._repr_mimebundle_()["text/plain"].endswith(said)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nobody_whose_reads_are_not_reported_is_called_unread(
    office: RunningSandbox, ding: DingTalk, language: Any
) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = finished_campaign(ding, people(office, 1))
    results = run.results()
    assert (results["status"].item(), results["evidence"].item()) == ("delivered", "duplicate")
    set_language(language)
    unknown, unread = say("report.means_delivered_unreported"), say("report.means_delivered")
    form = RunForm(RunModel(run, VirtualClock()))
    form.model.wait()
    for shown in (words(form), read(run.report().page).text):
        assert unknown in shown
        assert unread not in shown
        assert status_name("delivered", read=None) in shown
        assert status_name("delivered", read=False) not in shown
    assert say("report.then_delivered_unreported") in read(run.report().page).text


def test_people_whose_reads_are_not_reported_are_counted_apart_from_the_unread(
    office: RunningSandbox, ding: DingTalk
) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = finished_campaign(ding, people(office, 5))
    results = run.results()
    unread = int((results["status"].eq("delivered") & results["read"].eq(other=False)).sum())
    assert unread > 0
    form = RunForm(RunModel(run, VirtualClock()))
    form.model.wait()
    figures = {name: n for name, n, _ in _figures(form.model.state)}
    assert (figures["Unread"], figures["Delivered"]) == (str(unread), "1")
    page = read(run.report().page).text
    assert say("report.then_delivered") in page
    assert say("report.then_delivered_unreported") in page
