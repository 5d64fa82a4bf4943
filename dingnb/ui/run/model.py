"""The model of a running campaign: its progress, its commands, and its status for screen readers."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dingnb.calls.background import Background
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.recipient_count import RecipientCount, Unit
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State, Status
from dingnb.clock import Clock, seconds
from dingnb.display import Sheet, progress_shown_by
from dingnb.errors import DingError, LedgerError
from dingnb.ui.kit.model import BUSY, Failure, Model, StateDisplay
from dingnb.words import NOTHING, Text, count, join_sentences, say

POLL_INTERVAL_NS = seconds(0.2)
"""Interval at which the form reads the progress."""

MIN_ANNOUNCEMENT_INTERVAL_NS = seconds(5)
"""Minimum time between announcements of progress."""

_REST_FACTOR = 10
"""Pause after a poll, as a multiple of the time it took: with many people, each takes a while."""

_STEPS = 10
Command = Literal["pause", "stop", ""]


@dataclass(frozen=True, slots=True)
class RunState:
    """
    The state of the form.

    Attributes:
        progress: The progress of sending.
        sheet: The campaign's sheet; None while it is running.
        counts: The statuses that occur, each with the number of people and their share; empty while it is running.
        why: Why sending stopped on its own; empty otherwise.
        has_used_up_month: Whether it stopped this month because the calls of the month are used up.
        repeats: The number of people to whom a resumed campaign repeats a call with unknown outcome.
        command: A pending command.
        refresh_calls: The maximum number of calls of a refresh; 0 if nothing can be refreshed, or it is not known yet.
        refreshing: The text shown during a refresh.
        notice: The outcome of the last refresh, as text.
        failure: The last error; None if there was none.
        announcement: The status for screen readers, at a calm rate.
    """

    progress: Progress
    sheet: Sheet | None = None
    counts: tuple[tuple[Status, int, float], ...] = ()
    why: Text = NOTHING
    has_used_up_month: bool = False
    repeats: int = 0
    command: Command = ""
    refresh_calls: int = 0
    refreshing: str = ""
    notice: str = ""
    failure: Failure | None = None
    announcement: str = ""

    @property
    def is_halted(self) -> bool:
        """Whether it is paused, stopped or interrupted."""
        return self.progress.state in {State.PAUSED, State.STOPPED, State.INTERRUPTED}

    @property
    def resume_text(self) -> str:
        """When to resume, and what that does."""
        todo = say("run.month_todo" if self.has_used_up_month else "run.paused_todo")
        if not self.repeats:
            return todo
        return join_sentences([todo, say("run.repeats", people=count(self.progress.unit, self.repeats))])


class RunModel(Model[RunState]):
    """
    Follows a running campaign, and pauses, resumes, stops or refreshes it.

    Args:
        run: The campaign.
        clock: The source of time.
        name: Its name in the code.

    Attributes:
        steps: The statements that do what was done here so far.
        was_paused_or_stopped: Whether it was paused or stopped here.
    """

    def __init__(self, run: Campaign, clock: Clock, name: str = "run") -> None:
        super().__init__(RunState(_first(run)), clock)
        self.run = run
        self.view = view_of(run)
        self.steps: list[str] = []
        self.was_paused_or_stopped = False
        self._name = name
        self._recipient_count = _recipient_count(self.view)
        self._status_text = StatusText(self.view.control.opening)
        self._following: Background | None = None
        self._is_following = False
        self._must_reload = False
        self._has_failed = False
        self._giving = threading.Lock()
        self._pending: Command = ""
        self._seen: tuple[State, int, int] | None = None
        self._next_poll_ns = 0
        # It is followed here also when it is resumed in a cell or in another form.
        self._unfollow = self.view.control.follow(lambda _: self._follow())
        self._follow()

    @property
    def recipient_count(self) -> str:
        """The number of messages and of people if these differ; else empty."""
        recipient_count = self._recipient_count
        return "" if recipient_count is None or recipient_count.people is None else str(recipient_count.text)

    @property
    def is_running(self) -> bool:
        """Whether calls are being made."""
        return self.state.progress.state is State.RUNNING

    def retranslate(self) -> None:
        """Render the state's texts again, in the language in use."""
        with self._lock:
            self._status_text.retranslate(self.state)
            self._show(**({} if self.state.sheet is None else {"sheet": self.view.results.sheet()}))

    def pause(self) -> None:
        """Pause sending."""
        self._send_command("pause")

    def stop(self) -> None:
        """Stop sending."""
        self._send_command("stop")

    def resume(self) -> None:
        """Continue a paused, stopped or interrupted campaign."""
        if self.is_running or self.state.progress.state is State.FINISHED:
            return
        if not self._start_work(self._resume, failure=None, notice="") and self.state.refreshing:
            self._show(failure=BUSY)

    def refresh(self) -> None:
        """Refresh the delivery results from DingTalk."""
        if not self.is_running:
            self._start_work(self._refresh, failure=None, notice="", refreshing=say("run.refreshing"))

    def poll(self) -> None:
        """Follow the campaign again if another notebook, tab or process has changed it."""
        if self._is_following or self._clock.monotonic_ns() < self._next_poll_ns:
            return
        try:
            is_other = self.view.control.revision != self._seen
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            self._show_failure(error)
        else:
            if is_other or self._has_failed:
                self._follow()

    def end(self) -> None:
        """Follow the campaign no longer."""
        self._unfollow()

    def reload(self) -> None:
        """Read the results again, after a refresh or a recall."""
        if not self.is_running:
            # The outcome of the last refresh is outdated.
            self._show(notice="")
            self._follow()

    def wait(self) -> None:
        """Wait until sending and all work in progress have ended."""
        super().wait()
        if self._following is not None:
            self._following.join()

    def _send_command(self, command: Command) -> None:
        with self._lock:
            # A pending stop is not replaced by a pause.
            if not self.is_running or self.state.command in {command, "stop"}:
                return
            self._show(command=command, failure=None)
        with self._giving:
            self._pending = command
            try:
                self._give_pending()
            except LedgerError as error:
                # It stays pending: a team's database may be away for a while, and sending goes on afterwards.
                self._show_failure(error)
            except DingError as error:
                self._pending = ""
                self._show(command="", failure=self._failure(error))

    def _give_pending(self) -> None:
        """Give the pending command, if there is one."""
        command = self._pending
        if command:
            self.run.pause() if command == "pause" else self.run.stop()
            self._pending = ""
            self.steps.append(f"{self._name}.{command}()")
            self.was_paused_or_stopped = True

    def _resume(self) -> None:
        self.run.resume(wait=False)
        self.steps.append(f"{self._name}.resume()")
        self._show(progress=self.run.progress, sheet=None, counts=(), command="")
        self._follow()

    def _refresh(self) -> None:
        # Its progress counts calls; the form shows people.
        with progress_shown_by(StateDisplay(lambda *_: None)):
            self.run.refresh()
        self.steps.append(f"{self._name}.refresh()")
        self._show(
            sheet=self.view.results.sheet(),
            counts=self._counts(),
            refresh_calls=self.view.count_refresh_calls(),
            notice=_refresh_outcome(self.view, self.state.progress.unit),
        )

    def _counts(self) -> tuple[tuple[Status, int, float], ...]:
        summary = self.run.summary()
        columns = (summary["people"].tolist(), summary["share"].tolist())
        return tuple((Status(status), *counted) for status, *counted in zip(summary.index, *columns, strict=True))

    def _change(self, changed: dict[str, Any]) -> None:
        super()._change(changed)
        self.state = replace(self.state, announcement=self._status_text.of(self.state, self._clock.monotonic_ns()))

    def _ended(self) -> None:
        self._show(refreshing="")

    def _follow(self) -> None:
        with self._lock:
            self._must_reload = True
            if self._is_following:
                return
            self._is_following = True
            # Under the lock, so that `wait` waits for this thread.
            self._following = Background(self._clock, self._follow_until_done, interrupt=lambda: None)

    def _follow_until_done(self) -> None:
        never = self._clock.event()
        try:
            while self._must_repeat():
                while not self._has_ended():
                    self._clock.wait(never, POLL_INTERVAL_NS)
        except BaseException:
            self._is_following = False
            raise

    def _must_repeat(self) -> bool:
        """Return whether following was requested again since the last round began."""
        with self._lock:
            self._is_following, self._must_reload = self._must_reload, False
            return self._is_following

    def _has_ended(self) -> bool:
        """Read the progress once, and return whether sending has ended."""
        began_ns = self._clock.monotonic_ns()
        try:
            # Read first, so that the next poll sees changes made after it.
            self._seen = self.view.control.revision
            progress = self.run.progress
            again = {"failure": None} if self._has_failed else {}
            if progress.state is State.RUNNING:
                with self._giving:
                    self._give_pending()
                self._show(progress=progress, sheet=None, counts=(), notice="", **again)
            else:
                self._pending = ""
                results = {
                    "sheet": self.view.results.sheet(),
                    "counts": self._counts(),
                    "why": self.view.control.halt_reason,
                    "has_used_up_month": self.view.has_used_up_month,
                    "repeats": self.view.count_repeats() if progress.state is not State.FINISHED else 0,
                }
                calls = self.view.count_refresh_calls()
                self._show(progress=progress, command="", refresh_calls=calls, **results, **again)
            self._has_failed = False
        except Exception as error:  # noqa: BLE001 - errors in a thread would be lost: the form shows them
            # The ledger may be unavailable for a while; sending continues, and reports its own errors.
            self._show_failure(error)
        ended_ns = self._clock.monotonic_ns()
        self._next_poll_ns = ended_ns + _REST_FACTOR * (ended_ns - began_ns)
        return not self.is_running

    def _show_failure(self, error: Exception) -> None:
        """Show that reading failed; the next success clears it."""
        self._has_failed = True
        failure = self._failure(error)
        # Once only: a screen reader would repeat it.
        if failure != self.state.failure:
            self._show(failure=failure)


