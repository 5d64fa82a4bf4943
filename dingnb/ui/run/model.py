"""The model of a campaign that is being sent: its progress, its commands, and its status for screen readers."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dingnb.calls.background import Background
from dingnb.calls.throttle import Throttle
from dingnb.campaigns.campaign import Campaign, view_of, with_all_lists
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.recipient_count import RecipientCount, Unit
from dingnb.campaigns.results.campaign_results import Undelivered
from dingnb.campaigns.sending.progress import Progress, time_left
from dingnb.campaigns.sending.recall_progress import RecallProgress
from dingnb.campaigns.status import HALTED, State, Status
from dingnb.clock import Clock, seconds_to_ns
from dingnb.display import Sheet, progress_shown_by
from dingnb.errors import DingError, InputError, LedgerError
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ui.kit.code import call
from dingnb.ui.kit.model import BUSY, Failure, Model, StateDisplay
from dingnb.ui.run.receiving_model import ReceivingModel
from dingnb.words import NOTHING, Text, TextLike, count, dotted, say, sentences
from dingnb.words.literals import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLL_INTERVAL_NS = seconds_to_ns(0.2)
"""Interval at which the form reads the progress."""

MIN_ANNOUNCEMENT_INTERVAL_NS = seconds_to_ns(5)
"""Minimum time between announcements of progress."""

_ANSWER_WAIT_S = 60
"""The time that the code waits for answers, in seconds; the form does not wait until everybody has answered."""

_ANNOUNCED_STEPS = 10
"""The number of steps of progress that are announced."""

Command = Literal["pause", "stop", ""]


class Reader(NamedTuple):
    """
    What another model reads together with the results of a campaign.

    Attributes:
        read: Reads from the ledger, and returns a function that changes the model's state without notifying watchers.
        notify: Notifies the model's watchers.
    """

    read: "Callable[[], Callable[[], None]]"
    notify: "Callable[[], None]"


@dataclass(frozen=True, slots=True)
class RunState:
    """
    The state of a campaign in the form.

    While the campaign is running, fields that are read when sending ends keep their earlier values, unless stated
    otherwise.

    Attributes:
        progress: The progress of sending.
        sheet: The campaign's sheet; None while the campaign is running.
        counts: The statuses that occur, each with the number of people and their share; empty while the campaign is
            running.
        undelivered: The people whom this campaign is known not to have reached.
        why: Why sending stopped on its own; empty otherwise.
        has_used_up_month: Whether sending stopped this month because the calls of the month are used up.
        recall_note: That the message, or the message that it reminds of, was recalled, or that the recall is
            incomplete, so that resuming is not recommended; otherwise, or if the campaign is finished, empty.
        is_closed: Whether the campaign's cards are closed, so that it cannot be resumed.
        interrupted_recall: What is left of a recall that ended early, and what to do; empty if there is none.
        repeats: The number of people for whom resuming repeats a call with unknown outcome, where that is safe.
        repeats_day: The only day on which resuming repeats these calls, in Beijing; empty if there is no such limit.
        resends: The number of people with unknown outcome to whom resuming sends again because a person decided so.
        recall: The recall that is being made, here or elsewhere; None if there is none. The counts lag behind it.
        calls_left: The maximum number of calls left this month, as of now: other campaigns make calls as well.
        may_exceed_quota: Whether DingTalk decides about calls beyond `calls_left`, and has refused none this month.
        shortage: The calls that resuming takes, and the calls left this month, if too few are left; otherwise None.
        command: The pending command; empty if there is none.
        refresh_calls: The maximum number of calls of a refresh; 0 if nothing can be refreshed, or before it is known.
        is_refreshing: Whether a refresh that was started here is in progress.
        refresh_text: The progress of a refresh, started here or elsewhere; empty if there is none, or none is known.
        is_auto_refreshed: Whether an automatic refresh makes calls, here or elsewhere.
        notice: The outcome of the last refresh; empty if there was none.
        failure: The last error; None if there was none.
        announcement: The status for screen readers, which changes less often than the progress.
    """

    progress: Progress
    sheet: Sheet | None = None
    counts: tuple[tuple[Status, int, float], ...] = ()
    undelivered: Undelivered = field(default_factory=Undelivered)
    why: Text = NOTHING
    has_used_up_month: bool = False
    recall_note: Text = NOTHING
    is_closed: bool = False
    interrupted_recall: Explanation = NO_REASON
    repeats: int = 0
    repeats_day: Text = NOTHING
    resends: int = 0
    recall: RecallProgress | None = None
    calls_left: int = 0
    may_exceed_quota: bool = False
    shortage: tuple[int, int] | None = None
    command: Command = ""
    refresh_calls: int = 0
    is_refreshing: bool = False
    refresh_text: Text = NOTHING
    is_auto_refreshed: bool = False
    notice: Text = NOTHING
    failure: Failure | None = None
    announcement: Text = NOTHING

    @property
    def is_being_refreshed(self) -> bool:
        """Whether a refresh is in progress, started here or elsewhere."""
        return self.is_refreshing or bool(self.refresh_text)

    @property
    def is_out_of_calls(self) -> bool:
        """Whether no further calls can be made this month; False while the campaign is running."""
        return self.sheet is not None and not (self.calls_left or self.may_exceed_quota)

    @property
    def can_finish_refresh(self) -> bool:
        """Whether the calls that are left this month suffice for a refresh."""
        return self.refresh_calls <= self.calls_left or self.may_exceed_quota

    @property
    def says_out_of_calls(self) -> bool:
        """Whether the form says that no calls are left: as why sending stopped, or why the last request failed."""
        return self.has_run_out_of_calls or (self.failure is not None and self.failure.is_out_of_calls)

    @property
    def has_run_out_of_calls(self) -> bool:
        """Whether the campaign is halted because no calls were left, by the count of the ledger."""
        return self.is_halted and self.why.mentions("quota.used_up")

    @property
    def is_halted(self) -> bool:
        """Whether the campaign is paused, stopped or interrupted."""
        return self.progress.state in HALTED

    @property
    def recalled(self) -> int:
        """The number of people whose message was recalled; 0 while the campaign is running."""
        return next((people for status, people, _ in self.counts if status is Status.RECALLED), 0)

    @property
    def should_resume(self) -> bool:
        """Whether to recommend resuming: not if it would be refused, nor after the recall of a wrong message."""
        is_recalled = self.recall is not None or bool(self.recall_note)
        return not (self.has_used_up_month or is_recalled or self.is_closed)

    @property
    def resume_text(self) -> Text:
        """
        When to resume, unless the reason already says so, and what resuming does; or why it is impossible.

        Empty while the message is being recalled.
        """
        if self.recall is not None:
            return NOTHING
        if self.is_closed:
            return Text("answer.closed_unsent")
        if self.recall_note:
            todo = Text("run.recalled_todo", note=self.recall_note)
        elif self.why.names_in_form("resume"):
            todo = NOTHING
        else:
            todo = Text("run.month_todo" if self.has_used_up_month else "run.paused_todo")
        return sentences(todo, self._shortage_text, self.repeats_text)

    @property
    def _shortage_text(self) -> Text:
        if self.shortage is None or self.has_used_up_month:
            return NOTHING
        needed, left = self.shortage
        return Text("run.resume_over_quota", calls=count("call", needed), left=f"{left:,}")

    @property
    def repeats_text(self) -> Text:
        """For how many people resuming repeats a call, and whether they may get it twice; empty if for nobody."""
        repeats = "run.repeats_on_day" if self.repeats_day else "run.repeats"
        numbers = ((repeats, self.repeats), ("run.resends", self.resends))
        people = ((key, count(self.progress.unit, n)) for key, n in numbers if n)
        return sentences(*(Text(key, people=who, day=self.repeats_day) for key, who in people))


class RunModel(Model[RunState]):
    """
    Follows a campaign, and pauses, resumes, stops or refreshes it.

    Args:
        run: The campaign.
        clock: The source of time.
        name: The name of the campaign in the code.

    Attributes:
        original: The campaign as given.
        run: The campaign, with everybody in it: also people of earlier lists who are not in the list that was sent, and
            people of lists that were sent later, perhaps by another form, notebook or process.
        view: The view of `run`.
        code_lines: Python code that does what was done here so far, one statement per item.
        reminder_lines: Returns the code of the reminder that is prepared or being sent in the results.
        was_paused_or_stopped: Whether the campaign was paused or stopped here.
        receiving: The model of receiving the answers to the campaign's cards.
        reminds_of: The name of the campaign that this campaign reminds of; empty if it is no reminder, or the name
            cannot be read.
        results_lock: Held while results are read and shown, so that numbers that are read later are also shown later.
    """

    def __init__(self, run: Campaign, clock: Clock, name: str = "run") -> None:
        super().__init__(RunState(_initial_progress(run)), clock)
        self.original = self.run = run
        self.view = view_of(run)
        self._include_all_lists()
        self.code_lines: list[str] = []
        self.reminder_lines: Callable[[], Sequence[str]] = tuple
        self.was_paused_or_stopped = False
        self._name = name
        self.receiving = ReceivingModel(
            self.view, self.code_lines.append, call(f"{name}.wait", literal("answered"), timeout_s=_ANSWER_WAIT_S)
        )
        self._recipient_count = _recipient_count(self.view)
        self.reminds_of = _reminds_of(self.view)
        self._status_text = StatusText(self.view.results.opening)
        self._readers: list[Reader] = []
        self.results_lock = threading.Lock()
        self._starts_shown = 0
        self._following: Background | None = None
        self._is_following = False
        self._must_follow_again = False
        self._was_unfollowed = False
        self._has_failed = False
        self._command_lock = threading.Lock()
        self._pending_command: Command = ""
        self._seen_revision: object = None
        # With many people, each poll takes a while.
        self._throttle = Throttle(clock)
        # The campaign may also be resumed in a cell or in another form.
        self._stop_following = self.view.control.follow(lambda _: self._follow())
        self._follow()

    @property
    def recipients_text(self) -> Text:
        """The number of messages and the number of people if they differ; else empty."""
        recipient_count = self._recipient_count
        return NOTHING if recipient_count is None or recipient_count.people is None else recipient_count.text

    @property
    def recall_text(self) -> TextLike:
        """The progress of a recall, and what it waits for or the time left; empty if there is none."""
        recall = self.state.recall
        if recall is None:
            return NOTHING
        if recall.is_stopping:
            return Text("run.stopping")
        # While calls fail, the remaining time is unknown.
        pause = recall.pause_text(self.view.context.now_ns())
        return dotted([recall.text, pause or time_left(recall.tasks - recall.recalled, self.view.context.limits)])

    @property
    def is_running(self) -> bool:
        """Whether calls are being made."""
        return self.state.progress.state is State.RUNNING

    @property
    def has_other_lists(self) -> bool:
        """Whether there are people in the campaign who are not in `original`."""
        return self.run is not self.original

    @property
    def all_code_lines(self) -> list[str]:
        """`code_lines`, with the code of the reminder that is open."""
        return [*self.code_lines, *self.reminder_lines()]

    def sheet(self) -> Sheet:
        """Return the campaign's sheet; if the ledger cannot be read, only the title and the reason."""
        try:
            return self.view.results.sheet_of_form()
        except DingError as error:
            title = say("campaign.title", name=self.run.name)
            return Sheet(title, self.view.mode, notes=(sentences(error.text, error.advice),))

    def code_lines_of_opened(self, app: str) -> list[str]:
        """Return `all_code_lines` after the statement that finds the campaign; empty if it was only looked at."""
        lines = self.all_code_lines
        return [call(f"{self._name} = {app}.campaign", literal(self.run.name)), *lines] if lines else []

    def continue_receiving(self) -> None:
        """Receive the answers that are expected over Stream: the process that received them may have ended."""
        if self.view.expects_answers_over_stream:
            # Answers that nobody receives are lost.
            self.receiving.start(is_in_code=False)

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language."""
        with self._lock:
            if self.state.sheet is not None:
                self._show(sheet=self.view.results.sheet_of_form())

    def pause(self) -> None:
        """Pause sending."""
        self._request("pause")

    def stop(self) -> None:
        """Stop sending, or the recall."""
        if self.is_running or self.state.recall is None:
            self._request("stop")
            return
        try:
            self.view.stop_recall()
            self._show(recall=self.view.ongoing_recall, failure=None)
        except LedgerError as error:
            self._show_failure(error)

    def resume(self) -> None:
        """Resume a paused, stopped or interrupted campaign, unless its message is being recalled."""
        if self.is_running or self.state.progress.state is State.FINISHED:
            return
        if not self._start_work(self._resume, failure=None, notice=NOTHING) and self.state.is_refreshing:
            self._show(failure=BUSY)

    def refresh(self) -> None:
        """Refresh the delivery results from DingTalk; ignored during sending, another refresh or a recall."""
        if not self.is_running and not self.state.refresh_text and self.state.recall is None:
            self._start_work(self._refresh, failure=None, notice=NOTHING, is_refreshing=True)

    def poll(self) -> None:
        """Follow the campaign again if another notebook, tab or process has changed it."""
        if self._was_unfollowed or self._is_following:
            return
        try:
            refreshes = self._read_refreshes()
            if any(getattr(self.state, name) != value for name, value in refreshes.items()):
                self._show(**refreshes)
            recall, recall_before = self.view.ongoing_recall, self.state.recall
            # The time that is left of a pause passes.
            if recall is not None and (recall != recall_before or recall.pause is not None):
                self._show(recall=recall)
            # The end of a recall is shown at once, like its start.
            has_recalled = recall is None and recall_before is not None
            if not self._throttle.is_due and not has_recalled:
                return
            with self._throttle.timing():
                has_changed = self._read_revision() != self._seen_revision
                left = self.view.calls_left
            if left != self.state.calls_left and not has_changed:
                self._show(**self._read_calls_left(self.state.progress.state))
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self._show_failure(error)
        else:
            if has_changed or has_recalled or self._has_failed:
                self._follow()

    def read_with(self, reader: Reader) -> "Callable[[], None]":
        """
        Have another model read the ledger whenever the results are read, of the same moment, and show both together.

        Nothing is read in this way while the campaign is running.

        Returns:
            A function that ends this.
        """
        self._readers.append(reader)
        if not self.is_running:
            self.read_again()
        return lambda: self._stop_reading_with(reader)

    def _stop_reading_with(self, reader: Reader) -> None:
        with suppress(ValueError):
            self._readers.remove(reader)

    def read_again(self) -> None:
        """Read the progress and the results again."""
        self._follow()

    def unfollow(self) -> None:
        """Stop following the campaign, as soon as a pending command has been sent."""
        self._was_unfollowed = True
        self._stop_following()

    def reload(self) -> None:
        """Read the results again, after a refresh or a recall."""
        if not self.is_running:
            # The outcome of the last refresh is outdated.
            self._show(notice=NOTHING)
            self.read_again()

    def reload_now(self) -> None:
        """
        Reload as `reload` does, and return once the results are shown, so that what is shown next agrees with them.

        A campaign that is being sent is followed instead.
        """
        if not self._update(clears_notice=True):
            self.read_again()

    def wait(self) -> None:
        """Wait until sending and all work in progress have ended."""
        super().wait()
        self.receiving.wait()
        self.wait_until_read()

    def wait_until_read(self) -> None:
        """Wait until sending has ended and the results are read."""
        if self._following is not None:
            self._following.join()

    def _request(self, command: Command) -> None:
        with self._lock:
            # A pending stop is not replaced by a pause.
            if not self.is_running or self.state.command in {command, "stop"}:
                return
            self._show(command=command, failure=None)
        with self._command_lock:
            self._pending_command = command
            try:
                self._send_pending_command()
            except LedgerError as error:
                # The command stays pending: a team's database may be unavailable for a while, and sending continues.
                self._show_failure(error)
            except DingError as error:
                self._pending_command = ""
                self._show(command="", failure=self._failure(error))

    def _send_pending_command(self) -> None:
        """Send the pending command, if there is one."""
        command = self._pending_command
        if command:
            if command == "pause":
                self.run.pause()
            else:
                self.run.stop()
            self._pending_command = ""
            self.code_lines.append(f"{self._name}.{command}()")
            self.was_paused_or_stopped = True

    def _resume(self) -> None:
        try:
            self.run.resume(wait=False)
        except InputError:
            if self.view.ongoing_recall is None:
                raise
            # A recall has started since the last poll.
            self._follow()
            return
        self.code_lines.append(f"{self._name}.resume()")
        self._show_running(self.run.progress, command="")
        self._follow()

    def _refresh(self) -> None:
        try:
            # The form reads the progress from the ledger, as it does during a refresh elsewhere.
            with progress_shown_by(StateDisplay(lambda *_: None)):
                self.view.refresh()
        except DingError:
            # What was read before the error, such as an outage, is shown with it.
            with suppress(DingError):
                self._show_results()
            raise
        self.code_lines.append(f"{self._name}.refresh()")
        self._show_results(is_refreshed=True)
        # Everything else was read, and is shown with the error.
        if self.view.poller.unread is not None:
            raise self.view.poller.unread

    def _read_revision(self) -> object:
        """Return a value that changes with the campaign and, as answers show who has read a card, with each answer."""
        return self.view.control.revision, self.view.results.answers_fingerprint()

    def _read_refreshes(self) -> dict[str, Any]:
        """Return the fields of the state about refreshes that are being made, here or elsewhere."""
        on_demand, is_automatic = self.view.ongoing_refreshes
        return {"refresh_text": NOTHING if on_demand is None else on_demand.text, "is_auto_refreshed": is_automatic}

    def _counts(self) -> tuple[tuple[Status, int, float], ...]:
        summary = self.run.summary()
        columns = (summary["people"].tolist(), summary["share"].tolist())
        return tuple((Status(status), *counted) for status, *counted in zip(summary.index, *columns, strict=True))

    def _change(self, changed: dict[str, Any]) -> None:
        super()._change(changed)
        self.state = replace(self.state, announcement=self._status_text.update(self.state, self._clock.monotonic_ns()))

    def _on_idle(self) -> None:
        self._change({"is_refreshing": False, "refresh_text": NOTHING})

    def _follow(self) -> None:
        with self._lock:
            if self._was_unfollowed:
                return
            self._must_follow_again = True
            if self._is_following:
                return
            self._is_following = True
            # Under the lock, so that `wait` waits for this thread.
            self._following = Background(self._clock, self._follow_until_done, interrupt=lambda: None)

    def _follow_until_done(self) -> None:
        never = self._clock.event()
        try:
            while self._must_continue():
                while not (self._update() or (self._was_unfollowed and not self._pending_command)):
                    self._clock.wait(never, POLL_INTERVAL_NS)
        except BaseException:
            self._is_following = False
            raise

    def _must_continue(self) -> bool:
        """Return whether following was requested since the last call; if not, record that following has ended."""
        with self._lock:
            self._is_following, self._must_follow_again = self._must_follow_again, False
            return self._is_following

    def _update(self, *, clears_notice: bool = False) -> bool:
        """Send the pending command, and show the progress; once sending has ended, show the results and return True."""
        with self._throttle.timing():
            try:
                # Read first, so that the next poll notices later changes.
                self._seen_revision = self._read_revision()
                if not self.is_running:
                    self._include_all_lists()
                progress = self.run.progress
                cleared: dict[str, Any] = {"failure": None} if self._has_failed else {}
                if progress.state is State.RUNNING:
                    with self._command_lock:
                        self._send_pending_command()
                    cleared |= {"refresh_text": NOTHING, "recall": None}
                    self._show_running(progress, notice=NOTHING, **cleared)
                else:
                    self._pending_command = ""
                    cleared |= {"notice": NOTHING} if clears_notice else {}
                    self._show_results(command="", **cleared)
                self._has_failed = False
            except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
                # The ledger may be unavailable for a while; sending continues, and reports its own errors.
                self._show_failure(error)
        return not self.is_running

    def _include_all_lists(self) -> None:
        """Include the people of all lists that were sent under the campaign's name by now."""
        with suppress(LedgerError):
            run = with_all_lists(self.run)
            if run is not self.run:
                self.run, self.view = run, view_of(run)
                self._recipient_count = _recipient_count(self.view)

    def _show_running(self, progress: Progress, **changed: object) -> None:
        """Show that the campaign is running, without the results, which are read when sending ends."""
        with self._lock:
            self._starts_shown += 1
            self._change({"progress": progress, "sheet": None, "counts": (), **changed})
        self._notify()

    def _show_results(self, *, is_refreshed: bool = False, **changed: object) -> None:
        """Read the results, also in other models, and show them together; only the progress if sending has resumed."""
        with self.results_lock:
            starts_shown = self._starts_shown
            progress = self.run.progress
            if progress.state is State.RUNNING:
                self._show_running(progress, **changed)
                return
            with self.view.context.ledger.snapshot():
                changed |= self._read_results(progress.state)
                if is_refreshed:
                    changed["notice"] = _refresh_outcome(self.view, progress.unit)
                readers = tuple(self._readers)
                changes = [reader.read() for reader in readers]
            with self._lock:
                if self._starts_shown != starts_shown:
                    # Sending has been resumed since: the buttons must not offer that again.
                    return
                self._change({"progress": progress, **changed})
            for change in changes:
                change()
            # First, because they also show what this model reads.
            for reader in readers:
                reader.notify()
            self._notify()

    def _read_results(self, state: State) -> dict[str, Any]:
        """Return the fields of the state that are known once sending has ended in a state."""
        is_finished = state is State.FINISHED
        return {
            "sheet": self.view.results.sheet_of_form(),
            "counts": self._counts(),
            "undelivered": self.view.results.undelivered(),
            "recall_note": NOTHING if is_finished else self.view.recall_note,
            "is_closed": self.view.is_closed,
            "interrupted_recall": self.view.interrupted_recall,
            "repeats": 0 if is_finished else self.view.count_repeats(),
            "repeats_day": self.view.day_of_repeats,
            "resends": 0 if is_finished else self.view.count_resends(),
            **self._read_calls_left(state),
            "may_exceed_quota": self.view.may_exceed_quota,
            "refresh_calls": self.view.count_refresh_calls(),
            **self._read_refreshes(),
            # Read last, because the form has shown the recall up to now.
            "recall": self.view.ongoing_recall,
        }

    def _read_calls_left(self, state: State) -> dict[str, Any]:
        """Return the fields of the state that depend on the calls left this month."""
        return {
            "why": self.view.control.halt_reason,
            "has_used_up_month": self.view.has_used_up_month,
            "calls_left": self.view.calls_left,
            "shortage": None if state is State.FINISHED else self.view.resume_shortage(),
        }

    def _show_failure(self, error: Exception) -> None:
        """Show an error of the ledger or of reading; the next successful read clears it."""
        self._has_failed = True
        failure = self._failure(error)
        # A failure that is shown already is left as it is: a screen reader would repeat it.
        if failure != self.state.failure:
            self._show(failure=failure)


