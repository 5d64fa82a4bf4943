"""Saves the message as a draft in the ledger while it is written."""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from dingnb.campaigns.drafts import Drafts, StoredDraft, are_kept_together, check_type
from dingnb.clock import seconds_to_ns
from dingnb.errors import ChangedDraftError, InputError, LedgerError
from dingnb.tables.timestamps import timestamps
from dingnb.ui.compose.draft_lists import DraftList, list_of_form
from dingnb.ui.compose.fields import EQUIVALENT_FIELDS, FIELD_ORDER, INITIAL_TEXTS
from dingnb.ui.compose.message_text import (
    MessageText,
    base_digest_of,
    campaign_of_draft,
    copied_from_of_draft,
    from_draft,
    initial_text,
    to_draft,
)
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import Document, DocumentText
from dingnb.ui.kit.parts import short
from dingnb.ui.kit.registry import WeakRegistry
from dingnb.ui.kit.worker import LatestWorker
from dingnb.words import NOTHING, Text, join_sentences, say

_Task = Literal["", "save", "drop"]

_TIME_AS_NAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?: \(\d+\))?")

MIN_SAVE_INTERVAL_NS = seconds_to_ns(0.5)
"""Minimum time between two saves: each waits for the disk."""


_SAVERS = WeakRegistry["DraftSaver"]()
"""The savers of all forms of this process, so that no two of them write to one draft."""


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """
    The draft as saved.

    Attributes:
        name: Its name; empty if there is none yet.
        version: Its version.
        saved_at: The time it was last saved, as text.
        note: A note, such as that another tab has changed it.
    """

    name: str = ""
    version: int = 0
    saved_at: str = ""
    note: Text = NOTHING


@dataclass(slots=True)
class _Entry:
    """
    The draft of a message, and what is still to be done with it.

    Attributes:
        saved_draft: The draft as saved.
        text: The text that is saved, or to be saved; None if there is none.
        task: What is still to be done.
        base_digest: The digest of the message in the code that it is based on; empty if there is none.
        written_for: Returns the list that the text was written for; None if the text is not to be saved.
    """

    saved_draft: SavedDraft = SavedDraft()
    text: MessageText | None = None
    task: _Task = ""
    base_digest: str = ""
    written_for: Callable[[], DraftList] | None = None

    def take_task(self) -> "_Entry":
        """Return the entry as it is now; its task is done from now on."""
        taken = replace(self)
        self.task, self.written_for = "", None
        return taken


