"""Fetches the results of accepted batches: what DingTalk reports about each recipient of a task."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dingnb.calls.backoff import Backoff, is_ban
from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns
from dingnb.calls.pace import Reason
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.sending.quota import month_used_up
from dingnb.campaigns.status import Status, may_have_same_text
from dingnb.channels import Channel, Results
from dingnb.errors import (
    ApiError,
    BadAnswerError,
    BusyError,
    DingError,
    ThrottledError,
    TokenError,
    TransportError,
    code_meaning,
    code_todo,
)
from dingnb.ledger import LedgerSession, attempts, batches, calls, outcomes
from dingnb.ledger.batches import OpenTask
from dingnb.ledger.outcomes import Outcome
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

_BY_CERTAINTY = (Status.READ, Status.DELIVERED, Status.FILTERED, Status.INVALID, Status.FAILED)
"""Statuses that a result may report, most certain first."""

_DROPPED_AS_REPEAT = "repeat"
"""Status of people in another batch that was itself dropped as a repeat, so that they may or may not have the text."""

_DELIVERED_AND_RECALLED = "delivered, then recalled"
"""Status in another batch that was recalled and is known to have been delivered before."""

_DECIDED = frozenset({"resolved", "left_out"})
"""Evidence other than DingTalk's, which results do not override."""


def outcomes_of_result(
    db: LedgerSession, context: SendContext, channel: Channel, task: OpenTask, results: Results, now_ns: int
) -> list[Outcome]:
    """
    Return the outcomes of a task's people; people missing in the results are not final and have none.

    If a call repeats one with unknown outcome, and DingTalk drops it because the person already has the text, the first
    call has delivered it, unless another call of that day can have done so.

    Earlier outcomes are kept if they are more certain, or if the analyst decided them.
    """
    new_outcomes: list[Outcome] = []
    duplicates: dict[int, tuple[str, str]] = {}
    is_repeat = any(attempt.outcome == "unknown" for attempt in attempts.of_batch(db, task.batch))
    earlier = {outcome.place: outcome for outcome in outcomes.of_batch(db, task.batch)}
    for place, userid in enumerate(task.userids):
        if userid not in results:
            continue
        status, code = Status(results[userid].status), results[userid].code
        if _is_kept(earlier.get(place), status):
            continue
        if status is Status.FILTERED and code in channel.same_text_codes:
            duplicates[place] = (userid, code)
            continue
        reason, hint = _reason_and_hint(status, code)
        if is_repeat and status in {Status.FILTERED, Status.FAILED}:
            # That the repeat failed does not show whether the first call succeeded.
            status, hint = Status.UNKNOWN, Text("result.repeat_failed_todo")
            reason = Text("result.repeat_failed", reason=reason)
        new_outcomes.append(Outcome(task.batch, place, status, code, "result", reason, hint, now_ns))
    return [
        *new_outcomes,
        *(_duplicate_outcomes(db, context, task, duplicates, now_ns, is_repeat=is_repeat) if duplicates else ()),
    ]


def _is_kept(earlier: Outcome | None, status: Status) -> bool:
    """Return whether an earlier outcome is kept although a result now reports `status`."""
    if earlier is None:
        return False
    if earlier.evidence in _DECIDED:
        return True
    if earlier.evidence != "result" or earlier.status not in _BY_CERTAINTY:
        return False
    return _BY_CERTAINTY.index(Status(earlier.status)) < _BY_CERTAINTY.index(status)


