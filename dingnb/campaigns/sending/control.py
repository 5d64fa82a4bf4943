"""Controls the sending of a campaign: starts, pauses, stops and waits for it, and reports its progress."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import cast

from dingnb.calls.background import Background, interruption
from dingnb.calls.context import SendContext
from dingnb.campaigns.recipient_count import Unit, text_key, unit_of
from dingnb.campaigns.sending import exit_status
from dingnb.campaigns.sending.progress import Followers, Progress, people_by_batch_status
from dingnb.campaigns.sending.quota import calls_left_again, has_used_up_month
from dingnb.campaigns.sending.recall_progress import RecallProgress, is_to_be_recalled, ongoing_recall
from dingnb.campaigns.sending.remote_control import CHECK_EVERY_NS
from dingnb.campaigns.sending.sender import Sending, sendings_here
from dingnb.campaigns.status import HALTED, State, Status
from dingnb.channels import Channel
from dingnb.clock import Clock
from dingnb.display import ProgressBar
from dingnb.errors import DingError, InputError, LedgerError, QuotaError
from dingnb.errors.arguments import short_repr
from dingnb.ledger import Ledger, LedgerSession, cards
from dingnb.ledger.campaigns import batches, campaigns, outcomes, transitions
from dingnb.ledger.campaigns.campaigns import CampaignRow, campaign_scope
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.sending import attempts, leases
from dingnb.ledger.sending.processes import Process, this_process
from dingnb.media import Content
from dingnb.words import NOTHING, Text, as_text, count, dotted, sentences
from dingnb.words.literals import literal


class SendingControl:
    """
    Controls the sending of one campaign.

    Args:
        context: The context of sending.
        number: The campaign's number in the ledger.
        name: The campaign's name.
        channel: The channel that sends the campaign.
        opening: What the display says about the last action, for example that nothing was sent; may be empty.
        pause_after: The number of consecutive failures after which the campaign pauses; None for never.
        waits: Whether `Campaign.resume` waits by default until everything is settled.
        starts: Whether sending starts now. Otherwise the opening says why not; a later start clears the
            opening.
        find_incompleteness: Returns why the campaign is incomplete when the program ends; None if it is complete.
        count_left_out: Returns the number of people, or messages, whose rows are not sent.
        contents: The media that this process holds, by reference.
        note: The first sentence of the display; may be empty.

    Attributes:
        name: As above.
        channel: As above.
        opening: As above.
        waits: As above.
        contents: As above.
        note: As above.
        was_joined: Whether `join` has returned without an error after the end of everything that this object sent.
    """

    def __init__(  # noqa: PLR0913 - keywords
        self,
        context: SendContext,
        number: int,
        name: str,
        channel: Channel,
        *,
        opening: Text,
        pause_after: int | None,
        waits: bool,
        starts: bool,
        find_incompleteness: Callable[[], DingError | None],
        count_left_out: Callable[[], int],
        contents: Mapping[str, Content],
        note: Text,
    ) -> None:
        self._context = context
        self._number = number
        self.name = name
        self.channel = channel
        self.opening = opening
        self._pause_after = pause_after
        self.waits = waits
        self._starts = starts
        self._sending: Sending | None = None
        self._background: Background | None = None
        self.was_joined = True
        self._find_incompleteness = find_incompleteness
        self._count_left_out = count_left_out
        self.contents = contents
        self.note = note
        self._followers = Followers()
        self._retried_people = 0
        self._accepted_before = 0

    @property
    def mode(self) -> str:
        """``SANDBOX`` or ``LIVE``, the mode of the app."""
        return self._context.realm.mode

    @property
    def is_sending_elsewhere(self) -> bool:
        """Whether another process or `Campaign` object is sending the campaign; `pause` and `stop` work there too."""
        is_sending_here = self._sending is not None and self.is_running and self._sending.has_turn
        return not is_sending_here and self.has_other_sender()

    @property
    def sender(self) -> Process | None:
        """The process that is sending the campaign; None if there is none."""
        return find_sender(self._context.ledger, self._context.clock, self.row())

    @property
    def was_done_before(self) -> bool:
        """Whether there was nothing left to send, so that this object has sent nothing."""
        return self._sending is None and bool(self.opening)

    @property
    def halt_reason(self) -> Text:
        """Why the campaign is paused, stopped or interrupted, and what to do; otherwise empty."""
        failure = None if self._background is None else self._background.failure
        try:
            row, state = self.row(), self.state
            if failure is None or row.reason or state not in HALTED:
                with self._context.ledger.connection() as db:
                    return _current_halt_reason(db, self._context, row, state)
        except LedgerError:
            # The reason was lost with the ledger; the sender's error says the same.
            if failure is None:
                raise
        # Sending failed without recording why; perhaps nothing was waiting for it, so the error was not shown.
        if isinstance(failure, DingError):
            return sentences(failure.text, failure.advice)
        return Text("result.crashed", error=f"{type(failure).__name__}: {failure}")

    @property
    def state(self) -> State:
        """The state; see `Campaign.state`."""
        # Without the ledger, so that sending in this process can be stopped even if the ledger cannot be read.
        if self.is_running or sendings_here(self._context.ledger, self._number):
            return State.RUNNING
        with self._context.ledger.connection() as db:
            return stored_state(self._context.ledger, self._context.clock, self.row(db), db)

    @property
    def unit(self) -> Unit:
        """The counted unit: messages if a key distinguishes several messages of one person, otherwise people."""
        return unit_of_row(self.row())

    @property
    def revision(self) -> tuple[State, int, int, RecallProgress | None, str]:
        """
        The state, the times of its last change and of the last outcome in nanoseconds, the recall, and the newest plan.

        A different value means that the campaign has changed. While this object is sending, the time of the last
        outcome is 0; without an ongoing recall, the recall is None. The plan is its hash: with another plan, from which
        nobody had to be sent to, people may keep an earlier text, or rows may be rejected.
        """
        with self._context.ledger.connection() as db:
            row = self.row(db)
            if self.is_running:
                return State.RUNNING, row.updated_ns, 0, None, row.plan_digest
            outcome_ns = outcomes.last_updated_ns(db, self._number)
            state = stored_state(self._context.ledger, self._context.clock, row, db)
            recall = ongoing_recall(db, self._number, self._context.now_ns())
            return state, row.updated_ns, outcome_ns, recall, row.plan_digest

    @property
    def progress(self) -> Progress:
        """The progress; see `Campaign.progress`."""
        return replace(self._progress(), retried=self._retried_people, accepted_before=self._accepted_before)

    def _progress(self) -> Progress:
        """Return the progress of the sender, here or in another process; without a sender, the ledger's counts."""
        for sending in sendings_here(self._context.ledger, self._number):
            if sending.has_turn:
                return sending.progress()
        ledger, clock = self._context.ledger, self._context.clock
        with ledger.connection() as db:
            row = self.row(db)
            if has_sender(ledger, clock, row, db) and (published := campaigns.get_progress(db, self._number)):
                return Progress.of_json(published, self._context.now_ns())
            if self._sending is not None and self.is_running:
                return self._sending.progress()
            state = stored_state(ledger, clock, row, db)
            people_by = people_by_status(db, self._number, state)
        cancelled = people_by.pop(Status.CANCELLED, 0)
        accepted, failed, unknown = (
            people_by.get(name, 0) for name in (Status.ACCEPTED, Status.FAILED, Status.UNKNOWN)
        )
        people = sum(people_by.values())
        return Progress(
            self._context.now_ns(), state, people, accepted, failed, unknown, cancelled, unit=unit_of_row(row)
        )

    def follow(self, follower: Callable[[Progress], None]) -> Callable[[], None]:
        """
        Call `follower` at every change of the progress, in the sending thread; `follower` has to be fast.

        While another object or process sends the campaign, `follower` is not called; poll `progress` instead. A
        follower that raises is removed, and the error is printed; sending continues.

        Returns:
            A function that removes the follower.

        Raises:
            InputError: `follower` is not callable.
        """
        if not callable(follower):
            raise InputError(
                Text("argument.kind", name="follower", value=short_repr(follower)), Text("argument.follower_todo")
            )
        return self._followers.add(follower)

    def resume(self, *, wait: bool, check: bool = True) -> None:
        """
        Continue a paused, stopped or interrupted campaign.

        Args:
            wait: Whether to wait for the end of sending, as `join` does.
            check: As for `join`.

        Raises:
            DingError: As for `join`.
            KeyboardInterrupt: The cell was interrupted; calls under way were drained. The error says how to continue.
        """
        context = self._context
        transitions.allow_resuming(context.ledger, self._number, context.now_ns(), context.operator)
        try:
            # Stopped sending may still be draining; a new sending waits for the end of it.
            if not self.is_running or (self._sending is not None and self._sending.stop.is_ending):
                self._start()
            if wait:
                self.join(None, check=check)
        except KeyboardInterrupt:
            # The interrupt may have come before or after the join, which drains.
            self.interrupt()
            self._drain()
            raise self.interruption() from None
        except BaseException:
            self.interrupt()
            raise

    def interruption(self, arguments: str = "") -> KeyboardInterrupt:
        """
        Return an interrupt of a cell that says how to continue.

        The cell's variable for the campaign may have no value, so the last line shown has to lead back to the campaign.

        Args:
            arguments: The arguments of `Campaign.wait` as code; empty for the defaults.
        """
        error = None
        with suppress(LedgerError):
            error = self._find_incompleteness()
        found = code_to_find(self.name)
        return interruption(error or Text("campaign.wait_interrupted", found=found, arguments=arguments))

    def _start(self) -> None:
        """Start sending in a background thread."""
        if not self._starts:
            self.opening = NOTHING
        self._starts = False
        sending = self._sending = Sending(
            self._context, self._number, self.channel, self._followers, self._pause_after, self.contents
        )
        self.was_joined = False
        try:
            # Immediately, because other threads may look up the sending before its thread has started.
            sending.register()
            exit_status.register(self)
            self._background = Background(self._context.clock, lambda: self._run(sending), lambda: interrupt(sending))
        except BaseException:
            # An interrupt may come before the thread runs; if it does run, it registers itself again.
            sending.unregister()
            raise

    def _run(self, sending: Sending) -> None:
        """Run a sending, and unregister if there is nothing to report at the end of the program."""
        sending.run()
        if sending.is_complete:
            exit_status.unregister(self)

    @property
    def campaign_key(self) -> tuple[Hashable, int]:
        """The identity of the ledger, and the campaign's number in the ledger."""
        return self._context.ledger.identity, self._number

    def stop_at_exit(self) -> None:
        """Stop the sending of this object because the program ends, without waiting."""
        if self._sending is not None:
            self._sending.stop_at_exit()

    def drain_at_exit(self) -> None:
        """Wait for calls under way when the program ends, for a limited time."""
        if self._sending is not None:
            self._sending.drain_at_exit()

    def find_error_at_exit(self) -> DingError | None:
        """Return why the campaign that this object was sending is incomplete at the program's end; None if complete."""
        if self._sending is None:
            return None
        with suppress(LedgerError):
            return self._find_incompleteness()
        return None if self._background is None else cast("DingError | None", self._background.failure)

    def reset(self, opening: Text, people: int) -> None:
        """Prepare another start after a retry was recorded; `people` is the number of people sent to again."""
        self._sending = self._background = None
        self.opening, self._starts = opening, bool(people)
        self._retried_people, self._accepted_before = people, self._progress().accepted

    @property
    def is_started(self) -> bool:
        """Whether this object has started sending."""
        return self._background is not None

    def mark_awaited(self) -> None:
        """Report nothing about the campaign at the end of the program, because its end has been waited for."""
        exit_status.unregister(self)

    def interrupt(self) -> None:
        """End the sending of this object like an interrupt of its cell."""
        if self._sending is not None and self.is_running:
            interrupt(self._sending)

    def _drain(self) -> None:
        """Wait until calls under way have ended."""
        if self._background is not None and not self._background.is_done:
            with suppress(DingError):
                self._background.join()
        exit_status.unregister(self)

    def end_anywhere(self, state: State) -> None:
        """Pause or stop the campaign here at once, and in other processes soon; only `resume` continues it."""
        sendings = sendings_here(self._context.ledger, self._number)
        if self._sending is not None and self.is_running and self._sending not in sendings:
            sendings.append(self._sending)
        for sending in sendings:
            sending.stop.end(state, by_person=True)

        def has_active_sender(row: CampaignRow) -> bool:
            # A process that sends writes the state at the end; a process that waits for its turn does not.
            return any(sending.has_turn for sending in sendings) or has_sender(
                self._context.ledger, self._context.clock, row
            )

        context = self._context
        transitions.add_command(
            context.ledger, self._number, state, context.now_ns(), has_active_sender, context.operator
        )

    def join(self, until_ns: int | None, *, check: bool = True) -> None:
        """
        Wait until sending has ended in any process, or until a monotonic time, showing the progress.

        Args:
            until_ns: The time; None for no limit.
            check: Whether to raise an error if the month's calls are used up. Other errors that end sending before any
                call was accepted or failed, or has an unknown outcome, are always raised.

        Raises:
            DingError: The error that ended sending before any such call.
            LedgerError: The ledger failed or was lost while sending.
        """
        bar = ProgressBar(self._context.clock)
        introduction = sentences(self.note, self.opening)
        if introduction:
            bar.end(introduction)
        if self._background is None or self._sending is None or (self.was_joined and self.is_sending_elsewhere):
            self.watch_others(until_ns)
            return
        try:
            self._background.join(lambda: self._show(bar), until_ns)
        finally:
            if self._background.is_done:
                exit_status.unregister(self)
            # The sender itself reports a lost ledger, with the number of its calls.
            with suppress(LedgerError):
                self._end(bar)
        halted_by = self._sending.stop.halted_by
        is_raised = halted_by is not None and (check or not isinstance(halted_by, QuotaError))
        if halted_by is not None and is_raised and not self._has_sent():
            raise halted_by
        self.was_joined = self._background.is_done
        if self.was_joined and self.is_sending_elsewhere:
            # For example, the same cell was run twice, and the other run has waited for its turn.
            self.watch_others(until_ns)

    def _show(self, bar: ProgressBar) -> None:
        with suppress(LedgerError):
            bar.show(*self.progress.text_and_share)

    def _end(self, bar: ProgressBar) -> None:
        """Show the end of sending, with the number of people whose rows are not sent."""
        progress = self.progress
        # A retry concerns only people who were sent to.
        left_out = self._count_left_out() if progress.state is State.FINISHED and not progress.retried else 0
        parts = [Text(text_key(progress.unit, "run.not_sent"), n=left_out)] if left_out else []
        bar.end(dotted([as_text(progress.text), *parts]), progress.share)

    def watch_others(self, until_ns: int | None) -> None:
        """Wait until no process is sending the campaign, or until a monotonic time."""
        if self.state is not State.RUNNING:
            return
        clock = self._context.clock
        end, bar = clock.event(), ProgressBar(clock)

        def poll() -> None:
            while not end.is_set() and self.state is State.RUNNING:
                clock.wait(end, CHECK_EVERY_NS)

        watching = Background(clock, poll, end.set)
        try:
            watching.join(lambda: bar.show(*self.progress.text_and_share), until_ns)
        finally:
            end.set()
            self._end(bar)

    @property
    def is_running(self) -> bool:
        """Whether this object is sending."""
        return self._background is not None and not self._background.is_done

    def has_other_sender(self, db: LedgerSession | None = None) -> bool:
        """Return whether another process or `Campaign` object is sending the campaign; `db` is as for `row`."""
        ledger = self._context.ledger
        others = (sending for sending in sendings_here(ledger, self._number) if sending is not self._sending)
        if any(others):
            return True
        with ledger.connection() if db is None else nullcontext(db) as opened:
            return _find_other_process(ledger, self._context.clock, self.row(opened).id, opened) is not None

    def row(self, db: LedgerSession | None = None) -> CampaignRow:
        """
        Return the campaign's row in the ledger.

        Args:
            db: A connection to the ledger; None opens one.

        Raises:
            LedgerError: The campaign was pruned.
        """
        with self._context.ledger.connection() if db is None else nullcontext(db) as opened:
            row = campaigns.get(opened, self._number)
        # The number of a pruned campaign may have been reused.
        if row is None or row.name != self.name:
            raise LedgerError(Text("ledger.pruned", name=self.name), Text("ledger.pruned_todo"))
        return row

    def _has_sent(self) -> bool:
        with self._context.ledger.connection() as db:
            counts = batches.count_by_status(db, self._number)
        return any(counts.get(status) for status in (Status.ACCEPTED, Status.UNKNOWN, Status.FAILED))


