"""
Callbacks over HTTP: subscriptions, deliveries in progress, and failed deliveries.

See docs/dingtalk.md, "Callbacks". An event is pushed at once and then after 10 and 30 seconds. If all three attempts
fail, it is stored and can be fetched once. Subscriptions and failed events survive a restart; deliveries in progress do
not.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from dingnb.clock import seconds
from dingnb.sandbox.events.callback_push import CallbackPush, Outcome, Subscription
from dingnb.sandbox.events.events import Event, Spelling
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.settings import SandboxSettings

MAX_FETCHED = 200

_RETRIES_S = (10, 30)
# The spelling of each kind of subscription.
_KINDS: dict[str, Spelling] = {"callback": "legacy", "console": "console"}


@dataclass(frozen=True, slots=True)
class FailedCallback:
    """
    An event whose delivery failed.

    Attributes:
        tag: The event's type.
        at_ms: The event's time.
        payload: The event as returned in the list of failed ones.
        from_ms: The time from which it can be fetched.
    """

    tag: str
    at_ms: int
    payload: dict[str, Any]
    from_ms: int

    def to_json(self) -> dict[str, Any]:
        """Return it in the format of the API."""
        return {"call_back_tag": self.tag, "event_time": self.at_ms, self.tag: self.payload}


@dataclass(slots=True, eq=False)
class Delivery:
    """
    A delivery of an event to one subscription, in progress.

    Attributes:
        kind: ``callback`` or ``console``.
        event: The event.
        text: The text to push.
        due_ns: The time of the next attempt.
        tries: The number of past attempts.
    """

    kind: str
    event: Event
    text: str
    due_ns: int
    tries: int = 0


class Callbacks:
    """
    The callbacks of one sandbox. Hold the lock of the sandbox's state while using it.

    Args:
        settings: The sandbox's settings.
        wake: Called when a delivery is due immediately.
        record_effect: Called for every change that must survive a restart.
    """

    def __init__(
        self, settings: SandboxSettings, wake: Callable[[], None], record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._settings = settings
        self._wake = wake
        self._record_effect = record_effect
        self._subscriptions: dict[str, Subscription] = {}
        self._pending: list[Delivery] = []
        self._failed: deque[FailedCallback] = deque()
        self._nonces = self._arrived = 0

    @property
    def registration(self) -> Subscription | None:
        """The subscription registered through the API."""
        return self._subscriptions.get("callback")

    def subscribe(self, kind: str, subscription: Subscription | None) -> None:
        """Set the subscription for callbacks of a kind; None removes it."""
        if subscription is None:
            self._subscriptions.pop(kind, None)
        else:
            self._subscriptions[kind] = subscription

    @property
    def setting(self) -> str:
        """All subscriptions as text, for `restore`."""
        return json.dumps({kind: asdict(one) for kind, one in self._subscriptions.items()})

    def restore(self, setting: str) -> None:
        """
        Restore the subscriptions from a `setting`, which may be empty.

        Raises:
            TypeError, ValueError, AttributeError: The text is not a valid setting.
        """
        found = json.loads(setting) if setting else {}
        self._subscriptions = {kind: Subscription(**{**one, "tags": tuple(one["tags"])}) for kind, one in found.items()}

    def push(self, event: Event, spelling: Spelling | None, now_ns: int) -> list[str]:
        """Push an event to all matching subscriptions and return their kinds."""
        kinds = [kind for kind, one in self._subscriptions.items() if one.wants(event.type)]
        for kind in kinds:
            spelled = event.spelled(spelling or _KINDS[kind])
            text = json.dumps(spelled, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()
            self._pending.append(Delivery(kind, event, text, now_ns))
        if kinds:
            self._wake()
        return kinds

    def next(self, now_ns: int) -> tuple[Delivery, CallbackPush] | None:
        """Return the next due delivery, or None. Deliveries without a subscription are discarded."""
        self._pending = [one for one in self._pending if one.kind in self._subscriptions]
        for one in self._pending:
            if now_ns >= one.due_ns:
                post = CallbackPush(self._subscriptions[one.kind], one.text, now_ns // 1_000_000, self.nonce())
                return one, post
        return None

    @property
    def due_ns(self) -> int | None:
        """Time of the next attempt; None if there are no deliveries."""
        return min((one.due_ns for one in self._pending), default=None)

    def record_outcome(self, delivery: Delivery, outcome: Outcome, now_ns: int) -> None:
        """Record the outcome of a push; one for a discarded delivery is ignored."""
        if delivery not in self._pending:
            return
        if outcome != "success" and delivery.tries < len(_RETRIES_S):
            delivery.due_ns = now_ns + seconds(_RETRIES_S[delivery.tries])
            delivery.tries += 1
            return
        self._pending.remove(delivery)
        self._arrived += outcome == "success"
        if outcome != "success" and delivery.kind == "callback":
            event, wait_s = delivery.event, self._settings.callback_failed_after_s
            self.fail(event.type, event.at_ms, event.missed, (now_ns + seconds(wait_s)) // 1_000_000)

    def fail(self, tag: str, at_ms: int, payload: dict[str, Any], from_ms: int) -> None:
        """Store an event whose delivery failed."""
        self._record_effect("missed", tag, at_ms, payload, from_ms)
        self._failed.append(FailedCallback(tag, at_ms, payload, from_ms))

    def fetch(self, now_ns: int) -> tuple[list[FailedCallback], bool]:
        """Remove and return the oldest failed events that can be fetched, and whether there are more."""
        ready = [one for one in self._failed if one.from_ms <= now_ns // 1_000_000]
        given = ready[:MAX_FETCHED]
        if given:
            self._record_effect("fetched", now_ns)
            gone = set(map(id, given))
            self._failed = deque(one for one in self._failed if id(one) not in gone)
        return given, len(ready) > len(given)

    def nonce(self) -> str:
        """Return a nonce of eight letters and digits."""
        self._nonces += 1
        return blake2b(f"{self._settings.seed} nonce {self._nonces}".encode(), digest_size=4).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the state for the control API, without secrets."""
        subscriptions = {kind: self._subscriptions.get(kind) for kind in _KINDS}
        return {
            **{kind: one and {"url": one.url, "tags": list(one.tags)} for kind, one in subscriptions.items()},
            "arrived": self._arrived,
            "on_their_way": [
                {"kind": one.kind, "type": one.event.type, "event_id": one.event.id, "tries": one.tries}
                for one in self._pending
            ],
            "failed": len(self._failed),
        }
