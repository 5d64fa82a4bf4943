"""What is written in the compose form, for all types of messages, and how messages and drafts become that and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dingnb.messages import Message
from dingnb.ui.compose import fields
from dingnb.ui.compose.fields import FieldPlace

_OTHER, _ITEMS, _CHOICE = "@", "#", "?"
_MOST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Text:
    """
    What is written, for all types of messages: switching back to a type shows what was there.

    Attributes:
        msgtype: The message's type.
        texts: The text of each field, by its path with the type in front: ``markdown.title``.
        choice: The number of the group of fields in use, where a message has exactly one of several.
        items: The number of items in each list, by the same kind of path.
    """

    msgtype: str
    texts: Mapping[str, str]
    choice: int = 0
    items: Mapping[str, int] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Return the text of a field of the current type."""
        return self.texts.get(f"{self.msgtype}.{path}", "")

    def with_text(self, path: str, typed: str) -> "Text":
        """Return a copy with another text in a field."""
        return replace(self, texts={**self.texts, f"{self.msgtype}.{path}": typed})

    def count(self, path: str) -> int:
        """Return the number of items in a list."""
        return self.items.get(f"{self.msgtype}.{path}", 0)

    def with_count(self, path: str, items: int) -> "Text":
        """Return a copy with another number of items in a list."""
        return replace(self, items={**self.items, f"{self.msgtype}.{path}": items})

    def limits(self, path: str) -> tuple[int, int]:
        """Return the smallest and the largest number of items that a list may have."""
        most = next(one.most or one.shown for one in fields.lists(self.msgtype, self.choice) if one.name == path)
        # A list that starts with items keeps one.
        return min(fields.FIRST_ITEMS.get(f"{self.msgtype}.{path}", 0), 1), most

    def places(self) -> list[FieldPlace]:
        """Return the fields that the form shows."""
        return list(fields.places(self.msgtype, self.choice, self.items))

    @property
    def uses_rare_fields(self) -> bool:
        """Whether a field that few messages need differs from its initial text."""
        rare = (f"{self.msgtype}.{one.path}" for one in self.places() if one.is_rare)
        return any(self.texts.get(name, "") != fields.FIRST_TEXTS.get(name, "") for name in rare)

    def in_type(self, msgtype: str) -> "Text":
        """Return a copy of another type, with the texts of the fields that say the same in both types."""
        after = replace(self, msgtype=msgtype)
        for names in fields.ALIKE:
            target = names.get(msgtype)
            # A text that this type has no field for may come from a type before it.
            sources = [self.msgtype] if self.msgtype in names else [*names]
            written = (self.texts.get(f"{source}.{names[source]}", "") for source in sources)
            said = next(filter(str.strip, written), "")
            if target is not None and said:
                after = after.with_text(target, said)
        return after


def first_text() -> Text:
    """Return what the form starts with."""
    return Text(next(iter(fields.ORDER)), fields.FIRST_TEXTS, 0, fields.FIRST_ITEMS)


def text_of(message: Message) -> Text:
    """Return what the form shows of a message."""
    first = first_text()
    texts = {f"{message.msgtype}.{path}": source for path, source in message.content}
    items = dict(first.items)
    for path, _ in message.content:
        name, _, rest = path.partition("[")
        if rest:
            items[f"{message.msgtype}.{name}"] = int(rest.partition("]")[0]) + 1
    names = {path.partition("[")[0] for path, _ in message.content}
    groups = fields.choices(message.msgtype)
    choice = next((at for at, group in enumerate(groups) if names & set(group)), 0)
    return Text(message.msgtype, {**first.texts, **texts}, choice, items)


def without_blank_items(leaves: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the leaves without the blank items at the end of a list."""
    kept = list(leaves)
    while kept and "[" in kept[-1][0]:
        item = kept[-1][0].partition("]")[0]
        if any(source.strip() for path, source in leaves if path.startswith(item)):
            break
        kept = [leaf for leaf in kept if not leaf[0].startswith(item)]
    return kept


def to_draft(text: Text) -> dict[str, str]:
    """
    Return what is written as the texts of a draft.

    The texts of its type have their paths, as in a message. The texts of other types, the numbers of items and the
    group of fields in use have paths that start with a mark.
    """
    own = f"{text.msgtype}."
    texts = {
        path.removeprefix(own) if path.startswith(own) else f"{_OTHER}{path}": written
        for path, written in text.texts.items()
    }
    items = {f"{_ITEMS}{path}": str(n) for path, n in text.items.items()}
    return {**texts, **items, _CHOICE: str(text.choice)}


def from_draft(msgtype: str, texts: Mapping[str, str]) -> Text:
    """Return what the form shows of a draft; what it does not recognise is left out."""
    first = first_text()
    written = {
        path.removeprefix(_OTHER) if path.startswith(_OTHER) else f"{msgtype}.{path}": one
        for path, one in texts.items()
        if path != _CHOICE and not path.startswith(_ITEMS)
    }
    items = {
        path.removeprefix(_ITEMS): n for path, one in texts.items() if path.startswith(_ITEMS) and (n := _number(one))
    }
    choice = min(_number(texts.get(_CHOICE, "")), max(len(fields.choices(msgtype)) - 1, 0))
    return Text(msgtype, {**first.texts, **written}, choice, {**first.items, **items})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
