"""
The interface of a ledger, the database of everything that was sent.

`dingnb.ledger.sqlite` keeps a ledger in a file on this computer, `dingnb.ledger.postgres` in a team's shared database.
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.ledger.session import LedgerSession

BUSY_TIMEOUT_S = 60.0
"""Default time to wait while another process writes, in seconds of real time."""


class Ledger(Protocol):
    """
    A ledger.

    Several processes may use it at once: readers never wait, and writers take turns, except where a method says so.

    In a file, committed data has reached the disk, except after `transaction_unless_shared` without `flush` and in an
    `unsynced_connection`. For a database, that is a setting of its server.
    """

    @property
    def is_persistent(self) -> bool:
        """Whether the ledger's data outlives the process (False for a recorded cassette)."""

    @property
    def is_shared(self) -> bool:
        """Whether several people may use the ledger."""

    @property
    def place(self) -> str:
        """Where the ledger is, as shown to people: a path, or a URL without its password."""

    @property
    def identity(self) -> Hashable:
        """A hashable identity: equal for ledgers with the same storage."""

    @property
    def draft_files(self) -> Path:
        """The folder on this computer for the pictures and files chosen for the ledger's drafts; it need not exist."""

    def exists(self) -> bool:
        """
        Return whether the ledger's file exists; True for a database, whose ledger only connecting would show.

        Raises:
            LedgerError: The folder of the file is on a network.
        """

    def connect_and_check(self, clock: Clock) -> None:
        """
        Connect to a shared database and check it; does nothing for a file, which is created when first needed.

        Args:
            clock: The clock of this computer.

        Raises:
            LedgerError: The database cannot be used for sending.
            MissingPackageError: psycopg is not installed.
        """

    def connection(self) -> AbstractContextManager[LedgerSession]:
        """
        Open a session in autocommit mode for this thread, and close it at the end.

        Raises:
            LedgerError: The ledger cannot be used, or has a version that this dingnb does not support; also for every
                database error inside the context.
            MissingPackageError: The ledger is in a database, and psycopg is not installed.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """
        Have `connection` in this thread read the ledger as of one moment inside the context, while others write.

        The thread cannot write inside the context. A nested snapshot is the same one.

        Raises:
            LedgerError: As for `connection`.
        """

    def transaction(self, session: LedgerSession | None = None) -> AbstractContextManager[LedgerSession]:
        """
        Begin a transaction that is committed at the end of the context, or rolled back on an error.

        Only one runs at a time, so nothing changes between reads and writes inside; except that in a shared database,
        `transaction_unless_shared` and `row_locking_transaction` do not wait for it.

        Args:
            session: The session to use; by default, one is opened.

        Raises:
            LedgerError: As for `connection`. Nothing was written, unless the connection to a shared database was lost
                during the commit; then it is unknown.
        """

    def transaction_unless_shared(
        self, session: LedgerSession, *, flush: bool = True
    ) -> AbstractContextManager[LedgerSession]:
        """
        Begin a `transaction` in a file, but not in a shared database.

        In a shared database, each statement is committed by itself and locks only the rows that it uses.

        Args:
            session: The session.
            flush: Whether a file is flushed to the disk at the end. Otherwise the next flushed transaction flushes
                the data too, and only a crash of the computer in between loses the data.

        Raises:
            LedgerError: As for `connection`.
        """

    def row_locking_transaction(self, session: LedgerSession) -> AbstractContextManager[LedgerSession]:
        """
        Begin a `transaction` that, in a shared database, locks only the rows that it uses.

        Raises:
            LedgerError: As for `transaction`.
        """

    def unsynced_connection(self) -> AbstractContextManager[LedgerSession]:
        """
        Open a session like `connection`, for data that may be lost if the computer crashes.

        Raises:
            LedgerError: As for `connection`.
        """

    def may_recover(self, error: LedgerError) -> bool:
        """Return whether sending may continue after an error once `reconnect` succeeds."""

    def reconnect(self, session: LedgerSession) -> None:
        """
        Reconnect a session; whether its last transaction was committed is unknown, except in a file, where it was not.

        Raises:
            LedgerError: The database cannot be used, or is not the same as before.
        """

    def brief_waits(self, session: LedgerSession) -> AbstractContextManager[None]:
        """Inside the context, let a session wait only briefly while another process uses the ledger's file."""

    def translated_errors(self) -> AbstractContextManager[None]:
        """Translate database errors inside the context to `LedgerError` with a hint."""

    def check(self) -> tuple[int, int] | None:
        """
        Check that a file is still the ledger that was opened, and can be written.

        Does nothing for a database, which is checked whenever a session is opened.

        Returns:
            The modification time and size of the ledger's file; None for a database.

        Raises:
            LedgerError: The file is missing, was replaced, or is read-only.
        """

    def keep_open(self) -> AbstractContextManager[None]:
        """Keep the ledger open inside the context, which makes opening a session cheap."""

    def with_timeout(self, busy_timeout_s: float) -> "Ledger":
        """Return the same ledger, with another maximum wait for other writers."""

    def now_ns(self, clock: Clock, server_time: Callable[[], int]) -> int:
        """
        Return the time for the ledger: nanoseconds since the epoch.

        Args:
            clock: The source of time; a clock that is not real takes precedence over the database's clock.
            server_time: Returns DingTalk's time by `clock`.
        """

    def shared_clock_ns(self, clock: Clock) -> int:
        """
        Return the time of the clock that all users of the ledger share, which paces calls and ends leases.

        The clock is the database's or, for a file, counts the time since this computer started. Setting the wall clock
        of this computer does not change the time.

        Args:
            clock: The source of time; a clock that is not real takes precedence over the database's clock.
        """

    def add_time_sample(self, requested_ns: int, database_ns: int, responded_ns: int) -> None:
        """
        Add a sample of a shared database's time; does nothing for a file.

        Args:
            requested_ns: The monotonic time of the request.
            database_ns: The database's time in its response.
            responded_ns: The monotonic time of the response.
        """

    def compact(self) -> None:
        """
        Release the space of deleted data, so that nothing of the data is left in a file.

        Does nothing for a database, whose own vacuum releases the space.

        Raises:
            LedgerError: The file is in use, or the disk has no room for a second copy; nothing is lost.
        """

    def replacement_guard(self) -> AbstractContextManager[None]:
        """
        Prevent ``dingnb ledger restore`` from replacing the ledger inside the context, while this process sends.

        Other programs can replace a file nevertheless, which `check` recognises. Does nothing for a database, where a
        replacement is recognised when a session is opened.

        Raises:
            LedgerError: The lock file of this process cannot be opened, or the file system does not support locks.
        """
