"""The fields of the compose form for each message type: their order, labels and initial texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dingnb.messages.attachments import MEDIA_FIELDS, media_kind
from dingnb.messages.types import TYPES, Field
from dingnb.words import say

ORDER: Mapping[str, tuple[str, ...]] = {
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
"""The types in the order of the menu, each with its fields and lists."""

RARE = frozenset(
    {
        *("oa.body.author", "oa.body.image", "oa.body.file_count", "oa.pc_message_url"),
        *("oa.status_bar.status_value", "oa.status_bar.status_bg", "oa.head.bgcolor", "oa.head.text"),
        *("card.counts", "card.deadline", "survey.counts", "survey.deadline", "survey.submit"),
    }
)
"""Fields that few messages need: hidden until the user opens them or one of them has a text."""

MULTILINE = frozenset(
    {
        *("markdown.text", "text.content", "action_card.markdown", "link.text", "oa.body.content"),
        *("card.text", "survey.text", "survey.fields[].options"),
    }
)

FIRST_TEXTS: Mapping[str, str] = {
    "oa.head.bgcolor": "FFBBBBBB",
    "oa.head.text": "OA",
    "action_card.btn_orientation": "0",
}
"""Initial texts of fields: the defaults of the type's function."""

FIRST_ITEMS: Mapping[str, int] = {"action_card.btn_json_list": 2, "card.buttons": 2, "survey.fields": 1}
"""The initial number of items of a list; other lists start empty."""

MOST_ITEMS = 20
"""The maximum number of items that the form offers in a list for which DingTalk documents none."""

_HEADLINES = {
    name: "body.title" if name == "oa" else "title"
    for name in ("markdown", "action_card", "link", "oa", "card", "survey")
}
_WORDS = {
    "markdown": "text",
    "text": "content",
    "action_card": "markdown",
    "link": "text",
    "oa": "body.content",
    "card": "text",
    "survey": "text",
}
_WITHOUT_COLUMNS = frozenset({"key", "template_id", "options", "deadline", "colour", "status_colour"})
ALIKE: tuple[Mapping[str, str], ...] = (_HEADLINES, _WORDS)
"""Fields of different types with the same meaning: their text is kept when the type changes."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """
    One field of the form.

    Attributes:
        path: The path of its text in the message: ``btn_json_list[0].title``.
        field: Its rules.
        msgtype: The message's type.
    """

    path: str
    field: Field
    msgtype: str

    @property
    def name(self) -> str:
        """The field's name in tables of texts: ``action_card.btn_json_list[].title``."""
        return f"{self.msgtype}.{self.field.name}"

    @property
    def is_rare(self) -> bool:
        """Whether few messages need it."""
        return self.name in RARE

    @property
    def is_multiline(self) -> bool:
        """Whether its text may have several lines."""
        return self.name in MULTILINE

    @property
    def is_main(self) -> bool:
        """Whether it is the text of the message, beside its title and details."""
        return _WORDS.get(self.msgtype) == self.path

    @property
    def takes_columns(self) -> bool:
        """Whether a column is usually inserted into it."""
        return self.field.kind not in _WITHOUT_COLUMNS

    @property
    def media_kind(self) -> str:
        """The kind of media that it holds; empty for other fields."""
        return media_kind(TYPES[self.msgtype]) if self.field.kind in MEDIA_FIELDS else ""


def choices(msgtype: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of fields of which a message of this type has exactly one."""
    return TYPES[msgtype].one_of


def places(msgtype: str, choice: int, items: Mapping[str, int]) -> Iterator[FieldPlace]:
    """
    Yield the fields that the form shows.

    Args:
        msgtype: The message's type.
        choice: The number of the group in use, where a message has exactly one of several.
        items: The number of items in each list, by the list's name with the type in front.
    """
    for one in _shown(msgtype, choice):
        path = one.name
        if one.kind != "list":
            yield FieldPlace(path, one, msgtype)
            continue
        for number in range(items.get(f"{msgtype}.{path}", 0)):
            for item in TYPES[msgtype].items_of(path):
                yield FieldPlace(item.name.replace("[]", f"[{number}]"), item, msgtype)


def label_of(place: FieldPlace) -> str:
    """Return a field's label."""
    number = place.path.partition("[")[2].partition("]")[0]
    return say(f"field.{place.name}", n=int(number or 0) + 1)


def quoted_label(place: FieldPlace) -> str:
    """Return a field's label in quotes, for use in a sentence."""
    return f"“{label_of(place)}”"


def lists(msgtype: str, choice: int) -> Iterator[Field]:
    """Return the lists that the form shows."""
    return (one for one in _shown(msgtype, choice) if one.kind == "list")


def _shown(msgtype: str, choice: int) -> Iterator[Field]:
    """Yield the fields and lists of a type, without those of the groups not in use."""
    others = {name for at, group in enumerate(choices(msgtype)) if at != choice for name in group}
    for path in ORDER[msgtype]:
        one = TYPES[msgtype].find(path)
        if one is not None and path not in others and one.only_with not in others:
            yield one
