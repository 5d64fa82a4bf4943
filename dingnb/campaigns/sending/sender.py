"""Sends a campaign: claims its lease, makes the calls, and records attempts and outcomes."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, chain, islice, pairwise, repeat
from typing import TypeVar

from dingnb.api.media import UPLOAD
from dingnb.calls.backoff import fetch_token
from dingnb.calls.context import SendContext
from dingnb.calls.days import iso_day
from dingnb.calls.pace import PauseReason, Start, Wait
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.ledger_guard import LedgerGuard
from dingnb.campaigns.sending.media_uploads import BAD_MEDIA_ID, BATCHES_AT_ONCE, BATCHES_BEYOND_QUOTA, MediaUploads
from dingnb.campaigns.sending.progress import Followers, Progress, SendCounter, WaitReason, people_by_batch_status
from dingnb.campaigns.sending.quota import calls_left, make_quota_error, make_shortage_error
from dingnb.campaigns.sending.recall_progress import check_not_recalled_now, forget_recall, has_unfinished_recall
from dingnb.campaigns.sending.remote_control import RemoteControl
from dingnb.campaigns.status import State, Status
from dingnb.channels import Channel, SendResponse
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import (
    AccessError,
    ApiError,
    BusyError,
    CredentialsError,
    DingError,
    InputError,
    LedgerError,
    QuotaError,
    ThrottledError,
    TokenError,
    TransportError,
)
from dingnb.ledger import Ledger, LedgerSession, media, send_history
from dingnb.ledger.campaigns import actions, batches, campaigns, outcomes, stored_bodies, unknown_outcomes
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.attempts import EndedAttempt, PendingBatch
from dingnb.ledger.sending.leases import Lease
from dingnb.ledger.sending.pace import PaceRequest
from dingnb.ledger.sending.processes import this_process
from dingnb.media import Content
from dingnb.words import Text, count, duration, sentences

CLAIM_CHECK_S = 0.5
"""Interval between checks whether another process has stopped sending the campaign."""

_TIME_TOLERANCE_NS = 6 * NS_PER_S
"""Maximum difference of DingTalk's time between two processes, each accurate to 3 seconds (`ServerTime`)."""

MAX_DRAIN_S = 30.0
"""Longest wait for calls under way when the program ends, and for the database to be reachable after a stop."""

_DRAIN_CHECK_NS = seconds_to_ns(0.05)
"""Interval between checks, when the program ends, whether the calls under way have ended."""

MIN_CHECK_S = 10.0
"""Minimum time between two checks for batches to repeat while others are queued."""

_QUOTA_CHECK_S = 10.0
"""Pause at the end of the quota while calls are under way, which may turn out not to count."""

_RECORD_USE_INTERVAL_NS = seconds_to_ns(3_600)
"""Time between two records that the app sends with this ledger."""

PAUSE_AFTER = 10
"""Default number of failures in a row after which a campaign pauses."""

_UNCOUNTED_ERRORS = (TransportError, BusyError, ThrottledError, QuotaError, InputError)
"""Errors after which an upload that had no effect is not counted: no call was made, or DingTalk does not count it."""

