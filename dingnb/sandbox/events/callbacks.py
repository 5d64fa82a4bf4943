"""
Callbacks over HTTP: subscriptions, pushes with their retries, and failed deliveries.

See docs/dingtalk.md, "Callbacks". An event is pushed at once, encrypted, to this computer only, and the reply is
verified. A failed push is repeated after 10 seconds, and then after 30. If all three attempts fail for the callback
that was registered through the API, the event is stored and can be fetched once. Subscriptions and failed events
survive a restart, but deliveries in progress do not.
"""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from dingnb.clock import NS_PER_MS, NS_PER_S, SystemClock, seconds_to_ns
from dingnb.errors import CallbackError
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.sandbox.events.events import Event, EventFormat, compact_json
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.trusted_hosts import LOCALHOST, is_loopback

PushOutcome = Literal["success", "unreachable", "other reply"]
MAX_FETCHED = 200
"""The maximum number of failed events that one call returns."""

_RETRY_DELAYS_S = (10, 30)
"""The delays of the second and the third attempt."""

_FORMATS: Mapping[str, EventFormat] = {"callback": "legacy", "console": "console"}
"""
The default event format of each kind of subscription: ``callback`` is registered through the API, ``console`` is set in
the developer console.
"""

_MAX_REPLY_BYTES = 65_536
_SUCCESS = "success"
_OK = 200

_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
"""Characters that a URL may contain besides ASCII letters and digits; all other characters are percent-encoded."""

