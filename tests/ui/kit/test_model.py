"""The common behaviour of models, and the compose model: checks, outdated plans, searches, blanks."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

import dingnb
from dingnb.calls.background import Background
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.messages import MISSING, Message
from dingnb.sandbox import RunningSandbox
from dingnb.tables.cells import read_values
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import as_text
from tests.drafting import frames, messages
from tests.tiers import examples
from tests.ui.steps import (
    check,
    is_off,
    is_shown,
    people,
    press_send,
    sends,
    sent_counts,
    type_into,
    walk,
    words,
    write,
)

Connect = Callable[..., DingTalk]
PERSONAL = dingnb.text("number {{ n }}")


def somebody_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show progress before the end, which a virtual clock would skip."""
    monkeypatch.setattr(VirtualClock, "is_real", True)


@dataclass(frozen=True, slots=True)
class Shown:
    failure: Failure | None = None
    steps: int = 0


class Counting(Model[Shown]):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(Shown(), clock)
        self.may_end = threading.Event()

    def step(self, error: Exception | None = None) -> bool:
        return self._start_work(lambda: self._step(1, error), failure=None)

    def step_newest(self, by: int) -> None:
        self._start_newest(lambda: self._step(by), failure=None)

    def _step(self, by: int, error: Exception | None = None) -> None:
        self.may_end.wait(10)
        if error is not None:
            raise error
        self._show(steps=self.state.steps + by)


def test_work_is_done_one_at_a_time_and_requests_meanwhile_are_ignored(clock: VirtualClock) -> None:
    model = Counting(clock)
    model.wait()
    assert [model.step() for _ in range(3)] == [True, False, False]
    assert model.is_busy
    model.may_end.set()
    model.wait()
    assert (model.is_busy, model.state.steps) == (False, 1)
    assert model.step()
    model.wait()
    assert model.state.steps == 2


@pytest.mark.parametrize("error", [None, InputError("It is so.", "Do that.")])
def test_the_newest_request_is_done_after_the_work_in_progress(clock: VirtualClock, error: Exception | None) -> None:
    model = Counting(clock)
    model.step(error)
    for by in (10, 100):
        model.step_newest(by)
    model.may_end.set()
    model.wait()
    assert (model.is_busy, model.state) == (False, Shown(None, 100 if error else 101))
    model.step_newest(1_000)
    model.wait()
    assert model.state.steps == (1_100 if error else 1_101)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (InputError("It is so.", "Do that."), Failure(as_text("It is so."), as_text("Do that."))),
        (KeyError("x"), Failure(as_text("Unexpected error: KeyError: 'x'"))),
    ],
)
def test_an_error_is_shown_and_work_can_continue(clock: VirtualClock, error: Exception, failure: Failure) -> None:
    model = Counting(clock)
    seen: list[Shown] = []
    model.watch(lambda: seen.append(model.state))
    model.may_end.set()
    model.step(error)
    model.wait()
    assert model.state.failure is not None
    assert model.state.failure.what.in_form() == failure.what.in_form()
    assert model.state.failure.hint
    assert seen[-1] == model.state
    model.step()
    model.wait()
    assert model.state == Shown(None, 1)


def test_a_watcher_that_fails_where_the_next_request_starts_does_not_keep_the_model_busy(clock: VirtualClock) -> None:
    model, notified = Counting(clock), []

    def watch() -> None:
        notified.append(model.state.steps)
        # The first time is the end of the first request, and the second the start of the next one.
        if notified.count(1) == 2:
            raise ValueError

    model.step()
    model.step_newest(10)
    model.watch(watch)
    model.may_end.set()
    model.wait()
    assert notified.count(1) > 1
    assert not model.is_busy
    assert model.step()
    model.wait()
    assert model.state.steps > 1


def test_a_watcher_that_fails_on_every_change_does_not_keep_the_model_busy(clock: VirtualClock) -> None:
    model, is_broken = Counting(clock), threading.Event()

    def watch() -> None:
        if is_broken.is_set():
            raise ValueError

    model.watch(watch)
    model.step(KeyError("x"))
    model.step_newest(10)
    is_broken.set()
    model.may_end.set()
    with pytest.raises(ValueError, match=r"^$"):
        model.wait()
    assert not model.is_busy
    is_broken.clear()
    assert model.step()
    model.wait()
    assert model.state == Shown(None, 1)


