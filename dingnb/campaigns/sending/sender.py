"""Sends a campaign: takes the sender lock, makes the calls, and records attempts and outcomes."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from dingnb.api.media import UPLOAD
from dingnb.calls.backoff import Backoff, fetch_token
from dingnb.calls.context import SendContext
from dingnb.calls.pace import Reason
from dingnb.calls.workers import Job, RetryLater, WorkerPool
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.ledger_guard import LedgerGuard
from dingnb.campaigns.sending.media_uploads import BAD_MEDIA_ID, BATCHES_AT_ONCE, MediaUploads
from dingnb.campaigns.sending.progress import Followers, Progress, Tally, Wait
from dingnb.campaigns.sending.quota import MonthWatch
from dingnb.campaigns.sending.remote_control import RemoteControl
from dingnb.campaigns.status import State, Status
from dingnb.channels import Channel
from dingnb.clock import NS_PER_S, seconds
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
from dingnb.ledger import LedgerSession, attempts, batches, campaigns, media
from dingnb.ledger.attempts import NO_REASON, PendingBatch, Why
from dingnb.ledger.lock import SenderLock
from dingnb.media import Content
from dingnb.words import Text, count, duration, sentences

LOCK_CHECK_S = 0.5
"""Interval between checks whether another process has stopped sending."""

_MINUTE_NS = 60 * NS_PER_S
_RECENT_NS = 2 * NS_PER_S
_CLOCK_TOLERANCE_NS = 6 * NS_PER_S
"""Maximum difference of DingTalk's time between two processes, each accurate to 3 seconds (`ServerTime`)."""


def take_turn(context: SendContext, lock: SenderLock, stop: threading.Event, on_wait: Callable[[], None]) -> bool:
    """Wait for the sender lock, calling `on_wait` each time; return whether it was taken before `stop` was set."""
    while not lock.take():
        on_wait()
        if context.clock.wait(stop, seconds(LOCK_CHECK_S)):
            return False
    return True


def seed_pace(context: SendContext, db: LedgerSession, api: str) -> None:
    """
    Set the pace of an API that sends to the calls of the last minute in the ledger.

    The caller must hold the app's sender lock.
    """
    now_ns = context.now_ns()
    recent = attempts.since(db, context.realm, now_ns - _MINUTE_NS - _CLOCK_TOLERANCE_NS)
    context.pace.seed(
        api,
        [now_ns - one.started_ns for one in recent if one.started_ns > now_ns - _RECENT_NS],
        [
            (now_ns - _CLOCK_TOLERANCE_NS - (one.ended_ns or now_ns), one.people)
            for one in recent
            if one.outcome not in {"refused", "failed"}
        ],
    )


MAX_DRAIN_S = 30.0
"""Longest wait for calls under way when the program ends."""

_DRAIN_CHECK_NS = seconds(0.05)

MIN_CHECK_S = 10.0
"""Minimum time between two checks for batches to repeat while others are queued."""

PAUSE_AFTER = 10
"""Number of failures in a row after which a campaign pauses."""

_UNCOUNTED = (TransportError, BusyError, ThrottledError, QuotaError, InputError)
"""Errors after which an upload that had no effect is not counted: no call left, or DingTalk does not count it."""

