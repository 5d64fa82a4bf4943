"""Saves the message as a draft in the ledger while it is written."""

import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.draft_files import FILES_KEY, MAX_BYTES, digest_in
from dingnb.campaigns.drafts import (
    Drafts,
    StoredDraft,
    check_type,
    delete_unused_files,
    files_of,
    has_files,
    have_same_drafts,
    save_with_files,
    stored_version,
)
from dingnb.client import DingTalk, existing_campaigns_of
from dingnb.clock import seconds_to_ns
from dingnb.errors import ChangedDraftError, InputError, LedgerError
from dingnb.tables.timestamps import timestamps
from dingnb.ui.compose.draft_format import (
    NO_PERSONAL_FILES,
    DraftFacts,
    DraftList,
    PersonalFiles,
    chosen_files,
    facts_of_draft,
    from_draft,
    list_of_form,
    media_of_files,
    personal_files,
    to_draft,
)
from dingnb.ui.compose.fields import EQUIVALENT_FIELDS, FIELD_ORDER, INITIAL_TEXTS
from dingnb.ui.compose.message_text import MessageText, initial_text
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import Document, DocumentText
from dingnb.ui.compose.weak_registry import WeakRegistry
from dingnb.ui.kit import parts
from dingnb.ui.kit.times import format_recent
from dingnb.ui.kit.worker import LatestWorker
from dingnb.words import NOTHING, Text, say

_Task = Literal["", "save", "drop"]

_TIME_AS_NAME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?: \(\d+\))?")

MIN_SAVE_INTERVAL_NS = seconds_to_ns(0.5)
"""Minimum time between two saves: each waits for the disk."""

_SAVERS = WeakRegistry["DraftSaver"]()
"""The savers of all forms of this process, so that no two forms write to one draft."""


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """
    The draft as saved.

    Attributes:
        name: The name; empty if there is none yet.
        version: The version; 0 before the first save.
        saved_at: The time the draft was last saved, as text; empty before.
        note: A note, such as that another tab has changed or deleted the draft; may be empty.
        why_not_kept: Why the chosen files are not kept; empty if they are kept, or there are none.
        missing_files: The digest of the chosen files, if they are not on this computer; otherwise empty.
        is_outdated: Whether the draft was changed elsewhere, so that the next change is saved as another draft.
    """

    name: str = ""
    version: int = 0
    saved_at: str = ""
    note: Text = NOTHING
    why_not_kept: Text = NOTHING
    missing_files: str = ""
    is_outdated: bool = False


@dataclass(slots=True)
class _Entry:
    """
    The draft of a message, and what is still to be done with it.

    Attributes:
        saved_draft: The draft as saved.
        text: The text as last seen, so that a different one is saved; None if there is none.
        task: What is still to be done.
        base_digest: The digest of the message in the code that the draft is based on; empty if there is none.
        written_for: Returns the list that the text was written for; None if the text is not to be saved.
        personal: The files for each person.
    """

    saved_draft: SavedDraft = SavedDraft()
    text: MessageText | None = None
    task: _Task = ""
    base_digest: str = ""
    written_for: Callable[[], DraftList] | None = None
    personal: PersonalFiles = NO_PERSONAL_FILES

    def take_task(self) -> "_Entry":
        """Return a copy of the entry with its task, which the entry itself no longer has."""
        copy = replace(self)
        self.task, self.written_for = "", None
        return copy


