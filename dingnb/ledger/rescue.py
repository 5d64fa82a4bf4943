"""
Saves what an open connection still knows of a ledger whose file is gone, and finds what was saved.

SQLite keeps a deleted, renamed or replaced file for connections that have it open. What it has not moved from its log
(``-wal``) to the file yet lies in a log that is found by the path, where another file may be by now.
"""

import csv
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import LedgerError
from dingnb.ledger import binding, marker
from dingnb.ledger.schema import APPLICATION_ID, DEVELOPMENT_ID, VERSION, version_of
from dingnb.ledger.session import LedgerSession
from dingnb.words import NOTHING, Text

_PREFIX = "ledger-rescued-"
COPY_SUFFIX = ".sqlite3"
LIST_SUFFIX = ".csv"
_LOGS = ("-wal", "-shm")
_BUSY_MS = 2_000
"""The longest wait for readers of a log that is to be emptied."""


class Lacking(NamedTuple):
    """What one ledger has and another one lacks: how many calls, and the names of their campaigns."""

    calls: int
    campaigns: tuple[str, ...]


class Logs:
    """
    The log files of a ledger that is open.

    Args:
        path: The ledger's file.
    """

    def __init__(self, path: Path) -> None:
        self._ids = {Path(f"{path}{end}"): binding.file_id(Path(f"{path}{end}")) for end in _LOGS}

    def unlink(self) -> None:
        """Remove them from the path, where another ledger is now; connections that have them open keep them."""
        for path in self._ours():
            # Windows deletes no file that is open; it does not let anybody replace the ledger either.
            with suppress(OSError):
                path.unlink()

    def discard(self) -> None:
        """Empty them as well: of a file that was overwritten, what is in them is no part any more."""
        for path in self._ours():
            if path.name.endswith(_LOGS[0]):
                with suppress(OSError):
                    os.truncate(path, 0)
        self.unlink()

    def _ours(self) -> list[Path]:
        return [path for path, known in self._ids.items() if known is not None and binding.file_id(path) == known]


def empty_log(db: LedgerSession) -> None:
    """Move the log into the file that is open, wherever that is now, and empty it; suffer where others read it."""
    with suppress(sqlite3.Error):
        before = db.execute("PRAGMA busy_timeout").fetchone()[0]
        db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        try:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.execute(f"PRAGMA busy_timeout = {before}")


def save(
    db: LedgerSession, folder: Path, now_ns: int, is_whole: Callable[[LedgerSession], bool] = lambda _: True
) -> Path | None:
    """
    Save all that a connection knows into a file of its own, for its owner alone.

    It goes into the ledger's folder, which is made again where it is gone; else into another private one.

    Args:
        db: The connection.
        folder: The ledger's folder.
        now_ns: The time, which names the file.
        is_whole: Whether a copy has all that it has to hold.

    Returns:
        The file; None where nothing could be saved.
    """

    def fill(path: Path) -> None:
        copy_into(db, path)
        with closing(open_copy(path)) as copy:
            if not is_whole(copy):
                raise sqlite3.DatabaseError

    return _save(folder, now_ns, COPY_SUFFIX, fill)


def save_list(userids: Sequence[str], folder: Path, now_ns: int) -> Path | None:
    """Save the recipients as a list where no copy can be saved; return the file, None where that failed too."""

    def fill(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([["userid"], *([userid] for userid in userids)])

    return _save(folder, now_ns, LIST_SUFFIX, fill)


def _save(folder: Path, now_ns: int, suffix: str, fill: Callable[[Path], None]) -> Path | None:
    stem = _PREFIX + datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING).strftime("%Y%m%d-%H%M%S")
    for made in _MAKERS:
        path: Path | None = None
        try:
            path = _new_file(made(folder), stem, suffix)
            fill(path)
        except (OSError, sqlite3.Error):
            if path is not None:
                remove(path)
        else:
            return path
    return None


def remove(path: Path) -> None:
    """Remove a database that is of no use, with its logs."""
    for end in ("", *_LOGS, "-journal"):
        with suppress(OSError):
            Path(f"{path}{end}").unlink()


def _the_same(folder: Path) -> Path:
    # Not what is above it: a drive may be away, and come back over a folder that was made in its place.
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _in_state(_: Path) -> Path:
    folder = marker.state_folder() / "rescued"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _in_temporary(_: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="dingnb-rescued-"))