def code_to_find(name: str) -> str:
    """
    Return code that finds a campaign.

    >>> code_to_find("payslip")
    'run = ding.campaign("payslip")'
    """
    return f"run = ding.campaign({literal(name)})"


def unit_of_row(row: CampaignRow) -> Unit:
    """Return the counted unit of a campaign."""
    return unit_of(has_key=bool(row.key_columns))


def interrupt(sending: Sending) -> None:
    """End a sending like an interrupt of its cell, unless it is ending already; `resume` or the cell continues it."""
    if not sending.stop.is_ending:
        sending.stop.end(
            State.INTERRUPTED, Explanation(Text("campaign.interrupted_here"), Text("campaign.stopped_todo"))
        )


def stored_state(ledger: Ledger, clock: Clock, row: CampaignRow, db: LedgerSession | None = None) -> State:
    """
    Return the state of a campaign: as recorded, unless it is being sent, or the process that was sending it has died.

    Args:
        ledger: The ledger.
        clock: The source of time.
        row: The campaign.
        db: A connection to the ledger; None opens one.
    """
    with ledger.connection() if db is None else nullcontext(db) as opened:
        return _stored_state(ledger, row, opened, is_being_sent=has_sender(ledger, clock, row, opened))


def stored_states(ledger: Ledger, clock: Clock, rows: Sequence[CampaignRow], db: LedgerSession) -> list[State]:
    """Return the `stored_state` of each of many campaigns."""
    holders = leases.holders(db, ledger.shared_clock_ns(clock))
    return [
        _stored_state(ledger, row, db, is_being_sent=row.id in holders and not holders[row.id].is_this) for row in rows
    ]


