"""What comes before the first call of a sending: the turn, and the pace that others have left."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from dingnb.api import work_notifications as notifications
from dingnb.calls.backoff import Backoff, fetch_token
from dingnb.calls.context import Line
from dingnb.calls.pace import Reason
from dingnb.calls.quota import MonthWatch
from dingnb.calls.repeats import is_last_try, repeat_due_ns
from dingnb.calls.workers import Again, Crew, Work
from dingnb.campaigns.recipient_count import unit_of
from dingnb.campaigns.sending.followers import Followers
from dingnb.campaigns.sending.ledger_guard import LedgerGuard
from dingnb.campaigns.sending.progress import Progress, Tally, Wait
from dingnb.campaigns.sending.remote_control import Hearing
from dingnb.campaigns.status import State, Status
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
from dingnb.ledger import attempts, batches, campaigns, steering
from dingnb.ledger.attempts import NO_REASON, Job, Why
from dingnb.ledger.lock import SenderLock
from dingnb.words import count, duration, say

LOOK_FOR_LOCK_S = 0.5
"""So often a campaign looks whether another kernel has stopped sending."""

_MINUTE_NS = 60 * NS_PER_S
_LATELY_NS = 2 * NS_PER_S
_UNSURE_NS = 6 * NS_PER_S
"""So far apart may two processes take DingTalk's time to be, which they know to 3 seconds (`ServerTime`)."""


def take_turn(line: Line, lock: SenderLock, stop: threading.Event, tell: Callable[[], None]) -> bool:
    """Wait for the turn to send, and tell so each time; return whether it was taken before `stop` was set."""
    while not lock.take():
        tell()
        if line.clock.wait(stop, seconds(LOOK_FOR_LOCK_S)):
            return False
    return True


def seed_pace(line: Line, db: sqlite3.Connection) -> None:
    """Start the pace with what the ledger knows of the last minute; only who holds the app's lock may call it."""
    now_ns = line.now_ns()
    lately = attempts.since(db, line.realm, now_ns - _MINUTE_NS - _UNSURE_NS)
    line.pace.seed(
        notifications.SEND,
        [now_ns - one.started_ns for one in lately if one.started_ns > now_ns - _LATELY_NS],
        [(now_ns - _UNSURE_NS - (one.ended_ns or now_ns), one.people) for one in lately if one.outcome != "refused"],
    )


LONGEST_DRAIN_S = 30.0
"""The longest wait for calls that are on their way when the program ends."""

_LOOK_NS = seconds(0.05)

LEAST_LOOK_S = 10.0
"""While others are queued, it looks so seldom for what may be repeated."""

PAUSE_AFTER = 10
"""After so many failures in a row a campaign pauses."""

HALTS = (TransportError, BusyError, QuotaError, CredentialsError, TokenError, AccessError)
"""Errors that meet every further call as well, where it is sure that the call had no effect."""

_here: "dict[int, Sending]" = {}
"""What is sent in this process, or waits to be, so that whoever asks for it by its campaign can end it."""


