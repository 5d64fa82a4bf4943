"""The Stream gateway over real WebSockets, in virtual time."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosedOK, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

from dingnb.sandbox.events.stream_frames import Push
from dingnb.sandbox.web.stream_socket import StreamConnection
from tests.sandbox.conftest import Client, Starter
from tests.sandbox.stream_client import EVENTS, OPEN, ROBOT, Listener, stream_data, subscribe, wait_for_count


def emit(client: Client, *names: str, topic: tuple[str, str] = EVENTS) -> None:
    state = client.sandbox.state
    with state.lock:
        for name in names:
            headers = {"eventType": "user_add_org", "eventId": name} if topic == EVENTS else {}
            now_ns = state.time.now_ns()
            state.stream.emit(Push(*topic, headers, f'{{"name":"{name}"}}', f"id-{name}", now_ns), now_ns)


@pytest.fixture
def listener(client: Client) -> Iterator[Listener]:
    with Listener(client) as opened:
        yield opened


def refused(url: str, status: str) -> None:
    with pytest.raises(InvalidStatus, match=status), connect(url, proxy=None):
        pass


def names(listener: Listener, count: int) -> list[str]:
    """Acknowledge a number of frames and return their event types."""
    found = []
    for _ in range(count):
        frame = listener.next()
        listener.answer(frame)
        found.append(frame["data"]["name"])
    return found


def test_a_ticket_opens_one_connection(client: Client) -> None:
    opened = subscribe(client)
    assert opened["endpoint"] == client.sandbox.base_url.replace("http", "ws") + "/connect"
    url = f"{opened['endpoint']}?ticket={opened['ticket']}"
    with connect(url, proxy=None):
        [line] = stream_data(client)["connections"]
        assert line["topics"] == [["CALLBACK", "/v1.0/card/instances/callback"], list(ROBOT), list(EVENTS)]
        refused(url, "401")
    wait_for_count(client, "connections", 0)


def test_a_ticket_is_valid_for_90_seconds(client: Client) -> None:
    early, late = (subscribe(client) for _ in range(2))
    client.pass_time(89)
    with connect(f"{early['endpoint']}?ticket={early['ticket']}", proxy=None):
        client.pass_time(1)
    refused(f"{late['endpoint']}?ticket={late['ticket']}", "401")


@pytest.mark.parametrize("path", ["/connect", "/connect?ticket=", "/connect?ticket=made-up"])
def test_a_connection_needs_a_valid_ticket(client: Client, path: str) -> None:
    refused(client.url(path).replace("http", "ws"), "401")


def test_only_one_path_takes_a_websocket(client: Client) -> None:
    refused(client.url("/elsewhere").replace("http", "ws"), "404")


@pytest.mark.parametrize("wrong", [{"clientId": "x"}, {"clientSecret": "x"}, {"clientId": None}, {"clientSecret": 5}])
def test_wrong_credentials_get_no_ticket(client: Client, wrong: dict[str, object]) -> None:
    answer = subscribe(client, **wrong)
    assert (answer["status"], answer["code"], answer["message"]) == (401, "authFailed", "鉴权失败")
    assert answer["requestid"]


@pytest.mark.parametrize(
    "subscriptions",
    [None, [], {}, "EVENT", [5], [{"type": "EVENT"}], [{"type": "EVENT", "topic": "user_add_org"}], [{"topic": "*"}]],
)
def test_subscriptions_are_checked(client: Client, subscriptions: object) -> None:
    answer = subscribe(client, subscriptions=subscriptions)
    assert (answer["status"], answer["code"]) == (400, "invalidParameter.subscriptions")


def test_the_number_of_tickets_per_second_is_limited(client: Client) -> None:
    statuses = [subscribe(client)["status"] for _ in range(21)]
    assert statuses == [200] * 20 + [403]
    assert client.get(OPEN).status_code == 405


def test_an_event_is_pushed_as_documented_until_acknowledged(client: Client, listener: Listener) -> None:
    emit(client, "one")
    frame = listener.next()
    assert frame["type"] == "EVENT"
    headers = frame["headers"]
    assert (headers["topic"], headers["contentType"]) == ("*", "application/json")
    assert (headers["eventType"], headers["eventId"]) == ("user_add_org", "one")
    assert headers["time"] == str(client.clock.now_ns() // 1_000_000)
    assert frame["data"] == {"name": "one"}
    assert headers["connectionId"] == stream_data(client)["connections"][0]["id"]
    listener.answer(frame, {"status": "SUCCESS", "message": "done"})
    found = wait_for_count(client, "acknowledged", 1)
    assert (found["unacknowledged"], found["waiting"]) == ([], [])
    assert found["acknowledgements"] == [
        {
            "topic": "*",
            "event_type": "user_add_org",
            "event_id": "one",
            "message_id": headers["messageId"],
            "code": 200,
            "message": "OK",
            "data": {"status": "SUCCESS", "message": "done"},
            "connection_id": headers["connectionId"],
            "time_ms": client.clock.now_ns() // 1_000_000,
        }
    ]
    client.pass_time(50)
    emit(client, "two")
    assert listener.next()["data"] == {"name": "two"}


def test_any_data_with_code_200_is_an_acknowledgement(client: Client, listener: Listener) -> None:
    emit(client, "echoed")
    frame = listener.next()
    listener.answer(frame, frame["data"])
    assert wait_for_count(client, "acknowledged", 1)["unacknowledged"] == []


def test_unacknowledged_events_are_pushed_again_up_to_a_limit(client: Client, listener: Listener) -> None:
    emit(client, "one")
    frames = [listener.next()]
    for _ in range(4):
        client.pass_time(2.9)
        assert stream_data(client)["unacknowledged"][0]["pushes"] == len(frames)
        client.pass_time(0.1)
        frames.append(listener.next())
    assert {frame["headers"]["messageId"] for frame in frames} == {frames[0]["headers"]["messageId"]}
    assert stream_data(client)["given_up"] == 0
    client.pass_time(3)
    assert wait_for_count(client, "given_up", 1)["unacknowledged"] == []


def test_no_push_is_late_when_the_clock_is_moved_far(client: Client, listener: Listener) -> None:
    emit(client, "one")
    first = listener.next()
    client.pass_time(60)
    again = [listener.next()["headers"]["time"] for _ in range(4)]
    assert [int(time_ms) - int(first["headers"]["time"]) for time_ms in again] == [3_000, 6_000, 9_000, 12_000]


def test_a_repeat_may_have_a_new_id(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_message_id_on_repeat="new")
    with Listener(client) as listener:
        emit(client, "one")
        first = listener.next()
        client.pass_time(3)
        assert listener.next()["headers"]["messageId"] != first["headers"]["messageId"]
        listener.answer(first)
        assert wait_for_count(client, "acknowledged", 1)["unacknowledged"] == []


@pytest.mark.parametrize(("data", "code"), [({"status": "LATER"}, 200), ({"status": "SUCCESS"}, 500), ({}, 404)])
def test_later_and_failures_cause_a_repeat(client: Client, listener: Listener, data: dict[str, str], code: int) -> None:
    emit(client, "one")
    listener.answer(listener.next(), data, code)
    assert wait_for_count(client, "waiting", 1)["unacknowledged"] == []
    client.pass_time(3)
    listener.answer(listener.next())
    wait_for_count(client, "acknowledged", 1)


def test_callbacks_are_acknowledged_by_any_code_and_repeated_after_a_minute(client: Client, listener: Listener) -> None:
    emit(client, "refused", "silence", topic=ROBOT)
    listener.answer(listener.next(), {"response": None}, 404)
    wait_for_count(client, "unacknowledged", 1)
    assert listener.next()["type"] == "CALLBACK"
    client.pass_time(60)
    frames = [listener.next() for _ in range(2)]
    [again] = [frame for frame in frames if frame["type"] == "CALLBACK"]
    assert again["data"] == {"name": "silence"}


@pytest.mark.usefixtures("without_garbage")
def test_unreadable_frames_are_counted(client: Client, listener: Listener) -> None:
    for text in ("", "{", "[]", '"x"', '{"headers": 5}', '{"headers": {"messageId": 5}}', "[" * 100_000):
        listener.socket.send(text)
    listener.socket.send(b"\xff\xfe")
    wait_for_count(client, "unreadable", 8)
    listener.socket.send('{"code": 200, "headers": {"messageId": "made-up"}, "data": 5}')
    assert wait_for_count(client, "acknowledgements", 1)["acknowledged"] == 0


def test_connections_share_the_load(client: Client) -> None:
    with Listener(client) as one, Listener(client) as two:
        emit(client, *map(str, range(40)))
        counts = [line["pushed"] for line in wait_for_count(client, "unacknowledged", 40)["connections"]]
        assert sum(counts) == 40
        assert min(counts) > 5
        assert sorted(map(int, names(one, counts[0]) + names(two, counts[1]))) == list(range(40))


def test_pushes_go_only_to_subscribers(client: Client) -> None:
    with Listener(client, EVENTS) as events, Listener(client, ROBOT) as robot:
        emit(client, "event")
        emit(client, "message", topic=ROBOT)
        assert (names(events, 1), names(robot, 1)) == (["event"], ["message"])


def test_events_without_a_connection_wait_in_order_up_to_a_limit(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_max_pending=3)
    emit(client, *"abcde")
    assert (len(stream_data(client)["waiting"]), stream_data(client)["dropped"]) == (3, 2)
    with Listener(client) as listener:
        assert names(listener, 3) == list("cde")


def test_a_ping_has_an_opaque_text_and_its_answer_is_counted(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_ping_every_s=30)
    with Listener(client) as listener:
        for _ in range(2):
            client.pass_time(30)
            ping = listener.next()
            assert (ping["type"], ping["headers"]["topic"]) == ("SYSTEM", "ping")
            listener.answer(ping, ping["data"])
        found = wait_for_count(client, "acknowledgements", 2)
        assert found["connections"][0]["pings_answered"] == 2


def test_a_disconnect_frame_precedes_the_end_of_the_connection_by_10_seconds(
    client: Client, listener: Listener
) -> None:
    emit(client, "before")
    before = listener.next()
    [line_id] = client.post("/_sandbox/stream/disconnect").json()["disconnected"]
    frame = listener.next()
    assert (frame["type"], frame["headers"]["topic"], "messageId" in frame["headers"]) == (
        "SYSTEM",
        "disconnect",
        False,
    )
    assert frame["data"]["reason"]
    listener.answer(before)
    emit(client, "after")
    client.pass_time(9)
    [line] = wait_for_count(client, "acknowledged", 1)["connections"]
    assert (line["id"], line["is_leaving"]) == (line_id, True)
    with Listener(client) as other:
        assert names(other, 1) == ["after"]
        client.pass_time(1)
        assert listener.wait_for_end()
        wait_for_count(client, "connections", 1)


def test_without_repeats_a_push_is_lost_with_its_connection(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_callback_repeat_s=0)
    with Listener(client) as listener:
        emit(client, "message", topic=ROBOT)
        listener.next()
        client.pass_time(1_000)
        assert len(stream_data(client)["unacknowledged"]) == 1
        client.post("/_sandbox/stream/disconnect", json={"how": "reset"})
        assert wait_for_count(client, "given_up", 1)["waiting"] == []


def test_on_a_stopped_clock_events_arrive_and_nothing_is_repeated(client: Client, listener: Listener) -> None:
    client.post("/_sandbox/clock", json={"advance_s": 0, "stopped": True})
    emit(client, "one")
    listener.next()
    client.pass_time(100)
    assert stream_data(client)["unacknowledged"][0]["pushes"] == 1
    client.post("/_sandbox/clock", json={"advance_s": 3, "stopped": True})
    listener.next()


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_connection_can_be_ended_at_once_and_nothing_is_lost(client: Client, listener: Listener, how: str) -> None:
    emit(client, *"abc")
    names(listener, 1)
    listener.next()
    wait_for_count(client, "acknowledged", 1)
    client.post("/_sandbox/stream/disconnect", json={"how": how})
    assert listener.wait_for_end()
    assert isinstance(listener.socket.protocol.close_exc, ConnectionClosedOK) is (how == "close")
    wait_for_count(client, "connections", 0)
    with Listener(client) as other:
        assert names(other, 2) == list("bc")


def test_one_of_several_connections_can_be_ended(client: Client) -> None:
    with Listener(client) as one, Listener(client) as two:
        ids = [line["id"] for line in stream_data(client)["connections"]]
        answer = client.post("/_sandbox/stream/disconnect", json={"how": "close", "connections": ids[:1]})
        assert answer.json() == {"disconnected": ids[:1]}
        assert one.wait_for_end()
        emit(client, "x")
        assert names(two, 1) == ["x"]


@pytest.mark.parametrize("body", ['{"how": "gently"}', '{"connections": "x"}', '{"connections": [5]}', "[]", "{"])
def test_a_bad_disconnect_is_a_clear_400(client: Client, body: str) -> None:
    answer = client.post("/_sandbox/stream/disconnect", data=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


@pytest.mark.parametrize(("fault", "status"), [("token", "401"), ("502", "502"), ("504", "504"), ("busy", "401")])
def test_a_fault_can_refuse_a_connection_whose_ticket_stays_valid(
    client: Client, fault: str, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/_sandbox/faults", json={"fault": fault, "path": "/connect", "nth": 1})
    opened = subscribe(client)
    url = f"{opened['endpoint']}?ticket={opened['ticket']}"
    refused(url, status)
    with connect(url, proxy=None):
        assert client.get("/_sandbox/faults").json()[0]["injected"] == 1
    # Notebooks show log messages.
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "dingnb"))] == []


def test_the_server_logs_no_ticket(start_sandbox: Starter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    opened = subscribe(start_sandbox())
    with connect(f"{opened['endpoint']}?ticket={opened['ticket']}", proxy=None):
        messages = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets")]
    assert messages
    assert [message for message in messages if opened["ticket"] in message] == []


@pytest.mark.parametrize("fault", ["drop_before", "reset_before"])
def test_a_fault_can_end_a_connection_unanswered(client: Client, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/_sandbox/faults", json={"fault": fault, "path": "/connect", "nth": 1})
    with pytest.raises((InvalidMessage, OSError)), Listener(client):
        pass
    with Listener(client):
        assert caplog.records == []


def test_a_fault_can_delay_a_connection_and_close_the_port(client: Client) -> None:
    client.post("/_sandbox/faults", json={"fault": "delay", "delay_s": 5, "path": "/connect"})
    begun_ns = client.clock.now_ns()
    with Listener(client):
        assert client.clock.now_ns() == begun_ns + 5 * 10**9
    client.post("/_sandbox/faults", json={"fault": "refuse", "for_s": 5, "path": "/connect", "nth": 1})
    with pytest.raises((InvalidMessage, OSError)), Listener(client):
        pass


def test_a_connection_expires(start_sandbox: Starter) -> None:
    client = start_sandbox(stream_connection_lifetime_s=100, stream_ping_every_s=0)
    with Listener(client) as listener:
        client.pass_time(100)
        assert listener.next()["data"] == {"reason": "connection is expired"}
        client.pass_time(10)
        assert listener.wait_for_end()


def test_a_reset_and_a_closed_port_end_connections(client: Client) -> None:
    for path, body in (("/_sandbox/reset", {}), ("/_sandbox/faults", {"fault": "refuse", "for_s": 5})):
        with Listener(client) as listener:
            client.post(path, json=body)
            assert listener.wait_for_end()


def test_connections_end_with_the_sandbox(start_sandbox: Starter) -> None:
    client = start_sandbox()
    with Listener(client) as listener:
        client.sandbox.stop()
        assert listener.wait_for_end()


def test_the_sandbox_stops_while_a_client_closes_its_connection(start_sandbox: Starter) -> None:
    client = start_sandbox()
    server = client.sandbox._server
    with Listener(client):
        [connection] = (
            candidate for candidate in server.server_state.connections if isinstance(candidate, StreamConnection)
        )

        def close_and_stop() -> None:
            # As on receiving the client's closing frame.
            connection.conn.send_close(1000)
            server.stop()

        server._run_in_loop(close_and_stop)
        client.sandbox.stop()
        assert server.loop is None


def test_tickets_and_ids_are_reproducible_with_the_seed(start_sandbox: Starter) -> None:
    tickets = [subscribe(start_sandbox(seed=seed))["ticket"] for seed in (1, 1, 2)]
    assert tickets[0] == tickets[1] != tickets[2]


def test_a_push_to_a_broken_connection_logs_no_warning(
    client: Client, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    state = client.sandbox.state
    with state.lock:
        emit(client, *map(str, range(100)))
        state.stream.run_due(state.time.now_ns())
        state.stream.disconnect("reset", None, state.time.now_ns())
    assert listener.wait_for_end()
    assert len(wait_for_count(client, "connections", 0)["waiting"]) == 100
    assert caplog.records == []


def test_no_ticket_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="uvicorn")
    caplog.set_level("INFO")
    with Listener(client):
        pass
    wait_for_count(client, "connections", 0)
    assert "ticket" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "dingnb"))
    )
