"""Serialization of messages for the ledger, with their templates."""

import json

from dingnb.media import Content
from dingnb.messages import Message


def serialize(message: Message) -> str:
    """Return a message as JSON, with the names, hashes and paths of its media but not their contents."""
    media = [
        (
            attachment.kind,
            attachment.name,
            attachment.sha256,
            attachment.size,
            attachment.mime,
            str(attachment.path.absolute()) if attachment.path else "",
        )
        for attachment in message.attachments
    ]
    # In ASCII, because a template may contain lone surrogates.
    return json.dumps([message.msgtype, message.content, message.body_bytes, message.folder, message.file_name, media])


def deserialize(serialized: str) -> Message:
    """
    Return the message in the JSON of `serialize`.

    Raises:
        MessageError: The message violates a rule that is newer than the JSON.
        TemplateError: A template violates a rule that is newer than the JSON.
    """
    msgtype, content, body_bytes, *others = json.loads(serialized)
    folder, file_name, media = others or ("", "", [])
    attachments = tuple(Content.from_record(*row) for row in media)
    leaves = tuple((path, text) for path, text in content)
    return Message(msgtype, leaves, body_bytes, folder=folder, file_name=file_name, attachments=attachments)
