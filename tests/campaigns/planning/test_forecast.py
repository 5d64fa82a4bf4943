"""Forecasts match what a send then does."""

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.forecast import Forecast
from dingnb.campaigns.sending.unknown_outcomes import resolve
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AbsentRecipientsError, ChangedBodyError, InputError
from dingnb.ledger import SqliteLedger
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.other_process import leave_as_if_killed
from tests.tiers import SOAK

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
PERSONAL = dingnb.text("number {{ n }}")
SHARED = dingnb.text("hi")
MODES = ("error", "skip", "resend")
ABSENT = ("error", "send", "drop")
SEEDS = 300 if SOAK else 15


class Loses(BaseAdapter):
    """A route that loses the answers of some calls for sending."""

    def __init__(self, ding: DingTalk, which: Callable[[int], bool]) -> None:
        super().__init__()
        ding._transport.reroute(self._around)
        self.which = which
        self._calls = 0

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)
        if "asyncsend_v2" in str(request.url):
            self._calls += 1
            if self.which(self._calls):
                response.close()
                raise requests.ReadTimeout
        return response

    def close(self) -> None:
        self._inner.close()


def sent_to(sandbox: RunningSandbox) -> int:
    """Return the number of people in calls made so far."""
    return sum(call["people"] for call in sandbox.state.recorded_calls() if call["path"].endswith("asyncsend_v2"))


def limited(connect_to: Connect, sandbox: RunningSandbox, calls: int) -> DingTalk:
    """Return a connection with a monthly quota of calls."""
    return connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=calls))


def comes_true(
    sandbox: RunningSandbox, plan: Plan, name: str, changed: Any = "error", absent: Any = "drop"
) -> Forecast:
    """Assert that a send matches its forecast, and that the next forecast reflects it; return the forecast."""
    foreseen = plan.forecast(name)
    parts = ("settled", "new", "queued", "missed", "repeated", "changed")
    counts = [getattr(foreseen, part) for part in parts]
    assert min(counts) >= 0
    # A person who has the message under one key gets one of their own under another.
    assert plan.people <= foreseen.people
    assert sum(counts) == (0 if foreseen.refusal else foreseen.people), foreseen
    rows = plan.to_frame()
    is_settled = [at in foreseen.settled_rows for at in range(len(rows))]
    if not foreseen.refusal and not rows["userid"].duplicated().any():
        assert sum(is_settled) == foreseen.settled, foreseen
        assert rows["status"][is_settled].eq("queued").all()
    before = sent_to(sandbox)
    is_changed, is_absent = changed == "error" and foreseen.changed, absent == "error" and foreseen.absent
    if foreseen.refusal or is_changed or is_absent:
        with pytest.raises(InputError) as caught:
            plan.send(name, changed=changed, absent=absent)
        assert isinstance(caught.value, ChangedBodyError) == bool(is_changed and not foreseen.refusal)
        assert isinstance(caught.value, AbsentRecipientsError) == bool(
            is_absent and not is_changed and not foreseen.refusal
        )
        assert caught.value.what.startswith(str(foreseen.refusal))
        assert str(foreseen.hint) in {caught.value.hint, ""}
        assert foreseen.people_sent_to(changed, absent) == sent_to(sandbox) - before == 0
        return foreseen
    run = plan.send(name, changed=changed, absent=absent, check=False)
    assert sent_to(sandbox) - before == foreseen.people_sent_to(changed, absent), foreseen
    assert plan.forecast(name).state == run.state
    return foreseen


