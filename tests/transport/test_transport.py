import contextlib
import http.client as http_client
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dingnb.auth import Secret
from dingnb.auth.caller import _TokenAuthorization
from dingnb.auth.secret import Token
from dingnb.errors import (
    BadAnswerError,
    DingError,
    InputError,
    NoAnswerError,
    Repeat,
    UnreachableError,
)
from dingnb.transport import Call, Hosts, Route, Timeouts, Transport
from dingnb.transport import transport as transport_module
from dingnb.transport.route import MAX_IDLE_S

ESCAPED = "\\u0074ok+en\\/0123456789=abcdef"
CALL = Call("/topapi/x", {"a": "钉"})
TOKEN = "tok+en/0123456789=abcdef"
SECRET_FORMS = (TOKEN, "tok%2Ben%2F0123456789%3Dabcdef", "tok%2Ben/0123456789%3Dabcdef")


def http(body: bytes | str, status: int = 200, **headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Length": str(len(content)), "Connection": "close"}
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content


def shown_in(text: str) -> list[str]:
    return [form for form in SECRET_FORMS if form in text]


def authorization(call: Call = CALL) -> _TokenAuthorization:
    return _TokenAuthorization(call, Token(TOKEN, datetime(2027, 1, 1, tzinfo=UTC)), None)


def drip(head: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        pause = threading.Event()
        with contextlib.suppress(OSError):
            while not pause.wait(0.05):
                connection.sendall(b"x")

    return script


def hang(connection: socket.socket) -> None:
    connection.recv(1)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def redirect_without_end(connection: socket.socket) -> None:
    drip(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 999999999\r\n\r\n")(connection)


LOST = {
    "hangs": hang,
    "resets after the request": reset,
    "closes without a word": lambda _: None,
    "drips a body of known length": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"),
    "drips a body without end": drip(b"HTTP/1.1 200 OK\r\n\r\n"),
    "drips one chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n"),
    "drips a header": drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "drips the status line": drip(b""),
    "drips behind a redirect": redirect_without_end,
    "promises more than it sends": http('{"errcode":0}', Content_Length="4096"),
    "breaks a chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"errcode":0}',
    "does not speak HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "sends broken gzip": http(b"\x1f\x8bno", Content_Encoding="gzip"),
    "sends headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000,
    "sends a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
}


@pytest.mark.parametrize("script", LOST.values(), ids=LOST)
def test_a_missing_answer_leaves_the_effect_of_the_call_unknown(answer_of: Any, script: Any, whole_of: Any) -> None:
    with pytest.raises(NoAnswerError) as caught:
        answer_of(script, CALL, authorization())
    assert caught.value.may_have_taken_effect
    assert caught.value.repeat is Repeat.SOON
    assert "may have taken effect" in caught.value.hint
    assert "/topapi/x" in caught.value.what
    assert not shown_in(whole_of(caught.value))


def test_a_server_that_sends_too_slowly_is_abandoned_in_time(answer_of: Any) -> None:
    begun = time.monotonic()
    with pytest.raises(NoAnswerError, match="in time"):
        answer_of(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"), CALL)
    assert time.monotonic() - begun < 10


def test_a_huge_answer_is_not_read_completely(answer_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "_MAX_ANSWER_MB", 1)
    flood = http(b" " * (3 * 2**20))
    with pytest.raises(BadAnswerError, match="more than 1 MB") as caught:
        answer_of(flood, CALL)
    assert caught.value.may_have_taken_effect


def test_a_too_short_content_length_truncates_the_answer(answer_of: Any) -> None:
    with pytest.raises(BadAnswerError, match="not DingTalk's JSON"):
        answer_of(http('{"errcode":0}', Content_Length="5"), CALL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


UNREACHABLE = {
    "refused": lambda _: f"http://127.0.0.1:{free_port()}",
    "no such host": lambda _: "http://no-such-host.invalid",
    "TLS to a plain port": lambda url: url.replace("http:", "https:"),
}


@pytest.mark.parametrize("where", UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_call_that_was_never_sent_can_be_repeated(
    serve: Any, reach: Any, where: Any, monkeypatch: pytest.MonkeyPatch, whole_of: Any
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    url = where(server.url)
    with pytest.raises(UnreachableError) as caught:
        reach(url).call(CALL, authorization())
    assert not caught.value.may_have_taken_effect
    assert caught.value.repeat is Repeat.SOON
    assert url.partition("//")[2] in caught.value.what
    assert "DINGTALK_OAPI_BASE_URL" in caught.value.hint
    assert not shown_in(whole_of(caught.value))


@pytest.mark.parametrize(
    "proxy", ["ftp://127.0.0.1:1", "socks5://127.0.0.1:1", "http://:1", "http://user:pass@127.0.0.1:1"]
)
def test_an_unusable_proxy_is_reported_as_unreachable(
    reach: Any, monkeypatch: pytest.MonkeyPatch, proxy: str, whole_of: Any
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(UnreachableError) as caught:
        reach("http://ding.example").call(CALL, authorization())
    assert not shown_in(whole_of(caught.value))
    assert "pass" not in str(caught.value)


def test_a_proxy_from_the_environment_is_never_used_for_this_machine(
    serve: Any, reach: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(http('{"errcode":0,"by":"proxy"}'))
    server = serve(http('{"errcode":0,"by":"server"}'))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    assert reach(server.url).call(CALL)["by"] == "server"
    assert reach(server.url.replace("127.0.0.1", "localhost")).call(CALL)["by"] == "server"
    assert reach("http://ding.example").call(CALL)["by"] == "proxy"
    assert proxy.requests[0].startswith(b"POST http://ding.example/topapi/x ")


def test_a_redirect_is_not_followed(serve: Any, reach: Any, whole_of: Any) -> None:
    trap = serve(http('{"errcode":0}'))
    server = serve(http("", 307, Location=f"{trap.url}/topapi/x"))
    for path in ("/topapi/x", "/v1.0/x"):
        call = Call(path, {})
        with pytest.raises(BadAnswerError, match="redirect") as caught:
            reach(server.url).call(call, authorization(call))
        assert not shown_in(whole_of(caught.value))
    assert trap.requests == []


def test_the_old_api_gets_the_token_in_the_query_and_the_new_one_in_a_header(serve: Any, reach: Any) -> None:
    server = serve(http('{"errcode":0}'))
    for call in (Call("/topapi/x", {"名": 1}, {"q": "a b&c"}), Call("/v1.0/x", None, method="GET")):
        reach(server.url).call(call, authorization(call))
    old, new = server.requests
    assert old.startswith(b"POST /topapi/x?q=a+b%26c&access_token=tok%2Ben%2F0123456789%3Dabcdef HTTP/1.1\r\n")
    assert old.endswith('\r\n\r\n{"名": 1}'.encode())
    assert b"x-acs" not in old.lower()
    assert new.startswith(b"GET /v1.0/x HTTP/1.1\r\n")
    assert f"x-acs-dingtalk-access-token: {TOKEN}".encode() in new
    assert new.endswith(b"\r\n\r\n")
    assert b"cookie" not in new.lower()


def test_cookies_are_not_stored(serve: Any, reach: Any) -> None:
    server = serve(http('{"errcode":0}', Set_Cookie="a=b; Path=/"))
    transport = reach(server.url)
    transport.call(CALL)
    transport.call(CALL)
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("path", ["/topapi/a b", "/topapi/x\r\nHost: evil", "/topapi/钉", "/topapi/\x00"])
def test_an_unusual_path_does_not_break_the_request(serve: Any, reach: Any, path: str) -> None:
    server = serve(http('{"errcode":0}'))
    with contextlib.suppress(UnreachableError):
        reach(server.url).call(Call(path, {}), authorization())
    for request in server.requests:
        assert b"\nHost: evil" not in request


@pytest.mark.parametrize(
    "body",
    [{"a": object()}, {"a": float("nan")}, {"a": "\ud800"}, {"a": Secret("x")}, {"a": {1, 2}}],
    ids=range(5),
)
def test_a_body_that_cannot_be_json_is_refused_before_the_call(serve: Any, reach: Any, body: Any) -> None:
    server = serve(http('{"errcode":0}'))
    with pytest.raises(InputError, match="/topapi/x") as caught:
        reach(server.url).call(Call("/topapi/x", body), authorization())
    assert server.requests == []
    assert caught.value.__context__ is None


class KeepAlive:
    """Answers every request, and counts connections."""

    def __init__(self) -> None:
        self.connections = 0

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        while True:
            connection.sendall(http('{"errcode":0}', Connection=""))
            if not connection.recv(65_536):
                return


def test_a_connection_is_reused_while_fresh_and_renewed_after_idling(serve: Any, reach: Any) -> None:
    script = KeepAlive()
    transport = reach(serve(script).url)
    plain = Call("/topapi/x", None)
    transport.call(plain)
    transport.call(plain)
    assert script.connections == 1
    route = transport._session.get_adapter("https://oapi.dingtalk.com")
    (pool,) = (route.poolmanager.pools[key] for key in route.poolmanager.pools.keys())  # noqa: SIM118 - not iterable
    idle = next(connection for connection in pool.pool.queue if connection is not None)
    idle.idle_since -= MAX_IDLE_S + 0.1
    transport.call(plain)
    assert script.connections == 2


def test_a_stale_connection_that_breaks_leaves_the_effect_unknown(serve: Any, reach: Any) -> None:
    def once(connection: socket.socket) -> None:
        connection.sendall(http('{"errcode":0}', Connection=""))
        connection.recv(65_536)
        reset(connection)

    transport = reach(serve(once).url)
    transport.call(CALL)
    with pytest.raises(NoAnswerError):
        transport.call(CALL)


@pytest.fixture
def anonymous_tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS contexts for a server and a client without certificates."""
    contexts = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    for context in contexts:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("aNULL:@SECLEVEL=0")
    return contexts


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"], ids=["at once", "in the body"]
)
def test_tls_that_breaks_after_the_request_leaves_the_effect_unknown(
    serve: Any, anonymous_tls: tuple[ssl.SSLContext, ssl.SSLContext], begun: bytes
) -> None:
    server_context, client_context = anonymous_tls

    class Insecure(Route):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs, ssl_context=client_context)

    def script(connection: socket.socket) -> None:
        # The request is read here, since the server would parse the handshake as a request.
        plain = socket.socket(fileno=connection.detach())
        with server_context.wrap_socket(plain, server_side=True) as secure:
            assert secure.recv(65_536).startswith(b"POST /topapi/x")
            if begun:
                secure.sendall(begun)
            raw = socket.socket(fileno=secure.detach())
            with raw:
                raw.sendall(b"\x17\x03\x03\x00\x20" + b"garbage!" * 4)

    server = serve(script)
    server.reads = False
    url = server.url.replace("http:", "https:")
    route = Insecure(Hosts(url, url))
    route._environment = {host: {"proxies": {}, "verify": False} for host in route._environment}
    transport = Transport(route, timeouts=Timeouts(2, 2, 5))
    try:
        with pytest.raises(NoAnswerError) as caught:
            transport.call(CALL)
    finally:
        transport.close()
    assert caught.value.may_have_taken_effect


ECHOES = {
    "old error": http(f'{{"errcode":40014,"errmsg":"bad token {TOKEN}"}}'),
    "code": http(f'{{"errcode":88,"sub_code":"{TOKEN}","request_id":"{TOKEN}"}}'),
    "new error": http(f'{{"code":"X{TOKEN}","message":"{TOKEN}","requestid":"{TOKEN}"}}', 400),
    "quoted in a URL": http(f'{{"errcode":404,"errmsg":"no {SECRET_FORMS[1]} {SECRET_FORMS[2]}"}}'),
    "html": http(f"<html>no {TOKEN} {SECRET_FORMS[1]}</html>", 502),
    "escaped": http(f'{{"errcode":40014,"errmsg":"{ESCAPED}"}}'),
    "half a token answer": http('{"accessToken":"' + "f" * 32),
    "token answer without errcode": http('{"access_token": "' + "f" * 32 + '", "expires_in": 7200}'),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
def test_a_secret_echoed_by_a_server_is_not_shown(answer_of: Any, answer: bytes, caplog: Any, whole_of: Any) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DingError) as caught:
        answer_of(answer, CALL, authorization())
    assert not shown_in(whole_of(caught.value))
    assert "f" * 32 not in whole_of(caught.value)
    assert not shown_in(caplog.text)


@pytest.mark.parametrize("written", ["Zhang San & Co", "Zhang%20San%20%26%20Co", "Zhang+San+%26+Co"])
def test_a_query_value_echoed_by_a_server_is_not_shown(answer_of: Any, written: str) -> None:
    call = Call("/topapi/x", query={"name": "Zhang San & Co"})
    with pytest.raises(DingError) as caught:
        answer_of(http(f'{{"errcode":404,"errmsg":"no {written}"}}'), call, authorization(call))
    assert "no ***" in str(caught.value)
    assert "Zhang" not in str(caught.value)


def test_debug_logs_show_calls_without_secrets(answer_of: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    answer_of(http('{"errcode":0}'), CALL, authorization())
    assert "/topapi/x?access_token=***" in caplog.text
    assert not shown_in(caplog.text)


def test_http_debug_output_of_other_libraries_contains_no_calls_of_dingnb(
    answer_of: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http_client.HTTPConnection, "debuglevel", 1)
    answer_of(http('{"errcode":0}'), CALL, authorization())
    assert capsys.readouterr().out == ""


def test_a_malformed_header_that_quotes_the_token_is_not_logged(answer_of: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    answer = http('{"errcode":0}').replace(b"\r\n\r\n", b"\r\nno header but " + TOKEN.encode() + b"\r\n\r\n", 1)
    with contextlib.suppress(DingError):
        answer_of(answer, CALL, authorization())
    assert not shown_in(caplog.text)
