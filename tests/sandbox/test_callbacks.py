"""Callbacks over HTTP: registration with its check, pushes, retries in virtual time, and the list of failed ones."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dingnb.clock import VirtualClock
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.events.callbacks import CallbackPush, CallbackSender, Subscription, is_url, loopback_addresses
from tests.sandbox.callback_receiver import AES_KEY, TOKEN, Receiver, success
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.stream_client import Listener
from tests.sandbox.test_events import emit

TAGS = ("user_add_org", "user_leave_org", "bpms_instance_change")
_LOOKS = 3_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


def post(client: Client, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return client.call(f"/call_back/{name}", **fields)


def get(client: Client, name: str) -> dict[str, Any]:
    return client.get(f"/call_back/{name}", params={"access_token": client.token}).json()


def register(client: Client, receiver: Receiver, *tags: str) -> None:
    assert post(client, "register_call_back", receiver.registration(*tags or TAGS))["errcode"] == 0
    assert receiver.next() == {"EventType": "check_url"}


def shown_when(client: Client, **wanted: object) -> dict[str, Any]:
    for _ in range(_LOOKS):
        found = client.get("/_sandbox/callbacks").json()
        if {**found, **wanted} == found:
            return found
    message = f"never was {wanted}: {found}"
    raise AssertionError(message)


def refuse(_receiver: Receiver) -> tuple[int, bytes]:
    return 500, b""


def hang(receiver: Receiver) -> tuple[int, bytes]:
    receiver.release.wait(10)
    return success(receiver)


def test_a_callback_is_registered_changed_and_deleted(client: Client, receiver: Receiver) -> None:
    assert get(client, "get_call_back")["errcode"] == 71007
    register(client, receiver)
    wanted = {"errcode": 0, "errmsg": "ok", "call_back_tag": list(TAGS), "url": receiver.url}
    assert get(client, "get_call_back") == {**wanted, "token": TOKEN, "aes_key": AES_KEY}
    assert post(client, "register_call_back", receiver.registration(*TAGS))["errcode"] == 71006
    assert post(client, "update_call_back", receiver.registration("check_in"))["errcode"] == 0
    assert receiver.next() == {"EventType": "check_url"}
    assert get(client, "get_call_back")["call_back_tag"] == ["check_in"]
    assert get(client, "delete_call_back") == {"errcode": 0, "errmsg": "ok"}
    for answer in (
        get(client, "get_call_back"),
        get(client, "delete_call_back"),
        post(client, "update_call_back", receiver.registration(*TAGS)),
    ):
        assert answer["errcode"] == 71007
    assert receiver.received.empty()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"url": "ftp://127.0.0.1/x"}, 71011),
        ({"url": "callback"}, 71011),
        ({"url": "http://127.0.0.1:x/"}, 71011),
        ({"url": "http://127.0.0.1/a b"}, 71011),
        ({"url": None}, 71010),
        ({"url": "https://example.com/callback"}, 71013),
        ({"url": "http://10.0.0.1/callback"}, 71013),
        ({"url": "http://127.0.0.1.example.com/"}, 71013),
        ({"url": "http://0.0.0.0:9/"}, 71013),
        ({"url": "http://127.0.0.1:1/nobody"}, 71012),
        ({"url": "http://localhost:1/nobody"}, 71012),
        ({"call_back_tag": []}, 71010),
        ({"call_back_tag": "user_add_org"}, 71010),
        ({"call_back_tag": ["user_added"]}, 71008),
        ({"call_back_tag": [5]}, 71008),
        ({"token": "short"}, 71010),
        ({"token": "x" * 64}, 71010),
        ({"token": "half \ud800"}, 71010),
        ({"aes_key": AES_KEY[:42]}, 900004),
        ({"aes_key": AES_KEY[:42] + "+"}, 900004),
        ({"aes_key": 5}, 71010),
    ],
)
def test_a_bad_registration_is_refused(client: Client, receiver: Receiver, changed: dict[str, Any], code: int) -> None:
    assert post(client, "register_call_back", receiver.registration(*TAGS, **changed))["errcode"] == code
    assert get(client, "get_call_back")["errcode"] == 71007
    assert receiver.received.empty()


def test_a_body_that_is_not_a_json_object_is_refused(client: Client) -> None:
    for body in ("{", "[]", ""):
        answer = client.post("/call_back/register_call_back", params={"access_token": client.token}, data=body)
        assert answer.json()["errcode"] == 71010


@pytest.mark.parametrize(
    "reply",
    [
        refuse,
        lambda _: (200, b"success"),
        lambda _: (200, b"[]"),
        lambda _: (200, b'{"encrypt": 5, "msg_signature": 5, "timeStamp": 5, "nonce": 5}'),
        lambda receiver: (200, str(receiver.crypto.encrypt("success")).encode()),
        lambda receiver: (200, success(receiver)[1].replace(b"e", b"f")),
        lambda _: (200, json.dumps(CallbackCrypto(TOKEN, AES_KEY, "somebody else").encrypt("success")).encode()),
        lambda receiver: (302, success(receiver)[1]),
    ],
    ids=map(str, range(8)),
)
def test_a_url_that_does_not_answer_success_is_71009(client: Client, receiver: Receiver, reply: Any) -> None:
    receiver.reply = reply
    assert post(client, "register_call_back", receiver.registration(*TAGS))["errcode"] == 71009
    assert receiver.next() == {"EventType": "check_url"}
    assert receiver.received.empty()
    assert get(client, "get_call_back")["errcode"] == 71007


def test_an_update_that_fails_its_check_keeps_the_registration(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    receiver.reply = refuse
    assert post(client, "update_call_back", receiver.registration("check_in"))["errcode"] == 71009
    found = get(client, "get_call_back")
    assert (found["url"], found["call_back_tag"]) == (receiver.url, list(TAGS))


def test_a_slow_url_is_71012_and_blocks_no_other_call(start_sandbox: Starter, receiver: Receiver) -> None:
    client = start_sandbox(callback_deadline_s=0.3)
    receiver.reply = hang
    answers: list[int] = []

    def try_it() -> None:
        answers.append(post(client, "register_call_back", receiver.registration(*TAGS))["errcode"])

    thread = threading.Thread(target=try_it)
    thread.start()
    assert receiver.next() == {"EventType": "check_url"}
    other = Client(client.sandbox, client.clock)
    assert other.get("/_sandbox/callbacks").json()["callback"] is None
    other.http.close()
    assert answers == []
    thread.join()
    assert answers == [71012]


def test_an_endless_slow_answer_is_too_late_too() -> None:
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        opened, _ = server.accept()
        with opened, suppress(OSError):
            opened.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.02):
                opened.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        subscription = Subscription(url, TOKEN, AES_KEY, "dingsandboxcorp", ())
        outcome = CallbackSender(0.3).push(CallbackPush(subscription, "{}", 5, "abc"))
        over.set()
        thread.join()
    assert outcome == "unreachable"


@pytest.mark.parametrize("hangs", [True, False])
def test_a_push_that_one_address_of_localhost_received_is_not_sent_to_the_other(*, hangs: bool) -> None:
    received: list[str] = []
    over = threading.Event()

    def accept(server: socket.socket, address: str) -> None:
        opened, _ = server.accept()
        with opened, suppress(OSError):
            if opened.recv(65_536):
                received.append(address)
            if hangs:
                over.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_server(("::1", port), family=socket.AF_INET6) as other:
            threads = [
                threading.Thread(target=accept, args=listening) for listening in ((server, "127.0.0.1"), (other, "::1"))
            ]
            for thread in threads:
                thread.start()
            subscription = Subscription(f"http://localhost:{port}/", TOKEN, AES_KEY, "dingsandboxcorp", ())
            outcome = CallbackSender(0.3).push(CallbackPush(subscription, "{}", 5, "abc"))
            over.set()
            for address in ("127.0.0.1", "::1"):
                socket.create_connection((address, port)).close()
            for thread in threads:
                thread.join()
    assert (outcome, received) == ("unreachable", ["127.0.0.1"])


def test_a_url_with_localhost_is_reached_at_its_only_open_address() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:

        def reply() -> None:
            opened, _ = server.accept()
            with opened:
                opened.recv(65_536)
                opened.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

        thread = threading.Thread(target=reply)
        thread.start()
        answer = CallbackSender(5).post(f"http://localhost:{server.getsockname()[1]}/", b"", {})
        thread.join()
    assert answer == (200, b"hi")


@pytest.mark.parametrize(
    ("written", "requested"),
    [
        ("/cards", "/cards"),
        ("/回调?谁=李雷", "/%E5%9B%9E%E8%B0%83?%E8%B0%81=%E6%9D%8E%E9%9B%B7"),
        ("/%E5%9B%9E?a=%26", "/%E5%9B%9E?a=%26"),
    ],
    ids=["plain", "chinese", "encoded"],
)
def test_a_url_is_requested_as_written_with_other_characters_encoded(written: str, requested: str) -> None:
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply() -> None:
            opened, _ = server.accept()
            with opened:
                received.append(opened.recv(65_536))
                opened.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

        thread = threading.Thread(target=reply)
        thread.start()
        answer = CallbackSender(5).post(f"http://127.0.0.1:{server.getsockname()[1]}{written}", b"", {})
        thread.join()
    assert answer == (200, b"hi")
    assert received[0].decode().startswith(f"POST {requested} HTTP/1.1\r\n")


def test_a_stop_does_not_wait_for_a_url(start_sandbox: Starter, receiver: Receiver) -> None:
    before = threading.enumerate()
    client = start_sandbox(callback_deadline_s=60)
    register(client, receiver)
    receiver.reply = hang
    emit(client, {"type": "user_add_org"})
    receiver.next()
    client.sandbox.stop()
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.name.startswith("dingnb sandbox")]


@pytest.mark.parametrize("name", ["register_call_back", "get_call_back", "get_call_back_failed_result"])
def test_tokens_and_methods_are_checked_and_refused_directly(client: Client, name: str) -> None:
    path = f"/call_back/{name}"
    way, other = (client.post, client.get) if name.startswith("reg") else (client.get, client.post)
    assert way(path).json() == {"errcode": 40000, "errmsg": "access_token is blank"}
    assert way(path, params={"access_token": "x"}).json()["errcode"] == 40014
    assert other(path).json()["errcode"] in {43001, 43002}
    codes = [way(path, params={"access_token": client.token}).json()["errcode"] for _ in range(21)]
    assert (codes[-1], 90018 in codes[:20]) == (90018, False)


def test_no_repr_contains_a_secret(receiver: Receiver) -> None:
    subscription = Subscription(receiver.url, TOKEN, AES_KEY, "owner", ())
    said = repr(CallbackPush(subscription, "{}", 5, "abc"))
    assert receiver.url in said
    assert TOKEN not in said
    assert AES_KEY not in said


def test_only_loopback_counts_as_this_computer() -> None:
    assert loopback_addresses("http://127.8.9.1/") == ("127.8.9.1",)
    assert loopback_addresses("http://[::1]:5/") == ("::1",)
    assert loopback_addresses("https://LOCALHOST/") == ("127.0.0.1", "::1")
    for url in ("http://localhost.example.com/", "http://192.168.0.1", "http://[::]/", "http://2130706433/"):
        assert is_url(url)
        assert loopback_addresses(url) == ()


def test_a_registered_event_is_pushed_encrypted_in_the_legacy_format(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    events = emit(client, [{"type": "check_in"}, {"type": "user_add_org", "data": {"userId": ["张三"]}}])
    now = str(client.clock.now_ns() // 1_000_000)
    assert receiver.next() == {
        "EventType": "user_add_org",
        "CorpId": "dingsandboxcorp",
        "TimeStamp": now,
        "UserId": ["张三"],
    }
    assert [event["channels"] for event in events] == [["stream"], ["callback"]]
    assert receiver.paths[-1].startswith("/callback?a=1&signature=")
    assert f"&timestamp={now}&nonce=" in receiver.paths[-1]
    shown_when(client, arrived=1, on_their_way=[])


@pytest.mark.parametrize(("event_format", "key"), [("console", "EventTime"), ("stream", "eventBornTime")])
def test_the_format_can_be_chosen(client: Client, receiver: Receiver, event_format: str, key: str) -> None:
    register(client, receiver)
    emit(client, {"type": "user_add_org", "format": event_format})
    assert key in receiver.next()


def test_the_query_can_use_the_other_names(start_sandbox: Starter, receiver: Receiver) -> None:
    register(start_sandbox(callback_signature="msg_signature"), receiver)
    assert "&msg_signature=" in receiver.paths[0].replace("?", "&")
    assert "&timeStamp=" in receiver.paths[0]
    assert "&timestamp=" not in receiver.paths[0]


def test_an_event_goes_to_both_channels(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    with Listener(client) as listener:
        [emitted] = emit(client, {"type": "user_add_org"})
        assert emitted["channels"] == ["callback", "stream"]
        assert receiver.next()["UserId"] == listener.next()["data"]["userId"]


def test_a_failed_push_is_retried_after_10_and_30_seconds(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    receiver.reply = refuse
    emit(client, {"type": "user_add_org"})
    receiver.next()
    [delivery] = client.get("/_sandbox/callbacks").json()["on_their_way"]
    for tries, pause in ((1, 10), (2, 30)):
        shown_when(client, failed=0, on_their_way=[{**delivery, "tries": tries}])
        client.pass_time(pause - 0.1)
        assert receiver.received.empty()
        if pause == 30:
            receiver.reply = success
        client.pass_time(0.1)
        receiver.next()
    shown_when(client, arrived=1, failed=0, on_their_way=[])


def miss(client: Client, receiver: Receiver, *events: dict[str, Any]) -> None:
    """Make events fail permanently."""
    receiver.reply = refuse
    emit(client, list(events))
    for _ in range(3 * len(events)):
        # Advance in small steps so that no attempt is missed.
        for _ in range(_LOOKS):
            if not receiver.received.empty():
                break
            client.pass_time(0.1)
        receiver.next()
    shown_when(client, on_their_way=[])


def test_callbacks_ignore_the_proxy_of_the_environment(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        register(client, receiver)
        emit(client, {"type": "user_add_org"})
        assert receiver.next()["EventType"] == "user_add_org"
        assert proxy.paths == []


def test_failed_events_can_be_fetched_once_after_three_minutes(client: Client, receiver: Receiver) -> None:
    register(client, receiver, *TAGS, "label_conf_add", "check_in")
    at = 1_606_126_433_000
    events = [
        {"type": "user_add_org", "time": at, "data": {"userId": ["zhangsan"]}},
        {"type": "bpms_instance_change", "time": at, "data": {"processCode": "P"}},
        {"type": "label_conf_add", "time": at},
        {"type": "check_in", "time": at},
    ]
    miss(client, receiver, *events)
    nothing = {"errcode": 0, "errmsg": "ok", "has_more": False, "failed_list": []}
    assert get(client, "get_call_back_failed_result") == nothing
    client.pass_time(180)
    answer = get(client, "get_call_back_failed_result")
    assert answer["has_more"] is False
    first, second, third, fourth = answer["failed_list"]
    assert first == {
        "call_back_tag": "user_add_org",
        "event_time": at,
        "user_add_org": {"timestamp": str(at), "userid": ["zhangsan"], "corpid": "dingsandboxcorp"},
    }
    assert second["bpms_instance_change"]["bpmsCallBackData"]["processCode"] == "P"
    assert third["label_conf_add"]["roleLabelChange"]["labelIdList"]
    assert fourth["check_in"]["callbackData"]["staffId"]
    assert get(client, "get_call_back_failed_result") == nothing


def test_failed_events_are_returned_200_at_a_time(client: Client) -> None:
    callbacks = client.sandbox.state.callbacks
    with client.sandbox.state.lock:
        for number in range(450):
            callbacks.add_failed("check_in", number, {}, 0)
    answers = [get(client, "get_call_back_failed_result") for _ in range(4)]
    assert [len(answer["failed_list"]) for answer in answers] == [200, 200, 50, 0]
    assert [answer["has_more"] for answer in answers] == [True, True, False, False]
    assert [failure["event_time"] for answer in answers for failure in answer["failed_list"]] == list(range(450))


def test_events_without_a_subscription_are_not_pushed(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    receiver.reply = refuse
    emit(client, {"type": "user_add_org"})
    receiver.next()
    get(client, "delete_call_back")
    client.pass_time(100)
    found = shown_when(client, on_their_way=[])
    assert (found["failed"], receiver.received.empty()) == (0, True)


def test_the_callback_of_the_console_belongs_to_the_app_and_has_its_own_format(client: Client) -> None:
    with Receiver(client.settings.app_key) as receiver:
        answer = client.post("/_sandbox/console_callback", json=receiver.registration())
        assert answer.json()["console"] == {"url": receiver.url, "tags": []}
        assert TOKEN not in answer.text
        [emitted] = emit(client, {"type": "check_in", "event_id": "e-1"})
        event = receiver.next()
        assert (emitted["channels"], event["eventId"], event["EventType"]) == (["console"], "e-1", "check_in")
        assert client.post("/_sandbox/console_callback", json={"url": None}).json()["console"] is None
        assert client.post("/_sandbox/console_callback", json=receiver.registration(token="abc")).status_code == 200
    for bad in ({"url": "http://10.0.0.1/"}, {"token": ""}, {"token": "ab"}, {"token": "half \ud800"}, {"url": "x"}):
        answer = client.post("/_sandbox/console_callback", json=receiver.registration(**bad))
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_the_registration_and_failed_events_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    file = tmp_path / "sandbox.sqlite3"
    clock = VirtualClock()

    def opened() -> Client:
        return Client(start(SandboxSettings(), clock, journal=file), clock)

    def close(client: Client) -> None:
        client.http.close()
        client.sandbox.stop()

    first = opened()
    register(first, receiver)
    miss(first, receiver, *[{"type": "user_add_org"}] * 2)
    close(first)
    second = opened()
    # Longer than the journal stores entries.
    second.pass_time(40 * 24 * 3_600)
    assert get(second, "get_call_back")["errcode"] == 40000 + 2001
    close(second)
    third = opened()
    assert get(third, "get_call_back")["url"] == receiver.url
    close(third)


def test_fetched_failed_events_stay_gone_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    file = tmp_path / "sandbox.sqlite3"
    clock = VirtualClock()
    counts = []
    for run in range(3):
        client = Client(start(SandboxSettings(), clock, journal=file), clock)
        if run == 0:
            register(client, receiver)
            miss(client, receiver, {"type": "user_add_org"})
            client.pass_time(200)
        else:
            counts.append(len(get(client, "get_call_back_failed_result")["failed_list"]))
        client.http.close()
        client.sandbox.stop()
    assert counts == [1, 0]


def test_a_reset_deletes_the_registration(client: Client, receiver: Receiver) -> None:
    register(client, receiver)
    client.post("/_sandbox/reset")
    assert client.get("/_sandbox/callbacks").json()["callback"] is None


def test_a_call_that_is_not_executed_checks_no_url(client: Client, receiver: Receiver) -> None:
    client.post("/_sandbox/faults", json={"fault": "busy", "path": "/register_call_back", "nth": 1})
    assert post(client, "register_call_back", receiver.registration(*TAGS))["errcode"] == -1
    assert receiver.received.empty()
    register(client, receiver)
