"""Serialization of messages for the ledger, with their templates."""

import json

from dingnb.messages import Message


def serialize(message: Message) -> str:
    """Return a message as JSON."""
    # In ASCII, because a template may contain lone surrogates.
    return json.dumps([message.msgtype, message.content, message.body_bytes])


def deserialize(packed: str) -> Message:
    """
    Return the message from its JSON.

    Raises:
        MessageError: It breaks a rule introduced by a later version.
        TemplateError: A template breaks such a rule.
    """
    msgtype, content, body_bytes = json.loads(packed)
    return Message(msgtype, tuple((path, text) for path, text in content), body_bytes)
