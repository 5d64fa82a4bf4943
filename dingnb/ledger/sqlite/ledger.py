"""The ledger in an SQLite file: opens and checks it, applies migrations, and begins transactions."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.ledger.interface import BUSY_TIMEOUT_S
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.session import LedgerSession, SnapshotSession
from dingnb.ledger.sqlite import home, ledger_file, recovery, sender_locks
from dingnb.ledger.sqlite.ledger_file import (
    OPEN_CONNECTIONS,
    OPENED_LEDGERS,
    Binding,
    FileId,
    FileState,
    Loss,
    RequiredCalls,
)
from dingnb.ledger.sqlite.schema import APPLICATION_ID, DEVELOPMENT_ID, upgrade, version_of
from dingnb.ledger.sqlite.session import SqliteSession, sqlite_session
from dingnb.words import Text

_NESTED_TRANSACTION = "cannot start a transaction within a transaction"
"""SQLite's message."""

_RETRY_S = 0.01

_BRIEF_WAIT_S = 5.0
"""Maximum wait for other writers during a sending, which then says what it waits for, and tries again."""


class SqliteLedger:
    """
    A ledger in a file on this computer; see `dingnb.ledger.interface.Ledger`.

    The first connection binds the ledger to the file: if the file is replaced or missing later, further connections are
    refused.

    Args:
        folder: The folder of the file, created when first needed; by default the folder that `home.find_home` returns.
        busy_timeout_s: Maximum time to wait while another process writes.
        is_persistent: Whether the ledger's data outlives the process (False for a recorded cassette).
    """

    is_shared = False

    def __init__(
        self, folder: Path | None = None, *, busy_timeout_s: float = BUSY_TIMEOUT_S, is_persistent: bool = True
    ) -> None:
        self.folder = folder or home.find_home()
        self.path = self.folder / home.LEDGER_FILE
        self.is_persistent = is_persistent
        self.place = os.fspath(self.path)
        self._busy_timeout_s = busy_timeout_s
        self._bound: Binding | None = None
        self._is_lost = False
        self._snapshot = SnapshotSession()

    @property
    def identity(self) -> Hashable:
        """A hashable identity: equal for ledgers with the same storage."""
        return os.path.realpath(self.folder)

    @property
    def draft_files(self) -> Path:
        """The folder for the pictures and files chosen for the ledger's drafts."""
        return self.folder / home.DRAFT_FILES

    def exists(self) -> bool:
        """Return whether the ledger's file exists; refuse a folder on a network."""
        exists = self.path.exists()
        home.refuse_network_folder(self.folder, self.path if exists else None)
        return exists

    def connect_and_check(self, clock: Clock) -> None:
        """Do nothing: the file is created when first needed."""

    def with_timeout(self, busy_timeout_s: float) -> "SqliteLedger":
        """Return the same ledger with another maximum wait for other writers."""
        return SqliteLedger(self.folder, busy_timeout_s=busy_timeout_s, is_persistent=self.is_persistent)

    @staticmethod
    def now_ns(clock: Clock, server_time: Callable[[], int]) -> int:  # noqa: ARG004 - only a database's ledger needs it
        """Return the time for the ledger: DingTalk's."""
        return server_time()

    @staticmethod
    def shared_clock_ns(clock: Clock) -> int:
        """Return the time of this computer since its start."""
        return clock.monotonic_ns()

    def add_time_sample(self, requested_ns: int, database_ns: int, responded_ns: int) -> None:
        """Do nothing: the time is this computer's."""

    def replacement_guard(self) -> AbstractContextManager[None]:
        """Hold a lock in the folder, so that no other file is restored in place of the ledger."""
        return sender_locks.sender_lock(self.folder)

    @contextmanager
    def connection(self) -> Iterator[SqliteSession]:
        """
        Open a session in autocommit mode for this thread, and close it at the end.

        Raises:
            LedgerError: The file cannot be used, or is from a newer or a development version of dingnb; or this process
                was forked while its parent used the file; also for every database error inside the context.
        """
        if self._snapshot.current is not None:
            with self.translated_errors():
                yield sqlite_session(self._snapshot.current)
            return
        ledger = self.identity
        if OPEN_CONNECTIONS.are_inherited(ledger):
            self._refuse("forked")
        OPEN_CONNECTIONS.add(ledger)
        try:
            with self.translated_errors():
                try:
                    opened = self._open()
                except OSError as error:
                    raise self._error(problem="failed", error=error.strerror or error) from None
                try:
                    yield opened
                finally:
                    opened.close()
        finally:
            OPEN_CONNECTIONS.remove(ledger)

    def snapshot(self) -> AbstractContextManager[None]:
        """Have `connection` in this thread read one snapshot; see `Ledger.snapshot`."""
        return self._snapshot.hold(self.connection())

    def transaction(self, session: LedgerSession | None = None) -> AbstractContextManager[LedgerSession]:
        """Begin a transaction, which excludes all other writers; if committing it fails, nothing was written."""
        return (
            self._transaction_in_new_session() if session is None else self._open_transaction(sqlite_session(session))
        )

    def transaction_unless_shared(
        self, session: LedgerSession, *, flush: bool = True
    ) -> AbstractContextManager[LedgerSession]:
        """Begin a transaction."""
        return self._open_transaction(sqlite_session(session), flush=flush)

    def row_locking_transaction(self, session: LedgerSession) -> AbstractContextManager[LedgerSession]:
        """Begin a transaction, which in a file excludes all other writers."""
        return self.transaction(session)

    @contextmanager
    def unsynced_connection(self) -> Iterator[LedgerSession]:
        """Open a session that does not wait for the disk."""
        with self.connection() as opened:
            opened.execute("PRAGMA synchronous = NORMAL")
            yield opened

    @staticmethod
    def may_recover(error: LedgerError) -> bool:
        """Return whether another process uses the file; after any other error it is lost, or a person has to act."""
        return error.problem == "locked"

    def reconnect(self, session: LedgerSession) -> None:
        """Check that the file can be written again: a session of a file stays connected."""
        with self._open_transaction(sqlite_session(session)):
            pass

    @contextmanager
    def brief_waits(self, session: LedgerSession) -> Iterator[None]:
        """Inside the context, wait for other writers for at most `_BRIEF_WAIT_S`."""
        opened = sqlite_session(session)
        opened.wait_at_most(min(_BRIEF_WAIT_S, self._busy_timeout_s))
        try:
            yield
        finally:
            opened.wait_at_most(self._busy_timeout_s)

    @contextmanager
    def _transaction_in_new_session(self) -> Iterator[SqliteSession]:
        with self.connection() as opened:
            if ledger_file.is_read_only(self.path):
                self._refuse("read_only")
            with self._open_transaction(opened):
                yield opened

    @contextmanager
    def _open_transaction(self, session: SqliteSession, *, flush: bool = True) -> Iterator[SqliteSession]:
        try:
            if session.sqlite.in_transaction:
                # SQLite refuses this as well, but first takes the lock of writers, which an open snapshot then keeps.
                raise sqlite3.OperationalError(_NESTED_TRANSACTION)
            try:
                if not flush:
                    session.execute("PRAGMA synchronous = NORMAL")
                session.execute("BEGIN IMMEDIATE")
                yield session
                session.execute("COMMIT")
            finally:
                # After an error. If even the rollback fails, closing the connection rolls the transaction back.
                if session.sqlite.in_transaction:
                    with suppress(sqlite3.Error):
                        session.execute("ROLLBACK")
                if not flush:
                    session.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise self.explain(error) from None

    def check(self) -> tuple[int, int]:
        """Check the file that was opened, and its folder; return the file's modification time and size."""
        state = self.state()
        self._refuse_lost(state.loss)
        # Only by mode, as this runs at each call: an open file stays writable otherwise.
        if state.is_read_only or ledger_file.is_read_only_folder(self.folder):
            self._refuse("read_only")
        return state.stamp

    def state(self) -> FileState:
        """Return the state of the file since this ledger was opened."""
        return FileState("") if self._bound is None else ledger_file.state_of(self.path, self._bound.file)

    def has_calls(self, db: LedgerSession, required: RequiredCalls) -> bool:
        """Return whether a session's database is this ledger, and has the calls that the ledger must have."""
        bound, (ledger_id, _) = self._bound, _identity(sqlite_session(db))
        return bound is not None and ledger_id == bound.ledger_id and _has_calls(sqlite_session(db), required)

    def abandon(self, required: RequiredCalls) -> None:
        """Refuse further use of the lost file, and of any ledger at its path without the required calls."""
        self._is_lost = True
        OPENED_LEDGERS.require(self.path, required)

    @contextmanager
    def keep_open(self) -> Iterator[None]:
        """Keep a connection inside the context: without one, SQLite would create its log again for each session."""
        held = ExitStack()
        # Errors are reported by the first write.
        with suppress(LedgerError), self.translated_errors():
            held.enter_context(self.connection()).execute("SELECT 1 FROM sqlite_master").fetchone()
        try:
            yield
        finally:
            # Errors inside the context do not concern the ledger.
            held.close()

    @staticmethod
    def defer_checkpoints(session: LedgerSession) -> None:
        """Make a session write only to the log, until `checkpoint` moves the log into the ledger's file."""
        session.execute("PRAGMA wal_autocheckpoint = 0")

    @staticmethod
    def checkpoint(session: LedgerSession) -> None:
        """Move the log into the ledger's file, as far as possible without waiting."""
        with suppress(sqlite3.Error):
            session.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Translate database errors inside the context to `LedgerError` with a hint."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.explain(error) from None

    def explain(self, error: sqlite3.Error) -> LedgerError:
        """Return a `LedgerError` with a hint for an SQLite error."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        problem = _PROBLEMS.get(code, "failed")
        if problem == "no_writing":
            # SQLite does not distinguish a lost file, a read-only file and other problems.
            loss = self.state().loss or ("" if self.path.exists() else "gone")
            problem = loss or ("read_only" if ledger_file.is_read_only(self.path) else problem)
        return self._error(problem, error)

    def _refuse(self, problem: str, error: object = "") -> NoReturn:
        raise self._error(problem, error)

    def _error(self, problem: str, error: object = "") -> LedgerError:
        what = Text(f"ledger.{problem}", path=self.path, error=error)
        todo = Text(f"ledger.{problem}_todo", path=self.path)
        if problem in {"not_ours", "damaged"}:
            todo = recovery.restoring_hint(self.path) or todo
        return LedgerError(what, todo, problem=problem)

    def compact(self) -> None:
        """Release the space of deleted data, and empty the log, which has the data too."""
        with self.connection() as opened:
            opened.execute("VACUUM")
            # SQLite reports a reader, for whom it keeps the deleted data, without an error.
            is_in_use, *_ = opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_in_use:
                self._refuse("locked", "database is locked")

    def _open(self) -> SqliteSession:
        if self._bound is not None:
            self._refuse_lost(self.state().loss)
        else:
            self._prepare()
        before = ledger_file.file_id(self.path)
        # By default, SQLite would create a new, empty file in place of a removed one.
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        opened = SqliteSession(sqlite3.connect(address, timeout=self._busy_timeout_s, isolation_level=None, uri=True))
        try:
            opened.execute("PRAGMA foreign_keys = ON")
            opened.execute("PRAGMA synchronous = FULL")
            if self._bound is None:
                self._check(opened)
            self._bind(opened, before)
        except BaseException:
            opened.close()
            raise
        return opened

    def _prepare(self) -> None:
        """Create the file, or check an existing one before SQLite opens it."""
        home.refuse_links(self.folder)
        # In this order, because another thread may be creating it.
        was_opened = OPENED_LEDGERS.get(self.path) is not None
        if self.path.exists():
            home.check(self.folder)
            home.make_private(self.path)
            return
        if was_opened:
            raise LedgerError(
                Text("ledger.gone_here", path=self.path), Text("ledger.gone_here_todo", path=self.path), problem="gone"
            )
        recovery.check_saved_copies(self.path)
        home.prepare(self.folder)
        _create(self.path)

    def _refuse_lost(self, loss: Loss) -> None:
        if loss or self._is_lost:
            self._refuse(loss or "lost")

    def _bind(self, opened: SqliteSession, before: FileId | None) -> None:
        """Check that the opened file is the ledger's file, which may have been replaced between checks of its path."""
        # In this order, because another thread may be opening the ledger, and may have used further numbers.
        earlier = OPENED_LEDGERS.get(self.path)
        ledger_id, numbers = _identity(opened)
        after = ledger_file.file_id(self.path)
        is_same = earlier is None or (
            earlier.bound.ledger_id == ledger_id
            and earlier.numbers <= numbers
            and all(_has_calls(opened, required) for required in earlier.required)
        )
        if self._bound is None:
            if before is None or before != after:
                self._refuse("replaced")
            if not is_same:
                todo = Text("ledger.replaced_here_todo", path=self.path)
                raise LedgerError(Text("ledger.replaced_here", path=self.path), todo, problem="replaced")
            self._bound = Binding(before, ledger_id)
        elif not is_same or self._bound != (after, ledger_id):
            self._refuse("gone" if after is None else "replaced")
        OPENED_LEDGERS.add(self.path, self._bound, numbers, () if earlier is None else earlier.required)

    def _check(self, opened: SqliteSession) -> None:
        # In this order, because another process may be creating the ledger: its tables and ids appear together.
        has_tables = opened.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        application_id = opened.execute("PRAGMA application_id").fetchone()[0]
        version = version_of(opened)
        if application_id == DEVELOPMENT_ID:
            self._refuse("development")
        if application_id not in (0, APPLICATION_ID) or (application_id == 0 and has_tables):
            self._refuse("not_ours")
        self._refuse_newer(version)
        self._enable_wal(opened)
        if version < VERSION:
            with self.transaction(opened):
                # Another process may have upgraded the ledger in the meantime, also to a newer version.
                self._refuse_newer(version_of(opened))
                upgrade(opened)

    def _refuse_newer(self, version: int) -> None:
        if version > VERSION:
            what = Text("ledger.newer", path=self.path, version=version, known=VERSION)
            raise LedgerError(what, Text("ledger.newer_todo"), problem="newer")

    def _enable_wal(self, opened: SqliteSession) -> None:
        """Enable the write-ahead log. While another process does so, SQLite fails instead of waiting, so retry."""
        until_s = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                opened.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
                    raise
                time.sleep(_RETRY_S)
            else:
                return


