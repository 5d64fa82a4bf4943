"""Asks DingTalk again and again while the form is open, without a browser: paced, and not for ever."""

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
"""So long it goes on at most: a day at work."""

MOST_CALLS = 250
"""So many calls it makes at most: a twentieth of what a standard organisation has in a month."""

_S_PER_HOUR = 3_600


class AskingModel(Model[AskingState]):
    """
    Keeps asking DingTalk what became of everybody, when somebody wishes it.

    Args:
        results: The results, which are read again when something was asked.
    """

    def __init__(self, results: ResultsModel) -> None:
        super().__init__(AskingState(), results.run.clock)
        self._results = results
        self._asking: Asking | None = None

    @property
    def looks(self) -> int:
        """How many calls it takes at most to ask once."""
        choices = self._results.state.choices
        return 0 if choices is None else choices.looks

    @property
    def can_ask(self) -> bool:
        """Whether there is something to ask, and not too much of it to go on by itself."""
        return 0 < self.looks <= MOST_CALLS

    def wish(self, is_wished: bool) -> None:  # noqa: FBT001 - what the box on the form says
        """Begin, or end."""
        if is_wished and self.can_ask:
            asking = self._results.run.asking()
            if self._begin(lambda: self._ask(asking), asking.end, is_on=True, said="", calls=0, failure=None):
                self._asking = asking
        elif not is_wished:
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
            # Told once for each wait: words that change every second would be read out every second.
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
    """Return what it waits for: the time of the next look, or why its calls fail."""
    if waiting.next_ns is None:
        return say("run.asking")
    if waiting.reason is not None:
        return waiting.text(now_ns)
    return say("results_form.asked_next", moment=moment_ns(asking.wall_ns(waiting.next_ns)))


def _ending(asking: Asking, *, is_long: bool) -> str:
    """Return why it is over."""
    key = "all"
    if asking.is_ended:
        key = "ended"
    elif asking.calls >= MOST_CALLS:
        key = "enough"
    elif is_long:
        key = "long"
    return say(f"results_form.asked_{key}", calls=count("call", asking.calls), hours=HOURS)
