"""A plan warns of unfinished campaigns to its people, with true numbers, and not of those that were recalled."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending.recall_progress import start_recall
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import QuotaError
from dingnb.ledger.campaigns import batches, recalls
from dingnb.sandbox import RunningSandbox
from dingnb.words import set_language
from tests.other_process import held_by_other_process, leave_as_if_killed

Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")
CORRECTED = dingnb.text("number {{ n }}!")


def halted(sandbox: RunningSandbox, ding: DingTalk, frame: pd.DataFrame) -> Campaign:
    """Send to the first four people of a list, and stop the campaign."""
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(frame, PERSONAL).send("parking", check=False)
    sandbox.state.faults.clear()
    run.stop()
    assert run.results()["status"].tolist() == ["accepted"] * 4 + ["queued"] * 4
    return run


def test_of_a_campaign_that_has_sent_nothing_there_is_nothing_to_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 8)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=list(range(1, 100)))
    ding.plan(frame, PERSONAL).send("parking", check=False)
    sandbox.state.faults.clear()
    shown = repr(ding.plan(frame, CORRECTED))
    assert "If what it would send is wrong, do not resume it, and send this plan under another name." in shown
    assert "recall" not in shown


@pytest.mark.parametrize("message", [CORRECTED, PERSONAL])
def test_a_campaign_that_was_stopped_and_recalled_is_not_to_be_resumed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, message: dingnb.Message, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 8)
    run = halted(sandbox, ding, frame)
    plan = ding.plan(frame, message)
    assert "resume it instead of sending this plan" in repr(plan)
    advised = "If what it sends is wrong, do not resume it: recall what it has sent"
    assert (advised in repr(plan)) == (message is CORRECTED)
    assert ("To continue it with its own list" in repr(plan)) == (message is PERSONAL)
    # After a recall from one of them, the others still have it.
    run.recall([frame["userid"][0]], expect=1)
    assert "resume it instead of sending this plan" in repr(plan)
    run.recall(expect=4)
    assert "resume" not in repr(plan)
    capsys.readouterr()
    plan.send("another")
    assert "resume" not in capsys.readouterr().out


@pytest.mark.parametrize("message", [CORRECTED, PERSONAL])
def test_a_campaign_whose_recall_is_incomplete_is_not_to_be_resumed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, message: dingnb.Message
) -> None:
    frame = staff(sandbox, 8)
    run = halted(sandbox, ding, frame)
    plan = ding.plan(frame, message)
    sandbox.state.faults.add("month", path="/recall", nth=2)
    with pytest.raises(QuotaError):
        run.recall(expect=4)
    assert "The recall is incomplete: 1 of 4 calls done." in repr(run)
    assert "resume" not in repr(plan)


def test_the_recall_of_an_unfinished_campaign_is_evaluated_once_for_a_plan(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = staff(sandbox, 8)
    run = halted(sandbox, ding, frame)
    plan = ding.plan(frame, PERSONAL)
    evaluated: list[str] = []
    read_people, read_tasks = batches.people_by_progress, recalls.accepted_batches
    monkeypatch.setattr(
        batches, "people_by_progress", lambda *args: (evaluated.append("people"), read_people(*args))[1]
    )
    monkeypatch.setattr(recalls, "accepted_batches", lambda *args: (evaluated.append("tasks"), read_tasks(*args))[1])
    run.recall([frame["userid"][0]], expect=1)
    evaluated.clear()
    assert "resume it instead of sending this plan" in repr(plan)
    assert evaluated == ["people"]
    start_recall(view_of(run).context, run._number, 3)
    evaluated.clear()
    assert "resume" not in repr(plan)
    assert evaluated == ["tasks"]


def test_people_whom_a_message_did_not_reach_do_not_count_as_sent_to(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 8)
    # The second person is no longer in the organisation.
    frame.loc[1, "userid"] = "nobody"
    run = halted(sandbox, ding, frame)
    clock.advance(seconds_to_ns(60))
    run.refresh()
    assert run.results()["status"][1] == "invalid"
    run.recall([frame["userid"][0]], expect=1)
    said = "has another text for 6 people in this plan. Already sent to: 2 people; still queued: 4 people."
    assert said in repr(ding.plan(frame, CORRECTED))


def test_people_who_may_have_been_sent_to_are_counted_apart(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 8)
    run, plan = halted(sandbox, ding, frame), ding.plan(frame, CORRECTED)
    leave_as_if_killed(run)
    said = "Already sent to: 3 people, and 1 person with unknown outcome; still queued: 4 people."
    assert said in repr(plan)
    with view_of(run).context.ledger.transaction() as db:
        db.execute("UPDATE batches SET status = 'unknown' WHERE status = 'sending'")
    assert said in repr(plan)
    set_language("zh")
    assert "已发送 3 人，另有 1 人结果未知，还有 4 人待发送。" in repr(plan)
    set_language("en")
    with view_of(run).context.ledger.transaction() as db:
        db.execute("UPDATE batches SET status = 'sending' WHERE status = 'unknown'")
    # The answer to a call under way is still to come.
    with held_by_other_process(ding, "parking"):
        assert "Already sent to: 4 people; still queued: 4 people." in repr(plan)


def test_a_message_to_those_alone_who_were_sent_to_is_no_continuation(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 8)
    halted(sandbox, ding, frame)
    assert "parking" not in repr(ding.plan(frame[:4], CORRECTED))
    assert "still queued: 1 person." in repr(ding.plan(frame[:5], CORRECTED))


def test_a_campaign_whose_cards_are_closed_is_not_to_be_resumed(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 40)
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(frame, question).send("team-day", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    plans = [ding.plan(frame, message) for message in (question, dingnb.card("T", "Come!", buttons={"yes": "Yes"}))]
    assert ["resume it instead" in repr(plan) for plan in plans] == [True, True]
    run.close()
    assert ["resume" in repr(plan) for plan in plans] == [False, False]
