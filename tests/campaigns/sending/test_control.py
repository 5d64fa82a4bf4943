"""Pausing, stopping and resolving by any object, for any sender."""

import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.sending.sender import sendings_here
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import CampaignRunningError, CampaignStoppedError, InputError, LedgerError
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import leases
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from tests.other_process import held_by_other_process

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


@pytest.mark.parametrize("which", ["a cell run twice", "opened by name"])
def test_any_object_stops_a_campaign_of_this_process(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, which: str
) -> None:
    ding = connect_to(sandbox, latency_s=0.5)
    plan = ding.plan(staff(sandbox, 200), PERSONAL)
    with clock.participating():
        first = plan.send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        second = plan.send("payslip", wait=False) if which == "a cell run twice" else ding.campaign("payslip")
        clock.advance(seconds_to_ns(1))
        second.stop()
        second.wait("sent", check=False)
        first.wait("sent", check=False)
    assert first.state == second.state == "stopped"
    assert 0 < sandbox.state.stats()["tasks"] < 200


def test_any_object_stops_a_campaign_of_this_process_even_if_the_ledger_cannot_be_read(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, home: Path
) -> None:
    ding = connect_to(sandbox, latency_s=0.5)
    with clock.participating():
        run = ding.plan(staff(sandbox, 100), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        found = ding.campaign("payslip")
        (sending,) = sendings_here(ding._ledger, run._number)
        (home / "ledger.sqlite3").rename(home / "elsewhere.sqlite3")
        with pytest.raises(LedgerError):
            found.stop()
        assert sending.stop.is_ending
        with pytest.raises(LedgerError):
            run.wait("sent", check=False)
    assert 0 < sandbox.state.stats()["tasks"] < 100


@pytest.mark.parametrize(
    ("message", "todo"),
    [
        (dingnb.text("hi"), "run.recall() takes the messages back, within 24 hours."),
        (dingnb.card("T", "Hi", buttons={"yes": "Yes"}), "Cards cannot be recalled; run.close() disables them."),
    ],
    ids=["text", "card"],
)
def test_stopping_a_finished_campaign_says_that_it_was_too_late(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    capsys: pytest.CaptureFixture[str],
    message: Message,
    todo: str,
) -> None:
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 3), message).send("note")
    for end in (run.pause, run.stop, ding.campaign("note").stop):
        capsys.readouterr()
        end()
        assert capsys.readouterr().out == f"Everything has been sent already: there is nothing to stop. {todo}\n"
    assert run.state == "finished"


def test_stopping_a_recalled_campaign_does_not_advise_to_recall_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.text("hi")).send("note")
    run.recall(expect=3)
    capsys.readouterr()
    run.stop()
    assert "there is nothing to stop. The message was recalled from 3 people:" in capsys.readouterr().out


def test_a_complete_campaign_that_nobody_uses_any_more_is_not_kept_in_memory(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    with clock.participating():
        run = ding.plan(staff(sandbox, 20), PERSONAL).send("payslip", wait=False)
        while run.state == "running":
            clock.advance(seconds_to_ns(1))
    assert run.state == "finished"
    kept = weakref.ref(run)
    del run
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("command", ["pause", "stop"])
@pytest.mark.parametrize("fault", ["month", "drop_before"])
def test_a_failing_call_that_was_under_way_does_not_undo_a_pause_or_stop(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, fault: str, command: str
) -> None:
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False, pause_after=1)
        clock.advance(seconds_to_ns(2))
        sandbox.state.faults.add(fault, path="/asyncsend_v2")
        getattr(run, command)()
        run.wait("sent", check=False)
    assert run.state == {"pause": "paused", "stop": "stopped"}[command]
    assert run.results()["attempts"].sum() > run.progress.accepted
    with pytest.raises(CampaignStoppedError):
        plan.send("payslip")