def _duplicate_outcomes(
    db: LedgerSession,
    context: SendContext,
    task: OpenTask,
    duplicates: Mapping[int, tuple[str, str]],
    now_ns: int,
    *,
    is_repeat: bool,
) -> Iterator[Outcome]:
    """Yield the outcomes of people whose message DingTalk dropped because of the same text, by place."""
    others = _same_text_elsewhere(db, context, task)
    for place, (userid, code) in duplicates.items():
        earlier = others.get(userid)
        if earlier is None and is_repeat:
            reason, hint = Text("result.duplicate"), NOTHING
            yield Outcome(task.batch, place, Status.DELIVERED, code, "duplicate", reason, hint, now_ns)
            continue
        campaign, status = earlier or ("", "")
        has_text = status in {Status.DELIVERED, Status.READ}
        if is_repeat:
            outcome_status = Status.DELIVERED if has_text else Status.UNKNOWN
            reason = _repeat_reason(campaign, status)
            hint = NOTHING if has_text else Text("result.unknown_todo")
            yield Outcome(task.batch, place, outcome_status, code, "duplicate", reason, hint, now_ns)
            continue
        reason, hint = code_meaning(code), Text("result.same_text_todo")
        if earlier:
            reason = _repeat_reason(campaign, status)
        if status in {Status.RECALLED, _DELIVERED_AND_RECALLED}:
            hint = Text("result.recalled_from_todo")
        evidence = "elsewhere" if has_text else "result"
        yield Outcome(task.batch, place, Status.FILTERED, code, evidence, reason, hint, now_ns)


def _repeat_reason(campaign: str, status: str) -> Text:
    """Return the reason if another call of the day sent the same text, by the status of that call."""
    if status in {Status.DELIVERED, Status.READ}:
        return Text("result.had_it_from", campaign=campaign)
    if status == _DROPPED_AS_REPEAT:
        return Text("result.dropped_before", campaign=campaign)
    if status == _DELIVERED_AND_RECALLED:
        return Text("result.recalled_from", campaign=campaign)
    if status == Status.RECALLED:
        return Text("result.maybe_recalled_from", campaign=campaign)
    missed = {Status.FAILED, Status.FILTERED, Status.INVALID}
    return Text("result.missed_by" if status in missed else "result.maybe_from", campaign=campaign)


def _same_text_elsewhere(db: LedgerSession, context: SendContext, task: OpenTask) -> dict[str, tuple[str, str]]:
    """Return the people sent the same bytes by other batches on the task's day: the campaign and status by userid."""
    body = batches.body_of(db, task.batch)
    span_ns = day_span_ns(context.limits, task.sent_ns)
    campaign_and_status: dict[str, tuple[str, str]] = {}
    for batch, name, userids in attempts.same_bytes(db, context.realm, body, span_ns):
        if batch == task.batch:
            continue
        places = {place: userid for place, userid in enumerate(batches.userids_of(db, batch)) if userid in userids}
        status_of = {outcome.place: _status_elsewhere(outcome) for outcome in outcomes.of_batch(db, batch)}
        for place, userid in places.items():
            status = status_of.get(place, "")
            # A batch that delivered it takes precedence over one with unknown outcome.
            if userid not in campaign_and_status or status in {Status.DELIVERED, Status.READ}:
                campaign_and_status[userid] = (name, status)
    return campaign_and_status


def _status_elsewhere(outcome: Outcome) -> str:
    if may_have_same_text(outcome.status, outcome.code):
        return _DROPPED_AS_REPEAT
    # A read state is known only of delivered messages.
    is_delivered = outcome.status == Status.RECALLED and outcome.was_read is not None
    return _DELIVERED_AND_RECALLED if is_delivered else outcome.status


def _reason_and_hint(status: Status, code: str) -> tuple[Text, Text]:
    if status is Status.INVALID:
        return Text("result.invalid"), Text("result.invalid_todo")
    if status is Status.FAILED:
        return Text("result.failed"), Text("result.failed_todo")
    if status is Status.FILTERED:
        if code:
            return code_meaning(code), code_todo(code)
        return Text("result.filtered"), Text("result.filtered_todo")
    return NOTHING, NOTHING


MAX_UNANSWERED = 3
"""Number of consecutive calls without an answer after which DingTalk is considered unreachable."""

_MAX_NAME_LENGTH = 64


