"""Requests the results of accepted batches from DingTalk, and records them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from dingnb.calls.backoff import Backoff, is_ban
from dingnb.calls.context import SendContext
from dingnb.calls.pace import CallWaitReason
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.results.interpretation import outcomes_of_result
from dingnb.campaigns.results.polling_schedule import PollingSchedule
from dingnb.campaigns.sending.quota import find_quota_error
from dingnb.channels import Channel, Results
from dingnb.errors import (
    ApiError,
    ArgumentError,
    BadAnswerError,
    BusyError,
    DingError,
    ThrottledError,
    TokenError,
    TransportError,
)
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, outcomes, recalls
from dingnb.ledger.campaigns.batches import UNKNOWN_TASK_CODE, OpenTask
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import calls
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

MAX_UNANSWERED = 3
"""Number of consecutive calls without an answer after which DingTalk is considered unreachable."""

UNKNOWN_TASK = Explanation(Text("result.unknown_task"), Text("result.unknown_task_todo"), UNKNOWN_TASK_CODE)
"""What is recorded with a batch whose task DingTalk does not know."""

_MAX_ID_LENGTH = 64
"""Maximum length of an unexpected userid in an error."""


@dataclass(slots=True)
class FetchOutcome:
    """
    The outcome of a fetch.

    Attributes:
        failure: The error that stopped the fetch; None if there was none.
        last_error: The last error of a call without an answer; None if all calls had an answer.
        requested_batches: The batches that were requested.
        answer_count: The number of answers.
        answered_ns: When DingTalk answered with results of a batch, or that there are none yet, by batch.
        unanswered_in_a_row: The number of consecutive calls without an answer, up to the last one.
        pause: The pause after the last failure; None if nothing failed, or if it is time to give up.
        unexpected_people: The people in an answer who do not belong to its task, by receipt.
        unknown_tasks: DingTalk's answers for tasks that it does not know, by receipt.
        is_unreachable: Whether tasks are skipped, since DingTalk cannot be reached or has banned this address.
    """

    failure: DingError | None = None
    last_error: DingError | None = None
    requested_batches: set[int] = field(default_factory=set)
    answer_count: int = 0
    answered_ns: dict[int, int] = field(default_factory=dict)
    unanswered_in_a_row: int = 0
    pause: RetryLater | None = None
    unexpected_people: dict[str, frozenset[str]] = field(default_factory=dict)
    unknown_tasks: dict[str, ArgumentError] = field(default_factory=dict)
    is_unreachable: bool = False


class ResultFetcher:
    """
    Requests the results of accepted batches, each once.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sent the batches.
        tasks: The tasks to request.
        schedule: Records the answers, and decides which tasks are still worth requesting.
        backoff: Decides how long to wait after a failure; several fetchers share it.
        on_wait: Called before each wait with its length in nanoseconds, None if unknown, and its reason.
        max_unanswered: The number of calls in a row without an answer after which requests stop.
        max_unknown: The number of tasks that DingTalk does not know after which no others are requested, unless it
            knows another task; None for no limit.
        on_call: Called after each call that DingTalk did not throttle, in the thread of `run`, with the thread's ledger
            session.

    Attributes:
        outcome: What was requested and answered so far.
    """

    def __init__(  # noqa: PLR0913 - keywords
        self,
        context: SendContext,
        campaign: int,
        channel: Channel,
        tasks: Sequence[OpenTask],
        schedule: PollingSchedule,
        backoff: Backoff,
        on_wait: Callable[[int | None, CallWaitReason], None],
        *,
        max_unanswered: int = MAX_UNANSWERED,
        max_unknown: int | None = None,
        on_call: Callable[[LedgerSession], None] = lambda _: None,
    ) -> None:
        self._context = context
        self._campaign = campaign
        self._channel = channel
        self._tasks = tasks
        self._schedule = schedule
        self._backoff = backoff
        self._on_wait = on_wait
        self._max_unanswered = max_unanswered
        self._max_unknown = max_unknown
        self._on_call = on_call
        self._stop = context.clock.event()
        self._pool: WorkerPool[OpenTask, Results | DingError] | None = None
        self.outcome = FetchOutcome()

    def run(self, stop: threading.Event) -> None:
        """
        Request each result once, unless the schedule decides that it is not worth a call.

        To stop, set `stop` and then call `interrupt`.

        Raises:
            LedgerError: A result could not be recorded.
        """
        with self._context.ledger.connection() as db:
            job = Job(
                api=self._channel.results_api,
                call=self._request,
                on_outcome=lambda task, answer, started_ns: self._handle_answer(db, task, answer, started_ns),
                on_start=lambda task: self._may_start(db, task),
                on_wait=self._on_wait,
                one_at_a_time=lambda: self._backoff.is_failing,
            )
            self._pool = WorkerPool(self._context.clock, self._context.pace, job)
            if stop.is_set():
                self._stop.set()
            self._pool.run(self._tasks, self._stop)

    def interrupt(self) -> None:
        """Stop the requests, after `stop` was set."""
        self._stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _may_start(self, db: LedgerSession, task: OpenTask) -> bool:
        """Return whether a task is to be requested now; if no calls are left this month, halt."""
        if self.outcome.is_unreachable or self._knows_no_task:
            return False
        if not self._schedule.may_request(task, self._context.clock.monotonic_ns()):
            return False
        if not self._is_open(task, self._context.now_ns()):
            return False
        quota_error = find_quota_error(db, self._context, self._campaign)
        if quota_error is not None:
            self._halt(quota_error.advise(Text("quota.used_up_refresh_todo")))
        return quota_error is None

    def _request(self, task: OpenTask) -> Results | DingError:
        try:
            return self._channel.results(self._context, task.receipt, task.userids)
        except DingError as error:
            return error

    def _handle_answer(
        self, db: LedgerSession, task: OpenTask, answer: Results | DingError, started_ns: int
    ) -> RetryLater | None:
        """Record the answer to a request; return the pause before a repeat, None if the request is not repeated."""
        now_ns = self._context.now_ns()
        self.outcome.requested_batches.add(task.batch)
        if isinstance(answer, ThrottledError) and not is_ban(answer):
            retry = self._backoff.record_failure(answer, started_ns, is_query=True)
            if retry is None:
                self._halt(answer)
            return retry
        unexpected_ids = frozenset() if isinstance(answer, DingError) else frozenset(answer).difference(task.userids)
        self._on_call(db)
        self._record(db, task, answer, now_ns, is_about_task=not unexpected_ids)
        at_ns = self._context.clock.monotonic_ns()
        if isinstance(answer, DingError) or unexpected_ids:
            self._schedule.record_failure(task, at_ns)
        else:
            self.outcome.answered_ns[task.batch] = now_ns
            if answer:
                self._schedule.record_ready(task, at_ns, is_whole=answer.keys() >= set(task.userids))
            else:
                self._schedule.record_unready(task, at_ns)
        if isinstance(answer, DingError) and _is_unanswered(answer):
            self._handle_unanswered(answer, started_ns)
            return None
        self.outcome.answer_count += 1
        self.outcome.unanswered_in_a_row = 0
        self.outcome.is_unreachable = False
        self._backoff.record_success()
        if unexpected_ids:
            self.outcome.unexpected_people[task.receipt] = unexpected_ids
        if isinstance(answer, DingError) and self._is_open(task, now_ns):
            if _is_unknown_task(answer):
                self.outcome.unknown_tasks[task.receipt] = answer
            else:
                self._halt(answer)
        return None

    @property
    def _knows_no_task(self) -> bool:
        """Whether DingTalk knows none of the tasks that were requested, and these are enough to conclude so."""
        unknown, answered = self.outcome.unknown_tasks, self.outcome.answered_ns
        return self._max_unknown is not None and not answered and len(unknown) >= self._max_unknown

    def _handle_unanswered(self, error: DingError, started_ns: int) -> None:
        """Record a call without an answer, and whether DingTalk counts as unreachable."""
        outcome = self.outcome
        outcome.unanswered_in_a_row += 1
        outcome.last_error = _with_retry_hint(error)
        outcome.pause = self._backoff.record_failure(error, started_ns, is_query=True)
        is_banned = outcome.pause is not None and outcome.pause.reason == "ban"
        if outcome.pause is not None and is_banned:
            self._context.pace.ban(outcome.pause.pause_s)
        outcome.is_unreachable = is_banned or outcome.unanswered_in_a_row >= self._max_unanswered

    def _is_open(self, task: OpenTask, now_ns: int) -> bool:
        # Many tasks take minutes, and the results of some may expire meanwhile.
        return now_ns < task.sent_ns + self._channel.results_window_ns(self._context.limits)

    def _record(
        self, db: LedgerSession, task: OpenTask, answer: Results | DingError, now_ns: int, *, is_about_task: bool
    ) -> None:
        """
        Count the call against the monthly quota, and record the result if it is about people of the task alone.

        Whether DingTalk knows the task is recorded as well.
        """
        if isinstance(answer, DingError) and not _is_counted(answer):
            return
        with self._context.ledger.transaction(db):
            calls.count_call(db, self._context.realm, self._channel.results_api, now_ns)
            # The message may have been recalled while the call was under way: the answer is about the time before.
            if recalls.is_batch_recalled(db, task.batch):
                return
            if isinstance(answer, DingError):
                if _is_unknown_task(answer):
                    batches.record_unknown_task(db, task.batch, UNKNOWN_TASK)
            elif is_about_task:
                batches.record_known_task(db, task.batch)
                outcomes.write(db, outcomes_of_result(db, self._context, self._channel, task, answer, now_ns))

    def _halt(self, error: DingError) -> None:
        self.outcome.failure = self.outcome.failure or _with_retry_hint(error)
        self._stop.set()


@dataclass(frozen=True, slots=True)
class UnreadTasks:
    """
    The tasks of a campaign whose results cannot be read, and why.

    Attributes:
        unknown: The people without a final status of each task that DingTalk does not know, by receipt.
        error: DingTalk's last answer for such a task; None if there is none.
        unexpected: The people in an answer who do not belong to its task, by receipt.
        unrequested: The receipts of tasks that were not requested, because DingTalk knows none of those requested.
        knows_others: Whether DingTalk knows, or has known, another task of the campaign.
    """

    unknown: Mapping[str, Sequence[str]]
    error: ArgumentError | None
    unexpected: Mapping[str, frozenset[str]]
    unrequested: Sequence[str]
    knows_others: bool

    @property
    def reasons(self) -> dict[str, Text]:
        """Why the results of each task cannot be read, by receipt."""
        return {
            **dict.fromkeys(self.unrequested, Text("refresh.why_unrequested")),
            **dict.fromkeys(self.unknown, Text("refresh.why_unknown")),
            **dict.fromkeys(self.unexpected, Text("refresh.why_unexpected")),
        }

    def to_error(self, names: Callable[[], Mapping[str, str]]) -> DingError | None:
        """Return the error that names the people of these tasks, by name where `names` has one; None without tasks."""
        if self.error is None or not self.unknown:
            return self._unexpected_error(Text("refresh.others_read")) if self.unexpected else None
        name_of = names()
        people = list(dict.fromkeys(userid for userids in self.unknown.values() for userid in userids))
        who = listed_briefly([name_of.get(userid, userid) for userid in people], "person")
        what = Text("refresh.unknown_tasks", people=count("person", len(people)), who=who)
        todo = Text("refresh.unknown_tasks_todo", tasks=listed_briefly(list(self.unknown), "batch"))
        if self.unexpected:
            unexpected = self._unexpected_error(NOTHING)
            what, todo = sentences(what, unexpected.text), sentences(todo, unexpected.advice)
        return ArgumentError(
            what,
            sentences(todo, self._others_text),
            facts=self.error.facts,
            ding_message=self.error.ding_message,
            request_id=self.error.request_id,
            path=self.error.path,
        )

    @property
    def _others_text(self) -> Text:
        """What applies to the other tasks."""
        if self.unrequested:
            batches = count("batch", len(self.unrequested))
            return sentences(Text("refresh.unrequested", batches=batches), Text("refresh.unknown_app_todo"))
        return Text("refresh.others_refreshed" if self.knows_others else "refresh.unknown_app_todo")

    def _unexpected_error(self, others: Text) -> BadAnswerError:
        receipt, unexpected_ids = next(iter(self.unexpected.items()))
        who = listed_briefly([unexpected_id[:_MAX_ID_LENGTH] for unexpected_id in sorted(unexpected_ids)], "person")
        what = Text("refresh.unexpected_people", task_id=receipt, people=count("person", len(unexpected_ids)), who=who)
        more = Text("refresh.unexpected_people_more", batches=count("batch", len(self.unexpected) - 1))
        what = sentences(what, more if len(self.unexpected) > 1 else NOTHING, others)
        return BadAnswerError(what, Text("refresh.unexpected_people_todo"))


def _is_unknown_task(error: DingError) -> TypeGuard[ArgumentError]:
    """Return whether DingTalk does not know the task of a request; an error about the agent id has the same code."""
    if not isinstance(error, ArgumentError):
        return False
    return error.code == UNKNOWN_TASK_CODE and "agent" not in error.ding_message.casefold()


def _is_counted(error: DingError) -> bool:
    """Return whether a failed call is assumed to count against the monthly quota."""
    is_answer = isinstance(error, ApiError) and not is_ban(error)
    return is_answer or error.may_have_taken_effect


def _is_unanswered(error: DingError) -> bool:
    # A token may be revoked again while the call with the new token is under way.
    return isinstance(error, TransportError | BusyError | TokenError) or is_ban(error)


def _with_retry_hint(error: DingError) -> DingError:
    """Return an error with a hint for a request for results, which may be repeated at any time."""
    return error.advise(Text("refresh.again_todo")) if error.may_have_taken_effect else error