@dataclass(slots=True)
class StatusText:
    """
    Decides when progress is announced; changes of state are announced at once.

    Attributes:
        opening: The first announcement, such as that nothing was sent.
    """

    opening: Text = NOTHING
    _text: str = ""
    _last: tuple[object, ...] = ()
    _at_ns: int = 0
    _step: int = 0
    _waits: set[str] = field(default_factory=set)

    def of(self, state: "RunState", now_ns: int) -> str:
        """Return the current announcement; unchanged while there is nothing new."""
        progress = state.progress
        step = int(_STEPS * progress.share)
        current = (progress.state, state.command, bool(state.refreshing), state.notice)
        is_news = step > self._step or (progress.waiting_for and progress.waiting_for not in self._waits)
        if current == self._last and not (is_news and now_ns - self._at_ns >= MIN_ANNOUNCEMENT_INTERVAL_NS):
            return self._text
        if current[:2] != self._last[:2]:
            self._waits.clear()
        self._last, self._at_ns, self._step = current, now_ns, step
        self._waits |= {progress.waiting_for} - {""}
        opening, self.opening = self.opening.in_form(), NOTHING
        self._text = join_sentences([opening, _words(state)])
        return self._text

    def retranslate(self, state: "RunState") -> None:
        """Render the announcement again, in the language in use."""
        self._text = _words(state)