def test_work_whose_start_is_interrupted_is_not_started_twice(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, started = Counting(clock), threading.Event()
    start = Background.__init__

    def start_and_interrupt(*args: Any, **keywords: Any) -> None:
        start(*args, **keywords)
        raise KeyboardInterrupt

    def is_shown_as_ended() -> None:
        if not model.is_busy:
            started.set()

    with monkeypatch.context() as patch:
        patch.setattr(Background, "__init__", start_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            model.step()
    model.watch(is_shown_as_ended)
    assert model.is_busy
    assert not model.step()
    model.may_end.set()
    assert started.wait(10)
    assert model.state.steps == 1
    assert model.step()
    model.wait()
    assert model.state.steps == 2


def test_work_whose_thread_cannot_be_started_leaves_the_state_as_it_was(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Counting(clock)
    model.fail(InputError("It is so.", "Do that."))
    before = model.state

    def fail(_: threading.Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError, match="can't start"):
            model.step()
    assert (model.is_busy, model.state) == (False, before)
    model.may_end.set()
    assert model.step()
    model.wait()
    assert model.state == Shown(None, 1)


def test_watchers_learn_of_the_end_of_work_without_the_lock(clock: VirtualClock) -> None:
    model, seen = Counting(clock), list[bool]()

    def use_elsewhere() -> None:
        if not model.is_busy:
            other = threading.Thread(target=model.fail, args=(KeyError("x"),))
            model_unwatch()
            other.start()
            other.join(10)
            seen.append(other.is_alive())

    model_unwatch = model.watch(use_elsewhere)
    model.may_end.set()
    model.step_newest(1)
    model.wait()
    assert seen == [False]


@examples(40)
@given(frames(), messages(body_bytes=(20_000,)))
def test_blanks_and_the_largest_size_come_from_the_plan(ding: DingTalk, frame: pd.DataFrame, message: Message) -> None:
    state = ding.compose(frame, message).model.state
    plan = ding.plan(frame, message)
    bodies = plan.to_frame()["body"].dropna()
    assert view_of_plan(plan).largest_body_bytes == max((len(body.encode()) for body in bodies), default=0)
    for column in state.blank_columns:
        assert column.missing == sum(value is MISSING for value in read_values(frame[column.column])) > 0
        assert len(bodies) <= len(frame) - column.missing


def test_a_check_shows_its_plan_and_sends_nothing(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 4).assign(userid=lambda table: [*table["userid"][:2], "a,b", None])
    form = ding.compose(frame, PERSONAL)
    plan = check(form)
    pd.testing.assert_frame_equal(form.plan.to_frame(), ding.plan(frame, PERSONAL).to_frame())
    assert plan.model.plan.problems()["position"].tolist() == [2, 3]
    assert "Rows not sent: 2 in total" in words(form)
    assert form.recipients.check.description == "Check again"
    assert sends(office) == 0
    assert form.model.state.is_current


def test_exclusion_lists_and_a_key_are_chosen(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 4)
    without_lists = ding.compose(frame, PERSONAL).recipients.exclude
    assert without_lists.options == (("nobody (no lists yet)", ""),)
    assert "ding.exclusions.add(" in without_lists.tooltip
    ding.exclusions.add("on leave", frame["userid"].tolist()[:1], "away")
    twice = pd.concat([frame, frame.assign(n=frame["n"] + 100)], ignore_index=True)
    form = ding.compose(twice, PERSONAL)
    assert check(form).model.plan.people == 0
    type_into(form.recipients.key, 1)
    type_into(form.recipients.exclude, "on leave")
    plan = check(form).model.plan
    assert (plan.people, plan.rejected) == (6, 2)
    assert "on leave" in words(form)
    same = ding.plan(twice, PERSONAL, key="n", exclude="on leave")
    pd.testing.assert_frame_equal(plan.to_frame(), same.to_frame())


@pytest.mark.parametrize("label", ["谁", "{{x}}", 5, ("a", 1), "😀 <b>"], ids=str)
def test_columns_with_unusual_names_are_chosen(office: RunningSandbox, ding: DingTalk, label: Any) -> None:
    frame = people(office, 3)
    frame = frame.set_axis(pd.Index([label, "n"], tupleize_cols=False), axis=1)
    form = ding.compose(frame, PERSONAL)
    assert form.model.state.recipient_choice.userid == -1
    form.recipients.check.click()
    form.model.wait()
    assert "Choose the recipient column." in words(form)
    type_into(form.recipients.userid, 0)
    assert "Choose the column" not in words(form)
    plan = check(form).model.plan
    assert plan.people == 3
    assert form.model.recipients.arguments(form.model.state.recipient_choice)["columns"] == {"userid": label}


def test_numbers_are_looked_up_with_progress_in_the_form_only(
    office: RunningSandbox,
    connect_to: Connect,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    somebody_looks_on(monkeypatch)
    users = [user for user in office.state.users() if user["active"]][:60]
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in users], "n": range(60)})
    form = connect_to(office, latency_s=0.2).compose(frame, PERSONAL)
    said: set[str] = set()
    form.model.watch(lambda: said.add(form.model.state.progress))
    bars: list[str] = []
    form.model.watch(lambda: bars.append(form.recipients.status.value))
    with clock.participating():
        form.recipients.check.click()
        form.model.wait()
    assert form.plan.to_frame()["userid"].tolist() == [user["userid"] for user in users]
    assert len(said) > 10
    assert any(f"{n} of 60 phone numbers" in line for n in range(20, 40) for line in said)
    assert any('role="progressbar"' in bar for bar in bars)
    assert not is_shown(form.recipients.cancel)
    assert capsys.readouterr() == ("", "")


def test_a_stopped_check_is_reported_and_the_next_one_continues(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_looks_on(monkeypatch)
    users = [user for user in office.state.users() if user["active"]][:200]
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in users], "n": range(200)})
    form = connect_to(office, latency_s=0.2).compose(frame, PERSONAL)
    with clock.participating():
        form.recipients.check.click()
        clock.advance(seconds_to_ns(3))
        form.recipients.cancel.click()
        form.model.wait()
        assert len(office.state.recorded_calls()) < 120
    assert "The check was stopped." in words(form)
    assert form.model.plan_models == []
    before = len(office.state.recorded_calls())
    check(form)
    looked_up = [call for call in office.state.recorded_calls()[before:] if call["path"].endswith("getbymobile")]
    assert 0 < len(looked_up) < 200
    assert form.plan.people == 200


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"fault": "token", "path": "/getbymobile"}, "token"),
        ({"fault": "502", "path": "/getbymobile"}, "502"),
        (None, "cannot be reached"),
    ],
    ids=["token refused", "502", "network gone"],
)
def test_a_failed_check_shows_the_reason_and_can_be_repeated(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, fault: dict[str, Any] | None, said: str
) -> None:
    user = next(candidate for candidate in office.state.users() if candidate["active"])
    form = ding.compose(pd.DataFrame({"mobile": [user["mobile"]], "n": [1]}), PERSONAL)
    ding.token()
    with clock.participating():
        if fault is None:
            office.state.faults.add("refuse", for_s=3_600)
        else:
            office.state.faults.add(fault["fault"], path=fault["path"])
        form.recipients.check.click()
        form.model.wait()
        failure = form.model.state.failure
        assert failure is not None
        assert said in failure.what.in_form() + failure.hint.in_form()
        assert failure.what.in_form() in words(form)
        assert form.model.plan_models == []
        assert not form.recipients.check.disabled
        office.state.faults.clear()
        clock.advance(seconds_to_ns(3_600))
    assert check(form).model.plan.people == 1
    assert failure.what.in_form() not in words(form)


