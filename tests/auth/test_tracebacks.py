"""No frame in the traceback of an error or interrupt has a secret in its variables, in dingnb or in requests."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import keyring
import pytest

import dingnb
from dingnb.api import callbacks, robot
from dingnb.api.stream import OPEN, request_endpoint
from dingnb.auth import App, Caller, Secret, TokenSource, find_credentials, profiles
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import DingError, InputError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Call, Hosts, Route, Transport
from tests.memory_keyring import BrokenKeyring, ForgetfulKeyring
from tests.secret_leaks import find_leaks, interrupt_at_call, interrupt_each_call
from tests.table_rows import for_each

SECRET = "secret/of+this=app"
TOKEN = "token/of+this=app"
KEYS = ("token-of-the-callback", "k" * 42 + "Q")
TICKET, SESSION = "ticket/of+a=stream", "session/of+a=chat"
ALL = (SECRET, TOKEN, *KEYS, TICKET, SESSION)

ANSWERS: dict[str, Any] = {
    "/v1.0/oauth2/accessToken": {"accessToken": TOKEN, "expireIn": 7200},
    "/gettoken": {"errcode": 0, "access_token": TOKEN, "expires_in": 7200},
    "/call_back/get_call_back": {
        "errcode": 0, "url": "http://x/", "call_back_tag": ["a"], "token": KEYS[0], "aes_key": KEYS[1],
    },
    "/v1.0/gateway/connections/open": {"endpoint": "wss://127.0.0.1:9/x", "ticket": TICKET},
}  # fmt: skip


class Server(ThreadingHTTPServer):
    """Answers like DingTalk, or with the status and body in `other`; None closes the connection."""

    daemon_threads = True
    other: dict[str, tuple[int, bytes] | None]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Do not wait for interrupted clients."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path = self.path.partition("?")[0]
        fine = json.dumps(ANSWERS.get(path, {"errcode": 0, "asked": asked, "sent": self.path})).encode()
        answer = self.server.other.get(path, (200, fine))
        if answer is None:
            self.close_connection = True
            return
        sent = f"{self.path} {unquote(self.path)} {self.headers['x-acs-dingtalk-access-token']} {asked}"
        content = answer[1].replace(b"QUOTED", sent.replace('"', "'").encode())
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 - http.server's own name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(running: Server) -> Server:
    running.other = {}
    return running


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def transport(url: str) -> Iterator[Transport]:
    made = Transport(Route(Hosts(url, url)))
    yield made
    made.close()


leaves_sockets = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""An interrupt inside urllib3 leaves a socket to be closed by the garbage collector, and may also occur there."""

APP = App("dingapp", Secret(SECRET), 1)
KEPT = CallbackKeys(*map(Secret, KEYS))
CHAT = Secret(f"https://x/?session={SESSION}")


def caller(transport: Transport, url: str, endpoint: Any = "api") -> Caller:
    """Return a client that has not fetched its token yet."""
    return Caller(transport, TokenSource(APP, transport, Hosts(url, url), clock=VirtualClock(), endpoint=endpoint))


@leaves_sockets
@pytest.mark.parametrize("endpoint", ["api", "oapi"])
def test_an_interrupt_while_connecting_or_fetching_the_token_reveals_no_secret(url: str, endpoint: Any) -> None:
    def act() -> None:
        hosts = {"oapi_base_url": url, "api_base_url": url}
        clock = VirtualClock()
        dingnb.connect(app_key="dingapp", app_secret=SECRET, clock=clock, token_endpoint=endpoint, **hosts).token()

    found = dict(interrupt_each_call(act, *ALL, step=31, wraps=dingnb.connect))
    assert len(found) > 50
    assert {at: places for at, places in found.items() if places} == {}


CALLS: dict[str, Any] = {
    "/v1.0/oauth2/accessToken": lambda ask, _: ask.token(),
    "/topapi/x": lambda ask, _: ask.call(Call("/topapi/x", {"a": 1}, {"b": "2"})),
    "/v1.0/x": lambda ask, _: ask.call(Call("/v1.0/x", {"a": 1})),
    callbacks.REGISTER: lambda ask, _: callbacks.register(ask, "http://x/", ("a",), KEPT),
    callbacks.GET: lambda ask, _: callbacks.get(ask),
    OPEN: lambda _, transport: request_endpoint(transport, APP, [("EVENT", "*")]),
    robot.SEND_BY_SESSION: lambda _, transport: robot.send_reply(transport, CHAT, {"a": 1}),
}


