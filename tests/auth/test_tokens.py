import json
import logging
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dingnb.auth import App, Caller, Origin, Secret, TokenSource
from dingnb.client import DingTalk
from dingnb.clock import SystemClock, VirtualClock, seconds_to_ns
from dingnb.errors import (
    BadAnswerError,
    CredentialsError,
    DingError,
    Repeat,
    ThrottledError,
    TokenError,
    UnreachableError,
)
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Call, Hosts, Route, Transport

NEW_PATH, OLD_PATH = "/v1.0/oauth2/accessToken", "/gettoken"
SECRET = "the-secret-of-this-app"
WORK = Call("/topapi/x", {})


class Scripted:
    """A server that issues tokens t1, t2, ... and answers calls as configured."""

    def __init__(self, work: Callable[[str], tuple[int, dict]], token: Callable[[int], tuple[int, Any]]) -> None:
        self.work, self.token = work, token
        self.token_calls = 0
        self.work_tokens: list[str] = []
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path, _, query = self.path.partition("?")
                with lock:
                    if path in (NEW_PATH, OLD_PATH):
                        outer.token_calls += 1
                        status, body = outer.token(outer.token_calls)
                    else:
                        token = query.rpartition("access_token=")[2] or self.headers["x-acs-dingtalk-access-token"]
                        outer.work_tokens.append(token)
                        status, body = outer.work(token)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST  # noqa: N815 - http.server's own name

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


def fine(_: str) -> tuple[int, dict]:
    return 200, {"errcode": 0}


def numbered(number: int) -> tuple[int, dict]:
    return 200, {
        "errcode": 0,
        "accessToken": f"t{number}",
        "access_token": f"t{number}",
        "expireIn": 7200,
        "expires_in": 7200,
    }


@pytest.fixture
def app_server() -> Any:
    started: list[Scripted] = []

    def start(work: Any = fine, token: Any = numbered) -> Scripted:
        started.append(Scripted(work, token))
        return started[-1]

    yield start
    for started_server in started:
        started_server.server.shutdown()
        started_server.server.server_close()


@pytest.fixture
def caller_of(clock: VirtualClock) -> Any:
    transports: list[Transport] = []

    def make(server: Scripted, endpoint: Any = "api", clock: Any = clock) -> Caller:
        hosts = Hosts(server.url, server.url)
        transports.append(Transport(Route(hosts)))
        app = App("dingapp", Secret(SECRET), 1)
        return Caller(transports[-1], TokenSource(app, transports[-1], hosts, clock=clock, endpoint=endpoint))

    yield make
    for transport in transports:
        transport.close()


def token_calls(sandbox: RunningSandbox) -> int:
    return sum(call["path"] in (NEW_PATH, OLD_PATH) for call in sandbox.state.recorded_calls())


@pytest.mark.parametrize("endpoint", ["api", "oapi"])
def test_either_token_call_returns_a_token_for_both_apis(
    sandbox: RunningSandbox, connect_to: Any, endpoint: Any
) -> None:
    ding = connect_to(sandbox, token_endpoint=endpoint)
    person = sandbox.state.users(1)[0]["userid"]
    assert ding.call("/topapi/v2/user/get", {"userid": person})["errcode"] == 0
    assert "list" in ding.call("/v1.0/contact/users/search", {"queryWord": "王"})
    paths = [call["path"] for call in sandbox.state.recorded_calls()]
    assert paths.count({"api": NEW_PATH, "oapi": OLD_PATH}[endpoint]) == token_calls(sandbox) == 1


def test_connections_of_one_app_share_the_token(sandbox: RunningSandbox, connect_to: Any) -> None:
    tokens = {connect_to(sandbox).token().reveal() for _ in range(3)}
    assert len(tokens) == token_calls(sandbox) == 1


def test_connections_on_the_real_clock_share_the_token_too(app_server: Any, caller_of: Any) -> None:
    server = app_server()
    for _ in range(3):
        caller_of(server, clock=SystemClock()).token()
    assert server.token_calls == 1


def test_a_token_is_renewed_ten_minutes_before_it_expires(
    ding: DingTalk, sandbox: RunningSandbox, clock: VirtualClock
) -> None:
    first = ding.token()
    clock.advance(seconds_to_ns(6_599))
    assert ding.token() is first
    clock.advance(seconds_to_ns(1))
    assert ding.token() is not first
    assert token_calls(sandbox) == 2


