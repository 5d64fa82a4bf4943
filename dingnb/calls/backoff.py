"""Pauses before a failed call is made again, and when to give up (docs/dingtalk.md, "What can happen")."""

import threading
from collections.abc import Callable
from typing import Literal

from dingnb.auth import Caller
from dingnb.calls.pace import Pace, Reason
from dingnb.calls.workers import RetryLater
from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.errors import ApiError, BannedError, BusyError, DingError, ThrottledError, TokenError, TransportError
from dingnb.words import NOTHING, Text, duration

MOST_THROTTLES = 5
"""The fewest pauses in a row that DingTalk may ask for before the work gives up."""

MOST_TOKEN_FAILURES = 3
"""The number of failures in a row because of the token, after which the work gives up."""

BAN_CODE = "1111"

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S: dict[Reason, float] = {"outage": 30.0, "uncertain": 60.0, "pause": 60.0, "token": 1.0}
_MOST_DOUBLINGS = 16


class Backoff:
    """
    Decides how long to wait before the next call of one piece of work; pauses grow until a call succeeds.

    Calls that fail side by side, those that started before the last counted failure ended, count as one failure.

    Args:
        clock: The source of time.
        outage_patience_s: The work gives up so many seconds after the first failure without a success.
        ban_pause_s: The pause after a web page that refuses, in seconds; with 0 it is like any other bad answer.
    """

    def __init__(self, clock: Clock, *, outage_patience_s: float, ban_pause_s: float) -> None:
        self.clock = clock
        self._patience_ns = seconds(outage_patience_s)
        self._ban_pause_s = ban_pause_s
        self._failures: dict[Reason, int] = {}
        self._first_ns: int | None = None
        self._counted_ns: int | None = None

    @property
    def failures(self) -> int:
        """The failures in a row, without pauses that DingTalk asked for; those side by side count as one."""
        return sum(n for reason, n in self._failures.items() if reason != "pause")

    @property
    def is_failing(self) -> bool:
        """Whether the last call failed, so that one call at a time is enough to see whether DingTalk is back."""
        return self.failures > 0

    @property
    def gives_up_ns(self) -> int | None:
        """The monotonic time at which the patience ends; None where no call has failed since the last success."""
        return None if self._first_ns is None else self._first_ns + self._patience_ns

    @property
    def gives_up_s(self) -> int:
        """The seconds until the patience ends; 0 where no call has failed since the last success."""
        if self.gives_up_ns is None:
            return 0
        return -(-max(self.gives_up_ns - self.clock.monotonic_ns(), 0) // NS_PER_S)

    def succeeded(self) -> None:
        """Note that DingTalk answered a call properly."""
        self._failures.clear()
        self._first_ns = None

    def failed(self, error: DingError, started_ns: int, *, asks: bool = False) -> RetryLater | None:
        """
        Note a failure and return the pause before the next call; None where it is time to give up, or no pause helps.

        Args:
            error: What the call failed with.
            started_ns: The monotonic time at which the call started.
            asks: Whether the call only asks, so that it does not matter whether it took effect.
        """
        is_page = isinstance(error, BannedError) and not self._ban_pause_s
        reason = "ban" if is_ban(error) and not is_page else _reason_of(error, asks=asks)
        if reason is None:
            return None
        now_ns = self.clock.monotonic_ns()
        if self._counted_ns is None or started_ns > self._counted_ns:
            self._failures[reason] = self._failures.get(reason, 0) + 1
            self._counted_ns = now_ns
        elif not self._failures:
            # Others have succeeded since the failure beside which it failed.
            self._failures[reason] = 1
        if self._first_ns is None:
            self._first_ns = now_ns
        return self._pause(reason, error, self._first_ns + self._patience_ns - now_ns)

    def _pause(self, reason: Reason, error: DingError, left_ns: int) -> RetryLater | None:
        is_over = left_ns <= 0
        if reason == "pause":
            is_over = is_over and self._failures.get(reason, 0) > MOST_THROTTLES
        elif reason == "token":
            is_over = self._failures.get(reason, 0) >= MOST_TOKEN_FAILURES
        elif reason == "uncertain":
            # How many failures in a row are too many is the sender's to decide (`pause_after`).
            is_over = False
        if is_over:
            return None
        pause_s = self._seconds(reason, error)
        if reason == "outage":
            pause_s = min(pause_s, left_ns / NS_PER_S)
        if pause_s > max(self._ban_pause_s, self._patience_ns / NS_PER_S, _LONGEST_PAUSE_S["pause"]):
            return None
        return RetryLater(pause_s, reason)

    def _seconds(self, reason: Reason, error: DingError) -> float:
        asked_s = error.pause_s if isinstance(error, ThrottledError) else 0.0
        if reason == "ban":
            return asked_s or self._ban_pause_s
        n = self._failures.get(reason, 1) if reason == "pause" else self.failures
        grown_s = max(asked_s, _FIRST_PAUSE_S) * float(2 ** min(max(n - 1, 0), _MOST_DOUBLINGS))
        return max(asked_s, min(grown_s, _LONGEST_PAUSE_S[reason]))


def is_ban(error: DingError) -> bool:
    """Return whether DingTalk has banned this computer's address, as far as an answer can tell."""
    return isinstance(error, BannedError) or (isinstance(error, ApiError) and error.code == BAN_CODE)


def _reason_of(error: DingError, *, asks: bool) -> Reason | None:
    if isinstance(error, ThrottledError):
        return "pause"
    if error.may_have_taken_effect and not asks:
        return "uncertain"
    if isinstance(error, TransportError | BusyError):
        return "outage"
    return "token" if isinstance(error, TokenError) else None


def fetch_token(
    caller: Caller, pace: Pace, backoff: Backoff, stop: threading.Event, on_wait: Callable[[int, Reason], None]
) -> DingError | None:
    """
    Fetch the token before the first call: calls that wait for one would leave all at once, and its answer has the time.

    Args:
        caller: Calls as the app.
        pace: Knows whether the address is banned; then no call is made.
        backoff: Decides how long to wait after a failure.
        stop: Ends the wait when it is set.
        on_wait: Receives each wait, in nanoseconds, and its reason.

    Returns:
        The error with which it gave up; None where the token is there, or `stop` was set.
    """
    clock = backoff.clock
    while not stop.is_set():
        reason: Reason = "ban"
        wait_ns = pace.banned_ns()
        if not wait_ns:
            started_ns = clock.monotonic_ns()
            try:
                caller.token()
            except DingError as error:
                retry = backoff.failed(error, started_ns, asks=True)
                if retry is None:
                    return error
                wait_ns, reason = seconds(retry.pause_s), retry.reason
                if reason == "ban":
                    pace.ban(retry.pause_s)
            else:
                backoff.succeeded()
                return None
        on_wait(wait_ns, reason)
        clock.wait(stop, wait_ns)
    return None


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
