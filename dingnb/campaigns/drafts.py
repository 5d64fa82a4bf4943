"""Drafts of messages, kept in the ledger."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from dingnb.campaigns.draft_files import FILES_KEY, ChosenFile, ChosenFileStore, digest_in, digest_of_files
from dingnb.display import Sheet, Table
from dingnb.errors import ChangedDraftError, InputError, LedgerError
from dingnb.errors.arguments import (
    check_integer,
    explains_arguments,
    is_storable_text,
    read_name,
    short_repr,
    shorten_name,
)
from dingnb.ledger import Ledger, Realm
from dingnb.ledger import drafts as ledger_drafts
from dingnb.ledger.drafts import DraftRow
from dingnb.messages import Message
from dingnb.messages.leaves import leaves_to_arguments
from dingnb.messages.types import TYPES
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count, listed
from dingnb.words.literals import literal
from dingnb.words.visible import truncate

MAX_BYTES = 100_000
"""Maximum size of a draft as JSON in UTF-8: five times a message with all fields at their limits."""

_MAX_SHOWN_LENGTH = 60
_KINDS_WITHOUT_TEXT = frozenset({"list", "object"})


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """
    A draft stored in the ledger.

    Attributes:
        name: The draft's name.
        msgtype: DingTalk's name of the message type.
        texts: The draft's texts by key: the path of a field, such as ``title`` or ``btn_json_list[0].title``, or
            another key used by a form.
        version: The draft's version, for `Drafts.save` and `Drafts.drop`.
        updated_ns: When the draft was saved, in DingTalk's time, nanoseconds since the epoch.
        mode: ``SANDBOX`` or ``LIVE``, the mode of the app.
    """

    name: str
    msgtype: str
    texts: Mapping[str, str]
    version: int
    updated_ns: int
    mode: str

    @property
    def updated_at(self) -> pd.Timestamp:
        """When the draft was saved, in Beijing time; resolution ms."""
        return timestamps([self.updated_ns])[0]

    @property
    def has_known_type(self) -> bool:
        """Whether this version of dingnb has the message type; a newer version may have saved the draft."""
        return self.msgtype in TYPES

    @property
    def arguments(self) -> dict[str, object]:
        """
        The arguments of the message type's function that are filled in; other texts are left out.

        Raises:
            InputError: The type is unknown.
        """
        check_type(self)
        return leaves_to_arguments(TYPES[self.msgtype], list(_texts_of_fields(self.msgtype, self.texts).items()))

    @property
    def message(self) -> Message:
        """
        The message of the draft.

        Raises:
            InputError: The type is unknown.
            MessageError: A field is missing, too long or of the wrong kind.
            TemplateError: A template is invalid.
        """
        return Message.of(self.msgtype, self.arguments)

    def sheet(self) -> Sheet:
        """Return the display of the draft."""
        facts = (
            (Text("plan.message"), self.msgtype),
            (Text("drafts.saved"), f"{self.updated_at:%Y-%m-%d %H:%M}"),
            (Text("drafts.version"), str(self.version)),
        )
        rows = [(path, _preview(text)) for path, text in _texts_of_fields(self.msgtype, self.texts).items()]
        header = (Text("drafts.field"), Text("drafts.text"))
        tables = (Table(Text("drafts.texts"), header, rows),) if rows else ()
        return Sheet(Text("drafts.one", name=self.name), self.mode, facts, tables=tables)

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


class Drafts:
    """
    The drafts of an app, kept in the ledger; available as `DingTalk.drafts`.

    Its methods raise LedgerError if the ledger cannot be read or written.

    Args:
        ledger: The ledger with the drafts.
        realm: The app and its mode.
        now_ns: Returns the current time, in DingTalk's time, nanoseconds since the epoch.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> note = dingnb.markdown("Payslip", "Hi {{ name }}")
        >>> draft = ding.drafts.save("payslip", note.msgtype, dict(note.content))
        >>> ding.drafts.load("payslip").message
        markdown(title='Payslip', text='Hi {{ name }}')
        >>> ding.drafts.drop("payslip")
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns
        self._files = ChosenFileStore(ledger.draft_files)

    @explains_arguments
    def save(self, name: str, msgtype: str, texts: Mapping[str, str], *, version: int | None = None) -> StoredDraft:
        """
        Save a draft, which need not be a complete message.

        Nothing is written if the saved draft is the same.

        Args:
            name: The draft's name; leading and trailing whitespace is ignored.
            msgtype: DingTalk's name of the message type.
            texts: The draft's texts by key; for a message, ``dict(message.content)``. Like sent texts, they are stored
                in the ledger: a file that only its owner can read, or a database that the whole team can read. They
                must not contain secrets.
            version: The `version` that was loaded or saved last, so that changes by others, such as another tab, are
                not overwritten; 0 means that there is no draft of this name. None always overwrites.

        Returns:
            The draft, with its new version.

        Raises:
            ChangedDraftError: The draft was saved or deleted meanwhile; nothing was written.
            InputError: The name, the type or the version is invalid, or `texts` is too large or not a mapping of texts.
            LedgerError: The ledger cannot be written.
        """
        draft_name, serialized = _read_name(name), _serialize(msgtype, texts)
        _check_version_type(version)
        files_before = ""

        def check(stored: DraftRow | None) -> None:
            nonlocal files_before
            _check_version(draft_name, stored, version)
            files_before = "" if stored is None else digest_in(json.loads(stored.texts))

        now_ns = self._now_ns()
        row = ledger_drafts.save(self._ledger, self._realm, draft_name, msgtype, serialized, now_ns, check)
        if files_before not in {"", digest_in(texts)}:
            self._delete_unused_files()
        return self._to_draft(row)

    @explains_arguments
    def load(self, name: str) -> StoredDraft:
        """
        Return a draft.

        Raises:
            InputError: There is no draft of this name.
            LedgerError: The ledger cannot be read.
        """
        draft_name, rows = _read_name(name), self._rows()
        row = next((candidate for candidate in rows if candidate.name == draft_name), None)
        return self._to_draft(_require_row(row, draft_name, rows))

    @explains_arguments
    def drop(self, name: str, *, version: int | None = None) -> None:
        """
        Delete a draft, and the files that were chosen for it in a form.

        Args:
            name: The draft's name.
            version: As for `save`; None always deletes.

        Raises:
            ChangedDraftError: The draft was saved meanwhile.
            InputError: There is no draft of this name.
            LedgerError: The ledger cannot be written.
        """
        draft_name = _read_name(name)
        _check_version_type(version)

        def check(row: DraftRow | None, rows: list[DraftRow]) -> None:
            _check_version(draft_name, _require_row(row, draft_name, rows), version)

        ledger_drafts.delete(self._ledger, self._realm, draft_name, check)
        self._delete_unused_files()

    def names(self) -> list[str]:
        """Return the names of the drafts, most recently saved first."""
        return [row.name for row in self._rows()]

    def to_frame(self) -> pd.DataFrame:
        """
        Return the drafts, without their texts.

        Returns:
            One row for each draft, most recently saved first: `name` (str), `msgtype` (str), `characters` (int64: of
            the texts of its message), `version` (int64), `updated_at` (datetime64[ms, Asia/Shanghai]).
        """
        rows = self._rows()
        return pd.DataFrame(
            {
                "name": pd.array([row.name for row in rows], dtype="str"),
                "msgtype": pd.array([row.msgtype for row in rows], dtype="str"),
                "characters": pd.array([_count_characters(row) for row in rows], dtype="int64"),
                "version": pd.array([row.version for row in rows], dtype="int64"),
                "updated_at": timestamps([row.updated_ns for row in rows]),
            }
        )

    def sheet(self) -> Sheet:
        """Return the display of the drafts."""
        app, rows = (Text("plan.app"), self._realm.app), self._rows()
        if not rows:
            return Sheet(Text("drafts.title"), self._realm.mode, (app,), (Text("drafts.none_yet"),))
        moments = timestamps([row.updated_ns for row in rows]).strftime("%Y-%m-%d %H:%M")
        cells = [
            (row.name, row.msgtype, f"{_count_characters(row):,}", moment)
            for row, moment in zip(rows, moments, strict=True)
        ]
        header = tuple(Text(f"drafts.{name}") for name in ("name", "type", "characters", "saved"))
        note = Text("drafts.use", name=literal(rows[0].name))
        table = Table(Text("drafts.title"), header, cells)
        return Sheet(Text("drafts.title"), self._realm.mode, (app,), (note,), (table,))

    def _delete_unused_files(self) -> None:
        """Delete the chosen files that no draft of the ledger names; if this fails, they are deleted the next time."""
        with suppress(OSError, LedgerError):
            self._files.delete_except(lambda: {digest for _, _, digest in _drafts_with_files(self._ledger)})

    def _rows(self) -> list[DraftRow]:
        with self._ledger.connection() as db:
            return ledger_drafts.find_all(db, self._realm)

    def _to_draft(self, row: DraftRow) -> StoredDraft:
        return StoredDraft(row.name, row.msgtype, json.loads(row.texts), row.version, row.updated_ns, self._realm.mode)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.strip() in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._rows())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def recent_drafts(drafts: Drafts) -> list[StoredDraft]:
    """Return the drafts with their texts, most recently saved first."""
    return [drafts._to_draft(row) for row in drafts._rows()]  # noqa: SLF001 - the class is in this module


