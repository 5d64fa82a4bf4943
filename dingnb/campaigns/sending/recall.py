"""Recalls messages: whole tasks, within 24 hours, and each task only once."""

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from dingnb.api import work_notifications as notifications
from dingnb.calls.backoff import Backoff, RetryStatus
from dingnb.calls.context import SendContext
from dingnb.calls.quota import month_used_up
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.recipient_count import Unit, text_key, unit_of
from dingnb.campaigns.status import Status
from dingnb.clock import seconds
from dingnb.errors import ApiError, BusyError, DingError, InputError, ThrottledError, TokenError, TransportError
from dingnb.ledger import LedgerSession, attempts, batches, calls
from dingnb.ledger.attempts import Why
from dingnb.ledger.batches import Sent
from dingnb.words import Text, count, dotted, listed_briefly, sentences


@dataclass(frozen=True, slots=True)
class Recall:
    """
    The tasks and people of a recall.

    Attributes:
        tasks: The tasks to recall, including those recalled already.
        expired: The tasks that were sent too long ago.
        also_affected: The userids of people in the tasks who were not requested.
    """

    tasks: tuple[Sent, ...]
    expired: tuple[Sent, ...]
    also_affected: tuple[str, ...]

    @property
    def remaining(self) -> tuple[Sent, ...]:
        """The tasks not recalled yet."""
        return tuple(task for task in self.tasks if not task.recalled_ns)

    @property
    def people(self) -> int:
        """The number of different people in the tasks, including recalled ones."""
        return count_people(self.tasks)

    @property
    def unit(self) -> Unit:
        """The counted unit: messages if a key distinguishes several of one person, otherwise people."""
        return _unit_of(self.tasks)

    @property
    def reached(self) -> int:
        """The number of people who would lose the message: those who have or may have it from the remaining tasks."""
        return len({one for task in self.remaining for one in _persons(task) if one[0] not in task.missed})

    @property
    def text(self) -> Text:
        """The people and calls affected, as text."""
        parts = [Text("recall.people", people=count(self.unit, self.people), calls=count("call", len(self.tasks)))]
        done = len(self.tasks) - len(self.remaining)
        if done and self.remaining:
            parts.append(Text("recall.done_before", calls=count("call", done)))
        if self.also_affected:
            parts.append(
                Text(
                    "recall.along",
                    people=count("person", len(self.also_affected)),
                    who=listed_briefly(self.also_affected),
                )
            )
        if self.expired:
            parts.append(Text(text_key(self.unit, "recall.late"), people=count(self.unit, count_people(self.expired))))
        return sentences(*parts)


def find_recall(context: SendContext, campaign: int, who: Collection[str] | None, planned: Collection[str]) -> Recall:
    """
    Return what a recall would affect.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        who: The userids to recall messages from; None for everybody.
        planned: The userids of the campaign's newest plan; if `who` is None, all others count as also affected.

    Raises:
        InputError: No call was accepted; `who` is empty, or includes people who were not sent to; no call reached
            anybody in `who`; or it is too late for all tasks.
    """
    since_ns = context.now_ns() - seconds(context.limits.result_window_s)
    with context.ledger.connection() as db:
        sent = batches.sent(db, campaign)
    if not sent:
        raise InputError(Text("recall.nothing"), Text("recall.nothing_todo"))
    if who is not None and not who:
        raise InputError(Text("recall.nobody"), Text("recall.strangers_todo"))
    wanted = set(who or ())
    unknown_ids = wanted - {one for task in sent for one in task.userids}
    if unknown_ids:
        raise InputError(
            Text("recall.strangers", who=listed_briefly(sorted(unknown_ids))), Text("recall.strangers_todo")
        )
    # A person who was sent to again did not get it from the first task, whose other people keep their message.
    selected = sent if who is None else [task for task in sent if not wanted.isdisjoint(_may_have_it(task))]
    if not selected:
        raise InputError(Text("recall.nobody_has_it"), Text("recall.nothing_todo"))
    tasks, expired = (
        tuple(task for task in selected if (task.recalled_ns == 0 and task.sent_ns <= since_ns) is is_late)
        for is_late in (False, True)
    )
    if not tasks:
        raise InputError(
            Text("recall.too_late", people=count(_unit_of(expired), count_people(expired))),
            Text("recall.too_late_todo"),
        )
    requested = set(planned) if who is None else wanted
    also_affected = dict.fromkeys(one for task in tasks for one in task.userids if one not in requested)
    return Recall(tasks, expired, tuple(also_affected))


def count_people(tasks: Sequence[Sent]) -> int:
    """Return the number of people in tasks; a person counts once for each key."""
    return len({person for task in tasks for person in _persons(task)})


def _unit_of(tasks: Sequence[Sent]) -> Unit:
    return unit_of(has_key=any(task.keys for task in tasks))


