"""Refreshes the results automatically while the form is open, within limits of time and calls."""

from dingnb.campaigns.results.watching import AutoRefresh, Waiting
from dingnb.campaigns.status import State
from dingnb.clock import seconds
from dingnb.ui.kit.model import Model
from dingnb.ui.kit.moments import moment_ns
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.state import AutoRefreshState
from dingnb.words import count, say

HOURS = 8
"""Maximum duration of an automatic refresh, in hours: a working day."""

MAX_CALLS = 250
"""Maximum number of calls of an automatic refresh: 5% of the monthly quota of a standard organisation."""

ROUNDS = 3
"""Number of refreshes of everybody within the calls of an automatic one: the deliveries, and twice the reads."""

MIN_CALLS = 36
"""Maximum number of calls of an automatic refresh of few people, who are asked about more often."""

_S_PER_HOUR = 3_600


class AutoRefreshModel(Model[AutoRefreshState]):
    """
    Refreshes the results automatically while that is switched on.

    Args:
        results: The results, which are read again after each refresh.
        starts: Whether it switches itself on, once, when what is being sent now has been sent.
    """

    def __init__(self, results: ResultsModel, *, starts: bool = False) -> None:
        super().__init__(AutoRefreshState(), results.view.clock)
        self._results = results
        self._refresh: AutoRefresh | None = None
        self._must_start = starts
        results.watch(self._start)
        self._start()

    @property
    def calls_per_refresh(self) -> int:
        """The maximum number of calls of one refresh."""
        choices = self._results.state.choices
        return 0 if choices is None else choices.refresh_calls

    @property
    def max_calls(self) -> int:
        """The maximum number of calls until it ends."""
        return min(max(ROUNDS * self.calls_per_refresh, MIN_CALLS), MAX_CALLS)

    @property
    def can_refresh(self) -> bool:
        """Whether results are missing, and not too many for an automatic refresh."""
        return 0 < self.calls_per_refresh <= MAX_CALLS

    def switch(self, is_on: bool) -> None:  # noqa: FBT001 - the value of the checkbox
        """Start or end the automatic refresh."""
        if is_on and self.can_refresh:
            max_calls = self.max_calls
            refresh = self._results.view.auto_refresh(lambda waiting: self._show_wait(refresh, waiting))
            if self._start_work(
                lambda: self._refresh_until_final(refresh, max_calls),
                refresh.end,
                is_on=True,
                notice="",
                calls=0,
                max_calls=max_calls,
                failure=None,
            ):
                self._refresh = refresh
        elif not is_on:
            self.end()
        else:
            self._notify()

    def end(self) -> None:
        """Make no further calls."""
        self._must_start = False
        if self._refresh is not None:
            self._refresh.end()

    def _start(self) -> None:
        """Switch it on when everything is sent and the results are read."""
        is_known = self._results.state.choices is not None and not self._results.is_running
        # One that was stopped may be resumed.
        if self._must_start and is_known and self._results.run.state == State.FINISHED:
            self._must_start = False
            self.switch(is_on=True)

    def _refresh_until_final(self, refresh: AutoRefresh, max_calls: int) -> None:
        began_ns = self._clock.monotonic_ns()
        try:
            refresh.run(timeout_s=HOURS * _S_PER_HOUR, enough=lambda: refresh.calls >= max_calls)
        finally:
            self._results.reload_all()
        is_long = self._clock.monotonic_ns() - began_ns >= seconds(HOURS * _S_PER_HOUR)
        self._show(notice=_ending(refresh, max_calls, is_long=is_long), calls=refresh.calls)

    def _show_wait(self, refresh: AutoRefresh, waiting: Waiting) -> None:
        if refresh.calls != self.state.calls:
            self._results.reload_all()
        self._show(notice=_waits(refresh, waiting, self._clock.monotonic_ns()), calls=refresh.calls)

    def _ended(self) -> None:
        self._show(is_on=False)


def _waits(refresh: AutoRefresh, waiting: Waiting, now_ns: int) -> str:
    """Return the time of the next request as text, or why calls fail."""
    if waiting.next_ns is None:
        return say("run.refreshing")
    if waiting.reason is not None:
        return str(waiting.text(now_ns))
    return say("results_form.refreshed_next", moment=moment_ns(refresh.wall_ns(waiting.next_ns)))


def _ending(refresh: AutoRefresh, max_calls: int, *, is_long: bool) -> str:
    """Return as text why the automatic refresh ended."""
    key = "all"
    if refresh.is_ended:
        key = "ended"
    elif refresh.calls >= max_calls:
        key = "enough"
    elif is_long:
        key = "long"
    return say(f"results_form.refreshed_{key}", calls=count("call", refresh.calls), hours=HOURS)
