"""The client: connecting, its errors, and its display."""

import json
import traceback
import weakref
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import unquote

import jedi
import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk, calls_this_month, ledger_of
from dingnb.clock import NS_PER_S
from dingnb.errors import CredentialsError, InputError, LiveSendError, UnreachableError
from dingnb.sandbox import RunningSandbox
from dingnb.transport import OAPI
from tests.http_server import serving
from tests.table_rows import for_each

NAMES = ("DINGTALK_APP_KEY", "DINGTALK_APP_SECRET", "DINGTALK_AGENT_ID", "DINGTALK_OAPI_BASE_URL")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "DINGTALK_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


class _Foreign(BaseHTTPRequestHandler):
    answer: ClassVar[bytes] = b"<html>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    do_POST = do_GET  # noqa: N815 - the name that the server asks for


@pytest.fixture(
    params=[b"<html>", b"{}", b"[]", b'{"sandbox": "other"}', b'{"errcode": 0', b""], ids=map(str, range(6))
)
def foreign(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = type("Handler", (_Foreign,), {"answer": request.param})
    with serving(handler) as url:
        yield url


def connect(url: str) -> DingTalk:
    return dingnb.connect(
        app_key="dingabcdefghijkl", app_secret="not-a-secret", agent_id=5, oapi_base_url=url, api_base_url=url
    )


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="DINGTALK_APP_KEY, DINGTALK_APP_SECRET"):
        dingnb.connect()
    monkeypatch.setenv("DINGTALK_APP_KEY", "key")
    with pytest.raises(InputError, match="missing: DINGTALK_APP_SECRET") as caught:
        dingnb.connect()
    assert "sandbox" in caught.value.hint


def test_a_wrong_secret_is_reported_without_showing_it(sandbox: RunningSandbox) -> None:
    settings = sandbox.settings
    with dingnb.connect(
        app_key=settings.app_key,
        app_secret="wrong-and-private",
        agent_id=settings.agent_id,
        oapi_base_url=sandbox.base_url,
        api_base_url=sandbox.base_url,
    ) as ding:
        plan = ding.plan(pd.DataFrame({"userid": ["a"]}), dingnb.text("hi"))
        for ask in (ding.token, plan.send, lambda: ding.call("/topapi/v2/user/get", {"userid": "a"})):
            with pytest.raises(CredentialsError) as caught:
                ask()
            assert "wrong-and-private" not in str(caught.value)
            assert caught.value.__cause__ is None
    assert sandbox.state.messages() == []


def test_an_unreachable_host_is_reported(sandbox: RunningSandbox) -> None:
    sandbox.stop()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        connect(sandbox.base_url)


def test_a_server_that_does_not_identify_as_a_sandbox_is_not_called(foreign: str) -> None:
    with connect(foreign) as ding:
        assert ding.mode == "LIVE"
        plan = ding.plan(pd.DataFrame({"userid": ["a"]}), dingnb.text("hi"))
        with pytest.raises(LiveSendError, match="name"):
            plan.send(expect=1)
        with pytest.raises(LiveSendError, match="1 person"):
            plan.send("name")
        assert "[LIVE]" in repr(ding)
        assert "LIVE" in plan._repr_html_()


