"""
The interface of a ledger, the database of everything that was sent.

`dingnb.ledger.sqlite` keeps it in a file on this computer, `dingnb.ledger.postgres` in a database that a team shares.
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Protocol

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.ledger.session import LedgerSession


class Ledger(Protocol):
    """
    A ledger.

    Several processes may use it at once: readers never wait, and writers take turns. Committed data has reached the
    disk.

    Attributes:
        is_kept: Whether it is kept for later processes, unlike that of a tape.
        is_shared: Whether several people may use it.
    """

    is_kept: bool
    is_shared: bool

    @property
    def place(self) -> str:
        """Where it is, as shown to people: a path, or a URL without its password."""

    @property
    def key(self) -> Hashable:
        """Identifies it in this process."""

    def exists(self) -> bool:
        """
        Return whether anything was ever recorded in it.

        Raises:
            LedgerError: It cannot be kept there.
        """

    def try_out(self, clock: Clock) -> None:
        """
        Connect to a shared database and check it; does nothing for a file, which is created when first needed.

        Args:
            clock: The clock of this computer.

        Raises:
            LedgerError: It cannot be used.
        """

    def connection(self) -> AbstractContextManager[LedgerSession]:
        """
        Open a session in autocommit mode for this thread, and close it at the end.

        Raises:
            LedgerError: It cannot be used, or has a version that this dingnb does not support; also for every database
                error inside the context.
        """

    def writing(self, session: LedgerSession | None = None) -> AbstractContextManager[LedgerSession]:
        """
        Begin a transaction that is committed at the end of the context, or rolled back on an error.

        Only one process writes at a time, so nothing changes between reads and writes inside.

        Args:
            session: The session to use; by default, one is opened.

        Raises:
            LedgerError: As for `connection`; nothing was written.
        """

    def recording(self, session: LedgerSession) -> AbstractContextManager[LedgerSession]:
        """
        Return a context for recording one call.

        In a file it is a write transaction. In a shared database there is none: each statement is committed by itself,
        and locks only its rows.

        Raises:
            LedgerError: As for `connection`.
        """

    def brief(self, session: LedgerSession) -> AbstractContextManager[LedgerSession]:
        """
        Begin a transaction like `writing`, which in a shared database locks only the rows that it uses.

        Raises:
            LedgerError: As for `writing`.
        """

    def reserving(self) -> AbstractContextManager[LedgerSession]:
        """
        Open a session like `connection`, for what may be forgotten if the computer crashes.

        Raises:
            LedgerError: As for `connection`.
        """

    def may_recover(self, error: LedgerError) -> bool:
        """Return whether a sender goes on when the database can be reached again, after `reconnect`."""

    def reconnect(self, session: LedgerSession) -> None:
        """
        Connect a session anew; whether its last transaction was committed is unknown.

        Raises:
            LedgerError: The database cannot be used.
        """

    def translated_errors(self) -> AbstractContextManager[None]:
        """Translate database errors inside the context to `LedgerError` with a hint."""

    def check(self) -> None:
        """
        Check that this is still the ledger that was opened, and that it can be written.

        Raises:
            LedgerError: It is not.
        """

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep what makes opening a session cheap for as long as the context lasts."""

    def with_timeout(self, busy_timeout_s: float) -> "Ledger":
        """Return the same ledger, with another maximum wait for other writers."""

    def now_ns(self, clock: Clock, server_time: Callable[[], int]) -> int:
        """
        Return the time for the ledger: nanoseconds since the epoch.

        Args:
            clock: The source of time; one that is not real takes precedence over the database's.
            server_time: Returns DingTalk's time by that clock.
        """

    def shared_ns(self, clock: Clock) -> int:
        """
        Return the time of the clock that all users of the ledger share, which paces calls and ends leases.

        It is that of the database or, for a file, of this computer since its start. A change of the wall clock does not
        affect it.

        Args:
            clock: The source of time; one that is not real takes precedence over the database's.
        """

    def note_time(self, asked_ns: int, database_ns: int, answered_ns: int) -> None:
        """Note the time in an answer of a shared database, and the monotonic times of the question and the answer."""

    def compact(self) -> None:
        """
        Release the space of deleted data, so that nothing of it is left.

        Raises:
            LedgerError: That is not possible now; nothing is lost.
        """

    def present(self) -> AbstractContextManager[None]:
        """
        Prevent another file from taking the place of the ledger while this process sends with it.

        Raises:
            LedgerError: That is not possible.
        """
