"""Presses on cards of campaigns over Stream: stored, then acknowledged with an update of the card."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dingnb.client import DingTalk
from dingnb.events.event import CARD_CALLBACK
from dingnb.events.stream import inbox
from dingnb.ledger import LEDGER_FILE, LedgerSession, answers, cards
from dingnb.ledger.campaigns import batches
from dingnb.ledger.cards import NewCard
from tests.campaign_rows import add_campaign
from tests.card_presses import YES_NO, press_data, stored_answers
from tests.events.stream.conftest import Gateway, Line, until

CARD = "/v1.0/card/instances/callback"


def asked(ding: DingTalk) -> int:
    """Record a campaign with one card for two people, and return its number."""
    with ding._ledger.transaction() as db:
        campaign = add_campaign(db, ding._realm, "team-day", now_ns=1, channel="card")
        batch = batches.add_batches(db, campaign, [(b"{}", "a,b", 2, "")])
        cards.record_poll(db, campaign, YES_NO)
        cards.add(db, campaign, [NewCard("dn-1", batch)], 1)
    return campaign


def push(line: Line, userid: str, action: str, message_id: str, card: str = "dn-1") -> None:
    line.push("CALLBACK", {"topic": CARD, "time": "1764032400000"}, press_data(card, userid, action), message_id)


def stored(ding: DingTalk, campaign: int) -> list[tuple[str, str]]:
    with ding._ledger.connection() as db:
        return [(answer.userid, answer.action) for answer in stored_answers(db, campaign)]


@pytest.fixture
def campaign(client: DingTalk) -> int:
    return asked(client)


def test_a_stream_receives_cards_by_itself_where_a_campaign_has_open_ones(
    gateway: Gateway, client: DingTalk, campaign: int
) -> None:
    client.stream()
    gateway.line()
    assert {"type": "CALLBACK", "topic": CARD} in gateway.bodies[0]["subscriptions"]
    with client._ledger.transaction() as db:
        cards.close_poll(db, campaign, 1)
    client.stream()
    gateway.line(1)
    assert {"type": "CALLBACK", "topic": CARD} not in gateway.bodies[1]["subscriptions"]


def test_a_stream_that_was_replaced_to_receive_cards_counts_the_later_problems_as_well(
    gateway: Gateway, client: DingTalk
) -> None:
    first = client.stream()
    gateway.line().connection.send("no JSON")
    until(lambda: "1 frame could not be read" in repr(first))
    client._streams.add_cards(client._log)
    gateway.line(1).connection.send("no JSON")
    until(lambda: "2 frames could not be read" in repr(first))
    assert "1 frame could not be read" in repr(client.stream(cards=True))


def test_a_stream_starts_although_the_ledger_cannot_be_read(gateway: Gateway, client: DingTalk, home: Path) -> None:
    (home / LEDGER_FILE).write_bytes(b"not a ledger" * 1_000)
    client.stream()
    gateway.line()
    assert {"type": "CALLBACK", "topic": CARD} not in gateway.bodies[0]["subscriptions"]


def test_a_press_is_on_disk_before_it_is_acknowledged(
    gateway: Gateway, client: DingTalk, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_answer: list[list[tuple[str, str]]] = []
    made = inbox.build_acknowledgement

    def noted(*given: Any) -> str:
        at_answer.append(stored(client, campaign))
        return made(*given)

    monkeypatch.setattr(inbox, "build_acknowledgement", noted)
    client.stream()
    line = gateway.line()
    push(line, "a", "yes", "m-1")
    answer = line.answer()
    assert at_answer == [[("a", "yes")]]
    assert (answer["code"], answer["headers"]["messageId"]) == (200, "m-1")
    assert answer["data"]["response"]["cardData"] == {"cardParamMap": {"tips": "Answered: 来"}}
    assert [event.type for event in client.events.select()] == [CARD_CALLBACK]


def test_a_press_is_recorded_once_over_redeliveries_and_processes(
    gateway: Gateway, client: DingTalk, campaign: int
) -> None:
    for number in range(2):
        stream = client.stream()
        line = gateway.line(number)
        for message_id in ("m-1", "m-1", "m-2"):
            push(line, "a", "yes", message_id)
            assert line.answer()["data"]["response"]["cardData"] == {"cardParamMap": {"tips": "Answered: 来"}}
        stream.stop()
    assert stored(client, campaign) == [("a", "yes")] * 2


def test_presses_that_arrive_together_are_all_acknowledged(gateway: Gateway, client: DingTalk, campaign: int) -> None:
    client.stream()
    line = gateway.line()
    people = ["a", "b", "nobody"] * 150
    for number, userid in enumerate(people):
        push(line, userid, ("yes", "no")[number % 2], f"m-{number}")
    acknowledged = {line.answer()["headers"]["messageId"] for _ in people}
    assert acknowledged == {f"m-{number}" for number in range(len(people))}
    # At one time, so the last answer of each person is the one that arrived last.
    assert dict(stored(client, campaign)) == {"a": "no", "b": "yes"}


@pytest.mark.usefixtures("campaign")
def test_other_cards_go_to_the_users_function(gateway: Gateway, client: DingTalk) -> None:
    stream = client.stream(on_card=lambda event: {"cardData": {"cardParamMap": {"a": event.fields["out_track_id"]}}})
    line = gateway.line()
    answered = {}
    for number, card in enumerate(("mine", "dn-2", "dn-1")):
        push(line, "a", "yes", f"m-{number}", card)
        answered[card] = line.answer()["data"]["response"]["cardData"]["cardParamMap"]
    assert answered == {"mine": {"a": "mine"}, "dn-2": {"a": "dn-2"}, "dn-1": {"tips": "Answered: 来"}}
    # A campaign of another ledger may wait for it.
    assert "did not count: the cards are not in this ledger" in repr(stream)


def test_a_press_that_cannot_be_stored_is_requested_again_and_kept_meanwhile(
    gateway: Gateway, client: DingTalk, campaign: int, home: Path
) -> None:
    stream = client.stream()
    line = gateway.line()
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        push(line, "a", "yes", "m-1")
        answer = line.answer()
        assert (answer["code"], answer["data"]["status"]) == (500, "LATER")
        push(line, "a", "yes", "m-1")
        assert line.answer()["code"] == 500
        assert "1 press on a card could not be written to the ledger yet" in repr(stream)
        other.execute("ROLLBACK")
    until(lambda: stored(client, campaign) == [("a", "yes")])
    until(lambda: "could not be written to the ledger yet" not in repr(stream))
    push(line, "a", "yes", "m-1")
    assert line.answer()["data"]["response"]["cardData"] == {"cardParamMap": {"tips": "Answered: 来"}}
    assert stored(client, campaign) == [("a", "yes")]


def test_a_press_that_fails_does_not_affect_the_others_that_wait_for_the_ledger(
    gateway: Gateway, client: DingTalk, campaign: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = answers.add

    def picky(db: LedgerSession, answer: answers.NewAnswer) -> bool:
        assert answer.userid != "a", "broken"
        return add(db, answer)

    stream = client.stream()
    line = gateway.line()
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number, userid in enumerate("bab"):
            push(line, userid, "yes", f"m-{number}")
            assert line.answer()["code"] == 500
        monkeypatch.setattr(answers, "add", picky)
        other.execute("ROLLBACK")
    until(lambda: "could not be written to the ledger yet" not in repr(stream))
    assert stored(client, campaign) == [("b", "yes")] * 2
    assert "lost unless DingTalk sends them again: 1 press on a card" in repr(stream)


def test_a_press_that_fails_does_not_affect_the_others(
    gateway: Gateway,
    client: DingTalk,
    campaign: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    add = answers.add

    def picky(db: LedgerSession, answer: answers.NewAnswer) -> bool:
        assert answer.userid != "a", "broken"
        return add(db, answer)

    monkeypatch.setattr(answers, "add", picky)
    stream = client.stream()
    line = gateway.line()
    for number in range(20):
        push(line, "ab"[number % 2], "yes", f"m-{number}")
    codes = {(said := line.answer())["headers"]["messageId"]: said["code"] for _ in range(20)}
    assert [codes[f"m-{number}"] for number in range(20)] == [500, 200] * 10
    assert stored(client, campaign) == [("b", "yes")] * 10
    assert stream.state == "connected"
    assert "broken" in capfd.readouterr().err


def test_a_form_of_1_mb_is_refused_and_not_requested_again(gateway: Gateway, client: DingTalk, campaign: int) -> None:
    stream = client.stream()
    line = gateway.line()
    data = press_data("dn-1", "a", form={"a": "x" * 2**20})
    line.push("CALLBACK", {"topic": CARD}, data, "m-1")
    answer = line.answer()
    assert (answer["code"], answer["data"]) == (200, {"response": {}})
    assert stored(client, campaign) == []
    assert len(client.events) == 0
    assert "1 press on a card did not count" in repr(stream)


def test_a_press_that_names_nobody_is_acknowledged(gateway: Gateway, client: DingTalk, campaign: int) -> None:
    client.stream()
    line = gateway.line()
    for number, wrong in enumerate(({"userId": None}, {"content": "[" * 2_000}, {"type": "dynamicDataCallback"})):
        line.push("CALLBACK", {"topic": CARD}, json.dumps(press_data("dn-1", "a", "yes") | wrong), f"m-{number}")
        assert line.answer()["code"] == 200
    assert stored(client, campaign) == []
    assert pd.isna(client.events.to_frame()["userids"]).sum() == 0
