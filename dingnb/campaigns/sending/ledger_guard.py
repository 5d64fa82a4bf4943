"""
Prevents calls whose attempts are not recorded in the campaign's own ledger, and rescues a lost ledger.

A ledger in a file can be moved, replaced or overwritten while its session goes on writing to it, so that file is
watched. A connection to PostgreSQL always writes to the database it was opened for, so nothing is watched there.

The numbers of calls in errors are counted in memory, since the ledger may no longer be readable.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.channels import Channel
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, SqliteLedger, copying
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.attempts import EndedAttempt, PendingBatch
from dingnb.ledger.sqlite import recovery
from dingnb.ledger.sqlite.ledger_file import RequiredCalls
from dingnb.ledger.sqlite.session import sqlite_session
from dingnb.words import Text, count, sentences

_OVERWRITTEN = frozenset({"replaced", "not_ours", "damaged", "failed"})
"""Problems that a file overwritten while open may cause."""

_CHECKPOINT_INTERVAL = 50
"""Number of outcomes between two checkpoints of the log, which are the only writes to the ledger's file."""

_TODO_KEYS = {"read_only": "ledger.stopped_read_only_todo", "full": "ledger.stopped_full_todo"}


def refuse_set_aside(db: LedgerSession, context: SendContext) -> None:
    """
    Refuse to send with a ledger that was set aside in favour of a copy.

    Raises:
        LedgerError: The ledger was set aside.
    """
    set_aside = copying.find_set_aside(db)
    if set_aside is not None:
        places = {"place": context.ledger.place, "other": set_aside.other_place}
        what = Text("copy.aside", **places, day=format_day(set_aside.copied_ns))
        raise LedgerError(what, Text("copy.aside_todo", **places))


