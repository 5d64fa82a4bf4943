"""What is written in the compose form, for all types of messages, and how messages and drafts become that and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from dingnb.media import Content
from dingnb.media.references import is_reference
from dingnb.messages import Message
from dingnb.messages.attachments import MEDIA_FIELDS
from dingnb.messages.fields import TYPES
from dingnb.ui.compose import fields
from dingnb.ui.compose.fields import FieldPlace

_OTHER, _ITEMS, _CHOICE = "@", "#", "?"
_MOST_DIGITS = 3

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Medium:
    """
    A picture, a file or a voice that was chosen for a field, in place of its text.

    Attributes:
        content: What is sent.
        variable: What the notebook calls the object of which it was made; empty for a file.
    """

    content: Content
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """
    Where the files of a field's paths are, and what they are called.

    Attributes:
        path: The folder; empty if the paths name theirs.
        files: The number of files that were uploaded to it; 0 for a folder of the notebook's.
        file_name: The file name that recipients see, which may be a template; empty: that of the path.
    """

    path: str
    files: int = 0
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """
    What is written, for all types of messages: switching back to a type shows what was there.

    Attributes:
        msgtype: The message's type.
        texts: The text of each field, by its path with the type in front: ``markdown.title``.
        choice: The number of the group of fields in use, where a message has exactly one of several.
        items: The number of items in each list, by the same kind of path.
        media: What was chosen for fields for media, by the same kind of path.
        folders: The folders of paths in such fields.
    """

    msgtype: str
    texts: Mapping[str, str]
    choice: int = 0
    items: Mapping[str, int] = field(default_factory=dict)
    media: Mapping[str, Medium] = field(default_factory=dict)
    folders: Mapping[str, Folder] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Return the text of a field of the current type."""
        return self.texts.get(f"{self.msgtype}.{path}", "")

    def is_blank(self, path: str) -> bool:
        """Return whether a field of the current type has neither a text nor a chosen medium."""
        return not self.at(path).strip() and self.medium(path) is None

    def medium(self, path: str) -> Medium | None:
        """Return what was chosen for a field of the current type."""
        return self.media.get(f"{self.msgtype}.{path}")

    def folder(self, path: str) -> Folder | None:
        """Return the folder of the paths in a field of the current type."""
        return self.folders.get(f"{self.msgtype}.{path}")

    def with_text(self, path: str, typed: str) -> "Text":
        """Return a copy with another text in a field, in place of what was chosen for it."""
        place = f"{self.msgtype}.{path}"
        return replace(self, texts={**self.texts, place: typed}, media=_without(self.media, place))

    def with_medium(self, path: str, medium: Medium) -> "Text":
        """Return a copy in which a medium was chosen for a field, in place of its text."""
        place = f"{self.msgtype}.{path}"
        cleared = self.without_media(path).with_text(path, "")
        return replace(cleared, media={**cleared.media, place: medium})

    def with_folder(self, path: str, folder: Folder, typed: str) -> "Text":
        """Return a copy with a path in a field, and the folder of that path."""
        written = self.with_text(path, typed)
        return replace(written, folders={**self.folders, f"{self.msgtype}.{path}": folder})

    def without_media(self, path: str) -> "Text":
        """Return a copy without what was chosen for a field, and without the folder of its paths."""
        place = f"{self.msgtype}.{path}"
        return replace(self, media=_without(self.media, place), folders=_without(self.folders, place))

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
    def has_media(self) -> bool:
        """Whether a visible field has a chosen medium or a folder, which no draft keeps."""
        return any(self.medium(one.path) or self.folder(one.path) for one in self.places())

    @property
    def uses_rare_fields(self) -> bool:
        """Whether a field that few messages need differs from its initial text."""
        rare = [f"{self.msgtype}.{one.path}" for one in self.places() if one.is_rare]
        return any(name in self.media or self.texts.get(name, "") != fields.FIRST_TEXTS.get(name, "") for name in rare)

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
    first, kind = first_text(), TYPES[message.msgtype]
    kept = {one.reference: one for one in message.attachments if one.is_available}
    # Of what only its hash is known, nothing can be shown or sent: its field is blank.
    texts = {f"{message.msgtype}.{path}": "" if is_reference(source) else source for path, source in message.content}
    media = {f"{message.msgtype}.{path}": Medium(kept[source]) for path, source in message.content if source in kept}
    of_media = [one.name for one in kind.fields if one.kind in MEDIA_FIELDS]
    folder = Folder(message.folder, file_name=message.file_name)
    folders = {f"{message.msgtype}.{path}": folder for path in of_media if message.folder or message.file_name}
    items = dict(first.items)
    for path, _ in message.content:
        name, _, rest = path.partition("[")
        if rest:
            items[f"{message.msgtype}.{name}"] = int(rest.partition("]")[0]) + 1
    names = {path.partition("[")[0] for path, _ in message.content}
    groups = fields.choices(message.msgtype)
    choice = next((at for at, group in enumerate(groups) if names & set(group)), 0)
    return Text(message.msgtype, {**first.texts, **texts}, choice, items, media, folders)


def _without(kept: Mapping[str, Kept], place: str) -> Mapping[str, Kept]:
    return {path: one for path, one in kept.items() if path != place} if place in kept else kept


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
    Return what is written as the texts of a draft; chosen media and folders are not kept.

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
