"""The calls of a month: how many this ledger has counted, and whether one more may leave."""

import sqlite3

from dingnb.bulk.line import Line
from dingnb.errors import ApiError, error_for
from dingnb.language import count, say
from dingnb.ledger import calls

_USED_UP = "90020"

_MOST_CALLS_SURE = 100
"""After so many calls at most a `MonthWatch` looks again."""


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


class MonthWatch:
    """
    Says before each call whether the month has calls left, without a look into the ledger for every one.

    Args:
        line: Whose calls they are.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._calls_sure = 0

    def used_up(self, db: sqlite3.Connection) -> ApiError | None:
        """Return the error of a month that is used up; None where the call may leave."""
        # Where many calls are left, not every one is worth a look; other kernels only read results meanwhile.
        if self._calls_sure > 0:
            self._calls_sure -= 1
            return None
        self._calls_sure = min(calls_left(db, self._line) // 2, _MOST_CALLS_SURE)
        return None if self._calls_sure else month_used_up(db, self._line)
