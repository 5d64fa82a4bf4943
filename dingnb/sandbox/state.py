"""Everything that one sandbox knows, behind one lock."""

import threading
from collections import Counter
from hashlib import blake2b
from typing import Any, NamedTuple

from dingnb.clock import Clock
from dingnb.sandbox.organisation import Organisation
from dingnb.sandbox.people_limits import PeopleLimits
from dingnb.sandbox.quota import CallLimits
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.tasks import Tasks
from dingnb.sandbox.tokens import Tokens

_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Call(NamedTuple):
    """One call, as the record keeps it: never with a token or a secret."""

    time_ns: int
    method: str
    path: str
    code: str
    people: int


class SandboxState:
    """
    The state of one sandbox.

    Whoever reads or changes it holds `lock`; the server does so for every request.

    Args:
        settings: What the sandbox was told at its start.
        clock: Where its time comes from.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.time = SandboxTime(clock, settings.day_starts_at_utc_offset_h)
        self.organisation = Organisation(settings.users, settings.seed)
        self.reset()

    def reset(self) -> None:
        """Forget tokens, tasks, calls and all that was used up. The people and the time stay."""
        with self.lock:
            self.tokens = Tokens(self.settings)
            self.call_limits = CallLimits(self.settings, self.time)
            self.people_limits = PeopleLimits(self.settings, self.time)
            self.tasks = Tasks(self.settings, self.organisation, self.people_limits)
            self.calls: list[Call] = []
            self.throttled = 0
            self._repeats: Counter[bytes] = Counter()

    def record(self, call: Call, *, throttled: bool) -> None:
        """Keep a call in the record."""
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
                }
                for one in self.calls[first:]
            ]

    def stats(self) -> dict[str, Any]:
        """Return the counts of everything, and the app's public ids."""
        with self.lock:
            now_ns = self.time.now_ns()
            self.tasks.settle(now_ns)
            done = self.tasks.done()
            return {
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
        self._repeats[digest] += 1
        return blake2b(digest + self._repeats[digest].to_bytes(8), digest_size=16).digest()

    def request_id(self, path: str, body: bytes) -> str:
        """Return the old API's id of a request: 13 letters and digits."""
        number = int.from_bytes(self.request_digest(path, body))
        letters = []
        for _ in range(13):
            number, place = divmod(number, 36)
            letters.append(_BASE_36[place])
        return "".join(letters)
