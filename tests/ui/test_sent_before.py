"""People to whom DingTalk does not deliver a text because another campaign or a test has sent it to them that day."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.client import DingTalk, deliveries_of
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.words import set_language
from tests.ui.results_steps import opened, rows, tiles
from tests.ui.steps import people, read, type_into, words

Connect = Callable[..., DingTalk]

TEXT = dingnb.text("hi")


def refreshed(run: Campaign, clock: VirtualClock) -> Campaign:
    clock.advance(seconds_to_ns(120))
    return run.refresh()


def banner_of(run: Campaign) -> str:
    form = run.form()
    form.wait()
    return words(form)


@pytest.mark.long
def test_who_has_the_text_from_another_campaign_has_missed_nothing(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 5)
    refreshed(ding.plan(frame, TEXT).send("first"), clock)
    run = refreshed(ding.plan(frame, TEXT).send("second"), clock)
    results = run.results()
    assert results["status"].eq("filtered").all()
    assert results["evidence"].eq("elsewhere").all()
    assert results["reached"].all()
    assert results["hint"].isna().all()
    assert run.missed().empty
    assert run.summary().loc["filtered", "todo"].startswith("Nothing to do")
    shown = repr(run)
    assert "What went wrong" not in shown
    assert "Already sent before" in shown
    banner = banner_of(run)
    assert "5 people already had this text from campaign first" in banner
    assert "did not get it" not in banner
    results_form = opened(run)
    assert tiles(results_form)["Already sent before"].startswith("5")
    # The progress alone, as on the page that has sent it.
    progress = RunForm(RunModel(run, clock))
    progress.model.wait()
    assert "Already sent before5" in words(progress)
    assert "Filtered5" not in words(progress)
    assert "dn-tile-bad" not in results_form.tiles.tiles["filtered"]._dom_classes
    assert {line[1] for line in rows(results_form)} == {"Already sent before"}
    summary, _ = deliveries_of(ding, ["second", "first"])
    assert (summary.missed, summary.have_elsewhere, summary.sent_elsewhere) == (0, 5, 0)
    home = words(ding.studio())
    assert "5 already sent before" in home
    assert "missed it" not in home
    page = run.report(None).page
    assert "<b>5</b><span>Already sent before · 100%</span>" in page
    assert "<b>0</b><span>Missed · 0%</span>" in page
    text = read(page).text
    assert "Already got the same text from campaign first" in text
    assert "No one was missed; already sent before: 5 people." in text
    assert "Everyone received it." not in text
    assert "Filtered" not in text
    labels = [label.get_text() for label in run.plot().axes[0].get_yticklabels()]
    assert "already sent before" in labels
    assert "filtered" not in labels


def test_a_report_names_each_campaign_that_had_sent_the_text(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 6)
    refreshed(ding.plan(frame.head(3), TEXT).send("first"), clock)
    refreshed(ding.plan(frame.iloc[3:5], TEXT).send("second"), clock)
    run = refreshed(ding.plan(frame, TEXT).send("third"), clock)
    text = read(run.report(None).page).text
    assert "3 people: Already got the same text from campaign first." in text
    assert "2 people: Already got the same text from campaign second." in text
    set_language("zh")
    text = read(run.report(None).page).text
    assert "3 人：此前已从群发任务 first 收到相同内容。" in text
    assert "没有未送达人员；此前已发送：5 人。" in text


def test_who_was_sent_the_text_by_a_campaign_without_results_is_not_counted_as_missed(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 5)
    ding.plan(frame, TEXT).send("first")
    run = refreshed(ding.plan(frame, TEXT).send("second"), clock)
    results = run.results()
    assert results["evidence"].eq("elsewhere").all()
    assert results["reached"].isna().all()
    assert results["hint"].notna().all()
    assert run.missed().empty
    assert "5 people had already been sent this text by campaign first" in banner_of(run)
    assert deliveries_of(ding, ["second"])[0].sent_elsewhere == 5


def test_who_may_have_the_text_from_an_unknown_source_is_still_counted_as_missed(
    office: RunningSandbox, ding: DingTalk, connect_to: Connect, clock: VirtualClock, tmp_path: Path
) -> None:
    frame = people(office, 3)
    elsewhere = connect_to(office, ledger=SqliteLedger(tmp_path))
    refreshed(elsewhere.plan(frame, TEXT).send("first"), clock)
    run = refreshed(ding.plan(frame, TEXT).send("second"), clock)
    assert len(run.missed()) == 3
    assert "3 people did not get it" in banner_of(run)
    todo = run.summary().loc["filtered", "todo"]
    assert "retry" not in todo
    assert "never" in todo or "not sent to them again" in todo


def test_who_has_it_from_a_test_is_counted_alike_at_home_in_results_and_in_a_recall(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 5)
    me = frame["userid"].iloc[0]
    plan = ding.plan(frame, TEXT)
    test = refreshed(plan.test(me), clock)
    run = refreshed(plan.send("real"), clock)
    assert run.results().set_index("userid").loc[me, "reached"]
    assert "1 person already had this text from your test" in banner_of(run)
    summary = deliveries_of(ding, ["real"])[0]
    assert (summary.missed, summary.have_elsewhere) == (0, 1)
    shown = str(view_of(run).available_actions(opened(run).model.state.snapshot.people).recall.text)
    assert f"Not recalled: the same text that your test {test.name} sent to 1 person before ({me})." in shown
    set_language("zh")
    assert "此前发给 1 人" in str(view_of(run).available_actions(run.results()).recall.text)


def test_once_the_other_campaign_is_recalled_nobody_has_the_text(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 4)
    first = refreshed(ding.plan(frame, TEXT).send("first"), clock)
    run = refreshed(ding.plan(frame, TEXT).send("second"), clock)
    assert run.missed().empty
    first.recall(expect=4)
    missed = run.missed()
    assert len(missed) == 4
    assert missed["reason"].str.contains("which campaign first delivered on the same day and then recalled").all()
    assert missed["evidence"].eq("result").all()
    assert "4 people did not get it" in banner_of(run)
    assert deliveries_of(ding, ["second"])[0].missed == 4


def test_a_mixed_tile_names_those_who_were_sent_it_before(
    office: RunningSandbox, ding: DingTalk, connect_to: Connect, clock: VirtualClock, tmp_path: Path
) -> None:
    frame = people(office, 5)
    elsewhere = connect_to(office, ledger=SqliteLedger(tmp_path))
    refreshed(elsewhere.plan(frame.head(2), TEXT).send("other"), clock)
    refreshed(ding.plan(frame.tail(3), TEXT).send("first"), clock)
    run = refreshed(ding.plan(frame, TEXT).send("second"), clock)
    form = opened(run)
    assert "3 already sent before" in tiles(form)["Filtered"]
    assert "dn-tile-bad" in form.tiles.tiles["filtered"]._dom_classes
    assert "2 people did not get it" in banner_of(run)
    assert len(run.missed()) == 2


def test_the_form_of_a_plan_that_everybody_has_goes_on_with_the_campaign_that_sent_it(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 6)
    plan = ding.plan(frame, TEXT)
    refreshed(plan.send("first"), clock)
    for again in (plan, ding.plan(frame, TEXT)):
        form = again.form()
        form.model.wait()
        assert form.model.state.name == "first"
        assert form.model.sent_now == 0
    type_into(form.sending.name, "another")
    form.model.wait()
    shown = words(form)
    assert "New name: 6 people were already sent exactly this text today (campaign first)" in shown
    assert "nothing has been sent under this name" not in shown


def test_a_plan_counts_those_who_may_have_the_text_apart(office: RunningSandbox, ding: DingTalk) -> None:
    frame, personal = people(office, 5), dingnb.text("number {{ n }}")
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[5, 6, 7])
    run = ding.plan(frame, personal).send("first", check=False)
    assert run.results()["status"].eq("unknown").sum() == 1
    warning = "5 people were already sent exactly this text today (campaign first; 1 person with unknown outcome)"
    assert warning in repr(ding.plan(frame, personal))
    run.resolve("delivered", expect=1)
    assert "5 people were already sent exactly this text today (campaign first)." in repr(ding.plan(frame, personal))


@pytest.mark.parametrize("is_card", [True, False], ids=["a card of today", "a text of yesterday"])
def test_a_new_name_of_what_people_get_again_says_so_beside_the_name(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, *, is_card: bool
) -> None:
    frame = people(office, 6)
    message = dingnb.card("Team day", "Coming?", buttons={"yes": "Yes"}) if is_card else TEXT
    ding.plan(frame.head(3), message).send("first")
    clock.advance(seconds_to_ns(1 if is_card else 24 * 3_600))
    form = ding.plan(frame, message).form()
    type_into(form.sending.name, "another")
    form.model.wait()
    shown = read(form.sending.forecast.value).text
    assert "In this plan, 3 people were already sent exactly this text in the last 7 days (campaign first on" in shown
    assert "under another name they get it again" in shown
    set_language("zh")
    assert re.search(r"（\d+年\d+月\d+日的群发任务 first）", repr(ding.plan(frame, message)))
    assert "nothing has been sent under this name" not in shown


@pytest.mark.parametrize(("n", "name"), [(3, "first"), (2, "hi-2026-11-02")])
def test_a_campaign_that_sent_the_text_to_few_of_the_people_does_not_lend_its_name(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, n: int, name: str
) -> None:
    frame = people(office, 6)
    refreshed(ding.plan(frame.head(n), TEXT).send("first"), clock)
    assert ding.plan(frame, TEXT).form().model.state.name == name
    assert ding.plan(frame.assign(n=1), dingnb.text("other {{ n }}")).form().model.state.name != "first"


def test_who_is_known_to_have_missed_the_text_did_not_already_get_it(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(failed_share=0.5, seed=3)
    ding = connect_to(sandbox)
    frame = people(sandbox, 10)
    run = refreshed(ding.plan(frame, TEXT).send("first"), clock)
    got = int(run.results()["reached"].sum())
    assert 0 < got < 10
    assert f"In this plan, {got} people were already sent exactly this text today" in repr(ding.plan(frame, TEXT))


def test_a_plan_says_from_whom_the_text_was_recalled_that_it_is_dropped_again_and_what_to_do(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 6)
    first = refreshed(ding.plan(frame.head(3), TEXT).send("first"), clock)
    refreshed(ding.plan(frame.tail(2), TEXT).send("kept"), clock)
    recall = opened(first)
    recall.actions.buttons["recall"].click()
    assert "DingTalk does not deliver the same text to them again on that day" in words(recall.actions.description)
    first.recall(expect=3)
    plan = ding.plan(frame, TEXT)
    warning = "Exactly this text was recalled today from 3 people in this plan (campaign first): they do not have it"
    assert warning in repr(plan)
    assert "Change the text before you send it." in repr(plan)
    assert "In this plan, 2 people were already sent exactly this text today (campaign kept)" in repr(plan)
    form = plan.form()
    # The name of the recalled campaign is not suggested: nothing would be sent under it.
    assert form.model.state.name not in {"first", "kept"}
    form.model.wait()
    assert warning in words(form.sending.box)
    set_language("zh")
    assert "其中 3 人今天收到的完全相同的内容已撤回（群发任务 first）：他们现在没有这条消息" in repr(plan)
    set_language("en")
    # It is true: they are dropped.
    run = refreshed(plan.send("again"), clock)
    assert (run.results().set_index("userid").loc[frame["userid"].head(3), "status"] == "filtered").all()
    assert "recalled today" not in repr(ding.plan(frame, dingnb.text("a changed hi")))


def test_a_recall_counts_for_those_from_whom_the_text_was_recalled_alone(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 3)
    refreshed(ding.plan(frame, TEXT).send("the day before"), clock)
    clock.advance(seconds_to_ns(24 * 3_600))
    refreshed(ding.plan(frame.head(1), TEXT).send("kept"), clock)
    later = refreshed(ding.plan(frame.tail(2), TEXT).send("later"), clock)
    later.recall(expect=2)
    plan = repr(ding.plan(frame, TEXT))
    assert "In this plan, 1 person was already sent exactly this text today (campaign kept)" in plan
    assert "recalled today from 2 people in this plan (campaign later)" in plan


def test_the_accepted_step_is_what_the_banner_says_was_accepted(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    sandbox = open_sandbox(failed_share=0.4, seed=3)
    ding = connect_to(sandbox)
    frame = people(sandbox, 20)
    run = refreshed(ding.plan(frame, TEXT).send("first"), clock)
    funnel = opened(run).model.state.snapshot.funnel
    missed = len(run.missed())
    assert missed > 0
    assert (
        f"Sent: 20 of 20 people accepted by DingTalk · {20 - missed} delivered · {missed} people did not"
        in banner_of(run)
    )
    assert funnel.accepted == 20
    assert funnel.delivered == 20 - missed
    assert funnel.missed == missed
