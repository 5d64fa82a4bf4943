import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.sending.retry import retry, retry_at_ns
from dingnb.campaigns.status import State, Status
from dingnb.channels import WORK_NOTIFICATIONS
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import ChangedBodyError, IncompleteError, InputError, LiveSendError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.campaigns.stored_bodies import delete_texts
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.campaigns.results.result_answers import ResultAnswers
from tests.live_mode import make_live
from tests.table_rows import for_each

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Agrees = Callable[[str, pd.DataFrame], None]

HOUR_NS = 3_600 * NS_PER_S
NOON_NS = 1_793_592_000 * NS_PER_S  # 2 November 2026, 12:00 in Beijing
MIDNIGHT_NS = NOON_NS + 12 * HOUR_NS
PERSONAL = dingnb.text("Your number is {{ n }}.")


@for_each(
    ("status", "code", "evidence", "at_ns"),
    [
        ("failed", "", "result", NOON_NS),
        ("failed", "40035", "", None),
        ("filtered", "143103", "result", NOON_NS + 60 * NS_PER_S),
        ("filtered", "1430003", "result", NOON_NS + 60 * NS_PER_S),
        ("filtered", "143105", "result", MIDNIGHT_NS + 900 * NS_PER_S),
        ("filtered", "143205", "result", MIDNIGHT_NS + 900 * NS_PER_S),
        ("filtered", "143106", "result", None),
        ("filtered", "143206", "result", None),
        ("filtered", "143106", "elsewhere", None),
        ("filtered", "", "result", None),
        ("filtered", "1430002", "result", None),
        ("filtered", "1430004", "result", None),
        ("filtered", "987654", "result", None),
        *((str(status), "", "result", None) for status in Status if status not in {Status.FAILED, Status.FILTERED}),
    ],
)
def test_the_earliest_time_of_a_retry(status: str, code: str, evidence: str, at_ns: int | None) -> None:
    assert retry_at_ns(STANDARD, status, code, evidence, NOON_NS) == at_ns


