"""Takes messages back: whole tasks, within 24 hours, and no task twice."""

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from dingnb.api import work_notifications as notifications
from dingnb.calls.backoff import Backoff, RetryStatus
from dingnb.calls.context import SendContext
from dingnb.calls.quota import month_used_up
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.recipient_count import Unit, unit_of, words_for
from dingnb.campaigns.status import Status
from dingnb.clock import seconds
from dingnb.errors import ApiError, BusyError, DingError, InputError, ThrottledError, TokenError, TransportError
from dingnb.ledger import LedgerSession, attempts, batches, calls
from dingnb.ledger.attempts import Why
from dingnb.ledger.batches import Sent
from dingnb.words import Text, count, dotted, few, sentences


@dataclass(frozen=True, slots=True)
class Recall:
    """
    What a recall is about.

    Attributes:
        tasks: What is to be taken back, or was already; whole tasks.
        late: The tasks that were sent too long ago.
        along: The userids of those in the tasks who were not asked for.
    """

    tasks: tuple[Sent, ...]
    late: tuple[Sent, ...]
    along: tuple[str, ...]

    @property
    def left(self) -> tuple[Sent, ...]:
        """The tasks that were not taken back yet."""
        return tuple(task for task in self.tasks if not task.recalled_ns)

    @property
    def people(self) -> int:
        """How many people are in the tasks, each once, whether they were taken back already or not."""
        return count_people(self.tasks)

    @property
    def unit(self) -> Unit:
        """What is counted: messages where a key keeps several of one person apart, else people."""
        return _unit_of(self.tasks)

    @property
    def reached(self) -> int:
        """How many people would lose the message: those who have it, or may have it, by tasks not taken back yet."""
        return len({one for task in self.left for one in _persons(task) if one[0] not in task.missed})

    @property
    def text(self) -> Text:
        """Who is meant."""
        told = [Text("recall.people", people=count(self.unit, self.people), calls=count("call", len(self.tasks)))]
        done = len(self.tasks) - len(self.left)
        if done and self.left:
            told.append(Text("recall.done_before", calls=count("call", done)))
        if self.along:
            told.append(Text("recall.along", people=count("person", len(self.along)), who=few(self.along)))
        if self.late:
            told.append(Text(words_for(self.unit, "recall.late"), people=count(self.unit, count_people(self.late))))
        return sentences(*told)


def find_recall(context: SendContext, campaign: int, who: Collection[str] | None, planned: Collection[str]) -> Recall:
    """
    Return what a recall would take back.

    Args:
        context: Whose ledger it is.
        campaign: The campaign's number.
        who: Whose messages are to be taken back; None is everybody's.
        planned: The userids of the campaign's newest plan: where everybody is meant, others are taken in along.

    Raises:
        InputError: No call was accepted, `who` names nobody, or people who were not sent to or whom no call reached, or
            it is too late for all.
    """
    since_ns = context.now_ns() - seconds(context.limits.result_window_s)
    with context.ledger.connection() as db:
        sent = batches.sent(db, campaign)
    if not sent:
        raise InputError(Text("recall.nothing"), Text("recall.nothing_todo"))
    if who is not None and not who:
        raise InputError(Text("recall.nobody"), Text("recall.strangers_todo"))
    wanted = set(who or ())
    strangers = wanted - {one for task in sent for one in task.userids}
    if strangers:
        raise InputError(Text("recall.strangers", who=few(sorted(strangers))), Text("recall.strangers_todo"))
    # Who was sent to once more did not get it by the first task: its others keep their message.
    meant = sent if who is None else [task for task in sent if not wanted.isdisjoint(_may_have_it(task))]
    if not meant:
        raise InputError(Text("recall.nobody_has_it"), Text("recall.nothing_todo"))
    tasks, late = (
        tuple(task for task in meant if (task.recalled_ns == 0 and task.sent_ns <= since_ns) is is_late)
        for is_late in (False, True)
    )
    if not tasks:
        raise InputError(
            Text("recall.too_late", people=count(_unit_of(late), count_people(late))), Text("recall.too_late_todo")
        )
    asked = set(planned) if who is None else wanted
    along = dict.fromkeys(one for task in tasks for one in task.userids if one not in asked)
    return Recall(tasks, late, tuple(along))