FAILURES = {
    "html": (500, b"<html>"),
    "busy": (503, {"code": "system.error"}),
    "ban": (403, {"status": 1111}),
    "unlisted": (400, {"code": "unheard.of"}),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_the_old_token_stays_in_use_when_the_renewal_fails(
    app_server: Any, caller_of: Any, clock: VirtualClock, failure: Any
) -> None:
    server = app_server(token=lambda number: numbered(number) if number != 2 else failure)
    caller = caller_of(server)
    first = caller.token()
    clock.advance(seconds_to_ns(6_700))
    for _ in range(5):
        assert caller.token() is first
    assert server.token_calls == 2, "a failed renewal is not tried again at once"
    clock.advance(seconds_to_ns(31))
    assert caller.token().reveal() == "t3"


def test_the_old_token_stays_in_use_while_another_thread_renews_it(
    app_server: Any, caller_of: Any, clock: VirtualClock
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def answer(number: int) -> Any:
        if number == 2:
            is_asked.set()
            may_answer.wait(10)
        return numbered(number)

    caller = caller_of(app_server(token=answer))
    first = caller.token()
    clock.advance(seconds_to_ns(6_700))
    with ThreadPoolExecutor(2) as pool:
        renewed = pool.submit(caller.token)
        assert is_asked.wait(10)
        try:
            assert pool.submit(caller.token).result(5) is first
        finally:
            may_answer.set()
        assert renewed.result(10).reveal() == "t2"


def test_an_expired_token_is_not_used_when_the_renewal_fails(
    app_server: Any, caller_of: Any, clock: VirtualClock
) -> None:
    server = app_server(token=lambda number: numbered(number) if number == 1 else (403, {"status": 1111}))
    caller = caller_of(server)
    caller.token()
    clock.advance(seconds_to_ns(7_200))
    with pytest.raises(ThrottledError):
        caller.token()


def gateway(code: str) -> dict:
    return {"errcode": 88, "sub_code": code, "errmsg": f"ding talk error[subcode={code},submsg=x]"}


REJECTIONS: dict[str, tuple[Call, int, dict]] = {
    "40014": (WORK, 200, {"errcode": 40014}),
    "42001": (WORK, 200, {"errcode": 42001}),
    "40001": (WORK, 200, {"errcode": 40001}),
    "a text": (WORK, 200, {"errcode": "40014"}),
    "88 40014": (WORK, 200, gateway("40014")),
    "88 42001": (WORK, 200, gateway("42001")),
    "88 40001": (WORK, 200, gateway("40001")),
    "only in errmsg": (WORK, 200, {"errcode": 88, "errmsg": "ding talk error[subcode=42001,submsg=x]"}),
    "subcode": (WORK, 200, {"errcode": 88, "subcode": 42001}),
    "new API": (Call("/v1.0/x", {}), 400, {"code": "InvalidAuthentication", "message": "x"}),
}


@pytest.mark.parametrize(("call", "status", "body"), REJECTIONS.values(), ids=REJECTIONS)
def test_a_rejected_token_is_renewed_once_and_the_call_repeated_once(
    app_server: Any, caller_of: Any, call: Call, status: int, body: dict
) -> None:
    server = app_server(lambda token: (status, body) if token == "t1" else (200, {"errcode": 0, "ok": 1}))
    assert caller_of(server).call(call)["ok"] == 1
    assert server.work_tokens == ["t1", "t2"]
    assert server.token_calls == 2


@pytest.mark.parametrize(("call", "status", "body"), REJECTIONS.values(), ids=REJECTIONS)
def test_a_token_that_is_always_rejected_ends_in_an_error(
    app_server: Any, caller_of: Any, call: Call, status: int, body: dict
) -> None:
    server = app_server(lambda _: (status, body))
    with pytest.raises(TokenError) as caught:
        caller_of(server).call(call)
    assert not caught.value.may_have_taken_effect
    assert (len(server.work_tokens), server.token_calls) == (2, 2)


def test_sixteen_threads_with_a_revoked_token_make_one_token_call(sandbox: RunningSandbox, ding: DingTalk) -> None:
    person = sandbox.state.users(1)[0]["userid"]
    ding.call("/topapi/v2/user/get", {"userid": person})
    with sandbox.state.lock:
        sandbox.state.tokens.revoke()
    start = threading.Barrier(16)

    def work(_: int) -> int:
        start.wait()
        return ding.call("/topapi/v2/user/get", {"userid": person})["errcode"]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16))) == [0] * 16
    assert token_calls(sandbox) == 2


def test_threads_waiting_for_a_failing_token_call_raise_separate_errors(app_server: Any, caller_of: Any) -> None:
    server = app_server(token=lambda _: (400, {"code": "invalidClientIdOrSecret"}))
    caller = caller_of(server)
    start = threading.Barrier(8)

    def work(_: int) -> DingError:
        start.wait()
        with pytest.raises(CredentialsError) as caught:
            caller.token()
        return caught.value

    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(work, range(8)))
    assert len({id(error) for error in errors}) == 8