def test_a_missing_agent_id_is_reported_before_anything_is_read(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # That of another app.
    monkeypatch.setenv("DINGTALK_AGENT_ID", "7")
    with (
        dingnb.connect(
            app_key="key", app_secret="s", oapi_base_url=sandbox.base_url, api_base_url=sandbox.base_url
        ) as ding,
        pytest.raises(InputError, match=r"agent id is missing[^\0]*is used only for the app in DINGTALK_APP_KEY"),
    ):
        ding.plan(pd.DataFrame({"userid": ["a"]}), dingnb.text("hi"))


@pytest.mark.parametrize("target", ["live", "", 5])
def test_an_unknown_target_is_reported(target: Any) -> None:
    with pytest.raises(InputError, match=r"is not a valid target for connect\(\)\."):
        dingnb.connect(target)


@pytest.mark.parametrize("target", ["sandbx", "Sandbox", "sand box"])
def test_a_misspelled_target_suggests_the_sandbox(target: Any) -> None:
    with pytest.raises(InputError, match='did you mean "sandbox"'):
        dingnb.connect(target)


@pytest.mark.parametrize("path", ["topapi/user", "", "//host/x", "/x?y=1", "/x#y", "https://host/x"])
def test_an_argument_that_is_not_a_path_is_an_error(path: str, ding: DingTalk) -> None:
    with pytest.raises(InputError, match="is not a DingTalk API path"):
        ding.call(path)


@pytest.mark.parametrize("message", ["hi", None, {"msgtype": "text"}], ids=map(str, range(3)))
def test_a_value_that_is_not_a_message_is_reported(message: Any, ding: DingTalk) -> None:
    with pytest.raises(InputError, match="needs a message"):
        ding.plan(pd.DataFrame({"userid": ["a"]}), message)


def test_a_message_before_the_frame_is_refused_with_the_right_order(ding: DingTalk) -> None:
    frame, message = pd.DataFrame({"userid": ["a"]}), dingnb.text("hi")
    for call in (lambda: ding.plan(message, frame), lambda: ding.compose(message)):  # type: ignore[arg-type]
        with pytest.raises(InputError, match="Expected a DataFrame, not Message") as caught:
            call()
        assert "first, and then the message: ding.plan(frame, message)" in caught.value.hint


def test_a_connection_is_displayed_in_both_languages_without_secrets(ding: DingTalk, sandbox: RunningSandbox) -> None:
    for language, word, mode in (("en", "Servers", "SANDBOX"), ("zh", "服务器", "沙箱")):
        dingnb.set_language(language)
        for shown in (repr(ding), ding._repr_html_()):
            assert word in shown
            assert mode in shown
            for secret in (sandbox.settings.app_secret, sandbox.settings.app_key, ding.token().reveal()):
                assert secret not in shown


def test_the_sandbox_of_this_process_is_reused() -> None:
    first, again = dingnb.connect("sandbox", users=20), dingnb.connect("sandbox", users=20)
    assert first.sandbox is again.sandbox
    assert dingnb.connect("sandbox", users=21).sandbox is not first.sandbox


@pytest.mark.parametrize(
    "given", [{"app_key": "k"}, {"agent_id": 5}, {"profile": "hr"}, {"oapi_base_url": "http://127.0.0.1:1"}], ids=str
)
def test_arguments_that_the_sandbox_cannot_use_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(dingnb.InputError, match=next(iter(given))):
        dingnb.connect("sandbox", **given)


def test_sandbox_settings_are_refused_without_the_sandbox() -> None:
    with pytest.raises(dingnb.InputError, match="users"):
        dingnb.connect(users=5)


def test_a_closed_client_keeps_no_connections_and_can_open_new_ones(ding: DingTalk) -> None:
    people = len(ding.roles())
    pools = [weakref.ref(pool) for pool in ding._transport._session.get_adapter(OAPI)._pools.values()]
    ding.close()
    assert pools
    assert all(pool() is None for pool in pools)
    assert len(ding.roles(refresh=True)) == people


def test_tab_completion_lists_the_attributes_of_the_connection(ding: DingTalk) -> None:
    names = {completion.name for completion in jedi.Interpreter("ding.", [{"ding": ding}]).complete()}
    assert {"plan", "campaign", "campaigns", "exclusions"} <= names


QUERIES: dict[str, dict[str, Any]] = {
    "in the path": {"path": "/topapi/x?access_token=of-a-robot&mobile=13900000001"},
    "behind a #": {"path": "/topapi/x#access_token=of-a-robot"},
    "no mapping": {"path": "/topapi/x", "query": "access_token=of-a-robot"},
    "a list": {"path": "/topapi/x", "query": [("access_token", "of-a-robot")]},
    "bytes": {"path": "/topapi/x", "query": {"access_token": b"of-a-robot"}},
    "half a character": {"path": "/topapi/x", "query": {"access_token": "of-a-robot\ud800"}},
    "refused": {"path": "/topapi/x", "query": {"key": "of-a-robot", "mobile": "139/00000001", "n": "77"}},
}


class _Echoing(_Foreign):
    """Issues a token, and echoes every other request in an error, as an HTML page or a DingTalk error."""

    is_page = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = f"{self.path} {unquote(self.path)} 139/00000001"
        self.send_response(200)
        self.end_headers()
        if "accessToken" in self.path:
            self.wfile.write(b'{"accessToken": "t1", "expireIn": 7200}')
        else:
            self.wfile.write(said.encode() if self.is_page else json.dumps({"errcode": 40035, "errmsg": said}).encode())


@pytest.mark.parametrize("is_page", [True, False])
@for_each("arguments", QUERIES.values())
def test_errors_of_calls_do_not_show_the_query(arguments: dict[str, Any], *, is_page: bool) -> None:
    handler = type("Handler", (_Echoing,), {"is_page": is_page})
    with serving(handler) as url, connect(url) as ding, pytest.raises(dingnb.DingError) as caught:
        ding.call(**arguments)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
    assert not [secret for secret in ("of-a-robot", "139/", "139%", "13900", "n=77") if secret in shown]


def test_a_phone_is_a_frame_with_the_sandbox_s_page(ding: DingTalk, sandbox: RunningSandbox) -> None:
    phone = ding.phone("manager0001")
    assert repr(phone) == "<Phone of manager0001>"
    assert phone.url.startswith(f"{sandbox.base_url}/_sandbox/phone?userid=manager0001&key=")
    html = phone._repr_html_()
    assert f'src="{escape(phone.url)}"' in html
    assert "<script" not in html
    # Of a sandbox in another process, the address is asked for.
    settings = sandbox.settings
    with dingnb.connect(
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        agent_id=settings.agent_id,
        oapi_base_url=sandbox.base_url,
        api_base_url=sandbox.base_url,
    ) as other:
        assert other.sandbox is None
        assert other.phone("manager0001").url == phone.url
        assert "userid=%2F%26" in other.phone("/&").url


def test_only_the_sandbox_has_phones(foreign: str) -> None:
    with connect(foreign) as ding, pytest.raises(InputError, match="Only the sandbox") as caught:
        ding.phone("manager0001")
    assert "plan.test" in caught.value.hint


@for_each("userid", [None, 5, ["manager0001"], "\ud800", "", " "])
def test_a_phone_is_named_by_a_userid(ding: DingTalk, userid: Any) -> None:
    with pytest.raises(InputError, match="userid"):
        ding.phone(userid)


def test_calls_are_counted_for_the_month_of_the_ledger_s_clock(
    ding: DingTalk, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.call("/auth/scopes", method="GET")
    assert calls_this_month(ding)[0] == 1
    # The clock of a team's database may differ from DingTalk's.
    in_a_month_ns = 40 * 86_400 * NS_PER_S
    ledger_class = type(ledger_of(ding))
    monkeypatch.setattr(ledger_class, "now_ns", lambda _ledger, _clock, server_time: server_time() + in_a_month_ns)
    assert calls_this_month(connect_to(sandbox))[0] == 0


def test_a_body_that_cannot_be_sent_does_not_count_as_a_call(ding: DingTalk) -> None:
    with pytest.raises(InputError, match=r"body= cannot be converted to JSON: .*surrogates"):
        ding.call("/topapi/message/corpconversation/asyncsend_v2", {"userid_list": "\ud800"})
    assert calls_this_month(ding)[0] == 0