def test_a_failed_check_does_not_deny_the_earlier_calls(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    mobiles = [user["mobile"] for user in office.state.users() if user["active"]][:60]
    form = ding.compose(pd.DataFrame({"mobile": mobiles, "n": range(60)}), PERSONAL)
    with clock.participating():
        office.state.faults.add("refuse", path="/getbymobile", nth=20, for_s=3_600)
        form.recipients.check.click()
        form.model.wait()
    assert sum(call["path"].endswith("getbymobile") for call in office.state.recorded_calls()) >= 20
    assert "cannot be reached; this request was not sent" in words(form)


def test_a_check_pressed_twice_at_once_makes_one_plan(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    may_end, plans = threading.Event(), []
    make = ding.plan

    def slow(*arguments: Any, **keywords: Any) -> Any:
        may_end.wait(10)
        plans.append(make(*arguments, **keywords))
        return plans[-1]

    monkeypatch.setattr(ding, "plan", slow)
    for _ in range(3):
        form.recipients.check.click()
    assert is_off(form.recipients.check)
    assert not form.recipients.check.disabled  # that would lose the focus
    assert "Checking …" in words(form)
    may_end.set()
    form.model.wait()
    assert len(plans) == len(form.model.plan_models) == 1


EDITS: dict[str, Callable[[ComposeForm], object]] = {
    "typing": lambda form: write(form, content="other"),
    "a chip": lambda form: form.tools.chips["n"].click(),
    "another type": lambda form: type_into(form.msgtype, "markdown"),
    "other recipients": lambda form: type_into(form.recipients.userid, -1),
    "a key": lambda form: type_into(form.recipients.key, 1),
    "undo": lambda form: form.undo.click(),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_outdates_the_plan_which_cannot_be_sent(office: RunningSandbox, ding: DingTalk, edit: str) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    write(form, content="number {{ n }}!")
    plan = check(form)
    assert not plan.sending.send.disabled
    EDITS[edit](form)
    assert "have changed since this check" in words(form)
    assert plan.sending.send.disabled
    press_send(plan)
    assert plan.model.run is None
    assert sends(office) == 0
    assert "ding.plan" not in form.code


def test_an_edit_during_the_check_outdates_its_plan(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    is_planning, may_end, make = threading.Event(), threading.Event(), ding.plan

    def slow(*arguments: Any, **keywords: Any) -> Any:
        is_planning.set()
        may_end.wait(10)
        return make(*arguments, **keywords)

    monkeypatch.setattr(ding, "plan", slow)
    form.recipients.check.click()
    assert is_planning.wait(10)
    type_into(form.field("content").input, "other")
    may_end.set()
    form.model.wait()
    form.plan_form.model.wait()
    assert form.plan_form.model.state.is_outdated
    press_send(form.plan_form)
    assert sends(office) == 0
    assert check(form).model.can_send


def test_a_check_of_something_else_replaces_the_running_one(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_looks_on(monkeypatch)
    users = [user for user in office.state.users() if user["active"]][:200]
    frame = pd.DataFrame({"mobile": [user["mobile"] for user in users], "n": range(200)})
    form = connect_to(office, latency_s=0.2).compose(frame, PERSONAL)
    with clock.participating():
        form.recipients.check.click()
        clock.advance(seconds_to_ns(3))
        type_into(form.field("content").input, "other")
        form.model.check()
        form.model.wait()
    assert len(form.model.plan_models) == 1
    assert form.model.state.is_current
    assert form.model.state.failure is None
    assert form.plan_form.model.plan.preview(0).message["text"] == {"content": "other"}


def test_viewing_other_rows_outdates_nothing(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    plan = check(form)
    form.preview.next.click()
    type_into(form.preview.search, "2")
    form.model.wait()
    assert plan.model.can_send


def test_a_sent_campaign_stays_visible_when_something_else_is_checked(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = ding.compose(people(office, 3), PERSONAL)
    first = check(form)
    press_send(first)
    assert first.model.run is not None
    first.model.run.wait()
    write(form, content="other {{ n }}")
    second = check(form)
    third = check(form)
    # Under the previous name the text would have changed for others; another name sends to everybody again.
    assert third.model.state.name == first.model.state.name
    assert third.model.state.forecast is not None
    assert third.model.state.forecast.changed == 3
    type_into(third.sending.name, "another")
    third.model.wait()
    assert [form_part.model for form_part in (first, third)] == form.model.plan_models
    assert second.model.state.is_outdated
    assert form.run is first.run
    assert {first.box, third.box} <= set(walk(form))
    press_send(third)
    assert third.model.run is not None
    third.model.run.wait()
    assert form.run is third.run
    assert set(sent_counts(office, clock).values()) == {2}


def test_a_superseded_search_is_abandoned(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    from dingnb.tables import row_search  # noqa: PLC0415 - of this test alone

    monkeypatch.setattr(row_search, "ROWS_PER_STEP", 1)
    frame = pd.DataFrame({"userid": [f"u{at}" for at in range(300)], "name": ["Ann", "Bob", "Cid"] * 100})
    form = ding.compose(frame)
    for query in ("a", "an", "ann", "b", "bo", "bob", "cid"):
        type_into(form.preview.search, query)
    form.model.wait()
    assert form.model.state.search.found.tolist() == list(range(2, 300, 3))
    assert form.model.state.search.is_complete
    assert "“cid” found in 100 rows" in words(form)
    type_into(form.preview.search, "Ann")
    type_into(form.preview.search, "")
    form.model.wait()
    assert not len(form.model.state.search.found)
    assert form.preview.found.value.count("row") == 0