class DraftSaver:
    """
    Saves each message of a form in a draft of its own while it is written, and deletes the draft once it is sent.

    Args:
        drafts: The drafts of the ledger.
        compose: The model of the form; the form's present message is not saved until it is changed.
        on_change: Called in a separate thread with the draft of the message that is open, after drafts were saved,
            deleted or left to other forms, and after another message was opened.
        on_error: Called with the error if a draft could not be saved.
        base_digest: The digest of the message in the code, if the form shows that message now; otherwise empty.
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
        self._open_document = compose.state.document
        self._entries = {self._open_document: _Entry(text=compose.state.text, base_digest=base_digest)}
        self._sent: list[DocumentText] = []
        self._worker = LatestWorker[None](self._clock, self._carry_out_tasks, on_error)
        self._is_flushing = self._clock.event()
        self._throttle = Throttle(self._clock)
        self._cleaner = LatestWorker[None](self._clock, lambda _request, _: delete_unused_files(drafts), on_error)
        if has_files(drafts):
            # A process that was killed may have left unused files.
            self._cleaner.submit(None)
        compose.watch(self._update_entries)
        _SAVERS.add(self)

    @property
    def saved_draft(self) -> SavedDraft:
        """The draft, as saved, of the message that is open."""
        return self._entries[self._open_document].saved_draft

    def adopt(self, name: str) -> DocumentText:
        """
        Return a draft as the message to continue with; messages written before stay in their own drafts.

        Another form of this process that has the draft open saves its further changes as another draft.

        Raises:
            InputError: There is no draft of this name, or its message type is unknown.
            LedgerError: The ledger cannot be read.
        """
        self._flush()
        check_type(self._drafts.load(name))
        for saver in _SAVERS:
            if saver is not self and have_same_drafts(self._drafts, saver._drafts):  # noqa: SLF001 - of this class
                saver._give_up(name)  # noqa: SLF001 - of this class
        stored = self._drafts.load(name)
        files = files_of(self._drafts, stored)
        text = replace(from_draft(stored.msgtype, stored.texts), media=media_of_files(files or ()))
        facts = facts_of_draft(stored.texts)
        personal = personal_files(files or (), facts.pattern, facts.assignment)
        missing = digest_in(stored.texts) if files is None else ""
        saved_draft = _saved_draft(stored, self._clock.now_ns(), missing_files=missing)
        with self._lock:
            current = self.saved_draft
            is_open = (current.name, current.version) == (stored.name, stored.version)
            new_document = Document(copied_from=facts.copied_from, earlier_campaign=facts.campaign)
            document = self._open_document if is_open else new_document
            for other, entry in self._entries.items():
                if entry.saved_draft.name == stored.name:
                    # Undoing leads back to that message, which is then saved as another draft.
                    self._entries[other] = _Entry(base_digest=entry.base_digest, personal=entry.personal)
            self._entries[document] = _Entry(saved_draft, text, base_digest=facts.base_digest, personal=personal)
        return DocumentText(text, document)

    def leave_unsaved(self, written: DocumentText, personal: PersonalFiles = NO_PERSONAL_FILES) -> None:
        """Save a message that is about to be shown, with its files for each person, only once it is changed."""
        with self._lock:
            self._entries[written.document] = _Entry(text=written.text, personal=personal)

    def personal_files_of(self, document: Document) -> PersonalFiles:
        """Return the files for each person of a message."""
        with self._lock:
            entry = self._entries.get(document)
        return NO_PERSONAL_FILES if entry is None else entry.personal

    def note_personal_files(self, document: Document, personal: PersonalFiles) -> None:
        """Save the files for each person with a message, if they have changed."""
        with self._lock:
            entry = self._entries.setdefault(document, _Entry())
            if personal == entry.personal:
                return
            entry.personal = personal
            if entry.text is None:
                # The message is not shown yet.
                return
            entry.task = "save"
            entry.written_for = partial(list_of_form, self._compose.state, self._compose.source.name)
        self._worker.submit(None)

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
        # What was typed here until now belongs to that draft.
        self._flush()
        with self._lock:
            for entry in self._entries.values():
                if entry.saved_draft.name == name:
                    title = _title_of_text(entry.text, name)
                    entry.saved_draft = SavedDraft(note=Text("compose.draft_elsewhere", name=title))
        self._worker.submit(None)

    def poll(self) -> None:
        """Save what could not be saved, and note it if the open draft was changed or deleted elsewhere."""
        self.retry()
        saved_draft = self.saved_draft
        if not saved_draft.name or saved_draft.is_outdated or not self._throttle.is_due:
            return
        # If the ledger cannot be read, the next save says so.
        with suppress(LedgerError), self._throttle.timing():
            if stored_version(self._drafts, saved_draft.name) != saved_draft.version:
                # Compared again by the worker, which may just have saved the draft itself.
                self._worker.submit(None)

    def retry(self) -> None:
        """Save what could not be saved, such as while the ledger was unavailable."""
        with self._lock:
            has_task = any(entry.task for entry in self._entries.values())
        if has_task:
            self._worker.submit(None)

    def wait(self) -> None:
        """Wait until everything is saved."""
        self._cleaner.wait()
        self._worker.wait()

    def _update_entries(self) -> None:
        """Note the messages to save, if they have changed, and the drafts to delete, once their messages were sent."""
        with self._lock:
            # Read under the lock: several threads may call this, and the last has to see the newest text.
            state, sent = self._compose.state, self._compose.sent_messages
            now = state.document_text
            has_changed = now.document is not self._open_document
            entry = self._entries.setdefault(now.document, _Entry())
            # Last, since `saved_draft` reads the entry of the open message without the lock.
            self._open_document = now.document
            if now.text != entry.text:
                entry.text, entry.task, has_changed = now.text, "save", True
                # By the time the draft is saved, the form may show the list of another message.
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

    def _carry_out_tasks(self, _request: None, _is_superseded: Callable[[], bool]) -> None:
        with self._lock:
            entries = [(document, entry) for document, entry in self._entries.items() if entry.task]
        for document, entry in entries:
            self._carry_out(document, entry)
        self._compare_with_ledger()
        self._on_change(self.saved_draft)
        if entries:
            self._clock.wait(self._is_flushing, MIN_SAVE_INTERVAL_NS)

    def _compare_with_ledger(self) -> None:
        """Note it if the draft of the open message was changed or deleted elsewhere, so that a change makes another."""
        with self._lock:
            entry = self._entries[self._open_document]
        before = entry.saved_draft
        if not before.name or before.is_outdated:
            return
        with suppress(LedgerError):
            version = stored_version(self._drafts, before.name)
            if version == before.version:
                return
            title = _title_of_text(entry.text, before.name)
            with self._lock:
                # Otherwise, another draft was opened meanwhile.
                if entry.saved_draft is before:
                    entry.saved_draft = (
                        replace(before, note=Text("compose.draft_elsewhere", name=title), is_outdated=True)
                        if version
                        else SavedDraft(note=Text("compose.draft_gone", name=title))
                    )

    def _carry_out(self, document: Document, entry: _Entry) -> None:
        with self._lock:
            taken = entry.take_task()
        before, text = taken.saved_draft, taken.text
        try:
            if taken.task == "drop" or text is None:
                entry.saved_draft = self._drop(before)
            elif before.name or _is_written(text, taken.personal):
                entry.saved_draft = self._save(taken, text, document)
        except LedgerError:
            # Tried again with the next change, or by `retry`.
            with self._lock:
                entry.task = entry.task or taken.task
                entry.written_for = entry.written_for or taken.written_for
            raise

    def _save(self, taken: _Entry, text: MessageText, document: Document) -> SavedDraft:
        before, written_for = taken.saved_draft, None if taken.written_for is None else taken.written_for()
        list_text = written_for.to_json() if written_for is not None and written_for.rows else ""
        campaign = self._compose.campaign_name_of(document)
        personal = taken.personal
        facts = DraftFacts(
            taken.base_digest, list_text, campaign, document.copied_from, personal.pattern, personal.assignment
        )
        texts = to_draft(text, facts)
        files = chosen_files(text.media, personal)
        missing = "" if files else before.missing_files
        if missing:
            # The computer that has the files still finds them.
            texts[FILES_KEY] = missing
        name, note = before.name or self._new_name(), before.note
        save = partial(save_with_files, self._drafts, msgtype=text.msgtype, texts=texts, files=files)
        try:
            stored, why_not_kept = save(name, version=before.version)
        except ChangedDraftError:
            # Another tab has changed the draft: keep both. Or it was deleted there: this is another draft.
            key = "compose.draft_forked" if stored_version(self._drafts, name) else "compose.draft_gone"
            note = Text(key, name=_title_of_text(text, name))
            stored, why_not_kept = save(self._new_name(), version=0)
        return _saved_draft(stored, self._clock.now_ns(), note, why_not_kept, missing)

    def _drop(self, before: SavedDraft) -> SavedDraft:
        if before.name:
            # Unless another tab has changed the draft.
            with suppress(ChangedDraftError, InputError):
                self._drafts.drop(before.name, version=before.version)
        return SavedDraft()

    def _new_name(self) -> str:
        # Without words, because the name is stored and may be shown in another language.
        return free_name(self._drafts, f"{timestamps([self._clock.now_ns()])[0]:%Y-%m-%d %H:%M}")


def is_named_after_time(name: str) -> bool:
    """
    Return whether a draft has the name that it got when it was first saved, which says nothing besides the time.

    >>> is_named_after_time("2026-11-02 09:30 (2)"), is_named_after_time("Bonus 2026-11-02 09:30")
    (True, False)
    """
    return _TIME_AS_NAME.fullmatch(name) is not None


def free_name(drafts: Drafts, wanted: str) -> str:
    """Return a name that no draft has: the wanted name, with a number if necessary."""
    used_names = set(drafts.names())
    numbered = (f"{wanted} ({n})" for n in range(2, len(used_names) + 3))
    return next(name for name in (wanted, *numbered) if name not in used_names)


def headline_of(draft: StoredDraft) -> str:
    """
    Return the beginning of a draft's title or, without one, of its first text; initial texts do not count.

    For a draft that has only chosen files, return its type. For a draft without texts and files, or of an unknown type,
    return an empty text.
    """
    if not draft.has_known_type:
        return ""
    headline = _headline_of_text(from_draft(draft.msgtype, draft.texts))
    return headline or (say(f"type.{draft.msgtype}") if digest_in(draft.texts) else "")


def corrected_campaigns(ding: DingTalk, drafts: Iterable[StoredDraft]) -> dict[str, str]:
    """
    Return the campaigns that drafts correct, by the draft's name; a draft that corrects no campaign is missing.

    A draft corrects an existing campaign if it is to be sent under the name of that campaign.
    """
    campaign_of = {draft.name: facts_of_draft(draft.texts).campaign for draft in drafts}
    existing = existing_campaigns_of(ding, set(campaign_of.values()))
    return {name: campaign for name, campaign in campaign_of.items() if campaign in existing}


def correction_text(campaign: str) -> str:
    """Return that a draft corrects a campaign; empty without a campaign."""
    return say("compose.draft_corrects", name=parts.short(campaign)) if campaign else ""


def title_of(draft: StoredDraft) -> str:
    """Return what a draft is called in lists and notes: its headline or, without one, its name."""
    return headline_of(draft) or parts.short(draft.name)


def _title_of_text(text: MessageText | None, name: str) -> str:
    """Return what the draft of a message is called in notes: its headline or, without one, the name of the draft."""
    return name if text is None else _headline_of_text(text) or name


def _headline_of_text(text: MessageText) -> str:
    """Return the beginning of a message's title or, without one, of its first text; empty if nothing was written."""
    msgtype = text.msgtype
    titles_first = [paths[msgtype] for paths in EQUIVALENT_FIELDS if msgtype in paths]
    for path in (*titles_first, *FIELD_ORDER[msgtype]):
        written = " ".join(text.at(path).split())
        if written and written != INITIAL_TEXTS.get(f"{msgtype}.{path}"):
            return parts.short(written)
    return ""


