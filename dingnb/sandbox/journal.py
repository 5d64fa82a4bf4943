"""
A sandbox's journal: a SQLite file that stores the effects of each request, so that the state survives the process.

An effect is a named change of the sandbox's state: a list of its name, an imperative, and its arguments, as JSON.
Replaying the same effects in the same order at the same times gives the same state, including ids, because the state is
derived only from the settings and the effects.

Next to the journal are a lock file, a file with the URL of the running sandbox, and a folder with uploaded media.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout

from dingnb.clock import seconds_to_ns
from dingnb.limits import STANDARD, Limits
from dingnb.private_files import write_privately
from dingnb.sandbox.cards import CardChange
from dingnb.sandbox.presses import PlannedPress
from dingnb.sandbox.records import Call
from dingnb.sandbox.sessions import Session
from dingnb.sandbox.settings import SandboxSettings, value_text
from dingnb.sandbox.tasks import Addressees
from dingnb.words import Text

if TYPE_CHECKING:
    from dingnb.sandbox.state import SandboxState

VERSION = 2
"""The version of the tables and of the stored effects."""

_APPLICATION_ID = 0x64696E67  # "ding"
_RETENTION_NS = seconds_to_ns(31 * 24 * 3_600)
_MEDIA_SUFFIX = ".media"
_HEADER_PRAGMAS = ("user_version", "application_id")
_TABLES = (
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, effects TEXT NOT NULL)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

_ENVIRONMENT_ERRORS = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL),
}
"""SQLite's codes of errors that are not about the content: a lock of another program, or a full disk."""

JOURNAL_ERRORS = (OSError, sqlite3.Error)
"""The errors of a journal that cannot be written to."""

REPLAY_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""The errors of effects that are damaged or come from another program."""

_FIRST_FIELDS = """
users seed app_key agent_id corp_id limits session_life_s stream_ticket_life_s stream_push_timeout_s
stream_closes_after_s callback_deadline_s callback_failed_after_s read_share read_within_s failed_share
task_starts_after_s task_done_after_s departments_per_call people_per_send to_all_per_day people_counted_at
same_content_taken_at recall_frees_content day_starts_at_utc_offset_h over_100_users bad_agent_code no_receiver_code
early_result many_people_result_code lists_forbidden_users expired_token_code media_life_s checks_media_ids
foreign_media_ids media_format_by large_media_code file_message_bytes top_lists unknown_user_code
unknown_department_code hidden_fields missing_permissions scope_departments month_used_up_answer
refused_calls_fill_second callback_signature foreign_callback_code stream_pushes stream_later_after_s
stream_callback_repeat_s stream_repeats_with stream_kept stream_ping_every_s stream_connection_life_s card_templates
unpublished_card_templates foreign_card_templates card_people_per_call card_value_bytes card_other_values
card_unsafe_words repeated_card repeated_card_route card_callback_format card_button_id_in card_answer_deadline_s
card_http_pushes card_presses_counted stream_calls_per_month over_stream_quota
"""
"""The settings of the first journals, in their order. Renamed settings keep their first names here."""

_LATER_LIMITS = ("recipients_with_status_bar",)
"""The limits added after the first journals; like later settings, they are left out while they have their default."""

_RENAMED = {
    "session_life_s": "session_lifetime_s",
    "stream_ticket_life_s": "stream_ticket_lifetime_s",
    "stream_connection_life_s": "stream_connection_lifetime_s",
    "media_life_s": "media_lifetime_s",
    "month_used_up_answer": "monthly_quota_error",
    "refused_calls_fill_second": "throttled_calls_count",
    "stream_repeats_with": "stream_message_id_on_repeat",
    "stream_kept": "stream_max_pending",
    "card_other_values": "non_text_card_values",
    "same_content_taken_at": "same_content_counted_at",
    "over_100_users": "excess_recipients",
    "stream_calls_per_month": "stream_pushes_per_month",
}
"""The present names of renamed settings in `_FIRST_FIELDS`, by their first names."""


class LockedJournalError(Exception):
    """Another sandbox uses this journal."""


class UnusableJournalError(Exception):
    """The journal cannot be created, locked or used, for a `reason`."""

    def __init__(self, reason: Text | str) -> None:
        super().__init__(reason)
        self.reason = reason


class DamagedJournalError(Exception):
    """The journal's content cannot be used, for a `reason`."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class JournalContent:
    """
    The content of a journal.

    Attributes:
        sandbox_id: The sandbox's id; empty in a new journal.
        clock_offset_ns: The offset of the sandbox's time from the clock.
        stopped_at_ns: The time at which the sandbox's time is stopped; None if the time runs.
        resets: The number of resets of the sandbox.
        callbacks: The callback subscriptions as passed to `Journal.set_callbacks`; empty if none were passed.
        entries: The time and the effects of each request, oldest first.
    """

    sandbox_id: str
    clock_offset_ns: int
    stopped_at_ns: int | None
    resets: int
    callbacks: str
    entries: Iterator[tuple[int, list[list[Any]]]]


