"""Finds or starts the sandbox of `dingnb.connect("sandbox")`, persistent and shared by all kernels of a user."""

import threading
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dingnb.clock import Clock, SystemClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.sandbox.journal import LockedJournalError, read_published_sandbox, settings_text
from dingnb.sandbox.remote import RemoteSandbox
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.server import RunningSandbox, start
from dingnb.words import Text

_STATS_TIMEOUT_S = 2
_OWNER_TIMEOUT_S = 10
"""Time allowed for the process that holds the journal to answer."""

_POLL_S = 0.05

_running: dict[tuple[SandboxSettings, Clock, Path | None], RunningSandbox] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class SandboxConnection:
    """
    A sandbox to connect to.

    Attributes:
        base_url: The sandbox's URL.
        running: The sandbox itself if this process runs it; None if another process does.
        notes: Messages about the sandbox's journal; usually empty.
    """

    base_url: str
    running: RunningSandbox | None
    notes: tuple[Text, ...] = ()


def find_or_start(
    settings: SandboxSettings, clock: Clock | None = None, folder: Path | None = None
) -> SandboxConnection:
    """
    Return the running sandbox with these settings, or start one.

    A new sandbox stores its state in `folder`, from which the next process restores the state, even after a crash.
    While a sandbox runs, other processes that call this function with the same settings use the running sandbox. Once
    its process has ended, the next caller starts a new sandbox. If the process that holds the state does not respond
    for 10 seconds, the caller gets a sandbox of its own that stores nothing, with a note.

    Args:
        settings: The sandbox's settings.
        clock: The source of the sandbox's time; the computer's time by default. With any other clock, nothing is stored
            or shared between processes.
        folder: The folder for the sandbox's state; None stores and shares nothing.
    """
    clock = clock or SystemClock()
    if folder is None or not isinstance(clock, SystemClock):
        return _find_or_start_in_process(settings, clock, None)
    journal = folder / _journal_name(settings)
    event = clock.event()
    deadline_ns = clock.monotonic_ns() + seconds_to_ns(_OWNER_TIMEOUT_S)
    while True:
        try:
            return _find_or_start_in_process(settings, clock, journal)
        except LockedJournalError:
            url = _owner_url(journal, settings)
        if url:
            return SandboxConnection(url, None)
        if clock.monotonic_ns() >= deadline_ns:
            break
        # The process that holds the journal is starting or stopping its sandbox.
        clock.wait(event, seconds_to_ns(_POLL_S))
    private = _find_or_start_in_process(settings, clock, None)
    return SandboxConnection(private.base_url, private.running, (Text("sandbox.journal_silent", path=journal),))


def _journal_name(settings: SandboxSettings) -> str:
    """Return the name of the journal for settings: readable for settings of `connect`, with a digest of any others."""
    share = f"{settings.failed_share:g}"
    name = f"sandbox-{settings.users}-{settings.seed}" + (f"-{share}" if settings.failed_share else "")
    if settings != SandboxSettings(users=settings.users, seed=settings.seed, failed_share=float(share)):
        text = f"{settings_text(settings)} {settings.app_secret}"
        name += f"-{blake2b(text.encode(errors='replace'), digest_size=8).hexdigest()}"
    return f"{name}.sqlite3"


def _find_or_start_in_process(settings: SandboxSettings, clock: Clock, journal: Path | None) -> SandboxConnection:
    with _lock:
        for stopped in [key for key, running in _running.items() if not running.is_running]:
            del _running[stopped]
        key = (settings, clock, journal)
        if key not in _running:
            _running[key] = start(settings, clock, journal=journal)
        running = _running[key]
        return SandboxConnection(running.base_url, running, running.notes)


def _owner_url(journal: Path, settings: SandboxSettings) -> str:
    """Return the URL of the sandbox that uses a journal; empty if none is published, or the sandbox does not answer."""
    published = read_published_sandbox(journal)
    if published is None:
        return ""
    try:
        stats = RemoteSandbox(published.url, settings).request("GET", "stats", timeout_s=_STATS_TIMEOUT_S)
    except InputError:
        return ""
    return published.url if isinstance(stats, dict) and stats.get("id") == published.sandbox_id else ""
