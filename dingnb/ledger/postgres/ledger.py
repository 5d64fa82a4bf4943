"""
The ledger in a PostgreSQL database that a team shares.

The owner of the database creates and upgrades the ledger (`dingnb.ledger.postgres.setup`). Each opened session checks
that the database is still the database that was opened first, that the ledger has the version of this dingnb, and that
there is no connection pooler, which could give the locks of one session to another client.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from weakref import finalize

from dingnb.auth.database_url import DatabaseUrl
from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.ledger.interface import BUSY_TIMEOUT_S
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.postgres.checks import find_problem, why_no_ledger
from dingnb.ledger.postgres.database_time import DatabaseTime
from dingnb.ledger.postgres.schema import PRODUCT
from dingnb.ledger.postgres.session import PostgresSession, connect, import_driver, postgres_session
from dingnb.ledger.session import LedgerSession, SnapshotSession
from dingnb.ledger.sqlite import home
from dingnb.words import Text

if TYPE_CHECKING:
    import psycopg

OLDEST_SERVER = 150_000
"""Version of the oldest PostgreSQL supported."""

_MAX_IDLE = 4
"""Maximum number of idle connections kept by a ledger."""

_NESTED_TRANSACTION = "there is already a transaction in progress"
"""PostgreSQL's message."""

_DIGEST_LENGTH = 16
"""Number of hexadecimal digits of the digest that names the folder of a ledger's draft files."""

ADVISORY_LOCK = 0x646E6762
"""First key of the advisory lock of a ledger, which `PostgresLedger.transaction` holds. The second key is 0."""

SETTINGS = ("search_path = dingnb, pg_temp", "client_encoding = 'UTF8'", "timezone = 'UTC'")
"""Settings of a session, as SET takes them."""

_IDENTITY = (
    "SELECT id, (SELECT product FROM about), (SELECT version FROM about),"
    " (SELECT next FROM numbers WHERE name = 'batches'), pg_backend_pid(),"
    " CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000 FROM ledger"
)

PROBLEMS = {
    "28P01": "password",  # invalid_password
    "28000": "password",  # invalid_authorization_specification
    "3D000": "no_database",  # invalid_catalog_name
    "42501": "no_right",  # insufficient_privilege
    "25006": "read_only",  # read_only_sql_transaction
    "53100": "full",  # disk_full
    "53200": "busy",  # out_of_memory
    "53300": "busy",  # too_many_connections
    "55P03": "locked",  # lock_not_available
    "57014": "locked",  # query_canceled, by a timeout
    "40P01": "locked",  # deadlock_detected
    "40001": "locked",  # serialization_failure
    "57P01": "unreachable",  # admin_shutdown
    "57P02": "unreachable",  # crash_shutdown
    "57P03": "unavailable",  # cannot_connect_now
    "57P04": "no_database",  # database_dropped
}
"""Problems by SQLSTATE."""

_PROBLEMS_OF_CONNECTING = {
    "password": "password",
    'role "" (does not exist|is not permitted to log in)': "password",
    "peer authentication failed|no pg_hba.conf entry|pg_hba.conf rejects connection": "refused",
    'permission denied for database|database "" is not currently accepting connections': "refused",
    "server does not support SSL": "no_encryption",
    'database "" does not exist': "no_database",
    "too many (connections|clients)|connection slots are reserved": "busy",
    "the database system is": "unavailable",
    "invalid response to (SSL|GSSAPI) negotiation": "not_postgres",
    "expected authentication request": "not_postgres",
    "unsupported frontend protocol": "not_postgres",
}
"""
Problems by patterns of libpq's messages, from which quoted names were removed.

An operational error without SQLSTATE that matches no pattern means that connecting failed, or that the connection was
lost.
"""

_QUOTED = re.compile(r"""(?<!\w)(["']).*?\1""")
"""A name in a message of libpq, such as the name of a host or a database."""

