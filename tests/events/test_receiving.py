"""What a receiver accepts and answers over real HTTP."""

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.events.callbacks.receiver import Receiver
from dingnb.events.event import Event
from dingnb.sandbox import RunningSandbox
from dingnb.words import set_language
from tests.events.callback_posts import NS_PER_MS, Poster, send, send_raw
from tests.table_rows import for_each

HOUR_MS = 3_600_000
ADDED = {"EventType": "user_add_org", "TimeStamp": 1_793_581_200_123, "UserId": ["u1", "u2"], "CorpId": "dingcorp"}
MESSAGE = {
    "msgId": "m1",
    "msgtype": "text",
    "text": {"content": " 你好 "},
    "senderStaffId": "u1",
    "createAt": 1_793_581_200_000,
    "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=very-secret-session",
}
REFUSED = (404, {"content-length": "0", "connection": "close"}, b"")


@pytest.fixture
def receive(ding: DingTalk) -> Iterator[Callable[..., Receiver]]:
    opened: list[Receiver] = []

    def make(**options: Any) -> Receiver:
        opened.append(ding.receive(**options))
        return opened[-1]

    yield make
    for running in opened:
        running.stop()


@pytest.fixture
def receiver(receive: Callable[..., Receiver]) -> Receiver:
    return receive()


@pytest.fixture
def poster(receiver: Receiver, ding: DingTalk, clock: VirtualClock) -> Poster:
    return Poster(receiver, ding.app.app_key, clock)


def test_an_event_is_logged_before_the_post_is_answered(ding: DingTalk, poster: Poster) -> None:
    answer = poster.post_event(ADDED)
    assert answer.status == 200
    assert poster.decrypt_answer(answer) == "success"
    (event,) = ding.events.select()
    assert (event.type, event.userids, event.channel) == ("user_add_org", ("u1", "u2"), "callback")
    assert list(ding.events.to_frame()["type"]) == ["user_add_org"]


def test_an_answer_is_json_with_the_current_time(poster: Poster, clock: VirtualClock) -> None:
    clock.advance(seconds_to_ns(1_000))
    first, second = poster.post_event(ADDED), poster.post_event(ADDED)
    assert first.headers["content-type"] == "application/json"
    fields, other = json.loads(first.body), json.loads(second.body)
    assert {type(field) for field in fields.values()} == {str}
    assert abs(int(fields["timeStamp"]) * 1_000_000 - clock.now_ns()) <= seconds_to_ns(60)
    # No part of it is used twice.
    assert not [name for name in ("nonce", "encrypt", "msg_signature") if fields[name] == other[name]]


def test_both_spellings_of_the_query_are_read(ding: DingTalk, poster: Poster) -> None:
    assert poster.decrypt_answer(poster.post(poster.seal(ADDED), new_names=True)) == "success"
    assert len(ding.events) == 1


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce"])
def test_the_first_of_repeated_parameters_counts(name: str, receiver: Receiver, poster: Poster) -> None:
    sealed = poster.seal(ADDED)
    good = [("signature", sealed["msg_signature"]), ("timestamp", sealed["timeStamp"]), ("nonce", sealed["nonce"])]
    body = json.dumps({"encrypt": sealed["encrypt"]}).encode()
    assert send(f"{receiver.url}?{urlencode([(name, '1' * 13), *good])}", body) == REFUSED
    assert send(f"{receiver.url}?{urlencode([*good, (name, '1' * 13)])}", body).status == 200


def test_a_repeated_event_is_answered_and_logged_once(ding: DingTalk, receiver: Receiver, poster: Poster) -> None:
    sealed = poster.seal(ADDED)
    answers = [poster.post(sealed), poster.post(sealed), poster.post_event(ADDED)]
    assert {poster.decrypt_answer(answer) for answer in answers} == {"success"}
    assert len(ding.events) == 1
    assert receiver.app.counter.count_accepted("repeated") == 2


