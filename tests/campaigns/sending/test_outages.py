"""Outages and bans: calls that never left are retried, uncertain ones are spaced, and bans are waited out."""

import dataclasses
import io
import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.sending.sender import Sending
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.errors import BannedError, IncompleteError, InputError, LedgerError, UnreachableError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.sending import attempts
from dingnb.ledger.sqlite import ledger as sqlite_ledger
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")
HI = dingnb.text("hi")
SEND, RESULT, RECALL, BY_MOBILE = "/asyncsend_v2", "/getsendresult", "/recall", "/getbymobile"


class LookedAt(VirtualClock):
    """A virtual clock that claims to be real, so that waits are displayed."""

    is_real = True


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> VirtualClock:
    return LookedAt()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", "300")
    return Terminal()


def agrees(sandbox: RunningSandbox, results: pd.DataFrame) -> None:
    """Assert that everybody in the results has the message once."""
    assert Counter(message["userid"] for message in sandbox.state.messages()) == Counter(results["userid"].tolist())
    assert results["status"].isin(["delivered", "read"]).all()


def calls(sandbox: RunningSandbox, path: str = "") -> list[dict[str, Any]]:
    return [call for call in sandbox.state.recorded_calls() if call["path"].endswith(path)]


def gaps_s(sandbox: RunningSandbox, path: str) -> list[float]:
    """Return the seconds between the calls of a path that failed by a fault."""
    times = [call["time_ms"] / 1_000 for call in calls(sandbox, path) if call["fault"]]
    return [round(after - before, 1) for before, after in pairwise(times)]


def send_through(
    clock: VirtualClock, ding: DingTalk, frame: pd.DataFrame, after_s: float, begin: Callable[[], None], **options: Any
) -> tuple[Campaign, list[Progress]]:
    """Send personal texts, start something while sending, and wait for the end."""
    records: list[Progress] = []
    plan = ding.plan(frame, options.pop("message", PERSONAL))
    with clock.participating():
        run = plan.send("note", wait=False, **options)
        view_of(run).control.follow(records.append)
        clock.advance(seconds_to_ns(after_s))
        begin()
        run.wait("sent", check=False)
    return run, records


