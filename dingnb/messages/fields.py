"""
The work-notification message types as tables: every field, whether it is required, and its limits.

Constructors, forms, previews and the sandbox follow from these tables. The source of every row is
docs/dingtalk.md, "Messages". A length that DingTalk refuses is an error; one that it only advises is a warning.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of a message type.

    Attributes:
        name: Its path inside the type's object, as on the wire: ``body.title``; ``[]`` marks a list.
        required: Whether the message is incomplete without it.
        characters: How many characters it may have; DingTalk refuses more (34016). 0 is no limit.
        advised: How many characters DingTalk advises at most; 0 is no advice.
    """

    name: str
    required: bool = False
    characters: int = 0
    advised: int = 0


@dataclass(frozen=True, slots=True)
class MessageType:
    """
    One message type.

    Attributes:
        name: ``msgtype`` on the wire.
        fields: Its fields, in the order of DingTalk's page.
        one_of: Groups of fields; all fields of exactly one group have to be there.
    """

    name: str
    fields: tuple[Field, ...]
    one_of: tuple[tuple[str, ...], ...] = field(default=())


TYPES: Mapping[str, MessageType] = {
    one.name: one
    for one in (
        MessageType("text", (Field("content", required=True, characters=5_000, advised=500),)),
        MessageType("image", (Field("media_id", required=True),)),
        MessageType("voice", (Field("media_id", required=True), Field("duration", required=True))),
        MessageType("file", (Field("media_id", required=True),)),
        MessageType(
            "link",
            (
                Field("messageUrl", required=True),
                Field("picUrl", required=True),
                Field("title", required=True, advised=100),
                Field("text", required=True, advised=500),
            ),
        ),
        MessageType(
            "markdown",
            (Field("title", required=True, characters=64), Field("text", required=True, characters=5_000)),
        ),
        MessageType(
            "action_card",
            (
                Field("title", characters=64),
                Field("markdown", required=True, advised=1_000),
                Field("single_title", characters=20),
                Field("single_url", characters=500),
                Field("btn_orientation"),
                Field("btn_json_list[].title", required=True, characters=20),
                Field("btn_json_list[].action_url", required=True, characters=700),
            ),
            one_of=(("single_title", "single_url"), ("btn_orientation", "btn_json_list")),
        ),
        MessageType(
            "oa",
            (
                Field("message_url", required=True),
                Field("pc_message_url"),
                Field("head", required=True),
                Field("head.bgcolor", required=True),
                Field("head.text", required=True),
                Field("status_bar.status_value"),
                Field("status_bar.status_bg"),
                Field("body", required=True),
                Field("body.title", advised=50),
                Field("body.form[].key"),
                Field("body.form[].value"),
                Field("body.rich.num"),
                Field("body.rich.unit"),
                Field("body.content"),
                Field("body.image"),
                Field("body.file_count"),
                Field("body.author"),
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with a body.

    Attributes:
        field: The field, with its type in front: ``markdown.title``.
        problem: ``missing``, ``too_long``, ``not_text``, ``unknown_type``, ``choose_one`` or ``too_many_bytes``.
        length: What it has, in characters or bytes; 0 where that says nothing.
        limit: What it may have; 0 where there is no limit.
        hard: Whether DingTalk refuses it, or only advises against it.
        code: The code with which DingTalk refuses it.
    """

    field: str
    problem: str
    length: int = 0
    limit: int = 0
    hard: bool = True
    code: str = "34014"


def encode(body: Mapping[str, Any]) -> bytes:
    """
    Return the bytes of `msg` as they are sent: compact JSON, UTF-8, nothing escaped that need not be.

    Raises:
        UnicodeEncodeError: A text holds a lone surrogate.
    """
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def find_faults(body: Mapping[str, Any], *, body_bytes: int) -> list[Fault]:
    """
    Return what is wrong with a body, in the order of its type's table; empty when nothing is.

    Args:
        body: A rendered message: ``{"msgtype": "text", "text": {"content": "..."}}``.
        body_bytes: How many bytes of `msg` are allowed (`dingnb.limits.Limits.body_bytes`).
    """
    name = body.get("msgtype")
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        return [Fault("msgtype", "unknown_type", code="40008")]
    content = body.get(kind.name)
    if not isinstance(content, Mapping):
        return [Fault(kind.name, "missing")]
    faults = [fault for one in kind.fields for fault in _faults_of(kind.name, one, content)]
    faults += _choice_faults(kind, content)
    size = len(encode(body))
    if size > body_bytes:
        faults.append(Fault("msg", "too_many_bytes", size, body_bytes, code="34016"))
    return faults


def _faults_of(type_name: str, one: Field, content: Mapping[str, Any]) -> Iterator[Fault]:
    for name, value in _values(one.name, content):
        where = f"{type_name}.{name}"
        if value is None or (isinstance(value, str) and not value.strip()):
            if one.required:
                yield Fault(where, "missing")
        elif isinstance(value, str):
            if one.characters and len(value) > one.characters:
                yield Fault(where, "too_long", len(value), one.characters, code="34016")
            elif one.advised and len(value) > one.advised:
                yield Fault(where, "too_long", len(value), one.advised, hard=False, code="34016")
        elif not isinstance(value, Mapping | list):
            yield Fault(where, "not_text")


def _values(name: str, content: object, at: str = "") -> Iterator[tuple[str, object]]:
    head, _, rest = name.partition(".")
    key = head.removesuffix("[]")
    value = content.get(key) if isinstance(content, Mapping) else None
    where = f"{at}{key}"
    if head.endswith("[]"):
        items = value if isinstance(value, list) else []
        for index, item in enumerate(items):
            yield from _values(rest, item, f"{where}[{index}].")
    elif rest and value is not None:
        yield from _values(rest, value, f"{where}.")
    elif not rest:
        yield where, value


def _choice_faults(kind: MessageType, content: Mapping[str, Any]) -> Iterator[Fault]:
    if not kind.one_of:
        return
    begun = [group for group in kind.one_of if any(content.get(name) for name in group)]
    whole = [group for group in begun if all(content.get(name) for name in group)]
    if len(begun) != 1 or len(whole) != 1:
        names = " / ".join("+".join(group) for group in kind.one_of)
        yield Fault(f"{kind.name}.{names}", "choose_one")
