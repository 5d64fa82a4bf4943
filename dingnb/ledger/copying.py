"""
Copies a ledger into an empty one, such as from a file into a database that a team shares, or back.

Nobody can write to the source in the meantime. The target is written in one transaction, which is committed when it has
as many rows as the source, so that an interrupted copy leaves it empty.

Neither ledger records what is sent with the other, so only one of them may be used for sending: the other is
set aside.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.ledger.interface import Ledger
from dingnb.ledger.migrations import numbered_tables, table_names
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text

_NOT_COPIED = frozenset({"ledger", "numbers", "copies"})
"""Tables with rows about the ledger itself."""

_TRANSIENT = frozenset({"leases", "pace"})
"""Tables about current sending, by the clock of their ledger; they are empty in a copy."""

_STEP = 2_000
"""Number of rows between two reports of progress."""

OnRows = Callable[[int, int], None]
"""Receives the number of rows copied so far, and the number of all rows."""


def copy_ledger(
    source: Ledger,
    target: Ledger,
    clock: Clock,
    check: Callable[[LedgerSession], None],
    on_rows: OnRows,
    *,
    is_backup: bool = False,
) -> int:
    """
    Copy all rows of a ledger into an empty one, and return their number.

    The source is set aside, or the copy if it is a backup.

    Args:
        source: The ledger to copy.
        target: The empty ledger; for a database, with its owner as the user.
        clock: The source of time.
        check: Raises if the source, given by its session, may not be copied now.
        on_rows: Called regularly.
        is_backup: Whether the source remains the ledger that is used for sending.

    Raises:
        LedgerError: There is no source, the target is not empty, or the copy failed; the target is empty then.
    """
    if source.identity == target.identity:
        raise LedgerError(Text("copy.same", place=source.place), Text("copy.same_todo"))
    if not source.exists():
        raise LedgerError(Text("copy.no_source", place=source.place), Text("copy.no_source_todo"))
    tables = [name for name in table_names() if name not in _NOT_COPIED | _TRANSIENT]
    clock_times = (source.shared_clock_ns(clock), target.shared_clock_ns(clock))
    with source.transaction() as db, target.transaction() as copy:
        if db.statements.lock_tables:
            db.execute(db.statements.lock_tables.format(", ".join([*tables, "numbers"])))
        check(db)
        if any(copy.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is not None for name in tables):  # noqa: S608
            raise LedgerError(Text("copy.not_empty", place=target.place), Text("copy.not_empty_todo"))
        counts = {name: _count(db, name) for name in tables}
        progress = _Progress(sum(counts.values()), on_rows)
        for name in tables:
            columns = db.columns(name)
            with closing(db.rows(name, columns)) as rows:
                target_rows = _with_target_times(columns, rows, *clock_times) if name == "attempts" else rows
                copy.insert(name, columns, progress.counted(target_rows))
            if _count(copy, name) != counts[name]:
                what = Text("copy.differs", place=target.place, table=name, n=f"{counts[name]:,}")
                raise LedgerError(what, Text("copy.differs_todo"))
        _copy_numbers(db, copy)
        if copy.statements.analyze:
            copy.execute(copy.statements.analyze)
        aside, other = (copy, source) if is_backup else (db, target)
        aside.execute("DELETE FROM copies")
        aside.execute("INSERT INTO copies VALUES (?, ?)", (other.place, clock.now_ns()))
        return progress.total


class OtherLedger(NamedTuple):
    """The ledger to use instead of one that was set aside: its path or URL, and when it was copied."""

    place: str
    copied_ns: int


def other_ledger(db: LedgerSession) -> OtherLedger | None:
    """Return the ledger to use instead of this one; None if this one is not set aside."""
    found = db.execute("SELECT place, copied_ns FROM copies").fetchone()
    return None if found is None else OtherLedger(*found)


def reactivate(ledger: Ledger) -> str:
    """
    Allow sending with a ledger that was set aside.

    Returns the place of the other ledger; empty if this one was not set aside.

    Raises:
        LedgerError: The ledger cannot be written, or there is none.
    """
    if not ledger.exists():
        raise LedgerError(Text("copy.no_source", place=ledger.place), Text("copy.no_source_todo"))
    with ledger.transaction() as db:
        found = db.execute("DELETE FROM copies RETURNING place").fetchone()
    return "" if found is None else str(found[0])


def _with_target_times(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], source_ns: int, target_ns: int
) -> Iterator[Sequence[Any]]:
    """Yield attempts with the time until which their people count converted to the clock of the target."""
    at = columns.index("counts_until_ns")
    for row in rows:
        until_ns = row[at] - source_ns + target_ns if row[at] > source_ns else 0
        yield (*row[:at], until_ns, *row[at + 1 :])


class _Progress:
    """
    Reports the number of copied rows.

    Args:
        total: The number of all rows.
        on_rows: As for `copy_ledger`.
    """

    def __init__(self, total: int, on_rows: OnRows) -> None:
        self.total = total
        self._on_rows = on_rows
        self._done = 0

    def counted(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Yield rows, reporting their number regularly."""
        for row in rows:
            if self._done % _STEP == 0:
                self._on_rows(self._done, self.total)
            self._done += 1
            yield row


def _count(db: LedgerSession, table: str) -> int:
    n: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return n


def _copy_numbers(db: LedgerSession, copy: LedgerSession) -> None:
    """Make the numbers of new rows follow all those used in the source, even for rows that were deleted."""
    for name, number in db.execute("SELECT name, next FROM numbers").fetchall():
        copy.execute(
            "UPDATE numbers SET next = CASE WHEN next > ? THEN next ELSE ? END WHERE name = ?", (number, number, name)
        )
    for name, never_reused in numbered_tables().items():
        row = db.execute(db.statements.last_number, (name,)).fetchone() if never_reused else None
        highest = db.execute(f"SELECT max(id) FROM {name}").fetchone()[0]  # noqa: S608 - our own names
        last = max((row and row[0]) or 0, highest or 0)
        if last:
            for statement in copy.statements.set_last_number:
                copy.execute(statement, (name, last))
