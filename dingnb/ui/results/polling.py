"""Refreshes the results automatically while the form is open, within limits of time and calls."""

from dingnb.calls.background import Background
from dingnb.campaigns.results.auto_refresh import Asking
from dingnb.campaigns.results.look import Waiting
from dingnb.clock import seconds
from dingnb.ui.kit.model import Model
from dingnb.ui.results.model import ResultsModel
from dingnb.ui.results.moments import moment_ns
from dingnb.ui.results.state import AskingState
from dingnb.words import count, say

HOURS = 8
"""Longest time of an automatic refresh: a day at work."""

MOST_CALLS = 250
"""Most calls of an automatic refresh: a twentieth of the monthly quota of a standard organisation."""

_S_PER_HOUR = 3_600


class AskingModel(Model[AskingState]):
    """
    Refreshes the results automatically while that is switched on.

    Args:
        results: The results, which are read again after each refresh.
    """

    def __init__(self, results: ResultsModel) -> None:
        super().__init__(AskingState(), results.view.clock)
        self._results = results
        self._asking: Asking | None = None

    @property
    def looks(self) -> int:
        """The most calls that one refresh takes."""
        choices = self._results.state.choices
        return 0 if choices is None else choices.looks

    @property
    def can_ask(self) -> bool:
        """Whether there are results to ask for, and not too many for an automatic refresh."""
        return 0 < self.looks <= MOST_CALLS

    def switch(self, is_on: bool) -> None:  # noqa: FBT001 - the value of the form's box
        """Start or end the automatic refresh."""
        if is_on and self.can_ask:
            asking = self._results.view.auto_refresh()
            if self._begin(lambda: self._ask(asking), asking.end, is_on=True, said="", calls=0, failure=None):
                self._asking = asking
        elif not is_on:
            self.end()
        else:
            self._tell()

    def end(self) -> None:
        """Let no further call leave."""
        if self._asking is not None:
            self._asking.end()

    def _ask(self, asking: Asking) -> None:
        work = Background(
            self._clock,
            lambda: asking.run(timeout_s=HOURS * _S_PER_HOUR, enough=lambda: asking.calls >= MOST_CALLS),
            asking.end,
        )
        began_ns = self._clock.monotonic_ns()
        seen: Waiting | None = None

        def look() -> None:
            nonlocal seen
            waiting = asking.waiting
            # Once for each wait: a screen reader would read out a text that changes every second.
            if waiting is None or waiting is seen:
                return
            seen = waiting
            if asking.calls != self.state.calls:
                self._results.read_anew()
            self._show(said=_waits(asking, waiting, self._clock.monotonic_ns()), calls=asking.calls)

        try:
            work.join(look)
        finally:
            self._results.read_anew()
        is_long = self._clock.monotonic_ns() - began_ns >= seconds(HOURS * _S_PER_HOUR)
        self._show(said=_ending(asking, is_long=is_long), calls=asking.calls)

    def _ended(self) -> None:
        self._show(is_on=False)


def _waits(asking: Asking, waiting: Waiting, now_ns: int) -> str:
    """Return the time of the next request as text, or why calls fail."""
    if waiting.next_ns is None:
        return say("run.asking")
    if waiting.reason is not None:
        return str(waiting.text(now_ns))
    return say("results_form.asked_next", moment=moment_ns(asking.wall_ns(waiting.next_ns)))


def _ending(asking: Asking, *, is_long: bool) -> str:
    """Return as text why the automatic refresh ended."""
    key = "all"
    if asking.is_ended:
        key = "ended"
    elif asking.calls >= MOST_CALLS:
        key = "enough"
    elif is_long:
        key = "long"
    return say(f"results_form.asked_{key}", calls=count("call", asking.calls), hours=HOURS)
