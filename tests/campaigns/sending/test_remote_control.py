"""Pausing and stopping by commands of other processes in the ledger, and the published progress."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.errors import CampaignStoppedError, LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.other_process import held_by_other_process

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


def command(ding: DingTalk, state: str, number: int = 1) -> None:
    """Record a command like another process."""
    with ding._ledger.transaction() as db:
        campaigns.add_command(db, number, state)


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_a_command_ends_sending_before_the_next_call_leaves(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, state: str
) -> None:
    ding = connect_to(sandbox, latency_s=0.01)
    with clock.participating():
        run = ding.plan(staff(sandbox, 100), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        command(ding, state)
        attempts = run.results()["attempts"].sum()
        run.wait("sent", check=False)
    assert run.state == state
    tasks = sandbox.state.stats()["tasks"]
    assert 20 <= run.progress.accepted == tasks == run.results()["attempts"].sum() < 100
    # Not even the one call whose start was reserved may have left.
    assert attempts - tasks in {0, 1}
    word = state.capitalize()
    assert run.reason == f"{word} manually, in this or another window or notebook."
    assert run.reason in repr(run)
    assert repr(run).count("run.resume() continues it. Running the cell again does not") == 1
    with pytest.raises(CampaignStoppedError, match=f"Campaign payslip was {state} on 2 November 2026") as caught:
        ding.plan(staff(sandbox, 100), PERSONAL).send("payslip")
    assert 'run = ding.campaign("payslip"), then run.resume()' in caught.value.hint
    run.resume(wait=True)
    assert run.state == "finished"
    assert sandbox.state.stats()["tasks"] == 100


def test_a_command_reaches_a_sender_that_waits_for_the_minute_to_end_within_half_a_second(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, limits=replace(STANDARD, people_per_minute=10))
    with clock.participating():
        run = ding.plan(staff(sandbox, 30), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(5))
        assert run.progress.waiting_for == "people"
        command(ding, "paused")
        clock.advance(seconds_to_ns(0.5))
        assert run.state == "paused"
        run.wait("sent", check=False)
    assert sandbox.state.stats()["tasks"] == 10


def test_a_command_ends_a_sender_that_waits_for_its_turn(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    with clock.participating():
        run = ding.plan(staff(sandbox, 50), PERSONAL).send("payslip", wait=False)
        run.pause()
    run.wait("sent", check=False)
    sent = sandbox.state.stats()["tasks"]
    with held_by_other_process(ding, "payslip"), clock.participating():
        run.resume(wait=False)
        clock.advance(seconds_to_ns(2))
        assert run.progress.waiting_for == "sender"
        ding.campaign("payslip").stop()
        run.wait("sent", check=False)
        assert not view_of(run).control.is_running
    with ding._ledger.connection() as db:
        assert campaigns.last_command(db, run._number) == "stopped"
    assert sandbox.state.stats()["tasks"] == sent < 50


def test_an_earlier_command_does_not_end_a_later_sending(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("payslip")
    command(ding, "stopped")
    run.stop()
    again = ding.plan(staff(sandbox, 10), PERSONAL).send("payslip")
    assert again.state == "finished"
    assert sandbox.state.stats()["tasks"] == 10


def test_a_stop_here_reaches_another_process_that_waits_for_the_turn(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(staff(sandbox, 100), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        run.stop()
        run.wait("sent", check=False)
    with ding._ledger.connection() as db:
        assert campaigns.command_since(db, run._number, 0) == "stopped"
    assert run.reason == ""


def test_a_stop_takes_effect_here_even_if_the_ledger_cannot_be_written(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(staff(sandbox, 100), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        monkeypatch.setattr(campaigns, "add_command", lambda *_: 1 / 0)
        with suppress(ZeroDivisionError):
            run.stop()
        run.wait("sent", check=False)
    assert run.state == "stopped"
    assert sandbox.state.stats()["tasks"] < 100


def test_another_object_shows_the_progress_of_the_sender(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, limits=replace(STANDARD, people_per_minute=10))
    with clock.participating():
        run = ding.plan(staff(sandbox, 30), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(5))
        shown = ding.campaign("payslip").progress
        with ding._ledger.connection() as db:
            published = Progress.of_json(campaigns.get_progress(db, run._number), run._context.now_ns())
        assert shown == run.progress
        assert published.text == shown.text
        assert (
            published.text
            == "Sending: 10 of 30 people accepted by DingTalk · waiting 56 s: 10 people a minute · about 2 min left"
        )
        run.stop()
        run.wait("sent", check=False)


def test_published_progress_is_adjusted_for_its_age() -> None:
    published = Progress(
        10 * NS_PER_S, State.RUNNING, 50, 20, waiting_for="people", waiting_s=40, left_s=100.0, limit=20
    )
    later = Progress.of_json(published.to_json(), 25 * NS_PER_S + 1)
    assert (later.waiting_for, later.waiting_s, round(later.left_s)) == ("people", 25, 85)
    over = Progress.of_json(published.to_json(), 60 * NS_PER_S)
    assert (over.waiting_for, over.waiting_s, over.left_s, over.accepted) == ("", 0, 50.0, 20)
    assert Progress.of_json(published.to_json(), 0).waiting_s == 40


def test_a_ledger_that_cannot_be_read_ends_the_checks_and_not_the_sending(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding = connect_to(sandbox, limits=replace(STANDARD, people_per_minute=10))
    looks, since, broken = count(1), campaigns.command_since, LedgerError("of the disk")
    checked: list[int] = []

    def look(db: LedgerSession, campaign: int, commands: int) -> str:
        checked.append(next(looks))
        if len(checked) == 25:
            raise broken
        return since(db, campaign, commands)

    monkeypatch.setattr(campaigns, "command_since", look)
    run = ding.plan(staff(sandbox, 20), PERSONAL).send("payslip")
    assert run.state == "finished"
    assert len(checked) < 40


def test_waiting_for_a_campaign_sent_by_another_object_lasts_until_its_end(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(staff(sandbox, 60), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        other = ding.campaign("payslip")
        other.wait("sent", check=False)
        assert run.progress.accepted == 60
        run.wait("sent", check=False)
    assert other.state == "finished"


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_running_the_cell_again_does_not_continue_a_draining_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, how: str
) -> None:
    plan = connect_to(sandbox, latency_s=3).plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        getattr(run, how)()
        assert run.state == "running"
        with pytest.raises(CampaignStoppedError, match="paused on" if how == "pause" else "stopped on"):
            plan.send("payslip", wait=False)
    run.wait("sent", check=False)
    assert run.state == {"stop": "stopped", "pause": "paused"}[how]
    assert sandbox.state.stats()["tasks"] < 100
    assert run.resume(wait=True).state == "finished"
    assert plan.send("payslip").state == "finished"
