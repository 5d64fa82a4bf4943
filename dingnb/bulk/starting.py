"""What comes before the first call of a sending: the turn, a token, and the pace that others have left."""

import sqlite3
import threading
from collections.abc import Callable

from dingnb.api import work_notifications as notifications
from dingnb.bulk.line import Line
from dingnb.clock import NS_PER_S, Clock, seconds
from dingnb.errors import BusyError, DingError, ThrottledError, TransportError
from dingnb.ledger import attempts
from dingnb.ledger.lock import SenderLock

LOOK_FOR_LOCK_S = 0.5
"""So often a campaign looks whether another kernel has stopped sending."""

MOST_UNREACHABLE = 3
"""So often a call that never left is tried again before the network is taken to be down."""

PAUSE_S = 1.0
"""So long after a call that never left the next one waits."""

_MINUTE_NS = 60 * NS_PER_S
_LATELY_NS = 2 * NS_PER_S
_UNSURE_NS = 6 * NS_PER_S
"""So far apart may two processes take DingTalk's time to be, which they know to 3 seconds (`ServerTime`)."""


def take_turn(line: Line, lock: SenderLock, stop: threading.Event, tell: Callable[[], None]) -> bool:
    """Wait for the turn to send, and tell so each time; return whether it was taken before `stop` was set."""
    while not lock.take():
        tell()
        if line.clock.wait(stop, seconds(LOOK_FOR_LOCK_S)):
            return False
    return True


class Tries:
    """
    How often in a row calls did not leave.

    Args:
        clock: The source of time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed = 0
        self._again_ns = 0

    def succeeded(self) -> None:
        """Note that a call was answered."""
        self._failed = 0

    def is_worth_another(self) -> bool:
        """Note that a call never left, and return whether to try again."""
        # Calls that fail side by side are one sign that the network is down, not several.
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._again_ns:
            self._failed += 1
            self._again_ns = now_ns + seconds(PAUSE_S)
        return self._failed < MOST_UNREACHABLE


def fetch_token(line: Line, stop: threading.Event) -> DingError | None:
    """
    Fetch the token ahead: calls that wait for one would then leave all at once; and its answer tells the time.

    Returns the error of the last try, where that is how it ends.
    """
    for tries_left in reversed(range(MOST_UNREACHABLE)):
        try:
            line.caller.token()
        except (TransportError, BusyError, ThrottledError) as error:
            if not tries_left or line.clock.wait(stop, seconds(PAUSE_S)):
                return error
        except DingError as error:
            return error
        else:
            return None
    return None


def seed_pace(line: Line, db: sqlite3.Connection) -> None:
    """Start the pace with what the ledger knows of the last minute; only who holds the app's lock may call it."""
    now_ns = line.now_ns()
    lately = attempts.since(db, line.realm, now_ns - _MINUTE_NS - _UNSURE_NS)
    line.pace.seed(
        notifications.SEND,
        [now_ns - one.started_ns for one in lately if one.started_ns > now_ns - _LATELY_NS],
        [(now_ns - _UNSURE_NS - (one.ended_ns or now_ns), one.people) for one in lately if one.outcome != "refused"],
    )
