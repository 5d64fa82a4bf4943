"""
The Stream gateway: tickets, connections, and what is pushed through them until it is acknowledged.

It knows no sockets: whoever has one gives it as a `Link`. docs/dingtalk.md, "Stream", has the facts; what is an
assumption there is a field of `SandboxSettings` here. What waits for a client does not outlive the sandbox.
"""

import random
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable
from hashlib import blake2b
from typing import Any

from dingnb.clock import seconds
from dingnb.sandbox.events.stream_frames import (
    EVENT,
    Acknowledgement,
    Line,
    Link,
    Push,
    Topic,
    disconnect_frame,
    frame,
    message_id,
    ping_frame,
    read_acknowledgement,
)
from dingnb.sandbox.settings import SandboxSettings

_KEPT_ACKNOWLEDGEMENTS = 10_000


class Gateway:
    """
    The gateway of the sandbox's app. Whoever uses it holds the lock of the sandbox's state.

    Args:
        settings: What the sandbox was told.
        look: Called when something may be due earlier than `work` has said.
    """

    def __init__(self, settings: SandboxSettings, look: Callable[[], None]) -> None:
        self._settings = settings
        self._look = look
        self._choice = random.Random(settings.seed)  # noqa: S311 - repeatable, and no secret
        self._counts: dict[str, int] = {}
        self._tickets: dict[str, tuple[frozenset[Topic], int]] = {}
        self._lines: dict[str, Line] = {}
        self._topics_seen: set[Topic] = set()
        self._waiting: deque[Push] = deque()
        self._sent: dict[str, Push] = {}
        self._known: OrderedDict[str, Push] = OrderedDict()
        self._heard: deque[dict[str, Any]] = deque(maxlen=_KEPT_ACKNOWLEDGEMENTS)
        self._acknowledged = self._given_up = self._dropped = self._unreadable = 0

    def ticket(self, topics: Iterable[Topic], now_ns: int) -> str:
        """Return a ticket for one connection with these subscriptions."""
        ticket = self._id("ticket")
        self._tickets[ticket] = frozenset(topics), now_ns + seconds(self._settings.stream_ticket_life_s)
        return ticket

    def admit(self, ticket: str, link: Link, now_ns: int) -> Line | None:
        """Return the connection that a ticket opens; None when it is unknown, used or too old."""
        topics, ends_ns = self._tickets.pop(ticket, (frozenset(), now_ns))
        if now_ns >= ends_ns:
            return None
        settings = self._settings
        line = Line(
            id=self._id("connection"),
            topics=topics,
            link=link,
            opened_ns=now_ns,
            ping_ns=_after(now_ns, settings.stream_ping_every_s),
            ends_ns=_after(now_ns, settings.stream_connection_life_s),
        )
        self._lines[line.id] = line
        self._topics_seen |= topics
        return line

    def left(self, line: Line, now_ns: int) -> None:
        """Take a connection away; what it did not acknowledge goes to another one."""
        self._lines.pop(line.id, None)
        for push in [one for one in self._sent.values() if one.line is line][::-1]:
            del self._sent[push.message_id]
            if push.kind == EVENT or self._settings.stream_callback_repeat_s:
                push.wait(now_ns)
                self._waiting.appendleft(push)
            else:
                self._give_up(push)
        self._look()

    def is_wanted(self, topic: Topic) -> bool:
        """Return whether a connection subscribes to a topic, or one has."""
        return topic in self._topics_seen

    def has_line(self, topic: Topic) -> bool:
        """Return whether there is a connection that subscribes to a topic, and goes on."""
        return bool(self._lines_of(topic))

    def emit(self, push: Push) -> None:
        """Keep what is to be pushed, and push it as soon as there is a connection for it."""
        self._waiting.append(push)
        self._known[push.message_id] = push
        if len(self._known) > _KEPT_ACKNOWLEDGEMENTS + self._settings.stream_kept:
            self._known.popitem(last=False)
        if len(self._waiting) > self._settings.stream_kept and not self.has_line(push.subscription):
            self._waiting.popleft()
            self._dropped += 1
        self._look()

    def work(self, now_ns: int) -> int | None:
        """Do what is due, and return when there is more to do; None where nothing is."""
        for push in [one for one in self._sent.values() if one.is_due(now_ns)]:
            self._again(push, now_ns)
        for line in list(self._lines.values()):
            self._tend(line, now_ns)
        self._push(now_ns)
        due = [line.due_ns for line in self._lines.values()]
        due += [push.due_ns for push in (*self._sent.values(), *self._waiting) if not push.is_due(now_ns)]
        return min((one for one in due if one is not None), default=None)

    def hear(self, line: Line, text: str, now_ns: int) -> None:
        """Take what a client sent: an acknowledgement of either style."""
        heard = read_acknowledgement(text)
        if heard is None:
            self._unreadable += 1
            return
        opaque = line.pings.pop(heard.message_id, None)
        push = self._known.get(heard.message_id)
        self._heard.append(_shown(heard, line, push, now_ns))
        if opaque is not None:
            line.answered += heard.opaque == opaque
        elif push is not None:
            self._settle(push, heard, now_ns)

    def disconnect(self, how: str, ids: Collection[str] | None, now_ns: int) -> list[str]:
        """End connections, all of them or those of these ids; return their ids."""
        lines = [one for one in self._lines.values() if ids is None or one.id in ids]
        for line in lines:
            if how == "frame":
                self._say_goodbye(line, now_ns, "forced")
            else:
                self._end(line, now_ns, reset=how == "reset")
        self._look()
        return [one.id for one in lines]

    def cut(self) -> None:
        """End all connections at once."""
        for line in self._lines.values():
            line.link.reset()

    def shown(self, iso: Callable[[int], str], limit: int | None = None) -> dict[str, Any]:
        """Return what the control API shows: connections, what is on its way, and the newest acknowledgements."""
        heard = list(self._heard)
        return {
            "connections": [one.shown(iso) for one in self._lines.values()],
            "waiting": [one.shown() for one in self._waiting],
            "unacknowledged": [one.shown() for one in self._sent.values()],
            "acknowledged": self._acknowledged,
            "given_up": self._given_up,
            "dropped": self._dropped,
            "unreadable": self._unreadable,
            "acknowledgements": heard if limit is None else heard[max(len(heard) - limit, 0) :],
        }

    def _settle(self, push: Push, heard: Acknowledgement, now_ns: int) -> None:
        if push.is_over:
            return
        if heard.is_success or (push.kind != EVENT and not heard.is_later):
            self._sent.pop(push.message_id, None)
            if push in self._waiting:
                self._waiting.remove(push)
            push.is_over = True
            self._acknowledged += 1
            if push.line is not None:
                push.line.acknowledged += 1
        elif push.message_id in self._sent:
            self._again(push, now_ns, later=True)
            self._look()

    def _again(self, push: Push, now_ns: int, *, later: bool = False) -> None:
        """Push once more what was not acknowledged, unless it was pushed often enough."""
        del self._sent[push.message_id]
        push.unanswered += 1
        if push.unanswered >= self._settings.stream_pushes:
            self._give_up(push)
            return
        push.wait(now_ns + seconds(self._settings.stream_later_after_s) if later else now_ns)
        if self._settings.stream_repeats_with == "new":
            again = blake2b(f"{push.message_id} {push.unanswered}".encode(), digest_size=16)
            push.message_id = message_id(again.hexdigest())
            self._known[push.message_id] = push
        self._waiting.append(push)

    def _give_up(self, push: Push) -> None:
        push.is_over = True
        self._given_up += 1

    def _push(self, now_ns: int) -> None:
        left: deque[Push] = deque()
        for push in self._waiting:
            lines = self._lines_of(push.subscription) if push.is_due(now_ns) else []
            if not lines:
                left.append(push)
                continue
            line = self._choice.choice(lines)
            settings = self._settings
            patience_s = settings.stream_push_timeout_s if push.kind == EVENT else settings.stream_callback_repeat_s
            push.sent(line, _after(now_ns, patience_s))
            self._sent[push.message_id] = push
            line.link.send(frame(push, line.id, now_ns))
        self._waiting = left

    def _lines_of(self, topic: Topic) -> list[Line]:
        return [one for one in self._lines.values() if topic in one.topics and one.closes_ns is None]

    def _tend(self, line: Line, now_ns: int) -> None:
        if line.closes_ns is not None:
            if now_ns >= line.closes_ns and not line.is_ended:
                self._end(line, now_ns, reset=False)
        elif line.ends_ns is not None and now_ns >= line.ends_ns:
            self._say_goodbye(line, now_ns, "connection is expired")
        elif line.ping_ns is not None and now_ns >= line.ping_ns:
            its_id, opaque = message_id(self._id("ping")), self._id("opaque")
            line.pings[its_id] = opaque
            line.ping_ns = _after(now_ns, self._settings.stream_ping_every_s)
            line.link.send(ping_frame(its_id, opaque, now_ns))

    def _say_goodbye(self, line: Line, now_ns: int, reason: str) -> None:
        if line.closes_ns is None:
            line.closes_ns = now_ns + seconds(self._settings.stream_closes_after_s)
            line.link.send(disconnect_frame(reason, now_ns))

    def _end(self, line: Line, now_ns: int, *, reset: bool) -> None:
        line.closes_ns, line.is_ended = now_ns, True
        (line.link.reset if reset else line.link.close)()

    def _id(self, what: str) -> str:
        """Return 32 hex digits that follow from the seed, what they are for, and how many there were before."""
        self._counts[what] = count = self._counts.get(what, 0) + 1
        return blake2b(f"{self._settings.seed} stream {what} {count}".encode(), digest_size=16).hexdigest()


def _after(now_ns: int, duration_s: float) -> int | None:
    """Return the time so much later; None, never, for no duration."""
    return now_ns + seconds(duration_s) if duration_s else None


def _shown(heard: Acknowledgement, line: Line, push: Push | None, now_ns: int) -> dict[str, Any]:
    told = {"topic": "ping", "event_type": "", "event_id": ""} if push is None else push.told
    return {**told, **heard.shown(), "connection_id": line.id, "time_ms": now_ns // 1_000_000}