RETRYABLE = frozenset({"locked", "busy", "unavailable", "unreachable"})
"""Problems that may be over soon, so that the same operation succeeds later."""


@dataclass(slots=True)
class KnownDatabase:
    """
    What a ledger knows of its database.

    Attributes:
        identity: The ledger's id and its next batch number when a session was last checked; None before the first.
        time: The database's time.
    """

    identity: tuple[str, int] | None = None
    time: DatabaseTime = field(default_factory=DatabaseTime)


class PostgresLedger:
    """
    A ledger in PostgreSQL; see `dingnb.ledger.interface.Ledger`.

    The first session binds the ledger to the database: if the database is replaced, for example by an older backup,
    further sessions are refused.

    Args:
        url: The address of the database.
        busy_timeout_s: Maximum time to wait for a lock while another process writes.
        known: What is known of the database, shared with another object for the same ledger.
    """

    is_persistent = True
    is_shared = True

    def __init__(
        self, url: DatabaseUrl, *, busy_timeout_s: float = BUSY_TIMEOUT_S, known: KnownDatabase | None = None
    ) -> None:
        self._url = url
        self._busy_timeout_s = busy_timeout_s
        self._known = known or KnownDatabase()
        # By process, because a forked child must not use, or close, the connections of its parent.
        self._idle: dict[int, list[PostgresSession]] = {}
        self._snapshot = SnapshotSession()
        finalize(self, _close_all, self._idle)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    @property
    def place(self) -> str:
        """The URL without its password."""
        return str(self._url)

    @property
    def identity(self) -> Hashable:
        """A hashable identity: equal for ledgers with the same storage."""
        return self.place

    @property
    def draft_files(self) -> Path:
        """The folder on this computer for the files chosen for the ledger's drafts; the files are not shared."""
        return home.find_home() / home.DRAFT_FILES / hashlib.sha256(self.place.encode()).hexdigest()[:_DIGEST_LENGTH]

    @staticmethod
    def exists() -> bool:
        """Return True: only connecting shows whether the ledger exists."""
        return True

    def connect_and_check(self, clock: Clock) -> None:
        """
        Connect to the database, and check that sending with it would work.

        Args:
            clock: The clock of this computer.

        Raises:
            LedgerError: The database cannot be used or is read-only, its user lacks rights, or its clock differs from
                this computer's.
            MissingPackageError: psycopg is not installed.
        """
        with self.connection() as db:
            problem = find_problem(db, clock)
            if problem is not None:
                self.refuse(*problem)

    def with_timeout(self, busy_timeout_s: float) -> "PostgresLedger":
        """Return the same ledger with another maximum wait for other writers."""
        return PostgresLedger(self._url, busy_timeout_s=busy_timeout_s, known=self._known)

    def now_ns(self, clock: Clock, server_time: Callable[[], int]) -> int:
        """Return the time for the ledger: the database's; with a virtual clock, DingTalk's by that clock."""
        if not clock.is_real:
            return server_time()
        if not self._known.time.is_known:
            with self.connection():
                pass
        return self._known.time.now_ns()

    @contextmanager
    def connection(self) -> Iterator[LedgerSession]:
        """Open a session for this thread, and close it at the end; refuse a database that is not the same as before."""
        if self._snapshot.current is not None:
            with self.translated_errors():
                yield self._snapshot.current
            return
        session = self._borrow()
        try:
            with self.translated_errors():
                yield session
        finally:
            self._give_back(session)

    def snapshot(self) -> AbstractContextManager[None]:
        """Have `connection` in this thread read one snapshot; see `Ledger.snapshot`."""
        return self._snapshot.hold(self.connection())

    def transaction(self, session: LedgerSession | None = None) -> AbstractContextManager[LedgerSession]:
        """Begin a transaction that excludes others of its kind by an advisory lock; see `Ledger.transaction`."""
        return (
            self._transaction_in_new_session()
            if session is None
            else self._exclusive_transaction(postgres_session(session))
        )

    @contextmanager
    def _transaction_in_new_session(self) -> Iterator[LedgerSession]:
        with self.connection() as opened, self._exclusive_transaction(postgres_session(opened)):
            yield opened

    @contextmanager
    def _exclusive_transaction(self, session: PostgresSession) -> Iterator[LedgerSession]:
        with self.translated_errors(), _rollback_on_error(session):
            session.run(f"BEGIN; SELECT pg_advisory_xact_lock({ADVISORY_LOCK}, 0)")
            yield session
            session.run("COMMIT")

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Translate database errors inside the context to `LedgerError` with a hint."""
        driver = import_driver()
        try:
            yield
        except driver.Error as error:
            raise self.explain(error) from None

    def explain(self, error: "psycopg.Error") -> LedgerError:
        """Return a `LedgerError` with a hint for an error of the driver."""
        cause = str(error).strip().partition("\n")[0]
        return self._error(_problem_of(error), cause)

    def check(self) -> None:
        """Do nothing: attempts are committed in a session that was checked when it was opened."""

    def keep_open(self) -> AbstractContextManager[None]:
        """Do nothing: idle connections are kept in any case."""
        return nullcontext()

    def compact(self) -> None:
        """Do nothing: the database's own vacuum releases the space of deleted data."""

    def shared_clock_ns(self, clock: Clock) -> int:
        """Return the database's time, or the time of a virtual clock."""
        return self.now_ns(clock, clock.monotonic_ns)

    def add_time_sample(self, requested_ns: int, database_ns: int, responded_ns: int) -> None:
        """Add a sample of the database's time, and the monotonic times of the request and of the response."""
        self._known.time.add_sample(requested_ns, database_ns, responded_ns)

    def replacement_guard(self) -> AbstractContextManager[None]:
        """Do nothing: a database that was replaced is recognised by its id, or by a lower batch number."""
        return nullcontext()

    @contextmanager
    def transaction_unless_shared(self, session: LedgerSession, *, flush: bool = True) -> Iterator[LedgerSession]:  # noqa: ARG002 - for a file
        """Begin no transaction: each statement is committed by itself. Translate database errors."""
        with self.translated_errors():
            yield session

    @contextmanager
    def row_locking_transaction(self, session: LedgerSession) -> Iterator[LedgerSession]:
        """Begin a transaction that locks only the rows that it uses."""
        own_session = postgres_session(session)
        with self.translated_errors(), _rollback_on_error(own_session):
            own_session.run("BEGIN")
            yield session
            own_session.run("COMMIT")

    def unsynced_connection(self) -> AbstractContextManager[LedgerSession]:
        """Open a session like `connection`: whether it waits for the disk is a setting of the database."""
        return self.connection()

    @staticmethod
    def may_recover(error: LedgerError) -> bool:
        """Return whether the problem may be over soon, so that a sender reconnects."""
        return error.problem in RETRYABLE

    @staticmethod
    def brief_waits(session: LedgerSession) -> AbstractContextManager[None]:  # noqa: ARG004 - only a file needs it
        """Do nothing: writers exclude each other only from the same rows."""
        return nullcontext()

    def reconnect(self, session: LedgerSession) -> None:
        """Reconnect a session; refuse a database that is not the same as before."""
        own_session = postgres_session(session)
        own_session.close()
        with cleared_frames(), self.translated_errors():
            own_session.connection = self.open_session().connection

    def _borrow(self) -> PostgresSession:
        # An error of the driver refers to the connection, which has the password.
        with cleared_frames(), self.translated_errors():
            return self._find_idle() or self.open_session()

    def _find_idle(self) -> PostgresSession | None:
        idle = self._idle.setdefault(os.getpid(), [])
        while idle:
            session = idle.pop()
            try:
                self._identify(session)
            except import_driver().OperationalError:
                session.close()
            except BaseException:
                session.close()
                raise
            else:
                return session
        return None

    def _give_back(self, session: PostgresSession) -> None:
        idle = self._idle.setdefault(os.getpid(), [])
        if session.is_idle and len(idle) < _MAX_IDLE:
            idle.append(session)
        else:
            session.close()

    def open_session(self) -> PostgresSession:
        """Open a session that its caller closes; errors of the driver are not translated."""
        session = PostgresSession(connect(self._url))
        try:
            if session.connection.info.server_version < OLDEST_SERVER:
                self.refuse("old_server", session.connection.info.parameter_status("server_version"))
            # At least 1 ms: for PostgreSQL, 0 means no limit.
            lock_timeout = f"lock_timeout = {max(round(self._busy_timeout_s * 1_000), 1)}"
            session.run("; ".join(f"SET {setting}" for setting in (*SETTINGS, lock_timeout)))
            self._identify(session)
        except BaseException:
            session.close()
            raise
        return session

    def _identify(self, session: PostgresSession) -> None:
        """
        Check that a session is connected to the database that was opened first.

        Raises:
            LedgerError: The database is another one or an older backup, the ledger has another version or does not
                exist, or a pooler is in between.
        """
        errors = import_driver().errors
        # Read first: a session that another thread opens meanwhile may find a higher batch number.
        earlier = self._known.identity
        requested_ns = time.monotonic_ns()
        try:
            row = session.execute(_IDENTITY).fetchone()
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.CardinalityViolation):
            self.refuse(*why_no_ledger(session))
        if row is None or row[1] != PRODUCT:
            self.refuse("not_ours")
        ledger_id, _, version, next_batch, backend_pid, now_ns = row
        self._known.time.add_sample(requested_ns, now_ns, time.monotonic_ns())
        if backend_pid != session.connection.info.backend_pid:
            self.refuse("pooler")
        if version != VERSION:
            self.refuse("newer" if version > VERSION else "older", version)
        if earlier is not None and (ledger_id != earlier[0] or next_batch < earlier[1]):
            self.refuse("replaced")
        self._known.identity = ledger_id, next_batch

    def refuse(self, problem: str, cause: object = "") -> NoReturn:
        """
        Refuse the ledger because of a problem.

        Raises:
            LedgerError: Always.
        """
        raise self._error(problem, cause)

    def _error(self, problem: str, cause: object = "") -> LedgerError:
        what = Text(f"team_ledger.{problem}", place=self.place, cause=cause, known=VERSION)
        todo = Text(f"team_ledger.{problem}_todo", place=self.place)
        return LedgerError(what, todo, problem=problem)