class StatusText:
    """
    The status for screen readers: changes of state are announced at once, progress only now and then.

    Args:
        opening: The first announcement, such as that nothing was sent.
    """

    def __init__(self, opening: Text = NOTHING) -> None:
        self._opening = opening
        self._text = NOTHING
        self._last_sending: tuple[object, ...] = ()
        self._last_status: tuple[object, ...] = ()
        self._last_step = 0
        self._announced_ns = 0
        self._announced_waits: set[str] = set()

    def update(self, state: RunState, now_ns: int) -> Text:
        """Return the current announcement; unchanged while there is nothing new."""
        progress = state.progress
        step = int(_ANNOUNCED_STEPS * progress.share)
        sending = (progress.state, state.command)
        is_recalling = state.recall is not None
        status = (*sending, is_recalling, state.recall_note, state.is_closed, state.is_being_refreshed, state.notice)
        is_news = step > self._last_step or (progress.waiting_for and progress.waiting_for not in self._announced_waits)
        is_due = now_ns - self._announced_ns >= MIN_ANNOUNCEMENT_INTERVAL_NS
        if status == self._last_status and not (is_news and is_due):
            return self._text
        if sending != self._last_sending:
            self._announced_waits.clear()
        self._last_sending, self._last_status, self._last_step, self._announced_ns = sending, status, step, now_ns
        self._announced_waits |= {progress.waiting_for} - {""}
        opening, self._opening = self._opening, NOTHING
        self._text = sentences(opening, _status_of(state))
        return self._text