@pytest.mark.parametrize("message", [dingnb.text("hi"), PERSONAL], ids=["equal", "personal"])
def test_failed_people_are_retried_until_everybody_has_the_message(
    message: dingnb.Message, open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    frame = staff(sandbox, 120)
    run = connect_to(sandbox).plan(frame, message).send("note").wait()
    first = run.results()
    failed = first["status"] == "failed"
    assert 10 < failed.sum() < 70
    assert set(run.missed()["userid"]) == set(first.loc[failed, "userid"])
    rounds = 0
    while not run.missed().empty:
        before = run.results()
        assert run.retry().wait() is run
        after = run.results()
        had_it = before["status"].isin(["delivered", "read"])
        pd.testing.assert_series_equal(before.loc[had_it, "task_id"], after.loc[had_it, "task_id"])
        assert (before.loc[~had_it, "task_id"] != after.loc[~had_it, "task_id"]).all()
        rounds += 1
        assert rounds < 15
    agrees(sandbox.base_url, run.results())
    assert run.progress.people == run.progress.accepted == 120
    assert run.state is State.FINISHED


@pytest.mark.parametrize("message", [dingnb.text("hi"), PERSONAL], ids=["equal", "personal"])
def test_a_retry_counts_the_people_it_sends_to(
    message: dingnb.Message, open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    run = connect_to(sandbox).plan(staff(sandbox, 60), message).send("note").wait()
    failed = len(run.missed())
    capsys.readouterr()
    run.retry()
    assert f"Sent again: {failed} of {failed} people accepted by DingTalk · 60 of 60 people in all" in (
        capsys.readouterr().out
    )
    run.wait()
    still_failed = len(run.missed())
    assert 0 < still_failed < failed
    run.retry()
    assert f"Sent again: {still_failed} of {still_failed} people" in capsys.readouterr().out


def test_other_objects_of_the_campaign_show_a_retry(open_sandbox: Open, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    ding = connect_to(sandbox)
    plan = ding.plan(staff(sandbox, 60), dingnb.text("hi"))
    run = plan.send("note").wait()
    ding.campaign("note").retry().wait()
    found = ding.campaign("note").results()
    for other in (run, plan.send("note")):
        pd.testing.assert_frame_equal(other.results().reset_index(drop=True), found, check_index_type=False)
    campaigns = ding.campaigns().iloc[0]
    assert (campaigns["people"], campaigns["accepted"]) == (60, 60)


def test_a_retry_with_a_different_expect_sends_nothing(open_sandbox: Open, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    run = connect_to(sandbox).plan(staff(sandbox, 60), dingnb.text("hi")).send("note").wait()
    failed = len(run.missed())
    tasks = sandbox.state.stats()["tasks"]
    with pytest.raises(InputError, match=f"expect={failed + 1} does not match: .* send again to {failed} people"):
        run.retry(expect=failed + 1)
    assert run.state is State.FINISHED
    assert sandbox.state.stats()["tasks"] == tasks
    run.retry(expect=range(1, failed + 1))
    assert sandbox.state.stats()["tasks"] == tasks + 1


def test_a_retry_without_missed_people_sends_nothing_and_says_so(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ding.plan(staff(sandbox, 30), dingnb.text("hi")).send("note").wait()
    calls = sandbox.state.stats()["calls_counted"]
    run.retry()
    assert "Nothing sent: nobody is known to have missed the message." in capsys.readouterr().out
    assert "Nothing sent" in repr(run)
    assert sandbox.state.stats()["calls_counted"] == calls


def test_people_who_cannot_be_retried_are_reported_with_reason_and_time(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(limits=replace(STANDARD, messages_per_person_per_day=1))
    ding = connect_to(sandbox)
    frame = staff(sandbox, 20)
    ding.plan(frame[:5], dingnb.text("before")).send("before").wait()
    frame = pd.concat([frame, pd.DataFrame({"userid": ["nobody", None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    assert run.missed()["status"].value_counts().loc[lambda n: n > 0].to_dict() == {
        "filtered": 5,
        "invalid": 1,
        "rejected": 1,
    }
    assert run.missed()["retry_at"].notna().sum() == 5
    capsys.readouterr()
    run.retry()
    output = capsys.readouterr().out
    assert "Can be sent to 5 people again from 3 November 2026, 00:15" in output
    assert "Not sent: 2 rows" in output
    clock.advance(24 * HOUR_NS)
    run.retry().wait()
    assert run.missed()["status"].tolist() == ["invalid", "rejected"]


def test_people_dropped_in_a_full_minute_get_it_in_the_next(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, agrees: Agrees
) -> None:
    sandbox = open_sandbox(limits=replace(STANDARD, people_per_minute=40))
    run = connect_to(sandbox).plan(staff(sandbox, 100), dingnb.text("hi")).send("note").wait()
    assert run.missed()["code"].eq("143103").all()
    assert len(run.missed()) == 60
    for _ in range(2):
        clock.advance(60 * NS_PER_S)
        run.retry().wait()
    agrees(sandbox.base_url, run.results())
    assert run.missed().empty


def test_people_with_the_text_from_another_campaign_are_not_retried(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 10)
    ding.plan(frame, dingnb.text("hi")).send("first").wait()
    run = ding.plan(frame, dingnb.text("hi")).send("second").wait()
    assert run.results()["reason"].str.contains("Already got the same text from campaign first").all()
    assert run.missed().empty
    clock.advance(24 * HOUR_NS)
    assert run.retry().wait().results()["status"].eq("filtered").all()


def test_only_one_of_two_concurrent_retries_sends(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 40), dingnb.text("hi")).send("note").wait()
    missed = len(run.missed())
    assert retry(run._context, run._number, WORK_NOTIFICATIONS).people == missed
    with pytest.raises(InputError, match="has not finished"):
        retry(run._context, run._number, WORK_NOTIFICATIONS)
    with pytest.raises(InputError, match="has not finished"):
        ding.campaign("note").retry()
    again = run.resume().wait()
    agrees(sandbox.base_url, again.results())


def test_a_lost_call_of_a_retry_is_repeated(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = connect_to(sandbox).plan(staff(sandbox, 50), dingnb.text("hi")).send("note").wait()
    missed = set(run.missed()["userid"])
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2", nth=1)
    run.retry().wait(check=False)
    results = run.results().set_index("userid").loc[sorted(missed)]
    assert (results["attempts"] == 2).all()
    run_again(run)
    agrees(sandbox.base_url, run.results()[~run.results()["status"].eq("unknown")])


def run_again(run: Any) -> None:
    for _ in range(15):
        if run.missed()["retry_at"].isna().all():
            return
        run.retry(check=False).wait(check=False)


def test_an_unfinished_campaign_has_to_be_resumed_before_a_retry(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=2)
    run = ding.plan(staff(sandbox, 150), dingnb.text("hi")).send("note", check=False)
    assert run.state is State.STOPPED
    with pytest.raises(InputError, match="has not finished") as raised:
        run.retry()
    assert "run.resume()" in raised.value.hint
    assert run.resume().retry().wait().missed().empty


def test_a_retry_of_a_paused_campaign_warns_against_resuming_wrong_content(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox()
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 200), PERSONAL).send("note", wait=False)
    clock.advance(2 * NS_PER_S)
    run.pause()
    run.wait("sent", check=False)
    assert run.state is State.PAUSED
    with pytest.raises(InputError, match="has not finished") as raised:
        run.retry()
    assert "then run.resume(). If its text or its list is wrong, do not resume it: recall" in raised.value.hint
    dingnb.set_language("zh")
    with pytest.raises(InputError) as raised:
        run.retry()
    assert "如果内容或名单有误，请不要继续：用 run.recall() 撤回已发出的消息" in raised.value.hint


@pytest.mark.parametrize("how", ["store_content=False", "pruned"])
def test_without_texts_nothing_advises_a_retry(
    how: str,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    ledger: SqliteLedger,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    plan = connect_to(sandbox, ledger=ledger).plan(staff(sandbox, 40), dingnb.text("hi"))
    run = plan.send("note", store_content=how == "pruned").wait()
    if how == "pruned":
        assert "run.retry() sends" in str(run)
        assert run.missed()["hint"].eq("run.retry() sends to this person again.").all()
        assert "who run.retry() can send to" in str(plan.forecast("note").text)
        with ledger.transaction() as db:
            delete_texts(db, view_of(run).number)
    missed = run.missed()
    assert missed["retry_at"].isna().all()
    for text in (missed["hint"].iloc[0], run.summary().loc["failed", "todo"], str(run), plan.forecast("note").text):
        assert "run.retry() cannot send" in str(text)
        assert "kept: send a new campaign only to the rows of run.missed() w" in str(text)
        assert "run.retry() sends" not in str(text)
    run.retry()
    said = f"Cannot be sent to {len(missed)} people again because the texts are not kept: send a new campaign only to"
    assert said in capsys.readouterr().out
    assert len(run.missed()) == len(missed)
    run.recall(expect=40 - len(missed))
    assert run.missed()["hint"].eq("You can send a changed text.").all()


def test_a_person_whose_row_the_newest_list_rejects_is_retried_as_missed_says(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding, frame = connect_to(sandbox), staff(sandbox, 10)
    failed = ding.plan(frame, PERSONAL).send("note").wait().missed()
    frame["n"] = frame["n"].astype(object)
    frame.loc[failed.index[0], "n"] = None
    run = ding.plan(frame, PERSONAL).send("note")
    missed = run.missed()
    assert missed["status"].tolist() == ["rejected", *["failed"] * (len(failed) - 1)]
    assert missed["retry_at"].notna().all()
    capsys.readouterr()
    run.retry()
    assert capsys.readouterr().out.startswith(f"Sending again to {len(failed)} people.\n")


@pytest.mark.parametrize("key", [None, "name"])
def test_people_whose_row_names_somebody_else_in_the_newest_list_are_neither_retried_nor_reminded(
    key: str | None, open_sandbox: Open, connect_to: Connect
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding, users = connect_to(sandbox), sandbox.state.users(10)
    right = pd.DataFrame({"userid": [user["userid"] for user in users], "name": [user["name"] for user in users]})
    statuses = ding.plan(right, dingnb.text("hi"), key=key).send("note").wait().results()["status"]
    failed, delivered = (right.index[statuses == status] for status in ("failed", "delivered"))
    wrong = right.copy()
    wrong.loc[failed[0], "name"] += "（勿发）"
    wrong.loc[[failed[1], delivered[0]], "name"] = "别人"
    run = ding.plan(wrong, dingnb.text("hi"), check=["name", "note"], key=key).send("note")
    for found in (run, ding.campaign("note")):
        missed = found.missed()
        assert missed["userid"][missed["retry_at"].notna()].tolist() == right["userid"][failed[2:]].tolist()
        reminded = found.remind(dingnb.text("Please read it.")).to_frame()["userid"]
        assert reminded.tolist() == right["userid"][delivered[1:]].tolist()
    run.retry(expect=len(failed) - 2)
    everybody = ding.campaign("note").results().query("status == 'failed'").set_index("userid")
    assert everybody["hint"][right["userid"][failed[:2]]].str.startswith("The latest list leaves this person out").all()
    corrected = ding.plan(right, dingnb.text("hi"), check="name", key=key).send("note")
    assert corrected.missed()["retry_at"].notna()[failed[:2]].all()


def test_a_retry_says_which_people_are_of_other_lists(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding, frame = connect_to(sandbox), staff(sandbox, 10)
    failed = ding.plan(frame, PERSONAL).send("note").wait().missed()
    dropped = failed.index[0]
    run = ding.plan(frame.drop(dropped), PERSONAL).send("note")
    n, who = len(failed), failed["userid"][dropped]
    with pytest.raises(InputError, match=rf"would send again to {n} people \(1 person not in this plan\)\."):
        run.retry(expect=n - 1)
    capsys.readouterr()
    run.retry(expect=n)
    said = f"Sending again to {n} people. This includes 1 person of the campaign, not in this plan ({who}).\n"
    assert capsys.readouterr().out.startswith(said)
    run.wait()
    ding.campaign("note").retry()
    assert "not in this plan" not in capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_texts_the_rows_to_send_a_new_campaign_to_have_the_hint_that_says_so(
    language: Literal["en", "zh"], open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    dingnb.set_language(language)
    sandbox = open_sandbox(failed_share=0.5)
    frame = staff(sandbox, 10)
    run = connect_to(sandbox).plan(frame, dingnb.text("hi"), exclude=frame["userid"][:2]).send(store_content=False)
    run.wait()
    missed = run.missed()
    says_so = missed["hint"].str.contains({"en": "the texts are not kept", "zh": "正文未保留"}[language])
    assert missed["status"][says_so].eq("failed").all()
    assert missed["status"][~says_so].tolist() == ["rejected"] * 2
    for text in (missed["hint"][says_so].iloc[0], run.summary().loc["failed", "todo"]):
        assert {"en": "only to the rows of run.missed() w", "zh": "只发给 run.missed() 中"}[language] in text
    assert not missed["hint"].str.contains("missed")[~says_so].any()


def test_rows_that_share_a_message_whose_text_is_not_kept_are_reported_once(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    frame = staff(sandbox, 20)
    plan = connect_to(sandbox).plan(pd.concat([frame, frame], ignore_index=True), dingnb.text("hi"))
    run = plan.send("note", store_content=False).wait()
    failed = len(run.missed()) // 2
    run.retry()
    said = capsys.readouterr().out
    assert f"Cannot be sent to {failed} people again because the texts are not kept" in said
    assert "Not sent:" not in said


def test_the_plan_run_again_after_a_retry_sends_nothing_and_keeps_its_outcome(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(failed_share=0.2)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 80)
    run = ding.plan(frame, PERSONAL).send("note").wait()
    run_again(run)
    messages = sandbox.state.stats()["messages"]
    assert ding.plan(frame, PERSONAL).send("note").wait().missed().empty
    # A row is removed and another added: the plan differs, but the people are the same.
    more = ding.plan(staff(sandbox, 81).iloc[1:], PERSONAL).send("note").wait()
    run_again(more)
    assert sandbox.state.stats()["messages"] == messages + 1
    agrees(sandbox.base_url, ding.campaign("note").results())
    assert ding.campaigns().iloc[0]["people"] == 81


def test_rebuilding_queued_retry_batches_counts_everybody_once(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 60)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    assert retry(run._context, run._number, WORK_NOTIFICATIONS).people == len(run.missed()) > 5
    # It has not been sent yet, and the next plan has more people, so queued batches are rebuilt.
    more = ding.plan(staff(sandbox, 70), dingnb.text("hi")).send("note").wait()
    run_again(more)
    agrees(sandbox.base_url, more.results())
    agrees(sandbox.base_url, ding.campaign("note").results())
    assert ding.campaigns().iloc[0]["people"] == 70


@pytest.mark.parametrize("way", ["taken out", "excluded"])
def test_people_who_left_the_plan_are_not_retried(
    way: str, open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 20)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    removed = run.missed()["userid"].tolist()[:2]
    if way == "excluded":
        plan = ding.plan(frame, dingnb.text("hi"), exclude=removed)
    else:
        plan = ding.plan(frame[~frame["userid"].isin(removed)], dingnb.text("hi"))
    run_again(again := plan.send("note", absent="drop"))
    results = again.results()
    assert set(results.loc[results["status"].eq("delivered"), "userid"]) == set(frame["userid"]) - set(removed)
    assert {message["userid"] for message in sandbox.state.messages()} == set(frame["userid"]) - set(removed)


def test_a_campaign_of_another_app_is_named_with_its_owner_and_nothing_is_done(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    first, second = open_sandbox(), open_sandbox(seed=12, app_key="dingotherappkey")
    ding = connect_to(first)
    for name in ("note", "pay; rm -r x"):
        ding.plan(staff(first, 5), dingnb.text("hi")).send(name).wait()
        with pytest.raises(InputError, match="belongs to another sandbox, or another app of a sandbox") as raised:
            connect_to(second).campaign(name)
        # A shell reads the name as one argument.
        command = raised.value.hint.split("`")[1]
        assert shlex.split(command) == ["dingnb", "ledger", "show", name]
    with pytest.raises(InputError, match="The ledger has no campaign 'nothing'"):
        connect_to(second).campaign("nothing")


def test_who_is_left_out_by_the_latest_list_is_not_advised_to_be_retried(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=1.0)
    ding, frame = connect_to(sandbox), staff(sandbox, 3)
    ding.plan(frame, PERSONAL).send("note", check=False).wait(check=False)
    ding.plan(frame, PERSONAL, exclude=frame["userid"].head(1)).send("note", check=False)
    found = ding.campaign("note")
    assert found.missed()["retry_at"].notna().tolist() == [False, True, True]
    assert found.missed()["hint"].str.contains("run.retry()", regex=False).tolist() == [False, True, True]
    assert found.missed()["hint"].iloc[0].endswith("first send a plan with them under the same name.")
    ding.plan(frame, PERSONAL).send("note", check=False)
    assert found.missed()["hint"].str.contains("run.retry()", regex=False).all()


def test_people_excluded_by_a_newer_plan_are_not_retried(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 40)
    first = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    left_out, *wanted = first.missed()["userid"]
    calls = sandbox.state.stats()["calls_counted"]
    ding.plan(frame, dingnb.text("hi"), exclude=first.missed()["userid"]).send("note").retry()
    assert sandbox.state.stats()["calls_counted"] == calls
    capsys.readouterr()
    run = ding.plan(frame, dingnb.text("hi"), exclude=[left_out]).send("note").retry()
    assert f"Sending again to {len(wanted)} people." in capsys.readouterr().out
    while not run.wait().missed()["status"].eq("rejected").all():
        run.retry()
    assert left_out not in {message["userid"] for message in sandbox.state.messages()}


def test_a_recalled_text_is_not_retried(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 40)
    run = ding.plan(frame, dingnb.text("wrong")).send("note").wait()
    run.recall(expect=int(run.results()["reached"].sum()))
    messages = sandbox.state.stats()["messages"]
    capsys.readouterr()
    recalled = (run.results()["status"] == "recalled").sum()
    run.retry()
    output = capsys.readouterr().out
    assert "Nothing sent: there is nobody to send to again right now." in output
    assert f"Recalled: {recalled} rows; you can send them a changed text" in output
    assert f"Not sent: {40 - recalled} rows" in output
    assert sandbox.state.stats()["messages"] == messages
    failed = run.missed()[run.missed()["status"] == "failed"]
    assert failed["retry_at"].isna().all()
    assert failed["hint"].eq("You can send a changed text.").all()
    right = ding.plan(frame, dingnb.text("right")).send("note").wait()
    assert right.results()["status"].isin(["delivered", "failed"]).all()


def test_a_retry_reports_the_number_of_pending_results(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note").retry()
    assert "No delivery results for 5 people yet: run.wait()" in capsys.readouterr().out
    assert "No delivery results for 5 people yet" in repr(run)
    run.wait()
    assert "No delivery results" not in repr(run)
    run.retry()
    assert "nobody is known to have missed the message." in capsys.readouterr().out


@pytest.mark.sampled(1)
@pytest.mark.parametrize("finder", ["by name", "the older run", "the newer run"])
def test_no_object_retries_people_excluded_by_the_newest_plan(
    finder: str, open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.4, task_done_after_s=60)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 50)
    older = ding.plan(frame, PERSONAL).send("note")
    # Their results are known only after the newer plan was recorded.
    newer = ding.plan(frame, PERSONAL, exclude=frame["userid"].iloc[:25]).send("note").wait()
    run = {"by name": ding.campaign("note"), "the older run": older, "the newer run": newer}[finder]
    before = {message["userid"] for message in sandbox.state.messages()}
    run_again(run.retry().wait())
    after = {message["userid"] for message in sandbox.state.messages()}
    assert not after.difference(before) & set(frame["userid"].iloc[:25])
    assert set(frame["userid"].iloc[25:]) <= after
    # Back in the plan, they are sent to.
    run_again(ding.plan(frame, PERSONAL).send("note").wait())
    assert {message["userid"] for message in sandbox.state.messages()} == set(frame["userid"])


def test_results_that_expired_leave_unknown_outcomes(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(task_done_after_s=10**6)
    run = connect_to(sandbox).plan(staff(sandbox, 5), dingnb.text("hi")).send("note")
    assert view_of(run).results.unknown().empty
    clock.advance(25 * HOUR_NS)
    assert len(view_of(run).results.unknown()) == 5
    run.retry()
    assert "Delivery can no longer be checked for 5 rows." in capsys.readouterr().out


def test_a_retry_without_a_network_raises_and_can_be_resumed(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = connect_to(sandbox).plan(staff(sandbox, 40), dingnb.text("hi")).send("note").wait()
    missed = len(run.missed())
    sandbox.stop()
    with pytest.raises(IncompleteError, match="cannot be reached"):
        run.retry()
    assert run.state is State.STOPPED
    assert run.results()["status"].value_counts()["queued"] == missed


def test_a_retry_dropped_as_a_repeat_is_not_followed_by_another(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(failed_share=0.3, same_content_counted_at="acceptance")
    run = connect_to(sandbox).plan(staff(sandbox, 40), dingnb.text("hi")).send("note").wait()
    missed = len(run.missed())
    run.retry().wait()
    assert run.missed()["code"].eq("143106").all()
    assert run.missed()["reason"].str.contains("note sent that day without reaching this person").all()
    tasks = sandbox.state.stats()["tasks"]
    clock.advance(24 * HOUR_NS)
    assert len(run.retry().wait().missed()) == missed
    assert sandbox.state.stats()["tasks"] == tasks


def no_call_leaves(sandbox: RunningSandbox, act: Callable[[], object]) -> None:
    before = sandbox.state.stats()["calls_counted"]
    act()
    assert sandbox.state.stats()["calls_counted"] == before


def copies(sandbox: RunningSandbox) -> set[int]:
    """Return the different numbers of messages that people received."""
    return set(pd.Series([message["userid"] for message in sandbox.state.messages()]).value_counts())


@pytest.mark.parametrize("days", [0, 1, 8])
def test_people_with_the_text_from_another_ledger_are_never_retried(
    days: int,
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = staff(sandbox, 40)
    elsewhere, here = (connect_to(sandbox, ledger=SqliteLedger(tmp_path / name)) for name in ("elsewhere", "here"))
    elsewhere.plan(frame, dingnb.text("hi")).send("note").wait()
    run = here.plan(frame, dingnb.text("hi")).send("note").wait()
    assert run.results()["status"].eq("filtered").all()
    clock.advance(days * 24 * HOUR_NS)
    missed = run.missed()
    assert missed["retry_at"].isna().all()
    assert missed["reason"].eq("This app already sent the person the same text that day.").all()
    assert missed["hint"].str.contains("has the text, or may have it").all()
    capsys.readouterr()
    no_call_leaves(sandbox, lambda: here.campaign("note").retry())
    output = capsys.readouterr().out
    assert "Nothing sent: there is nobody to send to again right now." in output
    assert "40 rows received the same text on the day of sending, or may have, and won't be sent again." in output
    assert "has to be" not in output
    # Running the cell again sends nothing either, with or without new people in the list.
    no_call_leaves(sandbox, lambda: here.plan(frame, dingnb.text("hi")).send("note"))
    more = here.plan(staff(sandbox, 41), dingnb.text("hi")).send("note", expect=41).wait()
    assert more.results()["status"].tolist() == ["filtered"] * 40 + ["delivered"]
    assert copies(sandbox) == {1}
    foreseen = here.plan(frame, dingnb.text("hi")).forecast("note")
    assert (foreseen.failed, foreseen.people_sent_to()) == (0, 0)


def test_people_dropped_without_a_code_are_never_retried(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    frame = staff(sandbox, 3)
    dropped = {"errcode": 0, "send_result": {"forbidden_user_id_list": frame["userid"].tolist()}}
    server = ResultAnswers(ding, lambda: dropped)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    server.ends = True
    assert run.missed()["status"].eq("filtered").all()
    assert run.missed()["code"].isna().all()
    assert run.missed()["hint"].str.contains("may have had the same text").all()
    clock.advance(48 * HOUR_NS)
    no_call_leaves(sandbox, run.retry)
    no_call_leaves(sandbox, lambda: ding.plan(frame, dingnb.text("hi")).send("note"))
    assert ding.plan(frame, dingnb.text("hi")).forecast("note").failed == 0


def test_another_text_for_people_with_the_first_from_elsewhere_needs_a_decision(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 5)
    elsewhere, here = (connect_to(sandbox, ledger=SqliteLedger(tmp_path / name)) for name in ("elsewhere", "here"))
    elsewhere.plan(frame, dingnb.text("hi")).send("note").wait()
    here.plan(frame, dingnb.text("hi")).send("note").wait()
    other = here.plan(frame, dingnb.text("hello"))
    assert other.forecast("note").changed == 5
    with pytest.raises(ChangedBodyError, match="5 people"):
        other.send("note")
    assert other.send("note", changed="resend").wait().results()["status"].eq("delivered").all()
    # Back to the first text, which they have or may have: it is not sent a second time without a decision.
    with pytest.raises(ChangedBodyError, match="5 people"):
        no_call_leaves(sandbox, lambda: here.plan(frame, dingnb.text("hi")).send("note"))
    no_call_leaves(sandbox, lambda: here.plan(frame, dingnb.text("hi")).send("note", changed="skip"))


def test_a_repeat_dropped_in_another_campaign_does_not_count_as_missed(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 5)
    elsewhere, here = (connect_to(sandbox, ledger=SqliteLedger(tmp_path / name)) for name in ("elsewhere", "here"))
    elsewhere.plan(frame, dingnb.text("hi")).send("note").wait()
    here.plan(frame, dingnb.text("hi")).send("first").wait()
    run = here.plan(frame, dingnb.text("hi")).send("second").wait()
    assert run.missed()["reason"].str.contains("as it did for campaign first on the same day").all()
    assert run.missed()["retry_at"].isna().all()


def test_a_hint_recorded_by_an_older_version_does_not_suggest_a_second_message(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 2)
    ledger = SqliteLedger(tmp_path)
    connect_to(sandbox, ledger=SqliteLedger(tmp_path / "elsewhere")).plan(frame, dingnb.text("hi")).send("note").wait()
    run = connect_to(sandbox, ledger=ledger).plan(frame, dingnb.text("hi")).send("note").wait()
    with ledger.transaction() as db:
        db.execute("UPDATE outcomes SET hint = 'run.retry() tomorrow'")
    assert run.results()["hint"].str.contains("has the text, or may have it").all()


def test_a_live_retry_requires_expect_and_names_the_number(
    open_sandbox: Open, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = make_live(connect_to(sandbox)).plan(staff(sandbox, 40), dingnb.text("hi")).send("note", expect=40).wait()
    failed = len(run.missed())
    tasks = sandbox.state.stats()["tasks"]
    with pytest.raises(LiveSendError, match=f"send again to {failed} people. Nothing was sent again.") as raised:
        run.retry()
    assert raised.value.hint == f"If that is right, pass expect={failed}."
    assert run.state is State.FINISHED
    assert sandbox.state.stats()["tasks"] == tasks
    while not run.missed().empty:
        run.retry(expect=len(run.missed())).wait()
    capsys.readouterr()
    for expect in (None, 7):
        no_call_leaves(sandbox, lambda expect=expect: run.retry(expect=expect))
        assert "Nothing sent: nobody is known to have missed the message." in capsys.readouterr().out


def test_a_retry_without_answers_can_be_sent_again_by_decision(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.4)
    run = connect_to(sandbox).plan(staff(sandbox, 8), PERSONAL).send("note").wait(check=False)
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2")
    run.retry(check=False).wait("sent", check=False)
    sandbox.state.faults.clear()
    lost = int(run.results()["status"].eq("unknown").sum())
    assert lost
    tasks = sandbox.state.stats()["tasks"]
    run.resolve("resend", expect=lost, wait=False).wait("sent", check=False)
    assert sandbox.state.stats()["tasks"] == tasks + lost
