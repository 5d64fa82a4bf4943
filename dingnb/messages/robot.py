"""Messages in the format of robots (docs/dingtalk.md, "Robot messages")."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dingnb.errors import MessageError
from dingnb.messages.message import Message
from dingnb.messages.validation import decode
from dingnb.tables.cell_values import MISSING
from dingnb.words import Text, listed

BODY_BYTES = 20_000
"""Maximum size of a robot's message as sent."""

ROBOT_TYPES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "text": ("text", {"content": "content"}),
    "markdown": ("markdown", {"title": "title", "text": "text"}),
    "link": ("link", {"title": "title", "text": "text", "messageUrl": "messageUrl", "picUrl": "picUrl"}),
    "action_card": (
        "actionCard",
        {
            "title": "title",
            "markdown": "text",
            "single_title": "singleTitle",
            "single_url": "singleURL",
            "btn_orientation": "btnOrientation",
            "btn_json_list": "btns",
        },
    ),
}
"""The types that a robot can send, with robots' names of the types and of their fields."""


def robot_body(message: Message, values: Mapping[str, object]) -> dict[str, Any]:
    """
    Return the body that a robot posts for a message.

    Raises:
        MessageError: The argument is not a message, or robots cannot send its type; a column has no value, or a value
            cannot be filled in; a picture would have to be uploaded; a card has no title; or the body is longer than
            `BODY_BYTES`.
    """
    argument: object = message
    if not isinstance(argument, Message):
        kind = type(argument).__name__
        raise MessageError(Text("client.no_message", call="reply", kind=kind), Text("client.no_message_todo"))
    if message.msgtype not in ROBOT_TYPES:
        types = listed(ROBOT_TYPES)
        raise MessageError(Text("robot.no_type", type=message.msgtype), Text("robot.no_type_todo", types=types))
    unfilled = [name for name in message.columns if name not in values]
    if unfilled:
        raise MessageError(Text("robot.columns", columns=listed(unfilled)), Text("robot.columns_todo"))
    # Blank values are missing, as in a plan.
    columns = {name: [MISSING if _is_blank(values[name]) else values[name]] for name in message.columns}
    rendered = replace(message, body_bytes=BODY_BYTES).render_rows(columns, 1)
    for failure in rendered.failures:
        raise MessageError(failure.reason, failure.hint)
    if rendered.attachments:
        raise MessageError(Text("robot.no_upload"), Text("robot.no_upload_todo"))
    name, renamed = ROBOT_TYPES[message.msgtype]
    [body] = rendered.bodies
    content = decode(body or b"{}")[message.msgtype]
    fields = {renamed[field]: value for field, value in content.items()}
    if name == "actionCard" and not fields.get("title"):
        raise MessageError(Text("robot.no_title"), Text("robot.no_title_todo"))
    if "btns" in fields:
        fields["btns"] = [{"title": button["title"], "actionURL": button["action_url"]} for button in fields["btns"]]
    robot_message = {"msgtype": name, name: fields}
    size = len(json.dumps(robot_message, ensure_ascii=False).encode())
    if size > BODY_BYTES:
        raise MessageError(
            Text("robot.too_long", size=f"{size:,}", most=f"{BODY_BYTES:,}"), Text("robot.too_long_todo")
        )
    return robot_message


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
