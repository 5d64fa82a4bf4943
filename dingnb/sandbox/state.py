"""The state of one sandbox, protected by one lock."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from dingnb.clock import Clock
from dingnb.sandbox import listings
from dingnb.sandbox.cards import Cards
from dingnb.sandbox.events.callbacks import Callbacks, CallbackSender, Subscription
from dingnb.sandbox.events.gateway import Gateway
from dingnb.sandbox.faults import Faults
from dingnb.sandbox.journal import (
    JOURNAL_ERRORS,
    REPLAY_ERRORS,
    DamagedJournalError,
    Journal,
    UnusableJournalError,
    encode_effect,
    media_folder,
    replay,
    settings_text,
)
from dingnb.sandbox.media import MediaFiles, MediaStore
from dingnb.sandbox.organisation import Organisation, check_person_change
from dingnb.sandbox.presses import CardPresses
from dingnb.sandbox.records import Call
from dingnb.sandbox.sandbox_time import SandboxTime, Scheduler
from dingnb.sandbox.sessions import Sessions
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.tasks import Tasks
from dingnb.sandbox.tokens import Tokens
from dingnb.sandbox.usage import CallUsage, PeopleUsage
from dingnb.words import Text

_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class SandboxState:
    """
    The state of one sandbox.

    Hold `lock` while reading or changing it. The server does so for every request.

    Args:
        settings: The sandbox's settings.
        clock: The source of the sandbox's time.

    Attributes:
        lock: The lock, which a thread may acquire several times.
        settings: The settings.
        id: A random id of this sandbox. `reset` renews it; a journal preserves it.
        time: The sandbox's time.
        organisation: The people, departments and roles.
        tokens: The access tokens.
        call_usage: Counts calls, and admits them up to the limits.
        people_usage: Counts recipients, and admits them up to the limits.
        tasks: The accepted sends.
        media: The uploads.
        cards: The cards.
        presses: The presses on cards.
        sessions: The sessions in which the robot may reply, and its replies.
        callbacks: The callbacks over HTTP.
        stream: The gateway of Stream.
        calls: The calls of DingTalk's APIs, oldest first.
        throttled_count: The number of calls refused by a limit of calls.
        faults: The rules that inject faults into calls.
        journal: The journal that stores the state; None if nothing is stored.
        notes: Messages for the user about the journal and about network access.
        base_url: The sandbox's URL; empty before it listens.
        phone_key: The secret with which a notebook may show the phone page in a frame.
        resets: The number of resets, from which ids of cards, presses and the new API are derived.
        stream_scheduler: Runs work due in `stream`.
        callback_scheduler: Runs work due in `callbacks`.
        callback_sender: Sends callbacks.
        press_scheduler: Runs work due in `presses`.
        press_sender: Sends presses on cards to callback URLs.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.journal: Journal | None = None
        self.notes: list[Text] = []
        self.faults = Faults(self.lock)
        self._effects: list[str] = []
        self.time = SandboxTime(clock, settings.day_starts_at_utc_offset_h)
        self.stream_scheduler = Scheduler(self.time, self._run_stream, "stream")
        self.callback_scheduler = Scheduler(self.time, self._push_callbacks, "callbacks")
        self.callback_sender = CallbackSender(settings.callback_deadline_s, settings.callback_signature)
        self.press_scheduler = Scheduler(self.time, self._run_presses, "presses")
        self.press_sender = CallbackSender(settings.card_answer_deadline_s)
        self.base_url = ""
        self.phone_key = token_urlsafe(16)
        self.resets = 0
        self.organisation = Organisation(settings.users, settings.seed)
        self._media_files = MediaFiles()
        self._initialise()
        self.id = uuid4().hex

    def reset(self) -> None:
        """
        Delete everything recorded and all faults, and undo changes of people and departments.

        This deletes tokens, tasks, cards, presses, uploads, callback addresses, robot sessions, calls, events and usage
        counts, and ends the connections of Stream. The time is unchanged. Ids of cards, of presses and of the new API
        do not repeat afterwards.
        """
        with self.lock:
            self.stream.reset_connections()
            self.resets += 1
            self._initialise()
            self.id = uuid4().hex
            self._media_files.keep_only(())
            self._write_journal(lambda journal: journal.restart(self.id, self.resets))
        self.faults.clear()

    def _initialise(self) -> None:
        self.organisation.restore()
        self.tokens = Tokens(self.settings, self._record_effect)
        self.call_usage = CallUsage(self.settings, self.time, self._record_effect)
        self.people_usage = PeopleUsage(self.settings, self.time, self._record_effect)
        self.tasks = Tasks(self.settings, self.organisation, self.people_usage, self._record_effect)
        self.media = MediaStore(self.settings, self._media_files, self._record_effect)
        self.cards = Cards(self.settings, self.resets, self._record_effect)
        self.sessions = Sessions(self._record_effect)
        self.callbacks = Callbacks(self.settings, self.callback_scheduler.wake, self._record_effect)
        self.stream = Gateway(self.settings, self.stream_scheduler.wake)
        self.presses = CardPresses(
            self.settings,
            self.cards,
            self.stream,
            self.time,
            self.resets,
            self.press_scheduler.wake,
            self._record_effect,
        )
        self.calls: list[Call] = []
        self.throttled_count = 0
        self._request_counts: Counter[bytes] = Counter()
        self._effects.clear()

    def open_journal(self, path: Path) -> None:
        """
        Load the state from a journal and store all changes there.

        A damaged journal is renamed and a new journal created. If that fails, or the file is another program's or
        inaccessible, nothing is stored. `notes` reports what happened.

        Raises:
            LockedJournalError: Another sandbox uses the journal.
        """
        with self.lock:
            try:
                journal = Journal(path, settings_text(self.settings), self.time.now_ns())
                self._media_files = MediaFiles(media_folder(path))
                self._initialise()
                self._load_journal(journal)
            except UnusableJournalError as error:
                self._media_files = MediaFiles()
                self._start_empty()
                self.notes.append(Text("sandbox.journal_unusable", path=path, error=error.reason))
                return
            except (DamagedJournalError, *REPLAY_ERRORS) as error:
                self._start_empty()
                reason = error.reason if isinstance(error, DamagedJournalError) else Text("sandbox.journal_damaged")
                self._start_new_journal(journal, reason)
            self._media_files.keep_only(medium.sha256 for medium in self.media.all())
            self.journal = journal if journal.is_open else None
            self.presses.resume(self.time.now_ns())

    def _load_journal(self, journal: Journal) -> None:
        content = journal.read()
        self.id = content.sandbox_id or self.id
        self.resets = content.resets
        self._initialise()
        self.time.restore(content.clock_offset_ns, content.stopped_at_ns)
        self.callbacks.restore(content.callbacks)
        for at_ns, effects in content.entries:
            replay(self, at_ns, effects)
        if not content.sandbox_id:
            journal.restart(self.id, self.resets)

    def _start_empty(self) -> None:
        """Start without the content of the journal, part of which may have been loaded."""
        self.resets = 0
        self._initialise()
        self.id = uuid4().hex
        self.time.restore(0, None)

    def _start_new_journal(self, journal: Journal, reason: Text) -> None:
        try:
            renamed = journal.move_aside()
            journal.restart(self.id, self.resets)
        except JOURNAL_ERRORS as error:
            journal.close()
            self.notes.append(Text("sandbox.journal_unusable", path=journal.path, error=error))
        else:
            self.notes.append(Text("sandbox.journal_aside", path=journal.path, reason=reason, aside=renamed.name))

    def commit(self, now_ns: int) -> None:
        """Write the effects recorded since the last commit to the journal, if there is one."""
        if self._effects:
            self._write_journal(lambda journal: journal.append(now_ns, self._effects))
            self._effects.clear()

    def publish(self, url: str) -> None:
        """Set the sandbox's URL, and publish the URL to other processes beside the journal."""
        with self.lock:
            self.base_url = url
            self._write_journal(lambda journal: journal.publish(url, self.id))

    def set_time(self, now_ns: int, *, stopped: bool) -> None:
        """Set the time, which then runs with the clock, unless `stopped`."""
        with self.lock:
            self.time.set(now_ns, stopped=stopped)
            self._write_journal(lambda journal: journal.set_time(*self.time.snapshot))

    def subscribe(self, kind: str, subscription: Subscription | None) -> None:
        """Set the subscription for callbacks of a kind, and store it in the journal; None removes it."""
        self.callbacks.subscribe(kind, subscription)
        self._write_journal(lambda journal: journal.set_callbacks(self.callbacks.snapshot))

    def cancel_waits(self) -> None:
        """End all waits, including requests to callback URLs."""
        self.time.cancel_waits()
        self.callback_sender.cancel()
        self.press_sender.cancel()

    def close(self) -> None:
        """End all waits and close the journal."""
        self.cancel_waits()
        self.stream_scheduler.stop()
        self.callback_scheduler.stop()
        self.press_scheduler.stop()
        with self.lock:
            if self.journal is not None:
                self.journal.close()
                self.journal = None
            self._media_files.close()

    def _run_stream(self) -> int | None:
        with self.lock:
            now_ns = self.time.now_ns()
            due_ns = self.stream.run_due(now_ns)
            self.commit(now_ns)
            return due_ns

    def _run_presses(self) -> int | None:
        while not self.press_sender.is_cancelled:
            with self.lock:
                now_ns = self.time.now_ns()
                presses = self.presses
                due = presses.run_next(now_ns)
                self.commit(now_ns)
                if due is None:
                    return presses.due_ns
            press, request = due
            if request is None:
                continue
            reply = self.press_sender.post(request.url, request.body, request.headers)
            with self.lock:
                now_ns = self.time.now_ns()
                # A reset has discarded the press.
                if presses is self.presses:
                    presses.receive(press, reply, now_ns)
                    self.commit(now_ns)
        return None

    def _push_callbacks(self) -> int | None:
        while not self.callback_sender.is_cancelled:
            with self.lock:
                due = self.callbacks.next_push(self.time.now_ns())
                if due is None:
                    return self.callbacks.due_ns
            delivery, push = due
            outcome = self.callback_sender.push(push)
            with self.lock:
                now_ns = self.time.now_ns()
                self.callbacks.record_outcome(delivery, outcome, now_ns)
                self.commit(now_ns)
        return None

    def _record_effect(self, *effect: Any) -> None:  # noqa: ANN401 - what the effect takes
        if self.journal is not None:
            # Encoded now, so that an effect that JSON cannot hold fails alone and harms no later call.
            self._effects.append(encode_effect(effect))

    def _write_journal(self, write: Callable[[Journal], None]) -> None:
        if self.journal is None:
            return
        try:
            write(self.journal)
        except JOURNAL_ERRORS as error:
            self.notes.append(Text("sandbox.journal_lost", path=self.journal.path, error=error))
            self.journal.close()
            self.journal = None

    def record_call(self, call: Call, *, throttled: bool) -> None:
        """Record a call; `throttled` is whether a limit of calls refused it."""
        self._record_effect("record_call", throttled, *call[1:])
        self.calls.append(call)
        self.throttled_count += throttled

    def change_person(self, userid: str, fields: Mapping[str, Any]) -> None:
        """
        Change or add a person; `dingnb.sandbox.organisation.CHANGEABLE_FIELDS` lists the possible fields.

        Raises:
            InputError: The userid is empty, or a field is unknown or invalid. Nothing is changed then.
        """
        check_person_change(userid, fields)
        with self.lock:
            self._record_effect("change_person", userid, fields)
            self.organisation.change_person(userid, fields)
            self.commit(self.time.now_ns())

    def change_department(self, number: int, name: str | None = None, parent: int | None = None) -> None:
        """Change or add a department; see `dingnb.sandbox.organisation.Organisation.change_department`."""
        with self.lock:
            self._record_effect("change_department", number, name, parent)
            self.organisation.change_department(number, name, parent)
            self.commit(self.time.now_ns())

    def remove_department(self, number: int) -> None:
        """Remove a department; its people and sub-departments keep the number of the removed department."""
        with self.lock:
            self._record_effect("remove_department", number)
            self.organisation.remove_department(number)
            self.commit(self.time.now_ns())

    users = listings.list_users
    departments = listings.list_departments
    messages = listings.list_messages
    recorded_calls = listings.list_calls
    shown_cards = listings.list_cards
    shown_presses = listings.list_presses
    replies = listings.list_replies
    uploads = listings.list_uploads
    stats = listings.summarize

    def request_digest(self, path: str, body: bytes) -> bytes:
        """Count a request, and return 16 bytes derived from the request and the number of its repeats."""
        # Ids of the old API and of events repeat after a reset, so that two recordings are equal.
        source = f"{self.settings.seed} {path} " + (f"{self.resets} " if path.startswith("/v") else "")
        digest = blake2b(source.encode(errors="replace") + body, digest_size=16).digest()
        self.count_request(digest)
        return blake2b(digest + self._request_counts[digest].to_bytes(8), digest_size=16).digest()

    def count_request(self, digest: bytes) -> None:
        """Count a request with this digest."""
        self._record_effect("count_request", digest.hex())
        self._request_counts[digest] += 1

    def request_id(self, path: str, body: bytes) -> str:
        """Count a request, and return its id as in the old API: 13 letters and digits."""
        number = int.from_bytes(self.request_digest(path, body))
        letters = []
        for _ in range(13):
            number, place = divmod(number, 36)
            letters.append(_BASE_36[place])
        return "".join(letters)
