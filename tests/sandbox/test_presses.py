"""Presses on cards over real HTTP and WebSockets: callbacks, answers, deadlines and redelivery."""

import base64
import hashlib
import hmac
import json
import math
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.presses import sign_timestamp
from tests.sandbox.card_client import YES_NO, CardReceiver, cards, register, seen, send_card, update
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.stream_client import CARD, TIMEOUT_S, Listener, wait_for_count
from tests.table_rows import for_each

BY_KEY = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
FORM = {
    "fields": [
        {
            "name": "meal",
            "label": "午餐",
            "type": "SELECT",
            "required": True,
            "options": [{"value": "a", "text": "甲"}, {"value": "b"}],
        },
        {
            "name": "days",
            "label": "哪天",
            "type": "MULTI_SELECT",
            "required": True,
            "options": [{"value": "1"}, {"value": "2"}],
        },
        {"name": "note", "label": "备注", "type": "TEXT"},
        {"name": "count", "label": "人数", "type": "NUMBER", "required": True},
        {"name": "when", "label": "日期", "type": "DATE", "required": True},
        {"name": "bus", "label": "坐车", "type": "SWITCH", "required": True},
        {"name": "secret", "type": "TEXT", "hidden": True},
    ]
}


def press(client: Client, **wanted: object) -> int:
    answer = client.post("/_sandbox/cards/press", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["planned"]


def presses(client: Client) -> list[dict[str, Any]]:
    return client.get("/_sandbox/cards/presses").json()


def settled(client: Client, count: int) -> list[dict[str, Any]]:
    """Wait until no press is planned or waits for its answer, because the server works asynchronously."""
    for _ in range(3_000):
        found = presses(client)
        if len(found) == count and not {"planned", "pressed"} & {entry["status"] for entry in found}:
            return found
    message = f"not settled: {found}"
    raise AssertionError(message)


def content(frame: dict[str, Any]) -> dict[str, Any]:
    return json.loads(frame["data"]["content"])


@pytest.fixture
def start_sandbox(start_sandbox: Starter) -> Starter:
    """Start sandboxes that wait longer for answers, because the machine may be slow."""
    return lambda **given: start_sandbox(**{"card_answer_deadline_s": 60, **given})


@pytest.fixture
def listener(client: Client) -> Iterator[Listener]:
    with Listener(client, CARD) as opened:
        yield opened


def test_a_press_comes_over_stream_as_documented(client: Client, listener: Listener) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    assert press(client, userids=[userid], answers={"yes": 1}) == 1
    frame = listener.next()
    assert (frame["type"], frame["headers"]["topic"]) == CARD
    data = frame["data"]
    assert data.pop("spaceId").startswith("cid")
    assert json.loads(data.pop("content")) == {"cardPrivateData": {"actionIds": ["yes"], "params": {"id": "yes"}}}
    assert data == {
        "type": "actionCallback",
        "outTrackId": "dn-1",
        "corpId": "dingsandboxcorp",
        "userId": userid,
        "userIdType": 1,
        "spaceType": "IM_ROBOT",
        "extension": "{}",
    }
    listener.answer(frame, {"response": {}})
    [found] = settled(client, 1)
    assert found["press_id"] == frame["headers"]["messageId"]
    assert cards(client)[0]["deliveries"][0]["opened"] is True
    assert (found["status"], found["channel"], found["pushes"], found["answer"]) == ("answered", "stream", 1, {})
    assert (found["userid"], found["action_ids"], found["out_track_id"]) == (userid, ["yes"], "dn-1")


@for_each(
    ("settings", "key", "expected"),
    [
        (
            {"card_callback_format": "value"},
            "value",
            {"cardPrivateData": {"actionIds": ["yes"]}, "params": {"id": "yes"}},
        ),
        ({"card_button_id_in": "params"}, "content", {"cardPrivateData": {"actionIds": [], "params": {"id": "yes"}}}),
        ({"card_button_id_in": "actionIds"}, "content", {"cardPrivateData": {"actionIds": ["yes"], "params": {}}}),
    ],
)
def test_the_callback_format_is_a_setting(
    start_sandbox: Starter, settings: dict[str, str], key: str, expected: dict[str, Any]
) -> None:
    client = start_sandbox(**settings)
    [userid] = client.people(1)
    send_card(client, userid)
    with Listener(client, CARD) as listener:
        press(client, userids=[userid], answers={"yes": 1})
        data = listener.next()["data"]
        assert json.loads(data[key]) == expected
        assert {"content", "value"} & set(data) == {key}
        assert data["spaceType"] == ("im" if key == "value" else "IM_ROBOT")
        press(client, userids=[userid], answers={"yes": 1}, format="value")
        assert "value" in listener.next()["data"]


def test_a_press_names_people_as_the_card_does(client: Client, listener: Listener) -> None:
    [userid] = client.people(1)
    unionid = client.call("/topapi/v2/user/get", userid=userid)["result"]["unionid"]
    send_card(client, unionid, userIdType=2)
    press(client, userids=[userid])
    data = listener.next()["data"]
    assert (data["userId"], data["userIdType"]) == (unionid, 2)


def test_an_answer_changes_the_card_of_the_person_who_pressed_and_an_update_everybodys(
    client: Client, listener: Listener
) -> None:
    one, other = client.people(2)
    client.post(
        "/_sandbox/cards/templates", json={"template_id": "mine.schema", "private": ["mine"], "actions": {"ok": "OK"}}
    )
    send_card(client, one, other, cardTemplateId="mine.schema", cardData={"cardParamMap": {"title": "t", "note": "n"}})
    press(client, userids=[one])
    answer = {
        "cardUpdateOptions": BY_KEY,
        "cardData": {"cardParamMap": {"note": "您已回答"}},
        "userPrivateData": {"cardParamMap": {"mine": "x", "title": "not private"}},
    }
    listener.answer(listener.next(), {"response": answer})
    assert settled(client, 1)[0]["status"] == "answered"
    assert seen(client, one) == {"title": "t", "note": "您已回答", "mine": "x"}
    assert seen(client, other) == {"title": "t", "note": "n"}
    update(client, cardData={"cardParamMap": {"title": "closed"}}, cardUpdateOptions=BY_KEY)
    assert seen(client, one) == {"title": "closed", "note": "您已回答", "mine": "x"}
    assert seen(client, other) == {"title": "closed", "note": "n"}
    update(client, cardData={"cardParamMap": {"note": "over"}}, cardUpdateOptions=BY_KEY)
    assert seen(client, one)["note"] == "over"
    update(client, cardData={"cardParamMap": {"title": "new"}})
    assert (seen(client, one), seen(client, other)) == ({"title": "new", "mine": "x"}, {"title": "new"})


def test_an_answer_without_options_overwrites_what_the_person_sees(client: Client, listener: Listener) -> None:
    one, other = client.people(2)
    send_card(client, one, other)
    press(client, userids=[one])
    listener.answer(listener.next(), {"response": {"cardData": {"cardParamMap": {"tips": "done"}}}})
    settled(client, 1)
    assert seen(client, one) == {"tips": "done"}
    assert seen(client, other)["title"] == "团建"


@for_each(
    "data",
    [
        {"response": "done"},
        {"response": {"cardData": "done"}},
        {"response": {"cardData": {"cardParamMap": {"tips": 5}}}},
        {"response": {"cardData": {"cardParamMap": ["tips"]}}},
        {"response": {"cardUpdateOptions": "yes", "cardData": {"cardParamMap": {"tips": "5"}}}},
        {"response": {"userPrivateData": {"cardParamMap": {"tips": "a" * 1_025}}}},
    ],
)
def test_an_answer_that_is_not_valid_changes_nothing(start_sandbox: Starter, data: object) -> None:
    client = start_sandbox()
    [userid] = client.people(1)
    send_card(client, userid)
    before = seen(client, userid)
    with Listener(client, CARD) as listener:
        press(client, userids=[userid])
        listener.answer(listener.next(), data)
        assert settled(client, 1)[0]["status"] == "unreadable"
        assert seen(client, userid) == before


def test_an_answer_with_another_code_or_without_a_response_changes_nothing(client: Client, listener: Listener) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    before = seen(client, userid)
    change = {"cardData": {"cardParamMap": {"tips": "x"}}}
    press(client, userids=[userid])
    listener.answer(listener.next(), {"response": change}, code=500)
    assert settled(client, 1)[0]["status"] == "unreadable"
    press(client, userids=[userid])
    listener.answer(listener.next(), change)
    assert settled(client, 2)[1]["status"] == "answered"
    assert seen(client, userid) == before


def test_an_answer_after_the_deadline_changes_nothing_but_is_an_acknowledgement(start_sandbox: Starter) -> None:
    client = start_sandbox(card_answer_deadline_s=1e-9)
    [userid] = client.people(1)
    send_card(client, userid)
    change = {"response": {"cardUpdateOptions": BY_KEY, "cardData": {"cardParamMap": {"tips": "x"}}}}
    with Listener(client, CARD) as listener:
        press(client, userids=[userid])
        listener.answer(listener.next(), change)
        [found] = settled(client, 1)
        assert (found["status"], found["answer"]) == ("late", change["response"])
        assert "tips" not in seen(client, userid)
        assert wait_for_count(client, "acknowledged", 1)["unacknowledged"] == []


def test_the_deadline_is_two_seconds() -> None:
    assert SandboxSettings().card_answer_deadline_s == 2


def test_virtual_time_does_not_make_an_answer_late(client: Client, listener: Listener) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    press(client, userids=[userid])
    frame = listener.next()
    client.pass_time(50)
    listener.answer(frame, {"response": {}})
    assert settled(client, 1)[0]["status"] == "answered"


def test_what_is_not_acknowledged_comes_again_with_the_same_id(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_ping_every_s=0)
    [userid] = client.people(1)
    send_card(client, userid)
    with Listener(client, CARD) as listener:
        press(client, userids=[userid])
        ids = [listener.next()["headers"]["messageId"]]
        for _ in range(4):
            client.pass_time(59.9)
            assert presses(client)[0]["pushes"] == len(ids)
            client.pass_time(0.1)
            ids.append(listener.next()["headers"]["messageId"])
        assert len(set(ids)) == 1
        client.pass_time(60)
        [found] = settled(client, 1)
        assert (found["status"], found["pushes"], found["answered_ms"]) == ("unanswered", 5, None)


def test_redelivery_can_be_switched_off(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_callback_repeat_s=0)
    [userid] = client.people(1)
    send_card(client, userid)
    with Listener(client, CARD) as listener:
        press(client, userids=[userid])
        listener.next()
    assert settled(client, 1)[0]["status"] == "unanswered"


def test_what_a_broken_connection_leaves_goes_to_the_next_one(client: Client) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    with Listener(client, CARD) as listener:
        press(client, userids=[userid])
        first = listener.next()
    wait_for_count(client, "connections", 0)
    with Listener(client, CARD) as listener:
        again = listener.next()
        assert again["headers"]["messageId"] == first["headers"]["messageId"]
        assert again["data"] == first["data"]
        listener.answer(again, {"response": {}})
        assert settled(client, 1)[0]["pushes"] == 2


def test_beyond_what_is_kept_the_oldest_press_is_lost(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_max_pending=1)
    people = client.people(2)
    send_card(client, *people)
    for person in people:
        press(client, userids=[person])
        client.pass_time(1)
    assert [found["status"] for found in presses(client)] == ["unanswered", "pressed"]


def test_a_double_click_comes_twice_with_two_ids(client: Client, listener: Listener) -> None:
    [userid] = client.people(1)
    send_card(client, userid)
    assert press(client, userids=[userid], answers={"no": 1}, twice=1) == 2
    frames = [listener.next() for _ in range(2)]
    assert len({frame["headers"]["messageId"] for frame in frames}) == 2
    assert frames[0]["data"] == frames[1]["data"]


def test_a_button_that_is_gone_cannot_be_pressed_unless_forced(client: Client, listener: Listener) -> None:
    one, other = client.people(2)
    send_card(client, one)
    press(client, userids=[other], out_track_id="dn-1", answers={"yes": 1})
    assert settled(client, 1)[0]["status"] == "not offered"
    update(client, cardData={"cardParamMap": {"title": "closed"}})
    assert press(client, userids=[one]) == 0
    press(client, userids=[one], answers={"yes": 1})
    press(client, userids=[other], out_track_id="none", answers={"yes": 1})
    assert [found["status"] for found in settled(client, 3)] == ["not offered", "not offered", "lost"]
    for userid, card in ((one, "dn-1"), (other, "dn-1"), (other, "none"), ("ghost", "dn-1")):
        press(client, userids=[userid], out_track_id=card, action_ids=["x"], params={"a": [1]}, force=True)
        frame = listener.next()
        assert (frame["data"]["userId"], frame["data"]["outTrackId"]) == (userid, card)
        assert content(frame)["cardPrivateData"] == {"actionIds": ["x"], "params": {"a": [1], "id": "x"}}


def test_a_card_without_a_callback_reports_nothing(client: Client) -> None:
    [userid] = client.people(1)
    send_card(client, userid, callbackType=None)
    press(client, userids=[userid])
    assert settled(client, 1)[0]["status"] == "lost"


def test_links_and_disabled_buttons_are_not_choices(client: Client) -> None:
    [userid] = client.people(1)
    listed = [
        {"text": "open", "url": "https://example.com"},
        {"text": "a", "id": "a"},
        {"text": "b", "id": "b", "request": True, "status": "disabled"},
    ]
    send_card(
        client,
        userid,
        cardData={"cardParamMap": {"title": "t", "sys_full_json_obj": json.dumps({"msgButtons": listed})}},
    )
    assert press(client, userids=[userid]) == 0
    for text in ("{", "[1]", '{"msgButtons": [1, {"id": "a"}]}', "[" * 5_000):
        update(client, cardData={"cardParamMap": {"sys_full_json_obj": text[:1_000]}})
        assert press(client, userids=[userid]) == 0


def test_a_form_is_submitted_as_documented(client: Client, listener: Listener) -> None:
    people = client.people(20)
    client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
    variables = {"title": "报名", "form": json.dumps(FORM, ensure_ascii=False)}
    send_card(client, *people, cardTemplateId="form.schema", cardData={"cardParamMap": variables})
    assert press(client, share=1, seed=5) == 20
    filled = []
    for _ in people:
        found = content(listener.next())["cardPrivateData"]
        assert found["actionIds"] == ["submit"]
        assert list(found["params"]) == ["form"]
        filled.append(found["params"]["form"])
    assert {"meal", "days", "count", "when", "bus"} <= set.intersection(*map(set, filled))
    assert {"note" in values for values in filled} == {True, False}
    assert not any("secret" in values for values in filled)
    assert all(
        values["meal"] == {"index": "ab".index(values["meal"]["value"]), "value": values["meal"]["value"]}
        for values in filled
    )
    assert all(values["days"]["value"] == [str(place + 1) for place in values["days"]["index"]] for values in filled)
    assert {type(values["count"]) for values in filled} == {int}
    assert {type(values["bus"]) for values in filled} == {bool}
    press(client, userids=people[:1], form={"note": "<b>1</b>", "extra": 5})
    form = content(listener.next())["cardPrivateData"]["params"]["form"]
    assert (form["note"], form["extra"]) == ("<b>1</b>", 5)


def test_a_form_that_is_closed_cannot_be_submitted(client: Client) -> None:
    [userid] = client.people(1)
    client.post("/_sandbox/cards/templates", json={"template_id": "form.schema"})
    variables = {"form": json.dumps({"fields": [{"name": "a"}]}), "card_status": "submitted"}
    send_card(client, userid, cardTemplateId="form.schema", cardData={"cardParamMap": variables})
    assert press(client, userids=[userid]) == 0


def test_a_share_of_people_presses_over_time_as_the_seed_says() -> None:
    def life(seed: int) -> list[tuple[str, str, int]]:
        with start(SandboxSettings(), VirtualClock()) as sandbox:
            client = Client(sandbox, sandbox.state.time.clock)
            people = client.people(200)
            for number in range(10):
                send_card(client, *people[20 * number : 20 * number + 20], outTrackId=f"dn-{number}")
            assert sandbox.press(share=0.5, answers={"yes": 3, "no": 1}, over_s=60, seed=seed, twice=0.1) >= 100
            client.pass_time(60)
            found = presses(client)
            assert {found_press["status"] for found_press in found} == {"pressed"}
            client.http.close()
            return [
                (found_press["userid"], found_press["action_ids"][0], found_press["time_ms"]) for found_press in found
            ]

    first = life(1)
    assert first == life(1)
    assert first != life(2)
    assert len({userid for userid, _, _ in first}) == 100
    assert 100 < len(first) < 125
    counts = Counter(key for _, key, _ in first)
    assert 2 * counts["no"] < counts["yes"]
    times = sorted(at_ms for _, _, at_ms in first)
    start_ms = VirtualClock().now_ns() // 1_000_000
    assert start_ms <= times[0] < times[-1] <= start_ms + 60_000
    assert times[len(times) // 2] < start_ms + 20_000


def test_presses_happen_at_their_times(client: Client, listener: Listener) -> None:
    one, other = client.people(2)
    send_card(client, one, other)
    press(client, userids=[one], after_s=30)
    press(client, userids=[other], after_s=5)
    assert {found["status"] for found in presses(client)} == {"planned"}
    client.pass_time(5)
    assert listener.next()["data"]["userId"] == other
    client.pass_time(24)
    assert presses(client)[0]["status"] == "planned"
    client.post("/_sandbox/clock", json={"advance_s": 1})
    frame = listener.next()
    assert (frame["data"]["userId"], frame["headers"]["time"]) == (one, str(presses(client)[0]["time_ms"]))


def test_everybody_presses_the_newest_card_or_those_named(client: Client, listener: Listener) -> None:
    one, other = client.people(2)
    send_card(client, one, other, outTrackId="old")
    send_card(client, other, outTrackId="new")
    press(client)
    assert {(found["userid"], found["out_track_id"]) for found in presses(client)} == {(one, "old"), (other, "new")}
    press(client, out_track_ids=["old"])
    assert [(found["userid"], found["out_track_id"]) for found in presses(client)[2:]] == [(one, "old"), (other, "old")]
    for _ in range(4):
        listener.next()


@for_each(
    "wrong",
    [
        {"userids": "one"},
        {"share": 2},
        {"share": True},
        {"answers": []},
        {"answers": {"yes": 0}},
        {"answers": {"yes": "many"}},
        {"answers": {"yes": 10**400}},
        {"answers": {"yes": 1e308, "no": 1e308}},
        {"over_s": -1},
        {"over_s": float("1e300")},
        {"seed": "a"},
        {"twice": 1.5},
        {"format": "A"},
        {"force": 1},
        {"form": "a"},
        {"out_track_ids": "a"},
        {"when": "now"},
    ],
)
def test_a_wrong_request_is_refused_by_name(client: Client, wrong: dict[str, object]) -> None:
    answer = client.post("/_sandbox/cards/press", json=wrong)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["error"]
    with pytest.raises(InputError, match=next(iter(wrong))):
        client.sandbox.press(**wrong)


def test_what_json_cannot_hold_is_refused_and_harms_no_later_call(tmp_path: Path) -> None:
    with start(SandboxSettings(users=5), journal=tmp_path / "kept.sqlite3") as sandbox:
        for name, value in (("params", {"day": date(2026, 1, 1)}), ("form", {"n": {1}}), ("answers", {date.min: 1})):
            with pytest.raises(InputError, match=name):
                sandbox.press(**{name: value}, userids=["manager0001"], out_track_id="x", force=True)
        assert sandbox.press(userids=["manager0001"], out_track_id="x", action_ids=["ok"], force=True) == 1
        assert requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=10).json()["presses"] == 1


def test_an_infinite_weight_is_refused(client: Client) -> None:
    with pytest.raises(InputError, match="answers"):
        client.sandbox.press(answers={"yes": math.inf})


def test_presses_count_towards_the_quota_of_stream(start_sandbox: Starter) -> None:
    for settings, counted, lost in (
        ({}, 3, 0),
        ({"card_presses_counted": False}, 0, 0),
        ({"over_stream_quota": "lost"}, 2, 1),
        ({"over_stream_quota": "lost", "card_presses_counted": False}, 0, 0),
    ):
        client = start_sandbox(stream_pushes_per_month=2, **settings)
        people = client.people(3)
        send_card(client, *people)
        press(client)
        client.pass_time(1)
        assert client.get("/_sandbox/stats").json()["stream_counted"] == counted
        assert [found["status"] for found in presses(client)].count("lost") == lost
        # The quota is that of a month.
        client.post("/_sandbox/clock", json={"now": "2026-12-02T09:00:00+08:00"})
        press(client)
        client.pass_time(1)
        assert client.get("/_sandbox/stats").json()["stream_counted"] == counted


def test_a_reset_forgets_presses_and_ids_do_not_repeat(client: Client) -> None:
    ids = []
    for _ in range(2):
        again = Client(client.sandbox, client.clock)
        [userid] = again.people(1)
        send_card(again, userid)
        press(again, userids=[userid])
        press(again, userids=[userid], after_s=60)
        ids += [found["press_id"] for found in presses(again)]
        again.post("/_sandbox/reset")
        again.http.close()
    assert presses(client) == []
    client.pass_time(60)
    assert presses(client) == []
    assert len(set(ids)) == 4


VECTORS = [
    ("example-secret", "1700000000000", "I85VWQbGCqbDkjEb7rsCEkTKI9QSL3wzLms54MiwXlg="),
    ("abc123", "1665473229000", "caqND+pYZMZ7+GWgsxNcpMyEGLg8TrkFcbXJbMs/dI0="),
    ("密钥", "1790000000123", "UmKcqfQaIjGYpEBSXICicuM/XkHQKvKH9RU2mNhDtBw="),
]


@for_each(("secret", "timestamp", "signature"), VECTORS)
def test_signatures_are_those_of_the_rule(secret: str, timestamp: str, signature: str) -> None:
    assert sign_timestamp(secret, timestamp) == signature


@pytest.fixture
def receiver() -> Iterator[CardReceiver]:
    with CardReceiver() as opened:
        yield opened


def test_a_press_comes_over_http_signed(client: Client, receiver: CardReceiver) -> None:
    [userid] = client.people(1)
    secret = register(client, receiver.url)
    send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
    change = {"cardUpdateOptions": BY_KEY, "cardData": {"cardParamMap": {"tips": "您已回答"}}}
    receiver.replies.append((200, json.dumps(change).encode()))
    press(client, userids=[userid], answers={"yes": 1})
    headers, body = receiver.received.get(timeout=TIMEOUT_S)
    timestamp = headers["x-ddpaas-signature-timestamp"]
    assert timestamp == str(client.clock.now_ns() // 1_000_000)
    expected = base64.b64encode(hmac.digest(secret.encode(), timestamp.encode(), hashlib.sha256)).decode()
    assert headers["x-ddpaas-signature"] == expected
    assert headers["content-type"] == "application/json"
    assert (body["userId"], body["outTrackId"]) == (userid, "dn-1")
    assert json.loads(body["content"])["cardPrivateData"]["params"] == {"id": "yes"}
    [found] = settled(client, 1)
    assert (found["status"], found["channel"], found["pushes"]) == ("answered", "http", 1)
    assert seen(client, userid)["tips"] == "您已回答"
    assert client.get("/_sandbox/stats").json()["stream_counted"] == 0


@for_each(
    ("reply", "status"),
    [
        ((200, b"{}"), "answered"),
        ((200, b""), "unreadable"),
        ((200, b"[" * 5_000), "unreadable"),
        ((200, b'{"cardData": {"cardParamMap": {"tips": 1}}}'), "unreadable"),
        ((500, b"{}"), "unanswered"),
        ((302, b"{}"), "unanswered"),
    ],
)
def test_replies_over_http_are_judged(
    start_sandbox: Starter, receiver: CardReceiver, reply: tuple[int, bytes], status: str
) -> None:
    client = start_sandbox()
    [userid] = client.people(1)
    register(client, receiver.url)
    send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
    receiver.replies.append(reply)
    press(client, userids=[userid])
    assert settled(client, 1)[0]["status"] == status
    assert "tips" not in seen(client, userid)


def test_a_slow_reply_over_http_is_no_answer(start_sandbox: Starter, receiver: CardReceiver) -> None:
    client = start_sandbox(card_answer_deadline_s=0.1)
    [userid] = client.people(1)
    register(client, receiver.url)
    send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
    receiver.is_blocking = True
    press(client, userids=[userid])
    assert settled(client, 1)[0]["status"] == "unanswered"


def test_requests_over_http_may_be_repeated(start_sandbox: Starter, receiver: CardReceiver) -> None:
    client = start_sandbox(card_http_pushes=3)
    [userid] = client.people(1)
    register(client, receiver.url)
    send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
    receiver.replies += [(500, b""), (500, b""), (200, b"{}")]
    press(client, userids=[userid])
    for _ in range(2):
        receiver.received.get(timeout=TIMEOUT_S)
        client.pass_time(60)
    receiver.received.get(timeout=TIMEOUT_S)
    [found] = settled(client, 1)
    assert (found["status"], found["pushes"]) == ("answered", 3)


def test_requests_over_http_are_not_repeated_if_redelivery_is_switched_off(
    start_sandbox: Starter, receiver: CardReceiver
) -> None:
    client = start_sandbox(card_http_pushes=3, stream_callback_repeat_s=0)
    [userid] = client.people(1)
    register(client, receiver.url)
    send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
    receiver.replies += [(500, b"")]
    press(client, userids=[userid])
    [found] = settled(client, 1)
    assert (found["status"], found["pushes"]) == ("unanswered", 1)


def test_an_unregistered_or_unreachable_route_reports_nothing(client: Client) -> None:
    one, other = client.people(2)
    send_card(client, one, callbackType="HTTP", callbackRouteKey="none")
    register(client, "http://127.0.0.1:9/nobody")
    send_card(client, other, outTrackId="dn-2", callbackType="HTTP", callbackRouteKey="key")
    press(client)
    assert [found["status"] for found in settled(client, 2)] == ["lost", "unanswered"]


def test_many_presses_are_each_reported_once(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_second=1_000)
    people = client.people(600)
    for number in range(20):
        send_card(client, *people[30 * number : 30 * number + 30], outTrackId=f"dn-{number}")
    with Listener(client, CARD) as listener:
        client.sandbox.press(share=1, answers=dict.fromkeys(YES_NO, 1), over_s=10)
        came: dict[str, dict[str, Any]] = {}
        advancing = threading.Thread(target=client.clock.advance, args=[seconds_to_ns(10)])
        advancing.start()
        for _ in people:
            frame = listener.next()
            came[frame["headers"]["messageId"]] = frame["data"]
            listener.answer(frame, {"response": {}})
        advancing.join()
    found = settled(client, 600)
    assert {entry["status"] for entry in found} == {"answered"}
    assert {entry["press_id"]: entry["userid"] for entry in found} == {
        key: data["userId"] for key, data in came.items()
    }
    assert len(came) == 600
