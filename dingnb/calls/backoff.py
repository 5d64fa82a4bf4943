"""
Backoff after failed calls: how long to pause, and when to give up.

The kinds of failures are in docs/dingtalk.md, "What can happen, and how dingnb repeats".
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

from dingnb.auth import Caller
from dingnb.calls.pace import CallWaitReason, Pace, PauseReason
from dingnb.calls.workers import RetryLater
from dingnb.clock import NS_PER_S, Clock, seconds_to_ns
from dingnb.errors import ApiError, BannedError, BusyError, DingError, ThrottledError, TokenError, TransportError
from dingnb.errors.codes import IP_BAN_CODE
from dingnb.words import NOTHING, Text, duration

MIN_THROTTLES = 5
"""Minimum number of consecutive pauses requested by DingTalk before the work gives up."""

MAX_TOKEN_FAILURES = 3
"""Number of consecutive token failures after which the work gives up."""


_FIRST_PAUSE_S = 1.0
_MAX_PAUSE_S: dict[PauseReason, float] = {"outage": 30.0, "uncertain": 60.0, "pause": 60.0, "token": 1.0}
_MAX_DOUBLINGS = 16


class Backoff:
    """
    Decides how long a piece of work waits before its next call; pauses grow until a call succeeds.

    Concurrent failures count as one: a call that started before the last counted failure ended is not counted.

    Args:
        clock: The source of time.
        outage_patience_s: Time from the first failure until the work gives up if no call succeeds, in seconds.
        ban_pause_s: Pause after a block page, in seconds; 0 treats the page as any other bad answer.
    """

    def __init__(self, clock: Clock, *, outage_patience_s: float, ban_pause_s: float) -> None:
        self.clock = clock
        self._patience_ns = seconds_to_ns(outage_patience_s)
        self._ban_pause_s = ban_pause_s
        self._failures: dict[PauseReason, int] = {}
        self._first_ns: int | None = None
        self._counted_ns: int | None = None

    @property
    def failures(self) -> int:
        """The number of consecutive failures, except throttled calls; concurrent failures count as one."""
        return sum(number for reason, number in self._failures.items() if reason != "pause")

    @property
    def is_failing(self) -> bool:
        """Whether `failures` is not 0; then one call at a time is enough to check whether DingTalk is back."""
        return self.failures > 0

    @property
    def gives_up_at_ns(self) -> int | None:
        """The monotonic time at which an outage ends the work; None if no call has failed since the last success."""
        return None if self._first_ns is None else self._first_ns + self._patience_ns

    @property
    def gives_up_s(self) -> int:
        """The seconds until `gives_up_at_ns`, rounded up; 0 if no call has failed since the last success."""
        if self.gives_up_at_ns is None:
            return 0
        return -(-max(self.gives_up_at_ns - self.clock.monotonic_ns(), 0) // NS_PER_S)

    def record_success(self) -> None:
        """Record that a call succeeded, which ends the failures counted so far."""
        self._failures.clear()
        self._first_ns = None

    def record_failure(self, error: DingError, started_ns: int, *, is_query: bool = False) -> RetryLater | None:
        """
        Record a failure and return the pause before the next call; None to give up, or if a pause would not help.

        Args:
            error: The error of the call.
            started_ns: The monotonic time at which the call started.
            is_query: Whether the call is only a query, which has no effect.
        """
        ignores_page = isinstance(error, BannedError) and not self._ban_pause_s
        reason = "ban" if is_ban(error) and not ignores_page else _reason_of(error, is_query=is_query)
        if reason is None:
            return None
        now_ns = self.clock.monotonic_ns()
        if self._counted_ns is None or started_ns > self._counted_ns:
            self._failures[reason] = self._failures.get(reason, 0) + 1
            self._counted_ns = now_ns
        elif not self._failures:
            # Other calls have succeeded since the failure that was concurrent with this one.
            self._failures[reason] = 1
        if self._first_ns is None:
            self._first_ns = now_ns
        return self._pause(reason, error, self._first_ns + self._patience_ns - now_ns)

    def _pause(self, reason: PauseReason, error: DingError, left_ns: int) -> RetryLater | None:
        """Return the pause after an error; None to give up, or if the pause is too long."""
        gives_up = left_ns <= 0
        if reason == "pause":
            gives_up = gives_up and self._failures.get(reason, 0) > MIN_THROTTLES
        elif reason == "token":
            gives_up = self._failures.get(reason, 0) >= MAX_TOKEN_FAILURES
        elif reason == "uncertain":
            # The caller decides how many uncertain calls in a row are too many: a campaign by `pause_after`.
            gives_up = False
        if gives_up:
            return None
        pause_s = self._pause_s(reason, error)
        if reason == "outage":
            pause_s = min(pause_s, left_ns / NS_PER_S)
        if pause_s > max(self._ban_pause_s, self._patience_ns / NS_PER_S, _MAX_PAUSE_S["pause"]):
            return None
        return RetryLater(pause_s, reason)

    def _pause_s(self, reason: PauseReason, error: DingError) -> float:
        """Return the seconds of a pause: at least what DingTalk requests and, except for a ban, more each time."""
        requested_s = error.pause_s if isinstance(error, ThrottledError) else 0.0
        if reason == "ban":
            return requested_s or self._ban_pause_s
        failure_count = self._failures.get(reason, 1) if reason == "pause" else self.failures
        doublings = min(max(failure_count - 1, 0), _MAX_DOUBLINGS)
        grown_s = max(requested_s, _FIRST_PAUSE_S) * float(2**doublings)
        return max(requested_s, min(grown_s, _MAX_PAUSE_S[reason]))


def is_ban(error: DingError) -> bool:
    """Return whether an error means that DingTalk has banned this computer's address."""
    return isinstance(error, BannedError) or (isinstance(error, ApiError) and error.code == IP_BAN_CODE)


