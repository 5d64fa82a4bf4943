"""
A session of the ledger in PostgreSQL, and its connection.

psycopg is imported with the first connection.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from dingnb.auth.database_url import DatabaseUrl
from dingnb.errors import MissingPackageError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.ledger.session import Cursor, LedgerSession
from dingnb.ledger.statements import POSTGRES
from dingnb.words import Text

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 10
"""Time to wait for a connection, in seconds; an option ``connect_timeout`` of the URL takes precedence."""

_ROWS_AT_ONCE = 2_000

_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""Options of connections, so that a broken network is noticed within 25 seconds."""

_IDLE = 0
"""libpq's ``PQTRANS_IDLE``."""

_SELECT_COLUMNS = (
    "SELECT attname, CAST(atttypid AS BIGINT) FROM pg_attribute WHERE attrelid = CAST(? AS regclass) AND attnum > 0"
    " AND NOT attisdropped ORDER BY attnum"
)


class PostgresSession:
    """
    A session of a ledger in PostgreSQL.

    Args:
        connection: The connection, in autocommit mode.
    """

    __slots__ = ("connection",)

    statements = POSTGRES

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """Execute a statement with values for its ``?`` placeholders."""
        translated, to_parameters = _translate(sql)
        return cast("Cursor", self.connection.execute(cast("Any", translated), to_parameters(values)))

    def run(self, script: str) -> None:
        """Execute statements without values in one round trip."""
        self.connection.execute(cast("Any", script))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of values."""
        translated, to_parameters = _translate(sql)
        with self.connection.cursor() as cursor:
            cursor.executemany(cast("Any", translated), map(to_parameters, rows))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows."""
        kinds = dict(self.execute(_SELECT_COLUMNS, (table,)).fetchall())
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with self.connection.cursor() as cursor, cursor.copy(cast("Any", sql)) as copy:
            copy.set_types([kinds[name] for name in columns])
            write = copy.write_row
            for row in rows:
                write(row)

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table."""
        return [name for name, _ in self.execute(_SELECT_COLUMNS, (table,))]

    def rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Yield all rows of a table, reading some at a time; must be called in a transaction."""
        with self.connection.cursor("rows") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            yield from cursor.execute(cast("Any", f"SELECT {', '.join(columns)} FROM {table}"))  # noqa: S608 - our own names

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read a consistent snapshot inside the context while other processes write; a nested one reads the same."""
        if not self.is_idle:
            yield
            return
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """End the transaction, if there is one, without its changes."""
        if self.is_in_transaction:
            self.run("ROLLBACK")

    @property
    def is_in_transaction(self) -> bool:
        """Whether the session is open and in a transaction."""
        return not self.connection.closed and self.connection.info.transaction_status != _IDLE

    @property
    def is_idle(self) -> bool:
        """Whether the session is open and in no transaction."""
        return not self.connection.closed and self.connection.info.transaction_status == _IDLE

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.connection.close()


def postgres_session(session: LedgerSession) -> PostgresSession:
    """Return a session as a `PostgresSession`, for what only a ledger in PostgreSQL needs."""
    assert isinstance(session, PostgresSession)  # noqa: S101 - for type checkers: sessions of the two kinds of ledger never mix
    return session


def connect(url: DatabaseUrl) -> "psycopg.Connection[Any]":
    """
    Open a connection in autocommit mode.

    Neither errors nor the variables in their tracebacks contain the password.

    Raises:
        psycopg.Error: The connection cannot be opened.
        MissingPackageError: psycopg is not installed.
    """
    driver = import_driver()
    parameters: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "dingnb",
        **_KEEPALIVE,
        # Of several hosts, others may be replicas, which accept no writes.
        **({"target_session_attrs": "read-write"} if "," in url.host else {}),
        **url.parameters(),
    }
    with cleared_frames():
        return cast("psycopg.Connection[Any]", _connect(driver, url, parameters))


def _connect(driver: Any, url: DatabaseUrl, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - imported late
    password = {"password": url.password.reveal()} if url.password else {}
    connection = driver.connect(autocommit=True, **parameters, **password)
    connection.adapters.register_dumper(Text, _text_dumper())
    return connection


def import_driver() -> Any:  # noqa: ANN401 - imported late
    """
    Return psycopg.

    Raises:
        MissingPackageError: psycopg is not installed.
    """
    try:
        import psycopg  # noqa: PLC0415 - only for a team's ledger; slow to import
    except ImportError as error:
        raise MissingPackageError(Text("team_ledger.no_driver"), Text("team_ledger.no_driver_todo")) from error
    return psycopg


@lru_cache(maxsize=1)
def _text_dumper() -> Any:  # noqa: ANN401 - its base class is imported late
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - likewise

    class TextDumper(StrDumperUnknown):
        """Stores reasons and hints as JSON."""

        def dump(self, obj: Any) -> Any:  # noqa: ANN401 - as its base class
            return super().dump(obj.to_json())

    return TextDumper


@lru_cache(maxsize=512)
def _translate(sql: str) -> tuple[str, Callable[[Sequence[object]], Any]]:
    """
    Return a statement with psycopg's placeholders, and the function that turns values into its parameters.

    All placeholders are numbered, or none. A numbered value is sent once, however often it is used.

    >>> _translate("SELECT a % 2 FROM b WHERE c = ? AND d = ?")[0]
    'SELECT a %% 2 FROM b WHERE c = %s AND d = %s'
    >>> translated, to_parameters = _translate("SELECT a FROM b WHERE c > ?2 AND d > ?2 AND e = ?1")
    >>> translated, to_parameters((5, 7))
    ('SELECT a FROM b WHERE c > %(v2)s AND d > %(v2)s AND e = %(v1)s', {'v1': 5, 'v2': 7})
    """
    text = sql.replace("%", "%%")
    numbers = list(map(int, re.findall(r"\?(\d+)", text)))
    if not numbers:
        return text.replace("?", "%s"), list
    names = [f"v{number}" for number in range(1, 1 + max(numbers))]
    return re.sub(r"\?(\d+)", r"%(v\1)s", text), lambda values: dict(zip(names, values, strict=True))