class Listener(Protocol):
    """Receives the answers for tasks, and decides which tasks are still worth requesting."""

    def may_ask(self, task: OpenTask, now_ns: int) -> bool:
        """Return whether a task is still worth requesting."""

    def ready(self, task: OpenTask, now_ns: int, *, is_whole: bool) -> None:
        """Record that DingTalk has results of a task; `is_whole` if they cover all of its people."""

    def unready(self, task: OpenTask, now_ns: int) -> None:
        """Record that DingTalk has no results of a task yet."""

    def unanswered(self, task: OpenTask, now_ns: int) -> None:
        """Record that a request for a task failed."""


@dataclass(slots=True)
class ResultFetcher:
    """
    Requests the results of accepted batches, each once.

    Attributes:
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sent the batches.
        tasks: The tasks to request.
        stop: The event that stops the requests: set it, then call `interrupt`.
        listener: Receives the answers, with monotonic times.
        backoff: Decides how long to wait after a failure; several fetchers share it.
        on_wait: Receives the length of each wait, in nanoseconds, and its reason.
        max_unanswered: The number of calls in a row without an answer after which requests stop.
        failure: The first refusal other than "not ready" and "too fast"; None if there was none.
        last_error: The last error of a call without an answer; None if each had one.
        asked: The batches that were requested.
        answers: The number of answers.
        unanswered_in_a_row: The number of consecutive calls without an answer, up to the last one.
        pause: The pause after the last failure; None if it is time to give up.
        unexpected: The people in an answer who do not belong to its task, by receipt.
    """

    context: SendContext
    campaign: int
    channel: Channel
    tasks: tuple[OpenTask, ...]
    stop: threading.Event
    listener: Listener
    backoff: Backoff
    on_wait: Callable[[int | None, Literal["people"] | Reason], None]
    max_unanswered: int = MAX_UNANSWERED
    failure: DingError | None = None
    last_error: DingError | None = None
    asked: set[int] = field(default_factory=set)
    answers: int = 0
    unanswered_in_a_row: int = 0
    pause: RetryLater | None = None
    unexpected: dict[str, frozenset[str]] = field(default_factory=dict)
    _pool: WorkerPool[OpenTask, Results | DingError] | None = None

    def run(self) -> None:
        """
        Request each result once, unless the listener decides that it is not worth a call.

        Raises:
            LedgerError: A result could not be recorded.
        """
        with self.context.ledger.connection() as db:
            job = Job(
                api=self.channel.results_api,
                call=self._request,
                on_outcome=lambda task, outcome, started_ns: self._handle(db, task, outcome, started_ns),
                on_start=lambda task: self._may_start(db, task),
                on_wait=self.on_wait,
                one_at_a_time=lambda: self.backoff.is_failing,
            )
            self._pool = WorkerPool(self.context.clock, self.context.pace, job)
            self._pool.run(self.tasks, self.stop)

    def interrupt(self) -> None:
        """Wake the dispatching thread, so that it sees `stop`."""
        if self._pool is not None:
            self._pool.interrupt()

    @property
    def is_unreachable(self) -> bool:
        """Whether it skips tasks, since DingTalk cannot be reached or has banned this address."""
        is_banned = self.pause is not None and self.pause.reason == "ban"
        return self.unanswered_in_a_row >= self.max_unanswered or (self.unanswered_in_a_row > 0 and is_banned)

    def _may_start(self, db: LedgerSession, task: OpenTask) -> bool:
        if self.is_unreachable or not self.listener.may_ask(task, self.context.clock.monotonic_ns()):
            return False
        if not self._is_open(task, self.context.now_ns()):
            return False
        used_up = month_used_up(db, self.context, self.campaign)
        if used_up is not None:
            self._halt(used_up)
            return False
        self.asked.add(task.batch)
        return True

    def _request(self, task: OpenTask) -> Results | DingError:
        try:
            return self.channel.results(self.context, task.receipt, task.userids)
        except DingError as error:
            return error

    def _handle(
        self, db: LedgerSession, task: OpenTask, outcome: Results | DingError, started_ns: int
    ) -> RetryLater | None:
        now_ns = self.context.now_ns()
        if isinstance(outcome, ThrottledError) and not is_ban(outcome):
            retry = self.backoff.failed(outcome, started_ns, is_query=True)
            if retry is None:
                self._halt(outcome)
            return retry
        unexpected_ids = frozenset() if isinstance(outcome, DingError) else frozenset(outcome).difference(task.userids)
        self._record(db, task, outcome, now_ns, is_own=not unexpected_ids)
        at_ns = self.context.clock.monotonic_ns()
        if isinstance(outcome, DingError) or unexpected_ids:
            self.listener.unanswered(task, at_ns)
        elif outcome:
            self.listener.ready(task, at_ns, is_whole=outcome.keys() >= set(task.userids))
        else:
            self.listener.unready(task, at_ns)
        if isinstance(outcome, DingError) and _is_unanswered(outcome):
            self.unanswered_in_a_row += 1
            self.last_error = _with_retry_hint(outcome)
            self.pause = self.backoff.failed(outcome, started_ns, is_query=True)
            if self.pause is not None and self.pause.reason == "ban":
                self.context.pace.ban(self.pause.pause_s)
            return None
        self.answers += 1
        self.unanswered_in_a_row = 0
        self.backoff.succeeded()
        if unexpected_ids:
            self.unexpected[task.receipt] = unexpected_ids
        if isinstance(outcome, DingError) and self._is_open(task, now_ns):
            self._halt(outcome)
        return None

    def _is_open(self, task: OpenTask, now_ns: int) -> bool:
        # Many tasks take minutes, and the results of some may expire meanwhile.
        return now_ns < task.sent_ns + self.channel.results_window_ns(self.context.limits)

    def _record(
        self, db: LedgerSession, task: OpenTask, outcome: Results | DingError, now_ns: int, *, is_own: bool
    ) -> None:
        """Record the result, and count the call against the monthly quota."""
        if isinstance(outcome, DingError) and not _is_counted(outcome):
            return
        with self.context.ledger.writing(db):
            calls.count_call(db, self.context.realm, self.channel.results_api, now_ns)
            # It may have been recalled while the call was under way: the answer is about the time before.
            if not isinstance(outcome, DingError) and is_own and not batches.is_recalled(db, task.batch):
                outcomes.write(db, outcomes_of_result(db, self.context, self.channel, task, outcome, now_ns))

    def _halt(self, error: DingError) -> None:
        self.failure = self.failure or _with_retry_hint(error)
        self.stop.set()


