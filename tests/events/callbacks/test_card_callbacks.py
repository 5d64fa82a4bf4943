"""Presses on cards of campaigns over HTTP: signed, within the window, recorded, and answered with an update."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import InputError
from dingnb.events.callbacks.counters import RefusalReason
from dingnb.events.callbacks.post_handler import _sign_card_callback
from dingnb.events.callbacks.receiver import Receiver
from dingnb.events.event import CARD_CALLBACK
from dingnb.messages.cards import CardSettings
from dingnb.sandbox import RunningSandbox
from tests.card_presses import press_data, record_cards, stored_answers
from tests.events.callback_posts import Answer, post_card
from tests.table_rows import for_each

REFUSED = (404, {"content-length": "0", "connection": "close"}, b"")
VECTORS = {
    ("example-secret", 1_700_000_000_000): "I85VWQbGCqbDkjEb7rsCEkTKI9QSL3wzLms54MiwXlg=",
    ("abc123", 1_665_473_229_000): "caqND+pYZMZ7+GWgsxNcpMyEGLg8TrkFcbXJbMs/dI0=",
    ("密钥", 1_790_000_000_123): "UmKcqfQaIjGYpEBSXICicuM/XkHQKvKH9RU2mNhDtBw=",
}


@pytest.fixture
def receiver(ding: DingTalk) -> Iterator[Receiver]:
    with ding.receive() as receiver:
        yield receiver


@pytest.fixture
def run(ding: DingTalk) -> Campaign:
    return ding.plan(pd.DataFrame({"userid": ["manager01", "manager02"]}), dingnb.text("Hello")).send("team-day")


@pytest.fixture
def card(run: Campaign) -> str:
    return record_cards(run)["manager01"]


def stored(run: Campaign) -> list[tuple[str, str]]:
    with run._context.ledger.connection() as db:
        return [(answer.userid, answer.action) for answer in stored_answers(db, run._number)]


def now_ms(clock: VirtualClock) -> int:
    return clock.now_ns() // 1_000_000


def shown(answer: Answer) -> str:
    assert answer.status == 200
    text: str = json.loads(answer.body)["cardData"]["cardParamMap"]["tips"]
    return text


def test_the_signature_is_that_of_the_documented_vectors() -> None:
    for (secret, stamp), signature in VECTORS.items():
        assert _sign_card_callback(secret.encode(), str(stamp).encode()).decode() == signature


def test_a_signed_press_is_recorded_once_and_answered_each_time(
    receiver: Receiver, run: Campaign, card: str, ding: DingTalk, clock: VirtualClock
) -> None:
    for _ in range(2):
        answer = post_card(receiver, press_data(card, "manager01", "yes"), now_ms(clock))
        assert shown(answer) == "Answered: 来"
    assert stored(run) == [("manager01", "yes")]
    [event] = ding.events.select()
    assert (event.type, event.userids, event.fields["out_track_id"]) == (CARD_CALLBACK, ("manager01",), card)
    assert event.happened_ns == now_ms(clock) * 1_000_000


def test_a_press_on_a_card_of_another_ledger_is_shown(receiver: Receiver, run: Campaign, clock: VirtualClock) -> None:
    post_card(receiver, press_data("dn-elsewhere", "manager01", "yes"), now_ms(clock))
    post_card(receiver, press_data("own", "manager01", "yes"), now_ms(clock))
    assert stored(run) == []
    assert "did not count: the cards are not in this ledger" in repr(receiver)


def test_presses_in_the_other_order_count_by_their_time(
    receiver: Receiver, run: Campaign, card: str, clock: VirtualClock
) -> None:
    for action, ago_ms in (("no", 0), ("yes", 5)):
        post_card(receiver, press_data(card, "manager01", action), now_ms(clock) - ago_ms)
    assert stored(run) == [("manager01", "yes"), ("manager01", "no")]


def test_an_event_that_is_kept_is_read_again_as_a_press(
    receiver: Receiver, card: str, ding: DingTalk, clock: VirtualClock
) -> None:
    ding.events.keep()
    post_card(receiver, press_data(card, "manager01", "yes"), now_ms(clock))
    other = DingTalk(ding._app, ding._hosts, origin=ding.origin, clock=clock)
    [event] = other.events.select()
    assert (event.type, event.userids) == (CARD_CALLBACK, ("manager01",))
    assert event.id == ding.events.select()[0].id


def test_presses_of_the_sandbox_arrive_over_http(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]) -> None:
    ding = connect_to(sandbox, cards=CardSettings(callback="HTTP", route_key="poll"))
    people = [user["userid"] for user in sandbox.state.users() if user["active"]][:3]
    with ding.receive() as receiver:
        assert ding.callbacks.register_cards(receiver.url, "poll") == receiver.url
        poll = dingnb.card("团建", "来吗？", buttons={"yes": "来", "no": "不来"})
        run = ding.plan(pd.DataFrame({"userid": people}), poll).send("team-day")
        sandbox.press(userids=people[:2], answers={"no": 1}, twice=1)
        end = time.monotonic() + 20
        while run.answers()["answer"].notna().sum() < 2:
            assert time.monotonic() < end
            threading.Event().wait(0.01)
        assert run.tally()["people"].tolist() == [0, 2, 1]


def test_an_address_for_presses_is_checked_first(ding: DingTalk) -> None:
    for url, key in (("ftp://example.com", "poll"), ("http://127.0.0.1:1/a", ""), ("http://127.0.0.1:1/a", "a b")):
        with pytest.raises(InputError):
            ding.callbacks.register_cards(url, key)


BAD_POSTS = {
    "signed with another secret": {"secret": "other"},
    "no base64": {"signature": "x" * 44},
    "text that is not ASCII": {"signature": "\u00e9" * 44},
    "an hour and a second old": {"off_ms": -3_601_000},
    "an hour and a second ahead": {"off_ms": 3_601_000},
}


@for_each("name", BAD_POSTS)
def test_an_invalid_post_is_refused_and_records_nothing(
    name: str, receiver: Receiver, run: Campaign, card: str, clock: VirtualClock
) -> None:
    options = dict(BAD_POSTS[name])
    stamp = now_ms(clock) + int(str(options.pop("off_ms", 0)))
    answer = post_card(receiver, press_data(card, "manager01", "yes"), stamp, **{k: str(v) for k, v in options.items()})
    assert answer == REFUSED
    assert receiver.app.counter.count_refused(RefusalReason.CARD_SIGNATURE, RefusalReason.TIME)
    if "off_ms" not in BAD_POSTS[name]:
        assert "Looked like a callback of a card" in repr(receiver)
        assert "ding.callbacks.register_cards" in repr(receiver)
    assert "robot" not in repr(receiver)
    assert stored(run) == []


def test_the_replay_window_is_a_setting(run: Campaign, card: str, ding: DingTalk, clock: VirtualClock) -> None:
    with ding.receive(window_s=10, path="/short") as short:
        assert post_card(short, press_data(card, "manager01", "yes"), now_ms(clock) - 11_000) == REFUSED
    with ding.receive(window_s=None, path="/any") as receiver:
        assert shown(post_card(receiver, press_data(card, "manager01", "yes"), now_ms(clock) - 10**9)) == "Answered: 来"
    assert stored(run) == [("manager01", "yes")]


def test_a_replay_can_be_refused(run: Campaign, card: str, ding: DingTalk, clock: VirtualClock) -> None:
    with ding.receive(repeats="refuse", path="/once") as receiver:
        assert post_card(receiver, press_data(card, "manager01", "yes"), now_ms(clock)).status == 200
        assert post_card(receiver, press_data(card, "manager01", "yes"), now_ms(clock)) == REFUSED
    assert stored(run) == [("manager01", "yes")]


def test_what_cannot_be_an_answer_is_acknowledged_and_not_recorded(
    receiver: Receiver, run: Campaign, card: str, ding: DingTalk, clock: VirtualClock
) -> None:
    for data in (
        press_data(card, "manager01", form={"a": "x" * 1_000_000}),
        press_data(card, "manager02x", "yes"),
        press_data("somebody-elses", "manager01", "yes"),
        press_data(card, "manager01", "yes") | {"userId": None},
    ):
        assert post_card(receiver, data, now_ms(clock))[::2] == (200, b"{}")
    for content in (b"[]", b"{", b"\xff", b'{"a":' * 10_000):
        assert post_card(receiver, content, now_ms(clock)) == REFUSED
    assert stored(run) == []
    assert len(ding.events) == 2
    assert "3 presses on cards did not count" in repr(receiver)
    counter = receiver.app.counter
    assert [counter.count_accepted(kind) for kind in ("event", "check", "ignored")] == [2, 0, 2]


def test_the_secret_is_new_and_masked_or_given(receiver: Receiver, ding: DingTalk, clock: VirtualClock) -> None:
    assert ding.receive() is receiver
    assert receiver.card_secret.reveal() not in repr(receiver.settings)
    with ding.receive(card_secret="given", path="/given") as other:
        assert ding.receive(card_secret="given", path="/given") is other
        assert post_card(other, press_data("a", "b", "c"), now_ms(clock), secret="given").status == 200
        assert post_card(other, press_data("a", "b", "c"), now_ms(clock), secret="Given") == REFUSED
    with pytest.raises(InputError, match="card_secret is empty"):
        ding.receive(card_secret="", path="/empty")
