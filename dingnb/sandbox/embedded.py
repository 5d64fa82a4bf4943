"""The sandbox of `dingnb.connect("sandbox")`: one for all cells and kernels of a user, with a state that stays."""

import http.client
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dingnb.clock import Clock, SystemClock, seconds
from dingnb.sandbox.journal import HeldJournalError, published
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.server import RunningSandbox, start
from dingnb.words import say

_STATS = "/_sandbox/stats"
_ANSWERS_WITHIN_S = 2
_GIVES_UP_AFTER_S = 10
_LOOKS_EVERY_S = 0.05

_running: dict[object, RunningSandbox] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Embedded:
    """
    A sandbox to connect to.

    Attributes:
        base_url: Where it answers.
        running: The sandbox itself, where it runs in this process; None where another process runs it.
        notes: What there is to say of its journal: sentences in the language in use; mostly none.
    """

    base_url: str
    running: RunningSandbox | None
    notes: tuple[str, ...] = ()


def embedded(settings: SandboxSettings, clock: Clock | None = None, folder: Path | None = None) -> Embedded:
    """
    Return the sandbox with these settings: the one that runs in this process or in another, else a new one.

    A new one keeps its state in `folder`, where the next process finds it again, even after a kill. Other processes
    use the one that runs; when its process is gone, the next one to ask takes over.

    Args:
        settings: What it is told.
        clock: Where its time comes from; the default is the computer. On any other, nothing is kept or shared.
        folder: Where its state is kept; None keeps nothing.
    """
    clock = clock or SystemClock()
    if folder is None or not isinstance(clock, SystemClock):
        return _in_process(settings, clock, None)
    failing = f"-{settings.failed_share:g}" if settings.failed_share else ""
    journal = folder / f"sandbox-{settings.users}-{settings.seed}{failing}.sqlite3"
    event = clock.event()
    for _ in range(round(_GIVES_UP_AFTER_S / _LOOKS_EVERY_S)):
        try:
            return _in_process(settings, clock, journal)
        except HeldJournalError:
            url = _answering(journal)
        if url:
            return Embedded(url, None)
        # Its owner is about to begin, or to end.
        clock.wait(event, seconds(_LOOKS_EVERY_S))
    alone = _in_process(settings, clock, None)
    return Embedded(alone.base_url, alone.running, (say("sandbox.journal_silent", path=journal),))


def _in_process(settings: SandboxSettings, clock: Clock, journal: Path | None) -> Embedded:
    with _lock:
        key = (settings, clock, journal)
        found = _running.get(key)
        if found is None or not found.is_running:
            found = _running[key] = start(settings, clock, journal=journal)
        return Embedded(found.base_url, found, found.notes)


def _answering(journal: Path) -> str:
    """Return where the owner of a journal answers; empty while it does not."""
    found = published(journal)
    if found is None:
        return ""
    url, sandbox_id = found
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_ANSWERS_WITHIN_S)
    try:
        connection.request("GET", _STATS)
        stats = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return ""
    finally:
        connection.close()
    return url if isinstance(stats, dict) and stats.get("id") == sandbox_id else ""
