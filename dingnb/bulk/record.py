"""
What a campaign remembers: an attempt before its call leaves, and afterwards what it came to.

`Record` is where the ledger plugs in; `MemoryRecord` forgets with the process, which is why a live
send is refused until a ledger stands behind it.
"""

import threading
from dataclasses import dataclass, field
from typing import Protocol

from dingnb.api.work_notifications import SendResult
from dingnb.bulk.cutting import Batch, Cut
from dingnb.bulk.status import FINAL, Status
from dingnb.errors import find_code
from dingnb.language import say


@dataclass(slots=True)
class BatchRecord:
    """
    What is known of one batch.

    Attributes:
        status: `QUEUED`, `SENDING`, `ACCEPTED`, `FAILED`, `UNKNOWN` or `CANCELLED`.
        task_id: DingTalk's number of the task; None until it was accepted.
        attempts: How many calls left.
        sent_ns: When the last one left; 0 before, and where it was refused for sure.
        updated_ns: When this was last changed.
        code: DingTalk's code, where it refused.
        reason: Why the batch failed or is unknown.
        hint: What to do about it.
    """

    status: Status = Status.QUEUED
    task_id: int | None = None
    attempts: int = 0
    sent_ns: int = 0
    updated_ns: int = 0
    code: str = ""
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What DingTalk's result says of one recipient."""

    status: Status
    updated_ns: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a batch ended without a task: its status, and why."""

    status: Status
    reason: str
    hint: str
    code: str = ""


class Record(Protocol):
    """What a campaign has to be remembered with."""

    def begin(self, batch: Batch, now_ns: int) -> None:
        """Remember that an attempt of `batch` is about to leave."""

    def accept(self, batch: Batch, task_id: int, now_ns: int) -> None:
        """Remember that DingTalk accepted `batch`."""

    def refuse(self, batch: Batch, refusal: Refusal, now_ns: int) -> None:
        """Remember that `batch` ended without a task, or whose fate is unknown."""

    def requeue(self, batch: Batch, now_ns: int, *, left: bool) -> None:
        """Remember that `batch` was refused for sure, or that its call never `left`, and that it is queued again."""

    def learn(self, batch: Batch, result: SendResult, now_ns: int) -> None:
        """Remember what became of the people of `batch`."""


@dataclass(slots=True)
class MemoryRecord:
    """
    A record in memory.

    Attributes:
        cut: What is sent.
        batches: What is known of each batch.
        people: What DingTalk's results say of recipients, by their number.
        lock: Held by whoever reads or changes more than one thing.
    """

    cut: Cut
    batches: list[BatchRecord] = field(init=False)
    people: dict[int, PersonRecord] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.batches = [BatchRecord() for _ in self.cut.body_of_batch]

    def begin(self, batch: Batch, now_ns: int) -> None:
        """Remember that an attempt of `batch` is about to leave."""
        with self.lock:
            kept = self.batches[batch.number]
            kept.status, kept.sent_ns, kept.updated_ns = Status.SENDING, now_ns, now_ns
            kept.attempts += 1

    def accept(self, batch: Batch, task_id: int, now_ns: int) -> None:
        """Remember that DingTalk accepted `batch`."""
        with self.lock:
            kept = self.batches[batch.number]
            kept.status, kept.task_id, kept.updated_ns = Status.ACCEPTED, task_id, now_ns

    def refuse(self, batch: Batch, refusal: Refusal, now_ns: int) -> None:
        """Remember that `batch` ended without a task, or whose fate is unknown."""
        with self.lock:
            kept = self.batches[batch.number]
            kept.status, kept.updated_ns = refusal.status, now_ns
            kept.code, kept.reason, kept.hint = refusal.code, refusal.reason, refusal.hint

    def requeue(self, batch: Batch, now_ns: int, *, left: bool) -> None:
        """Remember that `batch` was refused for sure, or that its call never `left`, and that it is queued again."""
        with self.lock:
            kept = self.batches[batch.number]
            kept.status, kept.sent_ns, kept.updated_ns = Status.QUEUED, 0, now_ns
            kept.attempts -= not left

    def learn(self, batch: Batch, result: SendResult, now_ns: int) -> None:
        """Remember what became of the people of `batch`; a person in no list is not final yet."""
        with self.lock:
            for number, userid in enumerate(batch.userids, batch.first):
                status, code = _status_in(result, userid)
                known = self.people.get(number)
                if status is not None and (known is None or (known.status, known.code) != (status, code)):
                    self.people[number] = PersonRecord(status, now_ns, code)

    def open_batches(self, statuses: frozenset[Status] = FINAL) -> list[int]:
        """Return the accepted batches in which somebody has none of `statuses` yet."""
        with self.lock:
            starts = self.cut.start_of_batch
            return [
                number
                for number, kept in enumerate(self.batches)
                if kept.task_id is not None
                and any(
                    (known := self.people.get(one)) is None or known.status not in statuses
                    for one in range(starts[number], starts[number + 1])
                )
            ]


def explain_person(person: PersonRecord) -> tuple[str, str]:
    """Return why a recipient has its status, and what to do about it."""
    if person.status is Status.INVALID:
        return say("result.invalid"), say("result.invalid_todo")
    if person.status is Status.FAILED:
        return say("result.failed"), say("result.failed_todo")
    if person.status is Status.FILTERED:
        code = find_code(person.code) if person.code else None
        return (code.meaning, code.todo) if code else (say("result.filtered"), say("result.filtered_todo"))
    return "", ""


def _status_in(result: SendResult, userid: str) -> tuple[Status | None, str]:
    if userid in result.read:
        return Status.READ, ""
    if userid in result.unread:
        return Status.DELIVERED, ""
    if userid in result.dropped:
        return Status.FILTERED, result.dropped[userid]
    if userid in result.invalid:
        return Status.INVALID, ""
    if userid in result.failed:
        return Status.FAILED, ""
    return None, ""
