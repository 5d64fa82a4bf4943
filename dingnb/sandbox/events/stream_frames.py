"""Frames of Stream, and the connections and pushes that the gateway manages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from dingnb.clock import NS_PER_MS, SystemClock
from dingnb.sandbox.events.events import compact_json

EVENT = "EVENT"
CALLBACK = "CALLBACK"
SYSTEM = "SYSTEM"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"

_OK = 200
_LATER = "LATER"

Topic = tuple[str, str]
"""A subscription: ``EVENT`` or ``CALLBACK``, and the topic."""


class ClientSocket(Protocol):
    """A client's socket. Its methods may be called from any thread and never block."""

    def send(self, text: str) -> None:
        """Send a text."""

    def close(self) -> None:
        """Close the socket after sending all queued texts."""

    def reset(self) -> None:
        """End the connection immediately with a TCP reset."""


@dataclass(slots=True, eq=False)
class ClientConnection:
    """
    A client's connection.

    Attributes:
        id: The connection id in frames.
        topics: The subscribed topics.
        socket: The client's socket.
        opened_ns: The time at which the connection was opened.
        ping_ns: The time of the next ping; None for never.
        expires_ns: The time at which the connection expires; None for never.
        closes_ns: The time at which the connection is closed; None until the disconnect frame was sent. Once this time
            is known, no pushes use the connection.
        is_ended: Whether the connection has been closed.
        pings: The opaque texts of unanswered pings, by message id.
        push_count: The number of pushes.
        acknowledged_count: The number of acknowledged pushes.
        answered_ping_count: The number of pings answered with the correct opaque text.
    """

    id: str
    topics: frozenset[Topic]
    socket: ClientSocket
    opened_ns: int
    ping_ns: int | None
    expires_ns: int | None
    closes_ns: int | None = None
    is_ended: bool = False
    pings: dict[str, str] = field(default_factory=dict)
    push_count: int = 0
    acknowledged_count: int = 0
    answered_ping_count: int = 0

    @property
    def due_ns(self) -> int | None:
        """Time of the next action; None if no action is scheduled."""
        if self.closes_ns is not None:
            return None if self.is_ended else self.closes_ns
        return min((at_ns for at_ns in (self.ping_ns, self.expires_ns) if at_ns is not None), default=None)

    def to_json(self, to_iso: Callable[[int], str]) -> dict[str, Any]:
        """Return the data for the control API."""
        return {
            "id": self.id,
            "topics": sorted(map(list, self.topics)),
            "opened": to_iso(self.opened_ns),
            "is_leaving": self.closes_ns is not None,
            "pushed": self.push_count,
            "acknowledged": self.acknowledged_count,
            "pings_answered": self.answered_ping_count,
        }


