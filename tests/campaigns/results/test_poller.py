from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.results.poller import AutoRefreshEnd, PollingWait, ResultsPoller
from dingnb.campaigns.results.refresh_progress import (
    AutoRefreshClaim,
    RefreshRecorder,
    ongoing_refreshes,
    was_refreshed_since,
)
from dingnb.campaigns.status import FINAL, Status
from dingnb.channels import WORK_NOTIFICATIONS
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.display import ProgressBar
from dingnb.errors import QuotaError, TransportError
from dingnb.ledger.campaigns import campaigns
from dingnb.sandbox import RunningSandbox
from tests.campaigns.results.result_answers import ResultAnswers

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Counts = Callable[[RunningSandbox], int]
DAY_S = 24 * 3_600


def test_a_late_result_is_requested_rarely(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=6 * 3_600)
    run = connect_to(sandbox).plan(staff(sandbox, 50), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    assert run.wait().results()["status"].isin(["delivered", "read"]).all()
    assert 6 * 3_600 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 8 * 3_600
    assert result_calls(sandbox) <= 22


@pytest.mark.parametrize("early_result", ["error", "empty"])
def test_after_24_hours_without_a_result_it_expires(
    early_result: str,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    result_calls: Counts,
    clock: VirtualClock,
) -> None:
    sandbox = open_sandbox(task_done_after_s=2 * DAY_S, early_result=early_result)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    assert run.results()["reason"].isna().all()
    began_ns = clock.monotonic_ns()
    results = run.wait().results()
    assert DAY_S - 60 <= (clock.monotonic_ns() - began_ns) / NS_PER_S <= DAY_S + 3_600
    assert (results["status"] == "accepted").all()
    assert (results["reason"] == "DingTalk's result window is over.").all()
    assert results["hint"].notna().all()
    assert "DingTalk's result window is over." in repr(run)
    assert result_calls(sandbox) <= 40 * 3
    calls = result_calls(sandbox)
    assert run.refresh().wait().results()["reason"].eq("DingTalk's result window is over.").all()
    assert result_calls(sandbox) == calls


def test_known_results_are_kept_after_24_hours(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send().wait()
    before = run.results()
    clock.advance(seconds_to_ns(2 * DAY_S))
    pd.testing.assert_frame_equal(run.refresh().results(), before)


def test_the_wait_for_readers_ends_when_enough_have_read(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.8)
    run = connect_to(sandbox).plan(staff(sandbox, 200), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    results = run.wait(until="read", share=0.5).results()
    assert 0.5 <= (results["status"] == "read").mean() < 0.85
    assert (clock.monotonic_ns() - began_ns) / NS_PER_S < 2 * 3_600


def test_the_wait_for_readers_who_never_read_ends_with_the_window(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = connect_to(sandbox).plan(staff(sandbox, 20), dingnb.text("hi")).send()
    assert (run.wait(until="read").results()["status"] == "delivered").all()
    assert result_calls(sandbox) <= 40


def test_a_wait_that_ends_early_says_so_and_what_it_cost(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = connect_to(sandbox).plan(staff(sandbox, 20), dingnb.text("hi {{ n }}")).send().wait()
    assert "wait ended" not in capsys.readouterr().out
    calls = result_calls(sandbox)
    run.wait("read", share=0.3, timeout_s=30)
    calls = result_calls(sandbox) - calls
    said = f"20 delivered (0 read) · wait ended at 0% read, short of 30% · {calls} calls"
    assert calls > 1
    assert said in capsys.readouterr().out
    run.wait("read", share=0)
    assert "20 delivered (0 read) · 0 calls" in capsys.readouterr().out
    dingnb.set_language("zh")
    run.wait("read", share=0.3, timeout_s=0)
    dingnb.set_language("en")
    assert "等待结束：已读 0%，未达 30% · 0 次调用" in capsys.readouterr().out


def test_a_refresh_requests_each_non_final_batch_once(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1, read_within_s=100)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(200))
    assert (run.refresh().results()["status"] == "read").all()
    assert result_calls(sandbox) == 3
    run.refresh()
    assert result_calls(sandbox) == 3


def test_results_that_expire_during_a_refresh_do_not_raise(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    run = connect_to(sandbox, latency_s=0.1).plan(staff(sandbox, 100), dingnb.text("number {{ n }}")).send()
    age_s = (clock.now_ns() - run.results()["sent_at"].min().value) / NS_PER_S
    # The first window is open when the call leaves, and closed when it arrives.
    clock.advance(seconds_to_ns(DAY_S - age_s - 0.03))
    statuses = run.refresh().results()["status"].value_counts()
    assert statuses["accepted"] > 0
    assert statuses.sum() == 100


def test_an_interrupt_between_two_polls_is_not_lost(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=6 * 3_600)
    ding = connect_to(sandbox)
    ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("a")
    line = ding._send_context()
    with line.ledger.connection() as db:
        number = campaigns.find_all(db, line.realm)[0].id
    watch, stop = ResultsPoller(line, number, WORK_NOTIFICATIONS), clock.event()

    def is_enough() -> bool:
        watch.interrupt(stop)
        return False

    began_ns = clock.monotonic_ns()
    watch.run(frozenset({Status.DELIVERED}), is_enough, stop, None)
    assert clock.monotonic_ns() == began_ns


def watch_of(ding: DingTalk) -> ResultsPoller:
    """Return a watch of the only campaign."""
    line = ding._send_context()
    with line.ledger.connection() as db:
        return ResultsPoller(line, campaigns.find_all(db, line.realm)[0].id, WORK_NOTIFICATIONS)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("takes_s", "most"), [(1, 105), (5, 105), (30, 105), (60, 105), (600, 112)])
def test_the_outcomes_of_10000_people_cost_one_call_for_each_batch_and_a_few_more(
    takes_s: float,
    most: int,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    result_calls: Counts,
    clock: VirtualClock,
) -> None:
    sandbox = open_sandbox(users=10_400, task_done_after_s=takes_s)
    run = connect_to(sandbox, latency_s=0.15).plan(staff(sandbox, 10_000), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    assert run.wait().results()["status"].isin(["delivered", "read"]).all()
    assert (clock.monotonic_ns() - began_ns) / NS_PER_S < 1.5 * takes_s + 20
    assert 100 <= result_calls(sandbox) <= most


def test_a_restarted_kernel_needs_no_more_calls(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(users=2_200)
    connect_to(sandbox).plan(staff(sandbox, 2_000), dingnb.text("hi")).send("a")
    clock.advance(seconds_to_ns(3_600))
    run = connect_to(sandbox).campaign("a").wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert result_calls(sandbox) == 20


@pytest.mark.parametrize("early_result", ["error", "empty"])
def test_an_early_refresh_costs_two_calls_and_says_so(
    early_result: str,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    result_calls: Counts,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = open_sandbox(users=1_100, task_done_after_s=30, early_result=early_result)
    run = connect_to(sandbox).plan(staff(sandbox, 1_000), dingnb.text("hi")).send()

    def says(after_s: float) -> tuple[str, int]:
        clock.advance(seconds_to_ns(after_s))
        before = result_calls(sandbox)
        capsys.readouterr()
        run.refresh()
        return capsys.readouterr().out, result_calls(sandbox) - before

    began_ns = clock.monotonic_ns()
    assert says(0)[1] == 2
    assert seconds_to_ns(1.5) <= clock.monotonic_ns() - began_ns <= seconds_to_ns(2.5)
    words, calls = says(10)
    assert words.startswith("10 batches: DingTalk has results for 0, not yet for 10; check again in about ")
    assert calls == 2
    words, calls = says(1)
    assert "Not checked now" in words
    assert calls == 0
    words, calls = says(30)
    assert words == "10 batches: DingTalk has results for all.\n"
    assert calls == 10
    dingnb.set_language("zh")
    assert says(1) == ("10 批：钉钉均已有结果；刚刚查询过，未再查询。\n", 0)


def test_a_refresh_finds_results_despite_a_stuck_task(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1, read_within_s=0)
    sandbox.state.faults.add("unfinished", path="/asyncsend_v2", nth=1)
    connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send("a")
    clock.advance(seconds_to_ns(60))
    run = connect_to(sandbox).campaign("a").refresh()
    assert run.results()["status"].value_counts()["read"] == 150
    assert result_calls(sandbox) == 3


def test_a_task_that_never_finishes_ends_with_its_day(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox()
    sandbox.state.faults.add("unfinished", path="/asyncsend_v2", nth=2)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    run.wait(timeout_s=100)
    assert (clock.monotonic_ns() - began_ns) / NS_PER_S == pytest.approx(100, abs=1)
    results = run.wait().results()
    assert (clock.monotonic_ns() - began_ns) / NS_PER_S == pytest.approx(DAY_S, abs=120)
    assert (results["reason"] == "DingTalk's result window is over.").sum() == 100
    assert results["status"].isin(["delivered", "read"]).sum() == 150
    assert result_calls(sandbox) <= 38


def test_people_missing_in_a_result_are_requested_again(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 3), dingnb.text("hi")).send()
    results: list[dict[str, Any]] = [{"unread_user_id_list": run.results()["userid"].tolist()[:2]}]
    answers = ResultAnswers(ding, lambda: {"errcode": 0, "send_result": results[0]})
    clock.advance(seconds_to_ns(10))
    assert run.refresh().results()["status"].tolist() == ["delivered", "delivered", "accepted"]
    began_ns = clock.monotonic_ns()
    run.wait(timeout_s=25)
    assert 1 <= answers.answered - 1 <= 2
    answers.ends = True
    run.wait()
    assert (run.results()["status"] == "delivered").all()
    assert (clock.monotonic_ns() - began_ns) / NS_PER_S < 100


def test_a_wait_shows_its_reason(open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock) -> None:
    sandbox = open_sandbox(task_done_after_s=30)
    ding = connect_to(sandbox)
    ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    watch, said = watch_of(ding), []
    assert not watch.wait_text

    def hears() -> bool:
        if watch.current_wait is not None:
            said.append((str(watch.current_wait.text(clock.monotonic_ns())), str(watch.current_wait.text(0))))
        return False

    watch.run(frozenset(Status), hears, clock.event(), None)
    assert any(late.startswith("(waiting for the results of 3 batches; next check in ") for _, late in said)
    assert any(now == "(waiting for the results of 3 batches; next check in 0 s)" for now, _ in said)
    assert watch.current_wait is None


def test_the_counts_and_the_wait_in_parentheses_have_no_dot_between_them(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, shown = open_sandbox(task_done_after_s=30), list[str]()
    monkeypatch.setattr(ProgressBar, "show", lambda _bar, text, _share: shown.append(str(text)))
    with clock.participating():
        connect_to(sandbox).plan(staff(sandbox, 2), dingnb.text("hi")).send().wait("delivered")
    assert any(text.startswith("Delivery results: 0 of 2 people (waiting for the results of ") for text in shown)


def test_a_pause_during_a_refresh_keeps_the_progress(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(3_600))
    waits: list[PollingWait] = []
    poller = ResultsPoller(run._context, run._number, WORK_NOTIFICATIONS, waits.append)
    sandbox.state.faults.add("throttled", path="/getsendresult", nth=3)
    poller.refresh_once(FINAL, clock.event())
    [pause] = [wait for wait in waits if wait.next_ns is not None]
    assert (pause.made, pause.max_calls) == (2, 3)


def test_a_refused_refresh_keeps_what_was_read_and_shows_no_wait_any_more(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    watch = watch_of(ding)
    # The first call waits, so that there is a wait to forget.
    sandbox.state.faults.add("throttled", path="/getsendresult", nth=1)
    sandbox.state.faults.add("month", path="/getsendresult", nth=3)
    with pytest.raises(QuotaError):
        watch.refresh_once(FINAL, clock.event())
    assert watch.current_wait is None
    assert not watch.wait_text
    assert run.results()["status"].isin(["delivered", "read"]).any()


def test_a_refusal_does_not_count_as_an_end_by_the_user(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    refresh = view_of(run).auto_refresh(lambda _: None)
    sandbox.state.faults.add("month", path="/getsendresult", nth=1)
    with pytest.raises(QuotaError):
        refresh.run(timeout_s=60, max_calls=10)
    # Nobody has ended it: it goes on, and makes the one permitted call.
    assert refresh.run(timeout_s=60, max_calls=1) is AutoRefreshEnd.MAX_CALLS
    refresh.end()
    assert refresh.run(timeout_s=60, max_calls=10) is AutoRefreshEnd.ENDED


def test_an_automatic_refresh_goes_on_for_all_but_those_whose_send_dingtalk_does_not_know(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(read_share=1.0, read_within_s=3_600)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    unknown = run.results()["task_id"].iloc[0]
    with sandbox.state.lock:
        del sandbox.state.tasks._by_id[int(unknown)]
    unread: list[object] = []
    refresh = view_of(run).auto_refresh(lambda _: unread.append(refresh.unread))
    assert refresh.run(timeout_s=8 * 3_600, max_calls=250) is AutoRefreshEnd.UNREAD
    results = run.results()
    assert (results.loc[results["task_id"] == unknown, "status"] == "accepted").all()
    assert (results.loc[results["task_id"] != unknown, "status"] == "read").all()
    # It says so at once, rather than at its end.
    assert refresh.unread is not None
    assert sum(error is None for error in unread) <= 3
    requested = [call for call in sandbox.state.recorded_calls() if call["code"] == "40035"]
    assert len(requested) == 1


def test_an_automatic_refresh_reports_why_it_ended(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1.0)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()

    def end(**limits: float) -> AutoRefreshEnd:
        return view_of(run).auto_refresh(lambda _: None).run(**limits)

    assert end(timeout_s=1, max_calls=3) is AutoRefreshEnd.TIMED_OUT
    clock.advance(seconds_to_ns(3_600))
    assert end(timeout_s=60, max_calls=2) is AutoRefreshEnd.MAX_CALLS
    # The last permitted call returns the last missing result.
    assert end(timeout_s=60, max_calls=1) is AutoRefreshEnd.FINAL


def test_only_one_automatic_refresh_of_a_campaign_makes_calls(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.0)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(3_600))
    waits: list[PollingWait] = []
    elsewhere = connect_to(sandbox).campaign(run.name)
    claim = AutoRefreshClaim(view_of(elsewhere).context, elsewhere._number)
    assert claim.take(0) is None

    def end(max_calls: int) -> AutoRefreshEnd:
        return view_of(run).auto_refresh(waits.append).run(timeout_s=60, max_calls=max_calls)

    assert end(10) is AutoRefreshEnd.TIMED_OUT
    assert result_calls(sandbox) == 0
    assert waits
    assert all(wait.is_elsewhere for wait in waits)
    # Its calls are part of the limit, since the results are the same.
    claim.take(4)
    assert end(4) is AutoRefreshEnd.MAX_CALLS
    # A refresh on demand is made nevertheless, and does not end the other one's turn.
    run.refresh()
    refreshed = result_calls(sandbox)
    assert refreshed > 0
    end(10)
    assert result_calls(sandbox) == refreshed
    # It takes over once the other one ends, or gives no sign of life.
    claim.release()
    end(10)
    by_itself = result_calls(sandbox)
    assert by_itself > refreshed
    assert claim.take(0) is None
    clock.advance(seconds_to_ns(601))
    end(10)
    assert result_calls(sandbox) > by_itself


@pytest.mark.parametrize("fault", ["refuse", "drop_before"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "(DingTalk cannot be reached or is failing; trying again in 0 s, giving up in "),
        ("zh", "（无法连接钉钉，或钉钉出现故障；0 秒后重试，"),
    ],
)
def test_a_wait_shows_failures_and_gives_up_when_its_patience_ends(
    fault: str,
    language: Any,
    words: str,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    result_calls: Counts,
    clock: VirtualClock,
) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox, outage_patience_s=100)
    ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    dingnb.set_language(language)
    clock.advance(seconds_to_ns(10))
    watch, said = watch_of(ding), []

    def hears() -> bool:
        said.append(str(watch.wait_text))
        return False

    with clock.participating():
        began_ns = clock.monotonic_ns()
        sandbox.state.faults.add(fault, **({"for_s": 1_000} if fault == "refuse" else {}))
        with pytest.raises(TransportError):
            watch.run(frozenset({Status.DELIVERED}), hears, clock.event(), None)
        gave_up_ns = clock.monotonic_ns()
    texts = [line for line in said if line]
    assert all(words in text for text in texts)
    assert gave_up_ns - began_ns == seconds_to_ns(100)
    # One call after each pause: 1, 2, 4, 8, 16, 30, 30 and 9 seconds.
    assert len(texts) == 8
    assert result_calls(sandbox) == (9 if fault == "drop_before" else 0)
    assert not watch.wait_text


def test_an_expired_result_is_not_requested_after_a_long_wait(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, result_calls: Counts
) -> None:
    run = ding.plan(staff(sandbox, 150), dingnb.text("hi")).send("note")
    clock.advance(seconds_to_ns(DAY_S - 30))
    run._context.pace.pause(WORK_NOTIFICATIONS.results_api, 60)
    run.refresh()
    assert result_calls(sandbox) == 0


def test_an_automatic_refresh_begins_and_ends_during_a_refresh_on_demand(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    run = connect_to(sandbox).plan(staff(sandbox, 3), dingnb.text("hi")).send()
    context, number = view_of(run).context, run._number
    claim, recorder = AutoRefreshClaim(context, number), RefreshRecorder(context, number, 5)

    def is_automatic() -> bool:
        with context.ledger.connection() as db:
            return ongoing_refreshes(db, number, context.now_ns()).is_automatic

    recorder.start()
    assert claim.take(0) is None
    assert is_automatic()
    claim.release()
    with context.ledger.connection() as db:
        ongoing = ongoing_refreshes(db, number, context.now_ns()).on_demand
    assert ongoing is not None
    assert ongoing.calls == 5
    claim.take(0)
    recorder.end(5, is_complete=True)
    assert is_automatic()
    with context.ledger.connection() as db:
        assert was_refreshed_since(db, number, context.now_ns())
    claim.release()
    assert not is_automatic()
