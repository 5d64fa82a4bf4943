"""
Prevents calls whose attempts are not recorded in the campaign's own ledger, and rescues a lost ledger.

The numbers of calls in errors are counted in memory, since the ledger may no longer be readable.
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

_MARK_INTERVAL_NS = seconds(3_600)

_OVERWRITTEN = frozenset({"replaced", "not_ours", "damaged", "failed"})
"""Problems that a file overwritten while open may cause."""

_CHECKPOINT_INTERVAL = 50
"""Number of outcomes between two checkpoints of the log, the only writes to the ledger's file."""

_STOPPED_TODO = {"read_only": "ledger.stopped_read_only_todo", "full": "ledger.stopped_full_todo"}


class LedgerGuard:
    """
    Guards the ledger of one sending.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._name = ""
        self._earlier: list[str] = []
        self._calls: dict[int, tuple[str, ...]] = {}
        self._loss: LedgerError | None = None
        self._logs: rescue.Logs | None = None
        self._is_secured = False
        self._marked_ns: int | None = None
        self._stamp: tuple[int, int] | None = None
        self._is_overwritten = False
        self._settled = 0

    def sees_loss(self) -> bool:
        """Check the ledger's file, in any thread, and return whether it is lost."""
        try:
            self._context.ledger.check()
        except LedgerError as error:
            self._loss = error
        return self._loss is not None

    def raise_loss(self) -> None:
        """
        Raise the error of a detected loss, if any.

        Raises:
            LedgerError: The ledger's file is lost.
        """
        if self._loss is not None:
            raise self._loss

    @contextmanager
    def guarding(self, db: LedgerSession) -> Iterator[None]:
        """
        Guard a sending: errors of the ledger include the number of calls made and the safe next step.

        Raises:
            LedgerError: The ledger failed or was lost, or it lacks calls that were rescued from an earlier ledger.
        """
        rescue.refuse_beside(self._context.ledger.path, db)
        row = campaigns.get(db, self._campaign)
        self._name = row.name if row is not None else ""
        self._earlier = attempts.sent_to(db, self._campaign)
        self._logs = rescue.Logs(self._context.ledger.path)
        # Only explicit checkpoints, so that any other write to the file indicates that it was overwritten.
        self._context.ledger.defer_checkpoints(db)
        self._stamp = binding.stamp_of(self._context.ledger.path)
        try:
            with self._context.ledger.translated_errors():
                yield
                # Everything is settled, but perhaps in a deleted file.
                if self._context.ledger.find_loss():
                    self._context.ledger.check()
                self._check_content()
        except LedgerError as error:
            raise self._describe(db, error) from None

    def check(self, db: LedgerSession) -> None:
        """
        Check the ledger before a call is recorded.

        Raises:
            LedgerError: It is lost or cannot be written.
        """
        if not self.sees_loss():
            self._check_content()
        self.secure(db)
        self.raise_loss()

    def settled(self, db: LedgerSession) -> None:
        """Count a recorded outcome, and checkpoint the log regularly."""
        self._settled += 1
        path = self._context.ledger.path
        if self._settled % _CHECKPOINT_INTERVAL == 0 and self._loss is None and self._stamp == binding.stamp_of(path):
            self._context.ledger.checkpoint(db)
            self._stamp = binding.stamp_of(path)

    def _check_content(self) -> None:
        """Check that all calls are still in the file if another process has written to it."""
        ledger = self._context.ledger
        stamp = binding.stamp_of(ledger.path)
        if stamp == self._stamp:
            return
        try:
            # A new connection, because this one may have cached content that is no longer in the file.
            with ledger.connection() as db:
                is_whole = ledger.holds(db, self._known)
        except LedgerError as error:
            if error.problem not in _OVERWRITTEN:
                # It may be locked for a moment; the next check decides.
                return
            is_whole = False
        if is_whole:
            self._stamp = stamp
            return
        self._is_overwritten = True
        what = Text("ledger.lost_overwritten", path=ledger.path, name=self._name)
        self._loss = LedgerError(what, problem="replaced")
        raise self._loss

    @property
    def _known(self) -> Sent:
        """The calls that must be in the ledger."""
        return Sent(self._context.realm.id, self._name, len(self._earlier) + len(self._calls))

    def secure(self, db: LedgerSession) -> None:
        """If the file was lost, write everything recorded to the open file, and nothing to a new file at its path."""
        if self._loss is None or self._is_secured:
            return
        loss = self._context.ledger.find_loss()
        if loss:
            rescue.empty_log(db)
        if loss == "replaced" and self._logs is not None:
            self._is_secured = True
            self._logs.unlink()

    def committed(self, db: LedgerSession, batch: PendingBatch, attempt: int) -> None:
        """
        Check again after an attempt is committed, since one in a lost file counts as not recorded.

        Raises:
            LedgerError: The file is lost; the attempt is undone, and its call must not be made.
        """
        context, now_ns = self._context, self._context.now_ns()
        if not self.sees_loss():
            with suppress(LedgerError):
                self._check_content()
        if self._loss is not None:
            with suppress(LedgerError), context.ledger.writing(db):
                api = notifications.SEND
                attempts.give_back(db, context.realm, attempt, batch, api, now_ns, left=False, counts=True)
            self.secure(db)
            self.raise_loss()
        self._calls[attempt] = batch.userids
        if context.realm.mode == "LIVE" and context.ledger.is_kept:
            self._mark(now_ns)

    def never_left(self, attempt: int) -> None:
        """Record that the call of an attempt was not made."""
        self._calls.pop(attempt, None)

    def _mark(self, now_ns: int) -> None:
        if self._marked_ns is None or now_ns - self._marked_ns >= _MARK_INTERVAL_NS:
            self._marked_ns = now_ns
            marker.note(self._context.realm, self._context.ledger.path, date_of(now_ns))

    def _describe(self, db: LedgerSession, error: LedgerError) -> LedgerError:
        """Return an error that describes the state of the ledger and the campaign, after rescuing what is possible."""
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
        self._loss = self._loss or LedgerError(what)
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
        if not self._earlier and not self._calls:
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
        """The recipients of all calls made for the campaign."""
        people = {userid for joined in self._earlier for userid in joined.split(",")}
        people.update(*self._calls.values())
        return people

    @property
    def _sent(self) -> Text:
        """The number of calls made for the campaign, and of their recipients, as text."""
        calls = len(self._earlier) + len(self._calls)
        if not calls:
            return Text("ledger.sent_none")
        return Text("ledger.sent_some", calls=count("call", calls), people=count("person", len(self._people)))
