"""What comes before the first call of a sending: a token, and the pace that others have left."""

import sqlite3
import threading

from dingnb.api import work_notifications as notifications
from dingnb.bulk.line import Line
from dingnb.clock import NS_PER_S, seconds
from dingnb.errors import BusyError, DingError, ThrottledError, TransportError
from dingnb.ledger import attempts

MOST_UNREACHABLE = 3
"""So often a call that never left is tried again before the network is taken to be down."""

PAUSE_S = 1.0
"""So long after a call that never left the next one waits."""

_MINUTE_NS = 60 * NS_PER_S
_LATELY_NS = 2 * NS_PER_S
_UNSURE_NS = 6 * NS_PER_S
"""So far apart may two processes take DingTalk's time to be, which they know to 3 seconds (`ServerTime`)."""


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
