"""Repeats have an end: a throttle that does not stop is told, and nobody waits for it for ever."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.bulk.patience import MOST_PAUSES, Patience
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds
from dingnb.errors import ThrottledError, error_for
from dingnb.transport import Hosts

PEOPLE = pd.DataFrame({"userid": ["a", "b"], "mobile": ["13900000001", "13900000002"]})


@pytest.fixture
def stubborn(clock: VirtualClock) -> Iterator[Callable[[dict[str, Any]], DingTalk]]:
    """Connect to a server that gives tokens, says that it is a sandbox, and answers all else with one body."""
    servers: list[ThreadingHTTPServer] = []

    def connected(body: dict[str, Any]) -> DingTalk:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer({"sandbox": "dingnb"})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer({"accessToken": "t" * 20, "expireIn": 7200} if "oauth2" in self.path else body)

            def _answer(self, content: dict[str, Any]) -> None:
                text = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        return DingTalk(App("key", Secret("secret"), 1), Hosts(url, url), origin=Origin("arguments"), clock=clock)

    yield connected
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}, "1111"),
        ({"errcode": 88, "sub_code": "90018", "sub_msg": "too fast", "errmsg": "x"}, "90018"),
        ({"errcode": 88, "sub_code": "", "errmsg": "x"}, "88"),
    ],
    ids=["ip ban", "qps", "no sub_code"],
)
def test_a_throttle_without_end_is_one_clear_error(
    stubborn: Callable[[dict[str, Any]], DingTalk], body: dict[str, Any], code: str
) -> None:
    ding = stubborn(body)
    with pytest.raises(ThrottledError) as caught:
        ding.plan(PEOPLE, dingnb.text("hi"), to="mobile")
    assert caught.value.code == code

    plan = ding.plan(PEOPLE, dingnb.text("hi"))
    with pytest.raises(ThrottledError) as caught:
        plan.send()
    assert caught.value.code == code
    assert caught.value.hint


def test_rows_that_a_halt_left_queued_say_why(stubborn: Callable[[dict[str, Any]], DingTalk]) -> None:
    run = stubborn({"errcode": 90020, "errmsg": "quota"}).plan(PEOPLE, dingnb.text("hi")).send(wait=False)
    with pytest.raises(dingnb.DingError):
        run.join()
    results = run.results()
    assert set(results["status"]) == {"queued"}
    assert set(results["code"]) == {"90020"}
    assert results["hint"].notna().all()


def test_failed_people_do_not_count_as_sent_and_their_reasons_are_one(
    stubborn: Callable[[dict[str, Any]], DingTalk], capsys: pytest.CaptureFixture[str]
) -> None:
    ding = stubborn({"errcode": 40035, "errmsg": "bad", "request_id": "r"})
    run = ding.plan(PEOPLE, dingnb.text("{{ mobile }}")).send()
    assert "Finished: 0 of 2 people accepted by DingTalk · 2 people failed" in capsys.readouterr().out
    assert len(set(run.results()["reason"])) == 1
    assert len(run.sheet().tables[0].rows) == 1


def test_pauses_grow_and_end_and_a_success_starts_anew(clock: VirtualClock) -> None:
    patience = Patience(clock)
    throttled = error_for("90018")
    assert isinstance(throttled, ThrottledError)

    def pauses() -> list[float]:
        seen = []
        while (again := patience.pause(throttled)) is not None:
            seen.append(again.pause_s)
            clock.advance(seconds(again.pause_s))
        return seen

    assert pauses() == [1, 2, 4, 8, 16]
    patience.succeeded()
    assert len(pauses()) == MOST_PAUSES


def test_calls_refused_side_by_side_ask_for_one_pause(clock: VirtualClock) -> None:
    patience = Patience(clock)
    throttled = error_for("90018")
    assert isinstance(throttled, ThrottledError)
    assert [again.pause_s for _ in range(40) if (again := patience.pause(throttled))] == [1] * 40
