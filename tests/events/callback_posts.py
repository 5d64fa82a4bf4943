"""Posts to a receiver as DingTalk does, and invalid ones."""

import base64
import hmac
import http.client
import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from dingnb.clock import Clock
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.events.callbacks.receiver import Receiver

NS_PER_MS = 1_000_000


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Poster:
    """DingTalk, as seen by a receiver."""

    def __init__(self, receiver: Receiver, owner: str, clock: Clock, url: str = "") -> None:
        self.crypto = CallbackCrypto(receiver.token.reveal(), receiver.aes_key.reveal(), owner)
        self.clock = clock
        self.url = url or receiver.url

    def seal(self, event: object, *, off_ms: int = 0) -> dict[str, str]:
        """Sign and encrypt an event, at an offset from the current time."""
        now_ms = self.clock.now_ns() // NS_PER_MS + off_ms
        return self.crypto.encrypt(event if isinstance(event, str) else json.dumps(event), timestamp=now_ms)

    def post(self, sealed: dict[str, str], *, new_names: bool = False) -> Answer:
        names = ("msg_signature", "timeStamp") if new_names else ("signature", "timestamp")
        query = dict(zip(names, (sealed["msg_signature"], sealed["timeStamp"]), strict=True))
        body = json.dumps({"encrypt": sealed["encrypt"]}).encode()
        return send(f"{self.url}?{urlencode({**query, 'nonce': sealed['nonce']})}", body)

    def post_event(self, event: object, *, off_ms: int = 0) -> Answer:
        return self.post(self.seal(event, off_ms=off_ms))

    def decrypt_answer(self, answer: Answer) -> str:
        """Return the decrypted content of an answer, verified as DingTalk does."""
        fields: dict[str, str] = json.loads(answer.body)
        assert set(fields) == {"msg_signature", "timeStamp", "nonce", "encrypt"}
        return self.crypto.decrypt(fields["msg_signature"], fields["timeStamp"], fields["nonce"], fields["encrypt"])

    def post_robot_message(self, message: dict[str, Any], app_secret: str, *, off_ms: int = 0) -> Answer:
        stamp = str(self.clock.now_ns() // NS_PER_MS + off_ms)
        secret = app_secret.encode()
        sign = base64.b64encode(hmac.digest(secret, f"{stamp}\n{app_secret}".encode(), "sha256")).decode()
        return send(self.url, json.dumps(message).encode(), headers={"timestamp": stamp, "sign": sign})


def post_card(
    receiver: Receiver, data: object, now_ms: int, *, secret: str = "", signature: str = "", url: str = ""
) -> Answer:
    """Post a press on a card, signed as by DingTalk."""
    stamp = str(now_ms)
    key = (secret or receiver.card_secret.reveal()).encode()
    signed = signature or base64.b64encode(hmac.digest(key, stamp.encode(), "sha256")).decode()
    headers = {"x-ddpaas-signature-timestamp": stamp, "x-ddpaas-signature": signed}
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return send(url or receiver.url, body, headers=headers)


def send(url: str, body: bytes = b"", *, method: str = "POST", headers: dict[str, str] | None = None) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def send_raw(url: str, content: bytes) -> bytes:
    """Send some bytes, and return everything received until the connection ends."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
        connection.sendall(content)
        received = bytearray()
        try:
            while chunk := connection.recv(65_536):
                received += chunk
        except ConnectionResetError:
            pass  # The receiver closed the connection before it had read everything.
        return bytes(received)
