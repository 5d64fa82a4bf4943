"""A session: one connection to the ledger's database, which only this package runs SQL on."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def digest_of(body: bytes) -> bytes:
    """Return the hash of a body, which is kept where the body itself is not; in SQL it is ``sha256``."""
    return hashlib.sha256(body).digest()


class LedgerSession:
    """
    One connection to the ledger, given by `Ledger.connection` or `Ledger.writing`, for one thread.

    Other packages only pass it on to the functions of `dingnb.ledger`, and read with `snapshot`.

    Args:
        sqlite: The connection, in autocommit.
    """

    __slots__ = ("sqlite",)

    def __init__(self, sqlite: sqlite3.Connection) -> None:
        self.sqlite = sqlite
        sqlite.create_function("sha256", 1, digest_of, deterministic=True)

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement, with a value for each ``?`` in it."""
        return self.sqlite.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        self.sqlite.executemany(sql, rows)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside the context as of one moment, while other processes write."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            if self.sqlite.in_transaction:
                self.execute("COMMIT")

    def close(self) -> None:
        """Close the connection; a transaction that is open is undone."""
        self.sqlite.close()
