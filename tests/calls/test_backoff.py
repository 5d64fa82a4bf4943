"""Backoff: growing pauses, an end of retries, and clear errors."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.calls.backoff import MIN_THROTTLES, Backoff
from dingnb.campaigns.campaign import view_of
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.errors import BannedError, DingError, NoAnswerError, ThrottledError, UnreachableError, error_for
from dingnb.transport import Hosts
from tests.http_server import serving

PEOPLE = pd.DataFrame({"userid": ["a", "b"], "mobile": ["13900000001", "13900000002"]})


@pytest.fixture
def stubborn(clock: VirtualClock) -> Iterator[Callable[[dict[str, Any]], DingTalk]]:
    """Connect to a server that returns tokens, is a sandbox, and answers all other calls with one body."""
    servers = ExitStack()

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

        url = servers.enter_context(serving(Handler))
        return DingTalk(App("key", Secret("secret"), 1), Hosts(url, url), origin=Origin("arguments"), clock=clock)

    with servers:
        yield connected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}, "1111"),
        ({"errcode": 88, "sub_code": "90018", "sub_msg": "too fast", "errmsg": "x"}, "90018"),
        ({"errcode": 88, "sub_code": "", "errmsg": "x"}, "88"),
    ],
    ids=["ip ban", "qps", "no sub_code"],
)
def test_an_endless_throttle_raises_one_clear_error(
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


def test_rows_left_queued_by_a_halt_have_a_reason(stubborn: Callable[[dict[str, Any]], DingTalk]) -> None:
    run = stubborn({"errcode": 90020, "errmsg": "quota"}).plan(PEOPLE, dingnb.text("hi")).send(wait=False)
    results = run.wait("sent", check=False).results()
    assert set(results["status"]) == {"queued"}
    assert set(results["code"]) == {"90020"}
    assert results["hint"].notna().all()


def test_failed_people_do_not_count_as_sent_and_share_one_reason(
    stubborn: Callable[[dict[str, Any]], DingTalk], capsys: pytest.CaptureFixture[str]
) -> None:
    ding = stubborn({"errcode": 40035, "errmsg": "bad", "request_id": "r"})
    run = ding.plan(PEOPLE, dingnb.text("{{ mobile }}")).send()
    assert "Finished: 0 of 2 people accepted by DingTalk · 2 people failed" in capsys.readouterr().out
    assert len(set(run.results()["reason"])) == 1
    assert len(view_of(run).results.sheet().tables[0].rows) == 1


def pauses(backoff: Backoff, error: DingError, *, is_query: bool = False, most: int = 100) -> list[float]:
    """Return the pauses until it gives up, with one call after each."""
    seen: list[float] = []
    clock = backoff.clock
    while len(seen) < most:
        # A call takes time.
        started_ns = clock.monotonic_ns()
        clock.wait(clock.event(), 1)
        again = backoff.record_failure(error, started_ns, is_query=is_query)
        if again is None:
            break
        seen.append(round(again.pause_s, 6))
        clock.wait(clock.event(), seconds_to_ns(again.pause_s))
    return seen


def backoff_of(clock: VirtualClock, patience_s: float = 600, ban_s: float = 300) -> Backoff:
    return Backoff(clock, outage_patience_s=patience_s, ban_pause_s=ban_s)


def test_pauses_of_a_throttle_grow_end_and_are_reset_by_a_success(clock: VirtualClock) -> None:
    backoff, throttled = backoff_of(clock, 0), error_for("90018")
    assert pauses(backoff, throttled) == [1, 2, 4, 8, 16]
    backoff.record_success()
    assert len(pauses(backoff, throttled)) == MIN_THROTTLES
    began_ns = clock.monotonic_ns()
    assert pauses(backoff_of(clock), throttled)[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert 600 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 660


def test_calls_that_never_left_are_retried_until_the_patience_ends(clock: VirtualClock) -> None:
    began_ns = clock.monotonic_ns()
    found = pauses(backoff_of(clock), UnreachableError("gone"))
    assert found[:8] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert found[-1] <= 30
    assert round((clock.monotonic_ns() - began_ns) / NS_PER_S) == 600
    assert pauses(backoff_of(clock, 0), UnreachableError("gone")) == []


def test_uncertain_answers_are_spaced_endlessly_except_for_queries(clock: VirtualClock) -> None:
    backoff = backoff_of(clock, 10)
    assert pauses(backoff, NoAnswerError("late"), most=9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff.failures == 9
    asked = pauses(backoff_of(clock, 10), NoAnswerError("late"), is_query=True)
    assert asked[:3] == [1, 2, 4]
    assert round(sum(asked)) == 10


@pytest.mark.parametrize("error", [BannedError("page"), error_for("1111")])
def test_bans_are_waited_out_within_the_patience(clock: VirtualClock, error: DingError) -> None:
    assert pauses(backoff_of(clock), error) == [300, 300]
    assert pauses(backoff_of(clock, 299), error) == [300]


def test_without_a_ban_pause_a_page_is_like_any_bad_answer(clock: VirtualClock) -> None:
    assert pauses(backoff_of(clock, ban_s=0), BannedError("page"), most=3) == [1, 2, 4]
    assert pauses(backoff_of(clock, ban_s=0), error_for("1111"), most=3) == [300, 300]


def test_a_ban_of_an_hour_is_reported_at_once(clock: VirtualClock) -> None:
    assert pauses(backoff_of(clock), error_for("1111", pause_s=3_600)) == []
    assert pauses(backoff_of(clock), error_for("90002", pause_s=120))[:2] == [120, 120]


def test_a_refused_token_is_retried_three_times(clock: VirtualClock) -> None:
    assert pauses(backoff_of(clock), error_for("40014")) == [1, 1]


def test_a_refusal_is_not_retried(clock: VirtualClock) -> None:
    assert pauses(backoff_of(clock), error_for("34016")) == []
    assert pauses(backoff_of(clock), error_for("90020")) == []


@pytest.mark.parametrize("error", [error_for("90018"), UnreachableError("gone"), NoAnswerError("late")])
def test_concurrent_failures_of_calls_count_once(clock: VirtualClock, error: DingError) -> None:
    backoff, started_ns = backoff_of(clock), clock.monotonic_ns()
    found = []
    for _ in range(40):
        clock.advance(seconds_to_ns(0.1))
        again = backoff.record_failure(error, started_ns)
        assert again is not None
        found.append(again.pause_s)
    assert found == [1] * 40
    assert backoff.failures == (0 if isinstance(error, ThrottledError) else 1)


def test_only_one_call_at_a_time_is_made_while_calls_fail(clock: VirtualClock) -> None:
    backoff = backoff_of(clock)
    assert not backoff.is_failing
    backoff.record_failure(NoAnswerError("late"), clock.monotonic_ns())
    assert backoff.is_failing
    backoff.record_success()
    assert not backoff.is_failing
    assert backoff.gives_up_at_ns is None
