"""What a draft in the ledger stores: a message as written, where it belongs, its list and its chosen files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dingnb.campaigns.draft_files import FILES_KEY, ChosenFile
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.messages.types import TYPES
from dingnb.ui.compose.fields import field_groups
from dingnb.ui.compose.message_text import ChosenMedia, Folder, MessageText, choice_for, count_items, initial_text
from dingnb.ui.compose.state import ComposeState
from dingnb.words import Text, count

_OTHER, _ITEMS, _CHOICE, _FOLDER = "@", "#", "?", "/"
"""Marks at the start of the paths in a stored draft that are not fields of its type; the facts have others."""

_MARK_OF_FACT: Mapping[str, str] = {
    "base_digest": "=",
    "written_for": "&",
    "campaign": "!",
    "copied_from": "+",
    "pattern": "%",
    "assignment": "*",
}
"""The path of each fact of `DraftFacts` in a stored draft: a mark by itself."""

_SINGLE_MARKS = frozenset({_CHOICE, *_MARK_OF_FACT.values(), FILES_KEY})
"""The marks that are a path by themselves; all other marks are followed by the path of a field or a list."""

_MAX_DIGITS = 3
_MESSAGE_DIGEST_LENGTH = 32
_LIST_DIGEST_LENGTH = 16

_MAX_ROWS = 10**7
"""The largest number of rows of a list that a draft is believed to have been written for."""

_SAMPLE_ROWS = 1_000
"""The number of first and of last rows by which the people of a list are recognised."""


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """
    What a draft stores about its message besides the texts; a fact is empty if there is none.

    Attributes:
        base_digest: The digest of the message in the code that the draft is based on.
        written_for: The list that the draft is for, as `DraftList.to_json` returns it.
        campaign: The name of the message's campaign.
        copied_from: The name of the campaign that the message was copied from.
        pattern: The template of the names of files for each person.
        assignment: The digest of who gets which of these files, once they are attached.
    """

    base_digest: str = ""
    written_for: str = ""
    campaign: str = ""
    copied_from: str = ""
    pattern: str = ""
    assignment: str = ""


def to_draft(text: MessageText, facts: DraftFacts = DraftFacts()) -> dict[str, str]:
    """
    Return the texts of a draft of the message, without chosen media and the paths of uploaded files.

    The texts of the message's type have their paths, as in a message. The texts of other types, the numbers of items,
    the group of fields in use, folders, and the facts have paths that start with a mark.
    """
    own = f"{text.msgtype}."
    uploaded = {path for path, folder in text.folders.items() if folder.is_uploaded}
    texts = {
        path.removeprefix(own) if path.startswith(own) else f"{_OTHER}{path}": "" if path in uploaded else written
        for path, written in text.texts.items()
    }
    folders = {
        f"{_FOLDER}{path}": json.dumps([folder.path, folder.file_name])
        for path, folder in text.folders.items()
        if path not in uploaded
    }
    items = {f"{_ITEMS}{path}": str(n) for path, n in text.items.items()}
    stated = {mark: value for name, mark in _MARK_OF_FACT.items() if (value := getattr(facts, name))}
    return {**texts, **items, _CHOICE: str(text.choice), **folders, **stated}


def from_draft(msgtype: str, texts: Mapping[str, str]) -> MessageText:
    """
    Return a draft as content of the form; unknown entries are ignored.

    A draft that the form did not save may lack numbers of items and the group of fields in use, which then follow from
    its texts.
    """
    initial = initial_text()
    written = {
        path.removeprefix(_OTHER) if path.startswith(_OTHER) else f"{msgtype}.{path}": text
        for path, text in texts.items()
        if path not in _SINGLE_MARKS and not path.startswith((_ITEMS, _FOLDER))
    }
    own = [path for path, text in texts.items() if text.strip() and _is_known(msgtype, path)]
    stored = {
        path.removeprefix(_ITEMS): n
        for path, text in texts.items()
        if path.startswith(_ITEMS) and (n := _number(text)) is not None
    }
    choice = _number(texts.get(_CHOICE, ""))
    choice = choice_for(msgtype, own) if choice is None else min(choice, max(len(field_groups(msgtype)) - 1, 0))
    items = {**initial.items, **count_items(msgtype, own), **stored}
    folders = {
        path.removeprefix(_FOLDER): folder
        for path, text in texts.items()
        if path.startswith(_FOLDER) and (folder := _folder(text)) is not None
    }
    return MessageText(msgtype, {**initial.texts, **written}, choice, items, folders=folders)


def _is_known(msgtype: str, path: str) -> bool:
    """Return whether a path of a draft names a field; an item of a list needs a number of only few digits."""
    _, bracket, rest = path.partition("[")
    is_numbered = not bracket or _number(rest.partition("]")[0]) is not None
    return is_numbered and TYPES[msgtype].find(path) is not None


def facts_of_draft(texts: Mapping[str, str]) -> DraftFacts:
    """Return what a draft stores besides the message."""
    return DraftFacts(**{name: texts.get(mark, "") for name, mark in _MARK_OF_FACT.items()})


def digest_of(message: Message) -> str:
    """Return a digest of a message, by which drafts based on it are found again."""
    content = [message.msgtype, message.content, message.folder, message.file_name]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_MESSAGE_DIGEST_LENGTH]


def draft_differs(text: MessageText, msgtype: str, texts: Mapping[str, str]) -> bool:
    """Return whether the texts of a draft differ from the texts of a message; chosen media do not count."""
    draft = from_draft(msgtype, texts)
    return msgtype != text.msgtype or to_draft(_without_blanks(draft)) != to_draft(_without_blanks(text))


def _without_blanks(text: MessageText) -> MessageText:
    return replace(text, texts={path: value for path, value in text.texts.items() if value})


def _folder(text: str) -> Folder | None:
    """Return the folder that a draft stores as a text; None if the text is not a folder."""
    try:
        path, file_name = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    # Anybody may have written the draft.
    return Folder(path, file_name=file_name) if isinstance(path, str) and isinstance(file_name, str) else None


def _number(text: str) -> int | None:
    """Return a number of items, or another small number, of a draft; None for another text, or a large number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


