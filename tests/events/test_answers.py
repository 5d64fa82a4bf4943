"""Presses on the cards of campaigns become answers, each once, of the people who were asked."""

import json
import logging
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.errors import LedgerError
from dingnb.events.answers import AnswerCollector
from dingnb.ledger import Ledger, Realm, cards
from dingnb.ledger.campaigns import batches
from dingnb.ledger.cards import NewCard, Poll, PollField
from dingnb.words import set_language
from tests.campaign_rows import add_campaign
from tests.card_presses import YES_NO, press, record_cards, stored_answers
from tests.table_rows import for_each

NOW_MS = 1_764_032_400_000
FIELDS = (
    PollField("meal", "餐食", "SELECT", (("a", "素"), ("b", "荤"))),
    PollField("days", "日期", "MULTI_SELECT", (("1", "一"), ("2", "二"))),
    PollField("n", "人数", "NUMBER"),
    PollField("note", "备注", "TEXT_AREA"),
    PollField("on", "开关", "SWITCH"),
)


@pytest.fixture
def run(ding: DingTalk) -> Campaign:
    people = pd.DataFrame({"userid": ["manager01", "manager02"]})
    return ding.plan(people, dingnb.text("Hello {{ userid }}")).send("team-day")


def collector(ding: DingTalk, now_ms: int = NOW_MS) -> AnswerCollector:
    return AnswerCollector(ding._ledger, ding._realm, lambda: now_ms * 1_000_000)


