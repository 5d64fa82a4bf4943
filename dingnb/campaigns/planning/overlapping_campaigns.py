"""Finds recent unfinished campaigns to many of the people of a plan, who would get both messages."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.sending.control import stored_state
from dingnb.campaigns.sending.recall_progress import is_to_be_recalled
from dingnb.campaigns.status import UNFINISHED, State
from dingnb.clock import seconds_to_ns
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import batches, campaigns, outcomes
from dingnb.ledger.campaigns.batches import PeopleByProgress
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.words import Text, count, sentences

_RECENT_NS = seconds_to_ns(24 * 3_600)
"""Maximum time since a campaign's state last changed: an interruption in the evening still counts in the morning."""

_MIN_SHARE = 0.5
"""Minimum share of a plan's people who are in an overlapping campaign."""


@dataclass(frozen=True, slots=True)
class OverlappingCampaign:
    """
    A campaign that has not finished, and how many people of a plan it includes.

    Attributes:
        name: The campaign's name.
        state: The campaign's state.
        message_digest: The hash of the campaign's template.
        people: How many of the plan's people are in the campaign.
        sent: How many of these people were sent to, and for how many the outcome is unknown, as text.
        queued: How many of these people are still queued, as text.
        has_sent: Whether the campaign was sent, or may have been sent, to anybody.
    """

    name: str
    state: State
    message_digest: str
    people: int
    sent: Text
    queued: Text
    has_sent: bool

    @property
    def text(self) -> Text:
        """The warning about a plan with another text, and how to continue the campaign or correct its text."""
        people = count("person", self.people)
        overlap = Text(f"plan.overlaps_{self.state}", name=self.name, people=people, sent=self.sent, queued=self.queued)
        key = "running" if self.state is State.RUNNING else "sent" if self.has_sent else "unsent"
        return sentences(overlap, Text(f"plan.overlaps_wrong_{key}"))

    @property
    def notice(self) -> Text:
        """The notice to somebody who opens a list again, before anything is written."""
        people, state = count("person", self.people), Text(f"compose.unfinished_{self.state}", name=self.name)
        return Text("compose.unfinished", state=state, people=people, sent=self.sent, queued=self.queued)


class UnfinishedCampaigns:
    """
    The unfinished campaigns that can be continued. Each is evaluated once.

    Args:
        db: The ledger.
        context: The context of sending.
    """

    def __init__(self, db: LedgerSession, context: SendContext) -> None:
        self.db = db
        self.context = context
        self._states: dict[int, State | None] = {}
        self._people: dict[int, PeopleByProgress] = {}

    def state_of(self, row: CampaignRow) -> State | None:
        """
        Return the state of a campaign that can be continued.

        None if the campaign has finished, or its cards are closed. Unless the campaign is being sent, also None if its
        recall is not finished, or if its message, or the message that it reminds of, was recalled.
        """
        if row.id not in self._states:
            self._states[row.id] = self._find_state(row)
        return self._states[row.id]

    def people_of(self, campaign: int) -> PeopleByProgress:
        """Return the people of a campaign by whether they were sent to."""
        if campaign not in self._people:
            self._people[campaign] = batches.people_by_progress(self.db, campaign)
        return self._people[campaign]

    def _find_state(self, row: CampaignRow) -> State | None:
        db, context = self.db, self.context
        state = stored_state(context.ledger, context.clock, row, db)
        if state not in UNFINISHED or cards.is_closed(db, row.id):
            return None
        if state is State.RUNNING:
            return state
        is_recalled = (
            is_to_be_recalled(db, row.id)
            or (outcomes.has_recalled(db, row.id) and self.people_of(row.id).is_recalled)
            or batches.reminds_of_recalled(db, row.id)
        )
        return None if is_recalled else state


def find_overlapping_campaigns(
    unfinished: UnfinishedCampaigns, read_people: Callable[[], Collection[str]], except_for: Collection[int] = ()
) -> list[OverlappingCampaign]:
    """
    Return the unfinished campaigns that include at least half of some people, the last changed first.

    Campaigns that were not changed in the last 24 hours, or have none of the people left to send to, are left out,
    unless they are being sent. Tests are always left out.

    Args:
        unfinished: The unfinished campaigns.
        read_people: Returns the userids of the people; called only if there are unfinished campaigns.
        except_for: The numbers of campaigns that are left out.
    """
    db, context = unfinished.db, unfinished.context
    since_ns = context.now_ns() - _RECENT_NS
    found, people = list[OverlappingCampaign](), set[str]()
    for row in campaigns.find_unfinished(db, context.realm, since_ns):
        if row.id in except_for or is_test(row.name):
            continue
        state = unfinished.state_of(row)
        # A campaign that a dead process has left in the state running was interrupted when it was changed last.
        if state is None or (state is not State.RUNNING and row.updated_ns < since_ns):
            continue
        people = people or set(read_people())
        min_people = max(_MIN_SHARE * len(people), 1)
        if batches.count_people(db, row.id) < min_people:
            continue
        progress = unfinished.people_of(row.id)
        members = people & (progress.sent | progress.queued)
        if len(members) < min_people or not batches.has_unsettled(db, row.id):
            continue
        queued = len(people & progress.queued)
        if not queued and state is not State.RUNNING:
            # The campaign has nothing left to send to these people.
            continue
        # While the campaign is being sent, the answer to a call under way is still to come.
        unknown = progress.unknown if state is State.RUNNING else progress.unknown | progress.under_way
        sent = _count_sent(len(people & progress.sent - unknown), len(people & unknown))
        found.append(
            OverlappingCampaign(
                name=row.name,
                state=state,
                message_digest=row.message_digest,
                people=len(members),
                sent=sent,
                queued=count("person", queued),
                has_sent=bool(progress.sent),
            )
        )
    return found


def _count_sent(sent: int, unknown: int) -> Text:
    people = count("person", sent)
    return Text("plan.sent_or_unknown", sent=people, unknown=count("person", unknown)) if unknown else people
