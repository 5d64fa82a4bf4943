"""When a call whose outcome is unknown may be made once more, with the same bytes."""

from collections.abc import Sequence
from dataclasses import replace

from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns, is_well_inside
from dingnb.clock import seconds
from dingnb.ledger import LedgerSession, attempts
from dingnb.ledger.attempts import Attempt

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
