"""People of a campaign who have its text already, because a test sent it to them."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox
from dingnb.ui.results.form import ResultsForm
from tests.ui.steps import type_into, words

Staff = Callable[..., pd.DataFrame]


@pytest.mark.parametrize(("waits_s", "reason"), [(120, "Has it from your test"), (0, "Was sent it with your test")])
def test_who_has_the_text_from_a_test_is_told_so_and_is_no_fault(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff, waits_s: int, reason: str
) -> None:
    frame = staff(sandbox, 5)
    me = frame["userid"].iloc[0]
    plan = ding.plan(frame, dingnb.text("hi"))
    test = plan.test(me)
    if waits_s:
        clock.advance(seconds_to_ns(waits_s))
        test.wait()
    assert "In this plan, 1 person was already sent exactly this text today by your test." in repr(plan)
    assert test.name not in repr(plan)
    run = plan.send("real")
    clock.advance(seconds_to_ns(120))
    run.refresh()
    result = run.results().set_index("userid").loc[me]
    assert result["status"] == "filtered"
    assert result["reason"].startswith(reason)
    assert pd.isna(result["hint"])
    shown = repr(run)
    assert "What went wrong" not in shown
    assert "Already sent before" in shown


def test_a_test_to_somebody_who_has_the_text_from_a_campaign_says_which_one(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    me = frame["userid"].iloc[0]
    plan = ding.plan(frame, dingnb.text("hi"))
    plan.send("real")
    test = plan.test(me)
    said = f"{me} was sent exactly this message today (campaign real). DingTalk delivers only the first of the two."
    assert said in repr(test)
    clock.advance(seconds_to_ns(120))
    assert test.wait().results()["status"].tolist() == ["filtered"]


def test_a_test_whose_text_was_recalled_from_the_person_today_says_that_it_does_not_arrive(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    me = frame["userid"].iloc[0]
    plan = ding.plan(frame, dingnb.text("hi"))
    run = plan.send("real")
    clock.advance(seconds_to_ns(120))
    run.recall(expect=5)
    said = f"Exactly this message was recalled today from {me} (campaign real). DingTalk does not deliver the same text"
    form = plan.form()
    type_into(form.test.recipient, me)
    form.model.wait()
    assert said in words(form)
    # It is about this person.
    type_into(form.test.recipient, "")
    form.model.wait()
    assert said not in words(form)
    test = plan.test(me)
    assert said in repr(test)
    clock.advance(seconds_to_ns(120))
    assert test.wait().results()["status"].tolist() == ["filtered"]
    clock.advance(seconds_to_ns(24 * 3_600))
    assert said not in repr(ding.plan(frame, dingnb.text("hi")).test(frame["userid"].iloc[1]))


def test_a_recalled_test_does_not_count_as_having_the_text(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    me = frame["userid"].iloc[0]
    plan = ding.plan(frame, dingnb.text("hi"))
    test = plan.test(me)
    clock.advance(seconds_to_ns(120))
    test.recall(expect=1)
    shown = repr(plan)
    assert "already sent" not in shown
    assert "Exactly this text was recalled today from 1 person in this plan (your test): they do not have it" in shown
    assert test.name not in shown
    assert f"Exactly this message was recalled today from {me} (your test)." in repr(plan.test(me))
    run = ding.plan(frame[1:2], dingnb.text("hi")).send("real")
    run.recall(expect=1)
    said = "Exactly this text was recalled today from 2 people in this plan (campaign real, your test): they do not"
    assert said in repr(plan)
    # A test that was not recalled still counts as one.
    plan.test(frame["userid"].iloc[2])
    assert "1 person was already sent exactly this text today by your test" in repr(plan)


def test_a_test_of_an_earlier_day_is_no_earlier_send(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi"))
    plan.test(frame["userid"].iloc[0])
    clock.advance(seconds_to_ns(24 * 3_600))
    assert "already sent" not in repr(plan)
    plan.send("real")
    clock.advance(seconds_to_ns(24 * 3_600))
    assert "In this plan, 5 people were already sent" in repr(plan)


def test_who_has_the_text_from_a_campaign_as_well_is_counted_for_that(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi"))
    plan.test(frame["userid"].iloc[0])
    plan.test(frame["userid"].iloc[4])
    ding.plan(frame.head(2), dingnb.text("hi")).send("real")
    shown = repr(plan)
    assert "In this plan, 2 people were already sent exactly this text today (campaign real)" in shown
    assert "In this plan, 1 person was already sent exactly this text today by your test." in shown


def test_the_tile_of_who_has_it_from_a_test_is_no_alarm(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 5)
    plan = ding.plan(frame, dingnb.text("hi"))
    plan.test(frame["userid"].iloc[0])
    run = plan.send("real")
    clock.advance(seconds_to_ns(120))
    run.refresh()

    def is_alarm(form: ResultsForm) -> bool:
        form.wait()
        return "dn-tile-bad" in form.tiles.tiles["filtered"]._dom_classes

    assert not is_alarm(run.form())
    # Neither is the same text from another campaign.
    other = ding.plan(frame, dingnb.text("hi")).send("other")
    clock.advance(seconds_to_ns(120))
    other.refresh()
    assert not is_alarm(other.form())
