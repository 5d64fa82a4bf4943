"""While a campaign is being recalled, nothing is sent under its name; an incomplete recall stays known."""

import os
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.calls.background import Background
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending import recall_progress
from dingnb.campaigns.sending.recall_progress import MAX_SILENCE_NS, RecallProgress, end_recall, start_recall
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import IncompleteError, InputError, QuotaError
from dingnb.ledger.sending import processes
from dingnb.ledger.sending.processes import Process, this_process
from dingnb.sandbox import RunningSandbox

Staff = Callable[..., pd.DataFrame]
Connect = Callable[..., DingTalk]
PERSONAL = dingnb.text("number {{ n }}")
RECALLED_NOW = (
    r"is being recalled by this notebook \(process \d+\)[.] Recall: 0 of 4 calls done[.] Nothing further was sent[.]"
)


def sent_to_some(sandbox: RunningSandbox, ding: DingTalk, frame: pd.DataFrame) -> Campaign:
    """Send to the first four people of a list, and interrupt the campaign."""
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(frame, PERSONAL).send("parking", check=False)
    sandbox.state.faults.clear()
    return run


def count_sends(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("/asyncsend_v2") for call in sandbox.state.recorded_calls())


def test_nothing_is_sent_while_the_campaign_is_recalled(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding, frame = connect_to(sandbox), staff(sandbox, 6)
    run = sent_to_some(sandbox, ding, frame)
    context, sent = view_of(run).context, count_sends(sandbox)
    start_recall(context, run._number, 4)
    plan, extended = ding.plan(frame, PERSONAL), ding.plan(staff(sandbox, 7), PERSONAL)
    found = connect_to(sandbox).campaign("parking")
    for send in (
        lambda: plan.send("parking"),
        lambda: extended.send("parking"),
        lambda: plan.send("parking", wait=False),
        run.resume,
        lambda: found.resume(wait=False),
        run.retry,
    ):
        with pytest.raises(InputError, match=RECALLED_NOW) as caught:
            send()
        assert "Wait until the recall has ended" in caught.value.hint
    assert count_sends(sandbox) == sent
    for asked in (plan, extended):
        assert "is being recalled by this notebook" in str(asked.forecast("parking").refusal)
    form = plan.form()
    form.model.set_name("parking")
    form.model.wait()
    assert form.model.can_open
    end_recall(context, run._number, is_complete=True)
    assert not plan.forecast("parking").refusal
    plan.send("parking")
    assert count_sends(sandbox) == sent + 2


def test_sending_that_waited_for_its_turn_does_not_start_during_a_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sent_to_some(sandbox, ding, staff(sandbox, 6))
    context, sent = view_of(run).context, count_sends(sandbox)
    start = view_of(run).control._start

    def start_during_recall() -> None:
        start_recall(context, run._number, 4)
        start()

    monkeypatch.setattr(view_of(run).control, "_start", start_during_recall)
    with pytest.raises(InputError, match=RECALLED_NOW):
        run.resume()
    assert count_sends(sandbox) == sent


def test_nothing_is_sent_while_a_recall_waits_for_the_network(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox, outage_patience_s=3_600)
    run, found = sent_to_some(sandbox, ding, staff(sandbox, 6)), connect_to(sandbox).campaign("parking")
    # Connections that are still open would not be refused.
    clock.advance(seconds_to_ns(10))
    with clock.participating():
        sandbox.state.faults.add("refuse", for_s=3_000)
        recalling = Background(clock, lambda: run.recall(expect=4), lambda: None)
        clock.advance(10 * MAX_SILENCE_NS)
        with pytest.raises(InputError, match=RECALLED_NOW):
            found.resume()
        recalling.join()
    assert run.results()["status"].eq("recalled").sum() == 4
    assert view_of(found).ongoing_recall is None


def test_a_recall_of_a_process_that_has_died_refuses_nothing(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = sent_to_some(sandbox, ding, staff(sandbox, 6))
    sent = count_sends(sandbox)
    start_recall(view_of(run).context, run._number, 4)
    clock.advance(MAX_SILENCE_NS + 1)
    run.resume()
    assert count_sends(sandbox) == sent + 2


def test_a_recall_recorded_before_the_clock_was_set_back_refuses_nothing(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = sent_to_some(sandbox, ding, staff(sandbox, 6))
    sent, context = count_sends(sandbox), view_of(run).context
    start_recall(context, run._number, 4)
    with context.ledger.transaction() as db:
        recall_progress.record_recalled(db, run._number, 1, context.now_ns() + MAX_SILENCE_NS + 1)
    run.resume()
    assert count_sends(sandbox) == sent + 2


def test_the_end_of_a_recall_does_not_end_that_of_another_process(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sent_to_some(sandbox, ding, staff(sandbox, 6))
    context, campaign, here = view_of(run).context, run._number, this_process()
    other = here._replace(pid=os.getppid())

    def act_as(process: Process) -> None:
        for module in (processes, recall_progress):
            monkeypatch.setattr(module, "this_process", lambda: process)

    def ongoing() -> RecallProgress | None:
        with context.ledger.connection() as db:
            return recall_progress.ongoing_recall(db, campaign, context.now_ns())

    def record(recalled: int) -> None:
        with context.ledger.transaction() as db:
            recall_progress.record_recalled(db, campaign, recalled, context.now_ns())

    start_recall(context, campaign, 1, ["user000"])
    act_as(other)
    start_recall(context, campaign, 4)
    act_as(here)
    record(1)
    end_recall(context, campaign, is_complete=True)
    progress = ongoing()
    assert progress is not None
    assert (progress.process, progress.recalled, progress.tasks) == (other, 0, 4)
    with pytest.raises(InputError, match="is being recalled by another process"):
        run.resume()
    # The other one has ended, and this one goes on.
    act_as(other)
    end_recall(context, campaign, is_complete=False)
    assert ongoing() is None
    act_as(here)
    record(2)
    progress = ongoing()
    assert progress is not None
    assert progress.process == here


def recall_in_part(sandbox: RunningSandbox, run: Campaign) -> None:
    """Recall the message from the first person; DingTalk refuses the second call."""
    sandbox.state.faults.add("month", path="/recall", nth=2)
    with pytest.raises(QuotaError):
        run.recall(expect=range(1, 100))
    sandbox.state.faults.clear()


def test_an_incomplete_recall_stays_known_after_a_retry_until_it_is_completed(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = connect_to(sandbox).plan(staff(sandbox, 12), PERSONAL).send("parking").wait()
    recall_in_part(sandbox, run)
    known = "The recall is incomplete: 1 of "
    assert known in repr(run)
    sent = count_sends(sandbox)
    run.retry()
    assert count_sends(sandbox) > sent
    assert known in repr(run)
    form = run.form()
    form.wait()
    assert form.run_model.state.interrupted_recall.reason
    run.recall(expect=range(1, 100))
    assert "incomplete" not in repr(run)


def test_nothing_advises_to_resume_after_an_incomplete_recall_which_another_text_ends(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 6)
    run = sent_to_some(sandbox, ding, frame)
    recall_in_part(sandbox, run)
    with pytest.raises(IncompleteError) as caught:
        run.wait("sent")
    hint = run.results()["hint"].iloc[5]
    for shown in (repr(run), caught.value.hint, hint):
        assert "The recall of the message is incomplete. run.resume() would still send" in " ".join(shown.split())
    for shown in (repr(run), run.reason, str(caught.value), hint):
        assert "run.resume() continues" not in " ".join(shown.split())
        assert "then run.resume()" not in shown
    # Who resumes it all the same can still complete the recall, of which those sent to since are no part.
    run.resume()
    said = " ".join(repr(run).split())
    assert "The recall is incomplete: 1 of 4 calls done." in said
    assert (
        "This also recalls from 2 people to whom it was sent since; to leave them out, pass the userids of the others."
        in said
    )
    corrected = ding.plan(frame, dingnb.text("correct number {{ n }}")).send("parking", changed="resend")
    assert "incomplete" not in repr(corrected)


@pytest.mark.parametrize("everybody", [False, True])
def test_the_rest_of_a_recall_concerns_those_sent_to_since_only_if_it_is_from_everybody(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, *, everybody: bool
) -> None:
    frame = staff(sandbox, 6)
    run = sent_to_some(sandbox, ding, frame)
    recall_in_part(sandbox, run)
    run.resume()
    rest = frame["userid"].tolist()[1:4]
    run.recall(None if everybody else rest, expect=5 if everybody else 3)
    assert "incomplete" not in repr(run)
    assert run.results()["status"].eq("recalled").tolist() == [*[True] * 4, *[everybody] * 2]


def test_a_retry_after_a_recall_is_mentioned_only_if_it_would_send(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    frame.loc[2, "userid"] = "nobody-there"
    plan = ding.plan(frame, PERSONAL)
    plan.send("parking").wait().recall(expect=2)
    assert plan.forecast("parking").failed == 1
    assert "would still send" not in str(plan.forecast("parking").text)


def test_nothing_advises_to_retry_after_a_recall_although_it_stays_possible(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    plan = connect_to(sandbox).plan(staff(sandbox, 12), PERSONAL)
    run = plan.send("parking").wait()
    failed = run.results()["status"].eq("failed")
    assert "run.retry() sends to this person again." in run.results()["hint"][failed].tolist()
    run.recall(expect=range(1, 100))
    would_send = "The message was recalled. run.retry() would still send"
    assert run.results()["hint"][failed].str.contains(would_send, regex=False).all()
    assert would_send in run.summary()["todo"]["failed"]
    for shown in (repr(run), plan.forecast("parking").text):
        assert "run.retry() would still send" in " ".join(str(shown).split())
        assert "run.retry() send" not in str(shown)
    assert f"{would_send} to those who can receive it." in str(plan.forecast("parking").text)
    assert "They can be sent to again" not in run.report()._repr_html_()
    form = run.form()
    form.wait()
    assert form.actions_model.offered["retry"] == failed.sum()
    sent = count_sends(sandbox)
    run.retry()
    assert count_sends(sandbox) == sent + failed.sum()


def test_a_corrected_text_leaves_only_those_who_get_it_out_of_an_incomplete_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 6)
    run = ding.plan(frame, PERSONAL).send("parking").wait()
    who = frame["userid"].tolist()[:4]
    sandbox.state.faults.add("month", path="/recall", nth=2)
    with pytest.raises(QuotaError):
        run.recall(who, expect=4)
    sandbox.state.faults.clear()
    corrected = ding.plan(frame, dingnb.text("correct number {{ n }}"))
    # Only the person from whom it was recalled gets the corrected text.
    run = corrected.send("parking", changed="skip").wait()
    assert "The recall from certain people is incomplete: 1 of 4 calls done." in repr(run)
    rest = view_of(run).available_actions(run.results()).rest_of_recall
    assert rest is not None
    assert list(rest.who) == who[1:]
    run.recall(rest.who, expect=3)
    assert "incomplete" not in repr(run)
    assert run.results()["status"].isin(["delivered", "read"]).tolist() == [True, False, False, False, True, True]


def test_a_corrected_text_ends_a_recall_from_everybody_only_for_those_who_get_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 6)
    run = sent_to_some(sandbox, ding, frame)
    recall_in_part(sandbox, run)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=[2, 3])
    corrected = ding.plan(frame, dingnb.text("correct number {{ n }}"))
    run = corrected.send("parking", changed="skip", check=False)
    sandbox.state.faults.clear()
    assert "The recall from certain people is incomplete" in repr(run)
    # What is still to be sent is the corrected text.
    assert "run.resume() would still send" not in " ".join(repr(run).split())
    rest = view_of(run).available_actions(run.results()).rest_of_recall
    assert rest is not None
    assert list(rest.who) == frame["userid"].tolist()[1:4]
    sandbox.state.faults.add("month", path="/recall", nth=2)
    with pytest.raises(QuotaError):
        run.recall(rest.who, expect=3)
    sandbox.state.faults.clear()
    assert "The recall from certain people is incomplete" in repr(run)
    assert "run.resume() would still send" not in " ".join(repr(run).split())
    again = corrected.send("parking", changed="resend", check=False)
    assert "incomplete" not in repr(again)


def test_a_corrected_text_does_not_add_what_was_sent_since_to_a_recall_from_everybody(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 4).assign(month="May")
    run = ding.plan(frame, PERSONAL, key="month").send("parking").wait()
    recall_in_part(sandbox, run)
    clock.advance(seconds_to_ns(1))
    added = frame.iloc[[2]].assign(month="June", n=7)
    run = ding.plan(pd.concat([frame, added], ignore_index=True), PERSONAL, key="month").send("parking").wait()
    since = "This also recalls from 1 person to whom it was sent since"
    assert since in " ".join(repr(run).split())
    # The corrected text of another person changes nothing about that.
    corrected = pd.concat([frame.assign(n=[*frame["n"][:3], 99]), added], ignore_index=True)
    run = ding.plan(corrected, PERSONAL, key="month").send("parking", changed="resend").wait()
    assert "The recall from certain people is incomplete" in repr(run)
    assert since in " ".join(repr(run).split())


def test_what_is_sent_once_nobody_has_the_message_of_an_incomplete_recall_is_not_left_to_be_recalled(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=1)
    run = connect_to(sandbox).plan(staff(sandbox, 3), PERSONAL).send("parking")
    context = view_of(run).context
    start_recall(context, run._number, 3)
    end_recall(context, run._number, is_complete=False)
    run.wait()
    assert run.results()["status"].eq("failed").all()
    sent = count_sends(sandbox)
    run.retry()
    assert count_sends(sandbox) == sent + 3
    assert "incomplete" not in repr(run)
