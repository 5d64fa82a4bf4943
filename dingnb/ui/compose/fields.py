"""Which fields the compose form shows for each message type, in which order, and how they are typed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dingnb.language import say
from dingnb.messages.fields import TYPES, Field
from dingnb.ui.compose.text import Text

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
    "image": ("media_id",),
    "file": ("media_id",),
    "voice": ("media_id", "duration"),
}
"""The types in the order in which they are offered, each with its fields and lists."""

RARE = frozenset(
    {
        *("oa.body.author", "oa.body.image", "oa.body.file_count", "oa.pc_message_url"),
        *("oa.status_bar.status_value", "oa.status_bar.status_bg", "oa.head.bgcolor", "oa.head.text"),
    }
)
"""What few messages need: it is shown when somebody asks for it, or when something stands in it."""

MULTILINE = frozenset({"markdown.text", "text.content", "action_card.markdown", "link.text", "oa.body.content"})

FIRST_TEXTS: Mapping[str, str] = {
    "oa.head.bgcolor": "FFBBBBBB",
    "oa.head.text": "OA",
    "action_card.btn_orientation": "0",
}
"""What stands in a field at the beginning, as the type's function has it."""

FIRST_ITEMS: Mapping[str, int] = {"action_card.btn_json_list": 2}
"""How many items a list begins with; else none."""

_HEADLINES = {"markdown": "title", "action_card": "title", "link": "title", "oa": "body.title"}
_WORDS = {"markdown": "text", "text": "content", "action_card": "markdown", "link": "text", "oa": "body.content"}
ALIKE: tuple[Mapping[str, str], ...] = (_HEADLINES, _WORDS)
"""Fields of different types that say the same: what was typed in one goes along to another type."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """
    One field of the form.

    Attributes:
        path: Where its text stands in the message: ``btn_json_list[0].title``.
        field: What it may hold.
        msgtype: The message's type.
    """

    path: str
    field: Field
    msgtype: str

    @property
    def name(self) -> str:
        """The field's name in tables of words: ``action_card.btn_json_list[].title``."""
        return f"{self.msgtype}.{self.field.name}"

    @property
    def is_rare(self) -> bool:
        """Whether few messages need it."""
        return self.name in RARE

    @property
    def is_multiline(self) -> bool:
        """Whether it holds more than a line."""
        return self.name in MULTILINE


def choices(msgtype: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of fields of which a message of this type has exactly one."""
    return TYPES[msgtype].one_of


def places(msgtype: str, choice: int, items: Mapping[str, int]) -> Iterator[FieldPlace]:
    """
    Yield the fields that the form shows.

    Args:
        msgtype: The message's type.
        choice: Which of the groups is chosen of which there is exactly one.
        items: How many items each list has, by the list's name with the type in front.
    """
    for one in _shown(msgtype, choice):
        path = one.name
        if one.kind != "list":
            yield FieldPlace(path, one, msgtype)
            continue
        for number in range(items.get(f"{msgtype}.{path}", 0)):
            for item in TYPES[msgtype].items_of(path):
                yield FieldPlace(item.name.replace("[]", f"[{number}]"), item, msgtype)


def places_of(text: Text) -> list[FieldPlace]:
    """Return the fields that the form shows for what is written."""
    return list(places(text.msgtype, text.choice, text.items))


def label_of(place: FieldPlace) -> str:
    """Return what a field is called."""
    number = place.path.partition("[")[2].partition("]")[0]
    return say(f"field.{place.name}", n=int(number or 0) + 1)


def has_more(text: Text) -> bool:
    """Return whether something stands in the fields that few messages need, other than at the beginning."""
    rare = (f"{text.msgtype}.{one.path}" for one in places_of(text) if one.is_rare)
    return any(text.texts.get(name, "") != FIRST_TEXTS.get(name, "") for name in rare)


def quoted_label(place: FieldPlace) -> str:
    """Return what a field is called, as sentences name it."""
    return f"“{label_of(place)}”"


def room_of(text: Text, path: str) -> tuple[int, int]:
    """Return how few and how many items a list may have."""
    most = next(one.most or one.shown for one in lists(text.msgtype, text.choice) if one.name == path)
    # Of what has items from the beginning one stays.
    return min(FIRST_ITEMS.get(f"{text.msgtype}.{path}", 0), 1), most


def lists(msgtype: str, choice: int) -> Iterator[Field]:
    """Return the lists that the form shows."""
    return (one for one in _shown(msgtype, choice) if one.kind == "list")


def _shown(msgtype: str, choice: int) -> Iterator[Field]:
    """Yield the fields and lists of a type, without those of the groups that are not chosen."""
    others = {name for at, group in enumerate(choices(msgtype)) if at != choice for name in group}
    for path in ORDER[msgtype]:
        one = TYPES[msgtype].find(path)
        if one is not None and path not in others:
            yield one