def stored(run: Campaign) -> list[tuple[str, str, Any, int, bool]]:
    with run._context.ledger.connection() as db:
        return [
            (answer.userid, answer.action, json.loads(answer.value), answer.pressed_ns // 1_000_000, bool(answer.late))
            for answer in stored_answers(db, run._number)
        ]


def shown(response: Any) -> str:
    assert response["cardUpdateOptions"] == {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    [(name, text)] = response["cardData"]["cardParamMap"].items()
    assert name == "tips"
    return str(text)


def test_a_press_is_stored_and_shown_on_the_card_of_the_person(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    [response] = collector(ding).record([press(card, "manager01", "yes", at_ms=NOW_MS - 5)])
    assert shown(response) == "Answered: 来"
    assert stored(run) == [("manager01", "yes", {}, NOW_MS - 5, False)]
    set_language("zh")
    [response] = collector(ding).record([press(card, "manager01", "no")])
    assert shown(response) == "已回答：不来"


def test_each_card_shows_the_answer_by_the_variable_of_its_own_template(ding: DingTalk, run: Campaign) -> None:
    earlier = record_cards(run)["manager01"]
    with run._context.ledger.transaction() as db:
        later = Poll({"yes": "来"}, answer_variable="reply")
        cards.record_poll(db, run._number, later, template="another")
        (batch,) = db.execute("SELECT max(id) FROM batches WHERE campaign = ?", (run._number,)).fetchone()
        cards.add(db, run._number, [NewCard("dn-later", batch, "another")], run._context.now_ns())
    pressed = [press(earlier, "manager01", "no"), press("dn-later", "manager02", "yes")]
    first, second = collector(ding).record(pressed)
    assert shown(first) == "Answered: 不来"
    assert second is not None
    assert second["cardData"]["cardParamMap"] == {"reply": "Answered: 来"}
    assert run.answers()["answer"].tolist() == ["no", "yes"]


def test_a_redelivery_and_a_double_click_count_once_and_are_answered_alike(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    first = press(card, "manager01", "yes", press_id="m-1", at_ms=NOW_MS - 9)
    double = press(card, "manager01", "yes", press_id="m-2", at_ms=NOW_MS - 8)
    # Another process, after a kill between storing and acknowledging.
    responses = [*collector(ding).record([first]), *collector(ding).record([first, double, first])]
    assert [shown(response) for response in responses] == ["Answered: 来"] * 4
    assert stored(run) == [("manager01", "yes", {}, NOW_MS - at, False) for at in (9, 8)]
    assert run.tally()["people"].tolist() == [1, 0, 1]


def test_a_double_click_delivered_again_after_another_answer_changes_nothing(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    first, double = (
        press(card, "manager01", "yes", press_id=press_id, at_ms=NOW_MS - 9) for press_id in ("m-1", "m-2")
    )
    other = press(card, "manager01", "no", press_id="m-3", at_ms=NOW_MS - 5)
    collector(ding).record([first, double, other])
    # A redelivery has the time of its delivery.
    again = [press(card, "manager01", "yes", press_id=press_id, at_ms=NOW_MS) for press_id in ("m-1", "m-2")]
    assert [shown(response) for response in collector(ding).record(again)] == ["Answered: 不来"] * 2
    assert run.answers()["answer"].fillna("").tolist() == ["no", ""]


def test_a_press_from_the_future_counts_as_of_now(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    collector(ding).record([press(card, "manager01", "yes", at_ms=NOW_MS + 10**9)])
    assert stored(run)[0][3] == NOW_MS


IGNORED = {
    "somebody else": ("manager02", {"action": "yes"}, "not_asked"),
    "a userid with another case": ("MANAGER01", {"action": "yes"}, "not_asked"),
    "a button that is not there": ("manager01", {"action": "maybe"}, "not_offered"),
    "no action": ("manager01", {"action": ""}, "not_offered"),
    "a form where there is none": ("manager01", {"form": {"a": 1}}, "not_offered"),
    "a hostile action": ("manager01", {"action": "'; DROP TABLE answers; --\x1b[31m"}, "not_offered"),
}


@pytest.fixture
def card(run: Campaign) -> str:
    return record_cards(run)["manager01"]


@for_each("name", IGNORED)
def test_what_was_not_asked_is_logged_and_ignored(
    name: str, ding: DingTalk, run: Campaign, card: str, caplog: pytest.LogCaptureFixture
) -> None:
    userid, pressed, reason = IGNORED[name]
    collecting = collector(ding)
    with caplog.at_level(logging.INFO, "dingnb.answers"):
        assert collecting.record([press(card, userid, **pressed)]) == [{}]
    assert stored(run) == []
    assert collecting.ignored == 1
    assert caplog.messages[-1].endswith(f": {reason}.")
    assert caplog.messages[-1].isprintable()


def test_a_card_of_somebody_else_is_left_to_others(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    others = DingTalk(
        ding._app.__class__("other", ding._app.app_secret, 1), ding._hosts, origin=ding.origin, clock=ding._clock
    )
    presses = [press(card, "manager01", "yes"), press("dn-unknown", "manager01", "yes"), press("a", "manager01", "b")]
    taking_away = collector(others)
    assert taking_away.record(presses) == [None] * 3
    assert (taking_away.foreign, taking_away.ignored) == (2, 0)
    assert collector(ding).record(presses[1:]) == [None] * 2
    assert stored(run) == []


def test_a_press_on_a_closed_card_is_ignored_and_one_before_the_close_counts(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    with ding._ledger.transaction() as db:
        cards.close_poll(db, run._number, NOW_MS * 1_000_000)
    later, earlier = (press(card, "manager01", "yes", at_ms=at_ms) for at_ms in (NOW_MS, NOW_MS - 1))
    assert shown(collector(ding, NOW_MS + 5).record([later])[0]) == "Closed; answers are no longer accepted."
    assert stored(run) == []
    assert shown(collector(ding, NOW_MS + 5).record([earlier])[0]) == "Answered: 来"
    assert len(stored(run)) == 1


def test_answers_after_the_deadline_are_late(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, Poll(YES_NO.buttons, deadline_ns=NOW_MS * 1_000_000, answer_variable="tips"))["manager01"]
    collecting = collector(ding, NOW_MS + 5)
    on_time = press(card, "manager01", "yes", at_ms=NOW_MS)
    late = press(card, "manager01", "no", at_ms=NOW_MS + 1)
    assert [shown(response) for response in collecting.record([late, on_time, late])] == [
        "Answered late: 不来",
        "Answered: 来",
        "Answered: 来",
    ]
    assert [answer[-1] for answer in stored(run)] == [False, True]


def test_where_the_first_answer_counts_the_card_goes_on_showing_it(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, Poll(YES_NO.buttons, counts="first", answer_variable="tips"))["manager01"]
    presses = [press(card, "manager01", action, at_ms=NOW_MS - 5 + n) for n, action in enumerate(("no", "yes"))]
    assert [shown(response) for response in collector(ding).record(presses)] == ["Answered: 不来"] * 2
    assert len(stored(run)) == 2


def test_a_form_is_stored_with_the_fields_asked(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, Poll({"skip": "跳过"}, FIELDS, answer_variable="tips"))["manager01"]
    hostile = "=1+1\n\x1b[31m'\"\u202e" + "💥"
    form = {"meal": {"index": 1, "value": "b"}, "days": "2", "n": 3, "note": [hostile], "on": True, "other": "x" * 99}
    responses = collector(ding).record(
        [press(card, "manager01", form=form), press(card, "manager01", form={}), press(card, "manager01", "skip")]
    )
    assert [shown(response) for response in responses] == ["Submitted", "Submitted", "Answered: 跳过"]
    assert [answer[1:3] for answer in stored(run)] == [
        ("submit", {"meal": "b", "days": ["2"], "n": 3, "note": hostile, "on": True}),
        ("submit", {}),
        ("skip", {}),
    ]


def test_an_option_that_is_sent_several_times_is_chosen_once(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, Poll({}, FIELDS))["manager01"]
    collector(ding).record([press(card, "manager01", form={"days": ["2", "1", "2", 1]})])
    assert stored(run)[0][2] == {"days": ["2", "1"]}


BAD_FORMS: dict[str, Any] = {
    "an option that is not there": {"meal": "c"},
    "an option of several that is not there": {"days": ["1", "3"]},
    "two options of one": {"meal": ["a", "b"]},
    "an object": {"note": {"a": 1}},
    "nested lists": {"days": [["1"]]},
}


@pytest.fixture
def form(run: Campaign) -> str:
    return record_cards(run, Poll({}, FIELDS))["manager01"]


@for_each("name", BAD_FORMS)
def test_a_form_with_values_that_were_not_offered_is_ignored(
    name: str, ding: DingTalk, run: Campaign, form: str
) -> None:
    assert collector(ding).record([press(form, "manager01", form=BAD_FORMS[name])]) == [{}]
    assert stored(run) == []


def test_an_own_template_takes_any_action_and_its_parameters(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, Poll())["manager01"]
    assert (
        collector(ding).record([press(card, "manager01", "ok"), press(card, "manager01", form={"a": ["b"]})])
        == [{}] * 2
    )
    assert [answer[1:3] for answer in stored(run)] == [("ok", {}), ("submit", {"a": ["b"]})]


def test_nothing_is_recorded_if_the_ledger_cannot_be_written(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run)["manager01"]
    impatient = ding._ledger.with_timeout(0.01)
    collecting = AnswerCollector(impatient, ding._realm, lambda: NOW_MS * 1_000_000)
    with ding._ledger.transaction(), pytest.raises(LedgerError):
        collecting.record([press(card, "manager01", "yes"), press("foreign", "manager01", "yes")])
    assert stored(run) == []
    assert len(collecting.record([press(card, "manager01", "yes")])) == 1


def test_a_team_s_ledger_records_answers_likewise(ledger: Ledger) -> None:
    realm = Realm.of("SANDBOX", "one", "key", "k…y")
    with ledger.transaction() as db:
        campaign = add_campaign(db, realm, "team-day", now_ns=1, channel="card")
        batch = batches.add_batches(db, campaign, [(b"{}", "a,b", 2, "")])
        cards.record_poll(db, campaign, Poll({}, FIELDS, counts="first"))
        cards.add(db, campaign, [NewCard("dn-1", batch)], 1)
    collecting = AnswerCollector(ledger, realm, lambda: NOW_MS * 1_000_000)
    assert collecting.has_open_cards()
    pressed = press("dn-1", "a", form={"note": "💥\x00'", "n": 1.5}, press_id="m-1", at_ms=NOW_MS)
    for _ in range(2):
        assert collecting.record([pressed, press("dn-1", "c", "yes"), press("dn-2", "a", "yes")]) == [{}, {}, None]
    with ledger.connection() as db:
        [answer] = stored_answers(db, campaign)
    assert (answer.userid, answer.action, json.loads(answer.value)) == ("a", "submit", {"note": "💥\x00'", "n": 1.5})


def test_cards_need_somebody_listening_while_they_are_open(ding: DingTalk, run: Campaign) -> None:
    assert not collector(ding).has_open_cards()
    record_cards(run)
    assert collector(ding).has_open_cards()
