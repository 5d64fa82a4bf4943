"""The frames of Stream, and their acknowledgements (docs/dingtalk.md, "Stream")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dingnb.errors import InputError
from dingnb.events.json_values import parse_object
from dingnb.words import Text

EVENT = "EVENT"
CALLBACK = "CALLBACK"
SYSTEM = "SYSTEM"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"

_MAX_ID_LENGTH = 512


class AckCode(IntEnum):
    """The status of an acknowledgement."""

    OK = 200
    UNREADABLE = 400
    UNKNOWN_TOPIC = 404
    FAILED = 500


_MESSAGES = {
    AckCode.OK: "OK",
    AckCode.UNREADABLE: "the frame cannot be read",
    AckCode.UNKNOWN_TOPIC: "unknown topic",
    AckCode.FAILED: "internal error",
}
"""The texts of the statuses, which DingTalk receives; in English only."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    A frame for the app.

    Attributes:
        kind: ``EVENT``, ``CALLBACK``, or any other type but ``SYSTEM``.
        topic: The frame's topic.
        message_id: The id to acknowledge with; empty if the frame is not acknowledged.
        headers: All headers.
        data: The frame's data, as an object.
    """

    kind: str
    topic: str
    message_id: str
    headers: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SystemFrame:
    """
    A frame from the gateway about the connection itself.

    Attributes:
        topic: The frame's topic, such as ``ping`` or ``disconnect``.
        message_id: The id to acknowledge with; empty if the frame is not acknowledged.
        data: The frame's data as JSON text, ``{}`` without data; returned in the answer to a ping.
    """

    topic: str
    message_id: str
    data: str


@dataclass(frozen=True, slots=True)
class UnreadableFrame:
    """
    Something received that is not a frame.

    Attributes:
        message_id: The id to acknowledge with; empty without an id.
    """

    message_id: str


def parse_frame(text: str) -> Frame | SystemFrame | UnreadableFrame:
    """Parse a text as a frame."""
    try:
        frame = parse_object(text)
    except InputError:
        return UnreadableFrame("")
    headers = frame.get("headers")
    if not isinstance(headers, dict):
        return UnreadableFrame("")
    message_id = _message_id(headers)
    kind, topic = frame.get("type"), headers.get("topic")
    if not isinstance(kind, str):
        return UnreadableFrame(message_id)
    topic = topic if isinstance(topic, str) else ""
    if kind == SYSTEM:
        data = frame.get("data") or {}
        return SystemFrame(topic, message_id, data if isinstance(data, str) else json.dumps(data, ensure_ascii=False))
    try:
        return Frame(kind, topic, message_id, headers, _parse_data(frame))
    except InputError:
        return UnreadableFrame(message_id)


def build_acknowledgement(message_id: str, data: Mapping[str, Any] | str, code: AckCode = AckCode.OK) -> str:
    """Return the acknowledgement of a frame; `data` given as text is already JSON."""
    return json.dumps(
        {
            "code": code,
            "message": _MESSAGES[code],
            "headers": {"messageId": message_id, "contentType": "application/json"},
            "data": data if isinstance(data, str) else json.dumps(data, ensure_ascii=False),
        },
        ensure_ascii=True,  # a lone surrogate cannot be encoded as UTF-8
    )


def _message_id(headers: Mapping[str, Any]) -> str:
    message_id = headers.get("messageId")
    return message_id if isinstance(message_id, str) and len(message_id) <= _MAX_ID_LENGTH else ""


def _parse_data(frame: Mapping[str, Any]) -> Mapping[str, Any]:
    data = frame.get("data")
    if data is None or data == "":
        return {}
    if isinstance(data, dict):
        return data
    if not isinstance(data, str):
        raise InputError(Text("event.no_object"), Text("event.no_object_todo"))
    return parse_object(data)
