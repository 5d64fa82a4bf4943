"""The model of the automatic refresh of results, within limits of time and calls."""

from collections.abc import Callable

from dingnb.campaigns.results.poller import AutoRefresh, PollingWait
from dingnb.campaigns.status import State
from dingnb.clock import seconds_to_ns
from dingnb.ui.kit.model import Model
from dingnb.ui.kit.times import moment_ns
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import AutoRefreshState
from dingnb.words import NOTHING, Text, count

MAX_HOURS = 8
"""Maximum duration of an automatic refresh, in hours: a working day."""

MAX_CALLS = 250
"""Maximum number of calls of an automatic refresh: 5% of the monthly quota of a standard organisation."""

MAX_FULL_REFRESHES = 3
"""Number of full refreshes that an automatic refresh may spend calls on: one for deliveries, two for reads."""

MIN_CALL_LIMIT = 36
"""Smallest limit of calls of an automatic refresh; campaigns with few recipients are refreshed more often."""

_S_PER_HOUR = 3_600


class AutoRefreshModel(Model[AutoRefreshState]):
    """
    Refreshes the results automatically while it is switched on.

    Args:
        results: The model of the results, which are reloaded after each refresh.
        starts_after_send: Whether it starts once the current send has finished.
        is_page_left: Returns whether the page has been reloaded, so that another process serves it: then it ends.
    """

    def __init__(
        self,
        results: ResultsModel,
        *,
        starts_after_send: bool = False,
        is_page_left: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(AutoRefreshState(), results.view.clock)
        self._results = results
        self._is_page_left = is_page_left
        self._refresh: AutoRefresh | None = None
        self._starts_after_send = starts_after_send
        results.watch(self._start_if_sent)
        self._start_if_sent()

    @property
    def calls_per_refresh(self) -> int:
        """The maximum number of calls of one refresh."""
        available = self._results.state.available
        return 0 if available is None else available.refresh_calls

    @property
    def max_calls(self) -> int:
        """The maximum number of calls until it ends."""
        return _max_calls(self.calls_per_refresh)

    @property
    def can_refresh(self) -> bool:
        """Whether there is something to refresh, and one refresh is within the limit of calls."""
        return _is_affordable(self.calls_per_refresh)

    @property
    def is_wanted(self) -> bool:
        """Whether it is on, or starts once the current send has finished."""
        return self.state.is_on or self._starts_after_send

    def switch(self, is_on: bool) -> None:  # noqa: FBT001 - the value of the checkbox
        """Start the automatic refresh if it is within the limit of calls, or end it."""
        # More may have been sent since the results were last read.
        calls_per_refresh = self._results.view.count_refresh_calls() if is_on else 0
        if _is_affordable(calls_per_refresh):
            max_calls = _max_calls(calls_per_refresh)
            refresh = self._results.view.auto_refresh(lambda waiting: self._show_wait(refresh, waiting))
            if self._start_work(
                lambda: self._refresh_until_final(refresh, max_calls),
                refresh.end,
                is_on=True,
                notice=NOTHING,
                calls=0,
                max_calls=max_calls,
                failure=None,
            ):
                self._refresh = refresh
        elif not is_on:
            self.end()
        else:
            # Unchecks the checkbox.
            self._notify()

    def end(self) -> None:
        """End the automatic refresh, and do not start it after the current send."""
        self._starts_after_send = False
        if self._refresh is not None:
            self._refresh.end()

    def _start_if_sent(self) -> None:
        """Start it once everything is sent and the results are read."""
        is_ready = self._results.state.available is not None and not self._results.is_running
        # A stopped campaign may be resumed, so only a finished one counts.
        if self._starts_after_send and is_ready and self._results.run.state == State.FINISHED:
            self._starts_after_send = False
            if not self._is_page_left():
                self.switch(is_on=True)

    def _refresh_until_final(self, refresh: AutoRefresh, max_calls: int) -> None:
        started_ns = self._clock.monotonic_ns()
        try:
            refresh.run(timeout_s=MAX_HOURS * _S_PER_HOUR, max_calls=max_calls)
        finally:
            self._results.reload_all()
        has_timed_out = self._clock.monotonic_ns() - started_ns >= seconds_to_ns(MAX_HOURS * _S_PER_HOUR)
        self._show(notice=_end_text(refresh, max_calls, has_timed_out=has_timed_out), calls=refresh.calls)

    def _show_wait(self, refresh: AutoRefresh, waiting: PollingWait) -> None:
        if self._is_page_left():
            refresh.end()
        if refresh.calls != self.state.calls:
            self._results.reload_all()
        self._show(notice=_wait_text(refresh, waiting, self._clock.monotonic_ns()), calls=refresh.calls)

    def _ended(self) -> None:
        self._show(is_on=False)


def _is_affordable(calls_per_refresh: int) -> bool:
    return 0 < calls_per_refresh <= MAX_CALLS


def _max_calls(calls_per_refresh: int) -> int:
    return min(max(MAX_FULL_REFRESHES * calls_per_refresh, MIN_CALL_LIMIT), MAX_CALLS)


def _wait_text(refresh: AutoRefresh, waiting: PollingWait, now_ns: int) -> Text:
    """Return the time of the next request, or why calls fail."""
    if waiting.next_ns is None:
        return Text("run.refreshing")
    if waiting.reason is not None:
        return waiting.text(now_ns)
    return Text("results_form.refreshed_next", moment=moment_ns(refresh.wall_ns(waiting.next_ns)))


def _end_text(refresh: AutoRefresh, max_calls: int, *, has_timed_out: bool) -> Text:
    """Return why the automatic refresh ended."""
    key = "all"
    if refresh.has_ended:
        key = "ended"
    elif refresh.calls >= max_calls:
        key = "max_calls"
    elif has_timed_out:
        key = "max_hours"
    return Text(f"results_form.refreshed_{key}", calls=count("call", refresh.calls), hours=MAX_HOURS)