HALTS = (TransportError, BusyError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that further calls would raise as well, if the call certainly had no effect."""

_here: "dict[int, Sending]" = {}
"""Sendings of this process that run or wait for their turn, by `id`."""


@dataclass(slots=True)
class Sending:
    """
    One run of a campaign, until all batches are settled or it is stopped.

    Attributes:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        channel: The channel that it is sent by.
        followers: Receive every change of the progress.
        pause_after: The number of failures in a row after which the campaign pauses; None for never.
        contents: The media that this process holds, by reference.
        halted_by: The error that stopped it: one of `HALTS`, or a throttle that does not end.
        settled: The number of calls with a final or unknown outcome.
        stop: Set when no further call may leave.
        has_turn: Whether it sends now; otherwise it waits for another sender.
    """

    context: SendContext
    campaign: int
    channel: Channel
    followers: Followers = field(default_factory=Followers)
    pause_after: int | None = PAUSE_AFTER
    contents: Mapping[str, Content] = field(default_factory=dict)
    halted_by: DingError | None = None
    settled: int = 0
    stop: threading.Event = field(init=False)
    has_turn: bool = False
    _wanted: State = State.FINISHED
    _why: Why = NO_REASON
    _by_person: bool = False
    _pool: "WorkerPool[PendingBatch, str | DingError] | WorkerPool[Content, str | DingError] | None" = None
    _tally: Tally = field(init=False)
    _under_way: dict[int, tuple[PendingBatch, int]] = field(default_factory=dict)
    _given_up: set[int] = field(default_factory=set)
    _waiting_for: Wait = ""
    _waiting_until_ns: int = 0
    _is_over: bool = False
    _failures_in_a_row: int = 0
    _backoff: Backoff = field(init=False)
    _month: MonthWatch = field(init=False)
    _remote_control: RemoteControl = field(init=False)
    _guard: LedgerGuard = field(init=False)
    _media: MediaUploads = field(init=False)
    _bodies: dict[int, bytes] = field(default_factory=dict)
    _without_media: dict[int, PendingBatch] = field(default_factory=dict)
    _renewed: dict[int, PendingBatch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stop = self.context.clock.event()
        self._backoff = self.context.backoff()
        self._month = MonthWatch(self.context, self.campaign)
        self._guard = LedgerGuard(self.context, self.campaign, self.channel)
        self._media = MediaUploads(self.context, self.campaign, self.contents)
        with self.context.ledger.connection() as db:
            commands = campaigns.count_commands(db, self.campaign)
            self._remote_control = RemoteControl(
                self.context, self.campaign, self._end_remotely, commands, self._check_ledger
            )
            self._count(db)

    def run(self) -> None:
        """
        Send until each batch is settled, or until `end` is called.

        Raises:
            LedgerError: An attempt or its outcome could not be recorded.
            Exception: An error inside dingnb; the outcome of calls under way is unknown then.
        """
        lock = SenderLock(self.context.ledger.folder, self.context.realm)
        self.register()
        try:
            with self._remote_control.checking():
                if take_turn(self.context, lock, self.stop, lambda: self._notify("sender")):
                    with self.context.ledger.connection() as db, self._guard.guarding(db):
                        self._run(db)
                else:
                    self._guard.raise_loss()
        finally:
            self.has_turn = False
            self.unregister()
            lock.give_back()

    def register(self) -> None:
        """Make it available to `sendings_here` until `run` has ended."""
        _here[id(self)] = self

    def unregister(self) -> None:
        """Undo `register`; otherwise a sending that never ran would always count as running."""
        _here.pop(id(self), None)

    def end_with_program(self) -> None:
        """Stop sending and wait for calls under way, since the program ends."""
        clock = self.context.clock
        if not clock.is_real:
            return
        if not self.stop.is_set():
            self.end(State.INTERRUPTED, Why(Text("campaign.program_ended"), Text("campaign.stopped_todo")))
        until_ns = clock.monotonic_ns() + seconds(MAX_DRAIN_S)
        while id(self) in _here and clock.monotonic_ns() < until_ns:
            clock.wait(clock.event(), _DRAIN_CHECK_NS)

    def end(self, state: State, why: Why = NO_REASON, *, by_person: bool = False) -> None:
        """
        Make no further calls, await those under way, and leave the campaign in a state.

        Args:
            state: The state.
            why: The reason.
            by_person: Whether a person paused or stopped it, so that only `Campaign.resume` continues it.
        """
        self._wanted, self._why, self._by_person = state, why, by_person
        self.stop.set()
        if self._pool is not None:
            self._pool.interrupt()

    def _end_remotely(self, state: State, why: Why) -> None:
        # A state set here before takes precedence.
        if not self.stop.is_set():
            self.end(state, why, by_person=True)

    def _check_ledger(self) -> None:
        """Make no further calls if the ledger's file is lost; may be called in any thread."""
        if self._guard.sees_loss():
            self.stop.set()
            if self._pool is not None:
                self._pool.interrupt()

    def _run(self, db: LedgerSession) -> None:
        context = self.context
        if self._waiting_for:
            # The previous sender may have sent the same campaign.
            self._count(db)
            self._notify()
        self.has_turn = True
        with context.ledger.writing(db):
            campaigns.note_sender(db, context.realm, self.campaign)
            campaigns.set_progress(db, self.campaign, "")
        context.pace.end_outage(self.channel.send_api)

        def on_wait(wait_ns: int, why: Reason) -> None:
            self._wait_for_token(db, wait_ns, why)

        refused = fetch_token(context.caller, context.pace, self._backoff, self.stop, on_wait)
        if refused is not None:
            self._give_up(refused)
            with context.ledger.writing(db):
                campaigns.note_sender(db, context.realm, None)
                self._note_end(db)
            return
        with context.ledger.writing(db):
            died = Why(Text("result.died"), Text("result.unknown_todo"))
            attempts.take_over(db, context.realm, died, context.now_ns())
            # Another sender may have finished it while this one waited.
            if batches.is_open(db, self.campaign) or self._due(db):
                campaigns.set_state(db, self.campaign, State.RUNNING, context.now_ns())
        seed_pace(context, db, self.channel.send_api)
        self._count(db)
        self._notify()
        self._remote_control.publish_at_once(db, self.progress())
        try:
            self._send_queued(db)
            self._repeat(db)
            self._leave_without_media(db)
            self._guard.raise_loss()
        except Exception as error:
            self._crashed(db, error)
            raise
        with context.ledger.writing(db):
            self._note_end(db)
            campaigns.note_sender(db, context.realm, None)
            row = campaigns.get(db, self.campaign)
            if self._wanted is State.FINISHED and row is not None and not row.store_content:
                batches.forget_content(db, self.campaign)
        self._is_over = True
        self._notify()

    def _note_end(self, db: LedgerSession) -> None:
        why, by_person = self._why._asdict(), self._by_person
        campaigns.set_state(db, self.campaign, self._wanted, self.context.now_ns(), **why, by_person=by_person)

    def _count(self, db: LedgerSession) -> None:
        counts = batches.count_by_status(db, self.campaign)
        row = campaigns.get(db, self.campaign)
        self._tally = Tally(
            self.context.limits,
            {status: people for status, (_, people) in counts.items()},
            {status: n for status, (n, _) in counts.items()},
            unit_of(has_key=row is not None and bool(row.key_columns)),
        )

    def _send_queued(self, db: LedgerSession) -> None:
        """Send the queued batches; those that refer to media some at a time, after their uploads."""
        if not self._media.load(db):
            self._send(db, self._pending(db))
            self._send_renewed(db)
            return
        self._tally.expect_uploads(self._media.count_missing(db))
        pending = self._pending(db)
        while not self.stop.is_set() and (some := list(islice(pending, BATCHES_AT_ONCE))):
            self._upload_and_send(db, some)
            self._send_renewed(db)

    def _send_renewed(self, db: LedgerSession) -> None:
        """Send the batches whose media ids were missing or refused, after new uploads."""
        while self._renewed and not self.stop.is_set():
            some, self._renewed = list(self._renewed.values()), {}
            self._upload_and_send(db, some)

    def _upload_and_send(self, db: LedgerSession, some: Sequence[PendingBatch]) -> None:
        missing = self._media.find_missing(db, some)
        if missing:
            self._upload(db, missing)
        self._without_media.update((one.id, one) for one in some if self._media.why_missing(one) is not None)
        self._send(db, [one for one in some if one.id not in self._without_media])

    def _upload(self, db: LedgerSession, missing: Sequence[Content]) -> None:
        context = self.context
        job = Job(
            api=UPLOAD,
            call=self._media.upload,
            on_outcome=lambda content, outcome, started_ns: self._settle_upload(db, content, outcome, started_ns),
            on_start=lambda _: self._begin_upload(db),
            on_wait=lambda delay_ns, why: self._wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        self._tally.begin_uploads(missing)
        self._notify()
        pool = self._pool = WorkerPool(context.clock, context.pace, job)
        pool.run(missing, self.stop)
        self._tally.begin_uploads(())

    def _begin_upload(self, db: LedgerSession) -> bool:
        self._guard.check(db)
        with self.context.ledger.writing(db):
            if self._remote_control.check(db):
                return False
            used_up = self._month.used_up(db)
            if used_up is None:
                self._media.begin(db)
        if used_up is not None:
            self._halt(used_up)
        return used_up is None

    def _settle_upload(
        self, db: LedgerSession, content: Content, outcome: str | DingError, started_ns: int
    ) -> RetryLater | None:
        if isinstance(outcome, str):
            self._backoff.succeeded()
            with self.context.ledger.writing(db):
                self._media.record(db, content, outcome)
                self._tally.uploaded(content)
                self._remote_control.publish(db, self.progress())
            self._notify()
            return None
        if not outcome.may_have_taken_effect and isinstance(outcome, _UNCOUNTED):
            with self.context.ledger.writing(db):
                self._media.give_back(db)
        # An upload reaches nobody: it may be repeated though it may have taken effect.
        retry = self._backoff.failed(outcome, started_ns, is_query=True)
        if retry is None and (isinstance(outcome, (*HALTS, ThrottledError)) or outcome.may_have_taken_effect):
            # Its own hint is about repeating a call that may have reached people.
            todo = Text("campaign.upload_todo") if outcome.may_have_taken_effect else outcome.advice
            self._give_up(outcome.advise(todo))
        elif retry is None:
            self._media.refuse(content, outcome)
        return retry

    def _leave_without_media(self, db: LedgerSession) -> None:
        """Leave queued whose file could not be uploaded, and end the sending with the reason."""
        if not self._without_media or self.stop.is_set():
            return
        left = self._without_media.values()
        with self.context.ledger.writing(db):
            for batch in left:
                attempts.explain(db, batch.id, self._media.why_missing(batch) or NO_REASON)
        self.end(State.STOPPED, self._media.why_left(sum(len(one.userids) for one in left)))

    def _send(self, db: LedgerSession, pending: Iterable[PendingBatch]) -> None:
        context = self.context
        job = Job(
            api=self.channel.send_api,
            call=self._call,
            on_outcome=lambda batch, outcome, started_ns: self._settle(db, batch, outcome, started_ns),
            on_start=lambda batch: self._begin(db, batch),
            people=lambda batch: len(batch.userids),
            counted=lambda outcome: isinstance(outcome, str) or outcome.may_have_taken_effect,
            on_wait=lambda delay_ns, why: self._wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        pool = self._pool = WorkerPool(context.clock, context.pace, job)
        pool.run(pending, self.stop)

    def _pending(self, db: LedgerSession) -> Iterator[PendingBatch]:
        """
        Yield queued batches, and among them unknown ones as soon as they may be repeated, since the day may end.

        While calls fail, untried batches go first: they have all of their attempts left.
        """
        context = self.context
        check_ns = context.now_ns()
        for batch in batches.queued(db, self.campaign):
            if context.now_ns() >= check_ns and not self._backoff.is_failing:
                due = self._due(db)
                now_ns = context.now_ns()
                check_ns = now_ns + seconds(max(context.repeat_after_s, MIN_CHECK_S))
                yield from (lost for due_ns, lost in due if due_ns <= now_ns)
            if len(batch.userids) > context.limits.people_per_minute:
                # It would wait forever. Sending the plan again under the name builds new batches.
                people = count("person", len(batch.userids))
                what = Text("campaign.too_large", people=people, limit=context.limits.people_per_minute)
                self._halt(InputError(what, Text("campaign.too_large_todo")))
                return
            yield batch

    def _due(self, db: LedgerSession) -> list[tuple[int, PendingBatch]]:
        """Return the unknown batches that may be repeated, each with the earliest time."""
        return [(due_ns, batch) for batch in batches.lost(db, self.campaign) if (due_ns := self._due_ns(db, batch))]

    def _repeat(self, db: LedgerSession) -> None:
        """Repeat unknown batches as often as the send protocol allows, each at its time."""
        context = self.context
        while not self.stop.is_set():
            due = self._due(db)
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
        if batch.id in self._given_up:
            return None
        tried, gives_up_ns = attempts.of_batch(db, batch.id), self._backoff.gives_up_ns
        if not self._backoff.is_failing or gives_up_ns is None or not self.channel.is_last_attempt(tried):
            return self.channel.repeat_due_ns(self.context, tried)
        # A long outage must not use up the last attempt before sending gives up.
        not_before_ns = self.context.now_ns() + gives_up_ns - self.context.clock.monotonic_ns()
        due_ns = self.channel.repeat_due_ns(self.context, tried, not_before_ns)
        return due_ns or self.channel.repeat_due_ns(self.context, tried)

    def _begin(self, db: LedgerSession, batch: PendingBatch) -> bool:
        context = self.context
        due_ns = self._due_ns(db, batch) if batch.status == Status.UNKNOWN else 0
        # Read afterwards, so that a batch due now is not in the future.
        now_ns = context.now_ns()
        if due_ns is None or due_ns > now_ns:
            return False
        body = self._media.body_of(batch)
        if body is None:
            # Its media id is missing: DingTalk has refused it for another batch meanwhile.
            self._renewed[batch.id] = batch
            return False
        self._guard.check(db)
        with context.ledger.writing(db):
            if self._remote_control.check(db):
                return False
            used_up = self._month.used_up(db)
            attempt = None if used_up else attempts.begin(db, context.realm, batch, self.channel.send_api, now_ns)
            if attempt is not None and body != batch.body and batch.sent_body is None:
                media.fix_body(db, batch.id, body)
        if used_up is not None:
            self._halt(used_up)
        if attempt is None:
            return False
        self._guard.committed(db, batch, attempt)
        self._under_way[batch.id] = (batch, attempt)
        self._bodies[batch.id] = body
        self._tally.move(len(batch.userids), batch.status, "sending")
        self._tally.call(now_ns)
        self._notify()
        return True

    def _call(self, batch: PendingBatch) -> str | DingError:
        try:
            return self.channel.send(self.context, batch.userids, self._bodies[batch.id])
        except DingError as error:
            return error

    def _settle(
        self, db: LedgerSession, batch: PendingBatch, outcome: str | DingError, started_ns: int
    ) -> RetryLater | None:
        attempt = self._under_way[batch.id][1]
        self._guard.secure(db)
        with self.context.ledger.writing(db):
            retry = self._note(db, batch, attempt, outcome, started_ns)
            self._remote_control.publish(db, self.progress())
        self._guard.settled(db)
        del self._under_way[batch.id], self._bodies[batch.id]
        self._notify()
        return retry

    def _note(
        self, db: LedgerSession, batch: PendingBatch, attempt: int, outcome: str | DingError, started_ns: int
    ) -> RetryLater | None:
        now_ns = self.context.now_ns()
        if isinstance(outcome, str):
            self._failures_in_a_row = 0
            self._backoff.succeeded()
            attempts.accept(db, attempt, batch, outcome, now_ns)
            self._tally.move(len(batch.userids), "sending", "accepted")
            self.settled += 1
            return None
        before = self._backoff.failures
        retry = self._backoff.failed(outcome, started_ns)
        if not outcome.may_have_taken_effect:
            return self._note_refusal(db, batch, attempt, outcome, retry)
        attempts.lose(db, attempt, batch.id, _why(outcome), now_ns)
        # Concurrent failures count as one failure of DingTalk.
        self._failed(batch, "unknown", outcome, failures=self._backoff.failures - before)
        if retry is None:
            self._give_up(outcome)
        else:
            self.context.pace.pause(self.channel.send_api, retry.pause_s, retry.reason)
        return None

    def _note_refusal(
        self, db: LedgerSession, batch: PendingBatch, attempt: int, outcome: DingError, retry: RetryLater | None
    ) -> RetryLater | None:
        """Record a call that certainly had no effect."""
        now_ns = self.context.now_ns()
        # Such errors certainly had no effect only if no call was made, or if the call for a token failed.
        never_left = isinstance(outcome, TransportError | BusyError)
        if isinstance(outcome, ThrottledError):
            self._give_back(db, batch, attempt, now_ns, left=True, counts=False)
            if retry is None:
                self._give_up(outcome)
            return retry
        # A token may be revoked again while the call with the new one is under way.
        if retry is not None or isinstance(outcome, HALTS):
            self._give_back(db, batch, attempt, now_ns, left=not never_left, counts=not isinstance(outcome, QuotaError))
            if retry is None:
                self._give_up(outcome)
            return retry
        self._backoff.succeeded()
        if _why(outcome).code == BAD_MEDIA_ID and batch.sent_body is None and self._media.renew(db, batch):
            # DingTalk has forgotten an id that was in use: the content is uploaded again, and this call was refused.
            self._give_back(db, batch, attempt, now_ns, left=True)
            self._renewed[batch.id] = batch
            return None
        if attempts.refuse(db, attempt, batch, _why(outcome), now_ns):
            self._failed(batch, "failed", outcome)
        else:
            # The outcome of the first call is still unknown, and a repeat would be refused again.
            if _why(outcome).code == BAD_MEDIA_ID:
                why = Why(Text("result.media_gone"), Text("result.media_gone_todo"), BAD_MEDIA_ID)
                attempts.explain(db, batch.id, why)
            self._tally.move(len(batch.userids), "sending", Status.UNKNOWN)
            self._given_up.add(batch.id)
        return None

    def _give_back(
        self, db: LedgerSession, batch: PendingBatch, attempt: int, now_ns: int, *, left: bool, counts: bool = True
    ) -> None:
        realm, api = self.context.realm, self.channel.send_api
        attempts.give_back(db, realm, attempt, batch, api, now_ns, left=left, counts=counts)
        if not left:
            self._guard.never_left(attempt)
        self._tally.move(len(batch.userids), "sending", batch.status)

    def _failed(self, batch: PendingBatch, status: str, error: DingError, *, failures: int = 1) -> None:
        self._tally.move(len(batch.userids), "sending", status)
        self.settled += 1
        self._failures_in_a_row += failures
        if failures and self.pause_after is not None and self._failures_in_a_row >= self.pause_after:
            what = Text("campaign.paused_after", calls=count("call", self._failures_in_a_row), reason=error.text)
            self.end(State.PAUSED, Why(what, Text("campaign.paused_after_todo"), _why(error).code))

    def _give_up(self, error: DingError) -> None:
        """Halt for an error that retries have not resolved, or cannot resolve."""
        patience_s = self.context.outage_patience_s
        is_over = self._backoff.gives_up_ns is not None and self._backoff.gives_up_s == 0 and patience_s
        if not is_over:
            self._halt(error)
            return
        what = sentences(error.text, Text("campaign.gave_up", duration=duration(patience_s)))
        # Its own hint is about repeating a single call, which sending does by itself.
        hint = Text("campaign.gave_up_todo") if error.may_have_taken_effect else error.advice
        self._halt(error, _why(error)._replace(reason=what, hint=hint))

    def _halt(self, error: DingError, why: Why | None = None) -> None:
        if self.halted_by is None:
            self.halted_by = error
            self.end(State.STOPPED, why or _why(error))

    def _crashed(self, db: LedgerSession, error: Exception) -> None:
        """Record as much as possible; the next sender treats the rest as unknown."""
        what = Text("result.crashed", error=f"{type(error).__name__}: {error}")
        if isinstance(error, LedgerError):
            what = error.text
        now_ns = self.context.now_ns()
        try:
            with self.context.ledger.writing(db):
                for batch, attempt in self._under_way.values():
                    attempts.lose(db, attempt, batch.id, Why(what, Text("result.unknown_todo")), now_ns)
                campaigns.set_state(db, self.campaign, State.INTERRUPTED, now_ns, reason=what)
        except LedgerError:
            return

    def progress(self) -> Progress:
        """Return the progress."""
        state = self._wanted if self._is_over else State.RUNNING
        now_ns = self.context.clock.monotonic_ns()
        waiting_s = -(-max(self._waiting_until_ns - now_ns, 0) // NS_PER_S)
        return self._tally.record(
            self.context.now_ns(), state, self._waiting_for, waiting_s, gives_up_s=self._backoff.gives_up_s
        )

    def _wait(self, db: LedgerSession, delay_ns: int | None, waiting_for: Wait) -> None:
        if delay_ns is not None and delay_ns >= NS_PER_S:
            self._notify(waiting_for, delay_ns)
            self._remote_control.publish_at_once(db, self.progress())

    def _wait_for_token(self, db: LedgerSession, wait_ns: int, why: Reason) -> None:
        """Report a wait before the first call, and that the campaign is running, for other windows."""
        with self.context.ledger.writing(db):
            row = campaigns.get(db, self.campaign)
            if row is not None and row.state != State.RUNNING and batches.is_open(db, self.campaign):
                campaigns.set_state(db, self.campaign, State.RUNNING, self.context.now_ns())
        self._wait(db, wait_ns, why)

    def _notify(self, waiting_for: Wait = "", delay_ns: int = 0) -> None:
        self._waiting_for = waiting_for
        self._waiting_until_ns = self.context.clock.monotonic_ns() + delay_ns
        self.followers.notify(self.progress)


def sendings_here(folder: Path, campaign: int) -> list[Sending]:
    """Return the sendings of a campaign in this process, by the folder of its ledger and its number there."""
    # A copy, since other threads change it.
    return [one for one in list(_here.values()) if (one.context.ledger.folder, one.campaign) == (folder, campaign)]


def _why(error: DingError) -> Why:
    return Why(error.text, error.advice, error.code if isinstance(error, ApiError) else "")
