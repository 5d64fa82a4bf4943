"""What a campaign's cards ask, and how reminders, skipped texts and closing keep to it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.api import cards as api
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import CampaignStoppedError, ChangedBodyError, IncompleteError, InputError, NobodyError
from dingnb.ledger import cards
from dingnb.ledger.cards import NewCard
from dingnb.messages import CardSettings, Message
from dingnb.sandbox import RunningSandbox
from tests.card_presses import press
from tests.table_rows import for_each

POLL = dingnb.card("T", "Coming?", buttons={"yes": "Yes", "no": "No"})
DRINK = dingnb.fields.choice("drink", "Drink", {"tea": "Tea", "none": "Nothing"})
GUESTS = dingnb.fields.number("guests", "Guests")
LUNCH = dingnb.survey("T", "Lunch?", fields=[DRINK, GUESTS])
OWN = "own-1.schema"


def people_of(ding: DingTalk, n: int = 3) -> pd.DataFrame:
    assert ding.sandbox is not None
    return pd.DataFrame({"userid": [user["userid"] for user in ding.sandbox.state.users() if user["active"]][:n]})


def send(ding: DingTalk, message: Message, name: str = "team-day", **options: Any) -> Campaign:
    return ding.plan(people_of(ding), message).send(name, **options)


OTHER_QUESTIONS = {
    "other buttons": (POLL, dingnb.card("T", "Coming?", buttons={"come": "Yes", "no": "No"})),
    "a form for buttons": (POLL, LUNCH),
    "buttons for a form": (LUNCH, POLL),
    "another field": (LUNCH, dingnb.survey("T", "?", fields=[DRINK, dingnb.fields.text("why", "Why")])),
    "a field of another type": (LUNCH, dingnb.survey("T", "?", fields=[DRINK, dingnb.fields.text("guests", "Guests")])),
    "another option": (
        LUNCH,
        dingnb.survey("T", "?", fields=[dingnb.fields.choice("drink", "Drink", ["tea", "beer"])]),
    ),
    "any option": (LUNCH, dingnb.survey("T", "?", fields=[dingnb.fields.choice("drink", "Drink", "{{ userid }}")])),
    "anything": (POLL, dingnb.card("T", template=OWN, data={"a": "b"})),
}


@for_each("name", OTHER_QUESTIONS)
def test_a_reminder_does_not_ask_another_question(name: str, ding: DingTalk) -> None:
    first, other = OTHER_QUESTIONS[name]
    run = send(ding, first, name)
    with pytest.raises(InputError) as caught:
        run.remind(other)
    assert "asks a different question" in str(caught.value)
    assert "run.remind(run.message)" in str(caught.value)
    assert 'ding.plan(run.unanswered(keep=["name"]), message)' in str(caught.value)


def test_a_reminder_may_ask_the_same_in_other_words_or_less_or_nothing(ding: DingTalk) -> None:
    run = send(ding, POLL)
    for message in (
        POLL,
        dingnb.card("T", "Please answer.", buttons={"no": "Not coming", "yes": "Coming"}, deadline="2030-01-01 00:00"),
        dingnb.card("T", "Just confirm.", buttons={"yes": "Yes", "map": ("Map", "https://example.com")}),
        dingnb.card("T", "Look at the other card.", buttons={"map": ("Map", "https://example.com")}),
        dingnb.text("Please answer the card."),
    ):
        assert run.remind(message).people == 3
    assert send(ding, LUNCH, "lunch").remind(dingnb.survey("T", "?", fields=[DRINK])).people == 3


@pytest.mark.parametrize("message", [POLL, dingnb.text("Please answer."), dingnb.card("T", "Hi", buttons={"yes": "Y"})])
def test_a_reminder_under_the_name_of_its_campaign_says_that_it_needs_its_own(ding: DingTalk, message: Message) -> None:
    reminder = send(ding, POLL).remind(message)
    with pytest.raises(InputError, match="is a reminder of campaign team-day, and is a campaign of its own") as caught:
        reminder.send("team-day", changed="resend", absent="send")
    assert caught.value.hint == 'Give the reminder its own name, such as "team-day-reminder".'
    assert caught.value.hint in str(reminder.forecast("team-day").text)


def test_a_reminder_of_a_reminder_under_an_earlier_name_says_that_it_needs_its_own(ding: DingTalk) -> None:
    first = send(ding, POLL).remind(dingnb.text("Please answer.")).send("team-day-reminder")
    second = first.remind(dingnb.text("Please do answer."))
    for name in ("team-day", "team-day-reminder"):
        with pytest.raises(InputError, match="is a reminder of campaign team-day-reminder, ") as caught:
            second.send(name)
        assert caught.value.hint == 'Give the reminder its own name, such as "team-day-reminder-2".'
        assert caught.value.hint in str(second.forecast(name).text)
    third = second.send("team-day-reminder-2").remind(dingnb.text("This is the last reminder."))
    with pytest.raises(InputError, match="is a reminder of campaign team-day-reminder-2, and is a campaign"):
        third.send("team-day", changed="resend")


def test_a_plan_under_the_name_of_a_reminder_does_not_ask_another_question(ding: DingTalk) -> None:
    run = send(ding, POLL)
    run.remind(POLL).send("again")
    other = dingnb.card("T", "Coming?", buttons={"come": "Yes"})
    with pytest.raises(InputError, match="asks a different question"):
        send(ding, other, "again", changed="resend")
    assert run.tally()["answer"].fillna("").tolist() == ["yes", "no", ""]


MOVED_LABELS = {
    "swapped buttons": (POLL, dingnb.card("T", "Coming?", buttons={"yes": "No", "no": "Yes"}), "No"),
    "a button in between": (
        dingnb.card("T", "When?", buttons={"1": "Monday", "2": "Friday"}),
        dingnb.card("T", "When?", buttons={"1": "Sunday", "2": "Monday", "3": "Friday"}),
        "Monday",
    ),
    "an option in between": (
        dingnb.survey("T", "?", fields=[dingnb.fields.choice("day", "Day", {"1": "Monday", "2": "Friday"})]),
        dingnb.survey("T", "?", fields=[dingnb.fields.choice("day", "Day", {"1": "Sunday", "2": "Monday"})]),
        "Monday",
    ),
}


@for_each("name", MOVED_LABELS)
def test_answers_to_earlier_cards_do_not_get_the_meaning_of_another_label(name: str, ding: DingTalk) -> None:
    first, other, label = MOVED_LABELS[name]
    run = send(ding, first, name)
    before = run.tally()["label"].tolist()
    with pytest.raises(InputError) as caught:
        send(ding, other, name, changed="resend")
    assert f"The text {label} had another key" in str(caught.value)
    assert "or a key that those cards do not have" in str(caught.value)
    with pytest.raises(InputError, match=f"The text {label} had another key") as caught:
        run.remind(other)
    assert "run.remind(run.message)" in caught.value.hint
    assert run.tally()["label"].tolist() == before
    assert run.results()["attempts"].tolist() == [1, 1, 1]


def test_labels_may_have_other_words_or_new_keys_or_move_where_nobody_has_a_card(ding: DingTalk) -> None:
    run = send(ding, POLL)
    send(ding, dingnb.card("T", "Coming?", buttons={"yes": "I come", "no": "I stay"}), changed="resend")
    send(ding, dingnb.card("T", "?", buttons={"come": "I come", "stay": "I stay"}), changed="resend")
    assert run.tally()["answer"].fillna("").tolist() == ["come", "stay", "yes", "no", ""]
    strangers = pd.DataFrame({"userid": ["nobody1", "nobody2"]})
    ding.plan(strangers, POLL).send("other")
    swapped = dingnb.card("T", "Coming?", buttons={"yes": "No", "no": "Yes"})
    other = ding.plan(pd.concat([people_of(ding), strangers]), swapped).send("other", changed="resend")
    assert other.tally()["label"].tolist()[:2] == ["No", "Yes"]


def test_answers_to_earlier_cards_are_kept_where_a_field_gets_another_type(ding: DingTalk, tmp_path: Path) -> None:
    note, number = dingnb.fields.text("n", "Guests"), dingnb.fields.number("n", "Guests")
    one, several = (kind("meal", "Meal", ["a", "b"]) for kind in (dingnb.fields.choice, dingnb.fields.multiple))
    run = send(ding, dingnb.survey("T", "?", fields=[note, one]))
    ann, bob, eve = people_of(ding)["userid"]
    fill_in(ding, {ann: {"n": "two", "meal": "a"}})
    earlier = newest_cards(ding)
    run = send(ding, dingnb.survey("T", "??", fields=[number, several]), changed="resend")
    fill_in(ding, {bob: {"n": 3, "meal": ["a", "b"]}})
    fill_in(ding, {eve: {"n": "four", "meal": "b"}}, earlier)
    answers = run.answers()
    assert answers["n"].tolist() == ["two", "3", "four"]
    assert answers["meal"].tolist() == [["a"], ["a", "b"], ["b"]]
    file = pd.read_csv(run.export(tmp_path / "answers.csv"), dtype=str)
    assert file["meal"].tolist() == ["a", "a, b", "b"]
    # Back to one choice: several choices on a card that people still have are an answer as well.
    both = newest_cards(ding)
    send(
        ding,
        dingnb.survey("T", "???", fields=[note, dingnb.fields.choice("meal", "Meal", ["a", "b"])]),
        changed="resend",
    )
    fill_in(ding, {ann: {"n": "5", "meal": ["a", "b"]}}, both)
    assert run.answers()["meal"].tolist() == [["a", "b"], ["a", "b"], ["b"]]
    assert run.answers()["n"].tolist() == ["5", "3", "four"]


def newest_cards(ding: DingTalk) -> dict[str, str]:
    """Return the newest card of each person."""
    with ding._ledger.connection() as db:
        rows = db.execute(
            "SELECT userids, out_track_id FROM cards JOIN batches ON batches.id = batch ORDER BY created_ns, batch"
        ).fetchall()
    return {userid: card for joined, card in rows for userid in joined.split(",")}


def fill_in(ding: DingTalk, forms: dict[str, dict[str, Any]], cards_of: dict[str, str] | None = None) -> None:
    """Submit forms on the newest or on other cards of people."""
    of = newest_cards(ding) if cards_of is None else cards_of
    ding._log.answers.record([press(of[userid], userid, form=form) for userid, form in forms.items()])


def test_closing_covers_cards_that_are_created_meanwhile(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = send(ding, POLL)
    reminder = run.remind(POLL).send("again")
    context, late = reminder._context, ["dn-late-1", "dn-late-2"]
    with context.ledger.connection() as db:
        batch = db.execute("SELECT min(id) FROM batches WHERE campaign = ?", (reminder._number,)).fetchone()[0]
    update = api.update

    def create_meanwhile(*args: Any, **options: Any) -> None:
        if late:
            card = late.pop()
            with context.ledger.transaction() as db:
                cards.add(db, reminder._number, [NewCard(card, batch)], context.now_ns())
            deliver(ding, card)
        update(*args, **options)

    monkeypatch.setattr(api, "update", create_meanwhile)
    run.close()
    assert late == []
    with context.ledger.connection() as db:
        assert cards.cards_to_disable(db, run._number) == {}


def deliver(ding: DingTalk, card: str) -> None:
    ding.call(
        "/v1.0/card/instances/createAndDeliver",
        {
            "cardTemplateId": CardSettings().card.id,
            "outTrackId": card,
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": {"title": "T", "markdown": "?"}},
            "openSpaceId": f"dtv1.card//IM_ROBOT.{people_of(ding).loc[0, 'userid']}",
            "imRobotOpenSpaceModel": {"supportForward": False},
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": ding.app.app_key},
        },
    )


def test_a_poll_is_not_closed_while_a_reminder_is_being_sent(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    staff: Callable[..., pd.DataFrame],
) -> None:
    people = staff(sandbox, 40)
    ding = connect_to(sandbox)
    run = ding.plan(people, POLL).send("team-day")
    with clock.participating():
        reminder = connect_to(sandbox, latency_s=0.2).campaign("team-day").remind(POLL).send("again", wait=False)
        clock.advance(seconds_to_ns(1))
        with pytest.raises(InputError) as caught:
            run.close()
        assert 'ding.campaign("again").stop()' in str(caught.value)
        assert run.unanswered().shape[0] == 40
        reminder.stop()
    reminder.wait("sent", check=False)
    run.close()
    with pytest.raises(InputError, match="are closed"):
        reminder.resume()
    shown = repr(reminder)
    assert "will not get one under this name" in shown
    assert "resume()" not in shown
    with pytest.raises(CampaignStoppedError) as stopped:
        ding.campaign("team-day").remind(POLL).send("again", absent="drop")
    assert "will not get one under this name" in str(stopped.value)
    with pytest.raises(IncompleteError, match="will not get one under this name"):
        reminder.wait("sent")


def test_a_stopped_campaign_with_cards_does_not_advise_a_recall(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    clock: VirtualClock,
    staff: Callable[..., pd.DataFrame],
) -> None:
    people = staff(sandbox, 40)
    slow, ding = connect_to(sandbox, latency_s=0.2), connect_to(sandbox)
    todo = {}
    ding.plan(people, POLL).send("team-day")
    plans = {
        "cards": slow.plan(people, POLL),
        "links": slow.plan(people, LINK),
        "reminder": slow.campaign("team-day").remind(POLL),
        "texts": slow.plan(people, dingnb.text("Hi {{ userid }}")),
    }
    with clock.participating():
        for name, plan in plans.items():
            run = plan.send(name, wait=False)
            clock.advance(seconds_to_ns(1))
            run.stop()
            run.wait("sent", check=False)
            with pytest.raises(CampaignStoppedError) as stopped:
                plan.send(name)
            todo[name] = str(stopped.value)
    assert {
        name: [word for word in ("run.recall()", "run.close()") if word in text] for name, text in todo.items()
    } == {
        "cards": ["run.close()"],
        "links": [],
        # Closing it would close the campaign that it reminds of.
        "reminder": [],
        "texts": ["run.recall()"],
    }


def test_skipping_everybody_keeps_the_message_that_they_got(ding: DingTalk) -> None:
    run = send(ding, POLL)
    other = dingnb.card("T", "Are you coming?", buttons={"come": "Yes"}, deadline="2030-01-01 00:00", counts="first")
    run = send(ding, other, changed="skip")
    kept = dingnb.card("T", "Coming?", buttons={"yes": "Yes", "no": "No"}, deadline="2030-01-01 00:00", counts="first")
    assert run.message == kept
    assert run.tally()["answer"].fillna("").tolist() == ["yes", "no", ""]
    texts = ding.plan(people_of(ding), dingnb.text("Hi")).send("note")
    texts.wait()
    other_text = dingnb.text("Hello")
    assert ding.plan(people_of(ding), other_text).send("note", changed="skip").message == dingnb.text("Hi")
    assert ding.plan(people_of(ding, 4), other_text).send("note", changed="skip").message == other_text


def test_before_another_question_is_sent_the_error_says_that_earlier_answers_count(ding: DingTalk) -> None:
    send(ding, POLL)
    with pytest.raises(ChangedBodyError, match="already have count as answers to the new question as well"):
        send(ding, dingnb.card("T", "Coming on Saturday?", buttons={"yes": "Yes", "no": "No"}))
    ding.plan(people_of(ding), dingnb.text("Hi")).send("note")
    with pytest.raises(ChangedBodyError, match=r"nobody else gets the message again\. Or recall"):
        ding.plan(people_of(ding), dingnb.text("Hello")).send("note")


LINK = dingnb.card("T", "The way", buttons={"map": ("Map", "https://example.com/map")})


@for_each(("name", "message"), [("links", LINK), ("nothing", dingnb.card("T", "Read this."))])
def test_a_card_without_a_button_that_answers_has_no_answers(name: str, message: Message, ding: DingTalk) -> None:
    plan = ding.plan(people_of(ding), message)
    assert repr(plan).count("no answers") == 1
    assert "run.wait" not in repr(plan)
    run = plan.send(name)
    assert "not receiving answers" not in repr(run)
    assert "Answered" not in repr(run)
    calls: list[Callable[[], object]] = [run.answers, run.unanswered, run.tally, run.close]
    for call in (*calls, lambda: run.wait("answered", timeout_s=1)):
        with pytest.raises(InputError, match="no cards that can be answered"):
            call()
    with pytest.raises(NobodyError, match="does not report"):
        run.remind(POLL)
    assert run.summary()["todo"].str.startswith("DingTalk does not report whether cards arrive.").all()
    view = view_of(run)
    assert view.available_actions(view.results.snapshot().people).cards is None


def test_cards_without_answers_leave_the_question_of_a_campaign_as_it_was(ding: DingTalk) -> None:
    send(ding, POLL)
    run = send(ding, LINK, changed="resend")
    assert run.tally()["answer"].fillna("").tolist() == ["yes", "no", ""]


@for_each("kind", ["card", "survey"])
def test_a_default_template_can_be_turned_off(
    kind: str, connect_to: Callable[..., DingTalk], sandbox: RunningSandbox
) -> None:
    ding = connect_to(sandbox, cards=CardSettings(**{kind: None}))
    message, other = (POLL, LUNCH) if kind == "card" else (LUNCH, POLL)
    with pytest.raises(InputError) as caught:
        ding.plan(people_of(ding), message)
    assert f"{kind}=None" in str(caught.value)
    run = ding.plan(people_of(ding), other).send(kind)
    with pytest.raises(InputError, match=f"{kind}=None"):
        run.remind(message)
    assert ding.plan(people_of(ding), dingnb.card("T", template=OWN, data={"a": "b"})).people == 3


def test_turning_a_template_off_is_a_setting_of_the_connection() -> None:
    assert dataclasses.replace(CardSettings(), survey=None).card == CardSettings().card
