from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.bulk.status import Status
from dingnb.bulk.watching import Watch
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds
from dingnb.ledger import campaigns
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Counts = Callable[[RunningSandbox], int]
DAY_S = 24 * 3_600


def test_a_result_that_comes_late_is_asked_for_seldom(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=6 * 3_600)
    run = connect_to(sandbox).plan(staff(sandbox, 50), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    assert run.wait().results()["status"].isin(["delivered", "read"]).all()
    assert 6 * 3_600 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 8 * 3_600
    assert result_calls(sandbox) <= 20


@pytest.mark.parametrize("early_result", ["error", "empty"])
def test_after_24_hours_without_a_result_the_window_is_over(
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
    assert (results["reason"] == "result window over").all()
    assert results["hint"].notna().all()
    assert "result window over" in repr(run)
    assert result_calls(sandbox) <= 40 * 3
    calls = result_calls(sandbox)
    assert run.refresh().wait().results()["reason"].eq("result window over").all()
    assert result_calls(sandbox) == calls


def test_what_was_known_stays_known_after_24_hours(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send().wait()
    before = run.results()
    clock.advance(seconds(2 * DAY_S))
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


def test_a_refresh_asks_once_for_those_who_are_not_final(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1, read_within_s=100)
    run = connect_to(sandbox).plan(staff(sandbox, 250), dingnb.text("hi")).send()
    clock.advance(seconds(200))
    assert (run.refresh().results()["status"] == "read").all()
    assert result_calls(sandbox) == 3
    run.refresh()
    assert result_calls(sandbox) == 3


def test_a_window_that_closes_during_a_look_is_no_error(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    run = connect_to(sandbox, latency_s=0.1).plan(staff(sandbox, 100), dingnb.text("number {{ n }}")).send()
    age_s = (clock.now_ns() - run.results()["sent_at"].min().value) / NS_PER_S
    # The first window is open when the call leaves, and closed when it arrives.
    clock.advance(seconds(DAY_S - age_s - 0.03))
    statuses = run.refresh().results()["status"].value_counts()
    assert statuses["accepted"] > 0
    assert statuses.sum() == 100


def test_an_interrupt_that_comes_between_two_looks_is_not_lost(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=6 * 3_600)
    ding = connect_to(sandbox)
    ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("a")
    line = ding._line()
    with line.ledger.connection() as db:
        number = campaigns.every(db, line.realm)[0].id
    watch, stop = Watch(line, number), clock.event()

    def is_enough() -> bool:
        watch.interrupt(stop)
        return False

    began_ns = clock.monotonic_ns()
    watch.run(frozenset({Status.DELIVERED}), is_enough, stop, None)
    assert clock.monotonic_ns() == began_ns
