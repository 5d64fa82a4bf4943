"""Sessions: connections to the ledger's database. Only this package runs SQL."""

import hashlib
import struct
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from dingnb.ledger.statements import Statements

PLACE = struct.Struct("<q")
"""The bytes of one place in a row of the table `pace` in a file."""

_MAX_VALUES = 500
"""Maximum number of values in a part of `split_values`."""

_Value = TypeVar("_Value")


def digest_of(body: bytes) -> bytes:
    """Return the hash of a body, stored instead of a deleted body; ``sha256`` in SQL."""
    return hashlib.sha256(body).digest()


def split_digests(joined: bytes) -> list[bytes]:
    """Return the hashes of several bodies that are stored as one value."""
    size = hashlib.sha256().digest_size
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def set_place(places: bytes, place: int, free_ns: int) -> bytes:
    """Return the places of calls, one of which, counted from 0, becomes free at a time; ``set_place`` in SQL."""
    changed = bytearray(places)
    PLACE.pack_into(changed, place * PLACE.size, free_ns)
    return bytes(changed)


def split_values(values: Sequence[_Value]) -> Iterator[tuple[Sequence[_Value], str]]:
    """Yield parts of values, with their placeholders: databases limit the number of values of a statement."""
    for start in range(0, len(values), _MAX_VALUES):
        part = values[start : start + _MAX_VALUES]
        yield part, ", ".join("?" * len(part))


class Cursor(Protocol):
    """The result of a statement: an iterator over its rows, tuples of int, str, bytes and None."""

    @property
    def rowcount(self) -> int:
        """The number of rows that were changed."""

    def fetchone(self) -> Any:  # noqa: ANN401 - the statement defines the columns
        """Return the next row; None after the last row."""

    def fetchall(self) -> list[Any]:
        """Return all remaining rows."""

    def __iter__(self) -> Iterator[Any]: ...


class LedgerSession(Protocol):
    """
    One connection to the ledger for one thread, in autocommit mode, opened by a `dingnb.ledger.interface.Ledger`.

    Other packages only pass it to functions of `dingnb.ledger`, and use `snapshot`.
    """

    @property
    def statements(self) -> Statements:
        """The statements that are not the same for all databases."""

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """Execute a statement with values for its ``?`` placeholders."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of values."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows in the fastest way; `rows` must not use this session."""

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table."""

    def rows(self, table: str, columns: Sequence[str]) -> Generator[tuple[Any, ...]]:
        """Yield all rows of a table, reading some at a time; must be called in a transaction."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Read a consistent snapshot inside the context while other processes write; a nested one reads the same."""

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""


class SnapshotSession(threading.local):
    """The session whose snapshot a thread reads, separately for each thread; None outside `Ledger.snapshot`."""

    current: LedgerSession | None = None

    @contextmanager
    def hold(self, connection: AbstractContextManager[LedgerSession]) -> Iterator[None]:
        """Make a snapshot of a connection the current one inside the context, unless there is a current one already."""
        if self.current is not None:
            yield
            return
        with connection as session, session.snapshot():
            self.current = session
            try:
                yield
            finally:
                self.current = None