@leaves_sockets
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_interrupt_during_a_call_reveals_no_secret(url: str, transport: Transport, call: Any) -> None:
    found = dict(interrupt_each_call(lambda: call(caller(transport, url), transport), *ALL, step=29))
    assert len(found) > 25
    assert {at: places for at, places in found.items() if places} == {}


FAILURES: dict[str, tuple[int, bytes] | None] = {
    "no answer": None,
    "a page that quotes": (502, b"<html>QUOTED"),
    "half": (200, json.dumps({"accessToken": TOKEN, "access_token": TOKEN, "ticket": TICKET}).encode()[:-1]),
    "no life": (200, json.dumps({"errcode": 0, "accessToken": TOKEN, "access_token": TOKEN}).encode()),
    "no gateway": (200, json.dumps({"errcode": 0, "ticket": TICKET, "endpoint": "ws://elsewhere"}).encode()),
    "no tags": (200, json.dumps({"errcode": 0, "url": "x", "token": KEYS[0], "aes_key": KEYS[1]}).encode()),
    "an error that quotes": (400, b'{"errcode": 40035, "code": "x", "errmsg": "QUOTED", "message": "QUOTED"}'),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_errors_of_calls_have_no_secret_in_their_frames(
    server: Server, url: str, transport: Transport, failure: Any
) -> None:
    calls = {**CALLS, "/gettoken": lambda _, transport: caller(transport, url, "oapi").token()}
    errors = {}
    for path, call in calls.items():
        server.other = {path: failure}
        try:
            call(caller(transport, url), transport)
        except DingError as error:
            errors[path] = error
    assert errors
    assert {path: found for path, error in errors.items() if (found := find_leaks(error, *ALL))} == {}


def test_connection_errors_contain_no_url_with_a_token() -> None:
    transport = Transport(Route(Hosts("http://127.0.0.1:9", "http://127.0.0.1:9")))
    for endpoint in ("api", "oapi"):
        with pytest.raises(DingError) as caught:
            caller(transport, "http://127.0.0.1:9", endpoint).token()
        assert find_leaks(caught.value, *ALL) == []


WRONG: dict[str, dict[str, Any]] = {
    "agent id": {"app_key": "k", "app_secret": SECRET, "agent_id": "five"},
    "the secret as agent id": {"app_key": "k", "app_secret": "s", "agent_id": f"{SECRET}"},
    "no key": {"app_secret": SECRET},
    "quotes": {"app_key": "k", "app_secret": f'"{SECRET}"'},
    "bytes": {"app_key": "k", "app_secret": SECRET.encode()},
    "a list": {"app_key": "k", "app_secret": [SECRET]},
    "a limit": {"app_key": "k", "app_secret": SECRET, "limits": 5},
    "a base URL": {"app_key": "k", "app_secret": SECRET, "oapi_base_url": "nowhere"},
    "a profile": {"app_secret": SECRET, "profile": "hr"},
    "the sandbox": {"target": "sandbox", "app_secret": SECRET},
}


@for_each("wrong", WRONG.values())
def test_errors_while_connecting_have_no_secret_in_their_frames(wrong: dict[str, Any]) -> None:
    with pytest.raises(DingError) as caught:
        dingnb.connect(**wrong)
    places = find_leaks(caught.value, SECRET)
    # A secret passed as another argument stays in the variable of that name.
    assert [place for place in places if not place.endswith((":agent_id", "check_integer:value"))] == []


def test_errors_while_connecting_do_not_show_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGTALK_APP_SECRET", SECRET)
    for name, value in (("APP_KEY", ""), ("AGENT_ID", "five"), ("API_BASE_URL", "nowhere"), ("PROFILE", "no such")):
        with monkeypatch.context() as patch:
            patch.setenv("DINGTALK_APP_KEY", "dingapp")
            patch.setenv(f"DINGTALK_{name}", value)
            profile = "no such" if name == "PROFILE" else None
            with pytest.raises(DingError) as caught:
                dingnb.connect(profile=profile)
            assert find_leaks(caught.value, SECRET) == [], name


def test_an_interrupt_while_looking_up_credentials_reveals_none() -> None:
    def act() -> None:
        find_credentials({"DINGTALK_APP_KEY": "k", "DINGTALK_APP_SECRET": SECRET}, app_secret=SECRET, agent_id=1)

    found = dict(interrupt_each_call(act, SECRET, wraps=find_credentials))
    assert len(found) > 20
    assert {at: places for at, places in found.items() if places} == {}


def test_no_frame_has_a_secret_while_profiles_are_saved_and_loaded() -> None:
    profile = profiles.Profile("hr", APP)

    def act() -> None:
        profiles.save(profile)
        profiles.check_name("hr", "dingapp")
        assert profiles.load("hr").app.app_secret.reveal() == SECRET
        profiles.delete("hr")

    found = dict(interrupt_each_call(act, SECRET, step=3))
    assert len(found) > 50
    assert {at: places for at, places in found.items() if places} == {}


def test_keyring_errors_have_no_secret_in_their_frames() -> None:
    profiles.save(profiles.Profile("hr", APP))
    keyring.get_keyring().set_password("dingnb", "profile hr", json.dumps({"app_key": 5, "app_secret": SECRET}))
    with pytest.raises(DingError) as caught:
        profiles.load("hr")
    assert find_leaks(caught.value, SECRET) == []
    for broken in (BrokenKeyring(), ForgetfulKeyring()):
        keyring.set_keyring(broken)
        with pytest.raises(DingError) as caught:
            profiles.save(profiles.Profile("hr", APP))
        assert find_leaks(caught.value, SECRET) == []


def test_callback_keys_are_wrapped_as_secrets_at_once(url: str) -> None:
    ding = dingnb.connect(app_key="dingapp", app_secret=SECRET, oapi_base_url=url, agent_id=1)
    keys = {"token": KEYS[0], "aes_key": f"{KEYS[1]}-"}
    for ask in (
        lambda: ding.callbacks.register("https://x.example/", ["a"], **keys),
        lambda: ding.callbacks.update("https://x.example/", ["a"], **keys),
        lambda: ding.callbacks.ensure("https://x.example/", ["a"], **keys),
        lambda: ding.receive(**keys),
        lambda: CallbackKeys(**keys),
    ):
        with pytest.raises(DingError) as caught:
            ask()
        assert find_leaks(caught.value, *KEYS) == []
    ding.close()


@leaves_sockets
def test_an_interrupt_while_opening_a_receiver_reveals_no_keys(url: str) -> None:
    with dingnb.connect(app_key="dingapp", app_secret=SECRET, oapi_base_url=url, clock=VirtualClock()) as ding:

        def act() -> None:
            ding.receive(token=KEYS[0], aes_key=KEYS[1], port=None).stop()

        # A first run, because the number of calls depends on previous imports.
        act()
        found = dict(interrupt_each_call(act, *ALL, step=5, wraps=DingTalk.receive))
    assert len(found) > 20
    assert {at: places for at, places in found.items() if places} == {}


def fail_inside(text: str) -> None:
    try:
        int(text)
    except ValueError:
        raise LookupError(text[:2]) from None


def test_cleared_frames_keep_lines_and_outer_variables() -> None:
    outside = KeyError("of the caller")
    try:
        raise outside
    except KeyError:
        with pytest.raises(LookupError, match="se") as caught, cleared_frames():
            fail_inside(SECRET)
    names, frames = [], caught.value.__traceback__
    while frames is not None:
        names.append((frames.tb_frame.f_code.co_name, SECRET in map(str, frames.tb_frame.f_locals.values())))
        frames = frames.tb_next
    assert names[-1] == ("fail_inside", False)
    assert caught.value.__context__ is outside
    assert caught.value.__cause__ is None


def test_dingnb_errors_stay_in_the_chain_and_others_do_not() -> None:
    def refuse(text: str) -> None:
        try:
            int(text)
        except ValueError as error:
            raise InputError(text[:2]) from error

    def explain(text: str) -> None:
        try:
            refuse(text)
        except InputError as error:
            raise LookupError(text[:2]) from error

    with pytest.raises(LookupError) as caught, cleared_frames():
        explain(SECRET)
    inner = caught.value.__cause__
    assert isinstance(inner, InputError)
    assert (inner.__cause__, inner.__context__) == (None, None)


@leaves_sockets
def test_the_call_works_again_after_an_interrupt(url: str, transport: Transport) -> None:
    ask = caller(transport, url)
    assert isinstance(interrupt_at_call(ask.token, 200)[1], KeyboardInterrupt)
    assert ask.token().reveal() == TOKEN
    assert ask.call(Call("/v1.0/x", {"a": 1}))["asked"] == '{"a": 1}'
