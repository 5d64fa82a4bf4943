"""Invalid answers to requests for results: results for other people are ignored."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import BadAnswerError, DingError, IncompleteError, UnreachableError
from dingnb.sandbox import RunningSandbox
from tests.campaigns.results.result_answers import ResultAnswers
from tests.tiers import examples

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Counts = Callable[[RunningSandbox], int]
LISTS = ("read_user_id_list", "unread_user_id_list", "invalid_user_id_list", "failed_user_id_list")


def counted(ding: DingTalk) -> int:
    """Return the number of calls that the ledger has counted this month."""
    with ding._send_context().ledger.connection() as db:
        n: int = db.execute("SELECT coalesce(sum(n), 0) FROM calls").fetchone()[0]
        return n


@pytest.mark.parametrize("how", ["refresh", "wait"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_result_with_other_people_is_ignored_and_other_results_are_read(
    how: str, language: Any, sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    dingnb.set_language(language)
    clock.advance(seconds_to_ns(10))
    sandbox.state.faults.add("strangers", path="/getsendresult", nth=2)
    with pytest.raises(BadAnswerError if how == "refresh" else IncompleteError) as caught:
        getattr(run, how)()
    results = run.results()
    assert results["status"].isin(["delivered", "read"]).sum() == 150
    strange = results[results["status"] == "accepted"]
    assert len(strange) == 100
    assert strange["code"].isna().all()
    [first, todo] = str(caught.value).splitlines()
    assert str(strange["task_id"].iloc[0]) in first
    assert todo
    others = set(staff(sandbox, 252)["userid"]) - set(strange["userid"])
    assert sum(other in first for other in others) == 2
    clock.advance(seconds_to_ns(10))
    assert run.refresh().results()["status"].isin(["delivered", "read"]).all()


def test_at_most_five_other_people_are_shown_without_terminal_controls(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 250), dingnb.text("hi")).send()
    others = ["\x1b[31mred", "x" * 10_000, *(f"y{n}" for n in range(1_000))]
    ResultAnswers(ding, lambda: {"errcode": 0, "send_result": {"failed_user_id_list": others}})
    clock.advance(seconds_to_ns(10))
    with pytest.raises(BadAnswerError) as caught:
        run.refresh()
    text = str(caught.value)
    assert "1,002 people" in text
    assert "and 997 more" in text
    assert "another 2 batches" in text
    assert "\x1b" not in text
    assert len(text) < 800


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_network_nothing_changes_and_no_call_is_counted(
    language: Any, open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(read_share=0)
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 200), dingnb.text("hi")).send().wait()
    dingnb.set_language(language)
    before, calls = run.results(), counted(ding)
    clock.advance(seconds_to_ns(20))
    with clock.participating():
        sandbox.state.faults.add("refuse", for_s=100)
        with pytest.raises(UnreachableError) as caught:
            run.refresh()
    [first, todo] = str(caught.value).splitlines()
    assert "127.0.0.1" in first
    assert ("the call was not sent" in first, "没有发出" in first) == (language == "en", language == "zh")
    assert todo
    assert counted(ding) == calls
    pd.testing.assert_frame_equal(run.results(), before)
    sandbox.state.faults.clear()
    run.refresh()
    assert counted(ding) == calls + 2


def test_a_refused_refresh_ends_its_progress_with_the_results_so_far(
    open_sandbox: Open, connect_to: Connect, staff: Staff, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = open_sandbox(read_share=0)
    run = connect_to(sandbox).plan(staff(sandbox, 200), dingnb.text("hi")).send().wait()
    clock.advance(seconds_to_ns(20))
    capsys.readouterr()
    with clock.participating():
        sandbox.state.faults.add("refuse", for_s=100)
        with pytest.raises(UnreachableError):
            run.refresh()
    assert capsys.readouterr().out == "Delivery results: 200 of 200 people · 200 delivered (0 read)\n"


def test_results_before_and_after_a_network_failure_are_kept(
    open_sandbox: Open,
    connect_to: Connect,
    staff: Staff,
    result_calls: Counts,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = open_sandbox(users=600, read_share=1, read_within_s=0)
    run = connect_to(sandbox).plan(staff(sandbox, 500), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    sandbox.state.faults.add("drop_before", path="/getsendresult", nth=[2, 3])
    run.refresh()
    assert capsys.readouterr().out.splitlines()[-1] == (
        "5 batches: DingTalk has results for 3, not yet for 2; check again in about 11 s. "
        "No usable answer for 2 batches."
    )
    assert run.results()["status"].value_counts()["read"] == 300
    run.refresh()
    assert (run.results()["status"] == "read").all()
    assert result_calls(sandbox) == 7


def test_a_refresh_does_not_try_every_batch_without_a_network(
    open_sandbox: Open, connect_to: Connect, staff: Staff, result_calls: Counts, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(users=1_200, read_share=1, read_within_s=0)
    run = connect_to(sandbox).plan(staff(sandbox, 1_000), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(10))
    sandbox.state.faults.add("drop_before", path="/getsendresult", nth=list(range(3, 100)))
    run.refresh()
    assert run.results()["status"].value_counts()["read"] == 200
    assert result_calls(sandbox) <= 6


def test_decisions_and_more_certain_outcomes_are_kept(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 3), dingnb.text("hi")).send()
    a, b, c = run.results()["userid"]
    result: dict[str, Any] = {"read_user_id_list": [a], "failed_user_id_list": [b]}
    ResultAnswers(ding, lambda: {"errcode": 0, "send_result": result})
    clock.advance(seconds_to_ns(10))
    assert run.refresh().results()["status"].tolist() == ["read", "failed", "accepted"]
    result = {"failed_user_id_list": [a], "unread_user_id_list": [b, c]}
    clock.advance(seconds_to_ns(10))
    assert run.refresh().results()["status"].tolist() == ["read", "delivered", "delivered"]
    assert run.results()["reason"].isna().all()


def answers(people: list[str]) -> st.SearchStrategy[Any]:
    """Return answers to a request for a result, from usual to absurd."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
    userid = st.sampled_from(people) | st.sampled_from([person.upper() for person in people])
    odd = userid | anything
    item = anything | st.fixed_dictionaries({"userid": odd}, optional={"code": st.sampled_from(["143106", 1, {}])})
    lists = st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(LISTS, st.lists(userid, max_size=4) | st.lists(odd, max_size=3) | anything),
            "forbidden_user_id_list": st.lists(odd, max_size=3) | anything,
            "forbidden_list": st.lists(item, max_size=3) | anything,
            "tomorrow": anything,
        },
    )
    result = lists | anything
    nested = st.fixed_dictionaries({"send_result": result})
    return st.one_of(
        st.fixed_dictionaries({"errcode": st.just(0), "send_result": result}),
        st.fixed_dictionaries({"errcode": st.just(0), "result": nested | anything}),
        st.fixed_dictionaries({"errcode": anything}),
        anything,
    )


