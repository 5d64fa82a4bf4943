"""Tasks: delivery and reading of accepted sends, reproducible from the seed."""

import heapq
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from dingnb.clock import seconds_to_ns
from dingnb.sandbox.organisation import Organisation
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.usage import Admission, DroppedPerson, PeopleUsage

_RANDOM_STEPS = 2**32
_FIRST_ID = 10**11
_ID_COUNT = 9 * 10**11
_NEVER_NS = 2**63
_DELAY_RATE = 4.0
"""The rate of the exponential distribution of delays, if the longest delay is 1."""


def read_delay_ns(settings: SandboxSettings, task_id: int, userid: str) -> int | None:
    """
    Return the nanoseconds between the delivery of a task's message and its reading by a person; None for never.

    Delays are distributed exponentially over `SandboxSettings.read_within_s`: many people read soon and some late.
    """
    lateness, willingness = divmod(_random_number(f"{settings.seed} {task_id} {userid}"), _RANDOM_STEPS)
    if willingness / _RANDOM_STEPS >= settings.read_share:
        return None
    return seconds_to_ns(settings.read_within_s * truncated_exponential(lateness / _RANDOM_STEPS))


def truncated_exponential(uniform: float) -> float:
    """
    Turn a uniform number from 0 to 1 into a share from 0 to 1, distributed exponentially: many small, and some large.

    >>> round(truncated_exponential(0.5), 2), round(truncated_exponential(0.9), 2)
    (0.17, 0.54)
    """
    return -math.log(1 - uniform * (1 - math.exp(-_DELAY_RATE))) / _DELAY_RATE


def is_failed(settings: SandboxSettings, task_id: int, userid: str) -> bool:
    """Return whether delivery of a task's message to a person fails."""
    if not settings.failed_share:
        return False
    return (
        _random_number(f"failed {settings.seed} {task_id} {userid}") % _RANDOM_STEPS / _RANDOM_STEPS
        < settings.failed_share
    )


