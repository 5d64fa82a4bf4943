import _thread
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.calls.background import Background
from dingnb.campaigns.campaign import view_of
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.display import ProgressBar
from dingnb.errors import ApiError, IncompleteError, InputError, QuotaError, TransportError, UnreachableError
from dingnb.sandbox import RunningSandbox
from tests.campaigns.results.result_answers import ResultAnswers

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

HOUR_NS = 3_600 * NS_PER_S
PERSONAL = dingnb.text("Your number is {{ n }}.")


def recalls(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("/recall") for call in sandbox.state.recorded_calls())


def kept(sandbox: RunningSandbox) -> set[str]:
    """Return the people with a message that was not recalled."""
    return {message["userid"] for message in sandbox.state.messages() if not message["recalled"]}


def test_a_recall_affects_everybody_once_and_results_keep_the_read_state(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.5, read_within_s=600)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send("note").wait()
    clock.advance(HOUR_NS)
    had_read = run.refresh().results()["read"]
    assert 0 < had_read.sum() < 250
    assert run.recall(expect=250) is run
    results = run.results()
    assert results["status"].eq("recalled").all()
    pd.testing.assert_series_equal(results["read"], had_read)
    assert results["task_id"].notna().all()
    assert kept(sandbox) == set()
    assert recalls(sandbox) == 3
    counted = sandbox.state.stats()["calls_counted"]
    run.recall(expect=250)
    run.refresh().wait()
    assert sandbox.state.stats()["calls_counted"] == counted
    assert run.results()["status"].eq("recalled").all()


def test_without_expect_nothing_is_recalled_and_the_error_says_who_is_affected(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 120), dingnb.text("hi")).send("note").wait()
    with pytest.raises(InputError, match=r"from 120 people in 2 calls\. Nothing was recalled") as raised:
        run.recall()
    assert raised.value.hint == "If that is right, pass expect=120."
    with pytest.raises(InputError, match=r"expect=119 does not match"):
        run.recall(expect=119)
    assert not recalls(sandbox)
    assert run.results()["status"].eq("delivered").all() or run.results()["read"].any()
    run.recall(expect=range(100, 130))
    assert recalls(sandbox) == 2


def test_recalling_one_person_recalls_the_call_and_names_the_others(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = staff(sandbox, 150)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    last = run.results()["userid"].iloc[[-1]]
    with pytest.raises(InputError, match="49 people") as raised:
        run.recall(last)
    others = frame["userid"].iloc[100:149]
    assert others.iloc[0] in str(raised.value)
    run.recall(last, expect=50)
    assert "Also recalled" in capsys.readouterr().out
    assert kept(sandbox) == set(frame["userid"].iloc[:100])
    assert run.results()["status"].eq("recalled").tolist() == [False] * 100 + [True] * 50


def test_a_personal_text_is_recalled_from_one_person_only(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 20)
    run = ding.plan(frame, PERSONAL).send("note").wait()
    userid = frame["userid"].iloc[7]
    run.recall([userid], expect=1)
    assert kept(sandbox) == set(frame["userid"]) - {userid}
    # The others are not counted twice.
    run.recall(expect=20)
    assert recalls(sandbox) == 20


@pytest.mark.parametrize("everybody", [False, True])
def test_a_text_that_a_campaign_restored_is_recalled_with_its_first_call(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    capsys: pytest.CaptureFixture[str],
    *,
    everybody: bool,
) -> None:
    frame = staff(sandbox, 3).assign(pay=[1, 2, 3])
    wrong = frame.assign(pay=[9, 2, 3])
    note = dingnb.text("pay {{ pay }}")
    ding.plan(frame, note).send("note").wait()
    ding.plan(wrong, note).send("note", changed="resend").wait()
    run = ding.plan(frame, note).send("note", changed="resend").wait()
    assert run.results()["evidence"].tolist() == ["elsewhere", "result", "result"]
    userid = frame["userid"].iloc[0]
    run.recall(None if everybody else [userid], expect=3 if everybody else 1)
    assert kept(sandbox) == (set() if everybody else set(frame["userid"].iloc[1:]))
    assert "Not recalled" not in capsys.readouterr().out
    for found in (run, ding.campaign("note")):
        row = found.results().iloc[0]
        assert (row["status"], row["reached"]) == ("recalled", False)
        assert userid in set(found.missed()["userid"])
    # The corrected text goes to them without a decision.
    ding.plan(frame.head(1).assign(pay=5), note).send("note", absent="drop").wait()
    assert userid in kept(sandbox)


def test_after_24_hours_a_recall_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 30), dingnb.text("hi")).send("note").wait()
    clock.advance(24 * HOUR_NS)
    before = run.results()
    with pytest.raises(InputError, match="within 24 hours") as raised:
        run.recall(expect=30)
    assert raised.value.hint
    assert not recalls(sandbox)
    pd.testing.assert_frame_equal(run.results(), before)


