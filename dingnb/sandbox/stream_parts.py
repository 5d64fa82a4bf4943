"""What the Stream gateway is made of: a client's connection, and what is pushed through it."""

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
