"""How often DingTalk may ask for a pause before a work gives up (docs/dingtalk.md, "Rates and quota")."""

from dingnb.bulk.crew import Again
from dingnb.clock import Clock, seconds
from dingnb.errors import ThrottledError

MOST_PAUSES = 5
"""So many pauses in a row, without one call that succeeds between them, are the last."""

LONGEST_PAUSE_S = 60.0
"""A longer pause is not waited for: it is told at once, such as the five minutes of a banned address."""


class Patience:
    """
    Says how long to wait after a throttled call; each further pause in a row is twice as long.

    Args:
        clock: The source of time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pauses = 0
        self._until_ns = 0

    def succeeded(self) -> None:
        """Note that a call was answered as it should be."""
        self._pauses = 0

    def pause(self, error: ThrottledError) -> Again | None:
        """Return the pause before the call is made again; None where it is time to give up."""
        now_ns = self._clock.monotonic_ns()
        # Calls that are refused side by side ask for one pause, not for several.
        if now_ns >= self._until_ns:
            self._pauses += 1
        if error.pause_s > LONGEST_PAUSE_S or self._pauses > MOST_PAUSES:
            return None
        pause_s = min(error.pause_s * 2 ** max(self._pauses - 1, 0), LONGEST_PAUSE_S)
        self._until_ns = max(self._until_ns, now_ns + seconds(pause_s))
        return Again(pause_s)
