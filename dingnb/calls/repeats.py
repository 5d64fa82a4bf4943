"""When a call of unknown outcome may be repeated with the same bytes, and the days in Beijing that this depends on."""

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
FROM_MIDNIGHT_S = 15 * 60
"""So far from midnight a call and its repeat have to be: how exactly DingTalk's day ends is not documented."""


def day_span_ns(limits: Limits, at_ns: int) -> tuple[int, int]:
    """Return the first instant of the day of a time, and that of the next one."""
    offset_ns = limits.day_starts_at_utc_offset_h * 3_600 * NS_PER_S
    start_ns = (at_ns + offset_ns) // _DAY_NS * _DAY_NS - offset_ns
    return start_ns, start_ns + _DAY_NS


def is_well_inside(at_ns: int, span_ns: tuple[int, int]) -> bool:
    """Return whether a time lies in a day, and not near its midnights."""
    margin_ns = seconds(FROM_MIDNIGHT_S)
    return span_ns[0] + margin_ns <= at_ns < span_ns[1] - margin_ns


def date_of(at_ns: int) -> str:
    """
    Return the day of a time, in Beijing, as files have it.

    >>> date_of(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING).strftime("%Y-%m-%d")


def day_in_words(at_ns: int) -> Text:
    """
    Return the day of a time, in Beijing, as a sentence has it.

    >>> str(day_in_words(1_793_581_200_000_000_000))
    '2 November 2026'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text(f"date.month_{at.month}", day=at.day, year=at.year)


def moment_in_words(at_ns: int) -> Text:
    """
    Return the day and the time of the day, in Beijing, as a sentence has it.

    >>> str(moment_in_words(1_793_581_200_000_000_000))
    '2 November 2026, 09:00'
    """
    at = datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING)
    return Text("date.moment", day=day_in_words(at_ns), time=f"{at:%H:%M}")


def day_in_digits(at_ns: int) -> str:
    """
    Return the day of a time, in Beijing, as a name has it.

    >>> day_in_digits(1_793_581_200_000_000_000)
    '2026-11-02'
    """
    return f"{datetime.fromtimestamp(at_ns // NS_PER_S, BEIJING):%Y-%m-%d}"


MOST_UNKNOWN = 3
"""After so many calls of unknown outcome a batch is not repeated any more (docs/dingtalk.md, "Rates and quota")."""


def is_last_try(made: Sequence[Attempt]) -> bool:
    """Return whether one more call of unknown outcome is the last that a batch may have."""
    return sum(one.outcome == "unknown" for one in made) == MOST_UNKNOWN - 1


def repeat_due_ns(context: SendContext, made: Sequence[Attempt], not_before_ns: int = 0) -> int | None:
    """
    Return from when on a batch may be repeated, in DingTalk's time; None where that is never.

    DingTalk drops a text that a person already had on the same day, and says so in the result: that is what makes
    a repeat safe, and only on the day of all attempts, away from its midnights.

    Args:
        context: The clock and the limits.
        made: The batch's attempts.
        not_before_ns: The earliest time, in DingTalk's, for which the caller asks.
    """
    lost = [one for one in made if one.outcome == "unknown"]
    if not lost or len(lost) >= MOST_UNKNOWN:
        return None
    moments = [moment for one in lost for moment in (one.started_ns, one.ended_ns) if moment is not None]
    due_ns = max(moments) + seconds(context.repeat_after_s)
    due_ns = max(due_ns, context.now_ns(), not_before_ns)
    span_ns = day_span_ns(context.limits, min(moments))
    inside = all(is_well_inside(moment, span_ns) for moment in (*moments, due_ns))
    return due_ns if inside else None


def is_due(db: LedgerSession, context: SendContext, batch: int) -> bool:
    """
    Return whether a batch of unknown outcome may be sent once more, now or later, of a campaign that nobody sends now.

    What a process that died left under way counts as unknown from now on, as it does for the next sender.
    """
    now_ns = context.now_ns()
    made = [
        one if one.ended_ns is not None else replace(one, ended_ns=now_ns, outcome="unknown")
        for one in attempts.of_batch(db, batch)
    ]
    return repeat_due_ns(context, made) is not None
