"""The monthly quota of calls: how many the ledger has counted, and whether another may be made."""

from dingnb.calls.context import SendContext
from dingnb.calls.repeats import is_due
from dingnb.errors import ApiError, LiveSendError, error_for
from dingnb.ledger import LedgerSession, batches, calls, campaigns, media
from dingnb.words import Text, count

_USED_UP = "90020"

_MAX_UNCHECKED_CALLS = 100
"""Maximum number of calls between two checks of a `MonthWatch`."""


def calls_left(db: LedgerSession, context: SendContext) -> int:
    """Return the number of calls left this month, by the count of this ledger."""
    return max(context.limits.calls_per_month - calls.used(db, context.realm, context.now_ns()), 0)


def month_used_up(db: LedgerSession, context: SendContext, campaign: int) -> ApiError | None:
    """
    Return the error for a quota that is used up by the count of this ledger; None if calls are left.

    Also None if the campaign was sent with ``beyond_quota=True``: then DingTalk decides.
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
    Refuse a live send that needs more calls than are left this month, for sending and reading the results once.

    Args:
        db: The ledger, in the transaction that has just recorded the plan.
        context: The context of sending.
        campaign: The campaign's number.
        beyond_quota: The analyst's choice: True lets DingTalk decide, now and when the campaign is resumed; None
            checks nothing.

    Raises:
        LiveSendError: Too few calls are left this month.
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
    figures = {"needed": count("call", needed), "send": f"{send:,}", "left": f"{left:,}", "uploads": f"{uploads:,}"}
    if batches.count_attempts(db, campaign):
        key = "quota.short_rest_uploads" if uploads else "quota.short_rest"
    else:
        key = "quota.short_uploads" if uploads else "quota.short"
    raise LiveSendError(Text(key, **figures), Text("quota.short_todo"))


class MonthWatch:
    """
    Checks before each call whether calls are left this month, without reading the ledger every time.

    Args:
        context: The context of sending.
        campaign: The number of the campaign that makes the calls.
    """

    def __init__(self, context: SendContext, campaign: int) -> None:
        self._context = context
        self._campaign = campaign
        self._unchecked_calls = 0

    def used_up(self, db: LedgerSession) -> ApiError | None:
        """Return the error for a used-up quota; None if the call may be made."""
        # With many calls left, not every one needs a check; other kernels only read results meanwhile.
        if self._unchecked_calls > 0:
            self._unchecked_calls -= 1
            return None
        self._unchecked_calls = min(calls_left(db, self._context) // 2, _MAX_UNCHECKED_CALLS)
        return None if self._unchecked_calls else month_used_up(db, self._context, self._campaign)
