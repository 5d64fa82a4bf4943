"""How who sends a campaign hears what other processes wish of it, and lets them know how far it is."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dingnb.calls.background import Background
from dingnb.calls.context import Line
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State
from dingnb.clock import seconds
from dingnb.errors import LedgerError
from dingnb.ledger import steering
from dingnb.ledger.attempts import Why
from dingnb.words import say

LOOK_EVERY_NS = seconds(0.2)
"""So often it listens while nothing leaves, and so seldom it tells how far it is."""


class Hearing:
    """
    One sending's ear and voice in the ledger.

    Args:
        line: Whose ledger it is.
        campaign: The campaign's number.
        obey: Ends the sending with a state, and why; it is called in any thread.
        wishes: How many wishes there were when the sending was asked for: only what comes after them is obeyed.
        watch: Is called as often as it listens, in the thread that does.
    """

    def __init__(
        self,
        line: Line,
        campaign: int,
        obey: Callable[[State, Why], None],
        wishes: int,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self._line = line
        self._campaign = campaign
        self._obey = obey
        self._wishes = wishes
        self._watch = watch
        self._told: Progress | None = None

    def hear(self, db: sqlite3.Connection) -> bool:
        """Obey what was wished meanwhile; return whether something was."""
        wished = steering.wished_since(db, self._campaign, self._wishes)
        if wished:
            state = State(wished)
            self._obey(state, Why(say(f"campaign.{state}_elsewhere"), ""))
        return bool(wished)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen in a thread of its own: a sender that waits for its turn, or for a minute to end, looks nowhere."""
        over = self._line.clock.event()
        ear = Background(self._line.clock, lambda: self._listen(over), over.set)
        try:
            yield
        finally:
            over.set()
            ear.join()

    def _listen(self, over: threading.Event) -> None:
        # Where the ledger cannot be read, sending comes to its own end.
        with suppress(LedgerError), self._line.ledger.connection() as db:
            while not self._line.clock.wait(over, LOOK_EVERY_NS):
                self._watch()
                self.hear(db)

    def tell(self, db: sqlite3.Connection, progress: Progress) -> None:
        """Tell how far it is, unless that was told a moment ago; in the transaction that is under way."""
        if self._told is None or progress.at_ns - self._told.at_ns >= LOOK_EVERY_NS:
            self._told = progress
            steering.tell(db, self._campaign, progress.to_json())

    def tell_at_once(self, db: sqlite3.Connection, progress: Progress) -> None:
        """Tell what is waited for, unless that is known; sending does without it where it cannot be written."""
        if self._told is not None and progress.is_foreseen(self._told):
            return
        with suppress(LedgerError), self._line.ledger.writing(db):
            self._told = progress
            steering.tell(db, self._campaign, progress.to_json())
