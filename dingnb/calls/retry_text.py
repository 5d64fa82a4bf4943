"""Says why failed calls are repeated, and when the next one comes."""

from typing import Literal

from dingnb.calls.backoff import Backoff
from dingnb.calls.pace import Reason
from dingnb.clock import NS_PER_S
from dingnb.words import NOTHING, Text, duration


class RetryStatus:
    """
    The pause of look-ups and recalls after failed calls, as a text; any thread may read it.

    Args:
        backoff: The pauses of this work.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._reason: Reason | None = None
        self._until_ns = 0

    def wait(self, delay_ns: int | None, reason: Literal["people"] | Reason) -> None:
        """Set the current pause and its reason; pauses below a second are not shown."""
        if delay_ns is not None and delay_ns >= NS_PER_S and reason != "people":
            self._until_ns, self._reason = self._backoff.clock.monotonic_ns() + delay_ns, reason

    def over(self) -> None:
        """End the pause."""
        self._reason = None

    @property
    def text(self) -> Text:
        """The pause at this moment; empty while there is none."""
        reason, left_ns = self._reason, self._until_ns - self._backoff.clock.monotonic_ns()
        return NOTHING if reason is None or left_ns <= 0 else retry_text(reason, left_ns, self._backoff.gives_up_s)


def retry_text(reason: Reason, left_ns: int, gives_up_s: int) -> Text:
    """Return why a call is repeated, when, and how long the repeats go on, in nanoseconds and seconds."""
    left = duration(-(-left_ns // NS_PER_S))
    return Text(f"progress.wait_{reason}", duration=left, given_up=duration(gives_up_s))