HALTING_ERRORS = (TransportError, BusyError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that further calls would raise as well, if the call certainly had no effect."""

_active_sendings: "dict[int, Sending]" = {}
"""Sendings of this process that run or wait for their turn, by `id`."""

_RECONNECT_PAUSES_S = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before attempts to reach the database again, in seconds; the last pause is repeated."""

Result = TypeVar("Result")


@dataclass(slots=True)
class _OpenCall:
    """A call whose outcome is not recorded yet: its attempt, its start, and what is sent."""

    batch: PendingBatch
    attempt: int
    start: Start
    body: bytes
    idempotency_key: str


class Sending:
    """
    One run of a campaign, until all batches are settled or the run is stopped.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that sends the campaign.
        followers: Receive every change of the progress.
        pause_after: The number of failures in a row after which the campaign pauses; None for never.
        contents: The media that this process holds, by reference.

    Attributes:
        context: As above.
        campaign: As above.
        halted_by: The error that stopped the run, if any: further calls would raise it as well, or a batch has too many
            people for any call.
        stop: Set when no further call may be made.
        has_turn: Whether this run is sending now; otherwise it waits for another sender of the campaign.
        is_complete: Whether the run has ended with every batch settled and no outcome left to decide about.
    """

    def __init__(
        self,
        context: SendContext,
        campaign: int,
        channel: Channel,
        followers: Followers,
        pause_after: int | None,
        contents: Mapping[str, Content],
    ) -> None:
        self.context = context
        self.campaign = campaign
        self.halted_by: DingError | None = None
        self.stop = context.clock.event()
        self.has_turn = False
        self.is_complete = False
        self._channel = channel
        self._followers = followers
        self._pause_after = pause_after
        self._end_state = State.FINISHED
        self._end_reason = NO_REASON
        self._is_by_person = False
        self._has_ended = False
        self._pool: WorkerPool[PendingBatch, SendResponse | DingError] | WorkerPool[Content, str | DingError] | None = (
            None
        )
        self._lease: Lease | None = None
        self._lease_renewed_ns = 0
        self._has_lost_lease = False
        self._max_calls: int | None = None
        self._open_calls: dict[int, _OpenCall] = {}
        self._abandoned_batches: set[int] = set()
        self._batches_without_media: dict[int, PendingBatch] = {}
        self._requeued_batches: dict[int, PendingBatch] = {}
        self._waiting_for: WaitReason = ""
        self._waiting_behind: tuple[str, ...] = ()
        self._waiting_until_ns = 0
        self._failures_in_a_row = 0
        self._use_recorded_ns: int | None = None
        self._backoff = context.backoff()
        self._guard = LedgerGuard(context, campaign, channel)
        self._media = MediaUploads(context, campaign, contents)
        with context.ledger.connection() as db:
            commands = campaigns.count_commands(db, campaign)
            self._remote_control = RemoteControl(context, campaign, self._end_remotely, commands, self._keep_lease)
            self._counter = self._make_counter(db)

    def run(self) -> None:
        """
        Send until each batch is settled, or until `end` is called.

        Raises:
            InputError: The campaign is being recalled.
            LedgerError: An attempt or its outcome could not be recorded.
            Exception: An error inside dingnb; the outcome of calls under way is unknown then.
        """
        ledger = self.context.ledger
        self.register()
        try:
            with ledger.replacement_guard(), self._remote_control.checking():
                self._take_turns(ledger)
        finally:
            self.has_turn = False
            self.unregister()

    def _take_turns(self, ledger: Ledger) -> None:
        """Send until the campaign has ended; if another process takes over, wait for that process and go on."""
        while True:
            with ledger.connection() as db:
                self._lease = self._claim(db)
                if self._lease is None:
                    self._guard.raise_loss()
                    return
                try:
                    with self._guard.guard(db):
                        self._take_turn(db)
                finally:
                    self.has_turn = False
                    self._release(db)
            if not self._has_lost_lease:
                return
            self._has_lost_lease = False
            self.stop.clear()
            # Read afterwards, because `end` sets `stop` last.
            if self.is_ending:
                return

    def _claim(self, db: LedgerSession) -> Lease | None:
        """
        Wait until no other process sends the campaign, and claim its lease; None if `stop` was set before.

        Raises:
            InputError: The campaign is being recalled.
        """
        ledger, clock = self.context.ledger, self.context.clock
        while True:
            with ledger.transaction(db):
                row = campaigns.get(db, self.campaign)
                if row is not None:
                    # The recall may have started after sending was requested.
                    check_not_recalled_now(db, row, self.context.now_ns())
                lease = leases.claim(db, self.campaign, this_process(), ledger.shared_clock_ns(clock))
            if lease is not None:
                self._lease_renewed_ns = clock.monotonic_ns()
                return lease
            started_by = actions.last_sender(db, self.campaign)
            # The name of this person would not distinguish two notebooks of the person.
            self._notify("sender", waiting_behind=() if started_by in {"", self.context.operator} else (started_by,))
            if clock.wait(self.stop, seconds_to_ns(CLAIM_CHECK_S)):
                return None

    def _release(self, db: LedgerSession) -> None:
        lease, self._lease = self._lease, None
        if lease is None or self._guard.detect_loss():
            # The lease expires by itself; nothing is written to a lost file.
            return
        with suppress(LedgerError), self.context.ledger.transaction_unless_shared(db):
            leases.release(db, lease)

    def register(self) -> None:
        """Let `sendings_here` find this sending until `run` has ended."""
        _active_sendings[id(self)] = self

    def unregister(self) -> None:
        """Undo `register`. If `run` is never called, the caller has to: the sending would count as running forever."""
        _active_sendings.pop(id(self), None)

    @property
    def is_ending(self) -> bool:
        """Whether `end` was called. `stop` is also set while another process takes the campaign over."""
        return self._end_state is not State.FINISHED

    def stop_at_exit(self) -> None:
        """Stop sending because the program ends, without waiting."""
        if self.context.clock.is_real and not self.is_ending:
            self.end(State.INTERRUPTED, Explanation(Text("campaign.program_ended"), Text("campaign.stopped_todo")))

    def drain_at_exit(self) -> None:
        """Wait for calls under way when the program ends, for at most `MAX_DRAIN_S`."""
        clock = self.context.clock
        if not clock.is_real:
            return
        until_ns = clock.monotonic_ns() + seconds_to_ns(MAX_DRAIN_S)
        while id(self) in _active_sendings and clock.monotonic_ns() < until_ns:
            clock.wait(clock.event(), _DRAIN_CHECK_NS)

    def end(self, state: State, why: Explanation = NO_REASON, *, by_person: bool = False) -> None:
        """
        Make no further calls, wait for calls under way, and leave the campaign in a state.

        If a person has paused or stopped the campaign, failures of calls under way do not change its state.

        Args:
            state: The state.
            why: The reason.
            by_person: Whether a person paused or stopped it, so that only `Campaign.resume` continues it.
        """
        if by_person or not self._is_by_person:
            self._end_state, self._end_reason, self._is_by_person = state, why, by_person
        self.stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _end_remotely(self, state: State, why: Explanation) -> None:
        # A state set here before takes precedence.
        if not self.is_ending:
            self.end(state, why, by_person=True)

    def _keep_lease(self, db: LedgerSession) -> None:
        """Check the ledger's file and renew the lease, in the checking thread; if either is lost, stop calling."""
        if self._guard.detect_loss():
            self._interrupt()
        else:
            # Normally the dispatching thread renews the lease: a write here makes that thread reread the file.
            self._renew_lease(db, 2 * leases.RENEW_NS)

    def _renew_lease(self, db: LedgerSession, after_ns: int) -> None:
        """Renew the lease if its last renewal was at least `after_ns` ago."""
        lease, ledger, now_ns = self._lease, self.context.ledger, self.context.clock.monotonic_ns()
        if lease is None or now_ns < self._lease_renewed_ns + after_ns:
            return
        with ledger.transaction_unless_shared(db):
            is_held = leases.renew(db, lease, ledger.shared_clock_ns(self.context.clock))
        self._lease_renewed_ns = now_ns
        # A new term that began meanwhile has renewed the lease.
        if not is_held and lease == self._lease:
            self._handle_lost_lease()

    def _handle_lost_lease(self) -> None:
        """Make no further calls, because another process sends the campaign now."""
        self._has_lost_lease = True
        self._interrupt()

    def _interrupt(self) -> None:
        self.stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _take_turn(self, db: LedgerSession) -> None:
        """Send, with the lease of the campaign, until it has ended or another process takes it over."""
        context = self.context
        if self._waiting_for:
            # The sender that this run has waited for has changed the counts.
            self._counter = self._make_counter(db)
            self._notify()
        self.has_turn = True
        with context.ledger.transaction(db):
            campaigns.set_progress(db, self.campaign, "")
            if not has_unfinished_recall(db, self.campaign):
                # The last recall has nothing left to recall: continuing it would only recall what is sent now.
                forget_recall(db, self.campaign)
            may_exceed_quota = campaigns.may_exceed_quota(db, self.campaign)
        self._max_calls = None if may_exceed_quota else context.limits.calls_per_month
        context.pace.end_outage(self._channel.send_api)

        def on_wait(wait_ns: int, why: PauseReason) -> None:
            self._wait_for_token(db, wait_ns, why)

        failure = fetch_token(context.caller, context.pace, self._backoff, self.stop, on_wait)
        if failure is not None:
            self._give_up(failure)
            self._finish(db)
            return
        with context.ledger.transaction(db):
            self._take_over(db)
        self._counter = self._make_counter(db)
        self._notify()
        self._remote_control.publish_at_once(db, self.progress())
        try:
            self._send_queued(db)
            self._repeat(db)
            self._stop_without_media(db)
            self._guard.raise_loss()
        except Exception as error:
            self._record_crash(db, error)
            raise
        self._finish(db)

    def _finish(self, db: LedgerSession) -> None:
        """Record and report the end, unless another process sends the campaign now."""
        self._write(db, lambda: self._record_end(db))
        self._has_ended = not self._has_lost_lease or self.is_ending
        self._notify()

    def _take_over(self, db: LedgerSession) -> None:
        """Record that the outcome of calls which the last sender left open is unknown, and that the campaign runs."""
        context, ledger = self.context, self.context.ledger
        now_ns, shared_clock_ns = context.now_ns(), ledger.shared_clock_ns(context.clock)
        if self._lease is None or not leases.is_held(db, self._lease):
            self._handle_lost_lease()
            return
        died = Explanation(Text("result.died"), Text("result.unknown_todo"))
        attempts.close_abandoned(db, self.campaign, died, now_ns, shared_clock_ns)
        pace.ensure(db, context.realm, self._channel.send_api)
        pace.recount(db, context.realm, now_ns, shared_clock_ns, _TIME_TOLERANCE_NS)
        # Another sender may have finished the campaign while this run waited.
        if batches.is_open(db, self.campaign) or self._find_repeatable(db):
            campaigns.set_state(db, self.campaign, State.RUNNING, now_ns)
            actions.add(db, Action(self.campaign, actions.SENT, context.operator, now_ns))

    def _record_end(self, db: LedgerSession) -> None:
        """Record the state, unless another process sends the campaign now."""
        if self._lease is None or not leases.is_held(db, self._lease):
            return
        why, by_person = self._end_reason._asdict(), self._is_by_person
        campaigns.set_state(db, self.campaign, self._end_state, self.context.now_ns(), **why, by_person=by_person)
        if self._end_state is not State.FINISHED:
            return
        row = campaigns.get(db, self.campaign)
        if row is not None and not row.store_content:
            stored_bodies.delete_texts(db, self.campaign)
        self.is_complete = not unknown_outcomes.count_undecided(db, self.campaign)

    def _make_counter(self, db: LedgerSession) -> SendCounter:
        """Return a counter that starts from the counts in the ledger."""
        counts = batches.count_by_status(db, self.campaign)
        unreached = outcomes.count_unreached(db, campaigns.campaign_scope(self.campaign)).get(self.campaign, {})
        row = campaigns.get(db, self.campaign)
        return SendCounter(
            self.context.limits,
            people_by_batch_status(counts, unreached),
            {status: n for status, (n, _) in counts.items()},
            unit_of(has_key=row is not None and bool(row.key_columns)),
        )

    def _send_queued(self, db: LedgerSession) -> None:
        """Send the queued batches; if there are media, in chunks, each after its uploads."""
        if not self._media.load(db):
            self._send(db, self._pending(db))
            self._send_requeued(db)
            return
        self._counter.expect_uploads(self._media.count_missing(db))
        pending = self._pending(db)
        while not self.stop.is_set() and (chunk := list(islice(pending, BATCHES_AT_ONCE))):
            self._upload_and_send(db, chunk)
            self._send_requeued(db)

    def _send_requeued(self, db: LedgerSession) -> None:
        """Send the batches whose media ids were missing or refused, after new uploads."""
        while self._requeued_batches and not self.stop.is_set():
            requeued, self._requeued_batches = list(self._requeued_batches.values()), {}
            self._upload_and_send(db, requeued)

    def _upload_and_send(self, db: LedgerSession, to_send: Sequence[PendingBatch]) -> None:
        """Upload what batches need and send them; both for as many at once as the calls left this month allow."""
        while to_send and not self.stop.is_set():
            missing = self._media.find_missing(db, to_send)
            batch_count = self._count_affordable(db, missing)
            uploads, sendable = list(chain.from_iterable(missing[:batch_count])), to_send[:batch_count]
            if uploads:
                self._upload(db, uploads, batch_count)
            self._batches_without_media.update(
                (batch.id, batch) for batch in sendable if self._media.why_missing(batch) is not None
            )
            self._send(db, [batch for batch in sendable if batch.id not in self._batches_without_media])
            to_send = to_send[batch_count:]

    def _count_affordable(self, db: LedgerSession, missing: Sequence[Sequence[Content]]) -> int:
        """
        Return how many of the first batches can be sent with the calls left this month, uploads included; halt if none.

        Without uploads, all batches: the quota is checked before each call. Beyond the quota, only a few at once.

        Args:
            db: The ledger.
            missing: The contents to upload for each batch.
        """
        if not any(missing):
            return len(missing)
        if self._max_calls is None:
            return min(len(missing), BATCHES_BEYOND_QUOTA)
        calls_so_far = list(accumulate(len(contents) + 1 for contents in missing))
        batch_count = bisect_right(calls_so_far, calls_left(db, self.context))
        if not batch_count:
            self._halt(make_shortage_error(db, self.context, len(missing[0])))
        return batch_count

    def _upload(self, db: LedgerSession, missing: Sequence[Content], batch_count: int) -> None:
        """
        Upload contents, as long as calls are left this month for the batches that need them.

        Args:
            db: The ledger.
            missing: The contents.
            batch_count: The number of the batches, each of which takes a call.
        """
        context = self.context
        job = Job(
            api=UPLOAD,
            call=self._media.upload,
            on_outcome=lambda content, outcome, started_ns: self._settle_upload(db, content, outcome, started_ns),
            on_start=lambda content: self._start_upload(db, content, batch_count),
            cancel=lambda content: self._cancel_upload(db, content),
            on_wait=lambda delay_ns, why: self._wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        self._counter.set_uploads(missing)
        self._notify()
        pool = self._pool = WorkerPool(context.clock, context.pace, job)
        pool.run(missing, self.stop)
        self._counter.set_uploads(())

    def _start_upload(self, db: LedgerSession, content: Content, batch_count: int) -> bool:
        self._guard.check(db)
        with self.context.ledger.transaction(db):
            if self._remote_control.check(db):
                return False
            # Another campaign may have used calls meanwhile. Batches left without media ids are tried again.
            is_affordable = self._max_calls is None or calls_left(db, self.context) > batch_count
            if is_affordable:
                self._media.count_upload(db, content)
        return is_affordable

    def _cancel_upload(self, db: LedgerSession, content: Content) -> None:
        """Undo the count of an upload that was not made, or that DingTalk does not count."""
        with self.context.ledger.transaction(db):
            self._media.uncount_upload(db, content)

    def _settle_upload(
        self, db: LedgerSession, content: Content, outcome: str | DingError, started_ns: int
    ) -> RetryLater | None:
        """Record the media id or the error of an upload; return the pause before a repeat, None for no repeat."""
        if isinstance(outcome, str):
            self._backoff.record_success()
            with self.context.ledger.transaction(db):
                self._media.record_upload(db, content, outcome)
                self._counter.record_upload(content)
                self._remote_control.publish(db, self.progress)
            self._notify()
            return None
        if not outcome.may_have_taken_effect and isinstance(outcome, _UNCOUNTED_ERRORS):
            self._cancel_upload(db, content)
        # An upload reaches nobody, so it may be repeated even if it may have taken effect.
        retry = self._backoff.record_failure(outcome, started_ns, is_query=True)
        if retry is None and (isinstance(outcome, (*HALTING_ERRORS, ThrottledError)) or outcome.may_have_taken_effect):
            # The error's own hint is about repeating a call that may have reached people.
            todo = Text("campaign.upload_todo") if outcome.may_have_taken_effect else outcome.advice
            self._give_up(outcome.advise(todo))
        elif retry is None:
            self._media.record_problem(content, outcome)
        return retry

    def _stop_without_media(self, db: LedgerSession) -> None:
        """Leave batches queued whose file could not be uploaded, and end the sending with the reason."""
        if not self._batches_without_media or self.stop.is_set():
            return
        unsent = self._batches_without_media.values()
        with self.context.ledger.transaction(db):
            for batch in unsent:
                attempts.record_explanation(db, batch.id, self._media.why_missing(batch) or NO_REASON)
        self.end(State.STOPPED, self._media.why_unsent(sum(len(batch.userids) for batch in unsent)))

    def _send(self, db: LedgerSession, pending: Iterable[PendingBatch]) -> None:
        """Make the calls for batches whose media are uploaded."""
        context = self.context
        job = Job(
            api=self._channel.send_api,
            call=self._call,
            on_outcome=lambda batch, outcome, started_ns: self._settle(db, batch, outcome, started_ns),
            reserve=lambda batch: self._reserve(db, batch),
            postpone=lambda batch: self._postpone(db, batch),
            cancel=lambda batch: self._cancel(db, batch),
            on_wait=lambda delay_ns, why: self._wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        pool = self._pool = WorkerPool(context.clock, context.pace, job)
        pool.run(pending, self.stop)

    def _pending(self, db: LedgerSession) -> Iterator[PendingBatch]:
        """
        Yield queued batches and, between them, batches with unknown outcome as soon as these may be repeated.

        Repeats are not left to the end of the queue, because they may only be made on the same day.

        While calls fail, untried batches go first: they have all of their attempts left.
        """
        context = self.context
        check_ns = context.now_ns()
        for batch in batches.queued(db, self.campaign):
            if context.now_ns() >= check_ns and not self._backoff.is_failing:
                due = self._find_repeatable(db)
                now_ns = context.now_ns()
                check_ns = now_ns + seconds_to_ns(max(context.repeat_after_s, MIN_CHECK_S))
                yield from (lost for due_ns, lost in due if due_ns <= now_ns)
            if len(batch.userids) > context.limits.people_per_minute:
                # The batch would wait forever. Sending the plan again under the name builds new batches.
                people = count("person", len(batch.userids))
                what = Text("campaign.too_large", people=people, limit=context.limits.people_per_minute)
                self._halt(InputError(what, Text("campaign.too_large_todo")))
                return
            yield batch

    def _find_repeatable(self, db: LedgerSession) -> list[tuple[int, PendingBatch]]:
        """Return the batches with unknown outcome that may be repeated, each with the earliest time."""
        return [
            (due_ns, batch)
            for batch in batches.pending_with_status(db, self.campaign, "unknown")
            if (due_ns := self._due_ns(db, batch))
        ]

    def _repeat(self, db: LedgerSession) -> None:
        """Repeat batches with unknown outcome as often as the send protocol allows, each at its time."""
        context = self.context
        while not self.stop.is_set():
            due = self._find_repeatable(db)
            if not due:
                return
            now_ns, first_ns = context.now_ns(), min(due_ns for due_ns, _ in due)
            if first_ns > now_ns:
                self._wait(db, first_ns - now_ns, "repeat")
                # Short waits, because the clock may be set meanwhile.
                context.clock.wait(self.stop, min(first_ns - now_ns, NS_PER_S))
                continue
            self._send(db, [batch for due_ns, batch in due if due_ns <= now_ns])

    def _due_ns(self, db: LedgerSession, batch: PendingBatch) -> int | None:
        """Return the earliest time at which a batch with unknown outcome may be repeated; None if never."""
        if batch.id in self._abandoned_batches:
            return None
        earlier_attempts, gives_up_at_ns = attempts.of_batch(db, batch.id), self._backoff.gives_up_at_ns
        if (
            not self._backoff.is_failing
            or gives_up_at_ns is None
            or not self._channel.must_save_last_attempt(earlier_attempts)
        ):
            return self._channel.repeat_due_ns(self.context, earlier_attempts)
        # A long outage must not use up the last attempt before sending gives up.
        not_before_ns = self.context.now_ns() + gives_up_at_ns - self.context.clock.monotonic_ns()
        due_ns = self._channel.repeat_due_ns(self.context, earlier_attempts, not_before_ns)
        return due_ns or self._channel.repeat_due_ns(self.context, earlier_attempts)

    def _reserve(self, db: LedgerSession, batch: PendingBatch) -> Start | Wait | None:
        """Record an attempt and return its start; `Wait` if the call may not start yet, None to skip the batch."""
        context = self.context
        due_ns = self._due_ns(db, batch) if batch.status == Status.UNKNOWN else 0
        # Read afterwards, so that a batch due now is not in the future.
        now_ns = context.now_ns()
        if due_ns is None or due_ns > now_ns:
            return None
        body = self._media.body_of(batch)
        if body is None:
            # The batch's media id is missing: DingTalk has refused the id for another batch meanwhile.
            self._requeued_batches[batch.id] = batch
            return None
        self._guard.check(db)
        try:
            self._renew_lease(db, leases.RENEW_NS)
            requested_ns = context.clock.monotonic_ns()
            request = context.pace.request(self._channel.send_api, self.campaign, len(batch.userids))
            begun, idempotency_key = self._record_attempt(db, batch, body, request, now_ns)
        except LedgerError as error:
            self._recover(db, error, batch)
            # The start is requested again at once; a wait of unknown length is not reported.
            return Wait("people", None, 0)
        if begun.database_ns:
            context.ledger.add_time_sample(requested_ns, begun.database_ns, context.clock.monotonic_ns())
        if begun.start is None:
            return self._handle_refused_start(db, begun, request)
        start = context.pace.make_start(request, begun.start, requested_ns)
        self._guard.check_committed(db, batch, begun.attempt)
        self._record_live_use(now_ns)
        self._open_calls[batch.id] = _OpenCall(batch, begun.attempt, start, body, idempotency_key)
        self._counter.move(len(batch.userids), batch.status, "sending")
        self._counter.count_call(now_ns)
        self._notify()
        return start

    def _record_live_use(self, now_ns: int) -> None:
        """Record now and then, outside the ledger, which ledger the app uses: connecting with another one warns."""
        context = self.context
        if context.realm.mode != "LIVE" or not context.ledger.is_persistent:
            return
        if self._use_recorded_ns is None or now_ns - self._use_recorded_ns >= _RECORD_USE_INTERVAL_NS:
            self._use_recorded_ns = now_ns
            send_history.record(context.realm, context.ledger.place, iso_day(now_ns))

    def _record_attempt(
        self, db: LedgerSession, batch: PendingBatch, body: bytes, request: PaceRequest, now_ns: int
    ) -> tuple[attempts.BeginResult, str]:
        """Record an attempt, which fixes the batch's body with its media ids; return its idempotency key as well."""
        ledger, commands, max_calls = self.context.ledger, self._remote_control.command_count, self._max_calls
        if self._lease is None:
            return attempts.BeginResult("lost"), ""
        fixes_body = body != batch.body and batch.sent_body is None
        if not fixes_body and not self._channel.has_idempotency_keys:
            with ledger.transaction_unless_shared(db):
                return attempts.begin(db, self._lease, commands, batch, request, max_calls, now_ns), ""
        key = ""
        with ledger.transaction(db):
            begun = attempts.begin(db, self._lease, commands, batch, request, max_calls, now_ns)
            if begun.start is not None:
                key = self._channel.idempotency_key_for(db, self.context, self.campaign, batch, begun.attempt)
                if fixes_body:
                    media.record_sent_body(db, batch.id, body)
        return begun, key

    def _handle_refused_start(
        self, db: LedgerSession, begun: attempts.BeginResult, request: PaceRequest
    ) -> Wait | None:
        """Handle an attempt that was not recorded; return how long to wait, None to skip its batch."""
        if begun.reason == "full":
            with self.context.ledger.row_locking_transaction(db):
                room = pace.make_room(db, request)
            return Wait("people", 0, 0) if room is None else Wait("people", *room)
        if begun.reason == "lost":
            self._handle_lost_lease()
        elif begun.reason == "command":
            self._remote_control.carry_out(begun.command)
        elif begun.reason == "quota" and self._open_calls:
            # The calls under way are counted already, but calls that DingTalk refuses for now will not be.
            return Wait("pause", None, seconds_to_ns(_QUOTA_CHECK_S))
        elif begun.reason == "quota":
            self._halt(make_quota_error(begun.used, self.context.limits.calls_per_month))
        return None

    def _postpone(self, db: LedgerSession, batch: PendingBatch) -> Start | None:
        """Reserve another start for a call that was too late; None if the call is not made, as without the lease."""
        context, open_call = self.context, self._open_calls[batch.id]
        requested_ns = context.clock.monotonic_ns()
        request = context.pace.request(self._channel.send_api, self.campaign)
        postponed = None
        try:
            with context.ledger.transaction_unless_shared(db):
                if self._lease is not None:
                    now_ns = context.now_ns()
                    postponed = attempts.postpone(db, self._lease, open_call.attempt, request, now_ns)
        except LedgerError as error:
            self._recover(db, error)
        if postponed is not None:
            if postponed.database_ns:
                context.ledger.add_time_sample(requested_ns, postponed.database_ns, context.clock.monotonic_ns())
            open_call.start = context.pace.make_start(request, postponed.start, requested_ns)
            return open_call.start
        # If the campaign is still ours, the batch is sent with another attempt.
        self._cancel(db, batch)
        if not self._has_lost_lease and batch.status == Status.QUEUED:
            self._requeued_batches[batch.id] = batch
        return None

    def _cancel(self, db: LedgerSession, batch: PendingBatch) -> None:
        """Undo the attempt of a call that was not made."""
        self._undo_attempt(db, batch, was_made=False)
        del self._open_calls[batch.id]

    def _recover(self, db: LedgerSession, error: LedgerError, unconfirmed: PendingBatch | None = None) -> None:
        """
        Wait until the database can be reached again, and undo the attempt of `unconfirmed`, if it was recorded.

        A new term of the lease begins first, so that a statement which is still on its way has no effect.

        Raises:
            LedgerError: The ledger cannot be used, or was not reached within the outage patience.
        """
        ledger, clock = self.context.ledger, self.context.clock
        started_ns = clock.monotonic_ns()
        for pause_s, next_pause_s in pairwise(chain(_RECONNECT_PAUSES_S, repeat(_RECONNECT_PAUSES_S[-1]))):
            patience_s = MAX_DRAIN_S if self.stop.is_set() else self.context.outage_patience_s
            if not ledger.may_recover(error) or clock.monotonic_ns() - started_ns > seconds_to_ns(patience_s):
                raise error
            clock.wait(clock.event(), seconds_to_ns(pause_s))
            try:
                ledger.reconnect(db)
                if unconfirmed is not None:
                    self._undo_unconfirmed(db, unconfirmed)
            except LedgerError as later_error:
                error = later_error
                self._notify("ledger", seconds_to_ns(next_pause_s))
            else:
                return

    def _undo_unconfirmed(self, db: LedgerSession, batch: PendingBatch) -> None:
        """Undo an attempt of a batch that the database may have recorded without confirming it."""
        old_lease, ledger = self._lease, self.context.ledger
        if old_lease is None:
            return
        with ledger.transaction(db):
            self._lease = leases.begin_term(db, old_lease, ledger.shared_clock_ns(self.context.clock)) or old_lease
            if self._lease == old_lease:
                self._handle_lost_lease()
                return
            open_attempts = [call.attempt for call in self._open_calls.values()]
            for attempt in attempts.unacknowledged(db, old_lease, batch, open_attempts):
                ended = self._ended_attempt(attempt, batch)
                attempts.mark_without_effect(
                    db, ended, self.context.realm, self._channel.send_api, was_made=False, counts=True
                )

    def _ended_attempt(self, attempt: int, batch: PendingBatch) -> EndedAttempt:
        context = self.context
        return EndedAttempt(attempt, batch, context.now_ns(), context.ledger.shared_clock_ns(context.clock))

    def _write(self, db: LedgerSession, work: Callable[[], Result]) -> Result:
        """Do work in a write transaction; repeat it after an outage, although it may have been committed before."""
        while True:
            try:
                with self.context.ledger.transaction(db):
                    result = work()
                    self._publish(db)
                    return result
            except LedgerError as error:
                self._recover(db, error)

    def _publish(self, db: LedgerSession) -> None:
        if not self._has_lost_lease:
            self._remote_control.publish(db, self.progress)

    def _call(self, batch: PendingBatch) -> SendResponse | DingError:
        open_call = self._open_calls[batch.id]
        try:
            return self._channel.send(self.context, batch.userids, open_call.body, open_call.idempotency_key)
        except DingError as error:
            return error

    def _settle(
        self, db: LedgerSession, batch: PendingBatch, outcome: SendResponse | DingError, started_ns: int
    ) -> RetryLater | None:
        """Record the outcome of a call; return the pause before a repeat, None for no repeat now."""
        self._guard.detach_log(db)
        retry = self._record_outcome(db, batch, outcome, started_ns)
        self._guard.count_settled(db)
        del self._open_calls[batch.id]
        self._notify()
        return retry

    def _record_outcome(
        self, db: LedgerSession, batch: PendingBatch, outcome: SendResponse | DingError, started_ns: int
    ) -> RetryLater | None:
        """Record that a call was accepted, was refused or has an unknown outcome; returns as `_settle`."""
        if isinstance(outcome, SendResponse):
            self._failures_in_a_row = 0
            self._backoff.record_success()
            self._accept(db, batch, outcome)
            return None
        failures_before = self._backoff.failures
        retry = self._backoff.record_failure(outcome, started_ns)
        if not outcome.may_have_taken_effect:
            return self._record_refusal(db, batch, outcome, retry)
        # Concurrent failures count as one failure of DingTalk.
        self._count_failure(batch, "unknown", outcome, failures=self._backoff.failures - failures_before)
        if retry is None:
            self._give_up(outcome)
        else:
            self.context.pace.pause(self._channel.send_api, retry.pause_s, retry.reason)
        ended = self._ended_attempt(self._open_calls[batch.id].attempt, batch)
        # The error's own hint is about repeating a single call, which sending does by itself.
        why = _why_failed(outcome)._replace(hint=Text("result.unknown_todo"))
        self._write(db, lambda: attempts.mark_unknown(db, ended, why))
        return None

    def _accept(self, db: LedgerSession, batch: PendingBatch, sent: SendResponse) -> None:
        """Record an accepted call; if another process has taken the campaign over meanwhile, as a late acceptance."""
        open_call = self._open_calls[batch.id]
        ended = self._ended_attempt(open_call.attempt, batch)
        if sent.unknown.reason:
            self._counter.move(len(batch.userids), "sending", Status.UNKNOWN)
            self._write(db, lambda: attempts.mark_unknown(db, ended, sent.unknown))
            return
        self._counter.move(len(batch.userids), "sending", "accepted")
        for result in sent.results.values():
            self._counter.move_person("accepted", Status.UNKNOWN if result.status == "unknown" else Status.FAILED)
        is_settled = False
        ledger = self.context.ledger
        # While other calls are under way, the next attempt or the last answer flushes this answer to the disk.
        is_last_call = len(self._open_calls) == 1
        try:
            with (
                ledger.transaction(db)
                if self._channel.has_idempotency_keys
                else ledger.transaction_unless_shared(db, flush=is_last_call)
            ):
                is_settled = attempts.mark_accepted(db, ended, sent.receipt, open_call.start.correction)
                if is_settled:
                    self._record_answer(db, ended, sent)
                self._publish(db)
        except LedgerError as error:
            is_settled = False
            self._recover(db, error)
        if not is_settled:
            self._write(db, lambda: self._record_late_acceptance(db, ended, sent))

    def _record_late_acceptance(self, db: LedgerSession, ended: EndedAttempt, sent: SendResponse) -> None:
        attempts.mark_accepted_late(db, ended, sent.receipt)
        self._record_answer(db, ended, sent)

    def _record_answer(self, db: LedgerSession, ended: EndedAttempt, sent: SendResponse) -> None:
        """Record what the answer to an accepted call says about its messages and about single people."""
        if not self._channel.has_idempotency_keys:
            return
        batch = ended.batch.id
        self._channel.record_response(db, self._open_calls[batch].idempotency_key, sent)
        if sent.results:
            places = {userid: place for place, userid in enumerate(batches.userids_of(db, batch))}
            results = [(places[userid], result) for userid, result in sent.results.items() if userid in places]
            outcomes.write(
                db,
                (
                    Outcome(batch, place, result.status, result.code, "result", *result.why[:2], ended.now_ns)
                    for place, result in results
                ),
            )

    def _record_refusal(
        self, db: LedgerSession, batch: PendingBatch, outcome: DingError, retry: RetryLater | None
    ) -> RetryLater | None:
        """Record a call that certainly had no effect; return the pause before a repeat, None for no repeat now."""
        # If one of these errors certainly had no effect, no call was made, or only the call for a token failed.
        was_made = not isinstance(outcome, TransportError | BusyError)
        if isinstance(outcome, ThrottledError):
            if retry is None:
                self._give_up(outcome)
            self._undo_attempt(db, batch, was_made=True, is_counted=False)
            return retry
        # A token may be revoked again while the call with the new token is under way.
        if retry is not None or isinstance(outcome, HALTING_ERRORS):
            if retry is None:
                self._give_up(outcome)
            self._undo_attempt(db, batch, was_made=was_made, is_counted=not isinstance(outcome, QuotaError))
            return retry
        self._backoff.record_success()
        if _why_failed(outcome).code == BAD_MEDIA_ID and batch.sent_body is None and self._discard_media_ids(db, batch):
            # DingTalk has forgotten an id that was in use: the content is uploaded again, and this call was refused.
            self._undo_attempt(db, batch, was_made=True)
            self._requeued_batches[batch.id] = batch
            return None
        ended = self._ended_attempt(self._open_calls[batch.id].attempt, batch)
        if self._write(db, lambda: attempts.mark_failed(db, ended, _why_failed(outcome))):
            self._count_failure(batch, "failed", outcome)
        else:
            # The outcome of the first call is still unknown, and a repeat would be refused again.
            if _why_failed(outcome).code == BAD_MEDIA_ID:
                why = Explanation(Text("result.media_gone"), Text("result.media_gone_todo"), BAD_MEDIA_ID)
                self._write(db, lambda: attempts.record_explanation(db, batch.id, why))
            self._counter.move(len(batch.userids), "sending", Status.UNKNOWN)
            self._abandoned_batches.add(batch.id)
        return None

    def _discard_media_ids(self, db: LedgerSession, batch: PendingBatch) -> bool:
        with self.context.ledger.transaction(db):
            return self._media.discard_ids(db, batch)

    def _undo_attempt(self, db: LedgerSession, batch: PendingBatch, *, was_made: bool, is_counted: bool = True) -> None:
        """
        Record that the attempt of a batch had no effect, so that the batch has its earlier status again.

        Args:
            db: The ledger.
            batch: The batch.
            was_made: Whether the call was made, although DingTalk refused it.
            is_counted: Whether DingTalk counts the call against the monthly quota.
        """
        attempt = self._open_calls[batch.id].attempt
        ended, realm, api = self._ended_attempt(attempt, batch), self.context.realm, self._channel.send_api
        if not was_made:
            self._guard.forget_attempt(attempt)
            self._counter.uncount_call()
        self._counter.move(len(batch.userids), "sending", batch.status)
        self._write(
            db, lambda: attempts.mark_without_effect(db, ended, realm, api, was_made=was_made, counts=is_counted)
        )

    def _count_failure(self, batch: PendingBatch, status: str, error: DingError, *, failures: int = 1) -> None:
        self._counter.move(len(batch.userids), "sending", status)
        self._failures_in_a_row += failures
        if failures and self._pause_after is not None and self._failures_in_a_row >= self._pause_after:
            what = Text("campaign.paused_after", calls=count("call", self._failures_in_a_row), reason=error.text)
            self.end(State.PAUSED, Explanation(what, Text("campaign.paused_after_todo"), _why_failed(error).code))

    def _give_up(self, error: DingError) -> None:
        """Halt for an error that retries have not resolved, or cannot resolve."""
        patience_s = self.context.outage_patience_s
        has_run_out = self._backoff.gives_up_at_ns is not None and self._backoff.gives_up_s == 0 and patience_s
        if not has_run_out:
            self._halt(error)
            return
        what = sentences(error.text, Text("campaign.gave_up", duration=duration(patience_s)))
        # The error's own hint is about repeating a single call, which sending does by itself.
        hint = Text("campaign.gave_up_todo") if error.may_have_taken_effect else error.advice
        self._halt(error, _why_failed(error)._replace(reason=what, hint=hint))

    def _halt(self, error: DingError, why: Explanation | None = None) -> None:
        """Stop the campaign because of an error; the first error counts, by default with its own text as the reason."""
        if self.halted_by is None:
            self.halted_by = error
            self.end(State.STOPPED, why or _why_failed(error))

    def _record_crash(self, db: LedgerSession, error: Exception) -> None:
        """Record that the outcome of calls under way is unknown, as far as possible; the next sender does the rest."""
        what = Text("result.crashed", error=f"{type(error).__name__}: {error}")
        if isinstance(error, LedgerError):
            what = error.text
        now_ns = self.context.now_ns()
        try:
            with self.context.ledger.transaction(db):
                for call in self._open_calls.values():
                    ended = self._ended_attempt(call.attempt, call.batch)
                    attempts.mark_unknown(db, ended, Explanation(what, Text("result.unknown_todo")))
                if self._lease is not None and leases.is_held(db, self._lease):
                    campaigns.set_state(db, self.campaign, State.INTERRUPTED, now_ns, reason=what)
        except LedgerError:
            return

    def progress(self) -> Progress:
        """Return the progress."""
        state = self._end_state if self._has_ended else State.RUNNING
        now_ns = self.context.clock.monotonic_ns()
        waiting_s = -(-max(self._waiting_until_ns - now_ns, 0) // NS_PER_S)
        return self._counter.progress(
            self.context.now_ns(),
            state,
            self._waiting_for,
            waiting_s,
            waiting_behind=self._waiting_behind,
            gives_up_s=self._backoff.gives_up_s if self._backoff.is_failing else 0,
        )

    def _wait(self, db: LedgerSession, delay_ns: int | None, waiting_for: WaitReason) -> None:
        """Report a wait, if its length is known and at least a second."""
        if delay_ns is not None and delay_ns >= NS_PER_S:
            other_campaigns = self._other_campaigns(db) if waiting_for == "people" else ()
            self._notify(waiting_for, delay_ns, waiting_behind=other_campaigns)
            self._remote_control.publish_at_once(db, self.progress())

    def _wait_for_token(self, db: LedgerSession, wait_ns: int, why: PauseReason) -> None:
        """Report a wait before the first call, and that the campaign is running, for other windows."""
        with self.context.ledger.transaction(db):
            row = campaigns.get(db, self.campaign)
            if row is not None and row.state != State.RUNNING and batches.is_open(db, self.campaign):
                campaigns.set_state(db, self.campaign, State.RUNNING, self.context.now_ns())
        self._wait(db, wait_ns, why)

    def _other_campaigns(self, db: LedgerSession) -> tuple[str, ...]:
        """Return the names of the other campaigns of the app that are being sent."""
        context = self.context
        now_ns = context.ledger.shared_clock_ns(context.clock)
        return campaigns.others_being_sent(db, context.realm, self.campaign, now_ns)

    def _notify(self, waiting_for: WaitReason = "", delay_ns: int = 0, *, waiting_behind: tuple[str, ...] = ()) -> None:
        """Set the current wait, if any, and pass the progress to the followers."""
        self._waiting_for = waiting_for
        self._waiting_behind = waiting_behind
        self._waiting_until_ns = self.context.clock.monotonic_ns() + delay_ns
        self._followers.notify(self.progress)


def sendings_here(ledger: Ledger, campaign: int) -> list[Sending]:
    """Return the sendings of a campaign in this process, by the campaign's ledger and its number there."""
    # A copy, since other threads change it.
    return [
        sending
        for sending in list(_active_sendings.values())
        if (sending.context.ledger.identity, sending.campaign) == (ledger.identity, campaign)
    ]


def _why_failed(error: DingError) -> Explanation:
    return Explanation(error.text, error.advice, error.code if isinstance(error, ApiError) else "")