@pytest.mark.parametrize("kind", ["check_url", "check_create_suite_url", "check_update_suite_url"])
def test_an_address_check_is_answered_and_not_logged(
    kind: str, ding: DingTalk, receiver: Receiver, poster: Poster
) -> None:
    assert poster.decrypt_answer(poster.post_event({"EventType": kind, "Random": "Xy12"})) == "success"
    assert len(ding.events) == 0
    assert receiver.app.counter.count_accepted("check") == 1


def test_the_check_of_a_suite_can_be_answered_with_its_random(
    receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock
) -> None:
    poster = Poster(receive(answers_random=True, path="/suite"), ding.app.app_key, clock)
    assert poster.decrypt_answer(poster.post_event({"EventType": "check_create_suite_url", "Random": "Xy12"})) == "Xy12"
    assert poster.decrypt_answer(poster.post_event({"EventType": "check_url", "Random": "Xy12"})) == "success"


def test_only_app_key_and_corp_id_are_owners(
    ding: DingTalk, receiver: Receiver, sandbox: RunningSandbox, clock: VirtualClock
) -> None:
    for owner in (ding.app.app_key, sandbox.settings.corp_id):
        poster = Poster(receiver, owner, clock)
        assert poster.decrypt_answer(poster.post_event({"EventType": "check_url"})) == "success"
    assert Poster(receiver, "dingsomebodyelse", clock).post_event(ADDED) == REFUSED
    assert len(ding.events) == 0
    assert receiver.app.counter.rows()[0][1] == "900010"
    assert "DINGTALK_CORP_ID" in repr(receiver)


def test_owners_can_be_specified(receive: Callable[..., Receiver], clock: VirtualClock) -> None:
    one, several = receive(owner="suite1"), receive(owner=["suite2", "suite3"], path="/other")
    assert Poster(one, "suite1", clock).post_event(ADDED).status == 200
    assert Poster(several, "suite3", clock).post_event(ADDED).status == 200
    assert Poster(several, "suite1", clock).post_event(ADDED) == REFUSED


@pytest.mark.parametrize("off_ms", [-HOUR_MS + 1_000, HOUR_MS - 1_000])
def test_a_post_may_be_an_hour_early_or_late(off_ms: int, poster: Poster) -> None:
    assert poster.post_event(ADDED, off_ms=off_ms).status == 200


@pytest.mark.parametrize(("off_ms", "expected"), [(-5 * HOUR_MS, "5.0 h old"), (5 * HOUR_MS, "5.0 h ahead")])
def test_a_wrong_clock_is_reported_once_and_not_to_the_caller(
    off_ms: int, expected: str, receiver: Receiver, poster: Poster, ding: DingTalk, capfd: pytest.CaptureFixture[str]
) -> None:
    assert [poster.post_event(ADDED, off_ms=off_ms) for _ in range(3)] == [REFUSED] * 3
    assert len(ding.events) == 0
    shown = capfd.readouterr()
    assert shown.err.count(expected) == 1
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""
    assert expected in repr(receiver)
    # Once the clock is correct, the warning disappears.
    assert poster.post_event(ADDED).status == 200
    assert not receiver.problem
    assert expected not in repr(receiver)
    assert "outside the allowed time difference" in repr(receiver)
    poster.post_event(ADDED, off_ms=off_ms)
    assert expected in str(receiver.problem)
    assert capfd.readouterr().err == ""


def test_an_accepted_post_is_refused_when_repeated_too_late(
    poster: Poster, ding: DingTalk, clock: VirtualClock
) -> None:
    sealed = poster.seal(ADDED)
    assert poster.post(sealed).status == 200
    clock.advance(seconds_to_ns(3_601))
    assert poster.post(sealed) == REFUSED
    assert len(ding.events) == 1


@pytest.mark.parametrize("off_ms", [-100 * 24 * HOUR_MS, 100 * 24 * HOUR_MS])
def test_without_a_window_posts_of_any_time_are_accepted(
    off_ms: int, receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock
) -> None:
    receiver = receive(window_s=None)
    assert "unlimited" in repr(receiver)
    sealed = Poster(receiver, ding.app.app_key, clock).seal(ADDED, off_ms=off_ms)
    answers = [Poster(receiver, ding.app.app_key, clock).post(sealed).status for _ in range(2)]
    assert answers == [200, 200]
    assert len(ding.events) == 1