def test_a_new_name(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    foreseen = comes_true(sandbox, ding.plan(staff(sandbox, 30), PERSONAL), " payslip ")
    assert foreseen == Forecast("payslip", 30, new=30)
    assert foreseen.is_new
    assert str(foreseen.text) == "New: nothing has been sent under this name."


def test_nothing_is_written_and_no_call_is_made(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, connect_to: Connect
) -> None:
    frame = staff(sandbox, 30)
    limited(connect_to, sandbox, 12).plan(frame, PERSONAL).send("payslip", check=False)
    leave_as_if_killed(ding.campaign("payslip"))
    calls = len(sandbox.state.recorded_calls())
    with SqliteLedger().connection() as db:
        before = list(db.sqlite.iterdump())
        for name in ("payslip", "other"):
            ding.plan(frame.assign(n=1), PERSONAL).forecast(name)
            ding.plan(frame, PERSONAL).forecast(name)
        assert list(db.sqlite.iterdump()) == before
    assert len(sandbox.state.recorded_calls()) == calls


def test_a_finished_campaign(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 30)
    ding.plan(frame, PERSONAL).send("payslip").wait()
    foreseen = comes_true(sandbox, ding.plan(frame, PERSONAL), "payslip")
    assert (foreseen.state, foreseen.settled, foreseen.recorded) == ("finished", 30, 30)
    assert not foreseen.is_new
    said = (
        "Finished on 2 November 2026, 30 people: everybody in this plan has already been sent this message; "
        "sending again sends nothing."
    )
    assert str(foreseen.text) == said
    assert str(ding.plan(frame[::-1], PERSONAL).forecast("payslip").text) == said
    dingnb.set_language("zh")
    assert str(foreseen.text) == "已于 2026年11月2日完成，共 30 人：此计划中的人均已发送；再次发送不会发出任何消息。"


@pytest.mark.parametrize("changed", MODES)
def test_new_and_missing_rows(sandbox: RunningSandbox, ding: DingTalk, staff: Staff, changed: str) -> None:
    frame = staff(sandbox, 40)
    ding.plan(frame[:34], PERSONAL).send("payslip")
    less = comes_true(sandbox, ding.plan(frame[:20], PERSONAL), "payslip", changed)
    assert str(less.text) == (
        "Finished on 2 November 2026, 34 people: everybody in this plan has already been sent this message; "
        "sending again sends nothing."
    )
    foreseen = comes_true(sandbox, ding.plan(frame[10:], PERSONAL), "payslip", changed)
    assert (foreseen.settled, foreseen.new) == (24, 6)
    assert str(foreseen.text) == (
        "Finished on 2 November 2026, 34 people: 6 are new; only those people are sent to, and nobody gets it twice."
    )


@pytest.mark.parametrize("changed", MODES)
def test_changed_texts(sandbox: RunningSandbox, ding: DingTalk, staff: Staff, changed: str) -> None:
    frame = staff(sandbox, 32)
    ding.plan(frame[:30], PERSONAL).send("payslip")
    plan = ding.plan(frame.assign(n=[*range(1_000, 1_012), *range(12, 32)]), PERSONAL)
    foreseen = comes_true(sandbox, plan, "payslip", changed)
    assert (foreseen.settled, foreseen.new, foreseen.changed) == (18, 2, 12)
    assert [foreseen.people_sent_to(mode) for mode in MODES] == [0, 2, 14]  # type: ignore[arg-type]
    assert str(foreseen.text) == (
        "In this campaign, 12 people were sent a different text. They can keep it, or get the new one as well. "
        "Finished on 2 November 2026, 30 people: 2 are new."
    )
    comes_true(sandbox, plan, "payslip", changed)
    same = ding.plan(frame[:3].assign(n=5_000), PERSONAL).forecast("payslip")
    assert str(same.text).startswith("In this campaign, 3 people were sent a different text.")
    assert str(same.text).endswith("people.")


@pytest.mark.parametrize("changed", MODES)
def test_a_campaign_stopped_while_sending(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff, changed: str
) -> None:
    frame = staff(sandbox, 250)
    limited(connect_to, sandbox, 1).plan(frame, SHARED).send("all", check=False)
    foreseen = ding.plan(frame, SHARED).forecast("all")
    assert (foreseen.state, foreseen.settled, foreseen.queued) == ("stopped", 100, 150)
    assert str(foreseen.text) == (
        "Stopped on 2 November 2026, 250 people: 150 are still to get it; "
        "only those people are sent to, and nobody gets it twice."
    )
    dingnb.set_language("zh")
    # Who had a recalled message is notified again.
    assert str(foreseen.text).endswith("150 人待发送；只发送给他们，不会有人收到两次。")
    dingnb.set_language("en")
    # A text changed before it was sent counts as the only one.
    half = frame[50:].assign(text="hi")
    half.loc[half.index[-30:], "text"] = "ho"
    plan = ding.plan(half, dingnb.text("{{ text }}"))
    assert comes_true(sandbox, plan, "all", changed).queued == 150


def test_a_stopped_campaign_that_has_sent_nothing(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    plan = ding.plan(staff(sandbox, 5), SHARED)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=[1])
    plan.send("all", check=False).stop()
    hint = str(comes_true(sandbox, plan, "all").hint)
    assert "nobody has a message from it, so send the right plan under another name" in hint
    assert "recall" not in hint


@pytest.mark.parametrize("changed", MODES)
@pytest.mark.parametrize("same", [True, False])
def test_a_dead_process(
    sandbox: RunningSandbox, ding: DingTalk, connect_to: Connect, staff: Staff, changed: str, *, same: bool
) -> None:
    frame = staff(sandbox, 250)
    limited(connect_to, sandbox, 1).plan(frame, SHARED).send("all", check=False)
    leave_as_if_killed(ding.campaign("all"))
    plan = ding.plan(frame if same else frame[20:240], SHARED)
    foreseen = comes_true(sandbox, plan, "all", changed)
    assert foreseen.state == "interrupted"
    assert (foreseen.queued, foreseen.repeated) == ((150, 100) if same else (140, 80))
    interrupted = "Interrupted, still sending on 2 November 2026, 250 people: 1"
    absent = "Still waiting in this campaign, but not in this plan: 30 people ("
    assert foreseen.absent == (0 if same else 30)
    assert str(foreseen.text).startswith(interrupted if same else absent)


@pytest.mark.parametrize("changed", MODES)
@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("decided", [True, False])
def test_calls_with_unknown_outcome(
    sandbox: RunningSandbox,
    ding: DingTalk,
    staff: Staff,
    clock: VirtualClock,
    changed: str,
    *,
    late: bool,
    decided: bool,
) -> None:
    frame = staff(sandbox, 10)
    loses = Loses(ding, lambda _: True)
    run = ding.plan(frame, PERSONAL).send("payslip", pause_after=4, check=False)
    loses.which = lambda _: False
    if decided:
        frame_of = run.results()["status"]
        queued, unknown = (int((frame_of == status).sum()) for status in ("queued", "unknown"))
        resolve(run._context, run._number, "resend", unknown=unknown, queued=queued, expect=10)
    clock.advance(seconds_to_ns(24 * 3_600 if late else 5))
    foreseen = comes_true(
        sandbox, ding.plan(frame.assign(n=[0, 1, 2, 3, 4, 50, 60, 7, 8, 9]), PERSONAL), "payslip", changed
    )
    assert foreseen.state == ("interrupted" if decided else "paused")
    assert bool(foreseen.repeated) == (not late and not decided)
    comes_true(sandbox, ding.plan(frame[2:], PERSONAL), "payslip", changed)


@pytest.mark.parametrize("changed", MODES)
def test_another_text_after_the_first_one_failed(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, changed: str
) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox)
    frame = staff(sandbox, 10)
    stranger = pd.DataFrame({"userid": ["nobody"], "n": [77]})
    everybody = pd.concat([frame, stranger], ignore_index=True)
    ding.plan(everybody, PERSONAL).send("payslip").wait()
    same = ding.plan(everybody, PERSONAL).forecast("payslip")
    assert (same.settled, same.failed) == (11, 1)
    assert str(same.text).endswith(
        " It did not reach 1 person: run.missed() says why, and who run.retry() can send to again."
    )
    assert ding.plan(everybody[1:], PERSONAL).forecast("payslip").failed == 1
    plan = ding.plan(everybody.assign(n=[*range(10), 78]), PERSONAL)
    foreseen = comes_true(sandbox, plan, "payslip", changed)
    assert (foreseen.missed, foreseen.settled, foreseen.changed) == (1, 10, 0)
    assert "1 did not get an earlier text, or had it recalled" in str(foreseen.text)


