"""A Stream client for tests with real tickets and WebSockets, independent of dingnb's client."""

import json
from contextlib import suppress
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.sandbox.conftest import Client

OPEN = "/v1.0/gateway/connections/open"
EVENTS = ("EVENT", "*")
ROBOT = ("CALLBACK", "/v1.0/im/bot/messages/get")
CARD = ("CALLBACK", "/v1.0/card/instances/callback")
TIMEOUT_S = 10
_MAX_ATTEMPTS = 3_000


def subscribe(client: Client, *topics: tuple[str, str], **changed: object) -> dict[str, Any]:
    """Request a ticket."""
    fields = {
        "clientId": client.settings.app_key,
        "clientSecret": client.settings.app_secret,
        "subscriptions": [{"type": kind, "topic": topic} for kind, topic in topics or (EVENTS, ROBOT, CARD)],
        "localIp": "127.0.0.1",
        "ua": "tests/1.0",
        **changed,
    }
    answer = client.post(OPEN, json=fields)
    return {"status": answer.status_code, **answer.json()}


class Listener:
    """A connection of a client."""

    def __init__(self, client: Client, *topics: tuple[str, str]) -> None:
        opened = subscribe(client, *topics)
        self._opening = connect(f"{opened['endpoint']}?ticket={opened['ticket']}", proxy=None)

    def next(self) -> dict[str, Any]:
        """Return the next frame with its data parsed as JSON."""
        frame = json.loads(self.socket.recv(TIMEOUT_S))
        assert frame["specVersion"] == "1.0"
        return {**frame, "data": json.loads(frame["data"])}

    def answer(self, frame: dict[str, Any], data: object = None, code: int = 200, message: str = "OK") -> None:
        """Acknowledge a frame."""
        headers = {"messageId": frame["headers"]["messageId"], "contentType": "application/json"}
        data = {"status": "SUCCESS"} if data is None else data
        self.socket.send(json.dumps({"code": code, "message": message, "headers": headers, "data": json.dumps(data)}))

    def wait_for_end(self) -> bool:
        """Wait for the end of the connection; return whether it came."""
        with suppress(TimeoutError), suppress(ConnectionClosed):
            while True:
                self.socket.recv(TIMEOUT_S)
        return self.socket.state.name == "CLOSED"

    def __enter__(self) -> Self:
        self.socket = self._opening.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._opening.__exit__(*exception)


def stream_data(client: Client, **query: object) -> dict[str, Any]:
    """Return the control API's data about Stream."""
    return client.get("/_sandbox/stream", params=query).json()


def wait_for_count(client: Client, name: str, count: int) -> dict[str, Any]:
    """Wait until a count is reached, because the server reads clients' frames asynchronously, and return the data."""
    for _ in range(_MAX_ATTEMPTS):
        data = stream_data(client)
        value = data[name]
        if (value if isinstance(value, int) else len(value)) == count:
            return data
    message = f"{name} never was {count}: {data}"
    raise AssertionError(message)
