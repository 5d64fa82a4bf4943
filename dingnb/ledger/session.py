"""Sessions: connections to the ledger's database. Only this package runs SQL."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def digest_of(body: bytes) -> bytes:
    """Return the hash of a body, stored instead of a deleted body; ``sha256`` in SQL."""
    return hashlib.sha256(body).digest()


class LedgerSession:
    """
    One connection to the ledger for one thread, opened by `Ledger.connection` or `Ledger.writing`.

    Other packages only pass it to functions of `dingnb.ledger`, and use `snapshot`.

    Args:
        sqlite: The connection, in autocommit mode.
    """

    __slots__ = ("sqlite",)

    def __init__(self, sqlite: sqlite3.Connection) -> None:
        self.sqlite = sqlite
        sqlite.create_function("sha256", 1, digest_of, deterministic=True)

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Execute a statement with values for its ``?`` placeholders."""
        return self.sqlite.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of values."""
        self.sqlite.executemany(sql, rows)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read a consistent snapshot inside the context while other processes write."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            if self.sqlite.in_transaction:
                self.execute("COMMIT")

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.sqlite.close()