def _stored_state(ledger: Ledger, row: CampaignRow, db: LedgerSession, *, is_being_sent: bool) -> State:
    # A sender that waits for its turn or for a token has not written the state yet.
    if is_being_sent or sendings_here(ledger, row.id):
        return State.RUNNING
    if row.state == State.RUNNING:
        # Sending may have ended since `row` was read; the final state is written before the lease is released.
        row = campaigns.get(db, row.id) or row
    return State.INTERRUPTED if row.state == State.RUNNING else State(row.state)


def has_open_batches(context: SendContext, campaign: int, channel: Channel) -> bool:
    """Return whether batches are queued, were left open by a dead process, or may be repeated."""
    with context.ledger.connection() as db:
        if batches.is_open(db, campaign):
            return True
        unknown = batches.pending_with_status(db, campaign, "unknown")
        if unknown:
            # A call provides DingTalk's time. By a wrong clock, it may seem too late for a repeat on the same day.
            with suppress(DingError):
                context.caller.token()
        due = (channel.repeat_due_ns(context, attempts.of_batch(db, batch.id)) for batch in unknown)
        return any(due_ns is not None for due_ns in due)


def recorded_halt_reason(db: LedgerSession, row: CampaignRow, state: State) -> Text:
    """
    Return the recorded reason and hint of a paused, stopped or interrupted campaign; otherwise nothing.

    A campaign cannot be resumed once its cards are closed, and should not be after a recall: then the hint is left out.
    """
    if state not in HALTED:
        return NOTHING
    return row.reason if why_not_resume(db, row.id) else sentences(row.reason, row.hint)


