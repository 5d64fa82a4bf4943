"""
Callbacks over HTTP: who is registered, what is on its way, and what never arrived.

docs/dingtalk.md, "Callbacks", has the facts. An event is pushed at once, then 10 and 30 seconds later; what fails
three times is kept, and can be fetched once. Registrations and what is kept outlive a restart, what is still on its way
does not.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from dingnb.clock import seconds
from dingnb.sandbox.events.callback_post import Outcome, Post, Subscription
from dingnb.sandbox.events.events import Event, Spelling
from dingnb.sandbox.noting import Note, not_noted
from dingnb.sandbox.settings import SandboxSettings

MOST_FAILED = 200

_RETRIES_S = (10, 30)
# The spelling of each kind of subscription.
_KINDS: dict[str, Spelling] = {"callback": "legacy", "console": "console"}


@dataclass(frozen=True, slots=True)
class Failed:
    """
    An event that never arrived.

    Attributes:
        tag: Its type.
        at_ms: When it happened.
        payload: As the list of failed ones has it.
        from_ms: From when on it can be fetched.
    """

    tag: str
    at_ms: int
    payload: dict[str, Any]
    from_ms: int

    def shown(self) -> dict[str, Any]:
        """Return it as the API gives it."""
        return {"call_back_tag": self.tag, "event_time": self.at_ms, self.tag: self.payload}


@dataclass(slots=True, eq=False)
class Delivery:
    """
    An event on its way to one subscription.

    Attributes:
        kind: ``callback`` or ``console``.
        event: The event.
        text: As it is pushed.
        due_ns: When it is pushed next.
        tries: How often it was.
    """

    kind: str
    event: Event
    text: str
    due_ns: int
    tries: int = 0


class Callbacks:
    """
    The callbacks of one sandbox. Whoever uses it holds the lock of the sandbox's state.

    Args:
        settings: What the sandbox was told.
        look: Called when something is due at once.
        note: Notes what has to outlive a restart.
    """

    def __init__(self, settings: SandboxSettings, look: Callable[[], None], note: Note = not_noted) -> None:
        self._settings = settings
        self._look = look
        self._note = note
        self._subscriptions: dict[str, Subscription] = {}
        self._on_their_way: list[Delivery] = []
        self._failed: deque[Failed] = deque()
        self._nonces = self._arrived = 0

    @property
    def registration(self) -> Subscription | None:
        """What was registered through the API."""
        return self._subscriptions.get("callback")

    def subscribe(self, kind: str, subscription: Subscription | None) -> None:
        """Set where callbacks of a kind go; None is nowhere."""
        if subscription is None:
            self._subscriptions.pop(kind, None)
        else:
            self._subscriptions[kind] = subscription

    @property
    def setting(self) -> str:
        """All subscriptions as a text, for `restore`."""
        return json.dumps({kind: asdict(one) for kind, one in self._subscriptions.items()})

    def restore(self, setting: str) -> None:
        """
        Take the subscriptions from a `setting`; an empty one has none.

        Raises:
            TypeError, ValueError, AttributeError: It is no such text.
        """
        found = json.loads(setting) if setting else {}
        self._subscriptions = {kind: Subscription(**{**one, "tags": tuple(one["tags"])}) for kind, one in found.items()}

    def take(self, event: Event, spelling: Spelling | None, now_ns: int) -> list[str]:
        """Push an event to all who want it; return to which kinds of subscription it goes."""
        kinds = [kind for kind, one in self._subscriptions.items() if one.wants(event.type)]
        for kind in kinds:
            spelled = event.spelled(spelling or _KINDS[kind])
            text = json.dumps(spelled, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()
            self._on_their_way.append(Delivery(kind, event, text, now_ns))
        if kinds:
            self._look()
        return kinds

    def next(self, now_ns: int) -> tuple[Delivery, Post] | None:
        """Return what is to be pushed now; None where nothing is. What nobody wants any longer is forgotten."""
        self._on_their_way = [one for one in self._on_their_way if one.kind in self._subscriptions]
        for one in self._on_their_way:
            if now_ns >= one.due_ns:
                post = Post(self._subscriptions[one.kind], one.text, now_ns // 1_000_000, self.nonce())
                return one, post
        return None

    @property
    def due_ns(self) -> int | None:
        """When there is more to push."""
        return min((one.due_ns for one in self._on_their_way), default=None)

    def tried(self, delivery: Delivery, outcome: Outcome, now_ns: int) -> None:
        """Note what came of a push; nobody wants to know of one that is forgotten."""
        if delivery not in self._on_their_way:
            return
        if outcome != "success" and delivery.tries < len(_RETRIES_S):
            delivery.due_ns = now_ns + seconds(_RETRIES_S[delivery.tries])
            delivery.tries += 1
            return
        self._on_their_way.remove(delivery)
        self._arrived += outcome == "success"
        if outcome != "success" and delivery.kind == "callback":
            event, wait_s = delivery.event, self._settings.callback_failed_after_s
            self.fail(event.type, event.at_ms, event.missed, (now_ns + seconds(wait_s)) // 1_000_000)

    def fail(self, tag: str, at_ms: int, payload: dict[str, Any], from_ms: int) -> None:
        """Keep an event that never arrived."""
        self._note("missed", tag, at_ms, payload, from_ms)
        self._failed.append(Failed(tag, at_ms, payload, from_ms))

    def fetch(self, now_ns: int) -> tuple[list[Failed], bool]:
        """Return the oldest that can be fetched by now, which are gone then, and whether there are more."""
        ready = [one for one in self._failed if one.from_ms <= now_ns // 1_000_000]
        given = ready[:MOST_FAILED]
        if given:
            self._note("fetched", now_ns)
            gone = set(map(id, given))
            self._failed = deque(one for one in self._failed if id(one) not in gone)
        return given, len(ready) > len(given)

    def nonce(self) -> str:
        """Return a nonce of eight letters and digits."""
        self._nonces += 1
        return blake2b(f"{self._settings.seed} nonce {self._nonces}".encode(), digest_size=4).hexdigest()

    def shown(self) -> dict[str, Any]:
        """Return what the control API shows: nothing secret."""
        shown = {kind: self._subscriptions.get(kind) for kind in _KINDS}
        return {
            **{kind: one and {"url": one.url, "tags": list(one.tags)} for kind, one in shown.items()},
            "arrived": self._arrived,
            "on_their_way": [
                {"kind": one.kind, "type": one.event.type, "event_id": one.event.id, "tries": one.tries}
                for one in self._on_their_way
            ],
            "failed": len(self._failed),
        }
