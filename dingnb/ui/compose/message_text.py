"""The content of the compose form, for all message types, and its conversion from messages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from dingnb.media import SESSION_FOLDER_PREFIX, Content
from dingnb.media.references import is_reference
from dingnb.messages import Message
from dingnb.messages.attachments import MEDIA_FIELD_KINDS
from dingnb.messages.types import TYPES, fits
from dingnb.ui.compose import fields
from dingnb.ui.compose.fields import FieldPlace, item_of

_KEYS = frozenset({"key", "name"})

Value = TypeVar("Value")

_DURATION = "duration"
"""The path of a voice's length in seconds."""


@dataclass(frozen=True, slots=True)
class ChosenMedia:
    """
    A picture, file or voice message that was chosen for a field instead of a text.

    Attributes:
        content: The content to send.
        variable: The notebook variable that the content was made from; empty for a file.
    """

    content: Content
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """
    The folder of the paths in a field, and the name of their files.

    Attributes:
        path: The folder; empty if the paths include it.
        files: The number of files that were uploaded to the folder; 0 for a folder of the notebook.
        file_name: The file name that recipients see, which may be a template; if empty, the name in the path.
    """

    path: str
    files: int = 0
    file_name: str = ""

    @property
    def is_uploaded(self) -> bool:
        """Whether the files were uploaded, so that the folder is deleted when the process ends."""
        return bool(self.files) or any(part.startswith(SESSION_FOLDER_PREFIX) for part in Path(self.path).parts)