class PublishedSandbox(NamedTuple):
    """The URL and the id that a running sandbox publishes beside its journal."""

    url: str
    sandbox_id: str


class Journal:
    """
    The journal of one sandbox, locked until it is closed.

    Args:
        path: The file. A missing file is created with its folder, accessible only to the owner.
        settings: The sandbox's settings as text. A journal written with other settings is rejected.
        now_ns: The current time. `read` deletes entries older than 31 days by the sandbox's own time, and so also old
            changes of people and departments.

    Raises:
        LockedJournalError: Another sandbox uses the journal.
        UnusableJournalError: The file cannot be created or locked.
    """

    def __init__(self, path: Path, settings: str, now_ns: int) -> None:
        self.path = path
        self._settings = blake2b(settings.encode(errors="replace"), digest_size=16).hexdigest()
        self._now_ns = now_ns
        self._url = ""
        self._database: sqlite3.Connection | None = None
        try:
            lock_path = _sibling(path, ".lock")
        except ValueError as error:
            # A path without a file name, such as an empty one.
            raise UnusableJournalError(str(error)) from None
        self._lock = FileLock(lock_path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            _sibling(path, ".url").unlink(missing_ok=True)
            self._open()
        except Timeout:
            raise LockedJournalError(str(path)) from None
        except (OSError, ValueError, NotImplementedError, sqlite3.OperationalError) as error:
            self.close()
            raise UnusableJournalError(str(error)) from None

    @property
    def is_open(self) -> bool:
        """Whether the journal is open for writing."""
        return self._database is not None

    def read(self) -> JournalContent:
        """
        Return the stored content, after deleting old entries. Entries are decoded lazily; a new file gets its tables.

        Raises:
            DamagedJournalError: The content cannot be read, or has another version or other settings.
            UnusableJournalError: The file is another program's database, or cannot be accessed now; it is left
                unchanged.
        """
        try:
            [version], [application] = (self._execute(f"PRAGMA {name}").fetchone() for name in _HEADER_PRAGMAS)
            [tables] = self._execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                self._create_tables()
            elif application != _APPLICATION_ID:
                self.close()
                raise UnusableJournalError(Text("sandbox.journal_foreign"))
            elif version != VERSION:
                raise DamagedJournalError(Text("sandbox.journal_version"))
            self._configure()
            facts = dict(self._execute("SELECT name, value FROM facts"))
            if facts.get("settings", self._settings) != self._settings:
                raise DamagedJournalError(Text("sandbox.journal_settings"))
            clock_offset_ns, stopped_at_ns = json.loads(facts.get("time", "[0, null]"))
            resets = int(facts.get("resets", "0"))
            now_ns = self._now_ns + clock_offset_ns if stopped_at_ns is None else stopped_at_ns
            self._execute("DELETE FROM entries WHERE at_ns < ?", (now_ns - _RETENTION_NS,))
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            raise self._reading_error(error) from None
        callbacks = facts.get("callbacks", "")
        return JournalContent(facts.get("id", ""), clock_offset_ns, stopped_at_ns, resets, callbacks, self._entries())

    def append(self, at_ns: int, effects: Iterable[str]) -> None:
        """Write the effects of one request, each as returned by `encode_effect`."""
        row = (at_ns, f"[{','.join(effects)}]")
        self._execute("INSERT INTO entries (at_ns, effects) VALUES (?, ?)", row)

    def set_time(self, clock_offset_ns: int, stopped_at_ns: int | None) -> None:
        """Write the offset of the sandbox's time, and the time at which it is stopped, None if it runs."""
        self._write_fact("time", json.dumps([clock_offset_ns, stopped_at_ns]))

    def set_callbacks(self, subscriptions: str) -> None:
        """Write the callback subscriptions, including their secrets."""
        self._write_fact("callbacks", subscriptions)

    def restart(self, sandbox_id: str, resets: int) -> None:
        """Delete all entries and callbacks, and assign the journal to this sandbox, which was reset this many times."""
        self._execute("BEGIN")
        self._execute("DELETE FROM entries")
        self._write_fact("callbacks", "")
        self._write_fact("id", sandbox_id)
        self._write_fact("resets", str(resets))
        self._write_fact("settings", self._settings)
        self._execute("COMMIT")
        if self._url:
            self.publish(self._url, sandbox_id)

    def move_aside(self) -> Path:
        """Rename the file and its folder of media, create a new file, and return the new path of the old file."""
        if self._database is not None:
            self._database.close()
        number = 1
        while (aside := _sibling(self.path, f".aside-{number}")).exists():
            number += 1
        for suffix in ("", "-wal", "-shm", _MEDIA_SUFFIX):
            file = _sibling(self.path, suffix)
            if file.exists():
                file.rename(_sibling(aside, suffix))
        self._open()
        self._create_tables()
        return aside

    def publish(self, url: str, sandbox_id: str) -> None:
        """Publish the sandbox's URL and id to other processes."""
        self._url = url
        write_privately(_sibling(self.path, ".url"), json.dumps({"url": url, "id": sandbox_id}).encode())

    def close(self) -> None:
        """Close the journal and release its lock."""
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._lock.is_locked:
            if self._url:
                _sibling(self.path, ".url").unlink(missing_ok=True)
            self._lock.release()

    def _open(self) -> None:
        _create_private_file(self.path)
        self._database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def _configure(self) -> None:
        # With NORMAL, a killed process loses no commit; a power failure may lose the last commits without corruption.
        self._execute("PRAGMA journal_mode = WAL")
        self._execute("PRAGMA synchronous = NORMAL")

    def _create_tables(self) -> None:
        self._configure()
        # In one transaction: tables without the application id would look like another program's database.
        self._execute("BEGIN")
        for statement in _TABLES:
            self._execute(statement)
        self._execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._execute(f"PRAGMA user_version = {VERSION}")
        self._execute("COMMIT")

    def _entries(self) -> Iterator[tuple[int, list[list[Any]]]]:
        try:
            for at_ns, effects in self._execute("SELECT at_ns, effects FROM entries ORDER BY number").fetchall():
                yield at_ns, json.loads(effects)
        except sqlite3.DatabaseError as error:
            raise self._reading_error(error) from None

    def _reading_error(self, error: Exception) -> UnusableJournalError | DamagedJournalError:
        """Return the error to raise if the content could not be read; the journal is closed if it may be intact."""
        # The lower eight bits are the primary code.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _ENVIRONMENT_ERRORS:
            self.close()
            return UnusableJournalError(str(error))
        return DamagedJournalError(Text("sandbox.journal_damaged"))

    def _write_fact(self, name: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if self._database is None:
            message = "closed"
            raise sqlite3.ProgrammingError(message)
        return self._database.execute(statement, values)


def encode_effect(effect: Iterable[Any]) -> str:
    """
    Return an effect as a journal stores it.

    Raises:
        TypeError: JSON cannot hold one of the effect's arguments.
    """
    return json.dumps(list(effect), separators=(",", ":"))


def replay(state: "SandboxState", at_ns: int, effects: Iterable[list[Any]]) -> None:
    """
    Replay effects recorded at a time.

    Raises:
        Exception: An effect is invalid; one of `REPLAY_ERRORS`.
    """
    for name, *arguments in effects:
        _EFFECTS[name](state, at_ns, *arguments)


def _send(
    state: "SandboxState",
    at_ns: int,
    body: dict[str, Any],
    userids: list[str],
    department_ids: list[int],
    everybody: bool,  # noqa: FBT001 - by position in the journal
) -> None:
    addressees = Addressees(tuple(userids), tuple(department_ids), everybody)
    state.tasks.accept(body, addressees, state.tasks.expand(addressees), at_ns)


def _recall(state: "SandboxState", at_ns: int, task_id: int) -> None:
    task = state.tasks.find(task_id, at_ns)
    # The journal no longer contains a send that is older than a month.
    if task is not None:
        state.tasks.recall(task, at_ns)


_EFFECTS: Mapping[str, Callable[..., object]] = {
    "finish_due_tasks": lambda state, _at_ns, until_ns: state.tasks.finish_due(until_ns),
    "admit_address": lambda state, at_ns, address: state.call_usage.admit_address(address, at_ns),
    "admit_in_second": lambda state, at_ns, api_name: state.call_usage.admit_in_second(api_name, at_ns),
    "admit_in_month": lambda state, at_ns: state.call_usage.admit_in_month(at_ns),
    "admit_send_to_all": lambda state, at_ns: state.people_usage.admit_send_to_all(at_ns),
    "send_message": _send,
    "recall_message": _recall,
    "open_task": lambda state, at_ns, *opened: state.tasks.open(*opened, at_ns),
    "upload_medium": lambda state, at_ns, *medium: state.media.register(*medium, at_ns),
    "expire_media": lambda state, _at_ns, media_ids: state.media.expire(media_ids),
    "stall_task": lambda state, _at_ns, task_id: state.tasks.stall(task_id),
    "change_person": lambda state, _at_ns, userid, fields: state.organisation.change_person(userid, fields),
    "change_department": lambda state, _at_ns, *change: state.organisation.change_department(*change),
    "remove_department": lambda state, _at_ns, number: state.organisation.remove_department(number),
    "set_card_template": lambda state, _at_ns, *template: state.cards.set_template(*template),
    "set_card_route": lambda state, _at_ns, *route: state.cards.set_route(*route),
    "create_card": lambda state, at_ns, out_track_id, fields: state.cards.create(out_track_id, **fields, now_ns=at_ns),
    "deliver_card": lambda state, at_ns, *delivery: state.cards.deliver(*delivery, at_ns),
    "undo_card_deliveries": lambda state, _at_ns, *delivery: state.cards.undo_deliveries(*delivery),
    "update_card": lambda state, _at_ns, card, *change: state.cards.update(card, CardChange(*change)),
    "answer_card": lambda state, _at_ns, card, userid, *change: state.cards.answer(card, userid, CardChange(*change)),
    "open_card": lambda state, at_ns, *opened: state.cards.open(*opened, at_ns),
    "plan_presses": lambda state, _at_ns, planned, *number: state.presses.plan(starmap(PlannedPress, planned), *number),
    "record_press_outcome": lambda state, at_ns, *outcome: state.presses.record_outcome(*outcome, at_ns),
    "record_press_answer": lambda state, at_ns, *answer: state.presses.record_answer(*answer, at_ns),
    "open_session": lambda state, _at_ns, *session: state.sessions.open(Session(*session)),
    "add_reply": lambda state, at_ns, session_id, body: state.sessions.add_reply(session_id, body, at_ns),
    "add_failed_callback": lambda state, _at_ns, *missed: state.callbacks.add_failed(*missed),
    "fetch_failed_callbacks": lambda state, _at_ns, until_ns: state.callbacks.fetch(until_ns),
    "issue_token": lambda state, at_ns: state.tokens.issue(at_ns),
    "revoke_tokens": lambda state, _at_ns: state.tokens.revoke(),
    "count_request": lambda state, _at_ns, digest: state.count_request(bytes.fromhex(digest)),
    "record_call": lambda state, at_ns, throttled, *call: state.record_call(Call(at_ns, *call), throttled=throttled),
}


def settings_text(settings: SandboxSettings) -> str:
    """
    Return the text of all settings but the app secret, without later settings that have their default.

    A journal stores the text's hash, so that other settings do not reopen the journal. The text stays the same when
    settings are moved or added, and when settings of the first journals are renamed in `_RENAMED`, so that journals of
    earlier versions open. Equal settings have the same text, even if a value is given as 0 in one case and as 0.0 in
    the other.
    """
    present_names = {name: _RENAMED.get(name, name) for name in _FIRST_FIELDS.split()}
    defaults = SandboxSettings()
    first = {
        name: _canonical(getattr(settings, present), getattr(defaults, present))
        for name, present in present_names.items()
    }
    known = {*present_names.values(), "app_secret"}
    added = {
        field.name: _canonical(getattr(settings, field.name), getattr(defaults, field.name))
        for field in fields(SandboxSettings)
        if field.name not in known and getattr(settings, field.name) != getattr(defaults, field.name)
    }
    parts = [f"{name}={_shown(value)}" for name, value in (first | added).items()]
    return f"SandboxSettings({', '.join(parts)})"


def _canonical(value: object, default: object) -> object:
    """Return the default if a value equals it, or else the value; a whole float becomes an integer."""
    if value == default:
        return default
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: object) -> str:
    if isinstance(value, Limits):
        limits = {field.name: getattr(value, field.name) for field in fields(Limits)}
        later = [name for name in _LATER_LIMITS if limits[name] == getattr(STANDARD, name)]
        return f"Limits({', '.join(f'{name}={limits[name]!r}' for name in limits if name not in later)})"
    return repr(value_text(value) if isinstance(value, tuple) else value)


def media_folder(path: Path) -> Path:
    """Return the folder for the media of the sandbox that uses a journal."""
    return _sibling(path, _MEDIA_SUFFIX)


def read_published_sandbox(path: Path) -> PublishedSandbox | None:
    """Return what the sandbox that uses a journal has published; None if nothing readable is published."""
    try:
        found = json.loads(_sibling(path, ".url").read_text(encoding="utf-8"))
        url, sandbox_id = found["url"], found["id"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return PublishedSandbox(url, sandbox_id) if isinstance(url, str) and isinstance(sandbox_id, str) else None


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _create_private_file(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
