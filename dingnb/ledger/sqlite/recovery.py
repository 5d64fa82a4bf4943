"""Saves a ledger whose file was lost, through its open connection; finds saved copies, and restores them."""

import csv
import os
import re
import shlex
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import LedgerError
from dingnb.ledger import send_history
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.sqlite import home, ledger_file
from dingnb.ledger.sqlite.schema import APPLICATION_ID, DEVELOPMENT_ID, version_of
from dingnb.ledger.sqlite.sender_locks import all_sender_locks
from dingnb.ledger.sqlite.session import SqliteSession
from dingnb.words import NOTHING, Text

_PREFIX = "ledger-rescued-"
COPY_SUFFIX = ".sqlite3"
"""Suffix of saved copies of a ledger."""

LIST_SUFFIX = ".csv"
"""Suffix of lists of recipients, saved where no copy could be."""

_LOGS = ("-wal", "-shm")
_EXPANDED = re.compile(r'["$`\\!]')
"""Characters with a meaning in double quotes, in shells other than those of Windows."""

_BUSY_MS = 2_000
"""Maximum time to wait for readers when a log is emptied."""


class LedgerDifference(NamedTuple):
    """What a ledger lacks: the number of missing calls, and the names of campaigns that are missing or lack calls."""

    calls: int
    campaigns: tuple[str, ...]


class Logs:
    """
    The log files of an open ledger.

    Args:
        path: The ledger's file.
    """

    def __init__(self, path: Path) -> None:
        self._ids = {Path(f"{path}{end}"): ledger_file.file_id(Path(f"{path}{end}")) for end in _LOGS}

    def unlink(self) -> None:
        """Remove the log files from the path, where another ledger is now. Open connections keep using the files."""
        for path in self._present():
            # Windows does not delete open files; nor does it allow the ledger to be replaced.
            with suppress(OSError):
                path.unlink()

    def discard(self) -> None:
        """Empty and remove the log files, which do not belong to the content that has overwritten the ledger's file."""
        for path in self._present():
            if path.name.endswith(_LOGS[0]):
                with suppress(OSError):
                    os.truncate(path, 0)
        self.unlink()

    def _present(self) -> list[Path]:
        return [
            path for path, file_id in self._ids.items() if file_id is not None and ledger_file.file_id(path) == file_id
        ]


def empty_log(db: SqliteSession) -> None:
    """Move the log into the open file, wherever that is now, and empty the log, unless others read. Ignore errors."""
    with suppress(sqlite3.Error):
        before = db.execute("PRAGMA busy_timeout").fetchone()[0]
        db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        try:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.execute(f"PRAGMA busy_timeout = {before}")


def save(
    db: SqliteSession, folder: Path, now_ns: int, is_whole: Callable[[SqliteSession], bool] = lambda _: True
) -> Path | None:
    """
    Save the database of a connection to a new file, readable only by its owner.

    The file is saved in the ledger's folder, recreated if necessary, or in another private folder.

    Args:
        db: The connection.
        folder: The ledger's folder.
        now_ns: The time, used in the file name.
        is_whole: Returns whether a copy is complete.

    Returns:
        The file; None if nothing could be saved.
    """

    def fill(path: Path) -> None:
        copy_into(db, path)
        with closing(open_read_only(path)) as copy:
            if not is_whole(copy):
                raise sqlite3.DatabaseError

    return _save(folder, now_ns, COPY_SUFFIX, fill)


def save_list(userids: Sequence[str], folder: Path, now_ns: int) -> Path | None:
    """
    Save a list of recipients in place of a copy that could not be saved.

    Returns the file; None if nothing could be saved.
    """

    def fill(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([["userid"], *([userid] for userid in userids)])

    return _save(folder, now_ns, LIST_SUFFIX, fill)


def _save(folder: Path, now_ns: int, suffix: str, fill: Callable[[Path], None]) -> Path | None:
    stem = _PREFIX + datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING).strftime("%Y%m%d-%H%M%S")
    for make_folder in _FOLDERS:
        path: Path | None = None
        try:
            path = _new_file(make_folder(folder), stem, suffix)
            fill(path)
        except (OSError, sqlite3.Error):
            if path is not None:
                remove(path)
        else:
            return path
    return None


def remove(path: Path) -> None:
    """Remove a database and its logs."""
    for end in ("", *_LOGS, "-journal"):
        with suppress(OSError):
            Path(f"{path}{end}").unlink()


def _ledger_folder(folder: Path) -> Path:
    # Without its parents: a missing drive may return, and hide a folder created in its place.
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _state_folder(_: Path) -> Path:
    folder = send_history.state_folder() / "rescued"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _temporary_folder(_: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="dingnb-rescued-"))


_FOLDERS = (_ledger_folder, _state_folder, _temporary_folder)


def _new_file(folder: Path, stem: str, suffix: str) -> Path:
    for path in (folder / f"{stem}{end}{suffix}" for end in ("", *(f"-{n}" for n in range(2, 100)))):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            return path
    raise FileExistsError(stem)


