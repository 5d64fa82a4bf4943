"""What the Stream gateway is made of: a client's connection, and what is pushed through it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

Topic = tuple[str, str]
"""A subscription: ``EVENT`` or ``CALLBACK``, and the topic."""


class Link(Protocol):
    """A client's socket, as the gateway sees it; from any thread, and it never waits."""

    def send(self, text: str) -> None:
        """Send a text."""

    def close(self) -> None:
        """Close it after what was sent."""

    def reset(self) -> None:
        """End it at once, with a TCP reset."""


@dataclass(slots=True, eq=False)
class Line:
    """
    One connection of a client.

    Attributes:
        id: As the frames name it.
        topics: What it subscribes to.
        link: Its socket.
        opened_ns: When it was opened.
        ping_ns: When it is to be pinged; None is never.
        ends_ns: When it expires; None is never.
        closes_ns: When it is closed, after its disconnect frame; nothing new goes through it.
        is_ended: Whether it was closed.
        pings: The opaque texts of the pings that were not answered, by message id.
        pushed: How often something was pushed through it.
        acknowledged: How much of it was acknowledged.
        answered: How many pings were answered with their own opaque text.
    """

    id: str
    topics: frozenset[Topic]
    link: Link
    opened_ns: int
    ping_ns: int | None
    ends_ns: int | None
    closes_ns: int | None = None
    is_ended: bool = False
    pings: dict[str, str] = field(default_factory=dict)
    pushed: int = 0
    acknowledged: int = 0
    answered: int = 0

    @property
    def due_ns(self) -> int | None:
        """When there is something to do for it."""
        if self.closes_ns is not None:
            return None if self.is_ended else self.closes_ns
        return min((one for one in (self.ping_ns, self.ends_ns) if one is not None), default=None)

    def shown(self, iso: Callable[[int], str]) -> dict[str, Any]:
        """Return what the control API shows."""
        return {
            "id": self.id,
            "topics": sorted(map(list, self.topics)),
            "opened": iso(self.opened_ns),
            "is_leaving": self.closes_ns is not None,
            "pushed": self.pushed,
            "acknowledged": self.acknowledged,
            "pings_answered": self.answered,
        }


@dataclass(slots=True, eq=False)
class Push:
    """
    An event, a robot message or a card's callback on its way.

    Attributes:
        kind: ``EVENT`` or ``CALLBACK``.
        topic: ``*`` for events.
        headers: Those of its own: what it is and when it happened.
        data: Its data, as JSON.
        message_id: By which it is acknowledged.
        due_ns: From when on it may be pushed; once pushed, when it is pushed again; None is never.
        line: Through which it was pushed last.
        times: How often it was pushed.
        unanswered: How often of these in vain; a connection that broke does not count.
        is_over: Whether it was acknowledged, or given up.
    """

    kind: str
    topic: str
    headers: dict[str, str]
    data: str
    message_id: str
    due_ns: int | None
    line: Line | None = None
    times: int = 0
    unanswered: int = 0
    is_over: bool = False

    @property
    def subscription(self) -> Topic:
        """What a connection has to subscribe to."""
        return self.kind, self.topic

    @property
    def told(self) -> dict[str, str]:
        """What it is."""
        headers = self.headers
        return {
            "topic": self.topic,
            "event_type": headers.get("eventType", ""),
            "event_id": headers.get("eventId", ""),
        }

    def is_due(self, now_ns: int) -> bool:
        """Return whether it is to be pushed, or pushed again."""
        return self.due_ns is not None and now_ns >= self.due_ns

    def wait(self, until_ns: int) -> None:
        """Wait for a connection, from a time on."""
        self.due_ns = until_ns

    def sent(self, line: Line, until_ns: int | None) -> None:
        """Note that it was pushed, and is to be acknowledged until a time."""
        self.line, self.due_ns = line, until_ns
        self.times += 1
        line.pushed += 1

    def shown(self) -> dict[str, Any]:
        """Return what the control API shows."""
        line_id = "" if self.line is None else self.line.id
        return {**self.told, "message_id": self.message_id, "pushes": self.times, "connection_id": line_id}


EVENT = "EVENT"
CALLBACK = "CALLBACK"
SYSTEM = "SYSTEM"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"

_OK = 200
_LATER = "LATER"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """
    What a client answered.

    Attributes:
        message_id: To which frame.
        code: 200 is success.
        message: The client's words.
        data: As JSON has it; what is none, as it came.
    """

    message_id: str
    code: object
    message: object
    data: Any

    @property
    def is_later(self) -> bool:
        """Whether the client wants it again."""
        status = self.data.get("status") if isinstance(self.data, dict) else None
        return isinstance(status, str) and status.upper() == _LATER

    @property
    def is_success(self) -> bool:
        """Whether it need not come again: code 200, with any data; the official Python client echoes the event's."""
        return self.code == _OK and not self.is_later

    @property
    def opaque(self) -> object:
        """What the answer to a ping repeats."""
        return self.data.get("opaque") if isinstance(self.data, dict) else None

    def shown(self) -> dict[str, Any]:
        """Return what the control API shows."""
        return {"message_id": self.message_id, "code": self.code, "message": self.message, "data": self.data}


def message_id(digits: str) -> str:
    """
    Return a message id of the shape that DingTalk's have.

    >>> message_id("213d841d97218bb26334170a7f00c7c7")
    '213d841d_418_18bb2633417_0a7f'
    """
    return f"{digits[:8]}_{int(digits[8:11], 16) % 1_000}_{digits[11:22]}_{digits[22:26]}"


def frame(push: Push, connection_id: str, now_ns: int) -> str:
    """Return the frame of an event or a callback."""
    headers = {
        "topic": push.topic,
        "messageId": push.message_id,
        "contentType": "application/json",
        "time": _ms(now_ns),
        "connectionId": connection_id,
        **push.headers,
    }
    return _text(push.kind, headers, push.data)


def ping_frame(message_id: str, opaque: str, now_ns: int) -> str:
    """Return a ping."""
    headers = {"topic": "ping", "messageId": message_id, "contentType": "application/json", "time": _ms(now_ns)}
    return _text(SYSTEM, headers, json.dumps({"opaque": opaque}))


def disconnect_frame(reason: str, now_ns: int) -> str:
    """Return the frame after which a connection ends; it has no message id."""
    headers = {"topic": "disconnect", "contentType": "application/json", "time": _ms(now_ns)}
    return _text(SYSTEM, headers, json.dumps({"reason": reason}))


def read_acknowledgement(text: str) -> Acknowledgement | None:
    """Return what a client sent; None for what is none."""
    found = _json(text)
    headers = found.get("headers") if isinstance(found, dict) else None
    message_id = headers.get("messageId") if isinstance(headers, dict) else None
    if not isinstance(message_id, str):
        return None
    data = found.get("data")
    return Acknowledgement(
        message_id=message_id,
        code=found.get("code"),
        message=found.get("message"),
        data=_json(data) if isinstance(data, str) else data,
    )


def _text(kind: str, headers: dict[str, str], data: str) -> str:
    content = {"specVersion": "1.0", "type": kind, "headers": headers, "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _json(text: str) -> Any:  # noqa: ANN401 - what json.loads returns
    """Return a text as JSON has it; what is none, as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _ms(at_ns: int) -> str:
    return str(at_ns // 1_000_000)