@pytest.mark.parametrize(("endpoint", "code"), [("api", "invalidClientIdOrSecret"), ("oapi", "40096")])
def test_a_wrong_secret_is_a_credentials_error(
    sandbox: RunningSandbox, clock: VirtualClock, endpoint: Any, code: str
) -> None:
    hosts = Hosts(sandbox.base_url, sandbox.base_url)
    app = App(sandbox.settings.app_key, Secret(SECRET), 1)
    ding = DingTalk(app, hosts, origin=Origin("arguments"), clock=clock, token_endpoint=endpoint)
    with ding, pytest.raises(CredentialsError) as caught:
        ding.token()
    assert caught.value.code == code
    assert not caught.value.may_have_taken_effect
    assert caught.value.repeat is Repeat.NEVER
    assert "app secret" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_code_40001_of_the_token_call_is_always_a_credentials_error(app_server: Any, caller_of: Any) -> None:
    server = app_server(token=lambda _: (200, {"errcode": 40001, "errmsg": f"bad {SECRET}", "request_id": "r1"}))
    with pytest.raises(CredentialsError) as caught:
        caller_of(server, "oapi").call(WORK)
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):  # noqa: S301 - its own
        assert type(error) is CredentialsError
        assert (error.code, error.repeat, error.path, error.request_id) == ("40001", Repeat.NEVER, OLD_PATH, "r1")
        assert SECRET not in repr(vars(error)) + str(error)
    assert server.token_calls == 1
    assert server.work_tokens == []


BAD_TOKENS = [
    {"accessToken": "", "expireIn": 7200},
    {"accessToken": None, "expireIn": 7200},
    {"accessToken": 5, "expireIn": 7200},
    {"accessToken": "abcdefghij\r\nX: y", "expireIn": 7200},
    {"accessToken": "钉abcdefghij", "expireIn": 7200},
    {"accessToken": "abcdefghij" * 1_000, "expireIn": 7200},
    {"accessToken": "abcdefghij"},
    *(
        {"accessToken": "abcdefghij", "expireIn": life}
        for life in (0, -1, True, None, "²", "", 1.5, 10**15, "9" * 5_000)
    ),
]


@pytest.mark.parametrize("body", BAD_TOKENS, ids=lambda bad_body: repr(bad_body)[:60])
def test_an_unusable_token_answer_is_a_bad_answer_without_secrets(
    app_server: Any, caller_of: Any, body: dict, whole_of: Callable[[BaseException], str]
) -> None:
    server = app_server(token=lambda _: (200, body))
    with pytest.raises(BadAnswerError) as caught:
        caller_of(server).call(WORK)
    text = whole_of(caught.value)
    assert "abcdefghij" not in text
    assert SECRET not in text
    unusable = "expireIn" if body["accessToken"] == "abcdefghij" else "accessToken"
    assert f"without a usable {unusable}." in str(caught.value)


LEAKS: dict[str, tuple[int, Any]] = {
    "refused": (400, {"code": "invalidClientIdOrSecret", "message": f"secret {SECRET}"}),
    "half a JSON": (200, b'{"accessToken":"abcdefghij","expireIn":72'),
    "a page": (502, f"<html>{SECRET}</html>".encode()),
    "a token with an error": (500, {"accessToken": "abcdefghij"}),
}


@pytest.mark.parametrize("endpoint", ["api", "oapi"])
@pytest.mark.parametrize("answer", LEAKS.values(), ids=LEAKS)
def test_a_failing_token_call_reveals_neither_secret_nor_token(
    app_server: Any, caller_of: Any, answer: Any, endpoint: Any, whole_of: Callable[[BaseException], str], caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    server = app_server(token=lambda _: answer)
    with pytest.raises(DingError) as caught:
        caller_of(server, endpoint).call(WORK)
    for text in (whole_of(caught.value), caplog.text):
        assert "abcdefghij" not in text
        assert SECRET not in text


def test_an_unreachable_token_server_says_that_nothing_was_sent(app_server: Any, caller_of: Any) -> None:
    server = app_server()
    caller = caller_of(server)
    server.server.shutdown()
    server.server.server_close()
    with pytest.raises(UnreachableError):
        caller.call(WORK)


def test_an_interrupted_fetch_is_repeated_by_the_next_caller(app_server: Any, caller_of: Any, monkeypatch: Any) -> None:
    caller = caller_of(app_server())
    fetch = caller._tokens._request_token
    monkeypatch.setattr(caller._tokens, "_request_token", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        caller.token()
    monkeypatch.setattr(caller._tokens, "_request_token", fetch)
    assert caller.token().reveal() == "t1"


def test_no_output_contains_secret_or_token(ding: DingTalk, sandbox: RunningSandbox, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    token, secret = ding.token().reveal(), sandbox.settings.app_secret
    ding.call("/topapi/v2/user/get", {"userid": sandbox.state.users(1)[0]["userid"]})
    parts = [ding, ding._app, ding._caller, ding._transport, ding._caller._tokens, ding._caller._tokens._entry, sandbox]
    shown = [caplog.text, ding._repr_html_(), str(ding), json.dumps(sandbox.state.stats())]
    shown += [repr(part) for part in parts]
    shown += [repr(vars(part)) for part in parts if hasattr(part, "__dict__")]
    shown.append(json.dumps(sandbox.state.recorded_calls()))
    assert not [text for text in shown if token in text or secret in text]
    with pytest.raises(TypeError):
        pickle.dumps(ding)