@pytest.mark.hypothesis  # which it cannot see: the property is inside
def test_no_answer_breaks_the_results_or_affects_other_people(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 4)[:3], dingnb.text("hi")).send()
    people = run.results()["userid"].tolist()
    other = staff(sandbox, 4)["userid"].iloc[3]
    current: list[Any] = [None]
    refused: list[str] = []
    ResultAnswers(ding, lambda: current[0])
    ledger = ding._send_context().ledger

    @given(answers([*people, other]))
    @examples(200)
    def check(answer: Any) -> None:
        current[0] = answer
        with ledger.connection() as db, ledger.transaction(db):
            db.execute("DELETE FROM outcomes")
        clock.advance(seconds_to_ns(6))
        text = json.dumps(answer).lower()
        try:
            run.refresh()
        except DingError as error:
            # It is read as a whole, or not at all.
            refused.append(str(error))
            assert run.results()["status"].eq("accepted").all()
        results = run.results()
        named = [person.lower() in text for person in people]
        assert [status == "accepted" or name for status, name in zip(results["status"], named, strict=True)] == [
            True
        ] * 3
        with ledger.connection() as db:
            assert db.execute("SELECT count(*) FROM outcomes WHERE place > 2").fetchone()[0] == 0

    check()
    assert all(refused)
