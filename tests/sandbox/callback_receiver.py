"""A receiver of callbacks for tests, based on the standard library and independent of dingnb's receiver."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from queue import Queue
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from dingnb.events.callbacks.crypto import CallbackCrypto
from tests.http_server import serving

TOKEN = "token-of-tests"
AES_KEY = "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
TIMEOUT_S = 10

Reply = Callable[["Receiver"], tuple[int, bytes]]


def success(receiver: "Receiver") -> tuple[int, bytes]:
    return 200, json.dumps(receiver.crypto.encrypt("success")).encode()


class Receiver:
    """
    A server that decrypts callbacks and answers as configured.

    Args:
        owner: The owner of the callbacks.
    """

    def __init__(self, owner: str = "dingsandboxcorp") -> None:
        self.crypto = CallbackCrypto(TOKEN, AES_KEY, owner)
        self.reply: Reply = success
        self.received: Queue[dict[str, Any]] = Queue()
        self.paths: list[str] = []
        self.release = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.paths.append(self.path)
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                signature = query.get("msg_signature") or query["signature"]
                timestamp = query.get("timeStamp") or query["timestamp"]
                encrypted = (signature, timestamp, query["nonce"], body["encrypt"])
                receiver.received.put(json.loads(receiver.crypto.decrypt(*encrypted)))
                status, content = receiver.reply(receiver)
                self.send_response(status)
                self.send_header("location", receiver.url)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._serving = serving(Handler)
        self.url = ""

    def next(self) -> dict[str, Any]:
        """Return the next event."""
        return self.received.get(timeout=TIMEOUT_S)

    def registration(self, *tags: str, **changed: object) -> dict[str, Any]:
        """Return the fields for registering it."""
        return {"call_back_tag": list(tags), "token": TOKEN, "aes_key": AES_KEY, "url": self.url, **changed}

    def __enter__(self) -> Self:
        self.url = f"{self._serving.__enter__()}/callback?a=1"
        return self

    def __exit__(self, *exception: object) -> None:
        self.release.set()
        self._serving.__exit__(None, None, None)
