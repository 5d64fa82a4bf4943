"""Serialization of messages for the ledger, with their templates."""

import json

from dingnb.messages import Message


def serialize(message: Message) -> str:
    """Return a message as JSON."""
    # In ASCII: half a character, as a template may hold it, could not be written otherwise.
    return json.dumps([message.msgtype, message.content, message.body_bytes])


def deserialize(packed: str) -> Message:
    """
    Return the message that was packed.

    Raises:
        MessageError: It breaks a rule that came later.
        TemplateError: Likewise.
    """
    msgtype, content, body_bytes = json.loads(packed)
    return Message(msgtype, tuple((path, text) for path, text in content), body_bytes)