def _may_have_it(task: Sent) -> set[str]:
    return set(task.userids) - task.missed


def _persons(task: Sent) -> Iterator[tuple[str, ...]]:
    if not task.keys:
        return ((userid,) for userid in task.userids)
    return ((userid, *own) for userid, own in zip(task.userids, json.loads(task.keys), strict=True))


@dataclass(slots=True)
class Recalling:
    """
    Recalls tasks with one call each.

    Attributes:
        context: The context of sending.
        campaign: The campaign's number.
        tasks: The tasks to recall.
        stop: Set it, then call `interrupt`, to make no further calls.
        done: The number of recalled tasks.
        failure: The first error; None if there was none. Further calls that would also fail are not made.
    """

    context: SendContext
    campaign: int
    tasks: Sequence[Sent]
    stop: threading.Event
    done: int = 0
    failure: DingError | None = None
    _backoff: Backoff = field(init=False)
    _retry_status: RetryStatus = field(init=False)
    _pool: WorkerPool[Sent, DingError | str] | None = None

    def __post_init__(self) -> None:
        self._backoff = self.context.backoff()
        self._retry_status = RetryStatus(self._backoff)

    @property
    def text_and_share(self) -> tuple[str, float]:
        """The text and the share of recalled tasks for a progress bar."""
        n, tasks = self.done, len(self.tasks)
        parts = [Text("progress.recalled", n=n, calls=count("call", tasks)), self._retry_status.text]
        return str(dotted(parts)), n / tasks if tasks else 1.0

    def run(self) -> None:
        """
        Recall the tasks.

        Raises:
            LedgerError: An outcome could not be recorded.
        """
        self.context.pace.end_outage(notifications.RECALL)
        with self.context.ledger.connection() as db:
            job = Job(
                api=notifications.RECALL,
                call=self._call,
                on_outcome=lambda task, outcome, started_ns: self._handle(db, task, outcome, started_ns),
                on_start=lambda _: self._may_leave(db),
                on_wait=self._retry_status.wait,
                one_at_a_time=lambda: self._backoff.is_failing,
            )
            self._pool = WorkerPool(self.context.clock, self.context.pace, job)
            try:
                self._pool.run(self.tasks, self.stop)
            finally:
                self._retry_status.clear()

    def interrupt(self) -> None:
        """Make no further calls."""
        self.stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _may_leave(self, db: LedgerSession) -> bool:
        used_up = month_used_up(db, self.context, self.campaign)
        if used_up is not None:
            self._halt(used_up)
        return used_up is None

    def _call(self, task: Sent) -> DingError | str:
        try:
            notifications.recall(self.context.caller, self.context.agent_id, int(task.receipt))
        except DingError as error:
            return error
        return "ok"

    def _handle(self, db: LedgerSession, task: Sent, outcome: DingError | str, started_ns: int) -> RetryLater | None:
        # A recall may be repeated at any time, whatever its outcome.
        retry = None if isinstance(outcome, str) else self._backoff.failed(outcome, started_ns, is_query=True)
        if isinstance(outcome, ThrottledError):
            if retry is None:
                self._halt(outcome)
            return retry
        now_ns = self.context.now_ns()
        with self.context.ledger.writing(db):
            if isinstance(outcome, str | ApiError) or outcome.may_have_taken_effect:
                calls.count_call(db, self.context.realm, notifications.RECALL, now_ns)
            if isinstance(outcome, str):
                self._note(db, task, now_ns)
        if isinstance(outcome, str):
            self._backoff.succeeded()
            self._retry_status.clear()
            self.done += 1
        elif retry is not None:
            return retry
        elif isinstance(outcome, TransportError | BusyError | TokenError):
            # Other calls would fail as well, and a recall may be repeated at any time.
            self._halt(outcome)
        else:
            self._backoff.succeeded()
            self.failure = self.failure or outcome
        return None

    def _note(self, db: LedgerSession, task: Sent, now_ns: int) -> None:
        why = Why(Text("recall.recalled"), Text("recall.recalled_todo"))
        without_result: tuple[str, Why] = (Status.RECALLED, why)
        if any(one.outcome == "unknown" for one in attempts.of_batch(db, task.batch)):
            # An earlier call, which has no task to recall, may have reached them.
            without_result = (Status.UNKNOWN, Why(Text("recall.maybe_left"), Text("recall.maybe_left_todo")))
        batches.record_recall(db, task.batch, why, without_result, now_ns)

    def _halt(self, error: DingError) -> None:
        # No task is recalled twice, so nothing has to be checked before the next attempt.
        self.failure = self.failure or (
            error.advise(Text("recall.again_todo")) if error.may_have_taken_effect else error
        )
        self.stop.set()