def _current_halt_reason(db: LedgerSession, context: SendContext, row: CampaignRow, state: State) -> Text:
    """Return `recorded_halt_reason`, or that calls are left again after the quota was used up."""
    recorded = recorded_halt_reason(db, row, state)
    left = calls_left_again(db, context, row) if recorded else 0
    if not left:
        return recorded
    todo = NOTHING if why_not_resume(db, row.id) else Text("quota.left_again_todo")
    return sentences(Text("quota.left_again", left=count("call", left)), todo)


def why_not_resume(db: LedgerSession, campaign: int) -> Text:
    """
    Return why a halted campaign cannot be resumed, since its cards are closed, or should not be, after a recall.

    Empty if nothing speaks against it.
    """
    if cards.is_closed(db, campaign):
        return sentences(Text("answer.closed_unsent"), Text("answer.no_further_todo"))
    note = recall_note(db, campaign)
    return Text("campaign.recalled_todo", note=note) if note else NOTHING


def recall_note(db: LedgerSession, campaign: int) -> Text:
    """
    Return that the message that a campaign sends, or reminds of, was recalled, or that its recall is incomplete.

    Empty otherwise. The campaign can still be resumed or retried, but neither is recommended.
    """
    if is_to_be_recalled(db, campaign):
        return Text("recall.note_incomplete")
    if batches.reminds_of_recalled(db, campaign):
        return Text("recall.note_reminded")
    return Text("recall.note") if batches.is_recalled(db, campaign) else NOTHING


