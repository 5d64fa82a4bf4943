"""A session of a ledger in an SQLite file."""

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dingnb.ledger.session import LedgerSession, digest_of, set_place
from dingnb.ledger.statements import SQLITE
from dingnb.words import Text

# Reasons and hints are stored as JSON.
sqlite3.register_adapter(Text, Text.to_json)


class SqliteSession:
    """
    A session of a ledger in a file.

    Args:
        sqlite: The connection, in autocommit mode.
    """

    __slots__ = ("sqlite",)

    statements = SQLITE

    def __init__(self, sqlite: sqlite3.Connection) -> None:
        self.sqlite = sqlite
        sqlite.create_function("sha256", 1, digest_of, deterministic=True)
        sqlite.create_function("set_place", 3, set_place, deterministic=True)

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Execute a statement with values for its ``?`` placeholders."""
        return self.sqlite.execute(sql, values)

    def wait_at_most(self, seconds: float) -> None:
        """Set the maximum wait for other writers."""
        self.sqlite.execute(f"PRAGMA busy_timeout = {round(seconds * 1_000)}")

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of values."""
        self.sqlite.executemany(sql, rows)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows."""
        placeholders = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders})"  # noqa: S608 - our own names
        self.sqlite.executemany(sql, rows)

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table."""
        return [name for _, name, *_ in self.execute(f"PRAGMA table_info({table})")]

    def rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Yield all rows of a table, reading some at a time."""
        yield from self.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - our own names

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read a consistent snapshot inside the context while other processes write; a nested one reads the same."""
        if self.sqlite.in_transaction:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        finally:
            if self.sqlite.in_transaction:
                self.execute("COMMIT")

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.sqlite.close()


def sqlite_session(session: LedgerSession) -> SqliteSession:
    """Return a session as an `SqliteSession`, for what only a ledger in a file needs."""
    assert isinstance(session, SqliteSession)  # noqa: S101 - for type checkers: sessions of the two kinds of ledger never mix
    return session
