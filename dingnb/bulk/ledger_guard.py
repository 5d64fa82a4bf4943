"""
Lets no call leave where its attempt is not in the very ledger of its campaign, and saves a ledger that is lost.

What an error says of the calls that left is counted in memory: the ledger may not be readable any more.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dingnb.api import work_notifications as notifications
from dingnb.bulk.days import date_of
from dingnb.bulk.line import Line
from dingnb.clock import seconds
from dingnb.errors import LedgerError
from dingnb.language import count, say
from dingnb.ledger import attempts, campaigns, marker, rescue
from dingnb.ledger.attempts import Job

_MARK_EVERY_NS = seconds(3_600)
_STOPPED_TODO = {"read_only": "ledger.stopped_read_only_todo", "full": "ledger.stopped_full_todo"}


class LedgerGuard:
    """
    Watches over the ledger of one sending.

    Args:
        line: Whose ledger it is.
        campaign: The campaign's number.
    """

    def __init__(self, line: Line, campaign: int) -> None:
        self._line = line
        self._campaign = campaign
        self._name = ""
        self._earlier: list[str] = []
        self._left: dict[int, tuple[str, ...]] = {}
        self._seen: LedgerError | None = None
        self._logs: rescue.Logs | None = None
        self._is_secured = False
        self._marked_ns: int | None = None

    def sees_loss(self) -> bool:
        """Look at the ledger's file, in any thread, and return whether it can be used no more."""
        try:
            self._line.ledger.check()
        except LedgerError as error:
            self._seen = error
        return self._seen is not None

    def raise_loss(self) -> None:
        """
        Raise what was seen, if anything was.

        Raises:
            LedgerError: The ledger's file can be used no more.
        """
        if self._seen is not None:
            raise self._seen

    @contextmanager
    def over(self, db: sqlite3.Connection) -> Iterator[None]:
        """
        Guard a sending; where its ledger fails, say how many calls had left, and what is safe to do.

        Raises:
            LedgerError: The ledger failed, was lost, or lacks what was saved when an earlier one was lost.
        """
        rescue.refuse_beside(self._line.ledger.path, db)
        row = campaigns.get(db, self._campaign)
        self._name = row.name if row is not None else ""
        self._earlier = attempts.sent_to(db, self._campaign)
        self._logs = rescue.Logs(self._line.ledger.path)
        try:
            yield
            if self._line.ledger.find_loss():
                # All is settled, in a file that nobody finds any more.
                self._line.ledger.check()
        except LedgerError as error:
            raise self._told(db, error) from None

    def check(self, db: sqlite3.Connection) -> None:
        """
        Check before a call is recorded that the ledger is there.

        Raises:
            LedgerError: It is not, or cannot be written to.
        """
        self.sees_loss()
        self.secure(db)
        self.raise_loss()

    def secure(self, db: sqlite3.Connection) -> None:
        """Where the file was lost, let all be in it that is recorded, and nothing in a file at its path."""
        if self._seen is None or self._is_secured:
            return
        loss = self._line.ledger.find_loss()
        if loss:
            rescue.empty_log(db)
        if loss == "replaced" and self._logs is not None:
            self._is_secured = True
            self._logs.unlink()

    def committed(self, db: sqlite3.Connection, job: Job, attempt: int) -> None:
        """
        Check once more when an attempt is committed: into a file that is lost, it is as good as not written.

        Raises:
            LedgerError: It is; the attempt is taken back, and its call may not leave.
        """
        line, now_ns = self._line, self._line.now_ns()
        if self.sees_loss():
            with suppress(LedgerError), line.ledger.writing(db):
                api = notifications.SEND
                attempts.give_back(db, line.realm, attempt, job, api, now_ns, left=False, counts=True)
            self.secure(db)
            self.raise_loss()
        self._left[attempt] = job.userids
        if line.realm.mode == "LIVE" and line.ledger.is_kept:
            self._mark(now_ns)

    def never_left(self, attempt: int) -> None:
        """Note that the call of an attempt did not leave."""
        self._left.pop(attempt, None)

    def _mark(self, now_ns: int) -> None:
        if self._marked_ns is None or now_ns - self._marked_ns >= _MARK_EVERY_NS:
            self._marked_ns = now_ns
            marker.note(self._line.realm, self._line.ledger.path, date_of(now_ns))

    def _told(self, db: sqlite3.Connection, error: LedgerError) -> LedgerError:
        """Return the error that says what became of the ledger and of the campaign, and save what can be saved."""
        ledger, name = self._line.ledger, self._name
        loss = ledger.find_loss()
        if loss in {"gone", "replaced"}:
            return self._lost(db, say(f"ledger.lost_{loss}", path=ledger.path, name=name), loss)
        if error.problem in {"gone", "replaced"}:
            what, hint = say("ledger.lost_back", path=ledger.path, name=name), say("ledger.back_todo", name=name)
        else:
            what = say("ledger.stopped", name=name, cause=error.what)
            hint = say(_STOPPED_TODO.get(error.problem, "ledger.stopped_todo"), name=name, hint=error.hint)
        return LedgerError(f"{what} {self._sent}", hint, problem=error.problem)

    def _lost(self, db: sqlite3.Connection, what: str, loss: str) -> LedgerError:
        ledger, name = self._line.ledger, self._name
        self._seen = self._seen or LedgerError(what)
        self.secure(db)
        copy = rescue.save(db, ledger.folder, self._line.now_ns())
        if copy is None:
            what = f"{what} {self._sent} {say('ledger.not_saved')}"
            return LedgerError(what, say("ledger.not_saved_todo", path=ledger.path, name=name), problem=loss)
        hint = say("ledger.saved_todo", command=rescue.command(copy, ledger.folder), name=name)
        return LedgerError(f"{what} {self._sent} {say('ledger.saved', copy=copy)}", hint, problem=loss, saved_to=copy)

    @property
    def _sent(self) -> str:
        """How many calls of the campaign have left so far, and to how many people."""
        calls = len(self._earlier) + len(self._left)
        if not calls:
            return say("ledger.sent_none")
        people = {userid for joined in self._earlier for userid in joined.split(",")}
        people.update(*self._left.values())
        return say("ledger.sent_some", calls=count("call", calls), people=count("person", len(people)))