class DraftSaver:
    """
    Saves each message of a form in a draft of its own while it is written, and deletes the draft once it is sent.

    Args:
        drafts: The drafts of the ledger.
        compose: The model of the form; its present message is not saved until it is changed.
        on_change: Called in a separate thread with the draft of the message that is open, after it was saved.
        on_error: Called with the error if a draft could not be saved.
        base_digest: The digest of the message in the code, if the form shows that now; otherwise empty.
    """

    def __init__(
        self,
        drafts: Drafts,
        compose: ComposeModel,
        on_change: Callable[[SavedDraft], None],
        on_error: Callable[[Exception], None],
        *,
        base_digest: str = "",
    ) -> None:
        self._drafts = drafts
        self._compose = compose
        self._clock = compose.clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._open = compose.state.document
        self._entries = {self._open: _Entry(text=compose.state.text, base_digest=base_digest)}
        self._sent: list[DocumentText] = []
        self._worker = LatestWorker[None](self._clock, self._process_entries, on_error)
        self._is_flushing = self._clock.event()
        compose.watch(self._update_entries)
        _SAVERS.add(self)

    @property
    def saved_draft(self) -> SavedDraft:
        """The draft, as saved, of the message that is open."""
        return self._entries[self._open].saved_draft

    def adopt(self, name: str) -> DocumentText:
        """
        Return a draft as the message to continue with; messages written before stay in their own drafts.

        A form of this process that has it open saves its further changes as another draft.

        Raises:
            InputError: There is no draft of this name, or its message type is unknown.
        """
        self._flush()
        check_type(self._drafts.load(name))
        for saver in _SAVERS:
            if saver is not self and are_kept_together(self._drafts, saver._drafts):  # noqa: SLF001 - of this class
                saver._give_up(name)  # noqa: SLF001 - of this class
        stored = self._drafts.load(name)
        text = from_draft(stored.msgtype, stored.texts)
        with self._lock:
            now = self.saved_draft
            is_open = (now.name, now.version) == (stored.name, stored.version)
            written = Document(
                copied_from=copied_from_of_draft(stored.texts), earlier_campaign=campaign_of_draft(stored.texts)
            )
            document = self._open if is_open else written
            for other, entry in self._entries.items():
                if entry.saved_draft.name == stored.name:
                    # Undoing leads back to its text, which is then saved as another draft.
                    self._entries[other] = _Entry(base_digest=entry.base_digest)
            self._entries[document] = _Entry(_saved_draft(stored), text, base_digest=base_digest_of(stored.texts))
        return DocumentText(text, document)

    def leave_unsaved(self, written: DocumentText) -> None:
        """Save a message that is about to be shown only once it is changed."""
        with self._lock:
            self._entries[written.document] = _Entry(text=written.text)

    def forget(self, name: str) -> None:
        """Save further changes of a message as another draft, because its own was deleted."""
        self._flush()
        with self._lock:
            for entry in self._entries.values():
                if entry.saved_draft.name == name:
                    entry.saved_draft = SavedDraft()
        self._worker.submit(None)

    def _give_up(self, name: str) -> None:
        """Leave a draft to another form."""
        with self._lock:
            is_open_here = any(entry.saved_draft.name == name for entry in self._entries.values())
        if not is_open_here:
            return
        # What was typed here belongs to it.
        self._flush()
        with self._lock:
            for entry in self._entries.values():
                if entry.saved_draft.name == name:
                    entry.saved_draft = SavedDraft(note=Text("compose.draft_elsewhere", name=name))
        self._worker.submit(None)

    def wait(self) -> None:
        """Wait until everything is saved."""
        self._worker.wait()

    def _update_entries(self) -> None:
        """Note that the message is to be saved if it has changed, and that the drafts of sent messages are to go."""
        with self._lock:
            # Read under the lock: several threads may call this, and the last has to see the newest text.
            state, sent = self._compose.state, self._compose.sent
            now = state.document_text
            has_changed, self._open = now.document is not self._open, now.document
            entry = self._entries.setdefault(now.document, _Entry())
            if now.text != entry.text:
                entry.text, entry.task, has_changed = now.text, "save", True
                # By the time it is saved, the form may show the list of another message.
                entry.written_for = partial(list_of_form, state, self._compose.source.name)
            for message in sent:
                if any(message is known for known in self._sent):
                    continue
                entry = self._entries[message.document]
                # Changes since the check were not sent.
                if entry.text == message.text:
                    entry.task, has_changed = "drop", True
            self._sent = sent
        if has_changed:
            self._worker.submit(None)

    def _flush(self) -> None:
        self._is_flushing.set()
        self._worker.submit(None)
        self._worker.wait()
        self._is_flushing = self._clock.event()

    def _process_entries(self, _request: None, _is_superseded: Callable[[], bool]) -> None:
        with self._lock:
            entries = [(document, entry) for document, entry in self._entries.items() if entry.task]
        for document, entry in entries:
            self._process(document, entry)
        self._on_change(self.saved_draft)
        if entries:
            self._clock.wait(self._is_flushing, MIN_SAVE_INTERVAL_NS)

    def _process(self, document: Document, entry: _Entry) -> None:
        with self._lock:
            taken = entry.take_task()
        before, text = taken.saved_draft, taken.text
        try:
            if taken.task == "drop" or text is None:
                entry.saved_draft = self._drop(before)
            elif before.name or _is_written(text):
                entry.saved_draft = self._save(taken, text, document)
        except LedgerError:
            # Tried again with the next change.
            with self._lock:
                entry.task = entry.task or taken.task
                entry.written_for = entry.written_for or taken.written_for
            raise

    def _save(self, taken: _Entry, text: MessageText, document: Document) -> SavedDraft:
        before, written_for = taken.saved_draft, None if taken.written_for is None else taken.written_for()
        list_text = written_for.to_text() if written_for is not None and written_for.rows else ""
        campaign = self._compose.campaign_name_of(document)
        texts = to_draft(text, taken.base_digest, list_text, campaign, document.copied_from)
        name = before.name or self._new_name()
        try:
            return _saved_draft(self._drafts.save(name, text.msgtype, texts, version=before.version), before.note)
        except ChangedDraftError:
            # Another tab has changed it: keep both.
            stored = self._drafts.save(self._new_name(), text.msgtype, texts, version=0)
            note = Text("studio.draft_forked", before=name, name=stored.name)
            return _saved_draft(stored, note if stored.name != name else NOTHING)

    def _drop(self, before: SavedDraft) -> SavedDraft:
        if before.name:
            # Unless another tab has changed it.
            with suppress(ChangedDraftError, InputError):
                self._drafts.drop(before.name, version=before.version)
        return SavedDraft()

    def _new_name(self) -> str:
        # Without words: the name is stored, and may be shown in another language.
        return free_name(self._drafts, f"{timestamps([self._clock.now_ns()])[0]:%Y-%m-%d %H:%M}")


