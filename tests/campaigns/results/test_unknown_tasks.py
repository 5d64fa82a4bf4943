"""Sends that DingTalk accepted, and whose results it then refuses with 40035, as it does not know them any more."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.results.poller import AutoRefreshEnd
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import ArgumentError, BadAnswerError, IncompleteError, NobodyError
from dingnb.sandbox import RunningSandbox
from tests.campaigns.results.result_answers import ResultAnswers

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Counts = Callable[[RunningSandbox], int]

CHECK_APP = "Check whether the campaign was sent with this app"
ASK_FIRST = "They may have the message: ask them, or DingTalk's support, before you send it again."
OTHERS = "Everybody else is refreshed as usual."


def forget(sandbox: RunningSandbox, task_ids: Iterable[object]) -> dict[int, Any]:
    """Make the sandbox answer 40035 to requests for the results of some tasks; return the tasks."""
    with sandbox.state.lock:
        return {int(str(task_id)): sandbox.state.tasks._by_id.pop(int(str(task_id))) for task_id in set(task_ids)}


def personal(ding: DingTalk, people: pd.DataFrame, clock: VirtualClock) -> Campaign:
    """Send each person a message of its own, and wait until results are available."""
    run = ding.plan(people, dingnb.text("{{ userid }}")).send()
    clock.advance(seconds_to_ns(10))
    return run


def refusal(run: Campaign) -> ArgumentError:
    """Return the error of a refresh."""
    with pytest.raises(ArgumentError) as caught:
        run.refresh()
    return caught.value


@pytest.mark.parametrize("how", ["refresh", "wait", "remind"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_people_whose_send_dingtalk_does_not_know_are_named_and_other_results_are_read(
    how: str, language: Any, open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    people = staff(sandbox, 250)
    ding = connect_to(sandbox)
    run = ding.plan(people.assign(name=[f"N{n}" for n in range(250)]), dingnb.text("hi")).send()
    dingnb.set_language(language)
    clock.advance(seconds_to_ns(10))
    forget(sandbox, run.results()["task_id"].iloc[:1])
    if how == "remind":
        plan = run.remind(dingnb.text("again"))
        assert plan.people == 150
        note = "Not reminded: 100 people" if language == "en" else "未提醒 100 人"
        assert note in repr(plan)
    else:
        with pytest.raises(ArgumentError if how == "refresh" else IncompleteError) as caught:
            getattr(run, how)()
        [first, todo] = str(caught.value).splitlines()
        assert "N0, N1, N2, N3, N4" in first.replace("、", ", ")
        assert str(run.results()["task_id"].iloc[0]) in todo
        assert "may have the message" in todo or "消息可能已送达" in todo
        error = caught.value if how == "refresh" else caught.value.__cause__
        assert isinstance(error, ArgumentError)
        assert error.code == "40035"
    results = run.results()
    is_unknown = results["status"] == "accepted"
    assert is_unknown.sum() == 100
    assert (results["status"] == "delivered").sum() == 150
    assert results.loc[is_unknown, "code"].eq("40035").all()
    assert results.loc[is_unknown, ["reason", "hint"]].notna().all(axis=None)
    assert results.loc[~is_unknown, ["reason", "hint", "code"]].isna().all(axis=None)


def test_the_oldest_sends_being_unknown_does_not_keep_the_others_from_being_read(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = personal(connect_to(sandbox), staff(sandbox, 20), clock)
    forget(sandbox, run.results()["task_id"].iloc[:3])
    assert run.remind(dingnb.text("again")).people == 17
    assert (run.results()["status"] == "delivered").sum() == 17
    clock.advance(seconds_to_ns(600))
    assert OTHERS in refusal(run).hint


def test_if_dingtalk_knows_no_send_only_a_few_are_requested(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    run = personal(ding, staff(sandbox, 20), clock)
    forget(sandbox, run.results()["task_id"])
    for times in (1, 2):
        hint = refusal(run).hint
        assert ASK_FIRST in hint
        assert CHECK_APP in hint
        assert OTHERS not in hint
        assert result_calls(sandbox) == 4 * times
    assert "another 12 batches were not checked" in hint


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_warning_against_sending_again_stays_however_often_results_are_refreshed(
    language: Any, open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1.0, read_within_s=60)
    run = personal(connect_to(sandbox), staff(sandbox, 20), clock)
    dingnb.set_language(language)
    forget(sandbox, run.results()["task_id"].iloc[:1])
    hints = [refusal(run).hint, refusal(run).hint]
    clock.advance(seconds_to_ns(600))
    hints += [refusal(run).hint for _ in range(2)]
    assert (run.results()["status"] == "read").sum() == 19
    assert len(set(hints)) == 1
    assert ASK_FIRST in hints[0] or "再决定是否重新发送" in hints[0]


def test_one_send_that_dingtalk_does_not_know_may_be_of_another_app(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    forget(sandbox, run.results()["task_id"])
    hint = refusal(run).hint
    assert ASK_FIRST in hint
    assert CHECK_APP in hint


def test_a_send_that_dingtalk_knows_again_is_read_and_counted_again(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    run = personal(ding, staff(sandbox, 5), clock)
    forgotten = forget(sandbox, run.results()["task_id"].iloc[:2])
    refusal(run)
    found = ding.campaign(run.name)
    assert found.results()["code"].eq("40035").sum() == 2
    with sandbox.state.lock:
        sandbox.state.tasks._by_id.update(forgotten)
    clock.advance(seconds_to_ns(10))
    results = found.refresh().results()
    assert (results["status"] == "delivered").all()
    assert results[["reason", "hint", "code"]].isna().all(axis=None)


def test_no_number_counts_people_whose_send_is_unknown_as_still_to_come(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = personal(connect_to(sandbox), staff(sandbox, 20), clock)
    forget(sandbox, run.results()["task_id"].iloc[:3])
    refusal(run)
    outcome = view_of(run).last_refresh
    assert outcome is not None
    assert (outcome.ready, outcome.not_ready, outcome.unread, outcome.next_in_s) == (17, 0, 3, None)
    said = str(outcome.text)
    assert said.startswith("17 batches: DingTalk has results for all.")
    assert "Results not read: 3 batches." in said
    view = view_of(run).results
    assert (view.count_pending(), view.count_uncheckable()) == (0, 3)
    capsys.readouterr()
    run.missed()
    assert "3 people whose delivery DingTalk no longer reports" in capsys.readouterr().out


def test_a_refresh_that_checked_no_more_sends_says_that_the_next_one_continues(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = personal(connect_to(sandbox), staff(sandbox, 20), clock)
    forget(sandbox, run.results()["task_id"].iloc[[0, 1, 2, 19]])
    advice = refusal(run).advice
    said = "another 16 batches were not checked: {} continues with them."
    assert said.format("run.refresh()") in str(advice)
    assert said.format("“Refresh delivery status”") in str(advice.in_form())
    assert (run.results()["status"] == "delivered").sum() == 0
    assert "not checked" not in str(refusal(run))
    assert (run.results()["status"] == "delivered").sum() == 16


def test_only_people_without_a_final_status_are_named(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.5, read_within_s=1)
    people = staff(sandbox, 40).assign(name=[f"N{n}" for n in range(40)])
    run = connect_to(sandbox).plan(people, dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(100))
    statuses = run.refresh().results()["status"]
    unread = int((statuses == "delivered").sum())
    assert 0 < unread < 40
    forget(sandbox, run.results()["task_id"])
    clock.advance(seconds_to_ns(10))
    assert f"for {unread} people: " in str(refusal(run)).splitlines()[0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_reminder_says_whose_read_state_is_an_earlier_one(
    language: Any, open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 3), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    run.refresh()
    forget(sandbox, run.results()["task_id"])
    clock.advance(seconds_to_ns(600))
    dingnb.set_language(language)
    said = "Reads could not be checked for 3 people" if language == "en" else "3 人的已读情况无法查询"
    assert said in repr(run.remind(dingnb.text("again")))
    results = run.results()
    assert (results["status"] == "delivered").all()
    assert results[["reason", "hint"]].notna().all(axis=None)
    # The ledger knows it as well.
    assert said in repr(ding.campaign(run.name).remind(dingnb.text("again"), refresh=False))


def test_a_reminder_counts_people_whose_results_were_not_requested_any_more(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = personal(connect_to(sandbox), staff(sandbox, 20), clock)
    run.refresh()
    forget(sandbox, run.results()["task_id"])
    clock.advance(seconds_to_ns(600))
    plan = run.remind(dingnb.text("again"))
    assert plan.people == 20
    said = repr(plan)
    assert "Reads could not be checked for 20 people (" in said
    assert "DingTalk no longer knows the send" in said
    assert "DingTalk knew none of the sends that were checked, so the others were not" in said


def test_a_reminder_says_whose_result_was_that_of_another_send(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    sandbox.state.faults.add("strangers", path="/getsendresult", nth=2)
    plan = run.remind(dingnb.text("again"))
    assert plan.people == 150
    assert "Not reminded: 100 people whose delivery could not be checked (DingTalk answered with" in repr(plan)


def test_nobody_to_remind_is_not_said_without_those_who_could_not_be_checked(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    forget(sandbox, run.results()["task_id"])
    with pytest.raises(NobodyError) as caught:
        run.remind(dingnb.text("again"))
    assert "Not reminded: 2 people" in caught.value.hint


def test_unknown_sends_and_results_of_other_sends_are_reported_together(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = personal(connect_to(sandbox), staff(sandbox, 5), clock)
    task_ids = run.results()["task_id"].tolist()
    forget(sandbox, task_ids[:1])
    sandbox.state.faults.add("strangers", path="/getsendresult", nth=3)
    error = refusal(run)
    assert str(task_ids[0]) in error.hint
    assert "to whom that task was not sent" in str(error).splitlines()[0]
    assert "It is the result of a different send." in error.hint
    assert error.hint.endswith(OTHERS)
    outcome = view_of(run).last_refresh
    assert outcome is not None
    assert (outcome.ready, outcome.unread) == (3, 2)


@pytest.mark.parametrize(
    ("code", "message"), [(40035, "不合法的参数: task_id, agent_id"), (40000, "参数错误"), (400002, "参数错误")]
)
def test_only_a_refusal_of_the_task_counts_as_an_unknown_send(
    code: int, message: str, sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = personal(ding, staff(sandbox, 2), clock)
    ResultAnswers(ding, lambda: {"errcode": code, "errmsg": message})
    with pytest.raises(ArgumentError) as caught:
        run.remind(dingnb.text("again"))
    assert caught.value.code == str(code)
    assert ASK_FIRST not in caught.value.hint
    assert run.results()["code"].isna().all()


def test_people_of_an_earlier_list_are_named_as_well(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    people = staff(sandbox, 4).assign(name=["Ann", "Bob", "Cy", "Di"])
    message = dingnb.text("{{ name }}")
    ding.plan(people[:2], message).send("two-lists")
    run = ding.plan(people[2:], message).send("two-lists", absent="drop")
    clock.advance(seconds_to_ns(10))
    run.refresh()
    results = ding.campaign("two-lists").results()
    forget(sandbox, results["task_id"].iloc[:1])
    clock.advance(seconds_to_ns(10))
    assert ": Ann." in str(refusal(run))


def test_an_automatic_refresh_with_unknown_sends_only_does_not_end_as_final(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1.0, read_within_s=1)
    run = personal(connect_to(sandbox), staff(sandbox, 5), clock)
    forget(sandbox, run.results()["task_id"].iloc[:1])
    for _ in range(2):
        refresh = view_of(run).auto_refresh(lambda _: None)
        assert refresh.run(timeout_s=600, max_calls=50) is AutoRefreshEnd.UNREAD
        assert isinstance(refresh.unread, ArgumentError)
    assert not isinstance(refresh.unread, BadAnswerError)


def test_nobody_whose_send_is_unknown_is_sent_to_again(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    people = staff(sandbox, 5)
    ding = connect_to(sandbox)
    run = personal(ding, people, clock)
    forget(sandbox, run.results()["task_id"].iloc[:2])
    refusal(run)
    attempts = run.results()["attempts"].sum()
    run.retry(expect=0)
    ding.plan(people, dingnb.text("{{ userid }}")).send(run.name, check=False)
    assert run.results()["attempts"].sum() == attempts
    assert run.missed().empty
    clock.advance(seconds_to_ns(25 * 3_600))
    expired = run.results().iloc[:2]
    assert expired["code"].isna().all()
    assert expired["reason"].str.contains("window is over").all()
