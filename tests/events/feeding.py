"""Sample events, for tests of how they are processed."""

import json
from collections.abc import Sequence
from typing import Any

from dingnb.client import DingTalk
from dingnb.events.event import Event
from dingnb.events.json_values import parse_object
from dingnb.events.parsing import parse_event, parse_frame_event, parse_robot_message
from dingnb.sandbox import RunningSandbox
from dingnb.sandbox.events.event_requests import emit

FIRST_MS = 1_764_032_400_000
"""25 November 2025, 09:00 in Beijing."""

MINUTE_MS = 60_000
_NS_PER_MS = 1_000_000
SESSION = "s3cr3t-session"


def leave_event(n: int, userids: Sequence[str] = ("u1",), **more: Any) -> Event:
    """Return an event: people have left the organisation, n minutes after `FIRST_MS`."""
    at_ms = FIRST_MS + n * MINUTE_MS
    data = {"EventType": "user_leave_org", "eventId": f"leave-{n}", "CorpId": "dingcorp", "TimeStamp": str(at_ms)}
    return parse_event({**data, "UserId": list(userids), **more}, (at_ms + 250) * _NS_PER_MS)


def event_of_type(kind: str, n: int = 0, **data: Any) -> Event:
    """Return an event of a type, n minutes after `FIRST_MS`; `data` are its other fields."""
    at_ms = FIRST_MS + n * MINUTE_MS
    text = json.dumps({"EventType": kind, "eventId": f"{kind}-{n}", "TimeStamp": at_ms, **data})
    return parse_event(parse_object(text), (at_ms + 250) * _NS_PER_MS)


def streamed_leave_event(n: int, userids: Sequence[str] = ("u1",)) -> Event:
    """Return the event of `leave_event` as received over Stream half a second later."""
    at_ms = FIRST_MS + n * MINUTE_MS
    headers = {"topic": "*", "eventType": "user_leave_org", "eventId": f"leave-{n}", "eventBornTime": str(at_ms)}
    return parse_frame_event("EVENT", headers, {"userId": list(userids)}, (at_ms + 750) * _NS_PER_MS)


def registered_leave_event(n: int, userids: Sequence[str] = ("u1",)) -> Event:
    """Return the event of `leave_event` as received by a registered callback: without an id."""
    at_ms = FIRST_MS + n * MINUTE_MS
    data = {"EventType": "user_leave_org", "TimeStamp": str(at_ms), "UserId": list(userids), "CorpId": "dingcorp"}
    return parse_event(data, (at_ms + 500) * _NS_PER_MS)


def robot_message(n: int, text: str = "hello", *, until_ns: int | None = None, url: str | None = None) -> Event:
    """Return a message to the robot, n minutes after `FIRST_MS`; it can be replied to until a time, or always."""
    at_ms = FIRST_MS + n * MINUTE_MS
    data = {
        "msgId": f"msg-{n}",
        "senderStaffId": f"u{n}",
        "senderNick": "张三",
        "createAt": at_ms,
        "msgtype": "text",
        "text": {"content": f" {text} "},
        "sessionWebhook": f"https://oapi.dingtalk.com/robot/sendBySession?session={SESSION}" if url is None else url,
        "sessionWebhookExpiredTime": 0 if until_ns is None else until_ns // _NS_PER_MS,
    }
    return parse_robot_message(data, (at_ms + 250) * _NS_PER_MS, "callback")


def emit_robot_message(sandbox: RunningSandbox, text: str) -> Event:
    """Emit a message to the robot in the sandbox, and return the event as received over Stream."""
    with sandbox.state.lock:
        now_ns = sandbox.state.time.now_ns()
        [emitted] = emit(sandbox.state, {"robot_message": {"text": text, "from": "manager0001"}}, now_ns)
    return parse_robot_message(emitted["data"], now_ns, "stream")


def robot_replies(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """Return the replies of the robot in the sandbox."""
    return [reply.body for reply in sandbox.state.sessions.replies]


def feed(ding: DingTalk, *events: Event) -> list[bool]:
    """Add events to the log; return which were new."""
    return [ding._log.add(event) for event in events]