def test_the_forecast_after_a_recall_does_not_say_that_the_text_was_missed(ding: DingTalk, staff: Staff) -> None:
    frame = staff(ding.sandbox, 3)
    ding.plan(frame, dingnb.text("hi")).send("note").wait().recall(expect=3)
    foreseen = ding.plan(frame, dingnb.text("sorry")).forecast("note")
    assert foreseen.missed == 3
    assert ": 3 did not get an earlier text, or had it recalled; only those people" in str(foreseen.text)


def test_the_forecast_of_the_same_text_after_a_recall_says_that_it_was_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 30)
    run = ding.plan(frame, PERSONAL).send("payslip").wait()
    run.recall(who=frame["userid"][:1], expect=1)
    some = comes_true(sandbox, ding.plan(frame, PERSONAL), "payslip")
    assert (some.settled, some.failed, some.recalled) == (30, 0, 1)
    assert str(some.text).endswith(
        "sending again sends nothing. It was recalled from 1 person, and is not sent to them again."
    )
    assert comes_true(sandbox, ding.plan(frame[1:], PERSONAL), "payslip").recalled == 0
    everybody = [comes_true(sandbox, ding.plan(frame[:1], PERSONAL), "payslip")]
    run.recall(expect=30)
    everybody.append(comes_true(sandbox, ding.plan(frame, PERSONAL), "payslip"))
    for language, said in (
        ("en", "the message was recalled from everybody in this plan; sending again sends nothing."),
        ("zh", "发给此计划中所有人的消息均已撤回；再次发送不会发出任何消息。"),
    ):
        dingnb.set_language(language)
        assert all(str(foreseen.text).endswith(said) for foreseen in everybody)


