"""Sends a campaign: claims its lease, makes the calls, and records attempts and outcomes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from dingnb.calls.backoff import fetch_token
from dingnb.calls.context import SendContext
from dingnb.calls.days import iso_day
from dingnb.calls.pace import PauseReason, Start, Wait
from dingnb.calls.workers import Job, RetryLater
from dingnb.campaigns.sending.lease import CampaignLease
from dingnb.campaigns.sending.ledger_guard import LedgerGuard
from dingnb.campaigns.sending.media_uploads import BAD_MEDIA_ID, BATCHES_AT_ONCE, MediaUploads
from dingnb.campaigns.sending.outages import LedgerOutages
from dingnb.campaigns.sending.progress import Followers, Progress, ProgressReporter
from dingnb.campaigns.sending.quota import make_quota_error
from dingnb.campaigns.sending.recall_progress import forget_recall, has_unfinished_recall
from dingnb.campaigns.sending.remote_control import RemoteControl
from dingnb.campaigns.sending.stop import HALTING_ERRORS, MAX_DRAIN_S, SendStop, why_failed
from dingnb.campaigns.sending.unknown_outcomes import Repeats
from dingnb.campaigns.status import State, Status
from dingnb.channels import Channel, SendResponse
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import (
    BusyError,
    DingError,
    InputError,
    LedgerError,
    QuotaError,
    ThrottledError,
    TransportError,
)
from dingnb.ledger import Ledger, LedgerSession, media, send_history
from dingnb.ledger.campaigns import actions, batches, campaigns, outcomes, stored_bodies, unknown_outcomes
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, leases, pace
from dingnb.ledger.sending.attempts import EndedAttempt, PendingBatch
from dingnb.ledger.sending.pace import PaceRequest
from dingnb.media import Content
from dingnb.words import Text, count

CLAIM_CHECK_S = 0.5
"""Interval between checks whether another process has stopped sending the campaign."""

_TIME_TOLERANCE_NS = 6 * NS_PER_S
"""Maximum difference of DingTalk's time between two processes, each accurate to 3 seconds (`ServerTime`)."""

_DRAIN_CHECK_NS = seconds_to_ns(0.05)
"""Interval between checks, when the program ends, whether the calls under way have ended."""

MIN_CHECK_S = 10.0
"""Minimum time between two checks for batches to repeat while others are queued."""

_QUOTA_CHECK_S = 10.0
"""Pause at the end of the quota while calls are under way, which may turn out not to count."""

_RECORD_USE_INTERVAL_NS = seconds_to_ns(3_600)
"""How often the use of this ledger is recorded."""

_RETRY_NOW = Wait("people", None, 0)
"""Requests the start again at once, after an outage; without a duration, no wait is reported, whatever its reason."""

PAUSE_AFTER = 10
"""Default number of failures in a row after which a campaign pauses."""

