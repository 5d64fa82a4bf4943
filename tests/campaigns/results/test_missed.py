import dataclasses
import pickle
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.results.results_frame import COLUMNS
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import ColumnError, FileError, IncompleteError, InputError, NobodyError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

HOUR_NS = 3_600 * NS_PER_S


def test_missed_unknown_and_unread_are_rows_of_the_results(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.5, read_within_s=600, failed_share=0.1)
    frame = pd.concat([staff(sandbox, 120), pd.DataFrame({"userid": ["nobody", "@all"]})], ignore_index=True)
    frame.index = pd.Index([f"r{n}" for n in range(len(frame))])
    run = connect_to(sandbox).plan(frame, dingnb.text("hi")).send("note").wait()
    clock.advance(HOUR_NS)
    results = run.refresh().results()
    assert list(run.missed().columns) == [*COLUMNS, "retry_at"]
    assert run.missed().dtypes["retry_at"] == results.dtypes["sent_at"]
    missed = results[results["status"].isin(["failed", "invalid", "rejected"])]
    pd.testing.assert_frame_equal(run.missed().drop(columns="retry_at"), missed)
    assert run.missed()["retry_at"].notna().equals(run.missed()["status"] == "failed")
    pd.testing.assert_frame_equal(run.unread(), results[results["status"] == "delivered"])
    assert 0 < len(run.unread()) < 120
    assert run.missed(keep=["n"])["n"].equals(frame["n"].reindex(missed.index))
    assert run.unread(keep="n")["n"].equals(frame["n"].reindex(run.unread().index))
    assert view_of(run).results.unknown().empty