def copy_into(db: SqliteSession, path: Path) -> None:
    """
    Copy a database into an empty file without logs, and check the copy.

    Raises:
        sqlite3.Error: The database cannot be read, the file cannot be written, or the copy cannot be used as a ledger.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(SqliteSession(sqlite3.connect(address, isolation_level=None, uri=True))) as copy:
        db.sqlite.backup(copy.sqlite)
        copy.execute("PRAGMA journal_mode = DELETE")
        problem = find_problem(copy)
    if problem:
        raise sqlite3.DatabaseError(problem)


def find_problem(db: SqliteSession) -> str:
    """Return why a database cannot be used as a ledger, as the end of a text key; empty if it can be used."""
    application_id = db.execute("PRAGMA application_id").fetchone()[0]
    if application_id != APPLICATION_ID:
        return "development" if application_id == DEVELOPMENT_ID else "not_ours"
    if version_of(db) > VERSION:
        return "newer"
    first_problem: str = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return "" if first_problem == "ok" else "damaged"


def find_saved_copies(folder: Path) -> Iterator[Path]:
    """Yield the copies and lists saved in a folder, newest first."""
    try:
        # By stem: the second file saved in a second has "-2" at its end, which sorts before the dot of a suffix.
        paths = sorted(folder.iterdir(), key=lambda path: path.stem, reverse=True)
    except OSError:
        return
    yield from (path for path in paths if path.name.startswith(_PREFIX) and path.suffix in {COPY_SUFFIX, LIST_SUFFIX})


def open_read_only(path: Path) -> SqliteSession:
    """Open a database read-only."""
    return SqliteSession(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", isolation_level=None, uri=True))


def difference_from_copy(db: SqliteSession, other: Path) -> LedgerDifference:
    """Return what a ledger lacks that another file has; an empty difference if the file cannot be used as a ledger."""
    try:
        with closing(open_read_only(other)) as opened:
            if find_problem(opened):
                return LedgerDifference(0, ())
            return difference(db, opened)
    except sqlite3.Error:
        return LedgerDifference(0, ())


def difference(db: SqliteSession, other: SqliteSession) -> LedgerDifference:
    """Return the calls and campaigns that a ledger lacks and another ledger has."""
    calls = _calls(other)
    missing = calls.keys() - _calls(db).keys()
    names = {name for _, name in _campaigns(other) - _campaigns(db)} | {calls[call] for call in missing}
    return LedgerDifference(len(missing), tuple(sorted(names)))


def _calls(db: SqliteSession) -> dict[tuple[object, ...], str]:
    """Return the calls of a ledger, with the names of their campaigns."""
    rows = db.execute(
        "SELECT attempts.id, attempts.realm, attempts.started_ns, campaigns.name FROM attempts"
        " JOIN batches ON batches.id = attempts.batch JOIN campaigns ON campaigns.id = batches.campaign"
    )
    return {tuple(call): name for *call, name in rows}


def _campaigns(db: SqliteSession) -> set[tuple[str, str]]:
    return set(db.execute("SELECT realm, name FROM campaigns"))


def check_saved_copies(path: Path, db: SqliteSession | None = None) -> None:
    """
    Refuse to continue if a saved copy has calls that the ledger lacks: their people would be sent to again.

    Args:
        path: The ledger's file.
        db: A connection to the ledger; None if there is no ledger yet, in which case any copy is refused.

    Raises:
        LedgerError: The ledger's folder has such a copy, or a saved list of people.
    """
    for saved in find_saved_copies(path.parent):
        if saved.suffix == LIST_SUFFIX:
            todo = Text("ledger.listed_todo", list=saved)
            raise LedgerError(Text("ledger.listed", list=saved, path=path), todo)
        if db is None or difference_from_copy(db, saved).calls:
            key = "ledger.not_restored" if db is not None else "ledger.not_restored_none"
            raise LedgerError(Text(key, path=path, copy=saved), _restoring_steps(saved, path))


def restoring_hint(path: Path) -> Text:
    """Return how to restore the newest copy saved beside a ledger; empty without a copy."""
    hints = (_restoring_steps(saved, path) for saved in find_saved_copies(path.parent) if saved.suffix != LIST_SUFFIX)
    return next(hints, NOTHING)


def _restoring_steps(copy: Path, path: Path) -> Text:
    return Text("ledger.not_restored_todo", command=restore_command(copy, path.parent), copy=copy)


def restore_command(copy: Path, folder: Path) -> str:
    """Return the command that restores a copy, quoted for the shells of this system, on Windows for cmd."""
    return f"dingnb ledger restore {_shell_word(copy)} --home {_shell_word(folder)}"


def _shell_word(path: Path) -> str:
    # Always in quotes, so that the end of a sentence is not taken for a part of the path.
    return f'"{path}"' if os.name == "nt" or not _EXPANDED.search(str(path)) else shlex.quote(str(path))


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """
    The effect of restoring a copy.

    Attributes:
        path: The ledger's file.
        campaigns: The number of campaigns in the copy.
        calls: The number of calls in the copy.
        lost: The campaigns of the current ledger that are missing in the copy, or of which it lacks calls; empty if the
            current ledger is missing or unreadable. Other data are not compared.
        unread: ``newer`` or ``development`` if the current ledger has such a version, so that it is unknown what the
            copy lacks; otherwise empty.
        aside: The new path of the current ledger, or of its log if only that was left; None if there was neither, or
            nothing was done.
    """

    path: Path
    campaigns: int
    calls: int
    lost: tuple[str, ...] = ()
    unread: str = ""
    aside: Path | None = None


def restore(file: Path, folder: Path, now_ns: int, *, even_if_lost: bool) -> RestoreResult:
    """
    Replace the ledger of a folder with the content of a file.

    Args:
        file: The copy, which is not changed.
        folder: The folder of the ledger, recreated if necessary.
        now_ns: The time, used in the names of files moved aside.
        even_if_lost: Whether to replace a ledger which has campaigns or calls that the copy lacks, or has another
            version.

    Returns:
        The effect. Without `even_if_lost`, nothing was done if `lost` or `unread` is not empty.

    Raises:
        LedgerError: The file does not exist, is the current ledger itself, is not a ledger, is damaged or has an
            unsupported version; a process is sending with the current ledger; or the folder cannot be used. The ledger
            was not changed.
    """
    path = folder / home.LEDGER_FILE
    if ledger_file.file_id(file) is not None and ledger_file.file_id(file) == ledger_file.file_id(path):
        raise LedgerError(Text("restore.itself", file=file), Text("restore.itself_todo"))
    if not file.is_file():
        raise LedgerError(Text("restore.no_file", file=file), Text("restore.no_file_todo"))
    home.prepare(folder)
    with _copied(file, folder) as copy, all_sender_locks(folder):
        with closing(open_read_only(copy)) as opened:
            campaigns, calls = opened.execute(
                "SELECT (SELECT count(*) FROM campaigns), (SELECT count(*) FROM attempts)"
            ).fetchone()
            lost, unread = _find_lost_campaigns(opened, path)
        if (lost or unread) and not even_if_lost:
            return RestoreResult(path, campaigns, calls, lost, unread)
        aside = _move_aside(path, now_ns)
        copy.replace(path)
        return RestoreResult(path, campaigns, calls, lost, unread, aside)


@contextmanager
def _copied(file: Path, folder: Path) -> Iterator[Path]:
    """Yield a checked, temporary copy of a file in the folder of the ledger, readable only by its owner."""
    handle, name = tempfile.mkstemp(dir=folder, prefix="ledger-restoring-", suffix=".sqlite3")
    os.close(handle)
    copy = Path(name)
    try:
        try:
            with closing(_open_source(file)) as opened:
                problem = find_problem(opened)
                if not problem:
                    copy_into(opened, copy)
        except sqlite3.Error as error:
            raise LedgerError(Text("restore.unreadable", file=file, error=error), Text("restore.other_todo")) from None
        if problem:
            raise LedgerError(Text(f"restore.{problem}", file=file), Text("restore.other_todo"))
        yield copy
    finally:
        remove(copy)


def _open_source(file: Path) -> SqliteSession:
    opened = open_read_only(file)
    try:
        opened.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        opened.close()
        # On a read-only medium, the file can be opened only as immutable, which ignores a log beside it.
        if not isinstance(error, sqlite3.OperationalError) or not file.is_file() or Path(f"{file}-wal").exists():
            raise
        address = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        return SqliteSession(sqlite3.connect(address, isolation_level=None, uri=True))
    return opened


def _find_lost_campaigns(copy: SqliteSession, path: Path) -> tuple[tuple[str, ...], str]:
    """Return `RestoreResult.lost` and `RestoreResult.unread` for a copy and the current ledger."""
    if not path.exists() or not path.stat().st_size:
        return (), ""
    try:
        with closing(open_read_only(path)) as current:
            problem = find_problem(current)
            if problem:
                return (), problem if problem in {"newer", "development"} else ""
            return difference(copy, current).campaigns, ""
    except sqlite3.Error:
        # It is unusable, and is moved aside.
        return (), ""


def _move_aside(path: Path, now_ns: int) -> Path | None:
    """Move a ledger and its logs aside, and return `RestoreResult.aside`."""
    present = [end for end in ("", *_LOGS) if Path(f"{path}{end}").exists()]
    log = Path(f"{path}-wal")
    if "" not in present and not (log.exists() and log.stat().st_size):
        for end in present:
            # Left over from a lost ledger, and without data.
            with suppress(OSError):
                Path(f"{path}{end}").unlink()
        return None
    stem = f"{path.stem}-replaced-{datetime.fromtimestamp(now_ns // NS_PER_S, BEIJING):%Y%m%d-%H%M%S}"
    names = (path.with_name(f"{stem}{end}{path.suffix}") for end in ("", *(f"-{n}" for n in range(2, 1_000))))
    aside = next(name for name in names if not any(Path(f"{name}{end}").exists() for end in ("", *_LOGS)))
    for end in present:
        Path(f"{path}{end}").rename(f"{aside}{end}")
    return Path(f"{aside}{present[0]}")