_PROBLEMS = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "no_writing",
    sqlite3.SQLITE_CANTOPEN: "no_writing",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    # The records contradict each other, for example after a part of the file was overwritten.
    sqlite3.SQLITE_CONSTRAINT: "damaged",
}

_creating = threading.Lock()


def _create(path: Path) -> None:
    """
    Create the file before SQLite does, so that only its owner can read names, numbers and texts.

    An existing file is not opened: closing it would release the locks that SQLite holds on the file in this process
    (https://sqlite.org/howtocorrupt.html, 2.2), and another process could destroy data that is not yet in the file.
    """
    with _creating:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        path.chmod(0o600)


def _identity(opened: SqliteSession) -> tuple[str, int]:
    """Return the id of a ledger, and how many numbers it has used, which never decreases."""
    try:
        row = opened.execute(
            "SELECT id, (SELECT coalesce(sum(seq), 0) FROM sqlite_sequence) + (SELECT next FROM numbers) FROM ledger"
        ).fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return "", 0  # no such table: it is another database
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def _has_calls(opened: SqliteSession, required: RequiredCalls) -> bool:
    cursor = opened.execute(
        "SELECT count(*) FROM campaigns JOIN batches ON batches.campaign = campaigns.id"
        " JOIN attempts ON attempts.batch = batches.id WHERE campaigns.realm = ? AND campaigns.name = ?",
        (required.realm, required.campaign),
    )
    return int(cursor.fetchone()[0]) >= required.calls
