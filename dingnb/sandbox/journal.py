"""
A sandbox's journal: a SQLite file of the effects of its calls, one row a request, that outlives the process.

Beside it stand the lock of the sandbox that keeps it, and the address where that one answers.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from dingnb.clock import seconds
from dingnb.words import say

VERSION = 1

_APPLICATION_ID = 0x64696E67  # "ding"
_KEPT_NS = seconds(31 * 24 * 3_600)
_MARKS = ("user_version", "application_id")
_TABLES = (
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, effects TEXT NOT NULL)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


JOURNAL_ERRORS = (OSError, sqlite3.Error)
"""The errors of a journal that cannot be written to."""


class HeldJournalError(Exception):
    """Another sandbox keeps its state in this journal."""


class UnusableJournalError(Exception):
    """A journal cannot be kept there; the text says why."""


class DamagedJournalError(Exception):
    """What is in the journal cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What a journal holds.

    Attributes:
        sandbox_id: The sandbox's id; empty in a new journal.
        moved_ns: By how much its time is moved.
        stopped_at_ns: At what time it stands still.
        callbacks: Where callbacks go, as it was given to `Journal.set_callbacks`; empty where it was not.
        entries: The effects of each request, with its time.
    """

    sandbox_id: str
    moved_ns: int
    stopped_at_ns: int | None
    callbacks: str
    entries: Iterator[tuple[int, list[list[Any]]]]


class Journal:
    """
    The journal of one sandbox; until it is closed, no other can have it.

    Args:
        path: The file. It is made if it is not there, with its folder, for their owner only.
        settings: The sandbox's settings as a text; a journal of others is of no use.
        now_ns: The time; entries of 31 days ago are dropped.

    Raises:
        HeldJournalError: Another one has it.
        UnusableJournalError: The file cannot be made or locked.
    """

    def __init__(self, path: Path, settings: str, now_ns: int) -> None:
        self.path = path
        self._settings = blake2b(settings.encode(errors="replace"), digest_size=16).hexdigest()
        self._now_ns = now_ns
        self._url = ""
        self._database: sqlite3.Connection | None = None
        self._lock = FileLock(_beside(path, ".lock"), timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            _beside(path, ".url").unlink(missing_ok=True)
            self._open()
        except Timeout:
            raise HeldJournalError(str(path)) from None
        except (OSError, NotImplementedError, sqlite3.OperationalError) as error:
            self.close()
            raise UnusableJournalError(str(error)) from None

    @property
    def is_open(self) -> bool:
        """Whether it can be written to."""
        return self._database is not None

    def read(self) -> Kept:
        """
        Return what is kept; the entries are read as they are asked for.

        Raises:
            DamagedJournalError: It cannot be read, or is of another version or other settings.
            UnusableJournalError: It is a database of something else, and stays as it is.
        """
        try:
            [version], [application] = (self._run(f"PRAGMA {one}").fetchone() for one in _MARKS)
            [tables] = self._run("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                self._make_tables()
            elif application != _APPLICATION_ID:
                self.close()
                raise UnusableJournalError(say("sandbox.journal_foreign"))
            elif version != VERSION:
                raise DamagedJournalError(say("sandbox.journal_version"))
            self._tune()
            facts = dict(self._run("SELECT name, value FROM facts"))
            if facts.get("settings", self._settings) != self._settings:
                raise DamagedJournalError(say("sandbox.journal_settings"))
            moved_ns, stopped_at_ns = json.loads(facts.get("time", "[0, null]"))
            now_ns = self._now_ns + moved_ns if stopped_at_ns is None else stopped_at_ns
            self._run("DELETE FROM entries WHERE at_ns < ?", (now_ns - _KEPT_NS,))
        except (sqlite3.DatabaseError, ValueError, TypeError):
            raise DamagedJournalError(say("sandbox.journal_damaged")) from None
        return Kept(facts.get("id", ""), moved_ns, stopped_at_ns, facts.get("callbacks", ""), self._entries())

    def append(self, at_ns: int, effects: Iterable[Iterable[Any]]) -> None:
        """Write the effects of one request."""
        row = (at_ns, json.dumps(list(effects), separators=(",", ":")))
        self._run("INSERT INTO entries (at_ns, effects) VALUES (?, ?)", row)

    def set_time(self, moved_ns: int, stopped_at_ns: int | None) -> None:
        """Write how the sandbox's time is set."""
        self._set("time", json.dumps([moved_ns, stopped_at_ns]))

    def set_callbacks(self, setting: str) -> None:
        """Write where callbacks go, with their secrets."""
        self._set("callbacks", setting)

    def begin_anew(self, sandbox_id: str) -> None:
        """Forget all entries; the journal is that of this sandbox from now on."""
        self._run("BEGIN")
        self._run("DELETE FROM entries")
        self._set("callbacks", "")
        self._set("id", sandbox_id)
        self._set("settings", self._settings)
        self._run("COMMIT")
        if self._url:
            self.publish(self._url, sandbox_id)

    def move_aside(self) -> Path:
        """Rename the file, begin a new one, and return the name of the old one."""
        if self._database is not None:
            self._database.close()
        number = 1
        while (aside := _beside(self.path, f".aside-{number}")).exists():
            number += 1
        for ending in ("", "-wal", "-shm"):
            file = _beside(self.path, ending)
            if file.exists():
                file.rename(_beside(aside, ending))
        self._open()
        self._make_tables()
        return aside

    def publish(self, url: str, sandbox_id: str) -> None:
        """Tell other processes where the sandbox of this id answers."""
        self._url = url
        draft = _beside(self.path, ".url.new")
        _touch(draft)
        draft.write_text(json.dumps({"url": url, "id": sandbox_id}), encoding="utf-8")
        draft.replace(_beside(self.path, ".url"))

    def close(self) -> None:
        """Let another one have it."""
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._lock.is_locked:
            if self._url:
                _beside(self.path, ".url").unlink(missing_ok=True)
            self._lock.release()

    def _open(self) -> None:
        _touch(self.path)
        self._database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def _tune(self) -> None:
        # A kill of the process loses no commit; a failure of power may lose the last ones, but damages nothing.
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = NORMAL")

    def _make_tables(self) -> None:
        self._tune()
        for statement in _TABLES:
            self._run(statement)
        self._run(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._run(f"PRAGMA user_version = {VERSION}")

    def _entries(self) -> Iterator[tuple[int, list[list[Any]]]]:
        try:
            for at_ns, effects in self._run("SELECT at_ns, effects FROM entries ORDER BY number").fetchall():
                yield at_ns, json.loads(effects)
        except sqlite3.DatabaseError:
            raise DamagedJournalError(say("sandbox.journal_damaged")) from None

    def _set(self, name: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if self._database is None:
            message = "closed"
            raise sqlite3.ProgrammingError(message)
        return self._database.execute(statement, values)


def published(path: Path) -> tuple[str, str] | None:
    """Return the address and the id that the sandbox of a journal has published; None where there is nothing."""
    try:
        found = json.loads(_beside(path, ".url").read_text(encoding="utf-8"))
        url, sandbox_id = found["url"], found["id"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (url, sandbox_id) if isinstance(url, str) and isinstance(sandbox_id, str) else None


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _touch(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