def _random_number(source: str) -> int:
    return int.from_bytes(blake2b(source.encode(errors="replace"), digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Addressees:
    """
    The recipients named in a send.

    The text of this object, with the names of its fields, is part of what task ids are derived from.

    Attributes:
        userids: Userids without duplicates, in the order of the request.
        department_ids: Department ids without duplicates, in the order of the request.
        everybody: Whether the send addresses all staff.
    """

    userids: tuple[str, ...] = ()
    department_ids: tuple[int, ...] = ()
    everybody: bool = False


@dataclass(slots=True)
class Task:
    """
    One accepted send.

    Attributes:
        id: The task id, of 12 digits.
        body: The message as sent.
        content_digest: Digest of the message's content.
        accepted_ns: Time of acceptance.
        done_ns: Time at which the task is done.
        people: Number of userids addressed, including unknown userids.
        pending_userids: Userids to which delivery is pending.
        unknown_userids: Unknown userids.
        unknown_department_ids: Unknown department ids.
        dropped_people: People dropped by a limit.
        failed_userids: Userids to which delivery failed.
        delivered_userids: Userids that received the message.
        counted_userids: Userids for which the content counts as received on the day.
        recalled_ns: Time of the recall; None if not recalled.
    """

    id: int
    body: Mapping[str, Any]
    content_digest: bytes
    accepted_ns: int
    done_ns: int
    people: int
    pending_userids: Sequence[str]
    unknown_userids: list[str]
    unknown_department_ids: list[int]
    dropped_people: list[DroppedPerson] = field(default_factory=list)
    failed_userids: Sequence[str] = ()
    delivered_userids: Sequence[str] = ()
    counted_userids: Sequence[str] = ()
    recalled_ns: int | None = None


class Tasks:
    """
    All tasks of a sandbox.

    Args:
        settings: The sandbox's settings.
        organisation: The people who can be reached.
        usage: Counts the recipients, and drops those beyond the limits.
        record_effect: Called for every change.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        organisation: Organisation,
        usage: PeopleUsage,
        record_effect: EffectRecorder = discard_effect,
    ) -> None:
        self._record_effect = record_effect
        self._settings = settings
        self._organisation = organisation
        self._usage = usage
        self._by_id: dict[int, Task] = {}
        self._due: list[tuple[int, int, Task]] = []
        self._done: list[Task] = []
        self._repeats: Counter[bytes] = Counter()
        self._opened_ns: dict[tuple[int, str], int] = {}
        self._starts_after_ns = seconds_to_ns(settings.task_starts_after_s)
        self._done_after_ns = seconds_to_ns(settings.task_done_after_s)
        self._window_ns = seconds_to_ns(settings.limits.result_window_s)

    def __len__(self) -> int:
        return len(self._by_id)

    def expand(self, addressees: Addressees) -> list[str]:
        """Return the userids that a send addresses, without duplicates: the named people, then the staff."""
        named = dict.fromkeys(addressees.userids)
        if addressees.everybody:
            named.update((person.userid, None) for person in self._organisation.staff())
        elif addressees.department_ids:
            named.update((person.userid, None) for person in self._organisation.staff_in(addressees.department_ids))
        return list(named)

    def accept(self, body: Mapping[str, Any], addressees: Addressees, userids: Sequence[str], now_ns: int) -> Task:
        """Accept a send. `userids` is the result of `expand` for its addressees."""
        self._record_effect("send_message", body, addressees.userids, addressees.department_ids, addressees.everybody)
        content = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        departments, find = self._organisation.departments, self._organisation.by_userid
        task = Task(
            id=self._new_id(content, addressees),
            body=body,
            content_digest=blake2b(content, digest_size=16).digest(),
            accepted_ns=now_ns,
            done_ns=now_ns + self._done_after_ns,
            people=len(userids),
            pending_userids=[userid for userid in userids if find(userid) is not None],
            unknown_userids=[userid for userid in userids if find(userid) is None],
            unknown_department_ids=[
                department_id for department_id in addressees.department_ids if department_id not in departments
            ],
        )
        self._apply_acceptance_limits(task)
        self._by_id[task.id] = task
        heapq.heappush(self._due, (task.done_ns, len(self._by_id), task))
        return task

    def finish_due(self, now_ns: int) -> None:
        """Finish all due tasks in the order of their times."""
        if self._due and self._due[0][0] <= now_ns:
            self._record_effect("finish_due_tasks", now_ns)
        while self._due and self._due[0][0] <= now_ns:
            task = heapq.heappop(self._due)[2]
            self._done.append(task)
            if task.recalled_ns is None:
                self._deliver(task)

    def find(self, task_id: int, now_ns: int) -> Task | None:
        """Return a task; None if the task is unknown or was accepted `limits.result_window_s` ago or earlier."""
        task = self._by_id.get(task_id)
        if task is None or now_ns - task.accepted_ns >= self._window_ns:
            return None
        return task

    def status(self, task: Task, now_ns: int) -> int:
        """Return DingTalk's status code of a task: 0 not started, 1 in progress, 2 done."""
        if now_ns >= task.done_ns:
            return 2
        return int(now_ns >= task.accepted_ns + self._starts_after_ns)

    def recall(self, task: Task, now_ns: int) -> None:
        """Recall a task: delivered messages disappear, and pending messages are not delivered."""
        if task.recalled_ns is not None:
            return
        self._record_effect("recall_message", task.id)
        task.recalled_ns = now_ns
        if self._settings.recall_frees_content:
            counted_ns = task.accepted_ns if self._counts_content_at("acceptance") else task.done_ns
            self._usage.free_content(task.counted_userids, task.content_digest, counted_ns)

    def stall(self, task_id: int) -> None:
        """Prevent a task from ever being done; without effect on a task that is done or unknown."""
        for index, (_, _, task) in enumerate(self._due):
            if task.id == task_id:
                self._record_effect("stall_task", task_id)
                del self._due[index]
                heapq.heapify(self._due)
                task.done_ns = _NEVER_NS
                return

    def open(self, task_id: int, userid: str, now_ns: int) -> None:
        """Record that a person opens a task's message, and so reads it; only the first opening counts."""
        if (task_id, userid) not in self._opened_ns:
            self._record_effect("open_task", task_id, userid)
            self._opened_ns[task_id, userid] = now_ns

    def has_read(self, task: Task, userid: str, now_ns: int) -> bool:
        """Return whether a person who received a task's message has read it; after a recall nobody reads it."""
        delay_ns, opened_ns = read_delay_ns(self._settings, task.id, userid), self._opened_ns.get((task.id, userid))
        times_ns = [task.done_ns + delay_ns] if delay_ns is not None else []
        times_ns += [opened_ns] if opened_ns is not None else []
        if not times_ns:
            return False
        read_ns = min(times_ns)
        return read_ns <= now_ns and (task.recalled_ns is None or read_ns < task.recalled_ns)

    def finished(self) -> Sequence[Task]:
        """Return the finished tasks in the order of completion."""
        return self._done

    def count_dropped(self) -> int:
        """Return how many recipients limits have dropped, in all tasks together."""
        return sum(len(task.dropped_people) for task in self._by_id.values())

    def list_delivered_to(self, userid: str) -> list[Task]:
        """Return the tasks whose messages were delivered to a person, in the order of completion."""
        return [task for task in self._done if userid in task.delivered_userids]

    def messages(self, limit: int | None) -> Iterator[tuple[Task, str]]:
        """Yield the newest `limit` delivered messages, newest last; None yields all."""
        total = sum(len(task.delivered_userids) for task in self._done)
        skipped = 0 if limit is None else max(total - limit, 0)
        for task in self._done:
            yield from ((task, userid) for userid in task.delivered_userids[skipped:])
            skipped = max(skipped - len(task.delivered_userids), 0)

    def _counts_content_at(self, stage: str) -> bool:
        return self._settings.same_content_counted_at == stage

    def _apply_acceptance_limits(self, task: Task) -> None:
        if self._settings.people_counted_at == "acceptance":
            self._apply_admission(task, self._usage.admit_in_minute(task.pending_userids, task.accepted_ns))
        if self._counts_content_at("acceptance"):
            self._count_content(task, task.accepted_ns)

    def _deliver(self, task: Task) -> None:
        if self._settings.people_counted_at == "processing":
            self._apply_admission(task, self._usage.admit_in_minute(task.pending_userids, task.done_ns))
        self._apply_admission(task, self._usage.admit_in_day(task.pending_userids, task.done_ns))
        task.failed_userids = [userid for userid in task.pending_userids if is_failed(self._settings, task.id, userid)]
        if task.failed_userids:
            failed = set(task.failed_userids)
            task.pending_userids = [userid for userid in task.pending_userids if userid not in failed]
        if self._counts_content_at("delivery"):
            self._count_content(task, task.done_ns)
        self._usage.count_day(task.pending_userids, task.done_ns)
        task.delivered_userids, task.pending_userids = task.pending_userids, ()

    def _count_content(self, task: Task, at_ns: int) -> None:
        self._apply_admission(task, self._usage.admit_content(task.pending_userids, task.content_digest, at_ns))
        task.counted_userids = task.pending_userids

    def _apply_admission(self, task: Task, admission: Admission) -> None:
        task.pending_userids = admission.userids
        task.dropped_people += admission.dropped

    def _new_id(self, content: bytes, addressees: Addressees) -> int:
        """Return an unused id, derived from the seed, the send and how often it was repeated."""
        source = f"{self._settings.seed} {addressees}".encode(errors="replace") + content
        digest = blake2b(source, digest_size=16).digest()
        while True:
            self._repeats[digest] += 1
            repeat = digest + self._repeats[digest].to_bytes(8)
            number = _FIRST_ID + int.from_bytes(blake2b(repeat, digest_size=8).digest()) % _ID_COUNT
            if number not in self._by_id:
                return number
