"""Saves the message as a draft in the ledger while it is written."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from dingnb.campaigns.drafts import Drafts, StoredDraft
from dingnb.clock import Clock, seconds
from dingnb.errors import ChangedDraftError, InputError
from dingnb.tables.timestamps import timestamps
from dingnb.ui.compose.text import Text, first_text, from_draft, to_draft
from dingnb.ui.kit.model import Latest
from dingnb.ui.kit.parts import short
from dingnb.words import say

MIN_SAVE_INTERVAL_NS = seconds(0.5)
"""Minimum time between two saves: each waits for the disk."""


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
    note: str = ""


class DraftSaver:
    """
    Saves drafts.

    Args:
        drafts: The drafts of the ledger.
        clock: The source of time.
        on_change: Called in a separate thread with the saved draft.
        on_error: Called with the error if a draft could not be saved.
        text: The message before any change.

    Attributes:
        saved_draft: The draft as saved.
    """

    def __init__(
        self,
        drafts: Drafts,
        clock: Clock,
        on_change: Callable[[SavedDraft], None],
        on_error: Callable[[Exception], None],
        text: Text,
    ) -> None:
        self._text = text
        self._sent = 0
        self._drafts = drafts
        self._clock = clock
        self._on_change = on_change
        self._work = Latest[Text | None](clock, self._save, on_error)
        self._hurry = clock.event()
        self.saved_draft = SavedDraft()

    def follow(self, text: Text, sent: int) -> bool:
        """
        Save the message if it has changed, unless everything is blank; delete the draft once the message was sent.

        Args:
            text: The message.
            sent: How often a message was sent from the form.

        Returns:
            Whether it was sent since the last call.
        """
        is_sent, self._sent = sent > self._sent, sent
        if is_sent:
            # Unless another tab has changed it.
            self._work.submit(None)
        if text != self._text:
            self._text = text
            if self.saved_draft.name or _is_written(text):
                self._work.submit(text)
        return is_sent

    def adopt(self, kept: StoredDraft) -> Text:
        """Continue with an opened draft, and return it; the message written before stays in its own draft."""
        self._flush()
        self._set(kept, "")
        self._text = from_draft(kept.msgtype, kept.texts)
        return self._text

    def start_another(self) -> None:
        """Leave the draft as it is, and save further changes as another one."""
        self._flush()
        self._detach()

    def forget(self, name: str) -> None:
        """Start another draft if the current one was deleted."""
        if self.saved_draft.name == name:
            self.start_another()

    def wait(self) -> None:
        """Wait until everything is saved."""
        self._work.wait()

    def _flush(self) -> None:
        self._hurry.set()
        self._work.wait()
        self._hurry = self._clock.event()

    def _save(self, text: Text | None, _is_overtaken: Callable[[], bool]) -> None:
        now = self.saved_draft
        if text is None:
            if now.name:
                with suppress(ChangedDraftError, InputError):
                    self._drafts.drop(now.name, version=now.version)
            self._detach()
            return
        texts = to_draft(text)
        name, version = now.name or self._new_name(), now.version
        try:
            self._set(self._drafts.save(name, text.msgtype, texts, version=version), now.note)
        except ChangedDraftError:
            # Another tab has changed it: keep both.
            kept = self._drafts.save(self._new_name(), text.msgtype, texts, version=0)
            self._set(kept, say("studio.draft_forked", before=name, name=kept.name) if kept.name != name else "")
        self._clock.wait(self._hurry, MIN_SAVE_INTERVAL_NS)

    def _detach(self) -> None:
        self.saved_draft = SavedDraft()
        self._on_change(self.saved_draft)

    def _set(self, kept: StoredDraft, note: str) -> None:
        self.saved_draft = SavedDraft(kept.name, kept.version, f"{kept.updated_at:%H:%M:%S}", note)
        self._on_change(self.saved_draft)

    def _new_name(self) -> str:
        moment = f"{timestamps([self._clock.now_ns()])[0]:%Y-%m-%d %H:%M}"
        return free_name(self._drafts, say("studio.draft_name", moment=moment))


def free_name(drafts: Drafts, wanted: str) -> str:
    """Return a name that no draft has: the wanted one, or it with a number."""
    taken = set(drafts.names())
    numbered = (f"{wanted} ({n})" for n in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)


def headline_of(kept: StoredDraft) -> str:
    """Return the beginning of a draft's first text."""
    written = (" ".join(text.split()) for text in kept.arguments.values() if isinstance(text, str))
    return short(next(filter(None, written), ""))


def saved_in_words(saved_draft: SavedDraft, *, has_media: bool) -> str:
    """
    Return under which name and when a message was saved; empty if it was not.

    Args:
        saved_draft: The draft as saved.
        has_media: Whether the message has chosen files, which no draft keeps.
    """
    if not saved_draft.name:
        return ""
    saved = say("studio.draft_saved", name=saved_draft.name, moment=saved_draft.saved_at)
    return f"{saved} {say('studio.draft_without_media')}" if has_media else saved


def _is_written(text: Text) -> bool:
    blank = first_text()
    return any(one.strip() and blank.texts.get(path) != one for path, one in text.texts.items())
