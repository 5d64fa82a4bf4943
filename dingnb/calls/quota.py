"""The calls of a month: how many this ledger has counted, and whether one more may leave."""

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import is_due
from dingnb.errors import ApiError, LiveSendError, error_for
from dingnb.ledger import LedgerSession, batches, calls, campaigns, media
from dingnb.words import Text, count

_USED_UP = "90020"

_MOST_CALLS_SURE = 100
"""After so many calls at most a `MonthWatch` looks again."""


def calls_left(db: LedgerSession, context: SendContext) -> int:
    """Return how many calls this month has left, as far as this ledger knows."""
    return max(context.limits.calls_per_month - calls.used(db, context.realm, context.now_ns()), 0)


def month_used_up(db: LedgerSession, context: SendContext, campaign: int) -> ApiError | None:
    """
    Return the error of a month whose calls, as far as this ledger knows, are used up; None where some are left.

    None also where the campaign was sent with ``beyond_quota=True``: then DingTalk decides.
    """
    used = calls.used(db, context.realm, context.now_ns())
    most = context.limits.calls_per_month
    if used < most or campaigns.is_beyond_quota(db, campaign):
        return None
    error = error_for(_USED_UP)
    error.text = Text("quota.used_up", used=count("call", used), most=most)
    return error.advise(Text("quota.used_up_todo"))


def check_month(db: LedgerSession, context: SendContext, campaign: int, *, beyond_quota: bool | None) -> None:
    """
    Refuse a live send that needs more calls than the month has left, to send and to read the results once.

    Args:
        db: The ledger, with the plan already written, in the transaction that writes it.
        context: Whose calls they are.
        campaign: The campaign's number.
        beyond_quota: What the analyst says: True lets DingTalk decide, now and when the campaign goes on later; None
            checks nothing.

    Raises:
        LiveSendError: The month has too few calls left.
    """
    if beyond_quota:
        campaigns.allow_beyond_quota(db, campaign)
    if beyond_quota is not False or context.realm.mode != "LIVE" or campaigns.is_beyond_quota(db, campaign):
        return
    queued, _ = batches.count_by_status(db, campaign).get("queued", (0, 0))
    send = queued + sum(is_due(db, context, one.id) for one in batches.lost(db, campaign))
    life_s = context.limits.media_lifetime_s
    uploads = media.count_missing(db, context.realm, campaign, context.now_ns(), life_s)
    needed, left = 2 * send + uploads, calls_left(db, context)
    if needed <= left:
        return
    figures = {"needed": count("call", needed), "send": f"{send:,}", "left": f"{left:,}"}
    key = "quota.short_rest" if batches.count_attempts(db, campaign) else "quota.short"
    if uploads:
        key, figures["uploads"] = f"{key}_uploads", f"{uploads:,}"
    raise LiveSendError(Text(key, **figures), Text("quota.short_todo"))


class MonthWatch:
    """
    Says before each call whether the month has calls left, without a look into the ledger for every one.

    Args:
        context: Whose calls they are.
        campaign: The number of the campaign that makes them.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._calls_sure = 0

    def used_up(self, db: LedgerSession) -> ApiError | None:
        """Return the error of a month that is used up; None where the call may leave."""
        # Where many calls are left, not every one is worth a look; other kernels only read results meanwhile.
        if self._calls_sure > 0:
            self._calls_sure -= 1
            return None
        self._calls_sure = min(calls_left(db, self._context) // 2, _MOST_CALLS_SURE)
        return None if self._calls_sure else month_used_up(db, self._context, self._campaign)
