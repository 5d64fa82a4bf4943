"""The model of the automatic refresh of results, within limits of time and calls."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from dingnb.campaigns.results.poller import AutoRefresh, AutoRefreshEnd, PollingWait
from dingnb.campaigns.status import State
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.times import format_time
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.run.model import RunModel
from dingnb.ui.run.refresh_limits import can_refresh, max_calls
from dingnb.words import NOTHING, Text, count

MAX_HOURS = 8
"""Maximum duration of an automatic refresh, in hours: a working day."""

_S_PER_HOUR = 3_600
_END_KEYS = {
    AutoRefreshEnd.FINAL: "results_form.refreshed_all",
    AutoRefreshEnd.UNREAD: "results_form.refreshed_unread",
    AutoRefreshEnd.ENDED: "results_form.refreshed_ended",
    AutoRefreshEnd.MAX_CALLS: "results_form.refreshed_max_calls",
    AutoRefreshEnd.TIMED_OUT: "results_form.refreshed_max_hours",
}


@dataclass(frozen=True, slots=True)
class RefreshUsage:
    """
    What an automatic refresh has used of its limits, which still apply when the page is reloaded.

    Attributes:
        calls: The number of calls made.
        max_calls: The maximum number of calls; 0 before the automatic refresh has started.
        started_ns: When it was started, nanoseconds since the epoch; 0 before.
        next_ns: When it makes the next call, nanoseconds since the epoch; 0 if it makes calls now.
    """

    calls: int = 0
    max_calls: int = 0
    started_ns: int = 0
    next_ns: int = 0

    @property
    def has_started(self) -> bool:
        """Whether the automatic refresh has started, and so has a limit of calls."""
        return self.max_calls > 0


_NOTHING_USED = RefreshUsage()


@dataclass(frozen=True, slots=True)
class AutoRefreshState:
    """
    The state of the automatic refresh.

    Attributes:
        is_on: Whether it is on.
        is_refreshing: Whether it is making calls now, rather than waiting for the next refresh.
        notice: What it waits for, or why it ended.
        usage: What it has used of its limits.
        unread: Why the results of some people cannot be read, and of whom, while the others are refreshed; None if all
            can be read.
        failure: The last error; None if there was none.
    """

    is_on: bool = False
    is_refreshing: bool = False
    notice: Text = NOTHING
    usage: RefreshUsage = _NOTHING_USED
    unread: Failure | None = None
    failure: Failure | None = None

    @property
    def calls(self) -> int:
        """The number of calls made."""
        return self.usage.calls

    @property
    def max_calls(self) -> int:
        """The maximum number of calls, set when the automatic refresh starts; 0 before."""
        return self.usage.max_calls


class AutoRefreshModel(Model[AutoRefreshState]):
    """
    Refreshes the results automatically while it is switched on.

    Args:
        results: The model of the results, which are reloaded after each refresh.
        run: The model of the campaign.
        starts_after_send: Whether it starts once the current send has finished. If another process sends, that process
            makes the calls for the results, which are shown here as well.
        usage: What it had used before the page was reloaded; None if the page was not reloaded.
        is_page_left: Returns whether the page has been reloaded since. Then another process serves the page, and the
            automatic refresh ends here.
        is_page: Whether the results are a page that is left when those of another campaign are opened.

    Attributes:
        is_page: Whether the results are such a page.
    """

    def __init__(
        self,
        results: ResultsModel,
        run: RunModel,
        *,
        starts_after_send: bool = False,
        usage: RefreshUsage | None = None,
        is_page_left: Callable[[], bool] = lambda: False,
        is_page: bool = False,
    ) -> None:
        super().__init__(AutoRefreshState(), results.view.clock)
        self._results = results
        self._is_page_left = is_page_left
        self.is_page = is_page
        self._refresh: AutoRefresh | None = None
        self._was_reloaded, self._usage_before = usage is not None, usage or _NOTHING_USED
        self._starts_after_send = starts_after_send
        self._is_sent_elsewhere = False
        self._run = run
        self._stop_following = run.watch(self._note_sender)
        self._note_sender()
        results.watch(self._start_if_sent)
        results.watch(self._end_if_final)
        self._start_if_sent()

    @property
    def calls_per_refresh(self) -> int:
        """The maximum number of calls of one refresh."""
        available = self._results.state.available
        return 0 if available is None else available.refresh_calls

    @property
    def max_calls(self) -> int:
        """The maximum number of calls if it started now."""
        return max_calls(self.calls_per_refresh)

    @property
    def can_refresh(self) -> bool:
        """Whether there is something to refresh, within the limit of calls and with the calls left this month."""
        available = self._results.state.available
        return available is not None and available.can_finish_refresh and can_refresh(available.refresh_calls)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is off here, and another window or process refreshes the results automatically."""
        return self._run.state.is_auto_refreshed and not self.state.is_on

    @property
    def usage(self) -> RefreshUsage | None:
        """What it has used; None unless it is on, or starts once the current send has finished."""
        if self._starts_after_send and not self._is_sent_elsewhere:
            return self._usage_before
        return self.state.usage if self.state.is_on else None

    def switch(self, is_on: bool) -> None:  # noqa: FBT001 - the value of the checkbox
        """Start the automatic refresh if it is within the limits of calls, or end it."""
        if is_on:
            self._start(_NOTHING_USED)
        else:
            self.end()

    def _start(self, usage: RefreshUsage) -> None:
        """Start it, or go on with what is left of its limits."""
        # More may have been sent since the results were last read.
        view = self._results.view
        calls_per_refresh, calls_left = view.count_refresh_calls(), view.calls_left
        # Without any calls, the error says so, and what to do.
        has_too_few = 0 < calls_left < calls_per_refresh and not view.may_exceed_quota
        if has_too_few or not can_refresh(calls_per_refresh):
            # Unchecks the checkbox.
            self._notify()
            return
        if not usage.has_started:
            usage = RefreshUsage(0, max_calls(calls_per_refresh), self._clock.now_ns())
        refresh = self._results.view.auto_refresh(lambda waiting: self._show_wait(refresh, waiting, usage))
        if self._start_work(
            lambda: self._refresh_until_final(refresh, usage),
            refresh.end,
            is_on=True,
            notice=NOTHING,
            usage=usage,
            unread=None,
            failure=None,
        ):
            self._refresh = refresh

    def end(self) -> None:
        """End the automatic refresh, and do not start it after the current send."""
        self._starts_after_send = False
        self._stop_following()
        if self._refresh is not None:
            self._refresh.end()

    def _note_sender(self) -> None:
        """Note whether another process sends the campaign; if several do in turn, the last one counts."""
        if self._starts_after_send and not self._was_reloaded and self._run.is_running:
            # If the ledger cannot be read, the form says so where it reads the progress.
            with suppress(LedgerError):
                sender = self._run.view.control.sender
                self._is_sent_elsewhere = self._is_sent_elsewhere if sender is None else not sender.is_this

    def _start_if_sent(self) -> None:
        """Start it once everything is sent and the results are read."""
        is_ready = self._results.state.available is not None and not self._results.is_running
        # A stopped campaign may be resumed, so only a finished one counts.
        if self._starts_after_send and is_ready and self._results.run.state == State.FINISHED:
            self._starts_after_send = False
            if not self._is_sent_elsewhere and not self._is_page_left():
                self._start(self._usage_before)

    def _end_if_final(self) -> None:
        """End the waiting at once if nothing is left to refresh, such as after a recall."""
        available = self._results.state.available
        is_waiting = self._refresh is not None and self.state.is_on and not self.state.is_refreshing
        if available is None or available.refresh_calls or not is_waiting:
            return
        # The results may have been read before more was sent.
        if self._refresh is not None and not self._results.view.count_refresh_calls():
            self._refresh.end()

    def _refresh_until_final(self, refresh: AutoRefresh, before: RefreshUsage) -> None:
        now_ns = self._clock.now_ns()
        left_ns = seconds_to_ns(MAX_HOURS * _S_PER_HOUR) - max(now_ns - before.started_ns, 0)
        pause_ns = max(before.next_ns - now_ns, 0)
        try:
            end = refresh.run(
                timeout_s=left_ns / NS_PER_S, max_calls=before.max_calls - before.calls, pause_s=pause_ns / NS_PER_S
            )
        finally:
            self._results.reload_all()
            self._show(unread=self._unread(refresh))
        if end is AutoRefreshEnd.ENDED and not self._results.view.count_refresh_calls():
            end = AutoRefreshEnd.FINAL
        usage = replace(before, calls=before.calls + refresh.calls)
        notice = Text(_END_KEYS[end], calls=count("call", usage.calls), hours=MAX_HOURS)
        self._show(notice=notice, usage=usage, is_on=False, is_refreshing=False)

    def _show_wait(self, refresh: AutoRefresh, waiting: PollingWait, before: RefreshUsage) -> None:
        if self._is_page_left():
            refresh.end()
        calls, monotonic_ns = before.calls + refresh.calls, self._clock.monotonic_ns()
        if calls != self.state.calls:
            # The calls used and the next refresh are shown with the results, not before them.
            self._results.reload_all()
        next_ns = 0 if waiting.next_ns is None else self._clock.now_ns() + waiting.next_ns - monotonic_ns
        self._show(
            notice=_wait_text(refresh, waiting, before, monotonic_ns, self.calls_per_refresh),
            usage=replace(before, calls=calls, next_ns=next_ns),
            unread=self._unread(refresh),
            is_refreshing=waiting.next_ns is None,
        )

    def _unread(self, refresh: AutoRefresh) -> Failure | None:
        return None if refresh.unread is None else self._failure(refresh.unread)

    def _on_idle(self) -> None:
        # After an error, it no longer does what the notice says.
        notice = self.state.notice if self.state.failure is None else NOTHING
        self._change({"is_on": False, "is_refreshing": False, "notice": notice})


def _wait_text(
    refresh: AutoRefresh, waiting: PollingWait, before: RefreshUsage, monotonic_ns: int, calls_per_refresh: int
) -> Text:
    """Return how many calls were made, why none are made now, or when the next are and whether they are too few."""
    if waiting.next_ns is None:
        # Those of the current fetch as well, which `refresh.calls` includes only at its end.
        made = before.calls + refresh.calls_elsewhere + waiting.made
        return Text("results_form.refreshing", made=f"{made:,}", calls=count("call", before.max_calls))
    if waiting.is_elsewhere:
        return Text("results_form.refreshed_elsewhere")
    if waiting.reason is not None:
        return waiting.text(monotonic_ns)
    moment, calls_left = format_time(refresh.wall_ns(waiting.next_ns)), before.max_calls - before.calls - refresh.calls
    if calls_left < calls_per_refresh:
        return Text("results_form.refreshed_next_part", moment=moment, calls=count("call", calls_left))
    return Text("results_form.refreshed_next", moment=moment)
