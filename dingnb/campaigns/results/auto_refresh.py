"""Keeps refreshing the results of a campaign in the background."""

from collections.abc import Callable

from dingnb.calls.context import SendContext
from dingnb.campaigns.results.watching import Waiting, Watch
from dingnb.campaigns.status import FINAL
from dingnb.clock import seconds


class Asking:
    """
    Requests the results of each batch again and again, with growing pauses.

    Args:
        context: What the campaign is sent with.
        campaign: The campaign's number in the ledger.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._clock, self._now_ns = context.clock, context.now_ns
        self._watch = Watch(context, campaign)
        self._stop = context.clock.event()

    @property
    def calls(self) -> int:
        """The number of calls so far."""
        return self._watch.calls

    @property
    def waiting(self) -> Waiting | None:
        """What it waits for now; None while it does not run."""
        return self._watch.waiting

    def wall_ns(self, at_ns: int) -> int:
        """Return a monotonic time as wall time: nanoseconds since the epoch."""
        return self._now_ns() + at_ns - self._clock.monotonic_ns()

    @property
    def is_ended(self) -> bool:
        """Whether `end` was called."""
        return self._stop.is_set()

    def run(self, *, timeout_s: float, enough: Callable[[], bool]) -> None:
        """
        Request results until they are complete, the time is over, `enough` returns True, or `end` is called.

        Raises:
            BadAnswerError: Results named others than were asked for; all other results were read.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        deadline_ns = self._clock.monotonic_ns() + seconds(timeout_s)
        self._watch.run(FINAL, enough, self._stop, deadline_ns)

    def end(self) -> None:
        """Let no further call leave; may be called from any thread."""
        self._watch.interrupt(self._stop)
