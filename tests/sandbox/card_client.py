"""Calls of the card API over real HTTP, as a client without dingnb makes them."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from queue import Queue
from typing import Any, Self

import requests

from tests.http_server import serving
from tests.sandbox.conftest import Client
from tests.sandbox.stream_client import TIMEOUT_S

HEADER = "x-acs-dingtalk-access-token"
CARD = "/v1.0/card/instances"
DELIVER = f"{CARD}/deliver"
CREATE_AND_DELIVER = f"{CARD}/createAndDeliver"
REGISTER = "/v1.0/card/callbacks/register"
BUTTONS = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema"
YES_NO = {"yes": "来", "no": "不来"}


def buttons(labels: dict[str, str] = YES_NO) -> str:
    """Return the variable with buttons that report presses."""
    return json.dumps(
        {"msgButtons": [{"text": text, "color": "blue", "id": key, "request": True} for key, text in labels.items()]},
        ensure_ascii=False,
    )


def space_id(*userids: str, kind: str = "IM_ROBOT") -> str:
    return "dtv1.card//" + ";".join(f"{kind}.{userid}" for userid in userids)


def fields(client: Client, *userids: str, **changed: object) -> dict[str, Any]:
    """Return the fields of a card for people; a changed field that is None is missing."""
    found = {
        "cardTemplateId": BUTTONS,
        "outTrackId": "dn-1",
        "callbackType": "STREAM",
        "cardData": {"cardParamMap": {"title": "团建", "markdown": "周五来吗？", "sys_full_json_obj": buttons()}},
        "openSpaceId": space_id(*userids),
        "imRobotOpenSpaceModel": {"supportForward": False},
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": client.settings.app_key},
        **changed,
    }
    return {name: value for name, value in found.items() if value is not None}


def ask(client: Client, path: str, body: object, method: str = "POST") -> requests.Response:
    return client.http.request(method, client.url(path), json=body, headers={HEADER: client.token}, timeout=10)


def send_card(client: Client, *userids: str, **changed: object) -> dict[str, Any]:
    """Create and deliver a card, and return the deliveries."""
    answer = ask(client, CREATE_AND_DELIVER, fields(client, *userids, **changed))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["success"] is True
    return body["result"]


def update(client: Client, out_track_id: str = "dn-1", **given: object) -> dict[str, Any]:
    answer = ask(client, CARD, {"outTrackId": out_track_id, **given}, "PUT")
    assert answer.status_code == 200, answer.text
    return answer.json()


def cards(client: Client, **query: object) -> list[dict[str, Any]]:
    return client.get("/_sandbox/cards", params=query).json()


def seen(client: Client, userid: str, out_track_id: str = "dn-1", name: str = "shown") -> dict[str, str]:
    """Return what a person sees on a card."""
    [card] = cards(client, out_track_id=out_track_id, userid=userid)
    return card["deliveries"][-1][name]


def register(client: Client, url: str, **changed: object) -> str:
    """Register a callback URL under the key ``key`` and return its secret."""
    answer = ask(client, REGISTER, {"callbackRouteKey": "key", "callbackUrl": url, **changed})
    return answer.json()["result"]["apiSecret"]


class CardReceiver:
    """A callback URL that answers as configured."""

    def __init__(self) -> None:
        self.received: Queue[tuple[dict[str, str], dict[str, Any]]] = Queue()
        self.replies: list[tuple[int, bytes]] = []
        self.release = threading.Event()
        self.is_blocking = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                receiver.received.put(({name.lower(): value for name, value in self.headers.items()}, body))
                if receiver.is_blocking:
                    receiver.release.wait(TIMEOUT_S)
                status, reply = receiver.replies.pop(0) if receiver.replies else (200, b"{}")
                self.send_response(status)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        self._serving = serving(Handler)
        self.url = ""

    def __enter__(self) -> Self:
        self.url = f"{self._serving.__enter__()}/cards"
        return self

    def __exit__(self, *exception: object) -> None:
        self.release.set()
        self._serving.__exit__(None, None, None)