def stored_version(drafts: Drafts, name: str) -> int:
    """Return the version of a draft as it is in the ledger; 0 if there is no draft of this name."""
    with drafts._ledger.connection() as db:  # noqa: SLF001 - the class is in this module
        row = ledger_drafts.find(db, drafts._realm, name)  # noqa: SLF001 - likewise
    return 0 if row is None else row.version


def save_with_files(
    drafts: Drafts, name: str, msgtype: str, texts: Mapping[str, str], files: Sequence[ChosenFile], *, version: int
) -> tuple[StoredDraft, Text]:
    """
    Save a draft, and keep its chosen files on this computer.

    Returns:
        The draft, and why its files are not kept; empty if they are kept, or if there are none.
    """
    named = {FILES_KEY: digest_of_files(files)} if files else {}
    stored = drafts.save(name, msgtype, {**texts, **named}, version=version)
    return stored, drafts._files.keep(files) if files else NOTHING  # noqa: SLF001 - likewise


def files_of(drafts: Drafts, draft: StoredDraft) -> tuple[ChosenFile, ...] | None:
    """Return the chosen files of a draft, perhaps none; None if they are not on this computer, or are damaged."""
    digest = digest_in(draft.texts)
    return drafts._files.load(digest) if digest else ()  # noqa: SLF001 - likewise


