"""Processing of frames: logged first, then acknowledged."""

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dingnb.client import DingTalk
from dingnb.errors import LedgerError
from dingnb.events.event import CARD_CALLBACK, ROBOT_MESSAGE, Event
from dingnb.events.stream import inbox
from dingnb.ledger import LEDGER_FILE
from tests.events.stream.conftest import Gateway, Line, until

ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"


@pytest.fixture
def line(gateway: Gateway, client: DingTalk) -> Line:
    client.stream()
    return gateway.line()


def types(ding: DingTalk) -> list[str]:
    return [event.type for event in ding.events.select()]


def test_an_event_is_logged_before_it_is_acknowledged(
    line: Line, client: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_answer: list[list[str]] = []
    made = inbox.build_acknowledgement

    def noted(*given: Any) -> str:
        at_answer.append(types(client))
        return made(*given)

    monkeypatch.setattr(inbox, "build_acknowledgement", noted)
    line.event("e-1")
    answer = line.answer()
    assert at_answer == [["user_add_org"]]
    assert (answer["code"], answer["headers"]["messageId"]) == (200, "m-1")
    assert answer["data"]["status"] == "SUCCESS"


def test_a_repeated_event_is_logged_once_and_acknowledged_again(line: Line, client: DingTalk) -> None:
    for message_id in ("m-1", "m-1", "m-2"):
        line.event("e-1", message_id)
        assert line.answer()["data"]["status"] == "SUCCESS"
    assert len(client.events) == 1
    assert client._log.repeated == 2


def test_an_event_without_an_id_is_identified_by_its_message(line: Line, client: DingTalk) -> None:
    for message_id in ("m-1", "m-1", "m-2"):
        line.push("EVENT", {"topic": "*", "eventType": "org_change"}, {}, message_id)
        assert line.answer()["code"] == 200
    assert types(client) == ["org_change", "org_change"]


def test_an_event_that_cannot_be_stored_is_requested_again(gateway: Gateway, client: DingTalk, home: Path) -> None:
    stream = client.stream(keep=True)
    line = gateway.line()
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        line.event("e-1")
        assert line.answer()["data"]["status"] == "LATER"
        line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-1", "text": {"content": "hi"}}, "m-2")
        answer = line.answer()
        assert (answer["code"], answer["data"]["status"]) == (500, "LATER")
        other.execute("ROLLBACK")
    # A robot message is not sent again: it is written once, as soon as possible.
    until(lambda: types(client) == [ROBOT_MESSAGE])
    line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-1", "text": {"content": "hi"}}, "m-2")
    assert line.answer()["data"] == {"response": None}
    line.event("e-1")
    assert line.answer()["data"]["status"] == "SUCCESS"
    assert len(client.events) == 2
    assert "could not be written 2 times" in repr(stream)


def test_the_ledger_stays_open_while_connected(gateway: Gateway, client: DingTalk, home: Path) -> None:
    # SQLite deletes its write-ahead log when the last connection closes, and recreates it for the next event.
    writes = home / f"{LEDGER_FILE}-wal"
    stream = client.stream(keep=True)
    line = gateway.line()
    line.event("e-1")
    assert line.answer()["code"] == 200
    assert writes.exists()
    stream.stop()
    assert not writes.exists()
    assert stream.error is None


def test_errors_while_the_ledger_is_held_open_are_not_ledger_errors(client: DingTalk) -> None:
    with pytest.raises(ConnectionError), client._log.hold_ledger_open():
        raise ConnectionError


def test_a_repeated_robot_message_waits_for_the_ledger_once(gateway: Gateway, client: DingTalk, home: Path) -> None:
    stream = client.stream(keep=True)
    line = gateway.line()
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for message_id in ("m-1", "m-1", "m-2"):
            line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-1"}, message_id)
            assert line.answer()["code"] == 500
        assert "1 robot message could not be written to the ledger yet" in repr(stream)
        other.execute("ROLLBACK")
    until(lambda: types(client) == [ROBOT_MESSAGE])
    until(lambda: "robot messages could not" not in repr(stream))
    assert client._log.repeated == 0


def test_robot_messages_lost_to_a_locked_ledger_are_reported(
    gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_: Event) -> bool:
        what = "locked"
        raise LedgerError(what)

    monkeypatch.setattr(inbox, "MAX_PENDING", 2)
    monkeypatch.setattr(client._log, "add", locked)
    stream = client.stream()
    line = gateway.line()
    for number in range(5):
        line.push("CALLBACK", {"topic": ROBOT}, {"msgId": f"r-{number}"}, f"m-{number}")
        assert line.answer()["code"] == 500
    assert "2 robot messages could not be written to the ledger yet" in repr(stream)
    assert "since the ledger could not be written and DingTalk sends them only once: 3 robot messages" in repr(stream)


def test_a_pending_robot_message_that_fails_is_dropped_and_receiving_continues(
    gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    take = client._log.add
    failure: list[Exception] = [LedgerError("locked")]

    def failing(event: Event) -> bool:
        if event.id != "r-9":
            raise failure[0]
        return take(event)

    monkeypatch.setattr(client._log, "add", failing)
    stream = client.stream()
    line = gateway.line()
    for number in range(3):
        line.push("CALLBACK", {"topic": ROBOT}, {"msgId": f"r-{number}"}, f"m-{number}")
        assert line.answer()["code"] == 500
    failure[0] = RuntimeError("made to fail")
    line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-9"}, "m-9")
    assert line.answer()["code"] == 200
    assert [event.id for event in client.events.select()] == ["r-9"]
    assert stream.state == "connected"
    assert capfd.readouterr().err.count("RuntimeError: made to fail") == 1
    assert "since the ledger could not be written and DingTalk sends them only once: 3 robot messages" in repr(stream)


def test_frames_received_together_wait_for_the_ledger_once(
    gateway: Gateway, client: DingTalk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    take = client._log.add
    monkeypatch.setattr(client._log, "add", lambda event: (tries.append(event.id), take(event)))
    client.stream(keep=True)
    line = gateway.line()
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        line.event("e-0", "m-0")
        until(lambda: tries)
        for number in range(1, 60):
            line.event(f"e-{number}", f"m-{number}")
        assert [line.answer()["data"]["status"] for _ in range(60)] == 60 * ["LATER"]
        other.execute("ROLLBACK")
    assert len(tries) < 10
    line.event("e-59", "m-59")
    assert line.answer()["data"]["status"] == "SUCCESS"


def test_frames_received_before_the_end_are_logged_without_acknowledgement(
    gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    take = client._log.add

    def slow(event: Event) -> bool:
        begun.set()
        go.wait(20)
        return take(event)

    monkeypatch.setattr(client._log, "add", slow)
    client.stream()
    line = gateway.line()
    line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-0"}, "m-0")
    assert begun.wait(20)
    for number in range(1, 20):
        line.push("CALLBACK", {"topic": ROBOT}, {"msgId": f"r-{number}"}, f"m-{number}")
    threading.Thread(target=line.connection.close).start()
    until(lambda: line.connection.protocol.close_sent)
    go.set()
    # Robot messages are not sent again.
    until(lambda: len(client.events) == 20)


def test_a_stored_event_without_a_topic_reads_the_same(
    line: Line, client: DingTalk, reach: Any, gateway: Gateway
) -> None:
    line.push("EVENT", {"eventType": "user_add_org", "eventId": "e-1"}, {"userId": ["u1"]})
    line.answer()
    client.events.keep()
    [event] = reach(gateway.url).events.select()
    assert (event.type, event.id, event.userids) == ("user_add_org", "e-1", ("u1",))


def test_a_robot_message_gets_an_empty_answer(line: Line, client: DingTalk) -> None:
    line.push("CALLBACK", {"topic": ROBOT}, {"msgId": "r-1", "senderStaffId": "u1", "text": {"content": "请假"}})
    assert line.answer()["data"] == {"response": None}
    [event] = client.events.select(ROBOT_MESSAGE)
    assert (event.id, event.fields["text"], event.userids) == ("r-1", "请假", ("u1",))


def test_frames_of_unsubscribed_topics_are_logged_and_reported(gateway: Gateway, client: DingTalk) -> None:
    client.stream(topics=["/v1.0/graph/api/invoke"])
    line = gateway.line()
    line.push("CALLBACK", {"topic": "/v1.0/graph/api/invoke"}, {"a": 1}, "m-1")
    assert line.answer()["code"] == 200
    for kind, topic, message_id in (("CALLBACK", "/v9/new", "m-2"), ("CALLBACK", CARD, "m-3"), ("NEW", "x", "m-4")):
        line.push(kind, {"topic": topic}, {"b": 1}, message_id)
        assert line.answer()["code"] == 404
    assert types(client) == ["/v1.0/graph/api/invoke", "/v9/new", CARD_CALLBACK, "unknown"]


def test_pings_are_answered_with_their_data(line: Line) -> None:
    line.push("SYSTEM", {"topic": "ping"}, {"opaque": "123-dsfs"}, "p-1")
    assert line.answer() == {
        "code": 200,
        "message": "OK",
        "headers": {"messageId": "p-1", "contentType": "application/json"},
        "data": {"opaque": "123-dsfs"},
    }


def test_pings_with_any_data_are_answered(line: Line) -> None:
    line.push("SYSTEM", {"topic": "ping"}, "what is no JSON", "p-1")
    assert line.received.get(timeout=20)["data"] == "what is no JSON"


@pytest.mark.parametrize("topic", ["CONNECTED", "REGISTERED", "KEEPALIVE", "something new"])
def test_other_system_frames_are_acknowledged_and_not_logged(line: Line, client: DingTalk, topic: str) -> None:
    line.push("SYSTEM", {"topic": topic}, {}, "s-1")
    assert line.answer()["code"] == 200
    assert types(client) == []


@pytest.mark.usefixtures("without_garbage")
def test_unreadable_frames_are_reported_and_receiving_continues(line: Line, client: DingTalk) -> None:
    for text in ("no JSON", "[]", "{}", '{"type": "EVENT", "headers": {"topic": "*"}, "data": "{"}'):
        line.connection.send(text)
    line.push("EVENT", {"topic": "*"}, "no object", "m-1")
    assert line.answer()["code"] == 400
    deep = "[" * 900 + "]" * 900
    line.push("EVENT", {"topic": "*", "eventType": "deep"}, f'{{"a": {deep}}}', "m-2")
    assert line.answer()["code"] == 400
    line.connection.send(b"\xff\xfe not UTF-8")
    line.event("e-1", "m-3")
    assert line.answer()["code"] == 200
    assert types(client) == ["user_add_org"]
    assert "7 frames could not be read" in repr(client.stream())


def test_an_internal_error_is_shown_once_and_receiving_continues(
    line: Line, client: DingTalk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        message = "made to fail"
        raise RuntimeError(message)

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "parse_frame_event", broken)
        for number in range(5):
            line.event(f"e-{number}", f"m-{number}")
            assert line.answer()["code"] == 500
    line.event("e-9", "m-9")
    assert line.answer()["code"] == 200
    assert capfd.readouterr().err.count("RuntimeError: made to fail") == 1
    assert "5 frames could not be received" in repr(client.stream())


def test_a_handler_gets_the_event(line: Line, client: DingTalk) -> None:
    called_with: list[str] = []
    with client.events.on("user_add_org", lambda event: called_with.append(event.id)):
        line.event("e-1")
        assert line.answer()["code"] == 200
        until(lambda: called_with)
    assert called_with == ["e-1"]


class Slow:
    """A slow user function."""

    def __init__(self) -> None:
        self.go, self.called = threading.Event(), threading.Event()
        self.calls = 0

    def __call__(self, _: Event) -> dict[str, Any]:
        self.calls += 1
        self.called.set()
        self.go.wait(20)
        return {"done": True}


class TestCards:
    def press(self, line: Line, message_id: str = "c-1", userid: str = "u1") -> None:
        content = '{"cardPrivateData":{"actionIds":["1"],"params":{"agree":"yes"}}}'
        data = {"corpId": "ding1", "userId": userid, "outTrackId": "t", "type": "actionCallback", "content": content}
        line.push("CALLBACK", {"topic": CARD}, data, message_id)

    def pressed(self, line: Line, message_id: str = "c-1") -> dict[str, Any]:
        self.press(line, message_id)
        return line.answer()

    def test_a_card_gets_the_answer_of_the_function(self, gateway: Gateway, client: DingTalk) -> None:
        answer = {"cardData": {"cardParamMap": {"state": "已同意"}}}
        seen: list[Event] = []

        def answered(event: Event) -> dict[str, Any]:
            seen.append(event)
            return answer

        client.stream(on_card=answered)
        assert self.pressed(gateway.line())["data"] == {"response": answer}
        [event] = client.events.select(CARD_CALLBACK)
        assert seen == [event]
        assert event.fields["content"]["cardPrivateData"]["params"] == {"agree": "yes"}

    def test_a_repeated_callback_gets_the_same_answer_and_counts_once(self, gateway: Gateway, client: DingTalk) -> None:
        calls: list[str] = []

        def answered(event: Event) -> dict[str, Any]:
            calls.append(event.id)
            return {"n": len(calls)}

        client.stream(on_card=answered)
        line = gateway.line()
        answers = [self.pressed(line, message_id)["data"]["response"] for message_id in ("c-1", "c-1", "c-2")]
        assert answers == [{"n": 1}, {"n": 1}, {"n": 2}]

    def test_cards_without_a_message_id_reach_the_function_and_are_not_acknowledged(
        self, gateway: Gateway, client: DingTalk
    ) -> None:
        both = threading.Barrier(2)
        seen: list[str] = []

        def answered(event: Event) -> None:
            both.wait(5)
            seen.extend(event.userids)

        client.stream(on_card=answered)
        line = gateway.line()
        for userid in ("ann", "bo"):
            self.press(line, "", userid)
        until(lambda: sorted(seen) == ["ann", "bo"])
        line.event("e-1")
        assert line.answer()["headers"]["messageId"] == "m-1"

    def test_a_slow_function_delays_nothing_else(
        self, gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dingnb.events.stream.cards.ANSWER_TIMEOUT_S", 0.3)
        slow = Slow()
        stream = client.stream(on_card=slow)
        line = gateway.line()
        self.press(line)
        line.event("e-1")
        assert line.answer()["headers"]["messageId"] == "m-1"
        late = line.answer()
        assert (late["headers"]["messageId"], late["data"]) == ("c-1", {"response": {}})
        assert "on_card was too slow 1 time;" in repr(stream)
        slow.go.set()
        # The late answer is not sent to a repeated callback: that was answered already.
        assert self.pressed(line)["data"] == {"response": {}}

    @pytest.mark.parametrize("wrong", ["text", 5, {"a": object()}, [1]])
    def test_an_invalid_answer_is_shown_once_and_the_card_gets_an_empty_one(
        self, gateway: Gateway, client: DingTalk, wrong: Any, capfd: pytest.CaptureFixture[str]
    ) -> None:
        stream = client.stream(on_card=lambda _: wrong)
        line = gateway.line()
        for number in range(3):
            assert self.pressed(line, f"c-{number}")["data"] == {"response": {}}
        assert capfd.readouterr().err.count("InputError: on_card returned") == 1
        assert "on_card failed 3 times" in repr(stream)

    def test_a_function_that_exits_is_shown_and_the_card_gets_an_empty_answer(
        self, gateway: Gateway, client: DingTalk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        stream = client.stream(on_card=lambda _: sys.exit("enough"))
        assert self.pressed(gateway.line())["data"] == {"response": {}}
        assert "SystemExit: enough" in capfd.readouterr().err
        assert "on_card failed" in repr(stream)

    def test_errors_of_unhashable_functions_are_shown_once_too(
        self, gateway: Gateway, client: DingTalk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        class Answers(list[object]):
            def __call__(self, _: Event) -> None:
                message = "its own fault"
                raise ValueError(message)

        client.stream(on_card=Answers())
        line = gateway.line()
        for number in range(3):
            assert self.pressed(line, f"c-{number}")["data"] == {"response": {}}
        shown = capfd.readouterr().err
        assert (shown.count("ValueError: its own fault"), shown.count("TypeError")) == (1, 0)

    def test_without_a_thread_for_it_the_card_gets_an_empty_answer(
        self,
        gateway: Gateway,
        client: DingTalk,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        def none_left(*_: object, **__: object) -> None:
            message = "can't start new thread"
            raise RuntimeError(message)

        # In this module alone: the connection needs threads of its own.
        out_of_threads = SimpleNamespace(Thread=none_left, Event=threading.Event, Lock=threading.Lock)
        client.stream(on_card=lambda _: {"done": True})
        line = gateway.line()
        with monkeypatch.context() as patched:
            patched.setattr("dingnb.events.stream.cards.threading", out_of_threads)
            for number in range(20):
                self.press(line, f"c-{number}")
            assert [line.answer()["data"] for _ in range(20)] == 20 * [{"response": {}}]
        assert capfd.readouterr().err.count("RuntimeError: can't start new thread") == 1
        assert self.pressed(line, "c-20")["data"] == {"response": {"done": True}}

    def test_the_number_of_concurrent_answers_is_limited(
        self, gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dingnb.events.stream.cards.MAX_CONCURRENT", 1)
        slow = Slow()
        stream = client.stream(on_card=slow)
        line = gateway.line()
        self.press(line)
        assert slow.called.wait(10)
        self.press(line, "c-2")
        assert line.answer()["headers"]["messageId"] == "c-2"
        assert "on_card was too slow 1 time;" in repr(stream)
        slow.go.set()
        assert line.answer()["data"] == {"response": {"done": True}}

    def test_a_callback_repeated_on_another_connection_is_answered_there(
        self, gateway: Gateway, client: DingTalk
    ) -> None:
        slow = Slow()
        client.stream(on_card=slow)
        self.press(gateway.line(0))
        assert slow.called.wait(10)
        gateway.line(0).connection.close()
        again = gateway.line(1)
        self.press(again)
        until(lambda: client._log.repeated)
        slow.go.set()
        assert again.answer()["data"] == {"response": {"done": True}}
        assert slow.calls == 1

    def test_a_connection_gets_no_answers_to_callbacks_of_others(self, gateway: Gateway, client: DingTalk) -> None:
        slow = Slow()
        stream = client.stream(on_card=slow)
        self.press(gateway.line(0))
        assert slow.called.wait(10)
        gateway.line(0).connection.close()
        other = gateway.line(1)
        slow.go.set()
        until(lambda: stream._inbox._remembered.get("c-1"))
        other.event("e-1")
        assert other.answer()["headers"]["messageId"] == "m-1"
        assert self.pressed(other)["data"] == {"response": {"done": True}}

    def test_without_a_function_cards_are_not_subscribed_to(self, gateway: Gateway, client: DingTalk) -> None:
        client.stream()
        gateway.line()
        assert CARD not in {subscription["topic"] for subscription in gateway.bodies[0]["subscriptions"]}
        client.stream(cards=True)
        assert self.pressed(gateway.line(1))["data"] == {"response": {}}