def test_a_recall_affects_recent_calls_and_reports_the_expired_ones(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    ding.plan(staff(sandbox, 100), dingnb.text("hi")).send("note").wait()
    clock.advance(20 * HOUR_NS)
    run = ding.plan(staff(sandbox, 130), dingnb.text("hi")).send("note").wait()
    clock.advance(5 * HOUR_NS)
    with pytest.raises(InputError, match="Too late for 100 people"):
        run.recall(expect=130)
    run.recall(expect=30)
    assert "Too late for 100 people" in capsys.readouterr().out
    assert run.results()["status"].eq("recalled").sum() == 30


def test_a_recall_keeps_the_status_of_people_who_did_not_get_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = pd.concat([staff(sandbox, 10), pd.DataFrame({"userid": ["nobody", None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    with pytest.raises(InputError, match="from 10 people in 1 call"):
        run.recall()
    run.recall(expect=10)
    assert run.results()["status"].tolist() == ["recalled"] * 10 + ["invalid", "rejected"]


def test_what_a_lost_call_delivered_is_not_counted_as_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    people = staff(sandbox, 3)
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = ding.plan(people, PERSONAL).send("note").wait()
    [kept_by] = run.results()["userid"][run.results()["evidence"].eq("duplicate")]
    with pytest.raises(InputError, match=f"Not recalled from 1 person \\({kept_by}\\): a call without an answer"):
        run.recall([kept_by], expect=1)
    run.recall(expect=2)
    assert f"2 people in 2 calls. Not recalled from 1 person ({kept_by})" in capsys.readouterr().out
    assert kept(sandbox) == {kept_by}


def test_a_call_that_reached_nobody_is_not_recalled(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": ["nobody"], "n": [9]})], ignore_index=True)
    run = ding.plan(frame, PERSONAL).send("note").wait()
    run.recall(expect=3)
    assert recalls(sandbox) == 3
    alone = ding.plan(frame[3:], PERSONAL).send("other", check=False).wait(check=False)
    with pytest.raises(InputError, match="none of the people has the message"):
        alone.recall()
    assert recalls(sandbox) == 3


def test_a_message_recalled_before_delivery_never_arrives(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=600)
    run = connect_to(sandbox).plan(staff(sandbox, 10), dingnb.text("hi")).send("note")
    run.recall(expect=10)
    clock.advance(HOUR_NS)
    assert run.results()["status"].eq("recalled").all()
    assert kept(sandbox) == set()
    assert run.wait().results()["status"].eq("recalled").all()


def test_people_of_an_unknown_first_call_are_unknown_after_a_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = ding.plan(staff(sandbox, 10), dingnb.text("hi")).send("note")
    assert run.results()["attempts"].eq(2).all()
    run.recall(expect=10)
    assert run.results()["status"].eq("unknown").all()
    assert view_of(run).results.unknown()["hint"].notna().all()


def test_a_result_under_way_during_a_recall_does_not_override_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = ding.plan(staff(sandbox, 10), dingnb.text("hi")).send("note")
    other = ding.campaign("note")

    def answer() -> dict[str, object]:
        run.recall(expect=10)
        reached = run.results()["userid"].tolist()
        return {"errcode": 0, "send_result": {"unread_user_id_list": reached}}

    route = ResultAnswers(ding, answer)
    other.refresh()
    assert route.answered == 1
    assert run.results()["status"].eq("unknown").all()


def test_recalling_a_retried_person_does_not_affect_the_first_call(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.2)
    frame = staff(sandbox, 60)
    run = connect_to(sandbox).plan(frame, dingnb.text("hi")).send("note").wait()
    missed = run.missed()["userid"].tolist()
    with pytest.raises(InputError, match="none of the people has the message"):
        run.recall(missed, expect=range(61))
    assert not recalls(sandbox)
    first, again = run.results()["task_id"].iloc[0], run.retry().wait().results().set_index("userid").loc[missed]
    assert again["task_id"].ne(first).all()
    reached = again.index[again["status"].eq("delivered")].tolist()
    run.recall(reached[:1], expect=len(reached))
    assert recalls(sandbox) == 1
    assert kept(sandbox) == set(frame["userid"]) - set(missed)


def test_a_recall_interrupted_by_the_network_can_be_run_again(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    run = connect_to(sandbox, outage_patience_s=60).plan(staff(sandbox, 30), PERSONAL).send("note").wait()
    sandbox.state.faults.add("refuse", path="/recall", nth=10, for_s=600)
    with pytest.raises(UnreachableError):
        run.recall(expect=30)
    done = run.results()["status"].eq("recalled").sum()
    assert 0 < done < 30
    expected = f"Recall: {done} of 30 calls done. Run it again to continue; nothing is recalled twice."
    assert expected in capsys.readouterr().out
    assert f"The recall is incomplete: {done} of 30 calls done." in repr(run)
    rest = (
        f"from {30 - done} people in {30 - done} calls. Already recalled: {done} people. Nothing more was recalled yet"
    )
    with pytest.raises(InputError, match=rest) as caught:
        run.recall()
    assert caught.value.hint == f"If that is right, pass expect={30 - done}."
    with pytest.raises(InputError, match=rest):
        run.recall(expect=29)
    clock.advance(HOUR_NS)
    run.recall(expect=30)
    assert "incomplete" not in repr(run)
    assert run.results()["status"].eq("recalled").all()
    assert kept(sandbox) == set()


@pytest.mark.parametrize(
    ("stop", "who", "advice"),
    [
        ("stop", None, "repeat run.recall(...): what was recalled"),
        ("pause", range(50), "repeat run.recall(...) with the same people"),
    ],
)
def test_stop_ends_a_recall_in_any_process_and_recalling_again_does_the_rest(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
    stop: str,
    who: range | None,
    advice: str,
) -> None:
    frame = staff(sandbox, 60)
    people = None if who is None else frame["userid"].iloc[list(who)]
    asked = len(frame if people is None else people)
    run = connect_to(sandbox).plan(frame, PERSONAL).send("note").wait()
    slow = connect_to(sandbox, latency_s=1).campaign("note")
    with clock.participating():
        recall = Background(clock, lambda: slow.recall(people, expect=asked), lambda: None)
        clock.advance(2 * NS_PER_S)
        getattr(run, stop)()
        said = capsys.readouterr().out
        with pytest.raises(IncompleteError, match=rf"The recall was stopped\. Recall: \d+ of {asked} calls done"):
            recall.join()
    assert "The recall stops once the calls under way are done. Recall: " in said
    assert advice in said
    assert "nothing to stop" not in said
    done = recalls(sandbox)
    assert 0 < done < asked
    assert run.state == "finished"
    assert run.results()["status"].eq("recalled").sum() == done
    assert f"incomplete: {done} of {asked} calls done" in repr(run)
    run.recall(people, expect=asked)
    assert recalls(sandbox) == asked
    assert len(kept(sandbox)) == 60 - asked
    run.stop()
    assert "Everything has been sent already" in capsys.readouterr().out


def test_a_recall_stopped_in_a_form_raises_and_running_it_again_does_the_rest(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    run = connect_to(sandbox).plan(staff(sandbox, 60), PERSONAL).send("note").wait()
    slow = connect_to(sandbox, latency_s=1).campaign("note")
    with clock.participating():
        recall = Background(clock, lambda: slow.recall(expect=60), lambda: None)
        clock.advance(2 * NS_PER_S)
        view_of(run).stop_recall()
        with pytest.raises(IncompleteError, match=r"The recall was stopped\. Recall: \d+ of 60 calls done"):
            recall.join()
    assert 0 < recalls(sandbox) < 60
    run.recall(expect=60)
    assert recalls(sandbox) == 60
    assert kept(sandbox) == set()


def test_a_recall_shows_the_time_left(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 60), PERSONAL).send("note").wait()
    shown: list[str] = []
    monkeypatch.setattr(ProgressBar, "show", lambda _bar, text, _share: shown.append(text))
    with clock.participating():
        run.recall(expect=60)
    assert "Recall: 0 of 60 calls done · about 3 s left" in shown
    assert "left" not in shown[-1]


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.long
def test_an_interrupted_recall_says_how_far_it_came_and_running_it_again_does_the_rest(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 60), PERSONAL).send("note").wait()
    show = ProgressBar.show

    def show_and_interrupt(bar: ProgressBar, text: str, share: float) -> None:
        show(bar, text, share)
        if 0.2 < share < 0.9:
            monkeypatch.undo()
            _thread.interrupt_main()

    monkeypatch.setattr(ProgressBar, "show", show_and_interrupt)
    with pytest.raises(KeyboardInterrupt) as raised:
        run.recall(expect=60)
    done = run.results()["status"].eq("recalled").sum()
    assert 0 < done < 60
    expected = f"Interrupted. Recall: {done} of 60 calls done. Run the cell again for the rest; nothing is done twice."
    assert str(raised.value) == expected
    # IPython shows this instead of frames of dingnb.
    assert vars(raised.value)["_render_traceback_"]() == [f"KeyboardInterrupt: {expected}"]
    run.recall(expect=60)
    assert recalls(sandbox) == 60


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.long
def test_an_interrupted_refresh_says_how_to_continue(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 60), PERSONAL).send("note")
    clock.advance(HOUR_NS)

    def interrupt(*_: object) -> None:
        monkeypatch.undo()
        _thread.interrupt_main()

    monkeypatch.setattr(ProgressBar, "show", interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"run\.refresh\(\) queries the others"):
        run.refresh()


def test_a_plan_sent_again_after_a_recall_says_that_people_no_longer_have_it(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = ding.plan(staff(sandbox, 5), PERSONAL)
    run = plan.send("note").wait()
    plan.send("note")
    assert "recalled" not in capsys.readouterr().out
    run.recall(expect=5)
    capsys.readouterr()
    said = "5 people. The message was recalled from 5 people: a changed text can be sent to them under the same name."
    plan.send("note")
    assert said in capsys.readouterr().out
    run.resume()
    assert said in capsys.readouterr().out
    # Also in the display, where the last recall no longer is what was done last.
    found = ding.campaign("note").recall(expect=5).resume()
    assert said in repr(found)
    assert "already recalled" not in repr(found)


def test_a_refused_recall_raises_and_the_others_are_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("note").wait()
    with ding._ledger.transaction() as db:
        db.execute("UPDATE batches SET receipt = '1' WHERE id = 3")
    with pytest.raises(ApiError, match="400002") as refused:
        run.recall(expect=5)
    # The request cannot be corrected, only what the people still have.
    assert "send a correction" in refused.value.hint
    assert run.results()["status"].eq("recalled").sum() == 4


@pytest.mark.parametrize(
    ("who", "message"),
    [
        (["stranger"], "No accepted call of this campaign was sent to stranger"),
        ("manager01", "who"),
        ([["a"]], "who"),
        (3, "who"),
    ],
)
def test_people_who_were_not_sent_to_are_named(
    who: object, message: str, sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note")
    with pytest.raises(InputError, match=message):
        run.recall(who, expect=1)
    assert not recalls(sandbox)


def test_without_accepted_calls_there_is_nothing_to_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note", wait=False)
    run.stop()
    run.wait("sent", check=False)
    with ding._ledger.transaction() as db:
        db.execute("UPDATE batches SET status = 'failed', receipt = NULL")
    with pytest.raises(InputError, match="accepted no call"):
        run.recall(expect=5)


def test_a_running_campaign_has_to_be_stopped_first(open_sandbox: Open, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox()
    run = connect_to(sandbox, latency_s=1).plan(staff(sandbox, 200), PERSONAL).send("note", wait=False)
    with pytest.raises(InputError, match="is running; nothing was recalled") as raised:
        run.recall(expect=200)
    assert "run.stop()" in raised.value.hint
    run.stop()
    run.wait("sent", check=False)


def test_a_stopped_campaign_can_be_recalled_and_then_resumed(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=10)
    run = ding.plan(staff(sandbox, 40), PERSONAL).send("note", check=False)
    sent = int(run.results()["task_id"].notna().sum())
    assert 9 <= sent < 40
    run.recall(expect=sent)
    assert run.results()["status"].value_counts().loc[lambda n: n > 0].to_dict() == {
        "queued": 40 - sent,
        "recalled": sent,
    }
    run.resume().wait()
    assert run.results()["status"].eq("recalled").sum() == sent
    assert len(kept(sandbox)) == 40 - sent


def test_a_corrected_text_is_sent_to_people_after_a_recall(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 20)
    ding.plan(frame, dingnb.text("Firday")).send("note").wait().recall(expect=20)
    run = ding.plan(frame, dingnb.text("Friday")).send("note").wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert len(kept(sandbox)) == 20
    assert ding.campaigns().iloc[0]["people"] == 20
    with pytest.raises(InputError, match=r"20 people in 1 call[.] Nothing more"):
        run.recall()


def test_the_same_text_under_another_name_after_a_recall_is_explained(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    plan = ding.plan(staff(sandbox, 3), dingnb.text("hi"))
    plan.send("first").wait().recall(expect=3)
    run = plan.send("second").wait()
    missed = run.missed()
    assert missed["status"].tolist() == ["filtered"] * 3
    assert missed["reason"].str.endswith("which campaign first delivered on the same day and then recalled.").all()
    assert missed["hint"].str.startswith("The text was recalled from this person, and DingTalk drops it again").all()
    clock.advance(30 * HOUR_NS)
    other = ding.plan(staff(sandbox, 3), dingnb.text("ho"))
    other.send("third").recall(expect=3)
    reasons = other.send("fourth").wait().missed()["reason"]
    assert reasons.str.endswith("which campaign third sent on the same day and then recalled.").all()


def test_people_no_longer_in_the_plan_are_named(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 30)
    ding.plan(frame, dingnb.text("hi")).send("note").wait()
    run = ding.plan(frame.iloc[:28], dingnb.text("hi")).send("note")
    with pytest.raises(InputError, match=f"2 people .*{frame['userid'].iloc[28]}"):
        run.recall()


def test_people_of_another_list_in_calls_of_their_own_are_not_said_to_share_calls(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame, message = staff(sandbox, 5), dingnb.text("number {{ n }}")
    ding.plan(frame.head(3), message).send("note").wait()
    run = ding.plan(frame.tail(2), message).send("note").wait()
    with pytest.raises(InputError) as caught:
        run.recall()
    assert "5 people in 5 calls. This includes 3 people of the campaign, not in this plan" in caught.value.what
    assert "whole calls" not in caught.value.what
    assert "run.recall(userids)" in caught.value.hint
    run.recall(frame["userid"].tail(2), expect=2)
    assert ding.campaign("note").results()["status"].tolist() == ["delivered"] * 3 + ["recalled"] * 2


@pytest.mark.parametrize("key", [None, "n"])
def test_people_whom_the_newest_plan_excludes_are_named(key: str | None, ding: DingTalk, staff: Staff) -> None:
    frame = staff(ding.sandbox, 3)
    message = dingnb.text("hi") if key is None else PERSONAL
    ding.plan(frame, message, key=key).send("note").wait()
    run = ding.plan(frame, message, key=key, exclude=frame["userid"].head(1)).send("note").wait()
    with pytest.raises(InputError) as caught:
        run.recall()
    excluded = frame["userid"][0]
    named = f"1 person ({excluded})" if key is None else f"1 message of the campaign, to {excluded}, not in this plan"
    assert named in caught.value.what


def test_messages_of_another_list_to_the_same_people_are_named(ding: DingTalk, staff: Staff) -> None:
    who = staff(ding.sandbox, 3)["userid"].tolist()
    first = pd.DataFrame({"userid": who[:2], "n": [1, 2]})
    second = pd.DataFrame({"userid": who, "n": [3, 4, 5]})
    ding.plan(first, PERSONAL, key="n").send("note").wait()
    run = ding.plan(second, PERSONAL, key="n").send("note").wait()
    named = f"This includes 2 messages of the campaign, to {who[0]}, {who[1]}, not in this plan."
    with pytest.raises(InputError, match=f"5 messages in 5 calls. {named}"):
        run.recall()
    with pytest.raises(InputError) as caught:
        ding.campaign("note").recall()
    assert "not in this plan" not in caught.value.what
    other = ding.plan(first[:1], PERSONAL, key="n").send("note", absent="drop").wait()
    with pytest.raises(
        InputError, match=f"4 messages of the campaign, to {who[1]}, {who[0]}, {who[2]}, not in this plan"
    ):
        other.recall()


def test_a_throttled_recall_waits_and_continues(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("note").wait()
    sandbox.state.faults.add("throttled", path="/recall", nth=[2, 3])
    run.recall(expect=5)
    assert run.results()["status"].eq("recalled").all()


def test_a_used_up_quota_prevents_a_recall(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("note").wait()
    with ding._ledger.transaction() as db:
        db.execute("UPDATE calls SET n = 5000")
    with pytest.raises(ApiError, match="the limit is") as raised:
        run.recall(expect=5)
    # Next month would be too late for it.
    assert raised.value.hint.startswith("DingTalk recalls messages within 24 hours of sending only. An administrator")
    assert "connect(limits=...)" in raised.value.hint
    assert "next month" not in raised.value.hint
    assert not recalls(sandbox)


def test_a_quota_that_dingtalk_says_is_used_up_ends_a_recall_with_the_same_advice(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), PERSONAL).send("note").wait()
    sandbox.state.faults.add("month", path="/recall", nth=[2])
    with pytest.raises(QuotaError, match="used up") as raised:
        run.recall(expect=5)
    assert "Then recall again." in raised.value.hint
    assert "next month" not in raised.value.hint
    assert recalls(sandbox) < 5
    run.recall(expect=5)
    assert run.results()["status"].eq("recalled").all()


@pytest.mark.parametrize("who", [[], pd.Series([], dtype="str"), [None]], ids=["list", "series", "blank"])
def test_a_recall_from_nobody_raises(who: object, sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note").wait()
    with pytest.raises(InputError, match=r"who= has no userids\. Nothing was recalled\.") as raised:
        run.recall(who, expect=0)
    assert 'run.results().loc[[3], "userid"]' in raised.value.hint, "a few people, not all who are unread"
    assert not recalls(sandbox)


def test_an_id_that_cannot_be_read_recalls_nothing(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note").wait()
    matched = pd.DataFrame({"userid": [None], "match": ["none"], "reason": ["?"]})
    unread: list[tuple[object, str]] = [(["manager01", 1.5], "at position 1"), (matched, "left 1 row of who=")]
    for who, what in unread:
        with pytest.raises(InputError, match=what) as caught:
            run.recall(who, expect=1)
        assert "exclude" not in f"{caught.value}{caught.value.hint}"
    assert not recalls(sandbox)


def test_a_recall_with_a_different_expect_describes_the_people_affected(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note").wait()
    with pytest.raises(InputError) as raised:
        run.recall(expect=4)
    expected = "expect=4 does not match: this recalls the message from 5 people in 1 call. Nothing was recalled yet."
    assert raised.value.what == expected
    assert not recalls(sandbox)


def test_a_recall_whose_answer_was_lost_says_that_it_can_be_run_again(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    run = connect_to(sandbox, outage_patience_s=0).plan(staff(sandbox, 5), dingnb.text("hi")).send("note").wait()
    sandbox.state.faults.add("drop_after", path="/recall", nth=1)
    with pytest.raises(TransportError) as raised:
        run.recall(expect=5)
    assert "nothing is recalled twice" in raised.value.hint
    assert "nothing is recalled twice" in str(raised.value)
    assert run.recall(expect=5).results()["status"].eq("recalled").all()