@dataclass(frozen=True, slots=True)
class MessageText:
    """
    The message as written, for all message types: switching back to a type restores its fields.

    Attributes:
        msgtype: The message's type.
        texts: The text of each field, by its path, which starts with the type: ``markdown.title``.
        choice: The index of the group of fields in use, if a message has exactly one of several.
        items: The number of items in each list, by the same kind of path.
        media: The media chosen for media fields, by the same kind of path.
        folders: The folders of paths in media fields, by the same kind of path.
    """

    msgtype: str
    texts: Mapping[str, str]
    choice: int = 0
    items: Mapping[str, int] = field(default_factory=dict)
    media: Mapping[str, ChosenMedia] = field(default_factory=dict)
    folders: Mapping[str, Folder] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Return the text of a field of the current type."""
        return self.texts.get(f"{self.msgtype}.{path}", "")

    def is_blank(self, path: str) -> bool:
        """Return whether a field of the current type has neither a text nor a chosen medium."""
        return not self.at(path).strip() and self.medium(path) is None

    def medium(self, path: str) -> ChosenMedia | None:
        """Return the medium chosen for a field of the current type; None if there is none."""
        return self.media.get(f"{self.msgtype}.{path}")

    def folder(self, path: str) -> Folder | None:
        """Return the folder of the paths in a field of the current type; None if there is none."""
        return self.folders.get(f"{self.msgtype}.{path}")

    def with_text(self, path: str, typed: str) -> "MessageText":
        """Return a copy with a new text in a field, which replaces a chosen medium."""
        full_path = f"{self.msgtype}.{path}"
        return replace(self, texts={**self.texts, full_path: typed}, media=_without(self.media, full_path))

    def with_medium(self, path: str, medium: ChosenMedia) -> "MessageText":
        """Return a copy with a medium in place of a field's text; a blank length of a voice message is filled in."""
        full_path = f"{self.msgtype}.{path}"
        cleared = self.without_media(path).with_text(path, "")
        chosen = replace(cleared, media={**cleared.media, full_path: medium})
        seconds = medium.content.seconds
        is_wanted = seconds is not None and self.msgtype == "voice" and chosen.is_blank(_DURATION)
        return chosen.with_text(_DURATION, str(seconds)) if is_wanted else chosen

    def with_folder(self, path: str, folder: Folder, typed: str) -> "MessageText":
        """Return a copy with a path in a field, and the folder of that path."""
        with_path = self.with_text(path, typed)
        return replace(with_path, folders={**self.folders, f"{self.msgtype}.{path}": folder})

    def without_media(self, path: str) -> "MessageText":
        """Return a copy without the chosen medium of a field, its length, and the folder of its paths."""
        full_path, medium = f"{self.msgtype}.{path}", self.medium(path)
        without = replace(self, media=_without(self.media, full_path), folders=_without(self.folders, full_path))
        seconds = None if medium is None or self.msgtype != "voice" else medium.content.seconds
        is_its_length = seconds is not None and self.at(_DURATION) == str(seconds)
        return without.with_text(_DURATION, "") if is_its_length else without

    def without_folders(self, paths: Collection[str]) -> "MessageText":
        """Return a copy without some folders and the paths in them, in all types."""
        removed = {full_path for full_path, folder in self.folders.items() if folder.path in paths}
        folders = {full_path: folder for full_path, folder in self.folders.items() if full_path not in removed}
        return replace(self, texts={**self.texts, **dict.fromkeys(removed, "")}, folders=folders)

    def count(self, path: str) -> int:
        """Return the number of items in a list."""
        return self.items.get(f"{self.msgtype}.{path}", 0)

    def with_count(self, path: str, items: int) -> "MessageText":
        """Return a copy with another number of items in a list."""
        return replace(self, items={**self.items, f"{self.msgtype}.{path}": items})

    def without_item(self, path: str, number: int) -> "MessageText":
        """Return a copy without an item of a list."""
        last = self.count(path) - 1
        after = self
        for position in range(number, last):
            after = after.with_swapped_items(path, position, position + 1)
        start = f"{self.msgtype}.{path}[{last}]."
        texts = {name: text for name, text in after.texts.items() if not name.startswith(start)}
        return replace(after, texts=texts).with_count(path, last)

    def with_swapped_items(self, path: str, first: int, second: int) -> "MessageText":
        """Return a copy with two items of a list exchanged."""
        starts = [f"{self.msgtype}.{path}[{number}]." for number in (first, second)]
        texts = dict(self.texts)
        for item_field in TYPES[self.msgtype].items_of(path):
            names = [start + item_field.python_name for start in starts]
            before = [self.texts.get(name, "") for name in names]
            texts |= dict(zip(names, reversed(before), strict=True))
        return replace(self, texts=texts)

    def item_limits(self, path: str) -> tuple[int, int]:
        """Return the smallest and the largest number of items that a list may have."""
        list_fields = fields.list_fields(self.msgtype, self.choice)
        largest = next(
            list_field.max_items or list_field.shown_items or fields.MAX_ITEMS
            for list_field in list_fields
            if list_field.name == path
        )
        # A list that starts with items keeps one.
        return min(fields.INITIAL_ITEMS.get(f"{self.msgtype}.{path}", 0), 1), largest

    def places(self) -> list[FieldPlace]:
        """Return the fields that the form shows."""
        return list(fields.places(self.msgtype, self.choice, self.items))

    @property
    def has_media(self) -> bool:
        """Whether a visible field has a chosen medium or a folder."""
        return any(self.medium(place.path) or self.folder(place.path) for place in self.places())

    @property
    def can_have_media(self) -> bool:
        """Whether a visible field can have a chosen medium."""
        return any(place.media_kind for place in self.places())

    def is_changed(self, path: str) -> bool:
        """Return whether a field of the current type differs from its initial text."""
        full_path = f"{self.msgtype}.{path}"
        return self.medium(path) is not None or self.at(path) != fields.INITIAL_TEXTS.get(full_path, "")

    def in_type(self, msgtype: str) -> "MessageText":
        """Return a copy of another type, with the texts of the fields that have the same meaning in both types."""
        texts = dict(self.texts)
        for paths in fields.EQUIVALENT_FIELDS:
            text = self.at(paths[self.msgtype]) if self.msgtype in paths else ""
            if text.strip():
                # In all types, since the next type may have no such field, and a later type may.
                texts |= {f"{other}.{path}": text for other, path in paths.items()}
        return replace(self, msgtype=msgtype, texts=texts)


