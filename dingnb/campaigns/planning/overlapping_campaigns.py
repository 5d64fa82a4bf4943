"""Recent unfinished campaigns to many of some people, who would get the message of a new campaign as well."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from dingnb.calls.context import SendContext
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.sending.control import stored_state
from dingnb.campaigns.sending.recall import has_unfinished_recall
from dingnb.campaigns.status import UNFINISHED, State
from dingnb.clock import seconds_to_ns
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.cards import cards
from dingnb.words import Text, count

_RECENT_NS = seconds_to_ns(24 * 3_600)
"""Time since the last change of a campaign's state: an interruption in the evening still counts in the morning."""

_MIN_SHARE = 0.5
"""Share of the people who have to be in a campaign."""


@dataclass(frozen=True, slots=True)
class OverlappingCampaign:
    """
    A campaign that has not finished, and how many of some people are in it.

    Attributes:
        name: Its name.
        state: Its state.
        message: The hash of its template.
        people: How many of the people are in it.
        sent: How many of these were sent to, or may have been.
        queued: How many of these are still queued, in words.
    """

    name: str
    state: State
    message: str
    people: int
    sent: int
    queued: Text

    @property
    def text(self) -> Text:
        """The warning to a plan with another text, and how to continue the campaign."""
        people, sent = count("person", self.people), count("person", self.sent)
        return Text(f"plan.overlaps_{self.state}", name=self.name, people=people, sent=sent, queued=self.queued)

    @property
    def notice(self) -> Text:
        """The notice to somebody who opens a list again, before anything is written."""
        people, sent = count("person", self.people), count("person", self.sent)
        state = Text(f"compose.unfinished_{self.state}", name=self.name)
        return Text("compose.unfinished", state=state, people=people, sent=sent, queued=self.queued)


def find_overlapping_campaigns(
    db: LedgerSession,
    context: SendContext,
    read_people: Callable[[], Collection[str]],
    except_for: Collection[int] = (),
) -> list[OverlappingCampaign]:
    """
    Return the unfinished campaigns that have at least half of some people, the last changed first.

    Campaigns that were not changed in the last 24 hours, have been recalled, or have none of the people left to send
    to are left out, unless they are being sent. So are tests, campaigns whose recall is not finished, and campaigns
    whose cards are closed, because these cannot be resumed.

    Args:
        db: The ledger.
        context: The context of sending.
        read_people: Returns the userids of the people; called only if there are unfinished campaigns.
        except_for: The numbers of campaigns that are left out.
    """
    since_ns = context.now_ns() - _RECENT_NS
    found, people = list[OverlappingCampaign](), set[str]()
    for row in campaigns.find_unfinished(db, context.realm, since_ns):
        if row.id in except_for or is_test(row.name) or cards.is_closed(db, row.id):
            continue
        if has_unfinished_recall(db, row.id):
            continue
        state = stored_state(context.ledger, context.clock, row, db)
        # A campaign that a dead process has left in the state running was interrupted when it was changed last.
        if state not in UNFINISHED or (state is not State.RUNNING and row.updated_ns < since_ns):
            continue
        people = people or set(read_people())
        least = max(_MIN_SHARE * len(people), 1)
        if batches.count_people(db, row.id) < least:
            continue
        progress = batches.people_by_progress(db, row.id)
        if state is not State.RUNNING and (progress.is_recalled or batches.reminds_of_recalled(db, row.id)):
            continue
        members = people & (progress.sent | progress.queued)
        if len(members) < least or not batches.has_unsettled(db, row.id):
            continue
        sent, queued = len(people & progress.sent), len(people & progress.queued)
        if not queued and state is not State.RUNNING:
            # To these people there is nothing to continue.
            continue
        found.append(OverlappingCampaign(row.name, state, row.message, len(members), sent, count("person", queued)))
    return found