@pytest.mark.parametrize("stamp", ["0", "now", "9" * 30])
def test_without_a_window_the_time_is_ignored(
    stamp: str, receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock
) -> None:
    for window_s, status in ((3_600, 404), (None, 200)):
        poster = Poster(receive(window_s=window_s), ding.app.app_key, clock)
        sealed = poster.crypto.encrypt(json.dumps(ADDED), timestamp=stamp)
        assert poster.post(sealed).status == status


def test_a_token_set_in_the_console_may_have_three_characters(
    receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock
) -> None:
    receiver = receive(token="abc", aes_key="K" * 43)
    assert Poster(receiver, ding.app.app_key, clock).post_event(ADDED).status == 200
    for call in (ding.callbacks.register, ding.callbacks.update, ding.callbacks.ensure):
        with pytest.raises(InputError, match="shorter than 6"):
            call(receiver.url, "user_add_org")


def test_repeated_events_can_be_refused(
    receive: Callable[..., Receiver], ding: DingTalk, sandbox: RunningSandbox, clock: VirtualClock
) -> None:
    receiver = receive(repeats="refuse", keep=True)
    poster, app_secret = Poster(receiver, ding.app.app_key, clock), sandbox.settings.app_secret
    sealed = poster.seal(ADDED)
    assert [poster.post(sealed).status, poster.post_robot_message(MESSAGE, app_secret).status] == [200, 200]
    again = [poster.post(sealed), poster.post_event(ADDED), poster.post_robot_message(MESSAGE, app_secret)]
    assert again == [REFUSED] * 3
    assert [poster.post_event({"EventType": "check_url"}).status for _ in range(2)] == [200, 200]
    assert [event.type for event in ding.events.select()] == ["user_add_org", "robot_message"]
    assert "Genuine, but received before." in repr(receiver)


@pytest.mark.parametrize("event", [ADDED, {**ADDED, "eventId": "e1"}, {"EventType": "hrm_user_record_change"}], ids=str)
def test_events_accepted_by_another_notebook_are_refused(
    event: dict[str, Any],
    ding: DingTalk,
    clock: VirtualClock,
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
) -> None:
    keys = {"token": "a-token", "aes_key": "K" * 43}
    with ding.receive(keep=True, **keys) as first:
        sealed = Poster(first, ding.app.app_key, clock).seal(event)
        assert Poster(first, ding.app.app_key, clock).post(sealed).status == 200
    for _ in range(2):
        other = connect_to(sandbox)
        with other.receive(repeats="refuse", keep=True, **keys) as second:
            assert Poster(second, ding.app.app_key, clock).post(sealed) == REFUSED
            # The first keeps running, and the events it accepts meanwhile are known here too.
            with ding.receive(path="/first", **keys) as first:
                now = Poster(first, ding.app.app_key, clock).seal({"EventType": "check_in", "staffId": "u1"})
                assert Poster(first, ding.app.app_key, clock).post(now).status == 200
                assert Poster(second, ding.app.app_key, clock).post(now) == REFUSED
        assert second.app.counter.count_refused("repeat") == 2


def test_a_repeated_post_without_id_and_time_is_recognised(
    receive: Callable[..., Receiver],
    ding: DingTalk,
    clock: VirtualClock,
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
) -> None:
    poster = Poster(receive(keep=True), ding.app.app_key, clock)
    event = {"EventType": "hrm_user_record_change", "staffId": "u1"}
    sealed = poster.seal(event)
    assert [poster.decrypt_answer(poster.post(sealed)) for _ in range(3)] == ["success"] * 3
    poster.post_event(event)  # repeated as DingTalk does, encrypted again
    ids = list(ding.events.to_frame()["event_id"])
    assert len(ids) == len(set(ids)) == 2
    assert list(connect_to(sandbox).events.to_frame()["event_id"]) == ids