def test_the_forecast_of_a_recalled_message_to_further_people_says_that_it_was_recalled(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame = staff(sandbox, 30)
    run = ding.plan(frame[:20], PERSONAL).send("payslip").wait()
    assert ding.plan(frame[10:], PERSONAL).forecast("payslip").recalled_before == 0
    run.recall(who=frame["userid"][:15], expect=15)
    further = comes_true(sandbox, ding.plan(frame[20:], PERSONAL), "payslip")
    assert (further.new, further.recalled_before) == (10, 15)
    for language, said in (
        ("en", "This message was recalled from 15 people: make sure that it is right before others get it."),
        ("zh", "该任务已撤回发给 15 人的消息：发送给其他人之前，请确认内容无误。"),
    ):
        dingnb.set_language(language)
        assert str(further.text).endswith(said)
    # Nobody gets it, or everybody gets another text.
    assert comes_true(sandbox, ding.plan(frame[:5], PERSONAL), "payslip").recalled_before == 0
    assert comes_true(sandbox, ding.plan(frame[:5], dingnb.text("sorry")), "payslip").recalled_before == 0


@pytest.mark.parametrize("changed", MODES)
def test_refusals_that_do_not_depend_on_changed_texts(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, changed: str
) -> None:
    frame = staff(sandbox, 40)
    ding.plan(frame[:20], PERSONAL).send("payslip")
    other = comes_true(sandbox, ding.plan(frame[20:], dingnb.text("party")), "payslip", changed)
    assert str(other.text) == (
        "The name payslip was already used for a different message to 20 people; none of them is in this plan. "
        "Give this campaign another name."
    )
    key = comes_true(sandbox, ding.plan(frame[:20], PERSONAL, key="n"), "payslip", changed)
    assert 'was sent with no key, but this plan has key=["n"].' in str(key.refusal)
    assert (key.state, key.recorded, key.is_new) == ("finished", 20, False)
    for name in ("", "  ", "two\nlines", "\u200b"):
        assert "is not a valid campaign name" in str(
            comes_true(sandbox, ding.plan(frame, PERSONAL), name, changed).refusal
        )
    nobody = ding.plan(frame.assign(userid="a b"), PERSONAL)
    assert "There is nobody to send to" in str(comes_true(sandbox, nobody, "payslip", changed).refusal)


@pytest.mark.parametrize(("key", "counted"), [(None, "8 people"), (["n"], "8 messages to 8 people")])
def test_cancelled_people_are_not_counted(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, key: list[str] | None, counted: str
) -> None:
    frame, message = staff(sandbox, 10), PERSONAL
    limited(connect_to, sandbox, 4).plan(frame, message, key=key).send("payslip", check=False)
    plan = connect_to(sandbox).plan(frame[:8], message, key=key)
    run = plan.send("payslip", absent="drop")
    assert (run.progress.people, run.progress.cancelled) == (8, 2)
    foreseen = plan.forecast("payslip")
    assert (foreseen.recorded, foreseen.settled) == (8, 8)
    assert f", {counted}: " in str(foreseen.text)


def test_further_cards_of_a_campaign_whose_cards_are_closed(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame, question = staff(sandbox, 6), dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding = connect_to(sandbox)
    ding.plan(frame[:3], question).send("whole").close()
    limited(connect_to, sandbox, 4).plan(frame[:3], question).send("part", check=False).close()
    assert ding.campaign("part").state == "stopped"
    for name in ("whole", "part"):
        foreseen = comes_true(sandbox, ding.plan(frame, question), name)
        assert foreseen.blocked == "closed"
        assert foreseen.people_sent_to("resend", "send") == 0
        assert str(foreseen.text) == (
            "The cards of this campaign are closed: answers to further cards would not count. No further card was "
            "sent. Ask again under another name: plan.send(...). Those who have the card can still get a text: "
            "run.remind(...)."
        )
        assert foreseen.text.in_form().endswith("To ask again, send under another name.")
    assert comes_true(sandbox, ding.plan(frame[:3], question), "part").blocked == "closed"
    # Everybody has the card already.
    assert not comes_true(sandbox, ding.plan(frame[:3], question), "whole").refusal
    # Nobody can be sent a corrected card, nor those who are still queued but not in the plan.
    corrected = dingnb.card("T", "Coming, {{ n }}?", buttons={"yes": "Yes"})
    ding.plan(frame[:3].assign(n=range(3)), corrected).send("personal").close()
    changed = ding.plan(frame[:3].assign(n=range(1, 4)), corrected)
    assert changed.forecast("personal").blocked == "closed"
    # The error does not offer to send it either.
    for choice in ("error", "resend"):
        with pytest.raises(InputError, match="cards of this campaign are closed"):
            changed.send("personal", changed=choice)
    people = frame.assign(n=range(6))
    limited(connect_to, sandbox, 14).plan(people, corrected).send("cut-short", check=False)
    cut_short = ding.campaign("cut-short")
    cut_short.close()
    accepted = cut_short.results()["status"].eq("accepted")
    assert 0 < accepted.sum() < 6
    foreseen = ding.plan(people[accepted], corrected).forecast("cut-short")
    assert foreseen.blocked == "closed"
    assert "can be sent to as well" not in str(foreseen.text)


def test_a_stopped_campaign_whose_cards_are_closed(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    frame, question = staff(sandbox, 40), dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    ding = connect_to(sandbox, latency_s=0.2)
    with clock.participating():
        run = ding.plan(frame, question).send("team-day", wait=False)
        clock.advance(seconds_to_ns(1))
        run.stop()
        run.wait("sent", check=False)
    assert "Only resume() continues it" in str(comes_true(sandbox, ding.plan(frame, question), "team-day").hint)
    run.close()
    foreseen = comes_true(sandbox, ding.plan(frame, question), "team-day")
    assert foreseen.blocked == "stopped"
    assert str(foreseen.hint).startswith(
        "Its cards are closed, so people who have not received a card will not get one"
    )
    assert "resume" not in str(foreseen.text)


@pytest.mark.parametrize("changed", MODES)
def test_keys(sandbox: RunningSandbox, ding: DingTalk, staff: Staff, changed: str) -> None:
    people = staff(sandbox, 10)
    frame = pd.concat([people, people.assign(n=people["n"] + 100)], ignore_index=True)
    ding.plan(frame, PERSONAL, key="n").send("invoices")
    more = pd.concat([frame[5:], people.assign(n=people["n"] + 200)], ignore_index=True)
    assert comes_true(sandbox, ding.plan(more, PERSONAL, key="n"), "invoices", changed).new == 10
    # One text for several keys becomes two texts.
    joined = ding.plan(frame.assign(t="same"), dingnb.text("{{ t }}"), key="n")
    assert comes_true(sandbox, joined, "joined", changed).new == 10
    apart = ding.plan(frame.assign(t=[*["same"] * 10, *["other"] * 10]), dingnb.text("{{ t }}"), key="n")
    assert comes_true(sandbox, apart, "joined", changed).changed == 10


@pytest.mark.parametrize("changed", MODES)
def test_one_lost_text_for_two_keys_of_which_one_has_another_text_now(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, changed: str
) -> None:
    people = staff(sandbox, 3)
    frame = pd.concat([people, people.assign(n=people["n"] + 100)], ignore_index=True)
    loses = Loses(ding, lambda _: True)
    ding.plan(frame.assign(t="same"), dingnb.text("{{ t }}"), key="n").send("all", pause_after=1, check=False)
    loses.which = lambda _: False
    apart = ding.plan(frame.assign(t=[*["same"] * 3, *["other"] * 3]), dingnb.text("{{ t }}"), key="n")
    foreseen = comes_true(sandbox, apart, "all", changed)
    assert (foreseen.repeated, foreseen.changed, foreseen.changed_sent_anyway) == (3, 3, 0)


def test_a_running_campaign(sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    plan = ding.plan(staff(sandbox, 200), PERSONAL)
    run = plan.send("payslip", wait=False)
    clock.advance(seconds_to_ns(2))
    foreseen = plan.forecast("payslip")
    run.stop()
    run.wait("sent", check=False)
    assert foreseen.state == "running"
    assert 100 < foreseen.queued < 200
    assert foreseen.repeated == 0
    assert str(foreseen.text).startswith("Being sent now, 200 people: 1")
    assert "waits for its turn" in str(foreseen.text)


class Past:
    """Random earlier events of a campaign."""

    def __init__(self, sandbox: RunningSandbox, connect_to: Connect, clock: VirtualClock, frame: pd.DataFrame) -> None:
        self._sandbox = sandbox
        self._connect_to = connect_to
        self._clock = clock
        self._frame = frame

    def plan(self, ding: DingTalk, chance: random.Random) -> Plan:
        """Return a plan for some of the people, most of them with unchanged texts."""
        some = self._frame.sample(chance.randint(1, len(self._frame)), random_state=chance.randint(0, 999))
        texts = [chance.choice(["a", "b", "c", f"n{n}"]) if chance.random() < 0.3 else "a" for n in some["n"]]
        has_key = self._frame["userid"].duplicated().any()
        return ding.plan(some.assign(t=texts), dingnb.text("{{ t }}"), key="k" if has_key else None)

    def lost(self, chance: random.Random) -> None:
        ding = self._connect_to(self._sandbox)
        Loses(ding, lambda _: chance.random() < 0.5)
        plan = self.plan(ding, chance)
        if plan.people:
            choices = {"changed": chance.choice(["skip", "resend"]), "absent": chance.choice(["send", "drop"])}
            plan.send("all", **choices, pause_after=chance.choice([1, None]), check=False)

    def short(self, chance: random.Random) -> None:
        used = self._sandbox.state.stats()["calls_counted"]
        plan = self.plan(limited(self._connect_to, self._sandbox, used + chance.randint(1, 2)), chance)
        if plan.people:
            choices = {"changed": chance.choice(["skip", "resend"]), "absent": chance.choice(["send", "drop"])}
            plan.send("all", **choices, check=False)

    def died(self, chance: random.Random) -> None:
        self.short(chance)
        run = self._connect_to(self._sandbox).campaign("all")
        if run.results()["status"].ne("queued").any():
            leave_as_if_killed(run)

    def retried(self, _: random.Random) -> None:
        run = self._connect_to(self._sandbox).campaign("all")
        if run.wait(check=False).state == "finished":
            run.retry(check=False)

    def resolved(self, chance: random.Random) -> None:
        run = self._connect_to(self._sandbox).campaign("all")
        if len(run.resolve()):  # type: ignore[arg-type]
            run.resolve(chance.choice(["leave", "delivered"]))

    def late(self, chance: random.Random) -> None:
        self._clock.advance(seconds_to_ns(chance.choice([70, 3_600, 24 * 3_600])))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_history(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock, seed: int
) -> None:
    chance = random.Random(seed)
    frame = staff(sandbox, 12)
    if chance.random() < 0.3:
        frame = pd.concat([frame, frame.assign(n=frame["n"] + 100)], ignore_index=True)
    past = Past(sandbox, connect_to, clock, frame.assign(k=range(len(frame))))
    past.plan(connect_to(sandbox), chance).send("all")
    for _ in range(5):
        happens = chance.choice([past.lost, past.lost, past.short, past.died, past.retried, past.resolved, past.late])
        happens(chance)
        plan = past.plan(connect_to(sandbox), chance)
        if plan.people:
            comes_true(sandbox, plan, "all", chance.choice(MODES), chance.choice(ABSENT))
