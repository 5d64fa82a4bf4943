"""People who have an earlier message beside a corrected one are shown as such."""

from collections.abc import Callable
from typing import Any

import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox
from dingnb.words import set_language
from tests.ui.results_steps import choose_action, finished_campaign, open_details, opened, type_in
from tests.ui.steps import people, words

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]

CORRECTED = dingnb.text("corrected {{ n }}")


def correct(ding: DingTalk, run: Campaign, frame: Any, clock: VirtualClock) -> Campaign:
    clock.advance(seconds_to_ns(60))
    corrected = ding.plan(frame, CORRECTED).send(run.name, changed="resend")
    clock.advance(seconds_to_ns(120))
    return corrected.refresh()


@pytest.mark.parametrize(
    ("language", "line", "notice", "fact"),
    [
        ("en", "3 people with two versions", "This person has two versions", "not recalled: still there"),
        ("zh", "3 人有新旧两份内容", "此人有新旧两份内容", "未撤回，仍在"),
    ],
)
def test_people_who_got_a_correction_as_well_have_two_versions(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, language: Any, line: str, notice: str, fact: str
) -> None:
    frame = people(office, 3)
    run = finished_campaign(ding, frame)
    assert "version" not in repr(run)
    run = correct(ding, run, frame, clock)
    set_language(language)
    assert line in repr(run)
    form = opened(run)
    assert line in words(form.run_form)
    details = open_details(form, 0)
    assert notice in details
    assert fact in details
    assert "number 0" in words(form.details.box)
    assert "corrected 0" in words(form.details.box)


def test_only_those_from_whom_the_recall_was_impossible_have_two_versions(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    frame = people(office, 4)
    run = finished_campaign(ding, frame)
    kept = run.results()["evidence"].eq("duplicate").tolist()
    assert kept.count(True) == 1
    run.recall(expect=3)
    form = opened(correct(ding, run, frame, clock))
    assert "1 person with two versions (the earlier one was not recalled)" in words(form.run_form)
    for at, has_both in enumerate(kept):
        details = open_details(form, at)
        assert ("This person has two versions" in details) is has_both
        assert ("not recalled: still there" in details) is has_both
        assert ("recalled 20" in details) is not has_both
    assert "search the rows for “two versions”" in words(form.run_form)
    type_in(form, "two versions")
    assert form.model.state.shown.positions.tolist() == [kept.index(True)]
    assert "This person has two versions: the earlier one was not recalled." in words(form.people.box)
    type_in(form, "")
    # Once the newer message is recalled, the earlier one is the only one.
    form.run.recall(expect=4)
    form.model.reload_all()
    form.wait()
    shown = words(form.run_form)
    assert "two versions" not in shown
    assert "1 person with only the earlier version (the newer one did not arrive or was recalled)" in shown
    details = open_details(form, kept.index(True))
    assert "two versions" not in details
    assert "not recalled: still there" in details


def test_people_whom_a_correction_did_not_reach_have_only_the_earlier_version(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(failed_share=0.4)
    ding, frame = connect_to(office), people(office, 30)
    run = finished_campaign(ding, frame)
    had_it = run.results()["status"].ne("failed")
    corrected = correct(ding, run, frame, clock)
    missed = (had_it & corrected.results()["status"].eq("failed")).sum()
    assert missed > 1
    set_language("en")
    said = f"{missed} people with only the earlier version"
    assert said in repr(corrected)
    assert said in words(opened(corrected).run_form)


def test_an_earlier_message_without_an_answer_may_be_there_beside_the_correction(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 4)
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=list(range(1, 40)))
    run = finished_campaign(ding, frame)
    unknown = run.results()["status"].eq("unknown").tolist()
    assert True in unknown
    n = unknown.count(True)
    office.state.faults.clear()
    form = opened(correct(ding, run, frame, clock))
    shown = words(form.run_form)
    assert f"{n} p" in shown
    assert "perhaps with two versions" in shown
    choose_action(form, "recall")
    assert f"because DingTalk did not answer whether it accepted the call: {n} p" in words(form)
    details = open_details(form, unknown.index(True))
    assert "This person may have two versions" in details
    assert "it is not known whether this person has it" in details
    if False in unknown:
        assert "This person has two versions" in open_details(form, unknown.index(False))