def test_an_interrupt_just_before_a_sender_goes_on_after_another_process_is_kept(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(sandbox, latency_s=0.5)
    plan = ding.plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        [sending] = sendings_here(ding._ledger, view_of(run).number)
        clear = sending.stop.event.clear

        def interrupted_just_before() -> None:
            view_of(run).control.interrupt()
            clear()

        monkeypatch.setattr(sending.stop.event, "clear", interrupted_just_before)
        with ding._ledger.transaction() as db:
            leases.revoke(db, view_of(run).number)
        run.wait("sent", check=False)
    assert run.state == "interrupted"
    assert 0 < sandbox.state.stats()["tasks"] < 100


def test_two_campaigns_of_an_app_are_sent_at_once_and_take_turns(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding, other = connect_to(sandbox, latency_s=0.2), connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        first = ding.plan(staff(sandbox, 200), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        before = first.progress.accepted
        second = other.plan(staff(sandbox, 20), dingnb.text("hi {{ n }}")).send("other", wait=False)
        clock.advance(seconds_to_ns(2.5))
        assert second.state == "finished"
        assert 20 <= first.progress.accepted - before <= 35
        first.wait("sent", check=False)
    assert first.progress.accepted == 200
    assert sandbox.state.stats()["throttled"] == 0


def test_a_sender_waiting_for_another_one_reports_its_people(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.5)
    with clock.participating():
        run = ding.plan(staff(sandbox, 30), PERSONAL).send("payslip", wait=False)
        run.pause()
        run.wait("sent", check=False)
        with held_by_other_process(ding, "payslip"):
            run.resume(wait=False)
            clock.advance(seconds_to_ns(1))
            assert run.progress.text == (
                "Sending: 0 of 30 people accepted by DingTalk · waiting: another kernel is sending this campaign"
            )
        run.wait("sent", check=False)
    assert run.progress.accepted == 30


def test_resolving_is_refused_while_another_process_is_sending(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip")
    with held_by_other_process(ding, "payslip"), pytest.raises(InputError, match="The campaign is running"):
        run.resolve("resend")


@pytest.mark.parametrize("is_other_person", [False, True])
def test_a_refused_plan_names_the_sender(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, *, is_other_person: bool
) -> None:
    frame = staff(sandbox, 5)
    ding = connect_to(sandbox, operator="ann@desk")
    ding.plan(frame, PERSONAL).send("payslip")
    other = connect_to(sandbox, operator="ben@lap") if is_other_person else ding
    sender = "ann@desk .process 7 on another" if is_other_person else "another computer .another, process 7"
    with (
        held_by_other_process(ding, "payslip"),
        pytest.raises(CampaignRunningError, match=f"is being sent by {sender}"),
    ):
        other.plan(frame[:3], PERSONAL).send("payslip")


def test_a_refused_plan_names_the_sender_that_a_cell_here_waits_for(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 5)
    run = ding.plan(frame, PERSONAL).send("payslip")
    with clock.participating():
        with held_by_other_process(ding, "payslip"):
            view_of(run).control.resume(wait=False)
            with pytest.raises(CampaignRunningError, match="is being sent by another computer"):
                ding.plan(frame[:3], PERSONAL).send("payslip")
        run.wait("sent")


def test_resending_expects_the_number_of_all_people_sent_to(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2")
    run = ding.plan(staff(sandbox, 30), PERSONAL).send("payslip", pause_after=10, check=False)
    assert run.results()["status"].value_counts()[["unknown", "queued"]].tolist() == [10, 20]
    sandbox.state.faults.clear()
    with pytest.raises(InputError, match="30 people, 10 with unknown outcome and 20 not sent yet"):
        run.resolve("resend", expect=10)
    assert sandbox.state.stats()["tasks"] == 0
    run.resolve("resend", expect=30)
    assert sandbox.state.stats()["tasks"] == 30


def test_resending_to_nobody_does_not_continue_a_stopped_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        run.stop()
        run.wait("sent", check=False)
    sent = sandbox.state.stats()["tasks"]
    choices: tuple[Literal["resend", "leave", "delivered"], ...] = ("resend", "leave", "delivered")
    for how in choices:
        with pytest.raises(InputError, match="nothing was decided"):
            run.resolve(how)
    assert sandbox.state.stats()["tasks"] == sent < 100


def test_an_error_in_a_follower_is_printed_once_and_sending_continues(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(_: object) -> None:
        message = "of the analyst's"
        raise ZeroDivisionError(message)

    records: list[object] = []
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 50), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        view_of(run).control.follow(broken)
        view_of(run).control.follow(records.append)
        run.wait("sent", check=False)
    assert run.state == "finished"
    assert sandbox.state.stats()["tasks"] == 50
    assert len(records) > 50
    assert capsys.readouterr().err.count("ZeroDivisionError: of the analyst's") == 1


def test_a_follower_receives_the_end_of_a_sending_that_got_no_token(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("month", path="/accessToken")
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip", check=False)
    states: list[str] = []
    view_of(run).control.follow(lambda progress: states.append(progress.state))
    run.resume(check=False)
    assert states == [run.state] == ["stopped"]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (
            LedgerError("The disk is full.", "Make room."),
            (
                "The campaign payslip was interrupted: The disk is full. No call of this campaign was made, so nothing "
                "was sent. Make room. Then run = ding.campaign('payslip'), then run.resume()."
            ),
        ),
        (ZeroDivisionError("of ours"), "The call was cut short by an error in dingnb (ZeroDivisionError: of ours)."),
    ],
    ids=["the ledger's", "of dingnb's own"],
)
def test_a_failure_before_the_first_call_is_reported_without_waiting(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    reason: str,
) -> None:
    def broken(*_: object) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(campaigns, "set_progress", broken)
        run = ding.plan(staff(sandbox, 3), PERSONAL).send("payslip", wait=False)
        with pytest.raises(type(failure)):
            run.wait("sent", check=False)
    assert run.state == "interrupted"
    assert run.reason == reason
    assert reason in repr(run)
    run.resume(wait=True)
    assert (run.state, run.reason) == ("finished", "")


def test_no_outcome_is_unknown_if_the_system_has_no_thread_left_for_a_call(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(sandbox, latency_s=0.5)
    started, start = [], threading.Thread.start

    def start_one_worker(thread: threading.Thread) -> None:
        if thread.name == "dingnb call":
            if started:
                message = "can't start new thread"
                raise RuntimeError(message)
            started.append(thread)
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start_one_worker)
        run = ding.plan(staff(sandbox, 3), PERSONAL).send("payslip", wait=False)
        with pytest.raises(RuntimeError, match="new thread"):
            run.wait("sent", check=False)
    assert run.state == "interrupted"
    # The first call is not made either, if the second one has failed before its start.
    assert set(run.results()["status"]) <= {"accepted", "queued"}
    run.resume(wait=True)
    assert sandbox.state.stats()["tasks"] == 3


def test_dropped_people_are_counted_separately(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 30)
    sandbox.state.faults.add("refuse", nth=11, path="/asyncsend_v2", for_s=3_600)
    run = ding.plan(frame, PERSONAL).send("payslip", check=False)
    sandbox.state.faults.clear()
    left = int(run.results()["status"].eq("queued").sum())
    assert 10 < left < 20
    run = ding.plan(frame.iloc[: 30 - left], PERSONAL).send("payslip", absent="drop")
    assert run.progress.text == (
        f"Sent: {30 - left} of {30 - left} people accepted by DingTalk · {left} people cancelled"
    )
    assert ding.campaigns().iloc[0][["people", "accepted", "queued", "cancelled"]].tolist() == [30, 30 - left, 0, left]


@pytest.mark.parametrize("wait", [True, False])
def test_the_message_that_nothing_was_sent_disappears_after_a_later_send(
    sandbox: RunningSandbox,
    ding: DingTalk,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
    *,
    wait: bool,
) -> None:
    frame = staff(sandbox, 40)
    ding.plan(frame[:3], PERSONAL).send("payslip")
    run = ding.plan(frame[:3], PERSONAL).send("payslip", wait=wait)
    assert str(view_of(run).control.opening).startswith("Nothing sent")
    with clock.participating():
        other = connect_to(sandbox, latency_s=0.5).plan(frame, PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        other.stop()
    other.wait("sent", check=False)
    capsys.readouterr()
    run.resume(wait=True)
    assert sandbox.state.stats()["tasks"] == 40
    assert "Nothing sent" not in capsys.readouterr().out
    assert not view_of(run).control.opening


def test_resuming_a_finished_campaign_says_that_nothing_was_sent(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = ding.plan(staff(sandbox, 6), dingnb.text("hi")).send("note")
    clock.advance(seconds_to_ns(120))
    said = "Nothing sent: finished on 2 November 2026, 6 people."
    for resumed in (run, ding.campaign("note")):
        for wait in (True, False):
            capsys.readouterr()
            resumed.resume(wait=wait)
            assert said in capsys.readouterr().out
    run.refresh().recall(expect=6)
    capsys.readouterr()
    run.resume()
    output = capsys.readouterr().out
    assert "Nothing sent: finished on" in output
    assert "accepted" not in output
    assert sandbox.state.stats()["tasks"] == 1
