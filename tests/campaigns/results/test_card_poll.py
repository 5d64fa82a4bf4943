"""Cards that are sent, pressed in the sandbox, and come back over Stream as columns."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.client import DingTalk, deliveries_of
from dingnb.errors import InputError, TemplateError
from dingnb.ledger import Ledger
from dingnb.sandbox import RunningSandbox
from tests.card_presses import press

Staff = Callable[..., pd.DataFrame]
PATIENCE_S = 20


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def answered(run: Campaign, people: int) -> pd.DataFrame:
    """Return the answers once so many people have answered."""
    until(lambda: run.answers()["answered_at"].notna().sum() >= people)
    return run.answers()


def listen(ding: DingTalk) -> None:
    assert ding.stream().wait_until_connected()


def shown(sandbox: RunningSandbox, userid: str) -> dict[str, Any]:
    [card] = sandbox.state.cards.list_delivered_to(userid)
    return dict(sandbox.state.cards.visible_variables(card, userid))


def test_pressed_buttons_are_a_column(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], ledger: Ledger, staff: Staff
) -> None:
    ding = connect_to(sandbox, ledger=ledger)
    people = staff(sandbox, 3)
    card = dingnb.card("团建", "第 {{ n }} 位，来吗？", buttons={"yes": "来", "no": "不来"})
    run = ding.plan(people, card).send("team-day")
    listen(ding)
    ann, bob, _ = people["userid"]
    sandbox.press(userids=[ann], answers={"yes": 1})
    sandbox.press(userids=[bob], answers={"no": 1})
    found = answered(run, 2)
    assert found["answer"].fillna("").tolist() == ["yes", "no", ""]
    until(lambda: "来" in shown(sandbox, ann)["tips"])
    assert run.unanswered()["userid"].tolist() == [people["userid"][2]]
    run.close()
    assert 'msgButtons":[]' in shown(sandbox, bob)["sys_full_json_obj"]


def test_a_filled_in_form_has_a_column_for_each_field(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people = staff(sandbox, 5)
    fields = [
        dingnb.fields.choice("drink", "Drink", {"tea": "茶", "none": "不用"}),
        dingnb.fields.number("guests", "Guests"),
        dingnb.fields.switch("bus", "Bus"),
    ]
    run = ding.plan(people, dingnb.survey("Lunch", "Please.", fields=fields)).send("lunch")
    listen(ding)
    sandbox.press(userids=people["userid"].tolist(), seed=3)
    found = answered(run, 5)
    assert set(found["answer"]) == {"submit"}
    assert set(found["drink"]) <= {"tea", "none"}
    assert (found["guests"].dtype, found["bus"].dtype) == (pd.Float64Dtype(), pd.BooleanDtype())


def test_a_press_on_a_test_card_proves_a_template_on_live(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    plan = ding.plan(people, dingnb.card("T", "Coming?", buttons={"yes": "Yes"}))
    plan._context = dataclasses.replace(plan._context, realm=dataclasses.replace(plan._context.realm, mode="LIVE"))
    test = plan.test(people["userid"][0])
    listen(ding)
    sandbox.press(userids=[people["userid"][0]], answers={"yes": 1})
    answered(test, 1)
    run = plan.send("team-day", expect=2)
    assert set(run.results()["status"]) == {"accepted"}


def test_an_answer_to_any_card_of_a_person_counts(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people = staff(sandbox, 2)
    run = ding.plan(people, dingnb.card("T", "Coming?", buttons={"yes": "Yes"})).send("first")
    listen(ding)
    ann, bob = people["userid"]
    sandbox.press(userids=[ann], answers={"yes": 1})
    answered(run, 1)
    plan = run.remind(dingnb.card("T", "Last call", buttons={"yes": "Yes"}))
    assert plan.people == 1
    assert [past.answered for past in deliveries_of(ding, ["first"])] == [1]
    plan.send("second")
    assert len(sandbox.state.cards.list_delivered_to(bob)) == 2
    sandbox.press(userids=[bob], answers={"yes": 1})
    assert answered(run, 2)["answer"].tolist() == ["yes", "yes"]
    assert [past.answered for past in deliveries_of(ding, ["first", "second"])] == [2, 1]


def test_a_press_on_a_test_card_of_a_reminder_is_no_answer_to_the_campaign(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 3)
    tester = people["userid"][2]
    run = ding.plan(people[:2], dingnb.card("T", "Coming?", buttons={"yes": "Yes"})).send("first")
    listen(ding)
    test = run.remind(dingnb.card("T", "Last call", buttons={"yes": "Yes"})).test(tester)
    sandbox.press(userids=[tester], answers={"yes": 1})
    answered(test, 1)
    run.close()
    assert not view_of(test).is_closed
    assert view_of(run).reminders() == ()


def test_a_stream_that_ran_before_the_first_card_receives_its_answers(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 2)
    stream = ding.stream()
    assert stream.wait_until_connected()
    assert "card callbacks" not in repr(stream)
    run = ding.plan(people, dingnb.card("T", "Coming?", buttons={"yes": "Yes"})).send("team-day")
    assert "not receiving answers" not in repr(run)
    assert stream.wait_until_connected()
    assert "card callbacks" in repr(stream)
    sandbox.press(userids=people["userid"].tolist(), answers={"yes": 1})
    assert answered(run, 2)["answer"].tolist() == ["yes", "yes"]
    assert stream.received == 2
    stream.stop()
    assert stream.state == "stopped"
    assert "not receiving answers" in repr(run)


def test_closing_ends_the_reminders_too_and_no_further_cards_are_sent(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    people = staff(sandbox, 3)
    card = dingnb.card("T", "{{ n }}: coming?", buttons={"yes": "Yes"})
    run = ding.plan(people.head(2), card).send("first")
    reminder = run.remind(card).send("second")
    again = reminder.remind(card).send("third")
    before = reminder.answers()
    assert "closed" not in repr(run.remind(card))
    run.close()
    for userid in people["userid"].head(2):
        found = sandbox.state.cards.list_delivered_to(userid)
        assert len(found) == 3
        for each in found:
            assert 'msgButtons":[]' in sandbox.state.cards.visible_variables(each, userid)["sys_full_json_obj"]
            ding._log.answers.record([press(each.out_track_id, userid, "yes")])
    assert_frame_equal(again.answers(), before)
    for send in (
        lambda: run.remind(card).send("fourth"),
        lambda: again.remind(card).send("fourth"),
        lambda: ding.plan(people, card).send("first"),
        run.retry,
    ):
        with pytest.raises(InputError, match="are closed"):
            send()
    assert ding.plan(people.head(2), card).send("first").state == "finished"
    assert run.remind(card).send("second").state == "finished"
    assert run.remind(dingnb.text("Closed.")).people == 2
    closed, todo = "a reminder of cards that are closed", 'ding.plan(run.unanswered(keep=["name"]), ...)'
    assert closed in repr(run.remind(card))
    assert todo in repr(run.remind(card))
    assert closed in repr(run.remind(dingnb.text("Closed.")))
    assert todo not in repr(run.remind(dingnb.text("Closed.")))


def test_a_reminder_without_its_column_is_advised_to_ask_those_without_an_answer(ding: DingTalk, staff: Staff) -> None:
    card = dingnb.card("T", "{{ n }}: coming?", buttons={"yes": "Yes"})
    run = ding.plan(staff(ding.sandbox, 2), card).send("first", store_content=False)
    with pytest.raises(TemplateError) as caught:
        ding.campaign(run.name).remind(card)
    assert "run.unanswered()" in str(caught.value)
    assert "run.unread()" not in str(caught.value)


def test_a_button_of_an_earlier_card_stays_an_answer(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    people = staff(sandbox, 3)
    first = dingnb.card("T", "Coming?", buttons={"yes": "Yes", "no": "No"})
    run = ding.plan(people.head(2), first).send("team-day")
    listen(ding)
    other = dingnb.card("T", "Are you coming?", buttons={"come": "Coming", "no": "Not coming"})
    run = ding.plan(people, other).send("team-day", changed="skip")
    ann, bob, eve = people["userid"]
    sandbox.press(userids=[ann], answers={"yes": 1})
    sandbox.press(userids=[bob], answers={"no": 1})
    sandbox.press(userids=[eve], answers={"come": 1})
    assert answered(run, 3)["answer"].tolist() == ["yes", "no", "come"]
    assert run.tally()["label"].tolist() == ["Coming", "Not coming", "Yes", "No answer"]


def test_a_wait_for_reads_counts_those_who_have_answered(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    people = staff(sandbox, 3)
    run = ding.plan(people, dingnb.card("团建", "来吗？", buttons={"yes": "来", "no": "不来"})).send("team-day")
    listen(ding)
    sandbox.press(userids=people["userid"].tolist()[:2], answers={"yes": 1})
    answered(run, 2)
    capsys.readouterr()
    run.wait("read")
    assert "wait ended at 66.6% read, short of 100%" in capsys.readouterr().out
