"""The fields of the compose form for each message type: their order, labels and initial texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dingnb.messages.attachments import MEDIA_FIELD_KINDS, media_kind_of
from dingnb.messages.types import TYPES, Field
from dingnb.messages.validation import TYPES_WITH_OPTIONS
from dingnb.words import Text, field_label, say

FIELD_ORDER: Mapping[str, tuple[str, ...]] = {
    "markdown": ("title", "text"),
    "text": ("content",),
    "action_card": (
        *("title", "markdown", "single_title", "single_url"),
        *("btn_orientation", "btn_json_list"),
    ),
    "link": ("title", "text", "messageUrl", "picUrl"),
    "oa": (
        *("body.title", "body.content", "message_url", "body.rich.num", "body.rich.unit", "body.form"),
        *("body.author", "body.image", "body.file_count", "pc_message_url"),
        *("status_bar.status_value", "status_bar.status_bg", "head.bgcolor", "head.text"),
    ),
    "card": ("title", "text", "template", "data", "private", "buttons", "counts", "deadline"),
    "survey": ("title", "text", "submit", "fields", "counts", "deadline"),
    "image": ("media_id",),
    "file": ("media_id",),
    "voice": ("media_id", "duration"),
}
"""The message types in the order of the menu, each with its fields and lists in the order of the form."""

SECONDARY_FIELDS = frozenset(
    {
        *("oa.body.author", "oa.body.image", "oa.body.file_count", "oa.pc_message_url"),
        *("oa.status_bar.status_value", "oa.status_bar.status_bg", "oa.head.bgcolor", "oa.head.text"),
        *("card.counts", "card.deadline", "survey.counts", "survey.deadline", "survey.submit"),
        *("survey.fields[].placeholder", "survey.fields[].default", "survey.fields[].name"),
    }
)
"""Fields that few messages or items need: hidden until the user opens them, or one of them has a text."""

MULTILINE_FIELDS = frozenset(
    {
        *("markdown.text", "text.content", "action_card.markdown", "link.text", "oa.body.content"),
        *("card.text", "survey.text", "survey.fields[].options"),
    }
)
"""Fields whose text may have several lines."""

ITEM_ORDER: Mapping[str, tuple[str, ...]] = {
    "card.buttons": ("label", "key", "url"),
    "survey.fields": ("label", "type", "required", "options", "placeholder", "default", "name"),
}
"""The order of an item's fields in the form, where it differs from the order in the message."""

WIDE_FIELDS = frozenset({"card.buttons[].url", "survey.fields[].label", "survey.fields[].options"})
"""Fields of an item that take a whole line."""

_TYPES_WITH_PLACEHOLDER = frozenset({"", "TEXT", "TEXT_AREA", "NUMBER", "DATE"})

USED_BY: Mapping[str, frozenset[str]] = {
    "survey.fields[].options": frozenset(TYPES_WITH_OPTIONS),
    "survey.fields[].placeholder": _TYPES_WITH_PLACEHOLDER,
}
"""The types of answers that use a field of a question; a field that is missing here is used by all."""

INITIAL_TEXTS: Mapping[str, str] = {
    "oa.head.bgcolor": "FFBBBBBB",
    "oa.head.text": "OA",
    "action_card.btn_orientation": "0",
}
"""Initial texts of fields: the defaults of the function that creates the message."""

INITIAL_ITEMS: Mapping[str, int] = {"action_card.btn_json_list": 2, "card.buttons": 2, "survey.fields": 1}
"""The initial number of items of a list; other lists start empty."""

MAX_ITEMS = 20
"""The maximum number of items that the form offers in a list for which DingTalk documents none."""

_TITLES = {
    name: "body.title" if name == "oa" else "title"
    for name in ("markdown", "action_card", "link", "oa", "card", "survey")
}
_MAIN_TEXTS = {
    "markdown": "text",
    "text": "content",
    "action_card": "markdown",
    "link": "text",
    "oa": "body.content",
    "card": "text",
    "survey": "text",
}
_KINDS_WITHOUT_COLUMNS = frozenset({"key", "template_id", "options", "deadline", "colour", "status_colour"})