def _problem_of(error: "psycopg.Error") -> str:
    if error.sqlstate:
        return PROBLEMS.get(error.sqlstate, "unreachable" if error.sqlstate.startswith("08") else "failed")
    if not isinstance(error, import_driver().OperationalError):
        return "failed"
    # libpq has no SQLSTATE for errors while connecting.
    message = _QUOTED.sub('""', str(error))
    matching_problems = (
        problem for pattern, problem in _PROBLEMS_OF_CONNECTING.items() if re.search(pattern, message, re.IGNORECASE)
    )
    return next(matching_problems, "unreachable")


@contextmanager
def _rollback_on_error(session: PostgresSession) -> Iterator[None]:
    """
    Roll back the transaction of a session after an error.

    Raises:
        psycopg.Error: The session is in a transaction already, which goes on; a second `BEGIN` would have no effect.
    """
    if session.is_in_transaction:
        raise import_driver().errors.ActiveSqlTransaction(_NESTED_TRANSACTION)
    try:
        yield
    except BaseException:
        # If even the rollback fails, the database rolls the transaction back.
        with suppress(import_driver().Error):
            session.end()
        raise


def _close_all(idle: dict[int, list[PostgresSession]]) -> None:
    for session in idle.pop(os.getpid(), []):
        session.close()
