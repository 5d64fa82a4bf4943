"""Finds the ledger to use: a team's, a folder's, this computer's, or the active tape's ledger."""

import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import WeakKeyDictionary, finalize

from dingnb.auth.database_url import DatabaseUrl, is_database_url, parse_database_url
from dingnb.auth.secret import Secret, SecretMapping, as_secret
from dingnb.errors import InputError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.ledger.interface import Ledger
from dingnb.ledger.sqlite.home import folder_of
from dingnb.ledger.sqlite.ledger import SqliteLedger
from dingnb.transport import RouteOverride, active_override
from dingnb.words import Text

LEDGER_VARIABLE = "DINGNB_LEDGER"
"""Environment variable for the ledger: the URL of a PostgreSQL database, or a folder."""

_LIKE_A_URL = re.compile(
    r"postgres(ql)?[:/]|[^/\\]*@|[^/\\:]{2,}:|.*\b(host|hostaddr|dbname|user|password|service)\s*=", re.IGNORECASE
)
"""Matches what is probably not a folder: ``postgresql:/``, ``ann@db/``, ``db:5432/`` or ``host=db dbname=notices``."""

_tape_folders: "WeakKeyDictionary[RouteOverride, Path]" = WeakKeyDictionary()
_opening = threading.Lock()


def open_ledger(location: DatabaseUrl | Path | None = None) -> Ledger:
    """
    Return a ledger that is not connected yet.

    With an active tape, the ledger is always the tape's own, so that playback is reproducible.

    Args:
        location: A database or a folder; by default ``DINGNB_LEDGER``, or the ledger of this computer.

    Raises:
        InputError: ``DINGNB_LEDGER`` is an invalid URL.
    """
    override = active_override()
    if override is not None:
        with _opening:
            if override not in _tape_folders:
                _tape_folders[override] = folder = Path(mkdtemp(prefix="dingnb-"))
                finalize(override, rmtree, folder, ignore_errors=True)
            return SqliteLedger(_tape_folders[override], is_persistent=False)
    location = location if location is not None else find_ledger_location(os.environ)
    if isinstance(location, DatabaseUrl):
        from dingnb.ledger.postgres.ledger import PostgresLedger  # noqa: PLC0415 - only for a team's ledger

        return PostgresLedger(location)
    return SqliteLedger(location)


def find_ledger_location(environ: Mapping[str, str]) -> DatabaseUrl | Path | None:
    """
    Return the location of the ledger that the environment names; None if ``DINGNB_LEDGER`` is missing or blank.

    Raises:
        InputError: The URL is invalid.
    """
    # First, because tracebacks may show local variables.
    environ = SecretMapping(environ)
    named = Secret(environ.get(LEDGER_VARIABLE, "").strip())
    return parse_ledger_location(named) if named else None


def wrap_ledger_location(named: object) -> "Secret | os.PathLike[str] | None":
    """Return an argument for `parse_ledger_location`, with texts wrapped: tracebacks may show local variables."""
    return named if named is None or isinstance(named, os.PathLike) else as_secret(named)


def parse_ledger_location(named: "Secret | os.PathLike[str] | None") -> DatabaseUrl | Path | None:
    """
    Return the location that a URL, a folder, or the ledger's file in a folder names; None for None.

    Raises:
        InputError: The value is blank, or an invalid or mistyped URL. The error does not show the value, since it may
            contain a password.
    """
    with cleared_frames():
        return _parse(named)


def _parse(named: "Secret | os.PathLike[str] | None") -> DatabaseUrl | Path | None:
    if named is None:
        return None
    if isinstance(named, Secret):
        if is_database_url(named.reveal()):
            return parse_database_url(named)
        if _is_mistyped_url(named.reveal().strip()):
            raise InputError(Text("team_ledger.bad_place"), Text("team_ledger.bad_place_todo"))
        return folder_of(Path(named.reveal().strip()))
    return folder_of(Path(named))


def _is_mistyped_url(text: str) -> bool:
    """
    Return whether a text is probably a mistyped URL instead of a folder.

    A new and empty ledger in a folder of that name would not know who already got messages.
    """
    if not text or "://" in text:
        return True
    # Unlike the methods of `Path`, these raise no errors, for example for a name that is too long.
    return _LIKE_A_URL.match(text) is not None and not os.path.exists(os.path.expanduser(text))  # noqa: PTH110, PTH111
