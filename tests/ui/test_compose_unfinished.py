"""Unfinished campaigns that the compose form and the studio point out before their message is written again."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display.shell import user_namespace
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose import unfinished
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from tests.ui.steps import check, is_shown, people, press_send, read, sent_counts, type_into, words, write

Connect = Callable[..., DingTalk]

PERSONAL = dingnb.text("number {{ n }}")


def halted(
    ding: DingTalk,
    office: RunningSandbox,
    frame: pd.DataFrame,
    state: str = "running",
    to: str = "userid",
    name: str = "bonus",
) -> None:
    """Send to half of eight people; a campaign that is left running was interrupted."""
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    run = ding.plan(frame, PERSONAL, to=to).send(name, check=False)
    office.state.faults.clear()
    with run._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = ?", (state,))


def opened(ding: DingTalk, frame: pd.DataFrame) -> ComposeForm:
    form = ding.compose(frame)
    form.unfinished.model.wait()
    return form


def notice(form: ComposeForm) -> str:
    """Return what the form says about unfinished campaigns; empty if it says nothing."""
    return read(form.unfinished.notice.value).text if is_shown(form.unfinished.offer) else ""


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("running", "Campaign bonus was interrupted."),
        ("paused", "Campaign bonus is paused."),
        ("stopped", "Campaign bonus was stopped."),
    ],
)
def test_an_unfinished_campaign_to_the_people_of_the_list_comes_first(
    office: RunningSandbox, ding: DingTalk, state: str, said: str
) -> None:
    frame = people(office, 8)
    assert notice(opened(ding, frame)) == ""
    halted(ding, office, frame, state)
    form = opened(ding, frame)
    assert f"{said} In this list: 8 people; already sent to: 4 people; still queued: 4 people." in notice(form)
    assert form.unfinished.open_buttons[0].description == "Open “bonus”"
    assert len(form.unfinished.open_buttons) == 1
    # Of other people, it says nothing; nor once the user wants to write another message.
    assert notice(opened(ding, people(office, 30).tail(20))) == ""
    form.unfinished.decline.click()
    assert notice(form) == ""


def test_it_is_resumed_in_the_form_and_then_no_longer_pointed_out(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    form, other = opened(ding, frame), opened(ding, frame)
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    assert notice(form) == ""
    assert form.code == ""
    follower = form.unfinished.follower
    assert follower is not None
    assert follower.run_form is not None
    clock.advance(DEBOUNCE_NS)
    with clock.participating():
        follower.run_form.main_button.click()
        follower.run_form.model.wait()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())
    assert 'run = ding.campaign("bonus")\nrun.resume()' in form.code
    # Another form follows.
    assert "bonus" in notice(other)
    clock.advance(seconds_to_ns(10))
    other.unfinished.model.poll()
    other.unfinished.model.wait()
    assert notice(other) == ""
    form.close()


def test_a_campaign_that_was_opened_follows_the_line_below_the_title(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    for name in ("bonus", "parking"):
        halted(ding, office, frame, name=name)
    form = opened(ding, frame)
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    _, campaign = form.unfinished.box.children
    # Below what is pointed out, it has a line of its own.
    assert "dn-panel" not in campaign._dom_classes
    form.unfinished.decline.click()
    assert "dn-panel" in campaign._dom_classes


def press_resume(form: RunForm, clock: VirtualClock) -> None:
    clock.advance(DEBOUNCE_NS)
    with clock.participating():
        form.main_button.click()
        form.model.wait()


@pytest.mark.long
def test_the_code_resumes_all_campaigns_that_were_resumed_in_the_form(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    form = opened(ding, frame)
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    assert form.unfinished.follower is not None
    press_resume(form.unfinished.follower.run_form, clock)
    halted(ding, office, frame, name="parking")
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    first = 'run = ding.campaign("bonus")\nrun.resume()'
    assert first in form.code
    press_resume(form.unfinished.follower.run_form, clock)
    assert f'{first}\nrun = ding.campaign("parking")\nrun.resume()' in form.code


def test_a_campaign_is_not_noted_while_a_check_notes_its_plan(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    model = opened(ding, frame).model
    noting = threading.Thread(target=model.note_opened, args=(RunModel(ding.campaign("bonus"), model.clock),))
    # A check holds the lock; what it notes would be lost.
    with model._lock:
        noting.start()
        noting.join(0.1)
        assert noting.is_alive()
    noting.join()


def test_the_code_keeps_what_was_resumed_in_a_plan_that_is_outdated(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    form = opened(ding, frame)
    write(form, title="Bonus", text="number {{ n }}!")
    plan = check(form)
    plan.sending.unfinished_buttons[0].click()
    plan.model.wait()
    assert plan.blocking_form is not None
    press_resume(plan.blocking_form.run_form, clock)
    resumed = 'run = ding.campaign("bonus")\nrun.resume()'
    assert resumed in form.code
    write(form, title="Bonus", text="number {{ n }}!!")
    assert resumed in form.code
    assert check(form) is not plan
    assert form.code.count(resumed) == 1


def test_the_code_of_the_studio_resumes_what_was_resumed_in_its_results(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    halted(ding, office, people(office, 8))
    user_namespace().update(ding=ding)
    studio = ding.studio()
    studio.model.view_campaign("bonus")
    assert studio.code == ""
    assert studio.results is not None
    press_resume(studio.results.run_form, clock)
    studio.results.wait()
    resumed = 'import dingnb\n\nrun = ding.campaign("bonus")\nrun.resume()'
    assert studio.code == resumed
    # Also once it is left.
    studio.model.go_home()
    studio.model.start_new()
    assert studio.code == resumed


def test_what_was_found_for_a_list_that_was_replaced_meanwhile_is_not_shown(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, others = people(office, 8), people(office, 30).tail(20)
    form = opened(ding, frame)
    halted(ding, office, frame)
    search, seen = unfinished.unfinished_campaigns_of, list[str]()

    def search_and_replace(*arguments: Any) -> Any:
        found = search(*arguments)
        seen.append(notice(form))
        if len(seen) == 1:
            form.model.replace_frame(others, lambda _name, _app: [])
        return found

    monkeypatch.setattr(unfinished, "unfinished_campaigns_of", search_and_replace)
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    assert seen == ["", ""]
    assert notice(form) == ""


def test_a_button_opens_the_campaign_that_it_names(office: RunningSandbox, ding: DingTalk, clock: VirtualClock) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    form = opened(ding, frame)
    (pressed,) = form.unfinished.open_buttons
    # Another one is shown first by the time the press arrives.
    halted(ding, office, frame, name="parking")
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    assert [opener.description for opener in form.unfinished.open_buttons] == ["Open “parking”", "Open “bonus”"]
    pressed.click()
    form.unfinished.model.wait()
    assert form.unfinished.follower is not None
    assert form.unfinished.follower.run_form.model.run.name == "bonus"
    # The other one is still pointed out, and this one again once the form shows the other.
    assert "parking" in notice(form)
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    assert "Campaign bonus" in notice(form)
    assert "parking" not in notice(form)


def test_a_campaign_that_was_not_wanted_is_pointed_out_for_another_list_and_when_its_state_changes(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "paused")
    form = opened(ding, frame)
    form.unfinished.decline.click()
    # The same people in another order of columns.
    form.model.replace_frame(frame[frame.columns[::-1]], lambda _name, _app: [])
    form.unfinished.model.wait()
    assert notice(form) == ""
    form.model.replace_frame(frame.head(6), lambda _name, _app: [])
    form.unfinished.model.wait()
    assert "Campaign bonus is paused." in notice(form)
    form.unfinished.decline.click()
    assert notice(form) == ""
    with ding.campaign("bonus")._context.ledger.transaction() as db:
        db.execute("UPDATE campaigns SET state = 'stopped', updated_ns = updated_ns + 1")
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    assert "Campaign bonus was stopped." in notice(form)


def test_a_campaign_that_was_not_wanted_is_pointed_out_for_a_list_that_was_replaced_during_the_search(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "paused")
    form = opened(ding, frame)
    form.unfinished.decline.click()
    others = frame.head(6)
    search, searched = unfinished.unfinished_campaigns_of, list[int]()

    def search_and_replace(*arguments: Any) -> Any:
        found = search(*arguments)
        searched.append(len(found))
        if len(searched) == 1:
            # The same people in another order of columns.
            form.model.replace_frame(others[others.columns[::-1]], lambda _name, _app: [])
        return found

    monkeypatch.setattr(unfinished, "unfinished_campaigns_of", search_and_replace)
    form.model.replace_frame(others, lambda _name, _app: [])
    form.unfinished.model.wait()
    assert searched == [1, 1]
    assert "Campaign bonus is paused." in notice(form)


def test_a_campaign_that_is_recalled_elsewhere_is_no_longer_pointed_out(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "paused")
    form = opened(ding, frame)
    write(form, title="Bonus", text="number {{ n }}!")
    plan_model = check(form).model
    assert "Campaign bonus is paused." in notice(form)
    assert plan_model.state.unfinished == ("bonus",)
    ding.campaign("bonus").recall(expect=4)
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    assert notice(form) == ""
    plan_model.poll()
    plan_model.wait()
    assert plan_model.state.unfinished == ()


def test_people_are_found_by_numbers_that_were_looked_up_before(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    numbers = {user["userid"]: user["mobile"] for user in office.state.users()}
    by_number = frame.assign(mobile=frame["userid"].map(numbers)).drop(columns="userid")
    halted(ding, office, by_number, to="mobile")
    calls = len(office.state.recorded_calls())
    assert "In this list: 8 people" in notice(opened(ding, by_number))
    assert len(office.state.recorded_calls()) == calls


def test_a_campaign_that_the_form_sends_itself_is_not_pointed_out(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = people(office, 8)
    form = opened(ding, frame)
    write(form, title="Bonus", text="number {{ n }}")
    plan = check(form)
    office.state.faults.add("month", path="/asyncsend_v2", nth=list(range(5, 100)))
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    clock.advance(seconds_to_ns(10))
    form.unfinished.model.poll()
    form.unfinished.model.wait()
    assert notice(form) == ""
    assert "Campaign" in notice(opened(ding, frame))


def test_the_studio_points_it_out_and_opens_its_results(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    studio = ding.studio(frame)
    studio.model.start_new()
    studio.compose.unfinished.model.wait()
    assert "Campaign bonus was interrupted. In this list: 8 people" in words(studio)
    studio.model.open("message")
    assert "Campaign bonus was interrupted. In this list: 8 people" in words(studio)
    studio.compose.unfinished.open_buttons[0].click()
    assert studio.model.state.step == "results"
    assert studio.results is not None
    assert studio.results.run.name == "bonus"


def test_one_button_is_primary_while_a_campaign_is_open_in_the_form(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 8)
    halted(ding, office, frame)
    form = opened(ding, frame)
    assert form.recipients.check.button_style == "primary"
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    assert form.unfinished.follower is not None
    resume = form.unfinished.follower.run_form.main_button
    assert (resume.button_style, form.recipients.check.button_style) == ("primary", "")
    # Whoever writes another message goes on with that.
    write(form, title="Parking", text="hi")
    assert (resume.button_style, form.recipients.check.button_style) == ("", "primary")
    plan = check(form)
    assert (resume.button_style, plan.sending.send.button_style) == ("", "primary")
    assert form.recipients.check.button_style == ""


def test_a_campaign_that_is_open_in_the_form_is_not_opened_again_by_a_plan(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 8)
    halted(ding, office, frame, "stopped")
    form = opened(ding, frame)
    write(form, title="Parking", text="hi")
    plan = check(form)
    (offered,) = plan.sending.unfinished_buttons
    assert (is_shown(offered), offered.description) == (True, "Go to “bonus”")
    form.unfinished.open_buttons[0].click()
    form.unfinished.model.wait()
    assert form.unfinished.follower is not None
    offered.click()
    plan.model.wait()
    assert plan.blocking_form is None
    # One that the plan has opened is not pointed out.
    other = opened(ding, frame)
    write(other, title="Parking", text="hi")
    plan = check(other)
    assert "bonus" in notice(other)
    plan.sending.unfinished_buttons[0].click()
    plan.model.wait()
    assert plan.blocking_form is not None
    assert notice(other) == ""


def test_a_campaign_sent_from_the_form_is_not_opened_again_by_the_next_plan(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    form = opened(connect_to(office, latency_s=0.5), people(office, 100))
    write(form, title="Parking", text="number {{ n }}")
    first = check(form)
    type_into(first.sending.name, "parking")
    with clock.participating():
        press_send(first)
        clock.advance(seconds_to_ns(2))
        first.run.stop()
        first.run.wait("sent", check=False)
    write(form, title="Parking", text="number {{ n }}!")
    plan = check(form)
    type_into(plan.sending.name, "Parking")
    plan.model.wait()
    assert plan.model.can_open
    plan.sending.open.click()
    plan.model.wait()
    assert plan.blocking_form is None
