"""
The message types with their fields, and the kinds of values with the patterns for their values.

The sources are in docs/dingtalk.md, "Messages"; undocumented facts are marked there as assumptions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from dingnb.media.references import REFERENCE_PATTERN as REFERENCE

Kind = Literal[
    "text", "markdown", "url", "picture", "media_id", "duration", "colour", "status_colour", "orientation",
    "object", "list", "key", "template_id", "field_type", "flag", "options", "counts",
    "deadline",
]  # fmt: skip
"""The kinds of values of fields."""

_NEVER_IN_URLS = r'\s<>"\\\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff'
_REST_OF_URL = rf"://[^{_NEVER_IN_URLS}/?#][^{_NEVER_IN_URLS}]*"

# Assumption: an id may lack its @ or $, although every documented id has one.
MEDIA_ID: Final = re.compile(r"[@$]?[0-9A-Za-z_+/=-]+")
"""A media id."""

_MEDIA = rf"{MEDIA_ID.pattern}|{REFERENCE}"

WEB_ADDRESS: Final = re.compile(rf"(?i:https?){_REST_OF_URL}")
"""A web address, the only kind of address allowed for pictures."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "orientation": ("0", "1"),
    "field_type": ("SELECT", "MULTI_SELECT", "TEXT", "TEXT_AREA", "NUMBER", "DATE", "SWITCH"),
    "flag": ("true", "false"),
    "counts": ("first", "last"),
}
"""The values of the kinds that have only a few."""

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "url": re.compile(rf"(?i:https?|dingtalk|eapp){_REST_OF_URL}"),
    "picture": re.compile(rf"{WEB_ADDRESS.pattern}|{_MEDIA}"),
    "media_id": re.compile(_MEDIA),
    "duration": re.compile(r"[1-9]|[1-5][0-9]"),
    "colour": re.compile(r"[0-9A-Fa-f]{8}"),
    "status_colour": re.compile(r"0x[Ff]{2}[0-9A-Fa-f]{6}"),
    "key": re.compile(r'[^\s\x00-\x1f{}"\\]{1,64}'),
    "template_id": re.compile(r"[0-9A-Za-z._-]{1,93}\.schema"),
    "deadline": re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]?\d|2[0-3]):[0-5]\d"),
    **{kind: re.compile("|".join(values)) for kind, values in CHOICES.items()},
}
"""The patterns that values must match as a whole, by kind; values of other kinds may be any text."""

DEFAULT_SUBMIT: Final = "提交 / Submit"
"""Label of a survey's button unless the survey has a label of its own."""

OA_FORM_ROWS_SHOWN: Final = 6
"""Number of rows of the form of an OA card that DingTalk shows."""

CONTROL_CHARACTER = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")
r"""A control character that JSON can only write as ``\uXXXX``, which DingTalk refuses with 40033."""


def fits(kind: str, value: str) -> bool:
    """
    Return whether a text is a valid value of a kind.

    >>> fits("url", "eapp://page/index"), fits("url", "javascript:alert(1)"), fits("duration", "60")
    (True, False, False)
    """
    pattern = PATTERNS.get(kind)
    return pattern is None or pattern.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of a message type.

    Attributes:
        name: The field's path inside the type's object, as on the wire: ``body.title``; ``[]`` marks a list.
        required: Whether the message is incomplete without the field.
        max_characters: The maximum number of characters (for a list: of its JSON); DingTalk refuses more (34016).
            None means no limit.
        advised_characters: The maximum number of characters that DingTalk advises; None means no advice.
        kind: The kind of the field's value.
        argument: The name of the field's argument in the type's function, if different.
        max_items: The maximum number of items of a list; None means no limit.
        shown_items: The number of items of a list that DingTalk shows; None means all.
        unique_key: The field that identifies a list's items: no two items have the same value. Empty if there is none.
        label_key: The field by which people distinguish a list's items. Empty if there is none.
        only_with: The other field that this field requires; empty if there is none.
        is_sent: Whether the field is part of the message as sent; otherwise only dingnb needs the field.
    """

    name: str
    required: bool = False
    max_characters: int | None = None
    advised_characters: int | None = None
    kind: Kind = "text"
    argument: str = ""
    max_items: int | None = None
    shown_items: int | None = None
    unique_key: str = ""
    label_key: str = ""
    only_with: str = ""
    is_sent: bool = True

    @property
    def python_name(self) -> str:
        """The field's name in Python; for items of a list, the key in their dicts."""
        return self.argument or self.name.rpartition("[].")[2]


