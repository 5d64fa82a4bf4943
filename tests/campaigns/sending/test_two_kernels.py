"""Two processes with one campaign: one sends while the other records a plan or resolves outcomes."""

import dataclasses
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.sending.control import stored_state
from dingnb.campaigns.stored_campaigns import running_campaigns
from dingnb.channels import WORK_NOTIFICATIONS
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import CampaignRunningError, InputError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.campaigns import campaigns
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


def texts_of(sandbox: RunningSandbox) -> Counter[tuple[str, str]]:
    return Counter((message["userid"], message["body"]["text"]["content"]) for message in sandbox.state.messages())


def test_another_plan_is_refused_while_the_campaign_is_sent_and_merged_afterwards(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 60)
    other = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        first = connect_to(sandbox, latency_s=0.2).plan(frame, PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        queued = (first.results()["status"] == "queued").to_numpy()
        changed = frame.assign(n=frame["n"].where(~queued, frame["n"] + 1_000))[::-1]
        plan = other.plan(changed, PERSONAL)
        with pytest.raises(
            CampaignRunningError, match=f"by this notebook .process {os.getpid()}. .Sending: "
        ) as caught:
            plan.send("payslip", absent="drop", changed="skip")
        assert "this plan sent nothing" in caught.value.what
        view_of(first).control.interrupt()
    first.wait("sent", check=False)
    queued = (first.results()["status"] == "queued").to_numpy()
    changed = frame.assign(n=frame["n"].where(~queued, frame["n"] + 1_000))[::-1]
    run = other.plan(changed, PERSONAL).send("payslip")
    results = run.wait().results()
    assert 30 <= queued.sum() <= 50
    assert results["status"].isin(["delivered", "read"]).all()
    wanted = {(row.userid, f"number {row.n}"): 1 for row in changed.itertuples()}
    assert texts_of(sandbox) == wanted
    # An older object also shows the results of people whose text changed before sending.
    results_of_first = first.results()
    assert results_of_first["status"].isin(["delivered", "read"]).all()
    assert sorted(results_of_first["task_id"]) == sorted(results["task_id"])


def test_a_campaign_with_queued_people_is_not_finished(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 60)
    ding.plan(frame[:5], PERSONAL).send("payslip")
    with clock.participating():
        other = connect_to(sandbox, latency_s=0.2).plan(frame, dingnb.text("hi {{ n }}")).send("other", wait=False)
        run = ding.plan(frame[:20], PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
    run.wait("sent", check=False)
    assert run.state == ding.campaign("payslip").state == "stopped"
    other.wait("sent", check=False)
    assert run.resume(wait=True).state == "finished"
    assert run.results()["status"].eq("accepted").all()


def test_nobody_is_removed_from_a_campaign_while_their_call_is_under_way(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 10)
    other = connect_to(sandbox)
    with clock.participating():
        first = connect_to(sandbox, latency_s=5).plan(frame, PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(8))
        assert first.results()["status"].eq("sending").all()
        with pytest.raises(CampaignRunningError):
            other.plan(frame[:6], PERSONAL).send("payslip", wait=False)
        # The same plan is accepted: it waits for its turn, and finds nothing left.
        run = other.plan(frame, PERSONAL).send("payslip", wait=False)
    first.wait("sent", check=False)
    run.wait("sent", check=False)
    assert other.campaign("payslip").wait().results()["status"].isin(["delivered", "read"]).all()
    assert len(texts_of(sandbox)) == 10


def test_a_campaign_sent_by_another_object_is_stopped_by_name(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding, other = connect_to(sandbox, latency_s=0.2), connect_to(sandbox)
    with clock.participating():
        run = ding.plan(staff(sandbox, 200), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(2))
        other.campaign("payslip").stop()
    run.wait("sent", check=False)
    assert other.campaign("payslip").state == "stopped"
    assert 0 < run.progress.accepted < 100
    other.campaign("payslip").stop()


def test_a_campaign_that_ends_while_its_state_is_read_is_not_interrupted(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, home: Path
) -> None:
    ding.plan(staff(sandbox, 3), PERSONAL).send("payslip")
    with SqliteLedger(home).connection() as db:
        row = campaigns.find_all(db)[0]
    assert stored_state(SqliteLedger(home), clock, dataclasses.replace(row, state="running")) == "finished"


def test_people_are_not_resolved_while_another_process_sends_to_them(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    other = connect_to(sandbox)
    with clock.participating():
        run = connect_to(sandbox, latency_s=2).plan(staff(sandbox, 60), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(3))
        with pytest.raises(InputError, match="running"):
            other.campaign("payslip").resolve("delivered")
    run.wait("sent", check=False)
    assert run.results()["status"].eq("accepted").all()


def test_batches_left_open_by_a_dead_process_can_be_sent_again(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, home: Path
) -> None:
    ding.plan(staff(sandbox, 3), PERSONAL).send("payslip")
    with SqliteLedger(home).transaction() as db:
        db.execute("UPDATE batches SET status = 'sending', receipt = NULL")
        db.execute("UPDATE attempts SET ended_ns = NULL, outcome = NULL")
        db.execute("UPDATE campaigns SET state = 'running'")
    run = ding.campaign("payslip")
    assert view_of(run).count_repeats() == 3
    clock.advance(seconds_to_ns(24 * 3_600))
    assert view_of(run).count_repeats() == 0
    assert run.results()["status"].eq("unknown").all()
    available = view_of(run).available_actions(run.results())
    assert available.resendable == available.resend_calls == 3
    assert ding.campaigns().iloc[0]["unknown"] == run.progress.unknown == 3
    run.resolve("resend", expect=3)
    assert run.results()["status"].eq("accepted").all()


def test_a_campaign_sent_beside_another_counts_as_sending(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    frame = staff(sandbox, 40)
    with clock.participating():
        other = ding.plan(frame, dingnb.text("hi {{ n }}")).send("other", wait=False)
        clock.advance(seconds_to_ns(1))
        first = ding.plan(frame[:20], PERSONAL).send("payslip", wait=False)
        assert ding.campaign("payslip").state == "running"
        assert not view_of(first).control.is_sending_elsewhere
        with pytest.raises(CampaignRunningError):
            ding.plan(frame[20:], PERSONAL).send("payslip")
    ding.campaign("payslip").wait("sent", check=False)
    other.wait("sent", check=False)
    assert first.state == other.state == "finished"
    assert ding.plan(frame[20:], PERSONAL).send("payslip").state == "finished"
    assert set(texts_of(sandbox).values()) == {1}
    assert len(ding.campaign("payslip").results()) == 40


def test_a_campaign_is_running_everywhere_as_soon_as_it_is_sent(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 30)
    other = connect_to(sandbox)
    with clock.participating():
        connect_to(sandbox, latency_s=2).plan(frame[:20], PERSONAL).send("payslip", wait=False)
        # It waits for its token.
        clock.advance(seconds_to_ns(0.5))
        assert other.campaign("payslip").state == other.campaigns()["state"][0] == "running"
        assert "Being sent now" in repr(other)
        assert [campaign.name for campaign, _ in running_campaigns(other._ledger, clock)] == ["payslip"]
        with pytest.raises(CampaignRunningError, match=r'ding.campaign\("payslip"\).wait\("sent"\)'):
            other.plan(frame[10:], PERSONAL).send("payslip")
        other.campaign("payslip").wait("sent", check=False)
        assert other.campaign("payslip").results()["status"].eq("accepted").all()
        other.plan(frame[10:], PERSONAL).send("payslip").wait()
    assert texts_of(sandbox) == {(row.userid, f"number {row.n}"): 1 for row in frame.itertuples()}


def test_the_same_plan_with_another_choice_does_not_change_a_running_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 6)
    ding, other = connect_to(sandbox, latency_s=0.5), connect_to(sandbox)
    ding.plan(frame, dingnb.text("hello")).send("note").wait()
    ding._context.pace.pause(WORK_NOTIFICATIONS.send_api, 5)
    with clock.participating():
        run = ding.plan(frame[:1], PERSONAL).send("note", changed="resend", absent="send", wait=False)
        with pytest.raises(CampaignRunningError):
            other.plan(frame[:1], PERSONAL).send("note", changed="resend")
        other.plan(frame[:1], PERSONAL).send("note", changed="skip", wait=False)
        assert other.campaign("note").state == "running"
    run.wait()
    assert sorted(texts_of(sandbox).values()) == [1] * 7
    assert texts_of(sandbox)[frame["userid"][0], "number 0"] == 1


def test_people_whose_call_is_under_way_are_not_missing_from_the_plan_of_a_running_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 6)
    ding, other = connect_to(sandbox, latency_s=5), connect_to(sandbox)
    ding._context.pace.pause(WORK_NOTIFICATIONS.send_api, 5)
    with clock.participating():
        interrupted = ding.plan(frame, PERSONAL).send("note", wait=False)
        view_of(interrupted).control.interrupt()
    interrupted.wait("sent", check=False)
    assert not texts_of(sandbox)
    with clock.participating():
        run = ding.plan(frame[:1], PERSONAL).send("note", absent="send", wait=False)
        clock.advance(seconds_to_ns(8))
        assert run.results()["status"].eq("sending").all()
        plan = other.plan(frame[:1], PERSONAL)
        assert plan.forecast("note").absent == 0
        # Calls with unknown outcome are repeated, so nobody can be removed yet.
        with pytest.raises(CampaignRunningError):
            plan.send("note", absent="drop")
        plan.send("note", expect=1, wait=False)
    run.wait()
    assert texts_of(sandbox) == {(row.userid, f"number {row.n}"): 1 for row in frame.itertuples()}


def test_everybody_sees_what_is_being_sent_and_by_whom(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ann = connect_to(sandbox, latency_s=0.1, operator="ann@laptop")
    bo = connect_to(sandbox, operator="bo@server")
    assert "Being sent now" not in repr(bo)
    with clock.participating():
        run = ann.plan(staff(sandbox, 200), PERSONAL).send("payslip", wait=False)
        clock.advance(seconds_to_ns(3))
        listed = bo.campaigns()
        shown = repr(bo)
        view_of(run).control.interrupt()
    run.wait("sent", check=False)
    assert listed["sent_by"].tolist() == ["ann@laptop"]
    assert 5 < listed["calls_per_second"].item() <= 20
    assert listed["month_calls"].item() == listed["calls"].item() > 20
    line = next(line for line in shown.splitlines() if "ann@laptop" in line)
    assert "payslip" in line
    assert "of 200 people" in line
    assert f"{listed['calls_per_second'].item():.1f} of 20 calls a second" in shown
    assert "calls of this month are used" in shown
    after = bo.campaigns()
    assert after["calls_per_second"].tolist() == [0.0]
    assert "Being sent now" not in repr(bo)


def test_a_wait_for_the_people_of_a_minute_names_who_shares_them(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, people_per_minute=100))
    frame = staff(sandbox, 280)
    with clock.participating():
        first = ding.plan(frame[:140], dingnb.text("one text")).send("notice", wait=False)
        second = ding.plan(frame[140:], dingnb.text("another")).send("survey", wait=False)
        clock.advance(seconds_to_ns(20))
        waits = {view_of(run).control.progress.wait_text for run in (first, second)}
        for run in (first, second):
            run.stop()
            run.wait("sent", check=False)
    assert {str(wait).rsplit(", ", 1)[-1] for wait in waits} == {"shared with survey", "shared with notice"}
