"""Fixtures for tests of the sandbox: sandboxes in virtual time, and a client that calls them over HTTP."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox, SandboxSettings, start

WORK = "/topapi/message/corpconversation/"


class Client:
    """Calls of one app to a sandbox over real HTTP, in virtual time."""

    def __init__(self, sandbox: RunningSandbox, clock: VirtualClock) -> None:
        self.sandbox = sandbox
        self.settings = sandbox.settings
        self.clock = clock
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = self.http.get(
            self.url("/gettoken"),
            params={"appkey": self.settings.app_key, "appsecret": self.settings.app_secret},
            timeout=10,
        ).json()["access_token"]

    def url(self, path: str) -> str:
        return self.sandbox.base_url + path

    def get(self, path: str, **options: object) -> requests.Response:
        return self.http.get(self.url(path), timeout=10, **options)

    def post(self, path: str, **options: object) -> requests.Response:
        if path.startswith("/_sandbox/"):
            # The control API requires this content type even for an empty body.
            options.setdefault("headers", {"content-type": "application/json"})
        return self.http.post(self.url(path), timeout=10, **options)

    def call(self, path: str, /, **fields: object) -> dict[str, Any]:
        return self.post(path, params={"access_token": self.token}, json=fields).json()

    def send(self, userids: list[str], content: str = "hello", **fields: object) -> dict[str, Any]:
        message = {"msgtype": "text", "text": {"content": content}}
        given = {"agent_id": self.settings.agent_id, "userid_list": ",".join(userids), "msg": message, **fields}
        return self.call(WORK + "asyncsend_v2", **given)

    def progress(self, task_id: int) -> dict[str, Any]:
        return self.call(WORK + "getsendprogress", agent_id=self.settings.agent_id, task_id=task_id)

    def result(self, task_id: int) -> dict[str, Any]:
        return self.call(WORK + "getsendresult", agent_id=self.settings.agent_id, task_id=task_id)

    def lists(self, task_id: int) -> dict[str, Any]:
        return self.result(task_id)["send_result"]

    def recall(self, task_id: int) -> dict[str, Any]:
        return self.call(WORK + "recall", agent_id=self.settings.agent_id, msg_task_id=task_id)

    def pass_time(self, duration_s: float) -> None:
        self.clock.advance(seconds_to_ns(duration_s))

    def messages(self) -> list[dict[str, Any]]:
        return self.get("/_sandbox/messages").json()

    def people(self, count: int, *, active: bool = True) -> list[str]:
        found = [person["userid"] for person in self.get("/_sandbox/users").json() if person["active"] is active]
        assert len(found) >= count
        return found[:count]


Starter = Callable[..., Client]


@pytest.fixture
def start_sandbox() -> Iterator[Starter]:
    """Start sandboxes with settings; names of limits have the prefix `limits_`."""
    running: list[Client] = []

    def start_one(clock: VirtualClock | None = None, **given: object) -> Client:
        changed = {name.removeprefix("limits_"): given.pop(name) for name in list(given) if name.startswith("limits_")}
        if changed:
            given["limits"] = dataclasses.replace(STANDARD, **changed)
        clock = clock or VirtualClock()
        client = Client(start(SandboxSettings(**given), clock), clock)
        running.append(client)
        return client

    yield start_one
    for client in running:
        client.http.close()
        client.sandbox.stop()


@pytest.fixture
def client(start_sandbox: Starter) -> Client:
    return start_sandbox()
