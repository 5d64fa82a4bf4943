"""
Lets no call leave where its attempt is not in the very ledger of its campaign, and saves a ledger that is lost.

What an error says of the calls that left is counted in memory: the ledger may not be readable any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dingnb.api import work_notifications as notifications
from dingnb.calls.context import SendContext
from dingnb.calls.repeats import date_of
from dingnb.clock import seconds
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, attempts, binding, campaigns, marker, rescue
from dingnb.ledger.attempts import PendingBatch
from dingnb.ledger.binding import Sent
from dingnb.words import Text, count, sentences

_MARK_EVERY_NS = seconds(3_600)

_OVERWRITTEN = frozenset({"replaced", "not_ours", "damaged", "failed"})
"""What is said of a file that was overwritten while it was open."""

_CHECKPOINT_EVERY = 50
"""After so many outcomes the log is moved into the ledger's file, which is else written to by nobody."""

_STOPPED_TODO = {"read_only": "ledger.stopped_read_only_todo", "full": "ledger.stopped_full_todo"}


class LedgerGuard:
    """
    Watches over the ledger of one sending.

    Args:
        context: Whose ledger it is.
        campaign: The campaign's number.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._name = ""
        self._earlier: list[str] = []
        self._left: dict[int, tuple[str, ...]] = {}
        self._seen: LedgerError | None = None
        self._logs: rescue.Logs | None = None
        self._is_secured = False
        self._marked_ns: int | None = None
        self._stamp: tuple[int, int] | None = None
        self._is_overwritten = False
        self._settled = 0

    def sees_loss(self) -> bool:
        """Look at the ledger's file, in any thread, and return whether it can be used no more."""
        try:
            self._context.ledger.check()
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
    def over(self, db: LedgerSession) -> Iterator[None]:
        """
        Guard a sending; where its ledger fails, say how many calls had left, and what is safe to do.

        Raises:
            LedgerError: The ledger failed, was lost, or lacks what was saved when an earlier one was lost.
        """
        rescue.refuse_beside(self._context.ledger.path, db)
        row = campaigns.get(db, self._campaign)
        self._name = row.name if row is not None else ""
        self._earlier = attempts.sent_to(db, self._campaign)
        self._logs = rescue.Logs(self._context.ledger.path)
        # By itself alone: else every time that the file is written to might be by somebody who overwrites it.
        self._context.ledger.defer_checkpoints(db)
        self._stamp = binding.stamp_of(self._context.ledger.path)
        try:
            with self._context.ledger.translated_errors():
                yield
                # All is settled, perhaps in a file that nobody finds any more.
                if self._context.ledger.find_loss():
                    self._context.ledger.check()
                self._check_content()
        except LedgerError as error:
            raise self._told(db, error) from None

    def check(self, db: LedgerSession) -> None:
        """
        Check before a call is recorded that the ledger is there.

        Raises:
            LedgerError: It is not, or cannot be written to.
        """
        if not self.sees_loss():
            self._check_content()
        self.secure(db)
        self.raise_loss()

    def settled(self, db: LedgerSession) -> None:
        """Note that an outcome is written, and now and then move the log into the file."""
        self._settled += 1
        path = self._context.ledger.path
        if self._settled % _CHECKPOINT_EVERY == 0 and self._seen is None and self._stamp == binding.stamp_of(path):
            self._context.ledger.checkpoint(db)
            self._stamp = binding.stamp_of(path)

    def _check_content(self) -> None:
        """Where the file was written to by somebody else, check that all calls are still in it."""
        ledger = self._context.ledger
        stamp = binding.stamp_of(ledger.path)
        if stamp == self._stamp:
            return
        try:
            # Another connection: this one may have in its memory what is in the file no more.
            with ledger.connection() as db:
                is_whole = ledger.holds(db, self._known)
        except LedgerError as error:
            if error.problem not in _OVERWRITTEN:
                # Perhaps it is locked for a moment: the next look tells.
                return
            is_whole = False
        if is_whole:
            self._stamp = stamp
            return
        self._is_overwritten = True
        what = Text("ledger.lost_overwritten", path=ledger.path, name=self._name)
        self._seen = LedgerError(what, problem="replaced")
        raise self._seen

    @property
    def _known(self) -> Sent:
        """What is known to be in the ledger."""
        return Sent(self._context.realm.id, self._name, len(self._earlier) + len(self._left))

    def secure(self, db: LedgerSession) -> None:
        """Where the file was lost, let all be in it that is recorded, and nothing in a file at its path."""
        if self._seen is None or self._is_secured:
            return
        loss = self._context.ledger.find_loss()
        if loss:
            rescue.empty_log(db)
        if loss == "replaced" and self._logs is not None:
            self._is_secured = True
            self._logs.unlink()

    def committed(self, db: LedgerSession, batch: PendingBatch, attempt: int) -> None:
        """
        Check once more when an attempt is committed: into a file that is lost, it is as good as not written.

        Raises:
            LedgerError: It is; the attempt is taken back, and its call may not leave.
        """
        context, now_ns = self._context, self._context.now_ns()
        if not self.sees_loss():
            with suppress(LedgerError):
                self._check_content()
        if self._seen is not None:
            with suppress(LedgerError), context.ledger.writing(db):
                api = notifications.SEND
                attempts.give_back(db, context.realm, attempt, batch, api, now_ns, left=False, counts=True)
            self.secure(db)
            self.raise_loss()
        self._left[attempt] = batch.userids
        if context.realm.mode == "LIVE" and context.ledger.is_kept:
            self._mark(now_ns)

    def never_left(self, attempt: int) -> None:
        """Note that the call of an attempt did not leave."""
        self._left.pop(attempt, None)

    def _mark(self, now_ns: int) -> None:
        if self._marked_ns is None or now_ns - self._marked_ns >= _MARK_EVERY_NS:
            self._marked_ns = now_ns
            marker.note(self._context.realm, self._context.ledger.path, date_of(now_ns))

    def _told(self, db: LedgerSession, error: LedgerError) -> LedgerError:
        """Return the error that says what became of the ledger and of the campaign, and save what can be saved."""
        ledger, name = self._context.ledger, self._name
        loss = ledger.find_loss()
        if error.problem in _OVERWRITTEN and not loss:
            with suppress(LedgerError):
                self._check_content()
        if self._is_overwritten:
            return self._lost(db, Text("ledger.lost_overwritten", path=ledger.path, name=name), "replaced")
        if loss in {"gone", "replaced"}:
            return self._lost(db, Text(f"ledger.lost_{loss}", path=ledger.path, name=name), loss)
        if error.problem in {"gone", "replaced"}:
            what, hint = Text("ledger.lost_back", path=ledger.path, name=name), Text("ledger.back_todo", name=name)
        else:
            what = Text("ledger.stopped", name=name, cause=error.text)
            hint = Text(_STOPPED_TODO.get(error.problem, "ledger.stopped_todo"), name=name, hint=error.advice)
        return LedgerError(sentences(what, self._sent), hint, problem=error.problem)

    def _lost(self, db: LedgerSession, what: Text, loss: str) -> LedgerError:
        ledger, name = self._context.ledger, self._name
        self._seen = self._seen or LedgerError(what)
        self.secure(db)
        now_ns = self._context.now_ns()
        copy = rescue.save(db, ledger.folder, now_ns, lambda copied: ledger.holds(copied, self._known))
        ledger.give_up(self._known)
        if copy is not None and self._is_overwritten and self._logs is not None:
            self._logs.discard()
        if copy is not None:
            hint = Text("ledger.saved_todo", command=rescue.command(copy, ledger.folder), name=name)
            what = sentences(what, self._sent, Text("ledger.saved", copy=copy))
            return LedgerError(what, hint, problem=loss, saved_to=copy)
        if not self._earlier and not self._left:
            todo = Text("ledger.sent_none_todo", path=ledger.path)
            return LedgerError(sentences(what, self._sent), todo, problem=loss)
        people = self._people
        listed = rescue.save_list(sorted(people), ledger.folder, now_ns)
        if listed is not None:
            hint = Text("ledger.saved_list_todo", path=ledger.path, list=listed)
            what = sentences(what, self._sent, Text("ledger.saved_list", list=listed))
            return LedgerError(what, hint, problem=loss)
        what = sentences(what, self._sent, Text("ledger.not_saved"))
        return LedgerError(what, Text("ledger.not_saved_todo", path=ledger.path, name=name), problem=loss)

    @property
    def _people(self) -> set[str]:
        """To whom the calls of the campaign went that left."""
        people = {userid for joined in self._earlier for userid in joined.split(",")}
        people.update(*self._left.values())
        return people

    @property
    def _sent(self) -> Text:
        """How many calls of the campaign have left so far, and to how many people."""
        calls = len(self._earlier) + len(self._left)
        if not calls:
            return Text("ledger.sent_none")
        return Text("ledger.sent_some", calls=count("call", calls), people=count("person", len(self._people)))
