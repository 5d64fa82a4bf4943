"""Puts a saved copy in the place of the ledger; what is there is moved aside, and never deleted."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import LedgerError
from dingnb.ledger import binding, home, rescue
from dingnb.ledger.lock import holding_all
from dingnb.ledger.session import LedgerSession
from dingnb.words import Text

_LOGS = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What restoring a copy does, or did.

    Attributes:
        path: The ledger's file.
        campaigns: How many campaigns the copy has.
        calls: How many calls it knows.
        lost: The campaigns of the present ledger of which the copy lacks something; of one that cannot be read, none.
        unread: ``newer`` or ``development`` where the present ledger is of such a version, so that it is not known what
            the copy lacks; else empty.
        aside: Where the present file was moved; None where there is none, or nothing was done.
    """

    path: Path
    campaigns: int
    calls: int
    lost: tuple[str, ...] = ()
    unread: str = ""
    aside: Path | None = None


def restore(file: Path, folder: Path, now_ns: int, *, even_if_lost: bool) -> Restored:
    """
    Put the content of a file in the place of the ledger of a folder.

    Args:
        file: The copy; it is not changed.
        folder: The folder of the ledger, made where it is gone.
        now_ns: The time, which names what is moved aside.
        even_if_lost: Whether to do it also where the present ledger knows what the copy lacks, or is of another
            version.

    Returns:
        What was done; without `even_if_lost`, nothing where there is something in `lost` or `unread`.

    Raises:
        LedgerError: The file is not a ledger, is damaged or of another version; somebody sends with the present one;
            or the folder cannot be used. Nothing was changed.
    """
    path = folder / home.LEDGER_FILE
    if binding.file_id(file) is not None and binding.file_id(file) == binding.file_id(path):
        raise LedgerError(Text("restore.itself", file=file), Text("restore.itself_todo"))
    if not file.is_file():
        raise LedgerError(Text("restore.no_file", file=file), Text("restore.no_file_todo"))
    home.prepare(folder)
    with _copied(file, folder) as copy, holding_all(folder):
        with closing(rescue.open_copy(copy)) as opened:
            campaigns, calls = opened.execute(
                "SELECT (SELECT count(*) FROM campaigns), (SELECT count(*) FROM attempts)"
            ).fetchone()
            lost, unread = _lost(opened, path)
        if (lost or unread) and not even_if_lost:
            return Restored(path, campaigns, calls, lost, unread)
        aside = _move_aside(path, now_ns)
        copy.replace(path)
        return Restored(path, campaigns, calls, lost, unread, aside)


@contextmanager
def _copied(file: Path, folder: Path) -> Iterator[Path]:
    """Give a checked copy of a file, in the folder of the ledger and for its owner alone; it is gone at the end."""
    handle, name = tempfile.mkstemp(dir=folder, prefix="ledger-restoring-", suffix=".sqlite3")
    os.close(handle)
    copy = Path(name)
    try:
        try:
            with closing(_opened(file)) as opened:
                problem = rescue.problem_of(opened)
                if not problem:
                    rescue.copy_into(opened, copy)
        except sqlite3.Error as error:
            raise LedgerError(Text("restore.unreadable", file=file, error=error), Text("restore.other_todo")) from None
        if problem:
            raise LedgerError(Text(f"restore.{problem}", file=file), Text("restore.other_todo"))
        yield copy
    finally:
        rescue.remove(copy)


def _opened(file: Path) -> LedgerSession:
    opened = rescue.open_copy(file)
    try:
        opened.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        opened.close()
        # On a medium that cannot be written to; a log beside it would be left out.
        if not isinstance(error, sqlite3.OperationalError) or not file.is_file() or Path(f"{file}-wal").exists():
            raise
        address = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        return LedgerSession(sqlite3.connect(address, isolation_level=None, uri=True))
    return opened


def _lost(copy: LedgerSession, path: Path) -> tuple[tuple[str, ...], str]:
    """Return which campaigns of the present ledger the copy lacks, or calls of them; and why that is not known."""
    if not path.exists() or not path.stat().st_size:
        return (), ""
    try:
        with closing(rescue.open_copy(path)) as present:
            problem = rescue.problem_of(present)
            if problem:
                return (), problem if problem in {"newer", "development"} else ""
            return rescue.lacks(copy, present).campaigns, ""
    except sqlite3.Error:
        # Whatever it was, it can be used no more; it is moved aside.
        return (), ""


def _move_aside(path: Path, now_ns: int) -> Path | None:
    """Move a ledger aside with its logs, which are found by its name; return where it is now."""
    there = [end for end in ("", *_LOGS) if Path(f"{path}{end}").exists()]
    log = Path(f"{path}-wal")
    if "" not in there and not (log.exists() and log.stat().st_size):
        for end in there:
            # Of a ledger that is gone: nothing is in them.
            with suppress(OSError):
                Path(f"{path}{end}").unlink()
        return None
    stem = f"{path.stem}-replaced-{datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING):%Y%m%d-%H%M%S}"
    names = (path.with_name(f"{stem}{end}{path.suffix}") for end in ("", *(f"-{n}" for n in range(2, 1_000))))
    aside = next(name for name in names if not any(Path(f"{name}{end}").exists() for end in ("", *_LOGS)))
    for end in there:
        Path(f"{path}{end}").rename(f"{aside}{end}")
    return aside
