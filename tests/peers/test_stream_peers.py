"""Two versions of the official Stream client with the sandbox."""

from collections.abc import Iterator

import pytest
import requests

from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from tests.peers.conftest import Peer, Starter, until

# The client determines its own address with a socket to this host that sends nothing.
ITS_OWN_ADDRESS = "8.8.8.8"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with start(SandboxSettings(stream_ping_every_s=1, card_answer_deadline_s=60)) as running:
        yield running


@pytest.fixture(params=["0.24.3", "0.24.4b1"])
def peer(request: pytest.FixtureRequest, sandbox: RunningSandbox, start_peer: Starter) -> Iterator[Peer]:
    settings = sandbox.settings
    arguments = [settings.app_key, settings.app_secret]
    started = start_peer(f"dingtalk-stream-{request.param}", "stream_peer.py", arguments, sandbox.base_url)
    assert started.next() == {"version": request.param}
    yield started
    started.stop()
    assert set(started.refused) <= {ITS_OWN_ADDRESS}


def post(sandbox: RunningSandbox, path: str, body: object) -> dict:
    answer = requests.post(sandbox.base_url + path, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(sandbox: RunningSandbox, path: str) -> dict:
    return requests.get(sandbox.base_url + path, timeout=10).json()


def emit(sandbox: RunningSandbox, *requests: object) -> list[dict]:
    return post(sandbox, "/_sandbox/events", list(requests))["events"]


def acknowledged(sandbox: RunningSandbox, count: int) -> dict:
    def look() -> dict | None:
        found = get(sandbox, "/_sandbox/stream")
        return found if found["acknowledged"] >= count else None

    return until(look)


def test_the_peer_receives_replies_and_reconnects_after_a_disconnect(sandbox: RunningSandbox, peer: Peer) -> None:
    [emitted] = emit(sandbox, {"type": "user_add_org", "data": {"userId": ["张三"]}})
    assert peer.next() == {
        "event": "user_add_org",
        "id": emitted["event_id"],
        "corp_id": sandbox.settings.corp_id,
        "data": emitted["data"],
    }
    [emitted] = emit(sandbox, {"robot_message": {"text": "几点？", "from": "manager0001"}})
    answered = {"errcode": 0, "errmsg": "ok"}
    assert peer.next() == {"message": "几点？", "from": "manager0001", "answer": answered}
    [reply] = get(sandbox, "/_sandbox/replies")
    assert reply["body"]["text"]["content"] == f"{emitted['data']['senderNick']}: 几点？"
    emit(sandbox, {"card_callback": {"out_track_id": "card-1"}})
    assert peer.next() == {"card": "card-1"}
    found = acknowledged(sandbox, 3)
    # It echoes the data of events, and wraps answers to callbacks: both are acknowledgements.
    by_topic = {acknowledgement["topic"]: acknowledgement for acknowledgement in found["acknowledgements"]}
    assert by_topic["*"]["data"]["userId"] == ["张三"]
    assert by_topic["/v1.0/card/instances/callback"]["data"] == {
        "response": {"cardData": {"cardParamMap": {"done": "yes"}}}
    }
    assert found["unreadable"] == 0

    for how in ("frame", "reset"):
        before = {connection["id"] for connection in get(sandbox, "/_sandbox/stream")["connections"]}
        post(sandbox, "/_sandbox/stream/disconnect", {"how": how})
        [emitted] = emit(sandbox, {"type": "check_in"})
        assert peer.next()["id"] == emitted["event_id"]
        lines = [
            connection for connection in get(sandbox, "/_sandbox/stream")["connections"] if not connection["is_leaving"]
        ]
        assert {line["id"] for line in lines}.isdisjoint(before)
    assert acknowledged(sandbox, 5)["given_up"] == 0


def test_the_peer_sends_a_card_and_answers_a_press(sandbox: RunningSandbox, peer: Peer) -> None:
    userid = next(person["userid"] for person in sandbox.state.users() if person["active"])
    emit(sandbox, {"robot_message": {"text": "投票", "from": userid}})
    out_track_id = peer.next()["asked"]
    assert sandbox.press(share=1) == 1
    private = {"actionIds": ["yes"], "params": {"id": "yes"}}
    assert peer.next() == {"pressed": private, "by": userid, "card": out_track_id}
    acknowledged(sandbox, 2)
    [press] = get(sandbox, "/_sandbox/cards/presses")
    assert press["status"] == "answered"
    [card] = get(sandbox, "/_sandbox/cards")
    [delivery] = card["deliveries"]
    assert (delivery["userid"], delivery["received"]["title"]) == (userid, "团建")
    assert (delivery["shown"]["markdown"], delivery["shown"]["tips"]) == ("周五来吗？", "已回答")


def test_the_peer_answers_pings(sandbox: RunningSandbox, peer: Peer) -> None:
    assert peer.process.poll() is None
    until(
        lambda: any(connection["pings_answered"] > 1 for connection in get(sandbox, "/_sandbox/stream")["connections"])
    )
