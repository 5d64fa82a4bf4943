"""Starts sending a recorded campaign, or reports that there is nothing left to send."""

from contextlib import suppress

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.send_warnings import find_earlier_ledger_warning
from dingnb.campaigns.recipient_count import count_of_row_map, unit_of
from dingnb.campaigns.sending.control import people_by_status
from dingnb.campaigns.sending.recording import RecordedPlan
from dingnb.campaigns.status import State, Status
from dingnb.channels import may_repeat
from dingnb.display import ProgressBar
from dingnb.errors import DingError
from dingnb.ledger import attempts, batches, campaigns, transactions
from dingnb.ledger.campaigns import CampaignRow
from dingnb.words import NOTHING, Text, count, sentences

_UNKNOWN_STATUSES = (Status.UNKNOWN, Status.SENDING)
"""The statuses of batches with unknown outcome, including those left open by a dead process."""


def start_campaign(
    context: SendContext,
    recorded: RecordedPlan,
    name: str,
    *,
    pause_after: int | None,
    wait: bool,
    check: bool,
    note: Text = NOTHING,
) -> Campaign:
    """
    Return the campaign of a recorded plan, started if there is something to send.

    Args:
        context: The context of sending.
        recorded: The recorded plan.
        name: The campaign's name.
        pause_after: The number of consecutive failures after which it pauses; None for never.
        wait: Whether to return only when everything is settled.
        check: Whether to raise if it ends incomplete.
        note: The first sentence of its display; may be empty.
    """
    is_open = _is_open(context, recorded)
    if not is_open and recorded.existing is not None and recorded.existing.state != State.FINISHED:
        # Its process ended after it recorded the last outcome, and before it recorded the end.
        keeps_texts = recorded.existing.store_content
        transactions.finish_campaign(context.ledger, recorded.campaign, context.now_ns(), keeps_texts=keeps_texts)
    opening = (
        NOTHING if recorded.existing is None else _opening_text(context, recorded, recorded.existing, is_open=is_open)
    )
    # The given name may differ in case or width.
    name = name if recorded.existing is None else recorded.existing.name
    campaign = Campaign(
        context,
        recorded.campaign,
        name,
        recorded.channel,
        recorded.row_map,
        opening=opening,
        note=note,
        pause_after=pause_after,
        waits=wait,
        starts=is_open,
        contents=recorded.contents,
    )
    if is_open:
        _warn_of_other_ledger(context)
        campaign.resume(check=check)
    elif wait:
        campaign.wait("sent", check=check)
    return campaign


def _warn_of_other_ledger(context: SendContext) -> None:
    """Warn before the first call if the app has sent with another ledger."""
    with context.ledger.connection() as db:
        earlier = find_earlier_ledger_warning(context, db)
    if earlier:
        ProgressBar(context.clock).end(earlier)


def count_sent_before(context: SendContext, planned: Batches, name: str) -> int:
    """Return how many people of a plan were sent to before in the campaign of this name."""
    with context.ledger.connection() as db:
        campaign = campaigns.find(db, context.realm, name)
        if campaign is None:
            return 0
        sent = {
            userid
            for row in batches.of_campaign(db, campaign.id)
            if row.status != Status.QUEUED
            for userid in row.userids.split(",")
        }
    return sum(userid in sent for userid in planned.recipients)


def _is_open(context: SendContext, recorded: RecordedPlan) -> bool:
    """Return whether batches are queued, were left open by a dead process, or may be repeated."""
    with context.ledger.connection() as db:
        if batches.is_open(db, recorded.campaign):
            return True
        lost = batches.lost(db, recorded.campaign)
        if lost:
            # The answer provides DingTalk's time: by a wrong clock, it may seem too late for a repeat on the same day.
            with suppress(DingError):
                context.caller.token()
        due = (recorded.channel.repeat_due_ns(context, attempts.of_batch(db, job.id)) for job in lost)
        return any(due_ns is not None for due_ns in due)


def _opening_text(context: SendContext, recorded: RecordedPlan, existing: CampaignRow, *, is_open: bool) -> Text:
    opening = _progress_text(context, recorded, existing, is_open=is_open)
    if not recorded.skipped_people:
        return opening
    people = count(unit_of(has_key=bool(recorded.existing and recorded.existing.key_columns)), recorded.skipped_people)
    if recorded.media_term:
        return sentences(opening, Text("campaign.kept_media", people=people, thing=recorded.media_term))
    return sentences(opening, Text("campaign.kept_text", people=people))


def _progress_text(context: SendContext, recorded: RecordedPlan, existing: CampaignRow, *, is_open: bool) -> Text:
    people = count_of_row_map(recorded.row_map, has_key=bool(existing.key_columns)).text
    if is_open:
        with context.ledger.connection() as db:
            counts = people_by_status(db, recorded.campaign, State.INTERRUPTED)
            lost = [job for status in _UNKNOWN_STATUSES for job in batches.lost(db, recorded.campaign, status)]
            # Others with unknown outcome are not sent to again, and people left out of a batch are not either.
            repeated = [job for job in lost if may_repeat(db, context, recorded.channel, job.id)]
            remaining = batches.count_queued(db, recorded.campaign) + sum(len(job.userids) for job in repeated)
        everybody = count(unit_of(has_key=bool(existing.key_columns)), counts.total() - counts[Status.CANCELLED])
        return Text("campaign.goes_on", name=existing.name, people=everybody, left=f"{remaining:,}")
    if existing.state == State.FINISHED:
        # The display also counts people of earlier plans whose rows this one rejects.
        key = "campaign.nothing_sent_plan" if recorded.row_map.earlier_places else "campaign.nothing_sent"
        return Text(key, day=format_day(existing.updated_ns), people=people)
    return Text("campaign.nothing_left", people=people)