def test_the_window_can_be_set(receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock) -> None:
    poster = Poster(receive(window_s=10), ding.app.app_key, clock)
    assert poster.post_event(ADDED, off_ms=-11_000) == REFUSED
    assert poster.post_event(ADDED, off_ms=-9_000).status == 200


def test_a_time_in_seconds_is_read(poster: Poster, clock: VirtualClock) -> None:
    sealed = poster.crypto.encrypt(json.dumps(ADDED), timestamp=clock.now_ns() // 10**9)
    assert poster.post(sealed).status == 200


def test_robot_messages_use_the_same_path(ding: DingTalk, receiver: Receiver, poster: Poster) -> None:
    answer = poster.post_robot_message(MESSAGE, ding.app.app_secret.reveal())
    assert (answer.status, json.loads(answer.body)) == (200, {"msgtype": "empty"})
    (event,) = ding.events.select()
    assert (event.type, event.id, event.userids) == ("robot_message", "m1", ("u1",))
    assert event.fields["text"] == "你好"
    assert event.session is not None
    assert "very-secret" not in repr(event) + repr(receiver) + ding.events.to_frame().to_csv()


@pytest.mark.parametrize(("secret", "off_ms"), [("not-the-secret", 0), (None, -HOUR_MS - 1), (None, HOUR_MS + 1_000)])
def test_unsigned_and_outdated_robot_messages_are_refused(
    secret: str | None, off_ms: int, ding: DingTalk, poster: Poster
) -> None:
    assert poster.post_robot_message(MESSAGE, secret or ding.app.app_secret.reveal(), off_ms=off_ms) == REFUSED
    assert len(ding.events) == 0


@pytest.mark.parametrize(("which", "status"), [((0, 1), b"200"), ((1, 0), b"404")], ids=["first", "last"])
def test_the_first_of_repeated_headers_counts(
    which: tuple[int, int], status: bytes, ding: DingTalk, receiver: Receiver, clock: VirtualClock
) -> None:
    stamp, secret = str(clock.now_ns() // NS_PER_MS), ding.app.app_secret.reveal()
    genuine = base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")).decode()
    signs = [(genuine, "forged")[place] for place in which]
    body = json.dumps(MESSAGE)
    head = ["POST /dingtalk HTTP/1.1", "host: localhost", f"content-length: {len(body)}", "connection: close"]
    lines = [*head, f"timestamp: {stamp}", *(f"sign: {sign}" for sign in signs), "", body]
    assert send_raw(receiver.url, "\r\n".join(lines).encode()).split()[1] == status


def test_a_failing_handler_does_not_affect_the_answer(
    ding: DingTalk, poster: Poster, capfd: pytest.CaptureFixture[str]
) -> None:
    called = threading.Event()

    def fail(_event: object) -> None:
        called.set()
        message = "the handler's own fault"
        raise RuntimeError(message)

    with ding.events.on("*", fail):
        assert poster.decrypt_answer(poster.post_event(ADDED)) == "success"
        assert called.wait(10)
    for thread in threading.enumerate():
        if thread.name == "dingnb event handlers":
            thread.join()
    assert "the handler's own fault" in capfd.readouterr().err
    assert len(ding.events) == 1


def test_an_event_that_cannot_be_stored_is_not_acknowledged(
    receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver = receive(keep=True)
    poster = Poster(receiver, ding.app.app_key, clock)
    with ding._ledger.transaction():  # another process writes for longer than DingTalk waits
        answers = [poster.post_event(ADDED), poster.post_event(ADDED)]
    assert [(answer.status, answer.body) for answer in answers] == [(500, b""), (500, b"")]
    assert len(ding.events) == 0
    assert len(capfd.readouterr().err.strip().splitlines()) <= 2
    assert "ledger" in repr(receiver)
    assert poster.decrypt_answer(poster.post_event(ADDED)) == "success"
    assert len(ding.events) == 1


def test_only_one_of_many_concurrent_posts_waits_for_the_ledger(
    receive: Callable[..., Receiver], ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receive(keep=True)
    poster = Poster(receiver, ding.app.app_key, clock)
    all_came, tried, take = threading.Event(), [], receiver.log.add

    def take_later(event: Event) -> bool:
        tried.append(event.id)
        assert all_came.wait(20)
        clock.advance(1)
        return take(event)

    def come(n: int) -> None:
        answers.append(poster.post_event({**ADDED, "eventId": f"e{n}"}).status)

    monkeypatch.setattr(receiver.log, "add", take_later)
    answers: list[int] = []
    came, read = threading.Semaphore(0), receiver._handler.read
    monkeypatch.setattr(receiver._handler, "read", lambda *post: (read(*post), came.release())[0])
    callers = [threading.Thread(target=come, args=(n,)) for n in range(5)]
    with ding._ledger.transaction():
        for caller in callers:
            caller.start()
            assert came.acquire(timeout=20)
        all_came.set()
        for caller in callers:
            caller.join(20)
    assert answers == [500] * 5
    assert len(tried) == 1
    come(5)
    assert answers[5:] == [200]


def test_an_internal_error_is_reported_once_and_not_to_the_caller(
    receiver: Receiver, poster: Poster, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_event: object) -> bool:
        message = "no room"
        raise OSError(message)

    monkeypatch.setattr(receiver.log, "add", fail)
    answers = [poster.post_event(ADDED), poster.post_event(ADDED)]
    assert [(answer.status, answer.body) for answer in answers] == [(500, b""), (500, b"")]
    assert capfd.readouterr().err.count("no room") == 1


def test_the_display_shows_its_state_in_both_languages(receiver: Receiver, poster: Poster, ding: DingTalk) -> None:
    assert "No genuine post received yet" in repr(receiver)
    poster.post_event(ADDED)
    send(receiver.url.replace("/dingtalk", "/other"), b"{}")
    shown = repr(receiver)
    assert "No genuine post" not in shown
    assert "Posted to a different path." in shown
    assert receiver.token.reveal() not in shown
    assert receiver.aes_key.reveal() not in shown
    assert "refused" in repr(ding.events)
    set_language("zh")
    assert "路径不符" in receiver._repr_html_()
    assert "接收中" in repr(ding.events)
    receiver.stop()
    assert "已停止" in repr(receiver)
    assert "回调" not in repr(ding.events)


@for_each(
    "wrong",
    [
        {"host": ""},
        {"host": 5},
        {"host": "no such host"},
        {"host": "198.51.100.7"},
        {"port": -1},
        {"port": 65_536},
        {"port": "80"},
        {"port": True},
        {"path": "dingtalk"},
        {"path": "/a b"},
        {"path": "/a?b"},
        {"path": "/钉"},
        {"path": "/a%41"},
        {"host": "a..b"},
        {"host": "a" * 64},
        {"host": "\ud800"},
        {"host": "127.0.0.1\0"},
        {"path": None},
        {"window_s": 0},
        {"window_s": float("nan")},
        {"window_s": float("inf")},
        {"window_s": "1"},
        {"window_s": 10**400},
        {"window_s": 1e300},
        {"repeats": "drop"},
        {"repeats": ["refuse"]},
        {"largest_bytes": 0},
        {"largest_bytes": 1.5},
        {"owner": ""},
        {"owner": []},
        {"owner": [5]},
        {"owner": 5},
        {"owner": "\ud800"},
        {"registration": "secret-token"},
        {"aes_key": None},
        {"token": None},
        {"token": "ab", "aes_key": "a" * 43},
        {"token": "a" * 64, "aes_key": "a" * 43},
        {"token": "abcdef", "aes_key": "a" * 42},
        {"token": "abcdef", "aes_key": "a" * 42 + "="},
    ],
)
def test_an_invalid_setting_is_refused_before_anything_starts(
    wrong: dict[str, Any], ding: DingTalk, whole_of: Callable[[BaseException], str]
) -> None:
    with pytest.raises(InputError) as caught:
        ding.receive(**{"token": "secret-token", "aes_key": "K" * 43, **wrong})
    assert caught.value.hint
    assert not [key for key in ("K" * 43, "secret-token") if key in whole_of(caught.value)]
    assert not [thread for thread in threading.enumerate() if thread.name == "dingnb receiver"]
