"""Access control: programs on this computer may call the sandbox, web pages may not."""

import asyncio
import http.client
import json
import socket
import subprocess
import sys
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import dingnb
from dingnb.clock import VirtualClock
from dingnb.sandbox import SandboxSettings, create_app, start
from tests.sandbox.conftest import Client
from tests.sandbox.stream_client import subscribe
from tests.table_rows import for_each

JSON = {"content-type": "application/json"}
FAULT = json.dumps({"fault": "busy", "path": "/gettoken"})


def ask(
    place: tuple[str, int], path: str, headers: dict[str, str], method: str = "GET", body: str = ""
) -> tuple[int, dict[str, str], Any]:
    """Send a request with only these headers and return status, headers and body of the answer."""
    connection = http.client.HTTPConnection(*place, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())
    finally:
        connection.close()


def place_of(client: Client) -> tuple[str, int]:
    host, _, port = client.sandbox.base_url.removeprefix("http://").rpartition(":")
    return host, int(port)


@for_each(
    ("named", "answers"),
    [
        ("127.0.0.1:{port}", True),
        ("localhost:{port}", True),
        ("LOCALHOST.:{port}", True),
        ("[::1]:{port}", True),
        ("127.9.9.9:9000", True),
        ("localhost", True),
        ("rebound.example:{port}", False),
        ("localhost.example:{port}", False),
        ("127.0.0.1.example:{port}", False),
        ("localhost@rebound.example:{port}", False),
        ("rebound.example@localhost:{port}", False),
        ("rebound.example/localhost", False),
        ("192.0.2.1:{port}", False),
        ("0.0.0.0:{port}", False),
        ("localhost:port", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/_sandbox/messages", "/gettoken"])
def test_a_foreign_host_name_that_resolves_to_this_computer_is_refused(
    client: Client, path: str, named: str, *, answers: bool
) -> None:
    place = place_of(client)
    status, _, body = ask(place, path, {"host": named.format(port=place[1])})
    assert status == (200 if answers else 403)
    if not answers:
        assert repr(named.format(port=place[1])) in body["error"]


@pytest.mark.parametrize(
    ("headers", "answers"),
    [
        ({"origin": "http://{host}"}, True),
        ({"origin": "http://{host}", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://{host}"}, False),
        ({"origin": "http://localhost:8888"}, False),
        ({"origin": "http://127.0.0.1"}, False),
        ({"origin": "http://{host}.example"}, False),
        ({"origin": "https://site.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://{host}", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_a_page_from_another_site_is_refused_and_changes_nothing(
    client: Client, headers: dict[str, str], *, answers: bool
) -> None:
    place = place_of(client)
    host = f"{place[0]}:{place[1]}"
    sent = {"host": host, **{name: value.format(host=host) for name, value in headers.items()}}
    before = client.get("/_sandbox/stats").json()
    for method, path, body, more in (
        ("GET", "/_sandbox/messages", "", {}),
        ("POST", "/_sandbox/faults", FAULT, JSON),
        ("GET", f"/topapi/user/listadmin?access_token={client.token}", "", {}),
        ("OPTIONS", "/_sandbox/faults", "", {"access-control-request-method": "DELETE"}),
    ):
        status, answered, _ = ask(place, path, {**sent, **more}, method, body)
        assert (status != 403) is answers
        assert not [name for name in answered if name.startswith("access-control-")]
    if not answers:
        assert client.get("/_sandbox/stats").json() == before
        assert client.get("/_sandbox/faults").json() == []


def test_a_page_from_another_site_gets_no_stream(client: Client) -> None:
    opened = subscribe(client)
    url = f"{opened['endpoint']}?ticket={opened['ticket']}"
    for headers in ({"Origin": "https://site.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        with pytest.raises(InvalidStatus, match="403"), connect(url, proxy=None, additional_headers=headers):
            pass
    host, port = place_of(client)
    with socket.create_connection((host, port)) as wire:
        rebound = url.replace(f"{host}:{port}", f"rebound.example:{port}")
        with pytest.raises(InvalidStatus, match="403"), connect(rebound, sock=wire, proxy=None):
            pass
    # The ticket is still valid, and some clients send their own address.
    with connect(url, proxy=None, origin=f"http://{host}:{port}"):  # type: ignore[arg-type] # a plain text will do
        pass


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain;application/json",
    ],
)
def test_html_forms_cannot_control_the_sandbox(client: Client, content_type: str) -> None:
    place = place_of(client)
    headers = {"host": f"{place[0]}:{place[1]}", **({"content-type": content_type} if content_type else {})}
    for path, body in (("faults", FAULT), ("tokens/revoke", ""), ("clock", '{"advance_s": 9}'), ("reset", "")):
        status, _, answer = ask(place, f"/_sandbox/{path}", headers, "POST", body)
        assert (status, "application/json" in answer["error"]) == (415, True)
    assert client.get("/_sandbox/faults").json() == []
    assert client.call("/topapi/message/corpconversation/recall")["errcode"] != 40014
    as_json = {**headers, "content-type": "Application/JSON; charset=utf-8"}
    assert ask(place, "/_sandbox/faults", as_json, "POST", FAULT)[0] == 200


def test_a_sandbox_open_to_the_network_answers_only_to_its_address_and_the_given_name() -> None:
    with start(SandboxSettings(), VirtualClock(), host="0.0.0.0") as sandbox:  # noqa: S104 - what is tested
        port = int(sandbox.base_url.rpartition(":")[2])
        statuses = [
            ask(("127.0.0.1", port), "/_sandbox/stats", {"host": f"{name}:{port}"})[0]
            for name in ("127.0.0.1", "localhost", "0.0.0.0", "192.0.2.1", "rebound.example")  # noqa: S104
        ]
        assert statuses == [200, 200, 200, 403, 403]
        [note] = sandbox.notes
        assert str(note).startswith("Warning: --host 0.0.0.0")
    dingnb.set_language("zh")
    assert "警告" in str(note)
    for host in ("127.0.0.1", "localhost"):
        with start(SandboxSettings(), VirtualClock(), host=host) as sandbox:
            assert sandbox.notes == ()


@pytest.mark.parametrize(("hosts", "status"), [((), 403), (("Sandbox.test",), 200)])
def test_another_server_specifies_its_host_names(hosts: tuple[str, ...], status: int) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/_sandbox/stats", "query_string": b""}
    scope = {**scope, "headers": [(b"host", b"sandbox.test")], "server": ("10.0.0.1", 80)}
    asyncio.run(create_app(SandboxSettings(), VirtualClock(), hosts)(scope, receive, send))
    assert sent[0]["status"] == status


@pytest.mark.long
@pytest.mark.parametrize(("language", "warning"), [("en_US.UTF-8", "Warning: "), ("zh_CN.UTF-8", "警告：")])
def test_the_command_warns_about_network_access(language: str, warning: str) -> None:
    words = ["sandbox", "--port", "0", "--users", "3", "--host", "0.0.0.0"]  # noqa: S104 - what is tested
    command = [sys.executable, "-c", "import sys; from dingnb.cli.main import main; sys.exit(main())", *words]
    env = {"LC_ALL": language, "PATH": "", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("dingnb sandbox ready: ")
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert errors.startswith(f"{warning}--host 0.0.0.0")