def file_names_of(drafts: Drafts, draft: StoredDraft) -> tuple[str, ...]:
    """Return the names of the chosen files of a draft; none if they are not on this computer, or are damaged."""
    return drafts._files.names(digest_in(draft.texts))  # noqa: SLF001 - likewise


def has_files(drafts: Drafts) -> bool:
    """Return whether chosen files of drafts in the same ledger are on this computer."""
    return bool(drafts._files.digests())  # noqa: SLF001 - likewise


def delete_unused_files(drafts: Drafts) -> None:
    """Delete the chosen files that no draft names, which a process that was killed may have left."""
    drafts._delete_unused_files()  # noqa: SLF001 - likewise


def prune_files(ledger: Ledger, before_ns: int, realms: Collection[str] | None, *, counts_only: bool) -> int:
    """
    Delete the chosen files of drafts that were last saved up to a time; the drafts remain.

    Args:
        ledger: The ledger with the drafts.
        before_ns: The time, in DingTalk's time, nanoseconds since the epoch; drafts saved at this time are included.
        realms: The ids of the apps; None for all.
        counts_only: Whether to count the drafts and delete nothing.

    Returns:
        The number of drafts that lose their files, or with `counts_only` would lose them.

    Raises:
        LedgerError: The ledger cannot be read, or the files cannot be deleted.
    """
    store = ChosenFileStore(ledger.draft_files)

    def is_pruned(realm: str, saved_ns: int) -> bool:
        return saved_ns <= before_ns and (realms is None or realm in realms)

    def kept() -> set[str]:
        return {digest for realm, saved_ns, digest in _drafts_with_files(ledger) if not is_pruned(realm, saved_ns)}

    pruned = store.digests() - kept()
    draft_count = sum(digest in pruned for _, _, digest in _drafts_with_files(ledger))
    try:
        if not counts_only:
            store.delete_except(kept)
    except OSError as error:
        what = Text("drafts.files_not_deleted", folder=ledger.draft_files, reason=error.strerror or error)
        raise LedgerError(what, Text("drafts.files_not_deleted_todo")) from None
    return draft_count