def must_wait(db: LedgerSession, row: CampaignRow, now_ns: int, calls_per_month: int) -> bool:
    """Return whether a halted campaign cannot be resumed before its recall is finished, or before next month."""
    is_used_up = has_used_up_month(db, row.realm, row.reason, row.updated_ns, now_ns, calls_per_month)
    return is_used_up or is_to_be_recalled(db, row.id)


def people_by_status(db: LedgerSession, campaign: int, state: State) -> Counter[str]:
    """
    Return the number of people by the status of their batches.

    Unless the campaign is running, calls under way were left open by a dead process and count as unknown, and people
    whose unknown outcome was resolved count as accepted or failed.
    """
    counts, resolved = batches.count_by_status(db, campaign), outcomes.count_resolved(db, campaign_scope(campaign))
    unreached = outcomes.count_unreached(db, campaign_scope(campaign))
    return settle_counts(counts, unreached.get(campaign, {}), resolved.get(campaign, {}), state)


def settle_counts(
    counts: Mapping[str, tuple[int, int]], unreached: Mapping[str, int], resolved: Mapping[str, int], state: State
) -> Counter[str]:
    """
    Return the number of people by status, as `people_by_status` does, from counts of the ledger.

    Args:
        counts: The numbers of batches and of their people by status, as recorded.
        unreached: The number of people by status whom an accepted call did not reach, as its answer says.
        resolved: The number of people in batches with unknown outcome whose own outcome is known, by status.
        state: The state of the campaign.
    """
    people_by = people_by_batch_status(counts, unreached)
    if state is State.RUNNING:
        return people_by
    people_by[Status.UNKNOWN] += people_by.pop(Status.SENDING, 0)
    for status, people in resolved.items():
        people_by[Status.UNKNOWN] -= people
        people_by[Status.FAILED if status == Status.FAILED else Status.ACCEPTED] += people
    return people_by


def has_sender(ledger: Ledger, clock: Clock, row: CampaignRow, db: LedgerSession | None = None) -> bool:
    """Return whether a process is sending a campaign; arguments as for `stored_state`."""
    return find_sender(ledger, clock, row, db) is not None


def find_sender(ledger: Ledger, clock: Clock, row: CampaignRow, db: LedgerSession | None = None) -> Process | None:
    """Return the process that is sending a campaign; None if there is none. Arguments as for `stored_state`."""
    if any(sending.has_turn for sending in sendings_here(ledger, row.id)):
        return this_process()
    return _find_other_process(ledger, clock, row.id, db)


def _find_other_process(ledger: Ledger, clock: Clock, campaign: int, db: LedgerSession | None = None) -> Process | None:
    with ledger.connection() if db is None else nullcontext(db) as opened:
        holder = leases.holder(opened, campaign, ledger.shared_clock_ns(clock))
    # A lease still held by this process could not be released; the process no longer sends the campaign.
    return None if holder is None or holder.is_this else holder