_MAKERS = (_the_same, _in_state, _in_temporary)


def _new_file(folder: Path, stem: str, suffix: str) -> Path:
    for path in (folder / f"{stem}{end}{suffix}" for end in ("", *(f"-{n}" for n in range(2, 100)))):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            return path
    raise FileExistsError(stem)


def copy_into(db: LedgerSession, path: Path) -> None:
    """
    Copy a database into an empty file, as one without logs, and check the copy.

    Raises:
        sqlite3.Error: It cannot be read, or the copy is damaged.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(LedgerSession(sqlite3.connect(address, isolation_level=None, uri=True))) as copy:
        db.sqlite.backup(copy.sqlite)
        copy.execute("PRAGMA journal_mode = DELETE")
        problem = problem_of(copy)
    if problem:
        raise sqlite3.DatabaseError(problem)


def problem_of(db: LedgerSession) -> str:
    """Return why a database cannot be the ledger, as the end of a key of a text; empty where it can."""
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        return "development" if mark == DEVELOPMENT_ID else "not_ours"
    if version_of(db) > VERSION:
        return "newer"
    found: str = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return "" if found == "ok" else "damaged"


def saved_in(folder: Path) -> Iterator[Path]:
    """Yield the copies and lists that were saved into a folder, the newest first."""
    try:
        names = sorted((one.name for one in folder.iterdir()), reverse=True)
    except OSError:
        return
    yield from (folder / one for one in names if one.startswith(_PREFIX) and one.endswith((COPY_SUFFIX, LIST_SUFFIX)))


def open_copy(path: Path) -> LedgerSession:
    """Open a database for reading alone."""
    return LedgerSession(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", isolation_level=None, uri=True))


def lacking(db: LedgerSession, other: Path) -> Lacking:
    """Return what the ledger in another file has and the one of a connection lacks; of no ledger, that is nothing."""
    try:
        with closing(open_copy(other)) as opened:
            if problem_of(opened):
                return Lacking(0, ())
            return lacks(db, opened)
    except sqlite3.Error:
        return Lacking(0, ())


def lacks(db: LedgerSession, other: LedgerSession) -> Lacking:
    """Return what another ledger has and this one lacks, by the calls and the campaigns that it holds."""
    calls = _calls(other)
    missing = calls.keys() - _calls(db).keys()
    names = {name for _, name in _campaigns(other) - _campaigns(db)} | {calls[one] for one in missing}
    return Lacking(len(missing), tuple(sorted(names)))


def _calls(db: LedgerSession) -> dict[tuple[object, ...], str]:
    """Return the calls of a ledger, each with the name of its campaign."""
    found = db.execute(
        "SELECT attempts.id, attempts.realm, attempts.started_ns, campaigns.name FROM attempts"
        " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
    )
    return {tuple(call): name for *call, name in found}


def _campaigns(db: LedgerSession) -> set[tuple[str, str]]:
    return set(db.execute("SELECT realm, name FROM campaigns"))


def refuse_beside(path: Path, db: LedgerSession | None = None) -> None:
    """
    Refuse to go on where a copy was saved that holds calls which the ledger lacks: their people would be sent to again.

    Args:
        path: The ledger's file.
        db: A connection to it; None where there is no ledger yet.

    Raises:
        LedgerError: There is such a copy beside the ledger, or a list of people in place of one.
    """
    for saved in saved_in(path.parent):
        if saved.suffix == LIST_SUFFIX:
            todo = Text("ledger.listed_todo", list=saved)
            raise LedgerError(Text("ledger.listed", list=saved, path=path), todo)
        if db is None or lacking(db, saved).calls:
            key = "ledger.not_restored" if db is not None else "ledger.not_restored_none"
            raise LedgerError(Text(key, path=path, copy=saved), _restore(saved, path))


def restoring_hint(path: Path) -> Text:
    """Return how to restore the newest copy that was saved beside a ledger; empty where there is none."""
    copies = (_restore(saved, path) for saved in saved_in(path.parent) if saved.suffix != LIST_SUFFIX)
    return next(copies, NOTHING)


def _restore(copy: Path, path: Path) -> Text:
    return Text("ledger.not_restored_todo", command=command(copy, path.parent), copy=copy)


def command(copy: Path, folder: Path) -> str:
    """Return the command that restores a copy, for a shell of any system."""
    return f'dingnb ledger restore "{copy}" --home "{folder}"'