@dataclass(slots=True)
class Sending:
    """
    One go at a campaign, until all is settled, or until it is stopped.

    Attributes:
        line: What to send with.
        campaign: Its number in the ledger.
        followers: Are told of every change.
        pause_after: After so many failures in a row the campaign pauses; None is never.
        halted_by: The error that stopped it: one of `HALTS`, or a throttle that does not end.
        settled: How many calls it knows the end of, or that it is unknown; a refusal for now is none.
        stop: Set when no further call may leave.
        has_turn: Whether it sends, and waits for no other.
    """

    line: Line
    campaign: int
    followers: Followers = field(default_factory=Followers)
    pause_after: int | None = PAUSE_AFTER
    halted_by: DingError | None = None
    settled: int = 0
    stop: threading.Event = field(init=False)
    has_turn: bool = False
    _wanted: State = State.FINISHED
    _why: Why = NO_REASON
    _by_person: bool = False
    _crew: Crew[Job, int | DingError] | None = None
    _tally: Tally = field(init=False)
    _under_way: dict[int, tuple[Job, int]] = field(default_factory=dict)
    _given_up: set[int] = field(default_factory=set)
    _waiting_for: Wait = ""
    _waiting_until_ns: int = 0
    _is_over: bool = False
    _failures_in_a_row: int = 0
    _backoff: Backoff = field(init=False)
    _month: MonthWatch = field(init=False)
    _hearing: Hearing = field(init=False)
    _guard: LedgerGuard = field(init=False)

    def __post_init__(self) -> None:
        self.stop = self.line.clock.event()
        self._backoff = self.line.backoff()
        self._month = MonthWatch(self.line, self.campaign)
        self._guard = LedgerGuard(self.line, self.campaign)
        with self.line.ledger.connection() as db:
            wishes = steering.count_wishes(db, self.campaign)
            self._hearing = Hearing(self.line, self.campaign, self._obey, wishes, self._look_at_ledger)
            self._count(db)

    def run(self) -> None:
        """
        Send until each batch is settled, or until `end` is called.

        Raises:
            LedgerError: What was to be sent, or what came of it, could not be written down.
            Exception: What went wrong inside dingnb; what was under way then is unknown.
        """
        lock = SenderLock(self.line.ledger.folder, self.line.realm)
        self.register()
        try:
            with self._hearing.listening():
                if take_turn(self.line, lock, self.stop, lambda: self._tell("sender")):
                    with self.line.ledger.connection() as db, self._guard.over(db):
                        self._run(db)
                else:
                    self._guard.raise_loss()
        finally:
            self.has_turn = False
            del _here[id(self)]
            lock.give_back()

    def register(self) -> None:
        """Let it be found by its campaign from now on, until `run` has come to its end."""
        _here[id(self)] = self

    def end_with_program(self) -> None:
        """Let what is under way come to its end, since the program ends."""
        clock = self.line.clock
        if not clock.is_real:
            return
        if not self.stop.is_set():
            self.end(State.INTERRUPTED, Why(say("campaign.program_ended"), say("campaign.stopped_todo")))
        until_ns = clock.monotonic_ns() + seconds(LONGEST_DRAIN_S)
        while id(self) in _here and clock.monotonic_ns() < until_ns:
            clock.wait(clock.event(), _LOOK_NS)

    def end(self, state: State, why: Why = NO_REASON, *, by_person: bool = False) -> None:
        """
        Let no further call leave; what is under way is drained, and the campaign is left in this state.

        Args:
            state: That state.
            why: Why it ends.
            by_person: Whether somebody paused or stopped it, so that only `Campaign.resume` continues it.
        """
        self._wanted, self._why, self._by_person = state, why, by_person
        self.stop.set()
        if self._crew is not None:
            self._crew.interrupt()

    def _obey(self, state: State, why: Why) -> None:
        # What has come to its end already, or was ended here, ends as that was meant.
        if not self.stop.is_set():
            self.end(state, why, by_person=True)

    def _look_at_ledger(self) -> None:
        """Let no further call leave where the ledger's file is lost; in any thread."""
        if self._guard.sees_loss():
            self.stop.set()
            if self._crew is not None:
                self._crew.interrupt()

    def _run(self, db: sqlite3.Connection) -> None:
        line = self.line
        if self._waiting_for:
            # Who had the turn before may have sent the same campaign.
            self._count(db)
            self._tell()
        self.has_turn = True
        with line.ledger.writing(db):
            campaigns.note_sender(db, line.realm, self.campaign)
            steering.tell(db, self.campaign, "")
        line.pace.end_outage(notifications.SEND)

        def on_wait(wait_ns: int, why: Reason) -> None:
            self._wait_for_token(db, wait_ns, why)

        refused = fetch_token(line.caller, line.pace, self._backoff, self.stop, on_wait)
        if refused is not None:
            self._give_up(refused)
            with line.ledger.writing(db):
                campaigns.note_sender(db, line.realm, None)
                self._note_end(db)
            return
        with line.ledger.writing(db):
            died = Why(say("result.died"), say("result.unknown_todo"))
            attempts.take_over(db, line.realm, died, line.now_ns())
            # What another sender has finished while this one waited does not run once more.
            if batches.is_open(db, self.campaign) or self._due(db):
                campaigns.set_state(db, self.campaign, State.RUNNING, line.now_ns())
        seed_pace(line, db)
        self._count(db)
        self._tell()
        self._hearing.tell_at_once(db, self.progress())
        try:
            self._send(db, self._jobs(db))
            self._repeat(db)
            self._guard.raise_loss()
        except Exception as error:
            self._crashed(db, error)
            raise
        with line.ledger.writing(db):
            self._note_end(db)
            campaigns.note_sender(db, line.realm, None)
            row = campaigns.get(db, self.campaign)
            if self._wanted is State.FINISHED and row is not None and not row.store_content:
                batches.forget_content(db, self.campaign)
        self._is_over = True
        self._tell()

    def _note_end(self, db: sqlite3.Connection) -> None:
        why, by_person = self._why._asdict(), self._by_person
        campaigns.set_state(db, self.campaign, self._wanted, self.line.now_ns(), **why, by_person=by_person)

    def _count(self, db: sqlite3.Connection) -> None:
        counts = batches.count_by_status(db, self.campaign)
        row = campaigns.get(db, self.campaign)
        self._tally = Tally(
            self.line.limits,
            {status: people for status, (_, people) in counts.items()},
            {status: n for status, (n, _) in counts.items()},
            unit_of(has_key=row is not None and bool(row.key_columns)),
        )

    def _send(self, db: sqlite3.Connection, jobs: Iterable[Job]) -> None:
        line = self.line
        work = Work(
            api=notifications.SEND,
            do=self._call,
            on_outcome=lambda job, outcome, started_ns: self._settle(db, job, outcome, started_ns),
            on_start=lambda job: self._begin(db, job),
            people=lambda job: len(job.userids),
            counted=lambda outcome: isinstance(outcome, int) or outcome.may_have_taken_effect,
            on_wait=lambda delay_ns, why: self._wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        self._crew = Crew(line.clock, line.pace, work)
        self._crew.run(jobs, self.stop)

    def _jobs(self, db: sqlite3.Connection) -> Iterator[Job]:
        """
        Yield what is queued; and between it what is unknown, as soon as it may be repeated: the day may end.

        While calls fail, those that were not tried yet go first: each of them has all of its tries left.
        """
        line = self.line
        look_ns = line.now_ns()
        for job in batches.queued(db, self.campaign):
            if line.now_ns() >= look_ns and not self._backoff.is_failing:
                due = self._due(db)
                now_ns = line.now_ns()
                look_ns = now_ns + seconds(max(line.repeat_after_s, LEAST_LOOK_S))
                yield from (lost for due_ns, lost in due if due_ns <= now_ns)
            if len(job.userids) > line.limits.people_per_minute:
                # It would wait for ever. A plan that is sent again under the name cuts it anew.
                people = count("person", len(job.userids))
                what = say("campaign.too_large", people=people, limit=line.limits.people_per_minute)
                self._halt(InputError(what, say("campaign.too_large_todo")))
                return
            yield job

    def _due(self, db: sqlite3.Connection) -> list[tuple[int, Job]]:
        """Return the unknown batches that may be repeated, and from when on."""
        return [(due_ns, job) for job in batches.lost(db, self.campaign) if (due_ns := self._due_ns(db, job))]

    def _repeat(self, db: sqlite3.Connection) -> None:
        """Repeat what is unknown as often as the send protocol allows, each at its time."""
        line = self.line
        while not self.stop.is_set():
            due = self._due(db)
            if not due:
                return
            now_ns, first_ns = line.now_ns(), min(due_ns for due_ns, _ in due)
            if first_ns > now_ns:
                self._wait(db, first_ns - now_ns, "repeat")
                # A clock that is set meanwhile is looked at again soon.
                line.clock.wait(self.stop, min(first_ns - now_ns, NS_PER_S))
                continue
            self._send(db, [job for due_ns, job in due if due_ns <= now_ns])

    def _due_ns(self, db: sqlite3.Connection, job: Job) -> int | None:
        if job.id in self._given_up:
            return None
        tried, gives_up_ns = attempts.of_batch(db, job.id), self._backoff.gives_up_ns
        if not self._backoff.is_failing or gives_up_ns is None or not is_last_try(tried):
            return repeat_due_ns(self.line, tried)
        # An outage that goes on for minutes is not to use up the last try before the patience is over.
        not_before_ns = self.line.now_ns() + gives_up_ns - self.line.clock.monotonic_ns()
        return repeat_due_ns(self.line, tried, not_before_ns) or repeat_due_ns(self.line, tried)

    def _begin(self, db: sqlite3.Connection, job: Job) -> bool:
        line = self.line
        due_ns = self._due_ns(db, job) if job.status == Status.UNKNOWN else 0
        # Read after it: what is due now is never due before now.
        now_ns = line.now_ns()
        if due_ns is None or due_ns > now_ns:
            return False
        self._guard.check(db)
        with line.ledger.writing(db):
            if self._hearing.hear(db):
                return False
            used_up = self._month.used_up(db)
            attempt = None if used_up else attempts.begin(db, line.realm, job, notifications.SEND, now_ns)
        if used_up is not None:
            self._halt(used_up)
        if attempt is None:
            return False
        self._guard.committed(db, job, attempt)
        self._under_way[job.id] = (job, attempt)
        self._tally.move(len(job.userids), job.status, "sending")
        self._tally.call(now_ns)
        self._tell()
        return True

    def _call(self, job: Job) -> int | DingError:
        try:
            return notifications.send(self.line.caller, self.line.agent_id, job.userids, job.body)
        except DingError as error:
            return error

    def _settle(self, db: sqlite3.Connection, job: Job, outcome: int | DingError, started_ns: int) -> Again | None:
        attempt = self._under_way[job.id][1]
        self._guard.secure(db)
        with self.line.ledger.writing(db):
            again = self._note(db, job, attempt, outcome, started_ns)
            self._hearing.tell(db, self.progress())
        self._guard.settled(db)
        del self._under_way[job.id]
        self._tell()
        return again

    def _note(
        self, db: sqlite3.Connection, job: Job, attempt: int, outcome: int | DingError, started_ns: int
    ) -> Again | None:
        now_ns = self.line.now_ns()
        if isinstance(outcome, int):
            self._failures_in_a_row = 0
            self._backoff.succeeded()
            attempts.accept(db, attempt, job, outcome, now_ns)
            self._tally.move(len(job.userids), "sending", "accepted")
            self.settled += 1
            return None
        before = self._backoff.failures
        again = self._backoff.failed(outcome, started_ns)
        if not outcome.may_have_taken_effect:
            return self._note_refusal(db, job, attempt, outcome, again)
        attempts.lose(db, attempt, job.id, _why(outcome), now_ns)
        # Calls that are lost side by side are one sign that DingTalk is out of order, not several.
        self._failed(job, "unknown", outcome, failures=self._backoff.failures - before)
        if again is None:
            self._give_up(outcome)
        else:
            self.line.pace.pause(notifications.SEND, again.pause_s, again.reason)
        return None

    def _note_refusal(
        self, db: sqlite3.Connection, job: Job, attempt: int, outcome: DingError, again: Again | None
    ) -> Again | None:
        """Take note of a call that had no effect for sure."""
        now_ns = self.line.now_ns()
        # Neither had an effect, so it was the call for a token that failed, or none left at all.
        never_left = isinstance(outcome, TransportError | BusyError)
        if isinstance(outcome, ThrottledError):
            self._give_back(db, job, attempt, now_ns, left=True, counts=False)
            if again is None:
                self._give_up(outcome)
            return again
        # A token may be revoked once more while the call with the new one is on its way.
        if again is not None or isinstance(outcome, HALTS):
            self._give_back(db, job, attempt, now_ns, left=not never_left, counts=not isinstance(outcome, QuotaError))
            if again is None:
                self._give_up(outcome)
            return again
        self._backoff.succeeded()
        if any(one.outcome == Status.UNKNOWN for one in attempts.of_batch(db, job.id)):
            # What the first call came to is still unknown, and a repeat would be refused again.
            self._give_back(db, replace(job, status=Status.UNKNOWN), attempt, now_ns, left=True)
            self._given_up.add(job.id)
            return None
        attempts.refuse(db, attempt, job, _why(outcome), now_ns)
        self._failed(job, "failed", outcome)
        return None

    def _give_back(
        self, db: sqlite3.Connection, job: Job, attempt: int, now_ns: int, *, left: bool, counts: bool = True
    ) -> None:
        realm, api = self.line.realm, notifications.SEND
        attempts.give_back(db, realm, attempt, job, api, now_ns, left=left, counts=counts)
        if not left:
            self._guard.never_left(attempt)
        self._tally.move(len(job.userids), "sending", job.status)

    def _failed(self, job: Job, status: str, error: DingError, *, failures: int = 1) -> None:
        self._tally.move(len(job.userids), "sending", status)
        self.settled += 1
        self._failures_in_a_row += failures
        if failures and self.pause_after is not None and self._failures_in_a_row >= self.pause_after:
            what = say("campaign.paused_after", calls=count("call", self._failures_in_a_row), reason=error.what)
            self.end(State.PAUSED, Why(what, say("campaign.paused_after_todo"), _why(error).code))

    def _give_up(self, error: DingError) -> None:
        """Halt for an error that repeats have not helped against, if they could."""
        patience_s = self.line.outage_patience_s
        is_over = self._backoff.gives_up_ns is not None and self._backoff.gives_up_s == 0 and patience_s
        if not is_over:
            self._halt(error)
            return
        what = " ".join([error.what, say("campaign.gave_up", duration=duration(patience_s))])
        # What its own hint says of a single call that may have been done, sending looks after by itself.
        hint = say("campaign.gave_up_todo") if error.may_have_taken_effect else error.hint
        self._halt(error, _why(error)._replace(reason=what, hint=hint))

    def _halt(self, error: DingError, why: Why | None = None) -> None:
        if self.halted_by is None:
            self.halted_by = error
            self.end(State.STOPPED, why or _why(error))

    def _crashed(self, db: sqlite3.Connection, error: Exception) -> None:
        """Write down as much as can be written; what cannot is unknown to whoever takes the campaign up again."""
        what = say("result.crashed", error=f"{type(error).__name__}: {error}")
        if isinstance(error, LedgerError):
            what = error.what
        now_ns = self.line.now_ns()
        try:
            with self.line.ledger.writing(db):
                for job, attempt in self._under_way.values():
                    attempts.lose(db, attempt, job.id, Why(what, say("result.unknown_todo")), now_ns)
                campaigns.set_state(db, self.campaign, State.INTERRUPTED, now_ns, reason=what)
        except LedgerError:
            return

    def progress(self) -> Progress:
        """Return how far it has come."""
        state = self._wanted if self._is_over else State.RUNNING
        now_ns = self.line.clock.monotonic_ns()
        waiting_s = -(-max(self._waiting_until_ns - now_ns, 0) // NS_PER_S)
        return self._tally.record(
            self.line.now_ns(), state, self._waiting_for, waiting_s, gives_up_s=self._backoff.gives_up_s
        )

    def _wait(self, db: sqlite3.Connection, delay_ns: int | None, waiting_for: Wait) -> None:
        if delay_ns is not None and delay_ns >= NS_PER_S:
            self._tell(waiting_for, delay_ns)
            self._hearing.tell_at_once(db, self.progress())

    def _wait_for_token(self, db: sqlite3.Connection, wait_ns: int, why: Reason) -> None:
        """Tell what is waited for before the first call; other windows have to see that the campaign is under way."""
        with self.line.ledger.writing(db):
            row = campaigns.get(db, self.campaign)
            if row is not None and row.state != State.RUNNING and batches.is_open(db, self.campaign):
                campaigns.set_state(db, self.campaign, State.RUNNING, self.line.now_ns())
        self._wait(db, wait_ns, why)

    def _tell(self, waiting_for: Wait = "", delay_ns: int = 0) -> None:
        self._waiting_for = waiting_for
        self._waiting_until_ns = self.line.clock.monotonic_ns() + delay_ns
        self.followers.tell(self.progress)


def sendings_here(folder: Path, campaign: int) -> list[Sending]:
    """Return what is being sent of a campaign in this process, by the folder of its ledger and its number in it."""
    # A copy at one go: other threads come and go.
    return [one for one in list(_here.values()) if (one.line.ledger.folder, one.campaign) == (folder, campaign)]


def _why(error: DingError) -> Why:
    return Why(error.what, error.hint, error.code if isinstance(error, ApiError) else "")