@dataclass(frozen=True, slots=True)
class MessageType:
    """
    One message type.

    Attributes:
        name: ``msgtype`` on the wire.
        fields: The fields, in the order of DingTalk's page.
        one_of: Groups of fields; all fields of exactly one group are required.
        is_card: Whether the type is an interactive card rather than a work notification.
    """

    name: str
    fields: tuple[Field, ...]
    one_of: tuple[tuple[str, ...], ...] = field(default=())
    is_card: bool = False

    def items_of(self, list_name: str) -> tuple[Field, ...]:
        """Return the fields of the items of a list."""
        return tuple(message_field for message_field in self.fields if message_field.name.startswith(f"{list_name}[]."))

    def find(self, path: str) -> Field | None:
        """Return the field at a path with or without numbers: ``btn_json_list[0].title``; None if there is none."""
        name = re.sub(r"\[\d+\]", "[]", path)
        return next((message_field for message_field in self.fields if message_field.name == name), None)


TYPES: Mapping[str, MessageType] = {
    message_type.name: message_type
    for message_type in (
        MessageType("text", (Field("content", required=True, max_characters=5_000, advised_characters=500),)),
        MessageType("image", (Field("media_id", required=True, kind="media_id", argument="source"),)),
        MessageType(
            "voice",
            (
                Field("media_id", required=True, kind="media_id", argument="source"),
                Field("duration", required=True, kind="duration"),
            ),
        ),
        MessageType("file", (Field("media_id", required=True, kind="media_id", argument="source"),)),
        MessageType(
            "link",
            (
                Field("messageUrl", required=True, kind="url", argument="message_url"),
                Field("picUrl", required=True, kind="picture", argument="pic_url"),
                Field("title", required=True, advised_characters=100),
                Field("text", required=True, advised_characters=500),
            ),
        ),
        MessageType(
            "markdown",
            (
                Field("title", required=True, max_characters=64),
                Field("text", required=True, max_characters=5_000, kind="markdown"),
            ),
        ),
        MessageType(
            "action_card",
            (
                Field("title", max_characters=64),
                Field("markdown", required=True, advised_characters=1_000, kind="markdown"),
                Field("single_title", max_characters=20),
                Field("single_url", max_characters=500, kind="url"),
                Field("btn_orientation", kind="orientation"),
                # Assumption: as for robots' cards; for work notifications the number is not documented.
                Field("btn_json_list", max_characters=1_000, kind="list", max_items=5),
                Field("btn_json_list[].title", required=True, max_characters=20),
                Field("btn_json_list[].action_url", required=True, max_characters=700, kind="url"),
            ),
            one_of=(("single_title", "single_url"), ("btn_orientation", "btn_json_list")),
        ),
        MessageType(
            "oa",
            (
                Field("message_url", required=True, kind="url"),
                Field("pc_message_url", kind="url"),
                Field("head", required=True, kind="object"),
                Field("head.bgcolor", required=True, kind="colour", argument="head_bgcolor"),
                Field("head.text", required=True, argument="head_text"),
                Field("status_bar", kind="object"),
                Field("status_bar.status_value", argument="status_value"),
                Field("status_bar.status_bg", kind="status_colour", argument="status_bg"),
                Field("body", required=True, kind="object"),
                Field("body.title", advised_characters=50, argument="title"),
                Field("body.form", kind="list", argument="form", shown_items=OA_FORM_ROWS_SHOWN),
                Field("body.form[].key"),
                Field("body.form[].value"),
                Field("body.rich", kind="object"),
                Field("body.rich.num", argument="rich_num"),
                Field("body.rich.unit", argument="rich_unit"),
                Field("body.content", argument="content"),
                Field("body.image", kind="media_id", argument="image"),
                Field("body.file_count", argument="file_count"),
                Field("body.author", argument="author"),
            ),
        ),
        MessageType(
            "card",
            (
                Field("title", required=True),
                Field("text", kind="markdown"),
                Field("buttons", kind="list", unique_key="key", label_key="label"),
                Field("buttons[].key", required=True, kind="key"),
                Field("buttons[].label", required=True),
                Field("buttons[].url", kind="url"),
                Field("template", kind="template_id"),
                Field("data", kind="list", unique_key="name", only_with="template"),
                Field("data[].name", required=True, kind="key"),
                Field("data[].value"),
                Field("private", kind="list", unique_key="name", only_with="template"),
                Field("private[].name", required=True, kind="key"),
                Field("private[].value"),
                Field("counts", kind="counts", is_sent=False),
                Field("deadline", kind="deadline", is_sent=False),
            ),
            one_of=(("text",), ("template",)),
            is_card=True,
        ),
        MessageType(
            "survey",
            (
                Field("title", required=True),
                Field("text", required=True, kind="markdown"),
                Field("fields", required=True, kind="list", unique_key="name"),
                Field("fields[].name", required=True, kind="key"),
                Field("fields[].label", required=True),
                Field("fields[].type", required=True, kind="field_type"),
                Field("fields[].required", kind="flag"),
                Field("fields[].options", kind="options"),
                Field("fields[].placeholder"),
                Field("fields[].default"),
                Field("submit"),
                Field("counts", kind="counts", is_sent=False),
                Field("deadline", kind="deadline", is_sent=False),
            ),
            is_card=True,
        ),
    )
}