class LedgerGuard:
    """
    Guards the ledger of one sending.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sends the campaign.
    """

    def __init__(self, context: SendContext, campaign: int, channel: Channel) -> None:
        self._context = context
        self._campaign = campaign
        self._file = context.ledger if isinstance(context.ledger, SqliteLedger) else None
        self._channel = channel
        self._name = ""
        self._earlier_calls: list[str] = []
        self._new_calls: dict[int, tuple[str, ...]] = {}
        self._loss: LedgerError | None = None
        self._logs: recovery.Logs | None = None
        self._is_log_detached = False
        self._file_stamp: tuple[int, int] | None = None
        self._is_overwritten = False
        self._settled = 0

    def detect_loss(self) -> bool:
        """Check the ledger's file, in any thread; return whether the file is lost or can no longer be written."""
        self._check_file()
        return self._loss is not None

    def _check_file(self) -> tuple[int, int] | None:
        """Record a loss of the ledger's file, or return the file's stamp; None after a loss, or without a file."""
        try:
            return self._context.ledger.check()
        except LedgerError as error:
            self._loss = error
            return None

    def raise_loss(self) -> None:
        """
        Raise the error of a detected loss, if any.

        Raises:
            LedgerError: The ledger's file is lost or can no longer be written.
        """
        if self._loss is not None:
            raise self._loss

    @contextmanager
    def guard(self, db: LedgerSession) -> Iterator[None]:
        """
        Guard a sending: errors of the ledger include the number of calls made and the safe next step.

        Raises:
            LedgerError: The ledger failed or was lost, lacks calls that were rescued from an earlier ledger, or was
                set aside in favour of a copy.
        """
        refuse_set_aside(db, self._context)
        if self._file is not None:
            recovery.check_saved_copies(self._file.path, sqlite_session(db))
        row = campaigns.get(db, self._campaign)
        self._name = row.name if row is not None else ""
        # This reads the index of names as well: what the session has cached can be saved if the file is overwritten.
        campaigns.find(db, self._context.realm, self._name)
        # If another process took the campaign over meanwhile, the earlier calls include the calls of this sending.
        self._earlier_calls, self._new_calls = attempts.recipients_of_calls(db, self._campaign), {}
        if self._file is not None:
            self._logs = recovery.Logs(self._file.path)
            # Only explicit checkpoints, so that any other write to the file indicates that it was overwritten.
            self._file.defer_checkpoints(sqlite_session(db))
            self._file_stamp = self._file.state().stamp
        try:
            with self._context.ledger.translated_errors():
                yield
                # Everything is settled, but perhaps in a deleted file.
                if self._file is not None:
                    if self._file.state().loss:
                        self._file.check()
                    self._check_content(self._file.state().stamp)
        except LedgerError as error:
            raise self._rescue(db, error) from None

    def check(self, db: LedgerSession) -> None:
        """
        Check the ledger before a call is recorded.

        Raises:
            LedgerError: The ledger is lost or cannot be written.
        """
        stamp = self._check_file()
        if self._loss is None:
            self._check_content(stamp)
        self.detach_log(db)
        self.raise_loss()

    def count_settled(self, db: LedgerSession) -> None:
        """Count a recorded outcome, and checkpoint the log regularly."""
        self._settled += 1
        if self._file is None or self._settled % _CHECKPOINT_INTERVAL or self._loss is not None:
            return
        if self._file_stamp == self._file.state().stamp:
            self._file.checkpoint(sqlite_session(db))
            self._file_stamp = self._file.state().stamp

    def _check_content(self, stamp: tuple[int, int] | None) -> None:
        """Check that all calls are still in the file if its stamp says that another process has written to it."""
        ledger = self._file
        if ledger is None or stamp == self._file_stamp:
            return
        try:
            # A new connection, because this one may have cached content that is no longer in the file.
            with ledger.connection() as db:
                has_all_calls = ledger.has_calls(db, self._required_calls)
        except LedgerError as error:
            if error.problem not in _OVERWRITTEN:
                # The file may be locked for a moment; the next check decides.
                return
            has_all_calls = False
        if has_all_calls:
            self._file_stamp = stamp
            return
        self._is_overwritten = True
        self._loss = LedgerError(self._loss_text("overwritten"), problem="replaced")
        raise self._loss

    def _loss_text(self, loss: str) -> Text:
        return Text(f"ledger.lost_{loss}", path=self._context.ledger.place, name=self._name)

    @property
    def _required_calls(self) -> RequiredCalls:
        """The calls that must be in the ledger."""
        return RequiredCalls(self._context.realm.id, self._name, len(self._earlier_calls) + len(self._new_calls))

    def detach_log(self, db: LedgerSession) -> None:
        """
        Empty the log into the open file if the file was lost.

        If another file has replaced the lost file, the log beside the new file is deleted, because the log belongs to
        the lost file.
        """
        if self._file is None or self._loss is None or self._is_log_detached:
            return
        loss = self._file.state().loss
        if loss:
            recovery.empty_log(sqlite_session(db))
        if loss == "replaced" and self._logs is not None:
            self._is_log_detached = True
            self._logs.unlink()

    def check_committed(self, db: LedgerSession, batch: PendingBatch, attempt: int) -> None:
        """
        Check again after an attempt is committed, since an attempt in a lost file counts as not recorded.

        Raises:
            LedgerError: The file is lost or can no longer be written; the call must not be made, and the attempt is
                undone if possible.
        """
        context = self._context
        stamp = self._check_file()
        if self._loss is None:
            with suppress(LedgerError):
                self._check_content(stamp)
        if self._loss is not None:
            with suppress(LedgerError), context.ledger.transaction(db):
                ended = EndedAttempt(attempt, batch, context.now_ns(), context.ledger.shared_clock_ns(context.clock))
                attempts.mark_without_effect(
                    db, ended, context.realm, self._channel.send_api, was_made=False, counts=True
                )
            self.detach_log(db)
            self.raise_loss()
        self._new_calls[attempt] = batch.userids

    def forget_attempt(self, attempt: int) -> None:
        """Remove an attempt whose call was not made from the calls that must be in the ledger."""
        self._new_calls.pop(attempt, None)

    def _rescue(self, db: LedgerSession, error: LedgerError) -> LedgerError:
        """Rescue what is possible, and return an error that describes the state of the ledger and the campaign."""
        ledger, name = self._file, self._name
        if ledger is None:
            return self._stopped_error(error)
        loss = ledger.state().loss
        if error.problem in _OVERWRITTEN and not loss:
            with suppress(LedgerError):
                self._check_content(ledger.state().stamp)
        if self._is_overwritten:
            return self._save_lost(db, ledger, self._loss_text("overwritten"), "replaced")
        if loss in {"gone", "replaced"}:
            return self._save_lost(db, ledger, self._loss_text(loss), loss)
        if error.problem in {"gone", "replaced"}:
            what, hint = Text("ledger.lost_back", path=ledger.path, name=name), Text("ledger.back_todo", name=name)
            return LedgerError(sentences(what, self._calls_text), hint, problem=error.problem)
        return self._stopped_error(error)

    def _stopped_error(self, error: LedgerError) -> LedgerError:
        what = Text("ledger.stopped", name=self._name, cause=error.text)
        todo = "ledger.stopped_todo" if self._file is None else _TODO_KEYS.get(error.problem, "ledger.stopped_todo")
        hint = Text(todo, name=self._name, hint=error.advice)
        return LedgerError(sentences(what, self._calls_text), hint, problem=error.problem)

    def _save_lost(self, db: LedgerSession, ledger: SqliteLedger, what: Text, loss: str) -> LedgerError:
        """
        Save a copy of a lost ledger or, if that fails, the list of people sent to; return the error that says so.

        Args:
            db: The session, whose file is lost.
            ledger: The ledger.
            what: What happened to the file.
            loss: The `problem` of the error.
        """
        name = self._name
        self._loss = self._loss or LedgerError(what)
        self.detach_log(db)
        now_ns = self._context.now_ns()
        copy = recovery.save(
            sqlite_session(db), ledger.folder, now_ns, lambda copied: ledger.has_calls(copied, self._required_calls)
        )
        ledger.abandon(self._required_calls)
        if copy is not None and self._is_overwritten and self._logs is not None:
            self._logs.discard()
        if copy is not None:
            hint = Text("ledger.saved_todo", command=recovery.restore_command(copy, ledger.folder), name=name)
            what = sentences(what, self._calls_text, Text("ledger.saved", copy=copy))
            return LedgerError(what, hint, problem=loss, saved_to=copy)
        if not self._earlier_calls and not self._new_calls:
            todo = Text("ledger.sent_none_todo", path=ledger.path)
            return LedgerError(sentences(what, self._calls_text), todo, problem=loss)
        people = self._recipients
        list_path = recovery.save_list(sorted(people), ledger.folder, now_ns)
        if list_path is not None:
            hint = Text("ledger.saved_list_todo", path=ledger.path, list=list_path)
            what = sentences(what, self._calls_text, Text("ledger.saved_list", list=list_path))
            return LedgerError(what, hint, problem=loss)
        what = sentences(what, self._calls_text, Text("ledger.not_saved"))
        return LedgerError(what, Text("ledger.not_saved_todo", path=ledger.path, name=name), problem=loss)

    @property
    def _recipients(self) -> set[str]:
        """The recipients of all calls of the campaign."""
        people = {userid for joined in self._earlier_calls for userid in joined.split(",")}
        people.update(*self._new_calls.values())
        return people

    @property
    def _calls_text(self) -> Text:
        """The number of calls made for the campaign, and of their recipients, as text."""
        calls = len(self._earlier_calls) + len(self._new_calls)
        if not calls:
            return Text("ledger.sent_none")
        return Text("ledger.sent_some", calls=count("call", calls), people=count("person", len(self._recipients)))
