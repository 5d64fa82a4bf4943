"""Keeps asking DingTalk for the results of a campaign, paced, while somebody looks on."""

from collections.abc import Callable

from dingnb.calls.context import Line
from dingnb.campaigns.results.look import Waiting
from dingnb.campaigns.results.watching import Watch
from dingnb.campaigns.status import FINAL
from dingnb.clock import seconds


class Asking:
    """
    Asks for each batch again when its state can have changed, less and less often.

    Args:
        line: What to call with.
        campaign: The campaign's number in the ledger.
    """

    def __init__(self, line: Line, campaign: int) -> None:
        self._clock, self._now_ns = line.clock, line.now_ns
        self._watch = Watch(line, campaign)
        self._stop = line.clock.event()

    @property
    def calls(self) -> int:
        """How many calls it has made."""
        return self._watch.calls

    @property
    def waiting(self) -> Waiting | None:
        """What it waits for at this moment; None where it does not run."""
        return self._watch.waiting

    def wall_ns(self, at_ns: int) -> int:
        """Return a monotonic time as one of day: nanoseconds since the epoch."""
        return self._now_ns() + at_ns - self._clock.monotonic_ns()

    @property
    def is_ended(self) -> bool:
        """Whether somebody has ended it."""
        return self._stop.is_set()

    def run(self, *, timeout_s: float, enough: Callable[[], bool]) -> None:
        """
        Ask until nothing more can be learnt, the time is over, `enough` says so between two looks, or it is ended.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        deadline_ns = self._clock.monotonic_ns() + seconds(timeout_s)
        self._watch.run(FINAL, enough, self._stop, deadline_ns)

    def end(self) -> None:
        """Let no further call leave; from any thread."""
        self._watch.interrupt(self._stop)
