"""
The Stream gateway: tickets, connections, and pushes with their acknowledgements.

Sockets are passed in as `ClientSocket`. See docs/dingtalk.md, "Stream"; each assumption in that section is a field of
`SandboxSettings`. Pushes that wait for a client do not survive a restart.
"""

import random
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable
from hashlib import blake2b
from typing import Any, Literal

from dingnb.clock import NS_PER_MS, seconds_to_ns
from dingnb.sandbox.events.stream_frames import (
    EVENT,
    Acknowledgement,
    ClientConnection,
    ClientSocket,
    Push,
    Topic,
    disconnect_frame,
    message_id,
    ping_frame,
    push_frame,
    read_acknowledgement,
)
from dingnb.sandbox.records import newest
from dingnb.sandbox.settings import SandboxSettings

DisconnectMode = Literal["frame", "close", "reset"]
"""How connections end: after a disconnect frame, as with DingTalk; by closing; or by a TCP reset."""

_MAX_ACKNOWLEDGEMENTS = 10_000


class Gateway:
    """
    The gateway of the sandbox's app. Hold the lock of the sandbox's state while using it.

    Args:
        settings: The sandbox's settings.
        wake: Called when something may be due earlier than `run_due` returned.
    """

    def __init__(self, settings: SandboxSettings, wake: Callable[[], None]) -> None:
        self._settings = settings
        self._wake = wake
        self._random = random.Random(settings.seed)  # noqa: S311 - repeatable, and no secret
        self._counts: dict[str, int] = {}
        self._tickets: dict[str, tuple[frozenset[Topic], int]] = {}
        self._connections: dict[str, ClientConnection] = {}
        self._subscribed_topics: set[Topic] = set()
        self._waiting: deque[Push] = deque()
        self._sent: dict[str, Push] = {}
        self._pushes_by_message_id: OrderedDict[str, Push] = OrderedDict()
        self._acknowledgements: deque[dict[str, Any]] = deque(maxlen=_MAX_ACKNOWLEDGEMENTS)
        self._acknowledged_count = self._given_up_count = self._dropped_count = self._unreadable_count = 0

    def issue_ticket(self, topics: Iterable[Topic], now_ns: int) -> str:
        """Return a ticket for one connection with these subscriptions."""
        ticket = self._next_id("ticket")
        self._tickets[ticket] = frozenset(topics), now_ns + seconds_to_ns(self._settings.stream_ticket_lifetime_s)
        return ticket

    def connect(self, ticket: str, socket: ClientSocket, now_ns: int) -> ClientConnection | None:
        """Open a connection with a ticket; return None if the ticket is unknown, used or expired."""
        topics, expires_ns = self._tickets.pop(ticket, (frozenset(), now_ns))
        if now_ns >= expires_ns:
            return None
        settings = self._settings
        connection = ClientConnection(
            id=self._next_id("connection"),
            topics=topics,
            socket=socket,
            opened_ns=now_ns,
            ping_ns=_after(now_ns, settings.stream_ping_every_s),
            expires_ns=_after(now_ns, settings.stream_connection_lifetime_s),
        )
        self._connections[connection.id] = connection
        self._subscribed_topics |= topics
        return connection

    def remove(self, connection: ClientConnection, now_ns: int) -> None:
        """
        Remove a connection. Its unacknowledged pushes wait for another connection.

        If `stream_callback_repeat_s` is 0, robot messages and card callbacks of the connection are given up instead.
        """
        self._connections.pop(connection.id, None)
        for push in [sent for sent in self._sent.values() if sent.connection is connection][::-1]:
            del self._sent[push.message_id]
            if push.kind == EVENT or self._settings.stream_callback_repeat_s:
                push.postpone(now_ns)
                self._waiting.appendleft(push)
            else:
                self._give_up(push, now_ns)
        self._wake()

    def was_subscribed(self, topic: Topic) -> bool:
        """Return whether any connection has ever subscribed to a topic."""
        return topic in self._subscribed_topics

    def has_connection(self, topic: Topic) -> bool:
        """Return whether an open connection subscribes to a topic."""
        return bool(self._connections_for(topic))

    def emit(self, push: Push, now_ns: int) -> None:
        """
        Send a push as soon as there is a connection for it.

        Without one, and with more than `stream_max_pending` pushes waiting, the oldest waiting push is dropped.
        """
        self._waiting.append(push)
        self._register(push)
        if len(self._waiting) > self._settings.stream_max_pending and not self.has_connection(push.subscription):
            oldest = self._waiting.popleft()
            self._dropped_count += 1
            oldest.finish(None, now_ns)
        self._wake()

    def run_due(self, now_ns: int) -> int | None:
        """Do the work that is due and return the time at which to run again; None if nothing is scheduled."""
        for push in [sent for sent in self._sent.values() if sent.is_due(now_ns)]:
            self._repeat(push, now_ns)
        for connection in list(self._connections.values()):
            self._maintain(connection, now_ns)
        self._send_due_pushes(now_ns)
        due = [connection.due_ns for connection in self._connections.values()]
        due += [push.due_ns for push in (*self._sent.values(), *self._waiting) if not push.is_due(now_ns)]
        return min((at_ns for at_ns in due if at_ns is not None), default=None)

    def receive(self, connection: ClientConnection, text: str, now_ns: int) -> None:
        """Process a text from a client: an acknowledgement of a push or a ping."""
        ack = read_acknowledgement(text)
        if ack is None:
            self._unreadable_count += 1
            return
        opaque = connection.pings.pop(ack.message_id, None)
        push = self._pushes_by_message_id.get(ack.message_id)
        self._acknowledgements.append(_ack_to_json(ack, connection, push, now_ns))
        if opaque is not None:
            connection.answered_ping_count += ack.opaque == opaque
        elif push is not None:
            self._acknowledge(push, ack, now_ns)

    def disconnect(self, mode: DisconnectMode, ids: Collection[str] | None, now_ns: int) -> list[str]:
        """
        End all connections, or only the connections with these ids, and return the ids of the connections.

        In the mode ``frame``, connections end `stream_closes_after_s` later.
        """
        connections = [connection for connection in self._connections.values() if ids is None or connection.id in ids]
        for connection in connections:
            if mode == "frame":
                self._send_disconnect(connection, now_ns, "forced")
            else:
                self._end(connection, now_ns, reset=mode == "reset")
        self._wake()
        return [connection.id for connection in connections]

    def reset_connections(self) -> None:
        """End all connections immediately with a TCP reset."""
        for connection in self._connections.values():
            connection.socket.reset()

    def to_json(self, to_iso: Callable[[int], str], limit: int | None = None) -> dict[str, Any]:
        """Return the data for the control API: connections, pushes, counts, and the newest acknowledgements."""
        return {
            "connections": [connection.to_json(to_iso) for connection in self._connections.values()],
            "waiting": [push.to_json() for push in self._waiting],
            "unacknowledged": [sent.to_json() for sent in self._sent.values()],
            "acknowledged": self._acknowledged_count,
            "given_up": self._given_up_count,
            "dropped": self._dropped_count,
            "unreadable": self._unreadable_count,
            "acknowledgements": newest(self._acknowledgements, limit),
        }

    def _acknowledge(self, push: Push, ack: Acknowledgement, now_ns: int) -> None:
        if push.is_over:
            return
        if ack.is_success or (push.kind != EVENT and not ack.is_later):
            self._sent.pop(push.message_id, None)
            if push in self._waiting:
                self._waiting.remove(push)
            push.finish(ack, now_ns)
            self._acknowledged_count += 1
            if push.connection is not None:
                push.connection.acknowledged_count += 1
        elif push.message_id in self._sent:
            self._repeat(push, now_ns, is_delayed=True)
            self._wake()

    def _repeat(self, push: Push, now_ns: int, *, is_delayed: bool = False) -> None:
        """Schedule another attempt for a push, unless the maximum number of attempts is reached."""
        del self._sent[push.message_id]
        push.unanswered_count += 1
        if push.unanswered_count >= self._settings.stream_pushes:
            self._give_up(push, now_ns)
            return
        push.postpone(now_ns + seconds_to_ns(self._settings.stream_later_after_s) if is_delayed else now_ns)
        if self._settings.stream_message_id_on_repeat == "new":
            digest = blake2b(f"{push.message_id} {push.unanswered_count}".encode(), digest_size=16)
            push.message_id = message_id(digest.hexdigest())
            self._register(push)
        self._waiting.append(push)

    def _register(self, push: Push) -> None:
        """Remember the message id of a push for its acknowledgement; of too many ids, the oldest is forgotten."""
        self._pushes_by_message_id[push.message_id] = push
        if len(self._pushes_by_message_id) > _MAX_ACKNOWLEDGEMENTS + self._settings.stream_max_pending:
            self._pushes_by_message_id.popitem(last=False)

    def _give_up(self, push: Push, now_ns: int) -> None:
        push.finish(None, now_ns)
        self._given_up_count += 1

    def _send_due_pushes(self, now_ns: int) -> None:
        waiting: deque[Push] = deque()
        for push in self._waiting:
            connections = self._connections_for(push.subscription) if push.is_due(now_ns) else []
            if not connections:
                waiting.append(push)
                continue
            connection = self._random.choice(connections)
            settings = self._settings
            timeout_s = settings.stream_push_timeout_s if push.kind == EVENT else settings.stream_callback_repeat_s
            push.record_push(connection, _after(now_ns, timeout_s))
            self._sent[push.message_id] = push
            connection.socket.send(push_frame(push, connection.id, now_ns))
        self._waiting = waiting

    def _connections_for(self, topic: Topic) -> list[ClientConnection]:
        return [
            connection
            for connection in self._connections.values()
            if topic in connection.topics and connection.closes_ns is None
        ]

    def _maintain(self, connection: ClientConnection, now_ns: int) -> None:
        """Close a connection, announce its end, or ping its client, whichever is due."""
        if connection.closes_ns is not None:
            if now_ns >= connection.closes_ns and not connection.is_ended:
                self._end(connection, now_ns, reset=False)
        elif connection.expires_ns is not None and now_ns >= connection.expires_ns:
            self._send_disconnect(connection, now_ns, "connection is expired")
        elif connection.ping_ns is not None and now_ns >= connection.ping_ns:
            ping_id, opaque = message_id(self._next_id("ping")), self._next_id("opaque")
            connection.pings[ping_id] = opaque
            connection.ping_ns = _after(now_ns, self._settings.stream_ping_every_s)
            connection.socket.send(ping_frame(ping_id, opaque, now_ns))

    def _send_disconnect(self, connection: ClientConnection, now_ns: int, reason: str) -> None:
        if connection.closes_ns is None:
            connection.closes_ns = now_ns + seconds_to_ns(self._settings.stream_closes_after_s)
            connection.socket.send(disconnect_frame(reason, now_ns))

    def _end(self, connection: ClientConnection, now_ns: int, *, reset: bool) -> None:
        connection.closes_ns, connection.is_ended = now_ns, True
        (connection.socket.reset if reset else connection.socket.close)()

    def _next_id(self, purpose: str) -> str:
        """Return 32 hex digits derived from the seed, the purpose and a counter."""
        self._counts[purpose] = count = self._counts.get(purpose, 0) + 1
        return blake2b(f"{self._settings.seed} stream {purpose} {count}".encode(), digest_size=16).hexdigest()


def _after(now_ns: int, duration_s: float) -> int | None:
    """Return a later time; None for a duration of 0."""
    return now_ns + seconds_to_ns(duration_s) if duration_s else None


def _ack_to_json(ack: Acknowledgement, connection: ClientConnection, push: Push | None, now_ns: int) -> dict[str, Any]:
    identity = {"topic": "ping", "event_type": "", "event_id": ""} if push is None else push.identity
    return {**identity, **ack.to_json(), "connection_id": connection.id, "time_ms": now_ns // NS_PER_MS}
