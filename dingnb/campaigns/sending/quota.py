"""The monthly quota of calls: how many calls the ledger has counted, and whether another call may be made."""

from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.unknown_outcomes import repeatable_batches
from dingnb.channels import Channel
from dingnb.errors import ApiError, Kind, LiveSendError, code_table, error_for
from dingnb.ledger import LedgerSession, media
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.realm import Realm
from dingnb.ledger.sending import attempt_search, calls
from dingnb.ledger.sending.calls import month_start_ns
from dingnb.words import Text, count

_QUOTA_CODE = "90020"
"""DingTalk's error code for a used-up monthly quota; the error by this ledger's own count has it as well."""


def calls_left(db: LedgerSession, context: SendContext) -> int:
    """Return the number of calls left this month, by the count of this ledger."""
    return max(context.limits.calls_per_month - calls.count_used(db, context.realm, context.now_ns()), 0)


def count_calls_to_send(
    db: LedgerSession, context: SendContext, campaign: int, channel: Channel, *, is_running: bool = False
) -> tuple[int, int]:
    """
    Return the number of calls that send the rest of a campaign, and the number of uploads before them.

    The arguments are those of `check_quota`.
    """
    queued, _ = batches.count_by_status(db, campaign).get("queued", (0, 0))
    repeats = repeatable_batches(db, context, campaign, channel, is_running=is_running)
    lifetime_s = context.limits.media_lifetime_s
    uploads = media.count_missing(db, context.realm, campaign, context.now_ns(), lifetime_s)
    return queued + len(repeats), uploads


def _is_about_quota(reason: Text) -> bool:
    """Return whether a reason says that the monthly quota is used up: by this ledger's count, or by DingTalk."""
    if _is_by_ledger_count(reason):
        return True
    codes = (code for code, entry in code_table().items() if entry.kind is Kind.MONTH_USED_UP)
    return reason.mentions("error.api") and any(map(reason.quotes, codes))


def _is_by_ledger_count(reason: Text) -> bool:
    """Return whether a reason says that too few calls were left by this ledger's count."""
    return reason.mentions("quota.used_up") or reason.mentions("quota.too_few")


def has_used_up_month(db: LedgerSession, realm: Realm, reason: Text, halted_ns: int, now_ns: int, limit: int) -> bool:
    """
    Return whether sending stopped this month for lack of quota, and the monthly quota is still used up.

    The quota is no longer used up if DingTalk has accepted a call since, or if it was used up by this ledger's count
    and the limit has been raised. If calls are left, but too few for the next message and its files, the quota counts
    as used up.

    Args:
        db: The ledger.
        realm: The app and its mode.
        reason: Why sending stopped.
        halted_ns: When sending stopped.
        now_ns: The current time.
        limit: The number of calls a month that applies now.
    """
    if halted_ns < month_start_ns(now_ns) or not _is_about_quota(reason):
        return False
    needed = int(str(dict(reason.fields)["needed"])) if reason.key == "quota.too_few" else 1
    if _is_by_ledger_count(reason) and calls.count_used(db, realm, now_ns) + needed <= limit:
        return False
    return not attempt_search.has_accepted_since(db, realm, halted_ns)


def is_quota_refused(db: LedgerSession, campaign: CampaignRow, now_ns: int, limit: int) -> bool:
    """Return whether a campaign halted because DingTalk said that this month's quota is used up, which it still is."""
    if _is_by_ledger_count(campaign.reason):
        return False
    return has_used_up_month(db, campaign.realm, campaign.reason, campaign.updated_ns, now_ns, limit)


def calls_left_again(db: LedgerSession, context: SendContext, campaign: CampaignRow) -> int:
    """Return the number of calls left if a campaign that halted for lack of calls can continue now; otherwise 0."""
    now_ns, limit = context.now_ns(), context.limits.calls_per_month
    is_used_up = has_used_up_month(db, campaign.realm, campaign.reason, campaign.updated_ns, now_ns, limit)
    return calls_left(db, context) if _is_about_quota(campaign.reason) and not is_used_up else 0


def find_quota_error(db: LedgerSession, context: SendContext, campaign: int) -> ApiError | None:
    """
    Return the error for a quota that is used up by the count of this ledger; None if calls are left.

    Also None if the campaign was sent with ``beyond_quota=True``: then DingTalk decides.
    """
    used = calls.count_used(db, context.realm, context.now_ns())
    if used < context.limits.calls_per_month or campaigns.may_exceed_quota(db, campaign):
        return None
    return make_quota_error(used, context.limits.calls_per_month)


def make_quota_error(used: int, calls_per_month: int) -> ApiError:
    """Return the error for a monthly quota that is used up, by the number of calls that the ledger has counted."""
    error = error_for(_QUOTA_CODE)
    error.text = Text("quota.used_up", used=count("call", used), most=calls_per_month)
    return error.advise(Text("quota.used_up_todo"))


def make_shortage_error(db: LedgerSession, context: SendContext, uploads: int) -> ApiError:
    """Return the error that too few calls are left for the next message, which needs a number of uploads."""
    used = calls.count_used(db, context.realm, context.now_ns())
    limit = context.limits.calls_per_month
    error = make_quota_error(used, limit)
    left = limit - used
    if left > 0:
        fields = {"left": left, "needed": uploads + 1, "uploads": count("upload", uploads)}
        error.text = Text("quota.too_few", **fields)
    return error


def check_quota(
    db: LedgerSession,
    context: SendContext,
    campaign: int,
    channel: Channel,
    *,
    beyond_quota: bool | None,
    is_running: bool = False,
) -> None:
    """
    Refuse a live send for which too few calls are left this month: to send, and to read the results once.

    Args:
        db: The ledger, in the transaction that has just recorded the plan.
        context: The context of sending.
        campaign: The campaign's number.
        channel: The channel that sends the campaign.
        beyond_quota: The analyst's choice: True lets DingTalk decide, now and when the campaign is resumed; False
            refuses, unless an earlier send of the campaign was to let DingTalk decide; None checks nothing.
        is_running: Whether the campaign is being sent; otherwise its calls under way were left open by a dead process.

    Raises:
        LiveSendError: Too few calls are left this month.
    """
    if beyond_quota:
        campaigns.allow_beyond_quota(db, campaign)
    if beyond_quota is not False or context.realm.mode != "LIVE" or campaigns.may_exceed_quota(db, campaign):
        return
    batches_to_send, uploads = count_calls_to_send(db, context, campaign, channel, is_running=is_running)
    needed, left = channel.calls_per_batch * batches_to_send + uploads, calls_left(db, context)
    if needed <= left:
        return
    figures = {
        "needed": count("call", needed),
        "send": f"{batches_to_send:,}",
        "left": f"{left:,}",
        "uploads": f"{uploads:,}",
    }
    is_rest = batches.count_attempts(db, campaign) > 0
    if channel.calls_per_batch == 1:
        key = "quota.short_rest_send_only" if is_rest else "quota.short_send_only"
    elif uploads:
        key = "quota.short_rest_uploads" if is_rest else "quota.short_uploads"
    else:
        key = "quota.short_rest" if is_rest else "quota.short"
    error = LiveSendError(Text(key, **figures), Text("quota.short_todo"))
    error.is_short_of_calls = True
    raise error
