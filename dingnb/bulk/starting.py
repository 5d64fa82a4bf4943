"""What comes before the first call of a sending: the turn, and the pace that others have left."""

import sqlite3
import threading
from collections.abc import Callable

from dingnb.api import work_notifications as notifications
from dingnb.bulk.line import Line
from dingnb.clock import NS_PER_S, seconds
from dingnb.ledger import attempts
from dingnb.ledger.lock import SenderLock

LOOK_FOR_LOCK_S = 0.5
"""So often a campaign looks whether another kernel has stopped sending."""

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


def seed_pace(line: Line, db: sqlite3.Connection) -> None:
    """Start the pace with what the ledger knows of the last minute; only who holds the app's lock may call it."""
    now_ns = line.now_ns()
    lately = attempts.since(db, line.realm, now_ns - _MINUTE_NS - _UNSURE_NS)
    line.pace.seed(
        notifications.SEND,
        [now_ns - one.started_ns for one in lately if one.started_ns > now_ns - _LATELY_NS],
        [(now_ns - _UNSURE_NS - (one.ended_ns or now_ns), one.people) for one in lately if one.outcome != "refused"],
    )