def unexpected_people_error(unexpected: dict[str, frozenset[str]]) -> BadAnswerError:
    """Return the error for answers with people who do not belong to their task."""
    receipt, unexpected_ids = next(iter(unexpected.items()))
    who = listed_briefly([unexpected_id[:_MAX_NAME_LENGTH] for unexpected_id in sorted(unexpected_ids)])
    what = Text("look.strangers", task_id=receipt, people=count("person", len(unexpected_ids)), who=who)
    if len(unexpected) > 1:
        what = sentences(what, Text("look.strangers_more", batches=count("batch", len(unexpected) - 1)))
    return BadAnswerError(what, Text("look.strangers_todo"))


def _is_counted(error: DingError) -> bool:
    """Return whether a failed call is assumed to count against the monthly quota."""
    is_answer = isinstance(error, ApiError) and not is_ban(error)
    return is_answer or error.may_have_taken_effect


def _is_unanswered(error: DingError) -> bool:
    # A token may be revoked again while the call with the new one is under way.
    return isinstance(error, TransportError | BusyError | TokenError) or is_ban(error)


def _with_retry_hint(error: DingError) -> DingError:
    """Return an error with a hint for a request for results, which may be repeated at any time."""
    return error.advise(Text("look.again_todo")) if error.may_have_taken_effect else error