_active_sendings: "dict[int, Sending]" = {}
"""Sendings of this process that run or wait for their turn, by `id`."""


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
        stop: Stops the run, and has the reason.
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
        self.has_turn = False
        self.is_complete = False
        self._channel = channel
        self._pause_after = pause_after
        self._max_calls: int | None = None
        self._open_calls: dict[int, _OpenCall] = {}
        self._requeued_batches: dict[int, PendingBatch] = {}
        self._failures_in_a_row = 0
        self._use_recorded_ns: int | None = None
        self._backoff = context.backoff()
        self.stop = SendStop(context, self._backoff)
        self._lease = CampaignLease(context, campaign, self.stop.interrupt)
        self._guard = LedgerGuard(context, campaign, channel)
        self._repeats = Repeats(context, campaign, channel, self._backoff)
        with context.ledger.connection() as db:
            commands = campaigns.count_commands(db, campaign)
            self._reporter = ProgressReporter(db, context, campaign, followers, self._lease, self._backoff)
        self._remote_control = RemoteControl(context, campaign, self._end_remotely, commands, self._keep_lease)
        self._outages = LedgerOutages(context, self.stop, self._reporter)
        self._media = MediaUploads(
            context,
            campaign,
            contents,
            stop=self.stop,
            backoff=self._backoff,
            reporter=self._reporter,
            guard=self._guard,
            remote_control=self._remote_control,
        )

    def run(self) -> None:
        """
        Send until each batch is settled, or the run is stopped.

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
                if not self._claim(db):
                    self._guard.raise_loss()
                    return
                try:
                    with self._guard.guard(db):
                        self._take_turn(db)
                finally:
                    self.has_turn = False
                    self._lease.release(db, in_ledger=not self._guard.detect_loss())
            if not self._lease.is_lost:
                return
            self.stop.event.clear()
            # Read afterwards, because `end` sets the event last.
            if self.stop.is_ending:
                return

    def _claim(self, db: LedgerSession) -> bool:
        """
        Wait until no other process sends the campaign, and claim its lease; return False if the run was stopped before.

        Raises:
            InputError: The campaign is being recalled.
        """
        while not self._lease.claim(db):
            started_by = actions.last_sender(db, self.campaign)
            # The name of this person would not distinguish two notebooks of the person.
            waiting_behind = () if started_by in {"", self.context.operator} else (started_by,)
            self._reporter.notify("sender", waiting_behind=waiting_behind)
            if self.context.clock.wait(self.stop.event, seconds_to_ns(CLAIM_CHECK_S)):
                return False
        return True

    def register(self) -> None:
        """Let `sendings_here` find this sending until `run` has ended."""
        _active_sendings[id(self)] = self

    def unregister(self) -> None:
        """Undo `register`. If `run` is never called, the caller has to: the sending would count as running forever."""
        _active_sendings.pop(id(self), None)

    def stop_at_exit(self) -> None:
        """Stop sending because the program ends, without waiting."""
        if self.context.clock.is_real and not self.stop.is_ending:
            self.stop.end(State.INTERRUPTED, Explanation(Text("campaign.program_ended"), Text("campaign.stopped_todo")))

    def drain_at_exit(self) -> None:
        """Wait for calls under way when the program ends, for at most `MAX_DRAIN_S`."""
        clock = self.context.clock
        if not clock.is_real:
            return
        until_ns = clock.monotonic_ns() + seconds_to_ns(MAX_DRAIN_S)
        while id(self) in _active_sendings and clock.monotonic_ns() < until_ns:
            clock.wait(clock.event(), _DRAIN_CHECK_NS)

    def _end_remotely(self, state: State, why: Explanation) -> None:
        # A state set here before takes precedence.
        if not self.stop.is_ending:
            self.stop.end(state, why, by_person=True)

    def _keep_lease(self, db: LedgerSession) -> None:
        """Check the ledger's file and renew the lease, in the checking thread; if either is lost, stop calling."""
        if self._guard.detect_loss():
            self.stop.interrupt()
        else:
            # Normally the dispatching thread renews the lease: a write here makes that thread reread the file.
            self._lease.renew(db, 2 * leases.RENEW_NS)

    def _take_turn(self, db: LedgerSession) -> None:
        """Send, with the lease of the campaign, until it has ended or another process takes it over."""
        context = self.context
        if self._reporter.is_waiting:
            # The sender that this run has waited for has changed the counts.
            self._reporter.recount(db)
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

        failure = fetch_token(context.caller, context.pace, self._backoff, self.stop.event, on_wait)
        if failure is not None:
            self.stop.give_up(failure)
            self._finish(db)
            return
        with context.ledger.transaction(db):
            self._take_over(db)
        self._reporter.recount(db)
        self._reporter.publish_at_once(db)
        try:
            self._send_queued(db)
            self._repeat(db)
            self._media.stop_if_unsendable(db)
            self._guard.raise_loss()
        except Exception as error:
            self._record_crash(db, error)
            raise
        self._finish(db)

    def _finish(self, db: LedgerSession) -> None:
        """Record and report the end, unless another process sends the campaign now."""
        self._outages.write(db, lambda: self._record_end(db))
        if not self._lease.is_lost or self.stop.is_ending:
            self._reporter.final_state = self.stop.state
        self._reporter.notify()

    def _take_over(self, db: LedgerSession) -> None:
        """Record that the outcome of calls which the last sender left open is unknown, and that the campaign runs."""
        context, ledger = self.context, self.context.ledger
        now_ns, shared_clock_ns = context.now_ns(), ledger.shared_clock_ns(context.clock)
        if not self._lease.is_held(db):
            self._lease.lose()
            return
        died = Explanation(Text("result.died"), Text("result.unknown_todo"))
        attempts.close_abandoned(db, self.campaign, died, now_ns, shared_clock_ns)
        pace.ensure(db, context.realm, self._channel.send_api)
        pace.recount(db, context.realm, now_ns, shared_clock_ns, _TIME_TOLERANCE_NS)
        # Another sender may have finished the campaign while this run waited.
        if batches.is_open(db, self.campaign) or self._repeats.find(db):
            campaigns.set_state(db, self.campaign, State.RUNNING, now_ns)
            actions.add(db, Action(self.campaign, actions.SENT, context.operator, now_ns))

    def _record_end(self, db: LedgerSession) -> None:
        """Record the state, unless another process sends the campaign now."""
        if not self._lease.is_held(db):
            return
        stop, now_ns = self.stop, self.context.now_ns()
        campaigns.set_state(db, self.campaign, stop.state, now_ns, **stop.reason._asdict(), by_person=stop.is_by_person)
        if stop.is_ending:
            return
        row = campaigns.get(db, self.campaign)
        if row is not None and not row.store_content:
            stored_bodies.delete_texts(db, self.campaign)
        self.is_complete = not unknown_outcomes.count_undecided(db, self.campaign)

    def _send_queued(self, db: LedgerSession) -> None:
        """Send the queued batches; if there are media, in chunks, each after its uploads."""
        if not self._media.load(db):
            self._send(db, self._pending(db))
            self._send_requeued(db)
            return
        pending = self._pending(db)
        while not self.stop.event.is_set() and (chunk := list(islice(pending, BATCHES_AT_ONCE))):
            self._upload_and_send(db, chunk)
            self._send_requeued(db)

    def _send_requeued(self, db: LedgerSession) -> None:
        """Send the batches whose media ids were missing or refused, after new uploads."""
        while self._requeued_batches and not self.stop.event.is_set():
            requeued, self._requeued_batches = list(self._requeued_batches.values()), {}
            self._upload_and_send(db, requeued)

    def _upload_and_send(self, db: LedgerSession, to_send: Sequence[PendingBatch]) -> None:
        """Upload what batches need and send them; both for as many at once as the calls left this month allow."""
        while to_send and not self.stop.event.is_set():
            batch_count = self._media.upload_for(db, to_send)
            self._send(db, filter(self._media.is_sendable, to_send[:batch_count]))
            to_send = to_send[batch_count:]

    def _send(self, db: LedgerSession, pending: Iterable[PendingBatch]) -> None:
        """Make the calls for batches whose media are uploaded."""
        job = Job(
            api=self._channel.send_api,
            call=self._call,
            on_outcome=lambda batch, outcome, started_ns: self._settle(db, batch, outcome, started_ns),
            reserve=lambda batch: self._reserve(db, batch),
            postpone=lambda batch: self._postpone(db, batch),
            cancel=lambda batch: self._cancel(db, batch),
            on_wait=lambda delay_ns, why: self._reporter.report_wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        with self.context.ledger.brief_waits(db):
            self.stop.run_until_stopped(job, pending)

    def _pending(self, db: LedgerSession) -> Iterator[PendingBatch]:
        """
        Yield queued batches and, between them, batches with unknown outcome as soon as these may be repeated.

        Repeats are not left to the end of the queue, because a channel may allow them only on the same day.

        While calls fail, untried batches go first: they have all of their attempts left.
        """
        context = self.context
        check_ns = context.now_ns()
        for batch in batches.queued(db, self.campaign):
            if context.now_ns() >= check_ns and not self._backoff.is_failing:
                due = self._repeats.find(db)
                now_ns = context.now_ns()
                check_ns = now_ns + seconds_to_ns(max(context.repeat_after_s, MIN_CHECK_S))
                yield from (lost for due_ns, lost in due if due_ns <= now_ns)
            if len(batch.userids) > context.limits.people_per_minute:
                # The batch would wait forever. Sending the plan again under the name builds new batches.
                people = count("person", len(batch.userids))
                what = Text("campaign.too_large", people=people, limit=context.limits.people_per_minute)
                self.stop.halt(InputError(what, Text("campaign.too_large_todo")))
                return
            yield batch

    def _repeat(self, db: LedgerSession) -> None:
        """Repeat batches with unknown outcome as often as the send protocol allows, each at its time."""
        context = self.context
        while not self.stop.event.is_set():
            due = self._repeats.find(db)
            if not due:
                return
            now_ns, first_ns = context.now_ns(), min(due_ns for due_ns, _ in due)
            if first_ns > now_ns:
                self._reporter.report_wait(db, first_ns - now_ns, "repeat")
                # Short waits, because the clock may be set meanwhile.
                context.clock.wait(self.stop.event, min(first_ns - now_ns, NS_PER_S))
                continue
            self._send(db, [batch for due_ns, batch in due if due_ns <= now_ns])

    def _reserve(self, db: LedgerSession, batch: PendingBatch) -> Start | Wait | None:
        """Record an attempt and return its start; `Wait` if the call may not start yet, None to skip the batch."""
        context = self.context
        due_ns = self._repeats.due_ns(db, batch) if batch.status == Status.UNKNOWN else 0
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
            self._lease.renew(db, leases.RENEW_NS)
            requested_ns = context.clock.monotonic_ns()
            request = context.pace.request(self._channel.send_api, self.campaign, len(batch.userids))
            begun, idempotency_key = self._record_attempt(db, batch, body, request, now_ns)
        except LedgerError as error:
            self._outages.wait(db, error, lambda: self._undo_unconfirmed(db, batch))
            return _RETRY_NOW
        if begun.database_ns:
            context.ledger.add_time_sample(requested_ns, begun.database_ns, context.clock.monotonic_ns())
        if begun.start is None:
            return self._handle_refused_start(db, begun, request)
        start = context.pace.make_start(request, begun.start, requested_ns)
        self._guard.check_committed(db, batch, begun.attempt)
        self._record_live_use(now_ns)
        self._open_calls[batch.id] = _OpenCall(batch, begun.attempt, start, body, idempotency_key)
        self._reporter.counter.move(len(batch.userids), batch.status, "sending")
        self._reporter.counter.count_call(now_ns)
        self._reporter.notify()
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
        lease = self._lease.current
        if lease is None:
            return attempts.BeginResult("lost"), ""
        fixes_body = body != batch.body and batch.sent_body is None
        if not fixes_body and not self._channel.has_idempotency_keys:
            with ledger.transaction_unless_shared(db):
                return attempts.begin(db, lease, commands, batch, request, max_calls, now_ns), ""
        key = ""
        with ledger.transaction(db):
            begun = attempts.begin(db, lease, commands, batch, request, max_calls, now_ns)
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
            try:
                with self.context.ledger.row_locking_transaction(db):
                    room = pace.make_room(db, request)
            except LedgerError as error:
                self._outages.wait(db, error)
                return _RETRY_NOW
            return Wait("people", 0, 0) if room is None else Wait("people", *room)
        if begun.reason == "lost":
            self._lease.lose()
        elif begun.reason == "command":
            self._remote_control.carry_out(begun.command)
        elif begun.reason == "quota" and self._open_calls:
            # The calls under way are counted already, but calls that DingTalk refuses for now will not be.
            return Wait("pause", None, seconds_to_ns(_QUOTA_CHECK_S))
        elif begun.reason == "quota":
            self.stop.halt(make_quota_error(begun.used, self.context.limits.calls_per_month))
        return None

    def _postpone(self, db: LedgerSession, batch: PendingBatch) -> Start | None:
        """Reserve another start for a call that was too late; None if the call is not made, as without the lease."""
        context, open_call = self.context, self._open_calls[batch.id]
        requested_ns = context.clock.monotonic_ns()
        request = context.pace.request(self._channel.send_api, self.campaign)
        postponed = None
        try:
            with context.ledger.transaction_unless_shared(db):
                if self._lease.current is not None:
                    now_ns = context.now_ns()
                    postponed = attempts.postpone(db, self._lease.current, open_call.attempt, request, now_ns)
        except LedgerError as error:
            self._outages.wait(db, error)
        if postponed is not None:
            if postponed.database_ns:
                context.ledger.add_time_sample(requested_ns, postponed.database_ns, context.clock.monotonic_ns())
            open_call.start = context.pace.make_start(request, postponed.start, requested_ns)
            return open_call.start
        # If the campaign is still ours, the batch is sent with another attempt.
        self._cancel(db, batch)
        if not self._lease.is_lost and batch.status == Status.QUEUED:
            self._requeued_batches[batch.id] = batch
        return None

    def _cancel(self, db: LedgerSession, batch: PendingBatch) -> None:
        """Undo the attempt of a call that was not made."""
        self._undo_attempt(db, batch, was_made=False)
        del self._open_calls[batch.id]

    def _undo_unconfirmed(self, db: LedgerSession, batch: PendingBatch) -> None:
        """Undo an attempt of a batch that the database may have recorded without confirming it."""
        old_lease = self._lease.current
        if old_lease is None:
            return
        with self.context.ledger.transaction(db):
            # First, so that a statement which is still on its way has no effect.
            if not self._lease.begin_term(db):
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
        self._reporter.notify()
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
            self.stop.give_up(outcome)
        else:
            self.context.pace.pause(self._channel.send_api, retry.pause_s, retry.reason)
        ended = self._ended_attempt(self._open_calls[batch.id].attempt, batch)
        # The error's own hint is about repeating a single call, which sending does by itself.
        why = why_failed(outcome)._replace(hint=Text("result.unknown_todo"))
        self._outages.write(db, lambda: attempts.mark_unknown(db, ended, why))
        return None

    def _accept(self, db: LedgerSession, batch: PendingBatch, sent: SendResponse) -> None:
        """Record an accepted call; if another process has taken the campaign over meanwhile, as a late acceptance."""
        open_call = self._open_calls[batch.id]
        ended = self._ended_attempt(open_call.attempt, batch)
        if sent.unknown.reason:
            self._reporter.counter.move(len(batch.userids), "sending", Status.UNKNOWN)
            self._outages.write(db, lambda: attempts.mark_unknown(db, ended, sent.unknown))
            return
        self._reporter.counter.move(len(batch.userids), "sending", "accepted")
        for result in sent.results.values():
            status = Status.UNKNOWN if result.status == "unknown" else Status.FAILED
            self._reporter.counter.move_accepted_person(status)
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
                self._reporter.publish(db)
        except LedgerError as error:
            is_settled = False
            self._outages.wait(db, error)
        if not is_settled:
            self._outages.write(db, lambda: self._record_late_acceptance(db, ended, sent))

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
                self.stop.give_up(outcome)
            self._undo_attempt(db, batch, was_made=True, counts=False)
            return retry
        # A token may be revoked again while the call with the new token is under way.
        if retry is not None or isinstance(outcome, HALTING_ERRORS):
            if retry is None:
                self.stop.give_up(outcome)
            self._undo_attempt(db, batch, was_made=was_made, counts=not isinstance(outcome, QuotaError))
            return retry
        self._backoff.record_success()
        if why_failed(outcome).code == BAD_MEDIA_ID and batch.sent_body is None and self._discard_media_ids(db, batch):
            # DingTalk has forgotten an id that was in use: the content is uploaded again, and this call was refused.
            self._undo_attempt(db, batch, was_made=True)
            self._requeued_batches[batch.id] = batch
            return None
        ended = self._ended_attempt(self._open_calls[batch.id].attempt, batch)
        if self._outages.write(db, lambda: attempts.mark_failed(db, ended, why_failed(outcome))):
            self._count_failure(batch, "failed", outcome)
        else:
            # The outcome of the first call is still unknown, and a repeat would be refused again.
            if why_failed(outcome).code == BAD_MEDIA_ID:
                why = Explanation(Text("result.media_gone"), Text("result.media_gone_todo"), BAD_MEDIA_ID)
                self._outages.write(db, lambda: attempts.record_explanation(db, batch.id, why))
            self._reporter.counter.move(len(batch.userids), "sending", Status.UNKNOWN)
            self._repeats.abandon(batch)
        return None

    def _discard_media_ids(self, db: LedgerSession, batch: PendingBatch) -> bool:
        with self.context.ledger.transaction(db):
            return self._media.discard_ids(db, batch)

    def _undo_attempt(self, db: LedgerSession, batch: PendingBatch, *, was_made: bool, counts: bool = True) -> None:
        """
        Record that the attempt of a batch had no effect, so that the batch has its earlier status again.

        Args:
            db: The ledger.
            batch: The batch.
            was_made: Whether the call was made, although DingTalk refused it.
            counts: Whether DingTalk counts the call against the monthly quota.
        """
        attempt = self._open_calls[batch.id].attempt
        ended, realm, api = self._ended_attempt(attempt, batch), self.context.realm, self._channel.send_api
        if not was_made:
            self._guard.forget_attempt(attempt)
            self._reporter.counter.uncount_call()
        self._reporter.counter.move(len(batch.userids), "sending", batch.status)
        self._outages.write(
            db, lambda: attempts.mark_without_effect(db, ended, realm, api, was_made=was_made, counts=counts)
        )

    def _count_failure(self, batch: PendingBatch, status: str, error: DingError, *, failures: int = 1) -> None:
        self._reporter.counter.move(len(batch.userids), "sending", status)
        self._failures_in_a_row += failures
        if failures and self._pause_after is not None and self._failures_in_a_row >= self._pause_after:
            what = Text("campaign.paused_after", calls=count("call", self._failures_in_a_row), reason=error.text)
            self.stop.end(State.PAUSED, Explanation(what, Text("campaign.paused_after_todo"), why_failed(error).code))

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
                if self._lease.is_held(db):
                    campaigns.set_state(db, self.campaign, State.INTERRUPTED, now_ns, reason=what)
        except LedgerError:
            return

    def progress(self) -> Progress:
        """Return the progress."""
        return self._reporter.progress()

    def _wait_for_token(self, db: LedgerSession, wait_ns: int, why: PauseReason) -> None:
        """Report a wait before the first call, and that the campaign is running, for other windows."""
        with self.context.ledger.transaction(db):
            row = campaigns.get(db, self.campaign)
            if row is not None and row.state != State.RUNNING and batches.is_open(db, self.campaign):
                campaigns.set_state(db, self.campaign, State.RUNNING, self.context.now_ns())
        self._reporter.report_wait(db, wait_ns, why)


def sendings_here(ledger: Ledger, campaign: int) -> list[Sending]:
    """Return the sendings of a campaign in this process, by the campaign's ledger and its number there."""
    # A copy, since other threads change it.
    return [
        sending
        for sending in list(_active_sendings.values())
        if (sending.context.ledger.identity, sending.campaign) == (ledger.identity, campaign)
    ]
