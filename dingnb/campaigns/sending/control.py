"""How a campaign is sent: started, paused, stopped, waited for, and how far it has come."""

import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import cast

from dingnb.calls.background import Background
from dingnb.calls.context import SendContext
from dingnb.campaigns.recipient_count import Unit, unit_of
from dingnb.campaigns.sending import exit_status
from dingnb.campaigns.sending.progress import Followers, Progress
from dingnb.campaigns.sending.remote_control import CHECK_EVERY_NS
from dingnb.campaigns.sending.sender import Sending, sendings_here
from dingnb.campaigns.status import State, Status
from dingnb.display import ProgressBar
from dingnb.errors import DingError, InputError, LedgerError
from dingnb.errors.arguments import shown
from dingnb.ledger import Ledger, LedgerSession, batches, campaigns, outcomes, transactions
from dingnb.ledger.attempts import Why
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.lock import SenderLock, is_alive
from dingnb.media import Content
from dingnb.words import NOTHING, Text, sentences


class SendingControl:
    """
    Starts, pauses, stops and waits for the sending of one campaign.

    Args:
        context: What to send with.
        number: The campaign's number in the ledger.
        name: Its name.
        opening: What is said first, such as that nothing was sent.
        pause_after: After so many failures in a row it pauses; None is never.
        waits: Whether `resume` waits until all is settled by default, as `send` did.
        starts: Whether it starts to send now; else the opening says why not, and does not hold for a later start.
        find_incompleteness: Returns why the campaign is not complete, for a program that ends; None where it is.
        contents: The media that this process holds, by reference.

    Attributes:
        name: As above.
        opening: As above; empty where there is nothing to say.
        waits: As above.
        contents: As above.
        was_joined: Whether nothing is being sent here that was not waited for.
    """

    def __init__(  # noqa: PLR0913 - keywords
        self,
        context: SendContext,
        number: int,
        name: str,
        *,
        opening: Text,
        pause_after: int | None,
        waits: bool,
        starts: bool,
        find_incompleteness: Callable[[], DingError | None],
        contents: Mapping[str, Content],
    ) -> None:
        self._context = context
        self._number = number
        self.name = name
        self.opening = opening
        self._pause_after = pause_after
        self.waits = waits
        self._starts = starts
        self._sending: Sending | None = None
        self._background: Background | None = None
        self.was_joined = True
        self._find_incompleteness = find_incompleteness
        self.contents = contents
        self._followers = Followers()

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``, as its app."""
        return self._context.realm.mode

    @property
    def is_sent_elsewhere(self) -> bool:
        """Whether another notebook sends it now, or another object of this one; `pause` and `stop` reach it as well."""
        is_ours = self._sending is not None and self.is_running and self._sending.has_turn
        return not is_ours and self.is_sent_by_others()

    @property
    def was_done_before(self) -> bool:
        """Whether nothing was left to send when it was sent: this object has sent nothing."""
        return self._sending is None and bool(self.opening)

    @property
    def why(self) -> Text:
        """Why it is paused, stopped or interrupted, and what to do."""
        failure = None if self._background is None else self._background.failure
        try:
            row, state = self.row(), self.state
            if failure is None or row.reason or state in {State.RUNNING, State.FINISHED}:
                return why_halted(row, state)
        except LedgerError:
            # With it, its reason was lost; the sender has said the same.
            if failure is None:
                raise
        # It broke off where the ledger could not be told why, and perhaps nobody waits for it.
        if isinstance(failure, DingError):
            return sentences(failure.text, failure.advice)
        return Text("result.crashed", error=f"{type(failure).__name__}: {failure}")

    @property
    def state(self) -> State:
        """The state, as `Campaign.state`."""
        if self.is_running:
            return State.RUNNING
        return stored_state(self._context.ledger, self.row())

    @property
    def unit(self) -> Unit:
        """What is counted: messages where a key keeps several of one person apart, else people."""
        return unit_of(has_key=bool(self.row().key_columns))

    @property
    def standing(self) -> tuple[State, int, int]:
        """
        How the campaign stands, and since when, in nanoseconds: another value once somebody has changed that.

        The last one is when something was last learned of its people; 0 while it is sent.
        """
        row = self.row()
        if self.is_running:
            return State.RUNNING, row.updated_ns, 0
        with self._context.ledger.connection() as db:
            told_ns = outcomes.last_updated_ns(db, self._number)
        return stored_state(self._context.ledger, row), row.updated_ns, told_ns

    @property
    def progress(self) -> Progress:
        """The progress, as `Campaign.progress`."""
        for sending in sendings_here(self._context.ledger.folder, self._number):
            if sending.has_turn:
                return sending.progress()
        row = self.row()
        if is_sent(self._context.ledger, row):
            with self._context.ledger.connection() as db:
                told = campaigns.get_progress(db, self._number)
            if told:
                return Progress.of_json(told, self._context.now_ns())
        if self._sending is not None and self.is_running:
            return self._sending.progress()
        state = stored_state(self._context.ledger, row)
        with self._context.ledger.connection() as db:
            by = people_by_status(db, self._number, state)
        cancelled = by.pop(Status.CANCELLED, 0)
        accepted, failed, unknown = (by.get(name, 0) for name in (Status.ACCEPTED, Status.FAILED, Status.UNKNOWN))
        people = sum(by.values())
        return Progress(self._context.now_ns(), state, people, accepted, failed, unknown, cancelled, unit=self.unit)

    def follow(self, follower: Callable[[Progress], None]) -> Callable[[], None]:
        """
        Tell `follower` every change of the progress, in the thread that sends; it has to be quick.

        Of what another object or notebook sends it is told nothing: `progress` can be asked as often as you like.

        One that raises an error is shown, and told no more; sending goes on.

        Returns:
            A function that ends it.

        Raises:
            InputError: `follower` is no function.
        """
        if not callable(follower):
            raise InputError(
                Text("argument.kind", name="follower", value=shown(follower)), Text("argument.follower_todo")
            )
        return self._followers.add(follower)

    def resume(self, *, wait: bool) -> None:
        """Continue what was paused, stopped or interrupted, and wait for its end if `wait`."""
        transactions.allow_resuming(self._context.ledger, self._number)
        try:
            # What was stopped may still drain; who sends anew waits until that is over.
            if not self.is_running or (self._sending is not None and self._sending.stop.is_set()):
                self._start()
            if wait:
                self.join(None)
        except KeyboardInterrupt:
            # It may have come before the join that drains, or after.
            self.interrupt()
            self._drain()
            raise
        except BaseException:
            self.interrupt()
            raise

    def _start(self) -> None:
        if not self._starts:
            self.opening = NOTHING
        self._starts = False
        sending = self._sending = Sending(
            self._context, self._number, self._followers, self._pause_after, self.contents
        )
        self.was_joined = False
        # At once: its thread may start a moment later, and others may ask for it before.
        sending.register()
        exit_status.watch(self._context.ledger.folder, self._number, self._end_with_program)
        self._background = Background(self._context.clock, sending.run, lambda: interrupt(sending))

    def _end_with_program(self) -> DingError | None:
        """End the sending where it goes on, since the program ends, and return why the campaign is incomplete."""
        if self._sending is None:
            return None
        self._sending.end_with_program()
        with suppress(LedgerError):
            return self._find_incompleteness()
        return None if self._background is None else cast("DingError | None", self._background.failure)

    def reset(self, opening: Text, *, starts: bool) -> None:
        """Make ready for another start, after a retry was recorded."""
        self._sending = self._background = None
        self.opening, self._starts = opening, starts

    @property
    def is_started(self) -> bool:
        """Whether this object has started to send."""
        return self._background is not None

    def interrupt(self) -> None:
        """End the sending of this object as an interrupt of its cell does."""
        if self._sending is not None and self.is_running:
            interrupt(self._sending)

    def _drain(self) -> None:
        """Wait until what is under way has come to its end."""
        if self._background is not None and not self._background.is_done:
            with suppress(DingError):
                self._background.join()
        exit_status.forget(self._context.ledger.folder, self._number)

    def end_anywhere(self, state: State) -> None:
        """Pause or stop it here at once, and in other processes; only `resume` continues it."""
        here = sendings_here(self._context.ledger.folder, self._number)
        if self._sending is not None and self.is_running and self._sending not in here:
            here.append(self._sending)
        for sending in here:
            sending.end(state, by_person=True)

        def ends_itself(row: CampaignRow) -> bool:
            # A process that sends it writes its state at the end; one that waits for its turn never gets there.
            return any(one.has_turn for one in here) or is_sent(self._context.ledger, row)

        now_ns = self._context.now_ns()
        transactions.add_command(self._context.ledger, self._number, state, now_ns, ends_itself)

    def join(self, until_ns: int | None) -> None:
        """Wait until sending has ended, in any process, or until a monotonic time, and show the progress."""
        bar = ProgressBar(self._context.clock)
        if self.opening:
            bar.end(self.opening)
        if self._background is None or self._sending is None or (self.was_joined and self.is_sent_elsewhere):
            self.watch_others(until_ns)
            return
        try:
            self._background.join(lambda: self._show_by(bar.show), until_ns)
        finally:
            if self._background.is_done:
                exit_status.forget(self._context.ledger.folder, self._number)
            self._show_by(bar.end)
        halted_by = self._sending.halted_by
        if halted_by is not None and not self._has_gone_out():
            raise halted_by
        self.was_joined = self._background.is_done
        if self.was_joined and self.is_sent_elsewhere:
            # Such as the same cell run twice: the other one has waited for its turn.
            self.watch_others(until_ns)

    def _show_by(self, show: Callable[[str, float], None]) -> None:
        # Where the ledger is lost the sender says so itself, with what it knows of its calls.
        with suppress(LedgerError):
            show(*self.progress.shown)

    def watch_others(self, until_ns: int | None) -> None:
        """Wait until nobody sends it any more, or until a monotonic time."""
        if self.state is not State.RUNNING:
            return
        clock = self._context.clock
        over, bar = clock.event(), ProgressBar(clock)

        def look() -> None:
            while not over.is_set() and self.state is State.RUNNING:
                clock.wait(over, CHECK_EVERY_NS)

        watching = Background(clock, look, over.set)
        try:
            watching.join(lambda: bar.show(*self.progress.shown), until_ns)
        finally:
            over.set()
            bar.end(*self.progress.shown)

    @property
    def is_running(self) -> bool:
        """Whether this object is sending."""
        return self._background is not None and not self._background.is_done

    def is_sent_by_others(self) -> bool:
        """Return whether another kernel, or another campaign object of this one, sends it now."""
        others = (one for one in sendings_here(self._context.ledger.folder, self._number) if one is not self._sending)
        return any(others) or is_sent(self._context.ledger, self.row())

    def row(self) -> CampaignRow:
        """
        Return the campaign as the ledger has it.

        Raises:
            LedgerError: It was pruned.
        """
        with self._context.ledger.connection() as db:
            row = campaigns.get(db, self._number)
        # The number of one that was pruned may be another one's today.
        if row is None or row.name != self.name:
            raise LedgerError(Text("ledger.pruned", name=self.name), Text("ledger.pruned_todo"))
        return row

    def _has_gone_out(self) -> bool:
        with self._context.ledger.connection() as db:
            counts = batches.count_by_status(db, self._number)
        return any(counts.get(status) for status in (Status.ACCEPTED, Status.UNKNOWN, Status.FAILED))


def interrupt(sending: Sending) -> None:
    """End a sending as an interrupt of its cell does, unless it ends already: `resume` or the cell continues it."""
    if not sending.stop.is_set():
        sending.end(State.INTERRUPTED, Why(Text("campaign.interrupted_here"), Text("campaign.stopped_todo")))


def stored_state(ledger: Ledger, row: CampaignRow, db: LedgerSession | None = None) -> State:
    """
    Return how a campaign stands that this object does not send: a process that died cannot have written it.

    Args:
        ledger: Its ledger.
        row: The campaign.
        db: A connection to the ledger; None opens one.
    """
    state = State(row.state)
    # A sender that waits for its turn or for a token has not written yet that the campaign is running.
    if is_being_sent(ledger, row, db):
        return State.RUNNING
    if state is not State.RUNNING:
        return state
    with ledger.connection() if db is None else nullcontext(db) as opened:
        # It may have come to its end since it was read; how it ended is written before the lock is given back.
        row = campaigns.get(opened, row.id) or row
    return State.INTERRUPTED if row.state == State.RUNNING else State(row.state)


def why_halted(row: CampaignRow, state: State) -> Text:
    """Return why a campaign is paused, stopped or interrupted, and what to do, as the ledger has it; else nothing."""
    is_over = state in {State.RUNNING, State.FINISHED}
    return NOTHING if is_over else sentences(row.reason, row.hint)


def people_by_status(db: LedgerSession, campaign: int, state: State) -> dict[str, int]:
    """Return how many people have each status; what a process that died left under way is unknown."""
    by = {status: people for status, (_, people) in batches.count_by_status(db, campaign).items()}
    if state is not State.RUNNING and Status.SENDING in by:
        by[Status.UNKNOWN] = by.get(Status.UNKNOWN, 0) + by.pop(Status.SENDING)
    return by


def is_being_sent(ledger: Ledger, row: CampaignRow, db: LedgerSession | None = None) -> bool:
    """Return whether some process sends a campaign now, or this one waits for its turn to; as `stored_state`."""
    return bool(sendings_here(ledger.folder, row.id)) or is_sent(ledger, row, db)


def is_sent(ledger: Ledger, row: CampaignRow, db: LedgerSession | None = None) -> bool:
    """Return whether some process has the turn to send, and sends a campaign now; as `stored_state`."""
    with ledger.connection() if db is None else nullcontext(db) as opened:
        campaign, process = campaigns.sender(opened, row.realm)
    if campaign != row.id:
        return False
    # Who looks holds the lock for a moment, so that looking is only for a campaign that had the turn last.
    is_free = SenderLock(ledger.folder, row.realm).is_free()
    if is_free is not None:
        return not is_free
    # The lock cannot be looked at, but who had it last is known.
    return is_alive(process) and (process != os.getpid() or bool(sendings_here(ledger.folder, row.id)))
