"""Pushes of callbacks over HTTP: encrypted, sent to this computer only, with the reply verified."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urlsplit

from dingnb.errors.callback import CallbackError
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.sandbox.web.trusted_hosts import LOCALHOST, is_loopback

Outcome = Literal["success", "unreachable", "other reply"]

_ANSWER_BYTES = 65_536
_SUCCESS = "success"
_OK = 200
# localhost is the only accepted name, and is never looked up.
_ADDRESSES_OF_LOCALHOST = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    A subscription to callbacks.

    Attributes:
        url: The callback URL, on this computer.
        token: The token for signatures.
        aes_key: The encryption key.
        owner: The owner key that is part of the encrypted text.
        tags: The subscribed event types; empty for all.
    """

    url: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    owner: str
    tags: tuple[str, ...]

    @property
    def crypto(self) -> CallbackCrypto:
        """Encryption and decryption with the subscription's keys."""
        return CallbackCrypto(self.token, self.aes_key, self.owner)

    def wants(self, tag: str) -> bool:
        """Return whether it includes events of a type."""
        return not self.tags or tag in self.tags


@dataclass(frozen=True, slots=True)
class CallbackPush:
    """
    One push.

    Attributes:
        subscription: The subscription that receives it.
        text: The text to encrypt.
        at_ms: The timestamp of the signature.
        nonce: The nonce of the signature.
    """

    subscription: Subscription
    text: str
    at_ms: int
    nonce: str


def is_url(text: object) -> bool:
    """Return whether a value is an HTTP or HTTPS URL."""
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def addresses(url: str) -> tuple[str, ...]:
    """Return the loopback addresses to which a URL refers; empty for any other host."""
    host = urlsplit(url).hostname or ""
    if host == LOCALHOST:
        return _ADDRESSES_OF_LOCALHOST
    return (host,) if is_loopback(host) else ()


class CallbackSender:
    """
    Sends callbacks, each with a deadline, without following redirects or using a proxy.

    Args:
        deadline_s: Seconds, in the computer's time, in which the complete reply must arrive.
        names: The names of the query parameters: ``signature`` with ``timestamp``, or ``msg_signature`` with
            ``timeStamp``.
    """

    def __init__(self, deadline_s: float, names: Literal["signature", "msg_signature"] = "signature") -> None:
        self._deadline_s = deadline_s
        self._names = (names, "timestamp" if names == "signature" else "timeStamp")
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._over = threading.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has been cancelled."""
        return self._over.is_set()

    def post(self, post: CallbackPush) -> Outcome:
        """Send a push once and return its outcome."""
        crypto = post.subscription.crypto
        sealed = crypto.encrypt(post.text, timestamp=post.at_ms, nonce=post.nonce)
        signature, timestamp = self._names
        query = {signature: sealed["msg_signature"], timestamp: sealed["timeStamp"], "nonce": sealed["nonce"]}
        body = json.dumps({"encrypt": sealed["encrypt"]}).encode()
        for address in addresses(post.subscription.url):
            answer = self._exchange(post.subscription.url, address, query, body)
            if answer is not None:
                return "success" if _is_success(crypto, *answer) else "other reply"
        return "unreachable"

    def cancel_waits(self) -> None:
        """Abort pushes in progress and refuse further ones."""
        with self._lock:
            self._over.set()
            under_way = list(self._open)
        for opened in under_way:
            _end(opened)

    def _exchange(self, url: str, address: str, query: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(address, parts.port, timeout=self._deadline_s)
        path = (parts.path or "/") + "?" + "&".join(filter(None, (parts.query, urlencode(query))))
        headers = {"Host": parts.netloc.rpartition("@")[2], "Content-Type": "application/json"}
        try:
            connection.connect()
            with self._within_deadline(connection.sock):
                connection.request("POST", path, body, headers)
                response = connection.getresponse()
                return response.status, response.read(_ANSWER_BYTES)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    @contextmanager
    def _within_deadline(self, opened: socket.socket) -> Iterator[None]:
        """
        Close a connection at its deadline. Socket timeouts apply only to each single operation.

        Raises:
            TimeoutError: The deadline has passed. A truncated reply may look complete.
        """
        too_late = threading.Event()

        def end() -> None:
            too_late.set()
            _end(opened)

        alarm = threading.Timer(self._deadline_s, end)
        with self._lock:
            if self._over.is_set():
                raise TimeoutError
            self._open.add(opened)
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            alarm.join()
            with self._lock:
                self._open.discard(opened)
        if self._over.is_set() or too_late.is_set():
            raise TimeoutError


def _end(opened: socket.socket) -> None:
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _is_success(crypto: CallbackCrypto, status: int, body: bytes) -> bool:
    if status != _OK:
        return False
    try:
        found = json.loads(body)
        reply = [found[name] for name in ("msg_signature", "timeStamp", "nonce", "encrypt")]
    except (ValueError, RecursionError, TypeError, KeyError):
        return False
    if not all(isinstance(one, str) for one in reply):
        return False
    try:
        return crypto.decrypt(*reply) == _SUCCESS
    except CallbackError:
        return False
