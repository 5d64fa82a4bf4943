"""Everything that one sandbox knows, behind one lock."""

import threading
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

from dingnb.clock import Clock
from dingnb.sandbox.calls import Call
from dingnb.sandbox.effects import repeat
from dingnb.sandbox.events.callback_post import Poster, Subscription
from dingnb.sandbox.events.callbacks import Callbacks
from dingnb.sandbox.events.gateway import Gateway
from dingnb.sandbox.faults.faults import Faults
from dingnb.sandbox.follower import Follower
from dingnb.sandbox.journal import JOURNAL_ERRORS, DamagedJournalError, Journal, UnusableJournalError
from dingnb.sandbox.limits import CallLimits, PeopleLimits
from dingnb.sandbox.organisation import Organisation
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.sessions import Sessions
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.tasks import Tasks
from dingnb.sandbox.tokens import Tokens
from dingnb.words import say

# Effects that were not written here may go wrong in any of these ways.
_DAMAGE = (DamagedJournalError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class SandboxState:
    """
    The state of one sandbox.

    Whoever reads or changes it holds `lock`; the server does so for every request.

    Args:
        settings: What the sandbox was told at its start.
        clock: Where its time comes from.

    Attributes:
        id: Tells this sandbox from others: a random one for each, renewed by `reset`, kept by a journal.
        faults: The rules by which calls do not go as they should.
        journal: Keeps the state; None where nothing does.
        notes: What the user should know of its journal, and of who can reach it.
        base_url: Where it answers; empty before it does.
        stream_follower: Does what is due in `stream`.
        callback_follower: Likewise in `callbacks`.
        poster: Posts callbacks.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.journal: Journal | None = None
        self.notes: list[str] = []
        self.faults = Faults(self.lock)
        self._noted: list[tuple[Any, ...]] = []
        self.time = SandboxTime(clock, settings.day_starts_at_utc_offset_h)
        self.stream_follower = Follower(self.time, self._tend_stream, "stream")
        self.callback_follower = Follower(self.time, self._post_callbacks, "callbacks")
        self.poster = Poster(settings.callback_deadline_s, settings.callback_signature)
        self.base_url = ""
        self.organisation = Organisation(settings.users, settings.seed)
        self._forget()
        self.id = uuid4().hex

    def reset(self) -> None:
        """Forget tokens, tasks, calls, faults, events and all that was used up. The people and the time stay."""
        with self.lock:
            self.stream.cut()
            self._forget()
            self.id = uuid4().hex
            self._keep(lambda journal: journal.begin_anew(self.id))
        self.faults.clear()

    def _forget(self) -> None:
        self.tokens = Tokens(self.settings, self._note)
        self.call_limits = CallLimits(self.settings, self.time, self._note)
        self.people_limits = PeopleLimits(self.settings, self.time, self._note)
        self.tasks = Tasks(self.settings, self.organisation, self.people_limits, self._note)
        self.sessions = Sessions(self._note)
        self.callbacks = Callbacks(self.settings, self.callback_follower.look, self._note)
        self.stream = Gateway(self.settings, self.stream_follower.look)
        self.calls: list[Call] = []
        self.throttled = 0
        self._repeats: Counter[bytes] = Counter()
        self._noted.clear()

    def open_journal(self, path: Path) -> None:
        """
        Take the state from a journal, and keep it there from now on.

        One that cannot be read is moved aside, and a new one begun. Where that cannot be, nothing is kept. `notes`
        tells of both.

        Raises:
            HeldJournalError: Another sandbox keeps its state there.
        """
        with self.lock:
            try:
                journal = Journal(path, repr(self.settings), self.time.now_ns())
                self._take(journal)
            except UnusableJournalError as error:
                self.notes.append(say("sandbox.journal_unusable", path=path, error=error))
                return
            except _DAMAGE as error:
                self._forget()
                self.id = uuid4().hex
                self.time.restore(0, None)
                reason = error if isinstance(error, DamagedJournalError) else say("sandbox.journal_damaged")
                self._begin_beside(journal, str(reason))
            self.journal = journal if journal.is_open else None

    def _take(self, journal: Journal) -> None:
        kept = journal.read()
        self.id = kept.sandbox_id or self.id
        self.time.restore(kept.moved_ns, kept.stopped_at_ns)
        self.callbacks.restore(kept.callbacks)
        for at_ns, effects in kept.entries:
            repeat(self, at_ns, effects)
        if not kept.sandbox_id:
            journal.begin_anew(self.id)

    def _begin_beside(self, journal: Journal, reason: str) -> None:
        try:
            aside = journal.move_aside()
            journal.begin_anew(self.id)
        except JOURNAL_ERRORS as error:
            journal.close()
            self.notes.append(say("sandbox.journal_unusable", path=journal.path, error=error))
        else:
            self.notes.append(say("sandbox.journal_aside", path=journal.path, reason=reason, aside=aside.name))

    def commit(self, now_ns: int) -> None:
        """Write what was noted since the last time into the journal, if there is one."""
        if self._noted:
            self._keep(lambda journal: journal.append(now_ns, self._noted))
            self._noted.clear()

    def publish(self, url: str) -> None:
        """Tell where it answers, and let other processes find it by its journal."""
        with self.lock:
            self.base_url = url
            self._keep(lambda journal: journal.publish(url, self.id))

    def set_time(self, now_ns: int, *, stopped: bool) -> None:
        """Set the time; from there it goes on with the clock, unless it is to be `stopped`."""
        with self.lock:
            self.time.set(now_ns, stopped=stopped)
            self._keep(lambda journal: journal.set_time(*self.time.setting))

    def subscribe(self, kind: str, subscription: Subscription | None) -> None:
        """Set where callbacks of a kind go; None is nowhere."""
        self.callbacks.subscribe(kind, subscription)
        self._keep(lambda journal: journal.set_callbacks(self.callbacks.setting))

    def let_go(self) -> None:
        """End all waits, those for a callback's URL too."""
        self.time.let_go()
        self.poster.let_go()

    def close(self) -> None:
        """End all waits, and let go of the journal."""
        self.let_go()
        self.stream_follower.stop()
        self.callback_follower.stop()
        with self.lock:
            if self.journal is not None:
                self.journal.close()
                self.journal = None

    def _tend_stream(self) -> int | None:
        with self.lock:
            return self.stream.work(self.time.now_ns())

    def _post_callbacks(self) -> int | None:
        while not self.poster.is_over:
            with self.lock:
                found = self.callbacks.next(self.time.now_ns())
                if found is None:
                    return self.callbacks.due_ns
            delivery, post = found
            outcome = self.poster.post(post)
            with self.lock:
                now_ns = self.time.now_ns()
                self.callbacks.tried(delivery, outcome, now_ns)
                self.commit(now_ns)
        return None

    def _note(self, *effect: Any) -> None:  # noqa: ANN401 - what the effect takes
        if self.journal is not None:
            self._noted.append(effect)

    def _keep(self, write: Callable[[Journal], None]) -> None:
        if self.journal is None:
            return
        try:
            write(self.journal)
        except JOURNAL_ERRORS as error:
            self.notes.append(say("sandbox.journal_lost", path=self.journal.path, error=error))
            self.journal.close()
            self.journal = None

    def record(self, call: Call, *, throttled: bool) -> None:
        """Keep a call in the record."""
        self._note("call", throttled, *call[1:])
        self.calls.append(call)
        self.throttled += throttled

    def users(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the first `limit` people, those who left included; None is all."""
        count = len(self.organisation) if limit is None else min(limit, len(self.organisation))
        people = map(self.organisation.person, range(count))
        return [
            {
                "userid": one.userid,
                "name": one.name,
                "mobile": one.mobile,
                "department": one.department,
                "active": one.active,
            }
            for one in people
        ]

    def messages(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest `limit` messages that reached a person, the newest last; None is all."""
        with self.lock:
            now_ns = self.time.now_ns()
            self.tasks.settle(now_ns)
            times = {task.done_ns: self.time.iso(task.done_ns) for task in self.tasks.done()}
            return [
                {
                    "userid": userid,
                    "body": task.body,
                    "task_id": task.id,
                    "time": times[task.done_ns],
                    "time_ms": task.done_ns // 1_000_000,
                    "read": self.tasks.has_read(task, userid, now_ns),
                    "recalled": task.recalled_ns is not None,
                }
                for task, userid in self.tasks.messages(limit)
            ]

    def recorded_calls(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest `limit` calls, the newest last; None is all."""
        with self.lock:
            first = 0 if limit is None else max(len(self.calls) - limit, 0)
            return [
                {
                    "method": one.method,
                    "path": one.path,
                    "time": self.time.iso(one.time_ns),
                    "time_ms": one.time_ns // 1_000_000,
                    "code": one.code,
                    "people": one.people,
                    "fault": one.fault,
                }
                for one in self.calls[first:]
            ]

    def replies(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest `limit` answers of the robot, the newest last; None is all."""
        with self.lock:
            first = 0 if limit is None else max(len(self.sessions.replies) - limit, 0)
            return [
                {
                    "conversation_id": one.session.conversation_id,
                    "userid": one.session.userid,
                    "body": one.body,
                    "time": self.time.iso(one.at_ns),
                    "time_ms": one.at_ns // 1_000_000,
                }
                for one in self.sessions.replies[first:]
            ]

    def stats(self) -> dict[str, Any]:
        """Return the counts of everything, and the app's public ids."""
        with self.lock:
            now_ns = self.time.now_ns()
            self.tasks.settle(now_ns)
            done = self.tasks.done()
            return {
                "id": self.id,
                "app_key": self.settings.app_key,
                "agent_id": self.settings.agent_id,
                "corp_id": self.settings.corp_id,
                "seed": self.settings.seed,
                "users": len(self.organisation),
                "calls": len(self.calls),
                "calls_counted": self.call_limits.used_in_month(now_ns),
                "calls_per_month": self.settings.limits.calls_per_month,
                "throttled": self.throttled,
                "tasks": len(self.tasks),
                "messages": sum(len(one.delivered) for one in done),
                "recalled": sum(len(one.delivered) for one in done if one.recalled_ns is not None),
                "dropped": self.tasks.dropped(),
                "now": self.time.iso(now_ns),
                "now_ns": now_ns,
            }

    def request_digest(self, path: str, body: bytes) -> bytes:
        """Return 16 bytes that follow from a request and its repeats, and so from no other call's time."""
        digest = blake2b(f"{self.settings.seed} {path} ".encode(errors="replace") + body, digest_size=16).digest()
        self.count_request(digest)
        return blake2b(digest + self._repeats[digest].to_bytes(8), digest_size=16).digest()

    def count_request(self, digest: bytes) -> None:
        """Count a request of this digest."""
        self._note("request", digest.hex())
        self._repeats[digest] += 1

    def request_id(self, path: str, body: bytes) -> str:
        """Return the old API's id of a request: 13 letters and digits."""
        number = int.from_bytes(self.request_digest(path, body))
        letters = []
        for _ in range(13):
            number, place = divmod(number, 36)
            letters.append(_BASE_36[place])
        return "".join(letters)