@dataclass(frozen=True, slots=True)
class DraftList:
    """
    A list, as a draft of a message for it stores it.

    Attributes:
        name: The name in the notebook; empty if the list has none.
        rows: The number of rows.
        columns: A digest of the labels of the columns.
        people: A digest of the columns that identify people; empty without such columns.
    """

    name: str
    rows: int
    columns: str
    people: str

    def to_json(self) -> str:
        """Return the list as the draft stores it."""
        return json.dumps([self.name, self.rows, self.columns, self.people])

    @property
    def text(self) -> Text:
        """The name, if any, and the size of the list, for people."""
        rows = count("row", self.rows)
        return Text("compose.draft_list", name=self.name, rows=rows) if self.name else rows


def list_of_form(state: ComposeState, name: str) -> DraftList:
    """
    Return the list that a form shows.

    Args:
        state: The state of the form.
        name: The name of the list in the notebook; empty if it has none.
    """
    snapshot, choice = state.snapshot, state.recipient_choice
    frame, labels = snapshot.frame, list(map(str, snapshot.labels))
    columns = [at for at in (choice.userid, choice.mobile) if at >= 0]
    cells = [
        str(cell)
        for at in columns
        for part in (frame.iloc[:_SAMPLE_ROWS, at], frame.iloc[-_SAMPLE_ROWS:, at])
        for cell in part.tolist()
    ]
    people = _digest([str(len(frame)), *cells]) if columns else ""
    return DraftList(name, len(frame), _digest(labels), people)


def list_written_for(texts: Mapping[str, str]) -> DraftList | None:
    """Return the list that a draft was written for; None if the draft does not say, or cannot be read."""
    stored = facts_of_draft(texts).written_for
    if not stored:
        return None
    try:
        name, rows, columns, people = json.loads(stored)
    except (ValueError, TypeError, RecursionError):
        return None
    # Anybody may have written the draft.
    if type(rows) is not int or not 0 <= rows <= _MAX_ROWS:
        return None
    return DraftList(str(name), rows, str(columns), str(people))


def distance(draft: DraftList | None, form: DraftList) -> int:
    """
    Return how far the list of a draft is from the list of a form.

    The distance is 0 for the same people, 1 for the same columns and name, 2 for the same columns, and 3 otherwise, as
    for a draft without a list or a form without rows.
    """
    if draft is None or not form.rows:
        return 3
    if draft.people and draft.people == form.people:
        return 0
    if draft.columns != form.columns:
        return 3
    return 1 if draft.name and draft.name == form.name else 2


def _digest(texts: list[str]) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:_LIST_DIGEST_LENGTH]


@dataclass(frozen=True)
class Upload:
    """
    An uploaded file, such as a zip archive, from which people get their files.

    Attributes:
        name: The name.
        data: The bytes.
    """

    name: str
    data: bytes

    @cached_property
    def chosen(self) -> ChosenFile:
        """The upload, as a draft keeps it."""
        sha256 = hashlib.sha256(self.data).hexdigest()
        # Without a kind, because an archive itself is never sent.
        content = Content(kind="", name=self.name, sha256=sha256, size=len(self.data), mime="", source=self.data)
        return ChosenFile("", content)


@dataclass(frozen=True, slots=True)
class PersonalFiles:
    """
    The uploads from which each person gets their own file.

    Attributes:
        uploads: The uploads.
        pattern: The template of the file name for each person; may be empty.
        assignment: The digest of who gets which file, once the files were attached to the message; empty before.
    """

    uploads: tuple[Upload, ...] = ()
    pattern: str = ""
    assignment: str = ""


NO_PERSONAL_FILES = PersonalFiles()


def chosen_files(media: Mapping[str, ChosenMedia], personal: PersonalFiles) -> tuple[ChosenFile, ...]:
    """Return what was chosen for the fields of a message, and for each person."""
    in_fields = (ChosenFile(path, medium.content, medium.variable) for path, medium in sorted(media.items()))
    return (*in_fields, *(upload.chosen for upload in personal.uploads))


def media_of_files(files: Sequence[ChosenFile]) -> dict[str, ChosenMedia]:
    """Return what was chosen for the fields of a message, by their paths with the type."""
    return {file.field: ChosenMedia(file.content, file.variable) for file in files if file.field}


def personal_files(files: Sequence[ChosenFile], pattern: str, assignment: str) -> PersonalFiles:
    """Return what was chosen for each person, with a template of the file names and the digest of who gets which."""
    uploads = (Upload(file.content.name, file.content.read()) for file in files if not file.field)
    return PersonalFiles(tuple(uploads), pattern, assignment)
