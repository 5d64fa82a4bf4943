"""
A file that records which live apps have sent from this computer, with which ledgers, and on which day last.

The file is outside of the ledgers, so that a lost ledger is noticed. It contains no names, texts or keys.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs
from filelock import FileLock, Timeout

from dingnb.ledger.realm import Realm
from dingnb.private_files import write_privately

_FILE = "sent-from.json"
_LOCK_TIMEOUT_S = 5.0
_MAX_LEDGERS = 20
"""Maximum number of ledgers recorded for an app."""


class UsedLedger(NamedTuple):
    """A ledger used by an app: its path or URL, and the day in Beijing of its last call, such as 2026-11-27."""

    path: str
    day: str


def state_folder() -> Path:
    """Return the user's folder for the file; it need not exist."""
    return platformdirs.user_state_path("dingnb", appauthor=False)


def record(realm: Realm, ledger: Path | str, day: str) -> None:
    """Record that an app sends with a ledger on this day; write errors are ignored."""
    file = state_folder() / _FILE
    with suppress(OSError, NotImplementedError, Timeout):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=_LOCK_TIMEOUT_S, mode=0o600):
            ledgers_by_realm = _read(file)
            ledgers = ledgers_by_realm.get(realm.id, {})
            # Of several ledgers used on one day, the ledger used last is the last in the file.
            ledgers.pop(os.fspath(ledger), None)
            ledgers[os.fspath(ledger)] = day
            newest = sorted(ledgers, key=lambda path: ledgers[path])[-_MAX_LEDGERS:]
            _write(file, {**ledgers_by_realm, realm.id: {path: ledgers[path] for path in newest}})


def last_used(realm: Realm) -> UsedLedger | None:
    """Return the ledger that an app last used on this computer; None if unknown."""
    ledgers = _read(state_folder() / _FILE).get(realm.id, {})
    newest_first = reversed([UsedLedger(*item) for item in ledgers.items()])
    return max(newest_first, key=lambda used: used.day, default=None)


def has_sent_from(ledger: Path) -> bool:
    """Return whether any app has sent with the ledger at a path."""
    return any(os.fspath(ledger) in ledgers for ledgers in _read(state_folder() / _FILE).values())


def _read(file: Path) -> dict[str, dict[str, str]]:
    """Return the ledgers of each app, with the day of the last call; content of another form is ignored."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        realm: {path: day for path, day in ledgers.items() if isinstance(day, str)}
        for realm, ledgers in (content.items() if isinstance(content, dict) else ())
        if isinstance(ledgers, dict)
    }


def _write(file: Path, ledgers_by_realm: dict[str, dict[str, str]]) -> None:
    # In ASCII, because the path of a folder may contain lone surrogates, for bytes that are not UTF-8.
    write_privately(file, json.dumps(ledgers_by_realm, indent=1).encode())