def test_calls_that_were_not_made_do_not_count(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    run, records = send_through(
        clock, ding, staff(sandbox, 50), 1, lambda: sandbox.state.faults.add("refuse", for_s=30)
    )
    assert run.progress.accepted == records[-1].calls == 50


@pytest.mark.sampled(2)
@pytest.mark.parametrize("lasts_s", [1, 2, 30, 120, 590])
def test_an_outage_within_the_patience_ends_no_campaign_and_uses_no_attempt(
    lasts_s: int, sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    frame = staff(sandbox, 100)
    run, records = send_through(clock, ding, frame, 2, lambda: sandbox.state.faults.add("refuse", for_s=lasts_s))
    assert run.state == "finished"
    results = run.wait().results()
    agrees(sandbox, results)
    waits = [record for record in records if record.waiting_for == "outage"]
    assert waits
    assert waits[0].waiting_s == 1
    assert 595 <= waits[0].gives_up_s <= 600
    assert "DingTalk cannot be reached" in waits[0].text
    assert "giving up in 10 min" in waits[0].text


def test_the_time_left_stays_known_while_dingtalk_only_asks_for_pauses(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    faults = sandbox.state.faults
    _, records = send_through(
        clock, ding, staff(sandbox, 100), 2, lambda: faults.add("throttled", path="/asyncsend_v2", nth=[1, 2, 3])
    )
    waits = [record for record in records if record.waiting_for == "pause"]
    assert waits
    assert all(record.is_time_left_known for record in records)


def test_an_outage_beyond_the_patience_stops_the_campaign_and_the_cell_continues_it(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2, outage_patience_s=60)
    frame = staff(sandbox, 100)
    run, records = send_through(clock, ding, frame, 2, lambda: sandbox.state.faults.add("refuse", for_s=300))
    assert 60 <= (records[-1].at_ns - records[0].at_ns) / NS_PER_S < 66
    assert run.state == "stopped"
    assert "cannot be reached" in run.reason
    assert "No call succeeded for 60 s" in run.reason
    assert set(run.results()["status"].astype(str)) <= {"accepted", "queued", "unknown"}
    clock.advance(seconds_to_ns(300))
    again = ding.plan(frame, PERSONAL).send("note").wait()
    assert again.state == "finished"
    agrees(sandbox, again.results())


@pytest.mark.parametrize("how", ["stop", "pause"])
@pytest.mark.parametrize("where", ["token", "send"])
def test_stopping_during_an_outage_does_not_wait_for_the_pause(
    how: str, where: str, sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    plan = ding.plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        if where == "token":
            sandbox.state.faults.add("refuse", for_s=900)
        run = plan.send("note", wait=False)
        clock.advance(seconds_to_ns(2))
        if where == "send":
            sandbox.state.faults.add("refuse", for_s=900)
        clock.advance(seconds_to_ns(100))
        assert run.state == "running"
        assert run.progress.waiting_for == "outage"
        began_ns = clock.monotonic_ns()
        getattr(run, how)()
        run.wait("sent", check=False)
        assert clock.monotonic_ns() - began_ns < seconds_to_ns(1)
    assert run.state == ("stopped" if how == "stop" else "paused")
    assert "cannot be reached" not in run.reason


def test_an_outage_before_the_first_call_is_waited_out_and_shown_elsewhere(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox)
    plan = ding.plan(staff(sandbox, 20), PERSONAL)
    with clock.participating():
        sandbox.state.faults.add("refuse", for_s=120)
        run = plan.send("note", wait=False)
        clock.advance(seconds_to_ns(60))
        other = ding.campaign("note")
        assert other.state == "running"
        assert "trying again in" in other.progress.text
        run.wait("sent", check=False)
    assert run.state == "finished"
    agrees(sandbox, run.wait().results())


def test_restarting_does_not_wait_for_the_pause_of_an_outage(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    plan = ding.plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("note", wait=False)
        clock.advance(seconds_to_ns(2))
        sandbox.state.faults.add("refuse", for_s=900)
        clock.advance(seconds_to_ns(35))
        run.stop()
        run.wait("sent", check=False)
        sandbox.state.faults.clear()
        began_ns = clock.monotonic_ns()
        run.resume(wait=True)
        assert clock.monotonic_ns() - began_ns < seconds_to_ns(8)
    assert run.state == "finished"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fault", ["busy", "isp", "504", "drop_before", "drop_after", "truncated"])
def test_consecutive_uncertain_answers_are_spaced_and_affect_few_batches(
    fault: str, sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)

    def begin() -> None:
        sandbox.state.faults.add(fault, path=SEND, for_s=120, times=1)

    run, records = send_through(clock, ding, staff(sandbox, 100), 2, begin)
    assert run.state == "finished"
    results = run.wait().results()
    agrees(sandbox, results)
    spaced = [gap for gap in gaps_s(sandbox, SEND) if gap > 0.5]
    assert [round(gap) for gap in spaced] == [1, 2, 4, 8, 16, 32, 60][: len(spaced)]
    assert len(spaced) == 6
    # The calls under way at its start, and one after each pause.
    assert (results["attempts"] > 1).sum() <= 4 + 6
    assert results["attempts"].max() == 2
    assert "uncertain" in {record.waiting_for for record in records}


def test_untried_batches_go_first_while_calls_fail(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    run, _ = send_through(
        clock, ding, staff(sandbox, 100), 2, lambda: sandbox.state.faults.add("busy", path=SEND, for_s=180, times=1)
    )
    assert run.state == "finished"
    agrees(sandbox, run.wait().results())
    # The first ones could have been repeated, and lost again, after a minute.
    assert run.results()["attempts"].max() == 2


def test_one_call_is_under_way_at_a_time_until_one_succeeds(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=5)
    sandbox.state.faults.add("busy", path=SEND, for_s=8, times=1)
    run, _ = send_through(clock, ding, staff(sandbox, 80), 0, lambda: None)
    assert run.state == "finished"
    at_s = [call["time_ms"] / 1_000 for call in calls(sandbox, SEND) if not call["fault"]]
    assert at_s[1] - at_s[0] >= 5
    assert at_s[2] - at_s[1] < 1


def test_concurrent_failures_count_as_one(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=1)
    sandbox.state.faults.add("drop_after", path=SEND, for_s=0.9, times=1)
    run, _ = send_through(clock, ding, staff(sandbox, 60), 0, lambda: None, pause_after=2)
    assert run.state == "finished"
    agrees(sandbox, run.wait().results())
    assert (run.results()["attempts"] > 1).sum() >= 10


def test_certain_refusals_are_counted_separately(open_sandbox: Open, connect_to: Connect, staff: Staff) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, body_bytes=20))
    run = connect_to(sandbox, latency_s=1).plan(staff(sandbox, 60), PERSONAL).send("note", pause_after=5, check=False)
    assert run.state == "paused"
    assert 5 <= run.results()["status"].eq("failed").sum() <= 5 + 16


def test_ten_minutes_of_uncertain_answers_pause_the_campaign_and_resume_continues_it(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    began_ns = clock.monotonic_ns()
    run, _ = send_through(
        clock, ding, staff(sandbox, 100), 2, lambda: sandbox.state.faults.add("busy", path=SEND, for_s=900, times=1)
    )
    assert run.state == "paused"
    assert 180 <= (clock.monotonic_ns() - began_ns) / NS_PER_S <= 400
    clock.advance(seconds_to_ns(900))
    run.resume(wait=True)
    assert run.state == "finished"
    agrees(sandbox, run.wait().results())


def test_a_batch_keeps_its_last_attempt_until_the_patience_ends(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("busy", path=SEND, for_s=480, times=1)
    run = ding.plan(staff(sandbox, 90), HI).send("note")
    assert run.state == "finished"
    results = run.wait().results()
    agrees(sandbox, results)
    assert (results["attempts"] == 3).all()


@pytest.mark.parametrize("fault", ["ban", "ban_page", "html"])
def test_a_ban_is_waited_out_without_calls_and_uses_no_further_attempt(
    fault: str, sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    run, records = send_through(
        clock, ding, staff(sandbox, 100), 2, lambda: sandbox.state.faults.add(fault, for_s=299, times=1)
    )
    assert run.state == "finished"
    results = run.wait().results()
    agrees(sandbox, results)
    assert results["attempts"].max() == 2
    assert max(gaps_s(sandbox, "")) < 1, "a call was made in the ban"
    times = [call["time_ms"] / 1_000 for call in calls(sandbox)]
    assert max(after - before for before, after in pairwise(times)) > 299
    waits = [record for record in records if record.waiting_for == "ban"]
    assert waits
    assert "DingTalk refuses calls from this network address; next call at " in waits[0].text
    assert "Beijing time, in 5 min" in waits[0].text


def test_a_second_ban_is_waited_out_and_a_third_stops_the_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    frame = staff(sandbox, 100)
    sandbox.state.faults.add("ban_page", path=SEND, nth=10, for_s=310, times=1)
    assert ding.plan(frame[:50], PERSONAL).send("twice").state == "finished"
    sandbox.state.faults.clear()
    sandbox.state.faults.add("ban_page", path=SEND, nth=10, for_s=650, times=1)
    run = ding.plan(frame[50:], PERSONAL).send("three times", wait=False)
    run.wait("sent", check=False)
    assert run.state == "stopped"
    assert "web page" in run.reason
    assert run.results()["attempts"].max() <= 2
    clock.advance(seconds_to_ns(300))
    run.resume(wait=True)
    results = pd.concat([run.wait().results(), ding.campaign("twice").wait().results()])
    agrees(sandbox, results.reset_index(drop=True))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fault", ["refuse", "busy", "502", "drop_before", "ban", "ban_page"])
@pytest.mark.parametrize("work", ["results", "look-ups", "recall"])
def test_queries_have_the_same_patience(
    work: str,
    fault: str,
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    terminal: Terminal,
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    people = [user for user in sandbox.state.users() if user["active"]][:40]
    run = ding.plan(staff(sandbox, 40), PERSONAL).send("note")
    clock.advance(seconds_to_ns(10))
    path = {"results": RESULT, "look-ups": BY_MOBILE, "recall": RECALL}[work]
    with clock.participating(), redirect_stdout(terminal):
        began_ns = clock.monotonic_ns()
        if fault == "refuse":
            sandbox.state.faults.add(fault, for_s=200)
        else:
            sandbox.state.faults.add(fault, path=path, nth=5, for_s=200, times=1)
        if work == "results":
            assert run.wait().results()["status"].eq("delivered").all()
        elif work == "look-ups":
            frame = pd.DataFrame({"mobile": [person["mobile"] for person in people]})
            assert ding.plan(frame, HI, to="mobile").people == 40
        else:
            assert run.recall(expect=40).results()["status"].eq("recalled").all()
        assert 200 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 340
    assert len([call for call in calls(sandbox, path) if call["fault"]]) <= 16
    shown = terminal.getvalue()
    assert ("are refused; next call in" if "ban" in fault else "trying again in") in shown


def test_the_progress_says_when_the_database_is_tried_again(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = LedgerError("The database cannot be reached.", problem="unreachable")
    reconnecting, begin = [*[lost] * 6, None], attempts.begin
    tried_ns: list[int] = []

    def begin_once_lost(*words: Any) -> attempts.BeginResult:
        if len(reconnecting) == 7:
            raise lost
        return begin(*words)

    def reconnect(_: SqliteLedger, __: object) -> None:
        tried_ns.append(clock.monotonic_ns())
        if (problem := reconnecting.pop(0)) is not None:
            raise problem

    monkeypatch.setattr(attempts, "begin", begin_once_lost)
    monkeypatch.setattr(SqliteLedger, "may_recover", staticmethod(lambda _: True))
    monkeypatch.setattr(SqliteLedger, "reconnect", reconnect)
    _, records = send_through(clock, ding, staff(sandbox, 5), 0, lambda: None)
    waits = [record.waiting_s for record in records if record.waiting_for == "ledger"]
    assert waits == [math.ceil((after - before) / NS_PER_S) for before, after in pairwise(tried_ns)]


@pytest.fixture
def other_program(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A program that can lock the ledger's file."""
    monkeypatch.setattr(sqlite_ledger, "_BRIEF_WAIT_S", 0.01)
    ledger = ding._context.ledger
    assert isinstance(ledger, SqliteLedger)
    with ledger.connection():
        other = sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
    yield other
    other.close()


def test_sending_says_that_another_program_uses_the_ledger_and_goes_on_afterwards(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    other_program: sqlite3.Connection,
) -> None:
    locked: list[Progress] = []

    def unlock(progress: Progress) -> None:
        if progress.waiting_for == "locked":
            locked.append(progress)
            if len(locked) == 8:
                other_program.execute("ROLLBACK")

    plan = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 60), PERSONAL)
    with clock.participating():
        run = plan.send("note", wait=False)
        clock.advance(seconds_to_ns(1))
        view_of(run).control.follow(unlock)
        other_program.execute("BEGIN IMMEDIATE")
        run.wait("sent")
    assert (run.progress.accepted, run.progress.unknown) == (60, 0)
    assert "another program is using the ledger" in locked[-1].text
    assert not locked[-1].is_time_left_known
    assert len(calls(sandbox, SEND)) == 60


def test_after_the_patience_the_calls_under_way_do_not_wait_for_the_ledger_one_after_another(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    other_program: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record_crash, ended_ns = Sending._record_crash, list[int]()

    def unlock_and_record(*words: Any) -> None:
        ended_ns.append(clock.monotonic_ns())
        other_program.execute("ROLLBACK")
        record_crash(*words)

    monkeypatch.setattr(Sending, "_record_crash", unlock_and_record)
    plan = connect_to(sandbox, latency_s=0.5, outage_patience_s=20).plan(staff(sandbox, 60), PERSONAL)
    with clock.participating():
        run = plan.send("note", wait=False)
        clock.advance(seconds_to_ns(1))
        other_program.execute("BEGIN IMMEDIATE")
        locked_ns = clock.monotonic_ns()
        with pytest.raises(LedgerError, match="Another process is using"):
            run.wait("sent")
    assert run.progress.unknown > 1
    assert (ended_ns[0] - locked_ns) / NS_PER_S < 30


def test_look_ups_and_results_give_up_when_the_patience_ends(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, outage_patience_s=20)
    run = ding.plan(staff(sandbox, 5), HI).send("note")
    clock.advance(seconds_to_ns(10))
    frame = pd.DataFrame({"mobile": [sandbox.state.users(1)[0]["mobile"]]})
    with clock.participating():
        sandbox.state.faults.add("refuse", for_s=3_600)
        for give_up in (
            run.wait,
            lambda: run.recall(expect=5),
            lambda: ding.plan(frame, HI, to="mobile"),
        ):
            began_ns = clock.monotonic_ns()
            with pytest.raises((UnreachableError, IncompleteError), match="cannot be reached"):
                give_up()
            assert 20 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 25
        sandbox.state.faults.clear()


def test_a_refresh_during_a_ban_reports_it_and_the_next_one_waits(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, terminal: Terminal
) -> None:
    run = ding.plan(staff(sandbox, 40), PERSONAL).send("note")
    clock.advance(seconds_to_ns(10))
    sandbox.state.faults.add("ban_page", path=RESULT, for_s=299, times=1)
    with pytest.raises(BannedError):
        run.refresh()
    assert len([call for call in calls(sandbox, RESULT) if call["fault"]]) == 1
    # Otherwise the wait may be over before the cell looks at it.
    with clock.participating(), redirect_stdout(terminal):
        run.refresh()
    assert len([call for call in calls(sandbox, RESULT) if call["fault"]]) == 1
    assert "are refused; next call in" in terminal.getvalue()


@pytest.mark.parametrize("name", ["outage_patience_s", "ban_pause_s"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "soon", True])
def test_an_outage_setting_that_is_not_a_time_raises(name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=name):
        dingnb.connect("sandbox", **{name: value})
    monkeypatch.setenv(f"DINGNB_{name.upper()}", str(value))
    with pytest.raises(InputError, match=name):
        dingnb.connect("sandbox")


def test_the_settings_of_outages_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGNB_OUTAGE_PATIENCE_S", "5")
    monkeypatch.setenv("DINGNB_BAN_PAUSE_S", "7")
    with dingnb.connect("sandbox") as ding:
        line = ding._send_context()
        assert (line.outage_patience_s, line.ban_pause_s) == (5, 7)
