"""A live plan that needs more calls than are left this month is refused, unless DingTalk is to decide."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.plan import Plan
from dingnb.client import DingTalk
from dingnb.errors import InputError, LiveSendError, QuotaError
from dingnb.ledger import answers
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import calls
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.live_mode import make_live
from tests.other_process import held_by_other_process, leave_as_if_killed

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")


def limited(calls_per_month: int) -> Any:
    return dataclasses.replace(STANDARD, calls_per_month=calls_per_month)


def press_test_card(plan: Plan, tester: str) -> None:
    """Send a test card and record that it was pressed, as a live send of cards requires."""
    plan.test(tester)
    context = plan._context
    with context.ledger.transaction() as db:
        ((card, campaign),) = db.execute("SELECT out_track_id, campaign FROM cards").fetchall()
        answers.add(db, NewAnswer(card, campaign, tester, "yes", "{}", "", 1, 1))


def sends(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("asyncsend_v2") for call in sandbox.state.recorded_calls())


def used(ding: DingTalk) -> int:
    line = ding._send_context()
    with line.ledger.connection() as db:
        return calls.count_used(db, line.realm, line.now_ns())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_live_plan_beyond_the_month_is_refused_and_nothing_is_recorded(
    language: Any, sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(39)))
    plan = ding.plan(staff(sandbox, 20), PERSONAL)
    dingnb.set_language(language)
    with pytest.raises(LiveSendError) as caught:
        plan.send("note", expect=20)
    assert all(figure in caught.value.what for figure in ("40", "20", "39"))
    assert ("Nothing was sent" in caught.value.what) == (language == "en")
    assert "beyond_quota=True" in caught.value.hint
    assert ding.campaigns().empty
    assert sends(sandbox) == 0
    assert "beyond_quota=True" in repr(plan)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_plan_beyond_the_month_says_what_it_takes_without_the_columns_that_differ(
    language: Any, sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=limited(10))
    people = staff(sandbox, 60).assign(name=[f"name {n}" for n in range(60)], team=["a", "b", "c"] * 20, all="x")
    personal = dingnb.text("{{ all }} {{ team }} {{ name }} {{ n }}")
    dingnb.set_language(language)
    without = {
        "en": "without n, name, sending and checking results once takes 6 calls",
        "zh": "不使用 n、name 列，发送并查询一次结果只需 6 次调用",
    }[language]
    assert without in repr(ding.plan(people, personal))
    assert ding.plan(people, dingnb.text("{{ all }} {{ team }}")).calls == 3
    # Teams are too many as well if only two calls are left.
    few = connect_to(sandbox, limits=limited(2))
    assert without.replace("name", "name, team" if language == "en" else "name、team").replace("6", "2") in repr(
        few.plan(people, personal)
    )
    # One text for all takes more than is left.
    none = connect_to(sandbox, limits=limited(1))
    assert without[:5] not in repr(none.plan(people, personal))


def test_a_live_plan_that_just_fits_is_sent_and_a_rerun_needs_nothing(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(40)))
    plan = ding.plan(staff(sandbox, 20), PERSONAL)
    run = plan.send("note", expect=20).wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert used(ding) == 40
    plan.send("note", expect=20)
    assert sends(sandbox) == 20


def test_only_what_is_still_to_be_sent_counts(sandbox: RunningSandbox, connect_to: Connect, staff: Staff) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(30)))
    frame = staff(sandbox, 26)
    ding.plan(frame[:10], PERSONAL).send("note", expect=10)
    # 20 are left, and 10 more people take 20.
    ding.plan(frame[:20], PERSONAL).send("note", expect=20)
    with pytest.raises(LiveSendError, match=r"needs 12 calls: 6 to send,.* at most 10 are left .* No call was made"):
        ding.plan(frame, PERSONAL).send("note", expect=26)
    assert ding.campaign("note").results()["userid"].nunique() == 20
    assert sends(sandbox) == 20


def test_the_repeat_of_a_call_that_a_dead_process_left_open_counts(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(10)))
    plan = ding.plan(staff(sandbox, 5), PERSONAL)
    leave_as_if_killed(plan.send("note", expect=5))
    context = ding._send_context()
    with context.ledger.transaction() as db:
        calls.count_call(db, context.realm, "/other", context.now_ns(), 4)
    with pytest.raises(LiveSendError, match=r"needs 2 calls: 1 to send,.* at most 1 are left .* No call was made"):
        plan.send("note", expect=5)
    assert sends(sandbox) == 5
    # While another process sends it, the call is under way there.
    with held_by_other_process(ding, "note"):
        run = plan.send("note", expect=5, wait=False)
        run.stop()
    run.wait("sent", check=False)
    assert sends(sandbox) == 5


def test_beyond_the_quota_dingtalk_decides_also_after_resuming(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(limits=limited(30))
    ding = make_live(connect_to(sandbox, limits=limited(10)))
    plan = ding.plan(staff(sandbox, 40), PERSONAL)
    run = plan.send("note", expect=40, beyond_quota=True, check=False)
    assert run.state == "stopped"
    counts = run.results()["status"].value_counts()
    assert (counts["accepted"], counts["queued"]) == (30, 10)
    assert sends(sandbox) > 30
    line = ding._send_context()
    with line.ledger.connection() as db:
        assert campaigns.may_exceed_quota(db, campaigns.find_all(db, line.realm)[0].id)
    asked = sends(sandbox)
    run.resume(check=False)
    assert sends(sandbox) == asked + 1
    plan.send("note", expect=40, check=False)
    assert sends(sandbox) == asked + 2


def test_results_of_a_campaign_beyond_the_quota_are_requested(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(10)))
    run = ding.plan(staff(sandbox, 20), PERSONAL).send("note", expect=20, beyond_quota=True).wait()
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert run.recall(expect=20).results()["status"].eq("recalled").all()


@pytest.mark.parametrize(
    ("language", "needs", "plan_says"),
    [
        (
            "en",
            "This send needs 3 calls; at most 2 are left this month. Nothing was sent.",
            "Sending takes 3 calls, but at most 2 are left this month.",
        ),
        (
            "zh",
            "此次发送需要 3 次调用；而本月最多剩余 2。没有发送任何消息。",
            "发送需要 3 次调用，而本月最多剩余 2。",
        ),
    ],
)
def test_cards_need_no_calls_for_results(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, language: Any, needs: str, plan_says: str
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(3)))
    people = staff(sandbox, 3)
    plan = ding.plan(people, dingnb.card("Team day", "Number {{ n }}?", buttons={"yes": "来", "no": "不来"}))
    press_test_card(plan, people["userid"][0])
    dingnb.set_language(language)
    assert plan_says in repr(plan)
    with pytest.raises(LiveSendError) as caught:
        plan.send("team-day", expect=3)
    assert caught.value.what == needs


def test_a_plan_of_cards_that_nearly_uses_up_the_month_speaks_of_sending_alone(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    card = dingnb.card("Team day", "Number {{ n }}?", buttons={"yes": "来", "no": "不来"})
    plan = repr(connect_to(sandbox, limits=limited(20)).plan(staff(sandbox, 19), card))
    assert "quota is almost used up: sending takes 19 calls, and at most 20 are left." in plan


def test_a_plan_of_cards_for_nobody_speaks_of_sending_alone(ding: DingTalk) -> None:
    card = dingnb.card("Team day", "Coming?", buttons={"yes": "来", "no": "不来"})
    plan = repr(ding.plan(pd.DataFrame({"userid": [""]}), card))
    assert "0 calls to send" in plan
    assert "to check results" not in plan


def test_what_is_left_of_a_campaign_of_cards_needs_no_calls_for_results(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(5)))
    people, card = staff(sandbox, 5), dingnb.card("Team day", "Number {{ n }}?", buttons={"yes": "来", "no": "不来"})
    plan = ding.plan(people[:2], card)
    press_test_card(plan, people["userid"][0])
    plan.send("team-day", expect=2)
    with pytest.raises(LiveSendError) as caught:
        ding.plan(people, card).send("team-day", expect=5)
    said = "What is still to be sent needs 3 calls; at most 2 are left this month. No call was made."
    assert caught.value.what.startswith(said)


def test_on_the_sandbox_the_plan_warns_and_the_ledgers_count_stops_sending(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = connect_to(sandbox, limits=limited(10))
    plan = ding.plan(staff(sandbox, 20), PERSONAL)
    assert "Sending and checking results once takes 40 calls, but at most 10 are left this month." in repr(plan)
    assert "Some people could then not be sent to." in repr(plan)
    assert "Delivery to some people could then not be checked." in repr(ding.plan(staff(sandbox, 9), PERSONAL))
    assert "left this month. Delivery could then not be checked." in repr(ding.plan(staff(sandbox, 10), PERSONAL))
    assert "beyond_quota" not in repr(plan)
    run = plan.send("note", check=False)
    assert run.state == "stopped"
    assert run.results()["status"].value_counts()["accepted"] == 10


def test_a_send_that_ends_before_its_first_call_was_accepted_returns_with_check_false(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2")
    plan = ding.plan(staff(sandbox, 3), PERSONAL)
    with pytest.raises(QuotaError):
        plan.send("raised")
    run = plan.send("note", check=False)
    assert run.state == "stopped"
    assert "0 of 3 people accepted by DingTalk" in capsys.readouterr().out
    assert run.results()["status"].eq("queued").all()
    assert run.resume(check=False) is run
    sandbox.state.faults.clear()
    assert run.resume().wait().results()["status"].eq("delivered").all()


def test_a_test_of_a_live_plan_beyond_the_month_is_sent(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    ding = make_live(connect_to(sandbox, limits=limited(1)))
    frame = staff(sandbox, 20)
    plan = ding.plan(frame, PERSONAL)
    assert plan.test(frame["userid"][0]).state == "finished"
    with pytest.raises(QuotaError):
        plan.test(frame["userid"][1])


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_a_value_that_is_not_a_boolean_raises(
    value: Any, sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    with pytest.raises(InputError, match="beyond_quota"):
        ding.plan(staff(sandbox, 2), PERSONAL).send("note", beyond_quota=value)


@pytest.mark.parametrize("path", ["/accessToken", "/asyncsend_v2"])
def test_a_campaign_that_dingtalk_ended_knows_that_the_month_is_used_up(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, path: str
) -> None:
    sandbox.state.faults.add("month", path=path)
    run = ding.plan(staff(sandbox, 3), PERSONAL).send("payslip", check=False)
    assert view_of(run).has_used_up_month


def test_a_month_in_which_a_call_was_accepted_since_is_not_used_up(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 3)
    sandbox.state.faults.add("month", path="/asyncsend_v2")
    run = ding.plan(frame, PERSONAL).send("payslip", check=False)
    assert view_of(run).calls_left == 0
    sandbox.state.faults.clear()
    ding.plan(frame, dingnb.text("hello")).send("greeting")
    assert not view_of(run).has_used_up_month
    assert view_of(run).calls_left > 0


@pytest.mark.parametrize(
    ("language", "left", "later"),
    [("en", "at most 4,999 calls can be made now", "next month"), ("zh", "剩余 4,999 次调用", "下月")],
)
def test_a_campaign_that_had_used_up_the_month_says_that_calls_are_left_with_a_higher_limit(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, language: Any, left: str, later: str
) -> None:
    dingnb.set_language(language)
    connect_to(sandbox, limits=limited(1)).plan(staff(sandbox, 3), PERSONAL).send("payslip", check=False)
    still = connect_to(sandbox, limits=limited(1)).campaign("payslip")
    assert later in still.reason
    run = connect_to(sandbox).campaign("payslip")
    for said in (run.reason, repr(run)):
        assert left in said
        assert later not in said
