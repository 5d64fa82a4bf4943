"""The calls of a month: how many this ledger has counted, and whether one more may leave."""

import sqlite3

from dingnb.bulk.line import Line
from dingnb.errors import ApiError, error_for
from dingnb.language import count, say
from dingnb.ledger import calls

_USED_UP = "90020"


def calls_left(db: sqlite3.Connection, line: Line) -> int:
    """Return how many calls this month has left, as far as this ledger knows."""
    return max(line.limits.calls_per_month - calls.used(db, line.realm, line.now_ns()), 0)


def month_used_up(db: sqlite3.Connection, line: Line) -> ApiError | None:
    """Return the error of a month whose calls, as far as this ledger knows, are used up; None where some are left."""
    used = calls.used(db, line.realm, line.now_ns())
    most = line.limits.calls_per_month
    if used < most:
        return None
    error = error_for(_USED_UP)
    error.what = say("quota.used_up", used=count("call", used), most=most)
    return error.advise(say("quota.used_up_todo"))