EQUIVALENT_FIELDS: tuple[Mapping[str, str], ...] = (_TITLES, _MAIN_TEXTS)
"""Fields of different types with the same meaning: their text is kept when the type changes."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """
    A field at its path in a message, which includes the number of its item in a list.

    Attributes:
        path: The path: ``btn_json_list[0].title``.
        field: The field's rules.
        msgtype: The message's type.
    """

    path: str
    field: Field
    msgtype: str

    @property
    def name(self) -> str:
        """The field's name in the tables of this module: ``action_card.btn_json_list[].title``."""
        return f"{self.msgtype}.{self.field.name}"

    @property
    def list_name(self) -> str:
        """The list that the field belongs to; empty for fields outside of lists."""
        name, number = item_of(self.path)
        return name if number >= 0 else ""

    @property
    def number(self) -> int:
        """The number of the field's item in that list, from 0; also 0 for fields outside of lists."""
        return max(item_of(self.path)[1], 0)

    @property
    def is_wide(self) -> bool:
        """Whether the field takes a whole line in its item."""
        return self.name in WIDE_FIELDS

    @property
    def is_secondary(self) -> bool:
        """Whether few messages need the field."""
        return self.name in SECONDARY_FIELDS

    @property
    def is_multiline(self) -> bool:
        """Whether the field's text may have several lines."""
        return self.name in MULTILINE_FIELDS

    @property
    def is_main(self) -> bool:
        """Whether the field is the main text of the message."""
        return _MAIN_TEXTS.get(self.msgtype) == self.path

    @property
    def takes_columns(self) -> bool:
        """Whether the form offers to insert columns into the field."""
        return self.field.kind not in _KINDS_WITHOUT_COLUMNS

    @property
    def media_kind(self) -> str:
        """The kind of media that the field holds; empty for other fields."""
        return media_kind_of(TYPES[self.msgtype]) if self.field.kind in MEDIA_FIELD_KINDS else ""

    def is_limited_by_body(self, body_bytes: int) -> bool:
        """Return whether the message reaches its limit in bytes before this field reaches its limit in characters."""
        return (self.field.max_characters or 0) > body_bytes


def item_of(path: str) -> tuple[str, int]:
    """Return the list and the number of the item that a field belongs to; for other fields, the path itself and -1."""
    name, _, rest = path.partition("[")
    return name, int(rest.partition("]")[0]) if rest else -1


def field_groups(msgtype: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of fields of which a message of this type has exactly one."""
    return TYPES[msgtype].one_of


def places(msgtype: str, choice: int, items: Mapping[str, int]) -> Iterator[FieldPlace]:
    """
    Yield the fields that the form shows.

    Args:
        msgtype: The message's type.
        choice: The index of the group in use, if a message has exactly one of several.
        items: The number of items in each list, by its path, which starts with the type.
    """
    for field in shown_fields(msgtype, choice):
        path = field.name
        if field.kind != "list":
            yield FieldPlace(path, field, msgtype)
            continue
        for number in range(items.get(f"{msgtype}.{path}", 0)):
            for item_field in _item_fields(msgtype, path):
                yield FieldPlace(item_field.name.replace("[]", f"[{number}]"), item_field, msgtype)


def item_name(msgtype: str, list_name: str, number: int) -> str:
    """Return the name of an item of a list, with its number from 1."""
    return say(f"item.{msgtype}.{list_name}", n=number + 1)


def label_parts(place: FieldPlace) -> tuple[str, str]:
    """Return a field's label in two parts: the item that it belongs to, which may be empty, and the rest."""
    return field_label(f"{place.msgtype}.{place.path}")


def label_of(place: FieldPlace) -> str:
    """Return a field's label."""
    return "".join(label_parts(place))


def label_text(place: FieldPlace) -> Text:
    """Return a field's label as a text."""
    return Text("field_label", path=f"{place.msgtype}.{place.path}")


def list_fields(msgtype: str, choice: int) -> Iterator[Field]:
    """Yield the lists that the form shows."""
    yield from (field for field in shown_fields(msgtype, choice) if field.kind == "list")


def _item_fields(msgtype: str, path: str) -> Sequence[Field]:
    """Return the fields of an item of a list, in the order of the form."""
    item_fields = TYPES[msgtype].items_of(path)
    order = ITEM_ORDER.get(f"{msgtype}.{path}")
    return item_fields if order is None else sorted(item_fields, key=lambda field: order.index(field.python_name))


def shown_fields(msgtype: str, choice: int) -> Iterator[Field]:
    """Yield the fields and lists of a type, without groups of fields that are not in use."""
    others = {name for at, group in enumerate(field_groups(msgtype)) if at != choice for name in group}
    for path in FIELD_ORDER[msgtype]:
        message_field = TYPES[msgtype].find(path)
        if message_field is not None and path not in others and message_field.only_with not in others:
            yield message_field