_LOCALHOST_ADDRESSES = ("127.0.0.1", "::1")
"""The addresses of localhost, which is the only accepted name and is never looked up."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    A subscription to callbacks.

    Attributes:
        url: The callback URL, on this computer.
        token: The token for signatures.
        aes_key: The encryption key.
        owner: The owner key that is part of the encrypted text.
        tags: The subscribed event types, which the API calls tags; empty for all.
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

    def includes(self, event_type: str) -> bool:
        """Return whether the subscription includes events of a type."""
        return not self.tags or event_type in self.tags


@dataclass(frozen=True, slots=True)
class CallbackPush:
    """
    One HTTP request that reports an event to a subscription.

    Attributes:
        subscription: The subscription.
        text: The text to encrypt.
        at_ms: The timestamp of the signature, in milliseconds since the epoch.
        nonce: The nonce of the signature.
    """

    subscription: Subscription
    text: str
    at_ms: int
    nonce: str


@dataclass(frozen=True, slots=True)
class FailedCallback:
    """
    An event whose delivery failed.

    Attributes:
        event_type: The event's type.
        at_ms: The event's time.
        payload: The event as returned in the list of failed events.
        from_ms: The time from which the event can be fetched.
    """

    event_type: str
    at_ms: int
    payload: dict[str, Any]
    from_ms: int

    def to_json(self) -> dict[str, Any]:
        """Return the failed event in the format of the API."""
        return {"call_back_tag": self.event_type, "event_time": self.at_ms, self.event_type: self.payload}


@dataclass(slots=True, eq=False)
class Delivery:
    """
    A delivery of an event to one subscription, in progress.

    Attributes:
        kind: The subscription's kind: ``callback`` or ``console``.
        event: The event.
        text: The text to encrypt.
        due_ns: The time of the next attempt.
        attempts: The number of past attempts.
    """

    kind: str
    event: Event
    text: str
    due_ns: int
    attempts: int = 0


class Callbacks:
    """
    The callbacks of one sandbox. Hold the lock of the sandbox's state while using it.

    Args:
        settings: The sandbox's settings.
        wake: Called when a delivery is due immediately.
        record_effect: Called when failed events are stored or fetched, so that the list survives a restart.
    """

    def __init__(
        self, settings: SandboxSettings, wake: Callable[[], None], record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._settings = settings
        self._wake = wake
        self._record_effect = record_effect
        self._subscriptions: dict[str, Subscription] = {}
        self._pending: list[Delivery] = []
        self._failed: list[FailedCallback] = []
        self._url_checks: dict[Subscription, PushOutcome] = {}
        self._nonce_count = self._delivered_count = 0

    @property
    def registration(self) -> Subscription | None:
        """The subscription registered through the API."""
        return self._subscriptions.get("callback")

    def record_url_check(self, subscription: Subscription, outcome: PushOutcome) -> None:
        """Record the outcome of the check of a URL, which precedes its registration."""
        self._url_checks[subscription] = outcome

    def last_url_check(self, subscription: Subscription) -> PushOutcome | None:
        """Return the outcome of the last check of a subscription's URL; None if the URL was not checked."""
        return self._url_checks.get(subscription)

    def subscribe(self, kind: str, subscription: Subscription | None) -> None:
        """Set the subscription for callbacks of a kind; None removes it."""
        if subscription is None:
            self._subscriptions.pop(kind, None)
        else:
            self._subscriptions[kind] = subscription

    @property
    def snapshot(self) -> str:
        """All subscriptions as text, for `restore`."""
        return json.dumps({kind: asdict(subscription) for kind, subscription in self._subscriptions.items()})

    def restore(self, snapshot: str) -> None:
        """
        Restore the subscriptions from a `snapshot`, which may be empty.

        Raises:
            LookupError, TypeError, ValueError, AttributeError: The text is not a valid snapshot.
        """
        subscriptions = json.loads(snapshot) if snapshot else {}
        self._subscriptions = {
            kind: Subscription(**{**stored, "tags": tuple(stored["tags"])}) for kind, stored in subscriptions.items()
        }

    def queue(self, event: Event, event_format: EventFormat | None, now_ns: int) -> list[str]:
        """Queue an event for all matching subscriptions, and return their kinds."""
        kinds = [kind for kind, subscription in self._subscriptions.items() if subscription.includes(event.type)]
        for kind in kinds:
            content = event.format_as(event_format or _FORMATS[kind])
            text = compact_json(content).encode(errors="replace").decode()
            self._pending.append(Delivery(kind, event, text, now_ns))
        if kinds:
            self._wake()
        return kinds

    def next_push(self, now_ns: int) -> tuple[Delivery, CallbackPush] | None:
        """
        Return the next delivery that is due, with a push that has a new nonce; None if no delivery is due.

        Deliveries whose subscription was removed are discarded.
        """
        self._pending = [delivery for delivery in self._pending if delivery.kind in self._subscriptions]
        for delivery in self._pending:
            if now_ns >= delivery.due_ns:
                push = CallbackPush(
                    self._subscriptions[delivery.kind], delivery.text, now_ns // NS_PER_MS, self.nonce()
                )
                return delivery, push
        return None

    @property
    def due_ns(self) -> int | None:
        """Time of the next attempt; None if there are no deliveries."""
        return min((delivery.due_ns for delivery in self._pending), default=None)

    def record_outcome(self, delivery: Delivery, outcome: PushOutcome, now_ns: int) -> None:
        """Record the outcome of a push; the outcome of a discarded delivery is ignored."""
        if delivery not in self._pending:
            return
        if outcome != "success" and delivery.attempts < len(_RETRY_DELAYS_S):
            delivery.due_ns = now_ns + seconds_to_ns(_RETRY_DELAYS_S[delivery.attempts])
            delivery.attempts += 1
            return
        self._pending.remove(delivery)
        self._delivered_count += outcome == "success"
        # Only the API of the registered callback returns failed events.
        if outcome != "success" and delivery.kind == "callback":
            event, wait_s = delivery.event, self._settings.callback_failed_after_s
            self.add_failed(
                event.type, event.at_ms, event.failed_payload, (now_ns + seconds_to_ns(wait_s)) // NS_PER_MS
            )

    def add_failed(self, event_type: str, at_ms: int, payload: dict[str, Any], from_ms: int) -> None:
        """Store an event whose delivery failed."""
        self._record_effect("add_failed_callback", event_type, at_ms, payload, from_ms)
        self._failed.append(FailedCallback(event_type, at_ms, payload, from_ms))

    def fetch(self, now_ns: int) -> tuple[list[FailedCallback], bool]:
        """Remove and return at most `MAX_FETCHED` failed events that are ready, oldest first, and whether more are."""
        fetched: list[FailedCallback] = []
        kept: list[FailedCallback] = []
        has_more = False
        for failure in self._failed:
            is_ready = failure.from_ms <= now_ns // NS_PER_MS
            if is_ready and len(fetched) < MAX_FETCHED:
                fetched.append(failure)
            else:
                kept.append(failure)
                has_more |= is_ready
        if fetched:
            self._record_effect("fetch_failed_callbacks", now_ns)
            self._failed = kept
        return fetched, has_more

    def nonce(self) -> str:
        """Return a new nonce of eight hexadecimal digits."""
        self._nonce_count += 1
        return blake2b(f"{self._settings.seed} nonce {self._nonce_count}".encode(), digest_size=4).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the state for the control API, whose keys clients rely on, without secrets."""
        subscriptions = {kind: self._subscriptions.get(kind) for kind in _FORMATS}
        return {
            **{
                kind: subscription and {"url": subscription.url, "tags": list(subscription.tags)}
                for kind, subscription in subscriptions.items()
            },
            "arrived": self._delivered_count,
            "on_their_way": [
                {
                    "kind": delivery.kind,
                    "type": delivery.event.type,
                    "event_id": delivery.event.id,
                    "tries": delivery.attempts,
                }
                for delivery in self._pending
            ],
            "failed": len(self._failed),
        }


class CallbackSender:
    """
    Sends callbacks to this computer, each with a deadline, without following redirects or using a proxy.

    Args:
        deadline_s: Seconds, in the computer's time, in which the complete reply must arrive, connecting included.
        signature_parameter: The query parameter with the signature of a push. The parameter with the time is
            ``timestamp`` for ``signature``, and ``timeStamp`` for ``msg_signature``.
    """

    def __init__(
        self, deadline_s: float, signature_parameter: Literal["signature", "msg_signature"] = "signature"
    ) -> None:
        self._deadline_s = deadline_s
        self._signature_parameter = signature_parameter
        self._timestamp_parameter = "timestamp" if signature_parameter == "signature" else "timeStamp"
        self._lock = threading.Lock()
        self._open_sockets: set[socket.socket] = set()
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def push(self, push: CallbackPush) -> PushOutcome:
        """Send a push once and return its outcome."""
        crypto = push.subscription.crypto
        encrypted = crypto.encrypt(push.text, timestamp=push.at_ms, nonce=push.nonce)
        query = {
            self._signature_parameter: encrypted["msg_signature"],
            self._timestamp_parameter: encrypted["timeStamp"],
            "nonce": encrypted["nonce"],
        }
        body = json.dumps({"encrypt": encrypted["encrypt"]}).encode()
        reply = self.post(push.subscription.url, body, {"Content-Type": "application/json"}, query)
        if reply is None:
            return "unreachable"
        return "success" if _is_success(crypto, *reply) else "other reply"

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> tuple[int, bytes] | None:
        """
        Post a body once to this computer, and return the status and the first 64 KiB of the reply.

        None means that the URL is not on this computer, that nothing could be sent, or that no reply came in time.
        """
        deadline_ns = SystemClock().monotonic_ns() + seconds_to_ns(self._deadline_s)
        for address in loopback_addresses(url):
            connection = _connect(url, address, _seconds_until(deadline_ns))
            # Once connected, no other address is tried: the connected address may have received the body.
            if connection is not None:
                return self._exchange(connection, url, query or {}, body, headers, deadline_ns)
        return None

    def cancel(self) -> None:
        """Abort requests in progress and refuse further requests."""
        with self._lock:
            self._cancelled.set()
            open_sockets = list(self._open_sockets)
        for connection_socket in open_sockets:
            _shut_down(connection_socket)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        url: str,
        query: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
        deadline_ns: int,
    ) -> tuple[int, bytes] | None:
        parts = urlsplit(url)
        fields = "&".join(filter(None, (parts.query, urlencode(query))))
        target = quote((parts.path or "/") + (f"?{fields}" if fields else ""), _URL_CHARACTERS)
        headers = {"Host": parts.netloc.rpartition("@")[2], **headers}
        try:
            with self._within_deadline(connection.sock, deadline_ns):
                connection.request("POST", target, body, headers)
                response = connection.getresponse()
                return response.status, response.read(_MAX_REPLY_BYTES)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    @contextmanager
    def _within_deadline(self, connection_socket: socket.socket, deadline_ns: int) -> Iterator[None]:
        """
        Close a connection at the deadline or when cancelled. Socket timeouts apply only to each single operation.

        Raises:
            TimeoutError: The deadline has passed, or `cancel` was called. A truncated reply may look complete.
        """
        deadline_passed = threading.Event()

        def end() -> None:
            deadline_passed.set()
            _shut_down(connection_socket)

        alarm = threading.Timer(_seconds_until(deadline_ns), end)
        with self._lock:
            if self._cancelled.is_set():
                raise TimeoutError
            self._open_sockets.add(connection_socket)
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            alarm.join()
            with self._lock:
                self._open_sockets.discard(connection_socket)
        if self._cancelled.is_set() or deadline_passed.is_set():
            raise TimeoutError


def is_url(text: object) -> bool:
    """Return whether a value is an HTTP or HTTPS URL."""
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def loopback_addresses(url: str) -> tuple[str, ...]:
    """Return the loopback addresses to which a URL refers; empty for any other host."""
    host = urlsplit(url).hostname or ""
    if host == LOCALHOST:
        return _LOCALHOST_ADDRESSES
    return (host,) if is_loopback(host) else ()


def _connect(url: str, address: str, timeout_s: float) -> http.client.HTTPConnection | None:
    """Return a connection to an address of a URL's host; None if connecting fails or takes too long."""
    parts = urlsplit(url)
    connection_class = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connection_class(address, parts.port, timeout=timeout_s)
    try:
        connection.connect()
    except (OSError, ValueError):
        connection.close()
        return None
    return connection


def _seconds_until(deadline_ns: int) -> float:
    """Return the remaining time; at least a millisecond, as zero would make a socket non-blocking."""
    return max(deadline_ns - SystemClock().monotonic_ns(), NS_PER_MS) / NS_PER_S


def _shut_down(connection_socket: socket.socket) -> None:
    with suppress(OSError):
        connection_socket.shutdown(socket.SHUT_RDWR)


def _is_success(crypto: CallbackCrypto, status: int, body: bytes) -> bool:
    if status != _OK:
        return False
    try:
        fields = json.loads(body)
        encrypted = [fields[name] for name in ("msg_signature", "timeStamp", "nonce", "encrypt")]
    except (ValueError, RecursionError, TypeError, KeyError):
        return False
    if not all(isinstance(part, str) for part in encrypted):
        return False
    try:
        return crypto.decrypt(*encrypted) == _SUCCESS
    except CallbackError:
        return False
