"""The ledger's file: opened, checked, brought up to date, read and written."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from dingnb.errors import LedgerError
from dingnb.language import say
from dingnb.ledger import home
from dingnb.ledger.schema import APPLICATION_ID, MIGRATIONS, VERSION

BUSY_TIMEOUT_S = 60.0
"""So long, in real time, a kernel waits while another one writes."""

_LOOK_AGAIN_S = 0.01


class Ledger:
    """
    The database that remembers what was sent.

    Several kernels may use one file at once: readers never wait, and writers take turns. What is committed has
    reached the disk (``synchronous=FULL``).

    Args:
        folder: Where the file lies; made when it is first needed. The default is `home.find_home`.
        busy_timeout_s: How long to wait while another process writes.
    """

    def __init__(self, folder: Path | None = None, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.folder = folder or home.find_home()
        self.path = self.folder / home.LEDGER_FILE
        self._busy_timeout_s = busy_timeout_s
        self._is_checked = False

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """
        Give a connection in autocommit, and close it at the end; it may be used by the thread that took it.

        Raises:
            LedgerError: The file cannot be used, or is of a newer dingnb; also for whatever SQLite says inside.
        """
        with self._explained():
            opened = self._open()
            try:
                yield opened
            finally:
                opened.close()

    def writing(self, connection: sqlite3.Connection | None = None) -> AbstractContextManager[sqlite3.Connection]:
        """
        Give a connection in a transaction that is committed at the end, or undone by an error.

        Args:
            connection: The connection to use; else one is opened.

        Raises:
            LedgerError: As `connection`; nothing was written then.
        """
        return self._writing() if connection is None else _Transaction(connection, self)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self.connection() as opened, _Transaction(opened, self):
            yield opened

    def explain(self, error: sqlite3.Error) -> LedgerError:
        """Return what SQLite says as an error that tells what to do."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        is_gone = code == sqlite3.SQLITE_CANTOPEN and not self.path.exists()
        key = "ledger.gone" if is_gone else _PROBLEMS.get(code, "ledger.failed")
        return LedgerError(say(key, path=self.path, error=error), say(f"{key}_todo"))

    def compact(self) -> None:
        """
        Give the room of what was forgotten back to the disk, so that nothing of it is left in the file.

        Raises:
            LedgerError: The file is in use, or the disk has no room for a second copy; nothing is lost.
        """
        with self.connection() as opened:
            opened.execute("VACUUM")
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> sqlite3.Connection:
        if not self._is_checked:
            home.prepare(self.folder)
            _create(self.path)
        # SQLite would make a new file, in which nobody was told anything, where this one was taken away.
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        opened = sqlite3.connect(address, timeout=self._busy_timeout_s, isolation_level=None, uri=True)
        try:
            opened.execute("PRAGMA foreign_keys = ON")
            opened.execute("PRAGMA synchronous = FULL")
            if not self._is_checked:
                self._check(opened)
                self._is_checked = True
        except BaseException:
            opened.close()
            raise
        return opened

    def _check(self, opened: sqlite3.Connection) -> None:
        # In this order: another kernel may be making the ledger, and its tables and their marks come at once.
        has_tables = opened.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
        mark = opened.execute("PRAGMA application_id").fetchone()[0]
        version = _version(opened)
        if mark not in (0, APPLICATION_ID) or (mark == 0 and has_tables):
            raise LedgerError(say("ledger.not_ours", path=self.path), say("ledger.home_todo"))
        if version > VERSION:
            what = say("ledger.newer", path=self.path, version=version, known=VERSION)
            raise LedgerError(what, say("ledger.newer_todo"))
        self._write_ahead(opened)
        if version < VERSION:
            self._migrate(opened)

    def _write_ahead(self, opened: sqlite3.Connection) -> None:
        """Turn WAL on; where another kernel is just doing so, SQLite fails at once instead of waiting."""
        until_s = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                opened.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
                    raise
                time.sleep(_LOOK_AGAIN_S)
            else:
                return

    def _migrate(self, opened: sqlite3.Connection) -> None:
        with self.writing(opened):
            # Another kernel may have done it while this one waited for its turn.
            for version in range(_version(opened), VERSION):
                for statement in _statements(MIGRATIONS[version]):
                    opened.execute(statement)
            opened.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            opened.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self.explain(error) from None
        except OSError as error:
            what = say("ledger.failed", path=self.path, error=error.strerror or error)
            raise LedgerError(what, say("ledger.failed_todo")) from None


class _Transaction:
    """A transaction as a context: two a call make a generator of `contextlib` felt."""

    __slots__ = ("_connection", "_ledger")

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise self._ledger.explain(error) from None
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _frames: object) -> None:
        try:
            if error is None:
                self._connection.execute("COMMIT")
                return
        except sqlite3.Error as failure:
            error = failure
        if self._connection.in_transaction:
            # Where even that fails, closing the connection undoes it.
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise self._ledger.explain(error) from None


_PROBLEMS = {
    sqlite3.SQLITE_BUSY: "ledger.locked",
    sqlite3.SQLITE_LOCKED: "ledger.locked",
    sqlite3.SQLITE_FULL: "ledger.full",
    sqlite3.SQLITE_READONLY: "ledger.no_writing",
    sqlite3.SQLITE_CANTOPEN: "ledger.no_writing",
    sqlite3.SQLITE_CORRUPT: "ledger.damaged",
    sqlite3.SQLITE_NOTADB: "ledger.damaged",
}


def _create(path: Path) -> None:
    """Make the file before SQLite does: names, numbers and texts are for its owner alone."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _version(opened: sqlite3.Connection) -> int:
    version: int = opened.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit the transaction around it."""
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        statement = "\n".join(lines)
        if sqlite3.complete_statement(statement):
            yield statement
            lines.clear()
