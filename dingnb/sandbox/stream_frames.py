"""The frames of Stream, as they are written and read (docs/dingtalk.md, "Stream")."""

import json
from dataclasses import dataclass
from typing import Any

from dingnb.sandbox.stream_parts import Push

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
