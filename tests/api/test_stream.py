"""Stream's tickets and the addresses that may receive them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dingnb.api.stream import OPEN, Endpoint, request_endpoint
from dingnb.auth import App, Secret
from dingnb.errors import BadAnswerError, CredentialsError
from dingnb.transport import Hosts, Route, Transport
from tests.transport.conftest import RawServer

APP = App("dingapp", Secret("secret-of-the-app"), None)


Ask = Callable[..., Endpoint]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Request a ticket from a server with this answer."""
    servers: list[RawServer] = []

    def asked(answer: dict[str, Any], status: str = "200 OK") -> Endpoint:
        content = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        servers.append(RawServer(head + content))
        url = servers[-1].url
        transport = Transport(Route(Hosts(url, url)))
        try:
            return request_endpoint(transport, APP, [("EVENT", "*")])
        finally:
            transport.close()
            [request] = servers[-1].requests
            assert b'"clientSecret": "secret-of-the-app"' in request

    yield asked
    for server in servers:
        server.stop()


@pytest.mark.parametrize(
    "endpoint",
    [
        "wss://wss-open-connection.dingtalk.com:443/connect",
        "wss://wss-open-connection-union.dingtalk.com/connect",
        "wss://gateway.example",
        "ws://127.0.0.1:8000/connect",
        "ws://localhost:8000/connect",
        "ws://[::1]:8000/connect",
    ],
)
def test_a_ticket_is_sent_over_tls_or_to_this_machine_only(ask: Ask, endpoint: str) -> None:
    found = ask({"endpoint": endpoint, "ticket": "a/b c&d=e"})
    assert found.address == endpoint
    assert found.query.reveal() == "ticket=a%2Fb+c%26d%3De"
    assert "a/b" not in repr(found)
    assert "%2F" not in repr(found)


def test_the_ticket_is_added_to_the_query_of_the_address(ask: Ask) -> None:
    found = ask({"endpoint": "wss://gateway.example/connect?zone=a", "ticket": "t-1"})
    assert (found.address, found.query.reveal()) == ("wss://gateway.example/connect", "zone=a&ticket=t-1")


@pytest.mark.parametrize(
    "endpoint",
    [
        None,
        5,
        "",
        "ws://gateway.example/connect",
        "ws://127.0.0.1.gateway.example/connect",
        "ws://127.0.0.1@gateway.example/connect",
        "http://127.0.0.1/connect",
        "https://gateway.example/connect",
        "wss://user:pass@gateway.example/connect",
        "wss://gateway.example/connect?a=b c",
        "wss://gateway.example/connect#part",
        "wss://gateway.example:0/",
        "wss://gateway.example:99999/",
        "wss://[::1/",
        "wss:///connect",
        "wss://gateway.example/a b",
        "wss://gateway.example/\r\nX: y",
        "wss://gateway.example/" + "a" * 1_000,
    ],
)
def test_no_ticket_is_sent_to_other_addresses(ask: Ask, endpoint: object) -> None:
    with pytest.raises(BadAnswerError, match="ticket was not sent"):
        ask({"endpoint": endpoint, "ticket": "t-1"})


@pytest.mark.parametrize("ticket", [None, 5, "", "t" * 4_097, ["t"], "half: \ud83d"])
def test_an_answer_without_a_ticket_is_an_error(ask: Ask, ticket: object) -> None:
    with pytest.raises(BadAnswerError, match="contains no ticket"):
        ask({"endpoint": "wss://gateway.example/connect", "ticket": ticket})


@pytest.mark.parametrize("code", ["authFailed", "invalidClientIdOrSecret", "InvalidAuthentication"])
def test_refused_credentials_are_reported_without_the_secret(
    ask: Ask, code: str, whole_of: Callable[[BaseException], str]
) -> None:
    with pytest.raises(CredentialsError) as caught:
        ask({"code": code, "message": "no: secret-of-the-app", "requestid": "R-1"}, "401 Unauthorized")
    assert (caught.value.code, caught.value.path) == (code, OPEN)
    assert "secret-of-the-app" not in whole_of(caught.value)