def _recipient_count(view: CampaignView) -> RecipientCount | None:
    try:
        return view.results.recipient_count
    except DingError:
        return None


def _refresh_outcome(view: CampaignView, unit: Unit) -> str:
    """Return the outcome of the last refresh, as text."""
    refresh, pending = view.last_refresh, view.results.count_pending()
    if refresh is None or not refresh.batches:
        return "" if refresh is None else refresh.text.in_form()
    notice = [] if refresh.requested else [say("run.refreshed_lately")]
    if not pending:
        notice.append(say("run.refreshed_all"))
    else:
        key = "run.refreshed_rest_later" if refresh.next_in_s is None else "run.refreshed_rest"
        notice.append(say(key, people=count(unit, pending), seconds=f"{refresh.next_in_s or 0:,}"))
    if refresh.unanswered:
        notice.append(say("run.refreshed_unusable"))
    return join_sentences(notice)


def _first(run: Campaign) -> Progress:
    try:
        return run.progress
    except DingError:
        # The first read shows it, or the error.
        return Progress(0, State.RUNNING, 0)


def _words(state: "RunState") -> str:
    progress = state.progress
    if state.refreshing:
        return say("run.refreshing")
    if state.notice:
        return state.notice
    if state.command:
        return say("run.pausing" if state.command == "pause" else "run.stopping")
    if progress.state is State.RUNNING and progress.waiting_for:
        return progress.text
    return _counted(state)


def _counted(state: "RunState") -> str:
    text = str(state.progress.counted)
    return say("run.halted", progress=text, todo=state.resume_text) if state.is_halted else text