def _recipient_count(view: CampaignView) -> RecipientCount | None:
    try:
        return view.results.recipient_count
    except DingError:
        return None


def _reminds_of(view: CampaignView) -> str:
    try:
        return view.reminds_of
    except DingError:
        return ""


def _refresh_outcome(view: CampaignView, unit: Unit) -> Text:
    """Return the outcome of the last refresh; empty if there was none."""
    refresh, pending = view.last_refresh, view.results.count_pending()
    uncheckable = view.results.count_uncheckable()
    if refresh is None or not refresh.batches:
        return NOTHING if refresh is None else refresh.text
    outcome = [] if refresh.requested else [Text("run.refreshed_lately")]
    if uncheckable:
        outcome.append(Text("run.refreshed_uncheckable", people=count(unit, uncheckable)))
    elif not pending:
        outcome.append(Text("run.refreshed_all_but_reads" if view.count_refresh_calls() else "run.refreshed_all"))
    if pending:
        key = "run.refreshed_rest_later" if refresh.next_in_s is None else "run.refreshed_rest"
        outcome.append(Text(key, people=count(unit, pending), seconds=f"{refresh.next_in_s or 0:,}"))
    if refresh.unanswered:
        outcome.append(Text("run.refreshed_unusable"))
    return sentences(*outcome)


def _initial_progress(run: Campaign) -> Progress:
    try:
        return run.progress
    except DingError:
        # The first read shows the progress or the error.
        return Progress(0, State.RUNNING, 0)


def _status_of(state: RunState) -> Text:
    progress = state.progress
    if state.recall is not None:
        return state.recall.text
    if state.is_being_refreshed or state.notice:
        return Text("run.refreshing") if state.is_being_refreshed else state.notice
    if state.command:
        return Text("run.pausing" if state.command == "pause" else "run.stopping")
    if progress.state is State.RUNNING and progress.waiting_for:
        return dotted([progress.counts_text, *progress.timing_texts])
    if state.is_halted:
        return Text("run.halted", progress=progress.counts_text, todo=state.resume_text)
    return progress.counts_text