def saved_text(saved_draft: SavedDraft) -> str:
    """Return the name and the time under which a message was saved, as a sentence; empty if it was not saved."""
    if not saved_draft.name:
        return ""
    key = "studio.draft_saved_unnamed" if is_named_after_time(saved_draft.name) else "studio.draft_saved"
    return say(key, name=saved_draft.name, moment=saved_draft.saved_at)


def draft_notices(saved_draft: SavedDraft, *, lacks_files: bool) -> str:
    """
    Return what to notice about a draft, as HTML; empty if there is nothing.

    Args:
        saved_draft: The draft as saved.
        lacks_files: Whether files that were chosen for the message are missing, and none were chosen since.
    """
    missing = Text("compose.files_missing", megabytes=MAX_BYTES // 1_000_000) if lacks_files else NOTHING
    notices = filter(None, (saved_draft.note, saved_draft.why_not_kept, missing))
    return "".join(parts.notice(notice, "", "warn") for notice in notices)


def _saved_draft(
    stored: StoredDraft, now_ns: int, note: Text = NOTHING, why_not_kept: Text = NOTHING, missing_files: str = ""
) -> SavedDraft:
    saved_at = format_recent(stored.updated_at, now_ns)
    return SavedDraft(stored.name, stored.version, saved_at, note, why_not_kept, missing_files)


def _is_written(text: MessageText, personal: PersonalFiles) -> bool:
    if text.media or personal.uploads:
        return True
    initial = initial_text()
    return any(value.strip() and initial.texts.get(path) != value for path, value in text.texts.items())