def test_before_results_unread_and_missed_say_that_deliveries_are_not_known(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.concat([staff(sandbox, 3), pd.DataFrame({"userid": [None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("hi")).send("note")
    capsys.readouterr()
    assert run.unread().empty
    assert "Not in unread(): 3 people whose delivery is not known yet." in capsys.readouterr().out
    assert run.missed()["status"].tolist() == ["rejected"]
    assert "Not in missed(): 3 people whose delivery is not known yet." in capsys.readouterr().out
    run.wait()
    capsys.readouterr()
    assert run.missed()["status"].tolist() == ["rejected"]
    assert len(run.unread()) == 3
    assert capsys.readouterr().out == ""


def test_after_a_day_unread_says_that_reads_are_not_known_and_nothing_advises_to_refresh(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = connect_to(sandbox).plan(staff(sandbox, 3), dingnb.text("hi")).send("note").wait()
    assert "run.refresh() checks who has read it" in run.summary()["todo"].item()
    clock.advance(25 * HOUR_NS)
    capsys.readouterr()
    assert len(run.unread()) == 3
    assert capsys.readouterr().out == (
        "Sent more than 24 hours ago: 3 rows. DingTalk no longer reports whether these messages have been read, so "
        "they may have been.\n"
    )
    assert run.summary()["todo"].item() == (
        "DingTalk reports reads for 24 hours only, so they can no longer be checked. run.remind(message) plans a "
        "reminder."
    )
    assert "run.refresh()" not in repr(run)


def test_reads_and_deliveries_of_cards_are_said_not_to_be_reported(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.card("T", "Coming?", buttons={"yes": "Yes"})).send("team-day")
    capsys.readouterr()
    assert run.unread().empty
    assert capsys.readouterr().out == (
        "DingTalk does not report who has received or read a card, so unread() lists nobody. run.unanswered() lists "
        "who has not answered.\n"
    )
    run.refresh()
    assert capsys.readouterr().out == "Nothing to refresh: DingTalk does not report whether cards arrive.\n"


def test_whose_delivery_can_no_longer_be_known_is_counted_below_the_missed_people(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.text("hi")).send("note")
    clock.advance(25 * HOUR_NS)
    capsys.readouterr()
    assert run.missed().empty
    assert capsys.readouterr().out == (
        "Not in missed(): 3 people whose delivery DingTalk no longer reports; they may have the message. In results(), "
        'their status is "accepted", with the reason.\n'
    )
    assert run.results()["status"].tolist() == ["accepted"] * 3


def test_who_may_have_the_message_is_counted_below_the_missed_people_and_not_listed(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    frame = staff(sandbox, 3)
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=1))
    ding.plan(frame, dingnb.text("hi {{ n }}")).send("note", check=False, beyond_quota=False)
    run = connect_to(sandbox).campaign("note")
    assert run.state == "stopped"
    capsys.readouterr()
    assert run.missed(keep="n")["n"].tolist() == [1, 2]
    assert capsys.readouterr().out == (
        "Still queued: 2 people. They get the message when this campaign continues; if it is sent to them elsewhere "
        "as well, they get it twice. "
        "Not in missed(): 1 person with unknown outcome, who may have the message. run.resolve() lists them.\n"
    )
    assert run.unread().empty
    said = capsys.readouterr().out
    assert said.startswith("Still queued: 2 people.")
    assert "Not in unread(): 1 person with unknown outcome" in said
    listed = run.resolve()
    assert isinstance(listed, pd.DataFrame)
    assert listed["userid"].tolist() == frame["userid"].tolist()[:1]
    run.resume().wait()
    capsys.readouterr()
    assert run.missed().empty
    assert capsys.readouterr().out == ""


def test_after_cards_are_closed_nobody_is_said_to_get_one_later(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    with clock.participating():
        run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 40), question).send("team-day", wait=False)
        clock.advance(NS_PER_S)
        run.stop()
        run.wait("sent", check=False)
    capsys.readouterr()
    assert set(run.missed()["status"]) == {"queued"}
    assert "They get the message when this campaign continues" in capsys.readouterr().out
    run.close()
    capsys.readouterr()
    run.missed()
    assert capsys.readouterr().out == (
        "Its cards are closed, so people who have not received a card will not get one under this name.\n"
    )


def test_messages_that_may_have_arrived_are_counted_below_the_missed_ones(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2", nth=list(range(1, 40)))
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi {{ n }}"), key="n").send("note", check=False)
    capsys.readouterr()
    assert run.missed().empty
    assert capsys.readouterr().out == (
        "Not in missed(): 2 messages with unknown outcome, which may have arrived. run.resolve() lists them.\n"
    )


def test_people_reached_by_an_earlier_call_are_not_unread(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    sandbox.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note").wait()
    assert run.results()["evidence"].eq("duplicate").all()
    assert run.unread().empty
    assert run.missed().empty


def test_the_summary_counts_people_once_with_the_next_step(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 6)
    frame = pd.concat([people, people.iloc[:2], pd.DataFrame({"userid": ["nobody", None]})], ignore_index=True)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    summary = run.summary()
    assert summary.index.name == "status"
    assert summary["people"].to_dict() == {"rejected": 1, "delivered": 6, "invalid": 1}
    assert summary["share"].sum() == pytest.approx(1)
    assert {name: str(kind) for name, kind in summary.dtypes.items()} == {
        "people": "int64",
        "share": "float64",
        "todo": "str",
    }
    assert summary["todo"].notna().all()
    assert "run.remind" in summary.loc["delivered", "todo"]
    # Also where pandas would cut it, as by default.
    todo = max(summary["todo"], key=len)
    assert len(todo) > pd.get_option("display.max_colwidth") == 50
    for shown in (summary, summary[["todo"]]):
        assert todo in repr(shown)
        assert todo in unescape(shown._repr_html_())
    copied = pickle.loads(pickle.dumps(summary))  # noqa: S301 - its own
    pd.testing.assert_frame_equal(copied, summary)


def test_a_reminder_is_a_plan_for_people_who_have_not_read_it_yet(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0.5, read_within_s=600)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 60)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    clock.advance(HOUR_NS)
    plan = run.remind(dingnb.text("Number {{ n }}, please read it."))
    unread = run.unread()
    assert 10 < plan.people == len(unread) < 50
    assert plan.to_frame()["userid"].tolist() == unread["userid"].tolist()
    assert plan.to_frame().index.equals(unread.index)
    first = unread.index[0]
    assert f"Number {frame.loc[first, 'n']}, please" in plan.to_frame()["body"].iloc[0]
    reminded = plan.send("note, reminder").wait()
    assert set(reminded.results()["userid"]) == set(unread["userid"])


def test_a_reminder_excludes_people(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 10)
    run = ding.plan(frame, dingnb.text("hi")).send("note").wait()
    ding.exclusions.add("left", frame["userid"].iloc[:2], reason="left")
    plan = run.remind(dingnb.text("please read"), exclude="left")
    assert set(plan.problems()["value"]) == set(frame["userid"].iloc[:2])
    assert plan.people == len(run.unread()) - 2 == 8


@pytest.mark.parametrize("other", [None, "13800000001"])
def test_a_reminder_excludes_all_rows_of_the_owner_of_a_number(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, other: str | None
) -> None:
    mobiles = {user["userid"]: user["mobile"] for user in sandbox.state.users()}
    frame = staff(sandbox, 3)
    frame["mobile"] = frame["userid"].map(mobiles)
    frame = pd.concat([frame, frame.iloc[[0]].assign(mobile=other)], ignore_index=True)
    run = ding.plan(frame[["userid", "mobile"]], dingnb.text("hi")).send("note").wait()
    plan = run.remind(dingnb.text("please read"), exclude=[frame["mobile"][0]])
    assert frame["userid"][0] not in plan.to_frame()["userid"][plan.to_frame()["status"] == "queued"].tolist()
    assert plan.people == 2


def test_people_found_by_phone_number_and_keyed_rows_are_reminded(sandbox: RunningSandbox, ding: DingTalk) -> None:
    people = [user for user in sandbox.state.users() if user["active"]][:4]
    frame = pd.DataFrame(
        {"mobile": [person["mobile"] for person in people for _ in range(2)], "invoice": [f"I{n}" for n in range(8)]}
    )
    run = ding.plan(frame, dingnb.text("Pay {{ invoice }}"), to="mobile", key="invoice").send("due").wait()
    unread = len(run.unread())
    assert unread > 5
    plan = run.remind(dingnb.text("Please pay {{ invoice }}"))
    assert plan.people == unread
    assert plan.problems().empty


def test_a_reminder_without_unread_messages_raises(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=1, read_within_s=60)
    run = connect_to(sandbox).plan(staff(sandbox, 10), dingnb.text("hi")).send("note").wait()
    clock.advance(HOUR_NS)
    with pytest.raises(NobodyError, match="There are no delivered messages that are still unread"):
        run.remind(dingnb.text("please read"))
    with pytest.raises(InputError, match="message"):
        run.remind("please read")  # type: ignore[arg-type]


def test_a_reminder_warns_of_an_old_read_state(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 10), dingnb.text("hi")).send("note").wait()
    clock.advance(25 * HOUR_NS)
    plan = run.remind(dingnb.text("please read"))
    assert "Sent more than 24 hours ago: " in repr(plan)


def test_wait_ends_when_enough_have_it(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(task_done_after_s=10)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 150), dingnb.text("hi {{ n }}")).send("note")
    run.wait("delivered", share=0.3)
    have_it = run.results()["status"].isin(["delivered", "read"])
    assert have_it.mean() >= 0.3
    run.wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    began_ns = clock.monotonic_ns()
    run.wait(until="delivered", share=0.9)
    assert clock.monotonic_ns() - began_ns < NS_PER_S


def test_an_invalid_message_raises_before_any_call(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("note")
    calls = sandbox.state.stats()["calls_counted"]
    with pytest.raises(InputError, match=r"remind\(\) needs a message, but was given str"):
        run.remind("please read")  # type: ignore[arg-type]
    assert sandbox.state.stats()["calls_counted"] == calls


def test_the_error_of_a_report_names_the_call(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 5).assign(retry_at="tomorrow")
    run = ding.plan(frame, dingnb.text("hi")).send("note")
    with pytest.raises(ColumnError, match="already has: retry_at"):
        run.report(keep="retry_at")
    with pytest.raises(FileError, match=r"report\(\) writes \.html"):
        run.report(tmp_path / "note.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_report_names_no_buttons_because_code_writes_it(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    run = connect_to(sandbox).plan(staff(sandbox, 10), dingnb.text("hi")).send("note").wait()
    page = run.report().page
    assert "run.retry() sends to this person again." in page
    assert "“Send again”" not in page


def test_a_person_whose_repeat_failed_is_unknown_with_the_reason(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2", nth=1)
    run = connect_to(sandbox).plan(staff(sandbox, 20), dingnb.text("hi")).send("note").wait(check=False)
    assert run.missed().empty
    assert 0 < len(view_of(run).results.unknown()) < 20
    assert (
        view_of(run)
        .results.unknown()["reason"]
        .str.startswith("An earlier call without an answer may have reached the person")
        .all()
    )
    assert view_of(run).results.unknown()["hint"].str.contains('run.resolve("delivered")', regex=False).all()


def test_after_a_repeat_was_dropped_because_of_another_campaign_nobody_is_told_to_repeat_the_call(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(task_done_after_s=10)
    ding, people, message = connect_to(sandbox), staff(sandbox, 2), dingnb.text("hi")
    ding.plan(people, message).send("first")
    sandbox.state.faults.add("drop_before", path="/asyncsend_v2", nth=1)
    run = ding.plan(people, message).send("second").wait(check=False)
    calls = sandbox.state.stats()["calls_counted"]
    with pytest.raises(IncompleteError, match="no further repeat is safe"):
        ding.plan(people, message).send("second")
    assert sandbox.state.stats()["calls_counted"] == calls
    unknown = view_of(run).results.unknown(render=None)
    assert [reason.key for reason in unknown["reason"]] == ["result.maybe_from"] * 2
    assert [hint.key for hint in unknown["hint"]] == ["result.repeat_failed_todo"] * 2
