"""When a call with unknown outcome may be repeated with the same bytes, and the days in Beijing it depends on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dingnb.calls.context import SendContext
from dingnb.clock import BEIJING, NS_PER_S, seconds
from dingnb.ledger import LedgerSession, attempts
from dingnb.ledger.attempts import Attempt
from dingnb.limits import Limits
from dingnb.words import Text

_DAY_NS = 24 * 3_600 * NS_PER_S
MIDNIGHT_MARGIN_S = 15 * 60
"""Minimum distance of a call and its repeat from midnight, since the exact end of DingTalk's day is undocumented."""


def day_span_ns(limits: Limits, at_ns: int) -> tuple[int, int]:
    """Return the start of the day of a time, and the start of the next day."""
    offset_ns = limits.day_starts_at_utc_offset_h * 3_600 * NS_PER_S
    start_ns = (at_ns + offset_ns) // _DAY_NS * _DAY_NS - offset_ns
    return start_ns, start_ns + _DAY_NS


def is_well_inside(at_ns: int, span_ns: tuple[int, int]) -> bool:
    """Return whether a time lies in a day and not close to midnight."""
    margin_ns = seconds(MIDNIGHT_MARGIN_S)
    return span_ns[0] + margin_ns <= at_ns < span_ns[1] - margin_ns


def date_of(at_ns: int) -> str:
    """
    Return the date of a time in Beijing, for files.

    >>> date_of(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING).strftime("%Y-%m-%d")


def format_day(at_ns: int) -> Text:
    """
    Return the date of a time in Beijing, for sentences.

    >>> str(format_day(1_793_581_200_000_000_000))
    '2 November 2026'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text(f"date.month_{at.month}", day=at.day, year=at.year)


def format_moment(at_ns: int) -> Text:
    """
    Return the date and time of day in Beijing, for sentences.

    >>> str(format_moment(1_793_581_200_000_000_000))
    '2 November 2026, 09:00'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text("date.moment", day=format_day(at_ns), time=f"{at:%H:%M}")


def iso_day(at_ns: int) -> str:
    """
    Return the date of a time in Beijing, for names.

    >>> iso_day(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return f"{datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING):%Y-%m-%d}"


MAX_UNKNOWN = 3
"""Maximum number of calls with unknown outcome for one batch (docs/dingtalk.md, "Rates and quota")."""


def is_last_attempt(made: Sequence[Attempt]) -> bool:
    """Return whether a batch may have only one more call with unknown outcome."""
    return sum(one.outcome == "unknown" for one in made) == MAX_UNKNOWN - 1


def repeat_due_ns(context: SendContext, made: Sequence[Attempt], not_before_ns: int = 0) -> int | None:
    """
    Return the earliest time at which a batch may be repeated, in DingTalk's time; None if never.

    A repeat is safe because DingTalk drops a text that a person has already received on the same day, and reports this
    in the result. It is therefore limited to the day of all attempts, and kept away from midnight.

    Args:
        context: The clock and the limits.
        made: The batch's attempts.
        not_before_ns: The earliest time that the caller accepts, in DingTalk's time.
    """
    lost = [one for one in made if one.outcome == "unknown"]
    if not lost or len(lost) >= MAX_UNKNOWN:
        return None
    moments = [moment for one in lost for moment in (one.started_ns, one.ended_ns) if moment is not None]
    due_ns = max(moments) + seconds(context.repeat_after_s)
    due_ns = max(due_ns, context.now_ns(), not_before_ns)
    span_ns = day_span_ns(context.limits, min(moments))
    inside = all(is_well_inside(moment, span_ns) for moment in (*moments, due_ns))
    return due_ns if inside else None


def is_due(db: LedgerSession, context: SendContext, batch: int) -> bool:
    """
    Return whether a batch with unknown outcome may be sent again, now or later; its campaign is not being sent.

    An attempt that a dead process left open counts as unknown from now on, as it does for the next sender.
    """
    now_ns = context.now_ns()
    made = [
        one if one.ended_ns is not None else replace(one, ended_ns=now_ns, outcome="unknown")
        for one in attempts.of_batch(db, batch)
    ]
    return repeat_due_ns(context, made) is not None