def _reason_of(error: DingError, *, is_query: bool) -> PauseReason | None:
    """Return the reason of the pause after an error other than a ban; None if a pause would not help."""
    if isinstance(error, ThrottledError):
        return "pause"
    if error.may_have_taken_effect and not is_query:
        return "uncertain"
    if isinstance(error, TransportError | BusyError):
        return "outage"
    return "token" if isinstance(error, TokenError) else None


def fetch_token(
    caller: Caller, pace: Pace, backoff: Backoff, stop: threading.Event, on_wait: Callable[[int, PauseReason], None]
) -> DingError | None:
    """
    Fetch the token before the first call.

    If the first calls had to wait for the token, they would all start once it arrives. The answer with the token also
    provides the server time.

    Args:
        caller: Makes calls as the app.
        pace: The pace of the calls; while it records a ban, no call is made.
        backoff: Decides how long to wait after a failure.
        stop: Ends the wait when set.
        on_wait: Receives each wait, in nanoseconds, and its reason.

    Returns:
        The error after which `backoff` gave up, or which a pause does not help; None if the token was fetched or `stop`
        was set.
    """
    clock = backoff.clock
    while not stop.is_set():
        reason: PauseReason = "ban"
        wait_ns = pace.ban_ns()
        if not wait_ns:
            started_ns = clock.monotonic_ns()
            try:
                caller.token()
            except DingError as error:
                retry = backoff.record_failure(error, started_ns, is_query=True)
                if retry is None:
                    return error
                wait_ns, reason = seconds_to_ns(retry.pause_s), retry.reason
                if reason == "ban":
                    pace.ban(retry.pause_s)
            else:
                backoff.record_success()
                return None
        on_wait(wait_ns, reason)
        clock.wait(stop, wait_ns)
    return None


class Pause(NamedTuple):
    """
    A pause of a piece of work after failed calls.

    Attributes:
        reason: The reason for the pause.
        left_ns: The time until the retry.
        gives_up_s: The time until the work gives up, for the reason ``outage``.
    """

    reason: PauseReason
    left_ns: int
    gives_up_s: int

    @property
    def text(self) -> Text:
        """The pause as text."""
        return retry_text(self.reason, self.left_ns, self.gives_up_s)


class RetryStatus:
    """
    The current pause of a piece of work after failed calls; any thread may read it.

    Args:
        backoff: The backoff of the work.
    """

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._reason: PauseReason | None = None
        self._until_ns = 0

    def set_pause(self, delay_ns: int | None, reason: CallWaitReason) -> None:
        """
        Set the current pause and its reason.

        Waits for the limit of people a minute, waits of unknown length and waits under a second are ignored.
        """
        if delay_ns is not None and delay_ns >= NS_PER_S and reason != "people":
            self._until_ns, self._reason = self._backoff.clock.monotonic_ns() + delay_ns, reason

    def clear(self) -> None:
        """End the pause."""
        self._reason = None

    @property
    def pause(self) -> Pause | None:
        """The current pause; None outside of a pause."""
        reason, left_ns = self._reason, self._until_ns - self._backoff.clock.monotonic_ns()
        return None if reason is None or left_ns <= 0 else Pause(reason, left_ns, self._backoff.gives_up_s)

    @property
    def text(self) -> Text:
        """The current pause as text; empty outside of a pause."""
        pause = self.pause
        return NOTHING if pause is None else pause.text


def retry_text(reason: PauseReason, left_ns: int, gives_up_s: int) -> Text:
    """Return the text of a pause; see `Pause`."""
    left = duration(-(-left_ns // NS_PER_S))
    return Text(f"progress.wait_{reason}", duration=left, given_up=duration(gives_up_s))