def initial_text() -> MessageText:
    """Return the initial content of the form."""
    return MessageText(next(iter(fields.FIELD_ORDER)), fields.INITIAL_TEXTS, 0, fields.INITIAL_ITEMS)


def text_of_message(message: Message) -> MessageText:
    """Return a message as content of the form."""
    initial, message_type = initial_text(), TYPES[message.msgtype]
    available = {attachment.reference: attachment for attachment in message.attachments if attachment.is_available}
    # Media known only by their hash can be neither shown nor sent, so their field is blank.
    texts = {f"{message.msgtype}.{path}": "" if is_reference(source) else source for path, source in message.content}
    media = {
        f"{message.msgtype}.{path}": ChosenMedia(available[source])
        for path, source in message.content
        if source in available
    }
    media_paths = [
        message_field.name for message_field in message_type.fields if message_field.kind in MEDIA_FIELD_KINDS
    ]
    folder = Folder(message.folder, file_name=message.file_name)
    folders = {f"{message.msgtype}.{path}": folder for path in media_paths if message.folder or message.file_name}
    paths = [path for path, _ in message.content]
    items = {**initial.items, **count_items(message.msgtype, paths)}
    choice = choice_for(message.msgtype, paths)
    return MessageText(message.msgtype, {**initial.texts, **texts}, choice, items, media, folders)


def count_items(msgtype: str, paths: Iterable[str]) -> dict[str, int]:
    """Return the number of items that the fields at some paths need in each list, by its path with the type."""
    items: dict[str, int] = {}
    for name, number in map(item_of, paths):
        if number >= 0:
            items[f"{msgtype}.{name}"] = max(number + 1, items.get(f"{msgtype}.{name}", 0))
    return items


def choice_for(msgtype: str, paths: Iterable[str]) -> int:
    """Return the index of the first group with a field at one of some paths; 0 if there is none."""
    names = {name for name, _ in map(item_of, paths)}
    groups = fields.field_groups(msgtype)
    return next((at for at, group in enumerate(groups) if names & set(group)), 0)


def _without(values: Mapping[str, Value], full_path: str) -> Mapping[str, Value]:
    return {path: value for path, value in values.items() if path != full_path} if full_path in values else values


def without_blank_items(leaves: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the leaves without the blank items at the end of each list."""
    last: dict[str, int] = {}
    for path, source in leaves:
        name, number = item_of(path)
        if source.strip():
            last[name] = max(number, last.get(name, -1))
    return [leaf for leaf in leaves if (item := item_of(leaf[0]))[1] <= last.get(item[0], -1)]


def with_keys(msgtype: str, leaves: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """
    Return the leaves with a key for each button or question without one.

    The key is the label, with underscores for whitespace, or ``button1`` or ``question1`` if that cannot be a key.
    """
    written = dict(leaves)
    keys = {}
    for path, source in leaves:
        start, _, name = path.rpartition(".")
        if name in _KEYS and f"{start}.label" in written and not source.strip():
            key = "_".join(written[f"{start}.label"].split())
            fallback = f"{'question' if msgtype == 'survey' else 'button'}{item_of(path)[1] + 1}"
            keys[path] = key if fits("key", key) else fallback
    return [(path, keys.get(path, source)) for path, source in leaves]


def with_media_of(text: MessageText, other: MessageText) -> MessageText:
    """Return a draft with the chosen media and folders of the message that it is based on, where it has no others."""
    media = {path: medium for path, medium in other.media.items() if not text.texts.get(path, "").strip()}
    folders = {
        path: folder
        for path, folder in other.folders.items()
        if path in media or text.texts.get(path, "") == other.texts.get(path, "")
    }
    # If the content is the same, the medium of the other message stays: only that one has the path of its file.
    chosen = {
        path: medium
        for path, medium in text.media.items()
        if path not in media or media[path].content != medium.content
    }
    return replace(text, media={**media, **chosen}, folders={**folders, **text.folders})
