"""
Remembers outside the ledger which live apps have sent from this computer, with which ledger, and on which day.

A ledger that was lost cannot say that it was there: this file can. It holds no names, no texts and no keys.
"""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs
from filelock import FileLock, Timeout

from dingnb.ledger.realm import Realm

_FILE = "sent-from.json"
_LOCK_WITHIN_S = 5.0
_MOST = 20
"""The most ledgers that are remembered for an app."""


class SentFrom(NamedTuple):
    """A ledger that an app has sent with: its path, and the day of its last call, in Beijing, such as 2026-11-27."""

    path: str
    day: str


def state_folder() -> Path:
    """Return the folder of this file, for the user alone; it need not be there."""
    return platformdirs.user_state_path("dingnb", appauthor=False)


def note(realm: Realm, ledger: Path, day: str) -> None:
    """Note that an app sends with a ledger on this day; sending goes on where that cannot be written."""
    file = state_folder() / _FILE
    with suppress(OSError, NotImplementedError, Timeout):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=_LOCK_WITHIN_S, mode=0o600):
            known = _read(file)
            ledgers = {**known.get(realm.id, {}), os.fspath(ledger): day}
            newest = sorted(ledgers, key=lambda path: ledgers[path])[-_MOST:]
            _write(file, {**known, realm.id: {path: ledgers[path] for path in newest}})


def last_sent(realm: Realm) -> SentFrom | None:
    """Return the ledger that an app has last sent with from this computer; None where that is not known."""
    ledgers = _read(state_folder() / _FILE).get(realm.id, {})
    return max((SentFrom(*one) for one in ledgers.items()), key=lambda one: one.day, default=None)


def has_sent_from(ledger: Path) -> bool:
    """Return whether some app has sent with the ledger at a path."""
    return any(os.fspath(ledger) in ledgers for ledgers in _read(state_folder() / _FILE).values())


def _read(file: Path) -> dict[str, dict[str, str]]:
    """Return for each app the ledgers and their days; what is none of ours in the file is left out."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        realm: {path: day for path, day in ledgers.items() if isinstance(day, str)}
        for realm, ledgers in (held.items() if isinstance(held, dict) else ())
        if isinstance(ledgers, dict)
    }


def _write(file: Path, known: dict[str, dict[str, str]]) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # for its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            json.dump(known, opened, ensure_ascii=False, indent=1)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