def is_named_after_time(name: str) -> bool:
    """
    Return whether a draft has the name that it got when it was first saved, which says nothing besides the time.

    >>> is_named_after_time("2026-11-02 09:30 (2)"), is_named_after_time("Bonus 2026-11-02 09:30")
    (True, False)
    """
    return _TIME_AS_NAME.fullmatch(name) is not None


def free_name(drafts: Drafts, wanted: str) -> str:
    """Return a name that no draft has: the wanted one, or it with a number."""
    taken = set(drafts.names())
    numbered = (f"{wanted} ({n})" for n in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)


def headline_of(draft: StoredDraft) -> str:
    """
    Return the beginning of a draft's title or, without one, of its first text; initial texts do not count.

    Empty for a draft without texts, or of an unknown type.
    """
    if not draft.has_known_type:
        return ""
    text, msgtype = from_draft(draft.msgtype, draft.texts), draft.msgtype
    titles_first = [paths[msgtype] for paths in EQUIVALENT_FIELDS if msgtype in paths]
    for path in (*titles_first, *FIELD_ORDER[msgtype]):
        written = " ".join(text.at(path).split())
        if written and written != INITIAL_TEXTS.get(f"{msgtype}.{path}"):
            return short(written)
    return ""


def saved_text(saved_draft: SavedDraft, *, has_media: bool) -> str:
    """
    Return the name and the time under which a message was saved, as a sentence; empty if it was not saved.

    Args:
        saved_draft: The draft as saved.
        has_media: Whether the message has chosen files, which no draft keeps.
    """
    if not saved_draft.name:
        return ""
    key = "studio.draft_saved_unnamed" if is_named_after_time(saved_draft.name) else "studio.draft_saved"
    saved = say(key, name=saved_draft.name, moment=saved_draft.saved_at)
    return join_sentences([saved, say("studio.draft_without_media") if has_media else ""])


def _saved_draft(stored: StoredDraft, note: Text = NOTHING) -> SavedDraft:
    return SavedDraft(stored.name, stored.version, f"{stored.updated_at:%H:%M:%S}", note)


def _is_written(text: MessageText) -> bool:
    initial = initial_text()
    return any(value.strip() and initial.texts.get(path) != value for path, value in text.texts.items())