@dataclass(slots=True, eq=False)
class Push:
    """
    A push of an event, a robot message or a card callback.

    Attributes:
        kind: ``EVENT`` or ``CALLBACK``.
        topic: The topic; ``*`` for events.
        headers: The headers that describe the content.
        data: The data as JSON.
        message_id: The id that the acknowledgement names.
        due_ns: The time of the next push, in the sandbox's time; None for never.
        connection: The connection that was used last.
        push_count: The number of pushes.
        unanswered_count: The number of pushes without acknowledgement, except on connections that broke.
        is_over: Whether the push was acknowledged or given up.
        sent_ns: The time of the last push, on the computer's monotonic clock; 0 before the first.
        on_end: Called when the push is over, with the acknowledgement, or None if the push was given up, and the time.
    """

    kind: str
    topic: str
    headers: dict[str, str]
    data: str
    message_id: str
    due_ns: int | None
    connection: ClientConnection | None = None
    push_count: int = 0
    unanswered_count: int = 0
    is_over: bool = False
    sent_ns: int = 0
    on_end: "Callable[[Acknowledgement | None, int], None] | None" = None

    @property
    def subscription(self) -> Topic:
        """The subscription required to receive the push."""
        return self.kind, self.topic

    @property
    def identity(self) -> dict[str, str]:
        """Topic, event type and event id, for the control API; the last two are empty for callbacks."""
        headers = self.headers
        return {
            "topic": self.topic,
            "event_type": headers.get("eventType", ""),
            "event_id": headers.get("eventId", ""),
        }

    def is_due(self, now_ns: int) -> bool:
        """Return whether the push is due."""
        return self.due_ns is not None and now_ns >= self.due_ns

    def postpone(self, until_ns: int) -> None:
        """Set the time from which the content may be pushed again."""
        self.due_ns = until_ns

    def record_push(self, connection: ClientConnection, until_ns: int | None) -> None:
        """Record that the content was pushed, and the time by which it must be acknowledged; None for no limit."""
        self.connection, self.due_ns = connection, until_ns
        self.sent_ns = SystemClock().monotonic_ns()
        self.push_count += 1
        connection.push_count += 1

    def finish(self, ack: "Acknowledgement | None", now_ns: int) -> None:
        """Record that the push is over: acknowledged, or given up if `ack` is None."""
        self.is_over = True
        if self.on_end is not None:
            self.on_end(ack, now_ns)

    def to_json(self) -> dict[str, Any]:
        """Return the data for the control API."""
        ids = {"message_id": self.message_id, "connection_id": "" if self.connection is None else self.connection.id}
        return {**self.identity, **ids, "pushes": self.push_count}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """
    A client's acknowledgement.

    Attributes:
        message_id: The id of the acknowledged frame.
        code: The code; 200 is success.
        message: The client's message.
        data: The data, parsed as JSON if possible.
    """

    message_id: str
    code: object
    message: object
    data: Any

    @property
    def is_later(self) -> bool:
        """Whether the client asks for another push."""
        status = self.data.get("status") if isinstance(self.data, dict) else None
        return isinstance(status, str) and status.upper() == _LATER

    @property
    def is_success(self) -> bool:
        """
        Whether the push succeeded: code 200, unless the client asks for another push.

        Other data do not matter: the official Python client echoes the event's data.
        """
        return self.code == _OK and not self.is_later

    @property
    def opaque(self) -> object:
        """The opaque text of the ping, as an answer repeats it; None in other acknowledgements."""
        return self.data.get("opaque") if isinstance(self.data, dict) else None

    def to_json(self) -> dict[str, Any]:
        """Return the data for the control API."""
        return {"message_id": self.message_id, "code": self.code, "message": self.message, "data": self.data}


def message_id(digits: str) -> str:
    """
    Return a message id in DingTalk's format, made from the first 26 of at least 26 hexadecimal digits.

    >>> message_id("213d841d97218bb26334170a7f00c7c7")
    '213d841d_418_18bb2633417_0a7f'
    """
    return f"{digits[:8]}_{int(digits[8:11], 16) % 1_000}_{digits[11:22]}_{digits[22:26]}"


def app_id(app_key: str) -> str:
    """Return the app id for frames. No API uses it."""
    return str(UUID(bytes=app_key.encode(errors="replace")[:16].ljust(16, b"-")))


def push_frame(push: Push, connection_id: str, now_ns: int) -> str:
    """Return the frame for an event or a callback."""
    headers = {
        "topic": push.topic,
        "messageId": push.message_id,
        "contentType": "application/json",
        "time": _ms(now_ns),
        "connectionId": connection_id,
        **push.headers,
    }
    return _frame_text(push.kind, headers, push.data)


def ping_frame(ping_id: str, opaque: str, now_ns: int) -> str:
    """Return a ping frame with a message id."""
    headers = {"topic": "ping", "messageId": ping_id, "contentType": "application/json", "time": _ms(now_ns)}
    return _frame_text(SYSTEM, headers, json.dumps({"opaque": opaque}))


def disconnect_frame(reason: str, now_ns: int) -> str:
    """Return a disconnect frame, which has no message id."""
    headers = {"topic": "disconnect", "contentType": "application/json", "time": _ms(now_ns)}
    return _frame_text(SYSTEM, headers, json.dumps({"reason": reason}))


def read_acknowledgement(text: str) -> Acknowledgement | None:
    """Return the acknowledgement that a client sent; None if the text is not an acknowledgement."""
    frame = _parse_json(text)
    headers = frame.get("headers") if isinstance(frame, dict) else None
    acknowledged_id = headers.get("messageId") if isinstance(headers, dict) else None
    if not isinstance(acknowledged_id, str):
        return None
    data = frame.get("data")
    return Acknowledgement(
        message_id=acknowledged_id,
        code=frame.get("code"),
        message=frame.get("message"),
        data=_parse_json(data) if isinstance(data, str) else data,
    )


def _frame_text(kind: str, headers: dict[str, str], data: str) -> str:
    return compact_json({"specVersion": "1.0", "type": kind, "headers": headers, "data": data})


def _parse_json(text: str) -> Any:  # noqa: ANN401 - what json.loads returns
    """Return a text parsed as JSON, or the text itself if it is not valid JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _ms(at_ns: int) -> str:
    return str(at_ns // NS_PER_MS)
