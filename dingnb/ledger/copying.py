"""
Copies a ledger into an empty one, such as from a file into a database that a team shares, or back.

While the rows are copied, nobody can write to the source. The target is written in one transaction, which is committed
when the target has as many rows as the source, so that an interrupted copy leaves the target empty.

Neither ledger records what is sent with the other, so only one ledger may be used for sending: the other is set aside.
Two databases cannot be committed at once. Therefore the target is committed as set aside, then the source is set aside,
and last the target is reactivated. If a copy is interrupted in between, at most one ledger can send; if both are set
aside, copying again reactivates the target.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from dingnb.clock import Clock
from dingnb.errors import LedgerError
from dingnb.ledger.interface import Ledger
from dingnb.ledger.migrations import numbered_tables, table_names
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text, sentences

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
) -> int | None:
    """
    Copy all rows of a ledger into an empty ledger, and return the number of rows.

    The source is set aside; for a backup, the target is. If an earlier copy was interrupted after both ledgers were set
    aside, the target is only reactivated, and None is returned. Results or drafts that were recorded in either ledger
    after the interruption are not in the other.

    Args:
        source: The ledger to copy.
        target: The empty ledger; for a database, with its owner as the user.
        clock: The source of time.
        check: Raises if the source, given by its session, may not be copied now.
        on_rows: Called regularly.
        is_backup: Whether the source remains the ledger that is used for sending.

    Raises:
        LedgerError: Source and target are the same ledger, the source does not exist or is set aside, or the target is
            not empty; or the copy failed, which leaves the target empty or set aside.
    """
    if source.identity == target.identity:
        raise LedgerError(Text("copy.same", place=source.place), Text("copy.same_todo"))
    if not source.exists():
        raise LedgerError(Text("copy.no_source", place=source.place), Text("copy.no_source_todo"))
    tables = [name for name in table_names() if name not in _NOT_COPIED | _TRANSIENT]
    copied_ns = clock.now_ns()
    n: int | None = None
    is_target_committed = False
    try:
        with source.transaction() as source_db:
            if source_db.statements.lock_tables:
                source_db.execute(source_db.statements.lock_tables.format(", ".join([*tables, "numbers"])))
            check(source_db)
            with target.transaction() as target_db:
                if is_backup or not _are_both_set_aside(source_db, target_db):
                    _refuse_set_aside(source_db, source)
                    _require_empty(target_db, target, tables)
                    clock_times = (source.shared_clock_ns(clock), target.shared_clock_ns(clock))
                    n = _copy_rows(source_db, target_db, target, tables, clock_times, on_rows)
                    _set_aside(target_db, SetAside(source.place, copied_ns))
                    if not is_backup:
                        # Already here, so that a missing right is noticed while the target is empty.
                        _set_aside(source_db, SetAside(target.place, copied_ns))
            is_target_committed = True
        if not is_backup:
            reactivate(target)
    except LedgerError as error:
        if is_backup or not is_target_committed:
            raise
        what = sentences(error.text, Text("copy.unfinished", source=source.place, target=target.place))
        raise LedgerError(what, Text("copy.unfinished_todo"), problem=error.problem) from None
    return n


class SetAside(NamedTuple):
    """Why a ledger is set aside: the path or URL of the ledger to use instead, and the time of copying."""

    other_place: str
    copied_ns: int


def find_set_aside(db: LedgerSession) -> SetAside | None:
    """Return why a ledger is set aside; None if it is not."""
    row = db.execute("SELECT place, copied_ns FROM copies").fetchone()
    return None if row is None else SetAside(*row)


def find_other_ledger(ledger: Ledger) -> str:
    """
    Return the place of the ledger that is used instead of `ledger`; empty if `ledger` was not set aside.

    Raises:
        LedgerError: `ledger` cannot be read, or does not exist.
    """
    if not ledger.exists():
        raise LedgerError(Text("copy.no_source", place=ledger.place), Text("copy.no_source_todo"))
    with ledger.connection() as db:
        set_aside = find_set_aside(db)
    return "" if set_aside is None else set_aside.other_place


def reactivate(ledger: Ledger) -> None:
    """
    Allow sending with a ledger that was set aside.

    Raises:
        LedgerError: The ledger cannot be written.
    """
    with ledger.transaction() as db:
        db.execute("DELETE FROM copies")


def _set_aside(db: LedgerSession, why: SetAside) -> None:
    db.execute("DELETE FROM copies")
    db.execute("INSERT INTO copies VALUES (?, ?)", why)


def _are_both_set_aside(source_db: LedgerSession, target_db: LedgerSession) -> bool:
    """Return whether both ledgers were set aside by the same interrupted copy; nothing was sent with either since."""
    source, target = find_set_aside(source_db), find_set_aside(target_db)
    return source is not None and target is not None and source.copied_ns == target.copied_ns


def _refuse_set_aside(db: LedgerSession, ledger: Ledger) -> None:
    """Refuse to copy a ledger that is set aside: the ledger used in its place and the copy would both send."""
    set_aside = find_set_aside(db)
    if set_aside is not None:
        places = {"place": ledger.place, "other": set_aside.other_place}
        raise LedgerError(Text("copy.source_aside", **places), Text("copy.source_aside_todo", **places))


def _require_empty(db: LedgerSession, ledger: Ledger, tables: Iterable[str]) -> None:
    if any(db.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is not None for name in tables):  # noqa: S608 - our own names
        raise LedgerError(Text("copy.not_empty", place=ledger.place), Text("copy.not_empty_todo"))


def _copy_rows(
    source_db: LedgerSession,
    target_db: LedgerSession,
    target: Ledger,
    tables: Sequence[str],
    clock_times: tuple[int, int],
    on_rows: OnRows,
) -> int:
    """Copy all rows of tables, check the number of rows of each table, and return the total."""
    counts = {name: _count(source_db, name) for name in tables}
    total = sum(counts.values())
    done = 0

    def counted(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        nonlocal done
        for row in rows:
            yield row
            done += 1
            if done % _STEP == 0 or done == total:
                on_rows(done, total)

    for name, n in counts.items():
        columns = source_db.columns(name)
        with closing(source_db.rows(name, columns)) as rows:
            target_rows = _with_target_times(columns, rows, *clock_times) if name == "attempts" else rows
            target_db.insert(name, columns, counted(target_rows))
        if _count(target_db, name) != n:
            what = Text("copy.differs", place=target.place, table=name, n=f"{n:,}")
            raise LedgerError(what, Text("copy.differs_todo"))
    _copy_numbers(source_db, target_db)
    if target_db.statements.analyze:
        target_db.execute(target_db.statements.analyze)
    return total


def _with_target_times(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], source_ns: int, target_ns: int
) -> Iterator[Sequence[Any]]:
    """Yield attempts, converting the time until which their people count to the clock of the target."""
    at = columns.index("counts_until_ns")
    for row in rows:
        until_ns = row[at] - source_ns + target_ns if row[at] > source_ns else 0
        yield (*row[:at], until_ns, *row[at + 1 :])


def _count(db: LedgerSession, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names


def _copy_numbers(source_db: LedgerSession, target_db: LedgerSession) -> None:
    """Make the numbers of new rows follow all numbers used in the source, even the numbers of deleted rows."""
    for name, number in source_db.execute("SELECT name, next FROM numbers").fetchall():
        target_db.execute(
            "UPDATE numbers SET next = CASE WHEN next > ? THEN next ELSE ? END WHERE name = ?", (number, number, name)
        )
    for name, never_reused in numbered_tables().items():
        last = source_db.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0]  # noqa: S608 - our own names
        row = source_db.execute(source_db.statements.last_number, (name,)).fetchone() if never_reused else None
        if row is not None:
            last = max(last, row[0])
        if last:
            for statement in target_db.statements.set_last_number:
                target_db.execute(statement, (name, last))
