"""Makes calls that may be repeated at any time, such as recalls: paced, counted, and ended by errors that recur."""

from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar

from dingnb.calls.background import Background, interruption
from dingnb.calls.backoff import Pause, RetryStatus
from dingnb.calls.context import SendContext
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.sending.progress import time_left
from dingnb.campaigns.sending.quota import find_quota_error
from dingnb.campaigns.sending.stop import HALTING_ERRORS
from dingnb.display import ProgressBar
from dingnb.errors import ApiError, DingError, QuotaError, ThrottledError
from dingnb.ledger import LedgerSession
from dingnb.ledger.sending import calls
from dingnb.words import NOTHING, Text, dotted

Item = TypeVar("Item")


class RepeatableCalls(Generic[Item]):
    """
    Makes a call for each item, and for items that are added meanwhile.

    Args:
        context: The context of sending.
        campaign: The campaign's number.
        api: The API that is called.
        items: The items.
        call: Makes the call for an item, in a worker thread; it raises an error of dingnb if the call failed.
        record: Records in a write transaction that the call for an item has succeeded, at a time.
        progress_text: Returns the progress as text, given the number of items whose call has succeeded.
        unknown_outcome_hint: The hint if an error ends the calls and leaves the outcome of a call unknown; by default
            the error's hint.
        quota_hint: The hint if the calls of the month are used up; by default the error's hint.
        find_more: Returns the items that have been added meanwhile.
        heartbeat: Called several times a second while the calls are made or wait, with the pause, if there is one;
            returns whether to continue.

    Attributes:
        done_count: The number of items whose call has succeeded.
        failure: The first error; None if there was none. Further calls that would also fail are not made.
    """

    def __init__(  # noqa: PLR0913 - keywords, the differences between kinds of calls
        self,
        context: SendContext,
        campaign: int,
        api: str,
        items: Sequence[Item],
        *,
        call: Callable[[Item], object],
        record: Callable[[LedgerSession, Item, int], None],
        progress_text: Callable[[int], Text],
        unknown_outcome_hint: Text = NOTHING,
        quota_hint: Text = NOTHING,
        find_more: Callable[[], Sequence[Item]] = lambda: (),
        heartbeat: Callable[[Pause | None], bool] = lambda _: True,
    ) -> None:
        self.done_count = 0
        self.failure: DingError | None = None
        self._context = context
        self._campaign = campaign
        self._api = api
        self._items = list(items)
        self._make_call = call
        self._record = record
        self._progress_text = progress_text
        self._unknown_outcome_hint = unknown_outcome_hint
        self._quota_hint = quota_hint
        self._find_more = find_more
        self._heartbeat = heartbeat
        self._stop = context.clock.event()
        self._backoff = context.backoff()
        self._retry_status = RetryStatus(self._backoff)
        self._pool: WorkerPool[Item, DingError | Literal["ok"]] | None = None

    @property
    def total(self) -> int:
        """The number of items."""
        return len(self._items)

    @property
    def is_done(self) -> bool:
        """Whether the calls for all items have succeeded."""
        return self.done_count == self.total

    @property
    def text_and_share(self) -> tuple[str, float]:
        """The progress as text, and the share of items whose call has succeeded, for a progress bar."""
        return str(dotted([self._progress_text(self.done_count), self._retry_status.text])), self._share

    @property
    def _share(self) -> float:
        return self.done_count / self.total if self.total else 1.0

    def run(self, bar: ProgressBar) -> None:
        """
        Make the calls, and show the progress. The first error is in `failure`.

        Raises:
            LedgerError: An outcome could not be recorded.
            KeyboardInterrupt: The cell was interrupted; the outcomes of calls under way are recorded. The error's text
                has the progress.
        """

        def on_poll() -> None:
            done = self.done_count
            # While calls fail, the remaining time is unknown.
            pace = self._retry_status.text or time_left(self.total - done, self._context.limits)
            bar.show(str(dotted([self._progress_text(done), pace])), self._share)
            if not self._heartbeat(self._retry_status.pause):
                self._interrupt()

        work = Background(self._context.clock, self._run, self._interrupt)
        try:
            work.join(on_poll)
        except KeyboardInterrupt:
            raise interruption(Text("calls.interrupted", progress=self._progress_text(self.done_count))) from None

    def _run(self) -> None:
        self._context.pace.end_outage(self._api)
        with self._context.ledger.connection() as db:
            job = Job(
                api=self._api,
                call=self._call,
                on_outcome=lambda item, outcome, started_ns: self._handle_outcome(db, item, outcome, started_ns),
                on_start=lambda _: self._check_quota(db),
                on_wait=self._retry_status.set_pause,
                one_at_a_time=lambda: self._backoff.is_failing,
            )
            tried = 0
            try:
                while tried < self.total and not self._stop.is_set():
                    untried, tried = self._items[tried:], self.total
                    self._pool = WorkerPool(self._context.clock, self._context.pace, job)
                    self._pool.run(untried, self._stop)
                    self._items += self._find_more()
            finally:
                self._retry_status.clear()

    def _interrupt(self) -> None:
        self._stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _check_quota(self, db: LedgerSession) -> bool:
        """Return whether calls are left this month; if not, halt."""
        quota_error = find_quota_error(db, self._context, self._campaign)
        if quota_error is not None:
            self._halt(quota_error)
        return quota_error is None

    def _call(self, item: Item) -> DingError | Literal["ok"]:
        try:
            self._make_call(item)
        except DingError as error:
            return error
        return "ok"

    def _handle_outcome(
        self, db: LedgerSession, item: Item, outcome: DingError | Literal["ok"], started_ns: int
    ) -> RetryLater | None:
        """Record the outcome of a call; return the pause before a repeat, None if the call is not repeated."""
        retry = None if outcome == "ok" else self._backoff.record_failure(outcome, started_ns, is_query=True)
        if isinstance(outcome, ThrottledError):
            if retry is None:
                self._halt(outcome)
            return retry
        now_ns = self._context.now_ns()
        with self._context.ledger.transaction(db):
            if outcome == "ok" or isinstance(outcome, ApiError) or outcome.may_have_taken_effect:
                calls.count_call(db, self._context.realm, self._api, now_ns)
            if outcome == "ok":
                self._record(db, item, now_ns)
        if outcome == "ok":
            self._backoff.record_success()
            self._retry_status.clear()
            self.done_count += 1
        elif retry is not None:
            return retry
        elif isinstance(outcome, HALTING_ERRORS):
            self._halt(outcome)
        else:
            # The error concerns this item alone.
            self._backoff.record_success()
            self.failure = self.failure or outcome
        return None

    def _halt(self, error: DingError) -> None:
        """Make no further calls, since they would fail as well."""
        if self._quota_hint and isinstance(error, QuotaError):
            error = error.advise(self._quota_hint)
        elif self._unknown_outcome_hint and error.may_have_taken_effect:
            error = error.advise(self._unknown_outcome_hint)
        self.failure = self.failure or error
        self._stop.set()
