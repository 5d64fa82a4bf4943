"""Starts sending a recorded campaign, or reports that there is nothing left to send."""

from dingnb.calls.context import SendContext
from dingnb.calls.days import format_day
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.send_warnings import find_earlier_ledger_warning, find_send_warnings
from dingnb.campaigns.recipient_count import count_of_row_map
from dingnb.campaigns.sending.comparison import identities_of, identities_of_recipients
from dingnb.campaigns.sending.control import has_open_batches, people_by_status, unit_of_row
from dingnb.campaigns.sending.recall import describe_recalled
from dingnb.campaigns.sending.recording import RecordedPlan
from dingnb.campaigns.sending.unknown_outcomes import repeatable_batches
from dingnb.campaigns.status import State, Status
from dingnb.display import ProgressBar
from dingnb.ledger.campaigns import batches as ledger_batches
from dingnb.ledger.campaigns import campaigns, transitions
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.words import NOTHING, Text, count, sentences

_UNSENT_STATUSES = frozenset({Status.QUEUED, Status.CANCELLED})
"""The statuses of batches that were not sent, unless a person has queued a batch with unknown outcome again."""


def start_campaign(
    context: SendContext,
    recorded_plan: RecordedPlan,
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
        recorded_plan: The recorded plan.
        name: The campaign's name.
        pause_after: The number of consecutive failures after which the campaign pauses; None for never.
        wait: Whether to return only when everything is settled.
        check: Whether to raise if the campaign ends incomplete.
        note: The first sentence of the display; may be empty.
    """
    is_open = has_open_batches(context, recorded_plan.campaign, recorded_plan.channel)
    existing_campaign, opening = recorded_plan.existing_campaign, NOTHING
    if existing_campaign is not None:
        if not is_open and existing_campaign.state != State.FINISHED:
            # The sending process ended after recording the last outcome, and before recording the end.
            keeps_texts = existing_campaign.store_content
            transitions.finish_campaign(
                context.ledger, recorded_plan.campaign, context.now_ns(), keeps_texts=keeps_texts
            )
        opening = _opening_text(context, recorded_plan, existing_campaign, is_open=is_open)
        # The given name may differ in case or width.
        name = existing_campaign.name
    campaign = Campaign(
        context,
        recorded_plan.campaign,
        name,
        recorded_plan.channel,
        recorded_plan.row_map,
        opening=opening,
        note=note,
        pause_after=pause_after,
        waits=wait,
        starts=is_open,
        contents=recorded_plan.contents,
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


def warn_of_other_campaigns(context: SendContext, batches: Batches, campaign: int) -> None:
    """
    Warn before the first call of a new campaign, given by its number, about other campaigns to its people.

    The other campaigns have sent the same text, or are unfinished.
    """
    send_warnings = find_send_warnings(context, batches, campaign)
    warning = sentences(send_warnings.same_text_warning, send_warnings.unfinished_warning)
    if warning:
        ProgressBar(context.clock).end(warning)


def count_sent_before(context: SendContext, batches: Batches, name: str) -> int:
    """Return the number of recipients of a plan who were sent to before in the campaign of this name, if any."""
    with context.ledger.connection() as db:
        campaign = campaigns.find(db, context.realm, name)
        if campaign is None:
            return 0
        sent = {
            identity
            for row in ledger_batches.of_campaign(db, campaign.id)
            if row.status not in _UNSENT_STATUSES or row.is_repeat
            for _, identities in identities_of(row)
            for identity in identities
        }
    return sum(not sent.isdisjoint(identities) for identities in identities_of_recipients(batches))


def _opening_text(
    context: SendContext, recorded_plan: RecordedPlan, existing_campaign: CampaignRow, *, is_open: bool
) -> Text:
    """Return the opening of the display: what is left to send, and how many people keep an earlier text."""
    opening = _progress_text(context, recorded_plan, existing_campaign, is_open=is_open)
    if not recorded_plan.skipped_people:
        return opening
    people = count(unit_of_row(existing_campaign), recorded_plan.skipped_people)
    if recorded_plan.media_term:
        return sentences(opening, Text("campaign.kept_media", people=people, term=recorded_plan.media_term))
    return sentences(opening, Text("campaign.kept_text", people=people))


def _progress_text(
    context: SendContext, recorded_plan: RecordedPlan, existing_campaign: CampaignRow, *, is_open: bool
) -> Text:
    """Return how many people are left to send to; or that nobody is, and why."""
    people = count_of_row_map(recorded_plan.row_map, has_key=bool(existing_campaign.key_columns)).text
    if is_open:
        with context.ledger.connection() as db:
            counts = people_by_status(db, recorded_plan.campaign, State.INTERRUPTED)
            # Other people with unknown outcome are not sent to again.
            repeated = repeatable_batches(db, context, recorded_plan.campaign, recorded_plan.channel)
            repeated_people = sum(len(batch.userids) for batch in repeated)
            remaining = ledger_batches.count_queued(db, recorded_plan.campaign) + repeated_people
        everybody = count(unit_of_row(existing_campaign), counts.total() - counts[Status.CANCELLED])
        return Text("campaign.goes_on", name=existing_campaign.name, people=everybody, left=f"{remaining:,}")
    if existing_campaign.state == State.FINISHED:
        # The display also counts people of earlier plans whose rows this plan rejects.
        key = "campaign.nothing_sent_plan" if recorded_plan.row_map.earlier_places else "campaign.nothing_sent"
        finished = Text(key, day=format_day(existing_campaign.updated_ns), people=people)
        return sentences(finished, describe_recalled(context, recorded_plan.campaign))
    return Text("campaign.nothing_left", people=people)