def count_people(tasks: Sequence[Sent]) -> int:
    """Return how many people are in tasks: a person with another key is another one."""
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
    Takes tasks back, one call each.

    Attributes:
        context: What to call with.
        campaign: The campaign's number.
        tasks: What to take back.
        stop: Set it, then call `interrupt`, and no further call leaves.
        done: How many tasks were taken back.
        failure: The first error; calls that it would meet as well do not leave. None where all went well.
    """

    context: SendContext
    campaign: int
    tasks: Sequence[Sent]
    stop: threading.Event
    done: int = 0
    failure: DingError | None = None
    _backoff: Backoff = field(init=False)
    _trouble: RetryStatus = field(init=False)
    _pool: WorkerPool[Sent, DingError | str] | None = None

    def __post_init__(self) -> None:
        self._backoff = self.context.backoff()
        self._trouble = RetryStatus(self._backoff)

    @property
    def shown(self) -> tuple[str, float]:
        """What a bar shows of it: a line of text, and the share of the tasks that were taken back."""
        n, tasks = self.done, len(self.tasks)
        told = [Text("progress.recalled", n=n, calls=count("call", tasks)), self._trouble.text]
        return str(dotted(told)), n / tasks if tasks else 1.0

    def run(self) -> None:
        """
        Take the tasks back.

        Raises:
            LedgerError: What came of it could not be written down.
        """
        self.context.pace.end_outage(notifications.RECALL)
        with self.context.ledger.connection() as db:
            job = Job(
                api=notifications.RECALL,
                call=self._call,
                on_outcome=lambda task, outcome, started_ns: self._learn(db, task, outcome, started_ns),
                on_start=lambda _: self._may_leave(db),
                on_wait=self._trouble.wait,
                one_at_a_time=lambda: self._backoff.is_failing,
            )
            self._pool = WorkerPool(self.context.clock, self.context.pace, job)
            try:
                self._pool.run(self.tasks, self.stop)
            finally:
                self._trouble.over()

    def interrupt(self) -> None:
        """Let no further call leave."""
        self.stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _may_leave(self, db: LedgerSession) -> bool:
        used_up = month_used_up(db, self.context, self.campaign)
        if used_up is not None:
            self._refused(used_up)
        return used_up is None

    def _call(self, task: Sent) -> DingError | str:
        try:
            notifications.recall(self.context.caller, self.context.agent_id, int(task.receipt))
        except DingError as error:
            return error
        return "ok"

    def _learn(self, db: LedgerSession, task: Sent, outcome: DingError | str, started_ns: int) -> RetryLater | None:
        # A recall may be made again at any time, whatever became of it.
        retry = None if isinstance(outcome, str) else self._backoff.failed(outcome, started_ns, asks=True)
        if isinstance(outcome, ThrottledError):
            if retry is None:
                self._refused(outcome)
            return retry
        now_ns = self.context.now_ns()
        with self.context.ledger.writing(db):
            if isinstance(outcome, str | ApiError) or outcome.may_have_taken_effect:
                calls.count_call(db, self.context.realm, notifications.RECALL, now_ns)
            if isinstance(outcome, str):
                self._note(db, task, now_ns)
        if isinstance(outcome, str):
            self._backoff.succeeded()
            self._trouble.over()
            self.done += 1
        elif retry is not None:
            return retry
        elif isinstance(outcome, TransportError | BusyError | TokenError):
            # The others would only meet the same; and a recall may be made again at any time.
            self._refused(outcome)
        else:
            self._backoff.succeeded()
            self.failure = self.failure or outcome
        return None

    def _note(self, db: LedgerSession, task: Sent, now_ns: int) -> None:
        why = Why(Text("recall.recalled"), Text("recall.recalled_todo"))
        untold: tuple[str, Why] = (Status.RECALLED, why)
        if any(one.outcome == "unknown" for one in attempts.of_batch(db, task.batch)):
            # An earlier call, which has no task that could be taken back, may have reached them.
            untold = (Status.UNKNOWN, Why(Text("recall.maybe_left"), Text("recall.maybe_left_todo")))
        batches.take_back(db, task.batch, why, untold, now_ns)

    def _refused(self, error: DingError) -> None:
        # No task is taken back twice, so that nothing has to be looked at before the next try.
        self.failure = self.failure or (
            error.advise(Text("recall.again_todo")) if error.may_have_taken_effect else error
        )
        self.stop.set()
