"""Keeps what is written as a draft in the ledger, a moment after it was typed."""

from collections.abc import Callable
from dataclasses import dataclass

from dingnb.bulk.drafts import Drafts, KeptDraft
from dingnb.bulk.results import moments
from dingnb.clock import Clock, seconds
from dingnb.errors import ChangedDraftError
from dingnb.language import say
from dingnb.ui.compose.text import Text
from dingnb.ui.compose.writing import first_text, to_draft
from dingnb.ui.latest import Latest

AT_MOST_EVERY_NS = seconds(0.5)
"""A draft is saved no more often: each saving waits for the disk."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """
    How keeping stands.

    Attributes:
        name: What the draft is called; empty while there is none.
        version: Its version.
        saved_at: When it was saved last, in words.
        note: What is to be said of it: that another tab has changed it.
    """

    name: str = ""
    version: int = 0
    saved_at: str = ""
    note: str = ""


class DraftKeeper:
    """
    Saves drafts.

    Args:
        drafts: Where they are kept.
        clock: The source of time.
        told: Is called with how keeping stands, in a thread of its own.
        failed: Is told why a draft could not be saved.

    Attributes:
        keeping: How keeping stands.
    """

    def __init__(
        self,
        drafts: Drafts,
        clock: Clock,
        told: Callable[[Keeping], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._drafts = drafts
        self._clock = clock
        self._told = told
        self._work = Latest[Text | None](clock, self._save, failed)
        self.keeping = Keeping()

    def note(self, text: Text) -> None:
        """Save what is written now; nothing is saved before something is written."""
        if self.keeping.name or _is_written(text):
            self._work.ask(text)

    def adopt(self, kept: KeptDraft) -> None:
        """Go on with a draft that was opened."""
        self._tell(kept, "")

    def drop(self) -> None:
        """Forget the draft: it was sent, and the campaign has it. What is written from now on becomes another one."""
        self._work.ask(None)

    def wait(self) -> None:
        """Wait until all is saved."""
        self._work.wait()

    def _save(self, text: Text | None, _is_overtaken: Callable[[], bool]) -> None:
        now = self.keeping
        if text is None:
            if now.name in self._drafts:
                self._drafts.drop(now.name)
            self.keeping = Keeping()
            self._told(self.keeping)
            return
        texts = to_draft(text)
        if not now.name:
            self._tell(self._drafts.save(self._free_name(), text.msgtype, texts, version=0), "")
        else:
            try:
                self._tell(self._drafts.save(now.name, text.msgtype, texts, version=now.version), now.note)
            except ChangedDraftError:
                # Another tab has it too: neither is to be lost.
                kept = self._drafts.save(self._free_name(), text.msgtype, texts, version=0)
                self._tell(kept, say("studio.draft_forked", before=now.name, name=kept.name))
        self._clock.wait(self._clock.event(), AT_MOST_EVERY_NS)

    def _tell(self, kept: KeptDraft, note: str) -> None:
        self.keeping = Keeping(kept.name, kept.version, f"{kept.updated_at:%H:%M:%S}", note)
        self._told(self.keeping)

    def _free_name(self) -> str:
        taken = set(self._drafts.names())
        first = say("studio.draft_name", moment=f"{moments([self._clock.now_ns()])[0]:%Y-%m-%d %H:%M}")
        numbers = (f"{first} ({n})" for n in range(2, len(taken) + 3))
        return next(name for name in (first, *numbers) if name not in taken)


def _is_written(text: Text) -> bool:
    blank = first_text()
    return any(one.strip() and blank.texts.get(path) != one for path, one in text.texts.items())
