"""The life of a stream, with the sandbox and with the tests' own gateway."""

import asyncio
import json
import logging
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from websockets.exceptions import ConnectionClosed

import dingnb
from dingnb.auth import App, Secret
from dingnb.client import DingTalk
from dingnb.clock import SystemClock
from dingnb.errors import CredentialsError, DingError, InputError
from dingnb.events.stream.stream import Stream
from dingnb.sandbox import RunningSandbox
from dingnb.testing import tape
from tests.events.stream.conftest import PATIENCE_S, SECRET, Gateway, emit, stream_stats, until, until_state

Reach = Callable[..., DingTalk]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Skip all pauses, and return the maximum of each, in seconds."""
    spared: list[float] = []

    def spare(_: float, longest_s: float) -> float:
        spared.append(longest_s)
        return 0.0

    monkeypatch.setattr("dingnb.events.stream.engine.random.uniform", spare)
    return spared


def test_events_at_dingtalk_are_logged(ding: DingTalk, sandbox: RunningSandbox) -> None:
    stream = ding.stream()
    assert stream.wait_until_connected(PATIENCE_S)
    emit(sandbox, {"type": "user_leave_org", "data": {"userId": ["manager0001"]}}, {"robot_message": {"text": "请假"}})
    left = ding.events.wait("user_leave_org", timeout_s=PATIENCE_S)
    assert left is not None
    assert left.userids == ("manager0001",)
    said = ding.events.wait("robot_message", timeout_s=PATIENCE_S)
    assert said is not None
    said.reply(dingnb.text("好的"))
    [reply] = requests.get(f"{sandbox.base_url}/_sandbox/replies", timeout=PATIENCE_S).json()
    assert reply["body"]["text"]["content"] == "好的"
    found = until(lambda: (now := stream_stats(sandbox))["acknowledged"] == 2 and now)
    assert (found["given_up"], found["unacknowledged"]) == (0, [])
    frame = ding.events.to_frame()
    assert frame["channel"].tolist() == ["stream", "stream"]


def test_the_connection_request_is_as_documented(gateway: Gateway, client: DingTalk) -> None:
    client.stream(cards=True, topics=["/v1.0/graph/api/invoke"])
    gateway.line()
    assert gateway.bodies == [
        {
            "path": "/v1.0/gateway/connections/open",
            "accept": "application/json",
            "clientId": "dinggatewayapp",
            "clientSecret": SECRET,
            "localIp": "127.0.0.1",
            "subscriptions": [
                {"type": "EVENT", "topic": "*"},
                {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"},
                {"type": "CALLBACK", "topic": "/v1.0/card/instances/callback"},
                {"type": "CALLBACK", "topic": "/v1.0/graph/api/invoke"},
            ],
            "ua": "dingnb",
        }
    ]
    assert gateway.paths == ["/connect?ticket=ticket-1-that-nobody-may-see"]


@pytest.mark.parametrize(
    ("rest", "path"),
    [("", "/?ticket=t"), ("/a;v=1/@x:y", "/a;v=1/@x:y?ticket=t"), ("/connect?zone=a&b", "/connect?zone=a&b&ticket=t")],
)
def test_the_gateway_address_is_used_unchanged(gateway: Gateway, client: DingTalk, rest: str, path: str) -> None:
    gateway.answer = (200, {"endpoint": gateway.endpoint.removesuffix("/connect") + rest, "ticket": "t"})
    client.stream()
    gateway.line()
    assert gateway.paths == [path]


def test_a_second_call_returns_the_same_stream(gateway: Gateway, client: DingTalk) -> None:
    first = client.stream()
    assert client.stream(keep=True) is first
    assert "in the ledger" in repr(client.events)
    other = client.stream(robot=False)
    assert other is not first
    assert first.state == "stopped"
    until_state(other, "connected")
    assert [subscription["topic"] for subscription in gateway.bodies[-1]["subscriptions"]] == ["*"]
    other.stop()
    assert client.stream() not in {first, other}


def test_running_all_cells_again_leaves_one_stream(gateway: Gateway, reach: Reach) -> None:
    earlier, now = reach(gateway.url), reach(gateway.url)
    first = earlier.stream()
    until_state(first, "connected")
    second = now.stream()
    assert first.state == "stopped"
    assert gateway.line(0).over.wait(PATIENCE_S)
    gateway.line(1).event("e-1")
    gateway.line(1).answer()
    assert (len(earlier.events), len(now.events)) == (0, 1)
    # Closing the connection of an earlier run does not end it.
    earlier.close()
    assert second.state == "connected"


def test_different_apps_keep_their_streams(gateway: Gateway, reach: Reach, client: DingTalk) -> None:
    other = reach(gateway.url)
    other._streams.app = App("dingotherapp", Secret(SECRET), 1)
    first, second = client.stream(), other.stream()
    until_state(first, "connected")
    until_state(second, "connected")


def test_closing_the_connection_stops_it(gateway: Gateway, client: DingTalk) -> None:
    stream = client.stream()
    until_state(stream, "connected")
    client.close()
    assert (stream.state, stream.is_running) == ("stopped", False)
    assert gateway.line().over.wait(PATIENCE_S)


def test_it_shows_its_state(gateway: Gateway, client: DingTalk) -> None:
    stream = client.stream(on_card=lambda _: None)
    until_state(stream, "connected")
    gateway.line().event("e-1")
    gateway.line().answer()
    assert repr(stream).splitlines() == [
        "Stream [LIVE]",
        "  state     connected",
        "  receives  events, robot messages, card callbacks",
        "  received  1 event",
    ]
    assert "<strong>Stream</strong>" in stream._repr_html_()
    assert "  Stream  connected" in repr(client.events)
    dingnb.set_language("zh")
    assert "已连接" in repr(stream)
    dingnb.set_language("en")
    stream.stop()
    assert str(stream.status) == "stopped"
    assert "Stream" not in repr(client.events)


@pytest.mark.parametrize(
    "given", [{"on_card": 5}, {"topics": "/v1.0/x"}, {"topics": [5]}, {"topics": ["no/slash"]}, {"topics": None}]
)
def test_invalid_arguments_are_refused(client: DingTalk, given: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        client.stream(**given)
    assert client._streams._running is None


@pytest.mark.parametrize("timeout_s", [None, "30", True, -1, float("nan")])
def test_an_invalid_timeout_is_refused(client: DingTalk, timeout_s: Any) -> None:
    stream = client.stream()
    with pytest.raises(InputError, match="timeout_s"):
        stream.wait_until_connected(timeout_s)


class TestReconnecting:
    def test_a_disconnect_is_followed_by_a_new_ticket_at_once(
        self, gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dingnb.events.stream.engine.STABLE_AFTER_S", 0)
        monkeypatch.setattr("dingnb.events.stream.engine.random.uniform", lambda *_: 3_600.0)
        stream = client.stream()
        line = gateway.line(0)
        line.event("e-1")
        line.answer()
        line.push("SYSTEM", {"topic": "disconnect"}, {"reason": "connection is expired"}, "")
        again = gateway.line(1)
        assert line.over.wait(PATIENCE_S)
        assert len(gateway.bodies) == 2
        again.event("e-2")
        again.answer()
        assert [event.id for event in client.events.select()] == ["e-1", "e-2"]
        assert stream.state == "connected"

    def test_repeated_disconnects_cause_pauses(self, gateway: Gateway, client: DingTalk, pauses: list[float]) -> None:
        def opened(line: Any) -> None:
            line.event(f"e-{len(gateway.lines)}")
            line.connection.recv()
            line.push("SYSTEM", {"topic": "disconnect"}, "no JSON", "")

        gateway.on_open = opened
        client.stream()
        gateway.line(5)
        assert pauses[:5] == 5 * [1]

    def test_frames_received_with_a_disconnect_are_acknowledged(self, gateway: Gateway, client: DingTalk) -> None:
        client.stream()
        line = gateway.line(0)
        for number in range(20):
            line.event(f"e-{number}", f"m-{number}")
        line.push("SYSTEM", {"topic": "disconnect"}, {}, "")
        gateway.line(1)
        assert [line.answer()["headers"]["messageId"] for _ in range(20)] == [f"m-{number}" for number in range(20)]

    @pytest.mark.parametrize("how", ["frame", "close", "reset"])
    def test_the_stream_reconnects_after_the_sandbox_disconnects(
        self, ding: DingTalk, sandbox: RunningSandbox, how: str
    ) -> None:
        stream = ding.stream()
        assert stream.wait_until_connected(PATIENCE_S)
        for number in range(3):
            emit(sandbox, {"type": "check_in", "event_id": f"before-{number}", "data": {"staffId": "u"}})
            until(lambda seen=2 * number + 1: len(ding.events) == seen)
            url = f"{sandbox.base_url}/_sandbox/stream/disconnect"
            requests.post(url, json={"how": how}, timeout=PATIENCE_S)
            emit(sandbox, {"type": "check_in", "event_id": f"after-{number}", "data": {"staffId": "u"}})
            until(lambda seen=2 * number + 2: len(ding.events) == seen)

    def test_a_gateway_that_ends_each_connection_is_not_flooded(
        self,
        gateway: Gateway,
        client: DingTalk,
        pauses: list[float],
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        gateway.on_open = lambda line: line.connection.close()
        stream = client.stream()
        until(lambda: len(pauses) >= 9)
        stream.stop()
        assert pauses[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert capfd.readouterr().out.count("The connection ended immediately") == 1

    def test_a_connection_that_received_something_resets_the_pauses(
        self, gateway: Gateway, client: DingTalk, pauses: list[float]
    ) -> None:
        def opened(line: Any) -> None:
            if len(gateway.lines) == 4:
                line.event("e-1")
                line.connection.recv()
            if len(gateway.lines) < 8:
                line.connection.close()

        gateway.on_open = opened
        client.stream()
        gateway.line(7)
        assert pauses == [1, 2, 4, 1, 1, 2, 4]

    def test_a_too_long_message_ends_the_connection_but_not_the_stream(
        self, gateway: Gateway, client: DingTalk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dingnb.events.stream.engine.random.uniform", lambda _, high: high / 100)
        client.stream()
        with suppress(ConnectionClosed):
            gateway.line(0).connection.send("x" * (4 * 2**20 + 1))
        gateway.line(1).event("e-1")
        gateway.line(1).answer()
        assert len(client.events) == 1

    def test_a_dead_connection_is_detected(self, gateway: Gateway, reach: Reach) -> None:
        ding = reach(gateway.url, timeouts=dingnb.transport.WebSocketTimeouts(ping_s=0.1, pong_s=0.1))
        silent = threading.Event()

        def opened(line: Any) -> None:
            if len(gateway.lines) == 1:
                # It no longer reads, so no ping is answered.
                line.connection.recv_flow_control.acquire()
                silent.wait(PATIENCE_S)
                line.connection.recv_flow_control.release()

        gateway.on_open = opened
        ding.stream()
        gateway.line(1)
        silent.set()

    def test_pings_keep_an_idle_connection_open(self, gateway: Gateway, reach: Reach) -> None:
        ding = reach(gateway.url, timeouts=dingnb.transport.WebSocketTimeouts(ping_s=0.02, pong_s=10))
        stream = ding.stream()
        connection = gateway.line().connection
        pings = []
        process = connection.process_event
        connection.process_event = lambda frame: (pings.append(frame.opcode.name), process(frame))
        until(lambda: stream.state == "connected")
        until(lambda: pings.count("PING") >= 3)
        assert stream.state == "connected"
        assert len(gateway.lines) == 1


@contextmanager
def set_once_waited_for(stream: Stream, event: threading.Event) -> Iterator[None]:
    """Set an event as soon as a thread waits for the connection of a stream."""
    waiter = threading.Thread(target=lambda: until(lambda: stream._waiting) and event.set())
    waiter.start()
    yield
    waiter.join()


class TestTrouble:
    def test_a_rejected_app_ends_the_stream_with_one_sentence(
        self, gateway: Gateway, client: DingTalk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        gateway.answer = (401, {"code": "authFailed", "requestid": "R-1", "message": "鉴权失败"})
        gateway.hold.clear()
        stream = client.stream()
        with set_once_waited_for(stream, gateway.hold), pytest.raises(CredentialsError, match="app secret is wrong"):
            stream.wait_until_connected(PATIENCE_S)
        assert (stream.state, stream.is_running) == ("failed", False)
        until(lambda: not stream._engine._thread.is_alive())
        assert len(gateway.bodies) == 1
        # The waiting caller got the error.
        assert capfd.readouterr() == ("", "")
        assert "app secret is wrong" in repr(stream)
        gateway.answer = (200, None)
        assert client.stream().wait_until_connected(PATIENCE_S)

    def test_an_internal_error_ends_the_stream_and_is_shown(
        self, client: DingTalk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        waited_for = threading.Event()

        def broken(*_: object) -> None:
            message = "made to fail"
            assert not waited_for.wait(PATIENCE_S), message

        monkeypatch.setattr("dingnb.events.stream.engine.request_endpoint", broken)
        stream = client.stream()
        with set_once_waited_for(stream, waited_for), pytest.raises(DingError, match="AssertionError"):
            stream.wait_until_connected(PATIENCE_S)
        until(lambda: not stream._engine._thread.is_alive())
        out, err = capfd.readouterr()
        assert err.count("AssertionError: made to fail") == 1
        assert out == ""  # the waiting caller got the error
        stream.stop()
        assert stream.state == "failed"

    def test_an_unawaited_end_is_reported_with_one_sentence(
        self, gateway: Gateway, client: DingTalk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        gateway.answer = (401, {"code": "authFailed", "requestid": "R-1", "message": "鉴权失败"})
        stream = client.stream()
        until(lambda: stream.state == "failed" and not stream._engine.is_alive)
        out, err = capfd.readouterr()
        assert out.count("does not retry") == 1
        assert "app key or app secret is wrong" in out
        assert err == ""

    def test_the_sandbox_refuses_a_wrong_secret(self, sandbox: RunningSandbox, reach: Reach) -> None:
        ding = reach(sandbox.base_url)
        stream = ding.stream()
        with pytest.raises(CredentialsError):
            stream.wait_until_connected(PATIENCE_S)
        assert "app secret is wrong" in repr(ding.events)
        assert "No events yet.\n" in f"{ding.events!r}\n"

    @pytest.mark.parametrize(
        "answer",
        [
            (503, {"code": "ServiceUnavailable", "message": "busy"}),
            (200, {}),
            (200, {"endpoint": None, "ticket": "t"}),
            (200, {"endpoint": "wss://gateway.example/connect", "ticket": "half a character: \ud83d"}),
            (200, {"endpoint": "ws://127.0.0.1:1/connect", "ticket": "t"}),
            (200, {"endpoint": "ws://gateway.example/connect", "ticket": "t"}),
            (200, {"endpoint": "https://gateway.example/connect", "ticket": "t"}),
            (200, {"endpoint": "wss://user:pass@gateway.example/connect", "ticket": "t"}),
            (200, {"endpoint": "wss://gateway.example/connect?a=b c", "ticket": "t"}),
            (200, {"endpoint": "wss://[::1/", "ticket": "t"}),
            (200, {"endpoint": "wss://gateway.example:99999/", "ticket": "t"}),
            (200, ["no object"]),
        ],
    )
    def test_an_outage_is_reported_once(
        self,
        gateway: Gateway,
        client: DingTalk,
        answer: tuple[int, Any],
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr("dingnb.events.stream.engine.random.uniform", lambda *_: 0.0)
        gateway.answer = answer
        stream = client.stream()
        until(lambda: len(gateway.bodies) >= 30)
        gateway.answer = (200, None)
        gateway.line().event("e-1")
        gateway.line().answer()
        until(lambda: not stream._is_outage_reported)
        stream.stop()
        out, err = capfd.readouterr()
        assert out.count("Stream is not connected") == 1
        assert out.count("Stream is connected, after ") == 1
        assert "again" not in out
        assert err == ""
        assert stream.received == 1

    def test_an_hour_without_a_network_is_reported_at_its_start_and_end(
        self, reach: Reach, gateway: Gateway, capfd: pytest.CaptureFixture[str]
    ) -> None:
        clock = dingnb.clock.VirtualClock()
        ding = reach(gateway.url, clock=clock)
        stream = ding.stream()
        gateway.line(0).event("e-1")
        gateway.line(0).answer()
        gateway.answer = (502, {})
        gateway.line(0).connection.close()
        until(lambda: clock.advance(100_000_000) or stream.state == "waiting")
        begun = len(gateway.bodies)
        for _ in range(3_600):
            clock.advance(1_000_000_000)
            threading.Event().wait(0.0005)
        # Pauses of up to a minute: about 120 attempts in an hour, not counting network time.
        assert 50 < len(gateway.bodies) - begun < 400
        gateway.answer = (200, None)
        until(lambda: clock.advance(1_000_000_000) or len(gateway.lines) > 1)
        gateway.line(1).event("e-2")
        gateway.line(1).answer()
        until(lambda: not stream._is_outage_reported)
        out = capfd.readouterr().out
        assert out.count("Stream is not connected") == 1
        assert re.findall(r"Stream is connected again, after (?:6[0-2] min|1\.0 h)", out)
        assert out.count("connected again") == 1

    def test_it_is_reported_in_chinese_too(
        self, gateway: Gateway, client: DingTalk, capfd: pytest.CaptureFixture[str]
    ) -> None:
        dingnb.set_language("zh")
        gateway.answer = (401, {"code": "authFailed", "message": "鉴权失败"})
        stream = client.stream()
        until(lambda: not stream._engine._thread.is_alive())
        assert "不再重试" in capfd.readouterr().out


class TestSecrets:
    def test_no_log_contains_a_ticket_or_the_secret(
        self,
        gateway: Gateway,
        client: DingTalk,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        # The logs of the gateway itself, which contain its requests.
        logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
        stream = client.stream()
        gateway.line(0).event("e-1")
        gateway.line(0).answer()
        names = [thread.name for thread in threading.enumerate()]
        gateway.line(0).push("SYSTEM", {"topic": "disconnect"}, {}, "")
        gateway.line(1)
        gateway.answer = (500, {"message": f"{SECRET} ticket-9-that-nobody-may-see", "code": "x"})
        gateway.line(1).connection.close()
        until_state(stream, "waiting")
        shown = [repr(stream), stream._repr_html_(), str(stream.error), repr(vars(stream.error)), caplog.text, *names]
        stream.stop()
        out, err = capfd.readouterr()
        everything = "\n".join([*shown, out, err])
        assert "gateway/connections/open" in everything
        assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}
        assert SECRET not in everything
        assert "ticket-1" not in everything
        assert "ticket-2" not in everything

    def test_the_sandbox_logs_no_ticket_either(
        self, ding: DingTalk, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with ding.stream() as stream:
            assert stream.wait_until_connected(PATIENCE_S)
            emit(sandbox, {"type": "org_change"})
            assert ding.events.wait("org_change", timeout_s=PATIENCE_S)
        assert "connections/open" in caplog.text
        assert "ticket=" not in caplog.text
        assert sandbox.settings.app_secret not in caplog.text

    def test_no_error_contains_a_refused_ticket(
        self, gateway: Gateway, client: DingTalk, whole_of: Callable[[BaseException], str]
    ) -> None:
        gateway._serving.shutdown()
        stream = client.stream()
        until_state(stream, "waiting")
        assert stream.error is not None
        assert "cannot be reached" in str(stream.error)
        assert "that-nobody-may-see" not in whole_of(stream.error)

    def test_a_tape_contains_neither_ticket_nor_secret(self, sandbox: RunningSandbox, tmp_path: Path) -> None:
        settings = sandbox.settings
        with tape("stream", record=True, directory=tmp_path, clock=SystemClock()):
            ding = dingnb.connect(
                app_key=settings.app_key,
                app_secret=Secret(settings.app_secret),
                agent_id=settings.agent_id,
                api_base_url=sandbox.base_url,
            )
            stream = ding.stream()
            assert stream.wait_until_connected(PATIENCE_S)
            ding.close()
        text = (tmp_path / "stream.yaml").read_text("utf-8")
        [opened] = [
            interaction
            for interaction in yaml.safe_load(text)["interactions"]
            if "connections/open" in interaction["request"]["uri"]
        ]
        assert settings.app_secret not in text
        assert '"clientSecret": "***"' in json.dumps(json.loads(opened["request"]["body"]))
        assert json.loads(opened["response"]["body"]["string"])["ticket"] == "***"


def test_it_works_inside_a_running_event_loop(ding: DingTalk, sandbox: RunningSandbox) -> None:
    async def cell() -> None:
        with ding.stream() as stream:
            assert stream.wait_until_connected(PATIENCE_S)
            await asyncio.to_thread(emit, sandbox, {"type": "org_change"})
            found = await asyncio.to_thread(ding.events.wait, "org_change", PATIENCE_S)
            assert found is not None

    asyncio.run(cell())


def test_a_forked_process_has_no_stream_and_can_start_its_own() -> None:
    script = textwrap.dedent(
        """
        import os
        import dingnb
        ding = dingnb.connect("sandbox")
        stream = ding.stream()
        stream.wait_until_connected(20)
        child = os.fork()
        if not child:
            before, waited, own = stream.state, stream.wait_until_connected(0), ding.stream()
            print(before, waited, own is stream, own.wait_until_connected(20), flush=True)
            own.stop()
            os._exit(0)
        os.waitpid(child, 0)
        print(stream.state)
        """
    )
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout.split() == ["stopped", "False", "False", "True", "connected"], ended.stderr


def test_a_script_ends_although_it_does_not_stop_the_stream() -> None:
    script = textwrap.dedent(
        """
        import dingnb
        ding = dingnb.connect("sandbox")
        print(ding.stream().wait_until_connected(20))
        """
    )
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "True", "")