def move_files(source: Ledger, target: Ledger) -> None:
    """
    Move the chosen files of drafts to the folder of the ledger to which the drafts were copied.

    Raises:
        LedgerError: The files cannot be moved.
    """
    try:
        ChosenFileStore(source.draft_files).move_to(ChosenFileStore(target.draft_files))
    except OSError as error:
        what = Text("drafts.files_not_moved", folder=source.draft_files, reason=error.strerror or error)
        raise LedgerError(what, Text("drafts.files_not_moved_todo", folder=target.draft_files)) from None


def _drafts_with_files(ledger: Ledger) -> list[tuple[str, int, str]]:
    """Return the realm id, the time of saving and the digest of the chosen files of all drafts that have some."""
    with ledger.connection() as db:
        drafts = [
            (realm, saved_ns, digest_in(json.loads(texts)))
            for realm, saved_ns, texts in ledger_drafts.find_all_texts(db)
        ]
    return [draft for draft in drafts if draft[-1]]


def have_same_drafts(drafts: Drafts, other: Drafts) -> bool:
    """Return whether two objects have the same drafts: of one app, in one ledger."""
    return (drafts._ledger.identity, drafts._realm.id) == (other._ledger.identity, other._realm.id)  # noqa: SLF001 - likewise


def check_type(draft: StoredDraft) -> None:
    """
    Refuse a draft of an unknown message type.

    Raises:
        InputError: The type is unknown.
    """
    if not draft.has_known_type:
        what = Text("drafts.unknown_type", name=draft.name, value=short_repr(draft.msgtype))
        raise InputError(what, Text("drafts.unknown_type_todo"))


def _require_row(row: DraftRow | None, name: str, rows: list[DraftRow]) -> DraftRow:
    if row is None:
        names = [other.name for other in rows]
        todo = Text("drafts.none_todo", names=listed(names)) if names else Text("drafts.none_yet")
        raise InputError(Text("drafts.none", name=shorten_name(name)), todo)
    return row


def _read_name(name: object) -> str:
    return read_name(name, "drafts.bad_name")


def _serialize(msgtype: object, texts: object) -> str:
    if not isinstance(msgtype, str) or msgtype not in TYPES:
        raise InputError(
            Text("drafts.bad_type", value=short_repr(msgtype)), Text("drafts.bad_type_todo", types=listed(TYPES))
        )
    if not isinstance(texts, Mapping):
        raise InputError(Text("drafts.not_a_dict", value=short_repr(texts)), Text("drafts.bad_texts_todo"))
    for key, text in texts.items():
        if not isinstance(key, str) or not isinstance(text, str):
            what = Text("drafts.bad_text", key=short_repr(key), value=short_repr(text))
            raise InputError(what, Text("drafts.bad_texts_todo"))
    # A lone surrogate, which a browser may send, is kept: JSON escapes it.
    is_storable = is_storable_text("".join(part for pair in texts.items() for part in pair))
    serialized = json.dumps(dict(texts), ensure_ascii=not is_storable)
    size = len(serialized.encode())
    if size > MAX_BYTES:
        what = Text("drafts.too_large", size=count("byte", size), most=f"{MAX_BYTES:,}")
        raise InputError(what, Text("drafts.too_large_todo"))
    return serialized


def _check_version_type(version: object) -> None:
    if version is not None:
        check_integer("version", version, "argument.version_todo")


def _check_version(name: str, stored: DraftRow | None, version: int | None) -> None:
    if version is None or version == (stored.version if stored is not None else 0):
        return
    if stored is None:
        raise ChangedDraftError(Text("drafts.gone", name=name), Text("drafts.gone_todo"))
    when = timestamps([stored.updated_ns])[0].strftime("%Y-%m-%d %H:%M:%S")
    key = "drafts.changed" if version else "drafts.taken"
    raise ChangedDraftError(Text(key, name=name, when=when), Text(f"{key}_todo"))


def _count_characters(row: DraftRow) -> int:
    return sum(map(len, _texts_of_fields(row.msgtype, json.loads(row.texts)).values()))


def _texts_of_fields(msgtype: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of the fields of a message type, without what forms add; all texts if the type is unknown."""
    kind = TYPES.get(msgtype)
    if kind is None:
        return texts
    fields = {path: kind.find(path) for path in texts}
    return {
        path: texts[path]
        for path, message_field in fields.items()
        if message_field is not None and message_field.kind not in _KINDS_WITHOUT_TEXT
    }


def _preview(text: str) -> str:
    return truncate(" ".join(text.split()), _MAX_SHOWN_LENGTH)
